/* The virtual-server document: what is accepted, with which defaults, and what is said about what
 * is not. */
#include "check.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/translate/vs_config.h"

#define V7 "f5schemadb://bigip-virtual-server_v0.1.7.json"

static const char *const partitions[] = {"K8S", "velcro", NULL};

/* rows are written with ' for " */
static char *quoted(const char *s)
{
	char *copy = mem_strdup(s);

	for (char *p = copy; p && *p; p++)
		if (*p == '\'')
			*p = '"';
	return copy;
}

static char ns[] = "default", name[] = "vs";

static int parse(const char *schema, const char *data, const char *ip, struct vs_config **ret,
		 struct vs_problems *problems)
{
	autofree char *schema_text = mem_strdup(schema), *text = quoted(data),
		      *address = mem_strdup(ip);
	struct kube_configmap cm = {
		.o = {.kind = KUBE_CONFIGMAP, .ns = ns, .name = name},
		.virtual_server = true,
		.schema = schema_text,
		.data = text,
		.ip = address,
	};
	struct vs_schemas *schemas = vs_schemas_new(NULL);
	int r = vs_config_parse(schemas, &cm, partitions, ret, problems);

	vs_schemas_free(schemas);
	return r;
}

static char *problems_text(const struct vs_problems *p)
{
	struct strbuf b = {0};

	for (size_t i = 0; i < p->n; i++)
		str_addf(&b, "%s: %s\n", p->list[i].path, p->list[i].message);
	return str_take(&b);
}

#define BACKEND "'backend': {'serviceName': 'foo', 'servicePort': 80}"
#define MONITORS(m)                                                                                \
	"'backend': {'serviceName': 'foo', 'servicePort': 80, 'healthMonitors': [" m "]}"
#define VS(backend, frontend) "{'virtualServer': {" backend ", 'frontend': {" frontend "}}}"
#define FRONT(rest)           VS(BACKEND, "'partition': 'velcro'" rest)
#define ADDRESS               ", 'virtualAddress': {'bindAddr': '10.1.1.1', 'port': 80}"
#define IAPP(rest)                                                                                 \
	VS(BACKEND, "'partition': 'velcro', 'iapp': '/Common/f5.http', 'iappVariables': {}, "      \
		    "'iappPoolMemberTable': {'name': 't', 'columns': []}, " rest)

