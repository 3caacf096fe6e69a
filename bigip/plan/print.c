/* changes as people and programs read them */
#include "bigip/plan/plan.h"
#include "common/base/json.h"
#include "common/base/mem.h"

static const char *const op_names[] = {
	[BIGIP_OP_CREATE] = "create",
	[BIGIP_OP_MODIFY] = "modify",
	[BIGIP_OP_DELETE] = "delete",
	[BIGIP_OP_MEMBER_ADD] = "member-add",
	[BIGIP_OP_MEMBER_MODIFY] = "member-modify",
	[BIGIP_OP_MEMBER_DELETE] = "member-delete",
};

static const struct bigip_pool *pool_of(const struct bigip_object *o)
{
	return (const struct bigip_pool *)o;
}

static bool is_member_op(const struct bigip_change *c)
{
	return c->op >= BIGIP_OP_MEMBER_ADD;
}

static const struct bigip_member *changed_member(const struct bigip_change *c)
{
	const struct bigip_object *o = c->op == BIGIP_OP_MEMBER_DELETE ? c->observed : c->object;

	return &pool_of(o)->members[c->member];
}

static void add_field(const struct bigip_object *o, unsigned field, struct strbuf *out)
{
	const char *json = bigip_kind_info(o->kind)->fields[field].json;

	str_addf(out, "    %s: ", json);
	bigip_field_print(o, field, out);
}

/* ---- members: only what differs, since there may be hundreds ---- */

static void add_member(char sign, const struct bigip_member *m, struct strbuf *out)
{
	str_addf(out, "\n      %c ", sign);
	bigip_member_name(m, out);
	if (m->session == BIGIP_SESSION_DISABLED)
		str_add(out, " (disabled)");
}

static void add_member_changes(const struct bigip_pool *now, const struct bigip_pool *was,
			       struct strbuf *out)
{
	size_t i = 0, j = 0;

	while (i < now->n_members || j < was->n_members) {
		int cmp = i == now->n_members ? 1
			  : j == was->n_members
				  ? -1
				  : bigip_member_cmp(&now->members[i], &was->members[j]);

		if (cmp < 0)
			add_member('+', &now->members[i], out);
		else if (cmp > 0)
			add_member('-', &was->members[j], out);
		else if (!bigip_member_same(&now->members[i], &was->members[j]))
			add_member('~', &now->members[i], out);
		i += cmp <= 0;
		j += cmp >= 0;
	}
}

static void print_modify(const struct bigip_change *c, struct strbuf *out)
{
	const struct bigip_kind_info *info = bigip_kind_info(c->kind);

	for (unsigned i = 0; i < info->n_fields; i++) {
		if (!(c->fields & 1u << i))
			continue;
		if (c->kind == BIGIP_POOL && strcmp(info->fields[i].json, "members") == 0) {
			str_add(out, "    members:");
			add_member_changes(pool_of(c->object), pool_of(c->observed), out);
		} else {
			add_field(c->observed, i, out);
			str_add(out, " -> ");
			bigip_field_print(c->object, i, out);
		}
		str_add_char(out, '\n');
	}
}

void bigip_change_print(const struct bigip_change *c, struct strbuf *out)
{
	static const char signs[] = {
		[BIGIP_OP_CREATE] = '+',        [BIGIP_OP_MODIFY] = '~',
		[BIGIP_OP_DELETE] = '-',        [BIGIP_OP_MEMBER_ADD] = '+',
		[BIGIP_OP_MEMBER_MODIFY] = '~', [BIGIP_OP_MEMBER_DELETE] = '-',
	};
	const struct bigip_kind_info *info = bigip_kind_info(c->kind);

	str_addf(out, "%c %s ", is_member_op(c) ? '~' : signs[c->op], info->name);
	bigip_object_path(c->object, out);
	if (is_member_op(c)) {
		str_add(out, "\n    members:");
		add_member(signs[c->op], changed_member(c), out);
	}
	str_add_char(out, '\n');
	if (c->op == BIGIP_OP_CREATE) {
		for (unsigned i = 0; i < info->n_fields; i++) {
			add_field(c->object, i, out);
			str_add_char(out, '\n');
		}
	} else if (c->op == BIGIP_OP_MODIFY) {
		print_modify(c, out);
	}
}

/* ---- JSON ---- */

static void put_text(struct json_object *o, const char *key, const struct bigip_object *from,
		     unsigned field)
{
	struct strbuf text = {0};

	bigip_field_print(from, field, &text);
	js_put_str(o, key, str_get(&text));
	str_release(&text);
}

static struct json_object *fields_json(const struct bigip_change *c)
{
	const struct bigip_kind_info *info = bigip_kind_info(c->kind);
	struct json_object *fields = js_obj();

	for (unsigned i = 0; i < info->n_fields; i++) {
		struct json_object *f;

		if (c->op == BIGIP_OP_MODIFY && !(c->fields & 1u << i))
			continue;
		f = js_obj();
		if (c->op == BIGIP_OP_MODIFY)
			put_text(f, "from", c->observed, i);
		put_text(f, "to", c->object, i);
		js_put(fields, info->fields[i].json, f);
	}
	return fields;
}

static struct json_object *member_json(const struct bigip_member *m)
{
	struct json_object *o = js_obj();
	struct strbuf name = {0};

	bigip_member_name(m, &name);
	js_put_str(o, "name", name.data);
	js_put_str(o, "session",
		   m->session == BIGIP_SESSION_DISABLED ? "user-disabled" : "user-enabled");
	str_release(&name);
	return o;
}

struct json_object *bigip_change_json(const struct bigip_change *c)
{
	struct json_object *o = js_obj();
	struct strbuf path = {0};

	bigip_object_path(c->object, &path);
	js_put_str(o, "op", op_names[c->op]);
	js_put_str(o, "kind", bigip_kind_info(c->kind)->name);
	js_put_str(o, "path", path.data);
	str_release(&path);
	if (c->op == BIGIP_OP_CREATE || c->op == BIGIP_OP_MODIFY)
		js_put(o, "fields", fields_json(c));
	if (is_member_op(c))
		js_put(o, "member", member_json(changed_member(c)));
	return o;
}
