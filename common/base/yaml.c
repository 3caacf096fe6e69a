/*
 * libyaml's events become json-c objects in one recursive walk, at most MAX_DEPTH deep.
 *
 * The types of scalars live in yaml_scalar.c. An alias is a deep copy of what its anchor named, so
 * that no two places of a document share an object; the copies are paid from an allowance, which is
 * what stops documents that grow exponentially. An anchor is known only after its node is complete,
 * so a node cannot contain itself.
 */
#include "common/base/yaml.h"

#include <yaml.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/yaml_int.h"

enum {
	MAX_DEPTH = 64,
	MAX_TEXT = 64 << 20,
	MAX_ALIASED = 8 << 20, /* bytes, about */
	NODE_COST = 64,        /* bytes of an empty node, about */
};

struct anchor {
	char *name;
	struct json_object *node;
	size_t cost;
	unsigned depth; /* levels of collections in it */
};

struct reader_state {
	yaml_parser_t parser;
	struct anchor *anchors;
	size_t n_anchors, cap_anchors;
	size_t aliased;
	size_t cost; /* of everything built so far */
	struct error *err;
};

/* a node while it is being built */
struct node {
	struct json_object *value; /* NULL is null */
	unsigned depth;            /* levels of collections in it */
	bool merge;                /* the plain scalar << */
};

