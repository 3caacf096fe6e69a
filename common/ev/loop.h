/* small helpers around a libuv loop */
#ifndef COMMON_EV_LOOP_H
#define COMMON_EV_LOOP_H

#include <uv.h>

/**
 * ev_ignore_sigpipe - a peer that closes early must be an error code, not the end of the process
 *
 * OpenSSL and GnuTLS write without MSG_NOSIGNAL. httpc_new() and httpd_new() call this themselves;
 * it is process-wide. Children of uv_spawn() get the default action back.
 */
void ev_ignore_sigpipe(void);

/**
 * ev_on_stop - call @fn(@ctx, signum) in the loop at the first SIGTERM or SIGINT; a second one ends
 * the process at once with 128 + signum
 *
 * The handles do not keep the loop alive. One per process. ev_stop_release() closes them.
 */
void ev_on_stop(uv_loop_t *loop, void (*fn)(void *ctx, int signum), void *ctx);
void ev_stop_release(void);

/**
 * ev_loop_drain - run @loop until nothing is left and close it
 *
 * Returns 0, or UV_EBUSY after @patience_ms: then the handles that are still open have been written
 * to standard error, and the loop is not closed.
 */
int ev_loop_drain(uv_loop_t *loop, unsigned patience_ms);

/** ev_print_handles - one line per open handle to standard error; returns how many there are */
unsigned ev_print_handles(uv_loop_t *loop);

#endif
