/*
 * The verbs on the tree. A change is made at once, inside a journal; what depends on more than one
 * object (references, delete guards, conflicts) is checked at the end of the journal. A single
 * request is a journal of one change, a transaction one of many: the same rules, and inside a
 * transaction references may come in any order.
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

/* keys of a fetched object that come back with a PUT and mean nothing */
static bool ignorable(const char *key)
{
	static const char *const words[] = {
		"kind",       "name",     "partition",       "subPath",    "fullPath",
		"generation", "selfLink", "isSubcollection", "appService", "appServiceReference",
		"items",      "link"};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (!strcmp(key, words[i]))
			return true;
	}
	return str_ends(key, "Reference");
}

struct mock_obj *folder_find(const struct mock *m, const char *folder)
{
	return store_find(&m->store, "folder", folder);
}

/* --- references --- */

void link_monitors(struct mock *m, struct mock_obj *o, const char *text)
{
	struct json_object *paths;
	long min;

	if (!*text || !strcmp(text, "default") || !strcmp(text, "none") ||
	    value_monitor(text, &paths, &min) < 0)
		return;
	for (size_t i = 0; i < json_object_array_length(paths); i++)
		store_link(&m->store, o, "monitor",
			   json_object_get_string(json_object_array_get_idx(paths, i)), "monitor",
			   true);
	json_object_put(paths);
}

static void relink(struct mock *m, struct mock_obj *o)
{
	struct mock_store *s = &m->store;

	store_unlink(s, o);
	for (unsigned i = 0; i < o->kind->n_fields; i++) {
		const struct mock_field *fl = &o->kind->fields[i];
		struct json_object *v = o->v[i];
		bool guard = !(fl->flags & F_NO_GUARD);

		if (!v)
			continue;
		if (fl->type == MF_REF)
			store_link(s, o, fl->arg, json_object_get_string(v), fl->key, guard);
		else if (fl->type == MF_MONITOR)
			link_monitors(m, o, json_object_get_string(v));
		for (size_t j = 0; fl->type == MF_REFS && j < json_object_array_length(v); j++)
			store_link(s, o, fl->arg,
				   json_object_get_string(json_object_array_get_idx(v, j)), fl->key,
				   guard);
	}
	if (!o->parent && *o->folder)
		store_link(s, o, "folder", o->folder, "folder", true);
	if (o->kind->link)
		o->kind->link(m, o);
}

void write_relink(struct mock_store *s, struct mock_obj *o)
{
	relink(container_of(s, struct mock, store), o);
}

/* --- what an object is called in messages --- */

static void label(const struct mock_kind *k, const struct mock_obj *parent, const char *path,
		  struct strbuf *out)
{
	if (k->label)
		k->label(parent, path, out);
	else
		str_add(out, path);
}

static int duplicate(const struct mock_kind *k, const struct mock_obj *parent, const char *folder,
		     const char *path, struct mock_fault *f)
{
	char partition[PARTITION_MAX];
	struct strbuf name = {0};

	label(k, parent, path, &name);
	folder_partition(*folder ? folder : parent ? parent->folder : "/Common", partition);
	fault_set(f, 409, API_MCPD,
		  "01020066:3: The requested %s (%s) already exists in partition %s.", k->type_name,
		  str_get(&name), partition);
	str_release(&name);
	return -1;
}

/* --- values from a body --- */

static int child_input(struct mock *m, struct mock_obj *o, unsigned child, const char *key,
		       struct json_object *v, struct mock_fault *f)
{
	struct json_object *list = v;

	if (str_ends(key, "Reference")) {
		/* a fetched object: only an expanded list says something */
		list = js_key(v, "items");
		if (!list)
			return 0;
	}
	if (!v)
		return 0;
	return write_child_list(m, o, child, list, f);
}

static int child_inputs(struct mock *m, struct mock_obj *o, struct json_object *body,
			struct mock_fault *f)
{
	for (unsigned c = 0; c < KIND_MAX_CHILDREN && o->kind->children[c]; c++) {
		const char *key = o->kind->child_inputs[c];
		char ref[64];
		struct json_object *v;

		if (!key)
			continue;
		snprintf(ref, sizeof(ref), "%sReference", key);
		if (json_object_object_get_ex(body, key, &v)) {
			if (child_input(m, o, c, key, v, f) < 0)
				return -1;
		} else if (json_object_object_get_ex(body, ref, &v)) {
			if (child_input(m, o, c, ref, v, f) < 0)
				return -1;
		}
	}
	return 0;
}

