/* tls.c - the TLS context: what is allowed, certificates, ALPN, reload.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/tls.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#include "base/err.h"
#include "net/conn_impl.h"

struct tls_ctx {
	pthread_mutex_t lock;
	SSL_CTX *ctx; /* sessions hold their own reference */
};

static const char *openssl_words(void)
{
	static _Thread_local char words[256];

	ERR_error_string_n(ERR_peek_last_error(), words, sizeof(words));
	ERR_clear_error();
	return words;
}

/* RFC 7301 3.2: the list is length-prefixed names. Ours, or alert 120 (SECURITY A4). */
static int pick_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
		     const unsigned char *in, unsigned in_n, void *arg)
{
	struct str ours = str_of(conn_alpn(ssl));

	for (unsigned i = 0; i < in_n && in[i] < in_n - i; i += in[i] + 1u) {
		if (ours.n && str_eq(str_n(in + i + 1, in[i]), ours)) {
			*out = in + i + 1;
			*out_n = in[i];
			return SSL_TLSEXT_ERR_OK;
		}
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void set_policy(SSL_CTX *ctx)
{
	static const unsigned char id[] = "mailkeep";

	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
					 SSL_OP_CIPHER_SERVER_PREFERENCE |
					 SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_read_ahead(ctx, 1); /* one call a record, not two */
	SSL_CTX_set_max_early_data(ctx, 0);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF); /* tickets cost us nothing */
	SSL_CTX_set_session_id_context(ctx, id, sizeof(id) - 1);
	SSL_CTX_set_num_tickets(ctx, 1);
	SSL_CTX_set_alpn_select_cb(ctx, pick_alpn, NULL);
}

static int missing(const char *path)
{
	return access(path, R_OK) < 0 ? err_from_errno(errno) : 0;
}

static int load(SSL_CTX *ctx, const struct tls_opts *o, const char **why)
{
	int r = missing(o->cert_path);

	if (!r)
		r = missing(o->key_path);
	if (r < 0) {
		*why = err_row(r)->text;
		return r;
	}
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(ctx, o->cert_path) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, o->key_path, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1) {
		*why = openssl_words();
		return E_FORMAT;
	}
	return 0;
}

static int make(SSL_CTX **ret, const struct tls_opts *o, const char **why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	int r;

	if (!ctx) {
		*why = openssl_words();
		return E_NOMEM;
	}
	set_policy(ctx);
	r = load(ctx, o, why);
	if (r < 0)
		SSL_CTX_free(ctx);
	else
		*ret = ctx;
	return r;
}

int tls_new(struct tls_ctx **ret, const struct tls_opts *o, const char **why)
{
	struct tls_ctx *t = calloc(1, sizeof(*t));
	const char *words;
	int r;

	if (!t)
		return E_NOMEM;
	r = make(&t->ctx, o, why ? why : &words);
	if (r < 0) {
		free(t);
		return r;
	}
	pthread_mutex_init(&t->lock, NULL);
	*ret = t;
	return 0;
}

int tls_reload(struct tls_ctx *t, const struct tls_opts *o, const char **why)
{
	SSL_CTX *ctx = NULL, *old;
	const char *words;
	int r = make(&ctx, o, why ? why : &words);

	if (r < 0)
		return r;
	pthread_mutex_lock(&t->lock);
	old = t->ctx;
	t->ctx = ctx;
	pthread_mutex_unlock(&t->lock);
	SSL_CTX_free(old);
	return 0;
}

SSL *tls_session(struct tls_ctx *t)
{
	SSL *ssl;

	pthread_mutex_lock(&t->lock);
	ssl = SSL_new(t->ctx);
	pthread_mutex_unlock(&t->lock);
	return ssl;
}

struct tls_ctx *tls_free(struct tls_ctx *t)
{
	if (!t)
		return NULL;
	SSL_CTX_free(t->ctx);
	pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}
