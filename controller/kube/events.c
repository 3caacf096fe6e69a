/*
 * events - core/v1 Events on the object at fault, never a flood
 *
 * What was told is remembered for an hour: the same words about the same object again only raise
 * the count of the Event that is there, at most once in event_refill_ms. New words are written at
 * once, as long as the object's token bucket (BURST, one more every event_refill_ms) lasts; after
 * that they wait for a token, so the last state always gets through. A few requests are under way
 * at a time, the rest waits in a queue: 5,000 objects at fault do not become 5,000 requests at
 * once. Without permission: logged once, tried again every ten minutes.
 *
 * A note is small once its Event has been written (5,000 of them are about a megabyte): objects and
 * words are known by a hash only, and the words are kept only until the server has them.
 */
#include <uthash.h>
#include <utlist.h>
#include <uv.h>

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "controller/kube/client.h"

enum {
	BURST = 10,
	IN_FLIGHT = 4,
	MAX_NOTES = 20000,
	MAX_MESSAGE = 1024, /* the API refuses longer ones */
	MAX_TRIES = 5,
};

static const uint64_t keep_us = 3600ull * 1000000, denied_us = 600ull * 1000000;

/* the rate limit of one object */
struct bucket {
	UT_hash_handle hh;
	uint64_t key;
	uint64_t refilled_us;
	unsigned tokens, users; /* @users: notes that point here */
};

/* one thing said about one object */
struct note {
	UT_hash_handle hh; /* in the order of their first mention */
	uint64_t key;
	struct note *prev, *next; /* in the queue */
	struct kube_events *events;
	struct bucket *bucket;
	struct kube_call *call;
	char *whole; /* the Event as JSON, until the server has it; without count and last time: a
			tree of json-c is ten times as large, and thousands may wait */
	char *ns, *event;            /* the Event's name; NULL: not created yet */
	unsigned count, told, tries; /* @told: the count that the server knows */
	bool queued;
	int64_t last_us; /* wall clock */
	uint64_t touched_us, sent_us;
};

struct kube_events {
	struct kube_client *client;
	char *component;
	struct note *notes, *queue;
	struct bucket *buckets;
	uv_timer_t timer; /* the next thing that waits for a token may be sent */
	unsigned in_flight;
	uint64_t refill_us, denied_until_us;
	bool denied_logged, closing;
};

static const struct kube_resource resource = {"/api/v1", "events", "v1", true};

/* FNV-1a; strings are told apart by their NULs */
static uint64_t hash(uint64_t h, const char *s)
{
	do {
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	} while (*s++);
	return h;
}

/* ---- tokens ---- */

static struct bucket *bucket_of(struct kube_events *e, uint64_t key)
{
	struct bucket *b;

	HASH_FIND(hh, e->buckets, &key, sizeof(key), b);
	if (b)
		return b;
	b = mem_alloc(sizeof(*b));
	b->key = key;
	b->tokens = BURST;
	b->refilled_us = clock_mono_us();
	HASH_ADD(hh, e->buckets, key, sizeof(b->key), b);
	return b;
}

static void refill(struct kube_events *e, struct bucket *b, uint64_t now)
{
	uint64_t n = (now - b->refilled_us) / e->refill_us;

	b->refilled_us += n * e->refill_us;
	b->tokens = b->tokens + n > BURST ? BURST : b->tokens + (unsigned)n;
}

/* when @n may be sent; not after @now: at once */
static uint64_t due_us(struct kube_events *e, struct note *n, uint64_t now)
{
	uint64_t due = 0;

	refill(e, n->bucket, now);
	if (n->bucket->tokens == 0 && n->bucket->refilled_us + e->refill_us > due)
		due = n->bucket->refilled_us + e->refill_us;
	if (n->sent_us != 0 && n->sent_us + e->refill_us > due)
		due = n->sent_us + e->refill_us;
	return due;
}

/* ---- notes ---- */

static void enqueue(struct note *n)
{
	if (n->queued)
		return;
	n->queued = true;
	DL_APPEND(n->events->queue, n);
}

static void dequeue(struct note *n)
{
	if (!n->queued)
		return;
	n->queued = false;
	DL_DELETE(n->events->queue, n);
}

static void note_free(struct note *n)
{
	struct kube_events *e = n->events;

	if (n->call)
		e->in_flight--;
	kube_call_cancel(n->call);
	dequeue(n);
	HASH_DEL(e->notes, n);
	if (--n->bucket->users == 0) {
		HASH_DEL(e->buckets, n->bucket);
		free(n->bucket);
	}
	free(n->whole);
	free(n->ns);
	free(n->event);
	free(n);
}

