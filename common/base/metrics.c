#include "common/base/metrics.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/mem.h"
#include "common/base/str.h"

enum { MAX_SERIES = 200 };

struct series {
	const struct metric *metric;
	char **values;     /* of the labels */
	double value;      /* histogram: the sum */
	uint64_t count;    /* histogram */
	uint64_t *buckets; /* histogram: not cumulative; [n_bounds] is beyond the last bound */
};

struct metric {
	enum metric_type type;
	const char *name, *help;
	const char *const *labels;
	size_t n_labels;
	const double *bounds;
	size_t n_bounds;
	struct series **series;
	size_t n_series, cap_series;
	struct series *other; /* one of series */
};

struct metrics {
	struct metric **metrics;
	size_t n, cap;
};

struct metrics *metrics_new(void)
{
	return mem_alloc(sizeof(struct metrics));
}

static void series_free(struct series *s)
{
	for (size_t i = 0; i < s->metric->n_labels; i++)
		free(s->values[i]);
	free(s->values);
	free(s->buckets);
	free(s);
}

void metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++) {
		struct metric *metric = m->metrics[i];

		for (size_t j = 0; j < metric->n_series; j++)
			series_free(metric->series[j]);
		free(metric->series);
		free(metric);
	}
	free(m->metrics);
	free(m);
}

static struct series *add_series(struct metric *m, const char *const *values, const char *all)
{
	struct series *s = mem_alloc(sizeof(*s));

	s->metric = m;
	s->values = mem_calloc(m->n_labels, sizeof(*s->values));
	for (size_t i = 0; i < m->n_labels; i++)
		s->values[i] = mem_strdup(all ? all : values[i]);
	if (m->type == METRIC_HISTOGRAM)
		s->buckets = mem_calloc(m->n_bounds + 1, sizeof(*s->buckets));
	mem_grow(m->series, m->n_series, m->cap_series);
	m->series[m->n_series++] = s;
	return s;
}

static struct metric *add_metric(struct metrics *m, struct metric given)
{
	struct metric *metric = mem_dup(&given, sizeof(given));

	while (given.labels && given.labels[metric->n_labels])
		metric->n_labels++;
	mem_grow(m->metrics, m->n, m->cap);
	m->metrics[m->n++] = metric;
	if (metric->n_labels == 0)
		add_series(metric, NULL, NULL);
	return metric;
}

struct metric *metrics_add(struct metrics *m, enum metric_type type, const char *name,
			   const char *help, const char *const *labels)
{
	assert(type != METRIC_HISTOGRAM);
	return add_metric(
		m, (struct metric){.type = type, .name = name, .help = help, .labels = labels});
}

struct metric *metrics_add_histogram(struct metrics *m, const char *name, const char *help,
				     const char *const *labels, const double *bounds, size_t n)
{
	return add_metric(m, (struct metric){.type = METRIC_HISTOGRAM,
					     .name = name,
					     .help = help,
					     .labels = labels,
					     .bounds = bounds,
					     .n_bounds = n});
}

static bool has_values(const struct series *s, const char *const *values)
{
	for (size_t i = 0; i < s->metric->n_labels; i++) {
		if (strcmp(s->values[i], values[i]) != 0)
			return false;
	}
	return true;
}

struct series *metric_series(struct metric *m, const char *const *values)
{
	size_t n = 0;

	while (values && values[n])
		n++;
	assert(n == m->n_labels);
	for (size_t i = 0; i < m->n_series; i++) {
		if (has_values(m->series[i], values))
			return m->series[i];
	}
	if (m->n_series < MAX_SERIES - 1)
		return add_series(m, values, NULL);
	if (!m->other)
		m->other = add_series(m, NULL, "other");
	return m->other;
}

void series_add(struct series *s, double by)
{
	assert(s->metric->type == METRIC_GAUGE || (s->metric->type == METRIC_COUNTER && by >= 0));
	s->value += by;
}

void series_set(struct series *s, double value)
{
	assert(s->metric->type == METRIC_GAUGE);
	s->value = value;
}

void series_observe(struct series *s, double value)
{
	const struct metric *m = s->metric;
	size_t i = 0;

	assert(m->type == METRIC_HISTOGRAM);
	while (i < m->n_bounds && value > m->bounds[i])
		i++;
	s->buckets[i]++;
	s->count++;
	s->value += value;
}

double series_value(const struct series *s)
{
	return s->metric->type == METRIC_HISTOGRAM ? (double)s->count : s->value;
}

/* ---- text ---- */

static void add_number(struct strbuf *out, double v)
{
	char text[40];

	if (isnan(v) || isinf(v)) {
		str_add(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
		return;
	}
	(void)snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		(void)snprintf(text, sizeof(text), "%.17g", v);
	str_add(out, text);
}

static void add_escaped(struct strbuf *out, const char *s, bool quotes)
{
	for (; *s; s++) {
		if (*s == '\\')
			str_add(out, "\\\\");
		else if (*s == '\n')
			str_add(out, "\\n");
		else if (*s == '"' && quotes)
			str_add(out, "\\\"");
		else
			str_add_char(out, *s);
	}
}

/* name{label="value",le="bound"}; @le NULL: none */
static void add_key(struct strbuf *out, const struct series *s, const char *suffix, const char *le)
{
	const struct metric *m = s->metric;
	const char *separator = "{";

	str_addf(out, "%s%s", m->name, suffix);
	for (size_t i = 0; i < m->n_labels; i++) {
		str_addf(out, "%s%s=\"", separator, m->labels[i]);
		add_escaped(out, s->values[i], true);
		str_add_char(out, '"');
		separator = ",";
	}
	if (le)
		str_addf(out, "%sle=\"%s\"", separator, le);
	if (m->n_labels > 0 || le)
		str_add_char(out, '}');
	str_add_char(out, ' ');
}

static void render_histogram(const struct series *s, struct strbuf *out)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < s->metric->n_bounds; i++) {
		struct strbuf le = {0};

		sum += s->buckets[i];
		add_number(&le, s->metric->bounds[i]);
		add_key(out, s, "_bucket", str_get(&le));
		str_addf(out, "%llu\n", (unsigned long long)sum);
		str_release(&le);
	}
	add_key(out, s, "_bucket", "+Inf");
	str_addf(out, "%llu\n", (unsigned long long)s->count);
	add_key(out, s, "_sum", NULL);
	add_number(out, s->value);
	str_add_char(out, '\n');
	add_key(out, s, "_count", NULL);
	str_addf(out, "%llu\n", (unsigned long long)s->count);
}

static void render_metric(const struct metric *m, struct strbuf *out)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};

	str_addf(out, "# HELP %s ", m->name);
	add_escaped(out, m->help, false);
	str_addf(out, "\n# TYPE %s %s\n", m->name, types[m->type]);
	for (size_t i = 0; i < m->n_series; i++) {
		if (m->type == METRIC_HISTOGRAM) {
			render_histogram(m->series[i], out);
			continue;
		}
		add_key(out, m->series[i], "", NULL);
		add_number(out, m->series[i]->value);
		str_add_char(out, '\n');
	}
}

void metrics_render(const struct metrics *m, struct strbuf *out)
{
	for (size_t i = 0; i < m->n; i++)
		render_metric(m->metrics[i], out);
}
