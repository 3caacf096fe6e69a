/*
 * apply - a plan as single requests: one a change, in order, stopping at the first that is not done
 */
#include <utlist.h>

#include "bigip/rest/internal.h"
#include "common/base/json.h"
#include "common/base/mem.h"

/* ---- a change as a request ---- */

/* the one place that decides where we may write: the plan's own partition, and never /Common */
static int check_target(const struct bigip_plan *plan, const struct bigip_change *c,
			struct error *err)
{
	const struct bigip_object *o = c->object;

	if (str_empty(plan->partition) || str_eq(plan->partition, "Common"))
		return err_set(err, ERR_INPUT, 0, "refusing to write into partition '%s'",
			       plan->partition ? plan->partition : "");
	if (!o || !str_eq(o->partition, plan->partition) || str_empty(o->name))
		return err_set(err, ERR_INPUT, 0,
			       "refusing to write '/%s/%s' for a plan of partition '%s'",
			       o && o->partition ? o->partition : "", o && o->name ? o->name : "",
			       plan->partition);
	return 0;
}

static const char *op_method(enum bigip_op op)
{
	switch (op) {
	case BIGIP_OP_CREATE:
	case BIGIP_OP_MEMBER_ADD:
		return "POST";
	case BIGIP_OP_MODIFY:
	case BIGIP_OP_MEMBER_MODIFY:
		return "PATCH";
	default:
		return "DELETE";
	}
}

/* both, since a member that a person forced offline has state user-down (icontrol.md 8.3) */
static struct json_object *session_json(const struct bigip_member *m)
{
	struct json_object *o = js_obj();

	js_put_str(o, "session",
		   m->session == BIGIP_SESSION_ENABLED ? "user-enabled" : "user-disabled");
	js_put_str(o, "state", "user-up");
	return o;
}

static const struct bigip_pool *member_pool(const struct bigip_change *c, struct error *err)
{
	const struct bigip_object *o = c->op == BIGIP_OP_MEMBER_DELETE ? c->observed : c->object;
	const struct bigip_pool *pool = (const struct bigip_pool *)o;

	if (!o || o->kind != BIGIP_POOL || c->member >= pool->n_members) {
		err_set(err, ERR_INPUT, 0, "a change of a member names none");
		return NULL;
	}
	return pool;
}

static int member_request(const struct bigip_change *c, struct strbuf *path,
			  struct json_object **body, struct error *err)
{
	const struct bigip_pool *pool = member_pool(c, err);
	const struct bigip_member *m;

	if (!pool)
		return -1;
	m = &pool->members[c->member];
	if (c->op == BIGIP_OP_MEMBER_ADD) {
		bigip_object_uri(&pool->o, path);
		str_add(path, "/members");
		*body = bigip_member_to_json(pool, m);
		return 0;
	}
	bigip_member_uri(pool, m, path);
	if (c->op == BIGIP_OP_MEMBER_MODIFY)
		*body = session_json(m);
	return 0;
}

int apply_request(const struct bigip_plan *plan, const struct bigip_change *c,
		  struct change_request *ret, struct error *err)
{
	autojson struct json_object *body = NULL;
	struct strbuf path = {0};

	if (check_target(plan, c, err) < 0)
		return -1;
	switch (c->op) {
	case BIGIP_OP_CREATE:
		str_addf(&path, "/mgmt/tm/%s", bigip_kind_info(c->object->kind)->uri);
		body = bigip_object_to_json(c->object, (uint32_t)BIGIP_ALL_FIELDS);
		break;
	case BIGIP_OP_MODIFY:
		bigip_object_uri(c->object, &path);
		body = bigip_object_to_json(c->object, c->fields);
		break;
	case BIGIP_OP_DELETE:
		bigip_object_uri(c->object, &path);
		break;
	default:
		if (member_request(c, &path, &body, err) < 0)
			return -1;
	}
	ret->method = op_method(c->op);
	ret->path = str_take(&path);
	ret->body = body ? mem_strdup(js_text(body, NULL)) : NULL;
	return 0;
}

/* ---- the end of a plan ---- */

void apply_free(struct apply_op *op)
{
	for (size_t i = 0; i < op->plan.n; i++) {
		json_object_put(op->results[i].reply);
		bigip_object_free(op->results[i].observed);
	}
	free(op->results);
	bigip_plan_release(&op->plan);
	free(op);
}

void apply_done(struct apply_op *op)
{
	DL_APPEND(op->r->applies_done, op);
	rest_soon(op->r);
}

void apply_tell_all(struct bigip_rest *r)
{
	struct apply_op *op;
	unsigned n; /* what callbacks add is for the next turn of the loop */

	DL_COUNT(r->applies_done, op, n);
	while (n-- > 0 && !rest_closed(r)) {
		op = r->applies_done;
		DL_DELETE(r->applies_done, op);
		op->fn(op->ctx, &op->plan, op->results, op->plan.n);
		apply_free(op);
	}
}

static void free_list(struct apply_op **list)
{
	struct apply_op *op, *tmp;

	DL_FOREACH_SAFE (*list, op, tmp)
		apply_free(op);
	*list = NULL;
}

void apply_free_all(struct bigip_rest *r)
{
	free_list(&r->applies);
	free_list(&r->applies_done);
	free_list(&r->bulk);
	r->n_bulk_changes = 0;
}

static void end_at(struct apply_op *op, enum bigip_outcome outcome, const struct error *err)
{
	struct bigip_rest *r = op->r;

	op->results[op->at].outcome = outcome;
	op->results[op->at].err = *err;
	for (size_t i = op->at + 1; i < op->plan.n; i++) {
		op->results[i].outcome = BIGIP_NOT_TRIED;
		err_set(&op->results[i].err, ERR_RETRY, 0, "not tried after: %s", err->msg);
	}
	DL_DELETE(r->applies, op);
	apply_done(op);
}

