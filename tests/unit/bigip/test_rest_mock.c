/* the client against the mock-bigip program, over TLS: argv[1] is its path */
#include "check.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rest_env.h"

#include "common/base/clock.h"
#include "common/base/mem.h"

static const char *program;

struct mock {
	pid_t pid;
	char url[128], ca_path[64];
	char *ca;
};

static void read_line(int fd, char *buf, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, buf + n, 1) == 1 && buf[n] != '\n')
		n++;
	buf[n] = '\0';
}

static char *read_file(const char *path)
{
	struct strbuf text = {0};
	char block[4096];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	while ((n = read(fd, block, sizeof(block))) > 0)
		str_add_mem(&text, block, (size_t)n);
	close(fd);
	return str_take(&text);
}

static struct mock mock_start(const char *const *more)
{
	const char *argv[32] = {program,       "--listen",    "127.0.0.1:0", "--password",
				"mock-secret", "--partition", "P",           "--log-level",
				"error",       "--write-ca"};
	unsigned n = 10;
	struct mock m = {0};
	char line[256];
	int out[2];

	snprintf(m.ca_path, sizeof(m.ca_path), "/tmp/podlane-test-ca-%d.pem", (int)getpid());
	argv[n++] = m.ca_path;
	for (; more && *more; more++)
		argv[n++] = *more;
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	m.pid = fork();
	assert_true(m.pid >= 0);
	if (m.pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when a test fails */
		dup2(out[1], 1);
		execv(program, (char **)(uintptr_t)argv);
		_exit(127);
	}
	close(out[1]);
	read_line(out[0], line, sizeof(line));
	close(out[0]);
	if (strncmp(line, "ready https://", 14) != 0)
		fail_msg("mock-bigip said '%s'", line);
	snprintf(m.url, sizeof(m.url), "%s", line + 6);
	m.ca = read_file(m.ca_path);
	return m;
}

static void mock_stop(struct mock *m)
{
	int status;

	kill(m->pid, SIGTERM);
	assert_int_equal(waitpid(m->pid, &status, 0), m->pid);
	unlink(m->ca_path);
	free(m->ca);
}

static void start(struct env *e, const struct mock *m, unsigned batch)
{
	env_start_with(e, &(struct bigip_rest_settings){.url = m->url,
							.password = "mock-secret",
							.ca_pem = m->ca,
							.batch = batch});
	e->rest->timing.refused_min_ms = 50; /* a 401 by chance hits log-ins as well */
	env_wait(e, e->ups, 1);
}

/* what a ConfigMap "ns/<name>" asks for */
static struct bigip_app make_app(const char *name, unsigned i)
{
	struct bigip_app app = {.owner = mem_printf("ns/%s", name), .partition = mem_strdup("P")};
	autofree char *pool_name = mem_printf("cfgmap_ns_%s_svc", name);
	autofree char *monitor_name = mem_printf("%s_0_http", pool_name);
	autofree char *virtual_name = mem_printf("ns_%s", name);
	struct bigip_pool *pool = env_pool(pool_name, 3);
	struct bigip_virtual *v = (struct bigip_virtual *)bigip_object_new(BIGIP_VIRTUAL, "P",
									   virtual_name);

	bigip_app_add(&app, bigip_object_new(BIGIP_MONITOR_HTTP, "P", monitor_name));
	pool->monitors = mem_calloc(1, sizeof(char *));
	pool->monitors[pool->n_monitors++] = mem_printf("/P/%s", monitor_name);
	bigip_app_add(&app, &pool->o);
	free(v->destination);
	v->destination = mem_printf("/P/10.9.%u.%u%%0:80", i / 250, i % 250 + 1);
	free(v->ip_protocol);
	v->ip_protocol = mem_strdup("tcp");
	v->pool = mem_printf("/P/%s", pool_name);
	v->profiles = mem_calloc(1, sizeof(*v->profiles));
	v->profiles[v->n_profiles++] = (struct bigip_profile){.path = mem_strdup("/Common/tcp")};
	bigip_app_add(&app, &v->o);
	return app;
}

