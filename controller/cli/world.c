#include "controller/cli/world.h"

#include <errno.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/yaml.h"
#include "common/ev/loop.h"

enum { FILE_MAX = 64 << 20, SYNC_TIMEOUT_MS = 30000 };

static void add(struct world *w, const struct kube_object *given, const char *file, unsigned line)
{
	mem_grow(w->list, w->n, w->cap);
	w->list[w->n++] = (struct world_object){.object = given, .file = file, .line = line};
}

/* ---- files ---- */

static int read_all(const char *path, struct strbuf *out, struct error *err)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *f = standard ? stdin : fopen(path, "re");
	char chunk[65536];
	size_t n;
	int r = 0;

	out->max = FILE_MAX;
	if (!f)
		return err_errno(err, "cannot open '%s'", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		str_add_mem(out, chunk, n);
	if (ferror(f))
		r = err_errno(err, "cannot read '%s'", path);
	else if (out->bad)
		r = err_set(err, ERR_INPUT, 0, "'%s' is larger than %d MiB", path, FILE_MAX >> 20);
	if (!standard)
		fclose(f);
	return r;
}

static bool kind_of(struct json_object *o, enum kube_kind *ret, bool *ret_slice)
{
	static const struct {
		const char *name;
		enum kube_kind kind;
		bool slice;
	} kinds[] = {
		{"ConfigMap", KUBE_CONFIGMAP, false}, {"Service", KUBE_SERVICE, false},
		{"Endpoints", KUBE_ENDPOINTS, false}, {"EndpointSlice", KUBE_ENDPOINTS, true},
		{"Node", KUBE_NODE, false},           {"Namespace", KUBE_NAMESPACE, false},
	};
	const char *name = js_str(o, "kind", "");

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(name, kinds[i].name) == 0) {
			*ret = kinds[i].kind;
			*ret_slice = kinds[i].slice;
			return true;
		}
	}
	return false;
}

/* a manifest without a namespace is for the one that kubectl would take */
static void default_namespace(struct json_object *o, enum kube_kind kind)
{
	struct json_object *meta = js_at(o, "metadata");

	if (kind != KUBE_NODE && kind != KUBE_NAMESPACE &&
	    json_object_is_type(meta, json_type_object) && !js_key(meta, "namespace"))
		js_put_str(meta, "namespace", "default");
}

static int add_document(struct world *w, struct json_object *o, const char *file, unsigned line,
			struct error *err)
{
	struct json_object *items = js_arr(o, "items");
	struct kube_object *object;
	enum kube_kind kind;
	bool slice;

	if (str_ends(js_str(o, "kind", ""), "List") && items) {
		for (size_t i = 0; i < js_arr_len(items); i++) {
			if (add_document(w, json_object_array_get_idx(items, i), file, line, err) <
			    0)
				return err_wrap(err, "items[%zu]", i);
		}
		return 0;
	}
	if (!kind_of(o, &kind, &slice))
		return 0;
	default_namespace(o, kind);
	if (kube_object_decode(kind, slice, o, &object, err) < 0)
		return -1;
	add(w, object, file, line);
	return 0;
}

int world_read_file(struct world *w, const char *path, struct error *err)
{
	struct yaml_docs docs = {0};
	struct strbuf text = {0};
	int r = read_all(path, &text, err);

	if (r == 0 && (r = yaml_parse(str_get(&text), text.len, &docs, err)) < 0)
		err_wrap(err, "%s", path);
	for (size_t i = 0; r == 0 && i < docs.n; i++) {
		r = add_document(w, docs.docs[i].root, path, docs.docs[i].line, err);
		if (r < 0)
			err_wrap(err, "%s: document at line %u", path, docs.docs[i].line);
	}
	yaml_docs_release(&docs);
	str_release(&text);
	return r;
}

/* ---- cluster ---- */

enum { NAMESPACES_MAX = 256, STORES_MAX = 1 + 3 * NAMESPACES_MAX };

struct world_cluster {
	uv_loop_t loop;
	uv_timer_t timer;
	struct kube_client *client;
	struct kube_store *stores[STORES_MAX];
	size_t n, waiting; /* how many are not complete */
	bool timed_out;
};

static void loaded(void *ctx, bool regressed)
{
	struct world_cluster *c = ctx;

	(void)regressed;
	if (c->waiting > 0)
		c->waiting--;
}

static void too_long(uv_timer_t *t)
{
	((struct world_cluster *)t->data)->timed_out = true;
}

static void open_store(struct world_cluster *c, enum kube_kind kind, const char *ns)
{
	const struct kube_store_settings s = {
		.kind = kind,
		.ns = ns,
		.label_selector = kind == KUBE_CONFIGMAP ? "f5type in (virtual-server)" : NULL,
		.on_synced = loaded,
		.ctx = c,
	};

	c->waiting++;
	c->stores[c->n++] = kube_store_new(c->client, &s);
}

