/* kubeconfig files: what is understood, and that an error names the file and the field */
#include "check.h"

#include <sys/stat.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/kube/config.h"
#include "controller/kube/exec.h"

#define HEAD                                                                                       \
	"current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u}}, {name: d, "     \
	"context: {cluster: k}}]\n"
#define CLUSTER    "clusters: [{name: k, cluster: {server: \"https://h:6443\"}}]\n"
#define USER(text) HEAD CLUSTER "users: [{name: u, user: " text "}]\n"
/* "-----BEGIN X-----\n" */
#define PEM64 "LS0tLS1CRUdJTiBYLS0tLS0K"

static char dir[] = "/tmp/kube_config_XXXXXX";

static void write_file(const char *name, const char *text)
{
	autofree char *path = mem_printf("%s/%s", dir, name);
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_dir(void **state)
{
	if (!mkdtemp(dir))
		return -1;
	write_file("ca.pem", "-----BEGIN CA-----\n");
	write_file("cert.pem", "-----BEGIN CERT-----\n");
	write_file("key.pem", "-----BEGIN KEY-----\n");
	write_file("junk", "not a certificate");
	write_file("token", "t0ken\n");
	return 0;
}

static int drop_dir(void **state)
{
	static const char *const names[] = {"ca.pem", "cert.pem", "key.pem", "junk",
					    "token",  "ca.crt",   "config"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		autofree char *path = mem_printf("%s/%s", dir, names[i]);

		(void)unlink(path);
	}
	return rmdir(dir);
}

static void show(struct strbuf *b, const struct kube_config *c)
{
	str_addf(b, "%s%s", c->server, c->insecure ? " insecure" : "");
	if (c->ca.text)
		str_addf(b, " ca=%.*s%s", (int)strcspn(c->ca.text, "\n"), c->ca.text,
			 c->ca.path ? "@" : "");
	if (c->cert.text)
		str_addf(b, " cert=%.*s key=%.*s", (int)strcspn(c->cert.text, "\n"), c->cert.text,
			 (int)strcspn(c->key.text, "\n"), c->key.text);
	if (c->token)
		str_addf(b, " token=%s", c->token);
	if (c->token_file)
		str_addf(b, " tokenFile=%s", strrchr(c->token_file, '/'));
	if (c->username)
		str_addf(b, " %s:%s", c->username, c->password);
	if (c->exec) {
		str_addf(b, " exec=%s", c->exec->api_version);
		for (size_t i = 0; c->exec->argv[i]; i++)
			str_addf(b, " %s",
				 str_starts(c->exec->argv[i], dir) ? "DIR" : c->exec->argv[i]);
		for (size_t i = 1; c->exec->env[i]; i++)
			str_addf(b, " %s", c->exec->env[i]);
	}
}

static const struct row {
	const char *name, *text, *context, *want; /* '!': the error holds this */
} rows[] = {
	{"token", USER("{token: abc}"), NULL, "https://h:6443 token=abc"},
	{"context without a user is anonymous", USER("{token: abc}"), "d", "https://h:6443"},
	{"inline certificates",
	 HEAD
	 "clusters: [{name: k, cluster: {server: \"https://h\", certificate-authority-data: " PEM64
	 "}}]\n"
	 "users: [{name: u, user: {client-certificate-data: " PEM64 ", client-key-data: " PEM64
	 "}}]",
	 NULL, "https://h ca=-----BEGIN X----- cert=-----BEGIN X----- key=-----BEGIN X-----"},
	{"files are beside the kubeconfig",
	 HEAD
	 "clusters: [{name: k, cluster: {server: \"https://h\", certificate-authority: ca.pem}}]\n"
	 "users: [{name: u, user: {client-certificate: cert.pem, client-key: ./key.pem, tokenFile: "
	 "token}}]",
	 NULL,
	 "https://h ca=-----BEGIN CA-----@ cert=-----BEGIN CERT----- key=-----BEGIN KEY----- "
	 "tokenFile=/token"},
	{"data wins over a file",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", certificate-authority: "
	      "nowhere, certificate-authority-data: " PEM64 "}}]\nusers: [{name: u, user: {}}]",
	 NULL, "https://h ca=-----BEGIN X-----"},
	{"insecure, with a path, slash at the end",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h/k8s/x/\", "
	      "insecure-skip-tls-verify: true}}]\nusers: [{name: u, user: {}}]",
	 NULL, "https://h/k8s/x insecure"},
	{"basic", USER("{username: a, password: b}"), NULL, "https://h:6443 a:b"},
	{"exec",
	 USER("{exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: aws, args: [eks, "
	      "get-token], env: [{name: A, value: b}], interactiveMode: Never}}"),
	 NULL, "https://h:6443 exec=client.authentication.k8s.io/v1beta1 aws eks get-token A=b"},
	{"exec beside the kubeconfig",
	 USER("{exec: {apiVersion: client.authentication.k8s.io/v1, command: ./plugin, args: null, "
	      "env: null}}"),
	 NULL, "https://h:6443 exec=client.authentication.k8s.io/v1 DIR"},
	{"unknown keys are fine", "preferences: {}\nextensions: [1]\n" USER("{token: abc, x: y}"),
	 NULL, "https://h:6443 token=abc"},
	{"as JSON",
	 "{\"current-context\":\"c\",\"contexts\":[{\"name\":\"c\",\"context\":{\"cluster\":\"k\"}}"
	 "],\"clusters\":[{\"name\":\"k\",\"cluster\":{\"server\":\"http://h\"}}]}",
	 NULL, "http://h"},

	{"not YAML", "a: [", NULL, "!not valid YAML at line"},
	{"empty", "", NULL, "!kubeconfig '"},
	{"a list", "[1]", NULL, "!must be a map"},
	{"no current-context", "contexts: []", NULL, "!current-context is not set"},
	{"current-context of a wrong type", "current-context: 3", NULL,
	 "!current-context must be a string"},
	{"unknown context", USER("{}"), "zzz",
	 "!contexts holds no entry named 'zzz'; there are: c, d"},
	{"contexts is no list", "current-context: c\ncontexts: {}", NULL,
	 "!contexts must be a list"},
	{"context without a cluster", "current-context: c\ncontexts: [{name: c, context: {}}]",
	 NULL, "!contexts[0].context.cluster is missing"},
	{"context that is no map", "current-context: c\ncontexts: [{name: c, context: 3}]", NULL,
	 "!contexts[0].context must be a map"},
	{"unknown cluster", HEAD, NULL, "!clusters holds no entry named 'k'"},
	{"unknown user", HEAD CLUSTER, NULL, "!users holds no entry named 'u'"},
	{"no server", HEAD "clusters: [{name: x}, {name: k, cluster: {}}]", NULL,
	 "!clusters[1].cluster.server is missing"},
	{"server without a scheme", HEAD "clusters: [{name: k, cluster: {server: \"h:6443\"}}]",
	 NULL, "!clusters[0].cluster.server must begin with https://"},
	{"server of a wrong type", HEAD "clusters: [{name: k, cluster: {server: [1]}}]", NULL,
	 "!clusters[0].cluster.server must be a string"},
	{"CA that is not base64",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", certificate-authority-data: "
	      "\"!!\"}}]",
	 NULL, "!clusters[0].cluster.certificate-authority-data must be base64"},
	{"CA that is not PEM",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", certificate-authority-data: "
	      "aGFsbG8=}}]",
	 NULL, "!clusters[0].cluster.certificate-authority-data must be PEM in base64"},
	{"CA file missing",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", certificate-authority: "
	      "nowhere.pem}}]",
	 NULL, "!clusters[0].cluster.certificate-authority: cannot open '"},
	{"CA file that is not PEM",
	 HEAD
	 "clusters: [{name: k, cluster: {server: \"https://h\", certificate-authority: junk}}]",
	 NULL, "!is not PEM"},
	{"insecure and CA",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", insecure-skip-tls-verify: "
	      "true, certificate-authority: ca.pem}}]",
	 NULL, "!exclude each other"},
	{"insecure as text",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", insecure-skip-tls-verify: "
	      "\"yes\"}}]",
	 NULL, "!insecure-skip-tls-verify must be true or false"},
	{"proxy",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", proxy-url: \"http://p\"}}]",
	 NULL, "!proxy-url is not supported"},
	{"server name",
	 HEAD "clusters: [{name: k, cluster: {server: \"https://h\", tls-server-name: other}}]",
	 NULL, "!tls-server-name differs"},
	{"certificate without a key", USER("{client-certificate: cert.pem}"), NULL,
	 "!users[0].user has a client-certificate but no client-key"},
	{"token of a wrong type", USER("{token: 123}"), NULL,
	 "!users[0].user.token must be a string"},
	{"auth-provider", USER("{auth-provider: {name: gcp}}"), NULL,
	 "!users[0].user.auth-provider is not supported"},
	{"impersonation", USER("{as: somebody}"), NULL, "!users[0].user.as is not supported"},
	{"exec of an old version",
	 USER("{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}"), NULL,
	 "!users[0].user.exec.apiVersion must be"},
	{"exec without a command", USER("{exec: {apiVersion: client.authentication.k8s.io/v1}}"),
	 NULL, "!users[0].user.exec.command is missing"},
	{"exec with a terminal",
	 USER("{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, interactiveMode: "
	      "Always}}"),
	 NULL, "!there is no terminal"},
	{"exec argument of a wrong type",
	 USER("{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, args: [a, 3]}}"),
	 NULL, "!users[0].user.exec.args[1] must be a string"},
	{"exec variable without a name",
	 USER("{exec: {apiVersion: client.authentication.k8s.io/v1, command: x, env: [{value: "
	      "v}]}}"),
	 NULL, "!users[0].user.exec.env[0].name"},
	{"exec that is no map", USER("{exec: 3}"), NULL, "!users[0].user.exec must be a map"},
};

static void reads_kubeconfigs(void **state)
{
	autofree char *path = mem_printf("%s/config", dir);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct kube_config *c = NULL;
		struct strbuf b = {0};
		struct error err = {0};
		bool ok;

		write_file("config", rows[i].text);
		if (kube_config_load(path, rows[i].context, &c, &err) == 0)
			show(&b, c);
		ok = c ? str_eq(str_get(&b), rows[i].want)
		       : rows[i].want[0] == '!' && strstr(err.msg, rows[i].want + 1) &&
				     strstr(err.msg, path);
		if (!ok)
			fail_row(rows[i].name, "got '%s', error '%s'", str_get(&b), err.msg);
		kube_config_free(c);
		str_release(&b);
	}
}

