#include "check.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static struct strbuf lines;

static void capture(void *ctx, const char *line)
{
	/* the time stamp: 2026-01-31T12:00:00.123456Z and a space */
	assert_int_equal(strcspn(line, " "), 27);
	str_clear(&lines);
	str_add(&lines, line + 28);
}

static int setup(void **state)
{
	log_capture(capture, NULL);
	log_set_level(LOG_INFO);
	return 0;
}

static int teardown(void **state)
{
	log_capture(NULL, NULL);
	str_release(&lines);
	return 0;
}

static void test_quoting(void **state)
{
	static const struct {
		const char *name, *value, *want;
	} rows[] = {
		{"a word stays bare", "10.0.0.1:80", "10.0.0.1:80"},
		{"a path stays bare", "/Common/a_b-c", "/Common/a_b-c"},
		{"nothing", "", "\"\""},
		{"spaces", "a b", "\"a b\""},
		{"an equals sign cannot fake a pair", "a=b", "\"a=b\""},
		{"quotes", "a\"b", "\"a\\\"b\""},
		{"a backslash", "a\\b", "\"a\\\\b\""},
		{"a line break cannot fake a line", "a\nerror x", "\"a\\nerror x\""},
		{"carriage return and tab", "\r\t", "\"\\r\\t\""},
		{"escape sequences do not reach the terminal", "\x1b[31m", "\"\\x1b[31m\""},
		{"DEL", "\x7f", "\"\\x7f\""},
		{"UTF-8 stays", "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
		{"four bytes", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
		{"C1 control characters",
		 "\xc2\x9b"
		 "31m",
		 "\"\\xc2\\x9b31m\""},
		{"bytes that are no UTF-8", "\x9b\xff", "\"\\x9b\\xff\""},
		{"a character cut in the middle", "x\xe2\x82", "\"x\\xe2\\x82\""},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char want[200];

		log_info("test.quote", kv_str("v", rows[i].value), kv_u64("n", 1));
		(void)snprintf(want, sizeof(want), "info test.quote v=%s n=1", rows[i].want);
		if (strcmp(str_get(&lines), want) != 0)
			fail_row(rows[i].name, "%s", str_get(&lines));
	}
}

static void test_values(void **state)
{
	log_warn("test.values", kv_str("none", NULL), kv_u64("u", UINT64_MAX), kv_i64("i", -5),
		 kv_f64("f", 0.5));
	assert_string_equal(str_get(&lines),
			    "warn test.values u=18446744073709551615 i=-5 f=0.500");
	log_error("test.alone");
	assert_string_equal(str_get(&lines), "error test.alone");
}

static void test_levels(void **state)
{
	static const struct {
		const char *text;
		int want;
	} rows[] = {
		{"DEBUG", LOG_DEBUG}, {"debug", LOG_DEBUG},    {"AS3DEBUG", LOG_DEBUG},
		{"Info", LOG_INFO},   {"WARNING", LOG_WARN},   {"warn", LOG_WARN},
		{"ERROR", LOG_ERROR}, {"CRITICAL", LOG_ERROR}, {"", -1},
		{"VERBOSE", -1},      {"INFO ", -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum log_level level = LOG_WARN;
		int r = log_parse_level(rows[i].text, &level);

		if (r != (rows[i].want < 0 ? -1 : 0) || (r == 0 && (int)level != rows[i].want))
			fail_row(rows[i].text, "%d %d", r, (int)level);
	}
	str_clear(&lines);
	log_debug("test.hidden");
	assert_string_equal(str_get(&lines), "");
	log_set_level(LOG_ERROR);
	log_warn("test.hidden");
	assert_string_equal(str_get(&lines), "");
	assert_true(log_enabled(LOG_ERROR));
	log_set_level(LOG_DEBUG);
	log_debug("test.shown");
	assert_string_equal(str_get(&lines), "debug test.shown");
}

/* what is too long is left out as a whole; the line stays one line and the rest is there */
static void test_long_values(void **state)
{
	char path[] = "/tmp/podlane-log-XXXXXX", text[200] = "";
	autofree char *longer = mem_alloc(20001);
	int fd = mkstemp(path);

	memset(longer, 'x', 20000);
	log_info("test.long", kv_str("a", "1"), kv_str("body", longer), kv_str("b", "2"));
	assert_string_equal(str_get(&lines), "info test.long a=1 too_long=body b=2");

	assert_true(fd >= 0);
	log_capture(NULL, NULL);
	assert_int_equal(log_set_file(path), 0);
	log_info("test.long", kv_str("body", longer));
	assert_true(read(fd, text, sizeof(text) - 1) > 0);
	assert_string_equal(text + 28, "info test.long too_long=body\n");
	close(fd);
	unlink(path);
	assert_int_equal(log_set_file("/nonexistent/x"), -1);
}

static void test_bucket(void **state)
{
	struct log_limit l = LOG_LIMIT(2, 10);
	static const struct {
		unsigned second;
		bool pass;
		uint32_t dropped;
	} rows[] = {
		{0, true, 0}, {0, true, 0},  {1, false},      {2, false},      {10, true, 2},
		{11, false},  {20, true, 1}, {1000, true, 0}, {1000, true, 0}, {1001, false},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t dropped = 0;
		bool pass = log_allow(&l, 5000000 + rows[i].second * 1000000ull, &dropped);

		if (pass != rows[i].pass || (pass && dropped != rows[i].dropped))
			fail_msg("step %zu at %u s: %d, %u dropped", i, rows[i].second, pass,
				 dropped);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_quoting, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values, setup, teardown),
		cmocka_unit_test_setup_teardown(test_levels, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_values, setup, teardown),
		cmocka_unit_test(test_bucket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
