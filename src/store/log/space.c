/* space.c - preallocation, the reserve, and zeros ahead of the head.
 * SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include "store/log/file.h"

int space_open(struct file_log *l)
{
	return 0;
}

void space_close(struct file_log *l)
{
}

int space_check(struct file_log *l, bool may_use_reserve)
{
	return 0;
}

int space_get(struct file_log *l, int fd, uint64_t from, uint64_t to, bool may_use_reserve)
{
	if (fallocate(fd, 0, (off_t)from, (off_t)(to - from)) == 0)
		return 0;
	return err_from_errno(errno);
}

void space_follow(struct file_log *l, struct body_ref *fd, uint64_t head, uint64_t alloc)
{
}

void space_claim(struct file_log *l, uint64_t end)
{
}

bool file_is_low(struct log *base)
{
	return false;
}
