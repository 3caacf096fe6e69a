/* export policies, full messages, memory: what the random test does not look at */
#include "check.h"

#include "bgp/rib/aggregate.h"
#include "bgp/rib/rib.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static struct bgp_attr_pool pool;

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_parse_prefix(text, &p), 0);
	return p;
}

static struct ip_prefix numbered(uint32_t i)
{
	struct ip_prefix p = {.addr.family = 4, .len = 24};

	p.addr.bytes[0] = (uint8_t)(1 + (i >> 16));
	p.addr.bytes[1] = (uint8_t)(i >> 8);
	p.addr.bytes[2] = (uint8_t)i;
	return p;
}

static struct bgp_attrset *empty_set(void)
{
	return bgp_attrset_get(&pool, &(struct bgp_attrs){0}, NULL);
}

static struct bgp_export_policy policy_of(const struct bgp_export_rule *rules, size_t n)
{
	struct bgp_export_policy p = {
		.local_as = 64512, .ibgp = true, .rules = rules, .n_rules = n};

	p.next_hop[BGP_IPV4].global = prefix("192.0.2.1").addr;
	p.next_hop[BGP_IPV6].global = prefix("2001:db8::1").addr;
	return p;
}

/* --- export --- */

#define COMMUNITIES(...)                                                                           \
	.communities = (const uint32_t[]){__VA_ARGS__},                                            \
	.n_communities = ARRAY_LEN(((const uint32_t[]){__VA_ARGS__}))

static const struct export_case {
	const char *name;
	struct bgp_export_policy policy; /* next hop and AS are added */
	struct bgp_export_rule rules[3];
	struct bgp_attrs path;
	const char *path_as;
	const char *want; /* NULL: not announced */
} exports[] = {
	{.name = "a tag without a rule is not announced", .rules = {{.tag = 2}}},
	{.name = "iBGP: local preference 100, empty AS path",
	 .policy.ibgp = true,
	 .rules = {{.tag = 1}},
	 .want = "origin IGP, AS path empty, local preference 100"},
	{.name = "eBGP: our AS, no local preference",
	 .rules = {{.tag = 1, .has_local_pref = true, .local_pref = 200}},
	 .want = "origin IGP, AS path 64512"},
	{.name = "iBGP: local preference of the rule",
	 .policy.ibgp = true,
	 .rules = {{.tag = 1, .has_local_pref = true, .local_pref = 50}},
	 .want = "origin IGP, AS path empty, local preference 50"},
	{.name = "several rules: union, highest preference, lowest MED",
	 .policy.ibgp = true,
	 .rules = {{.tag = 1,
		    .has_local_pref = true,
		    .local_pref = 150,
		    .has_med = true,
		    .med = 5,
		    COMMUNITIES(BGP_COMMUNITY(64512, 2))},
		   {.tag = 2, .has_local_pref = true, .local_pref = 900},
		   {.tag = 1,
		    .has_local_pref = true,
		    .local_pref = 120,
		    .has_med = true,
		    .med = 7,
		    COMMUNITIES(BGP_COMMUNITY(64512, 1), BGP_COMMUNITY(64512, 2))}},
	 .want = "origin IGP, AS path empty, local preference 150, MED 5, communities 64512:1 "
		 "64512:2"},
	{.name = "a rule is better than the path's own values",
	 .policy.ibgp = true,
	 .rules = {{.tag = 1, .has_med = true, .med = 9, .has_local_pref = true, .local_pref = 80}},
	 .path = {.has = BGP_HAS(BGP_ATTR_MED) | BGP_HAS(BGP_ATTR_LOCAL_PREF),
		  .med = 3,
		  .local_pref = 300},
	 .want = "origin IGP, AS path empty, local preference 80, MED 9"},
	{.name = "8326: drain on iBGP",
	 .policy = {.ibgp = true, .drain = true},
	 .rules = {{.tag = 1, .has_local_pref = true, .local_pref = 150}},
	 .want = "origin IGP, AS path empty, local preference 0, communities graceful-shutdown"},
	{.name = "8326: drain on eBGP",
	 .policy = {.drain = true},
	 .rules = {{.tag = 1}},
	 .want = "origin IGP, AS path 64512, communities graceful-shutdown"},
	{.name = "eBGP: our AS before the path's own",
	 .rules = {{.tag = 1}},
	 .path_as = "\2\1\0\0\375\351",
	 .want = "origin IGP, AS path 64512 65001"},
	{.name = "iBGP: the path's own AS path as it is",
	 .policy.ibgp = true,
	 .rules = {{.tag = 1}},
	 .path_as = "\2\1\0\0\375\351",
	 .want = "origin IGP, AS path 65001, local preference 100"},
};

