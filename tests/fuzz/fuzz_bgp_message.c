/*
 * A BGP byte stream: framer and all decoders. The first byte picks what the session agreed on.
 *
 * What an UPDATE decoder accepted without a complaint is packed again and read back: attributes,
 * next hops and prefixes must be the same. An accepted OPEN must come back as well, and everything
 * must print.
 */
#include <stdint.h>

#include "bgp/wire/framer.h"
#include "bgp/wire/open.h"
#include "bgp/wire/pack.h"
#include "bgp/wire/refresh.h"
#include "bgp/wire/update.h"
#include "common/base/mem.h"
#include "common/base/str.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool yes)
{
	if (!yes)
		abort();
}

static void read_open(struct reader body)
{
	struct bgp_open o, again;
	struct bgp_notification n;
	struct error err;
	struct strbuf out = {0};
	struct bgp_message m;
	uint8_t buf[256], buf2[256];
	struct writer w = wr_init(buf, sizeof(buf)), w2;
	struct reader in;

	if (bgp_open_decode(body, &o, &n, &err) < 0) {
		must(n.code == BGP_ERR_OPEN && err.code == (n.code << 8 | n.subcode));
		bgp_notification_print(&n, &out);
		str_release(&out);
		return;
	}
	bgp_open_print(&o, &out);
	str_release(&out);

	must(bgp_open_encode(&w, &o) == 0);
	in = rd_init(buf, w.len);
	must(bgp_frame_next(&in, BGP_MESSAGE_MAX, &m, NULL, NULL) == BGP_FRAME_MESSAGE);
	must(bgp_open_decode(m.body, &again, NULL, NULL) == 0);
	w2 = wr_init(buf2, sizeof(buf2));
	must(bgp_open_encode(&w2, &again) == 0);
	must(w.len == w2.len && memcmp(buf, buf2, w.len) == 0);
	must(o.as == again.as && o.id == again.id && o.hold_s == again.hold_s);
}

/* pack the run with @a, read that, and compare */
static void send_back(const struct bgp_run *run, const struct bgp_attrs *a,
		      const struct bgp_agreed *s)
{
	size_t cap = 4 * (size_t)BGP_EXTENDED_MESSAGE_MAX;
	autofree uint8_t *buf = mem_alloc(cap);
	struct writer w = wr_init(buf, cap);
	struct arena mem = {0};
	struct reader nlri = run->nlri, in;
	struct bgp_packer p;
	struct bgp_message m;
	struct bgp_update u;
	struct ip_prefix prefix, back;
	uint32_t n = 0;

	if (bgp_pack_begin(&p, &w, s, run->family, run->withdraw ? NULL : a, &run->next_hop) !=
	    BGP_PACK_READY)
		return; /* attributes that only fitted because they were shorter there */
	while (bgp_nlri_next(&nlri, run->family, &prefix) && bgp_pack_add(&p, &prefix))
		n++;
	must(bgp_pack_end(&p) == n && n > 0);
	in = rd_init(buf, w.len);
	must(bgp_frame_next(&in, s->max_len, &m, NULL, NULL) == BGP_FRAME_MESSAGE);
	must(bgp_update_decode(m.body, s, &mem, &u, NULL, NULL) == 0);
	must(u.complaint[0] == '\0' && u.n_runs == 1 && u.runs[0].n == n);
	must(u.runs[0].withdraw == run->withdraw && u.runs[0].family == run->family);
	must(run->withdraw || bgp_attrs_equal(&u.attrs, a));
	must(run->withdraw || bgp_next_hop_equal(&u.runs[0].next_hop, &run->next_hop));
	nlri = run->nlri;
	while (bgp_nlri_next(&u.runs[0].nlri, run->family, &back)) {
		must(bgp_nlri_next(&nlri, run->family, &prefix));
		must(memcmp(&back, &prefix, sizeof(back)) == 0);
	}
	arena_release(&mem);
}

