/* Path attributes to bytes, ascending by type (RFC 4271 section 5). */
#include "bgp/wire/attr.h"

enum {
	WELL_KNOWN = BGP_FLAG_TRANSITIVE,
	OPTIONAL = BGP_FLAG_OPTIONAL,
	OPTIONAL_TRANSITIVE = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE,
};

/* an attribute whose value has @len bytes, which follow */
static void put_head(struct writer *w, unsigned flags, uint8_t type, size_t len)
{
	bool extended = len > UINT8_MAX;

	if (len > UINT16_MAX)
		w->bad = true;
	wr_u8(w, (uint8_t)(flags | (extended ? BGP_FLAG_EXTENDED : 0)));
	wr_u8(w, type);
	if (extended)
		wr_be16(w, (uint16_t)len);
	else
		wr_u8(w, (uint8_t)len);
}

static void put_u32(struct writer *w, unsigned flags, uint8_t type, uint32_t value)
{
	put_head(w, flags, type, 4);
	wr_be32(w, value);
}

static void put_list(struct writer *w, unsigned flags, uint8_t type, const uint32_t *list, size_t n)
{
	if (n == 0)
		return;
	put_head(w, flags, type, n * 4);
	for (size_t i = 0; i < n; i++)
		wr_be32(w, list[i]);
}

static void put_as_path(struct writer *w, struct bgp_as_path path, bool as4)
{
	struct reader r = rd_init(path.bytes, path.len);
	struct bgp_segment s;
	size_t len2 = 0;

	if (as4) {
		put_head(w, WELL_KNOWN, BGP_ATTR_AS_PATH, path.len);
		wr_bytes(w, path.bytes, path.len);
		return;
	}
	while (bgp_as_path_next(&r, &s))
		len2 += 2 + 2u * s.n;
	put_head(w, WELL_KNOWN, BGP_ATTR_AS_PATH, len2);
	bgp_as_path_write2(w, path);
}

static void put_as4_path(struct writer *w, struct bgp_as_path path)
{
	struct reader r = rd_init(path.bytes, path.len);
	struct bgp_segment s;
	size_t len = 0;

	while (bgp_as_path_next(&r, &s))
		if (s.type == BGP_AS_SEQUENCE || s.type == BGP_AS_SET)
			len += 2 + 4u * s.n;
	put_head(w, OPTIONAL_TRANSITIVE, BGP_ATTR_AS4_PATH, len);
	bgp_as_path_write_as4(w, path);
}

static void put_aggregator(struct writer *w, const struct bgp_attrs *a, bool as4)
{
	put_head(w, OPTIONAL_TRANSITIVE, BGP_ATTR_AGGREGATOR, as4 ? 8 : 6);
	if (as4)
		wr_be32(w, a->aggregator_as);
	else
		wr_be16(w,
			a->aggregator_as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)a->aggregator_as);
	wr_be32(w, a->aggregator_id);
}

static void put_as4_aggregator(struct writer *w, const struct bgp_attrs *a)
{
	put_head(w, OPTIONAL_TRANSITIVE, BGP_ATTR_AS4_AGGREGATOR, 8);
	wr_be32(w, a->aggregator_as);
	wr_be32(w, a->aggregator_id);
}

static void put_ext_communities(struct writer *w, const struct bgp_attrs *a)
{
	if (a->n_ext_communities == 0)
		return;
	put_head(w, OPTIONAL_TRANSITIVE, BGP_ATTR_EXT_COMMUNITIES, a->n_ext_communities * 8u);
	for (size_t i = 0; i < a->n_ext_communities; i++)
		wr_be64(w, a->ext_communities[i]);
}

static void put_large_communities(struct writer *w, const struct bgp_attrs *a)
{
	if (a->n_large_communities == 0)
		return;
	put_head(w, OPTIONAL_TRANSITIVE, BGP_ATTR_LARGE_COMMUNITIES, a->n_large_communities * 12u);
	for (size_t i = 0; i < a->n_large_communities; i++) {
		wr_be32(w, a->large_communities[i].global);
		wr_be32(w, a->large_communities[i].local1);
		wr_be32(w, a->large_communities[i].local2);
	}
}

