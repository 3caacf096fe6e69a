/* The compiled form of a schema, shared by the jsonschema*.c files only. */
#ifndef COMMON_BASE_JSONSCHEMA_TREE_H
#define COMMON_BASE_JSONSCHEMA_TREE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "common/base/jsonschema.h"

enum schema_type {
	SCHEMA_NULL = 1u << 0,
	SCHEMA_BOOLEAN = 1u << 1,
	SCHEMA_INTEGER = 1u << 2,
	SCHEMA_NUMBER = 1u << 3,
	SCHEMA_STRING = 1u << 4,
	SCHEMA_ARRAY = 1u << 5,
	SCHEMA_OBJECT = 1u << 6,
};

struct schema_node;

struct schema_nodes {
	const struct schema_node **at;
	size_t n;
};

struct schema_pattern {
	struct schema_pattern *next; /* all patterns of the schema: they are freed one by one */
	const char *text;
	pcre2_code *code;
};

struct schema_property {
	const char *name;
	const struct schema_node *node;
};

struct schema_dependency {
	const char *name;
	const struct schema_node *node; /* or */
	const char **keys;              /* NULL-terminated */
};

struct schema_object_rules {
	struct schema_property *properties; /* sorted by name */
	size_t n_properties;
	const char **names; /* of the properties in the schema's order, NULL-terminated */
	struct schema_property_pattern {
		const struct schema_pattern *pattern;
		const struct schema_node *node;
	} * patterns;
	size_t n_patterns;
	const struct schema_node *additional; /* NULL: see closed */
	bool closed;                          /* additionalProperties is false */
	const char **required;                /* NULL-terminated, NULL if there are none */
	size_t min, max;
	struct schema_dependency *dependencies;
	size_t n_dependencies;
};

struct schema_array_rules {
	const struct schema_node *every; /* items is one schema */
	struct schema_nodes tuple;       /* items is a list of schemas */
	const struct schema_node *additional;
	bool closed; /* additionalItems is false */
	bool unique;
	size_t min, max;
};

struct schema_string_rules {
	size_t min, max; /* code points */
	const struct schema_pattern *pattern;
	const struct jsonschema_format *format;
};

struct schema_number_rules {
	bool has_min, has_max, above_min, below_max;
	long double min, max;
	long double multiple_of; /* 0: any */
};

/* what one schema object says; rules that it does not have are NULL */
struct schema_node {
	const struct schema_node *ref; /* then nothing else counts */
	const char *title;
	unsigned types;             /* SCHEMA_* bits, 0: any */
	struct json_object *values; /* enum */
	struct schema_nodes all, any, one;
	const struct schema_node * not ;
	struct schema_object_rules *object;
	struct schema_array_rules *array;
	struct schema_string_rules *string;
	struct schema_number_rules *number;
	struct schema_node *next; /* all nodes of the schema */
	enum { SCHEMA_UNSEEN, SCHEMA_ENTERED, SCHEMA_LEFT } walk;
};

struct jsonschema {
	struct schema_node *root;
	struct schema_node *nodes;
	struct schema_pattern *patterns;
	struct json_object **docs; /* referenced: nodes borrow strings and values from them */
	size_t n_docs;
	struct arena mem;
};

/* where we are in a document (or a schema): a chain of stack frames, NULL is the root */
struct schema_place {
	const struct schema_place *up;
	const char *key; /* NULL: index counts */
	size_t index;
};

/** schema_place_text - the path of @at in @mem, at most about 600 bytes */
const char *schema_place_text(struct arena *mem, const struct schema_place *at);

/* --- jsonschema_ref.c: which schema object does a $ref mean? --- */

struct schema_index;
struct schema_index *schema_index_new(void);
/** schema_index_add - note the ids in @doc, known as @uri ("" for the schema itself) */
int schema_index_add(struct schema_index *x, struct json_object *doc, const char *uri,
		     struct error *err);
/** schema_index_find - the schema that @ref means in schema object @from; NULL if there is none.
 * Borrowed. */
struct json_object *schema_index_find(struct schema_index *x, struct json_object *from,
				      const char *ref);
void schema_index_free(struct schema_index *x);

/* --- jsonschema_circle.c --- */

/** schema_find_circles - fail if references lead back to a node without going into the document */
int schema_find_circles(const struct jsonschema *s, struct error *err);

/* --- jsonschema_value.c: JSON values --- */

/** schema_value_equal - as JSON Schema compares: numbers by value (1 equals 1.0), objects without
 * order. *steps counts down once per value; at 0 the answer is false */
bool schema_value_equal(struct json_object *a, struct json_object *b, unsigned *steps);
const struct jsonschema_format *schema_format_named(const char *name); /* NULL: none */
unsigned schema_value_types(struct json_object *v); /* SCHEMA_* bits; an integer is a number too */
long double schema_value_number(struct json_object *v);
size_t schema_code_points(const char *s, size_t len);
/** schema_value_text - the value as a message shows it: at most JSONSCHEMA_VALUE_MAX bytes */
const char *schema_value_text(struct arena *mem, struct json_object *v);

/* --- jsonschema_report.c: words. Each returns false, and is silent when @r is NULL. --- */

__attribute__((format(printf, 3, 4))) bool schema_say(struct jsonschema_report *r,
						      const struct schema_place *at,
						      const char *fmt, ...);
bool schema_say_type(struct jsonschema_report *r, const struct schema_place *at,
		     struct json_object *v, unsigned types);
bool schema_say_enum(struct jsonschema_report *r, const struct schema_place *at,
		     struct json_object *v, struct json_object *values);
bool schema_say_kind(struct jsonschema_report *r, const struct schema_place *at,
		     struct json_object *v, const char *wanted);
bool schema_say_range(struct jsonschema_report *r, const struct schema_place *at,
		      struct json_object *v, const struct schema_number_rules *n);
bool schema_say_unknown_key(struct jsonschema_report *r, const struct schema_place *at,
			    const struct schema_node *n);
bool schema_say_missing(struct jsonschema_report *r, const struct schema_place *at,
			const char *key);
bool schema_say_pattern(struct jsonschema_report *r, const struct schema_place *at,
			struct json_object *v, const char *pattern);
bool schema_say_multiple(struct jsonschema_report *r, const struct schema_place *at,
			 struct json_object *v, long double of);
bool schema_say_ambiguous(struct jsonschema_report *r, const struct schema_place *at,
			  const char *first, const char *second); /* titles, may be NULL */
bool schema_say_not(struct jsonschema_report *r, const struct schema_place *at,
		    struct json_object *v, const char *title);
/** schema_report_take - append what @from says to @r */
void schema_report_take(struct jsonschema_report *r, const struct jsonschema_report *from);
/** schema_report_merge - if each of the @n reports says one "is not" about the same value, say all
 * of them in one sentence in @r and return true */
bool schema_report_merge(struct jsonschema_report *r, const struct jsonschema_report *reports,
			 const size_t *which, size_t n);

#endif
