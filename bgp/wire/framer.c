#include "bgp/wire/framer.h"

static const uint8_t marker[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				   0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

/* what a length may be, by type; longest 0: what the session agreed on */
static const struct message_kind {
	const char *name;
	uint16_t shortest, longest;
} kinds[] = {
	[BGP_OPEN] = {"OPEN", 29, BGP_MESSAGE_MAX}, /* RFC 8654 section 4 keeps OPEN ... */
	[BGP_UPDATE] = {"UPDATE", 23, 0},
	[BGP_NOTIFICATION] = {"NOTIFICATION", 21, 0},
	[BGP_KEEPALIVE] = {"KEEPALIVE", 19, 19}, /* ... and KEEPALIVE short */
	/* RFC 7313 section 5 wants its own error for longer ones: see bgp_refresh_decode() */
	[BGP_ROUTE_REFRESH] = {"ROUTE-REFRESH", 23, 0},
};

enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

const char *bgp_message_name(uint8_t type)
{
	return type < N_KINDS ? kinds[type].name : NULL;
}

static enum bgp_frame bad_length(struct bgp_notification *notify, struct error *err, uint16_t len,
				 const char *name)
{
	uint8_t data[2] = {(uint8_t)(len >> 8), (uint8_t)len};

	(void)bgp_fault(notify, err, BGP_ERR_HEADER, BGP_HEADER_BAD_LENGTH, data, sizeof(data),
			"length %u is wrong for %s message", len, name);
	return BGP_FRAME_BROKEN;
}

enum bgp_frame bgp_frame_next(struct reader *in, uint16_t max_len, struct bgp_message *ret,
			      struct bgp_notification *notify, struct error *err)
{
	struct reader r = *in;
	uint16_t len, longest;
	uint8_t type;

	/* RFC 4271 section 6.1. Whoever talks another protocol is told so at its first byte. */
	if (r.left > 0 && memcmp(r.pos, marker, r.left < 16 ? r.left : 16) != 0) {
		(void)bgp_fault(notify, err, BGP_ERR_HEADER, BGP_HEADER_NOT_SYNCHRONIZED, NULL, 0,
				"message does not start with the marker of 16 bytes 0xff");
		return BGP_FRAME_BROKEN;
	}
	(void)rd_bytes(&r, sizeof(marker));
	len = rd_be16(&r);
	if (r.bad)
		return BGP_FRAME_MORE;
	if (len < BGP_HEADER_LEN)
		return bad_length(notify, err, len, "any");
	type = rd_u8(&r);
	if (r.bad)
		return BGP_FRAME_MORE;
	if (!bgp_message_name(type)) {
		(void)bgp_fault(notify, err, BGP_ERR_HEADER, BGP_HEADER_BAD_TYPE, &type, 1,
				"message type %u is unknown", type);
		return BGP_FRAME_BROKEN;
	}
	longest = kinds[type].longest ? kinds[type].longest : max_len;
	if (len < kinds[type].shortest || len > longest)
		return bad_length(notify, err, len, kinds[type].name);
	if (in->left < len)
		return BGP_FRAME_MORE;
	ret->type = (enum bgp_message_type)type;
	ret->whole = rd_sub(in, len);
	ret->body = rd_sub(&r, len - BGP_HEADER_LEN);
	return BGP_FRAME_MESSAGE;
}

size_t bgp_message_begin(struct writer *w, enum bgp_message_type type)
{
	size_t start = w->len;

	wr_bytes(w, marker, sizeof(marker));
	wr_be16(w, 0);
	wr_u8(w, (uint8_t)type);
	return start;
}

int bgp_message_end(struct writer *w, size_t start, uint16_t max_len)
{
	size_t len = w->len - start;

	if (w->bad || len > max_len) {
		wr_rewind(w, start);
		return -1;
	}
	wr_patch_be16(w, start + sizeof(marker), (uint16_t)len);
	return 0;
}

int bgp_keepalive_encode(struct writer *w)
{
	return bgp_message_end(w, bgp_message_begin(w, BGP_KEEPALIVE), BGP_MESSAGE_MAX);
}
