/*
 * rest - one BIG-IP over iControl REST (versions 11.6 to 17.x)
 *
 *   session.c      is the device there, and does it accept us? Up, down, tokens
 *   queue.c        which request goes out next; busy, broken and refused ones
 *   reply.c        what one reply means (pure)
 *   read.c         a partition into a bigip_state; items.c cuts big replies into pieces (pure)
 *   apply.c        a plan as single requests, one a change
 *   transaction.c  many plans that only create, validated together
 *   counters.c     numbers
 *
 * Level, not edge: whenever it is not sure what the device has done (a lost reply, a restart in
 * between), rest goes down and up again, and who uses it reads and plans anew. Nothing here
 * remembers writes across that.
 *
 * All callbacks to the user start in on_soon(), with no other code of ours on the stack: a user may
 * call anything from them, bigip_rest_close() too.
 *
 * Left out: HA (one device is one rest), config-sync, saving the configuration.
 */
#include <utlist.h>

#include "bigip/rest/internal.h"
#include "common/base/mem.h"

static const struct rest_timing default_timing = {
	.request_ms = 65000, /* the device itself gives up after 60 s */
	.login_ms = 30000,
	.logout_ms = 2000,
	.retry_min_ms = 1000,
	.retry_max_ms = 30000,
	.refused_min_ms = 60000,
	.refused_max_ms = 900000,
	.busy_min_ms = 1000, /* the first wait is 0.5 to 1 s */
	.busy_max_ms = 8000,
	.busy_limit_ms = 60000,
	.poll_ms = 1000,
	.poll_limit_ms = 300000,
	.basic_ms = 600000,
	.token_s = 36000,
};

/* ---- the device comes and goes ---- */

unsigned rest_backoff(struct backoff *b, unsigned min_ms, unsigned max_ms)
{
	b->min_ms = min_ms;
	b->max_ms = max_ms;
	return backoff_next(b, arc4random());
}

unsigned rest_retry_delay(struct bigip_rest *r)
{
	return rest_backoff(&r->session.retry, r->timing.retry_min_ms, r->timing.retry_max_ms);
}

static void on_retry(uv_timer_t *t)
{
	session_resume(t->data);
}

static bool is_news(const struct bigip_rest *r, const struct error *why)
{
	return r->status.up || !r->told_down || r->why.code != why->code;
}

void rest_down(struct bigip_rest *r, const struct error *why, unsigned delay_ms)
{
	struct session *s = &r->session;

	if (rest_closed(r))
		return;
	if (s->http)
		httpc_cancel(s->http);
	s->http = NULL;
	r->tell_down |= is_news(r, why);
	r->told_down = true;
	r->tell_up = false;
	r->why = *why;
	count_up(r, false);
	s->state = SESSION_DOWN;
	snprintf(r->status.last_error, sizeof(r->status.last_error), "%s", why->msg);
	r->busy = false;
	uv_timer_stop(&r->pause);
	uv_timer_start(&s->timer, on_retry, delay_ms, 0);
	rest_soon(r);
}

void rest_went_up(struct bigip_rest *r)
{
	count_up(r, true);
	count_success(r);
	r->transactions_refused = false;
	r->tell_up = true;
	rest_soon(r);
}

/* ---- callbacks to the user ---- */

/* what waits for a transaction is queued as much as a request is */
static void bulk_fail(struct bigip_rest *r)
{
	struct apply_op *op, *tmp;

	DL_FOREACH_SAFE (r->bulk, op, tmp) {
		DL_DELETE(r->bulk, op);
		apply_fail(op, &r->why);
	}
	r->n_bulk_changes = 0;
}

static void on_soon(uv_timer_t *t)
{
	struct bigip_rest *r = t->data;

	if (!bigip_rest_is_up(r)) {
		bulk_fail(r);
		queue_flush(r);
	} else {
		transaction_start_some(r);
	}
	if (r->tell_down && !rest_closed(r)) {
		struct error why = r->why;

		r->tell_down = false;
		if (r->on_down)
			r->on_down(r->ctx, &why);
	}
	apply_tell_all(r);
	read_tell_all(r);
	if (rest_closed(r))
		return;
	session_drained(r);
	if (r->tell_up) {
		r->tell_up = false;
		if (r->on_up)
			r->on_up(r->ctx);
	}
}

void rest_soon(struct bigip_rest *r)
{
	if (!rest_closed(r) && !uv_is_active((uv_handle_t *)&r->soon))
		uv_timer_start(&r->soon, on_soon, 0, 0);
}

