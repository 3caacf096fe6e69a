/* NOTIFICATION in words: names from the IANA registry "BGP Error (Notification) Codes". */
#include "bgp/wire/notification.h"

#include "bgp/wire/types.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static const char *const header_errors[] = {
	[0] = "Unspecific",
	[1] = "Connection Not Synchronized",
	[2] = "Bad Message Length",
	[3] = "Bad Message Type",
};

static const char *const open_errors[] = {
	[0] = "Unspecific",
	[1] = "Unsupported Version Number",
	[2] = "Bad Peer AS",
	[3] = "Bad BGP Identifier",
	[4] = "Unsupported Optional Parameter",
	[5] = "Authentication Failure (deprecated)",
	[6] = "Unacceptable Hold Time",
	[7] = "Unsupported Capability",
	[11] = "Role Mismatch",
};

static const char *const update_errors[] = {
	[0] = "Unspecific",
	[1] = "Malformed Attribute List",
	[2] = "Unrecognized Well-known Attribute",
	[3] = "Missing Well-known Attribute",
	[4] = "Attribute Flags Error",
	[5] = "Attribute Length Error",
	[6] = "Invalid ORIGIN Attribute",
	[7] = "AS Routing Loop (deprecated)",
	[8] = "Invalid NEXT_HOP Attribute",
	[9] = "Optional Attribute Error",
	[10] = "Invalid Network Field",
	[11] = "Malformed AS_PATH",
};

static const char *const fsm_errors[] = {
	[0] = "Unspecified Error",
	[1] = "Receive Unexpected Message in OpenSent State",
	[2] = "Receive Unexpected Message in OpenConfirm State",
	[3] = "Receive Unexpected Message in Established State",
};

static const char *const cease_reasons[] = {
	[1] = "Maximum Number of Prefixes Reached",
	[2] = "Administrative Shutdown",
	[3] = "Peer De-configured",
	[4] = "Administrative Reset",
	[5] = "Connection Rejected",
	[6] = "Other Configuration Change",
	[7] = "Connection Collision Resolution",
	[8] = "Out of Resources",
	[9] = "Hard Reset",
	[10] = "BFD Down",
};

static const char *const refresh_errors[] = {
	[1] = "Invalid Message Length",
};

static const struct code_row {
	const char *name;
	const char *const *subs;
	size_t n_subs;
} codes[] = {
	[BGP_ERR_HEADER] = {"Message Header Error", header_errors, ARRAY_SIZE(header_errors)},
	[BGP_ERR_OPEN] = {"OPEN Message Error", open_errors, ARRAY_SIZE(open_errors)},
	[BGP_ERR_UPDATE] = {"UPDATE Message Error", update_errors, ARRAY_SIZE(update_errors)},
	[BGP_ERR_HOLD_TIMER] = {"Hold Timer Expired"},
	[BGP_ERR_FSM] = {"Finite State Machine Error", fsm_errors, ARRAY_SIZE(fsm_errors)},
	[BGP_ERR_CEASE] = {"Cease", cease_reasons, ARRAY_SIZE(cease_reasons)},
	[BGP_ERR_REFRESH] = {"ROUTE-REFRESH Message Error", refresh_errors,
			     ARRAY_SIZE(refresh_errors)},
	[BGP_ERR_SEND_HOLD] = {"Send Hold Timer Expired"},
};

const char *bgp_notify_code_name(uint8_t code)
{
	return code < ARRAY_SIZE(codes) ? codes[code].name : NULL;
}

const char *bgp_notify_subcode_name(uint8_t code, uint8_t subcode)
{
	if (code >= ARRAY_SIZE(codes) || subcode >= codes[code].n_subs)
		return NULL;
	return codes[code].subs[subcode];
}

/* one character of UTF-8 (RFC 3629): its length, 0 if it is none; *ret_char is its number */
static size_t utf8_char(const uint8_t *s, size_t left, uint32_t *ret_char)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	uint32_t c = len == 1 ? s[0] : s[0] & (0xffu >> (len + 1));

	if (len == 0 || len > left || s[0] >= 0xf8)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_char = c;
	return len;
}

/* would it act on the terminal or turn the line around? */
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0xfeff ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f);
}

static void add_untrusted(struct strbuf *out, struct reader text)
{
	while (text.left > 0) {
		uint32_t c = 0;
		size_t len = utf8_char(text.pos, text.left, &c);

		if (len == 0 || is_control(c) || c == '"' || c == '\\')
			str_add_char(out, c == '"' ? '\'' : '?');
		else
			str_add_mem(out, text.pos, len);
		(void)rd_bytes(&text, len > 0 ? len : 1);
	}
}

