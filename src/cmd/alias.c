/* alias.c - alias add, del and list.
 * SPDX-License-Identifier: Apache-2.0 */
#include "auth/accounts.h"
#include "base/err.h"
#include "cmd/verb.h"
#include "cmd/verbs.h"
#include "wire/address.h"

enum { NAME_MOST = 512, TARGETS_MOST = 64 << 10 };

static int say_failure(struct verb_call *v, int e)
{
	switch (e) {
	case E_LOOP:
		out_error(v->out, "%.200s: this would send mail in a circle, or through more than 10 "
				  "aliases",
			  v->args[0]);
		return verb_exit(e);
	case E_EXISTS:
		out_error(v->out, "%.200s: there is an account of that name", v->args[0]);
		return verb_exit(e);
	case E_SYNTAX:
	case E_UTF8:
	case E_RANGE:
		out_error(v->out, "%.200s: not an address: write user@domain", v->args[0]);
		return EX_USAGE;
	case E_NOTFOUND:
		out_error(v->out, "%.200s: no such alias", v->args[0]);
		return verb_exit(e);
	default:
		return verb_fail(v, v->args[0], e);
	}
}

static int add(struct verb_call *v, struct str *targets, size_t n)
{
	int r;

	for (size_t i = 0; i < n; i++) {
		targets[i] = str_of(v->args[i + 1]);
		if (address_is_known(v->store, targets[i]))
			continue;
		out_error(v->out, "%.200s: no such account or alias", v->args[i + 1]);
		return EX_NOUSER;
	}
	r = alias_add(v->store, str_of(v->args[0]), targets, n);
	return r < 0 ? say_failure(v, r) : EX_OK;
}

int cmd_alias_add(struct verb_call *v)
{
	struct str *targets = calloc(v->n_args, sizeof(*targets));
	int code = targets ? add(v, targets, v->n_args - 1) : EX_OSERR;

	free(targets);
	return code;
}

int cmd_alias_del(struct verb_call *v)
{
	int r = alias_del(v->store, str_of(v->args[0]));

	return r < 0 ? say_failure(v, r) : EX_OK;
}

/* The targets as one would type them, a space between two. */
static void list_one(struct table *t, struct str name, struct str targets, struct buf *room)
{
	buf_clear(room);
	address_written(name, room);
	table_text(t, buf_str(room));
	buf_clear(room);
	while (targets.n) {
		if (room->n)
			buf_add_char(room, ' ');
		address_written(str_cut(&targets, ALIAS_SEPARATOR), room);
	}
	table_text(t, buf_str(room));
}

int cmd_alias_list(struct verb_call *v)
{
	static const struct column columns[] = {
		{"ALIAS", "alias", CELL_TEXT},
		{"GOES TO", "targets", CELL_TEXT},
	};
	struct buf name, after, targets, room;
	struct table t;
	int r;

	table_init(&t, columns, COLUMNS(columns));
	buf_init(&name, NAME_MOST);
	buf_init(&after, NAME_MOST);
	buf_init(&targets, TARGETS_MOST);
	buf_init(&room, 2 * TARGETS_MOST);
	while (!(r = alias_next(v->store, buf_str(&after), &name, &targets))) {
		list_one(&t, buf_str(&name), buf_str(&targets), &room);
		buf_clear(&after);
		buf_add(&after, buf_str(&name));
		buf_clear(&name);
		buf_clear(&targets);
	}
	buf_free(&name);
	buf_free(&after);
	buf_free(&targets);
	buf_free(&room);
	if (r != E_NOTFOUND)
		t.failed = r;
	r = table_print(&t, v->out);
	return r < 0 ? verb_fail(v, "list", r) : EX_OK;
}