static void a_missing_file_is_named(void **state)
{
	struct kube_config *c;
	struct error err;

	assert_int_equal(kube_config_load("/nowhere/config", NULL, &c, &err), -1);
	assert_string_equal(err.msg,
			    "kubeconfig: cannot open '/nowhere/config': No such file or directory");
}

static void exec_info_names_the_cluster(void **state)
{
	static const char text[] = USER("{exec: {apiVersion: client.authentication.k8s.io/v1, "
					"command: x, provideClusterInfo: true}}");
	struct kube_config *c;
	struct error err;

	assert_int_equal(kube_config_parse(text, strlen(text), "f", NULL, &c, &err), 0);
	assert_string_equal(
		c->exec->env[0],
		"KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"client."
		"authentication.k8s.io/v1\","
		"\"spec\":{\"interactive\":false,\"cluster\":{\"server\":\"https://h:6443\"}}}");
	kube_config_free(c);
}

static void in_a_pod(void **state)
{
	struct kube_config *c;
	struct error err;

	assert_int_equal(kube_config_pod(NULL, "443", dir, &c, &err), -1);
	assert_non_null(strstr(err.msg, "not in a pod"));
	assert_int_equal(kube_config_pod("10.96.0.1", "443", dir, &c, &err), -1);
	assert_non_null(strstr(err.msg, "service account: cannot open '"));
	write_file("ca.crt", "-----BEGIN CA-----\n");
	assert_int_equal(kube_config_pod("10.96.0.1", "443", dir, &c, &err), 0);
	assert_string_equal(kube_config_server(c), "https://10.96.0.1:443");
	assert_false(kube_config_reread(c));
	write_file("ca.crt", "-----BEGIN CA2-----\n");
	assert_true(kube_config_reread(c));
	assert_string_equal(c->ca.text, "-----BEGIN CA2-----\n");
	write_file("ca.crt", "half written");
	assert_false(kube_config_reread(c));
	kube_config_free(c);
	assert_int_equal(kube_config_pod("fd00::1", "6443", dir, &c, &err),
			 0 - 1); /* ca.crt is no PEM now */
	write_file("ca.crt", "-----BEGIN CA-----\n");
	assert_int_equal(kube_config_pod("fd00::1", "6443", dir, &c, &err), 0);
	assert_string_equal(kube_config_server(c), "https://[fd00::1]:6443");
	kube_config_free(c);
}

