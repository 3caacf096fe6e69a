#include "bigip/rest/items.h"

#include "common/base/json.h"
#include "common/base/mem.h"

void bigip_items_init(struct bigip_items *s,
		      int (*on_item)(void *ctx, const char *text, size_t len, struct error *err),
		      void *ctx)
{
	*s = (struct bigip_items){
		.on_item = on_item,
		.ctx = ctx,
		.head = {.max = BIGIP_ITEMS_HEAD_MAX},
		.item = {.max = BIGIP_ITEM_MAX},
	};
}

void bigip_items_release(struct bigip_items *s)
{
	str_release(&s->head);
	str_release(&s->item);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int emit(struct bigip_items *s, struct error *err)
{
	int r = 0;

	if (s->item.bad)
		return err_set(err, ERR_INPUT, 0, "an item is larger than %zu bytes", s->item.max);
	if (s->on_item && s->item.len > 0)
		r = s->on_item(s->ctx, s->item.data, s->item.len, err);
	str_clear(&s->item);
	return r;
}

/* inside the items array, outside of strings, at depth 2: between the elements */
static int between(struct bigip_items *s, char c, struct error *err)
{
	if (c == ']') {
		s->in_items = false;
		s->depth--;
		str_add_char(&s->head, c);
	} else if (c == '}') {
		return err_set(err, ERR_INPUT, 0, "unexpected '}' among the items");
	} else if (c == '{') {
		s->depth++;
		if (s->on_item)
			str_add_char(&s->item, c);
	} else if (c != ',' && !is_blank(c)) {
		return err_set(err, ERR_INPUT, 0, "an item is not an object");
	}
	return 0;
}

static int structure(struct bigip_items *s, char c, struct error *err)
{
	if (s->in_items && s->depth == 2)
		return between(s, c, err);
	switch (c) {
	case '{':
	case '[':
		s->depth++;
		s->in_items |= c == '[' && s->depth == 2 && s->key_len == 5 &&
			       memcmp(s->key, "items", 5) == 0;
		break;
	case '}':
	case ']':
		if (s->depth == 0)
			return err_set(err, ERR_INPUT, 0, "unexpected '%c'", c);
		s->depth--;
		break;
	case '"':
		s->in_string = true;
		if (s->depth == 1)
			s->key_len = 0;
		break;
	case ',':
		if (s->depth == 1)
			s->key_len = 0;
		break;
	default:
		break;
	}
	if (!s->in_items || (s->depth == 2 && c == '[')) {
		str_add_char(&s->head, c);
	} else {
		if (s->on_item)
			str_add_char(&s->item, c);
		if (s->depth == 2)
			return emit(s, err);
	}
	return 0;
}

/* takes the bytes of a string up to its closing quote (or the end of the data); returns how many */
static size_t string_bytes(struct bigip_items *s, const char *data, size_t len)
{
	struct strbuf *to = s->in_items ? &s->item : &s->head;
	size_t i = 0;

	for (; i < len && s->in_string; i++) {
		if (s->escaped)
			s->escaped = false;
		else if (data[i] == '\\')
			s->escaped = true;
		else if (data[i] == '"')
			s->in_string = false;
		if (s->in_string && s->depth == 1) {
			if (s->key_len < sizeof(s->key))
				s->key[s->key_len] = data[i];
			s->key_len++;
		}
	}
	if (!s->in_items || s->on_item)
		str_add_mem(to, data, i);
	return i;
}

/* bytes without meaning for the structure travel in runs; returns how many */
static size_t plain_bytes(struct bigip_items *s, const char *data, size_t len)
{
	size_t i = 0;

	if (s->in_items && s->depth == 2)
		return 0;
	while (i < len && data[i] != '"' && data[i] != '{' && data[i] != '}' && data[i] != '[' &&
	       data[i] != ']' && data[i] != ',')
		i++;
	if (i > 0 && !s->in_items)
		str_add_mem(&s->head, data, i);
	else if (i > 0 && s->on_item)
		str_add_mem(&s->item, data, i);
	return i;
}

int bigip_items_feed(struct bigip_items *s, const char *data, size_t len, struct error *err)
{
	for (size_t i = 0; i < len;) {
		if (s->in_string) {
			i += string_bytes(s, data + i, len - i);
			continue;
		}
		i += plain_bytes(s, data + i, len - i);
		if (i < len && structure(s, data[i++], err) < 0)
			return -1;
	}
	if (s->head.bad)
		return err_set(err, ERR_INPUT, 0,
			       "the reply has more than %d bytes outside its items",
			       BIGIP_ITEMS_HEAD_MAX);
	return 0;
}

/* "https://localhost/mgmt/tm/ltm/pool?$top=..." names the device by a host that is not ours */
static int next_path(const char *link, char **ret, struct error *err)
{
	const char *path = strstr(link, "://");

	path = path ? strchr(path + 3, '/') : link;
	if (!path || !str_starts(path, "/mgmt/tm/") || strpbrk(path, " \t\r\n"))
		return err_set(err, ERR_INPUT, 0, "odd nextLink '%.200s'", link);
	*ret = mem_strdup(path);
	return 0;
}

int bigip_items_end(struct bigip_items *s, char **ret_next, struct error *err)
{
	autojson struct json_object *head = NULL;
	const char *link;

	*ret_next = NULL;
	if (s->in_items || js_parse(str_get(&s->head), s->head.len, &head, err) < 0)
		return s->in_items ? err_set(err, ERR_INPUT, 0, "the items end early") : -1;
	if (!json_object_is_type(head, json_type_object))
		return err_set(err, ERR_INPUT, 0, "the reply is not a JSON object");
	link = js_str(head, "nextLink", NULL);
	return str_empty(link) ? 0 : next_path(link, ret_next, err);
}
