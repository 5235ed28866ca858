/* zip_test.c - DEFLATE both ways in pieces of any size; bombs come a room at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include "base/attr.h"
#include "base/err.h"
#include "net/zip.h"

enum { MOST = 200000, ROOM = 4096 };

/* Deflates all of `in`, at most `room` octets at a time; how many came out. */
static size_t pack(struct zip *z, struct str in, char *out, size_t room)
{
	size_t n = 0;
	bool more;

	do {
		int got = zip_deflate(z, &in, true, out + n, room, &more);

		assert_true(got >= 0 && (size_t)got <= room);
		n += (size_t)got;
	} while (more || in.n);
	return n;
}

static size_t unpack(struct zip *z, struct str in, char *out, size_t room)
{
	size_t n = 0;
	int got;

	do {
		got = zip_inflate(z, &in, out + n, room);
		assert_true(got >= 0 && (size_t)got <= room);
		n += (size_t)got;
	} while (got);
	assert_int_equal(in.n, 0);
	return n;
}

static void what_is_said_can_be_read_at_once(void **state)
{
	static const size_t rooms[] = {16, 17, 100, 16000, MOST};
	char *text = malloc(MOST), *packed = malloc(2 * MOST), *back = malloc(2 * MOST);

	for (size_t r = 0; r < COLUMNS(rooms); r++) {
		struct zip *z;

		assert_int_equal(zip_new(&z), 0);
		for (size_t n = 1; n < (rooms[r] < 100 ? 3000 : MOST / 2); n = n * 3 + 1) {
			size_t k;

			for (size_t i = 0; i < n; i++) /* half of it cannot be compressed */
				text[i] = (char)(i % 512 < 256 ? 'x' : i * 2654435761u >> 11);
			k = pack(z, str_n(text, n), packed, rooms[r]);
			if (n % 2)
				zip_rest(z); /* nobody can tell */
			assert_int_equal(unpack(z, str_n(packed, k), back, rooms[r] / 16), n);
			assert_memory_equal(text, back, n);
		}
		zip_free(z);
	}
	free(text);
	free(packed);
	free(back);
}

static void a_bomb_comes_a_room_at_a_time(void **state)
{
	char *zeros = calloc(1, 10000000), *packed = malloc(100000), *out;
	struct zip *z;
	struct str in;
	size_t n = 0;

	assert_int_equal(zip_new(&z), 0);
	in = str_n(packed, pack(z, str_n(zeros, 10000000), packed, 100000));
	out = malloc(ROOM);
	assert_true(in.n < 20000);
	while (n < 10000000) {
		int got = zip_inflate(z, &in, out, ROOM);

		assert_in_range(got, 1, ROOM);
		assert_true(n + (size_t)got == 10000000 || zip_has_more(z));
		n += (size_t)got;
	}
	zip_free(z);
	free(out);
	free(zeros);
	free(packed);
}

static void what_is_no_deflate_is_refused(void **state)
{
	struct str bad[] = {STR("\xff\xff\xff\xff"), STR("a NOOP\r\nb NOOP\r\n"), STR("\x03\x00" "more")};

	for (size_t i = 0; i < COLUMNS(bad); i++) {
		char out[100];
		struct zip *z;

		assert_int_equal(zip_new(&z), 0);
		assert_int_equal(zip_inflate(z, &bad[i], out, sizeof(out)), E_SYNTAX);
		zip_free(z);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_said_can_be_read_at_once),
		cmocka_unit_test(a_bomb_comes_a_room_at_a_time),
		cmocka_unit_test(what_is_no_deflate_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
