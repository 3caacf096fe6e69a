#include "certs.h"

#include <assert.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

static char *bio_text(BIO *bio)
{
	char *data, *text;
	long len = BIO_get_mem_data(bio, &data);

	text = strndup(data, (size_t)len);
	BIO_free(bio);
	return text;
}

static void add_ext(X509 *x, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	assert(ext);
	X509_add_ext(x, ext, -1);
	X509_EXTENSION_free(ext);
}

static X509 *read_cert(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return x;
}

static EVP_PKEY *read_key(const char *pem)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	BIO_free(bio);
	return key;
}

static struct cert make(const struct cert *ca, const char *name, const char *san)
{
	static long serial = 1;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY *signer = ca ? read_key(ca->key_pem) : key;
	X509 *x = X509_new(), *issuer = ca ? read_cert(ca->cert_pem) : x;
	X509_NAME *subject = X509_get_subject_name(x);
	BIO *bio;
	struct cert c;

	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400);
	X509_set_pubkey(x, key);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	add_ext(x, NID_basic_constraints, ca ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (san)
		add_ext(x, NID_subject_alt_name, san);
	X509_sign(x, signer, EVP_sha256());

	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_X509(bio, x);
	c.cert_pem = bio_text(bio);
	bio = BIO_new(BIO_s_mem());
	PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
	c.key_pem = bio_text(bio);
	if (ca) {
		EVP_PKEY_free(signer);
		X509_free(issuer);
	}
	EVP_PKEY_free(key);
	X509_free(x);
	return c;
}

struct cert cert_make_ca(const char *name)
{
	return make(NULL, name, NULL);
}

struct cert cert_make(const struct cert *ca, const char *name, const char *san)
{
	return make(ca, name, san);
}

void cert_release(struct cert *c)
{
	free(c->cert_pem);
	free(c->key_pem);
	*c = (struct cert){0};
}
