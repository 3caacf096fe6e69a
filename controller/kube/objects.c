/*
 * objects - API JSON to compact structs
 *
 * An object is one allocation (decode.h): a store of 5,000 Services holds 5,000 blocks and nothing
 * else, and freeing is one free().
 */
#include "controller/kube/objects.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/decode.h"

/* 0 when absent and not @needed */
static uint16_t port(struct decoder *d, const struct dec_where *w, struct json_object *o,
		     const char *key, bool needed)
{
	struct json_object *v = dec_field(d, w, o, key, json_type_int);
	int64_t n = v ? json_object_get_int64(v) : 0;

	if (!v && needed)
		dec_fail(d, w, key, "is missing");
	else if (v && (n < (needed ? 1 : 0) || n > 65535))
		dec_fail(d, w, key, "must be 1 to 65535, is %lld", (long long)n);
	return (uint16_t)n;
}

static uint8_t protocol(struct decoder *d, const struct dec_where *w, struct json_object *o)
{
	size_t len;
	const char *s = dec_text(d, w, o, "protocol", &len);

	if (!s || str_eq(s, "TCP"))
		return KUBE_TCP;
	if (str_eq(s, "UDP"))
		return KUBE_UDP;
	if (str_eq(s, "SCTP"))
		return KUBE_SCTP;
	dec_fail(d, w, "protocol", "must be TCP, UDP or SCTP, is '%.40s'", s);
	return KUBE_TCP;
}

static bool label_is(struct json_object *labels, const char *key, const char *value)
{
	struct json_object *v = js_key(labels, key);

	return json_object_is_type(v, json_type_string) && str_eq(json_object_get_string(v), value);
}

static struct kube_label *labels(struct decoder *d, struct json_object *meta, size_t *ret_n)
{
	const struct dec_where w = {NULL, "metadata", -1}, here = {&w, "labels", -1};
	struct json_object *o = dec_field(d, &w, meta, "labels", json_type_object);
	size_t n = o ? (size_t)json_object_object_length(o) : 0, i = 0;
	struct kube_label *l = dec_array(d, n, struct kube_label);

	if (n == 0)
		return NULL;
	json_object_object_foreach (o, key, value) {
		(void)value;
		l[i].key = dec_copy(d, key, strlen(key));
		l[i++].value = dec_string_or_empty(d, &here, o, key);
	}
	*ret_n = n;
	return l;
}

/* ---- kinds ---- */

static void decode_configmap(struct decoder *d, bool slice, struct json_object *json,
			     struct kube_object *o)
{
	const struct dec_where meta_at = {NULL, "metadata", -1}, data_at = {NULL, "data", -1};
	const struct dec_where notes_at = {&meta_at, "annotations", -1};
	struct kube_configmap *c = (struct kube_configmap *)o;
	struct json_object *meta = js_key(json, "metadata"), *data, *l, *notes;

	l = dec_field(d, &meta_at, meta, "labels", json_type_object);
	c->virtual_server = label_is(l, "f5type", "virtual-server") && !label_is(l, "as3", "true");
	notes = dec_field(d, &meta_at, meta, "annotations", json_type_object);
	c->ip = dec_string(d, &notes_at, notes, "virtual-server.f5.com/ip");
	c->status_ip = dec_string(d, &notes_at, notes, "status.virtual-server.f5.com/ip");
	data = dec_field(d, NULL, json, "data", json_type_object);
	c->schema = dec_string(d, &data_at, data, "schema");
	c->data = dec_string(d, &data_at, data, "data");
}

static uint8_t service_type(struct decoder *d, const struct dec_where *w, struct json_object *spec)
{
	static const char *const names[] = {"ClusterIP", "NodePort", "LoadBalancer",
					    "ExternalName"};
	size_t len;
	const char *s = dec_text(d, w, spec, "type", &len);

	for (uint8_t i = 0; s && i < ARRAY_SIZE(names); i++)
		if (str_eq(s, names[i]))
			return i;
	if (s && *s)
		dec_fail(d, w, "type",
			 "must be ClusterIP, NodePort, LoadBalancer or ExternalName, is '%.40s'",
			 s);
	return KUBE_CLUSTER_IP;
}

