#include "objects.h"

#include "common/base/json.h"
#include "common/base/mem.h"

struct json_object *json_of(const char *text)
{
	autofree char *copy = mem_strdup(text);
	struct json_object *o = NULL;
	struct error err = {0};

	for (char *p = copy; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (js_parse(copy, strlen(copy), &o, &err) < 0)
		fail_row(text, "%s", err.msg);
	return o;
}

struct json_object *json_of_file(const char *path)
{
	autofree char *full = mem_printf("%s/tests/fixtures/%s", TEST_SOURCE_DIR, path);
	struct json_object *o = json_object_from_file(full);

	if (!o)
		fail_row(path, "cannot read it: %s", json_util_get_last_err());
	return o;
}

struct bigip_object *object_of(enum bigip_kind kind, const char *text, uint32_t default_rd)
{
	const struct bigip_reading reading = {.default_rd = default_rd};
	autojson struct json_object *item = json_of(text);
	struct bigip_object *o = NULL;
	struct error err = {0};

	if (!js_key(item, "partition"))
		js_put_str(item, "partition", "P");
	if (!js_key(item, "name"))
		js_put_str(item, "name", "x");
	if (bigip_object_from_json(kind, item, &reading, &o, &err) < 0)
		fail_row(text, "%s", err.msg);
	return o;
}

const char *field_names(enum bigip_kind kind, uint32_t fields)
{
	const struct bigip_kind_info *info = bigip_kind_info(kind);
	static char names[512];

	names[0] = '\0';
	for (unsigned i = 0; i < info->n_fields; i++) {
		size_t n = strlen(names);

		if (fields & 1u << i)
			(void)snprintf(names + n, sizeof(names) - n, "%s%s", n ? "," : "",
				       info->fields[i].json);
	}
	return names;
}

enum bigip_kind kind_of_path(const char *path)
{
	for (int k = 0; k < BIGIP_KINDS; k++) {
		autofree char *uri = mem_printf("/mgmt/tm/%s/", bigip_kind_info(k)->uri);

		if (str_starts(path, uri))
			return (enum bigip_kind)k;
	}
	return BIGIP_KINDS;
}
