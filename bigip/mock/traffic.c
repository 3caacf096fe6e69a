/* The mock's side of traffic.h: views of the tree, and what a traffic plane reported. */
#include "bigip/mock/traffic.h"

#include "bigip/mock/core.h"
#include "bigip/mock/virtual.h"
#include "common/base/mem.h"

struct mock_runtime {
	int state; /* RT_*; RT_NONE: nothing was reported */
	char reason[160];
	struct traffic_counters counters;
};

static struct mock_runtime *runtime(struct mock_obj *o)
{
	if (!o->rt)
		o->rt = mem_alloc(sizeof(*o->rt));
	return o->rt;
}

bool runtime_monitored(const struct mock *m, const struct mock_obj *o)
{
	const char *own = obj_str(o, "monitor");
	const struct mock_obj *d;

	if (!strcmp(own, "none"))
		return false;
	if (strcmp(own, "default") != 0)
		return true;
	if (o->kind == &kind_members)
		return *obj_str(o->parent, "monitor");
	d = store_find(&m->store, "default-node-monitor", "default-node-monitor");
	return d && *obj_str(d, "rule");
}

int runtime_state(const struct mock *m, const struct mock_obj *o)
{
	if (o->rt && o->rt->state != RT_NONE)
		return o->rt->state;
	if (m->traffic_changed || !strcmp(m->member_state, "checking"))
		return RT_CHECKING;
	return !strcmp(m->member_state, "down") ? RT_DOWN : RT_UP;
}

const char *runtime_reason(const struct mock_obj *o)
{
	return o->rt && *o->rt->reason ? o->rt->reason : NULL;
}

const struct traffic_counters *runtime_counters(const struct mock_obj *o)
{
	static const struct traffic_counters none;

	return o->rt ? &o->rt->counters : &none;
}

/* --- reports --- */

static struct mock_obj *find_member(struct mock *m, const char *pool, const char *member)
{
	struct mock_obj *p = store_find(&m->store, "pool", pool);

	return p ? store_child(&m->store, p, &kind_members, member) : NULL;
}

static int set_state(struct mock_obj *o, enum traffic_avail avail, const char *reason)
{
	static const int states[] = {[TRAFFIC_UNCHECKED] = RT_NONE,
				     [TRAFFIC_CHECKING] = RT_CHECKING,
				     [TRAFFIC_UP] = RT_UP,
				     [TRAFFIC_DOWN] = RT_DOWN};

	if (!o)
		return -1;
	runtime(o)->state = states[avail];
	snprintf(o->rt->reason, sizeof(o->rt->reason), "%s", reason ? reason : "");
	return 0;
}

int traffic_set_member(struct mock *m, const char *pool, const char *member,
		       enum traffic_avail avail, const char *reason)
{
	return set_state(find_member(m, pool, member), avail, reason);
}

int traffic_set_node(struct mock *m, const char *node, enum traffic_avail avail, const char *reason)
{
	return set_state(store_find(&m->store, "node", node), avail, reason);
}

static int set_counters(struct mock_obj *o, const struct traffic_counters *c)
{
	if (!o)
		return -1;
	runtime(o)->counters = *c;
	return 0;
}

int traffic_set_member_counters(struct mock *m, const char *pool, const char *member,
				const struct traffic_counters *c)
{
	return set_counters(find_member(m, pool, member), c);
}

int traffic_set_virtual_counters(struct mock *m, const char *virtual_path,
				 const struct traffic_counters *c)
{
	return set_counters(store_find(&m->store, "virtual", virtual_path), c);
}

int traffic_set_virtual_note(struct mock *m, const char *virtual_path, const char *note)
{
	struct mock_obj *o = store_find(&m->store, "virtual", virtual_path);

	if (!o)
		return -1;
	snprintf(runtime(o)->reason, sizeof(o->rt->reason), "%s", note ? note : "");
	return 0;
}

