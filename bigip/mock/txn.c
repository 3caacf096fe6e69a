/*
 * Transactions (API notes, section 5): commands are queued as they come and run at commit on one
 * journal of the store, so that all of them happen or none. Known holes of the real thing are
 * refused before anything runs, unless their quirk is off.
 */
#include "bigip/mock/core.h"
#include "common/base/mem.h"

enum { IDLE_S = 120, EXECUTION_S = 300, MAX_TXNS = 100 };

struct command {
	unsigned id;
	char *method, *path; /* the path as sent */
	struct json_object *body;
};

struct txn {
	uint64_t id;
	const char *state; /* static */
	char *failure;
	bool validate_only;
	int64_t expires_us;
	struct command *commands; /* in evalOrder */
	unsigned n, cap, next_id;
	struct txn *next;
};

struct mock_txns {
	struct txn *list;
	uint64_t last_id;
};

struct mock_txns *txns_new(void)
{
	return mem_alloc(sizeof(struct mock_txns));
}

static void command_release(struct command *c)
{
	free(c->method);
	free(c->path);
	json_object_put(c->body);
}

static void txn_drop(struct txn **at)
{
	struct txn *x = *at;

	*at = x->next;
	for (unsigned i = 0; i < x->n; i++)
		command_release(&x->commands[i]);
	free(x->commands);
	free(x->failure);
	free(x);
}

void txns_free(struct mock_txns *t)
{
	while (t->list)
		txn_drop(&t->list);
	free(t);
}

void txns_tick(struct mock_txns *t, int64_t now_us)
{
	for (struct txn **at = &t->list; *at;) {
		if ((*at)->expires_us <= now_us)
			txn_drop(at);
		else
			at = &(*at)->next;
	}
}

static struct txn **txn_find(struct mock_txns *t, const char *id)
{
	unsigned long long n;
	struct txn **at = &t->list;

	if (str_to_u64(id, 1, UINT64_MAX, &n))
		return NULL;
	while (*at && (*at)->id != n)
		at = &(*at)->next;
	return *at ? at : NULL;
}

/* --- rendering --- */

static void txn_text(const struct txn *x, struct strbuf *out)
{
	const char *failure = x->failure ? x->failure : "";

	str_addf(
		out,
		"{\"transId\":%llu,\"state\":\"%s\",\"timeoutSeconds\":%d,\"asyncExecution\":false,"
		"\"validateOnly\":%s,\"executionTimeout\":%d,\"executionTime\":0,"
		"\"failureReason\":",
		(unsigned long long)x->id, x->state, IDLE_S, x->validate_only ? "true" : "false",
		EXECUTION_S);
	render_string(failure, strlen(failure), out);
	str_addf(out,
		 ",\"kind\":\"tm:transactionstate\",\"selfLink\":\"https://localhost/mgmt/tm/"
		 "transaction/%llu?ver=" MOCK_VERSION "\"}",
		 (unsigned long long)x->id);
}

static void command_text(const struct txn *x, unsigned i, struct strbuf *out)
{
	const struct command *c = &x->commands[i];
	autofree char *uri = mem_printf("https://localhost/mgmt/tm/%s", c->path);

	str_addf(out, "{\"method\":\"%s\",\"uri\":", c->method);
	render_string(uri, strlen(uri), out);
	if (c->body) {
		str_add(out, ",\"body\":");
		render_json(c->body, out);
	}
	str_addf(out,
		 ",\"evalOrder\":%u,\"commandId\":%u,\"kind\":\"tm:transaction:commandsstate\","
		 "\"selfLink\":\"https://localhost/mgmt/tm/transaction/%llu/commands/"
		 "%u?ver=" MOCK_VERSION "\"}",
		 i + 1, c->id, (unsigned long long)x->id, c->id);
}

/* --- adding --- */

