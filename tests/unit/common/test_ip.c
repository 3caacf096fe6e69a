#include "check.h"

#include "common/base/ip.h"

static void test_addresses(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} rows[] = {
		{"10.0.0.1", "10.0.0.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1"},
		{"2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"},
		{"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* RFC 5952 section 4.2.2 */
		{"::", "::"},
		{"::1", "::1"},
		{"::ffff:1.2.3.4", "::ffff:1.2.3.4"},
		{"", NULL},
		{NULL, NULL},
		{"1.2.3", NULL},
		{"1.2.3.4.5", NULL},
		{"1.2.3.256", NULL},
		{"01.2.3.4", NULL},
		{"1.2.3.4 ", NULL},
		{" 1.2.3.4", NULL},
		{"1.2.3.4/24", NULL},
		{"1.2.3.4%1", NULL},
		{"fe80::1%eth0", NULL},
		{"[::1]", NULL},
		{"1:2:3:4:5:6:7", NULL},
		{"1::2::3", NULL},
		{"12345::", NULL},
		{"host", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ip_addr a = {.family = 9}, again;
		char buf[IP_TEXT_MAX];

		if (ip_parse(rows[i].text, &a) < 0) {
			if (rows[i].want || a.family != 9)
				fail_row(rows[i].text ? rows[i].text : "NULL", "refused");
			continue;
		}
		if (!rows[i].want || strcmp(ip_format(&a, buf), rows[i].want) != 0)
			fail_row(rows[i].text, "accepted as %s", ip_format(&a, buf));
		assert_int_equal(ip_parse(buf, &again), 0);
		assert_true(ip_eq(&a, &again));
	}
}

static void test_prefixes(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{"10.1.2.3/8", "10.0.0.0/8"},
		{"10.1.2.3", "10.1.2.3/32"},
		{"10.1.2.255/25", "10.1.2.128/25"},
		{"10.1.2.3/0", "0.0.0.0/0"},
		{"2001:db8::ffff/20", "2001::/20"},
		{"2001:dff8::ffff/28", "2001:dff0::/28"},
		{"::1", "::1/128"},
		{"10.0.0.0/33", NULL},
		{"::/129", NULL},
		{"10.0.0.0/", NULL},
		{"10.0.0.0/-1", NULL},
		{"10.0.0.0/8/8", NULL},
		{"10.0.0.0/ 8", NULL},
		{"/8", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ip_prefix p = {.len = 200};
		char buf[IP_TEXT_MAX];

		if (ip_parse_prefix(rows[i].text, &p) < 0) {
			if (rows[i].want || p.len != 200)
				fail_row(rows[i].text, "refused");
		} else if (!rows[i].want || strcmp(ip_format_prefix(&p, buf), rows[i].want) != 0) {
			fail_row(rows[i].text, "accepted as %s", ip_format_prefix(&p, buf));
		}
	}
}

static void test_membership(void **state)
{
	static const struct {
		const char *addr, *prefix;
		bool want;
	} rows[] = {
		{"10.0.0.1", "10.0.0.0/8", true},
		{"11.0.0.1", "10.0.0.0/8", false},
		{"10.0.0.127", "10.0.0.0/25", true},
		{"10.0.0.128", "10.0.0.0/25", false},
		{"1.2.3.4", "0.0.0.0/0", true},
		{"::1", "0.0.0.0/0", false},
		{"2001:db8::1", "2001:db8::/32", true},
		{"2001:db9::1", "2001:db8::/32", false},
		{"::1", "::/0", true},
		{"10.0.0.1", "10.0.0.1", true},
	};
	struct ip_addr none = {0};
	struct ip_prefix nothing = {0};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ip_addr a;
		struct ip_prefix p;

		assert_int_equal(ip_parse(rows[i].addr, &a), 0);
		assert_int_equal(ip_parse_prefix(rows[i].prefix, &p), 0);
		if (ip_in(&a, &p) != rows[i].want)
			fail_row(rows[i].addr, "in %s is wrong", rows[i].prefix);
	}
	assert_false(ip_in(&none, &nothing));
}

static void test_order_and_kinds(void **state)
{
	static const char *const ascending[] = {"0.0.0.0", "9.0.0.0", "10.0.0.1",
						"::",      "::1",     "ff::"};
	struct ip_addr none = {0};
	char buf[IP_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(ascending); i++) {
		struct ip_addr a, b;

		assert_int_equal(ip_parse(ascending[i], &a), 0);
		assert_int_equal(ip_cmp(&a, &a), 0);
		assert_int_equal(ip_is_any(&a), i == 0 || i == 3);
		assert_int_equal(ip_bits(&a), i < 3 ? 32 : 128);
		for (size_t j = i + 1; j < ARRAY_LEN(ascending); j++) {
			assert_int_equal(ip_parse(ascending[j], &b), 0);
			assert_true(ip_cmp(&a, &b) < 0 && ip_cmp(&b, &a) > 0);
		}
	}
	assert_false(ip_is_any(&none));
	assert_string_equal(ip_format(&none, buf), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_membership),
		cmocka_unit_test(test_order_and_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
