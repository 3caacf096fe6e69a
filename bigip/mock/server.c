/*
 * The I/O shell: requests come from httpd, wait as long as --latency-ms and --fail say, go through
 * mock_handle() and are answered. What a request does, it does at the end of its wait, like a
 * device whose answer follows the change.
 */
#include "bigip/mock/server.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>

#include "bigip/mock/control.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/ev/httpd.h"

enum { SAVE_DELAY_MS = 500, LOG_BODY_MAX = 256 << 10 };

struct job {
	struct server *server;
	struct httpd_request *req; /* NULL: the client is gone */
	char *method, *path, *query, *authorization, *token, *coordination, *peer, *body;
	size_t body_len;
	struct fault_verdict fault;
	uint64_t start_us;
	unsigned wait_ms;
	bool active; /* counts against max_active */
	uv_timer_t timer;
	struct job *prev, *next;
};

struct server {
	uv_loop_t *loop;
	struct httpd *httpd;
	struct mock *mock;
	struct fault_rules *rules;
	struct mock_latency latency;
	struct mock_counters counters;
	unsigned active, max_active;
	struct job *waiting, **waiting_end; /* for a free place; linked by next */
	struct job *working;                /* with a running timer */
	const char *state_file;
	FILE *log;
	uv_timer_t save_timer;
	bool dirty, closing;
	unsigned handles;
};

/* --- state file --- */

static void save_state(struct server *s)
{
	autofree char *tmp = NULL;
	struct strbuf out = {0};
	FILE *f;
	bool ok;

	if (!s->state_file || !s->dirty)
		return;
	tmp = mem_printf("%s.new", s->state_file);
	f = fopen(tmp, "we");
	if (!f) {
		log_error("mock.save", kv_str("file", tmp), kv_str("error", strerror(errno)));
		return;
	}
	mock_save(s->mock, &out);
	ok = fwrite(str_get(&out), 1, out.len, f) == out.len && fflush(f) == 0 &&
	     fsync(fileno(f)) == 0;
	ok = fclose(f) == 0 && ok;
	str_release(&out);
	if (!ok || rename(tmp, s->state_file) < 0)
		log_error("mock.save", kv_str("file", s->state_file),
			  kv_str("error", strerror(errno)));
	else
		s->dirty = false;
}

static void save_due(uv_timer_t *t)
{
	save_state(t->data);
}

static void note_change(struct server *s)
{
	s->dirty = true;
	if (s->state_file && !uv_is_active((uv_handle_t *)&s->save_timer))
		uv_timer_start(&s->save_timer, save_due, SAVE_DELAY_MS, 0);
}

/* --- request log --- */

static bool secret_key(const char *key)
{
	return strcasestr(key, "password") || strcasestr(key, "passphrase") ||
	       !strcmp(key, "token") || !strcmp(key, "key");
}

static void redact(struct json_object *v)
{
	if (json_object_is_type(v, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(v); i++)
			redact(json_object_array_get_idx(v, i));
		return;
	}
	if (!json_object_is_type(v, json_type_object))
		return;
	struct lh_entry *e;

	for (e = json_object_get_object(v)->head; e; e = e->next) {
		struct json_object *child = lh_entry_v(e);

		if (secret_key(lh_entry_k(e)) && json_object_is_type(child, json_type_string))
			json_object_set_string(child, "***");
		else
			redact(child);
	}
}

static void log_request(struct server *s, const struct job *j, int status)
{
	autojson struct json_object *o = NULL, *body = NULL;
	char now[CLOCK_RFC3339_MAX], ms[32];
	uint64_t us = clock_mono_us() - j->start_us;

	if (!s->log)
		return;
	snprintf(ms, sizeof(ms), "%" PRIu64 ".%02u", us / 1000, (unsigned)(us % 1000 / 10));
	o = js_obj();
	js_put_str(o, "time", clock_rfc3339(clock_wall_us(), 1, now));
	js_put_str(o, "method", j->method);
	js_put_str(o, "path",
		   str_starts(j->path, "/mgmt/shared/authz/tokens/")
			   ? "/mgmt/shared/authz/tokens/***"
			   : j->path);
	if (*j->query)
		js_put_str(o, "query", j->query);
	js_put_int(o, "status", status);
	js_put(o, "ms", json_object_new_double_s((double)us / 1000, ms));
	js_put_str(o, "transaction", j->coordination);
	if (j->body_len && j->body_len <= LOG_BODY_MAX &&
	    js_parse(j->body, j->body_len, &body, NULL) == 0) {
		redact(body);
		js_put(o, "body", json_object_get(body));
	} else if (j->body_len) {
		js_put_int(o, "bodyBytes", (int64_t)j->body_len);
	}
	fprintf(s->log, "%s\n",
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE));
	fflush(s->log);
}

/* --- answering --- */

static void job_free(struct job *j)
{
	free(j->method);
	free(j->path);
	free(j->query);
	str_wipe(j->authorization);
	free(j->authorization);
	free(j->token);
	free(j->coordination);
	free(j->peer);
	str_wipe(j->body);
	free(j->body);
	free(j);
}

