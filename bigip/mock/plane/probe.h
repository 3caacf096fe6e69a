/*
 * probe.h - what a monitor sends, when an answer is good, and when that moves the state (pure)
 *
 * BIG-IP's rules: down after `timeout` seconds without a success, up at the first success or after
 * `timeUntilUp` seconds of them; `recv` is a regular expression, looked for in the first 5 KiB,
 * without regard to case; `recvDisable` is asked when `recv` is not there; `reverse` turns a match
 * into "down now". Times are microseconds of one monotonic clock.
 */
#ifndef BIGIP_MOCK_PLANE_PROBE_H
#define BIGIP_MOCK_PLANE_PROBE_H

#include "bigip/mock/traffic.h"
#include "common/base/str.h"

enum { PROBE_MAX_REPLY = 5120 };

enum probe_kind {
	PROBE_NONE, /* a type that nobody probes here (external, inband, ...) */
	PROBE_CONNECT,
	PROBE_TCP,
	PROBE_TLS,
	PROBE_UDP,
	PROBE_PING,
};

struct probe_pattern;

/* a monitor, ready for use; shared by counting */
struct probe_spec {
	unsigned refs;
	char *path;
	char *key; /* all settings as text: equal keys, equal monitors */
	enum probe_kind kind;
	bool http; /* any byte is an answer */
	char *send;
	size_t send_len;
	struct probe_pattern *recv, *recv_disable; /* NULL: not set */
	int64_t interval_us, up_interval_us, timeout_us, until_up_us;
	bool reverse, manual_resume;
	struct ip_addr to_addr; /* destination; family 0: the member's */
	uint16_t to_port;       /* 0: the member's */
};

struct probe_spec *probe_spec_new(const struct traffic_monitor *m); /* probe_spec_unref() it */
struct probe_spec *probe_spec_ref(struct probe_spec *s);
void probe_spec_unref(struct probe_spec *s); /* NULL is fine */
/** probe_spec_key - what probe_spec.key would be; free() it */
char *probe_spec_key(const struct traffic_monitor *m);

/** probe_send_decode - "\r\n", "\t", "\xHH", "\\" and "\"" become the bytes they stand for; real
 * CR and LF and unknown escapes stay. @http: a head with a version gets its empty line when the
 * string ends without one, as BIG-IP adds it. */
void probe_send_decode(const char *text, bool http, struct strbuf *out);

enum probe_verdict {
	PROBE_MORE, /* nothing can be said yet */
	PROBE_OK,
	PROBE_OK_DISABLED, /* recvDisable matched */
	PROBE_FAIL,
	PROBE_FAIL_NOW, /* reverse matched: down at once */
};

/** probe_connected - is it enough that the connection stands? PROBE_OK or PROBE_MORE */
enum probe_verdict probe_connected(const struct probe_spec *s);
/** probe_judge - what @len bytes so far mean; @end: there will be no more */
enum probe_verdict probe_judge(const struct probe_spec *s, const char *data, size_t len, bool end);

/* one monitor against one address and port */
struct probe_state {
	enum traffic_avail avail; /* CHECKING, UP or DOWN */
	bool draining;
	int64_t since_us;    /* start or last success: `timeout` counts from here */
	int64_t first_ok_us; /* of an unbroken run of successes; 0: none */
};

void probe_state_init(struct probe_state *st, int64_t now_us);
/** probe_result - a probe ended; true: avail or draining changed */
bool probe_result(struct probe_state *st, const struct probe_spec *s, enum probe_verdict v,
		  int64_t now_us);
/** probe_tick - time went by; true: it is down now */
bool probe_tick(struct probe_state *st, const struct probe_spec *s, int64_t now_us);
/** probe_deadline - when probe_tick() may change something; INT64_MAX: never */
int64_t probe_deadline(const struct probe_state *st, const struct probe_spec *s);
/** probe_interval - from one probe to the next */
int64_t probe_interval(const struct probe_state *st, const struct probe_spec *s);

/** probe_combine - several monitors of one member: all of them, or at least @min if that is not 0
 */
enum traffic_avail probe_combine(const enum traffic_avail *each, size_t n, unsigned min);

#endif
