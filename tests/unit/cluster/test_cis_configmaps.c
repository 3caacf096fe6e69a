/*
 * What the tests of k8s-bigip-ctlr (appManager) ask of ConfigMaps, Services, endpoints and
 * namespaces in cluster mode, from the API server's events to the objects on the BIG-IP.
 * docs/compatibility.md says which of its cases is which test, and where we differ on purpose.
 */
#include "scene.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define ADDRESS(port)  "'virtualAddress':{'bindAddr':'10.128.10.240','port':" port "}"
#define FRONT(port)    "'balance':'round-robin','mode':'http'," ADDRESS(port)
#define LINE(cm, port) "default_" cm " 10.128.10.240:" port " http+tcp automap:"

static const char *const no_flags[] = {NULL};
static const char *const nodeport[] = {"--pool-member-type=nodeport", NULL};

/* Service foo in both worlds: as NodePort of node-1, or with one pod behind it */
static void put_foo(struct lane *l, const char *ports, const char *pod_ports)
{
	scene_service(l, "default/foo", "NodePort", ports);
	scene_endpoints(l, "default/foo", "node-1", pod_ports, "10.2.96.1");
}

static int64_t generation(struct lane *l, const char *path)
{
	autojson struct json_object *o = lane_get(l, path);

	return js_int(o, "generation", -1);
}

/* "should overwrite add": http, then tcp, then udp under one name */
static void overwrite(struct lane *l, const char *const *flags, const char *member)
{
	static const struct {
		const char *mode, *profiles;
	} steps[] = {{"http", "http+tcp"}, {"tcp", "tcp"}, {"udp", "udp"}};
	static const char pool[] = "/mgmt/tm/ltm/pool/~K8S~cfgmap_default_foomap_foo";
	int64_t made = 0;

	put_foo(l, "80:30001", "80");
	scene_start(l, flags);
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		autofree char *front = mem_printf("'mode':'%s'," ADDRESS("5051"), steps[i].mode);
		autofree char *want = mem_printf(
			"default_foomap 10.128.10.240:5051 %s automap: %s\n", steps[i].profiles,
			member);

		scene_configmap(l, "default/foomap", "foo:80", front);
		scene_expect(l, steps[i].mode, want);
		assert_int_equal(HASH_COUNT(l->cluster->apps.by_key), 1);
		if (!made)
			made = generation(l, pool);
		assert_int_equal(generation(l, pool), made); /* the pool is not touched */
	}
	lane_stop(l);
}

static void another_mode_overwrites(void **state)
{
	overwrite(*state, no_flags, "10.2.96.1:80");
}

static void another_mode_overwrites_nodeport(void **state)
{
	overwrite(*state, nodeport, "10.1.0.1:30001");
}

static void another_service_port(struct lane *l, const char *const *flags, const char *first,
				 const char *second)
{
	autofree char *before = mem_printf(LINE("foomap", "5051") " %s\n", first);
	autofree char *after = mem_printf(LINE("foomap", "5051") " %s\n", second);

	put_foo(l, "a=80:30001 b=8080:30801", "a=80 b=8080");
	scene_start(l, flags);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_expect(l, "port 80", before);
	scene_configmap(l, "default/foomap", "foo:8080", FRONT("5051"));
	scene_expect(l, "port 8080", after);
	assert_int_equal(HASH_COUNT(l->cluster->apps.by_key), 1);
}

static void service_port_changes(void **state)
{
	another_service_port(*state, no_flags, "10.2.96.1:80", "10.2.96.1:8080");
}

static void service_port_changes_nodeport(void **state)
{
	another_service_port(*state, nodeport, "10.1.0.1:30001", "10.1.0.1:30801");
}

