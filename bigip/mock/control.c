/* The control path /mock/... of mock-bigip; see server.h for the list. */
#include "bigip/mock/control.h"

#include "common/base/json.h"
#include "common/base/mem.h"

static const char *const methods[COUNTED_METHODS] = {"GET",   "POST",   "PUT",
						     "PATCH", "DELETE", "other"};

void counters_request(struct mock_counters *c, const char *method)
{
	unsigned i = 0;

	while (i < COUNTED_METHODS - 1 && strcmp(methods[i], method) != 0)
		i++;
	c->methods[i]++;
	c->total++;
}

static struct json_object *requests(const struct control *c)
{
	const struct mock_counters *n = c->counters;
	struct json_object *o = js_obj(), *by_method = js_obj(), *by_status = js_obj();

	for (unsigned i = 0; i < COUNTED_METHODS; i++)
		js_put_int(by_method, methods[i], (int64_t)n->methods[i]);
	for (unsigned i = 0; i < COUNTED_STATUSES; i++) {
		char key[8];

		snprintf(key, sizeof(key), "%u", i);
		if (n->statuses[i])
			js_put_int(by_status, i ? key : "none", (int64_t)n->statuses[i]);
	}
	js_put_int(o, "total", (int64_t)n->total);
	js_put_int(o, "reads", (int64_t)n->methods[0]);
	js_put_int(o, "writes", (int64_t)(n->total - n->methods[0]));
	js_put_int(o, "faults", (int64_t)n->faults);
	js_put_int(o, "active", c->active);
	js_put(o, "methods", by_method);
	js_put(o, "statuses", by_status);
	return o;
}

static int set_ready(struct mock *m, const char *word, struct error *err)
{
	static const char *const words[] = {[MOCK_READY] = "ready",
					    [MOCK_NOT_REGISTERED] = "not-registered",
					    [MOCK_MCPD_LOST] = "mcpd-lost",
					    [MOCK_ASYNC_TASK] = "async-task",
					    [MOCK_RESTARTING] = "restarting"};

	for (unsigned i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(words[i], word)) {
			mock_set_ready(m, (enum mock_readiness)i);
			return 0;
		}
	}
	return err_set(err, ERR_INPUT, 400, "readiness '%s' is not known", word);
}

static int post(const struct control *c, const char *what, struct json_object *body,
		struct error *err)
{
	if (!strcmp(what, "fail"))
		return fault_rules_add(c->rules, js_str(body, "rule", ""), err);
	if (!strcmp(what, "state"))
		return set_ready(c->mock, js_str(body, "ready", ""), err);
	if (!strcmp(what, "latency"))
		return mock_latency_parse(js_str(body, "latency", ""), c->latency, err);
	if (!strcmp(what, "member"))
		return mock_set_member_state(c->mock, js_str(body, "pool", ""),
					     js_str(body, "member", ""), js_str(body, "state", ""),
					     err);
	return err_set(err, ERR_GONE, 404, "no control path '/mock/%s'", what);
}

static int delete (const struct control *c, const char *what, struct error *err)
{
	if (!strcmp(what, "fail"))
		fault_rules_clear(c->rules);
	else if (!strcmp(what, "requests"))
		*c->counters = (struct mock_counters){0};
	else
		return err_set(err, ERR_GONE, 404, "no control path '/mock/%s'", what);
	return 0;
}

void control_handle(const struct control *c, const char *method, const char *path, const char *body,
		    size_t len, struct mock_reply *ret)
{
	const char *what = path + strlen("/mock/");
	autojson struct json_object *out = NULL, *in = NULL;
	struct error err = {0};
	int r = 0;

	if (!strcmp(method, "GET") && !strcmp(what, "requests"))
		out = requests(c);
	else if (!strcmp(method, "GET") && !strcmp(what, "fail"))
		out = fault_rules_list(c->rules);
	else if (!strcmp(method, "GET") && !strcmp(what, "state"))
		out = mock_describe(c->mock);
	else if (!strcmp(method, "DELETE"))
		r = delete (c, what, &err);
	else if (!strcmp(method, "POST"))
		r = js_parse(body, len, &in, &err) < 0 ? -1 : post(c, what, in, &err);
	else
		r = err_set(&err, ERR_GONE, 404, "no control path '%s %s'", method, path);
	if (!out)
		out = js_obj();
	if (r < 0)
		js_put_str(out, "error", err.msg);
	ret->status = r == 0 ? 200 : err.code >= 400 ? err.code : 400;
	ret->content_type = "application/json";
	str_add(&ret->body, js_text(out, NULL));
	str_add_char(&ret->body, '\n');
}
