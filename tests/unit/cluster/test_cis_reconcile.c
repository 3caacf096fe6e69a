/*
 * What the tests of f5-cccl ask of bringing a partition into its wanted state, from end to end:
 * whose objects are touched, drift, refusals and races on the BIG-IP, route domains, monitors,
 * cost. docs/compatibility.md says which of its cases is which test, and where we differ on
 * purpose.
 */
#include "scene.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define FRONT(ip)   "'mode':'http','virtualAddress':{'bindAddr':'" ip "','port':80}"
#define AGENT(name) "'metadata':[{'name':'user_agent','persist':'true','value':'" name "'}]"
#define CIS         AGENT("k8s-bigip-ctlr-1.14.0-n2285")
#define WHITE       "'metadata':[{'name':'cccl-whitelist','persist':'true','value':'true'}]"

static const char *const rare_passes[] = {"--verify-interval=600", NULL};

static void put_service(struct lane *l)
{
	scene_service(l, "default/foo", "ClusterIP", "80");
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.0.1 10.2.0.2");
}

/* everything of ltm, sys/application, auth and net that can be told apart by its generation */
static char *rest_of_it(struct lane *l, const char *const *paths, size_t n)
{
	struct strbuf text = {0};

	for (size_t i = 0; i < n; i++) {
		autojson struct json_object *o = lane_get(l, paths[i]);

		if (!o)
			fail_msg("%s is gone", paths[i]);
		str_add(&text, js_text(o, NULL));
	}
	return str_take(&text);
}

/* ---- whose it is ---- */

static void other_peoples_objects_stay(void **state)
{
	static const struct {
		const char *uri, *body;
	} there[] = {
		{"auth/partition", "{'name':'other'}"},
		{"ltm/pool", "{'name':'handmade','partition':'K8S'}"},
		{"ltm/virtual",
		 "{'name':'handmade','partition':'K8S','destination':'/K8S/10.5.0.1:80',"
		 "'pool':'/K8S/handmade'}"},
		/* looks like ours, but nothing says that it is */
		{"ltm/virtual",
		 "{'name':'default_lookalike','partition':'K8S','destination':'/K8S/10.5.0.2:80'}"},
		/* says that it is ours, but not by its name */
		{"ltm/pool", "{'name':'byhand2','partition':'K8S'," CIS "}"},
		{"ltm/virtual", "{'name':'default_white','partition':'K8S','destination':"
				"'/K8S/10.5.0.3:80'," WHITE "}"},
		{"ltm/virtual", "{'name':'default_foomap','partition':'other','destination':"
				"'/other/10.5.0.4:80'," CIS "}"},
		{"ltm/rule",
		 "{'name':'redirect','partition':'K8S','apiAnonymous':'when HTTP_REQUEST "
		 "{ }'}"},
		{"ltm/monitor/http", "{'name':'mine','partition':'K8S'}"},
		{"ltm/data-group/internal", "{'name':'dg','partition':'K8S','type':'string'}"},
	};
	static const char *const paths[] = {
		"/mgmt/tm/ltm/pool/~K8S~handmade",
		"/mgmt/tm/ltm/virtual/~K8S~handmade",
		"/mgmt/tm/ltm/virtual/~K8S~default_lookalike",
		"/mgmt/tm/ltm/pool/~K8S~byhand2",
		"/mgmt/tm/ltm/virtual/~K8S~default_white",
		"/mgmt/tm/ltm/virtual/~other~default_foomap",
		"/mgmt/tm/ltm/rule/~K8S~redirect",
		"/mgmt/tm/ltm/monitor/http/~K8S~mine",
		"/mgmt/tm/ltm/data-group/internal/~K8S~dg",
	};
	autofree char *before = NULL, *during = NULL, *after = NULL;
	struct lane *l = *state;

	for (size_t i = 0; i < ARRAY_LEN(there); i++) {
		autofree char *path = mem_printf("/mgmt/tm/%s", there[i].uri);

		lane_bigip(l, "POST", path, there[i].body);
	}
	before = rest_of_it(l, paths, ARRAY_LEN(paths));
	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	scene_configmap(l, "default/barmap", "foo:80", FRONT("10.0.0.2"));
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 2);
	lane_verify_passes(l, 3);
	during = rest_of_it(l, paths, ARRAY_LEN(paths));
	assert_string_equal(before, during);
	scene_delete(l, CONFIGMAPS, "default/foomap");
	LANE_WAIT(l, HASH_COUNT(l->cluster->apps.by_key) == 1);
	after = rest_of_it(l, paths, ARRAY_LEN(paths));
	assert_string_equal(before, after);
}

