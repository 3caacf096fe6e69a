#include "bigip/mock/plane/stats.h"

#include <string.h>

enum column {
	COL_PROXY,
	COL_SERVER,
	COL_TYPE,
	COL_CUR,
	COL_MAX,
	COL_SESSIONS,
	COL_IN,
	COL_OUT,
	COL_REQUESTS,
	COL_CONNECTIONS,
	COL_CONNECT,
	COLUMNS,
};

static const char *const names[COLUMNS] = {
	[COL_PROXY] = "# pxname",   [COL_SERVER] = "svname",
	[COL_TYPE] = "type",        [COL_CUR] = "scur",
	[COL_MAX] = "smax",         [COL_SESSIONS] = "stot",
	[COL_IN] = "bin",           [COL_OUT] = "bout",
	[COL_REQUESTS] = "req_tot", [COL_CONNECTIONS] = "conn_tot",
	[COL_CONNECT] = "connect",
};

enum { TYPE_FRONTEND = 0, TYPE_SERVER = 2 };

struct field {
	const char *s;
	size_t len;
};

static bool find_columns(const char *line, unsigned at[COLUMNS], struct error *err)
{
	unsigned found = 0, i = 0;

	for (const char *s = line;; s++, i++) {
		size_t len = strcspn(s, ",\n");

		for (unsigned c = 0; c < COLUMNS; c++) {
			if (strlen(names[c]) == len && !memcmp(names[c], s, len)) {
				at[c] = i;
				found |= 1u << c;
			}
		}
		s += len;
		if (*s != ',')
			break;
	}
	if (found == (1u << COLUMNS) - 1)
		return true;
	err_set(err, ERR_INPUT, 0, "the statistics have no column '%s'",
		names[__builtin_ctz(~found)]);
	return false;
}

static uint64_t number(const struct field *f)
{
	uint64_t n = 0;

	for (size_t i = 0; i < f->len && f->s[i] >= '0' && f->s[i] <= '9'; i++)
		n = n * 10 + (unsigned)(f->s[i] - '0');
	return n;
}

/* no name of ours holds a comma or a quote, so a field ends at the next comma */
static bool split(const char *line, const unsigned at[COLUMNS], struct field out[COLUMNS])
{
	unsigned i = 0, got = 0;

	for (const char *s = line;; s++, i++) {
		size_t len = strcspn(s, ",\n");

		for (unsigned c = 0; c < COLUMNS; c++) {
			if (at[c] == i) {
				out[c] = (struct field){s, len};
				got++;
			}
		}
		s += len;
		if (*s != ',')
			return got == COLUMNS;
	}
}

static void hand_over(const struct field f[COLUMNS],
		      void (*row)(void *ctx, const struct stats_row *row), void *ctx)
{
	uint64_t type = f[COL_TYPE].len ? number(&f[COL_TYPE]) : UINT64_MAX;
	struct stats_row r = {.proxy = f[COL_PROXY].s,
			      .proxy_len = f[COL_PROXY].len,
			      .server = f[COL_SERVER].s,
			      .server_len = f[COL_SERVER].len,
			      .frontend = type == TYPE_FRONTEND};

	if (type != TYPE_FRONTEND && type != TYPE_SERVER)
		return;
	r.counters.bits_in = 8 * number(&f[COL_IN]);
	r.counters.bits_out = 8 * number(&f[COL_OUT]);
	r.counters.cur_conns = number(&f[COL_CUR]);
	r.counters.max_conns = number(&f[COL_MAX]);
	r.counters.tot_conns = number(&f[r.frontend ? COL_CONNECTIONS : COL_CONNECT]);
	r.counters.tot_requests = number(&f[r.frontend ? COL_REQUESTS : COL_SESSIONS]);
	row(ctx, &r);
}

int stats_parse(const char *text, void (*row)(void *ctx, const struct stats_row *row), void *ctx,
		struct error *err)
{
	unsigned at[COLUMNS];

	if (!find_columns(text, at, err))
		return -1;
	for (text += strcspn(text, "\n"); *text; text += strcspn(text, "\n")) {
		struct field f[COLUMNS];

		text++;
		if (*text && *text != '\n' && split(text, at, f))
			hand_over(f, row, ctx);
	}
	return 0;
}
