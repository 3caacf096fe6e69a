#include <ctype.h>

#include "common/base/mem.h"
#include "controller/translate/translate.h"

static bool starts_with_digit(const char *ns)
{
	return isdigit((unsigned char)ns[0]);
}

char *tr_virtual_name(const char *ns, const char *cm)
{
	return mem_printf("%s%s_%s", starts_with_digit(ns) ? "cfgmap_" : "", ns, cm);
}

char *tr_pool_name(const char *ns, const char *cm, const char *service, bool shared_pool_name)
{
	/* k8s-bigip-ctlr takes the second part of the virtual's name for the ConfigMap's; behind
	   "cfgmap_" that is the namespace */
	if (shared_pool_name && starts_with_digit(ns))
		cm = ns;
	return mem_printf("cfgmap_%s_%s_%s", ns, cm, service);
}
