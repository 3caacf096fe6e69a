/*
 * Memory. Allocation never fails here: when the system has none left the program says so and ends.
 * Every program of this tree is level-triggered and restartable at any moment (see
 * docs/decisions/0001-out-of-memory.md), so a clean end and a restart lose nothing, while thousands
 * of untested error paths would. Sizes that come from outside are capped by their parser before
 * they get here.
 */
#ifndef COMMON_BASE_MEM_H
#define COMMON_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

__attribute__((malloc, returns_nonnull)) void *mem_alloc(size_t size); /* zeroed; free() it */
__attribute__((malloc, returns_nonnull)) void *mem_calloc(
	size_t n, size_t size); /* zeroed, overflow-checked */
__attribute__((returns_nonnull)) void *mem_realloc(void *p, size_t n,
						   size_t size); /* n * size, overflow-checked */
__attribute__((malloc)) char *mem_strdup(const char *s);         /* NULL for NULL */
__attribute__((malloc, returns_nonnull)) char *mem_strndup(const char *s, size_t n);
__attribute__((malloc, returns_nonnull)) void *mem_dup(const void *p, size_t size);
__attribute__((malloc, returns_nonnull, format(printf, 1, 2))) char *mem_printf(const char *fmt,
										...);

/**
 * mem_tune - for a program that runs for months: large buffers are mapped one by one, so that what
 * is freed goes back to the system whatever was allocated after it
 */
void mem_tune(void);

/**
 * mem_trim - give back what a burst of work needed: free pages of the heap, and code and constants
 * of ours and of the libraries, most of which ran once at the start
 *
 * Takes about a millisecond; code that is needed again comes back from the page cache by itself.
 */
void mem_trim(void);

static inline void mem_autofree(void *p)
{
	free(*(void **)p);
}

/* a local that frees itself when it leaves scope */
#define autofree __attribute__((cleanup(mem_autofree)))
/* the same for any type with a release function that takes a pointer to the local */
#define autoclean(fn) __attribute__((cleanup(fn)))

static inline void *mem_move(void *slot)
{
	void *p = *(void **)slot;

	*(void **)slot = NULL;
	return p;
}

/* hand the pointer over and set the local to NULL */
#define move_ptr(p) ((__typeof__(p))mem_move(&(p)))

/* make room for one more element of array @arr with @n used and @cap allocated */
#define mem_grow(arr, n, cap)                                                                      \
	do {                                                                                       \
		if ((n) == (cap)) {                                                                \
			(cap) = (cap) ? (cap)*2 : 4;                                               \
			(arr) = mem_realloc((arr), (cap), sizeof(*(arr)));                         \
		}                                                                                  \
	} while (0)

#define ARRAY_SIZE(a)                   (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/*
 * struct arena - memory that dies together (one decoded snapshot, one plan)
 *
 * Zero-initialise, then arena_*() as needed; arena_release() frees all. Nothing in it is freed
 * alone.
 */
struct arena_block;
struct arena {
	struct arena_block *head;
};

__attribute__((returns_nonnull)) void *arena_alloc(struct arena *a,
						   size_t size); /* zeroed, aligned for any type */
__attribute__((returns_nonnull)) void *arena_calloc(struct arena *a, size_t n, size_t size);
char *arena_strdup(struct arena *a, const char *s); /* NULL for NULL */
__attribute__((returns_nonnull)) char *arena_strndup(struct arena *a, const char *s, size_t n);
__attribute__((returns_nonnull, format(printf, 2, 3))) char *arena_printf(struct arena *a,
									  const char *fmt, ...);
size_t arena_used(const struct arena *a); /* bytes taken from the system */
void arena_release(struct arena *a);

#endif
