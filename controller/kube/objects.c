/*
 * objects - API JSON to compact structs
 *
 * An object is one allocation: the decoder runs twice over the same JSON, first to check and
 * measure, then to fill a block of exactly that size. So a store of 5,000 Services holds 5,000
 * blocks and nothing else, and freeing is one free(). The first run takes its arrays from a scratch
 * arena and leaves strings where they are in the JSON.
 *
 * Errors are sticky: the first one is kept, later reads give "absent", so the decoders read like
 * the API reference.
 */
#include "controller/kube/objects.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static char empty[] = "";

/* where we are in the document; a chain of stack frames that is rendered only for an error */
struct where {
	const struct where *up;
	const char *key;
	int index; /* in the array @key, or -1 */
};

struct decoder {
	struct arena scratch;
	char *block; /* NULL while measuring */
	size_t used;
	bool bad;
	struct error *err;
};

static void render(const struct where *w, struct strbuf *b)
{
	if (!w)
		return;
	render(w->up, b);
	if (!w->key)
		return;
	if (b->len > 0)
		str_add_char(b, '.');
	str_add(b, w->key);
	if (w->index >= 0)
		str_addf(b, "[%d]", w->index);
}

__attribute__((format(printf, 4, 5))) static void fail(struct decoder *d, const struct where *up,
						       const char *key, const char *fmt, ...)
{
	const struct where w = {up, key, -1};
	struct strbuf path = {.max = 256};
	char what[256];
	va_list ap;

	if (d->bad)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	render(&w, &path);
	(void)err_set(d->err, ERR_INPUT, 0, "%s %s", str_get(&path), what);
	str_release(&path);
	d->bad = true;
}

static void *take(struct decoder *d, size_t size, size_t align)
{
	void *at;

	d->used = (d->used + align - 1) / align * align;
	at = d->block ? d->block + d->used : arena_alloc(&d->scratch, size);
	d->used += size;
	return at;
}

#define take_array(d, n, type) ((type *)take_array_bytes(d, n, sizeof(type), _Alignof(type)))

static void *take_array_bytes(struct decoder *d, size_t n, size_t size, size_t align)
{
	return n > 0 ? take(d, n * size, align)
		     : NULL; /* n is a length of an array that fits in memory as JSON */
}

static char *take_string(struct decoder *d, const char *s, size_t len)
{
	char *at;

	if (len == 0)
		return empty;
	if (!d->block) {
		d->used += len + 1;
		return (char *)s;
	}
	at = d->block + d->used;
	memcpy(at, s, len);
	d->used += len + 1;
	return at;
}

static const char *type_name(enum json_type t)
{
	switch (t) {
	case json_type_object:
		return "an object";
	case json_type_array:
		return "an array";
	case json_type_string:
		return "a string";
	case json_type_boolean:
		return "true or false";
	case json_type_int:
		return "an integer";
	case json_type_double:
		return "a number";
	default:
		return "null";
	}
}

/* the value of @key when present and not null; a wrong type is an error */
static struct json_object *field(struct decoder *d, const struct where *w, struct json_object *o,
				 const char *key, enum json_type type)
{
	struct json_object *v = d->bad ? NULL : js_key(o, key);

	if (v && !json_object_is_type(v, type)) {
		fail(d, w, key, "must be %s, is %s", type_name(type),
		     type_name(json_object_get_type(v)));
		return NULL;
	}
	return v;
}

/* the element of @array that @w names; it must be an object */
static struct json_object *element(struct decoder *d, const struct where *w,
				   struct json_object *array)
{
	struct json_object *v = d->bad ? NULL : json_object_array_get_idx(array, (size_t)w->index);

	if (json_object_is_type(v, json_type_object))
		return v;
	fail(d, w, NULL, "must be an object, is %s", type_name(json_object_get_type(v)));
	return NULL;
}

/* borrowed from the JSON; a NUL inside would silently cut the string, so it is refused */
static const char *text(struct decoder *d, const struct where *w, struct json_object *o,
			const char *key, size_t *ret_len)
{
	struct json_object *v = field(d, w, o, key, json_type_string);
	const char *s = v ? json_object_get_string(v) : NULL;

	*ret_len = s ? (size_t)json_object_get_string_len(v) : 0;
	if (s && strlen(s) != *ret_len) {
		fail(d, w, key, "holds a NUL byte");
		return NULL;
	}
	return s;
}

