#include "scene.h"

#include <stdlib.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

enum { EXPECT_S = 20 };

#define SCHEMA "f5schemadb://bigip-virtual-server_v0.1.7.json"

void scene_start(struct lane *l, const char *const *flags)
{
	enum { MAX_FLAGS = 8 };
	const char *all[MAX_FLAGS] = {"--verify-interval=600"};

	for (size_t i = 0; flags[i]; i++) {
		assert_true(i + 2 < MAX_FLAGS);
		all[i + 1] = flags[i];
	}
	lane_start_with(l, all);
}

/* ---- Kubernetes ---- */

/* the next word of *text, given; NULL at its end */
static char *word(const char **text)
{
	const char *start = *text + strspn(*text, " ");
	size_t len = strcspn(start, " ");

	*text = start + len;
	return len ? mem_strndup(start, len) : NULL;
}

static struct json_object *new_object(const char *path)
{
	struct json_object *o = js_obj(), *meta = js_obj();
	const char *slash = strchr(path, '/');

	js_put_str(meta, "name", slash ? slash + 1 : path);
	if (slash) {
		autofree char *ns = mem_strndup(path, (size_t)(slash - path));

		js_put_str(meta, "namespace", ns);
	}
	js_put(o, "metadata", meta);
	return o;
}

static void put(struct lane *l, const char *collection, struct json_object *given)
{
	fake_kube_put(l->kube, collection, "%s", js_text(given, NULL));
	json_object_put(given);
}

void scene_delete(struct lane *l, const char *collection, const char *path)
{
	const char *slash = strchr(path, '/');
	autofree char *ns = mem_strndup(path, slash ? (size_t)(slash - path) : 0);

	fake_kube_delete(l->kube, collection, ns, slash ? slash + 1 : path);
}

static void add_label(struct json_object *o, const char *label)
{
	struct json_object *meta = js_key(o, "metadata"), *labels = js_key(meta, "labels");
	autofree char *key = mem_strndup(label, strcspn(label, "="));

	if (!labels)
		js_put(meta, "labels", labels = js_obj());
	js_put_str(labels, key, label + strlen(key) + 1);
}

static void add_address(struct json_object *addresses, const char *type, const char *address)
{
	struct json_object *a = js_obj();

	js_put_str(a, "type", type);
	js_put_str(a, "address", address);
	js_push(addresses, a);
}

static void node_word(struct json_object *o, struct json_object *addresses, const char *w)
{
	struct json_object *taints = js_list(), *taint = js_obj();

	js_put_str(taint, "key", "node-role.kubernetes.io/worker");
	js_put_str(taint, "effect", "NoSchedule");
	js_push(taints, taint);
	if (str_starts(w, "int:"))
		add_address(addresses, "InternalIP", w + 4);
	else if (str_starts(w, "ext:"))
		add_address(addresses, "ExternalIP", w + 4);
	else if (str_starts(w, "host:"))
		add_address(addresses, "Hostname", w + 5);
	else if (str_starts(w, "label:"))
		add_label(o, w + 6);
	else if (str_eq(w, "cordoned"))
		js_put_bool(js_key(o, "spec"), "unschedulable", true);
	else if (str_eq(w, "tainted"))
		js_put(js_key(o, "spec"), "taints", json_object_get(taints));
	else if (!str_eq(w, "notready"))
		fail_msg("node word '%s'", w);
	json_object_put(taints);
}

void scene_node(struct lane *l, const char *name, const char *words)
{
	struct json_object *o = new_object(name), *status = js_obj(), *addresses = js_list();
	struct json_object *conditions = js_list(), *ready = js_obj();
	const char *rest = words;
	char *w;

	js_put(o, "spec", js_obj());
	while ((w = word(&rest))) {
		node_word(o, addresses, w);
		free(w);
	}
	js_put_str(ready, "type", "Ready");
	js_put_str(ready, "status", strstr(words, "notready") ? "False" : "True");
	js_push(conditions, ready);
	js_put(status, "addresses", addresses);
	js_put(status, "conditions", conditions);
	js_put(o, "status", status);
	put(l, NODES, o);
}

