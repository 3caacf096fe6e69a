/*
 * bgp/fsm - the decisions of BGP, without sockets and clocks
 *
 * fsm.c        RFC 4271 section 8.2.2: (state, event, attributes) to next state and effects
 * collision.c  which of two connections stays (RFC 4271 6.8, RFC 6286), which one to accept
 * timers.c     lengths with jitter and back-off, deadlines of one connection
 * graceful.c   RFC 4724 and 8538 on both sides: what to offer, what to keep, how to end
 *
 * What two OPENs agree on is bgp_open_agree() of bgp/wire/open.h.
 *
 * A neighbour has two slots, each a machine of its own: the outgoing one is started with event 1
 * or 3 and dials, the incoming one waits in Active as a passive one (event 4 or 5) and takes what
 * the listener accepts. When an OPEN arrives the collision rule leaves one of them. The neighbour's
 * visible state is the higher of the two. A connection that the rule closes (event 23, or a
 * Cease/Collision from the peer) counts as no failure and starts nothing. While one slot is up the
 * outgoing one does not dial (BGP_F_OTHER_UP); when the one that was up ends, the other, if it is
 * Idle and IdleHold does not run, is given event 6 (outgoing) or 5 (incoming).
 *
 * Where the text of the RFC and thirty years of practice differ, practice is done and the place
 * says so. These are:
 *  - a dial that fails goes to Active and waits for ConnectRetry there, never to Idle, so that the
 *    peer can reach us meanwhile; it counts as a failure, so that retries back off;
 *  - a passive neighbour has no ConnectRetry timer, which would make it dial;
 *  - IdleHold starts after every failure, with or without DampPeerOscillations: that attribute only
 *    makes it grow (timers.c);
 *  - a NOTIFICATION is never answered with one;
 *  - an error in a message header in Established is reported as such, not as an FSM error.
 * Left out: CollisionDetectEstablishedState (but see bgp_collision_open()).
 */
#include "bgp/fsm/fsm.h"

#include <stdbool.h>

#include "bgp/wire/notification.h"

/* what a NOTIFICATION says, as in struct bgp_step */
#define NOTIFY(code, subcode) ((uint16_t)((code) << 8 | (subcode)))
#define CEASE(subcode)        NOTIFY(BGP_ERR_CEASE, subcode)

static struct bgp_step step(enum bgp_state next, uint32_t effects)
{
	return (struct bgp_step){.next = next, .effects = effects};
}

static struct bgp_step stay(const struct bgp_fsm_input *in)
{
	return step(in->state, 0);
}

/*
 * Does leaving Established keep the peer's routes as stale? RFC 4724 4.2: when TCP just ended. With
 * the N bit also after a NOTIFICATION in either direction that is not Hard Reset (RFC 8538 4). When
 * the path itself is gone (BFD, link) nothing is worth keeping (RFC 5882 4.3).
 */
static bool keeps_stale(const struct bgp_fsm_input *in, uint16_t sent)
{
	bool received = in->event == BGP_EV_NOTIFICATION ||
			in->event == BGP_EV_NOTIFICATION_VERSION;
	uint16_t code = received ? in->code : sent;

	if (!(in->flags & BGP_F_GR))
		return false;
	if (in->event == BGP_EV_BFD_DOWN || in->event == BGP_EV_LINK_DOWN ||
	    in->event == BGP_EV_RESTART || in->event == BGP_EV_MANUAL_STOP)
		return false;
	if (!received && !sent)
		return true;
	return in->flags & BGP_F_NBIT && code != CEASE(BGP_CEASE_HARD_RESET);
}

/* to Idle from any state; @notify 0: in silence; @more: what this end has besides */
static struct bgp_step end(const struct bgp_fsm_input *in, uint16_t notify, uint32_t more)
{
	struct bgp_step s = step(BGP_IDLE, BGP_DO_STOP_TIMERS | BGP_DO_DROP | more);

	if (notify) {
		s.effects |= BGP_DO_NOTIFY;
		s.notify = notify;
	}
	if (in->state == BGP_ESTABLISHED)
		s.effects |= keeps_stale(in, notify) ? BGP_DO_DOWN_STALE : BGP_DO_DOWN;
	return s;
}

