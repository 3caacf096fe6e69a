#include "common/base/str.h"

#include <errno.h>
#include <stdint.h>

#include "common/base/mem.h"

static bool reserve(struct strbuf *b, size_t more)
{
	size_t need;

	if (b->bad)
		return false;
	if (__builtin_add_overflow(b->len, more, &need) || need == SIZE_MAX ||
	    (b->max && need > b->max)) {
		b->bad = true;
		return false;
	}
	if (need + 1 > b->cap) {
		size_t cap = b->cap ? b->cap : 64;

		while (cap < need + 1)
			cap = cap > SIZE_MAX / 2 ? need + 1 : cap * 2;
		b->data = mem_realloc(b->data, cap, 1);
		b->cap = cap;
	}
	return true;
}

void str_add_mem(struct strbuf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void str_add(struct strbuf *b, const char *s)
{
	str_add_mem(b, s, strlen(s));
}

void str_add_char(struct strbuf *b, char c)
{
	str_add_mem(b, &c, 1);
}

void str_addf(struct strbuf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(b, (size_t)n))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

const char *str_get(const struct strbuf *b)
{
	return b->data ? b->data : "";
}

char *str_take(struct strbuf *b)
{
	char *s = b->data ? b->data : mem_strdup("");

	*b = (struct strbuf){.max = b->max};
	return s;
}

void str_clear(struct strbuf *b)
{
	b->len = 0;
	b->bad = false;
	if (b->data)
		b->data[0] = '\0';
}

void str_release(struct strbuf *b)
{
	free(b->data);
	*b = (struct strbuf){.max = b->max};
}

bool str_eq(const char *a, const char *b)
{
	if (!a || !b)
		return a == b;
	return strcmp(a, b) == 0;
}

bool str_starts(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

bool str_empty(const char *s)
{
	return !s || !*s;
}

int str_to_u64(const char *s, unsigned long long min, unsigned long long max,
	       unsigned long long *ret)
{
	unsigned long long v;
	char *end;

	if (!s || *s < '0' || *s > '9')
		return -1;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || *end || v < min || v > max)
		return -1;
	*ret = v;
	return 0;
}

/* Levenshtein distance of short words; longer ones are no likely typing mistakes */
static unsigned distance(const char *a, const char *b)
{
	enum { MAX = 64 };
	size_t n = strlen(a), m = strlen(b);
	unsigned row[MAX + 1];

	if (n > MAX || m > MAX)
		return UINT32_MAX;
	for (size_t j = 0; j <= m; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned up = row[j], best = diagonal + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
			diagonal = up;
		}
	}
	return row[m];
}

const char *str_nearest(const char *word, const char *const *words)
{
	unsigned best = (unsigned)(strlen(word) / 2 + 1); /* further away is no likely mistake */
	const char *nearest = NULL;

	for (; *words; words++) {
		unsigned d = distance(word, *words);

		if (d < best) {
			best = d;
			nearest = *words;
		}
	}
	return nearest;
}

static int base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

long str_base64_decode(const char *s, unsigned char **ret)
{
	autofree unsigned char *out = mem_alloc(strlen(s) / 4 * 3 + 4);
	unsigned bits = 0, digits = 0, padding = 0;
	size_t len = 0;

	for (; *s; s++) {
		int v;

		if (*s == '\n' || *s == '\r' || *s == ' ' || *s == '\t')
			continue;
		if (*s == '=') {
			padding++;
			continue;
		}
		v = base64_value(*s);
		if (v < 0 || padding)
			return -1;
		bits = bits << 6 | (unsigned)v;
		if (++digits % 4 == 0) {
			out[len++] = (unsigned char)(bits >> 16);
			out[len++] = (unsigned char)(bits >> 8);
			out[len++] = (unsigned char)bits;
		}
	}
	switch (digits % 4) {
	case 0:
		if (padding)
			return -1;
		break;
	case 2:
		if (padding != 2)
			return -1;
		out[len++] = (unsigned char)(bits >> 4);
		break;
	case 3:
		if (padding != 1)
			return -1;
		out[len++] = (unsigned char)(bits >> 10);
		out[len++] = (unsigned char)(bits >> 2);
		break;
	default:
		return -1;
	}
	out[len] = '\0';
	*ret = move_ptr(out);
	return (long)len;
}

void str_wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
}
