#include "common/base/err.h"

#include <errno.h>
#include <stdarg.h>

__attribute__((format(printf, 4, 0))) static int fill(struct error *err, enum err_kind kind,
						      int code, const char *fmt, va_list ap)
{
	char msg[sizeof(err->msg)]; /* an argument may be the old err->msg */

	if (!err)
		return -1;
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	err->kind = kind;
	err->code = code;
	memcpy(err->msg, msg, strlen(msg) + 1);
	return -1;
}

int err_set(struct error *err, enum err_kind kind, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(err, kind, code, fmt, ap);
	va_end(ap);
	return -1;
}

int err_wrap(struct error *err, const char *fmt, ...)
{
	char msg[sizeof(err->msg)];
	va_list ap;
	int n;

	if (!err)
		return -1;
	va_start(ap, fmt);
	n = vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(msg))
		(void)snprintf(msg + n, sizeof(msg) - (size_t)n, ": %s", err->msg);
	memcpy(err->msg, msg, strlen(msg) + 1);
	return -1;
}

static enum err_kind errno_kind(int code)
{
	switch (code) {
	case EAGAIN:
	case EINTR:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case ENOSPC:
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
	case ENOBUFS:
	case ETIMEDOUT:
	case EHOSTUNREACH:
	case ENETUNREACH:
		return ERR_RETRY;
	case ENOENT:
		return ERR_GONE;
	default:
		return ERR_FATAL;
	}
}

int err_errno(struct error *err, const char *fmt, ...)
{
	int code = errno;
	va_list ap;
	size_t len;

	if (!err)
		return -1;
	va_start(ap, fmt);
	fill(err, errno_kind(code), code, fmt, ap);
	va_end(ap);
	len = strlen(err->msg);
	(void)snprintf(err->msg + len, sizeof(err->msg) - len, ": %s", strerror(code));
	return -1;
}

const char *err_kind_name(enum err_kind kind)
{
	static const char *const names[] = {
		[ERR_NONE] = "none",         [ERR_RETRY] = "retry", [ERR_INPUT] = "input",
		[ERR_CONFLICT] = "conflict", [ERR_GONE] = "gone",   [ERR_FATAL] = "fatal",
	};

	return (size_t)kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "unknown";
}