static int fail_at(struct reader_state *s, yaml_mark_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int fail_at(struct reader_state *s, yaml_mark_t at, const char *fmt, ...)
{
	char why[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	return err_set(s->err, ERR_INPUT, 0, "not valid YAML at line %zu, column %zu: %s",
		       at.line + 1, at.column + 1, why);
}

static int next_event(struct reader_state *s, yaml_event_t *ev)
{
	yaml_parser_t *p = &s->parser;

	if (yaml_parser_parse(p, ev))
		return 0;
	if (p->error == YAML_MEMORY_ERROR)
		abort(); /* see mem.h */
	if (p->error == YAML_READER_ERROR) {
		yaml_mark_t at = p->mark;

		return fail_at(s, at, "%s (byte %zu)", p->problem, p->problem_offset);
	}
	if (p->context)
		return fail_at(s, p->problem_mark, "%s %s", p->context,
			       p->problem ? p->problem : "");
	return fail_at(s, p->problem_mark, "%s", p->problem ? p->problem : "unknown problem");
}

/* ---- anchors ---- */

static void remember(struct reader_state *s, const yaml_char_t *name, const struct node *n,
		     size_t cost)
{
	struct anchor *a = NULL;

	for (size_t i = 0; i < s->n_anchors && !a; i++) {
		if (str_eq(s->anchors[i].name, (const char *)name))
			a = &s->anchors[i]; /* a later anchor of that name counts from here on */
	}
	if (!a) {
		mem_grow(s->anchors, s->n_anchors, s->cap_anchors);
		a = &s->anchors[s->n_anchors++];
		a->name = mem_strdup((const char *)name);
	} else {
		json_object_put(a->node);
	}
	a->node = json_object_get(n->value);
	a->cost = cost;
	a->depth = n->depth;
}

static void forget_anchors(struct reader_state *s)
{
	for (size_t i = 0; i < s->n_anchors; i++) {
		free(s->anchors[i].name);
		json_object_put(s->anchors[i].node);
	}
	s->n_anchors = 0;
}

static int build_alias(struct reader_state *s, const yaml_event_t *ev, unsigned depth,
		       struct node *ret)
{
	const char *name = (const char *)ev->data.alias.anchor;
	const struct anchor *a = NULL;

	for (size_t i = 0; i < s->n_anchors && !a; i++) {
		if (str_eq(s->anchors[i].name, name))
			a = &s->anchors[i];
	}
	if (!a)
		return fail_at(s, ev->start_mark, "unknown anchor '%s'", name);
	s->aliased += a->cost;
	s->cost += a->cost;
	if (s->aliased > MAX_ALIASED)
		return fail_at(s, ev->start_mark, "aliases expand to more than %d bytes",
			       MAX_ALIASED);
	if (depth + a->depth > MAX_DEPTH)
		return fail_at(s, ev->start_mark, "nested deeper than %d levels", MAX_DEPTH);
	if (a->node && json_object_deep_copy(a->node, &ret->value, NULL) < 0)
		abort(); /* see mem.h */
	ret->depth = a->depth;
	return 0;
}

/* ---- nodes ---- */

static int build_node(struct reader_state *s, yaml_event_t *ev, unsigned depth, struct node *ret);

static int build_scalar(struct reader_state *s, const yaml_event_t *ev, struct node *ret)
{
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	const char *text = (const char *)ev->data.scalar.value, *why;
	size_t len = ev->data.scalar.length;
	const char *tag = (const char *)ev->data.scalar.tag;

	s->cost += NODE_COST + len;
	ret->merge = plain && !tag && str_eq(text, "<<");
	why = yaml_scalar_resolve(text, len, plain, tag, &ret->value);
	return why ? fail_at(s, ev->start_mark, "%s", why) : 0;
}

static int build_sequence(struct reader_state *s, unsigned depth, struct node *ret)
{
	ret->value = json_object_new_array();
	s->cost += NODE_COST;
	for (;;) {
		struct node item = {0};
		yaml_event_t ev;
		int r;

		if (next_event(s, &ev) < 0)
			return -1;
		if (ev.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&ev);
			ret->depth++;
			return 0;
		}
		r = build_node(s, &ev, depth, &item);
		yaml_event_delete(&ev);
		if (r < 0)
			return -1;
		json_object_array_add(ret->value, item.value);
		if (item.depth > ret->depth)
			ret->depth = item.depth;
	}
}

/* the text of a key; scalars that JSON writes as text are what they were typed to, as in Go */
static int key_text(struct reader_state *s, yaml_mark_t at, const struct node *key,
		    const char **ret)
{
	if (key->depth > 0)
		return fail_at(s, at, "a key is not a scalar");
	if (!key->value)
		return fail_at(s, at, "a key is null");
	*ret = json_object_get_string(key->value);
	if (json_object_is_type(key->value, json_type_string) &&
	    strlen(*ret) != (size_t)json_object_get_string_len(key->value))
		return fail_at(s, at, "a key contains a NUL character");
	return 0;
}

static int check_merge(struct reader_state *s, yaml_mark_t at, struct json_object *from)
{
	size_t n;

	if (json_object_is_type(from, json_type_object))
		return 0;
	if (!json_object_is_type(from, json_type_array))
		return fail_at(s, at, "the value of '<<' is neither a mapping nor a list of them");
	n = json_object_array_length(from);
	for (size_t i = 0; i < n; i++) {
		if (!json_object_is_type(json_object_array_get_idx(from, i), json_type_object))
			return fail_at(s, at, "the list after '<<' holds more than mappings");
	}
	return 0;
}

static void merge_one(struct json_object *into, struct json_object *from)
{
	json_object_object_foreach (from, key, value) {
		if (!json_object_object_get_ex(into, key, NULL))
			json_object_object_add(into, key, json_object_get(value));
	}
}

/* the mapping's own keys win over merged ones, earlier merged mappings over later ones */
static void merge_all(struct json_object *into, struct json_object *from)
{
	if (json_object_is_type(from, json_type_object)) {
		merge_one(into, from);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(from); i++)
		merge_one(into, json_object_array_get_idx(from, i));
}

/* one "key: value"; *merge is given when the key is << */
static int build_pair(struct reader_state *s, yaml_event_t *key_ev, unsigned depth,
		      struct node *map, struct json_object **merge)
{
	struct node key = {0}, value = {0};
	const char *text = NULL;
	yaml_event_t ev;
	int r;

	r = build_node(s, key_ev, depth, &key);
	if (r == 0)
		r = key_text(s, key_ev->start_mark, &key, &text);
	if (r == 0 &&
	    (key.merge ? *merge != NULL : json_object_object_get_ex(map->value, text, NULL)))
		r = fail_at(s, key_ev->start_mark, "duplicate key '%s'", text);
	if (r == 0)
		r = next_event(s, &ev);
	if (r < 0) {
		json_object_put(key.value);
		return -1;
	}
	r = build_node(s, &ev, depth, &value);
	if (r == 0 && key.merge)
		r = check_merge(s, ev.start_mark, value.value);
	yaml_event_delete(&ev);
	if (value.depth > map->depth)
		map->depth = value.depth;
	if (r < 0)
		json_object_put(value.value);
	else if (key.merge)
		*merge = value.value;
	else
		json_object_object_add(map->value, text, value.value);
	json_object_put(key.value);
	return r;
}

static int build_mapping(struct reader_state *s, unsigned depth, struct node *ret)
{
	struct json_object *merge = NULL;
	yaml_event_t ev;
	int r = 0;

	ret->value = json_object_new_object();
	s->cost += NODE_COST;
	while (r == 0) {
		if (next_event(s, &ev) < 0) {
			r = -1;
			break;
		}
		if (ev.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&ev);
			ret->depth++;
			break;
		}
		r = build_pair(s, &ev, depth, ret, &merge);
		yaml_event_delete(&ev);
	}
	if (r == 0 && merge)
		merge_all(ret->value, merge);
	json_object_put(merge);
	return r;
}

static bool collection_tag_ok(const yaml_char_t *tag, const char *known)
{
	return !tag || str_eq((const char *)tag, "!") || str_eq((const char *)tag, known);
}

