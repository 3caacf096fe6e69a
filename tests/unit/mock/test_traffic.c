/* The seam of the traffic plane: what a view shows, what reports change. */
#include "device.h"

#include "bigip/mock/traffic.h"

static void count(void *ctx)
{
	++*(unsigned *)ctx;
}

static void set_up(struct device *d)
{
	device_init(d, 0);
	device_script(
		d, "POST ltm/monitor/http {\"name\":\"m\",\"partition\":\"P\",\"send\":\"GET "
		   "/\\r\\n\",\"recv\":\"ok\",\"interval\":2,\"timeout\":7}\n"
		   "POST ltm/snatpool "
		   "{\"name\":\"s\",\"partition\":\"P\",\"members\":[\"10.9.9.1\",\"10.9.9.2\"]}\n"
		   "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"/P/m and "
		   "/Common/"
		   "tcp\",\"loadBalancingMode\":\"ratio-member\",\"members\":[{\"name\":\"10.0.0.1:"
		   "80\",\"partition\":\"P\",\"ratio\":3},{\"name\":\"10.0.0.2:80\",\"partition\":"
		   "\"P\",\"monitor\":\"none\"},{\"name\":\"10.0.0.3:80\",\"partition\":\"P\","
		   "\"session\":\"user-disabled\"}]}\n"
		   "POST ltm/profile/http "
		   "{\"name\":\"xff\",\"partition\":\"P\",\"insertXforwardedFor\":\"enabled\"}\n"
		   "POST ltm/virtual "
		   "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/"
		   "10.1.1.1:80\",\"ipProtocol\":\"tcp\",\"pool\":\"/P/p\",\"profiles\":[\"/P/"
		   "xff\",\"/Common/tcp\",\"/Common/"
		   "clientssl\"],\"persist\":\"cookie\",\"sourceAddressTranslation\":{\"type\":"
		   "\"snat\",\"pool\":\"/P/s\"}}\n"
		   "POST ltm/virtual "
		   "{\"name\":\"u\",\"partition\":\"P\",\"destination\":\"/P/"
		   "10.1.1.1:53\",\"ipProtocol\":\"udp\",\"disabled\":true,"
		   "\"sourceAddressTranslation\":{\"type\":\"automap\"}}\n"
		   "POST net/vlan {\"name\":\"e\"}\n"
		   "POST net/self "
		   "{\"name\":\"self\",\"address\":\"10.0.0.250/24\",\"vlan\":\"/Common/e\"}\n");
}

static void a_view_shows_the_tree(void **state)
{
	struct traffic_view *v;
	const struct traffic_virtual *x;
	const struct traffic_member *mm;
	char text[IP_TEXT_MAX];
	struct device d;

	set_up(&d);
	v = traffic_view_new(d.mock);
	assert_int_equal(v->n_virtuals, 2);
	assert_int_equal(v->n_pools, 1);
	assert_int_equal(v->n_self_addrs, 1);
	assert_string_equal(ip_format(&v->self_addrs[0], text), "10.0.0.250");
	x = &v->virtuals[0];
	assert_string_equal(x->path, "/P/u");
	assert_string_equal(x->protocol, "udp");
	assert_false(x->enabled);
	assert_null(x->pool);
	assert_int_equal(x->snat, TRAFFIC_SNAT_AUTOMAP);
	x = &v->virtuals[1];
	assert_string_equal(x->path, "/P/v");
	assert_string_equal(ip_format(&x->addr, text), "10.1.1.1");
	assert_int_equal(x->port, 80);
	assert_int_equal(x->prefix_len, 32);
	assert_true(x->enabled && x->http && x->insert_xff && x->client_ssl && !x->fast_l4);
	assert_string_equal(x->persist_kind, "cookie");
	assert_int_equal(x->snat, TRAFFIC_SNAT_POOL);
	assert_int_equal(x->n_snat_addrs, 2);
	assert_string_equal(ip_format(&x->snat_addrs[1], text), "10.9.9.2");
	assert_ptr_equal(x->pool, &v->pools[0]);
	assert_string_equal(x->pool->balance, "ratio-member");
	assert_int_equal(x->pool->n_members, 3);
	mm = &x->pool->members[0];
	assert_int_equal(mm->ratio, 3);
	assert_int_equal(mm->port, 80);
	assert_string_equal(mm->node_path, "/P/10.0.0.1");
	assert_int_equal(mm->rule.n, 2);
	assert_string_equal(mm->rule.monitors[0]->type, "http");
	assert_string_equal(mm->rule.monitors[0]->send, "GET /\r\n");
	assert_string_equal(mm->rule.monitors[0]->recv, "ok");
	assert_int_equal(mm->rule.monitors[0]->interval_s, 2);
	assert_int_equal(mm->rule.monitors[0]->timeout_s, 7);
	assert_int_equal(x->pool->members[1].rule.n, 0);
	assert_true(x->pool->members[2].disabled);
	traffic_view_free(v);
	device_release(&d);
}