/* the old Service no longer concerns it, the new one does at once */
static void service_name_changes(void **state)
{
	struct lane *l = *state;
	uint64_t writes;

	put_foo(l, "80:30001", "80");
	scene_service(l, "default/bar", "ClusterIP", "80");
	scene_endpoints(l, "default/bar", "node-1", "80", "10.2.96.7");
	scene_start(l, no_flags);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_expect(l, "foo", LINE("foomap", "5051") " 10.2.96.1:80\n");
	scene_configmap(l, "default/foomap", "bar:80", FRONT("5051"));
	scene_expect(l, "bar", LINE("foomap", "5051") " 10.2.96.7:80\n");
	writes = l->cluster->writes;
	scene_endpoints(l, "default/bar", "node-1", "80", "10.2.96.7 10.2.96.8");
	scene_expect(l, "a pod more", LINE("foomap", "5051") " 10.2.96.7:80 10.2.96.8:80\n");
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.96.1 10.2.96.2");
	scene_endpoints(l, "default/bar", "node-1", "80", "10.2.96.7");
	scene_expect(l, "a pod less, foo does not matter",
		     LINE("foomap", "5051") " 10.2.96.7:80\n");
	assert_int_equal(l->cluster->writes, writes + 2);
}

/* ---- keys of the ConfigMap ---- */

#define V7 "f5schemadb://bigip-virtual-server_v0.1.7.json"
#define DOCUMENT(frontend)                                                                         \
	"{\"virtualServer\":{\"backend\":{\"serviceName\":\"foo\",\"servicePort\":80},"            \
	"\"frontend\":{" frontend "}}}"
#define ADDRESS_JSON "\"virtualAddress\":{\"bindAddr\":\"10.128.10.240\",\"port\":5051}"
#define GOOD         DOCUMENT("\"partition\":\"K8S\",\"mode\":\"http\"," ADDRESS_JSON)

static const struct keys_case {
	const char *name, *schema, *data;
	const char *problem; /* part of the Event's message; NULL: it is applied */
	const char *want;
} keys[] = {
	{"no schema", NULL, GOOD, "data.schema: is missing", ""},
	{"no data", V7, NULL, "data.data: is missing", ""},
	{"bad JSON", V7, "///// **invalid json** /////", "data.data: not valid JSON", ""},
	{"schema violation", V7, DOCUMENT("\"partition\":\"K8S\",\"mode\":\"htp\"," ADDRESS_JSON),
	 "virtualServer.frontend.mode", ""},
	{"wrong partition", V7, DOCUMENT("\"partition\":\"velcro\"," ADDRESS_JSON),
	 "\"velcro\" is not a partition that this controller manages: K8S", ""},
	{"interval above timeout, which would block all of CCCL", V7,
	 "{\"virtualServer\":{\"backend\":{\"serviceName\":\"foo\",\"servicePort\":80,"
	 "\"healthMonitors\":[{\"protocol\":\"udp\",\"interval\":25,\"timeout\":20}]},"
	 "\"frontend\":{\"partition\":\"K8S\"," ADDRESS_JSON "}}}",
	 "25 is not less than the timeout of 20", ""},
	{"extra keys", V7, GOOD, NULL, LINE("foomap", "5051") " 10.2.96.1:80\n"},
	{"no mode and no balance", V7, DOCUMENT("\"partition\":\"K8S\"," ADDRESS_JSON), NULL,
	 "default_foomap 10.128.10.240:5051 tcp automap: 10.2.96.1:80\n"},
	{"schema in quotes with blanks", " \"" V7 "\" ", GOOD, NULL,
	 LINE("foomap", "5051") " 10.2.96.1:80\n"},
	{"the oldest schema", "f5schemadb://bigip-virtual-server_v0.1.0.json", GOOD, NULL,
	 LINE("foomap", "5051") " 10.2.96.1:80\n"},
};

static void configmap_keys(void **state)
{
	struct lane *l = *state;

	put_foo(l, "80:30001", "80");
	scene_start(l, no_flags);
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct keys_case *c = &keys[i];
		const char *said;

		print_message("%s\n", c->name);
		scene_document(l, "default/foomap", c->schema, c->data, NULL);
		LANE_WAIT(l, lane_in_state(l, c->problem ? APP_INVALID : APP_APPLIED) == 1);
		if (c->problem) {
			LANE_WAIT(l, (said = scene_event(l, "default/foomap",
							 "InvalidConfiguration")) &&
					     strstr(said, c->problem));
		}
		scene_expect(l, c->name, c->want);
		scene_delete(l, CONFIGMAPS, "default/foomap");
		scene_expect(l, "deleted", "");
		LANE_WAIT(l, HASH_COUNT(l->cluster->apps.by_key) == 0);
	}
}

