/*
 * HAProxy reads one line per connection, in which ";" separates commands, and closes after the
 * answers. Long lists of commands are sent as several lines, one connection after the other.
 */
#include "bigip/mock/plane/cli.h"

#include <stdbool.h>

#include "common/base/mem.h"
#include "common/base/str.h"

enum { LINE_MAX_BYTES = 8192, ANSWER_MAX = 256 << 20, PATIENCE_MS = 10000 };

struct cli {
	uv_loop_t *loop;
	uv_pipe_t pipe;
	uv_timer_t timer;
	uv_connect_t connect;
	uv_write_t write;
	unsigned open_handles;
	bool over, again; /* the pipe closes for the next line */
	char *socket, *commands, *rest;
	struct strbuf line, answers;
	void (*done)(void *ctx, const char *text, const struct error *err);
	void *ctx;
};

static void start_line(struct cli *c);

static void cli_free(struct cli *c)
{
	free(c->socket);
	free(c->commands);
	str_release(&c->line);
	str_release(&c->answers);
	free(c);
}

static void on_closed(uv_handle_t *h)
{
	struct cli *c = h->data;

	c->open_handles--;
	if (c->again && !c->over) {
		c->again = false;
		start_line(c);
	} else if (c->open_handles == 0) {
		cli_free(c);
	}
}

static void shut(struct cli *c)
{
	if (c->over)
		return;
	c->over = true;
	if (!uv_is_closing((uv_handle_t *)&c->pipe))
		uv_close((uv_handle_t *)&c->pipe, on_closed);
	uv_close((uv_handle_t *)&c->timer, on_closed);
}

void cli_cancel(struct cli *c)
{
	if (c)
		shut(c);
}

static void finish(struct cli *c, const struct error *err)
{
	if (c->over)
		return;
	shut(c);
	c->done(c->ctx, err ? NULL : str_get(&c->answers), err);
}

static void fail(struct cli *c, const char *what, int status)
{
	struct error err;

	err_set(&err, ERR_RETRY, status, "HAProxy's runtime API: %s: %s", what,
		uv_strerror(status));
	finish(c, &err);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *buf)
{
	*buf = uv_buf_init(mem_alloc(65536), 65536);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct cli *c = s->data;

	if (n > 0)
		str_add_mem(&c->answers, buf->base, (size_t)n);
	free(buf->base);
	if (n >= 0 && !c->answers.bad)
		return;
	if (n != UV_EOF) {
		fail(c, "cannot read", n < 0 ? (int)n : UV_E2BIG);
	} else if (*c->rest) {
		c->again = true;
		uv_close((uv_handle_t *)&c->pipe, on_closed);
	} else {
		finish(c, NULL);
	}
}

static void on_written(uv_write_t *w, int status)
{
	struct cli *c = w->data;

	if (status < 0 && !c->over)
		fail(c, "cannot write", status);
}

static void on_connected(uv_connect_t *r, int status)
{
	struct cli *c = r->data;
	uv_buf_t buf;

	if (c->over)
		return;
	if (status < 0) {
		fail(c, "cannot connect", status);
		return;
	}
	buf = uv_buf_init(c->line.data, (unsigned)c->line.len);
	c->write.data = c;
	status = uv_write(&c->write, (uv_stream_t *)&c->pipe, &buf, 1, on_written);
	if (status >= 0)
		status = uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
	if (status < 0)
		fail(c, "cannot talk", status);
}

static void start_line(struct cli *c)
{
	str_clear(&c->line);
	while (*c->rest) {
		size_t len = strcspn(c->rest, "\n");

		if (c->line.len && c->line.len + len > LINE_MAX_BYTES)
			break;
		if (c->line.len)
			str_add_char(&c->line, ';');
		str_add_mem(&c->line, c->rest, len);
		c->rest += len + (c->rest[len] == '\n');
	}
	str_add_char(&c->line, '\n');
	uv_pipe_init(c->loop, &c->pipe, 0);
	c->pipe.data = c;
	c->open_handles++;
	c->connect.data = c;
	uv_pipe_connect(&c->connect, &c->pipe, c->socket, on_connected);
}

static void on_timeout(uv_timer_t *t)
{
	fail(t->data, "no answer", UV_ETIMEDOUT);
}

struct cli *cli_run(uv_loop_t *loop, const char *socket, const char *commands,
		    void (*done)(void *ctx, const char *text, const struct error *err), void *ctx)
{
	struct cli *c = mem_alloc(sizeof(*c));

	c->loop = loop;
	c->socket = mem_strdup(socket);
	c->commands = c->rest = mem_strdup(commands);
	c->answers.max = ANSWER_MAX;
	c->done = done;
	c->ctx = ctx;
	uv_timer_init(loop, &c->timer);
	c->timer.data = c;
	c->open_handles = 1;
	uv_timer_start(&c->timer, on_timeout, PATIENCE_MS, 0);
	start_line(c);
	return c;
}

const char *cli_trouble(const char *text, size_t *ret_len)
{
	static const char *const good[] = {"New server registered.", "Server deleted."};

	while (*text) {
		size_t len = strcspn(text, "\n");
		bool fine = len == 0;

		for (size_t i = 0; i < ARRAY_SIZE(good); i++)
			fine |= !strncmp(text, good[i], strlen(good[i]));
		if (!fine) {
			*ret_len = len;
			return text;
		}
		text += len + (text[len] == '\n');
	}
	return NULL;
}
