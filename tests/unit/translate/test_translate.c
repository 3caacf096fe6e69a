/* ConfigMap, Service, endpoints and nodes -> objects of the BIG-IP, as a table of small clusters.
 */
#include "check.h"

#include <stdlib.h>

#include "world.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define V7               "f5schemadb://bigip-virtual-server_v0.1.7.json"
#define BACKEND          "'backend': {'serviceName': 'foo', 'servicePort': 80}"
#define BACKEND_AT(port) "'backend': {'serviceName': 'foo', 'servicePort': " #port "}"
#define MONITORS(m)                                                                                \
	"'backend': {'serviceName': 'foo', 'servicePort': 80, 'healthMonitors': [" m "]}"
#define VS(backend, rest)                                                                          \
	"{'virtualServer': {" backend ", 'frontend': {'partition': 'K8S'" rest "}}}"
#define AT(address) ", 'virtualAddress': {'bindAddr': '" address "', 'port': 80}"
#define PLAIN       VS(BACKEND, AT("10.1.1.1"))

#define NODE(name, ip)                                                                             \
	"N {'metadata': {'name': '" name "'}, 'status': {'addresses': "                            \
	"[{'type': 'InternalIP', 'address': '" ip "'}]}}\n"
#define NODES                    NODE("n1", "192.168.0.1") NODE("n2", "192.168.0.2")
#define SERVICE(spec)            "S {'metadata': {'name': 'foo'}, 'spec': {" spec "}}\n"
#define PORT80                   SERVICE("'ports': [{'port': 80, 'targetPort': 8080}]")
#define ENDPOINTS(subsets)       "E {'metadata': {'name': 'foo'}, 'subsets': [" subsets "]}\n"
#define SUBSET(addresses, ports) "{'addresses': [" addresses "], 'ports': [" ports "]}"
#define ON(ip, node)             "{'ip': '" ip "', 'nodeName': '" node "'}"
#define SLICE(name, family, endpoints, ports)                                                      \
	"L {'metadata': {'name': 'foo-" name "', 'labels': {'kubernetes.io/service-name': "        \
	"'foo'}}, 'addressType': '" family "', 'endpoints': [" endpoints "], 'ports': [" ports     \
	"]}\n"
#define POD(ip, conditions)                                                                        \
	"{'addresses': ['" ip "'], 'conditions': {" conditions "}, 'nodeName': 'n1'}"
#define READY   "'ready': true, 'serving': true, 'terminating': false"
#define SERVING "'ready': false, 'serving': true, 'terminating': true"
#define STOPPED "'ready': false, 'serving': false, 'terminating': true"
#define UNREADY "'ready': false, 'serving': false, 'terminating': false"
#define TWO_PODS                                                                                   \
	PORT80 ENDPOINTS(SUBSET(ON("10.2.0.1", "n1") ", " ON("10.2.0.2", "n2"), "{'port': 8080}"))

#define POOL(members) "pool cfgmap_default_vs_foo round-robin [" members "]\n"
#define VIRTUAL                                                                                    \
	"virtual default_vs /K8S/10.1.1.1%0:80 from 0.0.0.0%0/0 tcp automap "                      \
	"/K8S/cfgmap_default_vs_foo /Common/tcp\n"
#define TWO "10.2.0.1%0:8080 10.2.0.2%0:8080"

enum { NODEPORT = 1, EXTERNAL = 2, DRAIN = 4, SHARED = 8, NO_NODES = 16 };

