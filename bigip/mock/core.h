/*
 * core.h - what the files of this folder share: the device itself, refusals, and the entry points
 * of each part
 */
#ifndef BIGIP_MOCK_CORE_H
#define BIGIP_MOCK_CORE_H

#include "bigip/mock/mock.h"
#include "bigip/mock/store.h"
#include "common/base/ip.h"
#include "common/base/json.h"

/* who said no; decides the shape of the error body */
enum {
	API_ICRD = 1,
	API_TXN = 2,
	API_MCPD = 3,
	API_TMSH = 26214401,
	API_MCPD_LOST = 32768001,
	API_ASYNC = 32964609,
	API_NONE = 0, /* restjavad: referer, restOperationId, kind */
};

struct mock_fault {
	int code; /* HTTP status; 0: no fault */
	int api;
	char msg[2048];
};

/** fault_set - returns -1. mcpd's messages carry their number themselves ("01020036:3: ..."). */
__attribute__((format(printf, 4, 5))) int fault_set(struct mock_fault *f, int code, int api,
						    const char *fmt, ...);

enum { MOCK_MAX_INHERIT = 16 }; /* length of a defaultsFrom chain */

struct mock_auth;
struct mock_txns;

struct mock {
	struct mock_settings set;
	char *member_state;
	struct mock_store store;
	struct mock_auth *auth;
	struct mock_txns *txns;
	enum mock_readiness ready;
	int64_t now_us;
	unsigned rest_operation_id;
	uint64_t list_marks;
	bool seeding; /* objects made now are built-ins */
	/* traffic plane */
	uint64_t traffic_version;
	void (*traffic_changed)(void *ctx);
	void *traffic_ctx;
};

/* --- value.c: input against field descriptors */
/** value_apply - check @in against the field and store it in @o; @modify: immutables are refused.
 * A JSON null changes nothing. */
int value_apply(struct mock *m, struct mock_obj *o, unsigned field, struct json_object *in,
		bool modify, struct mock_fault *f);
/** value_default - NULL for all fields that a PUT resets */
void value_reset(struct mock_obj *o);
/** value_path - a reference as sent -> full path; NULL for "" and "none". Given (free). */
char *value_path(const char *text);
/** value_monitor - parse a monitor rule; *ret_min is 0 for "and" lists; paths given in a list of
 * strings. Returns 0 or -1. */
int value_monitor(const char *text, struct json_object **ret_paths, long *ret_min);
/** value_dashed - "loadBalancingMode" -> "load-balancing-mode" */
void value_dashed(const char *key, struct strbuf *out);

/* --- write.c: the verbs on the tree; all inside an open journal, checks of the end state apart */
int write_create(struct mock *m, struct mock_kind *k, struct mock_obj *parent,
		 struct json_object *body, struct mock_obj **ret, struct mock_fault *f);
int write_modify(struct mock *m, struct mock_obj *o, struct json_object *body, bool put,
		 struct mock_fault *f);
int write_delete(struct mock *m, struct mock_obj *o, struct mock_fault *f);
/** write_child_list - make the children of @o exactly those of @list (strings or objects) */
int write_child_list(struct mock *m, struct mock_obj *o, unsigned child, struct json_object *list,
		     struct mock_fault *f);
/** write_relink - rebuild the outgoing links of @o from its values */
void write_relink(struct mock_store *s, struct mock_obj *o);
/** write_check - the end state of all that the open journal touched */
int write_check(struct mock *m, struct mock_fault *f);
/** write_commit - close the journal and tell the traffic plane */
void write_commit(struct mock *m);
struct mock_obj *write_make(struct mock *m, struct mock_kind *k, struct mock_obj *parent,
			    const char *folder, const char *name, const char *json);

/* --- names and addresses (addr.c) */
struct mock_addr {
	struct ip_addr ip; /* family 4 or 6 */
	unsigned rd;
	bool rd_given;
};
/** addr_parse - "10.0.0.1", "10.0.0.1%2", "any", "any6"; returns 0 or -1 */
int addr_parse(const char *s, size_t len, struct mock_addr *ret);
/** addr_text - as the device echoes it in a partition with that default route domain */
void addr_text(const struct mock_addr *a, unsigned default_rd, struct strbuf *out);
/** addr_key - canonical "ip%rd" for indexes */
void addr_key(const struct mock_addr *a, struct strbuf *out);
unsigned addr_default_rd(const struct mock *m, const char *folder);
/** addr_resolve - addr_parse() and fill in the default route domain of @folder */
int addr_resolve(const struct mock *m, const char *folder, const char *s, size_t len,
		 struct mock_addr *ret);
