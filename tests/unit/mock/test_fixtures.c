/*
 * What a real device showed, and what the mock shows: built-in objects as they are, others after
 * being made from the recorded item. Same keys in the same order, same values, same references.
 */
#include "device.h"

enum how {
	BUILTIN,   /* the object is there on a fresh device */
	MADE,      /* POST the recorded item, then GET it */
	NAME_ONLY, /* POST only its name */
};

static const struct recording {
	const char *file, *uri;
	enum how how;
	const char *only; /* names, blank-separated; NULL: all items */
	const char *setup;
	const char *ignore; /* keys whose values cannot be equal */
} recordings[] = {
	{"auth_partition", "auth/partition", BUILTIN, NULL, "", ""},
	{"sys_folder", "sys/folder", BUILTIN, NULL, "", ""},
	{"cm_traffic_group", "cm/traffic-group", BUILTIN, NULL, "", ""},
	{"ltm_monitorhttp", "ltm/monitor/http", BUILTIN, "http http_head_f5", "", ""},
	{"ltm_monitorhttp", "ltm/monitor/http", MADE, "monitor101 monitor111 monitor201 monitor211",
	 "", ""},
	{"ltm_monitorhttps", "ltm/monitor/https", BUILTIN, NULL, "", ""},
	{"ltm_monitortcp", "ltm/monitor/tcp", BUILTIN, "tcp", "", ""},
	{"ltm_monitortcp", "ltm/monitor/tcp", MADE, "monitor-8888-10.10.34.249", "", ""},
	{"ltm_monitorudp", "ltm/monitor/udp", BUILTIN, NULL, "", ""},
	{"ltm_monitorgateway_icmp", "ltm/monitor/gateway-icmp", BUILTIN, NULL, "", ""},
	{"ltm_profiletcp", "ltm/profile/tcp", BUILTIN,
	 "tcp f5-tcp-lan f5-tcp-mobile f5-tcp-progressive", "", ""},
	{"ltm_profilehttp", "ltm/profile/http", BUILTIN, "http http-transparent", "", ""},
	{"ltm_profilehttp", "ltm/profile/http", MADE, "http_1001 http_2001", "", ""},
	{"ltm_profilefastl4", "ltm/profile/fastl4", BUILTIN,
	 "fastL4 full-acceleration apm-forwarding-fastL4", "", ""},
	{"ltm_profilefastl4", "ltm/profile/fastl4", MADE, "fastL4_1001 sjfastl4profile", "", ""},
	{"ltm_profileudp", "ltm/profile/udp", BUILTIN, NULL, "", ""},
	{"ltm_persistencesource_addr", "ltm/persistence/source-addr", BUILTIN, NULL, "", ""},
	{"ltm_data_groupinternal", "ltm/data-group/internal", BUILTIN, "private_net", "", ""},
	{"ltm_data_groupinternal", "ltm/data-group/internal", MADE,
	 "aol images sys_APM_MS_Office_OFBA_DG", "", "records"},
	{"ltm_node", "ltm/node", MADE, NULL, "", "session state"},
	{"ltm_pool", "ltm/pool", MADE, NULL,
	 "POST ltm/monitor/http {\"name\":\"monitor101\"}\nPOST ltm/monitor/http "
	 "{\"name\":\"monitor111\"}\n"
	 "POST ltm/monitor/http {\"name\":\"monitor201\"}\nPOST ltm/monitor/http "
	 "{\"name\":\"monitor211\"}\n",
	 ""},
	{"ltm_pool", "ltm/pool", NAME_ONLY, "pool1", "", ""},
	{"sdk_post_pool_reply_v11.6.0", "ltm/pool", NAME_ONLY, NULL, "", ""},
	{"ltm_virtual", "ltm/virtual", MADE, NULL, "POST net/vlan {\"name\":\"Internal\"}\n",
	 "creationTime lastModifiedTime vsIndex"},
	{"ltm_virtual_address", "ltm/virtual-address", MADE, NULL, "", ""},
	{"sdk_snat_translation_v11.6.0", "ltm/snat-translation", MADE, NULL, "", ""},
	{"net_route", "net/route", MADE, NULL,
	 "POST net/vlan {\"name\":\"e\"}\n"
	 "POST net/self {\"name\":\"a\",\"address\":\"192.168.40.60/24\",\"vlan\":\"/Common/e\"}\n"
	 "POST net/self {\"name\":\"b\",\"address\":\"172.16.1.1/16\",\"vlan\":\"/Common/e\"}\n",
	 ""},
	{"net_self", "net/self", MADE, NULL,
	 "POST net/vlan {\"name\":\"Services\"}\nPOST net/vlan {\"name\":\"Internal\"}\n"
	 "POST net/vlan {\"name\":\"External\"}\nPOST net/vlan {\"name\":\"HA\"}\n",
	 ""},
	{"net_vlan", "net/vlan", MADE, NULL, "", "ifIndex"},
	{"net_tunnelsvxlan", "net/tunnels/vxlan", BUILTIN, NULL, "", ""},
	{"net_tunnelstunnel", "net/tunnels/tunnel", BUILTIN, NULL, "", "ifIndex"},
	{"net_fdbtunnel", "net/fdb/tunnel", BUILTIN, NULL, "", ""},
	{"net_route_domain", "net/route-domain", BUILTIN, NULL, "", "vlans vlansReference"},
};

