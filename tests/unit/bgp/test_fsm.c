/* RFC 4271 section 8.2.2: every state with every event, and random walks over them */
#include "check.h"

#include "bgp/fsm/fsm.h"
#include "bgp/fsm/timers.h"

/* a cell: effects by name, ">State" if it changes, "n6/2" for the NOTIFICATION; "" is "ignored" */
#define FAIL    "stop-timers drop count start-idle-hold >Idle"
#define QUIET   "stop-timers drop start-idle-hold >Idle"
#define N(x)    "notify n" x " " FAIL
#define DOWN(x) x " down"
#define START   "stop-timers count-zero start-retry dial >Connect"
#define LISTEN  "stop-timers count-zero start-retry >Active"
#define OPEN    "stop-timers send-open start-open-hold >OpenSent"
#define RETRY   "stop-timers drop count start-retry >Active"
#define N51     N("5/1")
#define N52     N("5/2")
#define N53     DOWN(N("5/3"))

/* flags 0, code 0: no DelayOpen, active, hold time not zero, no graceful restart */
static const struct {
	enum bgp_event event;
	const char *cells[BGP_N_STATES]; /* Idle Connect Active OpenSent OpenConfirm Established */
} table[] = {
	{BGP_EV_MANUAL_START, {START, "", "", "", "", ""}},
	{BGP_EV_MANUAL_STOP,
	 {"stop-timers count-zero", "stop-timers drop count-zero >Idle",
	  "stop-timers drop count-zero >Idle", "notify n6/2 stop-timers drop count-zero >Idle",
	  "notify n6/2 stop-timers drop count-zero >Idle",
	  "notify n6/2 stop-timers drop down count-zero >Idle"}},
	{BGP_EV_AUTOMATIC_START, {START, "", "", "", "", ""}},
	{BGP_EV_MANUAL_START_PASSIVE, {LISTEN, "", "", "", "", ""}},
	{BGP_EV_AUTOMATIC_START_PASSIVE, {LISTEN, "", "", "", "", ""}},
	{BGP_EV_AUTOMATIC_START_DAMPED, {"start-idle-hold", "", "", "", "", ""}},
	{BGP_EV_AUTOMATIC_START_DAMPED_PASSIVE, {"start-idle-hold", "", "", "", "", ""}},
	{BGP_EV_AUTOMATIC_STOP, {"", FAIL, FAIL, N("6/2"), N("6/2"), DOWN(N("6/2"))}},
	{BGP_EV_CONNECT_RETRY_EXPIRES,
	 {"", "stop-timers drop start-retry dial", "stop-timers start-retry dial >Connect", N51,
	  N52, N53}},
	{BGP_EV_HOLD_EXPIRES, {"", FAIL, FAIL, N("4/0"), N("4/0"), DOWN(N("4/0"))}},
	{BGP_EV_KEEPALIVE_EXPIRES,
	 {"", FAIL, FAIL, N51, "send-keepalive start-keepalive", "send-keepalive start-keepalive"}},
	{BGP_EV_DELAY_OPEN_EXPIRES, {"", OPEN, OPEN, N51, N52, N53}},
	{BGP_EV_IDLE_HOLD_EXPIRES,
	 {"stop-timers start-retry dial >Connect", FAIL, FAIL, N51, N52, N53}},
	{BGP_EV_TCP_VALID, {"", "", "", "", "", ""}},
	{BGP_EV_TCP_INVALID, {"refuse", "refuse", "refuse", "refuse", "refuse", "refuse"}},
	{BGP_EV_TCP_ACKED, {"refuse", OPEN, OPEN, "track", "track", "track"}},
	{BGP_EV_TCP_CONFIRMED, {"refuse", OPEN, OPEN, "track", "track", "track"}},
	{BGP_EV_TCP_FAILS, {"", RETRY, RETRY, RETRY, FAIL, DOWN(FAIL)}},
	{BGP_EV_OPEN,
	 {"", FAIL, FAIL, "stop-timers send-keepalive start-hold start-keepalive >OpenConfirm", N52,
	  N53}},
	{BGP_EV_OPEN_DELAYED,
	 {"", "stop-timers send-open send-keepalive start-hold start-keepalive >OpenConfirm",
	  "stop-timers send-open send-keepalive start-hold start-keepalive >OpenConfirm", N51, N52,
	  N53}},
	{BGP_EV_HEADER_ERROR, {"", FAIL, FAIL, N("1/0"), N("1/0"), DOWN(N("1/0"))}},
	{BGP_EV_OPEN_ERROR, {"", FAIL, FAIL, N("2/0"), N("2/0"), DOWN(N("2/0"))}},
	{BGP_EV_COLLISION_DUMP,
	 {"", FAIL, FAIL, "notify n6/7 stop-timers drop >Idle",
	  "notify n6/7 stop-timers drop >Idle", "notify n6/7 stop-timers drop down >Idle"}},
	{BGP_EV_NOTIFICATION_VERSION, {"", FAIL, FAIL, QUIET, QUIET, DOWN(FAIL)}},
	{BGP_EV_NOTIFICATION, {"", FAIL, FAIL, FAIL, FAIL, DOWN(FAIL)}},
	{BGP_EV_KEEPALIVE,
	 {"", FAIL, FAIL, N51, "start-hold start-send-hold up >Established", "start-hold"}},
	{BGP_EV_UPDATE, {"", FAIL, FAIL, N51, N52, "start-hold update"}},
	{BGP_EV_UPDATE_ERROR, {"", FAIL, FAIL, N51, N52, DOWN(N("3/0"))}},
	{BGP_EV_SEND_HOLD_EXPIRES, {"", FAIL, FAIL, N("8/0"), N("8/0"), DOWN(N("8/0"))}},
	{BGP_EV_REFRESH, {"", FAIL, FAIL, N51, N52, "start-hold refresh"}},
	{BGP_EV_REFRESH_ERROR, {"", FAIL, FAIL, N51, N52, DOWN(N("7/1"))}},
	{BGP_EV_BFD_DOWN, {"", "", "", N("6/10"), N("6/10"), DOWN(N("6/10"))}},
	{BGP_EV_LINK_DOWN, {"", FAIL, FAIL, FAIL, FAIL, DOWN(FAIL)}},
	{BGP_EV_PREFIX_LIMIT, {"", FAIL, FAIL, N51, N52, DOWN(N("6/1"))}},
	{BGP_EV_RESTART,
	 {"stop-timers", "stop-timers drop >Idle", "stop-timers drop >Idle",
	  "stop-timers drop >Idle", "stop-timers drop >Idle", "stop-timers drop down >Idle"}},
};

