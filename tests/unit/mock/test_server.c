/* mock-bigip as a program, over TLS: argv[1] is its path. */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/httpc.h"
#include "common/ev/loop.h"

enum { DEADLINE_MS = 10000 };

static const char *program;

struct rig {
	char dir[64], url[128];
	pid_t pid;
	uv_loop_t loop;
	struct httpc *client;
};

/* one answer; several may be under way */
struct answer {
	bool done;
	int status;
	char *body, *content_type;
	struct error err;
	uint64_t ms;
	uint64_t start_us;
	struct rig *rig;
};

static char *file(struct rig *r, const char *name)
{
	return mem_printf("%s/%s", r->dir, name);
}

static char *slurp(const char *path, size_t *ret_len)
{
	FILE *f = fopen(path, "r");
	struct strbuf b = {0};
	char buf[4096];
	size_t n;

	while (f && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add_mem(&b, buf, n);
	if (f)
		fclose(f);
	*ret_len = b.len;
	return str_take(&b);
}

/* start the program; *ret_fd is its standard output */
static pid_t spawn(const char *const *argv, int *ret_fd)
{
	int out[2];
	pid_t pid;

	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execv(program, (char **)(uintptr_t)argv);
		_exit(127);
	}
	close(out[1]);
	*ret_fd = out[0];
	return pid;
}

static void start(struct rig *r, const char *const *more)
{
	autofree char *ca = file(r, "ca.pem");
	autofree char *state = file(r, "state");
	autofree char *log = file(r, "requests");
	const char *argv[32] = {
		program,       "--listen",    "127.0.0.1:0", "--password", "s3cret word",
		"--state",     state,         "--write-ca",  ca,           "--request-log",
		log,           "--partition", "P",           "--snatpool", "SNAT=10.9.9.1,10.9.9.2",
		"--log-level", "error"};
	struct httpc_settings hs = {.ca_file = ca};
	struct error err;
	char line[256] = {0};
	unsigned n = 17;
	size_t len = 0;
	int fd;

	for (; more && *more; more++)
		argv[n++] = *more;
	r->pid = spawn(argv, &fd);
	while (len < sizeof(line) - 1 && read(fd, line + len, 1) == 1 && line[len] != '\n')
		len++;
	line[len] = '\0';
	close(fd);
	if (strncmp(line, "ready https://127.0.0.1:", 24) != 0)
		fail_msg("mock-bigip said '%s'", line);
	snprintf(r->url, sizeof(r->url), "%s", line + 6);
	assert_int_equal(uv_loop_init(&r->loop), 0);
	if (httpc_new(&r->loop, &hs, &r->client, &err) < 0)
		fail_msg("%s", err.msg);
}

