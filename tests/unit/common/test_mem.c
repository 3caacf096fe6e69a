/* mem.h: what is given back */
#include "check.h"

#include <malloc.h>

#include "common/base/mem.h"

/* sanitizers and valgrind have a heap of their own */
static void need_glibc(void)
{
	if (mallinfo2().arena == 0)
		skip();
}

static size_t resident_kb(void)
{
	FILE *f = fopen("/proc/self/status", "re");
	size_t kb = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		(void)sscanf(line, "VmRSS: %zu", &kb);
	if (f)
		fclose(f);
	return kb;
}

/* freed below a block that stays: the C library cannot give it back by itself */
static void free_heap_goes_back(void **state)
{
	enum { N = 1 << 15, SIZE = 1024 };
	static char *blocks[N];
	autofree char *last = NULL;
	size_t full, free_kb = (size_t)N * SIZE / 1024;

	need_glibc();
	mem_tune();
	for (size_t i = 0; i < N; i++)
		blocks[i] = memset(mem_alloc(SIZE), 'x', SIZE);
	last = mem_alloc(SIZE);
	full = resident_kb();
	for (size_t i = 0; i < N; i++)
		free(blocks[i]);
	mem_trim();
	assert_true(resident_kb() + free_kb / 2 < full);
}

/* this very function among it, and everything that was relocated */
static void code_goes_on_working(void **state)
{
	for (int i = 0; i < 3; i++) {
		autofree char *text = NULL;

		mem_trim();
		text = mem_printf("%d %s %.1f", i, "three", 0.5);
		assert_string_equal(text + 1, " three 0.5");
	}
}

static void large_blocks_go_back_at_once(void **state)
{
	enum { SIZE = 8 << 20 };
	size_t before;

	need_glibc();
	mem_tune();
	for (int i = 0; i < 3; i++) { /* glibc would keep the second one in the heap */
		autofree char *above = NULL;
		char *large;

		before = resident_kb();
		large = memset(mem_alloc(SIZE), 'x', SIZE);
		above = mem_alloc(100000);
		assert_true(resident_kb() >= before + SIZE / 1024);
		free(large);
		assert_true(resident_kb() < before + SIZE / 2048);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		/* first: from a heap that has such a hole no block is mapped */
		cmocka_unit_test(large_blocks_go_back_at_once),
		cmocka_unit_test(free_heap_goes_back),
		cmocka_unit_test(code_goes_on_working),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
