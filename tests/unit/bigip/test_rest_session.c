/* log in, stay in, come back: the session of rest against a scripted device */
#include "check.h"

#include "rest_env.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"

#define LOGIN "/mgmt/shared/authn/login"
#define PROBE "/mgmt/tm/auth/partition/Common"
#define JAVAD_404                                                                                  \
	"{\"code\":404,\"message\":\"URI path /mgmt/tm/x not registered.  Please verify URI is "   \
	"supported and wait for /available suffix to be responsive.\",\"restOperationId\":41,"     \
	"\"kind\":\":resterrorresponse\"}"

static void test_logs_in_once_and_out_at_the_end(void **state)
{
	struct env *e = env_new();
	struct bigip_rest_status s;

	env_start(e);
	assert_false(bigip_rest_is_up(e->rest));
	env_wait(e, e->ups, 1);
	assert_true(bigip_rest_is_up(e->rest));
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	assert_int_equal(fake_bigip_count(e->fake, "GET", PROBE), 1);
	assert_int_equal(fake_bigip_count(e->fake, NULL, "*"), 2);
	assert_int_equal(fake_bigip_live_tokens(e->fake), 1);
	bigip_rest_status(e->rest, &s);
	assert_true(s.up);
	assert_int_equal(s.logins, 1);
	bigip_rest_close(move_ptr(e->rest));
	env_run_ms(e, 50);
	assert_int_equal(fake_bigip_live_tokens(e->fake), 0);
	assert_int_equal(e->downs, 0);
	env_end(e);
}

static void test_wrong_password_is_not_tried_again_soon(void **state)
{
	struct env *e = env_new();

	fake_bigip_login(e->fake, "admin", "another");
	env_start(e);
	env_wait(e, e->downs, 1);
	assert_non_null(strstr(e->why.msg, "Authentication failed."));
	assert_null(strstr(e->why.msg, "secret-of-tests"));
	assert_int_equal(e->why.kind, ERR_RETRY);
	env_run_ms(e, 300); /* ten retry times of an unreachable device */
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	assert_int_equal(e->downs, 1);
	env_end(e);
}

static void test_new_credentials_are_tried_at_once(void **state)
{
	struct env *e = env_new();

	fake_bigip_login(e->fake, "admin", "another");
	env_start(e);
	env_wait(e, e->downs, 1);
	bigip_rest_credentials(e->rest, "admin", "still wrong");
	env_run_ms(e, 50);
	assert_int_equal(e->ups, 0);
	bigip_rest_credentials(e->rest, "admin", "still wrong"); /* nothing new */
	env_run_ms(e, 50);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 2);
	bigip_rest_credentials(e->rest, "admin", "another");
	env_wait(e, e->ups, 1);
	env_end(e);
}

static void test_credentials_replaced_while_up(void **state)
{
	struct env *e = env_new();
	unsigned p;

	env_start_up(e);
	fake_bigip_login(e->fake, "robot", "new");
	bigip_rest_credentials(e->rest, "robot", "new");
	p = env_apply_app(e, "x", BIGIP_NORMAL);
	env_wait(e, e->n_back, 1);
	if (e->plans[p].outcome[1] != BIGIP_DONE)
		fail_msg("%s", e->plans[p].err[1].msg);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	env_run_ms(e, 20);
	assert_int_equal(fake_bigip_live_tokens(e->fake), 1); /* the old one is gone */
	assert_int_equal(e->downs, 0);
	env_end(e);
}

static void test_device_down_at_start(void **state)
{
	struct env *e = env_new();
	unsigned short port = fake_bigip_port(e->fake);
	char url[64];
	unsigned p;

	fake_bigip_free(move_ptr(e->fake));
	env_run_ms(e, 1);
	snprintf(url, sizeof(url), "http://127.0.0.1:%u", port);
	env_start_with(e, &(struct bigip_rest_settings){.url = url});
	env_wait(e, e->downs, 1);
	assert_non_null(strstr(e->why.msg, "Connection refused"));
	p = env_apply_app(e, "x", BIGIP_BULK);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[p].outcome[0], BIGIP_NOT_TRIED);
	assert_int_equal(e->plans[p].outcome[1], BIGIP_NOT_TRIED);
	assert_int_equal(e->plans[p].err[0].kind, ERR_RETRY);
	env_read(e, "P", 0);
	env_wait(e, e->reads, 1);
	assert_int_equal(e->read_err.kind, ERR_RETRY);
	env_run_ms(e, 100);
	assert_int_equal(e->downs, 1); /* told once */
	e->fake = fake_bigip_new(&e->loop, port);
	env_wait(e, e->ups, 1);
	env_end(e);
}

