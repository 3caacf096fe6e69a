/*
 * drain - let pool members go slowly: no new connections for a while, then removal. Pure.
 *
 * A member drains (session user-disabled) when its endpoint terminates but still serves, or when it
 * is on the device and no endpoint of it is left. The second case is all that can be seen through
 * Endpoints objects, which drop a pod as soon as it is told to end. It ends at once when the
 * endpoint stops serving, is not ready, or was terminating and is gone; it is over when the
 * endpoint serves again; else it ends after the drain time.
 */
#ifndef CONTROLLER_TRANSLATE_DRAIN_H
#define CONTROLLER_TRANSLATE_DRAIN_H

#include "controller/translate/translate.h"

struct tr_draining;

/* what is kept between two runs for one ConfigMap, and only while something drains.
 * Zero-initialise. */
struct tr_drain {
	struct tr_draining *list; /* by bigip_member_cmp() */
	size_t n;
};

struct tr_drain_input {
	const struct bigip_member
		*before; /* the pool's members on the device, sorted as in struct bigip_pool */
	size_t n_before;
	uint64_t drain_us; /* 0: members are removed at once */
	uint64_t now_us;   /* monotonic */
};

/**
 * tr_drain_app - tr_app() that drains (settings->drain and in->draining are not looked at)
 *
 * Returns when to run it again, in @drain->now_us's clock; 0 if no member waits for its time.
 * Nodeport mode and iApps do not drain: nodes do not terminate, and a table row cannot be disabled.
 */
uint64_t tr_drain_app(struct tr_drain *d, const struct tr_settings *settings,
		      const struct tr_input *in, const struct tr_drain_input *drain,
		      struct bigip_app *ret, struct tr_status *ret_status);
void tr_drain_release(struct tr_drain *d);

#endif
