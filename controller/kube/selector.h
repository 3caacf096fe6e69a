/*
 * selector - Kubernetes label selectors: "a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<2". Pure.
 *
 * The grammar and the rules of keys and values are those of apimachinery's labels.Parse.
 */
#ifndef CONTROLLER_KUBE_SELECTOR_H
#define CONTROLLER_KUBE_SELECTOR_H

#include "controller/kube/objects.h"

struct kube_selector;

/** kube_selector_parse - *ret is given: kube_selector_free(). An empty @text matches everything. */
int kube_selector_parse(const char *text, struct kube_selector **ret, struct error *err);
/** kube_selector_matches - as the API server would: != and notin also match objects without the key
 */
bool kube_selector_matches(const struct kube_selector *s, const struct kube_label *labels,
			   size_t n);
void kube_selector_free(struct kube_selector *s); /* NULL is fine */

#endif
