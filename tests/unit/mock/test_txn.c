/* Transactions: life cycle, atomicity, errors, known holes (section 5). */
#include "device.h"

static char *begin(struct device *d)
{
	device_must(d, "POST", "transaction", "{}");
	assert_string_equal(device_string(d, "state"), "STARTED");
	assert_string_equal(device_string(d, "kind"), "tm:transactionstate");
	return mem_strdup(device_string(d, "transId"));
}

/* queue the lines of a script */
static void queue(struct device *d, const char *id, const char *lines)
{
	d->coordination = id;
	device_script(d, lines);
	d->coordination = NULL;
}

static int commit(struct device *d, const char *id)
{
	autofree char *uri = mem_printf("transaction/%s", id);

	return device_ask(d, "PATCH", uri, "{\"state\":\"VALIDATING\"}");
}

static const struct outcome {
	const char *name, *before, *commands;
	unsigned quirks;
	int code;
	const char *message; /* of a refused commit */
} outcomes[] = {
	{"references in any order", "",
	 "POST ltm/virtual "
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"pool\":\"/P/"
	 "p\"}\n"
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"/P/m\"}\n"
	 "POST ltm/monitor/http {\"name\":\"m\",\"partition\":\"P\"}\n",
	 0, 200, NULL},
	{"a member of a pool made in the same transaction", "",
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n"
	 "POST ltm/pool/~P~p/members {\"name\":\"10.0.0.1:80\",\"partition\":\"P\"}\n",
	 0, 200, NULL},
	{"everything deleted, users last",
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"members\":[\"/P/10.0.0.1:80\"]}\n"
	 "POST ltm/virtual "
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"pool\":\"/P/"
	 "p\"}\n",
	 "DELETE ltm/node/~P~10.0.0.1\nDELETE ltm/pool/~P~p\nDELETE ltm/virtual/~P~v\n", 0, 200,
	 NULL},
	{"deleted and made again",
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"description\":\"old\"}\n"
	 "POST ltm/virtual "
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"pool\":\"/P/"
	 "p\"}\n",
	 "DELETE ltm/pool/~P~p\nPOST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n", 0, 200,
	 NULL},
	{"a missing profile", "",
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n"
	 "POST ltm/virtual "
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"ipProtocol\":"
	 "\"tcp\",\"profiles\":[\"/P/x\"]}\n",
	 0, 400, "transaction failed:01020036:3: The requested profile (/P/x) was not found."},
	{"one refused among others", "POST ltm/pool {\"name\":\"b\",\"partition\":\"P\"}\n",
	 "POST ltm/pool {\"name\":\"a\",\"partition\":\"P\"}\n"
	 "POST ltm/pool {\"name\":\"b\",\"partition\":\"P\"}\n"
	 "POST ltm/pool {\"name\":\"c\",\"partition\":\"P\"}\n",
	 0, 400,
	 "transaction failed:01020066:3: The requested Pool (/P/b) already exists in partition P."},
	{"a pool in use",
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n"
	 "POST ltm/virtual "
	 "{\"name\":\"v\",\"partition\":\"P\",\"destination\":\"/P/10.1.1.1:80\",\"pool\":\"/P/"
	 "p\"}\n",
	 "PATCH ltm/virtual/~P~v {\"description\":\"x\"}\nDELETE ltm/pool/~P~p\n", 0, 400,
	 "transaction failed:01070265:3: The Pool (/P/p) cannot be deleted because it is in use by "
	 "a "
	 "Virtual Server (/P/v)."},
	{"detach and delete a monitor: the hole",
	 "POST ltm/monitor/http {\"name\":\"m\",\"partition\":\"P\"}\n"
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"/P/m\"}\n",
	 "PATCH ltm/pool/~P~p {\"monitor\":\"none\"}\nDELETE ltm/monitor/http/~P~m\n",
	 MOCK_QUIRK_TXN_MONITOR, 400, "transaction failed:01070083:3: Monitor /P/m is in use."},
	{"detach and delete a monitor: without the hole",
	 "POST ltm/monitor/http {\"name\":\"m\",\"partition\":\"P\"}\n"
	 "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\",\"monitor\":\"/P/m\"}\n",
	 "PATCH ltm/pool/~P~p {\"monitor\":\"none\"}\nDELETE ltm/monitor/http/~P~m\n", 0, 200,
	 NULL},
	{"make and fill a partition: the hole", "",
	 "POST auth/partition {\"name\":\"N\"}\nPOST ltm/pool "
	 "{\"name\":\"p\",\"partition\":\"N\"}\n",
	 MOCK_QUIRK_TXN_PARTITION, 400,
	 "transaction failed:The requested folder (/N) was not found."},
	{"make and fill a partition: without the hole", "",
	 "POST auth/partition {\"name\":\"N\"}\nPOST ltm/pool "
	 "{\"name\":\"p\",\"partition\":\"N\"}\n",
	 0, 200, NULL},
	{"empty and delete a partition: the hole",
	 "POST auth/partition {\"name\":\"N\"}\nPOST ltm/pool "
	 "{\"name\":\"p\",\"partition\":\"N\"}\n",
	 "DELETE ltm/pool/~N~p\nDELETE auth/partition/N\n", MOCK_QUIRK_TXN_PARTITION, 400,
	 "transaction failed:0107082a:3: All objects must be removed from a partition (N) before "
	 "the "
	 "partition may be removed, type ID (915)"},
	{"empty and delete a partition: without the hole",
	 "POST auth/partition {\"name\":\"N\"}\nPOST ltm/pool "
	 "{\"name\":\"p\",\"partition\":\"N\"}\n",
	 "DELETE ltm/pool/~N~p\nDELETE auth/partition/N\n", 0, 200, NULL},
	{"a child that defaults from its own child", "",
	 "POST ltm/monitor/http {\"name\":\"a\",\"partition\":\"P\",\"defaultsFrom\":\"/P/b\"}\n"
	 "POST ltm/monitor/http {\"name\":\"b\",\"partition\":\"P\",\"defaultsFrom\":\"/P/a\"}\n",
	 0, 400,
	 "transaction failed:01070734:3: Configuration error: A monitor may not default from "
	 "itself"},
};

