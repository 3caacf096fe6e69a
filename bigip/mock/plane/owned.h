/* owned.h - addresses that we have put on an interface, and take away when they are not used */
#ifndef BIGIP_MOCK_PLANE_OWNED_H
#define BIGIP_MOCK_PLANE_OWNED_H

#include "bigip/mock/plane/layout.h"

struct owned;

struct owned *owned_new(const char *device); /* NULL: never add any */
/** owned_add - virtual and SNAT addresses of @l that this machine has not */
void owned_add(struct owned *o, const struct layout *l);
/** owned_keep - remove what @l (NULL: nobody) does not use */
void owned_keep(struct owned *o, const struct layout *l);
void owned_free(struct owned *o); /* removes nothing; NULL is fine */

#endif
