/*
 * world - the Kubernetes objects that a command works on, read from YAML or JSON files or from a
 * cluster, once
 */
#ifndef CONTROLLER_CLI_WORLD_H
#define CONTROLLER_CLI_WORLD_H

#include "controller/kube/kube.h"
#include "controller/translate/translate.h"

struct world_object {
	const struct kube_object *object; /* of a file: ours; of the cluster: its store's */
	const char
		*file; /* borrowed from the caller of world_read_file(); NULL: from the cluster */
	unsigned line;
};

struct world {
	struct world_object *list;
	size_t n, cap;
	struct kube_selector *node_selector;     /* NULL: every node */
	struct world_cluster *cluster;           /* open stores; NULL: files only */
	const struct kube_endpoints **endpoints; /* scratch of world_input() */
	const struct kube_node **nodes;          /* scratch */
};

/** world_read_file - add every object of @path ("-": standard input) that we know; List objects are
 * opened; others are skipped */
int world_read_file(struct world *w, const char *path, struct error *err);
/** world_read_cluster - add everything from the API server of @config (given); waits up to 30 s.
 * @namespaces: NULL-terminated, empty: all */
int world_read_cluster(struct world *w, struct kube_config *config, const char *const *namespaces,
		       struct error *err);
void world_release(struct world *w);

const struct kube_object *world_get(const struct world *w, enum kube_kind kind, const char *ns,
				    const char *name);
bool world_has_kind(const struct world *w, enum kube_kind kind);
/** world_input - what translate needs for the ConfigMap @cm with @config; valid until the next call
 */
void world_input(struct world *w, const struct kube_configmap *cm, const struct vs_config *config,
		 struct tr_input *ret);

#endif
