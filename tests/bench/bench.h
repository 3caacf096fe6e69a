/*
 * bench - what the files of the reconcile benchmark share; reconcile.c says what is measured
 *
 * Everything here blocks: bench_wait() turns the one loop until a condition holds. A benchmark that
 * cannot go on ends with a message; atexit() ends the programs it started.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <uv.h>

#include "controller/kube/kube.h"

__attribute__((noreturn, format(printf, 1, 2))) void bench_die(const char *fmt, ...);
__attribute__((format(printf, 1, 2))) void bench_say(const char *fmt, ...); /* on standard error */

/** bench_wait - run the loop until @done says so, looking every @every_ms; dies after @limit_s */
void bench_wait(uv_loop_t *loop, bool (*done)(void *ctx), void *ctx, unsigned every_ms,
		unsigned limit_s, const char *what);
void bench_pause(uv_loop_t *loop, unsigned ms); /* let it run for that long */

/* ---- programs (daemon.c) ---- */

/* a program of ours, in the background; its output goes to a file */
struct daemon {
	const char *name;
	pid_t pid; /* 0: does not run */
};

struct proc_memory {
	double rss_mb, peak_mb; /* VmRSS, VmHWM */
	double own_mb;          /* RssAnon: without pages of programs and libraries */
};

void daemon_start(struct daemon *d, const char *name, const char *log_file,
		  const char *const *argv);
void daemon_stop(struct daemon *d);        /* SIGTERM, and wait for its end */
void daemon_check(const struct daemon *d); /* dies when it has ended */
double daemon_cpu_s(const struct daemon *d);
struct proc_memory daemon_memory(const struct daemon *d);
void bench_run(const char *const *argv); /* to its end; dies unless it succeeds */
uint16_t bench_free_port(void);

/* ---- the BIG-IP's request log (reqlog.c) ---- */

struct request {
	int64_t arrived_us, answered_us;                /* wall clock */
	enum { REQ_READ, REQ_WRITE, REQ_SESSION } type; /* SESSION: logins and tokens */
	bool members;                                   /* it changes the member list of a pool */
	int status;
};

struct reqlog {
	int fd;
	char *rest; /* a line that is not complete yet */
	size_t n_rest;
	struct request *list;
	size_t n, cap;
};

struct req_count {
	size_t reads, writes, sessions, failed;
	int64_t last_write_us; /* when the last write was answered; 0: none */
};

void reqlog_open(struct reqlog *l, const char *path);
void reqlog_poll(struct reqlog *l); /* read what is new */
struct req_count reqlog_count(const struct reqlog *l, size_t from);
void reqlog_close(struct reqlog *l);

/* ---- the cluster's objects (world.c) ---- */

struct world {
	uv_loop_t *loop;
	struct kube_client *kube;
	struct kube_store *watch; /* our own, to know when a change reaches a watcher */
	unsigned virtuals, members;
	bool *grown; /* this virtual's Service has one endpoint more than at first */
	unsigned in_flight;
	char failed[256];   /* why a request failed */
	int64_t replied_us; /* wall clock, when the last reply came */
	int64_t event_us;   /* when the last watch event came */
};

void world_open(struct world *w, uv_loop_t *loop, const char *kubeconfig);
void world_load(struct world *w, unsigned virtuals, unsigned members);
void world_watch(struct world *w); /* from here on event_us is kept */
void world_unwatch(struct world *w);
/** world_change - an endpoint more, or that one less; returns when the API server has answered */
void world_change(struct world *w, unsigned virtual);
size_t world_endpoints(const struct world *w);
void world_close(struct world *w);

extern const char WORLD_NS[], WORLD_PARTITION[];

/* ---- one row (row.c) ---- */

struct row_settings {
	unsigned virtuals, members, latency_ms;
	unsigned connections, changes, verify_s, intervals;
	const char *bin, *dir, *kubeconfig;
	const char *log_level;
};

struct latency {
	double median_ms, p99_ms;
};

struct row {
	unsigned virtuals, members, latency_ms, endpoints, connections;
	/* from the controller's start to an empty BIG-IP that holds everything */
	double sync_s, ideal_s;
	size_t sync_requests, sync_writes, sync_reads;
	double sync_cpu_s;
	struct proc_memory sync_memory;
	/* one endpoint comes or goes */
	unsigned changes;
	struct latency after_reply, after_event, after_put;
	double requests_per_change;
	/* the controller starts while the BIG-IP is right already */
	double ready_s;
	size_t restart_writes, restart_reads;
	struct proc_memory restart_memory;
	/* nothing happens */
	unsigned verify_s;
	double rest_s;
	size_t rest_writes, rest_reads;
	double reads_per_verify, rest_cpu_percent;
	struct proc_memory rest_memory;
};

void row_measure(uv_loop_t *loop, struct world *w, const struct row_settings *s, struct row *ret);

#endif
