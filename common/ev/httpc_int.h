/* shared by the files of httpc only */
#ifndef COMMON_EV_HTTPC_INT_H
#define COMMON_EV_HTTPC_INT_H

#include <curl/curl.h>

#include "common/base/str.h"
#include "common/ev/httpc.h"

struct httpc_socket;

struct httpc_call {
	struct httpc *client;
	struct httpc_call *prev, *next; /* in client->queued or client->active (utlist) */
	CURL *easy;                     /* NULL while queued */
	struct curl_slist *headers;
	char *method, *url, *body;
	size_t body_len;
	unsigned timeout_ms, stall_ms;
	int (*on_data)(void *ctx, const char *data, size_t len);
	void (*on_done)(void *ctx, const struct httpc_reply *reply);
	void *ctx;

	struct strbuf reply;
	int status;            /* of the final head, once it is complete */
	uint64_t last_byte_ms; /* loop time */
	struct error err;      /* set when we ended it ourselves (cap, stall, on_data) */
	bool cancelled;
	bool want_pause;  /* the user's wish */
	bool curl_paused; /* we answered CURL_WRITEFUNC_PAUSE */
	char curl_text[CURL_ERROR_SIZE];
};

struct httpc {
	uv_loop_t *loop;
	CURLM *multi;
	uv_timer_t timer; /* curl's own */
	uv_timer_t stall;
	uv_idle_t kick; /* settle in the next turn of the loop */
	unsigned open_handles;
	unsigned inside;                /* inside a curl call: no other curl call may be made */
	bool closing;                   /* httpc_close() was called */
	bool shut;                      /* everything is freed but the handles */
	unsigned n_cancelled, n_resume; /* calls that settle() has to look for */
	unsigned n_active, n_queued;
	struct httpc_call *active, *queued;
	struct httpc_socket *sockets;
	CURL *spare[8]; /* easy handles for reuse */
	unsigned n_spare;

	char *ca_pem, *cert_pem, *key_pem, *user_agent;
	bool insecure, http2;
	unsigned max_connections, connect_timeout_ms;
};

/** httpc_easy_start - take or make an easy handle and set it up for @call */
void httpc_easy_start(struct httpc_call *call);
/** httpc_easy_release - @call's easy handle, already out of the multi, goes back for reuse */
void httpc_easy_release(struct httpc_call *call);
/** httpc_check_tls - can the certificates and the key be used at all? */
int httpc_check_tls(const struct httpc *c, struct error *err);

/** httpc_explain - curl's result in words */
void httpc_explain(struct httpc_call *call, CURLcode code, struct error *err);
/** httpc_maybe_sent - did a byte of the request leave? */
bool httpc_maybe_sent(struct httpc_call *call);
int64_t httpc_retry_after_ms(struct httpc_call *call);

#endif
