/*
 * A target is a monitor against one address and port; it has the timer and at most one probe under
 * way. A member has targets, one per monitor of its rule. Both tables are marked with the number of
 * the view that last named them, and swept after each update.
 *
 * Probes under way are bounded by the descriptors that we may have; what is over waits in a queue.
 * When its time comes again, a probe that still has no connection is given up for a new one, one
 * that talks to a slow server may go on until the monitor's timeout.
 */
#include "bigip/mock/plane/check.h"

#include <sys/resource.h>
#include <uthash.h>
#include <utlist.h>

#include "bigip/mock/plane/attempt.h"
#include "common/base/clock.h"
#include "common/base/log.h"

enum { MAX_PROBES = 4096, SPARE_FILES = 512, START_SPACING_US = 1000, MAX_TARGETS = 64 };

struct member {
	char *key; /* "POOL\nMEMBER" */
	UT_hash_handle hh;
	struct target **targets;
	unsigned n_targets, min;
	struct layout_health health;
	uint64_t seen;
	bool told;
};

struct target {
	char *key; /* "MONITOR ADDR PORT" */
	UT_hash_handle hh;
	struct checker *c;
	struct probe_spec *spec;
	struct ip_addr addr;
	uint16_t port;
	struct probe_state state;
	char down_reason[160];
	uv_timer_t timer;
	int64_t next_us;
	struct attempt *attempt;
	bool queued;
	struct target *prev, *next; /* in c->queue */
	struct member **users;
	unsigned n_users, cap_users;
	uint64_t seen;
};

/* a monitor of the view, by its address there: valid during one update only */
struct known_spec {
	const struct traffic_monitor *monitor;
	struct probe_spec *spec;
	UT_hash_handle hh;
};

struct checker {
	uv_loop_t *loop;
	struct checker_settings s;
	SSL_CTX *tls;
	struct member *members;
	struct target *targets, *queue;
	struct known_spec *specs;
	unsigned active, max_active;
	unsigned open_targets; /* whose timer has not closed */
	unsigned n_new;        /* targets made by this update */
	uint64_t round;
	bool closing;
};

static int64_t now_us(void)
{
	return (int64_t)clock_mono_us();
}

/* --- members ------------------------------------------------------------------------------------
 */

static const char *reason_of(const struct member *m)
{
	for (unsigned i = 0; i < m->n_targets; i++) {
		const struct target *t = m->targets[i];

		if (m->health.avail == TRAFFIC_DOWN && t->state.avail == TRAFFIC_DOWN)
			return t->down_reason;
		if (m->health.avail == TRAFFIC_CHECKING && t->spec->kind == PROBE_NONE)
			return "Monitors of this type are not carried out by the mock";
	}
	return m->health.draining ? "Pool member is available, monitor disabled" : NULL;
}

static void log_change(const struct member *m, const struct layout_health *now)
{
	static const char *const words[] = {[TRAFFIC_UNCHECKED] = "unchecked",
					    [TRAFFIC_CHECKING] = "checking",
					    [TRAFFIC_UP] = "up",
					    [TRAFFIC_DOWN] = "down"};
	autofree char *pool = mem_strndup(m->key, strcspn(m->key, "\n"));
	bool usual = now->avail == TRAFFIC_CHECKING || m->health.avail == TRAFFIC_UNCHECKED ||
		     (m->health.avail == TRAFFIC_CHECKING && now->avail == TRAFFIC_UP);

	log_at(usual ? LOG_DEBUG : LOG_INFO, "traffic.member", kv_str("pool", pool),
	       kv_str("member", m->key + strlen(pool) + 1), kv_str("from", words[m->health.avail]),
	       kv_str("to", words[now->avail]));
}

