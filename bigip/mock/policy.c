/*
 * LTM policies (API notes 3.10). Rules, actions and conditions are children; the last two are kept
 * as sent, with the device's zero values and "all zero numbers" filled in. "legacy": true, or a
 * policy outside a Drafts folder, gives the old directly writable form.
 */
#include "bigip/mock/core.h"
#include "common/base/clock.h"
#include "common/base/mem.h"

static int policy_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			  struct mock_fault *f)
{
	char now[CLOCK_RFC3339_MAX];
	const char *status = js_str_of(store_before(&m->store, o, "status"));

	(void)body;
	if (!create && status && !strcmp(status, "published"))
		return fault_set(
			f, 400, API_MCPD,
			"01071911:3: Published policy %s cannot be modified; create a draft.",
			o->path);
	if (create)
		obj_set_str(o, "status", str_ends(o->folder, "/Drafts") ? "draft" : "legacy");
	obj_set_str(o, "lastModified", clock_rfc3339(m->now_us, 0, now));
	return 0;
}

static struct mock_field policy_fields[] = {
	{"controls", MF_RAW},
	{"description", MF_STR},
	{"lastModified", MF_STR, .flags = F_RO},
	{"legacy", MF_RAW, .flags = F_HIDDEN},
	{"requires", MF_RAW},
	{"status", MF_STR, .flags = F_RO},
	{"strategy", MF_REF, "\"/Common/first-match\"", "strategy"},
	{"references", MF_RAW, "{}"},
	{0},
};

struct mock_kind kind_policy = {
	.uri = "ltm/policy",
	.family = "policy",
	.type_name = "Policy",
	.type_low = "policy",
	.fields = policy_fields,
	.flags = K_TRAFFIC,
	.children = {&kind_policy_rules},
	.child_inputs = {"rules"},
	.prepare = policy_prepare,
};

static struct mock_field rule_fields[] = {
	{"description", MF_STR},
	{"ordinal", MF_INT, "0", NULL, 0, 4294967295ll},
	{0},
};

struct mock_kind kind_policy_rules = {
	.uri = "rules",
	.family = "policy-rules",
	.type_name = "policy rule",
	.fields = rule_fields,
	.flags = K_CHILD | K_RECORD | K_ICRD_404,
	.children = {&kind_policy_actions, &kind_policy_conditions},
	.child_inputs = {"actions", "conditions"},
};

static struct mock_field action_fields[] = {
	{"code", MF_INT, "0"},          {"expirySecs", MF_INT, "0"},
	{"length", MF_INT, "0"},        {"offset", MF_INT, "0"},
	{"pool", MF_REF, NULL, "pool"}, {"port", MF_INT, "0"},
	{"status", MF_INT, "0"},        {"timeout", MF_INT, "0"},
	{"vlanId", MF_INT, "0"},        {0},
};

struct mock_kind kind_policy_actions = {
	.uri = "actions",
	.family = "policy-actions",
	.type_name = "policy action",
	.fields = action_fields,
	.flags = K_CHILD | K_RECORD | K_ICRD_404 | K_LOOSE,
};

static struct mock_field condition_fields[] = {
	{"external", MF_FLAG, "true", ""},
	{"index", MF_INT, "0", NULL, 0, 4294967295ll},
	{"present", MF_FLAG, "true", ""},
	{"remote", MF_FLAG, "true", ""},
	{0},
};

struct mock_kind kind_policy_conditions = {
	.uri = "conditions",
	.family = "policy-conditions",
	.type_name = "policy condition",
	.fields = condition_fields,
	.flags = K_CHILD | K_RECORD | K_ICRD_404 | K_LOOSE,
};

static struct mock_field strategy_fields[] = {{"description", MF_STR}, {0}};

struct mock_kind kind_strategy = {
	.uri = "ltm/policy-strategy",
	.family = "strategy",
	.type_name = "policy strategy",
	.fields = strategy_fields,
};

/* --- publish and create-draft --- */

/* what makes @from again under another path: values as own values, children as lists */
static void copy_into(struct mock *m, struct mock_obj *to, const struct mock_obj *from)
{
	for (unsigned i = 0; i < from->kind->n_fields; i++)
		obj_set(to, (int)i, json_object_get(from->v[i]));
	if (from->extra)
		json_object_deep_copy(from->extra, &to->extra, NULL);
	write_relink(&m->store, to);
	to->generation = m->store.generation;
	for (unsigned c = 0; c < KIND_MAX_CHILDREN && from->kind->children[c]; c++) {
		for (unsigned i = 0; i < from->kids[c].n; i++) {
			const struct mock_obj *kid = from->kids[c].list[i];

			copy_into(m, store_add(&m->store, kid->kind, to, kid->folder, kid->name),
				  kid);
		}
	}
}

static int move_policy(struct mock *m, const char *path, bool publish, struct mock_fault *f)
{
	struct mock_obj *from = store_find(&m->store, "policy", path), *to;
	autofree char *folder = NULL, *target = NULL;

	if (!from)
		return fault_set(f, 404, API_MCPD,
				 "01020036:3: The requested Policy (%.500s) was not found.", path);
	if (publish != str_ends(from->folder, "/Drafts"))
		return fault_set(f, 400, API_MCPD, "01071914:3: Policy %s is %sa draft.",
				 from->path, publish ? "not " : "");
	folder = publish ? mem_strndup(from->folder, strlen(from->folder) - strlen("/Drafts"))
			 : mem_printf("%s/Drafts", from->folder);
	target = mem_printf("%s/%s", folder, from->name);
	if (!folder_find(m, folder))
		return fault_set(f, 400, API_TMSH, "The requested folder (%s) was not found.",
				 folder);
	to = store_find(&m->store, "policy", target);
	if (to && !publish)
		return fault_set(
			f, 409, API_MCPD,
			"01020066:3: The requested Policy (%s) already exists in partition "
			"%.*s.",
			target, (int)strcspn(folder + 1, "/"), folder + 1);
	if (to)
		store_remove(&m->store, to);
	to = store_add(&m->store, &kind_policy, NULL, folder, from->name);
	copy_into(m, to, from);
	obj_set_str(to, "status", publish ? "published" : "draft");
	if (publish)
		store_remove(&m->store, from);
	return 0;
}

void policy_command(struct mock *m, struct json_object *body, struct strbuf *out,
		    struct mock_fault *f)
{
	const char *command = js_str(body, "command", ""), *name = js_str(body, "name", "");
	bool publish = !strcmp(command, "publish");

	if (!publish && strcmp(command, "create-draft") != 0) {
		fault_set(f, 400, API_TMSH, "invalid property value \"command\":\"%.100s\"",
			  command);
		return;
	}
	store_begin(&m->store);
	if (move_policy(m, name, publish, f) < 0 || write_check(m, f) < 0) {
		store_rollback(&m->store);
		return;
	}
	write_commit(m);
	str_addf(out, "{\"kind\":\"tm:ltm:policy:%sstate\",\"command\":\"%s\",\"name\":", command,
		 command);
	render_string(name, strlen(name), out);
	str_add_char(out, '}');
}
