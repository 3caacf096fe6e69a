#include "bgp/rib/table.h"

#include <assert.h>

#include "common/base/mem.h"

/* 64-bit multiply and fold; peers do not choose what we announce, import has a prefix limit */
static uint32_t hash_of(const uint8_t addr[16], uint8_t len, uint8_t family)
{
	uint64_t a, b, h;

	memcpy(&a, addr, 8);
	memcpy(&b, addr + 8, 8);
	h = (a ^ 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu;
	h = (h ^ h >> 32 ^ b) * 0xc4ceb9fe1a85ec53u;
	h = (h ^ h >> 32 ^ (uint64_t)family << 8 ^ len) * 0x9e3779b97f4a7c15u;
	return (uint32_t)(h >> 32);
}

static uint32_t hash_entry(const struct bgp_entry *e)
{
	return hash_of(e->addr, e->len, e->family);
}

uint32_t bgp_table_find(const struct bgp_table *t, const struct ip_prefix *p)
{
	uint32_t mask = t->index_cap - 1;

	if (!t->n)
		return BGP_NO_ENTRY;
	for (uint32_t i = hash_of(p->addr.bytes, p->len, p->addr.family) & mask; t->index[i];
	     i = (i + 1) & mask) {
		const struct bgp_entry *e = &t->entries[t->index[i] - 1];

		if (e->len == p->len && e->family == p->addr.family &&
		    !memcmp(e->addr, p->addr.bytes, sizeof(e->addr)))
			return t->index[i] - 1;
	}
	return BGP_NO_ENTRY;
}

static void index_put(struct bgp_table *t, uint32_t number)
{
	uint32_t mask = t->index_cap - 1;
	uint32_t i = hash_entry(&t->entries[number]) & mask;

	while (t->index[i])
		i = (i + 1) & mask;
	t->index[i] = number + 1;
}

static void index_grow(struct bgp_table *t)
{
	uint32_t cap = t->index_cap ? t->index_cap * 2 : 16;

	free(t->index);
	t->index = mem_calloc(cap, sizeof(*t->index));
	t->index_cap = cap;
	for (uint32_t i = 0; i < t->high; i++) {
		if (t->entries[i].family)
			index_put(t, i);
	}
}

uint32_t bgp_table_add(struct bgp_table *t, const struct ip_prefix *p)
{
	uint32_t number;
	struct bgp_entry *e;

	assert(p->addr.family);
	if ((t->n + 1) > t->index_cap / 4 * 3)
		index_grow(t);
	if (t->free_head) {
		number = t->free_head - 1;
		t->free_head = t->entries[number].next;
	} else {
		if (t->high == t->cap) {
			t->cap += t->cap / 4 + 16;
			t->entries = mem_realloc(t->entries, t->cap, sizeof(*t->entries));
		}
		number = t->high++;
	}
	e = &t->entries[number];
	*e = (struct bgp_entry){.len = p->len, .family = p->addr.family};
	memcpy(e->addr, p->addr.bytes, sizeof(e->addr));
	index_put(t, number);
	t->n++;
	return number;
}

/* linear probing without tombstones: what follows the hole moves up if its home is not after it */
static void index_del(struct bgp_table *t, uint32_t number)
{
	uint32_t mask = t->index_cap - 1;
	uint32_t hole = hash_entry(&t->entries[number]) & mask;

	while (t->index[hole] != number + 1)
		hole = (hole + 1) & mask;
	for (uint32_t i = (hole + 1) & mask; t->index[i]; i = (i + 1) & mask) {
		uint32_t home = hash_entry(&t->entries[t->index[i] - 1]) & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->index[hole] = t->index[i];
		hole = i;
	}
	t->index[hole] = 0;
}

void bgp_table_del(struct bgp_table *t, uint32_t number)
{
	index_del(t, number);
	t->entries[number] = (struct bgp_entry){.next = t->free_head};
	t->free_head = number + 1;
	if (!--t->n)
		t->high = t->free_head = 0;
}

void bgp_entry_prefix(const struct bgp_entry *e, struct ip_prefix *ret)
{
	ret->addr.family = e->family;
	memcpy(ret->addr.bytes, e->addr, sizeof(e->addr));
	ret->len = e->len;
}

int bgp_prefix_cmp(const struct ip_prefix *a, const struct ip_prefix *b)
{
	int diff = ip_cmp(&a->addr, &b->addr);

	return diff ? diff : (int)a->len - (int)b->len;
}

static int compare(const void *a, const void *b, void *entries)
{
	struct ip_prefix pa, pb;

	bgp_entry_prefix((struct bgp_entry *)entries + *(const uint32_t *)a, &pa);
	bgp_entry_prefix((struct bgp_entry *)entries + *(const uint32_t *)b, &pb);
	return bgp_prefix_cmp(&pa, &pb);
}

uint32_t *bgp_table_sorted(const struct bgp_table *t)
{
	uint32_t n = 0, *sorted;

	if (!t->n)
		return NULL;
	sorted = mem_calloc(t->n, sizeof(*sorted));
	for (uint32_t i = 0; i < t->high; i++) {
		if (t->entries[i].family)
			sorted[n++] = i;
	}
	qsort_r(sorted, n, sizeof(*sorted), compare, t->entries);
	return sorted;
}

void bgp_table_release(struct bgp_table *t)
{
	free(t->entries);
	free(t->index);
	*t = (struct bgp_table){0};
}
