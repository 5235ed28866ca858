/* transfer.c - base64 and quoted-printable, piece by piece (RFC 2045 6.7, 6.8).
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "wire/transfer.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void transfer_begin(struct transfer_in *d, enum mime_encoding encoding)
{
	d->encoding = (uint8_t)encoding;
	d->n_held = d->digits = d->pads = 0;
	d->acc = 0;
	d->is_over = d->is_flawed = false;
}

/* -- base64 ------------------------------------------------------------------ */

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* An octet is known with the second, third and fourth digit of a group. */
static size_t base64_in(struct transfer_in *d, struct str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n && !d->is_over; i++) {
		int v = digit(in.p[i]);

		if (in.p[i] == '=') {
			d->pads++;
			/* RFC 2045 6.8: the end of the data, once the group is full */
			d->is_over = d->digits >= 2 && d->digits + d->pads >= 4;
			d->is_flawed |= d->digits < 2;
			continue;
		}
		if (v < 0) {
			d->is_flawed |= in.p[i] != '\r' && in.p[i] != '\n' && in.p[i] != ' ' &&
					in.p[i] != '\t';
			continue;
		}
		d->is_flawed |= d->pads > 0;
		d->pads = 0;
		d->acc = d->acc << 6 | (uint32_t)v;
		if (d->digits > 0)
			out[n++] = (char)(d->acc >> (4 - 2 * (d->digits - 1)));
		d->digits = (d->digits + 1) & 3;
	}
	return n;
}

/* -- quoted-printable ----------------------------------------------------------- */

static int hex(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static size_t qp_flush(struct transfer_in *d, char *out)
{
	size_t n = d->n_held;

	memcpy(out, d->held, n);
	d->n_held = 0;
	return n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* With "=" held first: an escape or a soft line break, maybe with blanks before its end
 * (RFC 2045 6.7 (3)). False: c does not belong to it, what was held is text. */
static bool qp_escape(struct transfer_in *d, char c, char *out, size_t *n)
{
	char last = d->held[d->n_held - 1];

	if (c == '\n' && (last == '=' || last == '\r' || is_blank(last))) {
		d->n_held = 0;
		return true;
	}
	if (d->n_held == 2 && hex(last) >= 0 && hex(c) >= 0) {
		out[(*n)++] = (char)(hex(last) << 4 | hex(c));
		d->n_held = 0;
		return true;
	}
	if ((d->n_held == 1 && hex(c) >= 0) ||
	    ((c == '\r' || is_blank(c)) && (last == '=' || is_blank(last)))) {
		d->held[d->n_held++] = c;
		return true;
	}
	return false;
}

/* Blanks at a line's end were added on the way: they go (RFC 2045 6.7 (3)). More than fit are
 * nobody's accident and stay. */
static void qp_one(struct transfer_in *d, char c, char *out, size_t *n)
{
	if (d->n_held && d->held[0] == '=') {
		if (d->n_held < TRANSFER_HELD - 2 && qp_escape(d, c, out, n))
			return;
		d->is_flawed = true;
		*n += qp_flush(d, out + *n);
	}
	if (c == '\r' || is_blank(c)) {
		if (d->n_held && (d->held[d->n_held - 1] == '\r' || d->n_held == TRANSFER_HELD - 2))
			*n += qp_flush(d, out + *n);
		d->held[d->n_held++] = c;
		return;
	}
	if (c == '\n' && d->n_held) {
		if (d->held[d->n_held - 1] == '\r')
			out[(*n)++] = '\r';
		d->n_held = 0;
	} else {
		*n += qp_flush(d, out + *n);
	}
	if (c == '=')
		d->held[d->n_held++] = c;
	else
		out[(*n)++] = c;
}

static size_t qp_in(struct transfer_in *d, struct str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		qp_one(d, in.p[i], out, &n);
	return n;
}

/* -- both --------------------------------------------------------------------------- */

size_t transfer_decode(struct transfer_in *d, struct str in, char *out)
{
	if (d->encoding == MIME_BASE64)
		return base64_in(d, in, out);
	if (d->encoding == MIME_QP)
		return qp_in(d, in, out);
	if (in.n)
		memcpy(out, in.p, in.n);
	return in.n;
}

/* What is held at the end: blanks of a last line go, an escape without an end is text, and a "="
 * alone was a soft line break whose line end belongs to the boundary. */
size_t transfer_end(struct transfer_in *d, char *out)
{
	size_t n = 0;
	bool is_escape = d->n_held > 0 && d->held[0] == '=';

	d->is_flawed |= d->encoding == MIME_BASE64 && d->digits > 0 && !d->is_over;
	if (is_escape && d->n_held == 2 && hex(d->held[1]) >= 0)
		n = qp_flush(d, out);
	else if (!is_escape && d->n_held && d->held[d->n_held - 1] == '\r')
		n = qp_flush(d, out);
	d->n_held = 0;
	return n;
}

/* -- encoding --------------------------------------------------------------------------- */

enum { LINE_DIGITS = 76 };

static size_t put_group(struct transfer_out *e, unsigned n, char *out)
{
	const unsigned char *h = e->held;
	uint32_t v = (uint32_t)h[0] << 16 | (n > 1 ? (uint32_t)h[1] << 8 : 0) | (n > 2 ? h[2] : 0u);
	size_t k = 4;

	out[0] = alphabet[v >> 18];
	out[1] = alphabet[v >> 12 & 63];
	out[2] = n > 1 ? alphabet[v >> 6 & 63] : '=';
	out[3] = n > 2 ? alphabet[v & 63] : '=';
	e->n_held = 0;
	e->column += 4;
	if (e->column == LINE_DIGITS) {
		out[k++] = '\r';
		out[k++] = '\n';
		e->column = 0;
	}
	return k;
}

size_t transfer_encode(struct transfer_out *e, struct str in, char *out)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		e->held[e->n_held++] = (unsigned char)in.p[i];
		if (e->n_held == 3)
			n += put_group(e, 3, out + n);
	}
	return n;
}

size_t transfer_encode_end(struct transfer_out *e, char *out)
{
	size_t n = e->n_held ? put_group(e, e->n_held, out) : 0;

	if (e->column) {
		out[n++] = '\r';
		out[n++] = '\n';
	}
	e->column = 0;
	return n;
}

uint64_t transfer_encoded_size(uint64_t n)
{
	uint64_t digits = (n + 2) / 3 * 4;

	return digits + (digits + LINE_DIGITS - 1) / LINE_DIGITS * 2;
}
