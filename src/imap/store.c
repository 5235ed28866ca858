/* store.c - STORE and UID STORE: flags and keywords (RFC 9051 6.4.6), conditional (RFC 7162 3.1.3).
 * SPDX-License-Identifier: Apache-2.0
 *
 * One change for all messages, synced before a word is said; it may go in slices. What it has done
 * is told here, as FETCH tells it, and passed over by imap_sync. */
#include <inttypes.h>
#include "imap/annotate.h"
#include "imap/command.h"
#include "imap/fetch.h"

struct storing {
	enum flag_op op;
	bool is_silent, is_conditional;
	uint64_t unchanged_since;
	struct arg_flags flags;
	struct uidset set, failed;
};

enum { ALL_FLAGS = MSG_SEEN | MSG_ANSWERED | MSG_FLAGGED | MSG_DELETED | MSG_DRAFT };

/* RFC 4314 2.1: s for \Seen, t for \Deleted, w for the rest. */
uint32_t flags_allowed(uint32_t rights)
{
	return (rights & RIGHT_S ? MSG_SEEN : 0u) | (rights & RIGHT_T ? MSG_DELETED : 0u) |
	       (rights & RIGHT_W ? ALL_FLAGS & ~(MSG_SEEN | MSG_DELETED) : 0u);
}

/* -- arguments ------------------------------------------------------------------------- */

/* store-modifiers of RFC 4466: "(UNCHANGEDSINCE 12) " */
static int read_modifiers(struct args *a, struct storing *st)
{
	if (!arg_next_is(a, '('))
		return a->err;
	if (!arg_word_is(a, "UNCHANGEDSINCE"))
		return arg_fail(a, E_SYNTAX, "no such modifier");
	st->is_conditional = true;
	arg_sp(a);
	arg_modseq(a, &st->unchanged_since);
	arg_char(a, ')');
	return arg_sp(a);
}

static int read_what(struct args *a, struct storing *st)
{
	st->op = arg_next_is(a, '+') ? FLAGS_ADD : arg_next_is(a, '-') ? FLAGS_REMOVE : FLAGS_SET;
	st->is_silent = arg_word_is(a, "FLAGS.SILENT");
	if (!st->is_silent && !arg_word_is(a, "FLAGS"))
		return arg_fail(a, E_SYNTAX, "only FLAGS can be stored");
	arg_sp(a);
	if (arg_flag_list(a, false, &st->flags) == 0 && st->flags.has_recent)
		arg_fail(a, E_SYNTAX, "\\Recent is not a client's to set"); /* RFC 3501 2.3.2 */
	return arg_end(a);
}

/* -- what the rights allow ------------------------------------------------------------------- */

/* RFC 4314 4: it fails only if the user may change none of what is named. */
static int check_rights(struct imap *s, const struct storing *st)
{
	uint32_t rights = s->mbox->rights;
	bool names_any = st->flags.flags || st->flags.n_keywords;
	bool may_any = (st->flags.flags & flags_allowed(rights)) ||
		       (st->flags.n_keywords && (rights & RIGHT_W));

	if (s->mbox->is_read_only)
		return imap_no(s, E_DENIED, "the mailbox is read-only");
	if ((st->op == FLAGS_SET || !names_any) && flags_allowed(rights))
		return 0;
	return may_any ? 0 : imap_no(s, E_DENIED, "you may not change these flags");
}

/* All keywords of the mailbox but those named: what SET takes away. */
static size_t other_keywords(struct imap *s, const struct arg_flags *flags, struct str *ret)
{
	struct arena *a = conn_arena(s->conn);
	struct str *all = arena_alloc(a, 64 * sizeof(*all));
	size_t n = 0;

	if (!all || view_keywords(imap_store(s), s->mbox->view->mbox, a, all) < 0)
		return 0;
	for (unsigned bit = 0; bit < 64; bit++) { /* also one that came since the session looked */
		struct str name = all[bit];
		bool is_named = !name.n;

		for (size_t i = 0; i < flags->n_keywords && !is_named; i++)
			is_named = str_ieq(name, flags->keywords[i]);
		if (!is_named)
			ret[n++] = name;
	}
	return n;
}

/* Where several steps make one STORE the condition holds for each of them: what another of them has
 * given does not count (store.h). */
static void on_condition(struct change *c, const struct storing *st, struct change_report *ret)
{
	if (st->is_conditional)
		change_unchanged_since(c, st->unchanged_since);
	change_tell(c, ret);
}

static int add_step(struct imap *s, struct change *c, const struct storing *st, enum flag_op op,
		    uint32_t flags, const struct str *keywords, size_t n, struct change_report *ret)
{
	const struct view *v = s->mbox->view;
	int r = 0;

	if (v->reader && (flags & MSG_SEEN)) {
		r = change_seen_by(c, v->mbox, v->reader, st->set, op == FLAGS_ADD);
		if (r >= 0)
			on_condition(c, st, ret);
		flags &= ~(uint32_t)MSG_SEEN;
	}
	if (r >= 0 && (flags || n)) {
		r = change_flags(c, v->mbox, st->set, op, flags, keywords, n);
		if (r >= 0)
			on_condition(c, st, ret);
	}
	return r;
}

/* With some rights only, or a \Seen of one's own: SET becomes what it takes away and what it adds. */
static int add_steps(struct imap *s, struct change *c, const struct storing *st,
		     struct change_report *ret)
{
	uint32_t may = flags_allowed(s->mbox->rights), flags = st->flags.flags & may;
	size_t n = s->mbox->rights & RIGHT_W ? st->flags.n_keywords : 0, n_others = 0;
	struct str *others;
	int r = 0;

