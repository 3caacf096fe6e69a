/*
 * items - cut a collection's reply into its items while it arrives. Pure.
 *
 * A partition with thousands of pools is tens of megabytes of JSON; as one tree it would be ten
 * times that. So the bytes are scanned once, each element of the top-level "items" array is handed
 * over as a text of its own, and what is left ({"kind":...,"items":[],"nextLink":...}) is a small
 * document. The scan only finds where things end; the texts are checked by whoever parses them.
 */
#ifndef BIGIP_REST_ITEMS_H
#define BIGIP_REST_ITEMS_H

#include <stdint.h>

#include "common/base/err.h"
#include "common/base/str.h"

enum { BIGIP_ITEM_MAX = 16 << 20, BIGIP_ITEMS_HEAD_MAX = 64 << 10 };

struct bigip_items {
	/* one element; return < 0 (with @err) to end the scan. NULL: elements are skipped */
	int (*on_item)(void *ctx, const char *text, size_t len, struct error *err);
	void *ctx;
	struct strbuf head, item;
	char key[8]; /* the last string at depth 1, if it fits: is it "items"? */
	unsigned key_len, depth;
	bool in_string, escaped, in_items;
};

void bigip_items_init(struct bigip_items *s,
		      int (*on_item)(void *ctx, const char *text, size_t len, struct error *err),
		      void *ctx);
void bigip_items_release(struct bigip_items *s);

/** bigip_items_feed - the next bytes; returns 0, or -1 (then feed nothing more) */
int bigip_items_feed(struct bigip_items *s, const char *data, size_t len, struct error *err);

/**
 * bigip_items_end - all bytes are there
 * @ret_next: the path and query of "nextLink" ("/mgmt/tm/..."), given; NULL if there is none
 *
 * Returns 0, or -1 when the whole was not one JSON object or nextLink leads out of /mgmt/tm/.
 */
int bigip_items_end(struct bigip_items *s, char **ret_next, struct error *err);

#endif
