/* words-encode.c - encoded words of RFC 2047, on their way out.
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/downgrade.h"
#include "wire/sasl-codec.h"

enum {
	LINE_MOST = 76,  /* RFC 2047 2 */
	WORD_OCTETS = 45, /* of text in one word: 60 of base64, 12 around it */
	WORD_AROUND = 12, /* =?UTF-8?B? ?= */
};

static size_t base64_size(size_t n)
{
	return (n + 2) / 3 * 4;
}

/* As much of s as fits into `most` octets without cutting a character. */
static size_t whole_characters(struct str s, size_t most)
{
	size_t n = s.n < most ? s.n : most;

	while (n > 0 && n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

int words_encode(struct str text, size_t column, struct buf *out)
{
	bool is_first = true;

	while (text.n) {
		size_t room = column + WORD_AROUND < LINE_MOST ? (LINE_MOST - column - WORD_AROUND) / 4 * 3 : 0;
		size_t n = whole_characters(text, room < WORD_OCTETS ? room : WORD_OCTETS);

		if (!n) { /* not on this line */
			buf_add(out, STR("\r\n "));
			column = 1;
			is_first = true;
			n = whole_characters(text, WORD_OCTETS);
		} else if (!is_first) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, STR("=?UTF-8?B?"));
		base64_encode(str_head(text, n), out);
		buf_add(out, STR("?="));
		column += WORD_AROUND + base64_size(n);
		text = str_from(text, n);
		is_first = false;
	}
	return out->failed;
}
