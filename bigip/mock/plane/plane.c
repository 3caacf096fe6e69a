/*
 * The plane: a change of the tree or of a member's state leads, some milliseconds later, to a new
 * layout. If the runtime API can bring HAProxy there, it does; otherwise HAProxy is reloaded. One
 * step is under way at a time; what happens meanwhile is seen by the next one, because each step
 * compares what should be with what runs. A command that fails makes the next step a reload.
 *
 * A reload that fails changes nothing: the process before goes on. The virtual server that HAProxy
 * complained about is left out, with a note, and the reload is tried again.
 */
#include "bigip/mock/plane/plane.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "bigip/mock/plane/address.h"
#include "bigip/mock/plane/check.h"
#include "bigip/mock/plane/cli.h"
#include "bigip/mock/plane/haproxy.h"
#include "bigip/mock/plane/layout.h"
#include "bigip/mock/plane/notes.h"
#include "bigip/mock/plane/owned.h"
#include "bigip/mock/plane/refused.h"
#include "bigip/mock/plane/tally.h"
#include "bigip/mock/tls.h"
#include "common/base/backoff.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum {
	COLLECT_MS = 30,     /* after a change of the tree */
	STATE_MS = 2,        /* after a change of a member's state */
	LOOK_MS = 1000,      /* counters, deletions, refusals */
	SLOWEST_PACE = 2000, /* between two reloads */
	SOCKET_PATH_MAX = 100,
	N_HANDLES = 3,
};

struct plane {
	uv_loop_t *loop;
	struct mock *m;
	char *dir, *program, *cert;
	bool own_dir;
	bool transparent;
	bool closed;
	unsigned open_handles;
	uv_timer_t collect, step, look;

	struct traffic_view *view;
	struct checker *checker;
	struct haproxy *haproxy;
	struct refusals *refusals;
	struct tally *tally;

	struct layout *running;  /* NULL: nothing runs */
	struct layout *applying; /* a step is under way */
	bool again;              /* something changed during the step */
	bool must_reload;
	struct cli *cli;              /* of the step */
	struct cli *stats;            /* "show stat" */
	struct cli *delete;           /* "del server" */
	struct strbuf gone, deleting; /* commands that could not be carried out yet; under way */
	struct backoff backoff;
	uint64_t reload_began_ms, not_before_ms;

	struct notes *notes;
	struct owned *owned;
};

static void plane_step(struct plane *p);

static void on_step(uv_timer_t *t)
{
	plane_step(t->data);
}

static void step_soon(struct plane *p, uint64_t ms)
{
	if (!uv_is_active((uv_handle_t *)&p->step) || uv_timer_get_due_in(&p->step) > ms)
		uv_timer_start(&p->step, on_step, ms, 0);
}

/* --- the layout that should be ------------------------------------------------------------------
 */

static struct layout_health world_health(void *ctx, const char *pool, const char *member)
{
	const struct plane *p = ctx;

	return checker_health(p->checker, pool, member);
}

static const char *world_refused(void *ctx, const struct layout_proxy *proxy)
{
	const struct plane *p = ctx;

	return refusals_get(p->refusals, proxy);
}

/* a certificate of our own for client-ssl virtual servers, once one is there */
static void make_cert(struct plane *p)
{
	autofree char *cert = NULL, *key = NULL, *path = mem_printf("%s/cert.pem", p->dir);
	struct error err;
	bool wanted = false, ok;
	int fd;
	FILE *f;

	for (size_t i = 0; i < p->view->n_virtuals; i++)
		wanted |= p->view->virtuals[i].client_ssl;
	if (!wanted || p->cert)
		return;
	if (tls_self_signed("mock-bigip", &cert, &key, &err) < 0) {
		log_error("traffic.cert", kv_str("error", err.msg));
		return;
	}
	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	f = fd >= 0 ? fdopen(fd, "w") : NULL;
	ok = f && fputs(cert, f) >= 0 && fputs(key, f) >= 0;
	str_wipe(key);
	if (f)
		ok = fclose(f) == 0 && ok;
	if (ok)
		p->cert = move_ptr(path);
	else
		log_error("traffic.cert", kv_str("path", path), kv_str("error", strerror(errno)));
}

