/* open addressing with linear probing; a path whose count fell to zero keeps its slot until the
 * next rebuild */
#include "bigip/model/refs.h"

#include "common/base/mem.h"

static uint64_t hash_of(const char *s, size_t len)
{
	uint64_t h = 14695981039346656037ull;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)s[i]) * 1099511628211ull; /* FNV-1a */
	return h ? h : 1;
}

static struct refs_slot *slot_of(const struct refs *r, uint64_t hash)
{
	size_t i = (size_t)(hash ^ hash >> 32) & (r->size - 1);

	while (r->slots[i].hash && r->slots[i].hash != hash)
		i = (i + 1) & (r->size - 1);
	return &r->slots[i];
}

/* make room for one more: at most half full */
static void reserve(struct refs *r)
{
	struct refs old = *r;
	size_t alive = 0;

	if ((r->used + 1) * 2 <= r->size)
		return;
	for (size_t i = 0; i < old.size; i++)
		alive += old.slots[i].n > 0;
	r->size = 16;
	while (r->size < (alive + 1) * 4)
		r->size *= 2;
	r->slots = mem_calloc(r->size, sizeof(*r->slots));
	r->used = alive;
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].n)
			*slot_of(r, old.slots[i].hash) = old.slots[i];
	free(old.slots);
}

void refs_change(struct refs *r, const char *path, size_t len, int by)
{
	uint64_t hash = hash_of(path, len);
	struct refs_slot *slot;

	reserve(r);
	slot = slot_of(r, hash);
	if (!slot->hash) {
		slot->hash = hash;
		r->used++;
	}
	slot->n += (size_t)by;
}

size_t refs_count(const struct refs *r, const char *path)
{
	return r->size ? slot_of(r, hash_of(path, strlen(path)))->n : 0;
}

void refs_release(struct refs *r)
{
	free(r->slots);
	*r = (struct refs){0};
}
