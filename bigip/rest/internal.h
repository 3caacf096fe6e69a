/* shared by the files of rest (and by its tests, for the timing) */
#ifndef BIGIP_REST_INTERNAL_H
#define BIGIP_REST_INTERNAL_H

#include "bigip/rest/reply.h"
#include "bigip/rest/rest.h"
#include "common/base/backoff.h"
#include "common/base/str.h"
#include "common/ev/httpc.h"

struct rest_answer {
	/* OK, DONE, CONFLICT, VANISHED, REFUSED; anything else: there is no answer, the device is
	   down (or, for a "big" request, gave up on it) */
	enum bigip_reply_verdict verdict;
	int status;
	const char *body; /* borrowed; "" when it went to on_data */
	size_t len;
	const struct error *err; /* for all but OK and DONE: method, path and the device's words */
};

/* one request to the device, from rest_send() until done() */
struct rest_call {
	const char *method; /* static */
	char *path;         /* given; "/mgmt/tm/..." with the query */
	char *body;         /* given; NULL: none */
	char *transaction;  /* given; X-F5-REST-Coordination-Id, or NULL */
	enum bigip_priority priority;
	bool big; /* a reply that is too much for the device is the caller's to handle: UNKNOWN */
	/* GET only: takes a 2xx body as it comes; data NULL: it starts again from the beginning */
	void (*on_data)(void *ctx, const char *data, size_t len);
	void (*done)(void *ctx, const struct rest_answer *a); /* once, never from rest_send() */
	void *ctx;

	/* the queue's own */
	struct bigip_rest *r;
	struct rest_call *prev, *next;
	struct httpc_call *http;
	uint64_t sent_us;
	unsigned generation; /* of the session that it was sent with */
	bool repeated;       /* once already after a broken connection */
	bool relogged;       /* once already after a 401 */
};

enum session_state {
	SESSION_DOWN,  /* waits for the retry timer */
	SESSION_LOGIN, /* login, extension and probe are under way; the device is down */
	SESSION_DRAIN, /* accepted, but requests of before are not answered yet */
	SESSION_UP,
	SESSION_RENEW,  /* up; the queue waits for a new token */
	SESSION_CLOSED, /* logging out */
};

struct rest_timing {
	unsigned request_ms, login_ms, logout_ms;
	unsigned retry_min_ms, retry_max_ms;     /* unreachable or not ready */
	unsigned refused_min_ms, refused_max_ms; /* credentials: PAM may lock accounts */
	unsigned busy_min_ms, busy_max_ms, busy_limit_ms;
	unsigned poll_ms, poll_limit_ms; /* a commit that takes longer */
	unsigned basic_ms;               /* how long Basic stands in for tokens */
	unsigned token_s;                /* what we extend a token to */
};

struct session {
	enum session_state state;
	char *username, *password;
	char *token;       /* NULL with Basic */
	char *auth_header; /* "X-F5-Auth-Token: ..." or "Authorization: Basic ..." */
	unsigned generation;
	uint64_t login_us;  /* when the request for the token left */
	uint64_t timeout_s; /* of the token, from then on */
	bool extended;      /* that was tried already */
	bool resumed;       /* the probe under way tries a token of before the outage */
	struct httpc_call *http;
	const char *method; /* of that */
	uint64_t sent_us;
	uv_timer_t timer; /* the next attempt, or the next renewal */
	struct backoff retry, refused;
	bool by_credentials; /* why it is down */
};

/* what is known of a partition that was read */
struct rest_partition {
	struct rest_partition *next;
	char *name;
	struct bigip_reading reading;
	uint32_t paged; /* bits of kinds that the device cannot answer in one piece */
};

struct rest_counters { /* NULL: not wanted */
	struct metric *requests, *retries;
	struct series *seconds, *up, *in_flight, *logins, *last_success;
};

struct apply_op;
struct read_op;
struct transaction;

struct bigip_rest {
	uv_loop_t *loop;
	struct httpc *http;
	char *base;        /* "https://host:port" */
	struct strbuf url; /* scratch */
	unsigned connections, batch;
	struct rest_timing timing;
	struct session session;

	struct rest_call *queue[BIGIP_BULK + 1], *flying;
	unsigned n_queued, n_flying;
	uv_timer_t pause; /* while the device is busy */
	struct backoff busy_backoff;
	bool busy;              /* one request at a time until one is answered */
	uint64_t busy_since_us; /* valid while busy */

	struct rest_partition *partitions;
	struct read_op *reads, *reads_done;
	struct apply_op *applies, *applies_done; /* under way as single requests; to be told */
	struct apply_op *bulk;                   /* wait for a transaction */
	size_t n_bulk_changes;
	struct transaction *transactions;
	unsigned n_transactions;
	bool transactions_refused; /* until the next on_up */

