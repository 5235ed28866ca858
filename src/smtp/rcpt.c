/* rcpt.c - RCPT TO:<forward-path>: a recipient joins the transaction, or is refused.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "smtp/session.h"
#include "wire/address.h"

/* A full mailbox is told here if it can be: the others' mail then goes through at once. Each
 * copy is as large as its account's name more: Delivered-To has it. */
static int check_room(struct smtp *p, const struct rcpts *who, uint64_t without_name)
{
	struct account_info info;

	for (size_t i = 0; i < who->n; i++) {
		uint64_t size = without_name + who->v[i].name.n;
		int e = account_get(p->service->store, who->v[i].account, &info);

		if (e < 0)
			return e;
		if (info.quota_bytes && (info.used_bytes >= info.quota_bytes ||
					 size > info.quota_bytes - info.used_bytes))
			return E_QUOTA;
	}
	return 0;
}

int rcpt_check_room(struct smtp *p, const struct txn_rcpt *r, uint64_t without_name)
{
	return check_room(p, &r->who, without_name);
}

static int add(struct smtp *p, const struct address *to)
{
	struct txn *t = p->t;
	struct txn_rcpt *r;
	struct rcpts who;
	int e;

	if (t->n_rcpts >= (uint64_t)p->conf->recipients) /* RFC 5321 4.5.3.1.10 */
		return E_LIMIT;
	e = rcpt_resolve(p->service->store, p->conf, to, &t->arena, &who);
	if (e < 0)
		return e;
	if (t->n_targets + who.n > txn_targets_most(p->conf))
		return E_LIMIT;
	e = check_room(p, &who, t->size_told);
	if (e < 0)
		return e;
	r = arena_new(&t->arena, struct txn_rcpt);
	if (!r)
		return E_NOMEM;
	r->path = arena_dup(&t->arena, address_text(to));
	if (!r->path.p)
		return E_NOMEM;
	r->who = who;
	*t->last = r;
	t->last = &r->next;
	t->n_rcpts++;
	t->n_targets += who.n;
	return 0;
}

/* Not local: "relaying denied" and no other word. An MTA in front (LMTP) is not to be hung up on
 * because of its clients' bad addresses; a stranger who guesses is (SECURITY D4). */
static int refuse(struct smtp *p, const struct address *to, int e)
{
	const char *enhanced;
	int code = smtp_code(p, e, &enhanced), r;

	if (e == E_DENIED)
		r = smtp_reply(p, code, enhanced, "relaying denied");
	else if (e == E_LIMIT)
		r = smtp_reply(p, code, enhanced, "too many recipients");
	else
		r = smtp_fail(p, e);
	message_log_rcpt(p, address_text(to), code, enhanced);
	return p->flavour->is_lmtp ? 0 : r;
}

/* RCPT - RFC 5321 4.1.1.3. Source routes are read and ignored (appendix C). */
int cmd_rcpt(void *session, const struct command_args *a)
{
	struct smtp *p = session;
	struct address to;
	struct str rest, path;
	int e;

	if (!str_istarts(a->text, STR("TO:")))
		return smtp_reply(p, 501, "5.5.4", "RCPT TO:<address>");
	path = str_trim(str_from(a->text, 3));
	if (path_parse(path, PATH_FORWARD, &to, &rest) < 0 || (rest.n && rest.p[0] != ' '))
		return smtp_reply(p, 501, "5.1.3", "that is no address");
	if (str_trim(rest).n) /* RFC 5321 4.1.1.11; DSN (RFC 3461) is not offered */
		return smtp_reply(p, 555, "5.5.4", "no such parameter is offered");
	if (to.is_utf8 && !p->t->has_smtputf8) /* RFC 6531 3.5 */
		return smtp_reply(p, 553, "5.6.7", "that address needs SMTPUTF8");
	e = add(p, &to);
	if (e < 0)
		return refuse(p, &to, e);
	return smtp_reply(p, 250, "2.1.5", "recipient ok");
}
