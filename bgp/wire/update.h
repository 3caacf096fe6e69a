/* Reading UPDATE (RFC 4271 section 4.3, RFC 4760), with the error handling of RFC 7606. */
#ifndef BGP_WIRE_UPDATE_H
#define BGP_WIRE_UPDATE_H

#include "bgp/wire/attr.h"
#include "bgp/wire/nlri.h"
#include "bgp/wire/notification.h"

struct strbuf;

/* prefixes of one family that are announced or withdrawn together */
struct bgp_run {
	bool withdraw;
	enum bgp_family family;
	struct bgp_next_hop next_hop; /* of announced ones */
	uint32_t n;                   /* prefixes in @nlri, at least 1 */
	struct reader nlri; /* checked; walk a copy with bgp_nlri_next(). Borrowed: the message */
};

struct bgp_update {
	/* in this order they are to be handled: withdrawn ones first, since a prefix that is in
	 * both counts as announced (RFC 4271 section 4.3) */
	struct bgp_run runs[4];
	uint8_t n_runs;
	int8_t end_of_rib; /* the family whose End-of-RIB this is (RFC 4724 section 2), or -1 */
	/* RFC 7606: the attributes were malformed, so what was announced comes as withdrawn */
	bool treated_as_withdraw;
	uint8_t n_discarded;    /* attributes that were ignored because they were malformed */
	char complaint[160];    /* what was wrong first, for the log; "" if nothing was */
	struct bgp_attrs attrs; /* of the announced runs, in the arena; empty without one */
};

/**
 * bgp_update_decode - read the body of an UPDATE
 * @body:   after the header; the runs borrow from it
 * @agreed: routes of families that were not agreed are left out
 * @mem:    gets the attributes; NULL if nobody wants them: they are checked, ret->attrs stays
 *          empty, and nothing is allocated
 * @ret:    written on success only
 * @notify, @err: written on failure only, may be NULL
 *
 * Returns 0, or -1 when the routes cannot be told apart any more and the session must be reset
 * (RFC 7606 sections 3, 5.2, 5.3).
 */
int bgp_update_decode(struct reader body, const struct bgp_agreed *agreed, struct arena *mem,
		      struct bgp_update *ret, struct bgp_notification *notify, struct error *err);

/** bgp_update_print - one line: runs with their first 10 prefixes, attributes, complaint */
void bgp_update_print(const struct bgp_update *u, struct strbuf *out);

#endif
