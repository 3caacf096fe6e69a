/*
 * cli - podlane's commands: one file each, one table of them in main.c
 *
 * Data go to standard output, everything else to standard error. Exit status: 0 success, 1 failure,
 * 2 usage; plan uses 2 for "there are changes" and 1 for everything that is wrong, as its help
 * says.
 */
#ifndef CONTROLLER_CLI_CLI_H
#define CONTROLLER_CLI_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "common/base/err.h"
#include "common/base/json.h"

enum { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_command {
	const char *name, *args, *help;
	int (*run)(int argc, char **argv); /* argv[0] is the command's name */
};

struct opt;
struct opt_result;

/* a command whose options are one table */
struct cli_options {
	const char *usage; /* first line of its help, and what follows it */
	const struct opt *table;
	size_t output; /* offset of "-o" in the options, a char * */
	int (*run)(const void *options, const struct opt_result *res, bool json);
};
/** cli_run - parse @argv into @target (zeroed), answer --help, run; returns the exit status */
int cli_run(const struct cli_options *spec, void *target, int argc, char **argv);

int cli_validate(int argc, char **argv);
int cli_plan(int argc, char **argv);
int cli_ltm(int argc, char **argv);

/** cli_output - "-o": table or json; returns 0, or CLI_USAGE after saying what is wrong */
int cli_output(const char *text, bool *ret_json);

/** cli_print_json - indented, to standard output */
void cli_print_json(struct json_object *o);

/* a table whose columns are as wide as they must be: rows are JSON objects, a column shows one of
 * their properties */
struct cli_column {
	const char *title, *key;
};
/** cli_print_table - @columns end with a NULL title; missing properties show as "-", empty ones as
 * nothing */
void cli_print_table(const struct cli_column *columns, struct json_object *rows);

__attribute__((format(printf, 2, 3))) int cli_fail(int status, const char *fmt,
						   ...); /* "podlane: ...", returns @status */

#endif
