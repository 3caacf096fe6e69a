#include "rig.h"

#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/ev/loop.h"
#include "controller/kube/config.h"

static void on_tick(uv_timer_t *t)
{
}

void rig_turn(struct rig *r)
{
	static uv_timer_t tick; /* wakes a loop in which nothing happens */

	uv_timer_init(&r->loop, &tick);
	uv_timer_start(&tick, on_tick, 10, 0);
	uv_run(&r->loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(&r->loop, UV_RUN_NOWAIT); /* closed before the next use */
	while (uv_is_active((uv_handle_t *)&tick))
		uv_run(&r->loop, UV_RUN_NOWAIT);
}

void rig_idle(struct rig *r, unsigned ms)
{
	uint64_t until = uv_hrtime() + ms * 1000000ull;

	while (uv_hrtime() < until)
		rig_turn(r);
}

struct kube_client *rig_client(struct rig *r, const char *user)
{
	autofree char *text = mem_printf(
		"current-context: c\n"
		"contexts: [{name: c, context: {cluster: c, user: u}}]\n"
		"clusters: [{name: c, cluster: {server: \"http://127.0.0.1:%u\"}}]\n"
		"users: [{name: u, user: %s}]\n",
		fake_kube_port(r->fake), user);
	struct kube_config *config;
	struct kube_client *c;
	struct kube_tuning *t;
	struct error err;

	if (kube_config_parse(text, strlen(text), "test", NULL, &config, &err) < 0)
		fail_msg("%s", err.msg);
	if (kube_client_new(&r->loop, config, NULL, &c, &err) < 0)
		fail_msg("%s", err.msg);
	t = kube_client_tuning(c);
	t->backoff_min_ms = 10;
	t->backoff_max_ms = 100;
	t->settle_ms = 20;
	t->list_limit = 3;
	t->request_timeout_ms = 2000;
	return c;
}

int rig_setup(void **state)
{
	struct rig *r = mem_alloc(sizeof(*r));

	log_set_level(getenv("RIG_LOG") ? LOG_DEBUG : LOG_ERROR);
	uv_loop_init(&r->loop);
	r->fake = fake_kube_new(&r->loop);
	r->client = rig_client(r, "{token: secret}");
	*state = r;
	return 0;
}

int rig_teardown(void **state)
{
	struct rig *r = *state;
	int rc;

	kube_client_close(r->client);
	fake_kube_close(r->fake);
	rc = ev_loop_drain(&r->loop, 5000);
	free(r);
	return rc;
}
