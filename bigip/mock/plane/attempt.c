/*
 * One socket, polled. TCP and TLS connect, send and read; a datagram is sent and its answer
 * awaited; a ping is an ICMP echo with a token of its own. Without `recv`, UDP has succeeded when
 * no "port unreachable" came back for a while.
 */
#include "bigip/mock/plane/attempt.h"

#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <sys/socket.h>

enum { UDP_SILENCE_MS = 1000, TOKEN = 8 };

enum stage { CONNECTING, TLS_HANDSHAKE, TALKING };

struct attempt {
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned open_handles;
	bool polled; /* poll was initialised */
	int fd;      /* -1: none could be had */
	enum stage stage;
	bool over;
	struct probe_spec *spec;
	SSL_CTX *tls_ctx;
	SSL *ssl;
	size_t sent;
	unsigned char token[TOKEN];
	char *reply;
	size_t reply_len;
	void (*done)(void *ctx, enum probe_verdict v);
	void *ctx;
};

static void on_closed(uv_handle_t *h)
{
	struct attempt *a = h->data;

	if (--a->open_handles > 0)
		return;
	SSL_free(a->ssl);
	probe_spec_unref(a->spec);
	free(a->reply);
	free(a);
}

static void shut(struct attempt *a)
{
	if (a->over)
		return;
	a->over = true;
	if (a->polled)
		uv_close((uv_handle_t *)&a->poll, on_closed);
	uv_close((uv_handle_t *)&a->timer, on_closed);
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
}

void attempt_cancel(struct attempt *a)
{
	if (a)
		shut(a);
}

bool attempt_connected(const struct attempt *a)
{
	return a->stage != CONNECTING;
}

static void finish(struct attempt *a, enum probe_verdict v)
{
	if (a->over)
		return;
	shut(a);
	a->done(a->ctx, v);
}

/* --- reading ------------------------------------------------------------------------------------
 */

/* how many bytes; 0: end or broken; -1: later */
static long receive(struct attempt *a, char *buf, size_t max)
{
	ssize_t n;

	if (a->ssl) {
		int r = SSL_read(a->ssl, buf, (int)max);

		if (r > 0)
			return r;
		r = SSL_get_error(a->ssl, r);
		return r == SSL_ERROR_WANT_READ || r == SSL_ERROR_WANT_WRITE ? -1 : 0;
	}
	n = recv(a->fd, buf, max, 0);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? -1 : 0;
	return n;
}

static void read_stream(struct attempt *a)
{
	enum probe_verdict v = PROBE_MORE;

	if (!a->reply)
		a->reply = mem_alloc(PROBE_MAX_REPLY);
	while (v == PROBE_MORE) {
		long n = receive(a, a->reply + a->reply_len, PROBE_MAX_REPLY - a->reply_len);

		if (n < 0)
			return;
		a->reply_len += (size_t)n;
		v = probe_judge(a->spec, a->reply, a->reply_len, n == 0);
	}
	finish(a, v);
}

