/* mutf7.c - modified UTF-7 (RFC 3501 5.1.3) to UTF-8 and back: one spelling for each text.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistr.h>
#include "base/err.h"
#include "wire/mutf7.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

static int digit_of(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' ? 62 : c == ',' ? 63 : -1;
}

static bool is_plain(uint32_t c) /* stands for itself, "&" excepted */
{
	return c >= 0x20 && c <= 0x7e;
}

static int add_utf8(struct buf *out, uint32_t c)
{
	uint8_t b[6];
	int n = u8_uctomb(b, c, sizeof(b));

	return n < 0 ? E_SYNTAX : buf_add(out, str_n(b, (size_t)n));
}

struct run { /* of base64: UTF-16 units on their way */
	uint32_t bits, high;
	unsigned n_bits;
	bool has_unit;
};

static int take_unit(struct run *r, uint32_t unit, struct buf *out)
{
	r->has_unit = true;
	if (r->high) {
		uint32_t c = 0x10000 + ((r->high - 0xd800) << 10) + (unit - 0xdc00);

		if (unit < 0xdc00 || unit > 0xdfff)
			return E_SYNTAX;
		r->high = 0;
		return add_utf8(out, c);
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		r->high = unit;
		return 0;
	}
	/* a lone low surrogate, or what needed no base64 (RFC 3501 5.1.3) */
	if ((unit >= 0xdc00 && unit <= 0xdfff) || is_plain(unit))
		return E_SYNTAX;
	return add_utf8(out, unit);
}

static int take_digit(struct run *r, int digit, struct buf *out)
{
	r->bits = r->bits << 6 | (uint32_t)digit;
	r->n_bits += 6;
	if (r->n_bits < 16)
		return 0;
	r->n_bits -= 16;
	return take_unit(r, r->bits >> r->n_bits & 0xffff, out);
}

/* The text between "&" and "-": some units, the last digit filled up with zero bits. */
static int decode_run(struct str in, struct buf *out)
{
	struct run r = {0};
	int e;

	for (size_t i = 0; i < in.n; i++) {
		int digit = digit_of(in.p[i]);

		if (digit < 0)
			return E_SYNTAX;
		if ((e = take_digit(&r, digit, out)) < 0)
			return e;
	}
	if (r.high || !r.has_unit || r.n_bits >= 6 || (r.bits & ((1u << r.n_bits) - 1)))
		return E_SYNTAX;
	return 0;
}

int mutf7_decode(struct str in, struct buf *utf8)
{
	bool behind_run = false;

	while (in.n) {
		struct str run;
		ptrdiff_t end;
		int r = 0;

		if (!is_plain((uint8_t)in.p[0]))
			return E_SYNTAX;
		if (in.p[0] != '&') {
			if ((r = buf_add_char(utf8, in.p[0])) < 0)
				return r;
			in = str_from(in, 1);
			behind_run = false;
			continue;
		}
		if ((end = str_find(in, '-')) < 0)
			return E_SYNTAX;
		run = str_head(str_from(in, 1), (size_t)end - 1);
		if (run.n && behind_run)
			return E_SYNTAX; /* two that could be one (RFC 3501 5.1.3) */
		r = run.n ? decode_run(run, utf8) : buf_add_char(utf8, '&');
		if (r < 0)
			return r;
		behind_run = run.n > 0;
		in = str_from(in, (size_t)end + 1);
	}
	return utf8->failed;
}

static void put_unit(struct run *r, uint32_t unit, struct buf *out)
{
	r->bits = r->bits << 16 | unit;
	for (r->n_bits += 16; r->n_bits >= 6;) {
		r->n_bits -= 6;
		buf_add_char(out, alphabet[r->bits >> r->n_bits & 63]);
	}
	r->bits &= (1u << r->n_bits) - 1;
}

static void put_run_char(struct run *r, uint32_t c, struct buf *out)
{
	if (c < 0x10000) {
		put_unit(r, c, out);
		return;
	}
	put_unit(r, 0xd800 + ((c - 0x10000) >> 10), out);
	put_unit(r, 0xdc00 + ((c - 0x10000) & 0x3ff), out);
}

static void end_run(struct run *r, struct buf *out)
{
	if (r->n_bits)
		buf_add_char(out, alphabet[r->bits << (6 - r->n_bits) & 63]);
	buf_add_char(out, '-');
	*r = (struct run){0};
}

int mutf7_encode(struct str utf8, struct buf *out)
{
	struct run run = {0};
	bool in_run = false;

	while (utf8.n) {
		ucs4_t c;
		int n = u8_mbtoucr(&c, (const uint8_t *)utf8.p, utf8.n);

		if (n <= 0)
			return E_UTF8;
		if (is_plain(c)) {
			if (in_run)
				end_run(&run, out);
			in_run = false;
			buf_add(out, c == '&' ? STR("&-") : str_head(utf8, 1));
		} else {
			if (!in_run)
				buf_add_char(out, '&');
			in_run = true;
			put_run_char(&run, c, out);
		}
		utf8 = str_from(utf8, (size_t)n);
	}
	if (in_run)
		end_run(&run, out);
	return out->failed;
}
