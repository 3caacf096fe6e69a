/*
 * reflector - list, then watch, for ever
 *
 *	LIST   pages of list_limit objects, then WATCH from the list's resourceVersion. 410 in the
 *middle (the snapshot expired): again from the start, in one page. A page larger than the cap:
 *again with smaller pages. WATCH  with bookmarks and a random timeout. Each event moves the version
 *from which to resume. A clean end: WATCH again. 410, as status or as ERROR event: LIST. An event
 *above the cap or versions that run backwards: LIST. Broken in any other way: wait with backoff,
 *then PROBE. PROBE  one object of the list, for the server's current version. It tells that the
 *server is back, and whether it is the server that we left: one that lost its data has a lower
 *version, and a watch from a version of the future is silent for ever. Lower: LIST, else WATCH from
 *where we were.
 *
 * Endpoints come as EndpointSlice v1, v1beta1 or as Endpoints: a list of the first that exists
 *(else 404) and that we may read (else 403). While we have to do with a later one, an earlier one
 *is tried again whenever a watch ends.
 *
 * Versions are opaque by the API's rules, but every server counts them upwards; one that is not a
 *number is passed on and never compared. After client-go tools/cache/reflector.go.
 */
#include "controller/kube/reflector.h"

#include <malloc.h>
#include <uv.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "controller/kube/framer.h"
#include "controller/kube/list.h"

enum {
	TRIM_BYTES = 1 << 20, /* a list larger than this leaves garbage worth giving back */
	MAX_DENIED = 5,       /* 403 in a row before slices that we could read are given up */
	MAX_BAD_STREAMS = 3,  /* ERROR events or nonsense in a row before listing again */
};

static const struct kube_resource endpoint_variants[] = {
	{"/apis/discovery.k8s.io/v1", "endpointslices", "discovery.k8s.io/v1", true},
	{"/apis/discovery.k8s.io/v1beta1", "endpointslices", "discovery.k8s.io/v1beta1", true},
	{"/api/v1", "endpoints", "v1", true},
};

enum phase { PHASE_LIST, PHASE_PROBE, PHASE_WATCH };
enum verdict { VERDICT_NONE, VERDICT_RELIST, VERDICT_RETRY };

struct kube_reflector {
	struct kube_client *client;
	const struct kube_tuning *tuning;
	struct kube_reflector_settings s;
	char *ns, *selector;
	const struct kube_resource *variants; /* best first */
	unsigned n_variants, variant, trying; /* @trying: the one that a probe asks for */
	struct kube_call *call;
	uv_timer_t timer; /* runs while we back off */
	enum phase phase; /* of @call, or what comes after @timer */
	bool closing;

	/* list */
	char *next_page;
	unsigned limit; /* 0: all in one page */
	bool listed, first_page, regressed;
	size_t list_bytes;
	uint64_t list_begun_us;

	/* versions */
	char *version;    /* resume from here */
	uint64_t highest; /* ever seen of this server, 0 if not a number */

	/* watch */
	struct kube_framer framer;
	enum verdict verdict;
	uint64_t watch_begun_us;
	bool bookmarks; /* this server sends them */
	bool progress;  /* this watch brought something */
	unsigned bad_streams, denied;

	struct backoff backoff;
	uint64_t failing_since_us; /* 0: all is well */
	int last_code;
};

static void list_begin(struct kube_reflector *r);
static void probe(struct kube_reflector *r, unsigned variant);
static void watch(struct kube_reflector *r);

static const struct kube_resource *resource(const struct kube_reflector *r)
{
	return &r->variants[r->variant];
}

static bool slices(const struct kube_reflector *r)
{
	return r->s.kind == KUBE_ENDPOINTS && r->variant < 2;
}

static uint64_t version_number(const char *s)
{
	unsigned long long n;

	return str_to_u64(s, 0, UINT64_MAX, &n) == 0 ? n : 0;
}

