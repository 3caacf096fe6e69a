/* Monitors: strings, verdicts, states. No socket and no clock in here. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "bigip/mock/plane/probe.h"

#include <ctype.h>
#include <pcre2.h>

#include "common/base/log.h"

enum { MATCH_EFFORT = 100000 }; /* bounds a regular expression that backtracks without end */

struct probe_pattern {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
};

/* --- strings ------------------------------------------------------------------------------------
 */

static int hex(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10
					    : -1;
}

static const char *decode_escape(const char *s, struct strbuf *out)
{
	switch (s[1]) {
	case 'r':
		str_add_char(out, '\r');
		return s + 2;
	case 'n':
		str_add_char(out, '\n');
		return s + 2;
	case 't':
		str_add_char(out, '\t');
		return s + 2;
	case '\\':
	case '"':
		str_add_char(out, s[1]);
		return s + 2;
	case 'x':
		if (hex(s[2]) >= 0 && hex(s[3]) >= 0) {
			str_add_char(out, (char)(hex(s[2]) << 4 | hex(s[3])));
			return s + 4;
		}
	}
	str_add_char(out, *s);
	return s + 1;
}

void probe_send_decode(const char *text, bool http, struct strbuf *out)
{
	const char *line_end;

	while (*text) {
		if (*text == '\\') {
			text = decode_escape(text, out);
		} else {
			str_add_char(out, *text++);
		}
	}
	if (!http || !out->len || memmem(out->data, out->len, "\r\n\r\n", 4))
		return;
	line_end = memchr(out->data, '\r', out->len);
	if (!memmem(out->data, line_end ? (size_t)(line_end - out->data) : out->len, " HTTP/", 6))
		return;
	if (out->len < 2 || memcmp(out->data + out->len - 2, "\r\n", 2) != 0)
		str_add(out, "\r\n");
	str_add(out, "\r\n");
}

static pcre2_code *compile(const char *text, uint32_t options)
{
	int code;
	PCRE2_SIZE at;

	return pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, PCRE2_CASELESS | options,
			     &code, &at, NULL);
}

/* a text that is no regular expression is looked for as it stands */
static struct probe_pattern *pattern_new(const char *path, const char *text)
{
	struct probe_pattern *p;

	if (str_empty(text))
		return NULL;
	p = mem_alloc(sizeof(*p));
	p->code = compile(text, PCRE2_DOTALL | PCRE2_NEVER_UTF);
	if (!p->code) {
		log_warn("traffic.monitor.pattern", kv_str("monitor", path), kv_str("text", text),
			 kv_str("reason", "no regular expression"));
		p->code = compile(text, PCRE2_LITERAL);
	}
	p->limits = pcre2_match_context_create(NULL);
	if (p->limits)
		pcre2_set_match_limit(p->limits, MATCH_EFFORT);
	if (p->code)
		p->match = pcre2_match_data_create(1, NULL);
	return p;
}

static void pattern_free(struct probe_pattern *p)
{
	if (!p)
		return;
	pcre2_match_data_free(p->match);
	pcre2_match_context_free(p->limits);
	pcre2_code_free(p->code);
	free(p);
}

static bool matches(const struct probe_pattern *p, const char *data, size_t len)
{
	return p && p->match &&
	       pcre2_match(p->code, (PCRE2_SPTR)data, len, 0, 0, p->match, p->limits) >= 0;
}

/* --- monitors -----------------------------------------------------------------------------------
 */

static const struct kind {
	const char *type;
	enum probe_kind kind;
} kinds[] = {
	{"http", PROBE_TCP},
	{"https", PROBE_TLS},
	{"tcp", PROBE_TCP},
	{"tcp-half-open", PROBE_CONNECT},
	{"udp", PROBE_UDP},
	{"gateway-icmp", PROBE_PING},
	{"icmp", PROBE_PING},
	{"http2", PROBE_CONNECT},
	{"ftp", PROBE_CONNECT},
	{"ldap", PROBE_CONNECT},
	{"mysql", PROBE_CONNECT},
	{"mssql", PROBE_CONNECT},
	{"postgresql", PROBE_CONNECT},
	{"oracle", PROBE_CONNECT},
	{"smtp", PROBE_CONNECT},
	{"pop3", PROBE_CONNECT},
	{"imap", PROBE_CONNECT},
};

static enum probe_kind kind_of(const char *type)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!strcmp(kinds[i].type, type))
			return kinds[i].kind;
	}
	return PROBE_NONE;
}

/* "*:*", "*:8080", "10.0.0.1:80", "2001:db8::1.80", "*" */
static void parse_destination(const char *text, struct probe_spec *s)
{
	const char *sep = text ? strrchr(text, ':') : NULL;
	unsigned long long port = 0;
	autofree char *addr = NULL;

	if (!text)
		return;
	if (strchr(text, ':') != sep && strchr(text, '.'))
		sep = strrchr(text, '.'); /* IPv6 */
	else if (strchr(text, ':') != sep)
		sep = NULL;
	addr = mem_strndup(text, sep ? (size_t)(sep - text) : strlen(text));
	addr[strcspn(addr, "%")] = '\0';
	(void)ip_parse(addr, &s->to_addr);
	if (sep && str_to_u64(sep + 1, 1, 65535, &port) == 0)
		s->to_port = (uint16_t)port;
}

char *probe_spec_key(const struct traffic_monitor *m)
{
	return mem_printf("%s\n%s\n%s\n%s\n%s\n%s\n%u %u %u %u %d %d", m->path, m->type,
			  m->send ? m->send : "", m->recv ? m->recv : "",
			  m->recv_disable ? m->recv_disable : "",
			  m->destination ? m->destination : "", m->interval_s, m->up_interval_s,
			  m->timeout_s, m->time_until_up_s, m->reverse, m->manual_resume);
}

