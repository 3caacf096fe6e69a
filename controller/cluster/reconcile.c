/*
 * reconcile - one app at a time: what should be, what is, what to send
 *
 * look_at() is the whole of it: read the stores, translate, plan against the observed state, ask
 * the guard, hand the plan to bigip/rest. The answer is folded into the observed state and the app
 * is looked at again: only an empty plan means applied. A device that takes a change and still
 * shows something else is told so once and then left alone until the next verify pass, instead of
 * being written to for ever.
 */
#include "controller/cluster/cluster.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"

enum {
	MAX_BUSY = 256, /* apps handed to rest at a time: enough to fill its transactions, little
			   memory */
	GRACE_US = 2000000, /* for what belongs together to arrive */
	SLICE_US = 4000,    /* of looking before the loop may do other things */
	MAX_SAME_PLAN = 3,  /* tries before a device that keeps differing is given up on */
	TIDY_LOOKS = 64,    /* so many looks leave memory behind that is worth giving back... */
	TIDY_MS = 3000,     /* ...when it has been quiet for so long */
};

static uint32_t random32(void)
{
	uint32_t r = 0;

	(void)uv_random(NULL, NULL, &r, sizeof(r), 0, NULL);
	return r;
}

static void run_queue(uv_idle_t *idle);

static void delayed_due(uv_timer_t *t)
{
	struct cluster *cl = t->data;

	cl->delayed_at_us = 0;
	reconcile_kick(cl);
}

/* one timer for all that waits: armed for the earliest */
static void arm_delayed(struct cluster *cl)
{
	uint64_t now = clock_mono_us(), due = work_due_us(&cl->queue);

	if (due == UINT64_MAX || (cl->delayed_at_us && cl->delayed_at_us <= due))
		return;
	cl->delayed_at_us = due;
	uv_timer_start(&cl->delayed, delayed_due, due > now ? (due - now) / 1000 + 1 : 0, 0);
}

static bool may_run(const struct cluster *cl)
{
	return cl->leader && !cl->stopping && cl->rest && bigip_rest_is_up(cl->rest) &&
	       watch_synced(cl);
}

void reconcile_kick(struct cluster *cl)
{
	if (may_run(cl))
		uv_idle_start(&cl->run, run_queue);
}

void reconcile_add(struct cluster *cl, struct app *a, enum work_priority priority)
{
	a->verifying = false;
	a->same_plan = 0; /* what follows may rightly be the same kind of change again */
	work_add(&cl->queue, &a->work, priority, clock_mono_us());
	reconcile_kick(cl);
}

void reconcile_add_all(struct cluster *cl, enum work_priority priority, bool verifying)
{
	uint64_t now = clock_mono_us();
	struct app *a, *tmp;

	HASH_ITER (hh, cl->apps.by_key, a, tmp) {
		if (verifying && a->work.state == WORK_IDLE)
			a->verifying = true;
		if (a->same_plan > MAX_SAME_PLAN)
			a->same_plan = MAX_SAME_PLAN; /* one more try */
		work_add(&cl->queue, &a->work, priority, now);
	}
	reconcile_kick(cl);
}

void reconcile_abandon(struct cluster *cl)
{
	struct app *a, *tmp;

	HASH_ITER (hh, cl->apps.by_key, a, tmp) {
		if (a->work.state == WORK_BUSY)
			work_requeue(&cl->queue, &a->work, WORK_NORMAL);
	}
}

/* ---- what the device answered ---- */

static void count_latency(struct cluster *cl, const struct app *a)
{
	if (a->work.since_us)
		series_observe(cl->m.latency, (double)(clock_mono_us() - a->work.since_us) / 1e6);
}

static void refused(struct cluster *cl, struct app *a, const char *message)
{
	report_state(cl, a, APP_REFUSED, "BigipRefused", message);
	work_retry(&cl->queue, &a->work, clock_mono_us(), random32());
	arm_delayed(cl);
}

static void fold_result(struct partition *p, struct bigip_result *r)
{
	const struct bigip_object *o = r->change->object;

	if (!p->state)
		return;
	switch (r->outcome) {
	case BIGIP_DONE:
		bigip_plan_applied(r->change, r->reply, &p->reading, p->state);
		break;
	case BIGIP_CONFLICT:
		if (r->observed)
			bigip_state_put(p->state, move_ptr(r->observed));
		break;
	case BIGIP_VANISHED:
		bigip_state_del(p->state, o->kind, o->partition, o->name);
		break;
	default:
		break;
	}
}