static void answer(struct server *s, struct job *j, const struct mock_reply *r)
{
	static const char *const base[] = {
		"Server: Jetty(9.2.22.v20170606)",
		"X-Frame-Options: SAMEORIGIN",
		"Strict-Transport-Security: max-age=16070400; includeSubDomains",
		"Pragma: no-cache",
		"Cache-Control: no-store",
		"Cache-Control: no-cache",
		"Cache-Control: must-revalidate",
		"Expires: -1",
		"X-Content-Type-Options: nosniff",
		"X-XSS-Protection: 1; mode=block",
	};
	const char *headers[ARRAY_SIZE(base) + 4];
	autofree char *user = NULL;
	unsigned n = 0;

	for (; n < ARRAY_SIZE(base); n++)
		headers[n] = base[n];
	if (r->status == 401 && r->content_type && !strcmp(r->content_type, "text/html"))
		headers[n++] = "WWW-Authenticate: Basic realm=\"BIG-IP\"";
	if (r->user) {
		user = mem_printf(
			"Set-Cookie: BIGIPAuthUsernameCookie=%s; path=/; Secure; HttpOnly; "
			"SameSite=Strict",
			r->user);
		headers[n++] =
			"Set-Cookie: BIGIPAuthCookie=0000000000000000000000000000000000000000; "
			"path=/; Secure; HttpOnly; SameSite=Strict";
		headers[n++] = user;
	}
	headers[n] = NULL;
	if (!j->req)
		return;
	httpd_set_data(j->req, NULL); /* should it be called gone from now on: not our business */
	if (j->fault.action == FAULT_LOST_REPLY) {
		httpd_drop(j->req);
	} else if (j->fault.action == FAULT_CUT) {
		size_t sent = j->fault.bytes < 0 ? r->body.len / 2 : (size_t)j->fault.bytes;

		httpd_reply_cut(j->req, r->status, r->content_type, str_get(&r->body), r->body.len,
				sent < r->body.len ? sent : r->body.len);
	} else {
		httpd_reply(j->req, r->status, r->content_type, headers, str_get(&r->body),
			    r->body.len);
	}
	(void)s;
	j->req = NULL;
}

static void run_job(struct server *s, struct job *j)
{
	struct mock_reply r = {0};
	bool silent = j->fault.action == FAULT_CLOSE || j->fault.action == FAULT_LOST_REPLY;

	if (j->fault.action == FAULT_CLOSE) {
		if (j->req) {
			httpd_set_data(j->req, NULL);
			httpd_drop(j->req);
		}
		j->req = NULL;
	} else if (j->fault.action == FAULT_REPLY) {
		fault_reply(&j->fault, j->peer, &r);
		answer(s, j, &r);
	} else {
		struct mock_request req = {.method = j->method,
					   .path = j->path,
					   .query = j->query,
					   .body = j->body,
					   .body_len = j->body_len,
					   .authorization = j->authorization,
					   .token = j->token,
					   .coordination = j->coordination,
					   .peer = j->peer,
					   .now_us = clock_wall_us()};

		mock_handle(s->mock, &req, &r);
		if (r.changed)
			note_change(s);
		answer(s, j, &r);
	}
	s->counters.statuses[silent ? 0 : r.status % COUNTED_STATUSES]++;
	log_request(s, j, silent ? 0 : r.status);
	str_release(&r.body);
}

/* --- waiting --- */

static void start_waiting(struct server *s);

static void handle_closed(struct server *s)
{
	if (--s->handles > 0)
		return;
	free(s);
}

static void job_closed(uv_handle_t *h)
{
	struct job *j = h->data;
	struct server *s = j->server;

	job_free(j);
	handle_closed(s);
}

static void job_end(struct server *s, struct job *j)
{
	if (j->prev)
		j->prev->next = j->next;
	else
		s->working = j->next;
	if (j->next)
		j->next->prev = j->prev;
	s->active--;
	uv_close((uv_handle_t *)&j->timer, job_closed);
}

static void job_due(uv_timer_t *t)
{
	struct job *j = t->data;
	struct server *s = j->server;

	run_job(s, j);
	job_end(s, j);
	start_waiting(s);
}

/* a place is free: run at once, or wait as long as the device would work on it */
static void job_start(struct server *s, struct job *j)
{
	if (!j->wait_ms) {
		run_job(s, j);
		job_free(j);
		return;
	}
	s->active++;
	j->active = true;
	j->prev = NULL;
	j->next = s->working;
	if (j->next)
		j->next->prev = j;
	s->working = j;
	s->handles++;
	uv_timer_init(s->loop, &j->timer);
	j->timer.data = j;
	uv_update_time(s->loop);
	uv_timer_start(&j->timer, job_due, j->wait_ms, 0);
}

static void start_waiting(struct server *s)
{
	while (s->waiting && (!s->max_active || s->active < s->max_active)) {
		struct job *j = s->waiting;

		s->waiting = j->next;
		if (!s->waiting)
			s->waiting_end = &s->waiting;
		job_start(s, j);
	}
}

