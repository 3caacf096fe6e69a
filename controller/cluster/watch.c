/*
 * watch - the Kubernetes side: which stores are open, and which apps a change concerns
 *
 * Stores per namespace (--namespace, --namespace-label) or one of each for the whole cluster. A
 * ConfigMap is parsed here, when it changes, because the index from Service to apps needs its
 * backend; everything else only says "look at this app again".
 */
#include "controller/cluster/cluster.h"

#include <utlist.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static const char SELECTOR[] = "f5type in (virtual-server)";

static enum work_priority priority_of(const struct cluster *cl, enum work_priority p)
{
	return cl->first_synced ? p : WORK_BULK; /* nothing is urgent before the first sync */
}

/* ---- ConfigMaps ---- */

static bool same_document(const struct kube_configmap *a, const struct kube_configmap *b)
{
	return str_eq(a->schema, b->schema) && str_eq(a->data, b->data) && str_eq(a->ip, b->ip);
}

static void parse(struct cluster *cl, struct app *a, const struct kube_configmap *cm)
{
	struct vs_problems problems = {0};
	struct vs_config *config = NULL;

	vs_problems_release(&a->problems);
	if (vs_config_parse(cl->schemas, cm, cl->settings->partition_list, &config, &problems) == 0)
		apps_set_config(&cl->apps, a, config);
	a->problems = problems;
}

static void configmap_changed(void *ctx, const struct kube_object *before,
			      const struct kube_object *now, bool seen)
{
	const struct watched *w = ctx;
	const struct kube_object *any = now ? now : before;
	const struct kube_configmap *cm = (const void *)now, *old = (const void *)before;
	struct cluster *cl = w->cl;
	struct app *a;

	if (cm && !cm->virtual_server)
		cm = NULL; /* an AS3 ConfigMap with our label */
	if (!cm && !apps_get(&cl->apps, any->ns, any->name))
		return;
	a = apps_ensure(&cl->apps, any->ns, any->name);
	a->cl = cl;
	if (cm && a->present && old && same_document(old, cm))
		return; /* our own status annotation, or metadata that mean nothing to us */
	a->present = cm != NULL;
	a->seen = before && seen; /* its coming says nothing about what else is missing */
	a->hold_passes = 0;
	if (cm)
		parse(cl, a, cm);
	reconcile_add(cl, a, priority_of(cl, WORK_NORMAL));
}

/* ---- Services and endpoints ---- */

static void touch_service(struct cluster *cl, const char *ns, const char *service,
			  enum work_priority priority)
{
	struct app *a;

	for (a = apps_of_service(&cl->apps, ns, service); a; a = a->svc_next)
		reconcile_add(cl, a, priority_of(cl, priority));
}

static void service_changed(void *ctx, const struct kube_object *before,
			    const struct kube_object *now, bool seen)
{
	const struct watched *w = ctx;
	const struct kube_object *any = now ? now : before;
	struct app *a;

	for (a = apps_of_service(&w->cl->apps, any->ns, any->name); a; a = a->svc_next) {
		if (a->present)
			a->seen = before && seen;
	}
	touch_service(w->cl, any->ns, any->name, WORK_NORMAL);
}

static void endpoints_changed(void *ctx, const struct kube_object *before,
			      const struct kube_object *now, bool seen)
{
	const struct kube_endpoints *old = (const void *)before, *cur = (const void *)now;
	const struct watched *w = ctx;

	(void)seen; /* endpoints never decide that an object goes */
	if (cur)
		touch_service(w->cl, cur->o.ns, cur->service, WORK_URGENT);
	if (old && (!cur || !str_eq(old->service, cur->service)))
		touch_service(w->cl, old->o.ns, old->service, WORK_URGENT);
}

/* ---- nodes ---- */

static bool fits(const struct cluster *cl, const struct kube_node *n)
{
	return !cl->node_selector ||
	       kube_selector_matches(cl->node_selector, n->labels, n->n_labels);
}

static bool same_addresses(const struct ip_addr *a, size_t na, const struct ip_addr *b, size_t nb)
{
	if (na != nb)
		return false;
	for (size_t i = 0; i < na; i++) {
		if (!ip_eq(&a[i], &b[i]))
			return false;
	}
	return true;
}

/* nodes report themselves every few seconds; only this concerns us */
static bool same_node(const struct cluster *cl, const struct kube_node *a,
		      const struct kube_node *b)
{
	return fits(cl, a) == fits(cl, b) && a->ready == b->ready &&
	       same_addresses(a->internal, a->n_internal, b->internal, b->n_internal) &&
	       same_addresses(a->external, a->n_external, b->external, b->n_external);
}

