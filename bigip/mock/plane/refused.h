/* refused.h - virtual servers that cannot be served now, and why, until the reason is gone */
#ifndef BIGIP_MOCK_PLANE_REFUSED_H
#define BIGIP_MOCK_PLANE_REFUSED_H

#include "bigip/mock/plane/layout.h"

struct refusals;

struct refusals *refusals_new(void);
void refusals_free(struct refusals *r); /* NULL is fine */

/** refusals_get - for layout_world.refused */
const char *refusals_get(struct refusals *r, const struct layout_proxy *p);
/** refusals_check - try the addresses of @p; returns true when it is refused now */
bool refusals_check(struct refusals *r, const struct layout_proxy *p, bool transparent);
/** refusals_add - HAProxy did not like it; holds as long as its configuration is the same, but not
 * longer than a minute */
void refusals_add(struct refusals *r, const struct layout_proxy *p, const char *reason, size_t len,
		  uint64_t now_ms);
/** refusals_retry - try again what may work by now; true: some do */
bool refusals_retry(struct refusals *r, bool transparent, uint64_t now_ms);

#endif
