/* Layouts: what HAProxy is told for which virtual servers, and how two layouts differ. */
#include "check.h"

#include "bigip/mock/plane/layout.h"
#include "common/base/mem.h"

enum { MAX_MEMBERS = 4, MAX_VIRTUALS = 3 };

/* a small world: pool /P/p with members 10.0.0.1:80, 10.0.0.2:80, ... and virtual servers for it */
struct world {
	struct traffic_view view;
	struct traffic_pool pool;
	struct traffic_member members[MAX_MEMBERS];
	struct traffic_virtual virtuals[MAX_VIRTUALS];
	struct ip_addr snat[2], self[2];
	struct layout_health health[MAX_MEMBERS];
	struct layout_world out;
	const char *refuse; /* path of a virtual server */
};

static struct ip_addr ip(const char *text)
{
	struct ip_addr a;

	assert_int_equal(ip_parse(text, &a), 0);
	return a;
}

static struct layout_health health(void *ctx, const char *pool, const char *member)
{
	const struct world *w = ctx;

	assert_string_equal(pool, "/P/p");
	for (unsigned i = 0; i < MAX_MEMBERS; i++) {
		if (w->members[i].path && !strcmp(w->members[i].path, member))
			return w->health[i];
	}
	fail();
	return w->health[0];
}

static const char *refused(void *ctx, const struct layout_proxy *p)
{
	const struct world *w = ctx;

	return w->refuse && !strcmp(w->refuse, p->path) ? "because" : NULL;
}

static void world_init(struct world *w, unsigned n_members)
{
	static const char *const paths[] = {"/P/10.0.0.1:80", "/P/10.0.0.2:80", "/P/10.0.0.3:80",
					    "/P/10.0.0.4:80"};
	static const char *const addrs[] = {"10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"};

	memset(w, 0, sizeof(*w));
	for (unsigned i = 0; i < n_members; i++) {
		w->members[i] = (struct traffic_member){
			.path = paths[i], .addr = ip(addrs[i]), .port = 80, .ratio = 1};
		w->health[i].avail = TRAFFIC_UP;
	}
	w->pool = (struct traffic_pool){.path = "/P/p",
					.balance = "round-robin",
					.allow_snat = true,
					.members = w->members,
					.n_members = n_members};
	w->virtuals[0] = (struct traffic_virtual){.path = "/P/web",
						  .addr = ip("10.1.1.1"),
						  .prefix_len = 32,
						  .port = 80,
						  .protocol = "tcp",
						  .enabled = true,
						  .snat = TRAFFIC_SNAT_AUTOMAP,
						  .pool = &w->pool};
	w->snat[0] = ip("10.9.9.1");
	w->snat[1] = ip("10.9.9.2");
	w->self[0] = ip("2001:db8::250");
	w->self[1] = ip("10.0.0.250");
	w->view = (struct traffic_view){.virtuals = w->virtuals,
					.n_virtuals = 1,
					.pools = &w->pool,
					.n_pools = 1,
					.self_addrs = w->self,
					.n_self_addrs = 2};
	w->out = (struct layout_world){.cert = "/c.pem", .health = health, .refused = refused};
	w->out.ctx = w;
}

static void use_snat_pool(struct traffic_virtual *v, struct world *w)
{
	v->snat = TRAFFIC_SNAT_POOL;
	v->snat_addrs = w->snat;
	v->n_snat_addrs = 2;
}

static char *render(struct layout *l)
{
	struct strbuf b = {0};

	layout_render(l, "/d/s.sock", &b);
	return str_take(&b);
}

/* --- text ---------------------------------------------------------------------------------------
 */

static void nothing(struct world *w)
{
}

static void http(struct world *w)
{
	w->virtuals[0].http = true;
}

static void xff(struct world *w)
{
	http(w);
	w->virtuals[0].insert_xff = true;
}

static void snat_pool(struct world *w)
{
	use_snat_pool(&w->virtuals[0], w);
}

static void snat_none(struct world *w)
{
	w->virtuals[0].snat = TRAFFIC_SNAT_NONE;
}

static void snat_not_allowed(struct world *w)
{
	snat_pool(w);
	w->pool.allow_snat = false;
}

static void snat_other_family(struct world *w)
{
	snat_pool(w);
	w->snat[0] = w->snat[1] = ip("2001:db8::9");
}

static void source_persistence(struct world *w)
{
	w->virtuals[0].persist_kind = "source-addr";
	w->virtuals[0].persist_timeout_s = 77;
}