/* "PATH?labelSelector=...&" */
static void start_path(struct kube_reflector *r, struct strbuf *path, unsigned variant)
{
	kube_path(path, &r->variants[variant], r->ns, NULL);
	str_add_char(path, '?');
	if (r->selector) {
		str_add(path, "labelSelector=");
		kube_path_escape(path, r->selector);
		str_add_char(path, '&');
	}
}

/* ---- waiting ---- */

static void on_timer(uv_timer_t *timer)
{
	struct kube_reflector *r = timer->data;

	switch (r->phase) {
	case PHASE_LIST:
		list_begin(r);
		break;
	case PHASE_PROBE:
		probe(r, r->variant);
		break;
	case PHASE_WATCH:
		watch(r);
		break;
	}
}

static void log_failure(struct kube_reflector *r, const struct error *err, uint32_t wait_ms)
{
	bool first = r->failing_since_us == 0 || r->last_code != err->code;

	r->last_code = err->code;
	log_at(first ? LOG_WARN : LOG_DEBUG, "kube.watch_failed",
	       kv_str("kind", kube_kind_name(r->s.kind)), kv_str("namespace", r->ns),
	       kv_str("error", err->msg), kv_u64("again_in_ms", wait_ms));
}

/* wait, then @phase; the server may ask for a longer wait */
static void back_off(struct kube_reflector *r, enum phase phase, const struct error *err,
		     int64_t retry_after_ms)
{
	uint32_t wait_ms = backoff_next(&r->backoff, kube_client_random(r->client));

	if (retry_after_ms > r->tuning->retry_after_max_ms)
		retry_after_ms = r->tuning->retry_after_max_ms;
	if (retry_after_ms > wait_ms)
		wait_ms = (uint32_t)retry_after_ms;
	log_failure(r, err, wait_ms);
	if (r->failing_since_us == 0)
		r->failing_since_us = clock_mono_us();
	r->phase = phase;
	uv_timer_start(&r->timer, on_timer, wait_ms, 0);
}

static void all_is_well(struct kube_reflector *r)
{
	if (r->failing_since_us != 0)
		log_info("kube.watch_recovered", kv_str("kind", kube_kind_name(r->s.kind)),
			 kv_str("namespace", r->ns),
			 kv_u64("after_ms", (clock_mono_us() - r->failing_since_us) / 1000));
	r->failing_since_us = 0;
	r->last_code = 0;
	r->denied = 0;
	backoff_reset(&r->backoff);
}

/* at once, but a server that keeps sending us back here is not asked in a tight loop */
static void list_again(struct kube_reflector *r, const char *why)
{
	uint64_t since_ms = (clock_mono_us() - r->list_begun_us) / 1000;

	log_info("kube.relist", kv_str("kind", kube_kind_name(r->s.kind)),
		 kv_str("namespace", r->ns), kv_str("reason", why));
	if (since_ms >= r->tuning->settle_ms) {
		list_begin(r);
		return;
	}
	r->phase = PHASE_LIST;
	uv_timer_start(&r->timer, on_timer,
		       backoff_next(&r->backoff, kube_client_random(r->client)), 0);
}

/* ---- variants of endpoints ---- */

/*
 * 404: the server does not have it. 403: we may not read it, or the server has only just started
 * and does not know its roles yet; so one that worked before is not given up at once. Returns true
 * when there is another one to go to.
 */
static bool next_variant(struct kube_reflector *r, const struct kube_reply *reply)
{
	if ((reply->status != 404 && reply->status != 403) || r->variant + 1 == r->n_variants)
		return false;
	if (reply->status == 403 && r->listed && ++r->denied < MAX_DENIED)
		return false;
	/* permission does not depend on the version */
	r->variant = reply->status == 403 ? r->n_variants - 1 : r->variant + 1;
	r->denied = 0;
	log_info("kube.endpoints_api", kv_str("namespace", r->ns),
		 kv_str("using", resource(r)->api_version), kv_str("resource", resource(r)->plural),
		 kv_str("reason", reply->status == 403 ? "no permission to list endpointslices"
						       : "server lacks the newer API"));
	return true;
}