static void take(void *ctx, const struct kube_object *o)
{
	add(ctx, o, NULL, 0);
}

static void close_cluster(struct world_cluster *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n; i++)
		kube_store_close(c->stores[i]);
	kube_client_close(c->client);
	uv_close((uv_handle_t *)&c->timer, NULL);
	ev_loop_drain(&c->loop, 2000);
	free(c);
}

int world_read_cluster(struct world *w, struct kube_config *config, const char *const *namespaces,
		       struct error *err)
{
	struct world_cluster *c = w->cluster = mem_alloc(sizeof(*c));

	uv_loop_init(&c->loop);
	uv_timer_init(&c->loop, &c->timer);
	c->timer.data = c;
	if (kube_client_new(&c->loop, config, NULL, &c->client, err) < 0)
		return -1;
	open_store(c, KUBE_NODE, NULL);
	for (size_t i = 0; i == 0 || (i < NAMESPACES_MAX && namespaces[i]); i++) {
		open_store(c, KUBE_CONFIGMAP, namespaces[i]);
		open_store(c, KUBE_SERVICE, namespaces[i]);
		open_store(c, KUBE_ENDPOINTS, namespaces[i]);
		if (!namespaces[i])
			break; /* all of them */
	}
	uv_timer_start(&c->timer, too_long, SYNC_TIMEOUT_MS, 0);
	while (c->waiting > 0 && !c->timed_out)
		uv_run(&c->loop, UV_RUN_ONCE);
	if (c->waiting > 0)
		return err_set(err, ERR_RETRY, 0,
			       "the API server did not list everything within %d s (%zu of %zu "
			       "lists are missing)",
			       SYNC_TIMEOUT_MS / 1000, c->waiting, c->n);
	for (size_t i = 0; i < c->n; i++)
		kube_store_each(c->stores[i], take, w);
	return 0;
}

void world_release(struct world *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->list[i].file)
			kube_object_free((struct kube_object *)w->list[i].object);
	}
	close_cluster(w->cluster);
	free(w->list);
	free(w->endpoints);
	free(w->nodes);
	kube_selector_free(w->node_selector);
	*w = (struct world){0};
}

/* ---- look-ups ---- */

const struct kube_object *world_get(const struct world *w, enum kube_kind kind, const char *ns,
				    const char *name)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct kube_object *o = w->list[i].object;

		if (o->kind == kind && strcmp(o->ns, ns) == 0 && strcmp(o->name, name) == 0)
			return o;
	}
	return NULL;
}

bool world_has_kind(const struct world *w, enum kube_kind kind)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->list[i].object->kind == kind)
			return true;
	}
	return false;
}

static bool fits(const struct world *w, const struct kube_node *n)
{
	return !w->node_selector || kube_selector_matches(w->node_selector, n->labels, n->n_labels);
}

static const struct kube_node *find_node(void *ctx, const char *name)
{
	const struct world *w = ctx;
	const struct kube_node *n = (const void *)world_get(w, KUBE_NODE, "", name);

	return n && fits(w, n) ? n : NULL;
}

static size_t fit_nodes(void *ctx, const struct kube_node *const **ret)
{
	struct world *w = ctx;
	size_t n = 0;

	w->nodes = mem_realloc(w->nodes, w->n + 1, sizeof(w->nodes[0]));
	for (size_t i = 0; i < w->n; i++) {
		const struct kube_node *node = (const void *)w->list[i].object;

		if (node->o.kind == KUBE_NODE && node->ready && fits(w, node))
			w->nodes[n++] = node;
	}
	*ret = w->nodes;
	return n;
}

void world_input(struct world *w, const struct kube_configmap *cm, const struct vs_config *config,
		 struct tr_input *ret)
{
	*ret = (struct tr_input){
		.cm = &cm->o, .config = config, .node = find_node, .nodes = fit_nodes, .ctx = w};
	ret->service = (const void *)world_get(w, KUBE_SERVICE, cm->o.ns, config->service);
	w->endpoints = mem_realloc(w->endpoints, w->n + 1, sizeof(w->endpoints[0]));
	for (size_t i = 0; i < w->n; i++) {
		const struct kube_endpoints *e = (const void *)w->list[i].object;

		if (e->o.kind == KUBE_ENDPOINTS && strcmp(e->o.ns, cm->o.ns) == 0 &&
		    str_eq(e->service, config->service))
			w->endpoints[ret->n_endpoints++] = e;
	}
	ret->endpoints = w->endpoints;
}
