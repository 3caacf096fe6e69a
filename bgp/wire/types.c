#include "bgp/wire/types.h"

uint16_t bgp_family_afi(enum bgp_family f)
{
	return f == BGP_IPV6 ? 2 : 1;
}

const char *bgp_family_name(enum bgp_family f)
{
	return f == BGP_IPV6 ? "ipv6" : "ipv4";
}

int bgp_family_of(uint16_t afi, uint8_t safi)
{
	if (safi != BGP_SAFI_UNICAST)
		return -1;
	return afi == 1 ? BGP_IPV4 : afi == 2 ? BGP_IPV6 : -1;
}
