/*
 * session - one token at a time (icontrol.md 1.3 to 1.6)
 *
 *   login --> probe --> up ... extend before it expires ... log in anew before that expires ... log
 * out
 *
 * A device keeps 100 tokens a user, each for 20 minutes, so one token is used as long as it is
 * good (also across an outage), extended once, then replaced, all by our own clock (device clocks
 * are often wrong), and deleted at the end. It is extended late: a process that is killed leaves a
 * token of minutes behind, not one of ten hours. Where no token is to be had Basic stands in. The
 * probe reads a small object through icrd and mcpd: a device that is starting hands out tokens long
 * before it can answer anything else.
 *
 * These requests do not pass the queue: they are what the queue waits for.
 */
#include "bigip/rest/internal.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/mem.h"

enum { MIN_LIFE_US = 1000000 };

#define LOGIN_PATH "/mgmt/shared/authn/login"
#define TOKEN_PATH "/mgmt/shared/authz/tokens/"
#define PROBE_PATH "/mgmt/tm/auth/partition/Common"

typedef void session_reply_fn(struct bigip_rest *r, enum bigip_reply_verdict v,
			      const struct httpc_reply *reply, const struct error *err);

static void wipe(char **s)
{
	str_wipe(*s);
	free(*s);
	*s = NULL;
}

/* ---- requests ---- */

/* device texts may quote the URI, which holds the token */
static void hide_token(const struct session *s, struct error *err)
{
	size_t n = s->token ? strlen(s->token) : 0;
	char *at;

	while (n > 0 && (at = strstr(err->msg, s->token)))
		memset(at, '*', n);
}

static void on_reply(struct bigip_rest *r, const struct httpc_reply *reply, const char *shown,
		     session_reply_fn *fn)
{
	struct session *s = &r->session;
	char message[BIGIP_MESSAGE_MAX];
	struct error err = reply->err;
	enum bigip_reply_verdict v = BIGIP_REPLY_NOT_READY;

	s->http = NULL;
	count_request(r, s->method, reply->status, s->sent_us);
	if (err.kind == ERR_NONE) {
		v = bigip_reply_classify(s->method, reply->status, reply->content_type, reply->body,
					 reply->len, message);
		if (v != BIGIP_REPLY_OK)
			err_set(&err, ERR_RETRY, reply->status, "%s %s: %d: %s", s->method, shown,
				reply->status, message);
	} else {
		err.kind = ERR_RETRY;
		err_wrap(&err, "%s %s", s->method, shown);
	}
	hide_token(s, &err);
	fn(r, v, reply, &err);
	queue_pump(r);
}

static void send_request(struct bigip_rest *r, const char *method, const char *path,
			 const char *body, unsigned timeout_ms,
			 void (*on_done)(void *ctx, const struct httpc_reply *reply))
{
	struct session *s = &r->session;
	autofree char *url = mem_printf("%s%s", r->base, path);
	/* the login itself carries no credentials in its head */
	const char *headers[] = {"Content-Type: application/json",
				 str_eq(path, LOGIN_PATH) ? NULL : s->auth_header, NULL};
	struct httpc_request req = {
		.method = method,
		.url = url,
		.headers = headers,
		.body = body,
		.body_len = body ? strlen(body) : 0,
		.timeout_ms = timeout_ms,
		.on_done = on_done,
		.ctx = r,
	};

	s->method = method;
	s->sent_us = clock_mono_us();
	s->http = httpc_send(r->http, &req, NULL); /* the URL was checked by bigip_rest_new() */
	str_wipe(url);
}

static void cancel_request(struct session *s)
{
	if (s->http)
		httpc_cancel(s->http);
	s->http = NULL;
}

/* ---- the steps ---- */

static void failed(struct bigip_rest *r, bool by_credentials, const struct error *why)
{
	r->session.by_credentials = by_credentials;
	rest_down(r, why,
		  by_credentials ? rest_backoff(&r->session.refused, r->timing.refused_min_ms,
						r->timing.refused_max_ms)
				 : rest_retry_delay(r));
}

static void extend(struct bigip_rest *r);

static void on_renewal_due(uv_timer_t *t)
{
	struct bigip_rest *r = t->data;

	if (r->session.token && !r->session.extended)
		extend(r);
	else
		session_begin(r);
}

/* when the token should be replaced: a tenth early, at most five minutes */
static uint64_t token_good_until(const struct session *s)
{
	uint64_t us = s->timeout_s * 1000000, early = us / 10;

	return s->login_us + us - (early > 300000000 ? 300000000 : early);
}

static void plan_renewal(struct bigip_rest *r)
{
	struct session *s = &r->session;
	uint64_t now = clock_mono_us(), due;

	due = s->token ? token_good_until(s) : now + r->timing.basic_ms * 1000ull;
	/* whatever a device says, it gets no login a second */
	if (due < now + MIN_LIFE_US)
		due = now + MIN_LIFE_US;
	uv_timer_start(&s->timer, on_renewal_due, (due - now) / 1000, 0);
}

