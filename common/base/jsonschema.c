/*
 * JSON Schema, draft 4 (draft-zyp-json-schema-04, draft-fge-json-schema-validation-00).
 *
 * Parts: jsonschema_compile.c turns a schema into a tree of nodes, jsonschema_ref.c finds what a
 * $ref means, jsonschema_circle.c refuses a schema without end; this file walks the tree along a
 * document, jsonschema_value.c looks at single values, jsonschema_report.c finds the words.
 *
 * The walk has two modes. Without a report it stops at the first violation: that is the verdict,
 * and all that a valid document costs. With a report it goes on and says everything. An invalid
 * document is walked twice, so that the common case builds no texts.
 *
 * "oneOf" and "anyOf" with no match would say only that nothing matched, which helps nobody. The
 * walk tries to guess which branch the author meant and reports that one: keys that only some
 * branches know are votes for them (a frontend that has "iapp" means to be an iApp), then the
 * fewest violations win. Equals are joined to one sentence where that is possible.
 *
 * Bounds: depth, steps, and PCRE2's match limit, so neither a document nor a schema can hold up the
 * caller; whoever meets one makes the document invalid and the report says why.
 *
 * Left out: formats other than the addresses (give your own in the options), remote references that
 * were not given as documents.
 */
#include "common/base/jsonschema.h"

#include <float.h>
#include <math.h>

#include "common/base/json.h"
#include "common/base/jsonschema_tree.h"

enum {
	MAX_DEPTH = 512,
	MAX_STEPS = 1000000,
	PATTERN_STEPS = 20, /* what one pattern on one string costs */
	MAX_MATCH = 20000,  /* PCRE2's own steps for it */
};

struct check {
	struct jsonschema_report *r; /* NULL: only the verdict */
	unsigned steps, depth;
	bool gave_up;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

static bool check_node(struct check *c, const struct schema_node *n, struct json_object *v,
		       const struct schema_place *at);

/* go on after a violation only to collect more of them */
static bool stop(const struct check *c, bool ok)
{
	return !ok && !c->r;
}

static bool give_up(struct check *c)
{
	c->gave_up = true;
	return false;
}

/* the verdict alone, whatever the mode */
static bool matches(struct check *c, const struct schema_node *n, struct json_object *v,
		    const struct schema_place *at)
{
	struct jsonschema_report *r = c->r;
	bool ok;

	c->r = NULL;
	ok = check_node(c, n, v, at);
	c->r = r;
	return ok;
}

static bool pattern_matches(struct check *c, const struct schema_pattern *p, const char *s,
			    size_t len)
{
	int rc;

	if (c->steps < PATTERN_STEPS)
		return give_up(c);
	c->steps -= PATTERN_STEPS;
	if (!c->match) {
		c->match = pcre2_match_data_create(1, NULL);
		c->limits = pcre2_match_context_create(NULL);
		if (!c->match || !c->limits)
			abort(); /* no memory, see mem.h */
		pcre2_set_match_limit(c->limits, MAX_MATCH);
		pcre2_set_heap_limit(c->limits, 4096);
	}
	rc = pcre2_match(p->code, (PCRE2_SPTR)s, len, 0, 0, c->match, c->limits);
	if (rc < 0 && rc != PCRE2_ERROR_NOMATCH)
		return give_up(c);
	return rc >= 0;
}

/* ---- strings and numbers ---- */

static bool check_string(struct check *c, const struct schema_string_rules *r,
			 struct json_object *v, const struct schema_place *at)
{
	const char *s = json_object_get_string(v);
	size_t len = (size_t)json_object_get_string_len(v);
	size_t n = r->min > 0 || r->max < len ? schema_code_points(s, len) : len;
	bool ok = true;

