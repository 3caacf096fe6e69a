/* Inside bigip/model: how many objects of a set refer to a path */
#ifndef BIGIP_MODEL_REFS_H
#define BIGIP_MODEL_REFS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Zero-initialise. Only a 64-bit hash of the path is kept, 16 bytes a slot: among 100,000 paths two
 * share one with a chance of 1 in 3 billion, and then an unused object is taken for a used one.
 */
struct refs {
	struct refs_slot {
		uint64_t hash; /* 0: never used */
		size_t n;      /* 0: free for the same hash or the next rebuild */
	} * slots;
	size_t size, used; /* size: 0 or a power of two */
};

void refs_change(struct refs *r, const char *path, size_t len, int by);
size_t refs_count(const struct refs *r, const char *path);
void refs_release(struct refs *r);

#endif
