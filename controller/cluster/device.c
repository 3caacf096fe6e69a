/*
 * device - the session with the BIG-IP and what is known to be on it
 *
 * The observed state of a partition is read once when the device comes up, kept right by folding in
 * what it answers to our writes, and read again every verify interval to find drift. It is trusted
 * only while the session holds: after an outage it is read anew before anything is planned. Standby
 * replicas have no session at all.
 */
#include "controller/cluster/cluster.h"

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

enum { REREAD_MS = 5000 }; /* after a read that failed while the device is up */

struct partition *device_partition(struct cluster *cl, const char *name)
{
	for (size_t i = 0; name && i < cl->n_partitions; i++) {
		if (strcmp(cl->partitions[i].name, name) == 0)
			return &cl->partitions[i];
	}
	return NULL;
}

bool device_ready(const struct cluster *cl)
{
	if (!cl->rest || !bigip_rest_is_up(cl->rest))
		return false;
	for (size_t i = 0; i < cl->n_partitions; i++) {
		if (!cl->partitions[i].valid)
			return false;
	}
	return true;
}

/* ---- reading ---- */

/* what we wrote while the read was under way is newer than what it says */
static void keep_newer(struct partition *p, struct bigip_state *fresh, uint64_t started_us)
{
	struct app *a, *tmp;

	HASH_ITER (hh, p->cl->apps.by_key, a, tmp) {
		autofree struct bigip_object **old = NULL, **now = NULL;
		size_t n;

		if (a->work.state != WORK_BUSY && a->written_us < started_us)
			continue;
		n = bigip_state_owned(fresh, p->name, a->key, &now);
		for (size_t i = 0; i < n; i++)
			bigip_state_del(fresh, now[i]->kind, now[i]->partition, now[i]->name);
		n = bigip_state_owned(p->state, p->name, a->key, &old);
		for (size_t i = 0; i < n; i++)
			bigip_state_put(fresh, bigip_object_dup(old[i]));
	}
}

static void add_orphan(void *ctx, struct bigip_object *o)
{
	struct cluster *cl = ctx;
	struct strbuf owner = {0};

	if (o->kind != BIGIP_NODE && (o->marks & BIGIP_MARK_OURS) &&
	    bigip_owner(o->kind, o->name, &owner)) {
		char *name = strchr(owner.data, '/');

		*name++ = '\0';
		apps_ensure(&cl->apps, owner.data, name)->cl = cl;
	}
	str_release(&owner);
}

static void nodes_deleted(void *ctx, struct bigip_plan *plan, struct bigip_result *results,
			  size_t n)
{
	struct partition *p = ctx;

	for (size_t i = 0; i < n; i++) {
		if (results[i].outcome == BIGIP_DONE && p->state)
			bigip_plan_applied(results[i].change, NULL, &p->reading, p->state);
	}
}

/* BIG-IP makes a node for a member and never removes it; one it still needs it refuses to delete,
 * which is fine */
static void sweep_nodes(struct partition *p)
{
	struct bigip_plan plan = {0};

	bigip_plan_nodes(p->name, p->state, &plan);
	p->cl->writes += plan.n;
	if (plan.n > 0)
		bigip_rest_apply(p->cl->rest, &plan, BIGIP_BULK, nodes_deleted, p);
	bigip_plan_release(&plan);
}

static void confirm_held(struct cluster *cl)
{
	struct app *a, *tmp;

	if (cl->regressed && cl->apps.in_state[APP_HELD] == 0 && cl->queue.n_ready == 0) {
		log_info("kube.regressed", kv_str("held", "nothing any more"));
		cl->regressed = false;
	}
	HASH_ITER (hh, cl->apps.by_key, a, tmp) {
		if (a->state != APP_HELD)
			continue;
		a->hold_passes++;
		reconcile_add(cl, a, WORK_NORMAL);
	}
}

static void read_failed(struct partition *p, const struct error *err)
{
	struct cluster *cl = p->cl;

	if (!str_eq(p->error, err->msg))
		log_error("bigip.read", kv_str("partition", p->name), kv_str("error", err->msg));
	(void)snprintf(p->error, sizeof(p->error), "%s", err->msg);
	if (!p->valid && bigip_rest_is_up(cl->rest)) {
		uv_timer_start(&cl->verify, cl->verify.timer_cb, REREAD_MS,
			       (uint64_t)cl->settings->verify_interval_s * 1000);
		reconcile_add_all(cl, WORK_NORMAL,
				  false); /* each app says that it waits, and for what */
	}
}

static bool reading(const struct cluster *cl)
{
	for (size_t i = 0; i < cl->n_partitions; i++) {
		if (cl->partitions[i].read_started_us)
			return true;
	}
	return false;
}

