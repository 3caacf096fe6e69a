/*
 * report - what people see of one app: log line, Event, status annotation, JSON. On a change of
 * state only.
 */
#include "controller/cluster/cluster.h"

#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

void report_event(struct cluster *cl, const struct app *a, const char *type, const char *reason,
		  const char *message)
{
	const struct kube_configmap *cm = watch_configmap(cl, a);

	if (cm)
		kube_event(cl->events, &cm->o, type, reason, message);
}

/* an app that is found right at start is no news; one that we put right, or that was wrong before,
 * is */
static bool is_news(const struct app *a, enum app_state before, enum app_state state)
{
	if (state == APP_PENDING)
		return false;
	if (state == APP_APPLIED)
		return before != APP_APPLIED && (a->wrote || before != APP_PENDING);
	return true;
}

void report_state(struct cluster *cl, struct app *a, enum app_state state, const char *reason,
		  const char *message)
{
	enum app_state before = a->state;
	bool good = state == APP_APPLIED;

	if (good && (a->wrote || before != APP_APPLIED))
		report_status_ip(cl, a); /* its address may change while all is well */
	if (before == state && str_eq(a->message, message))
		return;
	apps_set_state(&cl->apps, a, state, message);
	if (good && before == APP_APPLIED)
		return; /* only the note changed */
	if (is_news(a, before, state)) {
		log_at(good ? LOG_INFO : LOG_WARN, "app.state", kv_str("app", a->key),
		       kv_str("from", app_state_name(before)), kv_str("to", app_state_name(state)),
		       kv_str("reason", reason), kv_str("message", *message ? message : NULL),
		       kv_u64("members", a->n_members));
		report_event(cl, a, good ? "Normal" : "Warning", reason,
			     *message ? message : "the BIG-IP is as this ConfigMap says");
	}
}

void report_status_ip(struct cluster *cl, const struct app *a)
{
	const struct kube_configmap *cm = watch_configmap(cl, a);
	const char *ip = a->config && !a->config->iapp ? a->config->bind_addr : NULL;

	if (!cm || str_eq(cm->status_ip, ip))
		return; /* without an address (pool only) the annotation goes */
	annotator_set(cl->annotator, &cm->o, ip);
}

/* ---- JSON ---- */

static const char *availability_name(uint8_t a)
{
	static const char *const names[] = {"unknown", "up", "down", "checking", "forced-down"};

	return a < ARRAY_SIZE(names) ? names[a] : "unknown";
}

static struct json_object *members_json(const struct bigip_pool *pool)
{
	struct json_object *list = js_list();

	for (size_t i = 0; i < pool->n_members; i++) {
		const struct bigip_member *m = &pool->members[i];
		struct json_object *o = js_obj();
		struct strbuf name = {0};

		if (m->name)
			str_add(&name, m->name);
		else
			bigip_member_name(m, &name);
		js_put_str(o, "name", str_get(&name));
		js_put_str(o, "session",
			   m->session == BIGIP_SESSION_ENABLED ? "enabled" : "disabled");
		js_put_str(o, "availability", availability_name(m->availability));
		js_push(list, o);
		str_release(&name);
	}
	return list;
}

static void add_object(struct json_object *app, const struct bigip_object *o)
{
	const struct bigip_virtual *v = (const void *)o;
	const struct bigip_pool *p = (const void *)o;

	switch (o->kind) {
	case BIGIP_VIRTUAL:
		js_put_str(app, "virtual", o->name);
		js_put_str(app, "destination", v->destination);
		js_put_str(app, "protocol", v->ip_protocol);
		break;
	case BIGIP_POOL:
		js_put_str(app, "pool", o->name);
		js_put_str(app, "loadBalancingMode", p->lb_mode);
		js_put(app, "members", members_json(p));
		break;
	case BIGIP_IAPP:
		js_put_str(app, "iapp", o->name);
		break;
	default:
		break;
	}
}

static struct json_object *app_json(struct cluster *cl, const struct app *a, uint64_t now_us)
{
	struct json_object *o = js_obj();

	js_put_str(o, "namespace", a->ns);
	js_put_str(o, "configMap", a->name);
	js_put_bool(o, "present", a->present);
	js_put_str(o, "state", app_state_name(a->state));
	js_put_str(o, "message", a->message);
	if (a->config) {
		js_put_str(o, "partition", a->config->partition);
		js_put_str(o, "service", a->config->service);
		js_put_int(o, "servicePort", a->config->service_port);
	}
	if (a->applied_us)
		js_put_int(o, "appliedSecondsAgo", (int64_t)((now_us - a->applied_us) / 1000000));
	js_put_bool(o, "inFlight", a->work.state == WORK_BUSY);
	for (size_t i = 0; i < cl->n_partitions; i++) {
		autofree struct bigip_object **objects = NULL;
		size_t n = 0;

		if (cl->partitions[i].state)
			n = bigip_state_owned(cl->partitions[i].state, cl->partitions[i].name,
					      a->key, &objects);
		for (size_t j = 0; j < n; j++)
			add_object(o, objects[j]);
	}
	return o;
}

static struct json_object *device_json(const struct cluster *cl)
{
	struct json_object *o = js_obj(), *partitions = js_list();
	struct bigip_rest_status st = {0};

	if (cl->rest)
		bigip_rest_status(cl->rest, &st);
	js_put_str(o, "url", cl->credentials.url);
	js_put_bool(o, "up", st.up);
	js_put_str(o, "error", cl->bigip_down);
	js_put_int(o, "inFlight", st.in_flight);
	js_put_int(o, "queued", st.queued);
	js_put_int(o, "requests", (int64_t)st.requests);
	js_put_int(o, "writes", (int64_t)st.writes);
	js_put_int(o, "retries", (int64_t)st.retries);
	js_put_int(o, "logins", (int64_t)st.logins);
	for (size_t i = 0; i < cl->n_partitions; i++) {
		const struct partition *p = &cl->partitions[i];
		struct json_object *j = js_obj();

		js_put_str(j, "name", p->name);
		js_put_bool(j, "read", p->valid);
		js_put_int(j, "objects",
			   p->state ? (int64_t)bigip_state_count(p->state, p->name) : 0);
		js_put_str(j, "error", p->error[0] ? p->error : NULL);
		js_push(partitions, j);
	}
	js_put(o, "partitions", partitions);
	return o;
}

static int by_key(const struct app *a, const struct app *b)
{
	return strcmp(a->key, b->key);
}

struct json_object *report_json(struct cluster *cl)
{
	struct json_object *o = js_obj(), *apps = js_list();
	uint64_t now = clock_mono_us();
	struct app *a, *tmp;

	js_put_bool(o, "leader", cl->leader);
	js_put(o, "bigip", device_json(cl));
	HASH_SORT(cl->apps.by_key, by_key);
	HASH_ITER (hh, cl->apps.by_key, a, tmp)
		js_push(apps, app_json(cl, a, now));
	js_put(o, "apps", apps);
	return o;
}
