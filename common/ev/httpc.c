/*
 * httpc - curl's multi-socket interface on a libuv loop
 *
 * curl tells which descriptors to watch (on_socket -> uv_poll) and when to be called at the latest
 * (on_timer -> one uv_timer). Whatever happens ends in act(), the only place that runs transfers;
 * after each act() finished transfers are collected in settle().
 *
 * curl forbids calls into a multi from its own callbacks, and users do call httpc_* from on_data.
 * So those only leave a mark (cancelled, want_pause, closing, a place in the queue) while
 * client->inside is not 0, and settle() carries the marks out. httpc_send() always just queues:
 * on_done can never come from inside it.
 *
 * With HTTP/1.1 max_connections is kept by our own queue, so that a request that waits for its turn
 * costs no curl handle and its time-out counts from its start. With HTTP/2 curl decides how many
 * requests share a connection.
 *
 * Left out on purpose: redirects, cookies, proxies (all addresses are inside the cluster or on the
 * management network; environment variables must not send credentials elsewhere), compression.
 * curl itself repeats a request once on a new connection when a kept-alive one turns out to be
 * closed before any byte of a reply, also for POST: writers must cope with a repeated write.
 *
 * RFC 9110, RFC 9112, RFC 9113; libcurl 7.88.
 */
#include "common/ev/httpc.h"

#include <assert.h>
#include <utlist.h>

#include "common/base/mem.h"
#include "common/ev/httpc_int.h"
#include "common/ev/loop.h"

enum {
	DEFAULT_MAX_BODY = 64 << 20,
	DEFAULT_CONNECT_TIMEOUT_MS = 10000,
};

struct httpc_socket {
	uv_poll_t poll;
	struct httpc *client;
	curl_socket_t fd;
	struct httpc_socket *prev, *next;
};

static void settle(struct httpc *c);

/* ---- curl's wishes ---- */

static void act(struct httpc *c, curl_socket_t fd, int flags)
{
	int running;

	c->inside++;
	(void)curl_multi_socket_action(c->multi, fd, flags, &running);
	c->inside--;
	settle(c);
}

static void handle_closed(struct httpc *c)
{
	if (--c->open_handles > 0)
		return;
	free(c->ca_pem);
	free(c->cert_pem);
	str_wipe(c->key_pem);
	free(c->key_pem);
	free(c->user_agent);
	free(c);
	curl_global_cleanup();
}

static void on_handle_closed(uv_handle_t *h)
{
	handle_closed(h->data);
}

static void on_socket_closed(uv_handle_t *h)
{
	struct httpc_socket *s = h->data;
	struct httpc *c = s->client;

	free(s);
	handle_closed(c);
}

static void socket_free(struct httpc_socket *s)
{
	DL_DELETE(s->client->sockets, s);
	uv_close((uv_handle_t *)&s->poll, on_socket_closed); /* stops watching at once */
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct httpc_socket *s = h->data;
	int flags = 0;

	if (status < 0)
		flags = CURL_CSELECT_ERR;
	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(s->client, s->fd, flags);
}

static struct httpc_socket *socket_new(struct httpc *c, curl_socket_t fd)
{
	struct httpc_socket *s = mem_alloc(sizeof(*s));

	s->client = c;
	s->fd = fd;
	s->poll.data = s;
	if (uv_poll_init_socket(c->loop, &s->poll, fd) < 0) {
		free(s);
		return NULL;
	}
	c->open_handles++;
	DL_APPEND(c->sockets, s);
	curl_multi_assign(c->multi, fd, s);
	return s;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct httpc_socket *s = socket_ctx;
	struct httpc *c = ctx;
	int events = 0;

	if (what == CURL_POLL_REMOVE) {
		if (s) {
			curl_multi_assign(c->multi, fd, NULL);
			socket_free(s);
		}
		return 0;
	}
	if (!s && !(s = socket_new(c, fd)))
		return -1;
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	return uv_poll_start(&s->poll, events, on_poll);
}

