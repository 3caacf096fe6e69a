/*
 * The command line is read once from left to right. A row says where its value goes; every value,
 * also the default, passes through set_value(), the one place that knows the types.
 */
#include "common/base/opt.h"

#include <errno.h>
#include <limits.h>

#include "common/base/mem.h"
#include "common/base/str.h"

struct cursor {
	const struct opt *table;
	void *target;
	int argc, i;
	char **argv;
	struct opt_result *res;
	struct error *err;
};

static void *slot(const struct opt *o, void *target)
{
	return (char *)target + o->offset;
}

/* ---- values ---- */

static int parse_bool(const char *s, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {
		{"1", true},    {"t", true},      {"T", true},      {"true", true},
		{"TRUE", true}, {"True", true},   {"0", false},     {"f", false},
		{"F", false},   {"false", false}, {"FALSE", false}, {"False", false},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(s, words[i].word) == 0) {
			*ret = words[i].value;
			return 0;
		}
	}
	return -1;
}

static int parse_int(const char *s, long long *ret)
{
	long long v;
	char *end;

	if (!(*s >= '0' && *s <= '9') && !((*s == '-' || *s == '+') && s[1] >= '0' && s[1] <= '9'))
		return -1;
	errno = 0;
	v = strtoll(s, &end, 0); /* as pflag: 0x10, 010 */
	if (errno || *end)
		return -1;
	*ret = v;
	return 0;
}

int opt_parse_seconds(const char *s, long long *ret)
{
	static const struct {
		char letter;
		long long seconds;
	} units[] = {{'h', 3600}, {'m', 60}, {'s', 1}};
	long long sum = 0;
	size_t unit = 0;

	if (parse_int(s, ret) == 0)
		return 0;
	if (!*s)
		return -1;
	while (*s) {
		long long v;
		char *end;

		if (*s < '0' || *s > '9')
			return -1;
		errno = 0;
		v = strtoll(s, &end, 10);
		while (unit < ARRAY_SIZE(units) && units[unit].letter != *end)
			unit++;
		if (errno || unit == ARRAY_SIZE(units) ||
		    __builtin_mul_overflow(v, units[unit].seconds, &v) ||
		    __builtin_add_overflow(sum, v, &sum))
			return -1;
		unit++; /* each unit once, the larger first */
		s = end + 1;
	}
	*ret = sum;
	return 0;
}

static int set_number(const struct opt *o, void *target, const char *text, struct error *err)
{
	long long v = 0;
	int r = o->type == OPT_INT ? parse_int(text, &v) : opt_parse_seconds(text, &v);

	if (r < 0)
		return err_set(err, ERR_INPUT, 0, "flag '--%s' needs a %s, not '%s'", o->name,
			       o->type == OPT_INT ? "number" : "number of seconds", text);
	if (v < INT_MIN || v > INT_MAX || ((o->min || o->max) && (v < o->min || v > o->max)))
		return err_set(err, ERR_INPUT, 0, "flag '--%s' must be from %lld to %lld, not %s",
			       o->name, o->min || o->max ? o->min : INT_MIN,
			       o->min || o->max ? o->max : INT_MAX, text);
	if (!(o->flags & OPT_IGNORED))
		*(int *)slot(o, target) = (int)v;
	return 0;
}

static void free_string(const struct opt *o, char *s)
{
	if (o->flags & OPT_SECRET)
		str_wipe(s);
	free(s);
}

static void set_string(const struct opt *o, void *target, const char *text)
{
	char **s = slot(o, target);

	if (o->flags & OPT_IGNORED)
		return;
	free_string(o, *s);
	*s = mem_strdup(text);
}

static void add_string(const struct opt *o, void *target, const char *text)
{
	struct opt_strings *list = slot(o, target);

	if (o->flags & OPT_IGNORED)
		return;
	list->items = mem_realloc(list->items, list->n + 1, sizeof(*list->items));
	list->items[list->n++] = mem_strdup(text);
}

static int set_value(const struct opt *o, void *target, const char *text, struct error *err)
{
	bool b;

	switch (o->type) {
	case OPT_STRING:
		set_string(o, target, text);
		return 0;
	case OPT_STRINGS:
		add_string(o, target, text);
		return 0;
	case OPT_INT:
	case OPT_SECONDS:
		return set_number(o, target, text, err);
	case OPT_BOOL:
		if (parse_bool(text, &b) < 0)
			return err_set(err, ERR_INPUT, 0, "flag '--%s' is true or false, not '%s'",
				       o->name, text);
		if (!(o->flags & OPT_IGNORED))
			*(bool *)slot(o, target) = b;
		return 0;
	}
	return -1;
}

