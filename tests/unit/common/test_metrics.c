#include "check.h"

#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/base/str.h"

static const char *const labels[] = {"method", "status", NULL};

static void test_text(void **state)
{
	static const double bounds[] = {0.005, 0.1, 1};
	struct metrics *m = metrics_new();
	struct metric *requests = metrics_add(m, METRIC_COUNTER, "podlane_requests_total",
					      "Requests sent.\nBack\\slash.", labels);
	struct metric *depth = metrics_add(m, METRIC_GAUGE, "podlane_queue_depth", "Keys.", NULL);
	struct metric *seconds = metrics_add_histogram(m, "podlane_apply_seconds", "Time.", NULL,
						       bounds, ARRAY_LEN(bounds));
	struct metric *by_host = metrics_add_histogram(
		m, "podlane_host_seconds", "Time.", (const char *const[]){"host", NULL}, bounds, 1);
	struct strbuf b = {0};

	series_add(metric_with(requests, "GET", "200"), 2);
	series_add(metric_with(requests, "PATCH", "a\"b\\c\nd"), 1e15);
	series_add(metric_with(requests, "GET", "200"), 0.1);
	series_set(metric_with(depth), 7);
	series_add(metric_with(depth), -10);
	series_observe(metric_with(seconds), 0.005); /* a bound belongs to its bucket */
	series_observe(metric_with(seconds), 0.0051);
	series_observe(metric_with(seconds), 5);
	series_observe(metric_with(by_host, "a"), 0.5);
	metrics_render(m, &b);
	assert_string_equal(
		str_get(&b),
		"# HELP podlane_requests_total Requests sent.\\nBack\\\\slash.\n"
		"# TYPE podlane_requests_total counter\n"
		"podlane_requests_total{method=\"GET\",status=\"200\"} 2.1\n"
		"podlane_requests_total{method=\"PATCH\",status=\"a\\\"b\\\\c\\nd\"} 1e+15\n"
		"# HELP podlane_queue_depth Keys.\n"
		"# TYPE podlane_queue_depth gauge\n"
		"podlane_queue_depth -3\n"
		"# HELP podlane_apply_seconds Time.\n"
		"# TYPE podlane_apply_seconds histogram\n"
		"podlane_apply_seconds_bucket{le=\"0.005\"} 1\n"
		"podlane_apply_seconds_bucket{le=\"0.1\"} 2\n"
		"podlane_apply_seconds_bucket{le=\"1\"} 2\n"
		"podlane_apply_seconds_bucket{le=\"+Inf\"} 3\n"
		"podlane_apply_seconds_sum 5.0101\n"
		"podlane_apply_seconds_count 3\n"
		"# HELP podlane_host_seconds Time.\n"
		"# TYPE podlane_host_seconds histogram\n"
		"podlane_host_seconds_bucket{host=\"a\",le=\"0.005\"} 0\n"
		"podlane_host_seconds_bucket{host=\"a\",le=\"+Inf\"} 1\n"
		"podlane_host_seconds_sum{host=\"a\"} 0.5\n"
		"podlane_host_seconds_count{host=\"a\"} 1\n");
	str_release(&b);
	metrics_free(m);
}

static void test_zero_before_the_first_event(void **state)
{
	struct metrics *m = metrics_new();
	struct strbuf b = {0};

	metrics_add(m, METRIC_COUNTER, "c_total", "C.", NULL);
	metrics_add(m, METRIC_COUNTER, "l_total", "L.", labels);
	metrics_render(m, &b);
	assert_string_equal(str_get(&b), "# HELP c_total C.\n# TYPE c_total counter\nc_total 0\n"
					 "# HELP l_total L.\n# TYPE l_total counter\n");
	str_release(&b);
	metrics_free(m);
}

static void test_series_are_bounded(void **state)
{
	struct metrics *m = metrics_new();
	struct metric *c = metrics_add(m, METRIC_COUNTER, "c_total", "C.",
				       (const char *const[]){"who", NULL});
	struct series *first = metric_with(c, "0");
	struct strbuf b = {0};
	unsigned lines = 0;

	for (unsigned i = 0; i < 1000; i++) {
		char who[16];

		(void)snprintf(who, sizeof(who), "%u", i);
		series_add(metric_with(c, who), 1);
	}
	assert_ptr_equal(metric_with(c, "0"), first);
	assert_true(series_value(metric_with(c, "198")) == 1);
	assert_true(series_value(metric_with(c, "999")) == 801);
	metrics_render(m, &b);
	for (const char *s = str_get(&b); (s = strchr(s, '\n')); s++)
		lines++;
	assert_int_equal(lines, 202);
	assert_non_null(strstr(str_get(&b), "c_total{who=\"other\"} 801\n"));
	str_release(&b);
	metrics_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_zero_before_the_first_event),
		cmocka_unit_test(test_series_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
