/*
 * From the JSON text of a schema to the tree that is walked for each document.
 *
 * A schema object becomes one node however often it is referred to, so a recursive schema becomes a
 * graph with circles (jsonschema_circle.c refuses those that would never end).
 */
#include <limits.h>
#include <uthash.h>

#include "common/base/json.h"
#include "common/base/jsonschema_tree.h"
#include "common/base/str.h"

enum { MAX_DEPTH = 256, MAX_PATTERN = 4096 };

struct done {
	struct json_object *schema; /* key */
	struct schema_node *node;
	UT_hash_handle hh;
};

struct compiler {
	struct jsonschema *s;
	const struct jsonschema_options *opt;
	struct schema_index *index;
	struct done *done;
	unsigned depth;
	struct error *err;
};

static const struct schema_node *compile_at(struct compiler *c, struct json_object *schema,
					    const struct schema_place *up, const char *key,
					    size_t index);

static const struct jsonschema_format *format_named(const struct compiler *c, const char *name)
{
	for (size_t i = 0; c->opt && i < c->opt->n_formats; i++)
		if (str_eq(c->opt->formats[i].name, name))
			return &c->opt->formats[i];
	return schema_format_named(name);
}

/* ---- keyword values ---- */

static int bad(struct compiler *c, const struct schema_place *at, const char *what)
{
	struct arena mem = {0};

	err_set(c->err, ERR_INPUT, 0, "schema%s%s %s", at ? ": " : "", schema_place_text(&mem, at),
		what);
	arena_release(&mem);
	return -1;
}

static int bad_key(struct compiler *c, const struct schema_place *up, const char *key,
		   const char *what)
{
	struct schema_place at = {up, key, 0};

	return bad(c, &at, what);
}

/* F5's published bigip-virtual-server_v0.1.0.json writes one minLength as "1": digits in quotes
 * count */
static int read_count(struct compiler *c, struct json_object *o, const char *key,
		      const struct schema_place *up, size_t *ret)
{
	struct json_object *v;
	unsigned long long digits;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (json_object_is_type(v, json_type_int) && json_object_get_int64(v) >= 0) {
		*ret = (size_t)json_object_get_int64(v);
		return 1;
	}
	if (json_object_is_type(v, json_type_string) &&
	    str_to_u64(json_object_get_string(v), 0, SIZE_MAX, &digits) == 0) {
		*ret = (size_t)digits;
		return 1;
	}
	return bad_key(c, up, key, "must be a whole number of at least 0");
}

static int read_bool(struct compiler *c, struct json_object *o, const char *key,
		     const struct schema_place *up, bool *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (!json_object_is_type(v, json_type_boolean))
		return bad_key(c, up, key, "must be true or false");
	*ret = json_object_get_boolean(v);
	return 1;
}

static int read_number(struct compiler *c, struct json_object *o, const char *key,
		       const struct schema_place *up, long double *ret)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (!(schema_value_types(v) & SCHEMA_NUMBER))
		return bad_key(c, up, key, "must be a number");
	*ret = schema_value_number(v);
	return 1;
}

/* the value of @key if it has type @type; *ret is NULL when it is absent */
static int read_typed(struct compiler *c, struct json_object *o, const char *key, json_type type,
		      const char *what, const struct schema_place *up, struct json_object **ret)
{
	*ret = NULL;
	if (!json_object_object_get_ex(o, key, ret))
		return 0;
	return json_object_is_type(*ret, type) ? 1 : bad_key(c, up, key, what);
}

/* *ret: NULL-terminated, in the arena */
static int read_strings(struct compiler *c, struct json_object *list, const struct schema_place *at,
			const char ***ret)
{
	size_t n = js_arr_len(list);
	const char **out = arena_calloc(&c->s->mem, n + 1, sizeof(*out));

	for (size_t i = 0; i < n; i++) {
		struct json_object *v = json_object_array_get_idx(list, i);

		if (!json_object_is_type(v, json_type_string))
			return bad(c, at, "must be a list of strings");
		out[i] = json_object_get_string(v);
	}
	*ret = out;
	return 0;
}

