/*
 * framer - cuts a watch stream into its lines, one JSON event each. Pure.
 */
#ifndef CONTROLLER_KUBE_FRAMER_H
#define CONTROLLER_KUBE_FRAMER_H

#include <stdbool.h>
#include <stddef.h>

enum kube_frame { KUBE_FRAME_MORE, KUBE_FRAME_ITEM, KUBE_FRAME_BROKEN };

/* zero-initialise, with @max set; kube_framer_release() at the end */
struct kube_framer {
	size_t max; /* bytes of one event; a longer one breaks the stream */
	char *part; /* the beginning of an event that has not ended yet */
	size_t len, cap;
	bool given; /* @part was handed out as an item */
	bool broken;
};

/**
 * kube_framer_next - the next event of the bytes at *@data
 * @data, @len: moved forward over what was used; keep calling until the answer is not
 * KUBE_FRAME_ITEM
 * @ret, @ret_len: the event without its newline, never empty; points into *@data or the framer,
 * valid until the next call
 *
 * An event that fits in the bytes given is not copied. KUBE_FRAME_BROKEN is for good.
 */
enum kube_frame kube_framer_next(struct kube_framer *f, const char **data, size_t *len,
				 const char **ret, size_t *ret_len);

/** kube_framer_pending - bytes of an event that has begun but not ended: a stream that ends now was
 * cut */
size_t kube_framer_pending(const struct kube_framer *f);
void kube_framer_release(struct kube_framer *f);

#endif
