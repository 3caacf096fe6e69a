/*
 * Pools, their members, and nodes (API notes 3.5, 3.6, 8.3).
 *
 * A member makes its node when there is none; nodes stay when their members go. session and state
 * hold what the administrator asked for; what is shown is computed from that and from monitoring.
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

#define LB_MODES                                                                                   \
	"dynamic-ratio-member|dynamic-ratio-node|fastest-app-response|fastest-node|"               \
	"least-connections-member|least-connections-node|least-sessions|observed-member|"          \
	"observed-node|predictive-member|predictive-node|ratio-least-connections-member|"          \
	"ratio-least-connections-node|ratio-member|ratio-node|ratio-session|round-robin|"          \
	"weighted-least-connections-member|weighted-least-connections-node"
#define ON_OFF "enabled|disabled"
#define YES_NO "yes|no"
#define TOS    "pass-through|mimic"

/* --- pool --- */

static struct json_object *pool_calc(const struct mock *m, const struct mock_obj *o, unsigned i)
{
	struct json_object *v = obj_effective(o, i);
	autofree char *blank = NULL;

	if (!v || !(m->set.quirks & MOCK_QUIRK_MONITOR_BLANK))
		return json_object_get(v);
	blank = mem_printf("%s ", json_object_get_string(v));
	return json_object_new_string(blank);
}

/* a wildcard monitor cannot probe a member of port 0 */
static int pool_check(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	for (const struct mock_link *l = o->out; l; l = l->next_out) {
		const char *dest;

		if (strcmp(l->what, "monitor") != 0 || !l->to->obj)
			continue;
		dest = obj_str(l->to->obj, "destination");
		if (!str_ends(dest, ":*") || !strcmp(l->to->obj->kind->last, "gateway-icmp"))
			continue;
		for (unsigned i = 0; i < o->kids[0].n; i++) {
			if (str_ends(o->kids[0].list[i]->name, ":0"))
				return fault_set(
					f, 400, API_MCPD,
					"01070622:3: Monitor %s has a wildcard destination "
					"service and cannot be associated with a node that has "
					"a zero service.",
					l->to->obj->path);
		}
	}
	return 0;
}

static struct mock_field pool_fields[] = {
	{"allowNat", MF_ENUM, "\"yes\"", YES_NO},
	{"allowSnat", MF_ENUM, "\"yes\"", YES_NO},
	{"description", MF_STR},
	{"gatewayFailsafeDevice", MF_STR},
	{"ignorePersistedWeight", MF_ENUM, "\"disabled\"", ON_OFF},
	{"ipTosToClient", MF_NUMSTR, "\"pass-through\"", TOS},
	{"ipTosToServer", MF_NUMSTR, "\"pass-through\"", TOS},
	{"linkQosToClient", MF_NUMSTR, "\"pass-through\"", TOS},
	{"linkQosToServer", MF_NUMSTR, "\"pass-through\"", TOS},
	{"loadBalancingMode", MF_ENUM, "\"round-robin\"", LB_MODES},
	{"minActiveMembers", MF_INT, "0", NULL, 0, 65535},
	{"minUpMembers", MF_INT, "0", NULL, 0, 65535},
	{"minUpMembersAction", MF_ENUM, "\"failover\"", "failover|reboot|restart-all"},
	{"minUpMembersChecking", MF_ENUM, "\"disabled\"", ON_OFF},
	{"monitor", MF_MONITOR, .flags = F_CALC},
	{"profiles", MF_RAW},
	{"queueDepthLimit", MF_INT, "0", NULL, 0, 4294967295ll},
	{"queueOnConnectionLimit", MF_ENUM, "\"disabled\"", ON_OFF},
	{"queueTimeLimit", MF_INT, "0", NULL, 0, 4294967295ll},
	{"reselectTries", MF_INT, "0", NULL, 0, 65535},
	{"serviceDownAction", MF_ENUM, "\"none\"", "none|reset|drop|reselect"},
	{"slowRampTime", MF_INT, "10", NULL, 0, 900},
	{"metadata", MF_RAW},
	{0},
};

