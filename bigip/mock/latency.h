/* latency.h - how long requests take: --latency-ms */
#ifndef BIGIP_MOCK_LATENCY_H
#define BIGIP_MOCK_LATENCY_H

#include "common/base/err.h"

enum mock_class {
	MOCK_CLASS_LIST,    /* GET of a collection */
	MOCK_CLASS_GET,     /* GET of an item */
	MOCK_CLASS_WRITE,   /* POST, PATCH, PUT, DELETE */
	MOCK_CLASS_VIRTUAL, /* POST of a virtual server */
	MOCK_CLASS_IAPP,    /* writes of application services */
	MOCK_CLASS_LOGIN,
	MOCK_CLASS_COMMIT,
	MOCK_CLASS_SAVE,
	MOCK_CLASSES,
};

struct mock_latency {
	unsigned ms[MOCK_CLASSES];
};

/** mock_latency_parse - "20", "real" (measured on devices), or "get=8,list=10,write=50,..."; words
 * that are not named keep their value */
int mock_latency_parse(const char *text, struct mock_latency *ret, struct error *err);
enum mock_class mock_classify(const char *method, const char *path);

#endif