static void snat_pool(void **state)
{
	static const char *const flags[] = {"--vs-snat-pool-name=test-snat-pool", NULL};
	struct lane *l = *state;
	uint64_t writes;

	lane_bigip(l, "POST", "/mgmt/tm/ltm/snatpool",
		   "{'name':'test-snat-pool','partition':'Common','members':['10.9.9.9']}");
	put_foo(l, "80:30001", "80");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	lane_start_with(l, flags);
	scene_expect(l, "SNAT pool",
		     "default_foomap 10.128.10.240:5051 http+tcp snat/Common/test-snat-pool: "
		     "10.2.96.1:80\n");
	writes = l->cluster->writes;
	lane_verify_passes(l, 2); /* k8s-bigip-ctlr writes it anew at every pass */
	assert_int_equal(l->cluster->writes, writes);
}

static void taken_out_of_our_hands(void **state)
{
	struct lane *l = *state;

	put_foo(l, "80:30001", "80");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_configmap(l, "default/barmap", "foo:80", FRONT("5052"));
	scene_start(l, no_flags);
	scene_expect(
		l, "two",
		LINE("barmap", "5052") " 10.2.96.1:80\n" LINE("foomap", "5051") " 10.2.96.1:80\n");
	fake_kube_put(l->kube, CONFIGMAPS,
		      "{\"metadata\":{\"name\":\"foomap\",\"namespace\":\"default\"},\"data\":{}}");
	scene_expect(l, "one has no label any more", LINE("barmap", "5052") " 10.2.96.1:80\n");
}

/* ---- pool-only mode ---- */

/* the annotation that tells people the address; NULL: there is none */
static const char *status_ip(struct lane *l, const char *cm)
{
	struct json_object *o = js_at(fake_kube_get(l->kube, CONFIGMAPS, "default", cm),
				      "metadata.annotations");

	return json_object_get_string(js_key(o, "status.virtual-server.f5.com/ip"));
}

static void pool_only(struct lane *l, const char *const *flags, const char *member)
{
	static const char data[] = DOCUMENT(
		"\"partition\":\"K8S\",\"mode\":\"http\",\"virtualAddress\":{\"port\":10000}");
	autofree char *pool = mem_printf("pool cfgmap_default_foomap_foo: %s\n", member);
	autofree char *with = mem_printf("default_foomap 1.2.3.4:10000 http+tcp automap: %s\n",
					 member);

	put_foo(l, "80:30001", "80");
	scene_start(l, flags);
	scene_configmap(l, "default/foomap", "foo:80",
			"'mode':'http','sslProfile':{'f5ProfileName':'velcro/testcert'}");
	scene_expect(l, "no virtualAddress: profiles do not matter", pool);
	scene_document(l, "default/foomap", V7, data, NULL);
	scene_expect(l, "no bindAddr", pool);
	scene_document(l, "default/foomap", V7, data, "1.2.3.4");
	scene_expect(l, "with the annotation", with);
	LANE_WAIT(l, str_eq(status_ip(l, "foomap"), "1.2.3.4"));
	scene_document(l, "default/foomap", V7, data, NULL);
	scene_expect(l, "without it again", pool);
	LANE_WAIT(l, !status_ip(l, "foomap"));
}

static void pool_only_cluster(void **state)
{
	pool_only(*state, no_flags, "10.2.96.1:80");
}

static void pool_only_nodeport(void **state)
{
	pool_only(*state, nodeport, "10.1.0.1:30001");
}

/* ---- endpoints and Services ---- */

