#include "controller/translate/vs_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/translate/translate.h"
#include "schemas/schemas.h"

enum {
	MAX_ROUTE_DOMAIN = 65534,
	MAX_NAME = 255,   /* bytes of an object's name on the BIG-IP */
	MAX_TEXT = 65535, /* bytes of a string that BIG-IP stores ("01020057:3") */
};

/* Top-level properties of an application service that the controller sets: an option of that name
   would move the object into another partition, or replace what is checked here. */
static const char *const iapp_own[] = {
	"name",      "partition", "subPath",  "fullPath", "template", "tables",
	"variables", "lists",     "metadata", "kind",     "selfLink", "executeAction",
};

int vs_bind_addr_parse(const char *text, struct ip_addr *ip, int32_t *rd)
{
	const char *percent = strchr(text, '%');
	unsigned long long n = 0;
	char address[IP_TEXT_MAX];
	size_t len = percent ? (size_t)(percent - text) : strlen(text);

	if (len >= sizeof(address))
		return -1;
	memcpy(address, text, len);
	address[len] = 0;
	if (percent && str_to_u64(percent + 1, 0, MAX_ROUTE_DOMAIN, &n) < 0)
		return -1;
	if (ip_parse(address, ip) < 0)
		return -1;
	*rd = percent ? (int32_t)n : -1;
	return 0;
}

char *vs_profile_path(const char *written, const char *default_partition)
{
	const char *end;
	autofree char *name = NULL;

	written += strspn(written, " \t\r\n");
	end = written + strlen(written);
	while (end > written && strchr(" \t\r\n", end[-1]))
		end--;
	written += written < end && *written == '/';
	name = mem_strndup(written, (size_t)(end - written));
	if (!*name || name[0] == '/' || str_ends(name, "/") || strstr(name, "//"))
		return NULL;
	if (strchr(name, '/'))
		return mem_printf("/%s", name);
	return mem_printf("/%s/%s", default_partition, name);
}

/* ---- the rules, in the order of the document ---- */

static void check_text(struct json_object *o, const char *key, const char *at,
		       struct vs_problems *p)
{
	autofree char *path = mem_printf("%s.%s", at, key);
	struct json_object *v = js_key(o, key);

	if (json_object_is_type(v, json_type_string) && json_object_get_string_len(v) > MAX_TEXT)
		vs_problems_also(p, path, "%d bytes are more than the %d that BIG-IP stores",
				 json_object_get_string_len(v), MAX_TEXT);
}

static void check_monitor(struct json_object *m, size_t i, struct vs_problems *p)
{
	autofree char *at = mem_printf("virtualServer.backend.healthMonitors[%zu]", i);
	bool has_interval = js_key(m, "interval") != NULL,
	     has_timeout = js_key(m, "timeout") != NULL;
	int64_t interval = js_int(m, "interval", has_interval ? INT64_MIN : VS_DEFAULT_INTERVAL_S);
	int64_t timeout = js_int(m, "timeout", has_timeout ? INT64_MAX : VS_DEFAULT_TIMEOUT_S);
	autofree char *path = mem_printf("%s.%s", at, has_interval ? "interval" : "timeout");

	if (interval >= timeout && has_interval)
		vs_problems_also(p, path, "%lld is not less than the timeout of %lld%s",
				 (long long)interval, (long long)timeout,
				 has_timeout ? "" : " (the default; give a timeout)");
	else if (interval >= timeout)
		vs_problems_also(p, path,
				 "%lld is not more than the interval of %lld (the default)",
				 (long long)timeout, (long long)interval);
	check_text(m, "send", at, p);
	check_text(m, "recv", at, p);
}

static bool listed(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (str_eq(*list, name))
			return true;
	return false;
}

static void check_partition(struct json_object *frontend, const char *const *partitions,
			    struct vs_problems *p)
{
	static const char path[] = "virtualServer.frontend.partition";
	const char *name = js_str(frontend, "partition", NULL);
	struct strbuf list = {.max = 256};
	const char *near;

