/*
 * Path attributes from bytes
 *
 * One table says what an attribute must look like and what happens if it does not; RFC 7606 section
 * 7 has most of that, the RFCs of the other attributes the rest. The loop goes over the whole list
 * even when routes will be treated as withdrawn, because the MP_REACH that names them may come
 * last. It ends early only where the list itself cannot be followed any more.
 */
#include "bgp/wire/attr_scan.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/mem.h"

enum {
	WELL_KNOWN = BGP_FLAG_TRANSITIVE,
	OPTIONAL = BGP_FLAG_OPTIONAL,
	OPTIONAL_TRANSITIVE = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE,
};

enum length_rule {
	ANY,
	EXACT,    /* size */
	MULTIPLE, /* of size, and not 0 */
};

enum row_flag {
	INTERNAL = 1u << 0,  /* discarded from external peers, whatever it holds */
	TWO_OCTET = 1u << 1, /* discarded from four-octet peers, RFC 6793 section 6 */
};

struct row {
	const char *name;
	/* NULL, or what is wrong; may set s->action itself for a stronger one */
	const char *(*read)(struct bgp_attr_scan *s, struct reader value);
	enum length_rule rule;
	enum bgp_action bad; /* when the length or, in read(), the value is wrong */
	unsigned row_flags;
	uint8_t size;
	uint8_t flags; /* as in the message */
};

__attribute__((format(printf, 3, 4))) static void complain(struct bgp_attr_scan *s,
							   enum bgp_action action, const char *fmt,
							   ...)
{
	static const char *const names[] = {"", " (discarded)", " (treated as withdraw)", ""};
	va_list ap;
	size_t len;

	if (action == BGP_DISCARD)
		s->n_discarded++;
	if (action <= s->action)
		return;
	s->action = action;
	va_start(ap, fmt);
	(void)vsnprintf(s->complaint, sizeof(s->complaint), fmt, ap);
	va_end(ap);
	len = strlen(s->complaint);
	(void)snprintf(s->complaint + len, sizeof(s->complaint) - len, "%s", names[action]);
}

/* RFC 4760 has no sound way on when the routes cannot be found: RFC 7606 sections 5.3 and 7.11 */
static const char *reset(struct bgp_attr_scan *s, enum bgp_attr_type type, const char *what)
{
	complain(s, BGP_RESET, "%s: %s", bgp_attr_name(type), what);
	s->subcode = BGP_UPDATE_OPTIONAL_ATTRIBUTE;
	return NULL;
}

static void set(struct bgp_attr_scan *s, enum bgp_attr_type type)
{
	s->attrs.has |= BGP_HAS(type);
}

static const char *read_origin(struct bgp_attr_scan *s, struct reader v)
{
	uint8_t origin = rd_u8(&v);

	if (origin > BGP_ORIGIN_INCOMPLETE) /* RFC 7606 section 7.1 */
		return "unknown value";
	s->attrs.origin = origin;
	set(s, BGP_ATTR_ORIGIN);
	return NULL;
}

static const char *read_as_path(struct bgp_attr_scan *s, struct reader v)
{
	/* RFC 5065 section 5: confederation segments do not leave the confederation */
	const char *problem = bgp_as_path_problem(v, s->agreed->as4 ? 4 : 2, s->agreed->ibgp);

	if (problem)
		return problem;
	s->as_path = v;
	set(s, BGP_ATTR_AS_PATH);
	return NULL;
}

/* can packets be sent to it? RFC 4271 section 6.3 wants a host address */
static bool is_host(const struct ip_addr *a)
{
	if (a->family == 4)
		return a->bytes[0] != 0 && a->bytes[0] != 127 && a->bytes[0] < 224;
	return a->bytes[0] != 0xff && !ip_is_any(a);
}

static const char *read_next_hop(struct bgp_attr_scan *s, struct reader v)
{
	struct ip_addr a = {.family = 4};

	rd_copy(&v, a.bytes, 4);
	if (!is_host(&a))
		return "not the address of a host";
	s->next_hop = a;
	return NULL;
}

static const char *read_med(struct bgp_attr_scan *s, struct reader v)
{
	s->attrs.med = rd_be32(&v);
	set(s, BGP_ATTR_MED);
	return NULL;
}

