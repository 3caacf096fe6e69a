#include "check.h"

#include <stdlib.h>

#include "world.h"

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/yaml.h"

char *world_quoted(const char *s)
{
	char *copy = mem_strdup(s);

	for (char *p = copy; p && *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static void give_namespace(struct json_object *json, enum kube_kind kind)
{
	struct json_object *meta = js_key(json, "metadata");

	if (kind != KUBE_NODE && meta && !js_key(meta, "namespace"))
		js_put_str(meta, "namespace", "default");
}

void world_add_json(struct world *w, enum kube_kind kind, bool slice, struct json_object *json)
{
	struct error err = {0};

	assert_true(w->n < WORLD_MAX);
	give_namespace(json, kind);
	if (kube_object_decode(kind, slice, json, &w->objects[w->n], &err) < 0)
		fail_row(js_text(json, NULL), "%s", err.msg);
	w->n++;
}

static bool kind_of_letter(char c, enum kube_kind *kind, bool *slice)
{
	static const struct {
		char letter;
		enum kube_kind kind;
	} letters[] = {
		{'N', KUBE_NODE},      {'S', KUBE_SERVICE},   {'E', KUBE_ENDPOINTS},
		{'L', KUBE_ENDPOINTS}, {'C', KUBE_CONFIGMAP},
	};

	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		if (letters[i].letter == c) {
			*kind = letters[i].kind;
			*slice = c == 'L';
			return true;
		}
	}
	return false;
}

void world_add(struct world *w, const char *lines)
{
	autofree char *text = world_quoted(lines);

	for (char *line = text, *next; line && *line; line = next) {
		struct json_object *json = NULL;
		struct error err = {0};
		enum kube_kind kind = KUBE_KINDS;
		bool slice = false;

		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		assert_true(kind_of_letter(line[0], &kind, &slice));
		if (js_parse(line + 1, strlen(line + 1), &json, &err) < 0)
			fail_row(line, "%s", err.msg);
		world_add_json(w, kind, slice, json);
		json_object_put(json);
	}
}

void world_add_file(struct world *w, const char *path)
{
	static const struct {
		const char *name;
		enum kube_kind kind;
	} kinds[] = {
		{"Node", KUBE_NODE},
		{"Service", KUBE_SERVICE},
		{"Endpoints", KUBE_ENDPOINTS},
		{"ConfigMap", KUBE_CONFIGMAP},
	};
	autofree char *full = mem_printf("%s/%s", TEST_SOURCE_DIR, path);
	static char text[1 << 16];
	struct yaml_docs docs = {0};
	struct error err = {0};
	FILE *f = fopen(full, "r");
	size_t len;

	if (!f)
		fail_row(full, "cannot be opened");
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	if (yaml_parse(text, len, &docs, &err) < 0)
		fail_row(path, "%s", err.msg);
	for (size_t i = 0; i < docs.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++)
			if (str_eq(js_str(docs.docs[i].root, "kind", ""), kinds[k].name))
				world_add_json(w, kinds[k].kind, false, docs.docs[i].root);
	yaml_docs_release(&docs);
}

const struct kube_object *world_get(const struct world *w, enum kube_kind kind, const char *ns,
				    const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->objects[i]->kind == kind && str_eq(w->objects[i]->name, name) &&
		    (kind == KUBE_NODE || str_eq(w->objects[i]->ns, ns)))
			return w->objects[i];
	return NULL;
}

void world_release(struct world *w)
{
	for (size_t i = 0; i < w->n; i++)
		kube_object_free(w->objects[i]);
	w->n = 0;
}

static const struct kube_node *find_node(void *ctx, const char *name)
{
	const struct kube_object *o = world_get(ctx, KUBE_NODE, "", name);

	return o ? container_of(o, struct kube_node, o) : NULL;
}

static size_t all_nodes(void *ctx, const struct kube_node *const **ret)
{
	struct world *w = ctx;

	*ret = w->nodes;
	return w->n_nodes;
}

