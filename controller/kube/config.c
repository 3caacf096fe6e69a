/*
 * config - kubeconfig files and the service account of a pod
 *
 * A kubeconfig (v1) is read as a whole and checked at once; an error names the file and the field.
 * Paths in it are relative to its folder. Not supported, and refused rather than passed over:
 * auth-provider (removed from Kubernetes 1.26), proxy-url, tls-server-name other than the server's
 * own name, impersonation.
 */
#include "controller/kube/config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/base/yaml.h"

enum { MAX_FILE = 4 << 20 };

static const char pod_dir[] = "/var/run/secrets/kubernetes.io/serviceaccount";

/* ---- files ---- */

long kube_read_file(const char *path, size_t max, char **ret, struct error *err)
{
	struct strbuf b = {.max = max};
	char chunk[16384];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), saved;
	long len;

	if (fd < 0)
		return err_errno(err, "cannot open '%s'", path);
	str_add(&b, "");
	while ((n = read(fd, chunk, sizeof(chunk))) > 0 && !b.bad)
		str_add_mem(&b, chunk, (size_t)n);
	saved = errno;
	close(fd);
	len = (long)b.len;
	if (n < 0 || b.bad) {
		str_release(&b);
		if (n >= 0)
			return err_set(err, ERR_INPUT, 0, "'%s' is larger than %zu bytes", path,
				       max);
		errno = saved;
		return err_errno(err, "cannot read '%s'", path);
	}
	*ret = str_take(&b);
	return len;
}

static void free_secret(char *s)
{
	str_wipe(s);
	free(s);
}

static char *beside(const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');

	if (path[0] == '/' || !slash)
		return mem_strdup(path);
	return mem_printf("%.*s%s", (int)(slash - file) + 1, file, path);
}

/* ---- reading the document ---- */

struct input {
	struct kube_config *to;
	struct json_object *root;
	struct error *err;
};

