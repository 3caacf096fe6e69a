#include "controller/kube/exec.h"

#include <uv.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/proc.h"

enum { TIMEOUT_MS = 60000 }; /* plugins ask services far away */

struct kube_exec_run {
	const struct kube_exec *exec;
	kube_exec_fn *fn;
	void *ctx;
	struct proc *proc;
	uv_timer_t later; /* tells of a start that failed */
	struct error err;
};

static int refuse(struct error *err, const char *what)
{
	return err_set(err, ERR_INPUT, 0, "credential plugin: %s", what);
}

static bool visible(const char *s)
{
	for (; s && *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

int kube_exec_read(const char *api_version, const char *text, size_t len,
		   struct json_object **ret_doc, struct kube_exec_result *ret, struct error *err)
{
	struct kube_exec_result r = {0};
	struct json_object *o = NULL;
	const char *expires;
	int rc = -1;

	if (js_parse(text, len, &o, err) < 0)
		return refuse(err,
			      "its output is not JSON"); /* which may hold a secret: not quoted */
	r.token = js_str(o, "status.token", NULL);
	r.cert = js_str(o, "status.clientCertificateData", NULL);
	r.key = js_str(o, "status.clientKeyData", NULL);
	expires = js_str(o, "status.expirationTimestamp", NULL);
	if (!str_eq(js_str(o, "kind", ""), "ExecCredential"))
		rc = refuse(err, "kind must be ExecCredential");
	else if (!str_eq(js_str(o, "apiVersion", ""), api_version))
		rc = err_set(err, ERR_INPUT, 0,
			     "credential plugin: apiVersion must be %s, is '%.100s'", api_version,
			     js_str(o, "apiVersion", ""));
	else if (str_empty(r.token) && str_empty(r.cert))
		rc = refuse(err, "status holds neither token nor clientCertificateData");
	else if (!visible(r.token))
		rc = refuse(err, "status.token holds spaces or control characters");
	else if (str_empty(r.cert) != str_empty(r.key))
		rc = refuse(err, "clientCertificateData and clientKeyData go together");
	else if (expires && clock_parse_rfc3339(expires, &r.expires_us) < 0)
		rc = err_set(err, ERR_INPUT, 0,
			     "credential plugin: status.expirationTimestamp '%.60s' is not a time",
			     expires);
	else
		rc = 0;
	if (rc < 0) {
		json_object_put(o);
		return -1;
	}
	if (str_empty(r.token))
		r.token = NULL;
	if (str_empty(r.cert))
		r.cert = r.key = NULL;
	*ret_doc = o;
	*ret = r;
	return 0;
}

static void on_timer_closed(uv_handle_t *h)
{
	free(h->data);
}

static void end(struct kube_exec_run *run)
{
	uv_close((uv_handle_t *)&run->later, on_timer_closed);
}

static void tell_error(struct kube_exec_run *run, struct error *err)
{
	(void)err_wrap(err, "credential plugin");
	if (run->exec->hint) {
		size_t n = strlen(err->msg);

		(void)snprintf(err->msg + n, sizeof(err->msg) - n, " (%s)", run->exec->hint);
	}
	run->fn(run->ctx, NULL, err);
}

static void on_ended(void *ctx, const struct proc_result *result)
{
	struct kube_exec_run *run = ctx;
	struct json_object *doc = NULL;
	struct kube_exec_result r;
	struct error err = result->err;

	run->proc = NULL;
	if (err.kind != ERR_NONE)
		tell_error(run, &err);
	else if (kube_exec_read(run->exec->api_version, result->out, result->out_len, &doc, &r,
				&err) < 0)
		run->fn(run->ctx, NULL, &err);
	else
		run->fn(run->ctx, &r, NULL);
	json_object_put(doc);
	end(run);
}

static void on_not_started(uv_timer_t *timer)
{
	struct kube_exec_run *run = timer->data;

	tell_error(run, &run->err);
	end(run);
}

struct kube_exec_run *kube_exec_start(uv_loop_t *loop, const struct kube_exec *exec,
				      kube_exec_fn *fn, void *ctx)
{
	struct kube_exec_run *run = mem_alloc(sizeof(*run));

	run->exec = exec;
	run->fn = fn;
	run->ctx = ctx;
	uv_timer_init(loop, &run->later);
	run->later.data = run;
	if (proc_run(loop,
		     &(struct proc_settings){.argv = (const char *const *)exec->argv,
					     .env_add = (const char *const *)exec->env,
					     .timeout_ms = TIMEOUT_MS,
					     .on_exit = on_ended,
					     .ctx = run},
		     &run->proc, &run->err) < 0)
		uv_timer_start(&run->later, on_not_started, 0, 0);
	return run;
}

void kube_exec_cancel(struct kube_exec_run *run)
{
	if (!run)
		return;
	if (run->proc)
		proc_close(run->proc);
	end(run);
}
