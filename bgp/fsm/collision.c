#include "bgp/fsm/collision.h"

enum bgp_slot bgp_collision_keeps(struct bgp_speaker_id local, struct bgp_speaker_id remote)
{
	bool local_wins = local.id != remote.id ? local.id > remote.id : local.as > remote.as;

	return local_wins ? BGP_OUTGOING : BGP_INCOMING;
}

enum bgp_collision bgp_collision_open(struct bgp_speaker_id local, struct bgp_speaker_id remote,
				      enum bgp_slot slot, enum bgp_state other)
{
	switch (other) {
	case BGP_ESTABLISHED: /* CollisionDetectEstablishedState is off */
		return BGP_COLLISION_THIS;
	case BGP_OPENCONFIRM:
		return bgp_collision_keeps(local, remote) == slot ? BGP_COLLISION_OTHER
								  : BGP_COLLISION_THIS;
	default:
		return BGP_COLLISION_NONE;
	}
}

enum bgp_accept bgp_collision_accept(enum bgp_state outgoing, enum bgp_state incoming, bool gr)
{
	if (outgoing == BGP_ESTABLISHED || incoming == BGP_ESTABLISHED)
		return gr ? BGP_ACCEPT_RESTART : BGP_ACCEPT_REFUSE;
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