/* whether the running HAProxy listens there, mostly for the virtual server of the same name */
static bool serves(const struct layout *l, const struct layout_proxy *x)
{
	const struct layout_proxy *p = l ? layout_proxy_find(l, x->name, strlen(x->name)) : NULL;

	if (p && ip_eq(&p->addr, &x->addr) && p->port == x->port)
		return true;
	for (unsigned i = 0; l && i < l->n_proxies; i++) {
		if (ip_eq(&l->proxies[i].addr, &x->addr) && l->proxies[i].port == x->port)
			return true;
	}
	return false;
}

/* what is new must have addresses that can be used: HAProxy would not come up with one that cannot,
   and pause the old process while it tries */
static bool refuse_some(struct plane *p, const struct layout *l)
{
	bool any = false;

	for (unsigned i = 0; i < l->n_proxies; i++) {
		if (!serves(p->running, &l->proxies[i]))
			any |= refusals_check(p->refusals, &l->proxies[i], p->transparent);
	}
	return any;
}

static struct layout *wanted_layout(struct plane *p)
{
	struct layout_world world = {.transparent = p->transparent,
				     .health = world_health,
				     .refused = world_refused,
				     .ctx = p};
	struct layout *l;

	make_cert(p);
	world.cert = p->cert;
	l = layout_new(p->view, &world);
	owned_add(p->owned, l);
	if (refuse_some(p, l)) {
		layout_free(l);
		l = layout_new(p->view, &world);
	}
	notes_say(p->notes, l);
	return l;
}

/* --- steps --------------------------------------------------------------------------------------
 */

static void step_done(struct plane *p)
{
	layout_free(p->running);
	p->running = p->applying;
	p->applying = NULL;
	backoff_reset(&p->backoff);
	owned_keep(p->owned, p->running);
	if (p->again)
		step_soon(p, 0);
	p->again = false;
}

static void step_failed(struct plane *p, uint64_t wait_ms)
{
	layout_free(p->applying);
	p->applying = NULL;
	p->again = false;
	p->must_reload = true;
	p->not_before_ms = uv_now(p->loop) + wait_ms;
	step_soon(p, wait_ms);
}

static uint64_t next_wait(struct plane *p)
{
	return backoff_next(&p->backoff, (uint32_t)uv_hrtime());
}

static void on_deleted(void *ctx, const char *text, const struct error *err)
{
	struct plane *p = ctx;

	p->delete = NULL;
	/* one line of answer for each command; what still has connections is asked again */
	for (const char *c = str_get(&p->deleting); *c; c += strcspn(c, "\n") + 1) {
		bool done = false;

		if (text) {
			text += strspn(text, "\n");
			done = str_starts(text, "Server deleted") || str_starts(text, "No such");
			text += strcspn(text, "\n");
		}
		if (!done)
			str_add_mem(&p->gone, c, strcspn(c, "\n") + 1);
	}
	str_clear(&p->deleting);
}

static void delete_gone(struct plane *p)
{
	if (p->delete || !p->gone.len || !haproxy_socket(p->haproxy))
		return;
	str_add_mem(&p->deleting, p->gone.data, p->gone.len);
	str_clear(&p->gone);
	p->delete = cli_run(p->loop, haproxy_socket(p->haproxy), p->deleting.data, on_deleted, p);
}

static void forget_gone(struct plane *p)
{
	cli_cancel(p->delete);
	p->delete = NULL;
	str_clear(&p->gone);
	str_clear(&p->deleting);
}

static void on_commands(void *ctx, const char *text, const struct error *err)
{
	struct plane *p = ctx;
	size_t len = 0;
	const char *trouble = text ? cli_trouble(text, &len) : NULL;
	autofree char *line = trouble ? mem_strndup(trouble, len) : NULL;

	p->cli = NULL;
	if (err || trouble) {
		log_warn("traffic.haproxy.command", kv_str("error", err ? err->msg : line),
			 kv_str("next", "reload"));
		step_failed(p, 0);
		return;
	}
	step_done(p);
	delete_gone(p);
}

static void reload(struct plane *p)
{
	struct strbuf config = {0};
	struct error err;

	layout_render(p->applying, haproxy_next_socket(p->haproxy), &config);
	p->reload_began_ms = uv_now(p->loop);
	if (haproxy_start(p->haproxy, str_get(&config), &err) < 0) {
		log_error("traffic.haproxy", kv_str("error", err.msg));
		step_failed(p, next_wait(p));
	}
	str_release(&config);
}