static const struct bad_case {
	const char *name, *schema, *data, *ip;
	const char *want; /* all problems, one a line; a line ending in "..." is a prefix */
} bad_cases[] = {
	{"missing schema and missing data are said together", NULL, NULL, NULL,
	 "data.schema: is missing\n"
	 "data.data: is missing\n"},
	{"broken JSON names the line", V7, "{\n 'virtualServer': {,}}", NULL,
	 "data.data: not valid JSON at line 2 ...\n"},
	{"empty text is no document", V7, "", NULL, "data.data: not valid JSON ...\n"},
	{"null is no document", V7, "null", NULL, "data.data: null is not an object\n"},
	{"unknown schema name", "f5schemadb://bigip-virtual-server_v0.9.9.json", FRONT(ADDRESS),
	 NULL, "data.schema: ...\n"},
	{"unknown scheme", "http://example.com/schema.json", FRONT(ADDRESS), NULL,
	 "data.schema: \"http://example.com/schema.json\" is not a schema of this controller: want "
	 "\"f5schemadb://bigip-virtual-server_v0.1.7.json\"\n"},
	{"no way out of the schema directory", "f5schemadb://../../etc/passwd", FRONT(ADDRESS),
	 NULL, "data.schema: \"../../etc/passwd\" is not a schema of this controller: ...\n"},
	{"schema and document are judged together", "gopher://x", FRONT(", 'balance': 'ratio'"),
	 NULL,
	 "data.schema: \"gopher://x\" is not a schema ...\n"
	 "virtualServer.frontend.balance: \"ratio\" is not a load balancing mode...\n"},
	{"wrong partition does not hide schema errors", V7,
	 VS("'backend': {'serviceName': 'foo', 'servicePort': 70000}",
	    "'partition': 'K9S', 'mode': 'htp', 'virtualAddress': {'bindAddr': '10.1.1.300', "
	    "'port': 80}"),
	 NULL,
	 "virtualServer.backend.servicePort: 70000 is not between 1 and 65535\n"
	 "virtualServer.frontend.partition: \"K9S\" is not a partition that this controller "
	 "manages: "
	 "K8S, velcro; did you mean \"K8S\"?\n"
	 "virtualServer.frontend.mode: ...\n"
	 "virtualServer.frontend.virtualAddress.bindAddr: ...\n"},
	{"Common is never written to", V7, VS(BACKEND, "'partition': 'Common'" ADDRESS), NULL,
	 "virtualServer.frontend.partition: \"Common\" is not a partition that this controller may "
	 "write to\n"},
	{"partition without a like", V7, VS(BACKEND, "'partition': 'somewhere-else'" ADDRESS), NULL,
	 "virtualServer.frontend.partition: \"somewhere-else\" is not a partition that this "
	 "controller "
	 "manages: K8S, velcro\n"},
	{"a string port", V7,
	 VS("'backend': {'serviceName': 'foo', 'servicePort': '80'}",
	    "'partition': 'velcro'" ADDRESS),
	 NULL, "virtualServer.backend.servicePort: ...\n"},
	{"a broken integer", V7,
	 VS("'backend': {'serviceName': 'foo', 'servicePort': 80.5}",
	    "'partition': 'velcro'" ADDRESS),
	 NULL, "virtualServer.backend.servicePort: ...\n"},
	{"80.0 is written as a fraction", V7,
	 VS("'backend': {'serviceName': 'foo', 'servicePort': 80.0}",
	    "'partition': 'velcro'" ADDRESS),
	 NULL, "virtualServer.backend.servicePort: 80.0 is not an integer\n"},
	{"balance typo gets the nearest name", V7, FRONT(", 'balance': 'least-connection-member'"),
	 NULL,
	 "virtualServer.frontend.balance: \"least-connection-member\" is not a load balancing "
	 "mode; did "
	 "you mean \"least-connections-member\"?\n"},
	{"balance without a like lists all", V7, FRONT(", 'balance': 'x'"), NULL,
	 "virtualServer.frontend.balance: \"x\" is not a load balancing mode: "
	 "dynamic-ratio-member, ...\n"},
	{"interval against the default timeout", V7,
	 VS(MONITORS("{'protocol': 'http', 'interval': 20}"), "'partition': 'velcro'" ADDRESS),
	 NULL,
	 "virtualServer.backend.healthMonitors[0].interval: 20 is not less than the timeout of 16 "
	 "(the "
	 "default; give a timeout)\n"},
	{"interval 30, timeout 10", V7,
	 VS(MONITORS("{'protocol': 'tcp'}, {'protocol': 'udp', 'interval': 30, 'timeout': 10}"),
	    "'partition': 'velcro'" ADDRESS),
	 NULL,
	 "virtualServer.backend.healthMonitors[1].interval: 30 is not less than the timeout of "
	 "10\n"},
	{"interval equal to timeout", V7,
	 VS(MONITORS("{'protocol': 'tcp', 'interval': 10, 'timeout': 10}"),
	    "'partition': 'velcro'" ADDRESS),
	 NULL,
	 "virtualServer.backend.healthMonitors[0].interval: 10 is not less than the timeout of "
	 "10\n"},
	{"timeout below the default interval", V7,
	 VS(MONITORS("{'protocol': 'tcp', 'timeout': 5}"), "'partition': 'velcro'" ADDRESS), NULL,
	 "virtualServer.backend.healthMonitors[0].timeout: 5 is not more than the interval of 5 "
	 "(the "
	 "default)\n"},
	{"bindAddr is a host name", V7,
	 FRONT(", 'virtualAddress': {'bindAddr': 'http://bad', 'port': 80}"), NULL,
	 "virtualServer.frontend.virtualAddress.bindAddr: ...\n"},
	{"route domain out of range", V7,
	 FRONT(", 'virtualAddress': {'bindAddr': '1.2.3.4%70000', 'port': 80}"), NULL,
	 "virtualServer.frontend.virtualAddress.bindAddr: ...\n"},
	{"annotation is no address", V7, FRONT(", 'virtualAddress': {'port': 80}"), "10.0.0.0/8",
	 "metadata.annotations.virtual-server.f5.com/ip: \"10.0.0.0/8\" is not an IPv4 or IPv6 "
	 "address "
	 "with or without a route domain (%0 to %65534)\n"},
	{"profile with an empty part", V7,
	 FRONT(ADDRESS ", 'sslProfile': {'f5ProfileNames': ['Common/a', '/Common//b', ' / ']}"),
	 NULL,
	 "virtualServer.frontend.sslProfile.f5ProfileNames[1]: \"/Common//b\" is not a profile "
	 "name: want "
	 "\"name\", \"partition/name\" or \"/partition/name\"\n"
	 "virtualServer.frontend.sslProfile.f5ProfileNames[2]: \" / \" is not a profile name: "
	 "...\n"},
	{"unknown key", V7, FRONT(ADDRESS ", 'persistence': 'cookie'"), NULL,
	 "virtualServer.frontend.persistence: ...\n"},
	{"several things are missing in one place", V7,
	 VS("'backend': {}", "'iapp': '/Common/f5.http'"), NULL,
	 "virtualServer.backend: \"serviceName\" is missing\n"
	 "virtualServer.backend: \"servicePort\" is missing\n"
	 "virtualServer.frontend: ...\n"
	 "virtualServer.frontend: ...\n"
	 "virtualServer.frontend: ...\n"
	 "virtualServer.frontend: ...\n"},
	{"iApp and virtualAddress do not mix", V7, IAPP("'iappOptions': {}" ADDRESS), NULL,
	 "virtualServer.frontend...\n"},
	{"an iApp option cannot move the object elsewhere", V7,
	 IAPP("'iappOptions': {'description': 'x', 'partition': 'Common'}"), NULL,
	 "virtualServer.frontend.iappOptions.partition: the controller sets this property\n"},
	{"old schemas know less", "f5schemadb://bigip-virtual-server_v0.1.0.json",
	 FRONT(ADDRESS ", 'balance': 'ratio-member'"), NULL,
	 "virtualServer.frontend.balance: ...\n"},
};

