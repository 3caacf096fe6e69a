/*
 * Our schemas against the ones that F5 published: for a few thousand generated documents each pair
 * gives the same verdict, and the reports for people keep their promises.
 */
#include "load.h"

#include <time.h>

#include "documents.h"
#include "schemas/schemas.h"

enum { VERSIONS = 8, DOCUMENTS = 12000 };

static struct pair {
	struct jsonschema *ours, *theirs;
	unsigned accepted, rejected;
} pairs[VERSIONS];

static int load_pairs(void **state)
{
	(void)state;
	for (int v = 0; v < VERSIONS; v++) {
		struct error err;
		char name[64], path[512];
		autojson struct json_object *doc = NULL;

		snprintf(name, sizeof(name), "bigip-virtual-server_v0.1.%d.json", v);
		snprintf(path, sizeof(path), TEST_SOURCE_DIR "/tests/fixtures/f5schemadb/%s", name);
		doc = load_json(path);
		if (schemas_load(name, &pairs[v].ours, &err) < 0 ||
		    schemas_compile(doc, &pairs[v].theirs, &err) < 0)
			fail_row(name, "%s", err.msg);
	}
	return 0;
}

static int free_pairs(void **state)
{
	(void)state;
	for (int v = 0; v < VERSIONS; v++) {
		jsonschema_free(pairs[v].ours);
		jsonschema_free(pairs[v].theirs);
	}
	return 0;
}

static void check_report(struct jsonschema_report *r, bool ok, const char *row)
{
	if ((r->n == 0) != ok)
		fail_row(row, "%zu violations in the report of a%s document", r->n,
			 ok ? " valid" : "n invalid");
	if (r->total < r->n)
		fail_row(row, "total %zu is below n %zu", r->total, r->n);
	for (size_t i = 0; i < r->n; i++)
		if (!r->list[i].path || !*r->list[i].message || strlen(r->list[i].message) > 1023)
			fail_row(row, "violation %zu has no path, or a bad message", i);
}

static void test_same_verdict(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= DOCUMENTS; seed++) {
		autojson struct json_object *doc = documents_make(seed);

		for (int v = 0; v < VERSIONS; v++) {
			struct jsonschema_report ours = {0}, theirs = {0};
			bool ok = jsonschema_validate(pairs[v].ours, doc, &ours);
			char row[64];

			snprintf(row, sizeof(row), "document %u, version 0.1.%d", (unsigned)seed,
				 v);
			if (jsonschema_validate(pairs[v].theirs, doc, &theirs) != ok)
				fail_row(row, "ours says %s, theirs not: %s\n%s\n%s",
					 ok ? "valid" : "invalid", js_text(doc, NULL),
					 jsonschema_report_text(&ours, 400),
					 jsonschema_report_text(&theirs, 400));
			check_report(&ours, ok, row);
			check_report(&theirs, ok, row);
			ok ? pairs[v].accepted++ : pairs[v].rejected++;
			jsonschema_report_release(&ours);
			jsonschema_report_release(&theirs);
		}
	}
	for (int v = 0; v < VERSIONS; v++) { /* the generator reaches both sides */
		print_message("0.1.%d: %u accepted, %u rejected\n", v, pairs[v].accepted,
			      pairs[v].rejected);
		assert_true(pairs[v].accepted > DOCUMENTS / 10);
		assert_true(pairs[v].rejected > DOCUMENTS / 10);
	}
}

static const char usual[] =
	"{\"virtualServer\": {\"backend\": {\"serviceName\": \"web\", \"servicePort\": 80,"
	"\"healthMonitors\": [{\"protocol\": \"http\", \"interval\": 5, \"timeout\": 16,"
	"\"send\": \"GET / HTTP/1.0\\r\\n\\r\\n\", \"recv\": \"200\"}]},"
	"\"frontend\": {\"partition\": \"k8s\", \"mode\": \"http\", \"balance\": \"round-robin\","
	"\"virtualAddress\": {\"bindAddr\": \"11.16.22.80%2\", \"port\": 443},"
	"\"sslProfile\": {\"f5ProfileName\": \"Common/clientssl\"}}}}";

/* a figure for people; nothing is asserted about it */
static void test_speed(void **state)
{
	enum { ROUNDS = 5000 };
	autojson struct json_object *doc = NULL;
	struct timespec a, b;

	(void)state;
	assert_int_equal(js_parse(usual, strlen(usual), &doc, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &a);
	for (int i = 0; i < ROUNDS; i++)
		assert_true(jsonschema_validate(pairs[7].ours, doc, NULL));
	clock_gettime(CLOCK_MONOTONIC, &b);
	print_message("one valid ConfigMap document: %.2f us\n",
		      ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) /
			      1e3 / ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_verdict),
		cmocka_unit_test(test_speed),
	};

	return cmocka_run_group_tests(tests, load_pairs, free_pairs);
}