static unsigned run(const struct outcome *o)
{
	struct strbuf before = {0}, after = {0};
	autofree char *id = NULL;
	struct device d;
	unsigned bad = 0;

	device_init(&d, o->quirks);
	device_script(&d, o->before);
	id = begin(&d);
	queue(&d, id, o->commands);
	mock_save(d.mock, &before);
	if (commit(&d, id) != o->code) {
		print_error("row '%s': answered %s\n", o->name, d.text);
		bad++;
	} else if (o->code == 200) {
		if (strcmp(device_string(&d, "state"), "COMPLETED") != 0)
			print_error("row '%s': %s\n", o->name, d.text), bad++;
	} else {
		mock_save(d.mock, &after);
		if (strcmp(device_string(&d, "message"), o->message) != 0 ||
		    js_int(d.body, "apiError", 0) != 2)
			print_error("row '%s': %s\n", o->name, d.text), bad++;
		if (strcmp(str_get(&before), str_get(&after)) != 0)
			print_error("row '%s': the tree was changed\n", o->name), bad++;
	}
	str_release(&before);
	str_release(&after);
	device_release(&d);
	return bad;
}

static void all_or_nothing(void **state)
{
	unsigned bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++)
		bad += run(&outcomes[i]);
	assert_int_equal(bad, 0);
}

static void adding_does_not_change_the_tree(void **state)
{
	struct device d;
	autofree char *id = NULL;
	autofree char *list = NULL;

	device_init(&d, 0);
	id = begin(&d);
	d.coordination = id;
	device_must(&d, "POST", "ltm/pool", "{\"name\":\"p\",\"partition\":\"P\"}");
	assert_string_equal(device_string(&d, "kind"), "tm:transaction:commandsstate");
	assert_string_equal(device_string(&d, "uri"), "https://localhost/mgmt/tm/ltm/pool");
	assert_int_equal(js_int(d.body, "evalOrder", 0), 1);
	/* reads are not queued, and do not see what is pending */
	assert_int_equal(device_ask(&d, "GET", "ltm/pool/~P~p", NULL), 404);
	d.coordination = NULL;
	list = mem_printf("transaction/%s/commands", id);
	device_must(&d, "GET", list, NULL);
	assert_int_equal(device_items(&d), 1);
	device_release(&d);
}

static void validate_only(void **state)
{
	struct device d;
	autofree char *id = NULL;
	autofree char *uri = NULL;

	device_init(&d, 0);
	id = begin(&d);
	queue(&d, id, "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n");
	uri = mem_printf("transaction/%s", id);
	device_must(&d, "PATCH", uri, "{\"state\":\"VALIDATING\",\"validateOnly\":true}");
	assert_string_equal(device_string(&d, "state"), "COMPLETED");
	assert_int_equal(device_ask(&d, "GET", "ltm/pool/~P~p", NULL), 404);
	device_release(&d);
}

