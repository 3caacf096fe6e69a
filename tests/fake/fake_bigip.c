#include "tests/fake/fake_bigip.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/httpd.h"

enum { MAX_OBJECTS = 20000, MAX_LOG = 40000, MAX_SCRIPT = 32, MAX_TOKENS = 64, MAX_OPEN = 64 };

struct entry {
	char *path;
	struct json_object *o;
};

struct command {
	char *method, *path, *body;
};

struct open_transaction {
	unsigned long long id;
	struct command *commands;
	size_t n, cap;
};

struct later {
	uv_timer_t timer;
	struct fake_bigip *f;
	struct httpd_request *req;
	int status;
	char *body;
	struct later *next;
};

struct fake_bigip {
	uv_loop_t *loop;
	struct httpd *httpd;
	char *url, *user, *password;
	struct fake_script script[MAX_SCRIPT];
	unsigned n_script;
	struct entry *objects;
	size_t n_objects;
	struct entry refused[16];
	int refused_status[16];
	unsigned n_refused;
	char **log;
	size_t n_log;
	char *last_body;
	char *tokens[MAX_TOKENS];
	unsigned n_tokens, next_token, ttl_s, page;
	bool extendable;
	struct open_transaction open[MAX_OPEN];
	unsigned n_open;
	unsigned long long next_id;
	struct later *later;
};

struct result {
	int status;
	char *body; /* given */
};

/* ---- answers ---- */

static struct result text_result(int status, const char *body)
{
	return (struct result){status, mem_strdup(body)};
}

static struct result json_result(int status, struct json_object *o)
{
	return text_result(status, js_text(o, NULL));
}

static struct result error_result(int status, const char *message, int api_error)
{
	struct json_object *o = js_obj();
	struct result r;

	js_put_int(o, "code", status);
	js_put_str(o, "message", message);
	js_put(o, "errorStack", js_list());
	js_put_int(o, "apiError", api_error);
	r = json_result(status, o);
	json_object_put(o);
	return r;
}

static struct result not_found(const char *path)
{
	autofree char *m = NULL;
	const char *id = strrchr(path, '/');
	char *slashes = mem_strdup(id ? id + 1 : path);

	for (char *c = slashes; *c; c++)
		*c = *c == '~' ? '/' : *c;
	m = mem_printf("01020036:3: The requested Thing (%s) was not found.", slashes);
	free(slashes);
	return error_result(404, m, 3);
}

/* ---- the store ---- */

static struct entry *find(const struct fake_bigip *f, const char *path)
{
	for (size_t i = 0; i < f->n_objects; i++) {
		if (str_eq(f->objects[i].path, path))
			return &f->objects[i];
	}
	return NULL;
}

static void store(struct fake_bigip *f, const char *path, struct json_object *given)
{
	struct entry *e = find(f, path);

	if (e) {
		json_object_put(e->o);
		e->o = given;
		return;
	}
	if (f->n_objects == MAX_OBJECTS)
		abort();
	f->objects[f->n_objects++] = (struct entry){mem_strdup(path), given};
}

void fake_bigip_put(struct fake_bigip *f, const char *path, const char *json)
{
	struct json_object *o = NULL;

	if (js_parse(json, strlen(json), &o, NULL) < 0)
		abort();
	store(f, path, o);
}

struct json_object *fake_bigip_get(const struct fake_bigip *f, const char *path)
{
	struct entry *e = find(f, path);

	return e ? e->o : NULL;
}

void fake_bigip_del(struct fake_bigip *f, const char *path)
{
	struct entry *e = find(f, path);

	if (!e)
		return;
	free(e->path);
	json_object_put(e->o);
	*e = f->objects[--f->n_objects];
}

size_t fake_bigip_objects(const struct fake_bigip *f)
{
	return f->n_objects;
}

