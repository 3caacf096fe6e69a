/* plans, row by row: wanted and observed in, changes in their order out */
#include "bigip/plan/plan.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "objects.h"

static const struct bigip_reading rd0 = {0};

/* short names for the rows: the app is "ns/a" in partition P */
#define OURS    "'metadata': [{'name': 'user_agent', 'value': 'podlane-0'}]"
#define WHITE   "'metadata': [{'name': 'cccl-whitelist', 'value': 'true'}]"
#define MONITOR "{'k': 'http monitor', 'name': 'cfgmap_ns_a_s_0_http'}"
#define POOL                                                                                       \
	"{'k': 'pool', 'name': 'cfgmap_ns_a_s', 'monitor': '/P/cfgmap_ns_a_s_0_http', "            \
	"'members': ['10.0.0.1:80', '10.0.0.2:80'], " OURS "}"
#define VIRTUAL                                                                                    \
	"{'k': 'virtual', 'name': 'ns_a', 'destination': '/P/10.1.0.1:80', 'ipProtocol': 'tcp', "  \
	"'pool': '/P/cfgmap_ns_a_s', " OURS "}"
#define POOL_WITH(members)                                                                         \
	"{'k': 'pool', 'name': 'cfgmap_ns_a_s', 'members': [" members "], " OURS "}"

