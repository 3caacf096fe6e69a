/* A small cluster for tests: objects from JSON, and the tr_input that sees them. */
#ifndef TESTS_UNIT_TRANSLATE_WORLD_H
#define TESTS_UNIT_TRANSLATE_WORLD_H

#include "controller/translate/translate.h"

enum { WORLD_MAX = 256 };

struct world {
	struct kube_object *objects[WORLD_MAX];
	size_t n;
	/* of the last world_input() */
	const struct kube_endpoints *endpoints[WORLD_MAX];
	const struct kube_node *nodes[WORLD_MAX];
	size_t n_nodes;
};

/** world_quoted - a copy with ' turned into "; given */
char *world_quoted(const char *s);

/**
 * world_add - decode objects, one a line: a letter for the kind, then JSON with ' for "
 *
 * N node, S service, E endpoints, L slice, C config map. Without metadata.namespace the object is
 * in "default". Fails the test if one does not decode.
 */
void world_add(struct world *w, const char *lines);
void world_add_json(struct world *w, enum kube_kind kind, bool slice, struct json_object *json);
/** world_add_file - the YAML documents of a file of the tree, of any of those kinds */
void world_add_file(struct world *w, const char *path);
const struct kube_object *world_get(const struct world *w, enum kube_kind kind, const char *ns,
				    const char *name);
void world_release(struct world *w);

/** world_input - what the controller would hand over for @config of the ConfigMap @cm; valid until
 * the world changes */
struct tr_input world_input(struct world *w, const struct kube_object *cm,
			    const struct vs_config *config);

/** world_config - parse the ConfigMap's document; fails the test if it has a problem. Given. */
struct vs_config *world_config(const struct kube_configmap *cm);

/** world_app_text - the objects of an app, one a line; given */
char *world_app_text(const struct bigip_app *app);

#endif
