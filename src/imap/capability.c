/* capability.c - what the server says it can do, and ENABLE: one table with conditions.
 * SPDX-License-Identifier: Apache-2.0
 *
 * What is listed works, in the state in which it is listed; nothing else is (RFC 9051 6.1.1). */
#include "imap/command.h"
#include "imap/folders.h"
#include <inttypes.h>
#include "imap/imap.h"

#define BEFORE IN_NOT_AUTH
#define AFTER  (IN_AUTH | IN_SELECTED)
#define ALWAYS (BEFORE | AFTER)

bool imap_has_literal_plus(const struct imap *s)
{
	return s->state != IN_NOT_AUTH && s->conf->imap_literal_plus;
}

bool imap_login_is_offered(const struct imap *s)
{
	return auth_plaintext_ok(s->service->auth, s->conn);
}

static bool has_literal_minus(const struct imap *s)
{
	return !imap_has_literal_plus(s);
}

static bool has_starttls(const struct imap *s)
{
	return conn_can_tls(s->conn);
}

static bool is_not_compressed(const struct imap *s)
{
	return !conn_is_compressed(s->conn);
}

static bool has_no_login(const struct imap *s)
{
	return !imap_login_is_offered(s);
}

static const struct capability {
	const char *name;
	unsigned states;
	bool (*holds)(const struct imap *s); /* NULL: always */
	const char *rfc;
} capabilities[] = {
	{"IMAP4rev1", ALWAYS, NULL, "3501"},
	{"IMAP4rev2", ALWAYS, NULL, "9051"},
	{"LITERAL+", ALWAYS, imap_has_literal_plus, "7888"},
	{"LITERAL-", ALWAYS, has_literal_minus, "7888"}, /* exactly one of the two (RFC 7888 5) */
	{"SASL-IR", BEFORE, NULL, "4959"},
	{"STARTTLS", BEFORE, has_starttls, "9051"},
	{"LOGINDISABLED", BEFORE, has_no_login, "9051"},
	{"AUTH=PLAIN", BEFORE, imap_login_is_offered, "4616"},
	{"AUTH=LOGIN", BEFORE, imap_login_is_offered, "-"},
	{"ID", ALWAYS, NULL, "2971"},
	{"ENABLE", AFTER, NULL, "5161"},
	{"IDLE", AFTER, NULL, "2177"},
	{"COMPRESS=DEFLATE", AFTER, is_not_compressed, "4978"},
	{"LANGUAGE", AFTER, NULL, "5255"},
	{"UNAUTHENTICATE", AFTER, NULL, "8437"},
	{"UNSELECT", AFTER, NULL, "3691"},
	{"CONDSTORE", AFTER, NULL, "7162"},
	{"QRESYNC", AFTER, NULL, "7162"},
	{"UTF8=ACCEPT", AFTER, NULL, "6855"},
	{"MULTIAPPEND", AFTER, NULL, "3502"},
	{"CATENATE", AFTER, NULL, "4469"},
	{"URLAUTH", AFTER, NULL, "4467"},
	{"URL-PARTIAL", AFTER, NULL, "5550"},
	{"UIDPLUS", AFTER, NULL, "4315"},
	{"REPLACE", AFTER, NULL, "8508"},
	{"APPENDLIMIT=", AFTER, NULL, "7889"},
	{"MOVE", AFTER, NULL, "6851"},
	{"BINARY", AFTER, NULL, "3516"},
	{"ESEARCH", AFTER, NULL, "4731"},
	{"SEARCHRES", AFTER, NULL, "5182"},
	{"WITHIN", AFTER, NULL, "5032"},
	{"CONTEXT=SEARCH", AFTER, NULL, "5267"},
	{"PARTIAL", AFTER, NULL, "9394"},
	{"SAVEDATE", AFTER, NULL, "8514"},
	{"ANNOTATE-EXPERIMENT-1", AFTER, NULL, "5257"},
	{"SEARCH=FUZZY", AFTER, NULL, "6203"},
	{"MULTISEARCH", AFTER, NULL, "7377"},
	{"UIDBATCHES", AFTER, NULL, "10022"},
	{"PREVIEW", AFTER, NULL, "8970"},
	{"UIDONLY", AFTER, NULL, "9586"},
	{"NAMESPACE", AFTER, NULL, "2342"},
	{"CHILDREN", AFTER, NULL, "3348"},
	{"LIST-EXTENDED", AFTER, NULL, "5258"},
	{"LIST-STATUS", AFTER, NULL, "5819"},
	{"LIST-MYRIGHTS", AFTER, NULL, "8440"},
	{"LIST-METADATA", AFTER, NULL, "9590"},
	{"SPECIAL-USE", AFTER, NULL, "6154"},
	{"CREATE-SPECIAL-USE", AFTER, NULL, "6154"},
	{"STATUS=SIZE", AFTER, NULL, "8438"},
	{"OBJECTID", AFTER, NULL, "8474"},
	{"SORT", AFTER, NULL, "5256"},
	{"SORT=DISPLAY", AFTER, NULL, "5957"},
	{"ESORT", AFTER, NULL, "5267"},
	{"THREAD=ORDEREDSUBJECT", AFTER, NULL, "5256"},
	{"THREAD=REFERENCES", AFTER, NULL, "5256"},
	{"THREAD=REFS", AFTER, NULL, "draft-ietf-morg-inthread"},
	{"ACL", AFTER, NULL, "4314"},
	{"RIGHTS=texkn", AFTER, NULL, "4314, 5257"},
	{"QUOTA", AFTER, NULL, "9208"},
	{"QUOTA=RES-STORAGE", AFTER, NULL, "9208"},
	{"QUOTA=RES-MESSAGE", AFTER, NULL, "9208"},
	{"QUOTA=RES-MAILBOX", AFTER, NULL, "9208"},
	{"QUOTASET", AFTER, imap_is_admin, "9208"},
	{"METADATA", AFTER, NULL, "5464"},
	{"METADATA-SERVER", AFTER, NULL, "5464"},
};

