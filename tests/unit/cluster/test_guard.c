#include "check.h"

#include "controller/cluster/guard.h"

static const struct guard_settings defaults = {.max_percent = 50, .min_objects = 10};
static const struct guard_settings allowing = {
	.max_percent = 50, .min_objects = 10, .allow_empty = true};

static const struct {
	const char *name;
	const struct guard_settings *settings;
	size_t total, deleted;
	struct guard_request request;
	enum guard_verdict want;
} cases[] = {
	{"a plan without deletes always passes",
	 &defaults,
	 100,
	 100,
	 {.suspicious = true},
	 GUARD_ALLOW},
	{"one virtual that a person deleted goes at once",
	 &defaults,
	 300,
	 0,
	 {.objects = 3, .seen = true},
	 GUARD_ALLOW},
	{"the last virtual of a small partition goes at once",
	 &defaults,
	 3,
	 0,
	 {.objects = 3, .seen = true},
	 GUARD_ALLOW},
	{"ten objects are never a mass",
	 &defaults,
	 10,
	 0,
	 {.objects = 10, .seen = true},
	 GUARD_ALLOW},
	{"more than half at once is held",
	 &defaults,
	 300,
	 0,
	 {.objects = 151, .seen = true},
	 GUARD_HOLD_MASS},
	{"half at once is not", &defaults, 300, 0, {.objects = 150, .seen = true}, GUARD_ALLOW},
	{"many small ones that add up are held",
	 &defaults,
	 300,
	 150,
	 {.objects = 3, .seen = true},
	 GUARD_HOLD_MASS},
	{"a mass delete that held twice passes",
	 &defaults,
	 300,
	 0,
	 {.objects = 300, .seen = true, .passes = 2},
	 GUARD_ALLOW},
	{"a mass delete that held once waits",
	 &defaults,
	 300,
	 0,
	 {.objects = 300, .seen = true, .passes = 1},
	 GUARD_HOLD_MASS},
	{"what is only missing in a list waits",
	 &defaults,
	 300,
	 0,
	 {.objects = 3},
	 GUARD_HOLD_UNSEEN},
	{"what is only missing waits for the second pass",
	 &defaults,
	 300,
	 0,
	 {.objects = 3, .passes = 1},
	 GUARD_HOLD_UNSEEN},
	{"what is still missing after two passes goes",
	 &defaults,
	 300,
	 0,
	 {.objects = 3, .passes = 2},
	 GUARD_ALLOW},
	{"an empty cluster never deletes",
	 &defaults,
	 300,
	 0,
	 {.objects = 3, .passes = 99, .suspicious = true},
	 GUARD_HOLD_SUSPICIOUS},
	{"unless the operator says so, then after two passes",
	 &allowing,
	 300,
	 0,
	 {.objects = 3, .passes = 2, .suspicious = true},
	 GUARD_ALLOW},
	{"and not before",
	 &allowing,
	 300,
	 0,
	 {.objects = 3, .passes = 1, .suspicious = true},
	 GUARD_HOLD_UNSEEN},
	{"a person's delete counts in an odd cluster too",
	 &defaults,
	 300,
	 0,
	 {.objects = 3, .seen = true, .suspicious = true},
	 GUARD_ALLOW},
};

static void verdicts(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct guard g = {.total = cases[i].total, .deleted = cases[i].deleted};
		enum guard_verdict got = guard_ask(&g, cases[i].settings, &cases[i].request);
		size_t counted = g.deleted - cases[i].deleted;

		if (got != cases[i].want)
			fail_row(cases[i].name, "verdict %d, want %d", got, cases[i].want);
		if (counted != (got == GUARD_ALLOW ? cases[i].request.objects : 0))
			fail_row(cases[i].name, "counted %zu", counted);
	}
}

static void a_new_window_forgets(void **state)
{
	struct guard g = {0};
	struct guard_request r = {.objects = 150, .seen = true};

	guard_window(&g, 300);
	assert_int_equal(guard_ask(&g, &defaults, &r), GUARD_ALLOW);
	assert_int_equal(guard_ask(&g, &defaults, &r), GUARD_HOLD_MASS);
	guard_window(&g, 300);
	assert_int_equal(guard_ask(&g, &defaults, &r), GUARD_ALLOW);
}

static void what_was_created_in_the_window_counts(void **state)
{
	struct guard g = {0};
	struct guard_request r = {.objects = 11, .seen = true};

	guard_window(&g, 0);
	assert_int_equal(guard_ask(&g, &defaults, &r), GUARD_HOLD_MASS);
	guard_grown(&g, 300);
	assert_int_equal(guard_ask(&g, &defaults, &r), GUARD_ALLOW);
	guard_grown(&g, 289); /* what was deleted is still part of it */
	assert_int_equal(g.total, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts),
		cmocka_unit_test(a_new_window_forgets),
		cmocka_unit_test(what_was_created_in_the_window_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
