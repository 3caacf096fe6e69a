/*
 * translate - one ConfigMap with its Service, endpoints and nodes -> what should be on the BIG-IP. Pure.
 */
#ifndef CONTROLLER_TRANSLATE_TRANSLATE_H
#define CONTROLLER_TRANSLATE_TRANSLATE_H

#include "bigip/plan/plan.h"
#include "controller/kube/objects.h"
#include "controller/translate/vs_config.h"

struct tr_settings {
	bool cluster;		  /* --pool-member-type=cluster; false: nodeport */
	bool use_node_internal;	  /* else ExternalIP */
	const char *snat_pool;	  /* --vs-snat-pool-name or NULL: automap; "none": no SNAT */
	const char *default_partition; /* of SSL profile names without one */
	const char *user_agent;	  /* metadata value at creation */
	bool drain;		  /* terminating endpoints that still serve become user-disabled members instead of going away */
};

struct tr_input {
	const struct kube_object *cm; /* namespace and name */
	const struct vs_config *config;
	const struct kube_service *service; /* NULL: missing */
	const struct kube_endpoints *const *endpoints;
	size_t n_endpoints; /* 0: missing */
	/* the node of that name passes the selector and is not unfit, or NULL */
	const struct kube_node *(*node)(void *ctx, const char *name);
	/* all such nodes, for nodeport mode */
	size_t (*nodes)(void *ctx, const struct kube_node *const **ret);
	void *ctx;
	uint32_t default_rd;	    /* of the partition */
	bool shared_pool_name;	    /* digit namespace taken over from k8s-bigip-ctlr: keep its "cfgmap_<ns>_<ns>_<svc>" */
	/* members that are there now and are being drained: kept user-disabled although their endpoint is gone. May be NULL. */
	const struct bigip_member *draining;
	size_t n_draining;
};

enum tr_state {
	TR_ACTIVE,	       /* @ret holds the objects */
	TR_NO_SERVICE,	       /* Service missing: nothing is wanted */
	TR_NO_PORT,	       /* servicePort is not a port of the Service */
	TR_NO_ENDPOINTS,       /* Endpoints object missing (an empty one is TR_ACTIVE with no members) */
	TR_WRONG_SERVICE_TYPE, /* nodeport mode needs NodePort or LoadBalancer */
};

struct tr_status {
	enum tr_state state;
	char message[256]; /* for TR_* other than ACTIVE, and notes ("pool only: no bindAddr"), else "" */
	size_t n_members, n_drained;
	size_t n_skipped; /* endpoints on nodes that are unknown, filtered out or lack an address of the wanted type */
};

/**
 * tr_app - what should be on the BIG-IP for one ConfigMap (names and payload shapes of k8s-bigip-ctlr, cis.md 3)
 * @ret: filled (bigip_app_release()) when the state is TR_ACTIVE, with no objects otherwise; owner and partition are always set
 */
void tr_app(const struct tr_settings *settings, const struct tr_input *in, struct bigip_app *ret, struct tr_status *ret_status);

/* names (cis.md 3.1); given */
char *tr_virtual_name(const char *ns, const char *cm);
char *tr_pool_name(const char *ns, const char *cm, const char *service, bool shared_pool_name);

#endif