static bool is_child_input(const struct mock_kind *k, const char *key)
{
	for (unsigned c = 0; c < KIND_MAX_CHILDREN && k->children[c]; c++) {
		if (k->child_inputs[c] && !strcmp(k->child_inputs[c], key))
			return true;
	}
	return false;
}

static int apply_body(struct mock *m, struct mock_obj *o, struct json_object *body, bool modify,
		      struct mock_fault *f)
{
	json_object_object_foreach (body, key, v) {
		int field = kind_field(o->kind, key);

		if (field >= 0) {
			if (value_apply(m, o, (unsigned)field, v, modify, f) < 0)
				return -1;
		} else if (ignorable(key) || is_child_input(o->kind, key)) {
			continue;
		} else if (o->kind->flags & K_LOOSE) {
			if (!v)
				continue;
			if (!o->extra)
				o->extra = json_object_new_object();
			json_object_object_add(o->extra, key, json_object_get(v));
		} else {
			return fault_set(f, 400, API_TMSH, "\"%.100s\" unknown property", key);
		}
	}
	return 0;
}

static void changed(struct mock *m, struct mock_obj *o)
{
	for (struct mock_obj *p = o; p; p = p->parent) {
		p->generation = p->kind->flags & K_GEN0 ? 0 : m->store.generation;
		p->builtin = m->seeding;
	}
}

/* --- create --- */

/* where a new object goes: its folder and plain name; both given */
static int placement(const struct mock_kind *k, struct mock_obj *parent, struct json_object *body,
		     char **ret_folder, char **ret_name, struct mock_fault *f)
{
	const char *name = js_str(body, "name", NULL);
	const char *partition = js_str(body, "partition", NULL);
	const char *sub = js_str(body, "subPath", NULL), *slash;

	if (str_empty(name) || strlen(name) > 1024)
		return fault_set(f, 400, API_TMSH,
				 "one or more configuration identifiers must be provided");
	if (strpbrk(name, "<>\""))
		return fault_set(f, 400, API_TMSH, "HTML Tag-like Content in the Request URL/Body");
	if (k->flags & (K_PLAIN | K_RECORD)) {
		*ret_folder = mem_strdup("");
		*ret_name = mem_strdup(name);
		return 0;
	}
	slash = strrchr(name, '/');
	if (name[0] == '/' && slash > name && slash[1]) { /* a full path as name */
		*ret_folder = mem_strndup(name, (size_t)(slash - name));
		*ret_name = mem_strdup(slash + 1);
		return 0;
	}
	if (k == &kind_folder && (slash == name || str_eq(sub, "/") || str_eq(partition, "/"))) {
		*ret_folder = mem_strdup("/");
		*ret_name = mem_strdup(slash ? slash + 1 : name);
		return 0;
	}
	if (slash)
		return fault_set(f, 400, API_TMSH, "invalid property value \"name\":\"%.200s\"",
				 name);
	if (str_empty(partition))
		partition = "Common";
	if (*partition == '/')
		partition++;
	*ret_folder = !str_empty(sub) ? mem_printf("/%s/%s", partition, sub)
				      : mem_printf("/%s", partition);
	*ret_name = mem_strdup(name);
	return 0;
}

static int check_folder(struct mock *m, const char *folder, struct mock_fault *f)
{
	if (!*folder || folder_find(m, folder))
		return 0;
	return fault_set(f, 400, API_TMSH, "The requested folder (%s) was not found.", folder);
}

static int required(const struct mock_obj *o, struct mock_fault *f)
{
	for (unsigned i = 0; i < o->kind->n_fields; i++) {
		if ((o->kind->fields[i].flags & F_REQ) && !o->v[i])
			return fault_set(f, 400, API_TMSH,
					 "\"%s\" : one or more properties must be specified",
					 o->kind->fields[i].key);
	}
	return 0;
}

static int fill_new(struct mock *m, struct mock_obj *o, struct json_object *body,
		    struct mock_fault *f)
{
	struct mock_kind *k = o->kind;

	if (apply_body(m, o, body, false, f) < 0 ||
	    (k->prepare && k->prepare(m, o, body, true, f) < 0) || required(o, f) < 0)
		return -1;
	relink(m, o);
	if (child_inputs(m, o, body, f) < 0)
		return -1;
	if (k->created && k->created(m, o, f) < 0)
		return -1;
	changed(m, o);
	return 0;
}

/* the one message that names the service instead of the port */
static int member_folder(const struct mock_obj *pool, const char *path, struct mock_fault *f)
{
	char service[16];
	size_t len = strlen(path);
	int port = 0;

	(void)addr_split_port(path, &len, &port);
	return fault_set(
		f, 400, API_MCPD,
		"01070734:3: Configuration error: Can't associate Pool Member (%s %.*s %s) "
		"folder does not exist",
		pool->path, (int)len, path, service_name(port, service));
}

