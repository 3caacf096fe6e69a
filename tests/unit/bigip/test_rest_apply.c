/* plans as requests: what is sent, in which order, and what the answers mean */
#include "check.h"

#include "rest_env.h"

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"

#define POOL_X    "/mgmt/tm/ltm/pool/~P~x"
#define MEMBERS_X POOL_X "/members"

static struct bigip_object *monitor(const char *name)
{
	return bigip_object_new(BIGIP_MONITOR_HTTP, "P", name);
}

static uint32_t field(enum bigip_kind kind, const char *json)
{
	const struct bigip_kind_info *info = bigip_kind_info(kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		if (strcmp(info->fields[i].json, json) == 0)
			return 1u << i;
	}
	fail_msg("no field %s", json);
	return 0;
}

/* a plan of one change of pool "x" with two members */
static struct bigip_plan one(enum bigip_op op)
{
	struct bigip_plan p = {0};

	env_add(&p, op, &env_pool("x", 2)->o);
	p.changes[0].observed = &env_pool("x", 2)->o;
	p.changes[0].member = 1;
	p.changes[0].fields = field(BIGIP_POOL, "loadBalancingMode");
	return p;
}

/* ---- one request a change ---- */

static const struct request_case {
	const char *name;
	enum bigip_op op;
	const char *line_method, *path, *body; /* body: part of it; NULL: none was sent */
} request_cases[] = {
	{"create", BIGIP_OP_CREATE, "POST", "/mgmt/tm/ltm/pool", "\"name\":\"x\""},
	{"modify", BIGIP_OP_MODIFY, "PATCH", POOL_X, "{\"loadBalancingMode\":\"round-robin\"}"},
	{"delete", BIGIP_OP_DELETE, "DELETE", POOL_X, NULL},
	{"member add", BIGIP_OP_MEMBER_ADD, "POST", MEMBERS_X, "\"10.1.0.2%0:80\""},
	{"member modify", BIGIP_OP_MEMBER_MODIFY, "PATCH", MEMBERS_X "/~P~10.1.0.2%250:80",
	 "{\"session\":\"user-enabled\",\"state\":\"user-up\"}"},
	{"member delete", BIGIP_OP_MEMBER_DELETE, "DELETE", MEMBERS_X "/~P~10.1.0.2%250:80", NULL},
};

static void test_one_request_a_change(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(request_cases); i++) {
		const struct request_case *c = &request_cases[i];
		struct env *e = env_new();
		struct bigip_plan p = one(c->op);

		env_start_up(e);
		if (c->op != BIGIP_OP_CREATE)
			fake_bigip_put(e->fake, POOL_X, "{\"name\":\"x\",\"partition\":\"P\"}");
		if (c->op != BIGIP_OP_MEMBER_ADD)
			fake_bigip_put(e->fake, MEMBERS_X "/~P~10.1.0.2%250:80", "{}");
		env_apply(e, &p, BIGIP_NORMAL);
		env_wait(e, e->n_back, 1);
		if (e->plans[0].outcome[0] != BIGIP_DONE)
			fail_row(c->name, "%s", e->plans[0].err[0].msg);
		if (fake_bigip_count(e->fake, c->line_method, c->path) != 1 ||
		    fake_bigip_count(e->fake, NULL, "*") != 1) {
			fake_bigip_print_log(e->fake);
			fail_row(c->name, "other requests");
		}
		if (c->body ? !strstr(fake_bigip_last_body(e->fake), c->body)
			    : fake_bigip_last_body(e->fake)[0])
			fail_row(c->name, "body %s", fake_bigip_last_body(e->fake));
		if (e->plans[0].has_reply[0] !=
		    (c->op == BIGIP_OP_CREATE || c->op == BIGIP_OP_MODIFY))
			fail_row(c->name, "reply");
		env_end(e);
	}
}