	if (n < r->min)
		ok = r->min == 1 ? schema_say(c->r, at, "must not be empty")
				 : schema_say(c->r, at, "has %zu characters, needs at least %zu", n,
					      r->min);
	if (n > r->max)
		ok = schema_say(c->r, at, "has %zu characters, may have at most %zu", n, r->max);
	if (stop(c, ok))
		return false;
	if (r->pattern && !pattern_matches(c, r->pattern, s, len))
		ok = schema_say_pattern(c->r, at, v, r->pattern->text);
	if (r->format && !r->format->matches(s, len))
		ok = schema_say_kind(c->r, at, v, r->format->wanted);
	return ok;
}

/* 0.0075 is a multiple of 0.0001 although neither is exact in binary: allow for the error that the
 * two doubles bring along */
static bool is_multiple(long double v, long double of)
{
	long double times = v / of;

	if (!isfinite(times))
		return false;
	if (v == floorl(v) && of == floorl(of))
		return fmodl(v, of) == 0;
	return fabsl(times - roundl(times)) <= 1e-9L + fabsl(times) * 2 * DBL_EPSILON;
}

static bool check_number(struct check *c, const struct schema_number_rules *r,
			 struct json_object *v, const struct schema_place *at)
{
	long double x = schema_value_number(v);
	bool ok = true;

	if ((r->has_min && !(r->above_min ? x > r->min : x >= r->min)) ||
	    (r->has_max && !(r->below_max ? x < r->max : x <= r->max)))
		ok = schema_say_range(c->r, at, v, r);
	if (r->multiple_of > 0 && !is_multiple(x, r->multiple_of))
		ok = schema_say_multiple(c->r, at, v, r->multiple_of);
	return ok;
}

/* ---- arrays ---- */

static bool all_differ(struct check *c, struct json_object *list)
{
	for (size_t i = 1; i < js_arr_len(list); i++)
		for (size_t k = 0; k < i; k++)
			if (schema_value_equal(json_object_array_get_idx(list, i),
					       json_object_array_get_idx(list, k), &c->steps))
				return false;
	return c->steps > 0 || give_up(c);
}

static const struct schema_node *item_rule(const struct schema_array_rules *r, size_t i)
{
	if (r->every)
		return r->every;
	return i < r->tuple.n ? r->tuple.at[i] : r->additional;
}

static bool check_array(struct check *c, const struct schema_array_rules *r, struct json_object *v,
			const struct schema_place *at)
{
	size_t n = js_arr_len(v);
	bool ok = true;

	if (n < r->min)
		ok = schema_say(c->r, at, "has %zu items, needs at least %zu", n, r->min);
	if (n > r->max)
		ok = schema_say(c->r, at, "has %zu items, may have at most %zu", n, r->max);
	if (r->closed && !r->every && n > r->tuple.n)
		ok = schema_say(c->r, at, "has %zu items, may have at most %zu", n, r->tuple.n);
	if (stop(c, ok))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct schema_node *rule = item_rule(r, i);
		struct schema_place here = {at, NULL, i};

		if (!rule)
			break;
		ok &= check_node(c, rule, json_object_array_get_idx(v, i), &here);
		if (stop(c, ok) || c->gave_up)
			return false;
	}
	if (r->unique && !all_differ(c, v))
		ok = schema_say(c->r, at, "has two equal items");
	return ok;
}

/* ---- objects ---- */

