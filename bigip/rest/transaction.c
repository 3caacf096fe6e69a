/*
 * transaction - many plans that only create, in one commit (icontrol.md 5)
 *
 *   create --> add, add, add... --> commit (--> poll) --> all of it is there
 *
 * One commit is one validation and one sync event. Commands are added one after the other, so that
 * their order is that of the plans; several transactions run side by side instead. A plan is never
 * spread over two. When the device refuses one, it is cut in halves, down to what is not worth a
 * transaction: those plans go as single requests, which tell exactly who is wrong and let all
 * others land. An id that expired, or a device that does not know transactions, ends there as well.
 */
#include <utlist.h>

#include "bigip/rest/internal.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"

/* create and commit are two more requests: below this a transaction saves nothing */
enum { WORTH_IT = 8, GUILTY_MAX = 3 };

struct transaction {
	struct transaction *prev, *next;
	struct bigip_rest *r;
	struct apply_op *plans; /* owned */
	size_t n_plans, n_changes;
	struct apply_op *adding; /* the plan whose change op->at is being added */
	char *id;
	uv_timer_t poll;
	uint64_t poll_until_us;
	unsigned n_guilty; /* plans refused one by one */
};

bool transaction_wants(const struct bigip_rest *r, const struct bigip_plan *plan)
{
	if (r->batch == 0 || r->transactions_refused || plan->n == 0 || plan->n > r->batch)
		return false;
	for (size_t i = 0; i < plan->n; i++) {
		if (plan->changes[i].op != BIGIP_OP_CREATE)
			return false;
	}
	return true;
}

void transaction_queue(struct apply_op *op)
{
	DL_APPEND(op->r->bulk, op);
	op->r->n_bulk_changes += op->plan.n;
	rest_soon(op->r); /* more may come in this turn of the loop */
}

/* ---- life ---- */

static void on_closed(uv_handle_t *h)
{
	struct transaction *t = h->data;
	struct bigip_rest *r = t->r;

	free(t->id);
	free(t);
	rest_handle_closed(r);
}

static void end(struct transaction *t)
{
	DL_DELETE(t->r->transactions, t);
	t->r->n_transactions--;
	uv_close((uv_handle_t *)&t->poll, on_closed);
	rest_soon(t->r); /* the next may start */
}

void transaction_free_all(struct bigip_rest *r)
{
	struct transaction *t, *tmp;
	struct apply_op *op, *op_tmp;

	DL_FOREACH_SAFE (r->transactions, t, tmp) {
		DL_FOREACH_SAFE (t->plans, op, op_tmp)
			apply_free(op);
		end(t);
	}
}

static struct apply_op *pop(struct transaction *t)
{
	struct apply_op *op = t->plans;

	if (op) {
		DL_DELETE(t->plans, op);
		t->n_plans--;
		t->n_changes -= op->plan.n;
	}
	return op;
}

static void push(struct transaction *t, struct apply_op *op)
{
	DL_APPEND(t->plans, op);
	t->n_plans++;
	t->n_changes += op->plan.n;
}

static struct transaction *new_transaction(struct bigip_rest *r)
{
	struct transaction *t = mem_alloc(sizeof(*t));

	t->r = r;
	uv_timer_init(r->loop, &t->poll);
	t->poll.data = t;
	r->open_handles++;
	DL_APPEND(r->transactions, t);
	r->n_transactions++;
	return t;
}

/* ---- ends ---- */

static void all_landed(struct transaction *t)
{
	struct apply_op *op;

	while ((op = pop(t))) {
		for (size_t i = 0; i < op->plan.n; i++)
			op->results[i].outcome = BIGIP_DONE;
		apply_done(op);
	}
	end(t);
}

/* the device is down; @err says whether the commit may have landed all the same */
static void lost(struct transaction *t, const struct error *err)
{
	struct apply_op *op;

	while ((op = pop(t)))
		apply_fail(op, err);
	end(t);
}

static void singles(struct transaction *t)
{
	struct apply_op *op;

	while ((op = pop(t)))
		apply_start_singles(op);
	end(t);
}

static void start(struct transaction *t);

static void split(struct transaction *t)
{
	struct transaction *half;
	size_t n = t->n_plans / 2;

	count_retry(t->r, "split");
	if (t->n_changes / 2 < WORTH_IT || n == 0) {
		singles(t);
		return;
	}
	half = new_transaction(t->r);
	while (t->n_plans > n)
		push(half, pop(t));
	start(t);
	start(half);
}

static void forgotten(void *ctx, const struct rest_answer *a)
{
}

/* does @a mean that it did not work? Then the transaction goes on elsewhere. */
static bool went_wrong(struct transaction *t, const struct rest_answer *a)
{
	if (a->verdict == BIGIP_REPLY_OK)
		return false;
	if (a->verdict > BIGIP_REPLY_REFUSED)
		lost(t, a->err);
	else
		split(t);
	return true;
}

/* ---- commit ---- */

static void on_committed(void *ctx, const struct rest_answer *a);

static void send_simple(struct transaction *t, const char *method, const char *body,
			void (*done)(void *ctx, const struct rest_answer *a))
{
	struct rest_call call = {
		.method = method,
		.path = mem_printf("/mgmt/tm/transaction/%s", t->id),
		.body = mem_strdup(body),
		.priority = BIGIP_BULK,
		.done = done,
		.ctx = t,
	};

	rest_send(t->r, &call);
}

