/* Paths and queries: words, identifiers, parameters (API notes 2.1, 2.2). */
#include <ctype.h>

#include "bigip/mock/rest.h"
#include "common/base/mem.h"

enum { MAX_SELECT = 64 };

/* --- words of a path --- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* percent-decode; a broken escape or a NUL gives NULL. Given. */
static char *decode(const char *s, size_t len, bool plus)
{
	char *out = mem_alloc(len + 1), *w = out;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '%') {
			int hi = i + 2 < len ? hex(s[i + 1]) : -1;
			int lo = i + 2 < len ? hex(s[i + 2]) : -1;

			if (hi < 0 || lo < 0 || (!hi && !lo)) {
				free(out);
				return NULL;
			}
			*w++ = (char)(hi << 4 | lo);
			i += 2;
		} else {
			*w++ = plus && s[i] == '+' ? ' ' : s[i];
		}
	}
	return out;
}

int rest_words(const char *path, char *ret[REST_MAX_WORDS])
{
	int n = 0;

	while (*path) {
		size_t len = strcspn(path, "/");

		if (len) {
			char *word = n < REST_MAX_WORDS ? decode(path, len, false) : NULL;

			if (!word) {
				rest_words_free(ret, n);
				return -1;
			}
			ret[n++] = word;
		}
		path += len;
		path += *path == '/';
	}
	return n;
}

void rest_words_free(char **words, int n)
{
	for (int i = 0; i < n; i++)
		free(words[i]);
}

/* --- query --- */

void rest_echo(const char *s, struct strbuf *out)
{
	for (; *s; s++) {
		if (*s == ' ')
			str_add_char(out, '+');
		else if (isalnum((unsigned char)*s) || strchr("-_.~$*", *s))
			str_add_char(out, *s);
		else
			str_addf(out, "%%%02X", (unsigned char)*s);
	}
}

static int filter(const char *value, struct rest_query *q, struct mock_fault *f)
{
	char partition[PARTITION_MAX];
	char rest;

	/* PARTITION_MAX - 1; only partitions can be filtered by */
	if (sscanf(value, " partition eq '%255[^']'%c", partition, &rest) != 1 &&
	    sscanf(value, " partition eq %255s %c", partition, &rest) != 1)
		return fault_set(f, 400, API_ICRD,
				 "Found invalid filter \"%.100s\" in the request.", value);
	free(q->filter_partition);
	q->filter_partition = mem_strdup(partition);
	return 0;
}

static int select_names(const char *value, struct rest_query *q)
{
	if (!q->select)
		q->select = json_object_new_array();
	while (*value) {
		size_t len = strcspn(value, ",");
		autofree char *name = mem_strndup(value, len);

		if (len && json_object_array_length(q->select) < MAX_SELECT)
			js_push_str(q->select, name);
		value += len;
		value += *value == ',';
	}
	return 0;
}

static int number(const char *value, long *ret, const char *key, struct mock_fault *f)
{
	unsigned long long n;

	if (str_to_u64(value, 0, 100000000, &n))
		return fault_set(f, 400, API_ICRD,
				 "Found invalid %s value \"%.50s\" in the request.", key, value);
	*ret = (long)n;
	return 0;
}

static bool version_known(const char *v)
{
	return str_starts(v, "11.") || str_starts(v, "12.") || str_starts(v, "13.") ||
	       str_starts(v, "14.0") || str_starts(v, "14.1");
}

static int query_one(const char *key, const char *value, struct rest_query *q, struct mock_fault *f)
{
	if (!strcmp(key, "$filter"))
		return filter(value, q, f);
	if (!strcmp(key, "$select"))
		return select_names(value, q);
	if (!strcmp(key, "$top"))
		return number(value, &q->top, key, f);
	if (!strcmp(key, "$skip"))
		return number(value, &q->skip, key, f);
	if (!strcmp(key, "expandSubcollections"))
		q->expand = !strcmp(value, "true");
	if (!strcmp(key, "ver")) {
		if (!version_known(value))
			return fault_set(f, 400, API_ICRD, "Found unsupported version \"%.20s\"",
					 value);
		free(q->ver);
		q->ver = mem_strdup(value);
	}
	return 0;
}

void rest_query_release(struct rest_query *q)
{
	free(q->filter_partition);
	free(q->ver);
	json_object_put(q->select);
	str_release(&q->echo);
}

