/*
 * read - one partition as a bigip_state
 *
 * One GET tells about the partition itself, seven more (see "kinds") fetch what is in it. Replies
 * are hashed as they come. A first read parses them item by item on the way; a verify pass, whose
 * digest mostly is the same as before, keeps the bytes (up to KEEP_MAX a kind) and throws them
 * away. When the digest differs it parses what it kept, or, where that was too much, reads once
 * more. So neither the size of the partition nor the pass at rest costs memory or parsing.
 *
 * A device whose worker cannot build a big expanded reply in time is asked for pages from then on.
 */
#include <utlist.h>

#include "bigip/rest/internal.h"
#include "bigip/rest/items.h"
#include "common/base/json.h"
#include "common/base/log.h"
#include "common/base/mem.h"

enum { KEEP_MAX = 1 << 20, PAGE = 100, PAGES_MAX = 10000 };

static const struct {
	enum bigip_kind kind;
	bool expand; /* members, profiles: big */
} kinds[] = {
	{BIGIP_MONITOR_HTTP, false}, {BIGIP_MONITOR_TCP, false}, {BIGIP_MONITOR_UDP, false},
	{BIGIP_POOL, true},          {BIGIP_VIRTUAL, true},      {BIGIP_IAPP, false},
	{BIGIP_NODE, false},
};

/* 64 bits over a stream of bytes, whatever its pieces; against accidents, not attackers */
struct hash {
	uint64_t h, tail;
	unsigned n_tail;
	uint64_t len;
};

struct read_part {
	struct read_op *op;
	unsigned index; /* in kinds */
	struct hash hash;
	struct strbuf kept;
	struct bigip_items items;
	bool scanning;         /* items is in use */
	char *path;            /* of the page under way */
	struct hash page_hash; /* before it */
	unsigned pages;
	unsigned good, odd; /* items */
	struct error odd_err;
	struct error err;
};

struct read_op {
	struct read_op *prev, *next;
	struct bigip_rest *r;
	char *partition;
	uint64_t known; /* the caller's digest */
	bool parse;
	struct bigip_state *state;
	struct bigip_reading reading;
	struct read_part parts[ARRAY_SIZE(kinds)];
	unsigned pending;
	uint64_t digest;
	struct error err;
	bigip_rest_read_fn *fn;
	void *ctx;
};

/* ---- hash ---- */

static void hash_word(struct hash *h, uint64_t w)
{
	h->h = (h->h ^ w) * 0x9fb21c651e98df25ull;
	h->h ^= h->h >> 32;
}

static void hash_add(struct hash *h, const char *data, size_t len)
{
	uint64_t w;

	h->len += len;
	for (; len > 0 && h->n_tail > 0; len--) {
		h->tail |= (uint64_t)(unsigned char)*data++ << (8 * h->n_tail);
		if (++h->n_tail == 8) {
			hash_word(h, h->tail);
			h->tail = 0;
			h->n_tail = 0;
		}
	}
	for (; len >= 8; len -= 8, data += 8) {
		memcpy(&w, data, 8);
		hash_word(h, le64toh(w));
	}
	for (; len > 0; len--)
		h->tail |= (uint64_t)(unsigned char)*data++ << (8 * h->n_tail++);
}

static uint64_t hash_end(struct hash h)
{
	hash_word(&h, h.tail);
	hash_word(&h, h.len);
	return h.h;
}

/* ---- items ---- */

static int take_item(void *ctx, const char *text, size_t len, struct error *err)
{
	struct read_part *p = ctx;
	struct read_op *op = p->op;
	autojson struct json_object *o = NULL;
	struct bigip_object *obj = NULL;
	struct error odd = {0};

	if (js_parse(text, len, &o, err) < 0)
		return err_wrap(err, "item");
	/* some versions answer a filter with more than was asked for */
	if (!str_eq(js_str(o, "partition", op->partition), op->partition))
		return 0;
	if (bigip_object_from_json(kinds[p->index].kind, o, &op->reading, &obj, &odd) < 0) {
		if (p->odd++ == 0)
			p->odd_err = odd;
		return 0;
	}
	p->good++;
	bigip_state_put(op->state, obj);
	return 0;
}

/* an object that we cannot read is as good as not there, but not if all are like that */
static int check_odd(struct read_part *p, struct error *err)
{
	const char *kind = bigip_kind_info(kinds[p->index].kind)->name;

	if (p->odd == 0)
		return 0;
	if (p->good == 0) {
		*err = p->odd_err;
		return err_wrap(err, "cannot read any %s", kind);
	}
	log_warn("bigip.odd-objects", kv_str("partition", p->op->partition), kv_str("kind", kind),
		 kv_u64("count", p->odd), kv_str("first", p->odd_err.msg),
		 kv_str("origin", "remote"));
	return 0;
}

static void scan_begin(struct read_part *p)
{
	if (p->scanning)
		bigip_items_release(&p->items);
	bigip_items_init(&p->items, p->op->parse ? take_item : NULL, p);
	p->scanning = true;
}

