/* Collections with filter, paging and selection, and organising URIs (API notes 2.2, 2.5). */
#include "bigip/mock/rest.h"
#include "common/base/mem.h"

static bool in_partition(const struct mock_obj *o, const char *partition)
{
	size_t n = strlen(partition);

	return o->folder[0] == '/' && !strncmp(o->folder + 1, partition, n) &&
	       (o->folder[n + 1] == '\0' || o->folder[n + 1] == '/');
}

static void collection_link(const struct mock_target *t, struct strbuf *out)
{
	const struct mock_obj *parent = rest_target_parent(t);

	str_add(out, "https://localhost/mgmt/tm/");
	if (parent) {
		render_link(parent, out);
		str_add_char(out, '/');
	}
	str_add(out, t->kind->uri);
}

struct window {
	unsigned long from, to, total; /* [from, to) of total */
};

static void paging(const struct mock *m, const struct mock_target *t, const struct rest_query *q,
		   const struct window *w, struct strbuf *out)
{
	unsigned long top = q->top > 0 ? (unsigned long)q->top : w->total, size = w->to - w->from;
	bool grows = m->set.quirks & MOCK_QUIRK_PAGING_TOP_GROWS;
	unsigned long page = top;

	if (grows && q->skip > 0)
		page = top > (unsigned long)q->skip ? top - (unsigned long)q->skip : 0;
	if (!page)
		page = 1;
	str_addf(out,
		 ",\"currentItemCount\":%lu,\"itemsPerPage\":%lu,\"pageIndex\":%lu,\"startIndex\":%"
		 "lu,"
		 "\"totalItems\":%lu,\"totalPages\":%lu",
		 size, page, w->from / page + 1, w->from + 1, w->total,
		 (w->total + page - 1) / page);
	for (int back = 0; back < 2; back++) {
		unsigned long skip = back ? (w->from > page ? w->from - page : 0) : w->to;

		if (back ? w->from == 0 : w->to >= w->total)
			continue;
		str_add(out, back ? ",\"previousLink\":\"" : ",\"nextLink\":\"");
		collection_link(t, out);
		str_addf(out, "?%%24top=%lu&%%24skip=%lu", grows ? skip + page : page, skip);
		if (q->expand)
			str_add(out, "&expandSubcollections=true");
		if (q->filter_partition) {
			str_add(out, "&%24filter=partition+eq+");
			rest_echo(q->filter_partition, out);
		}
		str_addf(out, "&ver=%s\"", q->ver);
	}
}

void rest_collection(struct mock *m, const struct mock_target *t, const struct rest_query *q,
		     struct mock_obj *const *list, unsigned n, struct mock_reply *ret)
{
	struct strbuf *out = &ret->body;
	struct window w = {0};
	bool paged = q->top >= 0 || q->skip > 0, any = false;
	unsigned long seen = 0;

	for (unsigned i = 0; i < n; i++)
		w.total += !q->filter_partition || in_partition(list[i], q->filter_partition);
	w.from = q->skip > 0 ? (unsigned long)q->skip : 0;
	w.to = w.total;
	if (q->top >= 0 && (m->set.quirks & MOCK_QUIRK_PAGING_TOP_GROWS))
		w.to = (unsigned long)q->top;
	else if (q->top >= 0)
		w.to = w.from + (unsigned long)q->top;
	if (w.to > w.total)
		w.to = w.total;
	if (w.from > w.to)
		w.from = w.to;

	rest_json(ret);
	str_addf(out, "{\"kind\":\"%s\",\"selfLink\":\"", t->kind->collection_kind);
	collection_link(t, out);
	str_addf(out, "?%s%sver=%s\"", str_get(&q->echo), q->echo.len ? "&" : "", q->ver);
	if (paged)
		paging(m, t, q, &w, out);
	if (w.to > w.from || !(m->set.quirks & MOCK_QUIRK_EMPTY_NO_ITEMS)) {
		str_add(out, ",\"items\":[");
		for (unsigned i = 0; i < n && seen < w.to; i++) {
			if (q->filter_partition && !in_partition(list[i], q->filter_partition))
				continue;
			if (seen++ < w.from)
				continue;
			if (any)
				str_add_char(out, ',');
			any = true;
			render_item(m, list[i], q->ver, q->expand, q->select, out);
		}
		str_add_char(out, ']');
	}
	str_add_char(out, '}');
}

/* an organising URI such as /ltm or /ltm/monitor lists what is below it */
bool rest_organizing(char *const *words, int n, const struct rest_query *q, struct mock_reply *ret)
{
	struct strbuf prefix = {0}, items = {0};
	const char *last = "";
	size_t last_len = 0;

	for (int i = 0; i < n; i++)
		str_addf(&prefix, "%s/", words[i]);
	for (unsigned i = 0; kinds_all()[i]; i++) {
		const char *uri = kinds_all()[i]->uri, *rest;
		size_t len;

		if (n && !str_starts(uri, str_get(&prefix)))
			continue;
		rest = uri + prefix.len;
		len = strcspn(rest, "/");
		if (len == last_len && !strncmp(rest, last, len))
			continue;
		last = rest;
		last_len = len;
		str_addf(&items,
			 "%s{\"reference\":{\"link\":\"https://localhost/mgmt/tm/%s%.*s?ver=%s\"}}",
			 items.len ? "," : "", str_get(&prefix), (int)len, rest, q->ver);
	}
	if (items.len && n) {
		rest_json(ret);
		str_add(&ret->body, "{\"kind\":\"tm");
		for (int i = 0; i < n; i++)
			str_addf(&ret->body, ":%s", words[i]);
		str_addf(&ret->body,
			 ":%scollectionstate\",\"selfLink\":\"https://localhost/mgmt/tm/"
			 "%.*s?ver=%s\"",
			 words[n - 1], (int)prefix.len - 1, str_get(&prefix), q->ver);
		str_addf(&ret->body, ",\"items\":[%s]}", str_get(&items));
	}
	n = n && items.len;
	str_release(&prefix);
	str_release(&items);
	return n;
}
