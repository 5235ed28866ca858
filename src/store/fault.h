/* fault.h - three deliberate faults that the crash tests must catch (SECURITY, fault runs).
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/ and tests/. Only a build with -Dfaults=true has them; elsewhere the
 * test is a constant and costs nothing. */
#ifndef STORE_FAULT_H
#define STORE_FAULT_H

enum fault {
	FAULT_NO_SEGMENT_SYNC = 1,      /* the group's fdatasync is left out */
	FAULT_COMMIT_BEFORE_SYNC = 2,   /* the group is visible and answered before its sync */
	FAULT_NO_CHECKPOINT_READER = 4, /* LMDB may reuse pages of the checkpoint */
};

#ifdef MAILKEEP_FAULTS
extern unsigned fault_planted; /* bits; set by the crash test */
#define fault_is(f) ((fault_planted & (f)) != 0)
#else
#define fault_is(f) 0
#endif

#endif
