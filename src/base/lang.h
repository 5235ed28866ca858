/* lang.h - what we say to people, in their language (RFC 5255, RFC 6856 3).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Texts are looked up by their English form, format and all; what has no translation stays English. */
#ifndef BASE_LANG_H
#define BASE_LANG_H

#include "base/str.h"

enum lang { LANG_EN, LANG_RU, LANGS };

const char *lang_tag(enum lang l);  /* "ru" */
const char *lang_name(enum lang l); /* in itself, UTF-8 */
/* The language for a range as RFC 4647 3.4 looks it up: "ru-RU" finds "ru". LANGS: none. */
enum lang lang_find(struct str range);
/* Has the same conversions in the same order as `english`. */
const char *lang_text(enum lang l, const char *english) __attribute__((format_arg(2)));

/* For the test: the i-th pair of language l; false behind the last. */
bool lang_pair(enum lang l, size_t i, const char **english, const char **text);

#endif
