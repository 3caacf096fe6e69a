/* bgp/wire/open: OPEN, capabilities, and what two OPENs agree on */
#include "check.h"

#include "bgp/wire/framer.h"
#include "bgp/wire/open.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "wire.h"

/* the fixed part with AS 64512, hold 90, identifier 10.0.0.1 */
#define HEAD "04 fc00 005a 0a000001 "

static const struct open_case {
	const char *name, *body;
	int want;         /* 0 or code << 8 | subcode */
	const char *text; /* what is printed, or the data of the notification */
} cases[] = {
	{"no parameters", HEAD "00", 0, "AS 64512, id 10.0.0.1, hold 90 s, families ipv4"},
	{"BIRD 2.0.12: all capabilities in one parameter",
	 "04 fde9 00f0 0a630001 1e 02 1c 01 04 00010001 01 04 00020001 02 00 40 02 0078 "
	 "41 04 0000fde9 46 00 47 00",
	 0,
	 "AS 65001, id 10.99.0.1, hold 240 s, families ipv4 ipv6, 4-octet AS, route refresh, "
	 "enhanced refresh, graceful restart 120 s"},
	{"FRR 8.4: one parameter for each capability",
	 "04 fde9 00b4 0a630002 34 02 06 01 04 00010001 02 02 80 00 02 02 02 00 02 02 46 00 "
	 "02 06 41 04 0000fde9 02 02 06 00 02 06 45 04 00010101 02 04 40 02 0078 02 04 49 02 0000",
	 0,
	 "AS 65001, id 10.99.0.2, hold 180 s, families ipv4, 4-octet AS, route refresh, enhanced "
	 "refresh, extended messages, graceful restart 120 s"},
	{"RFC 4271 4.2: hold 0", "04 fc00 0000 0a000001 00", 0,
	 "AS 64512, id 10.0.0.1, hold 0 s, families ipv4"},
	{"RFC 4271 4.2: hold 3", "04 fc00 0003 0a000001 00", 0,
	 "AS 64512, id 10.0.0.1, hold 3 s, families ipv4"},
	{"RFC 4271 6.2: hold 1 is 2/6", "04 fc00 0001 0a000001 00", 0x206, "0001"},
	{"RFC 4271 6.2: hold 2 is 2/6", "04 fc00 0002 0a000001 00", 0x206, "0002"},
	{"RFC 4271 6.2: version 3 is 2/1 with ours", "03 fc00 005a 0a000001 00", 0x201, "0004"},
	{"RFC 4271 6.2: version 5 is 2/1 with ours", "05 fc00 005a 0a000001 00", 0x201, "0004"},
	{"RFC 6286 2.2: identifier 0 is 2/3", "04 fc00 005a 00000000 00", 0x203, "00000000"},
	{"RFC 6286 2.1: any other identifier is fine", "04 fc00 005a ffffffff 00", 0,
	 "AS 64512, id 255.255.255.255, hold 90 s, families ipv4"},
	{"RFC 7607: AS 0 is 2/2", "04 0000 005a 0a000001 00", 0x202, "0000"},
	{"RFC 7607: AS 0 in the capability is 2/2", HEAD "08 02 06 41 04 00000000", 0x202,
	 "00000000"},
	{"RFC 6793: the AS is the one of the capability",
	 "04 5ba0 005a 0a000001 08 02 06 41 04 fffffffe", 0,
	 "AS 4294967294, id 10.0.0.1, hold 90 s, families ipv4, 4-octet AS"},
	{"GHSA-gjrg-jjr3-56cm: AS capability of length 0", HEAD "0a 02 08 41 00 01 04 00010001",
	 0x200, ""},
	{"AS capability of length 5", HEAD "09 02 07 41 05 0000fc0000", 0x200, ""},
	{"RFC 4760: multiprotocol of length 3", HEAD "07 02 05 01 03 000100", 0x200, ""},
	{"RFC 4760: the reserved byte does not count", HEAD "08 02 06 01 04 0002ff01", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv6"},
	{"RFC 4760: families that we do not know", HEAD "0e 02 0c 01 04 00190046 01 04 00020001", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv6"},
	{"RFC 5492 4: the same capability twice", HEAD "0e 02 0c 01 04 00010001 01 04 00010001", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4"},
	{"RFC 5492 3: unknown capabilities are skipped", HEAD "0a 02 08 63 02 abcd 02 00 c8 00", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, route refresh, capability 99, "
	 "capability 200"},
	{"route refresh with a value", HEAD "05 02 03 02 01 00", 0x200, ""},
	{"old route refresh (128)", HEAD "04 02 02 80 00", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, route refresh"},
	{"RFC 8950: IPv4 over IPv6", HEAD "0a 02 08 05 06 0001 0001 0002", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, ipv4 over ipv6"},
	{"RFC 8950: an IPv4 next hop is nothing new", HEAD "0a 02 08 05 06 0001 0001 0001", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4"},
	{"RFC 8950: VPN over IPv6 is something else", HEAD "0a 02 08 05 06 0001 0080 0002", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4"},
	{"RFC 8950: SAFI has two bytes here", HEAD "0a 02 08 05 06 0001 0101 0002", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4"},
	{"RFC 8950: length not a multiple of 6", HEAD "0b 02 09 05 07 0001 0001 0002 00", 0x200,
	 ""},
	{"RFC 4724: restarting, forwarding kept for IPv4 only",
	 HEAD "0e 02 0c 40 0a 8078 0001 01 80 0002 01 00", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, graceful restart 120 s restarting ipv4 "
	 "ipv6 forwarding ipv4"},
	{"RFC 8538: N bit, time of 12 bits", HEAD "06 02 04 40 02 4fff", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, graceful restart 4095 s notification"},
	{"RFC 4724 3: of several only the last",
	 HEAD "10 02 0e 40 06 80780001 0180 40 04 0001 0002", 0x200, ""},
	{"RFC 4724 3: the last one replaces", HEAD "0e 02 0c 40 06 80780001 0180 40 02 0001", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, graceful restart 1 s"},
	{"RFC 4724: length 1", HEAD "05 02 03 40 01 00", 0x200, ""},
	{"RFC 4271 6.2: parameter 1 (authentication) is 2/4", HEAD "03 01 01 00", 0x204, ""},
	{"RFC 4271 6.2: parameter 3 is 2/4", HEAD "02 03 00", 0x204, ""},
	{"empty capability parameter", HEAD "02 02 00", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4"},
	{"parameters end before their length", HEAD "05 02 02 02 00", 0x200, ""},
	{"bytes after the parameters", HEAD "04 02 02 02 00 00", 0x200, ""},
	{"parameter longer than the parameters", HEAD "04 02 03 02 00", 0x200, ""},
	{"parameter without length", HEAD "01 02", 0x200, ""},
	{"capability longer than its parameter", HEAD "06 02 04 41 04 0000", 0x200, ""},
	{"capability longer than its parameter, with another parameter behind",
	 HEAD "08 02 02 41 04 02 02 0000", 0x200, ""},
	{"capability without length", HEAD "03 02 01 02", 0x200, ""},
	{"RFC 9072: the long form", HEAD "ff ff 0007 02 0004 02 00 46 00", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, route refresh, enhanced refresh"},
	{"RFC 9072 2: the old length does not count", HEAD "01 ff 0005 02 0002 02 00", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, route refresh"},
	{"RFC 9072: long form, length 0", HEAD "ff ff 0000", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4"},
	{"RFC 9072 2: the old length may not be 0", HEAD "00 ff 0000", 0x200, ""},
	{"RFC 9072: length 255 in the short form", HEAD "ff 02 fd 63 fb 00*251", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, capability 99"},
	{"RFC 9072: more than 255 bytes", HEAD "ff ff 0108 02 0105 63 ff 00*255 02 00 46 00", 0,
	 "AS 64512, id 10.0.0.1, hold 90 s, families ipv4, route refresh, enhanced refresh, "
	 "capability 99"},
	{"CVE-2022-40302: ends after the type of the long form", HEAD "ff ff", 0x200, ""},
	{"CVE-2022-40318: ends within the length of the long form", HEAD "ff ff 00", 0x200, ""},
	{"CVE-2022-43681: long parameter without its length", HEAD "ff ff 0002 02 00", 0x200, ""},
	{"RFC 9072: long form that is too long", HEAD "ff ff 0006 02 0002 02 00", 0x200, ""},
	{"too short for the fixed part", "04 fc00 005a 0a0000", 0x200, ""},
	{"no length of the parameters", HEAD, 0x200, ""},
};

static void check_failure(const struct open_case *c, int got, const struct bgp_open *o,
			  const struct bgp_notification *n, const struct error *err)
{
	if (got != -1 || err->code != c->want || (n->code << 8 | n->subcode) != c->want)
		fail_row(c->name, "result %d, code %#x: %s", got, err->code, err->msg);
	if (!only_bytes(o, sizeof(*o), 0xa5))
		fail_row(c->name, "output touched");
	if (strcmp(to_hex(n->data, n->len), c->text) != 0)
		fail_row(c->name, "data %s", to_hex(n->data, n->len));
}

static void test_decode(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct open_case *c = &cases[i];
		struct bgp_notification n = {0};
		struct error err = {0};
		struct strbuf out = {0};
		struct bgp_open o;
		struct bytes b;
		uint8_t *exact;
		int got;

		hex(c->body, &b);
		exact = mem_dup(b.at, b.len); /* so that the sanitizer sees a read past the end */
		memset(&o, 0xa5, sizeof(o));
		got = bgp_open_decode(rd_init(exact, b.len), &o, &n, &err);
		if (c->want) {
			check_failure(c, got, &o, &n, &err);
		} else {
			if (got != 0)
				fail_row(c->name, "code %#x: %s", err.code, err.msg);
			bgp_open_print(&o, &out);
			if (strcmp(str_get(&out), c->text) != 0)
				fail_row(c->name, "got %s", str_get(&out));
		}
		str_release(&out);
		free(exact);
	}
}

/* no OPEN above may be read past its end; of a good one all is needed */
static void test_every_truncation(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bytes b;

		hex(cases[i].body, &b);
		for (size_t len = 0; len < b.len; len++) {
			uint8_t *exact = mem_dup(b.at, len);
			struct bgp_open o;

			if (bgp_open_decode(rd_init(exact, len), &o, NULL, NULL) == 0 &&
			    !cases[i].want)
				fail_row(cases[i].name, "accepted without its last %zu bytes",
					 b.len - len);
			free(exact);
		}
	}
}

static void test_encode_bytes(void **state)
{
	static const struct bgp_open o = {
		.as = 4200000000u,
		.id = 0x0a000001,
		.hold_s = 90,
		.caps = {.multiprotocol = true,
			 .families = 3,
			 .as4 = true,
			 .route_refresh = true,
			 .enhanced_refresh = true,
			 .extended_message = true,
			 .ipv4_over_ipv6 = true,
			 .graceful_restart = true,
			 .gr_restarting = true,
			 .gr_notification = true,
			 .gr_time_s = 120,
			 .gr_families = 3,
			 .gr_forwarding = 1},
	};
	uint8_t buf[256];
	struct writer w = wr_init(buf, sizeof(buf));
	struct bytes want;

	hex("ff*16 004b 01 04 5ba0 005a 0a000001 2e 02 2c 01 04 00010001 01 04 00020001 02 00 "
	    "05 06 000100010002 06 00 40 0a c078 00010180 00020100 41 04 fa56ea00 46 00",
	    &want);
	assert_int_equal(bgp_open_encode(&w, &o), 0);
	assert_string_equal(to_hex(buf, w.len), to_hex(want.at, want.len));

	for (size_t cap = 0; cap < want.len; cap++) {
		w = wr_init(buf, cap);
		assert_int_equal(bgp_open_encode(&w, &o), -1);
		assert_true(w.len == 0 && !w.bad);
	}
}

static void test_encode_without_capabilities(void **state)
{
	static const struct bgp_open o = {.as = 64512, .id = 1, .hold_s = 3};
	uint8_t buf[64];
	struct writer w = wr_init(buf, sizeof(buf));
	struct bytes want;

	hex("ff*16 001d 01 04 fc00 0003 00000001 00", &want);
	assert_int_equal(bgp_open_encode(&w, &o), 0);
	assert_string_equal(to_hex(buf, w.len), to_hex(want.at, want.len));
}

static struct bgp_open random_open(void)
{
	uint32_t bits = random_u32();
	struct bgp_open o = {
		.as = 1 + random_below(bits & 1 ? 65534 : UINT32_MAX),
		.id = 1 + random_below(UINT32_MAX),
		.hold_s = (uint16_t)(bits & 2 ? 0 : 3 + random_below(65533)),
		.caps = {.multiprotocol = bits & 4,
			 .families = bits & 4 ? 1 + random_below(3) : 0,
			 .as4 = bits & 8,
			 .route_refresh = bits & 16,
			 .enhanced_refresh = bits & 32,
			 .extended_message = bits & 64,
			 .ipv4_over_ipv6 = bits & 128,
			 .graceful_restart = bits & 256},
	};

	if (!o.caps.as4)
		o.as = 1 + o.as % 65535;
	if (o.caps.graceful_restart) {
		o.caps.gr_restarting = bits & 512;
		o.caps.gr_notification = bits & 1024;
		o.caps.gr_time_s = (uint16_t)random_below(4096);
		o.caps.gr_families = (uint8_t)random_below(4);
		o.caps.gr_forwarding = o.caps.gr_families & (uint8_t)random_below(4);
	}
	return o;
}

/* field by field: there is padding */
static bool same_open(const struct bgp_open *x, const struct bgp_open *y)
{
	const struct bgp_caps *a = &x->caps, *b = &y->caps;

	return x->as == y->as && x->id == y->id && x->hold_s == y->hold_s &&
	       a->families == b->families && a->multiprotocol == b->multiprotocol &&
	       a->as4 == b->as4 && a->route_refresh == b->route_refresh &&
	       a->enhanced_refresh == b->enhanced_refresh &&
	       a->extended_message == b->extended_message &&
	       a->ipv4_over_ipv6 == b->ipv4_over_ipv6 &&
	       a->graceful_restart == b->graceful_restart && a->gr_restarting == b->gr_restarting &&
	       a->gr_notification == b->gr_notification && a->gr_time_s == b->gr_time_s &&
	       a->gr_families == b->gr_families && a->gr_forwarding == b->gr_forwarding;
}

static void test_decode_of_encode_is_the_same(void **state)
{
	for (int i = 0; i < 20000; i++) {
		struct bgp_open o = random_open(), back;
		uint8_t buf[256];
		struct writer w = wr_init(buf, sizeof(buf));
		struct reader in;
		struct bgp_message m;

		assert_int_equal(bgp_open_encode(&w, &o), 0);
		in = rd_init(buf, w.len);
		assert_int_equal(bgp_frame_next(&in, 4096, &m, NULL, NULL), BGP_FRAME_MESSAGE);
		assert_int_equal(bgp_open_decode(m.body, &back, NULL, NULL), 0);
		assert_int_equal(bgp_caps_seen(&back.caps, BGP_CAP_AS4), o.caps.as4);
		assert_true(same_open(&back, &o));
	}
}

static const struct agree_case {
	const char *name;
	struct bgp_open ours, theirs;
	uint32_t expected_as;
	int want;
	const char *data;
	struct bgp_agreed agreed;
} agrees[] = {
	{"RFC 4271 4.2: the smaller hold time",
	 {64512, 1, 90},
	 {65001, 2, 30},
	 65001,
	 0,
	 "",
	 {65001, 2, 30, 4096, 1}},
	{"hold 0 is the smallest",
	 {64512, 1, 90},
	 {65001, 2, 0},
	 65001,
	 0,
	 "",
	 {65001, 2, 0, 4096, 1}},
	{"any AS", {64512, 1, 90}, {65001, 2, 180}, 0, 0, "", {65001, 2, 90, 4096, 1}},
	{"same AS is internal",
	 {64512, 1, 90},
	 {64512, 2, 90},
	 64512,
	 0,
	 "",
	 {64512, 2, 90, 4096, 1, .ibgp = true}},
	{"RFC 4271 6.2: another AS is 2/2", {64512, 1, 90}, {65001, 2, 90}, 65002, 0x202, "fde9"},
	{"another AS of four bytes is 2/2",
	 {64512, 1, 90},
	 {4200000000u, 2, 90, {.as4 = true}},
	 65002,
	 0x202,
	 "fa56ea00"},
	{"RFC 6793 9: AS_TRANS is nobody", {64512, 1, 90}, {23456, 2, 90}, 0, 0x202, "5ba0"},
	{"RFC 6286 2.2: our identifier in our AS is 2/3",
	 {64512, 7, 90},
	 {64512, 7, 90},
	 0,
	 0x203,
	 "00000007"},
	{"RFC 6286 2.2: our identifier in another AS is fine",
	 {64512, 7, 90},
	 {65001, 7, 90},
	 0,
	 0,
	 "",
	 {65001, 7, 90, 4096, 1}},
	{"RFC 4760 8: families of both",
	 {64512, 1, 90, {.multiprotocol = true, .families = 3}},
	 {65001, 2, 90, {.multiprotocol = true, .families = 2}},
	 0,
	 0,
	 "",
	 {65001, 2, 90, 4096, 2}},
	{"RFC 4760: without the capability IPv4 is meant",
	 {64512, 1, 90, {.multiprotocol = true, .families = 3}},
	 {65001, 2, 90},
	 0,
	 0,
	 "",
	 {65001, 2, 90, 4096, 1}},
	{"RFC 5492 5: no family in common is 2/7 with ours",
	 {64512, 1, 90, {.multiprotocol = true, .families = 2}},
	 {65001, 2, 90},
	 0,
	 0x207,
	 "010400020001"},
	{"capability without any family of ours",
	 {64512, 1, 90},
	 {65001, 2, 90, {.multiprotocol = true}},
	 0,
	 0x207,
	 "010400010001"},
	{"what both have",
	 {64512,
	  1,
	  90,
	  {.as4 = true,
	   .extended_message = true,
	   .enhanced_refresh = true,
	   .ipv4_over_ipv6 = true,
	   .graceful_restart = true,
	   .gr_notification = true}},
	 {65001,
	  2,
	  90,
	  {.as4 = true,
	   .extended_message = true,
	   .enhanced_refresh = true,
	   .route_refresh = true,
	   .ipv4_over_ipv6 = true,
	   .graceful_restart = true,
	   .gr_notification = true}},
	 0,
	 0,
	 "",
	 {65001, 2, 90, 65535, 1, .as4 = true, .ipv4_over_ipv6 = true, .route_refresh = true,
	  .enhanced_refresh = true, .end_of_rib = true, .graceful_restart = true,
	  .graceful_notification = true}},
	{"what only the peer has",
	 {64512, 1, 90},
	 {65001,
	  2,
	  90,
	  {.as4 = true,
	   .extended_message = true,
	   .enhanced_refresh = true,
	   .route_refresh = true,
	   .ipv4_over_ipv6 = true,
	   .graceful_restart = true,
	   .gr_notification = true}},
	 0,
	 0,
	 "",
	 {65001, 2, 90, 4096, 1, .route_refresh = true, .end_of_rib = true}},
	{"what only we have",
	 {64512,
	  1,
	  90,
	  {.as4 = true,
	   .extended_message = true,
	   .enhanced_refresh = true,
	   .route_refresh = true,
	   .ipv4_over_ipv6 = true,
	   .graceful_restart = true,
	   .gr_notification = true}},
	 {65001, 2, 90},
	 0,
	 0,
	 "",
	 {65001, 2, 90, 4096, 1}},
};

static bool same_agreed(const struct bgp_agreed *a, const struct bgp_agreed *b)
{
	return a->remote_as == b->remote_as && a->remote_id == b->remote_id &&
	       a->hold_s == b->hold_s && a->max_len == b->max_len && a->families == b->families &&
	       a->ibgp == b->ibgp && a->as4 == b->as4 && a->ipv4_over_ipv6 == b->ipv4_over_ipv6 &&
	       a->route_refresh == b->route_refresh && a->enhanced_refresh == b->enhanced_refresh &&
	       a->end_of_rib == b->end_of_rib && a->graceful_restart == b->graceful_restart &&
	       a->graceful_notification == b->graceful_notification;
}

static void test_agree(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(agrees); i++) {
		const struct agree_case *c = &agrees[i];
		struct bgp_agreed got = {.remote_as = 99};
		struct bgp_notification n = {0};
		struct error err = {0};
		int rc = bgp_open_agree(&c->ours, &c->theirs, c->expected_as, &got, &n, &err);

		if (err.code != c->want || rc != (c->want ? -1 : 0))
			fail_row(c->name, "result %d, code %#x: %s", rc, err.code, err.msg);
		if (strcmp(to_hex(n.data, n.len), c->data) != 0)
			fail_row(c->name, "data %s", to_hex(n.data, n.len));
		if (c->want ? got.remote_as != 99 : !same_agreed(&got, &c->agreed))
			fail_row(c->name, "wrong output");
	}
}

static void test_wrong_as_text(void **state)
{
	struct bgp_open ours = {64512, 1, 90}, theirs = {65001, 2, 90};
	struct bgp_agreed got;
	struct error err;

	assert_int_equal(bgp_open_agree(&ours, &theirs, 65002, &got, NULL, &err), -1);
	assert_string_equal(err.msg, "the peer is not AS 65002 but AS 65001");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_encode_bytes),
		cmocka_unit_test(test_encode_without_capabilities),
		cmocka_unit_test(test_decode_of_encode_is_the_same),
		cmocka_unit_test(test_agree),
		cmocka_unit_test(test_wrong_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