static void take_read(struct partition *p, struct bigip_state *given,
		      const struct bigip_reading *reading, uint64_t digest, const struct error *err)
{
	struct cluster *cl = p->cl;
	uint64_t started_us = p->read_started_us;
	bool first = !p->valid;

	p->read_started_us = 0;
	if (err) {
		read_failed(p, err);
		return;
	}
	if (p->error[0])
		log_info("bigip.read", kv_str("partition", p->name), kv_str("error", "none"));
	p->error[0] = '\0';
	if (given) {
		if (p->state && !first)
			keep_newer(p, given, started_us);
		bigip_state_free(p->state);
		p->state = given;
		p->reading = *reading;
		bigip_state_each(p->state, p->name, add_orphan, cl);
	}
	p->digest = cl->writes == p->writes_at_read ? digest : 0;
	p->valid = true;
	cl->last_verified_us = clock_mono_us();
	if (first || p->pass)
		guard_window(&p->guard, bigip_state_count(p->state, p->name));
	if (first)
		log_info("bigip.synced", kv_str("partition", p->name),
			 kv_u64("objects", bigip_state_count(p->state, p->name)));
	else if (p->pass)
		confirm_held(cl);
	if (first || given)
		reconcile_add_all(cl, first ? WORK_BULK : WORK_NORMAL, !first);
	if (given && !first)
		sweep_nodes(p);
	reconcile_kick(cl);
}

static void read_done(void *ctx, struct bigip_state *given, const struct bigip_reading *reading_,
		      uint64_t digest, const struct error *err)
{
	struct partition *p = ctx;

	take_read(p, given, reading_, digest, err);
	if (!reading(p->cl))
		web_observed(p->cl);
}

/* @pass: a verify pass, of which two confirm a held delete */
static void read_partition(struct partition *p, bool pass)
{
	struct cluster *cl = p->cl;

	p->pass = pass;
	if (p->read_started_us)
		return;
	p->read_started_us = clock_mono_us();
	/* an unchanged device proves our state right only if we wrote nothing since */
	bigip_rest_read(cl->rest, p->name, cl->writes == p->writes_at_read ? p->digest : 0,
			read_done, p);
	p->writes_at_read = cl->writes;
}

static void verify_due(uv_timer_t *t)
{
	struct cluster *cl = t->data;

	if (!cl->rest || !bigip_rest_is_up(cl->rest))
		return;
	for (size_t i = 0; i < cl->n_partitions; i++)
		read_partition(&cl->partitions[i], true);
}

/* what a person asks to see costs a read, but not too many of them */
enum { REFRESH_US = 2000000, REFRESH_WRITTEN_US = 300000 };

bool device_refresh(struct cluster *cl)
{
	uint64_t age_us = clock_mono_us() - cl->last_verified_us;
	bool written = cl->writes != cl->partitions[0].writes_at_read;

	if (!device_ready(cl) || age_us < (written ? REFRESH_WRITTEN_US : REFRESH_US))
		return false;
	for (size_t i = 0; i < cl->n_partitions; i++)
		read_partition(&cl->partitions[i],
			       cl->partitions[i].pass && cl->partitions[i].read_started_us);
	return true;
}

static void start_verify(struct cluster *cl)
{
	uint64_t ms = (uint64_t)cl->settings->verify_interval_s * 1000;

	uv_timer_start(&cl->verify, verify_due, ms, ms);
}

/* ---- session ---- */

static void forget(struct cluster *cl)
{
	for (size_t i = 0; i < cl->n_partitions; i++) {
		cl->partitions[i].valid = false;
		cl->partitions[i].read_started_us = 0;
	}
	web_observed(cl);
}

static void device_up(void *ctx)
{
	struct cluster *cl = ctx;

	log_info("bigip.up", kv_str("url", cl->credentials.url));
	free(cl->bigip_down);
	cl->bigip_down = NULL;
	forget(cl);
	verify_due(&cl->verify);
	start_verify(cl);
}

static void device_down(void *ctx, const struct error *why)
{
	struct cluster *cl = ctx;

	bool untrusted = strstr(why->msg, "certificate verify failed") != NULL;
	char *text = mem_printf(
		"%s%s", why->msg,
		untrusted ? "; name its CA with --trusted-certs-cfgmap, or give --insecure" : "");

	if (!str_eq(cl->bigip_down, text))
		log_error("bigip.down", kv_str("url", cl->credentials.url), kv_str("error", text));
	free(cl->bigip_down);
	cl->bigip_down = text;
	cl->distrusted = untrusted;
	forget(cl);
	uv_timer_stop(&cl->verify);
}

