// SPDX-License-Identifier: GPL-2.0-only
/*
 *	probe [VPS]
 *
 * Walks through the life of a partition, one step after the other, and prints
 * what became of each: "STEP: ok" or "STEP: ERROR". It goes on after an error
 * as far as it makes sense, so a test can tell which step a fault hit. Of several
 * VPs the last one runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <hvabi/hvabi.h>
#include <linux/mshv.h>

#define RAM_SIZE	(4UL << 20)
#define ROM_SIZE	4096UL
#define ROM_GFN		0xfffffULL	/* the page with the reset vector */
#define RESET_OFFSET	0xff0
#define RUNS		20

/* out 0x10, al: the processor stays at the reset vector, exit after exit. */
static const uint8_t reset_code[] = { 0xe6, 0x10 };

static int failures;

static bool done(const char *step, int ret)
{
	if (ret >= 0) {
		printf("%s: ok\n", step);
		return true;
	}
	printf("%s: %s\n", step, strerrorname_np(errno));
	failures++;
	return false;
}

static int map(int pt, void *addr, uint64_t size, uint64_t gfn)
{
	struct mshv_user_mem_region args = {
		.size = size,
		.guest_pfn = gfn,
		.userspace_addr = (uintptr_t)addr,
		.flags = 1 << MSHV_SET_MEM_BIT_WRITABLE |
			 1 << MSHV_SET_MEM_BIT_EXECUTABLE,
	};

	return ioctl(pt, MSHV_SET_GUEST_MEMORY, &args);
}

static void *memory(uint64_t size)
{
	void *addr = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (addr == MAP_FAILED) {
		perror("mmap");
		_exit(2);
	}
	return addr;
}

/* Every run must end with the same exit: nothing lost, nothing invented. */
static int run(int vp)
{
	for (int i = 0; i < RUNS; i++) {
		struct mshv_run_vp args;
		struct hv_message_header header;

		if (ioctl(vp, MSHV_RUN_VP, &args) < 0)
			return -1;
		memcpy(&header, args.msg_buf, sizeof(header));
		if (header.message_type != HVMSG_X64_IO_PORT_INTERCEPT) {
			printf("message type %#x\n", header.message_type);
			errno = EPROTO;
			return -1;
		}
	}
	return 0;
}

/* VPs with indexes from 0 on; the last one, or -1. */
static int create_vps(int pt, int nr)
{
	int i, vp = -1;

	for (i = 0; i < nr; i++) {
		struct mshv_create_vp args = { .vp_index = i };

		vp = ioctl(pt, MSHV_CREATE_VP, &args);
		if (vp < 0)
			break;
	}
	return vp;
}

static void interrupt(int signal)
{
	(void)signal;
}

int main(int argc, char **argv)
{
	int nr = argc > 1 ? atoi(argv[1]) : 1;
	/* With local APICs, all but the first VP wait for the first one's word. */
	struct mshv_create_partition args = {
		.pt_flags = nr == 1 ? 1ULL << MSHV_PT_BIT_LAPIC : 0,
	};
	struct sigaction action = { .sa_handler = interrupt };
	uint8_t *rom = memory(ROM_SIZE);
	int dev, pt, vp;

	setvbuf(stdout, NULL, _IOLBF, 0);
	memcpy(rom + RESET_OFFSET, reset_code, sizeof(reset_code));
	dev = open("/dev/mshv", O_RDWR | O_CLOEXEC);
	if (!done("open", dev))
		return 1;
	pt = ioctl(dev, MSHV_CREATE_PARTITION, &args);
	if (!done("partition", pt))
		return 1;
	if (!done("initialize", ioctl(pt, MSHV_INITIALIZE_PARTITION)))
		return 1;
	done("memory", map(pt, memory(RAM_SIZE), RAM_SIZE, 0));
	done("rom", map(pt, rom, ROM_SIZE, ROM_GFN));
	vp = create_vps(pt, nr);
	if (!done("vp", vp))
		return 1;
	/* A wake-up that got lost shows as an interrupted run, not as a hang. */
	sigaction(SIGALRM, &action, NULL);
	alarm(10);
	done("run", run(vp));
	return failures ? 1 : 0;
}
