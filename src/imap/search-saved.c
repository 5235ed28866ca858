/* search-saved.c - "$": what a search has saved (RFC 5182, RFC 9394 3.2).
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/err.h"
#include "imap/esearch.h"
#include "imap/session.h"

void search_forget(struct imap_mbox *m)
{
	free(m->saved);
	m->saved = NULL;
	m->n_saved = 0;
}

/* Adds [uid] to sorted ranges that may have it; there is room. */
static void add_uid(struct uid_range *r, size_t *n, uint32_t uid)
{
	size_t i = 0;

	while (i < *n && r[i].hi < uid)
		i++;
	if (i < *n && r[i].lo <= uid)
		return;
	memmove(&r[i + 1], &r[i], (*n - i) * sizeof(*r));
	r[i] = (struct uid_range){uid, uid};
	++*n;
}

/* RFC 5182 2.1, table 1: with ALL, COUNT or nothing else all of them; else what MIN, MAX and PARTIAL
 * tell, together. */
static int choose(const struct search_return *ret, const struct found *f, struct uid_range **r, size_t *n)
{
	bool is_all = !(ret->options & (RET_MIN | RET_MAX | RET_PARTIAL)) ||
		      ret->options & (RET_ALL | RET_COUNT);
	struct uid_range *partial = NULL;
	size_t n_partial = 0;
	int e = 0;

	if (!is_all && ret->options & RET_PARTIAL)
		e = found_partial(ret, f, &partial, &n_partial);
	if (e < 0)
		return e;
	*n = is_all ? f->n : n_partial;
	*r = calloc(*n + 2, sizeof(**r));
	if (*r && *n)
		memcpy(*r, is_all ? f->r : partial, *n * sizeof(**r));
	free(partial);
	if (!*r)
		return E_NOMEM;
	if (!is_all && f->n && ret->options & RET_MIN)
		add_uid(*r, n, f->r[0].lo);
	if (!is_all && f->n && ret->options & RET_MAX)
		add_uid(*r, n, f->r[f->n - 1].hi);
	return 0;
}

int search_save(struct imap_mbox *m, const struct search_return *ret, const struct found *f)
{
	struct uid_range *r;
	size_t n;
	int e = choose(ret, f, &r, &n);

	search_forget(m);
	if (e < 0)
		return e;
	m->saved = r;
	m->n_saved = n;
	return 0;
}
