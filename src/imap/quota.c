/* quota.c - GETQUOTA, GETQUOTAROOT, SETQUOTA: RFC 9208. One quota root an account, called like it.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "imap/command.h"
#include "imap/folders.h"

enum { NAME_MOST = 1024, KIB = 1024 };

static void put_resource(struct buf *b, const char *name, uint64_t used, uint64_t limit)
{
	if (!limit) /* RFC 9208 4.2.1: what is not limited is not named */
		return;
	buf_printf(b, "%s%s %" PRIu64 " %" PRIu64, b->p[b->n - 1] == '(' ? "" : " ", name, used, limit);
}

static void put_quota(struct imap *s, struct str root, const struct account_info *info)
{
	struct buf *b = imap_buf(s);
	uint64_t n_mboxes = 0;

	if (info->quota_mboxes)
		account_mboxes(imap_store(s), info->id, &n_mboxes);
	buf_add(b, STR("* QUOTA "));
	put_astring(b, root);
	buf_add(b, STR(" ("));
	put_resource(b, "STORAGE", (info->used_bytes + KIB - 1) / KIB,
		     (info->quota_bytes + KIB - 1) / KIB);
	put_resource(b, "MESSAGE", info->used_messages, info->quota_messages);
	put_resource(b, "MAILBOX", n_mboxes, info->quota_mboxes);
	buf_add(b, STR(")\r\n"));
	imap_write(s, b);
}

/* A root that this user may know of: one's own, and all for administrators (RFC 9208 8). */
static int find_root(struct imap *s, struct str root, struct account_info *info)
{
	int r;

	if (!str_eq(root, str_of(s->user)) && !imap_is_admin(s))
		return E_NOTFOUND;
	r = account_find(imap_store(s), root, info);
	return r == E_NOACCOUNT ? E_NOTFOUND : r;
}

static int no_root(struct imap *s, int r)
{
	return r == E_NOTFOUND ? imap_no_code(s, "NONEXISTENT", "no such quota root") : imap_fail(s, r);
}

/* GETQUOTA root */
int imap_cmd_getquota(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct account_info info;
	struct str root;
	int r;

	arg_sp(a);
	arg_astring(a, &root);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	if ((r = find_root(s, root, &info)) < 0)
		return no_root(s, r);
	put_quota(s, root, &info);
	return imap_ok(s, "that is the quota");
}

/* GETQUOTAROOT mailbox; of one's own it need not be there (RFC 9208 4.1.2), of others it takes "r". */
int imap_cmd_getquotaroot(struct imap *s)
{
	struct args *a = &s->cmd->args;
	struct account_info info;
	struct mbox_info m = {0};
	struct place p;
	struct str name;
	struct buf root, *b;
	int r;

	arg_sp(a);
	arg_mailbox(a, &name);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	r = imap_find(s, name, RIGHT_R, &m, NULL);
	if (r == E_NOMBOX && imap_place(s, name, &p) >= 0 && p.is_own) {
		m.account = s->account;
		r = 0;
	}
	if (r >= 0)
		r = account_get(imap_store(s), m.account, &info);
	if (r < 0)
		return imap_fail(s, r);
	buf_init(&root, NAME_MOST);
	account_name(imap_store(s), m.account, &root);
	b = imap_buf(s);
	buf_add(b, STR("* QUOTAROOT "));
	put_mailbox(s, b, name);
	buf_add_char(b, ' ');
	put_astring(b, buf_str(&root));
	buf_add(b, STR("\r\n"));
	imap_write(s, b);
	put_quota(s, buf_str(&root), &info);
	buf_free(&root);
	return imap_ok(s, "that is the quota root");
}

/* "(STORAGE 512 MESSAGE 1000)"; what is not named has no limit any more. Octets, messages, mailboxes. */
static int take_limits(struct args *a, uint64_t limits[3])
{
	static const char *const names[] = {[QUOTA_STORAGE] = "STORAGE", [QUOTA_MESSAGE] = "MESSAGE",
					    [QUOTA_MAILBOX] = "MAILBOX"};
	bool is_first = true;

	arg_char(a, '(');
	while (!a->err && arg_peek(a) != ')') {
		struct str name = STR_NONE;
		uint64_t limit = 0;
		size_t kind = 0;

		if (!is_first)
			arg_sp(a);
		is_first = false;
		arg_atom(a, &name);
		arg_sp(a);
		if (arg_number64(a, &limit) < 0)
			return a->err;
		if (!limit || limit > INT64_MAX / KIB) /* 0 is "no limit" to the store */
			return arg_fail(a, E_RANGE, "a limit must be at least 1, and no more than 2^53");
		while (kind < COLUMNS(names) && !str_ieq(name, str_of(names[kind])))
			kind++;
		if (kind == COLUMNS(names))
			return arg_fail(a, E_SYNTAX, "there is no such resource");
		limits[kind] = kind == QUOTA_STORAGE ? limit * KIB : limit;
	}
	return arg_char(a, ')');
}

static int commit_limits(struct imap *s, uint64_t account, const uint64_t limits[3])
{
	struct change *c;
	int r = change_new(&c, imap_store(s));

	if (r < 0)
		return r;
	for (int kind = QUOTA_STORAGE; kind <= QUOTA_MAILBOX && r >= 0; kind++)
		r = change_quota_set(c, account, (enum quota_kind)kind, limits[kind]);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* SETQUOTA root (limits): the accounts that the setting `admins` names may. */
int imap_cmd_setquota(struct imap *s)
{
	struct args *a = &s->cmd->args;
	uint64_t limits[3] = {0};
	struct account_info info;
	struct str root;
	int r;

	arg_sp(a);
	arg_astring(a, &root);
	arg_sp(a);
	take_limits(a, limits);
	if ((r = arg_end(a)) < 0)
		return imap_fail(s, r);
	if (!imap_is_admin(s)) /* whether there is such a root, too, is none of one's business */
		return imap_no(s, E_DENIED, "administrators set quotas");
	if ((r = find_root(s, root, &info)) < 0)
		return no_root(s, r);
	r = commit_limits(s, info.id, limits);
	if (r >= 0)
		r = account_get(imap_store(s), info.id, &info);
	if (r < 0)
		return imap_fail(s, r);
	put_quota(s, root, &info);
	return imap_ok(s, "the quota is set");
}
