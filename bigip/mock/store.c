#include "bigip/mock/store.h"

#include "common/base/mem.h"
#include "common/base/str.h"

struct mock_undo {
	struct mock_obj *obj;
	struct json_object **v; /* old values with references of their own; NULL: it was created */
	struct json_object *extra;
	uint64_t generation;
	bool alive, builtin; /* before this journal */
};

static void (*relink_fn)(struct mock_store *s, struct mock_obj *o);

void store_set_relink(void (*relink)(struct mock_store *s, struct mock_obj *o))
{
	relink_fn = relink;
}

void store_init(struct mock_store *s)
{
	unsigned n = kinds_count();

	*s = (struct mock_store){.generation = 100};
	s->lists = mem_calloc(n, sizeof(*s->lists));
	s->n = mem_calloc(n, sizeof(*s->n));
	s->cap = mem_calloc(n, sizeof(*s->cap));
	s->sorted = mem_calloc(n, sizeof(*s->sorted));
}

static void obj_free(struct mock_obj *o)
{
	for (unsigned i = 0; i < o->kind->n_fields; i++)
		json_object_put(o->v[i]);
	free(o->v);
	json_object_put(o->extra);
	for (unsigned i = 0; i < KIND_MAX_CHILDREN; i++)
		free(o->kids[i].list);
	free(o->rt);
	free(o->name);
	free(o->folder);
	free(o->path);
	free(o);
}

/* --- slots and links --- */

static char *slot_key(const char *family, const char *path, size_t *ret_len, char *buf, size_t size)
{
	size_t fl = strlen(family), pl = strlen(path), len = fl + 1 + pl;
	char *key = len < size ? buf : mem_alloc(len + 1);

	memcpy(key, family, fl);
	key[fl] = '\x1f';
	memcpy(key + fl + 1, path, pl + 1);
	*ret_len = len;
	return key;
}

struct mock_slot *store_slot(const struct mock_store *s, const char *family, const char *path)
{
	char buf[512], *key;
	struct mock_slot *slot;
	size_t len;

	key = slot_key(family, path, &len, buf, sizeof(buf));
	HASH_FIND(hh, s->slots, key, len, slot);
	if (key != buf)
		free(key);
	return slot;
}

static struct mock_slot *slot_get(struct mock_store *s, const char *family, const char *path)
{
	char buf[512], *key;
	struct mock_slot *slot;
	size_t len;

	key = slot_key(family, path, &len, buf, sizeof(buf));
	HASH_FIND(hh, s->slots, key, len, slot);
	if (!slot) {
		slot = mem_alloc(sizeof(*slot) + len + 1);
		memcpy(slot->key, key, len + 1);
		slot->path = slot->key + strlen(family) + 1;
		HASH_ADD(hh, s->slots, key[0], len, slot);
	}
	if (key != buf)
		free(key);
	return slot;
}

static void slot_drop(struct mock_store *s, struct mock_slot *slot)
{
	if (slot->obj || slot->users)
		return;
	HASH_DEL(s->slots, slot);
	free(slot);
}

void store_link(struct mock_store *s, struct mock_obj *from, const char *family, const char *path,
		const char *what, bool guard)
{
	struct mock_slot *slot = slot_get(s, family, path);
	struct mock_link *l = mem_alloc(sizeof(*l));

	*l = (struct mock_link){.to = slot, .from = from, .what = what, .guard = guard};
	l->next = slot->users;
	if (l->next)
		l->next->prev = l;
	slot->users = l;
	l->next_out = from->out;
	from->out = l;
}

void store_unlink(struct mock_store *s, struct mock_obj *o)
{
	while (o->out) {
		struct mock_link *l = o->out;

		o->out = l->next_out;
		if (l->prev)
			l->prev->next = l->next;
		else
			l->to->users = l->next;
		if (l->next)
			l->next->prev = l->prev;
		slot_drop(s, l->to);
		free(l);
	}
}

/* --- being in the tree --- */

/* children have their parent's family and path in front, so that one hash finds everything */
static void child_key(const struct mock_obj *parent, const struct mock_kind *k, const char *path,
		      struct strbuf *family)
{
	str_add(family, k->full_uri);
	for (const struct mock_obj *p = parent; p; p = p->parent) {
		str_add_char(family, '\x1e');
		str_add(family, p->path);
	}
}

struct mock_obj *store_child(const struct mock_store *s, const struct mock_obj *parent,
			     const struct mock_kind *k, const char *path)
{
	struct strbuf family = {0};
	struct mock_slot *slot;

	child_key(parent, k, path, &family);
	slot = store_slot(s, str_get(&family), path);
	str_release(&family);
	return slot ? slot->obj : NULL;
}

struct mock_obj *store_find(const struct mock_store *s, const char *family, const char *path)
{
	struct mock_slot *slot = store_slot(s, family, path);

	return slot ? slot->obj : NULL;
}

static struct mock_children *siblings(const struct mock_obj *o)
{
	for (unsigned i = 0; i < KIND_MAX_CHILDREN; i++) {
		if (o->parent->kind->children[i] == o->kind)
			return &o->parent->kids[i];
	}
	return NULL;
}