static void test_a_draining_member_is_disabled(void **state)
{
	struct env *e = env_new();
	struct bigip_plan p = one(BIGIP_OP_MEMBER_MODIFY);

	((struct bigip_pool *)p.changes[0].object)->members[1].session = BIGIP_SESSION_DISABLED;
	env_start_up(e);
	fake_bigip_put(e->fake, MEMBERS_X "/~P~10.1.0.2%250:80", "{}");
	env_apply(e, &p, BIGIP_URGENT);
	env_wait(e, e->n_back, 1);
	assert_string_equal(fake_bigip_last_body(e->fake),
			    "{\"session\":\"user-disabled\",\"state\":\"user-up\"}");
	env_end(e);
}

/* ---- outcomes ---- */

#define MCPD(code, text)                                                                           \
	"{\"code\":" #code ",\"message\":\"" text "\",\"errorStack\":[],\"apiError\":3}"

static const struct outcome_case {
	const char *name;
	enum bigip_op op;
	int status;
	const char *body;
	enum bigip_outcome want;
	enum err_kind kind;
} outcome_cases[] = {
	{"create: refused", BIGIP_OP_CREATE, 400, MCPD(400, "01070333:3: illegally shares"),
	 BIGIP_REFUSED, ERR_INPUT},
	{"create: what it refers to is missing", BIGIP_OP_CREATE, 404,
	 MCPD(404, "01020036:3: The requested monitor (/P/m) was not found."), BIGIP_REFUSED,
	 ERR_GONE},
	{"modify: it vanished", BIGIP_OP_MODIFY, 404,
	 MCPD(404, "01020036:3: The requested Pool (/P/x) was not found."), BIGIP_VANISHED,
	 ERR_GONE},
	{"modify: it vanished, in icrd's words", BIGIP_OP_MODIFY, 404,
	 "{\"code\":404,\"message\":\"Object not found - /P/x\",\"errorStack\":[],\"apiError\":1}",
	 BIGIP_VANISHED, ERR_GONE},
	{"modify: another with a longer name is missing", BIGIP_OP_MODIFY, 404,
	 MCPD(404, "01020036:3: The requested monitor (/P/xx) was not found."), BIGIP_REFUSED,
	 ERR_GONE},
	{"delete: gone already", BIGIP_OP_DELETE, 404,
	 MCPD(404, "01020036:3: The requested Pool (/P/x) was not found."), BIGIP_DONE, ERR_NONE},
	{"delete: in use", BIGIP_OP_DELETE, 400,
	 MCPD(400, "01070265:3: The Pool (/P/x) cannot be deleted because it is in use"),
	 BIGIP_REFUSED, ERR_INPUT},
	{"member add: the pool vanished", BIGIP_OP_MEMBER_ADD, 404,
	 MCPD(404, "01020036:3: The requested pool (/P/x) was not found."), BIGIP_VANISHED,
	 ERR_GONE},
	{"member modify: it vanished", BIGIP_OP_MEMBER_MODIFY, 404,
	 MCPD(404, "01020036:3: The requested Pool Member (/P/x /P/10.1.0.2 80) was not found."),
	 BIGIP_VANISHED, ERR_GONE},
	{"member delete: gone already", BIGIP_OP_MEMBER_DELETE, 404,
	 MCPD(404, "01020036:3: The requested Pool Member (/P/x /P/10.1.0.2 80) was not found."),
	 BIGIP_DONE, ERR_NONE},
	{"a fault about one object", BIGIP_OP_CREATE, 500,
	 "{\"code\":500,\"message\":\"java.lang.NullPointerException\"}", BIGIP_REFUSED, ERR_RETRY},
};