int write_create(struct mock *m, struct mock_kind *k, struct mock_obj *parent,
		 struct json_object *body, struct mock_obj **ret, struct mock_fault *f)
{
	autofree char *folder = NULL, *name = NULL, *normal = NULL, *path = NULL;
	struct mock_obj *o;

	if ((k->flags & (K_NO_POST | K_RO)) && !m->seeding)
		return fault_set(f, 400, API_TMSH,
				 "The configuration item \"%s\" can not be created; enter a valid "
				 "option",
				 k->full_uri);
	if (placement(k, parent, body, &folder, &name, f) < 0)
		return -1;
	if (k->name) {
		normal = k->name(m, *folder ? folder : "/Common", name);
		if (!normal)
			return fault_set(f, 400, API_TMSH,
					 "HTML Tag-like Content in the Request URL/Body");
	} else if (k->flags & K_ADDR_NAME) {
		normal = addr_normal(m, folder, name);
	}
	if (normal) {
		free(name);
		name = move_ptr(normal);
	}
	if (k->place)
		k->place(m, &folder, name);
	path = *folder ? mem_printf("%s/%s", str_eq(folder, "/") ? "" : folder, name)
		       : mem_strdup(name);
	if (parent ? store_child(&m->store, parent, k, path) != NULL
		   : store_find(&m->store, k->family, path) != NULL)
		return duplicate(k, parent, folder, path, f);
	if (!(k->flags & K_CHILD) && check_folder(m, folder, f) < 0)
		return -1;
	if (k == &kind_members && !folder_find(m, folder))
		return member_folder(parent, path, f);
	o = store_add(&m->store, k, parent, folder, name);
	if (fill_new(m, o, body, f) < 0)
		return -1;
	*ret = o;
	return 0;
}

struct mock_obj *write_make(struct mock *m, struct mock_kind *k, struct mock_obj *parent,
			    const char *folder, const char *name, const char *json)
{
	autojson struct json_object *body = json_tokener_parse(json ? json : "{}");
	struct mock_obj *o = store_add(&m->store, k, parent, folder, name);
	struct mock_fault f = {0};

	if (fill_new(m, o, body, &f) < 0) {
		fprintf(stderr, "mock-bigip: cannot make %s %s: %s\n", k->full_uri, o->path, f.msg);
		abort(); /* only for objects that this program makes itself */
	}
	return o;
}

/* --- modify --- */

int write_modify(struct mock *m, struct mock_obj *o, struct json_object *body, bool put,
		 struct mock_fault *f)
{
	if (o->kind->flags & K_RO)
		return fault_set(f, 400, API_TMSH, "\"%s\" can not be modified", o->kind->full_uri);
	store_touch(&m->store, o);
	for (struct mock_obj *p = o->parent; p; p = p->parent)
		store_touch(&m->store, p);
	if (put)
		value_reset(o);
	if (apply_body(m, o, body, true, f) < 0 ||
	    (o->kind->prepare && o->kind->prepare(m, o, body, false, f) < 0) || required(o, f) < 0)
		return -1;
	relink(m, o);
	if (child_inputs(m, o, body, f) < 0)
		return -1;
	changed(m, o);
	return 0;
}

/* --- children as a list --- */

static int child_entry(struct json_object *e, struct json_object **ret, struct mock_fault *f)
{
	if (json_object_is_type(e, json_type_string)) {
		*ret = json_object_new_object();
		js_put_str(*ret, "name", json_object_get_string(e));
		return 0;
	}
	if (json_object_is_type(e, json_type_object)) {
		*ret = json_object_get(e);
		return 0;
	}
	return fault_set(f, 400, API_TMSH, "invalid property value in a list of names");
}

/* the path that @body will have as a child of @o; NULL if it has no usable name. Given. */
static char *child_path(struct mock *m, struct mock_obj *o, struct mock_kind *k,
			struct json_object *body)
{
	autofree char *folder = NULL, *name = NULL, *normal = NULL;
	struct mock_fault ignored = {0};

	if (placement(k, o, body, &folder, &name, &ignored) < 0)
		return NULL;
	if (k->name) {
		normal = k->name(m, *folder ? folder : "/Common", name);
		if (!normal)
			return NULL;
		free(name);
		name = move_ptr(normal);
	}
	return *folder ? mem_printf("%s/%s", folder, name) : mem_strdup(name);
}

