/*
 * lease - leader election over a coordination.k8s.io/v1 Lease, by the rules of client-go
 * tools/leaderelection
 *
 * A candidate reads the lease every retry_s and takes it when nobody holds it, or when it has not
 * changed for its duration as measured by our own clock from the moment that we saw the change:
 * clocks of other machines are never believed. Writes carry the resourceVersion that was read, so
 * of two candidates one gets 409. The leader renews every retry_s; without success for renew_s,
 * counted from the moment the last good request was sent, it stops leading, well before anybody may
 * take over (duration_s).
 *
 * Without permission for leases, or on a server without them, from the start: we lead alone, and
 * look again once a minute. A lease that was read once is never given up for that reason:
 * permission may have been lost for all replicas at the same time.
 */
#include <uv.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "controller/kube/client.h"

enum {
	DENIED_BEFORE_ALONE =
		3, /* a server that has just started refuses for a moment what it will allow */
	ALONE_LOOK_S = 60,
	MAX_DURATION_S = 3600, /* believe no longer duration than this of the other holder */
};

struct kube_lease {
	struct kube_client *client;
	struct kube_lease_settings s;
	char *ns, *name, *identity;
	unsigned second_ms;
	struct kube_call *call;
	uv_timer_t retry, deadline;
	unsigned open_handles;

	struct json_object *object;       /* as last read or written; NULL: read it first */
	char *holder, *renew_time;        /* of the record that we saw last */
	uint64_t duration_us, changed_us; /* when we saw it change */

	bool leading, alone, seen, closing, releasing;
	uint64_t sent_us, renewed_us; /* of the request under way; of the last good write */
	unsigned denied, failures;    /* in a row */
};

static void look(struct kube_lease *l);
static void put(struct kube_lease *l, const char *holder);

static const struct kube_resource leases = {"/apis/coordination.k8s.io/v1", "leases",
					    "coordination.k8s.io/v1", true};

/* ---- leading or not ---- */

static void on_deadline(uv_timer_t *timer);

static void lead(struct kube_lease *l)
{
	if (l->leading)
		return;
	l->leading = true;
	log_info("kube.lease_acquired", kv_str("lease", l->name), kv_str("identity", l->identity),
		 kv_str("alone", l->alone ? "true" : NULL));
	l->s.on_lead(l->s.ctx);
}

static void lose(struct kube_lease *l, const char *why)
{
	uv_timer_stop(&l->deadline);
	if (!l->leading)
		return;
	l->leading = false;
	log_warn("kube.lease_lost", kv_str("lease", l->name), kv_str("identity", l->identity),
		 kv_str("reason", why));
	l->s.on_lost(l->s.ctx, why);
}

static void on_deadline(uv_timer_t *timer)
{
	lose(timer->data, "the lease could not be renewed in time");
}

static void renewed(struct kube_lease *l)
{
	uint64_t limit_us = (uint64_t)l->s.renew_s * l->second_ms * 1000, passed_us;

	l->renewed_us = l->sent_us;
	l->alone = false;
	l->denied = l->failures = 0;
	passed_us = clock_mono_us() - l->renewed_us;
	if (passed_us >= limit_us) { /* the answer took too long: it says nothing of now */
		lose(l, "the lease could not be renewed in time");
		return;
	}
	uv_update_time(kube_client_loop(l->client));
	uv_timer_start(&l->deadline, on_deadline, (limit_us - passed_us) / 1000, 0);
	lead(l);
}

/* ---- time ---- */

static void on_retry(uv_timer_t *timer)
{
	look(timer->data);
}

static uint64_t expires_us(const struct kube_lease *l)
{
	return l->changed_us + l->duration_us;
}

/* the next look: retry_s, or right after the lease of the other one ends */
static void wait(struct kube_lease *l)
{
	uint64_t ms = (uint64_t)l->s.retry_s * l->second_ms, now = clock_mono_us();

	if (l->closing)
		return;
	if (l->alone)
		ms = (uint64_t)ALONE_LOOK_S * l->second_ms;
	else if (l->denied > 0 && !l->seen) /* soon known to be alone */
		ms = l->second_ms / 4;
	else if (!l->leading)
		ms += kube_client_random(l->client) % (ms / 4 + 1);
	if (!l->leading && !str_empty(l->holder) && expires_us(l) > now &&
	    (expires_us(l) - now) / 1000 < ms)
		ms = (expires_us(l) - now) / 1000 + 1;
	uv_update_time(kube_client_loop(l->client));
	uv_timer_start(&l->retry, on_retry, ms, 0);
}

