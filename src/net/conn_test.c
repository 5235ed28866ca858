/* conn_test.c - connections: every case over TCP, TLS and a UNIX socket, whole and octet by octet.
 * SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include "base/err.h"
#include "net/toy.h"

static const struct {
	enum toy_via via;
	unsigned io_chunk;
} ways[] = {{VIA_TCP, 0}, {VIA_TLS, 0}, {VIA_UNIX, 0}, {VIA_TCP, 1}, {VIA_TLS, 1}, {VIA_UNIX, 1}};

typedef void case_fn(struct toy *t, enum toy_via via, bool slow);

/* Each way with a server of its own. */
static void each_way(case_fn *fn)
{
	for (size_t i = 0; i < COLUMNS(ways); i++) {
		struct toy_opts o = {.io_chunk = ways[i].io_chunk};
		struct toy t;

		toy_start(&t, &o);
		fn(&t, ways[i].via, ways[i].io_chunk != 0);
		toy_stop(&t);
	}
}

static void case_pipelining(struct toy *t, enum toy_via via, bool slow)
{
	struct peer p = peer_open(t, via);

	peer_say(&p, "ECHO a\r\nWAIT 10\r\nECHO b\r\nWORK\r\nLATER 20\r\nECHO c\r\nQUIT\r\nECHO d\r\n");
	peer_expect(&p, "a\r\nwaited\r\nb\r\nworked 42\r\nlater\r\nc\r\nbye\r\n");
	peer_expect_end(&p);
	peer_close(&p);
	toy_until(&t->ended[END_QUIT], 1);
}

static void pipelining_keeps_order(void **state)
{
	each_way(case_pipelining);
}

static void case_files(struct toy *t, enum toy_via via, bool slow)
{
	uint64_t sizes[] = {1, 100, 16384, 16385, 20000, slow ? 30000 : TOY_FILE_BYTES - 5};
	struct peer p = peer_open(t, via);
	unsigned char *got = malloc(TOY_FILE_BYTES);
	char text[64];

	for (size_t i = 0; i < COLUMNS(sizes); i++) {
		snprintf(text, sizeof(text), "FILE 5 %llu\r\n", (unsigned long long)sizes[i]);
		peer_say(&p, text);
	}
	for (size_t i = 0; i < COLUMNS(sizes); i++) {
		snprintf(text, sizeof(text), "file %llu\r\n", (unsigned long long)sizes[i]);
		peer_expect(&p, text);
		assert_int_equal(peer_read(&p, got, sizes[i]), sizes[i]);
		for (uint64_t k = 0; k < sizes[i]; k++)
			if (got[k] != toy_file_byte(5 + k))
				fail_msg("octet %llu of %llu", (unsigned long long)k,
					 (unsigned long long)sizes[i]);
		peer_expect(&p, ".\r\n");
	}
	assert_int_equal(t->unrefs, COLUMNS(sizes));
	free(got);
	peer_close(&p);
	toy_until(&t->ended[END_CLIENT], 1);
}

static void files_come_whole(void **state)
{
	each_way(case_files);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pipelining_keeps_order),
		cmocka_unit_test(files_come_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
