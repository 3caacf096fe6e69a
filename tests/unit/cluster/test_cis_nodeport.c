/*
 * What the tests of k8s-bigip-ctlr ask of --pool-member-type=nodeport: the node addresses, the
 * script of ConfigMaps, Services and nodes that come, change and go, and Services that cannot be
 * had that way. docs/compatibility.md says which of its cases is which test.
 */
#include "scene.h"

#include "common/base/json.h"
#include "common/base/mem.h"

#define FRONT(port)                                                                                \
	"'balance':'round-robin','mode':'http',"                                                   \
	"'virtualAddress':{'bindAddr':'10.128.10.240','port':" port "}"
#define LINE(cm, port) "default_" cm " 10.128.10.240:" port " http+tcp automap:"

static const char *const external[] = {"--pool-member-type=nodeport", "--use-node-internal=false",
				       NULL};
static const char *const internal[] = {"--pool-member-type=nodeport", NULL};

static void processes_updates(void **state)
{
	struct lane *l = *state;

	scene_start(l, external);
	scene_node(l, "node0", "ext:127.0.0.0 cordoned");
	scene_node(l, "node1", "ext:127.0.0.1");
	scene_node(l, "node2", "ext:127.0.0.2");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_configmap(l, "default/barmap", "bar:80", FRONT("6051"));
	LANE_WAIT(l, lane_in_state(l, APP_INACTIVE) == 2);
	scene_expect(l, "two ConfigMaps, no Service", "");

	scene_service(l, "default/foo", "NodePort",
		      "p80=80:30001 p8080=8080:30801 p9090=9090:30901");
	scene_expect(l, "a Service",
		     LINE("foomap", "5051") " 127.0.0.0:30001 127.0.0.1:30001 127.0.0.2:30001\n");
	scene_service(l, "default/bar", "NodePort", "80:30701");
	scene_expect(
		l, "a second Service",
		LINE("barmap", "6051") " 127.0.0.0:30701 127.0.0.1:30701 127.0.0.2:30701\n" LINE(
			"foomap", "5051") " 127.0.0.0:30001 127.0.0.1:30001 127.0.0.2:30001\n");

	scene_configmap(l, "default/foomap8080", "foo:8080", FRONT("5052"));
	scene_configmap(l, "default/foomap9090", "foo:9090", FRONT("5053"));
	scene_node(l, "node3", "ext:127.0.0.3");
	scene_expect(
		l, "two more ports, one more node",
		LINE("barmap",
		     "6051") " 127.0.0.0:30701 127.0.0.1:30701 127.0.0.2:30701 "
			     "127.0.0.3:30701\n" LINE(
				     "foomap",
				     "5051") " 127.0.0.0:30001 127.0.0.1:30001 "
					     "127.0.0.2:30001 "
					     "127.0.0.3:30001\n" LINE(
						     "foomap8080",
						     "5052") " 127."
							     "0.0."
							     "0:"
							     "30801"
							     " 127."
							     "0.0."
							     "1:"
							     "30801"
							     " 127."
							     "0.0."
							     "2:"
							     "30801"
							     " 127."
							     "0.0."
							     "3:"
							     "30801"
							     "\n" LINE("foomap9090",
								       "5053") " 127.0.0.0:30901 "
									       "127.0.0.1:30901 "
									       "127.0.0.2:30901 "
									       "127.0.0.3:30901\n");

	scene_delete(l, CONFIGMAPS, "default/foomap9090");
	scene_delete(l, CONFIGMAPS, "default/foomap8080");
	scene_expect(l, "two ConfigMaps deleted",
		     LINE("barmap", "6051") " 127.0.0.0:30701 127.0.0.1:30701 127.0.0.2:30701 "
					    "127.0.0.3:30701\n" LINE(
						    "foomap",
						    "5051") " 127.0.0.0:30001 127.0.0.1:30001 "
							    "127.0.0.2:30001 127.0.0.3:30001\n");
	scene_delete_node(l, "node0");
	scene_delete_node(l, "node1");
	scene_delete_node(l, "node2");
	scene_expect(l, "three nodes deleted",
		     LINE("barmap", "6051") " 127.0.0.3:30701\n" LINE("foomap",
								      "5051") " 127.0.0.3:30001\n");
	scene_delete(l, CONFIGMAPS, "default/foomap");
	scene_expect(l, "the ConfigMap deleted", LINE("barmap", "6051") " 127.0.0.3:30701\n");
	scene_delete(l, SERVICES, "default/bar");
	scene_expect(l, "the Service deleted", "");
}

