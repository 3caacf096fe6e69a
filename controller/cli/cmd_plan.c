/*
 * podlane plan: the plan that podlane-controller would apply, printed
 *
 * Kubernetes side: -f files, or the cluster of --kubeconfig. BIG-IP side: --bigip-url, or an empty
 * one when it is left out. The flags are the controller's own, so that its arguments can be pasted.
 */
#include <uv.h>

#include "bigip/rest/rest.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/loop.h"
#include "controller/cli/cli.h"
#include "controller/cli/world.h"
#include "controller/cluster/settings.h"

enum { PLAN_NOTHING = 0, PLAN_ERROR = 1, PLAN_CHANGES = 2, DEVICE_TIMEOUT_MS = 70000 };

struct options {
	const char **files;
	size_t n_files;
	const char *output, *ca_file;
	char **rest; /* argv for settings_parse() */
	int n_rest;
};

/* the BIG-IP, read once */
struct device {
	uv_loop_t loop;
	uv_timer_t timer;
	struct bigip_rest *rest;
	const struct settings *settings;
	struct bigip_state **states; /* per partition */
	struct bigip_reading *readings;
	size_t waiting, started;
	struct error err;
	bool failed;
};

struct planning {
	const struct settings *settings;
	struct world *world;
	struct device *device; /* NULL: an empty one */
	struct bigip_state *empty;
	struct vs_schemas *schemas;
	struct tr_settings translate;
	struct bigip_plan *plans;
	size_t n, cap;
	struct json_object *errors; /* objects with owner and message */
};

/* ---- device ---- */

struct read_ctx {
	struct device *device;
	size_t index;
};

static void device_read(void *ctx, struct bigip_state *given, const struct bigip_reading *reading,
			uint64_t digest, const struct error *err)
{
	struct read_ctx *r = ctx;
	struct device *d = r->device;

	if (err) {
		d->failed = true;
		d->err = *err;
	} else {
		d->states[r->index] = given;
		d->readings[r->index] = *reading;
	}
	d->waiting--;
	free(r);
}

static void device_up(void *ctx)
{
	struct device *d = ctx;

	if (d->started++)
		return;
	for (size_t i = 0; i < d->settings->partitions.n; i++) {
		struct read_ctx *r = mem_alloc(sizeof(*r));

		*r = (struct read_ctx){d, i};
		bigip_rest_read(d->rest, d->settings->partition_list[i], 0, device_read, r);
	}
}

static void device_down(void *ctx, const struct error *why)
{
	struct device *d = ctx;

	d->failed = true;
	d->err = *why;
}

static void device_late(uv_timer_t *t)
{
	struct device *d = t->data;

	d->failed = true;
	err_set(&d->err, ERR_RETRY, 0, "the BIG-IP did not answer within %d s",
		DEVICE_TIMEOUT_MS / 1000);
}

static int device_open(struct device *d, const struct settings *s, const char *ca_pem,
		       struct error *err)
{
	struct credentials c = {0};

	d->settings = s;
	d->states = mem_calloc(s->partitions.n, sizeof(*d->states));
	d->readings = mem_calloc(s->partitions.n, sizeof(*d->readings));
	d->waiting = s->partitions.n;
	uv_loop_init(&d->loop);
	uv_timer_init(&d->loop, &d->timer);
	d->timer.data = d;
	if (settings_credentials(s, &c, err) < 0)
		return -1;
	const struct bigip_rest_settings rs = {
		.url = c.url,
		.username = c.username,
		.password = c.password,
		.ca_pem = ca_pem,
		.insecure = s->insecure,
		.connections = (unsigned)s->connections,
		.user_agent = "podlane-cli/" PODLANE_VERSION,
		.on_up = device_up,
		.on_down = device_down,
		.ctx = d,
	};
	int r = bigip_rest_new(&d->loop, &rs, &d->rest, err);

	credentials_release(&c);
	if (r < 0)
		return r;
	uv_timer_start(&d->timer, device_late, DEVICE_TIMEOUT_MS, 0);
	while (d->waiting > 0 && !d->failed)
		uv_run(&d->loop, UV_RUN_ONCE);
	if (d->failed) {
		*err = d->err;
		return -1;
	}
	return 0;
}