static void read_update(struct reader body, const struct bgp_agreed *s)
{
	struct bgp_notification n;
	struct bgp_update u, checked;
	struct arena mem = {0};
	struct strbuf out = {0};
	struct error err;
	int rc = bgp_update_decode(body, s, &mem, &u, &n, &err);
	/* the same body read without keeping the attributes: the verdict may not differ */
	int rc_checked = bgp_update_decode(body, s, NULL, &checked, NULL, NULL);

	must(rc == rc_checked);
	if (rc < 0) {
		must(n.code == BGP_ERR_UPDATE && err.code == (n.code << 8 | n.subcode));
		must(n.subcode >= BGP_UPDATE_MALFORMED_LIST && n.subcode <= BGP_UPDATE_BAD_AS_PATH);
		arena_release(&mem);
		return;
	}
	must(strcmp(u.complaint, checked.complaint) == 0 && u.n_runs == checked.n_runs);
	must(u.treated_as_withdraw == checked.treated_as_withdraw);
	bgp_update_print(&u, &out);
	str_release(&out);
	for (unsigned i = 0; i < u.n_runs; i++) {
		must(!u.treated_as_withdraw || u.runs[i].withdraw);
		send_back(&u.runs[i], &u.attrs, s);
	}
	if (u.n_runs > 0 && !u.treated_as_withdraw) {
		struct bgp_attrs *copy = bgp_attrs_dup(&u.attrs), *twice = bgp_attrs_dup(copy);

		must(bgp_attrs_equal(copy, twice) && bgp_attrs_hash(copy) == bgp_attrs_hash(twice));
		free(copy);
		free(twice);
	}
	arena_release(&mem);
}

static void read_notification(struct reader body)
{
	struct bgp_notification n, again;
	struct strbuf out = {0};
	struct bgp_message m;
	uint8_t buf[BGP_MESSAGE_MAX];
	struct writer w = wr_init(buf, sizeof(buf));
	struct reader in;

	must(bgp_notification_decode(body, &n) == 0);
	bgp_notification_print(&n, &out);
	for (size_t i = 0; i < out.len; i++)
		must((uint8_t)out.data[i] >= 0x20 && out.data[i] != 0x7f);
	str_release(&out);
	must(bgp_notification_encode(&w, &n) == 0);
	in = rd_init(buf, w.len);
	must(bgp_frame_next(&in, BGP_MESSAGE_MAX, &m, NULL, NULL) == BGP_FRAME_MESSAGE);
	must(bgp_notification_decode(m.body, &again) == 0);
	must(n.len == again.len && memcmp(n.data, again.data, n.len) == 0);
	bgp_notification_harden(&n);
	must(n.len <= sizeof(n.data));
}

static void read_refresh(const struct bgp_message *m, const struct bgp_agreed *s)
{
	struct strbuf out = {0};
	struct bgp_refresh r;

	if (bgp_refresh_decode(m, s, &r, NULL, NULL) < 0)
		return;
	bgp_refresh_print(&r, &out);
	str_release(&out);
}

static void read_message(const struct bgp_message *m, const struct bgp_agreed *s)
{
	switch (m->type) {
	case BGP_OPEN:
		read_open(m->body);
		break;
	case BGP_UPDATE:
		read_update(m->body, s);
		break;
	case BGP_NOTIFICATION:
		read_notification(m->body);
		break;
	case BGP_KEEPALIVE:
		must(m->body.left == 0);
		break;
	case BGP_ROUTE_REFRESH:
		read_refresh(m, s);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bgp_agreed s;
	struct bgp_notification n;
	struct bgp_message m;
	struct reader in;
	enum bgp_frame got;
	struct error err;
	autofree uint8_t *exact = mem_dup(data, size); /* a read past the end is seen anywhere */

	if (size < 1)
		return 0;
	s = (struct bgp_agreed){.max_len = data[0] & 1 ? 65535 : 4096,
				.as4 = data[0] & 2,
				.ibgp = data[0] & 4,
				.ipv4_over_ipv6 = data[0] & 8,
				.enhanced_refresh = data[0] & 16,
				.families = data[0] >> 6 ? data[0] >> 6 : 3};
	in = rd_init(exact + 1, size - 1);
	while ((got = bgp_frame_next(&in, s.max_len, &m, &n, &err)) == BGP_FRAME_MESSAGE)
		read_message(&m, &s);
	if (got == BGP_FRAME_BROKEN)
		must(n.code == BGP_ERR_HEADER && err.code == (n.code << 8 | n.subcode));
	return 0;
}
