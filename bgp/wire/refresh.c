#include "bgp/wire/refresh.h"

#include "common/base/str.h"

int bgp_refresh_decode(const struct bgp_message *m, const struct bgp_agreed *agreed,
		       struct bgp_refresh *ret, struct bgp_notification *notify, struct error *err)
{
	struct reader r = m->body;
	struct bgp_refresh got;

	got.afi = rd_be16(&r);
	got.subtype = rd_u8(&r);
	got.safi = rd_u8(&r);
	if (!rd_done(&r)) {
		uint8_t len[2] = {(uint8_t)(m->whole.left >> 8), (uint8_t)m->whole.left};

		if (agreed->enhanced_refresh &&
		    (got.subtype == BGP_REFRESH_BEGIN || got.subtype == BGP_REFRESH_END))
			return bgp_fault(notify, err, BGP_ERR_REFRESH, BGP_REFRESH_BAD_LENGTH,
					 m->whole.pos, m->whole.left,
					 "ROUTE-REFRESH of %zu bytes instead of 23", m->whole.left);
		return bgp_fault(notify, err, BGP_ERR_HEADER, BGP_HEADER_BAD_LENGTH, len,
				 sizeof(len), "ROUTE-REFRESH of %zu bytes instead of 23",
				 m->whole.left);
	}
	*ret = got;
	return 0;
}

int bgp_refresh_encode(struct writer *w, enum bgp_family family, enum bgp_refresh_subtype subtype)
{
	size_t start = bgp_message_begin(w, BGP_ROUTE_REFRESH);

	wr_be16(w, bgp_family_afi(family));
	wr_u8(w, (uint8_t)subtype);
	wr_u8(w, BGP_SAFI_UNICAST);
	return bgp_message_end(w, start, BGP_MESSAGE_MAX);
}

void bgp_refresh_print(const struct bgp_refresh *r, struct strbuf *out)
{
	static const char *const names[] = {"request", "begin", "end"};
	int family = bgp_family_of(r->afi, r->safi);

	if (r->subtype < 3)
		str_add(out, names[r->subtype]);
	else
		str_addf(out, "subtype %u", r->subtype);
	if (family >= 0)
		str_addf(out, " %s", bgp_family_name((enum bgp_family)family));
	else
		str_addf(out, " family %u/%u", r->afi, r->safi);
}
