/*
 * Objects as JSON text, in the device's key order (API notes 2.4). Text is written straight into
 * the reply: a collection of thousands of objects is one pass over them.
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

#define HOST "https://localhost/mgmt/tm/"

/* --- JSON text --- */

void render_string(const char *s, size_t len, struct strbuf *out)
{
	size_t from = 0;

	str_add_char(out, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		static const char short_form[] = "\b\f\n\r\t\"\\", letters[] = "bfnrt\"\\";
		const char *p;

		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		str_add_mem(out, s + from, i - from);
		from = i + 1;
		p = c ? strchr(short_form, c) : NULL;
		if (p) {
			str_add_char(out, '\\');
			str_add_char(out, letters[p - short_form]);
		} else {
			str_addf(out, "\\u%04x", c);
		}
	}
	str_add_mem(out, s + from, len - from);
	str_add_char(out, '"');
}

static void add_number(long long n, struct strbuf *out)
{
	char text[24];

	str_add_mem(out, text, (size_t)snprintf(text, sizeof(text), "%lld", n));
}

void render_json(struct json_object *v, struct strbuf *out)
{
	bool first = true;

	switch (json_object_get_type(v)) {
	case json_type_string:
		render_string(json_object_get_string(v), (size_t)json_object_get_string_len(v),
			      out);
		return;
	case json_type_int:
		add_number(json_object_get_int64(v), out);
		return;
	case json_type_array:
		str_add_char(out, '[');
		for (size_t i = 0; i < json_object_array_length(v); i++) {
			if (i)
				str_add_char(out, ',');
			render_json(json_object_array_get_idx(v, i), out);
		}
		str_add_char(out, ']');
		return;
	case json_type_object: {
		str_add_char(out, '{');
		json_object_object_foreach (v, key, e) {
			if (!first)
				str_add_char(out, ',');
			first = false;
			render_string(key, strlen(key), out);
			str_add_char(out, ':');
			render_json(e, out);
		}
		str_add_char(out, '}');
		return;
	}
	default:
		str_add(out, json_object_to_json_string_ext(v, JSON_C_TO_STRING_PLAIN));
	}
}

/* --- links --- */

void render_path_segment(const char *path, struct strbuf *out)
{
	for (const char *p = path; *p; p++) {
		switch (*p) {
		case '/':
			str_add_char(out, '~');
			break;
		case '%':
			str_add(out, "%25");
			break;
		case ' ':
			str_add(out, "%20");
			break;
		case '"':
			str_add(out, "%22");
			break;
		case '\\':
			str_add(out, "%5C");
			break;
		case '?':
			str_add(out, "%3F");
			break;
		case '#':
			str_add(out, "%23");
			break;
		default:
			if ((unsigned char)*p < 0x20 || *p == 0x7f)
				str_addf(out, "%%%02X", (unsigned char)*p);
			else
				str_add_char(out, *p);
		}
	}
}

void render_link(const struct mock_obj *o, struct strbuf *out)
{
	if (o->parent) {
		render_link(o->parent, out);
		str_add_char(out, '/');
	}
	str_add(out, o->kind->uri);
	if (o->kind->flags & K_SINGLE)
		return;
	str_add_char(out, '/');
	render_path_segment(o->path, out);
}

static void add_link(const struct mock_obj *o, const char *tail, const char *ver,
		     struct strbuf *out)
{
	str_add(out, "\"" HOST);
	render_link(o, out);
	str_add(out, tail);
	str_add(out, "?ver=");
	str_add(out, ver);
	str_add_char(out, '"');
}

/* --- items --- */

struct item {
	const struct mock *m;
	const struct mock_obj *o;
	const char *ver;
	struct json_object *select;
	struct strbuf *out;
	bool any;
};

static bool wanted(const struct item *it, const char *key)
{
	if (!it->select)
		return true;
	for (size_t i = 0; i < json_object_array_length(it->select); i++) {
		if (!strcmp(json_object_get_string(json_object_array_get_idx(it->select, i)), key))
			return true;
	}
	return false;
}

static void add_key(struct item *it, const char *key, const char *suffix)
{
	if (it->any)
		str_add_char(it->out, ',');
	it->any = true;
	str_add_char(it->out, '"');
	str_add(it->out, key);
	str_add(it->out, suffix);
	str_add(it->out, "\":");
}

static void add_text(struct item *it, const char *key, const char *value)
{
	if (!wanted(it, key))
		return;
	add_key(it, key, "");
	render_string(value, strlen(value), it->out);
}

static void add_identity(struct item *it)
{
	const struct mock_obj *o = it->o;
	const struct mock_kind *k = o->kind;
	char partition[PARTITION_MAX];
	const char *sub;

	add_text(it, "kind", k->state_kind);
	if (!(k->flags & K_SINGLE)) {
		add_text(it, "name", o->name);
		if (*o->folder && strcmp(o->folder, "/") != 0)
			add_text(it, "partition", folder_partition(o->folder, partition));
		sub = *o->folder ? strchr(o->folder + 1, '/') : NULL;
		if (sub)
			add_text(it, "subPath", sub + 1);
		else if (!strcmp(o->folder, "/"))
			add_text(it, "subPath", "/");
		add_text(it, "fullPath", o->path);
		if (wanted(it, "generation")) {
			add_key(it, "generation", "");
			add_number((long long)o->generation, it->out);
		}
	}
	if (wanted(it, "selfLink")) {
		add_key(it, "selfLink", "");
		add_link(o, "", it->ver, it->out);
	}
}

