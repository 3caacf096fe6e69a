/* podlane validate: schema, BIG-IP's own rules, and whether what one object says fits what others
 * say. No cluster needed. */
#include "common/base/mem.h"
#include "common/base/opt.h"
#include "common/base/str.h"
#include "controller/cli/cli.h"
#include "controller/cli/world.h"

struct options {
	struct opt_strings files, partitions;
	char *schema_base, *output;
};

static const struct opt table[] = {
	{"filename", 'f', OPT_STRINGS, 0, offsetof(struct options, files), 0, 0, NULL, "FILE",
	 "YAML or JSON file, '-' for standard input; may be repeated"},
	{"bigip-partition", 0, OPT_STRINGS, 0, offsetof(struct options, partitions), 0, 0, NULL,
	 "NAME", "managed partitions; without it any will do"},
	{"schema-db-base-dir", 0, OPT_STRING, 0, offsetof(struct options, schema_base), 0, 0, NULL,
	 "URL", "where other f5schemadb:// schemas are"},
	{"output", 'o', OPT_STRING, 0, offsetof(struct options, output), 0, 0, "table", "FORMAT",
	 "table or json"},
	{0},
};

struct check {
	struct world *world;
	struct vs_schemas *schemas;
	const char **partitions; /* NULL: any */
	struct json_object *findings;
	struct vs_config **configs; /* per world object, NULL where it is no good virtual server */
	size_t n_checked, n_errors;
};

static void finding(struct check *c, const struct world_object *w, bool error, const char *path,
		    const char *message)
{
	autofree char *object = mem_printf("%s %s/%s", kube_kind_name(w->object->kind),
					   w->object->ns, w->object->name);
	struct json_object *o = js_obj();

	js_put_str(o, "file", w->file);
	js_put_int(o, "line", w->line);
	js_put_str(o, "object", object);
	js_put_str(o, "severity", error ? "error" : "warning");
	js_put_str(o, "path", path);
	js_put_str(o, "message", message);
	js_push(c->findings, o);
	c->n_errors += error;
}

static void check_document(struct check *c, size_t i)
{
	const struct world_object *w = &c->world->list[i];
	struct vs_problems problems = {0};

	c->n_checked++;
	if (vs_config_parse(c->schemas, (const void *)w->object, c->partitions, &c->configs[i],
			    &problems) < 0) {
		for (size_t p = 0; p < problems.n; p++)
			finding(c, w, true, problems.list[p].path, problems.list[p].message);
	}
	vs_problems_release(&problems);
}

/* the Service may be deployed by others, so its absence is only worth a warning when the files have
 * Services at all */
static void check_backend(struct check *c, size_t i)
{
	const struct world_object *w = &c->world->list[i];
	const struct vs_config *config = c->configs[i];
	const struct kube_service *s = (const void *)world_get(c->world, KUBE_SERVICE,
							       w->object->ns, config->service);
	struct strbuf text = {0};

	if (!s) {
		if (world_has_kind(c->world, KUBE_SERVICE)) {
			str_addf(&text, "Service '%s/%s' is not in these files", w->object->ns,
				 config->service);
			finding(c, w, false, "virtualServer.backend.serviceName", str_get(&text));
		}
	} else {
		bool found = false;

		str_addf(&text, "%u is no port of Service '%s', which has", config->service_port,
			 config->service);
		for (size_t p = 0; p < s->n_ports; p++) {
			found |= s->ports[p].port == config->service_port;
			str_addf(&text, "%s %u", p ? "," : "", s->ports[p].port);
		}
		if (!found)
			finding(c, w, true, "virtualServer.backend.servicePort", str_get(&text));
	}
	str_release(&text);
}

static bool same_protocol(const char *a, const char *b)
{
	return (strcmp(a, "udp") == 0) == (strcmp(b, "udp") == 0); /* http and tcp are both TCP */
}

static bool same_address(const struct vs_config *a, const struct vs_config *b)
{
	struct ip_addr ip_a, ip_b;
	int32_t rd_a = -1, rd_b = -1;

	if (!a->bind_addr || !b->bind_addr || a->port != b->port ||
	    !same_protocol(a->mode, b->mode))
		return false;
	if (vs_bind_addr_parse(a->bind_addr, &ip_a, &rd_a) < 0 ||
	    vs_bind_addr_parse(b->bind_addr, &ip_b, &rd_b) < 0)
		return false;
	return ip_eq(&ip_a, &ip_b) && (rd_a < 0 ? 0 : rd_a) == (rd_b < 0 ? 0 : rd_b);
}

