/* tls.h - server-side TLS: versions, certificates, ALPN.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/str.h"

struct tls_ctx; /* reference counted: a reload leaves running sessions alone */

struct tls_opts {
	const char *cert_path, *key_path; /* PEM, the chain in one file */
};
/* TLS 1.2 and up, no compression, no renegotiation, no early data, released buffers.
 * E_NOTFOUND, E_DENIED, E_FORMAT; *why gets OpenSSL's words (a static buffer per thread). */
int tls_new(struct tls_ctx **ret, const struct tls_opts *o, const char **why);
int tls_reload(struct tls_ctx *t, const struct tls_opts *o, const char **why); /* or keeps the old */
struct tls_ctx *tls_free(struct tls_ctx *t);

/* Makes a self-signed certificate (ECDSA P-256, ten years, SAN = hostname, localhost,
 * 127.0.0.1, ::1) in dirfd as `cert` and `key` (0600), where they are missing. 1 if made, 0 if
 * they were there, E_*. */
int tls_self_signed(int dirfd, const char *cert, const char *key, struct str hostname);

#endif
