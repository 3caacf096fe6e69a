#include "bgp/rib/aggregate.h"

#include "bgp/rib/table.h"

struct ip_prefix bgp_prefix_cut(const struct ip_prefix *p, unsigned len)
{
	struct ip_prefix cut = *p;

	if (len >= p->len)
		return cut;
	cut.len = (uint8_t)len;
	for (unsigned i = 0; i < sizeof(cut.addr.bytes); i++) {
		if (i * 8 >= len)
			cut.addr.bytes[i] = 0;
		else if (i * 8 + 8 > len)
			cut.addr.bytes[i] &= (uint8_t)(0xff00 >> (len - i * 8));
	}
	return cut;
}

static int compare(const void *a, const void *b)
{
	return bgp_prefix_cmp(a, b);
}

size_t bgp_aggregate(struct ip_prefix *p, size_t n, unsigned len_v4, unsigned len_v6)
{
	size_t left = 0;

	for (size_t i = 0; i < n; i++)
		p[i] = bgp_prefix_cut(&p[i], p[i].addr.family == 4 ? len_v4 : len_v6);
	if (n)
		qsort(p, n, sizeof(*p), compare);
	for (size_t i = 0; i < n; i++) {
		if (!left || bgp_prefix_cmp(&p[left - 1], &p[i]))
			p[left++] = p[i];
	}
	return left;
}
