/*
 * bgp/rib - what is announced (rib.c, adjout.c) and what was learned (learned.c)
 *
 * attrset.c  attribute sets, interned and counted
 * table.c    the table of prefixes
 * export.c   one path through one neighbour's policy
 * aggregate.c  the aggregation length option
 *
 * A wanted path is an entry of the table and belongs to a class: the paths with the same attributes
 * and tag. All paths of a class look alike to a neighbour, so the policy is applied once per class
 * and neighbour. The entries of a class are in a list, ordered by their last change, and each
 * neighbour has a cursor into each list: behind it are the paths that it was told of. A changed
 * path moves to the tail, out of the reach of whoever has passed it, in front of everybody. So:
 *
 *  - a change costs one step per neighbour (cursors that stood on the entry), whatever the size of
 *    the table;
 *  - a neighbour's work is the rest of its lists; ten changes of one prefix are one piece of work;
 *  - a batch of one attribute set is a walk along the lists of the classes that the neighbour sees
 *    with that set, so messages are full from the first to the last.
 *
 * The byte per neighbour and entry says with which attributes the neighbour has the prefix. A path
 * that was changed and changed back, or that looks the same under a new policy, costs no message.
 * An entry that is not wanted any more goes to the list of the gone until all neighbours that had
 * it were told. Their number is bounded by what was once announced: a neighbour that does not read
 * learns of no new prefixes.
 */
#include "bgp/rib/rib.h"

#include <assert.h>

#include "bgp/rib/rib_int.h"
#include "common/base/mem.h"

static void class_init(struct bgp_rib *rib, struct bgp_class *c)
{
	c->used = true;
	c->head = c->tail = BGP_NO_ENTRY;
	c->cursor = mem_calloc(rib->n_peers, sizeof(*c->cursor));
	c->out = mem_calloc(rib->n_peers, sizeof(*c->out));
	for (uint32_t i = 0; i < rib->n_peers; i++)
		c->cursor[i] = BGP_NO_ENTRY;
}

static void class_release(struct bgp_rib *rib, struct bgp_class *c)
{
	for (uint32_t i = 0; c->used && i < rib->n_peers; i++)
		bgp_attrset_unref(rib->pool, c->out[i]);
	bgp_attrset_unref(rib->pool, c->attrs);
	free(c->cursor);
	free(c->out);
	*c = (struct bgp_class){0};
}

struct bgp_rib *bgp_rib_new(struct bgp_attr_pool *pool)
{
	struct bgp_rib *rib = mem_alloc(sizeof(*rib));

	rib->pool = pool;
	rib->n_classes = N_CLASSES_GONE;
	rib->classes = mem_calloc(rib->n_classes, sizeof(*rib->classes));
	for (uint32_t i = 0; i < N_CLASSES_GONE; i++) {
		class_init(rib, &rib->classes[i]);
		rib->classes[i].family = i == CLASS_GONE_V4 ? BGP_IPV4 : BGP_IPV6;
	}
	return rib;
}

void bgp_rib_free(struct bgp_rib *rib)
{
	if (!rib)
		return;
	for (uint32_t i = 0; i < rib->n_peers; i++)
		bgp_adjout_close(rib->peers[i]);
	for (uint32_t i = 0; i < rib->n_classes; i++)
		class_release(rib, &rib->classes[i]);
	bgp_table_release(&rib->table);
	free(rib->classes);
	free(rib->peers);
	free(rib);
}