	if (str_empty(name))
		return;
	if (str_eq(name, "Common")) { /* whatever the list says: nothing is ever written there */
		vs_problems_also(p, path,
				 "\"Common\" is not a partition that this controller may write to");
		return;
	}
	if (!partitions || listed(name, partitions))
		return;
	for (size_t i = 0; partitions[i]; i++)
		str_addf(&list, "%s%s", i > 0 ? ", " : "", partitions[i]);
	near = str_nearest(name, partitions);
	vs_problems_also(p, path,
			 "\"%.64s\" is not a partition that this controller manages: %s%s%s%s",
			 name, str_get(&list), near ? "; did you mean \"" : "", near ? near : "",
			 near ? "\"?" : "");
	str_release(&list);
}

static void check_balance(struct json_object *frontend, struct vs_problems *p)
{
	const char *name = js_str(frontend, "balance", NULL);
	const char *near;
	struct strbuf list = {0};

	if (str_empty(name) || schemas_lb_mode_ok(name))
		return;
	near = str_nearest(name, schemas_lb_modes);
	for (size_t i = 0; !near && schemas_lb_modes[i]; i++)
		str_addf(&list, "%s%s", i > 0 ? ", " : "", schemas_lb_modes[i]);
	vs_problems_also(p, "virtualServer.frontend.balance",
			 near ? "\"%.64s\" is not a load balancing mode; did you mean \"%s\"?"
			      : "\"%.32s\" is not a load balancing mode: %s",
			 name, near ? near : str_get(&list));
	str_release(&list);
}

static void check_address(const char *text, const char *path, struct vs_problems *p)
{
	struct ip_addr ip;
	int32_t rd;

	if (vs_bind_addr_parse(text, &ip, &rd) < 0)
		vs_problems_also(p, path,
				 "\"%.64s\" is not an IPv4 or IPv6 address with or without a route "
				 "domain (%%0 to %%%d)",
				 text, MAX_ROUTE_DOMAIN);
}

static void check_profile(struct json_object *v, const char *path, struct vs_problems *p)
{
	autofree char *full = NULL;

	if (!json_object_is_type(v, json_type_string) || json_object_get_string_len(v) == 0)
		return;
	full = vs_profile_path(json_object_get_string(v), "Common");
	if (!full)
		vs_problems_also(p, path,
				 "\"%.64s\" is not a profile name: want \"name\", "
				 "\"partition/name\" or \"/partition/name\"",
				 json_object_get_string(v));
}

static void check_profiles(struct json_object *ssl, struct vs_problems *p)
{
	struct json_object *names = js_arr(ssl, "f5ProfileNames");

	check_profile(js_key(ssl, "f5ProfileName"),
		      "virtualServer.frontend.sslProfile.f5ProfileName", p);
	for (size_t i = 0; i < js_arr_len(names) && p->n < 100; i++) {
		autofree char *path = mem_printf(
			"virtualServer.frontend.sslProfile.f5ProfileNames[%zu]", i);

		check_profile(json_object_array_get_idx(names, i), path, p);
	}
}

static void check_iapp_options(struct json_object *options, struct vs_problems *p)
{
	for (size_t i = 0; i < ARRAY_SIZE(iapp_own); i++) {
		autofree char *path = mem_printf("virtualServer.frontend.iappOptions.%s",
						 iapp_own[i]);

		if (js_key(options, iapp_own[i]))
			vs_problems_also(p, path, "the controller sets this property");
	}
}

static void check_names(const struct kube_configmap *cm, struct json_object *backend,
			struct vs_problems *p)
{
	const char *service = js_str(backend, "serviceName", NULL);
	autofree char *pool = NULL;
	size_t longest;

