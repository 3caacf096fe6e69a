/* the numbers of rest for bigip_rest_status() and /metrics */
#include "bigip/rest/internal.h"
#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"

void counters_init(struct bigip_rest *r, struct metrics *m)
{
	static const char *const request_labels[] = {"method", "code", NULL};
	static const char *const retry_labels[] = {"reason", NULL};
	static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
					0.5,   1,      2.5,   5,    10,    30,   65};
	struct rest_counters *c = &r->counters;

	if (!m)
		return;
	c->requests = metrics_add(m, METRIC_COUNTER, "podlane_bigip_requests_total",
				  "Requests to the BIG-IP by method and HTTP status (0: no reply)",
				  request_labels);
	c->seconds = metric_with(metrics_add_histogram(m, "podlane_bigip_request_seconds",
						       "Time from sending a request to its reply",
						       NULL, bounds, ARRAY_SIZE(bounds)));
	c->retries = metrics_add(m, METRIC_COUNTER, "podlane_bigip_retries_total",
				 "Requests that were repeated, by reason", retry_labels);
	c->up = metric_with(metrics_add(m, METRIC_GAUGE, "podlane_bigip_up",
					"1 while the BIG-IP answers and accepts us", NULL));
	c->in_flight = metric_with(metrics_add(m, METRIC_GAUGE, "podlane_bigip_in_flight",
					       "Requests sent and not answered", NULL));
	c->logins = metric_with(metrics_add(m, METRIC_COUNTER, "podlane_bigip_logins_total",
					    "Tokens that the BIG-IP gave us", NULL));
	c->last_success = metric_with(
		metrics_add(m, METRIC_GAUGE, "podlane_bigip_last_success_timestamp_seconds",
			    "When the BIG-IP last gave a proper answer", NULL));
}

void count_up(struct bigip_rest *r, bool up)
{
	r->status.up = up;
	if (r->counters.up)
		series_set(r->counters.up, up);
}

void count_in_flight(struct bigip_rest *r)
{
	if (r->counters.in_flight)
		series_set(r->counters.in_flight, r->n_flying);
}

void count_request(struct bigip_rest *r, const char *method, int status, uint64_t sent_us)
{
	char code[16];

	r->status.requests++;
	if (!r->counters.requests)
		return;
	snprintf(code, sizeof(code), "%d", status);
	series_add(metric_with(r->counters.requests, method, code), 1);
	series_observe(r->counters.seconds, (double)(clock_mono_us() - sent_us) / 1e6);
}

void count_retry(struct bigip_rest *r, const char *reason)
{
	r->status.retries++;
	if (r->counters.retries)
		series_add(metric_with(r->counters.retries, reason), 1);
}

void count_login(struct bigip_rest *r)
{
	r->status.logins++;
	if (r->counters.logins)
		series_add(r->counters.logins, 1);
}

void count_success(struct bigip_rest *r)
{
	r->status.last_success_us = clock_mono_us();
	if (r->counters.last_success)
		series_set(r->counters.last_success, (double)clock_wall_us() / 1e6);
}
