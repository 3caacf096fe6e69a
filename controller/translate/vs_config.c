/*
 * vs_config - from the two texts of a ConfigMap to a checked struct, or to all that is wrong with
 * them
 *
 *   data.schema -> which schema (built in, or from --schema-db-base-dir)
 *   data.data   -> JSON -> schema violations -> BIG-IP's own rules (vs_check.c) -> struct vs_config
 *
 * Every stage runs even if an earlier one complained, as far as its input exists, so that one look
 * shows everything that has to change. The schemas are compiled once, not at every parse.
 */
#include "controller/translate/vs_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/translate/vs_check.h"
#include "schemas/schemas.h"

enum {
	MAX_SCHEMA_FILE = 1 << 20,
	MAX_SCHEMAS = 64, /* different names kept; ConfigMaps choose them */
};

#define DEFAULT_BASE_DIR "file:///app/vendor/src/f5/schemas/"

struct entry {
	char *name;
	struct jsonschema *schema; /* NULL: @problem */
	char *problem;
};

struct vs_schemas {
	char *base_url; /* "file:///dir/", or NULL */
	struct entry *list;
	size_t n, cap;
};

struct vs_schemas *vs_schemas_new(const char *base_dir)
{
	struct vs_schemas *s = mem_alloc(sizeof(*s));

	if (!str_empty(base_dir))
		s->base_url = mem_printf("%s%s%s", strstr(base_dir, "://") ? "" : "file://",
					 base_dir, str_ends(base_dir, "/") ? "" : "/");
	return s;
}

static void clear_schemas(struct vs_schemas *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->list[i].name);
		free(s->list[i].problem);
		jsonschema_free(s->list[i].schema);
	}
	s->n = 0;
}

void vs_schemas_free(struct vs_schemas *s)
{
	if (!s)
		return;
	clear_schemas(s);
	free(s->list);
	free(s->base_url);
	free(s);
}

/* 1: read, 0: there is no such file, -1 */
static int read_file(const char *path, struct strbuf *ret, struct error *err)
{
	FILE *f = fopen(path, "re");
	char buf[4096];
	size_t n;
	bool bad;

	if (!f && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (!f)
		return err_errno(err, "cannot open '%s'", path);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0 && !ret->bad)
		str_add_mem(ret, buf, n);
	bad = ferror(f);
	fclose(f);
	if (bad || ret->bad)
		return err_set(err, ERR_INPUT, 0, "cannot read '%s'%s", path,
			       bad ? "" : ": it is too long for a schema");
	return 1;
}

/* from the directory, if it has that file; 1, 0 or -1 as read_file() */
static int load_file(const struct vs_schemas *s, const char *name, struct jsonschema **ret,
		     struct error *err)
{
	autofree char *path = NULL;
	struct strbuf text autoclean(str_release) = {.max = MAX_SCHEMA_FILE};
	autojson struct json_object *doc = NULL;
	int r;

	if (!s->base_url || !str_starts(s->base_url, "file://"))
		return 0;
	path = mem_printf("%s%s", s->base_url + strlen("file://"), name);
	r = read_file(path, &text, err);
	if (r <= 0)
		return r;
	if (js_parse(str_get(&text), text.len, &doc, err) < 0 || schemas_compile(doc, ret, err) < 0)
		return err_wrap(err, "schema file '%s'", path);
	return 1;
}

static const struct entry *find_schema(struct vs_schemas *s, const char *name)
{
	struct entry e = {0};
	struct error err = {0};
	int r;

	for (size_t i = 0; i < s->n; i++)
		if (str_eq(s->list[i].name, name))
			return &s->list[i];
	if (s->n >= MAX_SCHEMAS)
		clear_schemas(s);
	r = load_file(s, name, &e.schema, &err);
	if (r == 0)
		r = schemas_load(name, &e.schema, &err);
	if (r < 0)
		e.problem = mem_strdup(err.msg);
	e.name = mem_strdup(name);
	mem_grow(s->list, s->n, s->cap);
	s->list[s->n] = e;
	return &s->list[s->n++];
}

/* "f5schemadb://NAME", the same with the base directory's URL in its place, or NAME alone; NULL: a
 * problem was added */