static void node_changed(void *ctx, const struct kube_object *before, const struct kube_object *now,
			 bool seen)
{
	struct cluster *cl = ctx;

	(void)seen;
	cl->node_list_valid = false; /* its pointers are into the store */
	if (before && now && same_node(cl, (const void *)before, (const void *)now))
		return;
	if (cl->first_synced)
		reconcile_add_all(cl, WORK_NORMAL, false);
}

static const struct kube_node *find_node(void *ctx, const char *name)
{
	const struct cluster *cl = ctx;
	const struct kube_node *n = (const void *)kube_store_get(cl->nodes, "", name);

	return n && fits(cl, n) ? n : NULL;
}

static void collect_node(void *ctx, const struct kube_object *o)
{
	const struct kube_node *n = (const void *)o;
	struct cluster *cl = ctx;

	if (n->ready && fits(cl, n))
		cl->node_list[cl->n_node_list++] = n;
}

static size_t fit_nodes(void *ctx, const struct kube_node *const **ret)
{
	struct cluster *cl = ctx;

	if (!cl->node_list_valid) {
		cl->n_node_list = 0;
		cl->node_list = mem_realloc(cl->node_list, kube_store_count(cl->nodes) + 1,
					    sizeof(cl->node_list[0]));
		kube_store_each(cl->nodes, collect_node, cl);
		cl->node_list_valid = true;
	}
	*ret = cl->node_list;
	return cl->n_node_list;
}

/* ---- which namespaces ---- */

static bool watched_synced(const struct watched *w)
{
	return kube_store_synced(w->configmaps) && kube_store_synced(w->services) &&
	       kube_store_synced(w->endpoints);
}

static struct watched *watched_of(const struct cluster *cl, const char *ns)
{
	struct watched *w;

	DL_FOREACH (cl->watched, w) {
		if (!w->ns || strcmp(w->ns, ns) == 0)
			return w;
	}
	return NULL;
}

static bool all_synced(const struct cluster *cl)
{
	const struct watched *w;

	if (!kube_store_synced(cl->nodes) || (cl->namespaces && !kube_store_synced(cl->namespaces)))
		return false;
	DL_FOREACH (cl->watched, w) {
		if (!watched_synced(w))
			return false;
	}
	return true;
}

static void synced(struct cluster *cl, bool regressed)
{
	if (regressed && !cl->regressed) {
		log_error("kube.regressed",
			  kv_str("error",
				 "the API server's data went back in time; deletes are held"));
		cl->regressed = true;
	}
	if (!cl->first_synced && all_synced(cl)) {
		cl->first_synced = true;
		log_info("controller.synced", kv_u64("apps", HASH_COUNT(cl->apps.by_key)));
	}
	reconcile_kick(cl);
}

static void store_synced(void *ctx, bool regressed)
{
	struct watched *w = ctx;
	struct app *a, *tmp;

	synced(w->cl, regressed);
	if (!w->ns || !watched_synced(w))
		return;
	HASH_ITER (hh, w->cl->apps.by_key, a, tmp) { /* they waited for this */
		if (watched_of(w->cl, a->ns) == w)
			reconcile_add(w->cl, a, WORK_BULK);
	}
}

static void cluster_store_synced(void *ctx, bool regressed)
{
	synced(ctx, regressed);
}

static struct kube_store *open_store(struct watched *w, enum kube_kind kind, const char *selector,
				     void (*on_change)(void *, const struct kube_object *,
						       const struct kube_object *, bool))
{
	const struct kube_store_settings s = {.kind = kind,
					      .ns = w->ns,
					      .label_selector = selector,
					      .on_change = on_change,
					      .on_synced = store_synced,
					      .ctx = w};

	return kube_store_new(w->cl->kube, &s);
}

static void watch_namespace(struct cluster *cl, const char *ns)
{
	struct watched *w = mem_alloc(sizeof(*w));

	w->cl = cl;
	w->ns = mem_strdup(ns);
	DL_APPEND(cl->watched, w);
	w->services = open_store(w, KUBE_SERVICE, NULL, service_changed);
	w->endpoints = open_store(w, KUBE_ENDPOINTS, NULL, endpoints_changed);
	w->configmaps = open_store(w, KUBE_CONFIGMAP, SELECTOR, configmap_changed);
}

