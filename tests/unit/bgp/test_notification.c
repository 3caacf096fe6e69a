/* bgp/wire/notification: bytes and words */
#include "check.h"

#include "bgp/wire/framer.h"
#include "common/base/str.h"

#define MARKER     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
#define ROW(bytes) bytes, sizeof(bytes) - 1

static const struct print_case {
	const char *name, *body;
	size_t len;
	const char *want;
} prints[] = {
	{"code without subcode", ROW("\x04\x00"), "Hold Timer Expired"},
	{"subcode 0 of OPEN", ROW("\x02\x00"), "OPEN Message Error/Unspecific"},
	{"bad length with its data", ROW("\x01\x02\x10\x01"),
	 "Message Header Error/Bad Message Length: 4097"},
	{"bad type with its data", ROW("\x01\x03\x09"), "Message Header Error/Bad Message Type: 9"},
	{"version with the one the peer speaks", ROW("\x02\x01\x00\x04"),
	 "OPEN Message Error/Unsupported Version Number: 4"},
	{"RFC 9234 role mismatch", ROW("\x02\x0b\x03"), "OPEN Message Error/Role Mismatch: 0x03"},
	{"unsupported capability, data in hex", ROW("\x02\x07\x01\x04\x00\x01\x00\x01"),
	 "OPEN Message Error/Unsupported Capability: 0x010400010001"},
	{"RFC 6608 FSM error with the message type", ROW("\x05\x03\x01"),
	 "Finite State Machine Error/Receive Unexpected Message in Established State: 1"},
	{"RFC 4486 prefix limit", ROW("\x06\x01\x00\x02\x01\x00\x00\x00\x0a"),
	 "Cease/Maximum Number of Prefixes Reached: ipv6 limit 10"},
	{"RFC 4486 prefix limit of another family", ROW("\x06\x01\x00\x19\x46\x00\x00\x00\x0a"),
	 "Cease/Maximum Number of Prefixes Reached: family 25/70 limit 10"},
	{"RFC 4486 prefix limit cut short", ROW("\x06\x01\x00\x02\x01"),
	 "Cease/Maximum Number of Prefixes Reached: 0x000201"},
	{"RFC 9003 shutdown without text", ROW("\x06\x02"), "Cease/Administrative Shutdown"},
	{"RFC 9003 communication of length 0", ROW("\x06\x02\x00"),
	 "Cease/Administrative Shutdown"},
	{"RFC 9003 communication", ROW("\x06\x02\x05hello"),
	 "Cease/Administrative Shutdown: \"hello\""},
	{"RFC 9003 communication of a reset", ROW("\x06\x04\x02hi"),
	 "Cease/Administrative Reset: \"hi\""},
	{"RFC 9003 UTF-8",
	 ROW("\x06\x02\x08gr\xc3\xbc\xc3\x9f"
	     "e"),
	 "Cease/Administrative Shutdown: 0x0867"
	 "72c3bcc39f65"}, /* length 8, seven bytes */
	{"RFC 9003 UTF-8 of the right length",
	 ROW("\x06\x02\x07gr\xc3\xbc\xc3\x9f"
	     "e"),
	 "Cease/Administrative Shutdown: \"gr\xc3\xbc\xc3\x9f"
	 "e\""},
	{"CVE-2019-16159: length larger than the data", ROW("\x06\x02\xffx"),
	 "Cease/Administrative Shutdown: 0xff78"},
	{"RFC 9003 length smaller than the data", ROW("\x06\x02\x01xy"),
	 "Cease/Administrative Shutdown: 0x017879"},
	{"no escape sequences into our log",
	 ROW("\x06\x02\x07"
	     "a\x1b[2J\nb"),
	 "Cease/Administrative Shutdown: \"a?[2J?b\""},
	{"no end of quotes",
	 ROW("\x06\x02\x04"
	     "a\"\\b"),
	 "Cease/Administrative Shutdown: \"a'?b\""},
	{"invalid UTF-8: lone continuation",
	 ROW("\x06\x02\x03"
	     "a\x80z"),
	 "Cease/Administrative Shutdown: \"a?z\""},
	{"invalid UTF-8: character cut at the end",
	 ROW("\x06\x02\x03"
	     "a\xe2\x82"),
	 "Cease/Administrative Shutdown: \"a??\""},
	{"invalid UTF-8: overlong slash", ROW("\x06\x02\x02\xc0\xaf"),
	 "Cease/Administrative Shutdown: \"??\""},
	{"invalid UTF-8: surrogate", ROW("\x06\x02\x03\xed\xa0\x80"),
	 "Cease/Administrative Shutdown: \"???\""},
	{"invalid UTF-8: above U+10FFFF", ROW("\x06\x02\x04\xf4\x90\x80\x80"),
	 "Cease/Administrative Shutdown: \"????\""},
	{"invalid UTF-8: 0xfe", ROW("\x06\x02\x01\xfe"), "Cease/Administrative Shutdown: \"?\""},
	{"four-byte character", ROW("\x06\x02\x04\xf0\x9f\x9a\x80"),
	 "Cease/Administrative Shutdown: \"\xf0\x9f\x9a\x80\""},
	{"right-to-left override",
	 ROW("\x06\x02\x05"
	     "a\xe2\x80\xae"
	     "b"),
	 "Cease/Administrative Shutdown: \"a?b\""},
	{"C1 control", ROW("\x06\x02\x02\xc2\x9b"), "Cease/Administrative Shutdown: \"?\""},
	{"RFC 8538 hard reset tells the real one",
	 ROW("\x06\x09\x06\x02\x03"
	     "bye"),
	 "Cease/Hard Reset of Cease/Administrative Shutdown: \"bye\""},
	{"RFC 8538 hard reset in a hard reset ends there", ROW("\x06\x09\x06\x09\x06\x09"),
	 "Cease/Hard Reset of Cease/Hard Reset: 0x0609"},
	{"RFC 8538 hard reset with one byte", ROW("\x06\x09\x06"), "Cease/Hard Reset: 0x06"},
	{"RFC 9384", ROW("\x06\x0a"), "Cease/BFD Down"},
	{"RFC 7313", ROW("\x07\x01"), "ROUTE-REFRESH Message Error/Invalid Message Length"},
	{"RFC 9687", ROW("\x08\x00"), "Send Hold Timer Expired"},
	{"CVE-2018-5380: subcode beyond its table", ROW("\x06\xff"), "Cease/subcode 255"},
	{"code beyond the table", ROW("\xff\xff"), "code 255/subcode 255"},
	{"hole in a table", ROW("\x02\x09"), "OPEN Message Error/subcode 9"},
	{"code 0", ROW("\x00\x00"), "code 0"},
	{"long data is cut",
	 ROW("\x03\x01"
	     "0123456789abcdefg"),
	 "UPDATE Message Error/Malformed Attribute List: 0x30313233343536373839616263646566... (17 "
	 "bytes)"},
};