static void applied(void *ctx, struct bigip_plan *plan, struct bigip_result *results, size_t n)
{
	struct app *a = ctx;
	struct partition *p;
	struct cluster *cl;
	const struct bigip_result *bad = NULL;

	cl = a->cl;
	p = device_partition(cl, plan->partition);
	for (size_t i = 0; i < n; i++) {
		fold_result(p, &results[i]);
		if (results[i].outcome != BIGIP_DONE && !bad)
			bad = &results[i];
	}
	a->written_us = clock_mono_us();
	if (!bad) {
		a->same_plan++;
		work_requeue(&cl->queue, &a->work, WORK_URGENT); /* an empty plan is the proof */
	} else if (bad->outcome == BIGIP_REFUSED) {
		a->same_plan = 0;
		refused(cl, a, bad->err.msg);
	} else if (bad->outcome == BIGIP_NOT_TRIED || ++a->same_plan <= MAX_SAME_PLAN) {
		work_requeue(&cl->queue, &a->work, WORK_NORMAL);
	} else {
		refused(cl, a, bad->err.msg);
	}
	reconcile_kick(cl);
}

/* ---- what should be ---- */

/* false: something is wanted there that cannot be looked at yet */
static bool plan_removal(struct cluster *cl, const struct app *a, const char *but_partition,
			 struct bigip_plan *ret)
{
	for (size_t i = 0; i < cl->n_partitions; i++) {
		struct partition *p = &cl->partitions[i];

		if (str_eq(p->name, but_partition))
			continue;
		if (!p->valid)
			return but_partition != NULL;
		bigip_plan_removal(a->key, p->name, p->state, ret);
		if (ret->n > 0)
			return true;
		bigip_plan_release(ret);
	}
	return true;
}

static bool guard_allows(struct cluster *cl, struct app *a, const struct bigip_plan *plan)
{
	struct partition *p = device_partition(cl, plan->partition);
	const struct guard_request request = {
		.objects = bigip_plan_deletes(plan),
		.seen = a->seen,
		.passes = a->hold_passes,
		.suspicious = watch_suspicious(cl),
	};
	enum guard_verdict verdict;
	char text[400];

	guard_grown(&p->guard, bigip_state_count(p->state, p->name));
	verdict = guard_ask(&p->guard, &cl->settings->guard, &request);
	if (verdict == GUARD_ALLOW)
		return true;
	(void)snprintf(text, sizeof(text), "deleting %zu objects of '%s' on the BIG-IP: %s",
		       request.objects, a->key, guard_verdict_text(verdict));
	report_state(cl, a, APP_HELD, "DeleteHeld", text);
	return false;
}

static void submit(struct cluster *cl, struct app *a, struct bigip_plan *plan)
{
	enum bigip_priority priority = a->work.priority == WORK_BULK ? BIGIP_BULK : BIGIP_NORMAL;
	bool members_only = true;

	for (size_t i = 0; i < plan->n; i++) {
		const struct bigip_change *c = &plan->changes[i];

		members_only &= c->kind == BIGIP_POOL && c->op != BIGIP_OP_CREATE &&
				c->op != BIGIP_OP_DELETE;
		if (a->verifying) {
			struct strbuf text = {.max = 400};

			bigip_change_print(c, &text);
			log_warn("bigip.drift", kv_str("app", a->key),
				 kv_str("change", str_get(&text)));
			str_release(&text);
			series_add(cl->m.drift, 1);
		}
	}
	if (a->verifying)
		report_event(cl, a, "Normal", "DriftRepaired",
			     "the BIG-IP was changed by someone else; putting it right");
	a->verifying = false;
	a->wrote = true;
	cl->writes += plan->n;
	bigip_rest_apply(cl->rest, plan, members_only ? BIGIP_URGENT : priority, applied, a);
}

/* the app is as wanted; nothing was sent or everything was taken */
static void settle(struct cluster *cl, struct app *a, enum app_state state, const char *reason,
		   const char *message)
{
	if (a->wrote)
		count_latency(cl, a);
	if (state != APP_INACTIVE)
		a->inactive_us = 0;
	a->same_plan = 0;
	a->hold_passes = 0;
	a->verifying = false;
	a->applied_us = clock_mono_us();
	report_state(cl, a, state, reason, message);
	a->wrote = false;
	work_done(&cl->queue, &a->work);
	if (a->drain_due_us) {
		work_at(&cl->queue, &a->work, a->drain_due_us);
		arm_delayed(cl);
	}
}

