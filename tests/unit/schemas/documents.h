/*
 * A generator of virtual-server documents: a valid one for some version of the schema, then none or
 * a few mutations of the kinds that people and scripts make. The same seed gives the same document.
 */
#ifndef TESTS_SCHEMAS_DOCUMENTS_H
#define TESTS_SCHEMAS_DOCUMENTS_H

#include <json-c/json.h>
#include <stdint.h>

/** documents_make - given to the caller */
struct json_object *documents_make(uint64_t seed);

#endif
