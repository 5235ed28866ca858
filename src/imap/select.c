/* select.c - opening and closing a mailbox: SELECT, EXAMINE, UNSELECT, CLOSE, CHECK.
 * SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include "imap/context.h"
#include "imap/annotate.h"
#include "imap/command.h"
#include "imap/messages.h"
#include "imap/sync.h"

enum { RIGHTS_THAT_CHANGE = RIGHT_S | RIGHT_W | RIGHT_T | RIGHT_E | RIGHT_I };

struct select_args {
	struct str name;
	bool condstore, qresync;
	uint32_t uidvalidity;
	uint64_t modseq;
	struct seqset known; /* UIDs; n = 0: all */
};

/* -- keywords -------------------------------------------------------------------------- */

/* The 64 names and their text as one block of memory. */
static struct str *copy_names(const struct str *from)
{
	struct str *to;
	size_t bytes = 0;
	char *text;

	for (unsigned i = 0; i < 64; i++)
		bytes += from[i].n;
	to = malloc(64 * sizeof(*to) + bytes + 1);
	if (!to)
		return NULL;
	text = (char *)(to + 64);
	for (unsigned i = 0; i < 64; i++) {
		to[i] = str_n(text, from[i].n);
		if (from[i].n)
			memcpy(text, from[i].p, from[i].n);
		text += from[i].n;
	}
	return to;
}

/* Reads the names of the keyword bits; says whether there are others than before. */
static bool reload_keywords(struct imap *s)
{
	struct imap_mbox *m = s->mbox;
	struct arena *a = conn_arena(s->conn);
	struct str *names = arena_alloc(a, 64 * sizeof(*names)), *copy;

	if (!names || view_keywords(imap_store(s), m->view->mbox, a, names) < 0)
		return false;
	copy = copy_names(names);
	if (!copy)
		return false;
	m->keyword_bits = 0;
	for (unsigned i = 0; i < 64; i++)
		m->keyword_bits |= copy[i].n ? UINT64_C(1) << i : 0;
	free(m->keywords);
	m->keywords = copy;
	return true;
}

struct str imap_keyword(struct imap *s, unsigned bit)
{
	struct imap_mbox *m = s->mbox;

	if (!(m->keyword_bits >> bit & 1))
		m->has_new_keywords |= reload_keywords(s);
	return m->keywords ? m->keywords[bit] : STR_NONE;
}

void tell_flags(struct imap *s)
{
	struct imap_mbox *m = s->mbox;
	struct buf buf, *b = &buf;
	uint32_t may = m->is_read_only ? 0 : m->rights;

	buf_init(b, 32 * 1024);
	m->has_new_keywords = false;
	put_flags(s, b, MSG_ANSWERED | MSG_FLAGGED | MSG_DELETED | MSG_SEEN | MSG_DRAFT,
		  m->keyword_bits);
	imap_untagged(s, "FLAGS " STR_FMT, STR_ARG(buf_str(b)));
	buf_clear(b);
	put_flags(s, b, flags_allowed(may), may & RIGHT_W ? m->keyword_bits : 0); /* RFC 4314 5.1.1 */
	if (may & RIGHT_W) {
		b->n--; /* the parenthesis */
		buf_add(b, STR(" \\*)"));
	}
	imap_untagged(s, "OK [PERMANENTFLAGS " STR_FMT "] these stay", STR_ARG(buf_str(b)));
	buf_free(b);
}

uint32_t imap_recent(const struct imap *s)
{
	const struct view *v = s->mbox->view;

	return v->n - view_rank(v, s->mbox->recent_from);
}

/* RFC 4314 5.1.1: what is taken away is gone at once; what is granted comes with the next SELECT where
 * the mailbox is read-only so far. */
bool imap_may_still(struct imap *s)
{
	struct imap_mbox *m = s->mbox;
	struct mbox_info info;
	uint32_t rights;

	if (!m || m->view->account == s->account)
		return true;
	info = (struct mbox_info){.id = m->view->mbox, .account = m->view->account};
	if (rights_of(imap_store(s), s->account, str_of(s->user), &info, &rights) < 0 ||
	    rights == m->rights)
		return true;
	m->rights = rights;
	m->is_read_only |= !(rights & RIGHTS_THAT_CHANGE);
	m->has_new_keywords = true; /* FLAGS and PERMANENTFLAGS are told */
	if (rights & RIGHT_R)
		return true;
	imap_unselect(s);
	imap_bye(s, "rights", "this mailbox is not yours to read any more");
	return false;
}

/* -- closing ------------------------------------------------------------------------------ */

void imap_unselect(struct imap *s)
{
	struct imap_mbox *m = s->mbox;

	if (!m)
		return;
	contexts_free(s);
	watch_close(m->watch);
	view_close(m->view);
	free(m->keywords);
	free(m->saved);
	free(m);
	s->mbox = NULL;
	if (s->state == IN_SELECTED)
		s->state = IN_AUTH;
}