/* the class of a path, made if it is new; a number whose paths are all gone is used again */
static uint32_t class_get(struct bgp_rib *rib, const struct bgp_path *p)
{
	enum bgp_family family = p->prefix.addr.family == 4 ? BGP_IPV4 : BGP_IPV6;
	uint32_t unused = rib->n_classes;
	struct bgp_class *c;

	for (uint32_t i = N_CLASSES_GONE; i < rib->n_classes; i++) {
		c = &rib->classes[i];
		if (c->used && c->attrs == p->attrs && c->tag == p->tag && c->family == family)
			return i;
		if (!c->used)
			unused = i;
	}
	if (unused == rib->n_classes) {
		rib->classes = mem_realloc(rib->classes, ++rib->n_classes, sizeof(*c));
		rib->classes[unused] = (struct bgp_class){0};
	}
	c = &rib->classes[unused];
	class_init(rib, c);
	c->attrs = bgp_attrset_ref(p->attrs);
	c->tag = p->tag;
	c->family = family;
	for (uint32_t i = 0; i < rib->n_peers; i++) {
		if (rib->peers[i])
			adjout_view(rib->peers[i], c);
	}
	return unused;
}

static void append(struct bgp_rib *rib, uint32_t class, uint32_t entry)
{
	struct bgp_class *c = &rib->classes[class];
	struct bgp_entry *e = &rib->table.entries[entry];

	e->class = class;
	e->prev = c->tail;
	e->next = BGP_NO_ENTRY;
	if (c->tail != BGP_NO_ENTRY)
		rib->table.entries[c->tail].next = entry;
	else
		c->head = entry;
	c->tail = entry;
	c->n++;
	rib->n_gone += class < N_CLASSES_GONE;
	for (uint32_t i = 0; i < rib->n_peers; i++) {
		if (c->cursor[i] == BGP_NO_ENTRY)
			c->cursor[i] = entry;
	}
}

static void detach(struct bgp_rib *rib, uint32_t entry)
{
	struct bgp_entry *entries = rib->table.entries, *e = &entries[entry];
	struct bgp_class *c = &rib->classes[e->class];

	for (uint32_t i = 0; i < rib->n_peers; i++) {
		if (c->cursor[i] == entry)
			c->cursor[i] = e->next;
	}
	if (e->prev != BGP_NO_ENTRY)
		entries[e->prev].next = e->next;
	else
		c->head = e->next;
	if (e->next != BGP_NO_ENTRY)
		entries[e->next].prev = e->prev;
	else
		c->tail = e->prev;
	c->n--;
	rib->n_gone -= e->class < N_CLASSES_GONE;
	if (!c->n && e->class >= N_CLASSES_GONE)
		class_release(rib, c);
}

void rib_forget(struct bgp_rib *rib, uint32_t entry)
{
	detach(rib, entry);
	bgp_table_del(&rib->table, entry);
}

static uint32_t add_entry(struct bgp_rib *rib, const struct ip_prefix *prefix)
{
	uint32_t old_cap = rib->table.cap;
	uint32_t entry = bgp_table_add(&rib->table, prefix);

	for (uint32_t i = 0; i < rib->n_peers && rib->table.cap != old_cap; i++) {
		if (rib->peers[i])
			adjout_resize(rib->peers[i], old_cap, rib->table.cap);
	}
	return entry;
}

static uint32_t set(struct bgp_rib *rib, const struct bgp_path *path, bool *ret_changed)
{
	uint32_t entry = bgp_table_find(&rib->table, &path->prefix);
	uint32_t class = class_get(rib, path);

	*ret_changed = false;
	if (entry == BGP_NO_ENTRY)
		entry = add_entry(rib, &path->prefix);
	else if (rib->table.entries[entry].class == class)
		return entry;
	else
		detach(rib, entry);
	append(rib, class, entry);
	rib->generation++;
	*ret_changed = true;
	return entry;
}

static void del(struct bgp_rib *rib, uint32_t entry)
{
	struct bgp_entry *e = &rib->table.entries[entry];
	uint32_t gone = e->family == 4 ? CLASS_GONE_V4 : CLASS_GONE_V6;

	rib->generation++;
	detach(rib, entry);
	if (e->holders)
		append(rib, gone, entry);
	else
		bgp_table_del(&rib->table, entry);
}

static bool is_wanted(const struct bgp_entry *e)
{
	return e->family && e->class >= N_CLASSES_GONE;
}

bool bgp_rib_set(struct bgp_rib *rib, const struct bgp_path *path)
{
	bool changed;

	set(rib, path, &changed);
	return changed;
}

