/* err.h - the one table of errors: number, SMTP, IMAP and POP3 codes, text.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A function returns >= 0 for success and one of these (all < 0) for failure.
 * base/, net/, wire/ and store/ return them and stay silent; the protocol
 * layer translates (err_smtp and its sisters are the only translators) and logs.
 *
 * X(name, SMTP code, enhanced code, IMAP response code, POP3 response code, text)
 * Response codes: RFC 5530 and RFC 9051 7.1 for IMAP, RFC 2449 8 and RFC 3206
 * for POP3; "" where the protocol has none. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_TABLE(X)                                                                               \
	X(E_NOMEM, 451, "4.3.0", "UNAVAILABLE", "SYS/TEMP", "out of memory, try again later")      \
	X(E_IO, 451, "4.3.0", "UNAVAILABLE", "SYS/TEMP", "the disk failed, try again later")       \
	X(E_NOSPACE, 452, "4.3.1", "UNAVAILABLE", "SYS/TEMP", "the disk is full, try again later") \
	X(E_BUSY, 451, "4.3.2", "UNAVAILABLE", "SYS/TEMP", "too busy, try again later")            \
	X(E_UNKNOWN, 451, "4.3.0", "UNAVAILABLE", "SYS/TEMP", "outcome unknown, try again later")  \
	X(E_LOST, 451, "4.3.0", "UNAVAILABLE", "SYS/TEMP", "another writer was first, try again")  \
	X(E_DAMAGED, 554, "5.3.0", "CORRUPTION", "SYS/PERM", "this message is damaged on disk")    \
	X(E_VERSION, 554, "5.3.0", "UNAVAILABLE", "SYS/PERM", "the data is of another version")    \
	X(E_CLOSED, 421, "4.3.2", "UNAVAILABLE", "SYS/TEMP", "the connection was closed")          \
	X(E_TIMEOUT, 451, "4.4.2", "UNAVAILABLE", "SYS/TEMP", "timed out, try again later")        \
	X(E_TOOBIG, 552, "5.3.4", "LIMIT", "SYS/PERM", "too large")                                \
	X(E_QUOTA, 452, "4.2.2", "OVERQUOTA", "SYS/TEMP", "mailbox is full")                       \
	X(E_SYNTAX, 501, "5.5.2", "CLIENTBUG", "", "syntax error")                                 \
	X(E_RANGE, 501, "5.5.4", "CLIENTBUG", "", "number out of range")                           \
	X(E_UTF8, 550, "5.6.7", "CANNOT", "", "not valid UTF-8")                                   \
	X(E_NOACCOUNT, 550, "5.1.1", "AUTHENTICATIONFAILED", "AUTH", "no such account")            \
	X(E_DISABLED, 550, "5.2.1", "AUTHENTICATIONFAILED", "AUTH", "account disabled")            \
	X(E_AUTH, 535, "5.7.8", "AUTHENTICATIONFAILED", "AUTH", "authentication failed")           \
	X(E_PRIVACY, 538, "5.7.11", "PRIVACYREQUIRED", "AUTH", "encryption required, use TLS")     \
	X(E_DENIED, 550, "5.7.1", "NOPERM", "SYS/PERM", "not allowed")                             \
	X(E_NOMBOX, 550, "5.2.1", "NONEXISTENT", "SYS/PERM", "no such mailbox")                    \
	X(E_NOMSG, 550, "5.1.0", "NONEXISTENT", "", "no such message")                             \
	X(E_EXISTS, 550, "5.1.0", "ALREADYEXISTS", "", "it exists already")                        \
	X(E_NOTFOUND, 550, "5.1.0", "NONEXISTENT", "", "not found")                                \
	X(E_INUSE, 450, "4.2.1", "INUSE", "IN-USE", "maildrop is in use by another session")       \
	X(E_LOOP, 554, "5.4.6", "", "", "mail is looping")                                         \
	X(E_FORMAT, 554, "5.6.0", "", "", "not an internet message: bare CR or LF")                \
	X(E_LIMIT, 452, "4.5.3", "LIMIT", "SYS/TEMP", "too many")                                  \
	X(E_BUG, 451, "4.3.0", "SERVERBUG", "SYS/TEMP", "internal error")

enum {
	E_FIRST_ = -1000,
#define X(name, ...) name,
	ERR_TABLE(X)
#undef X
	E_END_
};

struct err_row {
	const char *name, *enhanced, *imap, *pop3, *text;
	int smtp;
};

/* The row of `e`; that of E_BUG for a number which is not an error. Never NULL. */
const struct err_row *err_row(int e);

/* The error that a failed system call's errno stands for. */
int err_from_errno(int eno);

#endif
