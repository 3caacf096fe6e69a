/*
 * Verbs and replies (API notes 2.3, 4.1, 4.2). Pure: the server and the tests call mock_handle().
 */
#include "bigip/mock/rest.h"
#include "common/base/mem.h"

/* --- refusals (4.2) --- */

static int not_found(const char *type, const char *what, struct mock_fault *f)
{
	return fault_set(f, 404, API_MCPD, "01020036:3: The requested %s (%s) was not found.", type,
			 what);
}

static int missing_parent(const struct mock_target *t, bool post, struct mock_fault *f)
{
	if ((t->missing_kind->flags & K_ICRD_404) && !post)
		return fault_set(f, 404, API_ICRD, "Object not found - %s", t->missing_parent);
	return not_found(post ? t->missing_kind->type_low : t->missing_kind->type_name,
			 t->missing_parent, f);
}

static int missing_item(const struct mock_target *t, bool read, struct mock_fault *f)
{
	const struct mock_kind *k = t->kind;

	if (k == &kind_members && !read) { /* whatever of it is missing */
		const struct mock_obj *pool = rest_target_parent(t);
		struct strbuf text = {0};

		if (pool) {
			k->label(pool, t->path, &text);
		} else {
			str_add(&text, t->missing_parent);
			k->label(NULL, t->path, &text);
		}
		not_found(k->type_name, str_get(&text), f);
		str_release(&text);
		return -1;
	}
	if (t->missing_parent)
		return missing_parent(t, false, f);
	if (k->flags & K_ICRD_404)
		return fault_set(f, 404, API_ICRD, "Object not found - %s", t->path);
	return not_found(k->type_name, t->path, f);
}

/* a member's id without a port is taken for something else by the device's URL filter */
static int member_id(const struct mock_target *t, struct mock_fault *f)
{
	const char *name = t->path ? strrchr(t->path, '/') : NULL;
	size_t len;
	int port;

	if (t->kind != &kind_members || !name ||
	    (addr_split_port(name + 1, &len, &port) == 0 && port >= 0))
		return 0;
	return fault_set(f, 400, API_TMSH, "HTML Tag-like Content in the Request URL/Body");
}

/* --- writes --- */

static int missing_folder(const struct mock *m, const struct mock_target *t, struct mock_fault *f)
{
	char partition[PARTITION_MAX];
	autofree char *folder = NULL;
	const char *path = t->missing_parent ? t->missing_parent : t->path;

	if ((t->kind->flags & (K_PLAIN | K_RECORD)) || !path || *path != '/')
		return 0;
	folder = mem_printf("/%s", folder_partition(path, partition));
	if (folder_find(m, folder))
		return 0;
	return fault_set(f, 400, API_TMSH, "The requested folder (%s) was not found.", folder);
}

static int write_target(struct mock *m, const char *method, struct mock_target *t,
			struct json_object *body, struct mock_obj **ret_obj, struct mock_fault *f)
{
	bool post = !strcmp(method, "POST"), put = !strcmp(method, "PUT");
	struct mock_obj *o;

	*ret_obj = NULL;
	if (t->stats)
		return fault_set(f, 400, API_ICRD, "Operation is not supported on stats.");
	if (post) {
		if (t->path && !(t->kind->flags & K_SINGLE))
			return fault_set(f, 400, API_ICRD, "POST is not supported on an item.");
		if (t->missing_parent)
			return missing_parent(t, true, f);
		return write_create(m, t->kind, rest_target_parent(t), body, ret_obj, f);
	}
	if (!t->path)
		return fault_set(f, 400, API_ICRD, "%s is not supported on a collection.", method);
	if (member_id(t, f) < 0)
		return -1;
	o = rest_target_find(m, t);
	if (!strcmp(method, "DELETE"))
		return o ? write_delete(m, o, f) : missing_item(t, false, f);
	if (!put && strcmp(method, "PATCH") != 0)
		return fault_set(f, 501, API_NONE, "Method %.10s not supported", method);
	if (!put && !json_object_object_length(body)) {
		if (missing_folder(m, t, f) < 0)
			return -1;
		return fault_set(f, 400, API_TMSH, "one or more properties must be specified");
	}
	if (!o)
		return missing_item(t, false, f);
	*ret_obj = o;
	return write_modify(m, o, body, put, f);
}

int rest_write(struct mock *m, const char *method, const char *path, struct json_object *body,
	       struct mock_obj **ret_obj, struct mock_fault *f)
{
	char *words[REST_MAX_WORDS];
	struct mock_target t;
	int n = rest_words(path, words), r;

	*ret_obj = NULL;
	if (n < 0)
		return fault_set(f, 400, API_ICRD, "Found invalid URI in the request.");
	r = rest_target_parse(m, words, n, &t, f);
	if (r == 0)
		r = write_target(m, method, &t, body, ret_obj, f);
	rest_target_release(&t);
	rest_words_free(words, n);
	return r;
}

/* --- replies --- */

