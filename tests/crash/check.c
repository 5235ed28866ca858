/* check.c - the invariants after a crash (SECURITY), on a recovered store.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Numbers in comments are those of SECURITY "Invariants after any crash": 1 exactly once with
 * the same bytes, 2 UIDs, 3 UIDVALIDITY, 4 MODSEQ and flags, 5 gone stays gone, 7 quota = sum,
 * 9 never half. */
#include "base/err.h"
#include "store/view.h"
#include "work.h"

#define WRONG(...) return snprintf(why, 512, __VA_ARGS__), false

/* Inv 1, 9: the octets of one message. */
static bool body_is(struct snap *p, uint32_t uid, const struct row *r, const char *account, char why[512])
{
	struct msg_body b = {0};
	struct buf want, got;
	int e = msg_open(&b, p, uid);
	bool same;

	if (e < 0)
		WRONG("%s uid %u: msg_open says %s", account, uid, err_row(e)->name);
	buf_init(&want, 4 << 20);
	buf_init(&got, 4 << 20);
	prefix_make(r->msg, account, &want);
	if (b.prefix.n != want.n || memcmp(b.prefix.p, want.p, want.n) != 0) {
		snprintf(why, 512, "%s uid %u: another prefix: %.*s", account, uid,
			 (int)(b.prefix.n < 200 ? b.prefix.n : 200), b.prefix.p);
		same = false;
		goto out;
	}
	buf_reserve(&got, b.size + 1);
	int64_t n = msg_read(&b, 0, got.p, b.size);
	struct buf text;

	buf_init(&text, 4 << 20);
	text_make(r->msg, r->size, &text);
	buf_add(&want, buf_str(&text));
	buf_free(&text);
	same = n >= 0 && (uint64_t)n == want.n && memcmp(got.p, want.p, want.n) == 0;
	if (!same)
		snprintf(why, 512, "%s uid %u: %jd octets read of %zu, or others", account, uid,
			 (intmax_t)n, want.n);
out:
	msg_close(&b);
	buf_free(&want);
	buf_free(&got);
	return same;
}

static bool take_note(void *arg, uint64_t who, struct str entry, struct str value)
{
	return str_u64(value, UINT64_MAX, arg) >= 0;
}

/* Inv 2, 9: numbers are those of the rows, and the annotations are there. */
static bool view_is(struct store *s, uint64_t mbox, const struct box *b, const char *account,
		    char why[512])
{
	struct view *v = NULL;
	int e = view_open(&v, s, mbox);
	bool ok = e >= 0 && v->n == b->n;

	if (!ok)
		snprintf(why, 512, "%s: a view of %u, not %zu: %s", account, e < 0 ? 0 : v->n, b->n,
			 err_row(e < 0 ? e : E_BUG)->name);
	for (uint32_t i = 0; ok && i < b->n; i++) {
		uint32_t uid = view_uid(v, i + 1);
		uint64_t note = 0;

		e = notes_each(v, uid, 0, take_note, &note);
		ok = e >= 0 && note == b->v[i].note && (uid == b->v[i].uid || !b->v[i].uid);
		if (!ok)
			snprintf(why, 512, "%s: number %u is uid %u, note %ju, not %u, %ju", account,
				 i + 1, uid, (uintmax_t)note, b->v[i].uid,
				 (uintmax_t)b->v[i].note);
	}
	view_close(v);
	return ok;
}

/* Inv 1, 4, 5: exactly these rows, in this order. */
static bool rows_are(struct store *s, uint64_t mbox, const struct box *b, const char *account,
		     uint64_t *octets, char why[512])
{
	struct snap *p = NULL;
	int e = snap_open(&p, s, mbox);
	bool ok = true;

	if (e < 0)
		WRONG("%s: snap_open says %s", account, err_row(e)->name);
	if (p->n != b->n) {
		snprintf(why, 512, "%s: %u messages, not %zu", account, p->n, b->n);
		ok = false;
	}
	for (size_t i = 0; ok && i < b->n; i++) {
		const struct row *r = &b->v[i];
		uint32_t uid = p->msgs[i].uid;
		struct msg_info m;

		ok = (uid == r->uid || !r->uid) && snap_info(p, uid, &m) >= 0;
		if (!ok) {
			snprintf(why, 512, "%s: message %zu has uid %u, not %u", account, i + 1, uid,
				 r->uid);
			break;
		}
		*octets += m.size;
		ok = m.flags == r->flags && (m.keywords != 0) == r->keyword;
		if (!ok)
			snprintf(why, 512, "%s uid %u: flags %x/%jx, not %x/%d", account, uid, m.flags,
				 (uintmax_t)m.keywords, r->flags, r->keyword);
		ok = ok && body_is(p, uid, r, account, why);
	}
	snap_close(p);
	return ok && view_is(s, mbox, b, account, why);
}

static bool box_is(struct store *s, uint64_t account, const char *who, unsigned no,
		   const struct box *b, uint64_t *octets, char why[512])
{
	struct mbox_info m;
	char name[32];

	box_name(no, b->name, name);
	int e = mbox_find(s, account, str_of(name), &m);

	if (!b->exists) {
		if (e != E_NOMBOX)
			WRONG("%s: %s must not exist", who, name);
		return true;
	}
	if (e < 0)
		WRONG("%s: %s: %s", who, name, err_row(e)->name);
	if (m.uidvalidity != b->uidvalidity && b->uidvalidity) /* inv 3 */
		WRONG("%s: %s: uidvalidity %u, told %u", who, name, m.uidvalidity, b->uidvalidity);
	if (m.uidnext < b->uidnext) /* inv 2 */
		WRONG("%s: %s: uidnext %u, told %u", who, name, m.uidnext, b->uidnext);
	if (m.messages != b->n)
		WRONG("%s: %s: counts %ju messages, has %zu", who, name, (uintmax_t)m.messages, b->n);
	return rows_are(s, m.id, b, who, octets, why);
}