static const struct jsonschema *resolve_schema(struct vs_schemas *s, const char *written,
					       struct vs_problems *problems)
{
	static const char path[] = "data.schema";
	const char *const bases[] = {s->base_url, DEFAULT_BASE_DIR};
	char buf[SCHEMAS_NAME_MAX];
	const char *name = schemas_name(written, buf);
	const struct entry *e;

	for (size_t i = 0; name && i < ARRAY_SIZE(bases); i++) {
		if (bases[i] && str_starts(name, bases[i])) {
			name += strlen(bases[i]);
			break;
		}
	}
	if (!name || !*name) {
		vs_problems_add(problems, path, "\"%.64s\" is not the name of a schema", written);
		return NULL;
	}
	if (strchr(name, '/')) {
		vs_problems_add(problems, path,
				"\"%.100s\" is not a schema of this controller: want "
				"\"f5schemadb://bigip-virtual-server_v0.1.7.json\"",
				name);
		return NULL;
	}
	e = find_schema(s, name);
	if (e->problem)
		vs_problems_add(problems, path, "%s", e->problem);
	return e->schema;
}

/* returns how many violations the report has no room for */
static size_t check_schema(const struct jsonschema *schema, struct json_object *doc,
			   struct vs_problems *problems)
{
	struct jsonschema_report report autoclean(jsonschema_report_release) = {0};

	if (jsonschema_validate(schema, doc, &report))
		return 0;
	for (size_t i = 0; i < report.n; i++)
		vs_problems_add(problems,
				report.list[i].path[0] ? report.list[i].path : "data.data", "%s",
				report.list[i].message);
	return report.total - report.n;
}

/* ---- a document without problems becomes a struct ---- */

static char *text(struct json_object *o, const char *key, const char *fallback)
{
	return mem_strdup(js_str(o, key, fallback));
}

static void build_monitors(struct json_object *list, struct vs_config *c)
{
	size_t n = js_arr_len(list);

	if (n == 0)
		return;
	c->monitors = mem_calloc(n, sizeof(*c->monitors));
	for (size_t i = 0; i < n; i++) {
		struct json_object *from = json_object_array_get_idx(list, i);
		struct vs_monitor *m = &c->monitors[c->n_monitors++];
		bool http;

		m->protocol = text(from, "protocol", "tcp");
		m->interval = js_int(from, "interval", VS_DEFAULT_INTERVAL_S);
		m->timeout = js_int(from, "timeout", VS_DEFAULT_TIMEOUT_S);
		http = str_eq(m->protocol, "http");
		m->send = text(from, "send", http ? "GET /\\r\\n" : ""); /* BIG-IP's escapes */
		m->recv = text(from, "recv", "");
	}
}

static void add_ssl_profile(struct vs_config *c, struct json_object *name)
{
	if (!json_object_is_type(name, json_type_string))
		return;
	c->ssl_profiles = mem_realloc(c->ssl_profiles, c->n_ssl_profiles + 1,
				      sizeof(*c->ssl_profiles));
	c->ssl_profiles[c->n_ssl_profiles++] = mem_strdup(json_object_get_string(name));
}

/* both keys may be there: then the single name counts, if it is not empty */
static void build_ssl(struct json_object *ssl, struct vs_config *c)
{
	struct json_object *one = js_key(ssl, "f5ProfileName"),
			   *many = js_arr(ssl, "f5ProfileNames");

	if (json_object_is_type(one, json_type_string) && json_object_get_string_len(one) > 0) {
		add_ssl_profile(c, one);
		return;
	}
	for (size_t i = 0; i < js_arr_len(many); i++)
		add_ssl_profile(c, json_object_array_get_idx(many, i));
}

/* schemas 0.1.0 and 0.1.1 name only the table; its columns were fixed */
static struct json_object *old_columns(void)
{
	struct error err;
	struct json_object *columns = NULL;
	static const char columns_text[] = "[{\"name\":\"addr\",\"kind\":\"IPAddress\"},"
					   "{\"name\":\"port\",\"kind\":\"Port\"},"
					   "{\"name\":\"connection_limit\",\"value\":\"0\"}]";

