/* mock-bigip: command line, loop, signals. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/rand.h>

#include "bigip/mock/plane/plane.h"
#include "bigip/mock/server.h"
#include "bigip/mock/tls.h"
#include "common/base/clock.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/ev/loop.h"

enum { EXIT_USAGE = 2, STOP_PATIENCE_MS = 3000, MAX_LIST = 64, MAX_FILE = 512 << 20 };

static const char usage[] =
	"mock-bigip: an iControl REST server that behaves like a BIG-IP " MOCK_VERSION "\n"
	"\n"
	"  --listen ADDRESS:PORT      default 127.0.0.1:8443; port 0: any free one. Prints one "
	"line\n"
	"                             \"ready https://ADDRESS:PORT\" when it serves\n"
	"  --cert FILE --key FILE     PEM; default: a fresh self-signed certificate\n"
	"  --write-ca FILE            write the certificate there, for clients to trust\n"
	"  --user NAME                default admin\n"
	"  --password TEXT            default admin; wiped from the command line\n"
	"  --password-file FILE       its first line\n"
	"  --users-file FILE          lines NAME:PASSWORD[:admin|guest]\n"
	"  --token-ttl SECONDS        life of a token, default 1200\n"
	"  --partition NAME[:RD]      make a partition, with that default route domain "
	"(repeatable)\n"
	"  --snatpool NAME=ADDR,...   make a SNAT pool; NAME is a full path or one in /Common "
	"(repeatable)\n"
	"  --setup FILE               lines {\"method\",\"path\",\"body\"} to carry out first "
	"(repeatable)\n"
	"  --state FILE               load it at start when it exists, save changes there\n"
	"  --member-state WORD        of monitored members: up (default), down, checking\n"
	"  --latency-ms N|real|CLASS=N,...   list, get, write, virtual, iapp, login, commit, save\n"
	"  --max-active N             requests worked on at once, more wait (a BIG-IP: 10); "
	"default 0, all\n"
	"  --fail RULE                see bigip/mock/fault.h; e.g. 503:5%  401:after=100\n"
	"                             close:method=POST,path=/ltm/pool,count=1 (repeatable)\n"
	"  --fail-seed N              for the chances, default 1\n"
	"  --quirk WORD               empty-no-items, monitor-blank, paging-top-grows, "
	"member-post-404,\n"
	"                             v16-fields, no-txn-monitor-hole, no-txn-partition-hole "
	"(repeatable)\n"
	"  --request-log FILE         one JSON object per request\n"
	"  --traffic                  serve the virtual servers with HAProxy and probe the "
	"monitors\n"
	"  --traffic-dir DIR          for its files; default: a temporary directory\n"
	"  --traffic-addresses DEV    add virtual and SNAT addresses to this interface, e.g. lo\n"
	"  --haproxy PROGRAM          default haproxy\n"
	"  --log-level LEVEL          debug, info (default), warning, error\n"
	"\n"
	"Control path for loopback clients: /mock/requests /mock/fail /mock/state /mock/member "
	"/mock/latency\n"
	"Exit: 0 stopped, 1 failed, 2 wrong usage\n";

struct options {
	char address[64];
	uint16_t port;
	const char *cert, *key, *write_ca, *user, *password_file, *users_file, *setup[MAX_LIST];
	char *password;
	const char *partitions[MAX_LIST], *snatpools[MAX_LIST], *fails[MAX_LIST];
	unsigned n_setup, n_partitions, n_snatpools, n_fails;
	struct mock_settings mock;
	struct server_settings server;
	unsigned long long fail_seed;
	bool traffic;
	struct plane_settings plane;
};

/* what runs */
struct running {
	struct server *server;
	struct plane *plane; /* NULL: no traffic */
};