/* attributes of section 8.1.1, received codes, our extensions */
static const struct {
	const char *name;
	enum bgp_state state;
	enum bgp_event event;
	uint32_t flags;
	uint16_t code;
	const char *cell;
} variants[] = {
	{"passive: a start waits for the peer", BGP_IDLE, BGP_EV_AUTOMATIC_START, BGP_F_PASSIVE, 0,
	 "stop-timers count-zero >Active"},
	{"passive: IdleHold ends in Active", BGP_IDLE, BGP_EV_IDLE_HOLD_EXPIRES, BGP_F_PASSIVE, 0,
	 "stop-timers >Active"},
	{"passive: a retry timer does not dial", BGP_ACTIVE, BGP_EV_CONNECT_RETRY_EXPIRES,
	 BGP_F_PASSIVE, 0, ""},
	{"passive: a lost connection starts no retry", BGP_OPENSENT, BGP_EV_TCP_FAILS,
	 BGP_F_PASSIVE, 0, "stop-timers drop count >Active"},
	{"delay: our dial succeeds", BGP_CONNECT, BGP_EV_TCP_ACKED, BGP_F_DELAY_OPEN, 0,
	 "stop-timers start-delay-open"},
	{"delay: they dialled", BGP_ACTIVE, BGP_EV_TCP_CONFIRMED, BGP_F_DELAY_OPEN, 0,
	 "stop-timers start-delay-open"},
	{"delay: a second connection meanwhile", BGP_ACTIVE, BGP_EV_TCP_CONFIRMED,
	 BGP_F_DELAY_OPEN | BGP_F_DELAY_OPEN_RUNNING, 0, "track"},
	{"delay: TCP fails meanwhile", BGP_CONNECT, BGP_EV_TCP_FAILS,
	 BGP_F_DELAY_OPEN | BGP_F_DELAY_OPEN_RUNNING, 0, RETRY},
	{"delay: hold time 0 in their OPEN", BGP_ACTIVE, BGP_EV_OPEN_DELAYED,
	 BGP_F_DELAY_OPEN_RUNNING | BGP_F_HOLD_ZERO, 0,
	 "stop-timers send-open send-keepalive >OpenConfirm"},
	{"delay: version error is no failure", BGP_CONNECT, BGP_EV_NOTIFICATION_VERSION,
	 BGP_F_DELAY_OPEN_RUNNING, 0x201, QUIET},
	{"SendNOTIFICATIONwithoutOPEN: header", BGP_CONNECT, BGP_EV_HEADER_ERROR,
	 BGP_F_NOTIFY_WITHOUT_OPEN | BGP_F_DELAY_OPEN_RUNNING, 0x102, N("1/2")},
	{"SendNOTIFICATIONwithoutOPEN: OPEN", BGP_ACTIVE, BGP_EV_OPEN_ERROR,
	 BGP_F_NOTIFY_WITHOUT_OPEN | BGP_F_DELAY_OPEN_RUNNING, 0x206, N("2/6")},
	{"SendNOTIFICATIONwithoutOPEN: nobody to tell", BGP_ACTIVE, BGP_EV_OPEN_ERROR,
	 BGP_F_NOTIFY_WITHOUT_OPEN, 0x206, FAIL},
	{"without SendNOTIFICATIONwithoutOPEN", BGP_ACTIVE, BGP_EV_OPEN_ERROR,
	 BGP_F_DELAY_OPEN_RUNNING, 0x206, FAIL},
	{"hold 0: OPEN starts no timer", BGP_OPENSENT, BGP_EV_OPEN, BGP_F_HOLD_ZERO, 0,
	 "stop-timers send-keepalive >OpenConfirm"},
	{"hold 0: up without timers", BGP_OPENCONFIRM, BGP_EV_KEEPALIVE, BGP_F_HOLD_ZERO, 0,
	 "up >Established"},
	{"hold 0: UPDATE starts no timer", BGP_ESTABLISHED, BGP_EV_UPDATE, BGP_F_HOLD_ZERO, 0,
	 "update"},
	{"hold 0: no keepalive timer", BGP_ESTABLISHED, BGP_EV_KEEPALIVE_EXPIRES, BGP_F_HOLD_ZERO,
	 0, "send-keepalive"},
	{"the other slot is up: no start", BGP_IDLE, BGP_EV_AUTOMATIC_START, BGP_F_OTHER_UP, 0,
	 "stop-timers"},
	{"the other slot is up: no dial after IdleHold", BGP_IDLE, BGP_EV_IDLE_HOLD_EXPIRES,
	 BGP_F_OTHER_UP, 0, "stop-timers"},
	{"the other slot is up: a passive one listens", BGP_IDLE, BGP_EV_IDLE_HOLD_EXPIRES,
	 BGP_F_OTHER_UP | BGP_F_PASSIVE, 0, "stop-timers >Active"},
	{"the other slot is up: no more dials", BGP_ACTIVE, BGP_EV_CONNECT_RETRY_EXPIRES,
	 BGP_F_OTHER_UP, 0, "stop-timers drop >Idle"},
	{"6.8: the peer closed the losing connection", BGP_OPENCONFIRM, BGP_EV_NOTIFICATION,
	 BGP_F_OTHER_UP, 0x607, "stop-timers drop >Idle"},
	{"6.8: the peer closed it, the other is not up yet", BGP_OPENSENT, BGP_EV_NOTIFICATION, 0,
	 0x607, QUIET},
	{"6.8: a collision in Established is a failure", BGP_ESTABLISHED, BGP_EV_NOTIFICATION, 0,
	 0x607, DOWN(FAIL)},
	{"header error with its code", BGP_OPENSENT, BGP_EV_HEADER_ERROR, 0, 0x103, N("1/3")},
	{"OPEN error with its code", BGP_OPENSENT, BGP_EV_OPEN_ERROR, 0, 0x202, N("2/2")},
	{"UPDATE error with its code", BGP_ESTABLISHED, BGP_EV_UPDATE_ERROR, 0, 0x30a,
	 DOWN(N("3/10"))},
	{"stop with another subcode", BGP_ESTABLISHED, BGP_EV_MANUAL_STOP, 0, 0x603,
	 "notify n6/3 stop-timers drop down count-zero >Idle"},
	{"4724 4.2: TCP ends, routes go stale", BGP_ESTABLISHED, BGP_EV_TCP_FAILS, BGP_F_GR, 0,
	 FAIL " down-stale"},
	{"4724: a NOTIFICATION received flushes", BGP_ESTABLISHED, BGP_EV_NOTIFICATION, BGP_F_GR,
	 0x602, DOWN(FAIL)},
	{"4724: a NOTIFICATION sent flushes", BGP_ESTABLISHED, BGP_EV_HOLD_EXPIRES, BGP_F_GR, 0,
	 DOWN(N("4/0"))},
	{"8538: hold time with N keeps", BGP_ESTABLISHED, BGP_EV_HOLD_EXPIRES,
	 BGP_F_GR | BGP_F_NBIT, 0, N("4/0") " down-stale"},
	{"8538: Cease with N keeps", BGP_ESTABLISHED, BGP_EV_NOTIFICATION, BGP_F_GR | BGP_F_NBIT,
	 0x604, FAIL " down-stale"},
	{"8538: Hard Reset flushes", BGP_ESTABLISHED, BGP_EV_NOTIFICATION, BGP_F_GR | BGP_F_NBIT,
	 0x609, DOWN(FAIL)},
	{"8538: our Hard Reset flushes", BGP_ESTABLISHED, BGP_EV_AUTOMATIC_STOP,
	 BGP_F_GR | BGP_F_NBIT, 0x609, DOWN(N("6/9"))},
	{"5882: BFD down flushes", BGP_ESTABLISHED, BGP_EV_BFD_DOWN, BGP_F_GR | BGP_F_NBIT, 0,
	 DOWN(N("6/10"))},
	{"link down flushes", BGP_ESTABLISHED, BGP_EV_LINK_DOWN, BGP_F_GR, 0, DOWN(FAIL)},
	{"our restart says nothing", BGP_ESTABLISHED, BGP_EV_RESTART, BGP_F_GR | BGP_F_NBIT, 0,
	 "stop-timers drop down >Idle"},
};

