/* prompt.h - a password from stdin's first line, or asked for without echo.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_PROMPT_H
#define CMD_PROMPT_H

#include "cmd/verb.h"

/* As the verb's options say. EX_OK, or an exit code after telling why. */
int prompt_password(struct verb_call *v, struct buf *ret);

#endif