/* ---- list ---- */

static void list_page(struct kube_reflector *r);

static int list_items(struct kube_reflector *r, struct kube_list *l, struct error *err)
{
	const char *text;
	size_t len;
	int rc;

	while ((rc = kube_list_next(l, &text, &len, err)) > 0) {
		autojson struct json_object *o = NULL;

		if (js_parse(text, len, &o, err) < 0)
			return err_wrap(err, "item %zu of the list", l->n - 1);
		r->s.on_object(r->s.ctx, KUBE_LISTED, o, slices(r));
		if (r->closing)
			return 0;
	}
	return rc;
}

static void list_done(struct kube_reflector *r)
{
	bool regressed = r->regressed;
	uint64_t n = version_number(r->version);

	r->listed = true;
	r->highest = regressed || n > r->highest ? n : r->highest;
	r->regressed = false;
	r->bad_streams = 0;
	if (r->limit == 0)
		r->limit = r->tuning->list_limit;
	all_is_well(r);
	kube_client_count_list(r->client, kube_kind_name(r->s.kind));
	r->s.on_list_end(r->s.ctx, regressed);
	if (r->list_bytes > TRIM_BYTES)
		malloc_trim(0);
	if (!r->closing)
		watch(r);
}

/* the first page tells the version of all of them */
static void first_page(struct kube_reflector *r, const struct kube_list *l)
{
	uint64_t n = version_number(l->resource_version);

	free(r->version);
	r->version = mem_strdup(l->resource_version);
	r->first_page = false;
	/* kept true when a list that saw it broke off: whoever listens has not been told yet */
	r->regressed = r->regressed || (n != 0 && n < r->highest);
	r->s.on_list_begin(r->s.ctx, r->regressed);
}

static int take_page(struct kube_reflector *r, const struct kube_reply *reply, struct error *err)
{
	struct kube_list l;
	int rc;

	if (kube_list_open(reply->body, reply->len, &l, err) < 0)
		return -1;
	if (r->first_page)
		first_page(r, &l);
	rc = r->closing ? 0 : list_items(r, &l, err);
	free(r->next_page);
	r->next_page = mem_strdup(l.next_page);
	kube_list_release(&l);
	r->list_bytes += reply->len;
	return rc;
}

static void list_failed(struct kube_reflector *r, const struct kube_reply *reply,
			const struct error *err)
{
	if (next_variant(r, reply)) {
		list_begin(r);
	} else if (reply->status == 410) { /* the snapshot behind the continue token is gone */
		r->limit = 0;
		list_again(r, "the list expired between two pages");
	} else if (reply->status == 200 && err->kind == ERR_INPUT &&
		   r->limit != 1) { /* page above the cap */
		r->limit = r->limit > 4 ? r->limit / 4 : r->limit == 0 ? r->tuning->list_limit : 1;
		list_again(r, "a page is too large");
	} else {
		back_off(r, PHASE_LIST, err, reply->retry_after_ms);
	}
}

static void on_list(void *ctx, const struct kube_reply *reply)
{
	struct kube_reflector *r = ctx;
	struct error err = reply->err;

	r->call = NULL;
	if (err.kind == ERR_NONE)
		(void)take_page(r, reply, &err);
	if (r->closing)
		return;
	if (err.kind != ERR_NONE)
		list_failed(r, reply, &err);
	else if (r->next_page)
		list_page(r);
	else
		list_done(r);
}