static int read_file(const char *path, char **ret, size_t *ret_len, struct error *err)
{
	FILE *f = fopen(path, "re");
	struct strbuf b = {.max = MAX_FILE};
	char buf[16384];
	size_t n;

	if (!f)
		return err_errno(err, "cannot open '%s'", path);
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		str_add_mem(&b, buf, n);
	OPENSSL_cleanse(buf, sizeof(buf));
	if (ferror(f) || b.bad) {
		fclose(f);
		str_release(&b);
		return err_set(err, ERR_INPUT, 0, "cannot read '%s'", path);
	}
	fclose(f);
	*ret_len = b.len;
	*ret = str_take(&b);
	return 0;
}

/* --- options --- */

static int set_listen(struct options *o, const char *text, struct error *err)
{
	const char *colon = strrchr(text, ':'), *from = text;
	size_t len = colon ? (size_t)(colon - text) : 0;
	unsigned long long port;

	if (len > 1 && *text == '[' && colon[-1] == ']') {
		from++;
		len -= 2;
	}
	if (!colon || !len || len >= sizeof(o->address) || str_to_u64(colon + 1, 0, 65535, &port))
		return err_set(err, ERR_INPUT, 0, "--listen '%s' is not ADDRESS:PORT", text);
	memcpy(o->address, from, len);
	o->address[len] = '\0';
	o->port = (uint16_t)port;
	return 0;
}

static int add_to(const char **list, unsigned *n, const char *value, struct error *err)
{
	if (*n == MAX_LIST)
		return err_set(err, ERR_INPUT, 0, "too many values, '%s' is number %d", value,
			       MAX_LIST + 1);
	list[(*n)++] = value;
	return 0;
}

static int set_number(const char *name, const char *text, unsigned long long min,
		      unsigned long long max, unsigned *ret, struct error *err)
{
	unsigned long long n;

	if (str_to_u64(text, min, max, &n))
		return err_set(err, ERR_INPUT, 0, "--%s '%s' is not a number from %llu to %llu",
			       name, text, min, max);
	*ret = (unsigned)n;
	return 0;
}

static const struct option long_options[] = {
	{"listen", 1, NULL, 'l'},
	{"cert", 1, NULL, 'c'},
	{"key", 1, NULL, 'k'},
	{"write-ca", 1, NULL, 'w'},
	{"user", 1, NULL, 'u'},
	{"password", 1, NULL, 'p'},
	{"password-file", 1, NULL, 'P'},
	{"users-file", 1, NULL, 'U'},
	{"token-ttl", 1, NULL, 't'},
	{"partition", 1, NULL, 'd'},
	{"snatpool", 1, NULL, 's'},
	{"setup", 1, NULL, 'e'},
	{"state", 1, NULL, 'S'},
	{"member-state", 1, NULL, 'm'},
	{"latency-ms", 1, NULL, 'L'},
	{"max-active", 1, NULL, 'a'},
	{"fail", 1, NULL, 'f'},
	{"fail-seed", 1, NULL, 'F'},
	{"quirk", 1, NULL, 'q'},
	{"request-log", 1, NULL, 'r'},
	{"traffic", 0, NULL, 'T'},
	{"traffic-dir", 1, NULL, 'D'},
	{"traffic-addresses", 1, NULL, 'A'},
	{"haproxy", 1, NULL, 'H'},
	{"log-level", 1, NULL, 'g'},
	{"help", 0, NULL, 'h'},
	{"version", 0, NULL, 'v'},
	{0},
};

