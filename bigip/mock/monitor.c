/*
 * Health monitors (API notes 3.7). All types share one name space. A child takes what it does not
 * set from its parent; the generation is always 0.
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

#define ON_OFF "enabled|disabled"

#define COMMON_HEAD                                                                                \
	{"adaptive", MF_ENUM, "\"disabled\"", ON_OFF},                                             \
		{"adaptiveDivergenceType", MF_ENUM, "\"relative\"", "relative|absolute"},          \
		{"adaptiveDivergenceValue", MF_INT, "25", NULL, 1, 2147483647},                    \
		{"adaptiveLimit", MF_INT, "200", NULL, 1, 10000},                                  \
	{                                                                                          \
		"adaptiveSamplingTimespan", MF_INT, "300", NULL, 1, 900                            \
	}
#define PARENT                                                                                     \
	{                                                                                          \
		"defaultsFrom", MF_REF, NULL, "monitor", .flags = F_IM | F_NO_LINK | F_NO_PARENT   \
	}
#define DESCRIPTION                                                                                \
	{                                                                                          \
		"description", MF_STR, .flags = F_NO_PARENT                                        \
	}
#define DESTINATION(def)                                                                           \
	{                                                                                          \
		"destination", MF_STR, def                                                         \
	}
#define INTERVAL                                                                                   \
	{                                                                                          \
		"interval", MF_INT, "5", NULL, 1, 86400                                            \
	}
#define MANUAL_RESUME                                                                              \
	{                                                                                          \
		"manualResume", MF_ENUM, "\"disabled\"", ON_OFF                                    \
	}
#define REVERSE                                                                                    \
	{                                                                                          \
		"reverse", MF_ENUM, "\"disabled\"", ON_OFF                                         \
	}
#define DSCP                                                                                       \
	{                                                                                          \
		"ipDscp", MF_INT, "0", NULL, 0, 63                                                 \
	}
#define RECV                                                                                       \
	{"recv", MF_STR},                                                                          \
	{                                                                                          \
		"recvDisable", MF_STR                                                              \
	}
#define SEND(def)                                                                                  \
	{                                                                                          \
		"send", MF_STR, def                                                                \
	}
#define PASSWORD                                                                                   \
	{                                                                                          \
		"password", MF_STR, .flags = F_CALC                                                \
	}
#define COMMON_TAIL                                                                                \
	{"timeUntilUp", MF_INT, "0", NULL, 0, 86400}, {"timeout", MF_INT, "16", NULL, 0, 86400},   \
		{"transparent", MF_ENUM, "\"disabled\"", ON_OFF},                                  \
		{"upInterval", MF_INT, "0", NULL, 0, 86400},                                       \
	{                                                                                          \
		0                                                                                  \
	}

#define COMMON_TAIL_USER                                                                           \
	{"timeUntilUp", MF_INT, "0", NULL, 0, 86400}, {"timeout", MF_INT, "16", NULL, 0, 86400},   \
		{"transparent", MF_ENUM, "\"disabled\"", ON_OFF},                                  \
		{"upInterval", MF_INT, "0", NULL, 0, 86400}, {"username", MF_STR},                 \
	{                                                                                          \
		0                                                                                  \
	}

/* --- rules --- */

enum { DEST_WILD, DEST_PORT, DEST_ADDR, DEST_BAD };

/* "*:*", "*:80", "10.0.0.1:80"; "*" and addresses alone for ICMP */
static int destination_class(const char *s, bool icmp)
{
	struct mock_addr a;
	size_t len;
	int port;

	if (!strcmp(s, "*:*") || !strcmp(s, "*") || !strcmp(s, "*.*"))
		return DEST_WILD;
	if (icmp && addr_parse(s, strlen(s), &a) == 0)
		return DEST_ADDR;
	if (addr_split_port(s, &len, &port) < 0 || port < 0)
		return DEST_BAD;
	if (len == 1 && *s == '*')
		return DEST_PORT;
	return addr_parse(s, len, &a) == 0 ? DEST_ADDR : DEST_BAD;
}

