#include "common/base/backoff.h"

uint32_t backoff_next(struct backoff *b, uint32_t random)
{
	uint64_t delay = b->min_ms;

	for (uint32_t i = 0; i < b->failures && delay && delay < b->max_ms; i++)
		delay *= 2;
	if (delay > b->max_ms)
		delay = b->max_ms;
	if (b->failures < UINT32_MAX)
		b->failures++;
	return (uint32_t)(delay / 2 + delay * random / UINT32_MAX / 2);
}

void backoff_reset(struct backoff *b)
{
	b->failures = 0;
}