struct tr_input world_input(struct world *w, const struct kube_object *cm,
			    const struct vs_config *config)
{
	const struct kube_object *service = world_get(w, KUBE_SERVICE, cm->ns, config->service);
	struct tr_input in = {
		.cm = cm,
		.config = config,
		.service = service ? container_of(service, struct kube_service, o) : NULL,
		.endpoints = w->endpoints,
		.node = find_node,
		.nodes = all_nodes,
		.ctx = w,
	};

	w->n_nodes = 0;
	for (size_t i = 0; i < w->n; i++) {
		struct kube_object *o = w->objects[i];

		if (o->kind == KUBE_NODE)
			w->nodes[w->n_nodes++] = container_of(o, struct kube_node, o);
		if (o->kind == KUBE_ENDPOINTS && str_eq(o->ns, cm->ns)) {
			struct kube_endpoints *e = container_of(o, struct kube_endpoints, o);

			if (str_eq(e->service, config->service))
				w->endpoints[in.n_endpoints++] = e;
		}
	}
	return in;
}

struct vs_config *world_config(const struct kube_configmap *cm)
{
	struct vs_schemas *schemas = vs_schemas_new(NULL);
	struct vs_problems problems;
	struct vs_config *config = NULL;

	if (vs_config_parse(schemas, cm, NULL, &config, &problems) < 0)
		fail_row(cm->o.name, "%s: %s", problems.list[0].path, problems.list[0].message);
	vs_schemas_free(schemas);
	return config;
}

static void pool_text(const struct bigip_pool *p, struct strbuf *b)
{
	str_addf(b, " %s", p->lb_mode);
	for (size_t i = 0; i < p->n_monitors; i++)
		str_addf(b, " %s", p->monitors[i]);
	str_add(b, " [");
	for (size_t i = 0; i < p->n_members; i++) {
		str_add(b, i > 0 ? " " : "");
		bigip_member_name(&p->members[i], b);
		if (p->members[i].session == BIGIP_SESSION_DISABLED)
			str_add(b, " disabled");
	}
	str_add(b, "]");
}

static void virtual_text(const struct bigip_virtual *v, struct strbuf *b)
{
	static const char *const snats[] = {"none", "automap", "snat"};
	static const char *const contexts[] = {"", "=clientside", "=serverside"};

	str_addf(b, " %s from %s %s %s%s%s %s", v->destination, v->source, v->ip_protocol,
		 snats[v->snat], v->snat_pool ? "=" : "", v->snat_pool ? v->snat_pool : "",
		 v->pool);
	for (size_t i = 0; i < v->n_profiles; i++)
		str_addf(b, " %s%s", v->profiles[i].path, contexts[v->profiles[i].context]);
	if (!v->enabled || v->connection_limit || v->n_policies || v->n_rules || v->n_vlans ||
	    v->vlans_enabled)
		str_add(b, " and what no ConfigMap asks for");
}

char *world_app_text(const struct bigip_app *app)
{
	struct strbuf b = {0};

	str_addf(&b, "%s in %s\n", app->owner, app->partition);
	for (size_t i = 0; i < app->n_objects; i++) {
		struct bigip_object *o = app->objects[i];

		assert_string_equal(o->partition, app->partition);
		str_addf(&b, "%s %s", bigip_kind_info(o->kind)->name, o->name);
		if (o->kind <= BIGIP_MONITOR_UDP) {
			struct bigip_monitor *m = container_of(o, struct bigip_monitor, o);

			str_addf(&b, " %lld/%lld '%s' '%s'", (long long)m->interval,
				 (long long)m->timeout, m->send, m->recv);
		} else if (o->kind == BIGIP_POOL) {
			pool_text(container_of(o, struct bigip_pool, o), &b);
		} else if (o->kind == BIGIP_VIRTUAL) {
			virtual_text(container_of(o, struct bigip_virtual, o), &b);
		} else if (o->kind == BIGIP_IAPP) {
			struct bigip_iapp *a = container_of(o, struct bigip_iapp, o);

			str_addf(&b, " %s\n %s", a->template_path, js_text(a->options, NULL));
			str_addf(&b, "\n %s", js_text(a->variables, NULL));
			str_addf(&b, "\n %s", js_text(a->tables, NULL));
		}
		str_add_char(&b, '\n');
	}
	return str_take(&b);
}
