/* names: owners, member names, paths, URIs, destinations */
#include "objects.h"

static const struct owner_case {
	const char *name;
	enum bigip_kind kind;
	const char *object, *owner; /* NULL: nobody's */
} owners[] = {
	{"virtual", BIGIP_VIRTUAL, "default_demo-vs", "default/demo-vs"},
	{"dots in a ConfigMap's name", BIGIP_VIRTUAL, "default_demo.vs", "default/demo.vs"},
	{"virtual of a digit namespace", BIGIP_VIRTUAL, "cfgmap_4-rack_foomap", "4-rack/foomap"},
	{"namespace called cfgmap", BIGIP_VIRTUAL, "cfgmap_demo", "cfgmap/demo"},
	{"cfgmap_ before a letter is no virtual", BIGIP_VIRTUAL, "cfgmap_default_demo", NULL},
	{"iApp", BIGIP_IAPP, "default_demo", "default/demo"},
	{"pool", BIGIP_POOL, "cfgmap_default_demo-vs_demoservice", "default/demo-vs"},
	{"pool of a digit namespace", BIGIP_POOL, "cfgmap_4-rack_4-rack_svc", "4-rack/4-rack"},
	{"pool without the prefix", BIGIP_POOL, "default_demo_svc", NULL},
	{"pool name is no virtual name", BIGIP_VIRTUAL, "cfgmap_default_demo-vs_svc", NULL},
	{"virtual name is no pool name", BIGIP_POOL, "default_demo-vs", NULL},
	{"monitor of a pool", BIGIP_MONITOR_HTTP, "cfgmap_default_demo-vs_svc_0_http",
	 "default/demo-vs"},
	{"second monitor", BIGIP_MONITOR_TCP, "cfgmap_default_demo-vs_svc_11_tcp",
	 "default/demo-vs"},
	{"monitor of an iApp", BIGIP_MONITOR_HTTP, "default_demo_0_http", "default/demo"},
	{"monitor of a digit namespace's iApp", BIGIP_MONITOR_UDP, "cfgmap_4a_demo_0_udp",
	 "4a/demo"},
	{"monitor of another kind", BIGIP_MONITOR_TCP, "cfgmap_default_demo_svc_0_http", NULL},
	{"monitor without a number", BIGIP_MONITOR_HTTP, "cfgmap_default_demo_svc_x_http", NULL},
	{"no underscore", BIGIP_VIRTUAL, "web", NULL},
	{"capitals are not from Kubernetes", BIGIP_VIRTUAL, "Web_server", NULL},
	{"a dot in the namespace", BIGIP_VIRTUAL, "a.b_c", NULL},
	{"an empty part", BIGIP_VIRTUAL, "default_", NULL},
	{"a dash at the end", BIGIP_VIRTUAL, "default-_demo", NULL},
	{"a dash at the start", BIGIP_POOL, "cfgmap_default_-demo_svc", NULL},
	{"too many parts", BIGIP_POOL, "cfgmap_a_b_c_d_e_f", NULL},
	{"a space", BIGIP_VIRTUAL, "default_my demo", NULL},
	{"a node is nobody's", BIGIP_NODE, "default_demo", NULL},
};

static void names_tell_the_owner(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		const struct owner_case *c = &owners[i];
		struct strbuf out = {0};
		bool owned = bigip_owner(c->kind, c->object, &out);

		if (owned != (c->owner != NULL) || (owned && strcmp(out.data, c->owner) != 0))
			fail_row(c->name, "%s", owned ? out.data : "nobody's");
		if (!owned && out.len)
			fail_row(c->name, "the output was touched");
		str_release(&out);
	}
}

static const struct member_case {
	const char *name, *text;
	uint32_t default_rd;
	const char *explicit_name; /* NULL: no address */
} members[] = {
	{"IPv4", "10.0.0.1:80", 0, "10.0.0.1%0:80"},
	{"IPv4 in a default route domain", "10.0.0.1:80", 5, "10.0.0.1%5:80"},
	{"IPv4 with %rd", "10.0.0.1%7:80", 5, "10.0.0.1%7:80"},
	{"IPv6", "2001:db8::1.80", 0, "2001:db8::1%0.80"},
	{"IPv6 with %rd", "2001:DB8:0::1%65534.65535", 0, "2001:db8::1%65534.65535"},
	{"IPv4 in IPv6", "::ffff:10.0.0.1.80", 0, "::ffff:10.0.0.1%0.80"},
	{"port 0", "10.0.0.1:0", 0, "10.0.0.1%0:0"},
	{"no port", "10.0.0.1", 0, NULL},
	{"IPv6 without port", "2001:db8::1", 0, NULL},
	{"IPv6 with a colon before the port", "2001:db8::1:80", 0, NULL},
	{"IPv4 with a dot before the port", "10.0.0.1.80", 0, NULL},
	{"a port too high", "10.0.0.1:65536", 0, NULL},
	{"a port with a sign", "10.0.0.1:+80", 0, NULL},
	{"a port by name", "10.0.0.1:http", 0, NULL},
	{"a route domain too high", "10.0.0.1%65535:80", 0, NULL},
	{"a route domain that is none", "10.0.0.1%x:80", 0, NULL},
	{"an empty route domain", "10.0.0.1%:80", 0, NULL},
	{"a node's name", "web1:80", 0, NULL},
	{"nothing", "", 0, NULL},
	{"a very long one",
	 "1111111111111111111111111111111111111111111111111111111111111111111111:80", 0, NULL},
};