static const char *read_local_pref(struct bgp_attr_scan *s, struct reader v)
{
	s->attrs.local_pref = rd_be32(&v);
	set(s, BGP_ATTR_LOCAL_PREF);
	return NULL;
}

static const char *read_atomic_aggregate(struct bgp_attr_scan *s, struct reader v)
{
	set(s, BGP_ATTR_ATOMIC_AGGREGATE);
	return NULL;
}

static const char *read_aggregator(struct bgp_attr_scan *s, struct reader v)
{
	uint32_t as = s->agreed->as4 ? rd_be32(&v) : rd_be16(&v), id = rd_be32(&v);

	if (!rd_done(&v))
		return "wrong length";
	if (as == 0) /* RFC 7607 section 2 */
		return "AS 0";
	s->attrs.aggregator_as = as;
	s->attrs.aggregator_id = id;
	set(s, BGP_ATTR_AGGREGATOR);
	return NULL;
}

static const uint32_t *read_list(struct bgp_attr_scan *s, struct reader v, uint16_t *ret_n)
{
	uint32_t *list;

	if (!s->mem)
		return NULL;
	*ret_n = (uint16_t)(v.left / 4);
	list = arena_calloc(s->mem, *ret_n, sizeof(*list));
	for (size_t i = 0; i < *ret_n; i++)
		list[i] = rd_be32(&v);
	return list;
}

static const char *read_communities(struct bgp_attr_scan *s, struct reader v)
{
	s->attrs.communities = read_list(s, v, &s->attrs.n_communities);
	return NULL;
}

static const char *read_originator_id(struct bgp_attr_scan *s, struct reader v)
{
	s->attrs.originator_id = rd_be32(&v);
	set(s, BGP_ATTR_ORIGINATOR_ID);
	return NULL;
}

static const char *read_cluster_list(struct bgp_attr_scan *s, struct reader v)
{
	s->attrs.cluster_list = read_list(s, v, &s->attrs.n_cluster_list);
	return NULL;
}

static const char *read_ext_communities(struct bgp_attr_scan *s, struct reader v)
{
	uint64_t *list;
	size_t n = v.left / 8;

	if (!s->mem)
		return NULL;
	list = arena_calloc(s->mem, n, sizeof(*list));
	for (size_t i = 0; i < n; i++)
		list[i] = rd_be64(&v);
	s->attrs.ext_communities = list;
	s->attrs.n_ext_communities = (uint16_t)n;
	return NULL;
}

static const char *read_large_communities(struct bgp_attr_scan *s, struct reader v)
{
	struct bgp_large_community *list;
	size_t n = v.left / 12;

	if (!s->mem)
		return NULL;
	list = arena_calloc(s->mem, n, sizeof(*list));
	for (size_t i = 0; i < n; i++) {
		list[i].global = rd_be32(&v);
		list[i].local1 = rd_be32(&v);
		list[i].local2 = rd_be32(&v);
	}
	s->attrs.large_communities = list;
	s->attrs.n_large_communities = (uint16_t)n;
	return NULL;
}

static const char *read_as4_path(struct bgp_attr_scan *s, struct reader v)
{
	/* RFC 6793 section 6; confederation segments are legal here, but removed */
	const char *problem = v.left < 6 ? "it is too short" : bgp_as_path_problem(v, 4, true);

	if (problem)
		return problem;
	s->as4_path = v;
	s->has_as4_path = true;
	return NULL;
}

static const char *read_as4_aggregator(struct bgp_attr_scan *s, struct reader v)
{
	uint32_t as = rd_be32(&v);

	if (as == 0) /* RFC 7607 section 2 */
		return "AS 0";
	s->as4_aggregator_as = as;
	s->as4_aggregator_id = rd_be32(&v);
	s->has_as4_aggregator = true;
	return NULL;
}

/* the family, if it was agreed on */
static int agreed_family(const struct bgp_attr_scan *s, uint16_t afi, uint8_t safi)
{
	int f = bgp_family_of(afi, safi);

	return f >= 0 && s->agreed->families & BGP_FAMILY_BIT(f) ? f : -1;
}

