/* help.h - --help, from the table of verbs.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_HELP_H
#define CMD_HELP_H

#include "cmd/verb.h"

int help_all(struct out *out);
bool help_family(struct out *out, const char *word); /* "user": false if there is none */
int help_verb(struct out *out, const struct verb *verb);
void help_usage(const struct verb *verb, struct buf *out); /* "mailkeep user add ADDRESS ..." */

#endif
