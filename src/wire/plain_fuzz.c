/* plain_fuzz.c - any message, rewritten: ASCII headers come out, and no more work than is due.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "wire/mime.h"
#include "wire/plain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct mime *m = mime_new();
	struct plain *p;
	struct buf table, out;
	size_t prefix = n > 2 ? data[0] % n : 0;
	struct str all = str_n(data, n);

	buf_init(&table, 1 << 20);
	buf_init(&out, 16 * n + 4096);
	mime_feed(m, str_from(all, prefix));
	mime_end(m);
	if (mime_offsets(m, &table) >= 0) {
		if (plain_new(&p, PLAIN_ASCII | PLAIN_ENCODED, buf_str(&table), prefix) < 0)
			abort();
		for (size_t step = n > 1 ? 1 + data[1] : 1; all.n; all = str_from(all, step))
			plain_feed(p, str_head(all, step), &out);
		plain_end(p, &out);
		plain_free(p);
	}
	mime_free(m);
	buf_free(&table);
	buf_free(&out);
	return 0;
}
