/* httpc: curl's results in the words of our users */
#include "common/base/mem.h"
#include "common/ev/httpc_int.h"

enum { MAX_RETRY_AFTER_S = 86400 };

/* "host:port"; IPv6 addresses keep their brackets */
static char *host_port(const char *url)
{
	char *host = NULL, *port = NULL, *text;
	CURLU *u = curl_url();

	(void)curl_url_set(u, CURLUPART_URL, url, 0);
	(void)curl_url_get(u, CURLUPART_HOST, &host, 0);
	(void)curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT);
	text = mem_printf("%s:%s", host ? host : "?", port ? port : "?");
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return text;
}

static const char *curl_says(struct httpc_call *call, CURLcode code)
{
	return call->curl_text[0] ? call->curl_text : curl_easy_strerror(code);
}

static bool connected(struct httpc_call *call)
{
	curl_off_t us = 0;

	curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &us);
	return us > 0;
}

static void explain_connect(struct httpc_call *call, CURLcode code, const char *where,
			    struct error *err)
{
	long number = 0;

	curl_easy_getinfo(call->easy, CURLINFO_OS_ERRNO, &number);
	err_set(err, ERR_RETRY, (int)number, "cannot connect to %s: %s", where,
		number ? strerror((int)number) : curl_says(call, code));
}

static void explain_verify(struct httpc_call *call, CURLcode code, const char *where,
			   struct error *err)
{
	const char *why = curl_says(call, code);

	if (str_starts(why, "SSL certificate problem: "))
		why += strlen("SSL certificate problem: ");
	else if (str_starts(why, "SSL: "))
		why += strlen("SSL: ");
	err_set(err, ERR_RETRY, 0, "cannot connect to %s: TLS: certificate verify failed (%s)",
		where, why);
}

static void explain_timeout(struct httpc_call *call, const char *where, struct error *err)
{
	if (!connected(call))
		err_set(err, ERR_RETRY, 0, "cannot connect to %s: no answer in time", where);
	else if (call->status == 0)
		err_set(err, ERR_RETRY, 0, "no reply from %s within %u ms", where,
			call->timeout_ms);
	else
		err_set(err, ERR_RETRY, 0, "reply from %s is not complete after %u ms", where,
			call->timeout_ms);
}

void httpc_explain(struct httpc_call *call, CURLcode code, struct error *err)
{
	autofree char *where = host_port(call->url);

	switch (code) {
	case CURLE_OK:
		err_set(err, ERR_RETRY, 0, "connection to %s broke: the reply has no complete head",
			where);
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		err_set(err, ERR_RETRY, 0, "cannot resolve the name in %s: %s", where,
			curl_says(call, code));
		break;
	case CURLE_COULDNT_CONNECT:
		explain_connect(call, code, where, err);
		break;
	case CURLE_OPERATION_TIMEDOUT:
		explain_timeout(call, where, err);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
		explain_verify(call, code, where, err);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		err_set(err, ERR_RETRY, 0, "cannot connect to %s: TLS: %s", where,
			curl_says(call, code));
		break;
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_CIPHER:
		err_set(err, ERR_FATAL, 0, "cannot use the settings for %s: %s", where,
			curl_says(call, code));
		break;
	default:
		err_set(err, ERR_RETRY, 0, "connection to %s broke%s: %s", where,
			call->status ? " in the middle of the reply" : "", curl_says(call, code));
	}
}

bool httpc_maybe_sent(struct httpc_call *call)
{
	long head_bytes = 0;

	curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &head_bytes);
	return head_bytes > 0 || call->status > 0;
}

int64_t httpc_retry_after_ms(struct httpc_call *call)
{
	struct curl_header *h;
	unsigned long long seconds;

	if (curl_easy_header(call->easy, "Retry-After", 0, CURLH_HEADER, -1, &h) != CURLHE_OK ||
	    str_to_u64(h->value, 0, MAX_RETRY_AFTER_S, &seconds) < 0)
		return -1;
	return (int64_t)seconds * 1000;
}
