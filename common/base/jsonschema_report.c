/* The words of the validator: what a person reads in an Event or in the output of "validate". */
#include "common/base/json.h"
#include "common/base/jsonschema_tree.h"
#include "common/base/str.h"

enum {
	MAX_PATH = 600,
	MAX_KEY = 40,     /* bytes of one key in a path: keys come from the user as values do */
	MAX_WANTED = 600, /* bytes of a list of allowed values */
};

/* ---- paths ---- */

static void add_key(struct strbuf *b, const char *key)
{
	struct arena mem = {0};
	size_t len = strlen(key);
	bool plain = len > 0 && len <= MAX_KEY && !strpbrk(key, ".[]\"\\ ");

	for (size_t i = 0; i < len && plain; i++)
		plain = (unsigned char)key[i] > 0x20 && (unsigned char)key[i] < 0x7f;
	if (plain) {
		str_addf(b, "%s%s", b->len ? "." : "", key);
	} else {
		struct json_object *text = json_object_new_string_len(
			key, (int)(len > MAX_KEY ? MAX_KEY : len));

		str_addf(b, "[%s]", schema_value_text(&mem, text));
		json_object_put(text);
	}
	arena_release(&mem);
}

static void add_place(struct strbuf *b, const struct schema_place *at)
{
	if (!at)
		return;
	add_place(b, at->up);
	if (b->len > MAX_PATH - 8)
		return;
	if (at->key)
		add_key(b, at->key);
	else
		str_addf(b, "[%zu]", at->index);
}

const char *schema_place_text(struct arena *mem, const struct schema_place *at)
{
	struct strbuf b = {0};
	const char *text;

	add_place(&b, at);
	text = arena_strdup(mem, str_get(&b));
	str_release(&b);
	return text;
}

/* ---- entries ---- */

static bool add(struct jsonschema_report *r, const struct jsonschema_violation *v)
{
	for (size_t i = 0; i < r->n; i++)
		if (str_eq(r->list[i].path, v->path) && str_eq(r->list[i].message, v->message))
			return false;
	r->total++;
	if (r->n < JSONSCHEMA_MAX_VIOLATIONS)
		r->list[r->n++] = *v;
	return false;
}

bool schema_say(struct jsonschema_report *r, const struct schema_place *at, const char *fmt, ...)
{
	struct jsonschema_violation v = {0};
	char text[1024];
	va_list ap;

	if (!r)
		return false;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v.path = schema_place_text(&r->mem, at);
	v.message = arena_strdup(&r->mem, text);
	return add(r, &v);
}

static const char *sentence(struct arena *mem, const struct jsonschema_violation *v)
{
	if (v->form == JSONSCHEMA_MISSING)
		return arena_printf(mem, "%s is missing", v->wanted);
	return arena_printf(mem, "%s is not %s%s", v->subject,
			    v->form == JSONSCHEMA_NOT_ONE_OF && strstr(v->wanted, ", ") ? "one of "
											: "",
			    v->wanted);
}

static bool say_form(struct jsonschema_report *r, const struct schema_place *at,
		     enum jsonschema_form form, const char *subject, const char *wanted)
{
	struct jsonschema_violation v = {
		.path = schema_place_text(&r->mem, at),
		.form = form,
		.subject = subject,
		.wanted = arena_strdup(&r->mem, wanted),
	};

	v.message = sentence(&r->mem, &v);
	return add(r, &v);
}

/* ---- sentences ---- */

static const char *subject_with_type(struct arena *mem, struct json_object *v)
{
	const char *text = schema_value_text(mem, v);

	return json_object_is_type(v, json_type_string) ? arena_printf(mem, "%s (a string)", text)
							: text;
}

bool schema_say_type(struct jsonschema_report *r, const struct schema_place *at,
		     struct json_object *v, unsigned types)
{
	static const char *const names[] = {"null",     "true or false", "an integer", "a number",
					    "a string", "an array",      "an object"};
	struct strbuf b = {0};

	if (!r)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (types & 1u << i)
			str_addf(&b, "%s%s", b.len ? " or " : "", names[i]);
	say_form(r, at, JSONSCHEMA_NOT_A, subject_with_type(&r->mem, v), str_get(&b));
	str_release(&b);
	return false;
}