static void check_export(const struct export_case *c)
{
	struct bgp_export_policy p = c->policy;
	struct bgp_attrs attrs, path = c->path;
	struct bgp_attrset *set;
	struct strbuf text = {0};
	struct arena mem = {0};
	struct bgp_next_hop nh;
	bool announced;

	if (c->path_as)
		path.as_path = (struct bgp_as_path){(const uint8_t *)c->path_as, 6};
	set = bgp_attrset_get(&pool, &path, NULL);
	p.local_as = 64512;
	p.rules = c->rules;
	p.n_rules = ARRAY_LEN(c->rules);
	p.next_hop[BGP_IPV4].global = prefix("192.0.2.1").addr;
	announced = bgp_export(&p, BGP_IPV4, set, 1, &mem, &attrs, &nh);
	if (announced != (c->want != NULL))
		fail_row(c->name, "announced: %d", announced);
	if (announced) {
		autofree struct bgp_attrs *canonical = bgp_attrs_dup(&attrs);

		bgp_attrs_print(canonical, &text);
		if (strcmp(str_get(&text), c->want))
			fail_row(c->name, "got '%s'", str_get(&text));
		assert_true(ip_eq(&nh.global, &p.next_hop[BGP_IPV4].global));
		/* the family without a next hop is not announced */
		assert_false(bgp_export(&p, BGP_IPV6, set, 1, &mem, &attrs, &nh));
	}
	str_release(&text);
	arena_release(&mem);
	bgp_attrset_unref(&pool, set);
}

static void test_export(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(exports); i++)
		check_export(&exports[i]);
}

static void test_next_hop_unchanged(void **state)
{
	const struct bgp_export_rule rule = {.tag = 1};
	struct bgp_export_policy p = policy_of(&rule, 1);
	struct bgp_next_hop own = {.global = prefix("198.51.100.7").addr}, nh;
	struct bgp_attrset *set = bgp_attrset_get(&pool, &(struct bgp_attrs){0}, &own);
	struct bgp_attrset *local = empty_set();
	struct arena mem = {0};
	struct bgp_attrs attrs;

	assert_true(bgp_export(&p, BGP_IPV4, set, 1, &mem, &attrs, &nh));
	assert_true(ip_eq(&nh.global, &p.next_hop[BGP_IPV4].global));
	p.next_hop_unchanged = true;
	assert_true(bgp_export(&p, BGP_IPV4, set, 1, &mem, &attrs, &nh));
	assert_true(ip_eq(&nh.global, &own.global));
	assert_true(bgp_export(&p, BGP_IPV4, local, 1, &mem, &attrs, &nh)); /* it has none */
	assert_true(ip_eq(&nh.global, &p.next_hop[BGP_IPV4].global));
	arena_release(&mem);
	bgp_attrset_unref(&pool, set);
	bgp_attrset_unref(&pool, local);
}

