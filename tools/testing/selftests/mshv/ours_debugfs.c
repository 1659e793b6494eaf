// SPDX-License-Identifier: GPL-2.0-only
/*
 * The hypervisor's counters in debugfs. Linux's own driver has most of these, with
 * pages of them mapped for good.
 */
#include <dirent.h>
#include <pthread.h>
#include <sys/stat.h>

#include "mshv_test.h"

#define TOP		"/sys/kernel/debug/mshv/"
#define READERS		4
#define READINGS	50

/* The value of a counter in a file, or -errno: -ENODATA if it is not in there. */
static int64_t counter(const char *path, const char *name)
{
	FILE *f = fopen(path, "re");
	int64_t value = -ENODATA;
	char line[200];

	if (!f)
		return -errno;
	while (value == -ENODATA && fgets(line, sizeof(line), f)) {
		char *colon = strchr(line, ':');

		if (!colon)
			value = -EPROTO;
		else if (line[strcspn(line, " :")] && !strncmp(line, name, strlen(name)) &&
			 strcspn(line, " :") == strlen(name))
			value = strtoull(colon + 1, NULL, 10);
	}
	if (ferror(f))
		value = -EIO;
	fclose(f);
	return value;
}

/* The one partition that is not the host's: there is no ioctl that tells its number. */
static int find_partition(char *path, size_t size, const char *host)
{
	DIR *dir = opendir(TOP "partition");
	struct dirent *entry;
	int found = 0;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' || !strcmp(entry->d_name, host))
			continue;
		snprintf(path, size, TOP "partition/%s", entry->d_name);
		found++;
	}
	if (dir)
		closedir(dir);
	return found;
}

FIXTURE(debugfs) {
	struct mshv_vm vm;
	char host[64];
	char path[300];
};

FIXTURE_SETUP(debugfs)
{
	char path[300];

	if (mshv_driver_is_in_tree())
		SKIP(return, "Linux's own driver is not known to be stable under readers");
	/* before there is any other */
	ASSERT_EQ(1, find_partition(path, sizeof(path), ""));
	snprintf(self->host, sizeof(self->host), "%.60s", strrchr(path, '/') + 1);
	test_ok(mshv_vm_setup(&self->vm));
	ASSERT_EQ(1, find_partition(self->path, sizeof(self->path), self->host));
}

FIXTURE_TEARDOWN(debugfs)
{
	mshv_vm_close(&self->vm);
	EXPECT_EQ(0, find_partition(self->path, sizeof(self->path), self->host));
}

TEST_F(debugfs, vp_that_runs_counts)
{
	char path[400];
	int64_t before, after;
	int i;

	snprintf(path, sizeof(path), "%s/vp/0/stats", self->path);
	before = counter(path, "VpTotalRunTime");
	ASSERT_LE(0, before);
	test_load(&self->vm, count_out);
	for (i = 0; i < 100; i++)
		test_run_to_port(&self->vm.vp[0], GUEST_PORT_DONE);
	after = counter(path, "VpTotalRunTime");
	EXPECT_LT(before, after);
	/* there are two of that beginning */
	EXPECT_LE(0, counter(path, "VpHypercallsCount"));
	EXPECT_EQ(-ENODATA, counter(path, "VpTotalRun"));
}

TEST_F(debugfs, partitions_and_their_vps_come_and_go)
{
	char path[400];
	struct stat st;

	snprintf(path, sizeof(path), "%s/stats", self->path);
	EXPECT_LE(0, counter(path, "PtVirtualProcessors"));
	snprintf(path, sizeof(path), "%s/vp/1", self->path);
	EXPECT_EQ(-1, stat(path, &st));
	test_ok(mshv_vm_add_vp(&self->vm, 1));
	EXPECT_EQ(0, stat(path, &st));
	mshv_vm_close(&self->vm);
	EXPECT_EQ(-1, stat(self->path, &st));
}

TEST_F(debugfs, host_is_a_partition)
{
	char path[400];

	snprintf(path, sizeof(path), TOP "partition/%s/stats", self->host);
	EXPECT_LE(0, counter(path, "PtVirtualProcessors"));
	snprintf(path, sizeof(path), TOP "partition/%s/vp/0/stats", self->host);
	EXPECT_LE(0, counter(path, "VpTotalRunTime"));
}

TEST_F(debugfs, machine)
{
	const char *partition = getenv("MSHV_PARTITION");
	int64_t lps, i;

	if (partition && !strcmp(partition, "l1vh")) {
		EXPECT_EQ(-ENOENT, counter(TOP "stats", "HvLogicalProcessors"));
		EXPECT_EQ(-ENOENT, counter(TOP "lp/0/stats", "LpGlobalTime"));
		return;
	}
	lps = counter(TOP "stats", "HvLogicalProcessors");
	ASSERT_LE(sysconf(_SC_NPROCESSORS_CONF), lps);
	for (i = 0; i < sysconf(_SC_NPROCESSORS_CONF); i++) {
		char path[100];

		snprintf(path, sizeof(path), TOP "lp/%d/stats", (int)i);
		EXPECT_LE(0, counter(path, "LpGlobalTime"));
	}
}

static void *read_often(void *arg)
{
	intptr_t ret = 0;
	int i;

	for (i = 0; i < READINGS && ret >= 0; i++)
		ret = counter(arg, "PtVirtualProcessors");
	return (void *)ret;
}

/* Whoever has read must not take the page from those who still read. */
TEST_F(debugfs, several_readers_of_one_object)
{
	pthread_t threads[READERS];
	char path[400];
	int i;

	snprintf(path, sizeof(path), "%s/stats", self->path);
	for (i = 0; i < READERS; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, read_often, path));
	for (i = 0; i < READERS; i++) {
		void *ret;

		ASSERT_EQ(0, pthread_join(threads[i], &ret));
		EXPECT_LE(0, (intptr_t)ret);
	}
}

/* An open file does not keep its partition. */
TEST_F(debugfs, file_that_stays_open)
{
	char path[400], c;
	int fd;

	snprintf(path, sizeof(path), "%s/vp/0/stats", self->path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	mshv_vm_close(&self->vm);
	EXPECT_EQ(-1, read(fd, &c, 1));
	close(fd);
}

TEST_HARNESS_MAIN