/* a copy, or NULL when absent */
static char *string(struct decoder *d, const struct where *w, struct json_object *o,
		    const char *key)
{
	size_t len;
	const char *s = text(d, w, o, key, &len);

	return s ? take_string(d, s, len) : NULL;
}

static char *string_or_empty(struct decoder *d, const struct where *w, struct json_object *o,
			     const char *key)
{
	char *s = string(d, w, o, key);

	return s ? s : empty;
}

static bool flag(struct decoder *d, const struct where *w, struct json_object *o, const char *key,
		 bool fallback)
{
	struct json_object *v = field(d, w, o, key, json_type_boolean);

	return v ? json_object_get_boolean(v) : fallback;
}

/* 0 when absent and not @needed */
static uint16_t port(struct decoder *d, const struct where *w, struct json_object *o,
		     const char *key, bool needed)
{
	struct json_object *v = field(d, w, o, key, json_type_int);
	int64_t n = v ? json_object_get_int64(v) : 0;

	if (!v && needed)
		fail(d, w, key, "is missing");
	else if (v && (n < (needed ? 1 : 0) || n > 65535))
		fail(d, w, key, "must be 1 to 65535, is %lld", (long long)n);
	return (uint16_t)n;
}

static uint8_t protocol(struct decoder *d, const struct where *w, struct json_object *o)
{
	size_t len;
	const char *s = text(d, w, o, "protocol", &len);

	if (!s || str_eq(s, "TCP"))
		return KUBE_TCP;
	if (str_eq(s, "UDP"))
		return KUBE_UDP;
	if (str_eq(s, "SCTP"))
		return KUBE_SCTP;
	fail(d, w, "protocol", "must be TCP, UDP or SCTP, is '%.40s'", s);
	return KUBE_TCP;
}

static bool label_is(struct json_object *labels, const char *key, const char *value)
{
	struct json_object *v = js_key(labels, key);

	return json_object_is_type(v, json_type_string) && str_eq(json_object_get_string(v), value);
}

static struct kube_label *labels(struct decoder *d, struct json_object *meta, size_t *ret_n)
{
	const struct where w = {NULL, "metadata", -1}, here = {&w, "labels", -1};
	struct json_object *o = field(d, &w, meta, "labels", json_type_object);
	size_t n = o ? (size_t)json_object_object_length(o) : 0, i = 0;
	struct kube_label *l = take_array(d, n, struct kube_label);

	if (n == 0)
		return NULL;
	json_object_object_foreach (o, key, value) {
		(void)value;
		l[i].key = take_string(d, key, strlen(key));
		l[i++].value = string_or_empty(d, &here, o, key);
	}
	*ret_n = n;
	return l;
}

/* ---- kinds ---- */

static void decode_configmap(struct decoder *d, bool slice, struct json_object *json,
			     struct kube_object *o)
{
	const struct where meta_at = {NULL, "metadata", -1}, data_at = {NULL, "data", -1};
	const struct where notes_at = {&meta_at, "annotations", -1};
	struct kube_configmap *c = (struct kube_configmap *)o;
	struct json_object *meta = js_key(json, "metadata"), *data, *l, *notes;

	l = field(d, &meta_at, meta, "labels", json_type_object);
	c->virtual_server = label_is(l, "f5type", "virtual-server") && !label_is(l, "as3", "true");
	notes = field(d, &meta_at, meta, "annotations", json_type_object);
	c->ip = string(d, &notes_at, notes, "virtual-server.f5.com/ip");
	c->status_ip = string(d, &notes_at, notes, "status.virtual-server.f5.com/ip");
	data = field(d, NULL, json, "data", json_type_object);
	c->schema = string(d, &data_at, data, "schema");
	c->data = string(d, &data_at, data, "data");
}

static uint8_t service_type(struct decoder *d, const struct where *w, struct json_object *spec)
{
	static const char *const names[] = {"ClusterIP", "NodePort", "LoadBalancer",
					    "ExternalName"};
	size_t len;
	const char *s = text(d, w, spec, "type", &len);

	for (uint8_t i = 0; s && i < ARRAY_SIZE(names); i++)
		if (str_eq(s, names[i]))
			return i;
	if (s && *s)
		fail(d, w, "type",
		     "must be ClusterIP, NodePort, LoadBalancer or ExternalName, is '%.40s'", s);
	return KUBE_CLUSTER_IP;
}