/* --- requests --- */

static bool loopback(const char *peer)
{
	return str_starts(peer, "127.") || !strcmp(peer, "::1") || str_starts(peer, "::ffff:127.");
}

static void control(struct server *s, struct httpd_request *req)
{
	struct control c = {s->mock, s->rules, &s->counters, &s->latency, s->active};
	struct mock_reply r = {0};
	size_t len;
	const char *body = httpd_body(req, &len);

	if (loopback(httpd_peer(req))) {
		control_handle(&c, httpd_method(req), httpd_path(req), body, len, &r);
	} else {
		r.status = 403;
		r.content_type = "application/json";
		str_add(&r.body, "{\"error\":\"the control path is for loopback clients\"}\n");
	}
	httpd_reply(req, r.status, r.content_type, NULL, str_get(&r.body), r.body.len);
	str_release(&r.body);
}

static void on_request(void *ctx, struct httpd_request *req)
{
	struct server *s = ctx;
	const char *body;
	struct job *j;

	if (str_starts(httpd_path(req), "/mock/")) {
		control(s, req);
		return;
	}
	j = mem_alloc(sizeof(*j));
	j->server = s;
	j->req = req;
	j->start_us = clock_mono_us();
	j->method = mem_strdup(httpd_method(req));
	j->path = mem_strdup(httpd_path(req));
	j->query = mem_strdup(httpd_query(req));
	j->authorization = mem_strdup(httpd_header(req, "Authorization"));
	j->token = mem_strdup(httpd_header(req, "X-F5-Auth-Token"));
	j->coordination = mem_strdup(httpd_header(req, "X-F5-REST-Coordination-Id"));
	j->peer = mem_strdup(httpd_peer(req));
	body = httpd_body(req, &j->body_len);
	j->body = mem_strndup(body ? body : "", j->body_len);
	counters_request(&s->counters, j->method);
	j->fault = fault_rules_decide(s->rules, j->method, j->path);
	s->counters.faults += j->fault.action != FAULT_NONE;
	j->wait_ms = s->latency.ms[mock_classify(j->method, j->path)] + j->fault.delay_ms;
	httpd_set_data(req, j);
	if (s->max_active && s->active >= s->max_active) {
		j->next = NULL;
		*s->waiting_end = j;
		s->waiting_end = &j->next;
		return;
	}
	job_start(s, j);
}

/* the client left; the request is carried out all the same, as on a device */
static void on_gone(void *ctx, struct httpd_request *req)
{
	struct job *j = httpd_data(req);

	(void)ctx;
	if (j)
		j->req = NULL;
}

/* --- life cycle --- */

int server_new(uv_loop_t *loop, const struct server_settings *set, struct mock *m,
	       struct fault_rules *rules, struct server **ret, struct error *err)
{
	struct server *s = mem_alloc(sizeof(*s));
	struct httpd_settings hs = {.address = set->address,
				    .port = set->port,
				    .cert_pem = set->cert_pem,
				    .key_pem = set->key_pem,
				    .max_body = 64 << 20,
				    .on_request = on_request,
				    .on_gone = on_gone,
				    .ctx = s};

	s->loop = loop;
	s->mock = m;
	s->rules = rules;
	s->latency = set->latency;
	s->max_active = set->max_active;
	s->state_file = set->state_file;
	s->waiting_end = &s->waiting;
	if (set->request_log) {
		s->log = fopen(set->request_log, "ae");
		if (!s->log) {
			err_errno(err, "cannot open the request log '%s'", set->request_log);
			goto fail;
		}
	}
	if (httpd_new(loop, &hs, &s->httpd, err) < 0)
		goto fail;
	uv_timer_init(loop, &s->save_timer);
	s->save_timer.data = s;
	s->handles = 1;
	*ret = s;
	return 0;
fail:
	if (s->log)
		fclose(s->log);
	mock_free(m);
	fault_rules_free(rules);
	free(s);
	return -1;
}

uint16_t server_port(const struct server *s)
{
	return httpd_port(s->httpd);
}

struct mock *server_mock(struct server *s)
{
	return s->mock;
}

static void save_closed(uv_handle_t *h)
{
	handle_closed(h->data);
}

/* the server is closed: on_gone must not find the job any more */
static void forget_request(struct job *j)
{
	if (j->req)
		httpd_set_data(j->req, NULL);
	j->req = NULL;
}

void server_close(struct server *s)
{
	if (!s || s->closing)
		return;
	s->closing = true;
	for (struct job *j = s->working; j; j = j->next)
		forget_request(j);
	for (struct job *j = s->waiting; j; j = j->next)
		forget_request(j);
	httpd_close(s->httpd);
	while (s->waiting) {
		struct job *j = s->waiting;

		s->waiting = j->next;
		job_free(j);
	}
	while (s->working)
		job_end(s, s->working);
	save_state(s);
	if (s->log)
		fclose(s->log);
	mock_free(s->mock);
	fault_rules_free(s->rules);
	uv_close((uv_handle_t *)&s->save_timer, save_closed);
}
