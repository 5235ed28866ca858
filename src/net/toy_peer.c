/* toy_peer.c - the tests' client: blocking, and every surprise is a failure.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/err.h"
#include "net/server_impl.h"
#include "net/toy.h"

struct peer peer_connect(struct toy *t, enum toy_via via)
{
	struct listener *li = via == VIA_TCP ? t->plain : via == VIA_TLS ? t->secure : t->path;
	struct timeval patience = {60, 0};
	struct peer p = {.fd = socket(li->at.sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0)};

	assert_true(p.fd >= 0);
	setsockopt(p.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(p.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(p.fd, (struct sockaddr *)&li->at.sa, li->at.sa_len), 0);
	return p;
}

bool peer_handshake(struct peer *p, const char *alpn)
{
	unsigned char wire[64];
	size_t n = strlen(alpn);

	p->ctx = SSL_CTX_new(TLS_client_method());
	p->ssl = SSL_new(p->ctx);
	wire[0] = (unsigned char)n;
	memcpy(wire + 1, alpn, n);
	if (n)
		SSL_set_alpn_protos(p->ssl, wire, (unsigned)n + 1);
	SSL_set_fd(p->ssl, p->fd);
	return SSL_connect(p->ssl) == 1;
}

struct peer peer_open(struct toy *t, enum toy_via via)
{
	struct peer p = peer_connect(t, via);

	if (via == VIA_TLS)
		assert_true(peer_handshake(&p, "toy"));
	peer_expect(&p, "hello\r\n");
	return p;
}

void peer_send(struct peer *p, const void *bytes, size_t n)
{
	const char *at = bytes;

	while (n) {
		ssize_t put = p->ssl ? SSL_write(p->ssl, at, (int)(n < 65536 ? n : 65536)) :
				       send(p->fd, at, n, MSG_NOSIGNAL);

		assert_true(put > 0);
		at += put;
		n -= (size_t)put;
	}
}

void peer_try(struct peer *p, const void *bytes, size_t n)
{
	while (n) {
		ssize_t put = send(p->fd, bytes, n, MSG_NOSIGNAL);

		if (put <= 0)
			return;
		bytes = (const char *)bytes + put;
		n -= (size_t)put;
	}
}

void peer_say(struct peer *p, const char *text)
{
	peer_send(p, text, strlen(text));
}

size_t peer_read(struct peer *p, void *bytes, size_t n)
{
	char *at = bytes;
	size_t have = 0;

	while (have < n) {
		ssize_t got = p->ssl ? SSL_read(p->ssl, at + have, (int)(n - have)) :
				       recv(p->fd, at + have, n - have, 0);

		if (got < 0 && errno == EAGAIN)
			fail_msg("nothing came for a minute");
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	return have;
}

void peer_expect(struct peer *p, const char *text)
{
	size_t n = strlen(text);
	char *got = malloc(n + 1);

	got[peer_read(p, got, n)] = '\0';
	assert_string_equal(got, text);
	free(got);
}

void peer_expect_end(struct peer *p)
{
	char c;

	if (p->ssl)
		assert_int_equal(peer_read(p, &c, 1), 0);
	else /* and no reset, which could overtake the last reply */
		assert_int_equal(recv(p->fd, &c, 1, 0), 0);
}

void peer_close(struct peer *p)
{
	SSL_free(p->ssl);
	SSL_CTX_free(p->ctx);
	close(p->fd);
	*p = (struct peer){.fd = -1};
}

void peer_reset(struct peer *p)
{
	struct linger now = {1, 0};

	setsockopt(p->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	peer_close(p);
}
