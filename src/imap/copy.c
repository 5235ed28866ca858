/* copy.c - COPY and MOVE, and their forms by UID (RFC 9051 6.4.7, 6.4.8; RFC 6851, RFC 4315).
 * SPDX-License-Identifier: Apache-2.0
 *
 * A COPY is one change: all of it or nothing. A MOVE may go in slices, each of which copies and
 * expunges at once: no message is ever in both mailboxes, or in none. */
#include <inttypes.h>
#include "imap/command.h"
#include "imap/messages.h"

struct copying {
	struct uidset set;
	struct str name;
	struct mbox_info to;
	uint32_t rights; /* in `to` */
	struct change_report report;
};

static int read_args(struct imap *s, struct copying *cp)
{
	struct args *a = &s->cmd->args;

	arg_sp(a);
	arg_messages(s, &cp->set);
	arg_sp(a);
	arg_mailbox(a, &cp->name);
	return arg_end(a);
}

/* RFC 9051 6.4.7: TRYCREATE; also where the user may not know of it. */
static int find_target(struct imap *s, struct copying *cp)
{
	int r = imap_find(s, cp->name, RIGHT_I, &cp->to, &cp->rights);

	if (r == E_NOMBOX)
		return imap_no_code(s, "TRYCREATE", "no such mailbox");
	return r < 0 ? imap_fail(s, r) : 0;
}

/* RFC 4314 4: flags that the user has no right to set there are lost on the way. */
static void keep_within_rights(struct imap *s, struct change *c, const struct copying *cp)
{
	uint32_t lost = ~flags_allowed(cp->rights) & flags_allowed(RIGHTS_ALL);

	change_without(c, lost, !(cp->rights & RIGHT_W));
	change_as_reader(c, s->account,
			 (s->mbox->seen_is_mine ? SEEN_OWN_FROM : 0) |
				 (mbox_seen_is_own(imap_store(s), &cp->to) ? SEEN_OWN_TO : 0));
}

MAY_WAIT static int commit(struct imap *s, struct copying *cp, bool is_move)
{
	uint64_t from = s->mbox->view->mbox;
	struct change *c = NULL;
	int r = change_new(&c, imap_store(s));

	cp->report.arena = conn_arena(s->conn);
	if (r >= 0)
		r = is_move ? change_move(c, from, cp->set, cp->to.id) :
			      change_copy(c, from, cp->set, cp->to.id);
	if (r >= 0) {
		keep_within_rights(s, c, cp);
		change_tell(c, &cp->report);
		if (is_move)
			change_in_slices(c);
		r = change_commit(&c);
	}
	change_drop(c);
	if (r == E_NOMBOX)
		return imap_no_code(s, "TRYCREATE", "no such mailbox");
	return r < 0 ? imap_fail(s, r) : 0;
}

/* "[COPYUID 38505 304,319:320 3956:3958] "; nothing if none was copied, or if the user could not read
 * the copies (RFC 4315 3). */
static int put_copyuid(struct buf *out, const struct copying *cp)
{
	if (!cp->report.to.n || !(cp->rights & RIGHT_R))
		return 0;
	buf_printf(out, "[COPYUID %" PRIu32 " ", cp->report.uidvalidity);
	put_uidset(out, cp->report.from);
	buf_add_char(out, ' ');
	put_uidset(out, cp->report.to);
	return buf_add(out, STR("] "));
}

enum { COPYUID_MOST = 900 << 10 };

static int copied(struct imap *s, const struct copying *cp)
{
	struct buf b;
	int r;

	/* RFC 2180 4.4.2: all of them were expunged by others */
	if (cp->set.n && !cp->report.from.n)
		return imap_no_code(s, "EXPUNGEISSUED", "these messages are gone");
	buf_init(&b, COPYUID_MOST);
	put_copyuid(&b, cp);
	buf_add(&b, STR("copied"));
	r = b.failed ? imap_ok(s, "copied") : imap_ok(s, STR_FMT, STR_ARG(buf_str(&b)));
	buf_free(&b);
	return r;
}

int imap_cmd_copy(struct imap *s)
{
	struct copying cp = {0};
	int r = refuse_numbers(s);

	if (r < 0)
		return r;
	r = read_args(s, &cp);
	if (r < 0)
		return imap_fail(s, r);
	r = find_target(s, &cp);
	if (r >= 0 && cp.set.n)
		r = commit(s, &cp, false);
	return r < 0 ? r : copied(s, &cp);
}

/* COPYUID comes before the EXPUNGEs, which imap_sync tells (RFC 9051 6.4.8); HIGHESTMODSEQ in the tagged
 * line (RFC 6851 4.4). */
static int moved(struct imap *s, const struct copying *cp)
{
	struct buf b;

	if (cp->set.n && !cp->report.from.n)
		return imap_no_code(s, "EXPUNGEISSUED", "these messages are gone");
	s->n_expunged += uidset_count(cp->report.from);
	buf_init(&b, COPYUID_MOST);
	put_copyuid(&b, cp);
	if (b.n && !b.failed) {
		conn_write(s->conn, STR("* OK "));
		conn_write(s->conn, buf_str(&b));
		conn_write(s->conn, STR("moved\r\n"));
	}
	buf_free(&b);
	if (cp->report.from.n && (s->enabled & EN_CONDSTORE))
		return imap_ok(s, "[HIGHESTMODSEQ %" PRIu64 "] moved", modseq_now(s));
	return imap_ok(s, "moved");
}

int imap_cmd_move(struct imap *s)
{
	struct copying cp = {0};
	int r = refuse_numbers(s);

	if (r < 0)
		return r;
	r = read_args(s, &cp);
	if (r < 0)
		return imap_fail(s, r);
	/* RFC 6851 4.2: the rights of UID STORE \Deleted, UID COPY and UID EXPUNGE */
	if (s->mbox->is_read_only)
		return imap_no(s, E_DENIED, "the mailbox is read-only");
	if (~s->mbox->rights & (RIGHT_T | RIGHT_E))
		return imap_no(s, E_DENIED, "you may not remove messages from here");
	r = find_target(s, &cp);
	if (r >= 0 && cp.set.n)
		r = commit(s, &cp, true);
	return r < 0 ? r : moved(s, &cp);
}
