#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/cluster/settings.h"

enum { ARGS_MAX = 24 };

struct parsed {
	struct settings s;
	struct error err;
	struct strbuf notes;
	char *argv[ARGS_MAX + 2];
	int argc, r;
};

static void note(void *ctx, const char *line)
{
	str_addf(ctx, "%s\n", line);
}

static void parse(struct parsed *p, const char *const *args)
{
	*p = (struct parsed){0};
	p->argv[p->argc++] = mem_strdup("podlane-controller");
	for (size_t i = 0; i < ARGS_MAX && args[i]; i++)
		p->argv[p->argc++] = mem_strdup(args[i]);
	p->r = settings_parse(p->argc, p->argv, note, &p->notes, &p->s, &p->err);
}

static void done(struct parsed *p)
{
	settings_release(&p->s);
	str_release(&p->notes);
	for (int i = 0; i < p->argc; i++)
		free(p->argv[i]);
}

#define DEVICE                                                                                     \
	"--bigip-url=192.0.2.1", "--bigip-username=admin", "--bigip-password=secret",              \
		"--bigip-partition=K8S"

/* the arguments of the published set-ups */
static void published_deployments_start(void **state)
{
	static const char *const seed_000[] = {"--bigip-username=admin",
					       "--bigip-password=x",
					       "--bigip-url=192.0.2.1",
					       "--bigip-partition=K8S",
					       "--pool-member-type=cluster",
					       "--insecure=true",
					       NULL};
	static const char *const seed_003[] = {"--bigip-username=admin",
					       "--bigip-password=f5,123",
					       "--bigip-url=11.11.250.12",
					       "--bigip-partition=Cilium",
					       "--pool-member-type=cluster",
					       "--vs-snat-pool-name=SNAT-vlan130",
					       NULL};
	struct credentials c = {0};
	struct parsed p;

	parse(&p, seed_000);
	assert_int_equal(p.r, 0);
	assert_true(p.s.cluster_mode && p.s.insecure);
	assert_string_equal(str_get(&p.notes), "");
	done(&p);

	parse(&p, seed_003);
	assert_int_equal(p.r, 0);
	assert_true(p.s.cluster_mode && !p.s.insecure && p.s.in_cluster && p.s.use_node_internal);
	assert_string_equal(p.s.snat_pool, "SNAT-vlan130");
	assert_string_equal(p.s.partition_list[0], "Cilium");
	assert_null(p.s.partition_list[1]);
	assert_int_equal(settings_credentials(&p.s, &c, &p.err), 0);
	assert_string_equal(c.url, "https://11.11.250.12");
	assert_string_equal(c.password, "f5,123");
	credentials_release(&c);
	for (int i = 0; i < p.argc; i++)
		assert_null(strstr(p.argv[i], "f5,123")); /* ps must not show it */
	done(&p);
}

