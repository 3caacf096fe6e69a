/*
 * translate - one ConfigMap with what it refers to -> monitors, pool and virtual (or iApp) on the
 * BIG-IP
 *
 * Names, shapes and defaults are those of k8s-bigip-ctlr, so that taking over a partition that it
 * wrote plans nothing. In three places we do better than it, each with a reason next to the code:
 * which of two Service ports of one number is meant, addresses without a node, and terminating
 * endpoints, which are drained instead of cut off.
 *
 * members.c finds the addresses, this file shapes the objects, drain.c remembers what is being
 * drained. Nothing here looks at the device or at the clock.
 */
#include "controller/translate/translate.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/translate/members.h"

static void put_text(char **slot, char *given)
{
	free(*slot);
	*slot = given;
}

static struct bigip_object *new_object(struct bigip_app *app, enum bigip_kind kind,
				       const char *name)
{
	struct bigip_object *o = bigip_object_new(kind, app->partition, name);

	bigip_app_add(app, o);
	return o;
}

/* ---- monitors ---- */

static enum bigip_kind monitor_kind(const char *protocol)
{
	if (str_eq(protocol, "http"))
		return BIGIP_MONITOR_HTTP;
	return str_eq(protocol, "udp") ? BIGIP_MONITOR_UDP : BIGIP_MONITOR_TCP;
}

static void add_monitors(struct bigip_app *app, const struct vs_config *c, const char *prefix)
{
	for (size_t i = 0; i < c->n_monitors; i++) {
		const struct vs_monitor *from = &c->monitors[i];
		autofree char *name = mem_printf("%s_%zu_%s", prefix, i, from->protocol);
		struct bigip_monitor *m = container_of(
			new_object(app, monitor_kind(from->protocol), name), struct bigip_monitor,
			o);

		m->interval = from->interval;
		m->timeout = from->timeout;
		put_text(&m->send, mem_strdup(from->send));
		put_text(&m->recv, mem_strdup(from->recv));
	}
}

/* ---- pool ---- */

static void add_members(struct bigip_pool *pool, const struct tr_backends *backends)
{
	if (backends->n == 0)
		return;
	pool->members = mem_calloc(backends->n, sizeof(*pool->members));
	for (size_t i = 0; i < backends->n; i++) {
		const struct tr_backend *b = &backends->list[i];

		if (b->state == TR_BACKEND_DOWN)
			continue;
		pool->members[pool->n_members] = b->member;
		pool->members[pool->n_members].session = b->state == TR_BACKEND_SERVING
								 ? BIGIP_SESSION_ENABLED
								 : BIGIP_SESSION_DISABLED;
		pool->n_members++;
	}
}

static void add_pool(const struct tr_settings *settings, const struct vs_config *c,
		     const char *name, const struct tr_backends *backends, struct bigip_app *app)
{
	size_t n_monitors = app->n_objects;
	struct bigip_pool *p = container_of(new_object(app, BIGIP_POOL, name), struct bigip_pool,
					    o);

	put_text(&p->lb_mode, mem_strdup(c->balance));
	put_text(&p->user_agent, mem_strdup(settings->user_agent));
	if (n_monitors > 0)
		p->monitors = mem_calloc(n_monitors, sizeof(*p->monitors));
	for (size_t i = 0; i < n_monitors; i++)
		p->monitors[p->n_monitors++] = mem_printf("/%s/%s", app->partition,
							  app->objects[i]->name);
	add_members(p, backends);
	bigip_pool_sort(p);
}

/* ---- virtual ---- */

