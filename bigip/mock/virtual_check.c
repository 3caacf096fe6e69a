/*
 * Virtual servers: the rules of the end state (API notes 3.3 and 4.5), their profile and policy
 * lists, and virtual addresses (3.4).
 */
#include "bigip/mock/virtual.h"

#include "common/base/mem.h"

#define ON_OFF "enabled|disabled"

int mask_len(const struct ip_addr *mask)
{
	unsigned bits = ip_bits(mask), n = 0;

	while (n < bits && (mask->bytes[n / 8] & (0x80u >> (n % 8))))
		n++;
	for (unsigned i = n; i < bits; i++) {
		if (mask->bytes[i / 8] & (0x80u >> (i % 8)))
			return -1;
	}
	return (int)n;
}

void virtual_conflict_key(const struct mock *m, const struct mock_obj *o, struct strbuf *out)
{
	struct virtual_dest d;

	if (virtual_destination(m, o, &d) < 0)
		return;
	addr_key(&d.addr, out);
	str_addf(out, "/%s:%d:%s", obj_str(o, "mask"), d.port, obj_str(o, "ipProtocol"));
}

/* --- two virtuals in one place --- */

static bool vlan_listed(struct json_object *list, const char *path)
{
	for (size_t i = 0; i < js_arr_len(list); i++) {
		if (!strcmp(json_object_get_string(json_object_array_get_idx(list, i)), path))
			return true;
	}
	return false;
}

/* is any vlan of the listed ones outside (or inside) the other list? */
static bool any_listed(struct json_object *list, struct json_object *other, bool inside)
{
	for (size_t i = 0; i < js_arr_len(list); i++) {
		const char *path = json_object_get_string(json_object_array_get_idx(list, i));

		if (vlan_listed(other, path) == inside)
			return true;
	}
	return false;
}

static bool vlans_overlap(const struct mock_obj *a, const struct mock_obj *b)
{
	struct json_object *la = obj_get(a, "vlans"), *lb = obj_get(b, "vlans");
	bool only_a = obj_flag(a, "vlansEnabled"), only_b = obj_flag(b, "vlansEnabled");

	if (only_a && only_b)
		return any_listed(la, lb, true);
	if (only_a)
		return any_listed(la, lb, false);
	if (only_b)
		return any_listed(lb, la, false);
	return true;
}

static int check_conflict(const struct mock_obj *o, struct mock_fault *f)
{
	for (const struct mock_link *l = o->out; l; l = l->next_out) {
		if (strcmp(l->what, "conflict") != 0)
			continue;
		for (const struct mock_link *u = l->to->users; u; u = u->next) {
			const struct mock_obj *other = u->from;

			if (other == o ||
			    strcmp(obj_str(other, "source"), obj_str(o, "source")) != 0 ||
			    !vlans_overlap(o, other))
				continue;
			return fault_set(
				f, 400, API_MCPD,
				"01070333:3: Virtual Server %s illegally shares destination "
				"address, source address, service port, ip-protocol, and vlan "
				"with Virtual Server %s.",
				o->path, other->path);
		}
	}
	return 0;
}

/* --- profiles --- */

static int check_profiles(const struct mock_obj *o, struct mock_fault *f)
{
	const struct mock_obj *tcp = virtual_profile(o, "tcp"), *udp = virtual_profile(o, "udp");
	const struct mock_obj *fast = virtual_profile(o, "fastl4");
	const struct mock_obj *http = virtual_profile(o, "http");
	const char *proto = obj_str(o, "ipProtocol");

	if ((fast && (tcp || udp || http)) || (udp && http && !tcp) ||
	    (tcp && strcmp(proto, "tcp") != 0 && strcmp(proto, "any") != 0) ||
	    (udp && strcmp(proto, "udp") != 0 && strcmp(proto, "any") != 0))
		return fault_set(f, 400, API_MCPD,
				 "01070095:3: Virtual server %s lists incompatible profiles.",
				 o->path);
	return 0;
}