static void service_ports_removed_and_added_again(void **state)
{
	struct lane *l = *state;

	scene_node(l, "node-1", "int:127.0.0.0");
	scene_start(l, internal);
	scene_service(l, "default/foo", "NodePort", "a=80:30001 b=8080:30801 c=9090:30901");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_configmap(l, "default/foomap8080", "foo:8080", FRONT("5052"));
	scene_configmap(l, "default/foomap9090", "foo:9090", FRONT("5053"));
	scene_expect(l, "three ports",
		     LINE("foomap", "5051") " 127.0.0.0:30001\n" LINE(
			     "foomap8080",
			     "5052") " 127.0.0.0:30801\n" LINE("foomap9090",
							       "5053") " 127.0.0.0:30901\n");
	scene_service(l, "default/foo", "NodePort", "a=80:30001");
	scene_expect(l, "one is left", LINE("foomap", "5051") " 127.0.0.0:30001\n");
	LANE_WAIT(l, lane_in_state(l, APP_INACTIVE) == 2);
	LANE_WAIT(l, scene_event(l, "default/foomap9090", "ServicePortNotFound"));
	scene_service(l, "default/foo", "NodePort", "a=80:30002 b=8080:30454");
	scene_expect(l, "one is back, both have another nodePort",
		     LINE("foomap", "5051") " 127.0.0.0:30002\n" LINE("foomap8080",
								      "5052") " 127.0.0.0:30454\n");
}

static void other_service_types_have_no_members(void **state)
{
	struct lane *l = *state;

	scene_start(l, internal);
	scene_service(l, "default/foo", "ClusterIP", "80");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_expect(l, "ClusterIP", LINE("foomap", "5051") "\n");
	LANE_WAIT(l, scene_event(l, "default/foomap", "IncorrectBackendServiceType"));
	scene_service(l, "default/foo", "NodePort", "80:30001");
	scene_expect(l, "NodePort", LINE("foomap", "5051") " 10.1.0.1:30001\n");
	scene_service(l, "default/foo", "LoadBalancer", "80:30002");
	scene_expect(l, "LoadBalancer", LINE("foomap", "5051") " 10.1.0.1:30002\n");
	scene_service(l, "default/foo", "ClusterIP", "80");
	scene_expect(l, "ClusterIP again", LINE("foomap", "5051") "\n");
}

static const struct choice_case {
	const char *name, *flags[3], *want;
} choices[] = {
	{"external addresses, wherever pods may be scheduled",
	 {"--use-node-internal=false", NULL},
	 " 127.0.0.0:30001 127.0.0.1:30001 127.0.0.2:30001 127.0.0.3:30001 127.0.0.6:30001"},
	{"internal addresses", {"--use-node-internal=true", NULL}, " 127.0.0.4:30001"},
	{"the default is internal", {NULL}, " 127.0.0.4:30001"},
	{"a selector",
	 {"--use-node-internal=false", "--node-label-selector=zone=a", NULL},
	 " 127.0.0.0:30001 127.0.0.2:30001"},
	{"a selector that no node has", {"--node-label-selector=zone in (c)", NULL}, ""},
};