static void decode_service(struct decoder *d, bool slice, struct json_object *json,
			   struct kube_object *o)
{
	const struct dec_where w = {NULL, "spec", -1}, meta_at = {NULL, "metadata", -1};
	struct kube_service *s = (struct kube_service *)o;
	struct json_object *spec = dec_field(d, NULL, json, "spec", json_type_object), *ports, *l;
	const char *ip;
	size_t len;

	l = dec_field(d, &meta_at, js_key(json, "metadata"), "labels", json_type_object);
	s->apiserver = label_is(l, "component", "apiserver") &&
		       label_is(l, "provider", "kubernetes");
	s->type = service_type(d, &w, spec);
	ip = dec_text(d, &w, spec, "clusterIP", &len);
	s->headless = ip && str_eq(ip, "None");
	ports = dec_field(d, &w, spec, "ports", json_type_array);
	s->ports = dec_array(d, js_arr_len(ports), struct kube_service_port);
	for (size_t i = 0; i < js_arr_len(ports); i++) {
		const struct dec_where at = {&w, "ports", (int)i};
		struct json_object *p = dec_element(d, &at, ports);

		s->ports[i].name = dec_string_or_empty(d, &at, p, "name");
		s->ports[i].port = port(d, &at, p, "port", true);
		s->ports[i].node_port = port(d, &at, p, "nodePort", false);
		s->ports[i].protocol = protocol(d, &at, p);
		s->n_ports = i + 1;
	}
}

/* the ports of a subset or slice; a slice's port may be null ("all ports"), which names no member:
 * left out */
static void endpoint_ports(struct decoder *d, const struct dec_where *up, struct json_object *o,
			   bool slice, struct kube_endpoint_set *set)
{
	struct json_object *ports = dec_field(d, up, o, "ports", json_type_array);

	set->ports = dec_array(d, js_arr_len(ports), struct kube_endpoint_port);
	for (size_t i = 0; i < js_arr_len(ports) && !d->bad; i++) {
		const struct dec_where at = {up, "ports", (int)i};
		struct json_object *p = dec_element(d, &at, ports);
		struct kube_endpoint_port *to = &set->ports[set->n_ports];

		if (slice && p && !js_key(p, "port"))
			continue;
		to->name = dec_string_or_empty(d, &at, p, "name");
		to->port = port(d, &at, p, "port", true);
		to->protocol = protocol(d, &at, p);
		set->n_ports++;
	}
}

/* names of nodes repeat within an object: share the last few */
struct node_names {
	const char *names[16];
	unsigned next;
};

static const char *node_name(struct decoder *d, struct node_names *cache, const char *s, size_t len)
{
	if (!s || len == 0)
		return NULL;
	for (unsigned i = 0; i < ARRAY_SIZE(cache->names) && cache->names[i]; i++)
		if (str_eq(cache->names[i], s))
			return cache->names[i];
	s = dec_copy(d, s, len);
	cache->names[cache->next++ % ARRAY_SIZE(cache->names)] = s;
	return s;
}

static void subset_addresses(struct decoder *d, const struct dec_where *up,
			     struct json_object *array, const char *key, uint8_t flags,
			     struct node_names *nodes, struct kube_endpoint_set *set)
{
	for (size_t i = 0; i < js_arr_len(array) && !d->bad; i++) {
		const struct dec_where at = {up, key, (int)i};
		struct json_object *a = dec_element(d, &at, array);
		struct kube_endpoint *to = &set->endpoints[set->n_endpoints++];
		size_t len;
		const char *ip = dec_text(d, &at, a, "ip", &len), *node;

		if (!ip || ip_parse(ip, &to->ip) < 0)
			dec_fail(d, &at, "ip", "must be an address, is '%.60s'", ip ? ip : "");
		node = dec_text(d, &at, a, "nodeName", &len);
		to->node = node_name(d, nodes, node, len);
		to->flags = flags;
	}
}

