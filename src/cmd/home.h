/* home.h - the data folder: whose it is, who has it open, where a verb runs (design 2.7).
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_HOME_H
#define CMD_HOME_H

#include "cmd/verb.h"

/* Runs a V_STORE verb: by the server that has the folder open, if there is one; else here, with
 * the store opened. Returns the exit code. */
int home_run(struct verb_call *v, const char *const *argv, size_t n);
/* Runs a V_STREAM verb: here, and at the other end of v->fd: in the server that has the folder open,
 * or in a process of the folder's owner that opens it. Files are those of who called us. */
int home_run_stream(struct verb_call *v, const char *const *argv, size_t n);
/* Runs a V_ALONE verb here, as the folder's owner; v->store stays NULL. */
int home_run_alone(struct verb_call *v);

/* Makes the folder if it is missing (0700; as root: the setting `user` gets it), and tells whose it
 * is. EX_OK, or an exit code after telling why. */
struct owner {
	unsigned uid, gid;
	char name[64]; /* empty without an entry in the user database */
};
int home_prepare(const struct conf *c, struct owner *ret, struct out *out);
/* Gives up root for good. Nothing if we are not root, or `to` is root. */
int home_become(const struct owner *to, struct out *out);

struct store_recovery;
int home_open_store(struct store **ret, const struct conf *c, unsigned lock_wait_ms,
		    struct store_recovery *rec);
/* What a failed store_open means, in a sentence; returns the exit code. */
int home_say_why(const struct conf *c, int err, struct out *out);

#endif
