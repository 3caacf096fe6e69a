/*
 * plane.h - the traffic plane of mock-bigip: HAProxy for the traffic, probes of our own for
 * monitors
 *
 * What it does not do: UDP and other protocols, ipForward and the like, virtual servers for
 * networks or for any port (each says so in its statistics), iRules and policies, keeping the
 * client's address without SNAT, resolving FQDN nodes, monitors of nodes, ending a manualResume.
 * Persistence entries are lost by a reload, that is when a virtual server comes, goes or changes.
 */
#ifndef BIGIP_MOCK_PLANE_PLANE_H
#define BIGIP_MOCK_PLANE_PLANE_H

#include <uv.h>

#include "bigip/mock/traffic.h"
#include "common/base/err.h"

struct plane;

struct plane_settings {
	const char *dir;     /* for its files, made when missing; NULL: a temporary one */
	const char *program; /* NULL: haproxy */
	/* add virtual and SNAT addresses to this interface while they are used; NULL: whoever
	   started us has them or routes them here */
	const char *device;
};

/** plane_new - take over the traffic of @m, which must live until plane_close() */
int plane_new(uv_loop_t *loop, struct mock *m, const struct plane_settings *s, struct plane **ret,
	      struct error *err);
/** plane_close - end HAProxy and take everything back; the memory goes when the handles have
 * closed; NULL is fine */
void plane_close(struct plane *p);

#endif
