/* bdat.c - BDAT: a message in counted chunks (RFC 3030).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is wrong with a chunk, its octets are read and thrown away before the
 * answer, so that they are never taken for commands (RFC 3030 2). Where their count
 * is not known, or beyond all reason, the connection ends instead. */
#include <inttypes.h>
#include "base/err.h"
#include "smtp/session.h"

/* Chunks up to here are read even if they cannot be taken. */
static const uint64_t swallow_most = (uint64_t)4 << 30;

/* "n" or "n LAST". */
static int parse(struct str s, uint64_t *n, bool *last)
{
	struct str number = str_cut(&s, ' ');

	*last = str_ieq(s, STR("LAST"));
	if (s.p && !*last)
		return E_SYNTAX;
	return str_u64(number, UINT64_MAX, n);
}

/* Notes the state at the end of the octets; true if a CR or LF stands alone (SECURITY B1). */
static bool has_bare(struct txn *t, struct str s)
{
	const char *at = s.p, *end = s.p + s.n;

	if (!s.n)
		return false;
	if (t->ends_in_cr && *at++ != '\n')
		return true;
	while (at < end) {
		const char *lf = memchr(at, '\n', (size_t)(end - at));
		const char *cr = memchr(at, '\r', (size_t)((lf ? lf : end) - at));

		if (lf ? cr != lf - 1 : cr && cr != end - 1)
			return true;
		if (!lf)
			break;
		at = lf + 1;
	}
	t->ends_in_cr = end[-1] == '\r';
	t->ends_in_crlf = end[-1] == '\n';
	return false;
}

static void take(struct smtp *p, struct str bytes)
{
	struct txn *t = p->t;

	if (!t->err && !t->is_binary && has_bare(t, bytes)) {
		t->is_bare = true;
		txn_spoil(t, E_FORMAT);
	}
	txn_take(p, bytes);
}

static size_t chunk_sink(struct conn *c, struct str bytes)
{
	struct smtp *p = conn_state(c);

	if (bytes.n >= p->chunk_left) {
		bytes = str_head(bytes, p->chunk_left);
		conn_upload_done(c);
	}
	p->chunk_left -= bytes.n;
	if (p->t && p->t->has_chunks)
		take(p, bytes);
	return bytes.n;
}

/* The message is whole: text without a last line end gets one; binary messages stay as they came. */
static void chunks_over(struct smtp *p)
{
	struct txn *t = p->t;

	if (!t->err && t->ends_in_cr) {
		t->is_bare = true;
		txn_spoil(t, E_FORMAT);
	}
	if (!t->ends_in_crlf && !t->is_binary)
		txn_take(p, STR("\r\n"));
	txn_finish(p);
}

/* RFC 2033 4.3: one reply a recipient behind LAST, so none if there are none; the transaction
 * is over. */
static int nobody_to_give_it_to(struct smtp *p)
{
	bool is_silent = p->t && p->flavour->is_lmtp && p->chunk_is_last;

	if (p->chunk_is_last)
		txn_over(p);
	return is_silent ? 0 : smtp_reply(p, 503, "5.5.1", "no valid recipients");
}

/* The refusal is in the log even if the client now gives up. */
static int refuse(struct smtp *p)
{
	struct txn *t = p->t;
	const char *enhanced;
	int code = smtp_code(p, t->err, &enhanced);
	int r = smtp_fail(p, t->err);

	if (t->in_upload)
		message_log(p, code, enhanced);
	t->in_upload = false;
	if (t->is_bare)
		conn_close(p->c);
	return r;
}

static int answer(struct smtp *p)
{
	struct txn *t = p->t;

	if (!p->helo)
		return smtp_reply(p, 503, "5.5.1", "say %s first", p->flavour->hello);
	if (!t || !t->n_rcpts)
		return nobody_to_give_it_to(p);
	if (p->chunk_is_last) {
		chunks_over(p);
		return 0;
	}
	if (!t->err)
		return smtp_reply(p, 250, "2.0.0", "%" PRIu64 " octets", p->chunk_size);
	return refuse(p);
}

static void chunk_end(struct conn *c)
{
	answer(conn_state(c));
}

/* A first chunk opens the draft; one that cannot fit spoils the transaction before it is read. */
static void begin(struct smtp *p)
{
	struct txn *t = p->t;
	int e;

	if (!t->has_chunks && !t->err) {
		t->has_chunks = true;
		e = txn_upload(p);
		if (e < 0)
			txn_spoil(t, e);
	}
	if (p->chunk_size > p->conf->message_size - (t->err ? 0 : t->octets))
		txn_spoil(t, E_TOOBIG);
}

/* BDAT n [LAST] - RFC 3030 2. */
int cmd_bdat(void *session, const struct command_args *a)
{
	struct smtp *p = session;
	uint64_t n;
	bool last;
	int e = parse(a->text, &n, &last);

	if (e < 0 || n > swallow_most) {
		e = e == E_SYNTAX ? smtp_reply(p, 501, "5.5.4", "BDAT n [LAST]") :
				    smtp_fail(p, E_TOOBIG);
		conn_close(p->c);
		return e;
	}
	p->chunk_size = p->chunk_left = n;
	p->chunk_is_last = last;
	if (p->t && p->t->n_rcpts)
		begin(p);
	if (!n)
		return answer(p);
	conn_upload(p->c, chunk_sink, chunk_end);
	return 0;
}
