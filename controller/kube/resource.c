/* where objects live in the API */
#include "common/base/mem.h"
#include "controller/kube/client.h"

const struct kube_resource *kube_resource_of(enum kube_kind kind)
{
	static const struct kube_resource resources[KUBE_KINDS] = {
		[KUBE_CONFIGMAP] = {"/api/v1", "configmaps", "v1", true},
		[KUBE_SERVICE] = {"/api/v1", "services", "v1", true},
		[KUBE_ENDPOINTS] = {"/api/v1", "endpoints", "v1", true},
		[KUBE_NODE] = {"/api/v1", "nodes", "v1", false},
		[KUBE_NAMESPACE] = {"/api/v1", "namespaces", "v1", false},
	};

	return &resources[kind];
}

void kube_path_escape(struct strbuf *to, const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if ((unsigned)((c | 32) - 'a') < 26 || (unsigned)(c - '0') < 10 ||
		    strchr("-._~", c))
			str_add_char(to, *s);
		else
			str_addf(to, "%%%02X", c);
	}
}

void kube_path(struct strbuf *to, const struct kube_resource *r, const char *ns, const char *name)
{
	str_add(to, r->api);
	if (r->namespaced && !str_empty(ns)) {
		str_add(to, "/namespaces/");
		kube_path_escape(to, ns);
	}
	str_addf(to, "/%s", r->plural);
	if (!str_empty(name)) {
		str_add_char(to, '/');
		kube_path_escape(to, name);
	}
}
