/* a loop, a fake BIG-IP and a client of it; what the client calls back is written down here */
#ifndef TESTS_REST_ENV_H
#define TESTS_REST_ENV_H

#include "bigip/rest/internal.h"
#include "tests/fake/fake_bigip.h"

enum { ENV_PLANS = 4096, ENV_RESULTS = 8 };

/* what became of a plan */
struct env_plan {
	char *owner;
	size_t n;
	enum bigip_outcome outcome[ENV_RESULTS];
	struct error err[ENV_RESULTS];
	bool has_reply[ENV_RESULTS];
	struct bigip_object *observed; /* of the last that had one */
	unsigned order;                /* 1 for the first plan that came back... */
};

struct env {
	uv_loop_t loop;
	struct fake_bigip *fake;
	struct bigip_rest *rest;
	struct metrics *metrics;
	unsigned ups, downs;
	struct error why; /* of the last on_down */

	struct env_plan plans[ENV_PLANS];
	unsigned n_plans, n_back;

	unsigned reads;
	struct bigip_state *state; /* of the last read, or NULL */
	struct bigip_reading reading;
	uint64_t digest;
	struct error read_err;
	bool close_in_callback;
};

struct env *env_new(void); /* with a fake, without a client */
/** env_start - a client with short times; settings of interest may be changed before the loop runs
 */
void env_start(struct env *e);
void env_start_with(struct env *e,
		    const struct bigip_rest_settings *s); /* url... NULL: of the fake */
void env_start_up(struct env *e);                         /* ...and wait until it is up */
/** env_end - close everything; asserts that the loop closes with nothing left */
void env_end(struct env *e);

/** env_wait - run the loop until *value >= want; fails the test after 10 s */
#define env_wait(e, value, want) env_wait_(e, &(value), want, #value, __LINE__)
void env_wait_(struct env *e, const unsigned *value, unsigned want, const char *what, int line);
void env_run_ms(struct env *e, unsigned ms); /* let time pass */

/* plans; they come back in e->plans[index] */
struct bigip_pool *env_pool(const char *name, unsigned n_members);
void env_add(struct bigip_plan *p, enum bigip_op op, struct bigip_object *given);
unsigned env_apply(struct env *e, struct bigip_plan *p, enum bigip_priority priority);
/* a plan that creates monitor "m_<name>" and pool "<name>" */
unsigned env_apply_app(struct env *e, const char *name, enum bigip_priority priority);
/* POST of one member to pool "x" */
unsigned env_apply_member(struct env *e, enum bigip_priority priority);

void env_read(struct env *e, const char *partition, uint64_t digest);

#endif
