/* Graceful restart (RFC 4724), notifications with it (RFC 8538): what to offer, keep and say. */
#ifndef BGP_FSM_GRACEFUL_H
#define BGP_FSM_GRACEFUL_H

#include <stdbool.h>
#include <stdint.h>

#include "bgp/wire/open.h"

/* our side of one neighbour */
struct bgp_gr_conf {
	bool enabled;
	uint16_t time_s;   /* 1..4095: until the peer may hear from us again */
	uint8_t families;  /* bits: those in our OPEN */
	uint8_t preserved; /* bits: the datapath of them survived our restart, as verified at start
			    */
	bool restarting;   /* we came back, and this neighbour has not been Established since */
};

/**
 * bgp_gr_offer - fill the graceful restart part of our OPEN
 *
 * Not enabled: capability 64 without families, which says that we send End-of-RIB (RFC 4724 3).
 * F is set on a first start too, where it has no meaning (RFC 4724 4.1), as long as the datapath is
 * there: R and F together are what lets the peer keep our routes.
 */
void bgp_gr_offer(const struct bgp_gr_conf *c, struct bgp_caps *caps);

/* families, as bits, for which something is done */
struct bgp_gr_helper {
	uint8_t stale;   /* the peer's routes in them are marked stale and kept, else forgotten */
	uint16_t wait_s; /* for its next OPEN; 0 with no stale family */
};

/**
 * bgp_gr_lost - the session ended with BGP_DO_DOWN_STALE: what a receiving speaker keeps
 * @keep: bits: the families whose routes we keep at all (import is on)
 */
struct bgp_gr_helper bgp_gr_lost(const struct bgp_caps *theirs, uint8_t keep);

/**
 * bgp_gr_returned - the peer is back; returns the families whose stale routes go at once: those
 * without forwarding state, or not offered any more (RFC 4724 4.2). The rest go with End-of-RIB
 */
uint8_t bgp_gr_returned(uint8_t stale, const struct bgp_caps *theirs);

/* why a session is ended on purpose */
enum bgp_end {
	BGP_END_RESTART,       /* this process ends or is replaced, the node stays */
	BGP_END_SHUTDOWN,      /* a person or the end of the node says so */
	BGP_END_RESET,         /* and dial again */
	BGP_END_REMOVED,       /* the neighbour is not configured any more */
	BGP_END_CONFIG_CHANGE, /* parameters of the OPEN changed: dial again at once */
};

/**
 * bgp_gr_end - what to say at such an end
 * @agreed: of the Established session
 * @text:   shutdown communication, may be NULL
 * @ret:    the NOTIFICATION, if there is one
 *
 * Returns false if TCP is to be closed without a word (event BGP_EV_RESTART): every Cease flushes
 * our routes on some peers. Otherwise event BGP_EV_MANUAL_STOP with the code of @ret. An end that
 * shall flush is wrapped in Hard Reset when the N bit was agreed, since a plain Cease then keeps
 * the routes (RFC 8538 4).
 */
bool bgp_gr_end(enum bgp_end why, const struct bgp_agreed *agreed, const char *text,
		struct bgp_notification *ret);

#endif
