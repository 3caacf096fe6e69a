/* NOTIFICATION (RFC 4271 section 4.5): what it says, in bytes and in words. */
#ifndef BGP_WIRE_NOTIFICATION_H
#define BGP_WIRE_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/err.h"
#include "common/base/rw.h"

struct strbuf;

enum bgp_notify_code {
	BGP_ERR_HEADER = 1,
	BGP_ERR_OPEN = 2,
	BGP_ERR_UPDATE = 3,
	BGP_ERR_HOLD_TIMER = 4,
	BGP_ERR_FSM = 5,
	BGP_ERR_CEASE = 6,
	BGP_ERR_REFRESH = 7,   /* RFC 7313 */
	BGP_ERR_SEND_HOLD = 8, /* RFC 9687 */
};

enum bgp_header_error {
	BGP_HEADER_NOT_SYNCHRONIZED = 1,
	BGP_HEADER_BAD_LENGTH = 2, /* data: the length */
	BGP_HEADER_BAD_TYPE = 3,   /* data: the type */
};

enum bgp_open_error {
	BGP_OPEN_MALFORMED = 0,
	BGP_OPEN_BAD_VERSION = 1, /* data: the largest version we speak */
	BGP_OPEN_BAD_PEER_AS = 2,
	BGP_OPEN_BAD_ID = 3,
	BGP_OPEN_BAD_PARAMETER = 4,
	BGP_OPEN_BAD_HOLD_TIME = 6,
	BGP_OPEN_BAD_CAPABILITY = 7, /* RFC 5492; data: the capabilities that we want */
	BGP_OPEN_BAD_ROLE = 11,      /* RFC 9234 */
};

enum bgp_update_error {
	BGP_UPDATE_MALFORMED_LIST = 1,
	BGP_UPDATE_UNKNOWN_WELL_KNOWN = 2,
	BGP_UPDATE_MISSING_WELL_KNOWN = 3,
	BGP_UPDATE_ATTRIBUTE_FLAGS = 4,
	BGP_UPDATE_ATTRIBUTE_LENGTH = 5,
	BGP_UPDATE_BAD_ORIGIN = 6,
	BGP_UPDATE_BAD_NEXT_HOP = 8,
	BGP_UPDATE_OPTIONAL_ATTRIBUTE = 9, /* data: the attribute */
	BGP_UPDATE_BAD_NETWORK = 10,
	BGP_UPDATE_BAD_AS_PATH = 11,
};

enum bgp_fsm_error { /* RFC 6608; data: the type of the message */
		     BGP_FSM_IN_OPEN_SENT = 1,
		     BGP_FSM_IN_OPEN_CONFIRM = 2,
		     BGP_FSM_IN_ESTABLISHED = 3,
};

enum bgp_cease {                             /* RFC 4486 */
		 BGP_CEASE_MAX_PREFIXES = 1, /* data: AFI, SAFI, limit */
		 BGP_CEASE_SHUTDOWN = 2,     /* data: shutdown communication (RFC 9003) */
		 BGP_CEASE_PEER_REMOVED = 3,
		 BGP_CEASE_RESET = 4, /* data: shutdown communication (RFC 9003) */
		 BGP_CEASE_REJECTED = 5,
		 BGP_CEASE_CONFIG_CHANGE = 6,
		 BGP_CEASE_COLLISION = 7,
		 BGP_CEASE_NO_RESOURCES = 8,
		 BGP_CEASE_HARD_RESET =
			 9, /* RFC 8538; data: the code, subcode and data of the real one */
		 BGP_CEASE_BFD_DOWN = 10, /* RFC 9384 */
};

enum { BGP_REFRESH_BAD_LENGTH = 1 }; /* RFC 7313; data: the message */

enum {
	/* The data is for diagnosis only; longer data is cut, in both directions. */
	BGP_NOTIFY_DATA_MAX = 512,
	BGP_COMMUNICATION_MAX = 255, /* bytes of UTF-8, RFC 9003 */
};

struct bgp_notification {
	uint8_t code, subcode;
	uint16_t len;
	uint8_t data[BGP_NOTIFY_DATA_MAX];
};

/** bgp_notification_set - @data may be NULL; what is more than fits is cut */
void bgp_notification_set(struct bgp_notification *n, uint8_t code, uint8_t subcode,
			  const void *data, size_t len);

/**
 * bgp_notification_cease - a Cease
 * @text: shutdown communication, UTF-8; only sent with BGP_CEASE_SHUTDOWN and BGP_CEASE_RESET, cut
 *        between characters at 255 bytes (peers older than RFC 9003 want at most 128); may be NULL
 */
void bgp_notification_cease(struct bgp_notification *n, uint8_t subcode, const char *text);

/** bgp_notification_harden - wrap @n in a Hard Reset, which ends a graceful restart (RFC 8538
 * section 3.1) */
void bgp_notification_harden(struct bgp_notification *n);

/** bgp_notification_encode - append the message; returns 0, or -1 if @w has no room (then @w is as
 * before) */
int bgp_notification_encode(struct writer *w, const struct bgp_notification *n);

/** bgp_notification_decode - read the body. Any code is accepted: a NOTIFICATION is never answered
 * (RFC 4271 section 6.4). Returns -1 only if code and subcode are not there */
int bgp_notification_decode(struct reader body, struct bgp_notification *ret);

/* "Cease", "Administrative Shutdown"; NULL if there is no such code */
const char *bgp_notify_code_name(uint8_t code);
const char *bgp_notify_subcode_name(uint8_t code, uint8_t subcode);

/**
 * bgp_notification_print - "Cease/Administrative Shutdown: \"maintenance\"", to logs and status
 *
 * The text came from the peer: control characters, direction marks and what is not UTF-8 are
 * replaced by '?', data that has no meaning for us is printed in hex (the first 16 bytes).
 */
void bgp_notification_print(const struct bgp_notification *n, struct strbuf *out);

/**
 * bgp_fault - what a decoder does about a broken message: fill @ret (if not NULL) and @err
 *
 * err->code becomes code << 8 | subcode, kind ERR_INPUT. Returns -1.
 */
__attribute__((format(printf, 7, 8))) int bgp_fault(struct bgp_notification *ret, struct error *err,
						    uint8_t code, uint8_t subcode, const void *data,
						    size_t len, const char *fmt, ...);

#endif
