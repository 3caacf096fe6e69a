/* field types that hold one value: words, texts, numbers, flags, references */
#include "bigip/model/field.h"
#include "common/base/json.h"
#include "common/base/mem.h"

static const char *type_name(struct json_object *v)
{
	return json_type_to_name(json_object_get_type(v));
}

int field_bad(struct error *err, const char *key, const char *want, struct json_object *v)
{
	return err_set(err, ERR_INPUT, 0, "property '%s' should be %s, not %s", key, want,
		       type_name(v));
}

const char *field_string_of(struct json_object *v)
{
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return NULL;
	s = json_object_get_string(v);
	return strlen(s) == (size_t)json_object_get_string_len(v) ? s : NULL;
}

int field_get_string(struct json_object *item, const char *key, const char **ret, struct error *err)
{
	struct json_object *v = js_key(item, key);

	*ret = NULL;
	if (!v)
		return 0;
	*ret = field_string_of(v);
	return *ret ? 0 : field_bad(err, key, "a string", v);
}

int field_get_array(struct json_object *item, const char *key, struct json_object **ret,
		    struct error *err)
{
	struct json_object *v = js_key(item, key);

	*ret = NULL;
	if (v && !json_object_is_type(v, json_type_array))
		return field_bad(err, key, "an array", v);
	*ret = v;
	return 0;
}

/* ---- strings ---- */

static char **string_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return field_at(f, o);
}

void field_string_clear(const struct bigip_field *f, struct bigip_object *o)
{
	char **s = string_at(f, o);

	free(*s);
	*s = NULL;
}

void field_string_copy(const struct bigip_field *f, struct bigip_object *to,
		       const struct bigip_object *from)
{
	*string_at(f, to) = mem_strdup(*string_at(f, from));
}

static int string_read(const struct bigip_field *f, struct bigip_object *o,
		       const struct field_input *in)
{
	const char *s;

	if (field_get_string(in->item, f->json, &s, in->err) < 0)
		return -1;
	*string_at(f, o) = mem_strdup(s ? s : f->def);
	return 1;
}

void field_string_write(const struct bigip_field *f, const struct bigip_object *o,
			struct json_object *body, bool patch)
{
	js_put_str(body, f->json, *string_at(f, o));
}

static bool string_equal(const struct bigip_field *f, const struct bigip_object *wanted,
			 const struct bigip_object *observed)
{
	return str_eq(*string_at(f, wanted), *string_at(f, observed));
}

void field_string_print(const struct bigip_field *f, const struct bigip_object *o,
			struct strbuf *out)
{
	const char *s = *string_at(f, o);

	field_add_text(out, str_empty(s) ? "none" : s);
}

const struct field_type field_string = {
	.read = string_read,
	.write = field_string_write,
	.equal = string_equal,
	.copy = field_string_copy,
	.clear = field_string_clear,
	.print = field_string_print,
};

/* ---- texts: CR LF and the four characters \r\n are the same to a monitor ---- */

void field_add_text(struct strbuf *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\r')
			str_add(out, "\\r");
		else if (*text == '\n')
			str_add(out, "\\n");
		else if ((unsigned char)*text < 0x20 || *text == 0x7f)
			str_addf(out, "\\x%02x", (unsigned char)*text);
		else
			str_add_char(out, *text);
	}
}

/* the next character of @*s with CR and LF spelled out; @half is the second one owed */
static int next_folded(const char **s, char *half)
{
	char c = *half;

	*half = '\0';
	if (c)
		return c;
	c = **s;
	if (c)
		(*s)++;
	if (c != '\r' && c != '\n')
		return c;
	*half = c == '\r' ? 'r' : 'n';
	return '\\';
}

static bool text_equal(const struct bigip_field *f, const struct bigip_object *wanted,
		       const struct bigip_object *observed)
{
	const char *a = *string_at(f, wanted), *b = *string_at(f, observed);
	char half_a = '\0', half_b = '\0';
	int c;

	a = a ? a : "";
	b = b ? b : "";
	do {
		c = next_folded(&a, &half_a);
		if (c != next_folded(&b, &half_b))
			return false;
	} while (c);
	return true;
}

