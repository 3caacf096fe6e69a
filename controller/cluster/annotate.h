/*
 * annotate - one annotation on many objects, a few requests at a time
 *
 * A first sync wants an annotation on every ConfigMap at once. What waits here is two short
 * strings; only the newest value of an object is written, and never two of one object at a time.
 */
#ifndef CONTROLLER_CLUSTER_ANNOTATE_H
#define CONTROLLER_CLUSTER_ANNOTATE_H

#include "controller/kube/kube.h"

struct annotator;

struct annotator *annotator_new(struct kube_client *kube, const char *key); /* both kept */

/** annotator_set - @value NULL removes the annotation. Without permission: logged once, then
 * nothing is sent any more. */
void annotator_set(struct annotator *t, const struct kube_object *o, const char *value);

/** annotator_close - before kube_client_close() of its client; NULL is fine */
void annotator_close(struct annotator *t);

#endif
