/* bgp/wire/pack: attribute sets and prefixes to UPDATE messages, and back */
#include "check.h"

#include "bgp/wire/framer.h"
#include "bgp/wire/pack.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "random_attrs.h"
#include "wire.h"

static const uint32_t path_as[] = {65001};
static const uint32_t community[] = {0xfde80007};
static const struct bgp_large_community large[] = {{65000, 1, 2}};

static struct ip_prefix prefix(const char *text)
{
	struct ip_prefix p;

	assert_int_equal(ip_parse_prefix(text, &p), 0);
	return p;
}

static struct bgp_next_hop hop(const char *global, const char *link_local)
{
	struct bgp_next_hop nh = {0};

	assert_int_equal(ip_parse(global, &nh.global), 0);
	if (link_local)
		assert_int_equal(ip_parse(link_local, &nh.link_local), 0);
	return nh;
}

/* an eBGP export with one community */
static struct bgp_attrs typical(struct arena *mem)
{
	return (struct bgp_attrs){
		.has = BGP_HAS(BGP_ATTR_ORIGIN) | BGP_HAS(BGP_ATTR_AS_PATH),
		.as_path = bgp_as_path_make(path_as, 1, mem),
		.communities = community,
		.n_communities = 1,
	};
}

static void expect(struct writer *w, const char *want)
{
	struct bytes b;

	hex(want, &b);
	assert_false(w->bad);
	assert_string_equal(to_hex(w->buf, w->len), to_hex(b.at, b.len));
}

static void pack(struct writer *w, const struct bgp_agreed *s, enum bgp_family f,
		 const struct bgp_attrs *a, const struct bgp_next_hop *nh, const char *text)
{
	struct ip_prefix p = prefix(text);

	assert_int_equal(bgp_pack_all(w, s, f, a, nh, &p, 1, NULL), 1);
}

/* byte for byte what BIRD 2.0.12 sends for the same */
static void test_bytes_of_announcements(void **state)
{
	const struct bgp_agreed s = {.max_len = 4096, .families = 3, .as4 = true};
	static uint8_t buf[4096];
	struct arena mem = {0};
	struct bgp_attrs a = typical(&mem);
	struct bgp_next_hop v4 = hop("10.99.0.1", NULL), v6 = hop("fd00:99::1", NULL);
	struct bgp_next_hop both = hop("fd00:99::1", "fe80::1");
	struct writer w = wr_init(buf, sizeof(buf));

	a.large_communities = large;
	a.n_large_communities = 1;
	pack(&w, &s, BGP_IPV4, &a, &v4, "10.1.0.0/24");
	expect(&w, "ff*16 0045 02 0000 002a 40010100 4002 06 0201 0000fde9 4003 04 0a630001 "
		   "c008 04 fde80007 c020 0c 0000fde8 00000001 00000002 18 0a0100");

	a.n_communities = a.n_large_communities = 0;
	w = wr_init(buf, sizeof(buf));
	pack(&w, &s, BGP_IPV6, &a, &v6, "fd00:1::/48");
	expect(&w, "ff*16 0044 02 0000 002d 900e 001c 0002 01 10 fd000099 00*11 01 00 30 "
		   "fd0000010000 40010100 4002 06 0201 0000fde9");

	w = wr_init(buf, sizeof(buf));
	pack(&w, &s, BGP_IPV6, &a, &both, "::/0");
	expect(&w, "ff*16 004e 02 0000 0037 900e 0026 0002 01 20 fd000099 00*11 01 fe80 00*13 01 "
		   "00 00 40010100 4002 06 0201 0000fde9");

	w = wr_init(buf, sizeof(buf));
	pack(&w, &s, BGP_IPV4, &a, &v6, "10.1.0.0/16"); /* RFC 8950 */
	expect(&w, "ff*16 0040 02 0000 0029 900e 0018 0001 01 10 fd000099 00*11 01 00 10 0a01 "
		   "40010100 4002 06 0201 0000fde9");
	arena_release(&mem);
}

