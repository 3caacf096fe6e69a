#include "bgp/rib/export.h"

#include "common/base/mem.h"

static void add_communities(struct bgp_attrs *a, const uint32_t *list, size_t n, struct arena *mem)
{
	uint32_t *all;

	if (!n)
		return;
	all = arena_calloc(mem, a->n_communities + n, sizeof(*all));
	if (a->n_communities)
		memcpy(all, a->communities, a->n_communities * sizeof(*all));
	memcpy(all + a->n_communities, list, n * sizeof(*all));
	a->communities = all;
	a->n_communities += (uint16_t)n;
}

static void add_large(struct bgp_attrs *a, const struct bgp_large_community *list, size_t n,
		      struct arena *mem)
{
	struct bgp_large_community *all;

	if (!n)
		return;
	all = arena_calloc(mem, a->n_large_communities + n, sizeof(*all));
	if (a->n_large_communities)
		memcpy(all, a->large_communities, a->n_large_communities * sizeof(*all));
	memcpy(all + a->n_large_communities, list, n * sizeof(*all));
	a->large_communities = all;
	a->n_large_communities += (uint16_t)n;
}

/* our AS in front (RFC 4271 5.1.2); a first segment that is full gets a new one before it */
static struct bgp_as_path prepend(struct bgp_as_path path, uint32_t as, struct arena *mem)
{
	bool join = path.len >= 2 && path.bytes[0] == BGP_AS_SEQUENCE && path.bytes[1] < 255;
	size_t skip = join ? 2 : 0;
	uint8_t *to = arena_alloc(mem, 6 + path.len - skip);

	to[0] = BGP_AS_SEQUENCE;
	to[1] = join ? (uint8_t)(path.bytes[1] + 1) : 1;
	to[2] = (uint8_t)(as >> 24);
	to[3] = (uint8_t)(as >> 16);
	to[4] = (uint8_t)(as >> 8);
	to[5] = (uint8_t)as;
	if (path.len)
		memcpy(to + 6, path.bytes + skip, path.len - skip);
	return (struct bgp_as_path){.bytes = to, .len = 6 + path.len - skip};
}

/* the first rule with a value replaces the path's own, later ones must be better */
struct chosen {
	bool any, local_pref, med;
};

static void apply_rule(struct bgp_attrs *a, const struct bgp_export_rule *r, struct chosen *c,
		       struct arena *mem)
{
	c->any = true;
	add_communities(a, r->communities, r->n_communities, mem);
	add_large(a, r->large_communities, r->n_large_communities, mem);
	if (r->has_local_pref && (!c->local_pref || r->local_pref > a->local_pref)) {
		a->local_pref = r->local_pref;
		a->has |= BGP_HAS(BGP_ATTR_LOCAL_PREF);
		c->local_pref = true;
	}
	if (r->has_med && (!c->med || r->med < a->med)) {
		a->med = r->med;
		a->has |= BGP_HAS(BGP_ATTR_MED);
		c->med = true;
	}
}

static void finish(struct bgp_attrs *a, const struct bgp_export_policy *p, struct arena *mem)
{
	static const uint32_t shutdown = (uint32_t)BGP_GRACEFUL_SHUTDOWN;

	a->has |= BGP_HAS(BGP_ATTR_ORIGIN) | BGP_HAS(BGP_ATTR_AS_PATH);
	if (p->drain)
		add_communities(a, &shutdown, 1, mem);
	if (!p->ibgp) { /* RFC 4271 5.1.5 */
		a->as_path = prepend(a->as_path, p->local_as, mem);
		a->has &= ~BGP_HAS(BGP_ATTR_LOCAL_PREF);
		a->local_pref = 0;
		return;
	}
	if (!bgp_attrs_has(a, BGP_ATTR_LOCAL_PREF))
		a->local_pref = BGP_DEFAULT_LOCAL_PREF;
	if (p->drain)
		a->local_pref = 0;
	a->has |= BGP_HAS(BGP_ATTR_LOCAL_PREF);
}

bool bgp_export(const struct bgp_export_policy *p, enum bgp_family family,
		const struct bgp_attrset *path, uint32_t tag, struct arena *mem,
		struct bgp_attrs *ret, struct bgp_next_hop *ret_next_hop)
{
	bool unchanged = p->next_hop_unchanged && path->next_hop.global.family;
	const struct bgp_next_hop *nh = unchanged ? &path->next_hop : &p->next_hop[family];
	struct bgp_attrs a = *path->attrs;
	struct chosen c = {0};

	/* a link-local next hop alone is one too (RFC 2545 as practised on unnumbered links) */
	if (!nh->global.family && !nh->link_local.family)
		return false;
	for (size_t i = 0; i < p->n_rules; i++) {
		if (p->rules[i].tag == tag)
			apply_rule(&a, &p->rules[i], &c, mem);
	}
	if (!c.any)
		return false;
	finish(&a, p, mem);
	*ret = a;
	*ret_next_hop = *nh;
	return true;
}

struct bgp_export_policy *bgp_export_policy_dup(const struct bgp_export_policy *p)
{
	size_t size = sizeof(*p) + p->n_rules * sizeof(*p->rules);
	struct bgp_export_policy *copy;
	struct bgp_export_rule *rules;
	char *at;

	for (size_t i = 0; i < p->n_rules; i++)
		size += p->rules[i].n_communities * sizeof(uint32_t) +
			p->rules[i].n_large_communities * sizeof(struct bgp_large_community);
	copy = mem_alloc(size);
	*copy = *p;
	rules = (struct bgp_export_rule *)(copy + 1);
	at = (char *)(rules + p->n_rules);
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct bgp_export_rule *r = &p->rules[i];
		size_t len = r->n_communities * sizeof(uint32_t);
		size_t large = r->n_large_communities * sizeof(struct bgp_large_community);

		rules[i] = *r;
		rules[i].communities = (const uint32_t *)at;
		rules[i].large_communities = (const struct bgp_large_community *)(at + len);
		if (len)
			memcpy(at, r->communities, len);
		if (large)
			memcpy(at + len, r->large_communities, large);
		at += len + large;
	}
	copy->rules = rules;
	return copy;
}