static void accepted(struct bigip_rest *r)
{
	struct session *s = &r->session;

	plan_renewal(r);
	if (s->state == SESSION_RENEW) {
		s->state = SESSION_UP;
		return;
	}
	s->state = SESSION_DRAIN;
	session_drained(r);
}

void session_drained(struct bigip_rest *r)
{
	if (r->session.state != SESSION_DRAIN || r->n_flying > 0 || r->n_queued > 0)
		return;
	r->session.state = SESSION_UP;
	rest_went_up(r);
}

static void probed(struct bigip_rest *r, enum bigip_reply_verdict v,
		   const struct httpc_reply *reply, const struct error *err)
{
	struct session *s = &r->session;
	bool old = s->resumed;

	s->resumed = false;
	if (v == BIGIP_REPLY_AUTH && old)
		session_begin(r); /* the device has forgotten the token, by a restart mostly */
	else if (v == BIGIP_REPLY_AUTH)
		failed(r, true, err);
	else if (v <= BIGIP_REPLY_REFUSED) /* also "not for you": mcpd has answered */
		accepted(r);
	else
		failed(r, false, err);
}

static void on_probe(void *ctx, const struct httpc_reply *reply)
{
	on_reply(ctx, reply, PROBE_PATH, probed);
}

static void probe(struct bigip_rest *r)
{
	if (r->session.state == SESSION_RENEW) /* the requests that wait are probe enough */
		accepted(r);
	else
		send_request(r, "GET", PROBE_PATH, NULL, r->timing.login_ms, on_probe);
}

/* numbers come as strings from some versions */
static uint64_t read_timeout(struct json_object *token, uint64_t fallback)
{
	struct json_object *t = js_key(token, "timeout");
	unsigned long long s;

	if (!t || str_to_u64(json_object_get_string(t), 1, 365 * 86400, &s) < 0)
		return fallback;
	return s;
}

static void extended(struct bigip_rest *r, enum bigip_reply_verdict v,
		     const struct httpc_reply *reply, const struct error *err)
{
	struct session *s = &r->session;
	autojson struct json_object *o = NULL;

	s->extended = true;
	if (v == BIGIP_REPLY_OK && js_parse(reply->body, reply->len, &o, NULL) == 0)
		s->timeout_s = read_timeout(o, s->timeout_s);
	if (token_good_until(s) > clock_mono_us() + MIN_LIFE_US)
		plan_renewal(r);
	else
		session_begin(r);
}

static void on_extended(void *ctx, const struct httpc_reply *reply)
{
	on_reply(ctx, reply, TOKEN_PATH "...", extended);
}

static void extend(struct bigip_rest *r)
{
	autofree char *path = mem_printf(TOKEN_PATH "%s", r->session.token);
	autofree char *body = mem_printf("{\"timeout\":\"%u\"}", r->timing.token_s);

	send_request(r, "PATCH", path, body, r->timing.login_ms, on_extended);
	str_wipe(path);
}

/* ---- a new token, or Basic ---- */

static char *base64(const char *s)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t n = strlen(s), at = 0;
	char *out = mem_alloc((n + 2) / 3 * 4 + 1);

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)s[i] << 16;

		if (i + 1 < n)
			v |= (uint32_t)(unsigned char)s[i + 1] << 8;
		if (i + 2 < n)
			v |= (unsigned char)s[i + 2];
		out[at++] = digits[v >> 18];
		out[at++] = digits[v >> 12 & 63];
		out[at++] = i + 1 < n ? digits[v >> 6 & 63] : '=';
		out[at++] = i + 2 < n ? digits[v & 63] : '=';
	}
	return out;
}

static void use_basic(struct bigip_rest *r)
{
	struct session *s = &r->session;
	char *both = mem_printf("%s:%s", s->username, s->password), *coded = base64(both);

	wipe(&s->token);
	wipe(&s->auth_header);
	s->resumed = false;
	s->auth_header = mem_printf("Authorization: Basic %s", coded);
	wipe(&both);
	wipe(&coded);
	s->generation++;
	probe(r);
}

static void on_forgotten(void *ctx, const struct httpc_reply *reply)
{
}

/* fire and forget: the old token would only count against the limit until it expires */
static void forget(struct bigip_rest *r, const char *token)
{
	autofree char *url = mem_printf("%s" TOKEN_PATH "%s", r->base, token);
	const char *headers[] = {"Content-Type: application/json", r->session.auth_header, NULL};
	struct httpc_request req = {
		.method = "DELETE",
		.url = url,
		.headers = headers,
		.timeout_ms = r->timing.login_ms,
		.on_done = on_forgotten,
	};

	(void)httpc_send(r->http, &req, NULL);
	str_wipe(url);
}

/* it goes into a path and a header line */
static bool is_token(const char *s)
{
	return !str_empty(s) && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					    "0123456789-._~")] == '\0';
}

