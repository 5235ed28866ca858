/* search-key.h - Private to imap/. One search key, read into a term.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef IMAP_SEARCH_KEY_H
#define IMAP_SEARCH_KEY_H

#include "imap/search.h"

/* Reads a key that has no other keys in it. E_SYNTAX... as args do. */
int search_key_read(struct args *a, const struct search_words *w, struct search_term *t);

#endif
