/* control.h - what the server and its control path share */
#ifndef BIGIP_MOCK_CONTROL_H
#define BIGIP_MOCK_CONTROL_H

#include "bigip/mock/fault.h"
#include "bigip/mock/latency.h"

enum { COUNTED_METHODS = 6, COUNTED_STATUSES = 600 };

struct mock_counters {
	uint64_t total, faults;
	uint64_t methods[COUNTED_METHODS];   /* GET POST PUT PATCH DELETE other */
	uint64_t statuses[COUNTED_STATUSES]; /* 0: no answer was sent */
};

struct control {
	struct mock *mock;
	struct fault_rules *rules;
	struct mock_counters *counters;
	struct mock_latency *latency;
	unsigned active;
};

void counters_request(struct mock_counters *c, const char *method);
/** control_handle - one request to /mock/... */
void control_handle(const struct control *c, const char *method, const char *path, const char *body,
		    size_t len, struct mock_reply *ret);

#endif
