/* search-note.c - ANNOTATION: keys that a message's annotations decide (RFC 5257 4.8).
 * SPDX-License-Identifier: Apache-2.0 */
#include "imap/annotate.h"
#include "imap/search.h"

enum { FOLDED_MOST = ANNOTATION_MOST * CASEMAP_GROWTH };

static bool has_text(void *arg, struct str value)
{
	const struct search_term *t = arg;
	struct buf folded;
	bool has;

	buf_init(&folded, FOLDED_MOST);
	casemap_add(&folded, value);
	has = !t->folded.n || (folded.n && memmem(folded.p, folded.n, t->folded.p, t->folded.n));
	buf_free(&folded);
	return has;
}

void search_note_values(struct search_program *p, const struct search_bound *b, uint32_t uid)
{
	for (size_t i = 0; i < p->n; i++) {
		struct search_term *t = &p->terms[i];
		struct note_find find = {t->name, t->flags & NOTE_OWN, t->flags & NOTE_SHARED, has_text, t};

		if (t->op == S_ANNOTATION && t->value == IS_UNKNOWN)
			t->value = notes_find_in(b->view, b->account, uid, &find) ? IS_TRUE : IS_FALSE;
	}
}
