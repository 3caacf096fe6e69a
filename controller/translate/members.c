#include "controller/translate/members.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/base/str.h"

static bool wants_udp(const struct vs_config *c)
{
	return str_eq(c->mode, "udp");
}

/* a Service may have one number as TCP and as UDP port; then the virtual's mode decides */
static const struct kube_service_port *service_port(const struct kube_service *s,
						    const struct vs_config *c)
{
	const uint8_t protocol = wants_udp(c) ? KUBE_UDP : KUBE_TCP;
	const struct kube_service_port *found = NULL;

	for (size_t i = 0; i < s->n_ports; i++) {
		if (s->ports[i].port != c->service_port)
			continue;
		if (s->ports[i].protocol == protocol)
			return &s->ports[i];
		if (!found)
			found = &s->ports[i];
	}
	return found;
}

static void say_no_port(const struct tr_input *in, struct tr_status *status)
{
	struct strbuf ports = {.max = 120};

	for (size_t i = 0; i < in->service->n_ports; i++)
		str_addf(&ports, "%s%u", i > 0 ? ", " : "", in->service->ports[i].port);
	status->state = TR_NO_PORT;
	snprintf(status->message, sizeof(status->message),
		 "Service %s/%s has no port %u; its ports: %s%s", in->cm->ns, in->config->service,
		 in->config->service_port, ports.len > 0 ? str_get(&ports) : "none",
		 ports.bad ? ", ..." : "");
	str_release(&ports);
}

static int cmp_backends(const void *a, const void *b)
{
	const struct tr_backend *x = a, *y = b;
	int order = bigip_member_cmp(&x->member, &y->member);

	return order ? order : (int)x->state - (int)y->state;
}

void tr_backends_append(struct tr_backends *b, const struct bigip_member *m,
			enum tr_backend_state state)
{
	mem_grow(b->list, b->n, b->cap);
	b->list[b->n++] = (struct tr_backend){
		.member = {.ip = m->ip, .rd = m->rd, .port = m->port},
		.state = state,
	};
}

void tr_backends_sort(struct tr_backends *b)
{
	size_t kept = 0;

	if (b->n > 0)
		qsort(b->list, b->n, sizeof(*b->list), cmp_backends);
	for (size_t i = 0; i < b->n; i++)
		if (kept == 0 ||
		    bigip_member_cmp(&b->list[kept - 1].member, &b->list[i].member) != 0)
			b->list[kept++] = b->list[i];
	b->n = kept;
}

static void append(struct tr_backends *b, const struct ip_addr *ip, uint32_t rd, uint16_t port,
		   enum tr_backend_state state)
{
	struct bigip_member m = {.ip = *ip, .rd = rd, .port = port};

	tr_backends_append(b, &m, state);
}

static enum tr_backend_state endpoint_state(const struct kube_endpoint *e)
{
	if (e->flags & KUBE_EP_TERMINATING)
		return e->flags & (KUBE_EP_SERVING | KUBE_EP_READY) ? TR_BACKEND_TERMINATING
								    : TR_BACKEND_DOWN;
	return e->flags & KUBE_EP_READY ? TR_BACKEND_SERVING : TR_BACKEND_DOWN;
}

/*
 * An address counts only on a node that we know and that has an address of the wanted type.
 * Addresses of no node (hand-made endpoints, external back ends), of headless Services and of the
 * API server itself count always.
 */
static bool node_fits(const struct tr_settings *settings, const struct tr_input *in,
		      const struct kube_endpoint *e)
{
	const struct kube_node *node;

	if (!e->node || !in->node || in->service->headless || in->service->apiserver)
		return true;
	node = in->node(in->ctx, e->node);
	return node && (settings->use_node_internal ? node->n_internal : node->n_external) > 0;
}

/* the ports of a set that carry the Service port's name; its protocol decides only between several
   of that name, because hand-made endpoints often leave it at TCP */
static bool port_matches(const struct kube_endpoint_set *set, size_t i,
			 const struct kube_service_port *wanted)
{
	if (!str_eq(set->ports[i].name, wanted->name))
		return false;
	if (set->ports[i].protocol == wanted->protocol)
		return true;
	for (size_t k = 0; k < set->n_ports; k++)
		if (str_eq(set->ports[k].name, wanted->name) &&
		    set->ports[k].protocol == wanted->protocol)
			return false;
	return true;
}

static uint8_t virtual_family(const struct vs_config *c)
{
	struct ip_addr ip;
	int32_t rd;

	if (!c->bind_addr || vs_bind_addr_parse(c->bind_addr, &ip, &rd) < 0)
		return 0;
	return ip.family;
}

/* A dual-stack Service has slices of both families with the same pods. The virtual's family is
   taken, so that no pod is in its pool twice; 0: all there is. One Endpoints object is taken as it
   is. */
static uint8_t wanted_family(const struct tr_input *in)
{
	bool seen[2] = {false, false};
	uint8_t family = virtual_family(in->config);

	if (in->n_endpoints < 2)
		return 0;
	for (size_t i = 0; i < in->n_endpoints; i++) {
		const struct kube_endpoints *eps = in->endpoints[i];

		for (size_t s = 0; s < eps->n_sets; s++)
			for (size_t e = 0; e < eps->sets[s].n_endpoints; e++)
				seen[eps->sets[s].endpoints[e].ip.family == 6] = true;
	}
	if (!seen[0] || !seen[1])
		return 0;
	return family ? family : 4;
}