static void part_restart(struct read_part *p)
{
	if (p->scanning)
		bigip_items_release(&p->items);
	str_release(&p->kept);
	p->scanning = false;
	p->kept = (struct strbuf){.max = KEEP_MAX};
	p->hash = p->page_hash = (struct hash){.h = kinds[p->index].kind + 1};
	p->pages = p->good = p->odd = 0;
	p->err = (struct error){0};
}

static bool is_paged(const struct read_part *p)
{
	return rest_partition(p->op->r, p->op->partition)->paged & 1u << kinds[p->index].kind;
}

static void on_data(void *ctx, const char *data, size_t len)
{
	struct read_part *p = ctx;

	if (!data) { /* the page starts (again) */
		p->hash = p->page_hash;
		p->err = (struct error){0};
		if (p->pages == 0)
			str_clear(&p->kept);
		if (p->op->parse || is_paged(p))
			scan_begin(p);
		return;
	}
	hash_add(&p->hash, data, len);
	if (p->err.kind != ERR_NONE)
		return;
	if (p->scanning)
		(void)bigip_items_feed(&p->items, data, len, &p->err);
	else
		str_add_mem(&p->kept, data, len);
}

/* ---- the end ---- */

static void free_op(struct read_op *op)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct read_part *p = &op->parts[i];

		if (p->scanning)
			bigip_items_release(&p->items);
		str_release(&p->kept);
		free(p->path);
	}
	bigip_state_free(op->state);
	free(op->partition);
	free(op);
}

static void finish(struct read_op *op)
{
	struct bigip_rest *r = op->r;

	DL_DELETE(r->reads, op);
	DL_APPEND(r->reads_done, op);
	rest_soon(r);
}

static void finish_failed(struct read_op *op, const struct error *err)
{
	op->err = *err;
	finish(op);
}

static void tell(struct bigip_rest *r, struct read_op *op)
{
	bool failed = op->err.kind != ERR_NONE;

	DL_DELETE(r->reads_done, op);
	op->fn(op->ctx, failed ? NULL : move_ptr(op->state), failed ? NULL : &op->reading,
	       failed ? 0 : op->digest, failed ? &op->err : NULL);
	free_op(op);
}

void read_tell_all(struct bigip_rest *r)
{
	struct read_op *op;
	unsigned n; /* what callbacks add is for the next turn of the loop */

	DL_COUNT(r->reads_done, op, n);
	while (n-- > 0 && !rest_closed(r))
		tell(r, r->reads_done);
}

void read_free_all(struct bigip_rest *r)
{
	struct read_op *op, *tmp;

	DL_FOREACH_SAFE (r->reads, op, tmp)
		free_op(op);
	DL_FOREACH_SAFE (r->reads_done, op, tmp)
		free_op(op);
	r->reads = r->reads_done = NULL;
}

static void start_parts(struct read_op *op, bool parse);

static uint64_t digest_of(const struct read_op *op)
{
	struct hash all = {.h = op->reading.default_rd + 1};

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		hash_word(&all, hash_end(op->parts[i].hash));
	return all.h ? all.h : 1;
}

static bool kept_all(const struct read_op *op)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (op->parts[i].scanning || op->parts[i].kept.bad)
			return false;
	}
	return true;
}

static int parse_kept(struct read_op *op, struct error *err)
{
	op->parse = true;
	op->state = bigip_state_new();
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct read_part *p = &op->parts[i];
		autofree char *next = NULL;

		scan_begin(p);
		if (bigip_items_feed(&p->items, str_get(&p->kept), p->kept.len, err) < 0 ||
		    bigip_items_end(&p->items, &next, err) < 0 || check_odd(p, err) < 0)
			return err_wrap(err, "GET %s", p->path);
		if (next) /* pages that nobody asked for */
			return 1;
		str_release(&p->kept);
	}
	return 0;
}

static void all_parts_there(struct read_op *op)
{
	struct error err = {0};
	int r;

	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (op->parts[i].err.kind != ERR_NONE) {
			finish_failed(op, &op->parts[i].err);
			return;
		}
	}
	op->digest = digest_of(op);
	if (op->parse || op->digest == op->known) {
		finish(op);
		return;
	}
	r = kept_all(op) ? parse_kept(op, &err) : 1;
	if (r < 0) {
		err.kind = ERR_RETRY;
		finish_failed(op, &err);
	} else if (r > 0) {
		start_parts(op, true);
	} else {
		finish(op);
	}
}

/* ---- requests ---- */

static void get_page(struct read_part *p, char *path_given);

static char *first_path(const struct read_part *p)
{
	struct strbuf path = {0};

	str_addf(&path, "/mgmt/tm/%s?%s$filter=partition+eq+%s",
		 bigip_kind_info(kinds[p->index].kind)->uri,
		 kinds[p->index].expand ? "expandSubcollections=true&" : "", p->op->partition);
	if (is_paged(p))
		str_addf(&path, "&$top=%d&$skip=0", PAGE);
	return str_take(&path);
}

static void part_done(struct read_part *p)
{
	if (--p->op->pending == 0)
		all_parts_there(p->op);
}

