/* rights.c - ACLs added up: RFC 4314, with negative rights and groups.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "auth/name.h"
#include "auth/resolve.h"
#include "auth/rights.h"
#include "base/err.h"
#include "wire/sasl-codec.h"

enum { GROUPS_BYTES = 64 << 10, MEMBERS_BYTES = 256 << 10, LOOKUPS_MOST = 1000 };

/* In RFC 4314's order. */
static const struct {
	char letter;
	uint32_t rights;
} letters[] = {
	{'l', RIGHT_L}, {'r', RIGHT_R}, {'s', RIGHT_S}, {'w', RIGHT_W}, {'i', RIGHT_I}, {'p', RIGHT_P},
	{'k', RIGHT_K}, {'x', RIGHT_X}, {'t', RIGHT_T}, {'e', RIGHT_E}, {'a', RIGHT_A}, {'n', RIGHT_N},
	{'c', RIGHT_K | RIGHT_X}, {'d', RIGHT_T | RIGHT_E},
};

int rights_parse(struct str text, uint32_t *ret)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < text.n; i++) {
		size_t j = 0;

		while (j < COLUMNS(letters) && letters[j].letter != text.p[i])
			j++;
		if (j == COLUMNS(letters))
			return E_SYNTAX;
		sum |= letters[j].rights;
	}
	*ret = sum;
	return 0;
}

int rights_write(uint32_t rights, struct buf *out, bool with_old)
{
	for (size_t i = 0; i < COLUMNS(letters); i++) {
		bool is_old = letters[i].letter == 'c' || letters[i].letter == 'd';

		if ((rights & letters[i].rights) && (with_old || !is_old))
			buf_add_char(out, letters[i].letter);
	}
	return out->failed;
}

/* -- groups ------------------------------------------------------------------------ */

/* What `name` leads to is added to the queue, each name once. */
static int queue_targets(struct store *s, struct str name, struct buf *queue)
{
	struct buf targets;
	struct str rest;
	int r;

	buf_init(&targets, MEMBERS_BYTES);
	r = alias_find(s, name, &targets);
	rest = buf_str(&targets);
	while (r >= 0 && rest.n) {
		struct str one = str_cut(&rest, ALIAS_SEPARATOR);

		if (resolve_list_has(buf_str(queue), one))
			continue;
		if (queue->n)
			buf_add_char(queue, ALIAS_SEPARATOR);
		r = buf_add(queue, one);
	}
	buf_free(&targets);
	return r == E_NOTFOUND ? 0 : r;
}

/* Does the alias lead to `user`, maybe over others? Breadth first and bounded. */
static bool is_member(struct store *s, struct str alias, struct str user)
{
	struct buf queue;
	size_t at = 0;
	bool found;

	buf_init(&queue, MEMBERS_BYTES);
	if (queue_targets(s, alias, &queue) < 0)
		queue.n = 0;
	found = resolve_list_has(buf_str(&queue), user);
	for (unsigned i = 0; i < LOOKUPS_MOST && !found && at < queue.n; i++) {
		struct str rest = str_from(buf_str(&queue), at), next = str_cut(&rest, ALIAS_SEPARATOR);
		struct buf name;

		at += next.n + 1;
		buf_init(&name, NAME_MOST);
		buf_add(&name, next); /* the queue may move */
		if (queue_targets(s, buf_str(&name), &queue) < 0)
			at = queue.n;
		buf_free(&name);
		found = resolve_list_has(buf_str(&queue), user);
	}
	buf_free(&queue);
	return found;
}

/* -- adding up --------------------------------------------------------------------- */

struct sum {
	struct str user;
	bool is_owner, has_own; /* an entry of the owner's own takes the place of "everything" */
	uint32_t granted, removed;
	struct buf groups; /* "$name rights\n": looked up when the transaction is over */
};

