/* a partition as a bigip_state: digests, pages, broken replies */
#include "check.h"

#include "rest_env.h"

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"

#define GET_POOLS "/mgmt/tm/ltm/pool\\?*"

static void put_pool(struct env *e, const char *name, const char *partition, unsigned n_members)
{
	autofree char *path = mem_printf("/mgmt/tm/ltm/pool/~%s~%s", partition, name);
	struct strbuf text = {0};

	str_addf(&text, "{\"name\":\"%s\",\"partition\":\"%s\",\"membersReference\":{\"items\":[",
		 name, partition);
	for (unsigned i = 0; i < n_members; i++)
		str_addf(&text,
			 "%s{\"name\":\"10.1.%u.%u:80\",\"partition\":\"%s\",\"address\":\"10.1.%u."
			 "%u\","
			 "\"session\":\"user-enabled\",\"state\":\"up\"}",
			 i ? "," : "", i / 250, i % 250, partition, i / 250, i % 250);
	str_add(&text, "]}}");
	fake_bigip_put(e->fake, path, str_get(&text));
	str_release(&text);
}

static void put_some(struct env *e)
{
	put_pool(e, "a", "P", 3);
	put_pool(e, "b", "P", 0);
	fake_bigip_put(e->fake, "/mgmt/tm/ltm/monitor/http/~P~m",
		       "{\"name\":\"m\",\"partition\":\"P\",\"interval\":5,\"timeout\":16}");
	fake_bigip_put(e->fake, "/mgmt/tm/ltm/node/~P~10.1.0.0",
		       "{\"name\":\"10.1.0.0\",\"partition\":\"P\",\"address\":\"10.1.0.0\"}");
}

static void test_reads_everything_once(void **state)
{
	struct env *e = env_new();
	struct bigip_pool *a;
	uint64_t digest;

	put_some(e);
	fake_bigip_put(e->fake, "/mgmt/tm/auth/partition/P",
		       "{\"name\":\"P\",\"defaultRouteDomain\":7}");
	env_start_up(e);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 1);
	assert_int_equal(e->read_err.kind, ERR_NONE);
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 8);
	assert_int_equal(e->reading.default_rd, 7);
	assert_int_equal(bigip_state_count(e->state, NULL), 3);
	assert_non_null(bigip_state_get(e->state, BIGIP_NODE, "P", "10.1.0.0")); /* not counted */
	a = (struct bigip_pool *)bigip_state_get(e->state, BIGIP_POOL, "P", "a");
	assert_non_null(a);
	assert_int_equal(a->n_members, 3);
	assert_int_equal(a->members[0].rd, 7);
	digest = e->digest;
	assert_true(digest != 0);

	/* nothing is parsed when nothing changed */
	env_read(e, "P", digest);
	env_wait(e, e->reads, 2);
	assert_null(e->state);
	assert_int_equal(e->read_err.kind, ERR_NONE);
	assert_true(e->digest == digest);
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 16);

	/* a member's state flips: still 8 */
	json_object_object_add(fake_bigip_get(e->fake, "/mgmt/tm/ltm/pool/~P~b"), "description",
			       json_object_new_string("x"));
	env_read(e, "P", digest);
	env_wait(e, e->reads, 3);
	assert_non_null(e->state);
	assert_true(e->digest != digest);
	assert_int_equal(bigip_state_count(e->state, NULL), 3);
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 24);

	/* the same digest by the other way of reading it */
	digest = e->digest;
	env_read(e, "P", 0);
	env_wait(e, e->reads, 4);
	assert_true(e->digest == digest);
	env_end(e);
}

