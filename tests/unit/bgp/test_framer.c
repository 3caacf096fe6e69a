/* bgp/wire/framer: messages in a byte stream */
#include "check.h"

#include "bgp/wire/framer.h"
#include "wire.h"

#define MARKER     "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
#define ROW(bytes) bytes, sizeof(bytes) - 1

enum { MESSAGE = 0, MORE = -1 };

static const struct header_case {
	const char *name, *wire;
	size_t len;
	uint16_t max_len;
	int want; /* MESSAGE, MORE or code << 8 | subcode */
	const char *data;
	size_t data_len;
} cases[] = {
	{"nothing yet", ROW(""), 4096, MORE},
	{"keepalive is exactly 19 bytes", ROW(MARKER "\x00\x13\x04"), 4096, MESSAGE},
	{"half a marker", ROW("\xff\xff\xff"), 4096, MORE},
	{"header without type", ROW(MARKER "\x00\x13"), 4096, MORE},
	{"keepalive of 20 bytes is 1/2", ROW(MARKER "\x00\x14\x04\x00"), 4096, 0x102,
	 ROW("\x00\x14")},
	{"length below 19 is 1/2", ROW(MARKER "\x00\x12\x04"), 4096, 0x102, ROW("\x00\x12")},
	{"length 0 is 1/2 before the type is there", ROW(MARKER "\x00\x00"), 4096, 0x102,
	 ROW("\x00\x00")},
	{"wrong marker is 1/1 at the first byte", ROW("GET / HTTP/1.0\r\n"), 4096, 0x101},
	{"wrong last byte of the marker is 1/1",
	 ROW("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe\x00\x13\x04"), 4096,
	 0x101},
	{"all zero marker is 1/1", ROW("\x00"), 4096, 0x101},
	{"type 0 is 1/3", ROW(MARKER "\x00\x13\x00"), 4096, 0x103, ROW("\x00")},
	{"type 6 is 1/3", ROW(MARKER "\x00\x13\x06"), 4096, 0x103, ROW("\x06")},
	{"type 255 is 1/3", ROW(MARKER "\x00\x13\xff"), 4096, 0x103, ROW("\xff")},
	{"open below 29 is 1/2", ROW(MARKER "\x00\x1c\x01"), 4096, 0x102, ROW("\x00\x1c")},
	{"open of 29, body to come", ROW(MARKER "\x00\x1d\x01"), 4096, MORE},
	{"update below 23 is 1/2", ROW(MARKER "\x00\x16\x02"), 4096, 0x102, ROW("\x00\x16")},
	{"update of 23", ROW(MARKER "\x00\x17\x02\x00\x00\x00\x00"), 4096, MESSAGE},
	{"notification below 21 is 1/2", ROW(MARKER "\x00\x14\x03\x06"), 4096, 0x102,
	 ROW("\x00\x14")},
	{"notification of 21", ROW(MARKER "\x00\x15\x03\x06\x02"), 4096, MESSAGE},
	{"route-refresh below 23 is 1/2", ROW(MARKER "\x00\x16\x05"), 4096, 0x102, ROW("\x00\x16")},
	{"route-refresh of 23", ROW(MARKER "\x00\x17\x05\x00\x01\x00\x01"), 4096, MESSAGE},
	{"update of 4096, body to come", ROW(MARKER "\x10\x00\x02"), 4096, MORE},
	{"update of 4097 is 1/2", ROW(MARKER "\x10\x01\x02"), 4096, 0x102, ROW("\x10\x01")},
	{"RFC 8654: update of 4097 when agreed", ROW(MARKER "\x10\x01\x02"), 65535, MORE},
	{"RFC 8654: update of 65535 when agreed", ROW(MARKER "\xff\xff\x02"), 65535, MORE},
	{"RFC 8654 section 4: open never is over 4096", ROW(MARKER "\x10\x01\x01"), 65535, 0x102,
	 ROW("\x10\x01")},
	{"RFC 8654 section 4: keepalive neither", ROW(MARKER "\x10\x01\x04"), 65535, 0x102,
	 ROW("\x10\x01")},
	{"RFC 8654: long notification when agreed", ROW(MARKER "\x10\x01\x03"), 65535, MORE},
};

