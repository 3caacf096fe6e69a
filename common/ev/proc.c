/*
 * A program is over when it was reaped and both pipes are at their end. A child that it left behind
 * may hold the pipes open for ever: then, DRAIN_MS after the end, we go on with what we have.
 */
#include "common/ev/proc.h"

#include <errno.h>
#include <signal.h>

#include "common/base/mem.h"
#include "common/base/str.h"

enum {
	DEFAULT_MAX_OUT = 1 << 20,
	ERR_TAIL = 4096,
	DRAIN_MS = 500,
	N_HANDLES = 4, /* process, two pipes, timer */
};

extern char **environ;

struct proc {
	uv_process_t process;
	uv_pipe_t out, err;
	uv_timer_t timer;
	unsigned open_handles;
	unsigned open_pipes;
	bool exited, closed, timed_out, reported;
	int64_t exit_status;
	int signum;
	char *name;
	struct strbuf out_text, err_text;
	char block[4096];
	void (*on_exit)(void *ctx, const struct proc_result *result);
	void *ctx;
};

static void on_handle_closed(uv_handle_t *h)
{
	struct proc *p = h->data;

	if (--p->open_handles > 0)
		return;
	str_wipe(p->out_text.data); /* exec plugins print tokens */
	str_release(&p->out_text);
	str_release(&p->err_text);
	free(p->name);
	free(p);
}

static void close_handle(void *handle)
{
	if (!uv_is_closing(handle))
		uv_close(handle, on_handle_closed);
}

static void close_all(struct proc *p)
{
	close_handle(&p->process);
	close_handle(&p->out);
	close_handle(&p->err);
	close_handle(&p->timer);
}

/* ---- the result ---- */

static const char *last_line(struct proc *p)
{
	char *text = p->err_text.data, *line;
	size_t len = p->err_text.len;

	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		text[--len] = '\0';
	if (len == 0)
		return NULL;
	line = strrchr(text, '\n');
	return line ? line + 1 : text;
}

static void explain(struct proc *p, struct proc_result *r)
{
	const char *line = last_line(p);

	if (p->out_text.bad)
		err_set(&r->err, ERR_INPUT, 0, "'%s' wrote more than %zu bytes", p->name,
			p->out_text.max);
	else if (r->timed_out)
		err_set(&r->err, ERR_RETRY, 0, "'%s' did not end in time", p->name);
	else if (r->signum)
		err_set(&r->err, ERR_RETRY, 0, "'%s' was ended by signal %d%s%s", p->name,
			r->signum, line ? ": " : "", line ? line : "");
	else if (r->exit_status != 0)
		err_set(&r->err, ERR_RETRY, 0, "'%s' ended with exit status %d%s%s", p->name,
			r->exit_status, line ? ": " : "", line ? line : "");
}

static void report(struct proc *p)
{
	struct proc_result r = {
		.exit_status = p->signum ? -1 : (int)p->exit_status,
		.signum = p->signum,
		.timed_out = p->timed_out,
		.out = str_get(&p->out_text),
		.out_len = p->out_text.len,
	};

	if (p->reported)
		return;
	p->reported = true;
	explain(p, &r);
	r.err_tail = str_get(&p->err_text);
	if (!p->closed) {
		p->closed = true; /* proc_close() from on_exit does nothing */
		p->on_exit(p->ctx, &r);
	}
	close_all(p);
}

static void maybe_report(struct proc *p)
{
	if (p->exited && (p->open_pipes == 0 || p->closed))
		report(p);
}

/* ---- events ---- */

static void on_drained(uv_timer_t *t)
{
	report(t->data);
}

static void on_process_exit(uv_process_t *h, int64_t exit_status, int signum)
{
	struct proc *p = h->data;

	p->exited = true;
	p->exit_status = exit_status;
	p->signum = signum;
	uv_timer_start(&p->timer, on_drained, DRAIN_MS, 0);
	maybe_report(p);
}

static void on_timeout(uv_timer_t *t)
{
	struct proc *p = t->data;

	p->timed_out = true;
	proc_signal(p, SIGKILL);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	struct proc *p = h->data;

	*buf = uv_buf_init(p->block, sizeof(p->block));
}

