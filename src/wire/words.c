/* words.c - RFC 2047: encoded words in header fields, to UTF-8.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "wire/charset.h"
#include "wire/header.h"
#include "wire/mime.h"
#include "wire/transfer.h"

enum {
	CHARSET_MOST = 60,
	WORD_MOST = 2048, /* RFC 2047 2 allows 75 octets; some write far longer ones */
	PIECE = 256,
};

struct word {
	struct str charset, text;
	char encoding; /* 'b' or 'q' */
	size_t n;      /* octets of it all */
};

/* The words of one charset that follow one another are decoded as one text. */
struct words {
	struct charset *open;
	struct str name; /* of `open` */
	struct buf *out;
};

static struct str bare_charset(struct str s)
{
	ptrdiff_t star = str_find(s, '*');

	return star >= 0 ? str_head(s, (size_t)star) : s;
}

/* "=?charset?Q?text?=" at the beginning of s. */
static bool word_read(struct str s, struct word *ret)
{
	struct str rest = str_head(str_from(s, 2), WORD_MOST);
	ptrdiff_t end;

	if (!str_starts(s, STR("=?")))
		return false;
	ret->charset = str_cut(&rest, '?');
	if (!rest.p || rest.n < 2 || !ret->charset.n || ret->charset.n > CHARSET_MOST ||
	    rest.p[1] != '?')
		return false;
	ret->encoding = ascii_lower(rest.p[0]);
	if (ret->encoding != 'q' && ret->encoding != 'b')
		return false;
	rest = str_from(rest, 2);
	end = str_search(rest, STR("?="));
	if (end < 0)
		return false;
	ret->text = str_head(rest, (size_t)end);
	ret->n = (size_t)(rest.p + end + 2 - s.p);
	for (size_t i = 0; i < ret->text.n; i++) /* blanks do not belong in one, but are met in Q */
		if (ret->text.p[i] == '\r' || ret->text.p[i] == '\n')
			return false;
	return charset_is_known(ret->charset);
}

static void words_end(struct words *w)
{
	if (w->open)
		charset_end(w->open, w->out);
	w->open = charset_close(w->open);
}

static void feed_base64(struct words *w, struct str text)
{
	struct transfer_in d;

	transfer_begin(&d, MIME_BASE64);
	while (text.n) {
		char piece[PIECE + TRANSFER_HELD];
		struct str part = str_head(text, PIECE);

		charset_feed(w->open, str_n(piece, transfer_decode(&d, part, piece)), w->out);
		text = str_from(text, part.n);
	}
}

static int hex(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* RFC 2047 4.2: "_" is a space, whatever the charset. */
static void feed_q(struct words *w, struct str text)
{
	char piece[PIECE];
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '=' && i + 2 < text.n && hex(text.p[i + 1]) >= 0 &&
		    hex(text.p[i + 2]) >= 0) {
			c = (char)(hex(text.p[i + 1]) << 4 | hex(text.p[i + 2]));
			i += 2;
		} else if (c == '_') {
			c = ' ';
		}
		piece[n++] = c;
		if (n == PIECE) {
			charset_feed(w->open, str_n(piece, n), w->out);
			n = 0;
		}
	}
	charset_feed(w->open, str_n(piece, n), w->out);
}

/* False: no such charset on this system. */
static bool word_add(struct words *w, const struct word *word)
{
	struct str name = bare_charset(word->charset);

	if (w->open && !str_ieq(w->name, name))
		words_end(w);
	if (!w->open && charset_open(&w->open, name) < 0)
		return false;
	w->name = name;
	if (word->encoding == 'b')
		feed_base64(w, word->text);
	else
		feed_q(w, word->text);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* The next place where a word may begin: "=?"; the end if there is none. */
static size_t next_word(struct str s, size_t at)
{
	ptrdiff_t k = str_search(str_from(s, at), STR("=?"));

	return k < 0 ? s.n : at + (size_t)k;
}

static size_t blanks(struct str s)
{
	size_t n = 0;

	while (n < s.n && is_blank(s.p[n]))
		n++;
	return n;
}

static int decode(struct str s, struct buf *out)
{
	struct words w = {.out = out};
	size_t from = 0, at = next_word(s, 0); /* text from `from` on is not out yet */

	while (at < s.n && !out->failed) {
		struct word word;
		struct str text = str_n(s.p + from, at - from);

		if (!word_read(str_from(s, at), &word)) {
			at = next_word(s, at + 2);
			continue;
		}
		/* RFC 2047 6.2: what separates two words is not shown */
		if (!w.open || blanks(text) < text.n) {
			words_end(&w);
			utf8_repair(text, out);
			from = at;
		}
		if (!word_add(&w, &word)) {
			at = next_word(s, at + 2);
			continue;
		}
		at += word.n;
		from = at;
		at = next_word(s, at);
	}
	words_end(&w);
	if (from < s.n)
		utf8_repair(str_from(s, from), out);
	return out->failed;
}

int words_decode(struct str value, struct buf *utf8)
{
	struct buf line;
	int r;

	buf_init(&line, value.n + 1);
	header_unfold(value, &line);
	r = line.failed ? line.failed : decode(buf_str(&line), utf8);
	buf_free(&line);
	return r;
}
