/* one neighbour: what it was told, what it is to be told next; see rib.c for the idea */
#include "bgp/rib/rib.h"

#include <assert.h>

#include "bgp/rib/rib_int.h"
#include "common/base/mem.h"

void adjout_resize(struct bgp_adjout *a, uint32_t old_cap, uint32_t cap)
{
	a->sent = mem_realloc(a->sent, cap, 1);
	memset(a->sent + old_cap, SENT_NOTHING, cap - old_cap);
}

static bool has_family(const struct bgp_adjout *a, enum bgp_family family)
{
	return a->families & BGP_FAMILY_BIT(family);
}

void adjout_view(struct bgp_adjout *a, struct bgp_class *c)
{
	struct bgp_attrset *out = NULL;
	struct arena mem = {0};
	struct bgp_next_hop next_hop;
	struct bgp_attrs attrs;

	if (c->attrs && has_family(a, c->family) &&
	    bgp_export(a->policy, c->family, c->attrs, c->tag, &mem, &attrs, &next_hop))
		out = bgp_attrset_get(a->rib->pool, &attrs, &next_hop);
	arena_release(&mem);
	if (out != c->out[a->number])
		c->cursor[a->number] = c->head;
	bgp_attrset_unref(a->rib->pool, c->out[a->number]);
	c->out[a->number] = out;
}

static uint32_t new_number(struct bgp_rib *rib)
{
	uint32_t number = 0;

	while (number < rib->n_peers && rib->peers[number])
		number++;
	if (number < rib->n_peers)
		return number;
	rib->peers = mem_realloc(rib->peers, ++rib->n_peers, sizeof(*rib->peers));
	for (uint32_t i = 0; i < rib->n_classes; i++) {
		struct bgp_class *c = &rib->classes[i];

		if (!c->used)
			continue;
		c->cursor = mem_realloc(c->cursor, rib->n_peers, sizeof(*c->cursor));
		c->out = mem_realloc(c->out, rib->n_peers, sizeof(*c->out));
		c->cursor[number] = BGP_NO_ENTRY;
		c->out[number] = NULL;
	}
	return number;
}

struct bgp_adjout *bgp_adjout_open(struct bgp_rib *rib, const struct bgp_export_policy *policy,
				   uint8_t families, uint32_t flags)
{
	struct bgp_adjout *a = mem_alloc(sizeof(*a));

	a->rib = rib;
	a->policy = bgp_export_policy_dup(policy);
	a->families = families;
	a->flags = flags;
	a->number = new_number(rib);
	adjout_resize(a, 0, rib->table.cap);
	rib->peers[a->number] = a;
	for (uint32_t i = 0; i < rib->n_classes; i++) {
		if (!rib->classes[i].used)
			continue;
		rib->classes[i].cursor[a->number] = BGP_NO_ENTRY;
		adjout_view(a, &rib->classes[i]);
	}
	return a;
}

/* the neighbour has entry @e as @to says; keeps all counts */
static void mark(struct bgp_adjout *a, uint32_t entry, uint8_t to)
{
	struct bgp_entry *e = &a->rib->table.entries[entry];
	uint8_t from = a->sent[entry];

	a->sent[entry] = to;
	if (from != SENT_NOTHING && from != SENT_UNKNOWN && !--a->slots[from].n) {
		bgp_attrset_unref(a->rib->pool, a->slots[from].attrs);
		a->slots[from].attrs = NULL;
	}
	if (to != SENT_NOTHING && to != SENT_UNKNOWN)
		a->slots[to].n++;
	e->holders += (to != SENT_NOTHING) - (from != SENT_NOTHING);
	a->n_has[bgp_entry_family(e)] += (to != SENT_NOTHING) - (from != SENT_NOTHING);
	if (!e->holders && e->class < N_CLASSES_GONE)
		rib_forget(a->rib, entry);
}

