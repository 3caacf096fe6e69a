/*
 * settings - one table of flags
 *
 * Names, types, defaults and checks are those of k8s-bigip-ctlr (1.14 and 2.20), so that a
 * published Deployment starts unchanged. Flags of its other front ends are accepted and named in
 * one log line each. Where its two generations differ, the safer wins: an unknown flag is an error,
 * file contents are trimmed, a scheme may be left out of the URL.
 */
#include "controller/cluster/settings.h"

#include <fcntl.h>
#include <limits.h>

#include "common/base/ip.h"
#include "common/base/mem.h"
#include "common/base/str.h"

#define AT(field) offsetof(struct settings, field)
#define OTHER(name, type, why)                                                                     \
	{                                                                                          \
		name, 0, type, OPT_IGNORED, 0, INT_MIN, INT_MAX, NULL, NULL, why                   \
	}

static const char AS3[] = "it belongs to the AS3 front end";
static const char INGRESS[] = "it belongs to the Ingress front end";
static const char ROUTES[] = "it belongs to the OpenShift Route front end";
static const char CRD[] = "it belongs to the custom resource front end";
static const char IPAM[] = "it belongs to the F5 IPAM controller";
static const char GTM[] = "it belongs to the GTM front end";
static const char MULTI[] = "it belongs to multi-cluster mode";
static const char TUNNEL[] =
	"podlane routes to pods by BGP; it writes no FDB, ARP or route entries on the BIG-IP";
static const char WATCHES[] = "podlane watches instead of polling";

