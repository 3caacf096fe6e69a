/*
 * UPDATE to bytes. Four shapes, one way to write them:
 *
 *	IPv4 withdrawn	[withdrawn length| prefixes ][attributes length 0]
 *	IPv4 announced	[0][attributes length| attributes ] prefixes
 *	MP withdrawn	[0][attributes length| MP_UNREACH [length| family, prefixes ]]
 *	MP announced	[0][attributes length| MP_REACH [length| family, next hop, prefixes ]
 *attributes ]
 *
 * What comes behind the prefixes is as good as known before them. So it is written first, waits at
 * the end of the space that the message may take, and moves down when the prefixes are in.
 */
#include "bgp/wire/pack.h"

#include <assert.h>

#include "bgp/wire/framer.h"

static void put_mp_head(struct bgp_packer *p, const struct bgp_next_hop *next_hop)
{
	struct writer *w = p->w;

	/* the extended length always: it is not known yet */
	wr_u8(w, BGP_FLAG_OPTIONAL | BGP_FLAG_EXTENDED);
	wr_u8(w, next_hop ? BGP_ATTR_MP_REACH : BGP_ATTR_MP_UNREACH);
	p->inner = wr_hole16(w);
	wr_be16(w, bgp_family_afi(p->family));
	wr_u8(w, BGP_SAFI_UNICAST);
	if (!next_hop)
		return;
	wr_u8(w, next_hop->link_local.family ? 32 : 16); /* RFC 2545 section 3 */
	wr_bytes(w, next_hop->global.bytes, 16);
	if (next_hop->link_local.family)
		wr_bytes(w, next_hop->link_local.bytes, 16);
	wr_u8(w, 0); /* reserved */
}

/* everything but the prefixes; returns how much of it, at the end, belongs behind them */
static size_t put_frame(struct bgp_packer *p, bool mp, const struct bgp_agreed *agreed,
			const struct bgp_attrs *attrs, const struct bgp_next_hop *next_hop)
{
	struct writer *w = p->w;
	size_t before;

	if (!mp && !attrs) {
		p->inner = wr_hole16(w);
		wr_be16(w, 0);
		return 2;
	}
	wr_be16(w, 0);
	p->outer = wr_hole16(w);
	if (mp) { /* RFC 7606 section 5.1: the first attribute */
		put_mp_head(p, attrs ? next_hop : NULL);
		before = w->len;
		if (attrs)
			bgp_attrs_write(w, attrs, agreed, NULL);
		return w->len - before;
	}
	bgp_attrs_write(w, attrs, agreed, &next_hop->global);
	wr_fill16(w, p->outer);
	p->outer = 0;
	return 0;
}

enum bgp_pack bgp_pack_begin(struct bgp_packer *p, struct writer *w,
			     const struct bgp_agreed *agreed, enum bgp_family family,
			     const struct bgp_attrs *attrs, const struct bgp_next_hop *next_hop)
{
	size_t room = w->cap - w->len, len = room < agreed->max_len ? room : agreed->max_len;
	/* RFC 8950: IPv4 with an IPv6 next hop, and its withdrawal, which does not know the next
	 * hop any more; FRR does the same */
	bool mp = family == BGP_IPV6 ||
		  (attrs ? next_hop->global.family == 6 : agreed->ipv4_over_ipv6);

	assert(!attrs || next_hop->global.family == (mp ? 6 : 4));
	if (w->bad || room < BGP_MESSAGE_MAX)
		return BGP_PACK_FULL;
	*p = (struct bgp_packer){.w = w, .family = family, .max_len = agreed->max_len};
	p->start = bgp_message_begin(w, BGP_UPDATE);
	p->tail_len = put_frame(p, mp, agreed, attrs, next_hop);
	p->end = p->start + len - p->tail_len;
	if (w->bad || w->len - p->start + BGP_NLRI_MAX > len) {
		wr_rewind(w, p->start);
		return len < agreed->max_len && p->start > 0 ? BGP_PACK_FULL : BGP_PACK_TOO_BIG;
	}
	w->len -= p->tail_len;
	memmove(w->buf + p->end, w->buf + w->len, p->tail_len);
	return BGP_PACK_READY;
}

uint32_t bgp_pack_end(struct bgp_packer *p)
{
	struct writer *w = p->w;

	if (p->n == 0) {
		wr_rewind(w, p->start);
		return 0;
	}
	if (p->inner)
		wr_fill16(w, p->inner);
	memmove(w->buf + w->len, w->buf + p->end, p->tail_len);
	w->len += p->tail_len;
	if (p->outer)
		wr_fill16(w, p->outer);
	if (bgp_message_end(w, p->start, p->max_len) < 0)
		assert(!"a packed message stays within its space");
	return p->n;
}

long bgp_pack_all(struct writer *w, const struct bgp_agreed *agreed, enum bgp_family family,
		  const struct bgp_attrs *attrs, const struct bgp_next_hop *next_hop,
		  const struct ip_prefix *prefixes, size_t n, size_t *ret_messages)
{
	size_t done = 0, messages = 0;

	while (done < n) {
		struct bgp_packer p;
		enum bgp_pack pack = bgp_pack_begin(&p, w, agreed, family, attrs, next_hop);

		if (pack == BGP_PACK_TOO_BIG)
			return -1;
		if (pack == BGP_PACK_FULL)
			break;
		while (done < n && bgp_pack_add(&p, &prefixes[done]))
			done++;
		(void)bgp_pack_end(&p);
		messages++;
	}
	if (ret_messages)
		*ret_messages += messages;
	return (long)done;
}

int bgp_end_of_rib_encode(struct writer *w, enum bgp_family family)
{
	size_t start = bgp_message_begin(w, BGP_UPDATE);

	wr_be16(w, 0);
	if (family == BGP_IPV4) {
		wr_be16(w, 0);
	} else {
		wr_be16(w, 6);
		wr_u8(w, BGP_FLAG_OPTIONAL);
		wr_u8(w, BGP_ATTR_MP_UNREACH);
		wr_u8(w, 3);
		wr_be16(w, bgp_family_afi(family));
		wr_u8(w, BGP_SAFI_UNICAST);
	}
	return bgp_message_end(w, start, BGP_MESSAGE_MAX);
}