static void on_timeout(uv_timer_t *t)
{
	act(t->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long timeout_ms, void *ctx)
{
	struct httpc *c = ctx;

	if (c->shut)
		return 0;
	if (timeout_ms < 0) {
		uv_timer_stop(&c->timer);
		return 0;
	}
	uv_update_time(c->loop); /* a stale loop time would make curl's time-outs fire early */
	uv_timer_start(&c->timer, on_timeout, (uint64_t)timeout_ms, 0);
	return 0;
}

/* ---- calls ---- */

static void call_free(struct httpc_call *call)
{
	curl_slist_free_all(call->headers);
	free(call->method);
	free(call->url);
	free(call->body);
	str_release(&call->reply);
	free(call);
}

/* out of the lists and out of curl; the memory and what curl knows about it stay */
static void call_detach(struct httpc_call *call)
{
	struct httpc *c = call->client;

	if (!call->easy) {
		DL_DELETE(c->queued, call);
		c->n_queued--;
		return;
	}
	DL_DELETE(c->active, call);
	c->n_active--;
	c->inside++;
	curl_multi_remove_handle(c->multi, call->easy);
	c->inside--;
}

static void call_drop(struct httpc_call *call)
{
	call_detach(call);
	httpc_easy_release(call);
	call_free(call);
}

static void call_finish(struct httpc_call *call, CURLcode code)
{
	const char *type = NULL;
	struct httpc_reply reply = {
		.status = call->status,
		.body = str_get(&call->reply),
		.len = call->reply.len,
		.retry_after_ms = httpc_retry_after_ms(call),
		.maybe_sent = httpc_maybe_sent(call),
	};

	curl_easy_getinfo(call->easy, CURLINFO_CONTENT_TYPE, &type);
	reply.content_type = type ? type : "";
	if (call->err.kind != ERR_NONE)
		reply.err = call->err;
	else if (code != CURLE_OK || call->status == 0) /* curl is content with half a head */
		httpc_explain(call, code, &reply.err);
	call_detach(call);
	if (!call->cancelled)
		call->on_done(call->ctx, &reply);
	httpc_easy_release(call); /* content_type lives in it */
	call_free(call);
}

static bool may_start(const struct httpc *c)
{
	return c->queued &&
	       (c->http2 || c->max_connections == 0 || c->n_active < c->max_connections);
}

static void start_stall_timer(struct httpc *c, uint64_t in_ms);

static void call_start(struct httpc_call *call)
{
	struct httpc *c = call->client;
	CURLMcode bad;

	DL_DELETE(c->queued, call);
	c->n_queued--;
	httpc_easy_start(call);
	DL_APPEND(c->active, call);
	c->n_active++;
	call->last_byte_ms = uv_now(c->loop);
	if (call->stall_ms)
		start_stall_timer(c, call->stall_ms);
	bad = curl_multi_add_handle(c->multi, call->easy);
	if (bad != CURLM_OK) {
		err_set(&call->err, ERR_RETRY, 0, "cannot start a request: %s",
			curl_multi_strerror(bad));
		call_finish(call, CURLE_FAILED_INIT);
	}
}

static void resume_paused(struct httpc *c)
{
	struct httpc_call *call, *tmp;

	c->n_resume = 0;
	DL_FOREACH_SAFE (c->active, call, tmp) {
		if (!call->curl_paused || call->want_pause || call->cancelled)
			continue;
		call->curl_paused = false;
		call->last_byte_ms = uv_now(c->loop);
		if (call->stall_ms)
			start_stall_timer(c, call->stall_ms);
		c->inside++; /* hands over what was held back, so on_data runs now */
		(void)curl_easy_pause(call->easy, CURLPAUSE_CONT);
		c->inside--;
	}
}

static void drop_cancelled(struct httpc *c)
{
	struct httpc_call *call, *tmp;

	c->n_cancelled = 0;
	DL_FOREACH_SAFE (c->active, call, tmp) {
		if (call->cancelled)
			call_drop(call);
	}
	DL_FOREACH_SAFE (c->queued, call, tmp) {
		if (call->cancelled)
			call_drop(call);
	}
}

static void shut(struct httpc *c);

/* carry out what was marked and finish what is finished; the only caller of on_done */
static void settle(struct httpc *c)
{
	CURLMsg *m;
	int left;

	if (c->inside || c->shut)
		return;
	if (c->closing) {
		shut(c);
		return;
	}
	if (c->n_resume)
		resume_paused(c);
	if (c->n_cancelled)
		drop_cancelled(c);
	while (!c->closing && (m = curl_multi_info_read(c->multi, &left))) {
		struct httpc_call *call = NULL;
		CURLcode code = m->data.result;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &call);
		call_finish(call, code);
	}
	while (!c->closing && may_start(c))
		call_start(c->queued);
	if (c->closing && !c->shut)
		shut(c);
}

