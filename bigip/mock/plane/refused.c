#include "bigip/mock/plane/refused.h"

#include <errno.h>
#include <uthash.h>

#include "bigip/mock/plane/address.h"

enum { CONFIG_HOLDS_MS = 60000 };

struct refusal {
	char *path;
	UT_hash_handle hh;
	char *reason;
	char *config;        /* HAProxy refused this text; NULL: the address is the matter */
	uint64_t until_ms;   /* for @config */
	struct ip_addr addr; /* the virtual server's, or a source with port 0 */
	uint16_t port;
};

struct refusals {
	struct refusal *list;
};

struct refusals *refusals_new(void)
{
	return mem_alloc(sizeof(struct refusals));
}

static void drop(struct refusals *r, struct refusal *e)
{
	HASH_DEL(r->list, e);
	free(e->path);
	free(e->reason);
	free(e->config);
	free(e);
}

void refusals_free(struct refusals *r)
{
	struct refusal *e, *tmp;

	if (!r)
		return;
	HASH_ITER (hh, r->list, e, tmp)
		drop(r, e);
	free(r);
}

static struct refusal *find(struct refusals *r, const char *path)
{
	struct refusal *e;

	HASH_FIND_STR(r->list, path, e);
	return e;
}

static struct refusal *add(struct refusals *r, const struct layout_proxy *p, char *reason)
{
	struct refusal *e = find(r, p->path);

	if (e)
		drop(r, e);
	e = mem_alloc(sizeof(*e));
	e->path = mem_strdup(p->path);
	e->reason = reason;
	HASH_ADD_KEYPTR(hh, r->list, e->path, strlen(e->path), e);
	return e;
}

static bool uses(const struct layout_proxy *p, const struct ip_addr *source)
{
	for (unsigned i = 0; i < p->n_servers; i++) {
		if (ip_eq(&p->servers[i].source, source))
			return true;
	}
	return false;
}

const char *refusals_get(struct refusals *r, const struct layout_proxy *p)
{
	struct refusal *e = find(r, p->path);
	bool holds;

	if (!e)
		return NULL;
	if (e->config)
		holds = !strcmp(e->config, p->text);
	else if (e->port)
		holds = ip_eq(&e->addr, &p->addr) && e->port == p->port;
	else
		holds = uses(p, &e->addr);
	if (holds)
		return e->reason;
	drop(r, e);
	return NULL;
}

static bool check(struct refusals *r, const struct layout_proxy *p, const char *what,
		  const struct ip_addr *addr, uint16_t port, bool transparent)
{
	struct strbuf text = {0};
	struct refusal *e;
	int code = address_try(addr, port, transparent);

	/* no descriptor left and the like say nothing about the address */
	if (code != EADDRINUSE && code != EADDRNOTAVAIL && code != EACCES)
		return false;
	str_addf(&text, "%s ", what);
	layout_address(addr, port, &text);
	str_addf(&text, " cannot be used: %s", strerror(code));
	e = add(r, p, str_take(&text));
	e->addr = *addr;
	e->port = port;
	return true;
}

bool refusals_check(struct refusals *r, const struct layout_proxy *p, bool transparent)
{
	if (check(r, p, "Address", &p->addr, p->port, transparent))
		return true;
	for (unsigned i = 0; i < p->n_servers; i++) {
		const struct ip_addr *source = &p->servers[i].source;

		if (!source->family || (i && ip_eq(source, &p->servers[i - 1].source)))
			continue;
		if (check(r, p, "Source address", source, 0, false))
			return true;
	}
	return false;
}

void refusals_add(struct refusals *r, const struct layout_proxy *p, const char *reason, size_t len,
		  uint64_t now_ms)
{
	struct refusal *e = add(r, p, mem_strndup(reason, len));

	e->config = mem_strdup(p->text);
	e->until_ms = now_ms + CONFIG_HOLDS_MS;
}

bool refusals_retry(struct refusals *r, bool transparent, uint64_t now_ms)
{
	struct refusal *e, *tmp;
	bool any = false;

	HASH_ITER (hh, r->list, e, tmp) {
		bool works = e->config
				     ? now_ms >= e->until_ms
				     : address_try(&e->addr, e->port, e->port && transparent) == 0;

		if (works)
			drop(r, e);
		any |= works;
	}
	return any;
}
