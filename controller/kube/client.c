/*
 * client - requests to the API server
 *
 * A call goes WAITING (credentials are being renewed) -> SENT -> done. Everything shares one httpc
 * client, so with HTTP/2 one connection. When a certificate file or an exec plugin's certificate
 * changes, a new httpc client takes over for new calls and the old one is closed once its last call
 * has ended.
 */
#include "controller/kube/client.h"

#include <sys/random.h>
#include <utlist.h>
#include <uv.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/ev/httpc.h"
#include "controller/kube/auth.h"

enum {
	CLOSE_WAIT_MS = 2000, /* for calls that outlive the client */
	REREAD_EVERY_US =
		10000000, /* look at certificate files after failures, no more often than this */
};

enum call_state { CALL_WAITING, CALL_FAILED, CALL_SENT };

struct kube_call {
	struct kube_client *client;
	struct kube_call *prev, *next;
	enum call_state state;
	struct transport *transport;
	struct httpc_call *http;
	char *method, *path, *content_type, *body;
	size_t body_len, max_body;
	unsigned timeout_ms, stall_ms;
	int (*on_data)(void *ctx, const char *data, size_t len);
	void (*on_done)(void *ctx, const struct kube_reply *reply);
	void *ctx;
	bool free_ctx, outlives, repeated;
	unsigned serial; /* of the credentials that were sent */
	uint64_t sent_us;
	struct error err; /* of CALL_FAILED */
};

/* an httpc client and how many calls use it */
struct transport {
	struct httpc *httpc;
	unsigned n_calls;
	uint64_t last_byte_us; /* of any reply */
};

struct kube_client {
	uv_loop_t *loop;
	struct kube_config *config;
	struct kube_auth *auth;
	struct metric *requests, *lists; /* NULL: nobody counts */
	struct kube_tuning tuning;
	struct transport *transport;
	unsigned serial; /* of the credentials when @transport was made */
	struct kube_call *calls;
	uv_timer_t timer; /* failed calls are reported from the loop; the wait at the end */
	uint64_t next_reread_us;
	uint64_t random;
	bool closing, closed;
};

static const struct kube_tuning default_tuning = {
	.list_limit = 500,
	.max_page = 64 << 20,
	.max_event = 8 << 20,
	.request_timeout_ms = 30000,
	.watch_min_s = 290,
	.watch_max_s = 600,
	.watch_margin_ms = 30000,
	.bookmark_ms = 150000,
	.backoff_min_ms = 1600, /* the first wait is half of it at least */
	.backoff_max_ms = 30000,
	.settle_ms = 1000,
	.retry_after_max_ms = 120000,
	.unhealthy_ms = 60000,
	.lease_second_ms = 1000,
	.event_refill_ms = 30000,
};

/* ---- transport ---- */

static int transport_new(struct kube_client *c, struct transport **ret, struct error *err)
{
	const struct kube_config *config = c->config;
	struct httpc_settings s = {
		.ca_pem = config->ca.text,
		.cert_pem = config->cert.text,
		.key_pem = config->key.text,
		.insecure = config->insecure,
		.http2 = str_starts(config->server,
				    "https://"), /* else curl waits to see whether it might be */
	};
	const char *key, *cert = kube_auth_cert(c->auth, &key);
	struct httpc *httpc;

	if (cert) {
		s.cert_pem = cert;
		s.key_pem = key;
	}
	if (httpc_new(c->loop, &s, &httpc, err) < 0)
		return err_wrap(err, "kubeconfig '%s'", config->origin);
	c->serial = kube_auth_serial(c->auth);
	*ret = mem_alloc(sizeof(**ret));
	(*ret)->httpc = httpc;
	return 0;
}

static void transport_unref(struct kube_client *c, struct transport *t)
{
	if (t && --t->n_calls == 0 && t != c->transport) {
		httpc_close(t->httpc);
		free(t);
	}
}

/* certificates changed: new calls get a new connection; on failure the old one goes on */
static void transport_replace(struct kube_client *c)
{
	struct transport *old = c->transport, *t;
	struct error err;

	if (transport_new(c, &t, &err) < 0)
		return;
	c->transport = t;
	old->n_calls++;
	transport_unref(c, old);
}

/* the connection or our certificate failed: perhaps the files hold newer ones */
static void look_for_certificates(struct kube_client *c)
{
	uint64_t now = clock_mono_us();

	if (now < c->next_reread_us)
		return;
	c->next_reread_us = now + REREAD_EVERY_US;
	if (kube_config_reread(c->config))
		transport_replace(c);
}