static void keep_tail(struct strbuf *b, const char *data, size_t len)
{
	str_add_mem(b, data, len);
	if (b->len > ERR_TAIL) {
		size_t drop = b->len - ERR_TAIL;

		memmove(b->data, b->data + drop, ERR_TAIL + 1);
		b->len = ERR_TAIL;
	}
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct proc *p = stream->data;

	if (n < 0) {
		p->open_pipes--;
		uv_read_stop(stream);
		maybe_report(p);
		return;
	}
	if (stream == (uv_stream_t *)&p->err) {
		keep_tail(&p->err_text, buf->base, (size_t)n);
		return;
	}
	if (!p->out_text.bad) {
		str_add_mem(&p->out_text, buf->base, (size_t)n);
		if (p->out_text.bad)
			proc_signal(p, SIGKILL);
	}
	explicit_bzero(p->block, (size_t)n);
}

/* ---- the interface ---- */

static bool same_name(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return strncmp(a, b, n) == 0 && b[n] == '=';
}

/* pointers are borrowed; the array is given */
static char **make_env(const char *const *add)
{
	char **env;
	size_t n = 0, n_add = 0, k = 0;

	while (environ[n])
		n++;
	while (add && add[n_add])
		n_add++;
	env = mem_calloc(n + n_add + 1, sizeof(*env));
	for (size_t i = 0; i < n; i++) {
		bool replaced = false;

		for (size_t j = 0; j < n_add; j++)
			replaced |= same_name(add[j], environ[i]);
		if (!replaced)
			env[k++] = environ[i];
	}
	for (size_t j = 0; j < n_add; j++)
		env[k++] = (char *)(uintptr_t)add[j];
	return env;
}

static int spawn(uv_loop_t *loop, struct proc *p, const struct proc_settings *s)
{
	autofree char **env = make_env(s->env_add);
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_IGNORE},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->out},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&p->err},
	};
	uv_process_options_t o = {
		.exit_cb = on_process_exit,
		.file = s->argv[0],
		.args = (char **)(uintptr_t)s->argv,
		.env = env,
		.cwd = s->cwd,
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = 3,
		.stdio = stdio,
	};

	return uv_spawn(loop, &p->process, &o);
}

int proc_run(uv_loop_t *loop, const struct proc_settings *s, struct proc **ret, struct error *err)
{
	struct proc *p = mem_alloc(sizeof(*p));
	int r;

	p->name = mem_strdup(s->argv[0]);
	p->out_text.max = s->max_out ? s->max_out : DEFAULT_MAX_OUT;
	p->on_exit = s->on_exit;
	p->ctx = s->ctx;
	p->open_handles = N_HANDLES;
	uv_pipe_init(loop, &p->out, 0);
	uv_pipe_init(loop, &p->err, 0);
	uv_timer_init(loop, &p->timer);
	p->process.data = p->out.data = p->err.data = p->timer.data = p;
	r = spawn(loop, p, s);
	if (r < 0) {
		err_set(err, r == UV_EAGAIN || r == UV_ENOMEM ? ERR_RETRY : ERR_FATAL, -r,
			"cannot run '%s': %s", s->argv[0], strerror(-r));
		close_all(p);
		return -1;
	}
	p->open_pipes = 2;
	uv_read_start((uv_stream_t *)&p->out, on_alloc, on_read);
	uv_read_start((uv_stream_t *)&p->err, on_alloc, on_read);
	if (s->timeout_ms)
		uv_timer_start(&p->timer, on_timeout, s->timeout_ms, 0);
	*ret = p;
	return 0;
}

void proc_signal(struct proc *p, int signum)
{
	if (!p->exited) /* not reaped yet, so the number is still ours */
		(void)kill(-p->process.pid, signum);
}

void proc_close(struct proc *p)
{
	if (!p || p->closed)
		return;
	p->closed = true;
	proc_signal(p, SIGKILL);
	maybe_report(p);
}

int proc_pid(const struct proc *p)
{
	return p->process.pid;
}
