/* Prefixes as they are in UPDATE messages (RFC 4271 section 4.3): bits, then whole bytes. */
#ifndef BGP_WIRE_NLRI_H
#define BGP_WIRE_NLRI_H

#include "bgp/wire/types.h"
#include "common/base/ip.h"
#include "common/base/rw.h"

enum { BGP_NLRI_MAX = 17 }; /* bytes of the longest prefix */

/** bgp_nlri_count - how many prefixes @bytes holds; -1 if one is longer than the family allows or
 * runs over the end */
long bgp_nlri_count(struct reader bytes, enum bgp_family family);

/** bgp_nlri_next - the next prefix, host bits cleared; false at the end and when it is malformed
 * (which runs of a decoded UPDATE never are) */
bool bgp_nlri_next(struct reader *bytes, enum bgp_family family, struct ip_prefix *ret);

/** bgp_nlri_size - bytes that @p takes in a message */
static inline unsigned bgp_nlri_size(const struct ip_prefix *p)
{
	return 1 + (p->len + 7u) / 8;
}

static inline void bgp_nlri_write(struct writer *w, const struct ip_prefix *p)
{
	unsigned size = bgp_nlri_size(p);
	uint8_t *to = wr_room(w, size);

	if (to) {
		to[0] = p->len;
		memcpy(to + 1, p->addr.bytes, size - 1);
	}
}

/** bgp_prefix_usable - false for what no unicast route can go to: multicast, class E, loopback,
 * link-local, 0.0.0.0/8 except the default route. RFC 4271 section 6.3: log it, ignore it */
bool bgp_prefix_usable(const struct ip_prefix *p);

#endif
