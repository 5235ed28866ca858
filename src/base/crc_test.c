/* crc_test.c - published sums, and both ways at every length and split.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "base/attr.h"
#include "base/crc.h"

enum { BYTES = 10000 };

static void published_sums(void **state) /* RFC 3720 B.4 */
{
	uint8_t zeros[32] = {0}, ones[32], up[32], down[32];

	memset(ones, 0xff, sizeof(ones));
	for (unsigned i = 0; i < 32; i++) {
		up[i] = (uint8_t)i;
		down[i] = (uint8_t)(31 - i);
	}
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(0, zeros, 32), 0x8a9136aa);
	assert_int_equal(crc32c(0, ones, 32), 0x62a8ab43);
	assert_int_equal(crc32c(0, up, 32), 0x46dd794e);
	assert_int_equal(crc32c(0, down, 32), 0x113fdb5c);
	assert_int_equal(crc32c(7, "", 0), 7);
}

/* One bit at a time: the shortest reading of the definition. */
static uint32_t model(uint32_t crc, const uint8_t *p, size_t n)
{
	crc = ~crc;
	while (n--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0x82f63b78 : crc >> 1;
	}
	return ~crc;
}

static void agrees_with_the_model(void **state)
{
	static const size_t lengths[] = {0,    1,    7,    8,    9,    63,   1023, 1024,
					 3071, 3072, 3073, 6144, 6151, 9215, 9216, 9990};
	static uint8_t bytes[BYTES];

	for (size_t i = 0; i < BYTES; i++)
		bytes[i] = (uint8_t)(i * i * 31 + i * 7 + 3);
	for (size_t i = 0; i < COLUMNS(lengths); i++)
		for (size_t off = 0; off < 9; off += 4) {
			size_t n = lengths[i], cut = n / 3;
			uint32_t want = model(99, bytes + off, n);

			assert_int_equal(crc32c(99, bytes + off, n), want);
			assert_int_equal(crc32c_portable(99, bytes + off, n), want);
			assert_int_equal(crc32c(crc32c(99, bytes + off, cut), bytes + off + cut, n - cut), want);
		}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_sums),
		cmocka_unit_test(agrees_with_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
