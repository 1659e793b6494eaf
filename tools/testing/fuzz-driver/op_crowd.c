// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netlink family: dumps that take several parts, while what they tell of goes. What other
 * operations leave behind is told of in one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mshv.h>

#include "fuzz.h"
#include "netlink_client.h"

#define LITTLE		4096	/* of what is read at once */
#define CROWD		100

/* What there is much of. */
struct crowd {
	int fds[CROWD];		/* partitions, VPs, or the one that has the regions */
	unsigned int nr_fds;
	unsigned int nr_regions;
};

static int map_page(struct fuzzer *f, int vm, unsigned int n, uint64_t flags)
{
	struct mshv_user_mem_region args = {
		.size = PAGE,
		.guest_pfn = 2 * n,
		.userspace_addr = (uintptr_t)arena(0) + n * PAGE,
		.flags = flags,
	};

	return ioctl(vm, MSHV_SET_GUEST_MEMORY, &args);
}

static int gather_partitions(struct fuzzer *f, struct crowd *crowd)
{
	while (crowd->nr_fds < 70) {
		int fd = create_usual(f);

		if (fd < 0)
			break;
		crowd->fds[crowd->nr_fds++] = fd;
	}
	return MSHV_CMD_PARTITION_GET;
}

static int one_partition(struct fuzzer *f, struct crowd *crowd)
{
	int vm = create_usual(f);

	if (vm < 0)
		return vm;
	crowd->fds[crowd->nr_fds++] = vm;
	return ioctl(vm, MSHV_INITIALIZE_PARTITION) ? -1 : vm;
}

static int gather_vps(struct fuzzer *f, struct crowd *crowd)
{
	struct mshv_create_vp args = { 0 };
	int fd, vm = one_partition(f, crowd);

	while (vm >= 0 && args.vp_index < 70) {
		fd = ioctl(vm, MSHV_CREATE_VP, &args);
		if (fd < 0)
			break;
		crowd->fds[crowd->nr_fds++] = fd;
		args.vp_index++;
	}
	return MSHV_CMD_VP_GET;
}

static int gather_regions(struct fuzzer *f, struct crowd *crowd)
{
	int vm = one_partition(f, crowd);

	while (vm >= 0 && crowd->nr_regions < CROWD && !map_page(f, vm, crowd->nr_regions, 3))
		crowd->nr_regions++;
	return MSHV_CMD_REGION_GET;
}

/* Some of them, at any place; in the end all. */
static void scatter(struct fuzzer *f, struct crowd *crowd, bool all)
{
	unsigned int keep = all ? 0 : 1 + below(&f->rng, 4);

	for (unsigned int i = 0; i < crowd->nr_regions && !all; i++)
		if (!below(&f->rng, keep))
			map_page(f, crowd->fds[0], i, 1 << MSHV_SET_MEM_BIT_UNMAP);
	for (unsigned int i = 0; i < crowd->nr_fds; i++) {
		if (crowd->fds[i] < 0 || (!all && (crowd->nr_regions || below(&f->rng, keep))))
			continue;
		close(crowd->fds[i]);
		crowd->fds[i] = -1;
	}
}

/* Signals come all the time. */
static int read_part(struct nl *nl)
{
	int ret;

	do {
		ret = nl_read(nl, NULL, NULL);
	} while (ret == -EINTR);
	return ret;
}

/* Succeeds if the dump had a part before and one after. */
static int dump_and_scatter(struct fuzzer *f, struct crowd *crowd, uint8_t command)
{
	bool to_the_end = !one_in(&f->rng, 8);
	unsigned int first;
	struct nl nl;
	int ret = nl_open_size(&nl, LITTLE);

	if (!ret)
		ret = nl_ask(&nl, command, NLM_F_DUMP, 0, 0);
	if (!ret)
		ret = read_part(&nl);
	first = nl.answers;
	if (ret == 1)
		scatter(f, crowd, one_in(&f->rng, 4));
	while (ret == 1 && to_the_end)
		ret = read_part(&nl);
	nl_close(&nl);
	if (ret < 0)
		return ret;
	return nl.answers > first ? 0 : -ENOMSG;
}

int op_nl_crowd(struct fuzzer *f)
{
	static int (*const gather[])(struct fuzzer *f, struct crowd *crowd) = {
		gather_partitions, gather_vps, gather_regions, gather_regions,
	};
	struct crowd crowd = { .nr_fds = 0 };
	int command = ONE_OF(&f->rng, gather)(f, &crowd);
	int ret = dump_and_scatter(f, &crowd, command);

	scatter(f, &crowd, true);
	return ret;
}