static size_t plan_app(struct env *e, const char *name, unsigned i, bool bad, bool apply)
{
	struct bigip_app app = make_app(name, i);
	struct bigip_plan p = {0};
	struct error err = {0};
	size_t n;

	if (bad) {
		struct bigip_virtual *v = (struct bigip_virtual *)app.objects[2];

		free(v->profiles[0].path);
		v->profiles[0].path = mem_strdup("/Common/nonsense");
	}
	if (bigip_plan_app(&app, e->state, &p, &err) < 0)
		fail_msg("%s", err.msg);
	n = p.n;
	if (apply)
		env_apply(e, &p, BIGIP_BULK);
	else
		bigip_plan_release(&p);
	bigip_app_release(&app);
	return n;
}

static void read_again(struct env *e)
{
	unsigned n = e->reads;

	env_read(e, "P", 0);
	env_wait(e, e->reads, n + 1);
	assert_string_equal(e->read_err.msg, "");
}

static void apps(struct env *e, unsigned n, unsigned bad)
{
	for (unsigned i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "app%u", i);
		plan_app(e, name, i, i == bad, true);
	}
	env_wait(e, e->n_back, n);
}

static void check_applied(unsigned batch)
{
	struct mock m = mock_start(NULL);
	struct env *e = env_new();
	uint64_t digest;

	start(e, &m, batch);
	read_again(e);
	assert_int_equal(bigip_state_count(e->state, "P"), 0);
	apps(e, 70, 33); /* 210 objects, one of them bad */
	for (unsigned i = 0; i < 70; i++) {
		struct env_plan *p = &e->plans[i];

		assert_int_equal(p->n, 3);
		if (p->outcome[2] != (i == 33 ? BIGIP_REFUSED : BIGIP_DONE))
			fail_msg("app %u: %s", i, p->err[2].msg);
	}
	assert_non_null(strstr(e->plans[33].err[2].msg, "/Common/nonsense"));
	read_again(e);
	assert_int_equal(bigip_state_count(e->state, "P"), 209);
	for (unsigned i = 0; i < 70; i++) {
		char name[16];

		snprintf(name, sizeof(name), "app%u", i);
		assert_int_equal(plan_app(e, name, i, false, false), i == 33);
	}
	digest = e->digest;
	env_read(e, "P", digest);
	env_wait(e, e->reads, 3);
	assert_null(e->state);
	assert_true(e->digest == digest);
	assert_int_equal(e->downs, 0);
	env_end(e);
	mock_stop(&m);
}

static void test_singles(void **state)
{
	check_applied(0);
}

static void test_transactions(void **state)
{
	check_applied(100);
}

/* endpoints come, drain and go */
static void test_members(void **state)
{
	struct mock m = mock_start(NULL);
	struct env *e = env_new();
	static const enum bigip_op ops[] = {BIGIP_OP_MEMBER_ADD, BIGIP_OP_MEMBER_MODIFY,
					    BIGIP_OP_MEMBER_DELETE, BIGIP_OP_MEMBER_DELETE};
	struct bigip_plan p = {0};

	start(e, &m, 0);
	env_add(&p, BIGIP_OP_CREATE, &env_pool("x", 1)->o);
	env_apply(e, &p, BIGIP_NORMAL);
	env_wait(e, e->n_back, 1);
	for (unsigned i = 0; i < ARRAY_LEN(ops); i++) {
		struct bigip_pool *pool = env_pool("x", 2);

		p = (struct bigip_plan){0};
		pool->members[1].session = BIGIP_SESSION_DISABLED;
		env_add(&p, ops[i], &pool->o);
		p.changes[0].observed = &env_pool("x", 2)->o;
		p.changes[0].member = 1;
		env_apply(e, &p, BIGIP_URGENT);
		env_wait(e, e->n_back, 2 + i);
		if (e->plans[1 + i].outcome[0] != BIGIP_DONE)
			fail_msg("%u: %s", i, e->plans[1 + i].err[0].msg);
		if (i == 1) {
			read_again(e);
			pool = (struct bigip_pool *)bigip_state_get(e->state, BIGIP_POOL, "P", "x");
			assert_int_equal(pool->n_members, 2);
			assert_int_equal(pool->members[1].session, BIGIP_SESSION_DISABLED);
		}
	}
	env_end(e);
	mock_stop(&m);
}

