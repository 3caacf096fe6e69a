/*
 * Reading JSON by path, with type and range checks, over json-c. All pointers that come back are
 * borrowed from the document.
 */
#ifndef COMMON_BASE_JSON_H
#define COMMON_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"

/** js_parse - one whole document, at most 64 levels deep; *ret is given (json_object_put); an error
 * names the byte offset and line */
int js_parse(const char *text, size_t len, struct json_object **ret, struct error *err);

/** js_at - follow object keys separated by '.' from @o ("spec.clusterIP"; keys holding dots:
 * js_key()); NULL if absent */
struct json_object *js_at(struct json_object *o, const char *path);
struct json_object *js_key(struct json_object *o, const char *key);

/* The value at @path when it has that type, else the fallback (for readers of objects that a server
 * has validated). */
const char *js_str(struct json_object *o, const char *path, const char *fallback);
int64_t js_int(struct json_object *o, const char *path, int64_t fallback);
bool js_bool(struct json_object *o, const char *path, bool fallback);
struct json_object *js_arr(struct json_object *o, const char *path); /* NULL unless an array */
size_t js_arr_len(struct json_object *arr);                          /* 0 for NULL */

/** js_text - compact text as JSON servers send it, '/' not escaped; borrowed from @o until it
 * changes */
const char *js_text(struct json_object *o, size_t *ret_len);

/* building: values may be NULL, then nothing is added */
struct json_object *js_obj(void);
struct json_object *js_list(void);
void js_put_str(struct json_object *o, const char *key, const char *value);
void js_put_int(struct json_object *o, const char *key, int64_t value);
void js_put_bool(struct json_object *o, const char *key, bool value);
void js_put(struct json_object *o, const char *key, struct json_object *given);
void js_push(struct json_object *arr, struct json_object *given);
void js_push_str(struct json_object *arr, const char *value);

static inline void js_autoput(struct json_object **o)
{
	json_object_put(*o);
}
#define autojson __attribute__((cleanup(js_autoput)))

#endif
