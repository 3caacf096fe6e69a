/* Capabilities (RFC 5492), between open.c and capability.c only; the struct is in open.h. */
#ifndef BGP_WIRE_CAPABILITY_H
#define BGP_WIRE_CAPABILITY_H

#include "bgp/wire/open.h"

/**
 * bgp_caps_read - add the capabilities of one optional parameter (type 2) to @caps
 * @as4: AS of capability 65, untouched without it
 *
 * Returns NULL, or what is wrong: one runs over the end, or has a length that it cannot have.
 */
const char *bgp_caps_read(struct reader list, struct bgp_caps *caps, uint32_t *as4);

/** bgp_caps_write - all of @caps, ascending by code */
void bgp_caps_write(struct writer *w, const struct bgp_caps *caps, uint32_t as);

#endif
