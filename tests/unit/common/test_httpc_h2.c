/* httpc over HTTP/2: HAProxy in front of our httpd, because libmicrohttpd speaks HTTP/1.1 only */
#include "check.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/ev/proc.h"
#include "web.h"

struct front {
	struct web web;
	struct proc *haproxy;
	char dir[64];
	unsigned port;
};

static unsigned free_port(void)
{
	struct sockaddr_in sa = {.sin_family = AF_INET};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	socklen_t len = sizeof(sa);

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, len), 0);
	getsockname(fd, (struct sockaddr *)&sa, &len);
	close(fd);
	return ntohs(sa.sin_port);
}

static void write_file(const char *dir, const char *name, const char *a, const char *b)
{
	autofree char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_true(fputs(a, f) >= 0 && fputs(b, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void on_haproxy_exit(void *ctx, const struct proc_result *r)
{
	struct front *f = ctx;

	f->haproxy = NULL;
	if (!r->signum)
		fail_msg("haproxy: %s", r->err_tail);
}

static bool answers(unsigned port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	bool yes;

	sa.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	yes = connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0;
	close(fd);
	return yes;
}

static void front_start(struct front *f)
{
	struct web_settings s = {.client = {.http2 = true, .insecure = false}};
	autofree char *config = NULL, *path = NULL;
	const char *argv[] = {"haproxy", "-db", "-q", "-f", NULL, NULL};
	struct proc_settings ps = {.argv = argv, .on_exit = on_haproxy_exit, .ctx = f};
	uint64_t deadline = clock_mono_us() + 10000000;
	struct cert ca = cert_make_ca("test CA"), server = cert_make(&ca, "h2", "IP:127.0.0.1");
	struct error err = {0};

	memset(f, 0, sizeof(*f));
	s.client.ca_pem = ca.cert_pem;
	web_start(&f->web, &s);
	(void)snprintf(f->dir, sizeof(f->dir), "/tmp/podlane-h2-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	f->port = free_port();
	write_file(f->dir, "server.pem", server.cert_pem, server.key_pem);
	config = mem_printf(
		"defaults\n"
		" mode http\n timeout connect 5s\n timeout client 60s\n timeout server 60s\n"
		"frontend f\n bind 127.0.0.1:%u ssl crt %s/server.pem alpn h2\n"
		" http-request set-header X-Test %%[src_port]/%%[fc_http_major]\n"
		" default_backend b\n"
		"backend b\n server s 127.0.0.1:%u\n",
		f->port, f->dir, httpd_port(f->web.httpd));
	write_file(f->dir, "config", config, "");
	argv[4] = path = mem_printf("%s/config", f->dir);
	if (proc_run(&f->web.loop, &ps, &f->haproxy, &err) < 0)
		fail_msg("%s", err.msg);
	while (!answers(f->port) && clock_mono_us() < deadline)
		web_run_ms(&f->web, 10);
	assert_true(answers(f->port));
	cert_release(&ca);
	cert_release(&server);
}

static void front_stop(struct front *f)
{
	static const char *const files[] = {"config", "server.pem"};

	proc_close(f->haproxy);
	web_stop(&f->web);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		autofree char *path = mem_printf("%s/%s", f->dir, files[i]);

		unlink(path);
	}
	rmdir(f->dir);
}

static const char *url(struct front *f, const char *path)
{
	static char text[128];

	(void)snprintf(text, sizeof(text), "https://127.0.0.1:%u%s", f->port, path);
	return text;
}

static void test_all_share_one_connection(void **state)
{
	enum { N = 80 }; /* HAProxy allows 100 streams at once */
	struct outcome o[N] = {0};
	struct front f;

	front_start(&f);
	for (size_t i = 0; i < N; i++)
		web_send(&f.web, &o[i], url(&f, "/echo"), (struct httpc_request){0});
	for (size_t i = 0; i < N; i++) {
		web_wait(&f.web, &o[i].done, 1);
		assert_string_equal(o[i].err.msg, "");
		assert_string_equal(str_get(&o[i].body), str_get(&o[0].body));
	}
	assert_non_null(strstr(str_get(&o[0].body), "/2|")); /* it was HTTP/2 */
	for (size_t i = 0; i < N; i++)
		outcome_release(&o[i]);
	front_stop(&f);
}

/* a paused watch must not hold up others on the same connection */
static void test_paused_stream(void **state)
{
	struct outcome watch = {0}, big = {0};
	struct front f;
	char block[1000];

	memset(block, 'w', sizeof(block));
	front_start(&f);
	web_send(&f.web, &watch, url(&f, "/stream"), (struct httpc_request){.on_data = web_stream});
	web_wait(&f.web, &f.web.asked, 1);
	httpd_stream_write(f.web.stream, "first", 5);
	web_wait(&f.web, &watch.pieces, 1);
	httpc_pause(watch.call, true);
	for (unsigned i = 0; i < 1000; i++)
		httpd_stream_write(f.web.stream, block, sizeof(block));
	web_send(&f.web, &big, url(&f, "/big?3000000"), (struct httpc_request){0});
	web_wait(&f.web, &big.done, 1);
	assert_int_equal(big.body.len, 3000000);
	assert_int_equal(watch.streamed.len, 5);
	httpc_pause(watch.call, false);
	httpd_stream_end(f.web.stream, false);
	f.web.stream = NULL;
	web_wait(&f.web, &watch.done, 1);
	assert_string_equal(watch.err.msg, "");
	assert_int_equal(watch.streamed.len, 1000005);
	outcome_release(&watch);
	outcome_release(&big);
	front_stop(&f);
}

static void test_one_stream_fails_alone(void **state)
{
	struct outcome cancelled = {0}, cut = {0}, late = {0}, stalled = {0};
	struct front f;

	front_start(&f);
	web_send(&f.web, &late, url(&f, "/late?300"), (struct httpc_request){0});
	web_send(&f.web, &cancelled, url(&f, "/hang"), (struct httpc_request){0});
	web_wait(&f.web, &f.web.asked, 2);
	httpc_cancel(cancelled.call);
	web_wait(&f.web, &f.web.gone, 1);
	web_send(&f.web, &cut, url(&f, "/cut?20"), (struct httpc_request){0});
	web_wait(&f.web, &cut.done, 1);
	assert_int_equal(cut.err.kind, ERR_RETRY);
	assert_int_equal(cut.status, 200);
	assert_true(cut.maybe_sent);
	web_send(&f.web, &stalled, url(&f, "/hang"), (struct httpc_request){.stall_ms = 100});
	web_wait(&f.web, &stalled.done, 1);
	assert_string_equal(stalled.err.msg, "nothing arrived for 100 ms");
	web_wait(&f.web, &late.done, 1);
	assert_string_equal(late.err.msg, "");
	assert_string_equal(str_get(&late.body), "late");
	assert_int_equal(cancelled.done, 0);
	outcome_release(&cut);
	outcome_release(&late);
	outcome_release(&stalled);
	front_stop(&f);
}

static void test_connection_lost(void **state)
{
	struct outcome watch = {0}, hang = {0};
	struct front f;

	front_start(&f);
	web_send(&f.web, &watch, url(&f, "/stream"), (struct httpc_request){.on_data = web_stream});
	web_send(&f.web, &hang, url(&f, "/hang"), (struct httpc_request){0});
	web_wait(&f.web, &f.web.asked, 2);
	httpd_stream_write(f.web.stream, "first", 5);
	web_wait(&f.web, &watch.pieces, 1);
	proc_signal(f.haproxy, SIGKILL);
	web_wait(&f.web, &watch.done, 1);
	web_wait(&f.web, &hang.done, 1);
	assert_int_equal(watch.err.kind, ERR_RETRY);
	assert_int_equal(watch.status, 200);
	assert_int_equal(hang.err.kind, ERR_RETRY);
	assert_false(!hang.maybe_sent && hang.status);
	outcome_release(&watch);
	outcome_release(&hang);
	front_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_share_one_connection),
		cmocka_unit_test(test_paused_stream),
		cmocka_unit_test(test_one_stream_fails_alone),
		cmocka_unit_test(test_connection_lost),
	};

	if (system("command -v haproxy >/dev/null 2>&1") != 0) {
		puts("skipped: haproxy is not installed");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
