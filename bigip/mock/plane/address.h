/* address.h - addresses of this machine: may one be used, add it to an interface */
#ifndef BIGIP_MOCK_PLANE_ADDRESS_H
#define BIGIP_MOCK_PLANE_ADDRESS_H

#include <stdbool.h>

#include "common/base/err.h"
#include "common/base/ip.h"

/** address_try - can a TCP socket be bound to it? 0 or an errno; @transparent: need not be ours */
int address_try(const struct ip_addr *a, uint16_t port, bool transparent);
/** address_may_transparent - have we the privilege for foreign addresses? */
bool address_may_transparent(void);
/** address_change - add to or remove from interface @dev, as a host address; there already, or gone
 * already, is success; *ret_changed says whether we did it */
int address_change(const char *dev, const struct ip_addr *a, bool add, bool *ret_changed,
		   struct error *err);

#endif
