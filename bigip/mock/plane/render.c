/* A layout as a configuration file, and what HAProxy says about such a file. */
#include <ctype.h>

#include "bigip/mock/plane/layout.h"

/* No user or group: changing them would clear the parent-death signal. Limits that cannot be had
   are no reason not to start. "retries 0": a BIG-IP with reselectTries 0 does not try again. */
static const char head[] = "global\n"
			   "\tmaxconn 8000\n"
			   "\tnbthread 1\n"
			   "\tno strict-limits\n"
			   "\thard-stop-after 12h\n"
			   "\tssl-default-bind-options ssl-min-ver TLSv1.2\n"
			   "\tstats timeout 10s\n"
			   "\tstats socket %s mode 600 level admin expose-fd listeners\n"
			   "\n"
			   "defaults\n"
			   "\ttimeout connect 5s\n"
			   "\ttimeout client 300s\n"
			   "\ttimeout server 300s\n"
			   "\ttimeout queue 10ms\n"
			   "\tretries 0\n"
			   "\n";

void layout_address(const struct ip_addr *a, uint16_t port, struct strbuf *out)
{
	char buf[IP_TEXT_MAX];

	ip_format(a, buf);
	str_addf(out, a->family == 6 ? "[%s]:%u" : "%s:%u", buf, port);
}

void layout_server_text(const struct layout_server *s, struct strbuf *out)
{
	char buf[IP_TEXT_MAX];

	layout_address(&s->addr, s->port, out);
	if (s->max_conns)
		str_addf(out, " maxconn %u", s->max_conns);
	if (s->source.family)
		str_addf(out, " source %s", ip_format(&s->source, buf));
	if (s->tls)
		str_add(out, " ssl verify none");
}

static unsigned count_lines(const char *s, size_t len)
{
	unsigned n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	return n;
}

void layout_render(struct layout *l, const char *socket, struct strbuf *out)
{
	unsigned line;

	str_addf(out, head, socket);
	line = 1 + count_lines(str_get(out), out->len);
	for (unsigned i = 0; i < l->n_proxies; i++) {
		struct layout_proxy *p = &l->proxies[i];
		size_t from = out->len;

		p->first_line = line;
		str_add(out, p->text);
		for (unsigned j = 0; j < p->n_servers; j++) {
			const struct layout_server *s = &p->servers[j];

			str_addf(out, "\tserver %s ", s->name);
			layout_server_text(s, out);
			str_addf(out, " weight %u%s\n", s->weight, s->ready ? "" : " disabled");
		}
		str_add_char(out, '\n');
		line += count_lines(out->data + from, out->len - from);
		p->last_line = line - 1;
	}
}

/* --- complaints --------------------------------------------------------------------------------
 */

static const struct layout_proxy *by_line(const struct layout *l, const char *at)
{
	unsigned long line = strtoul(at, NULL, 10);

	for (unsigned i = 0; i < l->n_proxies; i++) {
		if (line >= l->proxies[i].first_line && line <= l->proxies[i].last_line)
			return &l->proxies[i];
	}
	return NULL;
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || (c && strchr("-_.:", c));
}

/* the first word of the line that is a proxy's name, as in "Starting frontend P:web: cannot bind"
 */
static const struct layout_proxy *by_name(const struct layout *l, const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		const struct layout_proxy *p;
		size_t n = 0;

		while (i + n < len && name_char(line[i + n]))
			n++;
		while (n > 0 && line[i + n - 1] == ':') /* the sentence's own colon */
			n--;
		p = n ? layout_proxy_find(l, line + i, n) : NULL;
		if (p)
			return p;
		i += n;
	}
	return NULL;
}

const struct layout_proxy *layout_blame(const struct layout *l, const char *text,
					const char **ret_line, size_t *ret_len)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		const struct layout_proxy *p = NULL;

		if (!strncmp(line, "[ALERT]", 7)) {
			const char *at = memmem(line, len, "haproxy.cfg:", 12);

			p = at ? by_line(l, at + 12) : NULL;
			if (!p)
				p = by_name(l, line + 7, len - 7);
		}
		if (p) {
			const char *colon = memmem(line, len, " : ", 3);

			*ret_line = colon ? colon + 3 : line;
			*ret_len = len - (size_t)(*ret_line - line);
			return p;
		}
		line += len + (line[len] == '\n');
	}
	return NULL;
}
