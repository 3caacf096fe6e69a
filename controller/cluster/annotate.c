#include "controller/cluster/annotate.h"

#include <uthash.h>

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"

enum { IN_FLIGHT = 4 };

struct wish {
	UT_hash_handle hh; /* in the order of arrival */
	struct annotator *owner;
	enum kube_kind kind;
	char *key; /* "namespace/name" */
	char *ns, *name, *value;
	bool flying, changed; /* @changed: while it was flying */
};

struct annotator {
	struct kube_client *kube;
	const char *key;
	struct wish *wishes;
	unsigned in_flight;
	bool forbidden;
};

static void wish_free(struct wish *w)
{
	HASH_DEL(w->owner->wishes, w);
	free(w->key);
	free(w->ns);
	free(w->name);
	free(w->value);
	free(w);
}

static void forget_waiting(struct annotator *t)
{
	struct wish *w, *next;

	HASH_ITER (hh, t->wishes, w, next) {
		w->changed = false;
		if (!w->flying)
			wish_free(w);
	}
}

static void pump(struct annotator *t);

static void annotated(void *ctx, int status, struct json_object *body, const struct error *err)
{
	struct wish *w = ctx;
	struct annotator *t = w->owner;

	t->in_flight--;
	w->flying = false;
	if (err && status == 403) {
		if (!t->forbidden)
			log_warn("kube.annotate", kv_str("error", err->msg),
				 kv_str("effect", "no status annotations"));
		t->forbidden = true;
		forget_waiting(t); /* @w among them */
		return;
	}
	if (err && status != 404)
		log_debug("kube.annotate", kv_str("error", err->msg));
	if (!w->changed)
		wish_free(w);
	pump(t);
}

static void send_wish(struct wish *w)
{
	const struct kube_object o = {.kind = w->kind, .ns = w->ns, .name = w->name};
	struct annotator *t = w->owner;

	w->flying = true;
	w->changed = false;
	t->in_flight++;
	kube_annotate(t->kube, &o, t->key, w->value, annotated, w);
}

static void pump(struct annotator *t)
{
	struct wish *w, *next;

	HASH_ITER (hh, t->wishes, w, next) { /* those that fly are at the front, and few */
		if (t->in_flight >= IN_FLIGHT)
			return;
		if (!w->flying)
			send_wish(w);
	}
}

void annotator_set(struct annotator *t, const struct kube_object *o, const char *value)
{
	autofree char *key = mem_printf("%s/%s", o->ns, o->name);
	struct wish *w;

	if (t->forbidden)
		return;
	HASH_FIND_STR(t->wishes, key, w);
	if (!w) {
		w = mem_alloc(sizeof(*w));
		w->owner = t;
		w->kind = o->kind;
		w->ns = mem_strdup(o->ns);
		w->name = mem_strdup(o->name);
		w->key = move_ptr(key);
		HASH_ADD_KEYPTR(hh, t->wishes, w->key, strlen(w->key), w);
	}
	free(w->value);
	w->value = mem_strdup(value);
	w->changed = w->flying;
	pump(t);
}

struct annotator *annotator_new(struct kube_client *kube, const char *key)
{
	struct annotator *t = mem_alloc(sizeof(*t));

	t->kube = kube;
	t->key = key;
	return t;
}

void annotator_close(struct annotator *t)
{
	struct wish *w, *next;

	if (!t)
		return;
	HASH_ITER (hh, t->wishes, w, next)
		wish_free(w);
	free(t);
}
