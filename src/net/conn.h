/* conn.h - one client's connection: lines in, answers out, TLS in between.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The only line reader, the only output queue and the only STARTTLS of the house.
 * A protocol is a struct proto; the connection calls it, on a task each time:
 *
 *	start   once, after the TLS handshake of an implicit-TLS listener
 *	line    for each complete line (CRLF or bare LF cut off)
 *	end     once, as the last call: frees what conn_state holds
 *
 * Between two calls the connection has no stack; and no buffers and no arena when
 * nothing is buffered: that is an idle session. While a call runs or waits, further
 * input of that connection waits (pipelining keeps its order).
 *
 * Output is queued, and written when the call returns and no further complete line
 * is buffered, or past 16 KiB. A handler without a small bound on its output
 * becomes a step function (conn_step) at conn_is_full(). Output errors stick:
 * handlers need not look; the connection ends by itself.
 *
 * All functions: on the connection's loop only. None but those marked waits. */
#ifndef NET_CONN_H
#define NET_CONN_H

#include <stdarg.h>
#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "net/task.h"

struct conn;
struct tls_ctx;

enum conn_end { /* why a connection ended; conn_end_name() for the log */
	END_QUIT,     /* the protocol closed it: conn_close */
	END_CLIENT,   /* the client went away */
	END_TIMEOUT,  /* idle too long, or too slow */
	END_TLS,      /* handshake failed, or bytes were buffered behind STARTTLS */
	END_FLOOD,    /* too many overlong lines; or one address holds too many connections */
	END_ALIEN,    /* it speaks HTTP (SECURITY A4) */
	END_SHUTDOWN, /* the server stops */
	END_ERROR,    /* no memory, or a bug's net */
};
const char *conn_end_name(enum conn_end why);

enum line_flaw {
	LINE_OK,
	LINE_TOO_LONG, /* `line` holds only its beginning; the rest was skipped in constant memory */
	LINE_HAS_NUL,
	LINE_BARE_LF, /* ended by LF alone; POP3 and IMAP take it as LINE_OK */
	LINE_PART,    /* proto.takes_parts: line_most is reached, the line goes on; may hold NUL */
};

struct proto {
	const char *name;          /* "pop3" */
	const char *alpn;          /* "pop3"; NULL if there is none */
	size_t line_most;          /* octets with the line end, <= 16,000; conn_set_line_most */
	unsigned idle_ms;          /* until END_TIMEOUT; conn_set_idle changes it */
	unsigned overlong_most;    /* overlong lines until END_FLOOD */
	MAY_WAIT void (*start)(struct conn *c);
	MAY_WAIT void (*line)(struct conn *c, struct str line, enum line_flaw flaw);
	MAY_WAIT void (*end)(struct conn *c, enum conn_end why); /* conn_write does nothing now */
	/* Just before END_TIMEOUT, END_FLOOD or END_SHUTDOWN: a last reply may be queued
	 * (RFC 5321 3.8: 421). May be NULL. Does not wait. conn_state is NULL where the
	 * connection is refused (too many): then neither start nor end is called. */
	void (*farewell)(struct conn *c, enum conn_end why);
	/* TLS has begun after conn_start_tls: forget what was said (RFC 3207 4.2). May be NULL. */
	void (*secured)(struct conn *c);
	/* From its begin to conn_logged_in, whatever it says meanwhile, until END_TIMEOUT
	 * (SECURITY G1: a client that sends a NOOP now and then). 0: no limit; conn_set_login. */
	unsigned login_ms;
	/* Who has not logged in yet is a stranger: when half of conns_most are, the oldest is
	 * closed (END_FLOOD) for each new one. */
	bool has_login;
	/* Lines past line_most come in LINE_PARTs, and how long they may get is the protocol's affair
	 * (IMAP counts a command with its literals). */
	bool takes_parts;
	/* Somebody called conn_wake: runs as soon as no command does (IMAP's IDLE and NOTIFY). May be NULL. */
	MAY_WAIT void (*woken)(struct conn *c);
};

/* -- what a handler may ask ------------------------------------------------ */

