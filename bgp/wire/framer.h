/* Messages in a byte stream (RFC 4271 section 4.1): cut them out, and write headers. */
#ifndef BGP_WIRE_FRAMER_H
#define BGP_WIRE_FRAMER_H

#include "bgp/wire/notification.h"
#include "bgp/wire/types.h"

struct bgp_message {
	enum bgp_message_type type;
	struct reader body;  /* after the header */
	struct reader whole; /* with the header */
};

enum bgp_frame { BGP_FRAME_MORE, BGP_FRAME_MESSAGE, BGP_FRAME_BROKEN };

/**
 * bgp_frame_next - the next message of a stream
 * @in:      what was received and not yet handled; a message found is taken from its front. The
 *           buffer behind it must be able to hold @max_len bytes
 * @max_len: BGP_MESSAGE_MAX, or what was agreed (struct bgp_agreed)
 * @ret:     written with BGP_FRAME_MESSAGE only; borrowed from the buffer of @in
 * @notify, @err: written with BGP_FRAME_BROKEN only; may be NULL
 *
 * Marker and length are looked at as soon as they are there. The length fits the type when
 * BGP_FRAME_MESSAGE comes back (section 6.1), the body is unread.
 */
enum bgp_frame bgp_frame_next(struct reader *in, uint16_t max_len, struct bgp_message *ret,
			      struct bgp_notification *notify, struct error *err);

/** bgp_message_begin - append a header; returns where it starts, for bgp_message_end() */
size_t bgp_message_begin(struct writer *w, enum bgp_message_type type);

/** bgp_message_end - fill in the length. Returns 0, or -1 if the message did not fit into @w or is
 * longer than @max_len; then nothing of it is in @w and @w is not bad */
int bgp_message_end(struct writer *w, size_t start, uint16_t max_len);

/** bgp_keepalive_encode - append a KEEPALIVE; returns 0, or -1 if there is no room */
int bgp_keepalive_encode(struct writer *w);

const char *bgp_message_name(uint8_t type); /* "OPEN"; NULL if unknown */

#endif
