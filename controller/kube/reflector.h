/*
 * reflector - the list-and-watch protocol: hands over lists and events, knows nothing of what is in
 * an object
 */
#ifndef CONTROLLER_KUBE_REFLECTOR_H
#define CONTROLLER_KUBE_REFLECTOR_H

#include "controller/kube/client.h"

struct kube_reflector;

enum kube_change { KUBE_LISTED, KUBE_SET, KUBE_DELETED };

/* all of them may close the reflector */
struct kube_reflector_settings {
	enum kube_kind kind;
	const char *ns;             /* NULL: all; copied */
	const char *label_selector; /* or NULL; copied */
	/* a list begins (also when the one before broke off); @regressed: the server's
	 * resourceVersion is lower than one that it told before */
	void (*on_list_begin)(void *ctx, bool regressed);
	/* one object, borrowed; @slice: it is an EndpointSlice */
	void (*on_object)(void *ctx, enum kube_change what, struct json_object *o, bool slice);
	void (*on_list_end)(void *ctx, bool regressed);
	void *ctx;
};

struct kube_reflector *kube_reflector_new(struct kube_client *c,
					  const struct kube_reflector_settings *s);
void kube_reflector_close(struct kube_reflector *r); /* no callbacks after this; NULL is fine */
bool kube_reflector_healthy(
	const struct kube_reflector *r); /* no failure, or only for a short while */

#endif