static int use_token(struct bigip_rest *r, const struct httpc_reply *reply, struct error *err)
{
	struct session *s = &r->session;
	autojson struct json_object *o = NULL;
	const char *token;

	if (js_parse(reply->body, reply->len, &o, err) < 0)
		return err_wrap(err, "POST " LOGIN_PATH ": reply");
	token = js_str(o, "token.token", NULL);
	if (!is_token(token))
		return err_set(err, ERR_RETRY, 0, "POST " LOGIN_PATH ": no token in the reply");
	wipe(&s->auth_header);
	s->auth_header = mem_printf("X-F5-Auth-Token: %s", token);
	if (s->token && !str_eq(s->token, token))
		forget(r, s->token);
	wipe(&s->token);
	s->token = mem_strdup(token);
	s->extended = false;
	s->timeout_s = read_timeout(js_key(o, "token"), 1200);
	s->login_us = s->sent_us;
	s->generation++;
	count_login(r);
	return 0;
}

static bool needs_basic(enum bigip_reply_verdict v, int status, const struct error *err)
{
	if (status == 404) /* no login there, or not yet: the probe will tell */
		return true;
	return v == BIGIP_REPLY_REFUSED && strstr(err->msg, "maximum active login tokens");
}

static void logged_in(struct bigip_rest *r, enum bigip_reply_verdict v,
		      const struct httpc_reply *reply, const struct error *err)
{
	struct error bad = {0};

	if (v == BIGIP_REPLY_OK && use_token(r, reply, &bad) == 0)
		probe(r);
	else if (v == BIGIP_REPLY_OK)
		failed(r, false, &bad);
	else if (needs_basic(v, reply->status, err))
		use_basic(r);
	else
		failed(r, v == BIGIP_REPLY_AUTH || v == BIGIP_REPLY_REFUSED, err);
}

static void on_login(void *ctx, const struct httpc_reply *reply)
{
	on_reply(ctx, reply, LOGIN_PATH, logged_in);
}

void session_begin(struct bigip_rest *r)
{
	struct session *s = &r->session;
	struct json_object *o = js_obj();
	char *body;

	cancel_request(s);
	uv_timer_stop(&s->timer);
	s->by_credentials = s->resumed = false;
	s->state = s->state == SESSION_UP || s->state == SESSION_RENEW ? SESSION_RENEW
								       : SESSION_LOGIN;
	js_put_str(o, "username", s->username);
	js_put_str(o, "password", s->password);
	js_put_str(o, "loginProviderName", "tmos");
	body = mem_strdup(js_text(o, NULL));
	send_request(r, "POST", LOGIN_PATH, body, r->timing.login_ms, on_login);
	str_wipe((char *)(uintptr_t)js_text(o, NULL));
	wipe(&body);
	json_object_put(o);
}

/* after an outage */
void session_resume(struct bigip_rest *r)
{
	struct session *s = &r->session;

	if (!s->token || s->by_credentials || clock_mono_us() >= token_good_until(s)) {
		session_begin(r);
		return;
	}
	s->state = SESSION_LOGIN;
	s->resumed = true;
	probe(r);
}

/* ---- events ---- */

void session_unauthorized(struct bigip_rest *r, unsigned generation)
{
	if (r->session.state == SESSION_UP && generation == r->session.generation)
		session_begin(r);
}

void session_refused(struct bigip_rest *r, const struct error *why)
{
	failed(r, true, why);
}

void session_use(struct bigip_rest *r, const char *username, const char *password)
{
	struct session *s = &r->session;

	if (s->state == SESSION_CLOSED ||
	    (str_eq(username, s->username) && str_eq(password, s->password)))
		return;
	wipe(&s->username);
	wipe(&s->password);
	s->username = mem_strdup(username);
	s->password = mem_strdup(password);
	backoff_reset(&s->refused);
	if (s->state != SESSION_DOWN || s->by_credentials)
		session_begin(r);
}

static void on_logout(void *ctx, const struct httpc_reply *reply)
{
	struct bigip_rest *r = ctx;

	r->session.http = NULL;
	rest_shut(r);
}

void session_end(struct bigip_rest *r)
{
	struct session *s = &r->session;
	autofree char *path = NULL;

	s->state = SESSION_CLOSED;
	cancel_request(s);
	uv_timer_stop(&s->timer);
	if (s->token) {
		path = mem_printf(TOKEN_PATH "%s", s->token);
		send_request(r, "DELETE", path, NULL, r->timing.logout_ms, on_logout);
		str_wipe(path);
	}
	if (!s->http)
		rest_shut(r);
}

void session_init(struct bigip_rest *r, const char *username, const char *password)
{
	struct session *s = &r->session;

	s->username = mem_strdup(username ? username : "");
	s->password = mem_strdup(password ? password : "");
}

void session_release(struct session *s)
{
	wipe(&s->username);
	wipe(&s->password);
	wipe(&s->token);
	wipe(&s->auth_header);
}
