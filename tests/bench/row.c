/*
 * row - one row of the table: a fresh BIG-IP, a controller started on it, changes, a restart, rest
 *
 * Times of arrival are mock-bigip's own, from its request log, on the clock that we use too. That
 * everything is there is asked of the BIG-IP's tree; that the controller knows is asked of its
 * /metrics.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/httpc.h"
#include "tests/bench/bench.h"

enum {
	LIMIT_S = 900,
	WATCHED_CHANGE_S = 30,
	SETTLE_MS = 1500,
	SETTLE_MEMORY_MS = 6000, /* the controller gives memory back when it has been quiet */
	CHANGE_GAP_MS = 15,
	NO_VERIFY_S = 3600,
	MAX_TREE = 256 << 20,
};

struct rig {
	uv_loop_t *loop;
	const struct row_settings *set;
	struct world *world;
	struct daemon mock, controller;
	struct httpc *http;
	struct reqlog log;
	char *mock_url, *metrics_url, *controller_log;
	uint16_t metrics_port;
	size_t applied; /* ConfigMaps that the controller says are on the BIG-IP */
	bool asking;
	unsigned ask_every_ms;
	uint64_t ask_next_us;
};

/* ---- HTTP ---- */

struct answer {
	bool done;
	int status;
	char *body;
	size_t len;
};

static void answered(void *ctx, const struct httpc_reply *r)
{
	struct answer *a = ctx;

	a->done = true;
	a->status = r->status;
	a->body = mem_strndup(r->body, r->len);
	a->len = r->len;
}

static bool is_answered(void *ctx)
{
	return ((struct answer *)ctx)->done;
}

/* status 0: no answer; the body is given */
static struct answer get(struct rig *g, const char *url)
{
	static const char *const basic[] = {"Authorization: Basic YWRtaW46YWRtaW4=", NULL};
	struct answer a = {0};
	const struct httpc_request req = {.method = "GET",
					  .url = url,
					  .headers = basic,
					  .timeout_ms = LIMIT_S * 1000,
					  .max_body = MAX_TREE,
					  .on_done = answered,
					  .ctx = &a};
	struct error err = {0};

	if (!httpc_send(g->http, &req, &err))
		bench_die("%s", err.msg);
	bench_wait(g->loop, is_answered, &a, 1000, LIMIT_S, url);
	return a;
}

/* ---- programs ---- */

static bool mock_serves(void *ctx)
{
	struct rig *g = ctx;
	autofree char *url = mem_printf("%s/mock/requests", g->mock_url);
	struct answer a = get(g, url);

	free(a.body);
	daemon_check(&g->mock);
	return a.status == 200;
}

static void start_mock(struct rig *g)
{
	const struct row_settings *s = g->set;
	autofree char *program = mem_printf("%s/mock-bigip", s->bin);
	autofree char *log = mem_printf("%s/requests.log", s->dir);
	autofree char *out = mem_printf("%s/mock.log", s->dir);
	uint16_t port = bench_free_port();
	autofree char *listen = mem_printf("--listen=127.0.0.1:%u", port);
	autofree char *latency = mem_printf("--latency-ms=%u", s->latency_ms);
	autofree char *request_log = mem_printf("--request-log=%s", log);
	autofree char *partition = mem_printf("--partition=%s", WORLD_PARTITION);
	const char *const argv[] = {program, listen, latency, request_log, partition, NULL};

	(void)unlink(log);
	g->mock_url = mem_printf("https://127.0.0.1:%u", port);
	daemon_start(&g->mock, "mock-bigip", out, argv);
	bench_wait(g->loop, mock_serves, g, 50, 20, "mock-bigip serves");
	reqlog_open(&g->log, log);
}

static void write_credentials(const struct rig *g)
{
	static const char *const names[] = {"url", "username", "password"};
	const char *values[] = {g->mock_url, "admin", "admin"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		autofree char *path = mem_printf("%s/%s", g->set->dir, names[i]);
		FILE *f = fopen(path, "we");

		if (!f || fputs(values[i], f) < 0 || fclose(f) != 0)
			bench_die("cannot write '%s'", path);
	}
}

static void start_controller(struct rig *g, unsigned verify_s)
{
	const struct row_settings *s = g->set;
	autofree char *program = mem_printf("%s/podlane-controller", s->bin);
	autofree char *config = mem_printf("--kubeconfig=%s", s->kubeconfig);
	autofree char *login = mem_printf("--credentials-directory=%s", s->dir);
	autofree char *partition = mem_printf("--bigip-partition=%s", WORLD_PARTITION);
	autofree char *http = mem_printf("--http-listen-address=127.0.0.1:%u", g->metrics_port);
	autofree char *verify = mem_printf("--verify-interval=%u", verify_s);
	autofree char *connections = mem_printf("--bigip-connections=%u", s->connections);
	autofree char *level = mem_printf("--log-level=%s", s->log_level);
	const char *const argv[] = {program,
				    "--running-in-cluster=false",
				    config,
				    login,
				    partition,
				    "--insecure",
				    "--pool-member-type=cluster",
				    "--drain-seconds=0",
				    http,
				    verify,
				    connections,
				    level,
				    NULL};

	daemon_start(&g->controller, "podlane-controller", g->controller_log, argv);
}

