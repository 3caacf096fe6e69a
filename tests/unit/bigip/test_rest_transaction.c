/* bulk creates in transactions, and how a refused one is taken apart */
#include "check.h"

#include "rest_env.h"

#include "common/base/mem.h"

#define T "/mgmt/tm/transaction"

static void apply_many(struct env *e, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "b%u", i);
		env_apply_app(e, name, BIGIP_BULK);
	}
}

static unsigned landed(const struct env *e)
{
	unsigned n = 0;

	for (unsigned i = 0; i < e->n_plans; i++) {
		bool all = e->plans[i].order > 0;

		for (size_t k = 0; k < e->plans[i].n; k++)
			all = all && e->plans[i].outcome[k] == BIGIP_DONE;
		n += all;
	}
	return n;
}

static void test_chunks_and_their_cost(void **state)
{
	struct env *e = env_new();
	unsigned n;

	env_start_up(e);
	apply_many(e, 300); /* 600 objects: at least 6, more when the rest is shared evenly */
	env_wait(e, e->n_back, 300);
	n = fake_bigip_count(e->fake, "POST", T);
	assert_in_range(n, 6, 9);
	assert_int_equal(landed(e), 300);
	assert_int_equal(fake_bigip_objects(e->fake), 602);
	assert_int_equal(fake_bigip_count(e->fake, "PATCH", T "/*"), n);
	assert_int_equal(fake_bigip_count(e->fake, "POST", "/mgmt/tm/ltm/*"), 600);
	assert_int_equal(fake_bigip_count(e->fake, NULL, "*"), 600 + 2 * n);
	assert_false(e->plans[0].has_reply[0]);
	env_end(e);
}

static void test_few_plans_are_shared_among_the_connections(void **state)
{
	struct env *e = env_new();

	env_start_up(e);
	apply_many(e, 40);
	env_wait(e, e->n_back, 40);
	assert_int_equal(fake_bigip_count(e->fake, "POST", T), 4);
	env_end(e);
}

static void test_what_is_not_worth_a_transaction(void **state)
{
	struct env *e = env_new();
	struct bigip_plan p = {0};

	env_start_up(e);
	apply_many(e, 2);
	fake_bigip_put(e->fake, "/mgmt/tm/ltm/pool/~P~x", "{}");
	env_add(&p, BIGIP_OP_DELETE, &env_pool("x", 0)->o);
	env_apply(e, &p, BIGIP_BULK);
	env_wait(e, e->n_back, 3);
	assert_int_equal(landed(e), 3);
	assert_int_equal(fake_bigip_count(e->fake, NULL, T), 0);
	env_end(e);
}

static void test_urgent_passes_a_transaction(void **state)
{
	struct env *e = env_new();
	unsigned before, place;

	env_start_with(e, &(struct bigip_rest_settings){.connections = 1, .batch = 100});
	env_wait(e, e->ups, 1);
	fake_bigip_put(e->fake, "/mgmt/tm/ltm/pool/~P~x", "{\"name\":\"x\",\"partition\":\"P\"}");
	apply_many(e, 50);
	do { /* until it has begun, with most of its requests to come */
		uv_run(&e->loop, UV_RUN_ONCE);
		before = fake_bigip_count(e->fake, NULL, "*");
	} while (before < 10);
	env_apply_member(e, BIGIP_URGENT);
	env_wait(e, e->n_back, 51);
	place = (unsigned)fake_bigip_place(e->fake, "POST", "*/members", 0);
	if (place > before + 1)
		fail_msg("%u requests came before it", place - before);
	assert_int_equal(e->plans[50].order, 1); /* before the transaction was committed */
	env_end(e);
}

