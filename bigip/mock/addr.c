/*
 * Addresses as BIG-IP writes them: "10.0.0.1", "10.0.0.1%2", "10.0.0.1:80", "2001:db8::1.80". The
 * route domain is left out when it is the default one of the object's partition.
 */
#include <ctype.h>

#include "bigip/mock/core.h"
#include "common/base/mem.h"

static const struct {
	const char *name;
	int port;
} services[] = {
	{"any", 0},         {"*", 0},       {"ftp-data", 20}, {"ftp", 21},
	{"ssh", 22},        {"telnet", 23}, {"smtp", 25},     {"domain", 53},
	{"tftp", 69},       {"http", 80},   {"kerberos", 88}, {"pop3", 110},
	{"ntp", 123},       {"imap", 143},  {"snmp", 161},    {"snmptrap", 162},
	{"ldap", 389},      {"https", 443}, {"syslog", 514},  {"submission", 587},
	{"ldaps", 636},     {"imaps", 993}, {"pop3s", 995},   {"radius", 1812},
	{"mysql", 3306},    {"sip", 5060},  {"sips", 5061},   {"postgresql", 5432},
	{"webcache", 8080},
};

int service_port(const char *word)
{
	unsigned long long n;

	if (!str_to_u64(word, 0, 65535, &n))
		return (int)n;
	for (size_t i = 0; i < ARRAY_SIZE(services); i++) {
		if (!strcmp(services[i].name, word))
			return services[i].port;
	}
	return -1;
}

const char *service_name(int port, char buf[static 16])
{
	for (size_t i = 2; i < ARRAY_SIZE(services); i++) {
		if (services[i].port == port && port != 8080)
			return services[i].name;
	}
	if (port == 8080)
		return "webcache";
	snprintf(buf, 16, "%d", port);
	return port ? buf : "any";
}

int addr_parse(const char *s, size_t len, struct mock_addr *ret)
{
	char text[IP_TEXT_MAX + 16], *rd;
	struct mock_addr a = {0};
	unsigned long long n;

	if (!len || len >= sizeof(text))
		return -1;
	memcpy(text, s, len);
	text[len] = '\0';
	rd = strchr(text, '%');
	if (rd) {
		*rd++ = '\0';
		if (str_to_u64(rd, 0, 65534, &n))
			return -1;
		a.rd = (unsigned)n;
		a.rd_given = true;
	}
	if (!strcmp(text, "any"))
		a.ip.family = 4;
	else if (!strcmp(text, "any6"))
		a.ip.family = 6;
	else if (ip_parse(text, &a.ip) < 0)
		return -1;
	*ret = a;
	return 0;
}

unsigned addr_default_rd(const struct mock *m, const char *folder)
{
	char partition[PARTITION_MAX];
	const struct mock_obj *p = store_find(&m->store, "partition",
					      folder_partition(folder, partition));

	return p ? (unsigned)obj_int(p, "defaultRouteDomain") : 0;
}

int addr_resolve(const struct mock *m, const char *folder, const char *s, size_t len,
		 struct mock_addr *ret)
{
	if (addr_parse(s, len, ret) < 0)
		return -1;
	if (!ret->rd_given)
		ret->rd = addr_default_rd(m, folder);
	return 0;
}

void addr_text(const struct mock_addr *a, unsigned default_rd, struct strbuf *out)
{
	char text[IP_TEXT_MAX];

	str_add(out, ip_format(&a->ip, text));
	if (a->rd != default_rd)
		str_addf(out, "%%%u", a->rd);
}

void addr_key(const struct mock_addr *a, struct strbuf *out)
{
	char text[IP_TEXT_MAX];

	str_addf(out, "%s%%%u", ip_format(&a->ip, text), a->rd);
}

char *addr_normal(const struct mock *m, const char *folder, const char *s)
{
	struct strbuf out = {0};
	struct mock_addr a;

	if (!isxdigit((unsigned char)*s) && *s != ':')
		return NULL;
	if (addr_resolve(m, folder, s, strlen(s), &a) < 0)
		return NULL;
	addr_text(&a, addr_default_rd(m, folder), &out);
	return str_take(&out);
}

int addr_split_port(const char *s, size_t *ret_len, int *ret_port)
{
	const char *colon = strchr(s, ':'), *at = colon;

	/* more than one colon: IPv6, the port follows the last dot */
	if (colon && strchr(colon + 1, ':'))
		at = strrchr(s, '.');
	if (!at || at == s || !at[1])
		return -1;
	*ret_len = (size_t)(at - s);
	*ret_port = service_port(at + 1);
	return 0;
}
