/* All kinds in one table, in the order in which organising URIs list them. */
#include "bigip/mock/kind.h"

#include "common/base/mem.h"

static struct mock_kind *const plain[] = {
	&kind_partition,
	&kind_device,
	&kind_device_group,
	&kind_traffic_group,
	&kind_data_group,
	&kind_default_node_monitor,
	&kind_node,
	&kind_policy,
	&kind_strategy,
	&kind_pool,
	&kind_rule,
	&kind_snat_translation,
	&kind_snatpool,
	&kind_virtual,
	&kind_virtual_address,
	&kind_arp,
	&kind_fdb_tunnel,
	&kind_route,
	&kind_route_domain,
	&kind_self,
	&kind_tunnel,
	&kind_vlan,
	&kind_service,
	&kind_template,
	&kind_db,
	&kind_folder,
	&kind_provision,
};

static struct mock_kind *table[96];
struct mock_kind *const *kinds_all(void)
{
	struct mock_kind *const *const groups[] = {kinds_monitor, kinds_profile, kinds_persistence,
						   kinds_tunnel_profile};
	unsigned n = 0;

	if (table[0])
		return table;
	for (size_t i = 0; i < ARRAY_SIZE(plain); i++)
		table[n++] = plain[i];
	for (size_t g = 0; g < ARRAY_SIZE(groups); g++) {
		for (unsigned i = 0; groups[g][i]; i++)
			table[n++] = groups[g][i];
	}
	return table;
}
