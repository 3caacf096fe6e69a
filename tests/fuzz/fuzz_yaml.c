/* any bytes: an error or documents; what came out survives a round trip through our own JSON text
 */
#include <json-c/json.h>
#include <stdint.h>

#include "common/base/json.h"
#include "common/base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(struct json_object *o)
{
	size_t len;
	const char *text = js_text(o, &len);
	struct json_object *again;
	struct error err;

	if (js_parse(text, len, &again, &err) < 0)
		abort();
	json_object_put(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_docs docs;
	struct error err = {0};

	if (yaml_parse((const char *)data, size, &docs, &err) < 0) {
		if (err.kind != ERR_INPUT || !err.msg[0])
			abort();
		return 0;
	}
	for (size_t i = 0; i < docs.n; i++)
		check_round_trip(docs.docs[i].root);
	yaml_docs_release(&docs);
	return 0;
}