static const struct opt table[] = {
	{"bigip-url", 0, OPT_STRING, 0, AT(bigip_url), 0, 0, NULL, "URL",
	 "address of the BIG-IP: host, host:port or https://host[:port]"},
	{"bigip-username", 0, OPT_STRING, 0, AT(bigip_username), 0, 0, NULL, "NAME",
	 "user; BIGIP_USERNAME in the environment wins"},
	{"bigip-password", 0, OPT_STRING, OPT_SECRET, AT(bigip_password), 0, 0, NULL, "TEXT",
	 "its password; BIGIP_PASSWORD in the environment wins. Better: --credentials-directory"},
	{"credentials-directory", 0, OPT_STRING, 0, AT(credentials_directory), 0, 0, NULL, "DIR",
	 "files 'username', 'password' and 'url', such as a mounted Secret; they win over flags "
	 "and are read again when they change"},
	{"bigip-partition", 0, OPT_STRINGS, 0, AT(partitions), 0, 0, NULL, "NAME",
	 "partition to manage; may be repeated; never Common"},
	{"insecure", 0, OPT_BOOL, 0, AT(insecure), 0, 0, "false", NULL,
	 "do not verify the certificate of the BIG-IP"},
	{"trusted-certs-cfgmap", 0, OPT_STRING, 0, AT(trusted_certs_cfgmap), 0, 0, NULL,
	 "NAMESPACE/NAME", "ConfigMap with CA certificates for the BIG-IP"},
	{"verify-interval", 0, OPT_INT, 0, AT(verify_interval_s), INT_MIN, 86400, "30", "SECONDS",
	 "how often the BIG-IP is read to find changes made by others; 0 and less mean 30"},
	{"vs-snat-pool-name", 0, OPT_STRING, 0, AT(snat_pool), 0, 0, NULL, "NAME",
	 "SNAT pool of every virtual server (a bare name is in /Common); without it automap; "
	 "'none': no SNAT"},
	{"bigip-connections", 0, OPT_INT, 0, AT(connections), 1, 10, "4", "N",
	 "connections to the BIG-IP, which allows 10 clients"},
	{"bigip-batch", 0, OPT_INT, 0, AT(batch), 0, 500, "100", "N",
	 "objects per transaction at the first sync; 0: no transactions"},
	{"delete-guard-percent", 0, OPT_INT, 0, AT(delete_guard_percent), 1, 100, "50", "N",
	 "deleting more of a partition than this at once (and more than 10 objects) is held for "
	 "two verify intervals"},
	{"allow-empty-cluster", 0, OPT_BOOL, 0, AT(allow_empty_cluster), 0, 0, "false", NULL,
	 "when Kubernetes lists no ConfigMap at all, believe it and delete"},
	{"namespace", 0, OPT_STRINGS, 0, AT(namespaces), 0, 0, NULL, "NAME",
	 "namespace to watch; may be repeated; without it all"},
	{"namespace-label", 0, OPT_STRING, 0, AT(namespace_label), 0, 0, NULL, "SELECTOR",
	 "watch the namespaces with this label"},
	{"pool-member-type", 0, OPT_STRING, 0, AT(pool_member_type), 0, 0, "nodeport", "TYPE",
	 "cluster: members are pods; nodeport: members are nodes"},
	{"use-node-internal", 0, OPT_BOOL, 0, AT(use_node_internal), 0, 0, "true", NULL,
	 "InternalIP of nodes; false: ExternalIP"},
	{"node-label-selector", 0, OPT_STRING, 0, AT(node_selector), 0, 0, NULL, "SELECTOR",
	 "only nodes with this label count"},
	{"manage-configmaps", 0, OPT_BOOL, 0, AT(manage_configmaps), 0, 0, "true", NULL,
	 "watch f5type=virtual-server ConfigMaps"},
	{"schema-db-base-dir", 0, OPT_STRING, 0, AT(schema_base), 0, 0,
	 "file:///app/vendor/src/f5/schemas/", "URL",
	 "where f5schemadb:// schemas are; those that are not there are built in"},
	{"drain-seconds", 0, OPT_SECONDS, 0, AT(drain_s), 0, 86400, "10", "SECONDS",
	 "a pool member whose pod ends gets no new connections for this long before it is removed; "
	 "0: at once"},
	{"running-in-cluster", 0, OPT_BOOL, 0, AT(in_cluster), 0, 0, "true", NULL,
	 "use the pod's service account; false: --kubeconfig"},
	{"kubeconfig", 0, OPT_STRING, 0, AT(kubeconfig), 0, 0, "./config", "FILE",
	 "kubeconfig file"},
	{"leader-elect", 0, OPT_BOOL, 0, AT(leader_elect), 0, 0, "true", NULL,
	 "one active replica by a Lease, if permitted"},
	{"leader-elect-namespace", 0, OPT_STRING, 0, AT(lease_ns), 0, 0, NULL, "NAME",
	 "of the Lease; default: the pod's, else kube-system"},
	{"leader-elect-name", 0, OPT_STRING, 0, AT(lease_name), 0, 0, NULL, "NAME",
	 "of the Lease; default: one per device and partitions"},
	{"http-listen-address", 0, OPT_STRING, 0, AT(http_listen), 0, 0, "0.0.0.0:8080",
	 "ADDRESS:PORT", "/healthz /readyz /metrics /v1/ltm"},
	{"log-level", 0, OPT_STRING, 0, AT(log_level_text), 0, 0, "INFO", "LEVEL",
	 "DEBUG, INFO, WARNING, ERROR or CRITICAL"},
	{"log-file", 0, OPT_STRING, 0, AT(log_file), 0, 0, NULL, "FILE",
	 "write the log there instead of standard error"},
	{"check", 0, OPT_BOOL, 0, AT(check), 0, 0, "false", NULL, "check the flags and end"},
	{"version", 0, OPT_BOOL, 0, AT(version), 0, 0, "false", NULL, "print the version and end"},
	/* of k8s-bigip-ctlr's ConfigMap path, without effect here */
	OTHER("agent", OPT_STRING, "podlane always writes LTM objects itself"),
	OTHER("node-poll-interval", OPT_INT, WATCHES),
	OTHER("periodic-sync-interval", OPT_INT, WATCHES),
	OTHER("python-basedir", OPT_STRING, "podlane has no Python part"),
	OTHER("cccl-log-level", OPT_STRING, "podlane has no Python part"),
	OTHER("use-secrets", OPT_BOOL,
	      "SSL profiles are taken from the BIG-IP, not made from Secrets"),
	OTHER("default-route-domain", OPT_INT, "the partition's own default route domain is used"),
	OTHER("pod-graceful-shutdown", OPT_BOOL, "see --drain-seconds"),
	OTHER("disable-teems", OPT_BOOL, "podlane sends no telemetry"),
	OTHER("http-client-metrics", OPT_BOOL, "these metrics are always there"),
	OTHER("refresh-token-interval", OPT_INT, "tokens are renewed before they expire"),
	OTHER("flannel-name", OPT_STRING, TUNNEL),
	OTHER("openshift-sdn-name", OPT_STRING, TUNNEL),
	OTHER("cilium-name", OPT_STRING, TUNNEL),
	OTHER("static-routing-mode", OPT_BOOL, TUNNEL),
	OTHER("orchestration-cni", OPT_STRING, TUNNEL),
	OTHER("shared-static-routes", OPT_BOOL, TUNNEL),
	OTHER("static-route-node-cidr", OPT_STRING, TUNNEL),
	/* of its other front ends */
	OTHER("manage-ingress", OPT_BOOL, INGRESS),
	OTHER("manage-ingress-class-only", OPT_BOOL, INGRESS),
	OTHER("ingress-class", OPT_STRING, INGRESS),
	OTHER("default-ingress-ip", OPT_STRING, INGRESS),
	OTHER("resolve-ingress-names", OPT_STRING, INGRESS),
	OTHER("as3-validation", OPT_BOOL, AS3),
	OTHER("as3-post-delay", OPT_INT, AS3),
	OTHER("log-as3-response", OPT_BOOL, AS3),
	OTHER("override-as3-declaration", OPT_STRING, AS3),
	OTHER("filter-tenants", OPT_BOOL, AS3),
	OTHER("share-nodes", OPT_BOOL, AS3),
	OTHER("tls-version", OPT_STRING, AS3),
	OTHER("ciphers", OPT_STRING, AS3),
	OTHER("cipher-group", OPT_STRING, AS3),
	OTHER("hubmode", OPT_BOOL, AS3),
	OTHER("manage-routes", OPT_BOOL, ROUTES),
	OTHER("route-vserver-addr", OPT_STRING, ROUTES),
	OTHER("route-label", OPT_STRING, ROUTES),
	OTHER("route-http-vserver", OPT_STRING, ROUTES),
	OTHER("route-https-vserver", OPT_STRING, ROUTES),
	OTHER("default-client-ssl", OPT_STRING, ROUTES),
	OTHER("default-server-ssl", OPT_STRING, ROUTES),
	OTHER("custom-resource-mode", OPT_BOOL, CRD),
	OTHER("controller-mode", OPT_STRING, CRD),
	OTHER("custom-resource-label", OPT_STRING, CRD),
	OTHER("route-spec-configmap", OPT_STRING, CRD),
	OTHER("extended-spec-configmap", OPT_STRING, CRD),
	OTHER("shared-default-route-domain", OPT_BOOL, CRD),
	OTHER("enable-ipv6", OPT_BOOL, CRD),
	OTHER("load-balancer-class", OPT_STRING, CRD),
	OTHER("manage-load-balancer-class-only", OPT_BOOL, CRD),
	OTHER("ipam", OPT_BOOL, IPAM),
	OTHER("ipam-cluster-label", OPT_STRING, IPAM),
	OTHER("ipam-namespace", OPT_STRING, IPAM),
	OTHER("gtm-bigip-url", OPT_STRING, GTM),
	OTHER("gtm-bigip-username", OPT_STRING, GTM),
	{"gtm-bigip-password", 0, OPT_STRING, OPT_IGNORED | OPT_SECRET, 0, 0, 0, NULL, NULL, GTM},
	OTHER("gtm-credentials-directory", OPT_STRING, GTM),
	OTHER("cccl-gtm-agent", OPT_BOOL, GTM),
	OTHER("multi-cluster-mode", OPT_STRING, MULTI),
	OTHER("local-cluster-name", OPT_STRING, MULTI),
	{0},
};