bool bgp_rib_del(struct bgp_rib *rib, const struct ip_prefix *prefix)
{
	uint32_t entry = bgp_table_find(&rib->table, prefix);

	if (entry == BGP_NO_ENTRY || !is_wanted(&rib->table.entries[entry]))
		return false;
	del(rib, entry);
	return true;
}

static int compare_paths(const void *a, const void *b)
{
	const struct bgp_path *pa = *(const struct bgp_path *const *)a;
	const struct bgp_path *pb = *(const struct bgp_path *const *)b;
	int diff = bgp_prefix_cmp(&pa->prefix, &pb->prefix);

	return diff ? diff : (pa > pb) - (pa < pb); /* they are of one array */
}

size_t bgp_rib_apply(struct bgp_rib *rib, const struct bgp_path *paths, size_t n)
{
	autofree const struct bgp_path **sorted = mem_calloc(n, sizeof(*sorted));
	autofree uint8_t *keep = NULL;
	size_t changes = 0;
	uint32_t high;

	for (size_t i = 0; i < n; i++)
		sorted[i] = &paths[i];
	qsort(sorted, n, sizeof(*sorted), compare_paths);
	keep = mem_calloc(rib->table.high + n, 1); /* no entry number will be higher */
	for (size_t i = 0; i < n; i++) {
		bool changed;

		if (i + 1 < n && !bgp_prefix_cmp(&sorted[i]->prefix, &sorted[i + 1]->prefix))
			continue;
		keep[set(rib, sorted[i], &changed)] = 1;
		changes += changed;
	}
	high = rib->table.high;
	for (uint32_t i = 0; i < high; i++) {
		if (!keep[i] && is_wanted(&rib->table.entries[i])) {
			del(rib, i);
			changes++;
		}
	}
	return changes;
}

static void get(const struct bgp_rib *rib, uint32_t entry, struct bgp_path *ret)
{
	const struct bgp_entry *e = &rib->table.entries[entry];

	bgp_entry_prefix(e, &ret->prefix);
	ret->attrs = rib->classes[e->class].attrs;
	ret->tag = rib->classes[e->class].tag;
}

bool bgp_rib_get(const struct bgp_rib *rib, const struct ip_prefix *prefix, struct bgp_path *ret)
{
	uint32_t entry = bgp_table_find(&rib->table, prefix);

	if (entry == BGP_NO_ENTRY || !is_wanted(&rib->table.entries[entry]))
		return false;
	get(rib, entry, ret);
	return true;
}

size_t bgp_rib_count(const struct bgp_rib *rib)
{
	return rib->table.n - rib->n_gone;
}

size_t bgp_rib_gone(const struct bgp_rib *rib)
{
	return rib->n_gone;
}

void bgp_rib_visit(const struct bgp_rib *rib, void (*fn)(void *ctx, const struct bgp_path *path),
		   void *ctx)
{
	autofree uint32_t *sorted = bgp_table_sorted(&rib->table);

	for (uint32_t i = 0; i < rib->table.n; i++) {
		struct bgp_path path;

		if (!is_wanted(&rib->table.entries[sorted[i]]))
			continue;
		get(rib, sorted[i], &path);
		fn(ctx, &path);
	}
}

void bgp_rib_complete(struct bgp_rib *rib)
{
	rib->complete = true;
}

uint64_t bgp_rib_generation(const struct bgp_rib *rib)
{
	return rib->generation;
}

size_t bgp_rib_memory(const struct bgp_rib *rib)
{
	const struct bgp_table *t = &rib->table;
	size_t n = sizeof(*rib) + t->cap * sizeof(*t->entries) + t->index_cap * sizeof(*t->index);

	n += rib->n_classes * sizeof(*rib->classes);
	n += rib->n_classes * rib->n_peers * (sizeof(uint32_t) + sizeof(void *));
	for (uint32_t i = 0; i < rib->n_peers; i++)
		n += rib->peers[i] ? sizeof(*rib->peers[i]) + t->cap : 0;
	return n;
}
