/*
 * What k8s-bigip-ctlr wrote (fixtures/cis) is what we want: each recorded body against objects in
 * the shape that translation makes them. Only the members change during the recording.
 */
#include "common/base/json.h"
#include "common/base/mem.h"
#include "objects.h"

#define HEAD "cfgmap_default_nginx-vs-head_nginx-http"
#define HTTP "cfgmap_default_nginx-vs-http_nginx-http"

static struct bigip_monitor *monitor(enum bigip_kind kind, const char *name, const char *send,
				     const char *recv)
{
	struct bigip_monitor *m = (void *)bigip_object_new(kind, "Cilium", name);

	free(m->send);
	m->send = mem_strdup(send);
	m->recv = mem_strdup(recv);
	return m;
}

static struct bigip_pool *pool(const char *name, const char *lb_mode, const char *monitor1,
			       const char *monitor2)
{
	struct bigip_pool *p = (void *)bigip_object_new(BIGIP_POOL, "Cilium", name);
	static const char *const members[] = {"188.188.0.14%0:80", "188.188.0.11%0:80"};

	free(p->lb_mode);
	p->lb_mode = mem_strdup(lb_mode);
	p->monitors = mem_calloc(2, sizeof(*p->monitors));
	p->monitors[p->n_monitors++] = mem_strdup(monitor1);
	if (monitor2)
		p->monitors[p->n_monitors++] = mem_strdup(monitor2);
	p->members = mem_calloc(2, sizeof(*p->members));
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(bigip_member_parse(members[i], 0, &p->members[p->n_members++]), 0);
	p->user_agent = mem_strdup("podlane-0.1.0");
	bigip_pool_sort(p);
	return p;
}

static struct bigip_virtual *virtual(const char *name, const char *destination, const char *pool,
				     const char *profile, enum bigip_context context)
{
	struct bigip_virtual *v = (void *)bigip_object_new(BIGIP_VIRTUAL, "Cilium", name);

	v->destination = mem_strdup(destination);
	v->source = mem_strdup("0.0.0.0%0/0");
	free(v->ip_protocol);
	v->ip_protocol = mem_strdup("tcp");
	v->pool = mem_strdup(pool);
	v->snat = BIGIP_SNAT_POOL;
	v->snat_pool = mem_strdup("SNAT-vlan130");
	v->profiles = mem_calloc(2, sizeof(*v->profiles));
	v->profiles[v->n_profiles++] = (struct bigip_profile){mem_strdup(profile), context};
	v->profiles[v->n_profiles++] = (struct bigip_profile){mem_strdup("/Common/tcp"),
							      BIGIP_CONTEXT_ALL};
	return v;
}

/* seed 003's objects */
static struct bigip_state *wanted(void)
{
	struct bigip_state *s = bigip_state_new();
	struct bigip_monitor *m;

	bigip_state_put(s, &monitor(BIGIP_MONITOR_HTTP, HTTP "_0_http",
				    "GET /health.html HTTP/1.1\r\nHost:11.11.250.12\r\n\r\n",
				    "server is ok")
				    ->o);
	bigip_state_put(
		s, &monitor(BIGIP_MONITOR_HTTP, HEAD "_0_http", "HEAD / HTTP/1.1\r\n\r\n", "Server")
			    ->o);
	m = monitor(BIGIP_MONITOR_TCP, HEAD "_1_tcp", NULL, NULL);
	m->interval = 10;
	m->timeout = 31;
	bigip_state_put(s, &m->o);
	bigip_state_put(
		s, &pool(HTTP, "least-connections-member", "/Cilium/" HTTP "_0_http", NULL)->o);
	bigip_state_put(
		s,
		&pool(HEAD, "round-robin", "/Cilium/" HEAD "_0_http", "/Cilium/" HEAD "_1_tcp")->o);
	bigip_state_put(s, &virtual("default_nginx-vs-http", "/Cilium/11.16.22.80%0:80",
				    "/Cilium/" HTTP, "/Common/http", BIGIP_CONTEXT_ALL)
				    ->o);
	bigip_state_put(s, &virtual("default_nginx-vs-head", "/Cilium/11.16.22.81%0:443",
				    "/Cilium/" HEAD, "/Common/clientssl", BIGIP_CONTEXT_CLIENT)
				    ->o);
	return s;
}

static struct json_object *next_write(FILE *f)
{
	static char line[65536];

	return fgets(line, sizeof(line), f) ? json_tokener_parse(line) : NULL;
}

static const char *diff_of(const struct bigip_state *want, const struct bigip_object *o)
{
	struct bigip_object *w = bigip_state_get(want, o->kind, o->partition, o->name);

	if (!w)
		fail_row(o->name, "is not wanted");
	return field_names(o->kind, bigip_object_diff(w, o));
}

