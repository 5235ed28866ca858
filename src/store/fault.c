/* fault.c - where the crash tests plant their faults.
 * SPDX-License-Identifier: Apache-2.0 */
#include "store/fault.h"

#ifdef MAILKEEP_FAULTS
unsigned fault_planted;
#else
typedef int fault_none; /* a file may not be empty */
#endif