static char *item_path(const char *collection, struct json_object *o)
{
	struct strbuf p = {0};
	const char *sub = js_str(o, "subPath", NULL);

	str_addf(&p, "%s/~%s~", collection, js_str(o, "partition", "Common"));
	if (sub)
		str_addf(&p, "%s~", sub);
	for (const char *c = js_str(o, "name", ""); *c; c++) {
		if (*c == '%')
			str_add(&p, "%25");
		else
			str_add_char(&p, *c);
	}
	return str_take(&p);
}

/* "members" of a pool come back as a sub-collection */
static void expand_members(struct json_object *o)
{
	struct json_object *in = js_arr(o, "members"), *ref, *items;

	if (!in)
		return;
	ref = js_obj();
	items = js_list();
	for (size_t i = 0; i < js_arr_len(in); i++) {
		struct json_object *m = json_object_array_get_idx(in, i), *out = js_obj();

		js_put_str(out, "name", js_str(m, "name", ""));
		js_put_str(out, "partition", js_str(m, "partition", js_str(o, "partition", "")));
		js_put_str(out, "session", js_str(m, "session", "user-enabled"));
		js_put_str(out, "state", "unchecked");
		js_push(items, out);
	}
	js_put(ref, "items", items);
	js_put(o, "membersReference", ref);
	json_object_object_del(o, "members");
}

static const char *refusal(const struct fake_bigip *f, const char *path, int *status)
{
	for (unsigned i = 0; i < f->n_refused; i++) {
		if (str_eq(f->refused[i].path, path)) {
			*status = f->refused_status[i];
			return json_object_get_string(f->refused[i].o);
		}
	}
	return NULL;
}

static struct result create(struct fake_bigip *f, const char *collection, struct json_object *o)
{
	autofree char *path = item_path(collection, o);
	const char *why;
	int status;

	if ((why = refusal(f, path, &status)))
		return error_result(status, why, 3);
	if (find(f, path)) {
		autofree char *m = mem_printf(
			"01020066:3: The requested Thing (/%s/%s) already exists in partition %s.",
			js_str(o, "partition", ""), js_str(o, "name", ""),
			js_str(o, "partition", ""));
		return error_result(409, m, 3);
	}
	expand_members(o);
	store(f, path, json_object_get(o));
	return json_result(200, o);
}

static struct result modify(struct fake_bigip *f, const char *path, struct json_object *body)
{
	struct entry *e = find(f, path);
	const char *why;
	int status;

	if (!e)
		return not_found(path);
	if ((why = refusal(f, path, &status)))
		return error_result(status, why, 3);
	json_object_object_foreach (body, key, value)
		js_put(e->o, key, json_object_get(value));
	expand_members(e->o);
	return json_result(200, e->o);
}

static struct result list(const struct fake_bigip *f, const char *path, const char *query)
{
	struct json_object *o = js_obj(), *items = js_list();
	size_t n = strlen(path), seen = 0, given = 0, skip = 0, top = f->page ? f->page : SIZE_MAX;
	const char *q;
	struct result r;

	if ((q = strstr(query, "$skip=")))
		skip = strtoul(q + 6, NULL, 10);
	if ((q = strstr(query, "$top=")))
		top = strtoul(q + 5, NULL, 10);
	for (size_t i = 0; i < f->n_objects; i++) {
		const char *p = f->objects[i].path;

		if (strncmp(p, path, n) != 0 || p[n] != '/' || strchr(p + n + 1, '/'))
			continue;
		if (seen++ < skip || given == top)
			continue;
		given++;
		js_push(items, json_object_get(f->objects[i].o));
	}
	js_put_str(o, "kind", "tm:collectionstate");
	js_put(o, "items", items);
	if (skip + given < seen) {
		autofree char *next = mem_printf("https://localhost%s?$top=%zu&$skip=%zu", path,
						 top, skip + given);
		js_put_str(o, "nextLink", next);
	}
	r = json_result(200, o);
	json_object_put(o);
	return r;
}

