/*
 * Two speakers dial each other at once: every order in which messages can arrive is tried, through
 * the machines and the collision rule of both. One connection remains, and both agree which.
 */
#include "check.h"

#include <uthash.h>

#include "bgp/fsm/collision.h"
#include "common/base/mem.h"

enum message { SYN = 1, SYN_ACK, OPEN, KEEPALIVE, COLLISION, FIN };

/* compared as bytes: only bytes in it. Connection 0 is the one that speaker 0 dialled */
struct scene {
	uint8_t state[2][2];    /* [speaker][connection] */
	uint8_t attached[2][2]; /* it has a socket for it */
	uint8_t waiting[2][2];  /* BGP_COLLISION_WAIT: it does not read on */
	uint8_t queue[2][2][8]; /* [to speaker][connection]: messages on the way, 0 ends */
};

struct seen {
	struct scene scene;
	UT_hash_handle hh;
};

struct run {
	struct bgp_speaker_id ids[2];
	bool waits[2]; /* else it does as the RFC says: an Established connection wins */
	struct seen *seen;
	unsigned ends;
	unsigned kept[2]; /* how often each connection remained */
};

static void send_to(struct scene *s, unsigned to, unsigned c, enum message m)
{
	uint8_t *q = s->queue[to][c];
	size_t n = strlen((char *)q);

	assert_true(n < 7);
	q[n] = (uint8_t)m;
}

static void check_waiting(const struct run *r, struct scene *s, unsigned me, unsigned c);

static void event(const struct run *r, struct scene *s, unsigned me, unsigned c, enum bgp_event ev)
{
	unsigned other = !c;
	struct bgp_fsm_input in = {.state = s->state[me][c],
				   .event = ev,
				   .flags = c == me ? 0 : BGP_F_PASSIVE,
				   .code = ev == BGP_EV_NOTIFICATION ? 0x607 : 0};
	struct bgp_step step;

	if (s->state[me][other] >= BGP_OPENCONFIRM)
		in.flags |= BGP_F_OTHER_UP;
	step = bgp_fsm_step(&in);
	s->state[me][c] = step.next;
	if (step.effects & BGP_DO_NOTIFY) {
		assert_int_equal(step.notify, 0x607); /* nothing else goes wrong */
		send_to(s, !me, c, COLLISION);
	}
	if (step.effects & BGP_DO_DROP && s->attached[me][c]) {
		send_to(s, !me, c, FIN);
		s->attached[me][c] = s->waiting[me][c] = 0;
		memset(s->queue[me][c], 0, sizeof(s->queue[me][c]));
	}
	if (step.effects & BGP_DO_SEND_OPEN)
		send_to(s, !me, c, OPEN);
	if (step.effects & BGP_DO_SEND_KEEPALIVE)
		send_to(s, !me, c, KEEPALIVE);
	assert_false(step.effects & BGP_DO_DIAL);
	/* one is up: the outgoing slot stops dialling */
	if (step.next >= BGP_OPENCONFIRM && other == me &&
	    (s->state[me][other] == BGP_CONNECT || s->state[me][other] == BGP_ACTIVE))
		event(r, s, me, other, BGP_EV_MANUAL_STOP);
	check_waiting(r, s, me, other);
}

static void hear_open(const struct run *r, struct scene *s, unsigned me, unsigned c, bool waited)
{
	enum bgp_slot slot = c == me ? BGP_OUTGOING : BGP_INCOMING;
	enum bgp_collision verdict = bgp_collision_open(r->ids[me], r->ids[!me], slot,
							s->state[me][!c], waited || !r->waits[me]);

	assert_int_equal(s->state[me][c], BGP_OPENSENT);
	switch (verdict) {
	case BGP_COLLISION_OTHER:
		event(r, s, me, !c, BGP_EV_COLLISION_DUMP);
		event(r, s, me, c, BGP_EV_OPEN);
		break;
	case BGP_COLLISION_NONE:
		event(r, s, me, c, BGP_EV_OPEN);
		break;
	case BGP_COLLISION_THIS:
		event(r, s, me, c, BGP_EV_COLLISION_DUMP);
		break;
	case BGP_COLLISION_WAIT:
		s->waiting[me][c] = 1;
		break;
	}
}