static void cookie_persistence(struct world *w)
{
	http(w);
	w->virtuals[0].persist_kind = "cookie";
}

static void client_ssl(struct world *w)
{
	w->virtuals[0].client_ssl = true;
}

static void server_ssl(struct world *w)
{
	w->virtuals[0].server_ssl = true;
}

static void limits(struct world *w)
{
	w->virtuals[0].connection_limit = 9;
	w->members[0].connection_limit = 5;
}

static void transparent(struct world *w)
{
	w->out.transparent = true;
}

static void no_pool(struct world *w)
{
	w->virtuals[0].pool = NULL;
}

static void six(struct world *w)
{
	w->virtuals[0].addr = ip("2001:db8::1");
	w->virtuals[0].prefix_len = 128;
	w->members[0].addr = ip("2001:db8::11");
	w->members[0].path = "/P/2001:db8::11.80";
}

static void member_port_any(struct world *w)
{
	w->members[0].port = 0;
	w->virtuals[0].port = 8080;
}

static void least_connections(struct world *w)
{
	w->pool.balance = "least-connections-member";
}

static void odd_names(struct world *w)
{
	w->virtuals[0].path = "/P/app.app/we b_1";
}

static void member_down(struct world *w)
{
	w->health[0].avail = TRAFFIC_DOWN;
}

static void no_address(struct world *w)
{
	w->members[0].addr = (struct ip_addr){0};
}

static void text_of_virtual_servers(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct world *w);
		const char *want, *never; /* in the text; NULL: not asked */
	} cases[] = {
		{"a TCP virtual server", nothing,
		 "frontend P:web\n\tmode tcp\n\tbind 10.1.1.1:80\n", "mode http"},
		{"its pool", nothing,
		 "\tserver P:10.0.0.1::80 10.0.0.1:80 source 10.0.0.250 weight 1\n", " disabled"},
		{"nobody available: reset", nothing, "reject unless { nbsrv(P:web) gt 0 }", NULL},
		{"the runtime socket", nothing, "\tstats socket /d/s.sock mode 600 level admin",
		 NULL},
		{"an http profile", http, "backend P:web\n\tmode http\n", "mode tcp"},
		{"http without insertXforwardedFor", http, "mode http", "forwardfor"},
		{"a connection keeps its member", http, "stick on var(sess.id)", NULL},
		{"insertXforwardedFor", xff, "\toption forwardfor\n", NULL},
		{"SNAT pool, first member", snat_pool, "10.0.0.1:80 source 10.9.9.2 ",
		 "10.0.0.250"},
		{"SNAT pool, second member", snat_pool, "10.0.0.2:80 source 10.9.9.1 ", NULL},
		{"no SNAT", snat_none, "server P:10.0.0.1::80 10.0.0.1:80 weight", "source"},
		{"the pool does not allow SNAT", snat_not_allowed, "server ", " source "},
		{"SNAT addresses of the other family only", snat_other_family, "server ",
		 " source "},
		{"source-addr persistence", source_persistence,
		 "\tstick-table type ip size 100k expire 77s\n\tstick on src\n", "reject"},
		{"cookie persistence", cookie_persistence, "\tcookie BIGipServerp insert dynamic\n",
		 "stick on"},
		{"client SSL", client_ssl, "bind 10.1.1.1:80 ssl crt /c.pem\n", NULL},
		{"server SSL", server_ssl, " ssl verify none weight 1\n", NULL},
		{"connection limit of the virtual server", limits, "\tmaxconn 9\n", NULL},
		{"connection limit of a member", limits, "10.0.0.1:80 maxconn 5 ", NULL},
		{"foreign addresses", transparent, "bind 10.1.1.1:80 transparent\n", NULL},
		{"no pool: reset", no_pool, "\ttcp-request connection reject\n", "\tserver"},
		{"IPv6", six, "bind [2001:db8::1]:80\n", NULL},
		{"IPv6 member, automap of its family", six,
		 "server P:2001::db8::::11.80 [2001:db8::11]:80 source 2001:db8::250 ", NULL},
		{"port 0 of a member is the virtual server's", member_port_any, " 10.0.0.1:8080 ",
		 NULL},
		{"least connections", least_connections, "balance leastconn", "roundrobin"},
		{"characters HAProxy does not have", odd_names, "frontend P:app.app:we::x20b_1\n",
		 NULL},
		{"a member that is down", member_down,
		 "10.0.0.1:80 source 10.0.0.250 weight 0 disabled\n", NULL},
		{"an FQDN member has no address", no_address, "10.0.0.2:80", "10.0.0.1:80"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct layout *l;
		struct world w;
		char *text;

		world_init(&w, 2);
		cases[i].change(&w);
		l = layout_new(&w.view, &w.out);
		text = render(l);
		if (l->n_notes != 1 || l->notes[0].refusal)
			fail_row(cases[i].name, "refused: %s", l->notes[0].refusal);
		if (!strstr(text, cases[i].want))
			fail_row(cases[i].name, "not there: %s\n%s", cases[i].want, text);
		if (cases[i].never && strstr(text, cases[i].never))
			fail_row(cases[i].name, "there: %s\n%s", cases[i].never, text);
		free(text);
		layout_free(l);
	}
}

