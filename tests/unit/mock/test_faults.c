/* Failures on demand, latencies, saved state: words in, decisions out. */
#include "device.h"

#include "bigip/mock/fault.h"
#include "bigip/mock/latency.h"

static void rules_fire_as_written(void **state)
{
	/* ten POSTs of /ltm/pool/x; '.' passes, else the letter of what happened */
	static const struct {
		const char *rule, *want;
	} rows[] = {
		{"503", "rrrrrrrrrr"},
		{"503:count=2", "rr........"},
		{"401:after=3", "...r......"},
		{"401:after=3,count=0", "...rrrrrrr"},
		{"500-mcpd:every=4", "...r...r.."},
		{"close:method=POST,path=/ltm/pool,count=1", "c........."},
		{"close:method=GET", ".........."},
		{"close:path=/virtual", ".........."},
		{"lost-reply:after=9", ".........l"},
		{"cut:bytes=10,count=1", "k........."},
		{"delay:ms=5", "dddddddddd"},
		{"503:0%", ".........."},
		{"503:100%", "rrrrrrrrrr"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fault_rules *r = fault_rules_new(1);
		struct error err;
		char got[11] = {0};

		assert_int_equal(fault_rules_add(r, rows[i].rule, &err), 0);
		for (unsigned n = 0; n < 10; n++) {
			struct fault_verdict v = fault_rules_decide(r, "POST",
								    "/mgmt/tm/ltm/pool/x");

			got[n] = v.action == FAULT_NONE && v.delay_ms ? 'd' : ".rclk"[v.action];
		}
		if (strcmp(got, rows[i].want) != 0)
			fail_row(rows[i].rule, "fired %s, expected %s", got, rows[i].want);
		fault_rules_free(r);
	}
}

static void chances_come_about(void **state)
{
	struct fault_rules *r = fault_rules_new(1);
	struct error err;
	unsigned n = 0;

	assert_int_equal(fault_rules_add(r, "503:5%", &err), 0);
	for (unsigned i = 0; i < 10000; i++)
		n += fault_rules_decide(r, "GET", "/").action == FAULT_REPLY;
	assert_in_range(n, 400, 600);
	fault_rules_clear(r);
	assert_int_equal(fault_rules_decide(r, "GET", "/").action, FAULT_NONE);
	fault_rules_free(r);
}

static void bad_rules_name_the_word(void **state)
{
	static const struct {
		const char *rule, *word;
	} rows[] = {{"explode", "explode"},
		    {"200", "200"},
		    {"503:often", "often"},
		    {"503:200%", "200%"},
		    {"503:after=x", "'x'"},
		    {"503:color=red", "color"},
		    {"", "''"}};
	struct fault_rules *r = fault_rules_new(1);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct error err = {0};

		if (fault_rules_add(r, rows[i].rule, &err) == 0 || !strstr(err.msg, rows[i].word))
			fail_row(rows[i].rule, "says '%s'", err.msg);
	}
	fault_rules_free(r);
}