/* an empty text is not shown by the device, and its default would otherwise come back */
static int text_read(const struct bigip_field *f, struct bigip_object *o,
		     const struct field_input *in)
{
	const char *s;

	if (field_get_string(in->item, f->json, &s, in->err) < 0)
		return -1;
	*string_at(f, o) = str_empty(s) ? NULL : mem_strdup(s);
	return 1;
}

static void text_write(const struct bigip_field *f, const struct bigip_object *o,
		       struct json_object *body, bool patch)
{
	const char *s = *string_at(f, o);

	js_put_str(body, f->json, s ? s : "");
}

static void text_print(const struct bigip_field *f, const struct bigip_object *o,
		       struct strbuf *out)
{
	const char *s = *string_at(f, o);

	str_add_char(out, '"');
	field_add_text(out, s ? s : "");
	str_add_char(out, '"');
}

const struct field_type field_text = {
	.read = text_read,
	.write = text_write,
	.equal = text_equal,
	.copy = field_string_copy,
	.clear = field_string_clear,
	.print = text_print,
};

/* ---- numbers; the device shows some of them as strings ---- */

static int64_t *int_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return field_at(f, o);
}

static int64_t int_default(const struct bigip_field *f)
{
	unsigned long long v = 0;

	(void)str_to_u64(f->def, 0, INT64_MAX, &v);
	return (int64_t)v;
}

static int int_read(const struct bigip_field *f, struct bigip_object *o,
		    const struct field_input *in)
{
	struct json_object *v = js_key(in->item, f->json);
	unsigned long long n;

	if (!v) {
		*int_at(f, o) = int_default(f);
	} else if (json_object_is_type(v, json_type_int)) {
		*int_at(f, o) = json_object_get_int64(v);
	} else {
		const char *s = field_string_of(v);

		if (!s || str_to_u64(s, 0, INT64_MAX, &n) < 0)
			return field_bad(in->err, f->json, "a number", v);
		*int_at(f, o) = (int64_t)n;
	}
	return 1;
}

static void int_write(const struct bigip_field *f, const struct bigip_object *o,
		      struct json_object *body, bool patch)
{
	js_put_int(body, f->json, *int_at(f, o));
}

static bool int_equal(const struct bigip_field *f, const struct bigip_object *wanted,
		      const struct bigip_object *observed)
{
	return *int_at(f, wanted) == *int_at(f, observed);
}

static void int_copy(const struct bigip_field *f, struct bigip_object *to,
		     const struct bigip_object *from)
{
	*int_at(f, to) = *int_at(f, from);
}

static void int_clear(const struct bigip_field *f, struct bigip_object *o)
{
	*int_at(f, o) = f->def ? int_default(f) : 0;
}

static void int_print(const struct bigip_field *f, const struct bigip_object *o, struct strbuf *out)
{
	str_addf(out, "%lld", (long long)*int_at(f, o));
}

const struct field_type field_int = {
	.read = int_read,
	.write = int_write,
	.equal = int_equal,
	.copy = int_copy,
	.clear = int_clear,
	.print = int_print,
};

/* ---- flags: the device shows the one key of a pair that holds, with the value true ---- */

static bool *bool_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return field_at(f, o);
}

/* @yes or @no of the pair; a false under one of them means the other */
static int flag_read(const struct bigip_field *f, struct bigip_object *o,
		     const struct field_input *in, const char *yes, const char *no)
{
	const char *const keys[] = {yes, no};

	*bool_at(f, o) = f->def != NULL;
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		struct json_object *v = js_key(in->item, keys[i]);

		if (!v)
			continue;
		if (!json_object_is_type(v, json_type_boolean))
			return field_bad(in->err, keys[i], "true or false", v);
		*bool_at(f, o) = json_object_get_boolean(v) == (i == 0);
	}
	return 1;
}

