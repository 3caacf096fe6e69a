/*
 * Partitions and folders, iApp services, and the kinds that only exist: traffic groups, devices,
 * provisioning, database variables (API notes 3.1, 3.2, 3.13, 3.19, 3.20).
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

#define TRUE_FALSE "true|false"

/* --- partitions: each is also a folder --- */

static void rd_link(struct mock *m, struct mock_obj *o)
{
	char id[24];

	snprintf(id, sizeof(id), "%lld", obj_int(o, "defaultRouteDomain"));
	store_link(&m->store, o, "@rd-used", id, "defaultRouteDomain", false);
}

static int partition_check(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	char id[24];
	const struct mock_slot *slot;

	snprintf(id, sizeof(id), "%lld", obj_int(o, "defaultRouteDomain"));
	slot = store_slot(&m->store, "@rd", id);
	if (slot && slot->users)
		return 0;
	return fault_set(f, 400, API_MCPD,
			 "01070712:3: Values (%s) specified for partition (%s): foreign key index "
			 "(route_domain_FK) do not point at an item that exists in the database.",
			 id, o->name);
}

static int partition_prepare(struct mock *m, struct mock_obj *o, struct json_object *body,
			     bool create, struct mock_fault *f)
{
	(void)m, (void)body;
	if (create && (strpbrk(o->name, "/~ %") || strlen(o->name) > 190))
		return fault_set(f, 400, API_TMSH, "invalid property value \"name\":\"%.200s\"",
				 o->name);
	return 0;
}

static int partition_created(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	autofree char *path = mem_printf("/%s", o->name);
	struct mock_obj *folder;

	(void)f;
	if (folder_find(m, path))
		return 0;
	folder = write_make(m, &kind_folder, NULL, "/", o->name, NULL);
	folder->generation = m->store.generation;
	return 0;
}

static void partition_deleted(struct mock *m, struct mock_obj *o)
{
	autofree char *path = mem_printf("/%s", o->name);
	struct mock_obj *folder = folder_find(m, path);

	if (!folder)
		return;
	folder->gone_with_partition = true;
	store_remove(&m->store, folder);
}

static struct mock_field partition_fields[] = {
	{"defaultRouteDomain", MF_INT, "0", NULL, 0, 65534},
	{"description", MF_STR},
	{0},
};

struct mock_kind kind_partition = {
	.uri = "auth/partition",
	.family = "partition",
	.type_name = "partition",
	.fields = partition_fields,
	.flags = K_PLAIN,
	.prepare = partition_prepare,
	.created = partition_created,
	.deleted = partition_deleted,
	.link = rd_link,
	.check = partition_check,
};

/* --- folders --- */

static int folder_prepare(struct mock *m, struct mock_obj *o, struct json_object *body, bool create,
			  struct mock_fault *f)
{
	(void)create;
	if (!m->seeding && js_key(body, "deviceGroup") &&
	    strcmp(obj_str(o, "inheritedDevicegroup"), "false") != 0 &&
	    strcmp(js_str(body, "deviceGroup", "none"), "none") != 0)
		return fault_set(
			f, 400, API_MCPD,
			"01070734:3: Configuration error: The device-group of folder %s is "
			"inherited",
			o->path);
	return 0;
}

static int folder_created(struct mock *m, struct mock_obj *o, struct mock_fault *f)
{
	struct mock_obj *p;

	(void)f;
	if (strcmp(o->folder, "/") != 0 || store_find(&m->store, "partition", o->name))
		return 0;
	p = write_make(m, &kind_partition, NULL, "", o->name, NULL);
	p->generation = m->store.generation;
	return 0;
}

static void folder_deleted(struct mock *m, struct mock_obj *o)
{
	struct mock_obj *p = strcmp(o->folder, "/") ? NULL
						    : store_find(&m->store, "partition", o->name);

	o->gone_with_partition = false;
	if (p)
		store_remove(&m->store, p);
}

