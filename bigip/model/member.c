/*
 * Pool members: names, order, and the field type that holds them
 *
 * Owned are which members there are and whether they are enabled or drained. A member that a person
 * forced offline (state user-down) is equal whatever is wanted, and stays offline when the whole
 * list is written. "monitor-enabled" and "user-enabled" are both enabled; "monitor-disabled" is the
 * monitor's doing, so it is no difference either.
 */
#include "bigip/model/address.h"
#include "bigip/model/field.h"
#include "common/base/json.h"
#include "common/base/mem.h"

static const struct {
	const char *state;
	enum bigip_availability availability;
} states[] = {
	{"up", BIGIP_AVAIL_UP},
	{"down", BIGIP_AVAIL_DOWN},
	{"checking", BIGIP_AVAIL_CHECKING},
	{"user-down", BIGIP_AVAIL_FORCED_DOWN},
	{"fqdn-up", BIGIP_AVAIL_UP},
	{"fqdn-down", BIGIP_AVAIL_DOWN},
	{"fqdn-checking", BIGIP_AVAIL_CHECKING},
};

int bigip_member_cmp(const struct bigip_member *a, const struct bigip_member *b)
{
	int d;

	if (a->name || b->name)
		return !a->name ? -1 : !b->name ? 1 : strcmp(a->name, b->name);
	d = ip_cmp(&a->ip, &b->ip);
	if (d)
		return d;
	if (a->rd != b->rd)
		return a->rd < b->rd ? -1 : 1;
	return (int)a->port - (int)b->port;
}

bool bigip_member_same(const struct bigip_member *wanted, const struct bigip_member *observed)
{
	return observed->availability == BIGIP_AVAIL_FORCED_DOWN ||
	       wanted->session == observed->session;
}

int bigip_member_parse(const char *name, uint32_t default_rd, struct bigip_member *ret)
{
	struct address a;

	if (address_parse_port(name, &a) < 0)
		return -1;
	*ret = (struct bigip_member){
		.ip = a.ip,
		.rd = a.has_rd ? a.rd : default_rd,
		.port = a.port,
		.bare = !a.has_rd,
	};
	return 0;
}

void bigip_member_name(const struct bigip_member *m, struct strbuf *out)
{
	if (m->name) {
		str_add(out, m->name);
		return;
	}
	address_add(out, &m->ip, m->rd, !m->bare);
	address_add_port(out, &m->ip, m->port);
}

/* of duplicates the enabled one comes first and stays */
static int sort_cmp(const void *a, const void *b)
{
	const struct bigip_member *x = a, *y = b;
	int d = bigip_member_cmp(x, y);

	return d ? d : (int)x->session - (int)y->session;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void bigip_pool_sort(struct bigip_pool *p)
{
	size_t kept = 0;

	if (p->n_monitors)
		qsort(p->monitors, p->n_monitors, sizeof(*p->monitors), by_text);
	if (!p->n_members)
		return;
	qsort(p->members, p->n_members, sizeof(*p->members), sort_cmp);
	for (size_t i = 1; i < p->n_members; i++) {
		if (bigip_member_cmp(&p->members[kept], &p->members[i]) == 0)
			free(p->members[i].name);
		else
			p->members[++kept] = p->members[i];
	}
	p->n_members = kept + 1;
}

/* ---- one member as JSON ---- */

static void put_session(struct json_object *o, const struct bigip_member *m)
{
	bool disabled = m->session == BIGIP_SESSION_DISABLED;

	if (m->availability == BIGIP_AVAIL_FORCED_DOWN) {
		js_put_str(o, "state", "user-down");
		disabled = true;
	}
	js_put_str(o, "session", disabled ? "user-disabled" : "user-enabled");
}

struct json_object *bigip_member_to_json(const struct bigip_pool *pool,
					 const struct bigip_member *m)
{
	struct json_object *o = js_obj();
	struct strbuf name = {0};
	char *slash;

	bigip_member_name(m, &name);
	slash = m->name && m->name[0] == '/' ? strrchr(name.data + 1, '/') : NULL;
	if (slash) { /* "/Common/10.0.0.1:80" */
		*slash = '\0';
		js_put_str(o, "name", slash + 1);
		js_put_str(o, "partition", name.data + 1);
	} else {
		js_put_str(o, "name", name.data);
		js_put_str(o, "partition", pool->o.partition);
	}
	put_session(o, m);
	str_release(&name);
	return o;
}

/* @name as the device shows it, of @in when that is not the pool's partition */
static char *foreign_name(const char *name, const char *in, const char *partition)
{
	if (name[0] != '/' && !str_empty(in) && !str_eq(in, partition))
		return mem_printf("/%s/%s", in, name);
	return mem_strdup(name);
}

/* "name" or "/partition/name" */
static bool is_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return !slash || (name[0] == '/' && slash > name + 1 && slash[1]);
}

static void read_identity(struct bigip_member *m, const char *name, const char *in,
			  const char *address, const char *partition,
			  const struct bigip_reading *reading)
{
	size_t n = strlen(partition);
	struct address a;

	if (name[0] == '/' && strncmp(name + 1, partition, n) == 0 && name[n + 1] == '/')
		name += n + 2;
	if (name[0] != '/' && (str_empty(in) || str_eq(in, partition)) &&
	    bigip_member_parse(name, reading->default_rd, m) == 0)
		return;
	m->name = foreign_name(name, in, partition);
	if (address && address_parse(address, strlen(address), &a) == 0) {
		m->ip = a.ip;
		m->rd = a.has_rd ? a.rd : reading->default_rd;
	}
}

