#include "controller/kube/framer.h"

#include "common/base/mem.h"

enum { KEEP_BYTES = 65536 }; /* a larger buffer is given back once its event has been used */

static void forget(struct kube_framer *f)
{
	f->len = 0;
	f->given = false;
	if (f->cap > KEEP_BYTES) {
		free(f->part);
		f->part = NULL;
		f->cap = 0;
	}
}

static void append(struct kube_framer *f, const char *data, size_t len)
{
	if (f->cap - f->len < len) {
		f->cap = f->len + len > 2 * f->cap ? f->len + len : 2 * f->cap;
		f->part = mem_realloc(f->part, f->cap, 1);
	}
	memcpy(f->part + f->len, data, len);
	f->len += len;
}

static enum kube_frame broken(struct kube_framer *f)
{
	f->broken = true;
	forget(f);
	return KUBE_FRAME_BROKEN;
}

static bool blank(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (s[i] != ' ' && s[i] != '\t' && s[i] != '\r')
			return false;
	return true;
}

enum kube_frame kube_framer_next(struct kube_framer *f, const char **data, size_t *len,
				 const char **ret, size_t *ret_len)
{
	if (f->given)
		forget(f);
	while (!f->broken && *len > 0) {
		const char *start = *data, *end = memchr(start, '\n', *len);
		size_t n = end ? (size_t)(end - start) : *len;

		if (f->len + n > f->max)
			return broken(f);
		*data += n + (end != NULL);
		*len -= n + (end != NULL);
		if (f->len == 0 && end) { /* whole in the input: no copy */
			if (blank(start, n))
				continue;
			*ret = start;
			*ret_len = n;
			return KUBE_FRAME_ITEM;
		}
		append(f, start, n);
		if (!end)
			return KUBE_FRAME_MORE;
		if (blank(f->part, f->len)) {
			forget(f);
			continue;
		}
		*ret = f->part;
		*ret_len = f->len;
		f->given = true;
		return KUBE_FRAME_ITEM;
	}
	return f->broken ? KUBE_FRAME_BROKEN : KUBE_FRAME_MORE;
}

size_t kube_framer_pending(const struct kube_framer *f)
{
	return f->given ? 0 : f->len;
}

void kube_framer_release(struct kube_framer *f)
{
	free(f->part);
	*f = (struct kube_framer){.max = f->max};
}