	/* the user's callbacks run from here and from nowhere else */
	uv_timer_t soon;
	bool tell_up, tell_down, told_down;
	struct error why;
	void (*on_up)(void *ctx);
	void (*on_down)(void *ctx, const struct error *why);
	void *ctx;

	struct bigip_rest_status status;
	struct rest_counters counters;
	unsigned open_handles;
};

/* ---- rest.c ---- */
void rest_soon(struct bigip_rest *r); /* run what waits for the next turn of the loop */
void rest_went_up(struct bigip_rest *r);
void rest_handle_closed(struct bigip_rest *r); /* one of open_handles; frees @r with the last */
struct rest_partition *rest_partition(struct bigip_rest *r, const char *name); /* made as needed */
static inline bool rest_closed(const struct bigip_rest *r)
{
	return r->session.state == SESSION_CLOSED;
}

/**
 * rest_down - the device cannot be used: answer everything queued, try again after @delay_ms
 * @why: for people
 */
void rest_down(struct bigip_rest *r, const struct error *why, unsigned delay_ms);
unsigned rest_retry_delay(struct bigip_rest *r);
unsigned rest_backoff(struct backoff *b, unsigned min_ms, unsigned max_ms);

/* ---- counters.c ---- */
void counters_init(struct bigip_rest *r, struct metrics *m);
void count_up(struct bigip_rest *r, bool up);
void count_in_flight(struct bigip_rest *r);
void count_request(struct bigip_rest *r, const char *method, int status, uint64_t sent_us);
void count_retry(struct bigip_rest *r, const char *reason);
void count_login(struct bigip_rest *r);
void count_success(struct bigip_rest *r);

/* ---- session.c ---- */
void session_init(struct bigip_rest *r, const char *username, const char *password);
void session_begin(struct bigip_rest *r);  /* log in now */
void session_resume(struct bigip_rest *r); /* try again after an outage */
/** session_unauthorized - a request of session @generation got 401 and may be repeated */
void session_unauthorized(struct bigip_rest *r, unsigned generation);
/** session_refused - a request got 401 right after a new login */
void session_refused(struct bigip_rest *r, const struct error *why);
void session_drained(struct bigip_rest *r);
void session_use(struct bigip_rest *r, const char *username, const char *password);
void session_end(struct bigip_rest *r); /* log out; then rest_shut() */
void session_release(struct session *s);
void rest_shut(struct bigip_rest *r);

/* ---- queue.c ---- */
void rest_send(struct bigip_rest *r, const struct rest_call *call);
void queue_pump(struct bigip_rest *r);
void queue_flush(struct bigip_rest *r); /* answers all queued: the device is down */
void queue_free(struct bigip_rest *r);

/* ---- read.c ---- */
void read_tell_all(struct bigip_rest *r); /* the callbacks of reads_done */
void read_free_all(struct bigip_rest *r);
/** read_parse_object - one object from a GET reply; given; NULL with @err */
struct bigip_object *read_parse_object(struct bigip_rest *r, enum bigip_kind kind,
				       const char *partition, const char *body, size_t len,
				       struct error *err);

/* ---- apply.c ---- */
struct apply_op {
	struct apply_op *prev, *next;
	struct bigip_rest *r;
	struct bigip_plan plan;
	struct bigip_result *results; /* one per change */
	size_t at;                    /* the change under way */
	enum bigip_priority priority;
	bigip_rest_apply_fn *fn;
	void *ctx;
};

void apply_start_singles(struct apply_op *op); /* not in any list; from change 0 */
void apply_done(struct apply_op *op);          /* not in any list; tell the user soon */
void apply_fail(struct apply_op *op, const struct error *err); /* nothing was done; apply_done() */
void apply_tell_all(struct bigip_rest *r);
void apply_free(struct apply_op *op);
void apply_free_all(struct bigip_rest *r);

struct change_request {
	const char *method;
	char *path, *body; /* given */
};
/** apply_request - the one request that makes change @c, and the one place that refuses to write
 * where we must not */
int apply_request(const struct bigip_plan *plan, const struct bigip_change *c,
		  struct change_request *ret, struct error *err);

/* ---- transaction.c ---- */
bool transaction_wants(const struct bigip_rest *r, const struct bigip_plan *plan);
void transaction_queue(struct apply_op *op); /* not in any list */
void transaction_start_some(struct bigip_rest *r);
void transaction_free_all(struct bigip_rest *r);

#endif
