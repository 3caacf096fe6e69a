/* objects and states from short texts; JSON is written with ' for " */
#ifndef TESTS_UNIT_BIGIP_OBJECTS_H
#define TESTS_UNIT_BIGIP_OBJECTS_H

#include "bigip/model/model.h"
#include "check.h"

struct json_object *json_of(const char *text);      /* fails the test when it is no JSON */
struct json_object *json_of_file(const char *path); /* below tests/fixtures */

/* "P" is the partition unless the text says otherwise */
struct bigip_object *object_of(enum bigip_kind kind, const char *text, uint32_t default_rd);

/* names of the fields in @fields, with commas; in a static buffer */
const char *field_names(enum bigip_kind kind, uint32_t fields);

/* the kind whose URI is in @path, or BIGIP_KINDS */
enum bigip_kind kind_of_path(const char *path);

#endif
