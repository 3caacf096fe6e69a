#include "bgp/fsm/timers.h"

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t max_u64(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

uint32_t bgp_jitter_ms(uint64_t ms, uint32_t random)
{
	uint64_t quarter = ms / 4;

	return (uint32_t)min_u64(ms - quarter + quarter * random / UINT32_MAX, UINT32_MAX);
}

/* 1 s after the first failure, twice as long after each more */
static uint64_t back_off_ms(uint32_t failures, uint64_t max_ms)
{
	uint32_t doublings = failures ? failures - 1 : 0;

	return min_u64(1000ull << (doublings < 31 ? doublings : 31), max_ms);
}

/* hold times are 0 or at least 3 s, so this is 0 or at least 1 s (RFC 4271 4.4) */
static uint64_t keepalive_ms(const struct bgp_timer_conf *c)
{
	uint64_t third = c->hold_s * 1000ull / 3;

	return c->keepalive_s ? min_u64(third, c->keepalive_s * 1000ull) : third;
}

uint32_t bgp_timer_ms(enum bgp_timer which, const struct bgp_timer_conf *c, uint32_t random)
{
	switch (which) {
	case BGP_T_IDLE_HOLD:
		return bgp_jitter_ms(
			c->damp ? back_off_ms(c->failures, BGP_IDLE_HOLD_MAX_MS) : 1000, random);
	case BGP_T_RETRY:
		return bgp_jitter_ms(back_off_ms(c->failures, c->retry_s * 1000ull), random);
	case BGP_T_DELAY_OPEN:
		return c->delay_open_s * 1000u;
	case BGP_T_HOLD:
		return c->hold_s * 1000u;
	case BGP_T_KEEPALIVE: /* jitter must not bring it below 1 s */
		return (uint32_t)min_u64(keepalive_ms(c),
					 max_u64(bgp_jitter_ms(keepalive_ms(c), random), 1000));
	case BGP_T_SEND_HOLD:
		return c->hold_s ? (uint32_t)max_u64(480000, c->hold_s * 2000ull) : 0;
	default:
		return 0;
	}
}

static void start(struct bgp_timers *t, enum bgp_timer which, uint64_t now_ms, uint32_t ms)
{
	/* time 0 means "stopped"; a millisecond later harms nobody */
	t->at_ms[which] = max_u64(now_ms + ms, 1);
}

void bgp_timers_apply(struct bgp_timers *t, const struct bgp_timer_conf *c, uint32_t effects,
		      uint64_t now_ms, uint32_t random)
{
	static const struct {
		enum bgp_effect effect;
		enum bgp_timer timer;
	} starts[] = {
		{BGP_DO_START_IDLE_HOLD, BGP_T_IDLE_HOLD},
		{BGP_DO_START_RETRY, BGP_T_RETRY},
		{BGP_DO_START_DELAY_OPEN, BGP_T_DELAY_OPEN},
		{BGP_DO_START_HOLD, BGP_T_HOLD},
		{BGP_DO_START_KEEPALIVE, BGP_T_KEEPALIVE},
		{BGP_DO_START_SEND_HOLD, BGP_T_SEND_HOLD},
	};

	if (effects & BGP_DO_STOP_TIMERS)
		*t = (struct bgp_timers){0};
	for (unsigned i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		if (effects & starts[i].effect)
			start(t, starts[i].timer, now_ms, bgp_timer_ms(starts[i].timer, c, random));
	}
	if (effects & BGP_DO_START_OPEN_HOLD)
		start(t, BGP_T_HOLD, now_ms,
		      1000u * (c->incoming ? BGP_OPEN_HOLD_INCOMING_S : BGP_OPEN_HOLD_S));
}

bool bgp_timer_running(const struct bgp_timers *t, enum bgp_timer which)
{
	return t->at_ms[which] != 0;
}

static int earliest(const struct bgp_timers *t)
{
	int best = -1;

	for (int i = 0; i < BGP_N_TIMERS; i++) {
		if (t->at_ms[i] && (best < 0 || t->at_ms[i] < t->at_ms[best]))
			best = i;
	}
	return best;
}

uint64_t bgp_timers_next(const struct bgp_timers *t)
{
	int i = earliest(t);

	return i < 0 ? UINT64_MAX : t->at_ms[i];
}

enum bgp_event bgp_timers_expired(struct bgp_timers *t, uint64_t now_ms)
{
	static const enum bgp_event events[BGP_N_TIMERS] = {
		[BGP_T_IDLE_HOLD] = BGP_EV_IDLE_HOLD_EXPIRES,
		[BGP_T_RETRY] = BGP_EV_CONNECT_RETRY_EXPIRES,
		[BGP_T_DELAY_OPEN] = BGP_EV_DELAY_OPEN_EXPIRES,
		[BGP_T_HOLD] = BGP_EV_HOLD_EXPIRES,
		[BGP_T_KEEPALIVE] = BGP_EV_KEEPALIVE_EXPIRES,
		[BGP_T_SEND_HOLD] = BGP_EV_SEND_HOLD_EXPIRES,
	};
	int i = earliest(t);

	if (i < 0 || t->at_ms[i] > now_ms)
		return 0;
	t->at_ms[i] = 0;
	return events[i];
}
