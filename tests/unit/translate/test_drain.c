/* Members that go slowly: each row is a story of one pool, step by step. */
#include "check.h"

#include <stdlib.h>

#include "world.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/translate/drain.h"

#define DOCUMENT                                                                                   \
	"{'virtualServer': {'backend': {'serviceName': 'foo', 'servicePort': 80}, 'frontend': "    \
	"{'partition': 'K8S'}}}"

enum { DRAIN_S = 30, MAX_STEPS = 8 };

/* endpoints are single letters: address 10.0.0.(letter - 'a' + 1). Upper case: terminating and
   serving, '-' in front: terminating and stopped, '!' in front: not ready. "E:" in front of all: as
   Endpoints object instead of a slice. */
struct step {
	unsigned at_s;
	const char *endpoints;
	const char *want; /* members after: lower case enabled, upper case disabled */
	unsigned next_s;  /* when to look again, 0: never */
};

static const struct story {
	const char *name, *start; /* the pool on the device at the beginning */
	struct step steps[MAX_STEPS];
} stories[] = {
	{"a pod ends: disabled while it serves, gone when it is",
	 "ab",
	 {{1, "ab", "ab", 0}, {2, "aB", "aB", 32}, {9, "aB", "aB", 32}, {10, "a", "a", 0}}},
	{"a pod ends and stops serving",
	 "ab",
	 {{1, "aB", "aB", 31}, {2, "a-b", "a", 0}, {3, "a", "a", 0}}},
	{"a pod takes longer to end than the drain time",
	 "ab",
	 {{1, "aB", "aB", 31},
	  {30, "aB", "aB", 31},
	  {31, "aB", "a", 0},
	  {60, "aB", "a", 0},
	  {61, "a", "a", 0}}},
	{"Endpoints drop a pod as soon as it ends: it drains for the drain time",
	 "ab",
	 {{1, "E:ab", "ab", 0},
	  {2, "E:a", "aB", 32},
	  {31, "E:a", "aB", 32},
	  {32, "E:a", "a", 0},
	  {99, "E:a", "a", 0}}},
	{"a pod that comes back is enabled again and drains anew",
	 "ab",
	 {{1, "E:a", "aB", 31}, {5, "E:ab", "ab", 0}, {10, "E:a", "aB", 40}}},
	{"a pod that is not ready leaves at once",
	 "ab",
	 {{1, "E:a!b", "a", 0}, {2, "E:a", "a", 0}}},
	{"a draining pod that turns up as not ready leaves at once",
	 "ab",
	 {{1, "E:a", "aB", 31}, {2, "E:a!b", "a", 0}}},
	{"all pods go", "ab", {{1, "E:", "AB", 31}, {31, "E:", "", 0}}},
	{"each has its own time",
	 "abc",
	 {{1, "E:ab", "abC", 31},
	  {5, "E:a", "aBC", 31},
	  {31, "E:a", "aB", 35},
	  {35, "E:a", "a", 0}}},
	{"a pod that never was in the pool does not enter it to drain", "a", {{1, "aB", "a", 0}}},
	{"a controller that starts in the middle goes on: a fresh drain time, once",
	 "aB",
	 {{1, "E:a", "aB", 31}, {31, "E:a", "a", 0}}},
	{"new pods come while others drain",
	 "ab",
	 {{1, "E:bcd", "Abcd", 31}, {31, "E:bcd", "bcd", 0}}},
	{"the same pod in two slices, one of them stale: it serves", "ab", {{1, "ab B", "ab", 0}}},
};

