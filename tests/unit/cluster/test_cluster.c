/*
 * The controller where only a fake API server can do what is needed: watches cut in the middle of
 * an event, 410 at the wrong moment, thousands of events at once, lists that are suddenly empty.
 * What must hold: the BIG-IP ends up right, and nothing that was right is touched.
 */
#include "lane.h"

#include "common/base/mem.h"
#include "common/base/str.h"

static void first_sync_and_changes(void **state)
{
	struct lane *l = *state;

	for (unsigned n = 0; n < 20; n++)
		lane_put_app(l, n, 3);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 20);
	assert_int_equal(lane_virtuals(l), 20);
	for (unsigned n = 0; n < 20; n++)
		assert_int_equal(lane_members(l, n), 3);
	lane_put_endpoints(l, 7, 5);
	LANE_WAIT(l, lane_members(l, 7) == 5);
	lane_put_app(l, 20, 1);
	LANE_WAIT(l, lane_has_virtual(l, 20) && lane_members(l, 20) == 1);
	lane_delete_app(l, 3);
	LANE_WAIT(l, !lane_has_virtual(l, 3));
	assert_int_equal(lane_virtuals(l), 20);
}

static void restart_writes_nothing(void **state)
{
	struct lane *l = *state;
	autofree char *before = NULL, *after = NULL;

	for (unsigned n = 0; n < 10; n++)
		lane_put_app(l, n, 3);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 10);
	lane_stop(l);
	before = lane_text(l);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 10);
	lane_verify_passes(l, 2);
	after = lane_text(l);
	assert_string_equal(before, after);
	assert_int_equal(l->cluster->writes, 0);
}

static void ten_thousand_events_in_a_burst(void **state)
{
	struct lane *l = *state;

	for (unsigned n = 0; n < 20; n++)
		lane_put_app(l, n, 1);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 20);
	for (unsigned i = 0; i < 10000; i++)
		lane_put_endpoints(l, i % 20, 1 + (i / 20 * 7 + i) % 6);
	for (unsigned n = 0; n < 20; n++) {
		unsigned i = 9980 + n;

		LANE_WAIT(l, lane_members(l, n) == 1 + (i / 20 * 7 + i) % 6);
	}
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 20 && l->cluster->queue.n_busy == 0);
	assert_true(l->cluster->writes < 5000); /* events of one object are one look */
	lane_verify_passes(l, 1);
	assert_int_equal(lane_virtuals(l), 20);
}

static void watch_cut_in_the_middle_of_an_event(void **state)
{
	struct lane *l = *state;

	lane_put_app(l, 0, 1);
	lane_start(l);
	LANE_WAIT(l, lane_members(l, 0) == 1);
	fake_kube_mute(l->kube, true); /* what follows is only half sent */
	lane_put_endpoints(l, 0, 4);
	fake_kube_send(
		l->kube, SLICES,
		"{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"web-0-abc\",\"name");
	fake_kube_mute(l->kube, false);
	fake_kube_end_watches(l->kube, SLICES, true);
	LANE_WAIT(l, lane_members(l, 0) == 4);
}

static void gone_during_load(void **state)
{
	struct lane *l = *state;

	for (unsigned n = 0; n < 1100; n++) /* three pages */
		lane_put_configmap(l, n, "tcp");
	lane_put_app(l, 1, 2);
	fake_kube_rule(l->kube, (struct fake_rule){.part = "configmaps?labelSelector",
						   .skip = 1,
						   .times = 2,
						   .status = 410});
	lane_start(l);
	LANE_WAIT(l, lane_has_virtual(l, 1) && lane_members(l, 1) == 2);
	assert_int_equal(HASH_COUNT(l->cluster->apps.by_key), 1100);
	fake_kube_rules_clear(l->kube);
	fake_kube_mute(l->kube, true);
	lane_put_endpoints(l, 1, 5);
	fake_kube_mute(l->kube, false);
	fake_kube_compact(l->kube); /* resuming is answered 410 */
	fake_kube_end_watches(l->kube, SLICES, true);
	LANE_WAIT(l, lane_members(l, 1) == 5);
}