static void add_up(struct sum *sum, bool is_negative, struct str rights)
{
	uint32_t bits;

	if (rights_parse(rights, &bits) == 0)
		*(is_negative ? &sum->removed : &sum->granted) |= bits;
}

static bool entry(void *arg, struct str who, struct str rights)
{
	struct sum *sum = arg;
	bool is_negative = str_starts(who, STR("-")), is_own;
	struct str name = str_from(who, is_negative);

	if (str_starts(name, STR("$"))) {
		buf_printf(&sum->groups, STR_FMT " " STR_FMT "\n", STR_ARG(who), STR_ARG(rights));
		return true;
	}
	is_own = str_eq(name, sum->user) || (sum->is_owner && str_eq(name, STR("owner")));
	if (is_own && sum->is_owner && !is_negative)
		sum->has_own = true;
	if (is_own || str_eq(name, STR("anyone")))
		add_up(sum, is_negative, rights);
	return true;
}

static void add_groups(struct store *s, struct sum *sum)
{
	struct str rest = buf_str(&sum->groups);

	while (rest.n) {
		struct str line = str_cut(&rest, '\n');
		ptrdiff_t end = str_rfind(line, ' '); /* a name may have spaces, rights have none */
		struct str who = str_head(line, (size_t)end), rights = str_from(line, (size_t)end + 1);
		bool is_negative = str_starts(who, STR("-"));

		if (is_member(s, str_from(who, is_negative + 1u), sum->user))
			add_up(sum, is_negative, rights);
	}
}

int rights_of(struct store *s, uint64_t who, struct str user, const struct mbox_info *m, uint32_t *ret)
{
	struct sum sum = {.user = user, .is_owner = who == m->account};
	int r;

	buf_init(&sum.groups, GROUPS_BYTES);
	r = acl_each(s, m->id, entry, &sum);
	if (r >= 0)
		r = sum.groups.failed;
	if (r >= 0) {
		add_groups(s, &sum);
		if (sum.is_owner && !sum.has_own)
			sum.granted = RIGHTS_ALL;
		*ret = sum.granted & ~sum.removed;
		if (sum.is_owner)
			*ret |= RIGHTS_OWNER_MUST;
	}
	buf_free(&sum.groups);
	return r;
}

int rights_of_owner(struct store *s, const struct mbox_info *m, uint32_t *ret)
{
	struct buf name;
	int r;

	buf_init(&name, NAME_MOST);
	r = account_name(s, m->account, &name);
	if (r >= 0)
		r = rights_of(s, m->account, buf_str(&name), m, ret);
	buf_free(&name);
	return r;
}

/* -- entries ------------------------------------------------------------------------ */

/* RFC 4314 3: identifiers are prepared before they are used; those that are accounts as accounts are. */
int rights_identifier(struct store *s, struct str text, struct buf *out)
{
	struct buf whole;
	int r;

	if (!utf8_is_valid(text))
		return E_UTF8;
	if (str_starts(text, STR("-"))) {
		buf_add_char(out, '-');
		text = str_from(text, 1);
	}
	if (str_ieq(text, STR("anyone")) || str_ieq(text, STR("owner")))
		return buf_add(out, ascii_lower(text.p[0]) == 'a' ? STR("anyone") : STR("owner"));
	if (str_starts(text, STR("$"))) {
		buf_add_char(out, '$');
		text = str_from(text, 1);
	}
	if (!text.n || text.n >= NAME_MOST)
		return E_SYNTAX;
	buf_init(&whole, NAME_MOST);
	r = name_complete(s, text, &whole);
	if (r >= 0)
		r = name_canonical(buf_str(&whole), out);
	buf_free(&whole);
	return r == E_NOTFOUND ? E_NOACCOUNT : r;
}

struct look {
	struct str who;
	uint32_t rights;
	bool found;
};

static bool look_at(void *arg, struct str who, struct str rights)
{
	struct look *l = arg;

	if (!str_eq(who, l->who))
		return true;
	l->found = rights_parse(rights, &l->rights) == 0;
	return false;
}

