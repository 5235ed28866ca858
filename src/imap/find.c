/* find.c - names in three namespaces, and the one door to every mailbox (SECURITY E7).
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/folders.h"
#include "wire/mutf7.h"

enum { ACCOUNT_MOST = 512, NAME_MOST = 8192 };

/* The name, or its first levels. */
static bool has_root(struct str name, struct str prefix)
{
	struct str root = str_head(prefix, prefix.n - 1);

	return str_eq(name, root) || str_starts(name, prefix);
}

bool is_foreign_name(struct str name)
{
	return has_root(name, STR(OTHERS_PREFIX)) || has_root(name, STR(SHARED_PREFIX));
}

/* INBOX in any case is INBOX, also another's. */
static int inner_path(struct imap *s, struct str path, struct str *ret)
{
	struct str first = path;

	first = str_cut(&first, '/');
	*ret = path;
	if (str_ieq(first, STR("INBOX")) && !str_eq(first, STR("INBOX"))) {
		struct str rest = str_from(path, 5);

		*ret = arena_printf(conn_arena(s->conn), "INBOX" STR_FMT, STR_ARG(rest));
	}
	return ret->p ? 0 : E_NOMEM;
}

/* "bob@x.test/Projects". An account's name may have a "/" in it: the first cut that gives one counts. */
static int foreign_place(struct imap *s, struct str rest, bool in_shared, struct place *ret)
{
	struct account_info info;

	for (size_t i = 0; i + 1 < rest.n && i < ACCOUNT_MOST; i++) {
		if (rest.p[i] != '/' || str_find(str_head(rest, i), '@') < 0 ||
		    account_find(imap_store(s), str_head(rest, i), &info) < 0)
			continue;
		/* one's own mailboxes have one name only */
		if (info.id == s->account ||
		    account_is_shared(imap_store(s), info.id) != in_shared)
			return E_NOMBOX;
		*ret = (struct place){.account = info.id};
		return inner_path(s, str_from(rest, i + 1), &ret->path);
	}
	return E_NOMBOX;
}

int imap_place(struct imap *s, struct str name, struct place *ret)
{
	if (str_starts(name, STR(OTHERS_PREFIX)))
		return foreign_place(s, str_from(name, sizeof(OTHERS_PREFIX) - 1), false, ret);
	if (str_starts(name, STR(SHARED_PREFIX)))
		return foreign_place(s, str_from(name, sizeof(SHARED_PREFIX) - 1), true, ret);
	if (is_foreign_name(name))
		return E_NOMBOX;
	*ret = (struct place){.account = s->account, .path = name, .is_own = true};
	return 0;
}

int imap_find(struct imap *s, struct str name, uint32_t rights, struct mbox_info *ret,
	      uint32_t *granted)
{
	struct mbox_info m;
	struct place place;
	uint32_t has;
	int r = imap_place(s, name, &place);

	if (r >= 0)
		r = mbox_find(imap_store(s), place.account, place.path, &m);
	if (r >= 0)
		r = rights_of(imap_store(s), s->account, str_of(s->user), &m, &has);
	if (r < 0)
		return r;
	if (rights ? (has & rights) != rights : !(has & RIGHTS_REVEAL))
		return has & RIGHT_L ? E_DENIED : E_NOMBOX; /* RFC 4314 6 */
	*ret = m;
	if (granted)
		*granted = has;
	return 0;
}

int imap_account_prefix(struct imap *s, uint64_t account, struct buf *out)
{
	int r;

	if (account == s->account)
		return out->failed;
	buf_add(out, account_is_shared(imap_store(s), account) ? STR(SHARED_PREFIX)
							       : STR(OTHERS_PREFIX));
	r = account_name(imap_store(s), account, out);
	return r < 0 ? r : buf_add_char(out, '/');
}

int imap_mbox_name(struct imap *s, const struct mbox_info *m, struct buf *out)
{
	int r = imap_account_prefix(s, m->account, out);

	return r < 0 ? r : mbox_name(imap_store(s), m->id, out);
}

bool imap_is_admin(const struct imap *s)
{
	const struct conf_list *admins = &s->conf->admins;

	for (size_t i = 0; i < admins->n; i++)
		if (str_ieq(str_of(admins->v[i]), str_of(s->user)))
			return true;
	return false;
}

/* -- names that are made, or go ------------------------------------------------------- */

static int canonical(struct args *a, struct str in, struct str *raw, struct str *ret)
{
	struct buf utf8, name;
	struct str cut;
	int r;

	buf_init(&utf8, NAME_MOST);
	buf_init(&name, NAME_MOST);
	if (a->utf8)
		r = utf8_is_valid(in) ? buf_add(&utf8, in) : E_UTF8;
	else
		r = mutf7_decode(in, &utf8);
	cut = buf_str(&utf8);
	if (cut.n && cut.p[cut.n - 1] == '/') /* RFC 9051 6.3.4: a declaration, and no more */
		cut.n--;
	if (r >= 0)
		r = mailbox_name_canonical(cut, &name);
	if (r >= 0) {
		*raw = arena_dup(a->arena, cut);
		*ret = arena_dup(a->arena, buf_str(&name));
		r = raw->p && ret->p ? 0 : E_NOMEM;
	}
	buf_free(&utf8);
	buf_free(&name);
	return r;
}

int take_mailbox(struct imap *s, struct str *raw, struct str *name)
{
	struct args *a = &s->cmd->args;
	struct str in;
	int r = arg_sp(a);

	if (r < 0 || (r = arg_astring(a, &in)) < 0)
		return r;
	r = canonical(a, in, raw, name);
	if (r >= 0)
		return 0;
	a->is_no |= !a->err && r != E_NOMEM;
	return r == E_NOMEM ? arg_fail(a, r, "out of memory")
			    : arg_fail(a, E_SYNTAX, "not a name that a mailbox can have");
}

void tell_oldname(struct imap *s, const char *attributes, struct str name, struct str old)
{
	struct buf *b;

	if (!(s->enabled & EN_REV2))
		return;
	b = imap_buf(s);
	buf_printf(b, "* LIST (%s) \"/\" ", attributes);
	put_mailbox(s, b, name);
	if (old.p) {
		buf_add(b, STR(" (\"OLDNAME\" ("));
		put_mailbox(s, b, old);
		buf_add(b, STR("))"));
	}
	buf_add(b, STR("\r\n"));
	if (!b->failed)
		imap_write(s, b);
}
