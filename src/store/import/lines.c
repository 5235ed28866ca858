/* lines.c - lines of a file, names of folders: what the formats share.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/err.h"
#include "store/import/lines.h"
#include "wire/mutf7.h"

int lines_init(struct lines *l, int fd)
{
	*l = (struct lines){.fd = fd};
	l->room = malloc(LINES_ROOM);
	return l->room ? 0 : E_NOMEM;
}

void lines_free(struct lines *l)
{
	free(l->room);
	l->room = NULL;
}

void lines_seek(struct lines *l, uint64_t at)
{
	l->at = at;
	l->from = l->to = 0;
	l->in_line = l->is_over = false;
}

static int refill(struct lines *l)
{
	ssize_t n;

	memmove(l->room, l->room + l->from, l->to - l->from);
	l->to -= l->from;
	l->from = 0;
	do
		n = pread(l->fd, l->room + l->to, LINES_ROOM - l->to, (off_t)(l->at + l->to));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_from_errno(errno);
	l->to += (size_t)n;
	l->is_over = n == 0;
	return 0;
}

int lines_next(struct lines *l, struct line *ret)
{
	for (;;) {
		size_t have = l->to - l->from;
		const char *p = l->room + l->from;
		const char *end = have ? memchr(p, '\n', have) : NULL;
		int r;

		if (end || have == LINES_ROOM || (l->is_over && have)) {
			size_t n = end ? (size_t)(end - p) + 1 : have;

			*ret = (struct line){l->at, str_n(p, n), !l->in_line, end != NULL};
			l->in_line = !end;
			l->from += n;
			l->at += n;
			return 1;
		}
		if (l->is_over)
			return 0;
		if ((r = refill(l)) < 0)
			return r;
	}
}

struct str line_text(struct str line)
{
	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	if (line.n && line.p[line.n - 1] == '\r')
		line.n--;
	return line;
}

int send_crlf(const struct import_sink *to, struct str s, char *last)
{
	int r = 0;

	while (s.n && r >= 0) {
		const char *lf = memchr(s.p, '\n', s.n);
		size_t n = lf ? (size_t)(lf - s.p) : s.n;
		char before = n ? s.p[n - 1] : *last;

		if (lf && before == '\r')
			n++; /* as it is */
		if (n)
			r = to->bytes(to->arg, str_head(s, n));
		if (r >= 0 && lf && before != '\r') {
			r = to->bytes(to->arg, STR("\r\n"));
			n++;
		}
		*last = s.p[n - 1];
		s = str_from(s, n);
	}
	return r;
}

int send_rest(const struct import_sink *to, struct lines *l, uint64_t end, char *last)
{
	struct line line;
	int r = 0;

	while (r >= 0 && l->at < end && (r = lines_next(l, &line)) > 0) {
		if (line.at + line.s.n > end)
			line.s.n = (size_t)(end - line.at);
		r = send_crlf(to, line.s, last);
	}
	return r;
}

void import_id(unsigned char id[IMPORT_ID], struct str s)
{
	unsigned char whole[SHA256_DIGEST_LENGTH];

	SHA256((const unsigned char *)(s.n ? s.p : ""), s.n, whole);
	memcpy(id, whole, IMPORT_ID);
}

/* -- names --------------------------------------------------------------------------- */

void import_target(const struct import_opts *o, struct str name, struct buf *out)
{
	struct buf canonical;

	buf_clear(out);
	buf_add(out, o->mailbox);
	if (o->mailbox.n && name.n)
		buf_add_char(out, '/');
	buf_add(out, name);
	if (!out->n)
		buf_add(out, STR("INBOX"));
	buf_init(&canonical, 1024);
	if (mailbox_name_canonical(buf_str(out), &canonical) >= 0) {
		buf_clear(out);
		buf_add(out, buf_str(&canonical));
	}
	buf_free(&canonical);
}

int level_escape(struct str level, bool all_dots, struct buf *out)
{
	struct buf ascii;
	int r;

	buf_init(&ascii, 4096);
	r = mutf7_encode(level, &ascii);
	for (size_t i = 0; i < ascii.n && r >= 0; i++) {
		char c = ascii.p[i];

		if ((c == '.' && (all_dots || !i)) || c == '\\' || c == '/' || c == '\0')
			r = buf_printf(out, "\\%02x", (unsigned char)c);
		else
			r = buf_add_char(out, c);
	}
	buf_free(&ascii);
	return r;
}

static int hex(char c)
{
	c = ascii_lower(c);
	return ascii_is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int level_unescape(struct str name, struct buf *out)
{
	struct buf ascii;
	size_t was = out->n;
	int r = 0;

	buf_init(&ascii, 4096);
	for (size_t i = 0; i < name.n; i++) {
		int hi = i + 2 < name.n ? hex(name.p[i + 1]) : -1;
		int lo = hi >= 0 ? hex(name.p[i + 2]) : -1;

		if (name.p[i] == '\\' && lo >= 0) {
			buf_add_char(&ascii, (char)(hi << 4 | lo));
			i += 2;
		} else {
			buf_add_char(&ascii, name.p[i]);
		}
	}
	if (mutf7_decode(buf_str(&ascii), out) < 0) { /* as it is: some write UTF-8 */
		out->failed = 0;
		out->n = was;
		r = utf8_is_valid(buf_str(&ascii)) ? buf_add(out, buf_str(&ascii)) : E_UTF8;
	}
	buf_free(&ascii);
	return r;
}
