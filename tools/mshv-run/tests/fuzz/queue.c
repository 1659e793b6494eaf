// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer for virtio queues and the disk behind one: the guest's memory, the places of the
 * rings and the requests are what it invents. Nothing outside that memory is touched, and
 * every request ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../virtio.h"

#define RAM 0x10000
#define SECTORS 64
#define ROUNDS 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct options options = { .memory = RAM };
static struct machine machine = { .options = &options, .low = RAM };
static struct virtio_kind disk;

/* What the input begins with; the rest is memory. */
struct input {
	uint16_t table, avail, ring;
	uint8_t size_bits;
	uint8_t rounds;
};

void complain(int err, const char *format, ...)
{
	(void)err;
	(void)format;
}

int virtio_add(struct machine *m, const struct virtio_kind *kind)
{
	(void)m;
	disk = *kind;
	return 0;
}

/* As memory.c has it, for memory below 3 GiB. */
void *memory_at(const struct machine *m, uint64_t gpa, uint64_t size)
{
	return gpa < m->low && size <= m->low - gpa ? m->ram + gpa : NULL;
}

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void make_disk(void)
{
	char path[64];
	int fd = memfd_create("disk", 0);

	require(fd >= 0 && !ftruncate(fd, SECTORS * 512));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	require(!disk_add(&machine, path));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chain chain;
	struct queue q = { .ready = true };
	struct input in;

	if (!disk.request)
		make_disk();
	if (size < sizeof(in))
		return -1;
	memcpy(&in, data, sizeof(in));
	data += sizeof(in);
	size -= sizeof(in);
	/* Nothing around it could be written unseen. */
	require(!posix_memalign((void **)&machine.ram, 4096, RAM));
	memset(machine.ram, 0, RAM);
	memcpy(machine.ram, data, size < RAM ? size : RAM);
	q.size = (uint16_t)(1 << in.size_bits % 9);
	q.table = in.table;
	q.avail = in.avail;
	q.ring = in.ring;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		int err = queue_take(&machine, &q, &chain);
		uint32_t written;

		require(err == 1 || err == 0 || err < 0);
		if (err <= 0)
			break;
		require(chain.in_n <= CHAIN_MAX && chain.out_n <= CHAIN_MAX);
		written = disk.request(disk.opaque, &chain);
		if (queue_give(&machine, &q, chain.head, written))
			break;
		queue_wants_interrupt(&machine, &q);
	}
	free(machine.ram);
	return 0;
}