static void add_slice(struct world *w, const char *name, const char *spec, size_t len)
{
	struct strbuf b = {0};

	str_addf(&b,
		 "L {'metadata': {'name': 'foo-%s', 'labels': {'kubernetes.io/service-name': "
		 "'foo'}}, "
		 "'addressType': 'IPv4', 'ports': [{'name': '', 'port': 80}], 'endpoints': [",
		 name);
	for (size_t i = 0, n = 0; i < len; i++) {
		bool stopped = spec[i] == '-', unready = spec[i] == '!';
		bool upper;

		i += stopped || unready;
		upper = spec[i] >= 'A' && spec[i] <= 'Z';
		str_addf(
			&b,
			"%s{'addresses': ['10.0.0.%d'], 'conditions': {'ready': %s, 'serving': %s, "
			"'terminating': %s}}",
			n++ > 0 ? ", " : "", (spec[i] | 0x20) - 'a' + 1,
			stopped || unready || upper ? "false" : "true",
			stopped || unready ? "false" : "true", stopped || upper ? "true" : "false");
	}
	str_add(&b, "]}");
	world_add(w, str_get(&b));
	str_release(&b);
}

static void add_endpoints(struct world *w, const char *spec)
{
	struct strbuf ready = {0}, unready = {0}, b = {0};

	for (; *spec; spec++) {
		struct strbuf *list = *spec == '!' ? &unready : &ready;

		spec += *spec == '!';
		str_addf(list, "%s{'ip': '10.0.0.%d'}", list->len > 0 ? ", " : "", *spec - 'a' + 1);
	}
	str_addf(&b,
		 "E {'metadata': {'name': 'foo'}, 'subsets': [{'ports': [{'port': 80}], "
		 "'addresses': "
		 "[%s], 'notReadyAddresses': [%s]}]}",
		 str_get(&ready), str_get(&unready));
	world_add(w, str_get(&b));
	str_release(&b);
	str_release(&ready);
	str_release(&unready);
}

static void make_world(struct world *w, const char *spec)
{
	world_add(w, "S {'metadata': {'name': 'foo'}, 'spec': {'type': 'NodePort', 'ports': "
		     "[{'port': 80, 'nodePort': 30080}]}}");
	if (str_starts(spec, "E:")) {
		add_endpoints(w, spec + 2);
		return;
	}
	for (int n = 0; *spec; n++) {
		size_t len = strcspn(spec, " ");
		char name[] = {(char)('a' + n), 0};

		add_slice(w, name, spec, len);
		spec += len + (spec[len] == ' ');
	}
}

static struct bigip_pool *find_pool(const struct bigip_app *app)
{
	for (size_t i = 0; i < app->n_objects; i++)
		if (app->objects[i]->kind == BIGIP_POOL)
			return container_of(app->objects[i], struct bigip_pool, o);
	return NULL;
}

/* the device: what the last step wanted has been written */
struct device {
	struct bigip_member members[26];
	size_t n;
};

static void device_from_letters(struct device *d, const char *letters)
{
	d->n = 0;
	for (; *letters; letters++)
		d->members[d->n++] = (struct bigip_member){
			.ip = {.family = 4,
			       .bytes = {10, 0, 0, (uint8_t)((*letters | 0x20) - 'a' + 1)}},
			.port = 80,
			.session = *letters < 'a' ? BIGIP_SESSION_DISABLED : BIGIP_SESSION_ENABLED,
		};
}

static void device_to_letters(const struct device *d, char *ret)
{
	for (size_t i = 0; i < d->n; i++)
		*ret++ = (char)((d->members[i].session == BIGIP_SESSION_DISABLED ? 'A' : 'a') +
				d->members[i].ip.bytes[3] - 1);
	*ret = 0;
}

static char ns[] = "default", vs_name[] = "vs",
	    schema[] = "f5schemadb://bigip-virtual-server_v0.1.7.json";

static void run_step(const struct story *story, const struct step *s,
		     const struct vs_config *config, struct kube_object *cm, struct tr_drain *drain,
		     struct device *device)
{
	struct tr_settings settings = {.cluster = true, .use_node_internal = true};
	struct world w = {0};
	struct tr_drain_input how = {
		.before = device->members,
		.n_before = device->n,
		.drain_us = DRAIN_S * 1000000ull,
		.now_us = s->at_s * 1000000ull,
	};
	struct tr_status status;
	struct bigip_app app;
	struct bigip_pool *pool;
	struct tr_input in;
	char got[27];
	uint64_t next;

