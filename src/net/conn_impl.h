/* conn_impl.h - Private to net/: what a connection is made of, and who does what to it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * conn.c       life: new, events, timers, end    conn_in.c    reading, lines, uploads
 * conn_pump.c  what to do next, tasks            conn_out.c   the output queue
 * conn_tls.c   STARTTLS, handshake, records      conn_file.c  cold pieces of files
 * conn_zip.c   COMPRESS
 *
 * conn_pump is the one driver: it looks at what the connection is waiting for and does
 * the next thing until there is nothing to do without the client or a task. */
#ifndef NET_CONN_IMPL_H
#define NET_CONN_IMPL_H

#include <assert.h>
#include <openssl/ssl.h>
#include <sys/uio.h>
#include "net/conn.h"
#include "net/server_impl.h"
#include "net/loop_impl.h"

enum { PEER_MOST = 46 }; /* INET6_ADDRSTRLEN */
enum { OUT_HIGH = 256 * 1024, OUT_LOW = 64 * 1024, OUT_WRITE = 64 * 1024 };

/* A piece of output: octets in memory, or a stretch of a file. */
struct out {
	struct out *next;
	uint32_t at, n, cap; /* octets: those from `at` to n are still to be sent */
	bool is_file, is_zipped;
	int fd;
	uint64_t file_at, file_n, warm_to; /* up to warm_to it is in memory, we believe */
	void (*unref)(void *arg);
	void *arg;
	char bytes[];
};

struct conn {
	struct watch watch;
	struct soon soon;    /* pump me, bury me */
	struct nudge nudge;  /* conn_wake */
	struct timer timer;
	struct list link;    /* of its loop's connections */
	struct list stranger; /* of those that have not logged in */
	struct listener *listener;
	struct loop *loop;
	struct home *home;   /* what the server has on this loop */
	struct ip_row *ip;   /* its address's count, or NULL */
	void *state;
	SSL *ssl;
	struct arena arena;

	char *in;            /* a big or a small buffer, or NULL */
	uint32_t in_at, in_n, in_scan, line_most;

	struct zip *zip;     /* COMPRESS; or NULL */
	char *zip_in;        /* a big buffer of what is still to be inflated, or NULL */
	uint32_t zip_at, zip_n;

	struct out *out, *out_last;
	uint64_t out_n;      /* octets in the queue, files too */

	void (*task)(struct conn *c);  /* what the task now running, or to be started, calls */
	void (*call)(struct conn *c);  /* the command's next, as a step or later */
	size_t (*sink)(struct conn *c, struct str bytes);
	void (*then)(struct conn *c);
	void (*drain)(struct conn *c);
	struct str line;

	uint64_t id, bytes_in, bytes_out, active_ms, born_ms;
	uint32_t idle_ms, login_ms, progress; /* octets moved since active_ms */
	uint16_t overlong, peer_port, out_pieces; /* in memory */
	uint8_t end, line_flaw;

	bool is_busy : 1;    /* a task of ours runs or waits */
	bool in_pump : 1;
	bool wants_step : 1; /* `call` once the output has drained */
	bool wants_later : 1, later_is_due : 1;
	bool sink_done : 1;
	bool wants_tls : 1, in_handshake : 1;
	bool wants_zip : 1, is_zipped : 1;
	bool is_closing : 1; /* after what is queued */
	bool is_dead : 1;    /* only end() is left */
	bool ended : 1;      /* and that is over */
	bool lingers : 1;
	bool started : 1;
	bool can_read : 1, can_write : 1, eof : 1;
	bool has_hup : 1;    /* the end of input has been announced: read up to it */
	bool in_is_big : 1;
	bool is_skipping : 1; /* an overlong line, up to its LF */
	bool had_line : 1;
	bool watches_out : 1;
	bool is_injected : 1; /* bytes came before our answer to STARTTLS */
	bool is_local : 1;
	bool is_logged_in : 1;
	bool wants_disk : 1, is_reading : 1; /* the next piece of a file is not in memory */
	bool keeps_arena : 1;
	bool is_woken : 1;
	bool is_buried : 1;   /* free it when the nudge that is under way arrives */
	bool is_draining : 1; /* the server stops: end after this command */
	char peer[PEER_MOST];
};
static_assert(sizeof(struct conn) <= 512, "idle cost");

