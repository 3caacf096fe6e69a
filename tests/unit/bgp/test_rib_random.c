/*
 * The table of advertised paths against a naive one: neighbours that read at different speeds, come
 * and go, ask for refreshes and get new policies while the paths change. What a neighbour has at
 * the end is what it should have, and no message on the way was useless.
 */
#include "check.h"

#include "bgp/rib/rib.h"
#include "common/base/mem.h"

enum { N_PREFIXES = 160, N_PEERS = 6, N_BASES = 3, N_TAGS = 4 };

/* a peer as it stands at the other end of the wire */
struct peer {
	struct bgp_adjout *out; /* NULL: the session is down */
	struct bgp_export_policy policy;
	struct bgp_export_rule rules[N_TAGS];
	uint8_t families;
	uint32_t flags;
	unsigned speed; /* messages a round */
	struct bgp_attrset *has[N_PREFIXES];
	bool may_repeat[N_PREFIXES]; /* it asked for a refresh and did not get this one yet */
	bool stale[N_PREFIXES];      /* between BoRR and EoRR: not announced yet */
	bool end_of_rib[BGP_N_FAMILIES], in_refresh[BGP_N_FAMILIES];
	bool asked[BGP_N_FAMILIES]; /* for a refresh that did not begin yet */
};

struct world {
	uint64_t seed;
	struct bgp_attr_pool pool;
	struct bgp_rib *rib;
	struct bgp_attrset *bases[N_BASES];
	struct peer peers[N_PEERS];
	struct {
		bool wanted;
		unsigned base, tag;
	} paths[N_PREFIXES];
	bool complete;
};

static uint32_t below(struct world *w, uint32_t n)
{
	w->seed = w->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->seed >> 33) % n;
}

static enum bgp_family family_of(unsigned i)
{
	return i % 3 ? BGP_IPV4 : BGP_IPV6;
}

static struct ip_prefix prefix_of(unsigned i)
{
	struct ip_prefix p = {.addr.family = family_of(i) == BGP_IPV4 ? 4 : 6};

	p.addr.bytes[0] = p.addr.family == 4 ? 10 : 0xfd;
	p.addr.bytes[1] = (uint8_t)i;
	p.len = p.addr.family == 4 ? 16 + i % 9 : 48;
	return p;
}

static unsigned index_of(const struct ip_prefix *p)
{
	struct ip_prefix same = prefix_of(p->addr.bytes[1]);

	assert_memory_equal(p, &same, sizeof(same));
	return p->addr.bytes[1];
}

/* --- the naive side: one path, one peer, straight through the policy --- */

static struct bgp_attrset *should_have(struct world *w, const struct peer *p, unsigned i)
{
	struct bgp_attrset *s = NULL;
	struct arena mem = {0};
	struct bgp_next_hop nh;
	struct bgp_attrs attrs;

	if (w->paths[i].wanted && p->families & BGP_FAMILY_BIT(family_of(i)) &&
	    bgp_export(&p->policy, family_of(i), w->bases[w->paths[i].base], w->paths[i].tag, &mem,
		       &attrs, &nh))
		s = bgp_attrset_get(&w->pool, &attrs, &nh);
	arena_release(&mem);
	return s;
}

static void check_peer(struct world *w, struct peer *p)
{
	size_t n[BGP_N_FAMILIES] = {0};

	for (unsigned i = 0; i < N_PREFIXES; i++) {
		struct bgp_attrset *want = should_have(w, p, i);
		struct ip_prefix prefix = prefix_of(i);

		assert_ptr_equal(p->has[i], want);
		assert_int_equal(bgp_adjout_told(p->out, &prefix, NULL),
				 want ? BGP_TOLD_CURRENT : BGP_TOLD_NOTHING);
		n[family_of(i)] += want != NULL;
		bgp_attrset_unref(&w->pool, want);
	}
	for (enum bgp_family f = 0; f < BGP_N_FAMILIES; f++) {
		assert_int_equal(bgp_adjout_count(p->out, f), n[f]);
		if (!(p->families & BGP_FAMILY_BIT(f)))
			continue;
		assert_int_equal(p->end_of_rib[f], w->complete && p->flags & BGP_ADJOUT_END_OF_RIB);
		if (p->flags & BGP_ADJOUT_ENHANCED_REFRESH &&
		    (w->complete || !(p->flags & BGP_ADJOUT_END_OF_RIB)))
			assert_false(p->asked[f]);
		assert_false(p->in_refresh[f]);
	}
	assert_int_equal(bgp_adjout_generation(p->out), bgp_rib_generation(w->rib));
}

/* --- the peer reads --- */

