#include "bgp/fsm/collision.h"

enum bgp_slot bgp_collision_keeps(struct bgp_speaker_id local, struct bgp_speaker_id remote)
{
	bool local_wins = local.id != remote.id ? local.id > remote.id : local.as > remote.as;

	return local_wins ? BGP_OUTGOING : BGP_INCOMING;
}

/*
 * RFC 4271 6.8: of a connection in OpenConfirm and a new one, the one that the dominant side
 * dialled stays; an Established connection stays in any case. But the ends reach Established at
 * different times. One may close the losing connection, OpenConfirm for it, while the other has it
 * Established already and closes the winning one: both are gone. So where the new connection is to
 * win, we wait for what the peer does before we close anything: it closes either, and a wrong guess
 * is avoided. Only a peer that decides nothing lets the time run out.
 */
enum bgp_collision bgp_collision_open(struct bgp_speaker_id local, struct bgp_speaker_id remote,
				      enum bgp_slot slot, enum bgp_state other, bool waited)
{
	if (other != BGP_OPENCONFIRM && other != BGP_ESTABLISHED)
		return BGP_COLLISION_NONE;
	if (bgp_collision_keeps(local, remote) != slot)
		return BGP_COLLISION_THIS;
	if (!waited)
		return BGP_COLLISION_WAIT;
	return other == BGP_ESTABLISHED ? BGP_COLLISION_THIS : BGP_COLLISION_OTHER;
}

enum bgp_accept bgp_collision_accept(enum bgp_state outgoing, enum bgp_state incoming, bool gr,
				     uint64_t up_ms)
{
	if (outgoing == BGP_ESTABLISHED || incoming == BGP_ESTABLISHED)
		return gr && up_ms >= BGP_YOUNG_MS ? BGP_ACCEPT_RESTART : BGP_ACCEPT_REFUSE;
	switch (incoming) {
	case BGP_IDLE: /* stopped, or held back after a failure */
		return BGP_ACCEPT_REFUSE;
	case BGP_ACTIVE:
		return BGP_ACCEPT;
	case BGP_OPENSENT:
		return BGP_ACCEPT_REPLACE;
	default: /* an OpenConfirm is a moment from Established */
		return BGP_ACCEPT_REFUSE;
	}
}
