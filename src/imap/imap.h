/* imap.h - the IMAP server (RFC 9051 and RFC 3501, and the extensions that capability.c lists).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Service: struct service. */
#ifndef IMAP_IMAP_H
#define IMAP_IMAP_H

#include "net/conn.h"

extern const struct proto imap_proto;
void imap_reference(struct buf *out); /* the tables of commands and capabilities as Markdown, for doc/ */
void imap_capability_reference(struct buf *out);

#endif
