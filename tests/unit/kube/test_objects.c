/* API JSON to structs: a row is a rule of the decoder */
#include "check.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/objects.h"

#define META                                                                                       \
	"\"metadata\":{\"namespace\":\"ns\",\"name\":\"n\",\"uid\":\"u\",\"resourceVersion\":"     \
	"\"7\"}"
#define META_LABELS(l) "\"metadata\":{\"namespace\":\"ns\",\"name\":\"n\",\"labels\":{" l "}}"

/* an object as text, so that a row can say what it wants */
static void show_set(struct strbuf *b, const struct kube_endpoint_set *s)
{
	char ip[IP_TEXT_MAX];

	str_add(b, "[");
	for (size_t i = 0; i < s->n_ports; i++)
		str_addf(b, "%s:%u/%u ", s->ports[i].name, s->ports[i].port, s->ports[i].protocol);
	for (size_t i = 0; i < s->n_endpoints; i++)
		str_addf(b, "%s%s%s%s@%s ", ip_format(&s->endpoints[i].ip, ip),
			 s->endpoints[i].flags & KUBE_EP_READY ? "R" : "",
			 s->endpoints[i].flags & KUBE_EP_SERVING ? "S" : "",
			 s->endpoints[i].flags & KUBE_EP_TERMINATING ? "T" : "",
			 s->endpoints[i].node ? s->endpoints[i].node : "-");
	str_add(b, "]");
}

static void show_ips(struct strbuf *b, const char *what, const struct ip_addr *list, size_t n)
{
	char ip[IP_TEXT_MAX];

	for (size_t i = 0; i < n; i++)
		str_addf(b, " %s=%s", what, ip_format(&list[i], ip));
}

static void show_labels(struct strbuf *b, const struct kube_label *l, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_addf(b, " %s=%s", l[i].key, l[i].value);
}

static void show(struct strbuf *b, const struct kube_object *o)
{
	const struct kube_configmap *c = (const void *)o;
	const struct kube_service *s = (const void *)o;
	const struct kube_endpoints *e = (const void *)o;
	const struct kube_node *n = (const void *)o;
	const struct kube_namespace *ns = (const void *)o;

	str_addf(b, "%s/%s", o->ns, o->name);
	switch (o->kind) {
	case KUBE_CONFIGMAP:
		str_addf(b, " vs=%d schema=%s data=%s ip=%s status=%s", c->virtual_server,
			 c->schema ? c->schema : "-", c->data ? c->data : "-", c->ip ? c->ip : "-",
			 c->status_ip ? c->status_ip : "-");
		break;
	case KUBE_SERVICE:
		str_addf(b, " type=%u headless=%d apiserver=%d", s->type, s->headless,
			 s->apiserver);
		for (size_t i = 0; i < s->n_ports; i++)
			str_addf(b, " %s:%u:%u/%u", s->ports[i].name, s->ports[i].port,
				 s->ports[i].node_port, s->ports[i].protocol);
		break;
	case KUBE_ENDPOINTS:
		str_addf(b, " of=%s", e->service);
		for (size_t i = 0; i < e->n_sets; i++)
			show_set(b, &e->sets[i]);
		break;
	case KUBE_NODE:
		str_addf(b, " ready=%d unschedulable=%d", n->ready, n->unschedulable);
		show_ips(b, "int", n->internal, n->n_internal);
		show_ips(b, "ext", n->external, n->n_external);
		show_labels(b, n->labels, n->n_labels);
		break;
	case KUBE_NAMESPACE:
		show_labels(b, ns->labels, ns->n_labels);
		break;
	default:
		break;
	}
}

