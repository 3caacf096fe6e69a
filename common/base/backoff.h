#ifndef COMMON_BASE_BACKOFF_H
#define COMMON_BASE_BACKOFF_H

#include <stdint.h>

/* exponential backoff with jitter; pure: the caller brings the randomness */
struct backoff {
	uint32_t min_ms, max_ms;
	uint32_t failures; /* in a row */
};

/**
 * backoff_next - how long to wait after one more failure, in ms
 * @random: any 32 random bits; spreads the delay over [0.5, 1.0] of min * 2^failures, capped at max
 */
uint32_t backoff_next(struct backoff *b, uint32_t random);
void backoff_reset(struct backoff *b);

#endif
