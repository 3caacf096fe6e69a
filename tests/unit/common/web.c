#include "check.h"

#include "web.h"

#include <utlist.h>

#include "common/base/mem.h"
#include "common/ev/loop.h"

struct late {
	uv_timer_t timer;
	struct web *web;
	struct httpd_request *req;
	struct late *prev, *next;
};

static void on_late_closed(uv_handle_t *h)
{
	free(h->data);
}

static void late_free(struct late *l)
{
	l->web->at_once--;
	DL_DELETE(l->web->late, l);
	uv_close((uv_handle_t *)&l->timer, on_late_closed);
}

static void on_late(uv_timer_t *t)
{
	struct late *l = t->data;

	httpd_reply(l->req, 200, "text/plain", NULL, "late", 4);
	late_free(l);
}

static void serve_late(struct web *w, struct httpd_request *req, unsigned ms)
{
	struct late *l = mem_alloc(sizeof(*l));

	l->web = w;
	l->req = req;
	l->timer.data = l;
	DL_APPEND(w->late, l);
	httpd_set_data(req, l);
	uv_timer_init(&w->loop, &l->timer);
	uv_timer_start(&l->timer, on_late, ms, 0);
	if (++w->at_once > w->most_at_once)
		w->most_at_once = w->at_once;
}

static void serve_echo(struct httpd_request *req)
{
	const char *test = httpd_header(req, "x-test");
	struct strbuf b = {0};
	size_t len;
	const char *body = httpd_body(req, &len);

	str_addf(&b, "%s|%s|%s|%s|", httpd_method(req), httpd_path(req), httpd_query(req),
		 test ? test : "-");
	str_add_mem(&b, body, len);
	httpd_reply(req, 200, "text/plain", NULL, str_get(&b), b.len);
	str_release(&b);
}

static void serve_big(struct httpd_request *req, size_t n)
{
	char *body = mem_alloc(n + 1);

	memset(body, 'x', n);
	httpd_reply(req, 200, "application/octet-stream", NULL, body, n);
	free(body);
}

static void on_request(void *ctx, struct httpd_request *req)
{
	static const char *const retry[] = {"Retry-After: 7", NULL};
	const char *path = httpd_path(req);
	unsigned long long n = 0;
	struct web *w = ctx;
	char hundred[100];

	memset(hundred, 'h', sizeof(hundred));
	w->asked++;
	assert_string_equal(httpd_peer(req), "127.0.0.1");
	(void)str_to_u64(httpd_query(req), 0, 1ull << 32, &n);
	if (str_eq(path, "/late")) {
		serve_late(w, req, (unsigned)n);
	} else if (str_eq(path, "/big")) {
		serve_big(req, n);
	} else if (str_eq(path, "/cut")) {
		httpd_reply_cut(req, 200, "text/plain", hundred, sizeof(hundred), n);
	} else if (str_eq(path, "/drop")) {
		httpd_drop(req);
	} else if (str_eq(path, "/status")) {
		httpd_reply(req, (int)n, "text/plain", retry, "said so", 7);
	} else if (str_eq(path, "/hang")) {
		w->hanging = req;
	} else if (str_eq(path, "/stream")) {
		w->stream = req;
		httpd_stream_begin(req, 200, "application/json");
	} else {
		serve_echo(req);
	}
}

static void on_gone(void *ctx, struct httpd_request *req)
{
	struct web *w = ctx;

	w->gone++;
	if (w->stream == req)
		w->stream = NULL;
	if (w->hanging == req)
		w->hanging = NULL;
	if (httpd_data(req))
		late_free(httpd_data(req));
}

void web_start(struct web *w, const struct web_settings *s)
{
	struct httpd_settings server = {
		.address = "127.0.0.1",
		.max_body = s->max_body,
		.on_request = on_request,
		.on_gone = on_gone,
		.ctx = w,
	};
	struct httpc_settings client = s->client;
	struct error err = {0};

	memset(w, 0, sizeof(*w));
	uv_loop_init(&w->loop);
	uv_timer_init(&w->loop, &w->deadline);
	w->tls = s->tls;
	if (s->tls) {
		w->ca = cert_make_ca("test CA");
		w->server = cert_make(&w->ca, "server", "IP:127.0.0.1");
		server.cert_pem = w->server.cert_pem;
		server.key_pem = w->server.key_pem;
		if (!client.ca_pem && !client.ca_file)
			client.ca_pem = w->ca.cert_pem;
	}
	if (httpd_new(&w->loop, &server, &w->httpd, &err) < 0)
		fail_msg("%s", err.msg);
	if (httpc_new(&w->loop, &client, &w->httpc, &err) < 0)
		fail_msg("%s", err.msg);
}

void web_stop(struct web *w)
{
	httpc_close(w->httpc);
	httpd_close(w->httpd);
	uv_close((uv_handle_t *)&w->deadline, NULL);
	assert_int_equal(ev_loop_drain(&w->loop, 5000), 0);
	cert_release(&w->ca);
	cert_release(&w->server);
}

int web_stream(void *ctx, const char *data, size_t len)
{
	struct outcome *o = ctx;

	str_add_mem(&o->streamed, data, len);
	o->pieces++;
	return o->on_data ? o->on_data(o) : 0;
}

static void on_done(void *ctx, const struct httpc_reply *reply)
{
	struct outcome *o = ctx;

	o->done++;
	o->call = NULL;
	o->status = reply->status;
	str_add_mem(&o->body, reply->body, reply->len);
	(void)snprintf(o->content_type, sizeof(o->content_type), "%s", reply->content_type);
	o->retry_after_ms = reply->retry_after_ms;
	o->maybe_sent = reply->maybe_sent;
	o->err = reply->err;
	if (o->on_done)
		o->on_done(o);
}

const char *web_url(struct web *w, const char *path)
{
	static char url[512];

	(void)snprintf(url, sizeof(url), "http%s://127.0.0.1:%u%s", w->tls ? "s" : "",
		       httpd_port(w->httpd), path);
	return url;
}

void web_send(struct web *w, struct outcome *o, const char *path, struct httpc_request req)
{
	struct error err = {0};

	o->web = w;
	if (!req.method)
		req.method = req.body ? "POST" : "GET";
	req.url = path[0] == '/' ? web_url(w, path) : path;
	if (o->on_data)
		req.on_data = web_stream;
	req.on_done = on_done;
	req.ctx = o;
	o->call = httpc_send(w->httpc, &req, &err);
	if (!o->call)
		fail_msg("%s", err.msg);
	assert_int_equal(o->done, 0);
}

static void on_deadline(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

static void start_deadline(struct web *w, unsigned ms)
{
	w->expired = false;
	w->deadline.data = &w->expired;
	uv_update_time(&w->loop);
	uv_timer_start(&w->deadline, on_deadline, ms, 0);
}

void web_wait(struct web *w, const unsigned *n, unsigned want)
{
	start_deadline(w, 10000);
	while (*n < want && !w->expired)
		uv_run(&w->loop, UV_RUN_ONCE);
	uv_timer_stop(&w->deadline);
	if (*n < want)
		fail_msg("waited in vain: %u of %u", *n, want);
}

void web_run_ms(struct web *w, unsigned ms)
{
	start_deadline(w, ms);
	while (!w->expired)
		uv_run(&w->loop, UV_RUN_ONCE);
}

void outcome_release(struct outcome *o)
{
	str_release(&o->body);
	str_release(&o->streamed);
	*o = (struct outcome){0};
}
