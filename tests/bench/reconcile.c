/*
 * reconcile - how fast is podlane-controller, and how large?
 *
 * A real kube-apiserver (with etcd and kube-controller-manager), mock-bigip and the controller run
 * as processes of their own on loopback. Per row: full sync onto an empty BIG-IP, one endpoint
 * change at a time, restart on a BIG-IP that is right already, rest. docs/benchmarks.md has results
 * and says what the columns mean.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/loop.h"
#include "tests/bench/bench.h"

enum { MAX_LIST = 32, EXIT_USAGE = 2 };

static const char usage[] =
	"reconcile: speed and size of podlane-controller against a real kube-apiserver and "
	"mock-bigip\n"
	"\n"
	"  --virtuals LIST       rows: N or NxMEMBERS, default 1,100,300,1000,5000,5000x10\n"
	"  --latency-ms LIST     how long the BIG-IP takes for a request, default 0,20\n"
	"  --members N           per pool, default 3\n"
	"  --connections N       to the BIG-IP, default 4\n"
	"  --changes N           endpoint changes per row, default 200; 0: none\n"
	"  --verify-interval N   seconds, default 10 (the controller's own default is 30)\n"
	"  --intervals N         verify intervals at rest, default 2; 0: do not measure rest\n"
	"  --dir DIR             work here and keep logs; default: a temporary directory\n"
	"  --log-level LEVEL     of the controller, default INFO\n"
	"  --json                one JSON object per row instead of the table\n";

struct size {
	unsigned virtuals, members;
};

struct options {
	struct size sizes[MAX_LIST];
	unsigned latencies[MAX_LIST];
	size_t n_sizes, n_latencies;
	struct row_settings row;
	const char *sizes_text, *latencies_text;
	char *dir;
	bool own_dir, json;
};

/* ---- bench.h ---- */

void bench_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("reconcile: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_FAILURE);
}

void bench_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

static volatile sig_atomic_t interrupted;

static void on_signal(int signum)
{
	interrupted = signum;
}

static void nothing(uv_timer_t *t)
{
}

void bench_wait(uv_loop_t *loop, bool (*done)(void *ctx), void *ctx, unsigned every_ms,
		unsigned limit_s, const char *what)
{
	uint64_t limit = clock_mono_us() + limit_s * 1000000ull;
	uv_timer_t *tick = mem_alloc(sizeof(*tick));

	uv_timer_init(loop, tick);
	uv_timer_start(tick, nothing, every_ms, every_ms);
	while (!done(ctx)) {
		if (interrupted)
			bench_die("ended by signal %d", (int)interrupted);
		if (clock_mono_us() > limit)
			bench_die("not within %u s: %s", limit_s, what);
		uv_run(loop, UV_RUN_ONCE);
	}
	uv_close((uv_handle_t *)tick, (uv_close_cb)free);
}

static bool is_past(void *ctx)
{
	return clock_mono_us() >= *(uint64_t *)ctx;
}

void bench_pause(uv_loop_t *loop, unsigned ms)
{
	uint64_t end = clock_mono_us() + ms * 1000ull;

	bench_wait(loop, is_past, &end, ms < 1000 ? ms : 1000, ms / 1000 + 10, "a pause");
}

/* ---- command line ---- */

static unsigned number(const char *name, const char *text, unsigned min, unsigned max)
{
	unsigned long long n;

	if (str_to_u64(text, min, max, &n) < 0) {
		bench_say("reconcile: --%s '%s' is no number from %u to %u", name, text, min, max);
		exit(EXIT_USAGE);
	}
	return (unsigned)n;
}

static void parse_sizes(struct options *o)
{
	autofree char *copy = mem_strdup(o->sizes_text);
	char *save = NULL;

	for (char *w = strtok_r(copy, ",", &save); w && o->n_sizes < MAX_LIST;
	     w = strtok_r(NULL, ",", &save)) {
		char *x = strchr(w, 'x');
		struct size *s = &o->sizes[o->n_sizes++];

		if (x)
			*x++ = '\0';
		s->virtuals = number("virtuals", w, 1, 50000);
		s->members = x ? number("virtuals", x, 1, 500) : o->row.members;
	}
}

