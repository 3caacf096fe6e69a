/* what a neighbour announces to us: counted, dropped or kept, stale and swept; against a naive copy
 */
#include "check.h"

#include "bgp/rib/learned.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static struct bgp_attr_pool pool;

/* an UPDATE of one run of prefixes "10.0.0.0/24 ..." of one family */
struct message {
	uint8_t nlri[512];
	struct bgp_update u;
};

static void run_init(struct message *m, bool withdraw, uint32_t med, const char *prefixes)
{
	struct writer w;
	struct bgp_run *run = &m->u.runs[0];
	char word[IP_TEXT_MAX];
	int used;

	*m = (struct message){.u = {.end_of_rib = -1}};
	w = wr_init(m->nlri, sizeof(m->nlri));
	for (const char *s = prefixes; sscanf(s, "%63s%n", word, &used) == 1; s += used) {
		struct ip_prefix p;

		assert_int_equal(ip_parse_prefix(word, &p), 0);
		run->family = p.addr.family == 4 ? BGP_IPV4 : BGP_IPV6;
		bgp_nlri_write(&w, &p);
		run->n++;
	}
	run->withdraw = withdraw;
	run->nlri = rd_init(m->nlri, w.len);
	m->u.n_runs = 1;
	if (!withdraw) {
		m->u.attrs.has = BGP_HAS(BGP_ATTR_MED);
		m->u.attrs.med = med;
	}
}

static int announce(struct bgp_learned *l, uint32_t med, const char *prefixes)
{
	struct message m;

	run_init(&m, false, med, prefixes);
	return bgp_learned_update(l, &m.u);
}

static void withdraw(struct bgp_learned *l, const char *prefixes)
{
	struct message m;

	run_init(&m, true, 0, prefixes);
	assert_int_equal(bgp_learned_update(l, &m.u), 0);
}

static void end_of_rib(struct bgp_learned *l, enum bgp_family f)
{
	struct bgp_update u = {.end_of_rib = (int8_t)f};

	assert_int_equal(bgp_learned_update(l, &u), 0);
}

static void add_path(void *ctx, const struct bgp_learned_path *path)
{
	char buf[IP_TEXT_MAX];

	str_addf(ctx, "%s=%u%s ", ip_format_prefix(&path->prefix, buf), path->attrs->attrs->med,
		 path->stale ? "*" : "");
}

static void check_content(const struct bgp_learned *l, const char *want)
{
	struct strbuf text = {0};

	bgp_learned_visit(l, add_path, &text);
	assert_string_equal(str_get(&text), want);
	str_release(&text);
}

