#include "tests/fake/fake_kube.h"

#include <ctype.h>
#include <uv.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/ev/httpd.h"

struct object {
	char *collection;
	struct json_object *json;
};

struct event {
	uint64_t version;
	char *collection, *line;
	struct json_object *before, *json; /* the object it tells of, for the filters; NULL: it was
					      not there, it is not there any more */
};

struct watch {
	struct httpd_request *req;
	char *collection, *ns, *selector;
	struct watch *next;
};

struct fake_kube {
	uv_loop_t *loop;
	struct httpd *httpd;
	uint16_t port;
	struct object *objects;
	size_t n_objects, cap_objects;
	struct event *events;
	size_t n_events, cap_events;
	uint64_t version, oldest, uids;
	struct watch *watches;
	bool mute;
	struct fake_rule *rules;
	size_t n_rules, cap_rules;
	char **requests;
	size_t n_requests, cap_requests;
	char *expect_auth;
	/* the list that is being paged through */
	struct json_object *snapshot;
	uint64_t snapshot_version;
};

/* a request's path and query, taken apart */
struct target {
	char *collection, *ns, *name;
};

static const char *name_of(struct json_object *o)
{
	return js_str(o, "metadata.name", "");
}

static const char *ns_of(struct json_object *o)
{
	return js_str(o, "metadata.namespace", "");
}

/* ---- filters ---- */

/* "k=v", "k in (v)" and "k": what the tests use */
static bool label_matches(struct json_object *o, const char *selector)
{
	size_t key_len = strcspn(selector, "= ");
	autofree char *key = mem_strndup(selector, key_len);
	struct json_object *v = js_key(js_at(o, "metadata.labels"), key);
	const char *want = selector + key_len, *value = v ? json_object_get_string(v) : NULL;
	size_t len;

	if (!value || !*want)
		return value != NULL;
	want += str_starts(want, " in (") ? 5 : strspn(want, "=");
	len = strcspn(want, ")");
	return strlen(value) == len && !strncmp(value, want, len);
}

static bool wanted(struct json_object *o, const char *ns, const char *selector)
{
	return (str_empty(ns) || str_eq(ns, ns_of(o))) &&
	       (str_empty(selector) || label_matches(o, selector));
}

/* ---- paths ---- */

static char *decode(const char *s, size_t len)
{
	char *out = mem_alloc(len + 1), *to = out;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%' && i + 2 < len + 0 && isxdigit((unsigned char)s[i + 1])) {
			char hex[3] = {s[i + 1], s[i + 2], 0};

			*to++ = (char)strtol(hex, NULL, 16);
			i += 2;
		} else {
			*to++ = s[i];
		}
	}
	return out;
}

/* the value of a parameter; given, NULL if absent */
static char *param(struct httpd_request *req, const char *name)
{
	const char *q = httpd_query(req);
	size_t len = strlen(name);

	while (*q) {
		size_t n = strcspn(q, "&");

		if (n > len && !strncmp(q, name, len) && q[len] == '=')
			return decode(q + len + 1, n - len - 1);
		q += n + (q[n] == '&');
	}
	return NULL;
}

static void take_apart(const char *path, struct target *t)
{
	const char *parts[8], *p = path;
	size_t lens[8], n = 0, at;

	while (*p && n < 8) {
		parts[n] = ++p;
		lens[n] = strcspn(p, "/");
		p += lens[n++];
	}
	at = n > 0 && lens[0] == 3 ? 2 : 3; /* api/v1, apis/GROUP/V */
	if (n >= at + 3 && !strncmp(parts[at], "namespaces/", 11)) {
		t->ns = decode(parts[at + 1], lens[at + 1]);
		at += 2;
		t->collection = mem_printf("%.*s/%.*s", (int)(parts[at - 2] - path - 1), path,
					   (int)lens[at], parts[at]);
	} else if (n > at) {
		t->collection = mem_strndup(path, (size_t)(parts[at] - path) + lens[at]);
	} else {
		t->collection = mem_strdup(path);
	}
	t->name = n > at + 1 ? decode(parts[at + 1], lens[at + 1]) : NULL;
}

static void target_release(struct target *t)
{
	free(t->collection);
	free(t->ns);
	free(t->name);
}

