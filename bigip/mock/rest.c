/*
 * URIs, query parameters, verbs and replies (API notes 2.1 to 2.5, 4.1, 4.2). Pure: the server and
 * the tests call mock_handle().
 */
#include <ctype.h>

#include "bigip/mock/core.h"
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

static void echo_value(const char *s, struct strbuf *out)
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

static void query_release(struct rest_query *q)
{
	free(q->filter_partition);
	free(q->ver);
	json_object_put(q->select);
	str_release(&q->echo);
}

static int query_parse(const char *text, struct rest_query *q, struct mock_fault *f)
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
		if (*key && strcmp(key, "ver")) {
			str_add(&q->echo, q->echo.len ? "&" : "");
			echo_value(key, &q->echo);
			str_add_char(&q->echo, '=');
			echo_value(value, &q->echo);
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

static void target_release(struct mock_target *t)
{
	free(t->path);
	free(t->missing_parent);
}

static int target_parse(const struct mock *m, char *const *words, int n, struct mock_target *t,
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

static struct mock_obj *target_parent(const struct mock_target *t)
{
	return t->n_parents ? t->parents[t->n_parents - 1] : NULL;
}

static struct mock_obj *target_find(const struct mock *m, const struct mock_target *t)
{
	struct mock_obj *parent = target_parent(t), *o;

	if (!t->path || t->missing_parent)
		return NULL;
	o = parent ? store_child(&m->store, parent, t->kind, t->path)
		   : store_find(&m->store, t->kind->family, t->path);
	return o && o->kind == t->kind ? o : NULL;
}

/* --- refusals (4.2) --- */

static int not_found(const char *type, const char *what, struct mock_fault *f)
{
	return fault_set(f, 404, API_MCPD, "01020036:3: The requested %s (%s) was not found.", type,
			 what);
}

static int missing_parent(const struct mock_target *t, bool post, struct mock_fault *f)
{
	if ((t->missing_kind->flags & K_ICRD_404) && !post)
		return fault_set(f, 404, API_ICRD, "Object not found - %s", t->missing_parent);
	return not_found(post ? t->missing_kind->type_low : t->missing_kind->type_name,
			 t->missing_parent, f);
}

static int missing_item(const struct mock_target *t, bool read, struct mock_fault *f)
{
	const struct mock_kind *k = t->kind;

	if (k == &kind_members && !read) { /* whatever of it is missing */
		const struct mock_obj *pool = target_parent(t);
		struct strbuf text = {0};

		if (pool) {
			k->label(pool, t->path, &text);
		} else {
			str_add(&text, t->missing_parent);
			k->label(NULL, t->path, &text);
		}
		not_found(k->type_name, str_get(&text), f);
		str_release(&text);
		return -1;
	}
	if (t->missing_parent)
		return missing_parent(t, false, f);
	if (k->flags & K_ICRD_404)
		return fault_set(f, 404, API_ICRD, "Object not found - %s", t->path);
	return not_found(k->type_name, t->path, f);
}

/* a member's id without a port is taken for something else by the device's URL filter */
static int member_id(const struct mock_target *t, struct mock_fault *f)
{
	const char *name = t->path ? strrchr(t->path, '/') : NULL;
	size_t len;
	int port;

	if (t->kind != &kind_members || !name ||
	    (addr_split_port(name + 1, &len, &port) == 0 && port >= 0))
		return 0;
	return fault_set(f, 400, API_TMSH, "HTML Tag-like Content in the Request URL/Body");
}

/* --- writes --- */

static int missing_folder(const struct mock *m, const struct mock_target *t, struct mock_fault *f)
{
	char partition[PARTITION_MAX];
	autofree char *folder = NULL;
	const char *path = t->missing_parent ? t->missing_parent : t->path;

	if ((t->kind->flags & (K_PLAIN | K_RECORD)) || !path || *path != '/')
		return 0;
	folder = mem_printf("/%s", folder_partition(path, partition));
	if (folder_find(m, folder))
		return 0;
	return fault_set(f, 400, API_TMSH, "The requested folder (%s) was not found.", folder);
}

static int write_target(struct mock *m, const char *method, struct mock_target *t,
			struct json_object *body, struct mock_obj **ret_obj, struct mock_fault *f)
{
	bool post = !strcmp(method, "POST"), put = !strcmp(method, "PUT");
	struct mock_obj *o;

	*ret_obj = NULL;
	if (t->stats)
		return fault_set(f, 400, API_ICRD, "Operation is not supported on stats.");
	if (post) {
		if (t->path && !(t->kind->flags & K_SINGLE))
			return fault_set(f, 400, API_ICRD, "POST is not supported on an item.");
		if (t->missing_parent)
			return missing_parent(t, true, f);
		return write_create(m, t->kind, target_parent(t), body, ret_obj, f);
	}
	if (!t->path)
		return fault_set(f, 400, API_ICRD, "%s is not supported on a collection.", method);
	if (member_id(t, f) < 0)
		return -1;
	o = target_find(m, t);
	if (!strcmp(method, "DELETE"))
		return o ? write_delete(m, o, f) : missing_item(t, false, f);
	if (!put && strcmp(method, "PATCH"))
		return fault_set(f, 501, API_NONE, "Method %.10s not supported", method);
	if (!put && !json_object_object_length(body)) {
		if (missing_folder(m, t, f) < 0)
			return -1;
		return fault_set(f, 400, API_TMSH, "one or more properties must be specified");
	}
	if (!o)
		return missing_item(t, false, f);
	*ret_obj = o;
	return write_modify(m, o, body, put, f);
}

int rest_write(struct mock *m, const char *method, const char *path, struct json_object *body,
	       struct mock_obj **ret_obj, struct mock_fault *f)
{
	char *words[REST_MAX_WORDS];
	struct mock_target t;
	int n = rest_words(path, words), r;

	*ret_obj = NULL;
	if (n < 0)
		return fault_set(f, 400, API_ICRD, "Found invalid URI in the request.");
	r = target_parse(m, words, n, &t, f);
	if (r == 0)
		r = write_target(m, method, &t, body, ret_obj, f);
	target_release(&t);
	rest_words_free(words, n);
	return r;
}

/* --- replies --- */

void rest_json(struct mock_reply *ret)
{
	ret->status = 200;
	ret->content_type = "application/json; charset=UTF-8";
}

void rest_fault(struct mock *m, const struct mock_request *req, const struct mock_fault *f,
		struct mock_reply *ret)
{
	const char *peer = req->peer ? req->peer : "127.0.0.1";

	str_clear(&ret->body);
	ret->status = f->code;
	ret->content_type = f->api ? "application/json; charset=UTF-8"
				   : "application/json;charset=utf-8";
	str_addf(&ret->body, "{\"code\":%d,\"message\":", f->code);
	render_string(f->msg, strlen(f->msg), &ret->body);
	if (f->api)
		str_addf(&ret->body, ",\"errorStack\":[],\"apiError\":%d}", f->api);
	else
		str_addf(&ret->body,
			 ",\"referer\":\"%s\",\"restOperationId\":%u,\"kind\":\":"
			 "resterrorresponse\"}",
			 peer, ++m->rest_operation_id);
}

static bool in_partition(const struct mock_obj *o, const char *partition)
{
	size_t n = strlen(partition);

	if (!partition)
		return true;
	return o->folder[0] == '/' && !strncmp(o->folder + 1, partition, n) &&
	       (o->folder[n + 1] == '\0' || o->folder[n + 1] == '/');
}

static void collection_link(const struct mock_target *t, struct strbuf *out)
{
	const struct mock_obj *parent = target_parent(t);

	str_add(out, "https://localhost/mgmt/tm/");
	if (parent) {
		render_link(parent, out);
		str_add_char(out, '/');
	}
	str_add(out, t->kind->uri);
}

struct window {
	unsigned long from, to, total; /* [from, to) of total */
};

static void paging(const struct mock *m, const struct mock_target *t, const struct rest_query *q,
		   const struct window *w, struct strbuf *out)
{
	unsigned long top = q->top > 0 ? (unsigned long)q->top : w->total, size = w->to - w->from;
	bool grows = m->set.quirks & MOCK_QUIRK_PAGING_TOP_GROWS;
	unsigned long page = grows && q->skip > 0 ? top - (unsigned long)q->skip : top;

	if (!page)
		page = 1;
	str_addf(out,
		 ",\"currentItemCount\":%lu,\"itemsPerPage\":%lu,\"pageIndex\":%lu,\"startIndex\":%"
		 "lu,"
		 "\"totalItems\":%lu,\"totalPages\":%lu",
		 size, page, w->from / page + 1, w->from + 1, w->total,
		 (w->total + page - 1) / page);
	for (int back = 0; back < 2; back++) {
		unsigned long skip = back ? (w->from > page ? w->from - page : 0) : w->to;

		if (back ? w->from == 0 : w->to >= w->total)
			continue;
		str_add(out, back ? ",\"previousLink\":\"" : ",\"nextLink\":\"");
		collection_link(t, out);
		str_addf(out, "?%%24top=%lu&%%24skip=%lu", grows ? skip + page : page, skip);
		if (q->expand)
			str_add(out, "&expandSubcollections=true");
		if (q->filter_partition) {
			str_add(out, "&%24filter=partition+eq+");
			echo_value(q->filter_partition, out);
		}
		str_addf(out, "&ver=%s\"", q->ver);
	}
}

static void collection(struct mock *m, const struct mock_target *t, const struct rest_query *q,
		       struct mock_obj *const *list, unsigned n, struct mock_reply *ret)
{
	struct strbuf *out = &ret->body;
	struct window w = {0};
	bool paged = q->top >= 0 || q->skip > 0, any = false;
	unsigned long seen = 0;

	for (unsigned i = 0; i < n; i++)
		w.total += !q->filter_partition || in_partition(list[i], q->filter_partition);
	w.from = q->skip > 0 ? (unsigned long)q->skip : 0;
	w.to = w.total;
	if (q->top >= 0 && (m->set.quirks & MOCK_QUIRK_PAGING_TOP_GROWS))
		w.to = (unsigned long)q->top;
	else if (q->top >= 0)
		w.to = w.from + (unsigned long)q->top;
	if (w.to > w.total)
		w.to = w.total;
	if (w.from > w.to)
		w.from = w.to;

	rest_json(ret);
	str_addf(out, "{\"kind\":\"%s\",\"selfLink\":\"", t->kind->collection_kind);
	collection_link(t, out);
	str_addf(out, "?%s%sver=%s\"", str_get(&q->echo), q->echo.len ? "&" : "", q->ver);
	if (paged)
		paging(m, t, q, &w, out);
	if (w.to > w.from || !(m->set.quirks & MOCK_QUIRK_EMPTY_NO_ITEMS)) {
		str_add(out, ",\"items\":[");
		for (unsigned i = 0; i < n && seen < w.to; i++) {
			if (q->filter_partition && !in_partition(list[i], q->filter_partition))
				continue;
			if (seen++ < w.from)
				continue;
			if (any)
				str_add_char(out, ',');
			any = true;
			render_item(m, list[i], q->ver, q->expand, q->select, out);
		}
		str_add_char(out, ']');
	}
	str_add_char(out, '}');
}

/* an organising URI such as /ltm or /ltm/monitor lists what is below it */
static bool organizing(char *const *words, int n, const struct rest_query *q,
		       struct mock_reply *ret)
{
	struct strbuf prefix = {0}, items = {0};
	const char *last = "";
	size_t last_len = 0;

	for (int i = 0; i < n; i++)
		str_addf(&prefix, "%s/", words[i]);
	for (unsigned i = 0; kinds_all()[i]; i++) {
		const char *uri = kinds_all()[i]->uri, *rest;
		size_t len;

		if (n && !str_starts(uri, str_get(&prefix)))
			continue;
		rest = uri + prefix.len;
		len = strcspn(rest, "/");
		if (len == last_len && !strncmp(rest, last, len))
			continue;
		last = rest;
		last_len = len;
		str_addf(&items,
			 "%s{\"reference\":{\"link\":\"https://localhost/mgmt/tm/%s%.*s?ver=%s\"}}",
			 items.len ? "," : "", str_get(&prefix), (int)len, rest, q->ver);
	}
	if (items.len && n) {
		rest_json(ret);
		str_add(&ret->body, "{\"kind\":\"tm");
		for (int i = 0; i < n; i++)
			str_addf(&ret->body, ":%s", words[i]);
		str_addf(&ret->body,
			 ":%scollectionstate\",\"selfLink\":\"https://localhost/mgmt/tm/"
			 "%.*s?ver=%s\"",
			 words[n - 1], (int)prefix.len - 1, str_get(&prefix), q->ver);
		str_addf(&ret->body, ",\"items\":[%s]}", str_get(&items));
	}
	n = n && items.len;
	str_release(&prefix);
	str_release(&items);
	return n;
}

/* --- reads --- */

static int read_target(struct mock *m, struct mock_target *t, const struct rest_query *q,
		       struct mock_reply *ret, struct mock_fault *f)
{
	struct mock_obj *parent = target_parent(t), *o;
	struct mock_obj *const *list;
	unsigned n = 0;

	if (t->path) {
		if (member_id(t, f) < 0)
			return -1;
		o = target_find(m, t);
		if (!o)
			return missing_item(t, true, f);
		rest_json(ret);
		if (t->stats)
			stats_item(m, o, q->ver, &ret->body);
		else
			render_item(m, o, q->ver, q->expand, q->select, &ret->body);
		return 0;
	}
	if (t->missing_parent)
		return missing_parent(t, false, f);
	if (q->filter_partition) {
		autofree char *folder = mem_printf("/%s", q->filter_partition);

		if (!folder_find(m, folder))
			return fault_set(f, 400, API_TMSH,
					 "The requested folder (%s) was not found.", folder);
	}
	if (parent) {
		const struct mock_children *c = &parent->kids[0];

		if (parent->kind->children[1] == t->kind)
			c = &parent->kids[1];
		list = c->list;
		n = c->n;
	} else {
		list = store_list(&m->store, t->kind, &n);
	}
	if (t->stats) {
		rest_json(ret);
		stats_collection(m, t->kind, parent, list, n, q->ver, &ret->body);
	} else {
		collection(m, t, q, list, n, ret);
	}
	return 0;
}

static void handle_get(struct mock *m, const struct mock_request *req, char *const *words, int n,
		       struct mock_reply *ret)
{
	struct mock_fault f = {0};
	struct mock_target t = {0};
	struct rest_query q;
	int r = query_parse(req->query, &q, &f);

	if (r == 0 && !organizing(words, n, &q, ret)) {
		r = target_parse(m, words, n, &t, &f);
		if (r == 0)
			r = read_target(m, &t, &q, ret, &f);
	}
	if (r < 0)
		rest_fault(m, req, &f, ret);
	target_release(&t);
	query_release(&q);
}

int rest_body(const struct mock_request *req, struct json_object **ret, struct mock_fault *f)
{
	struct error err;

	*ret = NULL;
	if (!req->body_len && strcmp(req->method, "POST")) {
		*ret = json_object_new_object();
		return 0;
	}
	if (js_parse(req->body ? req->body : "", req->body_len, ret, &err) < 0 ||
	    !json_object_is_type(*ret, json_type_object)) {
		json_object_put(*ret);
		*ret = NULL;
		return fault_set(f, 400, API_ICRD, "Found invalid JSON body in the request.");
	}
	return 0;
}

static void handle_write(struct mock *m, const struct mock_request *req, const char *path,
			 struct mock_reply *ret)
{
	autojson struct json_object *body = NULL;
	struct mock_fault f = {0};
	struct mock_obj *o = NULL;
	bool hidden_member = false;

	if (strcmp(req->method, "DELETE") && rest_body(req, &body, &f) < 0) {
		rest_fault(m, req, &f, ret);
		return;
	}
	store_begin(&m->store);
	if (rest_write(m, req->method, path, body, &o, &f) < 0 || write_check(m, &f) < 0) {
		store_rollback(&m->store);
		rest_fault(m, req, &f, ret);
		return;
	}
	write_commit(m);
	ret->changed = true;
	hidden_member = (m->set.quirks & MOCK_QUIRK_MEMBER_POST_404) && o &&
			o->kind == &kind_members && !strcmp(req->method, "POST") &&
			!js_key(body, "partition");
	if (hidden_member) {
		fault_set(&f, 404, API_ICRD, "Object not found - %s", o->path);
		rest_fault(m, req, &f, ret);
		return;
	}
	if (!o) {
		ret->status = 200;
		return;
	}
	rest_json(ret);
	render_item(m, o, MOCK_VERSION, false, NULL, &ret->body);
}

/* --- all of it --- */

static bool is_write(const char *method)
{
	return strcmp(method, "GET") && strcmp(method, "HEAD");
}

static bool known_method(const char *method)
{
	static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i], method))
			return true;
	}
	return false;
}

