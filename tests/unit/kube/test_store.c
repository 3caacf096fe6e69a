/* stores against a fake API server: what reaches the watcher, whatever the server does */
#include "rig.h"

#include "common/base/mem.h"
#include "common/base/str.h"

#define CM "/api/v1/configmaps"

struct seen {
	struct rig *rig;
	struct kube_store *store;
	struct strbuf log; /* "+ns/name=version " new, "~" changed, "-" gone, "?" gone by inference;
			      "| " synced, "! " regressed */
	unsigned synced, changes, inferred;
	bool close_at_change;
};

static void on_change(void *ctx, const struct kube_object *before, const struct kube_object *now,
		      bool seen)
{
	struct seen *s = ctx;
	const struct kube_object *o = now ? now : before;

	s->changes++;
	s->inferred += !seen;
	str_addf(&s->log, "%s%s ", !before ? "+" : now ? "~" : seen ? "-" : "?", o->name);
	/* the store is already as it will be */
	assert_ptr_equal(kube_store_get(s->store, o->ns, o->name), now);
	if (s->close_at_change)
		kube_store_close(s->store);
}

static void on_synced(void *ctx, bool regressed)
{
	struct seen *s = ctx;

	s->synced++;
	str_add(&s->log, regressed ? "! " : "| ");
}

static void open_store(struct seen *s, struct rig *r, enum kube_kind kind, const char *selector)
{
	*s = (struct seen){.rig = r};
	s->store = kube_store_new(r->client,
				  &(struct kube_store_settings){.kind = kind,
								.label_selector = selector,
								.on_change = on_change,
								.on_synced = on_synced,
								.ctx = s});
}

static void close_store(struct seen *s)
{
	kube_store_close(s->store);
	str_release(&s->log);
}

static void put_cm(struct rig *r, const char *name, const char *data)
{
	fake_kube_put(
		r->fake, CM,
		"{\"metadata\":{\"namespace\":\"ns\",\"name\":\"%s\"},\"data\":{\"data\":\"%s\"}}",
		name, data);
}

static bool logged(const struct seen *s, const char *text)
{
	return strstr(str_get(&s->log), text) != NULL;
}

static void lists_in_pages_then_watches(void **state)
{
	struct rig *r = *state;
	struct seen s;

	for (int i = 0; i < 8; i++) {
		autofree char *name = mem_printf("cm%d", i);

		put_cm(r, name, "x");
	}
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, s.synced == 1);
	assert_string_equal(str_get(&s.log), "+cm0 +cm1 +cm2 +cm3 +cm4 +cm5 +cm6 +cm7 | ");
	assert_int_equal(fake_kube_requests(r->fake, "limit=3"), 3);
	assert_int_equal(fake_kube_requests(r->fake, "continue="), 2);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	assert_int_equal(
		fake_kube_requests(r->fake,
				   "allowWatchBookmarks=true&resourceVersion=1008&timeoutSeconds="),
		1);
	str_clear(&s.log);
	put_cm(r, "cm3", "y");
	put_cm(r, "new", "z");
	fake_kube_delete(r->fake, CM, "ns", "cm0");
	WAIT(r, s.changes == 11);
	assert_string_equal(str_get(&s.log), "~cm3 +new -cm0 ");
	assert_string_equal(
		((const struct kube_configmap *)kube_store_get(s.store, "ns", "cm3"))->data, "y");
	assert_true(kube_store_synced(s.store));
	assert_true(kube_store_healthy(s.store));
	assert_int_equal(kube_store_count(s.store), 8);
	close_store(&s);
}

static void an_empty_collection_syncs(void **state)
{
	struct rig *r = *state;
	struct seen s;

	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	assert_false(kube_store_synced(s.store));
	WAIT(r, s.synced == 1);
	assert_string_equal(str_get(&s.log), "| ");
	close_store(&s);
}

static void selector_and_namespace_are_sent(void **state)
{
	struct rig *r = *state;
	struct seen s;

	fake_kube_put(r->fake, CM,
		      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"a\",\"labels\":{\"f5type\":"
		      "\"virtual-server\"}}}");
	put_cm(r, "other", "x");
	open_store(&s, r, KUBE_CONFIGMAP, "f5type in (virtual-server)");
	WAIT(r, s.synced == 1);
	assert_string_equal(str_get(&s.log), "+a | ");
	assert_int_equal(fake_kube_requests(
				 r->fake, "labelSelector=f5type%20in%20%28virtual-server%29&limit"),
			 1);
	close_store(&s);
}

