/*
 * From a view to a layout. Each virtual server has a backend of its own even when two share a pool:
 * mode, source address and persistence belong to the virtual server.
 *
 * SNAT pools: HAProxy takes one source address per server, so the addresses are dealt out over the
 * servers by the server's address. That is steady: a member that comes or goes moves no other.
 */
#include "bigip/mock/plane/layout.h"

#include <uthash.h>

struct socket_key {
	struct ip_addr addr;
	uint16_t port;
};

struct taken {
	struct socket_key key;
	const char *path;
	UT_hash_handle hh;
};

struct maker {
	const struct traffic_view *view;
	const struct layout_world *world;
	struct layout *l;
	struct taken *taken;
};

/* HAProxy's names are made of letters, digits and "-_.:"; a path never holds "//", so this cannot
   give two paths one name */
static const char *name_of(struct arena *arena, const char *path)
{
	struct strbuf b = {0};
	const char *name;

	for (const char *c = path; *c; c++) {
		if (strchr("-_.", *c) || (*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
		    (*c >= 'A' && *c <= 'Z'))
			str_add_char(&b, *c);
		else if (*c == '/')
			str_add(&b, c == path ? "" : ":");
		else if (*c == ':')
			str_add(&b, "::");
		else
			str_addf(&b, "::x%02x", (unsigned char)*c);
	}
	name = arena_strdup(arena, str_get(&b));
	str_release(&b);
	return name;
}

/* --- load balancing ----------------------------------------------------------------------------
 */

enum weighing { WEIGH_EVEN, WEIGH_RATIO, WEIGH_LIMIT };

static const struct balance {
	const char *mode, *algorithm;
	enum weighing weighing;
	bool exact;
} balances[] = {
	{"round-robin", "roundrobin", WEIGH_EVEN, true},
	{"ratio-member", "roundrobin", WEIGH_RATIO, true},
	{"ratio-node", "roundrobin", WEIGH_RATIO, false},
	{"ratio-session", "roundrobin", WEIGH_RATIO, false},
	{"dynamic-ratio-member", "roundrobin", WEIGH_EVEN, false},
	{"dynamic-ratio-node", "roundrobin", WEIGH_EVEN, false},
	{"least-connections-member", "leastconn", WEIGH_EVEN, true},
	{"least-connections-node", "leastconn", WEIGH_EVEN, false},
	{"ratio-least-connections-member", "leastconn", WEIGH_RATIO, true},
	{"ratio-least-connections-node", "leastconn", WEIGH_RATIO, false},
	{"weighted-least-connections-member", "leastconn", WEIGH_LIMIT, true},
	{"weighted-least-connections-node", "leastconn", WEIGH_LIMIT, false},
	{NULL, "leastconn", WEIGH_EVEN, false}, /* fastest, observed, predictive, least-sessions */
};

static const struct balance *find_balance(const char *mode)
{
	const struct balance *b = balances;

	while (b->mode && strcmp(b->mode, mode) != 0)
		b++;
	return b;
}

static unsigned weigh(const struct balance *b, const struct traffic_pool *pool,
		      const struct traffic_member *m)
{
	uint32_t largest = 0;

	if (b->weighing == WEIGH_RATIO)
		return m->ratio > 256 ? 256 : m->ratio ? m->ratio : 1;
	if (b->weighing != WEIGH_LIMIT || !m->connection_limit)
		return 1;
	for (size_t i = 0; i < pool->n_members; i++) {
		if (pool->members[i].connection_limit > largest)
			largest = pool->members[i].connection_limit;
	}
	return 1 + (unsigned)(99ull * m->connection_limit / largest);
}

/* does the priority group of @m get new connections: are there fewer than minActiveMembers
   available ones in the groups above? */
static bool group_active(const struct traffic_pool *pool, const struct traffic_member *m,
			 const bool *available)
{
	unsigned above = 0;

	if (!pool->min_active_members)
		return true;
	for (size_t i = 0; i < pool->n_members; i++)
		above += available[i] && pool->members[i].priority_group > m->priority_group;
	return above < pool->min_active_members;
}

/* --- source addresses --------------------------------------------------------------------------
 */

static struct ip_addr pick(const struct ip_addr *list, size_t n, const struct ip_addr *to,
			   unsigned seed)
{
	size_t fits = 0, at;

	for (size_t i = 0; i < n; i++)
		fits += list[i].family == to->family;
	if (!fits)
		return (struct ip_addr){0};
	at = seed % fits;
	for (size_t i = 0;; i++) {
		if (list[i].family == to->family && at-- == 0)
			return list[i];
	}
}

static struct ip_addr source_for(const struct maker *k, const struct traffic_virtual *v,
				 const struct layout_server *s)
{
	const uint8_t *low = s->addr.bytes + (s->addr.family == 6 ? 12 : 0);
	unsigned seed = ((unsigned)low[0] << 24 | (unsigned)low[1] << 16 | (unsigned)low[2] << 8 |
			 low[3]) +
			s->port;

	if (!v->pool->allow_snat || v->snat == TRAFFIC_SNAT_NONE)
		return (struct ip_addr){0};
	if (v->snat == TRAFFIC_SNAT_AUTOMAP)
		return pick(k->view->self_addrs, k->view->n_self_addrs, &s->addr, 0);
	return pick(v->snat_addrs, v->n_snat_addrs, &s->addr, seed);
}

/* --- servers -----------------------------------------------------------------------------------
 */

static int by_server_name(const void *a, const void *b)
{
	return strcmp(((const struct layout_server *)a)->name,
		      ((const struct layout_server *)b)->name);
}

static void add_server(struct maker *k, const struct traffic_virtual *v,
		       const struct traffic_member *m, struct layout_proxy *p)
{
	struct layout_server *s = &p->servers[p->n_servers++];

	s->name = name_of(&k->l->arena, m->path);
	s->pool = p->n_servers > 1 ? p->servers[0].pool : arena_strdup(&k->l->arena, v->pool->path);
	s->member = arena_strdup(&k->l->arena, m->path);
	s->addr = m->addr;
	s->port = m->port ? m->port : v->port;
	s->source = source_for(k, v, s);
	s->max_conns = m->connection_limit;
	s->tls = v->server_ssl;
}

static void add_servers(struct maker *k, const struct traffic_virtual *v, struct layout_proxy *p)
{
	const struct traffic_pool *pool = v->pool;
	const struct balance *balance = find_balance(pool->balance);
	autofree bool *available = mem_calloc(pool->n_members + 1, sizeof(*available));
	autofree bool *ready = mem_calloc(pool->n_members + 1, sizeof(*ready));

	for (size_t i = 0; i < pool->n_members; i++) {
		const struct traffic_member *m = &pool->members[i];
		struct layout_health h = k->world->health(k->world->ctx, pool->path, m->path);

		ready[i] = !m->offline && m->addr.family &&
			   (h.avail == TRAFFIC_UP || h.avail == TRAFFIC_UNCHECKED);
		available[i] = ready[i] && !m->disabled && !h.draining;
	}
	p->servers = arena_calloc(&k->l->arena, pool->n_members + 1, sizeof(*p->servers));
	for (size_t i = 0; i < pool->n_members; i++) {
		const struct traffic_member *m = &pool->members[i];
		struct layout_server *s = &p->servers[p->n_servers];

		if (!m->addr.family) /* a name, which nobody resolves here */
			continue;
		add_server(k, v, m, p);
		s->ready = ready[i];
		if (available[i] && group_active(pool, m, available))
			s->weight = weigh(balance, pool, m);
	}
	qsort(p->servers, p->n_servers, sizeof(*p->servers), by_server_name);
}

/* --- one virtual server ------------------------------------------------------------------------
 */

static bool is_persist(const struct traffic_virtual *v, const char *kind)
{
	return v->persist_kind && !strcmp(v->persist_kind, kind);
}

/* Without OneConnect all requests of a client's connection go to the member of the first one, also
   when it was disabled meanwhile: the connection gets a number, and the number sticks. */
static bool keeps_member(const struct traffic_virtual *v)
{
	return v->http && !is_persist(v, "source-addr") && !is_persist(v, "cookie");
}

static const char *cannot_serve(struct maker *k, const struct traffic_virtual *v)
{
	struct arena *a = &k->l->arena;

	if (v->flag)
		return arena_printf(a, "A virtual server with %s is not served by HAProxy",
				    v->flag);
	if (!strcmp(v->protocol, "udp"))
		return "UDP is not served by HAProxy";
	if (strcmp(v->protocol, "tcp") != 0)
		return arena_printf(a, "Protocol %s is not served by HAProxy", v->protocol);
	if (!v->addr.family || ip_is_any(&v->addr) || v->prefix_len != ip_bits(&v->addr))
		return "A virtual server for more than one address is not served by HAProxy";
	if (!v->port)
		return "A virtual server for any port is not served by HAProxy";
	if (v->client_ssl && !k->world->cert)
		return "There is no certificate for the client SSL profile";
	return NULL;
}

static const char *remark(struct maker *k, const struct traffic_virtual *v)
{
	struct strbuf b = {0};
	const char *text;

	if (v->pool && v->pool->n_members > 1 && !find_balance(v->pool->balance)->exact)
		str_addf(&b, "; %s is served as %s", v->pool->balance,
			 find_balance(v->pool->balance)->algorithm);
	if (v->pool && v->snat == TRAFFIC_SNAT_NONE)
		str_add(&b, "; without SNAT the client's address is not kept, the machine's own is "
			    "used");
	if (v->rules)
		str_add(&b, "; iRules and policies are not run");
	if (v->client_ssl)
		str_add(&b, "; the certificate of the mock is served");
	if (v->persist_kind && !is_persist(v, "source-addr") &&
	    !(is_persist(v, "cookie") && v->http))
		str_addf(&b, "; persistence %s is not done", v->persist_kind);
	if (v->route_domain)
		str_addf(&b, "; route domain %u is served in the only network there is",
			 v->route_domain);
	text = b.len ? arena_strdup(&k->l->arena, b.data + 2) : NULL;
	str_release(&b);
	return text;
}

static void frontend_text(const struct maker *k, const struct traffic_virtual *v,
			  const struct layout_proxy *p, struct strbuf *b)
{
	str_addf(b, "frontend %s\n\tmode %s\n\tbind ", p->name, v->http ? "http" : "tcp");
	layout_address(&v->addr, v->port, b);
	str_addf(b, "%s", k->world->transparent ? " transparent" : "");
	if (v->client_ssl)
		str_addf(b, " ssl crt %s", k->world->cert);
	str_add_char(b, '\n');
	if (v->connection_limit)
		str_addf(b, "\tmaxconn %u\n", v->connection_limit);
	if (keeps_member(v))
		str_add(b, "\ttcp-request connection set-var(sess.id) rand(2147483647)\n");
	if (v->insert_xff)
		str_add(b, "\toption forwardfor\n");
	/* no member: BIG-IP answers the SYN and resets. With persistence a disabled member may
	   still take the client, so the backend has to be asked. */
	if (!v->pool)
		str_add(b, "\ttcp-request connection reject\n");
	else if (!v->persist_kind)
		str_addf(b, "\ttcp-request connection reject unless { nbsrv(%s) gt 0 }\n", p->name);
	str_addf(b, "\tdefault_backend %s\n", p->name);
}

static void backend_text(const struct maker *k, const struct traffic_virtual *v,
			 const struct layout_proxy *p, struct strbuf *b)
{
	str_addf(b, "backend %s\n\tmode %s\n\tbalance %s\n", p->name, v->http ? "http" : "tcp",
		 v->pool ? find_balance(v->pool->balance)->algorithm : "roundrobin");
	if (v->http)
		str_add(b, "\thttp-reuse never\n\terrorfile 503 /dev/null\n");
	if (is_persist(v, "source-addr")) {
		str_addf(b, "\tstick-table type %s size 100k", v->addr.family == 6 ? "ipv6" : "ip");
		if (v->persist_timeout_s) /* 0: without end */
			str_addf(b, " expire %us", v->persist_timeout_s);
		str_add(b, "\n\tstick on src\n");
	} else if (keeps_member(v)) {
		str_add(b, "\tstick-table type integer size 100k expire 310s\n"
			   "\tstick on var(sess.id)\n");
	}
	if (is_persist(v, "cookie") && v->http && v->pool)
		str_addf(b, "\tcookie BIGipServer%s insert dynamic\n\tdynamic-cookie-key mock\n",
			 name_of(&k->l->arena, strrchr(v->pool->path, '/')));
}

static struct layout_proxy *proxy_for(struct maker *k, const struct traffic_virtual *v,
				      struct layout_note *note)
{
	struct layout_proxy *p = &k->l->proxies[k->l->n_proxies];
	struct strbuf b = {0};

	*p = (struct layout_proxy){.name = name_of(&k->l->arena, v->path),
				   .path = note->path,
				   .addr = v->addr,
				   .port = v->port,
				   .http = v->http};
	frontend_text(k, v, p, &b);
	backend_text(k, v, p, &b);
	p->text = arena_strdup(&k->l->arena, str_get(&b));
	str_release(&b);
	if (v->pool)
		add_servers(k, v, p);
	return p;
}

static void add_virtual(struct maker *k, const struct traffic_virtual *v)
{
	struct layout_note *note = &k->l->notes[k->l->n_notes++];
	struct taken *t;
	struct socket_key key;
	const char *refused;

	note->path = arena_strdup(&k->l->arena, v->path);
	note->refusal = cannot_serve(k, v);
	if (note->refusal || !v->enabled)
		return;
	memset(&key, 0, sizeof(key)); /* compared as raw bytes */
	key.addr = v->addr;
	key.port = v->port;
	HASH_FIND(hh, k->taken, &key, sizeof(key), t);
	if (t) {
		note->refusal = arena_printf(&k->l->arena,
					     "Address and port are served as %s already", t->path);
		return;
	}
	refused = k->world->refused(k->world->ctx, proxy_for(k, v, note));
	if (refused) {
		note->refusal = arena_strdup(&k->l->arena, refused);
		return;
	}
	note->remark = remark(k, v);
	k->l->n_proxies++;
	t = mem_alloc(sizeof(*t));
	t->key = key;
	t->path = note->path;
	HASH_ADD(hh, k->taken, key, sizeof(t->key), t);
}

static int by_proxy_name(const void *a, const void *b)
{
	return strcmp(((const struct layout_proxy *)a)->name,
		      ((const struct layout_proxy *)b)->name);
}

struct layout *layout_new(const struct traffic_view *view, const struct layout_world *world)
{
	struct layout *l = mem_alloc(sizeof(*l));
	struct maker k = {.view = view, .world = world, .l = l};
	struct taken *t, *tmp;

	l->proxies = arena_calloc(&l->arena, view->n_virtuals + 1, sizeof(*l->proxies));
	l->notes = arena_calloc(&l->arena, view->n_virtuals + 1, sizeof(*l->notes));
	for (size_t i = 0; i < view->n_virtuals; i++)
		add_virtual(&k, &view->virtuals[i]);
	qsort(l->proxies, l->n_proxies, sizeof(*l->proxies), by_proxy_name);
	HASH_ITER (hh, k.taken, t, tmp) {
		HASH_DEL(k.taken, t);
		free(t);
	}
	return l;
}

void layout_free(struct layout *l)
{
	if (!l)
		return;
	arena_release(&l->arena);
	free(l);
}

/* --- looking things up -------------------------------------------------------------------------
 */

struct text {
	const char *s;
	size_t len;
};

static int compare(const struct text *t, const char *name)
{
	int r = strncmp(t->s, name, t->len);

	return r ? r : name[t->len] ? -1 : 0;
}

static int compare_proxy(const void *key, const void *p)
{
	return compare(key, ((const struct layout_proxy *)p)->name);
}

static int compare_server(const void *key, const void *s)
{
	return compare(key, ((const struct layout_server *)s)->name);
}

const struct layout_proxy *layout_proxy_find(const struct layout *l, const char *name, size_t len)
{
	struct text t = {name, len};

	return bsearch(&t, l->proxies, l->n_proxies, sizeof(*l->proxies), compare_proxy);
}

const struct layout_server *layout_server_find(const struct layout_proxy *p, const char *name,
					       size_t len)
{
	struct text t = {name, len};

	if (!p->n_servers)
		return NULL;
	return bsearch(&t, p->servers, p->n_servers, sizeof(*p->servers), compare_server);
}
