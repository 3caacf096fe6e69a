/* paths, URIs, and the ConfigMap that a name tells of */
#include <ctype.h>

#include "bigip/model/model.h"
#include "common/base/mem.h"

void bigip_object_path(const struct bigip_object *o, struct strbuf *out)
{
	str_addf(out, "/%s/", o->partition);
	if (o->sub_path)
		str_addf(out, "%s/", o->sub_path);
	str_add(out, o->name);
}

/* one segment of a URI; the slashes of a folder path become tildes (icontrol.md 2.1) */
static void add_segment(struct strbuf *out, const char *path)
{
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if (c == '/')
			str_add_char(out, '~');
		else if (isalnum(c) || strchr("-._:", c))
			str_add_char(out, (char)c);
		else
			str_addf(out, "%%%02X", c);
	}
}

void bigip_object_uri(const struct bigip_object *o, struct strbuf *out)
{
	struct strbuf path = {0};

	bigip_object_path(o, &path);
	str_addf(out, "/mgmt/tm/%s/", bigip_kind_info(o->kind)->uri);
	add_segment(out, path.data);
	str_release(&path);
}

void bigip_member_uri(const struct bigip_pool *pool, const struct bigip_member *m,
		      struct strbuf *out)
{
	struct strbuf name = {0};

	bigip_object_uri(&pool->o, out);
	str_add(out, "/members/");
	bigip_member_name(m, &name);
	if (name.data[0] != '/') {
		add_segment(out, "/");
		add_segment(out, pool->o.partition);
		add_segment(out, "/");
	}
	add_segment(out, name.data);
	str_release(&name);
}

/* ---- owners ---- */

enum { MAX_PARTS = 6 };

struct part {
	const char *s;
	size_t len;
};

static bool part_is(const struct part *p, const char *word)
{
	return p->len == strlen(word) && memcmp(p->s, word, p->len) == 0;
}

static bool part_is_digits(const struct part *p)
{
	for (size_t i = 0; i < p->len; i++)
		if (!isdigit((unsigned char)p->s[i]))
			return false;
	return p->len > 0;
}

/* lower-case letters, digits and dashes, dots too in a subdomain; the ends are no dash or dot (RFC
 * 1123) */
static bool part_is_kube_name(const struct part *p, bool dots)
{
	if (!p->len || p->len > (dots ? 253 : 63))
		return false;
	for (size_t i = 0; i < p->len; i++) {
		char c = p->s[i];
		bool inner = i > 0 && i + 1 < p->len;

		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') &&
		    !(inner && (c == '-' || (dots && c == '.'))))
			return false;
	}
	return true;
}

/* the parts between underscores, 0 when there are too many; Kubernetes names have no underscore */
static size_t split(const char *name, struct part parts[static MAX_PARTS])
{
	size_t n = 0;

	for (;;) {
		size_t len = strcspn(name, "_");

		if (n == MAX_PARTS)
			return 0;
		parts[n++] = (struct part){.s = name, .len = len};
		if (!name[len])
			return n;
		name += len + 1;
	}
}

/* "<ns>_<cm>", "cfgmap_<ns>_<cm>": where ns and cm are, or NULL */
static const struct part *virtual_owner(const struct part *parts, size_t n)
{
	if (n == 2)
		return parts;
	if (n == 3 && part_is(&parts[0], "cfgmap") && parts[1].len &&
	    isdigit((unsigned char)parts[1].s[0]))
		return parts + 1;
	return NULL;
}

/* "cfgmap_<ns>_<cm>_<svc>" */
static const struct part *pool_owner(const struct part *parts, size_t n)
{
	return n == 4 && part_is(&parts[0], "cfgmap") && part_is_kube_name(&parts[3], false)
		       ? parts + 1
		       : NULL;
}

static const struct part *monitor_owner(const struct part *parts, size_t n, const char *protocol)
{
	const struct part *owner;

	if (n < 4 || !part_is(&parts[n - 1], protocol) || !part_is_digits(&parts[n - 2]))
		return NULL;
	owner = pool_owner(parts, n - 2);
	return owner ? owner : virtual_owner(parts, n - 2);
}

bool bigip_owner(enum bigip_kind kind, const char *name, struct strbuf *out)
{
	struct part parts[MAX_PARTS];
	const struct part *p = NULL;
	size_t n = split(name, parts);

	if (kind == BIGIP_MONITOR_HTTP)
		p = monitor_owner(parts, n, "http");
	else if (kind == BIGIP_MONITOR_TCP)
		p = monitor_owner(parts, n, "tcp");
	else if (kind == BIGIP_MONITOR_UDP)
		p = monitor_owner(parts, n, "udp");
	else if (kind == BIGIP_POOL)
		p = pool_owner(parts, n);
	else if (kind == BIGIP_VIRTUAL || kind == BIGIP_IAPP)
		p = virtual_owner(parts, n);
	if (!p || !part_is_kube_name(&p[0], false) || !part_is_kube_name(&p[1], true))
		return false;
	str_add_mem(out, p[0].s, p[0].len);
	str_add_char(out, '/');
	str_add_mem(out, p[1].s, p[1].len);
	return true;
}