static void folder_in_use(const struct mock_obj *o, const struct mock_obj *user,
			  struct mock_fault *f)
{
	/* asked to delete the partition, or its folder? The partition's own message names no
	 * object. */
	if (o->gone_with_partition)
		fault_set(
			f, 400, API_MCPD,
			"0107082a:3: All objects must be removed from a partition (%s) before the "
			"partition may be removed, type ID (915)",
			o->name);
	else
		fault_set(f, 400, API_MCPD,
			  "010713f9:3: The folder %s cannot be deleted because it contains "
			  "configuration item (%s %s)",
			  o->path, user->kind->last, user->path);
}

static struct mock_field folder_fields[] = {
	{"description", MF_STR},
	{"deviceGroup", MF_STR, "\"none\""},
	{"hidden", MF_ENUM, "\"false\"", TRUE_FALSE},
	{"inheritedDevicegroup", MF_ENUM, "\"true\"", TRUE_FALSE},
	{"inheritedTrafficGroup", MF_ENUM, "\"true\"", TRUE_FALSE},
	{"noRefCheck", MF_ENUM, "\"false\"", TRUE_FALSE},
	{"trafficGroup", MF_REF, "\"/Common/traffic-group-1\"", "traffic-group"},
	{0},
};

struct mock_kind kind_folder = {
	.uri = "sys/folder",
	.family = "folder",
	.type_name = "folder",
	.fields = folder_fields,
	.prepare = folder_prepare,
	.created = folder_created,
	.deleted = folder_deleted,
	.in_use = folder_in_use,
};

/* --- iApps --- */

/* the service lives in a folder of its own, made with it: /P/X.app/X */
static void service_place(struct mock *m, char **folder, const char *name)
{
	autofree char *app = mem_printf("%s.app", name);
	char *path;
	struct mock_obj *made;

	if (str_ends(*folder, ".app"))
		return;
	path = mem_printf("%s/%s", *folder, app);
	if (folder_find(m, *folder) && !folder_find(m, path)) {
		made = write_make(m, &kind_folder, NULL, *folder, app, NULL);
		made->generation = m->store.generation;
	}
	free(*folder);
	*folder = path;
}

static void service_deleted(struct mock *m, struct mock_obj *o)
{
	struct mock_slot *slot = store_slot(&m->store, "folder", o->folder);
	struct mock_obj *folder = slot ? slot->obj : NULL;

	if (!folder || !str_ends(o->folder, ".app"))
		return;
	for (struct mock_link *l = slot->users; l;) { /* its children go with it */
		struct mock_obj *child = l->from;

		store_remove(&m->store, child);
		if (child->kind->deleted)
			child->kind->deleted(m, child);
		slot = store_slot(&m->store, "folder", o->folder);
		l = slot ? slot->users : NULL;
	}
	store_remove(&m->store, folder);
}

static struct mock_field service_fields[] = {
	{"description", MF_STR},
	{"deviceGroup", MF_STR, "\"none\""},
	{"executeAction", MF_STR, .flags = F_HIDDEN},
	{"inheritedDevicegroup", MF_ENUM, "\"true\"", TRUE_FALSE},
	{"inheritedTrafficGroup", MF_ENUM, "\"true\"", TRUE_FALSE},
	{"strictUpdates", MF_ENUM, "\"enabled\"", "enabled|disabled"},
	{"template", MF_REF, NULL, "template"},
	{"templateModified", MF_STR, "\"no\"", .flags = F_RO},
	{"trafficGroup", MF_REF, "\"/Common/traffic-group-1\"", "traffic-group"},
	{"lists", MF_RAW},
	{"tables", MF_RAW},
	{"variables", MF_RAW},
	{"metadata", MF_RAW},
	{0},
};

struct mock_kind kind_service = {
	.uri = "sys/application/service",
	.family = "service",
	.type_name = "application service",
	.fields = service_fields,
	.place = service_place,
	.deleted = service_deleted,
};

static struct mock_field template_fields[] = {{"description", MF_STR}, {0}};

struct mock_kind kind_template = {
	.uri = "sys/application/template",
	.family = "template",
	.type_name = "application template",
	.fields = template_fields,
};

/* --- the rest --- */