static void parse_cell(const char *row, const char *cell, struct bgp_step *s)
{
	char word[32];
	int n;

	for (; sscanf(cell, "%31s%n", word, &n) == 1; cell += n) {
		unsigned code, sub, bit;

		if (word[0] == '>') {
			for (s->next = 0; strcmp(word + 1, bgp_state_name(s->next)); s->next++)
				assert_in_range(s->next, 0, BGP_N_STATES - 1);
			continue;
		}
		if (sscanf(word, "n%u/%u", &code, &sub) == 2) {
			s->notify = (uint16_t)(code << 8 | sub);
			continue;
		}
		for (bit = 1; strcmp(word, bgp_effect_name(bit)); bit <<= 1) {
			if (bit == BGP_DO_LAST)
				fail_row(row, "no effect '%s'", word);
		}
		s->effects |= bit;
	}
}

static void check_cell(const char *row, const struct bgp_fsm_input *in, const char *cell)
{
	struct bgp_step want = {.next = in->state}, got = bgp_fsm_step(in);

	parse_cell(row, cell, &want);
	if (got.next != want.next)
		fail_row(row, "%s goes to %s, not %s", bgp_state_name(in->state),
			 bgp_state_name(got.next), bgp_state_name(want.next));
	for (uint32_t bit = 1; bit <= BGP_DO_LAST; bit <<= 1) {
		if ((got.effects ^ want.effects) & bit)
			fail_row(row, "%s: '%s' is %s", bgp_state_name(in->state),
				 bgp_effect_name(bit), got.effects & bit ? "done" : "not done");
	}
	if (got.effects >= BGP_DO_LAST << 1)
		fail_row(row, "effect without a name");
	if (got.notify != want.notify)
		fail_row(row, "%s: NOTIFICATION %u/%u", bgp_state_name(in->state), got.notify >> 8,
			 got.notify & 0xff);
}

