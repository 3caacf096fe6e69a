/* Monitors: what is sent, when an answer is good, and when that moves the state. */
#include "check.h"

#include "bigip/mock/plane/probe.h"
#include "common/base/mem.h"

#define SECOND INT64_C(1000000)

static void send_strings(void **state)
{
	static const struct {
		const char *name, *text;
		bool http;
		const char *want;
	} cases[] = {
		{"backslash escapes", "a\\r\\nb\\tc", false, "a\r\nb\tc"},
		{"real CR LF", "a\r\nb", false, "a\r\nb"},
		{"hexadecimal", "\\x41\\x7e", false, "A~"},
		{"hexadecimal cut short", "\\x4", false, "\\x4"},
		{"backslash and quote", "\\\\r\\\"", false, "\\r\""},
		{"an unknown escape stays", "Server\\:\\", false, "Server\\:\\"},
		{"no empty line for tcp", "HEAD / HTTP/1.0", false, "HEAD / HTTP/1.0"},
		{"seed 003: HEAD", "HEAD / HTTP/1.1\\r\\n\\r\\n", true, "HEAD / HTTP/1.1\r\n\r\n"},
		{"head without any CR LF", "GET / HTTP/1.0", true, "GET / HTTP/1.0\r\n\r\n"},
		{"head with one CR LF", "GET / HTTP/1.1\\r\\nHost: x\\r\\n", true,
		 "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
		{"a body stays", "POST / HTTP/1.0\\r\\n\\r\\nbody", true,
		 "POST / HTTP/1.0\r\n\r\nbody"},
		{"HTTP 0.9 has no head", "GET /\\r\\n", true, "GET /\r\n"},
		{"nothing", "", true, ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf out = {0};

		probe_send_decode(cases[i].text, cases[i].http, &out);
		if (strcmp(str_get(&out), cases[i].want) != 0)
			fail_row(cases[i].name, "'%s'", str_get(&out));
		str_release(&out);
	}
}

static void destinations(void **state)
{
	static const struct {
		const char *text, *addr; /* "" the member's */
		uint16_t port;
	} cases[] = {
		{NULL, "", 0},
		{"*:*", "", 0},
		{"*", "", 0},
		{"*.*", "", 0},
		{"*:8080", "", 8080},
		{"10.0.0.1:80", "10.0.0.1", 80},
		{"10.0.0.1%3:80", "10.0.0.1", 80},
		{"10.0.0.1", "10.0.0.1", 0},
		{"2001:db8::1.80", "2001:db8::1", 80},
		{"2001:db8::1", "2001:db8::1", 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct traffic_monitor m = {
			.path = "/P/m", .type = "tcp", .destination = cases[i].text};
		struct probe_spec *s = probe_spec_new(&m);
		char buf[IP_TEXT_MAX];

		if (strcmp(ip_format(&s->to_addr, buf), cases[i].addr) != 0 ||
		    s->to_port != cases[i].port)
			fail_row(cases[i].text, "'%s' %u", buf, s->to_port);
		probe_spec_unref(s);
	}
}

static void verdicts(void **state)
{
	static const struct {
		const char *name;
		struct traffic_monitor m;
		const char *data;
		bool end;
		enum probe_verdict want;
	} cases[] = {
		{"http: any byte", {.type = "http"}, "x", false, PROBE_OK},
		{"http: nothing came", {.type = "http"}, "", true, PROBE_FAIL},
		{"http: nothing yet", {.type = "http"}, "", false, PROBE_MORE},
		{"recv matches before the end",
		 {.type = "http", .recv = "is ok"},
		 "all is ok, and",
		 false,
		 PROBE_OK},
		{"recv not there yet",
		 {.type = "http", .recv = "is ok"},
		 "all is",
		 false,
		 PROBE_MORE},
		{"recv not there", {.type = "http", .recv = "is ok"}, "all is", true, PROBE_FAIL},
		{"recv is no matter of case",
		 {.type = "http", .recv = "SERVER"},
		 "server: x",
		 true,
		 PROBE_OK},
		{"recv is a regular expression",
		 {.type = "http", .recv = "HTTP/1.[01] 20[0-6]"},
		 "HTTP/1.1 204 No",
		 false,
		 PROBE_OK},
		{"regular expression does not match",
		 {.type = "http", .recv = "1.[01] 20[0-6]"},
		 "HTTP/1.1 404 No",
		 true,
		 PROBE_FAIL},
		{"an escaped colon, as in http_head_f5",
		 {.type = "http", .recv = "Server\\:"},
		 "Server: x",
		 true,
		 PROBE_OK},
		{"a dot goes over lines",
		 {.type = "tcp", .recv = "a.*b"},
		 "a\r\nb",
		 true,
		 PROBE_OK},
		{"no regular expression: as it stands",
		 {.type = "tcp", .recv = "(ok"},
		 "x (OK",
		 true,
		 PROBE_OK},
		{"backtracking without end is no match",
		 {.type = "tcp", .recv = "^(a+)+$"},
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
		 true,
		 PROBE_FAIL},
		{"recvDisable",
		 {.type = "http", .recv = "up", .recv_disable = "drain"},
		 "draining",
		 true,
		 PROBE_OK_DISABLED},
		{"recv before recvDisable",
		 {.type = "http", .recv = "up", .recv_disable = "drain"},
		 "draining, up",
		 true,
		 PROBE_OK},
		{"reverse: a match is down",
		 {.type = "http", .recv = "sick", .reverse = true},
		 "sick",
		 false,
		 PROBE_FAIL_NOW},
		{"reverse: an answer without it",
		 {.type = "http", .recv = "sick", .reverse = true},
		 "fine",
		 true,
		 PROBE_OK},
		{"reverse: it may still come",
		 {.type = "http", .recv = "sick", .reverse = true},
		 "fine",
		 false,
		 PROBE_MORE},
		{"reverse: no answer",
		 {.type = "http", .recv = "sick", .reverse = true},
		 "",
		 true,
		 PROBE_FAIL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct traffic_monitor m = cases[i].m;
		struct probe_spec *s;
		enum probe_verdict v;

		m.path = "/P/m";
		s = probe_spec_new(&m);
		v = probe_judge(s, cases[i].data, strlen(cases[i].data), cases[i].end);
		if (v != cases[i].want)
			fail_row(cases[i].name, "verdict %d", v);
		probe_spec_unref(s);
	}
}

static void only_the_first_5_kib_count(void **state)
{
	struct traffic_monitor m = {.path = "/P/m", .type = "http", .recv = "end"};
	struct probe_spec *s = probe_spec_new(&m);
	char data[PROBE_MAX_REPLY + 3];

	memset(data, 'x', sizeof(data));
	memcpy(data + PROBE_MAX_REPLY - 3, "end", 3);
	assert_int_equal(probe_judge(s, data, PROBE_MAX_REPLY, false), PROBE_OK);
	memcpy(data + PROBE_MAX_REPLY - 3, "xxxend", 6);
	assert_int_equal(probe_judge(s, data, sizeof(data), false), PROBE_FAIL);
	assert_int_equal(probe_judge(s, data, PROBE_MAX_REPLY - 1, false), PROBE_MORE);
	probe_spec_unref(s);
}

static void a_connection_may_be_enough(void **state)
{
	static const struct {
		const char *name;
		struct traffic_monitor m;
		enum probe_verdict want;
	} cases[] = {
		{"tcp", {.type = "tcp"}, PROBE_OK},
		{"tcp with send only", {.type = "tcp", .send = "x"}, PROBE_OK},
		{"tcp with recv", {.type = "tcp", .recv = "x"}, PROBE_MORE},
		{"half open", {.type = "tcp-half-open"}, PROBE_OK},
		{"http wants an answer", {.type = "http"}, PROBE_MORE},
		{"https wants an answer", {.type = "https"}, PROBE_MORE},
		{"smtp", {.type = "smtp"}, PROBE_OK},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct traffic_monitor m = cases[i].m;
		struct probe_spec *s;

		m.path = "/P/m";
		s = probe_spec_new(&m);
		if (probe_connected(s) != cases[i].want)
			fail_row(cases[i].name, "verdict %d", probe_connected(s));
		probe_spec_unref(s);
	}
}

/* --- states -------------------------------------------------------------------------------------
 */

/* a run is written as "TIMEwhat": + success, - failure, ~ recvDisable, ! reverse matched, . time
   only; after each the state: C, U, D, u (up and draining) */
static void runs(void **state)
{
	static const struct {
		const char *name;
		struct traffic_monitor m;
		const char *run, *want;
	} cases[] = {
		{"up at the first success", {0}, "0+", "U"},
		{"checking until the first result", {0}, "0. 5- 10- 15.", "CCCC"},
		{"down after timeout without any", {0}, "0- 5- 15. 16.", "CCCD"},
		{"a failure is no reason by itself", {0}, "0+ 5- 10- 15-", "UUUU"},
		{"down timeout after the last success", {0}, "0+ 5+ 10- 20. 21.", "UUUUD"},
		{"a failing probe may bring it as well", {0}, "0+ 5- 16-", "UUD"},
		{"up again at once", {0}, "0+ 16. 20+", "UDU"},
		{"a success starts the time again", {0}, "0+ 15+ 30+ 46.", "UUUD"},
		{"timeUntilUp", {.time_until_up_s = 10}, "0+ 5+ 9+ 10+", "CCCU"},
		{"timeUntilUp is broken by a failure",
		 {.time_until_up_s = 10},
		 "0+ 5- 10+ 15+ 20+",
		 "CCCCU"},
		{"timeUntilUp after down", {.time_until_up_s = 4}, "16. 20+ 22+ 24+", "DDDU"},
		{"manualResume stays down", {.manual_resume = true}, "0+ 16. 20+ 25+", "UDDD"},
		{"reverse matched: down at once", {.reverse = true}, "0+ 1! 2! 3+", "UDDU"},
		{"recvDisable: up and draining", {0}, "0~ 5+ 10~", "uUu"},
		{"draining ends with down", {0}, "0~ 16. 17+", "uDU"},
	};
	static const char letters[] = {
		[TRAFFIC_CHECKING] = 'C', [TRAFFIC_UP] = 'U', [TRAFFIC_DOWN] = 'D'};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct traffic_monitor m = cases[i].m;
		struct strbuf got = {0};
		struct probe_spec *s;
		struct probe_state st;
		const char *c = cases[i].run;

		m.path = "/P/m";
		m.type = "http";
		m.interval_s = 5;
		m.timeout_s = 16;
		s = probe_spec_new(&m);
		probe_state_init(&st, 100 * SECOND);
		while (*c) {
			char *what;
			int64_t now = (100 + strtol(c, &what, 10)) * SECOND;
			struct probe_state before = st;
			bool changed = *what == '.'
					       ? probe_tick(&st, s, now)
					       : probe_result(&st, s,
							      *what == '+'   ? PROBE_OK
							      : *what == '~' ? PROBE_OK_DISABLED
							      : *what == '!' ? PROBE_FAIL_NOW
									     : PROBE_FAIL,
							      now);

			if (changed != (before.avail != st.avail || before.draining != st.draining))
				fail_row(cases[i].name, "change not told at %s", c);
			str_add_char(&got, st.draining ? 'u' : letters[st.avail]);
			c = what + 1 + (what[1] == ' ');
		}
		if (strcmp(str_get(&got), cases[i].want) != 0)
			fail_row(cases[i].name, "%s", str_get(&got));
		str_release(&got);
		probe_spec_unref(s);
	}
}

static void times(void **state)
{
	struct traffic_monitor m = {.path = "/P/m",
				    .type = "http",
				    .interval_s = 3,
				    .timeout_s = 10,
				    .up_interval_s = 7};
	struct traffic_monitor odd = {.path = "/P/m", .type = "external"};
	struct probe_spec *s = probe_spec_new(&m), *none = probe_spec_new(&odd);
	struct probe_state st;

	probe_state_init(&st, 50 * SECOND);
	assert_int_equal(probe_interval(&st, s), 3 * SECOND);
	assert_int_equal(probe_deadline(&st, s), 60 * SECOND);
	assert_true(probe_result(&st, s, PROBE_OK, 55 * SECOND));
	assert_int_equal(probe_interval(&st, s), 7 * SECOND);
	assert_int_equal(probe_deadline(&st, s), 65 * SECOND);
	assert_true(probe_tick(&st, s, 65 * SECOND));
	assert_int_equal(probe_interval(&st, s), 3 * SECOND);
	assert_true(probe_deadline(&st, s) == INT64_MAX);
	/* what nobody probes never goes down */
	probe_state_init(&st, 0);
	assert_false(probe_tick(&st, none, 1000 * SECOND));
	probe_spec_unref(s);
	probe_spec_unref(none);
}

static void several_monitors(void **state)
{
	static const struct {
		const char *each; /* U, D, C */
		unsigned min;
		enum traffic_avail want;
	} cases[] = {
		{"", 0, TRAFFIC_UNCHECKED},   {"U", 0, TRAFFIC_UP},
		{"UU", 0, TRAFFIC_UP},        {"UD", 0, TRAFFIC_DOWN},
		{"CD", 0, TRAFFIC_DOWN},      {"UC", 0, TRAFFIC_CHECKING},
		{"UDD", 1, TRAFFIC_UP},       {"UDD", 2, TRAFFIC_DOWN},
		{"UDC", 2, TRAFFIC_CHECKING}, {"CDC", 1, TRAFFIC_CHECKING},
		{"DDD", 1, TRAFFIC_DOWN},     {"UCC", 1, TRAFFIC_UP},
		{"U", 2, TRAFFIC_DOWN},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum traffic_avail each[4];
		size_t n = strlen(cases[i].each);

		for (size_t k = 0; k < n; k++)
			each[k] = cases[i].each[k] == 'U'   ? TRAFFIC_UP
				  : cases[i].each[k] == 'D' ? TRAFFIC_DOWN
							    : TRAFFIC_CHECKING;
		if (probe_combine(each, n, cases[i].min) != cases[i].want)
			fail_row(cases[i].each, "min %u: %d", cases[i].min,
				 probe_combine(each, n, cases[i].min));
	}
}

static void a_change_of_any_setting_is_a_new_key(void **state)
{
	struct traffic_monitor m = {.path = "/P/m", .type = "http", .send = "a", .recv = "b"}, x;
	char *key = probe_spec_key(&m), *other;

	x = m;
	other = probe_spec_key(&x);
	assert_string_equal(key, other);
	free(other);
#define DIFFERS(field, value)                                                                      \
	do {                                                                                       \
		x = m;                                                                             \
		x.field = value;                                                                   \
		other = probe_spec_key(&x);                                                        \
		assert_string_not_equal(key, other);                                               \
		free(other);                                                                       \
	} while (0)
	DIFFERS(send, "c");
	DIFFERS(recv, NULL);
	DIFFERS(recv_disable, "c");
	DIFFERS(destination, "*:8080");
	DIFFERS(interval_s, 2);
	DIFFERS(up_interval_s, 2);
	DIFFERS(timeout_s, 2);
	DIFFERS(time_until_up_s, 2);
	DIFFERS(reverse, true);
	DIFFERS(manual_resume, true);
#undef DIFFERS
	free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(send_strings),
		cmocka_unit_test(destinations),
		cmocka_unit_test(verdicts),
		cmocka_unit_test(only_the_first_5_kib_count),
		cmocka_unit_test(a_connection_may_be_enough),
		cmocka_unit_test(runs),
		cmocka_unit_test(times),
		cmocka_unit_test(several_monitors),
		cmocka_unit_test(a_change_of_any_setting_is_a_new_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
