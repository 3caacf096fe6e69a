/*
 * iApp services: options, variables and tables
 *
 * What a template adds by itself is not ours: comparison asks only whether everything wanted is
 * there with the wanted value. So an option, variable or table that a ConfigMap no longer names
 * stays on the device until something else changes; re-running a template for values that it made
 * itself would never end. The rows of a table whose rows all carry an address (the member table)
 * have no order.
 */
#include "bigip/model/address.h"
#include "bigip/model/field.h"
#include "common/base/json.h"
#include "common/base/mem.h"

/* top-level properties that no option may set and that are no options when read */
static const char *const reserved[] = {
	"name",      "partition",  "subPath",  "fullPath",         "kind",
	"selfLink",  "generation", "template", "templateModified", "appService",
	"variables", "tables",     "lists",    "metadata",         "executeAction",
};

static bool is_option(const char *key)
{
	for (unsigned i = 0; i < ARRAY_SIZE(reserved); i++)
		if (strcmp(key, reserved[i]) == 0)
			return false;
	return !str_ends(key, "Reference");
}

static struct json_object **json_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return field_at(f, o);
}

static void json_clear(const struct bigip_field *f, struct bigip_object *o)
{
	json_object_put(*json_at(f, o));
	*json_at(f, o) = NULL;
}

/* shared: these values are never changed after they were made */
static void json_copy(const struct bigip_field *f, struct bigip_object *to,
		      const struct bigip_object *from)
{
	*json_at(f, to) = json_object_get(*json_at(f, from));
}

static const char *text_of(struct json_object *v)
{
	return json_object_is_type(v, json_type_string) ? json_object_get_string(v)
							: js_text(v, NULL);
}

/* unset, empty and "none" are one and the same to a template */
static bool value_equal(struct json_object *a, struct json_object *b)
{
	const char *x = a ? text_of(a) : "", *y = b ? text_of(b) : "";

	x = strcmp(x, "none") == 0 ? "" : x;
	y = strcmp(y, "none") == 0 ? "" : y;
	return strcmp(x, y) == 0;
}

/* each entry of the wanted object is in the observed one */
static bool object_within(const struct bigip_field *f, const struct bigip_object *wanted,
			  const struct bigip_object *observed)
{
	if (!*json_at(f, wanted))
		return true;
	json_object_object_foreach (*json_at(f, wanted), key, value) {
		if (f->type == FIELD_OPTIONS && !is_option(key))
			continue;
		if (!value_equal(value, js_key(*json_at(f, observed), key)))
			return false;
	}
	return true;
}

static void object_print(const struct bigip_field *f, const struct bigip_object *o,
			 struct strbuf *out)
{
	bool first = true;

	if (!*json_at(f, o) || !json_object_object_length(*json_at(f, o))) {
		str_add(out, "none");
		return;
	}
	json_object_object_foreach (*json_at(f, o), key, value) {
		str_add(out, first ? "" : ", ");
		field_add_text(out, key);
		str_add_char(out, '=');
		field_add_text(out, value ? text_of(value) : "");
		first = false;
	}
}

/* ---- options: strings, numbers and flags at the top level ---- */

static int options_read(const struct bigip_field *f, struct bigip_object *o,
			const struct field_input *in)
{
	struct json_object *options = js_obj();

	json_object_object_foreach (in->item, key, value) {
		bool plain = value && !json_object_is_type(value, json_type_object) &&
			     !json_object_is_type(value, json_type_array);

		if (plain && is_option(key))
			js_put(options, key, json_object_get(value));
	}
	*json_at(f, o) = options;
	return 1;
}

static void options_write(const struct bigip_field *f, const struct bigip_object *o,
			  struct json_object *body, bool patch)
{
	if (!*json_at(f, o))
		return;
	json_object_object_foreach (*json_at(f, o), key, value) {
		if (value && is_option(key))
			js_put(body, key, json_object_get(value));
	}
}

const struct field_type field_options = {
	.read = options_read,
	.write = options_write,
	.equal = object_within,
	.copy = json_copy,
	.clear = json_clear,
	.print = object_print,
};

/* ---- variables: [{name, value}] ---- */

static int variables_read(const struct bigip_field *f, struct bigip_object *o,
			  const struct field_input *in)
{
	struct json_object *list, *variables = js_obj();

	*json_at(f, o) = variables;
	if (field_get_array(in->item, f->json, &list, in->err) < 0)
		return -1;
	for (size_t i = 0; i < js_arr_len(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i), *value;
		const char *name = field_string_of(js_key(entry, "name"));

		if (!name)
			return field_bad(in->err, f->json, "a list of {name, value}", entry);
		value = js_key(entry, "value");
		js_put(variables, name,
		       value ? json_object_get(value) : json_object_new_string(""));
	}
	return 1;
}

static void variables_write(const struct bigip_field *f, const struct bigip_object *o,
			    struct json_object *body, bool patch)
{
	struct json_object *list = js_list();

