/* crc.c - CRC32C by the SSE 4.2 instruction, three streams at a time, or by tables.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The instruction takes three cycles but one can start each cycle, so three blocks of
 * a long input are summed side by side and then joined: the sum of A then B is
 * shift(sum A, |B|) ^ sum B, where shift, which feeds zeros, is linear and so comes
 * from four tables. */
#include "base/crc.h"
#include <stdbool.h>
#include <string.h>

enum { POLY = 0x82f63b78, BLOCK_BYTES = 1024 };

static uint32_t slices[8][256]; /* slices[k][b]: byte b with k zeros behind it */
static uint32_t shift_block[4][256]; /* BLOCK_BYTES zeros behind byte k of a sum */

uint32_t crc32c_portable(uint32_t crc, const void *p, size_t n)
{
	const uint8_t *at = p;

	crc = ~crc;
	for (; n >= 8; n -= 8, at += 8) {
		crc ^= at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
		crc = slices[7][crc & 255] ^ slices[6][crc >> 8 & 255] ^
		      slices[5][crc >> 16 & 255] ^ slices[4][crc >> 24] ^ slices[3][at[4]] ^
		      slices[2][at[5]] ^ slices[1][at[6]] ^ slices[0][at[7]];
	}
	for (; n; n--, at++)
		crc = slices[0][(crc ^ *at) & 255] ^ crc >> 8;
	return ~crc;
}

#ifdef __x86_64__
static bool has_sse42;

static inline uint64_t load(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t shift(uint32_t crc)
{
	return shift_block[0][crc & 255] ^ shift_block[1][crc >> 8 & 255] ^
	       shift_block[2][crc >> 16 & 255] ^ shift_block[3][crc >> 24];
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, const uint8_t *at,
							       size_t n)
{
	uint64_t a = ~crc;

	for (; n >= 3 * BLOCK_BYTES; n -= 3 * BLOCK_BYTES, at += 3 * BLOCK_BYTES) {
		uint64_t b = 0, c = 0;

		for (size_t i = 0; i < BLOCK_BYTES; i += 8) {
			a = __builtin_ia32_crc32di(a, load(at + i));
			b = __builtin_ia32_crc32di(b, load(at + BLOCK_BYTES + i));
			c = __builtin_ia32_crc32di(c, load(at + 2 * BLOCK_BYTES + i));
		}
		a = shift(shift((uint32_t)a) ^ (uint32_t)b) ^ (uint32_t)c;
	}
	for (; n >= 8; n -= 8, at += 8)
		a = __builtin_ia32_crc32di(a, load(at));
	for (; n; n--, at++)
		a = __builtin_ia32_crc32qi((uint32_t)a, *at);
	return ~(uint32_t)a;
}
#endif

uint32_t crc32c(uint32_t crc, const void *p, size_t n)
{
#ifdef __x86_64__
	if (has_sse42)
		return crc32c_sse42(crc, p, n);
#endif
	return crc32c_portable(crc, p, n);
}

static void fill_slices(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t v = b;

		for (int bit = 0; bit < 8; bit++)
			v = v & 1 ? v >> 1 ^ POLY : v >> 1;
		slices[0][b] = v;
	}
	for (uint32_t b = 0; b < 256; b++)
		for (int k = 1; k < 8; k++)
			slices[k][b] = slices[0][slices[k - 1][b] & 255] ^ slices[k - 1][b] >> 8;
}

/* Each bit of a sum is fed its zeros once; the other rows are sums of those. */
static void fill_shift(void)
{
	for (unsigned k = 0; k < 4; k++)
		for (uint32_t b = 1; b < 256; b++) {
			uint32_t low = b & -b, v = low << 8 * k;

			for (size_t i = 0; low == b && i < BLOCK_BYTES; i++)
				v = slices[0][v & 255] ^ v >> 8;
			shift_block[k][b] = low == b ? v : shift_block[k][low] ^ shift_block[k][b ^ low];
		}
}

/* Before main, so that no caller has to ask whether the tables are there. */
__attribute__((constructor)) static void crc_fill(void)
{
	fill_slices();
	fill_shift();
#ifdef __x86_64__
	__builtin_cpu_init();
	has_sse42 = __builtin_cpu_supports("sse4.2");
#endif
}
