/* device.h - a mock-bigip without sockets for tests: method, path, body in; status, body out */
#ifndef TESTS_MOCK_DEVICE_H
#define TESTS_MOCK_DEVICE_H

#include "check.h"

#include "bigip/mock/mock.h"
#include "common/base/json.h"
#include "common/base/mem.h"

struct device {
	struct mock *mock;
	int64_t now_us;
	const char *token, *authorization,
		*coordination; /* used by the next requests; NULL: Basic admin */
	/* the last reply */
	int status;
	char *text;
	struct json_object *body; /* NULL unless JSON */
};

void device_init(struct device *d, unsigned quirks);
void device_release(struct device *d);

/** device_ask - one request to @path ("ltm/pool" means /mgmt/tm/ltm/pool; "/..." is taken as it is,
 * a query may follow '?'); returns the status */
int device_ask(struct device *d, const char *method, const char *path, const char *body);
/** device_must - the same, and it must be answered 200 */
void device_must(struct device *d, const char *method, const char *path, const char *body);
/** device_string - a value of the last reply, "" if there is none */
const char *device_string(struct device *d, const char *path);
struct json_object *device_item(struct device *d, unsigned i); /* of a collection */
size_t device_items(struct device *d);
/** device_script - requests line by line: "METHOD path body"; all must be answered 200 */
void device_script(struct device *d, const char *lines);

char *read_whole(const char *path, size_t *ret_len); /* below the source tree; given */

#endif
