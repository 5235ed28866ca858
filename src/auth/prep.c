/* prep.c - SASLprep by libgsasl.
 * SPDX-License-Identifier: Apache-2.0 */
#include <gsasl.h>
#include <stdlib.h>
#include "auth/prep.h"
#include "base/err.h"

enum { STRINGPREP_UNASSIGNED = 1 }; /* libidn's number */

int saslprep(struct str text, struct buf *out)
{
	char *in, *prepared = NULL;
	int stringprep = 0, r;

	if (str_is_ascii(text))
		return buf_add(out, text);
	if (text.n > PREPARED_MOST || memchr(text.p, 0, text.n))
		return E_UTF8;
	in = malloc(text.n + 1);
	if (!in)
		return E_NOMEM;
	memcpy(in, text.p, text.n);
	in[text.n] = '\0';
	/* libgsasl 2.2.0 has the flag the wrong way round: whichever lets unassigned characters through */
	r = gsasl_saslprep(in, 0, &prepared, &stringprep);
	if (r != GSASL_OK && stringprep == STRINGPREP_UNASSIGNED)
		r = gsasl_saslprep(in, GSASL_ALLOW_UNASSIGNED, &prepared, &stringprep);
	explicit_bzero(in, text.n);
	free(in);
	if (r == GSASL_OK) {
		r = buf_add(out, str_of(prepared));
		explicit_bzero(prepared, strlen(prepared));
	} else {
		r = r == GSASL_MALLOC_ERROR ? E_NOMEM : E_UTF8;
	}
	gsasl_free(prepared);
	return r;
}