static void stop(struct rig *r, int signum)
{
	int status;

	httpc_close(r->client);
	assert_int_equal(ev_loop_drain(&r->loop, 3000), 0);
	kill(r->pid, signum);
	assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
	if (signum == SIGTERM)
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static int set_up(void **state)
{
	struct rig *r = mem_alloc(sizeof(*r));

	snprintf(r->dir, sizeof(r->dir), "/tmp/mock-test-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"ca.pem", "state", "state.new", "requests", "users"};
	struct rig *r = *state;

	for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
		autofree char *path = file(r, names[i]);

		unlink(path);
	}
	rmdir(r->dir);
	free(r);
	return 0;
}

static void on_done(void *ctx, const struct httpc_reply *reply)
{
	struct answer *a = ctx;

	a->done = true;
	a->status = reply->status;
	a->body = mem_strdup(reply->body);
	a->content_type = mem_strdup(reply->content_type);
	a->err = reply->err;
	a->ms = (clock_mono_us() - a->start_us) / 1000;
	uv_stop(&a->rig->loop);
}

static void answer_clear(struct answer *a)
{
	free(a->body);
	free(a->content_type);
	*a = (struct answer){0};
}

static void send_as(struct rig *r, struct answer *a, const char *login, const char *method,
		    const char *path, const char *body)
{
	autofree char *url = mem_printf("%s%s", r->url, path);
	const char *const headers[] = {login, "Content-Type: application/json", NULL};
	struct httpc_request req = {.method = method,
				    .url = url,
				    .headers = headers,
				    .body = body,
				    .body_len = body ? strlen(body) : 0,
				    .timeout_ms = DEADLINE_MS,
				    .on_done = on_done,
				    .ctx = a};
	struct error err;

	answer_clear(a);
	a->rig = r;
	a->start_us = clock_mono_us();
	if (!httpc_send(r->client, &req, &err))
		fail_msg("%s", err.msg);
}

/* admin:s3cret word */
#define LOGIN "Authorization: Basic YWRtaW46czNjcmV0IHdvcmQ="

static void wait_for(struct rig *r, struct answer *a)
{
	while (!a->done) /* httpc's own timeout is the deadline */
		uv_run(&r->loop, UV_RUN_DEFAULT);
}

static int ask(struct rig *r, struct answer *a, const char *method, const char *path,
	       const char *body)
{
	send_as(r, a, LOGIN, method, path, body);
	wait_for(r, a);
	return a->status;
}

static int64_t counted(struct rig *r, const char *path)
{
	autojson struct json_object *o = NULL;
	struct answer a = {0};
	struct error err;
	int64_t n;

	assert_int_equal(ask(r, &a, "GET", "/mock/requests", NULL), 200);
	assert_int_equal(js_parse(a.body, strlen(a.body), &o, &err), 0);
	n = js_int(o, path, 0);
	answer_clear(&a);
	return n;
}

#define POOL   "/mgmt/tm/ltm/pool"
#define POOL_P "/mgmt/tm/ltm/pool/~P~p"
#define A_POOL "{\"name\":\"p\",\"partition\":\"P\"}"

static void serves_over_verified_tls(void **state)
{
	struct rig *r = *state;
	struct answer a = {0};

	start(r, NULL);
	assert_int_equal(ask(r, &a, "POST", POOL, A_POOL), 200);
	assert_string_equal(a.content_type, "application/json; charset=UTF-8");
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 200);
	assert_int_equal(ask(r, &a, "GET", "/mgmt/tm/ltm/snatpool/SNAT", NULL), 200);
	assert_non_null(strstr(a.body, "\"members\":[\"/Common/10.9.9.1\",\"/Common/10.9.9.2\"]"));
	send_as(r, &a, "X: y", "GET", POOL_P, NULL);
	wait_for(r, &a);
	assert_int_equal(a.status, 401);
	assert_non_null(strstr(a.body, "no user authentication header or token detected"));
	send_as(r, &a, "Authorization: Basic YWRtaW46YWRtaW4=", "GET", POOL_P, NULL);
	wait_for(r, &a);
	assert_int_equal(a.status, 401);
	assert_string_equal(a.content_type, "text/html");
	assert_int_equal(ask(r, &a, "DELETE", POOL_P, NULL), 200);
	assert_string_equal(a.body, "");
	answer_clear(&a);
	stop(r, SIGTERM);
}

static void the_password_is_nowhere(void **state)
{
	struct rig *r = *state;
	autofree char *cmdline = NULL;
	autofree char *log = NULL;
	autofree char *log_path = file(r, "requests");
	autofree char *proc = NULL;
	size_t len;
	struct answer a = {0};

	start(r, NULL);
	proc = mem_printf("/proc/%d/cmdline", (int)r->pid);
	cmdline = slurp(proc, &len);
	assert_non_null(memmem(cmdline, len, "--password", 10));
	assert_null(memmem(cmdline, len, "s3cret", 6));
	assert_int_equal(ask(r, &a, "POST", "/mgmt/shared/authn/login",
			     "{\"username\":\"admin\",\"password\":\"s3cret word\"}"),
			 200);
	assert_int_equal(ask(r, &a, "POST", "/mgmt/tm/ltm/monitor/http",
			     "{\"name\":\"m\",\"username\":\"u\",\"password\":\"other-s3cret\"}"),
			 200);
	log = slurp(log_path, &len);
	assert_non_null(strstr(log, "/mgmt/shared/authn/login"));
	assert_non_null(strstr(log, "\"password\":\"***\""));
	assert_null(strstr(log, "s3cret"));
	answer_clear(&a);
	stop(r, SIGTERM);
}

static void add_rule(struct rig *r, const char *rule)
{
	autofree char *body = mem_printf("{\"rule\":\"%s\"}", rule);
	struct answer a = {0};

	assert_int_equal(ask(r, &a, "DELETE", "/mock/fail", NULL), 200);
	assert_int_equal(ask(r, &a, "POST", "/mock/fail", body), 200);
	answer_clear(&a);
}

