/* certificates made on the spot: a CA and what it signs (EC P-256, valid now for one day) */
#ifndef TESTS_UNIT_COMMON_CERTS_H
#define TESTS_UNIT_COMMON_CERTS_H

struct cert {
	char *cert_pem, *key_pem;
};

struct cert cert_make_ca(const char *name);
/** cert_make - signed by @ca; @san like "IP:127.0.0.1,DNS:localhost" */
struct cert cert_make(const struct cert *ca, const char *name, const char *san);
void cert_release(struct cert *c);

#endif
