/*
 * mock-bigip: an iControl REST server that behaves like a BIG-IP 14.1.2.1 as far as public evidence
 * goes, for the tests, benchmarks and demos of this tree. It shares nothing with the client but
 * common/.
 *
 * - what exists, one descriptor per URI: kind.h, kinds.c, registry.c
 * - the descriptors and their rules: virtual*.c pool.c monitor.c profile.c ltm.c policy.c net.c
 * sys.c
 * - the tree, references, journal: store.c; input against descriptors: value.c, addr.c
 * - create, modify, delete, end state: write.c; objects as JSON: render.c
 * - paths and queries: uri.c; verbs and replies: rest.c; lists: collection.c
 * - statistics: stats.c; URIs that are no objects: special.c
 * - users and tokens: auth.c; transactions: txn.c
 * - failures and waits on demand: fault.c, latency.c, control.c; saving and loading: state.c
 * - the seam of the traffic plane (traffic.h): traffic.c
 * - the I/O shell, not part of the pure core: server.c, main.c, tls.c
 *
 * Left out: device clusters, AS3, file uploads, iApp templates that make objects, roles other than
 * admin and guest.
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

struct mock *mock_new(const struct mock_settings *s)
{
	struct mock *m = mem_alloc(sizeof(*m));

	kinds_init();
	m->set = *s;
	if (!m->set.token_ttl_s)
		m->set.token_ttl_s = 1200;
	m->member_state = mem_strdup(s->member_state ? s->member_state : "up");
	m->set.member_state = m->member_state;
	m->rest_operation_id = 7945900;
	store_init(&m->store);
	m->store.ids = (struct mock_ids){.if_index = 96, .vlan_tag = 4094};
	store_set_relink(write_relink);
	m->auth = auth_new(m->set.token_ttl_s);
	m->txns = txns_new();
	builtin_seed(m);
	return m;
}

void mock_free(struct mock *m)
{
	if (!m)
		return;
	txns_free(m->txns);
	auth_free(m->auth);
	store_release(&m->store);
	free(m->member_state);
	free(m);
}

void mock_tick(struct mock *m, int64_t now_us)
{
	m->now_us = now_us;
	auth_tick(m->auth, now_us);
	txns_tick(m->txns, now_us);
}

void mock_set_ready(struct mock *m, enum mock_readiness r)
{
	m->ready = r;
}

static const struct {
	const char *word;
	unsigned bit;
} quirks[] = {
	{"empty-no-items", MOCK_QUIRK_EMPTY_NO_ITEMS},
	{"monitor-blank", MOCK_QUIRK_MONITOR_BLANK},
	{"txn-monitor-hole", MOCK_QUIRK_TXN_MONITOR},
	{"txn-partition-hole", MOCK_QUIRK_TXN_PARTITION},
	{"paging-top-grows", MOCK_QUIRK_PAGING_TOP_GROWS},
	{"member-post-404", MOCK_QUIRK_MEMBER_POST_404},
	{"v16-fields", MOCK_QUIRK_16_FIELDS},
};

int mock_quirk_parse(const char *word, unsigned *ret, struct error *err)
{
	bool off = str_starts(word, "no-");
	struct strbuf names = {0};

	for (size_t i = 0; i < ARRAY_SIZE(quirks); i++) {
		if (!strcmp(quirks[i].word, word + (off ? 3 : 0))) {
			*ret = off ? *ret & ~quirks[i].bit : *ret | quirks[i].bit;
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_SIZE(quirks); i++)
		str_addf(&names, " %s", quirks[i].word);
	err_set(err, ERR_INPUT, 0, "unknown quirk '%s'; known are%s (with no- in front: off)", word,
		str_get(&names));
	str_release(&names);
	return -1;
}

struct json_object *mock_describe(const struct mock *m)
{
	struct json_object *o = js_obj(), *kinds = js_obj();
	struct mock_kind *const *all = kinds_all();

	for (unsigned i = 0; all[i]; i++) {
		if (m->store.n[all[i]->index])
			js_put_int(kinds, all[i]->uri, m->store.n[all[i]->index]);
	}
	js_put_int(o, "generation", (int64_t)m->store.generation);
	js_put_int(o, "trafficVersion", (int64_t)m->traffic_version);
	js_put(o, "objects", kinds);
	return o;
}
