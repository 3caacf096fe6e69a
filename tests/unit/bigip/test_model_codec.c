/* bodies that we send, what devices send, and what is refused */
#include "common/base/json.h"
#include "common/base/mem.h"
#include "objects.h"

static const struct bigip_reading rd0 = {0};

/* ---- bodies ---- */

static const struct body_case {
	const char *name;
	enum bigip_kind kind;
	const char *object;
	const char *fields; /* NULL: POST */
	const char *body;
} bodies[] = {
	{"POST of a monitor: CR LF as it was given", BIGIP_MONITOR_HTTP,
	 "{'name': 'm', 'interval': 5, 'timeout': 16, 'send': 'GET /\\r\\n', 'recv': 'ok'}", NULL,
	 "{'name':'m','partition':'P','interval':5,'timeout':16,'send':'GET /\\r\\n','recv':'ok'}"},
	{"POST of a monitor without texts says so", BIGIP_MONITOR_TCP, "{'name': 'm'}", NULL,
	 "{'name':'m','partition':'P','interval':5,'timeout':16,'send':'','recv':''}"},
	{"PATCH of a monitor", BIGIP_MONITOR_UDP, "{'interval': 10, 'recv': 'x'}", "interval,recv",
	 "{'interval':10,'recv':'x'}"},
	{"POST of a pool: explicit %rd, no address, no nulls", BIGIP_POOL,
	 "{'name': 'p', 'monitor': '/P/b and /P/a', 'members': "
	 "[{'name': '10.0.0.2%0:80', 'session': 'user-disabled'}, '10.0.0.1%0:80', "
	 "'2001:db8::1%5.80']}",
	 NULL,
	 "{'name':'p','partition':'P','loadBalancingMode':'round-robin','monitor':'/P/a and /P/b',"
	 "'members':[{'session':'user-enabled','name':'10.0.0.1%0:80','partition':'P'},"
	 "{'session':'user-disabled','name':'10.0.0.2%0:80','partition':'P'},"
	 "{'session':'user-enabled','name':'2001:db8::1%5.80','partition':'P'}]}"},
	{"POST of a bare pool: no monitor, no members", BIGIP_POOL, "{'name': 'p'}", NULL,
	 "{'name':'p','partition':'P','loadBalancingMode':'round-robin'}"},
	{"PATCH clears monitor and members", BIGIP_POOL, "{}", "monitor,members",
	 "{'monitor':'none','members':[]}"},
	{"PATCH of members keeps one forced offline", BIGIP_POOL,
	 "{'members': [{'name': '10.0.0.1%0:80', 'session': 'user-disabled', 'state': "
	 "'user-down'}]}",
	 "members",
	 "{'members':[{'state':'user-down','session':'user-disabled','name':'10.0.0.1%0:80',"
	 "'partition':'P'}]}"},
	{"a member with a node elsewhere", BIGIP_POOL,
	 "{'members': [{'name': 'web:80', 'partition': 'Common'}]}", "members",
	 "{'members':[{'session':'user-enabled','name':'web:80','partition':'Common'}]}"},
	{"POST of a virtual", BIGIP_VIRTUAL,
	 "{'name': 'v', 'destination': '/P/10.0.0.9%0:80', 'source': '0.0.0.0%0/0', 'ipProtocol': "
	 "'tcp', "
	 "'pool': '/P/p', 'sourceAddressTranslation': {'type': 'automap'}, 'profiles': "
	 "[{'name': 'tcp', 'partition': 'Common', 'context': 'all'}, "
	 "{'name': 'ssl', 'partition': 'P', 'context': 'clientside'}]}",
	 NULL,
	 "{'name':'v','partition':'P','destination':'/P/10.0.0.9%0:80','source':'0.0.0.0%0/0',"
	 "'ipProtocol':'tcp','enabled':true,'connectionLimit':0,'pool':'/P/p',"
	 "'sourceAddressTranslation':{'type':'automap'},"
	 "'profiles':[{'name':'tcp','partition':'Common','context':'all'},"
	 "{'name':'ssl','partition':'P','context':'clientside'}],"
	 "'policies':[],'rules':[],'vlans':[],'vlansDisabled':true}"},
	{"PATCH to automap drops the SNAT pool", BIGIP_VIRTUAL,
	 "{'sourceAddressTranslation': {'type': 'automap'}}", "sourceAddressTranslation",
	 "{'sourceAddressTranslation':{'type':'automap','pool':'none'}}"},
	{"a bare SNAT pool is sent with its folder", BIGIP_VIRTUAL,
	 "{'sourceAddressTranslation': {'type': 'snat', 'pool': 'SNAT-vlan130'}}",
	 "sourceAddressTranslation",
	 "{'sourceAddressTranslation':{'type':'snat','pool':'/Common/SNAT-vlan130'}}"},
	{"PATCH clears the pool of a virtual", BIGIP_VIRTUAL, "{}", "pool", "{'pool':'none'}"},
	{"PATCH of flags", BIGIP_VIRTUAL, "{'disabled': true, 'vlansEnabled': true}",
	 "enabled,vlansDisabled", "{'disabled':true,'vlansEnabled':true}"},
	{"POST of an iApp: options on top, no folder", BIGIP_IAPP,
	 "{'name': 'x', 'subPath': 'x.app', 'template': '/Common/f5.http', 'description': 'd', "
	 "'variables': [{'name': 'a', 'value': '1'}], 'tables': [{'name': 't', 'rows': []}]}",
	 NULL,
	 "{'name':'x','partition':'P','template':'/Common/f5.http','description':'d',"
	 "'variables':[{'name':'a','value':'1'}],'tables':[{'name':'t','rows':[]}]}"},
	{"PATCH of an iApp runs the template", BIGIP_IAPP,
	 "{'variables': [{'name': 'a', 'value': '1'}]}", "variables",
	 "{'variables':[{'name':'a','value':'1'}],'executeAction':'definition'}"},
};

