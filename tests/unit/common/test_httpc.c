/* httpc against httpd, over plain HTTP and TLS */
#include "check.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "web.h"

/* ---- whole replies ---- */

static void check_round_trips(bool tls)
{
	static const char *const headers[] = {"X-Test: with, comma", "Content-Type: text/x", NULL};
	static const struct {
		const char *name, *path, *method, *body, *want;
		bool headers;
	} rows[] = {
		{"a plain GET", "/echo", "GET", NULL, "GET|/echo||-|", false},
		{"the raw path and query arrive", "/echo%2Fa/~b?x=%20&y", "GET", NULL,
		 "GET|/echo%2Fa/~b|x=%20&y|-|", false},
		{"POST with body and headers", "/echo", "POST", "the body",
		 "POST|/echo||with, comma|the body", true},
		{"PATCH with body", "/echo", "PATCH", "{}", "PATCH|/echo||-|{}", false},
		{"PUT without body", "/echo", "PUT", NULL, "PUT|/echo||-|", false},
		{"DELETE without body", "/echo", "DELETE", NULL, "DELETE|/echo||-|", false},
		{"DELETE with body", "/echo", "DELETE", "b", "DELETE|/echo||-|b", false},
		{"HEAD has no body", "/echo", "HEAD", NULL, "", false},
		{"GET after HEAD is GET again", "/echo", "GET", NULL, "GET|/echo||-|", false},
	};
	struct web w;

	web_start(&w, &(struct web_settings){.tls = tls});
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outcome o = {0};

		web_send(&w, &o, rows[i].path,
			 (struct httpc_request){
				 .method = rows[i].method,
				 .body = rows[i].body,
				 .body_len = rows[i].body ? strlen(rows[i].body) : 0,
				 .headers = rows[i].headers ? headers : NULL,
			 });
		web_wait(&w, &o.done, 1);
		if (o.err.kind != ERR_NONE || o.status != 200 ||
		    strcmp(str_get(&o.body), rows[i].want) != 0 ||
		    strcmp(o.content_type, "text/plain") != 0 || o.retry_after_ms != -1)
			fail_row(rows[i].name, "status %d, type %s, '%s', error '%s'", o.status,
				 o.content_type, str_get(&o.body), o.err.msg);
		outcome_release(&o);
	}
	web_stop(&w);
}

static void test_round_trips(void **state)
{
	check_round_trips(false);
	check_round_trips(true);
}

static void test_other_statuses_are_replies(void **state)
{
	struct outcome o = {0};
	struct web w;

	web_start(&w, &(struct web_settings){0});
	web_send(&w, &o, "/status?503", (struct httpc_request){.on_data = web_stream});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.err.kind, ERR_NONE);
	assert_int_equal(o.status, 503);
	assert_int_equal(o.retry_after_ms, 7000);
	assert_int_equal(o.pieces, 0); /* only 2xx bodies are streamed */
	assert_string_equal(str_get(&o.body), "said so");
	outcome_release(&o);
	web_stop(&w);
}

static void check_bodies(bool tls)
{
	enum { N = 5000000 };
	struct web_settings s = {.tls = tls};
	struct outcome o = {0};
	char *body = mem_alloc(N);
	struct web w;

	memset(body, 'q', N);
	web_start(&w, &s);
	web_send(&w, &o, "/big?5000000", (struct httpc_request){0});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.err.kind, ERR_NONE);
	assert_int_equal(o.body.len, N);
	outcome_release(&o);

	web_send(&w, &o, "/echo", (struct httpc_request){.body = body, .body_len = N});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.status, 200);
	assert_int_equal(o.body.len, N + strlen("POST|/echo||-|"));
	outcome_release(&o);

	web_send(&w, &o, "/big?5000000", (struct httpc_request){.max_body = N - 1});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.err.kind, ERR_INPUT);
	assert_string_equal(o.err.msg, "reply is larger than 4999999 bytes");
	assert_int_equal(o.status, 200);
	outcome_release(&o);

	web_send(&w, &o, "/big?5000000", (struct httpc_request){.max_body = N});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.err.kind, ERR_NONE);
	outcome_release(&o);
	free(body);
	web_stop(&w);
}

