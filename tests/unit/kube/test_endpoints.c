/* EndpointSlice v1, v1beta1 or Endpoints: by what the server has and what we may read */
#include "rig.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#define V1     "/apis/discovery.k8s.io/v1/endpointslices"
#define V1BETA "/apis/discovery.k8s.io/v1beta1/endpointslices"
#define CORE   "/api/v1/endpoints"

struct seen {
	struct kube_store *store;
	struct strbuf log;
	unsigned synced, changes;
};

static void on_change(void *ctx, const struct kube_object *before, const struct kube_object *now,
		      bool seen)
{
	struct seen *s = ctx;

	s->changes++;
	str_addf(&s->log, "%s%s ",
		 !before ? "+"
		 : now   ? "~"
		 : seen  ? "-"
			 : "?",
		 (now ? now : before)->name);
}

static void on_synced(void *ctx, bool regressed)
{
	((struct seen *)ctx)->synced++;
}

static void open_store(struct seen *s, struct rig *r)
{
	*s = (struct seen){0};
	s->store = kube_store_new(r->client, &(struct kube_store_settings){.kind = KUBE_ENDPOINTS,
									   .on_change = on_change,
									   .on_synced = on_synced,
									   .ctx = s});
}

static void close_store(struct seen *s)
{
	kube_store_close(s->store);
	str_release(&s->log);
}

static void put_slice(struct rig *r, const char *collection, const char *name, const char *service,
		      const char *ip)
{
	fake_kube_put(r->fake, collection,
		      "{\"kind\":\"EndpointSlice\",\"metadata\":{\"namespace\":\"ns\",\"name\":\"%"
		      "s\",\"labels\":{\"kubernetes.io/service-name\":\"%s\"}},"
		      "\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":[\"%s\"]}],\"ports\":"
		      "[{\"port\":80}]}",
		      name, service, ip);
}

static void put_endpoints(struct rig *r, const char *service)
{
	fake_kube_put(r->fake, CORE,
		      "{\"kind\":\"Endpoints\",\"metadata\":{\"namespace\":\"ns\",\"name\":\"%s\"},"
		      "\"subsets\":[{\"addresses\":[{\"ip\":\"10.0.0.1\"}],"
		      "\"ports\":[{\"port\":80}]}]}",
		      service);
}

static void slices_of_a_service(void **state)
{
	struct rig *r = *state;
	const struct kube_endpoints *const *list;
	struct seen s;

	put_slice(r, V1, "web-b", "web", "10.0.0.2");
	put_slice(r, V1, "web-a", "web", "10.0.0.1");
	put_slice(r, V1, "other", "db", "10.0.0.9");
	fake_kube_put(r->fake, V1,
		      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"orphan\"},\"addressType\":"
		      "\"IPv4\",\"endpoints\":null}");
	open_store(&s, r);
	WAIT(r, s.synced == 1);
	assert_int_equal(kube_store_endpoints(s.store, "ns", "web", &list), 2);
	assert_string_equal(list[0]->o.name, "web-a");
	assert_string_equal(list[1]->o.name, "web-b");
	assert_int_equal(kube_store_endpoints(s.store, "ns", "none", &list), 0);
	assert_int_equal(kube_store_endpoints(s.store, "elsewhere", "web", &list), 0);
	assert_int_equal(kube_store_endpoints(s.store, "ns", "", &list), 0);
	WAIT(r, fake_kube_watches(r->fake, V1) == 1);
	put_slice(r, V1, "web-a", "db", "10.0.0.1"); /* moves to another Service */
	fake_kube_delete(r->fake, V1, "ns", "web-b");
	WAIT(r, s.changes == 6);
	assert_int_equal(kube_store_endpoints(s.store, "ns", "web", &list), 0);
	assert_int_equal(kube_store_endpoints(s.store, "ns", "db", &list), 2);
	assert_int_equal(fake_kube_requests(r->fake, CORE), 0);
	close_store(&s);
}

static const struct {
	const char *name;
	struct fake_rule rules[2];
	const char *collection;
} choices[] = {
	{"v1", {{0}}, V1},
	{"no v1: v1beta1",
	 {{.part = V1 "?", .times = -1, .status = 404, .body = "404 page not found"}},
	 V1BETA},
	{"no slices: Endpoints",
	 {{.part = "discovery.k8s.io", .times = -1, .status = 404, .body = "404 page not found"}},
	 CORE},
	{"not allowed: Endpoints",
	 {{.part = "discovery.k8s.io", .times = -1, .status = 403}},
	 CORE},
	{"no v1, v1beta1 not allowed: Endpoints",
	 {{.part = V1 "?", .times = -1, .status = 404},
	  {.part = V1BETA, .times = -1, .status = 403}},
	 CORE},
};

static void the_best_that_can_be_read(void **state)
{
	struct rig *r = *state;

	put_slice(r, V1, "web-1", "web", "10.0.0.1");
	put_slice(r, V1BETA, "web-1", "web", "10.0.0.1");
	put_endpoints(r, "web");
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		const struct kube_endpoints *const *list;
		struct seen s;

		for (size_t k = 0; k < 2 && choices[i].rules[k].part; k++)
			fake_kube_rule(r->fake, choices[i].rules[k]);
		open_store(&s, r);
		WAIT(r, s.synced == 1);
		WAIT(r, fake_kube_watches(r->fake, V1) + fake_kube_watches(r->fake, V1BETA) +
					fake_kube_watches(r->fake, CORE) ==
				1);
		if (fake_kube_watches(r->fake, choices[i].collection) != 1 ||
		    kube_store_endpoints(s.store, "ns", "web", &list) != 1)
			fail_row(choices[i].name, "another one is watched");
		close_store(&s);
		WAIT(r, fake_kube_watches(r->fake, choices[i].collection) == 0);
		fake_kube_rules_clear(r->fake);
	}
}