/* ECMA 262 as far as PCRE2 can imitate it; a body may match anywhere in the string */
static const struct schema_pattern *read_pattern(struct compiler *c, const char *text,
						 const struct schema_place *at)
{
	uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
			   PCRE2_ALT_BSUX | PCRE2_ALLOW_EMPTY_CLASS | PCRE2_MATCH_UNSET_BACKREF |
			   PCRE2_NEVER_BACKSLASH_C;
	struct schema_pattern *p;
	char what[160], why[120];
	PCRE2_SIZE where;
	pcre2_code *code;
	int rc;

	if (strlen(text) > MAX_PATTERN) {
		bad(c, at, "is too long for a pattern");
		return NULL;
	}
	code = pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &rc, &where, NULL);
	if (!code) {
		pcre2_get_error_message(rc, (PCRE2_UCHAR *)why, sizeof(why));
		snprintf(what, sizeof(what), "is not a valid pattern: %s", why);
		bad(c, at, what);
		return NULL;
	}
	p = arena_alloc(&c->s->mem, sizeof(*p));
	p->text = text;
	p->code = code;
	p->next = c->s->patterns;
	c->s->patterns = p;
	return p;
}

/* ---- keyword groups ---- */

static int read_types(struct compiler *c, struct json_object *o, const struct schema_place *at,
		      unsigned *ret)
{
	static const struct {
		const char *name;
		unsigned bits;
	} types[] = {
		{"null", SCHEMA_NULL},     {"boolean", SCHEMA_BOOLEAN}, {"integer", SCHEMA_INTEGER},
		{"number", SCHEMA_NUMBER}, {"string", SCHEMA_STRING},   {"array", SCHEMA_ARRAY},
		{"object", SCHEMA_OBJECT},
	};
	struct json_object *v;
	bool list;

	if (!json_object_object_get_ex(o, "type", &v))
		return 0;
	list = json_object_is_type(v, json_type_array);
	if (list && js_arr_len(v) == 0)
		return bad_key(c, at, "type", "must name at least one type");
	for (size_t i = 0; i < (list ? js_arr_len(v) : 1); i++) {
		struct json_object *one = list ? json_object_array_get_idx(v, i) : v;
		unsigned bits = 0;

		for (size_t k = 0;
		     json_object_is_type(one, json_type_string) && k < ARRAY_SIZE(types); k++)
			if (str_eq(types[k].name, json_object_get_string(one)))
				bits = types[k].bits;
		if (!bits)
			return bad_key(c, at, "type", "is not a type of JSON Schema");
		*ret |= bits;
	}
	return 0;
}

static int read_list(struct compiler *c, struct json_object *o, const char *key,
		     const struct schema_place *up, struct schema_nodes *ret)
{
	struct schema_place at = {up, key, 0};
	struct json_object *list;
	int found = read_typed(c, o, key, json_type_array, "must be a list of schemas", up, &list);

	if (found <= 0)
		return found;
	ret->n = js_arr_len(list);
	if (ret->n == 0 && !str_eq(key, "items"))
		return bad(c, &at, "must name at least one schema");
	ret->at = arena_calloc(&c->s->mem, ret->n + 1, sizeof(*ret->at));
	for (size_t i = 0; i < ret->n; i++) {
		ret->at[i] = compile_at(c, json_object_array_get_idx(list, i), &at, NULL, i);
		if (!ret->at[i])
			return -1;
	}
	return 0;
}

/* additionalProperties, additionalItems: a schema, true or false */
static int read_rest(struct compiler *c, struct json_object *o, const char *key,
		     const struct schema_place *up, const struct schema_node **ret,
		     bool *ret_closed)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v))
		return 0;
	if (json_object_is_type(v, json_type_boolean)) {
		*ret_closed = !json_object_get_boolean(v);
		return 0;
	}
	*ret = compile_at(c, v, up, key, 0);
	return *ret ? 0 : -1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct schema_property *)a)->name,
		      ((const struct schema_property *)b)->name);
}

