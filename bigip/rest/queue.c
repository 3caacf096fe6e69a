/*
 * queue - which request goes out next, and what its reply means for all others
 *
 * At most r->connections requests are in flight. Of those that wait, urgent ones go first, so a
 * member change passes a bulk load between two of its requests. A request leaves the queue for good
 * only with a verdict of the device about itself; 401, 503 and a stale connection put it back to
 * its head, and everything that says "the device is not usable" is answered by rest_down().
 */
#include <utlist.h>

#include "bigip/rest/internal.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

static void call_free(struct rest_call *c)
{
	free(c->path);
	free(c->body);
	free(c->transaction);
	free(c);
}

static bool usable(const struct bigip_rest *r)
{
	return r->session.state == SESSION_UP || r->session.state == SESSION_RENEW;
}

static void answer(struct rest_call *c, enum bigip_reply_verdict v, const struct httpc_reply *reply,
		   const struct error *err)
{
	struct rest_answer a = {
		.verdict = v,
		.status = reply ? reply->status : 0,
		.body = reply ? reply->body : "",
		.len = reply ? reply->len : 0,
		.err = err,
	};

	c->done(c->ctx, &a);
	call_free(c);
}

void queue_flush(struct bigip_rest *r)
{
	for (unsigned p = BIGIP_URGENT; p <= BIGIP_BULK; p++) {
		while (r->queue[p]) {
			struct rest_call *c = r->queue[p];

			DL_DELETE(r->queue[p], c);
			r->n_queued--;
			answer(c, BIGIP_REPLY_NOT_READY, NULL, &r->why);
		}
	}
}

void queue_free(struct bigip_rest *r)
{
	struct rest_call *c, *tmp;

	for (unsigned p = BIGIP_URGENT; p <= BIGIP_BULK; p++) {
		DL_FOREACH_SAFE (r->queue[p], c, tmp)
			call_free(c);
		r->queue[p] = NULL;
	}
	DL_FOREACH_SAFE (r->flying, c, tmp) {
		httpc_cancel(c->http);
		call_free(c);
	}
	r->flying = NULL;
	r->n_flying = r->n_queued = 0;
}

static void put_back(struct rest_call *c)
{
	struct bigip_rest *r = c->r;

	DL_PREPEND(r->queue[c->priority], c);
	r->n_queued++;
}

/* ---- the device is busy ---- */

static void on_pause_over(uv_timer_t *t)
{
	queue_pump(t->data);
}

static unsigned busy_delay(struct bigip_rest *r, int64_t retry_after_ms)
{
	unsigned ms = rest_backoff(&r->busy_backoff, r->timing.busy_min_ms, r->timing.busy_max_ms);

	if (retry_after_ms > ms)
		ms = retry_after_ms > r->timing.busy_limit_ms ? r->timing.busy_limit_ms
							      : (unsigned)retry_after_ms;
	return ms;
}

static void device_busy(struct rest_call *c, const struct httpc_reply *reply,
			const struct error *err)
{
	struct bigip_rest *r = c->r;
	uint64_t now = clock_mono_us();

	if (!r->busy)
		r->busy_since_us = now;
	r->busy = true;
	count_retry(r, "busy");
	put_back(c);
	if (now - r->busy_since_us > r->timing.busy_limit_ms * 1000ull)
		rest_down(r, err, rest_retry_delay(r));
	else if (!uv_is_active((uv_handle_t *)&r->pause))
		uv_timer_start(&r->pause, on_pause_over, busy_delay(r, reply->retry_after_ms), 0);
}

static void device_works(struct bigip_rest *r)
{
	count_success(r);
	r->busy = false;
	uv_timer_stop(&r->pause);
	backoff_reset(&r->busy_backoff);
	backoff_reset(&r->session.retry);
	backoff_reset(&r->session.refused);
}

/* ---- replies ---- */

static enum err_kind kind_of(enum bigip_reply_verdict v, int status)
{
	if (v > BIGIP_REPLY_REFUSED || status >= 500)
		return ERR_RETRY;
	if (status == 404)
		return ERR_GONE;
	return status == 409 ? ERR_CONFLICT : ERR_INPUT;
}

static void unauthorized(struct rest_call *c, const struct error *err)
{
	struct bigip_rest *r = c->r;

	if (c->relogged && c->generation == r->session.generation) {
		session_refused(r, err);
		answer(c, BIGIP_REPLY_AUTH, NULL, err);
		return;
	}
	/* of several requests in flight only the first finds the token still current */
	c->relogged |= c->generation == r->session.generation;
	count_retry(r, "unauthorized");
	put_back(c);
	session_unauthorized(r, c->generation);
}

static bool too_big(const struct rest_call *c, enum bigip_reply_verdict v, int status)
{
	return c->big && (v == BIGIP_REPLY_UNKNOWN || (v == BIGIP_REPLY_REFUSED && status == 500));
}

static void unusable(struct rest_call *c, enum bigip_reply_verdict v, const struct error *err)
{
	struct bigip_rest *r = c->r;

	/* after an unknown outcome the device most likely lives: look at once what it has done */
	rest_down(r, err, v == BIGIP_REPLY_UNKNOWN ? 0 : rest_retry_delay(r));
	answer(c, v, NULL, err);
}