static void changes_are_told_after_the_commit(void **state)
{
	unsigned told = 0;
	uint64_t version;
	struct device d;

	set_up(&d);
	traffic_attach(d.mock, count, &told);
	version = traffic_version(d.mock);
	device_must(&d, "PATCH", "ltm/pool/~P~p", "{\"description\":\"x\"}");
	assert_int_equal(told, 1);
	assert_int_equal(traffic_version(d.mock), version + 1);
	/* a refused write, a read, and what no view shows are not told */
	assert_int_equal(device_ask(&d, "DELETE", "ltm/pool/~P~p", NULL), 400);
	device_must(&d, "GET", "ltm/pool/~P~p", NULL);
	device_must(
		&d, "POST", "net/arp",
		"{\"name\":\"a\",\"ipAddress\":\"10.0.0.9\",\"macAddress\":\"0a:0a:0a:0a:0a:0a\"}");
	assert_int_equal(told, 1);
	device_must(&d, "PATCH", "ltm/monitor/http/~P~m", "{\"recv\":\"fine\"}");
	assert_int_equal(told, 2);
	traffic_attach(d.mock, NULL, NULL);
	device_release(&d);
}

static void reports_show_in_replies(void **state)
{
	const char *member = "ltm/pool/~P~p/members/~P~10.0.0.1:80";
	struct traffic_counters c = {
		.bits_in = 8, .tot_conns = 5, .cur_conns = 2, .tot_requests = 4};
	unsigned told = 0;
	struct device d;

	set_up(&d);
	traffic_attach(d.mock, count, &told);
	device_must(&d, "GET", member, NULL);
	assert_string_equal(device_string(&d, "state"), "checking");
	assert_int_equal(
		traffic_set_member(d.mock, "/P/p", "/P/10.0.0.1:80", TRAFFIC_DOWN,
				   "/P/m: No successful responses received before deadline."),
		0);
	device_must(&d, "GET", member, NULL);
	assert_string_equal(device_string(&d, "state"), "down");
	assert_string_equal(device_string(&d, "session"), "monitor-enabled");
	device_must(&d, "GET", "ltm/pool/~P~p/members/~P~10.0.0.1:80/stats", NULL);
	assert_non_null(strstr(d.text, "No successful responses received before deadline."));
	assert_int_equal(traffic_set_member(d.mock, "/P/p", "/P/10.0.0.1:80", TRAFFIC_UP, NULL), 0);
	assert_int_equal(traffic_set_member_counters(d.mock, "/P/p", "/P/10.0.0.1:80", &c), 0);
	device_must(&d, "GET", "ltm/pool/~P~p/stats", NULL);
	assert_non_null(strstr(d.text, "\"serverside.totConns\":{\"value\":5}"));
	assert_non_null(strstr(d.text, "\"totRequests\":{\"value\":4}"));
	assert_int_equal(traffic_set_virtual_counters(d.mock, "/P/v", &c), 0);
	assert_int_equal(traffic_set_virtual_note(d.mock, "/P/v", "UDP is not served"), 0);
	device_must(&d, "GET", "ltm/virtual/~P~v/stats", NULL);
	assert_non_null(strstr(d.text, "\"clientside.totConns\":{\"value\":5}"));
	assert_non_null(
		strstr(d.text, "\"status.statusReason\":{\"description\":\"UDP is not served\"}"));
	/* what has gone meanwhile is no error */
	assert_int_equal(traffic_set_member(d.mock, "/P/p", "/P/10.0.0.9:80", TRAFFIC_UP, NULL),
			 -1);
	assert_int_equal(traffic_set_member(d.mock, "/P/x", "/P/10.0.0.1:80", TRAFFIC_UP, NULL),
			 -1);
	assert_int_equal(traffic_set_node(d.mock, "/P/x", TRAFFIC_UP, NULL), -1);
	assert_int_equal(traffic_set_virtual_note(d.mock, "/P/x", NULL), -1);
	traffic_attach(d.mock, NULL, NULL);
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_view_shows_the_tree),
		cmocka_unit_test(changes_are_told_after_the_commit),
		cmocka_unit_test(reports_show_in_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
