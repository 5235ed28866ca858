/* subject_fuzz.c - base subjects and message ids of any octets.
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "wire/message-id.h"
#include "wire/subject.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_ids(struct str in)
{
	struct buf id;

	buf_init(&id, in.n + 1);
	while (message_id_next(&in, &id))
		if (id.n < 3 || !memchr(id.p, '@', id.n))
			abort();
	buf_free(&id);
	if (in.n)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data, n);
	uint64_t steps;
	bool is_reply;
	struct buf b;

	buf_init(&b, n + 1);
	if (subject_base(in, &b, &is_reply) < 0)
		abort();
	subject_strip(buf_str(&b), &is_reply, &steps);
	if (is_reply) /* a base has no base */
		abort();
	subject_strip(in, &is_reply, &steps);
	if (steps > 4 * n + 10)
		abort();
	check_ids(in);
	buf_free(&b);
	return 0;
}