static void open_session(struct cluster *cl)
{
	const struct settings *s = cl->settings;
	const struct bigip_rest_settings rs = {
		.url = cl->credentials.url,
		.username = cl->credentials.username,
		.password = cl->credentials.password,
		.ca_pem = cl->trusted_pem,
		.insecure = s->insecure,
		.connections = s->connections,
		.batch = s->batch,
		.user_agent = "podlane/" PODLANE_VERSION,
		.metrics = cl->metrics,
		.on_up = device_up,
		.on_down = device_down,
		.ctx = cl,
	};
	struct error err = {0};

	if (s->insecure)
		log_warn("bigip.insecure", kv_str("url", cl->credentials.url),
			 kv_str("effect", "its certificate is not verified: whoever answers there "
					  "gets the password"));
	if (bigip_rest_new(cl->loop, &rs, &cl->rest, &err) < 0) {
		log_error("bigip.session", kv_str("url", cl->credentials.url),
			  kv_str("error", err.msg));
		free(cl->bigip_down);
		cl->bigip_down = mem_strdup(err.msg);
	}
}

static void close_session(struct cluster *cl)
{
	if (!cl->rest)
		return;
	bigip_rest_close(cl->rest);
	cl->rest = NULL;
	uv_timer_stop(&cl->verify);
	forget(cl);
	reconcile_abandon(cl);
}

/* --trusted-certs-cfgmap: every value of the ConfigMap is one or more PEM certificates */
static void trusted_certs(void *ctx, int status, struct json_object *body, const struct error *err)
{
	struct cluster *cl = ctx;
	struct json_object *data = js_at(body, "data");
	struct strbuf pem = {.max = 1 << 20};

	if (!cl->leader || cl->rest)
		return;
	if (err) {
		log_error("bigip.trusted-certs",
			  kv_str("configmap", cl->settings->trusted_certs_name),
			  kv_str("error", err->msg));
		uv_timer_start(&cl->credentials_timer, cl->credentials_timer.timer_cb, REREAD_MS,
			       0);
		return;
	}
	if (json_object_is_type(data, json_type_object)) {
		json_object_object_foreach (data, key, value) {
			(void)key;
			str_addf(&pem, "%s\n", json_object_get_string(value));
		}
	}
	free(cl->trusted_pem);
	cl->trusted_pem = str_take(&pem);
	open_session(cl);
}

static void connect_device(struct cluster *cl)
{
	const struct settings *s = cl->settings;

	if (s->trusted_certs_name && !cl->trusted_pem) {
		autofree char *path = mem_printf("/api/v1/namespaces/%s/configmaps/%s",
						 s->trusted_certs_ns, s->trusted_certs_name);

		kube_request(cl->kube, "GET", path, NULL, NULL, trusted_certs, cl);
		return;
	}
	open_session(cl);
}

/* Secrets mounted as files change under us: look again every so often, and tell the session */
static void credentials_due(uv_timer_t *t)
{
	struct cluster *cl = t->data;
	struct credentials now = {0};
	struct error err = {0};

	uv_timer_start(t, credentials_due, 10000, 0);
	if (settings_credentials(cl->settings, &now, &err) < 0) {
		if (!str_eq(cl->credentials_error, err.msg))
			log_error("bigip.credentials", kv_str("error", err.msg));
		free(cl->credentials_error);
		cl->credentials_error = mem_strdup(err.msg);
		return; /* the old ones may still be right */
	}
	free(cl->credentials_error);
	cl->credentials_error = NULL;
	if (credentials_equal(&now, &cl->credentials)) {
		credentials_release(&now);
	} else {
		bool other_device = !str_eq(now.url, cl->credentials.url);

		if (cl->credentials.url)
			log_info("bigip.credentials", kv_str("url", now.url),
				 kv_str("change", "read again"));
		credentials_release(&cl->credentials);
		cl->credentials = now;
		if (cl->rest && other_device)
			close_session(cl);
		else if (cl->rest)
			bigip_rest_credentials(cl->rest, now.username, now.password);
	}
	if (cl->distrusted &&
	    cl->trusted_pem) { /* its certificate or our ConfigMap has changed: read that again */
		free(cl->trusted_pem);
		cl->trusted_pem = NULL;
		close_session(cl);
	}
	cl->distrusted = false;
	if (cl->leader && !cl->rest)
		connect_device(cl);
}

void device_lead(struct cluster *cl)
{
	cl->leader = true;
	series_set(cl->m.leader, 1);
	credentials_due(&cl->credentials_timer);
}

void device_unlead(struct cluster *cl)
{
	cl->leader = false;
	series_set(cl->m.leader, 0);
	close_session(cl);
}

void device_start(struct cluster *cl)
{
	uv_timer_init(cl->loop, &cl->verify);
	uv_timer_init(cl->loop, &cl->credentials_timer);
	cl->verify.data = cl->credentials_timer.data = cl;
	while (cl->settings->partition_list[cl->n_partitions])
		cl->n_partitions++;
	cl->partitions = mem_calloc(cl->n_partitions, sizeof(*cl->partitions));
	for (size_t i = 0; i < cl->n_partitions; i++)
		cl->partitions[i] = (struct partition){.cl = cl,
						       .name = cl->settings->partition_list[i]};
}

void device_stop(struct cluster *cl)
{
	close_session(cl);
	uv_timer_stop(&cl->credentials_timer);
}