static void without_endpoints(void **state)
{
	struct lane *l = *state;

	scene_node(l, "node0", "int:127.0.0.1");
	scene_endpoints(l, "default/foo", "node0", "port0=80", "");
	scene_endpoints(l, "default/wrongsvc", "node-1", "port0=80", "10.2.96.7");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_service(l, "default/foo", "ClusterIP", "port0=80");
	scene_start(l, no_flags);
	scene_expect(l, "empty endpoints", LINE("foomap", "5051") "\n");
	scene_endpoints(l, "default/foo", "node-1", "port0=80",
			"10.2.96.0 10.2.96.1 !10.2.96.3 !10.2.96.4");
	scene_expect(l, "ready and not ready",
		     LINE("foomap", "5051") " 10.2.96.0:80 10.2.96.1:80\n");
	scene_endpoints(l, "default/foo", "node0", "port0=80", "");
	scene_expect(l, "none", LINE("foomap", "5051") "\n");
	scene_endpoints(l, "default/foo", "node0", "port0=80", "10.2.96.0 !10.2.96.3");
	scene_expect(l, "on another node", LINE("foomap", "5051") " 10.2.96.0:80\n");
	scene_delete(l, SLICES, "default/foo-abc");
	scene_expect(l, "no endpoints object: the virtual stays", LINE("foomap", "5051") "\n");
	scene_endpoints(l, "default/foo", "node-1", "port0=80", "10.2.96.0");
	scene_expect(l, "back", LINE("foomap", "5051") " 10.2.96.0:80\n");
}

static void endpoints_change(void **state)
{
	static const char ports[] = "port0=80 port1=8080 port2=9090";
	struct lane *l = *state;
	uint64_t writes;

	scene_service(l, "default/foo", "ClusterIP", ports);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_configmap(l, "default/foomap8080", "foo:8080", FRONT("5052"));
	scene_configmap(l, "default/foomap9090", "foo:9090", FRONT("5053"));
	scene_start(l, no_flags);
	scene_endpoints(l, "default/foo", "node-1", ports, "10.2.96.0 10.2.96.1 !10.2.96.3");
	scene_expect(
		l, "two are ready",
		LINE("foomap", "5051") " 10.2.96.0:80 10.2.96.1:80\n" LINE(
			"foomap8080",
			"5052") " 10.2.96.0:8080 10.2.96.1:8080\n" LINE("foomap9090",
									"5053") " 10.2.96.0:9090 "
										"10.2.96.1:9090\n");
	scene_endpoints(l, "default/foo", "node-1", ports, "10.2.96.0 !10.2.96.1 !10.2.96.3");
	scene_expect(
		l, "one became not ready",
		LINE("foomap", "5051") " 10.2.96.0:80\n" LINE(
			"foomap8080", "5052") " 10.2.96.0:8080\n" LINE("foomap9090",
								       "5053") " 10.2.96.0:9090\n");
	scene_endpoints(l, "default/foo", "node-1", ports, "10.2.96.0 10.2.96.1 !10.2.96.3");
	scene_expect(
		l, "and ready again",
		LINE("foomap", "5051") " 10.2.96.0:80 10.2.96.1:80\n" LINE(
			"foomap8080",
			"5052") " 10.2.96.0:8080 10.2.96.1:8080\n" LINE("foomap9090",
									"5053") " 10.2.96.0:9090 "
										"10.2.96.1:9090\n");
	writes = l->cluster->writes;
	scene_endpoints(l, "default/wrongsvc", "node-1", ports, "10.2.96.7");
	scene_endpoints(l, "other/foo", "node-1", ports, "10.2.96.8");
	scene_endpoints(l, "default/foo", "node-1", ports, "10.2.96.0");
	scene_expect(
		l, "one of them is ours",
		LINE("foomap", "5051") " 10.2.96.0:80\n" LINE(
			"foomap8080", "5052") " 10.2.96.0:8080\n" LINE("foomap9090",
								       "5053") " 10.2.96.0:9090\n");
	assert_int_equal(l->cluster->writes, writes + 3);
	scene_delete_node(l, "node-1");
	scene_expect(l, "pods of a node that is gone do not count",
		     LINE("foomap", "5051") "\n" LINE("foomap8080", "5052") "\n" LINE("foomap9090",
										      "5053") "\n");
}

static void service_deleted_and_added_again(void **state)
{
	struct lane *l = *state;

	scene_service(l, "default/foo", "ClusterIP", "port0=80 port1=8080");
	scene_endpoints(l, "default/foo", "node-1", "port0=80 port1=8080", "10.2.96.0");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_configmap(l, "default/foomap8080", "foo:8080", FRONT("5052"));
	scene_start(l, no_flags);
	scene_expect(l, "there",
		     LINE("foomap", "5051") " 10.2.96.0:80\n" LINE("foomap8080",
								   "5052") " 10.2.96.0:8080\n");
	scene_delete(l, SERVICES, "default/foo");
	scene_expect(l, "deleted", "");
	LANE_WAIT(l, lane_in_state(l, APP_INACTIVE) == 2);
	LANE_WAIT(l, scene_event(l, "default/foomap", "ServiceNotFound"));
	scene_service(l, "default/foo", "ClusterIP", "port0=80 port1=8080");
	scene_expect(l, "back",
		     LINE("foomap", "5051") " 10.2.96.0:80\n" LINE("foomap8080",
								   "5052") " 10.2.96.0:8080\n");
}