void txn_add(struct mock *m, const struct mock_request *req, struct mock_reply *ret)
{
	struct txn **at = txn_find(m->txns, req->coordination);
	const char *path = req->path + strlen("/mgmt/tm/");
	static const char *const never[] = {"sys/config", "util/", "transaction"}; /* prefixes */
	struct json_object *body = NULL;
	struct mock_fault f = {0};
	struct command *c;

	if (!at || strcmp((*at)->state, "STARTED") != 0) {
		fault_set(&f, 404, API_ICRD, "Transaction %.40s not found or expired.",
			  req->coordination);
		goto refused;
	}
	for (size_t i = 0; i < ARRAY_SIZE(never); i++) {
		if (str_starts(path, never[i]) || !strcmp(path, "cm")) {
			fault_set(&f, 400, API_ICRD,
				  "Transaction %.40s operation %s is not allowed to be added to "
				  "transaction.",
				  req->coordination, req->method);
			goto refused;
		}
	}
	if (strcmp(req->method, "DELETE") != 0 && rest_body(req, &body, &f) < 0)
		goto refused;
	mem_grow((*at)->commands, (*at)->n, (*at)->cap);
	c = &(*at)->commands[(*at)->n++];
	*c = (struct command){.id = ++(*at)->next_id,
			      .method = mem_strdup(req->method),
			      .path = mem_strdup(path),
			      .body = body};
	(*at)->expires_us = m->now_us + IDLE_S * 1000000ll;
	rest_json(ret);
	command_text(*at, (*at)->n - 1, &ret->body);
	return;
refused:
	rest_fault(m, req, &f, ret);
}

/* --- commit --- */

/* a monitor that something used when the transaction began cannot be deleted in it */
static int monitor_hole(struct mock *m, const struct command *c, struct mock_fault *f)
{
	char *words[REST_MAX_WORDS];
	int n = rest_words(c->path, words);
	struct mock_slot *slot = NULL;

	if (n == 4 && !strcmp(words[0], "ltm") && !strcmp(words[1], "monitor")) {
		for (char *p = words[3]; *p; p++)
			*p = *p == '~' ? '/' : *p;
		slot = store_slot(&m->store, "monitor", words[3]);
		for (const struct mock_link *l = slot ? slot->users : NULL; l; l = l->next) {
			if (l->guard)
				fault_set(f, 400, API_MCPD, "01070083:3: Monitor %s is in use.",
					  slot->path);
		}
	}
	rest_words_free(words, n);
	return f->code ? -1 : 0;
}

/* a partition or folder cannot be deleted in the transaction that empties it */
static int folder_hole(struct mock *m, const struct command *c, struct mock_fault *f)
{
	char *words[REST_MAX_WORDS];
	int n = rest_words(c->path, words);
	autofree char *path = NULL;
	struct mock_slot *slot;

	if (n == 3 && !strcmp(words[0], "auth") && !strcmp(words[1], "partition"))
		path = mem_printf("/%s", words[2]);
	else if (n == 3 && !strcmp(words[0], "sys") && !strcmp(words[1], "folder"))
		path = mem_strdup(words[2]);
	for (char *p = path; p && *p; p++)
		*p = *p == '~' ? '/' : *p;
	slot = path ? store_slot(&m->store, "folder", path) : NULL;
	if (slot && slot->obj && slot->users)
		fault_set(
			f, 400, API_MCPD,
			"0107082a:3: All objects must be removed from a partition (%s) before the "
			"partition may be removed, type ID (915)",
			path + 1);
	rest_words_free(words, n);
	return f->code ? -1 : 0;
}

/* nor filled in the transaction that makes it */
static int new_folder_hole(const struct txn *x, const struct mock *m, const struct command *c,
			   struct mock_fault *f)
{
	const char *partition = js_str(c->body, "partition", NULL);
	autofree char *folder = partition ? mem_printf("/%s", partition) : NULL;

	if (!folder || strcmp(c->method, "POST") != 0 || folder_find(m, folder))
		return 0;
	for (unsigned i = 0; i < x->n; i++) {
		const struct command *other = &x->commands[i];

		if (other != c && !strcmp(other->method, "POST") &&
		    (str_starts(other->path, "auth/partition") ||
		     str_starts(other->path, "sys/folder")) &&
		    !strcmp(js_str(other->body, "name", ""), partition))
			return fault_set(f, 400, API_TMSH,
					 "The requested folder (%s) was not found.", folder);
	}
	return 0;
}

