/* leader election: candidates against one API server; a "second" of the lease is 20 ms here */
#include "rig.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define LEASES "/apis/coordination.k8s.io/v1/leases"
#define PATH   "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"

enum { SECOND_MS = 50 };

struct candidate {
	struct kube_client *client;
	struct kube_lease *lease;
	bool leading;
	unsigned led, lost;
	uint64_t lost_at;
	char why[200];
	struct candidate *rival;
};

static void on_lead(void *ctx)
{
	struct candidate *c = ctx;

	c->leading = true;
	c->led++;
	if (c->rival)
		assert_false(c->rival->leading);
}

static void on_lost(void *ctx, const char *why)
{
	struct candidate *c = ctx;

	c->leading = false;
	c->lost++;
	c->lost_at = uv_hrtime();
	(void)snprintf(c->why, sizeof(c->why), "%s", why);
}

static void join(struct candidate *c, struct rig *r, const char *identity)
{
	*c = (struct candidate){.client = rig_client(r, "{token: secret}")};
	kube_client_tuning(c->client)->lease_second_ms = SECOND_MS;
	c->lease = kube_lease_new(c->client, &(struct kube_lease_settings){.ns = "kube-system",
									   .name = "podlane",
									   .identity = identity,
									   .duration_s = 15,
									   .renew_s = 10,
									   .retry_s = 2,
									   .on_lead = on_lead,
									   .on_lost = on_lost,
									   .ctx = c});
}

static void leave(struct candidate *c, bool release)
{
	kube_lease_close(c->lease, release);
	kube_client_close(c->client);
	c->leading = false;
}

static struct json_object *lease(struct rig *r)
{
	return fake_kube_get(r->fake, LEASES, "kube-system", "podlane");
}

static const char *holder(struct rig *r)
{
	return js_str(lease(r), "spec.holderIdentity", "(none)");
}

static uint64_t ms_since(uint64_t t)
{
	return (uv_hrtime() - t) / 1000000;
}

static void the_first_creates_and_renews(void **state)
{
	struct rig *r = *state;
	static struct candidate a;
	autofree char *first = NULL;

	join(&a, r, "a");
	WAIT(r, a.leading);
	assert_string_equal(holder(r), "a");
	assert_int_equal(js_int(lease(r), "spec.leaseDurationSeconds", 0), 15);
	assert_int_equal(js_int(lease(r), "spec.leaseTransitions", -1), 0);
	assert_int_equal(strlen(js_str(lease(r), "spec.acquireTime", "")),
			 strlen("2026-01-31T12:00:00.123456Z"));
	first = mem_strdup(js_str(lease(r), "spec.renewTime", ""));
	WAIT(r, !str_eq(first, js_str(lease(r), "spec.renewTime", "")));
	rig_idle(r, 20 * SECOND_MS);
	assert_true(kube_lease_leading(a.lease));
	assert_string_equal(kube_lease_holder(a.lease), "a");
	assert_int_equal(a.led, 1);
	assert_int_equal(a.lost, 0);
	assert_int_equal(fake_kube_requests(r->fake, "GET " PATH), 1); /* a leader only writes */
	leave(&a, false);
	assert_string_equal(holder(r), "a");
}

static void release_hands_over_at_once(void **state)
{
	struct rig *r = *state;
	static struct candidate a, b;
	uint64_t begun;

	join(&a, r, "a");
	WAIT(r, a.leading);
	join(&b, r, "b");
	WAIT(r, str_eq(kube_lease_holder(b.lease), "a"));
	begun = uv_hrtime();
	leave(&a, true);
	WAIT(r, b.leading);
	assert_in_range(ms_since(begun), 0, 5 * SECOND_MS); /* retry, not duration */
	assert_string_equal(holder(r), "b");
	assert_int_equal(js_int(lease(r), "spec.leaseTransitions", -1), 1);
	leave(&b, true);
	WAIT(r, str_eq(holder(r), ""));
	assert_int_equal(js_int(lease(r), "spec.leaseDurationSeconds", -1), 1);
}