int mock_set_member_state(struct mock *m, const char *pool, const char *member, const char *state,
			  struct error *err)
{
	static const struct {
		const char *word;
		enum traffic_avail avail;
	} words[] = {{"up", TRAFFIC_UP}, {"down", TRAFFIC_DOWN}, {"checking", TRAFFIC_CHECKING}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].word, state) != 0)
			continue;
		if (traffic_set_member(m, pool, member, words[i].avail, NULL) < 0)
			return err_set(err, ERR_GONE, 404, "no member '%s' in pool '%s'", member,
				       pool);
		return 0;
	}
	return err_set(err, ERR_INPUT, 400, "member state '%s' is not up, down or checking", state);
}

uint64_t traffic_version(const struct mock *m)
{
	return m->traffic_version;
}

void traffic_attach(struct mock *m, void (*changed)(void *ctx), void *ctx)
{
	m->traffic_changed = changed;
	m->traffic_ctx = ctx;
}

/* --- views --- */

/* objects that are shared in a view, by the address of their tree object */
struct seen {
	const struct mock_obj *key;
	const void *value;
	UT_hash_handle hh;
};

struct builder {
	struct mock *m;
	struct traffic_view *v;
	struct seen *seen;
};

static const void *seen_get(struct builder *b, const struct mock_obj *o)
{
	struct seen *s;

	HASH_FIND_PTR(b->seen, &o, s);
	return s ? s->value : NULL;
}

static void seen_put(struct builder *b, const struct mock_obj *o, const void *value)
{
	struct seen *s = mem_alloc(sizeof(*s));

	s->key = o;
	s->value = value;
	HASH_ADD_PTR(b->seen, key, s);
}

static const char *text_or_null(struct builder *b, const struct mock_obj *o, const char *key)
{
	const char *s = obj_str(o, key);

	return *s ? arena_strdup(&b->v->arena, s) : NULL;
}

static const struct traffic_monitor *view_monitor(struct builder *b, const struct mock_obj *o)
{
	const struct traffic_monitor *known = seen_get(b, o);
	struct traffic_monitor *t;

	if (known)
		return known;
	t = arena_alloc(&b->v->arena, sizeof(*t));
	t->path = arena_strdup(&b->v->arena, o->path);
	t->type = o->kind->last;
	t->send = text_or_null(b, o, "send");
	t->recv = text_or_null(b, o, "recv");
	t->recv_disable = text_or_null(b, o, "recvDisable");
	t->destination = text_or_null(b, o, "destination");
	t->interval_s = (unsigned)obj_int(o, "interval");
	t->up_interval_s = (unsigned)obj_int(o, "upInterval");
	t->timeout_s = (unsigned)obj_int(o, "timeout");
	t->time_until_up_s = (unsigned)obj_int(o, "timeUntilUp");
	t->reverse = !strcmp(obj_str(o, "reverse"), "enabled");
	t->transparent = !strcmp(obj_str(o, "transparent"), "enabled");
	t->manual_resume = !strcmp(obj_str(o, "manualResume"), "enabled");
	seen_put(b, o, t);
	return t;
}

static struct traffic_rule view_rule(struct builder *b, const char *text)
{
	struct traffic_rule rule = {0};
	const struct traffic_monitor **list;
	struct json_object *paths;
	long min;

	if (!*text || value_monitor(text, &paths, &min) < 0)
		return rule;
	list = arena_calloc(&b->v->arena, json_object_array_length(paths), sizeof(*list));
	for (size_t i = 0; i < json_object_array_length(paths); i++) {
		const struct mock_obj *o = store_find(
			&b->m->store, "monitor",
			json_object_get_string(json_object_array_get_idx(paths, i)));

		if (o)
			list[rule.n++] = view_monitor(b, o);
	}
	json_object_put(paths);
	rule.monitors = list;
	rule.min = (unsigned)min;
	return rule;
}

static bool forced(const struct mock_obj *o)
{
	return o && !strcmp(obj_str(o, "state"), "user-down");
}