static void parse_latencies(struct options *o)
{
	autofree char *copy = mem_strdup(o->latencies_text);
	char *save = NULL;

	for (char *w = strtok_r(copy, ",", &save); w && o->n_latencies < MAX_LIST;
	     w = strtok_r(NULL, ",", &save))
		o->latencies[o->n_latencies++] = number("latency-ms", w, 0, 10000);
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{"virtuals", 1, NULL, 'v'},  {"latency-ms", 1, NULL, 'l'},
		{"members", 1, NULL, 'm'},   {"connections", 1, NULL, 'c'},
		{"changes", 1, NULL, 'n'},   {"verify-interval", 1, NULL, 'i'},
		{"intervals", 1, NULL, 'I'}, {"dir", 1, NULL, 'd'},
		{"log-level", 1, NULL, 'L'}, {"json", 0, NULL, 'j'},
		{"help", 0, NULL, 'h'},      {0},
	};
	struct row_settings *r = &o->row;
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'v':
			o->sizes_text = optarg;
			break;
		case 'l':
			o->latencies_text = optarg;
			break;
		case 'm':
			r->members = number("members", optarg, 1, 500);
			break;
		case 'c':
			r->connections = number("connections", optarg, 1, 10);
			break;
		case 'n':
			r->changes = number("changes", optarg, 0, 100000);
			break;
		case 'i':
			r->verify_s = number("verify-interval", optarg, 1, 3600);
			break;
		case 'I':
			r->intervals = number("intervals", optarg, 0, 1000);
			break;
		case 'd':
			o->dir = mem_strdup(optarg);
			break;
		case 'L':
			r->log_level = optarg;
			break;
		case 'j':
			o->json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			exit(EXIT_SUCCESS);
		default:
			fputs(usage, stderr);
			exit(EXIT_USAGE);
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		exit(EXIT_USAGE);
	}
	parse_sizes(o);
	parse_latencies(o);
}

/* ---- output ---- */

static void print_head(void)
{
	puts("            full sync                                 endpoint change           "
	     "restart              at rest\n"
	     "virtuals ms      s  ideal ratio requests CPU s | reply ms  event ms    p99 req | "
	     "ready s  wr  rd | wr rd/ver  CPU % | RSS MB: sync peak restart rest");
}

static void print_row(const struct row *r)
{
	autofree char *size = mem_printf("%ux%u", r->virtuals, r->members);

	printf("%-8s %2u %6.2f %6.2f", size, r->latency_ms, r->sync_s, r->ideal_s);
	if (r->latency_ms)
		printf(" %5.2f", r->sync_s / r->ideal_s);
	else
		printf("     -");
	printf(" %8zu %5.2f | %8.2f  %8.2f %6.2f %3.1f | %7.3f %3zu %3zu | %2zu %6.1f %6.3f | "
	       "%12.1f %4.1f %7.1f %4.1f\n",
	       r->sync_requests, r->sync_cpu_s, r->after_reply.median_ms, r->after_event.median_ms,
	       r->after_event.p99_ms, r->requests_per_change, r->ready_s, r->restart_writes,
	       r->restart_reads, r->rest_writes, r->reads_per_verify, r->rest_cpu_percent,
	       r->sync_memory.rss_mb, r->sync_memory.peak_mb, r->restart_memory.rss_mb,
	       r->rest_memory.rss_mb);
	fflush(stdout);
}

static void put_double(struct json_object *o, const char *key, double value)
{
	autofree char *text = mem_printf("%.3f", value);

	js_put(o, key, json_object_new_double_s(value, text));
}

static void put_latency(struct json_object *o, const char *key, const struct latency *l)
{
	struct json_object *v = js_obj();

	put_double(v, "median", l->median_ms);
	put_double(v, "p99", l->p99_ms);
	js_put(o, key, v);
}

static void put_memory(struct json_object *o, const char *key, const struct proc_memory *m)
{
	struct json_object *v = js_obj();

	put_double(v, "rss", m->rss_mb);
	put_double(v, "peak", m->peak_mb);
	put_double(v, "own", m->own_mb);
	js_put(o, key, v);
}