static void hear_prefix(struct world *w, struct peer *p, const struct bgp_work *work, unsigned i)
{
	assert_int_equal(family_of(i), work->family);
	if (work->kind == BGP_WORK_WITHDRAW) {
		assert_non_null(p->has[i]); /* no withdrawal of what it does not have */
		bgp_attrset_unref(&w->pool, p->has[i]);
		p->has[i] = NULL;
	} else {
		assert_true(p->has[i] != work->attrs || p->may_repeat[i]); /* nothing twice */
		bgp_attrset_unref(&w->pool, p->has[i]);
		p->has[i] = bgp_attrset_ref((struct bgp_attrset *)work->attrs);
	}
	p->may_repeat[i] = p->stale[i] = false;
}

static void hear_marker(struct world *w, struct peer *p, const struct bgp_work *work)
{
	enum bgp_family f = work->family;
	bool wait = p->flags & BGP_ADJOUT_END_OF_RIB;

	switch (work->kind) {
	case BGP_WORK_END_OF_RIB:
		assert_true(w->complete && wait && !p->end_of_rib[f]);
		p->end_of_rib[f] = true;
		break;
	case BGP_WORK_BORR:
		assert_true(p->end_of_rib[f] || !wait);
		assert_true(p->asked[f] && !p->in_refresh[f]);
		p->in_refresh[f] = true;
		p->asked[f] = false;
		for (unsigned i = 0; i < N_PREFIXES; i++) {
			if (family_of(i) == f)
				p->stale[i] = p->may_repeat[i] = p->has[i];
		}
		break;
	default:
		assert_int_equal(work->kind, BGP_WORK_EORR);
		assert_true(p->in_refresh[f]);
		p->in_refresh[f] = false;
		for (unsigned i = 0; i < N_PREFIXES; i++) /* all came again, nothing is lost */
			assert_false(family_of(i) == f && p->has[i] && p->stale[i]);
	}
}

/* one message; false: there was none */
static bool hear(struct world *w, struct peer *p)
{
	struct bgp_work work, again;
	struct ip_prefix prefix;
	unsigned n = 0, room = 1 + below(w, 20);

	if (!bgp_adjout_next(p->out, &work))
		return false;
	if (!below(w, 8)) /* asking twice changes nothing */
		assert_true(bgp_adjout_next(p->out, &again) && again.kind == work.kind &&
			    again.attrs == work.attrs);
	if (work.kind != BGP_WORK_ANNOUNCE && work.kind != BGP_WORK_WITHDRAW) {
		assert_false(bgp_adjout_peek(p->out, &prefix));
		hear_marker(w, p, &work);
		bgp_adjout_advance(p->out);
		return true;
	}
	while (n < room && bgp_adjout_peek(p->out, &prefix)) {
		hear_prefix(w, p, &work, index_of(&prefix));
		bgp_adjout_advance(p->out);
		n++;
	}
	assert_true(n > 0); /* no empty message */
	return true;
}

/* --- things that happen --- */

static void random_policy(struct world *w, struct peer *p)
{
	static const uint32_t communities[] = {100, 200, 300};

	p->policy = (struct bgp_export_policy){.local_as = 64512, .rules = p->rules};
	p->policy.ibgp = below(w, 2);
	p->policy.drain = !below(w, 6);
	for (enum bgp_family f = 0; f < BGP_N_FAMILIES; f++) {
		p->policy.next_hop[f].global.family = f == BGP_IPV4 ? 4 : 6;
		p->policy.next_hop[f].global.bytes[3] = (uint8_t)(1 + below(w, 2));
	}
	if (!below(w, 8))
		p->policy.next_hop[BGP_IPV6].global.family = 0;
	for (unsigned tag = 0; tag < N_TAGS; tag++) {
		struct bgp_export_rule r = {.tag = tag, .communities = communities};

		r.n_communities = (uint16_t)below(w, 3);
		r.has_local_pref = below(w, 2);
		r.local_pref = 100 + 10 * below(w, 3);
		if (below(w, 4)) /* else this tag may be left out */
			p->rules[p->policy.n_rules++] = r;
	}
}

static void disconnect(struct world *w, struct peer *p)
{
	bgp_adjout_close(p->out);
	p->out = NULL;
	for (unsigned i = 0; i < N_PREFIXES; i++)
		bgp_attrset_unref(&w->pool, p->has[i]);
}

static void toggle_peer(struct world *w, struct peer *p)
{
	static const unsigned speeds[] = {0, 1, 1, 3, 100};

	if (p->out) {
		disconnect(w, p);
		return;
	}
	*p = (struct peer){.families = (uint8_t)(1 + below(w, 3)),
			   .flags = below(w, 4),
			   .speed = speeds[below(w, ARRAY_LEN(speeds))]};
	random_policy(w, p);
	p->out = bgp_adjout_open(w->rib, &p->policy, p->families, p->flags);
}

