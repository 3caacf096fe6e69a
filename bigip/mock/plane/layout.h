/*
 * layout.h - what HAProxy should be doing, as plain data (pure)
 *
 * A view of the tree plus the health of its members becomes a layout: one frontend and one backend
 * per virtual server that can be served, and a note for each that cannot. A layout is rendered as a
 * configuration for a start or reload, or compared with the running one, which gives commands of
 * the runtime API when only servers differ.
 *
 * What BIG-IP does and HAProxy has no word for is put in weights: a disabled member, or one of an
 * idle priority group, is a server of weight 0 (existing and persistent connections only); one that
 * is down, not yet checked or forced offline is in maintenance (existing connections only).
 */
#ifndef BIGIP_MOCK_PLANE_LAYOUT_H
#define BIGIP_MOCK_PLANE_LAYOUT_H

#include "bigip/mock/traffic.h"
#include "common/base/str.h"

struct layout_server {
	const char *name;          /* within its proxy */
	const char *pool, *member; /* full paths in the tree */
	struct ip_addr addr;
	uint16_t port;
	struct ip_addr source; /* family 0: the system chooses */
	uint32_t max_conns;    /* 0: no limit */
	unsigned weight;       /* 0..256 */
	bool ready;            /* false: in maintenance */
	bool tls;
};

struct layout_proxy {
	const char *name; /* of the frontend and the backend */
	const char *path; /* of the virtual server */
	struct ip_addr addr;
	uint16_t port;
	bool http;
	const char *text;              /* both sections, all but the server lines */
	struct layout_server *servers; /* sorted by name */
	unsigned n_servers;
	unsigned first_line, last_line; /* in the configuration; set by layout_render() */
};

/* about one virtual server: why it is not served, or how serving it differs from a BIG-IP */
struct layout_note {
	const char *path;
	const char *refusal; /* NULL: served, or disabled */
	const char *remark;  /* NULL: none */
};

struct layout {
	struct layout_proxy *proxies; /* sorted by name */
	unsigned n_proxies;
	struct layout_note *notes; /* one per virtual server */
	unsigned n_notes;
	struct arena arena;
};

struct layout_health {
	enum traffic_avail avail;
	bool draining; /* the monitor's recvDisable matched */
};

/* what the surroundings say; pure functions of @ctx */
struct layout_world {
	bool transparent; /* may bind addresses that this machine does not have */
	const char *cert; /* PEM file for client-ssl virtual servers; NULL: they are refused */
	struct layout_health (*health)(void *ctx, const char *pool, const char *member);
	/* a reason not to serve this proxy, or NULL */
	const char *(*refused)(void *ctx, const struct layout_proxy *proxy);
	void *ctx;
};

/** layout_new - nothing of it points into @view; layout_free() it */
struct layout *layout_new(const struct traffic_view *view, const struct layout_world *world);
void layout_free(struct layout *l); /* NULL is fine */

const struct layout_proxy *layout_proxy_find(const struct layout *l, const char *name, size_t len);
const struct layout_server *layout_server_find(const struct layout_proxy *p, const char *name,
					       size_t len);

/** layout_render - the configuration file; @socket is the path of the runtime API */
void layout_render(struct layout *l, const char *socket, struct strbuf *out);

/** layout_blame - the proxy that HAProxy's complaint names, by line or by name, or NULL; *ret_line
 * is the complaint in @text, *ret_len its length */
const struct layout_proxy *layout_blame(const struct layout *l, const char *text,
					const char **ret_line, size_t *ret_len);

/** layout_diff - commands that turn a running @from into @to, each with its newline: @ret_set must
 * be sent before @ret_del, whose commands fail as long as the server has connections. False: only a
 * reload can do it. */
bool layout_diff(const struct layout *from, const struct layout *to, struct strbuf *ret_set,
		 struct strbuf *ret_del);

/** layout_server_text - "ADDR:PORT maxconn 5 ..." as used by the file and by "add server" */
void layout_server_text(const struct layout_server *s, struct strbuf *out);

/** layout_address - "10.0.0.1:80", "[2001:db8::1]:80" */
void layout_address(const struct ip_addr *a, uint16_t port, struct strbuf *out);

#endif