static void decode_service(struct decoder *d, bool slice, struct json_object *json,
			   struct kube_object *o)
{
	const struct where w = {NULL, "spec", -1}, meta_at = {NULL, "metadata", -1};
	struct kube_service *s = (struct kube_service *)o;
	struct json_object *spec = field(d, NULL, json, "spec", json_type_object), *ports, *l;
	const char *ip;
	size_t len;

	l = field(d, &meta_at, js_key(json, "metadata"), "labels", json_type_object);
	s->apiserver = label_is(l, "component", "apiserver") &&
		       label_is(l, "provider", "kubernetes");
	s->type = service_type(d, &w, spec);
	ip = text(d, &w, spec, "clusterIP", &len);
	s->headless = ip && str_eq(ip, "None");
	ports = field(d, &w, spec, "ports", json_type_array);
	s->ports = take_array(d, js_arr_len(ports), struct kube_service_port);
	for (size_t i = 0; i < js_arr_len(ports); i++) {
		const struct where at = {&w, "ports", (int)i};
		struct json_object *p = element(d, &at, ports);

		s->ports[i].name = string_or_empty(d, &at, p, "name");
		s->ports[i].port = port(d, &at, p, "port", true);
		s->ports[i].node_port = port(d, &at, p, "nodePort", false);
		s->ports[i].protocol = protocol(d, &at, p);
		s->n_ports = i + 1;
	}
}

/* the ports of a subset or slice; a slice's port may be null ("all ports"), which names no member:
 * left out */
