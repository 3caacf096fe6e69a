#include "bgp/wire/attr.h"

#include <stdlib.h>

static int cmp_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static int cmp_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static int cmp_large(const void *a, const void *b)
{
	const struct bgp_large_community *x = a, *y = b;
	int c = cmp_u32(&x->global, &y->global);

	if (c == 0)
		c = cmp_u32(&x->local1, &y->local1);
	return c ? c : cmp_u32(&x->local2, &y->local2);
}

/* take a part of the block and copy @size bytes to it */
static void *place(uint8_t **at, const void *from, size_t size)
{
	void *to = *at;

	if (size > 0)
		memcpy(to, from, size);
	*at += size;
	return to;
}

/* place an array as a set: sorted, each element once */
static const void *place_set(uint8_t **at, const void *from, uint16_t *n, size_t size,
			     int (*cmp)(const void *, const void *))
{
	uint8_t *to = place(at, from, *n * size);
	size_t kept = 0;

	if (*n == 0)
		return NULL;
	qsort(to, *n, size, cmp);
	for (size_t i = 0; i < *n; i++)
		if (kept == 0 || cmp(to + (kept - 1) * size, to + i * size) != 0)
			memmove(to + kept++ * size, to + i * size, size);
	*n = (uint16_t)kept;
	return to;
}

struct bgp_attrs *bgp_attrs_dup(const struct bgp_attrs *a)
{
	size_t size = sizeof(*a) + a->n_ext_communities * sizeof(uint64_t) +
		      a->n_large_communities * sizeof(*a->large_communities) +
		      (a->n_communities + a->n_cluster_list) * sizeof(uint32_t) + a->as_path.len +
		      a->unknown_len;
	struct bgp_attrs *copy = mem_alloc(size);
	uint8_t *at = (uint8_t *)(copy + 1); /* the widest elements first, so all are aligned */

	*copy = *a;
	copy->ext_communities = place_set(&at, a->ext_communities, &copy->n_ext_communities,
					  sizeof(uint64_t), cmp_u64);
	copy->large_communities = place_set(&at, a->large_communities, &copy->n_large_communities,
					    sizeof(*a->large_communities), cmp_large);
	copy->communities = place_set(&at, a->communities, &copy->n_communities, sizeof(uint32_t),
				      cmp_u32);
	copy->cluster_list = place(&at, a->cluster_list, a->n_cluster_list * sizeof(uint32_t));
	copy->as_path.bytes = place(&at, a->as_path.bytes, a->as_path.len);
	copy->unknown = place(&at, a->unknown, a->unknown_len);
	return copy;
}

static bool same(const void *a, const void *b, size_t size)
{
	return size == 0 || memcmp(a, b, size) == 0;
}

bool bgp_attrs_equal(const struct bgp_attrs *a, const struct bgp_attrs *b)
{
	return a->has == b->has && a->origin == b->origin && a->med == b->med &&
	       a->local_pref == b->local_pref && a->aggregator_as == b->aggregator_as &&
	       a->aggregator_id == b->aggregator_id && a->originator_id == b->originator_id &&
	       a->as_path.len == b->as_path.len && a->n_communities == b->n_communities &&
	       a->n_ext_communities == b->n_ext_communities &&
	       a->n_large_communities == b->n_large_communities &&
	       a->n_cluster_list == b->n_cluster_list && a->unknown_len == b->unknown_len &&
	       same(a->as_path.bytes, b->as_path.bytes, a->as_path.len) &&
	       same(a->communities, b->communities, a->n_communities * sizeof(uint32_t)) &&
	       same(a->ext_communities, b->ext_communities,
		    a->n_ext_communities * sizeof(uint64_t)) &&
	       same(a->large_communities, b->large_communities,
		    a->n_large_communities * sizeof(*a->large_communities)) &&
	       same(a->cluster_list, b->cluster_list, a->n_cluster_list * sizeof(uint32_t)) &&
	       same(a->unknown, b->unknown, a->unknown_len);
}

/* FNV-1a */
static uint32_t mix(uint32_t h, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < size; i++)
		h = (h ^ p[i]) * 16777619u;
	return h;
}

static uint32_t mix_u32(uint32_t h, uint32_t v)
{
	return mix(h, &v, sizeof(v));
}

uint32_t bgp_attrs_hash(const struct bgp_attrs *a)
{
	uint32_t h = mix_u32(2166136261u, (uint32_t)a->has);

	h = mix_u32(h, a->origin);
	h = mix_u32(h, a->med);
	h = mix_u32(h, a->local_pref);
	h = mix_u32(h, a->aggregator_as);
	h = mix_u32(h, a->aggregator_id);
	h = mix_u32(h, a->originator_id);
	h = mix(h, a->as_path.bytes, a->as_path.len);
	h = mix(h, a->communities, a->n_communities * sizeof(uint32_t));
	h = mix(h, a->ext_communities, a->n_ext_communities * sizeof(uint64_t));
	h = mix(h, a->large_communities, a->n_large_communities * sizeof(*a->large_communities));
	h = mix(h, a->cluster_list, a->n_cluster_list * sizeof(uint32_t));
	return mix(h, a->unknown, a->unknown_len);
}

bool bgp_next_hop_equal(const struct bgp_next_hop *a, const struct bgp_next_hop *b)
{
	return ip_eq(&a->global, &b->global) && ip_eq(&a->link_local, &b->link_local);
}
