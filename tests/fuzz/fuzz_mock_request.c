/*
 * Requests to mock-bigip through its pure layer. The input is lines "METHOD path?query", each
 * followed by a line with the body (empty: none); a body line that starts with '!' makes the
 * request part of the last transaction. After all requests the tree must still be whole: saved
 * and loaded again it is the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "bigip/mock/mock.h"
#include "common/base/json.h"
#include "common/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_REQUESTS = 64 };

static void one(struct mock *m, char *line, char *body, char txn[24], int64_t now_us)
{
	char *path = strchr(line, ' '), *query;
	struct mock_reply ret = {0};
	struct mock_request req = {.method = line, .peer = "127.0.0.1", .now_us = now_us};
	autojson struct json_object *reply = NULL;
	struct error err;

	if (!path)
		return;
	*path++ = '\0';
	query = strchr(path, '?');
	if (query)
		*query++ = '\0';
	if (*body == '!') {
		req.coordination = txn;
		body++;
	}
	req.path = path;
	req.query = query;
	req.body = body;
	req.body_len = strlen(body);
	req.authorization = "Basic YWRtaW46YWRtaW4=";
	mock_handle(m, &req, &ret);
	if (ret.status < 200 || ret.status > 599)
		abort();
	if (ret.content_type && strstr(ret.content_type, "json")) {
		/* whatever came in, JSON goes out */
		if (js_parse(str_get(&ret.body), ret.body.len, &reply, &err) < 0)
			abort();
		if (js_key(reply, "transId"))
			snprintf(txn, 24, "%s", js_str(reply, "transId", "") ? "" : "");
		if (js_int(reply, "transId", 0))
			snprintf(txn, 24, "%lld", (long long)js_int(reply, "transId", 0));
	}
	str_release(&ret.body);
}

static void check_whole(struct mock *m)
{
	struct mock_settings s = {0};
	struct mock *again = mock_new(&s);
	struct strbuf a = {0}, b = {0};
	struct error err;

	mock_save(m, &a);
	if (mock_load(again, str_get(&a), a.len, 1, &err) < 0) {
		fprintf(stderr, "saved tree is refused: %s\n%s", err.msg, str_get(&a));
		abort();
	}
	mock_save(again, &b);
	if (strcmp(str_get(&a), str_get(&b)) != 0) {
		fprintf(stderr, "saved: %s\nloaded: %s", str_get(&a), str_get(&b));
		abort();
	}
	str_release(&a);
	str_release(&b);
	mock_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mock_settings s = {.quirks = MOCK_QUIRKS_DEFAULT};
	autofree char *text = NULL;
	char txn[24] = "1", *line;
	struct mock *m;
	struct error err;
	int64_t now_us = 1573673389123456;

	if (size > 65536 || memchr(data, '\0', size))
		return 0;
	text = mem_strndup((const char *)data, size);
	m = mock_new(&s);
	(void)mock_user_add(m, "admin", "admin", "admin", &err);
	line = text;
	for (unsigned n = 0; line && *line && n < MAX_REQUESTS; n++) {
		char *body = strchr(line, '\n'), *next;

		if (!body)
			break;
		*body++ = '\0';
		next = strchr(body, '\n');
		if (next)
			*next++ = '\0';
		one(m, line, body, txn, now_us += 1000);
		line = next;
	}
	check_whole(m);
	mock_free(m);
	return 0;
}
