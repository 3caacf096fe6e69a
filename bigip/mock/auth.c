/*
 * Users, Basic authentication and tokens (API notes 1.3 to 1.5). Passwords are kept as salted
 * hashes; token names come from a keyed counter, so that tests can repeat them.
 */
#include <ctype.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "bigip/mock/core.h"
#include "common/base/mem.h"

enum {
	TOKEN_LEN = 26,
	TOKENS_PER_USER = 100,
	TOKEN_MAX_S = 36000,
	DIGEST_LEN = 32,
};

struct user {
	char *name;
	unsigned char salt[16], hash[DIGEST_LEN];
	bool guest;
	unsigned tokens;
	struct user *next;
};

struct token {
	char name[TOKEN_LEN + 1];
	struct user *user;
	int64_t created_us, expires_us;
	unsigned timeout_s, generation;
	char *address;
	UT_hash_handle hh;
};

struct mock_auth {
	struct user *users;
	struct token *tokens;
	/* names of tokens that ran out lately: "has expired" instead of "does not exist" */
	char expired[64][TOKEN_LEN + 1];
	unsigned n_expired;
	unsigned char seed[DIGEST_LEN];
	uint64_t counter;
	unsigned ttl_s;
	int64_t next_expiry_us;
};

struct mock_auth *auth_new(unsigned token_ttl_s)
{
	struct mock_auth *a = mem_alloc(sizeof(*a));

	a->ttl_s = token_ttl_s;
	return a;
}

static void token_drop(struct mock_auth *a, struct token *t)
{
	HASH_DEL(a->tokens, t);
	t->user->tokens--;
	free(t->address);
	free(t);
}

void auth_free(struct mock_auth *a)
{
	struct token *t, *tmp;

	HASH_ITER (hh, a->tokens, t, tmp) {
		token_drop(a, t);
	}
	while (a->users) {
		struct user *u = a->users;

		a->users = u->next;
		free(u->name);
		free(u);
	}
	free(a);
}

void mock_seed_random(struct mock *m, const unsigned char seed[32])
{
	memcpy(m->auth->seed, seed, DIGEST_LEN);
}

static void digest(const void *a, size_t a_len, const void *b, size_t b_len,
		   unsigned char out[DIGEST_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(ctx, a, a_len) || !EVP_DigestUpdate(ctx, b, b_len) ||
	    !EVP_DigestFinal_ex(ctx, out, NULL))
		abort();
	EVP_MD_CTX_free(ctx);
}

static void draw(struct mock_auth *a, unsigned char out[DIGEST_LEN])
{
	a->counter++;
	digest(a->seed, DIGEST_LEN, &a->counter, sizeof(a->counter), out);
}

static struct user *user_find(struct mock_auth *a, const char *name)
{
	struct user *u = a->users;

	while (u && strcmp(u->name, name) != 0)
		u = u->next;
	return u;
}

int mock_user_add(struct mock *m, const char *name, const char *password, const char *role,
		  struct error *err)
{
	unsigned char random[DIGEST_LEN];
	struct user *u;

	if (str_empty(name) || strpbrk(name, ":/\\\"<> "))
		return err_set(err, ERR_INPUT, 0, "user name '%s' is empty or has odd characters",
			       name);
	if (strcmp(role, "admin") != 0 && strcmp(role, "guest") != 0)
		return err_set(err, ERR_INPUT, 0,
			       "role '%s' of user '%s' is neither admin nor guest", role, name);
	u = user_find(m->auth, name);
	if (!u) {
		u = mem_alloc(sizeof(*u));
		u->name = mem_strdup(name);
		u->next = m->auth->users;
		m->auth->users = u;
	}
	u->guest = !strcmp(role, "guest");
	draw(m->auth, random);
	memcpy(u->salt, random, sizeof(u->salt));
	digest(u->salt, sizeof(u->salt), password, strlen(password), u->hash);
	return 0;
}

static struct user *user_check(struct mock_auth *a, const char *name, const char *password)
{
	struct user *u = user_find(a, name);
	unsigned char hash[DIGEST_LEN];