static void configmaps_come_and_go(void **state)
{
	struct lane *l = *state;

	scene_service(l, "default/foo", "ClusterIP", "port0=80 port1=8080");
	scene_endpoints(l, "default/foo", "node-1", "port0=80 port1=8080", "10.2.96.0");
	scene_start(l, no_flags);
	LANE_WAIT(l, watch_synced(l->cluster) && device_ready(l->cluster));
	assert_int_equal(l->cluster->writes, 0);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_expect(l, "one", LINE("foomap", "5051") " 10.2.96.0:80\n");
	scene_configmap(l, "default/foomap8080", "foo:8080", FRONT("5052"));
	scene_expect(l, "two",
		     LINE("foomap", "5051") " 10.2.96.0:80\n" LINE("foomap8080",
								   "5052") " 10.2.96.0:8080\n");
	scene_delete(l, CONFIGMAPS, "default/foomap");
	scene_expect(l, "the first goes", LINE("foomap8080", "5052") " 10.2.96.0:8080\n");
}

static void several_configmaps_on_one_service(void **state)
{
	struct lane *l = *state;

	scene_service(l, "default/foo", "ClusterIP", "80");
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.96.0");
	scene_start(l, no_flags);
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_configmap(l, "default/foomap2", "foo:80", "'mode':'tcp'," ADDRESS("5052"));
	scene_expect(l, "each has its own virtual and pool",
		     LINE("foomap",
			  "5051") " 10.2.96.0:80\n"
				  "default_foomap2 10.128.10.240:5052 tcp automap: 10.2.96.0:80\n");
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.96.0 10.2.96.1");
	scene_expect(l, "both follow the endpoints",
		     LINE("foomap", "5051") " 10.2.96.0:80 10.2.96.1:80\n"
					    "default_foomap2 10.128.10.240:5052 tcp automap: "
					    "10.2.96.0:80 10.2.96.1:80\n");
}

static void iapp_in_cluster_mode(void **state)
{
	struct lane *l = *state;

	put_foo(l, "80:30001", "80");
	scene_start(l, no_flags);
	scene_configmap(l, "default/iapp1map", "foo:80",
			"'iapp':'/Common/f5.http','iappOptions':{},'iappVariables':{'pool__addr':"
			"'127.0.0.1'},'iappPoolMemberTable':{'name':'pool__members','columns':["
			"{'name':'addr','kind':'IPAddress'},{'name':'port','kind':'Port'}]}");
	scene_expect(l, "there", "iapp default_iapp1map: 10.2.96.1:80\n");
	scene_endpoints(l, "default/foo", "node-1", "80", "10.2.96.1 10.2.96.2");
	scene_expect(l, "a pod more", "iapp default_iapp1map: 10.2.96.1:80 10.2.96.2:80\n");
	scene_configmap(l, "default/iapp1map", "foo:80", FRONT("5051"));
	scene_expect(l, "a virtual instead",
		     "default_iapp1map 10.128.10.240:5051 http+tcp automap: 10.2.96.1:80 "
		     "10.2.96.2:80\n");
}

/* ---- everything at once ---- */