int imap_cmd_unselect(struct imap *s)
{
	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	imap_unselect(s);
	return imap_ok(s, "closed");
}

int imap_cmd_check(struct imap *s)
{
	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	return imap_ok(s, "all is on disk");
}

/* -- CLOSE (RFC 9051 6.4.1) ------------------------------------------------------------------ */

struct deleted {
	struct uid_range *r;
	size_t n, cap;
};

static bool add_deleted(void *arg, const struct view_row *row)
{
	struct deleted *d = arg;
	uint32_t uid = row->info.uid;
	struct uid_range *r;

	if (!(row->info.flags & MSG_DELETED) || row->info.expunged)
		return true;
	if (d->n && d->r[d->n - 1].hi + 1 == uid) {
		d->r[d->n - 1].hi = uid;
		return true;
	}
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 64;

		r = realloc(d->r, cap * sizeof(*r));
		if (!r)
			return false;
		d->r = r;
		d->cap = cap;
	}
	d->r[d->n++] = (struct uid_range){uid, uid};
	return true;
}

/* All of the view that have \Deleted, in one change. */
MAY_WAIT static int expunge_deleted(struct imap *s)
{
	struct view *v = s->mbox->view;
	struct uid_range all = {1, UINT32_MAX};
	struct deleted d = {0};
	struct change *c = NULL;
	uint32_t next;
	int e = view_each(v, (struct uidset){&all, 1}, 0, add_deleted, &d, &next);

	if (e >= 0 && next)
		e = E_NOMEM;
	if (e >= 0 && d.n)
		e = change_new(&c, imap_store(s));
	if (e >= 0 && d.n)
		e = change_expunge(c, v->mbox, (struct uidset){d.r, d.n});
	if (e >= 0 && d.n) {
		change_only_flagged(c, MSG_DELETED);
		change_in_slices(c);
		e = change_commit(&c);
	}
	for (size_t i = 0; e >= 0 && i < d.n; i++)
		s->n_expunged += d.r[i].hi - d.r[i].lo + 1;
	change_drop(c);
	free(d.r);
	return e;
}

int imap_cmd_close(struct imap *s)
{
	struct imap_mbox *m = s->mbox;
	struct mbox_info info;
	int e = 0;

	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	/* RFC 4314 4: without the right nothing is expunged, and it is no error */
	if (!m->is_read_only && (m->rights & RIGHT_E) &&
	    mbox_get(imap_store(s), m->view->mbox, &info) >= 0 && info.deleted)
		e = expunge_deleted(s);
	if (e < 0)
		return imap_fail(s, e);
	imap_unselect(s);
	return imap_ok(s, "closed");
}

/* -- opening -------------------------------------------------------------------------------- */

static int open_mbox(struct imap *s, const struct mbox_info *info, uint32_t rights, bool examine)
{
	struct imap_mbox *m = calloc(1, sizeof(*m));
	int e = m ? view_open(&m->view, imap_store(s), info->id) : E_NOMEM;

	if (e < 0) {
		free(m);
		return e;
	}
	m->rights = rights;
	m->seen_is_mine = mbox_seen_is_own(imap_store(s), info);
	m->is_read_only = examine || !(rights & RIGHTS_THAT_CHANGE);
	m->recent_from = view_recent(m->view, !m->is_read_only);
	m->seen_is_mine = mbox_seen_is_own(imap_store(s), info);
	m->view->reader = m->seen_is_mine ? s->account : 0;
	s->mbox = m;
	s->state = IN_SELECTED;
	return 0;
}

/* RFC 9051 6.3.2, RFC 3501 6.3.1 */
static void tell_opened(struct imap *s, const struct mbox_info *info, struct str name)
{
	const struct view *v = s->mbox->view;
	struct buf *b;

	reload_keywords(s);
	tell_flags(s);
	imap_untagged(s, "%" PRIu32 " EXISTS", v->n);
	if (!(s->enabled & EN_REV2))
		imap_untagged(s, "%" PRIu32 " RECENT", imap_recent(s));
	imap_untagged(s, "OK [UIDVALIDITY %" PRIu32 "] UIDs are of this", v->uidvalidity);
	imap_untagged(s, "OK [UIDNEXT %" PRIu32 "] the next UID", v->uidnext);
	imap_untagged(s, "OK [HIGHESTMODSEQ %" PRIu64 "] the latest change", v->modseq);
	if (s->mbox->is_read_only) /* RFC 5257 4.1 */
		imap_untagged(s, "OK [ANNOTATIONS READ-ONLY] they can be read");
	else
		imap_untagged(s, "OK [ANNOTATIONS %d] octets of one", ANNOTATION_MOST);
	imap_untagged(s, "OK [URLMECH INTERNAL] how URLs are signed"); /* RFC 4467 8 */
	b = imap_buf(s);
	put_object_id(b, 'F', info->id);
	imap_untagged(s, "OK [MAILBOXID (" STR_FMT ")] it stays when it is renamed", STR_ARG(buf_str(b)));
	if (s->enabled & EN_REV2) {
		b = imap_buf(s);
		put_mailbox(s, b, name);
		imap_untagged(s, "LIST () \"/\" " STR_FMT, STR_ARG(buf_str(b)));
	}
}

