/* vs_check - what a schema cannot say: BIG-IP's own rules. Inside of controller/translate only. */
#ifndef CONTROLLER_TRANSLATE_VS_CHECK_H
#define CONTROLLER_TRANSLATE_VS_CHECK_H

#include "controller/translate/vs_config.h"

enum {
	VS_DEFAULT_INTERVAL_S = 5,
	VS_DEFAULT_TIMEOUT_S = 16,
};

__attribute__((format(printf, 3, 4))) void vs_problems_add(struct vs_problems *p, const char *path,
							   const char *fmt, ...);
/** vs_problems_also - vs_problems_add(), unless @path has a problem already: what the schema says
 * of a value comes first */
__attribute__((format(printf, 3, 4))) void vs_problems_also(struct vs_problems *p, const char *path,
							    const char *fmt, ...);

/** vs_problems_sort - into the order in which a reader of @doc (may be NULL) meets them */
void vs_problems_sort(struct vs_problems *p, struct json_object *doc);

/** vs_check - all of the second layer; values of a wrong type are left to the schema */
void vs_check(const struct kube_configmap *cm, struct json_object *doc,
	      const char *const *partitions, struct vs_problems *problems);

/**
 * vs_check_shape - what a struct vs_config needs, whatever the schema allowed
 *
 * The built-in schemas see to it; one from --schema-db-base-dir may not.
 */
void vs_check_shape(struct json_object *doc, struct vs_problems *problems);

#endif