static void test_device_restarts(void **state)
{
	struct env *e = env_new();
	unsigned short port = fake_bigip_port(e->fake);
	unsigned p;

	env_start_up(e);
	fake_bigip_free(move_ptr(e->fake));
	p = env_apply_app(e, "x", BIGIP_NORMAL);
	env_wait(e, e->downs, 1);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[p].outcome[0], BIGIP_NOT_TRIED);
	e->fake = fake_bigip_new(&e->loop, port); /* has forgotten all tokens */
	env_wait(e, e->ups, 2);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	assert_int_equal(e->downs, 1);
	env_end(e);
}

static void test_the_token_survives_an_outage(void **state)
{
	struct env *e = env_new();

	env_start_up(e);
	fake_bigip_script(e->fake, &(struct fake_script){"POST", "*", 1, FAKE_REPLY, 503,
							 "text/html", "<title>restarting</title>"});
	env_apply_member(e, BIGIP_NORMAL);
	env_wait(e, e->ups, 2);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 0);
	assert_int_equal(fake_bigip_live_tokens(e->fake), 1);
	env_end(e);
}

static void test_token_expires_in_mid_flight(void **state)
{
	struct env *e = env_new();

	env_start_up(e);
	for (unsigned i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "x%u", i);
		env_apply_app(e, name, BIGIP_NORMAL);
		if (i == 10)
			fake_bigip_expire_tokens(e->fake);
	}
	env_wait(e, e->n_back, 20);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(e->plans[i].outcome[0], BIGIP_DONE);
		assert_int_equal(e->plans[i].outcome[1], BIGIP_DONE);
	}
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	assert_int_equal(e->ups, 1);
	assert_int_equal(e->downs, 0);
	env_end(e);
}

static void test_a_second_401_is_about_us(void **state)
{
	struct env *e = env_new();
	unsigned p;

	env_start_up(e);
	fake_bigip_script(e->fake,
			  &(struct fake_script){"POST", "/mgmt/tm/ltm/*", 0, FAKE_REPLY, 401, NULL,
						"{\"code\":401,\"message\":\"Authorization "
						"failed: user=u resource=r verb=POST\"}"});
	p = env_apply_member(e, BIGIP_NORMAL);
	env_wait(e, e->downs, 1);
	env_wait(e, e->n_back, 1);
	assert_int_equal(e->plans[p].outcome[0], BIGIP_NOT_TRIED);
	assert_non_null(strstr(e->why.msg, "verb=POST"));
	env_run_ms(e, 300);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	assert_int_equal(fake_bigip_count(e->fake, "POST", "/mgmt/tm/ltm/*"), 2);
	assert_int_equal(e->ups, 1);
	assert_int_equal(fake_bigip_live_tokens(e->fake), 1);
	env_end(e);
}

static void test_role_too_low_for_anything(void **state)
{
	struct env *e = env_new();

	fake_bigip_script(e->fake,
			  &(struct fake_script){"GET", PROBE, 0, FAKE_REPLY, 401, NULL,
						"{\"code\":401,\"message\":\"Authorization "
						"failed: role\"}"});
	env_start(e);
	env_wait(e, e->downs, 1);
	env_run_ms(e, 200);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	assert_int_equal(e->ups, 0);
	env_end(e);
}

static void test_token_is_extended_before_it_expires(void **state)
{
	struct env *e = env_new();

	fake_bigip_token_ttl(e->fake, 1, true);
	env_start_up(e);
	assert_int_equal(fake_bigip_count(e->fake, "PATCH", "*"), 0); /* late, not at once */
	env_run_ms(e, 1300);
	assert_int_equal(fake_bigip_count(e->fake, "PATCH", "/mgmt/shared/authz/tokens/TOKEN1"), 1);
	assert_int_equal(e->rest->session.timeout_s, 36000);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 0);
	env_end(e);
}

static void test_token_that_cannot_be_extended_is_replaced(void **state)
{
	struct env *e = env_new();

	fake_bigip_token_ttl(e->fake, 1, false);
	env_start_up(e);
	env_run_ms(e, 1300);
	assert_int_equal(fake_bigip_count(e->fake, "PATCH", "/mgmt/shared/authz/tokens/*"), 1);
	assert_int_equal(fake_bigip_count(e->fake, "POST", LOGIN), 1);
	assert_int_equal(fake_bigip_live_tokens(e->fake), 1);
	assert_true(bigip_rest_is_up(e->rest));
	assert_int_equal(e->downs, 0);
	env_end(e);
}

static const struct basic_case {
	const char *name;
	int status;
	const char *body;
} basic_cases[] = {
	{"100 tokens are live", 400,
	 "{\"code\":400,\"message\":\"user 7c7c has reached maximum active login tokens\"}"},
	{"no login there", 404, JAVAD_404},
};