static void expired_continue_lists_again(void **state)
{
	struct rig *r = *state;
	struct seen s;

	for (int i = 0; i < 8; i++) {
		autofree char *name = mem_printf("cm%d", i);

		put_cm(r, name, "x");
	}
	fake_kube_rule(r->fake, (struct fake_rule){
					.part = "continue=", .skip = 1, .times = 1, .status = 410});
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, s.synced == 1);
	/* nothing of the list that broke off was told */
	assert_string_equal(str_get(&s.log), "+cm0 +cm1 +cm2 +cm3 +cm4 +cm5 +cm6 +cm7 | ");
	close_store(&s);
}

static void watch_cut_mid_event_resumes(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	fake_kube_mute(r->fake, true);
	put_cm(r, "b", "x");
	fake_kube_send(r->fake, CM, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"b");
	fake_kube_end_watches(r->fake, CM, true);
	fake_kube_mute(r->fake, false);
	WAIT(r, s.changes == 2);
	assert_string_equal(str_get(&s.log), "+a | +b ");
	assert_int_equal(s.synced, 1); /* resumed, not listed again */
	assert_int_equal(fake_kube_requests(r->fake, "resourceVersion=1001"), 2);
	close_store(&s);
}

static void a_clean_end_watches_on(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	rig_idle(r, 40); /* longer than settle_ms */
	fake_kube_requests_clear(r->fake);
	fake_kube_end_watches(r->fake, CM, false);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	assert_int_equal(fake_kube_requests(r->fake, "GET"), 1);
	close_store(&s);
}

static void too_old_a_version_gives_the_difference(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "stays", "x");
	put_cm(r, "goes", "x");
	put_cm(r, "changes", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	str_clear(&s.log);
	fake_kube_mute(r->fake, true);
	put_cm(r, "changes", "y");
	put_cm(r, "comes", "x");
	fake_kube_delete(r->fake, CM, "ns", "goes");
	fake_kube_compact(r->fake);
	fake_kube_mute(r->fake, false);
	fake_kube_end_watches(r->fake, CM, true);
	WAIT(r, s.synced == 2);
	assert_string_equal(str_get(&s.log), "~changes +comes ?goes | ");
	close_store(&s);
}

static void http_410_gives_the_difference(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "goes", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	fake_kube_mute(r->fake, true);
	fake_kube_delete(r->fake, CM, "ns", "goes");
	fake_kube_mute(r->fake, false);
	fake_kube_rule(r->fake, (struct fake_rule){.part = "watch=1", .times = 1, .status = 410});
	fake_kube_end_watches(r->fake, CM, true);
	WAIT(r, s.synced == 2);
	assert_string_equal(str_get(&s.log), "+goes | ?goes | ");
	close_store(&s);
}

static void bookmarks_move_the_version(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	for (int i = 0; i < 5; i++) /* versions go on elsewhere */
		fake_kube_put(r->fake, "/api/v1/services",
			      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"s\"}}");
	fake_kube_bookmark(r->fake, CM);
	fake_kube_end_watches(r->fake, CM, true);
	WAIT(r, fake_kube_requests(r->fake, "resourceVersion=1006") == 1);
	assert_string_equal(str_get(&s.log), "+a | ");
	close_store(&s);
}

static void a_server_that_lost_its_data_is_told(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	put_cm(r, "b", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	str_clear(&s.log);
	fake_kube_reset(r->fake, 5);
	fake_kube_end_watches(r->fake, CM, true);
	WAIT(r, s.synced == 2);
	assert_string_equal(str_get(&s.log), "?a ?b ! ");
	assert_int_equal(s.inferred, 2);
	str_clear(&s.log);
	put_cm(r, "a", "again"); /* the new server's low versions are fine from now on */
	WAIT(r, s.changes == 5);
	assert_string_equal(str_get(&s.log), "+a ");
	close_store(&s);
}

static void an_event_from_the_past_lists_again(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	fake_kube_reset(r->fake, 5); /* the watch goes on, as through a proxy */
	fake_kube_bookmark(r->fake, CM);
	WAIT(r, s.synced == 2);
	assert_string_equal(str_get(&s.log), "+a | ?a ! ");
	close_store(&s);
}

static void a_burst_of_10000_events(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	for (int i = 0; i < 10000; i++) {
		autofree char *name = mem_printf("cm%d", i % 1000), *data = mem_printf("%d", i);

		put_cm(r, name, data);
	}
	WAIT(r, s.changes == 10001);
	assert_int_equal(kube_store_count(s.store), 1001);
	assert_string_equal(
		((const struct kube_configmap *)kube_store_get(s.store, "ns", "cm999"))->data,
		"9999");
	assert_int_equal(s.synced, 1);
	close_store(&s);
}

static void retry_after_is_honoured(void **state)
{
	struct rig *r = *state;
	struct seen s;
	uint64_t begun = uv_hrtime();

	fake_kube_rule(r->fake, (struct fake_rule){.part = "/configmaps",
						   .times = 1,
						   .status = 429,
						   .retry_after_s = 1});
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, s.synced == 1);
	assert_true(uv_hrtime() - begun >= 1000000000ull);
	assert_int_equal(fake_kube_requests(r->fake, "limit="), 2);
	close_store(&s);
}

