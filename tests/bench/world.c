/*
 * world - the objects of a benchmark in a real API server: N ConfigMaps with N Services, each with
 * an EndpointSlice that nobody else manages
 *
 * Written with many requests in flight over one HTTP/2 connection by the controller's own client.
 */
#include <stdlib.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "tests/bench/bench.h"

const char WORLD_NS[] = "bench", WORLD_PARTITION[] = "k8s";

enum { WINDOW = 48, NODES = 3, LIMIT_S = 900 };

static const char SLICES[] = "/apis/discovery.k8s.io/v1beta1/namespaces/bench/endpointslices";

/* ---- requests ---- */

static void replied(void *ctx, int status, struct json_object *body, const struct error *err)
{
	struct world *w = ctx;

	w->replied_us = clock_wall_us();
	w->in_flight--;
	if (err && status != 409) /* there already: a second run against the same server */
		(void)snprintf(w->failed, sizeof(w->failed), "%s", err->msg);
}

static bool below_window(void *ctx)
{
	const struct world *w = ctx;

	return w->in_flight < WINDOW || w->failed[0];
}

static bool idle(void *ctx)
{
	const struct world *w = ctx;

	return w->in_flight == 0 || w->failed[0];
}

static void check(const struct world *w)
{
	if (w->failed[0])
		bench_die("API server: %s", w->failed);
}

static void submit(struct world *w, const char *method, const char *path, struct json_object *given)
{
	if (!below_window(w))
		bench_wait(w->loop, below_window, w, 1000, LIMIT_S, "the API server answers");
	check(w);
	w->in_flight++;
	kube_request(w->kube, method, path, "application/json", given, replied, w);
}

static void finish(struct world *w)
{
	if (!idle(w))
		bench_wait(w->loop, idle, w, 1000, LIMIT_S, "the API server answers");
	check(w);
}

/* ---- objects ---- */

static struct json_object *object(const char *api_version, const char *kind, const char *name)
{
	struct json_object *o = js_obj(), *meta = js_obj();

	js_put_str(o, "apiVersion", api_version);
	js_put_str(o, "kind", kind);
	js_put_str(meta, "name", name);
	js_put(o, "metadata", meta);
	return o;
}

static void label(struct json_object *o, const char *key, const char *value)
{
	struct json_object *labels = js_obj();

	js_put_str(labels, key, value);
	js_put(js_key(o, "metadata"), "labels", labels);
}

static struct json_object *node(unsigned i)
{
	autofree char *name = mem_printf("node-%u", i), *ip = mem_printf("192.0.2.%u", i + 1);
	struct json_object *o = object("v1", "Node", name), *status = js_obj(), *list = js_list();
	struct json_object *address = js_obj(), *ready = js_obj(), *conditions = js_list();

	js_put_str(address, "type", "InternalIP");
	js_put_str(address, "address", ip);
	js_push(list, address);
	js_put(status, "addresses", list);
	js_put_str(ready, "type", "Ready");
	js_put_str(ready, "status", "True");
	js_push(conditions, ready);
	js_put(status, "conditions", conditions);
	js_put(o, "status", status);
	return o;
}

static struct json_object *service(const char *name)
{
	struct json_object *o = object("v1", "Service", name), *spec = js_obj(), *ports = js_list();
	struct json_object *port = js_obj();

	js_put_int(port, "port", 80);
	js_put_int(port, "targetPort", 8080);
	js_push(ports, port);
	js_put(spec, "ports", ports);
	js_put(o, "spec", spec);
	return o;
}

static struct json_object *slice(const struct world *w, const char *name, unsigned virtual,
				 unsigned members)
{
	struct json_object *o = object("discovery.k8s.io/v1beta1", "EndpointSlice", name);
	struct json_object *list = js_list(), *ports = js_list(), *port = js_obj();

	label(o, "kubernetes.io/service-name", name);
	js_put_str(o, "addressType", "IPv4");
	for (unsigned m = 0; m < members; m++) {
		unsigned n = virtual * (w->members + 1) + m;
		autofree char *ip = mem_printf("10.%u.%u.%u", 64 + (n >> 16), n >> 8 & 255,
					       n & 255);
		autofree char *host = mem_printf("node-%u", n % NODES);
		struct json_object *e = js_obj(), *addresses = js_list(), *topology = js_obj();
		struct json_object *conditions = js_obj();

		js_push_str(addresses, ip);
		js_put(e, "addresses", addresses);
		js_put_bool(conditions, "ready", true);
		js_put(e, "conditions", conditions);
		js_put_str(topology, "kubernetes.io/hostname", host);
		js_put(e, "topology", topology);
		js_push(list, e);
	}
	js_put(o, "endpoints", list);
	js_put_int(port, "port", 8080);
	js_put_str(port, "protocol", "TCP");
	js_push(ports, port);
	js_put(o, "ports", ports);
	return o;
}