static bool user_disabled(const struct mock_obj *o)
{
	return o && strcmp(obj_str(o, "session"), "user-enabled") != 0;
}

static void view_member(struct builder *b, const struct mock_obj *o,
			const struct traffic_rule *pool, struct traffic_member *t)
{
	const struct mock_obj *node = member_node(b->m, o);
	const char *text = node ? obj_str(node, "address") : "", *own = obj_str(o, "monitor");
	struct mock_addr a;
	size_t len;
	int port = 0;

	t->path = arena_strdup(&b->v->arena, o->path);
	t->node_path = node ? arena_strdup(&b->v->arena, node->path) : "";
	if (strcmp(text, "any6") != 0 &&
	    addr_resolve(b->m, o->folder, text, strlen(text), &a) == 0) {
		t->addr = a.ip;
		t->route_domain = a.rd;
	}
	(void)addr_split_port(o->name, &len, &port);
	t->port = (uint16_t)port;
	t->ratio = (unsigned)obj_int(o, "ratio");
	t->priority_group = (unsigned)obj_int(o, "priorityGroup");
	t->connection_limit = (uint32_t)obj_int(o, "connectionLimit");
	t->disabled = user_disabled(o) || user_disabled(node);
	t->offline = forced(o) || forced(node);
	if (!strcmp(own, "default"))
		t->rule = *pool;
	else if (strcmp(own, "none") != 0)
		t->rule = view_rule(b, own);
}

static void view_pool(struct builder *b, const struct mock_obj *o, struct traffic_pool *t)
{
	struct traffic_rule rule = view_rule(b, obj_str(o, "monitor"));
	struct traffic_member *list = arena_calloc(&b->v->arena, o->kids[0].n + 1,
						   sizeof(struct traffic_member));

	t->path = arena_strdup(&b->v->arena, o->path);
	t->balance = arena_strdup(&b->v->arena, obj_str(o, "loadBalancingMode"));
	t->min_active_members = (unsigned)obj_int(o, "minActiveMembers");
	t->slow_ramp_s = (unsigned)obj_int(o, "slowRampTime");
	t->allow_snat = !strcmp(obj_str(o, "allowSnat"), "yes");
	for (unsigned i = 0; i < o->kids[0].n; i++)
		view_member(b, o->kids[0].list[i], &rule, &list[i]);
	t->members = list;
	t->n_members = o->kids[0].n;
	seen_put(b, o, t);
}

static void view_snat(struct builder *b, const struct mock_obj *o, struct traffic_virtual *t)
{
	struct json_object *v = obj_get(o, "sourceAddressTranslation"), *members;
	const char *type = js_str(v, "type", "none");
	const struct mock_obj *pool = store_find(&b->m->store, "snatpool", js_str(v, "pool", ""));
	struct ip_addr *list;

	if (!strcmp(type, "automap"))
		t->snat = TRAFFIC_SNAT_AUTOMAP;
	if (strcmp(type, "snat") != 0 || !pool)
		return;
	t->snat = TRAFFIC_SNAT_POOL;
	members = obj_get(pool, "members");
	list = arena_calloc(&b->v->arena, js_arr_len(members) + 1, sizeof(*list));
	for (size_t i = 0; i < js_arr_len(members); i++) {
		const struct mock_obj *x = store_find(
			&b->m->store, "snat-translation",
			json_object_get_string(json_object_array_get_idx(members, i)));
		const char *text = x ? obj_str(x, "address") : "";
		struct mock_addr a;

		if (x && !obj_flag(x, "disabled") && addr_parse(text, strlen(text), &a) == 0)
			list[t->n_snat_addrs++] = a.ip;
	}
	t->snat_addrs = list;
}

static void view_persist(struct builder *b, const struct mock_obj *o, struct traffic_virtual *t)
{
	autofree char *path = virtual_persist_path(o);
	const struct mock_obj *p = path ? store_find(&b->m->store, "persistence", path) : NULL;
	unsigned long long n = 0;

	if (!p)
		return;
	t->persist_kind = p->kind->last;
	(void)str_to_u64(obj_str(p, "timeout"), 0, UINT32_MAX, &n);
	t->persist_timeout_s = (unsigned)n;
}