static void test_basic_stands_in(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(basic_cases); i++) {
		const struct basic_case *c = &basic_cases[i];
		struct env *e = env_new();

		fake_bigip_script(e->fake, &(struct fake_script){"POST", LOGIN, 1, FAKE_REPLY,
								 c->status, NULL, c->body});
		env_start(e);
		e->rest->timing.basic_ms = 1200;
		env_wait(e, e->ups, 1);
		if (fake_bigip_live_tokens(e->fake) != 0)
			fail_row(c->name, "there is a token");
		env_apply_app(e, "x", BIGIP_NORMAL);
		env_wait(e, e->n_back, 1);
		if (e->plans[0].outcome[1] != BIGIP_DONE)
			fail_row(c->name, "%s", e->plans[0].err[1].msg);
		env_run_ms(e, 1400); /* then tokens are tried again */
		if (fake_bigip_live_tokens(e->fake) != 1)
			fail_row(c->name, "still no token");
		env_end(e);
	}
}

static const struct probe_case {
	const char *name;
	struct fake_script script;
	unsigned downs, ups;
} probe_cases[] = {
	{"worker not registered yet", {"GET", PROBE, 3, FAKE_REPLY, 404, NULL, JAVAD_404}, 1, 1},
	{"restjavad is down",
	 {NULL, "*", 3, FAKE_REPLY, 503, "text/html", "<title>x</title>"},
	 1,
	 1},
	{"mcpd is down",
	 {"GET", PROBE, 3, FAKE_REPLY, 500, NULL,
	  "{\"code\":500,\"message\":\"The connection to mcpd has been lost, try again.\","
	  "\"apiError\":32768001}"},
	 1,
	 1},
	{"login is cut", {"POST", LOGIN, 2, FAKE_CUT}, 1, 1},
	{"login is dropped", {"POST", LOGIN, 2, FAKE_DROP}, 1, 1},
	{"login answers nonsense",
	 {"POST", LOGIN, 2, FAKE_REPLY, 200, NULL, "{\"token\":{}}"},
	 1,
	 1},
	{"the token would break a header",
	 {"POST", LOGIN, 2, FAKE_REPLY, 200, NULL, "{\"token\":{\"token\":\"a\\r\\nX: b\"}}"},
	 1,
	 1},
	{"the probe is not for us",
	 {"GET", PROBE, 1, FAKE_REPLY, 403, NULL,
	  "{\"code\":403,\"message\":\"01070822:3: Access Denied\",\"apiError\":3}"},
	 0,
	 1},
};

static void test_not_ready_is_waited_for(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(probe_cases); i++) {
		const struct probe_case *c = &probe_cases[i];
		struct env *e = env_new();

		fake_bigip_script(e->fake, &c->script);
		env_start(e);
		env_wait(e, e->ups, c->ups);
		if (e->downs != c->downs)
			fail_row(c->name, "on_down %u times: %s", e->downs, e->why.msg);
		env_end(e);
	}
}

/* ---- the end, in every state ---- */

static void no_script(struct env *e)
{
}

static void hang_login(struct env *e)
{
	fake_bigip_script(e->fake, &(struct fake_script){"POST", LOGIN, 0, FAKE_HANG});
}

static void hang_probe(struct env *e)
{
	fake_bigip_script(e->fake, &(struct fake_script){"GET", PROBE, 0, FAKE_HANG});
}

static void hang_writes(struct env *e)
{
	fake_bigip_script(e->fake, &(struct fake_script){"POST", "/mgmt/tm/*", 0, FAKE_HANG});
}

static void busy(struct env *e)
{
	fake_bigip_script(e->fake,
			  &(struct fake_script){NULL, "/mgmt/tm/ltm/*", 0, FAKE_REPLY, 503, NULL,
						"{\"code\":503,\"message\":\"busy\"}"});
}

static void refuse(struct env *e)
{
	fake_bigip_login(e->fake, "admin", "another");
}

static void hang_logout(struct env *e)
{
	fake_bigip_script(e->fake, &(struct fake_script){"DELETE", "*", 0, FAKE_HANG});
}

static const struct close_case {
	const char *name;
	void (*script)(struct env *e);
	unsigned run_ms;
	bool work, in_callback;
} close_cases[] = {
	{"at once", no_script, 0, false, false},
	{"at once, with work", no_script, 0, true, false},
	{"while logging in", hang_login, 30, true, false},
	{"while probing", hang_probe, 30, true, false},
	{"while up", no_script, 30, false, false},
	{"with writes in flight and queued", hang_writes, 30, true, false},
	{"while the device is busy", busy, 30, true, false},
	{"while refused", refuse, 30, true, false},
	{"while the log-out hangs", hang_logout, 30, false, false},
	{"from the first callback that comes", no_script, 60, true, true},
	{"from on_down", refuse, 60, false, true},
};

