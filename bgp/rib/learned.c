#include "bgp/rib/learned.h"

#include "common/base/mem.h"

void bgp_learned_init(struct bgp_learned *l, struct bgp_attr_pool *pool, bool keep, uint32_t max)
{
	*l = (struct bgp_learned){.pool = pool, .keep = keep, .max = max};
}

static void set_stale(struct bgp_learned *l, struct bgp_entry *e, bool stale)
{
	if (e->holders == stale)
		return;
	e->holders = stale;
	l->count[bgp_entry_family(e)].stale += stale ? 1 : -1u;
}

static void forget(struct bgp_learned *l, uint32_t entry)
{
	struct bgp_entry *e = &l->table.entries[entry];

	set_stale(l, e, false);
	l->count[bgp_entry_family(e)].kept--;
	bgp_attrset_unref(l->pool, e->attrs);
	bgp_table_del(&l->table, entry);
}

/* forgets the entries of some families, all or only stale ones */
static void forget_many(struct bgp_learned *l, uint8_t families, bool only_stale)
{
	uint32_t high = l->table.high;

	for (uint32_t i = 0; i < high; i++) {
		struct bgp_entry *e = &l->table.entries[i];

		if (e->family && families & BGP_FAMILY_BIT(bgp_entry_family(e)) &&
		    (e->holders || !only_stale))
			forget(l, i);
	}
	if (!l->table.n)
		bgp_table_release(&l->table);
}

enum { ALL_FAMILIES = BGP_FAMILY_BIT(BGP_IPV4) | BGP_FAMILY_BIT(BGP_IPV6) };

void bgp_learned_release(struct bgp_learned *l)
{
	forget_many(l, ALL_FAMILIES, false);
}

static void withdraw(struct bgp_learned *l, const struct bgp_run *run)
{
	struct reader nlri = run->nlri;
	struct ip_prefix prefix;

	while (l->table.n && bgp_nlri_next(&nlri, run->family, &prefix)) {
		uint32_t entry = bgp_table_find(&l->table, &prefix);

		if (entry != BGP_NO_ENTRY)
			forget(l, entry);
	}
}

static void announce(struct bgp_learned *l, const struct bgp_run *run,
		     const struct bgp_attrs *attrs)
{
	struct bgp_attrset *set = bgp_attrset_get(l->pool, attrs, &run->next_hop);
	struct reader nlri = run->nlri;
	struct ip_prefix prefix;

	while (bgp_nlri_next(&nlri, run->family, &prefix)) {
		uint32_t entry;
		struct bgp_entry *e;

		if (!bgp_prefix_usable(&prefix))
			continue;
		entry = bgp_table_find(&l->table, &prefix);
		if (entry == BGP_NO_ENTRY) {
			entry = bgp_table_add(&l->table, &prefix);
			l->count[run->family].kept++;
		}
		e = &l->table.entries[entry];
		set_stale(l, e, false);
		bgp_attrset_ref(set);
		bgp_attrset_unref(l->pool, e->attrs);
		e->attrs = set;
	}
	bgp_attrset_unref(l->pool, set);
}

int bgp_learned_update(struct bgp_learned *l, const struct bgp_update *u)
{
	l->updates++;
	l->treated_as_withdraw += u->treated_as_withdraw;
	l->attributes_discarded += u->n_discarded;
	for (unsigned i = 0; i < u->n_runs; i++) {
		const struct bgp_run *run = &u->runs[i];
		struct bgp_learned_count *count = &l->count[run->family];

		*(run->withdraw ? &count->withdrawn : &count->announced) += run->n;
		if (!l->keep)
			continue;
		if (run->withdraw)
			withdraw(l, run);
		else
			announce(l, run, &u->attrs);
		if (l->max && count->kept > l->max)
			return -1;
	}
	if (u->end_of_rib >= 0)
		bgp_learned_sweep(l, (uint8_t)BGP_FAMILY_BIT(u->end_of_rib));
	return 0;
}

void bgp_learned_import(struct bgp_learned *l, bool keep)
{
	if (!keep)
		forget_many(l, ALL_FAMILIES, false);
	l->keep = keep;
}

void bgp_learned_mark_stale(struct bgp_learned *l, enum bgp_family family)
{
	for (uint32_t i = 0; i < l->table.high; i++) {
		struct bgp_entry *e = &l->table.entries[i];

		if (e->family && bgp_entry_family(e) == family)
			set_stale(l, e, true);
	}
}

void bgp_learned_sweep(struct bgp_learned *l, uint8_t families)
{
	for (enum bgp_family f = 0; f < BGP_N_FAMILIES; f++) {
		if (families & BGP_FAMILY_BIT(f) && l->count[f].stale)
			forget_many(l, (uint8_t)BGP_FAMILY_BIT(f), true);
	}
}

void bgp_learned_lost(struct bgp_learned *l, uint8_t stale)
{
	bgp_learned_sweep(l, ALL_FAMILIES); /* lost again before it came to its End-of-RIB */
	forget_many(l, (uint8_t)~stale, false);
	for (enum bgp_family f = 0; f < BGP_N_FAMILIES; f++) {
		bgp_learned_mark_stale(l, f);
		l->count[f].announced = l->count[f].withdrawn = 0;
	}
	l->updates = l->treated_as_withdraw = l->attributes_discarded = 0;
}

void bgp_learned_visit(const struct bgp_learned *l,
		       void (*fn)(void *ctx, const struct bgp_learned_path *path), void *ctx)
{
	autofree uint32_t *sorted = bgp_table_sorted(&l->table);

	for (uint32_t i = 0; i < l->table.n; i++) {
		const struct bgp_entry *e = &l->table.entries[sorted[i]];
		struct bgp_learned_path path = {.attrs = e->attrs, .stale = e->holders};

		bgp_entry_prefix(e, &path.prefix);
		fn(ctx, &path);
	}
}
