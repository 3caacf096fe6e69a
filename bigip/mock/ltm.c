/*
 * The smaller LTM kinds: SNAT pools and translations, iRules, data groups (API notes 3.8, 3.11,
 * 3.12). Policies are in policy.c.
 */
#include <ctype.h>

#include "bigip/mock/core.h"
#include "common/base/mem.h"

#define ON_OFF "enabled|disabled"

/* --- SNAT --- */

static struct mock_obj *make_translation(struct mock *m, const char *folder, const char *name,
					 struct mock_fault *f)
{
	autojson struct json_object *body = json_object_new_object();
	struct mock_obj *t = NULL;

	js_put_str(body, "name", name);
	js_put_str(body, "partition", folder + 1);
	js_put_str(body, "address", name);
	return write_create(m, &kind_snat_translation, NULL, body, &t, f) < 0 ? NULL : t;
}

/* members are translations; an address alone means one in the pool's folder, made when missing */
static int snatpool_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
			    bool create, struct mock_fault *f)
{
	struct json_object *raw = js_key(body, "members"), *list;
	int field = kind_field(o->kind, "members");

	(void)create;
	if (!js_arr_len(o->v[field]))
		return fault_set(f, 400, API_TMSH, "one or more properties must be specified");
	if (!json_object_is_type(raw, json_type_array))
		return 0;
	list = json_object_new_array();
	for (size_t i = 0; i < json_object_array_length(raw); i++) {
		const char *e = json_object_get_string(json_object_array_get_idx(raw, i));
		const char *slash = e ? strrchr(e, '/') : NULL, *name = slash ? slash + 1 : e;
		autofree char *folder = slash && slash > e ? mem_strndup(e, (size_t)(slash - e))
							   : mem_strdup(o->folder);
		autofree char *normal = name ? addr_normal(m, folder, name) : NULL;
		autofree char *path = mem_printf("%s/%s", folder,
						 normal ? normal
						 : name ? name
							: "");

		js_push_str(list, path);
		if (normal && !store_find(&m->store, "snat-translation", path) &&
		    !make_translation(m, folder, normal, f)) {
			json_object_put(list);
			return -1;
		}
	}
	obj_set(o, field, list);
	return 0;
}

static void snatpool_in_use(const struct mock_obj *o, const struct mock_obj *user,
			    struct mock_fault *f)
{
	(void)user;
	fault_set(f, 400, API_MCPD,
		  "01070320:3: Snatpool %s is still referenced by a virtual server.", o->path);
}

static int translation_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
			       bool create, struct mock_fault *f)
{
	const char *text = *obj_str(o, "address") ? obj_str(o, "address") : o->name;
	autofree char *normal = NULL;

	(void)body;
	if (!create)
		return 0;
	normal = addr_normal(m, o->folder, text);
	if (!normal)
		return fault_set(f, 400, API_TMSH, "invalid property value \"address\":\"%.100s\"",
				 text);
	obj_set_str(o, "address", normal);
	return 0;
}

static struct mock_field snatpool_fields[] = {
	{"description", MF_STR},
	{"members", MF_REFS, NULL, "snat-translation"},
	{0},
};

struct mock_kind kind_snatpool = {
	.uri = "ltm/snatpool",
	.family = "snatpool",
	.type_name = "SNAT pool",
	.fields = snatpool_fields,
	.flags = K_TRAFFIC,
	.prepare = snatpool_prepare,
	.in_use = snatpool_in_use,
};

#define IDLE_TIMEOUT(key)                                                                          \
	{                                                                                          \
		key, MF_NUMSTR, "\"indefinite\"", "indefinite"                                     \
	}
