/*
 * One event, one line: time level event key=value ... Values are quoted here and nowhere else. The
 * event name is stable. Passwords, tokens and keys never enter a kv.
 */
#ifndef COMMON_BASE_LOG_H
#define COMMON_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

struct log_kv {
	const char *key;
	enum { LOG_KV_STR, LOG_KV_U64, LOG_KV_I64, LOG_KV_F64 } type;
	union {
		const char *s;
		uint64_t u;
		int64_t i;
		double f;
	};
};

#define kv_str(k, v)                                                                               \
	((struct log_kv){                                                                          \
		.key = (k), .type = LOG_KV_STR, .s = (v)}) /* NULL value: the pair is left out */
#define kv_u64(k, v) ((struct log_kv){.key = (k), .type = LOG_KV_U64, .u = (uint64_t)(v)})
#define kv_i64(k, v) ((struct log_kv){.key = (k), .type = LOG_KV_I64, .i = (int64_t)(v)})
#define kv_f64(k, v) ((struct log_kv){.key = (k), .type = LOG_KV_F64, .f = (v)})

void log_set_level(enum log_level level);
/** log_parse_level - DEBUG, INFO, WARNING or WARN, ERROR, CRITICAL, AS3DEBUG in any case; returns 0
 * or -1 */
int log_parse_level(const char *s, enum log_level *ret);
/** log_set_file - write to @path (appended) instead of standard error; returns 0 or -1 with errno
 * set */
int log_set_file(const char *path);
bool log_enabled(enum log_level level);
/** log_capture - for tests: lines go to @fn instead; NULL ends it */
void log_capture(void (*fn)(void *ctx, const char *line), void *ctx);

void log_event(enum log_level level, const char *event, const struct log_kv *kv, unsigned n);

#define log_at(level, event, ...)                                                                  \
	do {                                                                                       \
		const enum log_level log_level_ = (level); /* once: it may have side effects */    \
                                                                                                   \
		if (log_enabled(log_level_)) {                                                     \
			const struct log_kv log_kvs_[] = {{0}, ##__VA_ARGS__};                     \
			log_event(log_level_, event, log_kvs_ + 1,                                 \
				  (unsigned)(sizeof(log_kvs_) / sizeof(log_kvs_[0])) - 1);         \
		}                                                                                  \
	} while (0)
#define log_debug(event, ...) log_at(LOG_DEBUG, event, ##__VA_ARGS__)
#define log_info(event, ...)  log_at(LOG_INFO, event, ##__VA_ARGS__)
#define log_warn(event, ...)  log_at(LOG_WARN, event, ##__VA_ARGS__)
#define log_error(event, ...) log_at(LOG_ERROR, event, ##__VA_ARGS__)

/* a token bucket for lines that may repeat: @burst lines at once, then one each @every_us; the next
 * line that passes reports the dropped */
struct log_limit {
	uint64_t every_us, next_us;
	uint32_t burst, tokens, dropped;
	bool started;
};
#define LOG_LIMIT(burst_, every_seconds)                                                           \
	{                                                                                          \
		.burst = (burst_), .every_us = (every_seconds)*1000000ull                          \
	}
/** log_allow - may a line be written now? *ret_dropped is how many were not since the last (0
 * mostly) */
bool log_allow(struct log_limit *l, uint64_t now_us, uint32_t *ret_dropped);

#endif
