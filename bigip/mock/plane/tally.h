/* tally.h - counters that go on when HAProxy's begin again at zero */
#ifndef BIGIP_MOCK_PLANE_TALLY_H
#define BIGIP_MOCK_PLANE_TALLY_H

#include "bigip/mock/plane/layout.h"
#include "common/base/err.h"

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally *t); /* NULL is fine */
/** tally_rebase - the next numbers come from another process */
void tally_rebase(struct tally *t);
/** tally_update - the answer of "show stat" goes to @m; what @l does not have is left out and
 * forgotten */
int tally_update(struct tally *t, const struct layout *l, const char *csv, struct mock *m,
		 struct error *err);

#endif