	if (!u)
		return NULL;
	digest(u->salt, sizeof(u->salt), password, strlen(password), hash);
	return CRYPTO_memcmp(hash, u->hash, DIGEST_LEN) ? NULL : u;
}

/* --- tokens --- */

static struct token *token_find(struct mock_auth *a, const char *name)
{
	struct token *t;

	HASH_FIND_STR(a->tokens, name, t);
	return t;
}

static bool was_expired(const struct mock_auth *a, const char *name)
{
	for (unsigned i = 0; i < ARRAY_SIZE(a->expired); i++) {
		if (!strcmp(a->expired[i], name))
			return true;
	}
	return false;
}

void auth_tick(struct mock_auth *a, int64_t now_us)
{
	struct token *t, *tmp;

	if (now_us < a->next_expiry_us)
		return;
	a->next_expiry_us = INT64_MAX;
	HASH_ITER (hh, a->tokens, t, tmp) {
		if (t->expires_us <= now_us) {
			memcpy(a->expired[a->n_expired++ % ARRAY_SIZE(a->expired)], t->name,
			       sizeof(t->name));
			token_drop(a, t);
		} else if (t->expires_us < a->next_expiry_us) {
			a->next_expiry_us = t->expires_us;
		}
	}
}

static struct token *token_new(struct mock *m, struct user *u, const char *peer)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	struct mock_auth *a = m->auth;
	unsigned char random[DIGEST_LEN];
	struct token *t = mem_alloc(sizeof(*t));

	draw(a, random);
	for (unsigned i = 0; i < TOKEN_LEN; i++)
		t->name[i] = alphabet[random[i] & 31];
	t->user = u;
	t->created_us = m->now_us;
	t->timeout_s = a->ttl_s;
	t->generation = 1;
	t->expires_us = m->now_us / 1000 * 1000 + (int64_t)t->timeout_s * 1000000;
	t->address = mem_strdup(peer ? peer : "127.0.0.1");
	if (t->expires_us < a->next_expiry_us)
		a->next_expiry_us = t->expires_us;
	u->tokens++;
	HASH_ADD_STR(a->tokens, name, t);
	return t;
}

static void token_text(const struct token *t, struct strbuf *out)
{
	time_t seconds = (time_t)(t->created_us / 1000000);
	char start[40];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(start, sizeof(start), "%Y-%m-%dT%H:%M:%S", &tm);
	str_addf(out, "{\"token\":\"%s\",\"name\":\"%s\",\"userName\":", t->name, t->name);
	render_string(t->user->name, strlen(t->user->name), out);
	str_addf(out,
		 ",\"authProviderName\":\"local\",\"user\":{\"link\":\"https://localhost/mgmt/"
		 "shared/"
		 "authz/users/"
		 "%s\"},\"timeout\":%u,\"startTime\":\"%s.%03d+0000\",\"address\":\"%s\","
		 "\"partition\":\"[All]\",\"generation\":%u,\"lastUpdateMicros\":%lld,"
		 "\"expirationMicros\":%lld,\"kind\":\"shared:authz:tokens:authtokenitemstate\","
		 "\"selfLink\":\"https://localhost/mgmt/shared/authz/tokens/%s\"}",
		 t->user->name, t->timeout_s, start, (int)(t->created_us / 1000 % 1000), t->address,
		 t->generation, (long long)t->created_us, (long long)t->expires_us, t->name);
}

/* --- who asks --- */

static void unauthorized_html(struct mock_reply *ret)
{
	ret->status = 401;
	ret->content_type = "text/html";
	str_add(&ret->body,
		"<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n"
		"<title>401 F5 Authorization Required</title>\n</head><body>\n"
		"<h1>F5 Authorization Required</h1>\n<p>This server could not verify that you\n"
		"are authorized to access the document\nrequested.  Either you supplied the wrong\n"
		"credentials (e.g., bad password), or your\nbrowser doesn't understand how to "
		"supply\n"
		"the credentials required.</p>\n</body></html>\n");
}

