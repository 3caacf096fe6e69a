/*
 * config - where the API server is and how we show who we are; for the other files of this folder
 * and its tests
 */
#ifndef CONTROLLER_KUBE_CONFIG_H
#define CONTROLLER_KUBE_CONFIG_H

#include "controller/kube/kube.h"

/* a PEM that is inline, or in a file that may be replaced while we run */
struct kube_pem {
	char *text; /* NULL: none */
	char *path; /* NULL: inline */
};

struct kube_exec {
	char *api_version;
	char **argv; /* NULL-terminated; argv[0] is a path, or a name that PATH finds */
	char **env;  /* "NAME=value", NULL-terminated: the plugin's and KUBERNETES_EXEC_INFO */
	char *hint;  /* installHint, or NULL */
};

struct kube_config {
	char *origin; /* file, for messages */
	char *server; /* without a slash at its end */
	struct kube_pem ca, cert, key;
	bool insecure;
	char *token, *token_file; /* the file wins */
	char *username, *password;
	struct kube_exec *exec; /* NULL: none */
};

/** kube_config_parse - a kubeconfig's text; @path only for messages and to resolve relative paths.
 * Pure but for the files it names. */
int kube_config_parse(const char *text, size_t len, const char *path, const char *context,
		      struct kube_config **ret, struct error *err);
/** kube_config_pod - what a pod has: environment @host and @port, files ca.crt and token in @dir */
int kube_config_pod(const char *host, const char *port, const char *dir, struct kube_config **ret,
		    struct error *err);
/** kube_config_reread - read certificate files again; true when one changed and could be read whole
 */
bool kube_config_reread(struct kube_config *c);

/** kube_read_file - at most @max bytes; *ret is given and NUL-terminated; returns the length or -1
 */
long kube_read_file(const char *path, size_t max, char **ret, struct error *err);

#endif
