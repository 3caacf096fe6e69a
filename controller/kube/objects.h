/*
 * objects - the Kubernetes objects we use, typed and compact; no raw JSON is kept
 *
 * Made by kube_object_decode() from API JSON (watch events, list items, files read by the CLI),
 * owned by a store, borrowed by everybody else for the length of one callback. Pure.
 */
#ifndef CONTROLLER_KUBE_OBJECTS_H
#define CONTROLLER_KUBE_OBJECTS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/ip.h"

enum kube_kind {
	KUBE_CONFIGMAP,
	KUBE_SERVICE,
	KUBE_ENDPOINTS, /* Endpoints, and EndpointSlices of v1 and v1beta1: all become struct
			   kube_endpoints */
	KUBE_NODE,
	KUBE_NAMESPACE,
	KUBE_KINDS,
};

struct kube_label {
	char *key, *value;
};

struct kube_object {
	enum kube_kind kind;
	char *ns; /* "" for cluster-scoped */
	char *name;
	char *uid; /* "" when read from a file */
	char *resource_version;
};

struct kube_configmap {
	struct kube_object o;
	bool virtual_server; /* label f5type=virtual-server and not as3 */
	char *schema, *data; /* data.schema, data.data; NULL if absent */
	char *ip;            /* annotation virtual-server.f5.com/ip; NULL if absent */
	char *status_ip;     /* annotation status.virtual-server.f5.com/ip */
};

enum kube_protocol { KUBE_TCP, KUBE_UDP, KUBE_SCTP };
enum kube_service_type { KUBE_CLUSTER_IP, KUBE_NODE_PORT, KUBE_LOAD_BALANCER, KUBE_EXTERNAL_NAME };

struct kube_service_port {
	char *name; /* "" when unnamed */
	uint16_t port, node_port;
	uint8_t protocol;
};

struct kube_service {
	struct kube_object o;
	uint8_t type;
	bool headless;  /* clusterIP: None */
	bool apiserver; /* labels component=apiserver, provider=kubernetes */
	struct kube_service_port *ports;
	size_t n_ports;
};

enum { KUBE_EP_READY = 1u << 0, KUBE_EP_SERVING = 1u << 1, KUBE_EP_TERMINATING = 1u << 2 };

struct kube_endpoint {
	struct ip_addr ip;
	uint8_t flags; /* KUBE_EP_* ; Endpoints addresses are READY|SERVING, notReadyAddresses 0 */
	const char *node; /* lives in the object; NULL when the address has no nodeName */
};

struct kube_endpoint_port {
	char *name; /* "" when unnamed */
	uint16_t port;
	uint8_t protocol;
};

/* addresses and ports that belong together: a subset of Endpoints, or one EndpointSlice */
struct kube_endpoint_set {
	struct kube_endpoint_port *ports;
	size_t n_ports;
	struct kube_endpoint *endpoints;
	size_t n_endpoints;
};

struct kube_endpoints {
	struct kube_object o;
	char *service; /* whose: the object's own name, or label kubernetes.io/service-name of a
			  slice */
	struct kube_endpoint_set *sets;
	size_t n_sets;
};

struct kube_node {
	struct kube_object o;
	struct kube_label *labels;
	size_t n_labels;
	struct ip_addr *internal, *external; /* addresses in the order of status.addresses */
	size_t n_internal, n_external;
	bool ready, unschedulable;
};

struct kube_namespace {
	struct kube_object o;
	struct kube_label *labels;
	size_t n_labels;
};

/**
 * kube_object_decode - from API JSON with or without apiVersion and kind
 * @slice: for KUBE_ENDPOINTS: the JSON is an EndpointSlice
 *
 * *ret is given: kube_object_free(). ERR_INPUT names the JSON path of what is wrong. Tolerates
 * absent optional fields and unknown ones.
 */
int kube_object_decode(enum kube_kind kind, bool slice, struct json_object *json,
		       struct kube_object **ret, struct error *err);
void kube_object_free(struct kube_object *o);
const char *kube_kind_name(enum kube_kind kind); /* "ConfigMap" */

#endif
