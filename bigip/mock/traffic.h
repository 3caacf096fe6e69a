/*
 * traffic.h - what a traffic plane needs to know about the tree, and how it reports back
 *
 * The plane asks for a view (a plain copy, nothing of it points into the tree), makes it real, and
 * feeds member state, counters and notes back by full path. It is told when something changed that
 * a view would show; it may then take a new view at once or, better, after collecting changes for
 * some milliseconds: a view of 5,000 virtuals is a few milliseconds of work.
 *
 * Paths are full paths ("/P/web"); a member is named by its pool and its own full path
 * ("/P/10.0.0.1:80"). Addresses carry no route domain; it is in the field next to them.
 */
#ifndef BIGIP_MOCK_TRAFFIC_H
#define BIGIP_MOCK_TRAFFIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/ip.h"
#include "common/base/mem.h"

struct mock;

enum traffic_avail {
	TRAFFIC_UNCHECKED, /* no monitor */
	TRAFFIC_CHECKING,  /* monitored, no result yet */
	TRAFFIC_UP,
	TRAFFIC_DOWN,
};

struct traffic_monitor {
	const char *path;         /* "/Common/http" */
	const char *type;         /* URI word: "http", "https", "tcp", "udp", "gateway-icmp", ... */
	const char *send, *recv;  /* as stored (a real CR LF or backslash escapes); NULL if unset */
	const char *recv_disable; /* NULL if unset */
	const char *destination;  /* "*:*", "*:8080", "10.0.0.1:80" */
	unsigned interval_s, up_interval_s, timeout_s, time_until_up_s;
	bool reverse, transparent, manual_resume;
};

/* what decides whether something is up: all @n monitors, or at least @min of them when @min > 0 */
struct traffic_rule {
	const struct traffic_monitor *const *monitors; /* NULL with @n 0: unmonitored */
	size_t n;
	unsigned min;
};

struct traffic_member {
	const char *path;      /* "/P/10.0.0.1:80" */
	const char *node_path; /* "/P/10.0.0.1" */
	struct ip_addr addr;   /* family 0: FQDN node, nothing to send to */
	unsigned route_domain;
	uint16_t port; /* 0: the port of the virtual */
	unsigned ratio, priority_group;
	uint32_t connection_limit; /* 0: none */
	bool disabled;             /* member or node user-disabled: persistent and existing only */
	bool offline;              /* member or node forced offline: existing only */
	struct traffic_rule rule;  /* the member's own, else the pool's */
};

struct traffic_pool {
	const char *path;
	const char *balance; /* loadBalancingMode */
	unsigned min_active_members, slow_ramp_s;
	bool allow_snat;
	const struct traffic_member *members;
	size_t n_members;
};

enum traffic_snat { TRAFFIC_SNAT_NONE, TRAFFIC_SNAT_AUTOMAP, TRAFFIC_SNAT_POOL };

struct traffic_virtual {
	const char *path;
	struct ip_addr addr; /* IPv4 or IPv6 "any" is possible */
	unsigned route_domain;
	unsigned prefix_len;  /* of the destination mask; 32 or 128 for a host */
	uint16_t port;        /* 0: any */
	const char *protocol; /* "tcp", "udp", "any", ... */
	bool enabled;         /* the virtual and its virtual address */
	bool http;            /* has an http profile */
	bool client_ssl, server_ssl, fast_l4;
	bool insert_xff;          /* the http profile inserts X-Forwarded-For */
	const char *flag;         /* "ipForward", "reject", ... or NULL for a standard virtual */
	const char *persist_kind; /* "source-addr", "cookie", ... or NULL */
	unsigned persist_timeout_s;
	uint32_t connection_limit;
	enum traffic_snat snat;
	const struct ip_addr *snat_addrs; /* TRAFFIC_SNAT_POOL: addresses of the SNAT pool */
	size_t n_snat_addrs;
	const struct traffic_pool *pool; /* NULL if none; points into traffic_view.pools */
	bool rules;                      /* has iRules or policies, which no plane runs */
};

struct traffic_view {
	uint64_t version; /* traffic_version() when it was taken */
	const struct traffic_virtual *virtuals;
	size_t n_virtuals;
	const struct traffic_pool *pools; /* also those without a virtual: they are monitored too */
	size_t n_pools;
	const struct ip_addr *self_addrs; /* self IPs: sources of automap and of probes */
	size_t n_self_addrs;
	struct arena arena; /* owns all of the above */
};

/** traffic_view_new - the whole traffic side of the tree; free with traffic_view_free() */
struct traffic_view *traffic_view_new(const struct mock *m);
void traffic_view_free(struct traffic_view *v); /* NULL is fine */

/** traffic_version - grows with every committed change of an object that a view may show */
uint64_t traffic_version(const struct mock *m);

/**
 * traffic_attach - a plane takes over
 * @changed: called from inside the request that changed the tree, after its commit; only note it
 *           and return (set a timer). NULL detaches; then member states are kept as they are.
 *
 * From now on monitored members start in "checking" and only traffic_set_member() moves them.
 * Without a plane they are whatever --member-state says ("up" by default).
 */
void traffic_attach(struct mock *m, void (*changed)(void *ctx), void *ctx);

struct traffic_counters {
	uint64_t bits_in, bits_out, pkts_in, pkts_out;
	uint64_t cur_conns, max_conns, tot_conns, tot_requests;
};

/* These return 0, or -1 when the tree has no such object (any more), which is no error: it changed
   meanwhile. */

/** traffic_set_member - result of probing; @reason is shown as status.statusReason, NULL: the usual
 * words. A node's or member's user-down is kept and wins. */
int traffic_set_member(struct mock *m, const char *pool, const char *member,
		       enum traffic_avail avail, const char *reason);
/** traffic_set_node - the same for a node with a monitor of its own */
int traffic_set_node(struct mock *m, const char *node, enum traffic_avail avail,
		     const char *reason);

int traffic_set_member_counters(struct mock *m, const char *pool, const char *member,
				const struct traffic_counters *c);
int traffic_set_virtual_counters(struct mock *m, const char *virtual_path,
				 const struct traffic_counters *c);

/** traffic_set_virtual_note - why the plane does not serve this virtual ("UDP is not served by
 * HAProxy"); shown as its status.statusReason with availabilityState unknown; NULL: it is served */
int traffic_set_virtual_note(struct mock *m, const char *virtual_path, const char *note);

#endif
