/* requests and credentials against the fake API server */
#include "rig.h"

#include <sys/stat.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/metrics.h"
#include "common/base/str.h"
#include "controller/kube/config.h"

#define CM  "/api/v1/configmaps"
#define ONE "/api/v1/namespaces/ns/configmaps/a"

struct answer {
	unsigned n;
	int status;
	struct error err;
	char *body;
};

static void on_answer(void *ctx, int status, struct json_object *body, const struct error *err)
{
	struct answer *a = ctx;

	a->n++;
	a->status = status;
	a->err = *err;
	free(a->body);
	a->body = mem_strdup(body ? js_text(body, NULL) : "");
}

static struct answer ask(struct rig *r, struct kube_client *c, const char *method, const char *path)
{
	struct answer a = {0};

	kube_request(c, method, path, NULL, NULL, on_answer, &a);
	assert_int_equal(a.n, 0); /* never from inside */
	WAIT(r, a.n == 1);
	return a;
}

static void put_cm(struct rig *r)
{
	fake_kube_put(r->fake, CM,
		      "{\"metadata\":{\"namespace\":\"ns\",\"name\":\"a\",\"annotations\":{"
		      "\"keep\":\"1\"}}}");
}

static void annotates(void **state)
{
	struct rig *r = *state;
	struct kube_object o = {.kind = KUBE_CONFIGMAP, .ns = (char *)"ns", .name = (char *)"a"};
	struct answer a = {0};

	put_cm(r);
	kube_annotate(r->client, &o, "f5.com/x", "v", on_answer, &a);
	WAIT(r, a.n == 1);
	assert_int_equal(a.err.kind, ERR_NONE);
	assert_string_equal(
		js_text(js_at(fake_kube_get(r->fake, CM, "ns", "a"), "metadata.annotations"), NULL),
		"{\"keep\":\"1\",\"f5.com/x\":\"v\"}");
	kube_annotate(r->client, &o, "f5.com/x", NULL, on_answer, &a);
	WAIT(r, a.n == 2);
	assert_string_equal(
		js_text(js_at(fake_kube_get(r->fake, CM, "ns", "a"), "metadata.annotations"), NULL),
		"{\"keep\":\"1\"}");
	free(a.body);
}

static const struct {
	int status;
	const char *body;
	enum err_kind kind;
	const char *want;
} failures[] = {
	{400, NULL, ERR_INPUT, "GET " ONE ": HTTP 400: told so by a rule"},
	{403, NULL, ERR_INPUT, "HTTP 403: told so"},
	{404, NULL, ERR_GONE, "HTTP 404: told so"},
	{404, "404 page not found\n", ERR_GONE, "HTTP 404: 404 page not found"},
	{409, NULL, ERR_CONFLICT, "HTTP 409"},
	{410, NULL, ERR_GONE, "HTTP 410"},
	{422, NULL, ERR_INPUT, "HTTP 422"},
	{429, NULL, ERR_RETRY, "HTTP 429"},
	{500, NULL, ERR_RETRY, "HTTP 500"},
	{503, "<html>", ERR_RETRY, "HTTP 503: <html>"},
	{200, "<html>", ERR_RETRY, "not valid JSON"},
	{-1, NULL, ERR_RETRY, "GET " ONE ": "},
	{-2, "{", ERR_RETRY, "GET " ONE ": "},
};

static void failures_have_a_kind_and_the_servers_words(void **state)
{
	struct rig *r = *state;

	put_cm(r);
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		struct answer a;

		/* curl repeats a request whose kept-alive connection was closed without an answer
		 */
		fake_kube_rule(r->fake,
			       (struct fake_rule){.part = ONE,
						  .times = failures[i].status == -1 ? 5 : 1,
						  .status = failures[i].status,
						  .body = failures[i].body});
		a = ask(r, r->client, "GET", ONE);
		if (a.err.kind != failures[i].kind || !strstr(a.err.msg, failures[i].want))
			fail_row(failures[i].want, "kind %s: %s", err_kind_name(a.err.kind),
				 a.err.msg);
		fake_kube_rules_clear(r->fake);
		free(a.body);
	}
}

