/* user.c - user add, passwd, del, list and set.
 * SPDX-License-Identifier: Apache-2.0 */
#include "auth/accounts.h"
#include "base/err.h"
#include "cmd/verb.h"
#include "cmd/verbs.h"
#include "conf/conf.h"
#include "wire/address.h"

enum { NAME_MOST = 512 };

/* The quota that the options name, or else `otherwise`. EX_OK, or EX_USAGE after telling why. */
static int read_quota(struct verb_call *v, uint64_t otherwise, uint64_t *ret)
{
	*ret = otherwise;
	if (!verb_has(v, OPT_QUOTA) || str_size(str_of(v->value[OPT_QUOTA]), ret) == 0)
		return EX_OK;
	out_error(v->out, "--quota: write a size such as 500M or 2G");
	return EX_USAGE;
}

static int say_address(struct verb_call *v, int e)
{
	switch (e) {
	case E_SYNTAX:
	case E_UTF8:
	case E_RANGE:
		out_error(v->out, "%.200s: not an address: write user@domain", v->args[0]);
		return EX_USAGE;
	case E_EXISTS:
		out_error(v->out, "%.200s: there is an account or alias of that name already",
			  v->args[0]);
		return verb_exit(e);
	default:
		return verb_fail(v, v->args[0], e);
	}
}

int cmd_user_add(struct verb_call *v)
{
	struct str address = str_of(v->args[0]);
	uint64_t quota;
	int r = read_quota(v, v->conf->quota, &quota);

	if (r != EX_OK)
		return r;
	r = user_add(v->store, v->conf, address, v->password, quota, verb_has(v, OPT_DISABLED));
	if (!r && verb_has(v, OPT_APOP))
		r = user_set_password(v->store, v->conf, address, v->password, true);
	if (r < 0)
		return say_address(v, r);
	out_note(v->out, "Account %s is there. Mail for it is taken from now on.", v->args[0]);
	return EX_OK;
}

int cmd_user_passwd(struct verb_call *v)
{
	int r = user_set_password(v->store, v->conf, str_of(v->args[0]), v->password,
				  verb_has(v, OPT_APOP));

	if (r < 0)
		return say_address(v, r);
	out_note(v->out, v->password.n ? "The password of %s is changed."
				       : "%s has no password any more: nobody can log in.",
		 v->args[0]);
	return EX_OK;
}

int cmd_user_del(struct verb_call *v)
{
	int r = user_del(v->store, str_of(v->args[0]));

	if (r < 0)
		return say_address(v, r);
	out_note(v->out, "Account %s is gone, and its mail with it.", v->args[0]);
	return EX_OK;
}

static const uint32_t SETTABLE = 1u << OPT_QUOTA | 1u << OPT_QUOTA_MESSAGES | 1u << OPT_QUOTA_MAILBOXES |
				 1u << OPT_DISABLED | 1u << OPT_ENABLED | 1u << OPT_SHARED |
				 1u << OPT_PRIVATE;

static int set_limit(struct verb_call *v, enum verb_option o, enum quota_kind kind)
{
	uint64_t limit;
	int r;

	if (!verb_has(v, o))
		return EX_OK;
	if (str_u64(str_of(v->value[o]), INT64_MAX, &limit) < 0) {
		out_error(v->out, "%s: not a number", v->value[o]);
		return EX_USAGE;
	}
	r = user_set_limit(v->store, str_of(v->args[0]), kind, limit);
	return r < 0 ? say_address(v, r) : EX_OK;
}

int cmd_user_set(struct verb_call *v)
{
	bool disabled = verb_has(v, OPT_DISABLED), enabled = verb_has(v, OPT_ENABLED);
	uint64_t quota;
	int r = read_quota(v, 0, &quota);

	if (r != EX_OK)
		return r;
	if ((disabled && enabled) || (verb_has(v, OPT_SHARED) && verb_has(v, OPT_PRIVATE))) {
		out_error(v->out, "%s: one of them",
			  disabled ? "--disabled or --enabled" : "--shared or --private");
		return EX_USAGE;
	}
	if (!(v->given & SETTABLE)) {
		out_error(v->out, "say what to set: --quota, --quota-messages, --quota-mailboxes, --disabled, "
				  "--enabled, --shared or --private");
		return EX_USAGE;
	}
	if ((r = set_limit(v, OPT_QUOTA_MESSAGES, QUOTA_MESSAGE)) != EX_OK ||
	    (r = set_limit(v, OPT_QUOTA_MAILBOXES, QUOTA_MAILBOX)) != EX_OK)
		return r;
	if (verb_has(v, OPT_SHARED) || verb_has(v, OPT_PRIVATE)) {
		r = user_set_shared(v->store, str_of(v->args[0]), verb_has(v, OPT_SHARED));
		if (r < 0)
			return say_address(v, r);
	}
	r = user_set(v->store, str_of(v->args[0]), verb_has(v, OPT_QUOTA) ? &quota : NULL,
		     disabled || enabled ? &disabled : NULL);
	return r < 0 ? say_address(v, r) : EX_OK;
}

static void list_one(struct verb_call *v, struct table *t, struct str name,
		     const struct account_info *info)
{
	struct buf hash, written;
	bool has_password;

	buf_init(&hash, NAME_MOST);
	has_password = meta_find(v->store, info->id, 0, STR("password"), &hash) == 0 && hash.n;
	buf_wipe(&hash);
	buf_init(&written, NAME_MOST);
	address_written(name, &written);
	table_text(t, buf_str(&written));
	buf_free(&written);
	table_int(t, (int64_t)info->used_messages);
	table_int(t, (int64_t)info->used_bytes);
	table_int(t, (int64_t)info->quota_bytes);
	table_text(t, info->disabled ? STR("disabled") : has_password ? STR("ok") : STR("no password"));
	table_int(t, info->created_ms);
}

int cmd_user_list(struct verb_call *v)
{
	static const struct column columns[] = {
		{"USER", "user", CELL_TEXT},	 {"MESSAGES", "messages", CELL_NUMBER},
		{"USED", "used", CELL_SIZE},	 {"QUOTA", "quota", CELL_LIMIT},
		{"STATE", "state", CELL_TEXT},	 {"SINCE", "created", CELL_TIME},
	};
	struct account_info info;
	struct buf name, after;
	struct table t;
	int r;

	table_init(&t, columns, COLUMNS(columns));
	buf_init(&name, NAME_MOST);
	buf_init(&after, NAME_MOST);
	while (!(r = account_next(v->store, buf_str(&after), &name, &info))) {
		list_one(v, &t, buf_str(&name), &info);
		buf_clear(&after);
		buf_add(&after, buf_str(&name));
		buf_clear(&name);
	}
	buf_free(&name);
	buf_free(&after);
	if (r != E_NOTFOUND)
		t.failed = r;
	r = table_print(&t, v->out);
	return r < 0 ? verb_fail(v, "list", r) : EX_OK;
}
