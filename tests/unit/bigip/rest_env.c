#include "check.h"

#include "rest_env.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/ev/loop.h"

static void on_up(void *ctx)
{
	struct env *e = ctx;

	e->ups++;
	if (e->close_in_callback)
		bigip_rest_close(move_ptr(e->rest));
}

static void on_down(void *ctx, const struct error *why)
{
	struct env *e = ctx;

	e->downs++;
	e->why = *why;
	if (e->close_in_callback)
		bigip_rest_close(move_ptr(e->rest));
}

struct env *env_new(void)
{
	struct env *e = mem_alloc(sizeof(*e));

	assert_int_equal(uv_loop_init(&e->loop), 0);
	e->fake = fake_bigip_new(&e->loop, 0);
	e->metrics = metrics_new();
	return e;
}

void env_start_with(struct env *e, const struct bigip_rest_settings *settings)
{
	struct bigip_rest_settings s = *settings;
	struct error err = {0};

	s.url = s.url ? s.url : fake_bigip_url(e->fake);
	s.username = s.username ? s.username : "admin";
	s.password = s.password ? s.password : "secret-of-tests";
	s.metrics = e->metrics;
	s.on_up = on_up;
	s.on_down = on_down;
	s.ctx = e;
	if (bigip_rest_new(&e->loop, &s, &e->rest, &err) < 0)
		fail_msg("%s", err.msg);
	e->rest->timing.retry_min_ms = 20;
	e->rest->timing.retry_max_ms = 100;
	e->rest->timing.busy_min_ms = 20;
	e->rest->timing.busy_max_ms = 100;
	e->rest->timing.poll_ms = 20;
	e->rest->timing.logout_ms = 500;
}

void env_start(struct env *e)
{
	env_start_with(e, &(struct bigip_rest_settings){.batch = 100});
}

void env_start_up(struct env *e)
{
	env_start(e);
	env_wait(e, e->ups, 1);
	fake_bigip_forget_log(e->fake);
}

/* ---- time ---- */

struct deadline {
	uint64_t until_us;
	bool over, closed;
};

static void on_tick(uv_timer_t *t)
{
	struct deadline *d = t->data;

	d->over = clock_mono_us() >= d->until_us;
}

static void on_timer_closed(uv_handle_t *h)
{
	((struct deadline *)h->data)->closed = true;
}

/* the tick ends a poll that began after the last of our events: UV_RUN_ONCE runs timers first */
static bool run(struct env *e, unsigned ms, const unsigned *value, unsigned want)
{
	struct deadline d = {.until_us = clock_mono_us() + ms * 1000ull};
	uv_timer_t t;

	uv_timer_init(&e->loop, &t);
	t.data = &d;
	uv_timer_start(&t, on_tick, 1, 1);
	while (!d.over && !(value && *value >= want))
		uv_run(&e->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&t, on_timer_closed);
	while (!d.closed)
		uv_run(&e->loop, UV_RUN_NOWAIT);
	return !d.over;
}

void env_run_ms(struct env *e, unsigned ms)
{
	(void)run(e, ms, NULL, 0);
}

void env_wait_(struct env *e, const unsigned *value, unsigned want, const char *what, int line)
{
	if (*value >= want || run(e, 10000, value, want))
		return;
	fake_bigip_print_log(e->fake);
	fail_msg("line %d: %s is %u after 10 s, not %u (last down: %s)", line, what, *value, want,
		 e->why.msg);
}

void env_end(struct env *e)
{
	unsigned never = 0;

	bigip_rest_close(e->rest);
	if (!e->fake)
		;
	else if (e->rest || e->close_in_callback)
		(void)run(e, 50, &never, 1); /* the log-out reaches the fake */
	fake_bigip_free(e->fake);
	assert_int_equal(ev_loop_drain(&e->loop, 5000), 0);
	for (unsigned i = 0; i < e->n_plans; i++) {
		free(e->plans[i].owner);
		bigip_object_free(e->plans[i].observed);
	}
	bigip_state_free(e->state);
	metrics_free(e->metrics);
	free(e);
}