	if (!service)
		return;
	pool = tr_pool_name(cm->o.ns, cm->o.name, service, false);
	longest = strlen(pool) +
		  (js_arr_len(js_arr(backend, "healthMonitors")) ? strlen("_00_http") : 0);
	if (longest > MAX_NAME)
		vs_problems_also(p, "metadata.name",
				 "with namespace and Service it makes object names of %zu bytes, "
				 "BIG-IP takes %d: \"%.40s...\"",
				 longest, MAX_NAME, pool);
}

void vs_check(const struct kube_configmap *cm, struct json_object *doc,
	      const char *const *partitions, struct vs_problems *problems)
{
	struct json_object *backend = js_at(doc, "virtualServer.backend");
	struct json_object *frontend = js_at(doc, "virtualServer.frontend");
	struct json_object *monitors = js_arr(backend, "healthMonitors");
	struct json_object *address = js_key(frontend, "virtualAddress");
	const char *bind_addr = js_str(address, "bindAddr", NULL);

	for (size_t i = 0; i < js_arr_len(monitors) && problems->n < 100; i++)
		check_monitor(json_object_array_get_idx(monitors, i), i, problems);
	check_partition(frontend, partitions, problems);
	check_balance(frontend, problems);
	if (bind_addr)
		check_address(bind_addr, "virtualServer.frontend.virtualAddress.bindAddr",
			      problems);
	else if (address && cm->ip)
		check_address(cm->ip, "metadata.annotations.virtual-server.f5.com/ip", problems);
	check_profiles(js_key(frontend, "sslProfile"), problems);
	check_iapp_options(js_key(frontend, "iappOptions"), problems);
	check_names(cm, backend, problems);
}

/* ---- the shape ---- */

static void need_text(struct json_object *o, const char *key, const char *path,
		      struct vs_problems *p)
{
	if (str_empty(js_str(o, key, NULL)))
		vs_problems_also(p, path, "is missing or is no text");
}

static void need_port(struct json_object *o, const char *key, const char *path,
		      struct vs_problems *p)
{
	int64_t port = js_int(o, key, 0);

	if (port < 1 || port > 65535)
		vs_problems_also(p, path, "is missing or is no port");
}

void vs_check_shape(struct json_object *doc, struct vs_problems *problems)
{
	static const char *const protocols[] = {"http", "tcp", "udp", NULL};
	struct json_object *backend = js_at(doc, "virtualServer.backend");
	struct json_object *frontend = js_at(doc, "virtualServer.frontend");
	struct json_object *address = js_key(frontend, "virtualAddress");
	struct json_object *monitors = js_arr(backend, "healthMonitors");
	struct json_object *table = js_key(frontend, "iappPoolMemberTable");

	need_text(backend, "serviceName", "virtualServer.backend.serviceName", problems);
	need_port(backend, "servicePort", "virtualServer.backend.servicePort", problems);
	need_text(frontend, "partition", "virtualServer.frontend.partition", problems);
	for (size_t i = 0; i < js_arr_len(monitors); i++)
		if (!listed(js_str(json_object_array_get_idx(monitors, i), "protocol", ""),
			    protocols))
			vs_problems_also(problems, "virtualServer.backend.healthMonitors",
					 "the protocol of monitor %zu is not http, tcp or udp", i);
	if (js_key(frontend, "mode") && !listed(js_str(frontend, "mode", ""), protocols))
		vs_problems_also(problems, "virtualServer.frontend.mode",
				 "is not http, tcp or udp");
	if (address)
		need_port(address, "port", "virtualServer.frontend.virtualAddress.port", problems);
	if (!js_key(frontend, "iapp"))
		return;
	need_text(frontend, "iapp", "virtualServer.frontend.iapp", problems);
	if (table)
		need_text(table, "name", "virtualServer.frontend.iappPoolMemberTable.name",
			  problems);
	else
		need_text(frontend, "iappTableName", "virtualServer.frontend.iappPoolMemberTable",
			  problems);
}