static void concurrent_updates(void **state)
{
	struct lane *l = *state;

	for (unsigned round = 0; round < 16; round++) {
		if (round % 4 == 0) { /* more deletes in one window would be held */
			lane_stop(l);
			scene_start(l, no_flags);
		}
		for (unsigned i = 0; i < 6; i++) { /* six changes in another order each round */
			switch ((i * (round % 2 ? 5 : 1) + round) % 6) {
			case 0:
				scene_configmap(l, "default/foomap", "foo:8080", FRONT("5051"));
				break;
			case 1:
				scene_configmap(l, "default/barmap", "bar:80", FRONT("5052"));
				break;
			case 2:
				scene_service(l, "default/foo", "ClusterIP", "port0=8080");
				break;
			case 3:
				scene_service(l, "default/bar", "ClusterIP", "port1=80");
				break;
			case 4:
				scene_endpoints(l, "default/foo", "node-1", "port0=8080",
						"10.2.96.1 10.2.96.2 !10.2.96.3");
				break;
			default:
				scene_endpoints(l, "default/bar", "node-1", "port1=80",
						"10.2.96.0 10.2.96.3");
				break;
			}
			if (round / 2 & (1u << (i % 3)))
				lane_turn(l);
		}
		scene_expect(l, "all there",
			     LINE("barmap", "5052") " 10.2.96.0:80 10.2.96.3:80\n" LINE(
				     "foomap", "5051") " 10.2.96.1:8080 10.2.96.2:8080\n");
		for (unsigned i = 0; i < 3; i++) {
			switch ((i + round) % 3) {
			case 0:
				scene_delete(l, SLICES, "default/foo-abc");
				break;
			case 1:
				scene_delete(l, CONFIGMAPS, "default/foomap");
				break;
			default:
				scene_delete(l, SERVICES, "default/foo");
				break;
			}
			if (round & (1u << i))
				lane_turn(l);
		}
		scene_expect(l, "one is left",
			     LINE("barmap", "5052") " 10.2.96.0:80 10.2.96.3:80\n");
	}
}

/* ---- namespaces ---- */

static void put_all(struct lane *l, const char *ns, const char *ip, const char *pod)
{
	autofree char *foo = mem_printf("%s/foo", ns), *map = mem_printf("%s/foomap", ns);
	autofree char *front = mem_printf("'virtualAddress':{'bindAddr':'%s','port':80}", ip);

	scene_service(l, foo, "ClusterIP", "80");
	scene_endpoints(l, foo, "node-1", "80", pod);
	scene_configmap(l, map, "foo:80", front);
}

static void namespaces_are_isolated(void **state)
{
	static const char *const flags[] = {"--namespace=default", NULL};
	struct lane *l = *state;
	uint64_t writes;

	scene_start(l, flags);
	put_all(l, "wrong", "10.0.0.2", "10.2.0.2");
	put_all(l, "default", "10.0.0.1", "10.2.0.1");
	scene_expect(l, "one namespace counts",
		     "default_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80\n");
	assert_int_equal(HASH_COUNT(l->cluster->apps.by_key), 1);
	writes = l->cluster->writes;
	put_all(l, "wrong", "10.0.0.3", "10.2.0.3");
	scene_delete(l, CONFIGMAPS, "wrong/foomap");
	scene_delete(l, SERVICES, "wrong/foo");
	scene_delete(l, SLICES, "wrong/foo-abc");
	put_all(l, "default", "10.0.0.1", "10.2.0.9");
	scene_expect(l, "changes and deletes in the other",
		     "default_foomap 10.0.0.1:80 tcp automap: 10.2.0.9:80\n");
	assert_int_equal(l->cluster->writes, writes + 1);
}

static void services_of_other_namespaces_do_not_count(void **state)
{
	struct lane *l = *state;

	scene_start(l, no_flags);
	put_all(l, "a", "10.0.0.1", "10.2.0.1");
	put_all(l, "b", "10.0.0.2", "10.2.0.2");
	scene_expect(l, "each has its own",
		     "a_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80\n"
		     "b_foomap 10.0.0.2:80 tcp automap: 10.2.0.2:80\n");
	scene_delete(l, SERVICES, "a/foo");
	scene_expect(l, "and loses its own", "b_foomap 10.0.0.2:80 tcp automap: 10.2.0.2:80\n");
}

static void several_namespaces(void **state)
{
	static const char *const flags[] = {"--namespace=a", "--namespace=b", NULL};
	struct lane *l = *state;

	put_all(l, "b", "10.0.0.2", "10.2.0.2");
	scene_start(l, flags);
	put_all(l, "a", "10.0.0.1", "10.2.0.1");
	put_all(l, "c", "10.0.0.3", "10.2.0.3");
	scene_expect(l, "two of three",
		     "a_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80\n"
		     "b_foomap 10.0.0.2:80 tcp automap: 10.2.0.2:80\n");
	scene_endpoints(l, "b/foo", "node-1", "80", "10.2.0.4");
	scene_expect(l, "members follow",
		     "a_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80\n"
		     "b_foomap 10.0.0.2:80 tcp automap: 10.2.0.4:80\n");
}

