#include "bgp/wire/nlri.h"

#include "common/base/mem.h"

long bgp_nlri_count(struct reader bytes, enum bgp_family family)
{
	/* The one loop that sees every prefix of a full table: plain pointers, a compare each. */
	const unsigned max = family == BGP_IPV6 ? 128 : 32;
	const uint8_t *p = bytes.pos, *end = bytes.left ? p + bytes.left : p;
	long n = 0;

	if (bytes.bad)
		return -1;
	for (; p < end; n++) {
		unsigned bits = *p, size = 1 + (bits + 7) / 8;

		if (bits > max || size > (size_t)(end - p))
			return -1;
		p += size;
	}
	return n;
}

bool bgp_nlri_next(struct reader *bytes, enum bgp_family family, struct ip_prefix *ret)
{
	struct ip_prefix p = {.addr.family = family == BGP_IPV6 ? 6 : 4};
	unsigned size;

	if (bytes->left == 0)
		return false;
	p.len = rd_u8(bytes);
	if (p.len > ip_bits(&p.addr)) {
		bytes->bad = true;
		return false;
	}
	size = (p.len + 7u) / 8;
	rd_copy(bytes, p.addr.bytes, size);
	if (bytes->bad)
		return false;
	/* RFC 4271 section 4.3: trailing bits have no meaning, so they must not make a
	 * difference */
	if (p.len % 8)
		p.addr.bytes[size - 1] &= (uint8_t)(0xff << (8 - p.len % 8));
	*ret = p;
	return true;
}

bool bgp_prefix_usable(const struct ip_prefix *p)
{
	static const struct ip_prefix bad[] = {
		{{4, {0}}, 8},           /* 0.0.0.0/8, "this network" */
		{{4, {127}}, 8},         /* loopback */
		{{4, {169, 254}}, 16},   /* link-local */
		{{4, {224}}, 3},         /* multicast and class E */
		{{6, {[15] = 1}}, 128},  /* ::1 */
		{{6, {0xfe, 0x80}}, 10}, /* link-local */
		{{6, {0xff}}, 8},        /* multicast */
	};

	if (p->len == 0)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (p->len >= bad[i].len && ip_in(&p->addr, &bad[i]))
			return false;
	/* ::/128 is no route either; shorter ones hold the mapped and translated addresses */
	return !(p->addr.family == 6 && p->len == 128 && ip_is_any(&p->addr));
}