static bool listed(const char *words, const char *w)
{
	size_t n = strlen(w);

	for (const char *p = words; *p; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (len == n && !memcmp(p, w, n))
			return true;
		p += len;
	}
	return false;
}

/* every reference of the recorded virtuals needs its target */
static void make_targets(struct device *d, struct json_object *item)
{
	static const char *const keys[] = {"pool", "rules"};

	for (unsigned i = 0; i < ARRAY_LEN(keys); i++) {
		struct json_object *v = js_key(item, keys[i]);
		const char *path;
		autofree char *body = NULL;

		if (json_object_is_type(v, json_type_array))
			v = json_object_array_get_idx(v, 0);
		path = json_object_is_type(v, json_type_string) ? json_object_get_string(v) : NULL;
		if (!path)
			continue;
		body = mem_printf("{\"name\":\"%s\"%s}", path,
				  i ? ",\"apiAnonymous\":\"when CLIENT_ACCEPTED { }\"" : "");
		device_ask(d, "POST", i ? "ltm/rule" : "ltm/pool", body); /* 409: there already */
	}
}

/* text without the version, in which recordings differ */
static char *plain_text(struct json_object *v)
{
	char *s = mem_strdup(js_text(v, NULL));

	for (char *p = strstr(s, "?ver="); p; p = strstr(p + 1, "?ver=")) {
		size_t len = strcspn(p, "\"");

		memmove(p, p + len, strlen(p + len) + 1);
	}
	return s;
}

static unsigned compare(const struct recording *r, struct json_object *want,
			struct json_object *got)
{
	const char *name = js_str(want, "name", "?");
	struct lh_entry *a = json_object_get_object(want)->head;
	struct lh_entry *b = json_object_get_object(got)->head;
	bool old = strstr(r->file, "sdk_") != NULL;
	unsigned bad = 0;

	for (; a; a = a->next, b = b->next) {
		const char *key = lh_entry_k(a);
		autofree char *x = NULL, *y = NULL;

		while (listed(r->ignore, key) && (!b || strcmp(lh_entry_k(b), key) != 0)) {
			a = a->next; /* the key itself may be missing */
			if (!a)
				break;
			key = lh_entry_k(a);
		}
		if (!a)
			break;
		x = plain_text(lh_entry_v(a));
		/* 11.6 did not show this reference yet */
		if (old && b && !strcmp(lh_entry_k(b), "trafficGroupReference"))
			b = b->next;
		if (!b || strcmp(lh_entry_k(b), key) != 0) {
			print_error("%s '%s': expected key '%s', shown is '%s'\n", r->file, name,
				    key, b ? (const char *)lh_entry_k(b) : "the end");
			return bad + 1;
		}
		y = plain_text(lh_entry_v(b));
		if (!strcmp(key, "generation") || listed(r->ignore, key) || !strcmp(x, y))
			continue;
		print_error("%s '%s' %s: recorded %s, shown %s\n", r->file, name, key, x, y);
		bad++;
	}
	if (b) {
		print_error("%s '%s': key '%s' too many\n", r->file, name, (char *)lh_entry_k(b));
		bad++;
	}
	return bad;
}