/* "increments the ConnectRetryCounter by 1, (optionally) performs peer oscillation damping" */
static struct bgp_step fail(const struct bgp_fsm_input *in, uint16_t notify)
{
	return end(in, notify, BGP_DO_COUNT | BGP_DO_START_IDLE_HOLD);
}

/* the code of an error event, or the general one of its class */
static uint16_t error_code(const struct bgp_fsm_input *in)
{
	if (in->code)
		return in->code;
	switch (in->event) {
	case BGP_EV_HEADER_ERROR:
		return NOTIFY(BGP_ERR_HEADER, 0);
	case BGP_EV_OPEN_ERROR:
		return NOTIFY(BGP_ERR_OPEN, 0);
	case BGP_EV_UPDATE_ERROR:
		return NOTIFY(BGP_ERR_UPDATE, 0);
	case BGP_EV_REFRESH_ERROR:
		return NOTIFY(BGP_ERR_REFRESH, BGP_REFRESH_BAD_LENGTH);
	default:
		return CEASE(BGP_CEASE_SHUTDOWN);
	}
}

/* a NOTIFICATION before the first OPEN was sent (RFC 4271 8.2.1.5) */
static uint16_t without_open(const struct bgp_fsm_input *in)
{
	const uint32_t both = BGP_F_NOTIFY_WITHOUT_OPEN | BGP_F_DELAY_OPEN_RUNNING;

	return (in->flags & both) == both ? error_code(in) : 0;
}

static struct bgp_step dial(uint32_t more)
{
	return step(BGP_CONNECT, more | BGP_DO_STOP_TIMERS | BGP_DO_START_RETRY | BGP_DO_DIAL);
}

/* wait for the peer; who may dial does so when ConnectRetry expires */
static struct bgp_step listen_only(const struct bgp_fsm_input *in, uint32_t more)
{
	return step(BGP_ACTIVE, more | BGP_DO_STOP_TIMERS |
					(in->flags & BGP_F_PASSIVE ? 0 : BGP_DO_START_RETRY));
}

static struct bgp_step idle(const struct bgp_fsm_input *in)
{
	bool passive = in->flags & BGP_F_PASSIVE;

	switch (in->event) {
	case BGP_EV_MANUAL_START:
	case BGP_EV_AUTOMATIC_START:
		if (!passive && in->flags & BGP_F_OTHER_UP)
			return step(BGP_IDLE, BGP_DO_STOP_TIMERS);
		return passive ? listen_only(in, BGP_DO_COUNT_ZERO) : dial(BGP_DO_COUNT_ZERO);
	case BGP_EV_MANUAL_START_PASSIVE:
	case BGP_EV_AUTOMATIC_START_PASSIVE:
		return listen_only(in, BGP_DO_COUNT_ZERO);
	case BGP_EV_AUTOMATIC_START_DAMPED:
	case BGP_EV_AUTOMATIC_START_DAMPED_PASSIVE:
		return step(BGP_IDLE, BGP_DO_START_IDLE_HOLD);
	case BGP_EV_IDLE_HOLD_EXPIRES:
		if (!passive && in->flags & BGP_F_OTHER_UP)
			return step(BGP_IDLE, BGP_DO_STOP_TIMERS);
		return passive ? listen_only(in, 0) : dial(0);
	case BGP_EV_MANUAL_STOP: /* also an automatic start that is due must not happen */
		return step(BGP_IDLE, BGP_DO_STOP_TIMERS | BGP_DO_COUNT_ZERO);
	case BGP_EV_RESTART:
		return step(BGP_IDLE, BGP_DO_STOP_TIMERS);
	case BGP_EV_TCP_INVALID:
	case BGP_EV_TCP_ACKED:
	case BGP_EV_TCP_CONFIRMED:
		return step(BGP_IDLE, BGP_DO_REFUSE);
	default:
		return stay(in);
	}
}

static struct bgp_step tcp_up(const struct bgp_fsm_input *in)
{
	if (in->flags & BGP_F_DELAY_OPEN)
		return step(in->state, BGP_DO_STOP_TIMERS | BGP_DO_START_DELAY_OPEN);
	return step(BGP_OPENSENT, BGP_DO_STOP_TIMERS | BGP_DO_SEND_OPEN | BGP_DO_START_OPEN_HOLD);
}