static bool line_matches(const char *want, size_t n, const char *got, size_t m)
{
	if (n >= 3 && memcmp(want + n - 3, "...", 3) == 0)
		return m >= n - 3 && memcmp(want, got, n - 3) == 0;
	return n == m && memcmp(want, got, n) == 0;
}

static bool lines_match(const char *want, const char *got)
{
	while (*want && *got) {
		size_t n = strcspn(want, "\n"), m = strcspn(got, "\n");

		if (!line_matches(want, n, got, m))
			return false;
		want += n + (want[n] == '\n');
		got += m + (got[m] == '\n');
	}
	return !*want && !*got;
}

static void test_problems(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_cases); i++) {
		const struct bad_case *c = &bad_cases[i];
		struct vs_config *config = NULL;
		struct vs_problems problems;
		int r = parse(c->schema, c->data, c->ip, &config, &problems);
		autofree char *got = problems_text(&problems);

		if (r == 0)
			fail_row(c->name, "accepted");
		if (config)
			fail_row(c->name, "the output was written");
		if (!lines_match(c->want, got))
			fail_row(c->name, "want:\n%sgot:\n%s", c->want, got);
		vs_problems_release(&problems);
	}
}

static char *config_text(const struct vs_config *c)
{
	struct strbuf b = {0};

	str_addf(&b, "%s %s:%u %s %s", c->partition, c->service, c->service_port, c->mode,
		 c->balance);
	if (c->has_address)
		str_addf(&b, " %s:%u", c->bind_addr ? c->bind_addr : "-", c->port);
	for (size_t i = 0; i < c->n_monitors; i++)
		str_addf(&b, " %s/%lld/%lld/%s/%s", c->monitors[i].protocol,
			 (long long)c->monitors[i].interval, (long long)c->monitors[i].timeout,
			 c->monitors[i].send, c->monitors[i].recv);
	for (size_t i = 0; i < c->n_ssl_profiles; i++)
		str_addf(&b, " ssl=%s", c->ssl_profiles[i]);
	if (c->iapp)
		str_addf(&b, " iapp=%s options=%s variables=%s tables=%s %s=%s",
			 c->iapp->template_path,
			 json_object_to_json_string_ext(c->iapp->options, 0),
			 json_object_to_json_string_ext(c->iapp->variables, 0),
			 json_object_to_json_string_ext(c->iapp->tables, 0), c->iapp->member_table,
			 json_object_to_json_string_ext(c->iapp->member_columns, 0));
	return str_take(&b);
}