static void a_bad_url_is_an_answer_too(void **state)
{
	struct rig *r = *state;
	struct answer a = ask(r, r->client, "GET", "/with space");

	assert_int_not_equal(a.err.kind, ERR_NONE);
	free(a.body);
}

/* ---- credentials ---- */

static char dir[] = "/tmp/kube_client_XXXXXX";

static char *in_dir(const char *name)
{
	return mem_printf("%s/%s", dir, name);
}

static void write_file(const char *name, const char *text)
{
	autofree char *path = in_dir(name), *part = in_dir("part");
	FILE *f = fopen(part, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(part, 0755), 0);
	assert_int_equal(rename(part, path), 0);
}

static void a_rotated_token_is_read_again_at_401(void **state)
{
	struct rig *r = *state;
	autofree char *user = mem_printf("{tokenFile: %s/token}", dir);
	struct kube_client *c;
	struct answer a;

	put_cm(r);
	write_file("token", "one\n");
	fake_kube_expect_auth(r->fake, "Bearer one");
	c = rig_client(r, user);
	a = ask(r, c, "GET", ONE);
	assert_int_equal(a.status, 200);
	free(a.body);
	write_file("token", "two\n");
	fake_kube_expect_auth(r->fake, "Bearer two");
	fake_kube_requests_clear(r->fake);
	a = ask(r, c, "GET", ONE);
	assert_int_equal(a.status, 200);
	free(a.body);
	assert_int_equal(fake_kube_requests(r->fake, ONE),
			 2); /* refused, then again with the new one */
	fake_kube_expect_auth(r->fake, "Bearer three");
	fake_kube_requests_clear(r->fake);
	a = ask(r, c, "GET", ONE);
	assert_int_equal(a.status, 401);
	assert_int_equal(fake_kube_requests(r->fake, ONE), 1); /* nothing new to try */
	free(a.body);
	kube_client_close(c);
}

static void an_unreadable_token_fails_and_recovers(void **state)
{
	struct rig *r = *state;
	autofree char *user = mem_printf("{tokenFile: %s/later}", dir), *path = in_dir("later");
	struct kube_client *c = rig_client(r, user);
	struct answer a;

	put_cm(r);
	fake_kube_expect_auth(r->fake, "Bearer now");
	a = ask(r, c, "GET", ONE);
	assert_non_null(strstr(a.err.msg, "cannot read the token"));
	free(a.body);
	write_file("later", "no\nheader\n");
	a = ask(r, c, "GET", ONE);
	assert_non_null(strstr(a.err.msg, "holds no token"));
	free(a.body);
	write_file("later", "now");
	a = ask(r, c, "GET", ONE);
	assert_int_equal(a.status, 200);
	free(a.body);
	kube_client_close(c);
	unlink(path);
}

/* a plugin that counts its runs and prints what the file "credential" holds */
static char *plugin_user(void)
{
	autofree char *script = mem_printf("#!/bin/sh\necho run >>%s/runs\ncat %s/credential\n",
					   dir, dir);

	write_file("plugin", script);
	return mem_printf("{exec: {apiVersion: client.authentication.k8s.io/v1, command: "
			  "%s/plugin, installHint: get it}}",
			  dir);
}

static unsigned plugin_runs(void)
{
	autofree char *path = in_dir("runs");
	FILE *f = fopen(path, "re");
	unsigned n = 0;
	int c;

	while (f && (c = fgetc(f)) != EOF)
		n += c == '\n';
	if (f)
		fclose(f);
	return n;
}

static void set_credential(const char *token, const char *expires)
{
	autofree char *text = mem_printf("{\"kind\":\"ExecCredential\",\"apiVersion\":\"client."
					 "authentication.k8s.io/v1\",\"status\":{"
					 "\"token\":\"%s\"%s%s%s}}",
					 token, expires ? ",\"expirationTimestamp\":\"" : "",
					 expires ? expires : "", expires ? "\"" : "");

	write_file("credential", text);
}

