/* API JSON to objects: the first byte picks kind and flavour; what comes out must be readable to
 * its last byte */
#include <stdint.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "controller/kube/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t sum;

static void touch(const char *s)
{
	sum += s ? strlen(s) : 0;
}

static void touch_object(const struct kube_object *o)
{
	const struct kube_configmap *c = (const void *)o;
	const struct kube_service *s = (const void *)o;
	const struct kube_endpoints *e = (const void *)o;
	const struct kube_node *n = (const void *)o;

	touch(o->ns);
	touch(o->name);
	touch(o->uid);
	touch(o->resource_version);
	if (o->kind == KUBE_CONFIGMAP) {
		touch(c->schema);
		touch(c->data);
		touch(c->ip);
	}
	for (size_t i = 0; o->kind == KUBE_SERVICE && i < s->n_ports; i++)
		touch(s->ports[i].name);
	for (size_t i = 0; o->kind == KUBE_ENDPOINTS && i < e->n_sets; i++) {
		for (size_t k = 0; k < e->sets[i].n_ports; k++)
			touch(e->sets[i].ports[k].name);
		for (size_t k = 0; k < e->sets[i].n_endpoints; k++)
			touch(e->sets[i].endpoints[k].node);
	}
	for (size_t i = 0; o->kind == KUBE_NODE && i < n->n_labels; i++)
		touch(n->labels[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum kube_kind kind = size ? data[0] % KUBE_KINDS : KUBE_CONFIGMAP;
	bool slice = size && kind == KUBE_ENDPOINTS && data[0] & 128;
	struct json_object *json;
	struct kube_object *o;
	struct kube_table *t;
	struct error err;

	if (size == 0 || js_parse((const char *)data + 1, size - 1, &json, &err) < 0)
		return 0;
	if (kube_object_decode(kind, slice, json, &o, &err) < 0) {
		json_object_put(json);
		return 0;
	}
	json_object_put(json); /* the object must live without it */
	touch_object(o);
	t = kube_table_new(kind);
	(void)kube_table_put(t, o);
	if (kube_table_get(t, o->ns, o->name) != o)
		abort();
	kube_table_free(t);
	return 0;
}
