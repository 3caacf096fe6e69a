/* objects from and to JSON: the head of an object, and a walk over its kind's fields */
#include "bigip/model/field.h"
#include "common/base/json.h"
#include "common/base/mem.h"

static unsigned metadata_marks(struct json_object *metadata)
{
	static const char *const yes[] = {"true", "True", "TRUE", "1"};
	unsigned marks = 0;

	for (size_t i = 0; i < js_arr_len(metadata); i++) {
		struct json_object *entry = json_object_array_get_idx(metadata, i);
		const char *name = js_str(entry, "name", ""), *value = js_str(entry, "value", "");

		if (strcmp(name, "user_agent") == 0 &&
		    (str_starts(value, "podlane") || str_starts(value, "k8s-bigip-ctlr")))
			marks |= BIGIP_MARK_OURS;
		for (unsigned k = 0; k < ARRAY_SIZE(yes); k++)
			if (strcmp(name, "cccl-whitelist") == 0 && strcmp(value, yes[k]) == 0)
				marks |= BIGIP_MARK_WHITELIST;
	}
	return marks;
}

static unsigned marks_of(struct json_object *item)
{
	const char *service = js_str(item, "appService", "");
	unsigned marks = metadata_marks(js_arr(item, "metadata"));

	if (*service && strcmp(service, "none") != 0)
		marks |= BIGIP_MARK_APP_SERVICE;
	return marks;
}

static int get_name(struct json_object *item, const char *key, bool required, const char **ret,
		    struct error *err)
{
	if (field_get_string(item, key, ret, err) < 0)
		return -1;
	if (!required && !*ret)
		return 0;
	if (str_empty(*ret))
		return err_set(err, ERR_INPUT, 0, "property '%s' is missing", key);
	if (required && strchr(*ret, '/'))
		return err_set(err, ERR_INPUT, 0, "property '%s' holds a slash", key);
	return 0;
}

/* *ret_told: bits of the fields that the item tells */
static int read_object(enum bigip_kind kind, struct json_object *item,
		       const struct bigip_reading *reading, struct bigip_object **ret,
		       uint32_t *ret_told, struct error *err)
{
	const struct bigip_kind_info *info = bigip_kind_info(kind);
	const struct field_input in = {.item = item, .reading = reading, .err = err};
	const char *name, *partition, *sub;
	struct bigip_object *o;
	uint32_t told = 0;

	if (!json_object_is_type(item, json_type_object))
		return err_set(err, ERR_INPUT, 0, "it is no object");
	if (get_name(item, "name", true, &name, err) < 0 ||
	    get_name(item, "partition", true, &partition, err) < 0 ||
	    get_name(item, "subPath", false, &sub, err) < 0)
		return -1;
	o = mem_alloc(info->size);
	*o = (struct bigip_object){
		.kind = kind,
		.marks = marks_of(item),
		.partition = mem_strdup(partition),
		.sub_path = mem_strdup(sub),
		.name = mem_strdup(name),
	};
	for (unsigned i = 0; i < info->n_fields; i++) {
		const struct bigip_field *f = &info->fields[i];
		int r = bigip_field_types[f->type]->read(f, o, &in);

		if (r < 0) {
			bigip_object_free(o);
			return -1;
		}
		told |= (uint32_t)r << i;
	}
	*ret = o;
	*ret_told = told;
	return 0;
}

int bigip_object_from_json(enum bigip_kind kind, struct json_object *item,
			   const struct bigip_reading *reading, struct bigip_object **ret,
			   struct error *err)
{
	uint32_t told;

	if (read_object(kind, item, reading, ret, &told, err) == 0)
		return 0;
	return err_wrap(err, "cannot read %s '%s'", bigip_kind_info(kind)->name,
			js_str(item, "name", "?"));
}

int bigip_object_update(struct bigip_object *o, struct json_object *item,
			const struct bigip_reading *reading)
{
	struct bigip_object *read = NULL;
	uint32_t told;
	bool same;

	if (read_object(o->kind, item, reading, &read, &told, NULL) < 0 || !read)
		return -1;
	same = strcmp(read->name, o->name) == 0 && strcmp(read->partition, o->partition) == 0;
	if (same)
		bigip_object_copy_fields(o, read, told);
	bigip_object_free(read);
	return same ? 0 : -1;
}

const char *bigip_object_user_agent(const struct bigip_object *o)
{
	size_t offset = bigip_kind_info(o->kind)->user_agent;

	return offset ? *(char *const *)((const char *)o + offset) : NULL;
}

static void put_metadata(struct json_object *body, const char *user_agent)
{
	struct json_object *list, *entry;

	if (!user_agent)
		return;
	entry = js_obj();
	js_put_str(entry, "name", "user_agent");
	js_put_str(entry, "persist", "true");
	js_put_str(entry, "value", user_agent);
	list = js_list();
	js_push(list, entry);
	js_put(body, "metadata", list);
}

struct json_object *bigip_object_to_json(const struct bigip_object *o, uint32_t fields)
{
	const struct bigip_kind_info *info = bigip_kind_info(o->kind);
	bool create = fields == (uint32_t)BIGIP_ALL_FIELDS;
	struct json_object *body = js_obj();

	if (create) {
		js_put_str(body, "name", o->name);
		js_put_str(body, "partition", o->partition);
		/* the folder of an iApp service is made by the device */
		if (o->kind != BIGIP_IAPP)
			js_put_str(body, "subPath", o->sub_path);
	}
	for (unsigned i = 0; i < info->n_fields; i++) {
		const struct bigip_field *f = &info->fields[i];

		if (fields & 1u << i)
			bigip_field_types[f->type]->write(f, o, body, !create);
	}
	if (create)
		put_metadata(body, bigip_object_user_agent(o));
	else if (o->kind == BIGIP_IAPP)
		js_put_str(body, "executeAction", "definition");
	return body;
}