static void test_import_off(void **state)
{
	struct bgp_learned l;

	bgp_learned_init(&l, &pool, false, 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(announce(&l, 1, "10.0.0.0/24 10.0.1.0/24"), 0);
	withdraw(&l, "10.0.0.0/24");
	announce(&l, 1, "fd00::/64");
	assert_int_equal(l.count[BGP_IPV4].announced, 2000);
	assert_int_equal(l.count[BGP_IPV4].withdrawn, 1);
	assert_int_equal(l.count[BGP_IPV6].announced, 1);
	assert_int_equal(l.count[BGP_IPV4].kept, 0);
	assert_int_equal(l.updates, 1002);
	assert_null(l.table.entries); /* not a byte is kept */
	assert_int_equal(pool.n, 0);
	bgp_learned_release(&l);
}

static void test_import_on(void **state)
{
	struct bgp_learned l;

	bgp_learned_init(&l, &pool, true, 0);
	announce(&l, 1, "10.0.1.0/24 10.0.0.0/24");
	announce(&l, 2, "10.0.1.0/24 10.0.2.0/24"); /* replaces */
	announce(&l, 3, "fd00::/64");
	withdraw(&l, "10.0.0.0/24 10.9.0.0/24"); /* one that it never announced */
	check_content(&l, "10.0.1.0/24=2 10.0.2.0/24=2 fd00::/64=3 ");
	assert_int_equal(l.count[BGP_IPV4].kept, 2);
	announce(&l, 1, "224.0.0.0/8 127.0.0.0/8"); /* no unicast routes */
	assert_int_equal(l.count[BGP_IPV4].kept, 2);
	bgp_learned_import(&l, false);
	check_content(&l, "");
	assert_int_equal(pool.n, 0);
	bgp_learned_release(&l);
}

static void test_stale(void **state)
{
	struct bgp_learned l;

	bgp_learned_init(&l, &pool, true, 0);
	announce(&l, 1, "10.0.0.0/24 10.0.1.0/24 10.0.2.0/24");
	announce(&l, 1, "fd00::/64");
	bgp_learned_lost(&l, BGP_FAMILY_BIT(BGP_IPV4)); /* IPv6 had no graceful restart */
	check_content(&l, "10.0.0.0/24=1* 10.0.1.0/24=1* 10.0.2.0/24=1* ");
	assert_int_equal(l.count[BGP_IPV4].stale, 3);
	assert_int_equal(l.count[BGP_IPV4].announced, 0); /* counters are of the session */
	announce(&l, 1, "10.0.0.0/24");
	announce(&l, 2, "10.0.1.0/24");
	check_content(&l, "10.0.0.0/24=1 10.0.1.0/24=2 10.0.2.0/24=1* ");
	end_of_rib(&l, BGP_IPV6);
	assert_int_equal(l.count[BGP_IPV4].stale, 1);
	end_of_rib(&l, BGP_IPV4);
	check_content(&l, "10.0.0.0/24=1 10.0.1.0/24=2 ");

	/* lost, back for a moment, lost again: what was stale already is gone (RFC 4724 4.2) */
	bgp_learned_lost(&l, BGP_FAMILY_BIT(BGP_IPV4));
	announce(&l, 5, "10.0.1.0/24");
	bgp_learned_lost(&l, BGP_FAMILY_BIT(BGP_IPV4));
	check_content(&l, "10.0.1.0/24=5* ");
	bgp_learned_sweep(&l, BGP_FAMILY_BIT(BGP_IPV4)); /* the restart timer */
	check_content(&l, "");
	announce(&l, 1, "10.0.0.0/24");
	bgp_learned_lost(&l, 0); /* no graceful restart */
	check_content(&l, "");
	assert_int_equal(pool.n, 0);
	bgp_learned_release(&l);
}

static void test_enhanced_refresh(void **state)
{
	struct bgp_learned l;

	bgp_learned_init(&l, &pool, true, 0);
	announce(&l, 1, "10.0.0.0/24 10.0.1.0/24");
	announce(&l, 1, "fd00::/64");
	bgp_learned_mark_stale(&l, BGP_IPV4); /* BoRR */
	announce(&l, 1, "10.0.1.0/24");
	withdraw(&l, "10.7.0.0/24");
	bgp_learned_sweep(&l, BGP_FAMILY_BIT(BGP_IPV4)); /* EoRR */
	check_content(&l, "10.0.1.0/24=1 fd00::/64=1 ");
	bgp_learned_release(&l);
}

static void test_prefix_limit(void **state)
{
	struct bgp_learned l;

	bgp_learned_init(&l, &pool, true, 2);
	assert_int_equal(announce(&l, 1, "10.0.0.0/24 10.0.1.0/24"), 0);
	assert_int_equal(announce(&l, 2, "10.0.0.0/24 10.0.1.0/24"), 0); /* no new ones */
	assert_int_equal(announce(&l, 2, "fd00::/64"), 0);               /* another family */
	assert_int_equal(announce(&l, 2, "10.0.2.0/24"), -1);
	bgp_learned_release(&l);
	assert_int_equal(l.count[BGP_IPV4].kept, 0);
	assert_int_equal(pool.n, 0);
}

/* the table of prefixes under random use, against an array */
static void test_table_at_random(void **state)
{
	enum { N = 600 };
	struct bgp_table t = {0};
	uint32_t number[N];
	uint64_t seed = 4;

	memset(number, 0xff, sizeof(number));
	for (unsigned step = 0; step < 60000; step++) {
		unsigned i = (unsigned)((seed = seed * 6364136223846793005u + 1) >> 40) % N;
		unsigned phase = step / 6000 % 2; /* grows, then shrinks */
		struct ip_prefix p = {.addr.family = i % 2 ? 4 : 6, .len = (uint8_t)(i % 33)};

		p.addr.bytes[1] = (uint8_t)(i / 33);
		assert_int_equal(bgp_table_find(&t, &p), number[i]);
		if (number[i] == BGP_NO_ENTRY && (seed >> 33) % 4 > phase * 2)
			number[i] = bgp_table_add(&t, &p);
		else if (number[i] != BGP_NO_ENTRY && (seed >> 33) % 4 >= 2 - phase * 2) {
			bgp_table_del(&t, number[i]);
			number[i] = BGP_NO_ENTRY;
		}
	}
	for (unsigned i = 0; i < N; i++) {
		if (number[i] != BGP_NO_ENTRY)
			bgp_table_del(&t, number[i]);
	}
	assert_int_equal(t.n, 0);
	assert_int_equal(t.high, 0);
	bgp_table_release(&t);
}

static int release_pool(void **state)
{
	assert_int_equal(pool.n, 0); /* nobody holds a set */
	bgp_attr_pool_release(&pool);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_import_off, release_pool),
		cmocka_unit_test_teardown(test_import_on, release_pool),
		cmocka_unit_test_teardown(test_stale, release_pool),
		cmocka_unit_test_teardown(test_enhanced_refresh, release_pool),
		cmocka_unit_test_teardown(test_prefix_limit, release_pool),
		cmocka_unit_test(test_table_at_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