static void test_a_large_partition_is_read_twice_when_it_changed(void **state)
{
	struct env *e = env_new();
	uint64_t digest;

	for (unsigned i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		put_pool(e, name, "P", 300); /* together 1.2 MB */
	}
	env_start_up(e);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 1);
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 8);
	assert_int_equal(bigip_state_count(e->state, "P"), 40);
	digest = e->digest;
	env_read(e, "P", digest);
	env_wait(e, e->reads, 2);
	assert_null(e->state);
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 16);
	put_pool(e, "p7", "P", 1);
	env_read(e, "P", digest);
	env_wait(e, e->reads, 3);
	assert_int_equal(bigip_state_count(e->state, "P"), 40);
	assert_int_equal(
		((struct bigip_pool *)bigip_state_get(e->state, BIGIP_POOL, "P", "p7"))->n_members,
		1);
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 16 + 15);
	env_end(e);
}

static void test_a_missing_partition_says_what_to_do(void **state)
{
	struct env *e = env_new();

	env_start_up(e);
	env_read(e, "K8S", 0);
	env_wait(e, e->reads, 1);
	assert_int_equal(e->read_err.kind, ERR_GONE);
	assert_non_null(strstr(e->read_err.msg, "tmsh create auth partition K8S"));
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 1);
	env_read(e, "a/b?c", 0);
	assert_int_equal(e->reads, 1);
	env_wait(e, e->reads, 2);
	assert_int_equal(e->read_err.kind, ERR_INPUT);
	assert_int_equal(fake_bigip_count(e->fake, "GET", "*"), 1);
	assert_int_equal(e->downs, 0);
	env_end(e);
}

static void test_other_partitions_are_not_ours(void **state)
{
	struct env *e = env_new();

	put_some(e);
	put_pool(e, "c", "Common", 1);
	env_start_up(e);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 1);
	assert_int_equal(bigip_state_count(e->state, NULL), 3);
	env_end(e);
}

/* ---- pages ---- */

static void put_many(struct env *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "p%u", i);
		put_pool(e, name, "P", 2);
	}
}

static void test_links_to_next_pages_are_followed(void **state)
{
	struct env *e = env_new();
	uint64_t digest;

	put_many(e, 25);
	fake_bigip_page(e->fake, 10);
	env_start_up(e);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 1);
	assert_int_equal(bigip_state_count(e->state, "P"), 25);
	assert_int_equal(fake_bigip_count(e->fake, "GET", GET_POOLS), 3);
	digest = e->digest;
	/* a verify pass cannot stop at the first page either */
	put_pool(e, "p24", "P", 1);
	env_read(e, "P", digest);
	env_wait(e, e->reads, 2);
	assert_int_equal(bigip_state_count(e->state, "P"), 25);
	env_end(e);
}

static const struct big_case {
	const char *name;
	struct fake_script script;
} big_cases[] = {
	{"no reply in time", {"GET", NULL, 1, FAKE_HANG}},
	{"500 of Jetty",
	 {"GET", NULL, 1, FAKE_REPLY, 500, "text/html", "<title>AsyncContext timeout</title>"}},
	{"500 of restjavad",
	 {"GET", NULL, 1, FAKE_REPLY, 500, NULL,
	  "{\"code\":500,\"message\":\"java.lang.OutOfMemoryError\"}"}},
	{"400 with a remote sender",
	 {"GET", NULL, 1, FAKE_REPLY, 400, NULL,
	  "{\"code\":400,\"message\":\"TimeoutException\",\"remoteSender\":\"Unknown\"}"}},
};

