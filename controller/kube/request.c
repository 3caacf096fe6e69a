/* JSON in, JSON out: what other folders use instead of kube_call_start() */
#include "common/base/json.h"
#include "common/base/mem.h"
#include "controller/kube/client.h"

struct json_request {
	kube_reply_fn *fn;
	void *ctx;
};

static void on_json_done(void *ctx, const struct kube_reply *r)
{
	struct json_request *req = ctx;
	struct json_object *body = NULL;
	struct error err = r->err;

	if (err.kind == ERR_NONE && r->len > 0 && js_parse(r->body, r->len, &body, &err) < 0)
		err.kind = ERR_RETRY; /* a proxy's page, a cut reply: not the caller's fault */
	if (req->fn)
		req->fn(req->ctx, r->status, body, &err);
	json_object_put(body);
	free(req);
}

void kube_request(struct kube_client *c, const char *method, const char *path,
		  const char *content_type, struct json_object *given_body, kube_reply_fn *fn,
		  void *ctx)
{
	struct json_request *req = mem_alloc(sizeof(*req));

	req->fn = fn;
	req->ctx = ctx;
	(void)kube_call_start(c, &(struct kube_call_settings){
					 .method = method,
					 .path = path,
					 .content_type = content_type,
					 .body = given_body,
					 .timeout_ms = kube_client_tuning(c)->request_timeout_ms,
					 .on_done = on_json_done,
					 .free_ctx = true,
					 .ctx = req,
				 });
}

void kube_annotate(struct kube_client *c, const struct kube_object *o, const char *key,
		   const char *value, kube_reply_fn *fn, void *ctx)
{
	struct json_object *body = js_obj(), *meta = js_obj(), *notes = js_obj();
	struct strbuf path = {0};

	json_object_object_add(notes, key,
			       value ? json_object_new_string(value) : NULL); /* null removes it */
	js_put(meta, "annotations", notes);
	js_put(body, "metadata", meta);
	kube_path(&path, kube_resource_of(o->kind), o->ns, o->name);
	kube_request(c, "PATCH", str_get(&path), "application/merge-patch+json", body, fn, ctx);
	str_release(&path);
}