static void read_datagram(struct attempt *a)
{
	char buf[PROBE_MAX_REPLY];
	ssize_t n = recv(a->fd, buf, sizeof(buf), 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* an empty datagram is an answer too */
	finish(a, n < 0                  ? PROBE_FAIL
		  : !n && !a->spec->recv ? PROBE_OK
					 : probe_judge(a->spec, buf, (size_t)n, true));
}

/* a raw socket shows the IPv4 header and other people's packets; the token finds ours */
static void read_ping(struct attempt *a)
{
	unsigned char buf[2048];
	ssize_t n;

	while ((n = recv(a->fd, buf, sizeof(buf), 0)) >= 0) {
		size_t at = n > 0 && buf[0] >> 4 == 4 && n >= 20 ? (size_t)(buf[0] & 15) * 4 : 0;

		if ((size_t)n < at + 8 + TOKEN ||
		    (buf[at] != ICMP_ECHOREPLY && buf[at] != ICMP6_ECHO_REPLY))
			continue;
		if (!memcmp(buf + at + 8, a->token, TOKEN)) {
			finish(a, PROBE_OK);
			return;
		}
	}
	if (errno != EAGAIN && errno != EINTR)
		finish(a, PROBE_FAIL);
}

/* --- going forward ------------------------------------------------------------------------------
 */

static void on_event(uv_poll_t *h, int status, int events);

static void want(struct attempt *a, int events)
{
	if (uv_poll_start(&a->poll, events, on_event) < 0)
		finish(a, PROBE_FAIL);
}

static void send_more(struct attempt *a)
{
	const struct probe_spec *s = a->spec;

	while (a->sent < s->send_len) {
		ssize_t n = a->ssl ? SSL_write(a->ssl, s->send + a->sent,
					       (int)(s->send_len - a->sent))
				   : send(a->fd, s->send + a->sent, s->send_len - a->sent,
					  MSG_NOSIGNAL);

		if (n <= 0) {
			bool later = a->ssl ? SSL_get_error(a->ssl, (int)n) == SSL_ERROR_WANT_WRITE
					    : errno == EAGAIN || errno == EINTR;

			if (later)
				want(a, UV_WRITABLE);
			else
				finish(a, PROBE_FAIL);
			return;
		}
		a->sent += (size_t)n;
	}
	want(a, UV_READABLE);
	if (a->ssl && !a->over && SSL_pending(a->ssl) > 0)
		read_stream(a);
}

static void start_talking(struct attempt *a)
{
	enum probe_verdict v = probe_connected(a->spec);

	a->stage = TALKING;
	if (v != PROBE_MORE)
		finish(a, v);
	else
		send_more(a);
}

static void handshake(struct attempt *a)
{
	int r = SSL_connect(a->ssl), e;

	if (r == 1) {
		start_talking(a);
		return;
	}
	e = SSL_get_error(a->ssl, r);
	if (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE)
		want(a, e == SSL_ERROR_WANT_READ ? UV_READABLE : UV_WRITABLE);
	else
		finish(a, PROBE_FAIL);
}

static void on_connected(struct attempt *a)
{
	int e = 0;
	socklen_t len = sizeof(e);

	if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &e, &len) < 0 || e) {
		finish(a, PROBE_FAIL);
		return;
	}
	if (a->spec->kind != PROBE_TLS) {
		start_talking(a);
		return;
	}
	a->stage = TLS_HANDSHAKE;
	a->ssl = SSL_new(a->tls_ctx);
	if (!a->ssl || SSL_set_fd(a->ssl, a->fd) != 1)
		finish(a, PROBE_FAIL);
	else
		handshake(a);
}

static void on_event(uv_poll_t *h, int status, int events)
{
	struct attempt *a = h->data;

	ERR_clear_error(); /* SSL_get_error() looks at the whole queue */
	if (a->spec->kind == PROBE_PING)
		read_ping(a);
	else if (a->spec->kind == PROBE_UDP)
		read_datagram(a);
	else if (a->stage == CONNECTING)
		on_connected(a);
	else if (a->stage == TLS_HANDSHAKE)
		handshake(a);
	else if (a->sent < a->spec->send_len)
		send_more(a);
	else
		read_stream(a);
}

static void on_timeout(uv_timer_t *t)
{
	struct attempt *a = t->data;

	if (a->fd >= 0 && a->spec->kind == PROBE_UDP && !a->spec->recv)
		finish(a, PROBE_OK);
	else if (a->stage == TALKING && a->reply_len)
		finish(a, probe_judge(a->spec, a->reply, a->reply_len, true));
	else
		finish(a, PROBE_FAIL);
}

/* --- starting -----------------------------------------------------------------------------------
 */

