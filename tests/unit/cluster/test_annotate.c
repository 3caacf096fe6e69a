/* annotate.h: every object gets its newest value, and the API server is not flooded */
#include "../kube/rig.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/cluster/annotate.h"

#define CONFIGMAPS "/api/v1/configmaps"
#define PATCHES    "PATCH /api/v1/namespaces/ns/configmaps/"

enum { MANY = 50, AT_A_TIME = 4 };

static void put(struct rig *r, unsigned n)
{
	fake_kube_put(r->fake, CONFIGMAPS,
		      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"cm-%u\"}}", n);
}

static void set(struct annotator *t, unsigned n, const char *value)
{
	autofree char *name = mem_printf("cm-%u", n);
	const struct kube_object o = {.kind = KUBE_CONFIGMAP, .ns = (char *)"ns", .name = name};

	annotator_set(t, &o, value);
}

static bool is(struct rig *r, unsigned n, const char *value)
{
	autofree char *name = mem_printf("cm-%u", n);
	struct json_object *o = fake_kube_get(r->fake, CONFIGMAPS, "ns", name);

	return str_eq(js_str(o, "metadata.annotations.ip", NULL), value);
}

static unsigned how_many(struct rig *r, const char *value)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MANY; i++)
		n += is(r, i, value);
	return n;
}

static void all_of_them(void **state)
{
	struct rig *r = *state;
	struct annotator *t = annotator_new(r->client, "ip");

	for (unsigned i = 0; i < MANY; i++) {
		put(r, i);
		set(t, i, "192.0.2.1");
	}
	WAIT(r, how_many(r, "192.0.2.1") == MANY);
	set(t, 7, NULL);
	WAIT(r, is(r, 7, NULL));
	assert_int_equal(fake_kube_requests(r->fake, PATCHES), MANY + 1);
	annotator_close(t);
}

static void a_few_at_a_time(void **state)
{
	struct rig *r = *state;
	struct annotator *t = annotator_new(r->client, "ip");

	fake_kube_rule(r->fake, (struct fake_rule){.method = "PATCH", .part = "/", .times = -1});
	for (unsigned i = 0; i < MANY; i++)
		set(t, i, "192.0.2.1");
	WAIT(r, fake_kube_requests(r->fake, PATCHES) == AT_A_TIME);
	rig_idle(r, 100);
	assert_int_equal(fake_kube_requests(r->fake, PATCHES), AT_A_TIME);
	annotator_close(t); /* with all of them under way or waiting */
}

/* of an object's values only the newest matters, and the order is kept */
static void the_newest_value(void **state)
{
	struct rig *r = *state;
	struct annotator *t = annotator_new(r->client, "ip");

	put(r, 0);
	set(t, 0, "192.0.2.1"); /* under way at once */
	set(t, 0, "192.0.2.2");
	set(t, 0, NULL);
	set(t, 0, "192.0.2.3");
	WAIT(r, is(r, 0, "192.0.2.3"));
	rig_idle(r, 50);
	assert_int_equal(fake_kube_requests(r->fake, PATCHES), 2);
	assert_true(is(r, 0, "192.0.2.3"));
	annotator_close(t);
}

/* one that fails is not in the way of the others */
static void failures(void **state)
{
	struct rig *r = *state;
	struct annotator *t = annotator_new(r->client, "ip");

	fake_kube_rule(
		r->fake,
		(struct fake_rule){.method = "PATCH", .part = "/cm-0", .times = 1, .status = 500});
	for (unsigned i = 1; i < MANY; i++)
		put(r, i);
	for (unsigned i = 0; i < MANY; i++) /* cm-0 does not exist */
		set(t, i, "192.0.2.1");
	WAIT(r, how_many(r, "192.0.2.1") == MANY - 1);
	annotator_close(t);
}

static void without_permission(void **state)
{
	struct rig *r = *state;
	struct annotator *t = annotator_new(r->client, "ip");
	unsigned n;

	fake_kube_rule(
		r->fake,
		(struct fake_rule){.method = "PATCH", .part = "/", .times = -1, .status = 403});
	for (unsigned i = 0; i < MANY; i++) {
		put(r, i);
		set(t, i, "192.0.2.1");
	}
	WAIT(r, fake_kube_requests(r->fake, PATCHES) == AT_A_TIME);
	rig_idle(r, 100);
	fake_kube_rules_clear(r->fake);
	n = fake_kube_requests(r->fake, PATCHES);
	set(t, 1, "192.0.2.2");
	rig_idle(r, 100);
	assert_in_range(n, 1, AT_A_TIME);
	assert_int_equal(fake_kube_requests(r->fake, PATCHES), n);
	annotator_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(all_of_them, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(a_few_at_a_time, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(the_newest_value, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(failures, rig_setup, rig_teardown),
		cmocka_unit_test_setup_teardown(without_permission, rig_setup, rig_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
