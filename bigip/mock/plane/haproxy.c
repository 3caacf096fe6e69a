/*
 * Generations of HAProxy. Each runs in the foreground under setpriv, which sets the parent-death
 * signal: when this program is killed, so are they. (Not uv_spawn()'s own doing, and a fork here
 * would be one more way to start programs.)
 */
#include "bigip/mock/plane/haproxy.h"

#include <errno.h>
#include <stdbool.h>
#include <utlist.h>

#include "bigip/mock/plane/cli.h"
#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/proc.h"

enum {
	ASK_EVERY_MS = 10,
	START_PATIENCE_MS = 15000,
	MAX_OLD = 8, /* processes that finish their connections; the oldest has to end for more */
};

/* one process */
struct gen {
	struct haproxy *h;
	struct proc *proc;
	char *socket;
	struct gen *prev, *next; /* in h->old */
};

struct haproxy {
	uv_loop_t *loop;
	struct haproxy_settings s;
	struct gen *current, *starting, *old;
	struct cli *ask;
	uv_timer_t timer; /* while starting */
	uint64_t started_ms;
	unsigned number;
	char *next_socket;
};

static void gen_free(struct gen *g)
{
	unlink(g->socket);
	free(g->socket);
	free(g);
}

static void gen_kill(struct gen *g)
{
	if (!g)
		return;
	proc_close(g->proc);
	gen_free(g);
}

static void stop_asking(struct haproxy *h)
{
	uv_timer_stop(&h->timer);
	cli_cancel(h->ask);
	h->ask = NULL;
}

static void log_end(const struct gen *g, const struct proc_result *r, const char *which)
{
	log_debug("traffic.haproxy.end", kv_str("which", which), kv_i64("pid", proc_pid(g->proc)),
		  kv_i64("status", r->exit_status), kv_i64("signal", r->signum));
}

static void on_exit_gen(void *ctx, const struct proc_result *r)
{
	struct gen *g = ctx;
	struct haproxy *h = g->h;
	struct error err = r->err;

	if (err.kind == ERR_NONE)
		err_set(&err, ERR_RETRY, 0, "HAProxy ended by itself");
	if (g == h->starting) {
		log_end(g, r, "starting");
		h->starting = NULL;
		stop_asking(h);
		gen_free(g);
		h->s.failed(h->s.ctx, r->err_tail, &err);
	} else if (g == h->current) {
		log_end(g, r, "current");
		h->current = NULL;
		gen_free(g);
		if (!h->starting) /* else the new one says how it goes on */
			h->s.lost(h->s.ctx, &err);
	} else {
		log_end(g, r, "old");
		DL_DELETE(h->old, g);
		gen_free(g);
	}
}

/* --- is it up? ----------------------------------------------------------------------------------
 */

static void retire(struct haproxy *h, struct gen *g)
{
	unsigned n = 0;
	struct gen *e;

	if (!g)
		return;
	DL_APPEND(h->old, g);
	DL_COUNT(h->old, e, n);
	if (n <= MAX_OLD)
		return;
	e = h->old;
	log_warn("traffic.haproxy.cut", kv_i64("pid", proc_pid(e->proc)),
		 kv_str("reason", "too many reloads with connections open"));
	DL_DELETE(h->old, e);
	gen_kill(e);
}

static void on_answer(void *ctx, const char *text, const struct error *err)
{
	struct haproxy *h = ctx;
	autofree char *mine = mem_printf("\nPid: %d\n", proc_pid(h->starting->proc));
	struct gen *before = h->current;

	h->ask = NULL;
	if (err || !strstr(text, mine)) {
		/* not yet; on_timer asks again */
		return;
	}
	stop_asking(h);
	h->current = h->starting;
	h->starting = NULL;
	retire(h, before);
	h->s.ready(h->s.ctx);
}

static void on_timer(uv_timer_t *t)
{
	struct haproxy *h = t->data;
	struct error err;
	struct gen *g = h->starting;

	if (uv_now(h->loop) - h->started_ms < START_PATIENCE_MS) {
		if (!h->ask && access(g->socket, F_OK) == 0)
			h->ask = cli_run(h->loop, g->socket, "show info\n", on_answer, h);
		return;
	}
	stop_asking(h);
	h->starting = NULL;
	gen_kill(g);
	err_set(&err, ERR_RETRY, 0, "HAProxy did not come up in %d s", START_PATIENCE_MS / 1000);
	h->s.failed(h->s.ctx, "", &err);
}