static int read_properties(struct compiler *c, struct json_object *set,
			   const struct schema_place *up, struct schema_object_rules *r)
{
	struct schema_place at = {up, "properties", 0};
	size_t n = (size_t)json_object_object_length(set);

	r->properties = arena_calloc(&c->s->mem, n + 1, sizeof(*r->properties));
	r->names = arena_calloc(&c->s->mem, n + 1, sizeof(*r->names));
	json_object_object_foreach (set, key, val) {
		struct schema_property *p = &r->properties[r->n_properties];

		p->name = key;
		p->node = compile_at(c, val, &at, key, 0);
		if (!p->node)
			return -1;
		r->names[r->n_properties++] = key;
	}
	qsort(r->properties, r->n_properties, sizeof(*r->properties), by_name);
	return 0;
}

static int read_property_patterns(struct compiler *c, struct json_object *set,
				  const struct schema_place *up, struct schema_object_rules *r)
{
	struct schema_place at = {up, "patternProperties", 0};
	size_t n = (size_t)json_object_object_length(set);

	r->patterns = arena_calloc(&c->s->mem, n + 1, sizeof(*r->patterns));
	json_object_object_foreach (set, key, val) {
		struct schema_place here = {&at, key, 0};
		struct schema_property_pattern *p = &r->patterns[r->n_patterns];

		p->pattern = read_pattern(c, key, &here);
		p->node = p->pattern ? compile_at(c, val, &at, key, 0) : NULL;
		if (!p->node)
			return -1;
		r->n_patterns++;
	}
	return 0;
}

static int read_dependencies(struct compiler *c, struct json_object *set,
			     const struct schema_place *up, struct schema_object_rules *r)
{
	struct schema_place at = {up, "dependencies", 0};
	size_t n = (size_t)json_object_object_length(set);

	r->dependencies = arena_calloc(&c->s->mem, n + 1, sizeof(*r->dependencies));
	json_object_object_foreach (set, key, val) {
		struct schema_dependency *d = &r->dependencies[r->n_dependencies++];
		struct schema_place here = {&at, key, 0};

		d->name = key;
		if (json_object_is_type(val, json_type_array)) {
			if (read_strings(c, val, &here, &d->keys) < 0)
				return -1;
		} else if (!(d->node = compile_at(c, val, &at, key, 0))) {
			return -1;
		}
	}
	return 0;
}

static int read_object_rules(struct compiler *c, struct json_object *o,
			     const struct schema_place *at, struct schema_object_rules *r)
{
	static const struct {
		const char *key;
		int (*read)(struct compiler *c, struct json_object *set,
			    const struct schema_place *up, struct schema_object_rules *r);
	} sets[] = {
		{"properties", read_properties},
		{"patternProperties", read_property_patterns},
		{"dependencies", read_dependencies},
	};
	struct schema_place required = {at, "required", 0};
	struct json_object *v;

	for (size_t i = 0; i < ARRAY_SIZE(sets); i++) {
		int found = read_typed(c, o, sets[i].key, json_type_object, "must be an object", at,
				       &v);

		if (found < 0 || (found && sets[i].read(c, v, at, r) < 0))
			return -1;
	}
	if (read_typed(c, o, "required", json_type_array, "must be a list of strings", at, &v) <
		    0 ||
	    (v && read_strings(c, v, &required, &r->required) < 0))
		return -1;
	if (read_count(c, o, "minProperties", at, &r->min) < 0 ||
	    read_count(c, o, "maxProperties", at, &r->max) < 0)
		return -1;
	return read_rest(c, o, "additionalProperties", at, &r->additional, &r->closed);
}

static int read_array_rules(struct compiler *c, struct json_object *o,
			    const struct schema_place *at, struct schema_array_rules *r)
{
	struct json_object *items;

	if (json_object_object_get_ex(o, "items", &items)) {
		if (json_object_is_type(items, json_type_array)) {
			if (read_list(c, o, "items", at, &r->tuple) < 0 ||
			    read_rest(c, o, "additionalItems", at, &r->additional, &r->closed) < 0)
				return -1;
		} else if (!(r->every = compile_at(c, items, at, "items", 0))) {
			return -1;
		}
	}
	if (read_bool(c, o, "uniqueItems", at, &r->unique) < 0 ||
	    read_count(c, o, "minItems", at, &r->min) < 0 ||
	    read_count(c, o, "maxItems", at, &r->max) < 0)
		return -1;
	return 0;
}

