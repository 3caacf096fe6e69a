#ifndef BGP_RIB_AGGREGATE_H
#define BGP_RIB_AGGREGATE_H

#include <stddef.h>

#include "common/base/ip.h"

/**
 * bgp_aggregate - the aggregation length option: prefixes longer than these lengths become the
 * prefix of that length that covers them, each once
 * @p: changed in place; sorted afterwards (IPv4 first, by address, then by length)
 * @len_v4, @len_v6: 32 and 128 leave all as they are, but sorted and each once
 *
 * Returns how many are left.
 */
size_t bgp_aggregate(struct ip_prefix *p, size_t n, unsigned len_v4, unsigned len_v6);

/** bgp_prefix_cut - @p with at most @len bits, host bits cleared */
struct ip_prefix bgp_prefix_cut(const struct ip_prefix *p, unsigned len);

#endif
