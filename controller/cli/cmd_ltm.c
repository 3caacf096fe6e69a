/* podlane ltm: what a running controller knows to be on the BIG-IP, and how each ConfigMap stands
 */
#include "common/base/mem.h"
#include "common/base/opt.h"
#include "common/base/str.h"
#include "common/ev/httpc.h"
#include "common/ev/loop.h"
#include "controller/cli/cli.h"

struct options {
	char *controller, *output;
};

static const struct opt table[] = {
	{"controller", 0, OPT_STRING, 0, offsetof(struct options, controller), 0, 0,
	 "http://127.0.0.1:8080", "URL",
	 "where podlane-controller listens (its --http-listen-address); in a cluster: kubectl exec "
	 "or port-forward"},
	{"output", 'o', OPT_STRING, 0, offsetof(struct options, output), 0, 0, "table", "FORMAT",
	 "table or json"},
	{0},
};

enum { TIMEOUT_MS = 10000 };

struct fetch {
	struct json_object *root;
	struct error err;
};

static void fetched(void *ctx, const struct httpc_reply *reply)
{
	struct fetch *f = ctx;

	if (reply->err.kind != ERR_NONE)
		f->err = reply->err;
	else if (reply->status != 200)
		err_set(&f->err, ERR_INPUT, reply->status,
			"HTTP status %d: is this podlane-controller?", reply->status);
	else
		(void)js_parse(reply->body, reply->len, &f->root, &f->err);
}

static int fetch(const char *base, struct fetch *f)
{
	autofree char *url = mem_printf("%s%s/v1/ltm", strstr(base, "://") ? "" : "http://", base);
	const struct httpc_request req = {.method = "GET",
					  .url = url,
					  .timeout_ms = TIMEOUT_MS,
					  .on_done = fetched,
					  .ctx = f};
	const struct httpc_settings settings = {0};
	struct httpc *client;
	uv_loop_t loop;

	uv_loop_init(&loop);
	if (httpc_new(&loop, &settings, &client, &f->err) < 0)
		return -1;
	if (httpc_send(client, &req, &f->err)) {
		while (!f->root && f->err.kind == ERR_NONE)
			uv_run(&loop, UV_RUN_ONCE);
	}
	httpc_close(client);
	ev_loop_drain(&loop, 2000);
	if (!f->root && f->err.kind != ERR_NONE)
		return err_wrap(&f->err, "%s", base);
	return 0;
}

static struct json_object *row_of(struct json_object *app)
{
	autofree char *owner = mem_printf("%s/%s", js_str(app, "namespace", ""),
					  js_str(app, "configMap", ""));
	struct json_object *row = js_obj(), *members = js_arr(app, "members");
	size_t up = 0;

	for (size_t i = 0; i < js_arr_len(members); i++)
		up += str_eq(js_str(json_object_array_get_idx(members, i), "availability", ""),
			     "up");
	autofree char *count = mem_printf("%zu/%zu up", up, js_arr_len(members));

	js_put_str(row, "owner", owner);
	js_put_str(row, "state", js_str(app, "state", NULL));
	js_put_str(row, "virtual", js_str(app, "virtual", js_str(app, "iapp", NULL)));
	js_put_str(row, "destination", js_str(app, "destination", NULL));
	js_put_str(row, "pool", js_str(app, "pool", NULL));
	js_put_str(row, "member", members ? count : NULL);
	js_put_str(row, "status", "");
	js_put_str(row, "message", js_str(app, "message", ""));
	return row;
}

static void add_member(struct json_object *rows, struct json_object *member)
{
	bool enabled = str_eq(js_str(member, "session", ""), "enabled");
	autofree char *status = mem_printf("%s%s", js_str(member, "availability", ""),
					   enabled ? "" : ", draining");
	struct json_object *row = js_obj();
	static const char *const empty[] = {"owner",       "state", "virtual",
					    "destination", "pool",  "message"};

	for (size_t i = 0; i < ARRAY_SIZE(empty); i++)
		js_put_str(row, empty[i], "");
	js_put_str(row, "member", js_str(member, "name", NULL));
	js_put_str(row, "status", status);
	js_push(rows, row);
}

static void print_device(struct json_object *root)
{
	const char *error = js_str(root, "bigip.error", NULL);

	printf("BIG-IP %s: %s%s%s; this replica %s\n\n", js_str(root, "bigip.url", "(no session)"),
	       js_bool(root, "bigip.up", false) ? "up" : "not connected", error ? ": " : "",
	       error ? error : "", js_bool(root, "leader", false) ? "leads" : "stands by");
}

static void print_text(struct json_object *root)
{
	static const struct cli_column columns[] = {
		{"CONFIGMAP", "owner"},         {"STATE", "state"},     {"VIRTUAL", "virtual"},
		{"DESTINATION", "destination"}, {"POOL", "pool"},       {"MEMBER", "member"},
		{"STATUS", "status"},           {"MESSAGE", "message"}, {0},
	};
	autojson struct json_object *rows = js_list();
	struct json_object *apps = js_arr(root, "apps");

	for (size_t i = 0; i < js_arr_len(apps); i++) {
		struct json_object *app = json_object_array_get_idx(apps, i),
				   *members = js_arr(app, "members");

		js_push(rows, row_of(app));
		for (size_t j = 0; j < js_arr_len(members); j++)
			add_member(rows, json_object_array_get_idx(members, j));
	}
	print_device(root);
	cli_print_table(columns, rows);
}

static int ltm(const void *options, const struct opt_result *res, bool json)
{
	const struct options *o = options;
	struct fetch f = {0};
	int rc = CLI_OK;

	if (res->n_args > 0)
		rc = cli_fail(CLI_USAGE, "ltm: unexpected argument '%s'", res->args[0]);
	else if (fetch(o->controller, &f) < 0)
		rc = cli_fail(CLI_FAILED, "ltm: %s", f.err.msg);
	else if (json)
		cli_print_json(f.root);
	else
		print_text(f.root);
	json_object_put(f.root);
	return rc;
}

int cli_ltm(int argc, char **argv)
{
	static const struct cli_options spec = {
		.usage = "ltm [--controller URL] [-o table|json]",
		.table = table,
		.output = offsetof(struct options, output),
		.run = ltm,
	};
	struct options o = {0};

	return cli_run(&spec, &o, argc, argv);
}
