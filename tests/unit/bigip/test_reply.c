/* every reply body of icontrol.md 1.5, 1.6 and 4 and what it must mean */
#include "check.h"

#include "bigip/rest/reply.h"

#define JSON "application/json; charset=UTF-8"
#define MCPD(code, text)                                                                           \
	"{\"code\":" #code ",\"message\":\"" text "\",\"errorStack\":[],\"apiError\":3}"
#define ICRD(code, text)                                                                           \
	"{\"code\":" #code ",\"message\":\"" text "\",\"errorStack\":[],\"apiError\":1}"
#define TMSH(text) "{\"code\":400,\"message\":\"" text "\",\"errorStack\":[],\"apiError\":26214401}"
#define JAVAD(code, text)                                                                          \
	"{\"code\":" #code ",\"message\":\"" text                                                  \
	"\",\"referer\":\"10.0.0.9\",\"restOperationId\":41,\"kind\":\":resterrorresponse\"}"

static const struct reply_case {
	const char *name, *method;
	int status;
	const char *type, *body;
	enum bigip_reply_verdict want;
	const char *message; /* must be part of it */
} cases[] = {
	/* success */
	{"200 with an object", "GET", 200, JSON, "{\"kind\":\"tm:ltm:pool:poolstate\"}",
	 BIGIP_REPLY_OK, ""},
	{"200 with nothing", "DELETE", 200, "", "", BIGIP_REPLY_OK, ""},
	{"202 accepted", "POST", 202, JSON, "{}", BIGIP_REPLY_OK, ""},
	{"200 with a web page is not the API", "GET", 200, "text/html",
	 "<html><head><title>BIG-IP&reg;- Redirect</title></head></html>", BIGIP_REPLY_NOT_READY,
	 "BIG-IP&reg;- Redirect"},
	{"a page without a type is seen by its first byte", "GET", 200, "",
	 "\n <!doctype html><title>Login</title>", BIGIP_REPLY_NOT_READY, "Login"},
	{"a redirect is not the API", "GET", 302, "text/html", "", BIGIP_REPLY_NOT_READY, "302"},

	/* 1.5: 401 */
	{"401 no token detected", "GET", 401, JSON,
	 JAVAD(401, "Authorization failed: no user authentication header or token detected. "
		    "Uri:http://localhost:8100/mgmt/tm/ltm/virtual Referrer:10.145.74.44"),
	 BIGIP_REPLY_AUTH, "no user authentication header"},
	{"401 expired", "GET", 401, JSON, JAVAD(401, "X-F5-Auth-Token has expired."),
	 BIGIP_REPLY_AUTH, "X-F5-Auth-Token has expired."},
	{"401 unknown token", "PATCH", 401, JSON,
	 "{\"code\":401,\"message\":\"X-F5-Auth-Token does not exist.\",\"restOperationId\":1,"
	 "\"errorStack\":[\"java.lang.SecurityException: X\"],\"kind\":\":resterrorresponse\"}",
	 BIGIP_REPLY_AUTH, "does not exist"},
	{"401 wrong password", "POST", 401, JSON,
	 "{\"code\":401,\"message\":\"Authentication failed.\",\"originalRequestBody\":"
	 "\"{\\\"username\\\":\\\"admin\\\"}\"}",
	 BIGIP_REPLY_AUTH, "Authentication failed."},
	{"401 role too low", "GET", 401, JSON,
	 JAVAD(401, "Authorization failed: user=https://localhost/mgmt/shared/authz/users/u "
		    "resource=/mgmt/tm/ltm/pool verb=GET"),
	 BIGIP_REPLY_AUTH, "verb=GET"},
	{"401 of Apache", "GET", 401, "text/html; charset=iso-8859-1",
	 "<html><head><title>401 F5 Authorization Required</title></head></html>", BIGIP_REPLY_AUTH,
	 "401 F5 Authorization Required"},

	/* 1.6: not ready, overload */
	{"503 of Apache: restjavad is down", "GET", 503, "text/html",
	 "<html><body><h1>Configuration Utility restarting...</h1></body></html>",
	 BIGIP_REPLY_NOT_READY, "Configuration Utility restarting..."},
	{"503 without a body", "GET", 503, "", "", BIGIP_REPLY_NOT_READY,
	 "HTTP status 503 without a message"},
	{"404 worker not registered is not absence", "DELETE", 404, JSON,
	 JAVAD(404,
	       "URI path /mgmt/tm/ltm/pool/~P~x not registered.  Please verify URI is supported "
	       "and wait for /available suffix to be responsive."),
	 BIGIP_REPLY_NOT_READY, "not registered. Please verify"},
	{"404 public path not registered is not absence", "GET", 404, JSON,
	 JAVAD(404, "Public URI path not registered: /tm/ltm/pool/~P~x"), BIGIP_REPLY_NOT_READY,
	 "Public URI path"},
	{"404 of Apache is not absence", "GET", 404, "text/html", "<title>404 Not Found</title>",
	 BIGIP_REPLY_NOT_READY, "404 Not Found"},
	{"404 with nothing is not absence", "DELETE", 404, "", "", BIGIP_REPLY_NOT_READY, "404"},
	{"404 with broken JSON is not absence", "DELETE", 404, JSON,
	 "{\"code\":404,\"apiError\":3,\"mess", BIGIP_REPLY_NOT_READY, "404"},
	{"503 available too early", "GET", 503, JSON,
	 JAVAD(503, "Unable to process request /tm/sys/available. Service is unavailable."),
	 BIGIP_REPLY_BUSY, "Service is unavailable"},
	{"500 mcpd lost", "PATCH", 500, JSON,
	 "{\"code\":500,\"message\":\"The connection to mcpd has been lost, try again.\","
	 "\"errorStack\":[],\"apiError\":32768001}",
	 BIGIP_REPLY_NOT_READY, "connection to mcpd"},
	{"503 asynchronous task", "POST", 503, JSON,
	 "{\"code\":503,\"message\":\"There is an active asynchronous task executing.\","
	 "\"errorStack\":[],\"apiError\":32964609}",
	 BIGIP_REPLY_BUSY, "active asynchronous task"},
	{"500 Jetty timeout", "GET", 500, "text/html",
	 "<html><title>Error 500 AsyncContext timeout</title></html>", BIGIP_REPLY_UNKNOWN,
	 "AsyncContext timeout"},
	{"400 with a remote sender is a timeout", "GET", 400, JSON,
	 "{\"code\":400,\"message\":\"java.util.concurrent.TimeoutException: "
	 "remoteSender:127.0.0.1\","
	 "\"restOperationId\":3}",
	 BIGIP_REPLY_UNKNOWN, "TimeoutException"},
	{"500 without words is a broken device", "POST", 500, "", "", BIGIP_REPLY_NOT_READY, "500"},
	{"500 about this request stops no other", "POST", 500, JSON,
	 "{\"code\":500,\"message\":\"java.lang.NullPointerException\"}", BIGIP_REPLY_REFUSED,
	 "NullPointerException"},
	{"504", "POST", 504, "text/html", "<title>Gateway Time-out</title>", BIGIP_REPLY_UNKNOWN,
	 "Gateway Time-out"},
	{"502", "GET", 502, "text/html", "<title>Bad Gateway</title>", BIGIP_REPLY_NOT_READY,
	 "Bad Gateway"},
	{"429", "GET", 429, JSON, "{\"code\":429,\"message\":\"slow down\"}", BIGIP_REPLY_BUSY,
	 "slow down"},
	{"400 provisioning", "POST", 400, JSON,
	 MCPD(400,
	      "01071003:3: A previous provisioning operation is in progress. Try again when the "
	      "BIGIP is active."),
	 BIGIP_REPLY_NOT_READY, "01071003:3:"},

	/* 4.2 */
	{"GET pool missing", "GET", 404, JSON,
	 MCPD(404, "01020036:3: The requested Pool (/P/n) was not found."), BIGIP_REPLY_VANISHED,
	 "01020036:3: The requested Pool (/P/n) was not found."},
	{"PATCH pool missing", "PATCH", 404, JSON,
	 MCPD(404, "01020036:3: The requested Pool (/P/n) was not found."), BIGIP_REPLY_VANISHED,
	 ""},
	{"DELETE pool missing is done", "DELETE", 404, JSON,
	 MCPD(404, "01020036:3: The requested Pool (/P/n) was not found."), BIGIP_REPLY_DONE, ""},
	{"GET monitor missing", "GET", 404, JSON, ICRD(404, "Object not found - /P/n"),
	 BIGIP_REPLY_VANISHED, "Object not found - /P/n"},
	{"DELETE member missing is done", "DELETE", 404, JSON,
	 MCPD(404, "01020036:3: The requested Pool Member (/P/pool /P/10.0.0.1 80) was not found."),
	 BIGIP_REPLY_DONE, ""},
	{"11.5 has no apiError", "DELETE", 404, JSON,
	 "{\"code\":404,\"message\":\"01020036:3: The requested Pool (/P/n) was not found.\","
	 "\"errorStack\":[]}",
	 BIGIP_REPLY_DONE, ""},
	{"an errorStack of restjavad is not 11.5", "DELETE", 404, JSON,
	 "{\"code\":404,\"message\":\"x\",\"errorStack\":[\"java\"],\"restOperationId\":4}",
	 BIGIP_REPLY_NOT_READY, ""},
	{"POST member, partition missing", "POST", 400, JSON,
	 MCPD(400, "01070734:3: Configuration error: Can't associate Pool Member (/P/pool "
		   "/P/10.0.0.1 http) folder does not exist"),
	 BIGIP_REPLY_REFUSED, "folder does not exist"},
	{"odd content filter", "POST", 400, JSON,
	 TMSH("HTML Tag-like Content in the Request URL/Body"), BIGIP_REPLY_REFUSED,
	 "HTML Tag-like"},
	{"POST into a missing partition", "POST", 400, JSON,
	 TMSH("The requested folder (/P) was not found."), BIGIP_REPLY_REFUSED, "folder (/P)"},
	{"PATCH of nothing", "PATCH", 400, JSON, TMSH("one or more properties must be specified"),
	 BIGIP_REPLY_REFUSED, ""},
	{"POST duplicate", "POST", 409, JSON,
	 MCPD(409, "01020066:3: The requested Pool (/P/n) already exists in partition P."),
	 BIGIP_REPLY_CONFLICT, "already exists"},
	{"409 of another verb is a refusal", "PATCH", 409, JSON, MCPD(409, "no"),
	 BIGIP_REPLY_REFUSED, "no"},

	/* 4.3 to 4.5 */
	{"not JSON", "POST", 400, JSON, ICRD(400, "Found invalid JSON body in the request."),
	 BIGIP_REPLY_REFUSED, ""},
	{"enum value", "PATCH", 400, JSON,
	 TMSH("invalid property value \\\"load-balancing-mode\\\":\\\"leastconnection\\\""),
	 BIGIP_REPLY_REFUSED, "invalid property value \"load-balancing-mode\":\"leastconnection\""},
	{"not licensed", "GET", 400, JSON,
	 ICRD(400,
	      "One of the following features must be licensed/provisioned for the URI ltm/virtual"
	      " : ltm"),
	 BIGIP_REPLY_REFUSED, "must be licensed"},
	{"access denied", "POST", 403, JSON, MCPD(403, "01070822:3: Access Denied: no"),
	 BIGIP_REPLY_REFUSED, "Access Denied"},
	{"missing profile at POST", "POST", 404, JSON,
	 MCPD(404, "01020036:3: The requested profile (/P/x) was not found."), BIGIP_REPLY_VANISHED,
	 "profile (/P/x)"},
	{"missing policy", "POST", 400, JSON,
	 MCPD(400, "01070712:3: Values (/P/vs /P/pol) specified for virtual server policy (/P/vs "
		   "/P/pol): foreign key index (policy_FK) do not point at an item that exists in "
		   "the database."),
	 BIGIP_REPLY_REFUSED, "policy_FK"},
	{"pool in use", "DELETE", 400, JSON,
	 MCPD(400,
	      "01070265:3: The Pool (/P/p) cannot be deleted because it is in use by a Virtual "
	      "Server (/P/v)."),
	 BIGIP_REPLY_REFUSED, "in use by a Virtual Server"},
	{"monitor in use", "DELETE", 400, JSON, MCPD(400, "01070083:3: Monitor /P/m is in use."),
	 BIGIP_REPLY_REFUSED, "01070083:3:"},
	{"destination taken", "POST", 400, JSON,
	 MCPD(400, "01070333:3: Virtual Server /P/a illegally shares destination address, source "
		   "address, service port, ip-protocol, and vlan with Virtual Server /P/b."),
	 BIGIP_REPLY_REFUSED, "illegally shares"},
	{"405 of Apache", "PATCH", 405, "text/html", "<title>405 Method Not Allowed</title>",
	 BIGIP_REPLY_REFUSED, "405 Method Not Allowed"},

	/* 5.3: transactions */
	{"commit refused", "PATCH", 400, JSON,
	 "{\"code\":400,\"message\":\"transaction failed:01020036:3: The requested profile (/P/x) "
	 "was "
	 "not found.\",\"errorStack\":[],\"apiError\":2}",
	 BIGIP_REPLY_REFUSED, "transaction failed:01020036:3:"},
	{"commit refused with the inner status", "PATCH", 404, JSON,
	 "{\"code\":404,\"message\":\"transaction failed:x\",\"errorStack\":[],\"apiError\":2}",
	 BIGIP_REPLY_VANISHED, "transaction failed:x"},
	{"nothing to commit", "PATCH", 404, JSON,
	 ICRD(404, "there is no command to commit in the transaction."), BIGIP_REPLY_VANISHED, ""},

	/* what nobody has seen but may come */
	{"an array is no error body", "PATCH", 404, JSON, "[404]", BIGIP_REPLY_NOT_READY, "404"},
	{"a message that is a number", "PATCH", 400, JSON, "{\"code\":400,\"message\":5}",
	 BIGIP_REPLY_REFUSED, "HTTP status 400 without a message"},
	{"newlines become blanks", "POST", 400, JSON, MCPD(400, "a\\nb\\r\\n\\tc "),
	 BIGIP_REPLY_REFUSED, "a b c"},
};