static void member_judge(struct checker *c, struct member *m)
{
	enum traffic_avail each[MAX_TARGETS];
	struct layout_health h = {0};
	char *pool, *name;

	for (unsigned i = 0; i < m->n_targets; i++) {
		each[i] = m->targets[i]->state.avail;
		h.draining |= m->targets[i]->state.draining;
	}
	h.avail = probe_combine(each, m->n_targets, m->min);
	h.draining = h.draining && h.avail == TRAFFIC_UP;
	if (m->told && h.avail == m->health.avail && h.draining == m->health.draining)
		return;
	if (h.avail != m->health.avail)
		log_change(m, &h);
	m->told = true;
	m->health = h;
	pool = mem_strdup(m->key);
	name = strchr(pool, '\n');
	*name++ = '\0';
	c->s.member(c->s.ctx, pool, name, &h, reason_of(m));
	free(pool);
}

static void member_free(struct checker *c, struct member *m)
{
	HASH_DEL(c->members, m);
	free(m->targets);
	free(m->key);
	free(m);
}

/* --- probing ------------------------------------------------------------------------------------
 */

static void target_schedule(struct target *t);
static void queue_run(struct checker *c);

static void target_changed(struct target *t)
{
	if (t->state.avail == TRAFFIC_DOWN) {
		time_t now = time(NULL);
		struct tm tm;
		char when[32];

		strftime(when, sizeof(when), "%Y/%m/%d %H:%M:%S", localtime_r(&now, &tm));
		snprintf(t->down_reason, sizeof(t->down_reason),
			 "%s: No successful responses received before deadline. @%s. ",
			 t->spec->path, when);
	}
	for (unsigned i = 0; i < t->n_users; i++)
		member_judge(t->c, t->users[i]);
}

static void on_attempt_done(void *ctx, enum probe_verdict v)
{
	struct target *t = ctx;

	t->attempt = NULL;
	t->c->active--;
	if (probe_result(&t->state, t->spec, v, now_us()))
		target_changed(t);
	target_schedule(t);
	queue_run(t->c);
}

static void target_start(struct target *t)
{
	struct attempt_settings s = {
		.spec = t->spec,
		.addr = t->spec->to_addr.family ? t->spec->to_addr : t->addr,
		.port = t->spec->to_port ? t->spec->to_port : t->port,
		.tls = t->c->tls,
		.done = on_attempt_done,
		.ctx = t,
	};

	t->c->active++;
	t->attempt = attempt_start(t->c->loop, &s);
}

static void queue_run(struct checker *c)
{
	while (c->queue && c->active < c->max_active) {
		struct target *t = c->queue;

		DL_DELETE(c->queue, t);
		t->queued = false;
		target_start(t);
	}
}

static void drop_attempt(struct target *t)
{
	if (!t->attempt)
		return;
	attempt_cancel(t->attempt);
	t->attempt = NULL;
	t->c->active--;
}

/* its time has come again */
static void target_probe(struct target *t)
{
	if (t->queued || (t->attempt && attempt_connected(t->attempt)))
		return;
	drop_attempt(t);
	DL_APPEND(t->c->queue, t);
	t->queued = true;
	queue_run(t->c);
}

static void on_target_timer(uv_timer_t *h)
{
	struct target *t = h->data;
	int64_t now = now_us();

	if (probe_tick(&t->state, t->spec, now))
		target_changed(t);
	if (now >= t->next_us) {
		t->next_us = now + probe_interval(&t->state, t->spec);
		target_probe(t);
	}
	target_schedule(t);
}

static void target_schedule(struct target *t)
{
	int64_t at = probe_deadline(&t->state, t->spec), wait;

	if (t->spec->kind == PROBE_NONE)
		return;
	if (t->next_us < at)
		at = t->next_us;
	wait = at - now_us();
	uv_update_time(t->c->loop);
	/* rounded up: the clock must have passed the moment when the timer fires */
	uv_timer_start(&t->timer, on_target_timer, wait > 0 ? (uint64_t)wait / 1000 + 1 : 0, 0);
}

/* --- targets ------------------------------------------------------------------------------------
 */

static void checker_free(struct checker *c)
{
	SSL_CTX_free(c->tls);
	free(c);
}