static const struct plan_case {
	const char *name, *wanted, *observed;
	const char *plan; /* see describe() */
} cases[] = {
	{"nothing on the device: what is referred to comes first", VIRTUAL "," POOL "," MONITOR, "",
	 "+http monitor cfgmap_ns_a_s_0_http; +pool cfgmap_ns_a_s; +virtual ns_a"},
	{"all there: nothing to do", MONITOR "," POOL "," VIRTUAL, MONITOR "," POOL "," VIRTUAL,
	 ""},
	{"nothing wanted: users go before what they use", "", MONITOR "," POOL "," VIRTUAL,
	 "-virtual ns_a; -pool cfgmap_ns_a_s; -http monitor cfgmap_ns_a_s_0_http"},
	{"one field of one object", "{'k': 'virtual', 'name': 'ns_a', 'ipProtocol': 'udp'}",
	 "{'k': 'virtual', 'name': 'ns_a', 'ipProtocol': 'tcp'}", "~virtual ns_a ipProtocol"},

	/* members */
	{"a member more", POOL_WITH("'10.0.0.1:80', '10.0.0.2:80'"), POOL_WITH("'10.0.0.1:80'"),
	 "member+ cfgmap_ns_a_s 10.0.0.2:80"},
	{"a member less", POOL_WITH("'10.0.0.1:80'"), POOL_WITH("'10.0.0.1:80', '10.0.0.2:80'"),
	 "member- cfgmap_ns_a_s 10.0.0.2:80"},
	{"the first member of an empty pool", POOL_WITH("'10.0.0.1:80'"), POOL_WITH(""),
	 "member+ cfgmap_ns_a_s 10.0.0.1:80"},
	{"the last member", POOL_WITH(""), POOL_WITH("'10.0.0.1:80'"),
	 "member- cfgmap_ns_a_s 10.0.0.1:80"},
	{"a member drains",
	 POOL_WITH("'10.0.0.1:80', {'name': '10.0.0.2:80', 'session': 'user-disabled'}"),
	 POOL_WITH("'10.0.0.1:80', '10.0.0.2:80'"), "member~ cfgmap_ns_a_s 10.0.0.2:80"},
	{"a member is exchanged: one request with the list",
	 POOL_WITH("'10.0.0.1:80', '10.0.0.3:80'"), POOL_WITH("'10.0.0.1:80', '10.0.0.2:80'"),
	 "~pool cfgmap_ns_a_s members"},
	{"two more: one request", POOL_WITH("'10.0.0.1:80', '10.0.0.2:80'"), POOL_WITH(""),
	 "~pool cfgmap_ns_a_s members"},
	{"a member and the balance: one request",
	 "{'k': 'pool', 'name': 'cfgmap_ns_a_s', 'loadBalancingMode': 'ratio-member', "
	 "'members': ['10.0.0.1:80']}",
	 POOL_WITH(""), "~pool cfgmap_ns_a_s loadBalancingMode,members"},
	{"a stranger's member goes", POOL_WITH("'10.0.0.1:80'"),
	 POOL_WITH("'10.0.0.1:80', {'name': 'web1:80', 'address': '10.0.0.9'}"),
	 "member- cfgmap_ns_a_s web1:80"},
	{"forced offline stays", POOL_WITH("'10.0.0.1:80'"),
	 POOL_WITH("{'name': '10.0.0.1:80', 'session': 'user-disabled', 'state': 'user-down'}"),
	 ""},

	/* order */
	{"another Service: the new pool before the virtual, the old one after",
	 "{'k': 'http monitor', 'name': 'cfgmap_ns_a_t_0_http'},"
	 "{'k': 'pool', 'name': 'cfgmap_ns_a_t', 'monitor': '/P/cfgmap_ns_a_t_0_http'},"
	 "{'k': 'virtual', 'name': 'ns_a', 'destination': '/P/10.1.0.1:80', 'ipProtocol': 'tcp', "
	 "'pool': '/P/cfgmap_ns_a_t'}",
	 MONITOR "," POOL "," VIRTUAL,
	 "+http monitor cfgmap_ns_a_t_0_http; +pool cfgmap_ns_a_t; ~virtual ns_a pool; "
	 "-pool cfgmap_ns_a_s; -http monitor cfgmap_ns_a_s_0_http"},
	{"another protocol of the monitor",
	 "{'k': 'tcp monitor', 'name': 'cfgmap_ns_a_s_0_tcp'},"
	 "{'k': 'pool', 'name': 'cfgmap_ns_a_s', 'monitor': '/P/cfgmap_ns_a_s_0_tcp', 'members': "
	 "['10.0.0.1:80', '10.0.0.2:80']}," VIRTUAL,
	 MONITOR "," POOL "," VIRTUAL,
	 "+tcp monitor cfgmap_ns_a_s_0_tcp; ~pool cfgmap_ns_a_s monitor; "
	 "-http monitor cfgmap_ns_a_s_0_http"},
	{"to pool-only", MONITOR "," POOL, MONITOR "," POOL "," VIRTUAL, "-virtual ns_a"},
	{"a destination moves to another of the owner's virtuals",
	 POOL "," MONITOR ",{'k': 'virtual', 'name': 'cfgmap_1_a', 'destination': "
	      "'/P/10.1.0.1:80', 'ipProtocol': 'tcp', 'pool': '/P/cfgmap_ns_a_s'}",
	 MONITOR "," POOL "," VIRTUAL, "-virtual ns_a; +virtual cfgmap_1_a"},
	{"another destination needs no deletion before",
	 "{'k': 'virtual', 'name': 'x', 'destination': '/P/10.1.0.2:80', 'ipProtocol': 'tcp'}",
	 "{'k': 'virtual', 'name': 'ns_a', 'destination': '/P/10.1.0.1:80', 'ipProtocol': "
	 "'tcp', " OURS "}",
	 "+virtual x; -virtual ns_a"},
	{"another protocol is another address",
	 "{'k': 'virtual', 'name': 'x', 'destination': '/P/10.1.0.1:80', 'ipProtocol': 'udp'}",
	 "{'k': 'virtual', 'name': 'ns_a', 'destination': '/P/10.1.0.1:80', 'ipProtocol': "
	 "'tcp', " OURS "}",
	 "+virtual x; -virtual ns_a"},
	{"one virtual takes the address that another leaves",
	 "{'k': 'virtual', 'name': 'x', 'destination': '/P/10.1.0.2:80'},"
	 "{'k': 'virtual', 'name': 'y', 'destination': '/P/10.1.0.3:80'}",
	 "{'k': 'virtual', 'name': 'x', 'destination': '/P/10.1.0.1:80'},"
	 "{'k': 'virtual', 'name': 'y', 'destination': '/P/10.1.0.2:80'}",
	 "~virtual y destination; ~virtual x destination"},
	{"two virtuals swap addresses",
	 "{'k': 'virtual', 'name': 'x', 'destination': '/P/10.1.0.2:80'},"
	 "{'k': 'virtual', 'name': 'y', 'destination': '/P/10.1.0.1:80'}",
	 "{'k': 'virtual', 'name': 'x', 'destination': '/P/10.1.0.1:80'},"
	 "{'k': 'virtual', 'name': 'y', 'destination': '/P/10.1.0.2:80'}",
	 "-virtual x; ~virtual y destination; +virtual x"},
	{"from a virtual to an iApp: they may have one address",
	 "{'k': 'iapp', 'name': 'ns_a', 'template': '/Common/f5.http'}",
	 MONITOR "," POOL "," VIRTUAL,
	 "-virtual ns_a; +iapp ns_a; -pool cfgmap_ns_a_s; -http monitor cfgmap_ns_a_s_0_http"},
	{"from an iApp to a virtual", VIRTUAL,
	 "{'k': 'iapp', 'name': 'ns_a', 'subPath': 'ns_a.app', 'template': '/Common/f5.http'}",
	 "-iapp ns_a; +virtual ns_a"},

	{"an iApp beside a virtual is not in its way",
	 "{'k': 'iapp', 'name': 'i', 'template': '/Common/u'}," VIRTUAL,
	 "{'k': 'iapp', 'name': 'i', 'subPath': 'i.app', 'template': '/Common/t'},"
	 "{'k': 'virtual', 'name': 'ns_a', 'destination': '/P/10.1.0.9:80', 'ipProtocol': 'tcp', "
	 "'pool': '/P/cfgmap_ns_a_s', " OURS "}",
	 "~iapp i template; ~virtual ns_a destination"},

	/* what is not ours */
	{"left-overs without our mark stay", "",
	 "{'k': 'virtual', 'name': 'ns_a'},{'k': 'pool', 'name': 'cfgmap_ns_a_s'}", ""},
	{"left-over monitors carry no mark", "", MONITOR, "-http monitor cfgmap_ns_a_s_0_http"},
	{"a whitelisted left-over stays", "", "{'k': 'virtual', 'name': 'ns_a', " WHITE "}", ""},
	{"a child of an iApp stays", "",
	 "{'k': 'http monitor', 'name': 'ns_a_0_http', 'appService': '/P/ns_a.app/ns_a', "
	 "'subPath': "
	 "'ns_a.app'}",
	 ""},
	{"an object of another owner stays", "",
	 "{'k': 'virtual', 'name': 'ns_b', " OURS "},{'k': 'pool', 'name': 'cfgmap_ns_b_s', " OURS
	 "}",
	 ""},
	{"an object of another partition stays", "",
	 "{'k': 'virtual', 'name': 'ns_a', 'partition': 'Q', " OURS "}", ""},
	{"a left-over pool that somebody's virtual uses stays, and its monitor", "",
	 MONITOR "," POOL ",{'k': 'virtual', 'name': 'theirs', 'pool': '/P/cfgmap_ns_a_s'}", ""},
	{"a left-over monitor that somebody's pool uses stays", POOL_WITH(""),
	 MONITOR "," POOL_WITH("") ",{'k': 'pool', 'name': 'theirs', 'monitor': 'min 1 of { "
				   "/P/cfgmap_ns_a_s_0_http }'}",
	 ""},
	{"the pool of a virtual that stays stays", "",
	 MONITOR "," POOL ",{'k': 'virtual', 'name': 'ns_a', 'pool': '/P/cfgmap_ns_a_s', " WHITE
		 "}",
	 ""},
	{"an object of that name without our mark is taken over",
	 "{'k': 'virtual', 'name': 'ns_a', 'ipProtocol': 'udp'}",
	 "{'k': 'virtual', 'name': 'ns_a'}", "~virtual ns_a ipProtocol"},

	/* iApps */
	{"an iApp appears", "{'k': 'iapp', 'name': 'ns_a', 'template': '/Common/f5.http'}", "",
	 "+iapp ns_a"},
	{"an iApp's member table changes",
	 "{'k': 'iapp', 'name': 'ns_a', 'tables': [{'name': 'm', 'rows': [{'row': "
	 "['10.0.0.1']}]}]}",
	 "{'k': 'iapp', 'name': 'ns_a', 'subPath': 'ns_a.app', 'tables': []}", "~iapp ns_a tables"},
	{"an iApp goes before its monitor", "",
	 "{'k': 'http monitor', 'name': 'ns_a_0_http'},{'k': 'iapp', 'name': 'ns_a', 'subPath': "
	 "'ns_a.app'}",
	 "-iapp ns_a; -http monitor ns_a_0_http"},
};