static void test_big_bodies_and_caps(void **state)
{
	check_bodies(false);
	check_bodies(true);
}

static void test_server_refuses_big_bodies(void **state)
{
	char body[2000] = {0};
	struct outcome o = {0};
	struct web w;

	web_start(&w, &(struct web_settings){.max_body = 1999});
	web_send(&w, &o, "/echo", (struct httpc_request){.body = body, .body_len = sizeof(body)});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.status, 413);
	assert_int_equal(w.asked, 0);
	outcome_release(&o);
	web_send(&w, &o, "/echo",
		 (struct httpc_request){.body = body, .body_len = sizeof(body) - 1});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.status, 200);
	outcome_release(&o);
	web_stop(&w);
}

/* ---- failures ---- */

/* @text with its "PORT" replaced */
static void expand_port(const char *text, unsigned port, char *buf, size_t size)
{
	const char *mark = strstr(text, "PORT");

	if (mark)
		(void)snprintf(buf, size, "%.*s%u%s", (int)(mark - text), text, port, mark + 4);
	else
		(void)snprintf(buf, size, "%s", text);
}

static void test_broken_replies(void **state)
{
	static const struct {
		const char *name, *path, *want;
		int status;
		unsigned timeout_ms, stall_ms;
	} rows[] = {
		{"closed without an answer", "/drop", "connection to 127.0.0.1:PORT broke: ", 0, 0,
		 0},
		{"body cut in the middle", "/cut?40",
		 "connection to 127.0.0.1:PORT broke in the middle of the reply: ", 200, 0, 0},
		{"body cut before its first byte", "/cut?0",
		 "connection to 127.0.0.1:PORT broke in the middle of the reply: ", 200, 0, 0},
		{"no answer in time", "/hang", "no reply from 127.0.0.1:PORT within 60 ms", 0, 60,
		 0},
		{"nothing arrives", "/hang", "nothing arrived for 70 ms", 0, 0, 70},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows) * 2; i++) {
		__typeof__(rows[0]) *row = &rows[i / 2];
		struct outcome o = {0};
		char want[128];
		struct web w;

		web_start(&w, &(struct web_settings){.tls = i % 2});
		expand_port(row->want, httpd_port(w.httpd), want, sizeof(want));
		web_send(&w, &o, row->path,
			 (struct httpc_request){.timeout_ms = row->timeout_ms,
						.stall_ms = row->stall_ms});
		web_wait(&w, &o.done, 1);
		if (o.err.kind != ERR_RETRY || o.status != row->status || !o.maybe_sent ||
		    strncmp(o.err.msg, want, strlen(want)) != 0)
			fail_row(row->name, "tls %zu: kind %s, status %d, sent %d, '%s'", i % 2,
				 err_kind_name(o.err.kind), o.status, o.maybe_sent, o.err.msg);
		if (w.hanging)
			web_wait(&w, &w.gone, 1);
		outcome_release(&o);
		web_stop(&w);
	}
}

/* a server that says exactly @reply to the first request and closes */
static void serve_raw(struct web *w, struct outcome *o, const char *reply, size_t len)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t sa_len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), conn = -1;
	char url[64], request[4096];

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sa_len), 0);
	assert_int_equal(listen(fd, 5), 0);
	getsockname(fd, (struct sockaddr *)&sa, &sa_len);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(sa.sin_port));
	web_send(w, o, url, (struct httpc_request){0});
	for (unsigned i = 0; conn < 0 && i < 2000; i++) {
		web_run_ms(w, 1);
		conn = accept(fd, NULL, NULL);
	}
	assert_true(conn >= 0);
	while (recv(conn, request, sizeof(request), MSG_DONTWAIT) <= 0)
		web_run_ms(w, 1);
	assert_int_equal(write(conn, reply, len), len);
	close(conn);
	web_wait(w, &o->done, 1);
	close(fd);
}

