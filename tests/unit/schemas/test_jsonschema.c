/* The validator's own promises: words, bounds, and refusal of schemas that make no sense. */
#include "load.h"

#include "common/base/jsonschema.h"
#include "common/base/str.h"

static struct json_object *parse(const char *row, const char *text)
{
	struct json_object *o = NULL;
	struct error err;

	if (js_parse(text, strlen(text), &o, &err) < 0)
		fail_row(row, "%s", err.msg);
	return o;
}

static struct jsonschema *compile(const char *row, const char *text)
{
	autojson struct json_object *doc = parse(row, text);
	struct jsonschema *s = NULL;
	struct error err;

	if (jsonschema_compile(doc, NULL, &s, &err) < 0)
		fail_row(row, "%s", err.msg);
	return s;
}

static void test_words(void **state)
{
	static const struct word_case {
		const char *name, *schema, *doc, *want; /* the whole report */
	} cases[] = {
		{"type", "{'type': 'integer'}", "'1'", "'1' (a string) is not an integer"},
		{"types", "{'type': ['null', 'object']}", "[1, 2]",
		 "an array of 2 is not null or an object"},
		{"null", "{'type': 'string'}", "null", "null is not a string"},
		{"range", "{'minimum': 1, 'maximum': 5}", "7", "7 is not between 1 and 5"},
		{"open range", "{'minimum': 1, 'exclusiveMinimum': true, 'maximum': 5}", "1",
		 "1 is not above 1"},
		{"at least", "{'minimum': 1.5}", "1", "1 is not at least 1.5"},
		{"below", "{'maximum': 2, 'exclusiveMaximum': true}", "2", "2 is not below 2"},
		{"infinite", "{'maximum': 2}", "1e999", "1e999 is not at most 2"},
		{"multiple", "{'multipleOf': 10}", "15", "15 is not a multiple of 10"},
		{"length", "{'minLength': 3}", "'ab'", "has 2 characters, needs at least 3"},
		{"length in code points", "{'maxLength': 2}", "'äöü'",
		 "has 3 characters, may have at most 2"},
		{"items", "{'maxItems': 1}", "[1, 2]", "has 2 items, may have at most 1"},
		{"tuple", "{'items': [{}], 'additionalItems': false}", "[1, 2]",
		 "has 2 items, may have at most 1"},
		{"unique", "{'uniqueItems': true}", "[1, 2, 1.0]", "has two equal items"},
		{"pattern", "{'pattern': '^a+$'}", "'ab'", "'ab' does not match the pattern ^a+$"},
		{"pattern ends at the end", "{'pattern': '^a$'}", "'a\\n'",
		 "'a\\n' does not match the pattern ^a$"},
		{"enum", "{'enum': ['a', 1, null]}", "'b'", "'b' is not one of a, 1, null"},
		{"enum of one", "{'enum': ['a']}", "'b'", "'b' is not a"},
		{"enum with a likely value", "{'enum': ['red', 'green', 'blue', 'white', 'black']}",
		 "'blak'",
		 "'blak' is not one of red, green, blue, white, black, did you mean black"},
		{"path",
		 "{'properties': {'a': {'items': {'properties': {'b c': {'type': 'null'}}}}}}",
		 "{'a': [{}, {'b c': 1}]}", "a[1]['b c']: 1 is not null"},
		{"two at once", "{'required': ['x'], 'properties': {'y': {'type': 'null'}}}",
		 "{'y': 1}", "'x' is missing; y: 1 is not null"},
		{"dependency", "{'dependencies': {'a': ['b']}}", "{'a': 1}",
		 "'b' is missing, 'a' needs it"},
		{"unknown key, nothing known", "{'additionalProperties': false}", "{'a': 1}",
		 "a: unknown key, none is allowed here"},
		{"said once", "{'allOf': [{'type': 'null'}, {'type': 'null'}]}", "1",
		 "1 is not null"},
		{"not", "{'not': {'title': 'a colour', 'enum': ['red']}}", "'red'",
		 "'red' must not be a colour"},
		{"anyOf joins equals", "{'anyOf': [{'type': 'null'}, {'type': 'integer'}]}", "'x'",
		 "'x' (a string) is not null or an integer"},
		{"anyOf prefers the right JSON type",
		 "{'anyOf': [{'type': 'null'}, {'type': 'integer', 'minimum': 3, 'multipleOf': "
		 "2}]}",
		 "1", "1 is not at least 3; 1 is not a multiple of 2"},
		{"oneOf lets keys decide",
		 "{'oneOf': [{'properties': {'a': {}, 'x': {}, 'y': {}}, 'required': ['a', 'x', "
		 "'y']},"
		 "{'properties': {'b': {}}, 'required': ['b'], 'additionalProperties': false}]}",
		 "{'a': 1}", "'x' is missing; 'y' is missing"},
		{"oneOf twice",
		 "{'oneOf': [{'title': 'big', 'minimum': 5}, {'title': 'even', "
		 "'multipleOf': 2}]}",
		 "8", "is both big and even, it may be only one of them"},
		{"large numbers", "{'enum': [18446744073709551615]}", "18446744073709551614",
		 "18446744073709551614 is not 18446744073709551615"},
		{"NUL in a string", "{'enum': ['a']}", "'a\\u0000b'", "'a\\u0000b' is not a"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *row = cases[i].name;
		autofree char *schema = mem_strdup(cases[i].schema);
		autofree char *text = mem_strdup(cases[i].doc);
		autofree char *want = mem_strdup(cases[i].want);
		autojson struct json_object *doc = NULL;
		struct jsonschema_report report = {0};
		struct jsonschema *s;

		for (char *part[] = {schema, text, want}, **p = part; p < part + 3; p++)
			for (char *c = *p; *c; c++)
				if (*c == '\'')
					*c = '"';
		s = compile(row, schema);
		doc = parse(row, text);
		if (jsonschema_validate(s, doc, &report))
			fail_row(row, "is accepted");
		if (!str_eq(jsonschema_report_text(&report, 500), want))
			fail_row(row, "the report says: %s", jsonschema_report_text(&report, 500));
		jsonschema_report_release(&report);
		jsonschema_free(s);
	}
}

static void test_bad_schema(void **state)
{
	static const struct bad_case {
		const char *name, *schema, *want;
	} cases[] = {
		{"not an object", "[]", "schema must be a schema"},
		{"type of no kind", "{\"type\": \"int\"}", "type is not a type"},
		{"type is a number", "{\"type\": 3}", "type is not a type"},
		{"no types", "{\"type\": []}", "type must name"},
		{"negative count", "{\"minLength\": -1}", "minLength must be a whole number"},
		{"count in words", "{\"minLength\": \"one\"}", "minLength must be a whole number"},
		{"deep place", "{\"properties\": {\"a\": {\"items\": [{}, {\"maximum\": true}]}}}",
		 "properties.a.items[1].maximum must be a number"},
		{"later drafts", "{\"minimum\": 1, \"exclusiveMinimum\": 1}",
		 "exclusiveMinimum must be true or false"},
		{"zero multiple", "{\"multipleOf\": 0}", "multipleOf must be above 0"},
		{"required is a flag", "{\"required\": true}",
		 "required must be a list of strings"},
		{"required numbers", "{\"required\": [1]}", "required must be a list of strings"},
		{"pattern", "{\"pattern\": \"(\"}", "pattern is not a valid pattern"},
		{"name pattern", "{\"patternProperties\": {\"[\": {}}}", "is not a valid pattern"},
		{"boolean schema", "{\"items\": true}", "items must be a schema"},
		{"enum", "{\"enum\": 1}", "enum must be a list"},
		{"allOf", "{\"allOf\": {}}", "allOf must be a list of schemas"},
		{"no branches", "{\"oneOf\": [{\"anyOf\": []}]}",
		 "oneOf[0].anyOf must name at least one schema"},
		{"reference to nothing", "{\"$ref\": \"#/definitions/a\"}",
		 "$ref leads to no schema"},
		{"remote reference", "{\"$ref\": \"http://host/x.json\"}",
		 "$ref leads to no schema"},
		{"reference into the text", "{\"a\": \"x\", \"items\": {\"$ref\": \"#/a\"}}",
		 "must be a schema"},
		{"refers to itself", "{\"$ref\": \"#\"}", "refers to itself"},
		{"circle through allOf",
		 "{\"allOf\": [{\"$ref\": \"#/definitions/a\"}], \"definitions\": {\"a\": "
		 "{\"not\": "
		 "{\"$ref\": \"#\"}}}}",
		 "refers to itself"},
		{"circle through a dependency",
		 "{\"properties\": {\"a\": {}}, \"dependencies\": {\"a\": {\"$ref\": \"#\"}}}",
		 "refers to itself"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		autojson struct json_object *doc = parse(cases[i].name, cases[i].schema);
		struct jsonschema *s = NULL;
		struct error err = {0};

		if (jsonschema_compile(doc, NULL, &s, &err) >= 0 || s)
			fail_row(cases[i].name, "compiles");
		if (err.kind != ERR_INPUT || !strstr(err.msg, cases[i].want))
			fail_row(cases[i].name, "says: %s", err.msg);
	}
}

static void test_count_in_quotes(void **state) /* as in F5's 0.1.0 */
{
	struct jsonschema *s = compile("quotes", "{\"minLength\": \"2\"}");
	autojson struct json_object *one = json_object_new_string("x");

	(void)state;
	assert_false(jsonschema_validate(s, one, NULL));
	jsonschema_free(s);
}

static void test_value_is_shortened(void **state)
{
	struct jsonschema *s = compile("short", "{\"properties\": {\"a\": {\"enum\": [1]}}, "
						"\"additionalProperties\": false}");
	struct jsonschema_report report = {0};
	autojson struct json_object *doc = js_obj();
	char big[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(big) - 1; i += 3)
		memcpy(big + i, "\xe2\x82\xac", 3); /* the cut must not split a character */
	big[sizeof(big) - 1] = '\0';
	js_put_str(doc, "a", big);
	js_put_str(doc, big, "x");
	assert_false(jsonschema_validate(s, doc, &report));
	assert_int_equal(report.n, 2);
	assert_true(strlen(report.list[0].message) < JSONSCHEMA_VALUE_MAX + 20);
	assert_non_null(strstr(report.list[0].message, "\xe2\x82\xac\"... is not 1"));
	assert_true(strlen(report.list[1].path) < JSONSCHEMA_VALUE_MAX + 20);
	jsonschema_report_release(&report);
	jsonschema_free(s);
}

static void test_cap(void **state)
{
	struct jsonschema *s = compile("cap", "{\"items\": {\"type\": \"null\"}}");
	struct jsonschema *branch = compile("cap",
					    "{\"anyOf\": [{\"items\": {\"type\": \"null\"}}]}");
	struct jsonschema_report report = {0};
	autojson struct json_object *doc = js_list();

	(void)state;
	for (int i = 0; i < 50; i++)
		js_push(doc, json_object_new_int(i));
	assert_false(jsonschema_validate(s, doc, &report));
	assert_int_equal(report.n, JSONSCHEMA_MAX_VIOLATIONS);
	assert_int_equal(report.total, 50);
	assert_string_equal(jsonschema_report_text(&report, 40),
			    "[0]: 0 is not null; [1]: 1 is not null; and 48 more");
	jsonschema_report_release(&report);
	assert_false(jsonschema_validate(branch, doc, &report));
	assert_int_equal(report.n, JSONSCHEMA_MAX_VIOLATIONS);
	assert_int_equal(report.total, 50);
	jsonschema_report_release(&report);
	jsonschema_free(branch);
	jsonschema_free(s);
}

/* nested @depth times: {"a": {"a": ... }} */
static struct json_object *nested(unsigned depth)
{
	struct json_object *o = js_obj();

	while (depth-- > 0) {
		struct json_object *up = js_obj();

		js_put(up, "a", o);
		o = up;
	}
	return o;
}

static void test_bounds(void **state)
{
	static const struct bound_case {
		const char *name, *schema;
		unsigned depth;
	} cases[] = {
		{"depth", "{\"properties\": {\"a\": {\"$ref\": \"#\"}}}", 2000},
		{"branching twice per level",
		 "{\"properties\": {\"a\": {\"anyOf\": [{\"allOf\": [{\"$ref\": \"#\"}, {\"type\": "
		 "\"null\"}]}, {\"allOf\": [{\"$ref\": \"#\"}, {\"type\": \"null\"}]}]}}}",
		 40},
		{"a gave-up under not is no yes",
		 "{\"properties\": {\"a\": {\"not\": {\"not\": {\"$ref\": \"#\"}}}}}", 2000},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct jsonschema *s = compile(cases[i].name, cases[i].schema);
		autojson struct json_object *doc = nested(cases[i].depth);
		struct jsonschema_report report = {0};

		if (jsonschema_validate(s, doc, &report))
			fail_row(cases[i].name, "is accepted");
		if (report.n == 0)
			fail_row(cases[i].name, "says nothing");
		jsonschema_report_release(&report);
		jsonschema_free(s);
	}
}

static void test_pattern_cannot_run_away(void **state)
{
	struct jsonschema *s = compile("pattern", "{\"not\": {\"pattern\": \"^(a|aa)+$\"}}");
	struct jsonschema_report report = {0};
	autojson struct json_object *doc = json_object_new_string(
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");

	(void)state;
	assert_false(jsonschema_validate(s, doc, &report));
	assert_non_null(strstr(report.list[report.n - 1].message, "cannot be checked"));
	jsonschema_report_release(&report);
	jsonschema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bad_schema),
		cmocka_unit_test(test_count_in_quotes),
		cmocka_unit_test(test_value_is_shortened),
		cmocka_unit_test(test_cap),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_pattern_cannot_run_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
