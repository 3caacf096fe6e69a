/*
 * Running a program: arguments and environment as lists, no shell; standard input is empty,
 * standard output is captured, of standard error the tail is kept. The program runs in a session of
 * its own, so that signals reach its children too.
 */
#ifndef COMMON_EV_PROC_H
#define COMMON_EV_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

#include "common/base/err.h"

struct proc;

struct proc_result {
	int exit_status; /* 0..255, or -1 when a signal ended it */
	int signum;      /* that signal, or 0 */
	bool timed_out;
	const char *out; /* NUL-terminated; borrowed until on_exit returns */
	size_t out_len;
	const char *err_tail; /* the last 4 KiB at most */
	/* ERR_NONE after exit status 0 with the whole output; else "'aws' ended with exit status 1:
	   last line of standard error". Output may hold secrets and is never quoted. */
	struct error err;
};

struct proc_settings {
	const char *const *argv;    /* [0] is looked up in PATH unless it holds a '/' */
	const char *const *env_add; /* "NAME=value" over the inherited environment, or NULL */
	const char *cwd;            /* NULL: ours */
	size_t max_out;             /* more output ends the program; 0: 1 MiB */
	unsigned timeout_ms;        /* then it is killed; 0: never */
	void (*on_exit)(void *ctx, const struct proc_result *result); /* once; @proc is dead then */
	void *ctx;
};

/** proc_run - start it; everything in @s is copied. Fails when the program cannot be started. */
int proc_run(uv_loop_t *loop, const struct proc_settings *s, struct proc **ret, struct error *err);

/** proc_signal - to the program and its children; on_exit follows when it ends */
void proc_signal(struct proc *p, int signum);

/** proc_close - kill it; on_exit is not called any more. The loop stays alive until it is reaped.
 */
void proc_close(struct proc *p);

int proc_pid(const struct proc *p);

#endif
