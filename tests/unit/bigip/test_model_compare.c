/* when two objects are the same: each row is a rule of comparison */
#include "common/base/mem.h"
#include "objects.h"

#define VIRTUAL "'destination': '/P/10.0.0.1%0:80', 'ipProtocol': 'tcp', 'source': '0.0.0.0%0/0'"

static const struct compare_case {
	const char *name;
	enum bigip_kind kind;
	const char *wanted, *observed;
	const char *diff; /* fields that differ */
	uint32_t default_rd;
} cases[] = {
	/* defaults */
	{"an unset interval is 5, an unset timeout 16", BIGIP_MONITOR_TCP,
	 "{'interval': 5, 'timeout': 16}", "{}", ""},
	{"another interval differs", BIGIP_MONITOR_TCP, "{'interval': 5}", "{'interval': 6}",
	 "interval"},
	{"a number may come as a string", BIGIP_MONITOR_TCP, "{'timeout': 31}", "{'timeout': '31'}",
	 ""},
	{"an empty recv equals none", BIGIP_MONITOR_HTTP, "{'recv': ''}", "{}", ""},
	{"null equals absent", BIGIP_MONITOR_HTTP, "{'recv': ''}", "{'recv': null}", ""},
	{"an unset balance is round-robin", BIGIP_POOL, "{'loadBalancingMode': 'round-robin'}",
	 "{}", ""},
	{"unset lists are empty", BIGIP_VIRTUAL,
	 "{" VIRTUAL ", 'rules': [], 'vlans': [], 'policies': [], 'vlansDisabled': true}",
	 "{" VIRTUAL "}", ""},
	{"an unset source is any", BIGIP_VIRTUAL, "{" VIRTUAL "}",
	 "{'destination': '/P/10.0.0.1%0:80', 'ipProtocol': 'tcp'}", ""},

	/* send and recv */
	{"CR LF equals the text \\r\\n", BIGIP_MONITOR_HTTP, "{'send': 'GET /\\r\\n\\r\\n'}",
	 "{'send': 'GET /\\\\r\\\\n\\\\r\\\\n'}", ""},
	{"the text \\r\\n equals CR LF", BIGIP_MONITOR_HTTP, "{'recv': 'a\\\\r\\\\nb'}",
	 "{'recv': 'a\\r\\nb'}", ""},
	{"one line end less differs", BIGIP_MONITOR_HTTP, "{'send': 'GET /\\r\\n\\r\\n'}",
	 "{'send': 'GET /\\\\r\\\\n'}", "send"},
	{"a backslash alone is no line end", BIGIP_MONITOR_HTTP, "{'recv': 'a\\n'}",
	 "{'recv': 'a\\\\'}", "recv"},
	{"letters r n are no line end", BIGIP_MONITOR_HTTP, "{'recv': '\\r\\n'}", "{'recv': 'rn'}",
	 "recv"},

	/* monitors of a pool */
	{"a trailing blank after the monitor", BIGIP_POOL, "{'monitor': '/P/a'}",
	 "{'monitor': '/P/a '}", ""},
	{"monitors have no order", BIGIP_POOL, "{'monitor': '/P/a and /P/b'}",
	 "{'monitor': '/P/b and /P/a '}", ""},
	{"a missing monitor differs", BIGIP_POOL, "{'monitor': '/P/a and /P/b'}",
	 "{'monitor': '/P/a'}", "monitor"},
	{"another monitor differs", BIGIP_POOL, "{'monitor': '/P/a'}", "{'monitor': '/P/b'}",
	 "monitor"},
	{"one twice is not two", BIGIP_POOL, "{'monitor': '/P/a and /P/b'}",
	 "{'monitor': '/P/a and /P/a'}", "monitor"},
	{"'default' is none, as k8s-bigip-ctlr writes it", BIGIP_POOL, "{}",
	 "{'monitor': 'default'}", ""},
	{"'default' with a trailing blank", BIGIP_POOL, "{}", "{'monitor': 'default '}", ""},
	{"'none' is none", BIGIP_POOL, "{}", "{'monitor': 'none'}", ""},
	{"min 1 of the same monitors differs", BIGIP_POOL, "{'monitor': '/P/a and /P/b'}",
	 "{'monitor': 'min 1 of { /P/a /P/b }'}", "monitor"},
	{"min 1 of the one monitor differs", BIGIP_POOL, "{'monitor': '/P/a'}",
	 "{'monitor': 'min 1 of { /P/a }'}", "monitor"},

	/* members */
	{"%0 is no %rd in route domain 0", BIGIP_POOL,
	 "{'members': [{'name': '10.0.0.1%0:80', 'partition': 'P'}]}",
	 "{'membersReference': {'items': [{'name': '10.0.0.1:80', 'partition': 'P'}]}}", ""},
	{"no %rd is the partition's default", BIGIP_POOL,
	 "{'members': [{'name': '10.0.0.1%5:80'}]}",
	 "{'membersReference': {'items': [{'name': '10.0.0.1:80', 'partition': 'P'}]}}", "", 5},
	{"another route domain differs", BIGIP_POOL, "{'members': ['10.0.0.1%5:80']}",
	 "{'members': ['10.0.0.1%6:80']}", "members", 5},
	{"members have no order", BIGIP_POOL, "{'members': ['10.0.0.1%0:80', '10.0.0.2%0:80']}",
	 "{'members': ['10.0.0.2:80', '10.0.0.1:80']}", ""},
	{"another port differs", BIGIP_POOL, "{'members': ['10.0.0.1%0:80']}",
	 "{'members': ['10.0.0.1:81']}", "members"},
	{"forms of an IPv6 address", BIGIP_POOL, "{'members': ['2001:db8:0::1%0.80']}",
	 "{'members': ['2001:DB8::1.80']}", ""},
	{"a member that has a name of its own differs", BIGIP_POOL, "{'members': ['10.0.0.1:80']}",
	 "{'members': [{'name': 'web1:80', 'address': '10.0.0.1'}]}", "members"},
	{"a member with a node of Common differs", BIGIP_POOL, "{'members': ['10.0.0.1:80']}",
	 "{'members': [{'name': '10.0.0.1:80', 'partition': 'Common'}]}", "members"},
	{"monitor-enabled is enabled", BIGIP_POOL,
	 "{'members': [{'name': '10.0.0.1%0:80', 'session': 'user-enabled'}]}",
	 "{'members': [{'name': '10.0.0.1:80', 'session': 'monitor-enabled', 'state': 'up'}]}", ""},
	{"monitor-disabled is the monitor's doing", BIGIP_POOL,
	 "{'members': [{'name': '10.0.0.1%0:80', 'session': 'user-enabled'}]}",
	 "{'members': [{'name': '10.0.0.1:80', 'session': 'monitor-disabled', 'state': 'up'}]}",
	 ""},
	{"down is no difference", BIGIP_POOL, "{'members': ['10.0.0.1:80']}",
	 "{'members': [{'name': '10.0.0.1:80', 'session': 'monitor-enabled', 'state': 'down'}]}",
	 ""},
	{"user-disabled differs from enabled", BIGIP_POOL, "{'members': ['10.0.0.1:80']}",
	 "{'members': [{'name': '10.0.0.1:80', 'session': 'user-disabled', 'state': 'up'}]}",
	 "members"},
	{"drained differs from enabled", BIGIP_POOL,
	 "{'members': [{'name': '10.0.0.1:80', 'session': 'user-disabled'}]}",
	 "{'members': [{'name': '10.0.0.1:80', 'session': 'monitor-enabled', 'state': 'up'}]}",
	 "members"},
	{"forced offline by a person is left alone", BIGIP_POOL, "{'members': ['10.0.0.1:80']}",
	 "{'members': [{'name': '10.0.0.1:80', 'session': 'user-disabled', 'state': 'user-down'}]}",
	 ""},
	{"a member's ratio, limit and description are not ours", BIGIP_POOL,
	 "{'members': ['10.0.0.1:80']}",
	 "{'members': [{'name': '10.0.0.1:80', 'ratio': 5, 'connectionLimit': 9, "
	 "'priorityGroup': 2, 'description': 'x'}]}",
	 ""},

	/* what else is on a pool */
	{"a foreign user agent is no difference", BIGIP_POOL,
	 "{'metadata': [{'name': 'user_agent', 'value': 'podlane-1'}]}",
	 "{'metadata': [{'name': 'user_agent', 'value': 'k8s-bigip-ctlr-2'}]}", ""},
	{"description and unmodelled fields are no difference", BIGIP_POOL, "{}",
	 "{'description': 'hands off', 'minActiveMembers': 2, 'slowRampTime': 0}", ""},

	/* addresses of a virtual */
	{"a destination without %rd", BIGIP_VIRTUAL, "{" VIRTUAL "}",
	 "{'destination': '/P/10.0.0.1:80', 'ipProtocol': 'tcp', 'source': '0.0.0.0/0'}", ""},
	{"a destination without %rd in another default", BIGIP_VIRTUAL,
	 "{'destination': '/P/10.0.0.1%5:80', 'source': '0.0.0.0%5/0'}",
	 "{'destination': '/P/10.0.0.1:80', 'source': '0.0.0.0/0'}", "", 5},
	{"the source's route domain is the destination's", BIGIP_VIRTUAL,
	 "{'destination': '/P/10.0.0.1%7:80', 'source': '0.0.0.0%7/0'}",
	 "{'destination': '/P/10.0.0.1%7:80', 'source': '0.0.0.0/0'}", "", 5},
	{"another route domain of the destination", BIGIP_VIRTUAL,
	 "{'destination': '/P/10.0.0.1%5:80'}", "{'destination': '/P/10.0.0.1:80'}", "destination"},
	{"forms of an IPv6 destination", BIGIP_VIRTUAL,
	 "{'destination': '/P/2001:0db8:0:0::1%0.80', 'source': '::%0/0'}",
	 "{'destination': '/P/2001:db8::1.80', 'source': '::/0'}", ""},
	{"another port of the destination", BIGIP_VIRTUAL, "{'destination': '/P/10.0.0.1:80'}",
	 "{'destination': '/P/10.0.0.1:8080'}", "destination"},
	{"another partition of the destination", BIGIP_VIRTUAL, "{'destination': '/P/10.0.0.1:80'}",
	 "{'destination': '/Common/10.0.0.1:80'}", "destination"},
	{"a destination that is a name", BIGIP_VIRTUAL, "{'destination': '/P/10.0.0.1:80'}",
	 "{'destination': '/P/vip1:80'}", "destination"},
	{"a narrower source", BIGIP_VIRTUAL,
	 "{'destination': '/P/10.0.0.1:80', 'source': '0.0.0.0%0/0'}",
	 "{'destination': '/P/10.0.0.1:80', 'source': '10.0.0.0/8'}", "source"},

	/* SNAT */
	{"a bare SNAT pool is in Common", BIGIP_VIRTUAL,
	 "{'sourceAddressTranslation': {'type': 'snat', 'pool': 'SNAT-vlan130'}}",
	 "{'sourceAddressTranslation': {'type': 'snat', 'pool': '/Common/SNAT-vlan130'}}", ""},
	{"another SNAT pool", BIGIP_VIRTUAL,
	 "{'sourceAddressTranslation': {'type': 'snat', 'pool': 'SNAT-vlan130'}}",
	 "{'sourceAddressTranslation': {'type': 'snat', 'pool': '/P/SNAT-vlan130'}}",
	 "sourceAddressTranslation"},
	{"automap is not none", BIGIP_VIRTUAL, "{'sourceAddressTranslation': {'type': 'automap'}}",
	 "{}", "sourceAddressTranslation"},
	{"a pool that stayed behind automap is no difference", BIGIP_VIRTUAL,
	 "{'sourceAddressTranslation': {'type': 'automap'}}",
	 "{'sourceAddressTranslation': {'type': 'automap', 'pool': '/Common/a'}}", ""},
	{"a type that we do not know differs", BIGIP_VIRTUAL,
	 "{'sourceAddressTranslation': {'type': 'snat', 'pool': '/Common/a'}}",
	 "{'sourceAddressTranslation': {'type': 'lsn', 'pool': '/Common/a'}}",
	 "sourceAddressTranslation"},

	/* the rest of a virtual */
	{"profiles have no order and many forms", BIGIP_VIRTUAL,
	 "{'profiles': [{'name': 'tcp', 'partition': 'Common', 'context': 'all'}, "
	 "{'name': 'ssl', 'partition': 'P', 'context': 'clientside'}]}",
	 "{'profilesReference': {'items': [{'name': 'ssl', 'partition': 'P', 'fullPath': '/P/ssl', "
	 "'context': 'clientside'}, {'fullPath': '/Common/tcp', 'name': 'tcp', 'context': "
	 "'all'}]}}",
	 ""},
	{"profiles as plain paths", BIGIP_VIRTUAL,
	 "{'profiles': [{'name': 'tcp', 'partition': 'Common', 'context': 'all'}]}",
	 "{'profiles': ['/Common/tcp']}", ""},
	{"a profile of another context", BIGIP_VIRTUAL,
	 "{'profiles': [{'name': 'tcp', 'partition': 'Common', 'context': 'all'}]}",
	 "{'profiles': [{'name': 'tcp', 'partition': 'Common', 'context': 'clientside'}]}",
	 "profiles"},
	{"a profile too many", BIGIP_VIRTUAL, "{'profiles': ['/Common/tcp']}",
	 "{'profiles': ['/Common/tcp', '/Common/http']}", "profiles"},
	{"the order of rules matters", BIGIP_VIRTUAL, "{'rules': ['/P/a', '/P/b']}",
	 "{'rules': ['/P/b', '/P/a']}", "rules"},
	{"the order of VLANs does not", BIGIP_VIRTUAL, "{'vlans': ['/Common/a', '/Common/b']}",
	 "{'vlans': ['/Common/b', '/Common/a']}", ""},
	{"enabled on listed VLANs only", BIGIP_VIRTUAL, "{'vlansDisabled': true}",
	 "{'vlansEnabled': true, 'vlans': ['/Common/a']}", "vlans,vlansDisabled"},
	{"disabled by a person", BIGIP_VIRTUAL, "{'enabled': true}", "{'disabled': true}",
	 "enabled"},
	{"enabled: false is disabled", BIGIP_VIRTUAL, "{'enabled': false}", "{'disabled': true}",
	 ""},
	{"a pool that went", BIGIP_VIRTUAL, "{'pool': '/P/a'}", "{}", "pool"},
	{"another protocol", BIGIP_VIRTUAL, "{'ipProtocol': 'udp'}", "{'ipProtocol': 'tcp'}",
	 "ipProtocol"},
	{"persistence and mirroring are not ours", BIGIP_VIRTUAL, "{" VIRTUAL "}",
	 "{" VIRTUAL ", 'persist': [{'name': 'cookie'}], 'mirror': 'enabled'}", ""},

	/* iApps */
	{"variables that the template added are not ours", BIGIP_IAPP,
	 "{'template': '/Common/f5.http', 'variables': [{'name': 'a', 'value': '1'}]}",
	 "{'template': '/Common/f5.http', 'variables': [{'name': 'b', 'value': '2'}, "
	 "{'name': 'a', 'encrypted': 'no', 'value': '1'}]}",
	 ""},
	{"another value of a variable", BIGIP_IAPP, "{'variables': [{'name': 'a', 'value': '1'}]}",
	 "{'variables': [{'name': 'a', 'value': '2'}]}", "variables"},
	{"a missing variable", BIGIP_IAPP, "{'variables': [{'name': 'a', 'value': '1'}]}", "{}",
	 "variables"},
	{"options are top-level properties", BIGIP_IAPP, "{'description': 'x'}",
	 "{'description': 'y', 'trafficGroup': '/Common/traffic-group-1'}", "options"},
	{"rows with addresses have no order", BIGIP_IAPP,
	 "{'tables': [{'name': 'm', 'columnNames': ['a', 'p'], "
	 "'rows': [{'row': ['10.0.0.1%0', '80']}, {'row': ['10.0.0.2%0', '80']}]}]}",
	 "{'tables': [{'name': 'm', 'columnNames': ['a', 'p'], "
	 "'rows': [{'row': ['10.0.0.2%0', '80']}, {'row': ['10.0.0.1%0', '80']}]}]}",
	 ""},
	{"a member row too many", BIGIP_IAPP,
	 "{'tables': [{'name': 'm', 'columnNames': ['a'], 'rows': [{'row': ['10.0.0.1%0']}]}]}",
	 "{'tables': [{'name': 'm', 'columnNames': ['a'], 'rows': [{'row': ['10.0.0.1%0']}, "
	 "{'row': ['10.0.0.2%0']}]}]}",
	 "tables"},
	{"other rows have an order", BIGIP_IAPP,
	 "{'tables': [{'name': 'm', 'rows': [{'row': ['a']}, {'row': ['b']}]}]}",
	 "{'tables': [{'name': 'm', 'rows': [{'row': ['b']}, {'row': ['a']}]}]}", "tables"},
	{"an empty table is as good as none", BIGIP_IAPP,
	 "{'tables': [{'name': 'm', 'columnNames': ['a'], 'rows': []}]}", "{'tables': []}", ""},
};