/* ---- what is where ---- */

static void metrics_came(void *ctx, const struct httpc_reply *r)
{
	static const char line[] = "\npodlane_configmaps{state=\"applied\"} ";
	const char *at = r->status == 200 ? strstr(r->body, line) : NULL;
	struct rig *g = ctx;

	g->asking = false;
	g->applied = at ? (size_t)strtod(at + sizeof(line) - 1, NULL) : 0;
}

static bool all_applied(void *ctx)
{
	struct rig *g = ctx;
	const struct httpc_request req = {
		.method = "GET", .url = g->metrics_url, .on_done = metrics_came, .ctx = g};

	if (g->applied == g->set->virtuals)
		return true;
	daemon_check(&g->controller);
	if (g->asking || clock_mono_us() < g->ask_next_us)
		return false;
	g->ask_next_us = clock_mono_us() + g->ask_every_ms * 1000ull;
	g->asking = httpc_send(g->http, &req, NULL) != NULL;
	return false;
}

static void wait_applied(struct rig *g, unsigned every_ms)
{
	g->applied = 0;
	g->ask_every_ms = every_ms;
	g->ask_next_us = 0;
	bench_wait(g->loop, all_applied, g, every_ms, LIMIT_S,
		   "every virtual server is on the BIG-IP");
}

static struct json_object *tree(struct rig *g, const char *collection)
{
	autofree char *url = mem_printf("%s/mgmt/tm/ltm/%s?expandSubcollections=true", g->mock_url,
					collection);
	struct answer a = get(g, url);
	struct json_object *o = NULL;
	struct error err = {0};

	if (a.status != 200 || js_parse(a.body, a.len, &o, &err) < 0)
		bench_die("%s: status %d %s", url, a.status, err.msg);
	free(a.body);
	return o;
}

/* what the BIG-IP itself says it has */
static void check_tree(struct rig *g)
{
	autojson struct json_object *virtuals = tree(g, "virtual"), *pools = tree(g, "pool");
	autojson struct json_object *monitors = tree(g, "monitor/http");
	struct json_object *list = js_arr(pools, "items");
	size_t members = 0, own_monitors = 0;

	for (size_t i = 0; i < js_arr_len(list); i++)
		members += js_arr_len(
			js_arr(json_object_array_get_idx(list, i), "membersReference.items"));
	for (size_t i = 0; i < js_arr_len(js_arr(monitors, "items")); i++)
		own_monitors += str_eq(
			js_str(json_object_array_get_idx(js_arr(monitors, "items"), i), "partition",
			       ""),
			WORLD_PARTITION);
	if (js_arr_len(js_arr(virtuals, "items")) != g->set->virtuals ||
	    js_arr_len(list) != g->set->virtuals || own_monitors != g->set->virtuals ||
	    members != world_endpoints(g->world))
		bench_die("the BIG-IP has %zu virtual servers, %zu pools, %zu monitors and %zu "
			  "members instead of %u and %zu",
			  js_arr_len(js_arr(virtuals, "items")), js_arr_len(list), own_monitors,
			  members, g->set->virtuals, world_endpoints(g->world));
}

/* ---- phases ---- */

static void full_sync(struct rig *g, struct row *ret)
{
	int64_t began = clock_wall_us();
	struct req_count c;

	start_controller(g, NO_VERIFY_S);
	wait_applied(g, g->set->virtuals > 100 ? 100 : 10);
	reqlog_poll(&g->log);
	c = reqlog_count(&g->log, 0);
	if (c.failed)
		bench_die("%zu requests of the full sync failed", c.failed);
	ret->sync_s = (double)(c.last_write_us - began) / 1e6;
	ret->sync_writes = c.writes;
	ret->sync_reads = c.reads;
	ret->sync_requests = c.writes + c.reads + c.sessions;
	ret->ideal_s = (double)ret->sync_requests * g->set->latency_ms / 1000 / g->set->connections;
	ret->sync_cpu_s = daemon_cpu_s(&g->controller);
	bench_pause(g->loop, SETTLE_MEMORY_MS);
	ret->sync_memory = daemon_memory(&g->controller);
	check_tree(g);
}

static const struct request *member_write(const struct reqlog *l, size_t from)
{
	for (size_t i = from; i < l->n; i++) {
		if (l->list[i].type == REQ_WRITE && l->list[i].members)
			return &l->list[i];
	}
	return NULL;
}

struct change {
	struct rig *rig;
	size_t from;
};

static bool change_arrived(void *ctx)
{
	struct change *c = ctx;

	reqlog_poll(&c->rig->log);
	return member_write(&c->rig->log, c->from) && c->rig->world->event_us;
}

