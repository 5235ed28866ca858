/* data.c - DATA: octets from the socket through the dot codec into a draft.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Only CRLF.CRLF ends a message (SECURITY B1). A message with a CR or LF alone is
 * refused, and the connection with it; what still comes of it is read up to its end,
 * or to what a laxer reader would take for its end, so that a client who waits there
 * gets its answer. Nothing behind either is read as a command. */
#include "base/err.h"
#include "smtp/session.h"

enum { BLOCK = 8192 };

/* Is there (CR or LF) "." (CR or LF) in the octets, or over their edge? */
static bool has_lax_end(const struct txn *t, struct str s)
{
	char a = t->tail[0], b = t->tail[1];

	for (size_t i = 0; i < s.n; i++) {
		if ((a == '\r' || a == '\n') && b == '.' && (s.p[i] == '\r' || s.p[i] == '\n'))
			return true;
		a = b;
		b = s.p[i];
	}
	return false;
}

static void keep_tail(struct txn *t, struct str s)
{
	if (s.n > 1) {
		memcpy(t->tail, s.p + s.n - 2, 2);
	} else if (s.n) {
		t->tail[0] = t->tail[1];
		t->tail[1] = s.p[0];
	}
}

static bool is_spoilt_and_over(struct txn *t, struct str s)
{
	bool over = false;

	if (t->dot.bare_cr || t->dot.bare_lf) {
		t->is_bare = true;
		t->err = 0; /* the graver reason */
		txn_spoil(t, E_FORMAT);
		over = has_lax_end(t, s);
	}
	keep_tail(t, s);
	return over;
}

/* Decodes one block; false when the message is over. */
static bool take_block(struct smtp *p, struct str *in)
{
	struct txn *t = p->t;
	struct str s = str_head(*in, BLOCK);
	size_t n, took = dot_decode(&t->dot, s, t->block, &n);

	txn_take(p, str_n(t->block, n));
	*in = str_from(*in, took);
	return !is_spoilt_and_over(t, str_head(s, took)) && !t->dot.done;
}

static size_t data_sink(struct conn *c, struct str bytes)
{
	struct smtp *p = conn_state(c);
	struct str in = bytes;

	while (in.n) {
		if (!take_block(p, &in)) {
			conn_upload_done(c);
			break;
		}
	}
	return bytes.n - in.n;
}

static void data_end(struct conn *c)
{
	struct smtp *p = conn_state(c);

	free(p->t->block);
	p->t->block = NULL;
	txn_finish(p);
}

/* DATA - RFC 5321 4.1.1.4. */
int cmd_data(void *session, const struct command_args *a)
{
	struct smtp *p = session;
	struct txn *t = p->t;
	const char *enhanced;
	int e, code;

	if (t->is_binary) /* RFC 3030 3 */
		return smtp_reply(p, 503, "5.5.1", "BODY=BINARYMIME goes by BDAT");
	t->block = malloc(BLOCK + 2);
	e = t->block ? txn_upload(p) : E_NOMEM;
	if (e < 0) {
		code = smtp_code(p, e, &enhanced);
		message_log(p, code, enhanced);
		e = smtp_fail(p, e);
		txn_over(p);
		return e;
	}
	smtp_reply(p, 354, NULL, "go ahead, end with CRLF.CRLF");
	conn_upload(p->c, data_sink, data_end);
	return 0;
}
