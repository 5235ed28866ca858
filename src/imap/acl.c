/* acl.c - SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS: RFC 4314.
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/command.h"
#include "imap/folders.h"

enum { ENTRIES_MOST = 1000, IDENTIFIER_MOST = 400, LINE_MOST = 1 << 20 };

/* An identifier in the form that ACLs hold; why not is in args (RFC 4314 3: BAD). */
static int take_identifier(struct imap *s, struct str *raw, struct str *who)
{
	struct args *a = &s->cmd->args;
	struct buf b;
	int r = arg_astring(a, raw);

	if (r < 0)
		return r;
	buf_init(&b, 1024);
	r = rights_identifier(imap_store(s), *raw, &b);
	if (r >= 0 && b.n > IDENTIFIER_MOST)
		r = E_SYNTAX;
	if (r >= 0) {
		*who = arena_dup(a->arena, buf_str(&b));
		r = who->p ? 0 : E_NOMEM;
	}
	buf_free(&b);
	if (r == E_NOACCOUNT)
		return arg_fail(a, r, "write user@domain");
	if (r == E_NOMEM)
		return arg_fail(a, r, "out of memory");
	return r < 0 ? arg_fail(a, E_SYNTAX, "not an identifier") : 0;
}

static int take_rights(struct args *a, char *how, uint32_t *rights)
{
	struct str text;
	int r = arg_astring(a, &text);

	if (r < 0)
		return r;
	*how = 0;
	if (text.n && (text.p[0] == '+' || text.p[0] == '-')) {
		*how = text.p[0];
		text = str_from(text, 1);
	}
	if (rights_parse(text, rights) < 0) /* RFC 4314 3.1 */
		return arg_fail(a, E_SYNTAX, "there is no such right");
	return 0;
}

static bool count_one(void *arg, struct str who, struct str rights)
{
	return ++*(unsigned *)arg < ENTRIES_MOST;
}

