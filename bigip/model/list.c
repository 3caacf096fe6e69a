/* field types that are lists of references: rules, policies, VLANs, monitors, profiles */
#include "bigip/model/field.h"
#include "common/base/json.h"
#include "common/base/mem.h"

static char ***paths_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return field_at(f, o);
}

static size_t *count_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return (size_t *)((char *)o + f->n_offset);
}

int field_get_items(const struct bigip_field *f, struct json_object *item, struct json_object **ret,
		    struct error *err)
{
	char reference[64];
	struct json_object *v = NULL;

	(void)snprintf(reference, sizeof(reference), "%sReference", f->json);
	if ((f->flags & FIELD_SUBCOLLECTION) &&
	    field_get_array(js_key(item, reference), "items", &v, err) < 0)
		return err_wrap(err, "%s", reference);
	if (!v && field_get_array(item, f->json, &v, err) < 0)
		return -1;
	*ret = v;
	return v || !(f->flags & FIELD_SUBCOLLECTION);
}

char *field_entry_path(struct json_object *entry)
{
	const char *name, *partition, *sub;
	struct strbuf path = {0};
	char *s = NULL;

	name = field_string_of(entry);
	if (name) {
		field_path_add(name, &path);
	} else if ((name = field_string_of(js_key(entry, "fullPath"))) && name[0] == '/') {
		str_add(&path, name);
	} else if ((name = field_string_of(js_key(entry, "name")))) {
		partition = field_string_of(js_key(entry, "partition"));
		sub = field_string_of(js_key(entry, "subPath"));
		if (partition && name[0] != '/')
			str_addf(&path, "/%s%s%s/", partition, sub ? "/" : "", sub ? sub : "");
		if (partition && name[0] != '/')
			str_add(&path, name);
		else
			field_path_add(name, &path);
	}
	if (path.len > 1)
		s = mem_strndup(path.data, path.len); /* exact size: it is kept */
	str_release(&path);
	return s;
}