static bool flag_equal(const struct bigip_field *f, const struct bigip_object *wanted,
		       const struct bigip_object *observed)
{
	return *bool_at(f, wanted) == *bool_at(f, observed);
}

static void flag_copy(const struct bigip_field *f, struct bigip_object *to,
		      const struct bigip_object *from)
{
	*bool_at(f, to) = *bool_at(f, from);
}

static void flag_clear(const struct bigip_field *f, struct bigip_object *o)
{
	*bool_at(f, o) = f->def != NULL;
}

static int enabled_read(const struct bigip_field *f, struct bigip_object *o,
			const struct field_input *in)
{
	return flag_read(f, o, in, "enabled", "disabled");
}

static void enabled_write(const struct bigip_field *f, const struct bigip_object *o,
			  struct json_object *body, bool patch)
{
	js_put_bool(body, *bool_at(f, o) ? "enabled" : "disabled", true);
}

static void enabled_print(const struct bigip_field *f, const struct bigip_object *o,
			  struct strbuf *out)
{
	str_add(out, *bool_at(f, o) ? "true" : "false");
}

const struct field_type field_enabled = {
	.read = enabled_read,
	.write = enabled_write,
	.equal = flag_equal,
	.copy = flag_copy,
	.clear = flag_clear,
	.print = enabled_print,
};

static int vlans_read(const struct bigip_field *f, struct bigip_object *o,
		      const struct field_input *in)
{
	return flag_read(f, o, in, "vlansEnabled", "vlansDisabled");
}

static void vlans_write(const struct bigip_field *f, const struct bigip_object *o,
			struct json_object *body, bool patch)
{
	js_put_bool(body, *bool_at(f, o) ? "vlansEnabled" : "vlansDisabled", true);
}

static void vlans_print(const struct bigip_field *f, const struct bigip_object *o,
			struct strbuf *out)
{
	str_add(out, *bool_at(f, o) ? "false" : "true"); /* the property is "vlansDisabled" */
}

const struct field_type field_vlans_enabled = {
	.read = vlans_read,
	.write = vlans_write,
	.equal = flag_equal,
	.copy = flag_copy,
	.clear = flag_clear,
	.print = vlans_print,
};

/* ---- references; null is no reset on the device, "none" is (icontrol.md 2.7) ---- */

void field_path_add(const char *path, struct strbuf *out)
{
	if (path[0] != '/')
		str_add(out, strchr(path, '/') ? "/" : "/Common/");
	str_add(out, path);
}

bool field_path_equal(const char *a, const char *b)
{
	struct strbuf x = {0}, y = {0};
	bool same;

	if (!a || !b || (a[0] == '/' && b[0] == '/'))
		return str_eq(a, b);
	field_path_add(a, &x);
	field_path_add(b, &y);
	same = strcmp(x.data, y.data) == 0;
	str_release(&x);
	str_release(&y);
	return same;
}

static int path_read(const struct bigip_field *f, struct bigip_object *o,
		     const struct field_input *in)
{
	const char *s;

	if (field_get_string(in->item, f->json, &s, in->err) < 0)
		return -1;
	*string_at(f, o) = str_empty(s) || str_eq(s, "none") ? NULL : mem_strdup(s);
	return 1;
}

static void path_write(const struct bigip_field *f, const struct bigip_object *o,
		       struct json_object *body, bool patch)
{
	const char *s = *string_at(f, o);

	js_put_str(body, f->json, s ? s : patch ? "none" : NULL);
}

static bool path_equal(const struct bigip_field *f, const struct bigip_object *wanted,
		       const struct bigip_object *observed)
{
	return field_path_equal(*string_at(f, wanted), *string_at(f, observed));
}

const struct field_type field_path = {
	.read = path_read,
	.write = path_write,
	.equal = path_equal,
	.copy = field_string_copy,
	.clear = field_string_clear,
	.print = field_string_print,
};
