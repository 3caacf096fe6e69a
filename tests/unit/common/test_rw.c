/* byte reader and writer */
#include "check.h"

#include "common/base/rw.h"

static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

static void test_read_values(void **state)
{
	struct reader r = rd_init(bytes, sizeof(bytes));

	assert_int_equal(rd_u8(&r), 1);
	assert_int_equal(rd_be16(&r), 0x0203);
	assert_int_equal(rd_be32(&r), 0x04050607);
	assert_true(rd_be64(&r) == 0x08090a0b0c0d0e0full);
	assert_true(rd_done(&r));
}

static void test_short_read_is_sticky(void **state)
{
	struct reader r = rd_init(bytes, 3);

	assert_int_equal(rd_be32(&r), 0);
	assert_true(r.bad);
	assert_int_equal(rd_u8(&r), 0); /* there were 3 bytes, but the parser is lost */
	assert_null(rd_bytes(&r, 0));
	assert_int_equal(r.left, 0);
	assert_false(rd_done(&r));
}

static void test_be64_with_half_the_bytes_is_zero(void **state)
{
	struct reader r = rd_init(bytes, 7);

	assert_true(rd_be64(&r) == 0);
	assert_true(r.bad);
}

static void test_bytes_left_over_are_not_done(void **state)
{
	struct reader r = rd_init(bytes, 3);

	(void)rd_be16(&r);
	assert_false(rd_done(&r));
}

static void test_sub_reader_ends_at_its_length(void **state)
{
	struct reader r = rd_init(bytes, 5), sub = rd_sub(&r, 2);

	assert_int_equal(rd_be32(&sub), 0);
	assert_true(sub.bad);
	assert_false(r.bad);
	assert_int_equal(rd_u8(&r), 3);

	sub = rd_sub(&r, 3);
	assert_true(sub.bad && r.bad);
	assert_int_equal(sub.left, 0);
}

static void test_copy_leaves_target_alone_on_failure(void **state)
{
	struct reader r = rd_init(bytes, 3);
	uint8_t to[4] = {9, 9, 9, 9};

	rd_copy(&r, to, 4);
	assert_memory_equal(to, "\x09\x09\x09\x09", 4);
	r = rd_init(bytes, 3);
	rd_copy(&r, to, 3);
	assert_memory_equal(to, "\x01\x02\x03\x09", 4);
}

static void test_empty_input(void **state)
{
	struct reader r = rd_init(NULL, 0), sub = rd_sub(&r, 0);

	assert_true(rd_done(&r) && rd_done(&sub));
	assert_int_equal(rd_u8(&r), 0);
	assert_true(r.bad);
}

static void test_write_values(void **state)
{
	uint8_t buf[32];
	struct writer w = wr_init(buf, sizeof(buf));
	size_t outer, inner;

	wr_u8(&w, 1);
	outer = wr_hole16(&w);
	wr_be16(&w, 0x0203);
	inner = wr_hole8(&w);
	wr_be32(&w, 0x04050607);
	wr_fill8(&w, inner);
	wr_be64(&w, 0x08090a0b0c0d0e0full);
	wr_fill16(&w, outer);
	wr_bytes(&w, "xy", 2);
	wr_bytes(&w, NULL, 0);
	assert_false(w.bad);
	assert_int_equal(w.len, 20);
	assert_memory_equal(
		buf, "\x01\x00\x0f\x02\x03\x04\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0fxy",
		20);
}

static void test_no_room_is_sticky_and_writes_nothing(void **state)
{
	uint8_t buf[4] = {7, 7, 7, 7};
	struct writer w = wr_init(buf, 3);
	size_t hole = wr_hole8(&w);

	wr_u8(&w, 5);
	wr_be16(&w, 0x0101); /* one byte is left */
	assert_true(w.bad);
	wr_u8(&w, 6);
	wr_fill8(&w, hole);
	wr_patch_be16(&w, 0, 0x0909);
	assert_memory_equal(buf, "\x00\x05\x07\x07", 4);

	wr_rewind(&w, 1);
	wr_be16(&w, 0x0203);
	wr_fill8(&w, hole);
	assert_false(w.bad);
	assert_memory_equal(buf, "\x02\x02\x03\x07", 4);
}

static void test_length_field_too_small_for_its_contents(void **state)
{
	static uint8_t buf[70000];
	struct writer w = wr_init(buf, sizeof(buf));
	size_t hole = wr_hole8(&w);

	(void)wr_room(&w, 255);
	wr_fill8(&w, hole);
	assert_false(w.bad);
	assert_int_equal(buf[0], 255);
	wr_u8(&w, 0);
	wr_fill8(&w, hole);
	assert_true(w.bad);

	wr_rewind(&w, 0);
	hole = wr_hole16(&w);
	(void)wr_room(&w, 65535);
	wr_fill16(&w, hole);
	assert_false(w.bad);
	wr_u8(&w, 0);
	wr_fill16(&w, hole);
	assert_true(w.bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_values),
		cmocka_unit_test(test_short_read_is_sticky),
		cmocka_unit_test(test_be64_with_half_the_bytes_is_zero),
		cmocka_unit_test(test_bytes_left_over_are_not_done),
		cmocka_unit_test(test_sub_reader_ends_at_its_length),
		cmocka_unit_test(test_copy_leaves_target_alone_on_failure),
		cmocka_unit_test(test_empty_input),
		cmocka_unit_test(test_write_values),
		cmocka_unit_test(test_no_room_is_sticky_and_writes_nothing),
		cmocka_unit_test(test_length_field_too_small_for_its_contents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
