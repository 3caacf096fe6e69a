#include "check.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/yaml.h"

/* ---- single documents: YAML in, JSON out ---- */

static void test_documents(void **state)
{
	static const struct {
		const char *name, *yaml, *json;
	} rows[] = {
		{"mapping and sequence", "a: 1\nb:\n- x\n- {c: d}\n",
		 "{\"a\":1,\"b\":[\"x\",{\"c\":\"d\"}]}"},
		{"booleans of YAML 1.1", "[true, False, yes, No, on, OFF, y, n]",
		 "[true,false,true,false,true,false,true,false]"},
		{"mixed case is a string", "[tRue, yEs]", "[\"tRue\",\"yEs\"]"},
		{"null in all spellings", "[null, ~, Null, NULL]\n", "[null,null,null,null]"},
		{"nothing is null", "a:\nb: ''\n", "{\"a\":null,\"b\":\"\"}"},
		{"quoted is always a string", "['1', \"true\", 'null', \"1.5\"]",
		 "[\"1\",\"true\",\"null\",\"1.5\"]"},
		{"blocks are strings", "a: |\n  1\nb: >-\n  true\n",
		 "{\"a\":\"1\\n\",\"b\":\"true\"}"},
		{"integers", "[0, -1, +7, 1_000, 0x1F, 0o17, 017, 0b101, -0x10]",
		 "[0,-1,7,1000,31,15,15,5,-16]"},
		{"limits of integers",
		 "[9223372036854775807, -9223372036854775808, 18446744073709551615]",
		 "[9223372036854775807,-9223372036854775808,18446744073709551615]"},
		{"one more becomes a float", "[18446744073709551616]", "[1.8446744073709552e+19]"},
		{"floats", "[1.5, -.25, 6.02e23, 1e-2]", "[1.5,-0.25,6.02e+23,0.01]"},
		{"floats without fraction are integers", "[1.0, 80., 1e3, -0.0]", "[1,80,1000,0]"},
		{"08 is no octal, so a float, so 8", "[08, 09.5]", "[8,9.5]"},
		{"addresses, versions and dates are strings",
		 "[10.0.0.1, 1.2.3, 2001-01-01, '::1', 12:30, 1e, 0x, 1.5.]",
		 "[\"10.0.0.1\",\"1.2.3\",\"2001-01-01\",\"::1\",\"12:30\",\"1e\",\"0x\",\"1.5."
		 "\"]"},
		{"signs and dots alone", "[+, ., .., -.]", "[\"+\",\".\",\"..\",\"-.\"]"},
		{"explicit tags", "[!!str 1, !!int '2', !!float '3', !!bool 'true', !!null '']",
		 "[\"1\",2,3,true,null]"},
		{"keys become strings", "{1: a, true: b, 1.5: c, 'x': d}",
		 "{\"1\":\"a\",\"true\":\"b\",\"1.5\":\"c\",\"x\":\"d\"}"},
		{"alias", "a: &x {k: 1}\nb: *x\n", "{\"a\":{\"k\":1},\"b\":{\"k\":1}}"},
		{"alias of a null", "a: &x\nb: *x\n", "{\"a\":null,\"b\":null}"},
		{"the last anchor of a name counts", "[&x 1, *x, &x 2, *x]", "[1,1,2,2]"},
		{"merge key", "a: &x {k: 1, l: 2}\nb: {<<: *x, l: 3}\n",
		 "{\"a\":{\"k\":1,\"l\":2},\"b\":{\"l\":3,\"k\":1}}"},
		{"merge list, the earlier wins", "- &x {k: 1}\n- &y {k: 2, l: 2}\n- <<: [*x, *y]\n",
		 "[{\"k\":1},{\"k\":2,\"l\":2},{\"k\":1,\"l\":2}]"},
		{"a quoted << is an ordinary key", "{'<<': 1}", "{\"<<\":1}"},
		{"a scalar << is a string", "[<<]", "[\"<<\"]"},
		{"escapes and UTF-8", "\"\\u00e9 \\x41 \xc3\xa9\"", "\"\xc3\xa9 A \xc3\xa9\""},
		{"JSON is YAML", "{\"a\": [1, 2.5, null, {\"b\": \"c\\n\"}]}",
		 "{\"a\":[1,2.5,null,{\"b\":\"c\\n\"}]}"},
		{"scalar document", "hello", "\"hello\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_object *o = NULL;
		struct error err = {0};
		int r = yaml_parse_one(rows[i].yaml, strlen(rows[i].yaml), &o, &err);

		if (r < 0)
			fail_row(rows[i].name, "%s", err.msg);
		if (strcmp(js_text(o, NULL), rows[i].json) != 0)
			fail_row(rows[i].name, "%s", js_text(o, NULL));
		json_object_put(o);
	}
}

static void test_errors(void **state)
{
	static const struct {
		const char *name, *yaml, *want;
	} rows[] = {
		{"duplicate key", "a: 1\nb: 2\na: 3\n", "line 3, column 1: duplicate key 'a'"},
		{"duplicate after typing", "{1: a, '1': b}", "line 1, column 8: duplicate key '1'"},
		{"duplicate key with a null value", "a:\na:\n",
		 "line 2, column 1: duplicate key 'a'"},
		{"two merge keys", "x: &x {}\ny:\n  <<: *x\n  <<: *x\n",
		 "line 4, column 3: duplicate key '<<'"},
		{"merge of a scalar", "<<: 1",
		 "line 1, column 5: the value of '<<' is neither a "
		 "mapping nor a list of them"},
		{"merge of a list with a scalar", "<<: [{}, 1]",
		 "line 1, column 5: the list after '<<' holds more than mappings"},
		{"unknown anchor", "a: *x", "line 1, column 4: unknown anchor 'x'"},
		{"a node inside itself", "a: &x [*x]", "line 1, column 8: unknown anchor 'x'"},
		{"anchors end with their document", "--- &x 1\n--- *x\n",
		 "line 2, column 5: unknown anchor 'x'"},
		{"key is a list", "{[1]: 2}", "line 1, column 2: a key is not a scalar"},
		{"key is a mapping", "? {a: b}\n: c\n", "line 1, column 3: a key is not a scalar"},
		{"key is null", "{~: 2}", "line 1, column 2: a key is null"},
		{"NUL in a key", "\"a\\0b\": 1",
		 "line 1, column 1: a key contains a NUL character"},
		{"infinity", "[.inf]", "line 1, column 2: a number that JSON cannot hold"},
		{"tag and value disagree", "!!int x",
		 "line 1, column 1: the value does not fit its tag"},
		{"unknown tag", "!thing 1", "line 1, column 1: unknown tag"},
		{"unknown tag of a mapping", "!thing {}", "line 1, column 1: unknown tag '!thing'"},
		{"tab as indentation", "a:\n\t- b\n", "line 2, column 1: "},
		{"unclosed bracket", "a: [1, 2\n", "line 2, column 1: "},
		{"wrong indentation", "a:\n  b: 1\n c: 2\n", "line 3, column 2: "},
		{"control character", "a: \x01", "control characters are not allowed"},
		{"not UTF-8", "a: \xff\xfe", "line 1, column "},
		{"no document", "# only a comment\n", "the YAML text holds no document"},
		{"two documents", "a: 1\n---\nb: 2\n", "a second YAML document starts at line 3"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_object *untouched = (struct json_object *)&rows, *o = untouched;
		struct error err = {0};

		if (yaml_parse_one(rows[i].yaml, strlen(rows[i].yaml), &o, &err) == 0)
			fail_row(rows[i].name, "accepted: %s", js_text(o, NULL));
		if (o != untouched || err.kind != ERR_INPUT || !strstr(err.msg, rows[i].want))
			fail_row(rows[i].name, "%s", err.msg);
	}
}

/* ---- streams ---- */

static void test_streams(void **state)
{
	static const char text[] = "# head\n---\n# none here\n---\na: 1\n...\n---\nnull\n"
				   "--- {b: 2}\n---\n\n\n# note\nc: 3\n";
	struct yaml_docs docs;
	struct error err = {0};

	assert_int_equal(yaml_parse(text, strlen(text), &docs, &err), 0);
	assert_int_equal(docs.n, 3);
	assert_int_equal(docs.docs[0].line, 5);
	assert_int_equal(docs.docs[1].line, 9);
	assert_int_equal(docs.docs[2].line, 14);
	assert_int_equal(js_int(docs.docs[2].root, "c", 0), 3);
	yaml_docs_release(&docs);
	assert_int_equal(docs.n, 0);

	assert_int_equal(yaml_parse("", 0, &docs, &err), 0);
	assert_int_equal(docs.n, 0);
	yaml_docs_release(&docs);
}

/* ---- bounds ---- */

static char *nested(unsigned levels, const char *open, const char *close)
{
	struct strbuf b = {0};

	for (unsigned i = 0; i < levels; i++)
		str_add(&b, open);
	for (unsigned i = 0; i < levels; i++)
		str_add(&b, close);
	return str_take(&b);
}

static void check_depth(unsigned levels, bool fine)
{
	autofree char *seq = nested(levels, "[", "]");
	autofree char *map = nested(levels, "{a: ", "}");
	char *const texts[] = {seq, map};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct json_object *o = NULL;
		struct error err = {0};
		int r = yaml_parse_one(texts[i], strlen(texts[i]), &o, &err);

		if (fine != (r == 0))
			fail_msg("%u levels: %s", levels, err.msg);
		if (!fine)
			assert_non_null(strstr(err.msg, "nested deeper than 64 levels"));
		json_object_put(o);
	}
}

static void test_depth(void **state)
{
	check_depth(64, true);
	check_depth(65, false);
	check_depth(100000, false);
}

static void test_aliases_cannot_pass_the_depth(void **state)
{
	autofree char *deep = nested(40, "[", "]");
	autofree char *text = mem_printf("a: &x %s\nb: %.*s*x%.*s\n", deep, 30, deep, 30,
					 deep + 50);
	struct json_object *o = NULL;
	struct error err = {0};

	assert_int_equal(yaml_parse_one(text, strlen(text), &o, &err), -1);
	assert_non_null(strstr(err.msg, "nested deeper than 64 levels"));
}

static void test_billion_laughs(void **state)
{
	struct strbuf b = {0};
	struct json_object *o = NULL;
	struct error err = {0};

	str_add(&b, "a0: &a0 [lol, lol]\n");
	for (unsigned i = 1; i < 40; i++)
		str_addf(&b, "a%u: &a%u [*a%u, *a%u]\n", i, i, i - 1, i - 1);
	assert_int_equal(yaml_parse_one(str_get(&b), b.len, &o, &err), -1);
	assert_non_null(strstr(err.msg, "aliases expand to more than 8388608 bytes"));
	str_release(&b);
}

static void test_many_aliases_are_fine(void **state)
{
	struct strbuf b = {0};
	struct json_object *o = NULL;
	struct error err = {0};

	str_add(&b, "base: &b {labels: {app: web, tier: front}}\nlist:\n");
	for (unsigned i = 0; i < 2000; i++)
		str_add(&b, "- *b\n");
	assert_int_equal(yaml_parse_one(str_get(&b), b.len, &o, &err), 0);
	assert_int_equal(js_arr_len(js_arr(o, "list")), 2000);
	json_object_put(o);
	str_release(&b);
}

/* a copy is a copy: changing one place must not change the other */
static void test_aliases_do_not_share(void **state)
{
	static const char text[] = "a: &x {k: 1}\nb: *x\n";
	struct json_object *o = NULL;

	assert_int_equal(yaml_parse_one(text, strlen(text), &o, NULL), 0);
	js_put_int(js_key(o, "a"), "k", 2);
	assert_int_equal(js_int(o, "b.k", 0), 1);
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_aliases_cannot_pass_the_depth),
		cmocka_unit_test(test_billion_laughs),
		cmocka_unit_test(test_many_aliases_are_fine),
		cmocka_unit_test(test_aliases_do_not_share),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
