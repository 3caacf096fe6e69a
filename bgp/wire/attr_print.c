/* Attributes and UPDATEs in words, one line each, for logs and status. */
#include "bgp/wire/update.h"

#include "common/base/str.h"

const char *bgp_origin_name(uint8_t origin)
{
	static const char *const names[] = {"IGP", "EGP", "incomplete"};

	return origin < ARRAY_SIZE(names) ? names[origin] : "unknown";
}

static void print_id(uint32_t id, struct strbuf *out)
{
	str_addf(out, "%u.%u.%u.%u", id >> 24, id >> 16 & 0xff, id >> 8 & 0xff, id & 0xff);
}

static void print_communities(const struct bgp_attrs *a, struct strbuf *out)
{
	if (a->n_communities)
		str_add(out, ", communities");
	for (size_t i = 0; i < a->n_communities; i++) {
		str_add_char(out, ' ');
		bgp_community_print(a->communities[i], out);
	}
	if (a->n_ext_communities)
		str_add(out, ", extended communities");
	for (size_t i = 0; i < a->n_ext_communities; i++) {
		str_add_char(out, ' ');
		bgp_ext_community_print(a->ext_communities[i], out);
	}
	if (a->n_large_communities)
		str_add(out, ", large communities");
	for (size_t i = 0; i < a->n_large_communities; i++) {
		str_add_char(out, ' ');
		bgp_large_community_print(&a->large_communities[i], out);
	}
}

static void print_reflection(const struct bgp_attrs *a, struct strbuf *out)
{
	if (bgp_attrs_has(a, BGP_ATTR_ORIGINATOR_ID)) {
		str_add(out, ", originator ");
		print_id(a->originator_id, out);
	}
	if (a->n_cluster_list)
		str_add(out, ", clusters");
	for (size_t i = 0; i < a->n_cluster_list; i++) {
		str_add_char(out, ' ');
		print_id(a->cluster_list[i], out);
	}
}

void bgp_attrs_print(const struct bgp_attrs *a, struct strbuf *out)
{
	str_addf(out, "origin %s, AS path ",
		 bgp_attrs_has(a, BGP_ATTR_ORIGIN) ? bgp_origin_name(a->origin) : "none");
	if (!bgp_attrs_has(a, BGP_ATTR_AS_PATH))
		str_add(out, "none");
	else if (a->as_path.len == 0)
		str_add(out, "empty");
	else
		bgp_as_path_print(a->as_path, out);
	if (bgp_attrs_has(a, BGP_ATTR_LOCAL_PREF))
		str_addf(out, ", local preference %u", a->local_pref);
	if (bgp_attrs_has(a, BGP_ATTR_MED))
		str_addf(out, ", MED %u", a->med);
	if (bgp_attrs_has(a, BGP_ATTR_ATOMIC_AGGREGATE))
		str_add(out, ", atomic aggregate");
	if (bgp_attrs_has(a, BGP_ATTR_AGGREGATOR)) {
		str_addf(out, ", aggregator AS %u ", a->aggregator_as);
		print_id(a->aggregator_id, out);
	}
	print_communities(a, out);
	print_reflection(a, out);
	if (a->unknown_len)
		str_addf(out, ", %zu bytes of unknown attributes", a->unknown_len);
}

void bgp_next_hop_print(const struct bgp_next_hop *nh, struct strbuf *out)
{
	char text[IP_TEXT_MAX];

	str_add(out, ip_format(&nh->global, text));
	if (nh->link_local.family)
		str_addf(out, " %s", ip_format(&nh->link_local, text));
}

static void print_run(const struct bgp_run *run, struct strbuf *out)
{
	enum { SHOWN = 10 };
	struct reader nlri = run->nlri;
	struct ip_prefix p;
	char text[IP_TEXT_MAX];

	str_add(out, run->withdraw ? "withdraw" : "announce");
	for (int i = 0; i < SHOWN && bgp_nlri_next(&nlri, run->family, &p); i++)
		str_addf(out, " %s", ip_format_prefix(&p, text));
	if (run->n > SHOWN)
		str_addf(out, " and %u more", run->n - SHOWN);
	if (!run->withdraw) {
		str_add(out, " via ");
		bgp_next_hop_print(&run->next_hop, out);
	}
}

static void separate(struct strbuf *out, size_t start)
{
	if (out->len > start)
		str_add(out, "; ");
}

void bgp_update_print(const struct bgp_update *u, struct strbuf *out)
{
	size_t start = out->len;

	if (u->end_of_rib >= 0)
		str_addf(out, "End-of-RIB %s", bgp_family_name((enum bgp_family)u->end_of_rib));
	for (unsigned i = 0; i < u->n_runs; i++) {
		separate(out, start);
		print_run(&u->runs[i], out);
	}
	if (u->attrs.has) {
		separate(out, start);
		bgp_attrs_print(&u->attrs, out);
	}
	if (u->complaint[0]) {
		separate(out, start);
		str_add(out, u->complaint);
	}
}
