/* mbox_fuzz.c - any octets as an mbox file: bounds, the order of calls, linear work; and the ids of
 * messages are the same at a second reading.
 * SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/hash.h"
#include "store/import/mbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

struct seen {
	bool has_folder, in_message;
	uint64_t bytes, messages, ids;
	char last;
};

static int see_folder(void *arg, const struct import_folder *f)
{
	struct seen *s = arg;

	assert(!s->has_folder);
	s->has_folder = true;
	return 1;
}

static int see_message(void *arg, const struct import_msg *m)
{
	struct seen *s = arg;

	assert(s->has_folder && !s->in_message && m->n_keywords <= IMPORT_KEYWORDS_MOST);
	s->in_message = true;
	s->messages++;
	s->ids = s->ids * 31 + hash_str(str_n(m->id, IMPORT_ID));
	return s->messages % 3 ? 1 : (s->in_message = false);
}

static int see_bytes(void *arg, struct str b)
{
	struct seen *s = arg;

	assert(s->in_message && b.n);
	for (size_t i = 0; i < b.n; i++) { /* every LF has its CR */
		assert(b.p[i] != '\n' || s->last == '\r');
		s->last = b.p[i];
	}
	s->bytes += b.n;
	return 0;
}

static int see_end(void *arg)
{
	struct seen *s = arg;

	assert(s->in_message);
	s->in_message = false;
	s->last = 0;
	return 0;
}

static void see_progress(void *arg, uint64_t done, uint64_t all)
{
	assert(done <= all);
}

static struct seen read_it(int fd, size_t n, enum mbox_quoting quoting)
{
	struct seen s = {0};
	struct import_sink to = {.arg = &s, .folder = see_folder, .wants = see_message,
				 .bytes = see_bytes, .end = see_end, .progress = see_progress};
	struct import_opts o = {.quoting = quoting};
	struct import_folder f = {.name = STR("INBOX")};
	struct mbox_reading *r;

	assert(mbox_reading_new(&r, &o, &to, n) == 0);
	assert(mbox_read_file(r, fd, n, &f) == 0);
	mbox_reading_free(r);
	assert(s.has_folder && !s.in_message);
	assert(s.bytes <= 2 * (uint64_t)n && s.messages <= n);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	int fd = memfd_create("mbox", MFD_CLOEXEC);
	struct seen one, two;

	assert(fd >= 0);
	assert(!n || write(fd, data, n) == (ssize_t)n);
	one = read_it(fd, n, MBOX_RD);
	two = read_it(fd, n, MBOX_O);
	assert(one.messages == two.messages && one.ids == two.ids);
	close(fd);
	return 0;
}