static void namespace_labels(void **state)
{
	static const char *const flags[] = {"--namespace-label=watching=true", NULL};
	struct lane *l = *state;

	for (unsigned i = 0; i < 3; i++) {
		static const char *const names[] = {"a", "b", "c"};
		autofree char *ip = mem_printf("10.0.0.%u", i), *pod = mem_printf("10.2.0.%u", i);

		scene_namespace(l, names[i],
				i == 0   ? "watching=true"
				: i == 1 ? ""
					 : "watching=no");
		put_all(l, names[i], ip, pod);
	}
	scene_start(l, flags);
	scene_expect(l, "one has the label", "a_foomap 10.0.0.0:80 tcp automap: 10.2.0.0:80\n");
	scene_namespace(l, "b", "watching=true");
	scene_expect(l, "another gets it",
		     "a_foomap 10.0.0.0:80 tcp automap: 10.2.0.0:80\n"
		     "b_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80\n");
	scene_endpoints(l, "b/foo", "node-1", "80", "10.2.0.9");
	scene_expect(l, "its members are watched",
		     "a_foomap 10.0.0.0:80 tcp automap: 10.2.0.0:80\n"
		     "b_foomap 10.0.0.1:80 tcp automap: 10.2.0.9:80\n");
	scene_namespace(l, "a", "watching=false");
	scene_expect(l, "the first loses it", "b_foomap 10.0.0.1:80 tcp automap: 10.2.0.9:80\n");
	scene_namespace(l, "a", "watching=true");
	scene_expect(l, "and has it again",
		     "a_foomap 10.0.0.0:80 tcp automap: 10.2.0.0:80\n"
		     "b_foomap 10.0.0.1:80 tcp automap: 10.2.0.9:80\n");
	scene_delete(l, NAMESPACES, "b");
	scene_expect(l, "a namespace is deleted",
		     "a_foomap 10.0.0.0:80 tcp automap: 10.2.0.0:80\n");
}

static void namespace_that_begins_with_a_digit(void **state)
{
	struct lane *l = *state;

	scene_start(l, no_flags);
	put_all(l, "4-default-rack", "10.0.0.1", "10.2.0.1");
	scene_configmap(l, "4-default-rack/barmap", "foo:80",
			"'virtualAddress':{'bindAddr':'10.0.0.2','port':80}");
	scene_expect(l, "two virtuals",
		     "cfgmap_4-default-rack_barmap 10.0.0.2:80 tcp automap: 10.2.0.1:80\n"
		     "cfgmap_4-default-rack_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80\n");
	scene_delete(l, CONFIGMAPS, "4-default-rack/barmap");
	scene_expect(l, "each has a pool of its own",
		     "cfgmap_4-default-rack_foomap 10.0.0.1:80 tcp automap: 10.2.0.1:80\n");
	assert_int_equal(generation(l, "/mgmt/tm/ltm/pool/"
				       "~K8S~cfgmap_4-default-rack_foomap_foo") > 0,
			 true);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, lane_setup, lane_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(another_mode_overwrites),
		ROW(another_mode_overwrites_nodeport),
		ROW(service_port_changes),
		ROW(service_port_changes_nodeport),
		ROW(service_name_changes),
		ROW(configmap_keys),
		ROW(snat_pool),
		ROW(taken_out_of_our_hands),
		ROW(pool_only_cluster),
		ROW(pool_only_nodeport),
		ROW(without_endpoints),
		ROW(endpoints_change),
		ROW(service_deleted_and_added_again),
		ROW(configmaps_come_and_go),
		ROW(several_configmaps_on_one_service),
		ROW(iapp_in_cluster_mode),
		ROW(concurrent_updates),
		ROW(namespaces_are_isolated),
		ROW(services_of_other_namespaces_do_not_count),
		ROW(several_namespaces),
		ROW(namespace_labels),
		ROW(namespace_that_begins_with_a_digit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