static int check_sni(const struct mock_obj *o, struct mock_fault *f)
{
	unsigned defaults = 0;

	for (unsigned i = 0; i < o->kids[0].n; i++) {
		for (const struct mock_link *l = o->kids[0].list[i]->out; l; l = l->next_out) {
			if (l->to->obj && !strcmp(l->to->obj->kind->last, "client-ssl") &&
			    !strcmp(obj_str(l->to->obj, "sniDefault"), "true"))
				defaults++;
		}
	}
	if (defaults < 2)
		return 0;
	return fault_set(
		f, 400, API_MCPD,
		"01071809:3: Virtual Server %s has more than one clientssl/serverssl profile "
		"that is default for SNI.",
		o->path);
}

static int check_persist(const struct mock *m, const struct mock_obj *o, struct mock_fault *f)
{
	autofree char *path = virtual_persist_path(o);
	const struct mock_obj *p = path ? store_find(&m->store, "persistence", path) : NULL;

	if (!p)
		return 0;
	if (!strcmp(p->kind->last, "cookie") && !virtual_profile(o, "http") &&
	    !virtual_profile(o, "fasthttp"))
		return fault_set(
			f, 400, API_MCPD,
			"01070309:3: Cookie persistence requires an HTTP or FastHTTP profile "
			"to be associated with the virtual server");
	if (virtual_flag(o))
		return fault_set(f, 400, API_MCPD,
				 "010716d9:3: Virtual server %s cannot have a persistence profile.",
				 o->path);
	return 0;
}

static int check_rules(const struct mock *m, const struct mock_obj *o, struct mock_fault *f)
{
	struct json_object *rules = obj_get(o, "rules");

	if (virtual_profile(o, "http") || virtual_profile(o, "fasthttp"))
		return 0;
	for (size_t i = 0; i < js_arr_len(rules); i++) {
		const char *path = json_object_get_string(json_object_array_get_idx(rules, i));
		const struct mock_obj *r = store_find(&m->store, "rule", path);

		if (r && strstr(obj_str(r, "apiAnonymous"), "HTTP_REQUEST"))
			return fault_set(f, 400, API_MCPD,
					 "010716d9:3: HTTP_REQUEST event in rule (%s) requires an "
					 "associated HTTP profile on the virtual server (%s).",
					 path, o->path);
	}
	return 0;
}

int virtual_check(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	if (check_conflict(o, f) < 0 || check_profiles(o, f) < 0 || check_sni(o, f) < 0 ||
	    check_persist(m, o, f) < 0)
		return -1;
	return check_rules(m, o, f);
}

/* --- profile and policy lists --- */

static void named_link(struct mock *m, struct mock_obj *o)
{
	bool policy = o->kind == &kind_virtual_policies;

	store_link(&m->store, o, policy ? "policy" : "profile", o->path, "name", true);
}

static int profile_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
			   bool create, struct mock_fault *f)
{
	const struct mock_obj *p = store_find(&m->store, "profile", o->path);

	(void)body, (void)create, (void)f;
	/* an SSL profile has one side only */
	if (p && !strcmp(p->kind->last, "client-ssl"))
		obj_set_str(o, "context", "clientside");
	else if (p && !strcmp(p->kind->last, "server-ssl"))
		obj_set_str(o, "context", "serverside");
	return 0;
}

/* a published or legacy policy only; drafts cannot be used */
static int policy_check(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	const struct mock_obj *p = store_find(&m->store, "policy", o->path);

	if (p && !strcmp(obj_str(p, "status"), "draft"))
		return fault_set(
			f, 400, API_MCPD,
			"01071912:3: Draft policy %s cannot be attached to Virtual Server %s.",
			o->path, o->parent->path);
	return 0;
}

static struct mock_field virtual_profile_fields[] = {
	{"context", MF_ENUM, "\"all\"", "all|clientside|serverside"},
	{0},
};
static struct mock_field virtual_policy_fields[] = {
	{0},
};

struct mock_kind kind_virtual_profiles = {
	.uri = "profiles",
	.family = "virtual-profiles",
	.type_name = "profile",
	.fields = virtual_profile_fields,
	.flags = K_CHILD | K_ICRD_404 | K_TRAFFIC,
	.prepare = profile_prepare,
	.link = named_link,
};

struct mock_kind kind_virtual_policies = {
	.uri = "policies",
	.family = "virtual-policies",
	.type_name = "Policy",
	.type_low = "policy",
	.fields = virtual_policy_fields,
	.flags = K_CHILD | K_ICRD_404 | K_TRAFFIC,
	.link = named_link,
	.check = policy_check,
};

