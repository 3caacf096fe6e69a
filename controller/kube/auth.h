/*
 * auth - the Authorization header (and client certificate) of the moment; for client.c and tests
 */
#ifndef CONTROLLER_KUBE_AUTH_H
#define CONTROLLER_KUBE_AUTH_H

#include "controller/kube/config.h"

struct kube_auth;

/* @on_ready: a renewal begun by kube_auth_renew() has ended; @err has kind ERR_NONE on success */
struct kube_auth *kube_auth_new(struct uv_loop_s *loop, const struct kube_config *borrowed,
				void (*on_ready)(void *ctx, const struct error *err), void *ctx);
void kube_auth_close(struct kube_auth *a); /* no callback after this */

/** kube_auth_header - "Authorization: ...", "" for none, or NULL: call kube_auth_renew() first.
 * Borrowed until the next call. */
const char *kube_auth_header(struct kube_auth *a);
void kube_auth_renew(struct kube_auth *a); /* answers through @on_ready, perhaps before it returns;
					      one at a time */

/** kube_auth_serial - changes with the credentials */
unsigned kube_auth_serial(const struct kube_auth *a);
/** kube_auth_rejected - the server said 401 to those of @serial; true when others may be had, so
 * that trying again makes sense */
bool kube_auth_rejected(struct kube_auth *a, unsigned serial);

/** kube_auth_cert - the client certificate that an exec plugin gave, else NULL; part of what
 * kube_auth_serial() tells */
const char *kube_auth_cert(const struct kube_auth *a, const char **ret_key);

#endif