static void test_print(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(prints); i++) {
		struct bgp_notification n;
		struct strbuf out = {0};

		assert_int_equal(
			bgp_notification_decode(rd_init(prints[i].body, prints[i].len), &n), 0);
		bgp_notification_print(&n, &out);
		if (strcmp(str_get(&out), prints[i].want) != 0)
			fail_row(prints[i].name, "got %s", str_get(&out));
		str_release(&out);
	}
}

/* a character cut at the end must not go on in what was there before */
static void test_text_ends_at_its_length(void **state)
{
	struct bgp_notification n;
	struct strbuf out = {0};

	memset(&n, 0x82, sizeof(n));
	assert_int_equal(bgp_notification_decode(rd_init("\x06\x02\x03"
							 "a\xe2\x82",
							 6),
						 &n),
			 0);
	bgp_notification_print(&n, &out);
	assert_string_equal(str_get(&out), "Cease/Administrative Shutdown: \"a??\"");
	str_release(&out);
}

static void test_every_code_prints(void **state)
{
	struct bgp_notification n = {.len = 3, .data = {2, 'h', 'i'}};

	for (unsigned i = 0; i < 65536; i++) {
		struct strbuf out = {0};

		n.code = (uint8_t)(i >> 8);
		n.subcode = (uint8_t)i;
		bgp_notification_print(&n, &out);
		assert_true(out.len > 0);
		str_release(&out);
	}
}

