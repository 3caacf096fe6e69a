#include "random_attrs.h"

#include "wire.h"

static uint32_t random_as(void)
{
	return 1 + random_below(random_below(3) ? 65535 : UINT32_MAX);
}

static struct bgp_as_path random_path(struct arena *mem)
{
	size_t cap = 3 * (2 + 4 * 40);
	struct writer w = wr_init(arena_alloc(mem, cap), cap);

	for (uint32_t segments = random_below(4); segments > 0; segments--) {
		uint32_t n = 1 + random_below(random_below(8) ? 5 : 40);

		wr_u8(&w, (uint8_t)(1 + random_below(4)));
		wr_u8(&w, (uint8_t)n);
		for (; n > 0; n--)
			wr_be32(&w, random_as());
	}
	return (struct bgp_as_path){w.buf, w.len};
}

static const uint32_t *random_list(struct arena *mem, uint16_t *ret_n)
{
	uint32_t *list;

	*ret_n = (uint16_t)(random_below(2) ? 0 : random_below(random_below(10) ? 6 : 100));
	list = arena_calloc(mem, *ret_n, sizeof(*list));
	for (size_t i = 0; i < *ret_n; i++)
		list[i] = random_u32();
	return list;
}

static void random_large(struct arena *mem, struct bgp_attrs *a)
{
	struct bgp_large_community *list = arena_calloc(mem, 4, sizeof(*list));

	a->n_large_communities = (uint16_t)random_below(4);
	for (size_t i = 0; i < a->n_large_communities; i++)
		list[i] = (struct bgp_large_community){random_u32(), random_u32(), random_u32()};
	a->large_communities = list;
}

static void random_ext(struct arena *mem, struct bgp_attrs *a)
{
	uint64_t *list = arena_calloc(mem, 4, sizeof(*list));

	a->n_ext_communities = (uint16_t)random_below(4);
	for (size_t i = 0; i < a->n_ext_communities; i++)
		list[i] = (uint64_t)random_u32() << 32 | random_u32();
	a->ext_communities = list;
}

/* ascending types, at all places between the known ones */
static void random_unknown(struct arena *mem, struct bgp_attrs *a)
{
	static const uint8_t types[] = {11, 13, 19, 23, 31, 33, 35, 128, 255};
	size_t cap = 2000;
	struct writer w = wr_init(arena_alloc(mem, cap), cap);

	for (size_t i = 0; i < sizeof(types); i++) {
		uint32_t len = random_below(10) ? random_below(8) : 256 + random_below(100);

		if (random_below(6))
			continue;
		wr_u8(&w, (uint8_t)(len > 255 ? 0xf0 : 0xe0));
		wr_u8(&w, types[i]);
		if (len > 255)
			wr_be16(&w, (uint16_t)len);
		else
			wr_u8(&w, (uint8_t)len);
		(void)wr_room(&w, len);
	}
	a->unknown = w.buf;
	a->unknown_len = w.bad ? 0 : w.len;
}

struct bgp_attrs random_attrs(struct arena *mem)
{
	struct bgp_attrs a = {.has = BGP_HAS(BGP_ATTR_ORIGIN) | BGP_HAS(BGP_ATTR_AS_PATH)};
	uint32_t bits = random_u32();

	a.origin = (uint8_t)random_below(3);
	a.as_path = random_path(mem);
	a.communities = random_list(mem, &a.n_communities);
	a.cluster_list = random_list(mem, &a.n_cluster_list);
	random_ext(mem, &a);
	random_large(mem, &a);
	random_unknown(mem, &a);
	if (bits & 1) {
		a.has |= BGP_HAS(BGP_ATTR_MED);
		a.med = random_u32();
	}
	if (bits & 2) {
		a.has |= BGP_HAS(BGP_ATTR_LOCAL_PREF);
		a.local_pref = random_u32();
	}
	if (bits & 4)
		a.has |= BGP_HAS(BGP_ATTR_ATOMIC_AGGREGATE);
	if (bits & 8) {
		a.has |= BGP_HAS(BGP_ATTR_AGGREGATOR);
		a.aggregator_as = random_as();
		a.aggregator_id = random_u32();
	}
	if (bits & 16) {
		a.has |= BGP_HAS(BGP_ATTR_ORIGINATOR_ID);
		a.originator_id = random_u32();
	}
	return a;
}

struct bgp_next_hop random_next_hop(unsigned family)
{
	struct bgp_next_hop nh = {
		.global = {(uint8_t)family, {(uint8_t)(family == 4 ? 10 : 0xfd)}}};

	for (unsigned i = 1; i < (family == 4 ? 4 : 16); i++)
		nh.global.bytes[i] = (uint8_t)random_u32();
	if (family == 6 && random_below(2))
		nh.link_local = (struct ip_addr){6, {0xfe, 0x80, [15] = (uint8_t)random_u32()}};
	return nh;
}

struct ip_prefix random_prefix(enum bgp_family family)
{
	struct ip_prefix p = {.addr.family = family == BGP_IPV4 ? 4 : 6};

	p.len = (uint8_t)random_below(ip_bits(&p.addr) + 1);
	for (unsigned i = 0; i < p.len; i++)
		if (random_u32() & 1)
			p.addr.bytes[i / 8] |= (uint8_t)(0x80 >> i % 8);
	return p;
}
