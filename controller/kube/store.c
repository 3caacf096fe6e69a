/*
 * store - watched objects, decoded and indexed
 *
 * A reflector brings lists and events as JSON; what is new or changed is decoded, put into the
 * table, and told to the watcher. An object that cannot be decoded is logged once per version and
 * the last good one stays.
 */
#include <uthash.h>
#include <uv.h>

#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "controller/kube/reflector.h"
#include "controller/kube/table.h"

enum { MAX_BAD = 1000 }; /* objects whose fault is remembered, so that it is logged once */

struct bad_object {
	UT_hash_handle hh;
	char *version;
	char key[]; /* "ns/name" */
};

struct kube_store {
	struct kube_client *client;
	struct kube_store_settings s;
	struct kube_reflector *reflector;
	struct kube_table *table;
	struct bad_object *bad;
	bool synced, closed;
	uv_idle_t bye; /* frees us from the loop, when no callback of ours is under way */
};

static void tell(struct kube_store *s, const struct kube_object *before,
		 const struct kube_object *now, bool seen)
{
	if (s->s.on_change && !s->closed)
		s->s.on_change(s->s.ctx, before, now, seen);
}

/* ---- objects that cannot be decoded ---- */

static void bad_free(struct kube_store *s, struct bad_object *b)
{
	HASH_DEL(s->bad, b);
	free(b->version);
	free(b);
}

static void forget_bad(struct kube_store *s, const char *ns, const char *name)
{
	struct bad_object *b;
	autofree char *key = s->bad ? mem_printf("%s/%s", ns, name) : NULL;

	if (!key)
		return;
	HASH_FIND_STR(s->bad, key, b);
	if (b)
		bad_free(s, b);
}

static void remember_bad(struct kube_store *s, const char *ns, const char *name,
			 const char *version, const struct error *err)
{
	autofree char *key = mem_printf("%s/%s", ns, name);
	struct bad_object *b;

	HASH_FIND_STR(s->bad, key, b);
	if (b && str_eq(b->version, version))
		return;
	if (b)
		bad_free(s, b);
	log_warn("kube.bad_object", kv_str("kind", kube_kind_name(s->s.kind)),
		 kv_str("object", key), kv_str("error", err->msg),
		 kv_str("kept",
			kube_table_get(s->table, ns, name) ? "the last good version" : NULL));
	if (HASH_COUNT(s->bad) >= MAX_BAD)
		bad_free(s, s->bad); /* the oldest */
	b = mem_alloc(sizeof(*b) + strlen(key) + 1);
	memcpy(b->key, key, strlen(key) + 1);
	b->version = mem_strdup(version);
	HASH_ADD_STR(s->bad, key, b);
}

/* ---- what the reflector brings ---- */

static void on_list_begin(void *ctx, bool regressed)
{
	struct kube_store *s = ctx;

	kube_table_list_begin(s->table, regressed);
}

static void set_object(struct kube_store *s, struct kube_object *o)
{
	const struct kube_object *have = kube_table_get(s->table, o->ns, o->name);
	struct kube_object *before;

	if (have && *o->resource_version && str_eq(have->resource_version, o->resource_version) &&
	    str_eq(have->uid, o->uid)) { /* told twice */
		kube_object_free(o);
		return;
	}
	before = kube_table_put(s->table, o);
	tell(s, before, o, true);
	kube_object_free(before);
}

static void on_object(void *ctx, enum kube_change what, struct json_object *json, bool slice)
{
	struct kube_store *s = ctx;
	const char *ns = js_str(json, "metadata.namespace", ""),
		   *name = js_str(json, "metadata.name", "");
	struct kube_object *o;
	struct error err;

	if (what == KUBE_DELETED) {
		struct kube_object *before = kube_table_take(s->table, ns, name);

		forget_bad(s, ns, name);
		if (before)
			tell(s, before, NULL, true);
		kube_object_free(before);
		return;
	}
	if (kube_object_decode(s->s.kind, slice, json, &o, &err) < 0) {
		remember_bad(s, ns, name, js_str(json, "metadata.resourceVersion", ""), &err);
		if (what == KUBE_LISTED)
			kube_table_list_keep(s->table, ns, name);
		return;
	}
	forget_bad(s, ns, name);
	if (what == KUBE_LISTED)
		kube_table_list_add(s->table, o);
	else
		set_object(s, o);
}

static void on_difference(void *ctx, const struct kube_object *before,
			  const struct kube_object *now)
{
	tell(ctx, before, now, now != NULL);
}

static void on_list_end(void *ctx, bool regressed)
{
	struct kube_store *s = ctx;
	bool first = !s->synced;

	kube_table_list_end(s->table, on_difference, s);
	if (s->closed)
		return;
	s->synced = true;
	log_at(first || regressed ? LOG_INFO : LOG_DEBUG, "kube.synced",
	       kv_str("kind", kube_kind_name(s->s.kind)), kv_str("namespace", s->s.ns),
	       kv_u64("objects", kube_table_count(s->table)),
	       kv_str("regressed", regressed ? "true" : NULL));
	if (s->s.on_synced)
		s->s.on_synced(s->s.ctx, regressed);
}

/* ---- life ---- */

struct kube_store *kube_store_new(struct kube_client *c, const struct kube_store_settings *settings)
{
	struct kube_store *s = mem_alloc(sizeof(*s));

	s->client = c;
	s->s = *settings;
	s->s.ns = mem_strdup(settings->ns);
	s->s.label_selector = NULL;
	s->table = kube_table_new(settings->kind);
	uv_idle_init(kube_client_loop(c), &s->bye);
	s->bye.data = s;
	s->reflector = kube_reflector_new(c, &(struct kube_reflector_settings){
						     .kind = settings->kind,
						     .ns = settings->ns,
						     .label_selector = settings->label_selector,
						     .on_list_begin = on_list_begin,
						     .on_object = on_object,
						     .on_list_end = on_list_end,
						     .ctx = s,
					     });
	return s;
}

static void on_bye(uv_handle_t *h)
{
	struct kube_store *s = h->data;
	struct bad_object *b, *next;

	HASH_ITER (hh, s->bad, b, next)
		bad_free(s, b);
	kube_table_free(s->table);
	free((char *)s->s.ns);
	free(s);
}

void kube_store_close(struct kube_store *s)
{
	if (!s || s->closed)
		return;
	s->closed = true;
	kube_reflector_close(s->reflector);
	uv_close((uv_handle_t *)&s->bye, on_bye);
}

bool kube_store_synced(const struct kube_store *s)
{
	return s->synced;
}

bool kube_store_healthy(const struct kube_store *s)
{
	return s->synced && kube_reflector_healthy(s->reflector);
}

const struct kube_object *kube_store_get(const struct kube_store *s, const char *ns,
					 const char *name)
{
	return kube_table_get(s->table, ns, name);
}

size_t kube_store_count(const struct kube_store *s)
{
	return kube_table_count(s->table);
}

void kube_store_each(const struct kube_store *s, void (*fn)(void *ctx, const struct kube_object *o),
		     void *ctx)
{
	kube_table_each(s->table, fn, ctx);
}

size_t kube_store_endpoints(const struct kube_store *s, const char *ns, const char *service,
			    const struct kube_endpoints *const **ret)
{
	return kube_table_endpoints(s->table, ns, service, ret);
}