static int by_value(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static struct latency summary(double *ms, size_t n)
{
	qsort(ms, n, sizeof(*ms), by_value);
	return (struct latency){.median_ms = ms[n / 2], .p99_ms = ms[(n - 1) * 99 / 100]};
}

static void endpoint_changes(struct rig *g, struct row *ret)
{
	unsigned n = g->set->changes;
	autofree double *reply = mem_calloc(n, sizeof(*reply)),
			*event = mem_calloc(n, sizeof(*event));
	autofree double *put = mem_calloc(n, sizeof(*put));
	struct req_count c;
	size_t from;

	world_watch(g->world);
	bench_pause(g->loop, SETTLE_MS);
	reqlog_poll(&g->log);
	from = g->log.n;
	for (unsigned i = 0; i < n; i++) {
		struct change change = {.rig = g, .from = g->log.n};
		int64_t began = clock_wall_us(), arrived;

		g->world->event_us = 0;
		world_change(g->world, (unsigned)(i * 2654435761u % g->set->virtuals));
		bench_wait(g->loop, change_arrived, &change, 2, WATCHED_CHANGE_S,
			   "an endpoint change reaches the BIG-IP");
		arrived = member_write(&g->log, change.from)->arrived_us;
		put[i] = (double)(arrived - began) / 1000;
		reply[i] = (double)(arrived - g->world->replied_us) / 1000;
		event[i] = (double)(arrived - g->world->event_us) / 1000;
		bench_pause(g->loop, CHANGE_GAP_MS + 2 * g->set->latency_ms);
		reqlog_poll(&g->log);
	}
	bench_pause(g->loop, SETTLE_MS);
	reqlog_poll(&g->log);
	c = reqlog_count(&g->log, from);
	ret->changes = n;
	ret->after_put = summary(put, n);
	ret->after_reply = summary(reply, n);
	ret->after_event = summary(event, n);
	ret->requests_per_change = (double)(c.reads + c.writes) / n;
	world_unwatch(g->world);
	check_tree(g);
}

static void restart(struct rig *g, struct row *ret)
{
	struct req_count c;
	uint64_t began;
	size_t from;

	daemon_stop(&g->controller);
	reqlog_poll(&g->log);
	from = g->log.n;
	began = clock_mono_us();
	start_controller(g, g->set->verify_s);
	wait_applied(g, 5);
	ret->ready_s = (double)(clock_mono_us() - began) / 1e6;
	bench_pause(g->loop, SETTLE_MS);
	reqlog_poll(&g->log);
	c = reqlog_count(&g->log, from);
	bench_pause(g->loop, SETTLE_MEMORY_MS);
	ret->restart_writes = c.writes;
	ret->restart_reads = c.reads;
	ret->restart_memory = daemon_memory(&g->controller);
}

static void at_rest(struct rig *g, struct row *ret)
{
	unsigned s = g->set->verify_s * g->set->intervals;
	struct req_count c;
	double cpu;
	size_t from;

	reqlog_poll(&g->log);
	from = g->log.n;
	cpu = daemon_cpu_s(&g->controller);
	bench_pause(g->loop, s * 1000);
	cpu = daemon_cpu_s(&g->controller) - cpu;
	reqlog_poll(&g->log);
	c = reqlog_count(&g->log, from);
	ret->verify_s = g->set->verify_s;
	ret->rest_s = s;
	ret->rest_writes = c.writes;
	ret->rest_reads = c.reads;
	ret->reads_per_verify = (double)c.reads / g->set->intervals;
	ret->rest_cpu_percent = 100 * cpu / s;
	ret->rest_memory = daemon_memory(&g->controller);
}

/* ---- all of it ---- */

static struct rig *current; /* whose programs end with us */

static void end_programs(void)
{
	if (current) {
		daemon_stop(&current->controller);
		daemon_stop(&current->mock);
	}
}

void row_measure(uv_loop_t *loop, struct world *w, const struct row_settings *s, struct row *ret)
{
	const struct httpc_settings hs = {.insecure = true};
	struct rig g = {.loop = loop, .set = s, .world = w, .metrics_port = bench_free_port()};
	static bool registered;
	struct error err = {0};

	*ret = (struct row){.virtuals = s->virtuals,
			    .members = s->members,
			    .latency_ms = s->latency_ms,
			    .connections = s->connections};
	ret->endpoints = s->virtuals * s->members;
	if (httpc_new(loop, &hs, &g.http, &err) < 0)
		bench_die("%s", err.msg);
	g.metrics_url = mem_printf("http://127.0.0.1:%u/metrics", g.metrics_port);
	g.controller_log = mem_printf("%s/controller.log", s->dir);
	(void)unlink(g.controller_log);
	current = &g;
	if (!registered)
		registered = atexit(end_programs) == 0;
	start_mock(&g);
	write_credentials(&g);
	full_sync(&g, ret);
	if (s->changes)
		endpoint_changes(&g, ret);
	restart(&g, ret);
	if (s->intervals)
		at_rest(&g, ret);
	end_programs();
	current = NULL;
	reqlog_close(&g.log);
	httpc_close(g.http);
	free(g.mock_url);
	free(g.metrics_url);
	free(g.controller_log);
}
