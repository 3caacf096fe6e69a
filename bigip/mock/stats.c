/* Statistics of pools, members, nodes, virtuals and virtual addresses (API notes 2.6, 8.1, 8.6). */
#include "bigip/mock/core.h"
#include "bigip/mock/traffic.h"
#include "bigip/mock/virtual.h"
#include "common/base/mem.h"

#define HOST "https://localhost/mgmt/tm/"

struct status {
	const char *available; /* "available", "offline", "unknown" */
	bool enabled;
	const char *reason;
};

struct entries {
	struct strbuf *out;
	bool any;
};

static void add_name(struct entries *e, const char *key)
{
	str_addf(e->out, "%s\"%s\":{", e->any ? "," : "", key);
	e->any = true;
}

static void add_value(struct entries *e, const char *key, uint64_t n)
{
	add_name(e, key);
	str_addf(e->out, "\"value\":%llu}", (unsigned long long)n);
}

static void add_text(struct entries *e, const char *key, const char *text)
{
	add_name(e, key);
	str_add(e->out, "\"description\":");
	render_string(text, strlen(text), e->out);
	str_add_char(e->out, '}');
}

static void add_zeros(struct entries *e, const char *prefix, const char *const *keys)
{
	for (; *keys; keys++) {
		char key[64];

		snprintf(key, sizeof(key), "%s.%s", prefix, *keys);
		add_value(e, key, 0);
	}
}

static void add_connections(struct entries *e, const char *side, const struct traffic_counters *c,
			    bool client)
{
	char key[48];
#define ADD(name, value)                                                                           \
	do {                                                                                       \
		snprintf(key, sizeof(key), "%s." name, side);                                      \
		add_value(e, key, value);                                                          \
	} while (0)
	ADD("bitsIn", c->bits_in);
	ADD("bitsOut", c->bits_out);
	ADD("curConns", c->cur_conns);
	if (client)
		ADD("evictedConns", 0);
	ADD("maxConns", c->max_conns);
	ADD("pktsIn", c->pkts_in);
	ADD("pktsOut", c->pkts_out);
	if (client)
		ADD("slowKilled", 0);
	ADD("totConns", c->tot_conns);
#undef ADD
}

static const char *const connq[] = {"ageEdm", "ageEma",   "ageHead", "ageMax",
				    "depth",  "serviced", NULL};
static const char *const message_routing[] = {"msgIn",  "msgOut",  "reqIn", "reqOut",
					      "respIn", "respOut", NULL};

static void add_status(struct entries *e, const struct status *s)
{
	add_text(e, "status.availabilityState", s->available);
	add_text(e, "status.enabledState", s->enabled ? "enabled" : "disabled");
	add_text(e, "status.statusReason", s->reason);
}

/* --- status --- */

static bool admin_down(const struct mock_obj *o)
{
	return !strcmp(obj_str(o, "state"), "user-down");
}

static struct status member_status(const struct mock *m, const struct mock_obj *o)
{
	const struct mock_obj *node = o->kind == &kind_members ? member_node(m, o) : o;
	struct status s = {.enabled = !strcmp(obj_str(o, "session"), "user-enabled") &&
				      (!node || !strcmp(obj_str(node, "session"), "user-enabled"))};
	const char *own = runtime_reason(o);

	if (admin_down(o) || (node && admin_down(node)))
		return (struct status){"offline", s.enabled, "Forced down"};
	switch (runtime_monitored(m, o) ? runtime_state(m, o) : RT_NONE) {
	case RT_UP:
		s.available = "available";
		s.reason = own                        ? own
			   : o->kind == &kind_members ? "Pool member is available"
						      : "Node address is available";
		break;
	case RT_DOWN:
		s.available = "offline";
		s.reason = own ? own
			   : o->kind == &kind_members
				   ? "Pool member has been marked down by a monitor"
				   : "Node address has been marked down by a monitor";
		break;
	default:
		s.available = "unknown";
		s.reason = own ? own
			   : o->kind == &kind_members
				   ? "Pool member does not have service checking enabled"
				   : "Node address does not have service checking enabled";
	}
	return s;
}

struct pool_sum {
	unsigned members, available, active;
	bool any_unknown;
	struct traffic_counters counters;
};

static void sum_pool(const struct mock *m, const struct mock_obj *pool, struct pool_sum *sum)
{
	*sum = (struct pool_sum){.members = pool->kids[0].n};
	for (unsigned i = 0; i < pool->kids[0].n; i++) {
		const struct mock_obj *o = pool->kids[0].list[i];
		const struct traffic_counters *c = runtime_counters(o);
		struct status s = member_status(m, o);

		sum->available += s.enabled && !strcmp(s.available, "available");
		sum->active += s.enabled && strcmp(s.available, "offline") != 0;
		sum->any_unknown |= !strcmp(s.available, "unknown");
		sum->counters.bits_in += c->bits_in;
		sum->counters.bits_out += c->bits_out;
		sum->counters.pkts_in += c->pkts_in;
		sum->counters.pkts_out += c->pkts_out;
		sum->counters.cur_conns += c->cur_conns;
		sum->counters.max_conns += c->max_conns;
		sum->counters.tot_conns += c->tot_conns;
		sum->counters.tot_requests += c->tot_requests;
	}
}