static void check_case(const struct header_case *c)
{
	struct reader in = rd_init(c->wire, c->len);
	struct bgp_notification n;
	struct bgp_message m;
	struct error err = {0};
	enum bgp_frame got;

	memset(&n, 0xa5, sizeof(n));
	memset(&m, 0xa5, sizeof(m));
	got = bgp_frame_next(&in, c->max_len, &m, &n, &err);
	if (c->want > 0) {
		if (got != BGP_FRAME_BROKEN || (n.code << 8 | n.subcode) != c->want ||
		    err.code != c->want)
			fail_row(c->name, "answer %d, code %#x", got, err.code);
		if (n.len != c->data_len || (n.len && memcmp(n.data, c->data, n.len) != 0))
			fail_row(c->name, "wrong data");
	} else if (!only_bytes(&n, sizeof(n), 0xa5) || err.code != 0) {
		fail_row(c->name, "a notification without an error");
	}
	if (c->want == MESSAGE) {
		if (got != BGP_FRAME_MESSAGE || in.left != 0 || m.whole.left != c->len ||
		    m.body.left != c->len - 19 || m.type != (uint8_t)c->wire[18])
			fail_row(c->name, "no good message");
		return;
	}
	if (!only_bytes(&m, sizeof(m), 0xa5) || in.left != c->len)
		fail_row(c->name, "output or input touched");
	if (c->want == MORE && got != BGP_FRAME_MORE)
		fail_row(c->name, "answer %d: %s", got, err.msg);
}

static void test_headers(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_case(&cases[i]);
}

static void test_stream_of_messages(void **state)
{
	static const char wire[] = MARKER "\x00\x13\x04" MARKER "\x00\x15\x03\x06\x04" MARKER
					  "\x00";
	struct reader in = rd_init(wire, sizeof(wire) - 1);
	struct bgp_message m;

	assert_int_equal(bgp_frame_next(&in, 4096, &m, NULL, NULL), BGP_FRAME_MESSAGE);
	assert_int_equal(m.type, BGP_KEEPALIVE);
	assert_int_equal(m.body.left, 0);
	assert_int_equal(bgp_frame_next(&in, 4096, &m, NULL, NULL), BGP_FRAME_MESSAGE);
	assert_int_equal(m.type, BGP_NOTIFICATION);
	assert_int_equal(rd_be16(&m.body), 0x604);
	assert_int_equal(bgp_frame_next(&in, 4096, &m, NULL, NULL), BGP_FRAME_MORE);
	assert_int_equal(in.left, 17);
}

/* every message of every length, one byte less than needed is MORE */
static void test_longest_messages(void **state)
{
	static const struct {
		uint8_t type;
		uint16_t len;
	} rows[] = {{1, 4096}, {2, 65535}, {3, 65535}, {5, 65535}};
	static uint8_t buf[65535];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reader in = rd_init(buf, rows[i].len - 1u);
		struct bgp_message m;

		memset(buf, 0xff, 16);
		buf[16] = (uint8_t)(rows[i].len >> 8);
		buf[17] = (uint8_t)rows[i].len;
		buf[18] = rows[i].type;
		assert_int_equal(bgp_frame_next(&in, 65535, &m, NULL, NULL), BGP_FRAME_MORE);
		in = rd_init(buf, rows[i].len);
		assert_int_equal(bgp_frame_next(&in, 65535, &m, NULL, NULL), BGP_FRAME_MESSAGE);
		assert_int_equal(m.body.left, rows[i].len - 19);
	}
}

static void test_keepalive_bytes(void **state)
{
	uint8_t buf[38];
	struct writer w = wr_init(buf, sizeof(buf));

	assert_int_equal(bgp_keepalive_encode(&w), 0);
	assert_int_equal(w.len, 19);
	assert_memory_equal(buf, MARKER "\x00\x13\x04", 19);
	wr_u8(&w, 0x77);
	assert_int_equal(bgp_keepalive_encode(&w), -1); /* 18 bytes left */
	assert_int_equal(w.len, 20);
	assert_false(w.bad);
}

static void test_message_longer_than_agreed_is_taken_back(void **state)
{
	uint8_t buf[8192];
	struct writer w = wr_init(buf, sizeof(buf));
	size_t start = bgp_message_begin(&w, BGP_UPDATE);

	(void)wr_room(&w, 4096 - 19);
	assert_int_equal(bgp_message_end(&w, start, 4096), 0);
	wr_rewind(&w, 0);
	start = bgp_message_begin(&w, BGP_UPDATE);
	(void)wr_room(&w, 4097 - 19);
	assert_int_equal(bgp_message_end(&w, start, 4096), -1);
	assert_int_equal(w.len, 0);
}

static void test_names(void **state)
{
	assert_string_equal(bgp_message_name(1), "OPEN");
	assert_string_equal(bgp_message_name(5), "ROUTE-REFRESH");
	assert_null(bgp_message_name(0));
	assert_null(bgp_message_name(6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_stream_of_messages),
		cmocka_unit_test(test_longest_messages),
		cmocka_unit_test(test_keepalive_bytes),
		cmocka_unit_test(test_message_longer_than_agreed_is_taken_back),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
