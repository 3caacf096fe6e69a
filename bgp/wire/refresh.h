/* ROUTE-REFRESH (RFC 2918) with the subtypes of RFC 7313. */
#ifndef BGP_WIRE_REFRESH_H
#define BGP_WIRE_REFRESH_H

#include "bgp/wire/framer.h"

struct strbuf;

enum bgp_refresh_subtype {
	BGP_REFRESH_REQUEST = 0, /* send your routes again */
	BGP_REFRESH_BEGIN = 1,   /* BoRR: what I send from here on is everything ... */
	BGP_REFRESH_END = 2,     /* EoRR: ... up to here */
};

struct bgp_refresh {
	uint8_t subtype; /* others than the above are to be ignored */
	uint16_t afi;
	uint8_t safi;
};

/**
 * bgp_refresh_decode - read a ROUTE-REFRESH that bgp_frame_next() returned
 *
 * Fails if it is longer than it should be: 7/1 with the message as data for the subtypes 1 and 2
 * once enhanced refresh was agreed (RFC 7313 section 5), else 1/2. A family that is none of ours
 * (bgp_family_of()) or was not agreed is no error: the message is to be ignored.
 */
int bgp_refresh_decode(const struct bgp_message *m, const struct bgp_agreed *agreed,
		       struct bgp_refresh *ret, struct bgp_notification *notify, struct error *err);

/** bgp_refresh_encode - append one; returns 0, or -1 if @w has no room */
int bgp_refresh_encode(struct writer *w, enum bgp_family family, enum bgp_refresh_subtype subtype);

/** bgp_refresh_print - "request ipv4", "end of refresh ipv6" */
void bgp_refresh_print(const struct bgp_refresh *r, struct strbuf *out);

#endif
