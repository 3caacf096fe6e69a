/*
 * client - one request to the API server; for the other files of this folder and its tests
 */
#ifndef CONTROLLER_KUBE_CLIENT_H
#define CONTROLLER_KUBE_CLIENT_H

#include "common/base/backoff.h"
#include "common/base/str.h"
#include "controller/kube/kube.h"

struct httpc_reply;

/* times and sizes; tests make them small */
struct kube_tuning {
	unsigned list_limit;               /* objects of one page */
	size_t max_page, max_event;        /* bytes */
	unsigned request_timeout_ms;       /* of everything but watches */
	unsigned watch_min_s, watch_max_s; /* timeoutSeconds is drawn from this range */
	unsigned watch_margin_ms; /* a watch that is silent for longer than its timeout and this is
				     dead */
	unsigned bookmark_ms;     /* the same for a server that has been sending bookmarks */
	unsigned backoff_min_ms, backoff_max_ms;
	unsigned settle_ms;          /* a watch that ended sooner than this counts as a failure */
	unsigned retry_after_max_ms; /* trust Retry-After up to here */
	unsigned unhealthy_ms;       /* failing for so long */
	unsigned lease_second_ms;    /* how long a second of the lease settings is */
	unsigned event_refill_ms;    /* an object may have one more Event after this */
};

struct kube_call;

struct kube_reply {
	int status;       /* 0 when there was none */
	const char *body; /* borrowed, NUL-terminated, "" when streamed */
	size_t len;
	int64_t retry_after_ms; /* -1: not given */
	bool is_status; /* the body is a Status object: the API itself said no, not just an unknown
			   path */
	struct error err; /* ERR_NONE for a 2xx reply that arrived whole; else transport error or
			     the API's message */
};

struct kube_call_settings {
	const char *method, *path; /* path with query; copied */
	const char *content_type;  /* of @body; NULL: application/json */
	struct json_object *body;  /* given; NULL: none */
	unsigned timeout_ms;       /* 0: none */
	unsigned stall_ms;
	size_t max_body;
	int (*on_data)(void *ctx, const char *data, size_t len); /* as httpc.h */
	/* exactly once, never from inside kube_call_start(); not called after kube_call_cancel() or
	 * kube_client_close() */
	void (*on_done)(void *ctx, const struct kube_reply *reply);
	void *ctx;
	bool free_ctx; /* kube_call_cancel() calls free(ctx): nobody else knows it */
	bool outlives; /* kube_client_close() waits for it (a short time): the release of a lease */
};

/** kube_call_start - adds credentials; a 401 renews them and repeats the request once */
struct kube_call *kube_call_start(struct kube_client *c, const struct kube_call_settings *s);
/** kube_call_cancel - NULL is fine; may be called from any callback but the call's own on_done */
void kube_call_cancel(struct kube_call *call);

struct uv_loop_s *kube_client_loop(const struct kube_client *c);
struct kube_tuning *kube_client_tuning(
	struct kube_client *c); /* change it before anything is started */
uint32_t kube_client_random(struct kube_client *c);
void kube_client_count_list(struct kube_client *c,
			    const char *kind); /* one more list is complete */

/* ---- paths ---- */

struct kube_resource {
	const char *api;         /* "/api/v1" */
	const char *plural;      /* "configmaps" */
	const char *api_version; /* "v1" */
	bool namespaced;
};
const struct kube_resource *kube_resource_of(enum kube_kind kind);
/** kube_path - "/api/v1/namespaces/NS/configmaps/NAME", each part escaped; @ns, @name may be NULL
 * or "" */
void kube_path(struct strbuf *to, const struct kube_resource *r, const char *ns, const char *name);
/** kube_path_escape - percent-encode all but RFC 3986's unreserved characters */
void kube_path_escape(struct strbuf *to, const char *s);

#endif