/* --- refusals -----------------------------------------------------------------------------------
 */

static void udp(struct world *w)
{
	w->virtuals[0].protocol = "udp";
}

static void any_protocol(struct world *w)
{
	w->virtuals[0].protocol = "any";
}

static void ip_forward(struct world *w)
{
	w->virtuals[0].flag = "ipForward";
}

static void network(struct world *w)
{
	w->virtuals[0].prefix_len = 24;
}

static void wildcard(struct world *w)
{
	w->virtuals[0].addr = ip("0.0.0.0");
}

static void any_port(struct world *w)
{
	w->virtuals[0].port = 0;
}

static void no_certificate(struct world *w)
{
	client_ssl(w);
	w->out.cert = NULL;
}

static void refused_outside(struct world *w)
{
	w->refuse = "/P/web";
}

static void disabled(struct world *w)
{
	w->virtuals[0].enabled = false;
}

static void refusals(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct world *w);
		const char *want; /* NULL: no note, and still not served */
	} cases[] = {
		{"UDP", udp, "UDP is not served by HAProxy"},
		{"any protocol", any_protocol, "Protocol any is not served by HAProxy"},
		{"ipForward", ip_forward,
		 "A virtual server with ipForward is not served by HAProxy"},
		{"a network", network,
		 "A virtual server for more than one address is not served by HAProxy"},
		{"any address", wildcard,
		 "A virtual server for more than one address is not served by HAProxy"},
		{"any port", any_port, "A virtual server for any port is not served by HAProxy"},
		{"no certificate", no_certificate,
		 "There is no certificate for the client SSL profile"},
		{"a reason from outside", refused_outside, "because"},
		{"a disabled one has nothing to excuse", disabled, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct layout *l;
		struct world w;

		world_init(&w, 1);
		cases[i].change(&w);
		l = layout_new(&w.view, &w.out);
		if (l->n_proxies || l->n_notes != 1 || !str_eq(l->notes[0].refusal, cases[i].want))
			fail_row(cases[i].name, "%u served, %s", l->n_proxies, l->notes[0].refusal);
		layout_free(l);
	}
}

static void one_address_and_port_is_served_once(void **state)
{
	struct layout *l;
	struct world w;

	world_init(&w, 1);
	w.virtuals[1] = w.virtuals[2] = w.virtuals[0];
	w.virtuals[1].path = "/P/twin";
	w.virtuals[2].path = "/P/else";
	w.virtuals[2].port = 81;
	w.view.n_virtuals = 3;
	l = layout_new(&w.view, &w.out);
	assert_int_equal(l->n_proxies, 2);
	assert_null(l->notes[0].refusal);
	assert_string_equal(l->notes[1].refusal, "Address and port are served as /P/web already");
	assert_null(l->notes[2].refusal);
	assert_non_null(layout_proxy_find(l, "P:web", 5));
	assert_non_null(layout_proxy_find(l, "P:else and more", 6));
	assert_null(layout_proxy_find(l, "P:webs", 6));
	assert_null(layout_proxy_find(l, "P:we", 4));
	layout_free(l);
	/* refused ones do not take the address */
	w.refuse = "/P/web";
	l = layout_new(&w.view, &w.out);
	assert_null(l->notes[1].refusal);
	assert_int_equal(l->n_proxies, 2);
	layout_free(l);
}

static void iapp_rules(struct world *w)
{
	w->virtuals[0].rules = true;
}

static void fastest(struct world *w)
{
	w->pool.balance = "fastest-node";
}

static void other_domain(struct world *w)
{
	w->virtuals[0].route_domain = 3;
}

static void ssl_persistence(struct world *w)
{
	w->virtuals[0].persist_kind = "ssl";
}