	if (*json_at(f, o)) {
		json_object_object_foreach (*json_at(f, o), key, value) {
			struct json_object *entry = js_obj();

			js_put_str(entry, "name", key);
			js_put(entry, "value", json_object_get(value));
			js_push(list, entry);
		}
	}
	js_put(body, f->json, list);
}

const struct field_type field_variables = {
	.read = variables_read,
	.write = variables_write,
	.equal = object_within,
	.copy = json_copy,
	.clear = json_clear,
	.print = object_print,
};

/* ---- tables: [{name, columnNames, rows: [{row: [...]}]}] ---- */

static int tables_read(const struct bigip_field *f, struct bigip_object *o,
		       const struct field_input *in)
{
	struct json_object *list;

	if (field_get_array(in->item, f->json, &list, in->err) < 0)
		return -1;
	for (size_t i = 0; i < js_arr_len(list); i++) {
		struct json_object *entry = json_object_array_get_idx(list, i);

		if (!field_string_of(js_key(entry, "name")))
			return field_bad(in->err, f->json, "a list of tables", entry);
	}
	*json_at(f, o) = json_object_get(list);
	return 1;
}

static void tables_write(const struct bigip_field *f, const struct bigip_object *o,
			 struct json_object *body, bool patch)
{
	js_put(body, f->json, *json_at(f, o) ? json_object_get(*json_at(f, o)) : js_list());
}

static struct json_object *table_named(struct json_object *tables, const char *name)
{
	for (size_t i = 0; i < js_arr_len(tables); i++) {
		struct json_object *t = json_object_array_get_idx(tables, i);

		if (str_eq(js_str(t, "name", NULL), name))
			return t;
	}
	return NULL;
}

static bool has_address(struct json_object *row)
{
	struct json_object *cells = js_arr(row, "row");

	for (size_t i = 0; i < js_arr_len(cells); i++) {
		const char *cell = field_string_of(json_object_array_get_idx(cells, i));
		struct address a;

		if (cell && address_parse(cell, strlen(cell), &a) == 0)
			return true;
	}
	return false;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* the rows as texts, sorted when their order means nothing */
static const char **row_texts(struct json_object *rows, size_t n)
{
	const char **texts = mem_calloc(n, sizeof(*texts));
	bool sort = true;

	for (size_t i = 0; i < n; i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		texts[i] = js_text(js_arr(row, "row"), NULL);
		sort = sort && has_address(row);
	}
	if (sort && n)
		qsort(texts, n, sizeof(*texts), by_text);
	return texts;
}

static bool rows_equal(struct json_object *a, struct json_object *b)
{
	size_t n = js_arr_len(a);
	const char **x, **y;
	bool same = true;

	if (n != js_arr_len(b))
		return false;
	x = row_texts(a, n);
	y = row_texts(b, n);
	for (size_t i = 0; i < n && same; i++)
		same = strcmp(x[i], y[i]) == 0;
	free(x);
	free(y);
	return same;
}

static bool tables_equal(const struct bigip_field *f, const struct bigip_object *wanted,
			 const struct bigip_object *observed)
{
	struct json_object *a = *json_at(f, wanted), *b = *json_at(f, observed);

	for (size_t i = 0; i < js_arr_len(a); i++) {
		struct json_object *x = json_object_array_get_idx(a, i);
		struct json_object *y = table_named(b, js_str(x, "name", NULL));
		struct json_object *rows = js_arr(x, "rows");

		/* a table without rows is as good as none, and then shows no columns either */
		if (!js_arr_len(rows) && !js_arr_len(js_arr(y, "rows")))
			continue;
		if (!y || !rows_equal(rows, js_arr(y, "rows")))
			return false;
		if (strcmp(js_text(js_arr(x, "columnNames"), NULL),
			   js_text(js_arr(y, "columnNames"), NULL)) != 0)
			return false;
	}
	return true;
}

static void tables_print(const struct bigip_field *f, const struct bigip_object *o,
			 struct strbuf *out)
{
	struct json_object *tables = *json_at(f, o);

	for (size_t i = 0; i < js_arr_len(tables); i++) {
		struct json_object *t = json_object_array_get_idx(tables, i);
		struct json_object *rows = js_arr(t, "rows");

		str_add(out, i ? "; " : "");
		field_add_text(out, js_str(t, "name", ""));
		str_add_char(out, ':');
		for (size_t r = 0; r < js_arr_len(rows); r++) {
			str_add_char(out, ' ');
			str_add(out,
				js_text(js_arr(json_object_array_get_idx(rows, r), "row"), NULL));
		}
	}
	if (!js_arr_len(tables))
		str_add(out, "none");
}

const struct field_type field_tables = {
	.read = tables_read,
	.write = tables_write,
	.equal = tables_equal,
	.copy = json_copy,
	.clear = json_clear,
	.print = tables_print,
};
