/* URIs, query parameters, collections, statistics, readiness (1.6, 2.1, 2.2, 2.5, 2.6). */
#include "device.h"

static void fill(struct device *d, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		autofree char *body = mem_printf("{\"name\":\"p%02u\",\"partition\":\"P\"}", i);

		device_must(d, "POST", "ltm/pool", body);
	}
}

static void paths_are_read_as_on_the_device(void **state)
{
	static const struct {
		const char *name, *path, *full;
	} rows[] = {
		{"tilde form", "ltm/pool/~P~a b", "/P/a b"},
		{"blank escaped", "ltm/pool/~P~a%20b", "/P/a b"},
		{"trailing slash", "ltm/pool/~P~a%20b/", "/P/a b"},
		{"bare name is in /Common", "ltm/monitor/http/http", "/Common/http"},
		{"tilde escaped", "ltm/pool/%7EP%7Ea%20b", "/P/a b"},
		{"plain name", "auth/partition/P", "P"},
		{"root folder", "sys/folder/~", "/"},
		{"folder", "sys/folder/~P", "/P"},
		{"folder below", "sys/folder/~Common~Drafts", "/Common/Drafts"},
		{"database variable with dots", "sys/db/icrd.timeout", "icrd.timeout"},
		{"colon escaped", "ltm/pool/~P~a%20b/members/~P~10.0.0.1%3A80", "/P/10.0.0.1:80"},
		{"route domain escaped", "ltm/pool/~P~a%20b/members/~P~10.0.0.1%250:80",
		 "/P/10.0.0.1:80"},
	};
	struct device d;

	device_init(&d, 0);
	device_must(&d, "POST", "ltm/pool/",
		    "{\"name\":\"a b\",\"partition\":\"P\",\"members\":[\"/P/10.0.0.1:80\"]}");
	assert_string_equal(device_string(&d, "selfLink"),
			    "https://localhost/mgmt/tm/ltm/pool/~P~a%20b?ver=14.1.2.1");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (device_ask(&d, "GET", rows[i].path, NULL) != 200 ||
		    strcmp(device_string(&d, "fullPath"), rows[i].full) != 0)
			fail_row(rows[i].name, "answered %s", d.text);
	}
	device_release(&d);
}

static void collections(void **state)
{
	struct device d;

	device_init(&d, 0);
	device_must(&d, "GET", "ltm/pool", NULL);
	assert_string_equal(d.text,
			    "{\"kind\":\"tm:ltm:pool:poolcollectionstate\",\"selfLink\":"
			    "\"https://localhost/mgmt/tm/ltm/pool?ver=14.1.2.1\",\"items\":[]}");
	fill(&d, 3);
	device_must(&d, "POST", "ltm/pool", "{\"name\":\"c\",\"partition\":\"Common\"}");
	device_must(&d, "GET", "ltm/pool?$filter=partition+eq+P&$select=name,selfLink", NULL);
	assert_string_equal(
		d.text,
		"{\"kind\":\"tm:ltm:pool:poolcollectionstate\",\"selfLink\":\"https://localhost/"
		"mgmt/tm/ltm/pool?$filter=partition+eq+P&$select=name%2CselfLink&ver=14.1.2.1\","
		"\"items\":[{\"name\":\"p00\",\"selfLink\":\"https://localhost/mgmt/tm/ltm/pool/"
		"~P~p00?ver=14.1.2.1\"},{\"name\":\"p01\",\"selfLink\":\"https://localhost/mgmt/tm/"
		"ltm/pool/~P~p01?ver=14.1.2.1\"},{\"name\":\"p02\",\"selfLink\":\"https://"
		"localhost/"
		"mgmt/tm/ltm/pool/~P~p02?ver=14.1.2.1\"}]}");
	device_must(&d, "GET", "ltm/pool?%24filter=partition%20eq%20'P'", NULL);
	assert_int_equal(device_items(&d), 3);
	device_must(&d, "GET", "ltm/pool?ver=11.6.0", NULL);
	assert_string_equal(device_string(&d, "selfLink"),
			    "https://localhost/mgmt/tm/ltm/pool?ver=11.6.0");
	assert_int_equal(device_items(&d), 4);
	assert_int_equal(device_ask(&d, "GET", "ltm/pool?ver=99.1", NULL), 400);
	assert_int_equal(device_ask(&d, "GET", "ltm/pool?$filter=name+eq+x", NULL), 400);
	device_release(&d);
}

/* follow nextLink to the end; returns the names in order */
static char *walk(struct device *d, const char *first, unsigned *ret_pages)
{
	autofree char *path = mem_strdup(first);
	struct strbuf names = {0};
	const char *next;

	for (*ret_pages = 1;; ++*ret_pages) {
		device_must(d, "GET", path, NULL);
		for (unsigned i = 0; i < device_items(d); i++)
			str_addf(&names, "%s ", js_str(device_item(d, i), "name", ""));
		next = device_string(d, "nextLink");
		if (!*next)
			break;
		assert_in_range(*ret_pages, 1, 20);
		free(path);
		path = mem_strdup(next + strlen("https://localhost"));
	}
	return str_take(&names);
}

