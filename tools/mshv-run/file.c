// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files to load: mapped as a whole.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run.h"

static int map(struct file *file, int fd)
{
	struct stat st;
	void *bytes;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0)
		return -ENODATA;
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes == MAP_FAILED)
		return -errno;
	file->bytes = bytes;
	file->size = (uint64_t)st.st_size;
	return 0;
}

int file_open(struct file *file, const char *path)
{
	int fd, err;

	file->path = path;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		complain(err, "%s", path);
		return err;
	}
	err = map(file, fd);
	close(fd);
	if (err == -ENODATA)
		complain(0, "%s: not a file with an image in it", path);
	else if (err)
		complain(err, "%s", path);
	return err;
}

void file_close(struct file *file)
{
	if (file->bytes)
		munmap((void *)(uintptr_t)file->bytes, file->size);
	file->bytes = NULL;
}
