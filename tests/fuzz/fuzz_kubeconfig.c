/* kubeconfig files. Files that the text names are not read: they are looked for beside a file that
 * does not exist. */
#include <stdint.h>

#include "common/base/mem.h"
#include "controller/kube/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	autofree char *text = mem_dup(data, size ? size : 1);
	struct kube_config *c;
	struct error err = {0};

	if (kube_config_parse(text, size, "/nonexistent/config", NULL, &c, &err) == 0) {
		if (strncmp(kube_config_server(c), "http", 4) != 0)
			abort();
		kube_config_free(c);
	} else if (err.kind == ERR_NONE || err.msg[0] == '\0') {
		abort(); /* a failure without words */
	}
	return 0;
}
