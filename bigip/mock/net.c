/* Network kinds: ARP, FDB, tunnels, routes, self IPs, VLANs, route domains (API notes 3.14-3.18).
 */
#include <ctype.h>

#include "bigip/mock/core.h"
#include "common/base/mem.h"

#define ON_OFF "enabled|disabled"

static int bad(struct mock_fault *f, const char *key, const char *value)
{
	return fault_set(f, 400, API_TMSH, "invalid property value \"%s\":\"%.100s\"", key, value);
}

/* six groups of one or two hex digits (some clients leave out leading zeros) -> "0a:0b:..."; NULL
 */
static char *mac_normal(const char *s)
{
	struct strbuf out = {0};

	for (unsigned i = 0; i < 6; i++) {
		char *end;
		unsigned long v;

		if (!isxdigit((unsigned char)*s))
			break;
		v = strtoul(s, &end, 16);
		if (v > 255 || end - s > 2 || *end != (i < 5 ? ':' : '\0'))
			break;
		str_addf(&out, "%s%02lx", i ? ":" : "", v);
		s = end + (i < 5);
		if (i == 5)
			return str_take(&out);
	}
	str_release(&out);
	return NULL;
}

/* --- ARP --- */

static int arp_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
		       struct mock_fault *f)
{
	const char *ip = obj_str(o, "ipAddress"), *mac = obj_str(o, "macAddress");
	autofree char *normal = mac_normal(mac), *addr = addr_normal(m, o->folder, ip);

	(void)body;
	if (!*ip || !*mac)
		return 0; /* required() says it */
	if (!normal)
		return bad(f, "mac-address", mac);
	obj_set_str(o, "macAddress", normal);
	if (!create)
		return 0;
	if (!addr)
		return bad(f, "ip-address", ip);
	obj_set_str(o, "ipAddress", addr);
	return 0;
}

static struct mock_field arp_fields[] = {
	{"description", MF_STR},
	{"ipAddress", MF_STR, .flags = F_REQ | F_IM_STRICT},
	{"macAddress", MF_STR, .flags = F_REQ | F_LOWER},
	{0},
};

struct mock_kind kind_arp = {
	.uri = "net/arp",
	.family = "arp",
	.type_name = "ARP entry",
	.fields = arp_fields,
	.flags = K_GEN0,
	.prepare = arp_prepare,
};

/* --- FDB --- */

static int record_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			  struct mock_fault *f)
{
	const char *text = obj_str(o, "endpoint");
	autofree char *normal = addr_normal(m, o->parent->folder, text);

	(void)body, (void)create;
	if (*text && !normal)
		return bad(f, "endpoint", text);
	obj_set_str(o, "endpoint", normal);
	return 0;
}

static char *record_name(struct mock *m, const char *folder, const char *name)
{
	(void)m, (void)folder;
	return mac_normal(name);
}

static struct mock_field record_fields[] = {
	{"description", MF_STR},
	{"endpoint", MF_STR, .flags = F_REQ},
	{0},
};

struct mock_kind kind_fdb_records = {
	.uri = "records",
	.family = "fdb-records",
	.type_name = "forwarding database entry",
	.fields = record_fields,
	.flags = K_CHILD | K_RECORD | K_ICRD_404,
	.name = record_name,
	.prepare = record_prepare,
};

static struct mock_field fdb_fields[] = {{"description", MF_STR}, {0}};

struct mock_kind kind_fdb_tunnel = {
	.uri = "net/fdb/tunnel",
	.family = "fdb-tunnel",
	.type_name = "FDB tunnel",
	.fields = fdb_fields,
	.flags = K_NO_POST | K_NO_DELETE,
	.children = {&kind_fdb_records},
	.child_inputs = {"records"},
};

/* --- tunnels --- */

static int tunnel_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			  struct mock_fault *f)
{
	static const char *const keys[] = {"localAddress", "remoteAddress", "secondaryAddress"};
	const struct mock_obj *p = store_find(&m->store, "tunnel-profile", obj_str(o, "profile"));
	struct mock_addr local;
	bool v4;

	(void)body;
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		const char *text = obj_str(o, keys[i]);
		struct mock_addr a;

		if (*text && addr_parse(text, strlen(text), &a) < 0)
			return bad(f, keys[i], text);
	}
	if (create && p && !strcmp(p->kind->last, "vxlan") && !*obj_str(o, "localAddress"))
		return fault_set(f, 400, API_MCPD,
				 "01070734:3: Configuration error: Tunnel %s needs a local address",
				 o->path);
	v4 = addr_parse(obj_str(o, "localAddress"), strlen(obj_str(o, "localAddress")), &local) ==
		     0 &&
	     local.ip.family == 4;
	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		if (!*obj_str(o, keys[i]))
			obj_set_str(o, keys[i], v4 ? "any" : "any6");
	}
	if (create)
		obj_set(o, kind_field(o->kind, "ifIndex"),
			json_object_new_int((int)(m->store.ids.if_index += 16)));
	return 0;
}