/* a service name becomes its number; the device echoes numbers */
static void destination_number(struct mock_obj *o, const char *s)
{
	autofree char *text = NULL;
	size_t len;
	int port;

	if (addr_split_port(s, &len, &port) < 0 || port <= 0)
		return;
	text = mem_printf("%.*s%c%d", (int)len, s, s[len], port);
	obj_set_str(o, "destination", text);
}

static int monitor_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
			   bool create, struct mock_fault *f)
{
	bool icmp = strstr(o->kind->last, "icmp") != NULL;
	const char *dest = obj_str(o, "destination"), *from = obj_str(o, "defaultsFrom");
	long long interval, timeout;
	autofree char *root = NULL;
	int class = destination_class(dest, icmp);

	if (!strcmp(from, o->path))
		return fault_set(f, 400, API_MCPD,
				 "01070734:3: Configuration error: A monitor may not default from "
				 "itself");
	if (create && !*from && !m->seeding) {
		root = mem_printf("/Common/%s", o->kind->last);
		for (char *p = root; *p; p++)
			*p = *p == '-' ? '_' : *p; /* gateway-icmp is named gateway_icmp */
		obj_set_str(o, "defaultsFrom", root);
	}
	if (create)
		write_relink(&m->store, o); /* the parent's values count below */
	if (class == DEST_BAD)
		return fault_set(f, 400, API_TMSH,
				 "invalid property value \"destination\":\"%.100s\"", dest);
	if (js_key(body, "destination") && o->v[kind_field(o->kind, "destination")]) {
		struct json_object *was = store_before(&m->store, o, "destination");
		const char *old = was ? js_str_of(was) : icmp ? "*" : "*:*";

		if (!create && (destination_class(old, icmp) == DEST_ADDR) != (class == DEST_ADDR))
			return fault_set(
				f, 400, API_MCPD,
				"01070675:3: Cannot modify the address type of monitor %s.",
				o->path);
		destination_number(o, obj_str(o, "destination"));
	}
	interval = obj_int(o, "interval");
	timeout = obj_int(o, "timeout");
	if (timeout > 0 && interval >= timeout) /* 13 and later do it without a word */
		obj_set(o, kind_field(o->kind, "interval"),
			json_object_new_int64(timeout > 1 ? timeout - 1 : 1));
	if (kind_field(o->kind, "recvDisable") >= 0 && *obj_str(o, "recvDisable") &&
	    !*obj_str(o, "recv"))
		return fault_set(
			f, 400, API_MCPD,
			"01070734:3: Configuration error: Monitor %s: recv-disable needs a "
			"recv string",
			o->path);
	if (kind_field(o->kind, "reverse") >= 0 && !strcmp(obj_str(o, "reverse"), "enabled") &&
	    obj_int(o, "timeUntilUp"))
		return fault_set(
			f, 400, API_MCPD,
			"01070734:3: Configuration error: Monitor %s: time-until-up must be 0 "
			"with reverse",
			o->path);
	return 0;
}

static void monitor_in_use(const struct mock_obj *o, const struct mock_obj *user,
			   struct mock_fault *f)
{
	(void)user;
	fault_set(f, 400, API_MCPD, "01070083:3: Monitor %s is in use.", o->path);
}

/* the device shows a password encrypted with its master key; a constant keeps the secret away */
static struct json_object *monitor_calc(const struct mock *m, const struct mock_obj *o, unsigned i)
{
	(void)m;
	return obj_effective(o, i) ? json_object_new_string("$M$mock$0000000000000000") : NULL;
}

/* --- types --- */

#define MONITOR(var, uri_, table)                                                                  \
	static struct mock_kind var = {                                                            \
		.uri = "ltm/monitor/" uri_,                                                        \
		.family = "monitor",                                                               \
		.type_name = "monitor",                                                            \
		.fields = table,                                                                   \
		.flags = K_ICRD_404 | K_GEN0 | K_TRAFFIC,                                          \
		.prepare = monitor_prepare,                                                        \
		.calc = monitor_calc,                                                              \
		.in_use = monitor_in_use,                                                          \
	}

#define GET_ROOT "\"GET /\\\\r\\\\n\"" /* the backslashes are characters of the string */