static void test_outcomes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(outcome_cases); i++) {
		const struct outcome_case *c = &outcome_cases[i];
		struct env *e = env_new();
		struct bigip_plan p = one(c->op);
		struct env_plan *back = &e->plans[0];

		env_add(&p, BIGIP_OP_CREATE, monitor("after"));
		env_start_up(e);
		fake_bigip_script(e->fake,
				  &(struct fake_script){NULL, "/mgmt/tm/ltm/pool*", 1, FAKE_REPLY,
							c->status, NULL, c->body});
		env_apply(e, &p, BIGIP_NORMAL);
		env_wait(e, e->n_back, 1);
		if (back->outcome[0] != c->want || back->err[0].kind != c->kind)
			fail_row(c->name, "outcome %u, kind %u: %s", back->outcome[0],
				 back->err[0].kind, back->err[0].msg);
		if (c->want != BIGIP_DONE && (!strstr(back->err[0].msg, "/mgmt/tm/ltm/pool") ||
					      back->err[0].code != c->status))
			fail_row(c->name, "error %d '%s'", back->err[0].code, back->err[0].msg);
		if (back->outcome[1] != (c->want == BIGIP_DONE ? BIGIP_DONE : BIGIP_NOT_TRIED))
			fail_row(c->name, "the change after it: %u", back->outcome[1]);
		if (fake_bigip_count(e->fake, "POST", "*monitor*") != (c->want == BIGIP_DONE))
			fail_row(c->name, "the change after it was or was not sent");
		if (e->downs)
			fail_row(c->name, "down: %s", e->why.msg);
		env_end(e);
	}
}

static void test_conflict_shows_what_is_there(void **state)
{
	struct env *e = env_new();
	struct bigip_plan p = one(BIGIP_OP_CREATE);
	struct bigip_pool *there;

	env_start_up(e);
	fake_bigip_put(e->fake, POOL_X,
		       "{\"name\":\"x\",\"partition\":\"P\",\"loadBalancingMode\":\"ratio-member\","
		       "\"membersReference\":{\"items\":[{\"name\":\"10.9.9.9:80\",\"partition\":"
		       "\"P\"}]}}");
	env_apply(e, &p, BIGIP_NORMAL);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[0].outcome[0], BIGIP_CONFLICT);
	there = (struct bigip_pool *)e->plans[0].observed;
	assert_non_null(there);
	assert_string_equal(there->lb_mode, "ratio-member");
	assert_int_equal(there->n_members, 1);
	env_end(e);
}

static void test_conflict_that_is_gone_when_we_look(void **state)
{
	struct env *e = env_new();
	struct bigip_plan p = one(BIGIP_OP_CREATE);

	env_start_up(e);
	fake_bigip_script(e->fake, &(struct fake_script){"POST", "*", 1, FAKE_REPLY, 409, NULL,
							 MCPD(409, "01020066:3: already exists")});
	env_apply(e, &p, BIGIP_NORMAL);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[0].outcome[0], BIGIP_VANISHED);
	env_end(e);
}

static void test_a_reply_lost_after_a_write(void **state)
{
	struct env *e = env_new();
	struct bigip_plan p = one(BIGIP_OP_CREATE);

	/* curl repeats a request whose kept-alive connection ends without a byte: the repeated POST
	   finds the object, and what is there is what we wanted */
	env_start_up(e);
	fake_bigip_script(e->fake, &(struct fake_script){"POST", "*", 1, FAKE_LOSE});
	env_apply(e, &p, BIGIP_NORMAL);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[0].outcome[0], BIGIP_CONFLICT);
	assert_non_null(e->plans[0].observed);
	env_end(e);
}

/* ---- where nobody may write ---- */

