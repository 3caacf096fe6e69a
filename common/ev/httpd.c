/*
 * httpd - libmicrohttpd without threads, driven by a libuv loop
 *
 * MHD keeps all its sockets in one epoll descriptor. The loop watches that descriptor (uv_poll),
 * calls MHD_run() when it becomes readable, when MHD_get_timeout() says so (uv_timer), and in the
 * next turn of the loop after an answer (uv_idle).
 *
 * A request lives from the request line (on_uri) to MHD's completion notice (on_completed). Its
 * body is collected, then the user is asked. If the user has not answered when on_request returns,
 * the connection is suspended; MHD does not look at suspended sockets, so a watch of our own
 * notices that the client went away. MHD calls its handler again after a resume: every answer is
 * queued there, and every cut happens there or in the body reader (httpd_reply.c), never from the
 * outside.
 *
 * HTTPS is GnuTLS inside MHD: TLS 1.2 and 1.3, no client certificates. HTTP/1.1 only.
 */
#include "common/ev/httpd.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <utlist.h>

#include "common/base/mem.h"
#include "common/ev/httpd_int.h"
#include "common/ev/loop.h"

enum {
	DEFAULT_MAX_BODY = 16 << 20,
	DEFAULT_CONNECTIONS = 1024,
	CONNECTION_MEMORY = 64 << 10, /* bounds the head of a request */
	IDLE_TIMEOUT_S = 125,         /* longer than curl keeps a connection for reuse (118 s) */
	LISTEN_BACKLOG = 511,
};

struct watch {
	uv_poll_t poll;
	struct httpd *server;
	struct httpd_request *request;
};

/* ---- ends ---- */

static void handle_closed(struct httpd *d)
{
	if (--d->open_handles > 0)
		return;
	free(d->last_log);
	free(d);
}

static void on_handle_closed(uv_handle_t *h)
{
	handle_closed(h->data);
}

static void on_watch_closed(uv_handle_t *h)
{
	struct watch *w = h->data;
	struct httpd *d = w->server;

	free(w);
	handle_closed(d);
}

static void watch_end(struct httpd_request *r)
{
	if (r->watch)
		uv_close((uv_handle_t *)&r->watch->poll, on_watch_closed);
	r->watch = NULL;
}

static void request_free(struct httpd_request *r)
{
	watch_end(r);
	DL_DELETE(r->server->requests, r);
	if (r->response)
		MHD_destroy_response(r->response);
	free(r->path);
	str_release(&r->body);
	str_release(&r->out);
	free(r);
}

static void on_completed(void *ctx, struct MHD_Connection *conn, void **con_cls,
			 enum MHD_RequestTerminationCode why)
{
	struct httpd_request *r = *con_cls;
	struct httpd *d = ctx;

	if (!r)
		return;
	*con_cls = NULL;
	if (r->state == REQ_ASKED || r->state == REQ_STREAM)
		r->gone = true;
	if (r->gone && d->on_gone)
		d->on_gone(d->ctx, r);
	request_free(r);
}

/* ---- driving MHD ---- */

static void shut(struct httpd *d);
static void run(struct httpd *d);

static void on_poll(uv_poll_t *h, int status, int events)
{
	run(h->data);
}

static void on_timeout(uv_timer_t *t)
{
	run(t->data);
}

static void on_kick(uv_idle_t *h)
{
	uv_idle_stop(h);
	run(h->data);
}

static void run(struct httpd *d)
{
	MHD_UNSIGNED_LONG_LONG ms;

	d->inside = true;
	MHD_run(d->mhd);
	d->inside = false;
	if (d->closing) { /* httpd_close() from a callback */
		shut(d);
		return;
	}
	if (MHD_get_timeout(d->mhd, &ms) != MHD_YES)
		uv_timer_stop(&d->timer);
	else if (ms == 0)
		uv_idle_start(&d->kick, on_kick);
	else
		uv_timer_start(&d->timer, on_timeout, ms, 0);
}

static void resume(struct httpd_request *r)
{
	if (!r->suspended)
		return;
	r->suspended = false;
	MHD_resume_connection(r->conn);
}

void httpd_wake(struct httpd_request *r)
{
	if (r->state == REQ_ANSWERED || r->state == REQ_DROPPED)
		watch_end(r);
	if (r->in_handler)
		return; /* the handler looks itself when on_request returns */
	resume(r);
	if (!r->server->closing)
		uv_idle_start(&r->server->kick, on_kick);
}

/* MHD may be waiting for a socket that takes no more bytes: an end of the socket wakes it */
void httpd_cut(struct httpd_request *r)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		r->conn, MHD_CONNECTION_INFO_CONNECTION_FD);

	r->gone = true;
	r->state = REQ_DROPPED;
	str_release(&r->out);
	(void)shutdown(info->connect_fd, SHUT_RDWR);
	httpd_wake(r);
}