static int tunnel_created(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	struct mock_obj *fdb;

	(void)f;
	if (store_find(&m->store, "fdb-tunnel", o->path))
		return 0;
	fdb = write_make(m, &kind_fdb_tunnel, NULL, o->folder, o->name, NULL);
	fdb->generation = m->store.generation;
	return 0;
}

static void tunnel_deleted(struct mock *m, struct mock_obj *o)
{
	struct mock_obj *fdb = store_find(&m->store, "fdb-tunnel", o->path);

	if (fdb)
		store_remove(&m->store, fdb);
}

static void vlan_in_use(const struct mock_obj *o, const struct mock_obj *user, struct mock_fault *f)
{
	fault_set(f, 400, API_MCPD,
		  "01070265:3: The VLAN (%s) cannot be deleted because it is in use by a %s (%s).",
		  o->path, user->kind->type_name, user->path);
}

static struct mock_field tunnel_fields[] = {
	{"autoLasthop", MF_ENUM, "\"default\"", "default|enabled|disabled"},
	{"description", MF_STR},
	{"idleTimeout", MF_INT, "300", NULL, 0, 4294967295ll},
	{"ifIndex", MF_INT, .flags = F_RO},
	{"key", MF_INT, "0", NULL, 0, 4294967295ll},
	{"localAddress", MF_STR},
	{"mode", MF_ENUM, "\"bidirectional\"", "bidirectional|inbound|outbound"},
	{"mtu", MF_INT, "0", NULL, 0, 65535},
	{"profile", MF_REF, NULL, "tunnel-profile", .flags = F_IM | F_REQ},
	{"remoteAddress", MF_STR},
	{"secondaryAddress", MF_STR},
	{"tos", MF_NUMSTR, "\"preserve\"", "preserve"},
	{"trafficGroup", MF_REF, NULL, "traffic-group", .flags = F_IM},
	{"transparent", MF_ENUM, "\"disabled\"", ON_OFF},
	{"usePmtu", MF_ENUM, "\"enabled\"", ON_OFF},
	{0},
};

struct mock_kind kind_tunnel = {
	.uri = "net/tunnels/tunnel",
	.family = "vlan", /* VLANs and tunnels are one name space */
	.type_name = "Tunnel",
	.fields = tunnel_fields,
	.prepare = tunnel_prepare,
	.created = tunnel_created,
	.deleted = tunnel_deleted,
	.in_use = vlan_in_use,
};

static struct mock_field vxlan_fields[] = {
	{"defaultsFrom", MF_REF, NULL, "tunnel-profile", .flags = F_IM | F_NO_PARENT},
	{"description", MF_STR, .flags = F_NO_PARENT},
	{"encapsulationType", MF_ENUM, "\"vxlan\"", "vxlan|vxlan-gpe"},
	{"floodingType", MF_ENUM, "\"multicast\"", "multicast|multipoint|replicator|none"},
	{"port", MF_INT, "4789", NULL, 0, 65535},
	{0},
};

static int vxlan_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			 struct mock_fault *f)
{
	(void)body, (void)f;
	if (create && !m->seeding && !*obj_str(o, "defaultsFrom"))
		obj_set_str(o, "defaultsFrom", "/Common/vxlan");
	return 0;
}

struct mock_kind kind_vxlan = {
	.uri = "net/tunnels/vxlan",
	.family = "tunnel-profile",
	.type_name = "tunnel profile",
	.fields = vxlan_fields,
	.prepare = vxlan_prepare,
};

#define TUNNEL_PROFILE(var, word)                                                                  \
	static struct mock_kind var = {                                                            \
		.uri = "net/tunnels/" word,                                                        \
		.family = "tunnel-profile",                                                        \
		.type_name = "tunnel profile",                                                     \
		.flags = K_LOOSE,                                                                  \
	}
TUNNEL_PROFILE(kind_tcp_forward, "tcp-forward");
TUNNEL_PROFILE(kind_gre, "gre");
TUNNEL_PROFILE(kind_ipip, "ipip");
TUNNEL_PROFILE(kind_geneve, "geneve");
struct mock_kind *const kinds_tunnel_profile[] = {&kind_vxlan, &kind_tcp_forward, &kind_gre,
						  &kind_ipip,  &kind_geneve,      NULL};