static void test_common_is_never_written(void **state)
{
	static const char *const partitions[] = {"Common", "", "Q", NULL};
	static const enum bigip_priority priorities[] = {BIGIP_URGENT, BIGIP_NORMAL, BIGIP_BULK};

	for (size_t i = 0; i < ARRAY_LEN(partitions); i++) {
		struct env *e = env_new();

		env_start_up(e);
		for (unsigned k = 0; k < ARRAY_LEN(priorities); k++) {
			struct bigip_plan p = one(BIGIP_OP_CREATE);
			unsigned n;

			/* a plan of that partition, or a plan of P with one object of it */
			if (i % 2 == 0) {
				free(p.partition);
				p.partition = mem_strdup(partitions[i]);
			}
			free(p.changes[0].object->partition);
			p.changes[0].object->partition = mem_strdup(partitions[i]);
			n = env_apply(e, &p, priorities[k]);
			env_wait(e, e->n_back, k + 1);
			if (i == 2) /* "Q" is fine when the plan says so too */
				assert_int_not_equal(e->plans[n].outcome[0], BIGIP_REFUSED);
			else
				assert_int_equal(e->plans[n].outcome[0], BIGIP_REFUSED);
		}
		if (i != 2)
			assert_int_equal(fake_bigip_count(e->fake, NULL, "*"), 0);
		env_end(e);
	}
}

static void test_an_empty_plan_comes_back(void **state)
{
	struct env *e = env_new();
	struct bigip_plan p = {.owner = mem_strdup("nobody"), .partition = mem_strdup("P")};

	env_start_up(e);
	env_apply(e, &p, BIGIP_BULK);
	assert_int_equal(e->n_back, 0); /* not from inside */
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[0].n, 0);
	env_end(e);
}

/* ---- the queue ---- */

static void test_urgent_passes_bulk(void **state)
{
	struct env *e = env_new();
	unsigned before, place;

	env_start_with(e, &(struct bigip_rest_settings){.connections = 1});
	env_wait(e, e->ups, 1);
	fake_bigip_put(e->fake, POOL_X, "{\"name\":\"x\",\"partition\":\"P\"}");
	for (unsigned i = 0; i < 50; i++) {
		char name[16];

		snprintf(name, sizeof(name), "b%u", i);
		env_apply_app(e, name, BIGIP_BULK);
	}
	env_wait(e, e->n_back, 3); /* well under way */
	before = fake_bigip_count(e->fake, NULL, "*");
	env_apply_member(e, BIGIP_URGENT);
	env_wait(e, e->n_back, 51);
	place = (unsigned)fake_bigip_place(e->fake, "POST", MEMBERS_X, 0);
	if (place > before + 1)
		fail_msg("%u requests came before it", place - before);
	env_end(e);
}

static void test_at_most_so_many_in_flight(void **state)
{
	struct env *e = env_new();
	struct bigip_rest_status s;
	unsigned none = 0;

	env_start_with(e, &(struct bigip_rest_settings){.connections = 3});
	env_wait(e, e->ups, 1);
	fake_bigip_forget_log(e->fake);
	fake_bigip_script(e->fake, &(struct fake_script){"POST", "*", 0, FAKE_HANG});
	for (unsigned i = 0; i < 10; i++)
		env_apply_app(e, "x", BIGIP_NORMAL);
	env_run_ms(e, 100);
	bigip_rest_status(e->rest, &s);
	assert_int_equal(s.in_flight, 3);
	assert_int_equal(s.queued, 7);
	assert_int_equal(fake_bigip_count(e->fake, NULL, "*"), 3);
	assert_int_equal(none, 0);
	env_end(e);
}

/* ---- a device in trouble ---- */

static void test_busy_is_waited_for(void **state)
{
	struct env *e = env_new();
	unsigned p;

	env_start_up(e);
	fake_bigip_script(
		e->fake,
		&(struct fake_script){"POST", "*", 6, FAKE_REPLY, 503, NULL,
				      "{\"code\":503,\"message\":\"There is an active "
				      "asynchronous task executing.\",\"apiError\":32964609}"});
	for (unsigned i = 0; i < 8; i++) {
		char name[16];

		snprintf(name, sizeof(name), "b%u", i);
		p = env_apply_app(e, name, BIGIP_NORMAL);
	}
	env_wait(e, e->n_back, 8);
	for (p = 0; p < 8; p++)
		assert_int_equal(e->plans[p].outcome[1], BIGIP_DONE);
	assert_int_equal(e->downs, 0);
	/* 16 changes and the 6 refusals; never a second time after it was done */
	assert_int_equal(fake_bigip_count(e->fake, "POST", "*"), 22);
	env_end(e);
}