static const struct tr_case {
	const char *name;
	const char *ns; /* NULL: default */
	const char *ip; /* annotation */
	const char *data, *world;
	unsigned flags;
	const char *snat;
	uint32_t rd;
	enum tr_state state;
	const char *want; /* without the first line */
	const char *message;
	size_t n_skipped;
} cases[] = {
	{.name = "tcp, defaults",
	 .data = PLAIN,
	 .world = NODES TWO_PODS,
	 .want = POOL(TWO) VIRTUAL},
	{.name = "http, SNAT pool, monitors with defaults",
	 .data = VS(MONITORS("{'protocol': 'http'}, {'protocol': 'tcp', 'timeout': 31}"),
		    ", 'mode': 'http', 'balance': 'least-connections-member'" AT("10.1.1.1")),
	 .world = NODES TWO_PODS,
	 .snat = "SNAT-vlan130",
	 .want = "http monitor cfgmap_default_vs_foo_0_http 5/16 'GET /\\r\\n' ''\n"
		 "tcp monitor cfgmap_default_vs_foo_1_tcp 5/31 '' ''\n"
		 "pool cfgmap_default_vs_foo least-connections-member "
		 "/K8S/cfgmap_default_vs_foo_0_http /K8S/cfgmap_default_vs_foo_1_tcp [" TWO "]\n"
		 "virtual default_vs /K8S/10.1.1.1%0:80 from 0.0.0.0%0/0 tcp snat=SNAT-vlan130 "
		 "/K8S/cfgmap_default_vs_foo /Common/http /Common/tcp\n"},
	{.name = "udp without SNAT",
	 .data = VS(MONITORS("{'protocol': 'udp', 'send': 'x', 'recv': 'y'}"),
		    ", 'mode': 'udp'" AT("10.1.1.1")),
	 .world = NODES TWO_PODS,
	 .snat = "none",
	 .want = "udp monitor cfgmap_default_vs_foo_0_udp 5/16 'x' 'y'\n"
		 "pool cfgmap_default_vs_foo round-robin /K8S/cfgmap_default_vs_foo_0_udp [" TWO
		 "]\n"
		 "virtual default_vs /K8S/10.1.1.1%0:80 from 0.0.0.0%0/0 udp none "
		 "/K8S/cfgmap_default_vs_foo /Common/udp\n"},
	{.name = "SSL profiles: sorted by path, bare names in the default partition, no doubles",
	 .data = VS(BACKEND,
		    ", 'sslProfile': {'f5ProfileNames': ['b', 'Common/z', '/Common/a', 'b']}" AT(
			    "10.1.1.1")),
	 .world = NODES TWO_PODS,
	 .want = POOL(TWO) "virtual default_vs /K8S/10.1.1.1%0:80 from 0.0.0.0%0/0 tcp automap "
			   "/K8S/cfgmap_default_vs_foo /Common/a=clientside /Common/tcp "
			   "/Common/z=clientside /first/b=clientside\n"},
	{.name = "pool only without virtualAddress",
	 .data = VS(BACKEND, ""),
	 .ip = "10.9.9.9",
	 .world = NODES TWO_PODS,
	 .want = POOL(TWO),
	 .message = "pool only: no virtualAddress"},
	{.name = "pool only without bindAddr",
	 .data = VS(BACKEND, ", 'virtualAddress': {'port': 80}"),
	 .world = NODES TWO_PODS,
	 .want = POOL(TWO),
	 .message = "pool only: no bindAddr and no annotation virtual-server.f5.com/ip"},
	{.name = "address of the annotation",
	 .data = VS(BACKEND, ", 'virtualAddress': {'port': 80}"),
	 .ip = "10.1.1.1",
	 .world = NODES TWO_PODS,
	 .want = POOL(TWO) VIRTUAL},
	{.name = "the virtual's route domain is its own, members are in the partition's",
	 .data = VS(BACKEND, AT("10.1.1.1%5")),
	 .world = NODES TWO_PODS,
	 .rd = 7,
	 .want = POOL(
		 "10.2.0.1%7:8080 10.2.0.2%7:8080") "virtual default_vs /K8S/10.1.1.1%5:80 from "
						    "0.0.0.0%5/0 tcp automap "
						    "/K8S/cfgmap_default_vs_foo /Common/tcp\n"},
	{.name = "a virtual without a route domain is in the partition's",
	 .data = PLAIN,
	 .world = NODES TWO_PODS,
	 .rd = 7,
	 .want = POOL(
		 "10.2.0.1%7:8080 10.2.0.2%7:8080") "virtual default_vs /K8S/10.1.1.1%7:80 from "
						    "0.0.0.0%7/0 tcp automap "
						    "/K8S/cfgmap_default_vs_foo /Common/tcp\n"},
	{.name = "IPv6 keeps the text of its address",
	 .data = VS(BACKEND, AT("2001:DB8:0::1%5")),
	 .world = NODES PORT80 ENDPOINTS(SUBSET(ON("fd00::1", "n1"), "{'port': 8080}")),
	 .want = POOL("fd00::1%0.8080") "virtual default_vs /K8S/2001:DB8:0::1%5.80 from ::%5/0 "
					"tcp automap "
					"/K8S/cfgmap_default_vs_foo /Common/tcp\n"},
	{.name = "namespace that starts with a digit",
	 .ns = "4-rack",
	 .data = PLAIN,
	 .world = "S {'metadata': {'name': 'foo', 'namespace': '4-rack'}, 'spec': {'ports': "
		  "[{'port': 80}]}}\n"
		  "E {'metadata': {'name': 'foo', 'namespace': '4-rack'}, 'subsets': []}\n",
	 .want = "pool cfgmap_4-rack_vs_foo round-robin []\n"
		 "virtual cfgmap_4-rack_vs /K8S/10.1.1.1%0:80 from 0.0.0.0%0/0 tcp automap "
		 "/K8S/cfgmap_4-rack_vs_foo /Common/tcp\n"},
	{.name = "digit namespace taken over from k8s-bigip-ctlr",
	 .ns = "4-rack",
	 .data = VS(MONITORS("{'protocol': 'tcp'}"), ""),
	 .flags = SHARED,
	 .world = "S {'metadata': {'name': 'foo', 'namespace': '4-rack'}, 'spec': {'ports': "
		  "[{'port': 80}]}}\n"
		  "E {'metadata': {'name': 'foo', 'namespace': '4-rack'}, 'subsets': []}\n",
	 .want = "tcp monitor cfgmap_4-rack_4-rack_foo_0_tcp 5/16 '' ''\n"
		 "pool cfgmap_4-rack_4-rack_foo round-robin /K8S/cfgmap_4-rack_4-rack_foo_0_tcp "
		 "[]\n",
	 .message = "pool only: no virtualAddress"},
	{.name = "a shared pool name is for digit namespaces only",
	 .data = VS(BACKEND, ""),
	 .world = NODES TWO_PODS,
	 .flags = SHARED,
	 .want = POOL(TWO),
	 .message = "pool only: no virtualAddress"},

	/* what is missing */
	{.name = "no Service",
	 .data = PLAIN,
	 .world = NODES,
	 .state = TR_NO_SERVICE,
	 .want = "",
	 .message = "Service default/foo does not exist"},
	{.name = "the Service of another namespace does not count",
	 .data = PLAIN,
	 .world = NODES "S {'metadata': {'name': 'foo', 'namespace': 'other'}, 'spec': {'ports': "
			"[{'port': 80}]}}\n",
	 .state = TR_NO_SERVICE,
	 .want = "",
	 .message = "Service default/foo does not exist"},
	{.name = "a nodePort or targetPort is no servicePort",
	 .data = VS(BACKEND_AT(30001), AT("10.1.1.1")),
	 .world = NODES SERVICE(
		 "'type': 'NodePort', 'ports': [{'name': 'a', 'port': 80, 'nodePort': "
		 "30001}, {'name': 'b', 'port': 443, 'targetPort': 30001}]"),
	 .state = TR_NO_PORT,
	 .want = "",
	 .message = "Service default/foo has no port 30001; its ports: 80, 443"},
	{.name = "no Endpoints",
	 .data = PLAIN,
	 .world = NODES PORT80,
	 .state = TR_NO_ENDPOINTS,
	 .want = POOL("") VIRTUAL,
	 .message = "Service default/foo has no endpoints"},
	{.name = "empty Endpoints keep virtual and pool",
	 .data = PLAIN,
	 .world = NODES PORT80 ENDPOINTS(""),
	 .want = POOL("") VIRTUAL},

	/* ports */
	{.name = "several named ports: the name joins them, not the number",
	 .data = VS(BACKEND_AT(443), AT("10.1.1.1")),
	 .world = NODES SERVICE("'ports': [{'name': 'web', 'port': 80, 'targetPort': 'http'}, "
				"{'name': 'tls', 'port': 443, 'targetPort': 'https'}]")
		 ENDPOINTS(SUBSET(ON("10.2.0.1", "n1"),
				  "{'name': 'web', 'port': 8080}, {'name': 'tls', 'port': 8443}")),
	 .want = POOL("10.2.0.1%0:8443") VIRTUAL},
	{.name = "a named targetPort may differ from pod to pod",
	 .data = PLAIN,
	 .world = NODES SERVICE("'ports': [{'name': 'web', 'port': 80, 'targetPort': 'http'}]")
		 ENDPOINTS(
			 SUBSET(ON("10.2.0.1", "n1"), "{'name': 'web', 'port': 8080}") ", " SUBSET(
				 ON("10.2.0.2", "n2"), "{'name': 'web', 'port': 9090}")),
	 .want = POOL("10.2.0.1%0:8080 10.2.0.2%0:9090") VIRTUAL},
	{.name = "one number as TCP and UDP: tcp mode takes the TCP port",
	 .data = PLAIN,
	 .world = NODES SERVICE(
		 "'ports': [{'name': 'u', 'port': 80, 'protocol': 'UDP'}, {'name': 't', "
		 "'port': 80, 'protocol': 'TCP'}]")
		 ENDPOINTS(SUBSET(ON("10.2.0.1", "n1"),
				  "{'name': 'u', 'port': 1, 'protocol': 'UDP'}, "
				  "{'name': 't', 'port': 2}")),
	 .want = POOL("10.2.0.1%0:2") VIRTUAL},
	{.name = "one number as TCP and UDP: udp mode takes the UDP port",
	 .data = VS(BACKEND, ", 'mode': 'udp'"),
	 .world = NODES SERVICE(
		 "'ports': [{'name': 't', 'port': 80, 'protocol': 'TCP'}, {'name': 'u', "
		 "'port': 80, 'protocol': 'UDP'}]")
		 ENDPOINTS(SUBSET(ON("10.2.0.1", "n1"),
				  "{'name': 'u', 'port': 1, 'protocol': 'UDP'}, "
				  "{'name': 't', 'port': 2}")),
	 .want = POOL("10.2.0.1%0:1"),
	 .message = "pool only: no virtualAddress"},
	{.name = "the only port of that number is taken whatever its protocol",
	 .data = VS(BACKEND, ", 'mode': 'udp'"),
	 .world = NODES TWO_PODS,
	 .want = POOL(TWO),
	 .message = "pool only: no virtualAddress"},

	{.name = "hand-made slice with one name for two protocols: the Service's counts",
	 .data = PLAIN,
	 .world = NODES SERVICE("'ports': [{'name': 'web', 'port': 80}]")
		 SLICE("a", "IPv4", POD("10.2.0.1", READY),
		       "{'name': 'web', 'port': 1, 'protocol': 'UDP'}, {'name': 'web', 'port': 2}"),
	 .want = POOL("10.2.0.1%0:2") VIRTUAL},
	{.name = "hand-made slice with another protocol than the Service: it is meant all the same",
	 .data = PLAIN,
	 .world = NODES SERVICE("'ports': [{'name': 'web', 'port': 80}]")
		 SLICE("a", "IPv4", POD("10.2.0.1", READY),
		       "{'name': 'web', 'port': 1, 'protocol': 'UDP'}"),
	 .want = POOL("10.2.0.1%0:1") VIRTUAL},

	/* endpoints */
	{.name = "not ready addresses are left out",
	 .data = PLAIN,
	 .world = NODES PORT80
	 "E {'metadata': {'name': 'foo'}, 'subsets': [{'notReadyAddresses': [{'ip': '10.2.0.9'}], "
	 "'addresses': [{'ip': '10.2.0.1'}], 'ports': [{'port': 8080}]}]}\n",
	 .want = POOL("10.2.0.1%0:8080") VIRTUAL},
	{.name = "an address on an unknown node is skipped, one without a node is not",
	 .data = PLAIN,
	 .world = NODES PORT80 ENDPOINTS(
		 SUBSET("{'ip': '10.2.0.3'}, " ON("10.2.0.1", "n1") ", " ON("10.2.0.2", "gone"),
			"{'port': 8080}")),
	 .want = POOL("10.2.0.1%0:8080 10.2.0.3%0:8080") VIRTUAL,
	 .n_skipped = 1},
	{.name = "a node without an address of the wanted type does not count",
	 .data = PLAIN,
	 .flags = EXTERNAL,
	 .world = NODES TWO_PODS,
	 .want = POOL("") VIRTUAL,
	 .n_skipped = 2},
	{.name = "without a view of the nodes all count",
	 .data = PLAIN,
	 .flags = NO_NODES,
	 .world = TWO_PODS,
	 .want = POOL(TWO) VIRTUAL},
	{.name = "headless Services need no node",
	 .data = PLAIN,
	 .world = SERVICE("'clusterIP': 'None', 'ports': [{'port': 80}]")
		 ENDPOINTS(SUBSET(ON("10.2.0.1", "gone"), "{'port': 8080}")),
	 .want = POOL("10.2.0.1%0:8080") VIRTUAL},
	{.name = "nor does the API server",
	 .data = PLAIN,
	 .world = "S {'metadata': {'name': 'foo', 'labels': {'component': 'apiserver', 'provider': "
		  "'kubernetes'}}, 'spec': {'ports': [{'port': 80}]}}\n" ENDPOINTS(
			  SUBSET(ON("10.2.0.1", "gone"), "{'port': 8080}")),
	 .want = POOL("10.2.0.1%0:8080") VIRTUAL},
	{.name = "duplicates are removed and the order does not matter",
	 .data = PLAIN,
	 .world = NODES PORT80 SLICE("a", "IPv4",
				     POD("10.2.0.2", READY) ", " POD("10.2.0.1", READY),
				     "{'name': '', 'port': 8080}")
		 SLICE("b", "IPv4", POD("10.2.0.1", READY) ", " POD("10.2.0.2", UNREADY),
		       "{'name': '', 'port': 8080}"),
	 .want = POOL(TWO) VIRTUAL},
	{.name = "dual stack: an IPv4 virtual has the pods once, as IPv4",
	 .data = PLAIN,
	 .world = NODES PORT80 SLICE("a", "IPv6", POD("fd00::1", READY),
				     "{'name': '', 'port': 8080}")
		 SLICE("b", "IPv4", POD("10.2.0.1", READY), "{'name': '', 'port': 8080}"),
	 .want = POOL("10.2.0.1%0:8080") VIRTUAL},
	{.name = "dual stack: an IPv6 virtual has them as IPv6",
	 .data = VS(BACKEND, AT("2001:db8::1")),
	 .world = NODES PORT80 SLICE("a", "IPv6", POD("fd00::1", READY),
				     "{'name': '', 'port': 8080}")
		 SLICE("b", "IPv4", POD("10.2.0.1", READY), "{'name': '', 'port': 8080}"),
	 .want = POOL("fd00::1%0.8080") "virtual default_vs /K8S/2001:db8::1%0.80 from ::%0/0 tcp "
					"automap "
					"/K8S/cfgmap_default_vs_foo /Common/tcp\n"},
	{.name = "an IPv4 virtual in front of IPv6 pods",
	 .data = PLAIN,
	 .world = NODES PORT80 SLICE("a", "IPv6", POD("fd00::1", READY),
				     "{'name': '', 'port': 8080}")
		 SLICE("b", "IPv6", POD("fd00::2", READY), "{'name': '', 'port': 8080}"),
	 .want = POOL("fd00::1%0.8080 fd00::2%0.8080") VIRTUAL},
	{.name = "terminating endpoints go at once without draining",
	 .data = PLAIN,
	 .world = NODES PORT80 SLICE("a", "IPv4",
				     POD("10.2.0.1", READY) ", " POD("10.2.0.2", SERVING),
				     "{'name': '', 'port': 8080}"),
	 .want = POOL("10.2.0.1%0:8080") VIRTUAL},
	{.name = "terminating endpoints that serve are disabled with draining",
	 .data = PLAIN,
	 .flags = DRAIN,
	 .world = NODES PORT80 SLICE("a", "IPv4",
				     POD("10.2.0.1", READY) ", " POD("10.2.0.2", SERVING) ", " POD(
					     "10.2.0.3", STOPPED) ", " POD("10.2.0.4", UNREADY),
				     "{'name': '', 'port': 8080}"),
	 .want = POOL("10.2.0.1%0:8080 10.2.0.2%0:8080 disabled") VIRTUAL},
	{.name = "terminating and ready is publishNotReadyAddresses: stays without draining",
	 .data = PLAIN,
	 .world = NODES PORT80 SLICE(
		 "a", "IPv4",
		 POD("10.2.0.1", "'ready': true, 'serving': true, 'terminating': true"),
		 "{'name': '', 'port': 8080}"),
	 .want = POOL("10.2.0.1%0:8080") VIRTUAL},

	/* nodeport mode */
	{.name = "nodeport: every node at the port's nodePort",
	 .data = PLAIN,
	 .flags = NODEPORT,
	 .world = NODES SERVICE("'type': 'NodePort', 'ports': [{'port': 80, 'nodePort': 30001}]"),
	 .want = POOL("192.168.0.1%0:30001 192.168.0.2%0:30001") VIRTUAL},
	{.name = "nodeport: LoadBalancer Services too, external addresses",
	 .data = PLAIN,
	 .flags = NODEPORT | EXTERNAL,
	 .world = "N {'metadata': {'name': 'n1'}, 'status': {'addresses': [{'type': 'InternalIP', "
		  "'address': '192.168.0.1'}, {'type': 'ExternalIP', 'address': "
		  "'1.1.1.1'}]}}\n" NODE("n2", "192.168.0.2") SERVICE(
			  "'type': 'LoadBalancer', 'ports': [{'port': 80, 'nodePort': 30001}]"),
	 .want = POOL("1.1.1.1%0:30001") VIRTUAL,
	 .n_skipped = 1},
	{.name = "nodeport: dual-stack nodes in the virtual's family",
	 .flags = NODEPORT,
	 .data = PLAIN,
	 .world = "N {'metadata': {'name': 'n1'}, 'status': {'addresses': [{'type': 'InternalIP', "
		  "'address': 'fd00::1'}, {'type': 'InternalIP', 'address': "
		  "'192.168.0.1'}]}}\n" SERVICE(
			  "'type': 'NodePort', 'ports': [{'port': 80, 'nodePort': 30001}]"),
	 .want = POOL("192.168.0.1%0:30001") VIRTUAL},
	{.name = "nodeport: a ClusterIP Service keeps the virtual, without members",
	 .data = PLAIN,
	 .flags = NODEPORT,
	 .world = NODES TWO_PODS,
	 .state = TR_WRONG_SERVICE_TYPE,
	 .want = POOL("") VIRTUAL,
	 .message = "Service default/foo is neither of type NodePort nor LoadBalancer, which "
		    "--pool-member-type=nodeport needs"},
	{.name = "nodeport: a port without a nodePort",
	 .data = PLAIN,
	 .flags = NODEPORT,
	 .world = NODES SERVICE("'type': 'LoadBalancer', 'ports': [{'port': 80}]"),
	 .want = POOL("") VIRTUAL,
	 .message = "port 80 of Service default/foo has no nodePort"},

	/* iApps */
	{.name = "iApp: monitors named after it, tables filled, addresses with route domain",
	 .data = VS(MONITORS("{'protocol': 'tcp'}"),
		    ", 'iapp': '/Common/f5.http', 'iappOptions': {'description': 'd'}, "
		    "'iappVariables': "
		    "{'pool__addr': '10.1.1.1', 'pool__port': '80'}, 'iappTables': {'other': "
		    "{'columns': "
		    "['c'], 'rows': [['1'], ['2']]}}, 'iappPoolMemberTable': {'name': "
		    "'pool__members', "
		    "'columns': [{'name': 'addr', 'kind': 'IPAddress'}, {'name': 'port', 'kind': "
		    "'Port'}, "
		    "{'name': 'limit', 'value': '0'}]}"),
	 .world = NODES TWO_PODS,
	 .rd = 3,
	 .want = "tcp monitor default_vs_0_tcp 5/16 '' ''\n"
		 "iapp default_vs /Common/f5.http\n"
		 " {\"description\":\"d\"}\n"
		 " {\"pool__addr\":\"10.1.1.1%3\",\"pool__port\":\"80\"}\n"
		 " [{\"name\":\"pool__members\",\"columnNames\":[\"addr\",\"port\",\"limit\"],"
		 "\"rows\":"
		 "[{\"row\":[\"10.2.0.1%3\",\"8080\",\"0\"]},{\"row\":[\"10.2.0.2%3\",\"8080\","
		 "\"0\"]}]},"
		 "{\"name\":\"other\",\"columnNames\":[\"c\"],\"rows\":[{\"row\":[\"1\"]},{\"row\":"
		 "[\"2\"]}]}]\n"},
	{.name = "iApp: an explicit route domain stays, what drains is not in the table",
	 .flags = DRAIN,
	 .data = VS(BACKEND,
		    ", 'iapp': '/Common/f5.http', 'iappOptions': {}, 'iappVariables': "
		    "{'pool__addr': '10.1.1.1%9'}, 'iappPoolMemberTable': {'name': 't', 'columns': "
		    "[{'name': 'addr', 'kind': 'IPAddress'}]}"),
	 .world = NODES PORT80 SLICE("a", "IPv4",
				     POD("10.2.0.1", READY) ", " POD("10.2.0.2", SERVING),
				     "{'name': '', 'port': 8080}"),
	 .want = "iapp default_vs /Common/f5.http\n"
		 " {}\n"
		 " {\"pool__addr\":\"10.1.1.1%9\"}\n"
		 " [{\"name\":\"t\",\"columnNames\":[\"addr\"],\"rows\":[{\"row\":[\"10.2.0.1%0\"]}"
		 "]}]\n"},
};

