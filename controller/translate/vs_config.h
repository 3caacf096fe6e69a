/*
 * vs_config - the "virtual-server" document of a ConfigMap: parsed, checked against its f5schemadb
 * schema and BIG-IP's own rules
 *
 * Facts: what k8s-bigip-ctlr accepts and its defaults. Pure.
 */
#ifndef CONTROLLER_TRANSLATE_VS_CONFIG_H
#define CONTROLLER_TRANSLATE_VS_CONFIG_H

#include "common/base/err.h"
#include "common/base/ip.h"
#include "controller/kube/objects.h"

struct vs_monitor {
	char *protocol; /* http, tcp, udp */
	int64_t interval, timeout;
	char *send, *recv; /* with defaults filled in */
};

struct vs_iapp {
	char *template_path;
	struct json_object *options, *variables, *tables; /* objects as in the document */
	char *member_table;                               /* iappPoolMemberTable.name */
	struct json_object *member_columns;
};

struct vs_config {
	char *partition;
	char *service;
	uint16_t service_port;
	struct vs_monitor *monitors;
	size_t n_monitors;
	char *balance;    /* default round-robin */
	char *mode;       /* http, tcp, udp; default tcp */
	bool has_address; /* virtualAddress is there: port is set */
	char *bind_addr; /* as written, with %rd; from the document, else the annotation; NULL: pool
			    only */
	uint16_t port;
	char **ssl_profiles; /* as written */
	size_t n_ssl_profiles;
	struct vs_iapp *iapp; /* NULL: a plain virtual server */
};

/* every violation found: what "podlane validate" prints and the Event says */
struct vs_problem {
	char *path;    /* JSON path in data.data ("virtualServer.frontend.mode"), or "data.schema",
			  "data.data" */
	char *message; /* the value and what is allowed */
};

struct vs_problems {
	struct vs_problem *list;
	size_t n, cap;
};
void vs_problems_release(struct vs_problems *p);

struct vs_schemas; /* compiled schemas, loaded when first used */
/** vs_schemas_new - @base_dir: --schema-db-base-dir ("file:///dir/"), or NULL for the built-in ones
 * (also used when the directory has no such file) */
struct vs_schemas *vs_schemas_new(const char *base_dir);
void vs_schemas_free(struct vs_schemas *s);

/**
 * vs_config_parse - the whole document of one ConfigMap
 * @partitions: NULL-terminated list of managed ones, or NULL to accept any
 * @ret:      given on success: vs_config_free()
 * @problems: all that is wrong, in reading order; empty on success
 *
 * Returns 0, or -1 with at least one problem.
 */
int vs_config_parse(struct vs_schemas *schemas, const struct kube_configmap *cm,
		    const char *const *partitions, struct vs_config **ret,
		    struct vs_problems *problems);
void vs_config_free(struct vs_config *c);

/**
 * vs_bind_addr_parse - "10.0.0.1", "10.0.0.1%4", "2001:db8::1%4"
 * @rd: route domain 0..65534, or -1 if none is written. Returns 0, or -1 with both outputs
 * untouched.
 */
int vs_bind_addr_parse(const char *text, struct ip_addr *ip, int32_t *rd);

/**
 * vs_profile_path - "clientssl", "Common/clientssl" or "/Common/folder/clientssl" -> full path;
 * given, or NULL if it has an empty part
 * @default_partition: of a bare name
 */
char *vs_profile_path(const char *written, const char *default_partition);

#endif
