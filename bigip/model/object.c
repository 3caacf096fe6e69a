/* life and comparison of objects, as walks over their kind's fields */
#include "bigip/model/field.h"
#include "common/base/mem.h"

static const struct field_type *type_of(const struct bigip_field *f)
{
	return bigip_field_types[f->type];
}

static char **user_agent_at(const struct bigip_object *o)
{
	size_t offset = bigip_kind_info(o->kind)->user_agent;

	return offset ? (char **)((char *)o + offset) : NULL;
}

struct bigip_object *bigip_object_new(enum bigip_kind kind, const char *partition, const char *name)
{
	const struct bigip_kind_info *info = bigip_kind_info(kind);
	struct bigip_object *o = mem_alloc(info->size);

	o->kind = kind;
	o->partition = mem_strdup(partition);
	o->name = mem_strdup(name);
	if (kind == BIGIP_IAPP)
		o->sub_path = mem_printf("%s.app", name);
	for (unsigned i = 0; i < info->n_fields; i++) {
		const struct bigip_field *f = &info->fields[i];

		type_of(f)->clear(f, o);
		if ((f->type == FIELD_STRING || f->type == FIELD_TEXT) && f->def)
			*(char **)field_at(f, o) = mem_strdup(f->def);
	}
	return o;
}

void bigip_object_free(struct bigip_object *o)
{
	const struct bigip_kind_info *info;

	if (!o)
		return;
	info = bigip_kind_info(o->kind);
	for (unsigned i = 0; i < info->n_fields; i++)
		type_of(&info->fields[i])->clear(&info->fields[i], o);
	if (user_agent_at(o))
		free(*user_agent_at(o));
	free(o->partition);
	free(o->sub_path);
	free(o->name);
	free(o);
}

void bigip_object_copy_fields(struct bigip_object *to, const struct bigip_object *from,
			      uint32_t fields)
{
	const struct bigip_kind_info *info = bigip_kind_info(to->kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		const struct bigip_field *f = &info->fields[i];

		if (!(fields & 1u << i))
			continue;
		type_of(f)->clear(f, to);
		type_of(f)->copy(f, to, from);
	}
}

struct bigip_object *bigip_object_dup(const struct bigip_object *o)
{
	struct bigip_object *copy = mem_alloc(bigip_kind_info(o->kind)->size);

	copy->kind = o->kind;
	copy->marks = o->marks;
	copy->partition = mem_strdup(o->partition);
	copy->sub_path = mem_strdup(o->sub_path);
	copy->name = mem_strdup(o->name);
	if (user_agent_at(o))
		*user_agent_at(copy) = mem_strdup(*user_agent_at(o));
	bigip_object_copy_fields(copy, o, UINT32_MAX);
	return copy;
}

uint32_t bigip_object_diff(const struct bigip_object *wanted, const struct bigip_object *observed)
{
	const struct bigip_kind_info *info = bigip_kind_info(wanted->kind);
	uint32_t diff = 0;

	for (unsigned i = 0; i < info->n_fields; i++) {
		const struct bigip_field *f = &info->fields[i];

		if (!type_of(f)->equal(f, wanted, observed))
			diff |= 1u << i;
	}
	return diff;
}

void bigip_field_print(const struct bigip_object *o, unsigned field, struct strbuf *out)
{
	const struct bigip_field *f = &bigip_kind_info(o->kind)->fields[field];

	type_of(f)->print(f, o, out);
}

/* each path in "/P/a" or "min 1 of { /P/a /P/b }" */
static void text_refs(const char *text, void (*fn)(void *ctx, const char *path, size_t len),
		      void *ctx)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (text[0] == '/')
			fn(ctx, text, len);
		text += len + strspn(text + len, " ");
	}
}

void bigip_object_refs(const struct bigip_object *o,
		       void (*fn)(void *ctx, const char *path, size_t len), void *ctx)
{
	const struct bigip_kind_info *info = bigip_kind_info(o->kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		const struct bigip_field *f = &info->fields[i];
		char *const *value = field_at(f, o), *const * list;
		size_t n = 0;

		if (f->type == FIELD_PATH && *value)
			text_refs(*value, fn, ctx);
		if (f->type == FIELD_MONITORS)
			n = *(const size_t *)((const char *)o + f->n_offset);
		list = n ? *(char *const *const *)field_at(f, o) : NULL;
		for (size_t k = 0; k < n; k++)
			text_refs(list[k], fn, ctx);
	}
}