static uint32_t fields_named(enum bigip_kind kind, const char *names)
{
	const struct bigip_kind_info *info = bigip_kind_info(kind);
	uint32_t fields = 0;

	for (unsigned i = 0; i < info->n_fields; i++) {
		const char *at = strstr(names, info->fields[i].json);
		size_t n = strlen(info->fields[i].json);

		if (at && (at == names || at[-1] == ',') && (!at[n] || at[n] == ','))
			fields |= 1u << i;
	}
	return fields;
}

static void bodies_are_what_the_device_takes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		const struct body_case *c = &bodies[i];
		struct bigip_object *o = object_of(c->kind, c->object, 0);
		uint32_t fields = c->fields ? fields_named(c->kind, c->fields)
					    : (uint32_t)BIGIP_ALL_FIELDS;
		autojson struct json_object *body = bigip_object_to_json(o, fields);
		autojson struct json_object *want = json_of(c->body);

		if (!json_object_equal(body, want))
			fail_row(c->name, "%s", js_text(body, NULL));
		bigip_object_free(o);
	}
}

static void user_agent_travels_at_creation_only(void **state)
{
	struct bigip_object *o = object_of(BIGIP_POOL, "{}", 0);
	struct json_object *body;

	((struct bigip_pool *)o)->user_agent = mem_strdup("podlane-1.0");
	body = bigip_object_to_json(o, (uint32_t)BIGIP_ALL_FIELDS);
	assert_string_equal(
		js_text(js_key(body, "metadata"), NULL),
		"[{\"name\":\"user_agent\",\"persist\":\"true\",\"value\":\"podlane-1.0\"}]");
	json_object_put(body);
	body = bigip_object_to_json(o, 1);
	assert_null(js_key(body, "metadata"));
	json_object_put(body);
	bigip_object_free(o);
}

static void options_cannot_move_an_iapp(void **state)
{
	struct bigip_object *o = bigip_object_new(BIGIP_IAPP, "P", "x");
	struct json_object *body;

	((struct bigip_iapp *)o)->options = json_of(
		"{'partition': 'Common', 'executeAction': 'x', 'description': 'd'}");
	body = bigip_object_to_json(o, (uint32_t)BIGIP_ALL_FIELDS);
	assert_string_equal(js_str(body, "partition", ""), "P");
	assert_string_equal(js_str(body, "description", ""), "d");
	assert_null(js_key(body, "executeAction"));
	json_object_put(body);
	bigip_object_free(o);
}

/* ---- reading ---- */

