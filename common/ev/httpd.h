/*
 * httpd - an HTTP or HTTPS server on a libuv loop, over libmicrohttpd (driven by its epoll
 * descriptor, no thread)
 */
#ifndef COMMON_EV_HTTPD_H
#define COMMON_EV_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "common/base/err.h"

struct httpd;
struct httpd_request;

struct httpd_settings {
	const char *address;  /* "0.0.0.0", "::", "127.0.0.1" */
	uint16_t port;        /* 0: any free one, see httpd_port() */
	const char *cert_pem; /* PEM text for HTTPS, with key_pem; NULL: plain HTTP */
	const char *key_pem;
	size_t max_body;          /* a larger request body is answered 413; 0: 16 MiB */
	unsigned max_connections; /* 0: 1024 */
	/* called once the whole request is there; must lead to exactly one httpd_reply*() or
	 * httpd_stream_*() sequence, now or later */
	void (*on_request)(void *ctx, struct httpd_request *req);
	/* the client went away, or the server is closed, before the answer was complete: @req is
	   dead after this. Who ever answers later than in on_request must set it. */
	void (*on_gone)(void *ctx, struct httpd_request *req);
	void *ctx;
};

/** httpd_new - listen; *ret is given: httpd_close() it */
int httpd_new(uv_loop_t *loop, const struct httpd_settings *settings, struct httpd **ret,
	      struct error *err);
uint16_t httpd_port(const struct httpd *d);
void httpd_close(struct httpd *d); /* drops open connections; frees @d once its handles have closed;
				      NULL is fine */

/* the request; all borrowed, valid until it is answered or gone */
const char *httpd_method(const struct httpd_request *req);
const char *httpd_path(
	const struct httpd_request *req); /* as sent, not decoded, without the query */
const char *httpd_query(const struct httpd_request *req); /* as sent after '?', "" if none */
const char *httpd_header(const struct httpd_request *req, const char *name); /* NULL if absent */
const char *httpd_body(const struct httpd_request *req, size_t *ret_len);
const char *httpd_peer(const struct httpd_request *req);    /* address text */
void httpd_set_data(struct httpd_request *req, void *data); /* the user's own pointer */
void *httpd_data(const struct httpd_request *req);

/** httpd_reply - answer and forget @req. @headers: "Name: value" strings, NULL-terminated, or NULL.
 * Everything is copied. */
void httpd_reply(struct httpd_request *req, int status, const char *content_type,
		 const char *const *headers, const char *body, size_t len);

/** httpd_reply_cut - send a head that promises @len bytes and the first @sent of them, then cut the
 * connection (fault injection) */
void httpd_reply_cut(struct httpd_request *req, int status, const char *content_type,
		     const char *body, size_t len, size_t sent);

/** httpd_drop - close the connection without any answer */
void httpd_drop(struct httpd_request *req);

/* a chunked reply that is written over time (watch streams); after httpd_stream_end() @req is dead
 */
void httpd_stream_begin(struct httpd_request *req, int status, const char *content_type);
void httpd_stream_write(struct httpd_request *req, const char *data, size_t len);
void httpd_stream_end(struct httpd_request *req, bool cut); /* @cut: close without the last chunk */

#endif