static void a_silent_watch_is_given_up(void **state)
{
	struct rig *r = *state;
	struct seen s;
	struct kube_tuning *t = kube_client_tuning(r->client);

	t->watch_min_s = t->watch_max_s = 0;
	t->watch_margin_ms = 50;
	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	fake_kube_mute(r->fake,
		       true); /* the server is stuck: it takes the change, but tells nobody */
	put_cm(r, "b", "x");
	fake_kube_mute(r->fake, false);
	WAIT(r, logged(&s, "+b"));
	assert_int_equal(s.synced, 1);
	close_store(&s);
}

static void an_event_above_the_cap_lists_again(void **state)
{
	struct rig *r = *state;
	struct seen s;

	kube_client_tuning(r->client)->max_event = 1000;
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	{
		autofree char *big = mem_alloc(5001);

		memset(big, 'x', 5000);
		put_cm(r, "big", big);
	}
	WAIT(r, s.synced == 2);
	assert_string_equal(str_get(&s.log), "| +big | ");
	close_store(&s);
}

static void a_page_above_the_cap_comes_smaller(void **state)
{
	struct rig *r = *state;
	struct seen s;
	autofree char *big = mem_alloc(1001);

	memset(big, 'x', 1000);
	kube_client_tuning(r->client)->max_page = 2000;
	for (int i = 0; i < 3; i++) {
		autofree char *name = mem_printf("cm%d", i);

		put_cm(r, name, big);
	}
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, s.synced == 1);
	assert_string_equal(str_get(&s.log), "+cm0 +cm1 +cm2 | ");
	assert_int_equal(fake_kube_requests(r->fake, "limit=1&continue="), 2);
	close_store(&s);
}

static void duplicate_and_unknown_events_are_passed_over(void **state)
{
	struct rig *r = *state;
	struct seen s;

	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	fake_kube_send(r->fake, CM,
		       "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"namespace\":\"ns\","
		       "\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"1001\"}}}\n"
		       "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"namespace\":\"ns\","
		       "\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"1001\"}}}\n"
		       "\n{\"type\":\"TELEPORTED\",\"object\":{\"metadata\":{\"name\":\"q\"}}}\n"
		       "{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"namespace\":\"ns\","
		       "\"name\":\"never-there\",\"resourceVersion\":\"1002\"}}}\n"
		       "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"namespace\":\"ns\","
		       "\"name\":\"a\",\"uid\":\"u\",\"resourceVersion\":\"1003\"}}}\n");
	WAIT(r, s.changes == 2);
	assert_string_equal(str_get(&s.log), "| +a ~a ");
	close_store(&s);
}

static void a_bad_object_keeps_the_last_good(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "good");
	put_cm(r, "b", "good");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	fake_kube_put(r->fake, CM,
		      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"a\"},\"data\":{\"data\":7}}");
	put_cm(r, "b", "better");
	WAIT(r, s.changes == 3);
	assert_string_equal(
		((const struct kube_configmap *)kube_store_get(s.store, "ns", "a"))->data, "good");
	fake_kube_compact(r->fake); /* and a list that holds it does not make it look gone */
	fake_kube_mute(r->fake, true);
	put_cm(r, "c", "x");
	fake_kube_compact(r->fake);
	fake_kube_mute(r->fake, false);
	fake_kube_end_watches(r->fake, CM, true);
	WAIT(r, s.synced == 2);
	assert_string_equal(str_get(&s.log), "+a +b | ~b +c | ");
	close_store(&s);
}

static void error_events_resume_and_then_list(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	for (unsigned i = 1; i <= 3; i++) {
		WAIT(r, fake_kube_watches(r->fake, CM) == 1);
		assert_int_equal(s.synced, 1);
		fake_kube_send(r->fake, CM,
			       "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":500,"
			       "\"reason\":\"InternalError\"}}\n");
		WAIT(r, fake_kube_watches(r->fake, CM) == 0);
	}
	WAIT(r, s.synced == 2);
	assert_string_equal(str_get(&s.log), "+a | | ");
	close_store(&s);
}

static void a_server_that_comes_back_is_resumed(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	fake_kube_down(r->fake);
	rig_idle(r, 150);
	put_cm(r, "b", "x");
	fake_kube_up(r->fake);
	WAIT(r, s.changes == 2);
	assert_string_equal(str_get(&s.log), "+a | +b ");
	close_store(&s);
}