void *conn_state(const struct conn *c); /* the protocol's; conn_set_state in start() */
void conn_set_state(struct conn *c, void *state);
const void *conn_service(const struct conn *c); /* what listen_add got for this listener */
struct loop *conn_loop(const struct conn *c);
struct arena *conn_arena(struct conn *c);     /* the command's; reset when a call returns for good */
/* Between the calls too, until `keep` is taken back: a command that goes on with the next line. */
void conn_keep_arena(struct conn *c, bool keep);
struct str conn_peer(const struct conn *c);   /* "192.0.2.1", "2001:db8::1" or "unix" */
uint16_t conn_peer_port(const struct conn *c);
bool conn_peer_is_local(const struct conn *c); /* loopback or UNIX socket */
bool conn_is_tls(const struct conn *c);
const char *conn_tls_version(const struct conn *c); /* "TLSv1.3", NULL without */
const char *conn_tls_cipher(const struct conn *c);
uint64_t conn_bytes_in(const struct conn *c), conn_bytes_out(const struct conn *c);
uint64_t conn_id(const struct conn *c); /* unique in this process */
bool conn_has_input(const struct conn *c); /* is something pipelined behind this line? */

/* Has the client said something already, although it is our turn (RFC 5321 4.3.1)? For start(). */
bool conn_talks_early(const struct conn *c);
/* There was a password in this line: it is wiped from the buffer. Nothing of it may be used again. */
void conn_forget_line(struct conn *c);

/* -- answering ------------------------------------------------------------- */

void conn_write(struct conn *c, struct str s); /* copied */
void conn_printf(struct conn *c, const char *fmt, ...) PRINTF(2, 3);
void conn_vprintf(struct conn *c, const char *fmt, va_list ap) PRINTF(2, 0);

/* Room for n <= 64 KiB octets of output to be filled in place; conn_filled says how many
 * were. NULL without memory (the error sticks). */
char *conn_room(struct conn *c, size_t n);
void conn_filled(struct conn *c, size_t n);

/* Sends n octets of file fd from `at` on: sendfile where it can. `unref(arg)` is called
 * once they are out, or will never be. */
void conn_send_file(struct conn *c, int fd, uint64_t at, uint64_t n, void (*unref)(void *arg),
		    void *arg);

bool conn_is_full(const struct conn *c); /* past the high-water mark (256 KiB): return, and go on as a step */

/* Has fn(c) called, as a task, when the output has drained below the low-water mark; the
 * command is not over and its arena stays until fn returns without asking again. */
void conn_step(struct conn *c, MAY_WAIT void (*fn)(struct conn *c));

/* Has the bytes that follow given to `sink` instead of being cut into lines, straight from
 * the socket, on the loop: it must not wait. It returns how many it took; fewer than it was
 * given, or conn_upload_done, means that it is done. Then `then(c)` runs as a task, and lines are read again
 * behind what was taken. A connection that ends earlier gets end(), not then(). */
void conn_upload(struct conn *c, size_t (*sink)(struct conn *c, struct str bytes),
		 MAY_WAIT void (*then)(struct conn *c));
/* Called by the sink: what it returns now is its last, even if it took all it was given (a
 * message's end at the end of a segment). */
void conn_upload_done(struct conn *c);
/* The upload goes on only when `then` has come back from a wait: for a sink that has
 * more in memory than it may. Called by the sink; `drain` runs as a task. */
void conn_upload_pause(struct conn *c, MAY_WAIT void (*drain)(struct conn *c));

/* After the queued answer (the protocol's "go ahead"): what is buffered is thrown away; if
 * anything was, the connection closes without a handshake and logs `starttls-injection`
 * (SECURITY A1). Else the handshake, then proto->secured. */
void conn_start_tls(struct conn *c);
bool conn_can_tls(const struct conn *c); /* there is a certificate, and TLS is not on yet */

/* From any thread, from start() until end() returns: proto->woken(c) will run, once for however many
 * calls came before it ran. */
void conn_wake(struct conn *c);

/* After what is queued: DEFLATE both ways (RFC 4978), bounded windows, a full flush whenever output is
 * sent. What is inflated counts against line_most and limits like what is read. E_NOMEM. */
int conn_compress(struct conn *c);
bool conn_is_compressed(const struct conn *c);

bool conn_is_closing(const struct conn *c); /* conn_close was called, or it is dead */
void conn_close(struct conn *c); /* after what is queued has been written: END_QUIT */
void conn_set_line_most(struct conn *c, size_t octets);
void conn_set_idle(struct conn *c, unsigned ms);
/* From its begin to conn_logged_in, whatever it says meanwhile; 0: no limit. proto->login_ms at first. */
void conn_set_login(struct conn *c, unsigned ms);
void conn_logged_in(struct conn *c); /* no longer a stranger: conns_per_ip, login_ms, has_login */
/* A stranger again, as from its begin. */
void conn_logged_out(struct conn *c);

/* Gives one login attempt's worth of patience: waits `ms` without a stack, then calls
 * fn(c) as a task. */
void conn_later(struct conn *c, unsigned ms, MAY_WAIT void (*fn)(struct conn *c));

#endif