/* --- starting -----------------------------------------------------------------------------------
 */

static int write_config(struct haproxy *h, const char *path, const char *config, struct error *err)
{
	autofree char *tmp = mem_printf("%s.new", path);
	FILE *f = fopen(tmp, "we");
	bool ok;

	if (!f)
		return err_errno(err, "cannot write '%s'", tmp);
	ok = fputs(config, f) >= 0;
	ok = fclose(f) == 0 && ok;
	if (!ok || rename(tmp, path) < 0) {
		unlink(tmp);
		return err_errno(err, "cannot write '%s'", path);
	}
	return 0;
}

const char *haproxy_next_socket(struct haproxy *h)
{
	free(h->next_socket);
	h->next_socket = mem_printf("%s/haproxy-%u.sock", h->s.dir, ++h->number);
	return h->next_socket;
}

int haproxy_start(struct haproxy *h, const char *config, struct error *err)
{
	autofree char *path = mem_printf("%s/haproxy.cfg", h->s.dir), *pid = NULL;
	struct gen *g;
	const char *argv[16] = {"setpriv", "--pdeathsig", "KILL", h->s.program, "-db", "-f", path};
	struct proc_settings ps = {.argv = argv, .on_exit = on_exit_gen};
	unsigned n = 7;

	if (write_config(h, path, config, err) < 0)
		return -1;
	if (h->current) {
		pid = mem_printf("%d", proc_pid(h->current->proc));
		argv[n++] = "-x";
		argv[n++] = h->current->socket;
		argv[n++] = "-sf";
		argv[n++] = pid;
	}
	g = mem_alloc(sizeof(*g));
	g->h = h;
	g->socket = move_ptr(h->next_socket);
	ps.ctx = g;
	unlink(g->socket);
	if (proc_run(h->loop, &ps, &g->proc, err) < 0) {
		gen_free(g);
		return -1;
	}
	h->starting = g;
	h->started_ms = uv_now(h->loop);
	uv_timer_start(&h->timer, on_timer, ASK_EVERY_MS, ASK_EVERY_MS);
	return 0;
}

const char *haproxy_socket(const struct haproxy *h)
{
	return h->current ? h->current->socket : NULL;
}

int haproxy_pid(const struct haproxy *h)
{
	return h->current ? proc_pid(h->current->proc) : 0;
}

struct haproxy *haproxy_new(uv_loop_t *loop, const struct haproxy_settings *s)
{
	struct haproxy *h = mem_alloc(sizeof(*h));

	h->loop = loop;
	h->s = *s;
	uv_timer_init(loop, &h->timer);
	h->timer.data = h;
	return h;
}

static void on_timer_closed(uv_handle_t *t)
{
	free(t->data);
}

void haproxy_close(struct haproxy *h)
{
	struct gen *g, *tmp;
	autofree char *config = NULL;

	if (!h)
		return;
	stop_asking(h);
	gen_kill(h->starting);
	gen_kill(h->current);
	DL_FOREACH_SAFE (h->old, g, tmp)
		gen_kill(g);
	config = mem_printf("%s/haproxy.cfg", h->s.dir);
	unlink(config);
	free(h->next_socket);
	uv_close((uv_handle_t *)&h->timer, on_timer_closed);
}

int haproxy_find(const char *program, char **ret, struct error *err)
{
	const char *path = getenv("PATH");
	autofree char *all = mem_printf("%s:/usr/sbin:/usr/local/sbin:/sbin", path ? path : "");
	char *save = NULL;

	if (!program)
		program = "haproxy";
	if (strchr(program, '/')) {
		if (access(program, X_OK) < 0)
			return err_errno(err, "cannot run '%s'", program);
		*ret = mem_strdup(program);
		return 0;
	}
	for (char *dir = strtok_r(all, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		autofree char *full = mem_printf("%s/%s", dir, program);

		if (access(full, X_OK) == 0) {
			*ret = move_ptr(full);
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, ENOENT,
		       "there is no program '%s' (Debian: apt install haproxy)", program);
}
