/* send.c - RETR and TOP: a message from its place in the log to the client.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Three ways out, the cheapest that is right:
 *
 *	small, no line begins with "."   read into the output buffer, so that answers to
 *	                                 pipelined RETRs leave together
 *	large, no line begins with "."   sendfile from its place (conn_send_file)
 *	anything else, and TOP           a step function: read, stuff, queue, come back
 *
 * Every message ends in CRLF before the final dot; one that does not is given one. */
#include <inttypes.h>
#include <unistd.h>
#include "pop/session.h"
#include "wire/dot.h"

enum { SMALL_BYTES = 32 * 1024, CHUNK_BYTES = 8 * 1024, TAIL_ROOM = 16 };

/* A message that is being stuffed. Of the session, since a client can go away in the middle. */
struct sending {
	struct msg_body body;
	struct dot_out dot;
	uint64_t at;       /* the next octet to read */
	uint32_t lines;    /* TOP: body lines still to send */
	char last;         /* the last octet that went out; 0: none did */
	bool is_top, in_header;
	size_t column;     /* octets of the line so far */
	char chunk[CHUNK_BYTES];
};

void sending_end(struct pop3 *p)
{
	if (!p->sending)
		return;
	msg_close(&p->sending->body);
	free(p->sending);
	p->sending = NULL;
}

/* -- the step function ------------------------------------------------------------ */

/* The octet in front of chunk[i]; the last one that went out if that was another chunk's. */
static char before(const struct sending *s, size_t i)
{
	return i > 0 ? s->chunk[i - 1] : s->last;
}

/* How much of the chunk TOP sends: up to the end of the header's empty line and `lines` lines
 * behind it (RFC 1939 7). Sets s->at to the message's size when that was all. */
static size_t top_cut(struct sending *s, size_t n)
{
	size_t i = 0;

	while (i < n && (s->in_header || s->lines > 0)) {
		char *end = memchr(s->chunk + i, '\n', n - i);
		size_t len = end ? (size_t)(end - (s->chunk + i)) + 1 : n - i;

		s->column += len;
		i += len;
		if (!end)
			return n;
		if (!s->in_header)
			s->lines--;
		else if (s->column == 1 || (s->column == 2 && before(s, i - 1) == '\r'))
			s->in_header = false;
		s->column = 0;
	}
	if (!s->in_header && s->lines == 0)
		s->at = s->body.size;
	return i;
}

static bool queue_stuffed(struct conn *c, struct sending *s, struct str bytes)
{
	char *room = conn_room(c, 2 * bytes.n + TAIL_ROOM);

	if (!room)
		return false;
	conn_filled(c, dot_encode(&s->dot, bytes, room));
	if (bytes.n > 0)
		s->last = bytes.p[bytes.n - 1];
	return true;
}

/* A message without a body has no empty line either: TOP gives one (C11). */
static void queue_end(struct conn *c, struct sending *s)
{
	char tail[TAIL_ROOM];

	if (s->is_top && s->in_header) {
		if (s->last && s->last != '\n')
			queue_stuffed(c, s, STR("\r\n"));
		queue_stuffed(c, s, STR("\r\n"));
	}
	conn_write(c, str_n(tail, dot_end(&s->dot, tail)));
}

MAY_WAIT static void send_more(struct conn *c)
{
	struct pop3 *p = conn_state(c);
	struct sending *s = p->sending;

	while (s->at < s->body.size) {
		int64_t n = msg_read(&s->body, s->at, s->chunk, sizeof(s->chunk));
		size_t take;

		if (n <= 0) {
			/* The promise of a whole message cannot be kept: no dot, and an end */
			p->reason = "read-failed";
			sending_end(p);
			conn_close(c);
			return;
		}
		s->at += (uint64_t)n;
		take = s->is_top ? top_cut(s, (size_t)n) : (size_t)n;
		if (!queue_stuffed(c, s, str_n(s->chunk, take)))
			break;
		if (s->at < s->body.size && conn_is_full(c)) {
			conn_step(c, send_more);
			return;
		}
	}
	queue_end(c, s);
	sending_end(p);
}

