/*
 * Which schema does a "$ref" mean?
 *
 * Draft 4 names schemas in two ways: by an "id", which is a URI relative to the ids around it, and
 * by a JSON pointer (RFC 6901) into a document or into a schema that has an id. The index walks the
 * places of a document where a schema may stand, once, and notes the base URI of every schema and
 * every id. An "id" beside a "$ref" does not count, nor one inside an enum.
 *
 * Left out: dot segments in URIs ("../x.json").
 */
#include <ctype.h>
#include <uthash.h>

#include "common/base/json.h"
#include "common/base/jsonschema_tree.h"
#include "common/base/str.h"

enum { MAX_DEPTH = 256 };

struct base {
	struct json_object *schema; /* key */
	const char *uri;
	UT_hash_handle hh;
};

struct ident {
	const char *uri; /* key */
	struct json_object *schema;
	UT_hash_handle hh;
};

struct schema_index {
	struct base *bases;
	struct ident *idents;
	struct arena mem;
};

struct schema_index *schema_index_new(void)
{
	return mem_alloc(sizeof(struct schema_index));
}

void schema_index_free(struct schema_index *x)
{
	if (!x)
		return;
	HASH_CLEAR(hh, x->bases);
	HASH_CLEAR(hh, x->idents);
	arena_release(&x->mem);
	free(x);
}

static size_t scheme_len(const char *uri)
{
	size_t n = 0;

	if (!isalpha((unsigned char)*uri))
		return 0;
	while (isalnum((unsigned char)uri[n]) || (uri[n] && strchr("+-.", uri[n])))
		n++;
	return uri[n] == ':' ? n + 1 : 0;
}

/* RFC 3986 section 5.2.2 without dot segments; an empty fragment is dropped */
static char *resolve(struct arena *mem, const char *base, const char *ref)
{
	size_t keep = strcspn(base, "#");
	size_t scheme = scheme_len(base);
	char *uri;

	if (scheme_len(ref)) {
		keep = 0;
	} else if (str_starts(ref, "//")) {
		keep = scheme;
	} else if (*ref == '/') {
		if (str_starts(base + scheme, "//"))
			scheme += 2 + strcspn(base + scheme + 2, "/#");
		keep = scheme;
	} else if (*ref && *ref != '#') {
		while (keep > 0 && base[keep - 1] != '/')
			keep--;
	}
	uri = arena_printf(mem, "%.*s%s", (int)keep, base, ref);
	if (str_ends(uri, "#"))
		uri[strlen(uri) - 1] = '\0';
	return uri;
}

static void note_ident(struct schema_index *x, const char *uri, struct json_object *schema)
{
	struct ident *i;

	HASH_FIND_STR(x->idents, uri, i);
	if (i)
		return; /* the first one wins */
	i = arena_alloc(&x->mem, sizeof(*i));
	i->uri = uri;
	i->schema = schema;
	HASH_ADD_KEYPTR(hh, x->idents, i->uri, strlen(i->uri), i);
}

static void note_base(struct schema_index *x, struct json_object *schema, const char *uri)
{
	struct base *b = arena_alloc(&x->mem, sizeof(*b));

	b->schema = schema;
	b->uri = uri;
	HASH_ADD_PTR(x->bases, schema, b);
}

static int walk(struct schema_index *x, struct json_object *schema, const char *base,
		unsigned depth, struct error *err);

static int walk_each(struct schema_index *x, struct json_object *set, const char *base,
		     unsigned depth, struct error *err)
{
	if (json_object_is_type(set, json_type_array)) {
		for (size_t i = 0; i < js_arr_len(set); i++)
			if (walk(x, json_object_array_get_idx(set, i), base, depth, err) < 0)
				return -1;
	} else if (json_object_is_type(set, json_type_object)) {
		json_object_object_foreach (set, key, val) {
			(void)key;
			if (walk(x, val, base, depth, err) < 0)
				return -1;
		}
	}
	return 0;
}

