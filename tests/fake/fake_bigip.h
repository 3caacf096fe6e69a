/*
 * fake_bigip - a scripted iControl REST server for tests of the client
 *
 * It keeps objects, tokens and transactions well enough to be talked to for long, but has none of
 * BIG-IP's rules: what a test wants to see go wrong it says with a script entry. (mock-bigip is the
 * program that behaves.) Plain HTTP on 127.0.0.1.
 */
#ifndef TESTS_FAKE_BIGIP_H
#define TESTS_FAKE_BIGIP_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct fake_bigip;

enum fake_act {
	FAKE_REPLY, /* this status and body instead of doing it */
	FAKE_CUT,   /* the real answer, cut in the middle of its body; the request is carried out */
	FAKE_DROP,  /* close without an answer; not carried out */
	FAKE_LOSE,  /* carried out, then closed without an answer */
	FAKE_HANG,  /* no answer at all */
	FAKE_DELAY, /* carried out at once, answered after delay_ms */
};

/* applies to the next @times requests with that method and a path (with query) that fnmatch()es */
struct fake_script {
	const char *method; /* NULL: any */
	const char *path;   /* "/mgmt/tm/ltm/pool*"; kept */
	int times;          /* 0: for ever */
	enum fake_act act;
	int status;
	const char *type; /* NULL: JSON */
	const char *body; /* kept */
	unsigned delay_ms;
};

/* port 0: any free one */
struct fake_bigip *fake_bigip_new(uv_loop_t *loop, unsigned short port);
void fake_bigip_free(struct fake_bigip *f); /* its handles close in the loop */
const char *fake_bigip_url(const struct fake_bigip *f);
unsigned short fake_bigip_port(const struct fake_bigip *f);

void fake_bigip_script(struct fake_bigip *f, const struct fake_script *s);
void fake_bigip_clear_script(struct fake_bigip *f);
void fake_bigip_login(struct fake_bigip *f, const char *user, const char *password);
void fake_bigip_expire_tokens(struct fake_bigip *f);
void fake_bigip_token_ttl(struct fake_bigip *f, unsigned seconds, bool extendable);
unsigned fake_bigip_live_tokens(const struct fake_bigip *f);
/* "/mgmt/tm/ltm/pool/~P~x": an object of which the device will say this at creation or commit */
void fake_bigip_refuse(struct fake_bigip *f, const char *path, int status, const char *message);
/* pages a collection answers with at most that many items, and a nextLink; 0: all */
void fake_bigip_page(struct fake_bigip *f, unsigned items);

/* what is there */
void fake_bigip_put(struct fake_bigip *f, const char *path, const char *json);
struct json_object *fake_bigip_get(const struct fake_bigip *f, const char *path); /* borrowed */
void fake_bigip_del(struct fake_bigip *f, const char *path);
size_t fake_bigip_objects(const struct fake_bigip *f);

/* what was asked: requests whose method (NULL: any) and path with query fnmatch() */
unsigned fake_bigip_count(const struct fake_bigip *f, const char *method, const char *path);
/* the n-th such request's place among all requests, -1 if there is none */
int fake_bigip_place(const struct fake_bigip *f, const char *method, const char *path, unsigned n);
const char *fake_bigip_last_body(const struct fake_bigip *f); /* of the last write */
void fake_bigip_forget_log(struct fake_bigip *f);
void fake_bigip_print_log(const struct fake_bigip *f);

#endif