/* what nobody has said for an hour is forgotten; and the oldest when there are too many */
static void make_room(struct kube_events *e)
{
	uint64_t now = clock_mono_us();
	struct note *n, *next;

	HASH_ITER (hh, e->notes, n, next) {
		bool full = HASH_COUNT(e->notes) >= MAX_NOTES;

		if (n->call || (now - n->touched_us < keep_us && !full))
			break;
		note_free(n);
	}
}

static struct note *note_new(struct kube_events *e, const struct kube_object *about,
			     uint64_t bucket, uint64_t key)
{
	struct note *n = mem_alloc(sizeof(*n));

	n->events = e;
	n->key = key;
	n->bucket = bucket_of(e, bucket);
	n->bucket->users++;
	/* Events of cluster-scoped objects live in "default" (client-go) */
	n->ns = mem_strdup(*about->ns ? about->ns : "default");
	HASH_ADD(hh, e->notes, key, sizeof(n->key), n);
	return n;
}

/* ---- JSON ---- */

static struct json_object *about_object(const struct kube_object *o)
{
	struct json_object *to = js_obj();

	js_put_str(to, "kind", kube_kind_name(o->kind));
	js_put_str(to, "apiVersion", kube_resource_of(o->kind)->api_version);
	js_put_str(to, "namespace", *o->ns ? o->ns : NULL);
	js_put_str(to, "name", o->name);
	js_put_str(to, "uid", *o->uid ? o->uid : NULL);
	js_put_str(to, "resourceVersion", *o->resource_version ? o->resource_version : NULL);
	return to;
}

/* at most MAX_MESSAGE bytes, not cut within a character */
static char *fit(const char *message)
{
	size_t n = strnlen(message, MAX_MESSAGE + 1);

	if (n > MAX_MESSAGE)
		for (n = MAX_MESSAGE; n > 0 && ((unsigned char)message[n] & 0xc0) == 0x80; n--)
			;
	return mem_strndup(message, n);
}

static char *whole_event(const struct note *n, const struct kube_object *about, const char *type,
			 const char *reason, const char *message)
{
	autojson struct json_object *o = js_obj();
	struct json_object *meta = js_obj(), *source = js_obj();
	autofree char *prefix = mem_printf("%.200s.", about->name), *text = fit(message);
	char time[CLOCK_RFC3339_MAX];

	js_put_str(meta, "generateName", prefix);
	js_put_str(meta, "namespace", n->ns);
	js_put_str(source, "component", n->events->component);
	js_put_str(o, "apiVersion", "v1");
	js_put_str(o, "kind", "Event");
	js_put(o, "metadata", meta);
	js_put(o, "involvedObject", about_object(about));
	js_put_str(o, "type", type);
	js_put_str(o, "reason", reason);
	js_put_str(o, "message", text);
	js_put(o, "source", source);
	js_put_str(o, "reportingComponent", n->events->component);
	js_put_str(o, "reportingInstance", "");
	js_put_str(o, "firstTimestamp", clock_rfc3339(clock_wall_us(), 0, time));
	return mem_strdup(js_text(o, NULL));
}

/* of the whole Event, or of a patch */
static void put_count(const struct note *n, struct json_object *o)
{
	char time[CLOCK_RFC3339_MAX];

	js_put_int(o, "count", n->count);
	js_put_str(o, "lastTimestamp", clock_rfc3339(n->last_us, 0, time));
}

/* ---- requests ---- */

static void flush(struct kube_events *e);

static void denied(struct kube_events *e, const struct kube_reply *r)
{
	e->denied_until_us = clock_mono_us() + denied_us;
	if (!e->denied_logged)
		log_warn("kube.events_denied", kv_str("error", r->err.msg),
			 kv_str("doing", "going on without Events"));
	e->denied_logged = true;
	while (e->queue)
		note_free(e->queue); /* they will be said again, or have passed */
}

static void written(struct note *n, const struct kube_reply *r)
{
	struct json_object *o = NULL;
	struct error err;

	n->tries = 0;
	if (!n->event && js_parse(r->body, r->len, &o, &err) == 0)
		n->event = mem_strdup(js_str(o, "metadata.name", NULL));
	json_object_put(o);
	if (n->told != n->count)
		return;
	free(n->whole);
	n->whole = NULL;
}