static void check_others(struct check *c, size_t i)
{
	const struct world_object *w = &c->world->list[i];

	for (size_t j = 0; j < i; j++) {
		const struct world_object *other = &c->world->list[j];
		struct strbuf text = {0};

		if (!c->configs[j])
			continue;
		if (strcmp(w->object->ns, other->object->ns) == 0 &&
		    strcmp(w->object->name, other->object->name) == 0) {
			str_addf(&text,
				 "the same ConfigMap is at %s:%u too; kubectl apply would keep the "
				 "later one",
				 other->file, other->line);
			finding(c, w, false, "metadata.name", str_get(&text));
		} else if (same_address(c->configs[i], c->configs[j])) {
			str_addf(&text,
				 "%s port %u is taken by ConfigMap '%s/%s' (%s:%u) too; a BIG-IP "
				 "refuses the second",
				 c->configs[i]->bind_addr, c->configs[i]->port, other->object->ns,
				 other->object->name, other->file, other->line);
			finding(c, w, true, "virtualServer.frontend.virtualAddress",
				str_get(&text));
		}
		str_release(&text);
	}
}

static void run_checks(struct check *c)
{
	c->configs = mem_calloc(c->world->n, sizeof(c->configs[0]));
	for (size_t i = 0; i < c->world->n; i++) {
		const struct kube_configmap *cm = (const void *)c->world->list[i].object;

		if (cm->o.kind == KUBE_CONFIGMAP && cm->virtual_server)
			check_document(c, i);
	}
	for (size_t i = 0; i < c->world->n; i++) {
		if (!c->configs[i])
			continue;
		check_backend(c, i);
		check_others(c, i);
	}
}

static void print_text(const struct check *c)
{
	for (size_t i = 0; i < js_arr_len(c->findings); i++) {
		struct json_object *f = json_object_array_get_idx(c->findings, i);

		printf("%s:%d: %s: %s: %s: %s\n", js_str(f, "file", ""), (int)js_int(f, "line", 0),
		       js_str(f, "severity", ""), js_str(f, "object", ""), js_str(f, "path", ""),
		       js_str(f, "message", ""));
	}
	printf("%zu virtual-server ConfigMap%s checked: %zu error%s, %zu warning%s\n", c->n_checked,
	       c->n_checked == 1 ? "" : "s", c->n_errors, c->n_errors == 1 ? "" : "s",
	       js_arr_len(c->findings) - c->n_errors,
	       js_arr_len(c->findings) - c->n_errors == 1 ? "" : "s");
}

static int validate(const void *options, const struct opt_result *res, bool json)
{
	const struct options *o = options;
	struct world world = {0};
	struct check c = {.world = &world, .findings = js_list()};
	struct error err = {0};
	int rc = CLI_OK;

	if (o->files.n + res->n_args == 0)
		rc = cli_fail(CLI_USAGE,
			      "validate: give the files with -f; see podlane validate --help");
	for (size_t i = 0; i < o->files.n && rc == CLI_OK; i++) {
		if (world_read_file(&world, o->files.items[i], &err) < 0)
			rc = cli_fail(CLI_FAILED, "%s", err.msg);
	}
	for (size_t i = 0; i < res->n_args && rc == CLI_OK; i++) { /* -f *.yaml */
		if (world_read_file(&world, res->args[i], &err) < 0)
			rc = cli_fail(CLI_FAILED, "%s", err.msg);
	}
	if (rc == CLI_OK) {
		c.schemas = vs_schemas_new(o->schema_base);
		c.partitions = mem_calloc(o->partitions.n + 1, sizeof(c.partitions[0]));
		for (size_t i = 0; i < o->partitions.n; i++)
			c.partitions[i] = o->partitions.items[i];
		if (!o->partitions.n) {
			free(c.partitions);
			c.partitions = NULL;
		}
		run_checks(&c);
		if (json)
			cli_print_json(c.findings);
		else
			print_text(&c);
		rc = c.n_errors ? CLI_FAILED : CLI_OK;
	}
	for (size_t i = 0; c.configs && i < world.n; i++)
		vs_config_free(c.configs[i]);
	free(c.configs);
	free(c.partitions);
	vs_schemas_free(c.schemas);
	json_object_put(c.findings);
	world_release(&world);
	return rc;
}

int cli_validate(int argc, char **argv)
{
	static const struct cli_options spec = {
		.usage = "validate -f FILE...\n\nExit status: 0 all good, 1 errors found, 2 wrong "
			 "usage.",
		.table = table,
		.output = offsetof(struct options, output),
		.run = validate,
	};
	struct options o = {0};

	return cli_run(&spec, &o, argc, argv);
}
