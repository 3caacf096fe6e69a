/*
 * the whole folder against a real kube-apiserver (v1.20: EndpointSlice v1beta1, Lease v1), on
 * loopback
 *
 * Skipped where the control plane of tests/system/kube.sh is not installed.
 */
#include "rig.h"

#include <signal.h>
#include <sys/wait.h>

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/config.h"

static char dir[] = "/tmp/kube_apiserver_XXXXXX";
static bool running;

/* ---- the control plane ---- */

static bool run(const char *command)
{
	autofree char *line = mem_printf("%s/tests/system/kube.sh %s %s >%s/kube.sh.log 2>&1",
					 TEST_SOURCE_DIR, command, dir, dir);
	int rc = system(line);

	return WIFEXITED(rc) && WEXITSTATUS(rc) == 0;
}

static bool installed(void)
{
	static const char *const daemons[] = {"etcd", "kube-apiserver", "kube-controller-manager"};
	const char *cache = getenv("PODLANE_CACHE");

	for (size_t i = 0; i < ARRAY_LEN(daemons); i++) {
		autofree char *path = mem_printf(
			"%s/bin/%s", cache ? cache : "/var/cache/podlane-test", daemons[i]);

		if (access(path, X_OK) < 0)
			return false;
	}
	return true;
}

static int start(void **state)
{
	if (!installed())
		return 0;
	if (!mkdtemp(dir) || !run("start")) {
		print_error("cannot start the control plane, see %s\n", dir);
		return -1;
	}
	running = true;
	return 0;
}

static void wipe(const char *what)
{
	autofree char *line = mem_printf("rm -rf '%s%s'", dir, what);

	assert_int_equal(system(line), 0);
}

static int stop(void **state)
{
	if (!running)
		return 0;
	if (!run("stop"))
		return -1;
	wipe("");
	return 0;
}

static void kill_apiserver(void)
{
	autofree char *path = mem_printf("%s/kube-apiserver.pid", dir), *text = NULL;
	struct error err;
	int pid;

	assert_true(kube_read_file(path, 100, &text, &err) > 0);
	pid = (int)strtol(text, NULL, 10);
	assert_true(pid > 1);
	kill(pid, SIGKILL);
	while (kill(pid, 0) == 0)
		usleep(10000);
}

static struct kube_client *new_client(struct rig *r, const char *context)
{
	autofree char *path = mem_printf("%s/kubeconfig", dir);
	struct kube_config *config;
	struct kube_client *c = NULL;
	struct error err;

	if (kube_config_load(path, context, &config, &err) < 0 ||
	    kube_client_new(&r->loop, config, NULL, &c, &err) < 0)
		fail_msg("%s", err.msg);
	kube_client_tuning(c)->backoff_min_ms = 50;
	kube_client_tuning(c)->backoff_max_ms = 200;
	kube_client_tuning(c)->list_limit = 7;
	return c;
}

static int setup(void **state)
{
	struct rig *r = mem_alloc(sizeof(*r));

	*state = r;
	log_set_level(getenv("RIG_LOG") ? LOG_DEBUG : LOG_ERROR);
	uv_loop_init(&r->loop);
	if (running)
		r->client = new_client(r, NULL);
	return 0;
}