/* children of an iApp belong to its template, also when they have our names and marks */
static void children_of_an_iapp_stay(void **state)
{
	static const char *const paths[] = {
		"/mgmt/tm/ltm/monitor/http/~K8S~appsvc.app~default_foomap_0_http"};
	autofree char *before = NULL, *after = NULL;
	struct lane *l = *state;

	lane_bigip(l, "POST", "/mgmt/tm/sys/application/service",
		   "{'name':'appsvc','partition':'K8S','template':'/Common/f5.http'}");
	lane_bigip(l, "POST", "/mgmt/tm/ltm/monitor/http",
		   "{'name':'default_foomap_0_http','partition':'K8S','subPath':'appsvc.app',"
		   "'appService':'/K8S/appsvc.app/appsvc'}");
	before = rest_of_it(l, paths, 1);
	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.2"));
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 1);
	lane_verify_passes(l, 3);
	after = rest_of_it(l, paths, 1);
	assert_string_equal(before, after);
}

/* k8s-bigip-ctlr merges into it; we say that its place is taken */
static void a_whitelisted_object_in_our_place(void **state)
{
	static const char *const paths[] = {"/mgmt/tm/ltm/virtual/~K8S~default_foomap"};
	autofree char *before = NULL, *after = NULL;
	struct lane *l = *state;

	lane_bigip(
		l, "POST", "/mgmt/tm/ltm/virtual",
		"{'name':'default_foomap','partition':'K8S','destination':'/K8S/10.5.0.3:80'," WHITE
		"}");
	before = rest_of_it(l, paths, 1);
	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	scene_configmap(l, "default/barmap", "foo:80", FRONT("10.0.0.2"));
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_REFUSED) == 1 && lane_in_state(l, APP_APPLIED) == 1);
	LANE_WAIT(l, scene_event(l, "default/foomap", "BigipRefused"));
	assert_non_null(strstr(scene_event(l, "default/foomap", "BigipRefused"), "whitelist"));
	scene_delete(l, CONFIGMAPS, "default/foomap");
	LANE_WAIT(l, HASH_COUNT(l->cluster->apps.by_key) == 1);
	after = rest_of_it(l, paths, 1);
	assert_string_equal(before, after);
}

/* what k8s-bigip-ctlr made for a ConfigMap that went away while nobody watched */
static void left_overs_of_k8s_bigip_ctlr_go(void **state)
{
	struct lane *l = *state;

	lane_bigip(l, "POST", "/mgmt/tm/ltm/monitor/http",
		   "{'name':'cfgmap_default_gone_foo_0_http','partition':'K8S'}");
	lane_bigip(l, "POST", "/mgmt/tm/ltm/pool",
		   "{'name':'cfgmap_default_gone_foo','partition':'K8S','monitor':"
		   "'/K8S/cfgmap_default_gone_foo_0_http'," CIS "}");
	lane_bigip(
		l, "POST", "/mgmt/tm/ltm/virtual",
		"{'name':'default_gone','partition':'K8S','destination':'/K8S/10.5.0.3:80','pool':"
		"'/K8S/cfgmap_default_gone_foo'," CIS "}");
	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_HELD) == 1);
	assert_true(lane_in_state(l, APP_APPLIED) <= 1);
	scene_expect(l, "gone after two passes",
		     "default_foomap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n");
}

/* ---- drift ---- */

#define MONITORED                                                                                  \
	"{\"virtualServer\":{\"backend\":{\"serviceName\":\"foo\",\"servicePort\":80,"             \
	"\"healthMonitors\":[{\"protocol\":\"http\"},{\"protocol\":\"tcp\",\"interval\":7,"        \
	"\"timeout\":22,\"send\":\"x\",\"recv\":\"y\"}]},\"frontend\":{\"partition\":\"K8S\","     \
	"\"virtualAddress\":{\"bindAddr\":\"10.0.0.1\",\"port\":80}}}}"
#define V7      "f5schemadb://bigip-virtual-server_v0.1.7.json"
#define POOL    "/mgmt/tm/ltm/pool/~K8S~cfgmap_default_foomap_foo"
#define VIRTUAL "/mgmt/tm/ltm/virtual/~K8S~default_foomap"
#define HTTP    "/mgmt/tm/ltm/monitor/http/~K8S~cfgmap_default_foomap_foo_0_http"
#define TCP     "/mgmt/tm/ltm/monitor/tcp/~K8S~cfgmap_default_foomap_foo_1_tcp"

