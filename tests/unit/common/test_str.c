/* strings, errors and memory */
#include "check.h"

#include <errno.h>

#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/base/str.h"

/* ---- strbuf ---- */

static void test_strbuf(void **state)
{
	struct strbuf b = {0};
	char *s;

	assert_string_equal(str_get(&b), "");
	str_addf(&b, "%s-%d", "a", 7);
	str_add_char(&b, '!');
	str_add_mem(&b, "x\0y", 3);
	assert_int_equal(b.len, 7);
	assert_memory_equal(b.data, "a-7!x\0y", 7);
	str_clear(&b);
	assert_string_equal(str_get(&b), "");
	for (unsigned i = 0; i < 10000; i++)
		str_addf(&b, "%u,", i);
	assert_int_equal(b.len, 48890);
	s = str_take(&b);
	assert_int_equal(strlen(s), 48890);
	assert_null(b.data);
	free(s);
	s = str_take(&b);
	assert_string_equal(s, "");
	free(s);
}

static void test_strbuf_cap(void **state)
{
	struct strbuf b = {.max = 5};

	str_add(&b, "1234");
	str_add(&b, "56");
	assert_true(b.bad);
	assert_string_equal(str_get(&b), "1234");
	str_add(&b, "5"); /* sticky, although it would fit */
	str_addf(&b, "%d", 5);
	assert_string_equal(str_get(&b), "1234");
	str_clear(&b);
	str_add(&b, "12345");
	assert_false(b.bad);
	str_release(&b);
	assert_int_equal(b.max, 5);
}

/* ---- words and numbers ---- */

static void test_compare(void **state)
{
	assert_true(str_eq(NULL, NULL));
	assert_false(str_eq(NULL, ""));
	assert_true(str_eq("a", "a"));
	assert_true(str_starts("abc", "ab"));
	assert_false(str_starts("a", "ab"));
	assert_true(str_ends("abc", "bc"));
	assert_false(str_ends("c", "bc"));
	assert_true(str_empty(NULL) && str_empty("") && !str_empty(" "));
}

