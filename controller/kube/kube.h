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

/**
 * kube_client_new - @config is given, also on failure; *ret is given: kube_client_close()
 * @metrics: kept until the client is closed, or NULL; one client per registry
 */
int kube_client_new(struct uv_loop_s *loop, struct kube_config *config, struct metrics *metrics,
		    struct kube_client **ret, struct error *err);
/**
 * kube_client_close - frees @c once its handles have closed; NULL is fine
 *
 * Close its stores, events and leases before. Requests under way are dropped without an answer, but
 * for the release of a lease, which has two seconds.
 */
void kube_client_close(struct kube_client *c);

/**
 * kube_reply_fn - the answer of a request, from the loop
 * @status: HTTP status, 0 when there was none
 * @body:   borrowed; NULL when empty or an error
 * @err:    never NULL; ERR_NONE: a 2xx answer. ERR_RETRY: transport, 401, 429, 5xx. ERR_CONFLICT:
 * 409. ERR_GONE: 404, 410. ERR_INPUT: other 4xx. code is the status, msg has the API's own words.
 */
typedef void kube_reply_fn(void *ctx, int status, struct json_object *body,
			   const struct error *err);
/** kube_request - JSON in and out. @content_type NULL: application/json. @fn is called once, never
 * from inside, or not at all after kube_client_close(). */
void kube_request(struct kube_client *c, const char *method, const char *path,
		  const char *content_type, struct json_object *given_body, kube_reply_fn *fn,
		  void *ctx);

/* ---- watched stores ---- */
struct kube_store;

struct kube_store_settings {
	enum kube_kind kind;
	const char *ns;             /* NULL: all namespaces */
	const char *label_selector; /* as sent to the server, or NULL */
	/* Something of this object changed; @now NULL: gone, @before NULL: new. Both borrowed for
	   the call, in which the store is already as it will be. May close the store. @seen false:
	   gone by inference, because a list lacks it (weaker evidence than a watch that said so); a
	   server that lost its data deletes like this, so look at on_synced's @regressed too, which
	   comes after the differences of its list. May be NULL. */
	void (*on_change)(void *ctx, const struct kube_object *before,
			  const struct kube_object *now, bool seen);
	/* The first complete list, or a later one, is in the store and its differences have been
	   told. @regressed: the server's resourceVersion went backwards since we last saw it: it
	   lost data, or was restored from a backup. May be NULL. */
	void (*on_synced)(void *ctx, bool regressed);
	void *ctx;
};

/**
 * kube_store_new - start listing and watching; strings are copied
 *
 * KUBE_ENDPOINTS takes EndpointSlice v1, v1beta1 or Endpoints: the first that the server has and
 * that we may read; a better one that appears later is changed over to.
 */
struct kube_store *kube_store_new(struct kube_client *c, const struct kube_store_settings *s);
void kube_store_close(struct kube_store *s); /* no callbacks after this; its objects are freed */
bool kube_store_synced(const struct kube_store *s);
bool kube_store_healthy(
	const struct kube_store *s); /* synced, and not failing for a minute; for /healthz */
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