static void test_busy_pauses_everyone(void **state)
{
	struct env *e = env_new();

	env_start_with(e, &(struct bigip_rest_settings){.connections = 2});
	e->rest->timing.busy_min_ms = 300; /* the first wait is 150 to 300 ms */
	e->rest->timing.busy_max_ms = 300;
	env_wait(e, e->ups, 1);
	fake_bigip_forget_log(e->fake);
	fake_bigip_script(e->fake, &(struct fake_script){"POST", "*", 1, FAKE_REPLY, 503, NULL,
							 "{\"code\":503,\"message\":\"busy\"}"});
	env_apply_app(e, "a", BIGIP_NORMAL);
	env_run_ms(e, 30);
	env_apply_app(e, "b", BIGIP_URGENT);
	env_run_ms(e, 60);
	assert_int_equal(fake_bigip_count(e->fake, "POST", "*"), 1);
	env_wait(e, e->n_back, 2);
	env_end(e);
}

static void test_busy_for_too_long_is_down(void **state)
{
	struct env *e = env_new();

	env_start_up(e);
	e->rest->timing.busy_limit_ms = 150;
	fake_bigip_script(e->fake,
			  &(struct fake_script){"POST", "/mgmt/tm/*", 0, FAKE_REPLY, 503, NULL,
						"{\"code\":503,\"message\":\"busy\"}"});
	env_apply_app(e, "a", BIGIP_NORMAL);
	env_wait(e, e->downs, 1);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[0].outcome[0], BIGIP_NOT_TRIED);
	assert_non_null(strstr(e->plans[0].err[0].msg, "503: busy"));
	env_end(e);
}

static const struct down_case {
	const char *name;
	struct fake_script script;
	const char *words; /* of the result */
	bool done;         /* the write was carried out all the same */
} down_cases[] = {
	{"503 of Apache",
	 {"PATCH", "*", 1, FAKE_REPLY, 503, "text/html",
	  "<h1>Configuration Utility restarting...</h1>"},
	 "Configuration Utility restarting...",
	 false},
	{"404 that is not absence",
	 {"PATCH", "*", 1, FAKE_REPLY, 404, NULL,
	  "{\"code\":404,\"message\":\"Public URI path not registered: /tm/ltm/pool/~P~x\","
	  "\"restOperationId\":41,\"kind\":\":resterrorresponse\"}"},
	 "Public URI path not registered",
	 false},
	{"mcpd lost",
	 {"PATCH", "*", 1, FAKE_REPLY, 500, NULL,
	  "{\"code\":500,\"message\":\"The connection to mcpd has been lost, try again.\","
	  "\"errorStack\":[],\"apiError\":32768001}"},
	 "connection to mcpd",
	 false},
	{"the device timed out inside",
	 {"PATCH", "*", 1, FAKE_REPLY, 500, "text/html", "<title>AsyncContext timeout</title>"},
	 "AsyncContext timeout",
	 false},
	{"cut in the middle of the reply", {"PATCH", "*", 1, FAKE_CUT}, "outcome unknown", true},
	{"no reply in time", {"PATCH", "*", 1, FAKE_HANG}, "outcome unknown", false},
};