void bgp_adjout_close(struct bgp_adjout *a)
{
	struct bgp_rib *rib = a ? a->rib : NULL;

	if (!a)
		return;
	for (uint32_t i = 0; i < rib->table.high; i++) {
		if (a->sent[i] != SENT_NOTHING)
			mark(a, i, SENT_NOTHING);
	}
	for (unsigned i = 0; i < N_SLOTS; i++)
		bgp_attrset_unref(rib->pool, a->slots[i].attrs);
	rib->peers[a->number] = NULL;
	for (uint32_t i = 0; i < rib->n_classes; i++) {
		struct bgp_class *c = &rib->classes[i];

		if (!c->used)
			continue;
		bgp_attrset_unref(rib->pool, c->out[a->number]);
		c->out[a->number] = NULL;
		c->cursor[a->number] = BGP_NO_ENTRY;
	}
	free(a->policy);
	free(a->sent);
	free(a);
}

void bgp_adjout_policy(struct bgp_adjout *a, const struct bgp_export_policy *policy)
{
	struct bgp_export_policy *copy = bgp_export_policy_dup(policy);

	free(a->policy);
	a->policy = copy;
	for (uint32_t i = N_CLASSES_GONE; i < a->rib->n_classes; i++) {
		if (a->rib->classes[i].used)
			adjout_view(a, &a->rib->classes[i]);
	}
}

/* --- refresh --- */

/* all that it has goes out once more; what is to be withdrawn still is */
static void forget_attributes(struct bgp_adjout *a, enum bgp_family family)
{
	struct bgp_rib *rib = a->rib;

	if (a->forgot[family]) /* requests may come faster than answers are read */
		return;
	a->forgot[family] = true;
	for (uint32_t i = 0; i < rib->table.high; i++) {
		if (a->sent[i] != SENT_NOTHING &&
		    bgp_entry_family(&rib->table.entries[i]) == family)
			mark(a, i, SENT_UNKNOWN);
	}
	for (uint32_t i = 0; i < rib->n_classes; i++) {
		if (rib->classes[i].used && rib->classes[i].family == family)
			rib->classes[i].cursor[a->number] = rib->classes[i].head;
	}
}

void bgp_adjout_refresh(struct bgp_adjout *a, enum bgp_family family)
{
	if (!has_family(a, family))
		return;
	if (!(a->flags & BGP_ADJOUT_ENHANCED_REFRESH))
		forget_attributes(a, family);
	else if (a->refresh[family] == REFRESH_SENDING)
		a->refresh[family] = REFRESH_AGAIN;
	else if (a->refresh[family] == REFRESH_NONE)
		a->refresh[family] = REFRESH_ASKED;
}

/* --- work --- */

/* the slot that says "has it with these attributes", or 0 */
static uint8_t find_slot(const struct bgp_adjout *a, const struct bgp_attrset *attrs)
{
	for (unsigned i = 1; attrs && i < N_SLOTS; i++) {
		if (a->slots[i].attrs == attrs)
			return (uint8_t)i;
	}
	return 0;
}

/* the same, made if it is new; with 254 sets in use the rest is "unknown" */
static uint8_t get_slot(struct bgp_adjout *a, struct bgp_attrset *attrs)
{
	uint8_t slot = find_slot(a, attrs);

	for (unsigned i = 1; !slot && i < N_SLOTS; i++) {
		if (!a->slots[i].n) { /* it may have been asked for and not used */
			bgp_attrset_unref(a->rib->pool, a->slots[i].attrs);
			a->slots[i].attrs = bgp_attrset_ref(attrs);
			slot = (uint8_t)i;
		}
	}
	return slot ? slot : SENT_UNKNOWN;
}

/* moves the neighbour's cursor in @class to the first entry that it must be told of: a withdrawal
 * if it is not sent the class, else one that it does not have with @slot's attributes */
