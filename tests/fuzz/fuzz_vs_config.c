/*
 * The first byte chooses the schema: '0' to '7' are built in, others allow everything (as one from
 * --schema-db-base-dir may). The rest is the document. What is accepted is translated.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/translate/translate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vs_schemas *schemas;
static char *lax_name;

/* a schema directory without a file system: the descriptor's number is the file's name */
static void set_up(void)
{
	int fd = memfd_create("lax", 0);

	if (fd < 0 || write(fd, "{}", 2) != 2)
		abort();
	lax_name = mem_printf("f5schemadb://%d", fd);
	schemas = vs_schemas_new("file:///proc/self/fd/");
}

static void translate(const struct kube_configmap *cm, const struct vs_config *config)
{
	static char unnamed[] = "";
	struct kube_service_port service_port = {.name = unnamed, .port = config->service_port};
	struct kube_service service = {.ports = &service_port, .n_ports = 1};
	struct kube_endpoint_port port = {.name = unnamed, .port = 80};
	struct kube_endpoint endpoint = {.ip = {.family = 4, .bytes = {10}},
					 .flags = KUBE_EP_READY};
	struct kube_endpoint_set set = {&port, 1, &endpoint, 1};
	struct kube_endpoints endpoints = {.sets = &set, .n_sets = 1};
	const struct kube_endpoints *list[] = {&endpoints};
	const struct tr_settings settings = {.cluster = true, .use_node_internal = true};
	const struct tr_input in = {
		.cm = &cm->o,
		.config = config,
		.service = &service,
		.endpoints = list,
		.n_endpoints = 1,
	};
	struct tr_status status;
	struct bigip_app app;

	tr_app(&settings, &in, &app, &status);
	if (status.state != TR_ACTIVE || app.n_objects == 0)
		abort();
	for (size_t i = 0; i < app.n_objects; i++)
		if (!str_eq(app.objects[i]->partition, config->partition) ||
		    str_eq(app.objects[i]->partition, "Common"))
			abort();
	bigip_app_release(&app);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char ns[] = "default", name[] = "vs", ip[] = "10.0.0.1%3";
	struct kube_configmap cm = {.o = {.ns = ns, .name = name}, .ip = ip};
	autofree char *schema = NULL, *text = NULL;
	struct vs_problems problems;
	struct vs_config *config = NULL;
	int r;

	if (size == 0)
		return 0;
	if (!schemas)
		set_up();
	schema = data[0] >= '0' && data[0] <= '7'
			 ? mem_printf("f5schemadb://bigip-virtual-server_v0.1.%c.json", data[0])
			 : mem_strdup(lax_name);
	text = mem_strndup((const char *)data + 1, size - 1);
	cm.schema = schema;
	cm.data = text;
	r = vs_config_parse(schemas, &cm, NULL, &config, &problems);
	if ((r == 0) != (problems.n == 0) || (r == 0) != (config != NULL))
		abort();
	for (size_t i = 0; i < problems.n; i++)
		if (!problems.list[i].message[0])
			abort();
	if (config)
		translate(&cm, config);
	vs_config_free(config);
	vs_problems_release(&problems);
	return 0;
}
