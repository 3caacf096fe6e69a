/*
 * Does a schema end? A circle of references is fine when it passes through a property or an item,
 * because then the document ends it; a circle that stays at the same value never ends.
 */
#include "common/base/jsonschema_tree.h"

enum { MAX_DEPTH = 256 };

static int walk_node(const struct schema_node *n, unsigned depth, struct error *err);

static int walk_nodes(const struct schema_nodes *list, unsigned depth, struct error *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (walk_node(list->at[i], depth, err) < 0)
			return -1;
	return 0;
}

/* depth first along the edges that stay at the same value of the document */
static int walk_node(const struct schema_node *node, unsigned depth, struct error *err)
{
	struct schema_node *n = (struct schema_node *)node; /* ours until compile returns */

	if (!n || n->walk == SCHEMA_LEFT)
		return 0;
	if (n->walk == SCHEMA_ENTERED)
		return err_set(err, ERR_INPUT, 0,
			       "schema refers to itself without going deeper into the document");
	if (depth > MAX_DEPTH)
		return err_set(err, ERR_INPUT, 0, "schema has a chain of more than %d references",
			       MAX_DEPTH);
	n->walk = SCHEMA_ENTERED;
	if (walk_node(n->ref, depth + 1, err) < 0 || walk_node(n->not, depth + 1, err) < 0 ||
	    walk_nodes(&n->all, depth + 1, err) < 0 || walk_nodes(&n->any, depth + 1, err) < 0 ||
	    walk_nodes(&n->one, depth + 1, err) < 0)
		return -1;
	for (size_t i = 0; n->object && i < n->object->n_dependencies; i++)
		if (walk_node(n->object->dependencies[i].node, depth + 1, err) < 0)
			return -1;
	n->walk = SCHEMA_LEFT;
	return 0;
}

int schema_find_circles(const struct jsonschema *s, struct error *err)
{
	for (const struct schema_node *n = s->nodes; n; n = n->next)
		if (walk_node(n, 0, err) < 0)
			return -1;
	return 0;
}
