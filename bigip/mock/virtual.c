/*
 * Virtual servers: input forms, defaults, automatic profiles and the virtual address (API
 * notes 3.3). The rules between objects are in virtual_check.c.
 */
#include "bigip/mock/virtual.h"

#include "common/base/clock.h"
#include "common/base/mem.h"

#define ON_OFF "enabled|disabled"
#define YES_NO "yes|no"
#define FLAGS  "dhcpRelay|internal|ipForward|l2Forward|reject|stateless"

static const char *const flag_words[] = {"dhcpRelay", "internal",  "ipForward", "l2Forward",
					 "reject",    "stateless", NULL};

const char *virtual_flag(const struct mock_obj *o)
{
	for (unsigned i = 0; flag_words[i]; i++) {
		if (obj_flag(o, flag_words[i]))
			return flag_words[i];
	}
	return NULL;
}

int virtual_destination(const struct mock *m, const struct mock_obj *o, struct virtual_dest *ret)
{
	const char *text = obj_str(o, "destination"), *slash = strrchr(text, '/'), *host;
	size_t len;
	int port;

	host = slash ? slash + 1 : text;
	if (addr_split_port(host, &len, &port) < 0 || port < 0)
		return -1;
	*ret = (struct virtual_dest){.port = port};
	if (slash && (size_t)(slash - text) >= sizeof(ret->folder))
		return -1;
	if (slash && slash > text)
		memcpy(ret->folder, text, (size_t)(slash - text));
	else
		snprintf(ret->folder, sizeof(ret->folder), "%.*s",
			 (int)(1 + strcspn(o->folder + 1, "/")), o->folder);
	if (addr_resolve(m, ret->folder, host, len, &ret->addr) == 0)
		return 0;
	/* a virtual address by name */
	autofree char *path = mem_printf("%s/%.*s", ret->folder, (int)len, host);
	const struct mock_obj *va = store_find(&m->store, "virtual-address", path);
	const char *addr = va ? obj_str(va, "address") : "";

	return va ? addr_resolve(m, ret->folder, addr, strlen(addr), &ret->addr) : -1;
}

/* --- the virtual address --- */

static struct mock_obj *va_by_address(struct mock *m, const struct mock_addr *a)
{
	struct strbuf key = {0};
	struct mock_slot *slot;

	addr_key(a, &key);
	slot = store_slot(&m->store, "@va", str_get(&key));
	str_release(&key);
	return slot && slot->users ? slot->users->from : NULL;
}

/* the virtual's last link to @path is gone: remove the address unless it is kept */
void virtual_release_address(struct mock *m, const char *path)
{
	struct mock_obj *va = store_find(&m->store, "virtual-address", path);

	if (!va || strcmp(obj_str(va, "autoDelete"), "true") != 0)
		return;
	for (const struct mock_link *l = va->slot->users; l; l = l->next) {
		if (l->guard)
			return;
	}
	store_remove(&m->store, va);
}

static int make_address(struct mock *m, const struct virtual_dest *d, const char *mask,
			struct strbuf *ret_path, struct mock_fault *f)
{
	autojson struct json_object *body = json_object_new_object();
	struct mock_obj *va = va_by_address(m, &d->addr);
	struct strbuf name = {0};
	int r = 0;