static void test_bytes_of_withdrawals(void **state)
{
	struct bgp_agreed s = {.max_len = 4096, .families = 3, .as4 = true};
	static uint8_t buf[4096];
	struct writer w = wr_init(buf, sizeof(buf));

	pack(&w, &s, BGP_IPV4, NULL, NULL, "10.1.0.0/24");
	expect(&w, "ff*16 001b 02 0004 18 0a0100 0000");
	w = wr_init(buf, sizeof(buf));
	pack(&w, &s, BGP_IPV6, NULL, NULL, "fd00:1::/48");
	expect(&w, "ff*16 0025 02 0000 000e 900f 000a 0002 01 30 fd0000010000");
	w = wr_init(buf, sizeof(buf));
	s.ipv4_over_ipv6 = true;
	pack(&w, &s, BGP_IPV4, NULL, NULL, "10.1.0.0/24");
	expect(&w, "ff*16 0022 02 0000 000b 900f 0007 0001 01 18 0a0100");
}

static void test_internal_and_external(void **state)
{
	struct bgp_agreed s = {.max_len = 4096, .families = 1, .as4 = true, .ibgp = true};
	static const uint32_t clusters[] = {0x0a000003};
	static uint8_t buf[4096];
	struct bgp_attrs a = {
		.has = BGP_HAS(BGP_ATTR_ORIGIN) | BGP_HAS(BGP_ATTR_AS_PATH) |
		       BGP_HAS(BGP_ATTR_LOCAL_PREF) | BGP_HAS(BGP_ATTR_ORIGINATOR_ID) |
		       BGP_HAS(BGP_ATTR_MED),
		.local_pref = 100,
		.med = 5,
		.originator_id = 0x0a000002,
		.cluster_list = clusters,
		.n_cluster_list = 1,
	};
	struct bgp_next_hop nh = hop("10.99.0.1", NULL);
	struct writer w = wr_init(buf, sizeof(buf));

	pack(&w, &s, BGP_IPV4, &a, &nh, "0.0.0.0/0");
	expect(&w, "ff*16 0042 02 0000 002a 40010100 400200 4003040a630001 80040400000005 "
		   "40050400000064 8009040a000002 800a040a000003 00");
	w = wr_init(buf, sizeof(buf));
	s.ibgp = false; /* RFC 4271 section 5.1.5, RFC 4456 section 7 */
	pack(&w, &s, BGP_IPV4, &a, &nh, "0.0.0.0/0");
	expect(&w, "ff*16 002d 02 0000 0015 40010100 400200 4003040a630001 80040400000005 00");
}

static void test_two_octet_peer(void **state)
{
	const struct bgp_agreed s = {.max_len = 4096, .families = 1};
	static const uint8_t path[] = {3, 1, 0xfa, 0x56, 0xea, 1,    2,    2,
				       0, 0, 0xfd, 0xe9, 0xfa, 0x56, 0xea, 0};
	static uint8_t buf[4096];
	struct bgp_attrs a = {
		.has = BGP_HAS(BGP_ATTR_ORIGIN) | BGP_HAS(BGP_ATTR_AS_PATH) |
		       BGP_HAS(BGP_ATTR_AGGREGATOR),
		.as_path = {path, sizeof(path)},
		.aggregator_as = 4200000000u,
		.aggregator_id = 0x0a000001,
	};
	struct bgp_next_hop nh = hop("10.99.0.1", NULL);
	struct writer w = wr_init(buf, sizeof(buf));

	pack(&w, &s, BGP_IPV4, &a, &nh, "0.0.0.0/0");
	expect(&w, "ff*16 0051 02 0000 0039 40010100 4002 0a 0301 5ba0 0202 fde9 5ba0 "
		   "4003040a630001 c00706 5ba0 0a000001 c011 0a 0202 0000fde9 fa56ea00 "
		   "c01208 fa56ea00 0a000001 00");
	a.as_path.len = 0;
	a.aggregator_as = 65001;
	w = wr_init(buf, sizeof(buf));
	pack(&w, &s, BGP_IPV4, &a, &nh, "0.0.0.0/0");
	expect(&w,
	       "ff*16 002f 02 0000 0017 40010100 400200 4003040a630001 c00706 fde9 0a000001 00");
}

static void test_end_of_rib(void **state)
{
	uint8_t buf[64];
	struct writer w = wr_init(buf, sizeof(buf));

	assert_int_equal(bgp_end_of_rib_encode(&w, BGP_IPV4), 0);
	expect(&w, "ff*16 0017 02 0000 0000");
	w = wr_init(buf, sizeof(buf));
	assert_int_equal(bgp_end_of_rib_encode(&w, BGP_IPV6), 0);
	expect(&w, "ff*16 001d 02 0000 0006 80 0f 03 0002 01");
	w = wr_init(buf, 28);
	assert_int_equal(bgp_end_of_rib_encode(&w, BGP_IPV6), -1);
	assert_true(w.len == 0 && !w.bad);
}

