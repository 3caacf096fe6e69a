/*
 * fake_kube - an API server in memory that does what a test tells it, also the wrong thing
 *
 * Plain HTTP on a free loopback port. Any collection exists unless fake_kube_rule() says otherwise;
 * objects are kept as the JSON that was sent, with resourceVersion and uid filled in. Shares no
 * code with controller/kube.
 */
#ifndef TESTS_FAKE_FAKE_KUBE_H
#define TESTS_FAKE_FAKE_KUBE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fake_kube;
struct uv_loop_s;

struct fake_kube *fake_kube_new(struct uv_loop_s *loop);
void fake_kube_close(struct fake_kube *f); /* frees once its handles have closed */
uint16_t fake_kube_port(const struct fake_kube *f);
void fake_kube_down(struct fake_kube *f); /* stop listening and cut everything; fake_kube_up()
					     brings it back on its port */
void fake_kube_up(struct fake_kube *f);

/* ---- objects; @collection: "/api/v1/configmaps", without a namespace ---- */

/** fake_kube_put - create or replace, as JSON text in printf style; watches are told */
__attribute__((format(printf, 3, 4))) void fake_kube_put(struct fake_kube *f,
							 const char *collection, const char *fmt,
							 ...);
void fake_kube_delete(struct fake_kube *f, const char *collection, const char *ns,
		      const char *name);
struct json_object *fake_kube_get(struct fake_kube *f, const char *collection, const char *ns,
				  const char *name); /* borrowed */
size_t fake_kube_count(struct fake_kube *f, const char *collection);
/** fake_kube_at - the n-th object of a collection in order of creation; borrowed, NULL behind the
 * end */
struct json_object *fake_kube_at(struct fake_kube *f, const char *collection, size_t n);
/** fake_kube_reset - all data are lost: versions go on at @version, nothing is told to the watches
 */
void fake_kube_reset(struct fake_kube *f, uint64_t version);
uint64_t fake_kube_version(const struct fake_kube *f);
/** fake_kube_compact - watches from a version before now, and lists that were begun, are answered
 * 410 */
void fake_kube_compact(struct fake_kube *f);

/* ---- watches ---- */

unsigned fake_kube_watches(const struct fake_kube *f, const char *collection);
void fake_kube_send(struct fake_kube *f, const char *collection,
		    const char *text); /* these bytes to all its watches */
void fake_kube_bookmark(struct fake_kube *f, const char *collection);
void fake_kube_end_watches(struct fake_kube *f, const char *collection, bool cut);
/** fake_kube_mute - events are kept in the log but not sent: the change is only seen by who lists
 * or resumes */
void fake_kube_mute(struct fake_kube *f, bool mute);

/* ---- faults ---- */

struct fake_rule {
	const char *method;  /* NULL: any */
	const char *part;    /* of the path with its query */
	const char *without; /* and not this, or NULL */
	int times;           /* -1: always */
	int skip;            /* let this many pass first */
	int status; /* answer this; 0: never answer; -1: drop the connection; -2: cut the body in
		       the middle */
	const char *body;  /* NULL: a Status object */
	int retry_after_s; /* 0: no header */
};

/* rules are tried in the order they were made; strings are borrowed until fake_kube_rules_clear()
 */
void fake_kube_rule(struct fake_kube *f, struct fake_rule rule);
void fake_kube_rules_clear(struct fake_kube *f);

/** fake_kube_requests - how many requests came whose "METHOD path?query" holds @part */
unsigned fake_kube_requests(const struct fake_kube *f, const char *part);
void fake_kube_requests_clear(struct fake_kube *f);
/** fake_kube_expect_auth - anything else than this Authorization header is answered 401; NULL: not
 * looked at */
void fake_kube_expect_auth(struct fake_kube *f, const char *header);

#endif
