/*
 * Random wanted and observed pairs against a naive device
 *
 * The device here is a plain array that knows only BIG-IP's refusals: nothing is created twice,
 * refers to what is missing, is deleted while something refers to it, or takes the address of
 * another virtual. Each change of a plan is applied to it and, through bigip_plan_applied(), to the
 * state. In the end both are equal, everything wanted is there, and a second plan is empty.
 */
#include "bigip/plan/plan.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "objects.h"

enum { ROUNDS = 4000, DEVICE_MAX = 64 };

static uint32_t seed;

static uint32_t below(uint32_t n)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % n;
}

/* ---- the naive device ---- */

struct device {
	struct bigip_object *list[DEVICE_MAX];
	size_t n;
};

static long device_at(const struct device *d, const struct bigip_object *key)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->list[i]->kind == key->kind && strcmp(d->list[i]->name, key->name) == 0)
			return (long)i;
	return -1;
}

static bool device_has_path(const struct device *d, bool monitor, const char *path)
{
	for (size_t i = 0; i < d->n; i++) {
		bool is_monitor = d->list[i]->kind <= BIGIP_MONITOR_UDP;
		autofree char *own = mem_printf("/P/%s", d->list[i]->name);

		if (is_monitor == monitor && (monitor || d->list[i]->kind == BIGIP_POOL) &&
		    strcmp(own, path) == 0)
			return true;
	}
	return false;
}

/* everything that must hold after each change */
static void device_check(const struct device *d, const char *when)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct bigip_pool *p = (void *)d->list[i];
		const struct bigip_virtual *v = (void *)d->list[i];

		if (d->list[i]->kind == BIGIP_POOL)
			for (size_t k = 0; k < p->n_monitors; k++)
				if (!device_has_path(d, true, p->monitors[k]))
					fail_row(when, "pool %s lacks %s", p->o.name,
						 p->monitors[k]);
		if (d->list[i]->kind != BIGIP_VIRTUAL)
			continue;
		if (v->pool && !device_has_path(d, false, v->pool))
			fail_row(when, "virtual %s lacks %s", v->o.name, v->pool);
		for (size_t k = 0; k < i; k++) {
			const struct bigip_virtual *other = (void *)d->list[k];

			if (other->o.kind == BIGIP_VIRTUAL &&
			    strcmp(other->destination, v->destination) == 0)
				fail_row(when, "%s and %s have one address", v->o.name,
					 other->o.name);
		}
	}
}

static void device_put(struct device *d, struct bigip_object *given)
{
	assert_true(d->n < DEVICE_MAX);
	d->list[d->n++] = given;
}

static struct bigip_pool *device_pool(struct device *d, const struct bigip_change *c, long at)
{
	assert_true(at >= 0);
	assert_int_equal(c->kind, BIGIP_POOL);
	return (struct bigip_pool *)d->list[at];
}

/* through JSON, as it would travel */
static void device_patch(struct device *d, const struct bigip_change *c, long at)
{
	autojson struct json_object *patch = bigip_object_to_json(c->object, c->fields);
	autojson struct json_object *body = bigip_object_to_json(d->list[at],
								 (uint32_t)BIGIP_ALL_FIELDS);
	const struct bigip_reading reading = {0};
	struct bigip_object *o;
	unsigned marks = d->list[at]->marks;

	assert_int_not_equal(c->fields, 0);
	json_object_object_foreach (patch, key, value) {
		js_put(body, key, json_object_get(value));
	}
	assert_int_equal(bigip_object_from_json(c->kind, body, &reading, &o, NULL), 0);
	o->marks = marks;
	bigip_object_free(d->list[at]);
	d->list[at] = o;
}

static size_t member_at(const struct bigip_pool *p, const struct bigip_member *m)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (bigip_member_cmp(&p->members[i], m) == 0)
			return i;
	return p->n_members;
}

