/* mail.c - MAIL FROM:<reverse-path> [parameters]: a transaction begins.
 * SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"
#include "smtp/session.h"
#include "wire/address.h"

struct mail_param {
	const char *keyword;
	/* 0, or < 0 when it has replied */
	int (*take)(struct smtp *p, struct txn *t, struct str value);
	bool needs_value;
};

/* RFC 1870 6.1: what cannot be taken is refused before it is sent. */
static int take_size(struct smtp *p, struct txn *t, struct str value)
{
	int e = str_u64(value, UINT64_MAX, &t->size_told);

	if (e == E_SYNTAX || value.n > 20)
		return smtp_reply(p, 501, "5.5.4", "SIZE= is a number");
	if (e == E_RANGE || t->size_told > p->conf->message_size) {
		message_log(p, 552, "5.3.4");
		smtp_fail(p, E_TOOBIG);
		return E_TOOBIG;
	}
	return 0;
}

/* RFC 6152, RFC 3030 3. */
static int take_body(struct smtp *p, struct txn *t, struct str value)
{
	if (str_ieq(value, STR("7BIT")) || str_ieq(value, STR("8BITMIME")))
		return 0; /* all octets are kept either way */
	t->is_binary = str_ieq(value, STR("BINARYMIME"));
	if (t->is_binary)
		return 0;
	return smtp_reply(p, 501, "5.5.4", "BODY= is 7BIT, 8BITMIME or BINARYMIME");
}

static int take_smtputf8(struct smtp *p, struct txn *t, struct str value)
{
	t->has_smtputf8 = true;
	return 0;
}

static const struct mail_param mail_params[] = {
	{"SIZE", take_size, true},
	{"BODY", take_body, true},
	{"SMTPUTF8", take_smtputf8, false},
};

static const struct mail_param *param_find(struct str keyword)
{
	for (size_t i = 0; i < COLUMNS(mail_params); i++)
		if (str_ieq(keyword, str_of(mail_params[i].keyword)))
			return &mail_params[i];
	return NULL;
}

/* RFC 5321 4.1.1.11 */
static int take_param(struct smtp *p, struct txn *t, struct str word, unsigned *seen)
{
	ptrdiff_t eq = str_find(word, '=');
	struct str keyword = eq < 0 ? word : str_head(word, (size_t)eq);
	struct str value = eq < 0 ? STR_NONE : str_from(word, (size_t)eq + 1);
	const struct mail_param *m = param_find(keyword);
	unsigned bit;

	if (!m)
		return smtp_reply(p, 555, "5.5.4", "no such parameter is offered");
	if (m->needs_value ? !value.n : eq >= 0)
		return smtp_reply(p, 501, "5.5.4", "%s: a value is missing, or one too many",
				  m->keyword);
	bit = 1u << (m - mail_params);
	if (*seen & bit)
		return smtp_reply(p, 501, "5.5.4", "%s twice", m->keyword);
	*seen |= bit;
	return m->take(p, t, value);
}

static int take_params(struct smtp *p, struct txn *t, struct str params)
{
	unsigned seen = 0;

	int e = 0;

	while (params.n && e >= 0) {
		struct str word = str_cut(&params, ' ');

		if (word.n)
			e = take_param(p, t, word, &seen);
	}
	return e;
}

/* MAIL - RFC 5321 4.1.1.2. */
int cmd_mail(void *session, const struct command_args *a)
{
	struct smtp *p = session;
	struct address from;
	struct str rest, path;
	struct txn *t;
	int e;

	if (!str_istarts(a->text, STR("FROM:")))
		return smtp_reply(p, 501, "5.5.4", "MAIL FROM:<address>");
	path = str_trim(str_from(a->text, 5)); /* "FROM: <a@b>" is common, and harmless */
	if (path_parse(path, PATH_REVERSE, &from, &rest) < 0 || (rest.n && rest.p[0] != ' '))
		return smtp_reply(p, 501, "5.1.7", "that is no address");
	p->conf = atomic_load(&p->service->conf); /* a reload counts from here on */
	t = txn_new(p, from.is_null ? STR_NONE : address_text(&from));
	if (!t)
		return smtp_fail(p, E_NOMEM);
	e = take_params(p, t, rest);
	if (e < 0) {
		txn_over(p);
		/* too large: an MTA in front is not to be hung up on because of its clients' messages */
		return e == E_TOOBIG && p->flavour->is_lmtp ? 0 : E_SYNTAX;
	}
	if (from.is_utf8 && !t->has_smtputf8) { /* RFC 6531 3.5 */
		txn_over(p);
		return smtp_reply(p, 553, "5.6.7", "that address needs SMTPUTF8");
	}
	return smtp_reply(p, 250, "2.1.0", "sender ok");
}
