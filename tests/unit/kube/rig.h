/* a client of the fake API server on one loop, and waiting for things to happen in it */
#ifndef TESTS_UNIT_KUBE_RIG_H
#define TESTS_UNIT_KUBE_RIG_H

#include "check.h"

#include <uv.h>

#include "controller/kube/client.h"
#include "tests/fake/fake_kube.h"

struct rig {
	uv_loop_t loop;
	struct fake_kube *fake;
	struct kube_client *client;
};

/* cmocka set-up and tear-down; the latter closes what is left and asserts that the loop closes */
int rig_setup(void **state);
int rig_teardown(void **state);

/** rig_client - one more client of the fake, with short times; @user: YAML of the user's fields,
 * e.g. "{token: abc}" */
struct kube_client *rig_client(struct rig *r, const char *user);

/* run the loop for a while: to show that something does not happen */
void rig_idle(struct rig *r, unsigned ms);

/* run the loop until @expr holds; fails the test after 10 s */
#define WAIT(r, expr)                                                                              \
	do {                                                                                       \
		uint64_t wait_until_ = uv_hrtime() + 10000000000ull;                               \
		while (!(expr)) {                                                                  \
			if (uv_hrtime() > wait_until_)                                             \
				fail_msg("waited 10 s for: %s", #expr);                            \
			rig_turn(r);                                                               \
		}                                                                                  \
	} while (0)
void rig_turn(struct rig *r); /* one round of the loop, at most 10 ms */

#endif
