/* the set of objects */
#include "common/base/mem.h"
#include "objects.h"

static void put(struct bigip_state *s, enum bigip_kind kind, const char *partition,
		const char *name)
{
	bigip_state_put(s, bigip_object_new(kind, partition, name));
}

static void finds_by_kind_and_path(void **state)
{
	struct bigip_state *s = bigip_state_new();
	struct bigip_object *o;

	put(s, BIGIP_POOL, "P", "x");
	put(s, BIGIP_VIRTUAL, "P", "x");
	put(s, BIGIP_POOL, "Q", "x");
	o = bigip_state_get(s, BIGIP_POOL, "P", "x");
	assert_non_null(o);
	assert_int_equal(o->kind, BIGIP_POOL);
	assert_string_equal(o->partition, "P");
	assert_null(bigip_state_get(s, BIGIP_POOL, "P", "y"));
	assert_null(bigip_state_get(s, BIGIP_IAPP, "P", "x"));
	assert_null(bigip_state_get(s, BIGIP_POOL, "R", "x"));
	bigip_state_del(s, BIGIP_POOL, "P", "x");
	bigip_state_del(s, BIGIP_POOL, "P", "x");
	assert_null(bigip_state_get(s, BIGIP_POOL, "P", "x"));
	assert_non_null(bigip_state_get(s, BIGIP_POOL, "Q", "x"));
	bigip_state_free(s);
	bigip_state_free(NULL);
}

static void put_replaces(void **state)
{
	struct bigip_state *s = bigip_state_new();
	struct bigip_object *o = bigip_object_new(BIGIP_POOL, "P", "cfgmap_a_b_c");

	put(s, BIGIP_POOL, "P", "cfgmap_a_b_c");
	bigip_state_put(s, o);
	assert_ptr_equal(bigip_state_get(s, BIGIP_POOL, "P", "cfgmap_a_b_c"), o);
	assert_int_equal(bigip_state_count(s, "P"), 1);
	bigip_state_free(s);
}

/* a child of an iApp may have the name of an object outside */
static void folders_keep_names_apart(void **state)
{
	struct bigip_state *s = bigip_state_new();

	put(s, BIGIP_POOL, "P", "x");
	bigip_state_put(s, object_of(BIGIP_POOL, "{'name': 'x', 'subPath': 'x.app'}", 0));
	bigip_state_put(s, object_of(BIGIP_POOL, "{'name': 'x', 'subPath': 'y.app'}", 0));
	bigip_state_put(s, object_of(BIGIP_IAPP, "{'name': 'x', 'subPath': 'x.app'}", 0));
	assert_null(bigip_state_get(s, BIGIP_POOL, "P", "x")->sub_path);
	assert_string_equal(bigip_state_get(s, BIGIP_POOL, "P", "x.app/x")->sub_path, "x.app");
	assert_string_equal(bigip_state_get(s, BIGIP_POOL, "P", "y.app/x")->sub_path, "y.app");
	assert_non_null(bigip_state_get(s, BIGIP_IAPP, "P", "x"));
	bigip_state_put(s, object_of(BIGIP_POOL, "{'name': 'x', 'subPath': 'y.app'}", 0));
	assert_int_equal(bigip_state_count(s, "P"), 4);
	bigip_state_free(s);
}

static void owners_have_their_objects_in_creation_order(void **state)
{
	struct bigip_state *s = bigip_state_new();
	struct bigip_object **list;
	size_t n;

	put(s, BIGIP_VIRTUAL, "P", "default_a");
	put(s, BIGIP_POOL, "P", "cfgmap_default_a_svc");
	put(s, BIGIP_MONITOR_TCP, "P", "cfgmap_default_a_svc_1_tcp");
	put(s, BIGIP_MONITOR_HTTP, "P", "cfgmap_default_a_svc_0_http");
	put(s, BIGIP_VIRTUAL, "P", "default_b");
	put(s, BIGIP_VIRTUAL, "Q", "default_a");
	put(s, BIGIP_POOL, "P", "nobody");
	bigip_state_put(s, object_of(BIGIP_POOL,
				     "{'name': 'cfgmap_default_a_svc', 'subPath': 'x.app'}", 0));
	n = bigip_state_owned(s, "P", "default/a", &list);
	assert_int_equal(n, 4);
	assert_int_equal(list[0]->kind, BIGIP_MONITOR_HTTP);
	assert_int_equal(list[1]->kind, BIGIP_MONITOR_TCP);
	assert_int_equal(list[2]->kind, BIGIP_POOL);
	assert_null(list[2]->sub_path);
	assert_int_equal(list[3]->kind, BIGIP_VIRTUAL);
	free(list);
	bigip_state_del(s, BIGIP_POOL, "P", "cfgmap_default_a_svc");
	bigip_state_del(s, BIGIP_MONITOR_HTTP, "P", "cfgmap_default_a_svc_0_http");
	n = bigip_state_owned(s, "P", "default/a", &list);
	assert_int_equal(n, 2);
	free(list);
	bigip_state_del(s, BIGIP_VIRTUAL, "P", "default_b");
	assert_int_equal(bigip_state_owned(s, "P", "default/b", &list), 0);
	free(list);
	assert_int_equal(bigip_state_owned(s, "P", "default", &list), 0);
	free(list);
	bigip_state_free(s);
}