int rest_query_parse(const char *text, struct rest_query *q, struct mock_fault *f)
{
	*q = (struct rest_query){.top = -1, .skip = -1, .ver = mem_strdup(MOCK_VERSION)};
	while (text && *text) {
		size_t len = strcspn(text, "&"), eq = strcspn(text, "=&");
		autofree char *key = decode(text, eq, true);
		autofree char *value = eq < len ? decode(text + eq + 1, len - eq - 1, true)
						: mem_strdup("");

		if (!key || !value)
			return fault_set(f, 400, API_ICRD, "Found invalid query in the request.");
		if (query_one(key, value, q, f) < 0)
			return -1;
		if (*key && strcmp(key, "ver") != 0) {
			str_add(&q->echo, q->echo.len ? "&" : "");
			rest_echo(key, &q->echo);
			str_add_char(&q->echo, '=');
			rest_echo(value, &q->echo);
		}
		text += len;
		text += *text == '&';
	}
	return 0;
}

/* --- from words to objects --- */

static char *id_path(const struct mock *m, const struct mock_kind *k, const struct mock_obj *parent,
		     const char *word)
{
	autofree char *path = NULL, *normal = NULL, *folder = NULL;
	const char *slash;

	if (k->flags & (K_PLAIN | K_RECORD)) {
		normal = k->name ? k->name(NULL, NULL, word) : NULL;
		return normal ? move_ptr(normal) : mem_strdup(word);
	}
	path = word[0] == '~' ? mem_strdup(word) : mem_printf("/Common/%s", word);
	for (char *p = path; *p; p++)
		*p = *p == '~' ? '/' : *p;
	slash = strrchr(path, '/');
	if (slash == path)
		return move_ptr(path);
	folder = mem_strndup(path, (size_t)(slash - path));
	if (k->name)
		normal = k->name((struct mock *)m, folder, slash + 1);
	else if (k->flags & K_ADDR_NAME)
		normal = addr_normal(m, folder, slash + 1);
	(void)parent;
	return normal ? mem_printf("%s/%s", folder, normal) : move_ptr(path);
}

/* the longest run of words that is a kind; *ret_used is how many */
static struct mock_kind *kind_of_words(char *const *words, int n, int *ret_used)
{
	struct strbuf uri = {0};
	struct mock_kind *found = NULL;

	for (int i = 0; i < n && i < 3; i++) {
		struct mock_kind *k;

		str_add(&uri, i ? "/" : "");
		str_add(&uri, words[i]);
		k = kind_by_uri(str_get(&uri));
		if (k) {
			found = k;
			*ret_used = i + 1;
		}
	}
	str_release(&uri);
	return found;
}

static int not_registered(const char *const *words, int n, struct mock_fault *f)
{
	struct strbuf uri = {0};

	for (int i = 0; i < n; i++)
		str_addf(&uri, "/%s", words[i]);
	fault_set(f, 404, API_NONE, "Public URI path not registered: /tm%s", str_get(&uri));
	str_release(&uri);
	return -1;
}

void rest_target_release(struct mock_target *t)
{
	free(t->path);
	free(t->missing_parent);
}

int rest_target_parse(const struct mock *m, char *const *words, int n, struct mock_target *t,
		      struct mock_fault *f)
{
	int at = 0;
	struct mock_kind *k = kind_of_words(words, n, &at);
	struct mock_obj *parent = NULL;

	*t = (struct mock_target){.kind = k};
	if (!k)
		return not_registered((const char *const *)words, n, f);
	if (n > at && !strcmp(words[n - 1], "stats") && stats_have(k)) {
		t->stats = true;
		n--;
	}
	if (k->flags & K_SINGLE) {
		t->path = mem_strdup(k->last);
		return at == n ? 0 : not_registered((const char *const *)words, n, f);
	}
	while (at < n) {
		autofree char *path = id_path(m, k, parent, words[at++]);
		struct mock_obj *o = NULL;

		if (at == n) {
			t->path = move_ptr(path);
			break;
		}
		if (!t->missing_parent)
			o = parent ? store_child(&m->store, parent, k, path)
				   : store_find(&m->store, k->family, path);
		if (o && o->kind != k)
			o = NULL;
		if (!o && !t->missing_parent) {
			t->missing_parent = mem_strdup(path);
			t->missing_kind = k;
		}
		parent = o;
		k = kind_child(k, words[at++]);
		if (!k || t->n_parents == ARRAY_SIZE(t->parents))
			return not_registered((const char *const *)words, n, f);
		t->parents[t->n_parents++] = o;
		t->kind = k;
	}
	return 0;
}

struct mock_obj *rest_target_parent(const struct mock_target *t)
{
	return t->n_parents ? t->parents[t->n_parents - 1] : NULL;
}

struct mock_obj *rest_target_find(const struct mock *m, const struct mock_target *t)
{
	struct mock_obj *parent = rest_target_parent(t), *o;

	if (!t->path || t->missing_parent)
		return NULL;
	o = parent ? store_child(&m->store, parent, t->kind, t->path)
		   : store_find(&m->store, t->kind->family, t->path);
	return o && o->kind == t->kind ? o : NULL;
}