enum { DEFAULT_VERIFY_S = 30, FILE_MAX = 65536 };

/* ---- checks, in the order of k8s-bigip-ctlr's verifyArgs ---- */

static int check_partitions(struct settings *s, struct error *err)
{
	if (s->partitions.n == 0)
		return err_set(err, ERR_INPUT, 0,
			       "--bigip-partition is missing: at least one partition is needed");
	if (s->partitions.n >= ARRAY_SIZE(s->partition_list))
		return err_set(err, ERR_INPUT, 0,
			       "--bigip-partition is given %zu times, at most %zu are possible",
			       s->partitions.n, ARRAY_SIZE(s->partition_list) - 1);
	for (size_t i = 0; i < s->partitions.n; i++) {
		const char *p = s->partitions.items[i];

		if (strcmp(p, "Common") == 0)
			return err_set(err, ERR_INPUT, 0,
				       "--bigip-partition=Common: the Common partition is never "
				       "managed; use one of its own");
		if (!*p || strpbrk(p, "/~ "))
			return err_set(err, ERR_INPUT, 0,
				       "--bigip-partition='%s' is no partition name", p);
		s->partition_list[i] = p;
	}
	return 0;
}

static int check_namespaces(struct settings *s, struct error *err)
{
	if (s->namespaces.n > 0 && !str_empty(s->namespace_label))
		return err_set(err, ERR_INPUT, 0,
			       "--namespace and --namespace-label exclude each other");
	if (s->namespaces.n >= ARRAY_SIZE(s->namespace_list))
		return err_set(err, ERR_INPUT, 0,
			       "--namespace is given more than %zu times; use --namespace-label",
			       ARRAY_SIZE(s->namespace_list) - 1);
	for (size_t i = 0; i < s->namespaces.n; i++) {
		if (!*s->namespaces.items[i])
			return err_set(
				err, ERR_INPUT, 0,
				"--namespace is empty; leave it out to watch all namespaces");
		s->namespace_list[i] = s->namespaces.items[i];
	}
	return 0;
}