static void failures_on_demand(void **state)
{
	static const char *const options[] = {"--fail", "503:count=1,path=/ltm/pool", NULL};
	struct rig *r = *state;
	struct answer a = {0};

	start(r, options);
	assert_int_equal(ask(r, &a, "POST", POOL, A_POOL), 503);
	assert_non_null(strstr(a.body, "32964609"));
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 404); /* it was not applied */
	/* no count: curl repeats a request that a kept-alive connection ended without an answer */
	add_rule(r, "close:method=POST,path=/ltm");
	assert_int_equal(ask(r, &a, "POST", POOL, A_POOL), 0);
	assert_int_not_equal(a.err.kind, ERR_NONE);
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 404);
	add_rule(r, "lost-reply:method=POST,path=/ltm");
	assert_int_equal(ask(r, &a, "POST", POOL, A_POOL), 0);
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 200); /* it was */
	add_rule(r, "cut:method=GET,path=~P~p,count=1");
	ask(r, &a, "GET", POOL_P, NULL);
	assert_int_not_equal(a.err.kind, ERR_NONE);
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 200);
	add_rule(r, "delay:ms=200,count=1,path=~P~p");
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 200);
	assert_in_range(a.ms, 200, DEADLINE_MS);
	assert_int_equal(ask(r, &a, "POST", "/mock/fail", "{\"rule\":\"explode\"}"), 400);
	assert_non_null(strstr(a.body, "explode"));
	assert_int_equal(ask(r, &a, "GET", "/mock/fail", NULL), 200);
	assert_non_null(strstr(a.body, "\"fired\":1"));
	answer_clear(&a);
	stop(r, SIGTERM);
}

static void control_path(void **state)
{
	struct rig *r = *state;
	struct answer a = {0};

	start(r, NULL);
	assert_int_equal(ask(r, &a, "POST", POOL, A_POOL), 200);
	assert_int_equal(ask(r, &a, "GET", POOL, NULL), 200);
	assert_int_equal(counted(r, "total"), 2); /* control requests do not count */
	assert_int_equal(counted(r, "writes"), 1);
	assert_int_equal(counted(r, "statuses.200"), 2);
	assert_int_equal(ask(r, &a, "DELETE", "/mock/requests", NULL), 200);
	assert_int_equal(counted(r, "total"), 0);
	assert_int_equal(ask(r, &a, "POST", "/mock/state", "{\"ready\":\"mcpd-lost\"}"), 200);
	assert_int_equal(ask(r, &a, "GET", POOL, NULL), 500);
	assert_int_equal(ask(r, &a, "POST", "/mock/state", "{\"ready\":\"ready\"}"), 200);
	assert_int_equal(ask(r, &a, "POST", "/mgmt/tm/ltm/pool/~P~p/members",
			     "{\"name\":\"10.0.0.1:80\",\"partition\":\"P\",\"monitor\":\"http\"}"),
			 200);
	assert_int_equal(
		ask(r, &a, "POST", "/mock/member",
		    "{\"pool\":\"/P/p\",\"member\":\"/P/10.0.0.1:80\",\"state\":\"down\"}"),
		200);
	assert_int_equal(ask(r, &a, "GET", "/mgmt/tm/ltm/pool/~P~p/members/~P~10.0.0.1:80", NULL),
			 200);
	assert_non_null(strstr(a.body, "\"state\":\"down\""));
	assert_int_equal(ask(r, &a, "POST", "/mock/member",
			     "{\"pool\":\"/P/p\",\"member\":\"/P/none:80\",\"state\":\"down\"}"),
			 404);
	assert_int_equal(ask(r, &a, "GET", "/mock/state", NULL), 200);
	assert_non_null(strstr(a.body, "\"ltm/pool\":1"));
	assert_int_equal(ask(r, &a, "GET", "/mock/nonsense", NULL), 404);
	answer_clear(&a);
	stop(r, SIGTERM);
}

/* six requests of 60 ms, two at once: three rounds */
static void requests_take_time_and_wait_for_a_place(void **state)
{
	static const char *const options[] = {"--latency-ms", "60", "--max-active", "2", NULL};
	struct rig *r = *state;
	struct answer a[6] = {0};
	uint64_t longest = 0;

	start(r, options);
	for (unsigned i = 0; i < ARRAY_LEN(a); i++)
		send_as(r, &a[i], LOGIN, "GET", POOL, NULL);
	for (unsigned i = 0; i < ARRAY_LEN(a); i++) {
		wait_for(r, &a[i]);
		assert_int_equal(a[i].status, 200);
		assert_in_range(a[i].ms, 60, DEADLINE_MS);
		longest = a[i].ms > longest ? a[i].ms : longest;
		answer_clear(&a[i]);
	}
	assert_in_range(longest, 180, DEADLINE_MS);
	stop(r, SIGTERM);
}