static void decode_subsets(struct decoder *d, struct json_object *json, struct kube_endpoints *e)
{
	struct json_object *subsets = dec_field(d, NULL, json, "subsets", json_type_array);
	struct node_names nodes = {0};

	e->service = e->o.name;
	e->sets = dec_array(d, js_arr_len(subsets), struct kube_endpoint_set);
	for (size_t i = 0; i < js_arr_len(subsets) && !d->bad; i++) {
		const struct dec_where at = {NULL, "subsets", (int)i};
		struct json_object *s = dec_element(d, &at, subsets);
		struct json_object *up = dec_field(d, &at, s, "addresses", json_type_array);
		struct json_object *down = dec_field(d, &at, s, "notReadyAddresses",
						     json_type_array);
		struct kube_endpoint_set *set = &e->sets[e->n_sets++];

		set->endpoints = dec_array(d, js_arr_len(up) + js_arr_len(down),
					   struct kube_endpoint);
		subset_addresses(d, &at, up, "addresses", KUBE_EP_READY | KUBE_EP_SERVING, &nodes,
				 set);
		subset_addresses(d, &at, down, "notReadyAddresses", 0, &nodes, set);
		endpoint_ports(d, &at, s, false, set);
	}
}

/* conditions of one endpoint of a slice: unknown ready means ready, unknown serving means as ready
 * (API reference) */
static uint8_t slice_flags(struct decoder *d, const struct dec_where *up, struct json_object *e)
{
	const struct dec_where w = {up, "conditions", -1};
	struct json_object *c = dec_field(d, up, e, "conditions", json_type_object);
	bool ready = dec_flag(d, &w, c, "ready", true);
	bool serving = dec_flag(d, &w, c, "serving", ready);
	bool terminating = dec_flag(d, &w, c, "terminating", false);

	return (ready ? KUBE_EP_READY : 0) | (serving ? KUBE_EP_SERVING : 0) |
	       (terminating ? KUBE_EP_TERMINATING : 0);
}

/* v1: nodeName; v1beta1: the topology label */
static const char *slice_node(struct decoder *d, const struct dec_where *up, struct json_object *e,
			      size_t *ret_len)
{
	const struct dec_where w = {up, "topology", -1};
	const char *s = dec_text(d, up, e, "nodeName", ret_len);

	return s ? s
		 : dec_text(d, &w, dec_field(d, up, e, "topology", json_type_object),
			    "kubernetes.io/hostname", ret_len);
}

static void slice_endpoint(struct decoder *d, const struct dec_where *at, struct json_object *e,
			   struct node_names *nodes, struct kube_endpoint_set *set)
{
	struct json_object *addresses = dec_field(d, at, e, "addresses", json_type_array);
	struct json_object *first = js_arr_len(addresses) ? json_object_array_get_idx(addresses, 0)
							  : NULL;
	struct kube_endpoint *to = &set->endpoints[set->n_endpoints];
	const char *node;
	size_t len;

	if (!first) /* the API requires one; nothing to send traffic to */
		return;
	/* all addresses of an endpoint are the same pod; clients use the first (API reference) */
	if (!json_object_is_type(first, json_type_string) ||
	    ip_parse(json_object_get_string(first), &to->ip) < 0)
		dec_fail(d, at, "addresses[0]", "must be an address, is %.60s",
			 json_object_get_string(first));
	to->flags = slice_flags(d, at, e);
	node = slice_node(d, at, e, &len);
	to->node = node_name(d, nodes, node, len);
	set->n_endpoints++;
}