static int check_member_type(struct settings *s, struct error *err)
{
	const char *type = s->pool_member_type;

	s->cluster_mode = str_eq(type, "cluster");
	if (s->cluster_mode || str_eq(type, "nodeport"))
		return 0;
	if (str_eq(type, "nodeportlocal") || str_eq(type, "auto"))
		return err_set(err, ERR_INPUT, 0,
			       "--pool-member-type=%s is not supported: use cluster or nodeport",
			       type);
	return err_set(err, ERR_INPUT, 0, "--pool-member-type='%s' is not one of cluster, nodeport",
		       type);
}

static int check_listen(struct settings *s, struct error *err)
{
	const char *colon = strrchr(s->http_listen, ':');
	unsigned long long port;
	size_t n;

	if (!colon || str_to_u64(colon + 1, 0, UINT16_MAX, &port) < 0)
		return err_set(err, ERR_INPUT, 0, "--http-listen-address='%s' is no ADDRESS:PORT",
			       s->http_listen);
	n = (size_t)(colon - s->http_listen);
	if (n >= 2 && s->http_listen[0] == '[' && colon[-1] == ']')
		s->http_address = mem_strndup(s->http_listen + 1, n - 2);
	else
		s->http_address = n ? mem_strndup(s->http_listen, n) : mem_strdup("0.0.0.0");
	s->http_port = (uint16_t)port;
	return 0;
}

static int check_trusted(struct settings *s, struct error *err)
{
	const char *text = s->trusted_certs_cfgmap, *slash = text ? strchr(text, '/') : NULL;

	if (str_empty(text))
		return 0;
	if (!slash || slash == text || !slash[1] || strchr(slash + 1, '/'))
		return err_set(err, ERR_INPUT, 0,
			       "--trusted-certs-cfgmap='%s' is no NAMESPACE/NAME", text);
	s->trusted_certs_ns = mem_strndup(text, (size_t)(slash - text));
	s->trusted_certs_name = mem_strdup(slash + 1);
	return 0;
}

static int check_device(const struct settings *s, struct error *err)
{
	struct credentials c = {0};
	int r;

	if (s->tool && str_empty(s->bigip_url) && str_empty(s->credentials_directory))
		return 0;
	r = settings_credentials(s, &c, err);
	credentials_release(&c);
	/* files of a directory may come later; what they lack is logged then */
	return r < 0 && s->credentials_directory && err->kind == ERR_GONE && !s->tool ? 0 : r;
}

