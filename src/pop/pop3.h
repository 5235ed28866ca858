/* pop3.h - the POP3 server (RFC 1939, 2449, 2595, 5034). Service: struct service.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef POP_POP3_H
#define POP_POP3_H

#include "net/conn.h"

extern const struct proto pop3_proto;
void pop3_reference(struct buf *out); /* the command table as Markdown, for doc/ and --help */

#endif
