/* timers with jitter and back-off; graceful restart: what is offered, kept and said */
#include "check.h"

#include "bgp/fsm/graceful.h"
#include "bgp/fsm/timers.h"

static void test_jitter(void **state)
{
	assert_int_equal(bgp_jitter_ms(120000, 0), 90000); /* RFC 4271 section 10 */
	assert_int_equal(bgp_jitter_ms(120000, UINT32_MAX), 120000);
	assert_in_range(bgp_jitter_ms(120000, UINT32_MAX / 2), 104999, 105001);
	assert_int_equal(bgp_jitter_ms(0, 77), 0);
	assert_int_equal(bgp_jitter_ms(2147483647ull * 1000, UINT32_MAX), UINT32_MAX);
}

static void test_lengths(void **state)
{
	static const struct {
		const char *name;
		enum bgp_timer timer;
		struct bgp_timer_conf c;
		uint32_t low, high; /* with the two extremes of jitter */
	} cases[] = {
		{"first retry is soon", BGP_T_RETRY, {.retry_s = 120}, 750, 1000},
		{"one failure", BGP_T_RETRY, {.retry_s = 120, .failures = 1}, 750, 1000},
		{"then it doubles", BGP_T_RETRY, {.retry_s = 120, .failures = 5}, 12000, 16000},
		{"ConnectRetryTime is the bound",
		 BGP_T_RETRY,
		 {.retry_s = 120, .failures = 8},
		 90000,
		 120000},
		{"also after some more",
		 BGP_T_RETRY,
		 {.retry_s = 120, .failures = 33},
		 90000,
		 120000},
		{"also after very many",
		 BGP_T_RETRY,
		 {.retry_s = 120, .failures = UINT32_MAX},
		 90000,
		 120000},
		{"idle hold without damping", BGP_T_IDLE_HOLD, {.failures = 9}, 750, 1000},
		{"idle hold with damping",
		 BGP_T_IDLE_HOLD,
		 {.failures = 4, .damp = true},
		 6000,
		 8000},
		{"damping has a bound",
		 BGP_T_IDLE_HOLD,
		 {.failures = 40, .damp = true},
		 90000,
		 120000},
		{"delay open", BGP_T_DELAY_OPEN, {.delay_open_s = 7}, 7000, 7000},
		{"hold has no jitter", BGP_T_HOLD, {.hold_s = 90}, 90000, 90000},
		{"keepalive is a third", BGP_T_KEEPALIVE, {.hold_s = 90}, 22500, 30000},
		{"or less, as configured",
		 BGP_T_KEEPALIVE,
		 {.hold_s = 90, .keepalive_s = 10},
		 7500,
		 10000},
		{"never more", BGP_T_KEEPALIVE, {.hold_s = 9, .keepalive_s = 30}, 2250, 3000},
		{"not more often than each second", BGP_T_KEEPALIVE, {.hold_s = 3}, 1000, 1000},
		{"hold 0: no keepalive", BGP_T_KEEPALIVE, {.keepalive_s = 5}, 0, 0},
		{"9687: at least eight minutes", BGP_T_SEND_HOLD, {.hold_s = 90}, 480000, 480000},
		{"9687: twice the hold time",
		 BGP_T_SEND_HOLD,
		 {.hold_s = 65535},
		 131070000,
		 131070000},
		{"9687: none with hold 0", BGP_T_SEND_HOLD, {0}, 0, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint32_t low = bgp_timer_ms(cases[i].timer, &cases[i].c, 0);
		uint32_t high = bgp_timer_ms(cases[i].timer, &cases[i].c, UINT32_MAX);

		if (low != cases[i].low || high != cases[i].high)
			fail_row(cases[i].name, "%u to %u ms", low, high);
	}
}

static void test_deadlines(void **state)
{
	struct bgp_timer_conf c = {.retry_s = 120, .hold_s = 9};
	struct bgp_timers t = {0};

	assert_int_equal(bgp_timers_next(&t), UINT64_MAX);
	assert_int_equal(bgp_timers_expired(&t, UINT64_MAX), 0);
	bgp_timers_apply(&t, &c, BGP_DO_START_HOLD | BGP_DO_START_KEEPALIVE, 0, UINT32_MAX);
	assert_int_equal(bgp_timers_next(&t), 3000);
	assert_int_equal(bgp_timers_expired(&t, 2999), 0);
	/* a loop that slept too long gets them in their order, each once */
	assert_int_equal(bgp_timers_expired(&t, 10000), BGP_EV_KEEPALIVE_EXPIRES);
	assert_int_equal(bgp_timers_expired(&t, 10000), BGP_EV_HOLD_EXPIRES);
	assert_int_equal(bgp_timers_expired(&t, 10000), 0);

	bgp_timers_apply(&t, &c, BGP_DO_START_OPEN_HOLD, 1000, 0);
	assert_int_equal(bgp_timers_next(&t), 241000);
	c.incoming = true;
	bgp_timers_apply(&t, &c, BGP_DO_START_OPEN_HOLD, 1000, 0);
	assert_int_equal(bgp_timers_next(&t), 31000);
	bgp_timers_apply(&t, &c, BGP_DO_STOP_TIMERS | BGP_DO_START_RETRY, 1000, 0); /* stop first */
	assert_false(bgp_timer_running(&t, BGP_T_HOLD));
	assert_int_equal(bgp_timers_next(&t), 1750);
	assert_int_equal(bgp_timers_expired(&t, 1750), BGP_EV_CONNECT_RETRY_EXPIRES);
}

/* --- graceful restart --- */

static void test_offer(void **state)
{
	struct bgp_gr_conf c = {.time_s = 120, .families = 3, .preserved = 1, .restarting = true};
	struct bgp_caps caps = {.gr_time_s = 7, .gr_families = 3, .gr_restarting = true};

	bgp_gr_offer(&c, &caps); /* off: only "we send End-of-RIB" */
	assert_true(caps.graceful_restart);
	assert_false(caps.gr_restarting || caps.gr_notification);
	assert_int_equal(caps.gr_time_s | caps.gr_families | caps.gr_forwarding, 0);
	c.enabled = true;
	bgp_gr_offer(&c, &caps);
	assert_true(caps.gr_restarting && caps.gr_notification);
	assert_int_equal(caps.gr_time_s, 120);
	assert_int_equal(caps.gr_families, 3);
	assert_int_equal(caps.gr_forwarding, 1); /* IPv6's datapath did not survive */
	c.restarting = false;
	c.families = 2;
	bgp_gr_offer(&c, &caps);
	assert_false(caps.gr_restarting);
	assert_int_equal(caps.gr_forwarding, 0); /* not for a family that is not offered */
}

static void test_helper(void **state)
{
	struct bgp_caps theirs = {.gr_time_s = 90, .gr_families = 3, .gr_forwarding = 1};
	struct bgp_gr_helper h = bgp_gr_lost(&theirs, 3);

	assert_int_equal(h.stale, 0); /* no capability 64 */
	theirs.graceful_restart = true;
	h = bgp_gr_lost(&theirs, 0); /* import is off: a helper that keeps nothing */
	assert_int_equal(h.stale, 0);
	assert_int_equal(h.wait_s, 0);
	h = bgp_gr_lost(&theirs, 2);
	assert_int_equal(h.stale, 2);
	assert_int_equal(h.wait_s, 90);
	assert_int_equal(bgp_gr_returned(3, &theirs), 2); /* F=0 for IPv6 */
	theirs.gr_families = 0;
	assert_int_equal(bgp_gr_returned(3, &theirs), 3); /* families not offered any more */
	theirs = (struct bgp_caps){.gr_families = 3, .gr_forwarding = 3};
	assert_int_equal(bgp_gr_returned(3, &theirs), 3); /* no capability at all */
}

static void test_ends(void **state)
{
	static const struct {
		const char *name;
		enum bgp_end why;
		bool gr, n;
		const char *text;
		bool speaks;
		uint16_t code, inner; /* code << 8 | subcode; what Hard Reset carries */
	} cases[] = {
		{"restart keeps quiet", BGP_END_RESTART, true, true, "upgrade", false, 0, 0},
		{"restart without GR tells", BGP_END_RESTART, false, false, NULL, true, 0x604, 0},
		{"shutdown", BGP_END_SHUTDOWN, true, false, "bye", true, 0x602, 0},
		{"8538: shutdown with N is a Hard Reset", BGP_END_SHUTDOWN, true, true, "bye", true,
		 0x609, 0x602},
		{"removed", BGP_END_REMOVED, false, false, NULL, true, 0x603, 0},
		{"8538: removed with N is a Hard Reset", BGP_END_REMOVED, true, true, NULL, true,
		 0x609, 0x603},
		{"a reset keeps routes with N", BGP_END_RESET, true, true, NULL, true, 0x604, 0},
		{"so does a changed configuration", BGP_END_CONFIG_CHANGE, true, true, NULL, true,
		 0x606, 0},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct bgp_agreed agreed = {.graceful_restart = cases[i].gr,
					    .graceful_notification = cases[i].n};
		struct bgp_notification n = {0};
		bool speaks = bgp_gr_end(cases[i].why, &agreed, cases[i].text, &n);

		if (speaks != cases[i].speaks || (n.code << 8 | n.subcode) != cases[i].code)
			fail_row(cases[i].name, "speaks %d: %u/%u", speaks, n.code, n.subcode);
		if (cases[i].inner && (n.len < 2 || (n.data[0] << 8 | n.data[1]) != cases[i].inner))
			fail_row(cases[i].name, "Hard Reset carries something else");
		if (cases[i].code == 0x602 && (n.len != 4 || memcmp(n.data, "\3bye", 4)))
			fail_row(cases[i].name, "no shutdown communication");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jitter),    cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_deadlines), cmocka_unit_test(test_offer),
		cmocka_unit_test(test_helper),    cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
