/* attempt.h - one probe: a connection, a datagram or a ping, and its verdict */
#ifndef BIGIP_MOCK_PLANE_ATTEMPT_H
#define BIGIP_MOCK_PLANE_ATTEMPT_H

#include <openssl/ssl.h>
#include <uv.h>

#include "bigip/mock/plane/probe.h"

struct attempt;

struct attempt_settings {
	struct probe_spec *spec; /* the attempt takes a reference of its own */
	struct ip_addr addr;
	uint16_t port;
	SSL_CTX *tls; /* kept */
	/* once, never from inside attempt_start(); the attempt is gone then */
	void (*done)(void *ctx, enum probe_verdict v);
	void *ctx;
};

/** attempt_start - it ends by itself when the monitor's timeout is over */
struct attempt *attempt_start(uv_loop_t *loop, const struct attempt_settings *s);
/** attempt_connected - the other side has answered on its network layer and may just be slow */
bool attempt_connected(const struct attempt *a);
/** attempt_cancel - done is not called any more; NULL is fine */
void attempt_cancel(struct attempt *a);

#endif