static struct bgp_step open_accepted(const struct bgp_fsm_input *in, uint32_t more)
{
	uint32_t timers = in->flags & BGP_F_HOLD_ZERO ? 0
						      : BGP_DO_START_HOLD | BGP_DO_START_KEEPALIVE;

	return step(BGP_OPENCONFIRM, more | BGP_DO_STOP_TIMERS | BGP_DO_SEND_KEEPALIVE | timers);
}

/* Connect and Active differ in one event only: who dials when ConnectRetry expires */
static struct bgp_step connect_or_active(const struct bgp_fsm_input *in)
{
	switch (in->event) {
	case BGP_EV_MANUAL_START:
	case BGP_EV_AUTOMATIC_START:
	case BGP_EV_MANUAL_START_PASSIVE:
	case BGP_EV_AUTOMATIC_START_PASSIVE:
	case BGP_EV_AUTOMATIC_START_DAMPED:
	case BGP_EV_AUTOMATIC_START_DAMPED_PASSIVE:
	case BGP_EV_TCP_VALID:
	case BGP_EV_BFD_DOWN: /* there is no session to take down */
		return stay(in);
	case BGP_EV_MANUAL_STOP:
		return end(in, 0, BGP_DO_COUNT_ZERO);
	case BGP_EV_RESTART:
		return end(in, 0, 0);
	case BGP_EV_CONNECT_RETRY_EXPIRES:
		if (in->flags & BGP_F_PASSIVE)
			return stay(in);
		if (in->flags & BGP_F_OTHER_UP)
			return end(in, 0, 0);
		return dial(in->state == BGP_CONNECT ? BGP_DO_DROP : 0);
	case BGP_EV_DELAY_OPEN_EXPIRES:
		return step(BGP_OPENSENT,
			    BGP_DO_STOP_TIMERS | BGP_DO_SEND_OPEN | BGP_DO_START_OPEN_HOLD);
	case BGP_EV_TCP_INVALID:
		return step(in->state, BGP_DO_REFUSE);
	case BGP_EV_TCP_ACKED:
	case BGP_EV_TCP_CONFIRMED:
		if (in->flags & BGP_F_DELAY_OPEN_RUNNING) /* this slot has a connection */
			return step(in->state, BGP_DO_TRACK);
		return tcp_up(in);
	case BGP_EV_TCP_FAILS:
		return listen_only(in, BGP_DO_DROP | BGP_DO_COUNT);
	case BGP_EV_OPEN_DELAYED:
		return open_accepted(in, BGP_DO_SEND_OPEN);
	case BGP_EV_HEADER_ERROR:
	case BGP_EV_OPEN_ERROR:
		return fail(in, without_open(in));
	case BGP_EV_NOTIFICATION_VERSION: /* not a failure if it answers no OPEN of ours */
		if (in->flags & BGP_F_DELAY_OPEN_RUNNING)
			return end(in, 0, BGP_DO_START_IDLE_HOLD);
		return fail(in, 0);
	default: /* 8, 10, 11, 13, 19, 23, 25-28 and later events */
		return fail(in, 0);
	}
}