static void test_interned(void **state)
{
	const uint32_t ab[] = {1, 2}, ba[] = {2, 1, 2};
	struct bgp_attrs a = {.communities = ab, .n_communities = 2};
	struct bgp_attrs b = {.communities = ba, .n_communities = 3};
	struct bgp_next_hop nh = {.global = prefix("10.0.0.1").addr};
	struct bgp_next_hop ll = {.global = nh.global, .link_local = prefix("fe80::1").addr};
	struct bgp_attrset *s[4] = {
		bgp_attrset_get(&pool, &a, NULL), bgp_attrset_get(&pool, &b, NULL),
		bgp_attrset_get(&pool, &a, &nh), bgp_attrset_get(&pool, &a, &ll)};

	assert_ptr_equal(s[0], s[1]); /* the order of communities means nothing */
	assert_ptr_not_equal(s[0], s[2]);
	assert_ptr_not_equal(s[2], s[3]);
	for (uint32_t i = 0; i < 1000; i++) {
		struct bgp_attrs m = {.has = BGP_HAS(BGP_ATTR_MED), .med = i};
		struct bgp_attrset *one = bgp_attrset_get(&pool, &m, NULL);

		assert_int_equal(one->refs, 1);
		if (i % 2)
			bgp_attrset_unref(&pool, one);
	}
	assert_int_equal(pool.n, 503);
	for (uint32_t i = 0; i < 1000; i += 2) {
		struct bgp_attrs m = {.has = BGP_HAS(BGP_ATTR_MED), .med = i};
		struct bgp_attrset *one = bgp_attrset_get(&pool, &m, NULL);

		assert_int_equal(one->refs, 2); /* found again after the table grew */
		bgp_attrset_unref(&pool, one);
		bgp_attrset_unref(&pool, one);
	}
	for (unsigned i = 0; i < 4; i++)
		bgp_attrset_unref(&pool, s[i]);
	assert_int_equal(pool.n, 0);
}

/* --- work --- */

/* reads all work in messages of at most @room prefixes; returns their number without markers */
static unsigned drain(struct bgp_adjout *a, unsigned room, unsigned *ret_prefixes)
{
	unsigned messages = 0;
	struct bgp_work w;
	struct ip_prefix p;

	*ret_prefixes = 0;
	while (bgp_adjout_next(a, &w)) {
		unsigned n = 0;

		if (w.kind != BGP_WORK_ANNOUNCE && w.kind != BGP_WORK_WITHDRAW) {
			bgp_adjout_advance(a);
			continue;
		}
		for (; n < room && bgp_adjout_peek(a, &p); n++)
			bgp_adjout_advance(a);
		*ret_prefixes += n;
		messages++;
	}
	return messages;
}

static void test_messages_are_full(void **state)
{
	const struct bgp_export_rule rules[] = {
		{.tag = 0}, {.tag = 1, .has_med = true}, {.tag = 2}};
	struct bgp_export_policy policy = policy_of(rules, 3);
	struct bgp_rib *rib = bgp_rib_new(&pool);
	struct bgp_attrset *set = empty_set();
	struct bgp_adjout *a;
	unsigned n;

	/* tags 0 and 2 look alike, so there are two attribute sets, thoroughly mixed */
	for (uint32_t i = 0; i < 30000; i++)
		bgp_rib_set(rib, &(struct bgp_path){numbered(i), set, i % 3});
	a = bgp_adjout_open(rib, &policy, 1, 0);
	assert_int_equal(drain(a, 1000, &n), 30);
	assert_int_equal(n, 30000);

	bgp_rib_set(rib, &(struct bgp_path){prefix("10.9.0.0/24"), set, 1});
	assert_int_equal(drain(a, 1000, &n), 1);
	assert_int_equal(n, 1);
	bgp_rib_set(rib, &(struct bgp_path){numbered(3), set, 2}); /* looks the same */
	assert_int_equal(drain(a, 1000, &n), 0);
	policy.rules = rules + 1; /* tag 0 goes: one list of withdrawals */
	policy.n_rules = 2;
	bgp_adjout_policy(a, &policy);
	assert_int_equal(drain(a, 1000, &n), 10);
	assert_int_equal(n, 9999);
	bgp_adjout_close(a);
	bgp_rib_free(rib);
	bgp_attrset_unref(&pool, set);
}