static const char monitored[] = "default_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
				"http monitor cfgmap_default_foomap_foo_0_http\n"
				"tcp monitor cfgmap_default_foomap_foo_1_tcp\n";

static const struct drift_case {
	const char *name, *method, *path, *body;
	const char *field, *want; /* what must be there in the end */
} drifts[] = {
	{"disabled virtual", "PATCH", VIRTUAL, "{'disabled':true}", "enabled", "true"},
	{"destination", "PATCH", VIRTUAL, "{'destination':'/K8S/10.0.0.9:81'}", "destination",
	 "/K8S/10.0.0.1:80"},
	{"no pool", "PATCH", VIRTUAL, "{'pool':'none'}", "pool", "/K8S/cfgmap_default_foomap_foo"},
	{"SNAT", "PATCH", VIRTUAL, "{'sourceAddressTranslation':{'type':'none'}}",
	 "sourceAddressTranslation", "{ \"type\": \"automap\" }"},
	{"profiles", "PATCH", VIRTUAL, "{'profiles':['/Common/tcp','/Common/http']}", NULL, NULL},
	{"rules", "PATCH", VIRTUAL, "{'rules':['/K8S/redirect']}", "rules", NULL},
	{"balance", "PATCH", POOL, "{'loadBalancingMode':'ratio-member'}", "loadBalancingMode",
	 "round-robin"},
	{"monitors of the pool", "PATCH", POOL, "{'monitor':'/Common/tcp'}", "monitor",
	 "/K8S/cfgmap_default_foomap_foo_0_http and /K8S/cfgmap_default_foomap_foo_1_tcp"},
	{"a member too many", "POST", POOL "/members", "{'name':'10.9.9.9:80','partition':'K8S'}",
	 NULL, NULL},
	{"a member less", "DELETE", POOL "/members/~K8S~10.2.0.1:80", "", NULL, NULL},
	{"a disabled member", "PATCH", POOL "/members/~K8S~10.2.0.2:80",
	 "{'session':'user-disabled'}", NULL, NULL},
	{"monitor interval", "PATCH", HTTP, "{'interval':9}", "interval", "5"},
	{"monitor timeout", "PATCH", HTTP, "{'timeout':99}", "timeout", "16"},
	{"monitor text", "PATCH", TCP, "{'send':'z'}", "send", "x"},
};

static void drift_is_repaired(void **state)
{
	struct lane *l = *state;

	lane_bigip(l, "POST", "/mgmt/tm/ltm/rule",
		   "{'name':'redirect','partition':'K8S','apiAnonymous':'when HTTP_REQUEST { }'}");
	put_service(l);
	scene_document(l, "default/foomap", V7, MONITORED, NULL);
	lane_start(l);
	scene_expect(l, "first", monitored);
	for (size_t i = 0; i < ARRAY_LEN(drifts); i++)
		lane_bigip(l, drifts[i].method, drifts[i].path, drifts[i].body);
	lane_verify_passes(l, 1);
	scene_expect(l, "all repaired", monitored);
	for (size_t i = 0; i < ARRAY_LEN(drifts); i++) {
		const struct drift_case *d = &drifts[i];
		autojson struct json_object *o = d->field ? lane_get(l, d->path) : NULL;
		const char *is = json_object_get_string(js_key(o, d->field ? d->field : ""));

		if (d->field && !str_eq(is, d->want))
			fail_row(d->name, "%s is %s", d->field, is ? is : "missing");
	}
	LANE_WAIT(l, scene_event(l, "default/foomap", "DriftRepaired"));
	lane_bigip(l, "DELETE", VIRTUAL, "");
	lane_bigip(l, "DELETE", POOL, "");
	scene_expect(l, "deleted objects are made anew", monitored);
}

