#include "common/base/ip.h"

#include <arpa/inet.h>

#include "common/base/str.h"

int ip_parse(const char *s, struct ip_addr *ret)
{
	struct ip_addr a = {0};

	if (!s)
		return -1;
	if (inet_pton(AF_INET, s, a.bytes) == 1)
		a.family = 4;
	else if (inet_pton(AF_INET6, s, a.bytes) == 1)
		a.family = 6;
	else
		return -1;
	*ret = a;
	return 0;
}

unsigned ip_bits(const struct ip_addr *a)
{
	return a->family == 4 ? 32 : a->family == 6 ? 128 : 0;
}

static void clear_host_bits(struct ip_prefix *p)
{
	for (unsigned i = 0; i < sizeof(p->addr.bytes); i++) {
		unsigned first = i * 8;

		if (first >= p->len)
			p->addr.bytes[i] = 0;
		else if (p->len - first < 8)
			p->addr.bytes[i] &= (uint8_t)(0xff << (8 - (p->len - first)));
	}
}

int ip_parse_prefix(const char *s, struct ip_prefix *ret)
{
	char text[IP_TEXT_MAX];
	unsigned long long len;
	struct ip_prefix p;
	const char *slash;
	size_t n;

	if (!s)
		return -1;
	slash = strchr(s, '/');
	n = slash ? (size_t)(slash - s) : strlen(s);
	if (n >= sizeof(text))
		return -1;
	memcpy(text, s, n);
	text[n] = '\0';
	if (ip_parse(text, &p.addr) < 0)
		return -1;
	len = ip_bits(&p.addr);
	if (slash && str_to_u64(slash + 1, 0, len, &len) < 0)
		return -1;
	p.len = (uint8_t)len;
	clear_host_bits(&p);
	*ret = p;
	return 0;
}

const char *ip_format(const struct ip_addr *a, char buf[static IP_TEXT_MAX])
{
	buf[0] = '\0';
	if (a->family)
		(void)inet_ntop(a->family == 4 ? AF_INET : AF_INET6, a->bytes, buf, IP_TEXT_MAX);
	return buf;
}

const char *ip_format_prefix(const struct ip_prefix *p, char buf[static IP_TEXT_MAX])
{
	size_t n;

	ip_format(&p->addr, buf);
	n = strlen(buf);
	(void)snprintf(buf + n, IP_TEXT_MAX - n, "/%u", p->len);
	return buf;
}

int ip_cmp(const struct ip_addr *a, const struct ip_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool ip_eq(const struct ip_addr *a, const struct ip_addr *b)
{
	return ip_cmp(a, b) == 0;
}

bool ip_in(const struct ip_addr *a, const struct ip_prefix *p)
{
	struct ip_prefix masked = {.addr = *a, .len = p->len};

	if (!a->family || a->family != p->addr.family)
		return false;
	clear_host_bits(&masked);
	return ip_eq(&masked.addr, &p->addr);
}

bool ip_is_any(const struct ip_addr *a)
{
	static const uint8_t zero[16];

	return a->family && memcmp(a->bytes, zero, sizeof(zero)) == 0;
}