static const struct good_case {
	const char *name, *schema, *data, *ip, *want;
} good_cases[] = {
	{"no mode and no balance", V7, FRONT(ADDRESS), NULL,
	 "velcro foo:80 tcp round-robin 10.1.1.1:80"},
	{"quotes and white space around the schema", " \n\"" V7 "\"\n ", FRONT(ADDRESS), NULL,
	 "velcro foo:80 tcp round-robin 10.1.1.1:80"},
	{"the published base directory in the schema reference",
	 "file:///app/vendor/src/f5/schemas/bigip-virtual-server_v0.1.7.json", FRONT(ADDRESS), NULL,
	 "velcro foo:80 tcp round-robin 10.1.1.1:80"},
	{"monitor defaults", V7,
	 VS(MONITORS("{'protocol': 'http'}, {'protocol': 'tcp'}, {'protocol': 'udp', 'interval': "
		     "15}"),
	    "'partition': 'velcro', 'mode': 'udp', 'balance': 'ratio-session'" ADDRESS),
	 NULL,
	 "velcro foo:80 udp ratio-session 10.1.1.1:80 http/5/16/GET /\\r\\n/ tcp/5/16// "
	 "udp/15/16//"},
	{"escapes stay as they are written", V7,
	 VS(MONITORS("{'protocol': 'http', 'send': 'GET /a\\r\\n', 'recv': 'b\\\\r\\\\n'}"),
	    "'partition': 'velcro', 'mode': 'http'" ADDRESS),
	 NULL, "velcro foo:80 http round-robin 10.1.1.1:80 http/5/16/GET /a\r\n/b\\r\\n"},
	{"pool only: no virtualAddress, the annotation has no port", V7, FRONT(""), "10.9.9.9",
	 "velcro foo:80 tcp round-robin"},
	{"pool only: no bindAddr", V7, FRONT(", 'virtualAddress': {'port': 80}"), NULL,
	 "velcro foo:80 tcp round-robin -:80"},
	{"annotation", V7, FRONT(", 'virtualAddress': {'port': 80}"), "10.9.9.9%3",
	 "velcro foo:80 tcp round-robin 10.9.9.9%3:80"},
	{"bindAddr wins over the annotation", V7, FRONT(ADDRESS), "10.9.9.9",
	 "velcro foo:80 tcp round-robin 10.1.1.1:80"},
	{"bindAddr wins even over a broken annotation", V7, FRONT(ADDRESS), "nonsense",
	 "velcro foo:80 tcp round-robin 10.1.1.1:80"},
	{"IPv6 with a route domain keeps its text", V7,
	 FRONT(", 'virtualAddress': {'bindAddr': '2001:DB8:0::1%5', 'port': 80}"), NULL,
	 "velcro foo:80 tcp round-robin 2001:DB8:0::1%5:80"},
	{"one profile", V7, FRONT(ADDRESS ", 'sslProfile': {'f5ProfileName': 'Common/a'}"), NULL,
	 "velcro foo:80 tcp round-robin 10.1.1.1:80 ssl=Common/a"},
	{"many profiles", V7,
	 FRONT(ADDRESS ", 'sslProfile': {'f5ProfileNames': ['Common/b', 'a']}"), NULL,
	 "velcro foo:80 tcp round-robin 10.1.1.1:80 ssl=Common/b ssl=a"},
	{"both keys: the single name counts", V7,
	 FRONT(ADDRESS ", 'sslProfile': {'f5ProfileNames': ['b'], 'f5ProfileName': 'a'}"), NULL,
	 "velcro foo:80 tcp round-robin 10.1.1.1:80 ssl=a"},
	{"no profile", V7, FRONT(ADDRESS ", 'sslProfile': {}"), NULL,
	 "velcro foo:80 tcp round-robin 10.1.1.1:80"},
	{"empty list of profiles", V7, FRONT(ADDRESS ", 'sslProfile': {'f5ProfileNames': []}"),
	 NULL, "velcro foo:80 tcp round-robin 10.1.1.1:80"},
	{"udp with an http monitor and a client-ssl profile (DTLS) is BIG-IP's to judge", V7,
	 VS(MONITORS("{'protocol': 'http'}"),
	    "'partition': 'velcro', 'mode': 'udp', 'sslProfile': {'f5ProfileName': 'a'}" ADDRESS),
	 NULL, "velcro foo:80 udp round-robin 10.1.1.1:80 http/5/16/GET /\\r\\n/ ssl=a"},
	{"another managed partition than the first", V7, VS(BACKEND, "'partition': 'K8S'" ADDRESS),
	 NULL, "K8S foo:80 tcp round-robin 10.1.1.1:80"},
	{"iApp", V7,
	 VS(BACKEND, "'partition': 'velcro', 'iapp': '/Common/f5.http', 'iappOptions': "
		     "{'description': 'x'}, 'iappVariables': {'pool__addr': '10.1.1.1'}, "
		     "'iappTables': {'t2': {'columns': ['a'], 'rows': [['1']]}}, "
		     "'iappPoolMemberTable': {'name': 'm', 'columns': "
		     "[{'name': 'addr', 'kind': 'IPAddress'}]}"),
	 NULL,
	 "velcro foo:80 tcp round-robin iapp=/Common/f5.http options={\"description\":\"x\"} "
	 "variables={\"pool__addr\":\"10.1.1.1\"} "
	 "tables={\"t2\":{\"columns\":[\"a\"],\"rows\":[[\"1\"]]}} "
	 "m=[{\"name\":\"addr\",\"kind\":\"IPAddress\"}]"},
	{"iApp of schema 0.1.1 has fixed columns", "f5schemadb://bigip-virtual-server_v0.1.1.json",
	 VS(BACKEND, "'partition': 'velcro', 'iapp': '/Common/f5.http', 'iappOptions': {}, "
		     "'iappVariables': {}, 'iappTableName': 'pool__members'"),
	 NULL,
	 "velcro foo:80 tcp round-robin iapp=/Common/f5.http options={} variables={} tables={} "
	 "pool__members=[{\"name\":\"addr\",\"kind\":\"IPAddress\"},{\"name\":\"port\",\"kind\":"
	 "\"Port\"},"
	 "{\"name\":\"connection_limit\",\"value\":\"0\"}]"},
};

