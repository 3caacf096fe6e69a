#ifndef COMMON_BASE_ERR_H
#define COMMON_BASE_ERR_H

/* what the caller should do next */
enum err_kind {
	ERR_NONE,
	ERR_RETRY,    /* may work later: unreachable, busy, time-out */
	ERR_INPUT,    /* what was given is wrong; it must change first */
	ERR_CONFLICT, /* somebody else changed it; look again */
	ERR_GONE,     /* it does not exist (any more) */
	ERR_FATAL,    /* this program cannot go on */
};

/* lives on the caller's stack: nothing to free */
struct error {
	enum err_kind kind;
	int code;      /* errno, HTTP status or BGP code << 8 | subcode; 0 if none */
	char msg[512]; /* outermost context first, always terminated */
};

/**
 * err_set - fill @err; a NULL @err is allowed
 *
 * A message opens with what failed, quotes the subject, starts in lower case and has no full stop.
 * Secrets never enter it. Returns -1, so that "return err_set(...)" reads well.
 */
__attribute__((format(printf, 4, 5))) int err_set(struct error *err, enum err_kind kind, int code,
						  const char *fmt, ...);

/** err_wrap - put context before the message of @err ("context: message"); returns -1 */
__attribute__((format(printf, 2, 3))) int err_wrap(struct error *err, const char *fmt, ...);

/** err_errno - err_set() with "fmt: strerror(errno)"; EAGAIN, ENOMEM, EMFILE and network errors
 * become ERR_RETRY, others ERR_FATAL */
__attribute__((format(printf, 2, 3))) int err_errno(struct error *err, const char *fmt, ...);

const char *err_kind_name(enum err_kind kind);

#endif
