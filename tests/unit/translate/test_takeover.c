/*
 * What k8s-bigip-ctlr wrote is what we want: its recorded writes are decoded as the device's state,
 * and our plan for the same objects is empty. Also the payloads word by word, and random clusters:
 * a plan on its own result is empty.
 */
#include "check.h"

#include <stdlib.h>

#include "world.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static const struct bigip_reading reading = {.default_rd = 0};

static char *read_text(const char *path)
{
	autofree char *full = mem_printf("%s/%s", TEST_SOURCE_DIR, path);
	struct strbuf b = {0};
	char buf[4096];
	size_t n;
	FILE *f = fopen(full, "r");

	if (!f)
		fail_row(full, "cannot be opened");
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add_mem(&b, buf, n);
	fclose(f);
	return str_take(&b);
}

static bool kind_of_path(const char *path, enum bigip_kind *ret)
{
	for (int k = 0; k < BIGIP_KINDS; k++) {
		autofree char *prefix = mem_printf("/mgmt/tm/%s/", bigip_kind_info(k)->uri);

		if (str_starts(path, prefix)) {
			*ret = k;
			return true;
		}
	}
	return false;
}

static void replay_line(const char *line, struct bigip_state *device)
{
	struct json_object *request = NULL;
	struct bigip_object *o = NULL;
	struct error err = {0};
	enum bigip_kind kind = BIGIP_KINDS;

	if (js_parse(line, strlen(line), &request, &err) < 0)
		fail_row(line, "%s", err.msg);
	if (!kind_of_path(js_str(request, "path", ""), &kind))
		fail_row(line, "the path is of no kind");
	if (!str_eq(js_str(request, "method", ""), "DELETE")) {
		if (bigip_object_from_json(kind, js_key(request, "body"), &reading, &o, &err) < 0)
			fail_row(line, "%s", err.msg);
		bigip_state_put(device, o);
	}
	json_object_put(request);
}

/* the first @n of the recorded writes */
static struct bigip_state *replay(size_t n)
{
	autofree char *text = read_text("tests/fixtures/cis/seed003-writes.jsonl");
	struct bigip_state *device = bigip_state_new();
	size_t i = 0;

	for (char *line = text, *next; *line && i < n; line = next, i++) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = 0;
		replay_line(line, device);
	}
	return device;
}

static struct bigip_plan plan_for(struct world *w, const struct tr_settings *settings,
				  const struct kube_configmap *cm, const struct bigip_state *device)
{
	struct vs_config *config = world_config(cm);
	struct tr_input in = world_input(w, &cm->o, config);
	struct bigip_plan plan = {0};
	struct error err = {0};
	struct tr_status status;
	struct bigip_app app;

	tr_app(settings, &in, &app, &status);
	if (bigip_plan_app(&app, device, &plan, &err) < 0)
		fail_row(cm->o.name, "%s", err.msg);
	bigip_app_release(&app);
	vs_config_free(config);
	return plan;
}

static char *plan_text(const struct bigip_plan *plan)
{
	struct strbuf b = {0};

	for (size_t i = 0; i < plan->n; i++)
		bigip_change_print(&plan->changes[i], &b);
	return str_take(&b);
}

static const struct kube_configmap *configmap(const struct world *w, const char *name)
{
	const struct kube_object *o = world_get(w, KUBE_CONFIGMAP, "default", name);

	if (!o)
		fail_row(name, "no such ConfigMap");
	return container_of(o, struct kube_configmap, o);
}

#define NODE                                                                                       \
	"N {'metadata': {'name': 'node-0'}, 'status': {'addresses': [{'type': 'InternalIP', "      \
	"'address': '10.9.9.1'}]}}\n"
#define EXCHANGED                                                                                  \
	"E {'metadata': {'name': 'nginx-http'}, 'subsets': [{'addresses': [{'ip': "                \
	"'188.188.0.11', "                                                                         \
	"'nodeName': 'node-0'}, {'ip': '188.188.0.14', 'nodeName': 'node-0'}], 'ports': "          \
	"[{'port': "                                                                               \
	"80}]}]}\n"