static void empty_lists_after_a_reset_delete_nothing(void **state)
{
	struct lane *l = *state;
	autofree char *before = NULL, *during = NULL;

	for (unsigned n = 0; n < 5; n++)
		lane_put_app(l, n, 2);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 5);
	lane_verify_passes(l, 1);
	before = lane_text(l);
	fake_kube_reset(l->kube, 1);
	fake_kube_end_watches(l->kube, CONFIGMAPS, true);
	fake_kube_end_watches(l->kube, SERVICES, true);
	fake_kube_end_watches(l->kube, SLICES, true);
	fake_kube_end_watches(l->kube, NODES, true);
	LANE_WAIT(l, lane_in_state(l, APP_HELD) == 5);
	lane_verify_passes(l, 4);
	assert_int_equal(lane_in_state(l, APP_HELD), 5);
	during = lane_text(l);
	assert_string_equal(before, during);
	lane_put_node(l);
	for (unsigned n = 0; n < 5; n++)
		lane_put_app(l, n, 2);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 5);
	assert_int_equal(lane_virtuals(l), 5);
}

static void started_on_an_empty_cluster_deletes_nothing(void **state)
{
	struct lane *l = *state;
	autofree char *before = NULL, *after = NULL;

	for (unsigned n = 0; n < 5; n++)
		lane_put_app(l, n, 2);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 5);
	lane_stop(l);
	before = lane_text(l);
	fake_kube_reset(l->kube, 100000);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_HELD) == 5);
	lane_verify_passes(l, 4);
	after = lane_text(l);
	assert_string_equal(before, after);
}

static void deletion_that_nobody_saw_waits_for_two_passes(void **state)
{
	struct lane *l = *state;

	for (unsigned n = 0; n < 3; n++)
		lane_put_app(l, n, 1);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 3);
	fake_kube_mute(l->kube, true);
	lane_delete_app(l, 1);
	fake_kube_mute(l->kube, false);
	fake_kube_compact(l->kube);
	fake_kube_end_watches(l->kube, CONFIGMAPS, true);
	LANE_WAIT(l, lane_in_state(l, APP_HELD) == 1);
	assert_true(lane_has_virtual(l, 1));
	lane_verify_passes(l, 3);
	LANE_WAIT(l, !lane_has_virtual(l, 1));
	assert_int_equal(lane_virtuals(l), 2);
}

static void invalid_edit_keeps_the_last_good(void **state)
{
	struct lane *l = *state;

	lane_put_app(l, 0, 1);
	lane_put_app(l, 1, 1);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 2);
	lane_put_configmap(l, 0, "htp");
	LANE_WAIT(l, lane_in_state(l, APP_INVALID) == 1);
	assert_true(lane_has_virtual(l, 0));
	lane_put_endpoints(l, 0, 3); /* the last good configuration goes on working */
	LANE_WAIT(l, lane_members(l, 0) == 3);
	LANE_WAIT(l, lane_event(l, "InvalidConfiguration"));
	lane_put_endpoints(l, 1, 2); /* and nobody else is held up */
	LANE_WAIT(l, lane_members(l, 1) == 2);
	lane_stop(l); /* a restart has no last good one: what is there stays */
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_INVALID) == 1 && lane_in_state(l, APP_APPLIED) == 1);
	lane_verify_passes(l, 3);
	assert_true(lane_has_virtual(l, 0));
	lane_put_configmap(l, 0, "udp");
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 2);
}

static void api_server_away_and_back(void **state)
{
	struct lane *l = *state;
	autofree char *before = NULL, *during = NULL;

	lane_put_app(l, 0, 2);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 1);
	lane_verify_passes(l, 1);
	before = lane_text(l);
	fake_kube_down(l->kube);
	lane_verify_passes(l, 2);
	during = lane_text(l);
	assert_string_equal(before, during);
	lane_put_endpoints(l, 0, 5);
	fake_kube_up(l->kube);
	LANE_WAIT(l, lane_members(l, 0) == 5);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, lane_setup, lane_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(first_sync_and_changes),
		ROW(restart_writes_nothing),
		ROW(ten_thousand_events_in_a_burst),
		ROW(watch_cut_in_the_middle_of_an_event),
		ROW(gone_during_load),
		ROW(empty_lists_after_a_reset_delete_nothing),
		ROW(started_on_an_empty_cluster_deletes_nothing),
		ROW(deletion_that_nobody_saw_waits_for_two_passes),
		ROW(invalid_edit_keeps_the_last_good),
		ROW(api_server_away_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