static void commands_are_reordered_and_dropped(void **state)
{
	struct device d;
	autofree char *id = NULL;
	autofree char *second = NULL, *third = NULL, *bad = NULL;

	device_init(&d, 0);
	id = begin(&d);
	queue(&d, id,
	      "POST ltm/pool/~P~p/members {\"name\":\"10.0.0.1:80\",\"partition\":\"P\"}\n"
	      "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n"
	      "DELETE ltm/pool/~P~none\n");
	second = mem_printf("transaction/%s/commands/2", id);
	third = mem_printf("transaction/%s/commands/3", id);
	bad = mem_printf("transaction/%s/commands/x", id);
	device_must(&d, "PATCH", second, "{\"evalOrder\":1}");
	assert_int_equal(js_int(d.body, "evalOrder", 0), 1);
	assert_int_equal(js_int(d.body, "commandId", 0), 2);
	device_must(&d, "DELETE", third, NULL);
	assert_int_equal(device_ask(&d, "GET", bad, NULL), 400);
	assert_string_equal(device_string(&d, "message"), "Found invalid command id x");
	assert_int_equal(commit(&d, id), 200);
	device_must(&d, "GET", "ltm/pool/~P~p/members/~P~10.0.0.1:80", NULL);
	device_release(&d);
}

static void what_can_go_wrong_around_it(void **state)
{
	struct device d;
	autofree char *id = NULL;
	autofree char *uri = NULL;

	device_init(&d, 0);
	device_must(&d, "GET", "transaction", NULL);
	assert_int_equal(device_items(&d), 0);
	id = begin(&d);
	uri = mem_printf("transaction/%s", id);
	assert_int_equal(strlen(id), 16);
	assert_int_equal(commit(&d, id), 404);
	assert_string_equal(device_string(&d, "message"),
			    "there is no command to commit in the transaction.");
	d.coordination = id;
	assert_int_equal(device_ask(&d, "POST", "sys/config", "{\"command\":\"save\"}"), 400);
	assert_non_null(strstr(device_string(&d, "message"), "is not allowed to be added"));
	assert_int_equal(commit(&d, id), 400); /* the committing PATCH must not carry the header */
	assert_int_equal(device_ask(&d, "POST", "ltm/pool", "{"), 400);
	d.coordination = "123";
	assert_int_equal(device_ask(&d, "POST", "ltm/pool", "{\"name\":\"p\"}"), 404);
	d.coordination = "nonsense";
	assert_int_equal(device_ask(&d, "POST", "ltm/pool", "{\"name\":\"p\"}"), 404);
	d.coordination = NULL;
	/* a failed one cannot be used again */
	queue(&d, id, "DELETE ltm/pool/~P~none\n");
	assert_int_equal(commit(&d, id), 400);
	device_must(&d, "GET", uri, NULL);
	assert_string_equal(device_string(&d, "state"), "FAILED");
	assert_string_equal(device_string(&d, "failureReason"),
			    "01020036:3: The requested Pool (/P/none) was not found.");
	assert_int_equal(commit(&d, id), 400);
	device_must(&d, "DELETE", uri, NULL);
	assert_int_equal(device_ask(&d, "GET", uri, NULL), 404);
	/* idle ones vanish */
	free(id);
	id = begin(&d);
	d.now_us += 119 * 1000000ll;
	queue(&d, id, "POST ltm/pool {\"name\":\"p\",\"partition\":\"P\"}\n");
	d.now_us += 119 * 1000000ll;
	assert_int_equal(commit(&d, id), 200);
	free(id);
	id = begin(&d);
	d.now_us += 121 * 1000000ll;
	assert_int_equal(commit(&d, id), 404);
	device_release(&d);
}

static void only_open_ones_count(void **state)
{
	struct device d;

	device_init(&d, 0);
	for (unsigned i = 0; i < 150; i++) {
		autofree char *id = begin(&d);

		autofree char *command = mem_printf(
			"POST ltm/pool {\"name\":\"p%u\",\"partition\":\"P\"}\n", i);

		queue(&d, id, command);
		assert_int_equal(commit(&d, id), 200);
	}
	for (unsigned i = 0; i < 100; i++)
		free(begin(&d));
	assert_int_equal(device_ask(&d, "POST", "transaction", "{}"), 503);
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_or_nothing),
		cmocka_unit_test(adding_does_not_change_the_tree),
		cmocka_unit_test(validate_only),
		cmocka_unit_test(commands_are_reordered_and_dropped),
		cmocka_unit_test(what_can_go_wrong_around_it),
		cmocka_unit_test(only_open_ones_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
