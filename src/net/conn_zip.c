/* conn_zip.c - COMPRESS (RFC 4978): DEFLATE between the connection's buffers and the socket or TLS.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What comes in is inflated into the room that the input buffer has, never more at once: lines and
 * literals are counted behind it. What goes out is compressed piece by piece in the queue; a full
 * flush ends it when nothing is behind. */
#include "base/err.h"
#include "base/log.h"
#include "net/conn_impl.h"
#include "net/zip.h"

enum { READS_A_TURN = 16 }; /* that bring octets, but nothing that can be inflated yet */

bool conn_is_compressed(const struct conn *c)
{
	return c->zip != NULL;
}

int conn_compress(struct conn *c)
{
	int e = c->zip ? 0 : zip_new(&c->zip);

	if (e >= 0)
		c->wants_zip = !c->is_zipped;
	return e;
}

void conn_zip_drop(struct conn *c)
{
	buf_big_back(c->loop, c->zip_in);
	c->zip_in = NULL;
	c->zip_at = c->zip_n = 0;
	c->zip = zip_free(c->zip);
}

void conn_zip_rest(struct conn *c)
{
	if (c->zip && !c->out)
		zip_rest(c->zip);
}

/* After the answer, which goes as it is. A client that has said more already does not wait for it, as it
 * must (RFC 4978 3): nobody knows how to read that. */
bool conn_zip_begin(struct conn *c)
{
	c->is_injected |= conn_has_input(c);
	conn_out_flush(c);
	if (c->out)
		return c->is_dead;
	c->wants_zip = false;
	c->is_zipped = true;
	if (c->is_injected)
		conn_die(c, END_CLIENT);
	return true;
}

/* -- in --------------------------------------------------------------------------------- */

bool conn_zip_has_input(const struct conn *c)
{
	return c->zip_n > c->zip_at || (c->is_zipped && zip_has_more(c->zip));
}

/* More of what is compressed. The buffer is there only while something is in it. */
static bool fill(struct conn *c)
{
	ssize_t got;

	if (!c->zip_in)
		c->zip_in = buf_big(c->loop);
	if (!c->zip_in) {
		conn_die(c, END_ERROR);
		return false;
	}
	got = conn_recv(c, c->zip_in, BUF_BIG_BYTES);
	c->zip_at = 0;
	c->zip_n = got > 0 ? (uint32_t)got : 0;
	return got > 0;
}

static void give_back(struct conn *c)
{
	if (c->zip_at < c->zip_n)
		return;
	buf_big_back(c->loop, c->zip_in);
	c->zip_in = NULL;
	c->zip_at = c->zip_n = 0;
}

ssize_t conn_zip_recv(struct conn *c, void *p, size_t n)
{
	int got = 0;

	for (unsigned i = 0; !got && !c->is_dead; i++) {
		struct str in = str_n(c->zip_in ? c->zip_in + c->zip_at : "", c->zip_n - c->zip_at);

		if (conn_zip_has_input(c))
			got = zip_inflate(c->zip, &in, p, n);
		c->zip_at = c->zip_n - (uint32_t)in.n;
		if (got < 0)
			conn_die(c, got == E_NOMEM ? END_ERROR : END_CLIENT);
		if (got || in.n)
			continue;
		if (i == READS_A_TURN) {
			conn_kick(c);
			break;
		}
		if (!fill(c))
			break;
	}
	give_back(c);
	return got;
}

/* -- out -------------------------------------------------------------------------------- */

/* The head of the queue, octets in memory, becomes as many compressed pieces as it takes. */
bool conn_zip_head(struct conn *c)
{
	struct out *raw = c->out, **link = &c->out, *last = NULL;
	struct str in = str_n(raw->bytes + raw->at, raw->n - raw->at);
	bool flush = !raw->next, more = true;
	int n = 0;

	c->out_n -= in.n;
	while (more || in.n) {
		struct out *o = buf_big(c->loop);

		if (o)
			*o = (struct out){.fd = -1, .cap = BUF_BIG_BYTES - sizeof(*o), .is_zipped = true};
		n = o ? zip_deflate(c->zip, &in, flush, o->bytes, o->cap, &more) : E_NOMEM;
		if (n <= 0) {
			buf_big_back(c->loop, o);
			break;
		}
		o->n = (uint32_t)n;
		o->next = raw;
		*link = last = o;
		link = &o->next;
		c->out_pieces++;
		c->out_n += (uint64_t)n;
	}
	if (n < 0) {
		conn_die(c, END_ERROR);
		return false;
	}
	*link = raw->next;
	if (c->out_last == raw)
		c->out_last = last;
	conn_out_free(c, raw);
	return true;
}
