/* banned.h - calls that are errors here, because bounded ones exist.
 * Forced into every file by meson.build.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <alloca.h>

#undef sprintf
#undef vsprintf
#undef alloca
#pragma GCC poison strcpy strcat sprintf vsprintf strtok gets alloca popen localtime gmtime strncpy strncat

#endif