static int commit_entry(struct imap *s, const struct mbox_info *m, struct str who, uint32_t rights,
			bool remove)
{
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	r = remove ? change_acl_set(c, m->id, who, STR_NONE) : rights_set(c, imap_store(s), m, who, rights);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* SETACL mailbox identifier [+-]rights */
int imap_cmd_setacl(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str name, raw, who;
	struct mbox_info m;
	uint32_t rights, old;
	unsigned n = 0;
	char how;
	int r;

	arg_sp(a);
	arg_mailbox(a, &name);
	arg_sp(a);
	take_identifier(s, &raw, &who);
	arg_sp(a);
	take_rights(a, &how, &rights);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = imap_find(s, name, RIGHT_A, &m, NULL);
	if (r >= 0)
		r = rights_entry(imap_store(s), &m, who, &old);
	if (r >= 0)
		r = acl_each(imap_store(s), m.id, count_one, &n);
	if (r < 0)
		return imap_fail(s, r);
	if (n >= ENTRIES_MOST && !old)
		return imap_no(s, E_LIMIT, "the list is full");
	if (how)
		rights = how == '+' ? old | rights : old & ~rights;
	r = commit_entry(s, &m, who, rights, false);
	return r < 0 ? imap_fail(s, r) : imap_ok(s, "the list is changed");
}

/* DELETEACL mailbox identifier */
int imap_cmd_deleteacl(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str name, raw, who;
	struct mbox_info m;
	int r;

	arg_sp(a);
	arg_mailbox(a, &name);
	arg_sp(a);
	take_identifier(s, &raw, &who);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = imap_find(s, name, RIGHT_A, &m, NULL);
	if (r >= 0)
		r = commit_entry(s, &m, who, 0, true);
	return r < 0 ? imap_fail(s, r) : imap_ok(s, "the list is changed");
}

/* -- reading ---------------------------------------------------------------------------- */

struct listing {
	struct buf b;
	struct str owner;
	bool has_owner;
};

static void put_entry(struct buf *b, struct str who, uint32_t rights)
{
	struct buf text;

	buf_init(&text, 32);
	rights_write(rights, &text, true);
	buf_add_char(b, ' ');
	put_astring(b, who);
	buf_add_char(b, ' ');
	put_astring(b, buf_str(&text));
	buf_free(&text);
}

static bool list_entry(void *arg, struct str who, struct str rights)
{
	struct listing *l = arg;
	uint32_t bits = 0;

	l->has_owner |= str_eq(who, l->owner) || str_eq(who, STR("owner"));
	rights_parse(rights, &bits);
	put_entry(&l->b, who, bits);
	return !l->b.failed;
}

/* The entry that every mailbox has without anybody's having made it comes last. */
static int put_acl(struct imap *s, struct str name, const struct mbox_info *m)
{
	struct listing l = {0};
	struct buf owner;
	int r;

	buf_init(&owner, 1024);
	buf_init(&l.b, LINE_MOST);
	buf_add(&l.b, STR("* ACL "));
	put_mailbox(s, &l.b, name);
	r = account_name(imap_store(s), m->account, &owner);
	l.owner = buf_str(&owner);
	if (r >= 0)
		r = acl_each(imap_store(s), m->id, list_entry, &l);
	if (r >= 0 && !l.has_owner)
		put_entry(&l.b, l.owner, RIGHTS_ALL);
	buf_add(&l.b, STR("\r\n"));
	if (r >= 0)
		r = l.b.failed;
	if (r >= 0)
		imap_write(s, &l.b);
	buf_free(&l.b);
	buf_free(&owner);
	return r;
}

/* GETACL mailbox */
int imap_cmd_getacl(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct mbox_info m;
	struct str name;
	int r;

	arg_sp(a);
	arg_mailbox(a, &name);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = imap_find(s, name, RIGHT_A, &m, NULL);
	if (r >= 0)
		r = put_acl(s, name, &m);
	return r < 0 ? imap_fail(s, r) : imap_ok(s, "that is the list");
}

/* LISTRIGHTS mailbox identifier: every right can be granted by itself; the owner always has two. */
int imap_cmd_listrights(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct str name, raw, who;
	struct mbox_info m;
	struct buf *b, owner;
	bool is_owner;
	int r;

	arg_sp(a);
	arg_mailbox(a, &name);
	arg_sp(a);
	take_identifier(s, &raw, &who);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	if ((r = imap_find(s, name, RIGHT_A, &m, NULL)) < 0)
		return imap_fail(s, r);
	buf_init(&owner, 1024);
	is_owner = str_eq(who, STR("owner")) || (account_name(imap_store(s), m.account, &owner) >= 0 &&
						 str_eq(buf_str(&owner), who));
	buf_free(&owner);
	b = imap_buf(s);
	buf_add(b, STR("* LISTRIGHTS "));
	put_mailbox(s, b, name);
	buf_add_char(b, ' ');
	put_astring(b, raw); /* RFC 4314 3.4: as the client wrote it */
	buf_add(b, is_owner ? STR(" la r s w i p k x t e n c d\r\n")
			    : STR(" \"\" l r s w i p k x t e a n c d\r\n"));
	imap_write(s, b);
	return imap_ok(s, "these can be granted");
}

/* MYRIGHTS mailbox */
int imap_cmd_myrights(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct mbox_info m;
	struct str name;
	uint32_t rights;
	struct buf *b;
	int r;

	arg_sp(a);
	arg_mailbox(a, &name);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	if ((r = imap_find(s, name, 0, &m, &rights)) < 0)
		return imap_fail(s, r);
	b = imap_buf(s);
	buf_add(b, STR("* MYRIGHTS "));
	put_mailbox(s, b, name);
	buf_add_char(b, ' ');
	rights_write(rights, b, true);
	buf_add(b, STR("\r\n"));
	imap_write(s, b);
	return imap_ok(s, "these are yours");
}
