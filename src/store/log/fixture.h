/* fixture.h - what the tests of the log share: a temporary log, and records made from numbers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/log/'s tests. Record k has an account, metadata and a body that follow from
 * k alone, so a reader can tell whether it is whole. */
#ifndef STORE_LOG_FIXTURE_H
#define STORE_LOG_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/crc.h"
#include "base/err.h"
#include "store/log/file.h"

#define HELPER static __attribute__((noinline, unused)) /* keeps the tests' frames small */

struct fixture {
	char path[64];
	int dir;
	struct log_opts o;
	struct log *log;
	struct log_recovery rec;
	const char *why;
	int64_t ms;
};

HELPER int fixture_open(struct fixture *x)
{
	memset(&x->rec, 0, sizeof(x->rec));
	x->log = NULL;
	return log_open(&x->log, &log_file_ops, &x->o, &x->rec, &x->why);
}

HELPER void fixture_new(struct fixture *x, uint64_t segment_bytes)
{
	*x = (struct fixture){.ms = 1000};
	snprintf(x->path, sizeof(x->path), "%s/mklog.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(x->path));
	x->dir = open(x->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(x->dir >= 0);
	x->o = (struct log_opts){.dir = x->dir, .segment_bytes = segment_bytes};
}

HELPER void remove_tree(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (de->d_name[0] != '.' && unlinkat(fd, de->d_name, 0) < 0)
			remove_tree(fd, de->d_name);
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

HELPER void fixture_free(struct fixture *x)
{
	x->log = log_close(x->log);
	remove_tree(AT_FDCWD, x->path);
	close(x->dir);
}

/* The process dies here: what is not synced may be lost, but no close mark is written. */
HELPER void fixture_crash(struct fixture *x)
{
	struct file_log *l = file_log(x->log);

	l->must_roll = true; /* keeps the mark from being written */
	x->log = log_close(x->log);
}

/* -- record k ------------------------------------------------------------------------- */

enum { BODY_MOST = 200 << 10 };

HELPER uint32_t mix(uint64_t k)
{
	k = (k + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
	k = (k ^ k >> 27) * 0x94d049bb133111ebu;
	return (uint32_t)(k >> 32);
}

HELPER uint64_t account_of(uint64_t k)
{
	return 1 + mix(k) % 7;
}

HELPER size_t body_bytes_of(uint64_t k) /* some none, some large */
{
	uint32_t v = mix(k * 3 + 1);

	return v % 5 == 0 ? 0 : v % 31 == 1 ? 20000 + v % 9000 : v % 700;
}

HELPER size_t meta_of(uint64_t k, char out[128])
{
	int n = snprintf(out, 128, "%llu:", (unsigned long long)k);
	size_t more = mix(k * 5 + 2) % 60;

	memset(out + n, 'm', more);
	return (size_t)n + more;
}

HELPER void body_of(uint64_t k, char *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)(mix(k + i / 64) >> i % 4 * 8);
}

HELPER int add_k(struct log *l, uint64_t k, uint64_t expect, struct log_item *it)
{
	static char meta[4096][128];
	static char *body[4096];
	size_t slot = k % 4096, n = body_bytes_of(k);

	free(body[slot]);
	body[slot] = malloc(n + 1);
	body_of(k, body[slot], n);
	*it = (struct log_item){.account = account_of(k), .type = (uint16_t)(k % 1000),
				.meta = {meta[slot], meta_of(k, meta[slot])},
				.body = {body[slot], n}};
	return log_add(l, it, expect);
}

/* Commits records k .. k + n - 1 as one group. */
HELPER int commit_k(struct fixture *x, uint64_t k, size_t n)
{
	struct log_item it;
	int64_t ms = ++x->ms;
	int e = log_begin(x->log, &ms, false);

	if (e < 0)
		return e;
	for (size_t i = 0; i < n; i++) {
		e = add_k(x->log, k + i, 0, &it);
		if (e < 0) {
			log_abort(x->log);
			return e;
		}
	}
	return log_commit(x->log, NULL, 0);
}

/* -- reading back ----------------------------------------------------------------------- */

struct seen {
	size_t n, damaged, body_damaged, bad;
	size_t strange; /* damaged, and not of the account of record k = seq */
	uint64_t first_k, last_k, last_seq, lost_from, groups;
	struct log *log;
	bool read_bodies;
	uint8_t *has; /* by k, if not NULL */
	size_t most;
};

HELPER bool body_is(struct log *l, const struct log_frame *f, uint64_t k)
{
	size_t n = body_bytes_of(k);
	struct log_body b;
	char *want = malloc(n + 1), *got = malloc(n + 1);
	bool same;

	body_of(k, want, n);
	same = f->body_bytes == n && f->body_crc == crc32c(0, want, n) &&
	       log_body_open(l, f->place, n, &b) == 0;
	if (same && n) {
		same = pread(b.fd, got, n, (off_t)b.at) == (ssize_t)n && memcmp(want, got, n) == 0;
		log_body_close(&b);
	}
	free(want);
	free(got);
	return same;
}

HELPER int see_one(void *arg, const struct log_frame *f)
{
	struct seen *s = arg;
	char want[128];
	uint64_t k;
	size_t n;

	if (f->seq <= s->last_seq)
		s->bad++;
	s->last_seq = f->seq;
	s->damaged += f->damaged;
	s->body_damaged += f->body_damaged;
	if (f->damaged) {
		s->strange += f->account != account_of(f->seq);
		return 0;
	}
	k = strtoull(f->meta.p, NULL, 10);
	n = meta_of(k, want);
	if (!str_eq(f->meta, str_n(want, n)) || f->account != account_of(k) ||
	    f->type != k % 1000 || (s->n && k <= s->last_k) || f->next.seq != f->seq + 1)
		s->bad++;
	if (s->read_bodies && !f->body_damaged && !body_is(s->log, f, k))
		s->bad++;
	if (s->has && k < s->most)
		s->has[k] = 1;
	if (!s->n++)
		s->first_k = k;
	s->last_k = k;
	s->groups += f->last_of_group;
	return 0;
}

HELPER struct seen read_all(struct log *l, uint64_t from, bool bodies)
{
	struct seen s = {.log = l, .read_bodies = bodies};

	assert_int_equal(log_read(l, 0, (struct log_pos){.seq = from}, bodies, see_one, &s), 0);
	assert_int_equal(s.bad, 0);
	return s;
}

#endif