static struct json_object *configmap(const char *name, unsigned virtual)
{
	autofree char *text = mem_printf(
		"{\"virtualServer\":{\"backend\":{\"servicePort\":80,\"serviceName\":\"%s\","
		"\"healthMonitors\":[{\"interval\":5,\"protocol\":\"http\","
		"\"send\":\"GET /health.html HTTP/1.1\\r\\nHost:%s\\r\\n\\r\\n\","
		"\"recv\":\"server is ok\",\"timeout\":16}]},\"frontend\":{\"virtualAddress\":"
		"{\"port\":80,\"bindAddr\":\"172.16.%u.%u\"},\"partition\":\"%s\","
		"\"balance\":\"least-connections-member\",\"mode\":\"http\"}}}",
		name, name, virtual / 250, virtual % 250 + 1, WORLD_PARTITION);
	struct json_object *o = object("v1", "ConfigMap", name), *data = js_obj();

	label(o, "f5type", "virtual-server");
	js_put_str(data, "schema", "f5schemadb://bigip-virtual-server_v0.1.7.json");
	js_put_str(data, "data", text);
	js_put(o, "data", data);
	return o;
}

/* ---- loading ---- */

void world_open(struct world *w, uv_loop_t *loop, const char *kubeconfig)
{
	struct kube_config *config;
	struct error err = {0};

	*w = (struct world){.loop = loop};
	if (kube_config_load(kubeconfig, NULL, &config, &err) < 0 ||
	    kube_client_new(loop, config, NULL, &w->kube, &err) < 0)
		bench_die("%s", err.msg);
	submit(w, "POST", "/api/v1/namespaces", object("v1", "Namespace", WORLD_NS));
	for (unsigned i = 0; i < NODES; i++)
		submit(w, "POST", "/api/v1/nodes", node(i));
	finish(w);
}

void world_load(struct world *w, unsigned virtuals, unsigned members)
{
	w->virtuals = virtuals;
	w->members = members;
	w->grown = mem_calloc(virtuals, sizeof(*w->grown));
	for (unsigned i = 0; i < virtuals; i++) {
		autofree char *name = mem_printf("app-%u", i);

		submit(w, "POST", "/api/v1/namespaces/bench/services", service(name));
		submit(w, "POST", SLICES, slice(w, name, i, members));
		submit(w, "POST", "/api/v1/namespaces/bench/configmaps", configmap(name, i));
	}
	finish(w);
}

void world_close(struct world *w)
{
	world_unwatch(w);
	kube_client_close(w->kube);
	free(w->grown);
}

/* ---- changing ---- */

void world_change(struct world *w, unsigned virtual)
{
	autofree char *name = mem_printf("app-%u", virtual),
		      *path = mem_printf("%s/%s", SLICES, name);

	w->grown[virtual] = !w->grown[virtual];
	submit(w, "PUT", path, slice(w, name, virtual, w->members + w->grown[virtual]));
	finish(w);
}

size_t world_endpoints(const struct world *w)
{
	size_t n = (size_t)w->virtuals * w->members;

	for (unsigned i = 0; i < w->virtuals; i++)
		n += w->grown[i];
	return n;
}

static void changed(void *ctx, const struct kube_object *before, const struct kube_object *now,
		    bool seen)
{
	struct world *w = ctx;

	if (seen)
		w->event_us = clock_wall_us();
}

static void synced(void *ctx, bool regressed)
{
}

static bool watching(void *ctx)
{
	return kube_store_synced(ctx);
}

void world_watch(struct world *w)
{
	const struct kube_store_settings s = {.kind = KUBE_ENDPOINTS,
					      .ns = WORLD_NS,
					      .on_change = changed,
					      .on_synced = synced,
					      .ctx = w};

	w->watch = kube_store_new(w->kube, &s);
	bench_wait(w->loop, watching, w->watch, 5, LIMIT_S, "our own watch has begun");
}

void world_unwatch(struct world *w)
{
	kube_store_close(w->watch);
	w->watch = NULL;
}