static void test_one_bad_object_among_two_hundred(void **state)
{
	struct env *e = env_new();
	struct env_plan *bad = &e->plans[57];

	env_start_up(e);
	fake_bigip_refuse(e->fake, "/mgmt/tm/ltm/pool/~P~b57", 400,
			  "01070095:3: Pool /P/b57 is not to our taste.");
	apply_many(e, 100); /* 200 objects */
	env_wait(e, e->n_back, 100);
	assert_int_equal(landed(e), 99);
	assert_int_equal(bad->outcome[0], BIGIP_DONE); /* its monitor */
	assert_int_equal(bad->outcome[1], BIGIP_REFUSED);
	assert_int_equal(bad->err[1].kind, ERR_INPUT);
	assert_string_equal(bad->err[1].msg,
			    "POST /mgmt/tm/ltm/pool: 400: 01070095:3: Pool /P/b57 is not "
			    "to our taste.");
	assert_int_equal(fake_bigip_objects(e->fake), 2 + 199);
	assert_int_equal(e->downs, 0);
	/* every other object was written once, or once more for each time its half was refused */
	assert_true(fake_bigip_count(e->fake, "POST", "/mgmt/tm/ltm/*") < 330);
	env_end(e);
}

static void test_many_bad_objects(void **state)
{
	struct env *e = env_new();

	env_start_up(e);
	for (unsigned i = 0; i < 10; i++) {
		autofree char *path = mem_printf("/mgmt/tm/ltm/pool/~P~b%u", i * 9);

		fake_bigip_refuse(e->fake, path, 400, "no");
	}
	apply_many(e, 100);
	env_wait(e, e->n_back, 100);
	assert_int_equal(landed(e), 90);
	env_end(e);
}

static void test_refused_while_it_is_added(void **state)
{
	struct env *e = env_new();
	unsigned refused = 0;

	/* icrd looks at the words of a command before mcpd sees it */
	env_start_with(e, &(struct bigip_rest_settings){.connections = 1, .batch = 100});
	env_wait(e, e->ups, 1);
	fake_bigip_forget_log(e->fake);
	fake_bigip_script(
		e->fake,
		&(struct fake_script){"POST", "/mgmt/tm/ltm/pool", 2, FAKE_REPLY, 400, NULL,
				      "{\"code\":400,\"message\":\"HTML Tag-like Content in the "
				      "Request URL/Body\",\"apiError\":26214401}"});
	apply_many(e, 20);
	env_wait(e, e->n_back, 20);
	for (unsigned i = 0; i < 20; i++)
		refused += e->plans[i].outcome[1] == BIGIP_REFUSED;
	assert_int_equal(refused, 1); /* once in the transaction, once alone */
	assert_int_equal(landed(e), 19);
	assert_int_equal(fake_bigip_count(e->fake, "DELETE", T "/*"), 1);
	env_end(e);
}

static void test_an_object_that_is_there_already(void **state)
{
	struct env *e = env_new();

	env_start_up(e);
	fake_bigip_put(e->fake, "/mgmt/tm/ltm/pool/~P~b3", "{\"name\":\"b3\",\"partition\":\"P\"}");
	apply_many(e, 30);
	env_wait(e, e->n_back, 30);
	assert_int_equal(landed(e), 29);
	assert_int_equal(e->plans[3].outcome[1], BIGIP_CONFLICT);
	assert_non_null(e->plans[3].observed);
	env_end(e);
}

static const struct oddity {
	const char *name;
	struct fake_script script;
	unsigned transactions; /* how many were begun; 0: any */
} oddities[] = {
	{"the device takes its time",
	 {"PATCH", T "/*", 4, FAKE_REPLY, 200, NULL, "{\"transId\":1,\"state\":\"VALIDATING\"}"},
	 0},
	{"the id expired",
	 {"POST", "/mgmt/tm/ltm/pool", 1, FAKE_REPLY, 404, NULL,
	  "{\"code\":404,\"message\":\"Transaction 1 not found\",\"apiError\":1}"},
	 0},
	{"failed without an error",
	 {"PATCH", T "/*", 1, FAKE_REPLY, 200, NULL,
	  "{\"state\":\"FAILED\",\"failureReason\":\"x\"}"},
	 0},
	{"no transactions here",
	 {"POST", T, 0, FAKE_REPLY, 404, NULL, "{\"code\":404,\"message\":\"x\",\"apiError\":1}"},
	 0},
	{"an id that is none", {"POST", T, 0, FAKE_REPLY, 200, NULL, "{\"transId\":\"../x\"}"}, 0},
	{"busy",
	 {"PATCH", T "/*", 2, FAKE_REPLY, 503, NULL, "{\"code\":503,\"message\":\"busy\"}"},
	 0},
	{"all commits are refused",
	 {"PATCH", T "/*", 0, FAKE_REPLY, 400, NULL,
	  "{\"code\":400,\"message\":\"transaction failed:x\",\"apiError\":2}"},
	 0},
};