static void judge(struct rest_call *c, const struct httpc_reply *reply)
{
	struct bigip_rest *r = c->r;
	char message[BIGIP_MESSAGE_MAX];
	struct error err = {0};
	enum bigip_reply_verdict v = bigip_reply_classify(
		c->method, reply->status, reply->content_type, reply->body, reply->len, message);

	if (v != BIGIP_REPLY_OK && v != BIGIP_REPLY_DONE)
		err_set(&err, kind_of(v, reply->status), reply->status, "%s %s: %d: %s", c->method,
			c->path, reply->status, message);
	if (v <= BIGIP_REPLY_REFUSED && !too_big(c, v, reply->status)) {
		device_works(r);
		answer(c, v, reply, &err);
	} else if (!usable(r)) {
		answer(c, BIGIP_REPLY_NOT_READY, NULL, &r->why);
	} else if (too_big(c, v, reply->status)) {
		answer(c, BIGIP_REPLY_UNKNOWN, NULL, &err);
	} else if (v == BIGIP_REPLY_BUSY) {
		device_busy(c, reply, &err);
	} else if (v == BIGIP_REPLY_AUTH) {
		unauthorized(c, &err);
	} else {
		unusable(c, v, &err);
	}
}

/* no complete reply came */
static void broken(struct rest_call *c, const struct httpc_reply *reply)
{
	struct bigip_rest *r = c->r;
	bool read = str_eq(c->method, "GET");
	bool timed_out = clock_mono_us() - c->sent_us >= r->timing.request_ms * 1000ull;
	struct error err = reply->err;

	err.kind = ERR_RETRY;
	if (!usable(r)) {
		answer(c, BIGIP_REPLY_NOT_READY, NULL, &r->why);
	} else if (read && reply->maybe_sent && !timed_out && !c->repeated) {
		c->repeated = true; /* most likely a keep-alive connection that had been closed */
		count_retry(r, "connection");
		put_back(c);
	} else if (c->big && timed_out && reply->maybe_sent) {
		err_wrap(&err, "%s %s", c->method, c->path);
		answer(c, BIGIP_REPLY_UNKNOWN, NULL, &err);
	} else if (read || !reply->maybe_sent) {
		err_wrap(&err, "%s %s", c->method, c->path);
		unusable(c, BIGIP_REPLY_NOT_READY, &err);
	} else {
		err_wrap(&err, "%s %s: outcome unknown", c->method, c->path);
		unusable(c, BIGIP_REPLY_UNKNOWN, &err);
	}
}

static void on_reply(void *ctx, const struct httpc_reply *reply)
{
	struct rest_call *c = ctx;
	struct bigip_rest *r = c->r;

	DL_DELETE(r->flying, c);
	r->n_flying--;
	count_in_flight(r);
	c->http = NULL;
	count_request(r, c->method, reply->status, c->sent_us);
	if (reply->err.kind != ERR_NONE)
		broken(c, reply);
	else
		judge(c, reply);
	if (r->n_flying == 0)
		session_drained(r);
	queue_pump(r);
}

/* ---- sending ---- */

static int on_data(void *ctx, const char *data, size_t len)
{
	struct rest_call *c = ctx;

	c->on_data(c->ctx, data, len);
	return 0;
}

static void call_send(struct rest_call *c)
{
	struct bigip_rest *r = c->r;
	autofree char *coordination = NULL;
	const char *headers[4] = {"Content-Type: application/json", r->session.auth_header};
	struct httpc_request req = {
		.method = c->method,
		.headers = headers,
		.body = c->body,
		.body_len = c->body ? strlen(c->body) : 0,
		.timeout_ms = r->timing.request_ms,
		.on_data = c->on_data ? on_data : NULL,
		.on_done = on_reply,
		.ctx = c,
	};
	struct error err = {0};

	if (c->transaction)
		headers[2] = coordination = mem_printf("X-F5-REST-Coordination-Id: %s",
						       c->transaction);
	if (c->on_data)
		c->on_data(c->ctx, NULL, 0);
	str_clear(&r->url);
	str_add(&r->url, r->base);
	str_add(&r->url, c->path);
	req.url = str_get(&r->url);
	c->generation = r->session.generation;
	c->sent_us = clock_mono_us();
	c->http = httpc_send(r->http, &req, &err);
	if (!c->http) { /* the URL is of our own making: a name that cannot be in one */
		answer(c, BIGIP_REPLY_REFUSED, NULL, &err);
		return;
	}
	DL_APPEND(r->flying, c);
	r->n_flying++;
	count_in_flight(r);
}

static struct rest_call *take(struct bigip_rest *r)
{
	for (unsigned p = BIGIP_URGENT; p <= BIGIP_BULK; p++) {
		struct rest_call *c = r->queue[p];

		if (c) {
			DL_DELETE(r->queue[p], c);
			r->n_queued--;
			return c;
		}
	}
	return NULL;
}

void queue_pump(struct bigip_rest *r)
{
	unsigned slots = r->busy ? 1 : r->connections;
	struct rest_call *c;

	if (r->session.state != SESSION_UP || uv_is_active((uv_handle_t *)&r->pause))
		return;
	while (r->n_flying < slots && (c = take(r)))
		call_send(c);
}

void rest_send(struct bigip_rest *r, const struct rest_call *call)
{
	struct rest_call *c = mem_dup(call, sizeof(*call));

	c->r = r;
	DL_APPEND(r->queue[c->priority], c);
	r->n_queued++;
	if (usable(r))
		queue_pump(r);
	else
		rest_soon(r); /* answers it: the device is down */
}
