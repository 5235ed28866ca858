/* name.h - from what people write to what accounts are called.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to auth/. */
#ifndef AUTH_NAME_H
#define AUTH_NAME_H

#include "auth/auth.h"
#include "store/store.h"

enum { NAME_MOST = 512 }; /* octets of an address: 64 + 1 + 255, and what folding may add */

/* The account that `user` may log in to: user@domain, user (if there is just one local domain),
 * user+folder. Fills name and folder of *l. E_NOACCOUNT, E_SYNTAX, E_UTF8, E_IO. */
int name_to_account(struct store *s, const struct conf *c, struct str user, struct login *l,
		    struct account_info *info);

/* Appends the canonical form of an address that a person typed. */
int name_canonical(struct str typed, struct buf *out);

/* Appends "user@domain": as it is, or with the one local domain. E_NOTFOUND, E_NOACCOUNT without. */
int name_complete(struct store *s, struct str user, struct buf *out);

/* "user+detail": *detail is what stands behind the first delimiter, the result what stands before.
 * The whole and p = NULL without one; quoted local parts have none. */
struct str name_cut_detail(const struct conf *c, struct str local, struct str *detail);

#endif
