#include "documents.h"

#include <stdbool.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "schemas/schemas.h"

/* splitmix64: every seed is as good as any other */
static uint64_t next(uint64_t *rng)
{
	uint64_t z = *rng += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static unsigned below(uint64_t *rng, unsigned n)
{
	return (unsigned)(next(rng) % n);
}

static bool one_in(uint64_t *rng, unsigned n)
{
	return below(rng, n) == 0;
}

#define pick(rng, list) ((list)[below(rng, ARRAY_SIZE(list))])

/* ---- valid documents ---- */

static const char *const addresses[] = {
	"10.128.10.240", "0.0.0.0",         "255.255.255.255", "11.16.22.80", "::",
	"2001:db8::1",   "::ffff:10.0.0.1", "fe80::1:2:3",
};
static const char *const domain_addresses[] = {"1.2.3.4%4", "ff80::%12", "1.2.3.4%0",
					       "1.2.3.4%99999999999999999999"};
static const char *const modes[] = {"http", "tcp", "udp"};
static const char *const names[] = {"a", "net__addr", "pool-1", "X_9",
				    "very_long_name_of_a_variable"};
static const char *const texts[] = {"x", "/Common/clientssl", "f5.http", "GET / HTTP/1.0\\r\\n",
				    "ä", "two words",         "0"};

/* often at the edge of the range */
static int64_t number_to(uint64_t *rng, unsigned max)
{
	switch (below(rng, 6)) {
	case 0:
		return 1;
	case 1:
		return max;
	default:
		return 1 + below(rng, max);
	}
}

static const char *balance(uint64_t *rng, int version)
{
	if (version == 0)
		return "round-robin";
	return version == 7 && one_in(rng, 3) ? pick(rng, texts) : schemas_lb_modes[below(rng, 19)];
}

static struct json_object *monitor(uint64_t *rng, int version)
{
	struct json_object *m = js_obj();

	js_put_str(m, "protocol", modes[below(rng, version >= 5 ? 3 : 2)]);
	if (one_in(rng, 2))
		js_put_int(m, "interval", number_to(rng, 86400));
	if (one_in(rng, 2))
		js_put_int(m, "timeout", number_to(rng, 86400));
	if (one_in(rng, 2))
		js_put_str(m, "send", pick(rng, texts));
	if (version >= 6 && one_in(rng, 2))
		js_put_str(m, "recv", pick(rng, texts));
	return m;
}

static struct json_object *backend(uint64_t *rng, int version)
{
	struct json_object *b = js_obj();

	js_put_str(b, "serviceName", pick(rng, texts));
	js_put_int(b, "servicePort", number_to(rng, 65535));
	if (version >= 2 && one_in(rng, 2)) {
		struct json_object *list = js_list();

		for (unsigned i = below(rng, 3); i > 0; i--)
			js_push(list, monitor(rng, version));
		js_put(b, "healthMonitors", list);
	}
	return b;
}

static struct json_object *ssl_profile(uint64_t *rng, int version)
{
	struct json_object *p = js_obj(), *list;

	if (version < 4 || one_in(rng, 2)) {
		if (version < 4 || !one_in(rng, 4))
			js_put_str(p, "f5ProfileName", pick(rng, texts));
		return p;
	}
	list = js_list();
	for (unsigned i = below(rng, 3); i > 0; i--)
		js_push_str(list, pick(rng, texts));
	js_put(p, "f5ProfileNames", list);
	if (one_in(rng, 3))
		js_put_str(p, "f5ProfileName", pick(rng, texts));
	return p;
}

static struct json_object *virtual_address(uint64_t *rng, int version)
{
	struct json_object *a = js_obj();

	if (version < 3 || !one_in(rng, 4))
		js_put_str(a, "bindAddr",
			   version >= 4 && one_in(rng, 3) ? pick(rng, domain_addresses)
							  : pick(rng, addresses));
	js_put_int(a, "port", number_to(rng, 65535));
	return a;
}

static struct json_object *vs_frontend(uint64_t *rng, int version)
{
	struct json_object *f = js_obj();

	js_put_str(f, "partition", pick(rng, texts));
	if (version < 3 || !one_in(rng, 4))
		js_put(f, "virtualAddress", virtual_address(rng, version));
	if (one_in(rng, 2))
		js_put_str(f, "mode", modes[below(rng, version >= 5 ? 3 : 2)]);
	if (one_in(rng, 3))
		js_put_str(f, "balance", balance(rng, version));
	if (one_in(rng, 4))
		js_put(f, "sslProfile", ssl_profile(rng, version));
	return f;
}

static struct json_object *values(uint64_t *rng)
{
	struct json_object *o = js_obj();

	for (unsigned i = below(rng, 4); i > 0; i--)
		js_put_str(o, pick(rng, names), pick(rng, texts));
	return o;
}

static struct json_object *member_table(uint64_t *rng)
{
	struct json_object *t = js_obj(), *columns = js_list();

	js_put_str(t, "name", pick(rng, texts));
	for (unsigned i = below(rng, 4); i > 0; i--) {
		struct json_object *c = js_obj();
		unsigned what = below(rng, 3);

		js_put_str(c, "name", pick(rng, texts));
		if (what == 2)
			js_put_str(c, "value", pick(rng, texts));
		else
			js_put_str(c, "kind", what ? "Port" : "IPAddress");
		js_push(columns, c);
	}
	js_put(t, "columns", columns);
	return t;
}

static struct json_object *tables(uint64_t *rng)
{
	struct json_object *o = js_obj();

	for (unsigned i = 1 + below(rng, 2); i > 0; i--) {
		struct json_object *t = js_obj(), *columns = js_list(), *rows = js_list();

		js_push_str(columns, pick(rng, texts));
		for (unsigned k = below(rng, 4); k > 0; k--) {
			struct json_object *row = js_list();

			js_push_str(row, one_in(rng, 3) ? "" : pick(rng, texts));
			js_push(rows, row);
		}
		js_put(t, "columns", columns);
		js_put(t, "rows", rows);
		js_put(o, pick(rng, names), t);
	}
	return o;
}

static struct json_object *iapp_frontend(uint64_t *rng, int version)
{
	struct json_object *f = js_obj();

	js_put_str(f, "partition", pick(rng, texts));
	js_put_str(f, "iapp", pick(rng, texts));
	if (version < 2)
		js_put_str(f, "iappTableName", pick(rng, texts));
	else
		js_put(f, "iappPoolMemberTable", member_table(rng));
	js_put(f, "iappOptions", values(rng));
	js_put(f, "iappVariables", values(rng));
	if (version >= 2 && one_in(rng, 2))
		js_put(f, "iappTables", tables(rng));
	return f;
}

static struct json_object *valid_document(uint64_t *rng, int version)
{
	struct json_object *doc = js_obj(), *vs = js_obj();

	js_put(vs, "backend", backend(rng, version));
	js_put(vs, "frontend",
	       one_in(rng, 2) ? iapp_frontend(rng, version) : vs_frontend(rng, version));
	js_put(doc, "virtualServer", vs);
	return doc;
}

/* ---- mutations ---- */

/* a place in a document where a value hangs */
struct slot {
	struct json_object *parent;
	const char *key; /* NULL: index counts */
	size_t index;
};

static void collect(struct json_object *o, struct slot *list, size_t max, size_t *n)
{
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach (o, key, val) {
			if (*n < max)
				list[(*n)++] = (struct slot){o, key, 0};
			collect(val, list, max, n);
		}
	}
	for (size_t i = 0; i < js_arr_len(o); i++) {
		if (*n < max)
			list[(*n)++] = (struct slot){o, NULL, i};
		collect(json_object_array_get_idx(o, i), list, max, n);
	}
}