static void node_addresses(void **state)
{
	struct lane *l = *state;

	scene_delete_node(l, "node-1");
	scene_node(l, "node0", "ext:127.0.0.0 cordoned label:zone=a");
	scene_node(l, "node1", "ext:127.0.0.1");
	scene_node(l, "node2", "ext:127.0.0.2 tainted label:zone=a");
	scene_node(l, "node3", "ext:127.0.0.3 label:zone=b");
	scene_node(l, "node4", "int:127.0.0.4 label:zone=b");
	scene_node(l, "node5", "host:node5");
	scene_node(l, "node6", "ext:127.0.0.6 tainted");
	scene_node(l, "node7", "ext:127.0.0.7 int:127.0.0.8 notready label:zone=a");
	scene_service(l, "default/foo", "NodePort", "80:30001");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	for (size_t i = 0; i < ARRAY_LEN(choices); i++) {
		const struct choice_case *c = &choices[i];
		const char *flags[5] = {"--pool-member-type=nodeport"};
		autofree char *want = mem_printf(LINE("foomap", "5051") "%s\n", c->want);

		memcpy(&flags[1], c->flags, sizeof(c->flags));
		scene_start(l, flags);
		scene_expect(l, c->name, want);
		if (i == 0) /* node4 and node5 */
			assert_string_equal(
				apps_get(&l->cluster->apps, "default", "foomap")->message,
				"2 nodes are left out: they lack an address of the wanted type");
		lane_stop(l);
	}
}

static void node_updates(void **state)
{
	struct lane *l = *state;
	const char *const flags[] = {"--pool-member-type=nodeport",
				     "--node-label-selector=role=worker", NULL};
	uint64_t writes;

	scene_start(l, flags);
	scene_service(l, "default/foo", "NodePort", "80:30001");
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
	scene_expect(l, "no node fits", LINE("foomap", "5051") "\n");
	scene_node(l, "a", "int:10.1.0.2 label:role=worker");
	scene_node(l, "b", "int:10.1.0.3 ext:127.0.0.3 label:role=worker");
	scene_expect(l, "two fit", LINE("foomap", "5051") " 10.1.0.2:30001 10.1.0.3:30001\n");
	writes = l->cluster->writes;
	scene_node(l, "a", "int:10.1.0.2 cordoned label:role=worker");
	scene_node(l, "a", "int:10.1.0.9 label:role=worker");
	scene_expect(l, "another address",
		     LINE("foomap", "5051") " 10.1.0.3:30001 10.1.0.9:30001\n");
	assert_int_equal(l->cluster->writes, writes + 1); /* the rest does not concern us */
	scene_node(l, "a", "int:10.1.0.9 label:role=master");
	scene_expect(l, "another label", LINE("foomap", "5051") " 10.1.0.3:30001\n");
	scene_node(l, "b", "int:10.1.0.3 notready label:role=worker");
	scene_expect(l, "not ready", LINE("foomap", "5051") "\n");
	scene_node(l, "b", "int:10.1.0.3 label:role=worker");
	scene_expect(l, "ready again", LINE("foomap", "5051") " 10.1.0.3:30001\n");
	scene_delete_node(l, "b");
	scene_expect(l, "deleted", LINE("foomap", "5051") "\n");
}

#define IAPP(port)                                                                                 \
	"'iapp':'/Common/f5.http','iappOptions':{'description':'a test'},'iappVariables':"         \
	"{'pool__addr':'127.0.0.1','pool__port':'" port "'},'iappPoolMemberTable':{'name':"        \
	"'pool__members','columns':[{'name':'addr','kind':'IPAddress'},{'name':'port','kind':"     \
	"'Port'},{'name':'connection_limit','value':'0'}]}"

static void processes_iapp_updates(void **state)
{
	struct lane *l = *state;

	scene_delete_node(l, "node-1");
	scene_node(l, "node0", "int:192.168.0.0 cordoned");
	scene_node(l, "node1", "int:192.168.0.1");
	scene_node(l, "node2", "int:192.168.0.2");
	scene_node(l, "node3", "ext:192.168.0.3");
	scene_start(l, internal);
	scene_configmap(l, "default/iapp1map", "iapp1:80", IAPP("8080"));
	scene_configmap(l, "default/iapp2map", "iapp2:80", IAPP("4430"));
	scene_service(l, "default/iapp1", "NodePort", "80:30101");
	scene_service(l, "default/iapp2", "NodePort", "80:30202");
	scene_expect(
		l, "Services",
		"iapp default_iapp1map: 192.168.0.0:30101 192.168.0.1:30101 192.168.0.2:30101\n"
		"iapp default_iapp2map: 192.168.0.0:30202 192.168.0.1:30202 192.168.0.2:30202\n");
	scene_node(l, "node4", "int:192.168.0.4");
	scene_delete_node(l, "node1");
	scene_delete_node(l, "node2");
	scene_expect(l, "other nodes",
		     "iapp default_iapp1map: 192.168.0.0:30101 192.168.0.4:30101\n"
		     "iapp default_iapp2map: 192.168.0.0:30202 192.168.0.4:30202\n");
	scene_delete(l, CONFIGMAPS, "default/iapp1map");
	scene_expect(l, "a ConfigMap deleted",
		     "iapp default_iapp2map: 192.168.0.0:30202 192.168.0.4:30202\n");
	scene_delete(l, SERVICES, "default/iapp2");
	scene_expect(l, "a Service deleted", "");
}

