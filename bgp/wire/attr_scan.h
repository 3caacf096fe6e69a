/* Reading path attributes, between attr_scan.c and update.c only. */
#ifndef BGP_WIRE_ATTR_SCAN_H
#define BGP_WIRE_ATTR_SCAN_H

#include "bgp/wire/update.h"

/* what a malformed attribute leads to, weakest first: the strongest one wins (RFC 7606 section 3h)
 */
enum bgp_action { BGP_FINE, BGP_DISCARD, BGP_WITHDRAW, BGP_RESET };

/* MP_REACH or MP_UNREACH */
struct bgp_mp {
	bool present;
	int family; /* -1: one that was not agreed on; its routes are ignored */
	struct bgp_next_hop next_hop;
	struct reader nlri;
	long n;
};

struct bgp_attr_scan {
	/* given */
	const struct bgp_agreed *agreed;
	struct arena *mem; /* NULL: check only */
	bool has_nlri;     /* the NLRI field is not empty, so NEXT_HOP counts */
	/* found */
	struct bgp_attrs attrs;
	struct ip_addr next_hop; /* family 0: none */
	struct bgp_mp reach, unreach;
	uint32_t seen[256 / 32]; /* types */
	unsigned n_attrs, n_discarded;
	enum bgp_action action;
	char complaint[160];
	uint8_t subcode;        /* of BGP_RESET */
	struct reader offender; /* of BGP_RESET: the data to send */
	/* on the way: what two attributes together say (RFC 6793 section 4.2.3) */
	struct reader as_path, as4_path;
	bool has_as4_path, has_as4_aggregator;
	uint32_t as4_aggregator_as, as4_aggregator_id;
};

/** bgp_attr_scan - read all of @list; the given fields of @s are set, the rest zero */
void bgp_attr_scan(struct reader list, struct bgp_attr_scan *s);

static inline bool bgp_attr_seen(const struct bgp_attr_scan *s, uint8_t type)
{
	return s->seen[type / 32] & 1u << type % 32;
}

#endif