/* ---- answers ---- */

static void answer(struct httpd_request *req, int status, struct json_object *o)
{
	size_t len;
	const char *text = js_text(o, &len);

	httpd_reply(req, status, "application/json", NULL, text, len);
}

static struct json_object *status_object(int code, const char *reason, const char *message)
{
	struct json_object *o = js_obj();

	js_put_str(o, "kind", "Status");
	js_put_str(o, "apiVersion", "v1");
	js_put_str(o, "status", "Failure");
	js_put_str(o, "reason", reason);
	js_put_str(o, "message", message);
	js_put_int(o, "code", code);
	return o;
}

static void refuse(struct httpd_request *req, int code, const char *reason, const char *message)
{
	struct json_object *o = status_object(code, reason, message);

	answer(req, code, o);
	json_object_put(o);
}

static const char *reason_of(int status)
{
	switch (status) {
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "NotFound";
	case 409:
		return "Conflict";
	case 410:
		return "Expired";
	case 429:
		return "TooManyRequests";
	default:
		return "InternalError";
	}
}

/* ---- objects ---- */

static struct object *find(struct fake_kube *f, const char *collection, const char *ns,
			   const char *name)
{
	for (size_t i = 0; i < f->n_objects; i++)
		if (str_eq(f->objects[i].collection, collection) &&
		    str_eq(ns_of(f->objects[i].json), ns ? ns : "") &&
		    str_eq(name_of(f->objects[i].json), name))
			return &f->objects[i];
	return NULL;
}

static struct json_object *copy(struct json_object *o)
{
	struct json_object *c = NULL;

	if (json_object_deep_copy(o, &c, NULL) < 0)
		abort();
	return c;
}

static char *event_line(const char *type, struct json_object *o)
{
	struct json_object *e = js_obj();
	char *line;

	js_put_str(e, "type", type);
	js_put(e, "object", copy(o));
	line = mem_printf("%s\n", js_text(e, NULL));
	json_object_put(e);
	return line;
}

/* an object that leaves or enters a watch's selection is deleted or added for it */
static void show(struct watch *w, const struct event *ev)
{
	bool was = ev->before && wanted(ev->before, w->ns, w->selector);
	bool is = ev->json && wanted(ev->json, w->ns, w->selector);
	autofree char *other = NULL;

	if (!str_eq(w->collection, ev->collection) || (!was && !is))
		return;
	if (ev->before && ev->json && was != is)
		other = event_line(is ? "ADDED" : "DELETED", ev->json);
	httpd_stream_write(w->req, other ? other : ev->line, strlen(other ? other : ev->line));
}

/* @before, @now: NULL when it was not, or is not any more; the latter is as it was last */
static void tell(struct fake_kube *f, const char *collection, struct json_object *before,
		 struct json_object *now)
{
	const char *type = !now ? "DELETED" : before ? "MODIFIED" : "ADDED";
	struct event *ev;

	mem_grow(f->events, f->n_events, f->cap_events);
	ev = &f->events[f->n_events++];
	*ev = (struct event){.version = f->version,
			     .collection = mem_strdup(collection),
			     .line = event_line(type, now ? now : before),
			     .before = before ? copy(before) : NULL,
			     .json = now ? copy(now) : NULL};
	for (struct watch *w = f->watches; w && !f->mute; w = w->next)
		show(w, ev);
}

static void stamp(struct fake_kube *f, struct json_object *o)
{
	struct json_object *meta = js_at(o, "metadata");
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)++f->version);
	js_put_str(meta, "resourceVersion", text);
	if (js_key(meta, "uid"))
		return;
	(void)snprintf(text, sizeof(text), "uid-%llu", (unsigned long long)++f->uids);
	js_put_str(meta, "uid", text);
}

/* @o is given */
static struct json_object *store(struct fake_kube *f, const char *collection, struct json_object *o)
{
	struct object *have = find(f, collection, ns_of(o), name_of(o));