static void call_fail(struct kube_call *call, const struct error *err);

/* @call ended unanswered after its time; did nothing at all arrive in that time? */
static bool transport_dead(const struct kube_call *call, const struct httpc_reply *r)
{
	uint64_t limit_us = (call->timeout_ms ? call->timeout_ms : call->stall_ms) * 1000ull,
		 now = clock_mono_us();

	limit_us -= limit_us / 16; /* timers and bytes are not seen at the same moment */
	return r->err.kind == ERR_RETRY && limit_us > 0 && now - call->sent_us >= limit_us &&
	       now - call->transport->last_byte_us >= limit_us;
}

/*
 * A connection whose other end is gone looks fine until TCP gives up, after many minutes; and with
 * HTTP/2 everything goes through it. New calls get a new one, and whoever waits on the old one is
 * told now.
 */
static void transport_bury(struct kube_client *c, struct transport *dead)
{
	struct kube_call *call;
	struct error err;

	if (dead != c->transport)
		return;
	log_warn("kube.connection_dead", kv_str("server", c->config->server));
	transport_replace(c);
	(void)err_set(&err, ERR_RETRY, 0, "nothing came through the connection to %s for a while",
		      c->config->server);
	DL_FOREACH (c->calls, call) {
		if (call->transport != dead || !call->http)
			continue;
		httpc_cancel(call->http);
		call->http = NULL;
		call_fail(call, &err);
	}
}

/* ---- calls ---- */

static void call_free(struct kube_call *call)
{
	DL_DELETE(call->client->calls, call);
	transport_unref(call->client, call->transport);
	free(call->method);
	free(call->path);
	free(call->content_type);
	free(call->body);
	free(call);
}

static void close_when_done(struct kube_client *c);

static void call_done(struct kube_call *call, const struct kube_reply *reply)
{
	struct kube_client *c = call->client;
	void (*on_done)(void *ctx, const struct kube_reply *reply) = call->on_done;
	void *ctx = call->ctx;

	call_free(call);
	if (on_done)
		on_done(ctx, reply);
	close_when_done(c);
}

static void report_failed(uv_timer_t *timer)
{
	struct kube_client *c = timer->data;
	struct kube_call *call;

	do { /* a callback may add and cancel calls: look from the start each time */
		DL_FOREACH (c->calls, call)
			if (call->state == CALL_FAILED)
				break;
		if (call) {
			const struct kube_reply reply = {
				.body = "", .retry_after_ms = -1, .err = call->err};

			call_done(call, &reply);
		}
	} while (call && !c->closing);
}

/* tell the caller from the loop, never from inside kube_call_start() */
static void call_fail(struct kube_call *call, const struct error *err)
{
	call->state = CALL_FAILED;
	call->err = *err;
	if (!call->client->closing)
		uv_timer_start(&call->client->timer, report_failed, 0, 0);
}

/* the message of a Status object, which every refusal of the API carries */
static bool read_status(const struct httpc_reply *r, struct kube_reply *to)
{
	struct json_object *o = NULL;
	struct error ignored;
	bool is_status = false;

	if (r->len > 0 && js_parse(r->body, r->len, &o, &ignored) == 0 &&
	    str_eq(js_str(o, "kind", ""), "Status")) {
		int64_t wait_s = js_int(o, "details.retryAfterSeconds", -1);

		(void)err_set(&to->err, ERR_NONE, 0, "%.400s",
			      js_str(o, "message", js_str(o, "reason", "")));
		if (to->retry_after_ms < 0 && wait_s >= 0 && wait_s < 86400)
			to->retry_after_ms = wait_s * 1000;
		is_status = true;
	}
	json_object_put(o);
	return is_status;
}

static enum err_kind kind_of(int status)
{
	switch (status) {
	case 404:
	case 410:
		return ERR_GONE;
	case 409:
		return ERR_CONFLICT;
	case 401: /* credentials rotate */
	case 408:
	case 429:
		return ERR_RETRY;
	default:
		return status >= 500 ? ERR_RETRY : ERR_INPUT;
	}
}

static void explain(const struct kube_call *call, const struct httpc_reply *r,
		    struct kube_reply *to)
{
	int path_len = (int)strcspn(call->path, "?");

