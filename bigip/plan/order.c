/*
 * Virtuals and iApps in an order in which no two of the owner have the same address at a time
 *
 * BIG-IP refuses a virtual with the address, port and protocol of another (01070333). Who holds
 * what is simulated: a frontend whose address is free is done, those in its way go first, and when
 * all wait for each other one is deleted and created again.
 */
#include "bigip/plan/order.h"

#include "common/base/mem.h"

struct frontend {
	const struct bigip_object *wanted; /* NULL: left over */
	const struct bigip_object
		*observed;          /* what is there at this point of the plan; NULL: nothing */
	struct bigip_object **left; /* where it is in the caller's list */
	bool done;
};

static bool is_frontend(const struct bigip_object *o)
{
	return o->kind == BIGIP_VIRTUAL || o->kind == BIGIP_IAPP;
}

/* addresses that cannot be told apart from here (an iApp's, a named one) count as the same only
 * between the two kinds */
static bool same_address(const struct bigip_object *a, const struct bigip_object *b)
{
	const struct bigip_virtual *x = (const struct bigip_virtual *)a;
	const struct bigip_virtual *y = (const struct bigip_virtual *)b;
	struct bigip_destination d, e;

	if (a->kind != b->kind)
		return true;
	if (a->kind == BIGIP_IAPP || !str_eq(x->ip_protocol, y->ip_protocol))
		return false;
	if (bigip_destination_parse(x->destination, 0, &d) < 0 ||
	    bigip_destination_parse(y->destination, 0, &e) < 0)
		return str_eq(x->destination, y->destination);
	return ip_eq(&d.ip, &e.ip) && d.rd == e.rd && d.port == e.port;
}

/* another that holds the address which @f wants */
static struct frontend *in_the_way(struct frontend *list, size_t n, const struct frontend *f)
{
	for (size_t i = 0; i < n; i++) {
		struct frontend *other = &list[i];

		if (other == f || !other->observed || !same_address(f->wanted, other->observed))
			continue;
		/* kinds that differ: only one that is on its way out is in the way */
		if (f->wanted->kind != other->observed->kind && other->wanted)
			continue;
		return other;
	}
	return NULL;
}

static void finish(struct bigip_plan *plan, struct frontend *f)
{
	plan_add_wanted(plan, f->wanted, f->observed);
	f->observed = f->wanted;
	f->done = true;
}

static void remove_first(struct bigip_plan *plan, struct frontend *f)
{
	plan_add_delete(plan, f->observed);
	f->observed = NULL;
	if (f->left)
		*f->left = NULL;
}

/* one round; returns whether something could be done, and a frontend that waits for another in
 * *ret_stuck */
static bool advance(struct bigip_plan *plan, struct frontend *list, size_t n,
		    struct frontend **ret_stuck)
{
	bool moved = false;

	*ret_stuck = NULL;
	for (size_t i = 0; i < n; i++) {
		struct frontend *f = &list[i], *other;

		if (!f->wanted || f->done)
			continue;
		other = in_the_way(list, n, f);
		while (other && !other->wanted) { /* left over: goes now instead of last */
			remove_first(plan, other);
			other = in_the_way(list, n, f);
		}
		if (other && !other->done) {
			*ret_stuck = other;
			continue;
		}
		finish(plan, f); /* when two are wanted at one address, the device says so */
		moved = true;
	}
	return moved;
}

void plan_order_frontends(struct bigip_plan *plan, const struct bigip_app *app,
			  const struct bigip_state *observed, struct bigip_object **left,
			  size_t n_left)
{
	struct frontend *list = mem_calloc(app->n_objects + n_left, sizeof(*list)), *stuck;
	size_t n = 0;

	for (size_t i = 0; i < app->n_objects; i++) {
		const struct bigip_object *w = app->objects[i];

		if (is_frontend(w))
			list[n++] = (struct frontend){
				.wanted = w,
				.observed = bigip_state_get(observed, w->kind, w->partition,
							    w->name),
			};
	}
	for (size_t i = 0; i < n_left; i++)
		if (is_frontend(left[i]))
			list[n++] = (struct frontend){.observed = left[i], .left = &left[i]};
	do {
		while (advance(plan, list, n, &stuck))
			;
		if (stuck)
			remove_first(plan, stuck);
	} while (stuck);
	free(list);
}
