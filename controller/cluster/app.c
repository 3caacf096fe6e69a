#include "controller/cluster/app.h"

#include <utlist.h>

#include "common/base/mem.h"
#include "common/base/str.h"

struct app_service {
	UT_hash_handle hh;
	struct app *apps;
	char key[];
};

const char *app_state_name(enum app_state s)
{
	static const char *const names[APP_STATES] = {"pending", "applied", "inactive",
						      "invalid", "refused", "held"};

	return s < APP_STATES ? names[s] : "unknown";
}

struct app *apps_get(const struct apps *t, const char *ns, const char *name)
{
	autofree char *key = mem_printf("%s/%s", ns, name);
	struct app *a;

	HASH_FIND_STR(t->by_key, key, a);
	return a;
}

struct app *apps_ensure(struct apps *t, const char *ns, const char *name)
{
	struct app *a = apps_get(t, ns, name);

	if (a)
		return a;
	a = mem_alloc(sizeof(*a));
	a->key = mem_printf("%s/%s", ns, name);
	a->ns = mem_strdup(ns);
	a->name = mem_strdup(name);
	a->message = mem_strdup("");
	work_item_init(&a->work);
	HASH_ADD_KEYPTR(hh, t->by_key, a->key, strlen(a->key), a);
	t->in_state[a->state]++;
	return a;
}

struct app *apps_of_service(const struct apps *t, const char *ns, const char *service)
{
	autofree char *key = mem_printf("%s/%s", ns, service);
	struct app_service *s;

	HASH_FIND_STR(t->by_service, key, s);
	return s ? s->apps : NULL;
}

static void unindex(struct apps *t, struct app *a)
{
	struct app_service *s;

	if (!a->service_key)
		return;
	HASH_FIND_STR(t->by_service, a->service_key, s);
	DL_DELETE2(s->apps, a, svc_prev, svc_next);
	if (!s->apps) {
		HASH_DEL(t->by_service, s);
		free(s);
	}
	free(a->service_key);
	a->service_key = NULL;
}

static void index_service(struct apps *t, struct app *a)
{
	struct app_service *s;

	a->service_key = mem_printf("%s/%s", a->ns, a->config->service);
	HASH_FIND_STR(t->by_service, a->service_key, s);
	if (!s) {
		size_t len = strlen(a->service_key);

		s = mem_alloc(sizeof(*s) + len + 1);
		memcpy(s->key, a->service_key, len + 1);
		HASH_ADD_STR(t->by_service, key, s);
	}
	DL_APPEND2(s->apps, a, svc_prev, svc_next);
}

void apps_set_config(struct apps *t, struct app *a, struct vs_config *given)
{
	unindex(t, a);
	vs_config_free(a->config);
	a->config = given;
	if (given)
		index_service(t, a);
}

void apps_set_state(struct apps *t, struct app *a, enum app_state state, const char *message)
{
	t->in_state[a->state]--;
	t->in_state[state]++;
	a->state = state;
	if (!str_eq(a->message, message)) {
		free(a->message);
		a->message = mem_strdup(message);
	}
}

void apps_remove(struct apps *t, struct app *a)
{
	apps_set_config(t, a, NULL);
	HASH_DEL(t->by_key, a);
	t->in_state[a->state]--;
	vs_problems_release(&a->problems);
	tr_drain_release(&a->drain);
	free(a->key);
	free(a->ns);
	free(a->name);
	free(a->version);
	free(a->message);
	free(a->note);
	free(a);
}

void apps_release(struct apps *t)
{
	struct app *a, *tmp;

	HASH_ITER (hh, t->by_key, a, tmp)
		apps_remove(t, a);
}
