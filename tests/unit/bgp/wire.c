#include "wire.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int digit(char c)
{
	const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;

	if (!at) {
		fprintf(stderr, "bad hex digit '%c' in a test\n", c);
		abort();
	}
	return (int)(at - digits);
}

const struct bytes *hex(const char *text, struct bytes *ret)
{
	ret->len = 0;
	while (*text) {
		unsigned long times = 1;
		uint8_t byte;

		if (isspace((unsigned char)*text)) {
			text++;
			continue;
		}
		byte = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
		if (*text == '*') {
			char *end;

			times = strtoul(text + 1, &end, 10);
			text = end;
		}
		if (times > HEX_MAX - ret->len)
			abort();
		memset(ret->at + ret->len, byte, times);
		ret->len += times;
	}
	return ret;
}

const char *to_hex(const void *bytes, size_t len)
{
	static char texts[2][2 * HEX_MAX + 1];
	static unsigned turn;
	char *text = texts[turn++ % 2];
	const uint8_t *p = bytes;

	if (len > HEX_MAX)
		len = HEX_MAX;
	for (size_t i = 0; i < len; i++)
		snprintf(text + 2 * i, 3, "%02x", p[i]);
	text[2 * len] = '\0';
	return text;
}

bool only_bytes(const void *p, size_t len, uint8_t value)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < len; i++)
		if (b[i] != value)
			return false;
	return true;
}

uint32_t random_u32(void)
{
	static uint32_t x = 2463534242u;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

uint32_t random_below(uint32_t n)
{
	return n ? random_u32() % n : 0;
}