static void counts_what_could_be_ours(void **state)
{
	struct bigip_state *s = bigip_state_new();

	assert_int_equal(bigip_state_count(s, NULL), 0);
	assert_int_equal(bigip_state_count(s, "P"), 0);
	put(s, BIGIP_POOL, "P", "a");
	put(s, BIGIP_POOL, "P", "b");
	put(s, BIGIP_POOL, "Q", "a");
	put(s, BIGIP_NODE, "P", "10.0.0.1");
	bigip_state_put(
		s, object_of(BIGIP_POOL, "{'appService': '/P/i.app/i', 'subPath': 'i.app'}", 0));
	assert_int_equal(bigip_state_count(s, "P"), 2);
	assert_int_equal(bigip_state_count(s, NULL), 3);
	bigip_state_del(s, BIGIP_POOL, "P", "a");
	bigip_state_del(s, BIGIP_NODE, "P", "10.0.0.1");
	assert_int_equal(bigip_state_count(s, "P"), 1);
	bigip_state_free(s);
}

static void references_are_counted(void **state)
{
	struct bigip_state *s = bigip_state_new();

	bigip_state_put(s, object_of(BIGIP_VIRTUAL, "{'name': 'v', 'pool': '/P/p'}", 0));
	bigip_state_put(s, object_of(BIGIP_VIRTUAL, "{'name': 'w', 'pool': '/P/p'}", 0));
	bigip_state_put(s, object_of(BIGIP_POOL, "{'name': 'p', 'monitor': '/P/a and /P/b '}", 0));
	bigip_state_put(
		s, object_of(BIGIP_POOL, "{'name': 'q', 'monitor': 'min 1 of { /P/a /P/c }'}", 0));
	assert_int_equal(bigip_state_references(s, "/P/p"), 2);
	assert_int_equal(bigip_state_references(s, "/P/a"), 2);
	assert_int_equal(bigip_state_references(s, "/P/b"), 1);
	assert_int_equal(bigip_state_references(s, "/P/c"), 1);
	assert_int_equal(bigip_state_references(s, "/P/d"), 0);
	bigip_state_put(s, object_of(BIGIP_VIRTUAL, "{'name': 'w', 'pool': '/P/q'}", 0));
	bigip_state_del(s, BIGIP_POOL, "P", "q");
	assert_int_equal(bigip_state_references(s, "/P/p"), 1);
	assert_int_equal(bigip_state_references(s, "/P/a"), 1);
	assert_int_equal(bigip_state_references(s, "/P/c"), 0);
	bigip_state_free(s);
}

/* counts survive growth, and paths that came and went leave no trace */
static void many_references(void **state)
{
	struct bigip_state *s = bigip_state_new();
	enum { MANY = 3000 };

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < MANY; i++) {
			struct bigip_virtual *v;
			autofree char *name = mem_printf("v%d", i);

			v = (void *)bigip_object_new(BIGIP_VIRTUAL, "P", name);
			v->pool = mem_printf("/P/p%d-%d", i / 2, round);
			bigip_state_put(s, &v->o);
		}
	}
	for (int i = 0; i < MANY / 2; i++) {
		autofree char *last = mem_printf("/P/p%d-2", i), *gone = mem_printf("/P/p%d-1", i);

		assert_int_equal(bigip_state_references(s, last), 2);
		assert_int_equal(bigip_state_references(s, gone), 0);
	}
	assert_int_equal(bigip_state_count(s, NULL), MANY);
	bigip_state_free(s);
}

static void count_each(void *ctx, struct bigip_object *o)
{
	(*(size_t *)ctx)++;
}

static void each_goes_over_a_partition(void **state)
{
	struct bigip_state *s = bigip_state_new();
	size_t in_p = 0, all = 0;

	put(s, BIGIP_POOL, "P", "a");
	put(s, BIGIP_NODE, "P", "10.0.0.1");
	put(s, BIGIP_POOL, "Q", "a");
	bigip_state_each(s, "P", count_each, &in_p);
	bigip_state_each(s, NULL, count_each, &all);
	assert_int_equal(in_p, 2);
	assert_int_equal(all, 3);
	bigip_state_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_kind_and_path),
		cmocka_unit_test(put_replaces),
		cmocka_unit_test(folders_keep_names_apart),
		cmocka_unit_test(owners_have_their_objects_in_creation_order),
		cmocka_unit_test(counts_what_could_be_ours),
		cmocka_unit_test(references_are_counted),
		cmocka_unit_test(many_references),
		cmocka_unit_test(each_goes_over_a_partition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