/* ---- the interface ---- */

struct rest_partition *rest_partition(struct bigip_rest *r, const char *name)
{
	struct rest_partition *p;

	LL_FOREACH (r->partitions, p) {
		if (str_eq(p->name, name))
			return p;
	}
	p = mem_alloc(sizeof(*p));
	p->name = mem_strdup(name);
	LL_PREPEND(r->partitions, p);
	return p;
}

/* "https://host[:port]", perhaps with a slash at the end; credentials do not belong there */
static char *base_of(const char *url, struct error *err)
{
	const char *host = url ? strstr(url, "://") : NULL;
	size_t n = url ? strlen(url) : 0;

	while (n > 0 && url[n - 1] == '/')
		n--;
	if (!host || (!str_starts(url, "https://") && !str_starts(url, "http://")) ||
	    host + 3 >= url + n || memchr(host + 3, '/', n - (size_t)(host + 3 - url)) ||
	    strpbrk(url, "@?# \t\r\n")) {
		err_set(err, ERR_INPUT, 0,
			"the URL of the BIG-IP is not of the form https://host[:port]");
		return NULL;
	}
	return mem_strndup(url, n);
}

static void init_timer(struct bigip_rest *r, uv_timer_t *t)
{
	uv_timer_init(r->loop, t);
	t->data = r;
	r->open_handles++;
}

int bigip_rest_new(uv_loop_t *loop, const struct bigip_rest_settings *s, struct bigip_rest **ret,
		   struct error *err)
{
	struct bigip_rest *r = mem_alloc(sizeof(*r));
	unsigned connections = s->connections ? s->connections : 4;
	struct httpc_settings http = {
		.ca_pem = s->ca_pem,
		.insecure = s->insecure,
		.max_connections = connections + 1, /* one for the session's own requests */
		.user_agent = s->user_agent,
	};

	r->base = base_of(s->url, err);
	if (!r->base || httpc_new(loop, &http, &r->http, err) < 0) {
		free(r->base);
		free(r);
		return -1;
	}
	r->loop = loop;
	r->connections = connections;
	r->batch = s->batch;
	r->timing = default_timing;
	counters_init(r, s->metrics);
	r->on_up = s->on_up;
	r->on_down = s->on_down;
	r->ctx = s->ctx;
	init_timer(r, &r->soon);
	init_timer(r, &r->pause);
	init_timer(r, &r->session.timer);
	session_init(r, s->username, s->password);
	err_set(&r->why, ERR_RETRY, 0, "not logged in to %s yet", r->base);
	uv_timer_start(&r->session.timer, on_retry, 0, 0);
	count_up(r, false);
	*ret = r;
	return 0;
}

void bigip_rest_credentials(struct bigip_rest *r, const char *username, const char *password)
{
	session_use(r, username, password);
}

bool bigip_rest_is_up(const struct bigip_rest *r)
{
	return r->session.state == SESSION_UP || r->session.state == SESSION_RENEW;
}

void bigip_rest_status(const struct bigip_rest *r, struct bigip_rest_status *ret)
{
	*ret = r->status;
	ret->in_flight = r->n_flying;
	ret->queued = r->n_queued;
}

/* ---- the end ---- */

static void release(struct bigip_rest *r)
{
	struct rest_partition *p, *tmp;

	LL_FOREACH_SAFE (r->partitions, p, tmp) {
		free(p->name);
		free(p);
	}
	session_release(&r->session);
	str_release(&r->url);
	free(r->base);
	free(r);
}

void rest_handle_closed(struct bigip_rest *r)
{
	if (--r->open_handles == 0)
		release(r);
}

static void on_closed(uv_handle_t *h)
{
	rest_handle_closed(h->data);
}

void rest_shut(struct bigip_rest *r)
{
	httpc_close(r->http);
	uv_close((uv_handle_t *)&r->soon, on_closed);
	uv_close((uv_handle_t *)&r->pause, on_closed);
	uv_close((uv_handle_t *)&r->session.timer, on_closed);
}

void bigip_rest_close(struct bigip_rest *r)
{
	if (!r || rest_closed(r))
		return;
	queue_free(r);
	uv_timer_stop(&r->soon);
	uv_timer_stop(&r->pause);
	session_end(r);
	transaction_free_all(r);
	apply_free_all(r);
	read_free_all(r);
}