int bigip_member_from_json(struct json_object *item, const char *partition,
			   const struct bigip_reading *reading, struct bigip_member *ret,
			   struct error *err)
{
	const char *name = field_string_of(item), *in = NULL, *address = NULL;
	const char *session = NULL, *state = NULL;
	struct bigip_member m = {0};

	if (!name) {
		if (!json_object_is_type(item, json_type_object))
			return field_bad(err, "members", "a list of members", item);
		if (field_get_string(item, "name", &name, err) < 0 ||
		    field_get_string(item, "partition", &in, err) < 0 ||
		    field_get_string(item, "address", &address, err) < 0 ||
		    field_get_string(item, "session", &session, err) < 0 ||
		    field_get_string(item, "state", &state, err) < 0)
			return err_wrap(err, "members");
	}
	if (str_empty(name))
		return err_set(err, ERR_INPUT, 0, "a member has no name");
	if (!is_name(name))
		return err_set(err, ERR_INPUT, 0, "members: '%s' is no name of a member", name);
	read_identity(&m, name, in, address, partition, reading);
	m.session = str_eq(session, "user-disabled") ? BIGIP_SESSION_DISABLED
						     : BIGIP_SESSION_ENABLED;
	for (unsigned i = 0; state && i < ARRAY_SIZE(states); i++)
		if (strcmp(state, states[i].state) == 0)
			m.availability = (uint8_t)states[i].availability;
	*ret = m;
	return 0;
}

/* ---- the field ---- */

static struct bigip_pool *pool_of(const struct bigip_object *o)
{
	return (struct bigip_pool *)o;
}

static void members_clear(const struct bigip_field *f, struct bigip_object *o)
{
	struct bigip_pool *p = pool_of(o);

	for (size_t i = 0; i < p->n_members; i++)
		free(p->members[i].name);
	free(p->members);
	p->members = NULL;
	p->n_members = 0;
}

static void members_copy(const struct bigip_field *f, struct bigip_object *to,
			 const struct bigip_object *from)
{
	const struct bigip_pool *p = pool_of(from);
	struct bigip_member *copy = NULL;

	if (p->n_members) {
		copy = mem_dup(p->members, p->n_members * sizeof(*copy));
		for (size_t i = 0; i < p->n_members; i++)
			copy[i].name = mem_strdup(copy[i].name);
	}
	pool_of(to)->members = copy;
	pool_of(to)->n_members = p->n_members;
}

static int members_read(const struct bigip_field *f, struct bigip_object *o,
			const struct field_input *in)
{
	struct bigip_pool *p = pool_of(o);
	struct json_object *items = NULL;
	int told = field_get_items(f, in->item, &items, in->err);
	size_t n = told < 0 ? 0 : js_arr_len(items);

	if (!n)
		return told;
	p->members = mem_calloc(n, sizeof(*p->members));
	for (size_t i = 0; i < n; i++) {
		if (bigip_member_from_json(json_object_array_get_idx(items, i), o->partition,
					   in->reading, &p->members[i], in->err) < 0)
			return -1;
		p->n_members++;
	}
	bigip_pool_sort(p);
	return told;
}

static void members_write(const struct bigip_field *f, const struct bigip_object *o,
			  struct json_object *body, bool patch)
{
	const struct bigip_pool *p = pool_of(o);
	struct json_object *list;

	if (!p->n_members && !patch)
		return;
	list = js_list();
	for (size_t i = 0; i < p->n_members; i++)
		js_push(list, bigip_member_to_json(p, &p->members[i]));
	js_put(body, f->json, list);
}

static bool members_equal(const struct bigip_field *f, const struct bigip_object *wanted,
			  const struct bigip_object *observed)
{
	const struct bigip_pool *a = pool_of(wanted), *b = pool_of(observed);

	if (a->n_members != b->n_members)
		return false;
	for (size_t i = 0; i < a->n_members; i++)
		if (bigip_member_cmp(&a->members[i], &b->members[i]) != 0 ||
		    !bigip_member_same(&a->members[i], &b->members[i]))
			return false;
	return true;
}

static void members_print(const struct bigip_field *f, const struct bigip_object *o,
			  struct strbuf *out)
{
	const struct bigip_pool *p = pool_of(o);
	struct strbuf name = {0};

	for (size_t i = 0; i < p->n_members; i++) {
		const struct bigip_member *m = &p->members[i];

		str_clear(&name);
		bigip_member_name(m, &name);
		str_add(out, i ? ", " : "");
		field_add_text(out, name.data);
		if (m->availability == BIGIP_AVAIL_FORCED_DOWN)
			str_add(out, " (forced offline)");
		else if (m->session == BIGIP_SESSION_DISABLED)
			str_add(out, " (disabled)");
	}
	if (!p->n_members)
		str_add(out, "none");
	str_release(&name);
}

const struct field_type field_members = {
	.read = members_read,
	.write = members_write,
	.equal = members_equal,
	.copy = members_copy,
	.clear = members_clear,
	.print = members_print,
};
