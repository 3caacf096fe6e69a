/*
 * haproxy.h - HAProxy as a child: start, reload without losing a connection, end
 *
 * A reload starts a second process, which takes the listening sockets of the first over its runtime
 * API (-x) and then tells it to finish (-sf): the first keeps its connections until they end. Each
 * process has a runtime socket of its own in the directory.
 */
#ifndef BIGIP_MOCK_PLANE_HAPROXY_H
#define BIGIP_MOCK_PLANE_HAPROXY_H

#include <uv.h>

#include "common/base/err.h"

struct haproxy;

struct haproxy_settings {
	const char *program;      /* path; kept */
	const char *dir;          /* kept; for haproxy.cfg and the sockets */
	void (*ready)(void *ctx); /* the process of haproxy_start() serves */
	/* it did not come up; the one before goes on. @text: its standard error, the tail */
	void (*failed)(void *ctx, const char *text, const struct error *err);
	/* the one that served has ended without being asked */
	void (*lost)(void *ctx, const struct error *err);
	void *ctx;
};

struct haproxy *haproxy_new(uv_loop_t *loop, const struct haproxy_settings *s);

/** haproxy_next_socket - the path that the configuration of the next haproxy_start() must name */
const char *haproxy_next_socket(struct haproxy *h);
/** haproxy_start - start or reload; exactly one of ready and failed follows, never from inside
 * unless -1 is returned: then neither does */
int haproxy_start(struct haproxy *h, const char *config, struct error *err);
/** haproxy_socket - of the process that serves; NULL: there is none */
const char *haproxy_socket(const struct haproxy *h);
int haproxy_pid(const struct haproxy *h); /* 0: none */
void haproxy_close(struct haproxy *h);    /* ends all processes; NULL is fine */

/** haproxy_find - @program, or "haproxy" in PATH and the sbin directories; *ret: free() it */
int haproxy_find(const char *program, char **ret, struct error *err);

#endif
