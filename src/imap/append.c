/* append.c - APPEND: messages from the client, one or many, all or none.
 * SPDX-License-Identifier: Apache-2.0
 *
 * RFC 9051 6.3.12, RFC 3502 (MULTIAPPEND), RFC 3516 (BINARY), RFC 4315 (UIDPLUS), RFC 4466 (syntax),
 * RFC 6855 and 9755 (UTF8), RFC 7889 (APPENDLIMIT). What can be known before a literal is sent is
 * said before it is: no mailbox, no right, too large, no room. */
#include <inttypes.h>
#include "imap/annotate.h"
#include "imap/append.h"
#include "imap/command.h"
#include "imap/messages.h"

enum { COLLECT = 2 }; /* the literal is part of the text */

/* -- refusals ------------------------------------------------------------------------------- */

int append_no(struct append *p, int e)
{
	struct imap *s = p->s;

	switch (e) {
	case E_NOMBOX: /* RFC 9051 6.3.12: unless it is certain that it cannot be made */
		return imap_no_code(s, "TRYCREATE", "no such mailbox");
	case E_TOOBIG: /* RFC 4469 4.2, RFC 7889 */
		return imap_no_code(s, "TOOBIG", "the message is too large");
	case E_LIMIT: /* keywords, or RFC 5257 4.5 */
		return p->has_notes ? note_refuse(s, e) : imap_fail(s, e);
	default:
		return imap_fail(s, e);
	}
}

/* Is there room, by what is known now? The commit has the last word. */
static int check_room(struct append *p, uint64_t size)
{
	struct account_info a;
	uint64_t more = p->octets + size;
	int e;

	if (size > (uint64_t)p->s->conf->message_size)
		return E_TOOBIG;
	e = account_get(imap_store(p->s), p->box.account, &a);
	if (e < 0)
		return e;
	a.used_bytes -= p->replaced_size < a.used_bytes ? p->replaced_size : a.used_bytes;
	if (a.quota_bytes && (a.used_bytes > a.quota_bytes || more > a.quota_bytes - a.used_bytes))
		return E_QUOTA;
	if (a.quota_messages && a.used_messages + p->n + !p->is_replace > a.quota_messages)
		return E_QUOTA;
	return 0;
}

/* -- one message ------------------------------------------------------------------------------ */

int append_begin(struct append *p, uint64_t size)
{
	struct append_msg *m = p->msg;
	int e;

	if (p->n >= APPEND_MESSAGES_MOST)
		return imap_no_code(p->s, "LIMIT", "too many messages in one command");
	e = check_room(p, size);
	if (e >= 0)
		e = draft_open(&m->draft, imap_store(p->s), size);
	if (e < 0)
		return append_no(p, e);
	*p->end = m;
	p->end = &m->next;
	p->n++;
	return 0;
}

int append_write(struct append *p, struct str bytes)
{
	return draft_write(p->msg->draft, bytes);
}

/* On the loop: a failure is kept by the draft. */
static void sink(struct imap *s, struct str bytes)
{
	struct append *p = s->cmd->state;

	if (p->is_exact) {
		append_write(p, bytes);
		return;
	}
	p->has_nul = p->has_nul || memchr(bytes.p, '\0', bytes.n);
	while (bytes.n) {
		const char *lf = memchr(bytes.p, '\n', bytes.n);
		size_t n = lf ? (size_t)(lf - bytes.p) : bytes.n;
		bool is_bare = lf && (n ? lf[-1] : p->last) != '\r';

		if (lf && !is_bare) /* the common case: whole runs of good lines at once */
			for (n++; n < bytes.n; n = (size_t)(lf - bytes.p) + 1) {
				lf = memchr(bytes.p + n, '\n', bytes.n - n);
				if (!lf || lf == bytes.p + n || lf[-1] != '\r')
					break;
			}
		append_write(p, str_head(bytes, n));
		if (is_bare) {
			append_write(p, STR("\r\n"));
			n++;
		}
		p->last = bytes.p[n - 1];
		bytes = str_from(bytes, n);
	}
}

