/* Random attribute sets, next hops and prefixes for the tests of packing and fuzzing alike. */
#ifndef TESTS_UNIT_BGP_RANDOM_ATTRS_H
#define TESTS_UNIT_BGP_RANDOM_ATTRS_H

#include "bgp/wire/update.h"

/** random_attrs - always with ORIGIN and AS_PATH; arrays in @mem, in any order */
struct bgp_attrs random_attrs(struct arena *mem);
struct bgp_next_hop random_next_hop(unsigned family); /* 4 or 6 */
struct ip_prefix random_prefix(enum bgp_family family);

#endif
