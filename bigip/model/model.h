/*
 * model - typed LTM objects: what one looks like, how it travels as JSON, when two are the same
 *
 * A kind is one row of a descriptor table (bigip_kind_info): URI, order, and its owned fields with
 * type, BIG-IP default and normalisation. Reading, writing, comparing and printing are done by
 * walking that row, so that a new kind is a new row plus tests. Only owned fields are kept;
 * comparison is over owned fields only. Shapes follow what k8s-bigip-ctlr writes, so that taking
 * over its partition changes nothing. Pure.
 */
#ifndef BIGIP_MODEL_MODEL_H
#define BIGIP_MODEL_MODEL_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/ip.h"
#include "common/base/str.h"

/* in creation order: what is referred to comes first; deletion is the reverse */
enum bigip_kind {
	BIGIP_MONITOR_HTTP,
	BIGIP_MONITOR_TCP,
	BIGIP_MONITOR_UDP,
	BIGIP_POOL,
	BIGIP_VIRTUAL,
	BIGIP_IAPP,
	BIGIP_NODE, /* made by BIG-IP for a member; we only ever delete the unused ones */
	BIGIP_KINDS,
};

/* whose an object is, judged by what it carries */
enum {
	BIGIP_MARK_OURS = 1u << 0,        /* metadata user_agent of podlane or of k8s-bigip-ctlr */
	BIGIP_MARK_WHITELIST = 1u << 1,   /* metadata cccl-whitelist true: never touched */
	BIGIP_MARK_APP_SERVICE = 1u << 2, /* child of an iApp: never touched */
};

/* the head of every object; objects are heap-allocated, freed with bigip_object_free() */
struct bigip_object {
	enum bigip_kind kind;
	unsigned marks;  /* BIGIP_MARK_*, of observed objects */
	char *partition; /* "K8S" */
	char *sub_path;  /* "x.app" of iApp services, else NULL */
	char *name;
};

struct bigip_monitor {
	struct bigip_object o;
	int64_t interval, timeout; /* seconds */
	char *send, *recv; /* as the user wrote them; CR LF and the text \r\n compare equal */
};

enum bigip_session {
	BIGIP_SESSION_ENABLED,
	BIGIP_SESSION_DISABLED /* drains: no new connections */
};

enum bigip_availability {
	BIGIP_AVAIL_UNKNOWN,
	BIGIP_AVAIL_UP,
	BIGIP_AVAIL_DOWN,
	BIGIP_AVAIL_CHECKING,
	BIGIP_AVAIL_FORCED_DOWN
};

/* ordered and compared by (ip, rd, port), or by name when that is set */
struct bigip_member {
	struct ip_addr ip;
	uint32_t rd; /* route domain, always explicit here */
	uint16_t port;
	uint8_t session;      /* enum bigip_session */
	uint8_t availability; /* enum bigip_availability; observed only, never compared */
	bool bare;  /* the device's name for it has no %rd; a URI must use the device's name */
	char *name; /* only for an observed member that is no "ip[%rd]:port" of the pool's partition
		     * (someone else's node "web1:80", FQDN, "/Common/10.0.0.1:80"); else NULL */
};

struct bigip_pool {
	struct bigip_object o;
	char *lb_mode;
	char **monitors; /* full paths, sorted */
	size_t n_monitors;
	struct bigip_member *members; /* sorted by bigip_member_cmp(), no duplicates */
	size_t n_members;
	char *user_agent; /* written at creation, never compared */
};

enum bigip_context { BIGIP_CONTEXT_ALL, BIGIP_CONTEXT_CLIENT, BIGIP_CONTEXT_SERVER };

struct bigip_profile {
	char *path; /* "/Common/http" */
	enum bigip_context context;
};

enum bigip_snat { BIGIP_SNAT_NONE, BIGIP_SNAT_AUTOMAP, BIGIP_SNAT_POOL };

struct bigip_virtual {
	struct bigip_object o;
	char *destination; /* "/P/10.0.0.1%0:80", "/P/2001:db8::1%0.80"; compared parsed */
	char *source;      /* "0.0.0.0%0/0" */
	char *ip_protocol; /* "tcp", "udp" */
	bool enabled;
	int64_t connection_limit;
	char *pool; /* full path or NULL */
	enum bigip_snat snat;
	char *snat_pool; /* as configured; a bare name equals the same name under /Common */
	struct bigip_profile *profiles; /* sorted by path */
	size_t n_profiles;
	char **policies, **rules, **vlans; /* full paths, order kept */
	size_t n_policies, n_rules, n_vlans;
	bool vlans_enabled; /* false: "vlansDisabled": all VLANs but those listed */
	char *user_agent;   /* written at creation, never compared */
};

