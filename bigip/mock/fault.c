#include "bigip/mock/fault.h"

#include "common/base/json.h"
#include "common/base/mem.h"

struct rule {
	char *text;
	enum fault_action action;
	bool delay; /* the action is only a delay */
	int status;
	const char *flavour;
	char method[12], path[160];
	double chance; /* 0..1 */
	unsigned long after, count, every, ms;
	long bytes;
	unsigned long seen, fired;
};

struct fault_rules {
	struct rule *list;
	unsigned n, cap;
	uint64_t random;
};

struct fault_rules *fault_rules_new(uint64_t seed)
{
	struct fault_rules *r = mem_alloc(sizeof(*r));

	r->random = seed ? seed : 1;
	return r;
}

void fault_rules_clear(struct fault_rules *r)
{
	for (unsigned i = 0; i < r->n; i++)
		free(r->list[i].text);
	r->n = 0;
}

void fault_rules_free(struct fault_rules *r)
{
	if (!r)
		return;
	fault_rules_clear(r);
	free(r->list);
	free(r);
}

static int parse_action(const char *word, struct rule *r, struct error *err)
{
	unsigned long long status;

	r->flavour = "";
	r->action = FAULT_REPLY;
	if (!str_to_u64(word, 400, 599, &status)) {
		r->status = (int)status;
	} else if (!strcmp(word, "500-mcpd")) {
		r->status = 500;
		r->flavour = "mcpd";
	} else if (!strcmp(word, "503-html")) {
		r->status = 503;
		r->flavour = "html";
	} else if (!strcmp(word, "close")) {
		r->action = FAULT_CLOSE;
	} else if (!strcmp(word, "lost-reply")) {
		r->action = FAULT_LOST_REPLY;
	} else if (!strcmp(word, "cut")) {
		r->action = FAULT_CUT;
	} else if (!strcmp(word, "delay")) {
		r->action = FAULT_NONE;
		r->delay = true;
		r->ms = 1000;
	} else {
		return err_set(err, ERR_INPUT, 0,
			       "failure '%s' is not a status 400..599, 500-mcpd, 503-html, close, "
			       "lost-reply, cut or delay",
			       word);
	}
	return 0;
}

static int parse_number(const char *word, const char *key, unsigned long *ret, struct error *err)
{
	unsigned long long n;

	if (str_to_u64(word, 0, 1000000000, &n))
		return err_set(err, ERR_INPUT, 0, "%s '%s' of a failure is not a number", key,
			       word);
	*ret = (unsigned long)n;
	return 0;
}

static int parse_condition(char *word, struct rule *r, bool *count_given, struct error *err)
{
	char *value = strchr(word, '=');
	size_t len = strlen(word);
	unsigned long n = 0;

	if (!value && len > 1 && word[len - 1] == '%') {
		char *end;

		r->chance = strtod(word, &end) / 100;
		if (end != word + len - 1 || !(r->chance >= 0 && r->chance <= 1))
			return err_set(err, ERR_INPUT, 0,
				       "chance '%s' of a failure is not 0..100%%", word);
		return 0;
	}
	if (!value)
		return err_set(err, ERR_INPUT, 0, "condition '%s' of a failure has no value", word);
	*value++ = '\0';
	if (!strcmp(word, "method")) {
		snprintf(r->method, sizeof(r->method), "%s", value);
	} else if (!strcmp(word, "path")) {
		snprintf(r->path, sizeof(r->path), "%s", value);
	} else if (!strcmp(word, "after")) {
		return parse_number(value, word, &r->after, err);
	} else if (!strcmp(word, "count")) {
		*count_given = true;
		return parse_number(value, word, &r->count, err);
	} else if (!strcmp(word, "every")) {
		return parse_number(value, word, &r->every, err);
	} else if (!strcmp(word, "ms")) {
		return parse_number(value, word, &r->ms, err);
	} else if (!strcmp(word, "bytes")) {
		if (parse_number(value, word, &n, err) < 0)
			return -1;
		r->bytes = (long)n;
	} else {
		return err_set(
			err, ERR_INPUT, 0,
			"condition '%s' of a failure is not P%%, method, path, after, count, "
			"every, ms or bytes",
			word);
	}
	return 0;
}

