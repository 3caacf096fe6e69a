/*
 * A table of prefixes: entries of 32 bytes in one array, found through an open-addressing index of
 * entry numbers. A number stays the same while its entry lives, so that other arrays can run
 * parallel to the entries. About 32 + 4/0.6 bytes a prefix, and what the array has in reserve
 * (1/4).
 */
#ifndef BGP_RIB_TABLE_H
#define BGP_RIB_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "bgp/wire/types.h"
#include "common/base/ip.h"

struct bgp_attrset;

enum { BGP_NO_ENTRY = UINT32_MAX };

struct bgp_entry {
	uint8_t addr[16];
	union {
		struct {
			uint32_t prev, next; /* rib.c: its class's list */
		};
		struct bgp_attrset *attrs; /* learned.c */
	};
	uint32_t class;   /* rib.c */
	uint16_t holders; /* rib.c: neighbours that have it; learned.c: 1 if stale */
	uint8_t len;
	uint8_t family; /* 4 or 6; 0: a free entry */
};
_Static_assert(sizeof(struct bgp_entry) == 32, "two to a cache line");

/* zero-initialise */
struct bgp_table {
	struct bgp_entry *entries;
	uint32_t n;    /* in use */
	uint32_t high; /* entries [0, high) are in use or free */
	uint32_t cap;
	uint32_t free_head; /* number + 1 of the first free entry, 0: none */
	uint32_t *index;    /* number + 1, 0: empty */
	uint32_t index_cap; /* a power of two */
};

/** bgp_table_find - the number of @p's entry, or BGP_NO_ENTRY */
uint32_t bgp_table_find(const struct bgp_table *t, const struct ip_prefix *p);

/** bgp_table_add - a new zeroed entry; @p must not be in the table. May move t->entries, t->cap */
uint32_t bgp_table_add(struct bgp_table *t, const struct ip_prefix *p);
void bgp_table_del(struct bgp_table *t, uint32_t number);

void bgp_entry_prefix(const struct bgp_entry *e, struct ip_prefix *ret);
static inline enum bgp_family bgp_entry_family(const struct bgp_entry *e)
{
	return e->family == 4 ? BGP_IPV4 : BGP_IPV6;
}

/** bgp_table_sorted - the numbers of all entries, IPv4 first, by address, then by length;
 * t->n of them, free() it. NULL if the table is empty */
uint32_t *bgp_table_sorted(const struct bgp_table *t);

int bgp_prefix_cmp(const struct ip_prefix *a, const struct ip_prefix *b);
void bgp_table_release(struct bgp_table *t);

#endif