/* what we do not model stays as its administrator made it, through our own changes too */
static void other_settings_stay(void **state)
{
	static const struct {
		const char *path, *field, *body, *want; /* NULL: anything */
	} settings[] = {
		{VIRTUAL, "persist", "{'persist':[{'name':'source_addr'}]}", NULL},
		{VIRTUAL, "mirror", "{'mirror':'enabled'}", "enabled"},
		{POOL, "slowRampTime", "{'slowRampTime':33}", "33"},
		{POOL, "minActiveMembers", "{'minActiveMembers':1}", "1"},
		{POOL, "description", "{'description':'by hand'}", "by hand"},
		{HTTP, "upInterval", "{'upInterval':3}", "3"},
		{POOL "/members/~K8S~10.2.0.1:80", "state",
		 "{'state':'user-down','session':"
		 "'user-disabled'}",
		 "user-down"},
	};
	struct lane *l = *state;
	uint64_t writes;

	put_service(l);
	scene_document(l, "default/foomap", V7, MONITORED, NULL);
	lane_start(l);
	scene_expect(l, "first", monitored);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		lane_bigip(l, "PATCH", settings[i].path, settings[i].body);
	writes = l->cluster->writes;
	lane_verify_passes(l, 2);
	assert_int_equal(l->cluster->writes, writes);
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.0.1 10.2.0.3 10.2.0.4");
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 1 && l->cluster->writes > writes);
	lane_verify_passes(l, 1);
	for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
		autojson struct json_object *o = lane_get(l, settings[i].path);
		const char *is = json_object_get_string(js_key(o, settings[i].field));

		if (settings[i].want ? !str_eq(is, settings[i].want) : !is)
			fail_row(settings[i].field, "is %s", is ? is : "missing");
	}
}

/* ---- refusals and races: nothing but the answers says it, verify passes are ten minutes away ----
 */

static void appears_behind_our_back(void **state) /* POST: 409 */
{
	struct lane *l = *state;

	put_service(l);
	lane_start_with(l, rare_passes);
	LANE_WAIT(l, device_ready(l->cluster));
	lane_bigip(l, "POST", "/mgmt/tm/ltm/pool",
		   "{'name':'cfgmap_default_foomap_foo','partition':'K8S','loadBalancingMode':"
		   "'ratio-member','members':['10.9.9.9:80']}");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	scene_expect(l, "adopted",
		     "default_foomap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n");
	assert_int_equal(lane_in_state(l, APP_APPLIED), 1);
}

/* PATCH and DELETE: 404; a member of a pool that is gone, a virtual that is gone, both twice */
static void vanishes_behind_our_back(void **state)
{
	struct lane *l = *state;

	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	lane_start_with(l, rare_passes);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 1);
	lane_bigip(l, "PATCH", VIRTUAL, "{'pool':'none'}");
	lane_bigip(l, "DELETE", POOL, "");
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.0.1 10.2.0.2 10.2.0.3");
	scene_expect(l, "the pool is made anew", /* the virtual is as we believe until a pass */
		     "default_foomap 10.0.0.1:80 http+tcp automap: no pool\n"
		     "pool cfgmap_default_foomap_foo: 10.2.0.1:80 10.2.0.2:80 10.2.0.3:80\n");
	lane_bigip(l, "DELETE", VIRTUAL, "");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.2"));
	scene_expect(l, "the virtual is made anew",
		     "default_foomap 10.0.0.2:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80 "
		     "10.2.0.3:80\n");
	lane_bigip(l, "DELETE", VIRTUAL, "");
	lane_bigip(l, "DELETE", POOL, "");
	scene_delete(l, CONFIGMAPS, "default/foomap");
	LANE_WAIT(l, HASH_COUNT(l->cluster->apps.by_key) == 0);
}

static void refused_until_it_can_be_taken(void **state) /* POST: 400 */
{
	struct lane *l = *state;
	const char *said;

	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80",
			FRONT("10.0.0.1") ",'sslProfile':{'f5ProfileName':'K8S/testcert'}");
	scene_configmap(l, "default/barmap", "foo:80", FRONT("10.0.0.2"));
	lane_start_with(l, rare_passes);
	LANE_WAIT(l, lane_in_state(l, APP_REFUSED) == 1 && lane_in_state(l, APP_APPLIED) == 1);
	LANE_WAIT(l, (said = scene_event(l, "default/foomap", "BigipRefused")));
	assert_non_null(strstr(said, "/K8S/testcert")); /* the BIG-IP's own words */
	lane_bigip(l, "POST", "/mgmt/tm/ltm/profile/client-ssl",
		   "{'name':'testcert','partition':'K8S'}");
	scene_expect(l, "taken", /* after its backoff, no change is needed */
		     "default_barmap 10.0.0.2:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		     "default_foomap 10.0.0.1:80 http+tcp+testcert automap: 10.2.0.1:80 "
		     "10.2.0.2:80\n");
}