static void on_kick(uv_idle_t *h)
{
	uv_idle_stop(h);
	settle(h->data);
}

/* ---- stalls ---- */

static void on_stall(uv_timer_t *t)
{
	struct httpc *c = t->data;
	uint64_t now = uv_now(c->loop), next = UINT64_MAX;
	struct httpc_call *call, *tmp;

	c->inside++; /* on_done may cancel others: only mark them while we walk the list */
	DL_FOREACH_SAFE (c->active, call, tmp) {
		uint64_t idle = now - call->last_byte_ms;

		if (!call->stall_ms || call->curl_paused || call->cancelled)
			continue;
		if (idle < call->stall_ms) {
			if (call->stall_ms - idle < next)
				next = call->stall_ms - idle;
			continue;
		}
		err_set(&call->err, ERR_RETRY, 0, "nothing arrived for %u ms", call->stall_ms);
		call_finish(call, CURLE_OPERATION_TIMEDOUT);
	}
	c->inside--;
	if (next != UINT64_MAX && !c->closing)
		start_stall_timer(c, next);
	settle(c);
}

static void start_stall_timer(struct httpc *c, uint64_t in_ms)
{
	if (!uv_is_active((uv_handle_t *)&c->stall) || uv_timer_get_due_in(&c->stall) > in_ms)
		uv_timer_start(&c->stall, on_stall, in_ms, 0);
}

/* ---- the interface ---- */

static char *dup_nonempty(const char *s)
{
	return str_empty(s) ? NULL : mem_strdup(s);
}

static int read_ca_file(const char *path, char **ret, struct error *err)
{
	enum { MAX_BYTES = 4 << 20 };
	struct strbuf text = {.max = MAX_BYTES};
	char block[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	if (!f)
		return err_errno(err, "cannot read '%s'", path);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		str_add_mem(&text, block, n);
	if (ferror(f) || text.bad) {
		err_set(err, ERR_FATAL, 0, "cannot read '%s': %s", path,
			text.bad ? "it is larger than 4 MiB" : "read error");
		fclose(f);
		str_release(&text);
		return -1;
	}
	fclose(f);
	*ret = str_take(&text);
	return 0;
}

static int take_settings(struct httpc *c, const struct httpc_settings *s, struct error *err)
{
	c->cert_pem = dup_nonempty(s->cert_pem);
	c->key_pem = dup_nonempty(s->key_pem);
	c->user_agent = mem_strdup(s->user_agent ? s->user_agent : "podlane/" PODLANE_VERSION);
	c->insecure = s->insecure;
	c->http2 = s->http2;
	c->max_connections = s->max_connections;
	c->connect_timeout_ms = s->connect_timeout_ms ? s->connect_timeout_ms
						      : DEFAULT_CONNECT_TIMEOUT_MS;
	if (s->ca_pem)
		c->ca_pem = mem_strdup(s->ca_pem);
	else if (s->ca_file && read_ca_file(s->ca_file, &c->ca_pem, err) < 0)
		return -1;
	return httpc_check_tls(c, err);
}

static void init_multi(struct httpc *c)
{
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_PIPELINING,
			  (long)(c->http2 ? CURLPIPE_MULTIPLEX : CURLPIPE_NOTHING));
	if (c->max_connections) {
		curl_multi_setopt(c->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
				  (long)c->max_connections);
		curl_multi_setopt(c->multi, CURLMOPT_MAXCONNECTS, (long)c->max_connections);
	}
}

int httpc_new(uv_loop_t *loop, const struct httpc_settings *settings, struct httpc **ret,
	      struct error *err)
{
	struct httpc *c = mem_alloc(sizeof(*c));

	curl_global_init(CURL_GLOBAL_DEFAULT);
	ev_ignore_sigpipe();
	c->open_handles = 1;
	if (take_settings(c, settings, err) < 0) {
		handle_closed(c);
		return -1;
	}
	c->loop = loop;
	c->multi = curl_multi_init();
	if (!c->multi)
		abort(); /* only without memory, see mem.h */
	init_multi(c);
	c->open_handles = 3;
	uv_timer_init(loop, &c->timer);
	uv_timer_init(loop, &c->stall);
	uv_idle_init(loop, &c->kick);
	c->timer.data = c->stall.data = c->kick.data = c;
	*ret = c;
	return 0;
}

