/*
 * Input values against their field descriptors: types with the device's tolerances (numbers as
 * strings and back), enums, paths, immutables. Messages: see section 4.3 of the API notes.
 */
#include <ctype.h>

#include "bigip/mock/core.h"
#include "common/base/mem.h"

int fault_set(struct mock_fault *f, int code, int api, const char *fmt, ...)
{
	va_list ap;

	f->code = code;
	f->api = api;
	va_start(ap, fmt);
	vsnprintf(f->msg, sizeof(f->msg), fmt, ap);
	va_end(ap);
	return -1;
}

void value_dashed(const char *key, struct strbuf *out)
{
	for (const char *p = key; *p; p++) {
		if (isupper((unsigned char)*p)) {
			if (p != key)
				str_add_char(out, '-');
			str_add_char(out, (char)tolower((unsigned char)*p));
		} else {
			str_add_char(out, *p);
		}
	}
}

static int bad_value(const struct mock_field *fl, const char *value, struct mock_fault *f)
{
	struct strbuf key = {0};

	value_dashed(fl->key, &key);
	fault_set(f, 400, API_TMSH, "invalid property value \"%s\":\"%.200s\"", str_get(&key),
		  value);
	str_release(&key);
	return -1;
}

static int immutable(const struct mock_field *fl, struct mock_fault *f)
{
	struct strbuf key = {0};

	value_dashed(fl->key, &key);
	fault_set(
		f, 400, API_TMSH,
		"\"%s\" may not be specified in the context of the \"modify\" command. \"%s\" may "
		"be specified using the following commands: create, list, show",
		str_get(&key), str_get(&key));
	str_release(&key);
	return -1;
}

static bool word_in(const char *words, const char *w)
{
	size_t n = strlen(w);

	for (const char *p = words; p && *p;) {
		size_t len = strcspn(p, "|");

		if (len == n && !memcmp(p, w, n))
			return true;
		p += len;
		p += *p == '|';
	}
	return false;
}

char *value_path(const char *text)
{
	if (!*text || !strcmp(text, "none"))
		return NULL;
	if (*text == '/')
		return mem_strdup(text);
	return mem_printf("/Common/%s", text);
}

/* --- monitor rules --- */

/* the next word of a monitor rule; braces are blanks (some releases strip them) */
static size_t rule_word(const char **p)
{
	*p += strspn(*p, " \t{}");
	return strcspn(*p, " \t{}");
}

int value_monitor(const char *text, struct json_object **ret_paths, long *ret_min)
{
	struct json_object *paths = json_object_new_array();
	const char *p = text;
	unsigned long long min = 0;
	bool want_name = true;
	size_t len;

	for (bool first = true; (len = rule_word(&p)) > 0; first = false, p += len) {
		char word[512];

		if (len >= sizeof(word))
			goto bad;
		memcpy(word, p, len);
		word[len] = '\0';
		if (first && !strcmp(word, "min")) {
			char count[16];

			p += len;
			len = rule_word(&p);
			if (!len || len >= sizeof(count))
				goto bad;
			memcpy(count, p, len);
			count[len] = '\0';
			if (str_to_u64(count, 1, 1000, &min))
				goto bad;
			p += len;
			len = rule_word(&p);
			if (len != 2 || memcmp(p, "of", 2) != 0)
				goto bad;
			continue;
		}
		if (!min && !want_name) {
			if (strcmp(word, "and") != 0)
				goto bad;
			want_name = true;
			continue;
		}
		json_object_array_add(paths, word[0] == '/' ? json_object_new_string(word) : NULL);
		if (word[0] != '/') {
			autofree char *full = mem_printf("/Common/%s", word);

			json_object_array_put_idx(paths, json_object_array_length(paths) - 1,
						  json_object_new_string(full));
		}
		want_name = false;
	}
	if (!json_object_array_length(paths) || (!min && want_name) ||
	    min > json_object_array_length(paths))
		goto bad;
	*ret_paths = paths;
	*ret_min = (long)min;
	return 0;
bad:
	json_object_put(paths);
	return -1;
}

static int apply_monitor(struct mock_obj *o, unsigned i, const char *text, struct mock_fault *f)
{
	struct json_object *paths;
	struct strbuf out = {0};
	long min;

	if (!*text || !strcmp(text, "none") || !strcmp(text, "default")) {
		bool is_default = o->kind->fields[i].def != NULL; /* members and nodes */

		obj_set(o, (int)i,
			is_default && !strcmp(text, "none") ? json_object_new_string("none")
							    : NULL);
		return 0;
	}
	if (value_monitor(text, &paths, &min) < 0)
		return bad_value(&o->kind->fields[i], text, f);
	if (min)
		str_addf(&out, "min %ld of {", min);
	for (size_t n = 0; n < json_object_array_length(paths); n++)
		str_addf(&out, "%s%s",
			 min ? " "
			 : n ? " and "
			     : "",
			 json_object_get_string(json_object_array_get_idx(paths, n)));
	if (min)
		str_add(&out, " }");
	obj_set(o, (int)i, json_object_new_string(str_get(&out)));
	str_release(&out);
	json_object_put(paths);
	return 0;
}