static void test_order_is_of_prefixes(void **state)
{
	const struct bgp_export_rule rule = {.tag = 0};
	struct bgp_export_policy policy = policy_of(&rule, 1);
	struct bgp_rib *rib = bgp_rib_new(&pool);
	struct bgp_attrset *set = empty_set();
	struct bgp_path paths[] = {
		{prefix("10.2.0.0/16"), set, 0}, {prefix("fd00::/64"), set, 0},
		{prefix("10.1.0.0/24"), set, 5}, {prefix("9.0.0.0/8"), set, 0},
		{prefix("10.1.0.0/16"), set, 0}, {prefix("10.1.0.0/24"), set, 0}};
	struct bgp_adjout *a = bgp_adjout_open(rib, &policy, 3, BGP_ADJOUT_END_OF_RIB);
	struct strbuf text = {0};
	struct ip_prefix p;
	struct bgp_work w;

	assert_int_equal(bgp_rib_apply(rib, paths, ARRAY_LEN(paths)), 5);
	bgp_rib_complete(rib);
	while (bgp_adjout_next(a, &w)) {
		char buf[IP_TEXT_MAX];

		if (w.kind == BGP_WORK_END_OF_RIB)
			str_addf(&text, "end-of-rib-%s ", bgp_family_name(w.family));
		else if (bgp_adjout_peek(a, &p))
			str_addf(&text, "%s ", ip_format_prefix(&p, buf));
		bgp_adjout_advance(a);
	}
	assert_string_equal(str_get(&text), "9.0.0.0/8 10.1.0.0/16 10.1.0.0/24 10.2.0.0/16 "
					    "end-of-rib-ipv4 fd00::/64 end-of-rib-ipv6 ");
	str_release(&text);
	bgp_rib_free(rib); /* closes the neighbour too */
	bgp_attrset_unref(&pool, set);
}

static void want_with_med(struct bgp_rib *rib, uint32_t number, uint32_t med)
{
	struct bgp_attrs m = {.has = BGP_HAS(BGP_ATTR_MED), .med = med};
	struct bgp_attrset *set = bgp_attrset_get(&pool, &m, NULL);

	bgp_rib_set(rib, &(struct bgp_path){numbered(number), set, 0});
	bgp_attrset_unref(&pool, set);
}

/* more attribute sets than a byte can name: nothing is lost, the rest is merely sent again */
static void test_many_attribute_sets(void **state)
{
	const struct bgp_export_rule rule = {.tag = 0};
	struct bgp_export_policy policy = policy_of(&rule, 1);
	struct bgp_rib *rib = bgp_rib_new(&pool);
	struct bgp_adjout *a = bgp_adjout_open(rib, &policy, 1, 0);
	unsigned n, unknown = 0;

	for (uint32_t i = 0; i < 400; i++)
		want_with_med(rib, i, i);
	assert_int_equal(drain(a, 1000, &n), 400);
	assert_int_equal(bgp_adjout_count(a, BGP_IPV4), 400);
	assert_int_equal(drain(a, 1000, &n), 0);
	for (uint32_t i = 0; i < 400; i++) {
		const struct bgp_attrset *told;
		struct ip_prefix p = numbered(i);

		assert_int_not_equal(bgp_adjout_told(a, &p, &told), BGP_TOLD_NOTHING);
		unknown += !told;
		assert_true(!told || told->attrs->med == i);
	}
	assert_int_equal(unknown, 400 - 254);
	policy.local_as = 1; /* iBGP: no difference in what is sent */
	bgp_adjout_policy(a, &policy);
	assert_int_equal(drain(a, 1000, &n), 0);
	assert_int_equal(bgp_rib_apply(rib, NULL, 0), 400);
	assert_int_equal(drain(a, 1000, &n), 1);
	assert_int_equal(n, 400);
	bgp_rib_free(rib);
	assert_int_equal(pool.n, 0);
}