/* (QRESYNC (uidvalidity modseq [known-uids] [(known-seqs known-uids)])), RFC 7162 3.2.5 */
static int read_qresync(struct args *a, struct select_args *ret)
{
	struct seqset ignored;

	arg_sp(a);
	arg_char(a, '(');
	arg_nz_number(a, &ret->uidvalidity);
	arg_sp(a);
	arg_modseq(a, &ret->modseq);
	if (arg_next_is(a, ' ') && arg_peek(a) != '(') {
		arg_seqset(a, 0, &ret->known);
		if (!a->err && ret->known.has_star)
			arg_fail(a, E_SYNTAX, "no * among known UIDs");
		if (!arg_next_is(a, ' '))
			return arg_char(a, ')');
	}
	if (arg_next_is(a, '(')) { /* we need no hints: the vanished are known exactly */
		arg_seqset(a, 0, &ignored);
		arg_sp(a);
		arg_seqset(a, 0, &ignored);
		arg_char(a, ')');
	}
	return arg_char(a, ')');
}

static int read_params(struct imap *s, struct args *a, struct select_args *ret)
{
	do {
		if (arg_word_is(a, "CONDSTORE"))
			ret->condstore = true;
		else if (arg_word_is(a, "ANNOTATE")) /* RFC 5257 4.2: what others noted is told as MODSEQ */
			;
		else if (arg_word_is(a, "QRESYNC") && !ret->qresync)
			ret->qresync = read_qresync(a, ret) == 0;
		else
			arg_fail(a, E_SYNTAX, "no such parameter");
	} while (arg_next_is(a, ' '));
	/* RFC 7162 3.2.5: only after ENABLE */
	if (!a->err && ret->qresync && !(s->enabled & EN_QRESYNC))
		arg_fail(a, E_SYNTAX, "ENABLE QRESYNC first");
	return arg_char(a, ')');
}

static int read_args(struct imap *s, struct select_args *ret)
{
	struct args *a = &s->cmd->args;

	arg_sp(a);
	arg_mailbox(a, &ret->name);
	if (!a->err && !arg_is_end(a)) {
		arg_sp(a);
		arg_char(a, '(');
		read_params(s, a, ret);
	}
	return arg_end(a);
}

MAY_WAIT static int selected(struct imap *s)
{
	return imap_ok(s, s->mbox->is_read_only ? "[READ-ONLY] selected" : "[READ-WRITE] selected");
}

/* What a client that knows the mailbox as of `modseq` has missed (RFC 7162 3.2.5.1). */
MAY_WAIT static int resync(struct imap *s, const struct select_args *in)
{
	const struct view *v = s->mbox->view;
	struct arena *a = conn_arena(s->conn);
	/* a seq_range is a uid_range */
	struct uidset known = {(const struct uid_range *)in->known.r, in->known.n}, vanished = {0}, changed;
	int e;

	if (!in->qresync || in->uidvalidity != v->uidvalidity)
		return selected(s);
	e = view_vanished_since(v, in->modseq, known, a, &vanished);
	if (e >= 0)
		e = view_changed_since(v, in->modseq, known, a, &changed);
	return e < 0 ? e : sync_resync(s, vanished, changed, selected);
}

MAY_WAIT static int select_it(struct imap *s, bool examine)
{
	struct select_args in = {0};
	struct mbox_info info;
	uint32_t rights;
	bool was_open = s->mbox != NULL;
	int e = read_args(s, &in);

	if (e < 0)
		return imap_fail(s, e);
	imap_unselect(s); /* RFC 9051 6.3.2: also if it fails now */
	if (was_open)
		imap_untagged(s, "OK [CLOSED] the mailbox before is closed");
	e = imap_find(s, in.name, RIGHT_R, &info, &rights);
	if (e >= 0)
		e = open_mbox(s, &info, rights, examine);
	if (e < 0)
		return imap_fail(s, e);
	s->enabled |= in.condstore ? EN_CONDSTORE : 0;
	tell_opened(s, &info, in.name);
	e = resync(s, &in);
	if (e < 0)
		imap_unselect(s);
	return e < 0 ? imap_fail(s, e) : e;
}

int imap_cmd_select(struct imap *s)
{
	return select_it(s, false);
}

int imap_cmd_examine(struct imap *s)
{
	return select_it(s, true);
}