static struct json_object *slot_get(const struct slot *s)
{
	return s->key ? js_key(s->parent, s->key) : json_object_array_get_idx(s->parent, s->index);
}

static void slot_put(const struct slot *s, struct json_object *given)
{
	if (s->key)
		json_object_object_add(s->parent, s->key, given);
	else
		json_object_array_put_idx(s->parent, s->index, given);
}

static struct json_object *odd_value(uint64_t *rng)
{
	static const char *const json[] = {
		"null",
		"true",
		"false",
		"0",
		"1",
		"-1",
		"1.5",
		"80.0",
		"65535",
		"65536",
		"86400",
		"86401",
		"1e3",
		"-0",
		"18446744073709551615",
		"9223372036854775807",
		"\"\"",
		"\"x\"",
		"\"http\"",
		"\"HTTP\"",
		"\"udp\"",
		"\"https\"",
		"\"IPAddress\"",
		"\"Port\"",
		"\"80\"",
		"\"round-robin\"",
		"\"round robin\"",
		"\"1.2.3.4%bad\"",
		"\"bad%0\"",
		"\"127%44\"",
		"\"1.2.3.4/24\"",
		"\"1.2.3.4%\"",
		"\"1.2.3.4%4%5\"",
		"\"http://bad\"",
		"\" 1.2.3.4\"",
		"\"01.2.3.4\"",
		"\"1.2.3.4\\u0000\"",
		"\"::ffff:1.2.3.4%7\"",
		"\"fe80::1%eth0\"",
		"[]",
		"{}",
		"[\"\"]",
		"[\"x\"]",
		"[[]]",
		"[[\"\"]]",
		"[[1]]",
		"[{}]",
		"{\"a\": \"x\"}",
		"{\"a\": \"\"}",
		"{\"a b\": \"x\"}",
		"{\"name\": \"x\", \"value\": \"y\"}",
	};
	const char *text = pick(rng, json);
	struct json_object *o = NULL;

