/* Communities: RFC 1997, large ones RFC 8092, extended ones RFC 4360; numbers and text. */
#ifndef BGP_WIRE_COMMUNITY_H
#define BGP_WIRE_COMMUNITY_H

#include <stdint.h>

struct strbuf;

#define BGP_COMMUNITY(as, value) ((uint32_t)(as) << 16 | (uint32_t)(value))

/* IANA registry "BGP Well-known Communities" */
enum {
	BGP_GRACEFUL_SHUTDOWN = (int)BGP_COMMUNITY(65535, 0), /* RFC 8326 */
	BGP_ACCEPT_OWN = (int)BGP_COMMUNITY(65535, 1),        /* RFC 7611 */
	BGP_LLGR_STALE = (int)BGP_COMMUNITY(65535, 6),        /* RFC 9494 */
	BGP_NO_LLGR = (int)BGP_COMMUNITY(65535, 7),
	BGP_BLACKHOLE = (int)BGP_COMMUNITY(65535, 666), /* RFC 7999 */
	BGP_NO_EXPORT = (int)BGP_COMMUNITY(65535, 65281),
	BGP_NO_ADVERTISE = (int)BGP_COMMUNITY(65535, 65282),
	BGP_NO_EXPORT_SUBCONFED = (int)BGP_COMMUNITY(65535, 65283),
	BGP_NO_PEER = (int)BGP_COMMUNITY(65535, 65284), /* RFC 3765 */
};

struct bgp_large_community {
	uint32_t global, local1, local2;
};

/** bgp_community_parse - "65000:100", "4259840100" or a well-known name such as "no-export";
 * returns 0 or -1, @ret untouched on failure */
int bgp_community_parse(const char *s, uint32_t *ret);
/** bgp_large_community_parse - "64512:1:2" */
int bgp_large_community_parse(const char *s, struct bgp_large_community *ret);

void bgp_community_print(uint32_t c, struct strbuf *out); /* "65000:100", "no-export" */
void bgp_large_community_print(const struct bgp_large_community *c, struct strbuf *out);
/** bgp_ext_community_print - "rt:64512:100", "ro:10.0.0.1:5", else "0x" and 16 digits */
void bgp_ext_community_print(uint64_t c, struct strbuf *out);

#endif