/* --- routes --- */

static bool self_reaches(struct mock *m, const char *folder, const struct mock_addr *gw)
{
	unsigned n;
	struct mock_obj *const *list = store_list(&m->store, &kind_self, &n);

	(void)folder;
	for (unsigned i = 0; i < n; i++) {
		const char *text = obj_str(list[i], "address"), *slash = strchr(text, '/');
		autofree char *cidr = NULL;
		struct mock_addr a;
		struct ip_prefix p;

		if (!slash ||
		    addr_resolve(m, list[i]->folder, text, (size_t)(slash - text), &a) < 0 ||
		    a.rd != gw->rd)
			continue;
		cidr = mem_printf("%.*s%s", (int)strcspn(text, "%/"), text, slash);
		if (ip_parse_prefix(cidr, &p) == 0 && ip_in(&gw->ip, &p))
			return true;
	}
	return false;
}

/* "10.0.0.0%1/24", "default", "0.0.0.0/0" -> the device's form and an index key */
static int route_network(struct mock *m, const struct mock_obj *o, const char *text,
			 struct strbuf *shown, struct strbuf *key)
{
	autofree char *addr = mem_strndup(text, strcspn(text, "/"));
	const char *slash = strchr(text, '/'), *rd_text = strchr(addr, '%');
	unsigned def = addr_default_rd(m, o->folder);
	struct ip_prefix p = {0};
	struct mock_addr a = {0};
	unsigned long long len, rd = def;

	if (str_starts(text, "default")) {
		bool six = str_starts(text, "default-inet6");

		if (rd_text && str_to_u64(rd_text + 1, 0, 65534, &rd))
			return -1;
		if (!rd_text && text[strlen(six ? "default-inet6" : "default")])
			return -1;
		p.addr.family = six ? 6 : 4;
	} else {
		if (addr_resolve(m, o->folder, addr, strlen(addr), &a) < 0)
			return -1;
		len = ip_bits(&a.ip);
		if (slash && str_to_u64(slash + 1, 0, ip_bits(&a.ip), &len))
			return -1;
		char text_p[IP_TEXT_MAX];
		autofree char *cidr = mem_printf("%s/%llu", ip_format(&a.ip, text_p), len);

		if (ip_parse_prefix(cidr, &p) < 0)
			return -1;
		rd = a.rd;
	}
	a = (struct mock_addr){.ip = p.addr, .rd = (unsigned)rd};
	addr_key(&a, key);
	str_addf(key, "/%u", p.len);
	if (!p.len) {
		str_add(shown, p.addr.family == 6 ? "default-inet6" : "default");
		if (rd != def)
			str_addf(shown, "%%%llu", rd);
	} else {
		addr_text(&a, def, shown);
		str_addf(shown, "/%u", p.len);
	}
	return 0;
}

static int route_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			 struct mock_fault *f)
{
	static const char *const hops[] = {"gw", "pool", "tmInterface", "blackhole"};
	const char *gw = obj_str(o, "gw"), *network = obj_str(o, "network");
	struct strbuf shown = {0}, key = {0};
	struct mock_addr a;
	struct mock_slot *slot;
	unsigned n = 0;
	bool taken;

	(void)body;
	if (create && *network) {
		if (route_network(m, o, network, &shown, &key) < 0)
			return bad(f, "network", network);
		slot = store_slot(&m->store, "@route", str_get(&key));
		taken = slot && slot->users;
		if (!taken)
			obj_set_str(o, "network", str_get(&shown));
		else
			fault_set(f, 409, API_MCPD,
				  "01020066:3: The requested static route (%s) already exists in "
				  "partition %.*s.",
				  str_get(&shown), (int)strcspn(o->folder + 1, "/"), o->folder + 1);
		str_release(&shown);
		str_release(&key);
		if (taken)
			return -1;
	}
	for (unsigned i = 0; i < ARRAY_SIZE(hops); i++)
		n += o->v[kind_field(o->kind, hops[i])] != NULL;
	if (n != 1)
		return fault_set(
			f, 400, API_MCPD,
			"01070734:3: Configuration error: Static route %s must have exactly "
			"one of gateway, pool, vlan or reject",
			o->path);
	if (!*gw)
		return 0;
	if (addr_resolve(m, o->folder, gw, strlen(gw), &a) < 0)
		return bad(f, "gw", gw);
	if (!self_reaches(m, o->folder, &a))
		return fault_set(
			f, 400, API_MCPD,
			"01070330:3: Static route gateway %s is not directly connected via an "
			"interface.",
			gw);
	addr_text(&a, addr_default_rd(m, o->folder), &shown);
	obj_set_str(o, "gw", str_get(&shown));
	str_release(&shown);
	return 0;
}