static const struct bad_case {
	const char *name;
	enum bigip_kind kind;
	const char *item;
	const char *says; /* part of the error */
} bad[] = {
	{"no object", BIGIP_POOL, "[]", "no object"},
	{"no name", BIGIP_POOL, "{'partition': 'P'}", "'name' is missing"},
	{"an empty name", BIGIP_POOL, "{'name': '', 'partition': 'P'}", "'name' is missing"},
	{"no partition", BIGIP_POOL, "{'name': 'x'}", "'partition' is missing"},
	{"a name with a slash", BIGIP_POOL, "{'name': 'a/b', 'partition': 'P'}", "slash"},
	{"a name with a NUL", BIGIP_POOL, "{'name': 'a\\u0000b', 'partition': 'P'}", "'name'"},
	{"a number for a balance mode", BIGIP_POOL,
	 "{'name': 'x', 'partition': 'P', 'loadBalancingMode': 5}", "'loadBalancingMode'"},
	{"a word for a number", BIGIP_MONITOR_HTTP,
	 "{'name': 'x', 'partition': 'P', 'interval': 'often'}", "'interval'"},
	{"a list for a text", BIGIP_MONITOR_HTTP, "{'name': 'x', 'partition': 'P', 'send': []}",
	 "'send'"},
	{"a word for a flag", BIGIP_VIRTUAL, "{'name': 'x', 'partition': 'P', 'enabled': 'yes'}",
	 "'enabled'"},
	{"an object for a list", BIGIP_VIRTUAL, "{'name': 'x', 'partition': 'P', 'rules': {}}",
	 "'rules'"},
	{"a number in a list", BIGIP_VIRTUAL, "{'name': 'x', 'partition': 'P', 'rules': [1]}",
	 "'rules'"},
	{"expanded items that are none", BIGIP_POOL,
	 "{'name': 'x', 'partition': 'P', 'membersReference': {'items': 'all'}}", "items"},
	{"a member without a name", BIGIP_POOL,
	 "{'name': 'x', 'partition': 'P', 'members': [{'address': '10.0.0.1'}]}", "no name"},
	{"a member whose name ends in a slash", BIGIP_POOL,
	 "{'name': 'x', 'partition': 'P', 'members': ['/P/10.0.0.1:80/']}", "no name of a member"},
	{"a number for a member", BIGIP_POOL, "{'name': 'x', 'partition': 'P', 'members': [7]}",
	 "'members'"},
	{"a profile without a name", BIGIP_VIRTUAL,
	 "{'name': 'x', 'partition': 'P', 'profiles': ['/Common/tcp', {}]}", "'profiles'"},
	{"a word for SNAT", BIGIP_VIRTUAL,
	 "{'name': 'x', 'partition': 'P', 'sourceAddressTranslation': 'automap'}",
	 "'sourceAddressTranslation'"},
	{"a variable without a name", BIGIP_IAPP,
	 "{'name': 'x', 'partition': 'P', 'variables': [{'value': '1'}]}", "'variables'"},
	{"a table without a name", BIGIP_IAPP, "{'name': 'x', 'partition': 'P', 'tables': [[]]}",
	 "'tables'"},
};

static void odd_types_are_named(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		autojson struct json_object *item = json_of(bad[i].item);
		struct bigip_object *untouched = (void *)&rd0, *o = untouched;
		struct error err = {0};

		if (bigip_object_from_json(bad[i].kind, item, &rd0, &o, &err) == 0)
			fail_row(bad[i].name, "was read");
		if (err.kind != ERR_INPUT || !strstr(err.msg, bad[i].says))
			fail_row(bad[i].name, "%s", err.msg);
		if (o != untouched)
			fail_row(bad[i].name, "the output was touched");
	}
}

static const struct marks_case {
	const char *name, *item;
	unsigned marks;
} marks[] = {
	{"nobody's", "{}", 0},
	{"ours", "{'metadata': [{'name': 'user_agent', 'value': 'podlane-0.1.0'}]}",
	 BIGIP_MARK_OURS},
	{"of k8s-bigip-ctlr",
	 "{'metadata': [{'name': 'x', 'value': 'y'}, {'name': 'user_agent', "
	 "'persist': 'true', 'value': 'k8s-bigip-ctlr-2.20.1'}]}",
	 BIGIP_MARK_OURS},
	{"of another tool", "{'metadata': [{'name': 'user_agent', 'value': 'as3'}]}", 0},
	{"whitelisted", "{'metadata': [{'name': 'cccl-whitelist', 'value': 'true'}]}",
	 BIGIP_MARK_WHITELIST},
	{"whitelisted with a 1", "{'metadata': [{'name': 'cccl-whitelist', 'value': '1'}]}",
	 BIGIP_MARK_WHITELIST},
	{"not whitelisted", "{'metadata': [{'name': 'cccl-whitelist', 'value': 'false'}]}", 0},
	{"child of an iApp", "{'appService': '/P/a.app/a', 'subPath': 'a.app'}",
	 BIGIP_MARK_APP_SERVICE},
	{"no iApp", "{'appService': 'none'}", 0},
};

