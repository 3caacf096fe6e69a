/* cluster - start and stop of podlane-controller's parts; see cluster.h for how they work together
 */
#include "controller/cluster/cluster.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static void leading(void *ctx)
{
	struct cluster *cl = ctx;

	log_info("leader.acquired", kv_str("identity", cl->settings->identity));
	device_lead(cl);
}

static void lost(void *ctx, const char *why)
{
	struct cluster *cl = ctx;

	log_warn("leader.lost", kv_str("identity", cl->settings->identity), kv_str("reason", why));
	device_unlead(cl);
}

static void make_metrics(struct cluster *cl)
{
	static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
					0.5,   1,      2.5,   5,    10,    30,   60};
	static const char *const labels[] = {"state", NULL};
	struct metrics *m = cl->metrics = metrics_new();
	struct metric *apps;

	cl->m.queue_depth = metric_with(metrics_add(m, METRIC_GAUGE, "podlane_queue_depth",
						    "ConfigMaps that wait to be looked at", NULL));
	cl->m.latency = metric_with(
		metrics_add_histogram(m, "podlane_change_to_applied_seconds",
				      "from a change in Kubernetes to the BIG-IP's confirmation",
				      NULL, bounds, ARRAY_SIZE(bounds)));
	cl->m.drift = metric_with(metrics_add(m, METRIC_COUNTER, "podlane_drift_repairs_total",
					      "differences made by others that were put right",
					      NULL));
	cl->m.held = metric_with(metrics_add(
		m, METRIC_GAUGE, "podlane_held_deletes",
		"ConfigMaps whose deletion on the BIG-IP waits for confirmation", NULL));
	cl->m.leader = metric_with(metrics_add(m, METRIC_GAUGE, "podlane_leader",
					       "1 on the replica that writes to the BIG-IP", NULL));
	cl->m.verified = metric_with(
		metrics_add(m, METRIC_GAUGE, "podlane_last_verified_seconds_ago",
			    "age of the last complete read of the BIG-IP, -1: none", NULL));
	apps = metrics_add(m, METRIC_GAUGE, "podlane_configmaps",
			   "virtual-server ConfigMaps by state", labels);
	for (int s = 0; s < APP_STATES; s++)
		cl->m.apps[s] = metric_with(apps, app_state_name((enum app_state)s));
}

static int start_kube(struct cluster *cl, struct error *err)
{
	const struct settings *s = cl->settings;
	struct kube_config *config;
	int r = s->in_cluster ? kube_config_in_cluster(&config, err)
			      : kube_config_load(s->kubeconfig, NULL, &config, err);

	if (r < 0)
		return r;
	if (kube_client_new(cl->loop, config, cl->metrics, &cl->kube, err) < 0)
		return -1;
	cl->events = kube_events_new(cl->kube, "podlane-controller");
	cl->annotator = annotator_new(cl->kube, "status.virtual-server.f5.com/ip");
	return watch_start(cl, err);
}

static void start_lease(struct cluster *cl)
{
	const struct settings *s = cl->settings;
	struct credentials device = {0};
	bool known = settings_credentials(s, &device, NULL) == 0;
	autofree char *name = settings_lease_name(s, known ? device.url : s->credentials_directory);
	const struct kube_lease_settings ls = {
		.ns = s->lease_ns,
		.name = name,
		.identity = s->identity,
		.duration_s = 15,
		.renew_s = 10,
		.retry_s = 2,
		.on_lead = leading,
		.on_lost = lost,
		.ctx = cl,
	};

	credentials_release(&device);
	if (s->leader_elect)
		cl->lease = kube_lease_new(cl->kube, &ls);
	else
		leading(cl);
}

static void release(struct cluster *cl)
{
	for (size_t i = 0; i < cl->n_partitions; i++)
		bigip_state_free(cl->partitions[i].state);
	free(cl->partitions);
	apps_release(&cl->apps);
	vs_schemas_free(cl->schemas);
	metrics_free(cl->metrics);
	credentials_release(&cl->credentials);
	free(cl->credentials_error);
	free(cl->trusted_pem);
	free(cl->bigip_down);
	free(cl);
}

static void handle_closed(uv_handle_t *h)
{
	struct cluster *cl = h->data;

	if (--cl->open_handles == 0)
		release(cl);
}

void cluster_stop(struct cluster *cl)
{
	uv_handle_t *handles[] = {(uv_handle_t *)&cl->run, (uv_handle_t *)&cl->delayed,
				  (uv_handle_t *)&cl->verify, (uv_handle_t *)&cl->tidy,
				  (uv_handle_t *)&cl->credentials_timer};

	if (cl->stopping)
		return;
	cl->stopping = true;
	device_stop(cl);
	reconcile_stop(cl);
	web_stop(cl);
	if (cl->lease)
		kube_lease_close(cl->lease, true);
	watch_stop(cl);
	kube_events_close(cl->events);
	annotator_close(cl->annotator);
	kube_client_close(cl->kube);
	cl->open_handles = ARRAY_SIZE(handles);
	for (size_t i = 0; i < ARRAY_SIZE(handles); i++)
		uv_close(handles[i], handle_closed);
}

int cluster_start(uv_loop_t *loop, const struct settings *s, struct cluster **ret,
		  struct error *err)
{
	struct cluster *cl = mem_alloc(sizeof(*cl));

	cl->loop = loop;
	cl->settings = s;
	cl->started_us = clock_mono_us();
	make_metrics(cl);
	cl->translate = settings_translate(s);
	cl->schemas = vs_schemas_new(s->schema_base);
	reconcile_start(cl);
	device_start(cl);
	if (web_start(cl, err) < 0 || (s->manage_configmaps && start_kube(cl, err) < 0)) {
		cluster_stop(cl);
		return -1;
	}
	if (s->manage_configmaps)
		start_lease(cl);
	else
		log_warn("controller.idle", kv_str("reason", "--manage-configmaps=false: nothing "
							     "is watched and nothing is written"));
	*ret = cl;
	return 0;
}