static unsigned boxes_of(struct store *s, uint64_t account)
{
	struct mbox_info m;
	struct buf name;
	unsigned n = 0;
	char after[256] = "";

	buf_init(&name, 256);
	while (mbox_next(s, account, str_of(after), &name, &m) >= 0 && n < 100) {
		if (!str_to_c(buf_str(&name), after, sizeof(after)))
			break;
		buf_clear(&name);
		n++;
	}
	buf_free(&name);
	return n;
}

static bool meta_is(struct store *s, uint64_t account, uint64_t want, const char *who, char why[512])
{
	struct buf v;
	uint64_t got = 0;

	buf_init(&v, 256);
	if (meta_find(s, account, 0, STR("pop3.last"), &v) >= 0)
		str_u64(buf_str(&v), UINT64_MAX, &got);
	buf_free(&v);
	if (got != want)
		WRONG("%s: meta value %ju, told %ju", who, (uintmax_t)got, (uintmax_t)want);
	return true;
}

static bool account_is(struct store *s, const char *name, const struct state *st, char why[512])
{
	struct account_info a;
	uint64_t octets = 0, messages = 0;
	unsigned boxes = 0;
	int e = account_find(s, str_of(name), &a);

	if (!st->exists) {
		if (e != E_NOACCOUNT)
			WRONG("%s must not exist", name);
		return true;
	}
	if (e < 0)
		WRONG("%s: %s", name, err_row(e)->name);
	if (a.modseq < st->modseq) /* inv 4 */
		WRONG("%s: modseq %ju, told %ju", name, (uintmax_t)a.modseq, (uintmax_t)st->modseq);
	for (unsigned i = 0; i < BOXES; i++) {
		if (!box_is(s, a.id, name, i, &st->box[i], &octets, why))
			return false;
		messages += st->box[i].exists ? st->box[i].n : 0;
		boxes += st->box[i].exists;
	}
	if (boxes_of(s, a.id) != boxes)
		WRONG("%s: %u mailboxes, not %u", name, boxes_of(s, a.id), boxes);
	if (a.used_messages < messages || a.used_messages > messages + st->unswept_messages ||
	    a.used_bytes < octets || a.used_bytes > octets + st->unswept_octets) /* inv 7 */
		WRONG("%s: quota counts %ju messages, %ju octets; there are %ju, %ju", name,
		      (uintmax_t)a.used_messages, (uintmax_t)a.used_bytes, (uintmax_t)messages,
		      (uintmax_t)octets);
	return meta_is(s, a.id, st->meta, name, why);
}

/* -- all of it ----------------------------------------------------------------------- */

static const struct op *under_way(const struct actor *a, uint64_t cut, struct state *st)
{
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i].ended > cut)
			return a->v[i].began < cut ? &a->v[i] : NULL;
		state_apply(st, &a->v[i]);
	}
	return NULL;
}

static bool actor_check(struct store *s, const struct actor *a, struct expect *e, char why[512])
{
	struct state st = {0};
	const struct op *op = under_way(a, e->cut, &st);
	unsigned i = a->id - 1;
	char name[64], other[512] = "";
	bool ok = false;

	actor_name(a->id, name);
	if (e->fate[i] != DONE)
		ok = account_is(s, name, &st, why);
	if (ok) {
		e->fate[i] = GONE;
	} else if (op && e->fate[i] != GONE) {
		state_apply(&st, op);
		ok = account_is(s, name, &st, other);
		if (ok)
			e->fate[i] = DONE;
		else
			snprintf(why + strlen(why), 512 - strlen(why), " | with %s under way: %.200s",
				 op_names[op->kind], other);
	} else if (e->fate[i] == DONE) {
		ok = account_is(s, name, &st, why); /* nothing was under way */
	}
	state_free(&st);
	return ok;
}

static int by_uid(const void *a, const void *b)
{
	/* one that was never told is the newest: 0 - 1 is the largest number */
	uint32_t x = ((const struct row *)a)->uid - 1, y = ((const struct row *)b)->uid - 1;

	return x < y ? -1 : x > y;
}

static bool common_check(struct store *s, const struct work *w, const struct expect *e, char why[512])
{
	struct box b = {0};
	struct account_info a;
	struct mbox_info m = {0};
	uint64_t octets = 0;
	bool ok = true;

	for (unsigned i = 0; i < w->n_actors; i++) {
		for (size_t k = 0; k < w->actor[i].n; k++) {
			const struct op *op = &w->actor[i].v[k];
			bool open = op->ended > e->cut && op->began < e->cut;

			if (op->common && (op->ended <= e->cut || (open && e->fate[i] == DONE))) {
				b.v = realloc(b.v, (b.n + 1) * sizeof(*b.v));
				b.v[b.n++] = (struct row){.msg = op->msg, .uid = op->common_uid,
								 .size = op->size};
			}
		}
	}
	if (b.n) {
		qsort(b.v, b.n, sizeof(*b.v), by_uid);
		ok = account_find(s, STR(COMMON_NAME), &a) >= 0 &&
		     mbox_find(s, a.id, STR("INBOX"), &m) >= 0;
		if (!ok)
			snprintf(why, 512, "the common account is gone");
		ok = ok && rows_are(s, m.id, &b, COMMON_NAME, &octets, why);
	}
	free(b.v);
	return ok;
}

bool work_check(struct store *s, const struct work *w, struct expect *e, char why[512])
{
	for (unsigned i = 0; i < w->n_actors; i++)
		if (!actor_check(s, &w->actor[i], e, why))
			return false;
	return common_check(s, w, e, why);
}
