/*
 * cluster - podlane-controller: keeps the BIG-IP as the cluster's ConfigMaps, Services and
 * endpoints say
 *
 *   stores (watch.c) --change--> apps + work queue --reconcile.c--> translate, plan, guard -->
 * bigip/rest --> device.c folds the result
 *
 * One loop, one thread. Level, not edge: a change only says which app to look at; what to do
 * follows from both sides as they are now. Only the leader talks to the BIG-IP. Nothing is planned
 * before every store is synced and the partition was read.
 */
#ifndef CONTROLLER_CLUSTER_CLUSTER_H
#define CONTROLLER_CLUSTER_CLUSTER_H

#include <uv.h>

#include "bigip/rest/rest.h"
#include "common/base/metrics.h"
#include "common/ev/httpd.h"
#include "controller/cluster/annotate.h"
#include "controller/cluster/app.h"
#include "controller/cluster/settings.h"
#include "controller/kube/kube.h"
#include "controller/translate/translate.h"

/* one managed partition of the BIG-IP */
struct partition {
	struct cluster *cl;
	const char *name;          /* borrowed from the settings */
	bool valid;                /* state was read in this session and is kept right since */
	struct bigip_state *state; /* what is there; NULL: never read */
	struct bigip_reading reading;
	uint64_t digest;          /* of the last read */
	uint64_t read_started_us; /* of the read under way; 0: none */
	bool pass;                /* that read is a verify pass, not just for someone who looks */
	uint64_t writes_at_read;  /* cl->writes when it began */
	struct guard guard;
	char error[256]; /* why it could not be read, "" if fine */
};

/* the stores of one watched namespace, or of all of them */
struct watched {
	struct watched *prev, *next;
	struct cluster *cl;
	char *ns; /* NULL: all namespaces */
	struct kube_store *configmaps, *services, *endpoints;
	bool leaving; /* its namespace lost the label: it closes soon */
};

struct cluster_metrics {
	struct series *queue_depth, *latency, *drift, *held, *leader, *verified;
	struct series *apps[APP_STATES];
};

struct cluster {
	uv_loop_t *loop;
	const struct settings *settings;
	struct metrics *metrics;
	struct cluster_metrics m;

	/* Kubernetes */
	struct kube_client *kube;
	struct kube_events *events;
	struct annotator *annotator; /* of ConfigMaps: the address that they are served at */
	struct kube_lease *lease;
	struct kube_store *namespaces, *nodes;
	struct watched *watched;
	struct kube_selector *node_selector; /* NULL: every node */
	const struct kube_node *
		*node_list; /* fit nodes, for nodeport mode; rebuilt when nodes change */
	size_t n_node_list;
	bool node_list_valid;
	bool first_synced; /* every store was complete once */
	bool regressed;    /* the API server's data went back in time and something is held since */

	/* what should be */
	struct vs_schemas *schemas;
	struct tr_settings translate;
	struct apps apps;
	struct work_queue queue;
	uv_idle_t run;      /* active while the queue may have work */
	uv_timer_t delayed; /* for backoff and draining */
	uint64_t delayed_at_us;
	uv_timer_t tidy; /* memory goes back some time after the last of many looks */
	unsigned looks;  /* since then */

	/* what is */
	bool leader;
	struct bigip_rest *rest; /* only while leader */
	struct credentials credentials;
	char *credentials_error;
	uv_timer_t credentials_timer;
	bool distrusted;   /* the device's certificate was refused */
	char *trusted_pem; /* of --trusted-certs-cfgmap */
	struct partition *partitions;
	size_t n_partitions;
	uv_timer_t verify;
	uint64_t writes; /* changes sent so far */
	uint64_t last_verified_us;

	/* seen from outside */
	struct httpd *httpd;
	struct httpd_request
		*ltm_waiting[16]; /* to be answered after the next read of the BIG-IP */
	size_t n_ltm_waiting;
	uint64_t started_us;
	char *bigip_down; /* why, or NULL while it is up */
	unsigned open_handles;
	bool stopping;
};

int cluster_start(uv_loop_t *loop, const struct settings *s, struct cluster **ret,
		  struct error *err);
/** cluster_stop - end everything in order: finish nothing, lose nothing (level-triggered); gives up
 * the lease; frees when handles closed */
void cluster_stop(struct cluster *cl);

/* watch.c */
int watch_start(struct cluster *cl, struct error *err);
void watch_stop(struct cluster *cl);
bool watch_synced(const struct cluster *cl);
bool watch_app_synced(const struct cluster *cl,
		      const struct app *a); /* the stores of its namespace are complete */
bool watch_healthy(const struct cluster *cl);
bool watch_suspicious(
	const struct cluster *cl); /* no ConfigMap at all, or data went back in time (guard.h) */
const struct kube_configmap *watch_configmap(const struct cluster *cl, const struct app *a);
/** watch_input - service, endpoints and node lookups of @a for translate; valid until the next
 * store change */
void watch_input(struct cluster *cl, const struct app *a, struct tr_input *ret);

/* reconcile.c */
void reconcile_add(struct cluster *cl, struct app *a, enum work_priority priority);
void reconcile_add_all(struct cluster *cl, enum work_priority priority, bool verifying);
void reconcile_kick(struct cluster *cl); /* something that the queue waits for may have come */
void reconcile_abandon(
	struct cluster *cl); /* the device session is gone: what was in flight is queued again */
void reconcile_start(struct cluster *cl);
void reconcile_stop(struct cluster *cl);

/* device.c: the BIG-IP session and the observed state */
void device_lead(struct cluster *cl);
void device_unlead(struct cluster *cl);
void device_start(struct cluster *cl);
void device_stop(struct cluster *cl);
/** device_refresh - read the BIG-IP now, for someone who looks; web_observed() follows. False: it
 * cannot be, or was just read. */
bool device_refresh(struct cluster *cl);
bool device_ready(const struct cluster *cl); /* up, and every partition was read */
struct partition *device_partition(struct cluster *cl, const char *name); /* or NULL */

/* report.c: Events, status annotation, log and state of one app */
void report_state(struct cluster *cl, struct app *a, enum app_state state, const char *reason,
		  const char *message);
void report_event(struct cluster *cl, const struct app *a, const char *type, const char *reason,
		  const char *message);
void report_status_ip(struct cluster *cl, const struct app *a);
struct json_object *report_json(struct cluster *cl); /* everything "podlane ltm" shows */

/* web.c */
int web_start(struct cluster *cl, struct error *err);
void web_stop(struct cluster *cl);
void web_observed(struct cluster *cl); /* the BIG-IP was read, or cannot be */

#endif
