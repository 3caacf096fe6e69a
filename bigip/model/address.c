/*
 * Addresses with route domain and port, and the field types that hold them
 *
 * "10.0.0.1%5:80" and "2001:db8::1%5.80" (a dot before the port of IPv6). BIG-IP leaves %rd out for
 * the partition's default route domain; reading puts it in, so that everything inside this program
 * names its route domain.
 */
#include "bigip/model/address.h"

#include "bigip/model/field.h"
#include "common/base/json.h"
#include "common/base/mem.h"

enum { MAX_RD = 65534 };

static int parse_number(const char *s, size_t len, unsigned max, unsigned *ret)
{
	unsigned v = 0;

	if (!len || len > 5)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return -1;
		v = v * 10 + (unsigned)(s[i] - '0');
	}
	if (v > max)
		return -1;
	*ret = v;
	return 0;
}

int address_parse(const char *s, size_t len, struct address *ret)
{
	const char *percent = memchr(s, '%', len);
	size_t ip_len = percent ? (size_t)(percent - s) : len;
	struct address a = {.has_rd = percent != NULL};
	char text[IP_TEXT_MAX];
	unsigned rd = 0;

	if (ip_len >= sizeof(text))
		return -1;
	memcpy(text, s, ip_len);
	text[ip_len] = '\0';
	if (ip_parse(text, &a.ip) < 0)
		return -1;
	if (percent && parse_number(percent + 1, len - ip_len - 1, MAX_RD, &rd) < 0)
		return -1;
	a.rd = rd;
	*ret = a;
	return 0;
}

int address_parse_port(const char *s, struct address *ret)
{
	const char *colon = strchr(s, ':');
	bool v6 = colon && strchr(colon + 1, ':');
	const char *separator = v6 ? strrchr(s, '.') : colon;
	struct address a;
	unsigned port;

	if (!separator || address_parse(s, (size_t)(separator - s), &a) < 0 ||
	    parse_number(separator + 1, strlen(separator + 1), UINT16_MAX, &port) < 0)
		return -1;
	if ((a.ip.family == 6) != v6)
		return -1;
	a.port = (uint16_t)port;
	*ret = a;
	return 0;
}

void address_add(struct strbuf *out, const struct ip_addr *ip, uint32_t rd, bool with_rd)
{
	char text[IP_TEXT_MAX];

	str_add(out, ip_format(ip, text));
	if (with_rd)
		str_addf(out, "%%%u", rd);
}

void address_add_port(struct strbuf *out, const struct ip_addr *ip, uint16_t port)
{
	str_addf(out, "%c%u", ip->family == 6 ? '.' : ':', port);
}

/* the part of a destination behind its partition */
static const char *destination_address(const char *s)
{
	const char *slash = strrchr(s, '/');

	return slash ? slash + 1 : s;
}

int bigip_destination_parse(const char *s, uint32_t default_rd, struct bigip_destination *ret)
{
	struct address a;

	if (!s || address_parse_port(destination_address(s), &a) < 0)
		return -1;
	*ret = (struct bigip_destination){
		.ip = a.ip,
		.rd = a.has_rd ? a.rd : default_rd,
		.port = a.port,
	};
	return 0;
}

static struct bigip_virtual *virtual_of(const struct bigip_object *o)
{
	return (struct bigip_virtual *)o;
}

static char **string_at(const struct bigip_field *f, const struct bigip_object *o)
{
	return field_at(f, o);
}

/* ---- destination ---- */

static int destination_read(const struct bigip_field *f, struct bigip_object *o,
			    const struct field_input *in)
{
	struct bigip_destination d;
	struct strbuf text = {0};
	const char *s;

	if (field_get_string(in->item, f->json, &s, in->err) < 0)
		return -1;
	if (!s)
		return 1;
	if (bigip_destination_parse(s, in->reading->default_rd, &d) == 0) {
		str_add_mem(&text, s, (size_t)(destination_address(s) - s));
		address_add(&text, &d.ip, d.rd, true);
		address_add_port(&text, &d.ip, d.port);
		s = text.data;
	}
	*string_at(f, o) = mem_strdup(s);
	str_release(&text);
	return 1;
}

