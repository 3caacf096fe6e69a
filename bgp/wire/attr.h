/*
 * Path attributes (RFC 4271 section 5) as a struct: what the RIB keeps and the packer sends
 *
 * The next hop is not in here: for our own routes it depends on the session and the family, so it
 * travels with the prefixes (struct bgp_next_hop), and an attribute set can be shared by all
 * neighbours.
 */
#ifndef BGP_WIRE_ATTR_H
#define BGP_WIRE_ATTR_H

#include "bgp/wire/as_path.h"
#include "bgp/wire/community.h"
#include "bgp/wire/types.h"
#include "common/base/ip.h"

struct strbuf;

enum bgp_attr_type {
	BGP_ATTR_ORIGIN = 1,
	BGP_ATTR_AS_PATH = 2,
	BGP_ATTR_NEXT_HOP = 3,
	BGP_ATTR_MED = 4,
	BGP_ATTR_LOCAL_PREF = 5,
	BGP_ATTR_ATOMIC_AGGREGATE = 6,
	BGP_ATTR_AGGREGATOR = 7,
	BGP_ATTR_COMMUNITIES = 8,        /* RFC 1997 */
	BGP_ATTR_ORIGINATOR_ID = 9,      /* RFC 4456 */
	BGP_ATTR_CLUSTER_LIST = 10,      /* RFC 4456 */
	BGP_ATTR_MP_REACH = 14,          /* RFC 4760 */
	BGP_ATTR_MP_UNREACH = 15,        /* RFC 4760 */
	BGP_ATTR_EXT_COMMUNITIES = 16,   /* RFC 4360 */
	BGP_ATTR_AS4_PATH = 17,          /* RFC 6793 */
	BGP_ATTR_AS4_AGGREGATOR = 18,    /* RFC 6793 */
	BGP_ATTR_LARGE_COMMUNITIES = 32, /* RFC 8092 */
};

enum bgp_attr_flag {
	BGP_FLAG_OPTIONAL = 0x80,
	BGP_FLAG_TRANSITIVE = 0x40,
	BGP_FLAG_PARTIAL = 0x20,
	BGP_FLAG_EXTENDED = 0x10, /* the length has two bytes */
};

enum bgp_origin { BGP_ORIGIN_IGP, BGP_ORIGIN_EGP, BGP_ORIGIN_INCOMPLETE };

/* in struct bgp_attrs.has; for the scalar attributes that have no other way to be absent */
#define BGP_HAS(type) (1ull << (type))

/* Zero is the empty set. Pointers are borrowed, from an arena or from the block of
 * bgp_attrs_dup(). */
struct bgp_attrs {
	uint64_t has; /* BGP_HAS() of ORIGIN, AS_PATH, MED, LOCAL_PREF, ATOMIC_AGGREGATE,
			 AGGREGATOR, ORIGINATOR_ID */
	uint8_t origin;
	uint32_t med;
	uint32_t local_pref;
	uint32_t aggregator_as, aggregator_id;
	uint32_t originator_id;
	struct bgp_as_path as_path;
	const uint32_t *communities;
	const uint64_t *ext_communities;
	const struct bgp_large_community *large_communities;
	const uint32_t *cluster_list;
	uint16_t n_communities, n_ext_communities, n_large_communities, n_cluster_list;
	/* unknown optional transitive attributes as they are on the wire, ascending by type, with
	 * the Partial flag set (RFC 4271 section 5) */
	const uint8_t *unknown;
	size_t unknown_len;
};

/* where routes lead to; for IPv6 on a shared link also the link-local address (RFC 2545) */
struct bgp_next_hop {
	struct ip_addr global;
	struct ip_addr link_local; /* family 0: none */
};

static inline bool bgp_attrs_has(const struct bgp_attrs *a, enum bgp_attr_type type)
{
	return a->has & BGP_HAS(type);
}

/** bgp_attrs_dup - a copy in one block, free() it; communities of all kinds are sorted and without
 * duplicates in it, so equal sets become equal structs */
__attribute__((returns_nonnull)) struct bgp_attrs *bgp_attrs_dup(const struct bgp_attrs *a);
bool bgp_attrs_equal(const struct bgp_attrs *a, const struct bgp_attrs *b);
uint32_t bgp_attrs_hash(const struct bgp_attrs *a);
bool bgp_next_hop_equal(const struct bgp_next_hop *a, const struct bgp_next_hop *b);

/**
 * bgp_attrs_write - all of @a for a session, ascending by type, and NEXT_HOP if @next_hop is given
 *
 * Two-octet peers get AS4_PATH and AS4_AGGREGATOR where needed (RFC 6793 section 4.2.2); external
 * peers get no LOCAL_PREF (RFC 4271 section 5.1.5), ORIGINATOR_ID and CLUSTER_LIST (RFC 4456
 * section 7).
 * @next_hop: IPv4, for the NLRI field of UPDATE; NULL: the routes are in MP_REACH
 */
void bgp_attrs_write(struct writer *w, const struct bgp_attrs *a, const struct bgp_agreed *agreed,
		     const struct ip_addr *next_hop);

const char *bgp_attr_name(uint8_t type); /* "AS_PATH"; NULL if unknown */
const char *bgp_origin_name(uint8_t origin);

/** bgp_attrs_print - "origin IGP, AS path 64512 65001, local preference 100, communities ..." */
void bgp_attrs_print(const struct bgp_attrs *a, struct strbuf *out);
void bgp_next_hop_print(const struct bgp_next_hop *nh, struct strbuf *out);

#endif
