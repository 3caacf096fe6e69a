#include "bgp/wire/capability.h"

#include "common/base/mem.h"

enum {
	GR_RESTARTING = 0x8000,
	GR_NOTIFICATION = 0x4000, /* RFC 8538 section 2 */
	GR_FORWARDING = 0x80,
};

bool bgp_caps_seen(const struct bgp_caps *caps, uint8_t code)
{
	return caps->seen[code / 32] & 1u << code % 32;
}

/* bit of a family, 0 if it is none of ours */
static uint8_t family_bit(uint16_t afi, uint16_t safi)
{
	int f = safi > UINT8_MAX ? -1 : bgp_family_of(afi, (uint8_t)safi);

	return f < 0 ? 0 : (uint8_t)BGP_FAMILY_BIT(f);
}

/* Each reads one capability's value; true if its length was right. Of a capability that comes
 * more than once with different values (RFC 5492 section 4), lists add up and the last number
 * counts. */

static bool read_multiprotocol(struct reader r, struct bgp_caps *c, uint32_t *as4)
{
	uint16_t afi = rd_be16(&r);

	(void)rd_u8(&r); /* reserved */
	c->families |= family_bit(afi, rd_u8(&r));
	c->multiprotocol = true;
	return rd_done(&r);
}

static bool read_extended_next_hop(struct reader r, struct bgp_caps *c, uint32_t *as4)
{
	while (r.left > 0) { /* RFC 8950 section 4 */
		uint16_t afi = rd_be16(&r), safi = rd_be16(&r), next_hop_afi = rd_be16(&r);

		if (!r.bad && next_hop_afi == bgp_family_afi(BGP_IPV6) &&
		    family_bit(afi, safi) == BGP_FAMILY_BIT(BGP_IPV4))
			c->ipv4_over_ipv6 = true;
	}
	return rd_done(&r);
}

static bool read_graceful_restart(struct reader r, struct bgp_caps *c, uint32_t *as4)
{
	uint16_t head = rd_be16(&r);

	c->graceful_restart = true;
	c->gr_restarting = head & GR_RESTARTING;
	c->gr_notification = head & GR_NOTIFICATION;
	c->gr_time_s = head & BGP_GR_TIME_MAX;
	/* RFC 4724 section 3: only the last one counts */
	c->gr_families = c->gr_forwarding = 0;
	while (r.left > 0) {
		uint16_t afi = rd_be16(&r);
		uint8_t bit = family_bit(afi, rd_u8(&r));

		c->gr_families |= bit;
		if (rd_u8(&r) & GR_FORWARDING)
			c->gr_forwarding |= bit;
	}
	return rd_done(&r);
}

static bool read_as4(struct reader r, struct bgp_caps *c, uint32_t *as4)
{
	uint32_t as = rd_be32(&r);

	if (!rd_done(&r))
		return false;
	c->as4 = true;
	*as4 = as;
	return true;
}

/* for capabilities that only are there, or not */
#define READ_FLAG(name, field)                                                                     \
	static bool name(struct reader r, struct bgp_caps *c, uint32_t *as4)                       \
	{                                                                                          \
		c->field = true;                                                                   \
		return rd_done(&r);                                                                \
	}
READ_FLAG(read_route_refresh, route_refresh)
READ_FLAG(read_enhanced_refresh, enhanced_refresh)
READ_FLAG(read_extended_message, extended_message)

static const struct capability_row {
	uint8_t code;
	const char *name;
	bool (*read)(struct reader r, struct bgp_caps *c, uint32_t *as4); /* NULL: skipped */
} rows[] = {
	{BGP_CAP_MULTIPROTOCOL, "multiprotocol", read_multiprotocol},
	{BGP_CAP_ROUTE_REFRESH, "route refresh", read_route_refresh},
	{BGP_CAP_EXTENDED_NEXT_HOP, "extended next hop", read_extended_next_hop},
	{BGP_CAP_EXTENDED_MESSAGE, "extended message", read_extended_message},
	{BGP_CAP_ROLE, "role", NULL},
	{BGP_CAP_GRACEFUL_RESTART, "graceful restart", read_graceful_restart},
	{BGP_CAP_AS4, "4-octet AS", read_as4},
	{BGP_CAP_ADD_PATH, "ADD-PATH", NULL},
	{BGP_CAP_ENHANCED_REFRESH, "enhanced route refresh", read_enhanced_refresh},
	{BGP_CAP_LONG_LIVED_GR, "long-lived graceful restart", NULL},
	{BGP_CAP_HOSTNAME, "host name", NULL},
	{BGP_CAP_SOFTWARE_VERSION, "software version", NULL},
	{BGP_CAP_OLD_REFRESH, "route refresh (old)", read_route_refresh},
};