static void test_configs(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(good_cases); i++) {
		const struct good_case *c = &good_cases[i];
		struct vs_config *config = NULL;
		struct vs_problems problems;
		autofree char *got = NULL, *want = mem_strdup(c->want);

		if (parse(c->schema, c->data, c->ip, &config, &problems) < 0) {
			autofree char *text = problems_text(&problems);

			fail_row(c->name, "refused:\n%s", text);
		}
		got = config_text(config);
		if (!str_eq(got, want))
			fail_row(c->name, "want: %s\ngot:  %s", want, got);
		vs_config_free(config);
		vs_problems_release(&problems);
	}
}

static const struct address_case {
	const char *text;
	bool ok;
	uint8_t family;
	int32_t rd;
} address_cases[] = {
	{"1.2.3.4", true, 4, -1},
	{"1.2.3.4%4", true, 4, 4},
	{"::", true, 6, -1},
	{"ff80::%12", true, 6, 12},
	{"1.2.3.4%0", true, 4, 0},
	{"1.2.3.4%65534", true, 4, 65534},
	{"1.2.3.4%65535", false, 0, 0},
	{"", false, 0, 0},
	{"http://bad", false, 0, 0},
	{"bad%0", false, 0, 0},
	{"1.2.3.4%bad", false, 0, 0},
	{"127%44", false, 0, 0},
	{"1.2.3.4%", false, 0, 0},
	{"%4", false, 0, 0},
	{"1.2.3.0/24", false, 0, 0},
	{"1.2.3.4%1%2", false, 0, 0},
	{"1.2.3.4%-1", false, 0, 0},
};