struct mock_kind kind_pool = {
	.uri = "ltm/pool",
	.family = "pool",
	.type_name = "Pool",
	.type_low = "pool",
	.fields = pool_fields,
	.flags = K_TRAFFIC,
	.children = {&kind_members},
	.child_inputs = {"members"},
	.calc = pool_calc,
	.check = pool_check,
};

/* --- members --- */

/* "10.0.0.1%0:http" -> "10.0.0.1:80"; NULL without a port */
static char *member_name(struct mock *m, const char *folder, const char *name)
{
	autofree char *host = NULL, *normal = NULL;
	size_t len;
	int port;

	if (addr_split_port(name, &len, &port) < 0 || port < 0)
		return NULL;
	host = mem_strndup(name, len);
	normal = addr_normal(m, folder, host);
	return mem_printf("%s%c%d", normal ? normal : host,
			  strchr(normal ? normal : host, ':') ? '.' : ':', port);
}

/* "(/P/pool /P/10.0.0.1 80)" is built around this */
static void member_label(const struct mock_obj *pool, const char *path, struct strbuf *out)
{
	size_t len = strlen(path);
	int port = -1;

	if (addr_split_port(path, &len, &port) < 0)
		len = strlen(path);
	str_addf(out, "%s %.*s", pool ? pool->path : "", (int)len, path);
	if (port >= 0)
		str_addf(out, " %d", port);
}

struct mock_obj *member_node(const struct mock *m, const struct mock_obj *member)
{
	(void)m;
	for (const struct mock_link *l = member->out; l; l = l->next_out) {
		if (!strcmp(l->what, "node"))
			return l->to->obj;
	}
	return NULL;
}

/* the full path of the node that a member name speaks of. Given. */
static char *node_path(const struct mock_obj *member)
{
	size_t len = strlen(member->path);
	int port;

	(void)addr_split_port(member->path, &len, &port);
	return mem_strndup(member->path, len);
}

static void member_link(struct mock *m, struct mock_obj *o)
{
	autofree char *path = node_path(o);

	store_link(&m->store, o, "node", path, "node", true);
}

static bool session_word(const char *s)
{
	return !strcmp(s, "user-enabled") || !strcmp(s, "user-disabled");
}

/* what a reply shows for session and state of a member or node (8.3) */
static struct json_object *shown_state(const struct mock *m, const struct mock_obj *o, bool session)
{
	const char *admin = obj_str(o, "session"), *state = obj_str(o, "state");
	bool monitored = runtime_monitored(m, o);
	const struct mock_obj *node = o->kind == &kind_members ? member_node(m, o) : o;

	if (node && !strcmp(obj_str(node, "address"), "any6") &&
	    js_key(obj_get(node, "fqdn"), "tmName"))
		return json_object_new_string(session ? admin : "fqdn-up");
	if (session) {
		bool by_monitor = monitored && !strcmp(admin, "user-enabled") &&
				  strcmp(state, "user-down") != 0;

		return json_object_new_string(by_monitor ? "monitor-enabled" : admin);
	}
	if (!strcmp(state, "user-down"))
		return json_object_new_string("user-down");
	switch (monitored ? runtime_state(m, o) : RT_NONE) {
	case RT_CHECKING:
		return json_object_new_string("checking");
	case RT_UP:
		return json_object_new_string("up");
	case RT_DOWN:
		return json_object_new_string("down");
	default:
		return json_object_new_string("unchecked");
	}
}

static struct json_object *state_calc(const struct mock *m, const struct mock_obj *o, unsigned i)
{
	const char *key = o->kind->fields[i].key;

	if (!strcmp(key, "session"))
		return shown_state(m, o, true);
	if (!strcmp(key, "state"))
		return shown_state(m, o, false);
	return json_object_get(obj_effective(o, i));
}

static bool word_of(const char *s, const char *const *words)
{
	while (*words && strcmp(*words, s) != 0)
		words++;
	return *words;
}

/* only the user-... words can be written; the words shown are accepted when nothing changes */
static int check_admin(struct mock *m, struct mock_obj *o, struct json_object *body,
		       struct mock_fault *f)
{
	static const char *const keys[] = {"session", "state"};
	static const char *const shown_words[] = {"user-up",
						  "monitor-enabled",
						  "monitor-disabled",
						  "unchecked",
						  "up",
						  "down",
						  "checking",
						  NULL};

