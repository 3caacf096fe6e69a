#include "controller/kube/table.h"

#include <uthash.h>

#include "common/base/mem.h"
#include "common/base/str.h"

struct entry {
	UT_hash_handle hh; /* key: "ns\0name" inside the object, see objects.c */
	struct kube_object *o;
	uint32_t list; /* the last list that held it */
};

/* the EndpointSlices (or the Endpoints) of one Service */
struct group {
	UT_hash_handle hh;
	const struct kube_endpoints **list;
	size_t n, cap;
	char key[]; /* "ns\0service" */
};

struct change {
	struct kube_object *before, *now;
};

struct kube_table {
	enum kube_kind kind;
	struct entry *entries;
	struct group *groups;
	uint32_t list;
	bool distrust;
	struct change *staged; /* @before is filled at the end */
	size_t n_staged, cap_staged;
};

/* ---- keys ---- */

enum { KEY_ON_STACK = 400 }; /* a namespace has at most 63 bytes, a name 253 */

static size_t key_len(const char *ns, const char *name)
{
	return strlen(ns) + 1 + strlen(name);
}

static char *make_key(char buf[static KEY_ON_STACK], const char *ns, const char *name,
		      size_t *ret_len)
{
	size_t ns_len = strlen(ns), len = key_len(ns, name);
	char *key = len < KEY_ON_STACK ? buf : mem_alloc(len + 1);

	memcpy(key, ns, ns_len + 1);
	memcpy(key + ns_len + 1, name, len - ns_len);
	*ret_len = len;
	return key;
}

static struct entry *find(const struct kube_table *t, const char *ns, const char *name)
{
	char buf[KEY_ON_STACK];
	struct entry *e;
	size_t len;
	char *key = make_key(buf, ns, name, &len);

	HASH_FIND(hh, t->entries, key, len, e);
	if (key != buf)
		free(key);
	return e;
}

static struct group *find_group(const struct kube_table *t, const char *ns, const char *service)
{
	char buf[KEY_ON_STACK];
	struct group *g;
	size_t len;
	char *key = make_key(buf, ns, service, &len);

	HASH_FIND(hh, t->groups, key, len, g);
	if (key != buf)
		free(key);
	return g;
}

/* ---- endpoints by Service ---- */

static void group_add(struct kube_table *t, const struct kube_endpoints *e)
{
	struct group *g;
	size_t len, at;

	if (str_empty(e->service)) /* a slice that no Service owns */
		return;
	g = find_group(t, e->o.ns, e->service);
	if (!g) {
		char buf[KEY_ON_STACK], *key = make_key(buf, e->o.ns, e->service, &len);

		g = mem_alloc(sizeof(*g) + len + 1);
		memcpy(g->key, key, len);
		if (key != buf)
			free(key);
		HASH_ADD_KEYPTR(hh, t->groups, g->key, len, g);
	}
	if (g->n == g->cap) { /* one slice is the common case */
		g->cap = g->cap ? 2 * g->cap : 1;
		g->list = mem_realloc(g->list, g->cap, sizeof(*g->list));
	}
	for (at = g->n++; at > 0 && strcmp(g->list[at - 1]->o.name, e->o.name) > 0; at--)
		g->list[at] = g->list[at - 1];
	g->list[at] = e;
}

static void group_drop(struct kube_table *t, const struct kube_endpoints *e)
{
	struct group *g = str_empty(e->service) ? NULL : find_group(t, e->o.ns, e->service);
	size_t at = 0;

	if (!g)
		return;
	while (at < g->n && g->list[at] != e)
		at++;
	if (at == g->n)
		return;
	g->n--;
	memmove(&g->list[at], &g->list[at + 1], (g->n - at) * sizeof(*g->list));
	if (g->n > 0)
		return;
	HASH_DEL(t->groups, g);
	free(g->list);
	free(g);
}

size_t kube_table_endpoints(const struct kube_table *t, const char *ns, const char *service,
			    const struct kube_endpoints *const **ret)
{
	struct group *g = find_group(t, ns, service);

	*ret = g ? g->list : NULL;
	return g ? g->n : 0;
}

/* ---- objects ---- */

struct kube_table *kube_table_new(enum kube_kind kind)
{
	struct kube_table *t = mem_alloc(sizeof(*t));

