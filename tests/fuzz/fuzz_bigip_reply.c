/*
 * An item of a BIG-IP reply, read as each kind: what is read, written and read again is the same,
 * and planning with it works
 *
 * The first byte chooses the partition's default route domain.
 */
#include "bigip/plan/plan.h"
#include "common/base/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool ok)
{
	if (!ok)
		abort();
}

static void plan_with(const struct bigip_object *o, const struct bigip_reading *reading)
{
	struct bigip_state *s = bigip_state_new();
	struct bigip_object *wanted = bigip_object_new(o->kind, o->partition, o->name);
	struct bigip_app app = {.owner = (char *)"ns/a", .partition = o->partition};
	struct strbuf out = {0};
	struct bigip_plan plan;

	bigip_app_add(&app, wanted);
	bigip_state_put(s, bigip_object_dup(o));
	if (bigip_plan_app(&app, s, &plan, NULL) == 0) {
		for (size_t i = 0; i < plan.n; i++) {
			bigip_change_print(&plan.changes[i], &out);
			json_object_put(bigip_change_json(&plan.changes[i]));
			bigip_plan_applied(&plan.changes[i], NULL, reading, s);
		}
		bigip_plan_release(&plan);
		need(bigip_plan_app(&app, s, &plan, NULL) == 0);
		need(plan.n == 0 || o->sub_path); /* an object in a folder is another one */
		bigip_plan_release(&plan);
	}
	str_release(&out);
	bigip_object_free(wanted);
	free(app.objects);
	bigip_state_free(s);
}

static void names(const struct bigip_object *o)
{
	const struct bigip_pool *p = (const struct bigip_pool *)o;
	struct strbuf out = {0};

	bigip_object_uri(o, &out);
	(void)bigip_owner(o->kind, o->name, &out);
	for (size_t i = 0; o->kind == BIGIP_POOL && i < p->n_members; i++)
		bigip_member_uri(p, &p->members[i], &out);
	str_release(&out);
}

static void read_as(enum bigip_kind kind, struct json_object *item, uint32_t default_rd)
{
	const struct bigip_reading reading = {.default_rd = default_rd};
	struct bigip_object *first, *second, *copy;
	struct json_object *body;
	struct error err;

	if (bigip_object_from_json(kind, item, &reading, &first, &err) < 0) {
		need(err.kind == ERR_INPUT && err.msg[0]);
		return;
	}
	body = bigip_object_to_json(first, (uint32_t)BIGIP_ALL_FIELDS);
	need(bigip_object_from_json(kind, body, &reading, &second, &err) == 0);
	copy = bigip_object_dup(second);
	need(bigip_object_diff(first, second) == 0 && bigip_object_diff(second, first) == 0);
	need(bigip_object_diff(copy, first) == 0);
	need(bigip_object_update(copy, item, &reading) == 0);
	names(first);
	plan_with(first, &reading);
	json_object_put(body);
	bigip_object_free(first);
	bigip_object_free(second);
	bigip_object_free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *item;

	if (!size || js_parse((const char *)data + 1, size - 1, &item, NULL) < 0)
		return 0;
	for (int kind = 0; kind < BIGIP_KINDS; kind++)
		read_as((enum bigip_kind)kind, item, data[0] == '5' ? 5 : 0);
	json_object_put(item);
	return 0;
}