static void an_exec_plugin_is_cached_and_renewed(void **state)
{
	struct rig *r = *state;
	autofree char *user = plugin_user(), *runs = in_dir("runs");
	struct kube_client *c = rig_client(r, user);
	struct answer a[3] = {0};

	put_cm(r);
	unlink(runs);
	set_credential("one", "2099-01-01T00:00:00Z");
	fake_kube_expect_auth(r->fake, "Bearer one");
	for (size_t i = 0; i < 3; i++)
		kube_request(c, "GET", ONE, NULL, NULL, on_answer, &a[i]);
	WAIT(r, a[0].n + a[1].n + a[2].n == 3);
	assert_int_equal(a[2].status, 200);
	assert_int_equal(plugin_runs(), 1);
	a[0].n = 0;
	rig_idle(r, 1100); /* not run again for what it has just given */
	set_credential("two", NULL);
	fake_kube_expect_auth(r->fake, "Bearer two");
	kube_request(c, "GET", ONE, NULL, NULL, on_answer, &a[0]);
	WAIT(r, a[0].n == 1);
	assert_int_equal(a[0].status, 200);
	assert_int_equal(plugin_runs(), 2);
	for (size_t i = 0; i < 3; i++)
		free(a[i].body);
	kube_client_close(c);
}

static void an_expired_credential_runs_the_plugin_again(void **state)
{
	struct rig *r = *state;
	autofree char *user = plugin_user(), *runs = in_dir("runs");
	struct kube_client *c = rig_client(r, user);
	struct answer a;

	put_cm(r);
	unlink(runs);
	set_credential("old", "2001-01-01T00:00:00Z");
	a = ask(r, c, "GET", ONE);
	assert_int_equal(a.status,
			 200); /* used, although it says that it has expired: the server decides */
	free(a.body);
	rig_idle(r, 1100);
	a = ask(r, c, "GET", ONE);
	free(a.body);
	assert_int_equal(plugin_runs(), 2);
	kube_client_close(c);
}

static void a_plugin_that_fails_is_explained(void **state)
{
	struct rig *r = *state;
	autofree char *user = plugin_user();
	struct kube_client *c = rig_client(r, user);
	struct answer a;

	write_file("plugin", "#!/bin/sh\necho no login >&2\nexit 3\n");
	a = ask(r, c, "GET", ONE);
	assert_non_null(strstr(a.err.msg, "credential plugin: "));
	assert_non_null(strstr(a.err.msg, "status 3"));
	assert_non_null(strstr(a.err.msg, "(get it)"));
	free(a.body);
	kube_client_close(c);
}

/* ---- connections ---- */

struct stream {
	unsigned n;
	struct error err;
};

static int on_data(void *ctx, const char *data, size_t len)
{
	return 0;
}

static void on_stream_done(void *ctx, const struct kube_reply *reply)
{
	struct stream *s = ctx;

	s->n++;
	s->err = reply->err;
}

static void a_dead_connection_ends_all_that_wait_on_it(void **state)
{
	struct rig *r = *state;
	struct stream s = {0};
	struct answer a = {0};

	kube_client_tuning(r->client)->request_timeout_ms = 100;
	fake_kube_rule(r->fake,
		       (struct fake_rule){.part = "/configmaps/a", .times = 1, .status = 0});
	(void)kube_call_start(
		r->client,
		&(struct kube_call_settings){.method = "GET",
					     .path = "/api/v1/nodes?watch=1&resourceVersion=1000",
					     .on_data = on_data,
					     .on_done = on_stream_done,
					     .ctx = &s});
	WAIT(r, fake_kube_watches(r->fake, "/api/v1/nodes") == 1);
	kube_request(r->client, "GET", ONE, NULL, NULL, on_answer, &a);
	WAIT(r, a.n == 1 && s.n == 1);
	assert_non_null(strstr(s.err.msg, "nothing came through the connection"));
	free(a.body);
	put_cm(r);
	a = ask(r, r->client, "GET", ONE);
	assert_int_equal(a.status, 200);
	free(a.body);
}

