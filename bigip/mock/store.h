/*
 * store.h - the object tree: objects, who refers to whom, and changes that can be taken back
 *
 * Every full path of a family is a slot, found in O(1). A slot outlives its object while somebody
 * refers to it, so the users of an object, present or missing, are one list: delete guards and
 * reference checks never scan. Slots of families that start with '@' are plain indexes (all
 * virtuals on a destination, all nodes of an address).
 *
 * All changes happen inside store_begin() ... store_commit() or store_rollback(): the first change
 * of an object puts its old state into the journal.
 */
#ifndef BIGIP_MOCK_STORE_H
#define BIGIP_MOCK_STORE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "bigip/mock/kind.h"

struct mock_link {
	struct mock_slot *to;
	struct mock_obj *from;
	const char *what;              /* the field, static */
	bool guard;                    /* the target must exist and must not be deleted */
	struct mock_link *prev, *next; /* among the slot's users */
	struct mock_link *next_out;    /* of the same object */
};

struct mock_slot {
	struct mock_obj *obj; /* NULL: missing */
	struct mock_link *users;
	const char *path; /* inside key */
	UT_hash_handle hh;
	char key[]; /* "family\x1fpath" */
};

struct mock_children {
	struct mock_obj **list; /* sorted by name */
	unsigned n, cap;
};

struct mock_runtime; /* what the traffic side reported; see traffic.c */

struct mock_obj {
	struct mock_kind *kind;
	struct mock_slot *slot;
	struct mock_obj *parent;
	char *name, *folder; /* folder: "/P" or "/P/sub"; "" for plain names */
	char *path;          /* "/P/sub/name", or the plain name */
	uint64_t generation;
	struct json_object **v;    /* kind->n_fields own values; NULL: default or absent */
	struct json_object *extra; /* K_LOOSE: what the table does not know; or NULL */
	struct mock_link *out;
	struct mock_children kids[KIND_MAX_CHILDREN];
	struct mock_runtime *rt;
	uint64_t journal;   /* number of the last journal that holds it */
	uint64_t list_mark; /* of the last child list that named it; see write_child_list() */
	unsigned index;     /* position in its kind's list */
	bool alive;
	bool builtin;             /* as on a fresh device: not saved */
	bool gone_with_partition; /* a folder: removed by the removal of its partition */
};

struct mock_undo;

struct mock_ids { /* numbers that the device hands out */
	unsigned vs_index, if_index, vlan_tag;
};

struct mock_store {
	struct mock_slot *slots;
	struct mock_obj ***lists; /* per kind index: top-level objects, unsorted until asked for */
	unsigned *n, *cap;
	bool *sorted;
	uint64_t generation;
	struct mock_ids ids, ids_before; /* now, and when the open journal began */
	uint64_t journal;                /* number of the open one, 0 if none */
	uint64_t journals;
	struct mock_undo *undo;
	size_t n_undo, cap_undo;
	bool traffic_touched; /* by the open or just committed journal */
};

void store_init(struct mock_store *s);
void store_release(struct mock_store *s);

/** store_find - the object @path of @family, or NULL */
struct mock_obj *store_find(const struct mock_store *s, const char *family, const char *path);
struct mock_slot *store_slot(const struct mock_store *s, const char *family, const char *path);
/** store_child - a child of @parent by full path (or plain name for records) */
struct mock_obj *store_child(const struct mock_store *s, const struct mock_obj *parent,
			     const struct mock_kind *k, const char *path);

void store_begin(struct mock_store *s);
void store_commit(struct mock_store *s);
void store_rollback(struct mock_store *s);

/** store_add - a new empty object, not linked yet: set values, then store_relink(). @name and
 * @folder are copied. The path must be free. */
struct mock_obj *store_add(struct mock_store *s, struct mock_kind *k, struct mock_obj *parent,
			   const char *folder, const char *name);
/** store_touch - before changing the values of @o */
void store_touch(struct mock_store *s, struct mock_obj *o);
/** store_remove - @o with its children; it stays in memory until the journal is closed */
void store_remove(struct mock_store *s, struct mock_obj *o);

/** store_unlink - forget all outgoing links of @o */
void store_unlink(struct mock_store *s, struct mock_obj *o);
void store_link(struct mock_store *s, struct mock_obj *from, const char *family, const char *path,
		const char *what, bool guard);

/** store_list - objects of a top-level kind, sorted by full path; borrowed until the next change */
struct mock_obj *const *store_list(struct mock_store *s, const struct mock_kind *k,
				   unsigned *ret_n);

/** store_touched - the i-th object of the open journal, NULL at the end; each appears once */
struct mock_obj *store_touched(const struct mock_store *s, size_t i);
/** store_before - the own value of a field when the open journal began; borrowed */
struct json_object *store_before(const struct mock_store *s, const struct mock_obj *o,
				 const char *key);
/** store_relink_fn - called by rollback to rebuild links of a restored object */
void store_set_relink(void (*relink)(struct mock_store *s, struct mock_obj *o));

/* values; obj_set() takes over @given */
static inline struct json_object *obj_own(const struct mock_obj *o, int field)
{
	return field < 0 ? NULL : o->v[field];
}
void obj_set(struct mock_obj *o, int field, struct json_object *given);
void obj_set_str(struct mock_obj *o, const char *key, const char *value); /* NULL clears */
/** obj_get - what counts: own value, else the parent's (defaultsFrom), else the default; borrowed
 */
struct json_object *obj_get(const struct mock_obj *o, const char *key);
const char *obj_str(const struct mock_obj *o, const char *key); /* "" unless a string */
long long obj_int(const struct mock_obj *o, const char *key);
bool obj_flag(const struct mock_obj *o, const char *key);
struct json_object *obj_effective(const struct mock_obj *o, unsigned field);

static inline const char *js_str_of(struct json_object *v) /* NULL unless a string */
{
	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
}

/** obj_partition - "P" of "/P/sub"; copied into @buf */
enum { PARTITION_MAX = 256 };
const char *obj_partition(const struct mock_obj *o, char buf[static PARTITION_MAX]);
const char *folder_partition(const char *folder, char buf[static PARTITION_MAX]);

#endif
