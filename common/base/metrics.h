/*
 * Counters, gauges and histograms in the Prometheus text format 0.0.4
 *
 * A metric has a fixed list of label names; each set of label values is a series. Series are made
 * when they are first asked for and live as long as the registry, so a hot path keeps the pointer.
 * A metric has at most 200 series: values beyond that are counted in one whose labels are "other".
 */
#ifndef COMMON_BASE_METRICS_H
#define COMMON_BASE_METRICS_H

#include <stddef.h>

struct metrics;
struct metric;
struct series;
struct strbuf;

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM };

struct metrics *metrics_new(void);
void metrics_free(struct metrics *m);

/**
 * metrics_add - a new metric; all strings are kept, not copied: use literals
 * @name: [a-zA-Z_:][a-zA-Z0-9_:]*, once per registry; counters end in _total
 * @labels: NULL-terminated names, or NULL for none; then the one series exists from the start, so
 *          that a counter shows 0 before its first event
 */
struct metric *metrics_add(struct metrics *m, enum metric_type type, const char *name,
			   const char *help, const char *const *labels);

/** metrics_add_histogram - @bounds: upper bounds, ascending, @n of them (+Inf is added); kept */
struct metric *metrics_add_histogram(struct metrics *m, const char *name, const char *help,
				     const char *const *labels, const double *bounds, size_t n);

/** metric_series - the series with these label values (as many as names; copied) */
struct series *metric_series(struct metric *m, const char *const *values);
/* metric_with(requests, "GET", "200"); metric_with(depth) without labels */
#define metric_with(m, ...)                                                                        \
	metric_series((m), (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

void series_add(struct series *s, double by);        /* counter (by >= 0) or gauge */
void series_set(struct series *s, double value);     /* gauge */
void series_observe(struct series *s, double value); /* histogram */
double series_value(const struct series *s);         /* histogram: number of observations */

void metrics_render(const struct metrics *m, struct strbuf *out);

#endif