static const struct {
	const char *name;
	const char *args[8];
	const char *want; /* part of the error; NULL: good */
} cases[] = {
	{"nothing at all", {NULL}, "--bigip-partition is missing"},
	{"Common is never managed", {"--bigip-partition=Common"}, "--bigip-partition=Common"},
	{"Common anywhere in the list",
	 {DEVICE, "--bigip-partition=Common"},
	 "--bigip-partition=Common"},
	{"several partitions", {DEVICE, "--bigip-partition=other"}, NULL},
	{"a partition with a slash", {"--bigip-partition=a/b"}, "'a/b' is no partition name"},
	{"no URL", {"--bigip-partition=K8S", "--bigip-username=a", "--bigip-password=b"}, "no URL"},
	{"no user",
	 {"--bigip-partition=K8S", "--bigip-url=h", "--bigip-password=b"},
	 "no user name"},
	{"no password",
	 {"--bigip-partition=K8S", "--bigip-url=h", "--bigip-username=b"},
	 "no password"},
	{"a directory may be filled later",
	 {"--bigip-partition=K8S", "--credentials-directory=/does/not/exist"},
	 NULL},
	{"http is refused",
	 {"--bigip-partition=K8S", "--bigip-url=http://h", "--bigip-username=a",
	  "--bigip-password=b"},
	 "only https"},
	{"a path is refused",
	 {"--bigip-partition=K8S", "--bigip-url=https://h/x", "--bigip-username=a",
	  "--bigip-password=b"},
	 "nothing may follow"},
	{"log level in any case", {DEVICE, "--log-level=debug"}, NULL},
	{"unknown log level", {DEVICE, "--log-level=LOUD"}, "'LOUD' is not one of"},
	{"empty log level", {DEVICE, "--log-level="}, "--log-level"},
	{"namespace and label exclude each other",
	 {DEVICE, "--namespace=a", "--namespace-label=b"},
	 "exclude each other"},
	{"an empty namespace", {DEVICE, "--namespace="}, "--namespace is empty"},
	{"unknown member type",
	 {DEVICE, "--pool-member-type=pods"},
	 "not one of cluster, nodeport"},
	{"nodeportlocal is said to be missing",
	 {DEVICE, "--pool-member-type=nodeportlocal"},
	 "not supported"},
	{"unknown flag names the nearest", {DEVICE, "--verify-interal=3"}, "--verify-interval"},
	{"a detached boolean value", {DEVICE, "--insecure", "true"}, "'true' is not a flag"},
	{"listen address without port",
	 {DEVICE, "--http-listen-address=1.2.3.4"},
	 "--http-listen-address"},
	{"listen on IPv6", {DEVICE, "--http-listen-address=[::]:8080"}, NULL},
	{"trusted ConfigMap without namespace",
	 {DEVICE, "--trusted-certs-cfgmap=certs"},
	 "NAMESPACE/NAME"},
	{"trusted ConfigMap", {DEVICE, "--trusted-certs-cfgmap=kube-system/certs"}, NULL},
	{"negative verify interval means the default", {DEVICE, "--verify-interval=-5"}, NULL},
	{"a number that is none", {DEVICE, "--verify-interval=soon"}, "verify-interval"},
	{"too many connections", {DEVICE, "--bigip-connections=11"}, "bigip-connections"},
};

static void checks(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct parsed p;

		parse(&p, cases[i].args);
		if (!cases[i].want && p.r < 0)
			fail_row(cases[i].name, "refused: %s", p.err.msg);
		if (cases[i].want && p.r == 0)
			fail_row(cases[i].name, "accepted");
		if (cases[i].want && !strstr(p.err.msg, cases[i].want))
			fail_row(cases[i].name, "error is: %s", p.err.msg);
		done(&p);
	}
}

static void flags_of_other_front_ends_are_named(void **state)
{
	static const char *const args[] = {DEVICE,
					   "--agent=cccl",
					   "--manage-ingress=false",
					   "--custom-resource-mode",
					   "--flannel-name=/Common/t",
					   "--gtm-bigip-password=top",
					   NULL};
	struct parsed p;

	parse(&p, args);
	assert_int_equal(p.r, 0);
	assert_non_null(strstr(str_get(&p.notes), "--agent has no effect"));
	assert_non_null(
		strstr(str_get(&p.notes),
		       "--manage-ingress has no effect: it belongs to the Ingress front end"));
	assert_non_null(strstr(str_get(&p.notes), "--custom-resource-mode"));
	assert_non_null(strstr(str_get(&p.notes), "--flannel-name"));
	assert_null(strstr(str_get(&p.notes), "top"));
	for (int i = 0; i < p.argc; i++)
		assert_null(strstr(p.argv[i], "=top"));
	assert_int_equal(p.s.verify_interval_s, 30);
	done(&p);
}

static const struct {
	const char *text, *want;
} urls[] = {
	{"11.11.250.12", "https://11.11.250.12"},
	{"bigip.example", "https://bigip.example"},
	{"bigip.example:8443", "https://bigip.example:8443"},
	{"https://bigip.example:8443/", "https://bigip.example:8443"},
	{"2001:db8::1", "https://[2001:db8::1]"},
	{"https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"},
	{"[2001:db8::1]", "https://[2001:db8::1]"},
	{"", NULL},
	{"https://", NULL},
	{"host:0", NULL},
	{"host:99999", NULL},
	{"user@host", NULL},
	{"ftp://host", NULL},
	{"host/path", NULL},
	{"host?x", NULL},
};