static uint32_t seek(struct bgp_adjout *a, struct bgp_class *c, uint8_t slot)
{
	const struct bgp_entry *entries = a->rib->table.entries;
	uint32_t *cursor = &c->cursor[a->number];
	bool withdraw = !c->out[a->number];

	while (*cursor != BGP_NO_ENTRY) {
		uint8_t sent = a->sent[*cursor];

		if (withdraw ? sent != SENT_NOTHING
			     : sent == SENT_NOTHING || sent == SENT_UNKNOWN || sent != slot)
			break;
		*cursor = entries[*cursor].next;
	}
	return *cursor;
}

/* from class number @from on, one whose view of the neighbour is @out and that has work */
static uint32_t find_class(struct bgp_adjout *a, enum bgp_family family, uint32_t from,
			   const struct bgp_attrset *out, uint8_t slot)
{
	for (uint32_t i = from; i < a->rib->n_classes; i++) {
		struct bgp_class *c = &a->rib->classes[i];

		if (c->used && c->family == family && c->cursor[a->number] != BGP_NO_ENTRY &&
		    c->out[a->number] == out && seek(a, c, slot) != BGP_NO_ENTRY)
			return i;
	}
	return BGP_NO_ENTRY;
}

static bool set_work(struct bgp_adjout *a, enum bgp_work_kind kind, enum bgp_family family,
		     uint32_t class)
{
	a->work = (struct bgp_work){.kind = kind, .family = family};
	a->work_class = class;
	a->work_slot = SENT_NOTHING;
	if (kind == BGP_WORK_ANNOUNCE) {
		struct bgp_attrset *out = a->rib->classes[class].out[a->number];

		a->work.attrs = out;
		a->work_slot = get_slot(a, out);
	}
	return true;
}

static bool find_withdrawal(struct bgp_adjout *a, enum bgp_family family)
{
	uint32_t class = find_class(a, family, 0, NULL, SENT_NOTHING);

	return class != BGP_NO_ENTRY && set_work(a, BGP_WORK_WITHDRAW, family, class);
}

static bool find_announcement(struct bgp_adjout *a, enum bgp_family family)
{
	for (uint32_t i = N_CLASSES_GONE; i < a->rib->n_classes; i++) {
		struct bgp_class *c = &a->rib->classes[i];

		if (!c->used || c->family != family || !c->out[a->number] ||
		    c->cursor[a->number] == BGP_NO_ENTRY)
			continue;
		if (seek(a, c, find_slot(a, c->out[a->number])) != BGP_NO_ENTRY)
			return set_work(a, BGP_WORK_ANNOUNCE, family, i);
	}
	return false;
}

/* RFC 7313 4.1: no BoRR before the initial End-of-RIB; a peer that gets none has to wait for the
 * initial routes only */
static bool find_marker(struct bgp_adjout *a, enum bgp_family family)
{
	if (!a->end_of_rib_sent[family] && a->flags & BGP_ADJOUT_END_OF_RIB)
		return a->rib->complete && set_work(a, BGP_WORK_END_OF_RIB, family, 0);
	switch (a->refresh[family]) {
	case REFRESH_ASKED:
		return set_work(a, BGP_WORK_BORR, family, 0);
	case REFRESH_SENDING:
	case REFRESH_AGAIN:
		return set_work(a, BGP_WORK_EORR, family, 0);
	default:
		return false;
	}
}

bool bgp_adjout_next(struct bgp_adjout *a, struct bgp_work *ret)
{
	bool found = false;

	for (enum bgp_family f = 0; !found && f < BGP_N_FAMILIES; f++)
		found = has_family(a, f) && find_withdrawal(a, f);
	for (enum bgp_family f = 0; !found && f < BGP_N_FAMILIES; f++)
		found = has_family(a, f) && (find_announcement(a, f) || find_marker(a, f));
	if (!found)
		a->generation = a->rib->generation;
	if (found)
		*ret = a->work;
	return found;
}

