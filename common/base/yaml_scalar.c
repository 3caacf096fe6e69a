/* The types of plain scalars: go-yaml v2's resolve.go, which decides what kubectl sends. */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <yaml.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/yaml_int.h"

enum kind { KIND_STRING, KIND_NULL, KIND_BOOL, KIND_INT, KIND_FLOAT, KIND_BAD };

struct scalar {
	enum kind kind;
	bool b;
	bool negative;
	uint64_t magnitude; /* of an integer */
	double f;
};

static bool one_of(const char *s, const char *const *words)
{
	for (; *words; words++) {
		if (strcmp(s, *words) == 0)
			return true;
	}
	return false;
}

static bool resolve_word(const char *s, struct scalar *ret)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
	static const char *const yes[] = {"y",    "Y",    "yes", "Yes", "YES", "true",
					  "True", "TRUE", "on",  "On",  "ON",  NULL};
	static const char *const no[] = {"n",     "N",     "no",  "No",  "NO",  "false",
					 "False", "FALSE", "off", "Off", "OFF", NULL};
	static const char *const bad[] = {".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",
					  ".INF",  "+.inf", "+.Inf", "+.INF", "-.inf",
					  "-.Inf", "-.INF", NULL};

	if (one_of(s, nulls))
		ret->kind = KIND_NULL;
	else if (one_of(s, yes))
		*ret = (struct scalar){.kind = KIND_BOOL, .b = true};
	else if (one_of(s, no))
		*ret = (struct scalar){.kind = KIND_BOOL, .b = false};
	else if (one_of(s, bad))
		ret->kind = KIND_BAD; /* JSON has no such numbers */
	else
		return false;
	return true;
}

/* strconv.ParseInt(s, 0, 64), else ParseUint: 0x, 0o, 0b or leading 0 choose the base */
static bool resolve_int(const char *s, struct scalar *ret)
{
	bool negative = *s == '-', has_sign = negative || *s == '+';
	uint64_t v = 0;
	unsigned base = 10;

	s += has_sign;
	if (s[0] == '0' && s[1]) {
		char c = (char)tolower((unsigned char)s[1]);

		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s += c == 'x' || c == 'b' || c == 'o' ? 2 : 1;
	}
	if (!*s)
		return false;
	for (; *s; s++) {
		unsigned digit = isdigit((unsigned char)*s) ? (unsigned)(*s - '0')
				 : isxdigit((unsigned char)*s)
					 ? (unsigned)(tolower((unsigned char)*s) - 'a' + 10)
					 : 99;

		if (digit >= base || __builtin_mul_overflow(v, base, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return false;
	}
	if ((negative && v > (uint64_t)INT64_MAX + 1) || (has_sign && !negative && v > INT64_MAX))
		return false;
	*ret = (struct scalar){.kind = KIND_INT, .negative = negative, .magnitude = v};
	return true;
}

static size_t count_digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* ^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$ */
static bool looks_like_float(const char *s)
{
	size_t whole, fraction = 0;

	s += *s == '-' || *s == '+';
	whole = count_digits(s);
	s += whole;
	if (*s == '.') {
		fraction = count_digits(++s);
		s += fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		size_t digits;

		s++;
		s += *s == '-' || *s == '+';
		digits = count_digits(s);
		s += digits;
		if (digits == 0)
			return false;
	}
	return !*s;
}

static struct scalar resolve_plain(const char *text)
{
	struct scalar r = {.kind = KIND_STRING};
	char digits[64], *out = digits;
	bool first = isdigit((unsigned char)*text) || (*text && strchr("+-.", *text));

	if (resolve_word(text, &r) || !first || strlen(text) >= sizeof(digits))
		return r;
	for (const char *s = text; *s; s++) { /* 1_000 */
		if (*s != '_')
			*out++ = *s;
	}
	*out = '\0';
	if (*text != '.' && resolve_int(digits, &r))
		return r;
	if (looks_like_float(digits)) {
		r.f = strtod(digits, NULL);
		r.kind = isfinite(r.f) ? KIND_FLOAT : KIND_STRING;
	}
	return r;
}

static struct json_object *to_json(const struct scalar *v)
{
	const double exact = 9007199254740992.0; /* 2^53 */

	switch (v->kind) {
	case KIND_BOOL:
		return json_object_new_boolean(v->b);
	case KIND_INT:
		if (v->negative)
			return json_object_new_int64((int64_t)(0 - v->magnitude));
		if (v->magnitude <= INT64_MAX)
			return json_object_new_int64((int64_t)v->magnitude);
		return json_object_new_uint64(v->magnitude);
	case KIND_FLOAT:
		if (v->f == trunc(v->f) && fabs(v->f) < exact)
			return json_object_new_int64((int64_t)v->f);
		return json_object_new_double(v->f);
	default:
		return NULL;
	}
}

static bool tag_allows(const char *tag, enum kind kind)
{
	if (!tag)
		return true;
	return (str_eq(tag, YAML_INT_TAG) && kind == KIND_INT) ||
	       (str_eq(tag, YAML_FLOAT_TAG) && (kind == KIND_FLOAT || kind == KIND_INT)) ||
	       (str_eq(tag, YAML_BOOL_TAG) && kind == KIND_BOOL) ||
	       (str_eq(tag, YAML_NULL_TAG) && kind == KIND_NULL);
}

static bool known_tag(const char *tag)
{
	static const char *const known[] = {YAML_INT_TAG, YAML_FLOAT_TAG, YAML_BOOL_TAG,
					    YAML_NULL_TAG, NULL};

	return one_of(tag, known);
}

const char *yaml_scalar_resolve(const char *text, size_t len, bool plain, const char *tag,
				struct json_object **ret)
{
	static const char *const strings[] = {"!", YAML_STR_TAG, YAML_TIMESTAMP_TAG, NULL};
	struct scalar v;

	if ((tag && one_of(tag, strings)) || (!tag && !plain)) {
		*ret = json_object_new_string_len(text, (int)len);
		return NULL;
	}
	if (tag && !known_tag(tag))
		return "unknown tag";
	v = resolve_plain(text);
	if (v.kind == KIND_BAD)
		return "a number that JSON cannot hold";
	if (!tag_allows(tag, v.kind))
		return "the value does not fit its tag";
	if (v.kind == KIND_STRING)
		*ret = json_object_new_string_len(text, (int)len);
	else
		*ret = to_json(&v);
	return NULL;
}