static void paging_shows_everything_once(void **state)
{
	static const unsigned quirks[] = {0, MOCK_QUIRK_PAGING_TOP_GROWS};

	for (size_t i = 0; i < ARRAY_LEN(quirks); i++) {
		autofree char *names = NULL;
		struct device d;
		unsigned pages;

		device_init(&d, quirks[i]);
		fill(&d, 7);
		device_must(&d, "POST", "ltm/pool",
			    "{\"name\":\"other\",\"partition\":\"Common\"}");
		names = walk(&d, "ltm/pool?$top=3&$filter=partition+eq+P", &pages);
		assert_string_equal(names, "p00 p01 p02 p03 p04 p05 p06 ");
		assert_int_equal(pages, 3);
		device_must(&d, "GET", "ltm/pool?$top=3&$filter=partition+eq+P", NULL);
		assert_int_equal(js_int(d.body, "totalItems", 0), 7);
		assert_int_equal(js_int(d.body, "totalPages", 0), 3);
		assert_int_equal(js_int(d.body, "currentItemCount", 0), 3);
		assert_string_equal(device_string(&d, "previousLink"), "");
		device_release(&d);
	}
}

static void organizing_uris_list_what_is_below(void **state)
{
	struct device d;

	device_init(&d, 0);
	device_must(&d, "GET", "ltm/monitor", NULL);
	assert_string_equal(device_string(&d, "kind"), "tm:ltm:monitor:monitorcollectionstate");
	assert_string_equal(js_str(device_item(&d, 1), "reference.link", ""),
			    "https://localhost/mgmt/tm/ltm/monitor/gateway-icmp?ver=14.1.2.1");
	device_must(&d, "GET", "ltm", NULL);
	assert_in_range(device_items(&d), 8, 40);
	device_must(&d, "GET", "net/fdb", NULL);
	assert_int_equal(device_items(&d), 1);
	device_release(&d);
}

static void empty_expanded_children_have_no_items(void **state)
{
	struct device d;

	device_init(&d, 0);
	fill(&d, 1);
	device_must(&d, "GET", "ltm/pool/~P~p00?expandSubcollections=true", NULL);
	assert_null(js_at(d.body, "membersReference.items"));
	assert_true(js_bool(d.body, "membersReference.isSubcollection", false));
	device_release(&d);
}

static void quirks_of_other_releases(void **state)
{
	struct device d;
	struct error err;
	unsigned quirks = 0;

	assert_int_equal(mock_quirk_parse("empty-no-items", &quirks, &err), 0);
	assert_int_equal(mock_quirk_parse("monitor-blank", &quirks, &err), 0);
	assert_int_equal(mock_quirk_parse("member-post-404", &quirks, &err), 0);
	assert_int_equal(mock_quirk_parse("v16-fields", &quirks, &err), 0);
	assert_int_equal(mock_quirk_parse("none-such", &quirks, &err), -1);
	assert_non_null(strstr(err.msg, "paging-top-grows"));
	device_init(&d, quirks);
	device_must(&d, "GET", "ltm/pool", NULL);
	assert_null(js_key(d.body, "items"));
	device_must(&d, "POST", "ltm/pool",
		    "{\"name\":\"p\",\"partition\":\"Common\",\"monitor\":\"http\"}");
	assert_string_equal(device_string(&d, "monitor"), "/Common/http ");
	assert_int_equal(device_ask(&d, "POST", "ltm/pool/p/members", "{\"name\":\"10.0.0.1:80\"}"),
			 404);
	assert_string_equal(device_string(&d, "message"), "Object not found - /Common/10.0.0.1:80");
	device_must(&d, "GET", "ltm/pool/p/members/10.0.0.1:80", NULL);
	device_must(&d, "POST", "ltm/virtual", "{\"name\":\"v\"}");
	assert_string_equal(device_string(&d, "serversslUseSni"), "disabled");
	device_release(&d);
}

static struct json_object *entries(struct device *d, const char *key)
{
	struct json_object *e = js_key(d->body, "entries");
	struct json_object *first = e ? js_key(e, key) : NULL;

	return js_at(first, "nestedStats.entries");
}

static const char *described(struct json_object *e, const char *key)
{
	return js_str(js_key(e, key), "description", "");
}