static struct user *basic_user(struct mock_auth *a, const char *header)
{
	unsigned char *text;
	struct user *u = NULL;
	char *colon;
	long len;

	if (strncasecmp(header, "Basic ", 6) != 0)
		return NULL;
	len = str_base64_decode(header + 6, &text);
	if (len < 0)
		return NULL;
	colon = strchr((char *)text, ':');
	if (colon) {
		*colon = '\0';
		u = user_check(a, (char *)text, colon + 1);
	}
	OPENSSL_cleanse(text, (size_t)len);
	free(text);
	return u;
}

static enum auth_verdict refuse(struct mock *m, const struct mock_request *req, const char *text,
				bool stack, struct mock_reply *ret)
{
	struct mock_fault f = {0};

	fault_set(&f, 401, API_NONE, "%s", text);
	rest_fault(m, req, &f, ret);
	if (stack) { /* Java frames, between restOperationId and kind */
		static const char tail[] = ",\"kind\":\":resterrorresponse\"}";

		ret->body.len -= sizeof(tail) - 1;
		str_add(&ret->body,
			",\"errorStack\":[\"java.lang.SecurityException: X-F5-Auth-Token does not "
			"exist.\",\"at com.f5.rest.workers.authz.AuthzHelper.getAuthToken()\"]");
		str_add(&ret->body, tail);
	}
	return AUTH_REFUSED;
}

static enum auth_verdict allowed(struct mock *m, const struct mock_request *req,
				 const struct user *u, struct mock_reply *ret)
{
	autofree char *text = NULL;

	if (!u->guest || !strcmp(req->method, "GET") || str_starts(req->path, "/mgmt/shared/"))
		return AUTH_OK;
	text = mem_printf("Authorization failed: user=https://localhost/mgmt/shared/authz/users/%s "
			  "resource=%.200s verb=%.10s uri:http://localhost:8100%.200s referrer:%s "
			  "sender:%s",
			  u->name, req->path, req->method, req->path, req->peer ? req->peer : "",
			  req->peer ? req->peer : "");
	return refuse(m, req, text, false, ret);
}

enum auth_verdict auth_check(struct mock *m, const struct mock_request *req, struct mock_reply *ret)
{
	const char *peer = req->peer ? req->peer : "127.0.0.1";
	struct user *u;

	if (req->token) { /* wins over Basic */
		struct token *t = token_find(m->auth, req->token);

		if (t)
			return allowed(m, req, t->user, ret);
		if (was_expired(m->auth, req->token))
			return refuse(m, req, "X-F5-Auth-Token has expired.", false, ret);
		return refuse(m, req, "X-F5-Auth-Token does not exist.", true, ret);
	}
	if (!req->authorization) {
		autofree char *text = mem_printf(
			"Authorization failed: no user authentication header or token detected. "
			"Uri:http://localhost:8100%.300s Referrer:%s Sender:%s",
			req->path, peer, peer);

		return refuse(m, req, text, false, ret);
	}
	u = basic_user(m->auth, req->authorization);
	if (!u) {
		unauthorized_html(ret);
		return AUTH_REFUSED;
	}
	ret->user = u->name;
	return allowed(m, req, u, ret);
}

/* --- URIs --- */

