/* The list of what is wrong with a document, in the order in which a reader meets it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/json.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "controller/translate/vs_check.h"

__attribute__((format(printf, 3, 0))) static void add(struct vs_problems *p, const char *path,
						      const char *fmt, va_list args)
{
	char message[512];

	(void)vsnprintf(message, sizeof(message), fmt, args);
	mem_grow(p->list, p->n, p->cap);
	p->list[p->n++] = (struct vs_problem){mem_strdup(path), mem_strdup(message)};
}

void vs_problems_add(struct vs_problems *p, const char *path, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	add(p, path, fmt, args);
	va_end(args);
}

void vs_problems_also(struct vs_problems *p, const char *path, const char *fmt, ...)
{
	va_list args;

	for (size_t i = 0; i < p->n; i++)
		if (str_eq(p->list[i].path, path))
			return;
	va_start(args, fmt);
	add(p, path, fmt, args);
	va_end(args);
}

void vs_problems_release(struct vs_problems *p)
{
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].path);
		free(p->list[i].message);
	}
	free(p->list);
	*p = (struct vs_problems){0};
}

/* is the value at @path the one with the problem, or around it? */
static bool leads_to(const char *path, const char *problem)
{
	size_t n = strlen(path);

	return strncmp(path, problem, n) == 0 &&
	       (n == 0 || problem[n] == 0 || problem[n] == '.' || problem[n] == '[');
}

struct ranking {
	const struct vs_problems *problems;
	size_t *ranks;
	size_t next;
};

static void rank_value(struct ranking *r, struct json_object *o, struct strbuf *path);

static void rank_child(struct ranking *r, struct json_object *child, struct strbuf *path,
		       const char *key, size_t index)
{
	size_t len = path->len;

	if (!key)
		str_addf(path, "[%zu]", index);
	else
		str_addf(path, "%s%s", len > 0 ? "." : "", key);
	rank_value(r, child, path);
	path->len = len;
	path->data[len] = 0;
}

/* a problem gets the number of the innermost value that exists on its path; subtrees without a
 * problem are not entered */
static void rank_value(struct ranking *r, struct json_object *o, struct strbuf *path)
{
	bool found = false;

	r->next++;
	for (size_t i = 0; i < r->problems->n; i++) {
		if (leads_to(str_get(path), r->problems->list[i].path)) {
			r->ranks[i] = r->next;
			found = true;
		}
	}
	if (!found)
		return;
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach (o, key, value)
			rank_child(r, value, path, key, 0);
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			rank_child(r, json_object_array_get_idx(o, i), path, NULL, i);
	}
}

/* before and after the document comes what is said about the ConfigMap around it */
static size_t outer_rank(const char *path)
{
	if (str_eq(path, "data.schema"))
		return 0;
	return str_starts(path, "metadata.") ? SIZE_MAX : 1;
}

void vs_problems_sort(struct vs_problems *p, struct json_object *doc)
{
	autofree size_t *ranks = mem_calloc(p->n + 1, sizeof(*ranks));
	struct ranking r = {.problems = p, .ranks = ranks, .next = 1};
	struct strbuf path = {0};

	rank_value(&r, doc, &path);
	str_release(&path);
	for (size_t i = 0; i < p->n; i++)
		if (str_starts(p->list[i].path, "data.") ||
		    str_starts(p->list[i].path, "metadata."))
			ranks[i] = outer_rank(p->list[i].path);
	for (size_t i = 1; i < p->n; i++) { /* few: insertion sort, stable */
		struct vs_problem problem = p->list[i];
		size_t rank = ranks[i], k = i;

		for (; k > 0 && ranks[k - 1] > rank; k--) {
			p->list[k] = p->list[k - 1];
			ranks[k] = ranks[k - 1];
		}
		p->list[k] = problem;
		ranks[k] = rank;
	}
}
