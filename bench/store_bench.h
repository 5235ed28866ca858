/* store_bench.h - what the benches of the store share: a folder, accounts, messages.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef STORE_BENCH_H
#define STORE_BENCH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/err.h"
#include "store/store.h"

enum { BODY_BYTES = 4096 };

struct bench {
	char dir[256];
	struct store *s;
	struct store_recovery rec;
	uint64_t accounts[1024];
	char body[BODY_BYTES + 1];
};

static inline void die(const char *what, int e)
{
	fprintf(stderr, "%s: %s (%s)\n", what, err_row(e)->text, store_why());
	exit(1);
}

static inline double seconds_since(uint64_t t0_us)
{
	return (double)(clock_mono_us() - t0_us) / 1e6;
}

static inline double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* Text that parses like mail: a header, then lines up to BODY_BYTES. */
static inline void fill_body(struct bench *b)
{
	int n = snprintf(b->body, sizeof(b->body),
			 "From: A Sender <sender@example.test>\r\nTo: <user@example.test>\r\n"
			 "Subject: a message for the bench\r\nMessage-ID: <1@example.test>\r\n"
			 "Date: Mon, 23 Nov 2026 20:52:00 +0000\r\nMIME-Version: 1.0\r\n"
			 "Content-Type: text/plain; charset=utf-8\r\n\r\n");

	for (int at = n; at < BODY_BYTES; at++)
		b->body[at] = (char)('a' + at % 23);
	for (int at = n + 76; at + 2 < BODY_BYTES; at += 76)
		memcpy(b->body + at, "\r\n", 2);
	memcpy(b->body + BODY_BYTES - 2, "\r\n", 2);
}

static inline void bench_open(struct bench *b)
{
	struct store_opts o = {.dir = b->dir, .backend = "file", .undelete_s = -1,
			       .lock_wait_ms = 5000};
	int r = store_open(&b->s, &o, &b->rec);

	if (r < 0)
		die("store_open", r);
}

static inline void bench_accounts(struct bench *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct account_info info;
		struct change *c;
		char name[64];
		int r;

		snprintf(name, sizeof(name), "user%u@example.test", i);
		r = account_find(b->s, str_of(name), &info);
		b->accounts[i] = info.id;
		if (r == E_NOACCOUNT) {
			r = change_new(&c, b->s);
			if (r >= 0)
				r = change_account_create(c, str_of(name), &b->accounts[i]);
			if (r >= 0)
				r = change_commit(&c);
		}
		if (r < 0)
			die("account", r);
	}
}

static inline void bench_deliver(struct bench *b, uint64_t account)
{
	struct delivery to = {
		.account = account, .mbox = STR("INBOX"),
		.prefix = STR("Return-Path: <sender@example.test>\r\nDelivered-To: "
			      "user@example.test\r\nReceived: from client.example.test (client "
			      "[192.0.2.1]) by mx.example.test with LMTP id 0123456789abcdef\r\n\t"
			      "for <user@example.test>; Mon, 23 Nov 2026 20:52:00 +0000\r\n"),
		.envelope_from = STR("sender@example.test"),
		.envelope_to = STR("user@example.test")};
	struct draft *d;
	struct change *c;
	int r = draft_open(&d, b->s, BODY_BYTES);

	if (r >= 0)
		r = draft_write(d, str_n(b->body, BODY_BYTES));
	if (r >= 0)
		r = change_new(&c, b->s);
	if (r >= 0)
		r = change_deliver(c, d, &to, 1);
	if (r >= 0)
		r = change_commit(&c);
	draft_drop(d);
	if (r < 0 || to.err < 0)
		die("deliver", r < 0 ? r : to.err);
}

static inline void remove_folder(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;

	while (d && (de = readdir(d)))
		if (strcmp(de->d_name, ".") && strcmp(de->d_name, "..") &&
		    unlinkat(fd, de->d_name, 0) < 0)
			remove_folder(fd, de->d_name);
	if (d)
		closedir(d);
	unlinkat(at, name, AT_REMOVEDIR);
}

/* A fresh folder below `under` (not a tmpfs: syncs are what is measured). */
static inline void bench_folder(struct bench *b, const char *under)
{
	snprintf(b->dir, sizeof(b->dir), "%s/mkbench.XXXXXX", under);
	if (!mkdtemp(b->dir))
		die(b->dir, E_IO);
	fill_body(b);
}

#endif
