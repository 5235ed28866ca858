/* acl.c - acl list, set and del: who may do what with a mailbox (RFC 4314).
 * SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "auth/rights.h"
#include "base/err.h"
#include "cmd/verb.h"
#include "cmd/verbs.h"

struct listing {
	struct verb_call *v;
	struct table t;
};

static bool list_one(void *arg, struct str who, struct str rights)
{
	struct listing *l = arg;
	struct buf text;
	uint32_t bits = 0;

	buf_init(&text, 64);
	rights_parse(rights, &bits);
	rights_write(bits, &text, false);
	table_text(&l->t, who);
	table_text(&l->t, buf_str(&text));
	buf_free(&text);
	return true;
}

int cmd_acl_list(struct verb_call *v)
{
	static const struct column columns[] = {{"IDENTIFIER", "identifier", CELL_TEXT},
						{"RIGHTS", "rights", CELL_TEXT}};
	struct listing l = {.v = v};
	struct mbox_info m;
	int r = verb_mailbox(v, v->args[0], v->args[1], &m);

	if (r != EX_OK)
		return r;
	table_init(&l.t, columns, COLUMNS(columns));
	r = acl_each(v->store, m.id, list_one, &l);
	if (r < 0)
		l.t.failed = r;
	r = table_print(&l.t, v->out);
	return r < 0 ? verb_fail(v, "list", r) : EX_OK;
}

/* An identifier as the ACL holds it. */
static int read_identifier(struct verb_call *v, const char *written, struct buf *who)
{
	int r = rights_identifier(v->store, str_of(written), who);

	if (r >= 0)
		return EX_OK;
	out_error(v->out, "%.400s: write user@domain, anyone, owner, or $alias@domain; a \"-\" before it "
			  "takes rights away", written);
	return EX_USAGE;
}

/* "lrs", "+w", "-t" */
static int read_rights(struct verb_call *v, const char *written, uint32_t old, uint32_t *ret)
{
	char how = *written == '+' || *written == '-' ? *written : 0;

	if (rights_parse(str_of(written + !!how), ret) < 0) {
		out_error(v->out, "%.64s: rights are letters of lrswipkxtean, maybe behind a + or -", written);
		return EX_USAGE;
	}
	if (how)
		*ret = how == '+' ? old | *ret : old & ~*ret;
	return EX_OK;
}

int cmd_acl_set(struct verb_call *v)
{
	struct mbox_info m;
	struct change *c = NULL;
	struct buf who;
	uint32_t old = 0, rights;
	int r = verb_mailbox(v, v->args[0], v->args[1], &m), e;

	buf_init(&who, 1024);
	if (r == EX_OK)
		r = read_identifier(v, v->args[2], &who);
	if (r == EX_OK && (e = rights_entry(v->store, &m, buf_str(&who), &old)) < 0)
		r = verb_fail(v, v->args[1], e);
	if (r == EX_OK)
		r = read_rights(v, v->args[3], old, &rights);
	if (r == EX_OK) {
		e = change_new(&c, v->store);
		if (e >= 0)
			e = rights_set(c, v->store, &m, buf_str(&who), rights);
		r = verb_commit(v, v->args[1], c, e);
	}
	buf_free(&who);
	return r;
}

int cmd_acl_del(struct verb_call *v)
{
	struct mbox_info m;
	struct change *c = NULL;
	struct buf who;
	int r = verb_mailbox(v, v->args[0], v->args[1], &m), e;

	buf_init(&who, 1024);
	if (r == EX_OK)
		r = read_identifier(v, v->args[2], &who);
	if (r == EX_OK) {
		e = change_new(&c, v->store);
		if (e >= 0)
			e = change_acl_set(c, m.id, buf_str(&who), STR_NONE);
		r = verb_commit(v, v->args[1], c, e);
	}
	buf_free(&who);
	return r;
}