static void test_odd_servers(void **state)
{
	static const struct {
		const char *name, *reply;
		int status;
		enum err_kind kind;
		const char *body;
	} rows[] = {
		{"a body until the end of the connection", "HTTP/1.1 200 OK\r\n\r\nabc", 200,
		 ERR_NONE, "abc"},
		{"100 before the reply",
		 "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 1\r\n\r\nx", 404,
		 ERR_NONE, "x"},
		{"redirects are not followed",
		 "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
		 302, ERR_NONE, ""},
		{"a head that ends early", "HTTP/1.1 200 OK\r\nContent-Le", 0, ERR_RETRY, ""},
		{"a head without its empty line", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n", 0,
		 ERR_RETRY, ""},
		{"nothing", "", 0, ERR_RETRY, ""},
		{"only 100", "HTTP/1.1 100 Continue\r\n\r\n", 0, ERR_RETRY, ""},
		{"no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", 0, ERR_RETRY, ""},
		{"chunks that end early",
		 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", 200,
		 ERR_RETRY, "abc"},
		{"a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n", 200,
		 ERR_RETRY, ""},
		{"Retry-After as a date",
		 "HTTP/1.1 503 No\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT"
		 "\r\nContent-Length: 0\r\n\r\n",
		 503, ERR_NONE, ""},
	};
	struct web w;

	web_start(&w, &(struct web_settings){0});
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outcome o = {0};

		serve_raw(&w, &o, rows[i].reply, strlen(rows[i].reply));
		if (o.status != rows[i].status || o.err.kind != rows[i].kind || !o.maybe_sent ||
		    strcmp(str_get(&o.body), rows[i].body) != 0 || o.retry_after_ms != -1)
			fail_row(rows[i].name, "status %d, body '%s', error '%s'", o.status,
				 str_get(&o.body), o.err.msg);
		outcome_release(&o);
	}
	web_stop(&w);
}

static void test_refused_connection(void **state)
{
	struct outcome o = {0};
	char want[128], url[64];
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0); /* bound, not listening: nobody else gets it */
	struct web w;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	web_start(&w, &(struct web_settings){0});
	(void)snprintf(url, sizeof(url), "https://127.0.0.1:%u/", ntohs(sa.sin_port));
	(void)snprintf(want, sizeof(want), "cannot connect to 127.0.0.1:%u: Connection refused",
		       ntohs(sa.sin_port));
	web_send(&w, &o, url, (struct httpc_request){0});
	web_wait(&w, &o.done, 1);
	assert_string_equal(o.err.msg, want);
	assert_int_equal(o.err.kind, ERR_RETRY);
	assert_int_equal(o.status, 0);
	assert_false(o.maybe_sent);
	close(fd);
	outcome_release(&o);
	web_stop(&w);
}