/* a client that leaves and a server that ends while requests are under way */
static void ends_cleanly_with_requests_under_way(void **state)
{
	static const char *const options[] = {"--latency-ms", "5000", "--max-active", "2", NULL};
	struct rig *r = *state;
	struct answer a[6] = {0};
	uint64_t until = clock_mono_us() + DEADLINE_MS * 1000ull;

	start(r, options);
	for (unsigned i = 0; i < ARRAY_LEN(a); i++)
		send_as(r, &a[i], LOGIN, "POST", POOL, A_POOL);
	/* all have arrived */
	while (counted(r, "total") < 6 && clock_mono_us() < until)
		uv_run(&r->loop, UV_RUN_NOWAIT);
	assert_int_equal(counted(r, "active"), 2);
	stop(r, SIGTERM);
}

static void state_survives(void **state)
{
	struct rig *r = *state;
	autofree char *path = file(r, "state");
	struct answer a = {0};
	uint64_t until = clock_mono_us() + DEADLINE_MS * 1000ull;
	bool saved = false;
	size_t len;

	start(r, NULL);
	assert_int_equal(ask(r, &a, "POST", POOL, A_POOL), 200);
	stop(r, SIGTERM);
	start(r, NULL);
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 200);
	assert_int_equal(ask(r, &a, "PATCH", POOL_P, "{\"description\":\"second\"}"), 200);
	while (!saved && clock_mono_us() < until) { /* by itself, soon after the change */
		autofree char *text = slurp(path, &len);

		saved = strstr(text, "second") != NULL;
		usleep(10000);
	}
	assert_true(saved);
	stop(r, SIGKILL);
	start(r, NULL);
	assert_int_equal(ask(r, &a, "GET", POOL_P, NULL), 200);
	assert_non_null(strstr(a.body, "second"));
	answer_clear(&a);
	stop(r, SIGTERM);
}

static void wrong_usage(void **state)
{
	static const struct {
		const char *name, *argv[4];
		int exit;
		const char *says;
	} rows[] = {
		{"unknown option", {"--nonsense"}, 2, "nonsense"},
		{"an argument too many", {"word"}, 2, "'word' is not an option"},
		{"bad address", {"--listen", "here"}, 2, "--listen 'here' is not ADDRESS:PORT"},
		{"bad failure", {"--fail", "explode"}, 1, "explode"},
		{"bad quirk", {"--quirk", "odd"}, 2, "paging-top-grows"},
		{"bad latency", {"--latency-ms", "fast"}, 2, "fast"},
		{"certificate without key", {"--cert", "x"}, 2, "go together"},
		{"missing password file", {"--password-file", "/nonexistent"}, 1, "/nonexistent"},
		{"missing set-up", {"--setup", "/nonexistent"}, 1, "/nonexistent"},
		{"bad SNAT pool", {"--snatpool", "x"}, 1, "NAME=ADDRESS"},
		{"help", {"--help"}, 0, "--latency-ms"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *argv[8] = {program, "--listen", "127.0.0.1:0"};
		struct strbuf out = {0};
		char buf[1024];
		int fd, status;
		ssize_t n;
		pid_t pid;

		for (unsigned j = 0; j < 4 && rows[i].argv[j]; j++)
			argv[3 + j] = rows[i].argv[j];
		pid = spawn(argv, &fd);
		while ((n = read(fd, buf, sizeof(buf))) > 0)
			str_add_mem(&out, buf, (size_t)n);
		close(fd);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != rows[i].exit ||
		    !strstr(str_get(&out), rows[i].says))
			fail_row(rows[i].name, "status %d, said '%s'", status, str_get(&out));
		str_release(&out);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(serves_over_verified_tls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_password_is_nowhere, set_up, tear_down),
		cmocka_unit_test_setup_teardown(failures_on_demand, set_up, tear_down),
		cmocka_unit_test_setup_teardown(control_path, set_up, tear_down),
		cmocka_unit_test_setup_teardown(requests_take_time_and_wait_for_a_place, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(ends_cleanly_with_requests_under_way, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(state_survives, set_up, tear_down),
		cmocka_unit_test(wrong_usage),
	};

	if (argc != 2)
		return 2;
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