/* sys/application/service: options, variables and tables as k8s-bigip-ctlr writes them (cis.md 3.2)
 */
struct bigip_iapp {
	struct bigip_object o;
	char *template_path;           /* "/Common/f5.http" */
	struct json_object *options;   /* object merged into the top level, or NULL */
	struct json_object *variables; /* object name -> value */
	struct json_object *tables; /* array of {name, columnNames, rows:[{row}]}, the member table
				       among them */
};

/* made by BIG-IP for the first member with that address */
struct bigip_node {
	struct bigip_object o;
	struct ip_addr ip; /* family 0: an FQDN node */
	uint32_t rd;
};

/* what reading needs to know of the partition an object is in */
struct bigip_reading {
	uint32_t default_rd; /* auth/partition defaultRouteDomain: an address without %rd is in this
				one */
};

struct bigip_field {
	const char *json; /* property name on the wire */
	/* the rest is private to kinds.c's tables */
	unsigned type, flags;
	size_t offset, n_offset; /* of the value; of a list's length */
	const char *def;
};

struct bigip_kind_info {
	const char *name; /* "virtual": for people and metrics */
	const char *uri;  /* "ltm/virtual", below /mgmt/tm/ */
	size_t size;      /* of its struct */
	const struct bigip_field *fields;
	unsigned n_fields; /* at most 31: a set of fields is a uint32_t of bits, and all bits set
			      means "create" */
	size_t user_agent; /* offset of the user_agent of kinds that carry one, else 0 */
};

const struct bigip_kind_info *bigip_kind_info(enum bigip_kind kind);
/** bigip_object_new - an object with its fields at BIG-IP's defaults; an iApp gets its folder
 * "<name>.app" as sub_path */
struct bigip_object *bigip_object_new(enum bigip_kind kind, const char *partition,
				      const char *name);
struct bigip_object *bigip_object_dup(const struct bigip_object *o);
void bigip_object_free(struct bigip_object *o); /* NULL is fine */

/** bigip_object_from_json - read one item of a BIG-IP reply; unknown properties are ignored, odd
 * types of owned ones are an ERR_INPUT that names the property. Tolerates what the versions differ
 * in (trailing blank in "monitor", numbers as strings, missing items...). */
int bigip_object_from_json(enum bigip_kind kind, struct json_object *item,
			   const struct bigip_reading *reading, struct bigip_object **ret,
			   struct error *err);
/** bigip_object_update - take over what the device answered to a write of @o (@item: its reply).
 * Sub-collections that the reply shows only as links (members, profiles, policies) keep what @o
 * says. Returns -1 and leaves @o alone when @item is no such object. */
int bigip_object_update(struct bigip_object *o, struct json_object *item,
			const struct bigip_reading *reading);
void bigip_object_copy_fields(struct bigip_object *to, const struct bigip_object *from,
			      uint32_t fields); /* of the same kind */

enum { BIGIP_ALL_FIELDS = -1 };
/** bigip_object_to_json - body of a POST (@fields BIGIP_ALL_FIELDS: with name, partition and
 * metadata) or of a PATCH (those fields only) */
struct json_object *bigip_object_to_json(const struct bigip_object *o, uint32_t fields);
const char *bigip_object_user_agent(const struct bigip_object *o); /* NULL if none */

/** bigip_object_diff - bits (by index in kind_info->fields) of the owned fields in which @observed
 * is not what @wanted says */
uint32_t bigip_object_diff(const struct bigip_object *wanted, const struct bigip_object *observed);

/** bigip_field_print - one field as a person reads it, added to @out */
void bigip_field_print(const struct bigip_object *o, unsigned field, struct strbuf *out);

/** bigip_object_refs - calls @fn for the path of each object that @o cannot be without (a virtual's
 * pool, a pool's monitors); @path is not NUL-terminated */
void bigip_object_refs(const struct bigip_object *o,
		       void (*fn)(void *ctx, const char *path, size_t len), void *ctx);

/** bigip_object_path - "/K8S/default_demo-vs", with sub_path in between where there is one;
 * appended to @out */