/* the recorded item as a POST body: without what only replies have */
static struct json_object *as_body(struct json_object *item, bool name_only)
{
	struct json_object *body = json_object_new_object();

	json_object_object_foreach (item, key, v) {
		bool id = !strcmp(key, "name") || !strcmp(key, "partition");

		if (!strcmp(key, "kind") || !strcmp(key, "selfLink") ||
		    !strcmp(key, "generation") || str_ends(key, "Reference") || (name_only && !id))
			continue;
		json_object_object_add(body, key, json_object_get(v));
	}
	return body;
}

static unsigned check_item(const struct recording *r, struct device *d, struct json_object *item)
{
	autofree char *path = mem_strdup(js_str(item, "fullPath", ""));
	autofree char *uri = NULL;

	for (char *p = path; *p; p++)
		*p = *p == '/' ? '~' : *p;
	uri = mem_printf("%s/%s", r->uri, path);
	if (r->how != BUILTIN) {
		autojson struct json_object *body = as_body(item, r->how == NAME_ONLY);

		make_targets(d, item);
		if (device_ask(d, "POST", r->uri, js_text(body, NULL)) != 200) {
			print_error("%s '%s': POST answered %s\n", r->file, path, d->text);
			return 1;
		}
	}
	if (device_ask(d, "GET", uri, NULL) != 200) {
		print_error("%s '%s': GET answered %s\n", r->file, path, d->text);
		return 1;
	}
	return compare(r, item, d->body);
}

static unsigned check_recording(const struct recording *r)
{
	autofree char *path = str_starts(r->file, "sdk_")
				      ? mem_printf("tests/fixtures/bigip/%s.json", r->file)
				      : mem_printf("tests/fixtures/bigip/v14.1.2.1_%s.json",
						   r->file);
	autojson struct json_object *doc = NULL;
	struct json_object *items;
	unsigned bad = 0, n = 0;
	struct device d;
	struct error err;
	size_t len;
	autofree char *text = read_whole(path, &len);

	assert_int_equal(js_parse(text, len, &doc, &err), 0);
	device_init(&d, 0);
	device_script(&d, r->setup);
	items = js_arr(doc, "items");
	if (!items)
		bad += check_item(r, &d, doc), n++;
	for (size_t i = 0; i < js_arr_len(items); i++) {
		struct json_object *item = json_object_array_get_idx(items, i);

		if (r->only && !listed(r->only, js_str(item, "name", "")))
			continue;
		bad += check_item(r, &d, item);
		n++;
	}
	if (!n) {
		print_error("%s: no item was compared\n", r->file);
		bad++;
	}
	device_release(&d);
	return bad;
}

static void objects_look_as_recorded(void **state)
{
	unsigned bad = 0;

	for (size_t i = 0; i < ARRAY_LEN(recordings); i++)
		bad += check_recording(&recordings[i]);
	assert_int_equal(bad, 0);
}

static void whole_replies_look_as_recorded(void **state)
{
	static const struct {
		const char *file, *uri;
	} rows[] = {{"sys_ready", "sys/ready"},
		    {"sys_version", "sys/version"},
		    {"cm_failover_status", "cm/failover-status"},
		    {"net_arp", "net/arp"}};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		autofree char *path = mem_printf("tests/fixtures/bigip/v14.1.2.1_%s.json",
						 rows[i].file);
		autojson struct json_object *doc = NULL;
		struct device d;
		struct error err;
		size_t len;
		autofree char *text = read_whole(path, &len);

		assert_int_equal(js_parse(text, len, &doc, &err), 0);
		device_init(&d, 0);
		device_must(&d, "GET", rows[i].uri, NULL);
		if (strcmp(js_text(doc, NULL), d.text) != 0)
			fail_row(rows[i].file, "recorded %s, shown %s", js_text(doc, NULL), d.text);
		device_release(&d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_look_as_recorded),
		cmocka_unit_test(whole_replies_look_as_recorded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
