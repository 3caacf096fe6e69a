#include "check.h"

#include "controller/cluster/work.h"

static const uint64_t SEC = 1000000;

static void coalesces_and_orders_by_priority(void **state)
{
	struct work_queue q = {0};
	struct work_item a, b, c;

	work_item_init(&a);
	work_item_init(&b);
	work_item_init(&c);
	work_add(&q, &a, WORK_BULK, 10);
	work_add(&q, &b, WORK_NORMAL, 11);
	work_add(&q, &a, WORK_BULK, 12);
	work_add(&q, &c, WORK_URGENT, 13);
	assert_int_equal(q.n_ready, 3);
	assert_int_equal(work_peek_priority(&q, 13), WORK_URGENT);
	assert_ptr_equal(work_next(&q, 13), &c);
	assert_ptr_equal(work_next(&q, 13), &b);
	assert_ptr_equal(work_next(&q, 13), &a);
	assert_null(work_next(&q, 13));
	assert_int_equal(a.since_us, 10); /* the older change counts */
}

static void endpoint_change_overtakes_own_bulk_place(void **state)
{
	struct work_queue q = {0};
	struct work_item a, b;

	work_item_init(&a);
	work_item_init(&b);
	work_add(&q, &a, WORK_BULK, 1);
	work_add(&q, &b, WORK_BULK, 1);
	work_add(&q, &b, WORK_URGENT, 2);
	assert_ptr_equal(work_next(&q, 2), &b);
	assert_ptr_equal(work_next(&q, 2), &a);
	assert_null(work_next(&q, 2));
}

static void change_while_busy_comes_again_once(void **state)
{
	struct work_queue q = {0};
	struct work_item a;

	work_item_init(&a);
	work_add(&q, &a, WORK_NORMAL, 1);
	assert_ptr_equal(work_next(&q, 1), &a);
	work_add(&q, &a, WORK_NORMAL, 2);
	work_add(&q, &a, WORK_URGENT, 3);
	assert_null(work_next(&q, 3)); /* never twice at a time */
	work_done(&q, &a);
	assert_int_equal(work_peek_priority(&q, 3), WORK_URGENT);
	assert_ptr_equal(work_next(&q, 3), &a);
	work_done(&q, &a);
	assert_null(work_next(&q, 4));
	assert_int_equal(a.since_us, 0);
	assert_int_equal(q.n_busy, 0);
}

static void failure_waits_longer_each_time_and_a_change_ends_the_wait(void **state)
{
	struct work_queue q = {0};
	struct work_item a;
	uint64_t now = SEC, waited = 0;

	work_item_init(&a);
	work_add(&q, &a, WORK_NORMAL, now);
	for (int i = 0; i < 12; i++) {
		uint64_t before = waited;

		assert_ptr_equal(work_next(&q, now), &a);
		work_retry(&q, &a, now, UINT32_MAX);
		waited = work_due_us(&q) - now;
		assert_true(waited >= before && waited <= 128 * SEC);
		assert_null(work_next(&q, now + waited - 1));
		now += waited;
	}
	assert_int_equal(waited, 128 * SEC);
	assert_ptr_equal(work_next(&q, now), &a);
	work_retry(&q, &a, now, 0);
	work_add(&q, &a, WORK_NORMAL, now);
	assert_ptr_equal(work_next(&q, now), &a);
	work_retry(&q, &a, now, UINT32_MAX);
	assert_int_equal(work_due_us(&q), now + SEC); /* the backoff began anew */
	work_remove(&q, &a);
	assert_int_equal(work_due_us(&q), UINT64_MAX);
}

static void change_during_a_failing_try_is_tried_at_once(void **state)
{
	struct work_queue q = {0};
	struct work_item a;

	work_item_init(&a);
	work_add(&q, &a, WORK_NORMAL, 1);
	assert_ptr_equal(work_next(&q, 1), &a);
	work_add(&q, &a, WORK_NORMAL, 2);
	work_retry(&q, &a, 2, 0);
	assert_ptr_equal(work_next(&q, 2), &a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coalesces_and_orders_by_priority),
		cmocka_unit_test(endpoint_change_overtakes_own_bulk_place),
		cmocka_unit_test(change_while_busy_comes_again_once),
		cmocka_unit_test(failure_waits_longer_each_time_and_a_change_ends_the_wait),
		cmocka_unit_test(change_during_a_failing_try_is_tried_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