static void paths_clear(const struct bigip_field *f, struct bigip_object *o)
{
	char ***list = paths_at(f, o);

	for (size_t i = 0; i < *count_at(f, o); i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
	*count_at(f, o) = 0;
}

static void paths_copy(const struct bigip_field *f, struct bigip_object *to,
		       const struct bigip_object *from)
{
	size_t n = *count_at(f, from);
	char **copy = NULL;

	if (n) {
		copy = mem_calloc(n, sizeof(*copy));
		for (size_t i = 0; i < n; i++)
			copy[i] = mem_strdup((*paths_at(f, from))[i]);
	}
	*paths_at(f, to) = copy;
	*count_at(f, to) = n;
}

static int paths_read(const struct bigip_field *f, struct bigip_object *o,
		      const struct field_input *in)
{
	struct json_object *items = NULL;
	int told = field_get_items(f, in->item, &items, in->err);
	size_t n = told < 0 ? 0 : js_arr_len(items);

	if (n)
		*paths_at(f, o) = mem_calloc(n, sizeof(char *));
	for (size_t i = 0; i < n; i++) {
		struct json_object *entry = json_object_array_get_idx(items, i);
		char *path = field_entry_path(entry);

		if (!path)
			return field_bad(in->err, f->json, "a list of names", entry);
		(*paths_at(f, o))[(*count_at(f, o))++] = path;
	}
	return told;
}

static void paths_write(const struct bigip_field *f, const struct bigip_object *o,
			struct json_object *body, bool patch)
{
	struct json_object *list = js_list();

	for (size_t i = 0; i < *count_at(f, o); i++)
		js_push_str(list, (*paths_at(f, o))[i]);
	js_put(body, f->json, list);
}

/* lists are a handful long */
static bool holds(char *const *list, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (field_path_equal(list[i], path))
			return true;
	return false;
}

static bool paths_equal(const struct bigip_field *f, const struct bigip_object *wanted,
			const struct bigip_object *observed)
{
	char **a = *paths_at(f, wanted), **b = *paths_at(f, observed);
	size_t n = *count_at(f, wanted);

	if (n != *count_at(f, observed))
		return false;
	for (size_t i = 0; i < n; i++)
		if (f->flags & FIELD_UNORDERED ? !holds(b, n, a[i]) || !holds(a, n, b[i])
					       : !field_path_equal(a[i], b[i]))
			return false;
	return true;
}

static void paths_print(const struct bigip_field *f, const struct bigip_object *o,
			struct strbuf *out)
{
	size_t n = *count_at(f, o);

	for (size_t i = 0; i < n; i++) {
		str_add(out, i ? ", " : "");
		field_add_text(out, (*paths_at(f, o))[i]);
	}
	if (!n)
		str_add(out, "none");
}

const struct field_type field_paths = {
	.read = paths_read,
	.write = paths_write,
	.equal = paths_equal,
	.copy = paths_copy,
	.clear = paths_clear,
	.print = paths_print,
};

/* ---- a pool's monitors: one string of paths joined with " and " ----
 *
 * The other form, "min N of { /P/a /P/b }", is never ours: it is kept as one entry and so differs
 * from any list of ours.
 */

static const char and_word[] = " and ";

/* the first of @*rest, without blanks around it (up to 13.x: "/Common/http "); 0 long at the end */
static size_t next_monitor(const char **rest, const char **ret)
{
	const char *s = *rest, *next = strstr(s, and_word);
	size_t len = next ? (size_t)(next - s) : strlen(s);

	*rest = next ? next + strlen(and_word) : s + len;
	while (len && s[0] == ' ') {
		s++;
		len--;
	}
	while (len && s[len - 1] == ' ')
		len--;
	*ret = s;
	return len;
}

/* k8s-bigip-ctlr writes "default" where no monitor is wanted; a pool has nothing to inherit */
static bool is_no_monitor(const char *s, size_t len)
{
	return !len || (len == strlen("none") && memcmp(s, "none", len) == 0) ||
	       (len == strlen("default") && memcmp(s, "default", len) == 0);
}

static void monitors_add(const struct bigip_field *f, struct bigip_object *o, const char *s,
			 size_t len)
{
	size_t *n = count_at(f, o);

	if (is_no_monitor(s, len))
		return;
	*paths_at(f, o) = mem_realloc(*paths_at(f, o), *n + 1, sizeof(char *));
	(*paths_at(f, o))[(*n)++] = mem_strndup(s, len);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int monitors_read(const struct bigip_field *f, struct bigip_object *o,
			 const struct field_input *in)
{
	const char *s, *entry;
	size_t len;

	if (field_get_string(in->item, f->json, &s, in->err) < 0)
		return -1;
	while (s && *s) {
		len = next_monitor(&s, &entry);
		monitors_add(f, o, entry, len);
	}
	if (*count_at(f, o))
		qsort(*paths_at(f, o), *count_at(f, o), sizeof(char *), by_text);
	return 1;
}

static void monitors_write(const struct bigip_field *f, const struct bigip_object *o,
			   struct json_object *body, bool patch)
{
	struct strbuf text = {0};

	for (size_t i = 0; i < *count_at(f, o); i++)
		str_addf(&text, "%s%s", i ? " and " : "", (*paths_at(f, o))[i]);
	if (text.len || patch)
		js_put_str(body, f->json, text.len ? text.data : "none");
	str_release(&text);
}

const struct field_type field_monitors = {
	.read = monitors_read,
	.write = monitors_write,
	.equal = paths_equal,
	.copy = paths_copy,
	.clear = paths_clear,
	.print = paths_print,
};

/* ---- a virtual's profiles ---- */

static const char *const contexts[] = {
	[BIGIP_CONTEXT_ALL] = "all",
	[BIGIP_CONTEXT_CLIENT] = "clientside",
	[BIGIP_CONTEXT_SERVER] = "serverside",
};

static struct bigip_virtual *virtual_of(const struct bigip_object *o)
{
	return (struct bigip_virtual *)o;
}

static void profiles_clear(const struct bigip_field *f, struct bigip_object *o)
{
	struct bigip_virtual *v = virtual_of(o);

	for (size_t i = 0; i < v->n_profiles; i++)
		free(v->profiles[i].path);
	free(v->profiles);
	v->profiles = NULL;
	v->n_profiles = 0;
}

static void profiles_copy(const struct bigip_field *f, struct bigip_object *to,
			  const struct bigip_object *from)
{
	const struct bigip_virtual *v = virtual_of(from);
	struct bigip_profile *copy = NULL;

	if (v->n_profiles) {
		copy = mem_dup(v->profiles, v->n_profiles * sizeof(*copy));
		for (size_t i = 0; i < v->n_profiles; i++)
			copy[i].path = mem_strdup(copy[i].path);
	}
	virtual_of(to)->profiles = copy;
	virtual_of(to)->n_profiles = v->n_profiles;
}

static int profile_cmp(const void *a, const void *b)
{
	const struct bigip_profile *x = a, *y = b;
	int d = strcmp(x->path, y->path);

	return d ? d : (int)x->context - (int)y->context;
}

static int profile_context(struct json_object *entry, enum bigip_context *ret, struct error *err)
{
	const char *s;

	*ret = BIGIP_CONTEXT_ALL;
	if (!json_object_is_type(entry, json_type_object))
		return 0;
	if (field_get_string(entry, "context", &s, err) < 0)
		return -1;
	for (unsigned i = 0; s && i < ARRAY_SIZE(contexts); i++)
		if (strcmp(s, contexts[i]) == 0)
			*ret = (enum bigip_context)i;
	return 0;
}

static int profiles_read(const struct bigip_field *f, struct bigip_object *o,
			 const struct field_input *in)
{
	struct bigip_virtual *v = virtual_of(o);
	struct json_object *items = NULL;
	int told = field_get_items(f, in->item, &items, in->err);
	size_t n = told < 0 ? 0 : js_arr_len(items);

	if (!n)
		return told;
	v->profiles = mem_calloc(n, sizeof(*v->profiles));
	for (size_t i = 0; i < n; i++) {
		struct json_object *entry = json_object_array_get_idx(items, i);
		struct bigip_profile *p = &v->profiles[i];

		if (profile_context(entry, &p->context, in->err) < 0)
			return -1;
		p->path = field_entry_path(entry);
		if (!p->path)
			return field_bad(in->err, f->json, "a list of names", entry);
		v->n_profiles++;
	}
	qsort(v->profiles, n, sizeof(*v->profiles), profile_cmp);
	return told;
}

/* "/P/sub/name" as {name, partition, subPath} */
static void put_path(struct json_object *entry, const char *path)
{
	const char *name = strrchr(path, '/'), *slash;
	autofree char *folder = NULL;
	char *sub;

	slash = path[0] == '/' ? strchr(path + 1, '/') : NULL;
	if (!slash || !name[1]) {
		js_put_str(entry, "name", path);
		return;
	}
	js_put_str(entry, "name", name + 1);
	folder = mem_strndup(path + 1, (size_t)(name > path + 1 ? name - path - 1 : 0));
	sub = strchr(folder, '/');
	if (sub)
		*sub++ = '\0';
	js_put_str(entry, "partition", folder);
	js_put_str(entry, "subPath", sub);
}

static void profiles_write(const struct bigip_field *f, const struct bigip_object *o,
			   struct json_object *body, bool patch)
{
	const struct bigip_virtual *v = virtual_of(o);
	struct json_object *list = js_list();

	for (size_t i = 0; i < v->n_profiles; i++) {
		struct json_object *entry = js_obj();

		put_path(entry, v->profiles[i].path);
		js_put_str(entry, "context", contexts[v->profiles[i].context]);
		js_push(list, entry);
	}
	js_put(body, f->json, list);
}

/* the wanted list may come in any order from its maker; the observed one is sorted on reading */
static bool profiles_equal(const struct bigip_field *f, const struct bigip_object *wanted,
			   const struct bigip_object *observed)
{
	const struct bigip_virtual *a = virtual_of(wanted), *b = virtual_of(observed);

	if (a->n_profiles != b->n_profiles)
		return false;
	for (size_t i = 0; i < a->n_profiles; i++) {
		size_t j = 0;

		while (j < b->n_profiles && profile_cmp(&a->profiles[i], &b->profiles[j]) != 0)
			j++;
		if (j == b->n_profiles)
			return false;
	}
	return true;
}

static void profiles_print(const struct bigip_field *f, const struct bigip_object *o,
			   struct strbuf *out)
{
	const struct bigip_virtual *v = virtual_of(o);

	for (size_t i = 0; i < v->n_profiles; i++) {
		str_add(out, i ? ", " : "");
		field_add_text(out, v->profiles[i].path);
		if (v->profiles[i].context != BIGIP_CONTEXT_ALL)
			str_addf(out, " (%s)", contexts[v->profiles[i].context]);
	}
	if (!v->n_profiles)
		str_add(out, "none");
}

const struct field_type field_profiles = {
	.read = profiles_read,
	.write = profiles_write,
	.equal = profiles_equal,
	.copy = profiles_copy,
	.clear = profiles_clear,
	.print = profiles_print,
};
