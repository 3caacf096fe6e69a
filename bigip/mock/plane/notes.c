#include "bigip/mock/plane/notes.h"

#include <uthash.h>

#include "common/base/log.h"

/* what was last said about a virtual server */
struct said {
	char *path;
	UT_hash_handle hh;
	char *refusal, *remark;
	uint64_t seen;
};

struct notes {
	struct mock *m;
	struct said *list;
	uint64_t round;
};

struct notes *notes_new(struct mock *m)
{
	struct notes *x = mem_alloc(sizeof(*x));

	x->m = m;
	return x;
}

static bool differs(char **slot, const char *text)
{
	if (str_eq(*slot, text))
		return false;
	free(*slot);
	*slot = mem_strdup(text);
	return true;
}

static void say(struct notes *x, const struct layout_note *n)
{
	struct said *s;
	bool had;

	HASH_FIND_STR(x->list, n->path, s);
	if (!s) {
		s = mem_alloc(sizeof(*s));
		s->path = mem_strdup(n->path);
		HASH_ADD_KEYPTR(hh, x->list, s->path, strlen(s->path), s);
	}
	s->seen = x->round;
	had = s->refusal != NULL;
	if (n->refusal || had) /* always: it may be another object of that name */
		(void)traffic_set_virtual_note(x->m, n->path, n->refusal);
	if (differs(&s->refusal, n->refusal)) {
		if (n->refusal)
			log_warn("traffic.virtual.refused", kv_str("virtual", n->path),
				 kv_str("reason", n->refusal));
		else
			log_info("traffic.virtual.served", kv_str("virtual", n->path));
	}
	if (differs(&s->remark, n->remark) && n->remark)
		log_info("traffic.virtual.differs", kv_str("virtual", n->path),
			 kv_str("how", n->remark));
}

static void forget(struct notes *x, bool all)
{
	struct said *s, *tmp;

	HASH_ITER (hh, x->list, s, tmp) {
		if (!all && s->seen == x->round)
			continue;
		HASH_DEL(x->list, s);
		free(s->path);
		free(s->refusal);
		free(s->remark);
		free(s);
	}
}

void notes_say(struct notes *x, const struct layout *l)
{
	x->round++;
	for (unsigned i = 0; i < l->n_notes; i++)
		say(x, &l->notes[i]);
	forget(x, false);
}

void notes_free(struct notes *x)
{
	if (!x)
		return;
	forget(x, true);
	free(x);
}
