/*
 * app - what the controller knows of each ConfigMap: its last good configuration, where it stands,
 * when to look again. Pure.
 *
 * Also made for an owner that is only on the BIG-IP (its ConfigMap went away while nobody watched):
 * then present is false.
 */
#ifndef CONTROLLER_CLUSTER_APP_H
#define CONTROLLER_CLUSTER_APP_H

#include <uthash.h>

#include "controller/cluster/work.h"
#include "controller/translate/drain.h"
#include "controller/translate/vs_config.h"

enum app_state {
	APP_PENDING,  /* not yet on the device */
	APP_APPLIED,  /* the device is as wanted */
	APP_INACTIVE, /* nothing is wanted: Service, port or Endpoints are missing */
	APP_INVALID,  /* the ConfigMap is wrong; the last good configuration (if any) is kept */
	APP_REFUSED,  /* the BIG-IP does not take it */
	APP_HELD,     /* a delete waits for confirmation (guard.h) */
	APP_STATES,
};

struct cluster;

struct app {
	UT_hash_handle hh;
	struct cluster *cl;              /* set by watch.c; for callbacks */
	struct app *svc_prev, *svc_next; /* others of the same Service */
	char *key;                       /* "namespace/name" */
	char *ns, *name;
	char *service_key; /* "namespace/service" it is indexed under, or NULL */
	struct work_item work;

	bool present; /* the ConfigMap exists and is labelled */
	bool seen; /* a watch event (not just a list) took away what its ConfigMap or Service said
		    */
	bool verifying;              /* the next look is a verify pass: what it finds is drift */
	char *version;               /* resourceVersion of the ConfigMap last parsed */
	struct vs_config *config;    /* last good; NULL: none yet */
	struct vs_problems problems; /* of the newest version; empty: it is good */
	struct tr_drain drain;
	uint64_t drain_due_us; /* when a member has drained long enough; 0: none drains */

	enum app_state state;
	char *message; /* for people; "" when there is nothing to say */
	char *note;    /* last Event's text, to send one only on change */
	size_t n_members;
	unsigned same_plan; /* how often in a row the device took a plan and still differed */
	unsigned hold_passes;
	uint64_t inactive_us; /* since when something of the backend is missing; 0: nothing is */
	bool wrote;           /* something was sent since the last APPLIED */
	uint64_t written_us;  /* monotonic, when a reply to a write of ours last came */
	uint64_t applied_us;  /* monotonic, when it was last known to be right; 0 never */
};

struct app_service; /* the apps of one Service */

struct apps {
	struct app *by_key;
	struct app_service *by_service;
	size_t in_state[APP_STATES];
};

struct app *apps_get(const struct apps *t, const char *ns, const char *name); /* or NULL */
struct app *apps_ensure(struct apps *t, const char *ns, const char *name);
struct app *apps_of_service(const struct apps *t, const char *ns,
			    const char *service); /* head of a list over svc_next, or NULL */
void apps_set_config(
	struct apps *t, struct app *a,
	struct vs_config *given); /* becomes the last good one; keeps the service index right */
void apps_set_state(struct apps *t, struct app *a, enum app_state state, const char *message);
void apps_remove(struct apps *t, struct app *a); /* frees it; it must be in no queue */
void apps_release(struct apps *t);
const char *app_state_name(enum app_state s); /* "applied" */

#endif