static struct status pool_status(const struct mock *m, const struct mock_obj *pool,
				 struct pool_sum *sum)
{
	sum_pool(m, pool, sum);
	if (sum->available)
		return (struct status){"available", true, "The pool is available"};
	if (!sum->members)
		return (struct status){"unknown", true, "The pool has no members"};
	if (sum->any_unknown)
		return (struct status){
			"unknown", true,
			"The children pool member(s) either don't have service checking "
			"enabled, or service check results are not available yet"};
	return (struct status){"offline", true, "The children pool member(s) are down"};
}

static struct status virtual_status(const struct mock *m, const struct mock_obj *o)
{
	const struct mock_obj *pool = store_find(&m->store, "pool", obj_str(o, "pool"));
	const struct mock_obj *va = store_find(&m->store, "virtual-address", obj_str(o, "vaPath"));
	bool enabled = !obj_flag(o, "disabled") &&
		       (!va || strcmp(obj_str(va, "enabled"), "no") != 0);
	struct pool_sum sum;
	struct status s = {
		"unknown", enabled,
		"The children pool member(s) either don't have service checking enabled, or "
		"service check results are not available yet"};

	if (runtime_reason(o)) {
		s.reason = runtime_reason(o);
		return s;
	}
	if (!pool)
		return s;
	s = pool_status(m, pool, &sum);
	s.enabled = enabled;
	if (!strcmp(s.available, "available"))
		s.reason = "The virtual server is available";
	return s;
}

static struct status address_status(const struct mock *m, const struct mock_obj *va)
{
	struct status s = {
		"unknown", strcmp(obj_str(va, "enabled"), "no") != 0,
		"The children virtual server(s) either don't have service checking enabled, "
		"or service check results are not available yet"};
	unsigned offline = 0, others = 0;

	for (const struct mock_link *l = va->slot->users; l; l = l->next) {
		struct status v;

		if (l->from->kind != &kind_virtual)
			continue;
		v = virtual_status(m, l->from);
		if (!strcmp(v.available, "available"))
			return (struct status){"available", s.enabled,
					       "The virtual address is available"};
		if (!strcmp(v.available, "offline"))
			offline++;
		else
			others++;
	}
	if (offline && !others) {
		s.available = "offline";
		s.reason = "The children virtual server(s) are down";
	}
	return s;
}

/* --- entries --- */

static void pool_entries(struct mock *m, const struct mock_obj *o, struct entries *e)
{
	struct pool_sum sum;
	struct status s = pool_status(m, o, &sum);
	const char *monitor = obj_str(o, "monitor");

	add_value(e, "activeMemberCnt", sum.active);
	add_value(e, "availableMemberCnt", sum.available);
	add_zeros(e, "connqAll", connq);
	add_zeros(e, "connq", connq);
	add_value(e, "curPriogrp", 0);
	add_value(e, "curSessions", sum.counters.cur_conns);
	add_value(e, "highestPriogrp", 0);
	add_value(e, "lowestPriogrp", 0);
	add_value(e, "memberCnt", sum.members);
	add_value(e, "minActiveMembers", (uint64_t)obj_int(o, "minActiveMembers"));
	add_text(e, "monitorRule", *monitor ? monitor : "none");
	add_zeros(e, "mr", message_routing);
	add_text(e, "tmName", o->path);
	add_connections(e, "serverside", &sum.counters, false);
	add_status(e, &s);
	add_value(e, "totRequests", sum.counters.tot_requests);
}

static const char *monitor_status(const struct mock *m, const struct mock_obj *o)
{
	if (admin_down(o))
		return "forced-down";
	switch (runtime_monitored(m, o) ? runtime_state(m, o) : RT_NONE) {
	case RT_UP:
		return "up";
	case RT_DOWN:
		return "down";
	case RT_CHECKING:
		return "checking";
	default:
		return "unchecked";
	}
}

static void member_entries(struct mock *m, const struct mock_obj *o, struct entries *e)
{
	bool member = o->kind == &kind_members;
	const struct mock_obj *node = member ? member_node(m, o) : o;
	const struct traffic_counters *c = runtime_counters(o);
	struct status s = member_status(m, o);
	const char *rule = obj_str(o, "monitor");
	autofree char *quoted_rule = NULL;
	size_t len;
	int port = 0;

	if (member && !strcmp(rule, "default")) {
		quoted_rule = mem_printf(
			"%s%s",
			*obj_str(o->parent, "monitor") ? obj_str(o->parent, "monitor") : "none",
			*obj_str(o->parent, "monitor") ? " (default)" : "");
		rule = quoted_rule;
	}
	add_text(e, "addr", node ? obj_str(node, "address") : "");
	if (member)
		add_zeros(e, "connq", connq);
	add_value(e, "curSessions", c->cur_conns);
	add_text(e, "monitorRule", rule);
	add_text(e, "monitorStatus", monitor_status(m, o));
	if (member) {
		add_text(e, "nodeName", node ? node->path : "");
		add_text(e, "poolName", o->parent->path);
		(void)addr_split_port(o->name, &len, &port);
		add_value(e, "port", (uint64_t)port);
	} else {
		add_text(e, "tmName", o->path);
	}
	add_connections(e, "serverside", c, false);
	add_text(e, "sessionStatus", s.enabled ? "enabled" : "user-disabled");
	add_status(e, &s);
	add_value(e, "totRequests", c->tot_requests);
}