static void marks_tell_whose_it_is(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		struct bigip_object *o = object_of(BIGIP_POOL, marks[i].item, 0);

		if (o->marks != marks[i].marks)
			fail_row(marks[i].name, "marks are %u", o->marks);
		bigip_object_free(o);
	}
}

/* the reply to a write: links instead of members, profiles and policies */
static void a_reply_updates_what_it_tells(void **state)
{
	struct bigip_object *o = object_of(BIGIP_POOL, "{'members': ['10.0.0.1:80']}", 0);
	autojson struct json_object *reply = json_of(
		"{'name': 'x', 'partition': 'P', 'loadBalancingMode': 'ratio-member', "
		"'membersReference': {'link': 'https://localhost/...', 'isSubcollection': true}}");
	autojson struct json_object *other = json_of("{'name': 'y', 'partition': 'P'}");
	struct bigip_pool *p = (struct bigip_pool *)o;

	assert_int_equal(bigip_object_update(o, reply, &rd0), 0);
	assert_string_equal(p->lb_mode, "ratio-member");
	assert_int_equal(p->n_members, 1);
	assert_int_equal(bigip_object_update(o, other, &rd0), -1);
	assert_string_equal(p->lb_mode, "ratio-member");
	bigip_object_free(o);
}

static void new_objects_have_the_defaults(void **state)
{
	struct bigip_monitor *http = (void *)bigip_object_new(BIGIP_MONITOR_HTTP, "P", "m");
	struct bigip_pool *pool = (void *)bigip_object_new(BIGIP_POOL, "P", "p");
	struct bigip_virtual *v = (void *)bigip_object_new(BIGIP_VIRTUAL, "P", "v");

	assert_int_equal(http->interval, 5);
	assert_int_equal(http->timeout, 16);
	assert_string_equal(http->send, "GET /\\r\\n");
	assert_string_equal(pool->lb_mode, "round-robin");
	assert_true(v->enabled);
	assert_false(v->vlans_enabled);
	assert_int_equal(v->snat, BIGIP_SNAT_NONE);
	bigip_object_free(&http->o);
	bigip_object_free(&pool->o);
	bigip_object_free(&v->o);
}

/* ---- recorded replies ---- */

static const struct file_case {
	const char *file, *key; /* NULL: "items" */
	enum bigip_kind kind;
	size_t n;
} files[] = {
	{"bigip/v14.1.2.1_ltm_virtual.json", NULL, BIGIP_VIRTUAL, 7},
	{"bigip/v14.1.2.1_ltm_pool.json", NULL, BIGIP_POOL, 7},
	{"bigip/v14.1.2.1_ltm_node.json", NULL, BIGIP_NODE, 10},
	{"bigip/v14.1.2.1_ltm_monitorhttp.json", NULL, BIGIP_MONITOR_HTTP, 6},
	{"bigip/v14.1.2.1_ltm_monitortcp.json", NULL, BIGIP_MONITOR_TCP, 5},
	{"bigip/v14.1.2.1_ltm_monitorudp.json", NULL, BIGIP_MONITOR_UDP, 1},
	{"bigip/cccl_bigip_data_v12.1.0.json", "virtuals", BIGIP_VIRTUAL, 3},
	{"bigip/cccl_bigip_data_v12.1.0.json", "pools", BIGIP_POOL, 2},
	{"bigip/cccl_bigip_data_v12.1.0.json", "iapps", BIGIP_IAPP, 2},
	{"bigip/cccl_bigip_data_v12.1.0.json", "nodes", BIGIP_NODE, 4},
	{"bigip/cccl_bigip_data_v12.1.0.json", "monitors", BIGIP_MONITOR_HTTP, 2},
};