static void member_names_parse(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const struct member_case *c = &members[i];
		struct bigip_member m;
		struct strbuf out = {0};
		int r = bigip_member_parse(c->text, c->default_rd, &m);

		if ((r == 0) != (c->explicit_name != NULL))
			fail_row(c->name, "returned %d", r);
		if (r < 0)
			continue;
		m.bare = false;
		bigip_member_name(&m, &out);
		if (strcmp(out.data, c->explicit_name) != 0)
			fail_row(c->name, "%s", out.data);
		str_release(&out);
	}
}

static void paths_and_uris(void **state)
{
	static const struct {
		enum bigip_kind kind;
		const char *item, *path, *uri;
	} rows[] = {
		{BIGIP_POOL, "{'name': 'web'}", "/P/web", "/mgmt/tm/ltm/pool/~P~web"},
		{BIGIP_NODE, "{'name': '10.0.0.1%5'}", "/P/10.0.0.1%5",
		 "/mgmt/tm/ltm/node/~P~10.0.0.1%255"},
		{BIGIP_IAPP, "{'name': 'x', 'subPath': 'x.app'}", "/P/x.app/x",
		 "/mgmt/tm/sys/application/service/~P~x.app~x"},
		{BIGIP_MONITOR_HTTP, "{'name': 'a b?#&'}", "/P/a b?#&",
		 "/mgmt/tm/ltm/monitor/http/~P~a%20b%3F%23%26"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bigip_object *o;
		struct strbuf path = {0}, uri = {0};

		o = object_of(rows[i].kind, rows[i].item, 0);
		bigip_object_path(o, &path);
		bigip_object_uri(o, &uri);
		assert_string_equal(path.data, rows[i].path);
		assert_string_equal(uri.data, rows[i].uri);
		str_release(&path);
		str_release(&uri);
		bigip_object_free(o);
	}
}

/* a member is addressed by the name that the device has for it */
static void member_uris(void **state)
{
	static const struct {
		const char *item, *uri;
	} rows[] = {
		{"{'name': 'p', 'members': ['10.0.0.1%0:80']}",
		 "/mgmt/tm/ltm/pool/~P~p/members/~P~10.0.0.1%250:80"},
		{"{'name': 'p', 'members': ['10.0.0.1:80']}",
		 "/mgmt/tm/ltm/pool/~P~p/members/~P~10.0.0.1:80"},
		{"{'name': 'p', 'members': ['2001:db8::1%5.80']}",
		 "/mgmt/tm/ltm/pool/~P~p/members/~P~2001:db8::1%255.80"},
		{"{'name': 'p', 'members': [{'name': 'web:80', 'partition': 'Common'}]}",
		 "/mgmt/tm/ltm/pool/~P~p/members/~Common~web:80"},
		{"{'name': 'p', 'members': [{'name': 'web:80'}]}",
		 "/mgmt/tm/ltm/pool/~P~p/members/~P~web:80"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bigip_pool *p = (void *)object_of(BIGIP_POOL, rows[i].item, 0);
		struct strbuf uri = {0};

		bigip_member_uri(p, &p->members[0], &uri);
		assert_string_equal(uri.data, rows[i].uri);
		str_release(&uri);
		bigip_object_free(&p->o);
	}
}

static void pools_sort_and_drop_duplicates(void **state)
{
	struct bigip_pool *p = (void *)object_of(
		BIGIP_POOL,
		"{'members': ['10.0.0.9:80', {'name': '10.0.0.1:80', 'session': 'user-disabled'}, "
		"'2001:db8::1.80', '10.0.0.1:80', {'name': 'b:1'}, {'name': 'a:1'}, {'name': "
		"'b:1'}]}",
		0);
	static const char *const order[] = {"10.0.0.1:80", "10.0.0.9:80", "2001:db8::1.80", "a:1",
					    "b:1"};

	assert_int_equal(p->n_members, ARRAY_LEN(order));
	for (size_t i = 0; i < p->n_members; i++) {
		struct strbuf name = {0};

		bigip_member_name(&p->members[i], &name);
		assert_string_equal(name.data, order[i]);
		str_release(&name);
	}
	assert_int_equal(p->members[0].session, BIGIP_SESSION_ENABLED); /* not the drained one */
	bigip_object_free(&p->o);
}

static void destinations_parse(void **state)
{
	struct bigip_destination d = {.port = 1};
	char text[IP_TEXT_MAX];

	assert_int_equal(bigip_destination_parse("/P/2001:db8::1%5.443", 0, &d), 0);
	assert_string_equal(ip_format(&d.ip, text), "2001:db8::1");
	assert_int_equal(d.rd, 5);
	assert_int_equal(d.port, 443);
	assert_int_equal(bigip_destination_parse("10.0.0.1:80", 3, &d), 0);
	assert_int_equal(d.rd, 3);
	assert_int_equal(bigip_destination_parse("/P/vip:80", 3, &d), -1);
	assert_int_equal(bigip_destination_parse(NULL, 3, &d), -1);
	assert_int_equal(d.port, 80); /* untouched */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_tell_the_owner),
		cmocka_unit_test(member_names_parse),
		cmocka_unit_test(paths_and_uris),
		cmocka_unit_test(member_uris),
		cmocka_unit_test(pools_sort_and_drop_duplicates),
		cmocka_unit_test(destinations_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
