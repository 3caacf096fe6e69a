#include "controller/translate/drain.h"

#include <stdlib.h>

#include "common/base/mem.h"
#include "controller/translate/members.h"

/* only members that are on the device are listed; an entry whose time is over stays until the
   device has lost it, so that it does not start again */
struct tr_draining {
	struct bigip_member member;
	uint64_t until_us; /* 0: at once */
	bool terminating;  /* an endpoint said so: when that goes away, the pod is gone */
};

static const struct tr_draining *find(const struct tr_drain *d, const struct bigip_member *m)
{
	size_t low = 0, high = d->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = bigip_member_cmp(&d->list[mid].member, m);

		if (order == 0)
			return &d->list[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

/* one member on the device that @backend (NULL: no endpoint) does not want to serve; @old: what we
 * knew of it, or NULL */
static struct tr_draining step(const struct bigip_member *m, const struct tr_backend *backend,
			       const struct tr_draining *old, const struct tr_drain_input *drain)
{
	struct tr_draining e = {
		.member = {.ip = m->ip, .rd = m->rd, .port = m->port},
		.until_us = old ? old->until_us : drain->now_us + drain->drain_us,
		.terminating = (backend != NULL) || (old && old->terminating),
	};

	if (backend ? backend->state == TR_BACKEND_DOWN : e.terminating)
		e.until_us = 0;
	return e;
}

static void update(struct tr_drain *d, const struct tr_backends *backends,
		   const struct tr_drain_input *drain)
{
	struct tr_drain now = {0};
	size_t cap = 0;

	for (size_t i = 0; i < drain->n_before; i++) {
		const struct bigip_member *m = &drain->before[i];
		const struct tr_backend *b = m->name ? NULL : tr_backends_find(backends, m);

		/* somebody else's member (a name that is no address) is not ours to drain */
		if (m->name || (b && b->state == TR_BACKEND_SERVING))
			continue;
		mem_grow(now.list, now.n, cap);
		now.list[now.n++] = step(m, b, find(d, m), drain);
	}
	tr_drain_release(d);
	*d = now;
}

/* make the back ends say what the entries say; returns the next time at which one ends */
static uint64_t apply(const struct tr_drain *d, struct tr_backends *backends, uint64_t now_us)
{
	uint64_t next = 0;

	for (size_t i = 0; i < backends->n; i++) {
		struct tr_backend *b = &backends->list[i];
		const struct tr_draining *e = find(d, &b->member);

		/* what was never in the pool has no connections to drain */
		if (b->state == TR_BACKEND_TERMINATING && (!e || e->until_us <= now_us))
			b->state = TR_BACKEND_DOWN;
	}
	for (size_t i = 0; i < d->n; i++) {
		if (d->list[i].until_us <= now_us)
			continue;
		tr_backends_append(backends, &d->list[i].member, TR_BACKEND_TERMINATING);
		if (!next || d->list[i].until_us < next)
			next = d->list[i].until_us;
	}
	tr_backends_sort(backends);
	return next;
}

uint64_t tr_drain_app(struct tr_drain *d, const struct tr_settings *settings,
		      const struct tr_input *in, const struct tr_drain_input *drain,
		      struct bigip_app *ret, struct tr_status *ret_status)
{
	struct tr_backends backends autoclean(tr_backends_release) = {0};
	struct tr_settings mine = *settings;
	uint64_t next = 0;

	mine.drain = drain->drain_us > 0 && settings->cluster && !in->config->iapp;
	tr_backends_collect(&mine, in, &backends, ret_status);
	if (mine.drain && ret_status->state == TR_ACTIVE) {
		update(d, &backends, drain);
		next = apply(d, &backends, drain->now_us);
	} else {
		tr_drain_release(d);
	}
	tr_build(&mine, in, &backends, ret, ret_status);
	return next;
}

void tr_drain_release(struct tr_drain *d)
{
	free(d->list);
	*d = (struct tr_drain){0};
}
