#include "bigip/mock/plane/owned.h"

#include <uthash.h>

#include "bigip/mock/plane/address.h"
#include "common/base/log.h"

struct ours {
	struct ip_addr addr;
	UT_hash_handle hh;
	uint64_t used; /* the round of owned_keep() that last saw it */
};

struct owned {
	char *device;
	struct ours *list;
	uint64_t round;
};

struct owned *owned_new(const char *device)
{
	struct owned *o = mem_alloc(sizeof(*o));

	o->device = mem_strdup(device);
	return o;
}

static struct ours *find(struct owned *o, const struct ip_addr *a)
{
	struct ours *e;

	HASH_FIND(hh, o->list, a, sizeof(*a), e);
	return e;
}

static void add_address(struct owned *o, const struct ip_addr *a)
{
	struct ours *e;
	struct error err;
	bool changed;

	if (find(o, a) || address_try(a, 0, false) == 0) /* somebody has seen to it */
		return;
	if (address_change(o->device, a, true, &changed, &err) < 0) {
		log_warn("traffic.address", kv_str("error", err.msg));
	} else if (changed) {
		e = mem_alloc(sizeof(*e));
		e->addr = *a;
		HASH_ADD(hh, o->list, addr, sizeof(e->addr), e);
	}
}

static void use(struct owned *o, const struct ip_addr *a)
{
	struct ours *e = find(o, a);

	if (e)
		e->used = o->round;
}

static void each_address(struct owned *o, const struct layout *l,
			 void (*fn)(struct owned *o, const struct ip_addr *a))
{
	for (unsigned i = 0; i < l->n_proxies; i++) {
		const struct layout_proxy *p = &l->proxies[i];

		fn(o, &p->addr);
		for (unsigned j = 0; j < p->n_servers; j++) {
			if (p->servers[j].source.family &&
			    (!j || !ip_eq(&p->servers[j].source, &p->servers[j - 1].source)))
				fn(o, &p->servers[j].source);
		}
	}
}

void owned_add(struct owned *o, const struct layout *l)
{
	if (o->device)
		each_address(o, l, add_address);
}

void owned_keep(struct owned *o, const struct layout *l)
{
	struct ours *e, *tmp;
	struct error err;
	bool changed;

	o->round++;
	if (l && o->list)
		each_address(o, l, use);
	HASH_ITER (hh, o->list, e, tmp) {
		if (e->used == o->round)
			continue;
		if (address_change(o->device, &e->addr, false, &changed, &err) < 0)
			log_warn("traffic.address", kv_str("error", err.msg));
		HASH_DEL(o->list, e);
		free(e);
	}
}

void owned_free(struct owned *o)
{
	struct ours *e, *tmp;

	if (!o)
		return;
	HASH_ITER (hh, o->list, e, tmp) {
		HASH_DEL(o->list, e);
		free(e);
	}
	free(o->device);
	free(o);
}