static const struct takeover_case {
	const char *name;
	size_t writes;
	const char *world;   /* comes before the file's objects, so its objects win */
	const char *service; /* whose Endpoints in the file do not count; NULL: all do */
	size_t changes;      /* for each of the two ConfigMaps */
} takeovers[] = {
	{"before its node had an address: empty pools", 7, "", NULL, 0},
	{"with all members", 11, NODE, NULL, 0},
	{"at the end, one endpoint exchanged", SIZE_MAX, NODE EXCHANGED, "nginx-http", 0},
	{"the test can fail: at the end, with the endpoints of the beginning", SIZE_MAX, NODE, NULL,
	 1},
};

static void drop_endpoints(struct world *w, const char *service)
{
	size_t kept = 0, seen = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct kube_object *o = w->objects[i];

		if (o->kind == KUBE_ENDPOINTS && str_eq(o->name, service) && seen++ > 0)
			kube_object_free(o);
		else
			w->objects[kept++] = o;
	}
	w->n = kept;
}

static void test_takeover(void **state)
{
	static const char *const names[] = {"nginx-vs-http", "nginx-vs-head"};
	static const struct tr_settings settings = {
		.cluster = true,
		.use_node_internal = true,
		.snat_pool = "SNAT-vlan130",
		.default_partition = "Cilium",
		.user_agent = "podlane-test",
	};

	for (size_t i = 0; i < ARRAY_LEN(takeovers); i++) {
		const struct takeover_case *c = &takeovers[i];
		struct bigip_state *device = replay(c->writes);
		struct world w = {0};

		world_add(&w, c->world);
		world_add_file(&w, "tests/fixtures/cis/seed003-objects.yaml");
		if (c->service)
			drop_endpoints(&w, c->service);
		for (size_t k = 0; k < ARRAY_LEN(names); k++) {
			struct bigip_plan plan = plan_for(&w, &settings, configmap(&w, names[k]),
							  device);
			autofree char *text = plan_text(&plan);

			if (plan.n != c->changes)
				fail_row(c->name, "%s: %zu changes\n%s", names[k], plan.n, text);
			bigip_plan_release(&plan);
		}
		world_release(&w);
		bigip_state_free(device);
	}
}

/* ---- payloads ---- */

static const char *const documented[] = {
	"{'name': 'cfgmap_default_demo-vs_demoservice_0_http', 'partition': 'K8S', 'interval': 5, "
	"'timeout': 16, 'send': 'GET /health.html HTTP/1.1\\r\\nHost:1.1.1.1\\r\\n\\r\\n', 'recv': "
	"'server is ok'}",
	"{'name': 'cfgmap_default_demo-vs_demoservice', 'partition': 'K8S', 'loadBalancingMode': "
	"'least-connections-member', 'monitor': '/K8S/cfgmap_default_demo-vs_demoservice_0_http', "
	"'members': [{'name': '10.16.0.11%0:8080', 'partition': 'K8S', 'session': 'user-enabled'}, "
	"{'name': '10.16.1.7%0:8080', 'partition': 'K8S', 'session': 'user-enabled'}]}",
	"{'name': 'default_demo-vs', 'partition': 'K8S', 'destination': '/K8S/10.16.22.80%0:80', "
	"'source': '0.0.0.0%0/0', 'ipProtocol': 'tcp', 'enabled': true, 'connectionLimit': 0, "
	"'pool': "
	"'/K8S/cfgmap_default_demo-vs_demoservice', 'sourceAddressTranslation': {'type': "
	"'automap'}, "
	"'profiles': [{'name': 'http', 'partition': 'Common', 'context': 'all'}, {'name': 'tcp', "
	"'partition': 'Common', 'context': 'all'}], 'policies': [], 'rules': [], 'vlans': [], "
	"'vlansDisabled': true}",
};

/* every documented property is sent, with that value; differences that are meant: members as
   "members" instead of "membersReference", their defaults and nulls not sent, another user_agent */
