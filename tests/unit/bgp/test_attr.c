/* bgp/wire: AS paths, communities, attribute sets, prefixes, ROUTE-REFRESH */
#include "check.h"

#include "bgp/wire/attr.h"
#include "bgp/wire/nlri.h"
#include "bgp/wire/refresh.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "random_attrs.h"
#include "wire.h"

static struct bgp_as_path path_of(const char *text, struct bytes *b)
{
	hex(text, b);
	return (struct bgp_as_path){b->at, b->len};
}

static const struct path_case {
	const char *path, *text;
	unsigned length;
	uint32_t first;
} paths[] = {
	{"", "", 0, 0},
	{"0201 0000fc00", "64512", 1, 64512},
	{"0202 0000fc00 fa56ea00", "64512 4200000000", 2, 64512},
	{"0103 00000001 00000002 00000003", "{1,2,3}", 1, 0},
	{"0201 00000005 0102 00000001 00000002", "5 {1,2}", 2, 5},
	{"0302 00000005 00000006 0201 00000007", "(5 6) 7", 1, 0},
	{"0402 00000005 00000006 0201 00000007 0201 00000008", "[5,6] 7 8", 2, 0},
};

static void test_as_paths(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct bytes b;
		struct bgp_as_path p = path_of(paths[i].path, &b);
		struct strbuf out = {0};

		assert_null(bgp_as_path_problem(rd_init(p.bytes, p.len), 4, true));
		bgp_as_path_print(p, &out);
		if (strcmp(str_get(&out), paths[i].text) != 0)
			fail_row(paths[i].text, "got %s", str_get(&out));
		if (bgp_as_path_length(p) != paths[i].length)
			fail_row(paths[i].text, "length %u", bgp_as_path_length(p));
		if (bgp_as_path_first(p) != paths[i].first)
			fail_row(paths[i].text, "first %u", bgp_as_path_first(p));
		str_release(&out);
	}
}

static void test_as_path_has(void **state)
{
	struct bytes b;
	struct bgp_as_path p = path_of("0201 00000005 0102 00000001 fa56ea00", &b);

	assert_true(bgp_as_path_has(p, 5));
	assert_true(bgp_as_path_has(p, 4200000000u));
	assert_false(bgp_as_path_has(p, 2));
	assert_true(bgp_as_path_needs_as4(p));
	assert_false(bgp_as_path_needs_as4(path_of("0201 00000005 0301 fa56ea00", &b)));
}

static void test_as_path_make(void **state)
{
	static const uint32_t as[] = {1, 4200000000u};
	struct arena mem = {0};
	struct bgp_as_path p = bgp_as_path_make(as, 2, &mem);

	assert_string_equal(to_hex(p.bytes, p.len), "020200000001fa56ea00");
	assert_int_equal(bgp_as_path_make(NULL, 0, &mem).len, 0);
	arena_release(&mem);
}