/* how many prefixes a full message holds */
static void test_messages_are_full(void **state)
{
	static const struct fill_case {
		const char *name;
		enum bgp_family family;
		uint8_t prefix_len;
		bool withdraw;
		unsigned path, communities;
		uint16_t max_len;
		uint32_t want;
	} rows[] = {
		/* 4096 - 23 - 4 - 9 - 7 - 7 = 4046 */
		{"/24, eBGP, one community", BGP_IPV4, 24, false, 1, 1, 4096, 1011},
		{"/32, eBGP, one community", BGP_IPV4, 32, false, 1, 1, 4096, 809},
		/* 4096 - 23 = 4073 */
		{"/24 withdrawn", BGP_IPV4, 24, true, 0, 0, 4096, 1018},
		/* 4073 - 4 - 5 - 16 = 4048, - 4 - 9 = 4035 */
		{"/128, eBGP", BGP_IPV6, 128, false, 1, 0, 4096, 237},
		{"/64, eBGP", BGP_IPV6, 64, false, 1, 0, 4096, 448},
		/* 4073 - 4 - 3 = 4066 */
		{"/128 withdrawn", BGP_IPV6, 128, true, 0, 0, 4096, 239},
		/* 65535 - 50 = 65485 */
		{"RFC 8654: /24, eBGP, one community", BGP_IPV4, 24, false, 1, 1, 65535, 16371},
	};
	static uint8_t buf[70000];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct bgp_agreed s = {.max_len = rows[i].max_len, .families = 3, .as4 = true};
		struct writer w = wr_init(buf, sizeof(buf));
		struct bgp_next_hop nh = hop(rows[i].family == BGP_IPV4 ? "10.0.0.1" : "fd00::1",
					     NULL);
		struct arena mem = {0};
		struct bgp_attrs a = typical(&mem);
		struct bgp_packer p;
		struct ip_prefix one = {{rows[i].family == BGP_IPV4 ? 4 : 6, {10}},
					rows[i].prefix_len};

		a.n_communities = (uint16_t)rows[i].communities;
		assert_int_equal(bgp_pack_begin(&p, &w, &s, rows[i].family,
						rows[i].withdraw ? NULL : &a, &nh),
				 BGP_PACK_READY);
		while (bgp_pack_add(&p, &one))
			;
		if (bgp_pack_end(&p) != rows[i].want)
			fail_row(rows[i].name, "%u prefixes", p.n);
		if (w.len > rows[i].max_len || w.len + bgp_nlri_size(&one) <= rows[i].max_len)
			fail_row(rows[i].name, "message of %zu bytes", w.len);
		arena_release(&mem);
	}
}

static void test_few_messages_for_many_prefixes(void **state)
{
	enum { N = 100000 };
	const struct bgp_agreed s = {.max_len = 4096, .families = 3, .as4 = true};
	struct ip_prefix *all = mem_calloc(N, sizeof(*all));
	size_t cap = 1 << 20, messages = 0;
	uint8_t *buf = mem_alloc(cap);
	struct writer w = wr_init(buf, cap);
	struct arena mem = {0};
	struct bgp_attrs a = typical(&mem);
	struct bgp_next_hop nh = hop("10.0.0.1", NULL);

	for (uint32_t i = 0; i < N; i++)
		all[i] = (struct ip_prefix){
			{4, {(uint8_t)(10 + (i >> 16)), (uint8_t)(i >> 8), (uint8_t)i}}, 24};
	assert_int_equal(bgp_pack_all(&w, &s, BGP_IPV4, &a, &nh, all, N, &messages), N);
	assert_int_equal(messages, 99);
	free(all);
	free(buf);
	arena_release(&mem);
}

