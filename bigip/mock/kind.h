/*
 * kind.h - descriptors of what exists on the device: one struct mock_kind per URI
 *
 * A kind lists its fields in the device's order, each with a type, a default and what it may refer
 * to. Everything generic (checking input, filling defaults, rendering, references, guards) is
 * driven by these tables; what a table cannot say is in the kind's hooks.
 */
#ifndef BIGIP_MOCK_KIND_H
#define BIGIP_MOCK_KIND_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

struct mock;
struct mock_obj;
struct mock_fault;
struct strbuf;

enum mock_ftype {
	MF_STR,     /* any string */
	MF_INT,     /* a number in [min, max]; digits in a string are accepted */
	MF_ENUM,    /* one of the words in @arg ("a|b|c") */
	MF_NUMSTR,  /* digits or one of the words in @arg; always shown as a string */
	MF_FLAG,    /* true or absent; @arg lists the flags that it clears */
	MF_REF,     /* full path of an object of family @arg; shown with <key>Reference */
	MF_REFS,    /* array of such paths */
	MF_RAW,     /* any JSON, kept as it is */
	MF_MONITOR, /* "/P/a and /P/b", "min N of { ... }" */
	MF_TREE,    /* an object of scalars; given keys are merged over the default */
};

enum {
	F_RO = 1u << 0,         /* ignored on input */
	F_IM = 1u << 1,         /* set at create; a different value later is refused */
	F_IM_STRICT = 1u << 2,  /* the same value is refused as well */
	F_REQ = 1u << 3,        /* needed at create */
	F_CALC = 1u << 4,       /* the value shown comes from the kind's calc hook */
	F_HIDDEN = 1u << 5,     /* accepted, never shown */
	F_NO_LINK = 1u << 6,    /* MF_REF without <key>Reference */
	F_NONE = 1u << 7,       /* shown as "none" when unset */
	F_LOWER = 1u << 8,      /* stored in lower case */
	F_16 = 1u << 9,         /* only with the 16.x quirk */
	F_NO_PARENT = 1u << 10, /* not taken from defaultsFrom */
	F_NO_GUARD = 1u << 11,  /* the reference does not keep its target from deletion */
};

struct mock_field {
	const char *key;
	enum mock_ftype type;
	const char *def; /* JSON text; NULL: absent */
	const char *arg;
	long long min, max;
	unsigned flags;

	/* filled in by kinds_init() */
	struct json_object *def_value;
	size_t key_len;
};

enum {
	K_PLAIN = 1u << 0,    /* no partition: the name is the whole path */
	K_ICRD_404 = 1u << 1, /* missing: "Object not found - ..." instead of 01020036 */
	K_GEN0 = 1u << 2,     /* generation is always 0 */
	K_NO_POST = 1u << 3,  /* comes and goes with another object */
	K_NO_DELETE = 1u << 4,
	K_RO = 1u << 5,       /* not writable at all */
	K_LOOSE = 1u << 6,    /* properties that the table does not know are kept (sorted in) */
	K_SINGLE = 1u << 7,   /* a singleton: the URI is the object */
	K_CHILD = 1u << 8,    /* lives in a parent object */
	K_RECORD = 1u << 9,   /* a child without partition */
	K_TRAFFIC = 1u << 10, /* a traffic view may show it */
	K_ADDR_NAME =
		1u << 11, /* names that are addresses are normalised (route domain, text form) */
};

enum { KIND_MAX_CHILDREN = 2 };

struct mock_kind {
	const char *uri;       /* "ltm/monitor/http"; for a child its last word: "members" */
	const char *family;    /* name space of full paths and target of references */
	const char *type_name; /* in most messages: "Pool" */
	const char *type_low;  /* in references and POST to children: "pool" */
	struct mock_field *fields;
	unsigned n_fields;
	unsigned flags;
	const char
		*template; /* instead of fields: JSON text whose values give types and defaults */
	struct mock_kind *children[KIND_MAX_CHILDREN];
	const char *child_inputs[KIND_MAX_CHILDREN]; /* key that carries the list on input */

	/* hooks, all optional; on failure they fill @f and return -1 */
	/* after the input was stored, before the object is linked: normalise, fill in, check values
	 */
	int (*prepare)(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
		       struct mock_fault *f);
	/* the name of a new child or an object: canonical form; NULL: as it is. Given (free). */
	char *(*name)(struct mock *m, const char *folder, const char *name);
	/* extra links beyond those of MF_REF fields */
	void (*link)(struct mock *m, struct mock_obj *o);
	/* end-state rules */
	int (*check)(struct mock *m, struct mock_obj *o, struct mock_fault *f);
	/* may a removed object stay away? beyond what its references say */
	int (*check_gone)(struct mock *m, struct mock_obj *o, struct mock_fault *f);
	/* move a new object to another folder */
	void (*place)(struct mock *m, char **folder, const char *name);
	/* side effects inside the same change */
	int (*created)(struct mock *m, struct mock_obj *o, struct mock_fault *f);
	void (*deleted)(struct mock *m, struct mock_obj *o);
	/* the value of an F_CALC field: given, or NULL to leave it out */
	struct json_object *(*calc)(const struct mock *m, const struct mock_obj *o, unsigned field);
	/* deletion is refused while @user refers to @o: the message */
	void (*in_use)(const struct mock_obj *o, const struct mock_obj *user, struct mock_fault *f);
	/* missing, for PUT, PATCH and DELETE and duplicates: what stands for the object in messages
	 */
	void (*label)(const struct mock_obj *parent, const char *path, struct strbuf *out);

	/* filled in by kinds_init() */
	unsigned index;
	struct mock_kind *parent;
	int from_field;        /* index of defaultsFrom, or -1 */
	const char *last;      /* last word of the URI */
	char *full_uri;        /* with the parents' words: "ltm/pool/members" */
	char *state_kind;      /* "tm:ltm:pool:poolstate" */
	char *collection_kind; /* "tm:ltm:pool:poolcollectionstate" */
	char *stats_kind;      /* "tm:ltm:pool:poolstats" */
};

/** kinds_init - complete the tables; once per process, may be called again */
void kinds_init(void);

struct mock_kind *const *kinds_all(void); /* top-level kinds, NULL-terminated */

/** kind_by_uri - "ltm/pool" -> its kind, or NULL */
struct mock_kind *kind_by_uri(const char *uri);
struct mock_kind *kind_child(const struct mock_kind *k, const char *word);
unsigned kinds_count(void); /* with children; mock_kind.index is below it */

/** kind_field - index of @key in @k, or -1 */
int kind_field(const struct mock_kind *k, const char *key);

extern struct mock_kind kind_partition, kind_folder, kind_virtual, kind_virtual_profiles,
	kind_virtual_policies, kind_virtual_address, kind_pool, kind_members, kind_node,
	kind_snatpool, kind_snat_translation, kind_policy, kind_policy_rules, kind_policy_actions,
	kind_policy_conditions, kind_rule, kind_data_group, kind_service, kind_template, kind_arp,
	kind_fdb_tunnel, kind_fdb_records, kind_tunnel, kind_vxlan, kind_route, kind_self,
	kind_vlan, kind_vlan_interfaces, kind_route_domain, kind_traffic_group, kind_strategy,
	kind_device, kind_device_group, kind_provision, kind_db, kind_default_node_monitor;
extern struct mock_kind *const kinds_monitor[],
	*const kinds_profile[], *const kinds_persistence[], *const kinds_tunnel_profile[];

#endif
