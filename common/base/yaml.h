/*
 * Reading YAML as Kubernetes does (sigs.k8s.io/yaml over go-yaml v2): what comes out is JSON.
 *
 * Plain scalars are typed by YAML 1.1: null ~, true yes on y, integers (0x.., 0.. octal, 0b..),
 * floats; quoted and block scalars are always strings, and so are dates. Keys become strings. A
 * float without a fraction becomes an integer, as it does in Go's JSON. Anchors, aliases and merge
 * keys (<<) work. Errors: duplicate keys, more than 64 levels, aliases that expand to more than
 * 8 MiB, texts over 64 MiB, .inf and .nan, unknown tags.
 */
#ifndef COMMON_BASE_YAML_H
#define COMMON_BASE_YAML_H

#include <json-c/json.h>
#include <stddef.h>

#include "common/base/err.h"

struct yaml_doc {
	struct json_object *root; /* never NULL: empty and null documents are left out */
	unsigned line;            /* where it starts, from 1 */
};

struct yaml_docs {
	struct yaml_doc *docs;
	size_t n;
};

/**
 * yaml_parse - all documents of a stream; n may be 0
 * @ret: written on success only; yaml_docs_release() it
 * @err: ERR_INPUT, "not valid YAML at line 3, column 5: ..."
 */
int yaml_parse(const char *text, size_t len, struct yaml_docs *ret, struct error *err);
void yaml_docs_release(struct yaml_docs *docs);

/** yaml_parse_one - the only document of @text; none, or a second one, is an error. *ret is given.
 */
int yaml_parse_one(const char *text, size_t len, struct json_object **ret, struct error *err);

#endif
