#include "common/base/json.h"

#include <ctype.h>
#include <limits.h>

#include "common/base/mem.h"

enum { MAX_DEPTH = 64 };

static unsigned line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* bytes of the JSON number (RFC 8259 section 6) at the start of @s, 0 if there is none */
static size_t number_len(const char *s, size_t len)
{
	size_t i = len > 0 && s[0] == '-', digits = i;

	while (i < len && isdigit((unsigned char)s[i]))
		i++;
	if (i == digits || (s[digits] == '0' && i > digits + 1))
		return 0;
	if (i < len && s[i] == '.') {
		digits = ++i;
		while (i < len && isdigit((unsigned char)s[i]))
			i++;
		if (i == digits)
			return 0;
	}
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		if (i < len && (s[i] == '+' || s[i] == '-'))
			i++;
		digits = i;
		while (i < len && isdigit((unsigned char)s[i]))
			i++;
		if (i == digits)
			return 0;
	}
	return i;
}

/* moves *i from the opening quote to after the string; false at a byte that may not be in it */
static bool skip_string(const char *text, size_t len, size_t *i)
{
	for ((*i)++; *i < len; (*i)++) {
		if ((unsigned char)text[*i] < ' ')
			return false;
		if (text[*i] == '"') {
			(*i)++;
			return true;
		}
		if (text[*i] == '\\')
			(*i)++;
	}
	return true; /* json-c says that it ends early */
}

/*
 * json-c is lenient even in its strict mode. What Go's and BIG-IP's decoders refuse is refused
 * here: keys in single quotes, NaN and Infinity, numbers such as 012 and "1.", raw control
 * characters in strings. Returns NULL, or what is wrong at *ret_at.
 */
static const char *check_tokens(const char *text, size_t len, size_t *ret_at)
{
	for (size_t i = 0; i < len;) {
		size_t n;

		*ret_at = i;
		switch (text[i]) {
		case '"':
			if (!skip_string(text, len, &i)) {
				*ret_at = i;
				return "control character in a string";
			}
			break;
		case '\'':
			return "strings need double quotes";
		case 'N':
		case 'I':
			return "unexpected word";
		case '-':
		case '0' ... '9':
			n = number_len(text + i, len - i);
			if (n == 0)
				return "not a number";
			i += n;
			break;
		default:
			i++;
		}
	}
	return NULL;
}

static int not_json(struct error *err, const char *text, size_t at, const char *why)
{
	return err_set(err, ERR_INPUT, 0, "not valid JSON at line %u (byte %zu): %s",
		       line_of(text, at), at, why);
}

int js_parse(const char *text, size_t len, struct json_object **ret, struct error *err)
{
	struct json_tokener *tok;
	struct json_object *o;
	enum json_tokener_error bad;
	const char *why;
	size_t end;

	if (len > INT_MAX)
		return err_set(err, ERR_INPUT, 0, "JSON text of %zu bytes is too long", len);
	why = check_tokens(text, len, &end);
	if (why)
		return not_json(err, text, end, why);
	tok = json_tokener_new_ex(MAX_DEPTH);
	if (!tok)
		return err_set(err, ERR_RETRY, 0, "out of memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	o = json_tokener_parse_ex(tok, text, (int)len);
	bad = json_tokener_get_error(tok);
	end = json_tokener_get_parse_end(tok);
	if (bad == json_tokener_continue &&
	    len > 0) { /* a bare number or literal ends only with the text */
		o = json_tokener_parse_ex(tok, "", 1);
		bad = json_tokener_get_error(tok);
		end = len;
	}
	json_tokener_free(tok);
	if (bad != json_tokener_success) {
		json_object_put(o);
		return not_json(err, text, end < len ? end : len,
				bad == json_tokener_continue ? "it ends early"
							     : json_tokener_error_desc(bad));
	}
	for (size_t i = end; i < len; i++) {
		if (!strchr(" \t\r\n", text[i]) || !text[i]) {
			json_object_put(o);
			return not_json(err, text, i, "text after the end of the document");
		}
	}
	*ret = o;
	return 0;
}

struct json_object *js_key(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!o || !json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &v))
		return NULL;
	return v;
}

struct json_object *js_at(struct json_object *o, const char *path)
{
	char key[128];

	while (o && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		o = js_key(o, key);
		path += n + (path[n] == '.');
	}
	return o;
}

const char *js_str(struct json_object *o, const char *path, const char *fallback)
{
	struct json_object *v = js_at(o, path);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : fallback;
}

int64_t js_int(struct json_object *o, const char *path, int64_t fallback)
{
	struct json_object *v = js_at(o, path);

	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : fallback;
}

bool js_bool(struct json_object *o, const char *path, bool fallback)
{
	struct json_object *v = js_at(o, path);

	return json_object_is_type(v, json_type_boolean) ? json_object_get_boolean(v) : fallback;
}

struct json_object *js_arr(struct json_object *o, const char *path)
{
	struct json_object *v = js_at(o, path);

	return json_object_is_type(v, json_type_array) ? v : NULL;
}

size_t js_arr_len(struct json_object *arr)
{
	return json_object_is_type(arr, json_type_array) ? json_object_array_length(arr) : 0;
}

const char *js_text(struct json_object *o, size_t *ret_len)
{
	return json_object_to_json_string_length(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, ret_len);
}

static struct json_object *need(struct json_object *o)
{
	if (!o)
		abort(); /* json-c fails here only without memory, see mem.h */
	return o;
}

struct json_object *js_obj(void)
{
	return need(json_object_new_object());
}

struct json_object *js_list(void)
{
	return need(json_object_new_array());
}

void js_put(struct json_object *o, const char *key, struct json_object *given)
{
	if (given && json_object_object_add(o, key, given) < 0)
		abort();
}

void js_put_str(struct json_object *o, const char *key, const char *value)
{
	if (value)
		js_put(o, key, need(json_object_new_string(value)));
}

void js_put_int(struct json_object *o, const char *key, int64_t value)
{
	js_put(o, key, need(json_object_new_int64(value)));
}

void js_put_bool(struct json_object *o, const char *key, bool value)
{
	js_put(o, key, need(json_object_new_boolean(value)));
}

void js_push(struct json_object *arr, struct json_object *given)
{
	if (given && json_object_array_add(arr, given) < 0)
		abort();
}

void js_push_str(struct json_object *arr, const char *value)
{
	if (value)
		js_push(arr, need(json_object_new_string(value)));
}