static unsigned child_position(const struct mock_children *c, const char *path)
{
	unsigned lo = 0, hi = c->n;

	while (lo < hi) {
		unsigned mid = lo + (hi - lo) / 2;

		if (strcmp(c->list[mid]->path, path) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void attach(struct mock_store *s, struct mock_obj *o)
{
	if (o->parent) {
		struct mock_children *c = siblings(o);
		struct strbuf family = {0};
		unsigned at = child_position(c, o->path);

		mem_grow(c->list, c->n, c->cap);
		memmove(c->list + at + 1, c->list + at, (c->n - at) * sizeof(*c->list));
		c->list[at] = o;
		c->n++;
		child_key(o->parent, o->kind, o->path, &family);
		o->slot = slot_get(s, str_get(&family), o->path);
		str_release(&family);
	} else {
		unsigned k = o->kind->index;

		mem_grow(s->lists[k], s->n[k], s->cap[k]);
		o->index = s->n[k];
		s->lists[k][s->n[k]++] = o;
		s->sorted[k] = false;
		o->slot = slot_get(s, o->kind->family, o->path);
	}
	o->slot->obj = o;
	o->alive = true;
}

static void detach(struct mock_store *s, struct mock_obj *o)
{
	if (o->parent) {
		struct mock_children *c = siblings(o);
		unsigned at = child_position(c, o->path);

		c->n--;
		memmove(c->list + at, c->list + at + 1, (c->n - at) * sizeof(*c->list));
	} else {
		unsigned k = o->kind->index, last = --s->n[k];

		s->lists[k][o->index] = s->lists[k][last];
		s->lists[k][o->index]->index = o->index;
		s->sorted[k] = s->sorted[k] && o->index == last;
	}
	store_unlink(s, o);
	o->slot->obj = NULL;
	slot_drop(s, o->slot);
	o->slot = NULL;
	o->alive = false;
}

/* --- journal --- */

void store_begin(struct mock_store *s)
{
	s->journal = ++s->journals;
	s->ids_before = s->ids;
	s->generation++; /* one for all that a request or transaction changes */
	s->traffic_touched = false;
}

static struct mock_undo *undo_add(struct mock_store *s, struct mock_obj *o)
{
	mem_grow(s->undo, s->n_undo, s->cap_undo);
	s->undo[s->n_undo] = (struct mock_undo){
		.obj = o, .generation = o->generation, .builtin = o->builtin};
	o->journal = s->journal;
	if (o->kind->flags & K_TRAFFIC)
		s->traffic_touched = true;
	return &s->undo[s->n_undo++];
}

void store_touch(struct mock_store *s, struct mock_obj *o)
{
	struct mock_undo *u;

	if (o->journal == s->journal)
		return;
	u = undo_add(s, o);
	u->alive = o->alive;
	u->v = mem_calloc(o->kind->n_fields + 1, sizeof(*u->v));
	for (unsigned i = 0; i < o->kind->n_fields; i++)
		u->v[i] = json_object_get(o->v[i]);
	if (o->extra && json_object_deep_copy(o->extra, &u->extra, NULL) < 0)
		u->extra = NULL;
}

struct mock_obj *store_add(struct mock_store *s, struct mock_kind *k, struct mock_obj *parent,
			   const char *folder, const char *name)
{
	struct mock_obj *o = mem_alloc(sizeof(*o));

	o->kind = k;
	o->parent = parent;
	o->name = mem_strdup(name);
	o->folder = mem_strdup(folder);
	if (!*folder)
		o->path = mem_strdup(name);
	else
		o->path = mem_printf("%s/%s", str_eq(folder, "/") ? "" : folder, name);
	o->v = mem_calloc(k->n_fields + 1, sizeof(*o->v));
	o->generation = s->generation;
	attach(s, o);
	undo_add(s, o);
	return o;
}

void store_remove(struct mock_store *s, struct mock_obj *o)
{
	for (unsigned i = 0; i < KIND_MAX_CHILDREN; i++) {
		while (o->kids[i].n)
			store_remove(s, o->kids[i].list[o->kids[i].n - 1]);
	}
	store_touch(s, o);
	detach(s, o);
}

struct mock_obj *store_touched(const struct mock_store *s, size_t i)
{
	return i < s->n_undo ? s->undo[i].obj : NULL;
}

struct json_object *store_before(const struct mock_store *s, const struct mock_obj *o,
				 const char *key)
{
	int field = kind_field(o->kind, key);

	/* the object under change is nearly always the last one touched */
	for (size_t i = s->n_undo; i-- > 0 && field >= 0;) {
		if (s->undo[i].obj == o)
			return s->undo[i].v ? s->undo[i].v[field] : NULL;
	}
	return NULL;
}

static void undo_release(struct mock_undo *u)
{
	if (u->v) {
		for (unsigned i = 0; i < u->obj->kind->n_fields; i++)
			json_object_put(u->v[i]);
		free(u->v);
	}
	json_object_put(u->extra);
}

static void journal_close(struct mock_store *s)
{
	/* children were journalled before the parents that they point to were removed */
	for (size_t i = 0; i < s->n_undo; i++)
		undo_release(&s->undo[i]);
	for (size_t i = 0; i < s->n_undo; i++) {
		if (!s->undo[i].obj->alive)
			obj_free(s->undo[i].obj);
	}
	s->n_undo = 0;
	s->journal = 0;
}

void store_commit(struct mock_store *s)
{
	journal_close(s);
}

static void restore_values(struct mock_obj *o, struct mock_undo *u)
{
	for (unsigned i = 0; i < o->kind->n_fields; i++) {
		json_object_put(o->v[i]);
		o->v[i] = u->v[i];
	}
	free(u->v);
	u->v = NULL;
	json_object_put(o->extra);
	o->extra = u->extra;
	u->extra = NULL;
	o->generation = u->generation;
	o->builtin = u->builtin;
}

void store_rollback(struct mock_store *s)
{
	/* first take out everything new, children before parents; then put back, in the order in
	   which parents come first (a removed parent is journalled after its children) */
	for (size_t i = s->n_undo; i-- > 0;) {
		struct mock_undo *u = &s->undo[i];

		if (!u->v && u->obj->alive)
			detach(s, u->obj);
	}
	for (size_t i = s->n_undo; i-- > 0;) {
		struct mock_undo *u = &s->undo[i];

		if (!u->v)
			continue;
		restore_values(u->obj, u);
		u->v = NULL;
		if (u->alive && !u->obj->alive)
			attach(s, u->obj);
		store_unlink(s, u->obj);
	}
	for (size_t i = 0; i < s->n_undo; i++) {
		if (s->undo[i].obj->alive && relink_fn)
			relink_fn(s, s->undo[i].obj);
	}
	s->traffic_touched = false;
	s->generation--;
	s->ids = s->ids_before;
	journal_close(s);
}

/* --- lists --- */

static int by_path(const void *a, const void *b)
{
	const struct mock_obj *const *x = a, *const *y = b;

	return strcmp((*x)->path, (*y)->path);
}

struct mock_obj *const *store_list(struct mock_store *s, const struct mock_kind *k, unsigned *ret_n)
{
	unsigned i = k->index;

	if (!s->sorted[i] && s->n[i]) {
		qsort(s->lists[i], s->n[i], sizeof(struct mock_obj *), by_path);
		for (unsigned j = 0; j < s->n[i]; j++)
			s->lists[i][j]->index = j;
		s->sorted[i] = true;
	}
	*ret_n = s->n[i];
	return s->lists[i];
}

void store_release(struct mock_store *s)
{
	struct mock_slot *slot, *tmp;
	unsigned n = kinds_count();

	HASH_ITER (hh, s->slots, slot, tmp) {
		struct mock_obj *o = slot->obj;

		while (o && o->out) { /* links are freed by their owner, slots below */
			struct mock_link *l = o->out;

			o->out = l->next_out;
			free(l);
		}
	}
	HASH_ITER (hh, s->slots, slot, tmp) {
		if (slot->obj)
			obj_free(slot->obj);
		HASH_DEL(s->slots, slot);
		free(slot);
	}
	for (unsigned i = 0; s->lists && i < n; i++)
		free(s->lists[i]);
	free(s->lists);
	free(s->n);
	free(s->cap);
	free(s->sorted);
	free(s->undo);
}

/* --- values --- */

void obj_set(struct mock_obj *o, int field, struct json_object *given)
{
	if (field < 0) {
		json_object_put(given);
		return;
	}
	json_object_put(o->v[field]);
	o->v[field] = given;
}

void obj_set_str(struct mock_obj *o, const char *key, const char *value)
{
	obj_set(o, kind_field(o->kind, key), value ? json_object_new_string(value) : NULL);
}

struct json_object *obj_get(const struct mock_obj *o, const char *key)
{
	int field = kind_field(o->kind, key);

	return field < 0 ? NULL : obj_effective(o, (unsigned)field);
}

const char *obj_str(const struct mock_obj *o, const char *key)
{
	struct json_object *v = obj_get(o, key);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

long long obj_int(const struct mock_obj *o, const char *key)
{
	return json_object_get_int64(obj_get(o, key));
}

bool obj_flag(const struct mock_obj *o, const char *key)
{
	return json_object_get_boolean(obj_get(o, key));
}

const char *folder_partition(const char *folder, char buf[static PARTITION_MAX])
{
	size_t n;

	if (*folder == '/')
		folder++;
	n = strcspn(folder, "/");
	if (n >= PARTITION_MAX)
		n = PARTITION_MAX - 1;
	memcpy(buf, folder, n);
	buf[n] = '\0';
	return buf;
}

const char *obj_partition(const struct mock_obj *o, char buf[static PARTITION_MAX])
{
	const struct mock_obj *top = o;

	while (top->parent && !*top->folder)
		top = top->parent;
	return folder_partition(top->folder, buf);
}