static int check_url(const char *url, struct error *err)
{
	CURLU *u = curl_url();
	CURLUcode bad = curl_url_set(u, CURLUPART_URL, url, 0);
	char *scheme = NULL;
	bool ours;

	if (bad != CURLUE_OK) {
		curl_url_cleanup(u);
		return err_set(err, ERR_INPUT, 0, "cannot use the URL '%s': %s", url,
			       curl_url_strerror(bad));
	}
	(void)curl_url_get(u, CURLUPART_SCHEME, &scheme, 0);
	ours = str_eq(scheme, "https") || str_eq(scheme, "http");
	curl_free(scheme);
	curl_url_cleanup(u);
	if (!ours)
		return err_set(err, ERR_INPUT, 0,
			       "cannot use the URL '%s': it is neither http nor https", url);
	return 0;
}

static struct curl_slist *copy_headers(const char *const *headers)
{
	/* without this curl waits for "100 Continue" before bodies over 1 MiB */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (; headers && *headers; headers++)
		list = curl_slist_append(list, *headers);
	return list;
}

struct httpc_call *httpc_send(struct httpc *c, const struct httpc_request *req, struct error *err)
{
	struct httpc_call *call;

	assert(!c->closing);
	if (check_url(req->url, err) < 0)
		return NULL;
	for (const char *const *h = req->headers; h && *h; h++) {
		if (strpbrk(*h, "\r\n")) { /* the value may be a secret: do not print it */
			err_set(err, ERR_INPUT, 0, "header '%.*s' contains a line break",
				(int)strcspn(*h, ":\r\n"), *h);
			return NULL;
		}
	}
	call = mem_alloc(sizeof(*call));
	call->client = c;
	call->method = mem_strdup(req->method);
	call->url = mem_strdup(req->url);
	call->headers = copy_headers(req->headers);
	if (req->body) {
		call->body = mem_dup(req->body, req->body_len);
		call->body_len = req->body_len;
	}
	call->timeout_ms = req->timeout_ms;
	call->stall_ms = req->stall_ms;
	call->reply.max = req->max_body ? req->max_body : DEFAULT_MAX_BODY;
	call->on_data = req->on_data;
	call->on_done = req->on_done;
	call->ctx = req->ctx;
	DL_APPEND(c->queued, call);
	c->n_queued++;
	uv_idle_start(&c->kick, on_kick);
	return call;
}

void httpc_cancel(struct httpc_call *call)
{
	struct httpc *c = call->client;

	if (call->cancelled)
		return;
	call->cancelled = true;
	if (c->inside) {
		c->n_cancelled++;
		uv_idle_start(&c->kick, on_kick);
		return;
	}
	call_drop(call);
	if (may_start(c))
		uv_idle_start(&c->kick, on_kick);
}

void httpc_pause(struct httpc_call *call, bool paused)
{
	call->want_pause = paused;
	if (!paused && call->curl_paused) {
		call->client->n_resume++;
		uv_idle_start(&call->client->kick, on_kick);
	}
}

unsigned httpc_in_flight(const struct httpc *c)
{
	return c->n_active + c->n_queued - c->n_cancelled;
}

static void shut(struct httpc *c)
{
	struct httpc_call *call, *tmp;
	struct httpc_socket *s, *next;

	DL_FOREACH_SAFE (c->active, call, tmp)
		call_drop(call);
	DL_FOREACH_SAFE (c->queued, call, tmp)
		call_drop(call);
	c->shut = true;
	while (c->n_spare > 0)
		curl_easy_cleanup(c->spare[--c->n_spare]);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, NULL);
	DL_FOREACH_SAFE (c->sockets, s, next)
		socket_free(s);
	curl_multi_cleanup(c->multi);
	uv_close((uv_handle_t *)&c->timer, on_handle_closed);
	uv_close((uv_handle_t *)&c->stall, on_handle_closed);
	uv_close((uv_handle_t *)&c->kick, on_handle_closed);
}

void httpc_close(struct httpc *c)
{
	struct httpc_call *call;

	if (!c || c->closing)
		return;
	c->closing = true;
	DL_FOREACH (c->active, call)
		call->cancelled = true;
	DL_FOREACH (c->queued, call)
		call->cancelled = true;
	if (!c->inside)
		shut(c);
}
