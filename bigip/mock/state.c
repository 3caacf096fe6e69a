/*
 * Saving and loading: JSON Lines, one object each, values as they are stored. A loaded tree is put
 * together in one journal and then checked as a whole, so a file that was edited by hand cannot
 * bring in a tree that requests could not have made.
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

static struct json_object *to_json(const struct mock_obj *o)
{
	struct json_object *j = js_obj(), *v = js_obj(), *kids = NULL;

	js_put_str(j, "uri", o->kind->uri);
	js_put_str(j, "folder", o->folder);
	js_put_str(j, "name", o->name);
	js_put_int(j, "generation", (int64_t)o->generation);
	for (unsigned i = 0; i < o->kind->n_fields; i++) {
		if (o->v[i])
			js_put(v, o->kind->fields[i].key, json_object_get(o->v[i]));
	}
	js_put(j, "values", v);
	if (o->extra)
		js_put(j, "extra", json_object_get(o->extra));
	for (unsigned c = 0; c < KIND_MAX_CHILDREN; c++) {
		for (unsigned i = 0; i < o->kids[c].n; i++) {
			if (!kids)
				kids = js_list();
			js_push(kids, to_json(o->kids[c].list[i]));
		}
	}
	js_put(j, "children", kids);
	return j;
}

void mock_save(const struct mock *m, struct strbuf *out)
{
	struct mock_kind *const *all = kinds_all();

	str_addf(
		out,
		"{\"mock-bigip\":1,\"generation\":%llu,\"vsIndex\":%u,\"ifIndex\":%u,\"tag\":%u}\n",
		(unsigned long long)m->store.generation, m->store.ids.vs_index,
		m->store.ids.if_index, m->store.ids.vlan_tag);
	for (unsigned i = 0; all[i]; i++) {
		unsigned n;
		struct mock_obj *const *list = store_list((struct mock_store *)&m->store, all[i],
							  &n);

		for (unsigned j = 0; j < n; j++) {
			struct json_object *o;

			if (list[j]->builtin)
				continue;
			o = to_json(list[j]);
			render_json(o, out);
			str_add_char(out, '\n');
			json_object_put(o);
		}
	}
}

static int value_fits(const struct mock_field *fl, struct json_object *v)
{
	switch (fl->type) {
	case MF_INT:
		return json_object_is_type(v, json_type_int);
	case MF_FLAG:
		return json_object_is_type(v, json_type_boolean);
	case MF_REFS:
		if (!json_object_is_type(v, json_type_array))
			return 0;
		for (size_t i = 0; i < json_object_array_length(v); i++) {
			if (!js_str_of(json_object_array_get_idx(v, i)))
				return 0;
		}
		return 1;
	case MF_RAW:
		return 1;
	case MF_TREE:
		return json_object_is_type(v, json_type_object);
	default:
		return json_object_is_type(v, json_type_string);
	}
}

static int from_json(struct mock *m, struct mock_obj *parent, struct json_object *j,
		     struct error *err)
{
	const char *uri = js_str(j, "uri", ""), *name = js_str(j, "name", "");
	const char *folder = js_str(j, "folder", "");
	struct mock_kind *k = parent ? kind_child(parent->kind, uri) : kind_by_uri(uri);
	autofree char *path = NULL;
	struct json_object *kids = js_arr(j, "children"), *values = js_key(j, "values");
	struct mock_obj *o;

	if (!k || !*name || !json_object_is_type(values, json_type_object))
		return err_set(err, ERR_INPUT, 0, "object '%s' of kind '%s' is not known", name,
			       uri);
	path = *folder ? mem_printf("%s/%s", str_eq(folder, "/") ? "" : folder, name)
		       : mem_strdup(name);
	o = parent ? store_child(&m->store, parent, k, path)
		   : store_find(&m->store, k->family, path);
	if (o && (!o->builtin || o->kind != k))
		return err_set(err, ERR_INPUT, 0, "'%s' of kind '%s' is there twice", path, uri);
	if (o) { /* a built-in object that was changed */
		store_touch(&m->store, o);
		o->builtin = false;
		value_reset(o);
	} else {
		o = store_add(&m->store, k, parent, folder, name);
	}
	o->generation = (uint64_t)js_int(j, "generation", 1);
	json_object_object_foreach (values, key, v) {
		int field = kind_field(k, key);

		if (field < 0 || !value_fits(&k->fields[field], v))
			return err_set(err, ERR_INPUT, 0, "'%s' has no property '%s' of that type",
				       path, key);
		obj_set(o, field, json_object_get(v));
	}
	if (json_object_is_type(js_key(j, "extra"), json_type_object) && (k->flags & K_LOOSE))
		o->extra = json_object_get(js_key(j, "extra"));
	write_relink(&m->store, o);
	for (size_t i = 0; i < js_arr_len(kids); i++) {
		if (from_json(m, o, json_object_array_get_idx(kids, i), err) < 0)
			return -1;
	}
	return 0;
}

static int load_line(struct mock *m, const char *line, size_t len, struct error *err)
{
	autojson struct json_object *j = NULL;

	if (js_parse(line, len, &j, err) < 0)
		return -1;
	if (!js_key(j, "mock-bigip"))
		return from_json(m, NULL, j, err);
	m->store.generation = (uint64_t)js_int(j, "generation", 100);
	m->store.ids.vs_index = (unsigned)js_int(j, "vsIndex", 0);
	m->store.ids.if_index = (unsigned)js_int(j, "ifIndex", 96);
	m->store.ids.vlan_tag = (unsigned)js_int(j, "tag", 4094);
	return 0;
}

int mock_load(struct mock *m, const char *text, size_t len, int64_t now_us, struct error *err)
{
	struct mock_fault f = {0};
	unsigned number = 1;

	m->now_us = now_us;
	store_begin(&m->store);
	for (const char *p = text, *end = text + len; p < end; number++) {
		const char *nl = memchr(p, '\n', (size_t)(end - p));
		size_t n = nl ? (size_t)(nl - p) : (size_t)(end - p);

		if (n && load_line(m, p, n, err) < 0) {
			store_rollback(&m->store);
			return err_wrap(err, "line %u", number);
		}
		p += n + (nl != NULL);
	}
	if (write_check(m, &f) < 0) {
		store_rollback(&m->store);
		return err_set(err, ERR_INPUT, 0, "%s", f.msg);
	}
	write_commit(m);
	return 0;
}
