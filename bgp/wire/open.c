/*
 * OPEN: RFC 4271 section 4.2 and 6.2, the long form of its parameters in RFC 9072
 *
 * Rules about a message alone are in bgp_open_decode(), rules about our configuration and both
 * OPENs in bgp_open_agree(). Left out: the authentication parameter (type 1, deprecated), roles
 * (RFC 9234) and ADD-PATH (RFC 7911), which we never offer.
 */
#include "bgp/wire/open.h"

#include "bgp/wire/capability.h"
#include "bgp/wire/framer.h"
#include "common/base/ip.h"
#include "common/base/str.h"

enum { PARAMETER_CAPABILITIES = 2, PARAMETER_EXTENDED = 255 };

/* where faults go, through the whole decoder */
struct sink {
	struct bgp_notification *notify;
	struct error *err;
};

static int malformed(const struct sink *s, const char *what)
{
	return bgp_fault(s->notify, s->err, BGP_ERR_OPEN, BGP_OPEN_MALFORMED, NULL, 0,
			 "malformed OPEN: %s", what);
}

/* The fixed part says how long the parameters are, in one of two forms; @r becomes exactly them.
 * RFC 9072 section 2: the type in the place of the first parameter tells, the old length is only
 * not to be 0. */
static int open_parameters(struct reader *r, bool *ret_extended, const struct sink *s)
{
	size_t len = rd_u8(r);

	*ret_extended = len > 0 && r->left > 0 && r->pos[0] == PARAMETER_EXTENDED;
	if (*ret_extended) {
		(void)rd_u8(r);
		len = rd_be16(r);
	}
	if (r->bad)
		return malformed(s, "it ends within the length of its parameters");
	if (len != r->left)
		return malformed(s, "length of the parameters does not fit the message");
	return 0;
}

static int read_parameters(struct reader r, bool extended, struct bgp_open *o, const struct sink *s)
{
	while (r.left > 0) {
		uint8_t type = rd_u8(&r);
		struct reader value = rd_sub(&r, extended ? rd_be16(&r) : rd_u8(&r));
		const char *problem;

		if (r.bad)
			return malformed(s, "parameter runs over the end");
		if (type != PARAMETER_CAPABILITIES)
			return bgp_fault(s->notify, s->err, BGP_ERR_OPEN, BGP_OPEN_BAD_PARAMETER,
					 NULL, 0, "optional parameter %u is unknown", type);
		problem = bgp_caps_read(value, &o->caps, &o->as);
		if (problem)
			return bgp_fault(s->notify, s->err, BGP_ERR_OPEN, BGP_OPEN_MALFORMED, NULL,
					 0, "malformed capability: %s", problem);
	}
	return 0;
}

static int bad_number(const struct sink *s, enum bgp_open_error sub, uint32_t v, unsigned size,
		      const char *what)
{
	uint8_t data[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

	return bgp_fault(s->notify, s->err, BGP_ERR_OPEN, (uint8_t)sub, data + 4 - size, size,
			 "%s %u", what, v);
}

int bgp_open_decode(struct reader body, struct bgp_open *ret, struct bgp_notification *notify,
		    struct error *err)
{
	struct sink s = {notify, err};
	struct bgp_open o = {0};
	uint8_t version;
	bool extended;

	version = rd_u8(&body);
	o.as = rd_be16(&body);
	o.hold_s = rd_be16(&body);
	o.id = rd_be32(&body);
	if (body.bad)
		return malformed(&s, "it is too short");
	if (version != BGP_VERSION) { /* data: the version that we speak */
		static const uint8_t ours[2] = {0, BGP_VERSION};

		return bgp_fault(notify, err, BGP_ERR_OPEN, BGP_OPEN_BAD_VERSION, ours,
				 sizeof(ours), "BGP version %u is not supported", version);
	}
	if (open_parameters(&body, &extended, &s) < 0 ||
	    read_parameters(body, extended, &o, &s) < 0)
		return -1;
	if (o.as == 0) /* RFC 7607 section 2 */
		return bad_number(&s, BGP_OPEN_BAD_PEER_AS, 0, o.caps.as4 ? 4 : 2,
				  "the peer claims to be AS");
	if (o.id == 0) /* RFC 6286 section 2.2 */
		return bad_number(&s, BGP_OPEN_BAD_ID, 0, 4, "the peer's BGP identifier is");
	if (o.hold_s == 1 || o.hold_s == 2) /* RFC 4271 section 4.2 */
		return bad_number(&s, BGP_OPEN_BAD_HOLD_TIME, o.hold_s, 2,
				  "unacceptable hold time of");
	*ret = o;
	return 0;
}

int bgp_open_encode(struct writer *w, const struct bgp_open *o)
{
	size_t start = bgp_message_begin(w, BGP_OPEN), params, list;

	wr_u8(w, BGP_VERSION);
	wr_be16(w, o->as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)o->as); /* RFC 6793 section 9 */
	wr_be16(w, o->hold_s);
	wr_be32(w, o->id);
	/* all that we offer has less than 80 bytes: the short form of the parameters is enough */
	params = wr_hole8(w);
	wr_u8(w, PARAMETER_CAPABILITIES);
	list = wr_hole8(w);
	bgp_caps_write(w, &o->caps, o->as);
	wr_fill8(w, list);
	if (!w->bad && w->len == list + 1)
		wr_rewind(w, params + 1); /* no capability, no parameter */
	wr_fill8(w, params);
	return bgp_message_end(w, start, BGP_MESSAGE_MAX);
}

