/* lmtp_client.h - hands a message to an LMTP server; blocking, for the command line.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SMTP_LMTP_CLIENT_H
#define SMTP_LMTP_CLIENT_H

#include "base/str.h"

struct lmtp_result { /* a recipient's reply; code = 0: none came, so try again later */
	int code;
	char text[300]; /* "5.1.1 no such account" */
};

struct lmtp_message {
	struct str sender; /* without brackets; empty: <> */
	const char *const *rcpts;
	struct lmtp_result *results; /* one a recipient */
	size_t n;
	/* Fills at most n octets with CRLF lines; 0 at the end, or E_*: then nobody gets it. */
	int64_t (*read)(void *arg, char *out, size_t n);
	void *arg;
};

/* `server`: "127.0.0.1:1024" or "unix:/path". 0 once every recipient has a result. Else E_*:
 * E_SYNTAX and E_RANGE for `server`, E_NOTFOUND if nobody listens there; otherwise the results that
 * came before count. */
int lmtp_send(struct str server, const struct lmtp_message *m);

#endif