/* attribute sets that come and go, some before they are sent: their names are used again */
static void test_passing_attribute_sets(void **state)
{
	const struct bgp_export_rule rule = {.tag = 0};
	struct bgp_export_policy policy = policy_of(&rule, 1);
	struct bgp_rib *rib = bgp_rib_new(&pool);
	struct bgp_adjout *a = bgp_adjout_open(rib, &policy, 1, 0);
	struct bgp_work w;
	unsigned n;
	size_t memory = 0;

	for (uint32_t i = 0; i < 1000; i++) {
		want_with_med(rib, 0, i);
		if (i % 2)
			assert_int_equal(drain(a, 1000, &n), 1);
		else
			assert_true(bgp_adjout_next(a, &w)); /* but the socket is full */
		memory = i < 2 ? bgp_rib_memory(rib) : memory;
	}
	assert_in_range(pool.n, 2, 260);
	assert_int_equal(bgp_rib_memory(rib), memory);
	want_with_med(rib, 0, 5000);
	want_with_med(rib, 0, 999); /* changed and changed back */
	assert_int_equal(drain(a, 1000, &n), 0);
	bgp_rib_free(rib);
	assert_int_equal(pool.n, 0);
}

/* --- memory --- */

static void test_bytes_a_prefix(void **state)
{
	enum { N = 100000, PEERS = 10 };
	const struct bgp_export_rule rule = {.tag = 0};
	struct bgp_export_policy policy = policy_of(&rule, 1);
	struct bgp_rib *rib = bgp_rib_new(&pool);
	struct bgp_attrset *set = empty_set();
	struct bgp_adjout *a;
	size_t alone;
	unsigned n;

	for (uint32_t i = 0; i < N; i++)
		bgp_rib_set(rib, &(struct bgp_path){numbered(i), set, 0});
	alone = bgp_rib_memory(rib);
	assert_in_range(alone / N, 32, 60);
	for (unsigned i = 0; i < PEERS; i++) {
		a = bgp_adjout_open(rib, &policy, 3, 0);
		assert_int_equal(drain(a, 1011, &n), (N + 1010) / 1011);
	}
	assert_in_range((bgp_rib_memory(rib) - alone) / N / PEERS, 1, 2);
	bgp_rib_free(rib);
	bgp_attrset_unref(&pool, set);
}

/* many requests that the peer does not read the answers of: the table goes out once, and the
 * requests cost nothing (a walk for each of them would take longer than the test may) */
static void test_refresh_flood(void **state)
{
	enum { N = 100000 };
	const struct bgp_export_rule rule = {.tag = 0};
	struct bgp_export_policy policy = policy_of(&rule, 1);
	struct bgp_rib *rib = bgp_rib_new(&pool);
	struct bgp_attrset *set = empty_set();
	struct bgp_adjout *a = bgp_adjout_open(rib, &policy, 1, 0);
	unsigned n;

	for (uint32_t i = 0; i < N; i++)
		bgp_rib_set(rib, &(struct bgp_path){numbered(i), set, 0});
	drain(a, 1000, &n);
	for (unsigned round = 0; round < 2; round++) {
		for (uint32_t i = 0; i < 1000000; i++)
			bgp_adjout_refresh(a, BGP_IPV4);
		assert_int_equal(drain(a, 1000, &n), N / 1000);
	}
	bgp_adjout_refresh(a, BGP_IPV6); /* not a family of the session */
	assert_int_equal(drain(a, 1000, &n), 0);
	bgp_rib_free(rib);
	bgp_attrset_unref(&pool, set);
}