/* strings without quotes: they are names to type in */
static void add_value(struct arena *mem, struct strbuf *b, struct json_object *v)
{
	const char *s = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;

	str_addf(b, "%s%s", b->len ? ", " : "",
		 s && *s && !strpbrk(s, ", \t\n") ? s : schema_value_text(mem, v));
}

/* in a long list the reader may overlook what he meant */
static const char *likely(struct arena *mem, struct json_object *v, struct json_object *values)
{
	enum { SHORT = 4 };
	size_t n = js_arr_len(values), words = 0;
	const char **list = arena_calloc(mem, n + 1, sizeof(*list));

	if (n <= SHORT || !json_object_is_type(v, json_type_string) ||
	    json_object_get_string_len(v) > MAX_KEY)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		struct json_object *one = json_object_array_get_idx(values, i);

		if (json_object_is_type(one, json_type_string))
			list[words++] = json_object_get_string(one);
	}
	return str_nearest(json_object_get_string(v), list);
}

bool schema_say_enum(struct jsonschema_report *r, const struct schema_place *at,
		     struct json_object *v, struct json_object *values)
{
	struct strbuf b = {0};
	const char *near;

	if (!r)
		return false;
	for (size_t i = 0; i < js_arr_len(values); i++) {
		add_value(&r->mem, &b, json_object_array_get_idx(values, i));
		if (b.len > MAX_WANTED && i + 1 < js_arr_len(values)) {
			str_add(&b, ", ...");
			break;
		}
	}
	near = likely(&r->mem, v, values);
	if (near)
		schema_say(r, at, "%s is not one of %s, did you mean %s",
			   schema_value_text(&r->mem, v), str_get(&b), near);
	else
		say_form(r, at, JSONSCHEMA_NOT_ONE_OF, schema_value_text(&r->mem, v), str_get(&b));
	str_release(&b);
	return false;
}

bool schema_say_kind(struct jsonschema_report *r, const struct schema_place *at,
		     struct json_object *v, const char *wanted)
{
	if (!r)
		return false;
	return say_form(r, at, JSONSCHEMA_NOT_A, schema_value_text(&r->mem, v), wanted);
}

bool schema_say_missing(struct jsonschema_report *r, const struct schema_place *at, const char *key)
{
	char quoted[128];

	if (!r)
		return false;
	snprintf(quoted, sizeof(quoted), "\"%.100s\"", key);
	return say_form(r, at, JSONSCHEMA_MISSING, NULL, quoted);
}

bool schema_say_pattern(struct jsonschema_report *r, const struct schema_place *at,
			struct json_object *v, const char *pattern)
{
	if (!r)
		return false;
	return schema_say(r, at, "%s does not match the pattern %.200s",
			  schema_value_text(&r->mem, v), pattern);
}

bool schema_say_range(struct jsonschema_report *r, const struct schema_place *at,
		      struct json_object *v, const struct schema_number_rules *n)
{
	const char *text = r ? schema_value_text(&r->mem, v) : NULL;

	if (!r)
		return false;
	if (n->has_min && n->has_max && !n->above_min && !n->below_max)
		return schema_say(r, at, "%s is not between %.15Lg and %.15Lg", text, n->min,
				  n->max);
	if (n->has_min && !(schema_value_number(v) > n->min))
		return schema_say(r, at, "%s is not %s %.15Lg", text,
				  n->above_min ? "above" : "at least", n->min);
	return schema_say(r, at, "%s is not %s %.15Lg", text, n->below_max ? "below" : "at most",
			  n->max);
}

bool schema_say_multiple(struct jsonschema_report *r, const struct schema_place *at,
			 struct json_object *v, long double of)
{
	if (!r)
		return false;
	return schema_say(r, at, "%s is not a multiple of %.15Lg", schema_value_text(&r->mem, v),
			  of);
}

