/*
 * UPDATE: RFC 4271 section 4.3 and 6.3, RFC 4760, with RFC 7606
 *
 * First the frame of all parts, then the attributes (attr_scan.c), then what to do: reset, treat as
 * withdraw or accept. Nothing is acted upon before everything was looked at, so that a malformed
 * attribute never makes the rest be read as something else.
 */
#include "bgp/wire/update.h"

#include "bgp/wire/attr_scan.h"
#include "common/base/str.h"

struct frame {
	struct reader withdrawn, attrs, nlri;
	long n_withdrawn, n_nlri;
};

static int read_frame(struct reader body, struct frame *f, struct bgp_notification *notify,
		      struct error *err)
{
	f->withdrawn = rd_sub(&body, rd_be16(&body));
	f->attrs = rd_sub(&body, rd_be16(&body));
	f->nlri = body;
	if (body.bad) /* RFC 4271 section 6.3 */
		return bgp_fault(notify, err, BGP_ERR_UPDATE, BGP_UPDATE_MALFORMED_LIST, NULL, 0,
				 "lengths in UPDATE are larger than the message");
	f->n_withdrawn = bgp_nlri_count(f->withdrawn, BGP_IPV4);
	f->n_nlri = bgp_nlri_count(f->nlri, BGP_IPV4);
	if (f->n_withdrawn < 0 || f->n_nlri < 0) /* RFC 7606 section 5.3 */
		return bgp_fault(notify, err, BGP_ERR_UPDATE, BGP_UPDATE_BAD_NETWORK, NULL, 0,
				 "malformed prefix in %s",
				 f->n_nlri < 0 ? "NLRI" : "withdrawn routes");
	return 0;
}

/* RFC 7606 section 3d: NULL, or the mandatory attribute that is missing */
static const char *missing(const struct bgp_attr_scan *s)
{
	if (!s->has_nlri && s->reach.n == 0)
		return NULL;
	if (!bgp_attr_seen(s, BGP_ATTR_ORIGIN))
		return "ORIGIN";
	if (!bgp_attr_seen(s, BGP_ATTR_AS_PATH))
		return "AS_PATH";
	return s->has_nlri && !bgp_attr_seen(s, BGP_ATTR_NEXT_HOP) ? "NEXT_HOP" : NULL;
}

static void add_run(struct bgp_update *u, const struct bgp_agreed *agreed, bool withdraw,
		    int family, struct reader nlri, long n, const struct bgp_next_hop *next_hop)
{
	struct bgp_run *run = &u->runs[u->n_runs];

	if (n <= 0 || family < 0 || !(agreed->families & BGP_FAMILY_BIT(family)))
		return;
	*run = (struct bgp_run){.withdraw = withdraw,
				.family = (enum bgp_family)family,
				.n = (uint32_t)n,
				.nlri = nlri};
	if (!withdraw)
		run->next_hop = *next_hop;
	u->n_runs++;
}

/* RFC 4724 section 2: nothing but an MP_UNREACH without routes, or nothing at all */
static int end_of_rib(const struct frame *f, const struct bgp_attr_scan *s)
{
	if (f->withdrawn.left > 0 || f->nlri.left > 0)
		return -1;
	if (f->attrs.left == 0)
		return s->agreed->families & BGP_FAMILY_BIT(BGP_IPV4) ? BGP_IPV4 : -1;
	if (s->n_attrs != 1 || !s->unreach.present || s->unreach.n != 0 || s->action != BGP_FINE)
		return -1;
	return s->unreach.family;
}

static void conclude(const struct frame *f, const struct bgp_attr_scan *s, struct bgp_update *u)
{
	const struct bgp_next_hop old = {.global = s->next_hop};
	bool gone = s->action == BGP_WITHDRAW;

	u->end_of_rib = (int8_t)end_of_rib(f, s);
	u->treated_as_withdraw = gone;
	u->n_discarded = (uint8_t)(s->n_discarded < UINT8_MAX ? s->n_discarded : UINT8_MAX);
	memcpy(u->complaint, s->complaint, sizeof(u->complaint));
	add_run(u, s->agreed, true, BGP_IPV4, f->withdrawn, f->n_withdrawn, NULL);
	add_run(u, s->agreed, true, s->unreach.family, s->unreach.nlri, s->unreach.n, NULL);
	add_run(u, s->agreed, gone, BGP_IPV4, f->nlri, f->n_nlri, &old);
	add_run(u, s->agreed, gone, s->reach.family, s->reach.nlri, s->reach.n, &s->reach.next_hop);
	if (!gone && s->mem)
		u->attrs = s->attrs;
}

int bgp_update_decode(struct reader body, const struct bgp_agreed *agreed, struct arena *mem,
		      struct bgp_update *ret, struct bgp_notification *notify, struct error *err)
{
	struct bgp_attr_scan s = {.agreed = agreed, .mem = mem};
	struct bgp_update u = {0};
	const char *absent;
	struct frame f = {0};

	if (read_frame(body, &f, notify, err) < 0)
		return -1;
	s.has_nlri = f.nlri.left > 0;
	bgp_attr_scan(f.attrs, &s);
	absent = missing(&s);
	if (absent && s.action < BGP_WITHDRAW) {
		s.action = BGP_WITHDRAW;
		(void)snprintf(s.complaint, sizeof(s.complaint),
			       "%s is missing (treated as withdraw)", absent);
	}
	if (s.action == BGP_RESET)
		return bgp_fault(notify, err, BGP_ERR_UPDATE, s.subcode, s.offender.pos,
				 s.subcode == BGP_UPDATE_OPTIONAL_ATTRIBUTE ? s.offender.left : 0,
				 "%s", s.complaint);
	/* RFC 7606 section 5.2: attributes that announce nothing, and not even they are right.
	 * What they were meant for may have been lost with them. */
	if (s.action == BGP_WITHDRAW && !s.has_nlri && !s.reach.present &&
	    !(s.n_attrs == 1 && s.unreach.present))
		return bgp_fault(notify, err, BGP_ERR_UPDATE, BGP_UPDATE_MALFORMED_LIST, NULL, 0,
				 "no routes to withdraw for a malformed attribute: %s",
				 s.complaint);
	conclude(&f, &s, &u);
	*ret = u;
	return 0;
}