void rest_json(struct mock_reply *ret)
{
	ret->status = 200;
	ret->content_type = "application/json; charset=UTF-8";
}

void rest_fault(struct mock *m, const struct mock_request *req, const struct mock_fault *f,
		struct mock_reply *ret)
{
	const char *peer = req->peer ? req->peer : "127.0.0.1";

	str_clear(&ret->body);
	ret->status = f->code;
	ret->content_type = f->api ? "application/json; charset=UTF-8"
				   : "application/json;charset=utf-8";
	str_addf(&ret->body, "{\"code\":%d,\"message\":", f->code);
	render_string(f->msg, strlen(f->msg), &ret->body);
	if (f->api)
		str_addf(&ret->body, ",\"errorStack\":[],\"apiError\":%d}", f->api);
	else
		str_addf(&ret->body,
			 ",\"referer\":\"%s\",\"restOperationId\":%u,\"kind\":\":"
			 "resterrorresponse\"}",
			 peer, ++m->rest_operation_id);
}

/* --- reads --- */

static int read_target(struct mock *m, struct mock_target *t, const struct rest_query *q,
		       struct mock_reply *ret, struct mock_fault *f)
{
	struct mock_obj *parent = rest_target_parent(t), *o;
	struct mock_obj *const *list;
	unsigned n = 0;

	if (t->path) {
		if (member_id(t, f) < 0)
			return -1;
		o = rest_target_find(m, t);
		if (!o)
			return missing_item(t, true, f);
		rest_json(ret);
		if (t->stats)
			stats_item(m, o, q->ver, &ret->body);
		else
			render_item(m, o, q->ver, q->expand, q->select, &ret->body);
		return 0;
	}
	if (t->missing_parent)
		return missing_parent(t, false, f);
	if (q->filter_partition) {
		autofree char *folder = mem_printf("/%s", q->filter_partition);

		if (!folder_find(m, folder))
			return fault_set(f, 400, API_TMSH,
					 "The requested folder (%s) was not found.", folder);
	}
	if (parent) {
		const struct mock_children *c = &parent->kids[0];

		if (parent->kind->children[1] == t->kind)
			c = &parent->kids[1];
		list = c->list;
		n = c->n;
	} else {
		list = store_list(&m->store, t->kind, &n);
	}
	if (t->stats) {
		rest_json(ret);
		stats_collection(m, t->kind, parent, list, n, q->ver, &ret->body);
	} else {
		rest_collection(m, t, q, list, n, ret);
	}
	return 0;
}

static void handle_get(struct mock *m, const struct mock_request *req, char *const *words, int n,
		       struct mock_reply *ret)
{
	struct mock_fault f = {0};
	struct mock_target t = {0};
	struct rest_query q;
	int r = rest_query_parse(req->query, &q, &f);

	if (r == 0 && !rest_organizing(words, n, &q, ret)) {
		r = rest_target_parse(m, words, n, &t, &f);
		if (r == 0)
			r = read_target(m, &t, &q, ret, &f);
	}
	if (r < 0)
		rest_fault(m, req, &f, ret);
	rest_target_release(&t);
	rest_query_release(&q);
}

int rest_body(const struct mock_request *req, struct json_object **ret, struct mock_fault *f)
{
	struct error err;

	*ret = NULL;
	if (!req->body_len && strcmp(req->method, "POST") != 0) {
		*ret = json_object_new_object();
		return 0;
	}
	if (js_parse(req->body ? req->body : "", req->body_len, ret, &err) < 0 ||
	    !json_object_is_type(*ret, json_type_object)) {
		json_object_put(*ret);
		*ret = NULL;
		return fault_set(f, 400, API_ICRD, "Found invalid JSON body in the request.");
	}
	return 0;
}

static void handle_write(struct mock *m, const struct mock_request *req, const char *path,
			 struct mock_reply *ret)
{
	autojson struct json_object *body = NULL;
	struct mock_fault f = {0};
	struct mock_obj *o = NULL;
	bool hidden_member = false;

	if (strcmp(req->method, "DELETE") != 0 && rest_body(req, &body, &f) < 0) {
		rest_fault(m, req, &f, ret);
		return;
	}
	store_begin(&m->store);
	if (rest_write(m, req->method, path, body, &o, &f) < 0 || write_check(m, &f) < 0) {
		store_rollback(&m->store);
		rest_fault(m, req, &f, ret);
		return;
	}
	write_commit(m);
	ret->changed = true;
	hidden_member = (m->set.quirks & MOCK_QUIRK_MEMBER_POST_404) && o &&
			o->kind == &kind_members && !strcmp(req->method, "POST") &&
			!js_key(body, "partition");
	if (hidden_member) {
		fault_set(&f, 404, API_ICRD, "Object not found - %s", o->path);
		rest_fault(m, req, &f, ret);
		return;
	}
	if (!o) {
		ret->status = 200;
		return;
	}
	rest_json(ret);
	render_item(m, o, MOCK_VERSION, false, NULL, &ret->body);
}

/* --- all of it --- */

