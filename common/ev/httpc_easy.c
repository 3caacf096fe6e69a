/* httpc: one request's curl handle, from settings to reply bytes */
#include <openssl/err.h>
#include <openssl/pem.h>

#include "common/base/mem.h"
#include "common/ev/httpc_int.h"

/* ---- the reply ---- */

static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
	struct httpc_call *call = ctx;
	long status = 0;

	call->last_byte_ms = uv_now(call->client->loop);
	if (n == 2 && line[0] == '\r') { /* the empty line: this head is complete */
		curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
		if (status >= 200)
			call->status = (int)status;
	}
	return n;
}

static size_t hand_over(struct httpc_call *call, const char *data, size_t n)
{
	if (call->want_pause) {
		call->curl_paused = true;
		return CURL_WRITEFUNC_PAUSE; /* curl keeps this piece and brings it again */
	}
	if (call->on_data(call->ctx, data, n) < 0 && !call->cancelled) {
		err_set(&call->err, ERR_INPUT, 0, "the reader of the stream gave up");
		return CURL_WRITEFUNC_ERROR;
	}
	return call->cancelled ? CURL_WRITEFUNC_ERROR : n;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct httpc_call *call = ctx;

	if (call->cancelled)
		return CURL_WRITEFUNC_ERROR;
	call->last_byte_ms = uv_now(call->client->loop);
	if (call->on_data && call->status / 100 == 2)
		return hand_over(call, data, n);
	str_add_mem(&call->reply, data, n);
	if (call->reply.bad) {
		err_set(&call->err, ERR_INPUT, 0, "reply is larger than %zu bytes",
			call->reply.max);
		return CURL_WRITEFUNC_ERROR;
	}
	return n;
}

/* ---- the request ---- */

static void set_blob(CURL *e, CURLoption option, char *pem)
{
	struct curl_blob blob = {.data = pem, .flags = CURL_BLOB_NOCOPY};

	if (!pem)
		return;
	blob.len = strlen(pem);
	curl_easy_setopt(e, option, &blob);
}

static void set_client(CURL *e, struct httpc *c)
{
	curl_easy_setopt(e, CURLOPT_USERAGENT, c->user_agent);
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(e, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, 30L);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, 10L);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 16384L);
	curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_timeout_ms);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, c->insecure ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, c->insecure ? 0L : 2L);
	if (c->ca_pem) { /* only this one: nothing from the system's store */
		curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
		set_blob(e, CURLOPT_CAINFO_BLOB, c->ca_pem);
	}
	set_blob(e, CURLOPT_SSLCERT_BLOB, c->cert_pem);
	set_blob(e, CURLOPT_SSLKEY_BLOB, c->key_pem);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION,
			 (long)(c->http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1));
	if (c->http2)
		curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L);
}

static bool always_has_body(const char *method)
{
	return str_eq(method, "POST") || str_eq(method, "PUT") || str_eq(method, "PATCH");
}

static void set_request(CURL *e, struct httpc_call *call)
{
	curl_easy_setopt(e, CURLOPT_URL, call->url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
	if (call->body || always_has_body(call->method)) {
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, call->body ? call->body : "");
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	}
	if (str_eq(call->method, "HEAD"))
		curl_easy_setopt(e, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, call->method);
	curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->curl_text);
	curl_easy_setopt(e, CURLOPT_PRIVATE, call);
}

void httpc_easy_start(struct httpc_call *call)
{
	struct httpc *c = call->client;

	if (c->n_spare > 0)
		call->easy = c->spare[--c->n_spare];
	else
		call->easy = curl_easy_init();
	if (!call->easy)
		abort(); /* only without memory, see mem.h */
	set_client(call->easy, c);
	set_request(call->easy, call);
}

void httpc_easy_release(struct httpc_call *call)
{
	struct httpc *c = call->client;

	if (!call->easy)
		return;
	if (!c->shut && c->n_spare < ARRAY_SIZE(c->spare)) {
		curl_easy_reset(call->easy);
		c->spare[c->n_spare++] = call->easy;
	} else {
		curl_easy_cleanup(call->easy);
	}
	call->easy = NULL;
}

/* ---- certificates ---- */

/* an empty pass phrase instead of OpenSSL's question on the terminal */
static int no_passphrase(char *buf, int size, int rw, void *ctx)
{
	return -1;
}

static int openssl_error(struct error *err, const char *what)
{
	char why[160] = "not a PEM text of that kind";
	unsigned long code = ERR_peek_last_error();

	if (code && ERR_GET_REASON(code) != PEM_R_NO_START_LINE)
		ERR_error_string_n(code, why, sizeof(why));
	ERR_clear_error();
	return err_set(err, ERR_FATAL, 0, "cannot use the %s: %s", what, why);
}

static int check_ca(const char *pem, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *cert;
	int n = 0;

	while ((cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL))) {
		X509_free(cert);
		n++;
	}
	BIO_free(bio);
	if (n == 0 || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return openssl_error(err, "CA certificates");
	ERR_clear_error(); /* "no start line" is how the end of the text shows */
	return 0;
}

static int check_pair(const char *cert_pem, const char *key_pem, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(cert_pem, -1);
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	EVP_PKEY *key = NULL;
	int r = 0;

	BIO_free(bio);
	if (!cert)
		return openssl_error(err, "client certificate");
	bio = BIO_new_mem_buf(key_pem, -1);
	key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	BIO_free(bio);
	if (!key)
		r = openssl_error(err, "key of the client certificate");
	else if (X509_check_private_key(cert, key) != 1)
		r = openssl_error(err, "client certificate with this key");
	EVP_PKEY_free(key);
	X509_free(cert);
	return r;
}

int httpc_check_tls(const struct httpc *c, struct error *err)
{
	if (c->ca_pem && check_ca(c->ca_pem, err) < 0)
		return -1;
	if (!c->cert_pem != !c->key_pem)
		return err_set(err, ERR_FATAL, 0,
			       "a client certificate needs its key, and a key its certificate");
	return c->cert_pem ? check_pair(c->cert_pem, c->key_pem, err) : 0;
}
