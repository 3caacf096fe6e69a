#include "lane.h"

#include <unistd.h>

#include "bigip/mock/tls.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/loop.h"

static const char BASIC[] = "Basic YWRtaW46c2VjcmV0"; /* admin:secret */

static void on_tick(uv_timer_t *t)
{
	(void)t;
}

static void on_tick_closed(uv_handle_t *h)
{
	free(h);
}

void lane_turn(struct lane *l)
{
	uv_timer_t *tick = mem_alloc(sizeof(*tick)); /* wakes a loop in which nothing happens */

	uv_timer_init(&l->loop, tick);
	uv_timer_start(tick, on_tick, 10, 0);
	uv_run(&l->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)tick, on_tick_closed);
}

/* JSON with ' for " */
__attribute__((format(printf, 3, 4))) static void put(struct lane *l, const char *collection,
						      const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&text, fmt, ap) >= 0);
	va_end(ap);
	for (char *c = text; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	fake_kube_put(l->kube, collection, "%s", text);
	free(text);
}

void lane_put_node(struct lane *l)
{
	put(l, NODES,
	    "{'metadata':{'name':'node-1'},'status':{'addresses':[{'type':'InternalIP','address':'"
	    "10.1.0.1'}],"
	    "'conditions':[{'type':'Ready','status':'True'}]}}");
}

static void write_kubeconfig(struct lane *l)
{
	FILE *f;
	int fd;

	(void)snprintf(l->kubeconfig, sizeof(l->kubeconfig), "/tmp/podlane-lane-XXXXXX");
	fd = mkstemp(l->kubeconfig);
	assert_true(fd >= 0);
	f = fdopen(fd, "w");
	fprintf(f,
		"current-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\n"
		"clusters: [{name: c, cluster: {server: \"http://127.0.0.1:%u\"}}]\nusers: [{name: "
		"u, user: {token: t}}]\n",
		fake_kube_port(l->kube));
	fclose(f);
}

static void start_bigip(struct lane *l)
{
	const struct server_settings s = {.address = "127.0.0.1"};
	struct server_settings with_cert = s;
	struct mock *m = mock_new(&(struct mock_settings){.quirks = MOCK_QUIRKS_DEFAULT});
	char *cert = NULL, *key = NULL;
	struct error err;

	assert_int_equal(tls_self_signed("127.0.0.1", &cert, &key, &err), 0);
	assert_int_equal(mock_user_add(m, "admin", "secret", "admin", &err), 0);
	assert_int_equal(mock_write(m, "POST", "/mgmt/tm/auth/partition", "{\"name\":\"K8S\"}",
				    clock_wall_us(), &err),
			 0);
	with_cert.cert_pem = cert;
	with_cert.key_pem = key;
	l->faults = fault_rules_new(1);
	assert_int_equal(server_new(&l->loop, &with_cert, m, l->faults, &l->bigip, &err), 0);
	free(cert);
	free(key);
}

int lane_setup(void **state)
{
	struct lane *l = mem_alloc(sizeof(*l));

	log_set_level(getenv("LANE_LOG") ? LOG_DEBUG : LOG_ERROR);
	uv_loop_init(&l->loop);
	l->kube = fake_kube_new(&l->loop);
	lane_put_node(l);
	start_bigip(l);
	write_kubeconfig(l);
	*state = l;
	return 0;
}

int lane_teardown(void **state)
{
	struct lane *l = *state;
	int rc;

	lane_stop(l);
	fake_kube_close(l->kube);
	server_close(l->bigip);
	rc = ev_loop_drain(&l->loop, 5000);
	unlink(l->kubeconfig);
	free(l);
	return rc;
}