static void device_apply(struct device *d, const struct bigip_change *c)
{
	long at = device_at(d, c->object);
	const struct bigip_pool *wanted = (void *)c->object, *was = (void *)c->observed;
	struct bigip_object *o;
	struct bigip_pool *p;

	switch (c->op) {
	case BIGIP_OP_CREATE:
		assert_true(at < 0);
		o = bigip_object_dup(c->object);
		o->marks = BIGIP_MARK_OURS;
		device_put(d, o);
		break;
	case BIGIP_OP_MODIFY:
		assert_true(at >= 0);
		device_patch(d, c, at);
		break;
	case BIGIP_OP_DELETE:
		assert_true(at >= 0);
		bigip_object_free(d->list[at]);
		d->list[at] = d->list[--d->n];
		break;
	case BIGIP_OP_MEMBER_ADD:
		p = device_pool(d, c, at);
		assert_int_equal(member_at(p, &wanted->members[c->member]), p->n_members);
		p->members = mem_realloc(p->members, p->n_members + 1, sizeof(*p->members));
		p->members[p->n_members++] = wanted->members[c->member];
		bigip_pool_sort(p);
		break;
	case BIGIP_OP_MEMBER_MODIFY:
		p = device_pool(d, c, at);
		assert_true(member_at(p, &wanted->members[c->member]) < p->n_members);
		p->members[member_at(p, &wanted->members[c->member])].session =
			wanted->members[c->member].session;
		break;
	case BIGIP_OP_MEMBER_DELETE:
		p = device_pool(d, c, at);
		assert_true(member_at(p, &was->members[c->member]) < p->n_members);
		p->members[member_at(p, &was->members[c->member])] = p->members[--p->n_members];
		bigip_pool_sort(p);
		break;
	}
}

/* ---- random objects of the owner "ns/a" ---- */

static const char *const services[] = {"s", "t", "u"};
static const char *const virtuals[] = {"ns_a", "cfgmap_1_a", "x",
				       "y"}; /* all but the first not by name */

static struct bigip_pool *random_pool(const char *service)
{
	autofree char *name = mem_printf("cfgmap_ns_a_%s", service);
	struct bigip_pool *p = (void *)bigip_object_new(BIGIP_POOL, "P", name);

	if (below(3) == 0) {
		free(p->lb_mode);
		p->lb_mode = mem_strdup("ratio-member");
	}
	p->monitors = mem_calloc(2, sizeof(char *));
	for (unsigned i = 0; i < 2; i++)
		if (below(2))
			p->monitors[p->n_monitors++] = mem_printf("/P/%s_%u_%s", name, i,
								  below(2) ? "http" : "tcp");
	p->members = mem_calloc(5, sizeof(*p->members));
	for (unsigned i = 0; i < 5; i++) {
		autofree char *member = mem_printf("10.0.0.%u%%0:80", i);

		if (below(2))
			continue;
		(void)bigip_member_parse(member, 0, &p->members[p->n_members]);
		p->members[p->n_members++].session = below(4) == 0;
	}
	bigip_pool_sort(p);
	return p;
}

static void add_monitors(struct bigip_app *app, const struct bigip_pool *p)
{
	for (size_t i = 0; i < p->n_monitors; i++) {
		bool http = str_ends(p->monitors[i], "http");
		struct bigip_monitor *m = (void *)bigip_object_new(
			http ? BIGIP_MONITOR_HTTP : BIGIP_MONITOR_TCP, "P",
			p->monitors[i] + strlen("/P/"));

		m->interval = 5 + below(2);
		bigip_app_add(app, &m->o);
	}
}

static void add_virtual(struct bigip_app *app, const char *name, unsigned address)
{
	struct bigip_virtual *v = (void *)bigip_object_new(BIGIP_VIRTUAL, "P", name);
	autofree char *service = mem_printf("/P/cfgmap_ns_a_%s", services[below(3)]);

	v->destination = mem_printf("/P/10.1.0.%u%%0:80", address);
	v->snat = (enum bigip_snat)below(2);
	for (size_t i = 0; i < app->n_objects; i++)
		if (app->objects[i]->kind == BIGIP_POOL &&
		    strcmp(app->objects[i]->name, service + strlen("/P/")) == 0 && !v->pool)
			v->pool = mem_strdup(service);
	bigip_app_add(app, &v->o);
}

/* a consistent set: pools with their monitors, virtuals with different addresses. Objects in any
 * order. */