static void virtual_entries(struct mock *m, const struct mock_obj *o, struct entries *e)
{
	static const char *const syncookie[] = {"accepts",      "hwAccepts",
						"hwSyncookies", "hwsyncookieInstance",
						"rejects",      "swsyncookieInstance",
						"syncacheCurr", "syncacheOver",
						"syncookies",   NULL};
	static const struct traffic_counters none;
	const char *dest = strrchr(obj_str(o, "destination"), '/');
	const struct traffic_counters *c = runtime_counters(o);
	struct status s = virtual_status(m, o);

	add_connections(e, "clientside", c, true);
	add_text(e, "cmpEnableMode", "all-cpus");
	add_text(e, "cmpEnabled", "enabled");
	add_value(e, "csMaxConnDur", 0);
	add_value(e, "csMeanConnDur", 0);
	add_value(e, "csMinConnDur", 0);
	add_text(e, "destination", dest ? dest + 1 : "");
	add_connections(e, "ephemeral", &none, true);
	add_value(e, "fiveMinAvgUsageRatio", 0);
	add_value(e, "fiveSecAvgUsageRatio", 0);
	add_zeros(e, "mr", message_routing);
	add_text(e, "tmName", o->path);
	add_value(e, "oneMinAvgUsageRatio", 0);
	add_status(e, &s);
	add_text(e, "syncookieStatus", "not-activated");
	add_zeros(e, "syncookie", syncookie);
	add_value(e, "totRequests", c->tot_requests);
}

static void address_entries(struct mock *m, const struct mock_obj *o, struct entries *e)
{
	static const struct traffic_counters none;
	struct status s = address_status(m, o);

	add_text(e, "addr", obj_str(o, "address"));
	add_connections(e, "clientside", &none, true);
	add_text(e, "tmName", o->path);
	add_status(e, &s);
	add_value(e, "totRequests", 0);
}

bool stats_have(const struct mock_kind *k)
{
	return k == &kind_pool || k == &kind_members || k == &kind_node || k == &kind_virtual ||
	       k == &kind_virtual_address;
}

static void add_entries(struct mock *m, const struct mock_obj *o, struct strbuf *out)
{
	struct entries e = {.out = out};

	str_add(out, "\"entries\":{");
	if (o->kind == &kind_pool)
		pool_entries(m, o, &e);
	else if (o->kind == &kind_virtual)
		virtual_entries(m, o, &e);
	else if (o->kind == &kind_virtual_address)
		address_entries(m, o, &e);
	else
		member_entries(m, o, &e);
	str_add_char(out, '}');
}

/* "https://.../stats":{"nestedStats":{...}} */
static void add_nested(struct mock *m, const struct mock_obj *o, const char *ver, bool inner_head,
		       struct strbuf *out)
{
	str_add(out, "\"" HOST);
	render_link(o, out);
	str_add(out, "/stats\":{\"nestedStats\":{");
	if (inner_head) {
		str_addf(out, "\"kind\":\"%s\",\"selfLink\":\"" HOST, o->kind->stats_kind);
		render_link(o, out);
		str_addf(out, "/stats?ver=%s\",", ver);
	}
	add_entries(m, o, out);
	str_add(out, "}}");
}

void stats_item(struct mock *m, const struct mock_obj *o, const char *ver, struct strbuf *out)
{
	str_addf(out, "{\"kind\":\"%s\",\"generation\":%llu,\"selfLink\":\"" HOST,
		 o->kind->stats_kind, (unsigned long long)o->generation);
	render_link(o, out);
	str_addf(out, "/stats?ver=%s\",\"entries\":{", ver);
	add_nested(m, o, ver, true, out);
	str_add(out, "}}");
}

void stats_collection(struct mock *m, const struct mock_kind *k, const struct mock_obj *parent,
		      struct mock_obj *const *list, unsigned n, const char *ver, struct strbuf *out)
{
	str_addf(out, "{\"kind\":\"%.*scollectionstats\",\"selfLink\":\"" HOST,
		 (int)(strlen(k->stats_kind) - strlen("stats")), k->stats_kind);
	if (parent) {
		render_link(parent, out);
		str_add_char(out, '/');
	}
	str_addf(out, "%s/stats?ver=%s\",\"entries\":{", k->uri, ver);
	for (unsigned i = 0; i < n; i++) {
		if (i)
			str_add_char(out, ',');
		add_nested(m, list[i], ver, true, out);
	}
	str_add(out, "}}");
}