static void permission_that_comes_later_is_used(void **state)
{
	struct rig *r = *state;
	const struct kube_endpoints *const *list;
	struct seen s;

	put_slice(r, V1, "web-1", "web", "10.0.0.1");
	put_endpoints(r, "web");
	fake_kube_rule(r->fake,
		       (struct fake_rule){.part = "discovery.k8s.io", .times = -1, .status = 403});
	open_store(&s, r);
	WAIT(r, fake_kube_watches(r->fake, CORE) == 1);
	rig_idle(r, 30);
	fake_kube_end_watches(r->fake, CORE, false);
	WAIT(r, fake_kube_watches(r->fake, CORE) == 1); /* still not: as before, without a list */
	assert_int_equal(s.synced, 1);
	fake_kube_rules_clear(r->fake);
	rig_idle(r, 30);
	fake_kube_end_watches(r->fake, CORE, false);
	WAIT(r, fake_kube_watches(r->fake, V1) == 1);
	assert_string_equal(str_get(&s.log), "+web +web-1 ?web ");
	assert_int_equal(kube_store_endpoints(s.store, "ns", "web", &list), 1);
	close_store(&s);
}

static void a_passing_refusal_does_not_change_the_api(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_slice(r, V1, "web-1", "web", "10.0.0.1");
	put_endpoints(r, "web");
	open_store(&s, r);
	WAIT(r, fake_kube_watches(r->fake, V1) == 1);
	/* an API server that has just started does not know its roles yet */
	fake_kube_rule(r->fake,
		       (struct fake_rule){.part = "discovery.k8s.io", .times = 3, .status = 403});
	fake_kube_end_watches(r->fake, V1, true);
	WAIT(r, fake_kube_watches(r->fake, V1) == 1);
	assert_int_equal(fake_kube_requests(r->fake, CORE), 0);
	fake_kube_rule(r->fake,
		       (struct fake_rule){.part = "discovery.k8s.io", .times = -1, .status = 403});
	fake_kube_end_watches(r->fake, V1, true);
	WAIT(r, fake_kube_watches(r->fake, CORE) == 1); /* but one that stays does */
	assert_string_equal(str_get(&s.log), "+web-1 +web ?web-1 ");
	close_store(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		T(slices_of_a_service),
		T(the_best_that_can_be_read),
		T(permission_that_comes_later_is_used),
		T(a_passing_refusal_does_not_change_the_api),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
