/* date.h - the dates of RFC 5322 3.3 and RFC 9051, to and from milliseconds.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef WIRE_DATE_H
#define WIRE_DATE_H

#include "base/buf.h"

/* "Fri, 21 Nov 1997 09:55:06 -0600", obsolete forms and comments too. E_SYNTAX, E_RANGE. */
int date_parse(struct str s, int64_t *ms, int *zone_minutes);
/* E_RANGE outside the years 0 to 9999 and the zones -9959 to +9959. */
int date_format(struct buf *out, int64_t ms, int zone_minutes); /* RFC 5322 */
/* "17-Jul-1996 02:44:25 -0700" */
int date_format_imap(struct buf *out, int64_t ms, int zone_minutes);
int date_format_log(struct buf *out, int64_t ms); /* 2026-11-23T20:53:27.123Z */

#endif