static void test_every_state_and_event(void **state)
{
	unsigned events = 0;

	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		for (enum bgp_state s = 0; s < BGP_N_STATES; s++) {
			struct bgp_fsm_input in = {.state = s, .event = table[i].event};

			check_cell(bgp_event_name(in.event), &in, table[i].cells[s]);
		}
	}
	for (int ev = 0; ev <= BGP_EV_LAST; ev++)
		events += bgp_event_name(ev) != NULL;
	assert_int_equal(events, ARRAY_LEN(table)); /* none is missing */
}

static void test_attributes(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(variants); i++) {
		struct bgp_fsm_input in = {.state = variants[i].state,
					   .event = variants[i].event,
					   .flags = variants[i].flags,
					   .code = variants[i].code};

		check_cell(variants[i].name, &in, variants[i].cell);
	}
}

static void test_names_of_nothing(void **state)
{
	assert_string_equal(bgp_state_name(BGP_N_STATES), "?");
	assert_string_equal(bgp_effect_name(BGP_DO_LAST << 1), "?");
	assert_null(bgp_event_name(30));
	assert_null(bgp_event_name(BGP_EV_LAST + 1));
}

/* --- random walks: a connection with its socket and timers, as a session would keep them --- */

struct walk {
	enum bgp_state state;
	uint32_t flags;
	struct bgp_timers timers;
	struct bgp_timer_conf conf;
	uint64_t now_ms;
	bool dialling, connected, sent_open, got_open, got_keepalive, up;
	unsigned sessions;
};

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 32);
}

