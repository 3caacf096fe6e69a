/*
 * rest - one BIG-IP over iControl REST: session, reads, ordered writes
 *
 * Few keep-alive connections, bounded requests in flight, urgent work first. A device that is
 * unreachable, not ready or refuses our credentials is "down": nothing is sent but probes with
 * backoff, everything queued comes back as ERR_RETRY, and on_up tells when to read the state and
 * plan again (level, not edge). 401 logs in again once; 503 waits and repeats that request.
 */
#ifndef BIGIP_REST_REST_H
#define BIGIP_REST_REST_H

#include <uv.h>

#include "bigip/plan/plan.h"
#include "common/base/metrics.h"

struct bigip_rest;

struct bigip_rest_settings {
	const char *url; /* "https://host[:port]"; everything is copied */
	const char *username, *password;
	const char *ca_pem; /* NULL: the system's store */
	bool insecure;
	unsigned connections; /* to the device, default 4 */
	unsigned batch;       /* objects per transaction for bulk creates, default 100; 0: never use
				 transactions */
	const char *user_agent;  /* User-Agent header */
	struct metrics *metrics; /* kept; NULL: none */
	/* the device answers and accepts us (again): read it and plan. Never from inside a call
	 * into rest. */
	void (*on_up)(void *ctx);
	/* it stopped doing so, or does not do so in the first place, or the reason is another one
	   now; @why is for people */
	void (*on_down)(void *ctx, const struct error *why);
	void *ctx;
};

/** bigip_rest_new - starts logging in at once; *ret is given: bigip_rest_close() it */
int bigip_rest_new(uv_loop_t *loop, const struct bigip_rest_settings *s, struct bigip_rest **ret,
		   struct error *err);
/** bigip_rest_credentials - use these from now on; a device that is down because of credentials is
 * tried at once */
void bigip_rest_credentials(struct bigip_rest *r, const char *username, const char *password);
bool bigip_rest_is_up(const struct bigip_rest *r);

/**
 * bigip_rest_read - read every kind of ours in @partition, with members and profiles
 * @digest: in: the digest of the last read, 0 for none; when the device's answers are byte for byte
 * the same, nothing is parsed and the callback gets state NULL with the same digest (how a verify
 * pass at rest costs next to nothing)
 *
 * 8 GETs; when @digest no longer fits and the partition is large (over 1 MiB of one kind), 8 more.
 * Devices that cannot answer a large partition in one piece are read in pages of 100. A partition
 * that does not exist is ERR_GONE with a message that says how to create it. The callback gets a
 * state (given) and the reading settings of the partition, or an error; never both; on an error
 * nothing is known (never an empty state).
 */
typedef void bigip_rest_read_fn(void *ctx, struct bigip_state *given,
				const struct bigip_reading *reading, uint64_t digest,
				const struct error *err);
void bigip_rest_read(struct bigip_rest *r, const char *partition, uint64_t digest,
		     bigip_rest_read_fn *fn, void *ctx);

enum bigip_outcome {
	BIGIP_DONE, /* the device accepted it (or it was already so: DELETE of a missing object) */
	BIGIP_CONFLICT,  /* POST of an object that exists: @observed is what is there; plan again */
	BIGIP_VANISHED,  /* PATCH of an object that does not exist; plan again */
	BIGIP_REFUSED,   /* the device says it is wrong: @err has its message; nothing helps but a
			    change */
	BIGIP_NOT_TRIED, /* a change before it in the plan failed, or the device is down */
};

struct bigip_result {
	const struct bigip_change *change;
	enum bigip_outcome outcome;
	struct json_object *reply; /* borrowed; NULL if none */
	struct bigip_object
		*observed; /* CONFLICT: given to the callback's owner (take it and set NULL) */
	struct error err;  /* for all but DONE */
};

enum bigip_priority {
	BIGIP_URGENT /* members of living pools */,
	BIGIP_NORMAL,
	BIGIP_BULK /* first sync: may share a transaction */
};

/**
 * bigip_rest_apply - send the changes of @plan in order; stops at the first that is not DONE
 * @plan: its contents are taken, *plan is left empty
 * @fn:   called once with one result per change, from the loop (never from inside
 *        bigip_rest_apply); plan and results are borrowed for the call
 *
 * One request a change (and one GET to see what is in the way of a CONFLICT). A plan for /Common,
 * or with an object of another partition, is refused without a request. When the reply to a write
 * is lost, the result is NOT_TRIED with "outcome unknown" in its error, and on_down and on_up
 * follow: read what the device has done.
 *
 * BULK plans that only create may be sent together in transactions (their results carry no reply);
 * a refused transaction is split until the bad plan is alone, the others land. Two plans of one
 * owner are the caller's to keep apart.
 */
typedef void bigip_rest_apply_fn(void *ctx, struct bigip_plan *plan, struct bigip_result *results,
				 size_t n);
void bigip_rest_apply(struct bigip_rest *r, struct bigip_plan *plan, enum bigip_priority priority,
		      bigip_rest_apply_fn *fn, void *ctx);

/* for metrics and people */
struct bigip_rest_status {
	bool up;
	unsigned in_flight, queued;
	uint64_t requests, writes, retries, logins;
	uint64_t last_success_us; /* monotonic; 0 never */
	char last_error[256];
};
void bigip_rest_status(const struct bigip_rest *r, struct bigip_rest_status *ret);

/** bigip_rest_close - drops everything queued (no callback is called any more), deletes the token,
 * frees
 * @r when its handles have closed */
void bigip_rest_close(struct bigip_rest *r);

#endif
