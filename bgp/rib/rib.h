/*
 * The paths that one virtual router announces, and what each neighbour was told of them
 *
 * One set of wanted paths; per neighbour a byte for each prefix (which attributes it was sent last)
 * and a position in the list of changes. There is no queue of messages: a change replaces what the
 * neighbour has not been told yet, and a slow one costs no more than a fast one. See rib.c.
 *
 *	bgp_rib_set(rib, &prefix, path, tag);			// or bgp_rib_apply() for all
 *	a = bgp_adjout_open(rib, policy, agreed.families, 0);	// at BGP_DO_UP
 *	while (room in the socket && bgp_adjout_next(a, &work)) {
 *		case BGP_WORK_ANNOUNCE, BGP_WORK_WITHDRAW:
 *			bgp_pack_begin(...);
 *			while (bgp_adjout_peek(a, &prefix) && bgp_pack_add(&packer, &prefix))
 *				bgp_adjout_advance(a);
 *			bgp_pack_end(&packer);
 *		case BGP_WORK_END_OF_RIB ...: write it, bgp_adjout_advance(a);
 *	}
 */
#ifndef BGP_RIB_RIB_H
#define BGP_RIB_RIB_H

#include "bgp/rib/export.h"

struct bgp_rib;
struct bgp_adjout;

/** bgp_rib_new - @pool is kept; several virtual routers and neighbours may share it */
struct bgp_rib *bgp_rib_new(struct bgp_attr_pool *pool);
void bgp_rib_free(struct bgp_rib *rib); /* closes what is open */

struct bgp_path {
	struct ip_prefix prefix;
	struct bgp_attrset *attrs; /* its own: often the empty set; borrowed, counted if kept */
	/* what neighbours select by, struct bgp_export_rule. Few different ones: each pair of
	 * attribute set and tag costs 12 bytes a neighbour */
	uint32_t tag;
};

/** bgp_rib_set - want this path; returns true if that is a change */
bool bgp_rib_set(struct bgp_rib *rib, const struct bgp_path *path);
/** bgp_rib_del - returns true if it was wanted */
bool bgp_rib_del(struct bgp_rib *rib, const struct ip_prefix *prefix);
/** bgp_rib_apply - want exactly these, in any order; of equal prefixes the last counts. Returns the
 * number of changes. A first call leaves the paths in the order of their prefixes */
size_t bgp_rib_apply(struct bgp_rib *rib, const struct bgp_path *paths, size_t n);

/** bgp_rib_get - the wanted path of a prefix; false if there is none */
bool bgp_rib_get(const struct bgp_rib *rib, const struct ip_prefix *prefix, struct bgp_path *ret);
size_t bgp_rib_count(const struct bgp_rib *rib); /* wanted paths */
/** bgp_rib_gone - paths that are not wanted any more, but some neighbour was not told yet */
size_t bgp_rib_gone(const struct bgp_rib *rib);
/** bgp_rib_visit - all wanted paths, IPv4 first, by prefix */
void bgp_rib_visit(const struct bgp_rib *rib, void (*fn)(void *ctx, const struct bgp_path *path),
		   void *ctx);

/** bgp_rib_complete - until this is called, no End-of-RIB is sent: after a restart it would be the
 * withdrawal of what is not known yet */
void bgp_rib_complete(struct bgp_rib *rib);

/** bgp_rib_generation - counts changes; see bgp_adjout_generation() */
uint64_t bgp_rib_generation(const struct bgp_rib *rib);
size_t bgp_rib_memory(const struct bgp_rib *rib); /* bytes, neighbours included, pool not */

enum bgp_adjout_flag {
	BGP_ADJOUT_END_OF_RIB = 1u << 0,       /* the peer waits for it (agreed.end_of_rib) */
	BGP_ADJOUT_ENHANCED_REFRESH = 1u << 1, /* answer refreshes between BoRR and EoRR */
};

/**
 * bgp_adjout_open - a neighbour became Established; it has nothing yet
 * @policy: copied
 * @families: bits; those of the session
 */
struct bgp_adjout *bgp_adjout_open(struct bgp_rib *rib, const struct bgp_export_policy *policy,
				   uint8_t families, uint32_t flags);
void bgp_adjout_close(struct bgp_adjout *a); /* the session ended; NULL is fine */

/** bgp_adjout_policy - another policy; what looks the same under both is not sent again */
void bgp_adjout_policy(struct bgp_adjout *a, const struct bgp_export_policy *policy);

/** bgp_adjout_refresh - the peer asked for the family again (RFC 2918). Under RFC 7313 the answer
 * waits for the initial End-of-RIB; requests during an answer are served once more after it */
void bgp_adjout_refresh(struct bgp_adjout *a, enum bgp_family family);

enum bgp_work_kind {
	BGP_WORK_WITHDRAW,
	BGP_WORK_ANNOUNCE,
	BGP_WORK_END_OF_RIB,
	BGP_WORK_BORR, /* beginning of route refresh */
	BGP_WORK_EORR,
};

struct bgp_work {
	enum bgp_work_kind kind;
	enum bgp_family family;
	/* BGP_WORK_ANNOUNCE: of all its prefixes; borrowed, valid until the table is changed */
	const struct bgp_attrset *attrs;
};

/**
 * bgp_adjout_next - what the neighbour is to be told next; false: nothing
 *
 * Withdrawals come first, then one attribute set after the other, then the markers. Asking changes
 * nothing; after any change of paths or policy ask again. If the attributes do not fit into a
 * message (BGP_PACK_TOO_BIG, which validation of the configuration should not let through), advance
 * over all prefixes of the work and report it.
 */
bool bgp_adjout_next(struct bgp_adjout *a, struct bgp_work *ret);
/** bgp_adjout_peek - the next prefix of that work; false: no more */
bool bgp_adjout_peek(struct bgp_adjout *a, struct ip_prefix *ret);
/** bgp_adjout_advance - the peeked prefix, or the marker, is in the output: the neighbour has it */
void bgp_adjout_advance(struct bgp_adjout *a);

/** bgp_adjout_generation - changes up to this one of bgp_rib_generation() have been handed over */
uint64_t bgp_adjout_generation(const struct bgp_adjout *a);
size_t bgp_adjout_count(const struct bgp_adjout *a, enum bgp_family family); /* what it has */

enum bgp_told {
	BGP_TOLD_NOTHING,
	BGP_TOLD_OLD, /* it has the prefix with other attributes, or is to lose it: work waits */
	BGP_TOLD_CURRENT, /* as wanted now */
};
/** bgp_adjout_told - what the neighbour has of a prefix; *ret_attrs, if wanted: with which
 * attributes, NULL if that is not known any more. Borrowed */
enum bgp_told bgp_adjout_told(const struct bgp_adjout *a, const struct ip_prefix *prefix,
			      const struct bgp_attrset **ret_attrs);
/** bgp_adjout_visit - all that the neighbour has, IPv4 first, by prefix */
void bgp_adjout_visit(const struct bgp_adjout *a,
		      void (*fn)(void *ctx, const struct ip_prefix *prefix,
				 const struct bgp_attrset *attrs),
		      void *ctx);

#endif