/* ---- the record ---- */

static void forget(struct kube_lease *l)
{
	json_object_put(l->object);
	l->object = NULL;
}

/* borrowed @o: what the server has now */
static void observe(struct kube_lease *l, struct json_object *o)
{
	const char *holder = js_str(o, "spec.holderIdentity", ""),
		   *time = js_str(o, "spec.renewTime", "");
	int64_t duration_s = js_int(o, "spec.leaseDurationSeconds", l->s.duration_s);

	forget(l);
	l->object = json_object_get(o);
	l->seen = true;
	if (duration_s < 1 || duration_s > MAX_DURATION_S)
		duration_s = l->s.duration_s;
	l->duration_us = (uint64_t)duration_s * l->second_ms * 1000;
	if (str_eq(holder, l->holder) && str_eq(time, l->renew_time))
		return;
	if (!str_eq(holder, l->holder))
		log_info("kube.lease_holder", kv_str("lease", l->name), kv_str("holder", holder));
	free(l->holder);
	free(l->renew_time);
	l->holder = mem_strdup(holder);
	l->renew_time = mem_strdup(time);
	l->changed_us = clock_mono_us();
}

static bool held_by_other(const struct kube_lease *l)
{
	return !str_empty(l->holder) && !str_eq(l->holder, l->identity) &&
	       clock_mono_us() < expires_us(l);
}

/* what we write: everything of the object that we do not own stays */
static struct json_object *record(struct kube_lease *l, const char *holder)
{
	struct json_object *o = NULL, *spec;
	bool ours = str_eq(l->holder, l->identity);
	char now[CLOCK_RFC3339_MAX];

	(void)clock_rfc3339(clock_wall_us(), 1, now);
	if (l->object) {
		if (json_object_deep_copy(l->object, &o, NULL) < 0)
			abort(); /* only without memory, see mem.h */
	} else {
		struct json_object *meta = js_obj();

		o = js_obj();
		js_put_str(o, "apiVersion", leases.api_version);
		js_put_str(o, "kind", "Lease");
		js_put_str(meta, "name", l->name);
		js_put_str(meta, "namespace", l->ns);
		js_put(o, "metadata", meta);
	}
	spec = js_at(o, "spec");
	if (!json_object_is_type(spec, json_type_object)) {
		spec = js_obj();
		js_put(o, "spec", spec);
	}
	if (!ours) {
		js_put_str(spec, "acquireTime", now);
		js_put_int(spec, "leaseTransitions",
			   l->object ? js_int(spec, "leaseTransitions", 0) + 1 : 0);
	}
	js_put_str(spec, "holderIdentity", holder);
	js_put_int(spec, "leaseDurationSeconds", *holder ? l->s.duration_s : 1);
	js_put_str(spec, "renewTime", now);
	return o;
}

/* ---- requests ---- */

static void request(struct kube_lease *l, const char *method, struct json_object *given_body,
		    void (*on_done)(void *ctx, const struct kube_reply *reply))
{
	struct strbuf path = {0};

	kube_path(&path, &leases, l->ns, str_eq(method, "POST") ? NULL : l->name);
	l->sent_us = clock_mono_us();
	l->call = kube_call_start(l->client,
				  &(struct kube_call_settings){
					  .method = method,
					  .path = str_get(&path),
					  .body = given_body,
					  .timeout_ms = (l->s.renew_s * l->second_ms + 1) / 2,
					  .on_done = on_done,
					  .ctx = l,
					  .outlives = true,
				  });
	str_release(&path);
}

static void go_alone(struct kube_lease *l, const char *why)
{
	if (!l->alone)
		log_warn("kube.lease_unavailable", kv_str("lease", l->name), kv_str("reason", why),
			 kv_str("doing", "leading without election; run one replica only"));
	l->alone = true;
	lead(l);
}

static void failed(struct kube_lease *l, const struct kube_reply *r)
{
	forget(l); /* it may have been written all the same: read before the next write */
	if (r->status == 404 && !r->is_status && !l->seen)
		go_alone(l, "the API server has no leases");
	else if (r->status == 403 && !l->seen && ++l->denied >= DENIED_BEFORE_ALONE)
		go_alone(l, r->err.msg);
	else if (r->status != 409)
		log_at(l->failures++ ? LOG_DEBUG : LOG_WARN, "kube.lease_failed",
		       kv_str("lease", l->name), kv_str("error", r->err.msg));
	wait(l);
}