static void remarks(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct world *w);
		const char *want;
	} cases[] = {
		{"as on a BIG-IP", nothing, NULL},
		{"iRules", iapp_rules, "iRules and policies are not run"},
		{"a balance that HAProxy lacks", fastest, "fastest-node is served as leastconn"},
		{"no SNAT", snat_none,
		 "without SNAT the client's address is not kept, the machine's own is used"},
		{"route domain", other_domain,
		 "route domain 3 is served in the only network there is"},
		{"persistence", ssl_persistence, "persistence ssl is not done"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct layout *l;
		struct world w;

		world_init(&w, 2);
		cases[i].change(&w);
		l = layout_new(&w.view, &w.out);
		if (!str_eq(l->notes[0].remark, cases[i].want) || l->n_proxies != 1)
			fail_row(cases[i].name, "%s", l->notes[0].remark);
		layout_free(l);
	}
}

/* --- which member gets what ---------------------------------------------------------------------
 */

static void weights(void **state)
{
	static const struct {
		const char *name, *balance;
		/* of members 1 to 4: U up, D down, C checking, N unmonitored, d disabled, o forced
		   offline, r monitor's recvDisable */
		const char *states;
		unsigned ratio[4], group[4], limit[4], min_active;
		const char *want; /* weight each, "-" in maintenance */
	} cases[] = {
		{"round robin has no ratios", "round-robin", "UUUU", .ratio = {3, 1, 1, 1},
		 .want = "1 1 1 1"},
		{"ratio", "ratio-member", "UUUU", .ratio = {3, 1, 100, 2}, .want = "3 1 100 2"},
		{"ratio above what HAProxy has", "ratio-member", "UUUU", .ratio = {300, 0, 1, 1},
		 .want = "256 1 1 1"},
		{"ratio and least connections", "ratio-least-connections-member", "UUUU",
		 .ratio = {3, 1, 1, 2}, .want = "3 1 1 2"},
		{"least connections has no ratios", "least-connections-member", "UUUU",
		 .ratio = {3, 1, 1, 2}, .want = "1 1 1 1"},
		{"weighted by connection limit", "weighted-least-connections-member", "UUUU",
		 .limit = {100, 50, 1, 0}, .want = "100 50 1 1"},
		{"states", "round-robin", "UDCN", .want = "1 - - 1"},
		{"disabled: existing and persistent only", "round-robin", "UdUU",
		 .want = "1 0 1 1"},
		{"forced offline: existing only", "round-robin", "UoUU", .want = "1 - 1 1"},
		{"recvDisable is like disabled", "round-robin", "UrUU", .want = "1 0 1 1"},
		{"groups without minActiveMembers", "round-robin", "UUUU", .group = {10, 5, 5, 0},
		 .want = "1 1 1 1"},
		{"highest group", "round-robin", "UUUU", .group = {10, 5, 5, 0}, .min_active = 1,
		 .want = "1 0 0 0"},
		{"too few in the highest group", "round-robin", "UUUU", .group = {10, 5, 5, 0},
		 .min_active = 2, .want = "1 1 1 0"},
		{"enough in two groups", "round-robin", "UUUU", .group = {10, 5, 5, 0},
		 .min_active = 3, .want = "1 1 1 0"},
		{"highest group is down", "round-robin", "DUUU", .group = {10, 5, 5, 0},
		 .min_active = 1, .want = "- 1 1 0"},
		{"a disabled one does not count", "round-robin", "dUUU", .group = {10, 5, 5, 0},
		 .min_active = 1, .want = "0 1 1 0"},
		{"order of members does not matter", "round-robin", "UUUU", .group = {0, 5, 10, 5},
		 .min_active = 2, .want = "0 1 1 1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf got = {0};
		struct layout *l;
		struct world w;

		world_init(&w, 4);
		w.pool.balance = cases[i].balance;
		w.pool.min_active_members = cases[i].min_active;
		for (unsigned k = 0; k < 4; k++) {
			char c = cases[i].states[k];

			w.members[k].ratio = cases[i].ratio[k];
			w.members[k].priority_group = cases[i].group[k];
			w.members[k].connection_limit = cases[i].limit[k];
			w.members[k].disabled = c == 'd';
			w.members[k].offline = c == 'o';
			w.health[k].draining = c == 'r';
			w.health[k].avail = c == 'D'   ? TRAFFIC_DOWN
					    : c == 'C' ? TRAFFIC_CHECKING
					    : c == 'N' ? TRAFFIC_UNCHECKED
						       : TRAFFIC_UP;
		}
		l = layout_new(&w.view, &w.out);
		for (unsigned k = 0; k < 4; k++) {
			const struct layout_server *s = &l->proxies[0].servers[k];

			str_add(&got, k ? " " : "");
			if (s->ready)
				str_addf(&got, "%u", s->weight);
			else
				str_add_char(&got, '-');
		}
		if (strcmp(str_get(&got), cases[i].want) != 0)
			fail_row(cases[i].name, "%s, wanted %s", str_get(&got), cases[i].want);
		str_release(&got);
		layout_free(l);
	}
}

/* --- differences --------------------------------------------------------------------------------
 */

static void second_gone(struct world *w)
{
	w->pool.n_members = 1;
}

static void first_gone(struct world *w)
{
	w->pool.members++;
	w->pool.n_members--;
}

static void third_added(struct world *w)
{
	w->members[2] = w->members[1];
	w->members[2].path = "/P/10.0.0.3:80";
	w->members[2].addr = ip("10.0.0.3");
	w->health[2] = w->health[1];
	w->pool.n_members = 3;
}

static void third_added_unchecked_yet(struct world *w)
{
	third_added(w);
	w->health[2].avail = TRAFFIC_CHECKING;
}

static void first_disabled(struct world *w)
{
	w->members[0].disabled = true;
}

static void member_limit(struct world *w)
{
	w->members[0].connection_limit = 5;
}

static void member_moved(struct world *w)
{
	w->members[0].addr = ip("10.0.0.9");
}

static void one_more_virtual(struct world *w)
{
	w->virtuals[1] = w->virtuals[0];
	w->virtuals[1].path = "/P/more";
	w->virtuals[1].port = 81;
	w->view.n_virtuals = 2;
}

static void differences(void **state)
{
	static const struct {
		const char *name;
		void (*change)(struct world *w);
		const char *set, *del; /* NULL: only a reload does it */
	} cases[] = {
		{"nothing", nothing, "", ""},
		{"a member goes", second_gone, "set server P:web/P:10.0.0.2::80 state maint\n",
		 "del server P:web/P:10.0.0.2::80\n"},
		{"the first member goes", first_gone,
		 "set server P:web/P:10.0.0.1::80 state maint\n",
		 "del server P:web/P:10.0.0.1::80\n"},
		{"a member comes", third_added,
		 "add server P:web/P:10.0.0.3::80 10.0.0.3:80 source 10.0.0.250 weight 1\n"
		 "set server P:web/P:10.0.0.3::80 state ready\n",
		 ""},
		{"a member comes and is not known to be up", third_added_unchecked_yet,
		 "add server P:web/P:10.0.0.3::80 10.0.0.3:80 source 10.0.0.250 weight 0\n", ""},
		{"a member goes down", member_down,
		 "set server P:web/P:10.0.0.1::80 state maint\n"
		 "set server P:web/P:10.0.0.1::80 weight 0\n",
		 ""},
		{"a member is disabled", first_disabled,
		 "set server P:web/P:10.0.0.1::80 weight 0\n", ""},
		{"a limit", member_limit, "set maxconn server P:web/P:10.0.0.1::80 5\n", ""},
		{"a member has another address", member_moved, NULL, NULL},
		{"another SNAT address", snat_pool, NULL, NULL},
		{"another virtual server", one_more_virtual, NULL, NULL},
		{"no virtual server", disabled, NULL, NULL},
		{"another mode", http, NULL, NULL},
		{"another balance", least_connections, NULL, NULL},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf set = {0}, del = {0};
		struct layout *from, *to;
		struct world w;
		bool can;

		world_init(&w, 2);
		from = layout_new(&w.view, &w.out);
		cases[i].change(&w);
		to = layout_new(&w.view, &w.out);
		can = layout_diff(from, to, &set, &del);
		if (can != (cases[i].set != NULL))
			fail_row(cases[i].name, "%s", can ? "by commands" : "by a reload");
		if (can && (strcmp(str_get(&set), cases[i].set) != 0 ||
			    strcmp(str_get(&del), cases[i].del) != 0))
			fail_row(cases[i].name, "%s%s", str_get(&set), str_get(&del));
		str_release(&set);
		str_release(&del);
		layout_free(from);
		layout_free(to);
	}
}

static void up_again_is_the_way_back(void **state)
{
	struct strbuf set = {0}, del = {0};
	struct layout *from, *to;
	struct world w;

	world_init(&w, 2);
	member_down(&w);
	from = layout_new(&w.view, &w.out);
	w.health[0].avail = TRAFFIC_UP;
	to = layout_new(&w.view, &w.out);
	assert_true(layout_diff(from, to, &set, &del));
	assert_string_equal(str_get(&set), "set server P:web/P:10.0.0.1::80 weight 1\n"
					   "set server P:web/P:10.0.0.1::80 state ready\n");
	str_release(&set);
	layout_free(from);
	layout_free(to);
}

/* --- complaints ---------------------------------------------------------------------------------
 */

static void blame(void **state)
{
	static const struct {
		const char *name, *text;
		const char *proxy, *line; /* NULL: nobody */
	} cases[] = {
		{"a bind that fails",
		 "[NOTICE]   (9) : path\n[ALERT]    (9) : Starting frontend P:more: cannot bind "
		 "socket (Address already in use) [10.1.1.1:81]\n[ALERT]    (9) : "
		 "[haproxy.main()] Some protocols failed to start their listeners! Exiting.\n",
		 "P:more",
		 "Starting frontend P:more: cannot bind socket (Address already in use) "
		 "[10.1.1.1:81]"},
		{"a line of the file",
		 "[ALERT]    (9) : config : parsing [/d/haproxy.cfg:LINE] : 'bind' : odd\n",
		 "P:web", "config : parsing [/d/haproxy.cfg:LINE] : 'bind' : odd"},
		{"a name in quotes", "[ALERT]    (9) : config : Proxy 'P:web': no SSL\n", "P:web",
		 "config : Proxy 'P:web': no SSL"},
		{"warnings are no complaint", "[WARNING]  (9) : config : Proxy 'P:web': odd\n",
		 NULL, NULL},
		{"nobody's fault", "[ALERT]    (9) : cannot fork\n", NULL, NULL},
		{"no name that only begins alike", "[ALERT]    (9) : frontend P:webs: no\n", NULL,
		 NULL},
		{"nothing", "", NULL, NULL},
	};
	struct layout *l;
	struct world w;
	char *text, line_text[16];

	world_init(&w, 2);
	one_more_virtual(&w);
	l = layout_new(&w.view, &w.out);
	text = render(l);
	free(text);
	snprintf(line_text, sizeof(line_text), "%u", layout_proxy_find(l, "P:web", 5)->last_line);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf in = {0}, want = {0};
		const struct layout_proxy *p;
		const char *line, *at = strstr(cases[i].text, "LINE");
		size_t len;

		str_add_mem(&in, cases[i].text,
			    at ? (size_t)(at - cases[i].text) : strlen(cases[i].text));
		str_add(&in, at ? line_text : "");
		str_add(&in, at ? at + 4 : "");
		p = layout_blame(l, str_get(&in), &line, &len);
		if (!str_eq(p ? p->name : NULL, cases[i].proxy))
			fail_row(cases[i].name, "%s", p ? p->name : "nobody");
		at = p ? strstr(cases[i].line, "LINE") : NULL;
		if (p && !at && (strlen(cases[i].line) != len || memcmp(line, cases[i].line, len)))
			fail_row(cases[i].name, "%.*s", (int)len, line);
		str_release(&in);
		str_release(&want);
	}
	layout_free(l);
}

