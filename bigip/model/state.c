/*
 * A set of objects, found by kind and path, by owner, and counted by partition
 *
 * There may be tens of thousands, so an entry keeps no copy of its key: its uthash key is the
 * object itself, with length 0, and the comparison below looks at the objects' own strings.
 */
#include "bigip/model/model.h"
#include "bigip/model/refs.h"
#include "common/base/mem.h"

static int entry_cmp(const struct bigip_object *x, const struct bigip_object *y);
#define HASH_KEYCMP(a, b, n)                                                                       \
	((n) ? memcmp(a, b, n) : entry_cmp((const void *)(a), (const void *)(b)))
#include <uthash.h>

struct owner {
	UT_hash_handle hh;
	struct entry *first;
	char key[]; /* "partition namespace/name" */
};

struct entry {
	UT_hash_handle hh;
	struct bigip_object *o;
	struct owner *owner;       /* NULL: nobody's */
	struct entry *next, *prev; /* of the same owner */
};

struct partition {
	char *name;
	size_t n;
};

struct bigip_state {
	struct entry *entries;
	struct owner *owners;
	struct partition *partitions; /* a few */
	size_t n_partitions, n;
	struct refs refs;
};

/* ---- keys: kind, partition, and the name with its sub-folder; an iApp service is known by its
 * name alone ---- */

static const char *key_folder(const struct bigip_object *o)
{
	return o->sub_path && o->kind != BIGIP_IAPP ? o->sub_path : NULL;
}

/* "name" in folder "sub" is the same as "sub/name" in none, which is how callers ask for it */
static bool name_is(const struct bigip_object *o, const char *full)
{
	const char *folder = key_folder(o);

	if (folder) {
		if (!str_starts(full, folder) || full[strlen(folder)] != '/')
			return false;
		full += strlen(folder) + 1;
	}
	return strcmp(full, o->name) == 0;
}

static int entry_cmp(const struct bigip_object *x, const struct bigip_object *y)
{
	struct strbuf full = {0};
	bool same;

	if (x->kind != y->kind || strcmp(x->partition, y->partition) != 0)
		return 1;
	if (!key_folder(x) || !key_folder(y))
		return key_folder(x) ? !name_is(x, y->name) : !name_is(y, x->name);
	str_addf(&full, "%s/%s", key_folder(x), x->name);
	same = name_is(y, full.data);
	str_release(&full);
	return !same;
}

static unsigned hash_text(unsigned h, const char *s)
{
	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619u; /* FNV-1a */
	return h;
}

static unsigned hash_of(const struct bigip_object *o)
{
	unsigned h = hash_text(2166136261u ^ (unsigned)o->kind, o->partition);

	h = hash_text(h, "/");
	if (key_folder(o))
		h = hash_text(hash_text(h, key_folder(o)), "/");
	return hash_text(h, o->name);
}

static struct entry *find(const struct bigip_state *s, const struct bigip_object *key)
{
	struct entry *e;

	HASH_FIND_BYHASHVALUE(hh, s->entries, key, 0, hash_of(key), e);
	return e;
}

static struct entry *find_named(const struct bigip_state *s, enum bigip_kind kind,
				const char *partition, const char *name)
{
	const struct bigip_object key = {
		.kind = kind, .partition = (char *)partition, .name = (char *)name};

	return find(s, &key);
}

/* ---- owners ---- */

static void owner_key(struct strbuf *key, const char *partition)
{
	str_add(key, partition);
	str_add_char(key, ' ');
}

static struct owner *owner_find(const struct bigip_state *s, const struct strbuf *key)
{
	struct owner *w;

	HASH_FIND(hh, s->owners, key->data, (unsigned)key->len, w);
	return w;
}

static void owner_add(struct bigip_state *s, struct entry *e)
{
	struct strbuf key = {0};
	struct owner *w;

	owner_key(&key, e->o->partition);
	if (!key_folder(e->o) && bigip_owner(e->o->kind, e->o->name, &key)) {
		w = owner_find(s, &key);
		if (!w) {
			w = mem_alloc(sizeof(*w) + key.len + 1);
			memcpy(w->key, key.data, key.len);
			HASH_ADD(hh, s->owners, key, (unsigned)key.len, w);
		}
		e->owner = w;
		e->next = w->first;
		if (w->first)
			w->first->prev = e;
		w->first = e;
	}
	str_release(&key);
}

static void owner_remove(struct bigip_state *s, struct entry *e)
{
	struct owner *w = e->owner;

	if (!w)
		return;
	if (e->next)
		e->next->prev = e->prev;
	if (e->prev)
		e->prev->next = e->next;
	else
		w->first = e->next;
	if (!w->first) {
		HASH_DEL(s->owners, w);
		free(w);
	}
}