static const struct row {
	const char *name;
	enum kube_kind kind;
	bool slice;
	const char *json;
	const char *want; /* begins with '!': the error holds this */
} rows[] = {
	{"configmap of the seeds", KUBE_CONFIGMAP, false,
	 "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\"," META_LABELS(
		 "\"f5type\":\"virtual-server\"") ",\"data\":{\"schema\":\"s\",\"data\":\"d\","
						  "\"x\":\"y\"}}",
	 "ns/n vs=1 schema=s data=d ip=- status=-"},
	{"configmap without data", KUBE_CONFIGMAP, false, "{" META "}",
	 "ns/n vs=0 schema=- data=- ip=- status=-"},
	{"configmap data: null is absent", KUBE_CONFIGMAP, false, "{" META ",\"data\":null}",
	 "ns/n vs=0 schema=- data=- ip=- status=-"},
	{"as3 label takes it away from us", KUBE_CONFIGMAP, false,
	 "{" META_LABELS("\"f5type\":\"virtual-server\",\"as3\":\"true\"") "}",
	 "ns/n vs=0 schema=- data=- ip=- status=-"},
	{"annotations", KUBE_CONFIGMAP, false,
	 "{\"metadata\":{\"name\":\"n\",\"annotations\":{\"virtual-server.f5.com/"
	 "ip\":\"1.2.3.4\",\"status.virtual-server.f5.com/ip\":\"1.2.3.4%2\"}}}",
	 "/n vs=0 schema=- data=- ip=1.2.3.4 status=1.2.3.4%2"},
	{"empty data stays a string", KUBE_CONFIGMAP, false, "{" META ",\"data\":{\"data\":\"\"}}",
	 "ns/n vs=0 schema=- data= ip=- status=-"},
	{"data that is not text", KUBE_CONFIGMAP, false, "{" META ",\"data\":{\"data\":{\"a\":1}}}",
	 "!ConfigMap 'ns/n': data.data must be a string, is an object"},
	{"data that is not a map", KUBE_CONFIGMAP, false, "{" META ",\"data\":[]}",
	 "!data must be an object, is an array"},
	{"NUL in a string", KUBE_CONFIGMAP, false, "{" META ",\"data\":{\"data\":\"a\\u0000b\"}}",
	 "!data.data holds a NUL byte"},
	{"no name", KUBE_CONFIGMAP, false, "{\"metadata\":{}}", "!metadata.name is missing"},
	{"no metadata", KUBE_CONFIGMAP, false, "{}", "!metadata.name is missing"},
	{"metadata of a wrong type", KUBE_CONFIGMAP, false, "{\"metadata\":3}",
	 "!metadata must be an object, is an integer"},
	{"not an object", KUBE_CONFIGMAP, false, "[1]", "!must be an object, is an array"},
	{"another kind", KUBE_CONFIGMAP, false, "{\"kind\":\"Pod\"," META "}",
	 "!kind must be 'ConfigMap', is 'Pod'"},

	{"service", KUBE_SERVICE, false,
	 "{" META
	 ",\"spec\":{\"type\":\"NodePort\",\"clusterIP\":\"10.0.0.1\",\"ports\":[{\"name\":\"h\","
	 "\"port\":80,\"nodePort\":30080},{\"port\":53,\"protocol\":\"UDP\"}]}}",
	 "ns/n type=1 headless=0 apiserver=0 h:80:30080/0 :53:0/1"},
	{"headless service without ports", KUBE_SERVICE, false,
	 "{" META ",\"spec\":{\"clusterIP\":\"None\"}}", "ns/n type=0 headless=1 apiserver=0"},
	{"service without spec", KUBE_SERVICE, false, "{" META "}",
	 "ns/n type=0 headless=0 apiserver=0"},
	{"the API server's service", KUBE_SERVICE, false,
	 "{" META_LABELS("\"component\":\"apiserver\",\"provider\":\"kubernetes\"") "}",
	 "ns/n type=0 headless=0 apiserver=1"},
	{"service type", KUBE_SERVICE, false, "{" META ",\"spec\":{\"type\":\"Magic\"}}",
	 "!spec.type must be ClusterIP"},
	{"port out of range", KUBE_SERVICE, false,
	 "{" META ",\"spec\":{\"ports\":[{\"port\":80},{\"port\":65536}]}}",
	 "!spec.ports[1].port must be 1 to 65535, is 65536"},
	{"port missing", KUBE_SERVICE, false, "{" META ",\"spec\":{\"ports\":[{}]}}",
	 "!spec.ports[0].port is missing"},
	{"port as text", KUBE_SERVICE, false, "{" META ",\"spec\":{\"ports\":[{\"port\":\"80\"}]}}",
	 "!spec.ports[0].port must be an integer, is a string"},
	{"port that is no object", KUBE_SERVICE, false, "{" META ",\"spec\":{\"ports\":[80]}}",
	 "!spec.ports[0] must be an object, is an integer"},
	{"protocol", KUBE_SERVICE, false,
	 "{" META ",\"spec\":{\"ports\":[{\"port\":1,\"protocol\":\"ICMP\"}]}}",
	 "!spec.ports[0].protocol must be TCP"},

	{"endpoints", KUBE_ENDPOINTS, false,
	 "{" META ",\"subsets\":[{\"addresses\":[{\"ip\":\"10.0.0.1\",\"nodeName\":\"a\"},{\"ip\":"
	 "\"10.0.0.2\"}],"
	 "\"notReadyAddresses\":[{\"ip\":\"10.0.0.3\",\"nodeName\":\"a\"}],\"ports\":[{\"name\":"
	 "\"h\",\"port\":80}]},"
	 "{\"addresses\":[{\"ip\":\"fd00::1\"}]}]}",
	 "ns/n of=n[h:80/0 10.0.0.1RS@a 10.0.0.2RS@- 10.0.0.3@a ][fd00::1RS@- ]"},
	{"endpoints without subsets", KUBE_ENDPOINTS, false, "{" META "}", "ns/n of=n"},
	{"endpoints with null subsets", KUBE_ENDPOINTS, false, "{" META ",\"subsets\":null}",
	 "ns/n of=n"},
	{"bad address", KUBE_ENDPOINTS, false,
	 "{" META ",\"subsets\":[{\"addresses\":[{\"ip\":\"10.0.0.1\"},{\"ip\":\"ten\"}]}]}",
	 "!Endpoints 'ns/n': subsets[0].addresses[1].ip must be an address, is 'ten'"},
	{"address missing", KUBE_ENDPOINTS, false, "{" META ",\"subsets\":[{\"addresses\":[{}]}]}",
	 "!subsets[0].addresses[0].ip must be an address"},
	{"subset that is no object", KUBE_ENDPOINTS, false, "{" META ",\"subsets\":[1]}",
	 "!subsets[0] must be an object"},

	{"slice v1", KUBE_ENDPOINTS, true,
	 "{\"kind\":\"EndpointSlice\"," META_LABELS(
		 "\"kubernetes.io/service-name\":\"web\"") ",\"addressType\":\"IPv4\","
							   "\"ports\":[{\"name\":\"\",\"port\":"
							   "8080,\"protocol\":\"TCP\"}],"
							   "\"endpoints\":["
							   "{\"addresses\":[\"10.0.0.1\"],"
							   "\"conditions\":{\"ready\":true,"
							   "\"serving\":true,\"terminating\":false}"
							   ",\"nodeName\":\"a\"},"
							   "{\"addresses\":[\"10.0.0.2\",\"10.0.0."
							   "9\"],\"conditions\":{\"ready\":false,"
							   "\"serving\":true,\"terminating\":true},"
							   "\"nodeName\":\"b\"},"
							   "{\"addresses\":[\"10.0.0.3\"],"
							   "\"conditions\":{\"ready\":false},"
							   "\"nodeName\":\"a\"},"
							   "{\"addresses\":[\"10.0.0.4\"],"
							   "\"conditions\":{}},"
							   "{\"addresses\":[\"10.0.0.5\"]}]}",
	 "ns/n of=web[:8080/0 10.0.0.1RS@a 10.0.0.2ST@b 10.0.0.3@a 10.0.0.4RS@- 10.0.0.5RS@- ]"},
	{"slice v1beta1 has the node as topology", KUBE_ENDPOINTS, true,
	 "{" META_LABELS("\"kubernetes.io/service-name\":\"web\"") ",\"addressType\":\"IPv6\","
								   "\"endpoints\":[{\"addresses\":["
								   "\"fd00::2\"],"
								   "\"conditions\":{\"ready\":true}"
								   ",\"topology\":{\"kubernetes.io/"
								   "hostname\":\"b\"}}]}",
	 "ns/n of=web[fd00::2RS@b ]"},
	{"slice of names has no addresses", KUBE_ENDPOINTS, true,
	 "{" META ",\"addressType\":\"FQDN\",\"endpoints\":[{\"addresses\":[\"a.example\"]}]}",
	 "ns/n of=[]"},
	{"slice with null endpoints and ports", KUBE_ENDPOINTS, true,
	 "{" META ",\"addressType\":\"IPv4\",\"endpoints\":null,\"ports\":null}", "ns/n of=[]"},
	{"slice: all ports is no port", KUBE_ENDPOINTS, true,
	 "{" META ",\"ports\":[{\"name\":\"any\",\"port\":null},{\"name\":null,\"port\":1}]}",
	 "ns/n of=[:1/0 ]"},
	{"slice: endpoint without addresses", KUBE_ENDPOINTS, true,
	 "{" META ",\"endpoints\":[{\"addresses\":[]},{\"addresses\":[\"1.1.1.1\"]}]}",
	 "ns/n of=[1.1.1.1RS@- ]"},
	{"slice: bad address", KUBE_ENDPOINTS, true,
	 "{" META ",\"endpoints\":[{\"addresses\":[\"x\"]}]}",
	 "!EndpointSlice 'ns/n': endpoints[0].addresses[0] must be an address"},
	{"slice: condition of a wrong type", KUBE_ENDPOINTS, true,
	 "{" META
	 ",\"endpoints\":[{\"addresses\":[\"1.1.1.1\"],\"conditions\":{\"ready\":\"yes\"}}]}",
	 "!endpoints[0].conditions.ready must be true or false, is a string"},
	{"slice where Endpoints were said", KUBE_ENDPOINTS, true,
	 "{\"kind\":\"Endpoints\"," META "}", "!kind must be 'EndpointSlice'"},

	{"node", KUBE_NODE, false,
	 "{\"metadata\":{\"name\":\"n1\",\"labels\":{\"zone\":\"a\",\"empty\":\"\"}},\"spec\":{"
	 "\"unschedulable\":true},\"status\":{\"addresses\":["
	 "{\"type\":\"Hostname\",\"address\":\"n1\"},{\"type\":\"InternalIP\",\"address\":\"10.1.0."
	 "1\"},{\"type\":\"ExternalIP\",\"address\":\"1.2.3.4\"},"
	 "{\"type\":\"InternalIP\",\"address\":\"fd00::1\"},{\"type\":\"InternalIP\",\"address\":"
	 "\"not-an-address\"}],"
	 "\"conditions\":[{\"type\":\"MemoryPressure\",\"status\":\"False\"},{\"type\":\"Ready\","
	 "\"status\":\"True\"}]}}",
	 "/n1 ready=1 unschedulable=1 int=10.1.0.1 int=fd00::1 ext=1.2.3.4 zone=a empty="},
	{"node that says nothing", KUBE_NODE, false, "{\"metadata\":{\"name\":\"n1\"}}",
	 "/n1 ready=0 unschedulable=0"},
	{"node of unknown state is not ready", KUBE_NODE, false,
	 "{\"metadata\":{\"name\":\"n1\"},\"status\":{\"conditions\":[{\"type\":\"Ready\","
	 "\"status\":\"Unknown\"}]}}",
	 "/n1 ready=0 unschedulable=0"},
	{"label that is no text", KUBE_NODE, false,
	 "{\"metadata\":{\"name\":\"n1\",\"labels\":{\"a\":1}}}",
	 "!metadata.labels.a must be a string, is an integer"},
	{"namespace", KUBE_NAMESPACE, false,
	 "{\"metadata\":{\"name\":\"prod\",\"labels\":{\"team\":\"x\"}}}", "/prod team=x"},
};