static void test_full_buffer_goes_on_later(void **state)
{
	const struct bgp_agreed s = {.max_len = 4096, .families = 3, .as4 = true};
	static uint8_t buf[3 * 4096 + 100];
	static struct ip_prefix all[5000];
	struct writer w = wr_init(buf, sizeof(buf));
	struct arena mem = {0};
	struct bgp_attrs a = typical(&mem);
	struct bgp_next_hop nh = hop("10.0.0.1", NULL);
	size_t done = 0, messages = 0, rounds = 0;

	for (uint32_t i = 0; i < ARRAY_LEN(all); i++)
		all[i] = (struct ip_prefix){{4, {10, (uint8_t)(i >> 8), (uint8_t)i}}, 24};
	while (done < ARRAY_LEN(all)) {
		long n = bgp_pack_all(&w, &s, BGP_IPV4, &a, &nh, all + done, ARRAY_LEN(all) - done,
				      &messages);

		assert_true(n > 0);
		done += (size_t)n;
		rounds++;
		wr_rewind(&w, 0); /* written to the socket */
	}
	assert_int_equal(messages, 5);
	assert_int_equal(rounds, 2);

	w.len = sizeof(buf) - 4095;
	assert_int_equal(bgp_pack_all(&w, &s, BGP_IPV4, &a, &nh, all, 1, NULL), 0);
	assert_int_equal(w.len, sizeof(buf) - 4095);
	arena_release(&mem);
}

static void test_nothing_added_leaves_nothing(void **state)
{
	const struct bgp_agreed s = {.max_len = 4096, .families = 3, .as4 = true};
	static uint8_t buf[8192];
	struct writer w = wr_init(buf, sizeof(buf));
	struct arena mem = {0};
	struct bgp_attrs a = typical(&mem);
	struct bgp_next_hop nh = hop("10.0.0.1", NULL);
	struct bgp_packer p;

	wr_u8(&w, 1);
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV4, &a, &nh), BGP_PACK_READY);
	assert_int_equal(bgp_pack_end(&p), 0);
	assert_int_equal(w.len, 1);
	arena_release(&mem);
}

static void test_attributes_that_are_too_big(void **state)
{
	struct bgp_agreed s = {.max_len = 4096, .families = 3, .as4 = true};
	static uint32_t many[16500];
	static uint8_t buf[140000];
	struct writer w = wr_init(buf, sizeof(buf));
	struct arena mem = {0};
	struct bgp_attrs a = typical(&mem);
	struct bgp_next_hop v4 = hop("10.0.0.1", NULL), v6 = hop("fd00::1", NULL);
	struct bgp_packer p;

	a.communities = many;
	a.n_communities = 1003; /* 4073 - 20 - 4 - 4012 = 37 */
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV4, &a, &v4), BGP_PACK_READY);
	wr_rewind(&w, 0);
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV6, &a, &v6), BGP_PACK_READY);
	wr_rewind(&w, 0);
	a.n_communities = 1010;
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV4, &a, &v4), BGP_PACK_TOO_BIG);
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV6, &a, &v6), BGP_PACK_TOO_BIG);
	assert_true(w.len == 0 && !w.bad);
	s.max_len = 65535;
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV4, &a, &v4), BGP_PACK_READY);
	wr_rewind(&w, 0);
	w = wr_init(buf, sizeof(buf));
	a.n_communities = 64; /* 256 bytes need the extended length */
	pack(&w, &s, BGP_IPV4, &a, &v4, "0.0.0.0/0");
	assert_string_equal(to_hex(buf + 43, 4), "d0080100");
	wr_rewind(&w, 0);
	a.n_communities = 63;
	pack(&w, &s, BGP_IPV4, &a, &v4, "0.0.0.0/0");
	assert_string_equal(to_hex(buf + 43, 3), "c008fc");
	wr_rewind(&w, 0);
	a.n_communities = 16400; /* more than a length field can say */
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV4, &a, &v4), BGP_PACK_TOO_BIG);

	bgp_attrs_write(&w, &a, &s, NULL);
	assert_true(w.bad);

	/* a small buffer that has something in it: write that out first */
	a.n_communities = 2000;
	w = wr_init(buf, 10000);
	wr_u8(&w, 0);
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV4, &a, &v4), BGP_PACK_READY);
	wr_rewind(&w, 3000);
	assert_int_equal(bgp_pack_begin(&p, &w, &s, BGP_IPV4, &a, &v4), BGP_PACK_FULL);
	assert_int_equal(w.len, 3000);
	arena_release(&mem);
}

static void random_session(struct bgp_agreed *s)
{
	uint32_t bits = random_u32();

	*s = (struct bgp_agreed){.max_len = bits & 1 ? 65535 : 4096,
				 .families = 3,
				 .as4 = bits & 2 || bits & 4,
				 .ibgp = bits & 8,
				 .ipv4_over_ipv6 = bits & 16};
}

