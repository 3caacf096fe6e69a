/*
 * guard - may these objects be deleted now? Pure.
 *
 * Losing a production configuration to a wiped etcd, a wrong kubeconfig or a bug is worse than a
 * virtual that lives a minute too long. What a watch event said (a person deleted the ConfigMap) is
 * believed at once unless it would take more than a share of the partition within one window. What
 * only follows from something missing in a list is believed when it still holds on two verify
 * passes in a row. When all of the cluster's ConfigMaps are missing, or the API server's data went
 * back in time, it is not believed at all until they are back or the operator says so.
 */
#ifndef CONTROLLER_CLUSTER_GUARD_H
#define CONTROLLER_CLUSTER_GUARD_H

#include <stdbool.h>
#include <stddef.h>

struct guard_settings {
	unsigned max_percent; /* of a partition's objects that may go in one window; default 50 */
	size_t min_objects;   /* up to this many are never a mass delete; default 10 */
	bool allow_empty; /* --allow-empty-cluster: the operator says that nothing is really wanted
			   */
};

/* one per partition; a window is the time between two verify passes */
struct guard {
	size_t total;   /* objects of ours when the window began */
	size_t deleted; /* allowed in this window so far */
};

struct guard_request {
	size_t objects;  /* that the plan deletes */
	bool seen;       /* a watch event is behind it */
	unsigned passes; /* verify passes in a row at which the same plan was wanted and held */
	bool suspicious; /* no ConfigMap at all, or the API server's data went back in time */
};

enum guard_verdict { GUARD_ALLOW, GUARD_HOLD_UNSEEN, GUARD_HOLD_MASS, GUARD_HOLD_SUSPICIOUS };

void guard_window(struct guard *g, size_t total);
/** guard_grown - there are @count objects now: what was created meanwhile is part of the window's
 * total */
void guard_grown(struct guard *g, size_t count);
/** guard_ask - on ALLOW the deletion is counted */
enum guard_verdict guard_ask(struct guard *g, const struct guard_settings *s,
			     const struct guard_request *r);
const char *guard_verdict_text(
	enum guard_verdict v); /* for people: why it is held and what to do */

#endif