static void url_forms(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct error err = {0};
		autofree char *got = settings_url(urls[i].text, &err);

		if (!str_eq(got, urls[i].want))
			fail_row(urls[i].text, "gives '%s', want '%s'", got ? got : "an error",
				 urls[i].want ? urls[i].want : "an error");
	}
}

static void write_file(const char *dir, const char *name, const char *text)
{
	autofree char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void credentials_combine_and_are_read_again(void **state)
{
	char dir[] = "/tmp/podlane-test-XXXXXX";
	autofree char *flag = NULL;
	const char *args[] = {"--bigip-partition=K8S",
			      "--bigip-url=flag.example",
			      "--bigip-username=flag",
			      "--bigip-password=flagpw",
			      NULL,
			      NULL};
	struct credentials c = {0};
	struct parsed p;

	assert_non_null(mkdtemp(dir));
	flag = mem_printf("--credentials-directory=%s/", dir);
	args[4] = flag;
	parse(&p, args);
	assert_int_equal(p.r, 0);
	assert_int_equal(settings_credentials(&p.s, &c, &p.err), 0); /* no files: the flags count */
	assert_string_equal(c.username, "flag");
	credentials_release(&c);

	setenv("BIGIP_USERNAME", "env", 1);
	assert_int_equal(settings_credentials(&p.s, &c, &p.err), 0);
	assert_string_equal(c.username, "env");
	assert_string_equal(c.password, "flagpw");
	credentials_release(&c);

	write_file(dir, "username", "file\n");
	write_file(dir, "password", "with blank inside \r\n");
	write_file(dir, "url", "https://file.example\n");
	assert_int_equal(settings_credentials(&p.s, &c, &p.err), 0);
	assert_string_equal(c.username, "file");
	assert_string_equal(c.password, "with blank inside");
	assert_string_equal(c.url, "https://file.example");
	credentials_release(&c);

	write_file(dir, "password", "second");
	assert_int_equal(settings_credentials(&p.s, &c, &p.err), 0);
	assert_string_equal(c.password, "second");
	credentials_release(&c);

	write_file(dir, "url", "ftp://file.example");
	assert_int_equal(settings_credentials(&p.s, &c, &p.err), -1);
	assert_null(c.url);
	unsetenv("BIGIP_USERNAME");
	for (size_t i = 0; i < 3; i++) {
		autofree char *path = mem_printf(
			"%s/%s", dir, (const char *const[]){"username", "password", "url"}[i]);

		unlink(path);
	}
	rmdir(dir);
	done(&p);
}

static void leases_of_different_devices_differ(void **state)
{
	static const char *const one[] = {DEVICE, NULL},
				 *const two[] = {DEVICE, "--bigip-partition=b", NULL},
				 *const named[] = {DEVICE, "--leader-elect-name=mine", NULL};
	autofree char *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	struct parsed p;

	parse(&p, one);
	a = settings_lease_name(&p.s, "h1");
	b = settings_lease_name(&p.s, "h2");
	done(&p);
	parse(&p, two);
	c = settings_lease_name(&p.s, "h1");
	done(&p);
	parse(&p, named);
	d = settings_lease_name(&p.s, "h1");
	done(&p);
	assert_string_not_equal(a, b);
	assert_string_not_equal(a, c);
	assert_string_equal(d, "mine");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_deployments_start),
		cmocka_unit_test(checks),
		cmocka_unit_test(flags_of_other_front_ends_are_named),
		cmocka_unit_test(url_forms),
		cmocka_unit_test(credentials_combine_and_are_read_again),
		cmocka_unit_test(leases_of_different_devices_differ),
	};

	unsetenv("BIGIP_USERNAME");
	unsetenv("BIGIP_PASSWORD");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
