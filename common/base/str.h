#ifndef COMMON_BASE_STR_H
#define COMMON_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * struct strbuf - a growing string with a cap
 *
 * Zero-initialise (optionally with @max). @data is always NUL-terminated once something was added,
 * NULL before. When an addition would pass @max, nothing of it is added and @bad is set for good:
 * check it where it matters.
 */
struct strbuf {
	char *data;
	size_t len, cap;
	size_t max; /* 0: no cap */
	bool bad;
};

void str_add(struct strbuf *b, const char *s);
void str_add_mem(struct strbuf *b, const void *data, size_t len);
void str_add_char(struct strbuf *b, char c);
__attribute__((format(printf, 2, 3))) void str_addf(struct strbuf *b, const char *fmt, ...);
const char *str_get(const struct strbuf *b); /* never NULL */
char *str_take(struct strbuf *b);            /* given to the caller, never NULL; empties @b */
void str_clear(struct strbuf *b);            /* keeps the memory */
void str_release(struct strbuf *b);

bool str_eq(const char *a, const char *b); /* NULL equals NULL only */
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);
bool str_empty(const char *s); /* NULL or "" */

/** str_to_u64 - the whole of @s as a decimal number in [@min, @max]; returns 0, or -1 and leaves
 * @ret alone */
int str_to_u64(const char *s, unsigned long long min, unsigned long long max,
	       unsigned long long *ret);

/** str_nearest - the entry of @words (NULL-terminated) closest to @word by edit distance, or NULL
 * if none is close */
const char *str_nearest(const char *word, const char *const *words);

/** str_base64_decode - standard alphabet, white space skipped; *ret is given, NUL-terminated;
 * returns its length or -1 */
long str_base64_decode(const char *s, unsigned char **ret);

/** str_wipe - overwrite a secret in a way that the compiler keeps; NULL is fine */
void str_wipe(char *s);

#endif