static bool readiness(struct mock *m, const struct mock_request *req, const char *uri,
		      struct mock_reply *ret)
{
	struct mock_fault f = {0};

	switch (m->ready) {
	case MOCK_READY:
		return false;
	case MOCK_NOT_REGISTERED:
		if (!strncmp(uri, "tm/sys/available", 16))
			fault_set(&f, 503, API_NONE,
				  "Unable to process request /tm/sys/available. Service is "
				  "unavailable.");
		else
			fault_set(&f, 404, API_NONE,
				  "URI path /mgmt/%.200s not registered.  Please verify URI is "
				  "supported "
				  "and wait for /available suffix to be responsive.",
				  uri);
		break;
	case MOCK_MCPD_LOST:
		fault_set(&f, 500, API_MCPD_LOST,
			  "The connection to mcpd has been lost, try again.");
		break;
	case MOCK_ASYNC_TASK:
		fault_set(&f, 503, API_ASYNC, "There is an active asynchronous task executing.");
		break;
	case MOCK_RESTARTING:
		ret->status = 503;
		ret->content_type = "text/html";
		str_add(&ret->body,
			"<html><head><title>503 Service Unavailable</title></head><body>"
			"Configuration Utility restarting...</body></html>");
		return true;
	}
	rest_fault(m, req, &f, ret);
	return true;
}

