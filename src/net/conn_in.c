/* conn_in.c - reading, cutting lines, feeding uploads.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A connection borrows a big buffer from its loop when it reads. When it has to wait
 * for its client the buffer goes back: empty, or with what is there of a line moved to
 * a small one. in[in_at..in_n) is what has not been used. */
#include <assert.h>
#include "net/conn_impl.h"

enum { OVERLONG_KEPT = 256 }; /* octets of an overlong line that the handler sees */
static_assert((int)OVERLONG_KEPT < (int)BUF_SMALL_BYTES, "a line being skipped needs a small buffer");

void conn_set_line_most(struct conn *c, size_t octets)
{
	assert(octets >= 16 && octets <= BUF_BIG_BYTES - 384);
	c->line_most = (uint32_t)octets;
}

bool conn_has_input(const struct conn *c)
{
	return c->in_n > c->in_at || conn_zip_has_input(c) || (c->ssl && SSL_pending(c->ssl) > 0);
}

/* -- the buffer ------------------------------------------------------------------- */

static void give_back(struct conn *c)
{
	if (c->in_is_big)
		buf_big_back(c->loop, c->in);
	else
		buf_small_back(c->loop, c->in);
	c->in = NULL;
}

void conn_in_drop(struct conn *c)
{
	give_back(c);
	c->in_at = c->in_n = c->in_scan = 0;
}

static bool move_to(struct conn *c, char *to, bool is_big)
{
	uint32_t n = c->in_n - c->in_at;

	if (!to)
		return false;
	if (n)
		memcpy(to, c->in + c->in_at, n);
	give_back(c);
	c->in = to;
	c->in_is_big = is_big;
	c->in_at = 0;
	c->in_n = n;
	return true;
}

void conn_in_rest(struct conn *c)
{
	if (c->in_at == c->in_n) {
		conn_in_drop(c);
	} else if (c->in_is_big && c->in_n - c->in_at <= BUF_SMALL_BYTES) {
		move_to(c, buf_small(c->loop), false); /* or it stays where it is */
	}
}

/* Room to read into. */
static bool make_room(struct conn *c)
{
	if (!c->in_is_big || !c->in) {
		if (move_to(c, buf_big(c->loop), true))
			return true;
		conn_die(c, END_ERROR);
		return false;
	}
	if (c->in_at) {
		memmove(c->in, c->in + c->in_at, c->in_n - c->in_at);
		c->in_n -= c->in_at;
		c->in_at = 0;
	}
	return c->in_n < BUF_BIG_BYTES;
}

ssize_t conn_recv(struct conn *c, void *p, size_t n)
{
	ssize_t got;

	if (c->eof || c->is_dead || (!c->can_read && !(c->ssl && SSL_has_pending(c->ssl))))
		return -1;
	got = c->ssl ? conn_tls_recv(c, p, n) : conn_raw_recv(c, p, n);
	if (got <= 0)
		return got;
	c->bytes_in += (uint64_t)got;
	home_count(&c->home->bytes_in, (uint64_t)got);
	return got;
}

static bool can_read(const struct conn *c)
{
	if (c->is_dead || conn_zip_has_input(c))
		return !c->is_dead;
	return !c->eof && (c->can_read || (c->ssl && SSL_has_pending(c->ssl)));
}

bool conn_in_read(struct conn *c)
{
	size_t room, chunk = conn_chunk(c);
	ssize_t got;

	if (!can_read(c))
		return false;
	if (!make_room(c))
		return false;
	room = BUF_BIG_BYTES - c->in_n;
	if (room > chunk)
		room = chunk;
	got = c->is_zipped ? conn_zip_recv(c, c->in + c->in_n, room) :
			     conn_recv(c, c->in + c->in_n, room);
	if (got <= 0)
		return false;
	c->in_n += (uint32_t)got;
	return true;
}

/* -- lines ------------------------------------------------------------------------- */

static enum line_flaw flaw_of(struct str line, bool has_cr)
{
	if (memchr(line.p, '\0', line.n))
		return LINE_HAS_NUL;
	return has_cr ? LINE_OK : LINE_BARE_LF;
}

/* Uses `taken` octets of input for a line whose first `kept` are shown. */
static void take_line(struct conn *c, size_t kept, size_t taken, enum line_flaw flaw)
{
	c->line = str_n(c->in + c->in_at, kept);
	c->line_flaw = (uint8_t)flaw;
	c->in_at += (uint32_t)taken;
	c->in_scan = 0;
}

static void take_overlong(struct conn *c, size_t taken)
{
	c->is_skipping = false;
	if (c->overlong < UINT16_MAX)
		c->overlong++;
	take_line(c, OVERLONG_KEPT < taken ? OVERLONG_KEPT : taken, taken, LINE_TOO_LONG);
}

/* No LF yet. Past the limit only the beginning is kept, whatever comes. */
static void skip(struct conn *c)
{
	c->is_skipping = true;
	if (c->in_n - c->in_at > OVERLONG_KEPT)
		c->in_n = c->in_at + OVERLONG_KEPT;
	c->in_scan = c->in_n - c->in_at;
}

bool conn_in_line(struct conn *c)
{
	const char *begin = c->in + c->in_at, *lf;
	size_t n = c->in_n - c->in_at, whole, len;
	bool has_cr;

	if (n <= c->in_scan)
		return false;
	lf = memchr(begin + c->in_scan, '\n', n - c->in_scan);
	if (!lf) {
		c->in_scan = (uint32_t)n;
		if (n >= c->line_most && conn_opts(c)->proto->takes_parts) {
			n -= begin[n - 1] == '\r'; /* it may be half a line end */
			take_line(c, n, n, LINE_PART);
			return true;
		}
		if (c->is_skipping || n >= c->line_most)
			skip(c);
		return false;
	}
	whole = (size_t)(lf - begin) + 1;
	if (c->is_skipping || (whole > c->line_most && !conn_opts(c)->proto->takes_parts)) {
		take_overlong(c, whole);
		return true;
	}
	len = whole - 1;
	has_cr = len && begin[len - 1] == '\r';
	len -= has_cr;
	take_line(c, len, whole, flaw_of(str_n(begin, len), has_cr));
	return true;
}

/* -- uploads ------------------------------------------------------------------------- */

void conn_upload(struct conn *c, size_t (*sink)(struct conn *c, struct str bytes),
		 void (*then)(struct conn *c))
{
	c->sink = sink;
	c->then = then;
	c->drain = NULL;
	c->sink_done = false;
}

void conn_upload_done(struct conn *c)
{
	c->sink_done = true;
}

void conn_upload_pause(struct conn *c, void (*drain)(struct conn *c))
{
	c->drain = drain;
}

bool conn_in_feed(struct conn *c)
{
	size_t n = c->in_n - c->in_at, took;

	if (!n)
		return false;
	took = c->sink(c, str_n(c->in + c->in_at, n));
	assert(took <= n);
	c->in_at += (uint32_t)took;
	c->in_scan = 0;
	if (took < n)
		c->sink_done = true;
	conn_moved(c, took);
	return true;
}