	if (r->err.kind != ERR_NONE) {
		to->err = r->err;
	} else if (r->status < 200 || r->status > 299) {
		to->is_status = read_status(r, to);
		if (!to->is_status)
			(void)err_set(&to->err, ERR_NONE, 0, "%.200s", r->body);
		to->err.msg[strcspn(to->err.msg, "\r\n")] = '\0';
		(void)err_wrap(&to->err, "HTTP %d", r->status);
		to->err.kind = kind_of(r->status);
		to->err.code = r->status;
	} else {
		return;
	}
	(void)err_wrap(&to->err, "%s %.*s", call->method, path_len, call->path);
}

static void count_request(const struct kube_call *call, int status);
static void send_waiting(struct kube_client *c);

static void on_http_done(void *ctx, const struct httpc_reply *r)
{
	struct kube_call *call = ctx;
	struct kube_client *c = call->client;
	struct kube_reply reply = {.status = r->status,
				   .body = r->body,
				   .len = r->len,
				   .retry_after_ms = r->retry_after_ms};

	call->http = NULL;
	count_request(call, r->status);
	if (r->status > 0)
		call->transport->last_byte_us = clock_mono_us();
	if (!c->closing && transport_dead(call, r))
		transport_bury(c, call->transport);
	if (r->status == 401 || (r->status == 0 && r->err.kind != ERR_NONE))
		look_for_certificates(c);
	if (r->status == 401 && !call->repeated && !c->closing &&
	    kube_auth_rejected(c->auth, call->serial)) {
		call->repeated = true;
		transport_unref(c, call->transport);
		call->transport = NULL;
		call->state = CALL_WAITING;
		send_waiting(c);
		return;
	}
	explain(call, r, &reply);
	call_done(call, &reply);
}

static int on_http_data(void *ctx, const char *data, size_t len)
{
	struct kube_call *call = ctx;

	call->transport->last_byte_us = clock_mono_us();
	return call->on_data(call->ctx, data, len);
}

static void call_send(struct kube_call *call)
{
	struct kube_client *c = call->client;
	autofree char *url = mem_printf("%s%s", c->config->server, call->path);
	autofree char *type = call->body ? mem_printf("Content-Type: %s", call->content_type)
					 : NULL;
	const char *headers[4] = {"Accept: application/json"};
	const char *auth = kube_auth_header(c->auth);
	size_t n = 1;
	struct error err;

	if (!str_empty(auth))
		headers[n++] = auth;
	if (type)
		headers[n++] = type;
	call->transport = c->transport;
	call->transport->n_calls++;
	call->state = CALL_SENT;
	call->serial = kube_auth_serial(c->auth);
	call->sent_us = clock_mono_us();
	call->http = httpc_send(call->transport->httpc,
				&(struct httpc_request){
					.method = call->method,
					.url = url,
					.headers = headers,
					.body = call->body,
					.body_len = call->body_len,
					.timeout_ms = call->timeout_ms,
					.stall_ms = call->stall_ms,
					.max_body = call->max_body,
					.on_data = call->on_data ? on_http_data : NULL,
					.on_done = on_http_done,
					.ctx = call,
				},
				&err);
	if (!call->http)
		call_fail(call, &err);
}

/* send what waits when there are credentials, else get some */
static void send_waiting(struct kube_client *c)
{
	const char *key;
	struct kube_call *call;

	if (!kube_auth_header(c->auth)) {
		kube_auth_renew(c->auth);
		return;
	}
	if (kube_auth_cert(c->auth, &key) && kube_auth_serial(c->auth) != c->serial)
		transport_replace(c);
	DL_FOREACH (c->calls, call)
		if (call->state == CALL_WAITING)
			call_send(call);
}

static void on_credentials(void *ctx, const struct error *err)
{
	struct kube_client *c = ctx;
	struct kube_call *call;

	if (err->kind == ERR_NONE) {
		send_waiting(c);
		return;
	}
	DL_FOREACH (c->calls, call)
		if (call->state == CALL_WAITING)
			call_fail(call, err);
}

struct kube_call *kube_call_start(struct kube_client *c, const struct kube_call_settings *s)
{
	struct kube_call *call = mem_alloc(sizeof(*call));

