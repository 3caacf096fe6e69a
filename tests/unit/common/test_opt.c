#include "check.h"

#include <limits.h>

#include "common/base/mem.h"
#include "common/base/opt.h"
#include "common/base/str.h"

struct target {
	char *url, *password;
	struct opt_strings namespaces;
	int interval, port;
	bool insecure, verbose;
};

static const struct opt table[] = {
	{"bigip-url", 0, OPT_STRING, 0, offsetof(struct target, url),
	 .help = "where the BIG-IP is"},
	{"bigip-password", 'p', OPT_STRING, OPT_SECRET, offsetof(struct target, password),
	 .help = "its password"},
	{"namespace", 'n', OPT_STRINGS, 0, offsetof(struct target, namespaces), .def = "default",
	 .value = "NAMESPACE", .help = "watch this namespace"},
	{"verify-interval", 0, OPT_SECONDS, 0, offsetof(struct target, interval), 0, INT_MAX, "30",
	 .help = "look for drift that often"},
	{"port", 'P', OPT_INT, 0, offsetof(struct target, port), 1, 65535, .help = "a port"},
	{"insecure", 'k', OPT_BOOL, 0, offsetof(struct target, insecure), .help = "do not verify"},
	{"verbose", 'v', OPT_BOOL, 0, offsetof(struct target, verbose), .def = "true",
	 .help = "talk"},
	{"gtm-bigip-url", 0, OPT_STRING, OPT_IGNORED, .help = "podlane does not do DNS"},
	{"gtm-retries", 0, OPT_INT, OPT_IGNORED, .help = "podlane does not do DNS"},
	{NULL},
};

/* what was understood, in one line */
static char *describe(const struct target *t, const struct opt_result *res)
{
	struct strbuf b = {0};

	str_addf(&b, "url=%s pw=%s ns=", t->url ? t->url : "-", t->password ? t->password : "-");
	for (size_t i = 0; i < t->namespaces.n; i++)
		str_addf(&b, "%s%s", i ? "," : "", t->namespaces.items[i]);
	str_addf(&b, " every=%d port=%d k=%d v=%d", t->interval, t->port, t->insecure, t->verbose);
	for (size_t i = 0; i < res->n_args; i++)
		str_addf(&b, " [%s]", res->args[i]);
	if (res->help)
		str_add(&b, " help");
	return str_take(&b);
}

enum { MAX_ARGS = 16 };

struct line {
	char text[512];
	char *argv[MAX_ARGS];
	int argc;
};

/* words separated by '|' */
static void split(struct line *l, const char *words)
{
	(void)snprintf(l->text, sizeof(l->text), "podlane|%s", words);
	l->argc = 0;
	for (char *p = l->text; p && l->argc < MAX_ARGS;) {
		l->argv[l->argc++] = strsep(&p, "|");
	}
	if (!words[0])
		l->argc = 1;
}

#define DEFAULTS "url=- pw=- ns=default every=30 port=0 k=0 v=1"

static void test_accepted(void **state)
{
	static const struct {
		const char *name, *words, *want;
	} rows[] = {
		{"nothing", "", DEFAULTS},
		{"= and the next word", "--bigip-url=a=b|--port|80",
		 "url=a=b pw=- ns=default every=30 port=80 k=0 v=1"},
		{"an empty value is a value",
		 "--bigip-url=", "url= pw=- ns=default every=30 port=0 k=0 v=1"},
		{"the next word may look like a flag", "--bigip-url|--port",
		 "url=--port pw=- ns=default every=30 port=0 k=0 v=1"},
		{"the last one counts", "--port=1|--port=2",
		 "url=- pw=- ns=default every=30 port=2 k=0 v=1"},
		{"lists grow and replace their default", "--namespace=a|-n|b,c|-nd",
		 "url=- pw=- ns=a,b,c,d every=30 port=0 k=0 v=1"},
		{"a boolean takes no next word", "--insecure|false",
		 "url=- pw=- ns=default every=30 port=0 k=1 v=1 [false]"},
		{"booleans by value", "--insecure=T|--verbose=0",
		 "url=- pw=- ns=default every=30 port=0 k=1 v=0"},
		{"letters together", "-kP8080|-v=FALSE",
		 "url=- pw=- ns=default every=30 port=8080 k=1 v=0"},
		{"numbers as pflag reads them", "--port=0x1F90|--verify-interval=017",
		 "url=- pw=- ns=default every=15 port=8080 k=0 v=1"},
		{"seconds with units", "--verify-interval=1h2m3s",
		 "url=- pw=- ns=default every=3723 port=0 k=0 v=1"},
		{"secret", "-p|s3cret", "url=- pw=s3cret ns=default every=30 port=0 k=0 v=1"},
		{"positional between flags", "plan|--port=1|-|x",
		 "url=- pw=- ns=default every=30 port=1 k=0 v=1 [plan] [-] [x]"},
		{"-- ends the flags", "--|--port=1|--", DEFAULTS " [--port=1] [--]"},
		{"help", "--help|--nonsense", DEFAULTS " help"},
		{"short help", "-h", DEFAULTS " help"},
		{"ignored flags take their value", "--gtm-bigip-url|x|--gtm-retries=3", DEFAULTS},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct opt_result res;
		struct target t = {0};
		struct error err = {0};
		char *got;
		struct line l;

		split(&l, rows[i].words);
		if (opt_parse(table, &t, l.argc, l.argv, &res, &err) < 0)
			fail_row(rows[i].name, "%s", err.msg);
		got = describe(&t, &res);
		if (strcmp(got, rows[i].want) != 0)
			fail_row(rows[i].name, "%s", got);
		free(got);
		opt_release(table, &t, &res);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *name, *words, *want;
	} rows[] = {
		{"a typing mistake names the nearest", "--verify-interal=3",
		 "unknown flag '--verify-interal', did you mean '--verify-interval'?"},
		{"nothing near", "--completely-different", "unknown flag '--completely-different'"},
		{"the value of an unknown flag is not repeated", "--bigip-pasword=s3cret",
		 "unknown flag '--bigip-pasword', did you mean '--bigip-password'?"},
		{"a prefix is not the flag", "--por=1",
		 "unknown flag '--por', did you mean '--port'?"},
		{"long flag with one dash", "-namespac", NULL},
		{"unknown word after one dash", "-xyz=1",
		 "unknown flag '-xyz', long flags begin with '--'"},
		{"unknown letter", "-x", "unknown flag '-x'"},
		{"value missing", "--port", "flag '--port' needs a value"},
		{"letter's value missing", "-P", "flag '--port' needs a value"},
		{"not a number", "--port=http", "flag '--port' needs a number, not 'http'"},
		{"empty number", "--port=", "flag '--port' needs a number, not ''"},
		{"trailing text", "--port=80a", "flag '--port' needs a number, not '80a'"},
		{"below the range", "--port=0", "flag '--port' must be from 1 to 65535, not 0"},
		{"above the range", "--port=65536",
		 "flag '--port' must be from 1 to 65535, not 65536"},
		{"far above", "--port=99999999999999999999",
		 "flag '--port' needs a number, not '99999999999999999999'"},
		{"not a boolean", "--insecure=maybe",
		 "flag '--insecure' is true or false, not 'maybe'"},
		{"fractions of seconds", "--verify-interval=500ms",
		 "flag '--verify-interval' needs a number of seconds, not '500ms'"},
		{"units in the wrong order", "--verify-interval=1s1h",
		 "flag '--verify-interval' needs a number of seconds, not '1s1h'"},
		{"ignored flags are still checked", "--gtm-retries=x",
		 "flag '--gtm-retries' needs a number, not 'x'"},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct opt_result res;
		struct target t = {0};
		struct error err = {0};
		struct line l;
		int r;

		split(&l, rows[i].words);
		r = opt_parse(table, &t, l.argc, l.argv, &res, &err);
		if (!rows[i].want) { /* -namespac is -n amespac, as in pflag */
			assert_int_equal(r, 0);
			assert_string_equal(t.namespaces.items[0], "amespac");
		} else if (r == 0 || err.kind != ERR_INPUT || strcmp(err.msg, rows[i].want) != 0) {
			fail_row(rows[i].name, "%d %s", r, err.msg);
		}
		opt_release(table, &t, &res);
	}
}

