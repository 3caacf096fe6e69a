/*
 * Writing UPDATE: one attribute set and as many prefixes as fit into a message
 *
 *	switch (bgp_pack_begin(&p, &out, &agreed, BGP_IPV4, attrs, &next_hop)) { ... }
 *	while ((prefix = peek(cursor)) && bgp_pack_add(&p, prefix))
 *		advance(cursor);
 *	bgp_pack_end(&p);
 *
 * Prefixes go straight into the output buffer. A message has one family and either announces or
 * withdraws (RFC 7606 section 5.1).
 */
#ifndef BGP_WIRE_PACK_H
#define BGP_WIRE_PACK_H

#include "bgp/wire/attr.h"
#include "bgp/wire/nlri.h"

enum bgp_pack {
	BGP_PACK_READY,
	BGP_PACK_FULL,    /* @w has less than 4096 bytes left: write them out first */
	BGP_PACK_TOO_BIG, /* attributes that leave no room for a prefix in any message */
};

/* between begin and end; nobody else writes to @w then */
struct bgp_packer {
	struct writer *w;
	enum bgp_family family;
	uint16_t max_len;
	uint32_t n;          /* prefixes so far */
	size_t start;        /* of the message */
	size_t end;          /* prefixes must stay before */
	size_t tail_len;     /* bytes that wait at @end until the prefixes are in */
	size_t inner, outer; /* length fields to fill before and after the tail moves; 0: none */
};

/**
 * bgp_pack_begin - start a message at the end of @w
 * @attrs:    NULL withdraws
 * @next_hop: NULL when withdrawing; IPv6 for IPv4 routes if agreed->ipv4_over_ipv6, then and for
 *            IPv6 routes it goes into MP_REACH
 *
 * Nothing is written unless BGP_PACK_READY comes back; then bgp_pack_end() must follow.
 */
enum bgp_pack bgp_pack_begin(struct bgp_packer *p, struct writer *w,
			     const struct bgp_agreed *agreed, enum bgp_family family,
			     const struct bgp_attrs *attrs, const struct bgp_next_hop *next_hop);

/** bgp_pack_add - one more prefix of the family; false if the message is full, then it is not in */
static inline bool bgp_pack_add(struct bgp_packer *p, const struct ip_prefix *prefix)
{
	if (bgp_nlri_size(prefix) > p->end - p->w->len)
		return false;
	bgp_nlri_write(p->w, prefix);
	p->n++;
	return true;
}

/** bgp_pack_end - finish the message; without a prefix it is taken back. Returns the prefixes */
uint32_t bgp_pack_end(struct bgp_packer *p);

/**
 * bgp_pack_all - as many of @prefixes as go into @w, in as many messages as needed
 * @ret_messages: += messages written; may be NULL
 *
 * Returns how many prefixes are in; less than @n: @w is full, write it out and go on with the rest;
 * -1 for BGP_PACK_TOO_BIG.
 */
long bgp_pack_all(struct writer *w, const struct bgp_agreed *agreed, enum bgp_family family,
		  const struct bgp_attrs *attrs, const struct bgp_next_hop *next_hop,
		  const struct ip_prefix *prefixes, size_t n, size_t *ret_messages);

/** bgp_end_of_rib_encode - append the End-of-RIB of a family (RFC 4724 section 2); returns 0, or -1
 * if @w has no room */
int bgp_end_of_rib_encode(struct writer *w, enum bgp_family family);

#endif