static struct bigip_app random_app(void)
{
	struct bigip_app app = {.owner = mem_strdup("ns/a"), .partition = mem_strdup("P")};
	unsigned first = below(4), step = below(2) ? 1 : 3;

	for (size_t i = 0; i < ARRAY_LEN(services); i++) {
		struct bigip_pool *p;

		if (below(2))
			continue;
		p = random_pool(services[i]);
		bigip_app_add(&app, &p->o);
		add_monitors(&app, p);
	}
	for (size_t i = 0; i < ARRAY_LEN(virtuals); i++)
		if (below(3))
			add_virtual(&app, virtuals[i], (first + (unsigned)i * step) % 4);
	for (size_t i = app.n_objects; i > 1; i--) {
		size_t k = below((uint32_t)i);
		struct bigip_object *o = app.objects[k];

		app.objects[k] = app.objects[i - 1];
		app.objects[i - 1] = o;
	}
	return app;
}

static void is_on_device(void *ctx, struct bigip_object *o)
{
	struct device *d = ctx;
	long at = device_at(d, o);

	if (at < 0)
		fail_row(o->name, "is in the state but not on the device");
	if (bigip_object_diff(o, d->list[at]))
		fail_row(o->name, "differs between state and device in %s",
			 field_names(o->kind, bigip_object_diff(o, d->list[at])));
}

static bool is_wanted(const struct bigip_app *app, const struct bigip_object *o)
{
	for (size_t i = 0; i < app->n_objects; i++)
		if (app->objects[i]->kind == o->kind && strcmp(app->objects[i]->name, o->name) == 0)
			return true;
	return false;
}

static bool is_owned(const struct bigip_app *app, const struct bigip_object *o)
{
	struct strbuf owner = {0};
	bool owned = bigip_owner(o->kind, o->name, &owner) && strcmp(owner.data, app->owner) == 0;

	str_release(&owner);
	return owned;
}

static void one_round(unsigned round)
{
	const struct bigip_reading reading = {0};
	struct bigip_app before = random_app(), after = random_app();
	struct bigip_state *s = bigip_state_new();
	struct device d = {0};
	struct bigip_plan plan;
	autofree char *name = mem_printf("round %u", round);
	struct error err;

	for (size_t i = 0; i < before.n_objects; i++) {
		struct bigip_object *o = before.objects[i];

		/* strangers' virtuals are in test_plan.c; here they would only be in the way */
		if (!is_wanted(&after, o) && !is_owned(&after, o))
			continue;
		o->marks = BIGIP_MARK_OURS;
		device_put(&d, bigip_object_dup(o));
		bigip_state_put(s, bigip_object_dup(o));
	}
	device_check(&d, "the start");
	if (bigip_plan_app(&after, s, &plan, &err) < 0)
		fail_row(name, "%s", err.msg);
	for (size_t i = 0; i < plan.n; i++) {
		device_apply(&d, &plan.changes[i]);
		device_check(&d, name);
		bigip_plan_applied(&plan.changes[i], NULL, &reading, s);
	}
	bigip_state_each(s, NULL, is_on_device, &d);
	assert_int_equal(bigip_state_count(s, NULL), d.n);
	for (size_t i = 0; i < after.n_objects; i++)
		assert_true(device_at(&d, after.objects[i]) >= 0);
	for (size_t i = 0; i < d.n; i++)
		if (!is_wanted(&after, d.list[i]))
			fail_row(name, "%s is left over", d.list[i]->name);
	bigip_plan_release(&plan);
	assert_int_equal(bigip_plan_app(&after, s, &plan, &err), 0);
	if (plan.n)
		fail_row(name, "a second run plans %zu changes, the first for %s", plan.n,
			 plan.changes[0].object->name);
	bigip_plan_release(&plan);
	for (size_t i = 0; i < d.n; i++)
		bigip_object_free(d.list[i]);
	bigip_app_release(&before);
	bigip_app_release(&after);
	bigip_state_free(s);
}

static void random_pairs_converge_step_by_step(void **state)
{
	for (unsigned i = 0; i < ROUNDS; i++) {
		seed = i;
		one_round(i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_pairs_converge_step_by_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