static void statistics(void **state)
{
	struct json_object *e;
	struct error err;
	struct device d;

	device_init(&d, 0);
	device_script(
		&d,
		"POST ltm/pool "
		"{\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"http\",\"members\":"
		"[\"/P/10.0.0.1:80\",\"/P/10.0.0.2:80\"]}\n"
		"POST ltm/virtual "
		"{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"pool\":"
		"\"/P/p\"}\n");
	assert_int_equal(mock_set_member_state(d.mock, "/P/p", "/P/10.0.0.2:80", "down", &err), 0);
	device_must(&d, "GET", "ltm/pool/~P~p/stats", NULL);
	assert_string_equal(device_string(&d, "kind"), "tm:ltm:pool:poolstats");
	e = entries(&d, "https://localhost/mgmt/tm/ltm/pool/~P~p/stats");
	assert_int_equal(js_int(js_key(e, "activeMemberCnt"), "value", -1), 1);
	assert_int_equal(js_int(js_key(e, "memberCnt"), "value", -1), 2);
	assert_string_equal(described(e, "status.availabilityState"), "available");
	assert_string_equal(described(e, "tmName"), "/P/p");
	device_must(&d, "GET", "ltm/pool/~P~p/members/stats", NULL);
	assert_string_equal(device_string(&d, "kind"),
			    "tm:ltm:pool:members:memberscollectionstats");
	e = entries(&d, "https://localhost/mgmt/tm/ltm/pool/~P~p/members/~P~10.0.0.2:80/stats");
	assert_string_equal(described(e, "status.availabilityState"), "offline");
	assert_string_equal(described(e, "status.statusReason"),
			    "Pool member has been marked down by a monitor");
	assert_string_equal(described(e, "monitorStatus"), "down");
	device_must(&d, "GET", "ltm/virtual/~P~v/stats", NULL);
	e = entries(&d, "https://localhost/mgmt/tm/ltm/virtual/~P~v/stats");
	assert_string_equal(described(e, "destination"), "10.1.1.1:80");
	assert_string_equal(described(e, "status.statusReason"), "The virtual server is available");
	assert_int_equal(mock_set_member_state(d.mock, "/P/p", "/P/10.0.0.1:80", "down", &err), 0);
	device_must(&d, "GET", "ltm/virtual-address/~P~10.1.1.1/stats", NULL);
	e = entries(&d, "https://localhost/mgmt/tm/ltm/virtual-address/~P~10.1.1.1/stats");
	assert_string_equal(described(e, "status.availabilityState"), "offline");
	device_must(&d, "GET", "ltm/node/stats", NULL);
	device_must(&d, "GET", "ltm/pool/stats", NULL);
	e = entries(&d, "https://localhost/mgmt/tm/ltm/pool/~P~p/stats");
	assert_string_equal(described(e, "status.statusReason"),
			    "The children pool member(s) are down");
	assert_int_equal(device_ask(&d, "GET", "ltm/rule/stats", NULL), 404);
	device_release(&d);
}

static void not_ready(void **state)
{
	struct device d;

	device_init(&d, 0);
	mock_set_ready(d.mock, MOCK_NOT_REGISTERED);
	assert_int_equal(device_ask(&d, "GET", "ltm/pool/~P~p", NULL), 404);
	assert_null(js_key(d.body, "apiError")); /* that is how a client tells it from absence */
	assert_non_null(js_key(d.body, "restOperationId"));
	assert_int_equal(device_ask(&d, "GET", "sys/available", NULL), 503);
	mock_set_ready(d.mock, MOCK_MCPD_LOST);
	assert_int_equal(device_ask(&d, "GET", "ltm/pool", NULL), 500);
	assert_int_equal(js_int(d.body, "apiError", 0), 32768001);
	mock_set_ready(d.mock, MOCK_ASYNC_TASK);
	assert_int_equal(device_ask(&d, "GET", "ltm/pool", NULL), 503);
	assert_int_equal(js_int(d.body, "apiError", 0), 32964609);
	mock_set_ready(d.mock, MOCK_RESTARTING);
	assert_int_equal(device_ask(&d, "GET", "ltm/pool", NULL), 503);
	assert_non_null(strstr(d.text, "Configuration Utility restarting..."));
	mock_set_ready(d.mock, MOCK_READY);
	device_must(&d, "GET", "sys/available", NULL);
	assert_string_equal(d.text, "{}");
	device_release(&d);
}

static void commands(void **state)
{
	struct device d;

	device_init(&d, 0);
	device_must(&d, "POST", "sys/config", "{\"command\":\"save\"}");
	assert_string_equal(d.text, "{\"kind\":\"tm:sys:config:savestate\",\"command\":\"save\"}");
	device_must(&d, "POST", "cm",
		    "{\"command\":\"run\",\"utilCmdArgs\":\"config-sync to-group gtm\"}");
	assert_string_equal(device_string(&d, "kind"), "tm:cm:runstate");
	device_must(&d, "GET", "ltm/default-node-monitor", NULL);
	assert_string_equal(device_string(&d, "kind"),
			    "tm:ltm:default-node-monitor:default-node-monitorstate");
	device_must(&d, "PATCH", "ltm/default-node-monitor", "{\"rule\":\"/Common/icmp\"}");
	device_must(&d, "POST", "ltm/node", "{\"name\":\"10.0.0.1\",\"partition\":\"P\"}");
	assert_string_equal(device_string(&d, "session"), "monitor-enabled");
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_read_as_on_the_device),
		cmocka_unit_test(collections),
		cmocka_unit_test(paging_shows_everything_once),
		cmocka_unit_test(organizing_uris_list_what_is_below),
		cmocka_unit_test(empty_expanded_children_have_no_items),
		cmocka_unit_test(quirks_of_other_releases),
		cmocka_unit_test(statistics),
		cmocka_unit_test(not_ready),
		cmocka_unit_test(commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