static void collect_set(const struct tr_settings *settings, const struct tr_input *in,
			const struct kube_endpoint_set *set, const struct kube_service_port *port,
			uint8_t family, struct tr_backends *ret)
{
	for (size_t p = 0; p < set->n_ports; p++) {
		if (!port_matches(set, p, port))
			continue;
		for (size_t e = 0; e < set->n_endpoints; e++) {
			const struct kube_endpoint *ep = &set->endpoints[e];
			enum tr_backend_state state = endpoint_state(ep);

			if (!ep->ip.family || (family && ep->ip.family != family))
				continue;
			if (!node_fits(settings, in, ep)) {
				ret->n_skipped += state != TR_BACKEND_DOWN;
				continue;
			}
			/* without draining a terminating endpoint is in only if it counts as ready
			   all the same (publishNotReadyAddresses) */
			if (state == TR_BACKEND_TERMINATING && !settings->drain)
				state = ep->flags & KUBE_EP_READY ? TR_BACKEND_SERVING
								  : TR_BACKEND_DOWN;
			append(ret, &ep->ip, in->default_rd, set->ports[p].port, state);
		}
	}
}

static void collect_endpoints(const struct tr_settings *settings, const struct tr_input *in,
			      const struct kube_service_port *port, struct tr_backends *ret,
			      struct tr_status *status)
{
	uint8_t family = wanted_family(in);

	if (in->n_endpoints == 0) {
		status->state = TR_NO_ENDPOINTS;
		snprintf(status->message, sizeof(status->message), "Service %s/%s has no endpoints",
			 in->cm->ns, in->config->service);
		return;
	}
	for (size_t i = 0; i < in->n_endpoints; i++)
		for (size_t s = 0; s < in->endpoints[i]->n_sets; s++)
			collect_set(settings, in, &in->endpoints[i]->sets[s], port, family, ret);
}

/* all addresses of the wanted type, in the virtual's family if the node has one in it */
static void collect_node(const struct tr_settings *settings, const struct tr_input *in,
			 const struct kube_node *node, uint16_t port, struct tr_backends *ret)
{
	const struct ip_addr *list = settings->use_node_internal ? node->internal : node->external;
	size_t n = settings->use_node_internal ? node->n_internal : node->n_external;
	uint8_t family = virtual_family(in->config);
	bool has = false;

	for (size_t i = 0; i < n; i++)
		has |= list[i].family == family;
	if (!has && n > 0)
		family = list[0].family;
	for (size_t i = 0; i < n; i++)
		if (list[i].family == family)
			append(ret, &list[i], in->default_rd, port, TR_BACKEND_SERVING);
	ret->n_skipped += n == 0;
}

static void collect_nodes(const struct tr_settings *settings, const struct tr_input *in,
			  const struct kube_service_port *port, struct tr_backends *ret,
			  struct tr_status *status)
{
	const struct kube_node *const *nodes = NULL;
	size_t n;

	if (in->service->type != KUBE_NODE_PORT && in->service->type != KUBE_LOAD_BALANCER) {
		status->state = TR_WRONG_SERVICE_TYPE;
		snprintf(status->message, sizeof(status->message),
			 "Service %s/%s is neither of type NodePort nor LoadBalancer, which "
			 "--pool-member-type=nodeport needs",
			 in->cm->ns, in->config->service);
		return;
	}
	if (!port->node_port) {
		snprintf(status->message, sizeof(status->message),
			 "port %u of Service %s/%s has no nodePort", port->port, in->cm->ns,
			 in->config->service);
		return;
	}
	n = in->nodes(in->ctx, &nodes);
	for (size_t i = 0; i < n; i++)
		collect_node(settings, in, nodes[i], port->node_port, ret);
}

void tr_backends_collect(const struct tr_settings *settings, const struct tr_input *in,
			 struct tr_backends *ret, struct tr_status *ret_status)
{
	const struct kube_service_port *port;

	*ret_status = (struct tr_status){.state = TR_ACTIVE};
	if (!in->service) {
		ret_status->state = TR_NO_SERVICE;
		snprintf(ret_status->message, sizeof(ret_status->message),
			 "Service %s/%s does not exist", in->cm->ns, in->config->service);
		return;
	}
	port = service_port(in->service, in->config);
	if (!port) {
		say_no_port(in, ret_status);
		return;
	}
	if (settings->cluster)
		collect_endpoints(settings, in, port, ret, ret_status);
	else
		collect_nodes(settings, in, port, ret, ret_status);
	tr_backends_sort(ret);
}

struct tr_backend *tr_backends_find(const struct tr_backends *b, const struct bigip_member *m)
{
	size_t low = 0, high = b->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = bigip_member_cmp(&b->list[mid].member, m);

		if (order == 0)
			return &b->list[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

void tr_backends_release(struct tr_backends *b)
{
	free(b->list);
	*b = (struct tr_backends){0};
}