/* the whole page is there */
static void page_done(struct read_part *p)
{
	char *next = NULL;

	if (p->err.kind == ERR_NONE && p->scanning &&
	    bigip_items_end(&p->items, &next, &p->err) == 0) {
		if (next && !str_eq(next, p->path) && ++p->pages < PAGES_MAX) {
			p->page_hash = p->hash;
			get_page(p, next);
			return;
		}
		if (next)
			err_set(&p->err, ERR_INPUT, 0, "its pages do not end");
		else if (p->op->parse)
			(void)check_odd(p, &p->err);
		free(next);
	}
	if (p->err.kind != ERR_NONE) {
		err_wrap(&p->err, "GET %s", p->path);
		p->err.kind = ERR_RETRY;
	}
	part_done(p);
}

static void on_page(void *ctx, const struct rest_answer *a)
{
	struct read_part *p = ctx;
	struct bigip_rest *r = p->op->r;

	if (a->verdict == BIGIP_REPLY_OK) {
		page_done(p);
		return;
	}
	if (a->verdict == BIGIP_REPLY_UNKNOWN && !is_paged(p)) {
		rest_partition(r, p->op->partition)->paged |= 1u << kinds[p->index].kind;
		count_retry(r, "paging");
		part_restart(p);
		get_page(p, first_path(p));
		return;
	}
	p->err = *a->err;
	p->err.kind = ERR_RETRY;
	part_done(p);
}

static void get_page(struct read_part *p, char *path_given)
{
	struct rest_call call = {
		.method = "GET",
		.path = mem_strdup(path_given),
		.priority = BIGIP_NORMAL,
		.big = kinds[p->index].expand && !is_paged(p),
		.on_data = on_data,
		.done = on_page,
		.ctx = p,
	};

	free(p->path);
	p->path = path_given;
	rest_send(p->op->r, &call);
}

static void start_parts(struct read_op *op, bool parse)
{
	op->parse = parse;
	bigip_state_free(op->state);
	op->state = parse ? bigip_state_new() : NULL;
	op->pending = ARRAY_SIZE(kinds);
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct read_part *p = &op->parts[i];

		p->op = op;
		p->index = i;
		part_restart(p);
	}
	for (unsigned i = 0; i < ARRAY_SIZE(kinds); i++)
		get_page(&op->parts[i], first_path(&op->parts[i]));
}

static void on_partition(void *ctx, const struct rest_answer *a)
{
	struct read_op *op = ctx;
	autojson struct json_object *o = NULL;
	struct error err = {0};
	int64_t rd;

	if (a->verdict == BIGIP_REPLY_VANISHED) {
		err_set(&err, ERR_GONE, 404,
			"partition '%s' does not exist on the BIG-IP; create it there: "
			"tmsh create auth partition %s",
			op->partition, op->partition);
		finish_failed(op, &err);
		return;
	}
	if (a->verdict != BIGIP_REPLY_OK) {
		err = *a->err;
		err.kind = ERR_RETRY;
		finish_failed(op, &err);
		return;
	}
	if (js_parse(a->body, a->len, &o, &err) < 0) {
		err_wrap(&err, "partition '%s'", op->partition);
		err.kind = ERR_RETRY;
		finish_failed(op, &err);
		return;
	}
	rd = js_int(o, "defaultRouteDomain", 0);
	op->reading.default_rd = rd < 0 || rd > 65535 ? 0 : (uint32_t)rd;
	rest_partition(op->r, op->partition)->reading = op->reading;
	start_parts(op, op->known == 0);
}

/* it becomes part of a URL; names of partitions are of these (icontrol.md 3.1) */
static bool is_partition_name(const char *s)
{
	return !str_empty(s) && strlen(s) <= 190 &&
	       s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")] ==
		       '\0';
}

void bigip_rest_read(struct bigip_rest *r, const char *partition, uint64_t digest,
		     bigip_rest_read_fn *fn, void *ctx)
{
	struct read_op *op = mem_alloc(sizeof(*op));
	struct rest_call call = {
		.method = "GET", .priority = BIGIP_NORMAL, .done = on_partition, .ctx = op};
	struct error err = {0};

	op->r = r;
	op->partition = mem_strdup(partition);
	op->known = digest;
	op->fn = fn;
	op->ctx = ctx;
	DL_APPEND(r->reads, op);
	if (!is_partition_name(partition)) {
		err_set(&err, ERR_INPUT, 0, "'%s' cannot be the name of a partition", partition);
		finish_failed(op, &err);
		return;
	}
	call.path = mem_printf("/mgmt/tm/auth/partition/%s", partition);
	rest_send(r, &call);
}

struct bigip_object *read_parse_object(struct bigip_rest *r, enum bigip_kind kind,
				       const char *partition, const char *body, size_t len,
				       struct error *err)
{
	autojson struct json_object *o = NULL;
	struct bigip_object *obj = NULL;

	if (js_parse(body, len, &o, err) < 0 ||
	    bigip_object_from_json(kind, o, &rest_partition(r, partition)->reading, &obj, err) < 0)
		return NULL;
	return obj;
}