void scene_delete_node(struct lane *l, const char *name)
{
	scene_delete(l, NODES, name);
}

void scene_namespace(struct lane *l, const char *name, const char *label)
{
	struct json_object *o = new_object(name);

	if (*label)
		add_label(o, label);
	put(l, NAMESPACES, o);
}

/* "[name=]port[:nodePort][/udp]" */
static struct json_object *port_object(const char *w, bool of_service)
{
	struct json_object *o = js_obj();
	const char *eq = strchr(w, '='), *number = eq ? eq + 1 : w, *colon = strchr(number, ':');
	autofree char *name = mem_strndup(w, eq ? (size_t)(eq - w) : 0);

	if (eq || !of_service)
		js_put_str(o, "name", name);
	js_put_int(o, "port", strtol(number, NULL, 10));
	if (colon)
		js_put_int(o, "nodePort", strtol(colon + 1, NULL, 10));
	js_put_str(o, "protocol", strstr(w, "/udp") ? "UDP" : "TCP");
	return o;
}

static struct json_object *port_list(const char *ports, bool of_service)
{
	struct json_object *list = js_list();
	char *w;

	while ((w = word(&ports))) {
		js_push(list, port_object(w, of_service));
		free(w);
	}
	return list;
}

void scene_service(struct lane *l, const char *path, const char *type, const char *ports)
{
	struct json_object *o = new_object(path), *spec = js_obj();

	js_put_str(spec, "type", type);
	js_put_str(spec, "clusterIP", "10.96.0.1");
	js_put(spec, "ports", port_list(ports, true));
	js_put(o, "spec", spec);
	put(l, SERVICES, o);
}

void scene_endpoints(struct lane *l, const char *path, const char *node, const char *ports,
		     const char *addresses)
{
	autofree char *slice = mem_printf("%s-abc", path);
	autofree char *label = mem_printf("kubernetes.io/service-name=%s", strchr(path, '/') + 1);
	struct json_object *o = new_object(slice), *list = js_list();
	char *w;

	add_label(o, label);
	js_put_str(o, "addressType", "IPv4");
	js_put(o, "ports", port_list(ports, false));
	while ((w = word(&addresses))) {
		struct json_object *e = js_obj(), *ips = js_list(), *conditions = js_obj();

		js_push_str(ips, w[0] == '!' ? w + 1 : w);
		js_put_bool(conditions, "ready", w[0] != '!');
		js_put(e, "addresses", ips);
		js_put(e, "conditions", conditions);
		js_put_str(e, "nodeName", node);
		js_push(list, e);
		free(w);
	}
	js_put(o, "endpoints", list);
	put(l, SLICES, o);
}

/* a copy of what the object has so far */
static struct json_object *annotations_of(struct lane *l, const char *path)
{
	const char *slash = strchr(path, '/');
	autofree char *ns = mem_strndup(path, (size_t)(slash - path));
	struct json_object *old = js_at(fake_kube_get(l->kube, CONFIGMAPS, ns, slash + 1),
					"metadata.annotations");
	struct json_object *o = NULL;

	if (!old || json_object_deep_copy(old, &o, NULL) < 0)
		o = js_obj();
	return o;
}

void scene_document(struct lane *l, const char *path, const char *schema, const char *data,
		    const char *ip)
{
	static const char key[] = "virtual-server.f5.com/ip";
	struct json_object *o = new_object(path), *texts = js_obj();
	struct json_object *annotations = annotations_of(l, path);

	add_label(o, "f5type=virtual-server");
	if (schema)
		js_put_str(texts, "schema", schema);
	if (data)
		js_put_str(texts, "data", data);
	js_put_str(texts, "key1", "value1"); /* other keys mean nothing */
	js_put(o, "data", texts);
	json_object_object_del(annotations, key);
	if (ip)
		js_put_str(annotations, key, ip);
	js_put(js_key(o, "metadata"), "annotations", annotations);
	put(l, CONFIGMAPS, o);
}