	addr_text(&d->addr, addr_default_rd(m, d->folder), &name);
	if (va && strcmp(va->folder, d->folder) != 0) {
		r = fault_set(f, 400, API_MCPD,
			      "0107176c:3: Invalid Virtual Address, the IP address %s already "
			      "exists.",
			      str_get(&name));
	} else if (!va) {
		js_put_str(body, "name", str_get(&name));
		js_put_str(body, "partition", d->folder + 1);
		js_put_str(body, "address", str_get(&name));
		js_put_str(body, "autoDelete", "true");
		if (strcmp(mask, "any") != 0 && !str_starts(mask, "255.255.255.255") &&
		    !str_starts(mask, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
			js_put_str(body, "arp", "disabled");
		js_put_str(body, "mask", mask);
		r = write_create(m, &kind_virtual_address, NULL, body, &va, f);
	}
	str_release(&name);
	if (r == 0)
		str_add(ret_path, va->path);
	return r;
}

/* a mask that was not sent follows the destination: it stays as long as it fits */
static bool mask_fits(const char *text, const struct mock_addr *a)
{
	struct ip_addr mask;

	if (!strcmp(text, "any") || !strcmp(text, "any6"))
		return ip_is_any(&a->ip);
	return ip_parse(text, &mask) == 0 && mask.family == a->ip.family && mask_len(&mask) >= 0;
}

static int set_mask(struct mock_obj *o, const struct mock_addr *a, bool sent, struct mock_fault *f)
{
	const char *now = obj_str(o, "mask");

	if (*now && mask_fits(now, a))
		return 0;
	if (*now && sent)
		return fault_set(f, 400, API_TMSH, "invalid property value \"mask\":\"%.100s\"",
				 now);
	obj_set_str(o, "mask",
		    ip_is_any(&a->ip)   ? "any"
		    : a->ip.family == 6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
					: "255.255.255.255");
	return 0;
}

/* set destination to the device's form and see to its virtual address */
static int set_destination(struct mock *m, struct mock_obj *o, struct json_object *body,
			   struct mock_fault *f)
{
	struct strbuf text = {0}, va = {0};
	autofree char *old = mem_strdup(js_str_of(obj_get(o, "vaPath")));
	struct virtual_dest d;
	int r;

	if (!*obj_str(o, "destination")) {
		autofree char *any = mem_printf("%s/0.0.0.0:0", o->folder);

		obj_set_str(o, "destination", any);
	}
	if (virtual_destination(m, o, &d) < 0)
		return fault_set(f, 400, API_TMSH,
				 "invalid property value \"destination\":\"%.200s\"",
				 obj_str(o, "destination"));
	if (!folder_find(m, d.folder))
		return fault_set(f, 400, API_TMSH, "The requested folder (%s) was not found.",
				 d.folder);
	if (set_mask(o, &d.addr, js_key(body, "mask") != NULL, f) < 0)
		return -1;
	r = make_address(m, &d, obj_str(o, "mask"), &va, f);
	if (r == 0) {
		const struct mock_obj *named = store_find(&m->store, "virtual-address",
							  str_get(&va));

		/* the echo names the virtual address, which is its text unless made by hand */
		str_addf(&text, "%s%c%d", str_get(&va), strchr(named->name, ':') ? '.' : ':',
			 d.port);
		obj_set_str(o, "destination", str_get(&text));
		obj_set_str(o, "vaPath", str_get(&va));
		if (old && strcmp(old, str_get(&va)) != 0) {
			write_relink(&m->store, o);
			virtual_release_address(m, old);
		}
	}
	str_release(&text);
	str_release(&va);
	return r;
}

/* --- other input --- */

static int set_source(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	const char *text = obj_str(o, "source"), *slash;
	struct virtual_dest d;
	struct mock_addr a;
	struct strbuf out = {0};
	unsigned long long len;

	if (virtual_destination(m, o, &d) < 0)
		return 0;
	if (!*text) {
		obj_set_str(o, "source", d.addr.ip.family == 6 ? "::/0" : "0.0.0.0/0");
		return 0;
	}
	slash = strchr(text, '/');
	if (!slash)
		slash = text + strlen(text);
	if (addr_resolve(m, o->folder, text, (size_t)(slash - text), &a) < 0 ||
	    (*slash && str_to_u64(slash + 1, 0, ip_bits(&a.ip), &len)))
		return fault_set(f, 400, API_TMSH, "invalid property value \"source\":\"%.100s\"",
				 text);
	if (!*slash)
		len = ip_bits(&a.ip);
	if (a.ip.family != d.addr.ip.family) {
		char from[IP_TEXT_MAX], to[IP_TEXT_MAX];

		return fault_set(f, 400, API_MCPD,
				 "01070389:3: The source (%s) and destination (%s) addresses for "
				 "virtual server (%s) must be be the same type (IPv4 or IPv6).",
				 ip_format(&a.ip, from), ip_format(&d.addr.ip, to), o->path);
	}
	addr_text(&a, addr_default_rd(m, o->folder), &out);
	str_addf(&out, "/%llu", len);
	obj_set_str(o, "source", str_get(&out));
	str_release(&out);
	return 0;
}

static int set_snat(struct mock_obj *o, struct mock_fault *f)
{
	int field = kind_field(o->kind, "sourceAddressTranslation");
	struct json_object *v = o->v[field], *now;
	const char *type = js_str(v, "type", "none"), *pool = js_str(v, "pool", "");
	autofree char *path = NULL;

	if (!v)
		return 0;
	if (strcmp(type, "none") != 0 && strcmp(type, "automap") && strcmp(type, "snat") != 0)
		return fault_set(
			f, 400, strcmp(type, "lsn") ? API_TMSH : API_ICRD,
			strcmp(type, "lsn")
				? "invalid property value \"type\":\"%.100s\""
				: "One of the following features must be "
				  "licensed/provisioned for the URI ltm/virtual/%s : cgnat",
			type);
	now = json_object_new_object();
	path = value_path(pool);
	if (path && !strcmp(type, "snat"))
		js_put_str(now, "pool", path);
	js_put_str(now, "type", type);
	obj_set(o, field, now);
	return 0;
}

/* "cookie", ["cookie"], [{"name":..,"partition":..,"tmDefault":..}] -> the last form */
static int set_persist(struct mock_obj *o, struct mock_fault *f)
{
	int field = kind_field(o->kind, "persist");
	struct json_object *v = o->v[field], *out, *e;
	autofree char *path = NULL;
	char *name;
	bool list = json_object_is_type(v, json_type_array);

	if (!v)
		return 0;
	e = list ? json_object_array_get_idx(v, 0) : v;
	if (list && json_object_array_length(v) > 1)
		return fault_set(f, 400, API_TMSH, "invalid property value \"persist\"");
	if (json_object_is_type(e, json_type_string)) {
		path = value_path(json_object_get_string(e));
	} else if (js_str(e, "name", NULL)) {
		const char *n = js_str(e, "name", "");

		path = *n == '/' ? mem_strdup(n)
				 : mem_printf("/%s/%s", js_str(e, "partition", "Common"), n);
	} else {
		return fault_set(f, 400, API_TMSH, "invalid property value \"persist\"");
	}
	name = path ? strrchr(path, '/') : NULL;
	if (!path || name == path) {
		obj_set(o, field, NULL);
		return 0;
	}
	out = json_object_new_object();
	*name = '\0';
	js_put_str(out, "name", name + 1);
	js_put_str(out, "partition", path + 1);
	js_put_str(out, "tmDefault", "yes");
	e = json_object_new_array();
	json_object_array_add(e, out);
	obj_set(o, field, e);
	return 0;
}

static int virtual_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
			   bool create, struct mock_fault *f)
{
	const char *fw = js_str(body, "fwEnforcedPolicy", "none");
	const char *flag = virtual_flag(o);
	char now[CLOCK_RFC3339_MAX];

	if (*fw && strcmp(fw, "none") != 0)
		return fault_set(f, 400, API_ICRD,
				 "One of the following features must be licensed/provisioned for "
				 "the URI ltm/virtual/fw-enforced-policy : afm");
	clock_rfc3339(m->now_us, 0, now);
	if (create) {
		obj_set(o, kind_field(o->kind, "vsIndex"),
			json_object_new_int(++m->store.ids.vs_index));
		obj_set_str(o, "creationTime", now);
	}
	obj_set_str(o, "lastModifiedTime", now);
	if (flag && !js_key(body, "translatePort"))
		obj_set_str(o, "translatePort",
			    !strcmp(flag, "reject") || !strcmp(flag, "l2Forward") ? NULL
										  : "disabled");
	if (flag && (!strcmp(flag, "ipForward") || !strcmp(flag, "internal")) &&
	    !js_key(body, "translateAddress"))
		obj_set_str(o, "translateAddress", "disabled");
	if (set_destination(m, o, body, f) < 0 || set_source(m, o, f) < 0 || set_snat(o, f) < 0)
		return -1;
	return set_persist(o, f);
}

/* --- profiles that come by themselves --- */

static bool has_profile(const struct mock_obj *o, const char *kind_last)
{
	return virtual_profile(o, kind_last) != NULL;
}

const struct mock_obj *virtual_profile(const struct mock_obj *o, const char *kind_last)
{
	for (unsigned i = 0; i < o->kids[0].n; i++) {
		for (const struct mock_link *l = o->kids[0].list[i]->out; l; l = l->next_out) {
			if (l->to->obj && !strcmp(l->to->obj->kind->last, kind_last))
				return l->to->obj;
		}
	}
	return NULL;
}

static void add_profile(struct mock *m, struct mock_obj *o, const char *name)
{
	struct mock_obj *p = write_make(m, &kind_virtual_profiles, o, "/Common", name, NULL);

	p->generation = m->store.generation;
}

int virtual_auto_profiles(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	const char *proto = obj_str(o, "ipProtocol");

	(void)f;
	if (has_profile(o, "fastl4") || has_profile(o, "tcp") || has_profile(o, "udp") ||
	    has_profile(o, "fasthttp") || has_profile(o, "sctp") || has_profile(o, "ipother"))
		return 0;
	if (obj_flag(o, "reject"))
		return 0;
	if (virtual_flag(o) || (strcmp(proto, "tcp") != 0 && strcmp(proto, "udp") != 0))
		add_profile(m, o, "fastL4");
	else
		add_profile(m, o, proto);
	return 0;
}

/* --- what is shown --- */

static struct json_object *reference(const struct mock *m, const char *family, const char *path)
{
	const struct mock_obj *t = store_find(&m->store, family, path);
	struct json_object *ref;
	struct strbuf link = {0};