static void list_page(struct kube_reflector *r)
{
	struct strbuf path = {0};

	start_path(r, &path, r->variant);
	if (r->limit > 0)
		str_addf(&path, "limit=%u&", r->limit);
	if (r->next_page) {
		str_add(&path, "continue=");
		kube_path_escape(&path, r->next_page);
		str_add_char(&path, '&');
	}
	path.data[--path.len] = '\0'; /* the last ? or & */
	r->call = kube_call_start(r->client, &(struct kube_call_settings){
						     .method = "GET",
						     .path = path.data,
						     .timeout_ms = r->tuning->request_timeout_ms,
						     .max_body = r->tuning->max_page,
						     .on_done = on_list,
						     .ctx = r,
					     });
	str_release(&path);
}

static void list_begin(struct kube_reflector *r)
{
	r->phase = PHASE_LIST;
	r->first_page = true;
	r->list_bytes = 0;
	r->list_begun_us = clock_mono_us();
	free(r->next_page);
	r->next_page = NULL;
	list_page(r);
}

/* ---- probe ---- */

/* an earlier variant answers: change over to it; one that does not: try the next, then go on as we
 * were */
static void other_variant_answered(struct kube_reflector *r, const struct kube_reply *reply)
{
	if (reply->err.kind == ERR_NONE) {
		r->variant = r->trying;
		log_info("kube.endpoints_api", kv_str("namespace", r->ns),
			 kv_str("using", resource(r)->api_version),
			 kv_str("resource", resource(r)->plural),
			 kv_str("reason", "it can be read now"));
		list_begin(r);
	} else if (reply->status == 404 && r->trying + 1 < r->variant) {
		probe(r, r->trying + 1);
	} else {
		watch(r);
	}
}

static void on_probe(void *ctx, const struct kube_reply *reply)
{
	struct kube_reflector *r = ctx;
	struct error err = reply->err;
	struct kube_list l;
	uint64_t n;

	r->call = NULL;
	if (r->trying != r->variant) {
		other_variant_answered(r, reply);
		return;
	}
	if (err.kind != ERR_NONE || kube_list_open(reply->body, reply->len, &l, &err) < 0) {
		if (next_variant(r, reply))
			list_begin(r);
		else
			back_off(r, PHASE_PROBE, &err, reply->retry_after_ms);
		return;
	}
	n = version_number(l.resource_version);
	kube_list_release(&l);
	if (n != 0 && n < r->highest) {
		list_again(r, "the server's resourceVersion went backwards");
		return;
	}
	watch(r);
}

static void probe(struct kube_reflector *r, unsigned variant)
{
	struct strbuf path = {0};

	r->phase = PHASE_PROBE;
	r->trying = variant;
	start_path(r, &path, variant);
	str_add(&path, "limit=1");
	r->call = kube_call_start(r->client, &(struct kube_call_settings){
						     .method = "GET",
						     .path = path.data,
						     .timeout_ms = r->tuning->request_timeout_ms,
						     .on_done = on_probe,
						     .ctx = r,
					     });
	str_release(&path);
}

/* ---- watch ---- */

static void move_version(struct kube_reflector *r, const char *version, uint64_t n)
{
	free(r->version);
	r->version = mem_strdup(version);
	if (n > r->highest)
		r->highest = n;
}

/* what the server says instead of an event; 410: our version is too old (client-go:
 * apierrors.IsExpired, IsGone) */
static enum verdict error_event(struct kube_reflector *r, struct json_object *o)
{
	int code = (int)js_int(o, "code", 0);
	const char *reason = js_str(o, "reason", "");

	if (code == 410 || str_eq(reason, "Expired") || str_eq(reason, "Gone"))
		return VERDICT_RELIST;
	log_warn("kube.watch_error", kv_str("kind", kube_kind_name(r->s.kind)),
		 kv_str("namespace", r->ns), kv_i64("code", code), kv_str("reason", reason),
		 kv_str("message", js_str(o, "message", NULL)));
	return ++r->bad_streams >= MAX_BAD_STREAMS ? VERDICT_RELIST : VERDICT_RETRY;
}

