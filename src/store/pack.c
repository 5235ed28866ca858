/* pack.c - bodies compressed at rest: zstd frames with a checksum of their own.
 * SPDX-License-Identifier: Apache-2.0 */
#include <zstd.h>
#include "base/err.h"
#include "store/pack.h"

enum {
	LEVEL = 3,
	WINDOW_LOG = 17, /* bounds what packing and unpacking hold in memory */
	OUT_BYTES = 32 << 10,
	TRY_MOST = 64 << 10,
	LEAST_GAIN = 16, /* the sixteenth part */
};

struct packer {
	ZSTD_CCtx *z;
	char out[OUT_BYTES];
};

static ZSTD_CCtx *context(void)
{
	ZSTD_CCtx *z = ZSTD_createCCtx();

	if (z && (ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL)) ||
		  ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_windowLog, WINDOW_LOG)) ||
		  ZSTD_isError(ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1)))) {
		ZSTD_freeCCtx(z);
		return NULL;
	}
	return z;
}

int pack_whole(struct str in, char **ret, size_t *n)
{
	size_t most = in.n - in.n / LEAST_GAIN, got;
	ZSTD_CCtx *z = context();
	char *p = malloc(most + !most), *less;

	if (!z || !p) {
		ZSTD_freeCCtx(z);
		free(p);
		return E_NOMEM;
	}
	got = ZSTD_compress2(z, p, most, in.p, in.n);
	ZSTD_freeCCtx(z);
	if (ZSTD_isError(got) || !in.n) {
		free(p);
		return E_NOTFOUND; /* it did not fit */
	}
	less = realloc(p, got);
	*ret = less ? less : p;
	*n = got;
	return 0;
}

bool pack_is_worth(struct str beginning)
{
	char *p;
	size_t n;

	if (pack_whole(str_head(beginning, TRY_MOST), &p, &n) < 0)
		return false;
	free(p);
	return true;
}

int packer_new(struct packer **ret)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (!p)
		return E_NOMEM;
	p->z = context();
	if (!p->z) {
		free(p);
		return E_NOMEM;
	}
	*ret = p;
	return 0;
}

struct packer *packer_free(struct packer *p)
{
	if (p)
		ZSTD_freeCCtx(p->z);
	free(p);
	return NULL;
}

int packer_feed(struct packer *p, struct str in, bool end,
		int (*out)(void *arg, struct str packed), void *arg)
{
	ZSTD_inBuffer from = {in.p, in.n, 0};
	size_t left;
	int r = 0;

	do {
		ZSTD_outBuffer to = {p->out, sizeof(p->out), 0};

		left = ZSTD_compressStream2(p->z, &to, &from, end ? ZSTD_e_end : ZSTD_e_continue);
		if (ZSTD_isError(left))
			return E_NOMEM; /* the only way to fail: no parameter is wrong */
		if (to.pos)
			r = out(arg, str_n(p->out, to.pos));
	} while (r >= 0 && (from.pos < from.size || (end && left)));
	return r;
}

/* -- reading ----------------------------------------------------------------------------- */

struct unpacking {
	ZSTD_DCtx *z;
	struct spool *to;
	uint64_t size, made; /* made: unpacked so far */
	size_t left;         /* zstd: 0 when the frame is whole */
};

/* Never more than the message's size: what expands beyond it is damaged. */
MAY_WAIT static int unpack_some(struct unpacking *u, struct str packed)
{
	ZSTD_inBuffer from = {packed.p, packed.n, 0};
	bool is_full;

	do {
		struct buf *out = &u->to->out;
		ZSTD_outBuffer to = {0};
		int r = buf_reserve(out, OUT_BYTES);

		if (r < 0)
			return r;
		to.dst = out->p + out->n;
		to.size = OUT_BYTES;
		u->left = ZSTD_decompressStream(u->z, &to, &from);
		if (ZSTD_isError(u->left) || to.pos > u->size - u->made)
			return E_DAMAGED;
		u->made += to.pos;
		out->n += to.pos;
		is_full = to.pos == to.size;
		if ((r = spool_flush(u->to, false)) < 0)
			return r;
		if (!u->left)
			return from.pos == from.size ? 0 : E_DAMAGED; /* octets behind its end */
	} while (from.pos < from.size || is_full);
	return 0;
}

MAY_WAIT static int unpack_all(struct unpacking *u, uint64_t packed, char *chunk,
			       int (*read)(void *arg, uint64_t at, void *out, size_t n), void *arg)
{
	int r = 0;

	for (uint64_t at = 0; at < packed && r >= 0;) {
		size_t n = packed - at < SPOOL_CHUNK ? (size_t)(packed - at) : SPOOL_CHUNK;

		if (at && !u->left)
			return E_DAMAGED;
		r = read(arg, at, chunk, n);
		if (r >= 0)
			r = unpack_some(u, str_n(chunk, n));
		at += n;
		if (at < packed)
			task_yield();
	}
	if (r >= 0)
		r = u->left || u->made != u->size ? E_DAMAGED : spool_flush(u->to, true);
	return r;
}

int unpack(struct spool *to, uint64_t size, uint64_t packed,
	   int (*read)(void *arg, uint64_t at, void *out, size_t n), void *arg)
{
	struct unpacking u = {.z = ZSTD_createDCtx(), .to = to, .size = size, .left = 1};
	char *chunk = malloc(SPOOL_CHUNK);
	int r = E_NOMEM;

	if (u.z && chunk &&
	    !ZSTD_isError(ZSTD_DCtx_setParameter(u.z, ZSTD_d_windowLogMax, WINDOW_LOG)))
		r = unpack_all(&u, packed, chunk, read, arg);
	ZSTD_freeDCtx(u.z);
	free(chunk);
	return r;
}