static void ask_refresh(struct world *w, struct peer *p)
{
	enum bgp_family f = below(w, BGP_N_FAMILIES);

	bgp_adjout_refresh(p->out, f);
	p->asked[f] = true;
	for (unsigned i = 0; i < N_PREFIXES; i++) {
		if (family_of(i) == f && !(p->flags & BGP_ADJOUT_ENHANCED_REFRESH))
			p->may_repeat[i] = p->has[i];
	}
}

static struct bgp_path path_of(const struct world *w, unsigned i)
{
	return (struct bgp_path){.prefix = prefix_of(i),
				 .attrs = w->bases[w->paths[i].base],
				 .tag = w->paths[i].tag};
}

static void change_path(struct world *w)
{
	unsigned i = below(w, N_PREFIXES);
	struct bgp_path before = path_of(w, i), path;
	bool was = w->paths[i].wanted, changed;

	w->paths[i].wanted = below(w, 3);
	if (!w->paths[i].wanted) {
		path.prefix = prefix_of(i);
		assert_int_equal(bgp_rib_del(w->rib, &path.prefix), was);
		return;
	}
	w->paths[i].base = below(w, N_BASES);
	w->paths[i].tag = below(w, N_TAGS);
	path = path_of(w, i);
	changed = !was || path.attrs != before.attrs || path.tag != before.tag;
	assert_int_equal(bgp_rib_set(w->rib, &path), changed);
}

static void apply_all(struct world *w)
{
	struct bgp_path paths[N_PREFIXES];
	size_t n = 0;

	for (unsigned i = 0; i < N_PREFIXES; i++) {
		if (!below(w, 10))
			w->paths[i].wanted = !w->paths[i].wanted;
		if (w->paths[i].wanted)
			paths[n++] = path_of(w, i);
	}
	bgp_rib_apply(w->rib, paths, n);
	assert_int_equal(bgp_rib_apply(w->rib, paths, n), 0); /* a second run finds nothing */
	assert_int_equal(bgp_rib_count(w->rib), n);
}

static void something(struct world *w)
{
	struct peer *p = &w->peers[below(w, N_PEERS)];
	unsigned what = below(w, 100);

	if (what < 80)
		change_path(w);
	else if (what < 84)
		apply_all(w);
	else if (what < 88)
		toggle_peer(w, p);
	else if (what < 92 && p->out)
		ask_refresh(w, p);
	else if (what < 96 && p->out) {
		random_policy(w, p);
		bgp_adjout_policy(p->out, &p->policy);
	} else if (what == 99) {
		w->complete = true;
		bgp_rib_complete(w->rib);
	}
	for (unsigned i = 0; i < N_PEERS; i++) {
		for (unsigned k = 0; w->peers[i].out && k < w->peers[i].speed; k++)
			hear(w, &w->peers[i]);
	}
}

static void world_init(struct world *w, uint64_t seed)
{
	*w = (struct world){.seed = seed};
	w->rib = bgp_rib_new(&w->pool);
	for (unsigned i = 0; i < N_BASES; i++) {
		struct bgp_attrs a = {.has = BGP_HAS(BGP_ATTR_MED), .med = i};

		w->bases[i] = bgp_attrset_get(&w->pool, &a, NULL);
	}
}

static void world_release(struct world *w)
{
	for (unsigned i = 0; i < N_PEERS; i++) {
		if (w->peers[i].out)
			disconnect(w, &w->peers[i]);
	}
	bgp_rib_free(w->rib);
	for (unsigned i = 0; i < N_BASES; i++)
		bgp_attrset_unref(&w->pool, w->bases[i]);
	assert_int_equal(w->pool.n, 0); /* no set is held by anybody */
	bgp_attr_pool_release(&w->pool);
}

static void test_converges(void **state)
{
	for (uint64_t seed = 1; seed <= 150; seed++) {
		struct world w;

		world_init(&w, seed);
		for (unsigned i = 0; i < 600; i++)
			something(&w);
		for (unsigned i = 0; i < N_PEERS; i++) {
			unsigned messages = 0;

			while (w.peers[i].out && hear(&w, &w.peers[i]))
				assert_in_range(++messages, 0, 20 * N_PREFIXES); /* it ends */
			if (w.peers[i].out)
				check_peer(&w, &w.peers[i]);
		}
		assert_int_equal(bgp_rib_gone(w.rib), 0); /* nobody has them any more */
		world_release(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_converges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