static struct mock_field translation_fields[] = {
	{"address", MF_STR, .flags = F_IM},
	{"arp", MF_ENUM, "\"enabled\"", ON_OFF},
	{"connectionLimit", MF_INT, "0", NULL, 0, 65535},
	{"description", MF_STR},
	{"disabled", MF_FLAG, NULL, "enabled"},
	{"enabled", MF_FLAG, "true", "disabled"},
	{"inheritedTrafficGroup", MF_ENUM, "\"true\"", "true|false"},
	IDLE_TIMEOUT("ipIdleTimeout"),
	IDLE_TIMEOUT("tcpIdleTimeout"),
	{"trafficGroup", MF_REF, "\"/Common/traffic-group-1\"", "traffic-group"},
	IDLE_TIMEOUT("udpIdleTimeout"),
	{"unit", MF_INT, "1", .flags = F_RO},
	{0},
};

struct mock_kind kind_snat_translation = {
	.uri = "ltm/snat-translation",
	.family = "snat-translation",
	.type_name = "SNAT translation",
	.fields = translation_fields,
	.flags = K_ADDR_NAME | K_TRAFFIC,
	.prepare = translation_prepare,
};

/* --- iRules --- */

/* literal names after "pool", "snatpool" and "class match|lookup|..." words: what a rule refers to
 */
static void rule_word(const char **p, const char **ret, size_t *ret_len)
{
	*p += strspn(*p, " \t");
	*ret = *p;
	*ret_len = strcspn(*p, " \t\r\n;{}[]\"$");
	*p += *ret_len;
}

static void rule_refer(struct mock *m, struct mock_obj *o, const char *family, const char *what,
		       const char *word, size_t len)
{
	autofree char *name = mem_strndup(word, len);
	autofree char *path = NULL, *own = NULL;

	if (!len || len > 512)
		return;
	own = *name == '/' ? mem_strdup(name) : mem_printf("%s/%s", o->folder, name);
	path = *name == '/' || store_find(&m->store, family, own) ? move_ptr(own)
								  : value_path(name);
	if (path)
		store_link(&m->store, o, family, path, what, true);
}

static void rule_link(struct mock *m, struct mock_obj *o)
{
	const char *text = obj_str(o, "apiAnonymous"), *word;
	bool command = true; /* at the start of a command */
	size_t len;

	for (const char *p = text; *p;) {
		if (command && *p == '#') {
			p += strcspn(p, "\n");
			continue;
		}
		if (strchr("\n;{[", *p)) {
			command = true;
			p++;
			continue;
		}
		if (isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		rule_word(&p, &word, &len);
		if (!len) {
			p++;
			command = false;
			continue;
		}
		if (command && ((len == 4 && !memcmp(word, "pool", 4)) ||
				(len == 8 && !memcmp(word, "snatpool", 8)))) {
			const char *name;
			size_t n;

			rule_word(&p, &name, &n);
			rule_refer(m, o, len == 4 ? "pool" : "snatpool",
				   len == 4 ? "pool" : "snatpool", name, n);
		}
		command = false;
	}
}

static int rule_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			struct mock_fault *f)
{
	const char *text = obj_str(o, "apiAnonymous");
	autofree char *trimmed = NULL;
	unsigned line = 1;
	int depth = 0;

	(void)m, (void)body, (void)create;
	if (str_starts(o->name, "_sys_") && !m->seeding)
		return fault_set(f, 400, API_MCPD, "01070320:3: System rule %s cannot be modified.",
				 o->path);
	trimmed = mem_strdup(text + strspn(text, " \t\r\n"));
	for (const char *p = trimmed; *p; p++) {
		if (*p == '\\' && p[1])
			p++;
		else if (*p == '{')
			depth++;
		else if (*p == '}')
			depth--;
		line += *p == '\n';
		if (depth < 0)
			break;
	}
	if (depth)
		return fault_set(f, 400, API_MCPD,
				 "01070151:3: Rule [%s] error: %s:%u: error: [parse error: %s][]",
				 o->path, o->path, line,
				 depth < 0 ? "extra characters after close-brace"
					   : "missing close-brace");
	if (*trimmed)
		obj_set_str(o, "apiAnonymous", trimmed);
	return 0;
}

static void rule_in_use(const struct mock_obj *o, const struct mock_obj *user, struct mock_fault *f)
{
	fault_set(f, 400, API_MCPD,
		  "01070265:3: The rule (%s) cannot be deleted because it is in use by a %s (%s).",
		  o->path, user->kind == &kind_rule ? "rule" : user->kind->type_name, user->path);
}

