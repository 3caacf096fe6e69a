#ifndef BIGIP_MOCK_TLS_H
#define BIGIP_MOCK_TLS_H

#include "common/base/err.h"

/**
 * tls_self_signed - a fresh key and certificate as PEM text, valid for a year
 * @address: the listen address; it becomes a subject alternative name next to localhost, 127.0.0.1
 *           and ::1
 *
 * *ret_cert and *ret_key are given: free() them, the key after str_wipe().
 */
int tls_self_signed(const char *address, char **ret_cert, char **ret_key, struct error *err);

#endif