#define NEED_SERVER                                                                                \
	do {                                                                                       \
		if (!running) {                                                                    \
			print_message("no control plane: run tests/system/kube.sh install\n");     \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

/* ---- requests ---- */

struct answer {
	bool done;
	int status;
	struct error err;
	struct json_object *body;
};

static void on_answer(void *ctx, int status, struct json_object *body, const struct error *err)
{
	struct answer *a = ctx;

	a->done = true;
	a->status = status;
	a->err = *err;
	a->body = json_object_get(body);
}

/* one request as admin; @body is JSON. The answer is given when asked for, and must be a success.
 */
__attribute__((format(printf, 4, 5))) static struct json_object *api(struct rig *r,
								     const char *method,
								     const char *path,
								     const char *body, ...)
{
	static struct answer a;
	autofree char *text = NULL;
	struct json_object *o = NULL;
	struct error err;
	va_list ap;

	va_start(ap, body);
	if (vasprintf(&text, body, ap) < 0)
		abort();
	va_end(ap);
	if (*text && js_parse(text, strlen(text), &o, &err) < 0)
		fail_msg("%s: %s", err.msg, text);
	a = (struct answer){0};
	kube_request(r->client, method, path,
		     str_eq(method, "PATCH") ? "application/merge-patch+json" : NULL, o, on_answer,
		     &a);
	WAIT(r, a.done);
	if (a.err.kind != ERR_NONE)
		fail_msg("%s", a.err.msg);
	return a.body;
}

#define API(...) json_object_put(api(r, __VA_ARGS__))

static void make_namespace(struct rig *r, const char *name)
{
	API("POST", "/api/v1/namespaces", "{\"metadata\":{\"name\":\"%s\"}}", name);
}

static void make_cm(struct rig *r, const char *ns, const char *name)
{
	autofree char *path = mem_printf("/api/v1/namespaces/%s/configmaps", ns);

	API("POST", path,
	    "{\"metadata\":{\"name\":\"%s\",\"labels\":{\"f5type\":\"virtual-server\"}},\"data\":{"
	    "\"data\":\"x\"}}",
	    name);
}

/* ---- stores ---- */

struct seen {
	struct strbuf log;
	unsigned synced, changes, inferred, regressed;
	struct kube_store *store;
};

static void on_change(void *ctx, const struct kube_object *before, const struct kube_object *now,
		      bool seen)
{
	struct seen *s = ctx;

	s->changes++;
	s->inferred += !seen;
	str_addf(&s->log, "%s%s ",
		 !before ? "+"
		 : now   ? "~"
		 : seen  ? "-"
			 : "?",
		 (now ? now : before)->name);
}

static void on_synced(void *ctx, bool regressed)
{
	struct seen *s = ctx;

	s->synced++;
	s->regressed += regressed;
}

static void open_store(struct seen *s, struct kube_client *c, enum kube_kind kind, const char *ns,
		       const char *selector)
{
	*s = (struct seen){0};
	s->store = kube_store_new(c, &(struct kube_store_settings){.kind = kind,
								   .ns = ns,
								   .label_selector = selector,
								   .on_change = on_change,
								   .on_synced = on_synced,
								   .ctx = s});
}

static void close_store(struct seen *s)
{
	kube_store_close(s->store);
	str_release(&s->log);
}

static void lists_watches_and_annotates(void **state)
{
	struct rig *r = *state;
	static struct answer a;
	static struct seen s;

	NEED_SERVER;
	make_namespace(r, "watched");
	for (int i = 0; i < 20; i++) { /* three pages */
		autofree char *name = mem_printf("cm%02d", i);

		make_cm(r, "watched", name);
	}
	open_store(&s, r->client, KUBE_CONFIGMAP, "watched", "f5type in (virtual-server)");
	WAIT(r, s.synced == 1);
	assert_int_equal(kube_store_count(s.store), 20);
	str_clear(&s.log);
	make_cm(r, "watched", "new");
	API("PATCH", "/api/v1/namespaces/watched/configmaps/cm03",
	    "{\"metadata\":{\"labels\":{\"f5type\":null}}}");
	API("DELETE", "/api/v1/namespaces/watched/configmaps/cm04", "%s", "");
	WAIT(r, s.changes == 23);
	assert_string_equal(str_get(&s.log), "+new -cm03 -cm04 ");
	kube_annotate(r->client, kube_store_get(s.store, "watched", "cm05"),
		      "virtual-server.f5.com/ip", "1.2.3.4", on_answer, &a);
	WAIT(r, s.changes == 24 && a.done);
	assert_int_equal(a.status, 200);
	json_object_put(a.body);
	assert_string_equal(
		((const struct kube_configmap *)kube_store_get(s.store, "watched", "cm05"))->ip,
		"1.2.3.4");
	close_store(&s);
}

static void slices_v1beta1(void **state)
{
	struct rig *r = *state;
	const struct kube_endpoints *const *list;
	static struct seen s;
	char ip[IP_TEXT_MAX];

	NEED_SERVER;
	make_namespace(r, "slices");
	API("POST", "/apis/discovery.k8s.io/v1beta1/namespaces/slices/endpointslices",
	    "{\"metadata\":{\"name\":\"web-1\",\"labels\":{\"kubernetes.io/"
	    "service-name\":\"web\"}},\"addressType\":\"IPv4\","
	    "\"ports\":[{\"name\":\"http\",\"port\":80}],\"endpoints\":[{\"addresses\":[\"10.9.0."
	    "1\"],\"conditions\":{\"ready\":true},"
	    "\"topology\":{\"kubernetes.io/"
	    "hostname\":\"n1\"}},{\"addresses\":[\"10.9.0.2\"],\"conditions\":{\"ready\":false}}]%"
	    "s",
	    "}");
	open_store(&s, r->client, KUBE_ENDPOINTS, "slices", NULL);
	WAIT(r, s.synced == 1);
	assert_int_equal(kube_store_endpoints(s.store, "slices", "web", &list), 1);
	assert_int_equal(list[0]->sets[0].n_endpoints, 2);
	assert_string_equal(list[0]->sets[0].endpoints[0].node, "n1");
	assert_string_equal(ip_format(&list[0]->sets[0].endpoints[0].ip, ip), "10.9.0.1");
	assert_int_equal(list[0]->sets[0].endpoints[1].flags, 0);
	close_store(&s);
}

/* sockets of ours that are connected to the API server */
static unsigned connections(void)
{
	autofree char *path = mem_printf("%s/ports", dir), *ports = NULL, *want = NULL;
	unsigned n = 0;
	struct error err;
	char line[300];
	FILE *f;

	assert_true(kube_read_file(path, 100, &ports, &err) > 0);
	want = mem_printf("0100007F:%04lX 01 ", strtoul(ports, NULL, 10));
	f = fopen("/proc/net/tcp", "re");
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long inode;
		char *at = strstr(line, want);

		if (!at || sscanf(at + strlen(want), "%*s %*s %*s %*s %*s %lu", &inode) != 1)
			continue;
		for (int fd = 3; fd < 200; fd++) {
			autofree char *link = mem_printf("/proc/self/fd/%d", fd),
				      *socket = mem_printf("socket:[%lu]", inode);
			char to[64] = "";

			if (readlink(link, to, sizeof(to) - 1) > 0 && str_eq(to, socket))
				n++;
		}
	}
	if (f)
		fclose(f);
	return n;
}

static void everything_shares_one_connection(void **state)
{
	struct rig *r = *state;
	static struct seen s[KUBE_KINDS];

	NEED_SERVER;
	for (unsigned i = 0; i < KUBE_KINDS; i++)
		open_store(&s[i], r->client, i, NULL, NULL);
	for (unsigned i = 0; i < KUBE_KINDS; i++)
		WAIT(r, s[i].synced == 1);
	assert_int_equal(connections(), 1);
	for (unsigned i = 0; i < KUBE_KINDS; i++)
		close_store(&s[i]);
}

struct candidate {
	struct kube_lease *lease;
	bool leading;
};

static void on_lead(void *ctx)
{
	((struct candidate *)ctx)->leading = true;
}

static void on_lost(void *ctx, const char *why)
{
	((struct candidate *)ctx)->leading = false;
}

static void join(struct candidate *a, struct kube_client *c, const char *ns, const char *identity)
{
	kube_client_tuning(c)->lease_second_ms = 100;
	a->leading = false;
	a->lease = kube_lease_new(c, &(struct kube_lease_settings){.ns = ns,
								   .name = "podlane",
								   .identity = identity,
								   .duration_s = 15,
								   .renew_s = 10,
								   .retry_s = 2,
								   .on_lead = on_lead,
								   .on_lost = on_lost,
								   .ctx = a});
}

static void a_lease_is_handed_over(void **state)
{
	struct rig *r = *state;
	struct kube_client *second;
	static struct candidate a, b;
	struct json_object *o;

	NEED_SERVER;
	second = new_client(r, NULL);
	make_namespace(r, "leases");
	join(&a, r->client, "leases", "a");
	WAIT(r, a.leading);
	join(&b, second, "leases", "b");
	WAIT(r, str_eq(kube_lease_holder(b.lease), "a"));
	rig_idle(r, 500);
	assert_true(a.leading && !b.leading);
	kube_lease_close(a.lease, true);
	WAIT(r, b.leading);
	o = api(r, "GET", "/apis/coordination.k8s.io/v1/namespaces/leases/leases/podlane", "%s",
		"");
	assert_string_equal(js_str(o, "spec.holderIdentity", ""), "b");
	assert_int_equal(js_int(o, "spec.leaseTransitions", -1), 1);
	json_object_put(o);
	kube_lease_close(b.lease, true);
	kube_client_close(second); /* at once: the release still goes out */
	for (int i = 0; i < 100; i++) {
		o = api(r, "GET", "/apis/coordination.k8s.io/v1/namespaces/leases/leases/podlane",
			"%s", "");
		if (str_eq(js_str(o, "spec.holderIdentity", ""), ""))
			i = 1000;
		json_object_put(o);
		if (i == 99)
			fail_msg("the lease was not released");
	}
}

static size_t count_events(struct rig *r, const char *ns, const char *reason, int64_t *ret_count)
{
	autofree char *path = mem_printf("/api/v1/namespaces/%s/events?fieldSelector=reason%%3D%s",
					 ns, reason);
	struct json_object *o = api(r, "GET", path, "%s", "");
	struct json_object *items = js_arr(o, "items");
	size_t n = js_arr_len(items);

	*ret_count = n ? js_int(json_object_array_get_idx(items, 0), "count", 0) : 0;
	json_object_put(o);
	return n;
}

static void events_are_accepted(void **state)
{
	struct rig *r = *state;
	struct kube_events *e;
	static struct seen s;
	int64_t count = 0;

	NEED_SERVER;
	make_namespace(r, "events");
	make_cm(r, "events", "cm");
	kube_client_tuning(r->client)->event_refill_ms = 100;
	e = kube_events_new(r->client, "podlane-controller");
	open_store(&s, r->client, KUBE_CONFIGMAP, "events", "f5type");
	WAIT(r, s.synced == 1);
	for (int i = 0; i < 5; i++)
		kube_event(e, kube_store_get(s.store, "events", "cm"), "Warning", "InvalidData",
			   "it is wrong");
	WAIT(r, count_events(r, "events", "InvalidData", &count) == 1 && count == 5);
	kube_events_close(e);
	close_store(&s);
}

/* the ClusterRole of the published k8s-bigip-ctlr manifests: no leases, no slices */
static char *service_account_token(struct rig *r)
{
	struct json_object *o, *names;
	autofree char *path = NULL;
	unsigned char *token = NULL;

	API("POST", "/api/v1/namespaces/kube-system/serviceaccounts",
	    "{\"metadata\":{\"name\":\"bigip-ctlr%s\"}}", "");
	API("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
	    "{\"metadata\":{\"name\":\"bigip-ctlr%s\"},\"rules\":["
	    "{\"apiGroups\":[\"\",\"extensions\"],\"resources\":[\"nodes\",\"services\","
	    "\"endpoints\",\"namespaces\",\"ingresses\",\"pods\"],"
	    "\"verbs\":[\"get\",\"list\",\"watch\"]},"
	    "{\"apiGroups\":[\"\",\"extensions\"],\"resources\":[\"configmaps\",\"events\","
	    "\"ingresses/status\"],"
	    "\"verbs\":[\"get\",\"list\",\"watch\",\"update\",\"create\",\"patch\"]}]}",
	    "");
	API("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
	    "{\"metadata\":{\"name\":\"bigip-ctlr%s\"},\"roleRef\":{\"apiGroup\":\"rbac."
	    "authorization.k8s.io\",\"kind\":\"ClusterRole\",\"name\":\"bigip-ctlr\"},"
	    "\"subjects\":[{\"kind\":\"ServiceAccount\",\"name\":\"bigip-ctlr\",\"namespace\":"
	    "\"kube-system\"}]}",
	    "");
	for (;;) { /* the controller-manager makes the token */
		o = api(r, "GET", "/api/v1/namespaces/kube-system/serviceaccounts/bigip-ctlr", "%s",
			"");
		names = js_arr(o, "secrets");
		if (js_arr_len(names) > 0)
			break;
		json_object_put(o);
		rig_idle(r, 50);
	}
	path = mem_printf("/api/v1/namespaces/kube-system/secrets/%s",
			  js_str(json_object_array_get_idx(names, 0), "name", ""));
	json_object_put(o);
	o = api(r, "GET", path, "%s", "");
	assert_true(str_base64_decode(js_str(o, "data.token", ""), &token) > 0);
	json_object_put(o);
	return (char *)token;
}

static struct kube_client *token_client(struct rig *r, const char *token)
{
	autofree char *admin = mem_printf("%s/kubeconfig", dir), *text = NULL;
	struct kube_config *from, *config;
	struct kube_client *c = NULL;
	struct error err;

	assert_int_equal(kube_config_load(admin, NULL, &from, &err), 0);
	text = mem_printf(
		"current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
		"clusters: [{name: c, cluster: {server: \"%s\", certificate-authority: "
		"%s/pki/ca.crt}}]\nusers: [{name: u, user: {token: %s}}]\n",
		kube_config_server(from), dir, token);
	kube_config_free(from);
	if (kube_config_parse(text, strlen(text), admin, NULL, &config, &err) < 0 ||
	    kube_client_new(&r->loop, config, NULL, &c, &err) < 0)
		fail_msg("%s", err.msg);
	kube_client_tuning(c)->backoff_min_ms = 50;
	return c;
}

static void the_published_role_is_enough(void **state)
{
	struct rig *r = *state;
	static const enum kube_kind kinds[] = {KUBE_CONFIGMAP, KUBE_SERVICE, KUBE_ENDPOINTS,
					       KUBE_NODE, KUBE_NAMESPACE};
	static struct seen s[ARRAY_LEN(kinds)];
	static struct candidate a;
	const struct kube_endpoints *const *list;
	struct kube_events *e;
	struct kube_client *c = NULL;
	int64_t count;
	autofree char *token = NULL;

	NEED_SERVER;
	token = service_account_token(r);
	c = token_client(r, token);
	make_namespace(r, "role");
	make_cm(r, "role", "cm");
	API("POST", "/api/v1/namespaces/role/endpoints",
	    "{\"metadata\":{\"name\":\"web%s\"},\"subsets\":[{\"addresses\":[{\"ip\":\"10.9.0.7\"}]"
	    ",\"ports\":[{\"port\":80}]}]}",
	    "");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		open_store(&s[i], c, kinds[i], NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		WAIT(r, s[i].synced == 1);
	assert_int_equal(kube_store_endpoints(s[2].store, "role", "web", &list), 1);
	assert_string_equal(list[0]->o.name, "web"); /* Endpoints, not a slice */
	join(&a, c, "role", "a");
	WAIT(r, a.leading);
	e = kube_events_new(c, "podlane-controller");
	kube_event(e, kube_store_get(s[0].store, "role", "cm"), "Normal", "Ruled", "m");
	WAIT(r, count_events(r, "role", "Ruled", &count) == 1);
	kube_events_close(e);
	kube_lease_close(a.lease, true);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		close_store(&s[i]);
	kube_client_close(c);
}

static void a_killed_server_loses_nothing(void **state)
{
	struct rig *r = *state;
	static struct seen s;

	NEED_SERVER;
	make_namespace(r, "restart");
	make_cm(r, "restart", "a");
	make_cm(r, "restart", "b");
	open_store(&s, r->client, KUBE_CONFIGMAP, "restart", "f5type");
	WAIT(r, s.synced == 1);
	rig_idle(r, 100);
	kill_apiserver();
	rig_idle(r, 300);
	assert_true(run("start"));
	make_cm(r, "restart", "c");
	API("DELETE", "/api/v1/namespaces/restart/configmaps/a", "%s", "");
	WAIT(r, s.changes == 4);
	assert_string_equal(str_get(&s.log) + strlen("+a +b "), "+c -a ");
	assert_int_equal(s.regressed, 0);
	assert_int_equal(s.inferred, 0);
	assert_true(kube_store_healthy(s.store));
	close_store(&s);
}

static void a_wiped_server_is_told_apart_from_deletions(void **state)
{
	struct rig *r = *state;
	static struct seen s;

	NEED_SERVER;
	make_namespace(r, "wiped");
	make_cm(r, "wiped", "a");
	make_cm(r, "wiped", "b");
	for (int i = 0; i < 1500; i++) /* far above the versions of a fresh server */
		API("PATCH", "/api/v1/namespaces/wiped/configmaps/a", "{\"data\":{\"i\":\"%d\"}}",
		    i);
	open_store(&s, r->client, KUBE_CONFIGMAP, NULL, "f5type");
	WAIT(r, s.synced == 1);
	rig_idle(r, 100);
	assert_true(run("stop"));
	wipe("/etcd");
	assert_true(run("start"));
	WAIT(r, s.synced == 2);
	assert_int_equal(s.regressed, 1);
	assert_int_equal(kube_store_count(s.store), 0);
	assert_true(s.inferred >= 2);
	make_namespace(r, "wiped");
	make_cm(r, "wiped", "a");
	WAIT(r, kube_store_get(s.store, "wiped", "a") != NULL);
	close_store(&s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, rig_teardown)
		T(lists_watches_and_annotates),
		T(slices_v1beta1),
		T(everything_shares_one_connection),
		T(a_lease_is_handed_over),
		T(events_are_accepted),
		T(the_published_role_is_enough),
		T(a_killed_server_loses_nothing),
		T(a_wiped_server_is_told_apart_from_deletions),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