static struct mock_field rule_fields[] = {
	{"apiAnonymous", MF_STR},
	{"description", MF_STR},
	{"ignoreVerification", MF_ENUM, NULL, "true|false"},
	{"metadata", MF_RAW},
	{0},
};

struct mock_kind kind_rule = {
	.uri = "ltm/rule",
	.family = "rule",
	.type_name = "iRule",
	.fields = rule_fields,
	.flags = K_TRAFFIC,
	.prepare = rule_prepare,
	.link = rule_link,
	.in_use = rule_in_use,
};

/* --- data groups --- */

enum { RECORD_MAX = 65520 };

static int by_name(const void *a, const void *b)
{
	struct json_object *const *x = a, *const *y = b;

	return strcmp(js_str(*x, "name", ""), js_str(*y, "name", ""));
}

static int data_group_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
			      bool create, struct mock_fault *f)
{
	int field = kind_field(o->kind, "records");
	struct json_object *in = o->v[field], *out;
	const char *type = obj_str(o, "type"), *last = NULL;

	(void)m, (void)create;
	if (!in || !js_key(body, "records"))
		return 0;
	if (!json_object_is_type(in, json_type_array))
		return fault_set(f, 400, API_TMSH, "invalid property value \"records\"");
	out = json_object_new_array();
	obj_set(o, field, out);
	in = js_key(body, "records");
	for (size_t i = 0; i < json_object_array_length(in); i++) {
		struct json_object *e = json_object_array_get_idx(in, i), *r;
		const char *name = json_object_is_type(e, json_type_string)
					   ? json_object_get_string(e)
					   : js_str(e, "name", NULL);
		const char *data = js_str(e, "data", "");
		char text[IP_TEXT_MAX];
		unsigned long long n;

		if (strlen(data) > RECORD_MAX)
			return fault_set(
				f, 400, API_MCPD,
				"01070712:3: Max string size exceeded during update of "
				"attribute:data type:class_value_item max:65520 received:%zu",
				strlen(data));
		if (!strcmp(type, "ip") && name) { /* a host is shown without /32 */
			autofree char *addr = mem_strndup(name, strcspn(name, "%"));
			struct ip_prefix p;

			if (!strchr(name, '%') && ip_parse_prefix(name, &p) == 0)
				name = p.len == ip_bits(&p.addr) ? ip_format(&p.addr, text)
								 : ip_format_prefix(&p, text);
			else if (ip_parse_prefix(addr, &p) < 0)
				name = NULL;
		} else if (!strcmp(type, "integer") && name) {
			if (str_to_u64(name, 0, 4294967295ull, &n))
				name = NULL;
		}
		if (str_empty(name))
			return fault_set(f, 400, API_TMSH, "invalid property value \"records\"");
		r = json_object_new_object();
		js_put_str(r, "name", name);
		js_put_str(r, "data", data);
		json_object_array_add(out, r);
	}
	if (strcmp(type, "ip") != 0)
		json_object_array_sort(out, by_name);
	for (size_t i = 0; i < json_object_array_length(out); i++) {
		const char *name = js_str(json_object_array_get_idx(out, i), "name", "");

		if (last && !strcmp(last, name))
			return fault_set(
				f, 409, API_MCPD,
				"01020066:3: The requested class string item (%s %s) already "
				"exists in partition %.*s.",
				o->path, name, (int)strcspn(o->folder + 1, "/"), o->folder + 1);
		last = name;
	}
	if (!json_object_array_length(out))
		obj_set(o, field, NULL);
	return 0;
}

static struct mock_field data_group_fields[] = {
	{"description", MF_STR},
	{"type", MF_ENUM, NULL, "string|ip|integer", .flags = F_REQ | F_IM_STRICT},
	{"records", MF_RAW},
	{0},
};

struct mock_kind kind_data_group = {
	.uri = "ltm/data-group/internal",
	.family = "data-group",
	.type_name = "value list",
	.fields = data_group_fields,
	.prepare = data_group_prepare,
};
