/* log.h - one escaped key=value line an event, to stderr or syslog.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	log_event(LOG_EV_INFO, "login", "user", LOG_STR(user), "tls", LOG_BOOL(tls), NULL);
 *	2026-11-23T20:53:27.123Z info login user=alice@example.test tls=yes
 *
 * Values are escaped so that no input can forge a line or a key. Never passwords,
 * never message text. Lines of one event name are rate limited (log_setup) and what
 * was dropped is counted in a later line. Thread-safe; does not wait. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_EV_ERROR, LOG_EV_WARN, LOG_EV_INFO, LOG_EV_DEBUG };

struct log_value {
	enum { LOG_V_STR, LOG_V_INT, LOG_V_BOOL } kind;
	struct str s;
	int64_t i;
};
#define LOG_STR(x)  (&(struct log_value){.kind = LOG_V_STR, .s = (x)})
#define LOG_Z(x)    (&(struct log_value){.kind = LOG_V_STR, .s = str_of(x)})
#define LOG_INT(x)  (&(struct log_value){.kind = LOG_V_INT, .i = (int64_t)(x)})
#define LOG_BOOL(x) (&(struct log_value){.kind = LOG_V_BOOL, .i = (x)})

/* Pairs of (const char *key, const struct log_value *), ended by NULL. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

struct log_opts {
	enum log_level level;     /* what is less important is not written */
	const char *target;       /* "stderr", "syslog", or a file's path */
	unsigned per_second_most; /* lines a second for one event name; 0: no limit */
};
int log_setup(const struct log_opts *o); /* may be called again */
void log_reopen(void);                   /* SIGHUP, after a rotation; safe from a loop, not a handler */

#endif