static enum verdict take_event(struct kube_reflector *r, struct json_object *event)
{
	const char *type = js_str(event, "type", "");
	struct json_object *o = js_key(event, "object");
	const char *version = js_str(o, "metadata.resourceVersion", "");
	uint64_t n = version_number(version);
	bool deleted = str_eq(type, "DELETED"), bookmark = str_eq(type, "BOOKMARK");

	if (str_eq(type, "ERROR"))
		return error_event(r, o);
	if (!deleted && !bookmark && !str_eq(type, "ADDED") && !str_eq(type, "MODIFIED")) {
		log_debug("kube.unknown_event", kv_str("kind", kube_kind_name(r->s.kind)),
			  kv_str("type", type));
		return VERDICT_NONE;
	}
	/* old servers send the last version of a deleted object, so that one may be lower */
	if (n != 0 && n < r->highest && !deleted)
		return VERDICT_RELIST;
	if (n >= r->highest && *version)
		move_version(r, version, n);
	r->progress = true;
	if (bookmark)
		r->bookmarks = true;
	else
		r->s.on_object(r->s.ctx, deleted ? KUBE_DELETED : KUBE_SET, o, slices(r));
	return VERDICT_NONE;
}

static enum verdict take_line(struct kube_reflector *r, const char *line, size_t len)
{
	autojson struct json_object *event = NULL;
	struct error err;

	if (js_parse(line, len, &event, &err) == 0 && json_object_is_type(event, json_type_object))
		return take_event(r, event);
	log_warn("kube.watch_nonsense", kv_str("kind", kube_kind_name(r->s.kind)),
		 kv_str("namespace", r->ns), kv_u64("bytes", len),
		 kv_str("error", event ? "not an object" : err.msg));
	return ++r->bad_streams >= MAX_BAD_STREAMS ? VERDICT_RELIST : VERDICT_RETRY;
}

static int on_watch_data(void *ctx, const char *data, size_t len)
{
	struct kube_reflector *r = ctx;
	enum kube_frame frame;
	const char *line;
	size_t line_len;

	while ((frame = kube_framer_next(&r->framer, &data, &len, &line, &line_len)) ==
	       KUBE_FRAME_ITEM) {
		r->verdict = take_line(r, line, line_len);
		if (r->closing || r->verdict != VERDICT_NONE)
			return -1;
	}
	if (frame == KUBE_FRAME_BROKEN) {
		log_warn("kube.event_too_large", kv_str("kind", kube_kind_name(r->s.kind)),
			 kv_str("namespace", r->ns), kv_u64("limit", r->framer.max));
		r->verdict = VERDICT_RELIST;
		return -1;
	}
	if (r->progress && r->failing_since_us != 0)
		all_is_well(r);
	return 0;
}

static void watch_ended(struct kube_reflector *r)
{
	r->bad_streams = 0;
	if (r->variant > 0) /* is a better one there, and may we read it, by now? */
		probe(r, 0);
	else
		watch(r);
}

static void on_watch(void *ctx, const struct kube_reply *reply)
{
	struct kube_reflector *r = ctx;
	uint64_t lasted_ms = (clock_mono_us() - r->watch_begun_us) / 1000;
	size_t cut = kube_framer_pending(&r->framer);
	struct error err = reply->err;

	r->call = NULL;
	kube_framer_release(&r->framer);
	if (lasted_ms >= r->tuning->settle_ms && (r->progress || err.kind == ERR_NONE))
		all_is_well(r);
	if (r->verdict == VERDICT_RELIST) {
		list_again(r, "the watch cannot go on");
	} else if (reply->status == 410) {
		list_again(r, "our resourceVersion is too old");
	} else if (reply->status == 400 || reply->status == 404) { /* the list knows what to do */
		back_off(r, PHASE_LIST, &err, reply->retry_after_ms);
	} else if (err.kind == ERR_NONE && cut == 0 && lasted_ms >= r->tuning->settle_ms) {
		watch_ended(r);
	} else {
		if (err.kind == ERR_NONE)
			(void)err_set(&err, ERR_RETRY, 0, "the watch ended after %llu ms%s",
				      (unsigned long long)lasted_ms,
				      cut ? " in the middle of an event" : "");
		else if (r->verdict == VERDICT_RETRY)
			(void)err_set(&err, ERR_RETRY, 0,
				      "the watch brought an error instead of an event");
		back_off(r, PHASE_PROBE, &err, reply->retry_after_ms);
	}
}