static void device_close(struct device *d)
{
	bigip_rest_close(d->rest);
	uv_close((uv_handle_t *)&d->timer, NULL);
	ev_loop_drain(&d->loop, 5000);
	for (size_t i = 0; d->settings && i < d->settings->partitions.n; i++)
		bigip_state_free(d->states[i]);
	free(d->states);
	free(d->readings);
}

/* ---- planning ---- */

static struct bigip_state *state_of(const struct planning *p, const char *partition,
				    uint32_t *ret_rd)
{
	*ret_rd = 0;
	for (size_t i = 0; p->device && i < p->settings->partitions.n; i++) {
		if (strcmp(p->settings->partition_list[i], partition) == 0) {
			*ret_rd = p->device->readings[i].default_rd;
			return p->device->states[i];
		}
	}
	return p->empty;
}

static void add_error(struct planning *p, const char *owner, const char *message)
{
	struct json_object *o = js_obj();

	js_put_str(o, "configMap", owner);
	js_put_str(o, "message", message);
	js_push(p->errors, o);
}

static void keep_plan(struct planning *p, struct bigip_plan *plan)
{
	if (plan->n == 0) {
		bigip_plan_release(plan);
		return;
	}
	mem_grow(p->plans, p->n, p->cap);
	p->plans[p->n++] = *plan;
}

static void plan_removals(struct planning *p, const char *owner, const char *but)
{
	for (size_t i = 0; p->device && i < p->settings->partitions.n; i++) {
		const char *partition = p->settings->partition_list[i];
		struct bigip_plan plan = {0};

		if (str_eq(partition, but))
			continue;
		bigip_plan_removal(owner, partition, p->device->states[i], &plan);
		keep_plan(p, &plan);
	}
}

static void plan_good(struct planning *p, const struct kube_configmap *cm,
		      const struct vs_config *config, const char *owner)
{
	struct tr_status status = {0};
	struct bigip_plan plan = {0};
	struct bigip_app wanted = {0};
	struct error err = {0};
	struct bigip_state *state;
	struct tr_input in;

	world_input(p->world, cm, config, &in);
	state = state_of(p, config->partition, &in.default_rd);
	tr_app(&p->translate, &in, &wanted, &status);
	if (status.n_skipped > 0)
		fprintf(stderr,
			"podlane: ConfigMap %s: %zu endpoints left out: their nodes are unknown, "
			"filtered out or lack an address\n",
			owner, status.n_skipped);
	if (status.state != TR_ACTIVE)
		add_error(p, owner, status.message);
	if (wanted.n_objects == 0) {
		plan_removals(p, owner, NULL);
	} else if (bigip_plan_app(&wanted, state, &plan, &err) < 0) {
		add_error(p, owner, err.msg);
	} else {
		plan_removals(p, owner, config->partition);
		keep_plan(p, &plan);
	}
	bigip_app_release(&wanted);
}

static void plan_configmap(struct planning *p, const struct kube_configmap *cm)
{
	autofree char *owner = mem_printf("%s/%s", cm->o.ns, cm->o.name);
	struct vs_problems problems = {0};
	struct vs_config *config = NULL;

	if (vs_config_parse(p->schemas, cm, p->settings->partition_list, &config, &problems) < 0) {
		for (size_t i = 0; i < problems.n; i++) {
			autofree char *text = mem_printf("%s: %s", problems.list[i].path,
							 problems.list[i].message);

			add_error(p, owner, text);
		}
	} else {
		plan_good(p, cm, config, owner);
	}
	vs_problems_release(&problems);
	vs_config_free(config);
}

/* objects of ours whose ConfigMap is gone; each owner once */
struct orphans {
	struct planning *p;
	char **owners;
	size_t n, cap;
};

static void find_orphan(void *ctx, struct bigip_object *o)
{
	struct orphans *r = ctx;
	struct strbuf owner = {0};

	if (o->kind != BIGIP_NODE && (o->marks & BIGIP_MARK_OURS) &&
	    bigip_owner(o->kind, o->name, &owner)) {
		autofree char *ns = mem_strndup(str_get(&owner), strcspn(str_get(&owner), "/"));
		bool known = world_get(r->p->world, KUBE_CONFIGMAP, ns,
				       strchr(str_get(&owner), '/') + 1) != NULL;

		for (size_t i = 0; !known && i < r->n; i++)
			known = strcmp(r->owners[i], str_get(&owner)) == 0;
		if (!known) {
			mem_grow(r->owners, r->n, r->cap);
			r->owners[r->n++] = mem_strdup(str_get(&owner));
		}
	}
	str_release(&owner);
}