static bool is_write(const char *method)
{
	return strcmp(method, "GET") != 0 && strcmp(method, "HEAD");
}

static bool known_method(const char *method)
{
	static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i], method))
			return true;
	}
	return false;
}

static bool readiness(struct mock *m, const struct mock_request *req, const char *uri,
		      struct mock_reply *ret)
{
	struct mock_fault f = {0};

	switch (m->ready) {
	case MOCK_READY:
		return false;
	case MOCK_NOT_REGISTERED:
		if (!strncmp(uri, "tm/sys/available", 16))
			fault_set(&f, 503, API_NONE,
				  "Unable to process request /tm/sys/available. Service is "
				  "unavailable.");
		else
			fault_set(&f, 404, API_NONE,
				  "URI path /mgmt/%.200s not registered.  Please verify URI is "
				  "supported "
				  "and wait for /available suffix to be responsive.",
				  uri);
		break;
	case MOCK_MCPD_LOST:
		fault_set(&f, 500, API_MCPD_LOST,
			  "The connection to mcpd has been lost, try again.");
		break;
	case MOCK_ASYNC_TASK:
		fault_set(&f, 503, API_ASYNC, "There is an active asynchronous task executing.");
		break;
	case MOCK_RESTARTING:
		ret->status = 503;
		ret->content_type = "text/html";
		str_add(&ret->body,
			"<html><head><title>503 Service Unavailable</title></head><body>"
			"Configuration Utility restarting...</body></html>");
		return true;
	}
	rest_fault(m, req, &f, ret);
	return true;
}

static void handle_tm(struct mock *m, const struct mock_request *req, const char *path,
		      struct mock_reply *ret)
{
	struct mock_fault f = {0};
	autojson struct json_object *body = NULL;
	char *words[REST_MAX_WORDS];
	struct strbuf uri = {0};
	int n = rest_words(path, words);

	if (n < 0) {
		fault_set(&f, 400, API_ICRD, "Found invalid URI in the request.");
		rest_fault(m, req, &f, ret);
		return;
	}
	for (int i = 0; i < n; i++)
		str_addf(&uri, "%s%s", i ? "/" : "", words[i]);
	if (txn_handle(m, req, words, (unsigned)n, ret)) {
		;
	} else if (req->coordination && is_write(req->method)) {
		txn_add(m, req, ret);
	} else {
		if (is_write(req->method) && req->body_len)
			(void)js_parse(req->body, req->body_len, &body, NULL);
		if (special_handle(m, req->method, str_get(&uri), MOCK_VERSION, body, &ret->body,
				   &f)) {
			if (f.code)
				rest_fault(m, req, &f, ret);
			else
				rest_json(ret);
		} else if (is_write(req->method)) {
			handle_write(m, req, path, ret);
		} else {
			handle_get(m, req, words, n, ret);
		}
	}
	str_release(&uri);
	rest_words_free(words, n);
}

void mock_handle(struct mock *m, const struct mock_request *req, struct mock_reply *ret)
{
	struct mock_fault f = {0};
	const char *uri;

	mock_tick(m, req->now_us);
	if (strncmp(req->path, "/mgmt/", 6) != 0) {
		ret->status = 404;
		ret->content_type = "text/html";
		str_add(&ret->body, "<html><head><title>404 Not Found</title></head><body>Not Found"
				    "</body></html>");
		return;
	}
	if (!known_method(req->method)) {
		fault_set(&f, 501, API_NONE, "Method not supported");
		rest_fault(m, req, &f, ret);
		return;
	}
	uri = req->path + 6;
	while (*uri == '/')
		uri++;
	if (readiness(m, req, uri, ret))
		return;
	if (!strncmp(uri, "shared/authn/login", 18)) {
		(void)auth_handle(m, req, uri, ret);
		return;
	}
	if (auth_check(m, req, ret) != AUTH_OK)
		return;
	if (auth_handle(m, req, uri, ret))
		return;
	if (!strncmp(uri, "tm/", 3)) {
		handle_tm(m, req, uri + 3, ret);
		return;
	}
	fault_set(&f, 404, API_NONE, "Public URI path not registered: /%.300s", uri);
	rest_fault(m, req, &f, ret);
}

int mock_write(struct mock *m, const char *method, const char *path, const char *body,
	       int64_t now_us, struct error *err)
{
	struct mock_request req = {.method = method,
				   .path = path,
				   .body = body ? body : "",
				   .body_len = body ? strlen(body) : 0,
				   .now_us = now_us};
	struct mock_reply ret = {0};
	int status;

	mock_tick(m, now_us);
	if (strncmp(path, "/mgmt/tm/", 9) != 0)
		return err_set(err, ERR_INPUT, 404, "path '%s' is not below /mgmt/tm/", path);
	handle_write(m, &req, path + 9, &ret);
	status = ret.status;
	if (status != 200)
		err_set(err, ERR_INPUT, status, "%s %s: %.300s", method, path, str_get(&ret.body));
	str_release(&ret.body);
	return status == 200 ? 0 : -1;
}
