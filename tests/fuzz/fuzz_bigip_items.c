/* a collection cut into items: the pieces it arrives in must not matter, and every byte of an item
 * must be one of the input */
#include <assert.h>
#include <stdint.h>

#include "bigip/rest/items.h"
#include "common/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int collect(void *ctx, const char *text, size_t len, struct error *err)
{
	assert(len > 1 && text[0] == '{');
	str_add_mem(ctx, text, len);
	str_add_char(ctx, '\n');
	return 0;
}

static int scan(const char *data, size_t size, size_t piece, struct strbuf *out, char **next)
{
	struct bigip_items s;
	struct error err = {0};
	int r = 0;

	bigip_items_init(&s, collect, out);
	for (size_t i = 0; i < size && r == 0; i += piece)
		r = bigip_items_feed(&s, data + i, size - i < piece ? size - i : piece, &err);
	if (r == 0)
		r = bigip_items_end(&s, next, &err);
	assert((r == 0) == (err.kind == ERR_NONE));
	bigip_items_release(&s);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct strbuf whole = {0}, pieces = {0};
	char *next_whole = NULL, *next_pieces = NULL;
	size_t piece = size ? data[0] % 7 + 1 : 1;
	int r;

	if (size == 0)
		return 0;
	r = scan((const char *)data + 1, size - 1, size, &whole, &next_whole);
	assert(scan((const char *)data + 1, size - 1, piece, &pieces, &next_pieces) == r);
	if (r == 0) {
		assert(str_eq(str_get(&whole), str_get(&pieces)));
		assert(str_eq(next_whole, next_pieces));
	}
	str_release(&whole);
	str_release(&pieces);
	free(next_whole);
	free(next_pieces);
	return 0;
}
