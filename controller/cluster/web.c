/*
 * web - what the controller serves on --http-listen-address
 *
 * /healthz (and /health): is this process able to do its work? A restart may help when not.
 * /readyz: is it doing it? /metrics: Prometheus. /v1/ltm: every app with its objects, members and
 * last error, for "podlane ltm". No secrets, nothing to change.
 */
#include "controller/cluster/cluster.h"

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static void reply_text(struct httpd_request *req, int status, const char *text)
{
	httpd_reply(req, status, "text/plain; charset=utf-8", NULL, text, strlen(text));
}

static void healthz(struct cluster *cl, struct httpd_request *req)
{
	if (!cl->kube || watch_healthy(cl))
		reply_text(req, 200, "ok\n");
	else
		reply_text(req, 503,
			   "unhealthy: nothing was heard from the Kubernetes API server lately\n");
}

static void readyz(struct cluster *cl, struct httpd_request *req)
{
	struct strbuf why = {0};

	if (cl->kube && !watch_synced(cl))
		str_add(&why, "not ready: the first lists from the Kubernetes API server are not "
			      "complete\n");
	if (cl->leader && cl->bigip_down)
		str_addf(&why, "not ready: BIG-IP %s: %s\n",
			 cl->credentials.url ? cl->credentials.url : "", cl->bigip_down);
	for (size_t i = 0; cl->leader && i < cl->n_partitions; i++) {
		const struct partition *p = &cl->partitions[i];

		if (!p->valid)
			str_addf(&why, "not ready: partition '%s' %s\n", p->name,
				 p->error[0] ? p->error : "was not read yet");
	}
	if (why.len)
		reply_text(req, 503, str_get(&why));
	else
		reply_text(req, 200, cl->leader ? "ok: leading\n" : "ok: standing by\n");
	str_release(&why);
}

static void update_gauges(struct cluster *cl)
{
	series_set(cl->m.queue_depth, (double)(cl->queue.n_ready + cl->queue.n_delayed));
	series_set(cl->m.held, (double)cl->apps.in_state[APP_HELD]);
	for (int s = 0; s < APP_STATES; s++)
		series_set(cl->m.apps[s], (double)cl->apps.in_state[s]);
	series_set(cl->m.verified, cl->last_verified_us
					   ? (double)(clock_mono_us() - cl->last_verified_us) / 1e6
					   : -1);
}

static void serve_metrics(struct cluster *cl, struct httpd_request *req)
{
	struct strbuf text = {0};

	update_gauges(cl);
	metrics_render(cl->metrics, &text);
	httpd_reply(req, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, str_get(&text),
		    text.len);
	str_release(&text);
}

static void reply_ltm(struct cluster *cl, struct httpd_request *req)
{
	autojson struct json_object *o = report_json(cl);
	size_t len;
	const char *text = js_text(o, &len);

	httpd_reply(req, 200, "application/json", NULL, text, len);
}

void web_observed(struct cluster *cl)
{
	for (size_t i = 0; i < cl->n_ltm_waiting; i++)
		reply_ltm(cl, cl->ltm_waiting[i]);
	cl->n_ltm_waiting = 0;
}

/* members' availability changes without us: look at the BIG-IP first, if that was not done just now
 */
static void serve_ltm(struct cluster *cl, struct httpd_request *req)
{
	if (cl->n_ltm_waiting < ARRAY_SIZE(cl->ltm_waiting) && device_refresh(cl))
		cl->ltm_waiting[cl->n_ltm_waiting++] = req;
	else
		reply_ltm(cl, req);
}

static void on_gone(void *ctx, struct httpd_request *req)
{
	struct cluster *cl = ctx;

	for (size_t i = 0; i < cl->n_ltm_waiting; i++) {
		if (cl->ltm_waiting[i] == req)
			cl->ltm_waiting[i--] = cl->ltm_waiting[--cl->n_ltm_waiting];
	}
}

static void on_request(void *ctx, struct httpd_request *req)
{
	static const struct {
		const char *path;
		void (*serve)(struct cluster *cl, struct httpd_request *req);
	} pages[] = {
		{"/healthz", healthz},       {"/health", healthz},   {"/readyz", readyz},
		{"/metrics", serve_metrics}, {"/v1/ltm", serve_ltm},
	};
	const char *path = httpd_path(req);

	if (strcmp(httpd_method(req), "GET") != 0 && strcmp(httpd_method(req), "HEAD") != 0) {
		reply_text(req, 405, "only GET is served here\n");
		return;
	}
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(path, pages[i].path) == 0) {
			pages[i].serve(ctx, req);
			return;
		}
	}
	reply_text(req, 404, "not found; there are /healthz /readyz /metrics /v1/ltm\n");
}

int web_start(struct cluster *cl, struct error *err)
{
	const struct httpd_settings s = {
		.address = cl->settings->http_address,
		.port = cl->settings->http_port,
		.max_body = 4096,
		.max_connections = 64,
		.on_request = on_request,
		.on_gone = on_gone,
		.ctx = cl,
	};

	if (httpd_new(cl->loop, &s, &cl->httpd, err) < 0)
		return err_wrap(err, "--http-listen-address=%s:%u", s.address, s.port);
	return 0;
}

void web_stop(struct cluster *cl)
{
	httpd_close(cl->httpd);
	cl->httpd = NULL;
}
