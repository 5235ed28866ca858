/* fatal.c - when going on could lose or forge mail, the process ends and recovers.
 * SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>
#include "base/log.h"

_Noreturn void store_fatal(void *arg, const char *why);
void store_tell_low(bool low);
void store_tell_differs(const char *sentence);

/* Expunged mail may go before its undelete window is over: an operator must hear of that. */
void store_tell_low(bool low)
{
	log_event(low ? LOG_EV_WARN : LOG_EV_INFO, low ? "disk_low" : "disk_healed", NULL);
}

/* The next start rebuilds the index. */
void store_tell_differs(const char *sentence)
{
	log_event(LOG_EV_ERROR, "index_differs", "what", LOG_Z(sentence), NULL);
}

/* EX_IOERR: a supervisor starts it again, and the next start recovers. */
_Noreturn void store_fatal(void *arg, const char *why)
{
	log_event(LOG_EV_ERROR, "store_fatal", "why", LOG_Z(why), NULL);
	_exit(74);
}