	(void)js_parse(columns_text, sizeof(columns_text) - 1, &columns, &err);
	return columns;
}

static struct json_object *object_or_empty(struct json_object *o, const char *key)
{
	struct json_object *v = js_key(o, key);

	return json_object_is_type(v, json_type_object) ? json_object_get(v) : js_obj();
}

static struct vs_iapp *build_iapp(struct json_object *frontend)
{
	struct vs_iapp *i = mem_alloc(sizeof(*i));
	struct json_object *table = js_key(frontend, "iappPoolMemberTable");

	i->template_path = text(frontend, "iapp", "");
	i->options = object_or_empty(frontend, "iappOptions");
	i->variables = object_or_empty(frontend, "iappVariables");
	i->tables = object_or_empty(frontend, "iappTables");
	i->member_table = table ? text(table, "name", "") : text(frontend, "iappTableName", "");
	i->member_columns = table ? json_object_get(js_arr(table, "columns")) : old_columns();
	return i;
}

static struct vs_config *build(const struct kube_configmap *cm, struct json_object *doc)
{
	struct vs_config *c = mem_alloc(sizeof(*c));
	struct json_object *backend = js_at(doc, "virtualServer.backend");
	struct json_object *frontend = js_at(doc, "virtualServer.frontend");
	struct json_object *address = js_key(frontend, "virtualAddress");
	const char *bind_addr = js_str(address, "bindAddr", address ? cm->ip : NULL);

	c->partition = text(frontend, "partition", "");
	c->service = text(backend, "serviceName", "");
	c->service_port = (uint16_t)js_int(backend, "servicePort", 0);
	build_monitors(js_arr(backend, "healthMonitors"), c);
	c->balance = text(frontend, "balance", "round-robin");
	c->mode = text(frontend, "mode", "tcp");
	c->has_address = address != NULL;
	c->bind_addr = mem_strdup(bind_addr);
	c->port = (uint16_t)js_int(address, "port", 0);
	build_ssl(js_key(frontend, "sslProfile"), c);
	if (js_key(frontend, "iapp"))
		c->iapp = build_iapp(frontend);
	return c;
}

int vs_config_parse(struct vs_schemas *schemas, const struct kube_configmap *cm,
		    const char *const *partitions, struct vs_config **ret,
		    struct vs_problems *problems)
{
	const struct jsonschema *schema = NULL;
	autojson struct json_object *doc = NULL;
	struct error err = {0};
	bool parsed = false;
	size_t more = 0;

	*problems = (struct vs_problems){0};
	if (!cm->schema)
		vs_problems_add(problems, "data.schema", "is missing");
	else
		schema = resolve_schema(schemas, cm->schema, problems);
	if (!cm->data)
		vs_problems_add(problems, "data.data", "is missing");
	else if (js_parse(cm->data, strlen(cm->data), &doc, &err) < 0)
		vs_problems_add(problems, "data.data", "%s", err.msg);
	else
		parsed = true;
	if (parsed && schema)
		more = check_schema(schema, doc, problems);
	if (parsed)
		vs_check(cm, doc, partitions, problems);
	if (parsed && problems->n == 0)
		vs_check_shape(doc, problems);
	vs_problems_sort(problems, doc);
	if (more > 0)
		vs_problems_add(problems, "data.data", "and %zu more", more);
	if (problems->n > 0)
		return -1;
	*ret = build(cm, doc);
	return 0;
}

static void free_iapp(struct vs_iapp *i)
{
	if (!i)
		return;
	free(i->template_path);
	free(i->member_table);
	json_object_put(i->options);
	json_object_put(i->variables);
	json_object_put(i->tables);
	json_object_put(i->member_columns);
	free(i);
}

void vs_config_free(struct vs_config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_monitors; i++) {
		free(c->monitors[i].protocol);
		free(c->monitors[i].send);
		free(c->monitors[i].recv);
	}
	for (size_t i = 0; i < c->n_ssl_profiles; i++)
		free(c->ssl_profiles[i]);
	free(c->monitors);
	free(c->ssl_profiles);
	free(c->partition);
	free(c->service);
	free(c->balance);
	free(c->mode);
	free(c->bind_addr);
	free_iapp(c->iapp);
	free(c);
}
