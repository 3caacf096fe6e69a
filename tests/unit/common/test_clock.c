/* clock and backoff */
#include "check.h"

#include "common/base/backoff.h"
#include "common/base/clock.h"

static void test_format(void **state)
{
	static const struct {
		int64_t us;
		int micro;
		const char *want;
	} rows[] = {
		{0, 0, "1970-01-01T00:00:00Z"},
		{1, 1, "1970-01-01T00:00:00.000001Z"},
		{1769860800123456, 1, "2026-01-31T12:00:00.123456Z"},
		{1769860800999999, 0, "2026-01-31T12:00:00Z"},
		{-1, 1, "1969-12-31T23:59:59.999999Z"},
		{-1, 0, "1969-12-31T23:59:59Z"},
		{951782400000000, 0, "2000-02-29T00:00:00Z"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char buf[CLOCK_RFC3339_MAX];

		assert_string_equal(clock_rfc3339(rows[i].us, rows[i].micro, buf), rows[i].want);
	}
}

static void test_parse(void **state)
{
	static const struct {
		const char *text;
		int want;
		int64_t us;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0, 0},
		{"2026-01-31T12:00:00Z", 0, 1769860800000000},
		{"2026-01-31T12:00:00.5Z", 0, 1769860800500000},
		{"2026-01-31T12:00:00.123456Z", 0, 1769860800123456},
		{"2026-01-31T12:00:00.123456789Z", 0, 1769860800123456},
		{"2026-01-31T13:30:00+01:30", 0, 1769860800000000},
		{"2026-01-31T04:00:00-08:00", 0, 1769860800000000},
		{"1969-12-31T23:59:59.999999Z", 0, -1},
		{"2000-02-29T00:00:00Z", 0, 951782400000000},
		{"2016-12-31T23:59:60Z", 0, 1483228800000000},
		{"2026-02-29T00:00:00Z", -1},
		{"2100-02-29T00:00:00Z", -1},
		{"2026-04-31T00:00:00Z", -1},
		{"2026-13-01T00:00:00Z", -1},
		{"2026-01-31T24:00:00Z", -1},
		{"2026-01-31T12:60:00Z", -1},
		{"2026-01-31T12:00:00", -1},
		{"2026-01-31T12:00:00.Z", -1},
		{"2026-01-31T12:00:00ZZ", -1},
		{"2026-01-31 12:00:00Z", -1},
		{"2026-1-31T12:00:00Z", -1},
		{" 2026-01-31T12:00:00Z", -1},
		{"2026-01-31T12:00:00+1:30", -1},
		{"2026-01-31T12:00:00+24:00", -1},
		{"2026-01-31T12:00:00+0130", -1},
		{"2026-01-31", -1},
		{"", -1},
		{NULL, -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t us = 77;
		int r = clock_parse_rfc3339(rows[i].text, &us);

		if (r != rows[i].want || us != (r < 0 ? 77 : rows[i].us))
			fail_row(rows[i].text ? rows[i].text : "NULL", "%d, %lld", r,
				 (long long)us);
	}
}

static void test_clocks_move(void **state)
{
	uint64_t mono = clock_mono_us();
	int64_t wall = clock_wall_us();

	assert_true(wall > 1700000000000000);
	while (clock_mono_us() == mono)
		;
	assert_true(clock_mono_us() > mono);
	assert_true(clock_wall_us() >= wall);
}

static void test_backoff(void **state)
{
	static const uint32_t want[] = {800, 1600, 3200, 6400, 12800, 25600, 30000, 30000};
	struct backoff b = {.min_ms = 800, .max_ms = 30000};

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		struct backoff low = b;

		assert_int_equal(backoff_next(&low, 0), want[i] / 2);
		assert_int_equal(backoff_next(&b, UINT32_MAX), want[i]);
	}
	backoff_reset(&b);
	assert_int_equal(backoff_next(&b, UINT32_MAX), 800);
}

static void test_backoff_far(void **state)
{
	struct backoff b = {.min_ms = 1, .max_ms = UINT32_MAX, .failures = UINT32_MAX};
	struct backoff zero = {.max_ms = 1000, .failures = UINT32_MAX};

	assert_in_range(backoff_next(&b, UINT32_MAX), UINT32_MAX - 1, UINT32_MAX);
	assert_int_equal(b.failures, UINT32_MAX); /* does not start over */
	assert_int_equal(backoff_next(&zero, UINT32_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_format),      cmocka_unit_test(test_parse),
		cmocka_unit_test(test_clocks_move), cmocka_unit_test(test_backoff),
		cmocka_unit_test(test_backoff_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