static int set_option(struct options *o, int c, char *value, struct error *err)
{
	enum log_level level;

	switch (c) {
	case 'l':
		return set_listen(o, value, err);
	case 'c':
		o->cert = value;
		return 0;
	case 'k':
		o->key = value;
		return 0;
	case 'w':
		o->write_ca = value;
		return 0;
	case 'u':
		o->user = value;
		return 0;
	case 'p': /* from now on only in our copy */
		free(o->password);
		o->password = mem_strdup(value);
		str_wipe(value);
		return 0;
	case 'P':
		o->password_file = value;
		return 0;
	case 'U':
		o->users_file = value;
		return 0;
	case 't':
		return set_number("token-ttl", value, 1, 36000, &o->mock.token_ttl_s, err);
	case 'd':
		return add_to(o->partitions, &o->n_partitions, value, err);
	case 's':
		return add_to(o->snatpools, &o->n_snatpools, value, err);
	case 'e':
		return add_to(o->setup, &o->n_setup, value, err);
	case 'S':
		o->server.state_file = value;
		return 0;
	case 'm':
		if (strcmp(value, "up") && strcmp(value, "down") && strcmp(value, "checking"))
			return err_set(err, ERR_INPUT, 0,
				       "--member-state '%s' is not up, down or checking", value);
		o->mock.member_state = value;
		return 0;
	case 'L':
		return mock_latency_parse(value, &o->server.latency, err);
	case 'a':
		return set_number("max-active", value, 0, 100000, &o->server.max_active, err);
	case 'f':
		return add_to(o->fails, &o->n_fails, value, err);
	case 'F':
		if (str_to_u64(value, 1, UINT64_MAX, &o->fail_seed))
			return err_set(err, ERR_INPUT, 0, "--fail-seed '%s' is not a number",
				       value);
		return 0;
	case 'q':
		return mock_quirk_parse(value, &o->mock.quirks, err);
	case 'r':
		o->server.request_log = value;
		return 0;
	case 'T':
		o->traffic = true;
		return 0;
	case 'D':
		o->plane.dir = value;
		return 0;
	case 'A':
		o->plane.device = value;
		return 0;
	case 'H':
		o->plane.program = value;
		return 0;
	default:
		if (log_parse_level(value, &level) < 0)
			return err_set(err, ERR_INPUT, 0, "--log-level '%s' is not a level", value);
		log_set_level(level);
		return 0;
	}
}

/* returns 0, or 1 when the program should end with *ret_exit */
static int parse(int argc, char **argv, struct options *o, int *ret_exit)
{
	struct error err = {0};
	int c;

	*ret_exit = EXIT_USAGE;
	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 'h' || c == 'v') {
			fputs(c == 'h' ? usage : "mock-bigip " PODLANE_VERSION "\n", stdout);
			*ret_exit = 0;
			return 1;
		}
		if (c == '?') /* getopt has named the word */
			return 1;
		if (set_option(o, c, optarg, &err) < 0) {
			fprintf(stderr, "mock-bigip: %s\n", err.msg);
			return 1;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "mock-bigip: '%s' is not an option\n", argv[optind]);
		return 1;
	}
	if (!o->cert != !o->key) {
		fprintf(stderr, "mock-bigip: --cert and --key go together\n");
		return 1;
	}
	return 0;
}

/* --- users --- */