/* connections are never accepted and the backlog is full: connecting takes forever */
static void test_connect_timeout(void **state)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	socklen_t len = sizeof(sa);
	int fd = socket(AF_INET, SOCK_STREAM, 0), filler[8];
	struct outcome o = {0};
	char want[128], url[64];
	struct web w;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	assert_int_equal(listen(fd, 0), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	for (size_t i = 0; i < ARRAY_LEN(filler); i++) {
		filler[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(filler[i], (struct sockaddr *)&sa, len);
	}
	web_start(&w, &(struct web_settings){.client.connect_timeout_ms = 80});
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", ntohs(sa.sin_port));
	(void)snprintf(want, sizeof(want), "cannot connect to 127.0.0.1:%u: no answer in time",
		       ntohs(sa.sin_port));
	web_send(&w, &o, url, (struct httpc_request){0});
	web_wait(&w, &o.done, 1);
	assert_string_equal(o.err.msg, want);
	assert_false(o.maybe_sent);
	for (size_t i = 0; i < ARRAY_LEN(filler); i++)
		close(filler[i]);
	close(fd);
	outcome_release(&o);
	web_stop(&w);
}

static void test_certificates_are_verified(void **state)
{
	struct cert other = cert_make_ca("another CA");
	char want[128];
	struct {
		const char *name, *host;
		struct httpc_settings client;
		const char *want; /* NULL: success */
	} rows[] = {
		{"signed by another CA",
		 "127.0.0.1",
		 {.ca_pem = other.cert_pem},
		 "TLS: certificate verify failed (unable to get local issuer certificate)"},
		{"the name does not match",
		 "localhost",
		 {0},
		 "TLS: certificate verify failed (no alternative certificate subject name matches "
		 "target host name 'localhost')"},
		{"the system's store does not know it",
		 "127.0.0.1",
		 {.ca_file = NULL},
		 "TLS: certificate verify failed (unable to get local issuer certificate)"},
		{"insecure", "localhost", {.insecure = true, .ca_pem = other.cert_pem}, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct outcome o = {0};
		char url[64];
		struct web w;

		web_start(&w, &(struct web_settings){.tls = true, .client = rows[i].client});
		if (i == 2) { /* web_start() fills in its CA: a client of its own without */
			httpc_close(w.httpc);
			assert_int_equal(httpc_new(&w.loop, &rows[i].client, &w.httpc, NULL), 0);
		}
		(void)snprintf(url, sizeof(url), "https://%s:%u/echo", rows[i].host,
			       httpd_port(w.httpd));
		(void)snprintf(want, sizeof(want), "cannot connect to %s:%u: ", rows[i].host,
			       httpd_port(w.httpd));
		web_send(&w, &o, url, (struct httpc_request){0});
		web_wait(&w, &o.done, 1);
		if (!rows[i].want && (o.err.kind != ERR_NONE || o.status != 200))
			fail_row(rows[i].name, "'%s'", o.err.msg);
		if (rows[i].want && (o.err.kind != ERR_RETRY || o.maybe_sent || w.asked ||
				     strncmp(o.err.msg, want, strlen(want)) != 0 ||
				     strcmp(o.err.msg + strlen(want), rows[i].want) != 0))
			fail_row(rows[i].name, "kind %s, sent %d, '%s'", err_kind_name(o.err.kind),
				 o.maybe_sent, o.err.msg);
		outcome_release(&o);
		web_stop(&w);
	}
	cert_release(&other);
}

static void test_unusable_settings(void **state)
{
	struct cert ca = cert_make_ca("test CA"), pair = cert_make(&ca, "client", "DNS:client");
	struct {
		const char *name;
		struct httpc_settings s;
		const char *want;
	} rows[] = {
		{"CA text without a certificate",
		 {.ca_pem = "hello"},
		 "cannot use the CA certificates: "},
		{"damaged CA",
		 {.ca_pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END "
			    "CERTIFICATE-----\n"},
		 "cannot use the CA certificates: "},
		{"missing CA file",
		 {.ca_file = "/nonexistent/ca.crt"},
		 "cannot read '/nonexistent/ca.crt': No such file or directory"},
		{"key of another certificate",
		 {.cert_pem = pair.cert_pem, .key_pem = ca.key_pem},
		 "cannot use the client certificate with this key: "},
		{"no key",
		 {.cert_pem = pair.cert_pem},
		 "a client certificate needs its key, and a key its certificate"},
		{"key is no key",
		 {.cert_pem = pair.cert_pem, .key_pem = pair.cert_pem},
		 "cannot use the key of the client certificate: "},
	};
	uv_loop_t loop;

	uv_loop_init(&loop);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct httpc *c = NULL;
		struct error err = {0};

		if (httpc_new(&loop, &rows[i].s, &c, &err) == 0 || c ||
		    strncmp(err.msg, rows[i].want, strlen(rows[i].want)) != 0)
			fail_row(rows[i].name, "'%s'", err.msg);
	}
	assert_int_equal(uv_loop_close(&loop), 0);
	cert_release(&pair);
	cert_release(&ca);
}

static void never(void *ctx, const struct httpc_reply *reply)
{
	fail_msg("on_done was called");
}

static void test_refused_requests(void **state)
{
	static const char *const split[] = {"Authorization: x\r\nEvil: y", NULL};
	static const struct {
		const char *name, *url;
		const char *const *headers;
		const char *want;
	} rows[] = {
		{"no URL", "", NULL, "cannot use the URL ''"},
		{"file", "file:///etc/passwd", NULL,
		 "cannot use the URL 'file:///etc/passwd': it is neither http nor https"},
		{"port out of range", "http://h:70000/", NULL,
		 "cannot use the URL 'http://h:70000/'"},
		{"header with a line break", "http://h/", split,
		 "header 'Authorization' contains a line break"},
	};
	struct web w;

	web_start(&w, &(struct web_settings){0});
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct httpc_request req = {.method = "GET",
					    .url = rows[i].url,
					    .headers = rows[i].headers,
					    .on_done = never};
		struct error err = {0};

		if (httpc_send(w.httpc, &req, &err) || err.kind != ERR_INPUT ||
		    strncmp(err.msg, rows[i].want, strlen(rows[i].want)) != 0)
			fail_row(rows[i].name, "'%s'", err.msg);
	}
	assert_int_equal(httpc_in_flight(w.httpc), 0);
	web_stop(&w);
}

