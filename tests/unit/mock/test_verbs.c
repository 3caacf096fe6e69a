/* What POST, PATCH, PUT and DELETE do, and what they do on the side (2.3, 2.7, 3.x, 8.3). */
#include "device.h"

#define VIRTUAL                                                                                    \
	"POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"http\",\"members\":"      \
	"[{\"name\":\"10.0.0.1:80\",\"partition\":\"P\"}]}\n"                                      \
	"POST ltm/virtual {\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\"," \
	"\"ipProtocol\":\"tcp\",\"pool\":\"/P/p\",\"profiles\":[\"/Common/http\",\"/Common/"       \
	"tcp\"]}\n"

/* a request and one value of the object afterwards */
static const struct change {
	const char *name, *before, *method, *path, *body;
	const char *get, *at, *want; /* @want "" means the key is absent */
} changes[] = {
	{"PATCH merges scalars", VIRTUAL, "PATCH", "ltm/pool/~P~p", "{\"slowRampTime\":3}",
	 "ltm/pool/~P~p", "monitor", "/Common/http"},
	{"PUT resets what is not sent", VIRTUAL, "PUT", "ltm/pool/~P~p", "{\"slowRampTime\":3}",
	 "ltm/pool/~P~p", "monitor", ""},
	{"PUT keeps a sub-collection that is not sent", VIRTUAL, "PUT", "ltm/pool/~P~p",
	 "{\"slowRampTime\":3}", "ltm/pool/~P~p/members/~P~10.0.0.1:80", "name", "10.0.0.1:80"},
	{"a number as a string", VIRTUAL, "PATCH", "ltm/pool/~P~p", "{\"slowRampTime\":\"7\"}",
	 "ltm/pool/~P~p", "slowRampTime", "7"},
	{"a string number as a number",
	 "POST ltm/persistence/source-addr {\"name\":\"s\",\"partition\":\"P\"}\n", "PATCH",
	 "ltm/persistence/source-addr/~P~s", "{\"timeout\":300}",
	 "ltm/persistence/source-addr/~P~s", "timeout", "300"},
	{"none clears the pool", VIRTUAL, "PATCH", "ltm/virtual/~P~v", "{\"pool\":\"none\"}",
	 "ltm/virtual/~P~v", "pool", ""},
	{"an empty string clears the pool", VIRTUAL, "PATCH", "ltm/virtual/~P~v", "{\"pool\":\"\"}",
	 "ltm/virtual/~P~v", "poolReference", ""},
	{"null is not a reset", VIRTUAL, "PATCH", "ltm/virtual/~P~v",
	 "{\"pool\":null,\"description\":\"d\"}", "ltm/virtual/~P~v", "pool", "/P/p"},
	{"disabled takes enabled away", VIRTUAL, "PATCH", "ltm/virtual/~P~v", "{\"disabled\":true}",
	 "ltm/virtual/~P~v", "enabled", ""},
	{"and comes back", VIRTUAL "PATCH ltm/virtual/~P~v {\"disabled\":true}\n", "PATCH",
	 "ltm/virtual/~P~v", "{\"enabled\":true}", "ltm/virtual/~P~v", "disabled", ""},
	{"vlansEnabled takes vlansDisabled away", VIRTUAL "POST net/vlan {\"name\":\"e\"}\n",
	 "PATCH", "ltm/virtual/~P~v", "{\"vlansEnabled\":true,\"vlans\":[\"/Common/e\"]}",
	 "ltm/virtual/~P~v", "vlansDisabled", ""},
	{"an empty array clears", VIRTUAL "PATCH ltm/pool/~P~p {\"metadata\":[{\"name\":\"a\"}]}\n",
	 "PATCH", "ltm/pool/~P~p", "{\"metadata\":[]}", "ltm/pool/~P~p", "metadata", ""},
	{"a service name in a destination", VIRTUAL, "PATCH", "ltm/virtual/~P~v",
	 "{\"destination\":\"/P/10.1.1.2:https\"}", "ltm/virtual/~P~v", "destination",
	 "/P/10.1.1.2:443"},
	{"IPv6 destinations have a dot", VIRTUAL, "PATCH", "ltm/virtual/~P~v",
	 "{\"destination\":\"/P/2001:DB8:0::1.80\",\"source\":\"::/0\"}", "ltm/virtual/~P~v",
	 "destination", "/P/2001:db8::1.80"},
	{"the mask follows the family", "", "POST", "ltm/virtual",
	 "{\"name\":\"six\",\"partition\":\"P\",\"destination\":\"/P/2001:db8::1.80\"}",
	 "ltm/virtual/~P~six", "mask", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
	{"only a name gives an any-address virtual", "", "POST", "ltm/virtual",
	 "{\"name\":\"any\",\"partition\":\"P\"}", "ltm/virtual/~P~any", "mask", "any"},
	{"SNAT to automap drops the pool",
	 "POST ltm/snatpool "
	 "{\"name\":\"s\",\"partition\":\"P\",\"members\":[\"10.9.9.1\"]}\n" VIRTUAL
	 "PATCH ltm/virtual/~P~v "
	 "{\"sourceAddressTranslation\":{\"type\":\"snat\",\"pool\":\"/P/s\"}}\n",
	 "PATCH", "ltm/virtual/~P~v", "{\"sourceAddressTranslation\":{\"type\":\"automap\"}}",
	 "ltm/virtual/~P~v", "sourceAddressTranslation.pool", ""},
	{"persist as a word", VIRTUAL, "PATCH", "ltm/virtual/~P~v", "{\"persist\":\"source_addr\"}",
	 "ltm/virtual/~P~v", "persist",
	 "[{\"name\":\"source_addr\",\"partition\":\"Common\",\"tmDefault\":\"yes\","
	 "\"nameReference\":{"
	 "\"link\":\"https://localhost/mgmt/tm/ltm/persistence/source-addr/"
	 "~Common~source_addr?ver=14.1.2.1\"}}]"},
	{"persist cleared", VIRTUAL "PATCH ltm/virtual/~P~v {\"persist\":\"source_addr\"}\n",
	 "PATCH", "ltm/virtual/~P~v", "{\"persist\":[]}", "ltm/virtual/~P~v", "persist", ""},
	{"monitor min form, with or without braces", VIRTUAL, "PATCH", "ltm/pool/~P~p",
	 "{\"monitor\":\"min 1 of /Common/http /Common/tcp\"}", "ltm/pool/~P~p", "monitor",
	 "min 1 of { /Common/http /Common/tcp }"},
	{"monitor interval below timeout, without a word", "", "POST", "ltm/monitor/tcp",
	 "{\"name\":\"m\",\"partition\":\"P\",\"interval\":30,\"timeout\":16}",
	 "ltm/monitor/tcp/~P~m", "interval", "15"},
	{"a monitor's parent by default", "", "POST", "ltm/monitor/gateway-icmp",
	 "{\"name\":\"m\",\"partition\":\"P\"}", "ltm/monitor/gateway-icmp/~P~m", "defaultsFrom",
	 "/Common/gateway_icmp"},
	{"a child follows its parent",
	 "POST ltm/monitor/http {\"name\":\"a\",\"partition\":\"P\",\"recv\":\"one\"}\n"
	 "POST ltm/monitor/http {\"name\":\"b\",\"partition\":\"P\",\"defaultsFrom\":\"/P/a\"}\n",
	 "PATCH", "ltm/monitor/http/~P~a", "{\"recv\":\"two\"}", "ltm/monitor/http/~P~b", "recv",
	 "two"},
	{"a monitor's password is not shown", "", "POST", "ltm/monitor/http",
	 "{\"name\":\"m\",\"partition\":\"P\",\"username\":\"u\",\"password\":\"hunter2\"}",
	 "ltm/monitor/http/~P~m", "password", "$M$mock$0000000000000000"},
	{"member disabled", VIRTUAL, "PATCH", "ltm/pool/~P~p/members/~P~10.0.0.1:80",
	 "{\"session\":\"user-disabled\",\"state\":\"user-up\"}",
	 "ltm/pool/~P~p/members/~P~10.0.0.1:80", "session", "user-disabled"},
	{"member offline", VIRTUAL, "PATCH", "ltm/pool/~P~p/members/~P~10.0.0.1:80",
	 "{\"session\":\"user-disabled\",\"state\":\"user-down\"}",
	 "ltm/pool/~P~p/members/~P~10.0.0.1:80", "state", "user-down"},
	{"after user-up the monitored state shows", VIRTUAL, "PATCH",
	 "ltm/pool/~P~p/members/~P~10.0.0.1:80",
	 "{\"session\":\"user-enabled\",\"state\":\"user-up\"}",
	 "ltm/pool/~P~p/members/~P~10.0.0.1:80", "session", "monitor-enabled"},
	{"without a monitor a member is unchecked", VIRTUAL, "PATCH", "ltm/pool/~P~p",
	 "{\"monitor\":\"none\"}", "ltm/pool/~P~p/members/~P~10.0.0.1:80", "state", "unchecked"},
	{"member of its own monitor none", VIRTUAL, "PATCH", "ltm/pool/~P~p/members/~P~10.0.0.1:80",
	 "{\"monitor\":\"none\"}", "ltm/pool/~P~p/members/~P~10.0.0.1:80", "session",
	 "user-enabled"},
	{"a member makes its node", VIRTUAL, "GET", "ltm/pool", NULL, "ltm/node/~P~10.0.0.1",
	 "address", "10.0.0.1"},
	{"the node stays", VIRTUAL "PATCH ltm/virtual/~P~v {\"pool\":\"\"}\n", "DELETE",
	 "ltm/pool/~P~p", NULL, "ltm/node/~P~10.0.0.1", "state", "unchecked"},
	{"a virtual makes its address", VIRTUAL, "GET", "ltm/pool", NULL,
	 "ltm/virtual-address/~P~10.1.1.1", "autoDelete", "true"},
	{"an IPv6 member", VIRTUAL, "POST", "ltm/pool/~P~p/members",
	 "{\"name\":\"2001:DB8::1.80\",\"partition\":\"P\"}",
	 "ltm/pool/~P~p/members/~P~2001:db8::1.80", "address", "2001:db8::1"},
	{"a member with a named node",
	 VIRTUAL "POST ltm/node {\"name\":\"web\",\"partition\":\"P\",\"address\":\"10.0.0.7\"}\n",
	 "POST", "ltm/pool/~P~p/members", "{\"name\":\"web:http\",\"partition\":\"P\"}",
	 "ltm/pool/~P~p/members/~P~web:80", "address", "10.0.0.7"},
	{"a member list replaces", VIRTUAL, "PATCH", "ltm/pool/~P~p",
	 "{\"members\":[\"/P/10.0.0.2:80\"]}", "ltm/pool/~P~p/members/~P~10.0.0.2:80", "state",
	 "up"},
	{"a member that stays in the list loses what the list does not say",
	 VIRTUAL "PATCH ltm/pool/~P~p/members/~P~10.0.0.1:80 {\"ratio\":5}\n", "PATCH",
	 "ltm/pool/~P~p", "{\"members\":[{\"name\":\"10.0.0.1:80\",\"partition\":\"P\"}]}",
	 "ltm/pool/~P~p/members/~P~10.0.0.1:80", "ratio", "1"},
	{"a folder makes a partition", "", "POST", "sys/folder",
	 "{\"name\":\"Q\",\"subPath\":\"/\"}", "auth/partition/Q", "fullPath", "Q"},
	{"a partition makes a folder", "", "POST", "auth/partition", "{\"name\":\"Q\"}",
	 "sys/folder/~Q", "subPath", "/"},
	{"a service has its folder", "", "POST", "sys/application/service",
	 "{\"name\":\"X\",\"partition\":\"P\",\"template\":\"/Common/f5.http\"}",
	 "sys/application/service/~P~X.app~X", "subPath", "X.app"},
	{"a tunnel makes its fdb entry", "", "POST", "net/tunnels/tunnel",
	 "{\"name\":\"t\",\"partition\":\"Common\",\"profile\":\"/Common/"
	 "vxlan\",\"localAddress\":\"192."
	 "168.10.60\",\"key\":1}",
	 "net/fdb/tunnel/~Common~t", "fullPath", "/Common/t"},
	{"fdb records as a list, MACs without leading zeros", "", "PUT",
	 "net/fdb/tunnel/~Common~http-tunnel",
	 "{\"name\":\"http-tunnel\",\"partition\":\"Common\",\"records\":[{\"name\":\"0a:0a:ac:10:"
	 "1:5\","
	 "\"partition\":null,\"endpoint\":\"10.1.0.1%0\"}]}",
	 "net/fdb/tunnel/~Common~http-tunnel/records/0a:0a:ac:10:01:05", "endpoint", "10.1.0.1"},
	{"an ARP entry's MAC in lower case", "", "POST", "net/arp",
	 "{\"name\":\"a\",\"partition\":\"P\",\"ipAddress\":\"10.0.0.1%0\",\"macAddress\":\"0A:0A:"
	 "C0:A8:0A:02\"}",
	 "net/arp/~P~a", "macAddress", "0a:0a:c0:a8:0a:02"},
	{"a default route", "", "POST", "net/route",
	 "{\"name\":\"d\",\"partition\":\"P\",\"network\":\"0.0.0.0/0\",\"blackhole\":true}",
	 "net/route/~P~d", "network", "default"},
	{"a host in an ip data group", "", "POST", "ltm/data-group/internal",
	 "{\"name\":\"d\",\"partition\":\"P\",\"type\":\"ip\",\"records\":[{\"name\":\"10.0.0.1/"
	 "32\"}]}",
	 "ltm/data-group/internal/~P~d", "records", "[{\"name\":\"10.0.0.1\",\"data\":\"\"}]"},
	{"a legacy policy", "", "POST", "ltm/policy",
	 "{\"name\":\"l\",\"partition\":\"P\",\"legacy\":true,\"controls\":[\"forwarding\"],"
	 "\"requires\":["
	 "\"http\"],\"strategy\":\"/Common/first-match\"}",
	 "ltm/policy/~P~l", "status", "legacy"},
	{"publishing a draft",
	 "POST sys/folder {\"name\":\"Drafts\",\"partition\":\"P\"}\n"
	 "POST ltm/policy "
	 "{\"name\":\"d\",\"partition\":\"P\",\"subPath\":\"Drafts\",\"rules\":[{\"name\":"
	 "\"r0\",\"conditions\":[{\"name\":\"0\",\"httpHost\":true,\"values\":[\"a\"]}]}]}\n",
	 "POST", "ltm/policy", "{\"command\":\"publish\",\"name\":\"/P/Drafts/d\"}",
	 "ltm/policy/~P~d/rules/r0/conditions/0", "httpHost", "true"},
	{"a rule without its first blank line", "", "POST", "ltm/rule",
	 "{\"name\":\"r\",\"partition\":\"P\",\"apiAnonymous\":\"\\n when CLIENT_ACCEPTED { }\"}",
	 "ltm/rule/~P~r", "apiAnonymous", "when CLIENT_ACCEPTED { }"},
};

static void writes_have_their_effect(void **state)
{
	unsigned bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		const struct change *c = &changes[i];
		struct json_object *v;
		struct device d;
		const char *got;

		device_init(&d, 0);
		device_script(&d, c->before);
		device_must(&d, c->method, c->path, c->body);
		device_must(&d, "GET", c->get, NULL);
		v = js_at(d.body, c->at);
		got = !v                                         ? ""
		      : json_object_is_type(v, json_type_string) ? json_object_get_string(v)
								 : js_text(v, NULL);
		if (strcmp(got, c->want) != 0) {
			print_error("row '%s': %s is '%s' in %s\n", c->name, c->at, got, d.text);
			bad++;
		}
		device_release(&d);
	}
	assert_int_equal(bad, 0);
}