static void check_waiting(const struct run *r, struct scene *s, unsigned me, unsigned c)
{
	if (s->waiting[me][c] && s->state[me][!c] < BGP_OPENCONFIRM) {
		s->waiting[me][c] = 0;
		hear_open(r, s, me, c, false);
	}
}

static void hear_syn(const struct run *r, struct scene *s, unsigned me, unsigned c)
{
	switch (bgp_collision_accept(s->state[me][me], s->state[me][!me], true, 0)) {
	case BGP_ACCEPT:
		s->attached[me][c] = 1;
		event(r, s, me, c, BGP_EV_TCP_CONFIRMED);
		break;
	case BGP_ACCEPT_REFUSE:
		send_to(s, !me, c, FIN);
		memset(s->queue[me][c], 0, sizeof(s->queue[me][c]));
		break;
	default:
		fail();
	}
}

static void deliver(const struct run *r, struct scene *s, unsigned me, unsigned c)
{
	uint8_t *q = s->queue[me][c];
	enum message m = q[0];

	memmove(q, q + 1, sizeof(s->queue[me][c]) - 1);
	if (m != SYN && !s->attached[me][c])
		return; /* it closed its socket */
	switch (m) {
	case SYN:
		hear_syn(r, s, me, c);
		break;
	case SYN_ACK:
		event(r, s, me, c, BGP_EV_TCP_ACKED);
		break;
	case OPEN:
		hear_open(r, s, me, c, false);
		break;
	case KEEPALIVE:
		event(r, s, me, c, BGP_EV_KEEPALIVE);
		break;
	case COLLISION:
		event(r, s, me, c, BGP_EV_NOTIFICATION);
		break;
	case FIN:
		event(r, s, me, c, BGP_EV_TCP_FAILS);
		break;
	}
}

static void check_end(struct run *r, const struct scene *s)
{
	unsigned left = s->state[0][0] == BGP_ESTABLISHED ? 0 : 1;

	for (unsigned me = 0; me < 2; me++) {
		if (s->state[me][left] != BGP_ESTABLISHED || s->attached[me][!left])
			fail_row("collision", "speaker %u ends with %s and %s", me,
				 bgp_state_name(s->state[me][0]), bgp_state_name(s->state[me][1]));
	}
	r->ends++;
	r->kept[left]++;
}

static bool is_seen(struct run *r, const struct scene *s)
{
	struct seen *seen;

	HASH_FIND(hh, r->seen, s, sizeof(*s), seen);
	if (seen)
		return true;
	seen = mem_alloc(sizeof(*seen));
	seen->scene = *s;
	HASH_ADD(hh, r->seen, scene, sizeof(*s), seen);
	return false;
}

/* all that can happen from here; a wait ends only when nothing else can */
static void explore(struct run *r, const struct scene *s)
{
	bool quiet = true;

	if (is_seen(r, s))
		return;
	for (unsigned i = 0; i < 4; i++) {
		struct scene next = *s;

		if (!s->queue[i / 2][i % 2][0] || s->waiting[i / 2][i % 2])
			continue;
		quiet = false;
		deliver(r, &next, i / 2, i % 2);
		explore(r, &next);
	}
	for (unsigned i = 0; quiet && i < 4; i++) {
		struct scene next = *s;

		if (!s->waiting[i / 2][i % 2])
			continue;
		next.waiting[i / 2][i % 2] = 0;
		hear_open(r, &next, i / 2, i % 2, true);
		explore(r, &next);
		return;
	}
	if (quiet)
		check_end(r, s);
}

static void run(struct run *r)
{
	struct scene start = {0};
	struct seen *seen, *tmp;

	for (unsigned me = 0; me < 2; me++) {
		start.state[me][me] = BGP_CONNECT;
		start.state[me][!me] = BGP_ACTIVE;
		start.attached[me][me] = 1;
		send_to(&start, !me, me, SYN);
		send_to(&start, me, me, SYN_ACK); /* the kernel answers before the program does */
	}
	explore(r, &start);
	HASH_ITER (hh, r->seen, seen, tmp) {
		HASH_DEL(r->seen, seen);
		free(seen);
	}
}

