/*
 * One entry per frontend and per server. A member of a pool that several virtual servers use has a
 * server in each; its numbers are the sum.
 */
#include "bigip/mock/plane/tally.h"

#include <uthash.h>

#include "bigip/mock/plane/stats.h"

struct entry {
	char *key; /* "PROXY" or "PROXY/SERVER" */
	UT_hash_handle hh;
	struct traffic_counters base, last;
	uint64_t seen;
};

struct sum {
	char *key; /* "POOL\nMEMBER" */
	UT_hash_handle hh;
	const struct layout_server *server;
	struct traffic_counters counters;
};

struct tally {
	struct entry *entries;
	struct sum *sums; /* of one update */
	uint64_t round;
	/* of one update */
	const struct layout *l;
	struct mock *m;
};

struct tally *tally_new(void)
{
	return mem_alloc(sizeof(struct tally));
}

static void add(struct traffic_counters *to, const struct traffic_counters *c)
{
	to->bits_in += c->bits_in;
	to->bits_out += c->bits_out;
	to->cur_conns += c->cur_conns;
	to->max_conns += c->max_conns;
	to->tot_conns += c->tot_conns;
	to->tot_requests += c->tot_requests;
}

/* the old numbers become part of the base; the highest number of connections is no sum */
static void rebase(struct entry *e)
{
	uint64_t max = e->base.max_conns > e->last.max_conns ? e->base.max_conns
							     : e->last.max_conns;

	e->last.cur_conns = 0;
	add(&e->base, &e->last);
	e->base.max_conns = max;
	e->last = (struct traffic_counters){0};
}

void tally_rebase(struct tally *t)
{
	for (struct entry *e = t->entries; e; e = e->hh.next)
		rebase(e);
}

static struct traffic_counters count(struct tally *t, char *key, const struct traffic_counters *c)
{
	struct traffic_counters now;
	struct entry *e;

	HASH_FIND_STR(t->entries, key, e);
	if (e) {
		free(key);
	} else {
		e = mem_alloc(sizeof(*e));
		e->key = key;
		HASH_ADD_KEYPTR(hh, t->entries, e->key, strlen(e->key), e);
	}
	e->seen = t->round;
	if (c->tot_conns < e->last.tot_conns || c->bits_in < e->last.bits_in)
		rebase(e); /* deleted and added again */
	e->last = *c;
	now = e->base;
	add(&now, c);
	now.max_conns = e->base.max_conns > c->max_conns ? e->base.max_conns : c->max_conns;
	return now;
}

static void add_to_member(struct tally *t, const struct layout_server *s,
			  const struct traffic_counters *c)
{
	autofree char *key = mem_printf("%s\n%s", s->pool, s->member);
	struct sum *sum;

	HASH_FIND_STR(t->sums, key, sum);
	if (!sum) {
		sum = mem_alloc(sizeof(*sum));
		sum->key = move_ptr(key);
		sum->server = s;
		HASH_ADD_KEYPTR(hh, t->sums, sum->key, strlen(sum->key), sum);
	}
	add(&sum->counters, c);
}

static void on_row(void *ctx, const struct stats_row *r)
{
	struct tally *t = ctx;
	const struct layout_proxy *p = layout_proxy_find(t->l, r->proxy, r->proxy_len);
	const struct layout_server *s;
	struct traffic_counters now;

	if (!p)
		return;
	if (r->frontend) {
		now = count(t, mem_strdup(p->name), &r->counters);
		(void)traffic_set_virtual_counters(t->m, p->path, &now);
		return;
	}
	s = layout_server_find(p, r->server, r->server_len);
	if (!s)
		return;
	now = count(t, mem_printf("%s/%s", p->name, s->name), &r->counters);
	add_to_member(t, s, &now);
}

static void forget(struct tally *t, bool all)
{
	struct entry *e, *tmp;

	HASH_ITER (hh, t->entries, e, tmp) {
		if (!all && e->seen == t->round)
			continue;
		HASH_DEL(t->entries, e);
		free(e->key);
		free(e);
	}
}

int tally_update(struct tally *t, const struct layout *l, const char *csv, struct mock *m,
		 struct error *err)
{
	struct sum *s, *tmp;

	t->round++;
	t->l = l;
	t->m = m;
	if (stats_parse(csv, on_row, t, err) < 0)
		return -1;
	HASH_ITER (hh, t->sums, s, tmp) {
		(void)traffic_set_member_counters(m, s->server->pool, s->server->member,
						  &s->counters);
		HASH_DEL(t->sums, s);
		free(s->key);
		free(s);
	}
	forget(t, false);
	return 0;
}

void tally_free(struct tally *t)
{
	if (!t)
		return;
	forget(t, true);
	free(t);
}