static bool destination_equal(const struct bigip_field *f, const struct bigip_object *wanted,
			      const struct bigip_object *observed)
{
	const char *a = *string_at(f, wanted), *b = *string_at(f, observed);
	struct bigip_destination x, y;
	size_t folder;

	if (bigip_destination_parse(a, 0, &x) < 0 || bigip_destination_parse(b, 0, &y) < 0)
		return str_eq(a, b);
	folder = (size_t)(destination_address(a) - a);
	return folder == (size_t)(destination_address(b) - b) && memcmp(a, b, folder) == 0 &&
	       ip_eq(&x.ip, &y.ip) && x.rd == y.rd && x.port == y.port;
}

const struct field_type field_destination = {
	.read = destination_read,
	.write = field_string_write,
	.equal = destination_equal,
	.copy = field_string_copy,
	.clear = field_string_clear,
	.print = field_string_print,
};

/* ---- source: "0.0.0.0%0/0"; its route domain is the destination's ---- */

struct source {
	struct ip_prefix prefix;
	uint32_t rd;
	bool has_rd;
};

static int source_parse(const char *s, struct source *ret)
{
	const char *slash = s ? strchr(s, '/') : NULL;
	struct strbuf text = {0};
	struct address a;
	int result;

	if (!s || address_parse(s, slash ? (size_t)(slash - s) : strlen(s), &a) < 0)
		return -1;
	address_add(&text, &a.ip, 0, false);
	str_add(&text, slash ? slash : "");
	result = ip_parse_prefix(text.data, &ret->prefix);
	ret->rd = a.rd;
	ret->has_rd = a.has_rd;
	str_release(&text);
	return result;
}

static int source_read(const struct bigip_field *f, struct bigip_object *o,
		       const struct field_input *in)
{
	struct bigip_destination d = {.rd = in->reading->default_rd};
	struct strbuf text = {0};
	struct source src;
	const char *s;

	if (field_get_string(in->item, f->json, &s, in->err) < 0)
		return -1;
	if (str_empty(s))
		return 1;
	if (source_parse(s, &src) == 0) {
		(void)bigip_destination_parse(virtual_of(o)->destination, 0, &d);
		address_add(&text, &src.prefix.addr, src.has_rd ? src.rd : d.rd, true);
		str_addf(&text, "/%u", src.prefix.len);
		s = text.data;
	}
	*string_at(f, o) = mem_strdup(s);
	str_release(&text);
	return 1;
}

/* unset is any source */
static bool source_equal(const struct bigip_field *f, const struct bigip_object *wanted,
			 const struct bigip_object *observed)
{
	const char *a = *string_at(f, wanted), *b = *string_at(f, observed);
	struct source x, y;

	if (source_parse(a, &x) < 0)
		return !a ? !b || (source_parse(b, &y) == 0 && y.prefix.len == 0) : str_eq(a, b);
	if (source_parse(b, &y) < 0)
		return !b && x.prefix.len == 0;
	return ip_eq(&x.prefix.addr, &y.prefix.addr) && x.prefix.len == y.prefix.len &&
	       x.rd == y.rd;
}

const struct field_type field_source = {
	.read = source_read,
	.write = field_string_write,
	.equal = source_equal,
	.copy = field_string_copy,
	.clear = field_string_clear,
	.print = field_string_print,
};

/* ---- source address translation ---- */

static const char *const snat_types[] = {
	[BIGIP_SNAT_NONE] = "none",
	[BIGIP_SNAT_AUTOMAP] = "automap",
	[BIGIP_SNAT_POOL] = "snat",
};

static int snat_read(const struct bigip_field *f, struct bigip_object *o,
		     const struct field_input *in)
{
	struct json_object *v = js_key(in->item, f->json);
	const char *type, *pool;

	virtual_of(o)->snat = BIGIP_SNAT_NONE;
	if (!v)
		return 1;
	if (!json_object_is_type(v, json_type_object))
		return field_bad(in->err, f->json, "an object", v);
	if (field_get_string(v, "type", &type, in->err) < 0 ||
	    field_get_string(v, "pool", &pool, in->err) < 0)
		return err_wrap(in->err, "%s", f->json);
	for (unsigned i = 0; type && i < ARRAY_SIZE(snat_types); i++)
		if (strcmp(type, snat_types[i]) == 0)
			virtual_of(o)->snat = (enum bigip_snat)i;
	/* another type ("lsn") reads as "snat" without a pool, which is never wanted and so differs
	 */
	if (type && strcmp(type, snat_types[virtual_of(o)->snat]) != 0)
		virtual_of(o)->snat = BIGIP_SNAT_POOL;
	else if (virtual_of(o)->snat == BIGIP_SNAT_POOL && !str_empty(pool))
		virtual_of(o)->snat_pool = mem_strdup(pool);
	return 1;
}