static int add_users_file(struct mock *m, const char *path, struct error *err)
{
	char *text, *save = NULL;
	size_t len;
	unsigned number = 0;
	int r = 0;

	if (read_file(path, &text, &len, err) < 0)
		return -1;
	for (char *line = strtok_r(text, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		char *password = strchr(line, ':');
		char *role = password ? strrchr(password + 1, ':') : NULL;

		number++;
		if (*line == '#')
			continue;
		if (!password) {
			r = err_set(err, ERR_INPUT, 0, "%s line %u: not NAME:PASSWORD[:ROLE]", path,
				    number);
			break;
		}
		*password++ = '\0';
		if (role && (!strcmp(role, ":admin") || !strcmp(role, ":guest")))
			*role++ = '\0';
		else
			role = NULL;
		r = mock_user_add(m, line, password, role ? role : "admin", err);
	}
	OPENSSL_cleanse(text, len);
	free(text);
	return r;
}

static int add_users(struct mock *m, const struct options *o, struct error *err)
{
	char *text = NULL;
	size_t len = 0;
	int r;

	if (o->users_file && add_users_file(m, o->users_file, err) < 0)
		return -1;
	if (o->users_file && !o->password && !o->password_file)
		return 0;
	if (o->password_file) {
		if (read_file(o->password_file, &text, &len, err) < 0)
			return -1;
		text[strcspn(text, "\r\n")] = '\0';
	}
	r = mock_user_add(m, o->user,
			  text          ? text
			  : o->password ? o->password
					: "admin",
			  "admin", err);
	if (text)
		OPENSSL_cleanse(text, len);
	free(text);
	return r;
}

/* --- objects to start with --- */

static int make(struct mock *m, const char *path, struct json_object *body, struct error *err)
{
	return mock_write(m, "POST", path, js_text(body, NULL), clock_wall_us(), err);
}

static int add_partition(struct mock *m, const char *text, struct error *err)
{
	autojson struct json_object *body = js_obj(), *rd = NULL;
	autofree char *name = mem_strndup(text, strcspn(text, ":"));
	const char *colon = strchr(text, ':');
	unsigned long long id = 0;

	if (colon && str_to_u64(colon + 1, 0, 65534, &id))
		return err_set(err, ERR_INPUT, 0, "--partition '%s' is not NAME[:ROUTE-DOMAIN]",
			       text);
	if (id) {
		autofree char *path = mem_printf("%llu", id);
		struct error there;

		rd = js_obj();
		js_put_str(rd, "name", path);
		js_put_int(rd, "id", (int64_t)id);
		if (make(m, "/mgmt/tm/net/route-domain", rd, &there) < 0 && there.code != 409) {
			*err = there;
			return -1;
		}
	}
	js_put_str(body, "name", name);
	js_put_int(body, "defaultRouteDomain", (int64_t)id);
	return make(m, "/mgmt/tm/auth/partition", body, err);
}

static int add_snatpool(struct mock *m, const char *text, struct error *err)
{
	autojson struct json_object *body = js_obj();
	autofree char *copy = mem_strdup(text);
	char *members = strchr(copy, '='), *save = NULL, *slash;
	struct json_object *list = js_list();

	if (!members) {
		json_object_put(list);
		return err_set(err, ERR_INPUT, 0, "--snatpool '%s' is not NAME=ADDRESS,...", text);
	}
	*members++ = '\0';
	slash = strrchr(copy, '/');
	if (slash)
		*slash = '\0';
	js_put_str(body, "name", slash ? slash + 1 : copy);
	js_put_str(body, "partition", slash && slash > copy ? copy + 1 : "Common");
	for (char *a = strtok_r(members, ",", &save); a; a = strtok_r(NULL, ",", &save))
		js_push_str(list, a);
	js_put(body, "members", list);
	return make(m, "/mgmt/tm/ltm/snatpool", body, err);
}

static int run_setup(struct mock *m, const char *path, struct error *err)
{
	autofree char *text = NULL;
	char *save = NULL;
	size_t len;
	unsigned number = 0;

	if (read_file(path, &text, &len, err) < 0)
		return -1;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		autojson struct json_object *o = NULL;
		struct json_object *body;

		number++;
		if (js_parse(line, strlen(line), &o, err) < 0)
			return err_wrap(err, "%s line %u", path, number);
		body = js_key(o, "body");
		if (mock_write(m, js_str(o, "method", "POST"), js_str(o, "path", ""),
			       body ? js_text(body, NULL) : NULL, clock_wall_us(), err) < 0)
			return err_wrap(err, "%s line %u", path, number);
	}
	return 0;
}

static int fill(struct mock *m, const struct options *o, struct error *err)
{
	autofree char *text = NULL;
	size_t len;

	if (o->server.state_file && access(o->server.state_file, F_OK) == 0) {
		if (read_file(o->server.state_file, &text, &len, err) < 0)
			return -1;
		if (len && mock_load(m, text, len, clock_wall_us(), err) < 0)
			return err_wrap(err, "state file '%s'", o->server.state_file);
	}
	for (unsigned i = 0; i < o->n_partitions; i++) {
		if (add_partition(m, o->partitions[i], err) < 0 && err->code != 409)
			return -1;
	}
	for (unsigned i = 0; i < o->n_snatpools; i++) {
		if (add_snatpool(m, o->snatpools[i], err) < 0 && err->code != 409)
			return -1;
	}
	for (unsigned i = 0; i < o->n_setup; i++) {
		if (run_setup(m, o->setup[i], err) < 0)
			return -1;
	}
	return 0;
}