/* RFC 6793 section 4.2.3 */
static void test_as_path_merge(void **state)
{
	static const struct {
		const char *name, *path, *as4, *want;
	} rows[] = {
		{"the end is replaced", "0203 00000001 00005ba0 00005ba0", "0202 fa56ea00 fa56ea01",
		 "1 4200000000 4200000001"},
		{"nothing in AS4_PATH", "0201 00000001", "", "1"},
		{"AS4_PATH is longer", "0201 00000001", "0202 00000002 00000003", "1"},
		{"a set in front", "0102 00000001 00000002 0201 00005ba0", "0201 fa56ea00",
		 "{1,2} 4200000000"},
		{"whole segments in front", "0201 00000001 0201 00000002 0201 00005ba0",
		 "0201 fa56ea00", "1 2 4200000000"},
		{"leading confederation segment stays", "0301 00000009 0201 00005ba0",
		 "0201 fa56ea00", "(9) 4200000000"},
		{"confederation segment behind a kept one stays",
		 "0201 00000001 0301 00000009 0201 00005ba0", "0201 fa56ea00", "1 (9) 4200000000"},
		{"confederation segment that is not beside a kept one goes",
		 "0201 00005ba0 0301 00000009", "0201 fa56ea00", "4200000000"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bytes a, b;
		struct arena mem = {0};
		struct strbuf out = {0};

		bgp_as_path_print(bgp_as_path_merge(path_of(rows[i].path, &a),
						    path_of(rows[i].as4, &b), &mem),
				  &out);
		if (strcmp(str_get(&out), rows[i].want) != 0)
			fail_row(rows[i].name, "got %s", str_get(&out));
		str_release(&out);
		arena_release(&mem);
	}
}

static void test_community_text(void **state)
{
	static const struct {
		const char *text;
		int want;
		uint32_t value;
		const char *printed;
	} rows[] = {
		{"65000:100", 0, 0xfde80064, "65000:100"},
		{"0:0", 0, 0, "0:0"},
		{"65535:65281", 0, 0xffffff01, "no-export"},
		{"no-export", 0, 0xffffff01, "no-export"},
		{"no-advertise", 0, 0xffffff02, "no-advertise"},
		{"planned-shut", 0, 0xffff0000, "graceful-shutdown"},
		{"blackhole", 0, 0xffff029a, "blackhole"},
		{"internet", 0, 0, "0:0"},
		{"4259840100", 0, 0xfde80064, "65000:100"},
		{"4294967295", 0, 0xffffffff, "65535:65535"},
		{"4294967296", -1},
		{"65536:1", -1},
		{"1:65536", -1},
		{"1:", -1},
		{":1", -1},
		{"1:2:3", -1},
		{"", -1},
		{"-1:2", -1},
		{" 1:2", -1},
		{"1:2 ", -1},
		{"no-such", -1},
		{"00000000000000000001:1", -1},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint32_t got = 77;
		struct strbuf out = {0};

		if (bgp_community_parse(rows[i].text, &got) != rows[i].want ||
		    got != (rows[i].want ? 77 : rows[i].value))
			fail_row(rows[i].text, "got %#x", got);
		if (rows[i].want == 0) {
			bgp_community_print(got, &out);
			assert_string_equal(str_get(&out), rows[i].printed);
		}
		str_release(&out);
	}
	assert_int_equal(bgp_community_parse(NULL, &(uint32_t){0}), -1);
}

static void test_large_community_text(void **state)
{
	struct bgp_large_community c = {7, 7, 7};
	struct strbuf out = {0};

	assert_int_equal(bgp_large_community_parse("1:2", &c), -1);
	assert_int_equal(bgp_large_community_parse("1:2:3:4", &c), -1);
	assert_int_equal(bgp_large_community_parse("1:2:4294967296", &c), -1);
	assert_int_equal(c.global, 7);
	assert_int_equal(bgp_large_community_parse("4200000000:0:4294967295", &c), 0);
	bgp_large_community_print(&c, &out);
	assert_string_equal(str_get(&out), "4200000000:0:4294967295");
	str_release(&out);
}

static void test_ext_community_text(void **state)
{
	static const struct {
		uint64_t c;
		const char *want;
	} rows[] = {
		{0x0002fde900000064, "rt:65001:100"},
		{0x0003fde900000064, "ro:65001:100"},
		{0x01020a0000010005, "rt:10.0.0.1:5"},
		{0x0202fa56ea000007, "rt:4200000000:7"},
		{0x4002fde900000064, "0x4002fde900000064"},
		{0x0004fde900000064, "0x0004fde900000064"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct strbuf out = {0};

		bgp_ext_community_print(rows[i].c, &out);
		assert_string_equal(str_get(&out), rows[i].want);
		str_release(&out);
	}
}

/* a copy is equal to itself however its communities were ordered, and lives on its own */
static void test_dup_is_canonical(void **state)
{
	static const uint32_t mixed[] = {3, 1, 2, 3, 1}, sorted[] = {1, 2, 3};
	static const uint64_t ext_mixed[] = {9, 9, 1ull << 60}, ext_sorted[] = {9, 1ull << 60};
	static const struct bgp_large_community l_mixed[] = {{2, 1, 1},
							     {1, 2, 1},
							     {1, 1, 2},
							     {1, 2, 1}},
						l_sorted[] = {{1, 1, 2}, {1, 2, 1}, {2, 1, 1}};
	static const uint32_t clusters[] = {9, 8, 9};
	struct bgp_attrs a = {.communities = mixed,
			      .n_communities = 5,
			      .ext_communities = ext_mixed,
			      .n_ext_communities = 3,
			      .large_communities = l_mixed,
			      .n_large_communities = 4,
			      .cluster_list = clusters,
			      .n_cluster_list = 3};
	struct bgp_attrs b = {.communities = sorted,
			      .n_communities = 3,
			      .ext_communities = ext_sorted,
			      .n_ext_communities = 2,
			      .large_communities = l_sorted,
			      .n_large_communities = 3,
			      .cluster_list = clusters,
			      .n_cluster_list = 3};
	struct bgp_attrs *x = bgp_attrs_dup(&a), *y = bgp_attrs_dup(&b);

	assert_true(bgp_attrs_equal(x, y));
	assert_true(bgp_attrs_equal(x, &b)); /* clusters have an order that means something */
	assert_false(bgp_attrs_equal(x, &a));
	assert_int_equal(bgp_attrs_hash(x), bgp_attrs_hash(y));
	free(x);
	free(y);
}

static void test_random_sets_copy_and_differ(void **state)
{
	for (int i = 0; i < 3000; i++) {
		struct arena mem = {0};
		struct bgp_attrs a = random_attrs(&mem), b = random_attrs(&mem);
		struct bgp_attrs *x = bgp_attrs_dup(&a), *y = bgp_attrs_dup(x),
				 *z = bgp_attrs_dup(&b);

		arena_release(&mem); /* the copies borrow nothing */
		assert_true(bgp_attrs_equal(x, y));
		assert_int_equal(bgp_attrs_hash(x), bgp_attrs_hash(y));
		if (x->origin != z->origin || x->med != z->med)
			assert_false(bgp_attrs_equal(x, z));
		free(x);
		free(y);
		free(z);
	}
}

/* each field counts, for equality and for the hash */
static void test_every_field_makes_a_difference(void **state)
{
	static const uint32_t list[] = {1, 2};
	static const uint64_t ext[] = {1, 2};
	static const struct bgp_large_community big[] = {{1, 1, 1}, {1, 1, 2}};
	const struct bgp_attrs
		zero = {0},
		rows[] = {
			{.has = 2},
			{.origin = 1},
			{.med = 1},
			{.local_pref = 1},
			{.aggregator_as = 1},
			{.aggregator_id = 1},
			{.originator_id = 1},
			{.as_path = {(const uint8_t *)"\x02\x01\x00\x00\x00\x01", 6}},
			{.as_path = {(const uint8_t *)"\x02\x01\x00\x00\x00\x02", 6}},
			{.communities = list, .n_communities = 1},
			{.communities = list + 1, .n_communities = 1},
			{.communities = list, .n_communities = 2},
			{.cluster_list = list, .n_cluster_list = 1},
			{.cluster_list = list + 1, .n_cluster_list = 1},
			{.ext_communities = ext, .n_ext_communities = 1},
			{.ext_communities = ext + 1, .n_ext_communities = 1},
			{.large_communities = big, .n_large_communities = 1},
			{.large_communities = big + 1, .n_large_communities = 1},
			{.unknown = (const uint8_t *)"\xe0\x63\x00", .unknown_len = 3},
			{.unknown = (const uint8_t *)"\xe0\x64\x00", .unknown_len = 3},
		};

	assert_true(bgp_attrs_equal(&zero, &zero));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_false(bgp_attrs_equal(&rows[i], &zero));
		for (size_t k = 0; k < ARRAY_LEN(rows); k++)
			if (bgp_attrs_equal(&rows[i], &rows[k]) != (i == k))
				fail_row("equal", "%zu and %zu", i, k);
	}
}

static void test_usable_prefixes(void **state)
{
	static const struct {
		const char *prefix;
		bool want;
	} rows[] = {
		{"0.0.0.0/1", true},
		{"126.0.0.0/7", true},
		{"fe80::/9", true},
		{"0.0.0.0/0", true},
		{"0.0.0.0/8", false},
		{"0.1.0.0/16", false},
		{"10.0.0.0/8", true},
		{"126.0.0.0/7", true},
		{"127.0.0.1/32", false},
		{"169.254.1.0/24", false},
		{"223.255.255.255/32", true},
		{"224.0.0.0/4", false},
		{"239.1.1.1/32", false},
		{"240.0.0.0/4", false},
		{"255.255.255.255/32", false},
		{"::/0", true},
		{"::/128", false},
		{"::1/128", false},
		{"2000::/3", true},
		{"fd00::/8", true},
		{"fe80::/10", false},
		{"fe80::1/128", false},
		{"ff02::1/128", false},
		{"64:ff9b::/96", true},
		{"::ffff:0:0/96", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ip_prefix p;

		assert_int_equal(ip_parse_prefix(rows[i].prefix, &p), 0);
		if (bgp_prefix_usable(&p) != rows[i].want)
			fail_row(rows[i].prefix, "other than %d", rows[i].want);
	}
}

/* RFC 4271 section 4.3: every length of both families, and what runs over the end */
static void test_nlri_lengths(void **state)
{
	for (unsigned bits = 0; bits < 256; bits++) {
		for (int f = 0; f < 2; f++) {
			uint8_t *exact = mem_alloc(1 + (bits + 7) / 8);
			struct reader r = rd_init(exact, 1 + (bits + 7) / 8), less = r;
			bool fits = bits <= (f == BGP_IPV4 ? 32 : 128);
			struct ip_prefix p;

			exact[0] = (uint8_t)bits;
			less.left--;
			assert_int_equal(bgp_nlri_count(r, (enum bgp_family)f), fits ? 1 : -1);
			assert_int_equal(bgp_nlri_next(&r, (enum bgp_family)f, &p), fits);
			if (bits > 0) {
				assert_int_equal(bgp_nlri_count(less, (enum bgp_family)f), -1);
				assert_false(bgp_nlri_next(&less, (enum bgp_family)f, &p));
			}
			free(exact);
		}
	}
	assert_int_equal(bgp_nlri_count(rd_init(NULL, 0), BGP_IPV4), 0);
}

static const struct refresh_case {
	const char *name, *body;
	bool enhanced;
	int want;
	const char *text;
} refreshes[] = {
	{"RFC 2918: IPv4 request", "0001 00 01", false, 0, "request ipv4"},
	{"RFC 2918: IPv6 request", "0002 00 01", true, 0, "request ipv6"},
	{"RFC 7313: BoRR", "0001 01 01", true, 0, "begin ipv4"},
	{"RFC 7313: EoRR", "0001 02 01", true, 0, "end ipv4"},
	{"RFC 7313 5: other subtypes are ignored, so no error", "0001 07 01", true, 0,
	 "subtype 7 ipv4"},
	{"family that we do not know", "0019 00 46", false, 0, "request family 25/70"},
	{"RFC 7313 5: BoRR with one byte more is 7/1 with the message", "0001 01 01 00", true,
	 0x701, "ffffffffffffffffffffffffffffffff0018050001010100"},
	{"RFC 7313 5: EoRR with one byte more is 7/1 with the message", "0001 02 01 00", true,
	 0x701, "ffffffffffffffffffffffffffffffff0018050001020100"},
	{"RFC 7313 5: only if it was agreed", "0001 01 01 00", false, 0x102, "0018"},
	{"CVE-2023-41360: ORF that we never asked for", "0001 00 01 0140 0002 ffff", true, 0x102,
	 "001d"},
};

static void test_refresh(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(refreshes); i++) {
		const struct refresh_case *c = &refreshes[i];
		struct bgp_agreed s = {.enhanced_refresh = c->enhanced};
		struct bgp_refresh r = {.subtype = 99};
		struct bgp_notification n = {0};
		struct error err = {0};
		struct strbuf out = {0};
		struct bytes b;
		uint8_t buf[64];
		struct writer w = wr_init(buf, sizeof(buf));
		size_t start = bgp_message_begin(&w, BGP_ROUTE_REFRESH);
		struct bgp_message m;
		struct reader in;

		hex(c->body, &b);
		wr_bytes(&w, b.at, b.len);
		assert_int_equal(bgp_message_end(&w, start, 4096), 0);
		in = rd_init(buf, w.len);
		assert_int_equal(bgp_frame_next(&in, 4096, &m, NULL, NULL), BGP_FRAME_MESSAGE);
		if (bgp_refresh_decode(&m, &s, &r, &n, &err) != (c->want ? -1 : 0) ||
		    err.code != c->want)
			fail_row(c->name, "code %#x", err.code);
		if (c->want) {
			if (r.subtype != 99 || strcmp(to_hex(n.data, n.len), c->text) != 0)
				fail_row(c->name, "data %s", to_hex(n.data, n.len));
			continue;
		}
		bgp_refresh_print(&r, &out);
		if (strcmp(str_get(&out), c->text) != 0)
			fail_row(c->name, "got %s", str_get(&out));
		str_release(&out);
	}
}

static void test_refresh_bytes(void **state)
{
	uint8_t buf[23];
	struct writer w = wr_init(buf, sizeof(buf));
	struct bytes want;

	assert_int_equal(bgp_refresh_encode(&w, BGP_IPV6, BGP_REFRESH_END), 0);
	hex("ff*16 0017 05 0002 02 01", &want);
	assert_string_equal(to_hex(buf, w.len), to_hex(want.at, want.len));
	assert_int_equal(bgp_refresh_encode(&w, BGP_IPV6, BGP_REFRESH_END), -1);
	assert_int_equal(w.len, 23);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_paths),
		cmocka_unit_test(test_as_path_has),
		cmocka_unit_test(test_as_path_make),
		cmocka_unit_test(test_as_path_merge),
		cmocka_unit_test(test_community_text),
		cmocka_unit_test(test_large_community_text),
		cmocka_unit_test(test_ext_community_text),
		cmocka_unit_test(test_dup_is_canonical),
		cmocka_unit_test(test_random_sets_copy_and_differ),
		cmocka_unit_test(test_every_field_makes_a_difference),
		cmocka_unit_test(test_usable_prefixes),
		cmocka_unit_test(test_nlri_lengths),
		cmocka_unit_test(test_refresh),
		cmocka_unit_test(test_refresh_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