/* RFC 4760 section 3, RFC 2545 section 3, RFC 8950 section 4; false: no length for this family */
static bool read_mp_next_hop(struct reader v, int family, struct bgp_next_hop *ret)
{
	size_t len = v.left;

	*ret = (struct bgp_next_hop){.global.family = len == 4 ? 4 : 6};
	if (len != 16 && len != 32 && !(len == 4 && family == BGP_IPV4))
		return false;
	rd_copy(&v, ret->global.bytes, len == 4 ? 4 : 16);
	if (len == 32) {
		ret->link_local.family = 6;
		rd_copy(&v, ret->link_local.bytes, 16);
	}
	return true;
}

static const char *mp_next_hop_problem(const struct bgp_attr_scan *s, const struct bgp_mp *mp)
{
	const struct bgp_next_hop *nh = &mp->next_hop;

	if (mp->family == BGP_IPV4 && nh->global.family == 6 && !s->agreed->ipv4_over_ipv6)
		return "IPv6 next hop for IPv4, which was not agreed on";
	/* BIRD sends :: and the link-local address when it has no other */
	if (!is_host(&nh->global) && !(nh->link_local.family && ip_is_any(&nh->global)))
		return "next hop is not the address of a host";
	return NULL;
}

static const char *read_mp_reach(struct bgp_attr_scan *s, struct reader v)
{
	struct bgp_mp *mp = &s->reach;
	uint16_t afi = rd_be16(&v);
	uint8_t safi = rd_u8(&v);
	struct reader next_hop;

	if (v.bad)
		return reset(s, BGP_ATTR_MP_REACH, "it ends within the address family");
	mp->present = true;
	mp->family = agreed_family(s, afi, safi);
	if (mp->family < 0)
		return NULL;
	next_hop = rd_sub(&v, rd_u8(&v));
	(void)rd_u8(&v); /* reserved, RFC 4760 section 3: ignored */
	if (v.bad)
		return reset(s, BGP_ATTR_MP_REACH, "it ends within the next hop");
	mp->nlri = v;
	mp->n = bgp_nlri_count(v, (enum bgp_family)mp->family);
	if (mp->n < 0)
		return reset(s, BGP_ATTR_MP_REACH, "malformed prefix");
	if (!read_mp_next_hop(next_hop, mp->family, &mp->next_hop))
		return reset(s, BGP_ATTR_MP_REACH, "wrong length of the next hop");
	return mp_next_hop_problem(s, mp);
}

static const char *read_mp_unreach(struct bgp_attr_scan *s, struct reader v)
{
	struct bgp_mp *mp = &s->unreach;
	uint16_t afi = rd_be16(&v);
	uint8_t safi = rd_u8(&v);

	if (v.bad)
		return reset(s, BGP_ATTR_MP_UNREACH, "it ends within the address family");
	mp->present = true;
	mp->family = agreed_family(s, afi, safi);
	if (mp->family < 0)
		return NULL;
	mp->nlri = v;
	mp->n = bgp_nlri_count(v, (enum bgp_family)mp->family);
	return mp->n < 0 ? reset(s, BGP_ATTR_MP_UNREACH, "malformed prefix") : NULL;
}