static void test_oddities_lose_nothing(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(oddities); i++) {
		const struct oddity *c = &oddities[i];
		struct fake_script poll = {
			"GET", T "/*", 0, FAKE_REPLY, 200, NULL, "{\"state\":\"COMPLETED\"}"};
		struct env *e = env_new();

		env_start_up(e);
		fake_bigip_script(e->fake, &c->script);
		fake_bigip_script(e->fake, &poll);
		apply_many(e, 60);
		env_wait(e, e->n_back, 60);
		if (landed(e) != 60)
			fail_row(c->name, "%u of 60 landed", landed(e));
		if (e->downs)
			fail_row(c->name, "down: %s", e->why.msg);
		env_end(e);
	}
}

static const struct loss {
	const char *name;
	struct fake_script script;
	const char *words;
} losses[] = {
	{"commit cut", {"PATCH", T "/*", 1, FAKE_CUT}, "outcome unknown"},
	{"commit without a reply", {"PATCH", T "/*", 1, FAKE_HANG}, "outcome unknown"},
	{"restart while adding",
	 {"POST", "/mgmt/tm/ltm/pool", 1, FAKE_REPLY, 503, "text/html", "<h1>restarting</h1>"},
	 "restarting"},
	{"validating for ever",
	 {"PATCH", T "/*", 0, FAKE_REPLY, 200, NULL, "{\"state\":\"VALIDATING\"}"},
	 "still validating"},
};

static void test_lost_means_looking_again(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(losses); i++) {
		const struct loss *c = &losses[i];
		struct fake_script poll = {
			"GET", T "/*", 0, FAKE_REPLY, 200, NULL, "{\"state\":\"VALIDATING\"}"};
		struct env *e = env_new();

		env_start_with(e, &(struct bigip_rest_settings){.connections = 1, .batch = 100});
		e->rest->timing.request_ms = 300;
		e->rest->timing.poll_limit_ms = 100;
		env_wait(e, e->ups, 1);
		fake_bigip_script(e->fake, &c->script);
		fake_bigip_script(e->fake, &poll);
		apply_many(e, 20);
		env_wait(e, e->n_back, 20);
		env_wait(e, e->ups, 2);
		for (unsigned k = 0; k < 20; k++) {
			if (e->plans[k].outcome[0] != BIGIP_NOT_TRIED ||
			    !strstr(e->plans[k].err[0].msg, c->words))
				fail_row(c->name, "plan %u: outcome %u: %s", k,
					 e->plans[k].outcome[0], e->plans[k].err[0].msg);
		}
		if (e->downs != 1)
			fail_row(c->name, "down %u times", e->downs);
		env_end(e);
	}
}

static void test_closes_in_every_step(void **state)
{
	static const char *const paths[] = {T, "/mgmt/tm/ltm/*", T "/*"};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct env *e = env_new();

		env_start_up(e);
		fake_bigip_script(e->fake, &(struct fake_script){NULL, paths[i], 0, FAKE_HANG});
		apply_many(e, 60);
		env_run_ms(e, 150);
		assert_int_equal(e->n_back, 0);
		env_end(e);
	}
	for (unsigned ms = 0; ms < 40; ms += 4) { /* and anywhere between */
		struct env *e = env_new();

		env_start_up(e);
		fake_bigip_refuse(e->fake, "/mgmt/tm/ltm/pool/~P~b7", 400, "no");
		apply_many(e, 60);
		env_run_ms(e, ms);
		env_end(e);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chunks_and_their_cost),
		cmocka_unit_test(test_few_plans_are_shared_among_the_connections),
		cmocka_unit_test(test_what_is_not_worth_a_transaction),
		cmocka_unit_test(test_urgent_passes_a_transaction),
		cmocka_unit_test(test_one_bad_object_among_two_hundred),
		cmocka_unit_test(test_many_bad_objects),
		cmocka_unit_test(test_refused_while_it_is_added),
		cmocka_unit_test(test_an_object_that_is_there_already),
		cmocka_unit_test(test_oddities_lose_nothing),
		cmocka_unit_test(test_lost_means_looking_again),
		cmocka_unit_test(test_closes_in_every_step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