static void view_virtual(struct builder *b, const struct mock_obj *o, struct traffic_virtual *t)
{
	const struct mock_obj *va = store_find(&b->m->store, "virtual-address",
					       obj_str(o, "vaPath"));
	const struct mock_obj *pool = store_find(&b->m->store, "pool", obj_str(o, "pool"));
	const struct mock_obj *http = virtual_profile(o, "http");
	struct virtual_dest d = {0};
	struct ip_addr mask;

	t->path = arena_strdup(&b->v->arena, o->path);
	(void)virtual_destination(b->m, o, &d);
	t->addr = d.addr.ip;
	t->route_domain = d.addr.rd;
	t->port = (uint16_t)d.port;
	t->prefix_len = ip_parse(obj_str(o, "mask"), &mask) == 0 && mask_len(&mask) >= 0
				? (unsigned)mask_len(&mask)
				: 0;
	t->protocol = arena_strdup(&b->v->arena, obj_str(o, "ipProtocol"));
	t->enabled = !obj_flag(o, "disabled") && (!va || strcmp(obj_str(va, "enabled"), "no") != 0);
	t->http = http != NULL;
	t->insert_xff = http && !strcmp(obj_str(http, "insertXforwardedFor"), "enabled");
	t->client_ssl = virtual_profile(o, "client-ssl") != NULL;
	t->server_ssl = virtual_profile(o, "server-ssl") != NULL;
	t->fast_l4 = virtual_profile(o, "fastl4") != NULL;
	t->flag = virtual_flag(o);
	t->connection_limit = (uint32_t)obj_int(o, "connectionLimit");
	t->pool = pool ? seen_get(b, pool) : NULL;
	t->rules = obj_get(o, "rules") || o->kids[1].n;
	view_persist(b, o, t);
	view_snat(b, o, t);
}

static void view_selfs(struct builder *b)
{
	unsigned n;
	struct mock_obj *const *list = store_list(&b->m->store, &kind_self, &n);
	struct ip_addr *addrs = arena_calloc(&b->v->arena, n + 1, sizeof(*addrs));

	for (unsigned i = 0; i < n; i++) {
		const char *text = obj_str(list[i], "address");
		struct mock_addr a;

		if (addr_parse(text, strcspn(text, "/"), &a) == 0)
			addrs[b->v->n_self_addrs++] = a.ip;
	}
	b->v->self_addrs = addrs;
}

struct traffic_view *traffic_view_new(const struct mock *cm)
{
	struct mock *m = (struct mock *)cm; /* sorting its lists is no change that shows */
	struct traffic_view *v = mem_alloc(sizeof(*v));
	struct builder b = {.m = m, .v = v};
	struct mock_obj *const *list;
	struct traffic_pool *pools;
	struct traffic_virtual *virtuals;
	struct seen *s, *tmp;
	unsigned n;

	v->version = m->traffic_version;
	list = store_list(&m->store, &kind_pool, &n);
	pools = arena_calloc(&v->arena, n + 1, sizeof(*pools));
	for (unsigned i = 0; i < n; i++)
		view_pool(&b, list[i], &pools[i]);
	v->pools = pools;
	v->n_pools = n;
	list = store_list(&m->store, &kind_virtual, &n);
	virtuals = arena_calloc(&v->arena, n + 1, sizeof(*virtuals));
	for (unsigned i = 0; i < n; i++)
		view_virtual(&b, list[i], &virtuals[i]);
	v->virtuals = virtuals;
	v->n_virtuals = n;
	view_selfs(&b);
	HASH_ITER (hh, b.seen, s, tmp) {
		HASH_DEL(b.seen, s);
		free(s);
	}
	return v;
}

void traffic_view_free(struct traffic_view *v)
{
	if (!v)
		return;
	arena_release(&v->arena);
	free(v);
}