	if (st->op != FLAGS_SET)
		return add_step(s, c, st, st->op, flags, st->flags.keywords, n, ret);
	others = arena_alloc(conn_arena(s->conn), 64 * sizeof(*others));
	if (!others)
		return E_NOMEM;
	if (s->mbox->rights & RIGHT_W)
		n_others = other_keywords(s, &st->flags, others);
	r = add_step(s, c, st, FLAGS_REMOVE, may & ~flags, others, n_others, ret);
	return r < 0 ? r : add_step(s, c, st, FLAGS_ADD, flags, st->flags.keywords, n, ret);
}

/* -- doing it ----------------------------------------------------------------------------------- */

MAY_WAIT static int commit_steps(struct imap *s, struct storing *st)
{
	struct change_report report = {.arena = conn_arena(s->conn)};
	struct change *c = NULL;
	int r = change_new(&c, imap_store(s));

	if (r >= 0)
		r = add_steps(s, c, st, &report);
	if (r >= 0) {
		change_in_slices(c);
		r = change_commit(&c);
	}
	change_drop(c);
	if (r >= 0)
		st->failed = report.failed;
	return r;
}

MAY_WAIT static int commit_flags(struct imap *s, struct storing *st)
{
	struct change_report report = {.arena = conn_arena(s->conn)};
	struct change *c = NULL;
	int r = change_new(&c, imap_store(s));

	if (r >= 0)
		r = change_flags(c, s->mbox->view->mbox, st->set, st->op, st->flags.flags,
				 st->flags.keywords, st->flags.n_keywords);
	if (r >= 0 && st->is_conditional)
		change_unchanged_since(c, st->unchanged_since);
	if (r >= 0) {
		change_tell(c, &report);
		change_in_slices(c);
		r = change_commit(&c);
	}
	change_drop(c);
	if (r >= 0)
		st->failed = report.failed;
	return r;
}

/* What others had changed before us is no part of what the client asked for: with .SILENT it is
 * news that must be told (RFC 9051 6.4.6). */
static int changed_before(struct imap *s, const struct storing *st, struct uidset *ret)
{
	struct view_news news;
	int r;

	*ret = (struct uidset){0};
	if (!st->is_silent || st->op == FLAGS_SET)
		return 0;
	r = view_look(s->mbox->view, conn_arena(s->conn), &news);
	if (r >= 0 && !news.is_gone)
		*ret = news.changed;
	return r;
}

/* -- telling -------------------------------------------------------------------------------------- */

static int finish(struct imap *s, void *arg)
{
	const struct storing *st = arg;
	struct uidset set = st->failed;
	struct buf b;
	int r = 0;

	if (!set.n)
		return imap_ok(s, "stored");
	if (!s->cmd->is_uid)
		r = view_seqs(s->mbox->view, set, conn_arena(s->conn), &set);
	buf_init(&b, 1 << 20);
	if (r >= 0)
		r = put_uidset(&b, set);
	if (r >= 0)
		r = imap_ok(s, "[MODIFIED " STR_FMT "] some were changed by others", STR_ARG(buf_str(&b)));
	buf_free(&b);
	return r < 0 ? imap_fail(s, r) : r;
}

MAY_WAIT static int tell(struct imap *s, struct storing *st, struct uidset before)
{
	struct arena *a = conn_arena(s->conn);
	bool with_modseq = (s->enabled & EN_CONDSTORE) != 0;
	struct uidset done;
	unsigned kinds = 0;
	int r;

	s->cmd->told_modseq = modseq_now(s); /* before anything is read: what comes later is news */
	r = uidset_minus(st->set, st->failed, a, &done);
	if (r >= 0)
		r = uidset_minus(done, before, a, &s->cmd->told);
	if (r < 0)
		return imap_fail(s, r);
	s->n_stored += uidset_count(done);
	if (!st->is_silent)
		kinds |= 1u << FETCH_FLAGS;
	if (with_modseq) /* RFC 7162 3.1.3: also if it is silent */
		kinds |= 1u << FETCH_MODSEQ;
	if ((with_modseq || s->cmd->is_uid) && !(s->enabled & EN_UIDONLY))
		kinds |= 1u << FETCH_UID;
	if (!(kinds & ~(1u << FETCH_UID)))
		return finish(s, st);
	return fetch_tell(s, kinds, done, finish, st);
}

int imap_cmd_store(struct imap *s)
{
	struct storing *st = arena_new(conn_arena(s->conn), struct storing);
	struct args *a = &s->cmd->args;
	struct uidset before;
	int r = refuse_numbers(s);

	if (r < 0)
		return r;
	if (!st)
		return imap_fail(s, E_NOMEM);
	arg_sp(a);
	arg_messages(s, &st->set);
	arg_sp(a);
	read_modifiers(a, st);
	if (arg_word_is(a, "ANNOTATION")) /* RFC 5257 4.5 */
		return annotate_store(s, st->set, st->is_conditional ? &st->unchanged_since : NULL);
	if (read_what(a, st) < 0)
		return imap_fail(s, a->err);
	r = check_rights(s, st);
	if (r < 0)
		return r;
	if (st->is_conditional)
		condstore_on(s);
	r = changed_before(s, st, &before);
	if (r >= 0 && st->set.n) {
		bool is_plain = flags_allowed(s->mbox->rights) == ALL_FLAGS && !s->mbox->view->reader;

		r = is_plain ? commit_flags(s, st) : commit_steps(s, st);
	}
	return r < 0 ? imap_fail(s, r) : tell(s, st, before);
}