static bool is_owner_name(struct store *s, const struct mbox_info *m, struct str who)
{
	struct buf name;
	bool is;

	buf_init(&name, NAME_MOST);
	is = str_eq(who, STR("owner")) ||
	     (account_name(s, m->account, &name) >= 0 && str_eq(buf_str(&name), who));
	buf_free(&name);
	return is;
}

int rights_entry(struct store *s, const struct mbox_info *m, struct str who, uint32_t *ret)
{
	struct look l = {.who = who};
	int r = acl_each(s, m->id, look_at, &l);

	if (r < 0)
		return r;
	if (!l.found && is_owner_name(s, m, who))
		l.rights = RIGHTS_ALL;
	*ret = l.rights;
	return 0;
}

int rights_set(struct change *c, struct store *s, const struct mbox_info *m, struct str who,
	       uint32_t rights)
{
	struct buf text;
	int r;

	buf_init(&text, 32);
	if (is_owner_name(s, m, who)) /* an entry without rights would be none, and that is all */
		rights |= RIGHTS_OWNER_MUST;
	r = rights_write(rights, &text, false);
	if (r >= 0)
		r = change_acl_set(c, m->id, who, buf_str(&text));
	buf_free(&text);
	return r;
}

/* -- accounts that go ------------------------------------------------------------------ */

enum { FORGET_AT_ONCE = 256 };

struct forgetting {
	struct str who;
	uint64_t mbox[FORGET_AT_ONCE], next;
	unsigned n;
};

static bool names_him(void *arg, uint64_t mbox, struct str who, struct str rights)
{
	struct forgetting *f = arg;

	if (f->n == FORGET_AT_ONCE) {
		f->next = mbox;
		return false;
	}
	if (str_eq(str_from(who, str_starts(who, STR("-"))), f->who) && !(f->n && f->mbox[f->n - 1] == mbox))
		f->mbox[f->n++] = mbox;
	return true;
}

/* A change each: the mailboxes may be of accounts whose logs are apart. */
MAY_WAIT static int take_off(struct store *s, uint64_t mbox, struct str who)
{
	struct buf negative;
	struct change *c;
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	buf_init(&negative, NAME_MOST + 1);
	buf_add_char(&negative, '-');
	buf_add(&negative, who);
	r = change_acl_set(c, mbox, who, STR_NONE);
	if (r >= 0)
		r = change_acl_set(c, mbox, buf_str(&negative), STR_NONE);
	if (r >= 0)
		r = change_commit(&c);
	change_drop(c);
	buf_free(&negative);
	return r == E_NOMBOX ? 0 : r; /* it went meanwhile, and its list with it */
}

int rights_forget(struct store *s, struct str who)
{
	struct forgetting *f = calloc(1, sizeof(*f));
	int r = f ? 0 : E_NOMEM;

	while (r >= 0 && f->next != UINT64_MAX) {
		uint64_t from = f->next;

		*f = (struct forgetting){.who = who, .next = UINT64_MAX};
		r = acl_scan(s, from, names_him, f);
		for (unsigned i = 0; r >= 0 && i < f->n; i++)
			r = take_off(s, f->mbox[i], who);
	}
	free(f);
	return r < 0 ? r : 0;
}

/* -- what hangs on accounts and mailboxes ------------------------------------------------ */

static bool is_set(struct store *s, uint64_t account, uint64_t mbox, struct str name)
{
	struct buf value;
	bool is;

	buf_init(&value, 1024);
	is = meta_find(s, account, mbox, name, &value) >= 0 && str_ieq(buf_str(&value), STR("yes"));
	buf_free(&value);
	return is;
}

bool account_is_shared(struct store *s, uint64_t account)
{
	return is_set(s, account, 0, STR(META_SHARED));
}

bool mbox_seen_is_own(struct store *s, const struct mbox_info *m)
{
	return is_set(s, m->account, m->id, STR(META_SEEN_OWN));
}
