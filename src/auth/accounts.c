/* accounts.c - users and aliases are made, changed and removed.
 * SPDX-License-Identifier: Apache-2.0 */
#include "auth/accounts.h"
#include "auth/name.h"
#include "auth/prep.h"
#include "auth/resolve.h"
#include "auth/rights.h"
#include "base/err.h"
#include "conf/conf.h"
#include "net/task.h"

enum { HASH_MOST = 512, TARGETS_MOST = 64 << 10 };

/* -- users ---------------------------------------------------------------------- */

struct hashing { /* for work_run */
	const struct conf *conf;
	struct str password;
	struct buf *out;
};

static int run_hashing(void *arg)
{
	const struct hashing *h = arg;

	return password_hash(h->conf, h->password, h->out);
}

static int hash_password(const struct conf *c, struct str password, struct buf *out)
{
	struct hashing h = {c, password, out};

	return password.n ? work_run(run_hashing, &h) : 0;
}

int user_find(struct store *s, struct str address, struct account_info *info)
{
	struct buf name;
	int r;

	buf_init(&name, NAME_MOST);
	r = name_canonical(address, &name);
	if (!r)
		r = account_find(s, buf_str(&name), info);
	buf_free(&name);
	return r;
}

/* 0, or E_EXISTS: an account or alias is called `name`. */
static int is_free(struct store *s, struct str name)
{
	struct account_info info;
	struct buf targets;
	int r;

	if (account_find(s, name, &info) == 0)
		return E_EXISTS;
	buf_init(&targets, TARGETS_MOST);
	r = alias_find(s, name, &targets);
	buf_free(&targets);
	return r == E_NOTFOUND ? 0 : r < 0 ? r : E_EXISTS;
}

bool address_is_known(struct store *s, struct str typed)
{
	struct buf name;
	bool known;

	buf_init(&name, NAME_MOST);
	known = name_canonical(typed, &name) == 0 && is_free(s, buf_str(&name)) == E_EXISTS;
	buf_free(&name);
	return known;
}

/* The mailboxes that the setting names, subscribed (RFC 6154): "Sent", "Sent=Outbox", ... */
static int add_special_folders(struct change *c, struct str list)
{
	static const struct {
		const char *name;
		uint32_t use;
	} uses[] = {{"Drafts", USE_DRAFTS}, {"Sent", USE_SENT}, {"Junk", USE_JUNK},
		    {"Trash", USE_TRASH}, {"Archive", USE_ARCHIVE}, {"Important", USE_IMPORTANT}};
	int r = 0;

	while (!r && list.n) {
		struct str name = str_cut(&list, ' '), use = str_cut(&name, '=');

		if (!name.n)
			name = use;
		for (size_t i = 0; !r && i < COLUMNS(uses); i++) {
			if (!str_eq(use, str_of(uses[i].name)))
				continue;
			r = change_mbox_create(c, CHANGE_NEW_ACCOUNT, name, uses[i].use);
			if (!r)
				r = change_mbox_subscribe(c, CHANGE_NEW_ACCOUNT, name, true);
		}
	}
	return r;
}

