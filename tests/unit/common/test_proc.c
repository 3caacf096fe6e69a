#include "check.h"

#include <signal.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/loop.h"
#include "common/ev/proc.h"

struct ended {
	int n, exit_status, signum;
	bool timed_out;
	struct strbuf out;
	char tail[5000];
	struct error err;
	struct proc *proc;
	bool close_in_callback;
};

static void on_exit_(void *ctx, const struct proc_result *r)
{
	struct ended *e = ctx;

	e->n++;
	e->exit_status = r->exit_status;
	e->signum = r->signum;
	e->timed_out = r->timed_out;
	str_add_mem(&e->out, r->out, r->out_len);
	(void)snprintf(e->tail, sizeof(e->tail), "%s", r->err_tail);
	e->err = r->err;
	if (e->close_in_callback)
		proc_close(e->proc);
}

static const char *const env_add[] = {"PODLANE_TEST=with space", "HOME=/nowhere", NULL};

/* runs "sh -c script"; the loop must drain afterwards */
static void run(struct ended *e, const char *script, unsigned timeout_ms, size_t max_out)
{
	const char *const argv[] = {"sh", "-c", script, "sh", "a b", "$HOME", NULL};
	struct proc_settings s = {.argv = argv,
				  .env_add = env_add,
				  .cwd = "/",
				  .timeout_ms = timeout_ms,
				  .max_out = max_out,
				  .on_exit = on_exit_,
				  .ctx = e};
	struct error err = {0};
	uv_loop_t loop;

	uv_loop_init(&loop);
	if (proc_run(&loop, &s, &e->proc, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(ev_loop_drain(&loop, 8000), 0);
	assert_int_equal(e->n, 1);
}

static void test_results(void **state)
{
	static const struct {
		const char *name, *script, *out, *err;
		int status, signum;
		unsigned timeout_ms;
		size_t max_out;
	} rows[] = {
		{"output is captured", "echo hello", "hello\n", ""},
		{"arguments are not split or expanded", "printf '%s|' \"$@\"", "a b|$HOME|", ""},
		{"environment is inherited and added to",
		 "echo \"$PODLANE_TEST,$HOME,${PATH:+path}\"", "with space,/nowhere,path\n", ""},
		{"working directory", "pwd", "/\n", ""},
		{"standard input is empty", "cat; echo end", "end\n", ""},
		{"exit status with the last line", "echo one >&2; echo two >&2; exit 3", "",
		 "'sh' ended with exit status 3: two", 3},
		{"exit status without a word", "exit 1", "", "'sh' ended with exit status 1", 1},
		{"ended by a signal", "kill -9 $$", "", "'sh' was ended by signal 9", -1, 9},
		{"too slow", "sleep 60", "", "'sh' did not end in time", -1, 9, 100},
		{"too much output", "while :; do echo xxxxxxxxxxxxxxx; done", NULL,
		 "'sh' wrote more than 100 bytes", -1, 9, 0, 100},
		{"output is binary", "printf 'a\\000b' | wc -c | tr -d ' '", "3\n", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ended e = {0};

		run(&e, rows[i].script, rows[i].timeout_ms, rows[i].max_out);
		if ((rows[i].out && strcmp(str_get(&e.out), rows[i].out) != 0) ||
		    strcmp(e.err.msg, rows[i].err) != 0 || e.exit_status != rows[i].status ||
		    e.signum != rows[i].signum || e.timed_out != (rows[i].timeout_ms > 0))
			fail_row(rows[i].name, "'%s' status %d signal %d: %s", str_get(&e.out),
				 e.exit_status, e.signum, e.err.msg);
		str_release(&e.out);
	}
}

/* gone, or a zombie that nobody reaps in a container without an init */
static bool is_dead(const char *pid)
{
	char text[512] = "";
	autofree char *path = mem_printf("/proc/%.*s/stat", (int)strcspn(pid, "\n"), pid);
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	if (f)
		fclose(f);
	return n == 0 || strstr(text, ") Z ");
}

static void test_time_out_ends_the_children(void **state)
{
	uint64_t deadline = clock_mono_us() + 5000000;
	struct ended e = {0};

	run(&e, "sleep 60 & echo $!; wait", 200, 0);
	assert_true(e.timed_out);
	assert_true(e.out.len > 1);
	while (!is_dead(str_get(&e.out)) && clock_mono_us() < deadline)
		usleep(1000);
	assert_true(is_dead(str_get(&e.out)));
	str_release(&e.out);
}

static void test_tail_of_stderr(void **state)
{
	struct ended e = {0};

	run(&e, "i=0; while [ $i -lt 2000 ]; do echo line $i >&2; i=$((i+1)); done; exit 2", 0, 0);
	assert_int_equal(strlen(e.tail), 4095); /* the last line break is cut off */
	str_release(&e.out);
	assert_string_equal(e.err.msg, "'sh' ended with exit status 2: line 1999");
}

/* somebody left behind holds the pipes open */
static void test_left_over_children(void **state)
{
	uint64_t start = clock_mono_us();
	struct ended e = {0};

	run(&e, "sleep 5 & echo done", 0, 0);
	assert_string_equal(str_get(&e.out), "done\n");
	assert_true(clock_mono_us() - start < 3000000);
	str_release(&e.out);
}

static void test_cannot_start(void **state)
{
	const char *const argv[] = {"/nonexistent/program", NULL};
	struct ended e = {0};
	struct proc_settings s = {.argv = argv, .on_exit = on_exit_, .ctx = &e};
	struct error err = {0};
	struct proc *p = NULL;
	uv_loop_t loop;

	uv_loop_init(&loop);
	assert_int_equal(proc_run(&loop, &s, &p, &err), -1);
	assert_string_equal(err.msg,
			    "cannot run '/nonexistent/program': No such file or directory");
	assert_null(p);
	assert_int_equal(ev_loop_drain(&loop, 2000), 0);
	assert_int_equal(e.n, 0);
}

static void test_close(void **state)
{
	const char *const argv[] = {"sleep", "60", NULL};
	struct ended e = {0};
	struct proc_settings s = {.argv = argv, .on_exit = on_exit_, .ctx = &e};
	struct error err = {0};
	struct proc *p = NULL;
	uv_loop_t loop;
	int pid;

	uv_loop_init(&loop);
	assert_int_equal(proc_run(&loop, &s, &p, &err), 0);
	pid = proc_pid(p);
	assert_int_equal(kill(pid, 0), 0);
	proc_close(p);
	proc_close(p);
	assert_int_equal(ev_loop_drain(&loop, 2000), 0);
	assert_int_equal(e.n, 0);
	assert_int_equal(kill(pid, 0), -1); /* reaped */

	e.close_in_callback = true;
	run(&e, "exit 0", 0, 0);
	str_release(&e.out);
}

static void test_signal(void **state)
{
	const char *const argv[] = {"sh", "-c",
				    "trap 'echo term; exit 0' TERM; echo up; "
				    "while :; do sleep 0.05; done",
				    NULL};
	struct ended e = {0};
	struct proc_settings s = {.argv = argv, .on_exit = on_exit_, .ctx = &e};
	uint64_t deadline = clock_mono_us() + 5000000;
	uv_loop_t loop;

	uv_loop_init(&loop);
	assert_int_equal(proc_run(&loop, &s, &e.proc, NULL), 0);
	uv_run(&loop, UV_RUN_ONCE); /* "up": the trap is set */
	proc_signal(e.proc, SIGTERM);
	while (e.n == 0 && clock_mono_us() < deadline)
		uv_run(&loop, UV_RUN_ONCE);
	assert_int_equal(ev_loop_drain(&loop, 2000), 0);
	assert_string_equal(str_get(&e.out), "up\nterm\n");
	assert_int_equal(e.err.kind, ERR_NONE);
	str_release(&e.out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_results),
		cmocka_unit_test(test_time_out_ends_the_children),
		cmocka_unit_test(test_tail_of_stderr),
		cmocka_unit_test(test_left_over_children),
		cmocka_unit_test(test_cannot_start),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
