/*
 * Inside bigip/model: what a field type can do. Each kind's row in kinds.c names a type per field;
 * the walkers in object.c and codec.c call these.
 */
#ifndef BIGIP_MODEL_FIELD_H
#define BIGIP_MODEL_FIELD_H

#include "bigip/model/model.h"

enum field_kind {
	FIELD_STRING, /* a word or path, compared as it is */
	FIELD_TEXT,   /* send and recv strings */
	FIELD_INT,
	FIELD_ENABLED, /* "enabled":true or "disabled":true */
	FIELD_VLANS_ENABLED,
	FIELD_PATH,     /* reference that may be "none" */
	FIELD_PATHS,    /* array of references */
	FIELD_MONITORS, /* "/P/a and /P/b" */
	FIELD_MEMBERS,
	FIELD_DESTINATION,
	FIELD_SOURCE,
	FIELD_SNAT,
	FIELD_PROFILES,
	FIELD_ADDRESS, /* of a node */
	FIELD_OPTIONS, /* of an iApp */
	FIELD_VARIABLES,
	FIELD_TABLES,
	FIELD_KINDS,
};

enum {
	FIELD_UNORDERED = 1u << 0, /* of a list: order means nothing */
	FIELD_SUBCOLLECTION =
		1u << 1, /* shown as "<json>Reference", with items only where expanded */
};

struct field_input {
	struct json_object *item;
	const struct bigip_reading *reading;
	struct error *err;
};

struct field_type {
	/* 1: read; 0: the reply does not tell (an unexpanded sub-collection), the field is empty;
	 * -1: wrong type, *err is set */
	int (*read)(const struct bigip_field *f, struct bigip_object *o,
		    const struct field_input *in);
	void (*write)(const struct bigip_field *f, const struct bigip_object *o,
		      struct json_object *body, bool patch);
	bool (*equal)(const struct bigip_field *f, const struct bigip_object *wanted,
		      const struct bigip_object *observed);
	void (*copy)(const struct bigip_field *f, struct bigip_object *to,
		     const struct bigip_object *from); /* onto an empty field */
	void (*clear)(const struct bigip_field *f, struct bigip_object *o);
	void (*print)(const struct bigip_field *f, const struct bigip_object *o,
		      struct strbuf *out);
};

extern const struct field_type *const bigip_field_types[FIELD_KINDS];

/* for the types that hold a string and only read or compare it in their own way */
void field_string_clear(const struct bigip_field *f, struct bigip_object *o);
void field_string_copy(const struct bigip_field *f, struct bigip_object *to,
		       const struct bigip_object *from);
void field_string_write(const struct bigip_field *f, const struct bigip_object *o,
			struct json_object *body, bool patch);
void field_string_print(const struct bigip_field *f, const struct bigip_object *o,
			struct strbuf *out);

extern const struct field_type field_string, field_text, field_int, field_enabled,
	field_vlans_enabled, field_path;
extern const struct field_type field_paths, field_monitors, field_profiles;
extern const struct field_type field_members;
extern const struct field_type field_destination, field_source, field_snat, field_address;
extern const struct field_type field_options, field_variables, field_tables;

static inline void *field_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return (char *)o + f->offset;
}

/* readers of JSON with an error that names the property (json.c's js_* never fail); @ret borrowed,
 * NULL when absent or null */
int field_get_string(struct json_object *item, const char *key, const char **ret,
		     struct error *err);
int field_get_array(struct json_object *item, const char *key, struct json_object **ret,
		    struct error *err);
int field_bad(struct error *err, const char *key, const char *want, struct json_object *v);
/* the value of a JSON string, or NULL if it is none or holds a NUL */
const char *field_string_of(struct json_object *v);
/* items of "<f->json>Reference" or of f->json itself; *ret NULL if neither is there */
int field_get_items(const struct bigip_field *f, struct json_object *item, struct json_object **ret,
		    struct error *err);
/* the full path of an entry of a list: "/P/x", "x" (of Common), {name, partition, subPath} or
 * {fullPath}; given, NULL if it is none */
char *field_entry_path(struct json_object *entry);
/* a bare name is in /Common; NULL equals NULL only */
bool field_path_equal(const char *a, const char *b);
void field_path_add(const char *path, struct strbuf *out); /* the full path of it */
void field_add_text(struct strbuf *out,
		    const char *text); /* control characters made visible, CR and LF as \r and \n */

#endif