static bool is_collection(const char *path)
{
	const char *last = strrchr(path, '/');

	return !str_starts(path, "/mgmt/tm/auth/partition/") && last && last[1] != '~';
}

/* ---- tokens ---- */

void fake_bigip_expire_tokens(struct fake_bigip *f)
{
	for (unsigned i = 0; i < f->n_tokens; i++)
		free(f->tokens[i]);
	f->n_tokens = 0;
}

unsigned fake_bigip_live_tokens(const struct fake_bigip *f)
{
	return f->n_tokens;
}

void fake_bigip_token_ttl(struct fake_bigip *f, unsigned seconds, bool extendable)
{
	f->ttl_s = seconds;
	f->extendable = extendable;
}

static int token_index(const struct fake_bigip *f, const char *token)
{
	for (unsigned i = 0; i < f->n_tokens; i++) {
		if (str_eq(f->tokens[i], token))
			return (int)i;
	}
	return -1;
}

static struct result token_reply(const char *token, unsigned ttl_s, bool wrap)
{
	struct json_object *t = js_obj(), *o = js_obj();
	struct result r;

	js_put_str(t, "token", token);
	js_put_int(t, "timeout", ttl_s);
	js_put(o, "token", json_object_get(t));
	r = json_result(200, wrap ? o : t);
	json_object_put(o);
	json_object_put(t);
	return r;
}

static struct result login(struct fake_bigip *f, struct json_object *body)
{
	char *token;

	if (!str_eq(js_str(body, "username", ""), f->user) ||
	    !str_eq(js_str(body, "password", ""), f->password) ||
	    !str_eq(js_str(body, "loginProviderName", ""), "tmos"))
		return text_result(401, "{\"code\":401,\"message\":\"Authentication failed.\"}");
	if (f->n_tokens == MAX_TOKENS)
		abort();
	token = mem_printf("TOKEN%u", ++f->next_token);
	f->tokens[f->n_tokens++] = token;
	return token_reply(token, f->ttl_s, true);
}

static struct result token_request(struct fake_bigip *f, const char *method, const char *token,
				   struct json_object *body)
{
	int i = token_index(f, token);

	if (i < 0)
		return error_result(404, "no such token", 0);
	if (str_eq(method, "DELETE")) {
		free(f->tokens[i]);
		f->tokens[i] = f->tokens[--f->n_tokens];
		return text_result(200, "{}");
	}
	if (!f->extendable)
		return error_result(400, "Auth-token absolute timeout exceeded", 0);
	return token_reply(token, (unsigned)strtoul(js_str(body, "timeout", "0"), NULL, 10), false);
}

static bool authorized(const struct fake_bigip *f, struct httpd_request *req)
{
	const char *token = httpd_header(req, "X-F5-Auth-Token");
	const char *basic = httpd_header(req, "Authorization");
	autofree unsigned char *plain = NULL;
	autofree char *want = mem_printf("%s:%s", f->user, f->password);

	if (token)
		return token_index(f, token) >= 0;
	return basic && str_starts(basic, "Basic ") && str_base64_decode(basic + 6, &plain) >= 0 &&
	       str_eq((char *)plain, want);
}

/* ---- transactions ---- */

static struct open_transaction *transaction(struct fake_bigip *f, const char *id)
{
	for (unsigned i = 0; id && i < f->n_open; i++) {
		if (f->open[i].id == strtoull(id, NULL, 10))
			return &f->open[i];
	}
	return NULL;
}

static void transaction_drop(struct fake_bigip *f, struct open_transaction *t)
{
	for (size_t i = 0; i < t->n; i++) {
		free(t->commands[i].method);
		free(t->commands[i].path);
		free(t->commands[i].body);
	}
	free(t->commands);
	*t = f->open[--f->n_open];
}

static struct result transaction_open(struct fake_bigip *f)
{
	autofree char *text = NULL;

