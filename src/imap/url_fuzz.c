/* url_fuzz.c - IMAP URLs: what is read is in bounds, and the rump of a URL is read the same again.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "imap/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct imap_url u, again;
	struct arena a;

	arena_init(&a, 16 << 20);
	if (imap_url_parse(str_n(data, n), &a, &u) == 0) {
		assert(u.uid && (u.user.p ? u.mailbox.p != NULL : true));
		assert(u.rump.p == (const char *)data && u.rump.n <= n);
		assert(imap_url_parse(u.rump, &a, &again) == 0);
		assert(again.uid == u.uid && str_eq(again.mailbox, u.mailbox) &&
		       str_eq(again.access, u.access) && !again.mechanism.p);
	}
	arena_free(&a);
	return 0;
}