static void decodes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct kube_object untouched, *o = &untouched;
		struct json_object *json;
		struct strbuf b = {0};
		struct error err = {0};

		if (js_parse(row->json, strlen(row->json), &json, &err) < 0)
			fail_row(row->name, "the row is not JSON: %s", err.msg);
		if (kube_object_decode(row->kind, row->slice, json, &o, &err) < 0) {
			if (row->want[0] != '!' || !strstr(err.msg, row->want + 1) ||
			    err.kind != ERR_INPUT)
				fail_row(row->name, "error '%s'", err.msg);
			assert_ptr_equal(o, &untouched);
			json_object_put(json);
			continue;
		}
		json_object_put(json); /* the object must not point into it */
		show(&b, o);
		if (!str_eq(str_get(&b), row->want))
			fail_row(row->name, "got '%s', wanted '%s'", str_get(&b), row->want);
		str_release(&b);
		kube_object_free(o);
	}
}

/* 17 node names: one more than the decoder remembers */
static void many_nodes(void **state)
{
	struct strbuf b = {0};
	struct json_object *json;
	struct kube_object *o;
	struct error err;

	str_add(&b, "{" META ",\"subsets\":[{\"addresses\":[");
	for (int i = 0; i < 51; i++)
		str_addf(&b, "%s{\"ip\":\"10.0.0.%d\",\"nodeName\":\"node-%d\"}", i ? "," : "", i,
			 i % 17);
	str_add(&b, "]}]}");
	assert_int_equal(js_parse(str_get(&b), b.len, &json, &err), 0);
	assert_int_equal(kube_object_decode(KUBE_ENDPOINTS, false, json, &o, &err), 0);
	json_object_put(json);
	for (size_t i = 0; i < 51; i++) {
		char want[20];

		(void)snprintf(want, sizeof(want), "node-%zu", i % 17);
		assert_string_equal(((struct kube_endpoints *)o)->sets[0].endpoints[i].node, want);
	}
	kube_object_free(o);
	str_release(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {cmocka_unit_test(decodes),
						  cmocka_unit_test(many_nodes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
