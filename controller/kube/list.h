/*
 * list - walks the items of a List without making a tree of all of them. Pure.
 *
 * A page of 500 objects is a megabyte or two of text, but twenty as a JSON tree: so the page is cut
 * into its items first, and each is parsed alone.
 */
#ifndef CONTROLLER_KUBE_LIST_H
#define CONTROLLER_KUBE_LIST_H

#include <stddef.h>

#include "common/base/err.h"

struct kube_list {
	const char *pos, *end;  /* what is left of the items */
	size_t n;               /* items handed out */
	char *resource_version; /* "" if none */
	char *next_page;        /* the continue token, NULL on the last page */
};

/** kube_list_open - @text is kept until kube_list_release(). Anything without an "items" array is
 * an error, never an empty list. */
int kube_list_open(const char *text, size_t len, struct kube_list *ret, struct error *err);
/** kube_list_next - 1: *ret is the next item; 0: no more; -1: broken */
int kube_list_next(struct kube_list *l, const char **ret, size_t *ret_len, struct error *err);
void kube_list_release(struct kube_list *l);

#endif