static void on_target_closed(uv_handle_t *h)
{
	struct target *t = h->data;
	struct checker *c = t->c;

	probe_spec_unref(t->spec);
	free(t->users);
	free(t->key);
	free(t);
	if (--c->open_targets == 0 && c->closing)
		checker_free(c);
}

static void target_close(struct target *t)
{
	HASH_DEL(t->c->targets, t);
	drop_attempt(t);
	if (t->queued)
		DL_DELETE(t->c->queue, t);
	uv_close((uv_handle_t *)&t->timer, on_target_closed);
}

static struct target *target_new(struct checker *c, const char *key, const struct probe_spec *spec,
				 const struct traffic_member *m)
{
	struct target *t = mem_alloc(sizeof(*t));

	t->c = c;
	t->key = mem_strdup(key);
	t->addr = m->addr;
	t->port = m->port;
	probe_state_init(&t->state, now_us());
	/* many at once are spread over their interval at most */
	t->next_us = now_us() + (int64_t)c->n_new++ * START_SPACING_US %
					(spec->interval_us ? spec->interval_us : 1);
	uv_timer_init(c->loop, &t->timer);
	t->timer.data = t;
	c->open_targets++;
	HASH_ADD_KEYPTR(hh, c->targets, t->key, strlen(t->key), t);
	return t;
}

static struct target *target_get(struct checker *c, struct probe_spec *spec,
				 const struct traffic_member *m)
{
	char buf[IP_TEXT_MAX];
	autofree char *key = mem_printf("%s %s %u", spec->path, ip_format(&m->addr, buf), m->port);
	struct target *t;

	HASH_FIND_STR(c->targets, key, t);
	if (!t)
		t = target_new(c, key, spec, m);
	if (t->seen != c->round) {
		t->seen = c->round;
		t->n_users = 0;
	}
	if (t->spec != spec) { /* new, or the monitor was changed: the state so far stays */
		bool fresh = !t->spec;

		probe_spec_unref(t->spec);
		t->spec = probe_spec_ref(spec);
		if (!fresh && t->next_us > now_us() + spec->interval_us)
			t->next_us = now_us() + spec->interval_us;
		target_schedule(t);
	}
	return t;
}

/* --- a view -------------------------------------------------------------------------------------
 */

/* the spec of a monitor that has not changed is the one that its targets have */
static struct probe_spec *spec_get(struct checker *c, const struct traffic_monitor *m,
				   const struct member *old)
{
	struct known_spec *k;

	HASH_FIND_PTR(c->specs, &m, k);
	if (k)
		return k->spec;
	k = mem_alloc(sizeof(*k));
	k->monitor = m;
	for (unsigned i = 0; old && i < old->n_targets; i++) {
		autofree char *key = NULL;
		struct probe_spec *s = old->targets[i]->spec;

		if (strcmp(s->path, m->path) != 0)
			continue;
		key = probe_spec_key(m);
		if (!strcmp(key, s->key))
			k->spec = probe_spec_ref(s);
	}
	if (!k->spec)
		k->spec = probe_spec_new(m);
	if (k->spec->kind == PROBE_NONE)
		log_warn("traffic.monitor.unknown", kv_str("monitor", m->path),
			 kv_str("type", m->type));
	HASH_ADD_PTR(c->specs, monitor, k);
	return k->spec;
}

static struct member *member_get(struct checker *c, const char *pool, const char *name)
{
	autofree char *key = mem_printf("%s\n%s", pool, name);
	struct member *m;

	HASH_FIND_STR(c->members, key, m);
	if (!m) {
		m = mem_alloc(sizeof(*m));
		m->key = move_ptr(key);
		HASH_ADD_KEYPTR(hh, c->members, m->key, strlen(m->key), m);
	}
	return m;
}