static int walk(struct schema_index *x, struct json_object *schema, const char *base,
		unsigned depth, struct error *err)
{
	static const char *const one[] = {"additionalProperties", "items", "additionalItems",
					  "not"};
	static const char *const many[] = {"definitions",  "properties", "patternProperties",
					   "dependencies", "items",      "allOf",
					   "anyOf",        "oneOf"};
	struct json_object *ref = js_key(schema, "$ref"), *id = js_key(schema, "id");

	if (!json_object_is_type(schema, json_type_object))
		return 0;
	if (depth > MAX_DEPTH)
		return err_set(err, ERR_INPUT, 0, "schema nests more than %d levels deep",
			       MAX_DEPTH);
	if (json_object_is_type(id, json_type_string) &&
	    !json_object_is_type(ref, json_type_string)) {
		const char *uri = resolve(&x->mem, base, json_object_get_string(id));

		note_ident(x, uri, schema);
		if (!strchr(uri, '#'))
			base = uri;
	}
	note_base(x, schema, base);
	for (size_t i = 0; i < ARRAY_SIZE(one); i++)
		if (walk(x, js_key(schema, one[i]), base, depth + 1, err) < 0)
			return -1;
	for (size_t i = 0; i < ARRAY_SIZE(many); i++) {
		struct json_object *set = js_key(schema, many[i]);

		if (str_eq(many[i], "items") && !json_object_is_type(set, json_type_array))
			continue; /* one schema, done above */
		if (walk_each(x, set, base, depth + 1, err) < 0)
			return -1;
	}
	return 0;
}

int schema_index_add(struct schema_index *x, struct json_object *doc, const char *uri,
		     struct error *err)
{
	char *base = resolve(&x->mem, "", uri);

	note_ident(x, base, doc);
	return walk(x, doc, base, 0, err);
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* one reference token: undo the %XX of the URI, then ~0 and ~1 of the pointer */
static char *pointer_token(struct arena *mem, const char *s, size_t len)
{
	char *out = arena_strndup(mem, s, len);
	size_t n = 0, m = 0;

	for (size_t i = 0; i < len; i++, n++) {
		int hi = s[i] == '%' && i + 2 < len ? hex_digit(s[i + 1]) : -1;
		int lo = hi >= 0 ? hex_digit(s[i + 2]) : -1;

		out[n] = lo >= 0 ? (char)(hi << 4 | lo) : s[i];
		if (lo >= 0)
			i += 2;
	}
	for (size_t i = 0; i < n; i++, m++) {
		out[m] = out[i];
		if (out[i] == '~' && i + 1 < n && (out[i + 1] == '0' || out[i + 1] == '1'))
			out[m] = out[++i] == '0' ? '~' : '/';
	}
	out[m] = '\0';
	return out;
}

static struct json_object *follow_pointer(struct schema_index *x, struct json_object *o,
					  const char *pointer)
{
	while (o && *pointer == '/') {
		size_t len = strcspn(++pointer, "/");
		char *token = pointer_token(&x->mem, pointer, len);
		unsigned long long i;

		if (json_object_is_type(o, json_type_array))
			o = js_arr_len(o) > 0 && str_to_u64(token, 0, js_arr_len(o) - 1, &i) == 0
				    ? json_object_array_get_idx(o, i)
				    : NULL;
		else
			o = js_key(o, token);
		pointer += len;
	}
	return *pointer ? NULL : o;
}

struct json_object *schema_index_find(struct schema_index *x, struct json_object *from,
				      const char *ref)
{
	struct base *b;
	struct ident *i;
	char *uri, *hash;

	HASH_FIND_PTR(x->bases, &from, b);
	uri = resolve(&x->mem, b ? b->uri : "", ref);
	HASH_FIND_STR(x->idents, uri, i);
	if (i)
		return i->schema;
	hash = strchr(uri, '#');
	if (!hash)
		return NULL;
	*hash = '\0';
	HASH_FIND_STR(x->idents, uri, i);
	return i ? follow_pointer(x, i->schema, hash + 1) : NULL;
}