static void every_recorded_body_is_what_we_want(void **state)
{
	autofree char *path = mem_printf("%s/tests/fixtures/cis/seed003-writes.jsonl",
					 TEST_SOURCE_DIR);
	FILE *f = fopen(path, "r");
	struct bigip_state *want = wanted();
	const struct bigip_reading reading = {0};
	struct json_object *write;
	size_t bodies = 0, with_our_members = 0;

	assert_non_null(f);
	for (; (write = next_write(f)); json_object_put(write)) {
		const char *uri = js_str(write, "path", "");
		enum bigip_kind kind = kind_of_path(uri);
		struct bigip_object *o;
		struct error err;
		const char *diff;

		assert_int_not_equal(kind, BIGIP_KINDS);
		if (strcmp(js_str(write, "method", ""), "DELETE") == 0)
			continue;
		bodies++;
		if (bigip_object_from_json(kind, js_key(write, "body"), &reading, &o, &err) < 0)
			fail_row(uri, "%s", err.msg);
		diff = diff_of(want, o);
		if (kind == BIGIP_POOL && strcmp(diff, "members") == 0)
			diff = "";
		else if (kind == BIGIP_POOL)
			with_our_members++;
		if (*diff)
			fail_row(uri, "%s differ", diff);
		if (kind >= BIGIP_POOL && !(o->marks & BIGIP_MARK_OURS))
			fail_row(uri, "is not known as ours");
		bigip_object_free(o);
	}
	fclose(f);
	assert_int_equal(bodies, 19);
	assert_int_equal(with_our_members, 2); /* the last of either pool */
	bigip_state_free(want);
}

/* as a real device shows what was written: %0 left out, a full SNAT path, defaults filled in,
 * literal \r\n, states of members */
static const struct echo_case {
	enum bigip_kind kind;
	const char *item;
} echoes[] = {
	{BIGIP_MONITOR_HTTP,
	 "{'name': '" HTTP "_0_http', 'partition': 'Cilium', 'defaultsFrom': '/Common/http', "
	 "'destination': '*:*', 'interval': 5, 'timeout': 16, 'recv': 'server is ok', 'reverse': "
	 "'disabled', 'send': 'GET /health.html "
	 "HTTP/1.1\\\\r\\\\nHost:11.11.250.12\\\\r\\\\n\\\\r\\\\n'}"},
	{BIGIP_MONITOR_TCP,
	 "{'name': '" HEAD "_1_tcp', 'partition': 'Cilium', 'interval': 10, 'timeout': 31}"},
	{BIGIP_POOL,
	 "{'name': '" HEAD
	 "', 'partition': 'Cilium', 'loadBalancingMode': 'round-robin', 'monitor': "
	 "'/Cilium/" HEAD "_1_tcp and /Cilium/" HEAD "_0_http ', 'membersReference': {'items': ["
	 "{'name': '188.188.0.14:80', 'partition': 'Cilium', 'address': '188.188.0.14', 'session': "
	 "'monitor-enabled', 'state': 'down'},"
	 "{'name': '188.188.0.11:80', 'partition': 'Cilium', 'address': '188.188.0.11', 'session': "
	 "'monitor-enabled', 'state': 'up'}]}}"},
	{BIGIP_VIRTUAL,
	 "{'name': 'default_nginx-vs-head', 'partition': 'Cilium', 'destination': "
	 "'/Cilium/11.16.22.81:443', 'source': '0.0.0.0/0', 'ipProtocol': 'tcp', 'enabled': true, "
	 "'connectionLimit': 0, 'pool': '/Cilium/" HEAD "', 'mask': '255.255.255.255', "
	 "'sourceAddressTranslation': {'type': 'snat', 'pool': '/Common/SNAT-vlan130'}, "
	 "'vlansDisabled': true, 'policiesReference': {'isSubcollection': true}, "
	 "'profilesReference': {'items': [{'name': 'tcp', 'fullPath': '/Common/tcp', 'context': "
	 "'all'}, "
	 "{'name': 'clientssl', 'fullPath': '/Common/clientssl', 'context': 'clientside'}]}}"},
};

static void a_device_echo_is_what_we_want(void **state)
{
	struct bigip_state *want = wanted();

	for (size_t i = 0; i < ARRAY_LEN(echoes); i++) {
		struct bigip_object *o = object_of(echoes[i].kind, echoes[i].item, 0);
		const char *diff = diff_of(want, o);

		if (*diff)
			fail_row(o->name, "%s differ", diff);
		bigip_object_free(o);
	}
	bigip_state_free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_body_is_what_we_want),
		cmocka_unit_test(a_device_echo_is_what_we_want),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