/* --- one field --- */

static int apply_int(struct mock_obj *o, unsigned i, struct json_object *in, struct mock_fault *f)
{
	const struct mock_field *fl = &o->kind->fields[i];
	long long n;

	if (json_object_is_type(in, json_type_int)) {
		n = json_object_get_int64(in);
	} else if (json_object_is_type(in, json_type_string)) {
		unsigned long long u;

		if (str_to_u64(json_object_get_string(in), 0, 1ull << 62, &u))
			return bad_value(fl, json_object_get_string(in), f);
		n = (long long)u;
	} else {
		return bad_value(fl, json_object_to_json_string_ext(in, JSON_C_TO_STRING_PLAIN), f);
	}
	if (n < fl->min || (fl->max && n > fl->max))
		return bad_value(fl, json_object_get_string(in), f);
	obj_set(o, (int)i, json_object_new_int64(n));
	return 0;
}

static int apply_refs(struct mock_obj *o, unsigned i, struct json_object *in, struct mock_fault *f)
{
	struct json_object *list = json_object_new_array();
	size_t n = json_object_is_type(in, json_type_array) ? json_object_array_length(in) : 1;

	for (size_t j = 0; j < n; j++) {
		struct json_object *e = json_object_is_type(in, json_type_array)
						? json_object_array_get_idx(in, j)
						: in;
		autofree char *path = NULL;

		if (!json_object_is_type(e, json_type_string)) {
			json_object_put(list);
			return bad_value(&o->kind->fields[i],
					 json_object_to_json_string_ext(in, JSON_C_TO_STRING_PLAIN),
					 f);
		}
		path = value_path(json_object_get_string(e));
		if (path)
			json_object_array_add(list, json_object_new_string(path));
	}
	if (!json_object_array_length(list)) {
		json_object_put(list);
		list = NULL;
	}
	obj_set(o, (int)i, list);
	return 0;
}

static int apply_flag(struct mock_obj *o, unsigned i, struct json_object *in, struct mock_fault *f)
{
	const struct mock_field *fl = &o->kind->fields[i];

	if (!json_object_is_type(in, json_type_boolean))
		return bad_value(fl, json_object_get_string(in), f);
	if (!json_object_get_boolean(in)) { /* false says nothing about the opposite flag */
		if (!fl->def)
			obj_set(o, (int)i, NULL);
		return 0;
	}
	obj_set(o, (int)i, json_object_new_boolean(1));
	for (unsigned j = 0; j < o->kind->n_fields; j++) {
		if (j != i && word_in(fl->arg, o->kind->fields[j].key))
			obj_set(o, (int)j, NULL);
	}
	return 0;
}

static int apply_tree(struct mock_obj *o, unsigned i, struct json_object *in, struct mock_fault *f)
{
	const struct mock_field *fl = &o->kind->fields[i];
	struct json_object *base = obj_effective(o, i), *merged = NULL;

	if (!json_object_is_type(in, json_type_object))
		return bad_value(fl, json_object_get_string(in), f);
	if (base)
		json_object_deep_copy(base, &merged, NULL);
	if (!merged)
		merged = json_object_new_object();
	json_object_object_foreach (in, key, v) {
		if (v)
			json_object_object_add(merged, key, json_object_get(v));
	}
	obj_set(o, (int)i, merged);
	return 0;
}

static int apply_string(struct mock_obj *o, unsigned i, struct json_object *in,
			struct mock_fault *f)
{
	const struct mock_field *fl = &o->kind->fields[i];
	autofree char *path = NULL;
	char number[32];
	const char *s;