/* a child named without partition belongs to its parent's, except references into /Common */
static void child_default_partition(struct mock_obj *o, struct mock_kind *k,
				    struct json_object *body)
{
	char partition[PARTITION_MAX];
	const char *name = js_str(body, "name", "");

	if ((k->flags & K_RECORD) || *name == '/' || js_key(body, "partition"))
		return;
	if (k == &kind_members)
		js_put_str(body, "partition", obj_partition(o, partition));
}

static int child_put(struct mock *m, struct mock_obj *o, struct mock_kind *k,
		     struct json_object *body, uint64_t mark, struct mock_fault *f)
{
	autofree char *path = child_path(m, o, k, body);
	struct mock_obj *old = path ? store_child(&m->store, o, k, path) : NULL, *made;

	if (!old) {
		if (write_create(m, k, o, body, &made, f) < 0)
			return -1;
	} else {
		if (write_modify(m, old, body, true, f) < 0)
			return -1;
		made = old;
	}
	made->list_mark = mark;
	return 0;
}

int write_child_list(struct mock *m, struct mock_obj *o, unsigned child, struct json_object *list,
		     struct mock_fault *f)
{
	struct mock_kind *k = o->kind->children[child];
	struct mock_children *c = &o->kids[child];
	uint64_t mark = ++m->list_marks;

	if (json_object_is_type(list, json_type_string)) {
		const char *s = json_object_get_string(list);

		if (*s && strcmp(s, "none") != 0)
			return fault_set(f, 400, API_TMSH,
					 "invalid property value \"%s\":\"%.200s\"",
					 o->kind->child_inputs[child], s);
	} else if (!json_object_is_type(list, json_type_array)) {
		return fault_set(f, 400, API_TMSH, "invalid property value \"%s\"",
				 o->kind->child_inputs[child]);
	}
	for (size_t i = 0; i < js_arr_len(list); i++) {
		autojson struct json_object *body = NULL;

		if (child_entry(json_object_array_get_idx(list, i), &body, f) < 0)
			return -1;
		child_default_partition(o, k, body);
		if (child_put(m, o, k, body, mark, f) < 0)
			return -1;
	}
	for (unsigned i = c->n; i-- > 0;) {
		if (c->list[i]->list_mark != mark)
			store_remove(&m->store, c->list[i]);
	}
	return 0;
}

/* --- delete --- */

int write_delete(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	struct mock_obj *parent = o->parent;

	if (o->kind->flags & (K_NO_DELETE | K_RO))
		return fault_set(f, 400, API_TMSH,
				 "The \"%s\" can not be deleted; enter a valid option",
				 o->kind->full_uri);
	for (struct mock_obj *p = parent; p; p = p->parent)
		store_touch(&m->store, p);
	store_remove(&m->store, o);
	if (parent)
		changed(m, parent);
	if (o->kind->deleted)
		o->kind->deleted(m, o);
	return 0;
}

/* --- the end state --- */

static int missing_reference(const struct mock_obj *o, const struct mock_link *l,
			     struct mock_fault *f)
{
	const struct mock_obj *top = o->parent && !strcmp(l->what, "name") ? o->parent : o;
	size_t family_len = (size_t)(l->to->path - l->to->key) - 1;
	static const struct {
		const char *family, *type;
	} types[] = {{"pool", "Pool"},
		     {"monitor", "monitor"},
		     {"profile", "profile"},
		     {"persistence", "persistence profile"},
		     {"rule", "iRule"},
		     {"snatpool", "SNAT pool"},
		     {"node", "Node"},
		     {"data-group", "value list"},
		     {"folder", "folder"},
		     {"route-domain", "route domain"},
		     {"virtual", "Virtual Server"},
		     {"snat-translation", "SNAT translation"},
		     {"template", "application template"},
		     {"tunnel-profile", "tunnel profile"},
		     {"strategy", "policy strategy"},
		     {"traffic-group", "traffic group"}};
	const char *type = "object", *path = l->to->path;

