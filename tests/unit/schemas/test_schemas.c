/* The built-in schemas: lookup by reference, the examples in schemas/accepted and schemas/rejected.
 */
#include "load.h"

#include <dirent.h>

#include "common/base/str.h"
#include "schemas/schemas.h"

static void test_name(void **state)
{
	static const struct name_case {
		const char *name, *ref, *want;
	} cases[] = {
		{"as documented", "f5schemadb://x_v0.1.7.json", "x_v0.1.7.json"},
		{"bare name", "x_v0.1.7.json", "x_v0.1.7.json"},
		{"space and quotes around", " \n\"f5schemadb://x.json\"\t", "x.json"},
		{"quotes inside stay", "a\"b", "a\"b"},
		{"another scheme stays", "http://host/x.json", "http://host/x.json"},
		{"empty", "", NULL},
		{"only the prefix", "f5schemadb://", NULL},
		{"only quotes", " \"\"\"", NULL},
		{"absent", NULL, NULL},
		{"too long",
		 "0123456789012345678901234567890123456789012345678901234567890123456789"
		 "0123456789012345678901234567890123456789012345678901234567",
		 NULL},
	};
	char buf[SCHEMAS_NAME_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = schemas_name(cases[i].ref, buf);

		if (!str_eq(got, cases[i].want))
			fail_row(cases[i].name, "got '%s'", got ? got : "NULL");
	}
}

static void test_lookup(void **state)
{
	struct jsonschema *s = NULL;
	struct error err;

	(void)state;
	for (int v = 0; v < 8; v++) {
		char ref[80];

		snprintf(ref, sizeof(ref), "f5schemadb://bigip-virtual-server_v0.1.%d.json", v);
		assert_non_null(schemas_text(ref));
		assert_non_null(strstr(schemas_text(ref), ref)); /* its own id */
	}
	assert_null(schemas_text("bigip-virtual-server_v0.1.8.json"));
	assert_int_equal(schemas_load("bigip-virtual-server_v0.1.8.json", &s, &err), -1);
	assert_null(s);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_non_null(strstr(err.msg, "'bigip-virtual-server_v0.1.8.json'"));
	assert_non_null(strstr(err.msg, "bigip-virtual-server_v0.1.7.json"));
}

static void test_lb_modes(void **state)
{
	size_t n = 0;

	(void)state;
	for (; schemas_lb_modes[n]; n++)
		assert_true(n == 0 || strcmp(schemas_lb_modes[n - 1], schemas_lb_modes[n]) < 0);
	assert_int_equal(n, 19);
	assert_true(schemas_lb_mode_ok("round-robin"));
	assert_false(schemas_lb_mode_ok("round_robin"));
	assert_false(schemas_lb_mode_ok(""));
	assert_false(schemas_lb_mode_ok(NULL));
	assert_string_equal(str_nearest("roundrobin", schemas_lb_modes), "round-robin");
}

static void test_formats(void **state)
{
	static const struct format_case {
		const char *value;
		bool v4, v6;
	} cases[] = {
		{"1.2.3.4", true, true},
		{"1.2.3.4%4", true, true},
		{"1.2.3.4%0", true, true},
		{"::", false, true},
		{"ff80::%12", false, true},
		{"::ffff:1.2.3.4%7", false, true},
		{"", false, false},
		{"http://bad", false, false},
		{"bad%0", false, false},
		{"1.2.3.4%bad", false, false},
		{"1.2.3.4%", false, false},
		{"1.2.3.4%4%5", false, false},
		{"1.2.3.4%4 ", false, false},
		{"%4", false, false},
		{"127%44", false, false},
		{"1.2.3.4/24", false, false},
		{"1.2.3.4/24%1", false, false},
		{"01.2.3.4", false, false},
	};
	autojson struct json_object *four = NULL, *six = NULL;
	struct jsonschema *v4, *v6;

	(void)state;
	assert_int_equal(js_parse("{\"format\": \"bigipv4\"}", 21, &four, NULL), 0);
	assert_int_equal(js_parse("{\"format\": \"bigipv6\"}", 21, &six, NULL), 0);
	assert_int_equal(schemas_compile(four, &v4, NULL), 0);
	assert_int_equal(schemas_compile(six, &v6, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autojson struct json_object *v = json_object_new_string(cases[i].value);

		if (jsonschema_validate(v4, v, NULL) != cases[i].v4)
			fail_row(cases[i].value, "bigipv4");
		if (jsonschema_validate(v6, v, NULL) != cases[i].v6)
			fail_row(cases[i].value, "bigipv6");
	}
	jsonschema_free(v4);
	jsonschema_free(v6);
}

static void check_example(const char *name, struct json_object *example, bool want)
{
	struct jsonschema_report report = {0};
	struct jsonschema *s;
	struct error err;

	if (schemas_load(js_str(example, "schema", NULL), &s, &err) < 0)
		fail_row(name, "%s", err.msg);
	if (jsonschema_validate(s, js_key(example, "data"), &report) != want)
		fail_row(name, "is %s: %s", want ? "rejected" : "accepted",
			 jsonschema_report_text(&report, 1000));
	if (!want && (!str_eq(report.list[0].path, js_str(example, "path", NULL)) ||
		      !str_eq(report.list[0].message, js_str(example, "message", NULL))))
		fail_row(name, "the report says %s: %s", report.list[0].path,
			 report.list[0].message);
	jsonschema_report_release(&report);
	jsonschema_free(s);
}

static unsigned check_dir(const char *dir, bool want)
{
	DIR *d = opendir(dir);
	unsigned n = 0;
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[1024];
		autojson struct json_object *example = NULL;

		if (!str_ends(e->d_name, ".json"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		example = load_json(path);
		check_example(e->d_name, example, want);
		n++;
	}
	closedir(d);
	return n;
}

static void test_accepted(void **state)
{
	(void)state;
	assert_true(check_dir(TEST_SOURCE_DIR "/schemas/accepted", true) >= 10);
}

static void test_rejected(void **state)
{
	(void)state;
	assert_true(check_dir(TEST_SOURCE_DIR "/schemas/rejected", false) >= 25);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_name),     cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_lb_modes), cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_rejected), cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
