/* the whole lane in one process: the controller between a fake API server and mock-bigip, and
 * waiting for things to happen in it */
#ifndef TESTS_UNIT_CLUSTER_LANE_H
#define TESTS_UNIT_CLUSTER_LANE_H

#include "check.h"

#include <uv.h>

#include "bigip/mock/server.h"
#include "controller/cluster/cluster.h"
#include "tests/fake/fake_kube.h"

#define CONFIGMAPS "/api/v1/configmaps"
#define SERVICES   "/api/v1/services"
#define SLICES     "/apis/discovery.k8s.io/v1/endpointslices"
#define NODES      "/api/v1/nodes"
#define NAMESPACES "/api/v1/namespaces"
#define EVENTS     "/api/v1/events"

struct lane {
	uv_loop_t loop;
	struct fake_kube *kube;
	struct server *bigip;
	struct fault_rules *faults; /* of the BIG-IP; borrowed from it */
	struct settings settings;
	struct cluster *cluster; /* NULL: not running */
	char kubeconfig[64];     /* temporary file */
};

/* cmocka set-up and tear-down: a node, partition K8S, no controller yet; the latter asserts that
 * the loop closes */
int lane_setup(void **state);
int lane_teardown(void **state);

void lane_start(struct lane *l); /* the controller, verifying every second */
/** lane_start_with - the same with more flags, which win; NULL-terminated */
void lane_start_with(struct lane *l, const char *const *flags);
void lane_stop(struct lane *l); /* and wait until it is gone */

/* a virtual server "vs-N" at 192.0.2.N for Service "web-N", whose endpoints are 10.0.0.1
 * ... 10.0.0.M */
void lane_put_app(struct lane *l, unsigned n, unsigned members);
void lane_put_node(struct lane *l);
void lane_put_configmap(struct lane *l, unsigned n, const char *mode);
void lane_put_endpoints(struct lane *l, unsigned n, unsigned members);
void lane_delete_app(struct lane *l, unsigned n);

/** lane_bigip - somebody else writes to the BIG-IP; JSON with ' for ". Fails the test unless it is
 * taken. */
void lane_bigip(struct lane *l, const char *method, const char *path, const char *body);
/** lane_get - what the BIG-IP says to a GET; given, NULL unless 200 */
struct json_object *lane_get(struct lane *l, const char *path);
bool lane_has_virtual(struct lane *l, unsigned n);
unsigned lane_virtuals(struct lane *l);            /* how many there are in K8S */
unsigned lane_members(struct lane *l, unsigned n); /* enabled members of its pool */
/** lane_text - everything of K8S as the BIG-IP shows it, generations included: equal texts mean
 * that nothing was touched; given */
char *lane_text(struct lane *l);
unsigned lane_in_state(struct lane *l, enum app_state s);
bool lane_event(struct lane *l, const char *reason); /* is there an Event with that reason? */

void lane_turn(struct lane *l); /* one round of the loop, at most 10 ms */
/* run for @passes verify passes: to show that something does not happen */
void lane_verify_passes(struct lane *l, unsigned passes);

#define LANE_WAIT(l, expr)                                                                         \
	do {                                                                                       \
		uint64_t wait_until_ = uv_hrtime() + 30000000000ull;                               \
		while (!(expr)) {                                                                  \
			if (uv_hrtime() > wait_until_)                                             \
				fail_msg("waited 30 s for: %s", #expr);                            \
			lane_turn(l);                                                              \
		}                                                                                  \
	} while (0)

#endif
