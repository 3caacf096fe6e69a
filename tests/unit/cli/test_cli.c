/* runs the installed program: what people type, what they read, what scripts test */
#include "check.h"

#include <stdlib.h>
#include <sys/wait.h>

#include "common/base/mem.h"
#include "common/base/str.h"

#define FIXTURES TEST_SOURCE_DIR "/tests/fixtures/"
#define SEED_003 "-f " FIXTURES "seeds/003-service.yaml -f " FIXTURES "seeds/003-configmap-get.yaml"
#define CONTROLLER_FLAGS                                                                           \
	"--bigip-partition=Cilium --pool-member-type=cluster --vs-snat-pool-name=SNAT-vlan130"

static const struct {
	const char *name, *args;
	int status;
	const char *want[5]; /* all must be in the output (standard error included) */
} cases[] = {
	{"no command", "", 2, {"Usage: podlane COMMAND"}},
	{"help", "--help", 0, {"validate", "plan", "ltm"}},
	{"version", "version", 0, {"podlane " PODLANE_VERSION}},
	{"a misspelt command", "validte", 2, {"no command 'validte', did you mean 'validate'"}},
	{"a misspelt flag", "validate --filenam=x", 2, {"--filename"}},
	{"validate without files", "validate", 2, {"give the files with -f"}},
	{"validate a missing file",
	 "validate -f /does/not/exist",
	 1,
	 {"cannot open '/does/not/exist': No such file"}},
	{"validate the published set-up",
	 "validate " SEED_003,
	 0,
	 {"1 virtual-server ConfigMap checked: 0 errors, 0 warnings"}},
	{"a bad enum names path and choices",
	 "validate -f " FIXTURES "cli/broken.yaml",
	 1,
	 {"broken.yaml:8: error: ConfigMap default/typo: virtualServer.frontend.mode: \"htp\" is "
	  "not one of http, tcp, udp"}},
	{"two ConfigMaps on one address",
	 "validate -f " FIXTURES "cli/broken.yaml",
	 1,
	 {"default/second: virtualServer.frontend.virtualAddress: 192.0.2.11 port 80 is taken by "
	  "ConfigMap 'default/first'"}},
	{"a port that the Service lacks",
	 "validate -f " FIXTURES "cli/broken.yaml",
	 1,
	 {"default/first: virtualServer.backend.servicePort: 8080 is no port of Service 'web', "
	  "which has 80, 443"}},
	{"a Service that is not in the files is a warning",
	 "validate -f " FIXTURES "cli/broken.yaml",
	 1,
	 {"warning: ConfigMap default/second: virtualServer.backend.serviceName: Service "
	  "'default/elsewhere' is not in these files"}},
	{"validate as JSON",
	 "validate -o json -f " FIXTURES "cli/broken.yaml",
	 1,
	 {"\"severity\": \"error\"", "\"line\": 8"}},
	{"validate for a partition",
	 "validate --bigip-partition=other " SEED_003,
	 1,
	 {"virtualServer.frontend.partition", "Cilium", "other"}},
	{"an unknown format", "validate -o xml " SEED_003, 2, {"'xml' is not one of table, json"}},
	{"plan without a BIG-IP creates",
	 "plan -f " FIXTURES "cis/seed003-objects.yaml " CONTROLLER_FLAGS,
	 2,
	 {"+ virtual /Cilium/default_nginx-vs-http", "sourceAddressTranslation: snat SNAT-vlan130",
	  "7 to create, 0 to change, 0 to delete", "compared with an empty BIG-IP"}},
	{"plan as JSON",
	 "plan -o json -f " FIXTURES "cis/seed003-objects.yaml " CONTROLLER_FLAGS,
	 2,
	 {"\"configMap\": \"default/nginx-vs-http\""}},
	{"plan says what is wrong",
	 "plan -f " FIXTURES "cli/broken.yaml --bigip-partition=K8S",
	 1,
	 {"virtualServer.frontend.mode"}},
	{"plan with an unreachable BIG-IP",
	 "plan -f " FIXTURES "cli/broken.yaml --bigip-partition=K8S --bigip-url=127.0.0.1:1 "
	 "--bigip-username=u --bigip-password=p",
	 1,
	 {"BIG-IP: ", "127.0.0.1:1"}},
	{"plan without a cluster",
	 "plan --bigip-partition=K8S --running-in-cluster=false --kubeconfig=/does/not/exist",
	 1,
	 {"/does/not/exist"}},
	{"ltm without a controller",
	 "ltm --controller http://127.0.0.1:1",
	 1,
	 {"ltm: http://127.0.0.1:1", "refused"}},
};

static int run(const char *args, struct strbuf *out)
{
	autofree char *command = mem_printf(PODLANE_PROGRAM " %s 2>&1 </dev/null", args);
	FILE *f = popen(command, "r");
	char chunk[4096];
	size_t n;
	int status;

	assert_non_null(f);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		str_add_mem(out, chunk, n);
	status = pclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void commands(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct strbuf out = {0};
		int status = run(cases[i].args, &out);

		if (status != cases[i].status)
			fail_row(cases[i].name, "exit status %d, want %d; output:\n%s", status,
				 cases[i].status, str_get(&out));
		for (size_t w = 0; w < ARRAY_LEN(cases[i].want) && cases[i].want[w]; w++) {
			if (!strstr(str_get(&out), cases[i].want[w]))
				fail_row(cases[i].name, "'%s' is not in the output:\n%s",
					 cases[i].want[w], str_get(&out));
		}
		str_release(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commands),
	};

	unsetenv("BIGIP_USERNAME");
	unsetenv("BIGIP_PASSWORD");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