static void test_bind_addr(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(address_cases); i++) {
		const struct address_case *c = &address_cases[i];
		struct ip_addr ip = {.family = 99};
		int32_t rd = -7;
		int r = vs_bind_addr_parse(c->text, &ip, &rd);

		if ((r == 0) != c->ok)
			fail_row(c->text, "returned %d", r);
		if (c->ok && (ip.family != c->family || rd != c->rd))
			fail_row(c->text, "family %u, route domain %d", ip.family, rd);
		if (!c->ok && (ip.family != 99 || rd != -7))
			fail_row(c->text, "outputs were touched");
	}
}

static const struct profile_case {
	const char *written, *want;
} profile_cases[] = {
	{"clientssl", "/K8S/clientssl"},
	{"Common/clientssl", "/Common/clientssl"},
	{"/Common/clientssl", "/Common/clientssl"},
	{"  Common/clientssl\n", "/Common/clientssl"},
	{"/clientssl", "/K8S/clientssl"},
	{"/Common/folder/clientssl", "/Common/folder/clientssl"},
	{"", NULL},
	{"  ", NULL},
	{"/", NULL},
	{"Common/", NULL},
	{"//clientssl", NULL},
	{"Common//clientssl", NULL},
};

static void test_profile_paths(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(profile_cases); i++) {
		autofree char *got = vs_profile_path(profile_cases[i].written, "K8S");

		if (!str_eq(got, profile_cases[i].want))
			fail_row(profile_cases[i].written, "got %s", got ? got : "nothing");
	}
}

/* names of 63 + 253 + 63 characters are legal in Kubernetes and too long for BIG-IP */
static void test_long_names(void **state)
{
	char long_ns[64], long_name[254];
	autofree char *data = quoted(FRONT(ADDRESS));
	char schema[] = V7;
	struct kube_configmap cm = {
		.o = {.ns = long_ns, .name = long_name},
		.schema = schema,
		.data = data,
	};
	struct vs_schemas *schemas = vs_schemas_new(NULL);
	struct vs_config *config = NULL;
	struct vs_problems problems;

	memset(long_ns, 'n', sizeof(long_ns) - 1);
	memset(long_name, 'c', sizeof(long_name) - 1);
	long_ns[63] = long_name[253] = 0;
	assert_int_equal(vs_config_parse(schemas, &cm, NULL, &config, &problems), -1);
	assert_int_equal(problems.n, 1);
	assert_string_equal(problems.list[0].path, "metadata.name");
	vs_problems_release(&problems);
	long_name[100] = 0;
	assert_int_equal(vs_config_parse(schemas, &cm, NULL, &config, &problems), 0);
	vs_config_free(config);
	vs_schemas_free(schemas);
}

