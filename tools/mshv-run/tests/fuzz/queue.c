// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer for virtio queues, and the disk and the console behind them: the guest's memory, the places of the
 * rings and the requests are what it invents. Nothing outside that memory is touched, and
 * every request ends.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../saved.h"
#include "../../virtio.h"

#define RAM 0x10000
#define SECTORS 64
#define ROUNDS 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct options options = { .memory = RAM };
static struct machine machine = { .options = &options, .low = RAM };
static struct virtio_kind kinds[2]; /* a disk, and a console */
static unsigned int kinds_n;

/* What the input begins with; the rest is memory. */
struct input {
	uint16_t table, avail, ring;
	uint8_t size_bits;
	uint8_t which; /* device, and its queue */
};

void complain(int err, const char *format, ...)
{
	(void)err;
	(void)format;
}

int virtio_add(struct machine *m, const struct virtio_kind *kind, struct virtio **device)
{
	(void)m;
	(void)device;
	kinds[kinds_n++] = *kind;
	return 0;
}

void virtio_wake(struct virtio *device)
{
	(void)device;
}

/* All of it is read, so that a sanitizer sees what is not the guest's. */
void output_put(enum output_writer writer, const uint8_t *bytes, size_t n)
{
	static volatile uint8_t sum;

	(void)writer;
	for (size_t i = 0; i < n; i++)
		sum = (uint8_t)(sum + bytes[i]);
}

void output_settle(void)
{
}

void saver_put(struct saver *s, enum saved_kind kind, uint64_t index, const void *bytes,
	       uint64_t size)
{
	(void)s;
	(void)kind;
	(void)index;
	(void)bytes;
	(void)size;
}

/* What the guest was saved with: any bytes. */
int saved_get(const struct file *file, enum saved_kind kind, uint64_t index, void *bytes,
	      size_t size)
{
	(void)kind;
	(void)index;
	memset(bytes, 0, size);
	memcpy(bytes, file->bytes, size < file->size ? size : file->size);
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

static void make_devices(void)
{
	char path[64];
	int fd = memfd_create("disk", 0);

	require(fd >= 0 && !ftruncate(fd, SECTORS * 512));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	require(!disk_add(&machine, path));
	require(!terminal_add(&machine));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct chain chain;
	struct queue q = { .ready = true };
	const struct virtio_kind *kind;
	unsigned int queue;
	struct input in;

	if (!kinds_n)
		make_devices();
	if (size < sizeof(in))
		return -1;
	memcpy(&in, data, sizeof(in));
	data += sizeof(in);
	size -= sizeof(in);
	/* Nothing around it could be written unseen. */
	require(!posix_memalign((void **)&machine.ram, 4096, RAM));
	memset(machine.ram, 0, RAM);
	memcpy(machine.ram, data, size < RAM ? size : RAM);
	kind = &kinds[in.which & 1];
	queue = (in.which >> 1) % kind->queues;
	if (queue == 0 && kind->queues == 2) {
		const struct file file = { .bytes = data, .size = size };

		/* Something to receive: as a file says, and then as much as there is room. */
		(void)terminal_restore(&file);
		terminal_receive(data, size < terminal_room() ? size : terminal_room());
	}
	q.size = (uint16_t)(1 << in.size_bits % 9);
	q.table = in.table;
	q.avail = in.avail;
	q.ring = in.ring;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		uint32_t written;
		int err;

		if (kind->is_due && !kind->is_due(kind->opaque, queue))
			break;
		err = queue_take(&machine, &q, &chain);

		require(err == 1 || err == 0 || err < 0);
		if (err <= 0)
			break;
		require(chain.in_n <= CHAIN_MAX && chain.out_n <= CHAIN_MAX);
		written = kind->request(kind->opaque, queue, &chain);
		if (queue_give(&machine, &q, chain.head, written))
			break;
		queue_wants_interrupt(&machine, &q);
	}
	free(machine.ram);
	return 0;
}
