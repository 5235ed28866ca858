/* mbox-id.h - a mailbox's id tells its account: (account, number), numbers never used again.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/. So an account's log can give out mailbox ids without asking another's, and
 * the rows of one account lie together. */
#ifndef STORE_MBOX_ID_H
#define STORE_MBOX_ID_H

#include <stdint.h>

enum { MBOX_BITS = 24, MBOX_NUMBER_MOST = (1 << MBOX_BITS) - 1 };
#define ACCOUNT_MOST ((UINT64_C(1) << (64 - MBOX_BITS)) - 2)

static inline uint64_t mbox_id_of(uint64_t account, uint32_t number)
{
	return account << MBOX_BITS | number;
}
static inline uint64_t mbox_account(uint64_t mbox)
{
	return mbox >> MBOX_BITS;
}
static inline uint32_t mbox_number(uint64_t mbox)
{
	return (uint32_t)(mbox & MBOX_NUMBER_MOST);
}

#endif