static void handle_tm(struct mock *m, const struct mock_request *req, const char *path,
		      struct mock_reply *ret)
{
	struct mock_fault f = {0};
	autojson struct json_object *body = NULL;
	char *words[REST_MAX_WORDS];
	struct strbuf uri = {0};
	int n = rest_words(path, words);

	if (n < 0) {
		fault_set(&f, 400, API_ICRD, "Found invalid URI in the request.");
		rest_fault(m, req, &f, ret);
		return;
	}
	for (int i = 0; i < n; i++)
		str_addf(&uri, "%s%s", i ? "/" : "", words[i]);
	if (txn_handle(m, req, words, (unsigned)n, ret)) {
		;
	} else if (req->coordination && is_write(req->method)) {
		txn_add(m, req, ret);
	} else {
		if (is_write(req->method) && req->body_len)
			(void)js_parse(req->body, req->body_len, &body, NULL);
		if (special_handle(m, req->method, str_get(&uri), MOCK_VERSION, body, &ret->body,
				   &f)) {
			if (f.code)
				rest_fault(m, req, &f, ret);
			else
				rest_json(ret);
		} else if (is_write(req->method)) {
			handle_write(m, req, path, ret);
		} else {
			handle_get(m, req, words, n, ret);
		}
	}
	str_release(&uri);
	rest_words_free(words, n);
}