	if (!strncmp(l->to->key, "vlan\x1f", 5))
		return fault_set(f, 400, API_MCPD,
				 "01070335:3: %s %s refers to nonexistent Vlan %s",
				 top->kind->type_name, top->path, path);
	if (!strncmp(l->to->key, "policy\x1f", 7))
		return fault_set(f, 400, API_MCPD,
				 "01070712:3: Values (%s %s) specified for virtual server policy "
				 "(%s %s): foreign key index (policy_FK) do not point at an item "
				 "that exists in the database.",
				 top->path, path, top->path, path);
	if (!strcmp(l->what, "defaultsFrom") && !strcmp(o->kind->family, "monitor"))
		return fault_set(f, 400, API_MCPD, "01070043:3: Monitor %s parent not found.",
				 o->path);
	if (o->kind == &kind_rule)
		return fault_set(
			f, 400, API_MCPD,
			"01070151:3: Rule [%s] error: Unable to find %s (%s) referenced at "
			"line 1: [%s %s]",
			o->path, l->what, path, l->what, path);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		if (strlen(types[i].family) == family_len &&
		    !memcmp(types[i].family, l->to->key, family_len))
			type = types[i].type;
	}
	return fault_set(f, 404, API_MCPD, "01020036:3: The requested %s (%s) was not found.", type,
			 path);
}

/* an object may refer to its own partition and to /Common */
static int check_partition(const struct mock_obj *o, const struct mock_link *l,
			   struct mock_fault *f)
{
	char mine[PARTITION_MAX], theirs[PARTITION_MAX];
	const struct mock_obj *t = l->to->obj, *top = o;

	if (!*t->folder || t->parent)
		return 0;
	while (top->parent)
		top = top->parent;
	if (!*top->folder)
		return 0;
	obj_partition(top, mine);
	obj_partition(t, theirs);
	if (!strcmp(theirs, "Common") || !strcmp(mine, theirs) || t->kind == &kind_folder)
		return 0;
	return fault_set(f, 400, API_MCPD,
			 "01070726:3: %s %s in partition %s cannot reference %s %s in partition %s",
			 top->kind->type_name, top->path, mine, t->kind->type_name, t->path,
			 theirs);
}

static int check_alive(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	unsigned hops = 0;

	for (const struct mock_link *l = o->out; l; l = l->next_out) {
		if (!l->guard)
			continue;
		if (!l->to->obj)
			return missing_reference(o, l, f);
		if (check_partition(o, l, f) < 0)
			return -1;
	}
	if (o->kind->from_field >= 0) {
		for (const struct mock_obj *p = o; p && hops <= MOCK_MAX_INHERIT; hops++) {
			const char *from = js_str_of(p->v[p->kind->from_field]);

			p = from ? store_find(&m->store, p->kind->family, from) : NULL;
			if (p && p->kind != o->kind && !strcmp(o->kind->family, "monitor"))
				return fault_set(f, 400, API_MCPD,
						 "01070043:3: Monitor %s parent not found.",
						 o->path);
		}
		if (hops > MOCK_MAX_INHERIT)
			return fault_set(
				f, 400, API_MCPD,
				"01070734:3: Configuration error: A %s may not default from "
				"itself",
				o->kind->family);
	}
	return o->kind->check ? o->kind->check(m, o, f) : 0;
}

static void default_in_use(const struct mock_obj *o, const struct mock_obj *user,
			   struct mock_fault *f)
{
	fault_set(f, 400, API_MCPD,
		  "01070265:3: The %s (%s) cannot be deleted because it is in use by a %s (%s).",
		  o->kind->type_name, o->path, user->kind->type_name, user->path);
}

static int check_gone(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	const struct mock_slot *slot;

	if (o->parent)
		return 0;
	if (o->kind->check_gone && o->kind->check_gone(m, o, f) < 0)
		return -1;
	slot = store_slot(&m->store, o->kind->family, o->path);
	if (!slot || slot->obj) /* nobody asks for it, or it was made anew */
		return 0;
	for (const struct mock_link *l = slot->users; l; l = l->next) {
		const struct mock_obj *user = l->from;

		if (!l->guard)
			continue;
		if (user->parent && user->kind != &kind_members &&
		    user->kind != &kind_policy_actions)
			user = user->parent;
		if (o->kind->in_use)
			o->kind->in_use(o, user, f);
		else
			default_in_use(o, user, f);
		return -1;
	}
	return 0;
}

int write_check(struct mock *m, struct mock_fault *f)
{
	struct mock_obj *o;

	/* what is gone first: "in use" names the cause, the dangling reference only the effect */
	for (size_t i = 0; (o = store_touched(&m->store, i)); i++) {
		if (!o->alive && check_gone(m, o, f) < 0)
			return -1;
	}
	for (size_t i = 0; (o = store_touched(&m->store, i)); i++) {
		if (o->alive && check_alive(m, o, f) < 0)
			return -1;
	}
	return 0;
}

void write_commit(struct mock *m)
{
	bool traffic = m->store.traffic_touched;

	store_commit(&m->store);
	if (!traffic)
		return;
	m->traffic_version++;
	if (m->traffic_changed)
		m->traffic_changed(m->traffic_ctx);
}
