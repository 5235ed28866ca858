/* check.c - values that have the right kind and still make no sense.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/err.h"
#include "conf/nearest.h"
#include "conf/table.h"
#include "net/listen.h"

static bool is_one_of(struct str text, const char *const *words)
{
	for (; *words; words++)
		if (str_eq(text, str_of(*words)))
			return true;
	return false;
}

static const char *check_log_level(struct str t)
{
	static const char *const words[] = {"error", "warn", "info", "debug", NULL};

	return is_one_of(t, words) ? NULL : "must be error, warn, info or debug";
}

static const char *check_log_target(struct str t)
{
	static const char *const words[] = {"stderr", "syslog", NULL};

	return is_one_of(t, words) || str_starts(t, STR("/"))
		       ? NULL
		       : "must be stderr, syslog or a path that begins with /";
}

static const char *check_backend(struct str t)
{
	static const char *const words[] = {"file", "memory", NULL};

	return is_one_of(t, words) ? NULL : "must be file or memory";
}

/* yescrypt:5, sha512crypt:100000, bcrypt:10 */
static const char *check_password_hash(struct str t)
{
	static const struct {
		const char *name;
		unsigned least, most;
	} kinds[] = {{"yescrypt", 1, 11}, {"sha512crypt", 1000, 999999999}, {"bcrypt", 4, 31}};
	struct str name = str_cut(&t, ':');
	uint64_t cost;

	for (size_t i = 0; i < COLUMNS(kinds); i++) {
		if (!str_eq(name, str_of(kinds[i].name)))
			continue;
		if (!t.p)
			return NULL;
		if (str_u64(t, kinds[i].most, &cost) || cost < kinds[i].least)
			return "has a cost out of range (yescrypt 1-11, sha512crypt 1000-999999999, "
			       "bcrypt 4-31)";
		return NULL;
	}
	return "must be yescrypt, sha512crypt or bcrypt, with :COST if you like";
}

static const char *check_pop3_delete(struct str t)
{
	static const char *const words[] = {"expunge", "flag", NULL};

	return is_one_of(t, words) || (str_starts(t, STR("move:")) && t.n > 5)
		       ? NULL
		       : "must be expunge, flag or move:MAILBOX";
}

static const char *check_unix_mode(struct str t)
{
	bool is_octal = t.n == 4 && t.p[0] == '0';

	for (size_t i = 0; i < t.n; i++)
		is_octal = is_octal && t.p[i] >= '0' && t.p[i] <= '7';
	return is_octal ? NULL : "must be a mode of four octal digits, such as 0660";
}

static const char *check_delimiter(struct str t)
{
	if (t.n > 1)
		return "must be one character, or empty";
	return t.n && (t.p[0] == '@' || t.p[0] == '.' || t.p[0] == '"')
		       ? "cannot be @, . or a quote"
		       : NULL;
}

static const char *check_hostname(struct str t)
{
	if (t.n > 255)
		return "is too long for a host name";
	for (size_t i = 0; i < t.n; i++) {
		char c = ascii_lower(t.p[i]);
		bool is_fine = (c >= 'a' && c <= 'z') || ascii_is_digit(c) || c == '-' || c == '.' ||
			       (c & 0x80);

		if (!is_fine)
			return "must be a host name: letters, digits, hyphens and dots";
	}
	return NULL;
}

/* A mailbox of that name comes twice, or is there already? */
static bool is_taken(struct str before, struct str name)
{
	while (before.n) {
		struct str other = str_cut(&before, ' '), use = str_cut(&other, '=');

		if (str_eq(other.n ? other : use, name))
			return true;
	}
	return str_ieq(name, STR("INBOX"));
}