	if (have) {
		const char *uid = js_str(have->json, "metadata.uid", NULL);

		js_put_str(js_at(o, "metadata"), "uid", uid);
		stamp(f, o);
		tell(f, collection, have->json, o);
		json_object_put(have->json);
		have->json = o;
	} else {
		stamp(f, o);
		mem_grow(f->objects, f->n_objects, f->cap_objects);
		f->objects[f->n_objects++] = (struct object){mem_strdup(collection), o};
		tell(f, collection, NULL, o);
	}
	return o;
}

void fake_kube_put(struct fake_kube *f, const char *collection, const char *fmt, ...)
{
	autofree char *text = NULL;
	struct json_object *o;
	struct error err;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		abort();
	va_end(ap);
	if (js_parse(text, strlen(text), &o, &err) < 0) {
		fprintf(stderr, "fake_kube_put: %s: %s\n", err.msg, text);
		abort();
	}
	(void)store(f, collection, o);
}

static void drop(struct fake_kube *f, struct object *at)
{
	free(at->collection);
	json_object_put(at->json);
	memmove(at, at + 1, (size_t)(f->objects + --f->n_objects - at) * sizeof(*at));
}

void fake_kube_delete(struct fake_kube *f, const char *collection, const char *ns, const char *name)
{
	struct object *at = find(f, collection, ns, name);

	if (!at)
		return;
	stamp(f, at->json);
	tell(f, collection, at->json, NULL);
	drop(f, at);
}

struct json_object *fake_kube_get(struct fake_kube *f, const char *collection, const char *ns,
				  const char *name)
{
	struct object *at = find(f, collection, ns, name);

	return at ? at->json : NULL;
}

size_t fake_kube_count(struct fake_kube *f, const char *collection)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n_objects; i++)
		n += str_eq(f->objects[i].collection, collection);
	return n;
}

struct json_object *fake_kube_at(struct fake_kube *f, const char *collection, size_t n)
{
	for (size_t i = 0; i < f->n_objects; i++)
		if (str_eq(f->objects[i].collection, collection) && n-- == 0)
			return f->objects[i].json;
	return NULL;
}

uint64_t fake_kube_version(const struct fake_kube *f)
{
	return f->version;
}

static void drop_events(struct fake_kube *f)
{
	for (size_t i = 0; i < f->n_events; i++) {
		free(f->events[i].collection);
		free(f->events[i].line);
		json_object_put(f->events[i].before);
		json_object_put(f->events[i].json);
	}
	f->n_events = 0;
}

void fake_kube_compact(struct fake_kube *f)
{
	drop_events(f);
	f->oldest = f->version;
	json_object_put(f->snapshot);
	f->snapshot = NULL;
}

void fake_kube_reset(struct fake_kube *f, uint64_t version)
{
	while (f->n_objects > 0)
		drop(f, &f->objects[f->n_objects - 1]);
	fake_kube_compact(f);
	f->version = version;
	f->oldest = 0;
}

/* ---- list ---- */

static struct json_object *select_objects(struct fake_kube *f, const struct target *t,
					  const char *selector)
{
	struct json_object *items = js_list();

	for (size_t i = 0; i < f->n_objects; i++)
		if (str_eq(f->objects[i].collection, t->collection) &&
		    wanted(f->objects[i].json, t->ns, selector))
			js_push(items, copy(f->objects[i].json));
	return items;
}

/* continue tokens are "VERSION:OFFSET" of the one snapshot that is kept */
static void list(struct fake_kube *f, struct httpd_request *req, const struct target *t)
{
	autofree char *limit = param(req, "limit"), *token = param(req, "continue");
	autofree char *selector = param(req, "labelSelector");
	struct json_object *page = js_obj(), *meta = js_obj(), *items, *out = js_list();
	size_t from = 0, max = limit ? strtoul(limit, NULL, 10) : 0, n;
	uint64_t version = f->version;
	char text[64];

	if (token) {
		char *end;

		version = strtoull(token, &end, 10);
		from = strtoul(end + 1, NULL, 10);
		if (!f->snapshot || version != f->snapshot_version) {
			refuse(req, 410, "Expired", "The provided continue parameter is too old");
			goto out;
		}
		items = json_object_get(f->snapshot);
	} else {
		items = select_objects(f, t, selector);
	}
	n = js_arr_len(items);
	for (size_t i = from; i < n && (max == 0 || i < from + max); i++)
		js_push(out, copy(json_object_array_get_idx(items, i)));
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)version);
	js_put_str(meta, "resourceVersion", text);
	if (max > 0 && from + max < n) {
		(void)snprintf(text, sizeof(text), "%llu:%zu", (unsigned long long)version,
			       from + max);
		js_put_str(meta, "continue", text);
		json_object_put(f->snapshot);
		f->snapshot = json_object_get(items);
		f->snapshot_version = version;
	}
	json_object_put(items);
	js_put_str(page, "kind", "List");
	js_put_str(page, "apiVersion", "v1");
	js_put(page, "metadata", json_object_get(meta));
	js_put(page, "items", json_object_get(out));
	answer(req, 200, page);