static void compare_payload(const char *want_text, struct json_object *got)
{
	autofree char *text = world_quoted(want_text);
	struct json_object *want = NULL;
	struct error err = {0};

	if (js_parse(text, strlen(text), &want, &err) < 0)
		fail_row(want_text, "%s", err.msg);
	json_object_object_foreach (want, key, value)
		if (!json_object_equal(value, js_key(got, key)))
			fail_row(js_str(want, "name", ""), "%s: want %s in\n%s", key,
				 js_text(value, NULL), js_text(got, NULL));
	json_object_put(want);
}

/* as printed it is not valid, and only for its placeholder */
static void refuses_placeholder(const struct kube_configmap *cm)
{
	struct vs_schemas *schemas = vs_schemas_new(NULL);
	struct vs_problems problems;
	struct vs_config *config = NULL;

	assert_int_equal(vs_config_parse(schemas, cm, NULL, &config, &problems), -1);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.list[0].path,
			    "virtualServer.frontend.virtualAddress.bindAddr");
	vs_problems_release(&problems);
	vs_schemas_free(schemas);
}

/* the ConfigMap of the published set-up, its address placeholder filled in */
static void add_seed_000(struct world *w)
{
	static const char placeholder[] = "<virtual-server ip>";
	struct world file = {0};
	struct json_object *json = js_obj(), *meta = js_obj(), *data = js_obj();
	const struct kube_configmap *cm;
	struct strbuf text = {0};
	const char *at;

	world_add_file(&file, "tests/fixtures/seeds/000-configmap.yaml");
	cm = configmap(&file, "demo-vs");
	refuses_placeholder(cm);
	at = strstr(cm->data, placeholder);
	assert_non_null(at);
	str_add_mem(&text, cm->data, (size_t)(at - cm->data));
	str_addf(&text, "10.16.22.80%s", at + strlen(placeholder));
	js_put_str(meta, "name", cm->o.name);
	js_put_str(data, "schema", cm->schema);
	js_put_str(data, "data", str_get(&text));
	js_put(json, "metadata", meta);
	js_put(json, "data", data);
	world_add_json(w, KUBE_CONFIGMAP, false, json);
	json_object_put(json);
	str_release(&text);
	world_release(&file);
}

static void test_payloads(void **state)
{
	static const struct tr_settings settings = {
		.cluster = true,
		.use_node_internal = true,
		.user_agent = "podlane-test",
	};
	struct bigip_state *device = bigip_state_new();
	struct bigip_plan plan;
	struct world w = {0};

	add_seed_000(&w);
	world_add(&w, "S {'metadata': {'name': 'demoservice'}, 'spec': {'ports': [{'port': 80, "
		      "'targetPort': 8080}]}}\n"
		      "E {'metadata': {'name': 'demoservice'}, 'subsets': [{'addresses': [{'ip': "
		      "'10.16.1.7'}, {'ip': '10.16.0.11'}], 'ports': [{'port': 8080}]}]}\n");
	plan = plan_for(&w, &settings, configmap(&w, "demo-vs"), device);
	assert_int_equal(plan.n, ARRAY_LEN(documented));
	for (size_t i = 0; i < ARRAY_LEN(documented); i++) {
		struct json_object *got = bigip_object_to_json(plan.changes[i].object,
							       (uint32_t)BIGIP_ALL_FIELDS);

		assert_int_equal(plan.changes[i].op, BIGIP_OP_CREATE);
		compare_payload(documented[i], got);
		json_object_put(got);
	}
	bigip_plan_release(&plan);
	world_release(&w);
	bigip_state_free(device);
}

/* ---- the ConfigMaps of the other set-up, GET and HEAD monitor ---- */