__attribute__((format(printf, 2, 3))) static int refuse(struct input *in, const char *fmt, ...)
{
	char what[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(in->err, ERR_INPUT, 0, "kubeconfig '%s': %s", in->to->origin, what);
}

/* a string field; *ret is NULL when absent or empty. @at: the path of @o, for messages */
static int get_string(struct input *in, struct json_object *o, const char *at, const char *key,
		      const char **ret)
{
	struct json_object *v = js_key(o, key);
	const char *s;

	*ret = NULL;
	if (!v)
		return 0;
	if (!json_object_is_type(v, json_type_string))
		return refuse(in, "%s%s%s must be a string", at, *at ? "." : "", key);
	s = json_object_get_string(v);
	if (strlen(s) != (size_t)json_object_get_string_len(v))
		return refuse(in, "%s%s%s holds a NUL byte", at, *at ? "." : "", key);
	*ret = *s ? s : NULL;
	return 0;
}

static int get_bool(struct input *in, struct json_object *o, const char *at, const char *key,
		    bool *ret)
{
	struct json_object *v = js_key(o, key);

	if (v && !json_object_is_type(v, json_type_boolean))
		return refuse(in, "%s.%s must be true or false", at, key);
	*ret = v && json_object_get_boolean(v);
	return 0;
}

/* the body of the entry called @name in one of the three named lists; its path goes to @at */
static int find_entry(struct input *in, const char *list, const char *body, const char *name,
		      char *at, size_t at_size, struct json_object **ret)
{
	struct json_object *array = js_key(in->root, list), *o;
	struct strbuf known = {.max = 200};
	int rc;

	if (array && !json_object_is_type(array, json_type_array))
		return refuse(in, "%s must be a list", list);
	for (size_t i = 0; i < js_arr_len(array); i++) {
		struct json_object *e = json_object_array_get_idx(array, i);
		const char *is = js_str(e, "name", NULL);

		str_addf(&known, "%s%s", known.len ? ", " : "", is ? is : "?");
		if (!is || !str_eq(is, name))
			continue;
		str_release(&known);
		(void)snprintf(at, at_size, "%s[%zu].%s", list, i, body);
		o = js_key(e, body);
		if (!json_object_is_type(o, json_type_object) && o)
			return refuse(in, "%s must be a map", at);
		*ret = o;
		return 0;
	}
	rc = refuse(in, "%s holds no entry named '%s'%s%s", list, name,
		    known.len ? "; there are: " : "", str_get(&known));
	str_release(&known);
	return rc;
}

static bool looks_like_pem(const char *s)
{
	return strstr(s, "-----BEGIN ") != NULL;
}

/* KEY-data (base64) wins over KEY (a file) */
static int get_pem(struct input *in, struct json_object *o, const char *at, const char *key,
		   struct kube_pem *ret)
{
	autofree char *data_key = mem_printf("%s-data", key);
	const char *data, *path;

	if (get_string(in, o, at, data_key, &data) < 0 || get_string(in, o, at, key, &path) < 0)
		return -1;
	if (data) {
		unsigned char *text = NULL;
		long len = str_base64_decode(data, &text);

		if (len < 0 || strlen((char *)text) != (size_t)len ||
		    !looks_like_pem((char *)text)) {
			free(text);
			return refuse(in, "%s.%s must be %s", at, data_key,
				      len < 0 ? "base64" : "PEM in base64");
		}
		ret->text = (char *)text;
	} else if (path) {
		ret->path = beside(in->to->origin, path);
		if (kube_read_file(ret->path, MAX_FILE, &ret->text, in->err) < 0)
			return err_wrap(in->err, "kubeconfig '%s': %s.%s", in->to->origin, at, key);
		if (!looks_like_pem(ret->text))
			return refuse(in, "%s.%s: '%s' is not PEM", at, key, ret->path);
	}
	return 0;
}

static bool server_is(const char *url, const char *name)
{
	const char *host = strstr(url, "://") + 3;
	size_t len = strcspn(host, ":/");

	return strlen(name) == len && !strncasecmp(host, name, len);
}

static int read_cluster(struct input *in, struct json_object *o, const char *at)
{
	struct kube_config *c = in->to;
	const char *server, *proxy, *name;
	size_t len;

	if (get_string(in, o, at, "server", &server) < 0 ||
	    get_string(in, o, at, "proxy-url", &proxy) < 0 ||
	    get_string(in, o, at, "tls-server-name", &name) < 0 ||
	    get_bool(in, o, at, "insecure-skip-tls-verify", &c->insecure) < 0 ||
	    get_pem(in, o, at, "certificate-authority", &c->ca) < 0)
		return -1;
	if (!server)
		return refuse(in, "%s.server is missing", at);
	if (!str_starts(server, "https://") && !str_starts(server, "http://"))
		return refuse(in, "%s.server must begin with https:// or http://, is '%.100s'", at,
			      server);
	if (proxy)
		return refuse(in, "%s.proxy-url is not supported", at);
	if (name && !server_is(server, name))
		return refuse(in,
			      "%s.tls-server-name differs from the name in server, which is not "
			      "supported",
			      at);
	if (c->insecure && c->ca.text)
		return refuse(in,
			      "%s.insecure-skip-tls-verify and a certificate-authority exclude "
			      "each other",
			      at);
	len = strlen(server);
	while (len > 0 && server[len - 1] == '/')
		len--;
	c->server = mem_strndup(server, len);
	return 0;
}

/* ---- exec plugins ---- */

/* "NAME=value" of one entry of exec.env */
static int exec_env(struct input *in, struct json_object *e, const char *at, size_t i, char **ret)
{
	autofree char *here = mem_printf("%s.env[%zu]", at, i);
	const char *name, *value;

	if (get_string(in, e, here, "name", &name) < 0 ||
	    get_string(in, e, here, "value", &value) < 0)
		return -1;
	if (!name || strchr(name, '='))
		return refuse(in, "%s.name must be the name of a variable", here);
	*ret = mem_printf("%s=%s", name, value ? value : "");
	return 0;
}

/* what the plugin is told in KUBERNETES_EXEC_INFO */
static char *exec_info(const struct kube_config *c, const char *api_version,
		       struct json_object *cluster, bool with_cluster)
{
	autojson struct json_object *o = js_obj();
	struct json_object *spec = js_obj();

	js_put_str(o, "kind", "ExecCredential");
	js_put_str(o, "apiVersion", api_version);
	js_put_bool(spec, "interactive", false);
	if (with_cluster) {
		struct json_object *to = js_obj();

		js_put_str(to, "server", c->server);
		if (c->insecure)
			js_put_bool(to, "insecure-skip-tls-verify", true);
		js_put_str(to, "certificate-authority-data",
			   js_str(cluster, "certificate-authority-data", NULL));
		js_put(spec, "cluster", to);
	}
	js_put(o, "spec", spec);
	return mem_printf("KUBERNETES_EXEC_INFO=%s", js_text(o, NULL));
}

static int read_env(struct input *in, struct json_object *o, const char *at, char *info,
		    struct kube_exec *to)
{
	struct json_object *env = js_key(o, "env");

	to->env = mem_calloc(js_arr_len(env) + 2, sizeof(*to->env));
	to->env[0] = info;
	if (env && !json_object_is_type(env, json_type_array))
		return refuse(in, "%s.env must be a list", at);
	for (size_t i = 0; i < js_arr_len(env); i++)
		if (exec_env(in, json_object_array_get_idx(env, i), at, i, &to->env[i + 1]) < 0)
			return -1;
	return 0;
}

static int read_argv(struct input *in, struct json_object *o, const char *at, struct kube_exec *to)
{
	struct json_object *args = js_key(o, "args");
	const char *command;

	if (get_string(in, o, at, "command", &command) < 0)
		return -1;
	if (!command)
		return refuse(in, "%s.command is missing", at);
	if (args && !json_object_is_type(args, json_type_array))
		return refuse(in, "%s.args must be a list", at);
	to->argv = mem_calloc(js_arr_len(args) + 2, sizeof(*to->argv));
	to->argv[0] = strchr(command, '/') ? beside(in->to->origin, command) : mem_strdup(command);
	for (size_t i = 0; i < js_arr_len(args); i++) {
		struct json_object *a = json_object_array_get_idx(args, i);

		if (!json_object_is_type(a, json_type_string))
			return refuse(in, "%s.args[%zu] must be a string", at, i);
		to->argv[i + 1] = mem_strdup(json_object_get_string(a));
	}
	return 0;
}

static int read_exec(struct input *in, struct json_object *o, const char *user,
		     struct json_object *cluster)
{
	struct kube_exec *x = in->to->exec = mem_alloc(sizeof(*x));
	autofree char *at = mem_printf("%s.exec", user);
	const char *version, *mode, *hint;
	bool with_cluster;

	if (!json_object_is_type(o, json_type_object))
		return refuse(in, "%s must be a map", at);
	if (get_string(in, o, at, "apiVersion", &version) < 0 ||
	    get_string(in, o, at, "interactiveMode", &mode) < 0 ||
	    get_string(in, o, at, "installHint", &hint) < 0 ||
	    get_bool(in, o, at, "provideClusterInfo", &with_cluster) < 0 ||
	    read_argv(in, o, at, x) < 0)
		return -1;
	if (!version || (!str_eq(version, "client.authentication.k8s.io/v1") &&
			 !str_eq(version, "client.authentication.k8s.io/v1beta1")))
		return refuse(in,
			      "%s.apiVersion must be client.authentication.k8s.io/v1 or v1beta1, "
			      "is '%.100s'",
			      at, version ? version : "");
	if (mode && str_eq(mode, "Always"))
		return refuse(in, "%s.interactiveMode is Always, but there is no terminal", at);
	x->api_version = mem_strdup(version);
	x->hint = mem_strdup(hint);
	return read_env(in, o, at, exec_info(in->to, version, cluster, with_cluster), x);
}

static int read_user(struct input *in, struct json_object *o, const char *at,
		     struct json_object *cluster)
{
	static const char *const refused[] = {"auth-provider", "as", "as-uid", "as-groups",
					      "as-user-extra"};
	struct kube_config *c = in->to;
	const char *token, *file, *name, *password;
	struct json_object *exec = js_key(o, "exec");

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if (js_key(o, refused[i]))
			return refuse(in, "%s.%s is not supported", at, refused[i]);
	if (get_pem(in, o, at, "client-certificate", &c->cert) < 0 ||
	    get_pem(in, o, at, "client-key", &c->key) < 0 ||
	    get_string(in, o, at, "token", &token) < 0 ||
	    get_string(in, o, at, "tokenFile", &file) < 0 ||
	    get_string(in, o, at, "username", &name) < 0 ||
	    get_string(in, o, at, "password", &password) < 0)
		return -1;
	if (!c->cert.text != !c->key.text)
		return refuse(in, "%s has a client-%s but no client-%s", at,
			      c->cert.text ? "certificate" : "key",
			      c->cert.text ? "key" : "certificate");
	c->token = mem_strdup(token);
	c->token_file = file ? beside(c->origin, file) : NULL;
	c->username = mem_strdup(name);
	c->password = mem_strdup(password);
	return exec ? read_exec(in, exec, at, cluster) : 0;
}

static int read_root(struct input *in, const char *context)
{
	struct json_object *o = NULL, *cluster = NULL, *user = NULL;
	const char *cluster_name, *user_name;
	char at[64];

	if (!json_object_is_type(in->root, json_type_object))
		return refuse(in, "must be a map");
	if (!context && get_string(in, in->root, "", "current-context", &context) < 0)
		return -1;
	if (!context)
		return refuse(in, "current-context is not set");
	if (find_entry(in, "contexts", "context", context, at, sizeof(at), &o) < 0 ||
	    get_string(in, o, at, "cluster", &cluster_name) < 0 ||
	    get_string(in, o, at, "user", &user_name) < 0)
		return -1;
	if (!cluster_name)
		return refuse(in, "%s.cluster is missing", at);
	if (find_entry(in, "clusters", "cluster", cluster_name, at, sizeof(at), &cluster) < 0 ||
	    read_cluster(in, cluster, at) < 0)
		return -1;
	if (!user_name) /* anonymous */
		return 0;
	if (find_entry(in, "users", "user", user_name, at, sizeof(at), &user) < 0)
		return -1;
	return read_user(in, user, at, cluster);
}

int kube_config_parse(const char *text, size_t len, const char *path, const char *context,
		      struct kube_config **ret, struct error *err)
{
	struct kube_config *c = mem_alloc(sizeof(*c));
	struct input in = {.to = c, .err = err};
	int rc;

	c->origin = mem_strdup(path);
	rc = yaml_parse_one(text, len, &in.root, err);
	if (rc < 0)
		(void)err_wrap(err, "kubeconfig '%s'", path);
	else
		rc = read_root(&in, context);
	json_object_put(in.root);
	if (rc < 0)
		kube_config_free(c);
	else
		*ret = c;
	return rc < 0 ? -1 : 0;
}

int kube_config_load(const char *path, const char *context, struct kube_config **ret,
		     struct error *err)
{
	char *text;
	long len = kube_read_file(path, MAX_FILE, &text, err);
	int rc;

	if (len < 0)
		return err_wrap(err, "kubeconfig");
	rc = kube_config_parse(text, (size_t)len, path, context, ret, err);
	str_wipe(text);
	free(text);
	return rc;
}

/* ---- in a pod ---- */

int kube_config_pod(const char *host, const char *port, const char *dir, struct kube_config **ret,
		    struct error *err)
{
	struct kube_config *c;

	if (str_empty(host) || str_empty(port))
		return err_set(err, ERR_INPUT, 0,
			       "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT "
			       "are not set");
	c = mem_alloc(sizeof(*c));
	c->origin = mem_strdup(dir);
	c->server = mem_printf(strchr(host, ':') ? "https://[%s]:%s" : "https://%s:%s", host, port);
	c->ca.path = mem_printf("%s/ca.crt", dir);
	c->token_file = mem_printf("%s/token", dir);
	if (kube_read_file(c->ca.path, MAX_FILE, &c->ca.text, err) < 0) {
		(void)err_wrap(err, "service account");
	} else if (!looks_like_pem(c->ca.text)) {
		(void)err_set(err, ERR_INPUT, 0, "service account: '%s' is not PEM", c->ca.path);
	} else if (access(c->token_file, R_OK) < 0) {
		(void)err_errno(err, "service account: cannot read '%s'", c->token_file);
	} else {
		*ret = c;
		return 0;
	}
	kube_config_free(c);
	return -1;
}

int kube_config_in_cluster(struct kube_config **ret, struct error *err)
{
	return kube_config_pod(getenv("KUBERNETES_SERVICE_HOST"), getenv("KUBERNETES_SERVICE_PORT"),
			       pod_dir, ret, err);
}

/* ---- later ---- */

static bool reread(struct kube_pem *p)
{
	struct error err;
	char *text;

	if (!p->path || kube_read_file(p->path, MAX_FILE, &text, &err) < 0)
		return false;
	if (str_eq(text, p->text) || !looks_like_pem(text)) {
		free_secret(text);
		return false;
	}
	free_secret(p->text);
	p->text = text;
	return true;
}

bool kube_config_reread(struct kube_config *c)
{
	bool ca = reread(&c->ca), cert = reread(&c->cert), key = reread(&c->key);

	return ca || cert || key;
}

const char *kube_config_server(const struct kube_config *c)
{
	return c->server;
}

static void pem_release(struct kube_pem *p)
{
	free_secret(p->text);
	free(p->path);
}

static void free_list(char **list)
{
	for (size_t i = 0; list && list[i]; i++)
		free_secret(list[i]);
	free(list);
}

void kube_config_free(struct kube_config *c)
{
	if (!c)
		return;
	pem_release(&c->ca);
	pem_release(&c->cert);
	pem_release(&c->key);
	if (c->exec) {
		free(c->exec->api_version);
		free(c->exec->hint);
		free_list(c->exec->argv);
		free_list(c->exec->env);
		free(c->exec);
	}
	free_secret(c->token);
	free(c->token_file);
	free(c->username);
	free_secret(c->password);
	free(c->server);
	free(c->origin);
	free(c);
}
