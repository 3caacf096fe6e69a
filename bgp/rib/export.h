/* How one neighbour sees a path: whether it gets it, and with which attributes. */
#ifndef BGP_RIB_EXPORT_H
#define BGP_RIB_EXPORT_H

#include "bgp/rib/attrset.h"

struct arena;

/* A path with the tag is announced, with these attributes. Several rules with one tag: communities
 * are united, the highest local preference and the lowest MED count. Arrays are borrowed. */
struct bgp_export_rule {
	uint32_t tag;
	bool has_local_pref, has_med;
	uint32_t local_pref; /* iBGP only */
	uint32_t med;
	const uint32_t *communities;
	const struct bgp_large_community *large_communities;
	uint16_t n_communities, n_large_communities;
};

/* all that an announcement to this neighbour depends on */
struct bgp_export_policy {
	uint32_t local_as;
	bool ibgp;
	bool next_hop_unchanged; /* keep the next hop of a path that has one */
	bool drain;              /* RFC 8326: GRACEFUL_SHUTDOWN, and local preference 0 on iBGP */
	struct bgp_next_hop next_hop[BGP_N_FAMILIES]; /* self; family 0: none, announce nothing */
	const struct bgp_export_rule *rules;          /* a tag without a rule is not announced */
	size_t n_rules;
};

enum { BGP_DEFAULT_LOCAL_PREF = 100 };

/**
 * bgp_export - the attributes for the neighbour; the arrays of @ret are in @mem or borrowed
 * @path: the path's own attributes and next hop (none for local ones)
 *
 * Returns false if the path is not announced. ORIGIN is IGP unless the path has one.
 */
bool bgp_export(const struct bgp_export_policy *p, enum bgp_family family,
		const struct bgp_attrset *path, uint32_t tag, struct arena *mem,
		struct bgp_attrs *ret, struct bgp_next_hop *ret_next_hop);

/** bgp_export_policy_dup - a copy in one block with all it refers to; free() it */
struct bgp_export_policy *bgp_export_policy_dup(const struct bgp_export_policy *p);

#endif
