/* listen.h - listeners: "PROTOCOL=ADDRESS:PORT" or "PROTOCOL=unix:/path".
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include <netinet/in.h>
#include <sys/socket.h>
#include "base/buf.h"
#include "net/conn.h"
#include "net/loop.h"

/* A parsed address; [::1]:110, 127.0.0.1:0 and unix:/path are all fine. */
struct listen_addr {
	struct sockaddr_storage sa;
	socklen_t sa_len;
	bool is_unix, is_loopback;
};
int listen_parse(struct listen_addr *ret, struct str text); /* E_SYNTAX, E_RANGE */

/* An address block: "192.0.2.0/24", "2001:db8::/32", "127.0.0.1". */
struct cidr {
	int family;
	uint8_t addr[16];
	unsigned bits;
};
int cidr_parse(struct cidr *ret, struct str text);
bool cidr_has(const struct cidr *c, const struct sockaddr_storage *sa); /* v4-mapped v6 is v4 */

struct listener;
struct server; /* all listeners and connections of the process, over all loops */

struct server_opts {
	struct loop **loops; /* borrowed; each is run by its own thread, loops[0] by the caller */
	unsigned n_loops;
	unsigned conns_most;          /* past it: proto->farewell(END_SHUTDOWN), then close (G2) */
	unsigned conns_per_ip;        /* /64 for IPv6; loopback and UNIX are exempt */
	unsigned io_chunk;            /* tests: read and write at most so many octets a call; 0: all */
	const struct cidr *trusted;   /* exempt from conns_per_ip */
	unsigned n_trusted;
};
int server_new(struct server **ret, const struct server_opts *o);

struct listen_opts {
	const struct proto *proto;
	const void *service;       /* conn_service() of its connections; borrowed */
	struct tls_ctx *tls;       /* for implicit TLS or STARTTLS; NULL: none */
	bool implicit_tls;
	const struct cidr *allow;  /* NULL: everybody */
	unsigned n_allow;
	unsigned conns_per_ip;     /* 0: the server's; UINT_MAX: no limit, and not counted */
	mode_t unix_mode;          /* of a UNIX socket's file */
};
/* Binds and listens (before privileges are dropped); nothing is accepted before
 * server_start. *fd-error: E_INUSE if the port is taken, E_DENIED, E_IO. */
int server_listen(struct server *s, const struct listen_addr *at, const struct listen_opts *o,
		  struct listener **ret);
/* "127.0.0.1:41234" or "unix:/path": the real port. */
void listener_name(const struct listener *l, struct buf *out);
int server_start(struct server *s);
/* Stops accepting, says farewell, lets running commands finish for `ms`, closes the rest. Then
 * calls done(arg) on loops[0]. */
void server_drain(struct server *s, unsigned ms, void (*done)(void *arg), void *arg);
struct server *server_free(struct server *s); /* after done */

struct server_stats {
	uint64_t accepted, refused, open, bytes_in, bytes_out;
};
void server_stats(struct server *s, struct server_stats *ret);

#endif
