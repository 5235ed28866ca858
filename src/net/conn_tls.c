/* conn_tls.c - the socket under TLS or bare, STARTTLS and the handshake.
 * SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL reaches the socket through a BIO of ours, so that both ways share the flags
 * that save calls (can_read, can_write) and the limit that tests set on each call. */
#include <errno.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include "base/err.h"
#include "base/log.h"
#include "net/conn_impl.h"
#include "net/tls.h"

enum { HANDSHAKE_MS = 30000 };

bool conn_is_tls(const struct conn *c)
{
	return c->ssl && !c->in_handshake;
}

const char *conn_tls_version(const struct conn *c)
{
	return conn_is_tls(c) ? SSL_get_version(c->ssl) : NULL;
}

const char *conn_tls_cipher(const struct conn *c)
{
	return conn_is_tls(c) ? SSL_get_cipher_name(c->ssl) : NULL;
}

bool conn_can_tls(const struct conn *c)
{
	return conn_opts(c)->tls && !c->ssl;
}

/* -- the socket --------------------------------------------------------------------- */

void conn_wants_out(struct conn *c)
{
	c->can_write = false;
	if (c->watches_out)
		return;
	c->watches_out = true;
	watch_change(c->loop, &c->watch, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

/* A call that brings less than it might has emptied the socket: the next octet makes a new
 * edge. The end of input does too, unless it was announced with what we have just read. */
ssize_t conn_raw_recv(struct conn *c, void *p, size_t n)
{
	ssize_t got;

	if (!c->can_read) {
		errno = EAGAIN;
		return -1;
	}
	if (n > conn_chunk(c))
		n = conn_chunk(c);
	do
		got = recv(c->watch.fd, p, n, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (!got)
		c->eof = true;
	else if (got < 0 && errno != EAGAIN)
		conn_die(c, END_CLIENT);
	if (got <= 0 || ((size_t)got < n && !c->has_hup))
		c->can_read = false;
	return got;
}

ssize_t conn_raw_send(struct conn *c, const void *p, size_t n)
{
	ssize_t put;

	if (n > conn_chunk(c))
		n = conn_chunk(c);
	do
		put = send(c->watch.fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (put < 0 && errno == EINTR);
	if (put < 0 && errno == EAGAIN)
		conn_wants_out(c);
	else if (put < 0)
		conn_die(c, END_CLIENT);
	return put;
}

static int bio_read(BIO *b, char *p, int n)
{
	ssize_t got = conn_raw_recv(BIO_get_data(b), p, (size_t)n);

	BIO_clear_retry_flags(b);
	if (got < 0 && errno == EAGAIN)
		BIO_set_retry_read(b);
	return (int)got;
}

static int bio_write(BIO *b, const char *p, int n)
{
	ssize_t put = conn_raw_send(BIO_get_data(b), p, (size_t)n);

	BIO_clear_retry_flags(b);
	if (put < 0 && errno == EAGAIN)
		BIO_set_retry_write(b);
	return (int)put;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	struct conn *c = BIO_get_data(b);

	if (cmd == BIO_CTRL_EOF)
		return c->eof;
	return cmd == BIO_CTRL_FLUSH; /* nothing is held back */
}

static BIO_METHOD *method;

__attribute__((constructor)) static void make_method(void)
{
	method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "conn");
	if (!method)
		abort();
	BIO_meth_set_read(method, bio_read);
	BIO_meth_set_write(method, bio_write);
	BIO_meth_set_ctrl(method, bio_ctrl);
}

static BIO *bio_new(struct conn *c)
{
	BIO *b = BIO_new(method);

	if (b) {
		BIO_set_data(b, c);
		BIO_set_init(b, 1);
	}
	return b;
}

/* -- records --------------------------------------------------------------------------- */

/* What an SSL_ call that moved nothing means: -1 to wait (or dead), 0 at the end. */
static ssize_t nothing_moved(struct conn *c, int r)
{
	int why = SSL_get_error(c->ssl, r);

	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return -1;
	if (why == SSL_ERROR_ZERO_RETURN)
		c->eof = true;
	if (!c->eof)
		conn_die(c, END_TLS);
	return c->eof ? 0 : -1;
}

ssize_t conn_tls_recv(struct conn *c, void *p, size_t n)
{
	int r;

	ERR_clear_error();
	r = SSL_read(c->ssl, p, (int)n);
	return r > 0 ? r : nothing_moved(c, r);
}

ssize_t conn_tls_send(struct conn *c, const void *p, size_t n)
{
	int r;

	ERR_clear_error();
	r = SSL_write(c->ssl, p, (int)n);
	if (r > 0)
		return r;
	if (SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_READ &&
	    SSL_get_error(c->ssl, r) != SSL_ERROR_WANT_WRITE)
		conn_die(c, END_CLIENT);
	return -1;
}

void conn_tls_bye(struct conn *c)
{
	if (!conn_is_tls(c) || c->is_dead)
		return;
	ERR_clear_error();
	SSL_shutdown(c->ssl); /* close_notify; we do not wait for theirs */
}

/* -- the handshake ------------------------------------------------------------------------ */

int conn_tls_begin(struct conn *c)
{
	BIO *b = bio_new(c);

	c->ssl = b ? tls_session(conn_opts(c)->tls) : NULL;
	if (!c->ssl) {
		BIO_free(b);
		return E_NOMEM;
	}
	SSL_set_bio(c->ssl, b, b);
	SSL_set_app_data(c->ssl, c);
	SSL_set_accept_state(c->ssl);
	c->in_handshake = true;
	timer_set(c->loop, &c->timer, c->idle_ms < HANDSHAKE_MS ? c->idle_ms : HANDSHAKE_MS);
	return 0;
}

const char *conn_alpn(const SSL *ssl)
{
	const struct conn *c = SSL_get_app_data(ssl);

	return conn_opts(c)->proto->alpn;
}

static void log_failed(struct conn *c)
{
	const char *why = ERR_reason_error_string(ERR_peek_error());

	log_event(LOG_EV_INFO, "tls-failed", "proto", LOG_Z(conn_opts(c)->proto->name), "peer",
		  LOG_STR(conn_peer(c)), "why", LOG_Z(why ? why : "the client went away"), NULL);
}

bool conn_tls_handshake(struct conn *c)
{
	const struct proto *proto = conn_opts(c)->proto;
	int r, why;

	ERR_clear_error();
	r = SSL_do_handshake(c->ssl);
	if (r == 1) {
		c->in_handshake = false;
		c->active_ms = loop_now_ms(c->loop);
		conn_set_idle(c, c->idle_ms);
		if (c->started && proto->secured)
			proto->secured(c);
		return true;
	}
	why = SSL_get_error(c->ssl, r);
	if (!c->is_dead && (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE))
		return false;
	log_failed(c);
	ERR_clear_error();
	conn_die(c, END_TLS);
	return true;
}

/* -- STARTTLS (SECURITY A1) ------------------------------------------------------------------ */

void conn_start_tls(struct conn *c)
{
	c->wants_tls = conn_can_tls(c);
	c->is_injected = false;
}

/* A client that waits for our answer, as it must (RFC 3207 4, RFC 2595 4), has sent nothing yet:
 * neither to our buffer nor to the kernel's. */
static bool has_more(struct conn *c)
{
	char one;

	return c->in_n > c->in_at || recv(c->watch.fd, &one, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

static void close_injected(struct conn *c)
{
	log_event(LOG_EV_WARN, "starttls-injection", "proto", LOG_Z(conn_opts(c)->proto->name),
		  "peer", LOG_STR(conn_peer(c)), NULL);
	conn_in_drop(c);
	c->is_closing = true;
	c->end = END_TLS;
}

bool conn_tls_upgrade(struct conn *c)
{
	c->is_injected |= has_more(c); /* looked at before the answer leaves */
	conn_out_flush(c);
	if (c->out)
		return c->is_dead;
	c->wants_tls = false;
	if (c->is_injected)
		close_injected(c);
	else if (conn_tls_begin(c) < 0)
		conn_die(c, END_ERROR);
	return true;
}
