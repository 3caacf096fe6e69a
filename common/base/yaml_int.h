/* shared by yaml.c and yaml_scalar.c only */
#ifndef COMMON_BASE_YAML_INT_H
#define COMMON_BASE_YAML_INT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * yaml_scalar_resolve - what a scalar means
 * @plain: neither quoted nor a block
 * @tag: as in the event, NULL if none
 * @ret: given; NULL is null
 *
 * Returns NULL, or why it cannot be.
 */
const char *yaml_scalar_resolve(const char *text, size_t len, bool plain, const char *tag,
				struct json_object **ret);

#endif
