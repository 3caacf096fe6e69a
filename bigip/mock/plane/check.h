/*
 * check.h - monitors at work: probes every monitored member of a view and says when a state changes
 *
 * Members that share a monitor, an address and a port share the probes. A new view keeps the state
 * of whatever is in both.
 */
#ifndef BIGIP_MOCK_PLANE_CHECK_H
#define BIGIP_MOCK_PLANE_CHECK_H

#include <uv.h>

#include "bigip/mock/plane/layout.h"

struct checker;

struct checker_settings {
	/* the state of one member, at first and whenever it changes; @reason is NULL or the text
	   for its statistics */
	void (*member)(void *ctx, const char *pool, const char *member,
		       const struct layout_health *health, const char *reason);
	void *ctx;
};

struct checker *checker_new(uv_loop_t *loop, const struct checker_settings *s);
void checker_update(struct checker *c, const struct traffic_view *view);
/** checker_health - of a member of the last view; TRAFFIC_UNCHECKED if unmonitored or unknown */
struct layout_health checker_health(const struct checker *c, const char *pool, const char *member);
void checker_close(struct checker *c); /* no call-back after this; NULL is fine */

#endif
