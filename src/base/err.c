/* err.c - looks up base/err.h's table.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include "base/err.h"

static const struct err_row rows[] = {
#define X(name, smtp, enh, imap, pop3, text) {#name, enh, imap, pop3, text, smtp},
	ERR_TABLE(X)
#undef X
};

const struct err_row *err_row(int e)
{
	if (e <= E_FIRST_ || e >= E_END_)
		e = E_BUG;
	return &rows[e - E_FIRST_ - 1];
}

int err_from_errno(int eno)
{
	switch (eno) {
	case ENOMEM:
		return E_NOMEM;
	case ENOSPC:
	case EDQUOT:
		return E_NOSPACE;
	case ENOENT:
		return E_NOTFOUND;
	case EACCES:
	case EPERM:
		return E_DENIED;
	case EMFILE:
	case ENFILE:
	case EAGAIN:
		return E_BUSY;
	case EPIPE:
	case ECONNRESET:
		return E_CLOSED;
	case ETIMEDOUT:
		return E_TIMEOUT;
	default:
		return E_IO;
	}
}