/* ---- streams ---- */

static void wait_streamed(struct web *w, struct outcome *o, size_t len)
{
	for (unsigned i = 0; o->streamed.len < len && i < 2000; i++)
		web_run_ms(w, 2);
	assert_int_equal(o->streamed.len, len);
}

static void check_stream(bool tls)
{
	struct outcome o = {0};
	struct web w;

	web_start(&w, &(struct web_settings){.tls = tls});
	web_send(&w, &o, "/stream", (struct httpc_request){.on_data = web_stream});
	web_wait(&w, &w.asked, 1);
	httpd_stream_write(w.stream, "{\"a\":1}\n", 8);
	wait_streamed(&w, &o, 8);
	assert_int_equal(o.done, 0);

	httpc_pause(o.call, true);
	httpd_stream_write(w.stream, "held ", 5);
	web_run_ms(&w, 50);
	assert_int_equal(o.streamed.len, 8);
	httpd_stream_write(w.stream, "back\n", 5);
	web_run_ms(&w, 20);
	assert_int_equal(o.streamed.len, 8);
	httpc_pause(o.call, false);
	assert_int_equal(o.streamed.len, 8); /* not from inside the call */
	wait_streamed(&w, &o, 18);
	assert_string_equal(str_get(&o.streamed), "{\"a\":1}\nheld back\n");

	httpd_stream_end(w.stream, false);
	w.stream = NULL;
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.err.kind, ERR_NONE);
	assert_string_equal(o.content_type, "application/json");
	assert_int_equal(o.body.len, 0);
	assert_int_equal(w.gone, 0);
	outcome_release(&o);
	web_stop(&w);
}

static void test_stream_with_pause(void **state)
{
	check_stream(false);
	check_stream(true);
}

static void test_stream_cut(void **state)
{
	for (int tls = 0; tls < 2; tls++) {
		struct outcome o = {0};
		struct web w;

		web_start(&w, &(struct web_settings){.tls = tls});
		web_send(&w, &o, "/stream", (struct httpc_request){.on_data = web_stream});
		web_wait(&w, &w.asked, 1);
		httpd_stream_write(w.stream, "half", 4);
		wait_streamed(&w, &o, 4);
		httpd_stream_end(w.stream, true);
		web_wait(&w, &o.done, 1);
		assert_int_equal(o.err.kind, ERR_RETRY);
		assert_int_equal(o.status, 200);
		assert_int_equal(w.gone, 0);
		outcome_release(&o);
		web_stop(&w);
	}
}