MAY_WAIT static int literal_is_in(struct imap *s)
{
	struct append *p = s->cmd->state;
	int e = append_write(p, STR("")); /* only asks how it is */

	if (p->has_nul) /* RFC 9051 9: CHAR8 */
		return imap_bad(s, "NUL in a literal: send it as a literal8");
	if (e < 0)
		return append_no(p, e);
	return p->at == AT_MESSAGE ? append_end(p) : 0;
}

int append_stream(struct append *p, uint64_t size, bool is_binary)
{
	int e = check_room(p, draft_size(p->msg->draft) + size);

	if (e < 0)
		return append_no(p, e);
	p->is_exact = is_binary;
	p->has_nul = false;
	p->last = 0;
	p->s->cmd->sink = sink;
	p->s->cmd->sink_then = literal_is_in;
	return IMAP_STREAM;
}

int append_end(struct append *p)
{
	struct draft *d = p->msg->draft;

	/* RFC 3502 6.3.11: and so may a client think better of it */
	if (!draft_size(d))
		return imap_no_code(p->s, "CANNOT", "an empty message: nothing is appended");
	/* RFC 6855 4, RFC 9755: only from those who know what they do. What is not even UTF-8 is just
	 * old, and people have it in their mailboxes: it is kept as it is. */
	if (draft_bits(d) & BIT_NEEDS_UTF8 && !(p->s->enabled & (EN_UTF8 | EN_REV2)))
		return imap_no_code(p->s, "CANNOT", "UTF-8 in the header: ENABLE UTF8=ACCEPT first");
	p->n_files += draft_has_file(d);
	if (p->n_files > APPEND_FILES_MOST)
		return imap_no_code(p->s, "LIMIT", "too many large messages in one command");
	p->octets += draft_size(d);
	draft_end(d); /* there may be a thousand */
	p->msg = NULL;
	return 0;
}

/* -- the text ----------------------------------------------------------------------------------- */

static int find_mailbox(struct append *p, struct str name)
{
	struct imap *s = p->s;
	struct buf b;
	int e = imap_find(s, name, RIGHT_I, &p->box, &p->rights);

	if (e < 0)
		return append_no(p, e);
	if (p->is_replace && s->mbox->view->account != p->box.account)
		p->replaced_size = 0; /* no room of this account's */
	buf_init(&b, 4096);
	e = mbox_name(imap_store(s), p->box.id, &b);
	if (e >= 0)
		p->mbox_name = arena_dup(conn_arena(s->conn), buf_str(&b));
	buf_free(&b);
	if (e < 0 || !p->mbox_name.p)
		return append_no(p, e < 0 ? e : E_NOMEM);
	return 0;
}

/* RFC 4314 4: flags that the user may not set are dropped, and it is no error. */
static int take_flags(struct append *p, const struct arg_flags *f)
{
	struct delivery *to = &p->msg->to;
	uint32_t may = (p->rights & RIGHT_S ? MSG_SEEN : 0) | (p->rights & RIGHT_T ? MSG_DELETED : 0);
	struct arena *a = conn_arena(p->s->conn);
	struct str *v;

	if (p->rights & RIGHT_W)
		may |= MSG_ANSWERED | MSG_FLAGGED | MSG_DRAFT;
	to->flags = f->flags & may;
	if (!(p->rights & RIGHT_W) || !f->n_keywords)
		return 0;
	v = arena_alloc(a, f->n_keywords * sizeof(*v));
	for (size_t i = 0; v && i < f->n_keywords; i++) {
		v[i] = arena_dup(a, f->keywords[i]); /* the text may move when it grows */
		if (!v[i].p)
			v = NULL;
	}
	to->keywords = v;
	to->n_keywords = f->n_keywords;
	return v ? 0 : E_NOMEM;
}

/* ANNOTATION (...), RFC 5257 4.7. 1: the literal is one of its values. */
static int read_notes(struct append *p, bool has_literal)
{
	struct args *a = &p->s->cmd->args;
	struct delivery *to = &p->msg->to;
	struct note_set notes;
	int r;

	if (!arg_word_is(a, "ANNOTATION"))
		return 0;
	arg_sp(a);
	r = arg_notes(p->s, has_literal, &notes);
	if (r)
		return r;
	p->changes_shared |= notes.has_shared;
	p->has_notes = true;
	to->notes = notes.v;
	for (size_t i = 0; i < notes.n; i++) /* a NIL is nothing to begin with */
		if (notes.v[i].value.p)
			notes.v[to->n_notes++] = notes.v[i];
	return arg_sp(a);
}