	t->kind = kind;
	return t;
}

struct kube_object *kube_table_put(struct kube_table *t, struct kube_object *o)
{
	struct entry *e = find(t, o->ns, o->name);
	struct kube_object *before = e ? e->o : NULL;

	if (!e) {
		e = mem_alloc(sizeof(*e));
		e->o = o;
		HASH_ADD_KEYPTR(hh, t->entries, o->ns, key_len(o->ns, o->name), e);
	}
	e->o = o;
	e->hh.key = o->ns; /* the same bytes, in the memory that stays */
	e->list = t->list;
	if (t->kind == KUBE_ENDPOINTS) {
		if (before)
			group_drop(t, (struct kube_endpoints *)before);
		group_add(t, (struct kube_endpoints *)o);
	}
	return before;
}

static struct kube_object *take_entry(struct kube_table *t, struct entry *e)
{
	struct kube_object *o = e->o;

	HASH_DEL(t->entries, e);
	free(e);
	if (t->kind == KUBE_ENDPOINTS)
		group_drop(t, (struct kube_endpoints *)o);
	return o;
}

struct kube_object *kube_table_take(struct kube_table *t, const char *ns, const char *name)
{
	struct entry *e = find(t, ns, name);

	return e ? take_entry(t, e) : NULL;
}

const struct kube_object *kube_table_get(const struct kube_table *t, const char *ns,
					 const char *name)
{
	struct entry *e = find(t, ns, name);

	return e ? e->o : NULL;
}

size_t kube_table_count(const struct kube_table *t)
{
	return HASH_COUNT(t->entries);
}

void kube_table_each(const struct kube_table *t, void (*fn)(void *ctx, const struct kube_object *o),
		     void *ctx)
{
	for (struct entry *e = t->entries; e; e = e->hh.next)
		fn(ctx, e->o);
}

/* ---- lists ---- */

static void drop_staged(struct kube_table *t)
{
	for (size_t i = 0; i < t->n_staged; i++)
		kube_object_free(t->staged[i].now);
	free(t->staged);
	t->staged = NULL;
	t->n_staged = t->cap_staged = 0;
}

void kube_table_list_begin(struct kube_table *t, bool distrust)
{
	drop_staged(t);
	t->list++;
	t->distrust = distrust;
}

static void stage(struct kube_table *t, struct kube_object *before, struct kube_object *now)
{
	mem_grow(t->staged, t->n_staged, t->cap_staged);
	t->staged[t->n_staged++] = (struct change){before, now};
}

void kube_table_list_add(struct kube_table *t, struct kube_object *o)
{
	struct entry *e = find(t, o->ns, o->name);

	if (e)
		e->list = t->list;
	if (e && !t->distrust && *o->resource_version &&
	    str_eq(e->o->resource_version, o->resource_version) && str_eq(e->o->uid, o->uid))
		kube_object_free(o);
	else
		stage(t, NULL, o);
}

void kube_table_list_keep(struct kube_table *t, const char *ns, const char *name)
{
	struct entry *e = find(t, ns, name);

	if (e)
		e->list = t->list;
}

void kube_table_list_end(struct kube_table *t,
			 void (*fn)(void *ctx, const struct kube_object *before,
				    const struct kube_object *now),
			 void *ctx)
{
	struct change *changes;
	struct entry *e, *next;
	size_t n;

	for (size_t i = 0; i < t->n_staged; i++)
		t->staged[i].before = kube_table_put(t, t->staged[i].now);
	HASH_ITER (hh, t->entries, e, next) {
		if (e->list != t->list)
			stage(t, take_entry(t, e), NULL);
	}
	changes = move_ptr(t->staged); /* @fn may begin anything */
	n = t->n_staged;
	t->n_staged = t->cap_staged = 0;
	for (size_t i = 0; i < n; i++) {
		fn(ctx, changes[i].before, changes[i].now);
		kube_object_free(changes[i].before);
	}
	free(changes);
}

void kube_table_free(struct kube_table *t)
{
	struct entry *e, *next;

	if (!t)
		return;
	drop_staged(t);
	HASH_ITER (hh, t->entries, e, next)
		kube_object_free(take_entry(t, e));
	free(t);
}