static void settle_invalid(struct cluster *cl, struct app *a)
{
	struct strbuf text = {.max = 900};

	for (size_t i = 0; i < a->problems.n; i++)
		str_addf(&text, "%s%s: %s", i ? "; " : "", a->problems.list[i].path,
			 a->problems.list[i].message);
	if (a->config)
		str_add(&text, " (the last good configuration stays in force)");
	settle(cl, a, APP_INVALID, "InvalidConfiguration", str_get(&text));
	str_release(&text);
}

static const char *inactive_reason(enum tr_state s)
{
	switch (s) {
	case TR_NO_SERVICE:
		return "ServiceNotFound";
	case TR_NO_PORT:
		return "ServicePortNotFound";
	case TR_NO_ENDPOINTS:
		return "EndpointsNotFound";
	default:
		return "IncorrectBackendServiceType";
	}
}

/* A Service and its endpoints come some milliseconds after each other: only what stays that way is
 * worth an Event. */
static void settle_inactive(struct cluster *cl, struct app *a, const struct tr_status *status)
{
	uint64_t now = clock_mono_us();

	if (!a->inactive_us)
		a->inactive_us = now;
	if (a->state != APP_INACTIVE && now - a->inactive_us < GRACE_US) {
		work_at(&cl->queue, &a->work, a->inactive_us + GRACE_US);
		arm_delayed(cl);
		return;
	}
	settle(cl, a, APP_INACTIVE, inactive_reason(status->state), status->message);
}

/* The API server lost data, and what is missing of this app's backend may just not be back yet: the
 * members stay, all of them as long as it takes, some of them for two verify passes. */
static bool backend_is_lost(const struct cluster *cl, const struct app *a,
			    const struct tr_status *status)
{
	if (!cl->regressed || (status->state != TR_NO_ENDPOINTS && status->n_skipped == 0))
		return false;
	return status->n_members == 0 || a->hold_passes < 2;
}

/* what is worth knowing of an app that is as wanted; points into @status */
static const char *note_of(const struct cluster *cl, struct tr_status *status)
{
	const char *what =
		cl->translate.cluster
			? "endpoints are left out: their nodes are unknown, filtered out "
			  "or lack an address"
			: "nodes are left out: they lack an address of the wanted type";

	if (status->n_skipped > 0)
		(void)snprintf(status->message, sizeof(status->message), "%zu %s",
			       status->n_skipped, what);
	return status->message;
}

/* nothing of this app should be on the device */
static void look_at_removal(struct cluster *cl, struct app *a, const struct tr_status *status)
{
	struct bigip_plan plan = {0};

	if (!plan_removal(
		    cl, a, NULL,
		    &plan)) { /* a partition was not read yet: its first read brings us back */
		work_done(&cl->queue, &a->work);
		return;
	}
	if (plan.n > 0) {
		if (guard_allows(cl, a, &plan))
			submit(cl, a, &plan);
		else
			work_done(&cl->queue, &a->work);
		bigip_plan_release(&plan);
		return;
	}
	if (a->present) {
		settle_inactive(cl, a, status);
		return;
	}
	if (a->wrote)
		log_info("app.removed", kv_str("app", a->key));
	work_remove(&cl->queue, &a->work);
	apps_remove(&cl->apps, a);
}

/* k8s-bigip-ctlr names the pool of a namespace that begins with a digit after the namespace alone;
 * one that is in use keeps that name */
static bool keeps_shared_name(const struct app *a, const struct partition *p)
{
	autofree char *virtual_name = NULL, *pool_name = NULL;
	const struct bigip_virtual *v;

	if (a->ns[0] < '0' || a->ns[0] > '9')
		return false;
	virtual_name = tr_virtual_name(a->ns, a->name);
	pool_name = tr_pool_name(a->ns, a->name, a->config->service, true);
	v = (const void *)bigip_state_get(p->state, BIGIP_VIRTUAL, p->name, virtual_name);
	return v && v->pool && str_ends(v->pool, pool_name);
}

static void members_before(const struct app *a, const struct partition *p, bool shared_name,
			   struct tr_drain_input *ret)
{
	autofree char *name = tr_pool_name(a->ns, a->name, a->config->service, shared_name);
	const struct bigip_pool *pool = (const void *)bigip_state_get(p->state, BIGIP_POOL, p->name,
								      name);

	if (pool) {
		ret->before = pool->members;
		ret->n_before = pool->n_members;
	}
}