static struct mock_field http_fields[] = {
	COMMON_HEAD, PARENT,  DESCRIPTION,    DESTINATION("\"*:*\""),
	INTERVAL,    DSCP,    MANUAL_RESUME,  PASSWORD,
	RECV,        REVERSE, SEND(GET_ROOT), COMMON_TAIL_USER};
MONITOR(monitor_http, "http", http_fields);

static struct mock_field https_fields[] = {
	COMMON_HEAD,
	{"cipherlist", MF_STR, .flags = F_HIDDEN},
	{"compatibility", MF_ENUM, NULL, ON_OFF, .flags = F_HIDDEN},
	PARENT,
	DESCRIPTION,
	DESTINATION("\"*:*\""),
	INTERVAL,
	DSCP,
	MANUAL_RESUME,
	PASSWORD,
	RECV,
	REVERSE,
	SEND(GET_ROOT),
	{"sslProfile", MF_REF, NULL, "profile", .flags = F_NO_LINK},
	COMMON_TAIL_USER};
MONITOR(monitor_https, "https", https_fields);

static struct mock_field tcp_fields[] = {
	COMMON_HEAD, PARENT,     DESCRIPTION,   DESTINATION("\"*:*\""),
	INTERVAL,    DSCP,       MANUAL_RESUME, RECV,
	REVERSE,     SEND(NULL), COMMON_TAIL};
MONITOR(monitor_tcp, "tcp", tcp_fields);

static struct mock_field half_open_fields[] = {PARENT,   DESCRIPTION,   DESTINATION("\"*:*\""),
					       INTERVAL, MANUAL_RESUME, COMMON_TAIL};
MONITOR(monitor_half_open, "tcp-half-open", half_open_fields);

static struct mock_field udp_fields[] = {COMMON_HEAD,
					 {"debug", MF_ENUM, "\"no\"", "yes|no"},
					 PARENT,
					 DESCRIPTION,
					 DESTINATION("\"*:*\""),
					 INTERVAL,
					 MANUAL_RESUME,
					 RECV,
					 REVERSE,
					 SEND("\"default send string\""),
					 COMMON_TAIL};
MONITOR(monitor_udp, "udp", udp_fields);

static struct mock_field gateway_fields[] = {
	COMMON_HEAD, PARENT,        DESCRIPTION, DESTINATION("\"*:*\""),
	INTERVAL,    MANUAL_RESUME, COMMON_TAIL};
MONITOR(monitor_gateway, "gateway-icmp", gateway_fields);

static struct mock_field icmp_fields[] = {COMMON_HEAD,          PARENT,   DESCRIPTION,
					  DESTINATION("\"*\""), INTERVAL, MANUAL_RESUME,
					  COMMON_TAIL};
MONITOR(monitor_icmp, "icmp", icmp_fields);

static struct mock_field inband_fields[] = {
	PARENT,
	DESCRIPTION,
	{"failureInterval", MF_INT, "30", NULL, 0, 86400},
	{"failures", MF_INT, "3", NULL, 0, 86400},
	{"responseTime", MF_INT, "10", NULL, 0, 86400},
	{"retryTime", MF_INT, "300", NULL, 0, 86400},
	{0},
};
static struct mock_kind monitor_inband = {
	.uri = "ltm/monitor/inband",
	.family = "monitor",
	.type_name = "monitor",
	.fields = inband_fields,
	.flags = K_ICRD_404 | K_GEN0,
	.in_use = monitor_in_use,
};

static struct mock_field external_fields[] = {
	{"args", MF_STR}, PARENT,        DESCRIPTION,     DESTINATION("\"*:*\""),
	INTERVAL,         MANUAL_RESUME, {"run", MF_STR}, COMMON_TAIL,
};
MONITOR(monitor_external, "external", external_fields);

struct mock_kind *const kinds_monitor[] = {
	&monitor_external, &monitor_gateway, &monitor_http,      &monitor_https, &monitor_icmp,
	&monitor_inband,   &monitor_tcp,     &monitor_half_open, &monitor_udp,   NULL,
};