/* those of the unknown ones that come before @type */
static void put_unknown(struct writer *w, struct reader *unknown, unsigned type)
{
	while (unknown->left > 1 && unknown->pos[1] < type) {
		struct reader value = *unknown;
		bool extended = rd_u8(&value) & BGP_FLAG_EXTENDED;

		(void)rd_u8(&value);
		(void)rd_sub(&value, extended ? rd_be16(&value) : rd_u8(&value));
		if (value.bad)
			return;
		wr_bytes(w, unknown->pos, unknown->left - value.left);
		*unknown = value;
	}
}

/* 1 to 10 */
static void put_old_ones(struct writer *w, const struct bgp_attrs *a,
			 const struct bgp_agreed *agreed, const struct ip_addr *next_hop)
{
	if (bgp_attrs_has(a, BGP_ATTR_ORIGIN)) {
		put_head(w, WELL_KNOWN, BGP_ATTR_ORIGIN, 1);
		wr_u8(w, a->origin);
	}
	if (bgp_attrs_has(a, BGP_ATTR_AS_PATH))
		put_as_path(w, a->as_path, agreed->as4);
	if (next_hop) {
		put_head(w, WELL_KNOWN, BGP_ATTR_NEXT_HOP, 4);
		wr_bytes(w, next_hop->bytes, 4);
	}
	if (bgp_attrs_has(a, BGP_ATTR_MED))
		put_u32(w, OPTIONAL, BGP_ATTR_MED, a->med);
	if (bgp_attrs_has(a, BGP_ATTR_LOCAL_PREF) && agreed->ibgp)
		put_u32(w, WELL_KNOWN, BGP_ATTR_LOCAL_PREF, a->local_pref);
	if (bgp_attrs_has(a, BGP_ATTR_ATOMIC_AGGREGATE))
		put_head(w, WELL_KNOWN, BGP_ATTR_ATOMIC_AGGREGATE, 0);
	if (bgp_attrs_has(a, BGP_ATTR_AGGREGATOR))
		put_aggregator(w, a, agreed->as4);
	put_list(w, OPTIONAL_TRANSITIVE, BGP_ATTR_COMMUNITIES, a->communities, a->n_communities);
	if (bgp_attrs_has(a, BGP_ATTR_ORIGINATOR_ID) && agreed->ibgp)
		put_u32(w, OPTIONAL, BGP_ATTR_ORIGINATOR_ID, a->originator_id);
	if (agreed->ibgp)
		put_list(w, OPTIONAL, BGP_ATTR_CLUSTER_LIST, a->cluster_list, a->n_cluster_list);
}

void bgp_attrs_write(struct writer *w, const struct bgp_attrs *a, const struct bgp_agreed *agreed,
		     const struct ip_addr *next_hop)
{
	struct reader unknown = rd_init(a->unknown, a->unknown_len);

	put_old_ones(w, a, agreed, next_hop);
	put_unknown(w, &unknown, BGP_ATTR_EXT_COMMUNITIES);
	put_ext_communities(w, a);
	/* RFC 6793 section 4.2.2: beside what has AS_TRANS in it */
	if (!agreed->as4 && bgp_attrs_has(a, BGP_ATTR_AS_PATH) && bgp_as_path_needs_as4(a->as_path))
		put_as4_path(w, a->as_path);
	if (!agreed->as4 && bgp_attrs_has(a, BGP_ATTR_AGGREGATOR) && a->aggregator_as > UINT16_MAX)
		put_as4_aggregator(w, a);
	put_unknown(w, &unknown, BGP_ATTR_LARGE_COMMUNITIES);
	put_large_communities(w, a);
	put_unknown(w, &unknown, 256);
}
