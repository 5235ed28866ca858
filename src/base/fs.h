/* fs.h - files below an open folder, written so that a power cut cannot halve them.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Everything here is relative to an open folder, never follows a symlink in the
 * last part (O_NOFOLLOW), is close-on-exec, goes on after EINTR and short writes,
 * and blocks the thread. */
#ifndef BASE_FS_H
#define BASE_FS_H

#include <sys/types.h>
#include "base/buf.h"

int fs_open_dir(int at, const char *path); /* a descriptor or E_*; `at` may be AT_FDCWD */
int fs_make_dir(int at, const char *path, mode_t mode); /* fine if it is there; syncs the parent */
int fs_read(int at, const char *path, struct buf *out); /* appends the whole file */
int fs_write_all(int fd, const void *p, size_t n);
int fs_pwrite_all(int fd, const void *p, size_t n, off_t at);
int fs_pread_all(int fd, void *p, size_t n, off_t at); /* E_DAMAGED if the file ends before */
int fs_sync_dir(int dir);

/* Replaces `path` as a whole: written aside, synced, renamed, folder synced. After
 * 0 it is there whatever happens; after an error the old one is, but for E_IO: then
 * it may be either. */
int fs_replace(int dir, const char *path, struct str bytes, mode_t mode);

#endif
