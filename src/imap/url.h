/* url.h - Private to imap/. IMAP URLs of messages and parts (RFC 5092), and what they point at.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	imap://USER@HOST/MAILBOX;UIDVALIDITY=n/;UID=n/;SECTION=s/;PARTIAL=a.n;EXPIRE=t;URLAUTH=who:mech:token
 *	/MAILBOX;UIDVALIDITY=n/;UID=n...      of the session's user (RFC 4469)
 *	;UID=n...                             of the selected mailbox */
#ifndef IMAP_URL_H
#define IMAP_URL_H

#include "imap/section.h"
#include "store/view.h"

struct imap_url {
	struct str user, host;      /* decoded; p = NULL: a relative URL */
	struct str mailbox;         /* canonical UTF-8; p = NULL: the selected one */
	uint32_t uidvalidity, uid;  /* 0: not told; a URL without a UID is no message's */
	struct section section;
	bool has_section, has_partial, has_expire;
	uint64_t at, most;          /* PARTIAL; most = UINT64_MAX: to the end */
	int64_t expire_ms;
	struct str access;          /* behind URLAUTH=, decoded: "user+fred"; p = NULL: none */
	struct str mechanism, token;
	struct str rump;            /* up to the access; as it was written (RFC 4467 6) */
};
/* Memory from `a`. E_SYNTAX, E_NOMEM. */
int imap_url_parse(struct str text, struct arena *a, struct imap_url *ret);

/* The octets that it points at, in a mailbox that was looked up for it. */
struct url_part {
	struct view *view;
	bool is_own;           /* the view is closed with it */
	struct msg_body body;
	uint64_t at, n;        /* of the message; with has_fields: of its header */
	bool has_fields;       /* then `fields` are the octets */
	struct buf fields;
};
enum { URL_FIELDS_MOST = 1 << 20 };
/* Opens the message, finds the section and cuts the partial. `view`: open already, or NULL.
 * E_NOMSG, E_NOTFOUND, E_NOMBOX (UIDVALIDITY), E_DAMAGED, E_TOOBIG ... Close it in any case. */
MAY_WAIT int url_part_open(struct url_part *ret, const struct imap_url *u, struct store *store,
			   const struct mbox_info *m, struct view *view);
/* Up to n octets from `at` of the part; fewer only at the end. */
MAY_WAIT int64_t url_part_read(struct url_part *p, uint64_t at, char *out, size_t n);
void url_part_close(struct url_part *p); /* fine on a zeroed one */

#endif
