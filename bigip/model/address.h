/* Inside bigip/model: texts like "10.0.0.1%5:80" and "2001:db8::1%5.80" */
#ifndef BIGIP_MODEL_ADDRESS_H
#define BIGIP_MODEL_ADDRESS_H

#include "bigip/model/model.h"

struct address {
	struct ip_addr ip;
	uint32_t rd; /* 0 when the text names none */
	bool has_rd;
	uint16_t port;
};

int address_parse(const char *s, size_t len, struct address *ret); /* "ip[%rd]"; 0 or -1 */
int address_parse_port(const char *s, struct address *ret);        /* "ip[%rd]:port"; 0 or -1 */
void address_add(struct strbuf *out, const struct ip_addr *ip, uint32_t rd, bool with_rd);
void address_add_port(struct strbuf *out, const struct ip_addr *ip,
		      uint16_t port); /* ":80" or ".80" */

#endif
