/* httpd as a raw client sees it, its latency, its ends; and the loop helpers */
#include "check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/ev/loop.h"
#include "web.h"

/* ---- a raw client ---- */

static int dial(struct web *w)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons(httpd_port(w->httpd))};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

/* run the loop and collect until @needle was seen @times times or the server closed; NULL: closed
 */
static bool hear(struct web *w, int fd, struct strbuf *b, const char *needle, unsigned times)
{
	uint64_t deadline = clock_mono_us() + 5000000;

	while (clock_mono_us() < deadline) {
		char block[4096];
		ssize_t n;
		unsigned seen = 0;

		web_run_ms(w, 1);
		n = recv(fd, block, sizeof(block), MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return !needle;
		if (n > 0)
			str_add_mem(b, block, (size_t)n);
		for (const char *s = str_get(b); needle && (s = strstr(s, needle)); s++)
			seen++;
		if (needle && seen >= times)
			return true;
	}
	return false;
}

static void test_raw_requests(void **state)
{
	static const struct {
		const char *name, *send, *needle; /* needle NULL: closed without a word */
		unsigned times;
	} rows[] = {
		{"HTTP/1.0 is answered", "GET /echo HTTP/1.0\r\n\r\n", "GET|/echo||-|", 1},
		{"two pipelined requests",
		 "GET /echo?1 HTTP/1.1\r\nHost: h\r\n\r\nGET /echo?2 HTTP/1.1\r\nHost: h\r\n\r\n",
		 "GET|/echo|", 2},
		{"pipelined behind a late answer",
		 "GET /late?20 HTTP/1.1\r\nHost: h\r\n\r\nGET /echo HTTP/1.1\r\nHost: h\r\n\r\n",
		 "GET|/echo|", 1},
		{"chunked request body",
		 "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
		 "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
		 "POST|/echo||-|abcde", 1},
		{"the client may wait for 100",
		 "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: "
		 "100-continue\r\n\r\n",
		 "HTTP/1.1 100 ", 1},
		{"header names in any case", "GET /echo HTTP/1.1\r\nHost: h\r\nX-TEST: v\r\n\r\n",
		 "GET|/echo||v|", 1},
		{"escapes stay", "GET /a%2Fb%20c?q=%26&r HTTP/1.1\r\nHost: h\r\n\r\n",
		 "GET|/a%2Fb%20c|q=%26&r|-|", 1},
		{"a second ? belongs to the query", "GET /a?b?c HTTP/1.1\r\nHost: h\r\n\r\n",
		 "GET|/a|b?c|-|", 1},
		{"no request", "\x16\x03\x01\x02\r\n\r\n", NULL, 0},
		{"bad chunk length",
		 "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
		 "HTTP/1.1 400 ", 1},
		{"dropped", "GET /drop HTTP/1.1\r\nHost: h\r\n\r\n", NULL, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf b = {0};
		struct web w;
		int fd;

		web_start(&w, &(struct web_settings){0});
		fd = dial(&w);
		say(fd, rows[i].send);
		if (!hear(&w, fd, &b, rows[i].needle, rows[i].times) ||
		    (!rows[i].needle && b.len > 0))
			fail_row(rows[i].name, "'%s'", str_get(&b));
		close(fd);
		str_release(&b);
		web_stop(&w);
	}
}

static void test_request_in_small_pieces(void **state)
{
	static const char text[] =
		"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
	struct strbuf b = {0};
	struct web w;
	int fd;

	web_start(&w, &(struct web_settings){0});
	fd = dial(&w);
	for (size_t i = 0; i + 1 < sizeof(text); i++) {
		assert_int_equal(w.asked, 0); /* whole requests only */
		assert_int_equal(write(fd, text + i, 1), 1);
		web_run_ms(&w, 1);
	}
	assert_true(hear(&w, fd, &b, "POST|/echo||-|hello", 1));
	close(fd);
	str_release(&b);
	web_stop(&w);
}

static void test_long_heads(void **state)
{
	struct strbuf head = {0}, b = {0};
	struct web w;
	int fd;

	web_start(&w, &(struct web_settings){0});
	str_add(&head, "GET /echo HTTP/1.1\r\nHost: h\r\nX-Test: ");
	for (unsigned i = 0; i < 20000; i++)
		str_add_char(&head, 'v');
	fd = dial(&w);
	say(fd, str_get(&head));
	say(fd, "\r\n\r\n");
	assert_true(hear(&w, fd, &b, "GET|/echo||vvv", 1));
	close(fd);
	str_clear(&b);

	for (unsigned i = 0; i < 60000; i++) /* more than a connection may hold */
		str_add_char(&head, 'v');
	fd = dial(&w);
	say(fd, str_get(&head));
	say(fd, "\r\n\r\n");
	assert_true(hear(&w, fd, &b, "HTTP/1.1 4", 1));
	close(fd);
	assert_int_equal(w.asked, 1);
	str_release(&head);
	str_release(&b);
	web_stop(&w);
}

/* ---- time ---- */

/* turns of the loop in @ms: a loop with nothing to do turns only for our own timer */
static unsigned count_turns(struct web *w, unsigned ms)
{
	unsigned turns = 0;

	for (unsigned i = 0; i < ms / 20; i++) {
		uint64_t end = clock_mono_us() + 20000;

		while (clock_mono_us() < end) {
			uv_run(&w->loop, UV_RUN_NOWAIT);
			turns += (unsigned)uv_backend_timeout(&w->loop) == 0;
			usleep(500);
		}
	}
	return turns;
}

static void check_rest(bool tls)
{
	struct outcome hang = {0}, stream = {0}, done = {0};
	struct web w;

	web_start(&w, &(struct web_settings){.tls = tls});
	web_send(&w, &done, "/echo", (struct httpc_request){0}); /* leaves an idle connection */
	web_wait(&w, &done.done, 1);
	web_send(&w, &hang, "/hang", (struct httpc_request){0});
	web_send(&w, &stream, "/stream", (struct httpc_request){0});
	web_wait(&w, &w.asked, 3);
	httpd_stream_write(w.stream, "x", 1);
	web_run_ms(&w, 50);
	assert_in_range(count_turns(&w, 200), 0, 5);
	httpc_cancel(hang.call);
	httpc_cancel(stream.call);
	web_wait(&w, &w.gone, 2);
	web_run_ms(&w, 50);
	assert_in_range(count_turns(&w, 200), 0, 5);
	outcome_release(&done);
	web_stop(&w);
}

static void test_rests_when_idle(void **state)
{
	check_rest(false);
	check_rest(true);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* the median over 21 tries, so that a busy machine does not fail it */
static void check_latency(bool tls)
{
	uint64_t late[21], streamed[21];
	struct outcome s = {0};
	struct web w;

	web_start(&w, &(struct web_settings){.tls = tls});
	for (size_t i = 0; i < ARRAY_LEN(late); i++) {
		struct outcome o = {0};
		uint64_t start = clock_mono_us();

		web_send(&w, &o, "/late?5", (struct httpc_request){0});
		web_wait(&w, &o.done, 1);
		assert_string_equal(str_get(&o.body), "late");
		late[i] = clock_mono_us() - start;
		outcome_release(&o);
	}
	web_send(&w, &s, "/stream", (struct httpc_request){.on_data = web_stream});
	web_wait(&w, &w.asked, ARRAY_LEN(late) + 1);
	for (unsigned i = 0; i < ARRAY_LEN(streamed); i++) {
		uint64_t start = clock_mono_us();

		httpd_stream_write(w.stream, "event\n", 6);
		while (s.streamed.len < (i + 1) * 6)
			uv_run(&w.loop, UV_RUN_ONCE);
		streamed[i] = clock_mono_us() - start;
	}
	qsort(late, ARRAY_LEN(late), sizeof(late[0]), compare_u64);
	qsort(streamed, ARRAY_LEN(streamed), sizeof(streamed[0]), compare_u64);
	print_message("tls %d: 5 ms late answer after %lu us, stream event after %lu us\n", tls,
		      (unsigned long)late[10], (unsigned long)streamed[10]);
	assert_in_range(late[10], 4000, 25000);
	assert_in_range(streamed[10], 0, 20000);
	outcome_release(&s);
	web_stop(&w);
}

static void test_answers_go_out_at_once(void **state)
{
	check_latency(false);
	check_latency(true);
}

/* ---- ends ---- */

static void test_client_goes_away(void **state)
{
	static const char *const requests[] = {"GET /hang HTTP/1.1\r\nHost: h\r\n\r\n",
					       "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n",
					       "GET /late?60000 HTTP/1.1\r\nHost: h\r\n\r\n"};

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct strbuf b = {0};
		struct web w;
		int fd;

		web_start(&w, &(struct web_settings){0});
		fd = dial(&w);
		say(fd, requests[i]);
		web_wait(&w, &w.asked, 1);
		web_run_ms(&w, 5);
		close(fd);
		web_wait(&w, &w.gone, 1);
		web_run_ms(&w, 5);
		assert_int_equal(w.gone, 1);
		assert_null(w.late);
		str_release(&b);
		web_stop(&w);
	}
}

/* the answer is given in the very turn of the loop in which the client's end is about to be seen */
static void test_answer_after_the_end(void **state)
{
	struct web w;
	int fd;

	web_start(&w, &(struct web_settings){0});
	fd = dial(&w);
	say(fd, "GET /hang HTTP/1.1\r\nHost: h\r\n\r\n");
	web_wait(&w, &w.asked, 1);
	web_run_ms(&w, 5);
	close(fd);
	httpd_reply(w.hanging, 200, "text/plain", NULL, "x", 1);
	web_run_ms(&w, 20);
	assert_int_equal(w.gone, 0); /* answered: nothing to tell */
	web_stop(&w);
}

static void test_slow_reader_of_a_stream(void **state)
{
	char *mib = mem_alloc(1 << 20);
	unsigned written = 0;
	struct web w;
	int fd;

	web_start(&w, &(struct web_settings){0});
	fd = dial(&w);
	say(fd, "GET /stream HTTP/1.1\r\nHost: h\r\n\r\n");
	web_wait(&w, &w.asked, 1);
	while (w.stream && written < 200) {
		httpd_stream_write(w.stream, mib, 1 << 20);
		written++;
		web_run_ms(&w, 1);
	}
	assert_in_range(written, 60, 90); /* 64 MiB and what the kernel took */
	assert_int_equal(w.gone, 1);
	close(fd);
	free(mib);
	web_stop(&w);
}

static void test_close_with_pending_requests(void **state)
{
	for (int tls = 0; tls < 2; tls++) {
		struct outcome a = {0}, b = {0}, c = {0};
		struct web w;

		web_start(&w, &(struct web_settings){.tls = tls});
		web_send(&w, &a, "/hang", (struct httpc_request){0});
		web_send(&w, &b, "/stream", (struct httpc_request){0});
		web_send(&w, &c, "/late?60000", (struct httpc_request){0});
		web_wait(&w, &w.asked, 3);
		httpd_close(w.httpd);
		w.httpd = NULL;
		assert_int_equal(w.gone, 3);
		web_wait(&w, &a.done, 1);
		web_wait(&w, &b.done, 1);
		web_wait(&w, &c.done, 1);
		assert_int_equal(a.err.kind, ERR_RETRY);
		outcome_release(&a);
		outcome_release(&b);
		outcome_release(&c);
		web_stop(&w);
	}
}

static void close_it(void *ctx, struct httpd_request *req)
{
	httpd_close(*(struct httpd **)ctx);
	*(struct httpd **)ctx = NULL;
}

static void on_reply(void *ctx, const struct httpc_reply *reply)
{
	(*(unsigned *)ctx)++;
	assert_int_equal(reply->err.kind, ERR_RETRY);
}

static void test_close_from_a_request(void **state)
{
	struct httpd *d = NULL;
	struct httpd_settings s = {.address = "127.0.0.1", .on_request = close_it, .ctx = &d};
	struct httpc *c = NULL;
	unsigned done = 0;
	char url[64];
	struct httpc_request req = {.method = "GET", .url = url, .on_done = on_reply, .ctx = &done};
	uv_loop_t loop;

	uv_loop_init(&loop);
	assert_int_equal(httpd_new(&loop, &s, &d, NULL), 0);
	assert_int_equal(httpc_new(&loop, &(struct httpc_settings){0}, &c, NULL), 0);
	(void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", httpd_port(d));
	assert_non_null(httpc_send(c, &req, NULL));
	while (done == 0)
		uv_run(&loop, UV_RUN_ONCE);
	assert_null(d);
	httpc_close(c);
	assert_int_equal(ev_loop_drain(&loop, 2000), 0);
}

static void test_cannot_listen(void **state)
{
	struct cert ca = cert_make_ca("CA"), other = cert_make_ca("other");
	struct httpd_settings s = {.address = "127.0.0.1", .on_request = close_it};
	struct httpd *d = NULL, *second = NULL;
	struct error err = {0};
	char want[128];
	uv_loop_t loop;

	uv_loop_init(&loop);
	assert_int_equal(httpd_new(&loop, &s, &d, &err), 0);
	s.port = httpd_port(d);
	(void)snprintf(want, sizeof(want),
		       "cannot listen on 127.0.0.1 port %u: Address already in use", s.port);
	assert_int_equal(httpd_new(&loop, &s, &second, &err), -1);
	assert_string_equal(err.msg, want);
	s.port = 0;
	s.address = "localhost";
	assert_int_equal(httpd_new(&loop, &s, &second, &err), -1);
	assert_string_equal(err.msg, "cannot listen on 'localhost': not an IP address");
	s.address = "127.0.0.1";
	s.cert_pem = "nonsense";
	s.key_pem = "nonsense";
	assert_int_equal(httpd_new(&loop, &s, &second, &err), -1);
	assert_non_null(strstr(err.msg, "cannot start the HTTP server on 127.0.0.1 port "));
	assert_null(strstr(err.msg, "unknown reason"));
	s.cert_pem = ca.cert_pem;
	s.key_pem = other.key_pem;
	assert_int_equal(httpd_new(&loop, &s, &second, &err), -1);
	assert_null(second);
	httpd_close(d);
	assert_int_equal(ev_loop_drain(&loop, 2000), 0);
	cert_release(&ca);
	cert_release(&other);
}

/* ---- loop helpers ---- */

static void on_stop(void *ctx, int signum)
{
	*(int *)ctx = signum;
}

static void ignore_timer(uv_timer_t *t)
{
}

static void test_stop_signals(void **state)
{
	int seen = 0;
	uv_timer_t alive;
	uv_loop_t loop;

	uv_loop_init(&loop);
	uv_timer_init(&loop, &alive);
	ev_on_stop(&loop, on_stop, &seen);
	assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0); /* does not keep the loop alive */
	uv_timer_start(&alive, ignore_timer, 5000, 0);
	raise(SIGTERM);
	for (unsigned i = 0; i < 1000 && !seen; i++) {
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(1000);
	}
	assert_int_equal(seen, SIGTERM);
	uv_close((uv_handle_t *)&alive, NULL);
	ev_stop_release();
	ev_stop_release();
	assert_int_equal(ev_loop_drain(&loop, 1000), 0);
}

static void test_drain_names_what_is_left(void **state)
{
	int saved = dup(STDERR_FILENO), pipes[2];
	char text[512] = "";
	uv_timer_t t;
	uv_loop_t loop;

	uv_loop_init(&loop);
	uv_timer_init(&loop, &t);
	uv_timer_start(&t, ignore_timer, 60000, 0);
	assert_int_equal(pipe(pipes), 0);
	dup2(pipes[1], STDERR_FILENO);
	assert_int_equal(ev_loop_drain(&loop, 20), UV_EBUSY);
	dup2(saved, STDERR_FILENO);
	assert_true(read(pipes[0], text, sizeof(text) - 1) > 0);
	assert_ptr_equal(strstr(text, "handle timer "), text);
	uv_close((uv_handle_t *)&t, NULL);
	assert_int_equal(ev_loop_drain(&loop, 1000), 0);
	close(pipes[0]);
	close(pipes[1]);
	close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_raw_requests),
		cmocka_unit_test(test_request_in_small_pieces),
		cmocka_unit_test(test_long_heads),
		cmocka_unit_test(test_rests_when_idle),
		cmocka_unit_test(test_answers_go_out_at_once),
		cmocka_unit_test(test_client_goes_away),
		cmocka_unit_test(test_answer_after_the_end),
		cmocka_unit_test(test_slow_reader_of_a_stream),
		cmocka_unit_test(test_close_with_pending_requests),
		cmocka_unit_test(test_close_from_a_request),
		cmocka_unit_test(test_cannot_listen),
		cmocka_unit_test(test_stop_signals),
		cmocka_unit_test(test_drain_names_what_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
