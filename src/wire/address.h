/* address.h - envelope addresses and paths of RFC 5321 4.1.2 (and RFC 6531): one parser for all.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_ADDRESS_H
#define WIRE_ADDRESS_H

#include "base/buf.h"

struct address {
	struct str local;  /* as written, quotes and all */
	struct str domain; /* as written, "[192.0.2.1]" too; empty for <Postmaster> and <> */
	bool is_null;      /* <> */
	bool is_literal;   /* the domain is an address literal */
	bool is_utf8;      /* needs SMTPUTF8 */
	bool has_route;    /* @a,@b: stood before it, and was ignored (RFC 5321 C) */
};

enum path_kind { PATH_REVERSE /* <> is fine */, PATH_FORWARD /* <Postmaster> is fine */ };

/* The whole grammar, and besides it a dot at the domain's end. Nothing in a local part has a
 * meaning here: user%host, host!user and "user@host" are names like others (SECURITY D1).
 *
 * Reads "<...>" at the beginning of s; *rest is what stands behind ">". The views point into s.
 * E_SYNTAX; E_UTF8 for malformed UTF-8; E_RANGE over 64/255/256 octets. */
int path_parse(struct str s, enum path_kind kind, struct address *ret, struct str *rest);
/* Reads local@domain without brackets, to the end of s (config, command line). */
int address_parse(struct str s, struct address *ret);
/* The local part without quotes and backslashes. */
int address_local_unquoted(const struct address *a, struct buf *out);
/* The form under which we keep and look up an address: unquoted local part, both parts in lower
 * case (ASCII fold; UTF-8 casefold with NFC), "@", the domain without a trailing dot and with
 * A-labels turned into U-labels. <Postmaster> is "postmaster". E_SYNTAX, also for <> and for
 * an empty local part ("" in quotes); E_UTF8. */
int address_canonical(const struct address *a, struct buf *out);
/* A canonical name (the part behind the last "@" is the domain) as RFC 5321 writes it: the local
 * part in quotes if it needs them. */
int address_written(struct str name, struct buf *out);
int domain_canonical(struct str domain, struct buf *out);
/* Is all of it a domain or an address literal? 0, or as path_parse. */
int domain_check(struct str domain);

#endif
