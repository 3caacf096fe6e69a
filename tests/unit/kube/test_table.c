/* the table of a store: what a list changes */
#include "check.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/table.h"

static struct kube_object *cm(const char *name, const char *version, const char *uid,
			      const char *data)
{
	autofree char *text = mem_printf("{\"metadata\":{\"namespace\":\"ns\",\"name\":\"%s\","
					 "\"resourceVersion\":\"%s\",\"uid\":\"%s\"},"
					 "\"data\":{\"data\":\"%s\"}}",
					 name, version, uid, data);
	struct json_object *json;
	struct kube_object *o;
	struct error err;

	assert_int_equal(js_parse(text, strlen(text), &json, &err), 0);
	assert_int_equal(kube_object_decode(KUBE_CONFIGMAP, false, json, &o, &err), 0);
	json_object_put(json);
	return o;
}

struct trace {
	struct kube_table *t;
	struct strbuf log;
};

static const char *data_of(const struct kube_object *o)
{
	return o ? ((const struct kube_configmap *)o)->data : "-";
}

static void on_difference(void *ctx, const struct kube_object *before,
			  const struct kube_object *now)
{
	struct trace *tr = ctx;

	str_addf(&tr->log, "%s:%s>%s ", (now ? now : before)->name, data_of(before), data_of(now));
}

static void list(struct trace *tr, bool distrust, struct kube_object **objects, size_t n)
{
	str_clear(&tr->log);
	kube_table_list_begin(tr->t, distrust);
	for (size_t i = 0; i < n; i++)
		kube_table_list_add(tr->t, objects[i]);
	kube_table_list_end(tr->t, on_difference, tr);
}

static void differences(void **state)
{
	struct trace tr = {.t = kube_table_new(KUBE_CONFIGMAP)};

	list(&tr, false, (struct kube_object *[]){cm("a", "1", "u", "x"), cm("b", "2", "u", "x")},
	     2);
	assert_string_equal(str_get(&tr.log), "a:->x b:->x ");
	list(&tr, false, (struct kube_object *[]){cm("a", "1", "u", "x"), cm("b", "2", "u", "x")},
	     2);
	assert_string_equal(str_get(&tr.log), "");
	/* the same version of another object, of another server, or a list that holds one twice */
	list(&tr, false,
	     (struct kube_object *[]){cm("a", "1", "other", "y"), cm("b", "2", "u", "lie")}, 2);
	assert_string_equal(str_get(&tr.log), "a:x>y ");
	list(&tr, true,
	     (struct kube_object *[]){cm("a", "1", "other", "y"), cm("b", "2", "u", "truth")}, 2);
	assert_string_equal(str_get(&tr.log), "a:y>y b:x>truth ");
	list(&tr, false, (struct kube_object *[]){cm("b", "3", "u", "p"), cm("b", "4", "u", "q")},
	     2);
	assert_string_equal(str_get(&tr.log), "b:truth>p b:p>q a:y>- ");
	assert_int_equal(kube_table_count(tr.t), 1);
	list(&tr, false, NULL, 0);
	assert_string_equal(str_get(&tr.log), "b:q>- ");
	str_release(&tr.log);
	kube_table_free(tr.t);
}

static void a_list_that_breaks_off_changes_nothing(void **state)
{
	struct trace tr = {.t = kube_table_new(KUBE_CONFIGMAP)};

	list(&tr, false, (struct kube_object *[]){cm("a", "1", "u", "x"), cm("b", "1", "u", "x")},
	     2);
	str_clear(&tr.log);
	kube_table_list_begin(tr.t, false);
	kube_table_list_add(tr.t, cm("a", "2", "u", "y"));
	kube_table_list_add(tr.t, cm("c", "2", "u", "y"));
	assert_string_equal(data_of(kube_table_get(tr.t, "ns", "a")), "x");
	assert_null(kube_table_get(tr.t, "ns", "c"));
	kube_table_list_begin(tr.t, false); /* from the start */
	kube_table_list_keep(tr.t, "ns", "a");
	kube_table_list_add(tr.t, cm("b", "1", "u", "x"));
	kube_table_list_end(tr.t, on_difference, &tr);
	assert_string_equal(str_get(&tr.log), "");
	assert_int_equal(kube_table_count(tr.t), 2);
	str_release(&tr.log);
	kube_table_free(tr.t);
}

static void names_are_told_apart(void **state)
{
	struct kube_table *t = kube_table_new(KUBE_CONFIGMAP);
	char long_name[500];

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_null(kube_table_put(t, cm("x", "1", "u", "1")));
	assert_null(kube_table_put(t, cm(long_name, "1", "u", "2")));
	assert_string_equal(data_of(kube_table_get(t, "ns", long_name)), "2");
	assert_null(kube_table_get(t, "n", "sx"));
	assert_null(kube_table_get(t, "", "x"));
	assert_null(kube_table_take(t, "ns", "y"));
	kube_object_free(kube_table_take(t, "ns", "x"));
	assert_null(kube_table_get(t, "ns", "x"));
	kube_table_free(t);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences),
		cmocka_unit_test(a_list_that_breaks_off_changes_nothing),
		cmocka_unit_test(names_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
