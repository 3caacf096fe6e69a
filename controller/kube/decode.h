/*
 * decode - reading API JSON into one block of memory; for objects.c. Pure.
 *
 * A decoder runs twice over the same JSON, first to check and measure, then to fill a block of
 * exactly that size. The first run takes its arrays from a scratch arena and leaves strings where
 * they are in the JSON. Errors are sticky: the first one is kept, later reads give "absent", so the
 * callers read like the API reference.
 */
#ifndef CONTROLLER_KUBE_DECODE_H
#define CONTROLLER_KUBE_DECODE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"
#include "common/base/mem.h"

/* where we are in the document: a chain of stack frames that is rendered only for an error */
struct dec_where {
	const struct dec_where *up;
	const char *key;
	int index; /* in the array @key, or -1 */
};

struct decoder {
	struct arena scratch;
	char *block; /* NULL while measuring */
	size_t used;
	bool bad;
	struct error *err;
};

/** dec_fail - "spec.ports[1].port MESSAGE"; @key NULL: @up itself */
__attribute__((format(printf, 4, 5))) void dec_fail(struct decoder *d, const struct dec_where *up,
						    const char *key, const char *fmt, ...);
const char *dec_type_name(enum json_type t); /* "an object" */

/* memory of the object: zeroed */
void *dec_take(struct decoder *d, size_t size, size_t align);
void *dec_array_bytes(struct decoder *d, size_t n, size_t size, size_t align);
#define dec_array(d, n, type)                                                                      \
	((type *)dec_array_bytes(d, n, sizeof(type), _Alignof(type))) /* NULL for none */
char *dec_copy(struct decoder *d, const char *s, size_t len);

/** dec_field - the value of @key when present and not null; another type is an error */
struct json_object *dec_field(struct decoder *d, const struct dec_where *w, struct json_object *o,
			      const char *key, enum json_type type);
/** dec_element - the element of @array that @w names; it must be an object */
struct json_object *dec_element(struct decoder *d, const struct dec_where *w,
				struct json_object *array);
/** dec_text - borrowed from the JSON; a NUL inside would silently cut it, so it is an error */
const char *dec_text(struct decoder *d, const struct dec_where *w, struct json_object *o,
		     const char *key, size_t *ret_len);
/** dec_string - a copy, or NULL when absent */
char *dec_string(struct decoder *d, const struct dec_where *w, struct json_object *o,
		 const char *key);
char *dec_string_or_empty(struct decoder *d, const struct dec_where *w, struct json_object *o,
			  const char *key);
bool dec_flag(struct decoder *d, const struct dec_where *w, struct json_object *o, const char *key,
	      bool fallback);

#endif
