/*
 * What one neighbour announces to us: counted, and kept only if import is on (Adj-RIB-In)
 *
 * Without import nothing is stored, so a full table costs no memory.
 */
#ifndef BGP_RIB_LEARNED_H
#define BGP_RIB_LEARNED_H

#include "bgp/rib/attrset.h"
#include "bgp/rib/table.h"
#include "bgp/wire/update.h"

struct bgp_learned_count {
	uint64_t announced, withdrawn; /* prefixes in all UPDATEs of the session */
	uint32_t kept, stale;          /* now; 0 without import */
};

/* zero-initialise; bgp_learned_release() */
struct bgp_learned {
	struct bgp_attr_pool *pool;
	bool keep;    /* import is on */
	uint32_t max; /* kept prefixes of a family, 0: no limit */
	struct bgp_table table;
	struct bgp_learned_count count[BGP_N_FAMILIES];
	uint64_t updates, treated_as_withdraw, attributes_discarded;
};

void bgp_learned_init(struct bgp_learned *l, struct bgp_attr_pool *pool, bool keep, uint32_t max);
void bgp_learned_release(struct bgp_learned *l);

/** bgp_learned_update - take in one UPDATE, decoded with an arena if @keep. Its End-of-RIB too.
 * Returns 0, or -1 when a family has more than @max prefixes: event BGP_EV_PREFIX_LIMIT */
int bgp_learned_update(struct bgp_learned *l, const struct bgp_update *u);

/** bgp_learned_import - turn it on or off; off forgets all, on needs a ROUTE-REFRESH to see what
 * came before */
void bgp_learned_import(struct bgp_learned *l, bool keep);

/** bgp_learned_lost - the session ended: families in @stale (bits, bgp_gr_lost()) are kept and
 * marked, the others forgotten. What was stale already goes too (RFC 4724 4.2). Counters of
 * messages start again */
void bgp_learned_lost(struct bgp_learned *l, uint8_t stale);

/** bgp_learned_mark_stale - BoRR (RFC 7313 4.2): what is not announced again until EoRR is gone */
void bgp_learned_mark_stale(struct bgp_learned *l, enum bgp_family family);
/** bgp_learned_sweep - End-of-RIB, EoRR or the restart timer: stale ones of these families go */
void bgp_learned_sweep(struct bgp_learned *l, uint8_t families);

struct bgp_learned_path {
	struct ip_prefix prefix;
	const struct bgp_attrset *attrs; /* with the next hop; borrowed */
	bool stale;
};
/** bgp_learned_visit - all that is kept, IPv4 first, by prefix */
void bgp_learned_visit(const struct bgp_learned *l,
		       void (*fn)(void *ctx, const struct bgp_learned_path *path), void *ctx);

#endif
