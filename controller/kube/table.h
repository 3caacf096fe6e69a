/*
 * table - the objects of one store: by namespace and name, endpoints also by Service; and what a
 * relist changes. Pure.
 */
#ifndef CONTROLLER_KUBE_TABLE_H
#define CONTROLLER_KUBE_TABLE_H

#include "controller/kube/objects.h"

struct kube_table;

struct kube_table *kube_table_new(enum kube_kind kind);
void kube_table_free(struct kube_table *t); /* and its objects */

/** kube_table_put - @o is given. Returns the object that it replaces, which is given back, or NULL.
 */
struct kube_object *kube_table_put(struct kube_table *t, struct kube_object *o);
/** kube_table_take - out of the table; given, NULL if there is none */
struct kube_object *kube_table_take(struct kube_table *t, const char *ns, const char *name);

const struct kube_object *kube_table_get(const struct kube_table *t, const char *ns,
					 const char *name);
size_t kube_table_count(const struct kube_table *t);
void kube_table_each(const struct kube_table *t, void (*fn)(void *ctx, const struct kube_object *o),
		     void *ctx);
/** kube_table_endpoints - see kube_store_endpoints(); in the order of their names */
size_t kube_table_endpoints(const struct kube_table *t, const char *ns, const char *service,
			    const struct kube_endpoints *const **ret);

/*
 * A list: begin, then each object, then end. Nothing changes until the end, so a list that breaks
 * off is as if it had never begun.
 */

/** kube_table_list_begin - @distrust: an object with the version that we have may still differ (the
 * server lost its data) */
void kube_table_list_begin(struct kube_table *t, bool distrust);
void kube_table_list_add(struct kube_table *t, struct kube_object *given);
/** kube_table_list_keep - it is in the list, but cannot be used: keep what we have of it */
void kube_table_list_keep(struct kube_table *t, const char *ns, const char *name);
/**
 * kube_table_list_end - make the table equal to the list, then call @fn for each difference
 *
 * @now NULL: it was not in the list. The table is complete before the first call; removals come
 * last.
 */
void kube_table_list_end(struct kube_table *t,
			 void (*fn)(void *ctx, const struct kube_object *before,
				    const struct kube_object *now),
			 void *ctx);

#endif
