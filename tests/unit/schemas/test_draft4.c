/* The public draft 4 vectors: each file of tests/fixtures/json-schema-draft4 is one test. */
#include "load.h"

#include <dirent.h>

#include "common/base/jsonschema.h"
#include "common/base/str.h"

#define VECTORS TEST_SOURCE_DIR "/tests/fixtures/json-schema-draft4"

static struct json_object *metaschema;

static unsigned check_group(const char *file, struct json_object *group)
{
	const struct jsonschema_document docs[] = {
		{"http://json-schema.org/draft-04/schema#", metaschema},
	};
	const struct jsonschema_options options = {.documents = docs, .n_documents = 1};
	const char *name = js_str(group, "description", "?");
	struct json_object *tests = js_arr(group, "tests");
	struct jsonschema *s;
	struct error err;

	if (jsonschema_compile(js_key(group, "schema"), &options, &s, &err) < 0)
		fail_row(name, "%s: does not compile: %s", file, err.msg);
	for (size_t i = 0; i < js_arr_len(tests); i++) {
		struct json_object *test = json_object_array_get_idx(tests, i);
		bool want = js_bool(test, "valid", false);
		struct jsonschema_report report = {0};

		if (jsonschema_validate(s, js_key(test, "data"), &report) != want)
			fail_row(name, "%s: %s: want %svalid, report: %s", file,
				 js_str(test, "description", "?"), want ? "" : "in",
				 jsonschema_report_text(&report, 500));
		if ((report.n == 0) != want)
			fail_row(name, "%s: %s: report has %zu entries", file,
				 js_str(test, "description", "?"), report.n);
		jsonschema_report_release(&report);
	}
	jsonschema_free(s);
	return (unsigned)js_arr_len(tests);
}

static unsigned check_dir(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;
	struct dirent *e;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[1024];
		autojson struct json_object *groups = NULL;

		if (!str_ends(e->d_name, ".json"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		groups = load_json(path);
		for (size_t i = 0; i < js_arr_len(groups); i++)
			n += check_group(e->d_name, json_object_array_get_idx(groups, i));
	}
	closedir(d);
	return n;
}

static void test_vectors(void **state)
{
	unsigned n;

	(void)state;
	metaschema = load_json(VECTORS "/meta/draft-04-schema.json");
	n = check_dir(VECTORS) + check_dir(VECTORS "/optional/format");
	print_message("%u documents of the draft 4 suite\n", n);
	assert_true(n > 500); /* the files are there */
	json_object_put(metaschema);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