static void plane_step(struct plane *p)
{
	struct strbuf set = {0};
	uint64_t now = uv_now(p->loop);

	if (p->applying) {
		p->again = true;
		return;
	}
	p->applying = wanted_layout(p);
	if (!p->must_reload && p->running && haproxy_socket(p->haproxy) &&
	    layout_diff(p->running, p->applying, &set, &p->gone)) {
		if (set.len)
			p->cli = cli_run(p->loop, haproxy_socket(p->haproxy), set.data, on_commands,
					 p);
		else
			step_done(p);
	} else if (now < p->not_before_ms) {
		layout_free(p->applying);
		p->applying = NULL;
		p->must_reload = true; /* a half-made list of commands is not worth keeping */
		step_soon(p, p->not_before_ms - now);
	} else {
		reload(p);
	}
	str_release(&set);
}

static void on_ready(void *ctx)
{
	struct plane *p = ctx;
	uint64_t now = uv_now(p->loop), took = now - p->reload_began_ms;

	p->must_reload = false;
	p->not_before_ms = now + (took < SLOWEST_PACE ? took : SLOWEST_PACE);
	forget_gone(p);
	cli_cancel(p->stats);
	p->stats = NULL;
	tally_rebase(p->tally);
	log_info("traffic.haproxy.ready", kv_i64("pid", haproxy_pid(p->haproxy)),
		 kv_u64("virtuals", p->applying->n_proxies), kv_u64("ms", took));
	step_done(p);
}

static void on_failed(void *ctx, const char *text, const struct error *err)
{
	struct plane *p = ctx;
	const char *line;
	size_t len;
	const struct layout_proxy *x = layout_blame(p->applying, text, &line, &len);

	if (!haproxy_socket(p->haproxy)) { /* the old one ended meanwhile, too */
		layout_free(p->running);
		p->running = NULL;
	}
	if (x) {
		refusals_add(p->refusals, x, line, len, uv_now(p->loop));
		step_failed(p, 0);
		return;
	}
	log_error("traffic.haproxy", kv_str("error", err->msg));
	step_failed(p, next_wait(p));
}

static void on_lost(void *ctx, const struct error *err)
{
	struct plane *p = ctx;
	uint64_t wait = next_wait(p);

	log_error("traffic.haproxy.lost", kv_str("error", err->msg), kv_u64("restart_in_ms", wait));
	cli_cancel(p->cli);
	p->cli = NULL;
	cli_cancel(p->stats);
	p->stats = NULL;
	forget_gone(p);
	tally_rebase(p->tally);
	layout_free(p->running);
	p->running = NULL;
	step_failed(p, wait);
}

/* --- what brings a step about -------------------------------------------------------------------
 */

static void on_member(void *ctx, const char *pool, const char *member,
		      const struct layout_health *health, const char *reason)
{
	struct plane *p = ctx;

	(void)traffic_set_member(p->m, pool, member, health->avail, reason);
	step_soon(p, STATE_MS);
}

static void take_view(struct plane *p)
{
	struct traffic_view *before = p->view;

	p->view = traffic_view_new(p->m);
	checker_update(p->checker, p->view);
	traffic_view_free(before);
	step_soon(p, 0);
}

static void on_collect(uv_timer_t *t)
{
	take_view(t->data);
}

static void on_tree_changed(void *ctx)
{
	struct plane *p = ctx;

	if (!uv_is_active((uv_handle_t *)&p->collect))
		uv_timer_start(&p->collect, on_collect, COLLECT_MS, 0);
}

static void on_stats(void *ctx, const char *text, const struct error *err)
{
	struct plane *p = ctx;
	struct error why;

	p->stats = NULL;
	if (text && p->running && tally_update(p->tally, p->running, text, p->m, &why) < 0)
		log_warn("traffic.stats", kv_str("error", why.msg));
}

static void on_look(uv_timer_t *t)
{
	struct plane *p = t->data;

	delete_gone(p);
	if (refusals_retry(p->refusals, p->transparent, uv_now(p->loop)))
		step_soon(p, 0);
	if (!p->stats && p->running && p->running->n_proxies && haproxy_socket(p->haproxy))
		p->stats = cli_run(p->loop, haproxy_socket(p->haproxy), "show stat -1 5 -1\n",
				   on_stats, p);
}