static void update_member(struct checker *c, const struct traffic_pool *pool,
			  const struct traffic_member *tm)
{
	struct member *m = member_get(c, pool->path, tm->path);
	size_t n = tm->addr.family ? tm->rule.n : 0;
	struct target **list;

	if (n > MAX_TARGETS)
		n = MAX_TARGETS;
	list = n ? mem_calloc(n, sizeof(struct target *)) : NULL;
	m->seen = c->round;
	m->told = false; /* it may be another object of that name */
	for (size_t i = 0; i < n; i++) {
		struct target *t = target_get(c, spec_get(c, tm->rule.monitors[i], m), tm);

		list[i] = t;
		mem_grow(t->users, t->n_users, t->cap_users);
		t->users[t->n_users++] = m;
	}
	free(m->targets);
	m->targets = list;
	m->n_targets = (unsigned)n;
	m->min = tm->rule.min;
}

static void sweep(struct checker *c)
{
	struct member *m, *m2;
	struct target *t, *t2;

	HASH_ITER (hh, c->members, m, m2) {
		if (m->seen != c->round)
			member_free(c, m);
	}
	HASH_ITER (hh, c->targets, t, t2) {
		if (t->seen != c->round)
			target_close(t);
	}
}

static void forget_specs(struct checker *c)
{
	struct known_spec *k, *tmp;

	HASH_ITER (hh, c->specs, k, tmp) {
		HASH_DEL(c->specs, k);
		probe_spec_unref(k->spec);
		free(k);
	}
}

void checker_update(struct checker *c, const struct traffic_view *view)
{
	struct member *m, *tmp;

	c->round++;
	c->n_new = 0;
	for (size_t i = 0; i < view->n_pools; i++) {
		for (size_t j = 0; j < view->pools[i].n_members; j++)
			update_member(c, &view->pools[i], &view->pools[i].members[j]);
	}
	sweep(c);
	forget_specs(c);
	HASH_ITER (hh, c->members, m, tmp)
		member_judge(c, m);
}

struct layout_health checker_health(const struct checker *c, const char *pool, const char *member)
{
	autofree char *key = mem_printf("%s\n%s", pool, member);
	struct member *m;

	HASH_FIND_STR(c->members, key, m);
	return m ? m->health : (struct layout_health){.avail = TRAFFIC_UNCHECKED};
}

/* a probe is a descriptor; leave some for the rest of the program */
static unsigned probe_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return 256;
	if (r.rlim_cur < r.rlim_max && r.rlim_cur < MAX_PROBES + SPARE_FILES) {
		r.rlim_cur = r.rlim_max < MAX_PROBES + SPARE_FILES ? r.rlim_max
								   : MAX_PROBES + SPARE_FILES;
		(void)setrlimit(RLIMIT_NOFILE, &r);
		(void)getrlimit(RLIMIT_NOFILE, &r);
	}
	if (r.rlim_cur < 2 * SPARE_FILES)
		return (unsigned)r.rlim_cur / 4 + 1;
	return r.rlim_cur - SPARE_FILES < MAX_PROBES ? (unsigned)(r.rlim_cur - SPARE_FILES)
						     : MAX_PROBES;
}

struct checker *checker_new(uv_loop_t *loop, const struct checker_settings *s)
{
	struct checker *c = mem_alloc(sizeof(*c));

	c->loop = loop;
	c->s = *s;
	c->max_active = probe_limit();
	c->tls = SSL_CTX_new(TLS_client_method());
	if (!c->tls)
		abort();                                   /* only without memory */
	SSL_CTX_set_verify(c->tls, SSL_VERIFY_NONE, NULL); /* as BIG-IP's https monitor */
	SSL_CTX_set_security_level(c->tls, 0);
	return c;
}

void checker_close(struct checker *c)
{
	struct member *m, *m2;
	struct target *t, *t2;

	if (!c)
		return;
	HASH_ITER (hh, c->members, m, m2)
		member_free(c, m);
	HASH_ITER (hh, c->targets, t, t2)
		target_close(t);
	c->closing = true;
	if (!c->open_targets)
		checker_free(c);
}
