/*
 * work - a queue of things to look at again. Pure.
 *
 * An item is embedded in its owner and stands for a key, not for an event: adding it twice is one
 * look. Items leave in order of priority, then first come first served. One that failed waits with
 * exponential backoff of its own; a change meanwhile brings it back at once (a changed object
 * deserves a fresh try). While an item is being worked on, adding it makes it come again
 * afterwards, never twice at a time.
 */
#ifndef CONTROLLER_CLUSTER_WORK_H
#define CONTROLLER_CLUSTER_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/backoff.h"

enum work_priority { WORK_URGENT, WORK_NORMAL, WORK_BULK, WORK_PRIORITIES };

enum work_state {
	WORK_IDLE,
	WORK_QUEUED,
	WORK_DELAYED, /* failed; waits until due_us */
	WORK_BUSY,
};

struct work_item {
	struct work_item *prev, *next;
	uint64_t since_us; /* the oldest change that is not on the device yet; 0: none */
	uint64_t due_us;
	struct backoff backoff;
	uint8_t state, priority;
	bool again; /* BUSY: asked for once more */
	uint8_t again_priority;
};

struct work_queue {
	struct work_item *ready[WORK_PRIORITIES];
	struct work_item *delayed;
	size_t n_ready, n_delayed, n_busy;
};

void work_item_init(struct work_item *w);

/** work_add - look at it; @now_us becomes its since_us unless an older change still waits. A lower
 * priority never replaces a higher one. */
void work_add(struct work_queue *q, struct work_item *w, enum work_priority priority,
	      uint64_t now_us);

/** work_next - the next item to work on, now BUSY, or NULL. Delayed ones whose time has come are
 * ready. */
struct work_item *work_next(struct work_queue *q, uint64_t now_us);

/** work_peek_priority - of what work_next() would give, or -1 */
int work_peek_priority(struct work_queue *q, uint64_t now_us);

/** work_done - the BUSY item is right now; clears since_us unless it was asked for again */
void work_done(struct work_queue *q, struct work_item *w);

/** work_retry - the BUSY item could not be done now: back to the queue after its backoff (at once
 * when it was asked for again) */
void work_retry(struct work_queue *q, struct work_item *w, uint64_t now_us, uint32_t random);

/** work_at - look at the IDLE or BUSY item again at @due_us (a deadline, not a failure), or earlier
 * when it is added */
void work_at(struct work_queue *q, struct work_item *w, uint64_t due_us);

/** work_requeue - the BUSY item needs another look at once, and no backoff (its plan was overtaken)
 */
void work_requeue(struct work_queue *q, struct work_item *w, enum work_priority priority);

/** work_remove - forget it, whatever its state */
void work_remove(struct work_queue *q, struct work_item *w);

/** work_due_us - when the next delayed item is due; UINT64_MAX if none waits */
uint64_t work_due_us(const struct work_queue *q);

#endif
