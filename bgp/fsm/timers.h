#ifndef BGP_FSM_TIMERS_H
#define BGP_FSM_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "bgp/fsm/fsm.h"

enum bgp_timer {
	BGP_T_IDLE_HOLD,
	BGP_T_RETRY,
	BGP_T_DELAY_OPEN,
	BGP_T_HOLD,
	BGP_T_KEEPALIVE,
	BGP_T_SEND_HOLD,
	BGP_N_TIMERS,
};

enum {
	BGP_OPEN_HOLD_S = 240,         /* "a large value" until the OPEN came (RFC 4271 8.2.2) */
	BGP_OPEN_HOLD_INCOMING_S = 30, /* who dialled us has no reason to wait */
	BGP_IDLE_HOLD_MAX_MS = 120000,
	BGP_STABLE_MS = 300000, /* a session that lived so long clears what came before */
};

/* what the lengths follow from; all in the units of their names */
struct bgp_timer_conf {
	uint32_t retry_s;      /* ConnectRetryTime: the longest wait between two dials, > 0 */
	uint32_t delay_open_s; /* if BGP_F_DELAY_OPEN */
	uint16_t hold_s;       /* negotiated; 0: none */
	uint16_t keepalive_s;  /* configured; 0: hold / 3 */
	uint32_t failures;     /* ConnectRetryCounter */
	bool damp;             /* DampPeerOscillations: IdleHold grows with the failures */
	bool incoming;
};

/** bgp_jitter_ms - @ms times a factor that @random spreads over [0.75, 1.0] (RFC 4271 section 10)
 */
uint32_t bgp_jitter_ms(uint64_t ms, uint32_t random);

/**
 * bgp_timer_ms - how long @which runs when it is started now
 * @random: any 32 bits; hold and send hold have no jitter
 *
 * Retry: 1, 2, 4 ... s up to retry_s, so that a router that boots later than the node is found
 * soon. Keepalive: at most a third of the hold time, at least 1 s. Hold is hold_s;
 * bgp_timers_apply() knows about OPEN. Send hold: RFC 9687, max(8 min, 2 * hold). 0 if the timer is
 * not used.
 */
uint32_t bgp_timer_ms(enum bgp_timer which, const struct bgp_timer_conf *c, uint32_t random);

/* the deadlines of one connection; zeroed: none runs. Times are of one monotonic clock */
struct bgp_timers {
	uint64_t at_ms[BGP_N_TIMERS]; /* 0: stopped */
};

/** bgp_timers_apply - performs the timer effects of a step; the others are the session's */
void bgp_timers_apply(struct bgp_timers *t, const struct bgp_timer_conf *c, uint32_t effects,
		      uint64_t now_ms, uint32_t random);

bool bgp_timer_running(const struct bgp_timers *t, enum bgp_timer which);

/** bgp_timers_next - the earliest deadline, or UINT64_MAX if none runs */
uint64_t bgp_timers_next(const struct bgp_timers *t);

/**
 * bgp_timers_expired - stops the timer that is due at @now_ms and says which event that is, the
 * earliest first; 0 if none is. Call it again after each step, until it returns 0.
 *
 * Before the event of the hold timer counts, read what the socket holds: a late loop is our fault.
 */
enum bgp_event bgp_timers_expired(struct bgp_timers *t, uint64_t now_ms);

#endif
