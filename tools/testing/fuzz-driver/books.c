// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must be so when every worker is dead: no partition is left, the module goes and
 * comes, and the host's memory is there again. (What the hypervisor keeps, it says at
 * power-off, and that fails the run.)
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define PARTITIONS	"/sys/kernel/debug/mshv/partition"
#define PATIENCE_S	60	/* then it is worth a word */

int put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* Entries of a directory; -1 if there is none. */
static int entries(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	int n = 0;

	if (!dir)
		return -1;
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n;
}

/* Of the host itself. */
static int at_rest;

void books_open(void)
{
	at_rest = entries(PARTITIONS);
	/* A guest that has too little memory is wanted; pages of what it had are not. */
	put_text("/proc/sys/vm/oom_dump_tasks", "0");
}

/* The last reference to a VM may be let go of by the kernel's own work. */
void books_balance(void)
{
	int n;

	for (int i = 0; (n = entries(PARTITIONS)) != at_rest; i++) {
		if (i == 10 * PATIENCE_S)
			fprintf(stderr, "fuzz: %d partitions are left although nobody has one\n",
				n - at_rest);
		usleep(100000);
	}
}

static bool run(const char *command)
{
	if (!system(command))
		return true;
	fprintf(stderr, "fuzz: this failed: %s\n", command);
	return false;
}

/* As the host's init does it. */
static const char unload[] =
	"if [ -d /sys/module/hv_iommu ]; then\n"
	"for m in vfio_pci iommufd vfio_iommu_type1; do rmmod $m; done 2>/dev/null\n"
	"echo 0 >/sys/module/hv_iommu/parameters/claim && rmmod hv_iommu || exit 1\n"
	"fi\n"
	"rmmod mshv_root";
static const char load[] =
	"for m in /drivers/*.ko; do\n"
	"insmod $m 2>/tmp/insmod || grep -q 'No such device' /tmp/insmod || exit 1\n"
	"done";

bool books_reload(void)
{
	return run(unload) && run(load);
}

/* Free pages, those on processors' lists, and what the host's cache would give back. */
int64_t books_free_kib(void)
{
	char line[128];
	long long pages;
	int64_t sum = 0;
	FILE *f;

	sync();
	put_text("/proc/sys/vm/drop_caches", "3");
	usleep(500000);
	f = fopen("/proc/zoneinfo", "re");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " pages free %lld", &pages) == 1 ||
		    sscanf(line, " count: %lld", &pages) == 1)
			sum += pages * (PAGE / 1024);
	if (f)
		fclose(f);
	return sum;
}
