/*
 * auth - which Authorization header to send
 *
 * A token in a file is read again when the file changes, looked at no more often than every 10 s
 * (projected tokens rotate after 80 % of their life) and at once after a 401. What an exec plugin
 * gives is kept until its expirationTimestamp or a 401.
 */
#include "controller/kube/auth.h"

#include <openssl/evp.h>
#include <sys/stat.h>
#include <uv.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/exec.h"

enum {
	MAX_TOKEN = 1 << 20,
	LOOK_EVERY_US = 10000000,
	EARLY_US = 10000000,   /* renew this long before the expiry */
	AT_LEAST_US = 1000000, /* even expired credentials are used this long: no plugin is run in a
				  loop */
};

struct kube_auth {
	const struct kube_config *config;
	uv_loop_t *loop;
	void (*on_ready)(void *ctx, const struct error *err);
	void *ctx;
	char *header; /* NULL: none yet */
	unsigned serial;

	struct stat file;
	uint64_t next_look_us;

	struct kube_exec_run *run;
	char *cert, *key;
	uint64_t got_us;    /* monotonic */
	int64_t expires_us; /* wall clock; 0: never */
};

static void set_header(struct kube_auth *a, char *given)
{
	if (str_eq(a->header, given)) {
		str_wipe(given);
		free(given);
		return;
	}
	str_wipe(a->header);
	free(a->header);
	a->header = given;
	a->serial++;
}

/* header lines are made of it: only visible ASCII */
static bool token_ok(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

/* ---- token file ---- */

static int read_token(struct kube_auth *a, struct error *err)
{
	const char *path = a->config->token_file;
	char *text, *token;
	size_t len;

	if (kube_read_file(path, MAX_TOKEN, &text, err) < 0)
		return err_wrap(err, "cannot read the token");
	token = text + strspn(text, " \t\r\n");
	len = strlen(token);
	while (len > 0 && strchr(" \t\r\n", token[len - 1]))
		token[--len] = '\0';
	if (len == 0 || !token_ok(token)) {
		str_wipe(text);
		free(text);
		return err_set(err, ERR_INPUT, 0, "'%s' holds no token", path);
	}
	set_header(a, mem_printf("Authorization: Bearer %s", token));
	str_wipe(token);
	free(text);
	return 0;
}

/* a token that cannot be read leaves the last one in place */
static void look_at_file(struct kube_auth *a, bool force)
{
	uint64_t now = clock_mono_us();
	struct stat st;
	struct error err;

	if (!force && a->header && now < a->next_look_us)
		return;
	a->next_look_us = now + LOOK_EVERY_US;
	if (stat(a->config->token_file, &st) < 0)
		return;
	if (!force && a->header && st.st_ino == a->file.st_ino && st.st_size == a->file.st_size &&
	    st.st_mtim.tv_sec == a->file.st_mtim.tv_sec &&
	    st.st_mtim.tv_nsec == a->file.st_mtim.tv_nsec)
		return;
	a->file = st;
	if (read_token(a, &err) < 0 && a->header)
		log_warn("kube.token_unreadable", kv_str("error", err.msg),
			 kv_str("kept", "the last one"));
}

/* ---- exec plugin ---- */

static bool exec_valid(const struct kube_auth *a)
{
	if (!a->header)
		return false;
	return a->expires_us == 0 || clock_wall_us() < a->expires_us - EARLY_US ||
	       clock_mono_us() < a->got_us + AT_LEAST_US;
}

static void take_cert(struct kube_auth *a, const struct kube_exec_result *r)
{
	if (str_eq(a->cert, r->cert) && str_eq(a->key, r->key))
		return;
	free(a->cert);
	str_wipe(a->key);
	free(a->key);
	a->cert = mem_strdup(r->cert);
	a->key = mem_strdup(r->key);
	a->serial++;
}

static void on_exec(void *ctx, const struct kube_exec_result *r, const struct error *err)
{
	struct kube_auth *a = ctx;
	struct error none = {0};

	a->run = NULL;
	if (err) {
		a->on_ready(a->ctx, err);
		return;
	}
	a->got_us = clock_mono_us();
	a->expires_us = r->expires_us;
	take_cert(a, r);
	set_header(a, r->token ? mem_printf("Authorization: Bearer %s", r->token) : mem_strdup(""));
	a->on_ready(a->ctx, &none);
}

/* ---- the interface ---- */

static char *basic(const char *user, const char *password)
{
	autofree char *plain = mem_printf("%s:%s", user, password ? password : "");
	size_t len = strlen(plain);
	unsigned char *base64 = mem_alloc(4 * (len / 3 + 1) + 1);
	char *header;

	EVP_EncodeBlock(base64, (const unsigned char *)plain, (int)len);
	header = mem_printf("Authorization: Basic %s", (char *)base64);
	str_wipe(plain);
	free(base64);
	return header;
}

struct kube_auth *kube_auth_new(uv_loop_t *loop, const struct kube_config *config,
				void (*on_ready)(void *ctx, const struct error *err), void *ctx)
{
	struct kube_auth *a = mem_alloc(sizeof(*a));

	a->config = config;
	a->loop = loop;
	a->on_ready = on_ready;
	a->ctx = ctx;
	if (config->exec || config->token_file)
		return a;
	if (config->token)
		a->header = mem_printf("Authorization: Bearer %s", config->token);
	else if (config->username)
		a->header = basic(config->username, config->password);
	else
		a->header = mem_strdup("");
	return a;
}

const char *kube_auth_header(struct kube_auth *a)
{
	if (a->config->exec)
		return exec_valid(a) ? a->header : NULL;
	if (a->config->token_file)
		look_at_file(a, false);
	return a->header;
}

void kube_auth_renew(struct kube_auth *a)
{
	struct error err = {0};

	if (a->config->exec) {
		if (!a->run)
			a->run = kube_exec_start(a->loop, a->config->exec, on_exec, a);
		return;
	}
	(void)read_token(a, &err);
	a->on_ready(a->ctx, &err);
}

unsigned kube_auth_serial(const struct kube_auth *a)
{
	return a->serial;
}

bool kube_auth_rejected(struct kube_auth *a, unsigned serial)
{
	if (serial != a->serial || a->run)
		return true;
	if (a->config->exec) {
		if (clock_mono_us() < a->got_us + AT_LEAST_US)
			return false;
		str_wipe(a->header);
		free(a->header);
		a->header = NULL;
		a->serial++;
		return true;
	}
	if (a->config->token_file)
		look_at_file(a, true);
	return serial != a->serial;
}

const char *kube_auth_cert(const struct kube_auth *a, const char **ret_key)
{
	*ret_key = a->key;
	return a->cert;
}

void kube_auth_close(struct kube_auth *a)
{
	if (!a)
		return;
	kube_exec_cancel(a->run);
	str_wipe(a->header);
	free(a->header);
	free(a->cert);
	str_wipe(a->key);
	free(a->key);
	free(a);
}