/* --- running --- */

static int certificate(const struct options *o, char **cert, char **key, struct error *err)
{
	size_t len;
	FILE *f;
	bool ok;

	if (o->cert) {
		if (read_file(o->cert, cert, &len, err) < 0 ||
		    read_file(o->key, key, &len, err) < 0)
			return -1;
	} else if (tls_self_signed(o->address, cert, key, err) < 0) {
		return -1;
	}
	if (!o->write_ca)
		return 0;
	f = fopen(o->write_ca, "we");
	if (!f)
		return err_errno(err, "cannot write '%s'", o->write_ca);
	ok = fputs(*cert, f) >= 0;
	if (fclose(f) != 0 || !ok)
		return err_errno(err, "cannot write '%s'", o->write_ca);
	return 0;
}

static void stop(void *ctx, int signum)
{
	struct running *r = ctx;

	log_info("mock.stop", kv_i64("signal", signum));
	plane_close(r->plane);
	server_close(r->server);
	ev_stop_release();
}

static int start(struct options *o, uv_loop_t *loop, struct server **ret, struct error *err)
{
	struct mock *m = mock_new(&o->mock);
	struct fault_rules *rules = fault_rules_new(o->fail_seed);
	autofree char *cert = NULL, *key = NULL;
	unsigned char seed[32];
	int r = -1;

	if (RAND_bytes(seed, sizeof(seed)) != 1)
		err_set(err, ERR_FATAL, 0, "no random numbers");
	else
		r = 0;
	mock_seed_random(m, seed);
	for (unsigned i = 0; r == 0 && i < o->n_fails; i++)
		r = fault_rules_add(rules, o->fails[i], err);
	if (r < 0 || add_users(m, o, err) < 0 || fill(m, o, err) < 0 ||
	    certificate(o, &cert, &key, err) < 0) {
		mock_free(m);
		fault_rules_free(rules);
		str_wipe(key);
		return -1;
	}
	str_wipe(o->password);
	o->server.address = o->address;
	o->server.port = o->port;
	o->server.cert_pem = cert;
	o->server.key_pem = key;
	r = server_new(loop, &o->server, m, rules, ret, err);
	str_wipe(key);
	return r;
}

int main(int argc, char **argv)
{
	struct options o = {.address = "127.0.0.1",
			    .port = 8443,
			    .user = "admin",
			    .fail_seed = 1,
			    .mock = {.quirks = MOCK_QUIRKS_DEFAULT}};
	struct running run = {0};
	struct error err = {0};
	uv_loop_t loop;
	int code;

	if (parse(argc, argv, &o, &code)) {
		str_wipe(o.password);
		free(o.password);
		return code;
	}
	uv_loop_init(&loop);
	if (start(&o, &loop, &run.server, &err) < 0 ||
	    (o.traffic &&
	     plane_new(&loop, server_mock(run.server), &o.plane, &run.plane, &err) < 0)) {
		fprintf(stderr, "mock-bigip: %s\n", err.msg);
		free(o.password);
		if (run.server)
			server_close(run.server);
		(void)ev_loop_drain(&loop, STOP_PATIENCE_MS);
		return 1;
	}
	free(o.password);
	ev_on_stop(&loop, stop, &run);
	printf("ready https://%s%s%s:%u\n", strchr(o.address, ':') ? "[" : "", o.address,
	       strchr(o.address, ':') ? "]" : "", server_port(run.server));
	fflush(stdout);
	uv_run(&loop, UV_RUN_DEFAULT);
	return ev_loop_drain(&loop, STOP_PATIENCE_MS) == 0 ? 0 : 1;
}