static const struct row rows[] = {
	[BGP_ATTR_ORIGIN] = {"ORIGIN", read_origin, EXACT, BGP_WITHDRAW, 0, 1, WELL_KNOWN},
	[BGP_ATTR_AS_PATH] = {"AS_PATH", read_as_path, ANY, BGP_WITHDRAW, 0, 0, WELL_KNOWN},
	[BGP_ATTR_NEXT_HOP] = {"NEXT_HOP", read_next_hop, EXACT, BGP_WITHDRAW, 0, 4, WELL_KNOWN},
	[BGP_ATTR_MED] = {"MULTI_EXIT_DISC", read_med, EXACT, BGP_WITHDRAW, 0, 4, OPTIONAL},
	[BGP_ATTR_LOCAL_PREF] = {"LOCAL_PREF", read_local_pref, EXACT, BGP_WITHDRAW, INTERNAL, 4,
				 WELL_KNOWN},
	[BGP_ATTR_ATOMIC_AGGREGATE] = {"ATOMIC_AGGREGATE", read_atomic_aggregate, EXACT,
				       BGP_DISCARD, 0, 0, WELL_KNOWN},
	[BGP_ATTR_AGGREGATOR] = {"AGGREGATOR", read_aggregator, ANY, BGP_DISCARD, 0, 0,
				 OPTIONAL_TRANSITIVE},
	[BGP_ATTR_COMMUNITIES] = {"COMMUNITIES", read_communities, MULTIPLE, BGP_WITHDRAW, 0, 4,
				  OPTIONAL_TRANSITIVE},
	[BGP_ATTR_ORIGINATOR_ID] = {"ORIGINATOR_ID", read_originator_id, EXACT, BGP_WITHDRAW,
				    INTERNAL, 4, OPTIONAL},
	[BGP_ATTR_CLUSTER_LIST] = {"CLUSTER_LIST", read_cluster_list, MULTIPLE, BGP_WITHDRAW,
				   INTERNAL, 4, OPTIONAL},
	[BGP_ATTR_MP_REACH] = {"MP_REACH_NLRI", read_mp_reach, ANY, BGP_WITHDRAW, 0, 0, OPTIONAL},
	[BGP_ATTR_MP_UNREACH] = {"MP_UNREACH_NLRI", read_mp_unreach, ANY, BGP_WITHDRAW, 0, 0,
				 OPTIONAL},
	[BGP_ATTR_EXT_COMMUNITIES] = {"EXTENDED_COMMUNITIES", read_ext_communities, MULTIPLE,
				      BGP_WITHDRAW, 0, 8, OPTIONAL_TRANSITIVE},
	[BGP_ATTR_AS4_PATH] = {"AS4_PATH", read_as4_path, ANY, BGP_DISCARD, TWO_OCTET, 0,
			       OPTIONAL_TRANSITIVE},
	[BGP_ATTR_AS4_AGGREGATOR] = {"AS4_AGGREGATOR", read_as4_aggregator, EXACT, BGP_DISCARD,
				     TWO_OCTET, 8, OPTIONAL_TRANSITIVE},
	[BGP_ATTR_LARGE_COMMUNITIES] = {"LARGE_COMMUNITY", read_large_communities, MULTIPLE,
					BGP_WITHDRAW, 0, 12, OPTIONAL_TRANSITIVE},
};

const char *bgp_attr_name(uint8_t type)
{
	return type < ARRAY_SIZE(rows) ? rows[type].name : NULL;
}

/* RFC 4271 section 9: kept if transitive, with the Partial flag of section 5; else ignored */
static void keep_unknown(struct bgp_attr_scan *s, uint8_t flags, uint8_t type, struct reader v,
			 size_t list_len)
{
	struct writer w;

	if (!(flags & BGP_FLAG_TRANSITIVE) || !s->mem)
		return;
	if (!s->attrs.unknown) /* once for all: they cannot be longer than the list */
		s->attrs.unknown = arena_alloc(s->mem, list_len);
	w = wr_init((uint8_t *)s->attrs.unknown, list_len);
	w.len = s->attrs.unknown_len;
	flags = BGP_FLAG_OPTIONAL | BGP_FLAG_TRANSITIVE | BGP_FLAG_PARTIAL;
	wr_u8(&w, v.left > UINT8_MAX ? flags | BGP_FLAG_EXTENDED : flags);
	wr_u8(&w, type);
	if (v.left > UINT8_MAX)
		wr_be16(&w, (uint16_t)v.left);
	else
		wr_u8(&w, (uint8_t)v.left);
	wr_bytes(&w, v.pos, v.left);
	s->attrs.unknown_len = w.len;
}

static bool length_is_wrong(const struct row *row, size_t len)
{
	return (row->rule == EXACT && len != row->size) ||
	       (row->rule == MULTIPLE && (len == 0 || len % row->size != 0));
}

static void read_known(struct bgp_attr_scan *s, const struct row *row, uint8_t flags,
		       struct reader v)
{
	const char *problem;

