/* cert.c - a self-signed certificate, so that TLS works from the first minute.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>
#include "base/err.h"
#include "base/fs.h"
#include "base/hash.h"
#include "net/tls.h"

enum { TEN_YEARS_S = 3652 * 86400 };

static bool add_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = e && X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
	return ok;
}

static bool add_names(X509 *x, const char *host)
{
	char alt[400];
	X509_NAME *name = X509_get_subject_name(x);
	char common[65]; /* RFC 5280 A.1: ub-common-name is 64 */

	snprintf(common, sizeof(common), "%s", host);
	snprintf(alt, sizeof(alt), "DNS:%s,DNS:localhost,IP:127.0.0.1,IP:::1", host);
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (unsigned char *)common, -1, -1,
					  0) &&
	       X509_set_issuer_name(x, name) && add_extension(x, NID_subject_alt_name, alt);
}

static bool fill(X509 *x, EVP_PKEY *key, const char *host)
{
	return X509_set_version(x, 2) &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), random_u64() >> 1 | 1) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -3600) && /* clocks differ */
	       X509_gmtime_adj(X509_getm_notAfter(x), TEN_YEARS_S) && X509_set_pubkey(x, key) &&
	       add_names(x, host) &&
	       add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
	       add_extension(x, NID_key_usage, "critical,digitalSignature") &&
	       add_extension(x, NID_ext_key_usage, "serverAuth") &&
	       X509_sign(x, key, EVP_sha256());
}

static int save(int dirfd, const char *path, BIO *pem, mode_t mode)
{
	char *bytes;
	long n = BIO_get_mem_data(pem, &bytes);

	return n <= 0 ? E_NOMEM : fs_replace(dirfd, path, str_n(bytes, (size_t)n), mode);
}

static int make(int dirfd, const char *cert, const char *key_path, const char *host)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = X509_new();
	BIO *cert_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_secmem());
	int r = E_NOMEM;

	if (key && x && cert_pem && key_pem && fill(x, key, host) && PEM_write_bio_X509(cert_pem, x) &&
	    PEM_write_bio_PrivateKey(key_pem, key, NULL, NULL, 0, NULL, NULL)) {
		r = save(dirfd, key_path, key_pem, 0600);
		if (!r)
			r = save(dirfd, cert, cert_pem, 0644);
	}
	BIO_free(key_pem);
	BIO_free(cert_pem);
	X509_free(x);
	EVP_PKEY_free(key);
	return r;
}

static bool is_there(int dirfd, const char *path)
{
	return !faccessat(dirfd, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* A name that could not stand in a DNS: entry would end the list or add to it. */
static bool is_host(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!ascii_is_digit(s.p[i]) && s.p[i] != '-' && s.p[i] != '.' &&
		    !(ascii_lower(s.p[i]) >= 'a' && ascii_lower(s.p[i]) <= 'z'))
			return false;
	return s.n > 0;
}

int tls_self_signed(int dirfd, const char *cert, const char *key, struct str hostname)
{
	char host[256];
	int r;

	if (is_there(dirfd, cert) && is_there(dirfd, key))
		return 0;
	if (!is_host(hostname) || !str_to_c(hostname, host, sizeof(host)))
		memcpy(host, "localhost", sizeof("localhost"));
	r = make(dirfd, cert, key, host);
	return r < 0 ? r : 1;
}
