#include "controller/kube/list.h"

#include <stdbool.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
		p++;
	return p;
}

/* behind the string that begins at @p, or NULL */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end; p++) {
		if (*p == '"')
			return p + 1;
		if (*p == '\\')
			p++;
	}
	return NULL;
}

/* behind the value that begins at @p, or NULL when the text ends first; its inside is only checked
 * for quotes and depth */
static const char *skip_value(const char *p, const char *end)
{
	unsigned depth = 0;

	while (p < end) {
		if (*p == '"') {
			p = skip_string(p, end);
			if (!p || depth == 0)
				return p;
			continue;
		}
		if (depth == 0 && strchr(",]} \t\r\n", *p) && *p)
			return p;
		if (*p == '{' || *p == '[')
			depth++;
		else if ((*p == '}' || *p == ']') && --depth == 0)
			return p + 1;
		p++;
	}
	return depth == 0 ? p : NULL;
}

static bool is_key(const char *key, const char *end, const char *name)
{
	size_t len = strlen(name);

	return (size_t)(end - key) == len + 2 && !memcmp(key + 1, name, len);
}

static int broken(struct error *err, const char *why)
{
	return err_set(err, ERR_RETRY, 0, "not a list of objects: %s", why);
}

static int read_meta(struct kube_list *l, const char *text, size_t len, struct error *err)
{
	autojson struct json_object *meta = NULL;
	const char *next;

	if (js_parse(text, len, &meta, err) < 0)
		return err_wrap(err, "not a list of objects: metadata");
	free(l->resource_version);
	free(l->next_page);
	l->resource_version = mem_strdup(js_str(meta, "resourceVersion", ""));
	next = js_str(meta, "continue", "");
	l->next_page = *next ? mem_strdup(next) : NULL;
	return 0;
}

static int read_member(struct kube_list *l, const char *key, const char *key_end, const char *value,
		       const char *value_end, struct error *err)
{
	size_t len = (size_t)(value_end - value);

	if (is_key(key, key_end, "metadata"))
		return read_meta(l, value, len, err);
	if (!is_key(key, key_end, "items"))
		return 0;
	if (len == 4 && !memcmp(value, "null", 4)) { /* how Go writes an empty one */
		l->pos = l->end = value_end;
		return 0;
	}
	if (*value != '[' || value_end[-1] != ']')
		return broken(err, "items is not an array");
	l->pos = value + 1;
	l->end = value_end - 1;
	return 0;
}

static int read_members(struct kube_list *l, const char *p, const char *end, struct error *err)
{
	p = skip_space(p, end);
	if (p == end || *p++ != '{')
		return broken(err, "no object");
	for (;;) {
		const char *key = skip_space(p, end), *key_end, *value;

		if (key == end || *key != '"' || !(key_end = skip_string(key, end)))
			return broken(err, "a key is missing");
		value = skip_space(key_end, end);
		if (value == end || *value++ != ':')
			return broken(err, "':' is missing");
		value = skip_space(value, end);
		p = skip_value(value, end);
		if (!p || p == value)
			return broken(err, "it ends early");
		if (read_member(l, key, key_end, value, p, err) < 0)
			return -1;
		p = skip_space(p, end);
		if (p < end && *p == '}')
			break;
		if (p == end || *p++ != ',')
			return broken(err, "it ends early");
	}
	return skip_space(p + 1, end) == end ? 0 : broken(err, "text after its end");
}

int kube_list_open(const char *text, size_t len, struct kube_list *ret, struct error *err)
{
	struct kube_list l = {0};

	if (read_members(&l, text, text + len, err) < 0) {
		kube_list_release(&l);
		return -1;
	}
	if (!l.pos || !l.resource_version) {
		kube_list_release(&l);
		return broken(err, "items or metadata are missing");
	}
	*ret = l;
	return 0;
}

int kube_list_next(struct kube_list *l, const char **ret, size_t *ret_len, struct error *err)
{
	const char *p = skip_space(l->pos, l->end), *behind;

	if (p == l->end)
		return l->n > 0 && l->pos[-1] == ',' ? broken(err, "items ends with a comma") : 0;
	if (l->n > 0 && l->pos[-1] != ',')
		return broken(err, "',' is missing between items");
	behind = skip_value(p, l->end);
	if (!behind || behind == p)
		return broken(err, "an item ends early");
	*ret = p;
	*ret_len = (size_t)(behind - p);
	l->pos = skip_space(behind, l->end);
	if (l->pos < l->end && *l->pos == ',')
		l->pos++;
	l->n++;
	return 1;
}

void kube_list_release(struct kube_list *l)
{
	free(l->resource_version);
	free(l->next_page);
	*l = (struct kube_list){0};
}
