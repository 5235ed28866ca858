/* str.h - a view of bytes that somebody else owns; not NUL-terminated.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Nothing here allocates, waits or fails, unless it says so. Case means ASCII
 * case: protocol keywords are ASCII whatever the locale. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE     ((struct str){0})
#define STR_FMT      "%.*s" /* for small, checked strings: printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s)   (int)(s).n, (s).p

static inline struct str str_of(const char *z) /* of a C string; NULL gives an empty one */
{
	return (struct str){z, z ? strlen(z) : 0};
}
static inline struct str str_n(const void *p, size_t n)
{
	return (struct str){p, n};
}
static inline struct str str_from(struct str s, size_t at) /* the rest from `at`, maybe empty */
{
	return at >= s.n ? (struct str){s.n ? s.p + s.n : s.p, 0} : (struct str){s.p + at, s.n - at};
}
static inline struct str str_head(struct str s, size_t n) /* the first n octets, or fewer */
{
	return (struct str){s.p, n < s.n ? n : s.n};
}
static inline char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}
static inline bool ascii_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool str_eq(struct str a, struct str b);
bool str_ieq(struct str a, struct str b);
int str_cmp(struct str a, struct str b); /* like memcmp, a prefix sorts first */
bool str_starts(struct str s, struct str prefix);
bool str_istarts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s);             /* without SP, HTAB, CR, LF at either end */
ptrdiff_t str_find(struct str s, char c);      /* the first c, or -1 */
ptrdiff_t str_rfind(struct str s, char c);     /* the last c, or -1 */
ptrdiff_t str_search(struct str s, struct str what); /* the first `what`, or -1 */

/* Cuts *rest at the first `c`: returns what stands before it, *rest becomes what
 * stands behind. Without a c it returns all and *rest becomes empty, p = NULL. */
struct str str_cut(struct str *rest, char c);

/* The whole of s as a decimal number: digits only, no sign, no space.
 * E_SYNTAX, or E_RANGE above `most`. */
int str_u64(struct str s, uint64_t most, uint64_t *ret);

/* The whole of s as a size with an optional K, M, G or T (powers of 1024). */
int str_size(struct str s, uint64_t *ret);

/* Copies s and a NUL into out[cap]; false if it does not fit or has a NUL in it. */
bool str_to_c(struct str s, char *out, size_t cap);

bool str_is_ascii(struct str s);

/* Equal in constant time (for secrets); the lengths may leak. */
bool str_eq_secret(struct str a, struct str b);

#endif
