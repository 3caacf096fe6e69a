/*
 * translate - one ConfigMap with its Service, endpoints and nodes -> what should be on the BIG-IP.
 * Pure.
 */
#ifndef CONTROLLER_TRANSLATE_TRANSLATE_H
#define CONTROLLER_TRANSLATE_TRANSLATE_H

#include "bigip/plan/plan.h"
#include "controller/kube/objects.h"
#include "controller/translate/vs_config.h"

struct tr_settings {
	bool cluster;                  /* --pool-member-type=cluster; false: nodeport */
	bool use_node_internal;        /* else ExternalIP */
	const char *snat_pool;         /* --vs-snat-pool-name or NULL: automap; "none": no SNAT */
	const char *default_partition; /* of SSL profile names without one */
	const char *user_agent;        /* metadata value at creation */
	bool drain; /* terminating endpoints that still serve become user-disabled members instead
		       of going away */
};

struct tr_input {
	const struct kube_object *cm; /* namespace and name */
	const struct vs_config *config;
	const struct kube_service *service; /* NULL: missing */
	const struct kube_endpoints *const *endpoints;
	size_t n_endpoints; /* 0: missing */
	/* the node of that name passes the selector and is not unfit, or NULL. No function: every
	 * node will do (no cluster at hand). */
	const struct kube_node *(*node)(void *ctx, const char *name);
	/* all such nodes, for nodeport mode (there it must be set) */
	size_t (*nodes)(void *ctx, const struct kube_node *const **ret);
	void *ctx;
	uint32_t default_rd;   /* of the partition */
	bool shared_pool_name; /* digit namespace taken over from k8s-bigip-ctlr: keep its
				  "cfgmap_<ns>_<ns>_<svc>" */
};

enum tr_state {
	TR_ACTIVE,     /* @ret holds the objects */
	TR_NO_SERVICE, /* Service missing: nothing is wanted */
	TR_NO_PORT,    /* servicePort is not a port of the Service */
	/* in these two @ret holds the objects, with no members: a virtual does not go away because
	   slices are late or gone for a moment (k8s-bigip-ctlr removes it) */
	TR_NO_ENDPOINTS, /* there is no Endpoints object or slice; an empty one is TR_ACTIVE */
	TR_WRONG_SERVICE_TYPE, /* nodeport mode needs NodePort or LoadBalancer */
};

struct tr_status {
	enum tr_state state;
	char message[256]; /* for TR_* other than ACTIVE, and notes ("pool only: no bindAddr"), else
			      "" */
	bool pool_only;    /* the message is the pool-only note */
	size_t n_members, n_drained;
	size_t n_skipped; /* endpoints on nodes that are unknown, filtered out or lack an address of
			     the wanted type */
};

/**
 * tr_app - what should be on the BIG-IP for one ConfigMap (names and payload shapes of
 * k8s-bigip-ctlr)
 * @ret: bigip_app_release(). Holds objects as the state says; owner and partition are always set
 *
 * The controller calls tr_drain_app() of drain.h instead, which also keeps members whose endpoint
 * is gone for a while.
 */
void tr_app(const struct tr_settings *settings, const struct tr_input *in, struct bigip_app *ret,
	    struct tr_status *ret_status);

/* names on the BIG-IP, as k8s-bigip-ctlr chooses them; given */
char *tr_virtual_name(const char *ns, const char *cm);
char *tr_pool_name(const char *ns, const char *cm, const char *service, bool shared_pool_name);

#endif
