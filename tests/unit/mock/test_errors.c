/* Refusals: sections 4.2 to 4.5 of the API notes, row by row, as whole bodies. */
#include "device.h"

#define NODE    "POST ltm/node {\"name\":\"10.9.0.9\",\"partition\":\"P\",\"address\":\"10.9.0.9\"}\n"
#define POOL    "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n"
#define MEMBER  "POST ltm/pool/~P~p/members {\"name\":\"10.200.1.137:80\",\"partition\":\"P\"}\n"
#define MONITOR "POST ltm/monitor/http {\"name\":\"m\",\"partition\":\"P\"}\n"
#define VIRTUAL                                                                                    \
	"POST ltm/virtual {\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\"," \
	"\"ipProtocol\":\"tcp\",\"pool\":\"/P/p\"}\n"

static const struct refusal {
	const char *name, *before; /* requests that must work */
	const char *method, *path, *body;
	int code;
	const char *message;
	int api;
} refusals[] = {
	/* 4.2 */
	{"GET pool, missing", "", "GET", "ltm/pool/~P~n", NULL, 404,
	 "01020036:3: The requested Pool (/P/n) was not found.", 3},
	{"PUT pool, missing", "", "PUT", "ltm/pool/~P~n", "{\"description\":\"x\"}", 404,
	 "01020036:3: The requested Pool (/P/n) was not found.", 3},
	{"DELETE pool, missing", "", "DELETE", "ltm/pool/~P~n", NULL, 404,
	 "01020036:3: The requested Pool (/P/n) was not found.", 3},
	{"GET pool, missing partition", "", "GET", "ltm/pool/~X~n", NULL, 404,
	 "01020036:3: The requested Pool (/X/n) was not found.", 3},
	{"GET pool without a tilde is in /Common", "", "GET", "ltm/pool/n", NULL, 404,
	 "01020036:3: The requested Pool (/Common/n) was not found.", 3},
	{"GET virtual, missing", "", "GET", "ltm/virtual/~P~n", NULL, 404,
	 "01020036:3: The requested Virtual Server (/P/n) was not found.", 3},
	{"GET rule, missing", "", "GET", "ltm/rule/~P~n", NULL, 404,
	 "01020036:3: The requested iRule (/P/n) was not found.", 3},
	{"GET virtual-address, missing", "", "GET", "ltm/virtual-address/~P~1.2.3.4", NULL, 404,
	 "01020036:3: The requested Virtual Address (/P/1.2.3.4) was not found.", 3},
	{"GET monitor, missing", "", "GET", "ltm/monitor/http/~P~n", NULL, 404,
	 "Object not found - /P/n", 1},
	{"GET monitor of another type", MONITOR, "GET", "ltm/monitor/tcp/~P~m", NULL, 404,
	 "Object not found - /P/m", 1},
	{"GET member, missing", POOL, "GET", "ltm/pool/~P~p/members/~P~x:80", NULL, 404,
	 "Object not found - /P/x:80", 1},
	{"GET member, pool missing", "", "GET", "ltm/pool/~P~p/members/~P~x:80", NULL, 404,
	 "01020036:3: The requested Pool (/P/p) was not found.", 3},
	{"PUT member, missing", POOL, "PUT", "ltm/pool/~P~p/members/~P~10.0.0.1:80",
	 "{\"ratio\":2}", 404,
	 "01020036:3: The requested Pool Member (/P/p /P/10.0.0.1 80) was not found.", 3},
	{"PATCH member, pool missing", "", "PATCH", "ltm/pool/~P~p/members/~P~10.0.0.1:80",
	 "{\"ratio\":2}", 404,
	 "01020036:3: The requested Pool Member (/P/p /P/10.0.0.1 80) was not found.", 3},
	{"DELETE member, missing", POOL, "DELETE", "ltm/pool/~P~p/members/~P~10.0.0.1:80", NULL,
	 404, "01020036:3: The requested Pool Member (/P/p /P/10.0.0.1 80) was not found.", 3},
	{"POST member, pool missing: lower case", "", "POST", "ltm/pool/~P~p/members",
	 "{\"name\":\"10.0.0.1:80\",\"partition\":\"P\"}", 404,
	 "01020036:3: The requested pool (/P/p) was not found.", 3},
	{"POST member, partition missing: service name", POOL, "POST", "ltm/pool/~P~p/members",
	 "{\"name\":\"10.0.0.1:80\",\"partition\":\"X\"}", 400,
	 "01070734:3: Configuration error: Can't associate Pool Member (/P/p /X/10.0.0.1 http) "
	 "folder "
	 "does not exist",
	 3},
	{"POST member without a port", POOL, "POST", "ltm/pool/~P~p/members",
	 "{\"name\":\"10.0.0.1\",\"partition\":\"P\"}", 400,
	 "HTML Tag-like Content in the Request URL/Body", 26214401},
	{"DELETE member id without a port", POOL, "DELETE", "ltm/pool/~P~p/members/~P~10.0.0.1",
	 NULL, 400, "HTML Tag-like Content in the Request URL/Body", 26214401},
	{"POST pool, partition missing", "", "POST", "ltm/pool",
	 "{\"name\":\"p\",\"partition\":\"X\"}", 400, "The requested folder (/X) was not found.",
	 26214401},
	{"PATCH with nothing", POOL, "PATCH", "ltm/pool/~P~p", "{}", 400,
	 "one or more properties must be specified", 26214401},
	{"PATCH with nothing, object missing", "", "PATCH", "ltm/pool/~P~p", "{}", 400,
	 "one or more properties must be specified", 26214401},
	{"PATCH with nothing, partition missing", "", "PATCH", "ltm/pool/~X~p", "{}", 400,
	 "The requested folder (/X) was not found.", 26214401},
	{"PATCH pool, missing", "", "PATCH", "ltm/pool/~P~p", "{\"description\":\"x\"}", 404,
	 "01020036:3: The requested Pool (/P/p) was not found.", 3},
	{"POST pool twice", POOL, "POST", "ltm/pool", "{\"name\":\"p\",\"partition\":\"P\"}", 409,
	 "01020066:3: The requested Pool (/P/p) already exists in partition P.", 3},
	{"POST member twice", POOL MEMBER, "POST", "ltm/pool/~P~p/members",
	 "{\"name\":\"10.200.1.137%0:http\",\"partition\":\"P\"}", 409,
	 "01020066:3: The requested Pool Member (/P/p /P/10.200.1.137 80) already exists in "
	 "partition P.",
	 3},
	{"POST monitor with the name of another type", MONITOR, "POST", "ltm/monitor/tcp",
	 "{\"name\":\"m\",\"partition\":\"P\"}", 409,
	 "01020066:3: The requested monitor (/P/m) already exists in partition P.", 3},
	{"POST data group twice",
	 "POST ltm/data-group/internal {\"name\":\"dg\",\"partition\":\"P\",\"type\":\"string\"}\n",
	 "POST", "ltm/data-group/internal",
	 "{\"name\":\"dg\",\"partition\":\"P\",\"type\":\"string\"}", 409,
	 "01020066:3: The requested value list (/P/dg) already exists in partition P.", 3},
	{"data group with a record twice", "", "POST", "ltm/data-group/internal",
	 "{\"name\":\"dg\",\"partition\":\"P\",\"type\":\"string\",\"records\":[{\"name\":\"k\"},"
	 "{\"name\":\"k\"}]}",
	 409,
	 "01020066:3: The requested class string item (/P/dg k) already exists in partition P.", 3},
	{"config-sync to an unknown group", "", "POST", "cm",
	 "{\"command\":\"run\",\"utilCmdArgs\":\"config-sync to-group GROUP\"}", 400,
	 "01070734:3: Configuration error: Device group (GROUP) not found in device group sync", 3},
	/* 4.3 */
	{"body is not JSON", "", "POST", "ltm/pool", "{name", 400,
	 "Found invalid JSON body in the request.", 1},
	{"body is an array", "", "POST", "ltm/pool", "[1]", 400,
	 "Found invalid JSON body in the request.", 1},
	{"enum value wrong", "", "POST", "ltm/pool",
	 "{\"name\":\"p\",\"partition\":\"P\",\"loadBalancingMode\":\"leastconnection\"}", 400,
	 "invalid property value \"load-balancing-mode\":\"leastconnection\"", 26214401},
	{"least-connections-members is not a mode", POOL, "PATCH", "ltm/pool/~P~p",
	 "{\"loadBalancingMode\":\"least-connections-members\"}", 400,
	 "invalid property value \"load-balancing-mode\":\"least-connections-members\"", 26214401},
	{"unknown property", POOL, "PATCH", "ltm/pool/~P~p", "{\"foo\":1}", 400,
	 "\"foo\" unknown property", 26214401},
	{"number out of range", POOL, "PATCH", "ltm/pool/~P~p", "{\"slowRampTime\":901}", 400,
	 "invalid property value \"slow-ramp-time\":\"901\"", 26214401},
	{"immutable in PATCH",
	 "POST net/route {\"name\":\"r\",\"partition\":\"P\",\"network\":\"10.0.0.0/8\","
	 "\"blackhole\":true}\n",
	 "PATCH", "net/route/~P~r", "{\"network\":\"10.0.0.0/8\"}", 400,
	 "\"network\" may not be specified in the context of the \"modify\" command. \"network\" "
	 "may be "
	 "specified using the following commands: create, list, show",
	 26214401},
	{"data group type in PATCH",
	 "POST ltm/data-group/internal {\"name\":\"dg\",\"partition\":\"P\",\"type\":\"string\"}\n",
	 "PATCH", "ltm/data-group/internal/~P~dg", "{\"type\":\"string\"}", 400,
	 "\"type\" may not be specified in the context of the \"modify\" command. \"type\" may be "
	 "specified using the following commands: create, list, show",
	 26214401},
	{"node address in PATCH, another one", NODE, "PATCH", "ltm/node/~P~10.9.0.9",
	 "{\"address\":\"10.9.0.10\"}", 400,
	 "\"address\" may not be specified in the context of the \"modify\" command. \"address\" "
	 "may be "
	 "specified using the following commands: create, list, show",
	 26214401},
	{"no name", "", "POST", "ltm/pool", "{\"partition\":\"P\"}", 400,
	 "one or more configuration identifiers must be provided", 26214401},
	{"unlicensed module", POOL VIRTUAL, "PATCH", "ltm/virtual/~P~v",
	 "{\"fwEnforcedPolicy\":\"/Common/x\"}", 400,
	 "One of the following features must be licensed/provisioned for the URI "
	 "ltm/virtual/fw-enforced-policy : afm",
	 1},
	{"unknown path", "", "GET", "ltm/nonsense", NULL, 404,
	 "Public URI path not registered: /tm/ltm/nonsense", 0},
	{"AS3 is not installed", "", "GET", "/mgmt/shared/appsvcs/info", NULL, 404,
	 "Public URI path not registered: /shared/appsvcs/info", 0},
	{"broken escape", "", "GET", "ltm/pool/~P~a%2", NULL, 400,
	 "Found invalid URI in the request.", 1},
	/* references */
	{"virtual with a missing pool", "", "POST", "ltm/virtual",
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"pool\":\"/P/"
	 "x\"}",
	 404, "01020036:3: The requested Pool (/P/x) was not found.", 3},
	{"virtual with a missing policy", "", "POST", "ltm/virtual",
	 "{\"name\":\"vs\",\"partition\":\"P\",\"destination\":\"/P/"
	 "10.1.1.1:80\",\"policies\":[{\"name\":"
	 "\"pol\",\"partition\":\"P\"}]}",
	 400,
	 "01070712:3: Values (/P/vs /P/pol) specified for virtual server policy (/P/vs /P/pol): "
	 "foreign "
	 "key index (policy_FK) do not point at an item that exists in the database.",
	 3},
	{"virtual with a missing profile", "", "POST", "ltm/virtual",
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/"
	 "10.1.1.1:80\",\"ipProtocol\":\"tcp\","
	 "\"profiles\":[\"/P/x\"]}",
	 404, "01020036:3: The requested profile (/P/x) was not found.", 3},
	{"virtual with a missing vlan", "", "POST", "ltm/virtual",
	 "{\"name\":\"vs\",\"partition\":\"P\",\"destination\":\"/P/"
	 "10.1.1.1:80\",\"vlansEnabled\":true,"
	 "\"vlans\":[\"/Common/v\"]}",
	 400, "01070335:3: Virtual Server /P/vs refers to nonexistent Vlan /Common/v", 3},
	{"virtual with a missing SNAT pool", "", "POST", "ltm/virtual",
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\","
	 "\"sourceAddressTranslation\":{\"type\":\"snat\",\"pool\":\"sp\"}}",
	 404, "01020036:3: The requested SNAT pool (/Common/sp) was not found.", 3},
	{"pool with a missing monitor", "", "POST", "ltm/pool",
	 "{\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"/Common/http and /P/m\"}", 404,
	 "01020036:3: The requested monitor (/P/m) was not found.", 3},
	{"monitor without its parent", "", "POST", "ltm/monitor/http",
	 "{\"name\":\"m\",\"partition\":\"P\",\"defaultsFrom\":\"/P/x\"}", 400,
	 "01070043:3: Monitor /P/m parent not found.", 3},
	{"monitor from itself", "", "POST", "ltm/monitor/http",
	 "{\"name\":\"m\",\"partition\":\"P\",\"defaultsFrom\":\"/P/m\"}", 400,
	 "01070734:3: Configuration error: A monitor may not default from itself", 3},
	{"rule with a missing pool", "", "POST", "ltm/rule",
	 "{\"name\":\"r\",\"partition\":\"P\",\"apiAnonymous\":\"when CLIENT_ACCEPTED { pool /P/x "
	 "}\"}",
	 400,
	 "01070151:3: Rule [/P/r] error: Unable to find pool (/P/x) referenced at line 1: [pool "
	 "/P/x]",
	 3},
	{"rule with an open brace", "", "POST", "ltm/rule",
	 "{\"name\":\"r\",\"partition\":\"P\",\"apiAnonymous\":\"when HTTP_REQUEST {\\n\"}", 400,
	 "01070151:3: Rule [/P/r] error: /P/r:2: error: [parse error: missing close-brace][]", 3},
	{"service with a missing template", "", "POST", "sys/application/service",
	 "{\"name\":\"X\",\"partition\":\"P\",\"template\":\"/Common/none_such\"}", 404,
	 "01020036:3: The requested application template (/Common/none_such) was not found.", 3},
	/* 4.4 */
	{"DELETE pool in use", POOL VIRTUAL, "DELETE", "ltm/pool/~P~p", NULL, 400,
	 "01070265:3: The Pool (/P/p) cannot be deleted because it is in use by a Virtual Server "
	 "(/P/v).",
	 3},
	{"DELETE rule in use",
	 "POST ltm/rule {\"name\":\"r\",\"partition\":\"P\",\"apiAnonymous\":\"when "
	 "CLIENT_ACCEPTED { }\"}\n"
	 "POST ltm/virtual "
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"rules\":[\"/P/"
	 "r\"]}\n",
	 "DELETE", "ltm/rule/~P~r", NULL, 400,
	 "01070265:3: The rule (/P/r) cannot be deleted because it is in use by a Virtual Server "
	 "(/P/v).",
	 3},
	{"DELETE pool named by a rule",
	 POOL "POST ltm/rule {\"name\":\"r\",\"partition\":\"P\",\"apiAnonymous\":\"when "
	      "CLIENT_ACCEPTED "
	      "{ pool /P/p }\"}\n",
	 "DELETE", "ltm/pool/~P~p", NULL, 400,
	 "01070265:3: The Pool (/P/p) cannot be deleted because it is in use by a iRule (/P/r).",
	 3},
	{"DELETE monitor in use",
	 MONITOR "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"/P/m\"}\n",
	 "DELETE", "ltm/monitor/http/~P~m", NULL, 400, "01070083:3: Monitor /P/m is in use.", 3},
	{"DELETE monitor with a child",
	 MONITOR
	 "POST ltm/monitor/http {\"name\":\"c\",\"partition\":\"P\",\"defaultsFrom\":\"/P/m\"}\n",
	 "DELETE", "ltm/monitor/http/~P~m", NULL, 400, "01070083:3: Monitor /P/m is in use.", 3},
	{"DELETE node in use", POOL MEMBER, "DELETE", "ltm/node/~P~10.200.1.137", NULL, 400,
	 "01070110:3: Node address '/P/10.200.1.137' is referenced by a member of pool '/P/p'.", 3},
	{"DELETE virtual address in use", POOL VIRTUAL, "DELETE", "ltm/virtual-address/~P~10.1.1.1",
	 NULL, 400, "01070344:3: Cannot delete referenced virtual address /P/10.1.1.1.", 3},
	{"DELETE SNAT pool in use",
	 "POST ltm/snatpool {\"name\":\"s\",\"partition\":\"P\",\"members\":[\"10.9.9.1\"]}\n"
	 "POST ltm/virtual {\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\","
	 "\"sourceAddressTranslation\":{\"type\":\"snat\",\"pool\":\"/P/s\"}}\n",
	 "DELETE", "ltm/snatpool/~P~s", NULL, 400,
	 "01070320:3: Snatpool /P/s is still referenced by a virtual server.", 3},
	{"DELETE folder with content", "POST sys/folder {\"name\":\"b\",\"partition\":\"P\"}\n",
	 "DELETE", "sys/folder/~P", NULL, 400,
	 "010713f9:3: The folder /P cannot be deleted because it contains configuration item "
	 "(folder "
	 "/P/b)",
	 3},
	{"DELETE partition with content", POOL, "DELETE", "auth/partition/P", NULL, 400,
	 "0107082a:3: All objects must be removed from a partition (P) before the partition may be "
	 "removed, type ID (915)",
	 3},
	{"DELETE route domain that is a default",
	 "POST net/route-domain {\"name\":\"2\",\"partition\":\"Common\",\"id\":2}\n"
	 "POST auth/partition {\"name\":\"R\",\"defaultRouteDomain\":2}\n",
	 "DELETE", "net/route-domain/~Common~2", NULL, 400,
	 "0107097c:3: Route domain 2 cannot be deleted: it is the default route domain of "
	 "partition R.",
	 3},
	{"DELETE vlan under a self IP",
	 "POST net/vlan {\"name\":\"v\",\"partition\":\"Common\"}\n"
	 "POST net/self "
	 "{\"name\":\"s\",\"partition\":\"Common\",\"address\":\"10.0.0.1/24\",\"vlan\":\"/"
	 "Common/v\"}\n",
	 "DELETE", "net/vlan/~Common~v", NULL, 400,
	 "01070265:3: The VLAN (/Common/v) cannot be deleted because it is in use by a self IP "
	 "(/Common/s).",
	 3},
	/* 4.5 */
	{"two virtuals in one place", POOL VIRTUAL, "POST", "ltm/virtual",
	 "{\"name\":\"w\",\"partition\":\"P\",\"destination\":\"/P/"
	 "10.1.1.1%0:80\",\"ipProtocol\":\"tcp\"}",
	 400,
	 "01070333:3: Virtual Server /P/w illegally shares destination address, source address, "
	 "service "
	 "port, ip-protocol, and vlan with Virtual Server /P/v.",
	 3},
	{"node address under another name", NODE, "POST", "ltm/node",
	 "{\"name\":\"n\",\"partition\":\"P\",\"address\":\"10.9.0.9%0\"}", 400,
	 "0107176c:3: Invalid Node, the IP address 10.9.0.9 already exists.", 3},
	{"member of an address that a named node has",
	 POOL "POST ltm/node {\"name\":\"n\",\"partition\":\"P\",\"address\":\"10.9.0.9\"}\n",
	 "POST", "ltm/pool/~P~p/members", "{\"name\":\"10.9.0.9:80\",\"partition\":\"P\"}", 400,
	 "0107176c:3: Invalid Node, the IP address 10.9.0.9 already exists.", 3},
	{"virtual address in another partition",
	 "POST auth/partition {\"name\":\"Q\"}\n" POOL VIRTUAL, "POST", "ltm/virtual",
	 "{\"name\":\"w\",\"partition\":\"Q\",\"destination\":\"/Q/10.1.1.1:81\"}", 400,
	 "0107176c:3: Invalid Virtual Address, the IP address 10.1.1.1 already exists.", 3},
	{"cookie persistence without http", POOL VIRTUAL, "PATCH", "ltm/virtual/~P~v",
	 "{\"persist\":\"cookie\"}", 400,
	 "01070309:3: Cookie persistence requires an HTTP or FastHTTP profile to be associated "
	 "with the "
	 "virtual server",
	 3},
	{"source and destination of two families", "", "POST", "ltm/virtual",
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/4.5.6.7:80\",\"source\":\"::/"
	 "0\"}",
	 400,
	 "01070389:3: The source (::) and destination (4.5.6.7) addresses for virtual server "
	 "(/P/v) must "
	 "be be the same type (IPv4 or IPv6).",
	 3},
	{"fastL4 together with tcp", "", "POST", "ltm/virtual",
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/"
	 "4.5.6.7:80\",\"ipProtocol\":\"tcp\","
	 "\"profiles\":[\"/Common/tcp\",\"/Common/fastL4\"]}",
	 400, "01070095:3: Virtual server /P/v lists incompatible profiles.", 3},
	{"HTTP rule without an http profile",
	 "POST ltm/rule {\"name\":\"r\",\"partition\":\"P\",\"apiAnonymous\":\"when HTTP_REQUEST { "
	 "}\"}\n",
	 "POST", "ltm/virtual",
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/"
	 "4.5.6.7:80\",\"ipProtocol\":\"tcp\","
	 "\"rules\":[\"/P/r\"]}",
	 400,
	 "010716d9:3: HTTP_REQUEST event in rule (/P/r) requires an associated HTTP profile on the "
	 "virtual server (/P/v).",
	 3},
	{"monitor destination from any to one address", MONITOR, "PATCH", "ltm/monitor/http/~P~m",
	 "{\"destination\":\"10.0.0.1:80\"}", 400,
	 "01070675:3: Cannot modify the address type of monitor /P/m.", 3},
	{"route gateway out of reach", "", "POST", "net/route",
	 "{\"name\":\"r\",\"partition\":\"P\",\"network\":\"10.0.0.0/8\",\"gw\":\"192.0.2.1\"}",
	 400,
	 "01070330:3: Static route gateway 192.0.2.1 is not directly connected via an interface.",
	 3},
	{"reference into a third partition", "POST auth/partition {\"name\":\"Q\"}\n" POOL, "POST",
	 "ltm/virtual",
	 "{\"name\":\"v\",\"partition\":\"Q\",\"destination\":\"/Q/4.5.6.7:80\",\"pool\":\"/P/p\"}",
	 400,
	 "01070726:3: Virtual Server /Q/v in partition Q cannot reference Pool /P/p in partition P",
	 3},
	{"fdb entry cannot be deleted", "", "DELETE", "net/fdb/tunnel/~Common~http-tunnel", NULL,
	 400, "The \"net/fdb/tunnel\" can not be deleted; enter a valid option", 26214401},
	{"filter on a missing partition", "", "GET", "ltm/pool?$filter=partition+eq+X", NULL, 400,
	 "The requested folder (/X) was not found.", 26214401},
	{"a session word that nobody knows", POOL MEMBER, "PATCH",
	 "ltm/pool/~P~p/members/~P~10.200.1.137:80", "{\"session\":\"on\"}", 400,
	 "invalid property value \"session\":\"on\"", 26214401},
};