void scene_configmap(struct lane *l, const char *path, const char *backend, const char *frontend)
{
	const char *colon = strchr(backend, ':');
	autofree char *data = mem_printf(
		"{'virtualServer':{'backend':{'serviceName':'%.*s','servicePort':%s},"
		"'frontend':{%s%s}}}",
		(int)(colon - backend), backend, colon + 1,
		strstr(frontend, "'partition'") ? "" : "'partition':'K8S',", frontend);

	for (char *c = data; *c; c++) {
		if (*c == '\'')
			*c = '"';
	}
	scene_document(l, path, SCHEMA, data, NULL);
}

const char *scene_event(struct lane *l, const char *path, const char *reason)
{
	const char *name = strchr(path, '/') + 1, *found = NULL;
	struct json_object *o;

	for (size_t i = 0; (o = fake_kube_at(l->kube, EVENTS, i)); i++) {
		if (str_eq(js_str(o, "reason", ""), reason) &&
		    str_eq(js_str(o, "involvedObject.name", ""), name))
			found = js_str(o, "message", "");
	}
	return found;
}

/* ---- the BIG-IP ---- */

struct lines {
	char **list;
	size_t n, cap;
};

static void add_line(struct lines *lines, char *given)
{
	mem_grow(lines->list, lines->n, lines->cap);
	lines->list[lines->n++] = given;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* sorted and joined; empties @lines */
static char *join(struct lines *lines, const char *before, const char *after)
{
	struct strbuf b = {0};

	if (lines->n)
		qsort(lines->list, lines->n, sizeof(lines->list[0]), by_text);
	for (size_t i = 0; i < lines->n; i++) {
		str_addf(&b, "%s%s%s", before, lines->list[i], after);
		free(lines->list[i]);
	}
	free(lines->list);
	*lines = (struct lines){0};
	return str_take(&b);
}

/* without "%0": that is how a device shows the default */
static char *address(const char *s)
{
	const char *percent = strstr(s, "%0");

	if (!percent || (percent[2] >= '0' && percent[2] <= '9'))
		return mem_strdup(s);
	return mem_printf("%.*s%s", (int)(percent - s), s, percent + 2);
}

static char *name_of(struct json_object *o)
{
	const char *partition = js_str(o, "partition", "");

	return str_eq(partition, "K8S") ? mem_strdup(js_str(o, "name", ""))
					: mem_printf("%s/%s", partition, js_str(o, "name", ""));
}

static char *members_text(struct json_object *pool)
{
	struct json_object *items = js_arr(pool, "membersReference.items");
	const char *balance = js_str(pool, "loadBalancingMode", "round-robin");
	bool usual = str_eq(balance, "round-robin");
	struct lines members = {0};
	autofree char *list = NULL;

	for (size_t i = 0; i < js_arr_len(items); i++) {
		struct json_object *m = json_object_array_get_idx(items, i);
		autofree char *name = address(js_str(m, "name", ""));
		bool off = str_eq(js_str(m, "session", ""), "user-disabled");

		add_line(&members, mem_printf("%s%s", name, off ? "-" : ""));
	}
	list = join(&members, " ", "");
	return mem_printf("%s%s:%s", usual ? "" : " ", usual ? "" : balance, list);
}

static char *profiles_text(struct json_object *v)
{
	struct json_object *items = js_arr(v, "profilesReference.items");
	struct lines names = {0};
	autofree char *list = NULL;

	for (size_t i = 0; i < js_arr_len(items); i++)
		add_line(&names,
			 mem_strdup(js_str(json_object_array_get_idx(items, i), "name", "")));
	list = join(&names, "+", "");
	return mem_strdup(list[0] ? list + 1 : "");
}

static struct json_object *find_pool(struct json_object *pools, const char *path)
{
	for (size_t i = 0; i < js_arr_len(pools); i++) {
		struct json_object *p = json_object_array_get_idx(pools, i);

		if (str_eq(js_str(p, "fullPath", ""), path))
			return p;
	}
	return NULL;
}

static char *virtual_text(struct json_object *v, struct json_object *pools)
{
	struct json_object *pool = find_pool(pools, js_str(v, "pool", ""));
	const char *destination = strrchr(js_str(v, "destination", "/"), '/') + 1;
	const char *snat = js_str(v, "sourceAddressTranslation.type", "none");
	const char *snat_pool = js_str(v, "sourceAddressTranslation.pool", "");
	autofree char *name = name_of(v), *at = address(destination), *profiles = profiles_text(v);
	autofree char *members = pool ? members_text(pool) : mem_strdup(": no pool");

	return mem_printf("%s %s %s %s%s%s", name, at, profiles, snat, snat_pool, members);
}

static char *iapp_text(struct json_object *o)
{
	struct json_object *rows = js_arr(json_object_array_get_idx(js_arr(o, "tables"), 0),
					  "rows");
	autofree char *name = name_of(o), *list = NULL;
	struct lines members = {0};

	for (size_t i = 0; i < js_arr_len(rows); i++) {
		struct json_object *row = js_arr(json_object_array_get_idx(rows, i), "row");
		autofree char *ip = address(
			json_object_get_string(json_object_array_get_idx(row, 0)));

		add_line(&members,
			 mem_printf("%s:%s", ip,
				    json_object_get_string(json_object_array_get_idx(row, 1))));
	}
	list = join(&members, " ", "");
	return mem_printf("iapp %s:%s", name, list);
}

static bool in_use(struct json_object *virtuals, struct json_object *pool)
{
	for (size_t i = 0; i < js_arr_len(virtuals); i++) {
		if (str_eq(js_str(json_object_array_get_idx(virtuals, i), "pool", ""),
			   js_str(pool, "fullPath", "-")))
			return true;
	}
	return false;
}

static struct json_object *list_of(struct lane *l, const char *uri)
{
	autofree char *path = mem_printf("/mgmt/tm/%s?expandSubcollections=true", uri);
	struct json_object *o = lane_get(l, path), *ours = js_list(), *items = js_arr(o, "items");

	for (size_t i = 0; i < js_arr_len(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (!str_eq(js_str(item, "partition", "Common"), "Common"))
			js_push(ours, json_object_get(item));
	}
	json_object_put(o);
	return ours;
}

static void add_monitors(struct lane *l, struct lines *lines)
{
	static const char *const kinds[] = {"http", "tcp", "udp"};

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		autofree char *uri = mem_printf("ltm/monitor/%s", kinds[k]);
		autojson struct json_object *items = list_of(l, uri);

		for (size_t i = 0; i < js_arr_len(items); i++) {
			autofree char *name = name_of(json_object_array_get_idx(items, i));

			add_line(lines, mem_printf("%s monitor %s", kinds[k], name));
		}
	}
}

char *scene_text(struct lane *l)
{
	autojson struct json_object *virtuals = list_of(l, "ltm/virtual");
	autojson struct json_object *pools = list_of(l, "ltm/pool");
	autojson struct json_object *iapps = list_of(l, "sys/application/service");
	struct lines lines = {0};

	for (size_t i = 0; i < js_arr_len(virtuals); i++)
		add_line(&lines, virtual_text(json_object_array_get_idx(virtuals, i), pools));
	for (size_t i = 0; i < js_arr_len(pools); i++) {
		struct json_object *p = json_object_array_get_idx(pools, i);
		autofree char *name = name_of(p), *members = members_text(p);

		if (!in_use(virtuals, p))
			add_line(&lines, mem_printf("pool %s%s", name, members));
	}
	for (size_t i = 0; i < js_arr_len(iapps); i++)
		add_line(&lines, iapp_text(json_object_array_get_idx(iapps, i)));
	add_monitors(l, &lines);
	return join(&lines, "", "\n");
}

static bool settled(const struct lane *l)
{
	return l->cluster && l->cluster->queue.n_ready == 0 && l->cluster->queue.n_busy == 0;
}

void scene_expect(struct lane *l, const char *step, const char *want)
{
	uint64_t until = uv_hrtime() + EXPECT_S * 1000000000ull;
	char *got;

	for (;;) {
		got = scene_text(l);
		if (strcmp(got, want) == 0 && settled(l))
			break;
		if (uv_hrtime() > until) {
			print_error("step '%s': want\n%sgot\n%s", step, want, got);
			fail();
		}
		free(got);
		lane_turn(l);
	}
	free(got);
}