/* what is read is what is written: read, write, read again */
static void recorded_replies_survive_a_round(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const struct file_case *c = &files[i];
		autojson struct json_object *doc = json_of_file(c->file);
		struct json_object *items = js_arr(doc, c->key ? c->key : "items");

		if (js_arr_len(items) != c->n)
			fail_row(c->file, "%zu items", js_arr_len(items));
		for (size_t k = 0; k < c->n; k++) {
			struct json_object *item = json_object_array_get_idx(items, k);
			struct bigip_object *first, *second;
			struct json_object *body;
			struct error err;

			if (bigip_object_from_json(c->kind, item, &rd0, &first, &err) < 0)
				fail_row(c->file, "%s", err.msg);
			body = bigip_object_to_json(first, (uint32_t)BIGIP_ALL_FIELDS);
			if (bigip_object_from_json(c->kind, body, &rd0, &second, &err) < 0)
				fail_row(c->file, "%s", err.msg);
			if (bigip_object_diff(first, second) || bigip_object_diff(second, first))
				fail_row(c->file, "%s differs in %s", first->name,
					 field_names(c->kind, bigip_object_diff(first, second)));
			json_object_put(body);
			bigip_object_free(first);
			bigip_object_free(second);
		}
	}
}

static struct bigip_object *from_file(const char *file, const char *key, enum bigip_kind kind,
				      const char *name)
{
	autojson struct json_object *doc = json_of_file(file);
	struct json_object *items = js_arr(doc, key);

	for (size_t i = 0; i < js_arr_len(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);
		struct bigip_object *o = NULL;

		if (strcmp(js_str(item, "name", ""), name) != 0)
			continue;
		assert_int_equal(bigip_object_from_json(kind, item, &rd0, &o, NULL), 0);
		return o;
	}
	fail_row(name, "not in %s", file);
	return NULL;
}

static void a_real_virtual_reads_right(void **state)
{
	struct bigip_virtual *v = (void *)from_file(
		"bigip/v14.1.2.1_ltm_virtual.json", "items", BIGIP_VIRTUAL,
		"vs-tcp-9007-Test-Project-7-Test-LOB-7-10.1.1.7");

	assert_string_equal(v->destination, "/Common/10.1.1.7%0:9007");
	assert_string_equal(v->source, "0.0.0.0%0/0");
	assert_string_equal(v->ip_protocol, "tcp");
	assert_string_equal(v->pool, "/Common/pool-tcp-9007-Test-Project-7-Test-LOB-7-10.1.1.7");
	assert_false(v->enabled);
	assert_true(v->vlans_enabled);
	assert_int_equal(v->n_vlans, 1);
	assert_string_equal(v->vlans[0], "/Common/Internal");
	assert_string_equal(v->rules[0], "/Common/SNAT-10-197-225.tcl");
	assert_int_equal(v->snat, BIGIP_SNAT_AUTOMAP);
	assert_int_equal(v->o.marks, 0);
	bigip_object_free(&v->o);
}

static void a_real_pool_reads_right(void **state)
{
	const char *file = "bigip/cccl_bigip_data_v12.1.0.json";
	struct bigip_pool *p = (void *)from_file(file, "pools", BIGIP_POOL, "test_pool");

	assert_string_equal(p->lb_mode, "least-connections-member");
	assert_int_equal(p->n_monitors, 1);
	assert_string_equal(p->monitors[0], "/Common/http");
	assert_int_equal(p->n_members, 2);
	assert_int_equal(p->members[1].port, 20002);
	assert_int_equal(p->members[1].session, BIGIP_SESSION_ENABLED);
	assert_int_equal(p->members[1].availability, BIGIP_AVAIL_DOWN);
	bigip_object_free(&p->o);
}

/* a pool with nothing but a name is one with our defaults */
static void a_bare_pool_has_our_defaults(void **state)
{
	autojson struct json_object *doc = json_of_file("bigip/sdk_post_pool_reply_v11.6.0.json");
	struct bigip_object *o = NULL, *fresh;
	struct error err = {0};

	if (bigip_object_from_json(BIGIP_POOL, doc, &rd0, &o, &err) < 0)
		fail_row("11.6 reply", "%s", err.msg);
	fresh = bigip_object_new(BIGIP_POOL, o->partition, o->name);
	assert_int_equal(bigip_object_diff(fresh, o), 0);
	bigip_object_free(o);
	bigip_object_free(fresh);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bodies_are_what_the_device_takes),
		cmocka_unit_test(user_agent_travels_at_creation_only),
		cmocka_unit_test(options_cannot_move_an_iapp),
		cmocka_unit_test(odd_types_are_named),
		cmocka_unit_test(marks_tell_whose_it_is),
		cmocka_unit_test(a_reply_updates_what_it_tells),
		cmocka_unit_test(new_objects_have_the_defaults),
		cmocka_unit_test(recorded_replies_survive_a_round),
		cmocka_unit_test(a_real_virtual_reads_right),
		cmocka_unit_test(a_real_pool_reads_right),
		cmocka_unit_test(a_bare_pool_has_our_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
