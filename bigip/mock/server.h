/*
 * server.h - mock-bigip as an HTTPS server on a libuv loop
 *
 * Besides /mgmt there is a control path for loopback clients, without authentication:
 *   GET    /mock/requests              counters since start or reset; DELETE resets them
 *   GET    /mock/fail                  rules with how often they fired
 *   POST   /mock/fail {"rule":"..."}   add a rule of fault.h; DELETE clears all rules
 *   GET    /mock/state                 objects per kind, generation, readiness
 *   POST   /mock/state {"ready":"..."} "ready", "not-registered", "mcpd-lost", "async-task",
 * "restarting" POST   /mock/member {"pool":"/P/p","member":"/P/1.2.3.4:80","state":"down"} POST
 * /mock/latency {"latency":"20"}   as --latency-ms
 */
#ifndef BIGIP_MOCK_SERVER_H
#define BIGIP_MOCK_SERVER_H

#include <uv.h>

#include "bigip/mock/fault.h"
#include "bigip/mock/latency.h"
#include "bigip/mock/mock.h"

struct server_settings {
	const char *address;
	uint16_t port;
	const char *cert_pem, *key_pem; /* borrowed for the call of server_new() */
	struct mock_latency latency;
	unsigned max_active;     /* requests worked on at once; more wait; 0: no limit */
	const char *state_file;  /* kept; NULL: none */
	const char *request_log; /* kept; NULL: none */
};

struct server;

/** server_new - @m and @rules are given, also when it fails */
int server_new(uv_loop_t *loop, const struct server_settings *s, struct mock *m,
	       struct fault_rules *rules, struct server **ret, struct error *err);
uint16_t server_port(const struct server *s);
struct mock *server_mock(struct server *s);
/** server_close - saves the state file, drops connections; frees @s when its handles have closed */
void server_close(struct server *s);

#endif
