#include "controller/cli/cli.h"

#include <stdarg.h>

#include "common/base/mem.h"
#include "common/base/opt.h"
#include "common/base/str.h"

enum { COLUMNS_MAX = 16 };

int cli_fail(int status, const char *fmt, ...)
{
	va_list ap;

	fputs("podlane: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return status;
}

int cli_output(const char *text, bool *ret_json)
{
	*ret_json = str_eq(text, "json");
	if (*ret_json || !text || str_eq(text, "table"))
		return 0;
	return cli_fail(CLI_USAGE, "-o '%s' is not one of table, json", text);
}

void cli_print_json(struct json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
						       JSON_C_TO_STRING_NOSLASHESCAPE));
}

static const char *cell(struct json_object *row, const char *key)
{
	struct json_object *v = js_key(row, key);
	const char *text = v ? json_object_get_string(v) : NULL;

	return text ? text : "-";
}

/* columns of a terminal: one for each code point is right for all but wide scripts */
static int width(const char *s)
{
	int n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void print_row(const struct cli_column *columns, const int *widths, struct json_object *row)
{
	for (size_t c = 0; columns[c].title; c++) {
		const char *text = row ? cell(row, columns[c].key) : columns[c].title;

		fputs(text, stdout);
		if (columns[c + 1].title)
			printf("%*s", widths[c] - width(text) + 3, "");
	}
	putchar('\n');
}

void cli_print_table(const struct cli_column *columns, struct json_object *rows)
{
	int widths[COLUMNS_MAX] = {0};

	for (size_t c = 0; columns[c].title; c++) {
		widths[c] = width(columns[c].title);
		for (size_t r = 0; r < js_arr_len(rows); r++) {
			int w = width(cell(json_object_array_get_idx(rows, r), columns[c].key));

			if (w > widths[c])
				widths[c] = w;
		}
	}
	print_row(columns, widths, NULL);
	for (size_t r = 0; r < js_arr_len(rows); r++)
		print_row(columns, widths, json_object_array_get_idx(rows, r));
}

static void print_help(const struct cli_options *spec)
{
	struct strbuf text = {0};

	opt_help(spec->table, &text);
	printf("Usage: podlane %s\n\n%s", spec->usage, str_get(&text));
	str_release(&text);
}

int cli_run(const struct cli_options *spec, void *target, int argc, char **argv)
{
	struct opt_result res = {0};
	struct error err = {0};
	bool json = false;
	int rc;

	if (opt_parse(spec->table, target, argc, argv, &res, &err) < 0) {
		rc = cli_fail(CLI_USAGE, "%s: %s", argv[0], err.msg);
	} else if (res.help) {
		print_help(spec);
		rc = CLI_OK;
	} else {
		rc = cli_output(*(char **)((char *)target + spec->output), &json);
		if (rc == CLI_OK)
			rc = spec->run(target, &res, json);
	}
	opt_release(spec->table, target, &res);
	return rc;
}
