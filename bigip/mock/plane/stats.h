/* stats.h - the CSV of "show stat" (pure) */
#ifndef BIGIP_MOCK_PLANE_STATS_H
#define BIGIP_MOCK_PLANE_STATS_H

#include "bigip/mock/traffic.h"
#include "common/base/err.h"

struct stats_row {
	const char *proxy, *server; /* not terminated */
	size_t proxy_len, server_len;
	bool frontend; /* else a server */
	struct traffic_counters counters;
};

/** stats_parse - calls @row for each frontend and server; returns 0, or -1 when the head line lacks
 * a column that is needed. A short or odd line is left out. */
int stats_parse(const char *text, void (*row)(void *ctx, const struct stats_row *row), void *ctx,
		struct error *err);

#endif
