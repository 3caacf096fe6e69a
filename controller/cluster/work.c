#include "controller/cluster/work.h"

#include <utlist.h>

enum { RETRY_MIN_MS = 1000, RETRY_MAX_MS = 128000 }; /* k8s-bigip-ctlr's schedule, but per object */

void work_item_init(struct work_item *w)
{
	*w = (struct work_item){.backoff = {.min_ms = RETRY_MIN_MS, .max_ms = RETRY_MAX_MS}};
}

static void unlink_item(struct work_queue *q, struct work_item *w)
{
	switch (w->state) {
	case WORK_QUEUED:
		DL_DELETE(q->ready[w->priority], w);
		q->n_ready--;
		break;
	case WORK_DELAYED:
		DL_DELETE(q->delayed, w);
		q->n_delayed--;
		break;
	case WORK_BUSY:
		q->n_busy--;
		break;
	default:
		break;
	}
	w->prev = w->next = NULL;
	w->state = WORK_IDLE;
}

static void enqueue(struct work_queue *q, struct work_item *w, enum work_priority priority)
{
	w->state = WORK_QUEUED;
	w->priority = (uint8_t)priority;
	DL_APPEND(q->ready[priority], w);
	q->n_ready++;
}

void work_add(struct work_queue *q, struct work_item *w, enum work_priority priority,
	      uint64_t now_us)
{
	if (!w->since_us)
		w->since_us = now_us;
	switch (w->state) {
	case WORK_BUSY:
		if (!w->again || priority < w->again_priority)
			w->again_priority = (uint8_t)priority;
		w->again = true;
		return;
	case WORK_QUEUED:
		if (priority >= w->priority)
			return;
		break;
	case WORK_DELAYED:
		backoff_reset(&w->backoff);
		break;
	default:
		break;
	}
	unlink_item(q, w);
	enqueue(q, w, priority);
}

static void wake_delayed(struct work_queue *q, uint64_t now_us)
{
	struct work_item *w, *tmp;

	if (!q->delayed)
		return;
	DL_FOREACH_SAFE (q->delayed, w, tmp) {
		if (w->due_us > now_us)
			continue;
		unlink_item(q, w);
		enqueue(q, w, WORK_NORMAL);
	}
}

int work_peek_priority(struct work_queue *q, uint64_t now_us)
{
	wake_delayed(q, now_us);
	for (int p = 0; p < WORK_PRIORITIES; p++) {
		if (q->ready[p])
			return p;
	}
	return -1;
}

struct work_item *work_next(struct work_queue *q, uint64_t now_us)
{
	int p = work_peek_priority(q, now_us);
	struct work_item *w;

	if (p < 0)
		return NULL;
	w = q->ready[p];
	unlink_item(q, w);
	w->state = WORK_BUSY;
	w->again = false;
	q->n_busy++;
	return w;
}

void work_done(struct work_queue *q, struct work_item *w)
{
	bool again = w->again;

	unlink_item(q, w);
	backoff_reset(&w->backoff);
	if (again)
		enqueue(q, w, w->again_priority);
	else
		w->since_us = 0;
}

static void delay_until(struct work_queue *q, struct work_item *w, uint64_t due_us)
{
	w->due_us = due_us;
	w->state = WORK_DELAYED;
	DL_APPEND(q->delayed, w);
	q->n_delayed++;
}

void work_retry(struct work_queue *q, struct work_item *w, uint64_t now_us, uint32_t random)
{
	bool again = w->again;

	unlink_item(q, w);
	if (again) {
		backoff_reset(&w->backoff);
		enqueue(q, w, w->again_priority);
		return;
	}
	delay_until(q, w, now_us + (uint64_t)backoff_next(&w->backoff, random) * 1000);
}

void work_at(struct work_queue *q, struct work_item *w, uint64_t due_us)
{
	if (w->state == WORK_QUEUED || (w->state == WORK_DELAYED && w->due_us <= due_us))
		return;
	if (w->state == WORK_BUSY) {
		work_done(q, w);
		if (w->state == WORK_QUEUED)
			return;
	}
	unlink_item(q, w);
	delay_until(q, w, due_us);
}

void work_requeue(struct work_queue *q, struct work_item *w, enum work_priority priority)
{
	if (w->again && w->again_priority < priority)
		priority = w->again_priority;
	unlink_item(q, w);
	enqueue(q, w, priority);
}

void work_remove(struct work_queue *q, struct work_item *w)
{
	unlink_item(q, w);
	w->since_us = 0;
	w->again = false;
}

uint64_t work_due_us(const struct work_queue *q)
{
	uint64_t due = UINT64_MAX;
	const struct work_item *w;

	DL_FOREACH (q->delayed, w) {
		if (w->due_us < due)
			due = w->due_us;
	}
	return due;
}
