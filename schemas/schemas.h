/*
 * The f5schemadb schemas of the virtual-server ConfigMap, built into the program. Pure.
 */
#ifndef SCHEMAS_SCHEMAS_H
#define SCHEMAS_SCHEMAS_H

#include "common/base/err.h"
#include "common/base/jsonschema.h"

/** schemas_name - the schema that the "schema" value of a ConfigMap means
 *
 * White space and then quotes around @ref are dropped, as is "f5schemadb://": "
 * \"f5schemadb://x.json\" " gives "x.json". @buf has room for the name; NULL if it does not fit or
 * is empty.
 */
enum { SCHEMAS_NAME_MAX = 128 };
const char *schemas_name(const char *ref, char buf[static SCHEMAS_NAME_MAX]);

/** schemas_text - the text of a built-in schema, by reference or bare name; NULL if there is none
 */
const char *schemas_text(const char *ref);

/** schemas_load - compile a built-in schema
 * @ret: given (jsonschema_free()); compile once and keep it. An unknown name is ERR_INPUT and the
 *       message names those that exist */
int schemas_load(const char *ref, struct jsonschema **ret, struct error *err);

/** schemas_compile - compile a schema of somebody else (--schema-db-base-dir), with F5's formats */
int schemas_compile(struct json_object *doc, struct jsonschema **ret, struct error *err);

/* the 19 load-balancing modes of an LTM pool, sorted, NULL-terminated (fits str_nearest()) */
extern const char *const schemas_lb_modes[];
bool schemas_lb_mode_ok(const char *mode);

#endif