static void on_poll(uv_timer_t *timer)
{
	send_simple(timer->data, "GET", NULL, on_committed);
}

static void commit_takes_longer(struct transaction *t)
{
	struct bigip_rest *r = t->r;
	struct error err = {0};

	if (t->poll_until_us == 0)
		t->poll_until_us = clock_mono_us() + r->timing.poll_limit_ms * 1000ull;
	if (clock_mono_us() < t->poll_until_us) {
		uv_timer_start(&t->poll, on_poll, r->timing.poll_ms, 0);
		return;
	}
	err_set(&err, ERR_RETRY, 0, "transaction %s: outcome unknown: still validating", t->id);
	rest_down(r, &err, 0);
	lost(t, &err);
}

static void on_committed(void *ctx, const struct rest_answer *a)
{
	struct transaction *t = ctx;
	autojson struct json_object *o = NULL;
	const char *state;

	if (went_wrong(t, a))
		return;
	(void)js_parse(a->body, a->len, &o, NULL);
	state = js_str(o, "state", "");
	if (str_eq(state, "COMPLETED"))
		all_landed(t);
	else if (str_eq(state, "VALIDATING") || str_eq(state, "UNKNOWN") || str_eq(state, ""))
		commit_takes_longer(t);
	else
		split(t); /* FAILED, with the reason that the guilty one will be told alone */
}

/* ---- add ---- */

static void add_next(struct transaction *t);

/* one plan is known to be the guilty one, before anything was validated: the others try again */
static void without(struct transaction *t, struct apply_op *op)
{
	send_simple(t, "DELETE", NULL, forgotten);
	count_retry(t->r, "split");
	DL_DELETE(t->plans, op);
	t->n_plans--;
	t->n_changes -= op->plan.n;
	apply_start_singles(op);
	if (++t->n_guilty < GUILTY_MAX)
		start(t);
	else
		singles(t);
}

static void on_added(void *ctx, const struct rest_answer *a)
{
	struct transaction *t = ctx;

	if (a->verdict == BIGIP_REPLY_REFUSED) {
		without(t, t->adding);
		return;
	}
	if (went_wrong(t, a))
		return;
	if (++t->adding->at == t->adding->plan.n)
		t->adding = t->adding->next;
	add_next(t);
}

static void add_next(struct transaction *t)
{
	struct apply_op *op = t->adding;
	struct rest_call call = {.priority = BIGIP_BULK, .done = on_added, .ctx = t};
	struct change_request req = {0};

	if (!op) {
		send_simple(t, "PATCH", "{\"state\":\"VALIDATING\"}", on_committed);
		return;
	}
	if (apply_request(&op->plan, &op->plan.changes[op->at], &req, NULL) < 0) {
		without(t, op);
		return;
	}
	call.method = req.method;
	call.path = req.path;
	call.body = req.body;
	call.transaction = mem_strdup(t->id);
	rest_send(t->r, &call);
}

/* ---- create ---- */

/* 16 digits mostly; it goes into a path and a header line */
static char *read_id(const struct rest_answer *a)
{
	autojson struct json_object *o = NULL;
	const char *id;

	if (js_parse(a->body, a->len, &o, NULL) < 0 || !js_key(o, "transId"))
		return NULL;
	id = json_object_get_string(js_key(o, "transId"));
	return str_empty(id) || id[strspn(id, "0123456789")] ? NULL : mem_strdup(id);
}

static void on_created(void *ctx, const struct rest_answer *a)
{
	struct transaction *t = ctx;

	if (a->verdict > BIGIP_REPLY_REFUSED) {
		lost(t, a->err);
		return;
	}
	if (a->verdict == BIGIP_REPLY_OK)
		t->id = read_id(a);
	if (!t->id) { /* not on this device, or not for this user */
		t->r->transactions_refused = true;
		singles(t);
		return;
	}
	t->adding = t->plans;
	add_next(t);
}

static void start(struct transaction *t)
{
	struct rest_call call = {
		.method = "POST",
		.priority = BIGIP_BULK,
		.done = on_created,
		.ctx = t,
	};
	struct apply_op *op;

	free(t->id);
	t->id = NULL;
	t->poll_until_us = 0;
	DL_FOREACH (t->plans, op)
		op->at = 0;
	if (t->n_plans < 2 || t->n_changes < WORTH_IT || t->r->transactions_refused) {
		singles(t);
		return;
	}
	call.path = mem_strdup("/mgmt/tm/transaction");
	call.body = mem_strdup("{}");
	rest_send(t->r, &call);
}

/* shares what waits evenly among the connections, in pieces of at most r->batch changes */
void transaction_start_some(struct bigip_rest *r)
{
	while (r->bulk && r->n_transactions < r->connections) {
		unsigned free_slots = r->connections - r->n_transactions;
		size_t share = (r->n_bulk_changes + free_slots - 1) / free_slots;
		struct transaction *t = new_transaction(r);

		if (share < WORTH_IT)
			share = WORTH_IT;
		if (share > r->batch)
			share = r->batch;
		while (r->bulk && (t->n_plans == 0 || t->n_changes + r->bulk->plan.n <= share)) {
			struct apply_op *op = r->bulk;

			DL_DELETE(r->bulk, op);
			r->n_bulk_changes -= op->plan.n;
			push(t, op);
		}
		start(t);
	}
}