static void plan_orphans(struct planning *p)
{
	struct orphans r = {.p = p};

	for (size_t i = 0; p->device && i < p->settings->partitions.n; i++)
		bigip_state_each(p->device->states[i], p->settings->partition_list[i], find_orphan,
				 &r);
	for (size_t i = 0; i < r.n; i++) {
		plan_removals(p, r.owners[i], NULL);
		free(r.owners[i]);
	}
	free(r.owners);
}

static void plan_all(struct planning *p)
{
	p->translate = settings_translate(p->settings);
	p->schemas = vs_schemas_new(p->settings->schema_base);
	p->empty = bigip_state_new();
	p->errors = js_list();
	for (size_t i = 0; i < p->world->n; i++) {
		const struct kube_configmap *cm = (const void *)p->world->list[i].object;

		if (cm->o.kind == KUBE_CONFIGMAP && cm->virtual_server)
			plan_configmap(p, cm);
	}
	plan_orphans(p);
}

/* ---- output ---- */

static void count(const struct planning *p, size_t ret[3])
{
	for (size_t i = 0; i < p->n; i++) {
		for (size_t j = 0; j < p->plans[i].n; j++) {
			enum bigip_op op = p->plans[i].changes[j].op;

			ret[op == BIGIP_OP_CREATE ? 0 : op == BIGIP_OP_DELETE ? 2 : 1]++;
		}
	}
}

static void print_text(const struct planning *p)
{
	size_t n[3] = {0};

	for (size_t i = 0; i < p->n; i++) {
		printf("ConfigMap %s, partition %s:\n", p->plans[i].owner, p->plans[i].partition);
		for (size_t j = 0; j < p->plans[i].n; j++) {
			struct strbuf text = {0};

			bigip_change_print(&p->plans[i].changes[j], &text);
			fputs(str_get(&text), stdout);
			str_release(&text);
		}
		putchar('\n');
	}
	for (size_t i = 0; i < js_arr_len(p->errors); i++) {
		struct json_object *e = json_object_array_get_idx(p->errors, i);

		fprintf(stderr, "podlane: ConfigMap %s: %s\n", js_str(e, "configMap", ""),
			js_str(e, "message", ""));
	}
	count(p, n);
	printf("%zu to create, %zu to change, %zu to delete\n", n[0], n[1], n[2]);
}

static void print_json(const struct planning *p)
{
	autojson struct json_object *o = js_obj();
	struct json_object *changes = js_list();

	for (size_t i = 0; i < p->n; i++) {
		for (size_t j = 0; j < p->plans[i].n; j++) {
			struct json_object *c = bigip_change_json(&p->plans[i].changes[j]);

			js_put_str(c, "configMap", p->plans[i].owner);
			js_push(changes, c);
		}
	}
	js_put(o, "changes", changes);
	js_put(o, "errors", json_object_get(p->errors));
	cli_print_json(o);
}

/* ---- command line ---- */

