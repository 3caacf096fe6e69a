#include "bgp/wire/as_path.h"

#include "common/base/str.h"

bool bgp_as_path_next(struct reader *r, struct bgp_segment *ret)
{
	if (r->left == 0)
		return false;
	ret->type = rd_u8(r);
	ret->n = rd_u8(r);
	ret->as = rd_sub(r, ret->n * 4u);
	return !r->bad;
}

static struct reader path_reader(struct bgp_as_path path)
{
	return rd_init(path.bytes, path.len);
}

static bool is_confed(uint8_t type)
{
	return type == BGP_CONFED_SEQUENCE || type == BGP_CONFED_SET;
}

static bool is_set(uint8_t type)
{
	return type == BGP_AS_SET || type == BGP_CONFED_SET;
}

static uint32_t read_as(struct reader *r, unsigned as_size)
{
	return as_size == 2 ? rd_be16(r) : rd_be32(r);
}

const char *bgp_as_path_problem(struct reader r, unsigned as_size, bool confed)
{
	while (r.left > 0) {
		uint8_t type = rd_u8(&r), n = rd_u8(&r);
		struct reader as = rd_sub(&r, (size_t)n * as_size);

		if (r.bad)
			return "a segment runs over the end";
		if (type < BGP_AS_SET || type > BGP_CONFED_SET)
			return "unknown type of segment";
		if (n == 0)
			return "an empty segment";
		if (is_confed(type) && !confed)
			return "a confederation segment from outside";
		while (as.left > 0)
			if (read_as(&as, as_size) == 0)
				return "AS 0";
	}
	return r.bad ? "it is cut short" : NULL;
}

struct bgp_as_path bgp_as_path_read(struct reader r, unsigned as_size, struct arena *mem)
{
	size_t cap = as_size == 2 ? 2 * r.left : r.left;
	struct writer w = wr_init(arena_alloc(mem, cap), cap);

	while (r.left > 0) {
		uint8_t type = rd_u8(&r), n = rd_u8(&r);

		wr_u8(&w, type);
		wr_u8(&w, n);
		for (unsigned i = 0; i < n; i++)
			wr_be32(&w, read_as(&r, as_size));
	}
	return (struct bgp_as_path){.bytes = w.buf, .len = w.len};
}

static void write_segment(struct writer *w, const struct bgp_segment *s)
{
	wr_u8(w, s->type);
	wr_u8(w, s->n);
	wr_bytes(w, s->as.pos, s->as.left);
}

struct bgp_as_path bgp_as_path_make(const uint32_t *as, size_t n, struct arena *mem)
{
	size_t cap = n ? 2 + 4 * n : 0;
	struct writer w = wr_init(arena_alloc(mem, cap), cap);

	if (n > 0) {
		wr_u8(&w, BGP_AS_SEQUENCE);
		wr_u8(&w, (uint8_t)n);
		for (size_t i = 0; i < n; i++)
			wr_be32(&w, as[i]);
	}
	return (struct bgp_as_path){.bytes = w.buf, .len = w.len};
}

unsigned bgp_as_path_length(struct bgp_as_path path)
{
	struct reader r = path_reader(path);
	struct bgp_segment s;
	unsigned n = 0;

	while (bgp_as_path_next(&r, &s))
		n += s.type == BGP_AS_SET ? 1 : s.type == BGP_AS_SEQUENCE ? s.n : 0;
	return n;
}

struct bgp_as_path bgp_as_path_merge(struct bgp_as_path path, struct bgp_as_path as4,
				     struct arena *mem)
{
	unsigned have = bgp_as_path_length(path), true_ones = bgp_as_path_length(as4), lead;
	struct reader r = path_reader(path);
	size_t cap = path.len + as4.len;
	struct bgp_segment s;
	struct writer w;

	if (have < true_ones)
		return path;
	w = wr_init(arena_alloc(mem, cap), cap);
	/* The first @lead ASes come from AS_PATH. Confederation segments count nothing; they go
	 * along while they lead or follow one that does: "adjacent to a prepended segment". */
	lead = have - true_ones;
	while (bgp_as_path_next(&r, &s) && (lead > 0 || is_confed(s.type))) {
		if (s.type == BGP_AS_SEQUENCE && s.n > lead)
			s = (struct bgp_segment){s.type, (uint8_t)lead, rd_sub(&s.as, lead * 4u)};
		write_segment(&w, &s);
		lead -= s.type == BGP_AS_SET ? 1 : s.type == BGP_AS_SEQUENCE ? s.n : 0;
	}
	wr_bytes(&w, as4.bytes, as4.len);
	return (struct bgp_as_path){.bytes = w.buf, .len = w.len};
}

bool bgp_as_path_has(struct bgp_as_path path, uint32_t as)
{
	struct reader r = path_reader(path);
	struct bgp_segment s;

	while (bgp_as_path_next(&r, &s))
		while (s.as.left > 0)
			if (rd_be32(&s.as) == as)
				return true;
	return false;
}

uint32_t bgp_as_path_first(struct bgp_as_path path)
{
	struct reader r = path_reader(path);
	struct bgp_segment s;

	if (!bgp_as_path_next(&r, &s) || s.type != BGP_AS_SEQUENCE)
		return 0;
	return rd_be32(&s.as);
}

bool bgp_as_path_needs_as4(struct bgp_as_path path)
{
	struct reader r = path_reader(path);
	struct bgp_segment s;

	while (bgp_as_path_next(&r, &s))
		while (!is_confed(s.type) && s.as.left > 0)
			if (rd_be32(&s.as) > UINT16_MAX)
				return true;
	return false;
}

void bgp_as_path_write2(struct writer *w, struct bgp_as_path path)
{
	struct reader r = path_reader(path);
	struct bgp_segment s;

	while (bgp_as_path_next(&r, &s)) {
		wr_u8(w, s.type);
		wr_u8(w, s.n);
		while (s.as.left > 0) {
			uint32_t as = rd_be32(&s.as);

			wr_be16(w, as > UINT16_MAX ? BGP_AS_TRANS : (uint16_t)as);
		}
	}
}

void bgp_as_path_write_as4(struct writer *w, struct bgp_as_path path)
{
	struct reader r = path_reader(path);
	struct bgp_segment s;

	while (bgp_as_path_next(&r, &s))
		if (!is_confed(s.type))
			write_segment(w, &s);
}

void bgp_as_path_print(struct bgp_as_path path, struct strbuf *out)
{
	static const char open[] = " { ([", close[] = " } )]";
	struct reader r = path_reader(path);
	struct bgp_segment s;
	bool first = true;

	while (bgp_as_path_next(&r, &s)) {
		bool bare = s.type == BGP_AS_SEQUENCE;

		str_add(out, first ? "" : " ");
		first = false;
		if (!bare)
			str_add_char(out, open[s.type]);
		for (unsigned i = 0; i < s.n; i++)
			str_addf(out, "%s%u",
				 i == 0           ? ""
				 : is_set(s.type) ? ","
						  : " ",
				 rd_be32(&s.as));
		if (!bare)
			str_add_char(out, close[s.type]);
	}
}