out:
	json_object_put(page);
	json_object_put(meta);
	json_object_put(out);
}

/* ---- watch ---- */

static void watch_drop(struct fake_kube *f, struct watch *w)
{
	struct watch **at = &f->watches;

	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
	free(w->collection);
	free(w->ns);
	free(w->selector);
	free(w);
}

static void send_text(struct watch *w, const char *text)
{
	httpd_stream_write(w->req, text, strlen(text));
}

static void watch_begin(struct fake_kube *f, struct httpd_request *req, const struct target *t)
{
	autofree char *from = param(req, "resourceVersion");
	uint64_t version = from ? strtoull(from, NULL, 10) : 0;
	struct watch *w;

	if (version < f->oldest) {
		struct json_object *o = status_object(410, "Expired", "too old resource version");
		autofree char *line = mem_printf("{\"type\":\"ERROR\",\"object\":%s}\n",
						 js_text(o, NULL));

		httpd_stream_begin(req, 200, "application/json");
		httpd_stream_write(req, line, strlen(line));
		httpd_stream_end(req, false);
		json_object_put(o);
		return;
	}
	w = mem_alloc(sizeof(*w));
	w->req = req;
	w->collection = mem_strdup(t->collection);
	w->ns = mem_strdup(t->ns);
	w->selector = param(req, "labelSelector");
	w->next = f->watches;
	f->watches = w;
	httpd_set_data(req, w);
	httpd_stream_begin(req, 200, "application/json");
	for (size_t i = 0; i < f->n_events; i++) {
		struct event *e = &f->events[i];

		if (e->version > version)
			show(w, e);
	}
}

unsigned fake_kube_watches(const struct fake_kube *f, const char *collection)
{
	unsigned n = 0;

	for (struct watch *w = f->watches; w; w = w->next)
		n += str_eq(w->collection, collection);
	return n;
}

void fake_kube_send(struct fake_kube *f, const char *collection, const char *text)
{
	for (struct watch *w = f->watches; w; w = w->next)
		if (str_eq(w->collection, collection))
			send_text(w, text);
}

void fake_kube_bookmark(struct fake_kube *f, const char *collection)
{
	autofree char *line = mem_printf(
		"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":"
		"\"%llu\",\"creationTimestamp\":null}}}\n",
		(unsigned long long)f->version);

	fake_kube_send(f, collection, line);
}

void fake_kube_end_watches(struct fake_kube *f, const char *collection, bool cut)
{
	struct watch *w = f->watches;

	while (w) {
		struct watch *next = w->next;

		if (!collection || str_eq(w->collection, collection)) {
			struct httpd_request *req = w->req;

			watch_drop(f, w);
			httpd_set_data(req, NULL);
			httpd_stream_end(req, cut);
		}
		w = next;
	}
}

void fake_kube_mute(struct fake_kube *f, bool mute)
{
	f->mute = mute;
}

/* ---- writes ---- */

static struct json_object *body_of(struct httpd_request *req)
{
	struct json_object *o = NULL;
	struct error err;
	size_t len;
	const char *body = httpd_body(req, &len);

	if (js_parse(body, len, &o, &err) < 0 || !json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return NULL;
	}
	return o;
}

static void create(struct fake_kube *f, struct httpd_request *req, const struct target *t,
		   struct json_object *o)
{
	struct json_object *meta = js_at(o, "metadata");
	const char *prefix = js_str(meta, "generateName", NULL);
	char name[300];

