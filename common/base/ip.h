#ifndef COMMON_BASE_IP_H
#define COMMON_BASE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* an IPv4 or IPv6 address; family 0 is "none". 17 bytes, no padding. */
struct ip_addr {
	uint8_t family;    /* 0, 4 or 6 */
	uint8_t bytes[16]; /* network order; IPv4 in the first four, the rest zero */
};

struct ip_prefix {
	struct ip_addr addr; /* host bits are zero */
	uint8_t len;         /* 0..32 or 0..128 */
};

enum { IP_TEXT_MAX = 64 }; /* room for any address, prefix or address with port, with NUL */

/** ip_parse - the whole of @s as an address (no zone, no prefix); returns 0 or -1, @ret untouched
 * on failure */
int ip_parse(const char *s, struct ip_addr *ret);
/** ip_parse_prefix - "10.0.0.0/8"; an address alone is a full-length prefix; host bits are cleared
 */
int ip_parse_prefix(const char *s, struct ip_prefix *ret);

/** ip_format - RFC 5952 text into @buf; returns @buf ("" for family 0) */
const char *ip_format(const struct ip_addr *a, char buf[static IP_TEXT_MAX]);
const char *ip_format_prefix(const struct ip_prefix *p, char buf[static IP_TEXT_MAX]);

bool ip_eq(const struct ip_addr *a, const struct ip_addr *b);
int ip_cmp(const struct ip_addr *a, const struct ip_addr *b); /* IPv4 before IPv6, then by bytes */
bool ip_in(const struct ip_addr *a, const struct ip_prefix *p);
bool ip_is_any(const struct ip_addr *a);   /* 0.0.0.0 or :: */
unsigned ip_bits(const struct ip_addr *a); /* 32, 128 or 0 */

#endif
