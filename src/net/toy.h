/* toy.h - Private to net/'s tests: a toy protocol, its server in a thread, a blocking client.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_TOY_H
#define NET_TOY_H

#include <openssl/ssl.h>
#include <pthread.h>
#include "net/listen.h"
#include "net/tls.h"

enum { TOY_LINE_MOST = 512, TOY_OVERLONG_MOST = 3, TOY_FILE_BYTES = 3 * 1024 * 1024 + 17 };

struct toy_opts {
	unsigned io_chunk, n_loops, conns_most, conns_per_ip, stacks_most, idle_ms, login_ms;
	bool no_tls;
};

struct toy {
	struct loop *loops[2];
	pthread_t threads[2];
	struct server *server;
	struct tls_ctx *tls;
	struct listener *plain, *secure, *path;
	unsigned n_loops;
	_Atomic(struct conn *) sleeper; /* who said SLEEP: to be woken */
	pthread_mutex_t *sleeper_lock;  /* held while it is; may be NULL */
	char dir[32];
	int dirfd, file_fd;
	struct proto proto;
	bool drained;
	/* told by the protocol */
	atomic_uint wakes;
	atomic_uint starts, ends, unrefs, secured, waits;
	atomic_uint ended[16]; /* by enum conn_end */
};

void toy_start(struct toy *t, const struct toy_opts *o);
void toy_drain(struct toy *t, unsigned ms); /* returns once all is over; loops still run */
void toy_stop(struct toy *t);               /* drains too, if nobody has */
unsigned char toy_file_byte(uint64_t at);
void toy_until(atomic_uint *what, unsigned n); /* waits until it is n, or fails after 20 s */

/* -- a client: blocking, everything asserted ---------------------------------------- */

struct peer {
	int fd;
	SSL *ssl;
	SSL_CTX *ctx;
};
enum toy_via { VIA_TCP, VIA_TLS, VIA_UNIX };

struct peer peer_open(struct toy *t, enum toy_via via);
struct peer peer_connect(struct toy *t, enum toy_via via); /* without the greeting */
bool peer_handshake(struct peer *p, const char *alpn);     /* alpn: "" for none */
void peer_send(struct peer *p, const void *bytes, size_t n);
void peer_try(struct peer *p, const void *bytes, size_t n); /* it may have gone */
void peer_say(struct peer *p, const char *text);
void peer_expect(struct peer *p, const char *text);
size_t peer_read(struct peer *p, void *bytes, size_t n); /* fewer: the end */
void peer_expect_end(struct peer *p);
void peer_close(struct peer *p);
void peer_reset(struct peer *p); /* RST */

#endif