/* [SP flag-list] [SP date-time] [SP ANNOTATION ...], and the space behind. */
static int read_options(struct append *p, bool has_literal)
{
	struct args *a = &p->s->cmd->args;
	struct delivery *to = &p->msg->to;
	struct arg_flags flags;

	arg_sp(a);
	if (!a->err && arg_peek(a) == '(') {
		if (arg_flag_list(a, true, &flags) < 0)
			return a->err;
		if (flags.has_recent)
			return arg_fail(a, E_SYNTAX, "\\Recent cannot be set");
		if (take_flags(p, &flags) < 0)
			return arg_fail(a, E_NOMEM, "out of memory");
		arg_sp(a);
	}
	if (!a->err && arg_peek(a) == '"') {
		arg_datetime(a, &to->internaldate_ms, &to->internaldate_zone);
		arg_sp(a);
	}
	return a->err ? a->err : read_notes(p, has_literal);
}

static int new_msg(struct append *p)
{
	p->msg = arena_new(conn_arena(p->s->conn), struct append_msg);
	if (!p->msg)
		return E_NOMEM;
	p->msg->to.account = p->box.account;
	p->msg->to.mbox = p->mbox_name;
	if (mbox_seen_is_own(imap_store(p->s), &p->box))
		p->msg->to.seen_by = p->s->account;
	return 0;
}

/* One message's options, and how its octets come. */
static int parse_message(struct append *p, bool has_literal, uint64_t size, bool is_binary)
{
	struct args *a = &p->s->cmd->args, before = *a;
	int e = new_msg(p);

	if (e >= 0)
		e = read_options(p, has_literal);
	if (e == 1) {
		*a = before;
		return COLLECT;
	}
	if (e == E_TOOBIG || e == E_LIMIT) /* nothing else of the options can be */
		return note_refuse(p->s, e);
	if (e < 0)
		return imap_fail(p->s, e);
	if (p->changes_shared && !(p->rights & RIGHT_N)) /* RFC 5257 3.4 */
		return append_no(p, E_DENIED);
	if (has_literal && arg_is_end(a)) {
		if (!size)
			return imap_no_code(p->s, "CANNOT", "an empty message: nothing is appended");
		e = append_begin(p, size);
		return e < 0 ? e : append_stream(p, size, is_binary);
	}
	if (arg_word_is(a, "UTF8")) { /* RFC 6855 4 */
		arg_sp(a);
		arg_char(a, '(');
		if (a->err || !has_literal || !is_binary || !arg_is_end(a))
			return imap_bad(p->s, "UTF8 takes a literal8 in parentheses");
		p->at = AT_UTF8_END;
		e = append_begin(p, size);
		return e < 0 ? e : append_stream(p, size, false);
	}
	if (arg_word_is(a, "CATENATE")) { /* RFC 4469 */
		arg_sp(a);
		arg_char(a, '(');
		p->at = AT_PART;
		p->n_parts = 0;
		return a->err ? imap_fail(p->s, a->err) : append_begin(p, 0);
	}
	return imap_bad(p->s, "a message should follow: a literal, UTF8 or CATENATE");
}

/* The mailbox's name; 1: it is the literal. */
static int parse_mailbox(struct append *p, bool has_literal)
{
	struct args *a = &p->s->cmd->args;
	struct str name;

	if (has_literal && str_eq(a->in, STR(" ")))
		return 1;
	arg_sp(a);
	arg_mailbox(a, &name);
	if (a->err)
		return imap_fail(p->s, a->err);
	p->at = AT_MESSAGE;
	return find_mailbox(p, name);
}

