/* message-id.c - finds <left@right> in Message-ID, In-Reply-To and References, however it is written.
 * SPDX-License-Identifier: Apache-2.0 */
#include "wire/message-id.h"

struct id_reader {
	struct str in;
	size_t at;
	struct buf *id;
	size_t left, right; /* octets before and behind the "@" */
	bool has_at;
};

static void add(struct id_reader *r, char c)
{
	buf_add_char(r->id, c);
	if (r->has_at)
		r->right++;
	else
		r->left++;
}

/* "a\"b": what is in it; false: it does not end. */
static bool read_quoted(struct id_reader *r)
{
	while (++r->at < r->in.n) {
		char c = r->in.p[r->at];

		if (c == '"')
			return true;
		if (c == '\\' && r->at + 1 < r->in.n)
			c = r->in.p[++r->at];
		add(r, c);
	}
	return false;
}

static bool is_ignored(char c) /* RFC 5322 4.5.4: obsolete ids have blanks in them */
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* One id from "<" on: r->at ends behind it, or where another may begin. */
static bool read_id(struct id_reader *r)
{
	buf_clear(r->id);
	r->left = r->right = 0;
	r->has_at = false;
	for (r->at++; r->at < r->in.n; r->at++) {
		char c = r->in.p[r->at];

		if (c == '>') {
			r->at++;
			return r->has_at && r->left && r->right && !r->id->failed;
		}
		if (c == '<')
			return false; /* the one before was none */
		if (c == '"' && !r->has_at) {
			if (!read_quoted(r))
				return false;
		} else if (c == '@' && !r->has_at) {
			buf_add_char(r->id, c);
			r->has_at = true;
		} else if (!is_ignored(c)) {
			add(r, c);
		}
	}
	return false;
}

bool message_id_next(struct str *in, struct buf *id)
{
	struct id_reader r = {.in = *in, .id = id};
	bool is_found = false;

	while (!is_found) {
		ptrdiff_t from = str_find(str_from(r.in, r.at), '<');

		if (from < 0) {
			r.at = r.in.n;
			break;
		}
		r.at += (size_t)from;
		is_found = read_id(&r);
	}
	*in = str_from(r.in, r.at);
	return is_found;
}