static const struct capability_row *find_row(uint8_t code)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

const char *bgp_capability_name(uint8_t code)
{
	const struct capability_row *row = find_row(code);

	return row ? row->name : NULL;
}

const char *bgp_caps_read(struct reader list, struct bgp_caps *caps, uint32_t *as4)
{
	while (list.left > 0) {
		uint8_t code = rd_u8(&list);
		struct reader value = rd_sub(&list, rd_u8(&list));
		const struct capability_row *row = find_row(code);

		if (list.bad)
			return "it runs over the end of its parameter";
		caps->seen[code / 32] |= 1u << code % 32;
		if (row && row->read && !row->read(value, caps, as4))
			return row->name;
	}
	return NULL;
}

static size_t begin(struct writer *w, enum bgp_capability code)
{
	wr_u8(w, (uint8_t)code);
	return wr_hole8(w);
}

static void write_flag(struct writer *w, enum bgp_capability code, bool yes)
{
	if (yes)
		wr_fill8(w, begin(w, code));
}

static void write_families(struct writer *w, uint8_t families)
{
	for (unsigned f = 0; f < BGP_N_FAMILIES; f++) {
		size_t hole;

		if (!(families & BGP_FAMILY_BIT(f)))
			continue;
		hole = begin(w, BGP_CAP_MULTIPROTOCOL);
		wr_be16(w, bgp_family_afi((enum bgp_family)f));
		wr_u8(w, 0);
		wr_u8(w, BGP_SAFI_UNICAST);
		wr_fill8(w, hole);
	}
}

static void write_graceful_restart(struct writer *w, const struct bgp_caps *c)
{
	size_t hole = begin(w, BGP_CAP_GRACEFUL_RESTART);

	wr_be16(w, (uint16_t)((c->gr_restarting ? GR_RESTARTING : 0) |
			      (c->gr_notification ? GR_NOTIFICATION : 0) |
			      (c->gr_time_s & BGP_GR_TIME_MAX)));
	for (unsigned f = 0; f < BGP_N_FAMILIES; f++) {
		if (!(c->gr_families & BGP_FAMILY_BIT(f)))
			continue;
		wr_be16(w, bgp_family_afi((enum bgp_family)f));
		wr_u8(w, BGP_SAFI_UNICAST);
		wr_u8(w, c->gr_forwarding & BGP_FAMILY_BIT(f) ? GR_FORWARDING : 0);
	}
	wr_fill8(w, hole);
}

void bgp_caps_write(struct writer *w, const struct bgp_caps *c, uint32_t as)
{
	size_t hole;

	if (c->multiprotocol)
		write_families(w, c->families);
	write_flag(w, BGP_CAP_ROUTE_REFRESH, c->route_refresh);
	if (c->ipv4_over_ipv6) {
		hole = begin(w, BGP_CAP_EXTENDED_NEXT_HOP);
		wr_be16(w, bgp_family_afi(BGP_IPV4));
		wr_be16(w, BGP_SAFI_UNICAST);
		wr_be16(w, bgp_family_afi(BGP_IPV6));
		wr_fill8(w, hole);
	}
	write_flag(w, BGP_CAP_EXTENDED_MESSAGE, c->extended_message);
	if (c->graceful_restart)
		write_graceful_restart(w, c);
	if (c->as4) {
		hole = begin(w, BGP_CAP_AS4);
		wr_be32(w, as);
		wr_fill8(w, hole);
	}
	write_flag(w, BGP_CAP_ENHANCED_REFRESH, c->enhanced_refresh);
}
