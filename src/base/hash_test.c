/* hash_test.c - the reference vectors of SipHash-2-4.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/hash.h"

static void reference_vectors(void **state) /* the paper's appendix A and its vectors.h */
{
	uint8_t key[16], bytes[64];

	for (unsigned i = 0; i < 64; i++)
		bytes[i] = (uint8_t)i;
	for (unsigned i = 0; i < 16; i++)
		key[i] = (uint8_t)i;
	assert_true(siphash(key, str_n(bytes, 15)) == 0xa129ca6149be45e5);
	assert_true(siphash(key, str_n(bytes, 0)) == 0x726fdb47dd0e0e31);
	assert_true(siphash(key, str_n(bytes, 8)) == 0x93f5f5799a932462);
}

static void process_key_is_stable_and_drawn(void **state)
{
	uint8_t zero[16] = {0};

	assert_true(hash_str(STR("x")) == hash_str(STR("x")));
	assert_true(hash_str(STR("x")) != hash_str(STR("y")));
	assert_true(hash_str(STR("x")) != siphash(zero, STR("x")));
	assert_true(random_u64() != random_u64());
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reference_vectors),
		cmocka_unit_test(process_key_is_stable_and_drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
