/* settings - what the command line, the environment and the credentials directory ask of
 * podlane-controller */
#ifndef CONTROLLER_CLUSTER_SETTINGS_H
#define CONTROLLER_CLUSTER_SETTINGS_H

#include "common/base/err.h"
#include "common/base/log.h"
#include "common/base/opt.h"
#include "controller/cluster/guard.h"
#include "controller/translate/translate.h"

struct credentials {
	char *url; /* "https://host[:port]" */
	char *username, *password;
};

/* read-only once parsed; the options' table in settings.c fills it by offset */
struct settings {
	/* BIG-IP */
	char *bigip_url, *bigip_username,
		*bigip_password; /* as given; settings_credentials() combines */
	char *credentials_directory;
	struct opt_strings partitions; /* at least one */
	bool insecure;
	char *trusted_certs_cfgmap;
	int connections, batch;
	int verify_interval_s;
	char *snat_pool; /* NULL or "": automap */
	int delete_guard_percent;
	bool allow_empty_cluster;
	/* Kubernetes */
	bool in_cluster;
	char *kubeconfig;
	struct opt_strings namespaces; /* empty: all */
	char *namespace_label;
	char *node_selector;
	bool manage_configmaps;
	char *pool_member_type;
	bool use_node_internal;
	char *schema_base;
	int drain_s; /* 0: terminating endpoints are removed at once */
	/* leader election */
	bool leader_elect;
	char *lease_ns, *lease_name;
	/* process */
	char *http_listen;
	char *log_level_text, *log_file;
	bool version, check;

	/* set by the caller before parsing */
	bool tool; /* podlane plan: the BIG-IP may be left out */

	/* derived */
	bool cluster_mode;
	const char *partition_list[65];              /* NULL-terminated */
	const char *namespace_list[257];             /* NULL-terminated */
	char *trusted_certs_ns, *trusted_certs_name; /* NULL: none */
	char *http_address;
	uint16_t http_port;
	enum log_level log_level;
	struct guard_settings guard;
	char *identity; /* of this replica: host name and a random part */
	bool help;
	struct opt_result options;
};

/**
 * settings_parse - the command line of podlane-controller: every flag of k8s-bigip-ctlr 1.x and 2.x
 * and our own
 * @argv: the password in it is overwritten in place once read, so that ps does not show it
 * @note: called for each flag that is accepted without effect, with one line for people
 *
 * Returns 0, or -1 with an error that names the flag. settings_release(@ret) in both cases. With
 * --help or --version nothing is checked.
 */
int settings_parse(int argc, char **argv, void (*note)(void *ctx, const char *line), void *ctx,
		   struct settings *ret, struct error *err);
void settings_release(struct settings *s);
void settings_print_help(void);

/** settings_url - "11.11.250.12", "host:8443", "https://host/" -> "https://host[:port]"; given;
 * NULL with @err if it is no such thing */
char *settings_url(const char *text, struct error *err);

/**
 * settings_credentials - flags, then BIGIP_USERNAME and BIGIP_PASSWORD, then the files username,
 * password and url of the credentials directory: the later wins. Read again whenever called. @ret
 * is released with credentials_release().
 */
int settings_credentials(const struct settings *s, struct credentials *ret, struct error *err);
void credentials_release(struct credentials *c); /* wipes the password */
bool credentials_equal(const struct credentials *a, const struct credentials *b);

/** settings_translate - what translate needs of them; points into @s */
struct tr_settings settings_translate(const struct settings *s);

/** settings_lease_name - --leader-elect-name, or one made of device and partitions so that
 * controllers of different devices do not meet; given */
char *settings_lease_name(const struct settings *s, const char *url);

#endif