static int holes(struct mock *m, const struct txn *x, struct mock_fault *f)
{
	for (unsigned i = 0; i < x->n; i++) {
		const struct command *c = &x->commands[i];
		bool del = !strcmp(c->method, "DELETE");

		if (del && (m->set.quirks & MOCK_QUIRK_TXN_MONITOR) && monitor_hole(m, c, f) < 0)
			return -1;
		if (!(m->set.quirks & MOCK_QUIRK_TXN_PARTITION))
			continue;
		if ((del && folder_hole(m, c, f) < 0) || new_folder_hole(x, m, c, f) < 0)
			return -1;
	}
	return 0;
}

static int run(struct mock *m, struct txn *x, struct mock_fault *f)
{
	struct mock_obj *ignored;

	if (holes(m, x, f) < 0)
		return -1;
	store_begin(&m->store);
	for (unsigned i = 0; i < x->n; i++) {
		const struct command *c = &x->commands[i];

		if (rest_write(m, c->method, c->path, c->body, &ignored, f) < 0)
			goto undo;
	}
	if (write_check(m, f) < 0)
		goto undo;
	if (x->validate_only)
		store_rollback(&m->store);
	else
		write_commit(m);
	return 0;
undo:
	store_rollback(&m->store);
	return -1;
}

static void commit(struct mock *m, struct txn *x, const struct mock_request *req,
		   struct mock_reply *ret)
{
	struct mock_fault f = {0}, outer = {0};

	if (!x->n) {
		fault_set(&outer, 404, API_ICRD,
			  "there is no command to commit in the transaction.");
		rest_fault(m, req, &outer, ret);
		return;
	}
	if (strcmp(x->state, "STARTED") != 0) {
		fault_set(&outer, 400, API_ICRD, "Transaction %llu is in state %s.",
			  (unsigned long long)x->id, x->state);
		rest_fault(m, req, &outer, ret);
		return;
	}
	if (run(m, x, &f) < 0) {
		x->state = "FAILED";
		free(x->failure);
		x->failure = mem_strdup(f.msg);
		fault_set(&outer, 400, API_TXN, "transaction failed:%.2000s", f.msg);
		rest_fault(m, req, &outer, ret);
		return;
	}
	x->state = "COMPLETED";
	ret->changed = !x->validate_only;
	rest_json(ret);
	txn_text(x, &ret->body);
}

/* --- URIs --- */

/* one that was carried out stays readable for a while, and holds nothing up */
static unsigned count_open(const struct mock_txns *t)
{
	unsigned n = 0;

	for (const struct txn *x = t->list; x; x = x->next)
		n += !strcmp(x->state, "STARTED");
	return n;
}

static void create(struct mock *m, const struct mock_request *req, struct mock_reply *ret)
{
	struct txn *x;

	if (count_open(m->txns) >= MAX_TXNS) {
		struct mock_fault f = {0};

		fault_set(&f, 503, API_ICRD, "Too many open transactions.");
		rest_fault(m, req, &f, ret);
		return;
	}
	x = mem_alloc(sizeof(*x));
	x->id = (uint64_t)m->now_us;
	if (x->id <= m->txns->last_id)
		x->id = m->txns->last_id + 1;
	m->txns->last_id = x->id;
	x->state = "STARTED";
	x->expires_us = m->now_us + IDLE_S * 1000000ll;
	x->next = m->txns->list;
	m->txns->list = x;
	rest_json(ret);
	txn_text(x, &ret->body);
}

static void list(struct mock *m, struct mock_reply *ret)
{
	bool any = false;

	rest_json(ret);
	str_add(&ret->body, "{\"items\":[");
	for (const struct txn *x = m->txns->list; x; x = x->next) {
		str_add(&ret->body, any ? "," : "");
		any = true;
		txn_text(x, &ret->body);
	}
	str_add(&ret->body, "],\"kind\":\"tm:transactioncollectionstate\",\"selfLink\":\"https://"
			    "localhost/mgmt/tm/transaction?ver=" MOCK_VERSION "\"}");
}