static int open_socket(const struct attempt_settings *s)
{
	int family = s->addr.family == 6 ? AF_INET6 : AF_INET;
	int flags = SOCK_NONBLOCK | SOCK_CLOEXEC, fd;
	int icmp = s->addr.family == 6 ? (int)IPPROTO_ICMPV6 : (int)IPPROTO_ICMP;

	switch (s->spec->kind) {
	case PROBE_PING:
		fd = socket(family, SOCK_DGRAM | flags, icmp); /* needs ping_group_range */
		return fd >= 0 ? fd : socket(family, SOCK_RAW | flags, icmp);
	case PROBE_UDP:
		return socket(family, SOCK_DGRAM | flags, 0);
	default:
		return socket(family, SOCK_STREAM | flags, 0);
	}
}

static int connect_socket(int fd, const struct ip_addr *addr, uint16_t port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	int r;

	memcpy(&six.sin6_addr, addr->bytes, 16);
	memcpy(&four.sin_addr, addr->bytes, 4);
	r = addr->family == 6 ? connect(fd, (struct sockaddr *)&six, sizeof(six))
			      : connect(fd, (struct sockaddr *)&four, sizeof(four));
	return r < 0 && errno != EINPROGRESS ? -1 : 0;
}

static int send_ping(struct attempt *a, bool six)
{
	static uint16_t sequence;
	unsigned char p[8 + TOKEN] = {0};
	uint32_t sum = 0;

	if (RAND_bytes(a->token, TOKEN) != 1)
		return -1;
	p[0] = six ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
	memcpy(p + 4, a->token, 2); /* the kernel sets its own in a datagram socket */
	p[6] = (unsigned char)(++sequence >> 8);
	p[7] = (unsigned char)sequence;
	memcpy(p + 8, a->token, TOKEN);
	for (size_t i = 0; !six && i < sizeof(p); i += 2) /* ICMPv6: by the kernel */
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	sum = (sum & 0xffff) + (sum >> 16);
	sum = ~(sum + (sum >> 16));
	if (!six) {
		p[2] = (unsigned char)(sum >> 8);
		p[3] = (unsigned char)sum;
	}
	return send(a->fd, p, sizeof(p), MSG_NOSIGNAL) == (ssize_t)sizeof(p) ? 0 : -1;
}

static int launch(uv_loop_t *loop, struct attempt *a, const struct attempt_settings *s)
{
	enum probe_kind kind = s->spec->kind;
	bool stream = kind != PROBE_PING && kind != PROBE_UDP;

	a->fd = open_socket(s);
	if (a->fd < 0 || uv_poll_init(loop, &a->poll, a->fd) < 0)
		return -1;
	a->poll.data = a;
	a->polled = true;
	a->open_handles++;
	if (connect_socket(a->fd, &s->addr, kind == PROBE_PING ? 0 : s->port) < 0)
		return -1;
	if (kind == PROBE_PING && send_ping(a, s->addr.family == 6) < 0)
		return -1;
	if (kind == PROBE_UDP && send(a->fd, s->spec->send, s->spec->send_len, MSG_NOSIGNAL) < 0)
		return -1;
	return uv_poll_start(&a->poll, stream ? UV_WRITABLE : UV_READABLE, on_event);
}

struct attempt *attempt_start(uv_loop_t *loop, const struct attempt_settings *s)
{
	struct attempt *a = mem_alloc(sizeof(*a));
	uint64_t patience_ms = (uint64_t)s->spec->timeout_us / 1000;

	a->fd = -1;
	a->spec = probe_spec_ref(s->spec);
	a->tls_ctx = s->tls;
	a->done = s->done;
	a->ctx = s->ctx;
	uv_timer_init(loop, &a->timer);
	a->timer.data = a;
	a->open_handles = 1;
	if (s->spec->kind == PROBE_UDP && !s->spec->recv && patience_ms > UDP_SILENCE_MS)
		patience_ms = UDP_SILENCE_MS;
	if (launch(loop, a, s) < 0) {
		if (a->fd >= 0)
			close(a->fd);
		a->fd = -1;
		patience_ms = 0; /* fails in the next turn of the loop */
	}
	uv_timer_start(&a->timer, on_timeout, patience_ms, 0);
	return a;
}