	call->client = c;
	call->method = mem_strdup(s->method);
	call->path = mem_strdup(s->path);
	call->content_type = mem_strdup(s->content_type ? s->content_type : "application/json");
	if (s->body) {
		const char *text = js_text(s->body, &call->body_len);

		call->body = mem_dup(text, call->body_len);
		json_object_put(s->body);
	}
	call->max_body = s->max_body;
	call->timeout_ms = s->timeout_ms;
	call->stall_ms = s->stall_ms;
	call->on_data = s->on_data;
	call->on_done = s->on_done;
	call->free_ctx = s->free_ctx;
	call->ctx = s->ctx;
	call->outlives = s->outlives;
	DL_APPEND(c->calls, call);
	send_waiting(c);
	return call;
}

void kube_call_cancel(struct kube_call *call)
{
	if (!call)
		return;
	if (call->http)
		httpc_cancel(call->http);
	if (call->free_ctx)
		free(call->ctx);
	call_free(call);
}

/* ---- metrics ---- */

static void add_metrics(struct kube_client *c, struct metrics *m)
{
	static const char *const request_labels[] = {"method", "code", NULL},
				 *const list_labels[] = {"kind", NULL};

	c->requests = metrics_add(
		m, METRIC_COUNTER, "podlane_kube_requests_total",
		"requests to the Kubernetes API by method and status; watches count when they end",
		request_labels);
	c->lists = metrics_add(
		m, METRIC_COUNTER, "podlane_kube_lists_total",
		"complete lists by kind; more than one each: a watch could not go on", list_labels);
}

static void count_request(const struct kube_call *call, int status)
{
	char code[12] = "error";

	if (!call->client->requests)
		return;
	if (status > 0)
		(void)snprintf(code, sizeof(code), "%d", status);
	series_add(metric_with(call->client->requests, call->method, code), 1);
}

void kube_client_count_list(struct kube_client *c, const char *kind)
{
	if (c->lists)
		series_add(metric_with(c->lists, kind), 1);
}

/* ---- life ---- */

int kube_client_new(uv_loop_t *loop, struct kube_config *config, struct metrics *metrics,
		    struct kube_client **ret, struct error *err)
{
	struct kube_client *c = mem_alloc(sizeof(*c));

	c->loop = loop;
	c->config = config;
	if (metrics)
		add_metrics(c, metrics);
	c->tuning = default_tuning;
	if (getrandom(&c->random, sizeof(c->random), GRND_NONBLOCK) != sizeof(c->random))
		c->random = clock_mono_us();
	c->auth = kube_auth_new(loop, config, on_credentials, c);
	if (transport_new(c, &c->transport, err) < 0) {
		kube_auth_close(c->auth);
		kube_config_free(config);
		free(c);
		return -1;
	}
	uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	*ret = c;
	return 0;
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h->data);
}

static void cancel_calls(struct kube_client *c)
{
	struct kube_call *call, *next;

	DL_FOREACH_SAFE (c->calls, call, next) {
		if (call->outlives)
			continue;
		kube_call_cancel(call);
	}
}

/* those that were waited for in vain are told, so that they can free what they hold */
static void give_up(struct kube_client *c)
{
	struct kube_reply reply = {.body = "", .retry_after_ms = -1};

	(void)err_set(&reply.err, ERR_RETRY, 0, "the client was closed");
	while (c->calls) {
		struct kube_call *call = c->calls;

		if (call->http)
			httpc_cancel(call->http);
		call->http = NULL;
		call_done(call, &reply);
	}
}

static void finish(uv_timer_t *timer)
{
	struct kube_client *c = timer->data;

	c->closed = true;
	give_up(c);
	httpc_close(c->transport->httpc);
	free(c->transport);
	kube_auth_close(c->auth);
	kube_config_free(c->config);
	uv_close((uv_handle_t *)timer, on_timer_closed);
}

static void close_when_done(struct kube_client *c)
{
	if (c->closing && !c->closed && !c->calls)
		uv_timer_start(&c->timer, finish, 0, 0);
}

void kube_client_close(struct kube_client *c)
{
	if (!c || c->closing)
		return;
	c->closing = true;
	c->requests = c->lists =
		NULL; /* what outlives the close outlives the owner's metrics too */
	cancel_calls(c);
	uv_timer_start(&c->timer, finish, c->calls ? CLOSE_WAIT_MS : 0, 0);
}

uv_loop_t *kube_client_loop(const struct kube_client *c)
{
	return c->loop;
}

struct kube_tuning *kube_client_tuning(struct kube_client *c)
{
	return &c->tuning;
}

uint32_t kube_client_random(struct kube_client *c) /* splitmix64: spreads timers, nothing secret */
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)((z ^ z >> 31) >> 32);
}