static void test_decode_needs_two_bytes(void **state)
{
	struct bgp_notification n = {.code = 77};

	assert_int_equal(bgp_notification_decode(rd_init("\x06", 1), &n), -1);
	assert_int_equal(n.code, 77);
}

static void test_long_data_is_cut(void **state)
{
	static uint8_t body[65000] = {6, 2, 255};
	struct bgp_notification n;

	assert_int_equal(bgp_notification_decode(rd_init(body, sizeof(body)), &n), 0);
	assert_int_equal(n.len, BGP_NOTIFY_DATA_MAX);
	assert_int_equal(n.data[0], 255);
}

/* what we send, byte for byte */
static void test_encode(void **state)
{
	uint8_t buf[600];
	struct writer w = wr_init(buf, sizeof(buf));
	struct bgp_notification n;

	bgp_notification_cease(&n, BGP_CEASE_SHUTDOWN, "upgrade");
	assert_int_equal(bgp_notification_encode(&w, &n), 0);
	assert_int_equal(w.len, 29);
	assert_memory_equal(buf, MARKER "\x00\x1d\x03\x06\x02\x07upgrade", 29);

	w = wr_init(buf, 28);
	assert_int_equal(bgp_notification_encode(&w, &n), -1);
	assert_int_equal(w.len, 0);
}

static void test_cease_data(void **state)
{
	char text[400];
	struct bgp_notification n;

	bgp_notification_cease(&n, BGP_CEASE_PEER_REMOVED, "only 6/2 and 6/4 carry text");
	assert_int_equal(n.len, 0);
	bgp_notification_cease(&n, BGP_CEASE_SHUTDOWN, "");
	assert_int_equal(n.len, 0);
	bgp_notification_cease(&n, BGP_CEASE_RESET, NULL);
	assert_int_equal(n.code << 8 | n.subcode, 0x604);
	assert_int_equal(n.len, 0);

	/* 255 bytes fit; "\u20ac" over the border is left out as a whole */
	memset(text, 'a', sizeof(text));
	memcpy(text + 253, "\xe2\x82\xac", 4);
	bgp_notification_cease(&n, BGP_CEASE_SHUTDOWN, text);
	assert_int_equal(n.len, 254);
	assert_int_equal(n.data[0], 253);
	memcpy(text + 252, "\xe2\x82\xac", 4);
	bgp_notification_cease(&n, BGP_CEASE_SHUTDOWN, text);
	assert_int_equal(n.data[0], 255);
	assert_memory_equal(n.data + 1 + 252, "\xe2\x82\xac", 3);
}

static void test_hard_reset_wraps(void **state)
{
	struct bgp_notification n;

	bgp_notification_cease(&n, BGP_CEASE_SHUTDOWN, "bye");
	bgp_notification_harden(&n);
	assert_int_equal(n.code << 8 | n.subcode, 0x609);
	assert_int_equal(n.len, 6);
	assert_memory_equal(n.data,
			    "\x06\x02\x03"
			    "bye",
			    6);

	memset(n.data, 0x55, sizeof(n.data));
	n.len = sizeof(n.data);
	bgp_notification_harden(&n); /* full: the end of the old data goes */
	assert_int_equal(n.len, sizeof(n.data));
	assert_memory_equal(n.data, "\x06\x09\x55", 3);
}

static void test_fault_fills_both(void **state)
{
	struct bgp_notification n;
	struct error err;

	assert_int_equal(bgp_fault(&n, &err, 2, 6, "\x00\x01", 2, "hold time %d", 1), -1);
	assert_int_equal(err.code, 0x206);
	assert_int_equal(err.kind, ERR_INPUT);
	assert_string_equal(err.msg, "hold time 1");
	assert_int_equal(n.len, 2);
	assert_int_equal(bgp_fault(NULL, NULL, 2, 6, NULL, 0, "x"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_text_ends_at_its_length),
		cmocka_unit_test(test_every_code_prints),
		cmocka_unit_test(test_decode_needs_two_bytes),
		cmocka_unit_test(test_long_data_is_cut),
		cmocka_unit_test(test_encode),
		cmocka_unit_test(test_cease_data),
		cmocka_unit_test(test_hard_reset_wraps),
		cmocka_unit_test(test_fault_fills_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
