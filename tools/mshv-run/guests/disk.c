// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a Linux guest does with a disk that it was given: mounts the file system on it, reads
 * what is there for it, and writes something for whoever gets the disk next.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "disk.h"
#include "reads.h"

#define DISK "/dev/nvme0n1"
#define SLOT "/sys/bus/pci/devices/0000:00:01.0"
#define MODULES "/modules"
#define BLOCK 65536
#define BLOCKS 64

/* All modules of the initramfs, in the order of their names. */
static void load_modules(void)
{
	struct dirent **names;
	int n = scandir(MODULES, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		char path[300];
		int fd;

		if (names[i]->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), MODULES "/%s", names[i]->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST)
			perror(path);
		close(fd);
	}
}

/* The driver looks at the disk while others go on, and its name is there before it can be opened. */
static int wait_for_disk(void)
{
	for (int i = 0; i < 12000; i++) {
		int fd = open(DISK, O_RDONLY | O_CLOEXEC);

		if (fd >= 0) {
			close(fd);
			return 0;
		}
		usleep(10000);
	}
	return -1;
}

static void say_what_is_there(void)
{
	char line[256];
	FILE *f = fopen("/mnt/for-the-guest", "re");

	if (!f || !fgets(line, sizeof(line), f))
		perror("guest: for-the-guest");
	else
		printf("guest: the disk says: %s", line);
	if (f)
		fclose(f);
}

static void fill(uint32_t *words, unsigned int block)
{
	for (unsigned int i = 0; i < BLOCK / 4; i++)
		words[i] = (block * BLOCK / 4 + i) * 2654435761u;
}

static int write_blocks(void)
{
	static uint32_t words[BLOCK / 4];
	int fd = open("/mnt/from-the-guest", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
	int bad = fd < 0;

	for (unsigned int i = 0; !bad && i < BLOCKS; i++) {
		fill(words, i);
		bad = write(fd, words, BLOCK) != BLOCK;
	}
	if (bad || fsync(fd))
		perror("guest: from-the-guest");
	close(fd);
	return bad;
}

/* From the disk, not from what the kernel remembers of it. */
static unsigned int count_wrong_blocks(void)
{
	static uint32_t words[BLOCK / 4], there[BLOCK / 4];
	unsigned int wrong = 0;
	int fd = open("/mnt/from-the-guest", O_RDONLY | O_CLOEXEC);

	if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		wrong = BLOCKS;
	for (unsigned int i = 0; i < BLOCKS; i++) {
		fill(words, i);
		wrong += read(fd, there, BLOCK) != BLOCK || memcmp(words, there, BLOCK);
	}
	close(fd);
	return wrong;
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, 1) != 1)
		perror(path);
	close(fd);
}

/* Whether there is a device, when the bus has been looked at again. */
static bool look_for_device(void)
{
	struct stat s;

	put("/sys/bus/pci/rescan", "1");
	return !stat(SLOT, &s);
}

/* The device is found again as long as it is there; its driver is not to have it then. */
void await_disk(void)
{
	printf("guest: waits for a disk\n");
	while (!look_for_device())
		usleep(200000);
	use_disk();
	put("/sys/bus/pci/drivers_autoprobe", "0");
	put(SLOT "/remove", "1");
	printf("guest: the disk may go\n");
	while (look_for_device()) {
		put(SLOT "/remove", "1");
		usleep(200000);
	}
	put("/sys/bus/pci/drivers_autoprobe", "1");
	printf("guest: the disk is gone\n");
}

void use_disk(void)
{
	load_modules();
	if (wait_for_disk()) {
		printf("guest: there is no disk\n");
		return;
	}
	mkdir("/mnt", 0755);
	if (mount(DISK, "/mnt", "ext2", 0, NULL)) {
		perror("guest: " DISK);
		return;
	}
	say_what_is_there();
	if (!write_blocks())
		printf("guest: %d blocks of %d bytes written, %u wrong\n", BLOCKS, BLOCK,
		       count_wrong_blocks());
	if (umount("/mnt"))
		perror("guest: /mnt");
}

void read_much(const char *what)
{
	char *depth;
	unsigned long pages = strtoul(what, &depth, 10);

	load_modules();
	if (wait_for_disk())
		printf("guest: there is no disk\n");
	else if (pages)
		printf("guest: %lu pages of the disk read\n",
		       read_pages(DISK, pages, (unsigned int)strtoul(depth + 1, NULL, 10)));
}