/* ---- everything at once: the order must not matter ---- */

static void all_nodes(struct lane *l)
{
	scene_node(l, "node0", "ext:127.0.0.0 cordoned");
	scene_node(l, "node1", "ext:127.0.0.1");
	scene_node(l, "node2", "ext:127.0.0.2");
}

static void foo_map(struct lane *l)
{
	scene_configmap(l, "default/foomap", "foo:80", FRONT("5051"));
}

static void bar_map(struct lane *l)
{
	scene_configmap(l, "default/barmap", "bar:80", FRONT("6051"));
}

static void foo_service(struct lane *l)
{
	scene_service(l, "default/foo", "NodePort", "80:30001");
}

static void bar_service(struct lane *l)
{
	scene_service(l, "default/bar", "NodePort", "80:30701");
}

static void other_nodes(struct lane *l)
{
	scene_delete_node(l, "node0");
	scene_node(l, "node3", "ext:127.0.0.3");
	scene_delete_node(l, "node1");
	scene_delete_node(l, "node2");
}

static void no_foo_map(struct lane *l)
{
	scene_delete(l, CONFIGMAPS, "default/foomap");
}

static void no_foo_service(struct lane *l)
{
	scene_delete(l, SERVICES, "default/foo");
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* in an order of their own per @seed, some at once and some with a turn of the loop between */
static void do_all(struct lane *l, void (*const *changes)(struct lane *), size_t n, uint32_t *seed)
{
	bool done[8] = {false};

	for (size_t left = n; left > 0; left--) {
		size_t pick = next_random(seed) % left, i = 0;

		while (done[i] || pick-- > 0)
			i++;
		done[i] = true;
		changes[i](l);
		if (next_random(seed) & 1)
			lane_turn(l);
	}
}

static void concurrent_updates(void **state)
{
	static void (*const come[])(struct lane *) = {all_nodes, foo_map, bar_map, foo_service,
						      bar_service};
	static void (*const go[])(struct lane *) = {other_nodes, no_foo_map, no_foo_service};
	struct lane *l = *state;

	for (uint32_t round = 1; round <= 8; round++) {
		uint32_t seed = round;

		if (round % 4 == 1) { /* more deletes in one window would be held */
			lane_stop(l);
			scene_start(l, external);
		}
		print_message("round %u\n", round);
		do_all(l, come, ARRAY_LEN(come), &seed);
		if (round > 1)
			scene_delete_node(l, "node3");
		scene_expect(
			l, "all at once",
			LINE("barmap", "6051") " 127.0.0.0:30701 127.0.0.1:30701 "
					       "127.0.0.2:30701\n" LINE(
						       "foomap",
						       "5051") " 127.0.0.0:30001 127.0.0.1:30001 "
							       "127.0.0.2:30001\n");
		do_all(l, go, ARRAY_LEN(go), &seed);
		scene_expect(l, "most go at once", LINE("barmap", "6051") " 127.0.0.3:30701\n");
	}
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, lane_setup, lane_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(processes_updates),
		ROW(service_ports_removed_and_added_again),
		ROW(other_service_types_have_no_members),
		ROW(node_addresses),
		ROW(node_updates),
		ROW(processes_iapp_updates),
		ROW(concurrent_updates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