	if (prefix && !js_key(meta, "name")) {
		(void)snprintf(name, sizeof(name), "%s%05llu", prefix,
			       (unsigned long long)++f->uids);
		js_put_str(meta, "name", name);
	}
	if (t->ns)
		js_put_str(meta, "namespace", t->ns);
	if (find(f, t->collection, t->ns, name_of(o))) {
		refuse(req, 409, "AlreadyExists", "it already exists");
		json_object_put(o);
		return;
	}
	answer(req, 201, store(f, t->collection, o));
}

static void replace(struct fake_kube *f, struct httpd_request *req, const struct target *t,
		    struct json_object *o)
{
	struct object *have = find(f, t->collection, t->ns, t->name);
	const char *version = js_str(o, "metadata.resourceVersion", "");

	if (!have) {
		refuse(req, 404, "NotFound", "not found");
	} else if (*version &&
		   !str_eq(version, js_str(have->json, "metadata.resourceVersion", ""))) {
		refuse(req, 409, "Conflict",
		       "the object has been modified; please apply your changes to the latest "
		       "version");
	} else {
		answer(req, 200, store(f, t->collection, json_object_get(o)));
	}
	json_object_put(o);
}

static void merge(struct json_object *to, struct json_object *patch) /* RFC 7386 */
{
	json_object_object_foreach (patch, key, value) {
		struct json_object *have = js_key(to, key);

		if (!value)
			json_object_object_del(to, key);
		else if (json_object_is_type(value, json_type_object)) {
			if (!json_object_is_type(have, json_type_object)) {
				have = js_obj();
				js_put(to, key, have);
			}
			merge(have, value);
		} else
			js_put(to, key, copy(value));
	}
}

static void patch(struct fake_kube *f, struct httpd_request *req, const struct target *t,
		  struct json_object *o)
{
	struct object *have = find(f, t->collection, t->ns, t->name);
	const char *type = httpd_header(req, "Content-Type");

	if (!have) {
		refuse(req, 404, "NotFound", "not found");
	} else if (!str_eq(type, "application/merge-patch+json")) {
		refuse(req, 415, "UnsupportedMediaType", "only merge patches here");
	} else {
		struct json_object *now = copy(have->json);

		merge(now, o);
		answer(req, 200, store(f, t->collection, now));
	}
	json_object_put(o);
}

static void write_object(struct fake_kube *f, struct httpd_request *req, const struct target *t)
{
	const char *method = httpd_method(req);
	struct json_object *o = body_of(req);

	if (!o || (!js_at(o, "metadata") && !str_eq(method, "PATCH"))) {
		refuse(req, 400, "BadRequest", "the body is not an object with metadata");
		json_object_put(o);
	} else if (str_eq(method, "POST") == (t->name != NULL)) {
		refuse(req, 405, "MethodNotAllowed", "create in a collection, change an object");
		json_object_put(o);
	} else if (str_eq(method, "POST")) {
		create(f, req, t, o);
	} else if (str_eq(method, "PUT")) {
		replace(f, req, t, o);
	} else {
		patch(f, req, t, o);
	}
}

/* ---- faults ---- */

void fake_kube_rule(struct fake_kube *f, struct fake_rule rule)
{
	mem_grow(f->rules, f->n_rules, f->cap_rules);
	f->rules[f->n_rules++] = rule;
}

void fake_kube_rules_clear(struct fake_kube *f)
{
	f->n_rules = 0;
}

static struct fake_rule *rule_for(struct fake_kube *f, const char *method, const char *line)
{
	for (size_t i = 0; i < f->n_rules; i++) {
		struct fake_rule *r = &f->rules[i];

		if (r->times == 0 || (r->method && !str_eq(r->method, method)) ||
		    !strstr(line, r->part) || (r->without && strstr(line, r->without)))
			continue;
		if (r->skip > 0) {
			r->skip--;
			continue;
		}
		if (r->times > 0)
			r->times--;
		return r;
	}
	return NULL;
}