/* bytes put the stall off, pauses do not count */
static void test_stall_in_a_stream(void **state)
{
	struct outcome o = {0};
	uint64_t start;
	struct web w;

	web_start(&w, &(struct web_settings){0});
	web_send(&w, &o, "/stream", (struct httpc_request){.on_data = web_stream, .stall_ms = 150});
	web_wait(&w, &w.asked, 1);
	for (size_t i = 0; i < 5; i++) {
		httpd_stream_write(w.stream, "x", 1);
		web_run_ms(&w, 60);
	}
	assert_int_equal(o.done, 0);
	httpc_pause(o.call, true);
	httpd_stream_write(w.stream, "y", 1);
	web_run_ms(&w, 400);
	assert_int_equal(o.done, 0);
	httpc_pause(o.call, false);
	start = clock_mono_us();
	web_wait(&w, &o.done, 1);
	assert_in_range((clock_mono_us() - start) / 1000, 140, 1000);
	assert_string_equal(o.err.msg, "nothing arrived for 150 ms");
	assert_string_equal(str_get(&o.streamed), "xxxxxy");
	web_wait(&w, &w.gone, 1);
	outcome_release(&o);
	web_stop(&w);
}

static int give_up(struct outcome *o)
{
	return -1;
}

static void test_reader_gives_up(void **state)
{
	struct outcome o = {.on_data = give_up};
	struct web w;

	web_start(&w, &(struct web_settings){0});
	web_send(&w, &o, "/big?100000", (struct httpc_request){0});
	web_wait(&w, &o.done, 1);
	assert_int_equal(o.err.kind, ERR_INPUT);
	assert_int_equal(o.pieces, 1);
	outcome_release(&o);
	web_stop(&w);
}

/* ---- cancel and close ---- */

static struct outcome *victim;

static int cancel_self_and_victim(struct outcome *o)
{
	httpc_cancel(o->call);
	if (victim)
		httpc_cancel(victim->call);
	return 0;
}

static void cancel_victim(struct outcome *o)
{
	if (victim)
		httpc_cancel(victim->call);
}

static int close_client(struct outcome *o)
{
	httpc_close(o->web->httpc);
	o->web->httpc = NULL;
	return 0;
}

static void close_client_when_done(struct outcome *o)
{
	close_client(o);
}

static void test_cancel_from_callbacks(void **state)
{
	struct outcome a = {.on_data = cancel_self_and_victim}, b = {0}, c = {0};
	struct outcome d = {.on_done = cancel_victim};
	struct web w;

	web_start(&w, &(struct web_settings){0});
	victim = &b;
	web_send(&w, &b, "/hang", (struct httpc_request){0});
	web_send(&w, &a, "/big?100000", (struct httpc_request){0});
	web_wait(&w, &w.gone, 1);
	assert_int_equal(a.pieces, 1);

	victim = &c;
	web_send(&w, &c, "/hang", (struct httpc_request){0});
	web_send(&w, &d, "/echo", (struct httpc_request){0});
	web_wait(&w, &d.done, 1);
	web_wait(&w, &w.gone, 2);
	assert_int_equal(a.done + b.done + c.done, 0);
	assert_int_equal(httpc_in_flight(w.httpc), 0);

	web_send(&w, &c, "/echo", (struct httpc_request){0});
	httpc_cancel(c.call); /* before it was started */
	web_run_ms(&w, 20);
	assert_int_equal(c.done, 0);
	outcome_release(&a);
	outcome_release(&d);
	web_stop(&w);
}

