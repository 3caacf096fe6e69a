/* Shared by the tests of bgp/wire: bytes from hex with spaces, and hex from bytes. */
#ifndef TESTS_UNIT_BGP_WIRE_H
#define TESTS_UNIT_BGP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/rw.h"

enum { HEX_MAX = 8192 };

struct bytes {
	size_t len;
	uint8_t at[HEX_MAX];
};

/** hex - "40 01 0100" to bytes; ff*16 and the like: "ff*16" repeats a byte. Aborts on a typo */
const struct bytes *hex(const char *text, struct bytes *ret);

/** to_hex - lower case, no spaces; valid until the next but one call */
const char *to_hex(const void *bytes, size_t len);

/** only_bytes - all of it is @value: for outputs that must stay as memset() left them */
bool only_bytes(const void *p, size_t len, uint8_t value);

/** random_u32 - xorshift: the same in every run */
uint32_t random_u32(void);
uint32_t random_below(uint32_t n);

#endif