static void test_too_big_in_one_piece(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(big_cases); i++) {
		const struct big_case *c = &big_cases[i];
		struct fake_script s = c->script;
		struct env *e = env_new();
		uint64_t digest;

		s.path = "/mgmt/tm/ltm/pool\\?expand*";
		put_many(e, 250);
		env_start_up(e);
		e->rest->timing.request_ms = 400;
		fake_bigip_script(e->fake, &s);
		env_read(e, "P", 0);
		env_wait(e, e->reads, 1);
		if (e->read_err.kind != ERR_NONE)
			fail_row(c->name, "%s", e->read_err.msg);
		if (bigip_state_count(e->state, "P") != 250)
			fail_row(c->name, "%zu objects", bigip_state_count(e->state, "P"));
		if (fake_bigip_count(e->fake, "GET", GET_POOLS) != 4) /* and 100, 100, 50 */
			fail_row(c->name, "%u GETs", fake_bigip_count(e->fake, "GET", GET_POOLS));
		digest = e->digest;
		env_read(e, "P", digest); /* remembered */
		env_wait(e, e->reads, 2);
		if (fake_bigip_count(e->fake, "GET", GET_POOLS) != 7 || e->state ||
		    e->digest != digest)
			fail_row(c->name, "second read: %u GETs",
				 fake_bigip_count(e->fake, "GET", GET_POOLS));
		put_pool(e, "p240", "P", 9);
		env_read(e, "P", digest);
		env_wait(e, e->reads, 3);
		if (!e->state || bigip_state_count(e->state, "P") != 250)
			fail_row(c->name, "third read");
		if (e->downs)
			fail_row(c->name, "down: %s", e->why.msg);
		env_end(e);
	}
}

/* ---- replies that are no good ---- */

static const struct bad_case {
	const char *name;
	struct fake_script script;
	const char *words; /* of the error; NULL: the read succeeds */
	unsigned downs;
} bad_cases[] = {
	{"cut once", {"GET", GET_POOLS, 1, FAKE_CUT}, NULL, 0},
	{"dropped once", {"GET", GET_POOLS, 1, FAKE_DROP}, NULL, 0},
	{"cut for ever", {"GET", GET_POOLS, 0, FAKE_CUT}, "in the middle of the reply", 1},
	{"no items key",
	 {"GET", "*/service\\?*", 1, FAKE_REPLY, 200, NULL, "{\"kind\":\"x\"}"},
	 NULL,
	 0},
	{"not JSON", {"GET", GET_POOLS, 0, FAKE_REPLY, 200, NULL, "oops"}, "not valid JSON", 0},
	{"a list that ends early",
	 {"GET", GET_POOLS, 0, FAKE_REPLY, 200, NULL, "{\"items\":[{\"name\":"},
	 "the items end early",
	 0},
	{"an item that is broken",
	 {"GET", GET_POOLS, 0, FAKE_REPLY, 200, NULL, "{\"items\":[{\"a\" 1}]}"},
	 "item: not valid JSON",
	 0},
	{"items of a wrong type",
	 {"GET", GET_POOLS, 0, FAKE_REPLY, 200, NULL, "{\"items\":[{\"name\":5},{\"name\":6}]}"},
	 "cannot read any pool",
	 0},
	{"next page out of bounds",
	 {"GET", GET_POOLS, 0, FAKE_REPLY, 200, NULL,
	  "{\"items\":[],\"nextLink\":\"https://h/mgmt/shared/x\"}"},
	 "odd nextLink",
	 0},
	{"a page that leads to itself",
	 {"GET", "*/node\\?*", 0, FAKE_REPLY, 200, NULL,
	  "{\"items\":[],\"nextLink\":\"https://h/mgmt/tm/ltm/node?"
	  "$filter=partition+eq+P\"}"},
	 "its pages do not end",
	 0},
	{"refused",
	 {"GET", GET_POOLS, 0, FAKE_REPLY, 403, NULL,
	  "{\"code\":403,\"message\":\"01070822:3: Access Denied\",\"apiError\":3}"},
	 "01070822:3: Access Denied",
	 0},
	{"the partition vanishes meanwhile",
	 {"GET", GET_POOLS, 0, FAKE_REPLY, 400, NULL,
	  "{\"code\":400,\"message\":\"The requested folder (/P) was "
	  "not found.\",\"apiError\":26214401}"},
	 "The requested folder (/P) was not found.",
	 0},
	{"not ready",
	 {"GET", GET_POOLS, 1, FAKE_REPLY, 404, NULL,
	  "{\"code\":404,\"message\":\"Public URI path not registered: /tm/ltm/pool\","
	  "\"restOperationId\":1}"},
	 "Public URI path not registered",
	 1},
	{"partition is not JSON",
	 {"GET", "*/partition/P", 0, FAKE_REPLY, 200, NULL, "x"},
	 "partition 'P'",
	 0},
};

