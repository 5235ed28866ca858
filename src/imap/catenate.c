/* catenate.c - CATENATE: a message made of literals and of parts of others (RFC 4469, RFC 5550).
 * SPDX-License-Identifier: Apache-2.0
 *
 * "The octets ... are appended": a URL's without any change (RFC 4469 3), a text's like those of any
 * message on its way in. */
#include "imap/append.h"
#include "imap/url.h"
#include "net/task.h"

enum { CHUNK = 64 * 1024 };

/* "[BADURL ...]": the URL as it came; what a response code cannot hold is left out (RFC 4469 5). */
static int bad_url(struct append *p, struct str url)
{
	struct str shown = arena_dup(conn_arena(p->s->conn), str_head(url, 1024));

	for (size_t i = 0; i < shown.n; i++)
		if (shown.p[i] == ']' || shown.p[i] == '\\' || (unsigned char)shown.p[i] < ' ')
			shown.n = i;
	return imap_no(p->s, E_NOTFOUND, "[BADURL " STR_FMT "] nothing is there", STR_ARG(shown));
}

MAY_WAIT static int copy_part(struct append *p, struct url_part *part)
{
	char *chunk = malloc(CHUNK);
	int64_t n = chunk ? 0 : E_NOMEM;

	for (uint64_t at = 0; n >= 0 && at < part->n; at += (uint64_t)n) {
		n = url_part_read(part, at, chunk, CHUNK);
		if (n == 0)
			n = E_DAMAGED;
		if (n > 0 && append_write(p, str_n(chunk, (size_t)n)) < 0)
			n = append_write(p, STR(""));
		task_yield();
	}
	free(chunk);
	return n < 0 ? (int)n : 0;
}

/* Would the parts so far be too many octets? */
static int check_size(struct append *p, uint64_t more)
{
	uint64_t most = (uint64_t)p->s->conf->message_size, have = draft_size(p->msg->draft);

	return more > most || have > most - more ? E_TOOBIG : 0;
}

/* A mailbox that its user may read; the selected one if none is named. */
static int find(struct append *p, const struct imap_url *u, struct mbox_info *m, struct view **view)
{
	struct imap *s = p->s;
	uint32_t rights;
	int e;

	*view = NULL;
	if (u->user.p) /* RFC 4469 3: of this session alone */
		return E_NOTFOUND;
	if (!u->mailbox.p) {
		if (!s->mbox)
			return E_NOTFOUND;
		*view = s->mbox->view;
		return 0;
	}
	e = imap_find(s, u->mailbox, RIGHT_R, m, &rights);
	if (e >= 0 && s->mbox && s->mbox->view->mbox == m->id)
		*view = s->mbox->view;
	return e;
}

MAY_WAIT static int add_url(struct append *p, struct str text)
{
	struct url_part part = {.body = {.fd = -1}};
	struct imap_url u;
	struct mbox_info m;
	struct view *view = NULL;
	int e = imap_url_parse(text, conn_arena(p->s->conn), &u);

	if (e >= 0 && u.access.p)
		e = E_SYNTAX;
	if (e >= 0)
		e = find(p, &u, &m, &view);
	if (e >= 0)
		e = url_part_open(&part, &u, imap_store(p->s), &m, view);
	if (e >= 0)
		e = check_size(p, part.n);
	if (e >= 0)
		e = copy_part(p, &part);
	url_part_close(&part);
	switch (e) {
	case 0:
		return 0;
	case E_TOOBIG:
	case E_NOMEM:
	case E_NOSPACE:
	case E_IO:
	case E_BUSY:
		return append_no(p, e);
	default:
		return bad_url(p, text);
	}
}

/* One part; AT_PART stays. 1: the literal is a URL, for the text. */
MAY_WAIT static int parse_part(struct append *p, bool has_literal, uint64_t size, bool is_binary)
{
	struct args *a = &p->s->cmd->args, before = *a;
	struct str url;

	if (p->n_parts >= APPEND_PARTS_MOST)
		return imap_no_code(p->s, "LIMIT", "too many parts in one message");
	if (p->n_parts)
		arg_sp(a);
	if (arg_word_is(a, "TEXT")) {
		arg_sp(a);
		if (a->err || !has_literal || !arg_is_end(a))
			return imap_bad(p->s, "TEXT takes a literal");
		p->n_parts++;
		return append_stream(p, size, is_binary);
	}
	if (arg_word_is(a, "UTF8")) { /* RFC 6855 4 */
		arg_sp(a);
		arg_char(a, '(');
		if (a->err || !has_literal || !is_binary || !arg_is_end(a))
			return imap_bad(p->s, "UTF8 takes a literal8 in parentheses");
		p->n_parts++;
		p->at = AT_PART_UTF8_END;
		return append_stream(p, size, false);
	}
	if (!arg_word_is(a, "URL"))
		return imap_bad(p->s, "a part is TEXT or URL");
	arg_sp(a);
	if (!a->err && has_literal && arg_is_end(a)) {
		*a = before;
		return 2;
	}
	if (arg_astring(a, &url) < 0)
		return imap_fail(p->s, a->err);
	p->n_parts++;
	return add_url(p, url);
}

int catenate_parse(struct append *p, bool has_literal, uint64_t size, bool is_binary)
{
	struct args *a = &p->s->cmd->args;
	int e = 0;

	if (p->at == AT_PART_UTF8_END) {
		if (arg_char(a, ')') < 0)
			return imap_fail(p->s, a->err);
		p->at = AT_PART;
	}
	while (e == 0) {
		if (p->n_parts && arg_next_is(a, ')')) {
			p->at = AT_MESSAGE;
			return append_end(p);
		}
		e = parse_part(p, has_literal, size, is_binary);
	}
	return e == 2 ? 0 : e;
}