/* where a reference points: the target's own kind, or nothing when it is missing */
static bool add_target(struct item *it, const struct mock_field *fl, const char *path)
{
	const struct mock_obj *t = store_find(&it->m->store, fl->arg, path);

	if (!t)
		return false;
	str_add(it->out, "{\"link\":");
	add_link(t, "", it->ver, it->out);
	str_add_char(it->out, '}');
	return true;
}

static void add_reference(struct item *it, const struct mock_field *fl, struct json_object *v)
{
	const char *path = js_str_of(v);

	if (!path || (fl->flags & F_NO_LINK) || !store_find(&it->m->store, fl->arg, path))
		return;
	add_key(it, fl->key, "Reference");
	add_target(it, fl, path);
}

static void add_references(struct item *it, const struct mock_field *fl, struct json_object *v)
{
	size_t before;

	add_key(it, fl->key, "Reference");
	str_add_char(it->out, '[');
	for (size_t i = 0; i < js_arr_len(v); i++) {
		before = it->out->len;
		if (i && it->out->data[before - 1] != '[')
			str_add_char(it->out, ',');
		if (!add_target(it, fl, json_object_get_string(json_object_array_get_idx(v, i))) &&
		    it->out->data[it->out->len - 1] == ',')
			it->out->data[--it->out->len] = '\0';
	}
	str_add_char(it->out, ']');
}

static void add_field(struct item *it, unsigned i)
{
	const struct mock_field *fl = &it->o->kind->fields[i];
	struct json_object *v, *calc = NULL;

	if ((fl->flags & F_HIDDEN) || !wanted(it, fl->key))
		return;
	if ((fl->flags & F_16) && !(it->m->set.quirks & MOCK_QUIRK_16_FIELDS))
		return;
	if (fl->flags & F_CALC)
		v = calc = it->o->kind->calc(it->m, it->o, i);
	else
		v = obj_effective(it->o, i);
	if (!v) {
		if (fl->flags & F_NONE)
			add_text(it, fl->key, "none");
		return;
	}
	add_key(it, fl->key, "");
	render_json(v, it->out);
	if (fl->type == MF_REF)
		add_reference(it, fl, v);
	else if (fl->type == MF_REFS)
		add_references(it, fl, v);
	json_object_put(calc);
}

/* the table's fields, with unknown ones of K_LOOSE kinds merged in where the alphabet has them */
static void add_fields(struct item *it)
{
	struct json_object *extra = it->o->extra;
	unsigned n = it->o->kind->n_fields;
	struct lh_entry *e = NULL;

	if (!extra) {
		for (unsigned i = 0; i < n; i++)
			add_field(it, i);
		return;
	}
	for (unsigned i = 0; i <= n; i++) {
		const char *before = i ? it->o->kind->fields[i - 1].key : "";
		const char *until = i < n ? it->o->kind->fields[i].key : NULL;

		for (e = json_object_get_object(extra)->head; e; e = e->next) {
			const char *key = lh_entry_k(e);

			if (strcmp(key, before) <= 0 || (until && strcmp(key, until) >= 0) ||
			    !wanted(it, key) || str_ends(key, "Reference"))
				continue;
			add_key(it, key, "");
			render_json(lh_entry_v(e), it->out);
		}
		if (i < n)
			add_field(it, i);
	}
}

static void add_name_reference(struct item *it)
{
	const struct mock_kind *k = it->o->kind;

	if (k != &kind_virtual_profiles && k != &kind_virtual_policies)
		return;
	for (const struct mock_link *l = it->o->out; l; l = l->next_out) {
		if (strcmp(l->what, "name") != 0 || !l->to->obj || !wanted(it, "nameReference"))
			continue;
		add_key(it, "nameReference", "");
		str_add(it->out, "{\"link\":");
		add_link(l->to->obj, "", it->ver, it->out);
		str_add_char(it->out, '}');
	}
}

static void add_children(struct item *it, bool expand)
{
	const struct mock_obj *o = it->o;
	/* in the alphabetical order of their names, which is the order of the tables but for one */
	bool swap = o->kind == &kind_virtual;

	for (unsigned n = 0; n < KIND_MAX_CHILDREN; n++) {
		unsigned c = swap ? 1 - n : n;
		const struct mock_kind *k = o->kind->children[c];
		char tail[64], key[64];

		if (!k)
			continue;
		snprintf(tail, sizeof(tail), "/%s", k->uri);
		snprintf(key, sizeof(key), "%sReference", k->uri);
		if (!wanted(it, key))
			continue;
		add_key(it, k->uri, "Reference");
		str_add(it->out, "{\"link\":");
		add_link(o, tail, it->ver, it->out);
		str_add(it->out, ",\"isSubcollection\":true");
		if (expand && o->kids[c].n) {
			str_add(it->out, ",\"items\":[");
			for (unsigned i = 0; i < o->kids[c].n; i++) {
				if (i)
					str_add_char(it->out, ',');
				render_item(it->m, o->kids[c].list[i], it->ver, true, NULL,
					    it->out);
			}
			str_add_char(it->out, ']');
		}
		str_add_char(it->out, '}');
	}
}

void render_item(const struct mock *m, const struct mock_obj *o, const char *ver, bool expand,
		 struct json_object *select, struct strbuf *out)
{
	struct item it = {.m = m, .o = o, .ver = ver, .select = select, .out = out};

	str_add_char(out, '{');
	add_identity(&it);
	add_fields(&it);
	add_name_reference(&it);
	add_children(&it, expand);
	str_add_char(out, '}');
}