#define V1 "client.authentication.k8s.io/v1"

static const struct {
	const char *name, *text, *token, *error;
	int64_t expires_us;
} plugins[] = {
	{"token",
	 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\",\"status\":{\"token\":\"abc\"}}",
	 "abc", NULL, 0},
	{"token with an end",
	 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
	 "\",\"status\":{\"token\":\"abc\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"}}",
	 "abc", NULL, 1577836800000000},
	{"certificate",
	 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
	 "\",\"status\":{\"clientCertificateData\":\"c\",\"clientKeyData\":\"k\"}}",
	 NULL, NULL, 0},
	{"not JSON", "hello secret", NULL, "its output is not JSON", 0},
	{"another kind", "{\"kind\":\"X\"}", NULL, "kind must be ExecCredential", 0},
	{"another version",
	 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"v9\",\"status\":{\"token\":\"abc\"}}", NULL,
	 "apiVersion must be " V1 ", is 'v9'", 0},
	{"nothing in it", "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1 "\"}", NULL,
	 "neither token nor", 0},
	{"header smuggling",
	 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
	 "\",\"status\":{\"token\":\"a\\r\\nX: y\"}}",
	 NULL, "control characters", 0},
	{"certificate without a key",
	 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
	 "\",\"status\":{\"clientCertificateData\":\"c\"}}",
	 NULL, "go together", 0},
	{"time",
	 "{\"kind\":\"ExecCredential\",\"apiVersion\":\"" V1
	 "\",\"status\":{\"token\":\"a\",\"expirationTimestamp\":\"soon\"}}",
	 NULL, "'soon' is not a time", 0},
};

static void reads_what_plugins_write(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(plugins); i++) {
		struct kube_exec_result r = {0};
		struct json_object *doc = NULL;
		struct error err = {0};
		int rc = kube_exec_read(V1, plugins[i].text, strlen(plugins[i].text), &doc, &r,
					&err);
		bool ok = rc < 0 ? plugins[i].error && strstr(err.msg, plugins[i].error) &&
					   !strstr(err.msg, "secret")
				 : !plugins[i].error && str_eq(r.token, plugins[i].token) &&
					   r.expires_us == plugins[i].expires_us;

		if (!ok)
			fail_row(plugins[i].name, "token '%s', error '%s'", r.token ? r.token : "",
				 err.msg);
		json_object_put(doc);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_kubeconfigs),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(exec_info_names_the_cluster),
		cmocka_unit_test(in_a_pod),
		cmocka_unit_test(reads_what_plugins_write),
	};

	return cmocka_run_group_tests(tests, make_dir, drop_dir);
}