/* --- virtual addresses --- */

static int va_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
		      struct mock_fault *f)
{
	const char *text = *obj_str(o, "address") ? obj_str(o, "address") : o->name;
	struct strbuf out = {0}, key = {0};
	struct mock_addr a;
	struct mock_slot *slot;

	(void)body;
	if (create) {
		if (addr_resolve(m, o->folder, text, strlen(text), &a) < 0)
			return fault_set(f, 400, API_TMSH,
					 "invalid property value \"address\":\"%.100s\"", text);
		addr_key(&a, &key);
		slot = store_slot(&m->store, "@va", str_get(&key));
		str_release(&key);
		addr_text(&a, addr_default_rd(m, o->folder), &out);
		if (slot && slot->users) {
			fault_set(f, 400, API_MCPD,
				  "0107176c:3: Invalid Virtual Address, the IP address %s already "
				  "exists.",
				  str_get(&out));
			str_release(&out);
			return -1;
		}
		obj_set_str(o, "address",
			    !ip_is_any(&a.ip)  ? str_get(&out)
			    : a.ip.family == 6 ? "any6"
					       : "any");
		str_release(&out);
		if (!*obj_str(o, "mask"))
			obj_set_str(o, "mask",
				    ip_is_any(&a.ip)   ? "any"
				    : a.ip.family == 6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
						       : "255.255.255.255");
	}
	if (!strcmp(obj_str(o, "arp"), "enabled") && !strcmp(obj_str(o, "spanning"), "enabled"))
		return fault_set(f, 400, API_MCPD,
				 "01071a8f:3: Virtual address %s cannot have both ARP and spanning "
				 "enabled.",
				 o->path);
	return 0;
}

static void va_link(struct mock *m, struct mock_obj *o)
{
	const char *text = obj_str(o, "address");
	struct strbuf key = {0};
	struct mock_addr a;

	if (addr_resolve(m, o->folder, text, strlen(text), &a) < 0)
		return;
	if (!strncmp(text, "any", 3) &&
	    addr_resolve(m, o->folder, o->name, strlen(o->name), &a) < 0)
		(void)addr_resolve(m, o->folder, text, strlen(text), &a);
	addr_key(&a, &key);
	store_link(&m->store, o, "@va", str_get(&key), "address", false);
	str_release(&key);
}

static void va_in_use(const struct mock_obj *o, const struct mock_obj *user, struct mock_fault *f)
{
	(void)user;
	fault_set(f, 400, API_MCPD, "01070344:3: Cannot delete referenced virtual address %s.",
		  o->path);
}

static struct mock_field va_fields[] = {
	{"address", MF_STR, .flags = F_IM},
	{"arp", MF_ENUM, "\"enabled\"", ON_OFF},
	{"autoDelete", MF_ENUM, "\"true\"", "true|false"},
	{"connectionLimit", MF_INT, "0", NULL, 0, 4294967295ll},
	{"description", MF_STR},
	{"enabled", MF_ENUM, "\"yes\"", "yes|no"},
	{"floating", MF_ENUM, "\"enabled\"", ON_OFF},
	{"icmpEcho", MF_ENUM, "\"enabled\"", "enabled|disabled|selective"},
	{"inheritedTrafficGroup", MF_ENUM, "\"false\"", "true|false"},
	{"mask", MF_STR, .flags = F_IM},
	{"routeAdvertisement", MF_ENUM, "\"disabled\"",
	 "disabled|enabled|selective|always|any|all"},
	{"serverScope", MF_ENUM, "\"any\"", "any|all|none"},
	{"spanning", MF_ENUM, "\"disabled\"", ON_OFF},
	{"trafficGroup", MF_REF, "\"/Common/traffic-group-1\"", "traffic-group"},
	{"unit", MF_INT, "1", .flags = F_RO},
	{"metadata", MF_RAW},
	{0},
};

struct mock_kind kind_virtual_address = {
	.uri = "ltm/virtual-address",
	.family = "virtual-address",
	.type_name = "Virtual Address",
	.fields = va_fields,
	.flags = K_ADDR_NAME | K_TRAFFIC,
	.prepare = va_prepare,
	.link = va_link,
	.in_use = va_in_use,
};