	if (!t)
		return NULL;
	str_add(&link, "https://localhost/mgmt/tm/");
	render_link(t, &link);
	str_add(&link, "?ver=" MOCK_VERSION);
	ref = json_object_new_object();
	js_put_str(ref, "link", str_get(&link));
	str_release(&link);
	return ref;
}

static struct json_object *virtual_calc(const struct mock *m, const struct mock_obj *o, unsigned i)
{
	struct json_object *v = obj_effective(o, i), *out = NULL;

	if (!v)
		return NULL;
	if (!strcmp(o->kind->fields[i].key, "persist")) {
		autofree char *path = virtual_persist_path(o);
		struct json_object *e;

		if (json_object_deep_copy(v, &out, NULL) < 0)
			return NULL;
		e = json_object_array_get_idx(out, 0);
		js_put(e, "nameReference", reference(m, "persistence", path));
		return out;
	}
	/* sourceAddressTranslation */
	if (!js_key(v, "pool"))
		return json_object_get(v);
	out = json_object_new_object();
	js_put_str(out, "pool", js_str(v, "pool", ""));
	js_put(out, "poolReference", reference(m, "snatpool", js_str(v, "pool", "")));
	js_put_str(out, "type", js_str(v, "type", "snat"));
	return out;
}

char *virtual_persist_path(const struct mock_obj *o)
{
	struct json_object *v = obj_get(o, "persist");
	struct json_object *e = v ? json_object_array_get_idx(v, 0) : NULL;

	return e ? mem_printf("/%s/%s", js_str(e, "partition", ""), js_str(e, "name", "")) : NULL;
}

static void virtual_link(struct mock *m, struct mock_obj *o)
{
	autofree char *persist = virtual_persist_path(o);
	const char *snat = js_str(obj_get(o, "sourceAddressTranslation"), "pool", NULL);
	const char *va = obj_str(o, "vaPath");
	struct strbuf key = {0};

	if (persist)
		store_link(&m->store, o, "persistence", persist, "persist", true);
	if (snat)
		store_link(&m->store, o, "snatpool", snat, "snatpool", true);
	if (*va)
		store_link(&m->store, o, "virtual-address", va, "destination", true);
	virtual_conflict_key(m, o, &key);
	if (key.len)
		store_link(&m->store, o, "@vs", str_get(&key), "conflict", false);
	str_release(&key);
}

static void virtual_deleted(struct mock *m, struct mock_obj *o)
{
	virtual_release_address(m, obj_str(o, "vaPath"));
}

static struct mock_field virtual_fields[] = {
	{"addressStatus", MF_ENUM, "\"yes\"", YES_NO},
	{"auth", MF_RAW, .flags = F_HIDDEN},
	{"autoLasthop", MF_ENUM, "\"default\"", "default|enabled|disabled"},
	{"bwcPolicy", MF_STR, .flags = F_HIDDEN},
	{"clonePools", MF_RAW},
	{"cmpEnabled", MF_ENUM, "\"yes\"", YES_NO},
	{"connectionLimit", MF_INT, "0", NULL, 0, 4294967295ll},
	{"creationTime", MF_STR, .flags = F_RO},
	{"description", MF_STR},
	{"destination", MF_STR},
	{"dhcpRelay", MF_FLAG, NULL, FLAGS},
	{"disabled", MF_FLAG, NULL, "enabled"},
	{"enabled", MF_FLAG, "true", "disabled"},
	{"evictionProtected", MF_ENUM, "\"disabled\"", ON_OFF, .flags = F_16},
	{"fallbackPersistence", MF_REF, NULL, "persistence"},
	{"flowEvictionPolicy", MF_STR, .flags = F_HIDDEN},
	{"fwEnforcedPolicy", MF_STR, .flags = F_HIDDEN},
	{"gtmScore", MF_INT, "0", NULL, 0, 4294967295ll},
	{"internal", MF_FLAG, NULL, FLAGS},
	{"ipForward", MF_FLAG, NULL, FLAGS},
	{"ipProtocol", MF_ENUM, "\"any\"",
	 "any|tcp|udp|sctp|icmp|icmpv6|esp|ah|gre|ipencap|ipv6|ospf|pim|vrrp"},
	{"l2Forward", MF_FLAG, NULL, FLAGS},
	{"lastHopPool", MF_REF, NULL, "pool"},
	{"lastModifiedTime", MF_STR, .flags = F_RO},
	{"mask", MF_STR},
	{"mirror", MF_ENUM, "\"disabled\"", ON_OFF},
	{"mobileAppTunnel", MF_ENUM, "\"disabled\"", ON_OFF},
	{"nat64", MF_ENUM, "\"disabled\"", ON_OFF},
	{"pool", MF_REF, NULL, "pool"},
	{"rateClass", MF_STR, .flags = F_HIDDEN},
	{"rateLimit", MF_NUMSTR, "\"disabled\"", "disabled"},
	{"rateLimitDstMask", MF_INT, "0", NULL, 0, 4294967295ll},
	{"rateLimitMode", MF_ENUM, "\"object\"",
	 "object|object-source|object-destination|object-source-destination|destination|source|"
	 "source-destination"},
	{"rateLimitSrcMask", MF_INT, "0", NULL, 0, 4294967295ll},
	{"reject", MF_FLAG, NULL, FLAGS},
	{"serversslUseSni", MF_ENUM, "\"disabled\"", ON_OFF, .flags = F_16},
	{"serviceDownImmediateAction", MF_ENUM, "\"none\"", "none|drop|reset"},
	{"source", MF_STR},
	{"sourceAddressTranslation", MF_RAW, "{\"type\":\"none\"}", .flags = F_CALC},
	{"sourcePort", MF_ENUM, "\"preserve\"", "preserve|preserve-strict|change"},
	{"stateless", MF_FLAG, NULL, FLAGS},
	{"synCookieStatus", MF_STR, "\"not-activated\"", .flags = F_RO},
	{"translateAddress", MF_ENUM, "\"enabled\"", ON_OFF},
	{"translatePort", MF_ENUM, "\"enabled\"", ON_OFF},
	{"vaPath", MF_STR, .flags = F_RO | F_HIDDEN},
	{"vlansDisabled", MF_FLAG, "true", "vlansEnabled"},
	{"vlansEnabled", MF_FLAG, NULL, "vlansDisabled"},
	{"vsIndex", MF_INT, .flags = F_RO},
	{"persist", MF_RAW, .flags = F_CALC},
	{"rules", MF_REFS, NULL, "rule"},
	{"securityLogProfiles", MF_RAW},
	{"trafficClasses", MF_RAW},
	{"vlans", MF_REFS, NULL, "vlan"},
	{"metadata", MF_RAW},
	{0},
};

struct mock_kind kind_virtual = {
	.uri = "ltm/virtual",
	.family = "virtual",
	.type_name = "Virtual Server",
	.fields = virtual_fields,
	.flags = K_TRAFFIC,
	.children = {&kind_virtual_profiles, &kind_virtual_policies},
	.child_inputs = {"profiles", "policies"},
	.prepare = virtual_prepare,
	.created = virtual_auto_profiles,
	.link = virtual_link,
	.calc = virtual_calc,
	.check = virtual_check,
	.deleted = virtual_deleted,
};
