/* shared by the files of httpd only */
#ifndef COMMON_EV_HTTPD_INT_H
#define COMMON_EV_HTTPD_INT_H

#include <microhttpd.h>

#include "common/base/ip.h"
#include "common/base/str.h"
#include "common/ev/httpd.h"

enum request_state {
	REQ_READING,  /* the body is still coming */
	REQ_ASKED,    /* the user owes an answer */
	REQ_STREAM,   /* the user writes a stream */
	REQ_ANSWERED, /* nothing more from the user; the bytes may still be on their way */
	REQ_DROPPED,  /* the connection is to be cut; nothing more from the user */
};

struct httpd_request {
	struct httpd *server;
	struct httpd_request *prev, *next; /* in server->requests (utlist) */
	struct MHD_Connection *conn;
	enum request_state state;
	bool in_handler; /* on_request runs: MHD must not be called back */
	bool suspended;
	bool gone; /* the user has to hear of the end by on_gone */
	char *path, *query;
	const char *method;
	char peer[IP_TEXT_MAX];
	void *data;
	struct strbuf body;

	struct MHD_Response *response; /* waiting to be queued */
	int status;
	struct strbuf out; /* of a stream or a cut reply: bytes not yet given to MHD */
	size_t out_pos;
	bool cut; /* close without the end of the body */
	struct watch *watch;
};

struct httpd {
	uv_loop_t *loop;
	struct MHD_Daemon *mhd;
	uv_poll_t poll; /* MHD's epoll descriptor */
	uv_timer_t timer;
	uv_idle_t kick; /* run MHD in the next turn of the loop */
	unsigned open_handles;
	bool inside; /* inside MHD_run() */
	bool closing;
	uint16_t port;
	size_t max_body;
	struct httpd_request *requests;
	void (*on_request)(void *ctx, struct httpd_request *req);
	void (*on_gone)(void *ctx, struct httpd_request *req);
	void *ctx;
	char *last_log; /* MHD's reason for not starting */
};

/** httpd_wake - @r has something new for MHD: let it run */
void httpd_wake(struct httpd_request *r);
/** httpd_cut - the client is gone, or as good as: end the connection; on_gone follows */
void httpd_cut(struct httpd_request *r);
/** httpd_suspend - nothing to do for MHD until httpd_wake(); only from MHD's callbacks */
void httpd_suspend(struct httpd_request *r);

#endif
