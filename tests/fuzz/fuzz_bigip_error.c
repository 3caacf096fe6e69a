/* bytes: flags, status / 8, then the body of a reply */
#include <assert.h>
#include <stdint.h>

#include "bigip/rest/reply.h"
#include "common/base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const methods[] = {"GET", "POST", "PATCH", "DELETE"};
	static const char *const types[] = {"application/json", "text/html", ""};
	char message[BIGIP_MESSAGE_MAX];
	enum bigip_reply_verdict v;
	autofree char *body = NULL;
	const char *method;
	int status;

	if (size < 2)
		return 0;
	method = methods[data[0] % 4];
	status = 100 + data[1] * 2 + (data[0] >> 7);
	body = mem_strndup((const char *)data + 2, size - 2);
	v = bigip_reply_classify(method, status, types[data[0] / 4 % 3], body, strlen(body),
				 message);
	assert(strlen(message) < BIGIP_MESSAGE_MAX);
	for (const char *c = message; *c; c++)
		assert((unsigned char)*c >= ' ');
	assert((v == BIGIP_REPLY_OK) == (message[0] == '\0'));
	/* what would make a reconciler lose or repeat something must never come of a broken reply
	 */
	assert(v != BIGIP_REPLY_OK || status / 100 == 2);
	assert(v != BIGIP_REPLY_DONE || (status == 404 && !strcmp(method, "DELETE")));
	assert(v != BIGIP_REPLY_VANISHED ||
	       (status == 404 && body[strspn(body, " \t\r\n")] == '{'));
	assert(v != BIGIP_REPLY_CONFLICT || status == 409);
	return 0;
}