static void misbehave(struct httpd_request *req, const struct fake_rule *r)
{
	struct json_object *o = status_object(r->status, reason_of(r->status), "told so by a rule");
	const char *body = r->body ? r->body : js_text(o, NULL);
	autofree char *wait = mem_printf("Retry-After: %d", r->retry_after_s);
	const char *headers[] = {r->retry_after_s ? wait : NULL, NULL};

	if (r->status == -1)
		httpd_drop(req);
	else if (r->status == -2)
		httpd_reply_cut(req, 200, "application/json", body, strlen(body) + 100,
				strlen(body));
	else if (r->status > 0)
		httpd_reply(req, r->status, r->body ? "text/plain" : "application/json", headers,
			    body, strlen(body));
	json_object_put(o);
}

unsigned fake_kube_requests(const struct fake_kube *f, const char *part)
{
	unsigned n = 0;

	for (size_t i = 0; i < f->n_requests; i++)
		n += strstr(f->requests[i], part) != NULL;
	return n;
}

void fake_kube_requests_clear(struct fake_kube *f)
{
	for (size_t i = 0; i < f->n_requests; i++)
		free(f->requests[i]);
	f->n_requests = 0;
}

void fake_kube_expect_auth(struct fake_kube *f, const char *header)
{
	free(f->expect_auth);
	f->expect_auth = mem_strdup(header);
}

/* ---- requests ---- */

static void serve(struct fake_kube *f, struct httpd_request *req)
{
	struct target t = {0};
	struct object *o;

	take_apart(httpd_path(req), &t);
	if (!str_eq(httpd_method(req), "GET")) {
		write_object(f, req, &t);
	} else if (t.name) {
		o = find(f, t.collection, t.ns, t.name);
		if (o)
			answer(req, 200, o->json);
		else
			refuse(req, 404, "NotFound", "not found");
	} else {
		autofree char *is_watch = param(req, "watch");

		if (is_watch)
			watch_begin(f, req, &t);
		else
			list(f, req, &t);
	}
	target_release(&t);
}

static void on_request(void *ctx, struct httpd_request *req)
{
	struct fake_kube *f = ctx;
	const char *auth = httpd_header(req, "Authorization");
	struct fake_rule *rule;
	char *line = mem_printf("%s %s%s%s", httpd_method(req), httpd_path(req),
				*httpd_query(req) ? "?" : "", httpd_query(req));

	mem_grow(f->requests, f->n_requests, f->cap_requests);
	f->requests[f->n_requests++] = line;
	rule = rule_for(f, httpd_method(req), line);
	if (rule)
		misbehave(req, rule);
	else if (f->expect_auth && !str_eq(auth, f->expect_auth))
		refuse(req, 401, "Unauthorized", "Unauthorized");
	else
		serve(f, req);
}

static void on_gone(void *ctx, struct httpd_request *req)
{
	struct watch *w = httpd_data(req);

	if (w)
		watch_drop(ctx, w);
}

/* ---- life ---- */

void fake_kube_up(struct fake_kube *f)
{
	struct error err;

	if (f->httpd)
		return;
	if (httpd_new(f->loop,
		      &(struct httpd_settings){.address = "127.0.0.1",
					       .port = f->port,
					       .on_request = on_request,
					       .on_gone = on_gone,
					       .ctx = f},
		      &f->httpd, &err) < 0) {
		fprintf(stderr, "fake_kube: %s\n", err.msg);
		abort();
	}
	f->port = httpd_port(f->httpd);
}

void fake_kube_down(struct fake_kube *f)
{
	struct httpd *d = f->httpd;

	if (!d)
		return;
	f->httpd = NULL;
	fake_kube_end_watches(f, NULL, true);
	httpd_close(d);
}

struct fake_kube *fake_kube_new(uv_loop_t *loop)
{
	struct fake_kube *f = mem_alloc(sizeof(*f));

	f->loop = loop;
	f->version = 1000;
	fake_kube_up(f);
	return f;
}

uint16_t fake_kube_port(const struct fake_kube *f)
{
	return f->port;
}

void fake_kube_close(struct fake_kube *f)
{
	if (!f)
		return;
	fake_kube_down(f);
	fake_kube_reset(f, 0);
	fake_kube_requests_clear(f);
	free(f->requests);
	free(f->objects);
	free(f->events);
	free(f->rules);
	free(f->expect_auth);
	free(f);
}