/* what @s lets through of @a */
static struct bgp_attrs as_sent(const struct bgp_agreed *s, struct bgp_attrs a)
{
	if (!s->ibgp) {
		a.has &= ~(BGP_HAS(BGP_ATTR_LOCAL_PREF) | BGP_HAS(BGP_ATTR_ORIGINATOR_ID));
		a.local_pref = a.originator_id = 0;
		a.n_cluster_list = 0;
	}
	return a;
}

/* confederation segments do not leave us on such sessions, and a two-octet peer loses the place
 * where they were; whether this set is one of those */
static bool has_confed(const struct bgp_attrs *a)
{
	struct reader r = rd_init(a->as_path.bytes, a->as_path.len);
	struct bgp_segment seg;

	while (bgp_as_path_next(&r, &seg))
		if (seg.type > BGP_AS_SEQUENCE)
			return true;
	return false;
}

static void check_messages(struct writer *w, const struct bgp_agreed *s, enum bgp_family f,
			   const struct bgp_attrs *want, const struct bgp_next_hop *nh,
			   const struct ip_prefix *prefixes, size_t n)
{
	struct reader in = rd_init(w->buf, w->len);
	struct bgp_message m;
	size_t at = 0;

	while (bgp_frame_next(&in, s->max_len, &m, NULL, NULL) == BGP_FRAME_MESSAGE) {
		struct arena mem = {0};
		struct bgp_update u;
		struct error err;
		struct ip_prefix p;

		if (bgp_update_decode(m.body, s, &mem, &u, NULL, &err) < 0)
			fail_row("round trip", "%s", err.msg);
		if (u.complaint[0])
			fail_row("round trip", "%s", u.complaint);
		assert_int_equal(u.n_runs, 1);
		assert_int_equal(u.runs[0].family, f);
		assert_int_equal(u.runs[0].withdraw, !want);
		if (want && !bgp_attrs_equal(&u.attrs, want))
			fail_row("round trip", "other attributes");
		if (want)
			assert_true(bgp_next_hop_equal(&u.runs[0].next_hop, nh));
		while (bgp_nlri_next(&u.runs[0].nlri, f, &p)) {
			assert_true(at < n);
			assert_memory_equal(&p, &prefixes[at++], sizeof(p));
		}
		arena_release(&mem);
	}
	assert_int_equal(in.left, 0);
	assert_int_equal(at, n);
}

static void test_decode_of_pack_is_the_same(void **state)
{
	static uint8_t buf[1 << 20];
	static struct ip_prefix prefixes[2000];

	for (int i = 0; i < 4000; i++) {
		struct arena mem = {0};
		struct bgp_attrs a = random_attrs(&mem), sent;
		enum bgp_family f = (enum bgp_family)random_below(2);
		size_t n = 1 + random_below(i % 10 ? 20 : ARRAY_LEN(prefixes));
		struct writer w = wr_init(buf, sizeof(buf));
		bool withdraw = random_below(4) == 0;
		struct bgp_agreed s;
		struct bgp_next_hop nh;

		random_session(&s);
		nh = random_next_hop(f == BGP_IPV6 || (s.ipv4_over_ipv6 && random_below(2)) ? 6
											    : 4);
		if (!(s.ibgp && s.as4) && has_confed(&a))
			a.as_path.len = 0;
		for (size_t k = 0; k < n; k++)
			prefixes[k] = random_prefix(f);
		sent = as_sent(&s, a);
		assert_int_equal(bgp_pack_all(&w, &s, f, withdraw ? NULL : &a,
					      withdraw ? NULL : &nh, prefixes, n, NULL),
				 n);
		check_messages(&w, &s, f, withdraw ? NULL : &sent, &nh, prefixes, n);
		arena_release(&mem);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes_of_announcements),
		cmocka_unit_test(test_bytes_of_withdrawals),
		cmocka_unit_test(test_internal_and_external),
		cmocka_unit_test(test_two_octet_peer),
		cmocka_unit_test(test_end_of_rib),
		cmocka_unit_test(test_messages_are_full),
		cmocka_unit_test(test_few_messages_for_many_prefixes),
		cmocka_unit_test(test_full_buffer_goes_on_later),
		cmocka_unit_test(test_nothing_added_leaves_nothing),
		cmocka_unit_test(test_attributes_that_are_too_big),
		cmocka_unit_test(test_decode_of_pack_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
