#include "device.h"

/* admin:admin */
static const char basic[] = "Basic YWRtaW46YWRtaW4=";

void device_init(struct device *d, unsigned quirks)
{
	struct mock_settings s = {.quirks = quirks};
	struct error err;

	*d = (struct device){.mock = mock_new(&s), .now_us = 1573673389123456};
	assert_int_equal(mock_user_add(d->mock, "admin", "admin", "admin", &err), 0);
	device_must(d, "POST", "auth/partition", "{\"name\":\"P\"}");
}

static void forget(struct device *d)
{
	json_object_put(d->body);
	d->body = NULL;
	free(d->text);
	d->text = NULL;
}

void device_release(struct device *d)
{
	forget(d);
	mock_free(d->mock);
}

int device_ask(struct device *d, const char *method, const char *path, const char *body)
{
	autofree char *full = path[0] == '/' ? mem_strdup(path) : mem_printf("/mgmt/tm/%s", path);
	char *query = strchr(full, '?');
	struct mock_reply ret = {0};
	struct mock_request req = {.method = method, .path = full, .body = body ? body : ""};
	struct error err;

	if (query)
		*query++ = '\0';
	req.query = query;
	req.body_len = strlen(req.body);
	req.token = d->token;
	req.authorization = d->authorization ? d->authorization : d->token ? NULL : basic;
	if (d->authorization && !*d->authorization)
		req.authorization = NULL;
	req.coordination = d->coordination;
	req.peer = "192.0.2.1";
	req.now_us = ++d->now_us;
	mock_handle(d->mock, &req, &ret);
	forget(d);
	d->status = ret.status;
	d->text = str_take(&ret.body);
	if (ret.content_type && strstr(ret.content_type, "json") &&
	    js_parse(d->text, strlen(d->text), &d->body, &err) < 0)
		fail_row(path, "reply is not JSON (%s): %s", err.msg, d->text);
	return d->status;
}

void device_must(struct device *d, const char *method, const char *path, const char *body)
{
	if (device_ask(d, method, path, body) != 200)
		fail_row(path, "%s %s answered %d %s", method, body ? body : "", d->status,
			 d->text);
}

const char *device_string(struct device *d, const char *path)
{
	struct json_object *v = js_at(d->body, path);

	return v ? json_object_get_string(v) : "";
}

size_t device_items(struct device *d)
{
	return js_arr_len(js_arr(d->body, "items"));
}

struct json_object *device_item(struct device *d, unsigned i)
{
	struct json_object *items = js_arr(d->body, "items");

	return items ? json_object_array_get_idx(items, i) : NULL;
}

void device_script(struct device *d, const char *lines)
{
	autofree char *copy = mem_strdup(lines);
	char *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *path = strchr(line, ' '), *body;

		assert_non_null(path);
		*path++ = '\0';
		body = strchr(path, ' ');
		if (body)
			*body++ = '\0';
		device_must(d, line, path, body);
	}
}

char *read_whole(const char *path, size_t *ret_len)
{
	autofree char *full = mem_printf("%s/%s", TEST_SOURCE_DIR, path);
	FILE *f = fopen(full, "rb");
	struct strbuf b = {0};
	char buf[8192];
	size_t n;

	if (!f)
		fail_row(path, "cannot open");
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add_mem(&b, buf, n);
	fclose(f);
	*ret_len = b.len;
	return str_take(&b);
}
