/*
 * What an F5 schema needs beyond draft 4: the formats bigipv4 and bigipv6, and the second layer,
 * names that the BIG-IP checks and the schema of version 0.1.7 does not.
 */
#include "schemas/schemas.h"

#include "common/base/embed.h"
#include "common/base/ip.h"
#include "common/base/json.h"
#include "common/base/str.h"

extern const struct embedded_file schemas_embedded[];

const char *const schemas_lb_modes[] = {
	"dynamic-ratio-member",
	"dynamic-ratio-node",
	"fastest-app-response",
	"fastest-node",
	"least-connections-member",
	"least-connections-node",
	"least-sessions",
	"observed-member",
	"observed-node",
	"predictive-member",
	"predictive-node",
	"ratio-least-connections-member",
	"ratio-least-connections-node",
	"ratio-member",
	"ratio-node",
	"ratio-session",
	"round-robin",
	"weighted-least-connections-member",
	"weighted-least-connections-node",
	NULL,
};

bool schemas_lb_mode_ok(const char *mode)
{
	for (const char *const *m = schemas_lb_modes; *m; m++)
		if (str_eq(*m, mode))
			return true;
	return false;
}

/* ---- formats ---- */

/* "ADDRESS" or "ADDRESS%N", N being a route domain; a tail that is not a number belongs to the
 * address and spoils it */
static bool parse_with_domain(const char *s, size_t len, struct ip_addr *ret)
{
	const char *percent = strchr(s, '%');
	char addr[IP_TEXT_MAX];
	size_t n = len;

	if (strlen(s) != len)
		return false;
	if (percent && percent[1] && !percent[1 + strspn(percent + 1, "0123456789")])
		n = (size_t)(percent - s);
	if (n >= sizeof(addr))
		return false;
	memcpy(addr, s, n);
	addr[n] = '\0';
	return ip_parse(addr, ret) == 0;
}

static bool is_bigipv4(const char *s, size_t len)
{
	struct ip_addr a;

	return parse_with_domain(s, len, &a) && a.family == 4;
}

/* F5's check takes IPv4 as well */
static bool is_bigipv6(const char *s, size_t len)
{
	struct ip_addr a;

	return parse_with_domain(s, len, &a);
}

static const struct jsonschema_format formats[] = {
	{"bigipv4", is_bigipv4, "an IPv4 address"},
	{"bigipv6", is_bigipv6, "an IPv6 address (either may end in %ROUTE_DOMAIN)"},
};

/* ---- lookup ---- */

const char *schemas_name(const char *ref, char buf[static SCHEMAS_NAME_MAX])
{
	static const char space[] = " \t\r\n\v\f", prefix[] = "f5schemadb://";
	size_t n;

	if (!ref)
		return NULL;
	ref += strspn(ref, space);
	for (n = strlen(ref); n > 0 && strchr(space, ref[n - 1]); n--)
		;
	for (; n > 0 && *ref == '"'; n--)
		ref++;
	for (; n > 0 && ref[n - 1] == '"'; n--)
		;
	if (n >= strlen(prefix) && !strncmp(ref, prefix, strlen(prefix))) {
		ref += strlen(prefix);
		n -= strlen(prefix);
	}
	if (n == 0 || n >= SCHEMAS_NAME_MAX)
		return NULL;
	memcpy(buf, ref, n);
	buf[n] = '\0';
	return buf;
}

static const struct embedded_file *find(const char *ref)
{
	char buf[SCHEMAS_NAME_MAX];
	const char *name = schemas_name(ref, buf);

	for (const struct embedded_file *f = schemas_embedded; name && f->name; f++)
		if (str_eq(f->name, name))
			return f;
	return NULL;
}

const char *schemas_text(const char *ref)
{
	const struct embedded_file *f = find(ref);

	return f ? f->data : NULL;
}

int schemas_compile(struct json_object *doc, struct jsonschema **ret, struct error *err)
{
	static const struct jsonschema_options options = {
		.formats = formats,
		.n_formats = ARRAY_SIZE(formats),
	};

	return jsonschema_compile(doc, &options, ret, err);
}

static int unknown(const char *ref, struct error *err)
{
	struct strbuf known = {0};

	for (const struct embedded_file *f = schemas_embedded; f->name; f++)
		str_addf(&known, "%s%s", known.len ? ", " : "", f->name);
	err_set(err, ERR_INPUT, 0, "unknown schema '%.*s', known: %s", JSONSCHEMA_VALUE_MAX,
		ref ? ref : "", str_get(&known));
	str_release(&known);
	return -1;
}

int schemas_load(const char *ref, struct jsonschema **ret, struct error *err)
{
	const struct embedded_file *f = find(ref);
	autojson struct json_object *doc = NULL;

	if (!f)
		return unknown(ref, err);
	if (js_parse(f->data, f->size, &doc, err) < 0)
		return err_wrap(err, "built-in schema '%s'", f->name);
	return schemas_compile(doc, ret, err);
}