static void health_follows_after_a_while(void **state)
{
	struct rig *r = *state;
	struct seen s;

	kube_client_tuning(r->client)->unhealthy_ms = 100;
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	assert_false(kube_store_healthy(s.store)); /* nothing is known yet */
	WAIT(r, fake_kube_watches(r->fake, CM) == 1);
	assert_true(kube_store_healthy(s.store));
	fake_kube_down(r->fake);
	rig_idle(r, 20);
	assert_true(kube_store_healthy(s.store)); /* a moment is no reason to be restarted */
	WAIT(r, !kube_store_healthy(s.store));
	fake_kube_up(r->fake);
	WAIT(r, kube_store_healthy(s.store)); /* although nothing has happened since */
	close_store(&s);
}

static void a_server_that_is_away_at_the_start(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	fake_kube_down(r->fake);
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	rig_idle(r, 100);
	assert_int_equal(s.synced, 0);
	fake_kube_up(r->fake);
	WAIT(r, s.synced == 1);
	close_store(&s);
}

static const struct fake_rule broken_lists[] = {
	{.part = "/configmaps?limit", .times = 3, .status = -1},
	{.part = "/configmaps?limit",
	 .times = 3,
	 .status = -2,
	 .body = "{\"metadata\":{},\"items\":["},
	{.part = "/configmaps?limit", .times = 3, .status = 200, .body = "<html>a proxy</html>"},
	{.part = "/configmaps?limit", .times = 3, .status = 200, .body = "{\"kind\":\"Status\"}"},
	{.part = "/configmaps?limit", .times = 3, .status = 200, .body = ""},
	{.part = "/configmaps?limit", .times = 3, .status = 503},
	{.part = "/configmaps?limit", .times = 3, .status = 403},
};

static void a_broken_list_never_looks_empty(void **state)
{
	struct rig *r = *state;

	put_cm(r, "a", "x");
	for (size_t i = 0; i < ARRAY_LEN(broken_lists); i++) {
		struct seen s;

		open_store(&s, r, KUBE_CONFIGMAP, NULL);
		WAIT(r, fake_kube_watches(r->fake, CM) == 1);
		fake_kube_rule(r->fake,
			       (struct fake_rule){.part = "watch=1", .times = 1, .status = 410});
		fake_kube_rule(r->fake, broken_lists[i]);
		fake_kube_end_watches(r->fake, CM, true);
		WAIT(r, s.synced == 2);
		if (!str_eq(str_get(&s.log), "+a | | "))
			fail_row(broken_lists[i].body ? broken_lists[i].body : "status",
				 "row %zu: %s", i, str_get(&s.log));
		close_store(&s);
		WAIT(r, fake_kube_watches(r->fake, CM) == 0);
		fake_kube_rules_clear(r->fake);
	}
}

static void closing_inside_a_callback(void **state)
{
	struct rig *r = *state;
	struct seen s;

	put_cm(r, "a", "x");
	put_cm(r, "b", "x");
	open_store(&s, r, KUBE_CONFIGMAP, NULL);
	s.close_at_change = true;
	WAIT(r, s.changes == 1);
	rig_idle(r, 50);
	assert_string_equal(str_get(&s.log), "+a ");
	str_release(&s.log);
	open_store(&s, r, KUBE_SERVICE, NULL);
	WAIT(r, s.synced == 1);
	WAIT(r, fake_kube_watches(r->fake, "/api/v1/services") == 1);
	s.close_at_change = true;
	fake_kube_put(r->fake, "/api/v1/services",
		      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"s\"}}");
	fake_kube_put(r->fake, "/api/v1/services",
		      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"t\"}}");
	WAIT(r, s.changes == 1);
	rig_idle(r, 50);
	assert_string_equal(str_get(&s.log), "| +s ");
	str_release(&s.log);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		T(lists_in_pages_then_watches),
		T(an_empty_collection_syncs),
		T(selector_and_namespace_are_sent),
		T(expired_continue_lists_again),
		T(watch_cut_mid_event_resumes),
		T(a_clean_end_watches_on),
		T(too_old_a_version_gives_the_difference),
		T(http_410_gives_the_difference),
		T(bookmarks_move_the_version),
		T(a_server_that_lost_its_data_is_told),
		T(an_event_from_the_past_lists_again),
		T(a_burst_of_10000_events),
		T(retry_after_is_honoured),
		T(a_silent_watch_is_given_up),
		T(an_event_above_the_cap_lists_again),
		T(a_page_above_the_cap_comes_smaller),
		T(duplicate_and_unknown_events_are_passed_over),
		T(a_bad_object_keeps_the_last_good),
		T(error_events_resume_and_then_list),
		T(a_server_that_comes_back_is_resumed),
		T(health_follows_after_a_while),
		T(a_server_that_is_away_at_the_start),
		T(a_broken_list_never_looks_empty),
		T(closing_inside_a_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