	for (unsigned i = 0; i < ARRAY_SIZE(keys); i++) {
		int field = kind_field(o->kind, keys[i]);
		const char *now = js_str_of(o->v[field]);
		bool shown_word;

		if (!now || !js_key(body, keys[i]))
			continue;
		if (i == 0 ? session_word(now) : !strcmp(now, "user-down"))
			continue;
		shown_word = str_starts(now, "fqdn-") || word_of(now, shown_words);
		if (!shown_word)
			return fault_set(f, 400, API_TMSH,
					 "invalid property value \"%s\":\"%.100s\"", keys[i], now);
		obj_set(o, field, NULL);
	}
	return 0;
}

/* the node that already has this address, in the folder's partition or in /Common */
static struct mock_obj *node_by_address(struct mock *m, const char *folder,
					const struct mock_addr *a)
{
	char mine[PARTITION_MAX], theirs[PARTITION_MAX];
	struct strbuf key = {0};
	struct mock_slot *slot;
	struct mock_obj *found = NULL;

	addr_key(a, &key);
	slot = store_slot(&m->store, "@node", str_get(&key));
	str_release(&key);
	folder_partition(folder, mine);
	for (const struct mock_link *l = slot ? slot->users : NULL; l; l = l->next) {
		obj_partition(l->from, theirs);
		if (!strcmp(theirs, mine))
			return l->from;
		if (!strcmp(theirs, "Common") || !strcmp(mine, "Common"))
			found = l->from;
	}
	return found;
}

static int node_conflict(const struct mock_addr *a, unsigned default_rd, struct mock_fault *f)
{
	struct strbuf text = {0};

	addr_text(a, default_rd, &text);
	fault_set(f, 400, API_MCPD, "0107176c:3: Invalid Node, the IP address %s already exists.",
		  str_get(&text));
	str_release(&text);
	return -1;
}

static int make_node(struct mock *m, struct mock_obj *member, const char *path,
		     struct mock_fault *f)
{
	const char *host = strrchr(path, '/') + 1, *text = obj_str(member, "address");
	autojson struct json_object *body = json_object_new_object();
	struct json_object *fqdn = obj_get(member, "fqdn");
	struct mock_addr a;
	struct mock_obj *node;

	js_put_str(body, "name", host);
	js_put_str(body, "partition", member->folder + 1);
	if (!str_empty(text)) {
		js_put_str(body, "address", text);
	} else if (js_key(fqdn, "tmName")) {
		js_put(body, "fqdn", json_object_get(fqdn));
	} else if (addr_parse(host, strlen(host), &a) == 0) {
		js_put_str(body, "address", host);
	} else {
		return fault_set(f, 404, API_MCPD,
				 "01020036:3: The requested Node (%s) was not found.", path);
	}
	return write_create(m, &kind_node, NULL, body, &node, f);
}

static int member_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			  struct mock_fault *f)
{
	autofree char *path = node_path(o);
	struct mock_obj *node;

	if (check_admin(m, o, body, f) < 0)
		return -1;
	if (!create)
		return 0;
	node = store_find(&m->store, "node", path);
	if (!node) {
		if (make_node(m, o, path, f) < 0)
			return -1;
		node = store_find(&m->store, "node", path);
	}
	obj_set_str(o, "address", obj_str(node, "address"));
	return 0;
}

static struct mock_field member_fields[] = {
	{"address", MF_STR, .flags = F_IM},
	{"connectionLimit", MF_INT, "0", NULL, 0, 2147483647},
	{"description", MF_STR},
	{"dynamicRatio", MF_INT, "1", NULL, 0, 100},
	{"ephemeral", MF_STR, "\"false\"", .flags = F_RO},
	{"fqdn", MF_TREE, "{\"autopopulate\":\"disabled\"}"},
	{"inheritProfile", MF_ENUM, "\"enabled\"", ON_OFF},
	{"logging", MF_ENUM, "\"disabled\"", ON_OFF},
	{"monitor", MF_MONITOR, "\"default\""},
	{"priorityGroup", MF_INT, "0", NULL, 0, 65535},
	{"profiles", MF_RAW},
	{"rateLimit", MF_NUMSTR, "\"disabled\"", "disabled|-1"},
	{"ratio", MF_INT, "1", NULL, 0, 65535},
	{"session", MF_STR, "\"user-enabled\"", .flags = F_CALC},
	{"state", MF_STR, "\"user-up\"", .flags = F_CALC},
	{"metadata", MF_RAW},
	{0},
};