static void test_not_knowing_means_looking_again(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(down_cases); i++) {
		const struct down_case *c = &down_cases[i];
		struct env *e = env_new();
		struct bigip_plan p = one(BIGIP_OP_MODIFY);

		env_start_up(e);
		e->rest->timing.request_ms = 200;
		fake_bigip_put(e->fake, POOL_X, "{\"name\":\"x\",\"partition\":\"P\"}");
		fake_bigip_script(e->fake, &c->script);
		env_add(&p, BIGIP_OP_CREATE, monitor("after"));
		env_apply(e, &p, BIGIP_NORMAL);
		env_wait(e, e->downs, 1);
		env_wait(e, e->n_back, 1);
		if (e->plans[0].outcome[0] != BIGIP_NOT_TRIED ||
		    e->plans[0].err[0].kind != ERR_RETRY ||
		    !strstr(e->plans[0].err[0].msg, c->words))
			fail_row(c->name, "outcome %u: %s", e->plans[0].outcome[0],
				 e->plans[0].err[0].msg);
		if ((js_str(fake_bigip_get(e->fake, POOL_X), "loadBalancingMode", NULL) != NULL) !=
		    c->done)
			fail_row(c->name, "done or not");
		env_wait(e, e->ups, 2); /* the caller reads now */
		if (e->downs != 1)
			fail_row(c->name, "down %u times", e->downs);
		env_end(e);
	}
}

static void test_up_only_when_old_requests_are_over(void **state)
{
	struct env *e = env_new();
	struct bigip_plan p = one(BIGIP_OP_MODIFY);

	/* one write is slow, another tells that the device restarts: on_up (and the read that
	   follows it) has to wait for what the slow one does */
	env_start_up(e);
	fake_bigip_put(e->fake, POOL_X, "{\"name\":\"x\",\"partition\":\"P\"}");
	fake_bigip_script(e->fake, &(struct fake_script){.method = "PATCH",
							 .path = "*",
							 .times = 1,
							 .act = FAKE_DELAY,
							 .delay_ms = 300});
	fake_bigip_script(e->fake, &(struct fake_script){"POST", "/mgmt/tm/*", 1, FAKE_REPLY, 503,
							 "text/html", "<h1>restarting</h1>"});
	env_apply(e, &p, BIGIP_NORMAL);
	env_apply_app(e, "other", BIGIP_NORMAL);
	env_wait(e, e->downs, 1);
	env_wait(e, e->ups, 2);
	assert_int_equal(e->n_back, 2);
	assert_int_equal(e->plans[0].outcome[0], BIGIP_DONE); /* its answer counts */
	assert_int_equal(e->plans[0].order, 2);
	env_end(e);
}

/* ---- speed ---- */

static void test_three_thousand_creates(void **state)
{
	struct env *e = env_new();
	uint64_t start;

	env_start_with(e, &(struct bigip_rest_settings){.batch = 0});
	env_wait(e, e->ups, 1);
	start = clock_mono_us();
	for (unsigned i = 0; i < 1500; i++) {
		char name[16];

		snprintf(name, sizeof(name), "b%u", i);
		env_apply_app(e, name, BIGIP_BULK);
	}
	env_wait(e, e->n_back, 1500);
	print_message("3000 creates: %.2f s (fake and client in one thread)\n",
		      (double)(clock_mono_us() - start) / 1e6);
	assert_int_equal(fake_bigip_objects(e->fake), 3002);
	env_end(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_request_a_change),
		cmocka_unit_test(test_a_draining_member_is_disabled),
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_conflict_shows_what_is_there),
		cmocka_unit_test(test_conflict_that_is_gone_when_we_look),
		cmocka_unit_test(test_a_reply_lost_after_a_write),
		cmocka_unit_test(test_common_is_never_written),
		cmocka_unit_test(test_an_empty_plan_comes_back),
		cmocka_unit_test(test_urgent_passes_bulk),
		cmocka_unit_test(test_at_most_so_many_in_flight),
		cmocka_unit_test(test_busy_is_waited_for),
		cmocka_unit_test(test_busy_pauses_everyone),
		cmocka_unit_test(test_busy_for_too_long_is_down),
		cmocka_unit_test(test_not_knowing_means_looking_again),
		cmocka_unit_test(test_up_only_when_old_requests_are_over),
		cmocka_unit_test(test_three_thousand_creates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
