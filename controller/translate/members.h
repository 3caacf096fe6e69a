/* members - which addresses stand behind a Service's port. Inside of controller/translate only. */
#ifndef CONTROLLER_TRANSLATE_MEMBERS_H
#define CONTROLLER_TRANSLATE_MEMBERS_H

#include "controller/translate/translate.h"

/* best first: of two entries for one address and port the smaller wins */
enum tr_backend_state {
	TR_BACKEND_SERVING,
	TR_BACKEND_TERMINATING, /* goes away but still answers */
	TR_BACKEND_DOWN,        /* is there and is not ready */
};

struct tr_backend {
	struct bigip_member member;
	enum tr_backend_state state;
};

struct tr_backends {
	struct tr_backend *list; /* by bigip_member_cmp(), no duplicates */
	size_t n, cap;
	size_t n_skipped; /* see struct tr_status */
};

/**
 * tr_backends_collect - all endpoints (or nodes) of the configured Service port
 * @ret:        zeroed; tr_backends_release()
 * @ret_status: state and message are set; the counters are not
 */
void tr_backends_collect(const struct tr_settings *settings, const struct tr_input *in,
			 struct tr_backends *ret, struct tr_status *ret_status);
void tr_backends_release(struct tr_backends *b);
/** tr_backends_find - the entry of that address, route domain and port, or NULL */
struct tr_backend *tr_backends_find(const struct tr_backends *b, const struct bigip_member *m);
/** tr_backends_append - at the end; tr_backends_sort() before the next find */
void tr_backends_append(struct tr_backends *b, const struct bigip_member *m,
			enum tr_backend_state state);
/** tr_backends_sort - order, and of duplicates keep the one in the best state */
void tr_backends_sort(struct tr_backends *b);

/** tr_build - the objects for these backends; DOWN ones are left out */
void tr_build(const struct tr_settings *settings, const struct tr_input *in,
	      const struct tr_backends *backends, struct bigip_app *ret,
	      struct tr_status *ret_status);

#endif