int fault_rules_add(struct fault_rules *rules, const char *text, struct error *err)
{
	autofree char *copy = mem_strdup(text);
	struct rule r = {.chance = 1, .bytes = -1};
	char *conditions = strchr(copy, ':'), *save = NULL;
	bool count_given = false;

	if (conditions)
		*conditions++ = '\0';
	if (parse_action(copy, &r, err) < 0)
		return -1;
	for (char *w = conditions ? strtok_r(conditions, ",", &save) : NULL; w;
	     w = strtok_r(NULL, ",", &save)) {
		if (parse_condition(w, &r, &count_given, err) < 0)
			return -1;
	}
	if (!count_given)
		r.count = r.after ? 1 : 0;
	r.text = mem_strdup(text);
	mem_grow(rules->list, rules->n, rules->cap);
	rules->list[rules->n++] = r;
	return 0;
}

struct json_object *fault_rules_list(const struct fault_rules *r)
{
	struct json_object *list = js_list();

	for (unsigned i = 0; i < r->n; i++) {
		struct json_object *o = js_obj();

		js_put_str(o, "rule", r->list[i].text);
		js_put_int(o, "seen", (int64_t)r->list[i].seen);
		js_put_int(o, "fired", (int64_t)r->list[i].fired);
		js_push(list, o);
	}
	return list;
}

static double draw(struct fault_rules *r)
{
	r->random ^= r->random << 13; /* xorshift64: the same seed fails the same requests */
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (double)(r->random >> 11) / (double)(1ull << 53);
}

static bool fires(struct fault_rules *rules, struct rule *r, const char *method, const char *path)
{
	if ((*r->method && strcasecmp(r->method, method) != 0) ||
	    (*r->path && !strstr(path, r->path)))
		return false;
	r->seen++;
	if (r->seen <= r->after || (r->count && r->fired >= r->count))
		return false;
	if (r->every && (r->seen - r->after) % r->every)
		return false;
	if (r->chance < 1 && draw(rules) >= r->chance)
		return false;
	r->fired++;
	return true;
}

struct fault_verdict fault_rules_decide(struct fault_rules *rules, const char *method,
					const char *path)
{
	struct fault_verdict v = {.action = FAULT_NONE, .flavour = "", .bytes = -1};

	for (unsigned i = 0; i < rules->n; i++) {
		struct rule *r = &rules->list[i];

		if (!fires(rules, r, method, path))
			continue;
		v.delay_ms += (unsigned)r->ms;
		if (r->delay)
			continue;
		v.action = r->action;
		v.status = r->status;
		v.flavour = r->flavour;
		v.bytes = r->bytes;
		break;
	}
	return v;
}

void fault_reply(const struct fault_verdict *v, const char *peer, struct mock_reply *ret)
{
	static const struct {
		int status;
		const char *flavour, *message;
		int api;
	} bodies[] = {
		{500, "", "The connection to mcpd has been lost, try again.", 32768001},
		{500, "mcpd", "The connection to mcpd has been lost, try again.", 32768001},
		{503, "", "There is an active asynchronous task executing.", 32964609},
		{401, "", "X-F5-Auth-Token has expired.", 0},
		{404, "",
		 "URI path /mgmt/tm/ not registered.  Please verify URI is supported and wait "
		 "for /available suffix to be responsive.",
		 0},
	};
	const char *message = "01070734:3: Configuration error: failure made by mock-bigip";
	int api = 3;

	ret->status = v->status;
	if (!strcmp(v->flavour, "html")) {
		ret->content_type = "text/html";
		str_add(&ret->body,
			"<html><head><title>503 Service Unavailable</title></head><body>"
			"Configuration Utility restarting...</body></html>");
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		if (bodies[i].status == v->status && !strcmp(bodies[i].flavour, v->flavour)) {
			message = bodies[i].message;
			api = bodies[i].api;
		}
	}
	ret->content_type = "application/json; charset=UTF-8";
	str_addf(&ret->body, "{\"code\":%d,\"message\":\"%s\"", v->status, message);
	if (api)
		str_addf(&ret->body, ",\"errorStack\":[],\"apiError\":%d}", api);
	else
		str_addf(&ret->body,
			 ",\"referer\":\"%s\",\"restOperationId\":7945000,\"kind\":"
			 "\":resterrorresponse\"}",
			 peer);
}