/* one address for two ConfigMaps: the second is told, the first is not disturbed */
static void an_address_is_taken(void **state)
{
	static const char one[] =
		"default_foomap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		"pool cfgmap_default_second_foo: 10.2.0.1:80 10.2.0.2:80\n";
	struct lane *l = *state;

	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	lane_start_with(l, rare_passes);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 1);
	scene_configmap(l, "default/second", "foo:80", FRONT("10.0.0.1"));
	LANE_WAIT(l, lane_in_state(l, APP_REFUSED) == 1);
	LANE_WAIT(l, scene_event(l, "default/second", "BigipRefused"));
	scene_expect(l, "the first has it", one);
	scene_delete(l, CONFIGMAPS, "default/foomap");
	scene_expect(l, "the second gets it",
		     "default_second 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n");
}

static void renamed_with_the_same_address(void **state)
{
	struct lane *l = *state;

	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	lane_start_with(l, rare_passes);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 1);
	scene_delete(l, CONFIGMAPS, "default/foomap");
	scene_configmap(l, "default/barmap", "foo:80", FRONT("10.0.0.1"));
	scene_expect(l, "renamed",
		     "default_barmap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n");
}

static void trouble_passes(void **state) /* 500, 503, lost replies */
{
	static const char *const faults[] = {
		"500:method=POST,path=/ltm/pool,count=2",
		"503:count=3",
		"503-html:method=POST,count=2",
		"lost-reply:method=POST,path=/ltm,count=2",
		"cut:method=GET,path=/ltm,count=1",
	};
	static const char want[] =
		"default_foomap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n";
	struct lane *l = *state;
	struct error err;

	put_service(l);
	lane_start(l);
	LANE_WAIT(l, device_ready(l->cluster));
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (fault_rules_add(l->faults, faults[i], &err) < 0)
			fail_msg("%s", err.msg);
		scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
		scene_expect(l, faults[i], want);
		fault_rules_clear(l->faults);
		scene_delete(l, CONFIGMAPS, "default/foomap");
		scene_expect(l, "deleted", "");
	}
}

/* ---- route domains, partitions, monitors ---- */

static void route_domains(void **state)
{
	static const char *const flags[] = {"--bigip-partition=RD", NULL};
	struct lane *l = *state;
	uint64_t writes;

	lane_bigip(l, "POST", "/mgmt/tm/net/route-domain", "{'name':'rd5','id':5}");
	lane_bigip(l, "POST", "/mgmt/tm/net/route-domain", "{'name':'rd7','id':7}");
	lane_bigip(l, "POST", "/mgmt/tm/auth/partition", "{'name':'RD','defaultRouteDomain':5}");
	put_service(l);
	scene_configmap(l, "default/a", "foo:80", "'partition':'RD'," FRONT("10.0.0.1"));
	scene_configmap(l, "default/b", "foo:80", "'partition':'RD'," FRONT("10.0.0.1%7"));
	scene_configmap(l, "default/c", "foo:80", "'partition':'K8S'," FRONT("10.0.0.2%7"));
	scene_configmap(l, "default/d", "foo:80", "'partition':'K8S'," FRONT("10.0.0.1"));
	scene_configmap(l, "default/e", "foo:80", "'partition':'RD'," FRONT("2001:DB8::0:1"));
	lane_start_with(l, flags);
	scene_expect(l, "a partition's own route domain is not shown",
		     "RD/default_a 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		     "RD/default_b 10.0.0.1%7:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		     "RD/default_e 2001:db8::1.80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		     "default_c 10.0.0.2%7:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		     "default_d 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n");
	writes = l->cluster->writes;
	lane_verify_passes(l, 2);
	assert_int_equal(l->cluster->writes, writes);
}

static void every_listed_partition_counts(void **state)
{
	static const char *const flags[] = {"--bigip-partition=second", NULL};
	struct lane *l = *state;

	lane_bigip(l, "POST", "/mgmt/tm/auth/partition", "{'name':'second'}");
	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	scene_configmap(l, "default/barmap", "foo:80", "'partition':'second'," FRONT("10.0.0.2"));
	lane_start_with(l, flags);
	scene_expect(l, "one in each",
		     "default_foomap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		     "second/default_barmap 10.0.0.2:80 http+tcp automap: 10.2.0.1:80 "
		     "10.2.0.2:80\n");
	scene_configmap(l, "default/foomap", "foo:80", "'partition':'second'," FRONT("10.0.0.1"));
	scene_expect(l, "both in the second",
		     "second/default_barmap 10.0.0.2:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n"
		     "second/default_foomap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 "
		     "10.2.0.2:80\n");
}