static bool is_start(enum bgp_event ev)
{
	return ev == BGP_EV_MANUAL_START || (ev >= 3 && ev <= 7);
}

static void run_effects(struct walk *w, struct bgp_step s)
{
	if (s.effects & BGP_DO_NOTIFY) {
		assert_true(w->connected);
		assert_int_not_equal(s.notify >> 8, 0);
	}
	if (s.effects & BGP_DO_DROP)
		w->connected = w->dialling = w->sent_open = w->got_open = w->got_keepalive = false;
	if (s.effects & (BGP_DO_DOWN | BGP_DO_DOWN_STALE)) {
		assert_true(w->up);
		w->up = false;
	}
	if (s.effects & BGP_DO_COUNT_ZERO)
		w->conf.failures = 0;
	w->conf.failures += !!(s.effects & BGP_DO_COUNT);
	if (s.effects & BGP_DO_SEND_OPEN) {
		assert_true(w->connected && !w->sent_open);
		w->sent_open = true;
	}
	if (s.effects & BGP_DO_SEND_KEEPALIVE)
		assert_true(w->connected && w->sent_open && w->got_open);
	if (s.effects & BGP_DO_DIAL) {
		assert_true(!w->connected && !w->dialling && !(w->flags & BGP_F_PASSIVE));
		w->dialling = true;
	}
	if (s.effects & BGP_DO_UP) {
		assert_true(w->sent_open && w->got_open && w->got_keepalive && !w->up);
		w->up = true;
		w->sessions++;
	}
	if (s.effects & (BGP_DO_UPDATE | BGP_DO_REFRESH))
		assert_true(w->up);
}

static void check_walk(const struct walk *w)
{
	bool hold = !(w->flags & BGP_F_HOLD_ZERO);
	bool want[BGP_N_TIMERS] = {false};

	assert_int_equal(w->up, w->state == BGP_ESTABLISHED);
	switch (w->state) {
	case BGP_IDLE:
		assert_false(w->connected || w->dialling);
		want[BGP_T_IDLE_HOLD] = bgp_timer_running(&w->timers, BGP_T_IDLE_HOLD);
		break;
	case BGP_CONNECT:
		assert_true(w->connected != w->dialling);
		want[w->connected ? BGP_T_DELAY_OPEN : BGP_T_RETRY] = true;
		break;
	case BGP_ACTIVE:
		assert_false(w->dialling);
		if (w->connected)
			want[BGP_T_DELAY_OPEN] = true;
		else
			want[BGP_T_RETRY] = !(w->flags & BGP_F_PASSIVE);
		break;
	case BGP_OPENSENT:
		assert_true(w->connected && w->sent_open);
		want[BGP_T_HOLD] = true; /* the large value, with hold time 0 too */
		break;
	default:
		assert_true(w->connected && w->sent_open && w->got_open);
		want[BGP_T_HOLD] = want[BGP_T_KEEPALIVE] = hold;
		want[BGP_T_SEND_HOLD] = hold && w->state == BGP_ESTABLISHED;
	}
	for (int t = 0; t < BGP_N_TIMERS; t++) {
		if (bgp_timer_running(&w->timers, t) != want[t])
			fail_row(bgp_state_name(w->state), "timer %d runs: %d", t, !want[t]);
	}
}

