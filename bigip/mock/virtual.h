/* virtual.h - what the two files about virtual servers share */
#ifndef BIGIP_MOCK_VIRTUAL_H
#define BIGIP_MOCK_VIRTUAL_H

#include "bigip/mock/core.h"

struct virtual_dest {
	char folder[PARTITION_MAX]; /* of the virtual address: "/P" */
	struct mock_addr addr;
	int port;
};

/** virtual_destination - the parsed destination of @o; returns 0 or -1 */
int virtual_destination(const struct mock *m, const struct mock_obj *o, struct virtual_dest *ret);
/** mask_len - prefix length of a contiguous mask, or -1 */
int mask_len(const struct ip_addr *mask);
const char *virtual_flag(const struct mock_obj *o); /* "ipForward", ... or NULL */
/** virtual_profile - the first profile of that kind ("http", "client-ssl"), or NULL */
const struct mock_obj *virtual_profile(const struct mock_obj *o, const char *kind_last);
char *virtual_persist_path(const struct mock_obj *o); /* given; NULL if none */
void virtual_release_address(struct mock *m, const char *path);
int virtual_auto_profiles(struct mock *m, struct mock_obj *o, struct mock_fault *f);
/** virtual_conflict_key - equal for virtuals that listen on the same place */
void virtual_conflict_key(const struct mock *m, const struct mock_obj *o, struct strbuf *out);
int virtual_check(struct mock *m, struct mock_obj *o, struct mock_fault *f);

#endif