static void test_table(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct reply_case *c = &cases[i];
		char message[BIGIP_MESSAGE_MAX];
		enum bigip_reply_verdict v = bigip_reply_classify(
			c->method, c->status, c->type, c->body, strlen(c->body), message);

		if (v != c->want)
			fail_row(c->name, "%s instead of %s", bigip_reply_name(v),
				 bigip_reply_name(c->want));
		if (!strstr(message, c->message))
			fail_row(c->name, "message '%s'", message);
		if (v == BIGIP_REPLY_OK && message[0])
			fail_row(c->name, "a message although it is OK");
	}
}

static void test_long_message_is_cut_between_characters(void **state)
{
	char body[2048], message[BIGIP_MESSAGE_MAX];

	for (unsigned shift = 0; shift < 4; shift++) {
		int n = snprintf(body, sizeof(body), "{\"message\":\"%.*s", (int)shift, "xxxx");

		for (unsigned i = 0; i < 400; i++)
			n += snprintf(body + n, sizeof(body) - (size_t)n, "%s", "\xe2\x82\xac");
		n += snprintf(body + n, sizeof(body) - (size_t)n, "\"}");
		bigip_reply_classify("POST", 400, JSON, body, (size_t)n, message);
		assert_true(strlen(message) > BIGIP_MESSAGE_MAX - 5);
		assert_int_equal((strlen(message) - shift) % 3, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_long_message_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