static int check(struct settings *s, struct error *err)
{

	if (log_parse_level(s->log_level_text, &s->log_level) < 0)
		return err_set(
			err, ERR_INPUT, 0,
			"--log-level='%s' is not one of DEBUG, INFO, WARNING, ERROR, CRITICAL",
			s->log_level_text);
	if (check_partitions(s, err) < 0)
		return -1;
	if (check_device(s, err) < 0)
		return -1;
	if (check_namespaces(s, err) < 0 || check_member_type(s, err) < 0 ||
	    check_listen(s, err) < 0 || check_trusted(s, err) < 0)
		return -1;
	if (s->verify_interval_s <= 0)
		s->verify_interval_s = DEFAULT_VERIFY_S;
	s->guard = (struct guard_settings){.max_percent = (unsigned)s->delete_guard_percent,
					   .min_objects = 10,
					   .allow_empty = s->allow_empty_cluster};
	return 0;
}

/* ---- files and environment ---- */

static char *trim(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && strchr(" \t\r\n", text[n - 1]))
		text[--n] = '\0';
	return text;
}

/* NULL if there is no such file */
static char *read_small(const char *dir, const char *name)
{
	autofree char *path = mem_printf("%s/%s", dir, name);
	char buf[FILE_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	char *text;

	if (fd < 0)
		return NULL;
	n = read(fd, buf, sizeof(buf) - 1);
	close(fd);
	if (n < 0)
		return NULL;
	text = trim(mem_strndup(buf, (size_t)n));
	explicit_bzero(buf, (size_t)n);
	return text;
}

static void replace(char **slot, char *given)
{
	if (str_empty(given)) {
		free(given);
		return;
	}
	str_wipe(*slot);
	free(*slot);
	*slot = given;
}

void credentials_release(struct credentials *c)
{
	str_wipe(c->password);
	free(c->url);
	free(c->username);
	free(c->password);
	*c = (struct credentials){0};
}

bool credentials_equal(const struct credentials *a, const struct credentials *b)
{
	return str_eq(a->url, b->url) && str_eq(a->username, b->username) &&
	       str_eq(a->password, b->password);
}

int settings_credentials(const struct settings *s, struct credentials *ret, struct error *err)
{
	const char *dir = s->credentials_directory;
	struct credentials c = {0};
	char *url = NULL;

	replace(&url, mem_strdup(s->bigip_url));
	replace(&c.username, mem_strdup(s->bigip_username));
	replace(&c.password, mem_strdup(s->bigip_password));
	replace(&c.username, mem_strdup(getenv("BIGIP_USERNAME")));
	replace(&c.password, mem_strdup(getenv("BIGIP_PASSWORD")));
	if (!str_empty(dir)) {
		replace(&url, read_small(dir, "url"));
		replace(&c.username, read_small(dir, "username"));
		replace(&c.password, read_small(dir, "password"));
	}
	if (!url || !c.username || !c.password) {
		err_set(err, str_empty(dir) ? ERR_INPUT : ERR_GONE, 0,
			"no %s for the BIG-IP: give --bigip-url, --bigip-username and "
			"--bigip-password, or --credentials-directory%s%s",
			!url          ? "URL"
			: !c.username ? "user name"
				      : "password",
			str_empty(dir) ? "" : ", looked in ", str_empty(dir) ? "" : dir);
	} else {
		c.url = settings_url(url, err);
	}
	free(url);
	if (!c.url) {
		credentials_release(&c);
		return -1;
	}
	*ret = c;
	return 0;
}

char *settings_url(const char *text, struct error *err)
{
	const char *scheme = strstr(text, "://"), *host = scheme ? scheme + 3 : text;
	size_t n = strcspn(host, "/?#");
	autofree char *authority = mem_strndup(host, n);
	unsigned long long port;
	const char *colon;
	struct ip_addr ip;

	if (scheme && !str_starts(text, "https://")) {
		err_set(err, ERR_INPUT, 0, "--bigip-url '%s': only https is possible", text);
		return NULL;
	}
	if (host[n] && strcmp(host + n, "/") != 0) {
		err_set(err, ERR_INPUT, 0, "--bigip-url '%s': nothing may follow the host", text);
		return NULL;
	}
	if (ip_parse(authority, &ip) == 0 && ip.family == 6)
		return mem_printf("https://[%s]", authority);
	colon = strrchr(authority, ':');
	if (colon && strchr(colon, ']'))
		colon = NULL; /* "[2001:db8::1]" */
	if (n == 0 || strpbrk(authority, " @\\") || colon == authority ||
	    (colon && str_to_u64(colon + 1, 1, UINT16_MAX, &port) < 0)) {
		err_set(err, ERR_INPUT, 0,
			"--bigip-url '%s' is no host, host:port or https://host[:port]", text);
		return NULL;
	}
	return mem_printf("https://%s", authority);
}

/* ---- the rest ---- */

struct tr_settings settings_translate(const struct settings *s)
{
	return (struct tr_settings){
		.cluster = s->cluster_mode,
		.use_node_internal = s->use_node_internal,
		.snat_pool = str_empty(s->snat_pool) ? NULL : s->snat_pool,
		.default_partition = s->partition_list[0],
		.user_agent = "podlane-" PODLANE_VERSION,
		.drain = s->drain_s > 0,
	};
}

char *settings_lease_name(const struct settings *s, const char *url)
{
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	if (!str_empty(s->lease_name))
		return mem_strdup(s->lease_name);
	for (const char *c = url; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
	for (size_t i = 0; i < s->partitions.n; i++) {
		for (const char *c = s->partitions.items[i]; *c; c++)
			hash = (hash ^ (unsigned char)*c) * 0x100000001b3u;
		hash = (hash ^ '/') * 0x100000001b3u;
	}
	return mem_printf("podlane-%08x", (unsigned)(hash ^ hash >> 32));
}

struct note_ctx {
	void (*note)(void *ctx, const char *line);
	void *ctx;
};

static void ignored(void *ctx, const char *name, const char *why)
{
	autofree char *line = mem_printf("--%s has no effect: %s", name, why);
	const struct note_ctx *n = ctx;

	n->note(n->ctx, line);
}

static void derive(struct settings *s)
{
	char host[256] = "";

	(void)gethostname(host, sizeof(host) - 1);
	s->identity = mem_printf("%s_%d_%ld", host, (int)getpid(), (long)time(NULL));
	if (str_empty(s->lease_ns)) {
		free(s->lease_ns);
		s->lease_ns = read_small("/var/run/secrets/kubernetes.io/serviceaccount",
					 "namespace");
		if (!s->lease_ns)
			s->lease_ns = mem_strdup("kube-system");
	}
}

int settings_parse(int argc, char **argv, void (*note)(void *ctx, const char *line), void *ctx,
		   struct settings *ret, struct error *err)
{
	struct note_ctx notes = {note, ctx};

	if (opt_parse(table, ret, argc, argv, &ret->options, err) < 0)
		return -1;
	ret->help = ret->options.help;
	if (ret->help || ret->version)
		return 0;
	if (ret->options.n_args > 0)
		return err_set(err, ERR_INPUT, 0,
			       "'%s' is not a flag; a boolean takes its value after '=', as in "
			       "--insecure=true",
			       ret->options.args[0]);
	if (check(ret, err) < 0)
		return -1;
	derive(ret);
	opt_ignored(table, &ret->options, ignored, &notes);
	return 0;
}

void settings_release(struct settings *s)
{
	str_wipe(s->bigip_password);
	free(s->trusted_certs_ns);
	free(s->trusted_certs_name);
	free(s->http_address);
	free(s->identity);
	opt_release(table, s, &s->options);
	*s = (struct settings){0};
}

void settings_print_help(void)
{
	struct strbuf text = {0};

	opt_help(table, &text);
	printf("Usage: podlane-controller FLAGS\n\nKeeps virtual servers, pools, members and "
	       "monitors of a BIG-IP as Kubernetes says.\n\n%s",
	       str_get(&text));
	str_release(&text);
}
