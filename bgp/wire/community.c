#include "bgp/wire/community.h"

#include "common/base/mem.h"
#include "common/base/str.h"

/* Names as FRR, BIRD and GoBGP (so Cilium) write them; the first of a number is the one we print.
 */
static const struct name_row {
	const char *name;
	uint32_t community;
} names[] = {
	{"graceful-shutdown", (uint32_t)BGP_GRACEFUL_SHUTDOWN},
	{"planned-shut", (uint32_t)BGP_GRACEFUL_SHUTDOWN},
	{"accept-own", (uint32_t)BGP_ACCEPT_OWN},
	{"llgr-stale", (uint32_t)BGP_LLGR_STALE},
	{"no-llgr", (uint32_t)BGP_NO_LLGR},
	{"blackhole", (uint32_t)BGP_BLACKHOLE},
	{"no-export", (uint32_t)BGP_NO_EXPORT},
	{"no-advertise", (uint32_t)BGP_NO_ADVERTISE},
	{"no-export-subconfed", (uint32_t)BGP_NO_EXPORT_SUBCONFED},
	{"no-peer", (uint32_t)BGP_NO_PEER},
	{"internet", 0},
};

/* @n decimal numbers with ':' between them, each at most @max */
static int parse_numbers(const char *s, unsigned n, unsigned long long max, uint32_t *ret)
{
	for (unsigned i = 0; i < n; i++) {
		char one[16];
		size_t len = strcspn(s, ":");
		unsigned long long v;

		if (len >= sizeof(one) || (i + 1 < n) != (s[len] == ':'))
			return -1;
		memcpy(one, s, len);
		one[len] = '\0';
		if (str_to_u64(one, 0, max, &v) < 0)
			return -1;
		ret[i] = (uint32_t)v;
		s += len + 1;
	}
	return 0;
}

int bgp_community_parse(const char *s, uint32_t *ret)
{
	uint32_t v[2];

	if (!s)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (str_eq(s, names[i].name)) {
			*ret = names[i].community;
			return 0;
		}
	}
	if (parse_numbers(s, 1, UINT32_MAX, ret) == 0)
		return 0;
	if (parse_numbers(s, 2, UINT16_MAX, v) < 0)
		return -1;
	*ret = BGP_COMMUNITY(v[0], v[1]);
	return 0;
}

int bgp_large_community_parse(const char *s, struct bgp_large_community *ret)
{
	uint32_t v[3];

	if (!s || parse_numbers(s, 3, UINT32_MAX, v) < 0)
		return -1;
	*ret = (struct bgp_large_community){v[0], v[1], v[2]};
	return 0;
}

void bgp_community_print(uint32_t c, struct strbuf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (c != 0 && names[i].community == c) {
			str_add(out, names[i].name);
			return;
		}
	}
	str_addf(out, "%u:%u", c >> 16, c & 0xffff);
}

void bgp_large_community_print(const struct bgp_large_community *c, struct strbuf *out)
{
	str_addf(out, "%u:%u:%u", c->global, c->local1, c->local2);
}

void bgp_ext_community_print(uint64_t c, struct strbuf *out)
{
	/* RFC 4360 section 4, RFC 5668: the low byte of the type is 2 for a route target and 3 for
	 * a route origin */
	unsigned type = (unsigned)(c >> 56), sub = (unsigned)(c >> 48) & 0xff;
	const char *kind = sub == 2 ? "rt" : sub == 3 ? "ro" : NULL;

	if (kind && type == 0) {
		str_addf(out, "%s:%u:%u", kind, (unsigned)(c >> 32) & 0xffff, (uint32_t)c);
	} else if (kind && type == 1) {
		str_addf(out, "%s:%u.%u.%u.%u:%u", kind, (unsigned)(c >> 40) & 0xff,
			 (unsigned)(c >> 32) & 0xff, (unsigned)(c >> 24) & 0xff,
			 (unsigned)(c >> 16) & 0xff, (unsigned)c & 0xffff);
	} else if (kind && type == 2) {
		str_addf(out, "%s:%u:%u", kind, (uint32_t)(c >> 16), (unsigned)c & 0xffff);
	} else {
		str_addf(out, "0x%016llx", (unsigned long long)c);
	}
}