static void again(struct note *n)
{
	n->told = 0;
	enqueue(n);
}

/* may free @n */
static void refused(struct note *n, const struct kube_reply *r)
{
	if (n->event && r->status == 404) { /* the server forgets Events after an hour: a new one */
		free(n->event);
		n->event = NULL;
		n->sent_us = 0;
		again(n);
	} else if (r->status == 403 &&
		   !strstr(r->err.msg, "being terminated")) { /* not just this namespace */
		denied(n->events, r);
		note_free(n);
	} else if (r->err.kind == ERR_RETRY && ++n->tries < MAX_TRIES) {
		again(n);
	} else { /* saying it again will not help */
		log_debug("kube.event_refused", kv_str("error", r->err.msg));
	}
}

static void on_sent(void *ctx, const struct kube_reply *r)
{
	struct note *n = ctx;
	struct kube_events *e = n->events;

	n->call = NULL;
	e->in_flight--;
	if (r->err.kind == ERR_NONE)
		written(n, r);
	else
		refused(n, r);
	flush(e);
}

static void send_note(struct note *n)
{
	struct kube_events *e = n->events;
	struct json_object *body = NULL;
	struct strbuf path = {0};

	dequeue(n);
	n->bucket->tokens--;
	n->told = n->count;
	n->sent_us = clock_mono_us();
	if (n->event || js_parse(n->whole, strlen(n->whole), &body, NULL) < 0)
		body = js_obj(); /* a patch; our own text is always JSON */
	put_count(n, body);
	kube_path(&path, &resource, n->ns, n->event);
	e->in_flight++;
	n->call = kube_call_start(
		e->client, &(struct kube_call_settings){
				   .method = n->event ? "PATCH" : "POST",
				   .path = str_get(&path),
				   .content_type = n->event ? "application/merge-patch+json" : NULL,
				   .body = body,
				   .timeout_ms = kube_client_tuning(e->client)->request_timeout_ms,
				   .on_done = on_sent,
				   .ctx = n,
			   });
	str_release(&path);
}

static void on_timer(uv_timer_t *timer)
{
	flush(timer->data);
}

/* send what may be sent, and wake up for what may not yet */
static void flush(struct kube_events *e)
{
	uint64_t now = clock_mono_us(), next = UINT64_MAX;
	struct note *n, *tmp;

	DL_FOREACH_SAFE (e->queue, n, tmp) {
		uint64_t due = due_us(e, n, now);

		if (e->in_flight >= IN_FLIGHT)
			return; /* on_sent() comes back here */
		if (n->call)
			continue;
		if (due <= now)
			send_note(n);
		else if (due < next)
			next = due;
	}
	if (next == UINT64_MAX)
		return;
	uv_update_time(kube_client_loop(e->client));
	uv_timer_start(&e->timer, on_timer, (next - now) / 1000 + 1, 0);
}

/* ---- the interface ---- */

void kube_event(struct kube_events *e, const struct kube_object *about, const char *type,
		const char *reason, const char *message)
{
	uint64_t bucket = hash(hash(hash(0xcbf29ce484222325 + about->kind, about->ns), about->name),
			       about->uid);
	uint64_t key = hash(hash(hash(bucket, type), reason), message);
	struct note *n;

	if (clock_mono_us() < e->denied_until_us)
		return;
	make_room(e);
	HASH_FIND(hh, e->notes, &key, sizeof(key), n);
	if (!n)
		n = note_new(e, about, bucket, key);
	if (!n->whole)
		n->whole = whole_event(n, about, type, reason, message);
	n->count++;
	n->last_us = clock_wall_us();
	n->touched_us = clock_mono_us();
	enqueue(n);
	flush(e);
}

struct kube_events *kube_events_new(struct kube_client *c, const char *component)
{
	struct kube_events *e = mem_alloc(sizeof(*e));

	e->client = c;
	e->component = mem_strdup(component);
	e->refill_us = (uint64_t)kube_client_tuning(c)->event_refill_ms * 1000;
	uv_timer_init(kube_client_loop(c), &e->timer);
	e->timer.data = e;
	return e;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

void kube_events_close(struct kube_events *e)
{
	struct note *n, *next;

	if (!e || e->closing)
		return;
	e->closing = true;
	HASH_ITER (hh, e->notes, n, next)
		note_free(n);
	free(e->component);
	uv_close((uv_handle_t *)&e->timer, on_closed);
}
