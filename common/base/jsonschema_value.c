/* JSON values as JSON Schema sees them: types, numbers, equality, formats, and a short text for
 * messages. */
#include "common/base/ip.h"
#include "common/base/json.h"
#include "common/base/jsonschema_tree.h"
#include "common/base/str.h"

unsigned schema_value_types(struct json_object *v)
{
	switch (json_object_get_type(v)) {
	case json_type_null:
		return SCHEMA_NULL;
	case json_type_boolean:
		return SCHEMA_BOOLEAN;
	case json_type_int:
		return SCHEMA_INTEGER | SCHEMA_NUMBER;
	case json_type_double: /* draft 4: 1.0 is not an integer */
		return SCHEMA_NUMBER;
	case json_type_string:
		return SCHEMA_STRING;
	case json_type_array:
		return SCHEMA_ARRAY;
	case json_type_object:
		return SCHEMA_OBJECT;
	}
	return 0;
}

/* json-c has int64, uint64 above it, and double. All of them fit where long double has a mantissa
 * of 64 bits; elsewhere (valgrind, some processors) integers above 2^53 lose their last digits. */
long double schema_value_number(struct json_object *v)
{
	if (json_object_is_type(v, json_type_double))
		return json_object_get_double(v);
	if (json_object_get_int64(v) == INT64_MAX)
		return json_object_get_uint64(v);
	return json_object_get_int64(v);
}

static bool objects_equal(struct json_object *a, struct json_object *b, unsigned *steps)
{
	if (json_object_object_length(a) != json_object_object_length(b))
		return false;
	json_object_object_foreach (a, key, val) {
		struct json_object *other;

		if (!json_object_object_get_ex(b, key, &other) ||
		    !schema_value_equal(val, other, steps))
			return false;
	}
	return true;
}

bool schema_value_equal(struct json_object *a, struct json_object *b, unsigned *steps)
{
	unsigned type = schema_value_types(a);

	if (*steps == 0)
		return false;
	--*steps;
	if (!(type & schema_value_types(b)))
		return false;
	if (type & SCHEMA_NULL)
		return true;
	if (type & SCHEMA_BOOLEAN)
		return json_object_get_boolean(a) == json_object_get_boolean(b);
	if (type & schema_value_types(b) & SCHEMA_INTEGER) /* int64, or uint64 above its end */
		return json_object_get_int64(a) == json_object_get_int64(b) &&
		       json_object_get_uint64(a) == json_object_get_uint64(b);
	if (type & SCHEMA_NUMBER)
		return schema_value_number(a) == schema_value_number(b);
	if (type & SCHEMA_STRING) {
		size_t len = (size_t)json_object_get_string_len(a);

		return len == (size_t)json_object_get_string_len(b) &&
		       memcmp(json_object_get_string(a), json_object_get_string(b), len) == 0;
	}
	if (type & SCHEMA_OBJECT)
		return objects_equal(a, b, steps);
	if (js_arr_len(a) != js_arr_len(b))
		return false;
	for (size_t i = 0; i < js_arr_len(a); i++)
		if (!schema_value_equal(json_object_array_get_idx(a, i),
					json_object_array_get_idx(b, i), steps))
			return false;
	return true;
}

size_t schema_code_points(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += ((unsigned char)s[i] & 0xc0) != 0x80;
	return n;
}

/* bytes of the UTF-8 sequence at @s, 0 if it is not one */
static size_t utf8_len(const char *s, size_t left)
{
	unsigned char c = (unsigned char)*s;
	size_t n = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;

	if (n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void add_quoted(struct strbuf *b, const char *s, size_t len)
{
	static const char *const dots = "\"...";
	size_t max = JSONSCHEMA_VALUE_MAX - strlen(dots), i = 0;

	str_add_char(b, '"');
	while (i < len) {
		size_t n = utf8_len(s + i, len - i);
		unsigned char c = (unsigned char)s[i];
		char text[8];

		if (n == 0)
			snprintf(text, sizeof(text), "?");
		else if (c == '"' || c == '\\')
			snprintf(text, sizeof(text), "\\%c", c);
		else if (c == '\n' || c == '\r' || c == '\t')
			snprintf(text, sizeof(text), "\\%c",
				 c == '\n'   ? 'n'
				 : c == '\r' ? 'r'
					     : 't');
		else if (c < 0x20 || c == 0x7f)
			snprintf(text, sizeof(text), "\\u%04x", c);
		else
			snprintf(text, sizeof(text), "%.*s", (int)n, s + i);
		if (b->len + strlen(text) > max)
			break;
		str_add(b, text);
		i += n ? n : 1;
	}
	str_add(b, i < len ? dots : "\"");
}

const char *schema_value_text(struct arena *mem, struct json_object *v)
{
	struct strbuf b = {0};
	char *text;

	switch (json_object_get_type(v)) {
	case json_type_string:
		add_quoted(&b, json_object_get_string(v), (size_t)json_object_get_string_len(v));
		break;
	case json_type_array:
		str_addf(&b, "an array of %zu", js_arr_len(v));
		break;
	case json_type_object:
		str_add(&b, "an object");
		break;
	default: /* a number keeps the digits of its text, however many */
		text = v ? (char *)json_object_to_json_string(v) : (char *)"null";
		str_addf(&b, "%.40s%s", text, strlen(text) > 40 ? "..." : "");
		break;
	}
	text = arena_strdup(mem, str_get(&b));
	str_release(&b);
	return text;
}

static bool is_ip(const char *s, size_t len, uint8_t family)
{
	struct ip_addr a;

	return strlen(s) == len && ip_parse(s, &a) == 0 && a.family == family;
}

static bool is_ipv4(const char *s, size_t len)
{
	return is_ip(s, len, 4);
}

static bool is_ipv6(const char *s, size_t len)
{
	return is_ip(s, len, 6);
}

static const struct jsonschema_format own_formats[] = {
	{"ipv4", is_ipv4, "an IPv4 address"},
	{"ip-address", is_ipv4, "an IPv4 address"},
	{"ipv6", is_ipv6, "an IPv6 address"},
};

const struct jsonschema_format *schema_format_named(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(own_formats); i++)
		if (str_eq(own_formats[i].name, name))
			return &own_formats[i];
	return NULL;
}
