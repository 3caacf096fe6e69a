#include "bgp/rib/attrset.h"

#include <assert.h>

#include "common/base/mem.h"

static const struct bgp_next_hop no_next_hop;

static uint32_t hash_of(const struct bgp_attrs *attrs, const struct bgp_next_hop *nh)
{
	uint32_t h = bgp_attrs_hash(attrs);

	for (size_t i = 0; i < sizeof(nh->global.bytes); i++)
		h = (h ^ nh->global.bytes[i]) * 16777619u;
	return h ^ h >> 16;
}

static void grow(struct bgp_attr_pool *pool)
{
	uint32_t n = pool->n_buckets ? pool->n_buckets * 2 : 16;
	struct bgp_attrset **buckets = mem_calloc(n, sizeof(*buckets));

	for (uint32_t i = 0; i < pool->n_buckets; i++) {
		for (struct bgp_attrset *s = pool->buckets[i], *next; s; s = next) {
			next = s->next;
			s->next = buckets[s->hash & (n - 1)];
			buckets[s->hash & (n - 1)] = s;
		}
	}
	free(pool->buckets);
	pool->buckets = buckets;
	pool->n_buckets = n;
}

struct bgp_attrset *bgp_attrset_get(struct bgp_attr_pool *pool, const struct bgp_attrs *attrs,
				    const struct bgp_next_hop *next_hop)
{
	const struct bgp_next_hop *nh = next_hop ? next_hop : &no_next_hop;
	autofree struct bgp_attrs *copy = bgp_attrs_dup(attrs); /* canonical: sorted communities */
	uint32_t hash = hash_of(copy, nh);
	struct bgp_attrset *s;

	if (pool->n >= pool->n_buckets)
		grow(pool);
	for (s = pool->buckets[hash & (pool->n_buckets - 1)]; s; s = s->next) {
		if (s->hash == hash && bgp_next_hop_equal(&s->next_hop, nh) &&
		    bgp_attrs_equal(s->attrs, copy))
			return bgp_attrset_ref(s);
	}
	s = mem_alloc(sizeof(*s));
	s->hash = hash;
	s->refs = 1;
	s->next_hop = *nh;
	s->attrs = move_ptr(copy);
	s->next = pool->buckets[hash & (pool->n_buckets - 1)];
	pool->buckets[hash & (pool->n_buckets - 1)] = s;
	pool->n++;
	return s;
}

struct bgp_attrset *bgp_attrset_ref(struct bgp_attrset *s)
{
	if (s)
		s->refs++;
	return s;
}

void bgp_attrset_unref(struct bgp_attr_pool *pool, struct bgp_attrset *s)
{
	struct bgp_attrset **at;

	if (!s || --s->refs)
		return;
	at = &pool->buckets[s->hash & (pool->n_buckets - 1)];
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	pool->n--;
	free(s->attrs);
	free(s);
}

void bgp_attr_pool_release(struct bgp_attr_pool *pool)
{
	assert(pool->n == 0);
	free(pool->buckets);
	*pool = (struct bgp_attr_pool){0};
}