/* ---- clients that go away while we think ---- */

static void on_disconnect(uv_poll_t *h, int status, int events)
{
	struct watch *w = h->data;
	struct httpd_request *r = w->request;

	httpd_cut(r);
}

static void watch_begin(struct httpd_request *r)
{
	const union MHD_ConnectionInfo *info;
	struct watch *w;

	if (r->watch)
		return;
	info = MHD_get_connection_info(r->conn, MHD_CONNECTION_INFO_CONNECTION_FD);
	w = mem_alloc(sizeof(*w));
	w->server = r->server;
	w->request = r;
	w->poll.data = w;
	if (uv_poll_init(r->server->loop, &w->poll, info->connect_fd) < 0) {
		free(w); /* out of descriptors in epoll: the client's end shows when we answer */
		return;
	}
	r->server->open_handles++;
	r->watch = w;
	uv_poll_start(&w->poll, UV_DISCONNECT, on_disconnect);
}

void httpd_suspend(struct httpd_request *r)
{
	r->suspended = true;
	MHD_suspend_connection(r->conn);
	watch_begin(r);
}

/* ---- MHD's callbacks ---- */

static void format_peer(struct httpd_request *r)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		r->conn, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *sa = info ? info->client_addr : NULL;

	if (sa && sa->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)sa)->sin_addr, r->peer,
			  sizeof(r->peer));
	else if (sa && sa->sa_family == AF_INET6)
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)sa)->sin6_addr, r->peer,
			  sizeof(r->peer));
}

/* the first we hear of a request, and the only place that sees its URI as it was sent; what it
   returns becomes *con_cls of the handler */
static void *on_uri(void *ctx, const char *uri, struct MHD_Connection *conn)
{
	struct httpd_request *r = mem_alloc(sizeof(*r));
	struct httpd *d = ctx;
	char *mark;

	r->server = d;
	r->conn = conn;
	r->body.max = d->max_body;
	r->path = mem_strdup(uri);
	mark = strchr(r->path, '?');
	r->query = mark ? mark + 1 : r->path + strlen(r->path);
	if (mark)
		*mark = '\0';
	format_peer(r);
	DL_APPEND(d->requests, r);
	return r;
}

static enum MHD_Result answer(struct httpd_request *r)
{
	enum MHD_Result ok;

	if (r->state == REQ_DROPPED)
		return MHD_NO;
	if (!r->response) {
		httpd_suspend(r);
		return MHD_YES;
	}
	ok = MHD_queue_response(r->conn, (unsigned)r->status, r->response);
	MHD_destroy_response(r->response);
	r->response = NULL;
	return ok;
}

static void ask_user(struct httpd_request *r)
{
	r->state = REQ_ASKED;
	r->in_handler = true;
	if (r->body.bad)
		httpd_reply(r, MHD_HTTP_CONTENT_TOO_LARGE, "text/plain", NULL,
			    "request body is too large\n", 26);
	else
		r->server->on_request(r->server->ctx, r);
	r->in_handler = false;
}

static enum MHD_Result on_access(void *ctx, struct MHD_Connection *conn, const char *url,
				 const char *method, const char *version, const char *data,
				 size_t *data_len, void **con_cls)
{
	struct httpd_request *r = *con_cls;

	if (!r->method) { /* head complete, nothing of the body read yet */
		r->method = method;
		return MHD_YES;
	}
	if (*data_len > 0) {
		str_add_mem(&r->body, data, *data_len);
		*data_len = 0; /* taken; too much of it is read to its end and then refused */
		return MHD_YES;
	}
	if (r->state == REQ_READING)
		ask_user(r);
	return answer(r);
}

__attribute__((format(printf, 2, 0))) static void on_mhd_log(void *ctx, const char *fmt, va_list ap)
{
	struct httpd *d = ctx;
	char text[256];

	if (d->mhd)
		return; /* clients' mistakes while serving */
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	free(d->last_log);
	d->last_log = mem_strdup(text);
}

/* ---- the interface ---- */

static int listen_on(const char *address, uint16_t port, uint16_t *ret_port, struct error *err)
{
	struct sockaddr_storage ss = {0};
	struct sockaddr_in *v4 = (struct sockaddr_in *)&ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&ss;
	socklen_t len = sizeof(*v6);
	int fd, on = 1, off = 0;

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1) {
		ss.ss_family = AF_INET;
		v4->sin_port = htons(port);
		len = sizeof(*v4);
	} else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1) {
		ss.ss_family = AF_INET6;
		v6->sin6_port = htons(port);
	} else {
		return err_set(err, ERR_INPUT, 0, "cannot listen on '%s': not an IP address",
			       address);
	}
	fd = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_errno(err, "cannot make a socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (ss.ss_family == AF_INET6) /* "::" serves IPv4 as well */
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (bind(fd, (struct sockaddr *)&ss, len) < 0 || listen(fd, LISTEN_BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&ss, &len) < 0) {
		err_errno(err, "cannot listen on %s port %u", address, port);
		close(fd);
		return -1;
	}
	*ret_port = ntohs(ss.ss_family == AF_INET ? v4->sin_port : v6->sin6_port);
	return fd;
}

