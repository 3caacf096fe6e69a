/*
 * The watch stream framer against a naive second version: split at newlines. The first byte of the
 * input picks the size of the pieces. A page cut into items (list.h) is read from the same bytes:
 * it must only stay within them.
 */
#include <stdint.h>

#include "common/base/mem.h"
#include "controller/kube/framer.h"
#include "controller/kube/list.h"

enum { CAP = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* the next line of @at that is not blank; NULL at the end; *ret_broken when one is above the cap */
static const char *naive_next(const char **at, const char *end, size_t *ret_len, int *ret_broken)
{
	while (*at < end) {
		const char *line = *at, *nl = memchr(line, '\n', (size_t)(end - line));
		size_t len = (size_t)((nl ? nl : end) - line), i = 0;

		*at = nl ? nl + 1 : end;
		if (len > CAP) {
			*ret_broken = 1;
			return NULL;
		}
		while (i < len && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r'))
			i++;
		if (nl && i < len) {
			*ret_len = len;
			return line;
		}
	}
	return NULL;
}

static void frame(const char *text, size_t size, size_t piece_max)
{
	struct kube_framer f = {.max = CAP};
	const char *naive = text, *end = text + size;
	enum kube_frame answer = KUBE_FRAME_MORE;
	size_t want_len = 0;
	int want_broken = 0;

	for (size_t at = 0; at < size && answer != KUBE_FRAME_BROKEN; at += piece_max) {
		size_t len = size - at < piece_max ? size - at : piece_max, item_len;
		autofree char *piece = mem_dup(text + at, len);
		const char *pos = piece, *item;

		while ((answer = kube_framer_next(&f, &pos, &len, &item, &item_len)) ==
		       KUBE_FRAME_ITEM) {
			const char *want = naive_next(&naive, end, &want_len, &want_broken);

			if (!want || want_len != item_len || memcmp(want, item, item_len) != 0)
				abort();
		}
	}
	if (naive_next(&naive, end, &want_len, &want_broken) ||
	    want_broken != (answer == KUBE_FRAME_BROKEN))
		abort();
	kube_framer_release(&f);
}

static void cut_list(const char *text, size_t size)
{
	autofree char *exact = mem_dup(text, size);
	struct kube_list l;
	struct error err;
	const char *item;
	size_t len;

	if (kube_list_open(exact, size, &l, &err) < 0)
		return;
	while (kube_list_next(&l, &item, &len, &err) > 0)
		if (item < exact || item + len > exact + size || len == 0)
			abort();
	kube_list_release(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	frame((const char *)data + 1, size - 1, 1 + data[0] % 100);
	cut_list((const char *)data + 1, size - 1);
	return 0;
}
