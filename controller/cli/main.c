/* podlane: the command line tool; also installed as kubectl-podlane */
#include "common/base/log.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/cli/cli.h"

static const struct cli_command commands[] = {
	{"validate", "-f FILE...",
	 "check virtual-server ConfigMaps and what they refer to, without a cluster", cli_validate},
	{"plan", "[-f FILE...] [FLAGS]",
	 "what podlane-controller would create, change and delete on the BIG-IP", cli_plan},
	{"ltm", "[--controller URL]",
	 "virtual servers, pools and members, their state and whose they are", cli_ltm},
	{0},
};

static void usage(FILE *out)
{
	fprintf(out, "Usage: podlane COMMAND [ARGUMENTS]\n\nCommands (each has --help):\n");
	for (const struct cli_command *c = commands; c->name; c++)
		fprintf(out, "  %-9s %-22s %s\n", c->name, c->args, c->help);
	fprintf(out, "  %-9s %-22s %s\n\n", "version", "", "print the version");
	fprintf(out, "Exit status: 0 success, 1 failure, 2 wrong usage (plan: 2 means that there "
		     "are changes).\n");
}

static int unknown(const char *word)
{
	const char *names[ARRAY_SIZE(commands)] = {0};
	const char *near;

	for (size_t i = 0; commands[i].name; i++)
		names[i] = commands[i].name;
	near = str_nearest(word, names);
	return cli_fail(CLI_USAGE, "there is no command '%s'%s%s%s; see podlane --help", word,
			near ? ", did you mean '" : "", near ? near : "", near ? "'" : "");
}

int main(int argc, char **argv)
{
	log_set_level(LOG_ERROR);
	if (argc < 2) {
		usage(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		usage(stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
		printf("podlane %s\n", PODLANE_VERSION);
		return CLI_OK;
	}
	for (const struct cli_command *c = commands; c->name; c++) {
		if (strcmp(argv[1], c->name) == 0)
			return c->run(argc - 1, argv + 1);
	}
	return unknown(argv[1]);
}
