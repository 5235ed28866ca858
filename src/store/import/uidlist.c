/* uidlist.c - dovecot-uidlist, versions 1 and 3, and courierimapuiddb.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/err.h"
#include "base/fs.h"
#include "store/import/maildir.h"

enum { UIDLIST_MOST = 1 << 30 };

const struct maildir_flag maildir_flags[6] = {{'D', MSG_DRAFT}, {'F', MSG_FLAGGED}, {'P', 0},
					      {'R', MSG_ANSWERED}, {'S', MSG_SEEN}, {'T', MSG_DELETED}};

/* Up to the flags: ":2,". Sizes in the name stay, they do not change. */
struct str maildir_unique(struct str file)
{
	ptrdiff_t colon = str_find(file, ':');

	return colon < 0 ? file : str_head(file, (size_t)colon);
}

static uint32_t number(struct str s)
{
	uint64_t n;

	return str_u64(s, UINT32_MAX - 1, &n) < 0 ? 0 : (uint32_t)n;
}

static int by_unique(const void *a, const void *b)
{
	const struct uid_entry *x = a, *y = b;

	return str_cmp(x->unique, y->unique);
}

const struct uid_entry *uidlist_find(const struct uidlist *l, struct str unique)
{
	struct uid_entry key = {.unique = unique};

	return l->n ? bsearch(&key, l->v, l->n, sizeof(*l->v), by_unique) : NULL;
}

/* "3 V1234 N56 Gguid", "1 1234 56" */
static int read_head(struct uidlist *l, struct str line)
{
	struct str version = str_cut(&line, ' ');

	if (str_eq(version, STR("1"))) {
		l->uidvalidity = number(str_cut(&line, ' '));
		l->uidnext = number(str_cut(&line, ' '));
		return 1;
	}
	if (!str_eq(version, STR("3")))
		return 0;
	while (line.n) {
		struct str word = str_cut(&line, ' ');

		if (word.n && word.p[0] == 'V')
			l->uidvalidity = number(str_from(word, 1));
		if (word.n && word.p[0] == 'N')
			l->uidnext = number(str_from(word, 1));
	}
	return 3;
}

/* "25 P4711 W1355 :1276.M1P2.host,S=1:2,S", "25 1276.M1P2.host" */
static bool read_entry(int version, struct str line, struct uid_entry *ret)
{
	ret->uid = number(str_cut(&line, ' '));
	ret->uidl = STR_NONE;
	while (version == 3 && line.n && line.p[0] != ':') {
		struct str word = str_cut(&line, ' ');

		if (word.n > 1 && word.p[0] == 'P')
			ret->uidl = str_from(word, 1);
	}
	if (version == 3)
		line = str_from(line, 1);
	ret->unique = maildir_unique(line);
	return ret->uid && ret->unique.n;
}

static int read_entries(struct uidlist *l, int version, struct str rest)
{
	size_t cap = 0;

	while (rest.n) {
		struct uid_entry e;

		if (!read_entry(version, str_cut(&rest, '\n'), &e))
			continue;
		if (l->n == cap) {
			struct uid_entry *v;

			cap = cap ? 2 * cap : 256;
			v = realloc(l->v, cap * sizeof(*v));
			if (!v)
				return E_NOMEM;
			l->v = v;
		}
		l->v[l->n++] = e;
	}
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_unique);
	return 0;
}

int uidlist_read(int dir, struct uidlist *l)
{
	struct str rest;
	int version, r;

	*l = (struct uidlist){.is_dovecot = true};
	buf_init(&l->text, UIDLIST_MOST);
	r = fs_read(dir, "dovecot-uidlist", &l->text);
	if (r < 0 && r != E_NOMEM) {
		l->is_dovecot = false;
		r = fs_read(dir, "courierimapuiddb", &l->text);
	}
	if (r < 0)
		return r == E_NOMEM ? r : 0;
	rest = buf_str(&l->text);
	version = read_head(l, str_cut(&rest, '\n'));
	if (!version || !l->uidvalidity) {
		l->uidvalidity = 0;
		return 0;
	}
	return read_entries(l, version, rest);
}

void uidlist_free(struct uidlist *l)
{
	free(l->v);
	buf_free(&l->text);
	*l = (struct uidlist){0};
}