	if (f->n_open == MAX_OPEN)
		abort();
	f->open[f->n_open++] = (struct open_transaction){.id = ++f->next_id};
	text = mem_printf("{\"transId\":%llu,\"state\":\"STARTED\"}", f->next_id);
	return text_result(200, text);
}

static struct result transaction_add(struct open_transaction *t, const char *method,
				     const char *path, const char *body)
{
	mem_grow(t->commands, t->n, t->cap);
	t->commands[t->n++] = (struct command){mem_strdup(method), mem_strdup(path),
					       mem_strdup(body)};
	return text_result(200, "{\"method\":\"POST\",\"commandId\":1}");
}

/* only POSTs; the first that would fail fails all */
static struct result transaction_commit(struct fake_bigip *f, struct open_transaction *t)
{
	struct result bad = {0};

	for (size_t i = 0; i < t->n && !bad.body; i++) {
		struct json_object *o = NULL;
		autofree char *path = NULL, *m = NULL;
		const char *why;
		int status;

		if (js_parse(t->commands[i].body, strlen(t->commands[i].body), &o, NULL) < 0)
			abort();
		path = item_path(t->commands[i].path, o);
		why = refusal(f, path, &status);
		if (!why && find(f, path))
			why = "01020066:3: The requested Thing already exists";
		if (why) {
			m = mem_printf("transaction failed:%s", why);
			bad = error_result(400, m, 2);
		}
		json_object_put(o);
	}
	for (size_t i = 0; i < t->n && !bad.body; i++) {
		struct json_object *o = NULL;
		struct result r;

		(void)js_parse(t->commands[i].body, strlen(t->commands[i].body), &o, NULL);
		r = create(f, t->commands[i].path, o);
		free(r.body);
		json_object_put(o);
	}
	transaction_drop(f, t);
	return bad.body ? bad : text_result(200, "{\"transId\":1,\"state\":\"COMPLETED\"}");
}

/* ---- requests ---- */

static struct result handle(struct fake_bigip *f, struct httpd_request *req)
{
	const char *method = httpd_method(req), *path = httpd_path(req);
	const char *id = httpd_header(req, "X-F5-REST-Coordination-Id");
	autojson struct json_object *body = NULL;
	struct open_transaction *t;
	size_t len;
	const char *text = httpd_body(req, &len);

	if (len > 0 && js_parse(text, len, &body, NULL) < 0)
		return error_result(400, "Found invalid JSON body in the request.", 1);
	if (str_eq(path, "/mgmt/shared/authn/login"))
		return login(f, body);
	if (!authorized(f, req))
		return text_result(401, "{\"code\":401,\"message\":\"X-F5-Auth-Token does not "
					"exist.\",\"kind\":\":resterrorresponse\"}");
	if (str_starts(path, "/mgmt/shared/authz/tokens/"))
		return token_request(f, method, path + 26, body);
	if (str_eq(path, "/mgmt/tm/transaction"))
		return transaction_open(f);
	if (str_starts(path, "/mgmt/tm/transaction/")) {
		t = transaction(f, path + 21);
		if (!t)
			return error_result(404, "Transaction not found", 1);
		if (str_eq(method, "PATCH"))
			return transaction_commit(f, t);
		if (str_eq(method, "DELETE"))
			transaction_drop(f, t);
		return text_result(200, "{}");
	}
	if (id) {
		t = transaction(f, id);
		return t ? transaction_add(t, method, path, text)
			 : error_result(404, "Transaction not found", 1);
	}
	if (str_eq(method, "POST"))
		return create(f, path, body);
	if (str_eq(method, "PATCH"))
		return modify(f, path, body);
	if (str_eq(method, "GET") && is_collection(path))
		return list(f, path, httpd_query(req));
	if (!find(f, path))
		return not_found(path);
	if (str_eq(method, "GET"))
		return json_result(200, fake_bigip_get(f, path));
	fake_bigip_del(f, path);
	return text_result(200, "");
}

static void later_closed(uv_handle_t *h)
{
	struct later *l = h->data;

	free(l->body);
	free(l);
}