static void check_bad(const struct bad_case *c, uint64_t digest_known)
{
	struct env *e = env_new();
	uint64_t digest = 0;

	put_some(e);
	env_start_up(e);
	if (digest_known)
		digest = 12345; /* another: a verify pass that finds a difference */
	fake_bigip_script(e->fake, &c->script);
	env_read(e, "P", digest);
	env_wait(e, e->reads, 1);
	if (!c->words != (e->read_err.kind == ERR_NONE) ||
	    (c->words && !strstr(e->read_err.msg, c->words)))
		fail_row(c->name, "error '%s'", e->read_err.msg);
	if (c->words && e->read_err.kind != ERR_RETRY)
		fail_row(c->name, "kind %u", e->read_err.kind);
	if (!c->words && (!e->state || bigip_state_count(e->state, NULL) != 3))
		fail_row(c->name, "an incomplete state");
	if (c->downs)
		env_wait(e, e->downs, c->downs);
	else if (e->downs)
		fail_row(c->name, "down: %s", e->why.msg);
	env_end(e);
}

static void test_bad_replies_are_never_a_state(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
		check_bad(&bad_cases[i], 0);
		check_bad(&bad_cases[i], 1);
	}
}

static void test_a_repeated_get_counts_once(void **state)
{
	struct env *e = env_new();
	uint64_t digest;

	put_some(e);
	env_start_up(e);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 1);
	digest = e->digest;
	for (unsigned i = 0; i < 2; i++) { /* as a verify pass, and as a first read */
		fake_bigip_script(e->fake, &(struct fake_script){"GET", GET_POOLS, 1, FAKE_CUT});
		env_read(e, "P", i ? 0 : digest);
		env_wait(e, e->reads, 2 + i);
		assert_int_equal(e->read_err.kind, ERR_NONE);
		assert_true(e->digest == digest);
		assert_true(!e->state == !i);
	}
	env_end(e);
}

static void log_line(void *ctx, const char *line)
{
	str_add(ctx, line);
}

static void test_one_odd_object_hides_no_other(void **state)
{
	struct env *e = env_new();
	struct strbuf log = {0};

	put_some(e);
	fake_bigip_put(e->fake, "/mgmt/tm/ltm/pool/~P~odd",
		       "{\"name\":\"odd\",\"partition\":\"P\",\"loadBalancingMode\":{}}");
	env_start_up(e);
	log_capture(log_line, &log);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 1);
	log_capture(NULL, NULL);
	assert_int_equal(bigip_state_count(e->state, NULL), 3);
	assert_non_null(strstr(str_get(&log), "bigip.odd-objects"));
	assert_non_null(strstr(str_get(&log), "loadBalancingMode"));
	str_release(&log);
	env_end(e);
}

static void test_two_reads_at_once(void **state)
{
	struct env *e = env_new();

	put_some(e);
	env_start_up(e);
	env_read(e, "P", 0);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 2);
	assert_int_equal(bigip_state_count(e->state, NULL), 3);
	env_end(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_everything_once),
		cmocka_unit_test(test_a_large_partition_is_read_twice_when_it_changed),
		cmocka_unit_test(test_a_missing_partition_says_what_to_do),
		cmocka_unit_test(test_other_partitions_are_not_ours),
		cmocka_unit_test(test_links_to_next_pages_are_followed),
		cmocka_unit_test(test_too_big_in_one_piece),
		cmocka_unit_test(test_bad_replies_are_never_a_state),
		cmocka_unit_test(test_a_repeated_get_counts_once),
		cmocka_unit_test(test_one_odd_object_hides_no_other),
		cmocka_unit_test(test_two_reads_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