static int add_account(struct store *s, const struct conf *conf, struct str name, struct str hash,
		       uint64_t quota, bool disabled)
{
	struct change *c;
	uint64_t id;
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	r = change_account_create(c, name, &id);
	if (!r)
		r = add_special_folders(c, str_of(conf->special_folders));
	if (!r && (quota || disabled))
		r = change_account_set(c, CHANGE_NEW_ACCOUNT, disabled, quota);
	if (!r && hash.n)
		r = change_meta_set(c, CHANGE_NEW_ACCOUNT, 0, STR("password"), hash);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

int user_add(struct store *s, const struct conf *c, struct str address, struct str password,
	     uint64_t quota_bytes, bool disabled)
{
	struct buf name, prepared, hash;
	int r;

	buf_init(&name, NAME_MOST);
	buf_init(&prepared, PREPARED_MOST);
	buf_init(&hash, HASH_MOST);
	r = name_canonical(address, &name);
	if (!r)
		r = is_free(s, buf_str(&name));
	if (!r)
		r = saslprep(password, &prepared);
	if (!r)
		r = hash_password(c, buf_str(&prepared), &hash);
	if (!r)
		r = add_account(s, c, buf_str(&name), buf_str(&hash), quota_bytes, disabled);
	buf_free(&name);
	buf_wipe(&prepared);
	buf_wipe(&hash);
	return r;
}

static int set_secrets(struct store *s, uint64_t account, struct str hash, struct str apop)
{
	struct change *c;
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	r = change_meta_set(c, account, 0, STR("password"), hash);
	if (!r)
		r = change_meta_set(c, account, 0, STR("apop"), apop);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

int user_set_password(struct store *s, const struct conf *c, struct str address,
		      struct str password, bool apop)
{
	struct account_info info;
	struct buf prepared, hash;
	int r = user_find(s, address, &info);

	if (r < 0)
		return r;
	buf_init(&prepared, PREPARED_MOST);
	buf_init(&hash, HASH_MOST);
	r = saslprep(password, &prepared);
	if (!r)
		r = hash_password(c, buf_str(&prepared), &hash);
	if (!r)
		r = set_secrets(s, info.id, buf_str(&hash), apop ? buf_str(&prepared) : STR_NONE);
	buf_wipe(&prepared);
	buf_wipe(&hash);
	return r;
}

int user_set(struct store *s, struct str address, const uint64_t *quota_bytes, const bool *disabled)
{
	struct account_info info;
	struct change *c;
	int r = user_find(s, address, &info);

	if (!r)
		r = change_new(&c, s);
	if (r < 0)
		return r;
	r = change_account_set(c, info.id, disabled ? *disabled : info.disabled,
			       quota_bytes ? *quota_bytes : info.quota_bytes);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

static int commit_step(struct change *c, int r)
{
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

int user_set_limit(struct store *s, struct str address, enum quota_kind kind, uint64_t limit)
{
	struct account_info info;
	struct change *c;
	int r = user_find(s, address, &info);

	if (r < 0 || (r = change_new(&c, s)) < 0)
		return r;
	return commit_step(c, change_quota_set(c, info.id, kind, limit));
}

int user_set_shared(struct store *s, struct str address, bool is_shared)
{
	struct account_info info;
	struct change *c;
	int r = user_find(s, address, &info);

	if (r < 0 || (r = change_new(&c, s)) < 0)
		return r;
	return commit_step(c, change_meta_set(c, info.id, 0, STR(META_SHARED),
					      is_shared ? STR("yes") : STR_NONE));
}

int user_del(struct store *s, struct str address)
{
	struct account_info info;
	struct change *c;
	struct buf name;
	int r = user_find(s, address, &info);

	buf_init(&name, NAME_MOST);
	if (!r)
		r = account_name(s, info.id, &name);
	if (!r)
		r = rights_forget(s, buf_str(&name));
	buf_free(&name);
	if (!r)
		r = change_new(&c, s);
	if (r < 0)
		return r;
	r = change_account_delete(c, info.id);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* -- aliases -------------------------------------------------------------------- */

static int set_alias(struct store *s, struct str address, struct str targets)
{
	struct change *c;
	int r = change_new(&c, s);

	if (r < 0)
		return r;
	r = change_alias_set(c, address, targets);
	if (r < 0) {
		change_drop(c);
		return r;
	}
	return change_commit(&c);
}

/* Each target in canonical form, each once; every one must exist: who mistypes one learns it now,
 * not when mail is lost. */
static int join_targets(struct store *s, const struct str *targets, size_t n, struct buf *out)
{
	int r = 0;

	for (size_t i = 0; !r && i < n; i++) {
		struct buf one;

		buf_init(&one, NAME_MOST);
		r = name_canonical(targets[i], &one);
		if (!r && is_free(s, buf_str(&one)) == 0)
			r = E_NOACCOUNT;
		if (!r && !resolve_list_has(buf_str(out), buf_str(&one))) {
			if (out->n)
				buf_add_char(out, ALIAS_SEPARATOR);
			r = buf_add(out, buf_str(&one));
		}
		buf_free(&one);
	}
	return r;
}

int alias_add(struct store *s, struct str address, const struct str *targets, size_t n)
{
	struct account_info info;
	struct buf name, list;
	int r;

	buf_init(&name, NAME_MOST);
	buf_init(&list, TARGETS_MOST);
	r = name_canonical(address, &name);
	if (!r && account_find(s, buf_str(&name), &info) == 0)
		r = E_EXISTS;
	if (!r)
		r = n ? resolve_check_loop(s, buf_str(&name), targets, n) : E_SYNTAX;
	if (!r)
		r = join_targets(s, targets, n, &list);
	if (!r)
		r = set_alias(s, buf_str(&name), buf_str(&list));
	buf_free(&name);
	buf_free(&list);
	return r;
}

int alias_del(struct store *s, struct str address)
{
	struct buf name, targets;
	int r;

	buf_init(&name, NAME_MOST);
	buf_init(&targets, TARGETS_MOST);
	r = name_canonical(address, &name);
	if (!r)
		r = alias_find(s, buf_str(&name), &targets);
	if (!r)
		r = set_alias(s, buf_str(&name), STR_NONE);
	buf_free(&name);
	buf_free(&targets);
	return r;
}
