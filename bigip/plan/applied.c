/* an accepted change becomes part of what is observed, without reading the device again */
#include "bigip/plan/plan.h"
#include "common/base/mem.h"

/* the place of @m, or where it would be */
static size_t member_place(const struct bigip_pool *p, const struct bigip_member *m,
			   bool *ret_found)
{
	size_t i = 0;
	int cmp = -1;

	while (i < p->n_members && (cmp = bigip_member_cmp(&p->members[i], m)) < 0)
		i++;
	*ret_found = i < p->n_members && cmp == 0;
	return i;
}

static void member_remove(struct bigip_pool *p, const struct bigip_member *m)
{
	bool found;
	size_t at = member_place(p, m, &found);

	if (!found)
		return;
	free(p->members[at].name);
	memmove(&p->members[at], &p->members[at + 1],
		(p->n_members - at - 1) * sizeof(*p->members));
	p->n_members--;
}

static void member_put(struct bigip_pool *p, struct bigip_member m)
{
	bool found;
	size_t at = member_place(p, &m, &found);

	if (found) {
		free(p->members[at].name);
	} else {
		p->members = mem_realloc(p->members, p->n_members + 1, sizeof(*p->members));
		memmove(&p->members[at + 1], &p->members[at],
			(p->n_members - at) * sizeof(*p->members));
		p->n_members++;
	}
	p->members[at] = m;
}

/* what the device says about the member, else what was sent */
static struct bigip_member accepted_member(const struct bigip_change *c, struct json_object *reply,
					   const struct bigip_reading *reading)
{
	const struct bigip_pool *wanted = (const struct bigip_pool *)c->object;
	const struct bigip_member *sent = &wanted->members[c->member];
	struct bigip_member m, copy = *sent;

	if (reply && bigip_member_from_json(reply, wanted->o.partition, reading, &m, NULL) == 0) {
		if (bigip_member_cmp(&m, sent) == 0)
			return m;
		free(m.name);
	}
	copy.name = mem_strdup(sent->name);
	return copy;
}

static void apply_member(const struct bigip_change *c, struct json_object *reply,
			 const struct bigip_reading *reading, struct bigip_object *current)
{
	struct bigip_pool *p = (struct bigip_pool *)current;

	if (c->op == BIGIP_OP_MEMBER_DELETE)
		member_remove(p, &((const struct bigip_pool *)c->observed)->members[c->member]);
	else
		member_put(p, accepted_member(c, reply, reading));
}

void bigip_plan_applied(const struct bigip_change *c, struct json_object *reply,
			const struct bigip_reading *reading, struct bigip_state *observed)
{
	struct bigip_object *o = bigip_state_get(observed, c->kind, c->object->partition,
						 c->object->name);

	switch (c->op) {
	case BIGIP_OP_DELETE:
		bigip_state_del(observed, c->kind, c->object->partition, c->object->name);
		return;
	case BIGIP_OP_MEMBER_ADD:
	case BIGIP_OP_MEMBER_MODIFY:
	case BIGIP_OP_MEMBER_DELETE:
		if (o) /* gone meanwhile: the next plan makes it */
			apply_member(c, reply, reading, o);
		return;
	case BIGIP_OP_CREATE:
		o = bigip_object_dup(c->object);
		o->marks = BIGIP_MARK_OURS;
		break;
	case BIGIP_OP_MODIFY:
		if (!o)
			return;
		o = bigip_object_dup(o);
		bigip_object_copy_fields(o, c->object, c->fields);
		break;
	}
	if (reply)
		(void)bigip_object_update(o, reply, reading);
	bigip_state_put(observed, o);
}