/* OpenSent, OpenConfirm and Established share these ends */
static struct bgp_step connected(const struct bgp_fsm_input *in)
{
	switch (in->event) {
	case BGP_EV_MANUAL_START:
	case BGP_EV_AUTOMATIC_START:
	case BGP_EV_MANUAL_START_PASSIVE:
	case BGP_EV_AUTOMATIC_START_PASSIVE:
	case BGP_EV_AUTOMATIC_START_DAMPED:
	case BGP_EV_AUTOMATIC_START_DAMPED_PASSIVE:
	case BGP_EV_TCP_VALID:
		return stay(in);
	case BGP_EV_MANUAL_STOP:
		return end(in, error_code(in), BGP_DO_COUNT_ZERO);
	case BGP_EV_AUTOMATIC_STOP:
		return fail(in, error_code(in));
	case BGP_EV_RESTART: /* any NOTIFICATION could flush our routes at the peer */
		return end(in, 0, 0);
	case BGP_EV_HOLD_EXPIRES:
		return fail(in, NOTIFY(BGP_ERR_HOLD_TIMER, 0));
	case BGP_EV_SEND_HOLD_EXPIRES:
		return fail(in, NOTIFY(BGP_ERR_SEND_HOLD, 0));
	case BGP_EV_TCP_INVALID:
		return step(in->state, BGP_DO_REFUSE);
	case BGP_EV_TCP_ACKED:
	case BGP_EV_TCP_CONFIRMED:
		return step(in->state, BGP_DO_TRACK);
	case BGP_EV_TCP_FAILS:
	case BGP_EV_LINK_DOWN:
		return fail(in, 0);
	case BGP_EV_NOTIFICATION:
		if (in->code == CEASE(BGP_CEASE_COLLISION) && in->state != BGP_ESTABLISHED)
			return end(in, 0, in->flags & BGP_F_OTHER_UP ? 0 : BGP_DO_START_IDLE_HOLD);
		return fail(in, 0);
	case BGP_EV_NOTIFICATION_VERSION:
		if (in->state == BGP_ESTABLISHED)
			return fail(in, 0);
		return end(in, 0, BGP_DO_START_IDLE_HOLD);
	case BGP_EV_HEADER_ERROR:
	case BGP_EV_OPEN_ERROR:
		return fail(in, error_code(in));
	case BGP_EV_COLLISION_DUMP:
		return end(in, CEASE(BGP_CEASE_COLLISION), 0);
	case BGP_EV_BFD_DOWN:
		return fail(in, CEASE(BGP_CEASE_BFD_DOWN));
	default: /* RFC 6608: the subcode tells the state */
		return fail(in, NOTIFY(BGP_ERR_FSM, in->state - BGP_OPENSENT + 1));
	}
}

static struct bgp_step opensent(const struct bgp_fsm_input *in)
{
	switch (in->event) {
	case BGP_EV_TCP_FAILS:
		return listen_only(in, BGP_DO_DROP | BGP_DO_COUNT);
	case BGP_EV_OPEN:
		return open_accepted(in, 0);
	default:
		return connected(in);
	}
}

static struct bgp_step openconfirm(const struct bgp_fsm_input *in)
{
	bool hold = !(in->flags & BGP_F_HOLD_ZERO);

	switch (in->event) {
	case BGP_EV_KEEPALIVE_EXPIRES:
		return step(in->state, BGP_DO_SEND_KEEPALIVE | (hold ? BGP_DO_START_KEEPALIVE : 0));
	case BGP_EV_KEEPALIVE:
		return step(BGP_ESTABLISHED,
			    (hold ? BGP_DO_START_HOLD | BGP_DO_START_SEND_HOLD : 0) | BGP_DO_UP);
	default:
		return connected(in);
	}
}

static struct bgp_step established(const struct bgp_fsm_input *in)
{
	uint32_t hold = in->flags & BGP_F_HOLD_ZERO ? 0 : BGP_DO_START_HOLD;

	switch (in->event) {
	case BGP_EV_KEEPALIVE_EXPIRES:
		return step(in->state, BGP_DO_SEND_KEEPALIVE | (hold ? BGP_DO_START_KEEPALIVE : 0));
	case BGP_EV_KEEPALIVE:
		return step(in->state, hold);
	case BGP_EV_UPDATE:
		return step(in->state, hold | BGP_DO_UPDATE);
	case BGP_EV_REFRESH: /* the RFCs name KEEPALIVE and UPDATE only; all take any message */
		return step(in->state, hold | BGP_DO_REFRESH);
	case BGP_EV_UPDATE_ERROR:
	case BGP_EV_REFRESH_ERROR:
		return fail(in, error_code(in));
	case BGP_EV_PREFIX_LIMIT:
		return fail(in, CEASE(BGP_CEASE_MAX_PREFIXES));
	default:
		return connected(in);
	}
}

struct bgp_step bgp_fsm_step(const struct bgp_fsm_input *in)
{
	switch (in->state) {
	case BGP_IDLE:
		return idle(in);
	case BGP_CONNECT:
	case BGP_ACTIVE:
		return connect_or_active(in);
	case BGP_OPENSENT:
		return opensent(in);
	case BGP_OPENCONFIRM:
		return openconfirm(in);
	case BGP_ESTABLISHED:
		return established(in);
	default:
		abort(); /* not a state */
	}
}