	/* RFC 7606 sections 7.5, 7.9, 7.10: before anything in it is looked at */
	if ((row->row_flags & INTERNAL) && !s->agreed->ibgp) {
		complain(s, BGP_DISCARD, "%s from an external peer", row->name);
		return;
	}
	if ((row->row_flags & TWO_OCTET) && s->agreed->as4) {
		complain(s, BGP_DISCARD, "%s from a four-octet AS peer", row->name);
		return;
	}
	/* RFC 4760 section 3: without NLRI field, NEXT_HOP is ignored */
	if (row->read == read_next_hop && !s->has_nlri)
		return;
	/* RFC 7606 section 3c; the other flags do not count. MP attributes are read all the same:
	 * the routes in them are those to withdraw. */
	if ((flags & OPTIONAL_TRANSITIVE) != row->flags) {
		complain(s, BGP_WITHDRAW, "%s: flags 0x%02x", row->name, flags);
		if (row->read != read_mp_reach && row->read != read_mp_unreach)
			return;
	}
	if (length_is_wrong(row, v.left)) {
		complain(s, row->bad, "%s: length %zu", row->name, v.left);
		return;
	}
	problem = row->read(s, v);
	if (problem)
		complain(s, row->bad, "%s: %s", row->name, problem);
}

static void read_one(struct bgp_attr_scan *s, uint8_t flags, uint8_t type, struct reader v,
		     size_t list_len)
{
	bool again = bgp_attr_seen(s, type);

	s->seen[type / 32] |= 1u << type % 32;
	if (again && (type == BGP_ATTR_MP_REACH || type == BGP_ATTR_MP_UNREACH)) {
		complain(s, BGP_RESET, "%s comes twice", bgp_attr_name(type)); /* RFC 7606 3g */
		s->subcode = BGP_UPDATE_MALFORMED_LIST;
	} else if (again) {
		complain(s, BGP_DISCARD, "attribute %u comes twice", type); /* the first counts */
	} else if (bgp_attr_name(type)) {
		read_known(s, &rows[type], flags, v);
	} else if (!(flags & BGP_FLAG_OPTIONAL)) {
		/* RFC 4271 section 6.3 would reset (3/2) for something that may come from afar;
		 * like BIRD and GoBGP we lose the routes instead */
		complain(s, BGP_WITHDRAW, "unknown well-known attribute %u", type);
	} else {
		keep_unknown(s, flags, type, v, list_len);
	}
}

/* RFC 6793 section 4.2.3 */
static void join_as4(struct bgp_attr_scan *s)
{
	struct bgp_attrs *a = &s->attrs;
	bool told = bgp_attrs_has(a, BGP_ATTR_AGGREGATOR);

	if (s->mem && bgp_attrs_has(a, BGP_ATTR_AS_PATH))
		a->as_path = bgp_as_path_read(s->as_path, s->agreed->as4 ? 4 : 2, s->mem);
	/* someone on the way aggregated without knowing of the AS4 attributes: they are old */
	if (told && a->aggregator_as != BGP_AS_TRANS && s->has_as4_aggregator)
		return;
	if (told && s->has_as4_aggregator) {
		a->aggregator_as = s->as4_aggregator_as;
		a->aggregator_id = s->as4_aggregator_id;
	}
	if (s->mem && s->has_as4_path) {
		size_t cap = s->as4_path.left;
		struct writer w = wr_init(arena_alloc(s->mem, cap), cap);

		bgp_as_path_write_as4(&w, (struct bgp_as_path){s->as4_path.pos, cap});
		a->as_path = bgp_as_path_merge(a->as_path, (struct bgp_as_path){w.buf, w.len},
					       s->mem);
	}
}

void bgp_attr_scan(struct reader list, struct bgp_attr_scan *s)
{
	size_t list_len = list.left;

	while (list.left > 0 && s->action != BGP_RESET) {
		struct reader whole = list;
		uint8_t flags = rd_u8(&list), type = rd_u8(&list);
		struct reader value = rd_sub(&list, flags & BGP_FLAG_EXTENDED ? rd_be16(&list)
									      : rd_u8(&list));

		s->n_attrs++;
		if (list.bad) { /* RFC 7606 section 4 */
			complain(s, BGP_WITHDRAW, "attribute %u runs over the end of the list",
				 type);
			break;
		}
		read_one(s, flags, type, value, list_len);
		whole.left -= list.left;
		s->offender = whole;
	}
	join_as4(s);
}