void bigip_object_path(const struct bigip_object *o, struct strbuf *out);
/** bigip_object_uri - "/mgmt/tm/ltm/pool/~K8S~name", percent-encoded; appended to @out */
void bigip_object_uri(const struct bigip_object *o, struct strbuf *out);
/** bigip_member_uri - the pool's URI + "/members/~K8S~10.0.0.1%250:80" */
void bigip_member_uri(const struct bigip_pool *pool, const struct bigip_member *m,
		      struct strbuf *out);
void bigip_member_name(const struct bigip_member *m,
		       struct strbuf *out); /* "10.0.0.1%0:80", "2001:db8::1%0.80" */
struct json_object *bigip_member_to_json(const struct bigip_pool *pool,
					 const struct bigip_member *m); /* body of a POST */
/** bigip_member_from_json - one item of a pool's members; @ret filled on success (free ret->name)
 */
int bigip_member_from_json(struct json_object *item, const char *partition,
			   const struct bigip_reading *reading, struct bigip_member *ret,
			   struct error *err);
/** bigip_member_same - nothing to do between a wanted and an observed member of the same identity:
 * same session, or forced offline by a person, which is never fought */
bool bigip_member_same(const struct bigip_member *wanted, const struct bigip_member *observed);
int bigip_member_cmp(const struct bigip_member *a,
		     const struct bigip_member *b); /* identity only, not session */
int bigip_member_parse(const char *name, uint32_t default_rd,
		       struct bigip_member *ret); /* 0, or -1 if @name is no address:port */
void bigip_pool_sort(struct bigip_pool *p); /* sorts members and drops duplicates; sorts monitors */

/** bigip_destination_parse - "/P/10.0.0.1[%rd]:80", "/P/2001:db8::1[%rd].80", with or without the
 * partition; 0 or -1 */
struct bigip_destination {
	struct ip_addr ip;
	uint32_t rd;
	uint16_t port;
};
int bigip_destination_parse(const char *s, uint32_t default_rd, struct bigip_destination *ret);

/*
 * ---- a set of objects: what is on the device, by kind and path ----
 * An object in a sub-folder that is not an iApp service itself (an iApp's child) is asked for as
 * "sub/name". Objects of the set are changed by putting a changed copy; only a pool's members may
 * be changed in place.
 */
struct bigip_state;
struct bigip_state *bigip_state_new(void);
void bigip_state_free(struct bigip_state *s);
struct bigip_object *bigip_state_get(const struct bigip_state *s, enum bigip_kind kind,
				     const char *partition, const char *name);
void bigip_state_put(struct bigip_state *s,
		     struct bigip_object *given); /* replaces one of the same kind and path */
void bigip_state_del(struct bigip_state *s, enum bigip_kind kind, const char *partition,
		     const char *name);
/** bigip_state_count - how many objects that could be ours (no nodes, no children of iApps);
 * partition NULL: in all */
size_t bigip_state_count(const struct bigip_state *s, const char *partition);
/** bigip_state_references - how many objects of the set refer to @path (bigip_object_refs()) */
size_t bigip_state_references(const struct bigip_state *s, const char *path);
/** bigip_state_owned - the objects of one owner (see bigip_owner()) in creation order; returns how
 * many; *ret is given (the array only) */
size_t bigip_state_owned(const struct bigip_state *s, const char *partition, const char *owner,
			 struct bigip_object ***ret);
/** bigip_state_each - calls @fn for each object of @partition (NULL: all); @fn must not change the
 * set */
void bigip_state_each(const struct bigip_state *s, const char *partition,
		      void (*fn)(void *ctx, struct bigip_object *o), void *ctx);

/**
 * bigip_owner - which ConfigMap an object on the device belongs to, judged by its name
 * (cis.md 3.1); "namespace/name" into @out
 *
 * virtual and iApp "<ns>_<cm>" or "cfgmap_<ns>_<cm>" (digit namespace); pool
 * "cfgmap_<ns>_<cm>_<svc>"; monitor "<pool>_<i>_<protocol>" or
 * "<virtual>_<i>_<protocol>"; each part as Kubernetes allows names. Returns false when the name has
 * no such form: then it is nobody's of ours. (A digit namespace's pool "cfgmap_<ns>_<ns>_<svc>" of
 * k8s-bigip-ctlr reads as owner "ns/ns".)
 */
bool bigip_owner(enum bigip_kind kind, const char *name, struct strbuf *out);

#endif