static void decode_slice(struct decoder *d, struct json_object *json, struct kube_endpoints *e)
{
	const struct dec_where meta_at = {NULL, "metadata", -1},
			       labels_at = {&meta_at, "labels", -1};
	struct json_object *l = dec_field(d, &meta_at, js_key(json, "metadata"), "labels",
					  json_type_object);
	struct json_object *list = dec_field(d, NULL, json, "endpoints", json_type_array);
	struct node_names nodes = {0};
	const char *family;
	size_t len;

	e->service = dec_string_or_empty(d, &labels_at, l, "kubernetes.io/service-name");
	e->sets = dec_array(d, 1, struct kube_endpoint_set);
	e->n_sets = 1;
	endpoint_ports(d, NULL, json, true, e->sets);
	family = dec_text(d, NULL, json, "addressType", &len);
	if (family &&
	    str_eq(family, "FQDN")) /* names, not addresses: no member can be made of them */
		return;
	e->sets->endpoints = dec_array(d, js_arr_len(list), struct kube_endpoint);
	for (size_t i = 0; i < js_arr_len(list) && !d->bad; i++) {
		const struct dec_where at = {NULL, "endpoints", (int)i};
		struct json_object *one = dec_element(d, &at, list);

		if (one)
			slice_endpoint(d, &at, one, &nodes, e->sets);
	}
}

static void decode_endpoints(struct decoder *d, bool slice, struct json_object *json,
			     struct kube_object *o)
{
	if (slice)
		decode_slice(d, json, (struct kube_endpoints *)o);
	else
		decode_subsets(d, json, (struct kube_endpoints *)o);
}

/* addresses of one type; the API server does not check their syntax, so others than addresses are
 * passed over */
static struct ip_addr *node_addresses(struct decoder *d, struct json_object *status,
				      const char *type, size_t *ret_n)
{
	const struct dec_where w = {NULL, "status", -1};
	struct json_object *list = dec_field(d, &w, status, "addresses", json_type_array);
	struct ip_addr ip, *to = NULL;
	size_t n = 0;

	for (int fill = 0; fill < 2; fill++) {
		if (fill)
			to = dec_array(d, n, struct ip_addr);
		n = 0;
		for (size_t i = 0; i < js_arr_len(list); i++) {
			struct json_object *a = json_object_array_get_idx(list, i);

			if (!str_eq(js_str(a, "type", ""), type) ||
			    ip_parse(js_str(a, "address", ""), &ip) < 0)
				continue;
			if (fill)
				to[n] = ip;
			n++;
		}
	}
	*ret_n = n;
	return to;
}

static void decode_node(struct decoder *d, bool slice, struct json_object *json,
			struct kube_object *o)
{
	const struct dec_where spec_at = {NULL, "spec", -1}, status_at = {NULL, "status", -1};
	struct kube_node *n = (struct kube_node *)o;
	struct json_object *spec = dec_field(d, NULL, json, "spec", json_type_object);
	struct json_object *status = dec_field(d, NULL, json, "status", json_type_object);
	struct json_object *conditions = dec_field(d, &status_at, status, "conditions",
						   json_type_array);

	n->labels = labels(d, js_key(json, "metadata"), &n->n_labels);
	n->unschedulable = dec_flag(d, &spec_at, spec, "unschedulable", false);
	n->internal = node_addresses(d, status, "InternalIP", &n->n_internal);
	n->external = node_addresses(d, status, "ExternalIP", &n->n_external);
	for (size_t i = 0; i < js_arr_len(conditions); i++) {
		struct json_object *c = json_object_array_get_idx(conditions, i);

		if (str_eq(js_str(c, "type", ""), "Ready"))
			n->ready = str_eq(js_str(c, "status", ""), "True");
	}
}

static void decode_namespace(struct decoder *d, bool slice, struct json_object *json,
			     struct kube_object *o)
{
	struct kube_namespace *n = (struct kube_namespace *)o;