static void test_closes_in_every_state(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(close_cases); i++) {
		const struct close_case *c = &close_cases[i];
		struct env *e = env_new();

		print_message("closing %s\n", c->name);
		c->script(e);
		env_start(e);
		if (c->work && c->run_ms) {
			env_run_ms(e, 20);
			for (unsigned n = 0; n < 30; n++)
				env_apply_app(e, c->name, n % 2 ? BIGIP_NORMAL : BIGIP_BULK);
			env_read(e, "P", 0);
		}
		e->close_in_callback = c->in_callback;
		env_run_ms(e, c->run_ms);
		if (c->in_callback && e->rest)
			fail_row(c->name, "no callback came");
		env_end(e);
	}
}

static void log_line(void *ctx, const char *line)
{
	str_add(ctx, line);
}

static void test_secrets_are_told_to_nobody(void **state)
{
	struct env *e = env_new();
	struct bigip_rest_status s;
	struct strbuf log = {0};

	log_capture(log_line, &log);
	log_set_level(LOG_DEBUG);
	/* a device that quotes the token's URI */
	fake_bigip_script(e->fake, &(struct fake_script){
					   "GET", PROBE, 0, FAKE_REPLY, 404, NULL,
					   "{\"message\":\"Public URI path not registered: "
					   "/shared/authz/tokens/TOKEN1\",\"restOperationId\":1}"});
	env_start(e);
	env_wait(e, e->downs, 1);
	assert_non_null(strstr(e->why.msg, "Public URI path"));
	assert_null(strstr(e->why.msg, "TOKEN1"));
	bigip_rest_status(e->rest, &s);
	assert_null(strstr(s.last_error, "TOKEN1"));
	env_end(e);
	log_capture(NULL, NULL);
	assert_null(strstr(str_get(&log), "TOKEN1"));
	assert_null(strstr(str_get(&log), "secret-of-tests"));
	str_release(&log);
}

static void test_bad_urls(void **state)
{
	static const char *const urls[] = {
		"",           "192.0.2.1",      "ftp://h",       "https://",
		"https:///",  "https://h/mgmt", "https://u:p@h", "https://h?x",
		"https://h x"};

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct bigip_rest_settings s = {.url = urls[i], .username = "a", .password = "b"};
		struct bigip_rest *r = (void *)1;
		struct error err = {0};

		if (bigip_rest_new(uv_default_loop(), &s, &r, &err) == 0 || r != (void *)1)
			fail_row(urls[i], "accepted");
		if (err.kind != ERR_INPUT || strstr(err.msg, "u:p"))
			fail_row(urls[i], "%s", err.msg);
	}
	uv_run(uv_default_loop(), UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(uv_default_loop()), 0);
}

static void test_metrics(void **state)
{
	struct env *e = env_new();
	struct strbuf text = {0};

	env_start_up(e);
	fake_bigip_expire_tokens(e->fake);
	env_apply_app(e, "x", BIGIP_NORMAL);
	env_wait(e, e->n_back, 1);
	metrics_render(e->metrics, &text);
	assert_non_null(strstr(str_get(&text), "\npodlane_bigip_up 1\n"));
	assert_non_null(strstr(str_get(&text), "\npodlane_bigip_in_flight 0\n"));
	assert_non_null(strstr(str_get(&text), "\npodlane_bigip_logins_total 2\n"));
	assert_non_null(strstr(str_get(&text),
			       "podlane_bigip_requests_total{method=\"POST\",code=\"401\"} 1\n"));
	assert_non_null(
		strstr(str_get(&text), "podlane_bigip_retries_total{reason=\"unauthorized\"} 1\n"));
	assert_non_null(strstr(str_get(&text), "podlane_bigip_request_seconds_count"));
	assert_non_null(strstr(str_get(&text), "podlane_bigip_last_success_timestamp_seconds 1"));
	str_release(&text);
	env_end(e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_logs_in_once_and_out_at_the_end),
		cmocka_unit_test(test_wrong_password_is_not_tried_again_soon),
		cmocka_unit_test(test_new_credentials_are_tried_at_once),
		cmocka_unit_test(test_credentials_replaced_while_up),
		cmocka_unit_test(test_device_down_at_start),
		cmocka_unit_test(test_device_restarts),
		cmocka_unit_test(test_the_token_survives_an_outage),
		cmocka_unit_test(test_token_expires_in_mid_flight),
		cmocka_unit_test(test_a_second_401_is_about_us),
		cmocka_unit_test(test_role_too_low_for_anything),
		cmocka_unit_test(test_token_is_extended_before_it_expires),
		cmocka_unit_test(test_token_that_cannot_be_extended_is_replaced),
		cmocka_unit_test(test_basic_stands_in),
		cmocka_unit_test(test_not_ready_is_waited_for),
		cmocka_unit_test(test_closes_in_every_state),
		cmocka_unit_test(test_secrets_are_told_to_nobody),
		cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_metrics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