/*
 * The full path: what a device makes of a bare name in a POST is not documented (icontrol.md 3.0).
 * Without "pool":"none" a change from a pool to automap keeps the reference inside a transaction
 * (icontrol.md 3.3).
 */
static void snat_write(const struct bigip_field *f, const struct bigip_object *o,
		       struct json_object *body, bool patch)
{
	const struct bigip_virtual *v = virtual_of(o);
	struct json_object *snat = js_obj();
	struct strbuf path = {0};

	js_put_str(snat, "type", snat_types[v->snat]);
	if (v->snat == BIGIP_SNAT_POOL && v->snat_pool) {
		field_path_add(v->snat_pool, &path);
		js_put_str(snat, "pool", path.data);
	} else if (patch) {
		js_put_str(snat, "pool", "none");
	}
	js_put(body, f->json, snat);
	str_release(&path);
}

static bool snat_equal(const struct bigip_field *f, const struct bigip_object *wanted,
		       const struct bigip_object *observed)
{
	const struct bigip_virtual *a = virtual_of(wanted), *b = virtual_of(observed);

	return a->snat == b->snat &&
	       (a->snat != BIGIP_SNAT_POOL || field_path_equal(a->snat_pool, b->snat_pool));
}

static void snat_copy(const struct bigip_field *f, struct bigip_object *to,
		      const struct bigip_object *from)
{
	virtual_of(to)->snat = virtual_of(from)->snat;
	virtual_of(to)->snat_pool = mem_strdup(virtual_of(from)->snat_pool);
}

static void snat_clear(const struct bigip_field *f, struct bigip_object *o)
{
	virtual_of(o)->snat = BIGIP_SNAT_NONE;
	free(virtual_of(o)->snat_pool);
	virtual_of(o)->snat_pool = NULL;
}

static void snat_print(const struct bigip_field *f, const struct bigip_object *o,
		       struct strbuf *out)
{
	const struct bigip_virtual *v = virtual_of(o);

	str_add(out, snat_types[v->snat]);
	if (v->snat == BIGIP_SNAT_POOL) {
		str_add_char(out, ' ');
		field_add_text(out, v->snat_pool ? v->snat_pool : "?");
	}
}

const struct field_type field_snat = {
	.read = snat_read,
	.write = snat_write,
	.equal = snat_equal,
	.copy = snat_copy,
	.clear = snat_clear,
	.print = snat_print,
};

/* ---- a node's address; never changed after creation, and FQDN nodes ("any6") have none for us
 * ---- */

static struct bigip_node *node_of(const struct bigip_object *o)
{
	return (struct bigip_node *)o;
}

static int node_read(const struct bigip_field *f, struct bigip_object *o,
		     const struct field_input *in)
{
	struct address a;
	const char *s;

	if (field_get_string(in->item, f->json, &s, in->err) < 0)
		return -1;
	if (s && address_parse(s, strlen(s), &a) == 0) {
		node_of(o)->ip = a.ip;
		node_of(o)->rd = a.has_rd ? a.rd : in->reading->default_rd;
	}
	return 1;
}

static void node_print(const struct bigip_field *f, const struct bigip_object *o,
		       struct strbuf *out)
{
	address_add(out, &node_of(o)->ip, node_of(o)->rd, node_of(o)->ip.family != 0);
}

static void node_write(const struct bigip_field *f, const struct bigip_object *o,
		       struct json_object *body, bool patch)
{
	struct strbuf text = {0};

	if (node_of(o)->ip.family)
		node_print(f, o, &text);
	js_put_str(body, f->json, text.data);
	str_release(&text);
}

static bool node_equal(const struct bigip_field *f, const struct bigip_object *wanted,
		       const struct bigip_object *observed)
{
	return ip_eq(&node_of(wanted)->ip, &node_of(observed)->ip) &&
	       node_of(wanted)->rd == node_of(observed)->rd;
}

static void node_copy(const struct bigip_field *f, struct bigip_object *to,
		      const struct bigip_object *from)
{
	node_of(to)->ip = node_of(from)->ip;
	node_of(to)->rd = node_of(from)->rd;
}

static void node_clear(const struct bigip_field *f, struct bigip_object *o)
{
	node_of(o)->ip = (struct ip_addr){0};
	node_of(o)->rd = 0;
}

const struct field_type field_address = {
	.read = node_read,
	.write = node_write,
	.equal = node_equal,
	.copy = node_copy,
	.clear = node_clear,
	.print = node_print,
};