static const struct trouble {
	const char *name;
	const char *args[8];
} troubles[] = {
	{"tokens of two seconds", {"--token-ttl", "2", "--latency-ms", "20"}},
	{"one in twenty is 503", {"--fail", "503:5%"}},
	{"one in fifty is 401", {"--fail", "401:2%"}},
};

static void test_trouble_loses_nothing(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		const struct trouble *c = &troubles[i];
		struct mock m = mock_start(c->args);
		struct env *e = env_new();
		unsigned rounds = 0;

		print_message("%s\n", c->name);
		start(e, &m, 50);
		/* as a controller does it: until nothing is left to do */
		for (;;) {
			unsigned back = e->n_back, reads = e->reads, sent = 0;

			if (++rounds > 40)
				fail_row(c->name, "not done after 40 rounds: %s", e->why.msg);
			env_read(e, "P", 0);
			env_wait(e, e->reads, reads + 1);
			if (e->read_err.kind != ERR_NONE) {
				env_run_ms(e, 50);
				continue;
			}
			for (unsigned k = 0; k < 40; k++) {
				char name[16];

				snprintf(name, sizeof(name), "app%u", k);
				if (plan_app(e, name, k, false, false) > 0) {
					plan_app(e, name, k, false, true);
					sent++;
				}
			}
			if (sent == 0)
				break;
			env_wait(e, e->n_back, back + sent);
		}
		assert_int_equal(bigip_state_count(e->state, "P"), 120);
		env_end(e);
		mock_stop(&m);
	}
}

static void test_certificate_is_verified(void **state)
{
	struct mock m = mock_start(NULL);
	struct env *e = env_new();

	env_start_with(e, &(struct bigip_rest_settings){.url = m.url, .password = "mock-secret"});
	env_wait(e, e->downs, 1);
	assert_non_null(strstr(e->why.msg, "certificate verify failed"));
	env_end(e);
	e = env_new();
	env_start_with(e, &(struct bigip_rest_settings){
				  .url = m.url, .password = "mock-secret", .insecure = true});
	env_wait(e, e->ups, 1);
	env_end(e);
	mock_stop(&m);
}

static void test_killed_and_started_again(void **state)
{
	struct mock m = mock_start(NULL);
	struct env *e = env_new();
	unsigned p;

	start(e, &m, 0);
	kill(m.pid, SIGKILL);
	p = env_apply_app(e, "x", BIGIP_NORMAL);
	env_wait(e, e->downs, 1);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[p].outcome[0], BIGIP_NOT_TRIED);
	env_end(e);
	mock_stop(&m);
}

static void test_three_thousand_over_tls(void **state)
{
	struct mock m = mock_start(NULL);
	struct env *e = env_new();
	uint64_t start_us;

	start(e, &m, 0);
	read_again(e);
	start_us = clock_mono_us();
	apps(e, 1000, UINT32_MAX);
	print_message("3000 creates over TLS: %.2f s\n",
		      (double)(clock_mono_us() - start_us) / 1e6);
	start_us = clock_mono_us();
	read_again(e);
	print_message("read of 3000 objects: %.2f s\n", (double)(clock_mono_us() - start_us) / 1e6);
	assert_int_equal(bigip_state_count(e->state, "P"), 3000);
	env_end(e);
	mock_stop(&m);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_singles),
		cmocka_unit_test(test_transactions),
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_trouble_loses_nothing),
		cmocka_unit_test(test_certificate_is_verified),
		cmocka_unit_test(test_killed_and_started_again),
		cmocka_unit_test(test_three_thousand_over_tls),
	};

	if (argc != 2) {
		fprintf(stderr, "usage: test_rest_mock PROGRAM\n");
		return 2;
	}
	program = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
