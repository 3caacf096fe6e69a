#include "bigip/rest/reply.h"

#include <stdbool.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"

enum {
	API_ERROR_MCPD_LOST = 32768001,
	API_ERROR_ASYNC_TASK = 32964609,
};

/* error bodies are small; whatever is larger is not one */
enum { MAX_ERROR_BODY = 256 << 10 };

struct facts {
	bool json;
	const char *text;  /* message of the JSON, or "" */
	int64_t api_error; /* 0: absent */
	bool has_stack, from_restjavad, has_remote_sender;
};

const char *bigip_reply_name(enum bigip_reply_verdict v)
{
	static const char *const names[] = {
		[BIGIP_REPLY_OK] = "ok",
		[BIGIP_REPLY_DONE] = "done",
		[BIGIP_REPLY_CONFLICT] = "conflict",
		[BIGIP_REPLY_VANISHED] = "vanished",
		[BIGIP_REPLY_REFUSED] = "refused",
		[BIGIP_REPLY_BUSY] = "busy",
		[BIGIP_REPLY_NOT_READY] = "not-ready",
		[BIGIP_REPLY_AUTH] = "auth",
		[BIGIP_REPLY_UNKNOWN] = "unknown",
	};

	return names[v];
}

static bool is_html(const char *content_type, const char *body)
{
	body += strspn(body, " \t\r\n");
	return strcasestr(content_type, "html") || *body == '<';
}

/* one line, no control characters, not cut inside a UTF-8 sequence */
static void copy_line(char message[static BIGIP_MESSAGE_MAX], const char *s, size_t n)
{
	size_t out = 0;

	for (size_t i = 0; i < n && out < BIGIP_MESSAGE_MAX - 1; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c <= ' ' || c == 0x7f) {
			if (out > 0 && message[out - 1] != ' ')
				message[out++] = ' ';
		} else {
			message[out++] = (char)c;
		}
	}
	if (out == BIGIP_MESSAGE_MAX - 1) {
		while (out > 0 && ((unsigned char)message[out - 1] & 0x80)) {
			unsigned char c = (unsigned char)message[--out];

			if (c & 0x40)
				break; /* the first byte of what may be an incomplete sequence */
		}
	}
	while (out > 0 && message[out - 1] == ' ')
		out--;
	message[out] = '\0';
}

/* the title says it all: "401 F5 Authorization Required", "Configuration Utility restarting..." */
static void html_text(char message[static BIGIP_MESSAGE_MAX], const char *body)
{
	const char *from = strcasestr(body, "<title>"), *to;

	if (from) {
		from += strlen("<title>");
		to = strcasestr(from, "</title>");
	} else {
		from = strcasestr(body, "<h1>");
		from = from ? from + strlen("<h1>") : body;
		to = strcasestr(from, "</h1>");
	}
	copy_line(message, from, to ? (size_t)(to - from) : 0);
}

static struct facts read_facts(struct json_object *o)
{
	struct facts f = {.text = ""};

	if (!json_object_is_type(o, json_type_object))
		return f;
	f.json = true;
	f.text = js_str(o, "message", "");
	f.api_error = js_int(o, "apiError", 0);
	f.has_stack = js_key(o, "errorStack") != NULL;
	f.has_remote_sender = js_key(o, "remoteSender") != NULL;
	f.from_restjavad = js_key(o, "restOperationId") ||
			   str_eq(js_str(o, "kind", NULL), ":resterrorresponse");
	return f;
}

static bool says_timeout(const char *text)
{
	return strstr(text, "TimeoutException") || strcasestr(text, "AsyncContext timeout");
}

static enum bigip_reply_verdict judge_404(const char *method, const struct facts *f)
{
	/* 11.5 has no apiError (icontrol.md 1.6) */
	bool absent = f->json && !f->from_restjavad && (f->api_error || f->has_stack);

	if (!absent)
		return BIGIP_REPLY_NOT_READY;
	return str_eq(method, "DELETE") ? BIGIP_REPLY_DONE : BIGIP_REPLY_VANISHED;
}

static enum bigip_reply_verdict judge_400(const struct facts *f)
{
	if (f->has_remote_sender || says_timeout(f->text))
		return BIGIP_REPLY_UNKNOWN;
	if (str_starts(f->text, "01071003:")) /* provisioning is in progress */
		return BIGIP_REPLY_NOT_READY;
	return BIGIP_REPLY_REFUSED;
}

static enum bigip_reply_verdict judge_500(const struct facts *f, const char *body)
{
	if (says_timeout(f->json ? f->text : body))
		return BIGIP_REPLY_UNKNOWN;
	if (f->api_error == API_ERROR_MCPD_LOST || strstr(f->text, "connection to mcpd"))
		return BIGIP_REPLY_NOT_READY;
	/* words about this one request must not stop all others; anything else is a broken device
	 */
	return f->text[0] ? BIGIP_REPLY_REFUSED : BIGIP_REPLY_NOT_READY;
}

static enum bigip_reply_verdict judge(const char *method, int status, const struct facts *f,
				      const char *body)
{
	if (f->api_error == API_ERROR_ASYNC_TASK)
		return BIGIP_REPLY_BUSY;
	switch (status) {
	case 400:
		return judge_400(f);
	case 401:
		return BIGIP_REPLY_AUTH;
	case 404:
		return judge_404(method, f);
	case 409:
		return str_eq(method, "POST") ? BIGIP_REPLY_CONFLICT : BIGIP_REPLY_REFUSED;
	case 429:
		return BIGIP_REPLY_BUSY;
	case 500:
		return judge_500(f, body);
	case 502:
		return BIGIP_REPLY_NOT_READY;
	case 503: /* HTML: Apache without restjavad behind it */
		return f->json ? BIGIP_REPLY_BUSY : BIGIP_REPLY_NOT_READY;
	case 504:
		return BIGIP_REPLY_UNKNOWN;
	default:
		return status >= 400 ? BIGIP_REPLY_REFUSED : BIGIP_REPLY_NOT_READY;
	}
}

enum bigip_reply_verdict bigip_reply_classify(const char *method, int status,
					      const char *content_type, const char *body,
					      size_t len, char message[static BIGIP_MESSAGE_MAX])
{
	autojson struct json_object *o = NULL;
	bool html = is_html(content_type, body);
	struct facts f;

	message[0] = '\0';
	if (status / 100 == 2 && !html)
		return BIGIP_REPLY_OK;
	if (html)
		html_text(message, body);
	else if (len <= MAX_ERROR_BODY)
		(void)js_parse(body, len, &o, NULL);
	f = read_facts(o);
	if (f.text[0])
		copy_line(message, f.text, strlen(f.text));
	if (!message[0])
		snprintf(message, BIGIP_MESSAGE_MAX, "HTTP status %d without a message", status);
	if (status / 100 == 2)
		return BIGIP_REPLY_NOT_READY; /* a login page or a notice instead of the API */
	return judge(method, status, &f, body);
}
