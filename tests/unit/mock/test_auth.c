/* Basic authentication, tokens and roles (1.3 to 1.5). */
#include "device.h"

#define SECOND 1000000ll
#define LOGIN  "/mgmt/shared/authn/login"
#define TOKENS "/mgmt/shared/authz/tokens"

static char *login(struct device *d)
{
	d->authorization = "";
	device_must(
		d, "POST", LOGIN,
		"{\"username\":\"admin\",\"password\":\"admin\",\"loginProviderName\":\"tmos\"}");
	d->authorization = NULL;
	return mem_strdup(device_string(d, "token.token"));
}

static void who_is_let_in(void **state)
{
	static const struct {
		const char *name, *authorization, *token;
		int code;
		const char *message; /* NULL: an HTML page */
	} rows[] = {
		{"nothing at all", "", NULL, 401,
		 "Authorization failed: no user authentication header or token detected. "
		 "Uri:http://localhost:8100/mgmt/tm/ltm/virtual Referrer:192.0.2.1 "
		 "Sender:192.0.2.1"},
		{"right password", "Basic YWRtaW46YWRtaW4=", NULL, 200, ""},
		{"wrong password", "Basic YWRtaW46d3Jvbmc=", NULL, 401, NULL},
		{"unknown user", "Basic bm9ib2R5OmFkbWlu", NULL, 401, NULL},
		{"no colon", "Basic YWRtaW4=", NULL, 401, NULL},
		{"no base64", "Basic ####", NULL, 401, NULL},
		{"another scheme", "Bearer x", NULL, 401, NULL},
		{"unknown token", "", "AAAAAAAAAAAAAAAAAAAAAAAAAA", 401,
		 "X-F5-Auth-Token does not exist."},
		{"a token wins over Basic", "Basic YWRtaW46YWRtaW4=", "AAAAAAAAAAAAAAAAAAAAAAAAAA",
		 401, "X-F5-Auth-Token does not exist."},
	};
	struct device d;

	device_init(&d, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		d.authorization = rows[i].authorization;
		d.token = rows[i].token;
		if (device_ask(&d, "GET", "ltm/virtual", NULL) != rows[i].code)
			fail_row(rows[i].name, "answered %d %s", d.status, d.text);
		if (!rows[i].message &&
		    (d.body || !strstr(d.text, "401 F5 Authorization Required")))
			fail_row(rows[i].name, "answered %s", d.text);
		if (rows[i].message && strcmp(device_string(&d, "message"), rows[i].message) != 0)
			fail_row(rows[i].name, "answered %s", d.text);
	}
	device_release(&d);
}

