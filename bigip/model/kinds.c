/*
 * bigip/model - typed LTM objects
 *
 * A kind is one row of the table below: its URI and its owned fields. An owned field is one that a
 * ConfigMap decides; everything else on an object (persistence, minActiveMembers, descriptions, a
 * member's ratio and limits...) belongs to the person who set it and is neither read, compared nor
 * written. k8s-bigip-ctlr reverts some of those (member ratio, limit, priority group, description)
 * although no ConfigMap can set them; we leave them alone, which also lets its objects pass as
 * equal.
 *
 * The parts: scalar.c, list.c, member.c, address.c and iapp.c hold the field types (field.h), each
 * of which reads, writes, compares, copies and prints; codec.c and object.c walk the rows; names.c
 * makes paths and URIs and reads owners from names; state.c is a set of objects. Values come from
 * the API as BIG-IP 11.6 to 17 show them and as k8s-bigip-ctlr 1.x and 2.x wrote them.
 *
 * What is compared is meaning, not text: an address without %rd is in the partition's default route
 * domain, a bare SNAT pool is in /Common, CR LF equals the text \r\n, an unset property equals its
 * default.
 *
 * Left out: a destination that names a virtual address by another name than its address
 * ("/P/vip1:80") is compared as text.
 */
#include "bigip/model/field.h"
#include "common/base/mem.h"

#define FIELD(type_, struct_, member_, json_, ...)                                                 \
	{                                                                                          \
		.json = (json_), .type = (type_), .offset = offsetof(struct struct_, member_),     \
		__VA_ARGS__                                                                        \
	}
#define LIST(type_, struct_, member_, json_, ...)                                                  \
	FIELD(type_, struct_, member_, json_, .n_offset = offsetof(struct struct_, n_##member_),   \
	      __VA_ARGS__)

/* "send" is shown by the device unless it is empty, so an absent one is empty; the default counts
 * for new objects only */
#define MONITOR_FIELDS(send_)                                                                      \
	{                                                                                          \
		FIELD(FIELD_INT, bigip_monitor, interval, "interval", .def = "5"),                 \
			FIELD(FIELD_INT, bigip_monitor, timeout, "timeout", .def = "16"),          \
			FIELD(FIELD_TEXT, bigip_monitor, send, "send", .def = (send_)),            \
			FIELD(FIELD_TEXT, bigip_monitor, recv, "recv"),                            \
	}

static const struct bigip_field http_fields[] = MONITOR_FIELDS("GET /\\r\\n");
static const struct bigip_field tcp_fields[] = MONITOR_FIELDS(NULL);
static const struct bigip_field udp_fields[] = MONITOR_FIELDS("default send string");

static const struct bigip_field pool_fields[] = {
	FIELD(FIELD_STRING, bigip_pool, lb_mode, "loadBalancingMode", .def = "round-robin"),
	LIST(FIELD_MONITORS, bigip_pool, monitors, "monitor", .flags = FIELD_UNORDERED),
	LIST(FIELD_MEMBERS, bigip_pool, members, "members", .flags = FIELD_SUBCOLLECTION),
};

static const struct bigip_field virtual_fields[] = {
	FIELD(FIELD_DESTINATION, bigip_virtual, destination, "destination"),
	FIELD(FIELD_SOURCE, bigip_virtual, source, "source"),
	FIELD(FIELD_STRING, bigip_virtual, ip_protocol, "ipProtocol", .def = "any"),
	FIELD(FIELD_ENABLED, bigip_virtual, enabled, "enabled", .def = "1"),
	FIELD(FIELD_INT, bigip_virtual, connection_limit, "connectionLimit", .def = "0"),
	FIELD(FIELD_PATH, bigip_virtual, pool, "pool"),
	FIELD(FIELD_SNAT, bigip_virtual, snat, "sourceAddressTranslation"),
	LIST(FIELD_PROFILES, bigip_virtual, profiles, "profiles", .flags = FIELD_SUBCOLLECTION),
	LIST(FIELD_PATHS, bigip_virtual, policies, "policies",
	     .flags = FIELD_UNORDERED | FIELD_SUBCOLLECTION),
	LIST(FIELD_PATHS, bigip_virtual, rules, "rules"),
	LIST(FIELD_PATHS, bigip_virtual, vlans, "vlans", .flags = FIELD_UNORDERED),
	FIELD(FIELD_VLANS_ENABLED, bigip_virtual, vlans_enabled, "vlansDisabled"),
};

static const struct bigip_field iapp_fields[] = {
	FIELD(FIELD_STRING, bigip_iapp, template_path, "template"),
	FIELD(FIELD_OPTIONS, bigip_iapp, options, "options"),
	FIELD(FIELD_VARIABLES, bigip_iapp, variables, "variables"),
	FIELD(FIELD_TABLES, bigip_iapp, tables, "tables"),
};

static const struct bigip_field node_fields[] = {
	FIELD(FIELD_ADDRESS, bigip_node, ip, "address"),
};

#define KIND(name_, uri_, struct_, fields_, ...)                                                   \
	{                                                                                          \
		.name = (name_), .uri = (uri_), .size = sizeof(struct struct_),                    \
		.fields = (fields_), .n_fields = ARRAY_SIZE(fields_), __VA_ARGS__                  \
	}

static const struct bigip_kind_info kinds[BIGIP_KINDS] = {
	[BIGIP_MONITOR_HTTP] = KIND("http monitor", "ltm/monitor/http", bigip_monitor, http_fields),
	[BIGIP_MONITOR_TCP] = KIND("tcp monitor", "ltm/monitor/tcp", bigip_monitor, tcp_fields),
	[BIGIP_MONITOR_UDP] = KIND("udp monitor", "ltm/monitor/udp", bigip_monitor, udp_fields),
	[BIGIP_POOL] = KIND("pool", "ltm/pool", bigip_pool, pool_fields,
			    .user_agent = offsetof(struct bigip_pool, user_agent)),
	[BIGIP_VIRTUAL] = KIND("virtual", "ltm/virtual", bigip_virtual, virtual_fields,
			       .user_agent = offsetof(struct bigip_virtual, user_agent)),
	[BIGIP_IAPP] = KIND("iapp", "sys/application/service", bigip_iapp, iapp_fields),
	[BIGIP_NODE] = KIND("node", "ltm/node", bigip_node, node_fields),
};

const struct field_type *const bigip_field_types[FIELD_KINDS] = {
	[FIELD_STRING] = &field_string,
	[FIELD_TEXT] = &field_text,
	[FIELD_INT] = &field_int,
	[FIELD_ENABLED] = &field_enabled,
	[FIELD_VLANS_ENABLED] = &field_vlans_enabled,
	[FIELD_PATH] = &field_path,
	[FIELD_PATHS] = &field_paths,
	[FIELD_MONITORS] = &field_monitors,
	[FIELD_MEMBERS] = &field_members,
	[FIELD_DESTINATION] = &field_destination,
	[FIELD_SOURCE] = &field_source,
	[FIELD_SNAT] = &field_snat,
	[FIELD_PROFILES] = &field_profiles,
	[FIELD_ADDRESS] = &field_address,
	[FIELD_OPTIONS] = &field_options,
	[FIELD_VARIABLES] = &field_variables,
	[FIELD_TABLES] = &field_tables,
};

const struct bigip_kind_info *bigip_kind_info(enum bigip_kind kind)
{
	return &kinds[kind];
}
