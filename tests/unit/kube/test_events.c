/* Events: deduplicated, limited, and never in the way */
#include "rig.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define EVENTS "/api/v1/events"

static const struct kube_object about = {.kind = KUBE_CONFIGMAP,
					 .ns = (char *)"ns",
					 .name = (char *)"cm",
					 .uid = (char *)"u1",
					 .resource_version = (char *)"12"};
static const struct kube_object other = {.kind = KUBE_CONFIGMAP,
					 .ns = (char *)"ns",
					 .name = (char *)"other",
					 .uid = (char *)"u2",
					 .resource_version = (char *)"13"};
static const struct kube_object node = {.kind = KUBE_NODE,
					.ns = (char *)"",
					.name = (char *)"n1",
					.uid = (char *)"u3",
					.resource_version = (char *)"14"};

static struct kube_events *open_events(struct rig *r)
{
	kube_client_tuning(r->client)->event_refill_ms = 100;
	return kube_events_new(r->client, "podlane-controller");
}

static void an_event_says_everything(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);
	struct json_object *o;

	kube_event(e, &about, "Warning", "InvalidData", "balance 'x' is not one of ...");
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1);
	o = fake_kube_at(r->fake, EVENTS, 0);
	assert_true(str_starts(js_str(o, "metadata.name", ""), "cm."));
	assert_string_equal(js_str(o, "metadata.namespace", ""), "ns");
	assert_string_equal(js_text(js_at(o, "involvedObject"), NULL),
			    "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"namespace\":\"ns\","
			    "\"name\":\"cm\",\"uid\":\"u1\",\"resourceVersion\":\"12\"}");
	assert_string_equal(js_str(o, "type", ""), "Warning");
	assert_string_equal(js_str(o, "reason", ""), "InvalidData");
	assert_string_equal(js_str(o, "message", ""), "balance 'x' is not one of ...");
	assert_string_equal(js_str(o, "source.component", ""), "podlane-controller");
	assert_int_equal(js_int(o, "count", 0), 1);
	kube_event(e, &node, "Normal", "Fine", "all is well"); /* of no namespace */
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 2);
	assert_string_equal(js_str(fake_kube_at(r->fake, EVENTS, 1), "metadata.namespace", ""),
			    "default");
	kube_events_close(e);
}

static void the_same_words_raise_the_count(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	for (int i = 0; i < 50; i++)
		kube_event(e, &about, "Warning", "InvalidData", "same");
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1);
	WAIT(r, js_int(fake_kube_at(r->fake, EVENTS, 0), "count", 0) == 50);
	assert_in_range(fake_kube_requests(r->fake, EVENTS), 0, 0);
	assert_in_range(fake_kube_requests(r->fake, "/namespaces/ns/events"), 1, 2);
	kube_event(e, &other, "Warning", "InvalidData",
		   "same"); /* about another object: another Event */
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 2);
	kube_events_close(e);
}

static void a_flood_is_limited_per_object(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	for (int i = 0; i < 20; i++) {
		autofree char *text = mem_printf("state %d", i);

		kube_event(e, &about, "Warning", "Flapping", text);
	}
	kube_event(e, &other, "Normal", "Fine", "not held up by the other one");
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 11); /* ten at once, and the other object's */
	rig_idle(r, 40);
	assert_in_range(fake_kube_count(r->fake, EVENTS), 11, 12);
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 21); /* the rest as tokens come */
	kube_events_close(e);
}

static void an_event_that_the_server_forgot_is_made_again(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	kube_event(e, &about, "Warning", "R", "m");
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1);
	rig_idle(r, 20);
	fake_kube_delete(r->fake, EVENTS, "ns",
			 js_str(fake_kube_at(r->fake, EVENTS, 0), "metadata.name", ""));
	kube_event(e, &about, "Warning", "R", "m");
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1);
	assert_int_equal(js_int(fake_kube_at(r->fake, EVENTS, 0), "count", 0), 2);
	kube_events_close(e);
}

static void trouble_is_waited_out(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	fake_kube_rule(r->fake, (struct fake_rule){.part = "/events", .times = 2, .status = 503});
	kube_event(e, &about, "Warning", "R", "m");
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1);
	assert_int_equal(fake_kube_requests(r->fake, "/events"), 3);
	kube_events_close(e);
}

static void without_permission_it_is_silent(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	fake_kube_rule(r->fake, (struct fake_rule){.part = "/events", .times = -1, .status = 403});
	kube_event(e, &about, "Warning", "R", "m");
	WAIT(r, fake_kube_requests(r->fake, "/events") == 1);
	rig_idle(r, 50);
	for (int i = 0; i < 20; i++) {
		autofree char *text = mem_printf("state %d", i);

		kube_event(e, &about, "Warning", "R", text);
		rig_turn(r);
	}
	rig_idle(r, 250);
	assert_int_equal(fake_kube_requests(r->fake, "/events"), 1);
	kube_events_close(e);
}

static void a_namespace_that_goes_away_stops_nobody(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	fake_kube_rule(
		r->fake,
		(struct fake_rule){
			.part = "/events",
			.times = 1,
			.status = 403,
			.body = "{\"kind\":\"Status\",\"message\":\"unable to create new content "
				"in namespace ns because it is being terminated\"}"});
	kube_event(e, &about, "Warning", "R", "m");
	WAIT(r, fake_kube_requests(r->fake, "/events") == 1);
	rig_idle(r, 20);
	kube_event(e, &other, "Warning", "R", "m");
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1);
	kube_events_close(e);
}

static void long_messages_are_cut_between_characters(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);
	struct strbuf text = {0};

	str_add(&text, "x");
	while (text.len < 2000)
		str_add(&text, "\xc3\xa4");
	kube_event(e, &about, "Warning", "R", str_get(&text));
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1);
	assert_int_equal(strlen(js_str(fake_kube_at(r->fake, EVENTS, 0), "message", "")), 1023);
	str_release(&text);
	kube_events_close(e);
}

static void a_thousand_objects_come_a_few_at_a_time(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	kube_client_tuning(r->client)->request_timeout_ms = 200;
	fake_kube_rule(r->fake, (struct fake_rule){.part = "/events", .times = 4, .status = 0});
	for (int i = 0; i < 1000; i++) {
		autofree char *name = mem_printf("cm%d", i);
		struct kube_object o = about;

		o.name = name;
		kube_event(e, &o, "Warning", "R", "m");
	}
	rig_idle(r, 100);
	assert_int_equal(fake_kube_requests(r->fake, "/events"), 4); /* which are not answered */
	fake_kube_rules_clear(r->fake);
	WAIT(r, fake_kube_count(r->fake, EVENTS) == 1000);
	kube_events_close(e);
}

static void closing_with_requests_under_way(void **state)
{
	struct rig *r = *state;
	struct kube_events *e = open_events(r);

	kube_event(e, &about, "Warning", "R", "m");
	kube_event(e, &other, "Warning", "R", "m");
	rig_turn(r);
	kube_events_close(e);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		T(an_event_says_everything),
		T(the_same_words_raise_the_count),
		T(a_flood_is_limited_per_object),
		T(an_event_that_the_server_forgot_is_made_again),
		T(trouble_is_waited_out),
		T(without_permission_it_is_silent),
		T(a_namespace_that_goes_away_stops_nobody),
		T(long_messages_are_cut_between_characters),
		T(a_thousand_objects_come_a_few_at_a_time),
		T(closing_with_requests_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