/* what does not fit into the schema's report is counted */
static void test_many_problems(void **state)
{
	struct strbuf b = {0};
	struct vs_config *config = NULL;
	struct vs_problems problems;
	const struct vs_problem *last;

	str_add(&b, "{'virtualServer': {" BACKEND ", 'frontend': {'partition': 'K8S'");
	for (int i = 0; i < 40; i++)
		str_addf(&b, ", 'key%d': 1", i);
	str_add(&b, "}}}");
	assert_int_equal(parse(V7, str_get(&b), NULL, &config, &problems), -1);
	assert_in_range(problems.n, 10, 40);
	last = &problems.list[problems.n - 1];
	assert_string_equal(last->path, "data.data");
	assert_true(str_starts(last->message, "and ") && str_ends(last->message, " more"));
	vs_problems_release(&problems);
	str_release(&b);
}

static void write_file(const char *dir, const char *file, const char *text)
{
	autofree char *path = mem_printf("%s/%s", dir, file);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static size_t problems_with(struct vs_schemas *schemas, const char *schema_name, char *ret,
			    size_t size)
{
	autofree char *data = quoted(FRONT(ADDRESS)), *schema = mem_strdup(schema_name);
	struct kube_configmap cm = {.o = {.ns = ns, .name = name}, .schema = schema, .data = data};
	struct vs_config *config = NULL;
	struct vs_problems problems;
	size_t n;

	(void)vs_config_parse(schemas, &cm, partitions, &config, &problems);
	n = problems.n;
	(void)snprintf(ret, size, "%s", n > 0 ? problems.list[0].message : "");
	vs_config_free(config);
	vs_problems_release(&problems);
	return n;
}

static void test_schema_directory(void **state)
{
	char dir[] = "/tmp/podlane-schemas-XXXXXX";
	autofree char *url = NULL, *by_path = NULL;
	struct vs_schemas *schemas;
	char message[512];

	assert_non_null(mkdtemp(dir));
	write_file(dir, "strict.json", "{\"required\": [\"nothing has this\"]}");
	write_file(dir, "lax.json", "{}");
	write_file(dir, "broken.json", "{\"type\": 7}");
	url = mem_printf("file://%s/", dir);
	by_path = mem_printf("%slax.json", url);
	schemas = vs_schemas_new(url);
	assert_int_equal(
		problems_with(schemas, "f5schemadb://strict.json", message, sizeof(message)), 1);
	assert_int_equal(problems_with(schemas, "f5schemadb://lax.json", message, sizeof(message)),
			 0);
	assert_int_equal(problems_with(schemas, by_path, message, sizeof(message)), 0);
	assert_int_equal(
		problems_with(schemas, "f5schemadb://broken.json", message, sizeof(message)), 1);
	assert_non_null(strstr(message, "broken.json"));
	/* what the directory lacks is built in */
	assert_int_equal(problems_with(schemas, V7, message, sizeof(message)), 0);
	/* compiled once: the file is not read again */
	write_file(dir, "lax.json", "{\"type\": 7}");
	assert_int_equal(problems_with(schemas, "f5schemadb://lax.json", message, sizeof(message)),
			 0);
	/* names are chosen by users: what is kept is bounded */
	for (int i = 0; i < 200; i++) {
		autofree char *other = mem_printf("f5schemadb://none-%d.json", i);

		assert_int_equal(problems_with(schemas, other, message, sizeof(message)), 1);
	}
	vs_schemas_free(schemas);
	for (size_t i = 0; i < 3; i++) {
		static const char *const files[] = {"strict.json", "lax.json", "broken.json"};
		autofree char *path = mem_printf("%s/%s", dir, files[i]);

		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_problems),         cmocka_unit_test(test_configs),
		cmocka_unit_test(test_bind_addr),        cmocka_unit_test(test_profile_paths),
		cmocka_unit_test(test_long_names),       cmocka_unit_test(test_many_problems),
		cmocka_unit_test(test_schema_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