struct mock_kind kind_members = {
	.uri = "members",
	.family = "members",
	.type_name = "Pool Member",
	.fields = member_fields,
	.flags = K_CHILD | K_TRAFFIC | K_ICRD_404,
	.name = member_name,
	.label = member_label,
	.link = member_link,
	.calc = state_calc,
	.prepare = member_prepare,
};

/* --- nodes --- */

static int node_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			struct mock_fault *f)
{
	const char *text = obj_str(o, "address");
	struct json_object *fqdn = obj_get(o, "fqdn");
	struct strbuf out = {0};
	struct mock_addr a;
	struct mock_obj *other;

	if (check_admin(m, o, body, f) < 0)
		return -1;
	if (!create)
		return 0;
	if (js_key(fqdn, "tmName")) {
		obj_set_str(o, "address", "any6");
		return 0;
	}
	if (!*text && addr_parse(o->name, strlen(o->name), &a) == 0)
		text = o->name;
	if (!*text)
		return fault_set(f, 400, API_TMSH, "one or more properties must be specified");
	if (addr_resolve(m, o->folder, text, strlen(text), &a) < 0)
		return fault_set(f, 400, API_TMSH, "invalid property value \"address\":\"%.100s\"",
				 text);
	other = node_by_address(m, o->folder, &a);
	if (other && other != o)
		return node_conflict(&a, addr_default_rd(m, o->folder), f);
	addr_text(&a, addr_default_rd(m, o->folder), &out);
	obj_set_str(o, "address", str_get(&out));
	str_release(&out);
	return 0;
}

static void node_link(struct mock *m, struct mock_obj *o)
{
	const char *text = obj_str(o, "address");
	struct strbuf key = {0};
	struct mock_addr a;

	if (!strcmp(text, "any6") || addr_resolve(m, o->folder, text, strlen(text), &a) < 0)
		return;
	addr_key(&a, &key);
	store_link(&m->store, o, "@node", str_get(&key), "address", false);
	str_release(&key);
}

static void node_in_use(const struct mock_obj *o, const struct mock_obj *user, struct mock_fault *f)
{
	const struct mock_obj *pool = user->parent ? user->parent : user;

	fault_set(f, 400, API_MCPD,
		  "01070110:3: Node address '%s' is referenced by a member of pool '%s'.", o->path,
		  pool->path);
}

static struct mock_field node_fields[] = {
	{"address", MF_STR, .flags = F_IM},
	{"connectionLimit", MF_INT, "0", NULL, 0, 2147483647},
	{"description", MF_STR},
	{"dynamicRatio", MF_INT, "1", NULL, 0, 100},
	{"ephemeral", MF_STR, "\"false\"", .flags = F_RO},
	{"fqdn", MF_TREE,
	 "{\"addressFamily\":\"ipv4\",\"autopopulate\":\"disabled\",\"downInterval\":5,"
	 "\"interval\":\"3600\"}"},
	{"logging", MF_ENUM, "\"disabled\"", ON_OFF},
	{"monitor", MF_MONITOR, "\"default\""},
	{"rateLimit", MF_NUMSTR, "\"disabled\"", "disabled|-1"},
	{"ratio", MF_INT, "1", NULL, 0, 65535},
	{"session", MF_STR, "\"user-enabled\"", .flags = F_CALC},
	{"state", MF_STR, "\"user-up\"", .flags = F_CALC},
	{"metadata", MF_RAW},
	{0},
};

struct mock_kind kind_node = {
	.uri = "ltm/node",
	.family = "node",
	.type_name = "Node",
	.type_low = "node",
	.fields = node_fields,
	.flags = K_TRAFFIC | K_ADDR_NAME,
	.prepare = node_prepare,
	.link = node_link,
	.calc = state_calc,
	.in_use = node_in_use,
};
