#include "common/base/rw.h"

void wr_bytes(struct writer *w, const void *bytes, size_t len)
{
	uint8_t *p = wr_room(w, len);

	if (p && len > 0)
		memcpy(p, bytes, len);
}

size_t wr_hole8(struct writer *w)
{
	size_t at = w->len;

	wr_u8(w, 0);
	return at;
}

size_t wr_hole16(struct writer *w)
{
	size_t at = w->len;

	wr_be16(w, 0);
	return at;
}

void wr_fill8(struct writer *w, size_t hole)
{
	if (w->bad)
		return;
	if (w->len - hole - 1 > UINT8_MAX)
		w->bad = true;
	else
		w->buf[hole] = (uint8_t)(w->len - hole - 1);
}

void wr_fill16(struct writer *w, size_t hole)
{
	if (w->bad)
		return;
	if (w->len - hole - 2 > UINT16_MAX)
		w->bad = true;
	else
		wr_patch_be16(w, hole, (uint16_t)(w->len - hole - 2));
}

void wr_patch_be16(struct writer *w, size_t at, uint16_t v)
{
	if (w->bad)
		return;
	w->buf[at] = (uint8_t)(v >> 8);
	w->buf[at + 1] = (uint8_t)v;
}

void wr_rewind(struct writer *w, size_t len)
{
	w->len = len;
	w->bad = false;
}
