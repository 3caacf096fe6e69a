/*
 * Reading and writing bytes of a network protocol, in network order
 *
 * Both are values on the stack over memory of somebody else. The first read past the end sets
 * @bad; that read and all later ones give 0, so a parser reads like the figure of its RFC and
 * checks @bad (or rd_done()) where it matters. A length field makes a sub-reader, which cannot see
 * past it. The writer mirrors this: what does not fit sets @bad and nothing is written any more;
 * length fields are left open and filled in at the end.
 */
#ifndef COMMON_BASE_RW_H
#define COMMON_BASE_RW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
	const uint8_t *pos; /* borrowed */
	size_t left;
	bool bad;
};

static inline struct reader rd_init(const void *bytes, size_t len)
{
	return (struct reader){.pos = (const uint8_t *)bytes, .left = len};
}

/** rd_bytes - the next @len bytes, borrowed from the input; NULL if they are not there (and for
 * @len 0 of an empty reader made of NULL) */
static inline const uint8_t *rd_bytes(struct reader *r, size_t len)
{
	const uint8_t *p = r->pos;

	if (r->bad || len > r->left) {
		r->bad = true;
		r->left = 0;
		return NULL;
	}
	if (len > 0)
		r->pos += len;
	r->left -= len;
	return p;
}

static inline uint8_t rd_u8(struct reader *r)
{
	const uint8_t *p = rd_bytes(r, 1);

	return p ? p[0] : 0;
}

static inline uint16_t rd_be16(struct reader *r)
{
	const uint8_t *p = rd_bytes(r, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t rd_be32(struct reader *r)
{
	const uint8_t *p = rd_bytes(r, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

static inline uint64_t rd_be64(struct reader *r)
{
	uint64_t high = rd_be32(r), low = rd_be32(r);

	return r->bad ? 0 : high << 32 | low;
}

/** rd_sub - the next @len bytes as a reader of their own; an empty bad one if they are not there */
static inline struct reader rd_sub(struct reader *r, size_t len)
{
	const uint8_t *p = rd_bytes(r, len);

	return (struct reader){.pos = p, .left = r->bad ? 0 : len, .bad = r->bad};
}

/** rd_copy - the next @len bytes to @dst, which is left alone if they are not there */
static inline void rd_copy(struct reader *r, void *dst, size_t len)
{
	const uint8_t *p = rd_bytes(r, len);

	if (p && len > 0)
		memcpy(dst, p, len);
}

/** rd_done - read to the end, and not past it */
static inline bool rd_done(const struct reader *r)
{
	return !r->bad && r->left == 0;
}

struct writer {
	uint8_t *buf; /* borrowed */
	size_t len, cap;
	bool bad; /* something did not fit; @len is where it stopped */
};

static inline struct writer wr_init(void *buf, size_t cap)
{
	return (struct writer){.buf = (uint8_t *)buf, .cap = cap};
}

/** wr_room - space for @len bytes to be filled by the caller at once; NULL (and bad) if there is
 * none */
static inline uint8_t *wr_room(struct writer *w, size_t len)
{
	uint8_t *p;

	if (w->bad || len > w->cap - w->len) {
		w->bad = true;
		return NULL;
	}
	p = w->buf + w->len;
	w->len += len;
	return p;
}

static inline void wr_u8(struct writer *w, uint8_t v)
{
	uint8_t *p = wr_room(w, 1);

	if (p)
		p[0] = v;
}

static inline void wr_be16(struct writer *w, uint16_t v)
{
	uint8_t *p = wr_room(w, 2);

	if (p) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void wr_be32(struct writer *w, uint32_t v)
{
	wr_be16(w, (uint16_t)(v >> 16));
	wr_be16(w, (uint16_t)v);
}

static inline void wr_be64(struct writer *w, uint64_t v)
{
	wr_be32(w, (uint32_t)(v >> 32));
	wr_be32(w, (uint32_t)v);
}

void wr_bytes(struct writer *w, const void *bytes, size_t len);

/**
 * wr_hole8, wr_hole16 - leave room for a length field; returns where, for wr_fill*()
 * wr_fill8, wr_fill16 - set it to the number of bytes written after the field; bad if that is more
 *                       than the field can say
 */
size_t wr_hole8(struct writer *w);
size_t wr_hole16(struct writer *w);
void wr_fill8(struct writer *w, size_t hole);
void wr_fill16(struct writer *w, size_t hole);

/** wr_patch_be16 - overwrite two bytes at @at that were written before; nothing if bad */
void wr_patch_be16(struct writer *w, size_t at, uint16_t v);

/** wr_rewind - forget what was written after @len (a former w->len), and that it was bad */
void wr_rewind(struct writer *w, size_t len);

#endif
