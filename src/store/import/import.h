/* import.h - mail from elsewhere and to elsewhere: sources pour folders and messages into sinks.
 * SPDX-License-Identifier: Apache-2.0
 *
 *	sources                  sinks
 *	mbox_read                mbox_sink
 *	maildir_read      ->     maildir_sink
 *	store_read               store_sink
 *
 * Any source fits any sink; an import or export of a running server has the admin socket in between
 * (cmd/stream.c). Messages have CRLF lines on their way. Everything here blocks its thread.
 *
 * A sink's functions return >= 0, or an E_* that ends the source. Strings live for the call. */
#ifndef STORE_IMPORT_IMPORT_H
#define STORE_IMPORT_IMPORT_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/buf.h"
#include "store/store.h"

struct import_folder {
	struct str name;        /* UTF-8, "/" between levels; canonical (wire/mutf7.h) */
	uint32_t uidvalidity;   /* 0: not known, and no UIDs either */
	uint32_t uidnext;       /* 0: not known */
	bool subscribed;
	bool is_name_only;      /* no mailbox, only the subscription */
	const struct str *keywords; /* that messages may have, bit by bit (mbox, Maildir); p = NULL: none */
	size_t n_keywords;
};

enum { IMPORT_ID = 16, IMPORT_KEYWORDS_MOST = 64 };

struct import_msg {
	unsigned char id[IMPORT_ID]; /* the same at every try: what was imported is known by it */
	uint64_t size;               /* about; for progress and limits */
	uint32_t uid, flags;         /* uid 0: none */
	const struct str *keywords;
	size_t n_keywords;
	int64_t internaldate_ms;     /* 0: unknown */
	int16_t internaldate_zone;
	struct str uidl, envelope_from;
};

struct import_sink {
	void *arg;
	/* What follows belongs into this folder. 1: welcome; 0: it cannot be taken (say was called). */
	int (*folder)(void *arg, const struct import_folder *f);
	/* 1: its octets are wanted; 0: it is here already, or cannot be taken (say was called). */
	int (*wants)(void *arg, const struct import_msg *m);
	int (*bytes)(void *arg, struct str s);
	int (*end)(void *arg); /* of the message */
	/* All is there: what is held back is written. Not called after an error. */
	int (*finish)(void *arg);
	/* How far the source is, in a unit of its own. */
	void (*progress)(void *arg, uint64_t done, uint64_t all);
	/* Something that people should know, but that stops nothing. */
	void (*say)(void *arg, const char *sentence);
};

void import_say(const struct import_sink *to, const char *fmt, ...) PRINTF(2, 3);

/* -- sources ---------------------------------------------------------------- */

enum mbox_quoting {
	MBOX_RD, /* ">From ", ">>From " and so on lose one ">" (mboxrd) */
	MBOX_O,  /* only ">From " does (mboxo) */
};
struct import_opts {
	enum mbox_quoting quoting;
	struct str mailbox; /* into this mailbox, and below it; p = NULL: as the source has it */
};

/* `path`: an mbox file, or a folder of such (also Thunderbird's). */
int mbox_read(const char *path, const struct import_opts *o, const struct import_sink *to);
/* `path`: a Maildir, with the subfolders of Maildir++. */
int maildir_read(const char *path, const struct import_opts *o, const struct import_sink *to);
/* An account's mailboxes; all, or o->mailbox and those below it. */
int store_read(struct store *s, uint64_t account, const struct import_opts *o,
	       const struct import_sink *to);

/* -- sinks ------------------------------------------------------------------- */

/* Into an account. Messages are committed in groups, each with the ids of what it has: whatever
 * happens, another try goes on where this one ended. */
struct store_sink;
struct store_sink_opts {
	struct store *store;
	uint64_t account, message_most;
	void (*say)(void *arg, const char *sentence);
	void *arg;
};
int store_sink_new(struct store_sink **ret, const struct store_sink_opts *o, struct import_sink *sink);
struct store_sink *store_sink_free(struct store_sink *s);
struct import_counts {
	uint64_t folders, stored, had, failed, octets;
};
struct import_counts store_sink_counts(const struct store_sink *s);

/* `path` must not exist, or be an empty folder. mbox_sink with `single` writes one file. */
struct file_sink;
struct file_sink_opts {
	const char *path;
	enum mbox_quoting quoting;
	bool single;
	void (*say)(void *arg, const char *sentence);
	void *arg;
};
int mbox_sink_new(struct file_sink **ret, const struct file_sink_opts *o, struct import_sink *sink);
int maildir_sink_new(struct file_sink **ret, const struct file_sink_opts *o, struct import_sink *sink);
struct file_sink *file_sink_free(struct file_sink *s);
struct import_counts file_sink_counts(const struct file_sink *s);

/* -- as octets, for the admin socket ------------------------------------------- */

void import_folder_encode(struct buf *out, const struct import_folder *f);
int import_folder_decode(struct str in, struct arena *a, struct import_folder *ret); /* E_DAMAGED */
void import_msg_encode(struct buf *out, const struct import_msg *m);
int import_msg_decode(struct str in, struct arena *a, struct import_msg *ret);

#endif
