/* zip.c - DEFLATE both ways, piece by piece.
 * SPDX-License-Identifier: Apache-2.0 */
#include "net/zip.h"
#include <stdlib.h>
#include <zlib.h>
#include "base/err.h"

enum { WINDOW_IN = 15, WINDOW_OUT = 13, MEMORY_OUT = 6 }; /* out: 64 KiB while it is there */

struct zip {
	z_stream in, out;
	bool is_deflating; /* `out` is there */
	bool is_clean;     /* and nothing is left in it */
	bool has_more;
};

int zip_new(struct zip **ret)
{
	struct zip *z = calloc(1, sizeof(*z));

	if (!z || inflateInit2(&z->in, -WINDOW_IN) != Z_OK) {
		free(z);
		return E_NOMEM;
	}
	*ret = z;
	return 0;
}

struct zip *zip_free(struct zip *z)
{
	if (!z)
		return NULL;
	inflateEnd(&z->in);
	if (z->is_deflating)
		deflateEnd(&z->out);
	free(z);
	return NULL;
}

int zip_inflate(struct zip *z, struct str *in, char *out, size_t room)
{
	int r;

	z->in.next_in = (Bytef *)(uintptr_t)in->p;
	z->in.avail_in = (uInt)in->n;
	z->in.next_out = (Bytef *)out;
	z->in.avail_out = (uInt)room;
	r = inflate(&z->in, Z_SYNC_FLUSH);
	*in = str_from(*in, in->n - z->in.avail_in);
	z->has_more = (r == Z_OK || r == Z_BUF_ERROR) && !z->in.avail_out;
	if (r == Z_MEM_ERROR)
		return E_NOMEM;
	if (r != Z_OK && r != Z_BUF_ERROR)
		return E_SYNTAX;
	return (int)(room - z->in.avail_out);
}

bool zip_has_more(const struct zip *z)
{
	return z->has_more;
}

static bool begin(struct zip *z)
{
	if (!z->is_deflating)
		z->is_deflating = deflateInit2(&z->out, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -WINDOW_OUT,
					       MEMORY_OUT, Z_DEFAULT_STRATEGY) == Z_OK;
	return z->is_deflating;
}

/* A full flush: no answer can be guessed by the size of another (CRIME). */
int zip_deflate(struct zip *z, struct str *in, bool flush, char *out, size_t room, bool *more)
{
	if (!begin(z))
		return E_NOMEM;
	z->out.next_in = (Bytef *)(uintptr_t)in->p;
	z->out.avail_in = (uInt)in->n;
	z->out.next_out = (Bytef *)out;
	z->out.avail_out = (uInt)room;
	deflate(&z->out, flush ? Z_FULL_FLUSH : Z_NO_FLUSH); /* Z_BUF_ERROR: nothing to do */
	*in = str_from(*in, in->n - z->out.avail_in);
	*more = !z->out.avail_out;
	z->is_clean = flush && !*more;
	return (int)(room - z->out.avail_out);
}

void zip_rest(struct zip *z)
{
	if (!z->is_deflating || !z->is_clean)
		return;
	deflateEnd(&z->out);
	z->is_deflating = false;
}