/* an event that the world can produce now; anything else the session never passes on */
static enum bgp_event possible_event(struct walk *w, uint64_t *seed)
{
	for (;;) {
		enum bgp_event ev = next_random(seed) % (BGP_EV_LAST + 1);

		if (!bgp_event_name(ev) || (ev >= 9 && ev <= 13) || ev == BGP_EV_SEND_HOLD_EXPIRES)
			continue; /* timers come from the clock */
		if (ev == BGP_EV_TCP_ACKED && !w->dialling)
			continue;
		if (ev == BGP_EV_TCP_CONFIRMED && w->dialling)
			continue; /* goes to the other slot */
		if (ev == BGP_EV_TCP_FAILS && !w->connected && !w->dialling)
			continue;
		if (ev >= BGP_EV_OPEN && ev <= BGP_EV_UPDATE_ERROR && !w->connected)
			continue;
		if ((ev == BGP_EV_REFRESH || ev == BGP_EV_REFRESH_ERROR) && !w->connected)
			continue;
		if (ev == BGP_EV_PREFIX_LIMIT && !w->up)
			continue;
		if (ev == BGP_EV_COLLISION_DUMP && (!w->sent_open || w->up))
			continue;
		if (ev == BGP_EV_OPEN || ev == BGP_EV_OPEN_DELAYED)
			return bgp_timer_running(&w->timers, BGP_T_DELAY_OPEN) ? BGP_EV_OPEN_DELAYED
									       : BGP_EV_OPEN;
		/* the messages that go on are made likelier than those that end it */
		if (w->sent_open && next_random(seed) % 4)
			return w->got_open ? BGP_EV_KEEPALIVE : BGP_EV_OPEN;
		return ev;
	}
}

static bool must_notify(const struct walk *w, enum bgp_event ev, struct bgp_step s)
{
	return w->state >= BGP_OPENSENT && s.next == BGP_IDLE && ev != BGP_EV_TCP_FAILS &&
	       ev != BGP_EV_LINK_DOWN && ev != BGP_EV_NOTIFICATION &&
	       ev != BGP_EV_NOTIFICATION_VERSION && ev != BGP_EV_RESTART;
}

static void one_step(struct walk *w, enum bgp_event ev, uint64_t *seed)
{
	uint32_t running = bgp_timer_running(&w->timers, BGP_T_DELAY_OPEN)
				   ? BGP_F_DELAY_OPEN_RUNNING
				   : 0;
	struct bgp_fsm_input in = {.state = w->state, .event = ev, .flags = w->flags | running};
	struct bgp_step s;

	if ((ev == BGP_EV_TCP_ACKED || ev == BGP_EV_TCP_CONFIRMED) && !w->connected &&
	    (w->state == BGP_CONNECT || w->state == BGP_ACTIVE)) {
		w->connected = true;
		w->dialling = false;
	}
	s = bgp_fsm_step(&in);
	w->got_open |= s.next == BGP_OPENCONFIRM &&
		       (ev == BGP_EV_OPEN || ev == BGP_EV_OPEN_DELAYED);
	w->got_keepalive |= ev == BGP_EV_KEEPALIVE;
	if (must_notify(w, ev, s))
		assert_true(s.effects & BGP_DO_NOTIFY);
	else
		assert_true(!(s.effects & BGP_DO_NOTIFY) || s.next == BGP_IDLE);
	if (s.next != w->state && w->state >= BGP_OPENSENT && s.next < BGP_OPENSENT)
		assert_true(s.effects & BGP_DO_DROP);
	assert_false(is_start(ev) && w->state != BGP_IDLE && s.effects);
	run_effects(w, s);
	w->state = s.next;
	bgp_timers_apply(&w->timers, &w->conf, s.effects, w->now_ms, next_random(seed));
	check_walk(w);
}

static void test_random_walks(void **state)
{
	unsigned sessions = 0;
	uint64_t seed = 20;

	for (unsigned round = 0; round < 400; round++) {
		struct walk w = {.flags = next_random(&seed) &
					  0x7b, /* no DELAY_OPEN_RUNNING, OTHER_UP */
				 .conf = {.retry_s = 120, .delay_open_s = 5, .hold_s = 9},
				 .now_ms = round};

		if (w.flags & BGP_F_HOLD_ZERO)
			w.conf.hold_s = 0;
		for (unsigned i = 0; i < 500; i++) {
			enum bgp_event ev;

			if (next_random(&seed) % 3)
				w.now_ms += next_random(&seed) % 2000;
			else if (bgp_timers_next(&w.timers) != UINT64_MAX)
				w.now_ms = bgp_timers_next(&w.timers);
			ev = bgp_timers_expired(&w.timers, w.now_ms);
			one_step(&w, ev ? ev : possible_event(&w, &seed), &seed);
		}
		sessions += w.sessions;
	}
	assert_in_range(sessions, 1000, UINT32_MAX); /* the walks went where it matters */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state_and_event),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_names_of_nothing),
		cmocka_unit_test(test_random_walks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
