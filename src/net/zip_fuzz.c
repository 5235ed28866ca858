/* zip_fuzz.c - whatever a client sends as DEFLATE, in pieces, into rooms of any size.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Octets 0 and 1: the sizes of the pieces and of the rooms. Promises: no room overflows, each call gets
 * on, and what was inflated comes back the same when it is deflated. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "net/zip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { OUT_MOST = 1 << 20 };

static void there_and_back(struct zip *z, struct str text, size_t room)
{
	char *packed = malloc(room), *back = malloc(text.n + 1);
	struct str in = text;
	struct zip *other;
	size_t done = 0;
	bool more = true;

	assert(packed && back && zip_new(&other) == 0);
	while (more || in.n) {
		int got = zip_deflate(z, &in, true, packed, room, &more);
		struct str part = str_n(packed, (size_t)got);
		int k;

		assert(got >= 0 && (size_t)got <= room);
		while ((k = zip_inflate(other, &part, back + done, text.n + 1 - done)) > 0)
			done += (size_t)k;
		assert(k == 0 && !part.n);
	}
	assert(done == text.n && (!done || !memcmp(back, text.p, done)));
	zip_free(other);
	free(packed);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	size_t piece, room, done = 0, steps = 0;
	struct str rest;
	char *out;
	struct zip *z;
	int got = 0;

	if (n < 2 || zip_new(&z) < 0)
		return 0;
	piece = 1u + data[0] * 16u;
	room = 16u + data[1] * 64u;
	out = malloc(OUT_MOST + room);
	assert(out);
	rest = str_n((const char *)data + 2, n - 2);
	while (got >= 0 && done < OUT_MOST && (rest.n || zip_has_more(z))) {
		struct str in = str_head(rest, piece);
		size_t had = in.n;

		got = zip_inflate(z, &in, out + done, room);
		assert(got <= (int)room);
		rest = str_from(rest, had - in.n);
		done += got > 0 ? (size_t)got : 0;
		assert(++steps <= n + OUT_MOST / room + 2);
	}
	there_and_back(z, str_n(out, done), room);
	zip_free(z);
	free(out);
	return 0;
}