/* ---- plans ---- */

struct bigip_pool *env_pool(const char *name, unsigned n_members)
{
	struct bigip_pool *p = (struct bigip_pool *)bigip_object_new(BIGIP_POOL, "P", name);

	p->members = mem_calloc(n_members, sizeof(*p->members));
	for (unsigned i = 0; i < n_members; i++) {
		char ip[IP_TEXT_MAX];

		snprintf(ip, sizeof(ip), "10.1.%u.%u", i / 250, i % 250 + 1);
		assert_int_equal(ip_parse(ip, &p->members[i].ip), 0);
		p->members[i].port = 80;
	}
	p->n_members = n_members;
	return p;
}

void env_add(struct bigip_plan *p, enum bigip_op op, struct bigip_object *given)
{
	mem_grow(p->changes, p->n, p->cap);
	p->changes[p->n++] = (struct bigip_change){
		.op = op, .kind = given->kind, .object = given, .fields = 1};
	if (!p->partition) {
		p->partition = mem_strdup("P");
		p->owner = mem_strdup(given->name);
	}
}

static void on_applied(void *ctx, struct bigip_plan *plan, struct bigip_result *results, size_t n)
{
	struct env *e = ctx;
	struct env_plan *p = NULL;

	for (unsigned i = 0; i < e->n_plans && !p; i++) {
		if (e->plans[i].order == 0 && str_eq(e->plans[i].owner, plan->owner))
			p = &e->plans[i];
	}
	assert_non_null(p);
	assert_true(n <= ENV_RESULTS);
	p->order = ++e->n_back;
	p->n = n;
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(results[i].change, &plan->changes[i]);
		p->outcome[i] = results[i].outcome;
		p->err[i] = results[i].err;
		p->has_reply[i] = results[i].reply != NULL;
		assert_int_equal(results[i].outcome == BIGIP_DONE, results[i].err.kind == ERR_NONE);
		if (results[i].observed) {
			bigip_object_free(p->observed);
			p->observed = move_ptr(results[i].observed);
		}
	}
	if (e->close_in_callback)
		bigip_rest_close(move_ptr(e->rest));
}

unsigned env_apply(struct env *e, struct bigip_plan *p, enum bigip_priority priority)
{
	unsigned i = e->n_plans++;

	assert_true(i < ENV_PLANS);
	e->plans[i].owner = mem_strdup(p->owner);
	bigip_rest_apply(e->rest, p, priority, on_applied, e);
	assert_int_equal(p->n, 0); /* its contents are taken */
	return i;
}

unsigned env_apply_app(struct env *e, const char *name, enum bigip_priority priority)
{
	struct bigip_plan p = {0};
	char monitor[128];

	snprintf(monitor, sizeof(monitor), "m_%s", name);
	env_add(&p, BIGIP_OP_CREATE, bigip_object_new(BIGIP_MONITOR_TCP, "P", monitor));
	env_add(&p, BIGIP_OP_CREATE, &env_pool(name, 2)->o);
	return env_apply(e, &p, priority);
}

unsigned env_apply_member(struct env *e, enum bigip_priority priority)
{
	struct bigip_plan p = {0};

	env_add(&p, BIGIP_OP_MEMBER_ADD, &env_pool("x", 1)->o);
	return env_apply(e, &p, priority);
}

/* ---- reads ---- */

static void on_read(void *ctx, struct bigip_state *given, const struct bigip_reading *reading,
		    uint64_t digest, const struct error *err)
{
	struct env *e = ctx;

	assert_true(!err || (!given && !reading)); /* never both */
	e->reads++;
	bigip_state_free(e->state);
	e->state = given;
	e->digest = digest;
	e->read_err = err ? *err : (struct error){0};
	if (reading)
		e->reading = *reading;
	if (e->close_in_callback)
		bigip_rest_close(move_ptr(e->rest));
}

void env_read(struct env *e, const char *partition, uint64_t digest)
{
	bigip_rest_read(e->rest, partition, digest, on_read, e);
}