static void test_seed_003(void **state)
{
	static const struct {
		const char *file, *send;
	} cases[] = {
		{"tests/fixtures/seeds/003-configmap-get.yaml",
		 "GET /health.html HTTP/1.1\r\nHost:11.11.250.12\r\n\r\n"},
		{"tests/fixtures/seeds/003-configmap-head.yaml", "HEAD / HTTP/1.1\r\n\r\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w = {0};
		struct vs_config *config;

		world_add_file(&w, cases[i].file);
		config = world_config(configmap(&w, "nginx-vs-http"));
		assert_string_equal(config->partition, "Cilium");
		assert_string_equal(config->bind_addr, "11.16.22.80");
		assert_int_equal(config->n_monitors, 1);
		assert_string_equal(config->monitors[0].send, cases[i].send);
		vs_config_free(config);
		world_release(&w);
	}
}

/* ---- random clusters ---- */

static uint64_t next_random;

static unsigned pick(unsigned n)
{
	next_random = next_random * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(next_random >> 33) % n;
}

static const char *pick_of(const char *const *list, unsigned n)
{
	return list[pick(n)];
}

static void random_monitors(struct strbuf *b)
{
	static const char *const protocols[] = {"http", "tcp", "udp"};
	unsigned n = pick(4);

	if (n == 0)
		return;
	str_add(b, ", 'healthMonitors': [");
	for (unsigned i = 0; i < n; i++)
		str_addf(b, "%s{'protocol': '%s'%s}", i > 0 ? ", " : "", pick_of(protocols, 3),
			 pick(2) ? ", 'interval': 3, 'send': 'GET /\\r\\n', 'recv': 'a\\\\r\\\\nb'"
				 : "");
	str_add(b, "]");
}

static char *random_document(void)
{
	static const char *const modes[] = {"", ", 'mode': 'http'", ", 'mode': 'tcp'",
					    ", 'mode': 'udp'"};
	static const char *const addresses[] = {
		"",
		", 'virtualAddress': {'port': 80}",
		", 'virtualAddress': {'port': 443, 'bindAddr': '10.1.1.1'}",
		", 'virtualAddress': {'port': 80, 'bindAddr': '10.1.1.1%4'}",
		", 'virtualAddress': {'port': 80, 'bindAddr': '2001:DB8::0:1'}",
		", 'virtualAddress': {'port': 80, 'bindAddr': '::%7'}",
	};
	static const char *const profiles[] = {
		"",
		", 'sslProfile': {'f5ProfileName': 'clientssl'}",
		", 'sslProfile': {'f5ProfileNames': ['/Common/b', 'Common/a', 'a', 'Common/x/y']}",
	};
	static const char *const balances[] = {"", ", 'balance': 'ratio-member'",
					       ", 'balance': 'least-sessions'"};
	static const char *const iapp =
		", 'iapp': '/Common/f5.http', 'iappOptions': {'description': 'x'}, "
		"'iappVariables': "
		"{'pool__addr': '10.1.1.1', 'b': 'c'}, 'iappPoolMemberTable': {'name': 'm', "
		"'columns': "
		"[{'name': 'a', 'kind': 'IPAddress'}, {'name': 'p', 'kind': 'Port'}]}";
	struct strbuf b = {0};

	str_add(&b, "{'virtualServer': {'backend': {'serviceName': 'foo', 'servicePort': 80");
	random_monitors(&b);
	str_add(&b, "}, 'frontend': {'partition': 'K8S'");
	if (pick(6) == 0)
		str_add(&b, iapp);
	else
		str_addf(&b, "%s%s%s%s", pick_of(modes, 4), pick_of(addresses, 6),
			 pick_of(profiles, 3), pick_of(balances, 3));
	str_add(&b, "}}}");
	return str_take(&b);
}

static void random_slice(struct world *w, unsigned id)
{
	static const char *const bools[] = {"true", "false"};
	bool v6 = pick(3) == 0;
	unsigned n = pick(8);
	struct strbuf b = {0};

	str_addf(&b,
		 "L {'metadata': {'name': 'foo-%u', 'labels': {'kubernetes.io/service-name': "
		 "'foo'}}, "
		 "'addressType': '%s', 'ports': [{'name': '', 'port': %u}], 'endpoints': [",
		 id, v6 ? "IPv6" : "IPv4", 8080 + pick(2));
	for (unsigned i = 0; i < n; i++)
		str_addf(&b,
			 "%s{'addresses': ['%s%u'], 'nodeName': 'n%u', 'conditions': {'ready': %s, "
			 "'serving': %s, 'terminating': %s}}",
			 i > 0 ? ", " : "", v6 ? "fd00::" : "10.2.0.", 1 + pick(9), pick(3),
			 pick_of(bools, 2), pick_of(bools, 2), pick_of(bools, 2));
	str_add(&b, "]}");
	world_add(w, str_get(&b));
	str_release(&b);
}

static void random_world(struct world *w)
{
	unsigned slices = pick(4);

	world_add(w,
		  "N {'metadata': {'name': 'n1'}, 'status': {'addresses': [{'type': 'InternalIP', "
		  "'address': '192.168.0.1'}]}}\n"
		  "N {'metadata': {'name': 'n2'}, 'status': {'addresses': [{'type': 'InternalIP', "
		  "'address': 'fd00:1::2'}, {'type': 'ExternalIP', 'address': '1.1.1.1'}]}}\n");
	world_add(w,
		  pick(2) ? "S {'metadata': {'name': 'foo'}, 'spec': {'type': 'NodePort', 'ports': "
			    "[{'port': 80, 'nodePort': 30080}]}}"
			  : "S {'metadata': {'name': 'foo'}, 'spec': {'ports': [{'port': 80}]}}");
	for (unsigned i = 0; i < slices; i++)
		random_slice(w, i);
}

static void apply(const struct bigip_plan *plan, struct bigip_state *device)
{
	for (size_t i = 0; i < plan->n; i++)
		bigip_plan_applied(&plan->changes[i], NULL, &reading, device);
}

static void random_step(struct bigip_state *device)
{
	static const char *const snats[] = {NULL, "none", "pool"};
	struct tr_settings settings = {
		.cluster = pick(4) > 0,
		.use_node_internal = pick(4) > 0,
		.snat_pool = snats[pick(3)],
		.default_partition = "K8S",
		.user_agent = "podlane-test",
		.drain = pick(2),
	};
	char name[] = "vs", ns[] = "default",
	     schema[] = "f5schemadb://bigip-virtual-server_v0.1.7.json";
	autofree char *document = random_document(), *data = world_quoted(document), *first = NULL,
		      *second = NULL, *left = NULL;
	struct kube_configmap cm = {.o = {.kind = KUBE_CONFIGMAP, .ns = ns, .name = name},
				    .schema = schema,
				    .data = data};
	struct vs_config *config = world_config(&cm);
	struct bigip_app apps[2];
	struct tr_status status;
	struct bigip_plan plan;
	struct world w = {0};
	struct tr_input in;

	random_world(&w);
	in = world_input(&w, &cm.o, config);
	tr_app(&settings, &in, &apps[0], &status);
	tr_app(&settings, &in, &apps[1], &status);
	first = world_app_text(&apps[0]);
	second = world_app_text(&apps[1]);
	assert_string_equal(first, second);
	plan = plan_for(&w, &settings, &cm, device);
	apply(&plan, device);
	bigip_plan_release(&plan);
	plan = plan_for(&w, &settings, &cm, device);
	left = plan_text(&plan);
	if (plan.n > 0)
		fail_row(document, "wanted:\n%sleft over:\n%s", first, left);
	bigip_plan_release(&plan);
	bigip_app_release(&apps[0]);
	bigip_app_release(&apps[1]);
	world_release(&w);
	vs_config_free(config);
}

static void test_random_clusters(void **state)
{
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct bigip_state *device = bigip_state_new();

		next_random = seed;
		for (int i = 0; i < 25; i++) /* one device sees them all, one after the other */
			random_step(device);
		bigip_state_free(device);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takeover),
		cmocka_unit_test(test_payloads),
		cmocka_unit_test(test_seed_003),
		cmocka_unit_test(test_random_clusters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