/* CCCL and the SDK send the whole fetched object back */
static void a_fetched_object_can_be_put_back(void **state)
{
	static const char *const uris[] = {
		"ltm/virtual/~P~v",
		"ltm/pool/~P~p",
		"ltm/pool/~P~p/members/~P~10.0.0.1:80",
		"ltm/node/~P~10.0.0.1",
		"ltm/monitor/http/~P~m",
		"ltm/virtual-address/~P~10.1.1.1",
		"auth/partition/P",
		"sys/folder/~P",
		"ltm/policy/~P~l",
		"net/vlan/~Common~e",
		"net/self/~Common~s",
		"ltm/snatpool/~P~s",
		"ltm/profile/http/~P~h",
	};
	struct device d;
	unsigned bad = 0;

	device_init(&d, 0);
	device_script(&d, VIRTUAL
		      "POST ltm/monitor/http {\"name\":\"m\",\"partition\":\"P\"}\n"
		      "POST ltm/policy {\"name\":\"l\",\"partition\":\"P\",\"legacy\":true}\n"
		      "POST net/vlan {\"name\":\"e\"}\n"
		      "POST net/self "
		      "{\"name\":\"s\",\"address\":\"10.0.0.5/24\",\"vlan\":\"/Common/e\"}\n"
		      "POST ltm/snatpool "
		      "{\"name\":\"s\",\"partition\":\"P\",\"members\":[\"10.9.9.1\"]}\n"
		      "POST ltm/profile/http {\"name\":\"h\",\"partition\":\"P\"}\n");
	for (size_t i = 0; i < ARRAY_LEN(uris); i++) {
		for (int expand = 0; expand < 2; expand++) {
			autofree char *uri = mem_printf("%s%s", uris[i],
							expand ? "?expandSubcollections=true" : "");
			autofree char *before = NULL;

			device_must(&d, "GET", uri, NULL);
			before = mem_strdup(d.text);
			if (device_ask(&d, "PUT", uris[i], before) != 200) {
				print_error("row '%s': %s\n", uri, d.text);
				bad++;
				continue;
			}
			device_must(&d, "GET", uri, NULL);
			/* all but the generation and the time of change */
			if (strlen(before) != strlen(d.text)) {
				print_error("row '%s': from %s to %s\n", uri, before, d.text);
				bad++;
			}
		}
	}
	device_release(&d);
	assert_int_equal(bad, 0);
}

