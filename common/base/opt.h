/*
 * Command lines by table, compatible with spf13/pflag (which k8s-bigip-ctlr uses): --flag=value,
 * --flag value, --bool, --bool=false, -h, -n value, -nvalue, "--" ends the flags, flags and
 * positional arguments may be mixed, the last of a repeated flag counts.
 */
#ifndef COMMON_BASE_OPT_H
#define COMMON_BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/base/err.h"

struct strbuf;

enum opt_type {
	OPT_STRING,  /* char *, NULL without a default */
	OPT_STRINGS, /* struct opt_strings; each use adds one, commas are not split */
	OPT_INT,     /* int, within [min, max] */
	OPT_BOOL,    /* bool: 1 t T true TRUE True 0 f F false FALSE False */
	OPT_SECONDS, /* int, within [min, max]: "30" or "1h2m3s" */
};

enum {
	OPT_SECRET = 1u << 0, /* its value in argv is overwritten with x, and never printed */
	OPT_IGNORED =
		1u << 1, /* accepted and checked by its type, without effect: see opt_ignored() */
	OPT_HIDDEN = 1u << 2, /* not in the help */
};

struct opt_strings {
	char **items;
	size_t n;
};

/* a row; the table ends with a row without a name */
struct opt {
	const char *name; /* without "--" */
	char letter;      /* for "-n", or 0 */
	enum opt_type type;
	unsigned flags;
	size_t offset; /* offsetof() in the target; not used if OPT_IGNORED */
	long long min, max;
	const char *def;   /* default as text, NULL: zero */
	const char *value; /* name of the value in the help */
	const char *help;  /* if OPT_IGNORED: why it has no effect */
};

struct opt_result {
	bool help;   /* -h or --help was there; then nothing else is checked */
	char **args; /* positional, borrowed from argv */
	size_t n_args;
	bool *seen; /* one per row */
};

/**
 * opt_parse - fill @target from its defaults and @argv[1..]
 * @target: zeroed by the caller; opt_release() it, also after a failure
 * @argv:   values of OPT_SECRET rows are overwritten in place, so that ps does not show them
 * @ret:    opt_release() frees it too
 * @err:    ERR_INPUT: "unknown flag '--verify-interal', did you mean '--verify-interval'?"
 */
int opt_parse(const struct opt *table, void *target, int argc, char **argv, struct opt_result *ret,
	      struct error *err);
void opt_release(const struct opt *table, void *target, struct opt_result *ret);

/** opt_seen - was the flag on the command line? (false for a name that is not in the table) */
bool opt_seen(const struct opt *table, const struct opt_result *res, const char *name);

/** opt_ignored - calls @fn for each OPT_IGNORED row that was used */
void opt_ignored(const struct opt *table, const struct opt_result *res,
		 void (*fn)(void *ctx, const char *name, const char *why), void *ctx);

/** opt_help - one entry per row, wrapped at 100 columns */
void opt_help(const struct opt *table, struct strbuf *out);

/** opt_parse_seconds - "30", "1h2m3s" (whole seconds); returns 0 or -1 */
int opt_parse_seconds(const char *s, long long *ret);

#endif