static void print_json(const struct row *r)
{
	autojson struct json_object *o = js_obj();

	js_put_int(o, "virtuals", r->virtuals);
	js_put_int(o, "members", r->members);
	js_put_int(o, "endpoints", r->endpoints);
	js_put_int(o, "latency_ms", r->latency_ms);
	js_put_int(o, "connections", r->connections);
	put_double(o, "sync_s", r->sync_s);
	put_double(o, "sync_ideal_s", r->ideal_s);
	js_put_int(o, "sync_requests", (int64_t)r->sync_requests);
	js_put_int(o, "sync_writes", (int64_t)r->sync_writes);
	js_put_int(o, "sync_reads", (int64_t)r->sync_reads);
	put_double(o, "sync_cpu_s", r->sync_cpu_s);
	put_memory(o, "sync_memory_mb", &r->sync_memory);
	js_put_int(o, "changes", r->changes);
	put_latency(o, "change_after_put_ms", &r->after_put);
	put_latency(o, "change_after_reply_ms", &r->after_reply);
	put_latency(o, "change_after_event_ms", &r->after_event);
	put_double(o, "requests_per_change", r->requests_per_change);
	put_double(o, "restart_ready_s", r->ready_s);
	js_put_int(o, "restart_writes", (int64_t)r->restart_writes);
	js_put_int(o, "restart_reads", (int64_t)r->restart_reads);
	put_memory(o, "restart_memory_mb", &r->restart_memory);
	js_put_int(o, "verify_interval_s", r->verify_s);
	put_double(o, "rest_s", r->rest_s);
	js_put_int(o, "rest_writes", (int64_t)r->rest_writes);
	js_put_int(o, "rest_reads", (int64_t)r->rest_reads);
	put_double(o, "rest_reads_per_verify", r->reads_per_verify);
	put_double(o, "rest_cpu_percent", r->rest_cpu_percent);
	put_memory(o, "rest_memory_mb", &r->rest_memory);
	puts(js_text(o, NULL));
	fflush(stdout);
}

/* ---- the API server: kube.sh of the system tests ---- */

static char *kube_dir; /* of the API server that runs, or NULL */

static void kube_sh(const char *verb)
{
	const char *const argv[] = {KUBE_SH, verb, kube_dir, NULL};

	bench_run(argv);
}

static void stop_kube(void)
{
	const char *const argv[] = {"rm", "-rf", kube_dir, NULL};

	if (!kube_dir)
		return;
	kube_sh("stop");
	bench_run(argv);
	free(kube_dir);
	kube_dir = NULL;
}

static void start_kube(const char *dir)
{
	kube_dir = mem_printf("%s/kube", dir);
	kube_sh("start");
}

/* ---- rows ---- */

static void measure_size(uv_loop_t *loop, const struct options *o, struct size size)
{
	struct row_settings set = o->row;
	autofree char *kubeconfig = mem_printf("%s/kube/kubeconfig", o->dir);
	uint64_t began = clock_mono_us();
	struct world w;

	set.virtuals = size.virtuals;
	set.members = size.members;
	set.dir = o->dir;
	set.kubeconfig = kubeconfig;
	start_kube(o->dir);
	world_open(&w, loop, kubeconfig);
	world_load(&w, size.virtuals, size.members);
	bench_say("%u virtual servers with %u members are in the API server (%.1f s)",
		  size.virtuals, size.members, (double)(clock_mono_us() - began) / 1e6);
	for (size_t i = 0; i < o->n_latencies; i++) {
		struct row row;

		set.latency_ms = o->latencies[i];
		row_measure(loop, &w, &set, &row);
		if (o->json)
			print_json(&row);
		else
			print_row(&row);
	}
	world_close(&w);
	stop_kube();
}

static void make_dir(struct options *o)
{
	const char *tmp = getenv("TMPDIR");

	if (o->dir) {
		autofree char *given = move_ptr(o->dir);
		const char *const argv[] = {"mkdir", "-p", given, NULL};

		bench_run(argv);
		o->dir = realpath(given, NULL);
	} else {
		o->dir = mem_printf("%s/podlane-bench.XXXXXX", str_empty(tmp) ? "/tmp" : tmp);
		o->own_dir = mkdtemp(o->dir) != NULL;
	}
	if (!o->dir || access(o->dir, W_OK) < 0)
		bench_die("cannot make a directory to work in");
}

static void remove_dir(const struct options *o)
{
	const char *const argv[] = {"rm", "-rf", o->dir, NULL};

	if (o->own_dir)
		bench_run(argv);
}

int main(int argc, char **argv)
{
	struct options o = {
		.sizes_text = "1,100,300,1000,5000,5000x10",
		.latencies_text = "0,20",
		.row = {.members = 3,
			.connections = 4,
			.changes = 200,
			.verify_s = 10,
			.intervals = 2,
			.bin = BIN_DIR,
			.log_level = "INFO"},
	};
	const struct sigaction sa = {.sa_handler = on_signal};
	uv_loop_t loop;

	log_set_level(LOG_WARN);
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	parse(&o, argc, argv);
	make_dir(&o);
	atexit(stop_kube);
	uv_loop_init(&loop);
	if (!o.json)
		print_head();
	for (size_t i = 0; i < o.n_sizes; i++)
		measure_size(&loop, &o, o.sizes[i]);
	ev_loop_drain(&loop, 5000);
	remove_dir(&o);
	free(o.dir);
	return EXIT_SUCCESS;
}
