/*
 * a loop with an httpd that does what the path says, and an httpc that talks to it
 *
 *   /echo            method, path, query, header X-Test and body as text
 *   /late?MS         "late" after MS milliseconds
 *   /big?N           N bytes 'x'
 *   /cut?SENT        promises 100 bytes, sends SENT, cuts
 *   /drop            closes without an answer
 *   /status?CODE     that status with "Retry-After: 7"
 *   /hang            no answer
 *   /stream          a stream that the test writes to (web.stream)
 */
#ifndef TESTS_UNIT_COMMON_WEB_H
#define TESTS_UNIT_COMMON_WEB_H

#include "certs.h"
#include "common/base/str.h"
#include "common/ev/httpc.h"
#include "common/ev/httpd.h"

struct late;

struct web {
	uv_loop_t loop;
	uv_timer_t deadline;
	bool expired;
	struct cert ca, server;
	bool tls;
	struct httpd *httpd;
	struct httpc *httpc;
	struct httpd_request *stream, *hanging;
	unsigned asked, gone, at_once, most_at_once;
	struct late *late;
};

/* what became of a request */
struct outcome {
	unsigned done;
	int status;
	struct strbuf body, streamed;
	unsigned pieces;
	char content_type[64];
	int64_t retry_after_ms;
	bool maybe_sent;
	struct error err;
	struct web *web;
	int (*on_data)(struct outcome *o);
	void (*on_done)(struct outcome *o);
	struct httpc_call *call;
};

struct web_settings {
	bool tls;
	size_t max_body;
	struct httpc_settings client; /* ca_pem is filled in when tls and nothing is set */
};

void web_start(struct web *w, const struct web_settings *s);
/** web_stop - closes both sides and asserts that the loop drains */
void web_stop(struct web *w);
/** web_send - @req may give anything but url, on_done and ctx */
void web_send(struct web *w, struct outcome *o, const char *path, struct httpc_request req);
/** web_stream - as req.on_data: let the outcome collect the body piece by piece */
int web_stream(void *ctx, const char *data, size_t len);
/** web_wait - run the loop until *@n >= @want; fails the test after 10 s */
void web_wait(struct web *w, const unsigned *n, unsigned want);
/** web_run_ms - let the loop run that long */
void web_run_ms(struct web *w, unsigned ms);
const char *web_url(struct web *w, const char *path);
void outcome_release(struct outcome *o);

#endif
