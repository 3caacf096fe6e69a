/*
 * exec - runs a credential plugin: client.authentication.k8s.io/v1 and v1beta1
 */
#ifndef CONTROLLER_KUBE_EXEC_H
#define CONTROLLER_KUBE_EXEC_H

#include "controller/kube/config.h"

struct kube_exec_run;

/* what a plugin gave; borrowed for the call */
struct kube_exec_result {
	const char *token;      /* or NULL */
	const char *cert, *key; /* both or neither */
	int64_t expires_us;     /* wall clock; 0: not told */
};

typedef void kube_exec_fn(void *ctx, const struct kube_exec_result *result,
			  const struct error *err);

/** kube_exec_start - @fn is called once from the loop, with @result or with @err; the run is dead
 * after that */
struct kube_exec_run *kube_exec_start(struct uv_loop_s *loop, const struct kube_exec *borrowed,
				      kube_exec_fn *fn, void *ctx);
void kube_exec_cancel(struct kube_exec_run *run); /* @fn is not called any more; NULL is fine */

/** kube_exec_read - the ExecCredential that a plugin wrote; strings in *ret are borrowed from
 * *ret_doc (json_object_put) */
int kube_exec_read(const char *api_version, const char *text, size_t len,
		   struct json_object **ret_doc, struct kube_exec_result *ret, struct error *err);

#endif