static void later_end(struct later *l)
{
	struct later **p = &l->f->later;

	while (*p != l)
		p = &(*p)->next;
	*p = l->next;
	uv_close((uv_handle_t *)&l->timer, later_closed);
}

static void on_later(uv_timer_t *t)
{
	struct later *l = t->data;

	if (l->req)
		httpd_reply(l->req, l->status, "application/json", NULL, l->body, strlen(l->body));
	later_end(l);
}

static void reply_later(struct fake_bigip *f, struct httpd_request *req, struct result r,
			unsigned delay_ms)
{
	struct later *l = mem_alloc(sizeof(*l));

	*l = (struct later){
		.f = f, .req = req, .status = r.status, .body = r.body, .next = f->later};
	f->later = l;
	uv_timer_init(f->loop, &l->timer);
	l->timer.data = l;
	uv_timer_start(&l->timer, on_later, delay_ms, 0);
}

static void on_gone(void *ctx, struct httpd_request *req)
{
	struct fake_bigip *f = ctx;

	for (struct later *l = f->later; l; l = l->next) {
		if (l->req == req)
			l->req = NULL;
	}
}

static void send_reply(struct httpd_request *req, struct result r)
{
	httpd_reply(req, r.status, "application/json; charset=UTF-8", NULL, r.body, strlen(r.body));
	free(r.body);
}

static void act(struct fake_bigip *f, struct httpd_request *req, const struct fake_script *s)
{
	struct result r;
	size_t n;

	if (s->act == FAKE_REPLY) {
		httpd_reply(req, s->status, s->type ? s->type : "application/json", NULL, s->body,
			    strlen(s->body));
		return;
	}
	if (s->act == FAKE_HANG)
		return;
	if (s->act == FAKE_DROP) {
		httpd_drop(req);
		return;
	}
	r = handle(f, req);
	if (s->act == FAKE_DELAY) {
		reply_later(f, req, r, s->delay_ms);
		return;
	}
	n = strlen(r.body);
	if (s->act == FAKE_CUT)
		httpd_reply_cut(req, r.status, "application/json", r.body, n, n / 2);
	else
		httpd_drop(req);
	free(r.body);
}

static bool matches(const char *line, const char *method, const char *path)
{
	size_t n = method ? strlen(method) : strcspn(line, " ");

	return (!method || (strncmp(line, method, n) == 0 && line[n] == ' ')) &&
	       fnmatch(path, line + n + 1, 0) == 0;
}

static struct fake_script *script_for(struct fake_bigip *f, const char *line)
{
	for (unsigned i = 0; i < f->n_script; i++) {
		struct fake_script *s = &f->script[i];

		if (s->times >= 0 && matches(line, s->method, s->path))
			return s;
	}
	return NULL;
}

static void on_request(void *ctx, struct httpd_request *req)
{
	struct fake_bigip *f = ctx;
	const char *query = httpd_query(req), *body;
	char *line = mem_printf("%s %s%s%s", httpd_method(req), httpd_path(req), *query ? "?" : "",
				query);
	struct fake_script *s = script_for(f, line), once;
	size_t len;

	if (f->n_log == MAX_LOG)
		abort();
	f->log[f->n_log++] = line;
	body = httpd_body(req, &len);
	if (len > 0 && str_starts(httpd_path(req), "/mgmt/tm/")) {
		free(f->last_body);
		f->last_body = mem_strndup(body, len);
	}
	if (!s) {
		send_reply(req, handle(f, req));
		return;
	}
	once = *s;
	if (s->times > 0 && --s->times == 0)
		s->times = -1;
	act(f, req, &once);
}

/* ---- the test's side ---- */

struct fake_bigip *fake_bigip_new(uv_loop_t *loop, unsigned short port)
{
	struct fake_bigip *f = mem_alloc(sizeof(*f));
	struct httpd_settings s = {
		.address = "127.0.0.1",
		.port = port,
		.on_request = on_request,
		.on_gone = on_gone,
		.ctx = f,
	};
	struct error err = {0};