static void a_dead_leader_is_followed_after_the_duration(void **state)
{
	struct rig *r = *state;
	static struct candidate a, b;
	uint64_t begun;

	join(&a, r, "a");
	WAIT(r, a.leading);
	join(&b, r, "b");
	WAIT(r, str_eq(kube_lease_holder(b.lease), "a"));
	begun = uv_hrtime();
	leave(&a, false);
	WAIT(r, b.leading);
	assert_in_range(ms_since(begun), 10 * SECOND_MS, 21 * SECOND_MS);
	leave(&b, false);
}

static void a_leader_cut_off_stops_before_another_begins(void **state)
{
	struct rig *r = *state;
	static struct candidate a, b;
	uint64_t cut;

	join(&a, r, "a");
	WAIT(r, a.leading);
	join(&b, r, "b");
	b.rival = &a;
	WAIT(r, str_eq(kube_lease_holder(b.lease), "a"));
	/* a's writes are swallowed: neither refused nor answered */
	cut = uv_hrtime();
	fake_kube_rule(r->fake,
		       (struct fake_rule){.method = "PUT", .part = PATH, .times = 12, .status = 0});
	WAIT(r, a.lost == 1);
	assert_in_range(ms_since(cut), 7 * SECOND_MS, 12 * SECOND_MS);
	assert_string_equal(a.why, "the lease could not be renewed in time");
	fake_kube_rules_clear(r->fake);
	WAIT(r, a.leading || b.leading); /* on_lead() asserts that the rival does not lead */
	leave(&a, false);
	leave(&b, false);
}

static void clocks_of_others_are_not_believed(void **state)
{
	struct rig *r = *state;
	static struct candidate b;
	uint64_t begun = uv_hrtime();

	/* renewed long ago by its writer's clock: still valid for its duration from when we saw it
	 */
	fake_kube_put(r->fake, LEASES,
		      "{\"metadata\":{\"namespace\":\"kube-system\",\"name\":\"podlane\","
		      "\"labels\":{\"keep\":\"me\"}},\"spec\":{\"holderIdentity\":\"a\","
		      "\"leaseDurationSeconds\":15,\"renewTime\":\"2001-01-01T00:00:00.000000Z\","
		      "\"leaseTransitions\":4,\"x\":\"y\"}}");
	join(&b, r, "b");
	WAIT(r, b.leading);
	assert_in_range(ms_since(begun), 15 * SECOND_MS, 25 * SECOND_MS);
	assert_int_equal(js_int(lease(r), "spec.leaseTransitions", -1), 5);
	assert_string_equal(js_str(lease(r), "metadata.labels.keep", ""),
			    "me"); /* what is not ours stays */
	leave(&b, false);
}

static void two_at_once_give_one_leader(void **state)
{
	struct rig *r = *state;

	for (int i = 0; i < 5; i++) {
		static struct candidate a, b;

		fake_kube_delete(r->fake, LEASES, "kube-system", "podlane");
		join(&a, r, "a");
		join(&b, r, "b");
		a.rival = &b;
		b.rival = &a;
		WAIT(r, a.leading || b.leading);
		rig_idle(r, 4 * SECOND_MS);
		assert_int_equal(a.leading + b.leading, 1);
		leave(&a, false);
		leave(&b, false);
	}
}

static void somebody_else_took_it(void **state)
{
	struct rig *r = *state;
	static struct candidate a;

	join(&a, r, "a");
	WAIT(r, a.leading);
	fake_kube_put(
		r->fake, LEASES,
		"{\"metadata\":{\"namespace\":\"kube-system\",\"name\":\"podlane\"},\"spec\":{"
		"\"holderIdentity\":\"thief\","
		"\"leaseDurationSeconds\":15,\"renewTime\":\"2026-01-01T00:00:00.000000Z\"}}");
	WAIT(r, a.lost == 1);
	assert_string_equal(a.why, "'thief' holds the lease");
	leave(&a, true); /* not ours to release */
	rig_idle(r, 30);
	assert_string_equal(holder(r), "thief");
}