static void test_every_order(void **state)
{
	static const struct {
		const char *name;
		struct bgp_speaker_id ids[2];
		bool waits[2];
	} cases[] = {
		{"we dominate, both wait", {{9, 64512}, {5, 64512}}, {true, true}},
		{"they dominate, both wait", {{5, 64512}, {9, 64512}}, {true, true}},
		{"6286: equal identifiers, higher AS", {{5, 65001}, {5, 65000}}, {true, true}},
		{"we dominate, they do as the RFC says", {{9, 64512}, {5, 64512}}, {true, false}},
		{"they dominate and do as the RFC says", {{5, 64512}, {9, 64512}}, {true, false}},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct run r = {0};

		memcpy(r.ids, cases[i].ids, sizeof(r.ids));
		memcpy(r.waits, cases[i].waits, sizeof(r.waits));
		print_message("%s\n", cases[i].name);
		run(&r);
		assert_in_range(r.ends, 2, 100000);
		assert_true(r.kept[0] && r.kept[1]); /* either may have been the only one */
	}
}

static void test_verdicts(void **state)
{
	const struct bgp_speaker_id low = {0x0a000001, 65009}, high = {0xc0000001, 65000};
	const struct bgp_speaker_id twin = {0x0a000001, 65010};

	assert_int_equal(bgp_collision_keeps(high, low), BGP_OUTGOING); /* unsigned comparison */
	assert_int_equal(bgp_collision_keeps(low, high), BGP_INCOMING);
	assert_int_equal(bgp_collision_keeps(twin, low), BGP_OUTGOING);
	for (enum bgp_state s = BGP_IDLE; s < BGP_N_STATES; s++) {
		bool late = s >= BGP_OPENCONFIRM, up = s == BGP_ESTABLISHED;

		assert_int_equal(bgp_collision_open(low, high, BGP_OUTGOING, s, false),
				 late ? BGP_COLLISION_THIS : BGP_COLLISION_NONE);
		assert_int_equal(bgp_collision_open(low, high, BGP_INCOMING, s, false),
				 late ? BGP_COLLISION_WAIT : BGP_COLLISION_NONE);
		if (late) /* the peer did nothing: as the RFC says */
			assert_int_equal(bgp_collision_open(low, high, BGP_INCOMING, s, true),
					 up ? BGP_COLLISION_THIS : BGP_COLLISION_OTHER);
	}
}

static void test_accept(void **state)
{
	static const struct {
		const char *name;
		enum bgp_state out, in;
		bool gr;
		uint64_t up_ms;
		enum bgp_accept want;
	} cases[] = {
		{"the waiting slot takes it", BGP_CONNECT, BGP_ACTIVE, false, 0, BGP_ACCEPT},
		{"while our dial is in OpenSent", BGP_OPENSENT, BGP_ACTIVE, false, 0, BGP_ACCEPT},
		{"a stopped neighbour", BGP_IDLE, BGP_IDLE, true, 0, BGP_ACCEPT_REFUSE},
		{"a second one heals a half-open one", BGP_ACTIVE, BGP_OPENSENT, false, 0,
		 BGP_ACCEPT_REPLACE},
		{"not one that showed its OPEN", BGP_ACTIVE, BGP_OPENCONFIRM, false, 0,
		 BGP_ACCEPT_REFUSE},
		{"Established, no graceful restart", BGP_ESTABLISHED, BGP_ACTIVE, false, 60000,
		 BGP_ACCEPT_REFUSE},
		{"4724 4.2: the peer restarted", BGP_ESTABLISHED, BGP_ACTIVE, true, 60000,
		 BGP_ACCEPT_RESTART},
		{"4724 4.2: on the incoming slot", BGP_IDLE, BGP_ESTABLISHED, true, BGP_YOUNG_MS,
		 BGP_ACCEPT_RESTART},
		{"a young session stays", BGP_ESTABLISHED, BGP_ACTIVE, true, BGP_YOUNG_MS - 1,
		 BGP_ACCEPT_REFUSE},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		if (bgp_collision_accept(cases[i].out, cases[i].in, cases[i].gr, cases[i].up_ms) !=
		    cases[i].want)
			fail_row(cases[i].name, "another answer");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_order),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_accept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