/* ---- counts ---- */

static bool counts(const struct bigip_object *o)
{
	return o->kind != BIGIP_NODE && !(o->marks & BIGIP_MARK_APP_SERVICE);
}

static void count(struct bigip_state *s, const struct bigip_object *o, bool add)
{
	struct partition *p = NULL;

	if (!counts(o))
		return;
	for (size_t i = 0; i < s->n_partitions && !p; i++)
		if (strcmp(s->partitions[i].name, o->partition) == 0)
			p = &s->partitions[i];
	if (!p) {
		s->partitions = mem_realloc(s->partitions, s->n_partitions + 1, sizeof(*p));
		p = &s->partitions[s->n_partitions++];
		*p = (struct partition){.name = mem_strdup(o->partition)};
	}
	p->n += add ? 1 : (size_t)-1;
	s->n += add ? 1 : (size_t)-1;
}

size_t bigip_state_count(const struct bigip_state *s, const char *partition)
{
	if (!partition)
		return s->n;
	for (size_t i = 0; i < s->n_partitions; i++)
		if (strcmp(s->partitions[i].name, partition) == 0)
			return s->partitions[i].n;
	return 0;
}

/* ---- references ---- */

static void ref_add(void *ctx, const char *path, size_t len)
{
	refs_change(ctx, path, len, 1);
}

static void ref_remove(void *ctx, const char *path, size_t len)
{
	refs_change(ctx, path, len, -1);
}

size_t bigip_state_references(const struct bigip_state *s, const char *path)
{
	return refs_count(&s->refs, path);
}

/* ---- the set ---- */

struct bigip_state *bigip_state_new(void)
{
	return mem_alloc(sizeof(struct bigip_state));
}

static void entry_remove(struct bigip_state *s, struct entry *e)
{
	owner_remove(s, e);
	count(s, e->o, false);
	bigip_object_refs(e->o, ref_remove, &s->refs);
	HASH_DEL(s->entries, e);
	bigip_object_free(e->o);
	free(e);
}

void bigip_state_free(struct bigip_state *s)
{
	struct entry *e, *next;

	if (!s)
		return;
	HASH_ITER (hh, s->entries, e, next)
		entry_remove(s, e);
	for (size_t i = 0; i < s->n_partitions; i++)
		free(s->partitions[i].name);
	free(s->partitions);
	refs_release(&s->refs);
	free(s);
}

struct bigip_object *bigip_state_get(const struct bigip_state *s, enum bigip_kind kind,
				     const char *partition, const char *name)
{
	struct entry *e = find_named(s, kind, partition, name);

	return e ? e->o : NULL;
}

void bigip_state_put(struct bigip_state *s, struct bigip_object *given)
{
	struct entry *e = find(s, given);

	if (e)
		entry_remove(s, e);
	e = mem_alloc(sizeof(*e));
	e->o = given;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, s->entries, given, 0, hash_of(given), e);
	owner_add(s, e);
	count(s, given, true);
	bigip_object_refs(given, ref_add, &s->refs);
}

void bigip_state_del(struct bigip_state *s, enum bigip_kind kind, const char *partition,
		     const char *name)
{
	struct entry *e = find_named(s, kind, partition, name);

	if (e)
		entry_remove(s, e);
}

static int by_creation(const void *a, const void *b)
{
	const struct bigip_object *x = *(struct bigip_object *const *)a;
	const struct bigip_object *y = *(struct bigip_object *const *)b;

	return x->kind != y->kind ? (int)x->kind - (int)y->kind : strcmp(x->name, y->name);
}

size_t bigip_state_owned(const struct bigip_state *s, const char *partition, const char *owner,
			 struct bigip_object ***ret)
{
	struct bigip_object **list = NULL;
	struct strbuf key = {0};
	struct owner *w;
	size_t n = 0;

	owner_key(&key, partition);
	str_add(&key, owner);
	w = owner_find(s, &key);
	str_release(&key);
	for (struct entry *e = w ? w->first : NULL; e; e = e->next)
		n++;
	if (n)
		list = mem_calloc(n, sizeof(void *));
	n = 0;
	for (struct entry *e = w ? w->first : NULL; e; e = e->next)
		list[n++] = e->o;
	if (n)
		qsort(list, n, sizeof(void *), by_creation);
	*ret = list;
	return n;
}

void bigip_state_each(const struct bigip_state *s, const char *partition,
		      void (*fn)(void *ctx, struct bigip_object *o), void *ctx)
{
	for (struct entry *e = s->entries; e; e = e->hh.next)
		if (!partition || strcmp(e->o->partition, partition) == 0)
			fn(ctx, e->o);
}