static int read_string_rules(struct compiler *c, struct json_object *o,
			     const struct schema_place *at, struct schema_string_rules *r)
{
	struct schema_place pattern = {at, "pattern", 0};
	struct json_object *v;

	if (read_count(c, o, "minLength", at, &r->min) < 0 ||
	    read_count(c, o, "maxLength", at, &r->max) < 0 ||
	    read_typed(c, o, "pattern", json_type_string, "must be a string", at, &v) < 0)
		return -1;
	if (v && !(r->pattern = read_pattern(c, json_object_get_string(v), &pattern)))
		return -1;
	if (read_typed(c, o, "format", json_type_string, "must be a string", at, &v) < 0)
		return -1;
	r->format = v ? format_named(c, json_object_get_string(v)) : NULL;
	return 0;
}

static int read_number_rules(struct compiler *c, struct json_object *o,
			     const struct schema_place *at, struct schema_number_rules *r)
{
	int min = read_number(c, o, "minimum", at, &r->min);
	int max = read_number(c, o, "maximum", at, &r->max);
	int multiple = read_number(c, o, "multipleOf", at, &r->multiple_of);

	if (min < 0 || max < 0 || multiple < 0 ||
	    read_bool(c, o, "exclusiveMinimum", at, &r->above_min) < 0 ||
	    read_bool(c, o, "exclusiveMaximum", at, &r->below_max) < 0)
		return -1;
	if (multiple && !(r->multiple_of > 0))
		return bad_key(c, at, "multipleOf", "must be above 0");
	r->has_min = min;
	r->has_max = max;
	return 0;
}

static bool has_any(struct json_object *o, const char *const *keys)
{
	for (; *keys; keys++)
		if (json_object_object_get_ex(o, *keys, NULL))
			return true;
	return false;
}

/* the rules for each JSON type, only if the schema has some */
static int read_rules(struct compiler *c, struct json_object *o, const struct schema_place *at,
		      struct schema_node *n)
{
	static const char *const object_keys[] = {
		"properties",   "patternProperties", "additionalProperties", "required",
		"dependencies", "minProperties",     "maxProperties",        NULL};
	static const char *const array_keys[] = {"items", "uniqueItems", "minItems", "maxItems",
						 NULL};
	static const char *const string_keys[] = {"minLength", "maxLength", "pattern", "format",
						  NULL};
	static const char *const number_keys[] = {
		"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", NULL};
	struct arena *mem = &c->s->mem;

	if (has_any(o, object_keys)) {
		n->object = arena_alloc(mem, sizeof(*n->object));
		n->object->max = SIZE_MAX;
		if (read_object_rules(c, o, at, n->object) < 0)
			return -1;
	}
	if (has_any(o, array_keys)) {
		n->array = arena_alloc(mem, sizeof(*n->array));
		n->array->max = SIZE_MAX;
		if (read_array_rules(c, o, at, n->array) < 0)
			return -1;
	}
	if (has_any(o, string_keys)) {
		n->string = arena_alloc(mem, sizeof(*n->string));
		n->string->max = SIZE_MAX;
		if (read_string_rules(c, o, at, n->string) < 0)
			return -1;
	}
	if (has_any(o, number_keys)) {
		n->number = arena_alloc(mem, sizeof(*n->number));
		if (read_number_rules(c, o, at, n->number) < 0)
			return -1;
	}
	return 0;
}

static int read_node(struct compiler *c, struct json_object *o, const struct schema_place *at,
		     struct schema_node *n)
{
	struct json_object *v = js_key(o, "title");
	struct json_object * not ;