void mock_handle(struct mock *m, const struct mock_request *req, struct mock_reply *ret)
{
	struct mock_fault f = {0};
	const char *uri;

	mock_tick(m, req->now_us);
	if (strncmp(req->path, "/mgmt/", 6)) {
		ret->status = 404;
		ret->content_type = "text/html";
		str_add(&ret->body, "<html><head><title>404 Not Found</title></head><body>Not Found"
				    "</body></html>");
		return;
	}
	if (!known_method(req->method)) {
		fault_set(&f, 501, API_NONE, "Method not supported");
		rest_fault(m, req, &f, ret);
		return;
	}
	uri = req->path + 6;
	while (*uri == '/')
		uri++;
	if (readiness(m, req, uri, ret))
		return;
	if (!strncmp(uri, "shared/authn/login", 18)) {
		(void)auth_handle(m, req, uri, ret);
		return;
	}
	if (auth_check(m, req, ret) != AUTH_OK)
		return;
	if (auth_handle(m, req, uri, ret))
		return;
	if (!strncmp(uri, "tm/", 3)) {
		handle_tm(m, req, uri + 3, ret);
		return;
	}
	fault_set(&f, 404, API_NONE, "Public URI path not registered: /%.300s", uri);
	rest_fault(m, req, &f, ret);
}

int mock_write(struct mock *m, const char *method, const char *path, const char *body,
	       int64_t now_us, struct error *err)
{
	struct mock_request req = {.method = method,
				   .path = path,
				   .body = body ? body : "",
				   .body_len = body ? strlen(body) : 0,
				   .now_us = now_us};
	struct mock_reply ret = {0};
	int status;

	mock_tick(m, now_us);
	if (strncmp(path, "/mgmt/tm/", 9))
		return err_set(err, ERR_INPUT, 404, "path '%s' is not below /mgmt/tm/", path);
	handle_write(m, &req, path + 9, &ret);
	status = ret.status;
	if (status != 200)
		err_set(err, ERR_INPUT, status, "%s %s: %.300s", method, path, str_get(&ret.body));
	str_release(&ret.body);
	return status == 200 ? 0 : -1;
}