static void compares_by_meaning(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct compare_case *c = &cases[i];
		struct bigip_object *wanted = object_of(c->kind, c->wanted, c->default_rd);
		struct bigip_object *observed = object_of(c->kind, c->observed, c->default_rd);
		const char *diff = field_names(c->kind, bigip_object_diff(wanted, observed));

		if (strcmp(diff, c->diff) != 0)
			fail_row(c->name, "differ in '%s', should in '%s'", diff, c->diff);
		bigip_object_free(wanted);
		bigip_object_free(observed);
	}
}

static void wanted_needs_no_source(void **state)
{
	struct bigip_object *wanted = bigip_object_new(BIGIP_VIRTUAL, "P", "x");
	struct bigip_object *any = object_of(BIGIP_VIRTUAL, "{'source': '0.0.0.0/0'}", 0);
	struct bigip_object *some = object_of(BIGIP_VIRTUAL, "{'source': '10.0.0.0/8'}", 0);

	assert_string_equal(field_names(BIGIP_VIRTUAL, bigip_object_diff(wanted, any)), "");
	assert_string_equal(field_names(BIGIP_VIRTUAL, bigip_object_diff(wanted, some)), "source");
	bigip_object_free(wanted);
	bigip_object_free(any);
	bigip_object_free(some);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_by_meaning),
		cmocka_unit_test(wanted_needs_no_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