/* RFC 7889 3: the limit of all mailboxes. */
static void put_name(const struct imap *s, const struct capability *c, struct buf *out)
{
	buf_printf(out, " %s", c->name);
	if (str_ends(str_of(c->name), STR("=")))
		buf_printf(out, "%" PRIu64, (uint64_t)s->conf->message_size);
}

void put_capabilities(struct imap *s, struct buf *out)
{
	buf_add(out, STR("CAPABILITY"));
	for (size_t i = 0; i < COLUMNS(capabilities); i++) {
		const struct capability *c = &capabilities[i];

		if ((c->states & s->state) && (!c->holds || c->holds(s)))
			put_name(s, c, out);
	}
}

int imap_cmd_capability(struct imap *s)
{
	struct buf *b = imap_buf(s);

	if (arg_end(&s->cmd->args) < 0)
		return imap_fail(s, s->cmd->args.err);
	put_capabilities(s, b);
	imap_untagged(s, STR_FMT, STR_ARG(buf_str(b)));
	return imap_ok(s, "that is all");
}

void imap_capability_reference(struct buf *out)
{
	buf_add(out, STR("\n| Capability | RFC | Before login | After |\n|---|---|---|---|\n"));
	for (size_t i = 0; i < COLUMNS(capabilities); i++)
		buf_printf(out, "| %s | %s | %s | %s |\n", capabilities[i].name, capabilities[i].rfc,
			   capabilities[i].states & BEFORE ? "yes" : "",
			   capabilities[i].states & AFTER ? "yes" : "");
}

/* -- ENABLE (RFC 5161, RFC 9051 6.3.1) -------------------------------------------------------- */

static const struct {
	const char *name;
	uint32_t bits;
} extensions[] = {
	{"CONDSTORE", EN_CONDSTORE},
	{"QRESYNC", EN_QRESYNC | EN_CONDSTORE}, /* RFC 7162 3.2.3 */
	{"UTF8=ACCEPT", EN_UTF8},
	{"IMAP4rev2", EN_REV2},
	{"UIDONLY", EN_UIDONLY},
};

/* Those that are no news, or that nobody can enable, are passed over. */
static void enable(struct imap *s, struct str name, struct buf *out)
{
	for (size_t i = 0; i < COLUMNS(extensions); i++)
		if (str_ieq(name, str_of(extensions[i].name)) &&
		    (s->enabled & extensions[i].bits) != extensions[i].bits) {
			s->enabled |= extensions[i].bits;
			buf_printf(out, " %s", extensions[i].name);
		}
}

int imap_cmd_enable(struct imap *s)
{
	struct args *a = &s->cmd->args, look;
	struct buf *b = imap_buf(s);
	struct str name;

	for (look = *a; !look.err && !arg_is_end(&look);) {
		arg_sp(&look);
		arg_atom(&look, &name);
	}
	if (look.err || arg_is_end(a)) /* nothing of it is done then */
		return imap_bad(s, "ENABLE takes names of extensions");
	while (arg_sp(a) == 0 && arg_atom(a, &name) == 0 && !arg_is_end(a))
		enable(s, name, b);
	enable(s, name, b);
	imap_untagged(s, "ENABLED" STR_FMT, STR_ARG(buf_str(b)));
	return imap_ok(s, "enabled");
}
