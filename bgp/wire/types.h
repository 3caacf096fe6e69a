/* What all of bgp/ shares: message types, address families, and what a session agreed on. */
#ifndef BGP_WIRE_TYPES_H
#define BGP_WIRE_TYPES_H

#include <stdbool.h>
#include <stdint.h>

enum bgp_message_type {
	BGP_OPEN = 1,
	BGP_UPDATE = 2,
	BGP_NOTIFICATION = 3,
	BGP_KEEPALIVE = 4,
	BGP_ROUTE_REFRESH = 5, /* RFC 2918 */
};

enum {
	BGP_PORT = 179,
	BGP_VERSION = 4,
	BGP_HEADER_LEN = 19,
	BGP_MESSAGE_MAX = 4096,           /* RFC 4271 section 4.1 */
	BGP_EXTENDED_MESSAGE_MAX = 65535, /* RFC 8654 */
	BGP_AS_TRANS = 23456,             /* RFC 6793: stands for an AS above 65535 */
};

/* the families we speak; sets of them are bits, BGP_FAMILY_BIT() */
enum bgp_family { BGP_IPV4, BGP_IPV6, BGP_N_FAMILIES };
#define BGP_FAMILY_BIT(f) (1u << (f))

uint16_t bgp_family_afi(enum bgp_family f);
enum { BGP_SAFI_UNICAST = 1 };
const char *bgp_family_name(enum bgp_family f); /* "ipv4", "ipv6" */

/** bgp_family_of - returns the family, or -1 if it is none of ours */
int bgp_family_of(uint16_t afi, uint8_t safi);

/* What both ends of a session agreed on, as bgp_open_agree() of open.h works it out. The defaults
 * before that are in BGP_AGREED_NOTHING. */
struct bgp_agreed {
	uint32_t remote_as, remote_id;
	uint16_t hold_s;       /* 0: no hold timer and no keepalives */
	uint16_t max_len;      /* of an UPDATE, NOTIFICATION or ROUTE-REFRESH, both directions */
	uint8_t families;      /* bits */
	bool ibgp;             /* the peer is in our AS */
	bool as4;              /* ASes have four bytes on this session (RFC 6793) */
	bool ipv4_over_ipv6;   /* IPv4 routes may have IPv6 next hops (RFC 8950) */
	bool route_refresh;    /* the peer answers ROUTE-REFRESH (RFC 2918) */
	bool enhanced_refresh; /* ... between BoRR and EoRR (RFC 7313) */
	bool end_of_rib;       /* the peer waits for End-of-RIB: it sent capability 64 */
	bool graceful_restart; /* both sent capability 64 (RFC 4724) */
	bool graceful_notification; /* ... with the N bit (RFC 8538) */
};

#define BGP_AGREED_NOTHING ((struct bgp_agreed){.max_len = BGP_MESSAGE_MAX})

#endif
