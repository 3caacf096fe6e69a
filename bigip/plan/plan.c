/*
 * bigip/plan - wanted and observed in, ordered changes out
 *
 * bigip_plan_app() looks at the objects of one ConfigMap: what is wanted is compared with what is
 * there under the same name, and what is there under the owner's name but not wanted is left over.
 * The order keeps every reference whole at every step, since each change is a request of its own
 * that any reader of the device may see the result of:
 *
 *   1. monitors and pools are created and changed: a pool never names a monitor that is not there
 * yet;
 *   2. virtuals and iApps are created and changed. One that takes an address which another of the
 * owner's virtuals still has waits until that one moved or went (order.c); when virtuals swap their
 * addresses, one of them is deleted and made anew;
 *   3. left-overs are deleted, virtuals before pools before monitors, but for those that something
 * else refers to.
 *
 * applied.c folds accepted changes into the observed state; print.c shows changes to people. Left
 * out: BIG-IP refuses an address that a stranger's virtual has; that is not foreseen here but
 * reported when it happens.
 */
#include "bigip/plan/plan.h"

#include "bigip/plan/order.h"
#include "common/base/mem.h"

void bigip_app_add(struct bigip_app *app, struct bigip_object *given)
{
	app->objects = mem_realloc(app->objects, app->n_objects + 1, sizeof(void *));
	app->objects[app->n_objects++] = given;
}

void bigip_app_release(struct bigip_app *app)
{
	for (size_t i = 0; i < app->n_objects; i++)
		bigip_object_free(app->objects[i]);
	free(app->objects);
	free(app->owner);
	free(app->partition);
	*app = (struct bigip_app){0};
}

void bigip_plan_release(struct bigip_plan *plan)
{
	for (size_t i = 0; i < plan->n; i++) {
		bigip_object_free(plan->changes[i].object);
		bigip_object_free(plan->changes[i].observed);
	}
	free(plan->changes);
	free(plan->owner);
	free(plan->partition);
	*plan = (struct bigip_plan){0};
}

size_t bigip_plan_deletes(const struct bigip_plan *plan)
{
	size_t n = 0;

	for (size_t i = 0; i < plan->n; i++)
		n += plan->changes[i].op == BIGIP_OP_DELETE;
	return n;
}

/* ---- adding changes ---- */

static struct bigip_change *add(struct bigip_plan *plan, enum bigip_op op,
				const struct bigip_object *object,
				const struct bigip_object *observed)
{
	struct bigip_change *c;

	mem_grow(plan->changes, plan->n, plan->cap);
	c = &plan->changes[plan->n++];
	*c = (struct bigip_change){
		.op = op,
		.kind = object->kind,
		.object = bigip_object_dup(object),
		.observed = observed ? bigip_object_dup(observed) : NULL,
	};
	return c;
}

void plan_add_delete(struct bigip_plan *plan, const struct bigip_object *observed)
{
	add(plan, BIGIP_OP_DELETE, observed, observed);
}

static uint32_t field_bit(enum bigip_kind kind, const char *json)
{
	const struct bigip_kind_info *info = bigip_kind_info(kind);

	for (unsigned i = 0; i < info->n_fields; i++)
		if (strcmp(info->fields[i].json, json) == 0)
			return 1u << i;
	return 0;
}

struct member_delta {
	size_t n;         /* differences */
	enum bigip_op op; /* of the last one, and where it is */
	size_t at;
};

static void delta_add(struct member_delta *d, enum bigip_op op, size_t at)
{
	*d = (struct member_delta){.n = d->n + 1, .op = op, .at = at};
}

static struct member_delta member_delta(const struct bigip_pool *wanted,
					const struct bigip_pool *observed)
{
	struct member_delta d = {0};
	size_t i = 0, j = 0;

	while (i < wanted->n_members || j < observed->n_members) {
		int cmp = i == wanted->n_members ? 1
			  : j == observed->n_members
				  ? -1
				  : bigip_member_cmp(&wanted->members[i], &observed->members[j]);

		if (cmp < 0)
			delta_add(&d, BIGIP_OP_MEMBER_ADD, i);
		else if (cmp > 0)
			delta_add(&d, BIGIP_OP_MEMBER_DELETE, j);
		else if (!bigip_member_same(&wanted->members[i], &observed->members[j]))
			delta_add(&d, BIGIP_OP_MEMBER_MODIFY, i);
		i += cmp <= 0;
		j += cmp >= 0;
	}
	return d;
}

/*
 * What the device knows of the members that stay: its own name for them, and who was forced offline
 * by a person. Without the second, a PATCH of the whole list would bring them back.
 */