/* RFC 4760 section 8: without the capability only IPv4 unicast is spoken */
static uint8_t spoken(const struct bgp_caps *c)
{
	return c->multiprotocol ? c->families : BGP_FAMILY_BIT(BGP_IPV4);
}

/* RFC 5492 section 5: the data lists the capabilities that we want */
static int no_family(const struct bgp_open *ours, const struct sink *s)
{
	struct bgp_caps wanted = {.multiprotocol = true, .families = spoken(&ours->caps)};
	uint8_t data[6 * BGP_N_FAMILIES];
	struct writer w = wr_init(data, sizeof(data));

	bgp_caps_write(&w, &wanted, 0);
	return bgp_fault(s->notify, s->err, BGP_ERR_OPEN, BGP_OPEN_BAD_CAPABILITY, data, w.len,
			 "the peer speaks none of our address families");
}

static int wrong_as(const struct bgp_open *theirs, uint32_t expected, const struct sink *s)
{
	char what[64];

	(void)snprintf(what, sizeof(what), "the peer is not AS %u but AS", expected);
	return bad_number(s, BGP_OPEN_BAD_PEER_AS, theirs->as, theirs->caps.as4 ? 4 : 2, what);
}

static uint16_t smaller(uint16_t a, uint16_t b)
{
	return a < b ? a : b;
}

int bgp_open_agree(const struct bgp_open *ours, const struct bgp_open *theirs, uint32_t expected_as,
		   struct bgp_agreed *ret, struct bgp_notification *notify, struct error *err)
{
	const struct bgp_caps *a = &ours->caps, *b = &theirs->caps;
	struct sink s = {notify, err};
	struct bgp_agreed r = {.remote_as = theirs->as, .remote_id = theirs->id};

	if (expected_as && theirs->as != expected_as)
		return wrong_as(theirs, expected_as, &s);
	if (theirs->as == BGP_AS_TRANS) /* RFC 6793 section 9: nobody's AS */
		return bad_number(&s, BGP_OPEN_BAD_PEER_AS, theirs->as, 2,
				  "the peer claims to be the reserved AS");
	r.ibgp = theirs->as == ours->as;
	/* RFC 6286 section 2.2: unique within an AS only */
	if (r.ibgp && theirs->id == ours->id)
		return bad_number(&s, BGP_OPEN_BAD_ID, theirs->id, 4,
				  "the peer uses our own BGP identifier");
	r.families = spoken(a) & spoken(b);
	if (!r.families)
		return no_family(ours, &s);
	/* RFC 4271 section 4.2; 0 is the smallest and turns the timers off */
	r.hold_s = smaller(ours->hold_s, theirs->hold_s);
	r.max_len = a->extended_message && b->extended_message ? BGP_EXTENDED_MESSAGE_MAX
							       : BGP_MESSAGE_MAX;
	r.as4 = a->as4 && b->as4;
	r.ipv4_over_ipv6 = a->ipv4_over_ipv6 && b->ipv4_over_ipv6;
	r.route_refresh = b->route_refresh;
	r.enhanced_refresh = a->enhanced_refresh && b->enhanced_refresh;
	r.end_of_rib = b->graceful_restart;
	r.graceful_restart = a->graceful_restart && b->graceful_restart;
	r.graceful_notification = r.graceful_restart && a->gr_notification && b->gr_notification;
	*ret = r;
	return 0;
}

static void print_families(struct strbuf *out, uint8_t families)
{
	for (unsigned f = 0; f < BGP_N_FAMILIES; f++)
		if (families & BGP_FAMILY_BIT(f))
			str_addf(out, " %s", bgp_family_name((enum bgp_family)f));
}

static void print_flags(struct strbuf *out, const struct bgp_caps *c)
{
	if (c->route_refresh)
		str_add(out, ", route refresh");
	if (c->enhanced_refresh)
		str_add(out, ", enhanced refresh");
	if (c->extended_message)
		str_add(out, ", extended messages");
	if (c->ipv4_over_ipv6)
		str_add(out, ", ipv4 over ipv6");
}

static void print_graceful_restart(struct strbuf *out, const struct bgp_caps *c)
{
	str_addf(out, ", graceful restart %u s", c->gr_time_s);
	if (c->gr_restarting)
		str_add(out, " restarting");
	if (c->gr_notification)
		str_add(out, " notification");
	print_families(out, c->gr_families);
	if (c->gr_forwarding) {
		str_add(out, " forwarding");
		print_families(out, c->gr_forwarding);
	}
}

void bgp_open_print(const struct bgp_open *o, struct strbuf *out)
{
	struct ip_addr id = {.family = 4,
			     .bytes = {(uint8_t)(o->id >> 24), (uint8_t)(o->id >> 16),
				       (uint8_t)(o->id >> 8), (uint8_t)o->id}};
	char text[IP_TEXT_MAX];

	str_addf(out, "AS %u, id %s, hold %u s, families", o->as, ip_format(&id, text), o->hold_s);
	print_families(out, spoken(&o->caps));
	str_add(out, o->caps.as4 ? ", 4-octet AS" : "");
	print_flags(out, &o->caps);
	if (o->caps.graceful_restart)
		print_graceful_restart(out, &o->caps);
	for (unsigned code = 0; code < 256; code++)
		if (bgp_caps_seen(&o->caps, (uint8_t)code) && !bgp_capability_name((uint8_t)code))
			str_addf(out, ", capability %u", code);
}