MAY_WAIT static int send_in_steps(struct pop3 *p, struct msg_body *b, bool is_top, uint32_t lines)
{
	struct sending *s = malloc(sizeof(*s));

	if (!s) {
		msg_close(b);
		return pop3_fail(p, E_NOMEM);
	}
	s->body = *b;
	s->dot = (struct dot_out){0};
	s->at = 0;
	s->column = 0;
	s->last = 0;
	s->lines = lines;
	s->is_top = s->in_header = is_top;
	p->sending = s;
	if (is_top)
		pop3_ok(p, "top of message follows");
	else
		pop3_ok(p, "%" PRIu64 " octets", b->size);
	send_more(p->conn);
	return 0;
}

/* -- the two quick ways ------------------------------------------------------------- */

static const char *end_for(char last)
{
	return last == '\n' ? ".\r\n" : "\r\n.\r\n";
}

/* msg_open has just looked at every octet, so they are in memory: pread does not wait. */
static int send_small(struct pop3 *p, struct msg_body *b)
{
	size_t n = (size_t)b->size, k = b->prefix.n;
	bool good;
	char *room, last = '\n';

	pop3_ok(p, "%" PRIu64 " octets", b->size);
	room = conn_room(p->conn, n + TAIL_ROOM);
	if (!room) {
		msg_close(b);
		return 0;
	}
	if (k > 0)
		memcpy(room, b->prefix.p, k);
	if (b->fd >= 0) {
		good = pread(b->fd, room + k, b->n, (off_t)b->at) == (ssize_t)b->n;
	} else {
		if (b->n > 0)
			memcpy(room + k, b->mem, b->n);
		good = true;
	}
	msg_close(b);
	if (!good) {
		conn_filled(p->conn, 0);
		p->reason = "read-failed";
		conn_close(p->conn);
		return 0;
	}
	if (n > 0)
		last = room[n - 1];
	conn_filled(p->conn, n);
	conn_write(p->conn, str_of(end_for(last)));
	return 0;
}

static void sent(void *arg)
{
	struct msg_body *b = arg;

	msg_close(b);
	free(b);
}

static int send_file(struct pop3 *p, struct msg_body *b)
{
	struct msg_body *held = malloc(sizeof(*held));
	char last = '\n';

	if (!held || pread(b->fd, &last, 1, (off_t)(b->at + b->n - 1)) != 1) {
		free(held);
		msg_close(b);
		return pop3_fail(p, held ? E_IO : E_NOMEM);
	}
	*held = *b;
	pop3_ok(p, "%" PRIu64 " octets", b->size);
	conn_write(p->conn, b->prefix);
	conn_send_file(p->conn, b->fd, b->at, b->n, sent, held);
	conn_write(p->conn, str_of(end_for(last)));
	return 0;
}

/* -- commands -------------------------------------------------------------------------- */

/* Opens message n, or tells why not. */
MAY_WAIT static int open_message(struct pop3 *p, uint32_t n, struct msg_body *ret)
{
	int e = read_wants(p, n);

	if (e < 0)
		return e;
	*ret = (struct msg_body){.fd = -1};
	e = msg_open(ret, p->drop->snap, drop_msg(p->drop, n)->uid);
	if (e >= 0)
		e = msg_plain(ret, p->drop->kinds);
	if (e < 0)
		msg_close(ret);
	return e < 0 ? pop3_fail(p, e) : 0;
}

/* RETR n - RFC 1939 5. */
int cmd_retr(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	struct msg_body b;
	int e = open_message(p, a->num[0], &b);

	if (e < 0)
		return e;
	e = drop_was_read(p->drop, a->num[0]);
	if (e < 0) {
		msg_close(&b);
		return pop3_fail(p, e);
	}
	if (b.bits & BIT_DOTS)
		return send_in_steps(p, &b, false, 0);
	if (b.size <= SMALL_BYTES)
		return send_small(p, &b);
	return b.fd >= 0 && b.n > 0 ? send_file(p, &b) : send_in_steps(p, &b, false, 0);
}

/* TOP n k - RFC 1939 7: the header, the empty line, k lines. Reads no further than that. */
int cmd_top(void *session, const struct command_args *a)
{
	struct pop3 *p = session;
	struct msg_body b;
	int e = open_message(p, a->num[0], &b);

	return e < 0 ? e : send_in_steps(p, &b, true, a->num[1]);
}