static void unwatch(struct cluster *cl, struct watched *w)
{
	DL_DELETE(cl->watched, w);
	kube_store_close(w->configmaps);
	kube_store_close(w->services);
	kube_store_close(w->endpoints);
	free(w->ns);
	free(w);
}

/* --namespace-label: a namespace came or went */
static void namespace_changed(void *ctx, const struct kube_object *before,
			      const struct kube_object *now, bool seen)
{
	struct cluster *cl = ctx;
	struct app *a, *tmp;
	struct watched *w;

	if (now && !before) {
		log_info("kube.namespace", kv_str("namespace", now->name),
			 kv_str("change", "added"));
		watch_namespace(cl, now->name);
	}
	if (now || !(w = watched_of(cl, before->name)))
		return;
	log_info("kube.namespace", kv_str("namespace", before->name), kv_str("change", "removed"));
	unwatch(cl, w);
	HASH_ITER (hh, cl->apps.by_key, a, tmp) {
		if (strcmp(a->ns, before->name) != 0)
			continue;
		a->present = false;
		a->seen = seen;
		reconcile_add(cl, a, WORK_NORMAL);
	}
}

/* ---- for reconcile.c ---- */

bool watch_synced(const struct cluster *cl)
{
	return cl->first_synced;
}

bool watch_app_synced(const struct cluster *cl, const struct app *a)
{
	const struct watched *w = watched_of(cl, a->ns);

	return !w || watched_synced(w);
}

bool watch_healthy(const struct cluster *cl)
{
	const struct watched *w;

	if (!kube_store_healthy(cl->nodes) ||
	    (cl->namespaces && !kube_store_healthy(cl->namespaces)))
		return false;
	DL_FOREACH (cl->watched, w) {
		if (!kube_store_healthy(w->configmaps) || !kube_store_healthy(w->services) ||
		    !kube_store_healthy(w->endpoints))
			return false;
	}
	return true;
}

bool watch_suspicious(const struct cluster *cl)
{
	const struct watched *w;

	if (cl->regressed)
		return true;
	DL_FOREACH (cl->watched, w) {
		if (kube_store_count(w->configmaps) > 0)
			return false;
	}
	return true;
}

const struct kube_configmap *watch_configmap(const struct cluster *cl, const struct app *a)
{
	const struct watched *w = watched_of(cl, a->ns);

	return w ? (const void *)kube_store_get(w->configmaps, a->ns, a->name) : NULL;
}

void watch_input(struct cluster *cl, const struct app *a, struct tr_input *ret)
{
	const struct watched *w = watched_of(cl, a->ns);

	ret->node = find_node;
	ret->nodes = fit_nodes;
	ret->ctx = cl;
	ret->service = (const void *)kube_store_get(w->services, a->ns, a->config->service);
	ret->n_endpoints = kube_store_endpoints(w->endpoints, a->ns, a->config->service,
						&ret->endpoints);
}

int watch_start(struct cluster *cl, struct error *err)
{
	const struct settings *s = cl->settings;
	struct kube_store_settings nodes = {.kind = KUBE_NODE,
					    .on_change = node_changed,
					    .on_synced = cluster_store_synced,
					    .ctx = cl};
	struct kube_store_settings spaces = {.kind = KUBE_NAMESPACE,
					     .label_selector = s->namespace_label,
					     .on_change = namespace_changed,
					     .on_synced = cluster_store_synced,
					     .ctx = cl};

	if (!str_empty(s->node_selector) &&
	    kube_selector_parse(s->node_selector, &cl->node_selector, err) < 0)
		return err_wrap(err, "--node-label-selector");
	cl->nodes = kube_store_new(cl->kube, &nodes);
	if (!str_empty(s->namespace_label)) {
		cl->namespaces = kube_store_new(cl->kube, &spaces);
	} else if (!s->namespace_list[0]) {
		watch_namespace(cl, NULL);
	} else {
		for (size_t i = 0; s->namespace_list[i]; i++)
			watch_namespace(cl, s->namespace_list[i]);
	}
	return 0;
}

void watch_stop(struct cluster *cl)
{
	struct watched *w, *tmp;

	DL_FOREACH_SAFE (cl->watched, w, tmp)
		unwatch(cl, w);
	kube_store_close(cl->nodes);
	kube_store_close(cl->namespaces);
	kube_selector_free(cl->node_selector);
	free(cl->node_list);
	cl->nodes = cl->namespaces = NULL;
	cl->node_selector = NULL;
	cl->node_list = NULL;
}
