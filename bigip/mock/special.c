/*
 * URIs below /mgmt/tm that are no objects: readiness, versions, failover and sync state, commands
 * (API notes 1.6, 3.19 to 3.21).
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

static const struct {
	const char *uri, *kind, *entries;
} fixed[] = {
	{"sys/version", "tm:sys:version:versionstats",
	 "\"Build\":{\"description\":\"0.0.4\"},\"Date\":{\"description\":\"Tue Sep 17 15:44:32 "
	 "PDT "
	 "2019\"},\"Edition\":{\"description\":\"Point Release 1\"},\"Product\":{\"description\":"
	 "\"BIG-IP\"},\"Title\":{\"description\":\"Main Package\"},\"Version\":{\"description\":"
	 "\"14.1.2.1\"}"},
	{"sys/ready", "tm:sys:ready:readystats",
	 "\"configReady\":{\"description\":\"yes\"},\"licenseReady\":{\"description\":\"yes\"},"
	 "\"provisionReady\":{\"description\":\"yes\"}"},
	{"sys/mcp-state", "tm:sys:mcp-state:mcp-statestats",
	 "\"endPlatformIdReceived\":{\"description\":\"true\"},\"lastLoad\":{\"description\":"
	 "\"full-config-load-succeed\"},\"phase\":{\"description\":\"running\"}"},
	{"cm/failover-status", "tm:cm:failover-status:failover-statusstats",
	 "\"color\":{\"description\":\"green\"},\"https://localhost/mgmt/tm/cm/failoverStatus/0/"
	 "details\":{\"nestedStats\":{\"entries\":{\"https://localhost/mgmt/tm/cm/failoverStatus/0/"
	 "details/0\":{\"nestedStats\":{\"entries\":{\"details\":{\"description\":\"active for "
	 "/Common/traffic-group-1\"}}}}}}},\"status\":{\"description\":\"ACTIVE\"},\"summary\":{"
	 "\"description\":\"1/1 active\"}"},
	{"cm/sync-status", "tm:cm:sync-status:sync-statusstats",
	 "\"color\":{\"description\":\"green\"},\"https://localhost/mgmt/tm/cm/syncStatus/0/"
	 "details\":"
	 "{\"nestedStats\":{\"entries\":{\"https://localhost/mgmt/tm/cm/syncStatus/0/details/0\":{"
	 "\"nestedStats\":{\"entries\":{\"details\":{\"description\":\"Optional action: Add a "
	 "device "
	 "to the trust domain\"}}}}}}},\"mode\":{\"description\":\"standalone\"},\"status\":{"
	 "\"description\":\"Standalone\"},\"summary\":{\"description\":\" \"}"},
};

static void echo(const char *kind, struct json_object *body, struct strbuf *out)
{
	str_addf(out, "{\"kind\":\"%s\"", kind);
	json_object_object_foreach (body, key, v) {
		str_add_char(out, ',');
		render_string(key, strlen(key), out);
		str_add_char(out, ':');
		render_json(v, out);
	}
	str_add_char(out, '}');
}

static void command_config(struct json_object *body, struct strbuf *out, struct mock_fault *f)
{
	const char *command = js_str(body, "command", "");

	if (!strcmp(command, "save"))
		echo("tm:sys:config:savestate", body, out);
	else if (!strcmp(command, "load"))
		echo("tm:sys:config:loadstate", body, out);
	else
		fault_set(f, 400, API_TMSH, "invalid property value \"command\":\"%.100s\"",
			  command);
}

static void command_cm(struct mock *m, struct json_object *body, struct strbuf *out,
		       struct mock_fault *f)
{
	const char *args = js_str(body, "utilCmdArgs", "");
	const char *group = strrchr(args, ' ');
	autofree char *path = mem_printf("/Common/%s", group ? group + 1 : "");

	if (strcmp(js_str(body, "command", ""), "run") != 0 || !str_starts(args, "config-sync ")) {
		fault_set(f, 400, API_TMSH, "invalid property value \"command\"");
		return;
	}
	if (!store_find(&m->store, "device-group", path)) {
		fault_set(f, 400, API_MCPD,
			  "01070734:3: Configuration error: Device group (%s) not found in device "
			  "group "
			  "sync",
			  group ? group + 1 : "");
		return;
	}
	echo("tm:cm:runstate", body, out);
}

bool special_handle(struct mock *m, const char *method, const char *uri, const char *ver,
		    struct json_object *body, struct strbuf *out, struct mock_fault *f)
{
	bool get = !strcmp(method, "GET"), post = !strcmp(method, "POST");

	if (get && !strcmp(uri, "sys/available")) {
		str_add(out, "{}");
		return true;
	}
	for (size_t i = 0; get && i < ARRAY_SIZE(fixed); i++) {
		if (strcmp(uri, fixed[i].uri) != 0)
			continue;
		str_addf(out,
			 "{\"kind\":\"%s\",\"selfLink\":\"https://localhost/mgmt/tm/%s?ver=%s\","
			 "\"entries\":{\"https://localhost/mgmt/tm/%s/"
			 "0\":{\"nestedStats\":{\"entries\":{",
			 fixed[i].kind, uri, ver, uri);
		str_add(out, fixed[i].entries);
		str_add(out, "}}}}}");
		return true;
	}
	if (post && !strcmp(uri, "sys/config")) {
		command_config(body, out, f);
		return true;
	}
	if (post && !strcmp(uri, "cm")) {
		command_cm(m, body, out, f);
		return true;
	}
	if (post && !strcmp(uri, "ltm/policy") && js_key(body, "command")) {
		policy_command(m, body, out, f);
		return true;
	}
	return false;
}
