/*
 * The cases of f5-cccl's test_service_manager.py: its recorded BIG-IP (bigip_data.json), what its
 * ltm_service.json asks for in the kinds that we have, and which objects are created, changed and
 * deleted. It deletes all of the partition that is not asked for; we delete what is ours: see
 * docs/compatibility.md.
 */
#include "objects.h"

#include "bigip/plan/plan.h"
#include "common/base/json.h"
#include "common/base/mem.h"

static const struct bigip_reading rd0 = {.default_rd = 0};

static const struct {
	const char *key;
	enum bigip_kind kind;
} lists[] = {
	{"virtuals", BIGIP_VIRTUAL}, {"pools", BIGIP_POOL}, {"monitors", BIGIP_MONITOR_HTTP},
	{"iapps", BIGIP_IAPP},       {"nodes", BIGIP_NODE},
};

static struct bigip_state *recorded(void)
{
	autojson struct json_object *data = json_of_file("bigip/cccl_bigip_data_v12.1.0.json");
	struct bigip_state *s = bigip_state_new();

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct json_object *items = js_arr(data, lists[i].key);

		for (size_t n = 0; n < js_arr_len(items); n++) {
			struct bigip_object *o = NULL;
			struct error err = {0};

			if (bigip_object_from_json(lists[i].kind,
						   json_object_array_get_idx(items, n), &rd0, &o,
						   &err) < 0)
				fail_row(lists[i].key, "%s", err.msg);
			bigip_state_put(s, o);
		}
	}
	return s;
}

#define VIRTUAL(name)                                                                              \
	"{'name':'" name "','partition':'test','destination':'/test/192.168.0.2:80','pool':"       \
	"'/test/pool1','enabled':true,'vlansEnabled':true,'vlans':['/test/vlan-100'],"             \
	"'sourceAddressTranslation':{'type':'snat','pool':'/test/snatpool1'},'profiles':["         \
	"{'name':'http','partition':'Common','context':'all'},{'name':'clientssl','partition':"    \
	"'Common','context':'clientside'}],'rules':['/test/https_redirect']}"
#define POOL(name)                                                                                 \
	"{'name':'" name "','partition':'test','monitor':'/test/myhttp','members':["               \
	"'172.16.0.100%1:8080','172.16.0.101:8080']}"
#define MONITOR(name) "{'name':'" name "','partition':'test','send':'GET /\\r\\n','recv':'SERVER'}"
#define IAPP(name)                                                                                 \
	"{'name':'" name "','partition':'test','template':'/Common/f5.http','description':"        \
	"'This is a test iApp','variables':[{'name':'pool__port','value':'80'}],'tables':[{"       \
	"'name':'pool__members','columnNames':['addr','port','connection_limit'],'rows':[{'row':"  \
	"['1.2.3.4%0','30001','0']}]}]}"

static const struct manager_case {
	const char *name;
	enum bigip_kind kind;
	const char *wanted;
	const char *plan; /* "" nothing, "!" a conflict */
} cases[] = {
	{"virtual created", BIGIP_VIRTUAL, VIRTUAL("vs1"), "+vs1"},
	{"virtual updated: its whitelist mark says false", BIGIP_VIRTUAL, VIRTUAL("virtual2"),
	 "~virtual2"},
	{"whitelisted virtual", BIGIP_VIRTUAL, VIRTUAL("virtual3"), "!"},
	{"a virtual of that name in another partition", BIGIP_VIRTUAL, VIRTUAL("virtual1"),
	 "+virtual1"},
	{"pool created", BIGIP_POOL, POOL("pool2"), "+pool2"},
	{"pool updated", BIGIP_POOL, POOL("pool1"), "~pool1"},
	{"a pool of that name in another partition", BIGIP_POOL, POOL("test_pool"), "+test_pool"},
	{"monitor created", BIGIP_MONITOR_HTTP, MONITOR("myhttp"), "+myhttp"},
	{"monitor updated", BIGIP_MONITOR_HTTP, MONITOR("mon_http"), "~mon_http"},
	{"monitor as it is", BIGIP_MONITOR_HTTP,
	 "{'name':'mon_http','partition':'test','interval':5,'timeout':20,'send':'GET "
	 "/\\r\\n','recv':'SERVER'}",
	 ""},
	{"a child of an iApp is another object", BIGIP_MONITOR_HTTP,
	 MONITOR("MyAppService0_http_monitor"), "+MyAppService0_http_monitor"},
	{"iApp created", BIGIP_IAPP, IAPP("MyAppService0"), "+MyAppService0"},
	{"iApp updated", BIGIP_IAPP, IAPP("MyAppService"), "~MyAppService"},
};

/* the changes of one object, "+name" or "~name" */
static char *describe(const struct bigip_plan *plan)
{
	struct strbuf out = {0};

	for (size_t i = 0; i < plan->n; i++) {
		const struct bigip_change *c = &plan->changes[i];

		str_addf(&out, "%s%s",
			 c->op == BIGIP_OP_CREATE   ? "+"
			 : c->op == BIGIP_OP_DELETE ? "-"
						    : "~",
			 c->object->name);
	}
	return str_take(&out);
}

static void creates_and_updates(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct manager_case *c = &cases[i];
		struct bigip_app app = {.owner = mem_strdup("ns/a"),
					.partition = mem_strdup("test")};
		struct bigip_object *wanted = object_of(c->kind, c->wanted, 0);
		struct bigip_state *s = recorded();
		struct bigip_plan plan = {0};
		struct error err = {0};
		autofree char *got = NULL;
		int r;

		if (c->kind == BIGIP_POOL)
			bigip_pool_sort((struct bigip_pool *)wanted);
		bigip_app_add(&app, wanted);
		r = bigip_plan_app(&app, s, &plan, &err);
		got = r < 0 ? mem_strdup("!") : describe(&plan);
		if (strcmp(got, c->plan) != 0)
			fail_row(c->name, "planned '%s' %s, should be '%s'", got, err.msg, c->plan);
		bigip_plan_release(&plan);
		bigip_app_release(&app);
		bigip_state_free(s);
	}
}

/* cccl with an empty configuration: -virtual2 -pool1 -mon_http -appsvc -MyAppService */
static void strangers_are_not_deleted(void **state)
{
	static const char *const owners[] = {"ns/a", "test/virtual2", "default/pool1"};
	struct bigip_state *s = recorded();

	for (size_t i = 0; i < ARRAY_LEN(owners); i++) {
		struct bigip_plan plan = {0};

		bigip_plan_removal(owners[i], "test", s, &plan);
		assert_int_equal(plan.n, 0);
		bigip_plan_release(&plan);
	}
	bigip_state_free(s);
}

/* cccl's post-deploy: nodes of the partition that no member needs; node 5.6.7.8 is pool1's. Only
 * the partition is read, as always. */
static void nodes_without_members_go(void **state)
{
	struct bigip_state *s = recorded();
	struct bigip_plan plan = {0};
	autofree char *got = NULL;

	bigip_state_del(s, BIGIP_POOL, "Common", "test_pool");
	bigip_plan_nodes("test", s, &plan);
	got = describe(&plan);
	assert_string_equal(got, "-1.2.3.4-10.2.3.4-10.2.3.5%0");
	bigip_plan_release(&plan);
	bigip_state_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creates_and_updates),
		cmocka_unit_test(strangers_are_not_deleted),
		cmocka_unit_test(nodes_without_members_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