static struct mock_field traffic_group_fields[] = {
	{"autoFailbackEnabled", MF_ENUM, "\"false\"", TRUE_FALSE},
	{"autoFailbackTime", MF_INT, "60", NULL, 0, 4294967295ll},
	{"description", MF_STR},
	{"failoverMethod", MF_STR, "\"ha-order\""},
	{"haLoadFactor", MF_INT, "1", NULL, 0, 4294967295ll},
	{"isFloating", MF_STR, "\"true\""},
	{"mac", MF_STR, "\"none\""},
	{"monitor", MF_RAW, "{}"},
	{"unitId", MF_INT, "1", NULL, 0, 15},
	{0},
};

struct mock_kind kind_traffic_group = {
	.uri = "cm/traffic-group",
	.family = "traffic-group",
	.type_name = "traffic group",
	.fields = traffic_group_fields,
};

struct mock_kind kind_device = {
	.uri = "cm/device",
	.family = "device",
	.type_name = "device",
	.flags = K_LOOSE,
	.template =
		"{\"activeModules\":[\"BIG-IP, VE, LAB|AAAAAAA-AAAAAAA|SSL, "
		"VE\"],\"alternateIp\":\"none\","
		"\"baseMac\":\"00:00:5e:00:53:01\",\"build\":\"0.0.4\",\"chassisType\":"
		"\"individual\","
		"\"configsyncIp\":\"none\",\"edition\":\"Point Release "
		"1\",\"failoverState\":\"active\","
		"\"haCapacity\":0,\"hostname\":\"bigip.mock.local\",\"managementIp\":\"127.0.0.1\","
		"\"marketingName\":\"BIG-IP Virtual Edition\",\"mgmtUnicastMode\":\"both\","
		"\"mirrorIp\":\"any6\",\"mirrorSecondaryIp\":\"any6\",\"multicastIp\":\"any6\","
		"\"multicastPort\":0,\"platformId\":\"Z100\",\"product\":\"BIG-IP\","
		"\"selfDevice\":\"true\",\"timeZone\":\"UTC\",\"version\":\"14.1.2.1\"}",
};

static struct mock_field device_group_fields[] = {
	{"autoSync", MF_ENUM, "\"disabled\"", "enabled|disabled"},
	{"description", MF_STR},
	{"fullLoadOnSync", MF_ENUM, "\"false\"", TRUE_FALSE},
	{"incrementalConfigSyncSizeMax", MF_INT, "1024", NULL, 0, 4294967295ll},
	{"networkFailover", MF_ENUM, "\"disabled\"", "enabled|disabled"},
	{"saveOnAutoSync", MF_ENUM, "\"false\"", TRUE_FALSE},
	{"type", MF_ENUM, "\"sync-only\"", "sync-only|sync-failover"},
	{0},
};

struct mock_kind kind_device_group = {
	.uri = "cm/device-group",
	.family = "device-group",
	.type_name = "device group",
	.fields = device_group_fields,
};

static struct mock_field provision_fields[] = {
	{"cpuRatio", MF_INT, "0", NULL, 0, 255},
	{"diskRatio", MF_INT, "0", NULL, 0, 255},
	{"level", MF_ENUM, "\"none\"", "none|minimum|nominal|dedicated"},
	{"memoryRatio", MF_INT, "0", NULL, 0, 255},
	{0},
};

struct mock_kind kind_provision = {
	.uri = "sys/provision",
	.family = "provision",
	.type_name = "provisioned module",
	.fields = provision_fields,
	.flags = K_PLAIN | K_NO_POST | K_NO_DELETE,
};

static struct mock_field db_fields[] = {
	{"defaultValue", MF_STR, .flags = F_IM},
	{"scfConfig", MF_STR, "\"true\"", .flags = F_IM},
	{"value", MF_STR},
	{"valueRange", MF_STR, .flags = F_IM},
	{0},
};

struct mock_kind kind_db = {
	.uri = "sys/db",
	.family = "db",
	.type_name = "DB variable",
	.fields = db_fields,
	.flags = K_PLAIN | K_NO_POST | K_NO_DELETE,
};

static struct mock_field default_node_monitor_fields[] = {{"rule", MF_MONITOR}, {0}};

struct mock_kind kind_default_node_monitor = {
	.uri = "ltm/default-node-monitor",
	.family = "default-node-monitor",
	.type_name = "default node monitor",
	.fields = default_node_monitor_fields,
	.flags = K_PLAIN | K_NO_POST | K_NO_DELETE | K_SINGLE | K_TRAFFIC,
};
