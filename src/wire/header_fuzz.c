/* header_fuzz.c - a field that was written is read back as the same, and is one field.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The input up to its first NUL is a name, the rest a value; all of it is also read as a header. */
#include <assert.h>
#include "base/err.h"
#include "wire/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void write_and_read(const char *name, struct str value)
{
	struct header_field f;
	struct buf out, back;
	struct str rest;

	buf_init(&out, 1 << 20);
	buf_init(&back, 1 << 20);
	if (header_add(&out, name, value) == 0) {
		buf_add(&out, STR("\r\nbody"));
		rest = buf_str(&out);
		assert(header_next(&rest, &f));
		assert(str_eq(f.name, str_of(name)));
		assert(header_unfold(f.value, &back) == 0);
		assert(str_eq(buf_str(&back), str_trim(value)));
		assert(!header_next(&rest, &f));
		assert(str_eq(rest, STR("body")));
	} else {
		assert(!out.n);
	}
	buf_free(&out);
	buf_free(&back);
}

/* Fields lie end to end. */
static void read_all(struct str block)
{
	const char *at = block.p;
	struct header_field f;

	while (header_next(&block, &f)) {
		assert(f.raw.p == at && f.raw.n > 0);
		at += f.raw.n;
		assert(block.p == at);
		assert(f.value.p >= f.raw.p && f.value.p + f.value.n <= at);
		assert(!f.name.n || (f.name.p == f.raw.p && str_find(f.name, ':') < 0));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str in = str_n(data, n), value = in, name = str_cut(&value, '\0');
	char z[1000];

	if (str_to_c(name, z, sizeof(z)))
		write_and_read(z, value);
	read_all(in);
	return 0;
}