static const struct schema_node *property_rule(const struct schema_object_rules *r,
					       const char *name)
{
	size_t low = 0, high = r->n_properties;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(name, r->properties[mid].name);

		if (order == 0)
			return r->properties[mid].node;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static bool check_property(struct check *c, const struct schema_node *n, const char *name,
			   struct json_object *v, const struct schema_place *up)
{
	const struct schema_object_rules *r = n->object;
	const struct schema_node *rule = property_rule(r, name);
	struct schema_place at = {up, name, 0};
	bool known = rule, ok = true;

	if (rule)
		ok = check_node(c, rule, v, &at);
	for (size_t i = 0; i < r->n_patterns && !stop(c, ok); i++) {
		if (!pattern_matches(c, r->patterns[i].pattern, name, strlen(name)))
			continue;
		known = true;
		ok &= check_node(c, r->patterns[i].node, v, &at);
	}
	if (known || stop(c, ok))
		return ok;
	if (r->closed)
		return schema_say_unknown_key(c->r, &at, n);
	return r->additional ? check_node(c, r->additional, v, &at) : ok;
}

static bool has_keys(struct check *c, const char **keys, const char *because, struct json_object *v,
		     const struct schema_place *at)
{
	bool ok = true;

	for (; keys && *keys; keys++) {
		if (json_object_object_get_ex(v, *keys, NULL))
			continue;
		ok = because ? schema_say(c->r, at, "\"%s\" is missing, \"%s\" needs it", *keys,
					  because)
			     : schema_say_missing(c->r, at, *keys);
		if (stop(c, ok))
			return false;
	}
	return ok;
}

static bool check_dependencies(struct check *c, const struct schema_object_rules *r,
			       struct json_object *v, const struct schema_place *at)
{
	bool ok = true;

	for (size_t i = 0; i < r->n_dependencies; i++) {
		const struct schema_dependency *d = &r->dependencies[i];

		if (!json_object_object_get_ex(v, d->name, NULL))
			continue;
		ok &= d->node ? check_node(c, d->node, v, at)
			      : has_keys(c, d->keys, d->name, v, at);
		if (stop(c, ok))
			return false;
	}
	return ok;
}

static bool check_object(struct check *c, const struct schema_node *node, struct json_object *v,
			 const struct schema_place *at)
{
	const struct schema_object_rules *r = node->object;
	size_t n = (size_t)json_object_object_length(v);
	bool ok = has_keys(c, r->required, NULL, v, at);

	if (n < r->min)
		ok = schema_say(c->r, at, "has %zu keys, needs at least %zu", n, r->min);
	if (n > r->max)
		ok = schema_say(c->r, at, "has %zu keys, may have at most %zu", n, r->max);
	if (stop(c, ok))
		return false;
	json_object_object_foreach (v, key, val) {
		ok &= check_property(c, node, key, val, at);
		if (stop(c, ok) || c->gave_up)
			return false;
	}
	return ok & check_dependencies(c, r, v, at);
}

/* ---- branches ---- */

static const struct schema_node *target(const struct schema_node *n)
{
	while (n->ref)
		n = n->ref;
	return n;
}

static bool in_list(const char *const *list, const char *word)
{
	for (; list && *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

static bool knows(const struct schema_node *branch, const char *name)
{
	const struct schema_node *n = target(branch);

	return n->object && property_rule(n->object, name);
}

/* keys of @v that this branch knows and some other one does not; a required key counts thrice */
static unsigned votes_for(const struct schema_nodes *list, size_t branch, struct json_object *v)
{
	const struct schema_node *n = target(list->at[branch]);
	unsigned votes = 0;

	if (!json_object_is_type(v, json_type_object) || !n->object)
		return 0;
	json_object_object_foreach (v, key, val) {
		size_t others = 0;

		(void)val;
		if (!knows(n, key))
			continue;
		for (size_t i = 0; i < list->n; i++)
			others += !knows(list->at[i], key);
		if (others > 0)
			votes += in_list(n->object->required, key) ? 3 : 1;
	}
	return votes;
}

/* how far the document is from a branch; smaller is nearer */
struct distance {
	bool wrong_type; /* the branch is about another JSON type */
	unsigned votes;
	size_t violations;
};

static int nearer(const struct distance *a, const struct distance *b)
{
	if (a->wrong_type != b->wrong_type)
		return a->wrong_type - b->wrong_type;
	if (a->votes != b->votes)
		return a->votes > b->votes ? -1 : 1;
	return (a->violations > b->violations) - (a->violations < b->violations);
}

/* report @v against every branch, keep what the nearest ones say */
static void say_nearest(struct check *c, const struct schema_nodes *list, struct json_object *v,
			const struct schema_place *at)
{
	struct jsonschema_report *into = c->r, *r = mem_calloc(list->n, sizeof(*r));
	struct distance best = {0};
	size_t *nearest = mem_calloc(list->n, sizeof(*nearest)), n = 0;

	for (size_t i = 0; i < list->n && !c->gave_up; i++) {
		const struct schema_node *branch = target(list->at[i]);
		struct distance d = {.votes = votes_for(list, i, v)};
		int order;

		c->r = &r[i];
		check_node(c, branch, v, at);
		d.violations = r[i].total;
		d.wrong_type = branch->types && !(branch->types & schema_value_types(v));
		order = n ? nearer(&d, &best) : -1;
		if (order < 0) {
			best = d;
			n = 0;
		}
		if (order <= 0)
			nearest[n++] = i;
	}
	c->r = into;
	if (n > 0 && !c->gave_up && !schema_report_merge(into, r, nearest, n))
		schema_report_take(into, &r[nearest[0]]);
	for (size_t i = 0; i < list->n; i++)
		jsonschema_report_release(&r[i]);
	free(nearest);
	free(r);
}

/* anyOf: one branch is enough; oneOf: a second one is too many */
static bool check_branches(struct check *c, const struct schema_nodes *list, bool only_one,
			   struct json_object *v, const struct schema_place *at)
{
	size_t found[2], n = 0;

	for (size_t i = 0; i < list->n && n < (only_one ? 2 : 1); i++)
		if (matches(c, list->at[i], v, at))
			found[n++] = i;
	if (n == 1)
		return true;
	if (n == 0 && c->r)
		say_nearest(c, list, v, at);
	if (n == 2)
		schema_say_ambiguous(c->r, at, target(list->at[found[0]])->title,
				     target(list->at[found[1]])->title);
	return false;
}

static bool check_combined(struct check *c, const struct schema_node *n, struct json_object *v,
			   const struct schema_place *at)
{
	bool ok = true;

	for (size_t i = 0; i < n->all.n && !stop(c, ok); i++)
		ok &= check_node(c, n->all.at[i], v, at);
	if (n->any.at && !stop(c, ok))
		ok &= check_branches(c, &n->any, false, v, at);
	if (n->one.at && !stop(c, ok))
		ok &= check_branches(c, &n->one, true, v, at);
	if (n->not &&!stop(c, ok) && matches(c, n->not, v, at))
		ok = schema_say_not(c->r, at, v, target(n->not )->title);
	return ok;
}

/* ---- one value ---- */

static bool in_enum(struct check *c, struct json_object *values, struct json_object *v)
{
	for (size_t i = 0; i < js_arr_len(values); i++)
		if (schema_value_equal(json_object_array_get_idx(values, i), v, &c->steps))
			return true;
	return false;
}

static bool check_value(struct check *c, const struct schema_node *n, struct json_object *v,
			const struct schema_place *at)
{
	unsigned types = schema_value_types(v);
	bool ok = true;

	if (n->types && !(n->types & types)) /* then what else it says about the value is noise */
		return schema_say_type(c->r, at, v, n->types);
	if (n->values && !in_enum(c, n->values, v))
		ok = schema_say_enum(c->r, at, v, n->values);
	if (stop(c, ok))
		return false;
	if (n->string && types & SCHEMA_STRING)
		ok &= check_string(c, n->string, v, at);
	else if (n->number && types & SCHEMA_NUMBER)
		ok &= check_number(c, n->number, v, at);
	else if (n->array && types & SCHEMA_ARRAY)
		ok &= check_array(c, n->array, v, at);
	else if (n->object && types & SCHEMA_OBJECT)
		ok &= check_object(c, n, v, at);
	if (stop(c, ok))
		return false;
	return ok & check_combined(c, n, v, at);
}

static bool check_node(struct check *c, const struct schema_node *n, struct json_object *v,
		       const struct schema_place *at)
{
	bool ok;

	if (c->gave_up || c->steps == 0 || c->depth >= MAX_DEPTH)
		return give_up(c);
	c->steps--;
	c->depth++;
	ok = check_value(c, target(n), v, at);
	c->depth--;
	return ok;
}

static bool run(const struct jsonschema *s, struct json_object *doc, struct jsonschema_report *r)
{
	struct check c = {.r = r, .steps = MAX_STEPS};
	bool ok = check_node(&c, s->root, doc, NULL);

	pcre2_match_data_free(c.match);
	pcre2_match_context_free(c.limits);
	if (c.gave_up) { /* also where "not" turned the answer round */
		schema_say(r, NULL, "cannot be checked: too large or too deep");
		return false;
	}
	return ok;
}

bool jsonschema_validate(const struct jsonschema *s, struct json_object *doc,
			 struct jsonschema_report *ret)
{
	if (run(s, doc, NULL))
		return true;
	if (ret)
		run(s, doc, ret);
	return false;
}