/** addr_normal - canonical text of an address in @folder; NULL if @s is none. Given (free). */
char *addr_normal(const struct mock *m, const char *folder, const char *s);
/** addr_split_port - "10.0.0.1:80", "web:http", "2001:db8::1.80"; *ret_len: length of the host
 * part; port -1 when it is no port. Returns 0, or -1 when there is no port part. */
int addr_split_port(const char *s, size_t *ret_len, int *ret_port);
int service_port(const char *word); /* "http" -> 80, "any" and "*" -> 0; -1 */
const char *service_name(int port, char buf[static 16]);

/* --- render.c */
void render_item(const struct mock *m, const struct mock_obj *o, const char *ver, bool expand,
		 struct json_object *select, struct strbuf *out);
void render_link(const struct mock_obj *o, struct strbuf *out); /* without host and query */
void render_path_segment(const char *path, struct strbuf *out);
void render_json(struct json_object *v, struct strbuf *out);
void render_string(const char *s, size_t len, struct strbuf *out);

/* --- stats.c */
bool stats_have(const struct mock_kind *k);
void stats_item(struct mock *m, const struct mock_obj *o, const char *ver, struct strbuf *out);
void stats_collection(struct mock *m, const struct mock_kind *k, const struct mock_obj *parent,
		      struct mock_obj *const *list, unsigned n, const char *ver,
		      struct strbuf *out);

/* --- special.c: URIs that are no objects */
/** special_handle - returns true when the URI was one of them; on a refusal @f is set */
bool special_handle(struct mock *m, const char *method, const char *uri, const char *ver,
		    struct json_object *body, struct strbuf *out, struct mock_fault *f);

/* --- policy.c */
/** policy_command - publish, create-draft; the reply echoes the command */
void policy_command(struct mock *m, struct json_object *body, struct strbuf *out,
		    struct mock_fault *f);

/* --- builtin.c */
void builtin_seed(struct mock *m);

/* --- auth.c */
struct mock_auth *auth_new(unsigned token_ttl_s);
void auth_free(struct mock_auth *a);
enum auth_verdict { AUTH_OK, AUTH_REFUSED };
/** auth_check - who asks? On AUTH_REFUSED the reply is complete. */
enum auth_verdict auth_check(struct mock *m, const struct mock_request *req,
			     struct mock_reply *ret);
/** auth_handle - /mgmt/shared/authn/... and /mgmt/shared/authz/tokens... (@uri below /mgmt/) */
bool auth_handle(struct mock *m, const struct mock_request *req, const char *uri,
		 struct mock_reply *ret);
void auth_tick(struct mock_auth *a, int64_t now_us);

/* --- txn.c */
struct mock_txns *txns_new(void);
void txns_free(struct mock_txns *t);
void txns_tick(struct mock_txns *t, int64_t now_us);
/** txn_handle - /mgmt/tm/transaction...; returns true when the URI is one of these */
bool txn_handle(struct mock *m, const struct mock_request *req, char *const *words, unsigned n,
		struct mock_reply *ret);
/** txn_add - queue a write with a coordination header */
void txn_add(struct mock *m, const struct mock_request *req, struct mock_reply *ret);

/* --- rest.c */
/** rest_write - run one write on the open journal; used by single requests and commits */
int rest_write(struct mock *m, const char *method, const char *path, struct json_object *body,
	       struct mock_obj **ret_obj, struct mock_fault *f);
void rest_fault(struct mock *m, const struct mock_request *req, const struct mock_fault *f,
		struct mock_reply *ret);
void rest_json(struct mock_reply *ret);
/** rest_words - decoded path words below /mgmt/tm; at most 16. Returns their number, or -1 when an
 * escape is broken or there are too many. Free with rest_words_free(). */
enum { REST_MAX_WORDS = 16 };
int rest_words(const char *path, char *ret[REST_MAX_WORDS]);
void rest_words_free(char **words, int n);
int rest_body(const struct mock_request *req, struct json_object **ret, struct mock_fault *f);

/* --- traffic.c: the mock's side of traffic.h */
enum { RT_NONE, RT_CHECKING, RT_UP, RT_DOWN };
/** runtime_state - effective availability of a member or node */
int runtime_state(const struct mock *m, const struct mock_obj *o);
const char *runtime_reason(const struct mock_obj *o); /* NULL: the usual words */
struct traffic_counters;
const struct traffic_counters *runtime_counters(const struct mock_obj *o); /* never NULL */
bool runtime_monitored(const struct mock *m, const struct mock_obj *o);
/** member_node - the node of a pool member, or NULL while a change is under way */
struct mock_obj *member_node(const struct mock *m, const struct mock_obj *member);

/* rules used by several kinds */
struct mock_obj *folder_find(const struct mock *m, const char *folder);
void link_monitors(struct mock *m, struct mock_obj *o, const char *text);

#endif
