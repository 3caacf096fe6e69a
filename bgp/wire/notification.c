#include "bgp/wire/notification.h"

#include <stdarg.h>

#include "bgp/wire/framer.h"

void bgp_notification_set(struct bgp_notification *n, uint8_t code, uint8_t subcode,
			  const void *data, size_t len)
{
	n->code = code;
	n->subcode = subcode;
	n->len = (uint16_t)(len < sizeof(n->data) ? len : sizeof(n->data));
	if (n->len > 0)
		memcpy(n->data, data, n->len);
}

/* the most of @s that has at most @max bytes and ends between characters */
static size_t utf8_cut(const char *s, size_t max)
{
	size_t len = strnlen(s, max + 1);

	if (len <= max)
		return len;
	for (len = max; len > 0 && ((uint8_t)s[len] & 0xc0) == 0x80; len--)
		;
	return len;
}

void bgp_notification_cease(struct bgp_notification *n, uint8_t subcode, const char *text)
{
	uint8_t data[1 + BGP_COMMUNICATION_MAX] = {0};
	size_t len;

	/* RFC 9003 section 2: only these two carry it; no text is no data */
	if (!text || !*text || (subcode != BGP_CEASE_SHUTDOWN && subcode != BGP_CEASE_RESET)) {
		bgp_notification_set(n, BGP_ERR_CEASE, subcode, NULL, 0);
		return;
	}
	len = utf8_cut(text, BGP_COMMUNICATION_MAX);
	data[0] = (uint8_t)len;
	memcpy(data + 1, text, len);
	bgp_notification_set(n, BGP_ERR_CEASE, subcode, data, 1 + len);
}

void bgp_notification_harden(struct bgp_notification *n)
{
	size_t len = n->len < sizeof(n->data) - 2 ? n->len : sizeof(n->data) - 2;

	memmove(n->data + 2, n->data, len);
	n->data[0] = n->code;
	n->data[1] = n->subcode;
	n->len = (uint16_t)(len + 2);
	n->code = BGP_ERR_CEASE;
	n->subcode = BGP_CEASE_HARD_RESET;
}

int bgp_notification_encode(struct writer *w, const struct bgp_notification *n)
{
	size_t start = bgp_message_begin(w, BGP_NOTIFICATION);

	wr_u8(w, n->code);
	wr_u8(w, n->subcode);
	wr_bytes(w, n->data, n->len);
	return bgp_message_end(w, start, BGP_MESSAGE_MAX);
}

int bgp_notification_decode(struct reader body, struct bgp_notification *ret)
{
	uint8_t code = rd_u8(&body), subcode = rd_u8(&body);

	if (body.bad)
		return -1;
	bgp_notification_set(ret, code, subcode, body.pos, body.left);
	return 0;
}

int bgp_fault(struct bgp_notification *ret, struct error *err, uint8_t code, uint8_t subcode,
	      const void *data, size_t len, const char *fmt, ...)
{
	char msg[256];
	va_list ap;

	if (ret)
		bgp_notification_set(ret, code, subcode, data, len);
	va_start(ap, fmt);
	(void)vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	return err_set(err, ERR_INPUT, code << 8 | subcode, "%s", msg);
}