void apply_fail(struct apply_op *op, const struct error *err)
{
	for (size_t i = 0; i < op->plan.n; i++) {
		op->results[i].outcome = BIGIP_NOT_TRIED;
		op->results[i].err = *err;
	}
	apply_done(op);
}

/* ---- one change after the other ---- */

static void send_change(struct apply_op *op);

/* does a "not found" speak of the object itself, not of one that it refers to? */
static bool about_itself(const struct bigip_change *c, const char *message)
{
	struct strbuf path = {0};
	const char *at = message;
	bool found = false;
	size_t n;

	bigip_object_path(c->object, &path);
	n = path.len;
	while (!found && (at = strstr(at, str_get(&path)))) {
		found = at[n] == '\0' || at[n] == ')' || at[n] == ' ' || at[n] == '/';
		at += n;
	}
	str_release(&path);
	return found;
}

static enum bigip_outcome outcome_of(const struct bigip_change *c, const struct rest_answer *a)
{
	const char *words;

	switch (a->verdict) {
	case BIGIP_REPLY_OK:
	case BIGIP_REPLY_DONE:
		return BIGIP_DONE;
	case BIGIP_REPLY_CONFLICT:
		return BIGIP_CONFLICT;
	case BIGIP_REPLY_REFUSED:
		return BIGIP_REFUSED;
	case BIGIP_REPLY_VANISHED:
		if (c->op == BIGIP_OP_CREATE)
			return BIGIP_REFUSED; /* a monitor, profile... that it refers to */
		/* icrd names no type; the words follow "METHOD path: 404: " */
		words = strstr(a->err->msg, ": 404: ");
		return about_itself(c, words ? words : a->err->msg) ? BIGIP_VANISHED
								    : BIGIP_REFUSED;
	default:
		return BIGIP_NOT_TRIED;
	}
}

static void on_observed(void *ctx, const struct rest_answer *a)
{
	struct apply_op *op = ctx;
	const struct bigip_change *c = &op->plan.changes[op->at];
	struct bigip_result *res = &op->results[op->at];
	struct error err = res->err;

	if (a->verdict == BIGIP_REPLY_OK) {
		res->observed = read_parse_object(op->r, c->object->kind, c->object->partition,
						  a->body, a->len, &err);
		end_at(op, res->observed ? BIGIP_CONFLICT : BIGIP_REFUSED, &err);
	} else if (a->verdict == BIGIP_REPLY_VANISHED) {
		end_at(op, BIGIP_VANISHED, a->err); /* gone again meanwhile */
	} else {
		end_at(op, a->verdict == BIGIP_REPLY_REFUSED ? BIGIP_REFUSED : BIGIP_NOT_TRIED,
		       a->err);
	}
}

/* what is there instead? */
static void look(struct apply_op *op, const struct error *err)
{
	struct rest_call call = {
		.method = "GET", .priority = op->priority, .done = on_observed, .ctx = op};
	struct strbuf path = {0};

	op->results[op->at].err = *err;
	bigip_object_uri(op->plan.changes[op->at].object, &path);
	str_add(&path, "?expandSubcollections=true");
	call.path = str_take(&path);
	rest_send(op->r, &call);
}

static void keep_reply(const struct bigip_change *c, struct bigip_result *res,
		       const struct rest_answer *a)
{
	if (c->op == BIGIP_OP_CREATE || c->op == BIGIP_OP_MODIFY)
		(void)js_parse(a->body, a->len, &res->reply, NULL);
}

static void on_changed(void *ctx, const struct rest_answer *a)
{
	struct apply_op *op = ctx;
	const struct bigip_change *c = &op->plan.changes[op->at];
	enum bigip_outcome outcome = outcome_of(c, a);

	if (outcome == BIGIP_CONFLICT) {
		look(op, a->err);
		return;
	}
	if (outcome != BIGIP_DONE) {
		end_at(op, outcome, a->err);
		return;
	}
	op->results[op->at].outcome = BIGIP_DONE;
	keep_reply(c, &op->results[op->at], a);
	op->at++;
	send_change(op);
}

static void send_change(struct apply_op *op)
{
	struct rest_call call = {.priority = op->priority, .done = on_changed, .ctx = op};
	struct change_request req = {0};
	struct error err = {0};

	if (op->at == op->plan.n) {
		DL_DELETE(op->r->applies, op);
		apply_done(op);
		return;
	}
	if (apply_request(&op->plan, &op->plan.changes[op->at], &req, &err) < 0) {
		end_at(op, BIGIP_REFUSED, &err);
		return;
	}
	call.method = req.method;
	call.path = req.path;
	call.body = req.body;
	op->r->status.writes++;
	rest_send(op->r, &call);
}

void apply_start_singles(struct apply_op *op)
{
	DL_APPEND(op->r->applies, op);
	op->at = 0;
	send_change(op);
}

void bigip_rest_apply(struct bigip_rest *r, struct bigip_plan *plan, enum bigip_priority priority,
		      bigip_rest_apply_fn *fn, void *ctx)
{
	struct apply_op *op = mem_alloc(sizeof(*op));

	op->r = r;
	op->plan = *plan;
	*plan = (struct bigip_plan){0};
	op->results = mem_calloc(op->plan.n, sizeof(*op->results));
	for (size_t i = 0; i < op->plan.n; i++)
		op->results[i].change = &op->plan.changes[i];
	op->priority = priority;
	op->fn = fn;
	op->ctx = ctx;
	if (priority == BIGIP_BULK && transaction_wants(r, &op->plan))
		transaction_queue(op);
	else
		apply_start_singles(op);
}
