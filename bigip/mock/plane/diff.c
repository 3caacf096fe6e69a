/* Two layouts: can the runtime API make one of the other? */
#include "bigip/mock/plane/layout.h"

static bool same_place(const struct layout_server *a, const struct layout_server *b)
{
	return ip_eq(&a->addr, &b->addr) && a->port == b->port && ip_eq(&a->source, &b->source) &&
	       a->tls == b->tls;
}

static void add(const struct layout_proxy *p, const struct layout_server *s, struct strbuf *set)
{
	str_addf(set, "add server %s/%s ", p->name, s->name);
	layout_server_text(s, set);
	str_addf(set, " weight %u\n", s->weight); /* it starts in maintenance */
	if (s->ready)
		str_addf(set, "set server %s/%s state ready\n", p->name, s->name);
}

static void change(const struct layout_proxy *p, const struct layout_server *a,
		   const struct layout_server *b, struct strbuf *set)
{
	if (a->ready && !b->ready)
		str_addf(set, "set server %s/%s state maint\n", p->name, b->name);
	if (a->weight != b->weight)
		str_addf(set, "set server %s/%s weight %u\n", p->name, b->name, b->weight);
	if (a->max_conns != b->max_conns)
		str_addf(set, "set maxconn server %s/%s %u\n", p->name, b->name, b->max_conns);
	if (!a->ready && b->ready)
		str_addf(set, "set server %s/%s state ready\n", p->name, b->name);
}

static void drop(const struct layout_proxy *p, const struct layout_server *s, struct strbuf *set,
		 struct strbuf *del)
{
	str_addf(set, "set server %s/%s state maint\n", p->name, s->name);
	str_addf(del, "del server %s/%s\n", p->name, s->name);
}

static bool diff_servers(const struct layout_proxy *a, const struct layout_proxy *b,
			 struct strbuf *set, struct strbuf *del)
{
	unsigned i = 0, j = 0;

	while (i < a->n_servers || j < b->n_servers) {
		int order = i == a->n_servers   ? 1
			    : j == b->n_servers ? -1
						: strcmp(a->servers[i].name, b->servers[j].name);

		if (order < 0) {
			drop(a, &a->servers[i++], set, del);
		} else if (order > 0) {
			add(b, &b->servers[j++], set);
		} else {
			if (!same_place(&a->servers[i], &b->servers[j]))
				return false;
			change(b, &a->servers[i++], &b->servers[j++], set);
		}
	}
	return true;
}

bool layout_diff(const struct layout *from, const struct layout *to, struct strbuf *ret_set,
		 struct strbuf *ret_del)
{
	if (from->n_proxies != to->n_proxies)
		return false;
	for (unsigned i = 0; i < to->n_proxies; i++) {
		if (strcmp(from->proxies[i].name, to->proxies[i].name) != 0 ||
		    strcmp(from->proxies[i].text, to->proxies[i].text) != 0)
			return false;
	}
	for (unsigned i = 0; i < to->n_proxies; i++) {
		if (!diff_servers(&from->proxies[i], &to->proxies[i], ret_set, ret_del))
			return false;
	}
	return true;
}
