/* OPEN (RFC 4271 section 4.2), its capabilities (RFC 5492), and what two OPENs agree on. */
#ifndef BGP_WIRE_OPEN_H
#define BGP_WIRE_OPEN_H

#include "bgp/wire/notification.h"
#include "bgp/wire/types.h"

struct strbuf;

enum bgp_capability {
	BGP_CAP_MULTIPROTOCOL = 1,     /* RFC 4760 */
	BGP_CAP_ROUTE_REFRESH = 2,     /* RFC 2918 */
	BGP_CAP_EXTENDED_NEXT_HOP = 5, /* RFC 8950 */
	BGP_CAP_EXTENDED_MESSAGE = 6,  /* RFC 8654 */
	BGP_CAP_ROLE = 9,              /* RFC 9234 */
	BGP_CAP_GRACEFUL_RESTART = 64, /* RFC 4724 */
	BGP_CAP_AS4 = 65,              /* RFC 6793 */
	BGP_CAP_ADD_PATH = 69,         /* RFC 7911 */
	BGP_CAP_ENHANCED_REFRESH = 70, /* RFC 7313 */
	BGP_CAP_LONG_LIVED_GR = 71,    /* RFC 9494 */
	BGP_CAP_HOSTNAME = 73,         /* draft-walton-bgp-hostname-capability */
	BGP_CAP_SOFTWARE_VERSION = 75, /* draft-ietf-idr-software-version */
	BGP_CAP_OLD_REFRESH = 128,     /* Cisco, before RFC 2918; read, never sent */
};

enum { BGP_GR_TIME_MAX = 4095 };

struct bgp_caps {
	uint8_t families;   /* bits; those of ours that the speaker named */
	bool multiprotocol; /* it sent capability 1 at all; without, IPv4 unicast is meant */
	bool as4;
	bool route_refresh;
	bool enhanced_refresh;
	bool extended_message;
	bool ipv4_over_ipv6; /* extended next hop for IPv4 unicast */
	bool graceful_restart;
	bool gr_restarting;      /* R: it restarted, do not wait for its End-of-RIB */
	bool gr_notification;    /* N: NOTIFICATION and hold timer keep routes too (RFC 8538) */
	uint16_t gr_time_s;      /* 0..4095 */
	uint8_t gr_families;     /* bits: restart is offered for them */
	uint8_t gr_forwarding;   /* bits, F: their forwarding state was kept */
	uint32_t seen[256 / 32]; /* decode only: codes in the OPEN, see bgp_caps_seen() */
};

struct bgp_open {
	uint32_t as;     /* 1..2^32-1, from the capability if it is there */
	uint32_t id;     /* BGP identifier as a number, 10.0.0.1 is 0x0a000001; not 0 */
	uint16_t hold_s; /* 0 or 3..65535 */
	struct bgp_caps caps;
};

/** bgp_caps_seen - did the OPEN have this capability (also one that we do not know)? */
bool bgp_caps_seen(const struct bgp_caps *caps, uint8_t code);

/**
 * bgp_open_decode - read the body of an OPEN message
 * @body: the bytes after the 19-byte header; borrowed, not kept after return
 * @ret:  written on success only
 * @notify, @err: written on failure only, may be NULL: the NOTIFICATION to send, and the reason
 *
 * Returns 0, or -1 if RFC 4271 section 6.2 calls the message an error. Unknown capabilities are
 * skipped and noted in @seen.
 */
int bgp_open_decode(struct reader body, struct bgp_open *ret, struct bgp_notification *notify,
		    struct error *err);

/** bgp_open_encode - append an OPEN with all capabilities of @o in one parameter; @seen is not
 * used. Returns 0, or -1 if @w has no room */
int bgp_open_encode(struct writer *w, const struct bgp_open *o);

/**
 * bgp_open_agree - what the session is, now that both OPENs are known
 * @expected_as: AS of the neighbour's configuration, 0 accepts any
 * @ret: written on success only
 *
 * Fails with 2/2 (not the expected AS, or AS_TRANS itself), 2/3 (our own identifier within our AS,
 * RFC 6286 section 2.2) or 2/7 (no family in common).
 */
int bgp_open_agree(const struct bgp_open *ours, const struct bgp_open *theirs, uint32_t expected_as,
		   struct bgp_agreed *ret, struct bgp_notification *notify, struct error *err);

const char *bgp_capability_name(uint8_t code); /* "route refresh"; NULL if unknown */

/** bgp_open_print - "AS 64512, id 10.0.0.1, hold 90 s, ipv4 ipv6, AS4, ..." */
void bgp_open_print(const struct bgp_open *o, struct strbuf *out);

#endif