static void patch(struct mock *m, struct txn *x, const struct mock_request *req,
		  struct mock_reply *ret)
{
	autojson struct json_object *body = NULL;
	struct mock_fault f = {0};

	if (rest_body(req, &body, &f) < 0) {
		rest_fault(m, req, &f, ret);
		return;
	}
	x->validate_only = js_bool(body, "validateOnly", x->validate_only);
	if (!strcmp(js_str(body, "state", ""), "VALIDATING")) {
		commit(m, x, req, ret);
		return;
	}
	rest_json(ret);
	txn_text(x, &ret->body);
}

static void reorder(struct txn *x, unsigned from, unsigned to)
{
	struct command c = x->commands[from];

	memmove(x->commands + from, x->commands + from + 1, (x->n - from - 1) * sizeof(c));
	memmove(x->commands + to + 1, x->commands + to, (x->n - 1 - to) * sizeof(c));
	x->commands[to] = c;
}

static void commands(struct mock *m, struct txn *x, const struct mock_request *req, const char *id,
		     struct mock_reply *ret)
{
	autojson struct json_object *body = NULL;
	struct mock_fault f = {0};
	unsigned long long n = 0, order;
	unsigned i = 0;

	if (!id) {
		rest_json(ret);
		str_add(&ret->body, "{\"items\":[");
		for (i = 0; i < x->n; i++) {
			str_add(&ret->body, i ? "," : "");
			command_text(x, i, &ret->body);
		}
		str_addf(&ret->body,
			 "],\"kind\":\"tm:transaction:commandscollectionstate\",\"selfLink\":"
			 "\"https://"
			 "localhost/mgmt/tm/transaction/%llu/commands?ver=" MOCK_VERSION "\"}",
			 (unsigned long long)x->id);
		return;
	}
	if (!str_to_u64(id, 1, UINT32_MAX, &n)) {
		while (i < x->n && x->commands[i].id != n)
			i++;
	}
	if (!n || i == x->n) {
		fault_set(&f, 400, API_ICRD, "Found invalid command id %.60s", id);
		rest_fault(m, req, &f, ret);
		return;
	}
	if (!strcmp(req->method, "DELETE")) {
		command_release(&x->commands[i]);
		x->n--;
		memmove(x->commands + i, x->commands + i + 1, (x->n - i) * sizeof(*x->commands));
		ret->status = 200;
		return;
	}
	if (!strcmp(req->method, "PATCH")) {
		if (rest_body(req, &body, &f) < 0 ||
		    (order = (unsigned long long)js_int(body, "evalOrder", 0)) < 1 ||
		    order > x->n) {
			if (!f.code)
				fault_set(&f, 400, API_ICRD, "Found invalid evalOrder");
			rest_fault(m, req, &f, ret);
			return;
		}
		reorder(x, i, (unsigned)order - 1);
		i = (unsigned)order - 1;
	}
	rest_json(ret);
	command_text(x, i, &ret->body);
}

bool txn_handle(struct mock *m, const struct mock_request *req, char *const *words, unsigned n,
		struct mock_reply *ret)
{
	struct mock_fault f = {0};
	struct txn **at;

	if (!n || strcmp(words[0], "transaction") != 0)
		return false;
	if (req->coordination && strcmp(req->method, "GET") != 0) {
		txn_add(m, req, ret); /* a commit with the header is queued, and refused there */
		return true;
	}
	if (n == 1) {
		if (!strcmp(req->method, "POST"))
			create(m, req, ret);
		else
			list(m, ret);
		return true;
	}
	at = txn_find(m->txns, words[1]);
	if (!at) {
		fault_set(&f, 404, API_ICRD, "Transaction %.40s not found or expired.", words[1]);
		rest_fault(m, req, &f, ret);
	} else if (n > 2 && !strcmp(words[2], "commands")) {
		commands(m, *at, req, n > 3 ? words[3] : NULL, ret);
	} else if (!strcmp(req->method, "DELETE")) {
		txn_drop(at);
		ret->status = 200;
	} else if (!strcmp(req->method, "PATCH")) {
		patch(m, *at, req, ret);
	} else {
		rest_json(ret);
		txn_text(*at, &ret->body);
	}
	return true;
}