static void monitors(void **state)
{
	struct lane *l = *state;
	autojson struct json_object *http = NULL, *tcp = NULL, *pool = NULL, *virtual = NULL;

	put_service(l);
	scene_document(l, "default/foomap", V7, MONITORED, NULL);
	lane_start(l);
	scene_expect(l, "two monitors", monitored);
	http = lane_get(l, HTTP);
	tcp = lane_get(l, TCP);
	pool = lane_get(l, POOL);
	virtual = lane_get(l, VIRTUAL);
	assert_int_equal(js_int(http, "interval", 0), 5);
	assert_int_equal(js_int(http, "timeout", 0), 16);
	assert_string_equal(js_str(http, "send", "-"), "GET /\\r\\n");
	assert_int_equal(js_int(tcp, "interval", 0), 7);
	assert_int_equal(js_int(tcp, "timeout", 0), 22);
	assert_string_equal(js_str(tcp, "recv", "-"), "y");
	assert_non_null(strstr(js_text(js_key(pool, "metadata"), NULL), "user_agent"));
	assert_non_null(strstr(js_text(js_key(virtual, "metadata"), NULL), "user_agent"));
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	scene_expect(l, "none",
		     "default_foomap 10.0.0.1:80 http+tcp automap: 10.2.0.1:80 10.2.0.2:80\n");
}

static size_t nodes_of(struct lane *l)
{
	autojson struct json_object *o = lane_get(l, "/mgmt/tm/ltm/node?$filter=partition+eq+K8S");

	return js_arr_len(js_arr(o, "items"));
}

static void nodes_without_members_go(void **state)
{
	struct lane *l = *state;

	lane_bigip(l, "POST", "/mgmt/tm/ltm/node",
		   "{'name':'web1','partition':'K8S','address':'10.7.0.1'}"); /* not by address */
	put_service(l);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("10.0.0.1"));
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == 1 && nodes_of(l) == 3);
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.0.1");
	LANE_WAIT(l, nodes_of(l) == 2);
	scene_delete(l, CONFIGMAPS, "default/foomap");
	LANE_WAIT(l, nodes_of(l) == 1);
	lane_verify_passes(l, 1);
	assert_int_equal(nodes_of(l), 1);
}

/* cccl: 35 requests a pass at rest, 2 a change and a full pass; the budgets of the issue */
static void cost(void **state)
{
	enum { APPS = 40, READS_A_PASS = 8 };
	struct bigip_rest_status made, rest, one;
	struct lane *l = *state;

	for (unsigned n = 0; n < APPS; n++)
		lane_put_app(l, n, 3);
	lane_start(l);
	LANE_WAIT(l, lane_in_state(l, APP_APPLIED) == APPS);
	lane_verify_passes(l, 1);
	bigip_rest_status(l->cluster->rest, &made);
	assert_true(made.writes <= 2 * APPS + 10);
	lane_verify_passes(l, 3);
	bigip_rest_status(l->cluster->rest, &rest);
	assert_int_equal(rest.writes, made.writes);
	assert_true(rest.requests - made.requests <= 4 * READS_A_PASS);
	lane_put_endpoints(l, 7, 4);
	LANE_WAIT(l, lane_members(l, 7) == 4);
	bigip_rest_status(l->cluster->rest, &one);
	assert_int_equal(one.writes, rest.writes + 1);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, lane_setup, lane_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(other_peoples_objects_stay),
		ROW(children_of_an_iapp_stay),
		ROW(a_whitelisted_object_in_our_place),
		ROW(left_overs_of_k8s_bigip_ctlr_go),
		ROW(drift_is_repaired),
		ROW(other_settings_stay),
		ROW(appears_behind_our_back),
		ROW(vanishes_behind_our_back),
		ROW(refused_until_it_can_be_taken),
		ROW(an_address_is_taken),
		ROW(renamed_with_the_same_address),
		ROW(trouble_passes),
		ROW(route_domains),
		ROW(every_listed_partition_counts),
		ROW(monitors),
		ROW(nodes_without_members_go),
		ROW(cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
