/* smtp.h - mail comes in: SMTP as an MX (RFC 5321) and LMTP (RFC 2033). Service: struct service.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef SMTP_SMTP_H
#define SMTP_SMTP_H

#include "net/conn.h"

extern const struct proto smtp_proto, lmtp_proto;
void smtp_reference(struct buf *out); /* the command table as Markdown */

#endif