static void keep_known(struct bigip_pool *wanted, const struct bigip_pool *observed)
{
	size_t j = 0;

	for (size_t i = 0; i < wanted->n_members; i++) {
		struct bigip_member *w = &wanted->members[i];

		while (j < observed->n_members && bigip_member_cmp(&observed->members[j], w) < 0)
			j++;
		if (j == observed->n_members || bigip_member_cmp(&observed->members[j], w) != 0)
			continue;
		w->bare = observed->members[j].bare;
		if (observed->members[j].availability == BIGIP_AVAIL_FORCED_DOWN)
			w->availability = BIGIP_AVAIL_FORCED_DOWN;
	}
}

static void add_pool_change(struct bigip_plan *plan, const struct bigip_object *wanted,
			    const struct bigip_object *observed, uint32_t fields)
{
	const struct bigip_pool *w = (const struct bigip_pool *)wanted;
	const struct bigip_pool *o = (const struct bigip_pool *)observed;
	struct member_delta d = {0};
	struct bigip_change *c;

	if (fields == field_bit(BIGIP_POOL, "members"))
		d = member_delta(w, o);
	c = add(plan, d.n == 1 ? d.op : BIGIP_OP_MODIFY, wanted, observed);
	if (d.n == 1)
		c->member = d.at;
	else
		c->fields = fields;
	keep_known((struct bigip_pool *)c->object, o);
}

void plan_add_wanted(struct bigip_plan *plan, const struct bigip_object *wanted,
		     const struct bigip_object *observed)
{
	uint32_t fields;

	if (!observed) {
		add(plan, BIGIP_OP_CREATE, wanted, NULL);
		return;
	}
	fields = bigip_object_diff(wanted, observed);
	if (fields && wanted->kind == BIGIP_POOL)
		add_pool_change(plan, wanted, observed, fields);
	else if (fields)
		add(plan, BIGIP_OP_MODIFY, wanted, observed)->fields = fields;
}

/* ---- what is left over ---- */

static bool untouchable(const struct bigip_object *o)
{
	return o->marks & (BIGIP_MARK_WHITELIST | BIGIP_MARK_APP_SERVICE);
}

/* monitors and iApps carry no metadata of k8s-bigip-ctlr, so their names must do */
static bool deletable(const struct bigip_object *o)
{
	if (untouchable(o))
		return false;
	return (o->marks & BIGIP_MARK_OURS) || (o->kind != BIGIP_VIRTUAL && o->kind != BIGIP_POOL);
}

static bool is_wanted(const struct bigip_app *app, const struct bigip_object *o)
{
	for (size_t i = 0; i < app->n_objects; i++)
		if (app->objects[i]->kind == o->kind && strcmp(app->objects[i]->name, o->name) == 0)
			return true;
	return false;
}

/* *ret (given) in creation order */
static size_t left_over(const struct bigip_app *app, const struct bigip_state *observed,
			struct bigip_object ***ret)
{
	size_t n = bigip_state_owned(observed, app->partition, app->owner, ret), kept = 0;

	for (size_t i = 0; i < n; i++)
		if (!is_wanted(app, (*ret)[i]) && deletable((*ret)[i]))
			(*ret)[kept++] = (*ret)[i];
	return kept;
}

/* ---- references from outside the plan ---- */

struct ref_search {
	const char *path;
	size_t n;
};

static void compare_ref(void *ctx, const char *path, size_t len)
{
	struct ref_search *s = ctx;

	s->n += strlen(s->path) == len && memcmp(s->path, path, len) == 0;
}

static size_t refs_of(const struct bigip_object *from, const char *path)
{
	struct ref_search s = {.path = path};

	if (from)
		bigip_object_refs(from, compare_ref, &s);
	return s.n;
}

/* does anything refer to @o once the plan is through, other than @left[@from..@n), which goes
 * before it? */
static bool stays_referenced(const struct bigip_app *app, const struct bigip_state *observed,
			     const struct bigip_object *o, struct bigip_object *const *left,
			     size_t from, size_t n)
{
	struct strbuf path = {0};
	size_t refs;

	bigip_object_path(o, &path);
	refs = bigip_state_references(observed, path.data);
	for (size_t i = from; i < n; i++)
		refs -= refs_of(left[i], path.data);
	for (size_t i = 0; i < app->n_objects; i++) {
		const struct bigip_object *w = app->objects[i];

		refs -= refs_of(bigip_state_get(observed, w->kind, w->partition, w->name),
				path.data);
		refs += refs_of(w, path.data);
	}
	str_release(&path);
	return refs > 0;
}

/* keep in @left what can go; the rest is used by somebody else and BIG-IP would refuse. Users come
 * last in creation order. */
static size_t drop_referenced(const struct bigip_app *app, const struct bigip_state *observed,
			      struct bigip_object **left, size_t n)
{
	size_t kept = n; /* @left[kept..n) can go */

	for (size_t i = n; i-- > 0;)
		if (!stays_referenced(app, observed, left[i], left, kept, n))
			left[--kept] = left[i];
	memmove(left, left + kept, (n - kept) * sizeof(void *));
	return n - kept;
}

