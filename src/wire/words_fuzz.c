/* words_fuzz.c - encoded words and both transfer encodings: whole and in pieces must agree.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Octet 0 of the input is the size of pieces; the rest is a header's value. */
#include <assert.h>
#include "wire/charset.h"
#include "wire/mutf7.h"
#include "wire/transfer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static size_t decode(enum mime_encoding e, struct str in, size_t piece, char *out)
{
	struct transfer_in d;
	size_t n = 0;

	transfer_begin(&d, e);
	for (size_t at = 0; at < in.n; at += piece)
		n += transfer_decode(&d, str_head(str_from(in, at), piece), out + n);
	return n + transfer_end(&d, out + n);
}

static void same_in_pieces(enum mime_encoding e, struct str in, size_t piece)
{
	char *a = malloc(in.n + TRANSFER_HELD), *b = malloc(in.n + TRANSFER_HELD);
	size_t n = decode(e, in, in.n + 1, a);

	assert(n <= in.n && n == decode(e, in, piece, b) && !memcmp(a, b, n));
	free(a);
	free(b);
}

static void there_and_back(struct str in, size_t piece)
{
	char *wire = malloc(TRANSFER_ROOM(in.n) + 8), *back;
	struct transfer_out e = {0};
	size_t n = transfer_encode(&e, in, wire);

	n += transfer_encode_end(&e, wire + n);
	assert(n == transfer_encoded_size(in.n));
	back = malloc(n + TRANSFER_HELD);
	assert(decode(MIME_BASE64, str_n(wire, n), piece, back) == in.n);
	assert(!in.n || !memcmp(back, in.p, in.n));
	free(wire);
	free(back);
}

static void same_charset_in_pieces(struct str in, size_t piece)
{
	static const char *const names[] = {"utf-8", "iso-2022-jp", "gb18030", "utf-7", "utf-16le",
					    "shift_jis", "big5", "iso-2022-kr"};
	struct str name = str_of(names[piece % 8]);
	struct buf a, b;
	struct charset *c;

	buf_init(&a, 1 << 20);
	buf_init(&b, 1 << 20);
	if (charset_decode(name, in, &a) == 0 && charset_open(&c, name) == 0) {
		for (size_t at = 0; at < in.n; at += piece)
			charset_feed(c, str_head(str_from(in, at), piece), &b);
		charset_end(c, &b);
		charset_close(c);
		assert(utf8_is_valid(buf_str(&a)) && utf8_is_valid(buf_str(&b)));
	}
	buf_free(&a);
	buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_from(str_n(data, n), 1);
	size_t piece = n ? data[0] % 70 + 1u : 1;
	struct buf out;

	if (in.n > 1 << 16)
		return 0;
	same_in_pieces(MIME_BASE64, in, piece);
	same_in_pieces(MIME_QP, in, piece);
	same_charset_in_pieces(in, piece);
	there_and_back(in, piece);
	buf_init(&out, 1 << 20);
	words_decode(in, &out);
	assert(utf8_is_valid(buf_str(&out)));
	buf_free(&out);
	return 0;
}
