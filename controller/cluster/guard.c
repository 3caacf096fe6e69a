#include "controller/cluster/guard.h"

enum { PASSES_NEEDED = 2 };

void guard_window(struct guard *g, size_t total)
{
	*g = (struct guard){.total = total};
}

void guard_grown(struct guard *g, size_t count)
{
	if (count + g->deleted > g->total)
		g->total = count + g->deleted;
}

static bool is_mass(const struct guard *g, const struct guard_settings *s, size_t objects)
{
	size_t sum = g->deleted + objects;

	return sum > s->min_objects && sum * 100 > g->total * s->max_percent;
}

enum guard_verdict guard_ask(struct guard *g, const struct guard_settings *s,
			     const struct guard_request *r)
{
	if (r->objects == 0)
		return GUARD_ALLOW;
	if (!r->seen && r->suspicious && !s->allow_empty)
		return GUARD_HOLD_SUSPICIOUS;
	if (r->passes < PASSES_NEEDED) {
		if (!r->seen)
			return GUARD_HOLD_UNSEEN;
		if (is_mass(g, s, r->objects))
			return GUARD_HOLD_MASS;
	}
	g->deleted += r->objects;
	return GUARD_ALLOW;
}

const char *guard_verdict_text(enum guard_verdict v)
{
	switch (v) {
	case GUARD_HOLD_UNSEEN:
		return "it is missing in Kubernetes, but nobody was seen deleting it: held for two "
		       "verify intervals";
	case GUARD_HOLD_MASS:
		return "too large a share of the partition would go at once: held for two verify "
		       "intervals";
	case GUARD_HOLD_SUSPICIOUS:
		return "Kubernetes lists nothing at all or has lost data: held until the objects "
		       "are back; if they are meant to be gone, "
		       "start with --allow-empty-cluster";
	default:
		return "";
	}
}
