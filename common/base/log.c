#include "common/base/log.h"

#include <fcntl.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static enum log_level min_level = LOG_INFO;
static int log_fd = STDERR_FILENO;
static void (*capture_fn)(void *ctx, const char *line);
static void *capture_ctx;

void log_set_level(enum log_level level)
{
	min_level = level;
}

bool log_enabled(enum log_level level)
{
	return level >= min_level;
}

int log_parse_level(const char *s, enum log_level *ret)
{
	static const struct {
		const char *name;
		enum log_level level;
	} levels[] = {
		{"DEBUG", LOG_DEBUG},    {"AS3DEBUG", LOG_DEBUG}, {"INFO", LOG_INFO},
		{"WARNING", LOG_WARN},   {"WARN", LOG_WARN},      {"ERROR", LOG_ERROR},
		{"CRITICAL", LOG_ERROR},
	};

	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		if (strcasecmp(s, levels[i].name) == 0) {
			*ret = levels[i].level;
			return 0;
		}
	}
	return -1;
}

int log_set_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd < 0)
		return -1;
	if (log_fd != STDERR_FILENO)
		close(log_fd);
	log_fd = fd;
	return 0;
}

void log_capture(void (*fn)(void *ctx, const char *line), void *ctx)
{
	capture_fn = fn;
	capture_ctx = ctx;
}

/* bytes of the well-formed UTF-8 character at @s that is no control character, else 0 */
static size_t utf8_len(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	if (n == 0 || u[0] > 0xf4 || u[0] < ' ' || u[0] == 0x7f)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	if (u[0] == 0xc2 && u[1] < 0xa0) /* U+0080..U+009F: terminals obey these too */
		return 0;
	return n;
}

static bool plain(const char *s)
{
	if (!*s)
		return false;
	while (*s) {
		size_t n = utf8_len(s);

		if (n == 0 || strchr(" \"=\\", *s))
			return false;
		s += n;
	}
	return true;
}

/* peers and tenants choose some values: control bytes must not reach a terminal or fake a second
 * line */
static void add_quoted(struct strbuf *b, const char *s)
{
	if (plain(s)) {
		str_add(b, s);
		return;
	}
	str_add_char(b, '"');
	while (*s) {
		size_t n = utf8_len(s);

		if (*s == '"' || *s == '\\')
			str_addf(b, "\\%c", *s);
		else if (*s == '\n')
			str_add(b, "\\n");
		else if (*s == '\r')
			str_add(b, "\\r");
		else if (*s == '\t')
			str_add(b, "\\t");
		else if (n == 0)
			str_addf(b, "\\x%02x", (unsigned char)*s);
		else
			str_add_mem(b, s, n);
		s += n ? n : 1;
	}
	str_add_char(b, '"');
}

static void add_kv(struct strbuf *b, const struct log_kv *kv)
{
	if (kv->type == LOG_KV_STR && !kv->s)
		return;
	str_addf(b, " %s=", kv->key);
	switch (kv->type) {
	case LOG_KV_STR:
		add_quoted(b, kv->s);
		break;
	case LOG_KV_U64:
		str_addf(b, "%llu", (unsigned long long)kv->u);
		break;
	case LOG_KV_I64:
		str_addf(b, "%lld", (long long)kv->i);
		break;
	case LOG_KV_F64:
		str_addf(b, "%.3f", kv->f);
		break;
	}
}

void log_event(enum log_level level, const char *event, const struct log_kv *kv, unsigned n)
{
	static const char *const names[] = {"debug", "info", "warn", "error"};
	struct strbuf line = {.max = 16384};
	char when[CLOCK_RFC3339_MAX];

	str_addf(&line, "%s %s %s", clock_rfc3339(clock_wall_us(), 1, when), names[level], event);
	for (unsigned i = 0; i < n; i++) {
		size_t before = line.len;

		add_kv(&line, &kv[i]);
		if (line.bad) { /* leave out what does not fit, but stay one line */
			line.len = before;
			line.bad = false;
			str_addf(&line, " too_long=%s", kv[i].key);
		}
	}
	line.max = 0;
	if (capture_fn) {
		capture_fn(capture_ctx, str_get(&line));
	} else {
		str_add_char(&line, '\n');
		if (write(log_fd, str_get(&line), line.len) < 0) {
			/* a full disk or a closed pipe must not stop the controller, and there is
			 * nowhere left to say it */
		}
	}
	str_release(&line);
}

bool log_allow(struct log_limit *l, uint64_t now_us, uint32_t *ret_dropped)
{
	if (!l->started) {
		l->started = true;
		l->tokens = l->burst;
		l->next_us = now_us + l->every_us;
	}
	while (l->tokens < l->burst && now_us >= l->next_us) {
		l->tokens++;
		l->next_us += l->every_us;
	}
	if (l->tokens == l->burst)
		l->next_us = now_us + l->every_us;
	if (l->tokens == 0) {
		l->dropped++;
		return false;
	}
	l->tokens--;
	*ret_dropped = l->dropped;
	l->dropped = 0;
	return true;
}
