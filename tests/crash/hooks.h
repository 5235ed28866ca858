/* hooks.h - every call that changes a file passes here: recorded, counted, made to fail.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Linked into a test program, the definitions in hooks.c stand before libc's, for our own
 * code and for LMDB. Only files and folders below the watched root count. */
#ifndef CRASH_HOOKS_H
#define CRASH_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call {
	CALL_WRITE, CALL_PWRITE, CALL_WRITEV, CALL_PWRITEV, CALL_FDATASYNC, CALL_FSYNC, CALL_OPEN,
	CALL_RENAME, CALL_UNLINK, CALL_MKDIR, CALL_FALLOCATE, CALL_FTRUNCATE, CALL_MMAP, CALL_MALLOC,
	CALL_KINDS
};
extern const char *const call_names[CALL_KINDS];

/* -- recording ---------------------------------------------------------------- */

enum event_type {
	EV_NEW_FILE,  /* obj appears in folder dir as name */
	EV_NEW_DIR,   /* the same */
	EV_LINK,      /* obj gets one more name */
	EV_RENAME,    /* name in folder dir becomes to in folder dir2 */
	EV_UNLINK,    /* name in folder dir goes */
	EV_WRITE,     /* obj: n octets of data at `at` */
	EV_ZERO,      /* obj: a hole of n octets at `at` */
	EV_GROW,      /* obj is at least n octets long (fallocate) */
	EV_TRUNCATE,  /* obj is n octets long */
	EV_SYNC,      /* obj's data and length are on the platter */
	EV_SYNC_DIR,  /* obj's entries are */
};

struct event {
	enum event_type type;
	bool synced; /* EV_WRITE through O_DSYNC: on the platter by itself */
	uint32_t obj, dir, dir2;
	uint64_t at, n;
	char *data; /* n octets of EV_WRITE */
	char name[64], to[64];
};

struct recording {
	struct event *v;
	size_t n, cap;
	uint32_t objects; /* numbers 1..objects were given; 1 is the root */
	uint64_t octets;
};

/* Watches root, an existing folder. What is already below it gets numbers too, in an
 * order that only hooks_number() knows. Calls are recorded into *r if it is not NULL. */
void hooks_watch(const char *root, struct recording *r);
void hooks_ignore(void);         /* watches nothing any more */
uint64_t hooks_now(void);        /* events so far: the position of "now" */
uint32_t hooks_number(uint64_t inode);
void recording_free(struct recording *r);

/* -- counting and failing ------------------------------------------------------- */

/* Counters to 0; the nth call from now (1 is the next) of this kind fails with eno; nth = 0:
 * none does. `sticky`: and every later one too. */
void hooks_fail(enum call kind, uint64_t nth, int eno, bool sticky);
uint64_t hooks_count(enum call kind);
bool hooks_failed(void); /* did one? */
void hooks_mine(bool on); /* what this thread calls meanwhile is the test's own */

#endif
