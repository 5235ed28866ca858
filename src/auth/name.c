/* name.c - from what people write to what accounts are called.
 * SPDX-License-Identifier: Apache-2.0 */
#include "auth/name.h"
#include "base/err.h"
#include "conf/conf.h"
#include "wire/address.h"

static int canonical_of(const struct address *a, struct buf *out)
{
	return !a->domain.n || a->is_literal ? E_SYNTAX : address_canonical(a, out);
}

int name_canonical(struct str typed, struct buf *out)
{
	struct address a;
	int r = address_parse(typed, &a);

	return r < 0 ? r : canonical_of(&a, out);
}

struct str name_cut_detail(const struct conf *c, struct str local, struct str *detail)
{
	char delimiter = c->recipient_delimiter[0];
	ptrdiff_t cut;

	*detail = STR_NONE;
	if (!delimiter || str_starts(local, STR("\"")))
		return local;
	cut = str_find(local, delimiter);
	if (cut <= 0)
		return local;
	*detail = str_from(local, (size_t)cut + 1);
	return str_head(local, (size_t)cut);
}

/* The domain for users who write none: there is one only if there is just one. */
static int only_domain(struct store *s, struct buf *out)
{
	struct buf second;
	int r = domain_next(s, STR_NONE, out);

	if (r < 0)
		return r;
	buf_init(&second, NAME_MOST);
	r = domain_next(s, buf_str(out), &second);
	buf_free(&second);
	return r == E_NOTFOUND ? 0 : r < 0 ? r : E_NOACCOUNT;
}

int name_complete(struct store *s, struct str user, struct buf *out)
{
	struct buf domain;
	int r;

	buf_add(out, user);
	if (str_rfind(user, '@') >= 0)
		return out->failed;
	buf_init(&domain, NAME_MOST);
	r = only_domain(s, &domain);
	if (!r) {
		buf_add_char(out, '@');
		r = buf_add(out, buf_str(&domain));
	}
	buf_free(&domain);
	return r;
}

/* The account called `a`, and its name in *l. */
static int find(struct store *s, const struct address *a, struct login *l, struct account_info *info)
{
	struct buf name;
	int r;

	buf_init(&name, NAME_MOST);
	r = canonical_of(a, &name);
	if (!r)
		r = account_find(s, buf_str(&name), info);
	if (!r && !str_to_c(buf_str(&name), l->name, sizeof(l->name)))
		r = E_NOACCOUNT;
	buf_free(&name);
	return r;
}

int name_to_account(struct store *s, const struct conf *c, struct str user, struct login *l,
		    struct account_info *info)
{
	struct address a;
	struct str folder;
	struct buf whole;
	int r;

	buf_init(&whole, NAME_MOST);
	r = name_complete(s, user, &whole);
	if (!r)
		r = address_parse(buf_str(&whole), &a);
	if (!r)
		r = find(s, &a, l, info);
	if (r == E_NOACCOUNT) {
		a.local = name_cut_detail(c, a.local, &folder);
		if (folder.n && str_to_c(folder, l->folder, sizeof(l->folder)))
			r = find(s, &a, l, info);
	}
	buf_free(&whole);
	return r;
}