static void lines_of_the_file_are_known(void **state)
{
	struct layout *l;
	struct world w;
	char *text, *save = NULL;
	unsigned n = 0, last_server = 0;

	world_init(&w, 2);
	one_more_virtual(&w);
	l = layout_new(&w.view, &w.out);
	text = render(l);
	for (char *s = text; s; s = save) {
		save = strchr(s, '\n');
		if (save)
			*save++ = '\0';
		n++;
		if (!strcmp(s, "frontend P:web"))
			assert_int_equal(n, layout_proxy_find(l, "P:web", 5)->first_line);
		if (str_starts(s, "\tserver"))
			last_server = n;
		if (!strcmp(s, "frontend P:more"))
			assert_int_equal(n, layout_proxy_find(l, "P:more", 6)->first_line);
	}
	assert_int_equal(last_server + 1, layout_proxy_find(l, "P:web", 5)->last_line);
	free(text);
	layout_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_virtual_servers),
		cmocka_unit_test(refusals),
		cmocka_unit_test(one_address_and_port_is_served_once),
		cmocka_unit_test(remarks),
		cmocka_unit_test(weights),
		cmocka_unit_test(differences),
		cmocka_unit_test(up_again_is_the_way_back),
		cmocka_unit_test(blame),
		cmocka_unit_test(lines_of_the_file_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