static void test_close_from_callbacks(void **state)
{
	struct outcome a = {.on_data = close_client}, b = {0};
	struct outcome c = {.on_done = close_client_when_done}, d = {0};
	struct web w;

	web_start(&w, &(struct web_settings){.tls = true});
	web_send(&w, &b, "/hang", (struct httpc_request){0});
	web_send(&w, &a, "/big?100000", (struct httpc_request){0});
	web_wait(&w, &a.pieces, 1);
	web_stop(&w);
	assert_int_equal(a.done + b.done, 0);

	web_start(&w, &(struct web_settings){.client.max_connections = 1});
	web_send(&w, &c, "/echo", (struct httpc_request){0});
	web_send(&w, &d, "/echo", (struct httpc_request){0});
	web_wait(&w, &c.done, 1);
	web_stop(&w);
	assert_int_equal(d.done, 0);
	outcome_release(&a);
	outcome_release(&c);
}

/* ---- many ---- */

static void check_many(bool tls, unsigned max_connections, unsigned n)
{
	struct outcome *o = mem_calloc(n, sizeof(*o));
	unsigned pending = n;
	struct web w;

	web_start(&w,
		  &(struct web_settings){.tls = tls, .client.max_connections = max_connections});
	for (unsigned i = 0; i < n; i++)
		web_send(&w, &o[i], "/late?2", (struct httpc_request){.timeout_ms = 5000});
	assert_int_equal(httpc_in_flight(w.httpc), n);
	while (pending > 0) {
		web_wait(&w, &o[n - pending].done, 1);
		pending--;
	}
	for (unsigned i = 0; i < n; i++) {
		if (o[i].err.kind != ERR_NONE || strcmp(str_get(&o[i].body), "late") != 0)
			fail_msg("request %u: %s", i, o[i].err.msg);
		outcome_release(&o[i]);
	}
	assert_int_equal(w.asked, n);
	assert_int_equal(httpc_in_flight(w.httpc), 0);
	if (max_connections)
		assert_int_equal(w.most_at_once, max_connections);
	free(o);
	web_stop(&w);
}

static void test_many_requests(void **state)
{
	check_many(false, 4, 500);
	check_many(true, 10, 500);
	check_many(true, 0, 100);
}

/* the wait for a connection does not count: each of these takes 60 ms, one after the other */
static void test_time_outs_begin_with_the_request(void **state)
{
	struct outcome o[6] = {0};
	struct web w;

	web_start(&w, &(struct web_settings){.client.max_connections = 1});
	for (size_t i = 0; i < ARRAY_LEN(o); i++)
		web_send(&w, &o[i], "/late?60", (struct httpc_request){.timeout_ms = 200});
	for (size_t i = 0; i < ARRAY_LEN(o); i++) {
		web_wait(&w, &o[i].done, 1);
		assert_string_equal(o[i].err.msg, "");
		outcome_release(&o[i]);
	}
	web_stop(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_other_statuses_are_replies),
		cmocka_unit_test(test_big_bodies_and_caps),
		cmocka_unit_test(test_server_refuses_big_bodies),
		cmocka_unit_test(test_broken_replies),
		cmocka_unit_test(test_odd_servers),
		cmocka_unit_test(test_refused_connection),
		cmocka_unit_test(test_connect_timeout),
		cmocka_unit_test(test_certificates_are_verified),
		cmocka_unit_test(test_unusable_settings),
		cmocka_unit_test(test_refused_requests),
		cmocka_unit_test(test_stream_with_pause),
		cmocka_unit_test(test_stream_cut),
		cmocka_unit_test(test_stall_in_a_stream),
		cmocka_unit_test(test_reader_gives_up),
		cmocka_unit_test(test_cancel_from_callbacks),
		cmocka_unit_test(test_close_from_callbacks),
		cmocka_unit_test(test_many_requests),
		cmocka_unit_test(test_time_outs_begin_with_the_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
