#include "common/ev/loop.h"

#include <signal.h>

static struct {
	uv_signal_t term, intr;
	void (*fn)(void *ctx, int signum);
	void *ctx;
	int seen, active;
} stop;

void ev_ignore_sigpipe(void)
{
	struct sigaction sa = {.sa_handler = SIG_IGN};

	(void)sigaction(SIGPIPE, &sa, NULL);
}

static void stop_signal(uv_signal_t *h, int signum)
{
	if (stop.seen)
		_exit(128 + signum); /* the orderly way takes too long for somebody */
	stop.seen = signum;
	stop.fn(stop.ctx, signum);
}

void ev_on_stop(uv_loop_t *loop, void (*fn)(void *ctx, int signum), void *ctx)
{
	stop.fn = fn;
	stop.ctx = ctx;
	stop.seen = 0;
	stop.active = 1;
	if (uv_signal_init(loop, &stop.term) < 0 || uv_signal_init(loop, &stop.intr) < 0 ||
	    uv_signal_start(&stop.term, stop_signal, SIGTERM) < 0 ||
	    uv_signal_start(&stop.intr, stop_signal, SIGINT) < 0)
		abort(); /* only without memory or descriptors at the very start */
	uv_unref((uv_handle_t *)&stop.term);
	uv_unref((uv_handle_t *)&stop.intr);
}

void ev_stop_release(void)
{
	if (!stop.active)
		return;
	stop.active = 0;
	uv_close((uv_handle_t *)&stop.term, NULL);
	uv_close((uv_handle_t *)&stop.intr, NULL);
}

static void print_handle(uv_handle_t *h, void *ctx)
{
	unsigned *n = ctx;

	(*n)++;
	fprintf(stderr, "handle %s %p%s%s\n", uv_handle_type_name(h->type), (void *)h,
		uv_is_active(h) ? " active" : "", uv_is_closing(h) ? " closing" : "");
}

unsigned ev_print_handles(uv_loop_t *loop)
{
	unsigned n = 0;

	uv_walk(loop, print_handle, &n);
	return n;
}

static void patience_over(uv_timer_t *t)
{
	*(int *)t->data = 1;
	uv_stop(t->loop);
}

int ev_loop_drain(uv_loop_t *loop, unsigned patience_ms)
{
	uv_timer_t timer;
	int over = 0;

	uv_timer_init(loop, &timer);
	timer.data = &over;
	uv_timer_start(&timer, patience_over, patience_ms, 0);
	uv_unref((uv_handle_t *)&timer);
	while (!over && uv_run(loop, UV_RUN_ONCE))
		;
	uv_close((uv_handle_t *)&timer, NULL);
	uv_run(loop, UV_RUN_NOWAIT);
	if (uv_loop_close(loop) == 0)
		return 0;
	ev_print_handles(loop);
	return UV_EBUSY;
}
