/* mailbox.c - mailbox list, create, delete, rename, subscribe, unsubscribe and seen.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Names are written in UTF-8, as IMAP shows them: "Projects/2026". */
#include <string.h>
#include "auth/accounts.h"
#include "auth/rights.h"
#include "base/err.h"
#include "cmd/verb.h"
#include "cmd/verbs.h"
#include "wire/mutf7.h"

enum { NAME_MOST = 1024 };

static const struct {
	const char *name;
	uint32_t use;
} uses[] = {
	{"all", USE_ALL}, {"archive", USE_ARCHIVE}, {"drafts", USE_DRAFTS}, {"flagged", USE_FLAGGED},
	{"junk", USE_JUNK}, {"sent", USE_SENT}, {"trash", USE_TRASH}, {"important", USE_IMPORTANT},
};

int verb_account(struct verb_call *v, const char *address, struct account_info *ret)
{
	int r = user_find(v->store, str_of(address), ret);

	return r < 0 ? verb_fail(v, address, r) : EX_OK;
}

int verb_mailbox_name(struct verb_call *v, const char *written, struct buf *name)
{
	int r = mailbox_name_canonical(str_of(written), name);

	if (r >= 0)
		return EX_OK;
	out_error(v->out, "%.400s: not a name that a mailbox can have", written);
	return EX_USAGE;
}

int verb_mailbox(struct verb_call *v, const char *address, const char *written, struct mbox_info *ret)
{
	struct account_info account;
	struct buf name;
	int r = verb_account(v, address, &account);

	if (r != EX_OK)
		return r;
	buf_init(&name, NAME_MOST);
	r = verb_mailbox_name(v, written, &name);
	if (r == EX_OK) {
		int e = mbox_find(v->store, account.id, buf_str(&name), ret);

		r = e < 0 ? verb_fail(v, written, e) : EX_OK;
	}
	buf_free(&name);
	return r;
}

int verb_commit(struct verb_call *v, const char *what, struct change *c, int r)
{
	if (r >= 0)
		r = change_commit(&c);
	else
		change_drop(c);
	return r < 0 ? verb_fail(v, what, r) : EX_OK;
}

/* -- list ------------------------------------------------------------------------------- */

static void list_one(struct verb_call *v, struct table *t, const struct mbox_path *p, struct str name)
{
	struct mbox_info m = {0};
	struct buf words;

	if (p->mbox && mbox_get(v->store, p->mbox, &m) < 0)
		return;
	buf_init(&words, 256);
	for (size_t i = 0; i < COLUMNS(uses); i++)
		if (p->special_use & uses[i].use)
			buf_printf(&words, "%s%s", words.n ? " " : "", uses[i].name);
	table_text(t, name);
	table_int(t, (int64_t)m.messages);
	table_int(t, (int64_t)m.unseen);
	table_int(t, (int64_t)m.octets);
	table_text(t, buf_str(&words));
	table_int(t, p->subscribed);
	table_int(t, p->mbox != 0);
	buf_free(&words);
}

struct listing { /* rows are copied out of the transaction, some at a time */
	struct arena arena;
	struct mbox_path rows[64];
	size_t n;
	struct str after;
	bool failed;
};

static bool note(void *arg, const struct mbox_path *p)
{
	struct listing *l = arg;
	struct str name;

	if (str_eq(p->name, l->after))
		return true;
	name = arena_dup(&l->arena, p->name);
	l->failed |= !name.p;
	if (l->failed)
		return false;
	l->rows[l->n] = *p;
	l->rows[l->n++].name = name;
	return l->n < COLUMNS(l->rows);
}

static int list_all(struct verb_call *v, uint64_t account, struct table *t, struct listing *l)
{
	int r;

	do {
		l->n = 0;
		r = path_each(v->store, account, l->after, STR_NONE, note, l);
		for (size_t i = 0; i < l->n && r >= 0; i++)
			list_one(v, t, &l->rows[i], l->rows[i].name);
		if (l->n)
			l->after = l->rows[l->n - 1].name;
	} while (r >= 0 && !l->failed && l->n == COLUMNS(l->rows));
	return l->failed ? E_NOMEM : r;
}

int cmd_mailbox_list(struct verb_call *v)
{
	static const struct column columns[] = {
		{"MAILBOX", "mailbox", CELL_TEXT},	{"MESSAGES", "messages", CELL_NUMBER},
		{"UNSEEN", "unseen", CELL_NUMBER},	{"SIZE", "size", CELL_SIZE},
		{"USE", "use", CELL_TEXT},		{"SUBSCRIBED", "subscribed", CELL_BOOL},
		{"EXISTS", "exists", CELL_BOOL},
	};
	struct listing *l;
	struct account_info account;
	struct table t;
	int r = verb_account(v, v->args[0], &account);

	if (r != EX_OK)
		return r;
	if (!(l = calloc(1, sizeof(*l))))
		return verb_fail(v, "list", E_NOMEM);
	arena_init(&l->arena, 1 << 30);
	table_init(&t, columns, COLUMNS(columns));
	r = list_all(v, account.id, &t, l);
	if (r < 0)
		t.failed = r;
	r = table_print(&t, v->out);
	arena_free(&l->arena);
	free(l);
	return r < 0 ? verb_fail(v, "list", r) : EX_OK;
}