static void login_gives_a_token(void **state)
{
	struct device d;
	autofree char *token = NULL;
	int64_t now;

	device_init(&d, 0);
	token = login(&d);
	now = d.now_us;
	assert_int_equal(strlen(token), 26);
	assert_int_equal(strspn(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"), 26);
	assert_string_equal(device_string(&d, "token.name"), token);
	assert_int_equal(js_int(js_key(d.body, "token"), "timeout", 0), 1200);
	assert_int_equal(js_int(js_key(d.body, "token"), "lastUpdateMicros", 0), now);
	assert_int_equal(js_int(js_key(d.body, "token"), "expirationMicros", 0),
			 now / 1000 * 1000 + 1200 * SECOND);
	assert_string_equal(device_string(&d, "token.kind"),
			    "shared:authz:tokens:authtokenitemstate");
	d.token = token;
	d.authorization = "";
	device_must(&d, "GET", "ltm/pool", NULL);
	device_must(&d, "GET", TOKENS, NULL);
	assert_int_equal(device_items(&d), 1);
	device_release(&d);
}

static void login_is_refused(void **state)
{
	struct device d;

	device_init(&d, 0);
	d.authorization = "";
	assert_int_equal(device_ask(&d, "POST", LOGIN,
				    "{\"username\":\"admin\",\"password\":\"secret-guess\"}"),
			 401);
	assert_string_equal(device_string(&d, "message"), "Authentication failed.");
	assert_null(strstr(d.text, "secret-guess"));
	assert_int_equal(device_ask(&d, "POST", LOGIN, "{"), 400);
	assert_int_equal(device_ask(&d, "GET", LOGIN, NULL), 405);
	device_release(&d);
}

/* the life of a token is counted from its creation, whatever is done with it */
static void tokens_expire(void **state)
{
	struct device d;
	autofree char *token = NULL;
	autofree char *uri = NULL;

	device_init(&d, 0);
	token = login(&d);
	d.token = token;
	d.now_us += 1190 * SECOND;
	device_must(&d, "GET", "ltm/pool", NULL);
	d.now_us += 11 * SECOND;
	assert_int_equal(device_ask(&d, "GET", "ltm/pool", NULL), 401);
	assert_string_equal(device_string(&d, "message"), "X-F5-Auth-Token has expired.");

	d.token = NULL;
	free(token);
	token = login(&d);
	d.token = token;
	uri = mem_printf(TOKENS "/%s", token);
	d.now_us += 1000 * SECOND;
	device_must(&d, "PATCH", uri, "{\"timeout\":\"36000\"}");
	assert_int_equal(js_int(d.body, "timeout", 0), 36000);
	assert_int_equal(js_int(d.body, "generation", 0), 2);
	d.now_us += 34000 * SECOND;
	device_must(&d, "GET", "ltm/pool", NULL);
	assert_int_equal(device_ask(&d, "PATCH", uri, "{\"timeout\":36001}"), 400);
	assert_string_equal(device_string(&d, "message"),
			    "Auth-token absolute timeout (36000 seconds) exceeded");
	d.now_us += 1001 * SECOND;
	assert_int_equal(device_ask(&d, "GET", "ltm/pool", NULL), 401);
	device_release(&d);
}

static void logout(void **state)
{
	struct device d;
	autofree char *token = NULL;
	autofree char *uri = NULL;

	device_init(&d, 0);
	token = login(&d);
	d.token = token;
	uri = mem_printf(TOKENS "/%s", token);
	device_must(&d, "GET", uri, NULL);
	device_must(&d, "DELETE", uri, NULL);
	assert_int_equal(device_ask(&d, "GET", "ltm/pool", NULL), 401);
	assert_string_equal(device_string(&d, "message"), "X-F5-Auth-Token does not exist.");
	assert_non_null(js_arr(d.body, "errorStack"));
	d.token = NULL;
	assert_int_equal(device_ask(&d, "GET", uri, NULL), 404);
	device_release(&d);
}

static void a_user_has_at_most_100_tokens(void **state)
{
	struct device d;

	device_init(&d, 0);
	for (unsigned i = 0; i < 100; i++)
		free(login(&d));
	d.authorization = "";
	assert_int_equal(
		device_ask(&d, "POST", LOGIN, "{\"username\":\"admin\",\"password\":\"admin\"}"),
		400);
	assert_string_equal(device_string(&d, "message"),
			    "user admin has reached maximum active login tokens");
	d.now_us += 1201 * SECOND;
	free(login(&d));
	device_release(&d);
}

static void guests_only_read(void **state)
{
	struct device d;
	struct error err;

	device_init(&d, 0);
	assert_int_equal(mock_user_add(d.mock, "eve", "eve", "guest", &err), 0);
	assert_int_equal(mock_user_add(d.mock, "a b", "x", "admin", &err), -1);
	assert_int_equal(mock_user_add(d.mock, "x", "x", "root", &err), -1);
	d.authorization = "Basic ZXZlOmV2ZQ==";
	device_must(&d, "GET", "ltm/pool", NULL);
	assert_int_equal(device_ask(&d, "POST", "ltm/pool", "{\"name\":\"p\"}"), 401);
	assert_non_null(
		strstr(device_string(&d, "message"),
		       "Authorization failed: user=https://localhost/mgmt/shared/authz/users/eve"));
	d.authorization = NULL;
	assert_int_equal(device_ask(&d, "GET", "ltm/pool/p", NULL), 404);
	device_release(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_let_in),    cmocka_unit_test(login_gives_a_token),
		cmocka_unit_test(login_is_refused), cmocka_unit_test(tokens_expire),
		cmocka_unit_test(logout),           cmocka_unit_test(a_user_has_at_most_100_tokens),
		cmocka_unit_test(guests_only_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