static void a_slow_answer_on_a_living_connection_harms_nobody(void **state)
{
	struct rig *r = *state;
	struct stream s = {0};
	struct answer a = {0};

	kube_client_tuning(r->client)->request_timeout_ms = 200;
	fake_kube_rule(r->fake,
		       (struct fake_rule){.part = "/configmaps/a", .times = 1, .status = 0});
	(void)kube_call_start(
		r->client,
		&(struct kube_call_settings){.method = "GET",
					     .path = "/api/v1/nodes?watch=1&resourceVersion=1000",
					     .on_data = on_data,
					     .on_done = on_stream_done,
					     .ctx = &s});
	WAIT(r, fake_kube_watches(r->fake, "/api/v1/nodes") == 1);
	kube_request(r->client, "GET", ONE, NULL, NULL, on_answer, &a);
	while (a.n == 0) {
		fake_kube_bookmark(r->fake, "/api/v1/nodes");
		rig_turn(r);
	}
	assert_int_equal(a.err.kind, ERR_RETRY);
	rig_idle(r, 50);
	assert_int_equal(s.n, 0);
	assert_int_equal(fake_kube_watches(r->fake, "/api/v1/nodes"), 1);
	free(a.body);
}

static void requests_and_lists_are_counted(void **state)
{
	struct rig *r = *state;
	autofree char *text = mem_printf(
		"current-context: c\ncontexts: [{name: c, context: {cluster: c}}]\n"
		"clusters: [{name: c, cluster: {server: \"http://127.0.0.1:%u\"}}]\n",
		fake_kube_port(r->fake));
	struct metrics *m = metrics_new();
	struct kube_config *config;
	struct kube_client *c;
	struct kube_store *s;
	struct strbuf out = {0};
	struct error err;
	struct answer a;

	assert_int_equal(kube_config_parse(text, strlen(text), "f", NULL, &config, &err), 0);
	assert_int_equal(kube_client_new(&r->loop, config, m, &c, &err), 0);
	a = ask(r, c, "GET", ONE);
	free(a.body);
	s = kube_store_new(c, &(struct kube_store_settings){.kind = KUBE_NODE});
	WAIT(r, kube_store_synced(s));
	metrics_render(m, &out);
	assert_non_null(strstr(str_get(&out),
			       "podlane_kube_requests_total{method=\"GET\",code=\"404\"} 1\n"));
	assert_non_null(strstr(str_get(&out),
			       "podlane_kube_requests_total{method=\"GET\",code=\"200\"} 1\n"));
	assert_non_null(strstr(str_get(&out), "podlane_kube_lists_total{kind=\"Node\"} 1\n"));
	str_release(&out);
	kube_store_close(s);
	kube_client_close(c);
	rig_idle(r, 30);
	metrics_free(m);
}

static int make_dir(void **state)
{
	return mkdtemp(dir) ? 0 : -1;
}

static int drop_dir(void **state)
{
	static const char *const names[] = {"token", "later",      "plugin",
					    "runs",  "credential", "part"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		autofree char *path = in_dir(names[i]);

		(void)unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
		T(annotates),
		T(failures_have_a_kind_and_the_servers_words),
		T(a_bad_url_is_an_answer_too),
		T(a_rotated_token_is_read_again_at_401),
		T(an_unreadable_token_fails_and_recovers),
		T(an_exec_plugin_is_cached_and_renewed),
		T(an_expired_credential_runs_the_plugin_again),
		T(a_plugin_that_fails_is_explained),
		T(a_dead_connection_ends_all_that_wait_on_it),
		T(requests_and_lists_are_counted),
		T(a_slow_answer_on_a_living_connection_harms_nobody),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