/* -- create, delete, rename ----------------------------------------------------------------- */

static int read_use(struct verb_call *v, uint32_t *ret)
{
	*ret = 0;
	if (!verb_has(v, OPT_USE))
		return EX_OK;
	for (size_t i = 0; i < COLUMNS(uses); i++)
		if (str_ieq(str_of(v->value[OPT_USE]), str_of(uses[i].name)))
			*ret = uses[i].use;
	if (*ret)
		return EX_OK;
	out_error(v->out, "--use: one of archive, drafts, junk, sent, trash, important, all, flagged");
	return EX_USAGE;
}

/* What is missing above `name` is made, too. */
static int make_superiors(struct verb_call *v, struct change *c, uint64_t account, struct str name)
{
	struct mbox_info m;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < name.n; i++) {
		if (name.p[i] != '/')
			continue;
		r = mbox_find(v->store, account, str_head(name, i), &m);
		if (r == E_NOMBOX)
			r = change_mbox_create(c, account, str_head(name, i), 0);
	}
	return r;
}

/* Others' mailboxes are shown there (imap/folders.h). */
static bool is_reserved(struct str name)
{
	struct str root = str_cut(&name, '/');

	return str_eq(root, STR("Other Users")) || str_eq(root, STR("Shared"));
}

static int take_new_name(struct verb_call *v, const char *written, struct buf *name)
{
	int r = verb_mailbox_name(v, written, name);

	if (r == EX_OK && is_reserved(buf_str(name))) {
		out_error(v->out, "%.400s: IMAP shows others' mailboxes under that name", written);
		return EX_USAGE;
	}
	return r;
}

int cmd_mailbox_create(struct verb_call *v)
{
	struct account_info account;
	struct change *c;
	struct buf name;
	uint32_t use;
	int r = read_use(v, &use), e;

	if (r == EX_OK)
		r = verb_account(v, v->args[0], &account);
	buf_init(&name, NAME_MOST);
	if (r == EX_OK)
		r = take_new_name(v, v->args[1], &name);
	if (r == EX_OK) {
		e = change_new(&c, v->store);
		if (e >= 0)
			e = make_superiors(v, c, account.id, buf_str(&name));
		if (e >= 0)
			e = change_mbox_create(c, account.id, buf_str(&name), use);
		r = verb_commit(v, v->args[1], c, e);
	}
	buf_free(&name);
	return r;
}

int cmd_mailbox_delete(struct verb_call *v)
{
	struct mbox_info m;
	struct change *c = NULL;
	int r = verb_mailbox(v, v->args[0], v->args[1], &m), e;

	if (r != EX_OK)
		return r;
	e = change_new(&c, v->store);
	if (e >= 0)
		e = change_mbox_delete(c, m.id);
	return verb_commit(v, v->args[1], c, e);
}

int cmd_mailbox_rename(struct verb_call *v)
{
	struct mbox_info m;
	struct change *c = NULL;
	struct buf name;
	int r = verb_mailbox(v, v->args[0], v->args[1], &m), e;

	buf_init(&name, NAME_MOST);
	if (r == EX_OK)
		r = take_new_name(v, v->args[2], &name);
	if (r == EX_OK) {
		e = change_new(&c, v->store);
		if (e >= 0)
			e = make_superiors(v, c, m.account, buf_str(&name));
		if (e >= 0)
			e = change_mbox_rename(c, m.id, buf_str(&name));
		r = verb_commit(v, v->args[1], c, e);
	}
	buf_free(&name);
	return r;
}

/* -- subscriptions, settings ------------------------------------------------------------------ */

static int subscribe(struct verb_call *v, bool on)
{
	struct account_info account;
	struct change *c = NULL;
	struct buf name;
	int r = verb_account(v, v->args[0], &account), e;

	buf_init(&name, NAME_MOST);
	if (r == EX_OK)
		r = verb_mailbox_name(v, v->args[1], &name);
	if (r == EX_OK) {
		e = change_new(&c, v->store);
		if (e >= 0)
			e = change_mbox_subscribe(c, account.id, buf_str(&name), on);
		r = verb_commit(v, v->args[1], c, e);
	}
	buf_free(&name);
	return r;
}

int cmd_mailbox_subscribe(struct verb_call *v)
{
	return subscribe(v, true);
}

int cmd_mailbox_unsubscribe(struct verb_call *v)
{
	return subscribe(v, false);
}

/* Whose \Seen a mailbox keeps: everybody's, or each reader's by himself. */
int cmd_mailbox_seen(struct verb_call *v)
{
	struct str how = str_of(v->args[2]);
	struct mbox_info m;
	struct change *c = NULL;
	bool is_own = str_eq(how, STR("own"));
	int r, e;

	if (!is_own && !str_eq(how, STR("shared"))) {
		out_error(v->out, "own or shared: whose \\Seen it keeps");
		return EX_USAGE;
	}
	r = verb_mailbox(v, v->args[0], v->args[1], &m);
	if (r != EX_OK)
		return r;
	e = change_new(&c, v->store);
	if (e >= 0)
		e = change_meta_set(c, m.account, m.id, STR(META_SEEN_OWN), is_own ? STR("yes") : STR_NONE);
	return verb_commit(v, v->args[1], c, e);
}