static void test_numbers(void **state)
{
	static const struct {
		const char *text;
		unsigned long long min, max;
		int want;
		unsigned long long value;
	} rows[] = {
		{"0", 0, 10, 0, 0},
		{"10", 0, 10, 0, 10},
		{"0010", 0, 10, 0, 10},
		{"11", 0, 10, -1},
		{"4", 5, 10, -1},
		{"18446744073709551615", 0, ~0ull, 0, ~0ull},
		{"18446744073709551616", 0, ~0ull, -1},
		{"", 0, 10, -1},
		{NULL, 0, 10, -1},
		{"-1", 0, ~0ull, -1},
		{"+1", 0, 10, -1},
		{" 1", 0, 10, -1},
		{"1 ", 0, 10, -1},
		{"0x1", 0, 10, -1},
		{"1e1", 0, 10, -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned long long v = 77;
		int r = str_to_u64(rows[i].text, rows[i].min, rows[i].max, &v);

		if (r != rows[i].want || v != (r < 0 ? 77 : rows[i].value))
			fail_row(rows[i].text ? rows[i].text : "NULL", "%d, %llu", r, v);
	}
}

static void test_nearest(void **state)
{
	static const char *const words[] = {"round-robin", "least-connections-member",
					    "ratio-member", "fastest-node", NULL};
	static const struct {
		const char *word, *want;
	} rows[] = {
		{"round-robbin", "round-robin"},
		{"roundrobin", "round-robin"},
		{"ratio-mebmer", "ratio-member"},
		{"fastest-nodes", "fastest-node"},
		{"", NULL},
		{"zzz", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *got = str_nearest(rows[i].word, words);

		if (!str_eq(got, rows[i].want))
			fail_row(rows[i].word, "%s", got ? got : "nothing");
	}
}

/* RFC 4648 section 10 and the ways to get it wrong */
static void test_base64(void **state)
{
	static const struct {
		const char *text;
		long len;
		const char *bytes;
	} rows[] = {
		{"", 0, ""},
		{"Zg==", 1, "f"},
		{"Zm8=", 2, "fo"},
		{"Zm9v", 3, "foo"},
		{"Zm9vYg==", 4, "foob"},
		{"Zm9v\nYmE=\r\n", 5, "fooba"},
		{"Zm9vYmFy", 6, "foobar"},
		{"/+8A", 3, "\xff\xef\0"},
		{"Zg", -1, NULL},
		{"Zg=", -1, NULL},
		{"Zg===", -1, NULL},
		{"Z", -1, NULL},
		{"Zm9v=", -1, NULL},
		{"=", -1, NULL},
		{"Zg==Zg==", -1, NULL},
		{"Z*==", -1, NULL},
		{"_-8A", -1, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		unsigned char *out = NULL;
		long len = str_base64_decode(rows[i].text, &out);

		if (len != rows[i].len)
			fail_row(rows[i].text, "length %ld", len);
		if (len >= 0 && (memcmp(out, rows[i].bytes, (size_t)len) != 0 || out[len]))
			fail_row(rows[i].text, "'%s'", (char *)out);
		if (len < 0)
			assert_null(out);
		free(out);
	}
}

/* ---- errors ---- */

static void test_errors(void **state)
{
	struct error err = {0};
	char longer[600];

	assert_int_equal(err_set(&err, ERR_INPUT, 7, "pool '%s' is bad", "p"), -1);
	assert_int_equal(err_wrap(&err, "cannot update %d", 3), -1);
	assert_string_equal(err.msg, "cannot update 3: pool 'p' is bad");
	assert_int_equal(err.kind, ERR_INPUT);
	assert_int_equal(err.code, 7);

	err_set(&err, ERR_RETRY, 0, "outer: %s", err.msg); /* the old text as an argument */
	assert_string_equal(err.msg, "outer: cannot update 3: pool 'p' is bad");
	err_set(&err, ERR_RETRY, 0, "in");
	err_wrap(&err, "[%s]", err.msg);
	assert_string_equal(err.msg, "[in]: in");

	errno = ECONNREFUSED;
	err_errno(&err, "cannot reach '%s'", "h");
	assert_string_equal(err.msg, "cannot reach 'h': Connection refused");
	assert_int_equal(err.kind, ERR_RETRY);
	assert_int_equal(err.code, ECONNREFUSED);

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&err, ERR_FATAL, 0, "%s", longer);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_wrap(&err, "%s", longer);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);
	err_errno(&err, "%s", longer);
	assert_int_equal(strlen(err.msg), sizeof(err.msg) - 1);

	assert_int_equal(err_set(NULL, ERR_FATAL, 0, "x"), -1);
	assert_int_equal(err_wrap(NULL, "x"), -1);
	assert_int_equal(err_errno(NULL, "x"), -1);
}

/* ---- memory ---- */

static void test_arena(void **state)
{
	struct arena a = {0};
	char *small[100], *big;

	for (unsigned i = 0; i < ARRAY_LEN(small); i++) {
		small[i] = arena_printf(&a, "entry %u", i);
		assert_int_equal((uintptr_t)small[i] % _Alignof(max_align_t), 0);
	}
	big = arena_alloc(&a, 100000);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(big[i], 0);
	memset(big, 1, 100000);
	assert_string_equal(arena_strdup(&a, "kept"), "kept");
	assert_string_equal(arena_strndup(&a, "kept", 2), "ke");
	assert_null(arena_strdup(&a, NULL));
	for (unsigned i = 0; i < ARRAY_LEN(small); i++) {
		char want[32];

		(void)snprintf(want, sizeof(want), "entry %u", i);
		assert_string_equal(small[i], want);
	}
	assert_in_range(arena_used(&a), 100000, 112000);
	arena_release(&a);
	assert_int_equal(arena_used(&a), 0);
	arena_release(&a);
}

static void test_mem_helpers(void **state)
{
	struct {
		int *items;
		size_t n, cap;
	} list = {0};
	char *s = mem_printf("%d-%s", 1, "x"), *moved;

	moved = move_ptr(s);
	assert_null(s);
	assert_string_equal(moved, "1-x");
	free(moved);
	for (int i = 0; i < 1000; i++) {
		mem_grow(list.items, list.n, list.cap);
		list.items[list.n++] = i;
	}
	assert_int_equal(list.items[999], 999);
	free(list.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strbuf),      cmocka_unit_test(test_strbuf_cap),
		cmocka_unit_test(test_compare),     cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_nearest),     cmocka_unit_test(test_base64),
		cmocka_unit_test(test_errors),      cmocka_unit_test(test_arena),
		cmocka_unit_test(test_mem_helpers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