static int cmp_profiles(const void *a, const void *b)
{
	const struct bigip_profile *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* the first of a path stays: k8s-bigip-ctlr's set is unique by partition and name */
static void add_profile(struct bigip_virtual *v, char *given_path, enum bigip_context context)
{
	for (size_t i = 0; i < v->n_profiles; i++) {
		if (str_eq(v->profiles[i].path, given_path)) {
			free(given_path);
			return;
		}
	}
	v->profiles = mem_realloc(v->profiles, v->n_profiles + 1, sizeof(*v->profiles));
	v->profiles[v->n_profiles++] = (struct bigip_profile){given_path, context};
}

static void add_profiles(const struct tr_settings *settings, const struct vs_config *c,
			 struct bigip_virtual *v)
{
	const char *bare = settings->default_partition ? settings->default_partition : c->partition;

	if (str_eq(c->mode, "http"))
		add_profile(v, mem_strdup("/Common/http"), BIGIP_CONTEXT_ALL);
	add_profile(v, mem_strdup(str_eq(c->mode, "udp") ? "/Common/udp" : "/Common/tcp"),
		    BIGIP_CONTEXT_ALL);
	for (size_t i = 0; i < c->n_ssl_profiles; i++) {
		char *path = vs_profile_path(c->ssl_profiles[i], bare);

		if (path)
			add_profile(v, path, BIGIP_CONTEXT_CLIENT);
	}
	qsort(v->profiles, v->n_profiles, sizeof(*v->profiles), cmp_profiles);
}

static void set_snat(const struct tr_settings *settings, struct bigip_virtual *v)
{
	if (str_empty(settings->snat_pool)) {
		v->snat = BIGIP_SNAT_AUTOMAP;
	} else if (str_eq(settings->snat_pool, "none")) {
		v->snat = BIGIP_SNAT_NONE;
	} else {
		v->snat = BIGIP_SNAT_POOL;
		put_text(&v->snat_pool, mem_strdup(settings->snat_pool));
	}
}

/* the address keeps the text that the user wrote; the route domain is always explicit */
static void set_destination(const struct tr_input *in, struct bigip_virtual *v)
{
	const struct vs_config *c = in->config;
	int address_len = (int)strcspn(c->bind_addr, "%");
	struct ip_addr ip = {0};
	int32_t written = -1;
	uint32_t rd = in->default_rd;

	(void)vs_bind_addr_parse(c->bind_addr, &ip,
				 &written); /* vs_config_parse() has checked it */
	if (written >= 0)
		rd = (uint32_t)written;
	put_text(&v->destination,
		 mem_printf("/%s/%.*s%%%u%c%u", c->partition, address_len, c->bind_addr, rd,
			    ip.family == 6 ? '.' : ':', c->port));
	put_text(&v->source, mem_printf("%s%%%u/0", ip.family == 6 ? "::" : "0.0.0.0", rd));
}

static void add_virtual(const struct tr_settings *settings, const struct tr_input *in,
			const char *name, const char *pool, struct bigip_app *app)
{
	const struct vs_config *c = in->config;
	struct bigip_virtual *v = container_of(new_object(app, BIGIP_VIRTUAL, name),
					       struct bigip_virtual, o);

	set_destination(in, v);
	set_snat(settings, v);
	add_profiles(settings, c, v);
	put_text(&v->ip_protocol, mem_strdup(str_eq(c->mode, "udp") ? "udp" : "tcp"));
	put_text(&v->pool, mem_printf("/%s/%s", app->partition, pool));
	put_text(&v->user_agent, mem_strdup(settings->user_agent));
	v->enabled = true;
	v->connection_limit = 0;
	v->vlans_enabled = false;
}

/* ---- iApp ---- */

static char *with_rd(const char *address, uint32_t default_rd)
{
	struct ip_addr ip;
	int32_t rd;

	if (vs_bind_addr_parse(address, &ip, &rd) < 0 || rd >= 0)
		return mem_strdup(address);
	return mem_printf("%s%%%u", address, default_rd);
}

static void push_text(struct json_object *list, char *given)
{
	js_push_str(list, given);
	free(given);
}

static struct json_object *member_row(const struct bigip_member *m, struct json_object *columns)
{
	struct json_object *line = js_obj(), *row = js_list();
	char text[IP_TEXT_MAX];

	for (size_t i = 0; i < js_arr_len(columns); i++) {
		struct json_object *column = json_object_array_get_idx(columns, i);
		const char *kind = js_str(column, "kind", "");

		if (js_key(column, "value"))
			js_push_str(row, js_str(column, "value", ""));
		else if (str_eq(kind, "IPAddress"))
			push_text(row, mem_printf("%s%%%u", ip_format(&m->ip, text), m->rd));
		else
			push_text(row, mem_printf("%u", m->port));
	}
	js_put(line, "row", row);
	return line;
}

/* a table row cannot be "user-disabled": what is being drained has left it */
static struct json_object *member_table(const struct vs_iapp *iapp,
					const struct tr_backends *backends)
{
	struct json_object *table = js_obj(), *names = js_list(), *rows = js_list();

	for (size_t i = 0; i < js_arr_len(iapp->member_columns); i++)
		js_push_str(names,
			    js_str(json_object_array_get_idx(iapp->member_columns, i), "name", ""));
	for (size_t i = 0; i < backends->n; i++)
		if (backends->list[i].state == TR_BACKEND_SERVING)
			js_push(rows, member_row(&backends->list[i].member, iapp->member_columns));
	js_put_str(table, "name", iapp->member_table);
	js_put(table, "columnNames", names);
	js_put(table, "rows", rows);
	return table;
}

static struct json_object *user_table(const char *name, struct json_object *from)
{
	struct json_object *table = js_obj(), *rows = js_list(), *in = js_arr(from, "rows");

	for (size_t i = 0; i < js_arr_len(in); i++) {
		struct json_object *line = js_obj();

		js_put(line, "row", json_object_get(json_object_array_get_idx(in, i)));
		js_push(rows, line);
	}
	js_put_str(table, "name", name);
	js_put(table, "columnNames", json_object_get(js_arr(from, "columns")));
	js_put(table, "rows", rows);
	return table;
}

static struct json_object *iapp_tables(const struct vs_iapp *iapp,
				       const struct tr_backends *backends)
{
	struct json_object *tables = js_list();

	js_push(tables, member_table(iapp, backends));
	if (iapp->tables) {
		json_object_object_foreach (iapp->tables, name, table)
			js_push(tables, user_table(name, table));
	}
	return tables;
}

static struct json_object *iapp_variables(const struct vs_iapp *iapp, uint32_t default_rd)
{
	struct json_object *variables = js_obj();

	json_object_object_foreach (iapp->variables, name, value) {
		if (str_eq(name, "pool__addr") && json_object_is_type(value, json_type_string)) {
			autofree char *address = with_rd(json_object_get_string(value), default_rd);

			js_put_str(variables, name, address);
		} else {
			js_put(variables, name, json_object_get(value));
		}
	}
	return variables;
}

static void add_iapp(const struct tr_input *in, const char *name,
		     const struct tr_backends *backends, struct bigip_app *app)
{
	const struct vs_iapp *from = in->config->iapp;
	struct bigip_iapp *i = container_of(new_object(app, BIGIP_IAPP, name), struct bigip_iapp,
					    o);

	put_text(&i->template_path, mem_strdup(from->template_path));
	json_object_put(i->options);
	json_object_put(i->variables);
	json_object_put(i->tables);
	i->options = json_object_get(from->options);
	i->variables = iapp_variables(from, in->default_rd);
	i->tables = iapp_tables(from, backends);
}

/* ---- the whole ---- */

static void count(const struct tr_backends *backends, bool iapp, struct tr_status *status)
{
	for (size_t i = 0; i < backends->n; i++) {
		enum tr_backend_state s = backends->list[i].state;

		status->n_members += s == TR_BACKEND_SERVING ||
				     (s == TR_BACKEND_TERMINATING && !iapp);
		status->n_drained += s == TR_BACKEND_TERMINATING && !iapp;
	}
	status->n_skipped = backends->n_skipped;
}

static void note(const struct vs_config *c, struct tr_status *status)
{
	status->pool_only = !c->iapp && !c->bind_addr;
	if (status->pool_only && !status->message[0])
		snprintf(status->message, sizeof(status->message), "pool only: no %s",
			 c->has_address ? "bindAddr and no annotation virtual-server.f5.com/ip"
					: "virtualAddress");
}

void tr_build(const struct tr_settings *settings, const struct tr_input *in,
	      const struct tr_backends *backends, struct bigip_app *ret,
	      struct tr_status *ret_status)
{
	const struct vs_config *c = in->config;
	autofree char *virtual_name = tr_virtual_name(in->cm->ns, in->cm->name);
	autofree char *pool_name = tr_pool_name(in->cm->ns, in->cm->name, c->service,
						in->shared_pool_name);

	*ret = (struct bigip_app){
		.owner = mem_printf("%s/%s", in->cm->ns, in->cm->name),
		.partition = mem_strdup(c->partition),
	};
	if (ret_status->state == TR_NO_SERVICE || ret_status->state == TR_NO_PORT)
		return;
	count(backends, c->iapp != NULL, ret_status);
	note(c, ret_status);
	add_monitors(ret, c, c->iapp ? virtual_name : pool_name);
	if (c->iapp) {
		add_iapp(in, virtual_name, backends, ret);
		return;
	}
	add_pool(settings, c, pool_name, backends, ret);
	if (c->bind_addr)
		add_virtual(settings, in, virtual_name, pool_name, ret);
}

void tr_app(const struct tr_settings *settings, const struct tr_input *in, struct bigip_app *ret,
	    struct tr_status *ret_status)
{
	struct tr_backends backends autoclean(tr_backends_release) = {0};

	tr_backends_collect(settings, in, &backends, ret_status);
	tr_build(settings, in, &backends, ret, ret_status);
}