static void replies_of_failures(void **state)
{
	static const struct {
		const char *rule;
		int status;
		const char *part;
	} rows[] = {
		{"401", 401, "X-F5-Auth-Token has expired."},
		{"503", 503, "There is an active asynchronous task executing."},
		{"503-html", 503, "Configuration Utility restarting..."},
		{"500-mcpd", 500, "\"apiError\":32768001"},
		{"404", 404, "not registered.  Please"},
		{"400", 400, "\"apiError\":3"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fault_rules *r = fault_rules_new(1);
		struct mock_reply ret = {0};
		struct fault_verdict v;
		struct error err;

		assert_int_equal(fault_rules_add(r, rows[i].rule, &err), 0);
		v = fault_rules_decide(r, "GET", "/");
		fault_reply(&v, "192.0.2.1", &ret);
		if (ret.status != rows[i].status || !strstr(str_get(&ret.body), rows[i].part))
			fail_row(rows[i].rule, "answered %d %s", ret.status, str_get(&ret.body));
		str_release(&ret.body);
		fault_rules_free(r);
	}
}

static void latencies(void **state)
{
	static const struct {
		const char *method, *path;
		enum mock_class class;
	} rows[] = {
		{"GET", "/mgmt/tm/ltm/pool", MOCK_CLASS_LIST},
		{"GET", "/mgmt/tm/ltm/pool/~P~p", MOCK_CLASS_GET},
		{"PATCH", "/mgmt/tm/ltm/pool/~P~p", MOCK_CLASS_WRITE},
		{"POST", "/mgmt/tm/ltm/virtual", MOCK_CLASS_VIRTUAL},
		{"PUT", "/mgmt/tm/sys/application/service/~P~x.app~x", MOCK_CLASS_IAPP},
		{"POST", "/mgmt/shared/authn/login", MOCK_CLASS_LOGIN},
		{"PATCH", "/mgmt/tm/transaction/1", MOCK_CLASS_COMMIT},
		{"POST", "/mgmt/tm/sys/config", MOCK_CLASS_SAVE},
	};
	struct mock_latency l = {0};
	struct error err;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (mock_classify(rows[i].method, rows[i].path) != rows[i].class)
			fail_row(rows[i].path, "is class %d",
				 mock_classify(rows[i].method, rows[i].path));
	}
	assert_int_equal(mock_latency_parse("20", &l, &err), 0);
	assert_int_equal(l.ms[MOCK_CLASS_COMMIT], 20);
	assert_int_equal(mock_latency_parse("get=1,login=2", &l, &err), 0);
	assert_int_equal(l.ms[MOCK_CLASS_GET], 1);
	assert_int_equal(l.ms[MOCK_CLASS_LOGIN], 2);
	assert_int_equal(l.ms[MOCK_CLASS_WRITE], 20);
	assert_int_equal(mock_latency_parse("real", &l, &err), 0);
	assert_int_equal(l.ms[MOCK_CLASS_VIRTUAL], 80);
	assert_int_equal(mock_latency_parse("get=1,put=2", &l, &err), -1);
	assert_int_equal(mock_latency_parse("fast", &l, &err), -1);
	assert_int_equal(l.ms[MOCK_CLASS_GET], 6);
}

/* a file that somebody edited must not bring in what requests could not make */
static void bad_state_is_refused(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"not JSON", "{"},
		{"unknown kind",
		 "{\"uri\":\"ltm/none\",\"folder\":\"/Common\",\"name\":\"x\",\"values\":{}}"},
		{"unknown property", "{\"uri\":\"ltm/pool\",\"folder\":\"/"
				     "Common\",\"name\":\"x\",\"values\":{\"foo\":1}}"},
		{"wrong type",
		 "{\"uri\":\"ltm/pool\",\"folder\":\"/Common\",\"name\":\"x\",\"values\":{"
		 "\"slowRampTime\":\"x\"}}"},
		{"twice",
		 "{\"uri\":\"ltm/pool\",\"folder\":\"/Common\",\"name\":\"x\",\"values\":{}}\n"
		 "{\"uri\":\"ltm/pool\",\"folder\":\"/Common\",\"name\":\"x\",\"values\":{}}"},
		{"missing folder",
		 "{\"uri\":\"ltm/pool\",\"folder\":\"/X\",\"name\":\"x\",\"values\":{}}"},
		{"missing monitor",
		 "{\"uri\":\"ltm/pool\",\"folder\":\"/Common\",\"name\":\"x\",\"values\":"
		 "{\"monitor\":\"/Common/none\"}}"},
		{"child of a wrong kind",
		 "{\"uri\":\"ltm/pool\",\"folder\":\"/Common\",\"name\":\"x\","
		 "\"values\":{},\"children\":[{\"uri\":\"rules\",\"name\":\"y\","
		 "\"values\":{}}]}"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf before = {0}, after = {0};
		struct error err = {0};
		struct device d;

		device_init(&d, 0);
		mock_save(d.mock, &before);
		if (mock_load(d.mock, rows[i].text, strlen(rows[i].text), d.now_us, &err) == 0)
			fail_row(rows[i].name, "was loaded");
		assert_true(err.msg[0] != '\0');
		mock_save(d.mock, &after);
		if (strcmp(str_get(&before), str_get(&after)) != 0)
			fail_row(rows[i].name, "changed the tree to %s", str_get(&after));
		str_release(&before);
		str_release(&after);
		device_release(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_fire_as_written),
		cmocka_unit_test(chances_come_about),
		cmocka_unit_test(bad_rules_name_the_word),
		cmocka_unit_test(replies_of_failures),
		cmocka_unit_test(latencies),
		cmocka_unit_test(bad_state_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