static void watch(struct kube_reflector *r)
{
	const struct kube_tuning *t = r->tuning;
	unsigned range = t->watch_max_s - t->watch_min_s + 1;
	unsigned timeout_s = t->watch_min_s + kube_client_random(r->client) % range;
	unsigned stall_ms = timeout_s * 1000 + t->watch_margin_ms;
	struct strbuf path = {0};

	if (r->bookmarks && t->bookmark_ms < stall_ms)
		stall_ms = t->bookmark_ms;
	r->phase = PHASE_WATCH;
	r->verdict = VERDICT_NONE;
	r->progress = false;
	r->watch_begun_us = clock_mono_us();
	r->framer.max = t->max_event;
	start_path(r, &path, r->variant);
	str_add(&path, "watch=1&allowWatchBookmarks=true&resourceVersion=");
	kube_path_escape(&path, r->version);
	str_addf(&path, "&timeoutSeconds=%u", timeout_s);
	r->call = kube_call_start(r->client, &(struct kube_call_settings){
						     .method = "GET",
						     .path = path.data,
						     .stall_ms = stall_ms,
						     .on_data = on_watch_data,
						     .on_done = on_watch,
						     .ctx = r,
					     });
	str_release(&path);
}

/* ---- life ---- */

struct kube_reflector *kube_reflector_new(struct kube_client *c,
					  const struct kube_reflector_settings *s)
{
	struct kube_reflector *r = mem_alloc(sizeof(*r));
	bool endpoints = s->kind == KUBE_ENDPOINTS;

	r->client = c;
	r->tuning = kube_client_tuning(c);
	r->s = *s;
	r->ns = mem_strdup(s->ns);
	r->selector = mem_strdup(s->label_selector);
	r->s.ns = r->s.label_selector = NULL; /* only the copies live on */
	r->variants = endpoints ? endpoint_variants : kube_resource_of(s->kind);
	r->n_variants = endpoints ? ARRAY_SIZE(endpoint_variants) : 1;
	r->limit = r->tuning->list_limit;
	r->backoff = (struct backoff){.min_ms = r->tuning->backoff_min_ms,
				      .max_ms = r->tuning->backoff_max_ms};
	uv_timer_init(kube_client_loop(c), &r->timer);
	r->timer.data = r;
	list_begin(r);
	return r;
}

static void on_closed(uv_handle_t *h)
{
	struct kube_reflector *r = h->data;

	kube_framer_release(&r->framer);
	free(r->version);
	free(r->next_page);
	free(r->ns);
	free(r->selector);
	free(r);
}

void kube_reflector_close(struct kube_reflector *r)
{
	if (!r || r->closing)
		return;
	r->closing = true;
	kube_call_cancel(r->call);
	r->call = NULL;
	uv_close((uv_handle_t *)&r->timer, on_closed);
}

bool kube_reflector_healthy(const struct kube_reflector *r)
{
	uint64_t now = clock_mono_us();

	/* a quiet watch brings nothing for minutes, but a broken one ends soon */
	if (r->phase == PHASE_WATCH && r->call &&
	    now - r->watch_begun_us > r->tuning->settle_ms * 1000ull)
		return true;
	return r->failing_since_us == 0 ||
	       now - r->failing_since_us < r->tuning->unhealthy_ms * 1000ull;
}
