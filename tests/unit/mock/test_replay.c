/* Every write that k8s-bigip-ctlr was recorded to send must be answered 200. */
#include "device.h"

static void set_up(struct device *d)
{
	device_init(d, MOCK_QUIRKS_DEFAULT);
	device_script(d, "POST auth/partition {\"name\":\"Cilium\"}\n"
			 "POST ltm/snatpool {\"name\":\"SNAT-vlan130\",\"partition\":\"Common\","
			 "\"members\":[\"11.11.250.10\",\"11.11.250.11\"]}\n");
}

static void replay(struct device *d)
{
	size_t len;
	autofree char *text = read_whole("tests/fixtures/cis/seed003-writes.jsonl", &len);
	char *save = NULL;
	unsigned n = 0;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		autojson struct json_object *o = NULL;
		struct json_object *body;
		struct error err;

		assert_int_equal(js_parse(line, strlen(line), &o, &err), 0);
		body = js_key(o, "body");
		n++;
		if (device_ask(d, js_str(o, "method", ""), js_str(o, "path", ""),
			       body ? js_text(body, NULL) : NULL) != 200)
			fail_row(line, "line %u answered %d %s", n, d->status, d->text);
	}
	assert_in_range(n, 20, 100);
}

static void recorded_writes_are_answered_200(void **state)
{
	struct device d;

	set_up(&d);
	replay(&d);
	/* one endpoint was exchanged at the end */
	device_must(&d, "GET",
		    "ltm/pool/"
		    "~Cilium~cfgmap_default_nginx-vs-http_nginx-http?expandSubcollections=true",
		    NULL);
	assert_int_equal(js_arr_len(js_at(d.body, "membersReference.items")), 2);
	assert_string_equal(device_string(&d, "loadBalancingMode"), "least-connections-member");
	device_must(&d, "GET", "ltm/node?$filter=partition+eq+Cilium", NULL);
	assert_int_equal(device_items(&d), 2);
	device_must(&d, "GET",
		    "ltm/virtual/~Cilium~default_nginx-vs-http?expandSubcollections=true", NULL);
	assert_string_equal(device_string(&d, "destination"), "/Cilium/11.16.22.80:80");
	assert_string_equal(device_string(&d, "source"), "0.0.0.0/0");
	assert_string_equal(device_string(&d, "sourceAddressTranslation.pool"),
			    "/Common/SNAT-vlan130");
	assert_int_equal(js_arr_len(js_at(d.body, "profilesReference.items")), 2);
	/* what was sent with real line ends is kept so */
	device_must(&d, "GET",
		    "ltm/monitor/http/~Cilium~cfgmap_default_nginx-vs-http_nginx-http_0_http",
		    NULL);
	assert_string_equal(device_string(&d, "send"),
			    "GET /health.html HTTP/1.1\r\nHost:11.11.250.12\r\n\r\n");
	assert_string_equal(device_string(&d, "recv"), "server is ok");
	device_release(&d);
}

/* a saved tree that is loaded again shows the same */
static void the_replayed_tree_survives_saving(void **state)
{
	struct strbuf first = {0}, second = {0};
	struct mock_settings s = {0};
	struct mock *again = mock_new(&s);
	struct error err = {0};
	struct device d;

	set_up(&d);
	replay(&d);
	/* built-in objects that were changed are kept as well */
	device_script(&d, "PATCH ltm/monitor/http/http {\"interval\":7}\n"
			  "PATCH ltm/default-node-monitor {\"rule\":\"/Common/icmp\"}\n"
			  "PATCH net/fdb/tunnel/~Common~http-tunnel {\"records\":[{\"name\":"
			  "\"0a:0a:0a:0a:0a:0a\",\"endpoint\":\"10.0.0.9\"}]}\n");
	mock_save(d.mock, &first);
	assert_non_null(strstr(str_get(&first), "0a:0a:0a:0a:0a:0a"));
	assert_non_null(strstr(str_get(&first), "\"interval\":7"));
	if (mock_load(again, str_get(&first), first.len, d.now_us, &err) < 0)
		fail_row("load", "%s", err.msg);
	mock_save(again, &second);
	assert_string_equal(str_get(&first), str_get(&second));
	str_release(&first);
	str_release(&second);
	mock_free(again);
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recorded_writes_are_answered_200),
		cmocka_unit_test(the_replayed_tree_survives_saving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
