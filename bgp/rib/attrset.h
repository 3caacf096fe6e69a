/*
 * Attribute sets, interned: equal ones are one object, so that equality is equality of pointers and
 * a route costs a pointer. Counted: get and ref add one, unref takes one.
 */
#ifndef BGP_RIB_ATTRSET_H
#define BGP_RIB_ATTRSET_H

#include <stddef.h>
#include <stdint.h>

#include "bgp/wire/attr.h"

struct bgp_attrset {
	struct bgp_attrset *next; /* in its bucket */
	uint32_t hash;
	uint32_t refs;
	struct bgp_next_hop next_hop; /* family 0: none */
	struct bgp_attrs *attrs;      /* never changes */
};

/* zero-initialise; must outlive all its sets */
struct bgp_attr_pool {
	struct bgp_attrset **buckets;
	uint32_t n_buckets; /* a power of two */
	uint32_t n;
};

/** bgp_attrset_get - the set with these; both are copied when it is new. @next_hop may be NULL */
struct bgp_attrset *bgp_attrset_get(struct bgp_attr_pool *pool, const struct bgp_attrs *attrs,
				    const struct bgp_next_hop *next_hop);
struct bgp_attrset *bgp_attrset_ref(struct bgp_attrset *s); /* NULL gives NULL */
void bgp_attrset_unref(struct bgp_attr_pool *pool, struct bgp_attrset *s);

/** bgp_attr_pool_release - all sets must have been given back */
void bgp_attr_pool_release(struct bgp_attr_pool *pool);

#endif
