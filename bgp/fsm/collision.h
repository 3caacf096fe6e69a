#ifndef BGP_FSM_COLLISION_H
#define BGP_FSM_COLLISION_H

#include <stdbool.h>
#include <stdint.h>

#include "bgp/fsm/fsm.h"

/* the two slots of a neighbour */
enum bgp_slot { BGP_OUTGOING, BGP_INCOMING };

/* identifiers as numbers in host order, real (4-octet) AS numbers */
struct bgp_speaker_id {
	uint32_t id;
	uint32_t as;
};

/** bgp_collision_keeps - the slot that stays when both have seen an OPEN: the connection that the
 * side with the higher identifier dialled (RFC 4271 6.8), with equal identifiers the higher AS
 * (RFC 6286 2.3). Both sides come to the same answer. */
enum bgp_slot bgp_collision_keeps(struct bgp_speaker_id local, struct bgp_speaker_id remote);

enum bgp_collision {
	BGP_COLLISION_NONE,  /* go on: BGPOpen to this connection */
	BGP_COLLISION_THIS,  /* close this one: OpenCollisionDump to it instead of BGPOpen */
	BGP_COLLISION_OTHER, /* OpenCollisionDump to the other, BGPOpen to this one */
	BGP_COLLISION_WAIT,  /* keep the OPEN, read no further, ask again when the other ends; after
				BGP_COLLISION_WAIT_MS ask with @waited */
};

enum {
	BGP_COLLISION_WAIT_MS = 1000,
	BGP_YOUNG_MS = 5000, /* a session that came up less than this ago */
};

/**
 * bgp_collision_open - a valid OPEN came on @slot; which connection goes?
 * @other: the state of the other slot
 * @waited: BGP_COLLISION_WAIT was the answer, and the time is over
 *
 * Ask before the event BGPOpen is given to the machine. An other slot in OpenSent goes on; the
 * question comes again when its OPEN arrives. In Connect or Active it is to stop dialling
 * (ManualStop, which is silent there; not the incoming slot, it dials nobody).
 */
enum bgp_collision bgp_collision_open(struct bgp_speaker_id local, struct bgp_speaker_id remote,
				      enum bgp_slot slot, enum bgp_state other, bool waited);

enum bgp_accept {
	BGP_ACCEPT,         /* TcpConnectionConfirmed to the incoming slot */
	BGP_ACCEPT_REFUSE,  /* close it */
	BGP_ACCEPT_REPLACE, /* TcpConnectionFails to the incoming slot, start it, then as ACCEPT */
	BGP_ACCEPT_RESTART, /* the peer restarts: TcpConnectionFails to the Established slot,
			       start the incoming one, then as ACCEPT (RFC 4724 4.2) */
};

/**
 * bgp_collision_accept - a connection was accepted from the neighbour's address
 * @outgoing, @incoming: the states of the two slots
 * @gr: graceful restart was negotiated in the Established session, if one is
 * @up_ms: how long it has been Established
 *
 * A newer connection replaces an incoming one that has not shown its OPEN: half-open ones heal. A
 * young session is not given up: what comes then is the other half of two simultaneous dials.
 */
enum bgp_accept bgp_collision_accept(enum bgp_state outgoing, enum bgp_state incoming, bool gr,
				     uint64_t up_ms);

#endif