/* -- conn.c */
void conn_farewell(struct conn *c, enum conn_end why); /* and close */
void conn_finish(struct conn *c); /* end() is over: close it, perhaps after a moment */
void conn_kick(struct conn *c); /* pump it soon */
void conn_die(struct conn *c, enum conn_end why); /* idempotent; frees later */
void conn_moved(struct conn *c, size_t n); /* n octets went somewhere: progress */
void peer_name(const struct sockaddr_storage *sa, char out[PEER_MOST]);
/* Makes one of an accepted socket. refused: END_QUIT, or why it is told to go. */
void conn_accepted(struct listener *li, struct home *h, int fd, const struct sockaddr_storage *sa,
		   enum conn_end refused, struct ip_row *ip);
void conn_drain(struct conn *c); /* say farewell now, or after the running command */
unsigned conn_chunk(const struct conn *c); /* io_chunk, or a large number */

/* -- conn_pump.c */
void conn_pump(struct conn *c);

/* -- conn_in.c */
bool conn_in_read(struct conn *c);    /* reads once; false if nothing came */
ssize_t conn_recv(struct conn *c, void *p, size_t n); /* from the socket or TLS; counted */
bool conn_in_line(struct conn *c);    /* is there a line? It is in c->line then */
bool conn_in_feed(struct conn *c);    /* gives the sink what there is; false if it had nothing */
void conn_in_rest(struct conn *c);    /* gives buffers back while waiting for the client */
void conn_in_drop(struct conn *c);

/* -- conn_file.c */
bool conn_file_is_warm(struct conn *c, struct out *o, size_t n); /* else conn_file_warm is due */
void conn_file_warm(struct conn *c); /* a task: brings the head's next piece into memory */
ssize_t conn_file_read(int fd, const struct iovec *iov, int n, uint64_t at); /* without the disk */

/* -- conn_out.c */
void conn_out_free(struct conn *c, struct out *o);
void conn_out_flush(struct conn *c);  /* writes what can be written now */
void conn_out_drop(struct conn *c);

/* -- conn_zip.c */
bool conn_zip_begin(struct conn *c); /* after the answer; false: come back when something happens */
bool conn_zip_has_input(const struct conn *c);
ssize_t conn_zip_recv(struct conn *c, void *p, size_t n);
bool conn_zip_head(struct conn *c);  /* compresses the head of the output queue; false: dead */
void conn_zip_rest(struct conn *c);
void conn_zip_drop(struct conn *c);

/* -- conn_tls.c: like recv and send; -1 with errno = EAGAIN, or dead */
ssize_t conn_raw_recv(struct conn *c, void *p, size_t n);
ssize_t conn_raw_send(struct conn *c, const void *p, size_t n);
ssize_t conn_tls_recv(struct conn *c, void *p, size_t n);
ssize_t conn_tls_send(struct conn *c, const void *p, size_t n);
int conn_tls_begin(struct conn *c);
bool conn_tls_upgrade(struct conn *c);   /* STARTTLS; false: come back when something happens */
bool conn_tls_handshake(struct conn *c); /* true when it is over, well or dead */
void conn_tls_bye(struct conn *c);
void conn_wants_out(struct conn *c);     /* tell me when it can be written to */

static inline const struct listen_opts *conn_opts(const struct conn *c)
{
	return &c->listener->opts;
}

/* -- tls.c */
SSL *tls_session(struct tls_ctx *t);
const char *conn_alpn(const SSL *ssl); /* what its protocol is called; conn_tls.c */

#endif