static void route_link(struct mock *m, struct mock_obj *o)
{
	struct strbuf shown = {0}, key = {0};

	if (route_network(m, o, obj_str(o, "network"), &shown, &key) == 0)
		store_link(&m->store, o, "@route", str_get(&key), "network", false);
	str_release(&shown);
	str_release(&key);
}

static struct mock_field route_fields[] = {
	{"blackhole", MF_FLAG, NULL, ""},
	{"description", MF_STR},
	{"gw", MF_STR},
	{"mtu", MF_INT, "0", NULL, 0, 65535},
	{"network", MF_STR, .flags = F_REQ | F_IM_STRICT},
	{"pool", MF_REF, NULL, "pool"},
	{"tmInterface", MF_REF, NULL, "vlan"},
	{0},
};

struct mock_kind kind_route = {
	.uri = "net/route",
	.family = "route",
	.type_name = "static route",
	.fields = route_fields,
	.prepare = route_prepare,
	.link = route_link,
};

/* --- self IPs, VLANs, route domains --- */

static int self_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			struct mock_fault *f)
{
	const char *text = obj_str(o, "address"), *slash = strchr(text, '/');
	unsigned long long len;
	struct strbuf out = {0};
	struct mock_addr a;

	(void)body;
	if (!create || !*text)
		return 0;
	if (!slash || addr_resolve(m, o->folder, text, (size_t)(slash - text), &a) < 0 ||
	    str_to_u64(slash + 1, 0, ip_bits(&a.ip), &len))
		return bad(f, "address", text);
	addr_text(&a, addr_default_rd(m, o->folder), &out);
	str_addf(&out, "/%llu", len);
	obj_set_str(o, "address", str_get(&out));
	str_release(&out);
	if (!js_key(body, "unit"))
		obj_set(o, kind_field(o->kind, "unit"),
			json_object_new_int(
				!strcmp(obj_str(o, "trafficGroup"), "/Common/traffic-group-1")));
	if (*obj_str(o, "trafficGroup") &&
	    strcmp(obj_str(o, "trafficGroup"), "/Common/traffic-group-local-only") != 0)
		obj_set_str(o, "floating", "enabled");
	return 0;
}

static struct mock_field self_fields[] = {
	{"address", MF_STR, .flags = F_REQ | F_IM},
	{"addressSource", MF_STR, "\"from-user\"", .flags = F_RO},
	{"description", MF_STR},
	{"floating", MF_ENUM, "\"disabled\"", ON_OFF},
	{"inheritedTrafficGroup", MF_ENUM, "\"false\"", "true|false"},
	{"trafficGroup", MF_REF, "\"/Common/traffic-group-local-only\"", "traffic-group"},
	{"unit", MF_INT, "0", .flags = F_RO},
	{"vlan", MF_REF, NULL, "vlan", .flags = F_REQ},
	{"allowService", MF_RAW},
	{0},
};

struct mock_kind kind_self = {
	.uri = "net/self",
	.family = "self",
	.type_name = "self IP",
	.fields = self_fields,
	.flags = K_TRAFFIC,
	.prepare = self_prepare,
};

static int vlan_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			struct mock_fault *f)
{
	(void)body, (void)f;
	if (!create)
		return 0;
	obj_set(o, kind_field(o->kind, "ifIndex"),
		json_object_new_int((int)(m->store.ids.if_index += 16)));
	if (!o->v[kind_field(o->kind, "tag")])
		obj_set(o, kind_field(o->kind, "tag"),
			json_object_new_int((int)m->store.ids.vlan_tag--));
	return 0;
}