static size_t n_pool_members(const struct bigip_app *app)
{
	size_t n = 0;

	for (size_t i = 0; i < app->n_objects; i++)
		if (app->objects[i]->kind == BIGIP_POOL)
			n += container_of(app->objects[i], struct bigip_pool, o)->n_members;
	return n;
}

static void run(const struct tr_case *c)
{
	struct tr_settings settings = {
		.cluster = !(c->flags & NODEPORT),
		.use_node_internal = !(c->flags & EXTERNAL),
		.snat_pool = c->snat,
		.default_partition = "first",
		.user_agent = "podlane-test",
		.drain = c->flags & DRAIN,
	};
	char *ns = mem_strdup(c->ns ? c->ns : "default");
	char name[] = "vs", schema[] = V7;
	autofree char *data = world_quoted(c->data), *ip = mem_strdup(c->ip), *want = NULL,
		      *got = NULL;
	struct kube_configmap cm = {
		.o = {.kind = KUBE_CONFIGMAP, .ns = ns, .name = name},
		.schema = schema,
		.data = data,
		.ip = ip,
	};
	struct vs_config *config = world_config(&cm);
	struct world w = {0};
	struct tr_status status;
	struct bigip_app app;
	struct tr_input in;

	world_add(&w, c->world);
	in = world_input(&w, &cm.o, config);
	in.default_rd = c->rd;
	in.shared_pool_name = c->flags & SHARED;
	if (c->flags & NO_NODES)
		in.node = NULL;
	tr_app(&settings, &in, &app, &status);
	want = mem_printf("%s/vs in K8S\n%s", ns, c->want);
	got = world_app_text(&app);
	if (!str_eq(want, got))
		fail_row(c->name, "want:\n%sgot:\n%s", want, got);
	if (status.state != c->state || !str_eq(status.message, c->message ? c->message : "") ||
	    status.n_skipped != c->n_skipped)
		fail_row(c->name, "state %d '%s', %zu skipped", status.state, status.message,
			 status.n_skipped);
	if (!config->iapp && status.n_members != n_pool_members(&app))
		fail_row(c->name, "%zu members counted", status.n_members);
	bigip_app_release(&app);
	world_release(&w);
	vs_config_free(config);
	free(ns);
}

static void test_cases(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		run(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
