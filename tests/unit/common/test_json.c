#include "check.h"

#include "common/base/json.h"
#include "common/base/mem.h"

static void test_parse(void **state)
{
	static const struct {
		const char *name, *text;
		size_t len;       /* 0: strlen */
		const char *want; /* compact text, or NULL for an error with: */
		const char *err;
	} rows[] = {
		{"object", " {\"a\": [1, 2.5, true, null, \"/\"]}\n", 0,
		 "{\"a\":[1,2.5,true,null,\"/\"]}"},
		{"bare number", "12", 0, "12"},
		{"bare word", "true", 0, "true"},
		{"bare string", "\"x\"", 0, "\"x\""},
		{"escapes", "\"\\u00e9\\n\"", 0, "\"\xc3\xa9\\n\""},
		{"empty", "", 0, NULL, "line 1 (byte 0): it ends early"},
		{"white space", " \n ", 0, NULL, "not valid JSON"},
		{"unfinished", "{\"a\":\n1", 0, NULL, "not valid JSON at line 2 (byte 7)"},
		{"unfinished string", "\"abc", 0, NULL, "not valid JSON"},
		{"unfinished word", "tru", 0, NULL, "not valid JSON"},
		{"two documents", "{}\n{}", 0, NULL,
		 "line 2 (byte 3): text after the end of the document"},
		{"NUL after the document", "{}\0", 3, NULL, "text after the end"},
		{"NUL inside", "{\"a\"\0:1}", 8, NULL, "not valid JSON"},
		{"NUL and more",
		 "1\0"
		 "2",
		 3, NULL, "not valid JSON"},
		{"trailing comma in an array", "[1,]", 0, NULL, "line 1"},
		{"trailing comma in an object", "{\"a\":1,}", 0, NULL, "line 1"},
		{"single quotes", "{'a':1}", 0, NULL, "line 1 (byte 1)"},
		{"comment", "/* x */ {}", 0, NULL, "line 1"},
		{"NaN", "[NaN]", 0, NULL, "line 1"},
		{"Infinity", "[Infinity]", 0, NULL, "line 1"},
		{"minus Infinity", "[-Infinity]", 0, NULL, "line 1"},
		{"leading zero", "[012]", 0, NULL, "line 1"},
		{"leading zero after minus", "[-012]", 0, NULL, "line 1 (byte 1): not a number"},
		{"digits after the point", "[1.]", 0, NULL, "line 1 (byte 1): not a number"},
		{"digits after the e", "[1e+]", 0, NULL, "line 1 (byte 1): not a number"},
		{"all of a number", "[-0, 10.25, 1e5, 2E-3]", 0, "[0,10.25,1e5,2E-3]"},
		{"quotes and escapes in strings", "[\"'\", \"\\\"N\\\\\", \"-01\"]", 0,
		 "[\"'\",\"\\\"N\\\\\",\"-01\"]"},
		{"tab in a string", "[\"a\tb\"]", 0, NULL,
		 "line 1 (byte 3): control character in a string"},
		{"a string that begins with a tab", "[\"\t\"]", 0, NULL,
		 "line 1 (byte 2): control character in a string"},
		{"a string that ends with a backslash", "\"a\\", 0, NULL, "not valid JSON"},
		{"upper case word", "[TRUE]", 0, NULL, "line 1"},
		{"line break in a string", "[\"a\nb\"]", 0, NULL, "line 1"},
		{"error on line 3", "{\n\"a\": 1,\nb\n}", 0, NULL, "line 3 (byte 10)"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_object *untouched = (struct json_object *)&rows, *o = untouched;
		size_t len = rows[i].len ? rows[i].len : strlen(rows[i].text);
		/* an exact copy, so that a read past the end is seen */
		autofree char *copy = mem_dup(rows[i].text, len);
		struct error err = {0};

		if (js_parse(copy, len, &o, &err) < 0) {
			if (rows[i].want || o != untouched || err.kind != ERR_INPUT ||
			    !strstr(err.msg, rows[i].err))
				fail_row(rows[i].name, "%s", err.msg);
			continue;
		}
		if (!rows[i].want || strcmp(js_text(o, NULL), rows[i].want) != 0)
			fail_row(rows[i].name, "accepted as %s", js_text(o, NULL));
		json_object_put(o);
	}
}

static void check_depth(unsigned levels, bool fine)
{
	autofree char *text = mem_alloc(levels * 2 + 1);
	struct json_object *o = NULL;
	struct error err = {0};

	memset(text, '[', levels);
	memset(text + levels, ']', levels);
	if ((js_parse(text, levels * 2, &o, &err) == 0) != fine)
		fail_msg("%u levels: %s", levels, err.msg);
	json_object_put(o);
}

static void test_depth(void **state)
{
	check_depth(64, true);
	check_depth(65, false);
	check_depth(200000, false);
}

static void test_reading(void **state)
{
	static const char text[] = "{\"spec\":{\"ip\":\"1.2.3.4\",\"port\":80,\"on\":true,"
				   "\"list\":[1,2],\"half\":0.5,\"big\":5000000000,\"null\":null},"
				   "\"a.b\":\"dotted\"}";
	struct json_object *o = NULL;

	assert_int_equal(js_parse(text, strlen(text), &o, NULL), 0);
	assert_string_equal(js_str(o, "spec.ip", "-"), "1.2.3.4");
	assert_string_equal(js_str(o, "spec.port", "-"), "-");
	assert_string_equal(js_str(o, "spec.none.deep", "-"), "-");
	assert_string_equal(js_str(o, "spec.ip.deeper", "-"), "-");
	assert_null(js_str(o, "spec.null", NULL));
	assert_int_equal(js_int(o, "spec.port", 7), 80);
	assert_true(js_int(o, "spec.big", 7) == 5000000000);
	assert_int_equal(js_int(o, "spec.half", 7), 7);
	assert_int_equal(js_int(o, "spec.ip", 7), 7);
	assert_true(js_bool(o, "spec.on", false));
	assert_true(js_bool(o, "spec.port", true));
	assert_int_equal(js_arr_len(js_arr(o, "spec.list")), 2);
	assert_null(js_arr(o, "spec"));
	assert_int_equal(js_arr_len(NULL), 0);
	assert_string_equal(json_object_get_string(js_key(o, "a.b")), "dotted");
	assert_null(js_at(o, "a.b"));
	assert_null(js_key(NULL, "a"));
	assert_null(js_at(NULL, "a"));
	assert_ptr_equal(js_at(o, ""), o);
	json_object_put(o);
}

static void test_building(void **state)
{
	struct json_object *o = js_obj(), *list = js_list();
	size_t len;

	js_put_str(o, "path", "/Common/x");
	js_put_str(o, "absent", NULL);
	js_put_int(o, "n", INT64_MIN);
	js_put_bool(o, "b", false);
	js_push_str(list, "one");
	js_push_str(list, NULL);
	js_push(list, js_obj());
	js_put(o, "list", list);
	js_put(o, "nothing", NULL);
	assert_string_equal(js_text(o, &len), "{\"path\":\"/Common/x\",\"n\":-9223372036854775808,"
					      "\"b\":false,\"list\":[\"one\",{}]}");
	assert_int_equal(len, strlen(js_text(o, NULL)));
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_reading),
		cmocka_unit_test(test_building),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
