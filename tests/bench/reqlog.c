/* reqlog - what reached the BIG-IP and when: mock-bigip's request log, read as it grows */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "tests/bench/bench.h"

static int type_of(const char *method, const char *path)
{
	if (str_starts(path, "/mgmt/shared/authn/") || str_starts(path, "/mgmt/shared/authz/"))
		return REQ_SESSION;
	return str_eq(method, "GET") ? REQ_READ : REQ_WRITE;
}

static void add_line(struct reqlog *l, const char *line, size_t len)
{
	autojson struct json_object *o = NULL;
	struct error err = {0};
	struct request *r;
	const char *path;
	int64_t us;

	if (js_parse(line, len, &o, &err) < 0)
		bench_die("request log: %s", err.msg);
	path = js_str(o, "path", "");
	if (str_starts(path, "/mock/"))
		return;
	if (clock_parse_rfc3339(js_str(o, "time", ""), &us) < 0)
		bench_die("request log: no time in '%.*s'", (int)len, line);
	mem_grow(l->list, l->n, l->cap);
	r = &l->list[l->n++];
	*r = (struct request){.answered_us = us, .status = (int)js_int(o, "status", 0)};
	r->arrived_us = us - (int64_t)(json_object_get_double(js_key(o, "ms")) * 1000);
	r->type = type_of(js_str(o, "method", ""), path);
	r->members = js_at(o, "body.members") != NULL || strstr(path, "/members") != NULL;
}

void reqlog_open(struct reqlog *l, const char *path)
{
	*l = (struct reqlog){.fd = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600)};
	if (l->fd < 0)
		bench_die("cannot open '%s': %s", path, strerror(errno));
}

void reqlog_poll(struct reqlog *l)
{
	enum { BLOCK = 1 << 16 };
	ssize_t n;

	do {
		char *line, *end;

		l->rest = mem_realloc(l->rest, l->n_rest + BLOCK, 1);
		n = read(l->fd, l->rest + l->n_rest, BLOCK);
		if (n < 0)
			bench_die("cannot read the request log: %s", strerror(errno));
		l->n_rest += (size_t)n;
		line = l->rest;
		while ((end = memchr(line, '\n', l->n_rest - (size_t)(line - l->rest)))) {
			add_line(l, line, (size_t)(end - line));
			line = end + 1;
		}
		l->n_rest -= (size_t)(line - l->rest);
		memmove(l->rest, line, l->n_rest);
	} while (n > 0);
}

struct req_count reqlog_count(const struct reqlog *l, size_t from)
{
	struct req_count c = {0};

	for (size_t i = from; i < l->n; i++) {
		const struct request *r = &l->list[i];

		c.reads += r->type == REQ_READ;
		c.writes += r->type == REQ_WRITE;
		c.sessions += r->type == REQ_SESSION;
		c.failed += r->status >= 400;
		if (r->type == REQ_WRITE && r->answered_us > c.last_write_us)
			c.last_write_us = r->answered_us;
	}
	return c;
}

void reqlog_close(struct reqlog *l)
{
	close(l->fd);
	free(l->rest);
	free(l->list);
}
