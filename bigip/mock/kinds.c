#include "bigip/mock/kind.h"

#include "common/base/mem.h"
#include "common/base/str.h"

static struct mock_kind *by_index[128];
static unsigned n_kinds;

unsigned kinds_count(void)
{
	return n_kinds;
}

int kind_field(const struct mock_kind *k, const char *key)
{
	for (unsigned i = 0; i < k->n_fields; i++) {
		if (k->fields[i].key[0] == key[0] && !strcmp(k->fields[i].key, key))
			return (int)i;
	}
	return -1;
}

/* --- fields from a template: the values tell type and default --- */

static void field_from_value(struct mock_field *fl, const char *key, struct json_object *v)
{
	*fl = (struct mock_field){.key = mem_strdup(key), .def_value = json_object_get(v)};
	switch (json_object_get_type(v)) {
	case json_type_int:
		fl->type = MF_INT;
		fl->max = 4294967295ll;
		return;
	case json_type_string: {
		const char *s = json_object_get_string(v);

		if (!strcmp(s, "enabled") || !strcmp(s, "disabled")) {
			/* some take a third word (nagle: auto) or a number (keepAliveInterval) */
			fl->type = MF_NUMSTR;
			fl->arg = "enabled|disabled|auto|pass-through|indefinite";
		} else {
			fl->type = *s && !s[strspn(s, "0123456789")] ? MF_NUMSTR : MF_STR;
			fl->arg = "indefinite|immediate|disabled|pass-through|mimic|none";
		}
		return;
	}
	case json_type_object:
		fl->type = MF_TREE;
		return;
	default:
		fl->type = MF_RAW;
	}
}

static void fields_from_template(struct mock_kind *k)
{
	struct json_object *t = json_tokener_parse(k->template);
	unsigned n = 0;

	if (!t) {
		fprintf(stderr, "mock-bigip: template of %s is not JSON\n", k->uri);
		abort();
	}
	k->fields = mem_calloc((size_t)json_object_object_length(t), sizeof(*k->fields));
	json_object_object_foreach (t, key, v) {
		struct mock_field *fl = &k->fields[n++];

		field_from_value(fl, key, v);
		if (!strcmp(key, "defaultsFrom")) {
			fl->type = MF_REF;
			fl->arg = k->family;
			fl->flags = F_IM | F_NONE | F_NO_PARENT;
			json_object_put(fl->def_value);
			fl->def_value = NULL;
		} else if (!strcmp(key, "description") || !strcmp(key, "appService")) {
			fl->flags = F_NO_PARENT;
			fl->type = MF_STR;
		}
	}
	k->n_fields = n;
	json_object_put(t);
}

static void fields_from_table(struct mock_kind *k)
{
	unsigned n = 0;

	while (k->fields && k->fields[n].key) {
		struct mock_field *fl = &k->fields[n++];

		if (!fl->def || fl->def_value)
			continue;
		fl->def_value = json_tokener_parse(fl->def);
		if (!fl->def_value) {
			fprintf(stderr, "mock-bigip: default of %s %s is not JSON\n", k->uri,
				fl->key);
			abort();
		}
	}
	k->n_fields = n;
}

/* --- names --- */

static char *colons(const char *uri, const char *suffix)
{
	const char *last = strrchr(uri, '/');
	char *s = mem_printf("tm:%s:%s%s", uri, last ? last + 1 : uri, suffix);

	for (char *p = s; *p; p++) {
		if (*p == '/')
			*p = ':';
	}
	return s;
}

static void kind_init(struct mock_kind *k, struct mock_kind *parent)
{
	const char *slash = strrchr(k->uri, '/');

	k->index = n_kinds;
	by_index[n_kinds++] = k;
	k->parent = parent;
	k->last = slash ? slash + 1 : k->uri;
	k->full_uri = parent ? mem_printf("%s/%s", parent->full_uri, k->uri) : mem_strdup(k->uri);
	k->state_kind = colons(k->full_uri, "state");
	k->collection_kind = colons(k->full_uri, "collectionstate");
	k->stats_kind = colons(k->full_uri, "stats");
	if (k->template)
		fields_from_template(k);
	else
		fields_from_table(k);
	for (unsigned i = 0; i < k->n_fields; i++)
		k->fields[i].key_len = strlen(k->fields[i].key);
	k->from_field = kind_field(k, "defaultsFrom");
	if (!k->type_low)
		k->type_low = k->type_name;
	for (unsigned i = 0; i < KIND_MAX_CHILDREN && k->children[i]; i++)
		kind_init(k->children[i], k);
}

void kinds_init(void)
{
	if (n_kinds)
		return;
	for (unsigned i = 0; kinds_all()[i]; i++)
		kind_init(kinds_all()[i], NULL);
}

struct mock_kind *kind_by_uri(const char *uri)
{
	for (unsigned i = 0; i < n_kinds; i++) {
		if (!by_index[i]->parent && !strcmp(by_index[i]->uri, uri))
			return by_index[i];
	}
	return NULL;
}

struct mock_kind *kind_child(const struct mock_kind *k, const char *word)
{
	for (unsigned i = 0; i < KIND_MAX_CHILDREN && k->children[i]; i++) {
		if (!strcmp(k->children[i]->uri, word))
			return k->children[i];
	}
	return NULL;
}