static int read_pem(const char *path, struct strbuf *out, struct error *err)
{
	char chunk[4096];
	size_t n;
	FILE *f = fopen(path, "re");

	out->max = 1 << 20;
	if (!f)
		return err_errno(err, "cannot open '%s'", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		str_add_mem(out, chunk, n);
	fclose(f);
	return 0;
}

static int read_world(struct world *w, const struct options *o, const struct settings *s,
		      struct error *err)
{
	struct kube_config *config;

	if (!str_empty(s->node_selector) &&
	    kube_selector_parse(s->node_selector, &w->node_selector, err) < 0)
		return err_wrap(err, "--node-label-selector");
	for (size_t i = 0; i < o->n_files; i++) {
		if (world_read_file(w, o->files[i], err) < 0)
			return -1;
	}
	if (o->n_files > 0)
		return 0;
	if ((s->in_cluster ? kube_config_in_cluster(&config, err)
			   : kube_config_load(s->kubeconfig, NULL, &config, err)) < 0)
		return -1;
	return world_read_cluster(w, config, s->namespace_list, err);
}

static int plan(const struct options *o, const struct settings *s, bool json)
{
	bool with_device = !str_empty(s->bigip_url) || !str_empty(s->credentials_directory);
	struct strbuf ca = {0};
	struct device device = {0};
	struct world world = {0};
	struct error err = {0};
	struct planning p = {
		.settings = s, .world = &world, .device = with_device ? &device : NULL};
	int rc = PLAN_ERROR;

	if ((o->ca_file && read_pem(o->ca_file, &ca, &err) < 0) ||
	    read_world(&world, o, s, &err) < 0) {
		cli_fail(rc, "plan: %s", err.msg);
	} else if (with_device &&
		   device_open(&device, s, o->ca_file ? str_get(&ca) : NULL, &err) < 0) {
		cli_fail(rc, "plan: BIG-IP: %s", err.msg);
	} else {
		if (!with_device)
			fprintf(stderr, "podlane: no --bigip-url: compared with an empty BIG-IP\n");
		plan_all(&p);
		if (json)
			print_json(&p);
		else
			print_text(&p);
		rc = js_arr_len(p.errors) ? PLAN_ERROR : p.n ? PLAN_CHANGES : PLAN_NOTHING;
	}
	if (with_device && device.settings)
		device_close(&device);
	for (size_t i = 0; i < p.n; i++)
		bigip_plan_release(&p.plans[i]);
	free(p.plans);
	bigip_state_free(p.empty);
	vs_schemas_free(p.schemas);
	json_object_put(p.errors);
	world_release(&world);
	str_release(&ca);
	return rc;
}

/* "-f x", "-fx", "--filename x", "--filename=x": its own flags; everything else is the controller's
 */
static const char *own_flag(int argc, char **argv, int *i, const char *letter, const char *name)
{
	const char *arg = argv[*i];
	size_t n = strlen(name);

	if (strcmp(arg, letter) == 0 || strcmp(arg, name) == 0)
		return *i + 1 < argc ? argv[++*i] : "";
	if (strncmp(arg, name, n) == 0 && arg[n] == '=')
		return arg + n + 1;
	if (letter[0] && str_starts(arg, letter) && arg[1] != '-')
		return arg + 2;
	return NULL;
}

static void split_arguments(int argc, char **argv, struct options *o)
{
	o->files = mem_calloc((size_t)argc, sizeof(*o->files));
	o->rest = mem_calloc((size_t)argc + 1, sizeof(*o->rest));
	o->rest[o->n_rest++] = argv[0];
	for (int i = 1; i < argc; i++) {
		const char *value;

		if ((value = own_flag(argc, argv, &i, "-f", "--filename")))
			o->files[o->n_files++] = value;
		else if ((value = own_flag(argc, argv, &i, "-o", "--output")))
			o->output = value;
		else if ((value = own_flag(argc, argv, &i, "", "--trusted-ca-file")))
			o->ca_file = value;
		else
			o->rest[o->n_rest++] = argv[i];
	}
}

static void help(void)
{
	printf("Usage: podlane plan [-f FILE...] [-o table|json] [--trusted-ca-file FILE] [FLAGS "
	       "OF podlane-controller]\n\n"
	       "Without -f the objects come from the cluster (--running-in-cluster=false "
	       "--kubeconfig=FILE outside of one).\n"
	       "Without --bigip-url the plan is for an empty BIG-IP.\n"
	       "Exit status: 0 nothing to do, 2 there are changes, 1 something is wrong.\n\n");
	settings_print_help();
}

static void no_note(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

int cli_plan(int argc, char **argv)
{
	struct settings s = {.tool = true};
	struct options o = {0};
	struct error err = {0};
	bool json = false;
	int rc;

	split_arguments(argc, argv, &o);
	if (settings_parse(o.n_rest, o.rest, no_note, NULL, &s, &err) < 0)
		rc = cli_fail(PLAN_ERROR, "plan: %s", err.msg);
	else if (s.help)
		help(), rc = PLAN_NOTHING;
	else if (cli_output(o.output, &json) != 0)
		rc = PLAN_ERROR;
	else
		rc = plan(&o, &s, json);
	settings_release(&s);
	free(o.files);
	free(o.rest);
	return rc;
}