static void test_secrets_leave_argv(void **state)
{
	struct opt_result res;
	struct target t = {0};
	struct line l;

	split(&l, "--bigip-password=s3cret|--bigip-url=u|--bigip-password|t0p|-psesame");
	assert_int_equal(opt_parse(table, &t, l.argc, l.argv, &res, NULL), 0);
	assert_string_equal(t.password, "sesame");
	assert_string_equal(l.argv[1], "--bigip-password=xxxxxx");
	assert_string_equal(l.argv[2], "--bigip-url=u");
	assert_string_equal(l.argv[4], "xxx");
	assert_string_equal(l.argv[5], "-pxxxxxx");
	opt_release(table, &t, &res);
}

static void note(void *ctx, const char *name, const char *why)
{
	str_addf(ctx, "%s: %s;", name, why);
}

static void test_seen_and_ignored(void **state)
{
	struct strbuf b = {0};
	struct opt_result res;
	struct target t = {0};
	struct line l;

	split(&l, "--gtm-bigip-url=x|--verify-interval=30");
	assert_int_equal(opt_parse(table, &t, l.argc, l.argv, &res, NULL), 0);
	assert_true(opt_seen(table, &res, "verify-interval"));
	assert_false(opt_seen(table, &res, "port"));
	assert_false(opt_seen(table, &res, "no-such-flag"));
	opt_ignored(table, &res, note, &b);
	assert_string_equal(str_get(&b), "gtm-bigip-url: podlane does not do DNS;");
	str_release(&b);
	opt_release(table, &t, &res);
}

static void test_help(void **state)
{
	static const struct opt rows[] = {
		{"name", 'n', OPT_STRING, 0, 0, .def = "x", .value = "NAME",
		 .help = "words that together are longer than a line of one hundred columns can "
			 "be, so "
			 "that they must be wrapped"},
		{"count", 0, OPT_INT, 0, 0, 1, 9, .help = "how many"},
		{"at-least", 0, OPT_SECONDS, 0, 0, 1, INT_MAX, "5", .help = "wait"},
		{"old", 0, OPT_STRING, OPT_HIDDEN, 0, .help = "unseen"},
		{"secret", 0, OPT_STRING, OPT_SECRET, 0, .def = "hush", .help = "say it"},
		{"yes", 0, OPT_BOOL, 0, 0, .help = "agree"},
		{NULL},
	};
	struct strbuf b = {0};

	opt_help(rows, &b);
	assert_string_equal(
		str_get(&b),
		"  -n, --name=NAME\n"
		"        words that together are longer than a line of one hundred columns can be, "
		"so that they must\n"
		"        be wrapped (default x)\n"
		"      --count=NUMBER\n"
		"        how many (1 to 9)\n"
		"      --at-least=SECONDS\n"
		"        wait (at least 1) (default 5)\n"
		"      --secret=TEXT\n"
		"        say it\n"
		"      --yes\n"
		"        agree\n");
	str_release(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_secrets_leave_argv),
		cmocka_unit_test(test_seen_and_ignored),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