static void set_defaults(const struct opt *table, void *target)
{
	for (const struct opt *o = table; o->name; o++) {
		struct error err;

		if (o->def && !(o->flags & OPT_IGNORED) && set_value(o, target, o->def, &err) < 0)
			abort(); /* the table is wrong */
	}
}

/* a list on the command line replaces the default list */
static void drop_default(const struct opt *o, void *target)
{
	struct opt_strings *list = slot(o, target);

	if (o->type != OPT_STRINGS || (o->flags & OPT_IGNORED))
		return;
	for (size_t i = 0; i < list->n; i++)
		free_string(o, list->items[i]);
	free(list->items);
	*list = (struct opt_strings){0};
}

/* ---- the command line ---- */

static int unknown_flag(struct cursor *c, const char *name, size_t len)
{
	autofree char *word = mem_strndup(name, len);
	const char *words[256];
	const char *nearest;
	size_t n = 0;

	for (const struct opt *o = c->table; o->name && n < ARRAY_SIZE(words) - 1; o++) {
		if (!(o->flags & OPT_HIDDEN))
			words[n++] = o->name;
	}
	words[n] = NULL;
	nearest = str_nearest(word, words);
	if (nearest)
		return err_set(c->err, ERR_INPUT, 0, "unknown flag '--%s', did you mean '--%s'?",
			       word, nearest);
	return err_set(c->err, ERR_INPUT, 0, "unknown flag '--%s'", word);
}

static int take(struct cursor *c, const struct opt *o, char *value)
{
	size_t row = (size_t)(o - c->table);
	int r;

	if (!c->res->seen[row])
		drop_default(o, c->target);
	c->res->seen[row] = true;
	r = set_value(o, c->target, value, c->err);
	if (o->flags & OPT_SECRET)
		memset(value, 'x', strlen(value));
	return r;
}

/* @value: what stood after '=' or the letter, or NULL */
static int take_flag(struct cursor *c, const struct opt *o, char *value)
{
	char yes[] = "true";

	if (value)
		return take(c, o, value);
	if (o->type == OPT_BOOL)
		return take(c, o, yes);
	if (c->i + 1 >= c->argc)
		return err_set(c->err, ERR_INPUT, 0, "flag '--%s' needs a value", o->name);
	return take(c, o, c->argv[++c->i]);
}

static int take_long(struct cursor *c, char *arg)
{
	size_t len = strcspn(arg, "=");
	char *value = arg[len] ? arg + len + 1 : NULL;

	for (const struct opt *o = c->table; o->name; o++) {
		if (strlen(o->name) == len && memcmp(o->name, arg, len) == 0)
			return take_flag(c, o, value);
	}
	if (len == 4 && memcmp(arg, "help", 4) == 0) {
		c->res->help = true;
		return 0;
	}
	return unknown_flag(c, arg, len);
}

static const struct opt *by_letter(const struct opt *table, char letter)
{
	for (const struct opt *o = table; o->name; o++) {
		if (o->letter == letter)
			return o;
	}
	return NULL;
}

/* -v, -vx (two booleans), -n5, -n=5, -n 5 */
static int take_short(struct cursor *c, char *arg)
{
	for (char *p = arg; *p; p++) {
		const struct opt *o = by_letter(c->table, *p);

		if (!o && *p == 'h') {
			c->res->help = true;
			return 0;
		}
		if (!o && strlen(arg) > 1) /* a word after one dash: -namespace=x */
			return err_set(c->err, ERR_INPUT, 0,
				       "unknown flag '-%.*s', long flags begin with '--'",
				       (int)strcspn(arg, "="), arg);
		if (!o)
			return err_set(c->err, ERR_INPUT, 0, "unknown flag '-%c'", *p);
		if (p[1] == '=')
			return take_flag(c, o, p + 2);
		if (o->type != OPT_BOOL)
			return take_flag(c, o, p[1] ? p + 1 : NULL);
		if (take_flag(c, o, NULL) < 0)
			return -1;
	}
	return 0;
}