/* a neighbour that reads nothing more, while ever new prefixes come and go */
static void test_stalled_neighbour(void **state)
{
	const struct bgp_export_rule rule = {.tag = 0};
	struct bgp_export_policy policy = policy_of(&rule, 1);
	struct bgp_rib *rib = bgp_rib_new(&pool);
	struct bgp_attrset *set = empty_set();
	struct bgp_adjout *stalled, *fast;
	size_t before;
	unsigned n;

	for (uint32_t i = 0; i < 100; i++)
		bgp_rib_set(rib, &(struct bgp_path){numbered(i), set, 0});
	stalled = bgp_adjout_open(rib, &policy, 1, 0);
	drain(stalled, 1000, &n);
	fast = bgp_adjout_open(rib, &policy, 1, 0);
	before = bgp_rib_memory(rib);
	for (uint32_t i = 100; i < 100000; i++) {
		struct ip_prefix old = numbered(i - 100);

		bgp_rib_set(rib, &(struct bgp_path){numbered(i), set, 0});
		bgp_rib_del(rib, &old);
		drain(fast, 1000, &n);
	}
	assert_int_equal(bgp_rib_gone(rib), 100);
	assert_in_range(bgp_rib_memory(rib), 1, before * 3);
	assert_int_equal(drain(stalled, 1000, &n), 2); /* one withdraws, one announces */
	assert_int_equal(n, 200);
	assert_int_equal(bgp_rib_gone(rib), 0);
	bgp_rib_free(rib);
	bgp_attrset_unref(&pool, set);
}

/* --- aggregation --- */

static void test_aggregate(void **state)
{
	static const struct {
		const char *name;
		unsigned v4, v6;
		const char *in, *want;
	} cases[] = {
		{"lengths of an address change nothing", 32, 128, "10.0.0.2/32 10.0.0.1/32",
		 "10.0.0.1/32 10.0.0.2/32"},
		{"equal ones become one", 24, 128, "10.0.0.1/32 10.0.0.255/32 10.0.1.1/32",
		 "10.0.0.0/24 10.0.1.0/24"},
		{"shorter ones stay", 24, 64, "10.0.0.0/16 10.0.0.1/32", "10.0.0.0/16 10.0.0.0/24"},
		{"a length inside a byte", 19, 61, "10.0.63.9/32 2001:db8:0:7::1/128",
		 "10.0.32.0/19 2001:db8::/61"},
		{"length zero", 0, 0, "10.0.0.1/32 fd00::1/128", "0.0.0.0/0 ::/0"},
		{"nothing", 24, 64, "", ""},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ip_prefix list[8];
		struct strbuf text = {0};
		char word[IP_TEXT_MAX];
		size_t n = 0;
		int used;

		for (const char *s = cases[i].in; sscanf(s, "%63s%n", word, &used) == 1; s += used)
			list[n++] = prefix(word);
		n = bgp_aggregate(list, n, cases[i].v4, cases[i].v6);
		for (size_t k = 0; k < n; k++)
			str_addf(&text, "%s%s", k ? " " : "", ip_format_prefix(&list[k], word));
		if (strcmp(str_get(&text), cases[i].want))
			fail_row(cases[i].name, "got '%s'", str_get(&text));
		str_release(&text);
	}
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
		cmocka_unit_test_teardown(test_export, release_pool),
		cmocka_unit_test_teardown(test_next_hop_unchanged, release_pool),
		cmocka_unit_test_teardown(test_interned, release_pool),
		cmocka_unit_test_teardown(test_messages_are_full, release_pool),
		cmocka_unit_test_teardown(test_order_is_of_prefixes, release_pool),
		cmocka_unit_test_teardown(test_many_attribute_sets, release_pool),
		cmocka_unit_test_teardown(test_passing_attribute_sets, release_pool),
		cmocka_unit_test_teardown(test_bytes_a_prefix, release_pool),
		cmocka_unit_test_teardown(test_refresh_flood, release_pool),
		cmocka_unit_test_teardown(test_stalled_neighbour, release_pool),
		cmocka_unit_test(test_aggregate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