static struct MHD_Daemon *start_mhd(struct httpd *d, const struct httpd_settings *s, int fd)
{
	unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[] = {
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)s->cert_pem},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)s->key_pem},
		{MHD_OPTION_HTTPS_PRIORITIES, 0,
		 (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"},
		{MHD_OPTION_END, 0, NULL},
	};

	if (s->cert_pem)
		flags |= MHD_USE_TLS;
	else
		tls[0].option = MHD_OPTION_END;
	return MHD_start_daemon(flags, 0, NULL, NULL, on_access, d, MHD_OPTION_EXTERNAL_LOGGER,
				on_mhd_log, d, MHD_OPTION_LISTEN_SOCKET, fd,
				MHD_OPTION_NOTIFY_COMPLETED, on_completed, d,
				MHD_OPTION_URI_LOG_CALLBACK, on_uri, d, MHD_OPTION_CONNECTION_LIMIT,
				s->max_connections ? s->max_connections : DEFAULT_CONNECTIONS,
				MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
				MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_TIMEOUT_S,
				MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static void start_handles(struct httpd *d)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(d->mhd, MHD_DAEMON_INFO_EPOLL_FD);

	d->open_handles = 3;
	uv_timer_init(d->loop, &d->timer);
	uv_idle_init(d->loop, &d->kick);
	if (uv_poll_init(d->loop, &d->poll, info->epoll_fd) < 0 ||
	    uv_poll_start(&d->poll, UV_READABLE, on_poll) < 0)
		abort(); /* an epoll descriptor can always be polled */
	d->poll.data = d->timer.data = d->kick.data = d;
}

int httpd_new(uv_loop_t *loop, const struct httpd_settings *settings, struct httpd **ret,
	      struct error *err)
{
	struct httpd *d = mem_alloc(sizeof(*d));
	int fd;

	fd = listen_on(settings->address, settings->port, &d->port, err);
	if (fd < 0) {
		free(d);
		return -1;
	}
	ev_ignore_sigpipe();
	d->loop = loop;
	d->max_body = settings->max_body ? settings->max_body : DEFAULT_MAX_BODY;
	d->on_request = settings->on_request;
	d->on_gone = settings->on_gone;
	d->ctx = settings->ctx;
	d->mhd = start_mhd(d, settings, fd);
	if (!d->mhd) {
		err_set(err, ERR_FATAL, 0, "cannot start the HTTP server on %s port %u: %s",
			settings->address, d->port, d->last_log ? d->last_log : "unknown reason");
		close(fd);
		d->open_handles = 1;
		handle_closed(d);
		return -1;
	}
	start_handles(d);
	*ret = d;
	return 0;
}

uint16_t httpd_port(const struct httpd *d)
{
	return d->port;
}

static void shut(struct httpd *d)
{
	struct httpd_request *r;

	DL_FOREACH (d->requests, r) { /* MHD_stop_daemon() must not meet suspended connections */
		if (r->state == REQ_ASKED || r->state == REQ_STREAM)
			r->gone = true;
		r->state = REQ_DROPPED;
		watch_end(r);
		resume(r);
	}
	uv_close((uv_handle_t *)&d->poll, on_handle_closed);
	uv_close((uv_handle_t *)&d->timer, on_handle_closed);
	uv_close((uv_handle_t *)&d->kick, on_handle_closed);
	MHD_stop_daemon(d->mhd); /* on_completed for each request */
}

void httpd_close(struct httpd *d)
{
	if (!d || d->closing)
		return;
	d->closing = true;
	if (!d->inside)
		shut(d);
}

const char *httpd_method(const struct httpd_request *req)
{
	return req->method;
}

const char *httpd_path(const struct httpd_request *req)
{
	return req->path;
}

const char *httpd_query(const struct httpd_request *req)
{
	return req->query;
}

const char *httpd_header(const struct httpd_request *req, const char *name)
{
	return MHD_lookup_connection_value(req->conn, MHD_HEADER_KIND, name);
}

const char *httpd_body(const struct httpd_request *req, size_t *ret_len)
{
	if (ret_len)
		*ret_len = req->body.len;
	return str_get(&req->body);
}

const char *httpd_peer(const struct httpd_request *req)
{
	return req->peer;
}

void httpd_set_data(struct httpd_request *req, void *data)
{
	req->data = data;
}

void *httpd_data(const struct httpd_request *req)
{
	return req->data;
}