static size_t count_rows(const struct opt *table)
{
	size_t n = 0;

	while (table[n].name)
		n++;
	return n;
}

int opt_parse(const struct opt *table, void *target, int argc, char **argv, struct opt_result *ret,
	      struct error *err)
{
	struct cursor c = {.table = table,
			   .target = target,
			   .argc = argc,
			   .argv = argv,
			   .res = ret,
			   .err = err};
	bool flags_over = false;

	*ret = (struct opt_result){0};
	ret->seen = mem_calloc(count_rows(table), sizeof(*ret->seen));
	ret->args = mem_calloc((size_t)argc + 1, sizeof(*ret->args));
	set_defaults(table, target);
	for (c.i = 1; c.i < argc && !ret->help; c.i++) {
		char *arg = argv[c.i];
		int r = 0;

		if (flags_over || arg[0] != '-' || !arg[1])
			ret->args[ret->n_args++] = arg;
		else if (strcmp(arg, "--") == 0)
			flags_over = true;
		else
			r = arg[1] == '-' ? take_long(&c, arg + 2) : take_short(&c, arg + 1);
		if (r < 0)
			return -1;
	}
	return 0;
}

void opt_release(const struct opt *table, void *target, struct opt_result *ret)
{
	for (const struct opt *o = table; o->name; o++) {
		if (o->type == OPT_STRING && !(o->flags & OPT_IGNORED)) {
			char **s = slot(o, target);

			free_string(o, *s);
			*s = NULL;
		}
		drop_default(o, target);
	}
	free(ret->args);
	free(ret->seen);
	*ret = (struct opt_result){0};
}

bool opt_seen(const struct opt *table, const struct opt_result *res, const char *name)
{
	for (size_t i = 0; table[i].name; i++) {
		if (strcmp(table[i].name, name) == 0)
			return res->seen[i];
	}
	return false;
}

void opt_ignored(const struct opt *table, const struct opt_result *res,
		 void (*fn)(void *ctx, const char *name, const char *why), void *ctx)
{
	for (size_t i = 0; table[i].name; i++) {
		if ((table[i].flags & OPT_IGNORED) && res->seen[i])
			fn(ctx, table[i].name, table[i].help ? table[i].help : "");
	}
}

/* ---- help ---- */

enum { HELP_COLUMN = 8, HELP_WIDTH = 100 };

static void add_wrapped(struct strbuf *out, const char *text)
{
	size_t column = HELP_COLUMN;

	str_addf(out, "%*s", HELP_COLUMN, "");
	while (*text) {
		size_t word = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + word > HELP_WIDTH) {
			str_addf(out, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			str_add_char(out, ' ');
			column++;
		}
		str_add_mem(out, text, word);
		column += word;
		text += word;
		text += strspn(text, " ");
	}
	str_add_char(out, '\n');
}

static const char *value_name(const struct opt *o)
{
	static const char *const names[] = {[OPT_STRING] = "TEXT",
					    [OPT_STRINGS] = "TEXT",
					    [OPT_INT] = "NUMBER",
					    [OPT_SECONDS] = "SECONDS"};

	return o->value ? o->value : names[o->type];
}

static void add_notes(struct strbuf *b, const struct opt *o)
{
	if ((o->type == OPT_INT || o->type == OPT_SECONDS) && (o->min || o->max)) {
		if (o->max == INT_MAX)
			str_addf(b, " (at least %lld)", o->min);
		else
			str_addf(b, " (%lld to %lld)", o->min, o->max);
	}
	if (o->type == OPT_STRINGS)
		str_add(b, " (may be repeated)");
	if (!str_empty(o->def) && !(o->flags & OPT_SECRET))
		str_addf(b, " (default %s)", o->def);
}

void opt_help(const struct opt *table, struct strbuf *out)
{
	for (const struct opt *o = table; o->name; o++) {
		struct strbuf text = {0};

		if (o->flags & (OPT_HIDDEN | OPT_IGNORED))
			continue;
		if (o->letter)
			str_addf(out, "  -%c, --%s", o->letter, o->name);
		else
			str_addf(out, "      --%s", o->name);
		if (o->type != OPT_BOOL)
			str_addf(out, "=%s", value_name(o));
		str_add_char(out, '\n');
		str_add(&text, o->help ? o->help : "");
		add_notes(&text, o);
		add_wrapped(out, str_get(&text));
		str_release(&text);
	}
}
