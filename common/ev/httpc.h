/*
 * httpc - an HTTP client on a libuv loop, over curl's multi interface
 *
 * One client is one server's settings (TLS, limits) and one connection cache. Requests never block;
 * completion is a callback from the loop. With HTTP/2 all requests share one connection.
 */
#ifndef COMMON_EV_HTTPC_H
#define COMMON_EV_HTTPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/base/err.h"

struct httpc;
struct httpc_call;

struct httpc_settings {
	const char *ca_file; /* PEM file; NULL with ca_pem NULL: the system's store */
	const char
		*ca_pem; /* PEM text, borrowed for the call of httpc_new only; wins over ca_file */
	const char *cert_pem; /* client certificate and key as PEM text, or NULL */
	const char *key_pem;
	bool insecure;               /* do not verify the server's certificate */
	bool http2;                  /* offer HTTP/2 over TLS and multiplex */
	unsigned max_connections;    /* to the host; 0: no limit */
	unsigned connect_timeout_ms; /* 0: 10 s */
	const char *user_agent;      /* borrowed for the call; NULL: "podlane/VERSION" */
};

/* how a request ended */
struct httpc_reply {
	int status;       /* HTTP status, or 0 when no complete reply head came */
	const char *body; /* NUL-terminated; "" when streamed to on_data; borrowed until the
			     callback returns */
	size_t len;
	const char *content_type; /* "" if none */
	int64_t retry_after_ms;   /* from Retry-After in seconds, else -1 */
	bool maybe_sent; /* the request may have reached the server (matters when @err is set) */
	/* ERR_NONE when the whole reply arrived, whatever its status; ERR_RETRY: the transport,
	   also a certificate that is not trusted ("... TLS: certificate verify failed (...)");
	   ERR_INPUT: too large, or on_data gave up; ERR_FATAL: the settings cannot be used */
	struct error err;
};

struct httpc_request {
	const char *method; /* everything here is copied by httpc_send */
	const char *url;
	const char *const *headers; /* "Name: value", NULL-terminated; NULL: none */
	const char *body;
	size_t body_len;
	/* for the whole request, without the wait for one of max_connections; 0: none (watches) */
	unsigned timeout_ms;
	unsigned stall_ms; /* fail when no byte arrives for this long; 0: never */
	size_t max_body;   /* cap of a collected body; 0: 64 MiB */
	/* when set, the body of a 2xx reply is handed over as it comes; return < 0 to abort the
	   request (on_done gets ERR_INPUT); bodies of other replies are collected */
	int (*on_data)(void *ctx, const char *data, size_t len);
	void (*on_done)(
		void *ctx,
		const struct httpc_reply *reply); /* exactly once, never from inside httpc_send */
	void *ctx;
};

/** httpc_new - *ret is given: httpc_close() it. Fails when a certificate or key cannot be used. */
int httpc_new(uv_loop_t *loop, const struct httpc_settings *settings, struct httpc **ret,
	      struct error *err);

/** httpc_send - start a request; the handle is valid until on_done is called; NULL only if curl
 * refuses the URL (@err says why) */
struct httpc_call *httpc_send(struct httpc *c, const struct httpc_request *req, struct error *err);

/** httpc_cancel - drop a request; on_done is not called any more. May be called from any callback
 * but the call's own on_done. */
void httpc_cancel(struct httpc_call *call);

/** httpc_pause - stop (or go on) handing over data of a streamed reply: back-pressure */
void httpc_pause(struct httpc_call *call, bool paused);

unsigned httpc_in_flight(const struct httpc *c);

/** httpc_close - cancels what is under way and frees @c once its handles have closed; NULL is fine
 */
void httpc_close(struct httpc *c);

#endif
