/* fiber.h - Private to net/: tells ASan, TSan and valgrind about stacks that are ours.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_FIBER_H
#define NET_FIBER_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define FIBER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FIBER_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define FIBER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FIBER_TSAN 1
#endif
#endif

#ifdef FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define fiber_asan_leave(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define fiber_asan_enter(save, bottom, size) __sanitizer_finish_switch_fiber(save, bottom, size)
#define fiber_asan_forget(p, n)              __asan_unpoison_memory_region(p, n)
#else
#define fiber_asan_leave(save, bottom, size) ((void)(save))
#define fiber_asan_enter(save, bottom, size) ((void)(save))
#define fiber_asan_forget(p, n)              ((void)(p))
#endif

#ifdef FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#define fiber_tsan_new()   __tsan_create_fiber(0)
#define fiber_tsan_free(f) __tsan_destroy_fiber(f)
#define fiber_tsan_self()  __tsan_get_current_fiber()
#define fiber_tsan_go(f)   __tsan_switch_to_fiber(f, 0)
#else
#define fiber_tsan_new()   NULL
#define fiber_tsan_free(f) ((void)(f))
#define fiber_tsan_self()  NULL
#define fiber_tsan_go(f)   ((void)(f))
#endif

#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#define fiber_valgrind_add(lo, hi) VALGRIND_STACK_REGISTER(lo, hi)
#define fiber_valgrind_del(id)     VALGRIND_STACK_DEREGISTER(id)
#else
#define fiber_valgrind_add(lo, hi) 0
#define fiber_valgrind_del(id)     ((void)(id))
#endif

#endif