static void endpoint_ports(struct decoder *d, const struct where *up, struct json_object *o,
			   bool slice, struct kube_endpoint_set *set)
{
	struct json_object *ports = field(d, up, o, "ports", json_type_array);

	set->ports = take_array(d, js_arr_len(ports), struct kube_endpoint_port);
	for (size_t i = 0; i < js_arr_len(ports) && !d->bad; i++) {
		const struct where at = {up, "ports", (int)i};
		struct json_object *p = element(d, &at, ports);
		struct kube_endpoint_port *to = &set->ports[set->n_ports];

		if (slice && p && !js_key(p, "port"))
			continue;
		to->name = string_or_empty(d, &at, p, "name");
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
	s = take_string(d, s, len);
	cache->names[cache->next++ % ARRAY_SIZE(cache->names)] = s;
	return s;
}

static void subset_addresses(struct decoder *d, const struct where *up, struct json_object *array,
			     const char *key, uint8_t flags, struct node_names *nodes,
			     struct kube_endpoint_set *set)
{
	for (size_t i = 0; i < js_arr_len(array) && !d->bad; i++) {
		const struct where at = {up, key, (int)i};
		struct json_object *a = element(d, &at, array);
		struct kube_endpoint *to = &set->endpoints[set->n_endpoints++];
		size_t len;
		const char *ip = text(d, &at, a, "ip", &len), *node;

		if (!ip || ip_parse(ip, &to->ip) < 0)
			fail(d, &at, "ip", "must be an address, is '%.60s'", ip ? ip : "");
		node = text(d, &at, a, "nodeName", &len);
		to->node = node_name(d, nodes, node, len);
		to->flags = flags;
	}
}

static void decode_subsets(struct decoder *d, struct json_object *json, struct kube_endpoints *e)
{
	struct json_object *subsets = field(d, NULL, json, "subsets", json_type_array);
	struct node_names nodes = {0};

	e->service = e->o.name;
	e->sets = take_array(d, js_arr_len(subsets), struct kube_endpoint_set);
	for (size_t i = 0; i < js_arr_len(subsets) && !d->bad; i++) {
		const struct where at = {NULL, "subsets", (int)i};
		struct json_object *s = element(d, &at, subsets);
		struct json_object *up = field(d, &at, s, "addresses", json_type_array);
		struct json_object *down = field(d, &at, s, "notReadyAddresses", json_type_array);
		struct kube_endpoint_set *set = &e->sets[e->n_sets++];

		set->endpoints = take_array(d, js_arr_len(up) + js_arr_len(down),
					    struct kube_endpoint);
		subset_addresses(d, &at, up, "addresses", KUBE_EP_READY | KUBE_EP_SERVING, &nodes,
				 set);
		subset_addresses(d, &at, down, "notReadyAddresses", 0, &nodes, set);
		endpoint_ports(d, &at, s, false, set);
	}
}

/* conditions of one endpoint of a slice: unknown ready means ready, unknown serving means as ready
 * (API reference) */
static uint8_t slice_flags(struct decoder *d, const struct where *up, struct json_object *e)
{
	const struct where w = {up, "conditions", -1};
	struct json_object *c = field(d, up, e, "conditions", json_type_object);
	bool ready = flag(d, &w, c, "ready", true);
	bool serving = flag(d, &w, c, "serving", ready);
	bool terminating = flag(d, &w, c, "terminating", false);

	return (ready ? KUBE_EP_READY : 0) | (serving ? KUBE_EP_SERVING : 0) |
	       (terminating ? KUBE_EP_TERMINATING : 0);
}

/* v1: nodeName; v1beta1: the topology label */
static const char *slice_node(struct decoder *d, const struct where *up, struct json_object *e,
			      size_t *ret_len)
{
	const struct where w = {up, "topology", -1};
	const char *s = text(d, up, e, "nodeName", ret_len);

	return s ? s
		 : text(d, &w, field(d, up, e, "topology", json_type_object),
			"kubernetes.io/hostname", ret_len);
}

static void slice_endpoint(struct decoder *d, const struct where *at, struct json_object *e,
			   struct node_names *nodes, struct kube_endpoint_set *set)
{
	struct json_object *addresses = field(d, at, e, "addresses", json_type_array);
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
		fail(d, at, "addresses[0]", "must be an address, is %.60s",
		     json_object_get_string(first));
	to->flags = slice_flags(d, at, e);
	node = slice_node(d, at, e, &len);
	to->node = node_name(d, nodes, node, len);
	set->n_endpoints++;
}

static void decode_slice(struct decoder *d, struct json_object *json, struct kube_endpoints *e)
{
	const struct where meta_at = {NULL, "metadata", -1}, labels_at = {&meta_at, "labels", -1};
	struct json_object *l = field(d, &meta_at, js_key(json, "metadata"), "labels",
				      json_type_object);
	struct json_object *list = field(d, NULL, json, "endpoints", json_type_array);
	struct node_names nodes = {0};
	const char *family;
	size_t len;

	e->service = string_or_empty(d, &labels_at, l, "kubernetes.io/service-name");
	e->sets = take_array(d, 1, struct kube_endpoint_set);
	e->n_sets = 1;
	endpoint_ports(d, NULL, json, true, e->sets);
	family = text(d, NULL, json, "addressType", &len);
	if (family &&
	    str_eq(family, "FQDN")) /* names, not addresses: no member can be made of them */
		return;
	e->sets->endpoints = take_array(d, js_arr_len(list), struct kube_endpoint);
	for (size_t i = 0; i < js_arr_len(list) && !d->bad; i++) {
		const struct where at = {NULL, "endpoints", (int)i};
		struct json_object *one = element(d, &at, list);

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
	const struct where w = {NULL, "status", -1};
	struct json_object *list = field(d, &w, status, "addresses", json_type_array);
	struct ip_addr ip, *to = NULL;
	size_t n = 0;

	for (int fill = 0; fill < 2; fill++) {
		if (fill)
			to = take_array(d, n, struct ip_addr);
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
	const struct where spec_at = {NULL, "spec", -1}, status_at = {NULL, "status", -1};
	struct kube_node *n = (struct kube_node *)o;
	struct json_object *spec = field(d, NULL, json, "spec", json_type_object);
	struct json_object *status = field(d, NULL, json, "status", json_type_object);
	struct json_object *conditions = field(d, &status_at, status, "conditions",
					       json_type_array);

	n->labels = labels(d, js_key(json, "metadata"), &n->n_labels);
	n->unschedulable = flag(d, &spec_at, spec, "unschedulable", false);
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
	const struct where w = {NULL, "metadata", -1};
	struct json_object *meta = field(d, NULL, json, "metadata", json_type_object);
	size_t ns_len, name_len;
	const char *ns = text(d, &w, meta, "namespace", &ns_len);
	const char *name = text(d, &w, meta, "name", &name_len);

	if (!name || name_len == 0)
		fail(d, &w, "name", "is missing");
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
	o->uid = string_or_empty(d, &w, meta, "uid");
	o->resource_version = string_or_empty(d, &w, meta, "resourceVersion");
}

static struct kube_object *decode(struct decoder *d, enum kube_kind kind, bool slice,
				  struct json_object *json)
{
	struct kube_object *o = take(d, kinds[kind].size, _Alignof(max_align_t));

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
			      type_name(json_object_get_type(json)));
		d->bad = true;
		return;
	}
	is = text(d, NULL, json, "kind", &len);
	if (is && !str_eq(is, want))
		fail(d, NULL, "kind", "must be '%s', is '%.60s'", want, is);
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