	n->title = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
	if (read_types(c, o, at, &n->types) < 0 ||
	    read_typed(c, o, "enum", json_type_array, "must be a list", at, &n->values) < 0 ||
	    read_list(c, o, "allOf", at, &n->all) < 0 ||
	    read_list(c, o, "anyOf", at, &n->any) < 0 || read_list(c, o, "oneOf", at, &n->one) < 0)
		return -1;
	if (json_object_object_get_ex(o, "not", &not ) &&
	    !(n->not = compile_at(c, not, at, "not", 0)))
		return -1;
	return read_rules(c, o, at, n);
}

static int read_ref(struct compiler *c, struct json_object *o, const char *ref,
		    const struct schema_place *at, struct schema_node *n)
{
	struct json_object *target = schema_index_find(c->index, o, ref);

	if (!target)
		return bad_key(c, at, "$ref", "leads to no schema");
	n->ref = compile_at(c, target, at, "$ref", 0);
	return n->ref ? 0 : -1;
}

static struct schema_node *node_of(struct compiler *c, struct json_object *o,
				   const struct schema_place *at)
{
	struct json_object *ref;
	struct schema_node *n;
	struct done *d;

	HASH_FIND_PTR(c->done, &o, d);
	if (d)
		return d->node;
	if (!json_object_is_type(o, json_type_object)) {
		bad(c, at, "must be a schema (an object)");
		return NULL;
	}
	n = arena_alloc(&c->s->mem, sizeof(*n));
	n->next = c->s->nodes;
	c->s->nodes = n;
	d = mem_alloc(sizeof(*d));
	d->schema = o;
	d->node = n;
	HASH_ADD_PTR(c->done, schema, d);
	ref = js_key(o, "$ref");
	if (json_object_is_type(ref, json_type_string))
		return read_ref(c, o, json_object_get_string(ref), at, n) < 0 ? NULL : n;
	return read_node(c, o, at, n) < 0 ? NULL : n;
}

static const struct schema_node *compile_at(struct compiler *c, struct json_object *schema,
					    const struct schema_place *up, const char *key,
					    size_t index)
{
	struct schema_place at = {up, key, index};
	const struct schema_node *n;

	if (c->depth >= MAX_DEPTH) {
		bad(c, &at, "nests too deep");
		return NULL;
	}
	c->depth++;
	n = node_of(c, schema, &at);
	c->depth--;
	return n;
}

/* ---- life ---- */

static int keep_doc(struct compiler *c, struct json_object *doc, const char *uri)
{
	c->s->docs[c->s->n_docs++] = json_object_get(doc);
	return schema_index_add(c->index, doc, uri, c->err);
}

static int compile(struct compiler *c, struct json_object *doc)
{
	size_t n = c->opt ? c->opt->n_documents : 0;

	c->s->docs = arena_calloc(&c->s->mem, n + 1, sizeof(*c->s->docs));
	if (keep_doc(c, doc, "") < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (keep_doc(c, c->opt->documents[i].doc, c->opt->documents[i].uri) < 0)
			return -1;
	c->s->root = node_of(c, doc, NULL);
	return c->s->root ? schema_find_circles(c->s, c->err) : -1;
}

int jsonschema_compile(struct json_object *doc, const struct jsonschema_options *opt,
		       struct jsonschema **ret, struct error *err)
{
	struct compiler c = {.s = mem_alloc(sizeof(*c.s)), .opt = opt, .err = err};
	struct done *d, *tmp;
	int rc;

	c.index = schema_index_new();
	rc = compile(&c, doc);
	HASH_ITER (hh, c.done, d, tmp) {
		HASH_DEL(c.done, d);
		free(d);
	}
	schema_index_free(c.index);
	if (rc < 0)
		jsonschema_free(c.s);
	else
		*ret = c.s;
	return rc;
}

void jsonschema_free(struct jsonschema *s)
{
	if (!s)
		return;
	for (struct schema_pattern *p = s->patterns; p; p = p->next)
		pcre2_code_free(p->code);
	for (size_t i = 0; i < s->n_docs; i++)
		json_object_put(s->docs[i]);
	arena_release(&s->mem);
	free(s);
}