	n->labels = labels(d, js_key(json, "metadata"), &n->n_labels);
}

static const struct kind {
	const char *name;
	size_t size;
	void (*decode)(struct decoder *d, bool slice, struct json_object *json,
		       struct kube_object *o);
} kinds[KUBE_KINDS] = {
	[KUBE_CONFIGMAP] = {"ConfigMap", sizeof(struct kube_configmap), decode_configmap},
	[KUBE_SERVICE] = {"Service", sizeof(struct kube_service), decode_service},
	[KUBE_ENDPOINTS] = {"Endpoints", sizeof(struct kube_endpoints), decode_endpoints},
	[KUBE_NODE] = {"Node", sizeof(struct kube_node), decode_node},
	[KUBE_NAMESPACE] = {"Namespace", sizeof(struct kube_namespace), decode_namespace},
};

const char *kube_kind_name(enum kube_kind kind)
{
	return kinds[kind].name;
}

static void decode_meta(struct decoder *d, struct json_object *json, struct kube_object *o)
{
	const struct dec_where w = {NULL, "metadata", -1};
	struct json_object *meta = dec_field(d, NULL, json, "metadata", json_type_object);
	size_t ns_len, name_len;
	const char *ns = dec_text(d, &w, meta, "namespace", &ns_len);
	const char *name = dec_text(d, &w, meta, "name", &name_len);

	if (!name || name_len == 0)
		dec_fail(d, &w, "name", "is missing");
	if (d->bad)
		return;
	/* "ns\0name\0" in one piece: the key of a store's hash table */
	if (d->block) {
		o->ns = d->block + d->used;
		memcpy(o->ns, ns ? ns : "", ns_len);
		o->name = o->ns + ns_len + 1;
		memcpy(o->name, name, name_len);
	} else {
		o->ns = (char *)(ns ? ns : "");
		o->name = (char *)name;
	}
	d->used += ns_len + 1 + name_len + 1;
	o->uid = dec_string_or_empty(d, &w, meta, "uid");
	o->resource_version = dec_string_or_empty(d, &w, meta, "resourceVersion");
}

static struct kube_object *decode(struct decoder *d, enum kube_kind kind, bool slice,
				  struct json_object *json)
{
	struct kube_object *o = dec_take(d, kinds[kind].size, _Alignof(max_align_t));

	o->kind = kind;
	decode_meta(d, json, o);
	if (!d->bad)
		kinds[kind].decode(d, slice, json, o);
	return o;
}

static void check_kind(struct decoder *d, enum kube_kind kind, bool slice, struct json_object *json)
{
	const char *want = slice ? "EndpointSlice" : kinds[kind].name;
	size_t len;
	const char *is;

	if (!json_object_is_type(json, json_type_object)) {
		(void)err_set(d->err, ERR_INPUT, 0, "must be an object, is %s",
			      dec_type_name(json_object_get_type(json)));
		d->bad = true;
		return;
	}
	is = dec_text(d, NULL, json, "kind", &len);
	if (is && !str_eq(is, want))
		dec_fail(d, NULL, "kind", "must be '%s', is '%.60s'", want, is);
}

int kube_object_decode(enum kube_kind kind, bool slice, struct json_object *json,
		       struct kube_object **ret, struct error *err)
{
	struct decoder d = {.err = err};

	check_kind(&d, kind, slice, json);
	if (!d.bad)
		(void)decode(&d, kind, slice, json);
	if (d.bad) {
		arena_release(&d.scratch);
		return err_wrap(err, "%s '%s/%s'", slice ? "EndpointSlice" : kinds[kind].name,
				js_str(json, "metadata.namespace", ""),
				js_str(json, "metadata.name", ""));
	}
	d.block = mem_alloc(d.used);
	d.used = 0;
	*ret = decode(&d, kind, slice, json);
	arena_release(&d.scratch);
	return 0;
}

void kube_object_free(struct kube_object *o)
{
	free(o);
}