static void no_note(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

void lane_start(struct lane *l)
{
	static const char *const none[] = {NULL};

	lane_start_with(l, none);
}

void lane_start_with(struct lane *l, const char *const *flags)
{
	enum { MAX_FLAGS = 32 };
	autofree char *url = mem_printf("--bigip-url=127.0.0.1:%u", server_port(l->bigip));
	autofree char *kubeconfig = mem_printf("--kubeconfig=%s", l->kubeconfig);
	char password[] = "--bigip-password=secret";
	const char *argv[MAX_FLAGS] = {"podlane-controller",
				       url,
				       "--bigip-username=admin",
				       password,
				       "--insecure",
				       "--bigip-partition=K8S",
				       "--pool-member-type=cluster",
				       "--running-in-cluster=false",
				       kubeconfig,
				       "--verify-interval=1",
				       "--drain-seconds=0",
				       "--http-listen-address=127.0.0.1:0",
				       NULL};
	struct error err = {0};
	int argc = 0;

	while (argv[argc])
		argc++;
	while (*flags && argc < MAX_FLAGS - 1)
		argv[argc++] = *flags++;
	l->settings = (struct settings){0};
	if (settings_parse(argc, (char **)argv, no_note, NULL, &l->settings, &err) < 0)
		fail_msg("%s", err.msg);
	if (cluster_start(&l->loop, &l->settings, &l->cluster, &err) < 0)
		fail_msg("%s", err.msg);
}

void lane_stop(struct lane *l)
{
	if (!l->cluster)
		return;
	cluster_stop(l->cluster);
	l->cluster = NULL;
	for (int i = 0; i < 50; i++) /* its handles close, its last requests end */
		lane_turn(l);
	settings_release(&l->settings);
}

void lane_put_configmap(struct lane *l, unsigned n, const char *mode)
{
	put(l, CONFIGMAPS,
	    "{'metadata':{'name':'vs-%u','namespace':'default','labels':{'f5type':'"
	    "virtual-server'}},'data':{"
	    "'schema':'f5schemadb://"
	    "bigip-virtual-server_v0.1.7.json','data':'{\\\"virtualServer\\\":{"
	    "\\\"backend\\\":{\\\"serviceName\\\":\\\"web-%u\\\",\\\"servicePort\\\":80},"
	    "\\\"frontend\\\":{\\\"partition\\\":\\\"K8S\\\",\\\"mode\\\":\\\"%s\\\","
	    "\\\"virtualAddress\\\":{\\\"bindAddr\\\":\\\"192.0.%u.%u\\\",\\\"port\\\":"
	    "80}}}}'}}",
	    n, n, mode, 2 + n / 250, n % 250 + 1);
}

void lane_put_endpoints(struct lane *l, unsigned n, unsigned members)
{
	struct strbuf list = {0};

	for (unsigned i = 0; i < members; i++)
		str_addf(&list,
			 "%s{'addresses':['10.0.0.%u'],'conditions':{'ready':true,'serving':true},'"
			 "nodeName':'node-1'}",
			 i ? "," : "", i + 1);
	put(l, SLICES,
	    "{'metadata':{'name':'web-%u-abc','namespace':'default','labels':{'"
	    "kubernetes.io/service-name':'web-%u'}},"
	    "'addressType':'IPv4','ports':[{'name':'','port':8080,'protocol':'TCP'}],'"
	    "endpoints':[%s]}",
	    n, n, str_get(&list));
	str_release(&list);
}

void lane_put_app(struct lane *l, unsigned n, unsigned members)
{
	put(l, SERVICES,
	    "{'metadata':{'name':'web-%u','namespace':'default'},'spec':{'type':'"
	    "ClusterIP','ports':[{'port':80,'protocol':'TCP'}]}}",
	    n);
	lane_put_endpoints(l, n, members);
	lane_put_configmap(l, n, "tcp");
}

void lane_delete_app(struct lane *l, unsigned n)
{
	autofree char *name = mem_printf("vs-%u", n);

	fake_kube_delete(l->kube, CONFIGMAPS, "default", name);
}

void lane_bigip(struct lane *l, const char *method, const char *path, const char *body)
{
	autofree char *text = mem_strdup(body);
	struct error err;

	for (char *c = text; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	if (mock_write(server_mock(l->bigip), method, path, text, clock_wall_us(), &err) < 0)
		fail_msg("%s %s: %s", method, path, err.msg);
}

struct json_object *lane_get(struct lane *l, const char *path)
{
	const char *question = strchr(path, '?');
	autofree char *only = mem_strndup(path,
					  question ? (size_t)(question - path) : strlen(path));
	const struct mock_request req = {
		.method = "GET",
		.path = only,
		.query = question ? question + 1 : "",
		.body = "",
		.authorization = BASIC,
		.peer = "127.0.0.1",
		.now_us = clock_wall_us(),
	};
	struct mock_reply reply = {0};
	struct json_object *o = NULL;

	mock_handle(server_mock(l->bigip), &req, &reply);
	if (reply.status == 200)
		assert_int_equal(js_parse(str_get(&reply.body), reply.body.len, &o, NULL), 0);
	str_release(&reply.body);
	return o;
}

bool lane_has_virtual(struct lane *l, unsigned n)
{
	autofree char *path = mem_printf("/mgmt/tm/ltm/virtual/~K8S~default_vs-%u", n);
	autojson struct json_object *o = lane_get(l, path);

	return o != NULL;
}

unsigned lane_virtuals(struct lane *l)
{
	autojson struct json_object *o = lane_get(l,
						  "/mgmt/tm/ltm/virtual?$filter=partition+eq+K8S");

	return (unsigned)js_arr_len(js_arr(o, "items"));
}

unsigned lane_members(struct lane *l, unsigned n)
{
	autofree char *path = mem_printf(
		"/mgmt/tm/ltm/pool/~K8S~cfgmap_default_vs-%u_web-%u/members", n, n);
	autojson struct json_object *o = lane_get(l, path);
	struct json_object *items = js_arr(o, "items");
	unsigned enabled = 0;

	for (size_t i = 0; i < js_arr_len(items); i++)
		enabled += strcmp(js_str(json_object_array_get_idx(items, i), "session", ""),
				  "user-disabled") != 0;
	return enabled;
}

char *lane_text(struct lane *l)
{
	static const char *const kinds[] = {"ltm/virtual", "ltm/pool", "ltm/node",
					    "ltm/monitor/tcp"};
	struct strbuf text = {0};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		autofree char *path = mem_printf(
			"/mgmt/tm/%s?expandSubcollections=true&$filter=partition+eq+K8S", kinds[i]);
		autojson struct json_object *o = lane_get(l, path);

		str_add(&text, js_text(o, NULL));
	}
	return str_take(&text);
}

unsigned lane_in_state(struct lane *l, enum app_state s)
{
	return (unsigned)l->cluster->apps.in_state[s];
}

bool lane_event(struct lane *l, const char *reason)
{
	struct json_object *o;

	for (size_t i = 0; (o = fake_kube_at(l->kube, EVENTS, i)); i++) {
		if (strcmp(js_str(o, "reason", ""), reason) == 0)
			return true;
	}
	return false;
}

void lane_verify_passes(struct lane *l, unsigned passes)
{
	for (unsigned i = 0; i < passes; i++) {
		uint64_t last = l->cluster->last_verified_us;

		LANE_WAIT(l, l->cluster->last_verified_us != last);
	}
}
