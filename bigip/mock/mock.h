/*
 * mock.h - the pure core of mock-bigip: a request goes in, a reply comes out
 *
 * No socket, no clock, no file: the server (server.c) brings requests, time and randomness. That is
 * also how the unit tests and the fuzzer drive it.
 */
#ifndef BIGIP_MOCK_MOCK_H
#define BIGIP_MOCK_MOCK_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/str.h"

#define MOCK_VERSION "14.1.2.1"

/* ways in which releases differ, and known holes of the real thing; see --quirk */
enum mock_quirk {
	MOCK_QUIRK_EMPTY_NO_ITEMS = 1u << 0, /* empty collection has no "items" (11.6) */
	MOCK_QUIRK_MONITOR_BLANK = 1u << 1,  /* pool "monitor" ends in a blank (to 13.x) */
	MOCK_QUIRK_TXN_MONITOR = 1u
				 << 2, /* detach + delete of a monitor in one transaction fails */
	MOCK_QUIRK_TXN_PARTITION = 1u << 3, /* a transaction cannot fill or empty a partition */
	MOCK_QUIRK_PAGING_TOP_GROWS = 1u
				      << 4, /* $top is the end of the window, nextLink grows it */
	MOCK_QUIRK_MEMBER_POST_404 = 1u
				     << 5, /* member POST without partition: made, answered 404 */
	MOCK_QUIRK_16_FIELDS = 1u << 6,    /* extra virtual fields of 16.x */
};
#define MOCK_QUIRKS_DEFAULT (MOCK_QUIRK_TXN_MONITOR | MOCK_QUIRK_TXN_PARTITION)

/** mock_quirk_parse - "empty-no-items", or "no-..." to clear one; applied to *quirks; returns 0, or
 * -1 with the known names in @err */
int mock_quirk_parse(const char *word, unsigned *quirks, struct error *err);

struct mock;

struct mock_settings {
	unsigned quirks;          /* MOCK_QUIRK_* */
	unsigned token_ttl_s;     /* 0: 1200 */
	const char *member_state; /* "up", "down" or "checking" for monitored members without a
				     traffic plane; NULL: up */
};

struct mock_request {
	const char *method;
	const char *path;  /* as sent, not decoded, without the query */
	const char *query; /* as sent; "" or NULL if none */
	const char *body;
	size_t body_len;
	const char *authorization; /* header values; NULL if absent */
	const char *token;         /* X-F5-Auth-Token */
	const char *coordination;  /* X-F5-REST-Coordination-Id */
	const char *peer;          /* address text */
	int64_t now_us;            /* wall clock, microseconds since 1970 */
};

struct mock_reply {
	int status;
	const char *content_type; /* static text; NULL when the body is empty */
	struct strbuf body;
	const char *user; /* who asked with Basic, for the cookie; borrowed from the mock; NULL */
	bool changed;     /* the tree was changed */
};

/** mock_new - a freshly installed device: /Common with its built-in objects, no users; mock_free()
 * it */
struct mock *mock_new(const struct mock_settings *s);
void mock_free(struct mock *m);

/** mock_user_add - a local user; @role "admin" or "guest" (reads only). The password is hashed. */
int mock_user_add(struct mock *m, const char *name, const char *password, const char *role,
		  struct error *err);

/** mock_seed_random - 32 bytes for token names; tests may pass fixed ones */
void mock_seed_random(struct mock *m, const unsigned char seed[32]);

/** mock_handle - one request, authentication included; @ret must be zeroed, release its body */
void mock_handle(struct mock *m, const struct mock_request *req, struct mock_reply *ret);

/** mock_tick - expire tokens and transactions; called by every mock_handle() as well */
void mock_tick(struct mock *m, int64_t now_us);

/** mock_write - an administrator's write without authentication: set-up and tests. Returns 0 on a
 * 200, else -1 with BIG-IP's message in @err. */
int mock_write(struct mock *m, const char *method, const char *path, const char *body,
	       int64_t now_us, struct error *err);

/** mock_set_ready - what sys/ready, sys/available and every other URI say (1.6 of the API notes) */
enum mock_readiness {
	MOCK_READY,
	MOCK_NOT_REGISTERED, /* 404 without apiError: restjavad is up, its workers are not */
	MOCK_MCPD_LOST,      /* 500, apiError 32768001 */
	MOCK_ASYNC_TASK,     /* 503, apiError 32964609 */
	MOCK_RESTARTING,     /* 503 HTML of httpd */
};
void mock_set_ready(struct mock *m, enum mock_readiness r);

/* the whole changeable tree as JSON Lines of {"uri","object"...}; see state.c */
void mock_save(const struct mock *m, struct strbuf *out);
int mock_load(struct mock *m, const char *text, size_t len, int64_t now_us, struct error *err);

/** mock_set_member_state - "up", "down", "checking" by hand (control path); returns 0 or -1 with
 * @err */
int mock_set_member_state(struct mock *m, const char *pool, const char *member, const char *state,
			  struct error *err);

/* counters for /mock/state: objects per kind */
struct json_object *mock_describe(const struct mock *m); /* given */

#endif
