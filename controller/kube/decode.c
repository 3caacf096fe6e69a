#include "controller/kube/decode.h"

#include <stdarg.h>

#include "common/base/json.h"
#include "common/base/str.h"

static char dec_empty[] = "";

static void render(const struct dec_where *w, struct strbuf *b)
{
	if (!w)
		return;
	render(w->up, b);
	if (!w->key)
		return;
	if (b->len > 0)
		str_add_char(b, '.');
	str_add(b, w->key);
	if (w->index >= 0)
		str_addf(b, "[%d]", w->index);
}

void dec_fail(struct decoder *d, const struct dec_where *up, const char *key, const char *fmt, ...)
{
	const struct dec_where w = {up, key, -1};
	struct strbuf path = {.max = 256};
	char what[256];
	va_list ap;

	if (d->bad)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	render(&w, &path);
	(void)err_set(d->err, ERR_INPUT, 0, "%s %s", str_get(&path), what);
	str_release(&path);
	d->bad = true;
}

void *dec_take(struct decoder *d, size_t size, size_t align)
{
	void *at;

	d->used = (d->used + align - 1) / align * align;
	at = d->block ? d->block + d->used : arena_alloc(&d->scratch, size);
	d->used += size;
	return at;
}

void *dec_array_bytes(struct decoder *d, size_t n, size_t size, size_t align)
{
	return n > 0 ? dec_take(d, n * size, align)
		     : NULL; /* n is a length of an array that fits in memory as JSON */
}

char *dec_copy(struct decoder *d, const char *s, size_t len)
{
	char *at;

	if (len == 0)
		return dec_empty;
	if (!d->block) {
		d->used += len + 1;
		return (char *)s;
	}
	at = d->block + d->used;
	memcpy(at, s, len);
	d->used += len + 1;
	return at;
}

const char *dec_type_name(enum json_type t)
{
	switch (t) {
	case json_type_object:
		return "an object";
	case json_type_array:
		return "an array";
	case json_type_string:
		return "a string";
	case json_type_boolean:
		return "true or false";
	case json_type_int:
		return "an integer";
	case json_type_double:
		return "a number";
	default:
		return "null";
	}
}

struct json_object *dec_field(struct decoder *d, const struct dec_where *w, struct json_object *o,
			      const char *key, enum json_type type)
{
	struct json_object *v = d->bad ? NULL : js_key(o, key);

	if (v && !json_object_is_type(v, type)) {
		dec_fail(d, w, key, "must be %s, is %s", dec_type_name(type),
			 dec_type_name(json_object_get_type(v)));
		return NULL;
	}
	return v;
}

struct json_object *dec_element(struct decoder *d, const struct dec_where *w,
				struct json_object *array)
{
	struct json_object *v = d->bad ? NULL : json_object_array_get_idx(array, (size_t)w->index);

	if (json_object_is_type(v, json_type_object))
		return v;
	dec_fail(d, w, NULL, "must be an object, is %s", dec_type_name(json_object_get_type(v)));
	return NULL;
}

const char *dec_text(struct decoder *d, const struct dec_where *w, struct json_object *o,
		     const char *key, size_t *ret_len)
{
	struct json_object *v = dec_field(d, w, o, key, json_type_string);
	const char *s = v ? json_object_get_string(v) : NULL;

	*ret_len = s ? (size_t)json_object_get_string_len(v) : 0;
	if (s && strlen(s) != *ret_len) {
		dec_fail(d, w, key, "holds a NUL byte");
		return NULL;
	}
	return s;
}

char *dec_string(struct decoder *d, const struct dec_where *w, struct json_object *o,
		 const char *key)
{
	size_t len;
	const char *s = dec_text(d, w, o, key, &len);

	return s ? dec_copy(d, s, len) : NULL;
}

char *dec_string_or_empty(struct decoder *d, const struct dec_where *w, struct json_object *o,
			  const char *key)
{
	char *s = dec_string(d, w, o, key);

	return s ? s : dec_empty;
}

bool dec_flag(struct decoder *d, const struct dec_where *w, struct json_object *o, const char *key,
	      bool fallback)
{
	struct json_object *v = dec_field(d, w, o, key, json_type_boolean);

	return v ? json_object_get_boolean(v) : fallback;
}