/* the objects of a row; "k" is the kind's name */
static void each_object(const char *list, void (*fn)(void *ctx, struct bigip_object *given),
			void *ctx)
{
	autofree char *text = mem_printf("[%s]", list);
	autojson struct json_object *items = json_of(text);

	for (size_t i = 0; i < js_arr_len(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		for (int k = 0; k < BIGIP_KINDS; k++)
			if (strcmp(js_str(item, "k", ""), bigip_kind_info(k)->name) == 0)
				fn(ctx, object_of(k, js_text(item, NULL), 0));
	}
}

static void to_app(void *ctx, struct bigip_object *given)
{
	if (given->kind == BIGIP_POOL)
		bigip_pool_sort((struct bigip_pool *)given);
	bigip_app_add(ctx, given);
}

static void to_state(void *ctx, struct bigip_object *given)
{
	bigip_state_put(ctx, given);
}

static struct bigip_app app_of(const char *list)
{
	struct bigip_app app = {.owner = mem_strdup("ns/a"), .partition = mem_strdup("P")};

	each_object(list, to_app, &app);
	return app;
}

static struct bigip_state *state_of(const char *list)
{
	struct bigip_state *s = bigip_state_new();

	each_object(list, to_state, s);
	return s;
}

/* "+pool x; ~virtual y pool,snat; -pool z; member+ x 10.0.0.1:80" */
static char *describe(const struct bigip_plan *plan)
{
	static const char *const signs[] = {"+", "~", "-", "member+", "member~", "member-"};
	struct strbuf out = {0};

	for (size_t i = 0; i < plan->n; i++) {
		const struct bigip_change *c = &plan->changes[i];
		const struct bigip_pool *p = (void *)(c->op == BIGIP_OP_MEMBER_DELETE ? c->observed
										      : c->object);
		str_addf(&out, "%s%s", i ? "; " : "", signs[c->op]);
		if (c->op >= BIGIP_OP_MEMBER_ADD) {
			str_addf(&out, " %s ", c->object->name);
			bigip_member_name(&p->members[c->member], &out);
			continue;
		}
		str_addf(&out, "%s %s", bigip_kind_info(c->kind)->name, c->object->name);
		if (c->op == BIGIP_OP_MODIFY)
			str_addf(&out, " %s", field_names(c->kind, c->fields));
	}
	return str_take(&out);
}

static struct bigip_plan plan_of(const struct bigip_app *app, const struct bigip_state *s,
				 const char *row)
{
	struct bigip_plan plan;
	struct error err;

	if (bigip_plan_app(app, s, &plan, &err) < 0)
		fail_row(row, "%s", err.msg);
	return plan;
}

static void plans_are_minimal_and_ordered(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct plan_case *c = &cases[i];
		struct bigip_app app = app_of(c->wanted);
		struct bigip_state *s = state_of(c->observed);
		struct bigip_plan plan = plan_of(&app, s, c->name), again;
		autofree char *text = describe(&plan);

		if (strcmp(text, c->plan) != 0)
			fail_row(c->name, "\n  planned %s\n  should  %s", text, c->plan);
		for (size_t k = 0; k < plan.n; k++)
			bigip_plan_applied(&plan.changes[k], NULL, &rd0, s);
		again = plan_of(&app, s, c->name);
		if (again.n) {
			autofree char *more = describe(&again);

			fail_row(c->name, "a second run plans %s", more);
		}
		bigip_plan_release(&plan);
		bigip_plan_release(&again);
		bigip_app_release(&app);
		bigip_state_free(s);
	}
}