static void add_hex(struct strbuf *out, struct reader data)
{
	enum { SHOWN = 16 };

	str_add(out, ": 0x");
	for (size_t i = 0; i < data.left && i < SHOWN; i++)
		str_addf(out, "%02x", data.pos[i]);
	if (data.left > SHOWN)
		str_addf(out, "... (%zu bytes)", data.left);
}

/* RFC 9003 section 2; false if the data is no shutdown communication */
static bool add_communication(struct strbuf *out, struct reader data)
{
	struct reader text = rd_sub(&data, rd_u8(&data));

	if (!rd_done(&data))
		return false;
	if (text.left > 0) {
		str_add(out, ": \"");
		add_untrusted(out, text);
		str_add_char(out, '"');
	}
	return true;
}

/* RFC 4486 section 4 */
static bool add_prefix_limit(struct strbuf *out, struct reader data)
{
	uint16_t afi = rd_be16(&data);
	uint8_t safi = rd_u8(&data);
	uint32_t limit = rd_be32(&data);

	if (!rd_done(&data))
		return false;
	if (bgp_family_of(afi, safi) >= 0)
		str_addf(out, ": %s limit %u",
			 bgp_family_name((enum bgp_family)bgp_family_of(afi, safi)), limit);
	else
		str_addf(out, ": family %u/%u limit %u", afi, safi, limit);
	return true;
}

/* errors whose data is one number */
static bool add_number(struct strbuf *out, unsigned code_sub, struct reader data)
{
	uint32_t v = data.left == 1   ? rd_u8(&data)
		     : data.left == 2 ? rd_be16(&data)
		     : data.left == 4 ? rd_be32(&data)
				      : 0;

	switch (code_sub) {
	case BGP_ERR_HEADER << 8 | BGP_HEADER_BAD_LENGTH:
	case BGP_ERR_HEADER << 8 | BGP_HEADER_BAD_TYPE:
	case BGP_ERR_OPEN << 8 | BGP_OPEN_BAD_VERSION:
	case BGP_ERR_OPEN << 8 | BGP_OPEN_BAD_PEER_AS:
	case BGP_ERR_OPEN << 8 | BGP_OPEN_BAD_HOLD_TIME:
	case BGP_ERR_FSM << 8 | BGP_FSM_IN_OPEN_SENT:
	case BGP_ERR_FSM << 8 | BGP_FSM_IN_OPEN_CONFIRM:
	case BGP_ERR_FSM << 8 | BGP_FSM_IN_ESTABLISHED:
		if (!rd_done(&data))
			return false;
		str_addf(out, ": %u", v);
		return true;
	default:
		return false;
	}
}

static void add_name(struct strbuf *out, uint8_t code, uint8_t subcode)
{
	const char *name = bgp_notify_code_name(code);
	const char *sub = bgp_notify_subcode_name(code, subcode);

	if (name)
		str_add(out, name);
	else
		str_addf(out, "code %u", code);
	if (sub)
		str_addf(out, "/%s", sub);
	else if (subcode != 0)
		str_addf(out, "/subcode %u", subcode);
}

static void print(struct strbuf *out, uint8_t code, uint8_t subcode, struct reader data, int depth)
{
	unsigned code_sub = (unsigned)code << 8 | subcode;
	bool told = data.left == 0;

	add_name(out, code, subcode);
	if (!told && (code_sub == (BGP_ERR_CEASE << 8 | BGP_CEASE_SHUTDOWN) ||
		      code_sub == (BGP_ERR_CEASE << 8 | BGP_CEASE_RESET)))
		told = add_communication(out, data);
	if (!told && code_sub == (BGP_ERR_CEASE << 8 | BGP_CEASE_MAX_PREFIXES))
		told = add_prefix_limit(out, data);
	if (!told && depth == 0 && data.left >= 2 &&
	    code_sub == (BGP_ERR_CEASE << 8 | BGP_CEASE_HARD_RESET)) { /* RFC 8538 section 3.1 */
		uint8_t inner = rd_u8(&data), inner_sub = rd_u8(&data);

		str_add(out, " of ");
		print(out, inner, inner_sub, data, depth + 1);
		told = true;
	}
	if (!told && !add_number(out, code_sub, data))
		add_hex(out, data);
}

void bgp_notification_print(const struct bgp_notification *n, struct strbuf *out)
{
	print(out, n->code, n->subcode, rd_init(n->data, n->len), 0);
}
