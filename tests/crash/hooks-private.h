/* hooks-private.h - what hooks.c and hooks-names.c share.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef CRASH_HOOKS_PRIVATE_H
#define CRASH_HOOKS_PRIVATE_H

#include <dlfcn.h>
#include <sys/types.h>
#include "hooks.h"

/* Finds libc's function behind ours. */
#define REAL(name, type)                                                                           \
	static __typeof__(type) real;                                                              \
	if (!real)                                                                                 \
		real = (type)dlsym(RTLD_NEXT, name)

/* Each hook has the assembler name of what it replaces: it stands beside libc's declaration, which
 * may be a macro or redirected. */
#define HOOK(ret, fn, args, name) ret fn args __asm__(name); ret fn args
#define ALSO(fn, of, name) extern __typeof(fn) fn##_also __asm__(name) __attribute__((alias(of)))

_Noreturn void hook_give_up(const char *what, const char *name);
bool hook_is_off(void);  /* nothing is watched, or this is a hook's own call */
void hook_enter(void);   /* takes the mutex: the real call and its event are one */
void hook_leave(void);   /* keeps errno */
bool hook_must_fail(enum call kind);
uint32_t hook_path(int at, const char *path);               /* its number; 0: not ours */
uint32_t hook_split(int at, const char *path, char name[64]); /* of its folder */
uint32_t hook_number_new(uint64_t inode);
struct event *hook_event(enum event_type type, uint32_t obj);

#endif