static bool as_expected(struct device *d, const struct refusal *r)
{
	if (d->status != r->code || strcmp(device_string(d, "message"), r->message) != 0 ||
	    js_int(d->body, "apiError", 0) != r->api || js_int(d->body, "code", 0) != r->code)
		return false;
	if (r->api)
		return js_arr(d->body, "errorStack") != NULL;
	return js_key(d->body, "restOperationId") &&
	       !strcmp(device_string(d, "kind"), ":resterrorresponse");
}

static void refused_with_the_device_s_words(void **state)
{
	unsigned bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct device d;

		device_init(&d, MOCK_QUIRKS_DEFAULT);
		device_script(&d, r->before);
		device_ask(&d, r->method, r->path, r->body);
		if (!as_expected(&d, r)) {
			print_error("row '%s': answered %d %s\n", r->name, d.status, d.text);
			bad++;
		}
		device_release(&d);
	}
	assert_int_equal(bad, 0);
}

/* every refusal above must leave the tree as it was, and the references that led to it */
static void a_refused_write_changes_nothing(void **state)
{
	unsigned bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		const struct refusal *r = &refusals[i];
		struct strbuf before = {0}, after = {0};
		struct device d;

		device_init(&d, MOCK_QUIRKS_DEFAULT);
		device_script(&d, r->before);
		mock_save(d.mock, &before);
		device_ask(&d, r->method, r->path, r->body);
		mock_save(d.mock, &after);
		if (strcmp(str_get(&before), str_get(&after)) != 0) {
			print_error("row '%s': changed the tree\nfrom %s\nto %s\n", r->name,
				    str_get(&before), str_get(&after));
			bad++;
		}
		device_ask(&d, r->method, r->path, r->body);
		if (!as_expected(&d, r)) {
			print_error("row '%s': the second time answered %d %s\n", r->name, d.status,
				    d.text);
			bad++;
		}
		str_release(&before);
		str_release(&after);
		device_release(&d);
	}
	assert_int_equal(bad, 0);
}

/* an object that was put back refers to the same others as before */
static void a_refused_write_keeps_references(void **state)
{
	struct device d;

	device_init(&d, 0);
	device_script(&d, POOL VIRTUAL);
	assert_int_equal(device_ask(&d, "PATCH", "ltm/virtual/~P~v", "{\"pool\":\"/P/none\"}"),
			 404);
	assert_int_equal(device_ask(&d, "DELETE", "ltm/pool/~P~p", NULL), 400);
	assert_int_equal(device_ask(&d, "DELETE", "ltm/virtual-address/~P~10.1.1.1", NULL), 400);
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_with_the_device_s_words),
		cmocka_unit_test(a_refused_write_changes_nothing),
		cmocka_unit_test(a_refused_write_keeps_references),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