	f->loop = loop;
	f->objects = mem_calloc(MAX_OBJECTS, sizeof(*f->objects));
	f->log = mem_calloc(MAX_LOG, sizeof(*f->log));
	f->ttl_s = 1200;
	f->extendable = true;
	f->next_id = 1573702189123456ull;
	fake_bigip_login(f, "admin", "secret-of-tests");
	if (httpd_new(loop, &s, &f->httpd, &err) < 0) {
		fprintf(stderr, "fake_bigip: %s\n", err.msg);
		abort();
	}
	f->url = mem_printf("http://127.0.0.1:%u", httpd_port(f->httpd));
	fake_bigip_put(f, "/mgmt/tm/auth/partition/Common",
		       "{\"name\":\"Common\",\"defaultRouteDomain\":0}");
	fake_bigip_put(f, "/mgmt/tm/auth/partition/P", "{\"name\":\"P\",\"defaultRouteDomain\":0}");
	return f;
}

void fake_bigip_free(struct fake_bigip *f)
{
	httpd_close(f->httpd);
	while (f->later)
		later_end(f->later);
	for (size_t i = 0; i < f->n_objects; i++) {
		free(f->objects[i].path);
		json_object_put(f->objects[i].o);
	}
	for (unsigned i = 0; i < f->n_refused; i++) {
		free(f->refused[i].path);
		json_object_put(f->refused[i].o);
	}
	while (f->n_open)
		transaction_drop(f, &f->open[0]);
	fake_bigip_forget_log(f);
	fake_bigip_expire_tokens(f);
	free(f->objects);
	free(f->log);
	free(f->last_body);
	free(f->user);
	free(f->password);
	free(f->url);
	free(f);
}

const char *fake_bigip_url(const struct fake_bigip *f)
{
	return f->url;
}

unsigned short fake_bigip_port(const struct fake_bigip *f)
{
	return httpd_port(f->httpd);
}

void fake_bigip_login(struct fake_bigip *f, const char *user, const char *password)
{
	free(f->user);
	free(f->password);
	f->user = mem_strdup(user);
	f->password = mem_strdup(password);
}

void fake_bigip_script(struct fake_bigip *f, const struct fake_script *s)
{
	if (f->n_script == MAX_SCRIPT)
		abort();
	f->script[f->n_script++] = *s;
}

void fake_bigip_clear_script(struct fake_bigip *f)
{
	f->n_script = 0;
}

void fake_bigip_refuse(struct fake_bigip *f, const char *path, int status, const char *message)
{
	if (f->n_refused == ARRAY_SIZE(f->refused))
		abort();
	f->refused_status[f->n_refused] = status;
	f->refused[f->n_refused++] = (struct entry){mem_strdup(path),
						    json_object_new_string(message)};
}

void fake_bigip_page(struct fake_bigip *f, unsigned items)
{
	f->page = items;
}

unsigned fake_bigip_count(const struct fake_bigip *f, const char *method, const char *path)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->n_log; i++)
		n += matches(f->log[i], method, path);
	return n;
}

int fake_bigip_place(const struct fake_bigip *f, const char *method, const char *path, unsigned n)
{
	for (size_t i = 0; i < f->n_log; i++) {
		if (matches(f->log[i], method, path) && n-- == 0)
			return (int)i;
	}
	return -1;
}

const char *fake_bigip_last_body(const struct fake_bigip *f)
{
	return f->last_body ? f->last_body : "";
}

void fake_bigip_forget_log(struct fake_bigip *f)
{
	for (size_t i = 0; i < f->n_log; i++)
		free(f->log[i]);
	f->n_log = 0;
}

void fake_bigip_print_log(const struct fake_bigip *f)
{
	for (size_t i = 0; i < f->n_log; i++)
		fprintf(stderr, "%4zu %s\n", i, f->log[i]);
}