	if (json_object_is_type(in, json_type_int)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_object_get_int64(in));
		s = number;
	} else if (json_object_is_type(in, json_type_string)) {
		s = json_object_get_string(in);
	} else {
		return bad_value(fl, json_object_to_json_string_ext(in, JSON_C_TO_STRING_PLAIN), f);
	}
	if (strlen(s) > 65535)
		return fault_set(f, 400, API_MCPD,
				 "01020057:3: The string with more than 65535 characters cannot be "
				 "stored in a message.");
	switch (fl->type) {
	case MF_ENUM:
		if (!word_in(fl->arg, s))
			return bad_value(fl, s, f);
		break;
	case MF_NUMSTR: {
		unsigned long long n;

		if (str_to_u64(s, 0, 4294967295ull, &n) && !word_in(fl->arg, s))
			return bad_value(fl, s, f);
		break;
	}
	case MF_REF:
		path = value_path(s);
		obj_set(o, (int)i, path ? json_object_new_string(path) : NULL);
		return 0;
	case MF_MONITOR:
		return apply_monitor(o, i, s, f);
	default:
		break;
	}
	if (!*s || ((fl->flags & F_NONE) && !strcmp(s, "none"))) {
		obj_set(o, (int)i, NULL);
		return 0;
	}
	obj_set(o, (int)i, json_object_new_string(s));
	if (fl->flags & F_LOWER) {
		autofree char *low = mem_strdup(s);

		for (char *p = low; *p; p++)
			*p = (char)tolower((unsigned char)*p);
		obj_set(o, (int)i, json_object_new_string(low));
	}
	return 0;
}

static int apply(struct mock_obj *o, unsigned i, struct json_object *in, struct mock_fault *f)
{
	switch (o->kind->fields[i].type) {
	case MF_INT:
		return apply_int(o, i, in, f);
	case MF_FLAG:
		return apply_flag(o, i, in, f);
	case MF_REFS:
		return apply_refs(o, i, in, f);
	case MF_TREE:
		return apply_tree(o, i, in, f);
	case MF_RAW:
		if (json_object_is_type(in, json_type_array) && !json_object_array_length(in))
			obj_set(o, (int)i, NULL);
		else
			obj_set(o, (int)i, json_object_get(in));
		return 0;
	default:
		return apply_string(o, i, in, f);
	}
}

int value_apply(struct mock *m, struct mock_obj *o, unsigned i, struct json_object *in, bool modify,
		struct mock_fault *f)
{
	const struct mock_field *fl = &o->kind->fields[i];
	struct json_object *old;
	bool same;

	if (!in || (fl->flags & F_RO))
		return 0;
	if (!modify || !(fl->flags & (F_IM | F_IM_STRICT)))
		return apply(o, i, in, f);
	if (fl->flags & F_IM_STRICT)
		return immutable(fl, f);
	/* sent back as it was read: fine; the value may be written in another way, so compare after
	 */
	old = json_object_get(o->v[i]);
	if (apply(o, i, in, f) < 0) {
		json_object_put(old);
		return -1;
	}
	same = json_object_equal(old, o->v[i]) ||
	       (!old && json_object_equal(o->v[i], fl->def_value));
	if (!same && json_object_is_type(old, json_type_string)) {
		autofree char *now = addr_normal(m, o->folder, json_object_get_string(in));

		same = now && !strcmp(now, json_object_get_string(old));
	}
	obj_set(o, (int)i, old);
	return same ? 0 : immutable(fl, f);
}

void value_reset(struct mock_obj *o)
{
	for (unsigned i = 0; i < o->kind->n_fields; i++) {
		if (!(o->kind->fields[i].flags & (F_RO | F_IM | F_IM_STRICT)))
			obj_set(o, (int)i, NULL);
	}
	json_object_put(o->extra);
	o->extra = NULL;
}

/* the object that @o takes unset values from, found through the link that its reference made */
static const struct mock_obj *defaults_from(const struct mock_obj *o)
{
	if (o->kind->from_field < 0 || !o->v[o->kind->from_field])
		return NULL;
	for (const struct mock_link *l = o->out; l; l = l->next_out) {
		const struct mock_obj *parent = l->to->obj;

		if (!strcmp(l->what, "defaultsFrom"))
			return parent && parent->kind == o->kind ? parent : NULL;
	}
	return NULL;
}

struct json_object *obj_effective(const struct mock_obj *o, unsigned field)
{
	const struct mock_field *fl = &o->kind->fields[field];

	if (o->v[field])
		return o->v[field];
	if (o->kind->from_field >= 0 && !(fl->flags & F_NO_PARENT)) {
		const struct mock_obj *from = o;

		/* a chain longer than this is refused by write_check() */
		for (unsigned hop = 0; hop < MOCK_MAX_INHERIT; hop++) {
			from = defaults_from(from);
			if (!from)
				break;
			if (from->v[field])
				return from->v[field];
		}
	}
	if (fl->type == MF_FLAG && fl->def_value) { /* the default gives way to its opposite */
		for (unsigned j = 0; j < o->kind->n_fields; j++) {
			if (j != field && o->v[j] && word_in(fl->arg, o->kind->fields[j].key))
				return NULL;
		}
	}
	return fl->def_value;
}
