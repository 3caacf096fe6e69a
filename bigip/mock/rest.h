/* rest.h - what the files that read requests share */
#ifndef BIGIP_MOCK_REST_H
#define BIGIP_MOCK_REST_H

#include "bigip/mock/core.h"

struct rest_query {
	char *filter_partition; /* NULL: none */
	bool expand;
	struct json_object *select; /* array of names or NULL */
	long top, skip;             /* -1: not given */
	char *ver;
	struct strbuf echo; /* the query as selfLinks repeat it, without ver */
};
/** rest_query_parse - release @q also when it fails */
int rest_query_parse(const char *text, struct rest_query *q, struct mock_fault *f);
void rest_query_release(struct rest_query *q);
/** rest_echo - a query value as selfLinks repeat it */
void rest_echo(const char *s, struct strbuf *out);

/* what a path means */
struct mock_target {
	struct mock_kind *kind;
	struct mock_obj *parents[3]; /* outermost first */
	unsigned n_parents;
	char *path; /* of the item, canonical; NULL: the collection */
	bool stats;
	char *missing_parent; /* path of the outermost parent that does not exist, or NULL */
	struct mock_kind *missing_kind;
};
int rest_target_parse(const struct mock *m, char *const *words, int n, struct mock_target *t,
		      struct mock_fault *f);
void rest_target_release(struct mock_target *t);
/** rest_target_parent - the object that the target lives in; NULL at the top, or when it is missing
 */
struct mock_obj *rest_target_parent(const struct mock_target *t);
/** rest_target_find - the object itself, or NULL */
struct mock_obj *rest_target_find(const struct mock *m, const struct mock_target *t);

void rest_collection(struct mock *m, const struct mock_target *t, const struct rest_query *q,
		     struct mock_obj *const *list, unsigned n, struct mock_reply *ret);
/** rest_organizing - answer a URI that only has kinds below it; false: it is none */
bool rest_organizing(char *const *words, int n, const struct rest_query *q, struct mock_reply *ret);

#endif