int append_parse(struct append *p, bool has_literal, uint64_t size, bool is_binary)
{
	struct args *a = &p->s->cmd->args;
	int e = 0;

	for (;;) {
		switch (p->at) {
		case AT_MAILBOX:
			e = parse_mailbox(p, has_literal);
			if (e > 0)
				return 0;
			break;
		case AT_MESSAGE:
			if (p->n && !has_literal && arg_is_end(a))
				return 0;
			if (p->n && p->is_replace) /* RFC 8508: one for one */
				return imap_bad(p->s, "REPLACE takes one message");
			e = parse_message(p, has_literal, size, is_binary);
			if (e == COLLECT)
				return 0;
			break;
		case AT_UTF8_END:
			e = arg_char(a, ')') < 0 ? imap_fail(p->s, a->err) : append_end(p);
			p->at = AT_MESSAGE;
			break;
		case AT_PART:
		case AT_PART_UTF8_END:
			e = catenate_parse(p, has_literal, size, is_binary);
			if (e == 0 && p->at != AT_MESSAGE)
				return 0; /* the literal is a URL */
			break;
		}
		if (e)
			return e;
	}
}

/* -- the command ---------------------------------------------------------------------------------- */

static void cleanup(void *state)
{
	struct append *p = state;

	for (struct append_msg *m = p->first; m; m = m->next)
		m->draft = draft_drop(m->draft);
}

struct append *append_new(struct imap *s)
{
	struct append *p = imap_state(s, sizeof(*p), cleanup);

	if (!p) {
		imap_fail(s, E_NOMEM);
		return NULL;
	}
	p->s = s;
	p->end = &p->first;
	p->at = AT_MAILBOX;
	return p;
}

/* The UIDs in the order of the messages (RFC 3502); they rise. */
static void put_appended(const struct append *p, struct buf *out)
{
	uint32_t last = 0, lo = 0;

	buf_printf(out, "[APPENDUID %" PRIu32 " ", p->first->to.uidvalidity);
	for (const struct append_msg *m = p->first; m; m = m->next) {
		if (lo && m->to.uid == last + 1) {
			last = m->to.uid;
			continue;
		}
		if (lo)
			buf_printf(out, lo == last ? "," : ":%" PRIu32 ",", last);
		buf_printf(out, "%" PRIu32, m->to.uid);
		lo = last = m->to.uid;
	}
	if (lo != last)
		buf_printf(out, ":%" PRIu32, last);
	buf_add_char(out, ']');
}

MAY_WAIT static int commit_all(struct append *p, struct change **c)
{
	struct uid_range r = {p->replaced, p->replaced};
	struct uidset old = {&r, p->is_replace};
	const struct view *v = p->is_replace ? p->s->mbox->view : NULL;
	bool same = v && v->account == p->first->to.account;
	int e = 0;

	if (same) /* first: it makes room (RFC 8508 3.4) */
		e = change_expunge(*c, v->mbox, old);
	for (struct append_msg *m = p->first; m && e >= 0; m = m->next)
		e = change_deliver(*c, m->draft, &m->to, 1);
	if (v && !same && e >= 0) /* logs may be apart: never in none (store.h, change_move) */
		e = change_expunge(*c, v->mbox, old);
	if (e < 0)
		return e;
	change_as_one(*c);
	return change_commit(c);
}

int append_commit(struct append *p)
{
	struct imap *s = p->s;
	struct change *c;
	struct buf *b;
	int e = change_new(&c, imap_store(s));

	if (e >= 0) {
		e = commit_all(p, &c);
		change_drop(c);
	}
	if (e < 0)
		return append_no(p, e);
	s->n_appended += p->n;
	b = imap_buf(s);
	put_appended(p, b);
	if (!p->is_replace)
		return imap_ok(s, STR_FMT " appended", STR_ARG(buf_str(b)));
	s->n_expunged++;
	imap_untagged(s, "OK " STR_FMT " it takes the other's place", STR_ARG(buf_str(b)));
	return imap_ok(s, "replaced");
}

int imap_append_literal(struct imap *s, uint64_t size, bool is_binary)
{
	struct append *p = s->cmd->state ? s->cmd->state : append_new(s);

	return p ? append_parse(p, true, size, is_binary) : E_NOMEM;
}

int imap_cmd_append(struct imap *s)
{
	struct append *p = s->cmd->state ? s->cmd->state : append_new(s);
	int e = p ? append_parse(p, false, 0, false) : E_NOMEM;

	return e < 0 ? e : append_commit(p);
}
