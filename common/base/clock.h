#ifndef COMMON_BASE_CLOCK_H
#define COMMON_BASE_CLOCK_H

#include <stdint.h>

/* Pure code gets the time as a parameter; these are for the I/O shell. */
uint64_t clock_mono_us(void); /* CLOCK_MONOTONIC in microseconds */
int64_t clock_wall_us(void);  /* microseconds since 1970 */

enum { CLOCK_RFC3339_MAX = 40 };

/** clock_rfc3339 - "2026-01-31T12:00:00Z", with ".123456" before the Z when @micro (Kubernetes
 * MicroTime); returns @buf */
const char *clock_rfc3339(int64_t wall_us, int micro, char buf[static CLOCK_RFC3339_MAX]);

/** clock_parse_rfc3339 - to microseconds since 1970; accepts fractions, Z and +hh:mm; returns 0 or
 * -1 */
int clock_parse_rfc3339(const char *s, int64_t *ret);

#endif