struct probe_spec *probe_spec_new(const struct traffic_monitor *m)
{
	struct probe_spec *s = mem_alloc(sizeof(*s));
	struct strbuf send = {0};

	s->refs = 1;
	s->path = mem_strdup(m->path);
	s->key = probe_spec_key(m);
	s->kind = kind_of(m->type);
	s->http = str_starts(m->type, "http");
	if (m->send)
		probe_send_decode(m->send, s->http, &send);
	s->send_len = send.len;
	s->send = str_take(&send);
	s->recv = pattern_new(m->path, m->recv);
	s->recv_disable = pattern_new(m->path, m->recv_disable);
	s->interval_us = (m->interval_s ? m->interval_s : 5) * INT64_C(1000000);
	s->up_interval_us = m->up_interval_s * INT64_C(1000000);
	s->timeout_us = (m->timeout_s ? m->timeout_s : 16) * INT64_C(1000000);
	s->until_up_us = m->time_until_up_s * INT64_C(1000000);
	s->reverse = m->reverse;
	s->manual_resume = m->manual_resume;
	parse_destination(m->destination, s);
	return s;
}

struct probe_spec *probe_spec_ref(struct probe_spec *s)
{
	s->refs++;
	return s;
}

void probe_spec_unref(struct probe_spec *s)
{
	if (!s || --s->refs > 0)
		return;
	pattern_free(s->recv);
	pattern_free(s->recv_disable);
	free(s->send);
	free(s->path);
	free(s->key);
	free(s);
}

/* --- verdicts -----------------------------------------------------------------------------------
 */

enum probe_verdict probe_connected(const struct probe_spec *s)
{
	if (s->kind == PROBE_CONNECT)
		return PROBE_OK;
	/* http and https want an answer, tcp only when it was told which */
	return (s->kind == PROBE_TCP || s->kind == PROBE_TLS) && !s->http && !s->recv ? PROBE_OK
										      : PROBE_MORE;
}

static enum probe_verdict judge_reverse(const struct probe_spec *s, const char *data, size_t len,
					bool end)
{
	if (len && (!s->recv || matches(s->recv, data, len)))
		return PROBE_FAIL_NOW;
	return !end ? PROBE_MORE : len ? PROBE_OK : PROBE_FAIL;
}

enum probe_verdict probe_judge(const struct probe_spec *s, const char *data, size_t len, bool end)
{
	end = end || len >= PROBE_MAX_REPLY;
	if (len > PROBE_MAX_REPLY)
		len = PROBE_MAX_REPLY;
	if (s->reverse)
		return judge_reverse(s, data, len, end);
	if (len && (!s->recv || matches(s->recv, data, len)))
		return PROBE_OK;
	if (len && matches(s->recv_disable, data, len))
		return PROBE_OK_DISABLED;
	return end ? PROBE_FAIL : PROBE_MORE;
}

/* --- states -------------------------------------------------------------------------------------
 */

void probe_state_init(struct probe_state *st, int64_t now_us)
{
	*st = (struct probe_state){.avail = TRAFFIC_CHECKING, .since_us = now_us};
}

static bool succeed(struct probe_state *st, const struct probe_spec *s, bool draining,
		    int64_t now_us)
{
	bool changed = st->draining != draining;

	st->since_us = now_us;
	if (!st->first_ok_us)
		st->first_ok_us = now_us;
	if (st->avail == TRAFFIC_UP) {
		st->draining = draining;
		return changed;
	}
	if (st->avail == TRAFFIC_DOWN && s->manual_resume)
		return false;
	if (now_us - st->first_ok_us < s->until_up_us)
		return false;
	st->avail = TRAFFIC_UP;
	st->draining = draining;
	return true;
}

static bool go_down(struct probe_state *st)
{
	bool changed = st->avail != TRAFFIC_DOWN;

	st->avail = TRAFFIC_DOWN;
	st->draining = false;
	st->first_ok_us = 0;
	return changed;
}

bool probe_result(struct probe_state *st, const struct probe_spec *s, enum probe_verdict v,
		  int64_t now_us)
{
	switch (v) {
	case PROBE_OK:
	case PROBE_OK_DISABLED:
		return succeed(st, s, v == PROBE_OK_DISABLED, now_us);
	case PROBE_FAIL_NOW:
		return go_down(st);
	default:
		st->first_ok_us = 0;
		return probe_tick(st, s, now_us);
	}
}

bool probe_tick(struct probe_state *st, const struct probe_spec *s, int64_t now_us)
{
	return now_us >= probe_deadline(st, s) && go_down(st);
}

int64_t probe_deadline(const struct probe_state *st, const struct probe_spec *s)
{
	if (st->avail == TRAFFIC_DOWN || s->kind == PROBE_NONE)
		return INT64_MAX;
	return st->since_us + s->timeout_us;
}

int64_t probe_interval(const struct probe_state *st, const struct probe_spec *s)
{
	return st->avail == TRAFFIC_UP && s->up_interval_us ? s->up_interval_us : s->interval_us;
}

enum traffic_avail probe_combine(const enum traffic_avail *each, size_t n, unsigned min)
{
	size_t up = 0, down = 0, need = min ? min : n;

	if (!n)
		return TRAFFIC_UNCHECKED;
	for (size_t i = 0; i < n; i++) {
		up += each[i] == TRAFFIC_UP;
		down += each[i] == TRAFFIC_DOWN;
	}
	if (up >= need)
		return TRAFFIC_UP;
	return n - down < need ? TRAFFIC_DOWN : TRAFFIC_CHECKING;
}
