/*
 * fault.h - failures on demand: --fail RULE and POST /mock/fail
 *
 * RULE is ACTION[:CONDITION,...]. ACTION is what happens:
 *   NNN         answer with that status and the body that the device sends with it
 *   500-mcpd    500, connection to mcpd lost (apiError 32768001)
 *   503-html    503 of httpd, HTML "Configuration Utility restarting..."
 *   close       close the connection; the request is not applied
 *   lost-reply  apply the request, then close the connection
 *   cut         apply the request, send the head and half of the body (bytes=N: N bytes), then
 * close delay       wait ms=N (default 1000) more, then go on as usual CONDITIONs: P% (chance),
 * method=M, path=TEXT (the path contains it), after=N (let N matching requests pass), count=N (at
 * most N times; 0: no limit; the default is 1 with after=, else no limit), every=N (each N-th),
 * ms=N, bytes=N. The first rule that fires wins, delays add up.
 */
#ifndef BIGIP_MOCK_FAULT_H
#define BIGIP_MOCK_FAULT_H

#include <stdint.h>

#include "bigip/mock/mock.h"

struct fault_rules;

enum fault_action { FAULT_NONE, FAULT_REPLY, FAULT_CLOSE, FAULT_LOST_REPLY, FAULT_CUT };

struct fault_verdict {
	enum fault_action action;
	int status;          /* FAULT_REPLY */
	const char *flavour; /* "", "mcpd", "html" */
	unsigned delay_ms;
	long bytes; /* FAULT_CUT: how much to send; -1: half */
};

struct fault_rules *fault_rules_new(uint64_t seed);
void fault_rules_free(struct fault_rules *r);
int fault_rules_add(struct fault_rules *r, const char *text, struct error *err);
void fault_rules_clear(struct fault_rules *r);
/** fault_rules_list - array of { "rule", "seen", "fired" }; given */
struct json_object *fault_rules_list(const struct fault_rules *r);
/** fault_rules_decide - count the request and say what happens to it */
struct fault_verdict fault_rules_decide(struct fault_rules *r, const char *method,
					const char *path);
/** fault_reply - the reply of a FAULT_REPLY verdict */
void fault_reply(const struct fault_verdict *v, const char *peer, struct mock_reply *ret);

#endif