	if (js_parse(text, strlen(text), &o, NULL) < 0)
		abort(); /* the list above is wrong */
	return o;
}

static const char *any_key(uint64_t *rng)
{
	static const char *const keys[] = {
		"virtualServer",
		"backend",
		"frontend",
		"serviceName",
		"servicePort",
		"healthMonitors",
		"protocol",
		"interval",
		"timeout",
		"send",
		"recv",
		"partition",
		"mode",
		"balance",
		"virtualAddress",
		"bindAddr",
		"port",
		"sslProfile",
		"f5ProfileName",
		"f5ProfileNames",
		"iapp",
		"iappOptions",
		"iappVariables",
		"iappTableName",
		"iappPoolMemberTable",
		"iappTables",
		"name",
		"columns",
		"rows",
		"kind",
		"value",
		"bogus",
		"",
		"a b",
		"a.b",
		"Mode",
		"ä",
		"a\nb",
		"$ref",
	};

	return pick(rng, keys);
}

static struct json_object *copy(struct json_object *o)
{
	struct json_object *c = NULL;

	if (o && json_object_deep_copy(o, &c, NULL) < 0)
		abort();
	return c;
}

/* near the old value: of the same type, but perhaps just outside of what is allowed */
static struct json_object *near_value(uint64_t *rng, struct json_object *old)
{
	static const int64_t numbers[] = {0, 0, -1, 1, 2, 65535, 65536, 86400, 86401};
	static const char *const strings[] = {"",      "",    "x", "http", "udp", "1.2.3.4%bad",
					      "::1%1", "Port"};

	switch (json_object_get_type(old)) {
	case json_type_int:
		return json_object_new_int64(pick(rng, numbers));
	case json_type_string:
		return json_object_new_string(pick(rng, strings));
	case json_type_array:
		return js_list();
	case json_type_object:
		return js_obj();
	default:
		return odd_value(rng);
	}
}

/* a value from anywhere: an odd one, a copy from elsewhere in the document, or of another document
 */
static struct json_object *any_value(uint64_t *rng, const struct slot *slots, size_t n)
{
	struct json_object *other, *v;
	struct slot theirs[256];
	size_t n_theirs = 0;

	switch (below(rng, 3)) {
	case 0:
		return copy(slot_get(&slots[below(rng, (unsigned)n)]));
	case 1:
		other = valid_document(rng, (int)below(rng, 8));
		collect(other, theirs, ARRAY_SIZE(theirs), &n_theirs);
		v = copy(slot_get(&theirs[below(rng, (unsigned)n_theirs)]));
		json_object_put(other);
		return v;
	default:
		return odd_value(rng);
	}
}

static void mutate(uint64_t *rng, struct json_object *doc)
{
	struct slot slots[256], *s;
	size_t n = 0;
	struct json_object *v;

	collect(doc, slots, ARRAY_SIZE(slots), &n);
	if (n == 0)
		return;
	s = &slots[below(rng, (unsigned)n)];
	switch (below(rng, 7)) {
	case 0: /* drop */
		if (s->key)
			json_object_object_del(s->parent, s->key);
		else
			json_object_array_del_idx(s->parent, s->index, 1);
		break;
	case 1: /* rename */
		if (!s->key)
			break;
		v = json_object_get(slot_get(s));
		json_object_object_del(s->parent, s->key);
		js_put(s->parent, any_key(rng), v);
		break;
	case 2: /* something more */
		v = one_in(rng, 8) ? doc : slot_get(s);
		if (json_object_is_type(v, json_type_object))
			json_object_object_add(v, any_key(rng), any_value(rng, slots, n));
		else if (json_object_is_type(v, json_type_array))
			json_object_array_add(v, any_value(rng, slots, n));
		else if (s->key)
			json_object_object_add(s->parent, any_key(rng), any_value(rng, slots, n));
		break;
	case 3:
	case 4:
		slot_put(s, near_value(rng, slot_get(s)));
		break;
	default: /* something else */
		slot_put(s, any_value(rng, slots, n));
		break;
	}
}

struct json_object *documents_make(uint64_t seed)
{
	uint64_t rng = seed;
	unsigned version = below(&rng, 10); /* 0.1.0 thrice: it accepts little of the others' */
	struct json_object *doc = valid_document(&rng, version < 8 ? (int)version : 0);

	if (one_in(&rng, 200)) { /* not even an object */
		json_object_put(doc);
		return odd_value(&rng);
	}
	for (unsigned i = below(&rng, 4); i > 0; i--)
		mutate(&rng, doc);
	return doc;
}