/* --- life ---------------------------------------------------------------------------------------
 */

static int make_dir(struct plane *p, const char *dir, struct error *err)
{
	char template[] = "/tmp/mock-bigip-XXXXXX";
	struct stat st;

	if (!dir) {
		if (!mkdtemp(template))
			return err_errno(err, "cannot make a directory '%s'", template);
		p->dir = mem_strdup(template);
		p->own_dir = true;
		return 0;
	}
	if (strlen(dir) > SOCKET_PATH_MAX - 24 || strpbrk(dir, " \t\n\"'\\#$"))
		return err_set(
			err, ERR_INPUT, 0,
			"directory '%s' is too long for a socket's name or holds a character "
			"that HAProxy reads otherwise",
			dir);
	p->dir = realpath(mkdir(dir, 0700) == 0 || errno == EEXIST ? dir : "", NULL);
	if (!p->dir || stat(p->dir, &st) < 0 || !S_ISDIR(st.st_mode))
		return err_errno(err, "cannot make the directory '%s'", dir);
	return 0;
}

static void plane_free(struct plane *p)
{
	traffic_view_free(p->view);
	layout_free(p->running);
	layout_free(p->applying);
	refusals_free(p->refusals);
	tally_free(p->tally);
	notes_free(p->notes);
	owned_free(p->owned);
	str_release(&p->gone);
	str_release(&p->deleting);
	free(p->dir);
	free(p->program);
	free(p->cert);
	free(p);
}

static void on_closed(uv_handle_t *h)
{
	struct plane *p = h->data;

	if (--p->open_handles == 0)
		plane_free(p);
}

static void start_timers(struct plane *p)
{
	uv_timer_t *const timers[N_HANDLES] = {&p->collect, &p->step, &p->look};

	for (unsigned i = 0; i < N_HANDLES; i++) {
		uv_timer_init(p->loop, timers[i]);
		timers[i]->data = p;
	}
	p->open_handles = N_HANDLES;
	uv_timer_start(&p->look, on_look, LOOK_MS, LOOK_MS);
}

int plane_new(uv_loop_t *loop, struct mock *m, const struct plane_settings *s, struct plane **ret,
	      struct error *err)
{
	struct plane *p = mem_alloc(sizeof(*p));
	struct haproxy_settings hs = {
		.ready = on_ready, .failed = on_failed, .lost = on_lost, .ctx = p};
	struct checker_settings cs = {.member = on_member, .ctx = p};

	p->loop = loop;
	p->m = m;
	p->owned = owned_new(s->device);
	p->notes = notes_new(m);
	p->backoff = (struct backoff){.min_ms = 200, .max_ms = 10000};
	if (haproxy_find(s->program, &p->program, err) < 0 || make_dir(p, s->dir, err) < 0) {
		plane_free(p);
		return -1;
	}
	p->transparent = address_may_transparent();
	p->refusals = refusals_new();
	p->tally = tally_new();
	start_timers(p);
	hs.program = p->program;
	hs.dir = p->dir;
	p->haproxy = haproxy_new(loop, &hs);
	p->checker = checker_new(loop, &cs);
	traffic_attach(m, on_tree_changed, p);
	take_view(p);
	log_info("traffic.start", kv_str("program", p->program), kv_str("dir", p->dir),
		 kv_str("foreign_addresses", p->transparent ? "yes" : "no"));
	*ret = p;
	return 0;
}

void plane_close(struct plane *p)
{
	if (!p || p->closed)
		return;
	p->closed = true;
	traffic_attach(p->m, NULL, NULL);
	checker_close(p->checker);
	cli_cancel(p->cli);
	cli_cancel(p->stats);
	cli_cancel(p->delete);
	haproxy_close(p->haproxy);
	owned_keep(p->owned, NULL);
	if (p->cert)
		unlink(p->cert);
	if (p->own_dir)
		rmdir(p->dir);
	uv_close((uv_handle_t *)&p->collect, on_closed);
	uv_close((uv_handle_t *)&p->step, on_closed);
	uv_close((uv_handle_t *)&p->look, on_closed);
}
