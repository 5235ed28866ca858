/* throttle.h - wrong passwords are answered later and later.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to auth/. Failures are counted by account name and by address (IPv6: /64), over all
 * protocols, and forgotten bit by bit. Guessing at somebody's password does not lock him out where he
 * is (SECURITY E1): only the guesser's own address is not listened to until its last delay is over,
 * or hanging up and trying again would be quicker than waiting. Thread-safe; fixed size. */
#ifndef AUTH_THROTTLE_H
#define AUTH_THROTTLE_H

#include "base/str.h"

struct throttle;
int throttle_new(struct throttle **ret);
struct throttle *throttle_free(struct throttle *t);

/* One more failure: how many ms to wait before the answer. Addresses of this machine are not
 * counted (is_local), and wait 250 ms at most. */
unsigned throttle_failed(struct throttle *t, struct str user, struct str address, bool is_local,
			 uint64_t now_ms);
/* Is this address still to wait? Then no password of it is looked at. */
bool throttle_owes(struct throttle *t, struct str address, bool is_local, uint64_t now_ms);
void throttle_passed(struct throttle *t, struct str user); /* the account's count starts anew */

#endif
