#include "bigip/mock/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "common/base/ip.h"
#include "common/base/mem.h"
#include "common/base/str.h"

static int add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *ext;
	X509V3_CTX ctx;
	int ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

static int fill(X509 *cert, EVP_PKEY *key, const char *address)
{
	struct ip_addr ip;
	autofree char *names = mem_printf(
		"DNS:localhost,DNS:localhost.localdomain,IP:127.0.0.1,IP:::1%s%s",
		ip_parse(address, &ip) == 0 && !ip_is_any(&ip) ? ",IP:" : "",
		ip_parse(address, &ip) == 0 && !ip_is_any(&ip) ? address : "");
	unsigned char serial[8];
	X509_NAME *name = X509_get_subject_name(cert);

	if (RAND_bytes(serial, sizeof(serial)) != 1)
		return 0;
	/* positive, and no leading zero byte, which DER does not allow */
	serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40);
	return X509_set_version(cert, 2) &&
	       ASN1_STRING_set(X509_get_serialNumber(cert), serial, sizeof(serial)) &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -3600) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), 365l * 86400) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)"localhost.localdomain", -1, -1,
					  0) &&
	       X509_set_issuer_name(cert, name) && X509_set_pubkey(cert, key) &&
	       add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") &&
	       add_extension(cert, NID_subject_key_identifier, "hash") &&
	       add_extension(cert, NID_subject_alt_name, names) &&
	       X509_sign(cert, key, EVP_sha256());
}

static char *bio_text(BIO *bio)
{
	char *data;
	long len = BIO_get_mem_data(bio, &data);

	return mem_strndup(data, (size_t)len);
}

int tls_self_signed(const char *address, char **ret_cert, char **ret_key, struct error *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	BIO *cert_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());
	int ok = key && cert && cert_pem && key_pem && fill(cert, key, address) &&
		 PEM_write_bio_X509(cert_pem, cert) &&
		 PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL);

	if (ok) {
		*ret_cert = bio_text(cert_pem);
		*ret_key = bio_text(key_pem);
	}
	BIO_free(cert_pem);
	BIO_free(key_pem);
	X509_free(cert);
	EVP_PKEY_free(key);
	return ok ? 0 : err_set(err, ERR_FATAL, 0, "cannot make a certificate");
}