/* ---- plans ---- */

static int check_untouchable(const struct bigip_app *app, const struct bigip_state *observed,
			     struct error *err)
{
	for (size_t i = 0; i < app->n_objects; i++) {
		const struct bigip_object *w = app->objects[i];
		const struct bigip_object *o = bigip_state_get(observed, w->kind, w->partition,
							       w->name);
		struct strbuf path = {0};

		if (!o || !untouchable(o))
			continue;
		bigip_object_path(o, &path);
		(void)err_set(err, ERR_CONFLICT, 0,
			      "%s '%s' is on the BIG-IP already and %s, so it is left alone",
			      bigip_kind_info(o->kind)->name, path.data,
			      o->marks & BIGIP_MARK_WHITELIST ? "marked cccl-whitelist"
							      : "belongs to an iApp");
		str_release(&path);
		return -1;
	}
	return 0;
}

static struct bigip_plan plan_for(const char *owner, const char *partition)
{
	return (struct bigip_plan){
		.owner = mem_strdup(owner),
		.partition = mem_strdup(partition),
	};
}

int bigip_plan_app(const struct bigip_app *app, const struct bigip_state *observed,
		   struct bigip_plan *ret, struct error *err)
{
	struct bigip_object **left;
	struct bigip_plan plan;
	size_t n_left;

	if (check_untouchable(app, observed, err) < 0)
		return -1;
	plan = plan_for(app->owner, app->partition);
	n_left = left_over(app, observed, &left);
	n_left = n_left ? drop_referenced(app, observed, left, n_left) : 0;
	for (int kind = 0; kind <= BIGIP_POOL; kind++) {
		for (size_t i = 0; i < app->n_objects; i++) {
			const struct bigip_object *w = app->objects[i];

			if (w->kind == (enum bigip_kind)kind)
				plan_add_wanted(
					&plan, w,
					bigip_state_get(observed, w->kind, w->partition, w->name));
		}
	}
	plan_order_frontends(&plan, app, observed, left, n_left);
	for (size_t i = n_left; i-- > 0;)
		if (left[i])
			plan_add_delete(&plan, left[i]);
	free(left);
	*ret = plan;
	return 0;
}

void bigip_plan_removal(const char *owner, const char *partition,
			const struct bigip_state *observed, struct bigip_plan *ret)
{
	struct bigip_app app = {.owner = (char *)owner, .partition = (char *)partition};

	(void)bigip_plan_app(&app, observed, ret, NULL); /* wants nothing: cannot fail */
}

/* ---- nodes ---- */

struct node_search {
	struct bigip_member *used; /* addresses of all members, port 0 */
	size_t n, cap;
	struct bigip_plan *plan;
};

static int by_address(const void *a, const void *b)
{
	return bigip_member_cmp(a, b);
}

static void collect_used(void *ctx, struct bigip_object *o)
{
	const struct bigip_pool *p = (const struct bigip_pool *)o;
	struct node_search *s = ctx;

	if (o->kind != BIGIP_POOL)
		return;
	for (size_t i = 0; i < p->n_members; i++) {
		mem_grow(s->used, s->n, s->cap);
		s->used[s->n++] = (struct bigip_member){
			.ip = p->members[i].ip,
			.rd = p->members[i].rd,
		};
	}
}

/* its name is its address, with %rd or without: nobody gave it a name */
static bool named_after_address(const struct bigip_node *node)
{
	struct strbuf text = {0};
	struct bigip_member m;
	bool same;

	str_addf(&text, "%s%c0", node->o.name, node->ip.family == 6 ? '.' : ':');
	same = bigip_member_parse(text.data, node->rd, &m) == 0 && ip_eq(&m.ip, &node->ip) &&
	       m.rd == node->rd;
	str_release(&text);
	return same;
}

static void delete_unused(void *ctx, struct bigip_object *o)
{
	const struct bigip_node *node = (const struct bigip_node *)o;
	struct node_search *s = ctx;
	struct bigip_member key;

	if (o->kind != BIGIP_NODE || !node->ip.family || untouchable(o) || o->sub_path ||
	    !named_after_address(node))
		return;
	key = (struct bigip_member){.ip = node->ip, .rd = node->rd};
	if (!s->n || !bsearch(&key, s->used, s->n, sizeof(key), by_address))
		plan_add_delete(s->plan, o);
}

void bigip_plan_nodes(const char *partition, const struct bigip_state *observed,
		      struct bigip_plan *ret)
{
	struct node_search s = {.plan = ret};

	*ret = plan_for(NULL, partition);
	bigip_state_each(observed, NULL, collect_used, &s);
	if (s.n)
		qsort(s.used, s.n, sizeof(*s.used), by_address);
	bigip_state_each(observed, partition, delete_unused, &s);
	free(s.used);
}
