/*
 * reply - what a reply of the BIG-IP means (icontrol.md 1.5, 1.6, 4). Pure.
 *
 * Only the HTTP status is a stable contract, and even that needs the body in two places: a 404 is
 * absence only when mcpd or icrd says so (a 404 of restjavad means "not started yet"), and a 500 or
 * 400 may hide a time-out inside the device, after which nobody knows what happened.
 */
#ifndef BIGIP_REST_REPLY_H
#define BIGIP_REST_REPLY_H

#include <stddef.h>

enum bigip_reply_verdict {
	BIGIP_REPLY_OK,
	BIGIP_REPLY_DONE,      /* DELETE of what is not there */
	BIGIP_REPLY_CONFLICT,  /* POST of what is there */
	BIGIP_REPLY_VANISHED,  /* it, or something it refers to, does not exist */
	BIGIP_REPLY_REFUSED,   /* the device has understood and says no */
	BIGIP_REPLY_BUSY,      /* not done, repeat later */
	BIGIP_REPLY_NOT_READY, /* starting, restarting, or not a BIG-IP */
	BIGIP_REPLY_AUTH,      /* 401 in any of its forms */
	BIGIP_REPLY_UNKNOWN,   /* the device gave up waiting for itself: done or not done */
};

enum { BIGIP_MESSAGE_MAX = 320 };

/**
 * bigip_reply_classify - judge one complete reply
 * @body: NUL-terminated at @len
 * @message: the device's own words, or what stands for them; one line, cut at a UTF-8 boundary; ""
 *           when OK
 */
enum bigip_reply_verdict bigip_reply_classify(const char *method, int status,
					      const char *content_type, const char *body,
					      size_t len, char message[static BIGIP_MESSAGE_MAX]);

const char *bigip_reply_name(enum bigip_reply_verdict v);

#endif