static void a_deleted_lease_is_made_again(void **state)
{
	struct rig *r = *state;
	static struct candidate a;

	join(&a, r, "a");
	WAIT(r, a.leading);
	fake_kube_delete(r->fake, LEASES, "kube-system", "podlane");
	WAIT(r, lease(r) != NULL);
	rig_idle(r, 12 * SECOND_MS);
	assert_int_equal(a.lost, 0);
	leave(&a, false);
}

static const struct {
	const char *name;
	struct fake_rule rule;
} alone[] = {
	{"not allowed", {.part = "/leases", .times = -1, .status = 403}},
	{"no such API",
	 {.part = "/leases", .times = -1, .status = 404, .body = "404 page not found"}},
	{"may read, not create", {.method = "POST", .part = "/leases", .times = -1, .status = 403}},
};

static void without_leases_we_lead_alone(void **state)
{
	struct rig *r = *state;

	for (size_t i = 0; i < ARRAY_LEN(alone); i++) {
		static struct candidate a;

		fake_kube_rule(r->fake, alone[i].rule);
		join(&a, r, "a");
		WAIT(r, a.leading);
		rig_idle(r, 15 * SECOND_MS);
		assert_int_equal(a.lost, 0);
		leave(&a, true);
		fake_kube_rules_clear(r->fake);
	}
}

static void a_passing_refusal_is_not_leading(void **state)
{
	struct rig *r = *state;
	static struct candidate a, b;

	join(&a, r, "a");
	WAIT(r, a.leading);
	fake_kube_rule(
		r->fake,
		(struct fake_rule){.method = "GET", .part = "/leases", .times = 2, .status = 403});
	join(&b, r, "b");
	b.rival = &a;
	WAIT(r, str_eq(kube_lease_holder(b.lease), "a"));
	/* permission lost while running, for all: nobody goes on alone */
	fake_kube_rule(r->fake, (struct fake_rule){.part = "/leases", .times = -1, .status = 403});
	WAIT(r, a.lost == 1);
	rig_idle(r, 30 * SECOND_MS);
	assert_false(a.leading || b.leading);
	leave(&a, false);
	leave(&b, false);
}

static void alone_until_there_is_an_election(void **state)
{
	struct rig *r = *state;
	static struct candidate a;

	fake_kube_rule(r->fake, (struct fake_rule){.part = "/leases", .times = -1, .status = 403});
	join(&a, r, "a");
	WAIT(r, a.leading);
	fake_kube_rules_clear(r->fake);
	WAIT(r, lease(r) != NULL); /* looked again after 60 s of the lease's time */
	assert_string_equal(holder(r), "a");
	assert_int_equal(a.lost, 0);
	assert_int_equal(a.led, 1);
	leave(&a, false);
}

static void an_API_server_that_is_away_for_a_moment(void **state)
{
	struct rig *r = *state;
	static struct candidate a;

	join(&a, r, "a");
	WAIT(r, a.leading);
	fake_kube_down(r->fake);
	rig_idle(r, 5 * SECOND_MS);
	fake_kube_up(r->fake);
	rig_idle(r, 15 * SECOND_MS);
	assert_int_equal(a.lost, 0);
	leave(&a, false);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		T(the_first_creates_and_renews),
		T(release_hands_over_at_once),
		T(a_dead_leader_is_followed_after_the_duration),
		T(a_leader_cut_off_stops_before_another_begins),
		T(clocks_of_others_are_not_believed),
		T(two_at_once_give_one_leader),
		T(somebody_else_took_it),
		T(a_deleted_lease_is_made_again),
		T(without_leases_we_lead_alone),
		T(a_passing_refusal_is_not_leading),
		T(alone_until_there_is_an_election),
		T(an_API_server_that_is_away_for_a_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