static void login(struct mock *m, const struct mock_request *req, struct mock_reply *ret)
{
	autojson struct json_object *body = NULL;
	struct mock_fault f = {0};
	const char *name, *password;
	struct user *u;

	if (strcmp(req->method, "POST") != 0) {
		fault_set(&f, 405, API_NONE, "Method %.10s not allowed", req->method);
		rest_fault(m, req, &f, ret);
		return;
	}
	if (rest_body(req, &body, &f) < 0) {
		rest_fault(m, req, &f, ret);
		return;
	}
	name = js_str(body, "username", "");
	password = js_str(body, "password", "");
	u = user_check(m->auth, name, password);
	if (!u) {
		(void)refuse(m, req, "Authentication failed.", false, ret);
		return;
	}
	if (u->tokens >= TOKENS_PER_USER) {
		fault_set(&f, 400, API_NONE, "user %.100s has reached maximum active login tokens",
			  u->name);
		rest_fault(m, req, &f, ret);
		return;
	}
	rest_json(ret);
	str_add(&ret->body, "{\"username\":");
	render_string(u->name, strlen(u->name), &ret->body);
	str_add(&ret->body,
		",\"loginReference\":{\"link\":\"https://localhost/mgmt/cm/system/authn/"
		"providers/local/login\"},\"loginProviderName\":\"tmos\",\"token\":");
	token_text(token_new(m, u, req->peer), &ret->body);
	str_add(&ret->body, ",\"generation\":0,\"lastUpdateMicros\":0}");
}

static int token_extend(struct mock *m, struct token *t, const struct mock_request *req,
			struct mock_fault *f)
{
	autojson struct json_object *body = NULL;
	struct json_object *v;
	unsigned long long n;

	if (rest_body(req, &body, f) < 0)
		return -1;
	v = js_key(body, "timeout");
	if (!v || str_to_u64(json_object_get_string(v), 1, 1000000000, &n))
		return fault_set(f, 400, API_NONE, "Auth-token timeout is not a positive number");
	if (n > TOKEN_MAX_S)
		return fault_set(f, 400, API_NONE,
				 "Auth-token absolute timeout (36000 seconds) exceeded");
	t->timeout_s = (unsigned)n;
	t->generation++;
	t->expires_us = t->created_us / 1000 * 1000 + (int64_t)n * 1000000;
	m->auth->next_expiry_us = 0;
	return 0;
}

static void token_list(struct mock *m, struct mock_reply *ret)
{
	struct token *t, *tmp;
	bool any = false;

	str_add(&ret->body, "{\"items\":[");
	HASH_ITER (hh, m->auth->tokens, t, tmp) {
		str_add(&ret->body, any ? "," : "");
		any = true;
		token_text(t, &ret->body);
	}
	str_addf(&ret->body,
		 "],\"generation\":1,\"kind\":\"shared:authz:tokens:authtokencollectionstate\","
		 "\"lastUpdateMicros\":%lld,\"selfLink\":\"https://localhost/mgmt/shared/authz/"
		 "tokens\"}",
		 (long long)m->now_us);
}

static void token_uri(struct mock *m, const struct mock_request *req, const char *name,
		      struct mock_reply *ret)
{
	struct mock_fault f = {0};
	struct token *t = token_find(m->auth, name);

	if (!t) {
		fault_set(&f, 404, API_NONE, "Auth-token %.60s not found", name);
	} else if (!strcmp(req->method, "GET")) {
		rest_json(ret);
		token_text(t, &ret->body);
	} else if (!strcmp(req->method, "DELETE")) {
		rest_json(ret);
		token_text(t, &ret->body);
		token_drop(m->auth, t);
	} else if (strcmp(req->method, "PATCH") != 0) {
		fault_set(&f, 405, API_NONE, "Method %.10s not allowed", req->method);
	} else if (token_extend(m, t, req, &f) == 0) {
		rest_json(ret);
		token_text(t, &ret->body);
	}
	if (f.code)
		rest_fault(m, req, &f, ret);
}

bool auth_handle(struct mock *m, const struct mock_request *req, const char *uri,
		 struct mock_reply *ret)
{
	static const char tokens[] = "shared/authz/tokens", logins[] = "shared/authn/login";

	if (!strncmp(uri, logins, sizeof(logins) - 1)) {
		login(m, req, ret);
		return true;
	}
	if (strncmp(uri, tokens, sizeof(tokens) - 1) != 0)
		return false;
	uri += sizeof(tokens) - 1;
	while (*uri == '/')
		uri++;
	if (*uri) {
		autofree char *name = mem_strndup(uri, strcspn(uri, "/"));

		token_uri(m, req, name, ret);
	} else {
		rest_json(ret);
		token_list(m, ret);
	}
	return true;
}
