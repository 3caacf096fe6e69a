/*
 * JSON Schema, draft 4: compile a schema once, validate many documents, say what is wrong in words
 * that a person can act on. Pure.
 */
#ifndef COMMON_BASE_JSONSCHEMA_H
#define COMMON_BASE_JSONSCHEMA_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"
#include "common/base/mem.h"

struct jsonschema;

/* one "format" name; formats that nobody gives a check for are ignored */
struct jsonschema_format {
	const char *name;
	bool (*matches)(const char *s, size_t len); /* @s is NUL-terminated, may hold NULs too */
	const char *wanted; /* ends the sentence "... is not", e.g. "an IPv4 address" */
};

/* another schema that $ref may name */
struct jsonschema_document {
	const char *uri;
	struct json_object *doc;
};

/* ipv4, ipv6 and ip-address (the draft 3 name of ipv4) are always known; a format given here goes
 * first */
struct jsonschema_options {
	const struct jsonschema_format *formats;
	size_t n_formats;
	const struct jsonschema_document *documents;
	size_t n_documents;
};

enum {
	JSONSCHEMA_MAX_VIOLATIONS = 16,
	JSONSCHEMA_VALUE_MAX = 80, /* bytes of a document's value in a message, quotes included */
};

struct jsonschema_violation {
	const char *path; /* "virtualServer.backend.healthMonitors[0].interval"; "" is the root */
	const char *message; /* "70000 is not between 1 and 65535": no path, no full stop */
	/* the parts of a message that can be joined with another branch's */
	enum jsonschema_form {
		JSONSCHEMA_OTHER,
		JSONSCHEMA_NOT_ONE_OF, /* "subject is not one of wanted" */
		JSONSCHEMA_NOT_A,      /* "subject is not wanted" */
		JSONSCHEMA_MISSING,    /* "wanted is missing" */
	} form;
	const char *subject, *wanted;
};

/* zero-initialise; jsonschema_report_release() when done */
struct jsonschema_report {
	struct jsonschema_violation list[JSONSCHEMA_MAX_VIOLATIONS];
	size_t n;     /* entries in @list */
	size_t total; /* violations found, may be more than @n */
	struct arena mem;
};

/**
 * jsonschema_compile - build the tree that jsonschema_validate() walks
 * @doc: the schema; a reference is kept, so do not change it afterwards
 * @opt: formats and documents; NULL for none. The format table must outlive *ret
 * @ret: given (jsonschema_free()), written on success only
 *
 * Fails (ERR_INPUT) when a keyword has a value that the draft does not allow, a $ref leads nowhere,
 * or references form a circle that would never look deeper into the document. Unknown keywords are
 * ignored.
 */
int jsonschema_compile(struct json_object *doc, const struct jsonschema_options *opt,
		       struct jsonschema **ret, struct error *err);
void jsonschema_free(struct jsonschema *s);

/**
 * jsonschema_validate - is @doc (NULL is JSON null) valid?
 * @ret: zeroed; gets what is wrong with an invalid document, in document order of the schema. NULL
 *       if only the verdict matters
 *
 * Where "oneOf" or "anyOf" has no matching branch, the report speaks about the branch that the
 * document came closest to. Work is bounded: a document that needs more than a million steps is
 * invalid, and the report says so. Keys that hold a NUL are cut at it, as json-c does.
 */
bool jsonschema_validate(const struct jsonschema *s, struct json_object *doc,
			 struct jsonschema_report *ret);
void jsonschema_report_release(struct jsonschema_report *r);

/** jsonschema_report_text - "path: message; path: message; and 3 more" in the report's own memory,
 * at most @max bytes plus the last words */
const char *jsonschema_report_text(struct jsonschema_report *r, size_t max);

#endif
