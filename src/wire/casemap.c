/* casemap.c - characters to their titlecase and decomposition, ASCII sixteen at a time.
 * SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <unicase.h>
#include <uninorm.h>
#include <unistr.h>
#include "base/err.h"
#include "wire/casemap-impl.h"

enum { SHORT_MOST = 0x800, MAPPED_MOST = UC_DECOMPOSITION_MAX_LENGTH + 4 };

/* What the characters of two octets become, worked out once: most of Europe's letters. */
struct short_map {
	uint8_t n;
	char to[7];
};
static struct short_map shorts[SHORT_MOST];
static pthread_once_t shorts_once = PTHREAD_ONCE_INIT;

/* Decomposes in place, from the left: what stands before `at` is final. The steps of Unicode's
 * mappings never loop; the room for the longest is the library's own bound. */
static unsigned decompose(ucs4_t *c, unsigned n)
{
	ucs4_t parts[UC_DECOMPOSITION_MAX_LENGTH];
	unsigned at = 0;
	int tag, k;

	while (at < n) {
		k = uc_decomposition(c[at], &tag, parts);
		if (k <= 0 || n - 1 + (unsigned)k > MAPPED_MOST) {
			at++;
			continue;
		}
		memmove(c + at + k, c + at + 1, (n - at - 1) * sizeof(*c));
		memcpy(c + at, parts, (unsigned)k * sizeof(*c));
		n += (unsigned)k - 1;
	}
	return n;
}

static size_t map_char(ucs4_t c, char *out)
{
	ucs4_t to[MAPPED_MOST] = {uc_totitle(c)};
	unsigned n = decompose(to, 1);
	size_t len = 0;

	for (unsigned i = 0; i < n; i++)
		len += (size_t)u8_uctomb((uint8_t *)out + len, to[i], 6);
	return len;
}

static void make_shorts(void)
{
	char to[6 * MAPPED_MOST];

	for (ucs4_t c = 0x80; c < SHORT_MOST; c++) {
		size_t n = map_char(c, to);

		shorts[c].n = n <= sizeof(shorts[c].to) ? (uint8_t)n : 0; /* 0: too long, as U+0390 */
		if (shorts[c].n)
			memcpy(shorts[c].to, to, n);
	}
}

/* Octets of the valid character at the front; 0: invalid; -1: cut short, more may make it valid. */
static int char_at(struct str s, ucs4_t *ret)
{
	int n = u8_mbtoucr(ret, (const uint8_t *)s.p, s.n);

	return n == -2 ? -1 : n < 0 ? 0 : n;
}

static bool has_no_mapping(ucs4_t c) /* the plain ideographs: most of East Asia's text */
{
	return (c >= 0x3400 && c < 0xa000) || (c >= 0x20000 && c < 0x2f800);
}

static size_t map_one(ucs4_t c, struct str raw, char *out)
{
	if (c < SHORT_MOST && shorts[c].n) {
		memcpy(out, shorts[c].to, shorts[c].n);
		return shorts[c].n;
	}
	if (has_no_mapping(c)) {
		memcpy(out, raw.p, raw.n);
		return raw.n;
	}
	return map_char(c, out);
}

typedef uint8_t octets16 __attribute__((vector_size(16)));
typedef int64_t pair64 __attribute__((vector_size(16)));

/* ASCII at the front of s, in upper case to out; returns how much there was. */
static size_t map_ascii(struct str s, char *out)
{
	size_t i = 0;

	for (; i + 16 <= s.n; i += 16) {
		octets16 v;
		pair64 high;

		memcpy(&v, s.p + i, 16);
		high = (pair64)(v & 0x80);
		if (high[0] | high[1])
			break;
		v -= (octets16)((v >= 'a') & (v <= 'z')) & 0x20;
		memcpy(out + i, &v, 16);
	}
	for (; i < s.n && (uint8_t)s.p[i] < 0x80; i++)
		out[i] = s.p[i] >= 'a' && s.p[i] <= 'z' ? (char)(s.p[i] - 32) : s.p[i];
	return i;
}

size_t casemap_some(struct str *in, char *out, size_t cap, bool is_last)
{
	size_t n = 0;

	pthread_once(&shorts_once, make_shorts);
	while (in->n) {
		struct str ascii = str_head(*in, cap - n);
		size_t k = map_ascii(ascii, out + n);
		ucs4_t c;
		int len;

		*in = str_from(*in, k);
		n += k;
		if (!in->n || cap - n < 6 * MAPPED_MOST)
			break;
		if ((uint8_t)in->p[0] < 0x80)
			continue;
		len = char_at(*in, &c);
		if (len < 0 && !is_last)
			break;
		if (len > 0)
			n += map_one(c, str_head(*in, (size_t)len), out + n);
		else
			out[n++] = in->p[0];
		*in = str_from(*in, len > 0 ? (size_t)len : 1);
	}
	return n;
}

int casemap_add(struct buf *out, struct str utf8)
{
	while (utf8.n) {
		size_t some = utf8.n < 4096 ? utf8.n : 4096;

		if (buf_reserve(out, some + CASEMAP_ROOM_LEAST) < 0)
			return out->failed;
		out->n += casemap_some(&utf8, out->p + out->n, some + CASEMAP_ROOM_LEAST, true);
	}
	return out->failed;
}