/* "Drafts Sent=Outbox": names end at a space. */
static const char *check_special_folders(struct str all)
{
	static const char *const uses[] = {"Drafts", "Sent", "Junk", "Trash", "Archive", "Important", NULL};
	struct str rest = all;

	while (rest.n) {
		struct str before = str_head(all, (size_t)(rest.p - all.p));
		struct str one = str_cut(&rest, ' '), use = str_cut(&one, '=');

		if (!is_one_of(use, uses) || (one.p && !one.n))
			return "is words such as Sent or Sent=Outbox, of Drafts, Sent, Junk, Trash, Archive and "
			       "Important, with one space between";
		if (is_taken(before, one.n ? one : use))
			return "names a mailbox twice, or INBOX";
	}
	return NULL;
}

/* "pop3=127.0.0.1:110": the sentences are as many as the protocols, for a check has no memory. */
static const char *check_listen(struct str t)
{
#define ROW(name)                                                                                  \
	{name, "names no such protocol; did you mean " name                                        \
	       "? There are imap, imaps, pop3, pop3s, lmtp and smtp"}
	static const struct {
		const char *name, *sentence;
	} protocols[] = {ROW("imap"), ROW("imaps"), ROW("pop3"), ROW("pop3s"), ROW("lmtp"), ROW("smtp")};
#undef ROW
	struct str name = str_cut(&t, '=');
	struct listen_addr at;
	struct nearest near;

	if (!t.p || listen_parse(&at, t) < 0)
		return "is not written PROTOCOL=ADDRESS:PORT or PROTOCOL=unix:/path";
	nearest_init(&near, name);
	for (size_t i = 0; i < COLUMNS(protocols); i++) {
		if (str_eq(name, str_of(protocols[i].name)))
			return NULL;
		nearest_offer(&near, protocols[i].name);
	}
	for (size_t i = 0; i < COLUMNS(protocols); i++)
		if (near.best == protocols[i].name)
			return protocols[i].sentence;
	return "names no such protocol; there are imap, imaps, pop3, pop3s, lmtp and smtp";
}

static const char *check_network(struct str t)
{
	struct cidr network;

	return cidr_parse(&network, t) < 0 ? "is no network: write one such as 192.0.2.0/24" : NULL;
}

static const char *check_data(struct str t)
{
	return t.n ? NULL : "cannot be empty";
}

static const struct {
	const char *name;
	const char *(*fn)(struct str text);
} checks[] = {
	{"data", check_data},
	{"hostname", check_hostname},
	{"user", check_data},
	{"log_level", check_log_level},
	{"log_target", check_log_target},
	{"backend", check_backend},
	{"password_hash", check_password_hash},
	{"pop3_delete", check_pop3_delete},
	{"unix_mode", check_unix_mode},
	{"listen", check_listen},
	{"trusted", check_network},
	{"lmtp_allow", check_network},
	{"recipient_delimiter", check_delimiter},
	{"special_folders", check_special_folders},
};

const char *option_check(const struct option_row *row, struct str text)
{
	for (size_t i = 0; i < COLUMNS(checks); i++)
		if (str_eq(str_of(checks[i].name), str_of(row->name)))
			return checks[i].fn(text);
	return NULL;
}

/* LMTP trusts its clients: it answers for every recipient and asks for no password. */
static void check_lmtp(const struct conf *c, struct buf *errors)
{
	for (size_t i = 0; i < c->listen.n; i++) {
		struct str where = str_of(c->listen.v[i]), name = str_cut(&where, '=');
		struct listen_addr at;

		if (!c->lmtp_allow.n && str_eq(name, STR("lmtp")) && listen_parse(&at, where) == 0 &&
		    !at.is_unix && !at.is_loopback)
			buf_printf(errors,
				   "listen: %.200s: LMTP off loopback needs the setting lmtp_allow: "
				   "which networks may speak it\n",
				   c->listen.v[i]);
	}
}

int conf_check_whole(const struct conf *c, struct buf *errors)
{
	size_t before = errors->n;

	if (!*c->tls_cert != !*c->tls_key)
		buf_printf(errors, "tls_cert and tls_key: give both or none\n");
	check_lmtp(c, errors);
	return errors->n == before ? 0 : E_SYNTAX;
}
