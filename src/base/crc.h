/* crc.h - CRC32C (Castagnoli, RFC 3720 B.4), by SSE 4.2 where there is one.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CRC_H
#define BASE_CRC_H

#include <stddef.h>
#include <stdint.h>

/* Goes on from `crc`: crc32c(crc32c(seed, a), b) == crc32c(seed, a then b). Start with a
 * seed, or 0: the pre- and postconditioning is inside. */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);
uint32_t crc32c_portable(uint32_t crc, const void *p, size_t n); /* the same by tables */

#endif