static bool is_marker(const struct bgp_adjout *a)
{
	return a->work.kind != BGP_WORK_WITHDRAW && a->work.kind != BGP_WORK_ANNOUNCE;
}

bool bgp_adjout_peek(struct bgp_adjout *a, struct ip_prefix *ret)
{
	struct bgp_rib *rib = a->rib;

	if (is_marker(a) || a->work_class == BGP_NO_ENTRY)
		return false;
	a->work_class = find_class(a, a->work.family, a->work_class, a->work.attrs, a->work_slot);
	if (a->work_class == BGP_NO_ENTRY)
		return false;
	bgp_entry_prefix(&rib->table.entries[rib->classes[a->work_class].cursor[a->number]], ret);
	return true;
}

static void advance_marker(struct bgp_adjout *a)
{
	enum bgp_family family = a->work.family;

	switch (a->work.kind) {
	case BGP_WORK_END_OF_RIB:
		a->end_of_rib_sent[family] = true;
		break;
	case BGP_WORK_BORR:
		a->refresh[family] = REFRESH_SENDING;
		forget_attributes(a, family);
		break;
	case BGP_WORK_EORR:
		a->refresh[family] = a->refresh[family] == REFRESH_AGAIN ? REFRESH_ASKED
									 : REFRESH_NONE;
		break;
	default:
		break;
	}
}

void bgp_adjout_advance(struct bgp_adjout *a)
{
	uint32_t *cursor, entry;

	if (is_marker(a)) {
		advance_marker(a);
		return;
	}
	assert(a->work_class != BGP_NO_ENTRY);
	cursor = &a->rib->classes[a->work_class].cursor[a->number];
	entry = *cursor;
	assert(entry != BGP_NO_ENTRY);
	*cursor = a->rib->table.entries[entry].next;
	a->forgot[a->work.family] = false;
	mark(a, entry, a->work_slot);
}

/* --- looking at it --- */

uint64_t bgp_adjout_generation(const struct bgp_adjout *a)
{
	return a->generation;
}

size_t bgp_adjout_count(const struct bgp_adjout *a, enum bgp_family family)
{
	return a->n_has[family];
}

static const struct bgp_attrset *sent_attrs(const struct bgp_adjout *a, uint32_t entry)
{
	uint8_t sent = a->sent[entry];

	return sent == SENT_NOTHING || sent == SENT_UNKNOWN ? NULL : a->slots[sent].attrs;
}

enum bgp_told bgp_adjout_told(const struct bgp_adjout *a, const struct ip_prefix *prefix,
			      const struct bgp_attrset **ret_attrs)
{
	uint32_t entry = bgp_table_find(&a->rib->table, prefix);
	const struct bgp_class *c;
	const struct bgp_attrset *attrs;

	if (ret_attrs)
		*ret_attrs = NULL;
	if (entry == BGP_NO_ENTRY || a->sent[entry] == SENT_NOTHING)
		return BGP_TOLD_NOTHING;
	attrs = sent_attrs(a, entry);
	if (ret_attrs)
		*ret_attrs = attrs;
	c = &a->rib->classes[a->rib->table.entries[entry].class];
	return attrs && attrs == c->out[a->number] ? BGP_TOLD_CURRENT : BGP_TOLD_OLD;
}

void bgp_adjout_visit(const struct bgp_adjout *a,
		      void (*fn)(void *ctx, const struct ip_prefix *prefix,
				 const struct bgp_attrset *attrs),
		      void *ctx)
{
	autofree uint32_t *sorted = bgp_table_sorted(&a->rib->table);

	for (uint32_t i = 0; i < a->rib->table.n; i++) {
		struct ip_prefix prefix;

		if (a->sent[sorted[i]] == SENT_NOTHING)
			continue;
		bgp_entry_prefix(&a->rib->table.entries[sorted[i]], &prefix);
		fn(ctx, &prefix, sent_attrs(a, sorted[i]));
	}
}