static struct mock_field vlan_fields[] = {
	{"autoLasthop", MF_ENUM, "\"default\"", "default|enabled|disabled"},
	{"cmpHash", MF_ENUM, "\"default\"", "default|src-ip|dst-ip"},
	{"dagRoundRobin", MF_ENUM, "\"disabled\"", ON_OFF},
	{"dagTunnel", MF_ENUM, "\"outer\"", "outer|inner"},
	{"description", MF_STR},
	{"failsafe", MF_ENUM, "\"disabled\"", ON_OFF},
	{"failsafeAction", MF_ENUM, "\"failover-restart-tm\"",
	 "failover|failover-restart-tm|reboot|restart-all"},
	{"failsafeTimeout", MF_INT, "90", NULL, 0, 4294967295ll},
	{"fwdMode", MF_STR, "\"l3\""},
	{"hardwareSyncookie", MF_ENUM, "\"disabled\"", ON_OFF},
	{"ifIndex", MF_INT, .flags = F_RO},
	{"learning", MF_STR, "\"enable-forward\""},
	{"mtu", MF_INT, "1500", NULL, 576, 9198},
	{"sflow", MF_TREE,
	 "{\"pollInterval\":0,\"pollIntervalGlobal\":\"yes\",\"samplingRate\":0,"
	 "\"samplingRateGlobal\":\"yes\"}"},
	{"sourceChecking", MF_ENUM, "\"disabled\"", ON_OFF},
	{"synFloodRateLimit", MF_INT, "1000", NULL, 0, 4294967295ll},
	{"syncacheThreshold", MF_INT, "6000", NULL, 0, 4294967295ll},
	{"tag", MF_INT, NULL, NULL, 1, 4094},
	{0},
};

struct mock_kind kind_vlan = {
	.uri = "net/vlan",
	.family = "vlan",
	.type_name = "VLAN",
	.fields = vlan_fields,
	.children = {&kind_vlan_interfaces},
	.child_inputs = {"interfaces"},
	.prepare = vlan_prepare,
	.in_use = vlan_in_use,
};

static struct mock_field vlan_interface_fields[] = {
	{"tagged", MF_FLAG, NULL, "untagged"},
	{"untagged", MF_FLAG, "true", "tagged"},
	{0},
};

struct mock_kind kind_vlan_interfaces = {
	.uri = "interfaces",
	.family = "vlan-interfaces",
	.type_name = "VLAN member",
	.fields = vlan_interface_fields,
	.flags = K_CHILD | K_RECORD | K_ICRD_404,
};

static int route_domain_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
				bool create, struct mock_fault *f)
{
	int field = kind_field(o->kind, "id");
	unsigned long long id;

	(void)m, (void)body;
	if (!create || o->v[field])
		return 0;
	if (str_to_u64(o->name, 0, 65534, &id))
		return fault_set(f, 400, API_TMSH, "one or more properties must be specified");
	obj_set(o, field, json_object_new_int64((long long)id));
	return 0;
}

static void route_domain_link(struct mock *m, struct mock_obj *o)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", obj_int(o, "id"));
	store_link(&m->store, o, "@rd", id, "id", false);
}

static int route_domain_check(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	char id[24];
	const struct mock_slot *slot;

	snprintf(id, sizeof(id), "%lld", obj_int(o, "id"));
	slot = store_slot(&m->store, "@rd", id);
	for (const struct mock_link *l = slot ? slot->users : NULL; l; l = l->next) {
		if (l->from != o)
			return fault_set(
				f, 409, API_MCPD,
				"01020066:3: The requested route domain (%s) already exists in "
				"partition %.*s.",
				id, (int)strcspn(o->folder + 1, "/"), o->folder + 1);
	}
	return 0;
}

static int route_domain_gone(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	char id[24];
	const struct mock_slot *slot;

	snprintf(id, sizeof(id), "%lld", obj_int(o, "id"));
	slot = store_slot(&m->store, "@rd-used", id);
	if (!slot || !slot->users)
		return 0;
	return fault_set(
		f, 400, API_MCPD,
		"0107097c:3: Route domain %s cannot be deleted: it is the default route domain "
		"of partition %s.",
		id, slot->users->from->name);
}

static struct mock_field route_domain_fields[] = {
	{"connectionLimit", MF_INT, "0", NULL, 0, 4294967295ll},
	{"description", MF_STR},
	{"id", MF_INT, NULL, NULL, 0, 65534, F_IM},
	{"parent", MF_REF, NULL, "route-domain"},
	{"routingProtocol", MF_RAW},
	{"strict", MF_ENUM, "\"enabled\"", ON_OFF},
	{"throughputCapacity", MF_NUMSTR, "\"infinite\"", "infinite"},
	{"vlans", MF_REFS, NULL, "vlan", .flags = F_NO_GUARD},
	{0},
};

struct mock_kind kind_route_domain = {
	.uri = "net/route-domain",
	.family = "route-domain",
	.type_name = "route domain",
	.fields = route_domain_fields,
	.prepare = route_domain_prepare,
	.link = route_domain_link,
	.check = route_domain_check,
	.check_gone = route_domain_gone,
};