static void gone(struct device *d, const char *uri)
{
	if (device_ask(d, "GET", uri, NULL) != 404)
		fail_row(uri, "is still there: %s", d->text);
}

static void what_goes_with_an_object(void **state)
{
	struct device d;

	device_init(&d, 0);
	device_script(&d, VIRTUAL
		      "POST ltm/virtual {\"name\":\"w\",\"partition\":\"P\",\"destination\":"
		      "\"/P/10.1.1.1:81\",\"ipProtocol\":\"tcp\"}\n"
		      "DELETE ltm/virtual/~P~w\n");
	device_must(&d, "GET", "ltm/virtual-address/~P~10.1.1.1", NULL); /* v is on it still */
	device_must(&d, "PATCH", "ltm/virtual/~P~v", "{\"destination\":\"/P/10.1.1.9:80\"}");
	gone(&d, "ltm/virtual-address/~P~10.1.1.1");
	device_must(&d, "PATCH", "ltm/virtual-address/~P~10.1.1.9", "{\"autoDelete\":\"false\"}");
	device_must(&d, "DELETE", "ltm/virtual/~P~v", NULL);
	assert_string_equal(d.text, "");
	device_must(&d, "GET", "ltm/virtual-address/~P~10.1.1.9", NULL);
	device_must(&d, "DELETE", "ltm/pool/~P~p", NULL);
	device_must(&d, "DELETE", "ltm/node/~P~10.0.0.1", NULL);
	device_must(&d, "DELETE", "ltm/virtual-address/~P~10.1.1.9", NULL);
	device_must(&d, "DELETE", "auth/partition/P", NULL);
	gone(&d, "sys/folder/~P");
	device_release(&d);

	device_init(&d, 0);
	device_script(
		&d, "POST net/tunnels/tunnel {\"name\":\"t\",\"profile\":\"/Common/gre\"}\n"
		    "DELETE net/tunnels/tunnel/~Common~t\n"
		    "POST sys/application/service {\"name\":\"X\",\"partition\":\"P\",\"template\":"
		    "\"/Common/f5.http\"}\n"
		    "POST ltm/pool {\"name\":\"c\",\"partition\":\"P\",\"subPath\":\"X.app\"}\n"
		    "DELETE sys/application/service/~P~X.app~X\n");
	gone(&d, "net/fdb/tunnel/~Common~t");
	gone(&d, "ltm/pool/~P~X.app~c");
	gone(&d, "sys/folder/~P~X.app");
	device_release(&d);
}