static void finish(struct kube_lease *l);

/* true when the answer is of no use any more because we are closing */
static bool answered(struct kube_lease *l)
{
	l->call = NULL;
	if (!l->closing)
		return false;
	finish(l);
	return true;
}

static void on_written(void *ctx, const struct kube_reply *r)
{
	struct kube_lease *l = ctx;
	struct json_object *o = NULL;
	struct error err;
	bool ok = r->err.kind == ERR_NONE && js_parse(r->body, r->len, &o, &err) == 0;

	if (ok)
		observe(l, o);
	json_object_put(o);
	if (answered(l))
		return;
	if (ok && str_eq(l->holder, l->identity)) {
		renewed(l);
		wait(l);
	} else if (r->status == 409 && l->leading) { /* whose is it? now, not in retry_s */
		forget(l);
		look(l);
	} else {
		failed(l, r);
	}
}

static void put(struct kube_lease *l, const char *holder)
{
	request(l, l->object ? "PUT" : "POST", record(l, holder), on_written);
}

static void on_read(void *ctx, const struct kube_reply *r)
{
	struct kube_lease *l = ctx;
	struct json_object *o = NULL;
	struct error err;
	char why[300];

	if (r->err.kind == ERR_NONE && js_parse(r->body, r->len, &o, &err) == 0)
		observe(l, o);
	if (answered(l)) {
		json_object_put(o);
		return;
	}
	if (o && held_by_other(l)) {
		l->failures = 0;
		(void)snprintf(why, sizeof(why), "'%.250s' holds the lease", l->holder);
		l->alone = false;
		lose(l, why);
		wait(l);
	} else if (o || (r->status == 404 && r->is_status)) {
		put(l, l->identity);
	} else {
		failed(l, r);
	}
	json_object_put(o);
}

static void look(struct kube_lease *l)
{
	if (l->call || l->closing)
		return;
	if (l->leading && l->object && !l->alone)
		put(l, l->identity);
	else
		request(l, "GET", NULL, on_read);
}

/* ---- life ---- */

struct kube_lease *kube_lease_new(struct kube_client *c, const struct kube_lease_settings *s)
{
	struct kube_lease *l = mem_alloc(sizeof(*l));

	l->client = c;
	l->s = *s;
	l->ns = mem_strdup(s->ns);
	l->name = mem_strdup(s->name);
	l->identity = mem_strdup(s->identity);
	l->second_ms = kube_client_tuning(c)->lease_second_ms;
	uv_timer_init(kube_client_loop(c), &l->retry);
	uv_timer_init(kube_client_loop(c), &l->deadline);
	l->retry.data = l->deadline.data = l;
	l->open_handles = 2;
	look(l);
	return l;
}

static void on_closed(uv_handle_t *h)
{
	struct kube_lease *l = h->data;

	if (--l->open_handles > 0)
		return;
	forget(l);
	free(l->holder);
	free(l->renew_time);
	free(l->ns);
	free(l->name);
	free(l->identity);
	free(l);
}

/* nothing is under way: give the lease up when asked to, then end */
static void finish(struct kube_lease *l)
{
	if (l->releasing && l->object && str_eq(l->holder, l->identity)) {
		l->releasing = false;
		put(l, "");
		return;
	}
	uv_close((uv_handle_t *)&l->retry, on_closed);
	uv_close((uv_handle_t *)&l->deadline, on_closed);
}

void kube_lease_close(struct kube_lease *l, bool release)
{
	if (!l || l->closing)
		return;
	l->closing = true;
	l->releasing = release && l->leading && !l->alone;
	uv_timer_stop(&l->retry);
	uv_timer_stop(&l->deadline);
	if (l->call && !l->releasing) {
		kube_call_cancel(l->call);
		l->call = NULL;
	}
	if (!l->call)
		finish(l);
}

bool kube_lease_leading(const struct kube_lease *l)
{
	return l->leading;
}

const char *kube_lease_holder(const struct kube_lease *l)
{
	return l->alone ? l->identity : l->holder ? l->holder : "";
}