	make_world(&w, s->endpoints);
	in = world_input(&w, cm, config);
	next = tr_drain_app(drain, &settings, &in, &how, &app, &status);
	pool = find_pool(&app);
	assert_non_null(pool);
	device->n = pool->n_members;
	for (size_t i = 0; i < pool->n_members; i++)
		device->members[i] = pool->members[i];
	device_to_letters(device, got);
	if (!str_eq(got, s->want) || next != s->next_s * 1000000ull)
		fail_row(story->name, "at %u s: want '%s', next %u, got '%s', next %.3f", s->at_s,
			 s->want, s->next_s, got, (double)next / 1e6);
	bigip_app_release(&app);
	world_release(&w);
}

static struct kube_configmap configmap(char *data)
{
	return (struct kube_configmap){
		.o = {.kind = KUBE_CONFIGMAP, .ns = ns, .name = vs_name},
		.schema = schema,
		.data = data,
	};
}

static void test_stories(void **state)
{
	autofree char *data = world_quoted(DOCUMENT);
	struct kube_configmap cm = configmap(data);
	struct vs_config *config = world_config(&cm);

	for (size_t i = 0; i < ARRAY_LEN(stories); i++) {
		struct tr_drain drain = {0};
		struct device device;

		device_from_letters(&device, stories[i].start);
		for (size_t k = 0; k < MAX_STEPS && stories[i].steps[k].endpoints; k++)
			run_step(&stories[i], &stories[i].steps[k], config, &cm.o, &drain, &device);
		tr_drain_release(&drain);
	}
	vs_config_free(config);
}

/* the device could not be written: what is over does not start again because it is still there */
static void test_device_lags(void **state)
{
	static const struct step over = {31, "E:a", "a", 0}, later = {60, "E:a", "a", 0};
	autofree char *data = world_quoted(DOCUMENT);
	struct kube_configmap cm = configmap(data);
	struct vs_config *config = world_config(&cm);
	const struct story story = {.name = "device lags"};
	struct step begin = {1, "E:a", "aB", 31};
	struct tr_drain drain = {0};
	struct device device;

	device_from_letters(&device, "ab");
	run_step(&story, &begin, config, &cm.o, &drain, &device);
	run_step(&story, &over, config, &cm.o, &drain, &device);
	device_from_letters(&device, "aB");
	run_step(&story, &later, config, &cm.o, &drain, &device);
	tr_drain_release(&drain);
	vs_config_free(config);
}

static struct bigip_app app_of(const char *endpoints, struct tr_settings *settings,
			       uint64_t drain_us, struct tr_drain *drain)
{
	autofree char *data = world_quoted(DOCUMENT);
	struct kube_configmap cm = configmap(data);
	struct vs_config *config = world_config(&cm);
	struct world w = {0};
	struct device device;
	struct tr_drain_input how = {.before = device.members, .drain_us = drain_us, .now_us = 1};
	struct tr_status status;
	struct bigip_app app;
	struct tr_input in;

	device_from_letters(&device, "ab");
	how.n_before = device.n;
	make_world(&w, endpoints);
	in = world_input(&w, &cm.o, config);
	assert_int_equal(tr_drain_app(drain, settings, &in, &how, &app, &status), 0);
	world_release(&w);
	vs_config_free(config);
	return app;
}

static void test_off(void **state)
{
	struct tr_settings cluster = {.cluster = true, .use_node_internal = true, .drain = true};
	struct tr_settings nodeport = {.use_node_internal = true};
	struct tr_drain drain = {0};
	struct bigip_app app;

	app = app_of("aB", &cluster, 0, &drain); /* no drain time: settings.drain does not matter */
	assert_int_equal(find_pool(&app)->n_members, 1);
	bigip_app_release(&app);
	app = app_of("a", &nodeport, 1000000, &drain); /* no node: no members, and none drain */
	assert_int_equal(find_pool(&app)->n_members, 0);
	bigip_app_release(&app);
	assert_null(drain.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stories),
		cmocka_unit_test(test_device_lags),
		cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
