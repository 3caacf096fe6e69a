/*
 * The first byte chooses: a document against two of the built-in schemas, or the text of a schema
 * and, after a zero byte, of a document.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/json.h"
#include "schemas/schemas.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct jsonschema *s, struct json_object *doc)
{
	struct jsonschema_report report = {0};
	bool ok = jsonschema_validate(s, doc, &report);

	if (ok != (report.n == 0) || ok != (report.total == 0) || report.total < report.n)
		abort();
	for (size_t i = 0; i < report.n; i++)
		if (!report.list[i].path || !report.list[i].message[0])
			abort();
	jsonschema_report_text(&report, 200);
	jsonschema_report_release(&report);
}

static void fuzz_document(const char *text, size_t len)
{
	static struct jsonschema *newest, *older;
	autojson struct json_object *doc = NULL;

	if (!newest && (schemas_load("bigip-virtual-server_v0.1.7.json", &newest, NULL) < 0 ||
			schemas_load("bigip-virtual-server_v0.1.2.json", &older, NULL) < 0))
		abort();
	if (js_parse(text, len, &doc, NULL) < 0)
		return;
	check(newest, doc);
	check(older, doc);
}

static void fuzz_schema(const char *text, size_t len)
{
	const char *zero = memchr(text, '\0', len);
	size_t schema_len = zero ? (size_t)(zero - text) : len;
	autojson struct json_object *schema = NULL, *doc = NULL;
	struct jsonschema *s = NULL;
	struct error err = {0};

	if (js_parse(text, schema_len, &schema, NULL) < 0)
		return;
	if (schemas_compile(schema, &s, &err) < 0) {
		if (s || !err.msg[0])
			abort();
		return;
	}
	if (zero && js_parse(zero + 1, len - schema_len - 1, &doc, NULL) == 0)
		check(s, doc);
	check(s, schema);
	jsonschema_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	if (data[0] == 's')
		fuzz_schema((const char *)data + 1, size - 1);
	else
		fuzz_document((const char *)data + 1, size - 1);
	return 0;
}
