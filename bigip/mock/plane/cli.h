/* cli.h - one exchange with HAProxy's runtime API */
#ifndef BIGIP_MOCK_PLANE_CLI_H
#define BIGIP_MOCK_PLANE_CLI_H

#include <uv.h>

#include "common/base/err.h"

struct cli;

/**
 * cli_run - send @commands (each ended by a newline), collect the answers
 * @done: once, never from inside cli_run(); @text is NUL-terminated, borrowed, NULL when @err is
 * set
 */
struct cli *cli_run(uv_loop_t *loop, const char *socket, const char *commands,
		    void (*done)(void *ctx, const char *text, const struct error *err), void *ctx);
void cli_cancel(struct cli *c); /* done is not called any more; NULL is fine */

/** cli_trouble - the first line of @text that says that a command failed, or NULL */
const char *cli_trouble(const char *text, size_t *ret_len);

#endif