static void untouchable_objects_are_a_conflict(void **state)
{
	static const struct {
		const char *observed, *says;
	} rows[] = {
		{"{'k': 'virtual', 'name': 'ns_a', " WHITE "}", "virtual '/P/ns_a'"},
		{"{'k': 'virtual', 'name': 'ns_a', 'appService': '/P/i.app/i'}", "iApp"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bigip_app app = app_of(MONITOR "," POOL "," VIRTUAL);
		struct bigip_state *s = state_of(rows[i].observed);
		struct bigip_plan plan = {.n = 7};
		struct error err = {0};

		assert_int_equal(bigip_plan_app(&app, s, &plan, &err), -1);
		assert_int_equal(err.kind, ERR_CONFLICT);
		assert_non_null(strstr(err.msg, rows[i].says));
		assert_int_equal(plan.n, 7);
		bigip_app_release(&app);
		bigip_state_free(s);
	}
}

static void removal_and_counting(void **state)
{
	struct bigip_state *s = state_of(MONITOR "," POOL "," VIRTUAL);
	struct bigip_plan plan;
	autofree char *text = NULL;

	bigip_plan_removal("ns/a", "P", s, &plan);
	text = describe(&plan);
	assert_string_equal(
		text, "-virtual ns_a; -pool cfgmap_ns_a_s; -http monitor cfgmap_ns_a_s_0_http");
	assert_int_equal(bigip_plan_deletes(&plan), 3);
	assert_string_equal(plan.owner, "ns/a");
	bigip_plan_release(&plan);
	bigip_plan_removal("ns/b", "P", s, &plan);
	assert_int_equal(plan.n, 0);
	bigip_plan_release(&plan);
	bigip_state_free(s);
}

/* two ConfigMaps of a digit namespace share a pool (cis.md 3.1); neither's end takes it from the
 * other */
static void a_shared_pool_outlives_one_user(void **state)
{
	struct bigip_state *s = state_of(
		"{'k': 'pool', 'name': 'cfgmap_4a_4a_s', " OURS "},"
		"{'k': 'virtual', 'name': 'cfgmap_4a_x', 'pool': '/P/cfgmap_4a_4a_s', " OURS "}");
	struct bigip_plan plan;

	bigip_plan_removal("4a/4a", "P", s, &plan);
	assert_int_equal(plan.n, 0);
	bigip_plan_release(&plan);
	bigip_state_free(s);
}

static void nodes_without_members_go(void **state)
{
	struct bigip_state *s = state_of(
		"{'k': 'pool', 'name': 'p', 'members': ['10.0.0.1:80', '2001:db8::1%0.80', "
		"{'name': "
		"'web:80', 'address': '10.0.0.5'}]},"
		"{'k': 'pool', 'name': 'q', 'partition': 'Q', 'members': [{'name': '10.0.0.6:80', "
		"'partition': 'P', 'address': '10.0.0.6'}]},"
		"{'k': 'node', 'name': '10.0.0.1%0', 'address': '10.0.0.1'},"
		"{'k': 'node', 'name': '10.0.0.2', 'address': '10.0.0.2'},"
		"{'k': 'node', 'name': '10.0.0.1%3', 'address': '10.0.0.1%3'},"
		"{'k': 'node', 'name': '2001:db8::1', 'address': '2001:db8::1'},"
		"{'k': 'node', 'name': '2001:db8::2', 'address': '2001:db8::2'},"
		"{'k': 'node', 'name': '10.0.0.5', 'address': '10.0.0.5'},"
		"{'k': 'node', 'name': '10.0.0.6', 'address': '10.0.0.6'},"
		"{'k': 'node', 'name': 'web', 'address': '10.0.0.7'},"
		"{'k': 'node', 'name': '10.0.0.8', 'address': '10.0.0.9'},"
		"{'k': 'node', 'name': 'fqdn', 'address': 'any6'},"
		"{'k': 'node', 'name': '10.0.0.2', 'address': '10.0.0.2', 'partition': 'Q'}");
	struct bigip_plan plan;
	autofree char *text = NULL;

	bigip_plan_nodes("P", s, &plan);
	text = describe(&plan);
	assert_string_equal(text, "-node 10.0.0.2; -node 10.0.0.1%3; -node 2001:db8::2");
	bigip_plan_release(&plan);
	bigip_state_free(s);
}

/* ---- applying with replies ---- */

static struct bigip_pool *pool_in(const struct bigip_state *s)
{
	return (void *)bigip_state_get(s, BIGIP_POOL, "P", "cfgmap_ns_a_s");
}

static void replies_tell_more_than_was_sent(void **state)
{
	struct bigip_app app = app_of(POOL_WITH("'10.0.0.1%0:80', '10.0.0.2%0:80'"));
	struct bigip_state *s = state_of(POOL_WITH("'10.0.0.1%0:80'"));
	struct bigip_plan plan = plan_of(&app, s, "reply");
	autojson struct json_object *reply = json_of(
		"{'name': '10.0.0.2:80', 'partition': 'P', 'session': 'monitor-enabled', "
		"'state': 'checking'}");
	autojson struct json_object *other = json_of("{'name': '10.0.0.3:80', 'partition': 'P'}");

	assert_int_equal(plan.changes[0].op, BIGIP_OP_MEMBER_ADD);
	bigip_plan_applied(&plan.changes[0], reply, &rd0, s);
	assert_int_equal(pool_in(s)->n_members, 2);
	assert_int_equal(pool_in(s)->members[1].availability, BIGIP_AVAIL_CHECKING);
	assert_true(pool_in(s)->members[1].bare);
	bigip_plan_applied(&plan.changes[0], other, &rd0,
			   s); /* no such member: what was sent counts */
	assert_int_equal(pool_in(s)->n_members, 2);
	bigip_plan_release(&plan);
	bigip_app_release(&app);
	bigip_state_free(s);
}

static void a_created_pool_keeps_its_members(void **state)
{
	struct bigip_app app = app_of(POOL);
	struct bigip_state *s = bigip_state_new();
	struct bigip_plan plan = plan_of(&app, s, "create");
	autojson struct json_object *reply = json_of(
		"{'name': 'cfgmap_ns_a_s', 'partition': 'P', 'monitor': '/P/cfgmap_ns_a_s_0_http "
		"', "
		"'membersReference': {'isSubcollection': true, 'link': 'https://localhost/'}}");

	bigip_plan_applied(&plan.changes[0], reply, &rd0, s);
	assert_int_equal(pool_in(s)->n_members, 2);
	assert_true(pool_in(s)->o.marks & BIGIP_MARK_OURS);
	bigip_plan_release(&plan);
	plan = plan_of(&app, s, "again");
	assert_int_equal(plan.n, 0);
	bigip_plan_release(&plan);
	bigip_app_release(&app);
	bigip_state_free(s);
}

/* the device did something else than it was asked to: the next plan sees it */
static void a_reply_that_disagrees_is_drift(void **state)
{
	struct bigip_app app = app_of(
		"{'k': 'tcp monitor', 'name': 'm', 'interval': 20, 'timeout': 16}");
	struct bigip_state *s = bigip_state_new();
	struct bigip_plan plan = plan_of(&app, s, "create");
	autojson struct json_object *reply = json_of(
		"{'name': 'm', 'partition': 'P', 'interval': 15, 'timeout': 16}");
	autofree char *text = NULL;

	bigip_plan_applied(&plan.changes[0], reply, &rd0, s);
	bigip_plan_release(&plan);
	plan = plan_of(&app, s, "again");
	text = describe(&plan);
	assert_string_equal(text, "~tcp monitor m interval");
	bigip_plan_release(&plan);
	bigip_app_release(&app);
	bigip_state_free(s);
}

/* a change that lands after the object went away changes nothing */
static void late_changes_are_dropped(void **state)
{
	struct bigip_app app = app_of(POOL_WITH("'10.0.0.1:80'"));
	struct bigip_state *s = state_of(POOL_WITH(""));
	struct bigip_plan plan = plan_of(&app, s, "late");

	bigip_state_del(s, BIGIP_POOL, "P", "cfgmap_ns_a_s");
	bigip_plan_applied(&plan.changes[0], NULL, &rd0, s);
	assert_null(pool_in(s));
	bigip_plan_release(&plan);
	bigip_app_release(&app);
	bigip_state_free(s);
}

/* the list is written whole, and whom a person forced offline stays so */
static void a_list_keeps_members_forced_offline(void **state)
{
	struct bigip_app app = app_of(
		POOL_WITH("'10.0.0.1%0:80', '10.0.0.2%0:80', '10.0.0.3%0:80'"));
	struct bigip_state *s = state_of(POOL_WITH(
		"{'name': '10.0.0.2:80', 'session': 'user-disabled', 'state': 'user-down'}"));
	struct bigip_plan plan = plan_of(&app, s, "list");
	const struct bigip_change *c = &plan.changes[0];
	autojson struct json_object *body = bigip_object_to_json(c->object, c->fields);

	autojson struct json_object *want = json_of(
		"{'members':[{'name':'10.0.0.1%0:80','partition':'P','session':'user-enabled'},"
		"{'name':'10.0.0.2:80','partition':'P','session':'user-disabled','state':'user-"
		"down'},"
		"{'name':'10.0.0.3%0:80','partition':'P','session':'user-enabled'}]}");

	assert_int_equal(c->op, BIGIP_OP_MODIFY);
	assert_true(json_object_equal(body, want));
	bigip_plan_release(&plan);
	bigip_app_release(&app);
	bigip_state_free(s);
}

/* the URI of a member is made of the device's name for it */
static void a_member_change_knows_the_devices_name(void **state)
{
	struct bigip_app app = app_of(
		POOL_WITH("{'name': '10.0.0.1%0:80', 'session': 'user-disabled'}"));
	struct bigip_state *s = state_of(POOL_WITH("'10.0.0.1:80'"));
	struct bigip_plan plan = plan_of(&app, s, "drain");
	const struct bigip_pool *p = (void *)plan.changes[0].object;
	struct strbuf uri = {0};

	assert_int_equal(plan.changes[0].op, BIGIP_OP_MEMBER_MODIFY);
	bigip_member_uri(p, &p->members[plan.changes[0].member], &uri);
	assert_string_equal(uri.data, "/mgmt/tm/ltm/pool/~P~cfgmap_ns_a_s/members/~P~10.0.0.1:80");
	str_release(&uri);
	bigip_plan_release(&plan);
	bigip_app_release(&app);
	bigip_state_free(s);
}

/* ---- printing ---- */

static const struct print_case {
	const char *name, *wanted, *observed, *text, *json;
} prints[] = {
	{"create", "{'k': 'tcp monitor', 'name': 'm', 'send': 'a\\r\\nb\\u0001'}", "",
	 "+ tcp monitor /P/m\n    interval: 5\n    timeout: 16\n    send: \"a\\r\\nb\\x01\"\n"
	 "    recv: \"\"\n",
	 "{'op':'create','kind':'tcp monitor','path':'/P/m','fields':{'interval':{'to':'5'},"
	 "'timeout':{'to':'16'},'send':{'to':'\\\"a\\\\r\\\\nb\\\\x01\\\"'},'recv':{'to':'\\\"\\\"'"
	 "}}}"},
	{"modify", "{'k': 'pool', 'name': 'cfgmap_ns_a_s', 'loadBalancingMode': 'ratio-member'}",
	 POOL_WITH(""),
	 "~ pool /P/cfgmap_ns_a_s\n    loadBalancingMode: round-robin -> ratio-member\n",
	 "{'op':'modify','kind':'pool','path':'/P/cfgmap_ns_a_s','fields':{'loadBalancingMode':"
	 "{'from':'round-robin','to':'ratio-member'}}}"},
	{"members",
	 POOL_WITH("'10.0.0.1%0:80', {'name': '10.0.0.2%0:80', 'session': 'user-disabled'}"),
	 POOL_WITH("'10.0.0.2%0:80', '10.0.0.3%0:80'"),
	 "~ pool /P/cfgmap_ns_a_s\n    members:\n      + 10.0.0.1%0:80\n"
	 "      ~ 10.0.0.2%0:80 (disabled)\n      - 10.0.0.3%0:80\n",
	 "{'op':'modify','kind':'pool','path':'/P/cfgmap_ns_a_s','fields':{'members':"
	 "{'from':'10.0.0.2%0:80, 10.0.0.3%0:80','to':'10.0.0.1%0:80, 10.0.0.2%0:80 "
	 "(disabled)'}}}"},
	{"a member", POOL_WITH("'10.0.0.1%0:80'"), POOL_WITH(""),
	 "~ pool /P/cfgmap_ns_a_s\n    members:\n      + 10.0.0.1%0:80\n",
	 "{'op':'member-add','kind':'pool','path':'/P/cfgmap_ns_a_s',"
	 "'member':{'name':'10.0.0.1%0:80','session':'user-enabled'}}"},
	{"delete", "", VIRTUAL, "- virtual /P/ns_a\n",
	 "{'op':'delete','kind':'virtual','path':'/P/ns_a'}"},
	{"a virtual's fields",
	 "{'k': 'virtual', 'name': 'ns_a', 'destination': '/P/10.1.0.1%0:443', 'ipProtocol': "
	 "'tcp', "
	 "'pool': '/P/p', 'disabled': true, 'vlansEnabled': true, 'vlans': ['/Common/a'], "
	 "'profiles': [{'name': 'ssl', 'partition': 'P', 'context': 'clientside'}, '/Common/tcp'], "
	 "'sourceAddressTranslation': {'type': 'snat', 'pool': 'sp'}}",
	 "{'k': 'virtual', 'name': 'ns_a'}",
	 "~ virtual /P/ns_a\n    destination: none -> /P/10.1.0.1%0:443\n    ipProtocol: any -> "
	 "tcp\n"
	 "    enabled: true -> false\n    pool: none -> /P/p\n"
	 "    sourceAddressTranslation: none -> snat sp\n"
	 "    profiles: none -> /Common/tcp, /P/ssl (clientside)\n    vlans: none -> /Common/a\n"
	 "    vlansDisabled: true -> false\n",
	 NULL},
	{"an iApp",
	 "{'k': 'iapp', 'name': 'ns_a', 'subPath': 'ns_a.app', 'template': '/Common/t', "
	 "'description': 'd', 'variables': "
	 "[{'name': 'a', 'value': '1'}, {'name': 'b', 'value': '2'}], 'tables': [{'name': 'm', "
	 "'rows': "
	 "[{'row': ['10.0.0.1', '80']}]}]}",
	 "",
	 "+ iapp /P/ns_a.app/ns_a\n    template: /Common/t\n    options: k=iapp, description=d\n"
	 "    variables: a=1, b=2\n    tables: m: [\"10.0.0.1\",\"80\"]\n",
	 NULL},
};

static void changes_read_well(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(prints); i++) {
		const struct print_case *c = &prints[i];
		struct bigip_app app = app_of(c->wanted);
		struct bigip_state *s = state_of(c->observed);
		struct bigip_plan plan = plan_of(&app, s, c->name);
		autojson struct json_object *json = NULL;
		struct strbuf text = {0};

		assert_int_equal(plan.n, 1);
		bigip_change_print(&plan.changes[0], &text);
		if (strcmp(text.data, c->text) != 0)
			fail_row(c->name, "\n%s", text.data);
		json = bigip_change_json(&plan.changes[0]);
		if (c->json) {
			autojson struct json_object *want = json_of(c->json);

			if (!json_object_equal(json, want))
				fail_row(c->name, "%s", js_text(json, NULL));
		}
		str_release(&text);
		bigip_plan_release(&plan);
		bigip_app_release(&app);
		bigip_state_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plans_are_minimal_and_ordered),
		cmocka_unit_test(untouchable_objects_are_a_conflict),
		cmocka_unit_test(removal_and_counting),
		cmocka_unit_test(a_shared_pool_outlives_one_user),
		cmocka_unit_test(nodes_without_members_go),
		cmocka_unit_test(replies_tell_more_than_was_sent),
		cmocka_unit_test(a_created_pool_keeps_its_members),
		cmocka_unit_test(a_reply_that_disagrees_is_drift),
		cmocka_unit_test(late_changes_are_dropped),
		cmocka_unit_test(a_list_keeps_members_forced_offline),
		cmocka_unit_test(a_member_change_knows_the_devices_name),
		cmocka_unit_test(changes_read_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