bool schema_say_unknown_key(struct jsonschema_report *r, const struct schema_place *at,
			    const struct schema_node *n)
{
	const struct schema_object_rules *o = n->object;
	const char *near = NULL;
	struct strbuf b = {0};

	if (!r)
		return false;
	if (strlen(at->key) <= MAX_KEY && o->names)
		near = str_nearest(at->key, o->names);
	for (size_t i = 0; !near && i < o->n_properties && b.len < MAX_WANTED; i++)
		str_addf(&b, "%s%s", i ? ", " : "", o->names[i]);
	for (size_t i = 0; !near && i < o->n_patterns && b.len < MAX_WANTED; i++)
		str_addf(&b, "%snames like %s", b.len ? ", " : "", o->patterns[i].pattern->text);
	schema_say(r, at, "unknown key%s%s, %s%s", n->title ? " of " : "", n->title ? n->title : "",
		   near    ? "did you mean "
		   : b.len ? "known: "
			   : "none is allowed here",
		   near ? near : str_get(&b));
	str_release(&b);
	return false;
}

bool schema_say_ambiguous(struct jsonschema_report *r, const struct schema_place *at,
			  const char *first, const char *second)
{
	if (!first || !second)
		return schema_say(r, at, "matches more than one alternative of the schema");
	return schema_say(r, at, "is both %s and %s, it may be only one of them", first, second);
}

bool schema_say_not(struct jsonschema_report *r, const struct schema_place *at,
		    struct json_object *v, const char *title)
{
	if (!r)
		return false;
	return schema_say(r, at, "%s %s%s", schema_value_text(&r->mem, v),
			  title ? "must not be " : "is what the schema forbids here",
			  title ? title : "");
}

/* ---- reports ---- */

void schema_report_take(struct jsonschema_report *r, const struct jsonschema_report *from)
{
	size_t before = r->total;

	for (size_t i = 0; i < from->n; i++) {
		struct jsonschema_violation v = from->list[i];

		v.path = arena_strdup(&r->mem, v.path);
		v.message = arena_strdup(&r->mem, v.message);
		v.subject = arena_strdup(&r->mem, v.subject);
		v.wanted = arena_strdup(&r->mem, v.wanted);
		add(r, &v);
	}
	if (from->total > from->n && r->total == before + from->n)
		r->total += from->total - from->n;
}

bool schema_report_merge(struct jsonschema_report *r, const struct jsonschema_report *reports,
			 const size_t *which, size_t n)
{
	const struct jsonschema_violation *first = &reports[which[0]].list[0];
	bool list = first->form == JSONSCHEMA_NOT_ONE_OF;
	struct jsonschema_violation v;
	struct strbuf b = {0};

	if (n < 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct jsonschema_report *one = &reports[which[i]];

		if (one->total != 1 || one->list[0].form == JSONSCHEMA_OTHER ||
		    one->list[0].form != first->form || !str_eq(one->list[0].path, first->path) ||
		    !str_eq(one->list[0].subject, first->subject))
			return false;
	}
	for (size_t i = 0; i < n && b.len < MAX_WANTED; i++) {
		const char *wanted = reports[which[i]].list[0].wanted;
		bool said = false;

		for (size_t k = 0; k < i && !said; k++)
			said = str_eq(reports[which[k]].list[0].wanted, wanted);
		if (!said)
			str_addf(&b, "%s%s", !i ? "" : list ? ", " : " or ", wanted);
	}
	v = *first;
	v.path = arena_strdup(&r->mem, v.path);
	v.subject = arena_strdup(&r->mem, v.subject);
	v.wanted = arena_strdup(&r->mem, str_get(&b));
	v.message = sentence(&r->mem, &v);
	str_release(&b);
	add(r, &v);
	return true;
}

void jsonschema_report_release(struct jsonschema_report *r)
{
	if (!r)
		return;
	arena_release(&r->mem);
	*r = (struct jsonschema_report){0};
}

const char *jsonschema_report_text(struct jsonschema_report *r, size_t max)
{
	struct strbuf b = {0};
	const char *text;
	size_t i;

	for (i = 0; i < r->n; i++) {
		const struct jsonschema_violation *v = &r->list[i];
		size_t len = strlen(v->path) + strlen(v->message) + 4;

		if (i > 0 && b.len + len > max)
			break;
		str_addf(&b, "%s%s%s%s", i ? "; " : "", v->path, *v->path ? ": " : "", v->message);
	}
	if (r->total > i)
		str_addf(&b, "; and %zu more", r->total - i);
	text = arena_strdup(&r->mem, str_get(&b));
	str_release(&b);
	return text;
}