/* on failure nothing is left in *ret */
static int build_node(struct reader_state *s, yaml_event_t *ev, unsigned depth, struct node *ret)
{
	const yaml_char_t *anchor = NULL;
	size_t before = s->cost;
	int r;

	switch (ev->type) {
	case YAML_ALIAS_EVENT:
		return build_alias(s, ev, depth, ret);
	case YAML_SCALAR_EVENT:
		anchor = ev->data.scalar.anchor;
		r = build_scalar(s, ev, ret);
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = ev->data.sequence_start.anchor;
		if (depth >= MAX_DEPTH)
			return fail_at(s, ev->start_mark, "nested deeper than %d levels",
				       MAX_DEPTH);
		if (!collection_tag_ok(ev->data.sequence_start.tag, YAML_SEQ_TAG))
			return fail_at(s, ev->start_mark, "unknown tag '%s'",
				       ev->data.sequence_start.tag);
		r = build_sequence(s, depth + 1, ret);
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = ev->data.mapping_start.anchor;
		if (depth >= MAX_DEPTH)
			return fail_at(s, ev->start_mark, "nested deeper than %d levels",
				       MAX_DEPTH);
		if (!collection_tag_ok(ev->data.mapping_start.tag, YAML_MAP_TAG))
			return fail_at(s, ev->start_mark, "unknown tag '%s'",
				       ev->data.mapping_start.tag);
		r = build_mapping(s, depth + 1, ret);
		break;
	default:
		return fail_at(s, ev->start_mark, "unexpected event");
	}
	if (r < 0) {
		json_object_put(ret->value);
		ret->value = NULL;
		return -1;
	}
	if (anchor)
		remember(s, anchor, ret, s->cost - before);
	return 0;
}

/* ---- streams ---- */

static int build_document(struct reader_state *s, yaml_mark_t start, struct yaml_docs *docs,
			  size_t *cap)
{
	struct node root = {0};
	yaml_event_t ev;
	int r;

	if (next_event(s, &ev) < 0)
		return -1;
	if (ev.type == YAML_SCALAR_EVENT || ev.type == YAML_MAPPING_START_EVENT ||
	    ev.type == YAML_SEQUENCE_START_EVENT)
		start = ev.start_mark; /* the content, not the "---" or a comment above it */
	r = build_node(s, &ev, 0, &root);
	yaml_event_delete(&ev);
	forget_anchors(s);
	if (r < 0 || !root.value)
		return r;
	mem_grow(docs->docs, docs->n, *cap);
	docs->docs[docs->n++] = (struct yaml_doc){.root = root.value,
						  .line = (unsigned)start.line + 1};
	return 0;
}

static int build_stream(struct reader_state *s, struct yaml_docs *docs)
{
	size_t cap = 0;

	for (;;) {
		yaml_event_type_t type;
		yaml_mark_t start;
		yaml_event_t ev;

		if (next_event(s, &ev) < 0)
			return -1;
		type = ev.type;
		start = ev.start_mark;
		yaml_event_delete(&ev);
		if (type == YAML_STREAM_END_EVENT)
			return 0;
		if (type == YAML_DOCUMENT_START_EVENT && build_document(s, start, docs, &cap) < 0)
			return -1;
	}
}

int yaml_parse(const char *text, size_t len, struct yaml_docs *ret, struct error *err)
{
	struct reader_state s = {.err = err};
	struct yaml_docs docs = {0};
	int r;

	if (len > MAX_TEXT)
		return err_set(err, ERR_INPUT, 0, "YAML text of %zu bytes is too long", len);
	if (!yaml_parser_initialize(&s.parser))
		abort(); /* see mem.h */
	yaml_parser_set_input_string(&s.parser, (const unsigned char *)text, len);
	r = build_stream(&s, &docs);
	yaml_parser_delete(&s.parser);
	forget_anchors(&s);
	free(s.anchors);
	if (r < 0) {
		yaml_docs_release(&docs);
		return -1;
	}
	*ret = docs;
	return 0;
}

void yaml_docs_release(struct yaml_docs *docs)
{
	for (size_t i = 0; i < docs->n; i++)
		json_object_put(docs->docs[i].root);
	free(docs->docs);
	*docs = (struct yaml_docs){0};
}

int yaml_parse_one(const char *text, size_t len, struct json_object **ret, struct error *err)
{
	struct yaml_docs docs;
	int r = 0;

	if (yaml_parse(text, len, &docs, err) < 0)
		return -1;
	if (docs.n == 0)
		r = err_set(err, ERR_INPUT, 0, "the YAML text holds no document");
	else if (docs.n > 1)
		r = err_set(err, ERR_INPUT, 0, "a second YAML document starts at line %u",
			    docs.docs[1].line);
	else
		*ret = json_object_get(docs.docs[0].root);
	yaml_docs_release(&docs);
	return r;
}
