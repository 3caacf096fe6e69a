/*
 * kube - a Kubernetes API client: configuration, watched stores, writes, leader election
 *
 * See DESIGN.md section 4. One HTTP/2 connection carries everything. Stores are filled by list in
 * pages + watch; a relist hands the difference to the watcher, so a broken stream never looks like
 * deletions.
 */
#ifndef CONTROLLER_KUBE_KUBE_H
#define CONTROLLER_KUBE_KUBE_H

#include "controller/kube/objects.h"
#include "controller/kube/selector.h"

struct metrics;
struct uv_loop_s; /* uv_loop_t */

/* ---- configuration ---- */
struct kube_config; /* server, TLS and credentials; re-reads rotating tokens, runs exec plugins */

int kube_config_in_cluster(struct kube_config **ret, struct error *err);
/** kube_config_load - kubeconfig file; @context NULL: current-context. Errors name file, and field
 * by path. */
int kube_config_load(const char *path, const char *context, struct kube_config **ret,
		     struct error *err);
const char *kube_config_server(const struct kube_config *c); /* "https://127.0.0.1:6443" */
void kube_config_free(struct kube_config *c);

/* ---- client ---- */
struct kube_client;

/** kube_client_new - @config is given; *ret is given: kube_client_close() */
int kube_client_new(struct uv_loop_s *loop, struct kube_config *config, struct metrics *metrics,
		    struct kube_client **ret, struct error *err);
void kube_client_close(
	struct kube_client *c); /* stops watchers and requests; frees when handles have closed */

/* one request with JSON in and out; @fn gets status and parsed body (borrowed, may be NULL), or an
 * error (transport, 4xx/5xx with the API's message) */
typedef void kube_reply_fn(void *ctx, int status, struct json_object *body,
			   const struct error *err);
void kube_request(struct kube_client *c, const char *method, const char *path,
		  const char *content_type, struct json_object *given_body, kube_reply_fn *fn,
		  void *ctx);

/* ---- watched stores ---- */
struct kube_store;

struct kube_store_settings {
	enum kube_kind kind;
	const char *ns;             /* NULL: all namespaces */
	const char *label_selector; /* as sent to the server, or NULL */
	/* something of this object changed; @now NULL: gone, @before NULL: new. Both borrowed.
	   Called before @before is freed.
	   @seen: a watch said so; false: inferred from a list in which it is missing (weaker
	   evidence) */
	void (*on_change)(void *ctx, const struct kube_object *before,
			  const struct kube_object *now, bool seen);
	/* the first complete list (and each relist after) is in the store. @regressed: the server's
	   resourceVersion went backwards or its data were reset since we last saw it */
	void (*on_synced)(void *ctx, bool regressed);
	void *ctx;
};

/** kube_store_new - start listing and watching. KUBE_ENDPOINTS picks EndpointSlice v1, v1beta1 or
 * Endpoints by discovery and permission. */
struct kube_store *kube_store_new(struct kube_client *c, const struct kube_store_settings *s);
void kube_store_close(struct kube_store *s); /* no callbacks after this; its objects are freed */
bool kube_store_synced(const struct kube_store *s);
bool kube_store_healthy(
	const struct kube_store *s); /* a list or watch event came through lately; for /healthz */
const struct kube_object *kube_store_get(const struct kube_store *s, const char *ns,
					 const char *name);
size_t kube_store_count(const struct kube_store *s);
void kube_store_each(const struct kube_store *s, void (*fn)(void *ctx, const struct kube_object *o),
		     void *ctx);
/** kube_store_endpoints - all KUBE_ENDPOINTS objects of one Service (several slices); returns how
 * many, *ret borrowed until the next change */
size_t kube_store_endpoints(const struct kube_store *s, const char *ns, const char *service,
			    const struct kube_endpoints *const **ret);

/* ---- writes ---- */
struct kube_events; /* core/v1 Events, deduplicated: the same reason+message on an object only bumps
		       its count; rate-limited */
struct kube_events *kube_events_new(struct kube_client *c, const char *component);
/** kube_event - @type "Normal" or "Warning"; @reason CamelCase; without permission: logged once,
 * then silent */
void kube_event(struct kube_events *e, const struct kube_object *about, const char *type,
		const char *reason, const char *message);
void kube_events_close(struct kube_events *e);

/** kube_annotate - merge-patch one annotation of an object (value NULL removes it) */
void kube_annotate(struct kube_client *c, const struct kube_object *o, const char *key,
		   const char *value, kube_reply_fn *fn, void *ctx);

/* ---- leader election: coordination.k8s.io/v1 Lease ---- */
struct kube_lease;
struct kube_lease_settings {
	const char *ns, *name, *identity;
	unsigned duration_s, renew_s, retry_s; /* 15, 10, 2 as client-go */
	/* we lead from now on / no longer (stop writing at once). Without permission for leases:
	 * logged once, on_lead is called. */
	void (*on_lead)(void *ctx);
	void (*on_lost)(void *ctx, const char *why);
	void *ctx;
};
struct kube_lease *kube_lease_new(struct kube_client *c, const struct kube_lease_settings *s);
/** kube_lease_close - @release: give it up so that another may take over at once. No callbacks
 * after this; NULL is fine. */
void kube_lease_close(struct kube_lease *l, bool release);
bool kube_lease_leading(const struct kube_lease *l);
const char *kube_lease_holder(const struct kube_lease *l); /* "" if nobody is known */

#endif