static void profiles_come_by_themselves(void **state)
{
	static const struct {
		const char *name, *body, *want;
	} rows[] = {
		{"tcp", "\"ipProtocol\":\"tcp\"", "tcp"},
		{"udp", "\"ipProtocol\":\"udp\"", "udp"},
		{"any protocol", "\"connectionLimit\":0", "fastL4"},
		{"forwarding", "\"ipForward\":true,\"ipProtocol\":\"tcp\"", "fastL4"},
		{"http without a transport",
		 "\"ipProtocol\":\"tcp\",\"profiles\":[\"/Common/http\"]", "http tcp"},
		{"named ones stay",
		 "\"ipProtocol\":\"tcp\",\"profiles\":[{\"name\":\"tcp-legacy\","
		 "\"partition\":\"Common\"},{\"name\":\"/Common/clientssl\"}]",
		 "clientssl tcp-legacy"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *body = mem_printf(
			"{\"name\":\"v\",\"partition\":\"P\",\"destination\":"
			"\"/P/10.1.1.1:80\",%s}",
			rows[i].body);
		struct strbuf names = {0};
		struct device d;

		device_init(&d, 0);
		device_must(&d, "POST", "ltm/virtual", body);
		device_must(&d, "GET", "ltm/virtual/~P~v/profiles", NULL);
		for (unsigned n = 0; n < device_items(&d); n++)
			str_addf(&names, "%s%s", n ? " " : "",
				 js_str(device_item(&d, n), "name", ""));
		if (strcmp(str_get(&names), rows[i].want) != 0)
			fail_row(rows[i].name, "profiles are '%s'", str_get(&names));
		str_release(&names);
		device_release(&d);
	}
}

/* addresses of a partition's default route domain are shown bare, others with %rd */
static void route_domains(void **state)
{
	struct device d;

	device_init(&d, 0);
	device_script(
		&d,
		"POST net/route-domain {\"name\":\"2\",\"id\":2}\n"
		"POST auth/partition {\"name\":\"R\",\"defaultRouteDomain\":2}\n"
		"POST ltm/pool {\"name\":\"p\",\"partition\":\"R\",\"members\":[{\"name\":"
		"\"10.0.0.1%2:80\",\"partition\":\"R\"},{\"name\":\"10.0.0.2%0:80\",\"partition\":"
		"\"R\"},{\"name\":\"10.0.0.3:80\",\"partition\":\"R\"}]}\n"
		"POST ltm/virtual {\"name\":\"v\",\"partition\":\"R\",\"destination\":"
		"\"/R/10.1.1.1%2:80\",\"source\":\"0.0.0.0%2/0\"}\n"
		/* the same address in another route domain is another address */
		"POST ltm/virtual {\"name\":\"v\",\"partition\":\"P\",\"destination\":"
		"\"/P/10.1.1.1%0:80\"}\n");
	device_must(&d, "GET", "ltm/pool/~R~p/members", NULL);
	assert_string_equal(js_str(device_item(&d, 0), "name", ""), "10.0.0.1:80");
	assert_string_equal(js_str(device_item(&d, 1), "name", ""), "10.0.0.2%0:80");
	assert_string_equal(
		js_str(device_item(&d, 1), "selfLink", ""),
		"https://localhost/mgmt/tm/ltm/pool/~R~p/members/~R~10.0.0.2%250:80?ver=14.1.2.1");
	device_must(&d, "GET", "ltm/pool/~R~p/members/~R~10.0.0.2%250:80", NULL);
	assert_string_equal(device_string(&d, "address"), "10.0.0.2%0");
	device_must(&d, "GET", "ltm/node/~R~10.0.0.1%252", NULL); /* either way of writing it */
	device_must(&d, "GET", "ltm/virtual/~R~v", NULL);
	assert_string_equal(device_string(&d, "destination"), "/R/10.1.1.1:80");
	assert_string_equal(device_string(&d, "source"), "0.0.0.0/0");
	device_release(&d);
}

static void one_generation_for_one_request(void **state)
{
	struct device d;
	int64_t g;

	device_init(&d, 0);
	device_script(&d, VIRTUAL);
	device_must(&d, "GET", "ltm/virtual/~P~v", NULL);
	g = js_int(d.body, "generation", 0);
	device_must(&d, "GET", "ltm/virtual-address/~P~10.1.1.1", NULL);
	assert_int_equal(js_int(d.body, "generation", 0), g);
	device_must(&d, "PATCH", "ltm/pool/~P~p/members/~P~10.0.0.1:80", "{\"ratio\":2}");
	assert_int_equal(js_int(d.body, "generation", 0), g + 1);
	device_must(&d, "GET", "ltm/pool/~P~p", NULL);
	assert_int_equal(js_int(d.body, "generation", 0), g + 1);
	device_must(&d, "GET", "ltm/monitor/http/~Common~http", NULL);
	assert_int_equal(js_int(d.body, "generation", 1), 0);
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_have_their_effect),
		cmocka_unit_test(a_fetched_object_can_be_put_back),
		cmocka_unit_test(what_goes_with_an_object),
		cmocka_unit_test(profiles_come_by_themselves),
		cmocka_unit_test(route_domains),
		cmocka_unit_test(one_generation_for_one_request),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