static bool translate(struct cluster *cl, struct app *a, struct partition *p, struct bigip_app *ret,
		      struct tr_status *status)
{
	const struct kube_configmap *cm = watch_configmap(cl, a);
	struct tr_input in = {
		.cm = &cm->o, .config = a->config, .default_rd = p->reading.default_rd};
	struct tr_drain_input drain = {.drain_us = (uint64_t)cl->settings->drain_s * 1000000,
				       .now_us = clock_mono_us()};

	watch_input(cl, a, &in);
	in.shared_pool_name = keeps_shared_name(a, p);
	members_before(a, p, in.shared_pool_name, &drain);
	a->drain_due_us = tr_drain_app(&a->drain, &cl->translate, &in, &drain, ret, status);
	a->n_members = status->n_members;
	return ret->n_objects > 0;
}

static void look_at(struct cluster *cl, struct app *a)
{
	struct bigip_plan plan = {0};
	struct bigip_app wanted = {0};
	struct tr_status status = {0};
	struct error err = {0};
	struct partition *p;

	if (!watch_app_synced(
		    cl,
		    a)) { /* its namespace was just added; its stores' first sync brings us back */
		work_done(&cl->queue, &a->work);
		return;
	}
	if (!a->present) {
		look_at_removal(cl, a, &status);
		return;
	}
	if (!a->config) { /* never was good since we run: what may be on the device stays as it is
			   */
		settle_invalid(cl, a);
		return;
	}
	p = device_partition(cl, a->config->partition);
	if (!p || !p->valid) {
		report_state(cl, a, APP_PENDING, "BigipNotReady",
			     p ? p->error : "its partition is not managed");
		work_done(&cl->queue, &a->work);
		return;
	}
	if (!translate(cl, a, p, &wanted, &status)) {
		bigip_app_release(&wanted);
		look_at_removal(cl, a, &status);
		return;
	}
	if (!plan_removal(cl, a, p->name, &plan) ||
	    plan.n == 0) /* first leave the partition it was in before */
		if (bigip_plan_app(&wanted, p->state, &plan, &err) < 0)
			refused(cl, a, err.msg);
	if (a->work.state != WORK_BUSY) {
		/* refused */
	} else if (plan.n == 0) {
		if (a->problems.n > 0)
			settle_invalid(cl, a);
		else if (status.state != TR_ACTIVE)
			settle_inactive(cl, a, &status);
		else
			settle(cl, a, APP_APPLIED, "Applied", note_of(cl, &status));
	} else if (a->same_plan > MAX_SAME_PLAN) {
		refused(cl, a,
			"the BIG-IP takes the configuration but shows another one; see podlane "
			"plan");
	} else if (backend_is_lost(cl, a, &status)) {
		report_state(cl, a, APP_HELD, "MembersHeld",
			     "Kubernetes has lost data: the pool stays as it is until endpoints "
			     "and nodes are back");
		work_done(&cl->queue, &a->work);
	} else {
		submit(cl, a, &plan);
	}
	bigip_plan_release(&plan);
	bigip_app_release(&wanted);
}

static void tidy_due(uv_timer_t *t)
{
	struct cluster *cl = t->data;

	cl->looks = 0;
	mem_trim();
}

static void run_queue(uv_idle_t *idle)
{
	struct cluster *cl = idle->data;
	uint64_t now = clock_mono_us(), end = now + SLICE_US;
	int priority;

	while (now < end && may_run(cl) && (priority = work_peek_priority(&cl->queue, now)) >= 0) {
		struct work_item *w;

		if (cl->queue.n_busy >= MAX_BUSY && priority != WORK_URGENT)
			break; /* applied() kicks again */
		w = work_next(&cl->queue, now);
		look_at(cl, container_of(w, struct app, work));
		cl->looks++;
		now = clock_mono_us();
	}
	if (now < end)
		uv_idle_stop(idle);
	if (cl->looks >= TIDY_LOOKS)
		uv_timer_start(&cl->tidy, tidy_due, TIDY_MS, 0);
	arm_delayed(cl);
	series_set(cl->m.queue_depth, (double)(cl->queue.n_ready + cl->queue.n_delayed));
}

void reconcile_start(struct cluster *cl)
{
	uv_idle_init(cl->loop, &cl->run);
	uv_timer_init(cl->loop, &cl->delayed);
	uv_timer_init(cl->loop, &cl->tidy);
	cl->run.data = cl->delayed.data = cl->tidy.data = cl;
	uv_timer_start(&cl->tidy, tidy_due, TIDY_MS, 0); /* what only the start needed */
}

void reconcile_stop(struct cluster *cl)
{
	uv_idle_stop(&cl->run);
	uv_timer_stop(&cl->delayed);
	uv_timer_stop(&cl->tidy);
}
