// SPDX-License-Identifier: GPL-2.0-only
/* A driver for an NVMe disk that VFIO has (NVM Express base specification 1.4). */
#include "mshv_nvme.h"

#define REG_CC		0x14
#define CC_ENABLE	1
#define CC_ENTRIES	(6 << 16 | 4 << 20)	/* 64 and 16 bytes */
#define REG_CSTS	0x1c
#define CSTS_READY	1
#define REG_AQA		0x24
#define REG_ASQ		0x28
#define REG_ACQ		0x30
#define REG_DOORBELLS	0x1000

#define ENTRIES		16
#define CREATE_SQ	0x01
#define CREATE_CQ	0x05
#define WRITE		0x01
#define READ		0x02
#define CONTIGUOUS	1
#define INTERRUPTS	2
#define IO_QUEUE	1

#define WAIT_US		1000
#define MAX_WAITS	100000

/* Pages of the memory; queue N has its own two. */
#define PAGE_SQ(queue)	((queue) * 2)
#define PAGE_CQ(queue)	((queue) * 2 + 1)
#define PAGE_BUFFERS	4

struct command {
	uint8_t opcode, flags;
	uint16_t id;
	uint32_t namespace;
	uint64_t reserved, metadata, prp1, prp2;
	uint32_t dwords[6];
};

struct completion {
	uint32_t result, reserved;
	uint16_t sq_head, sq_id, id;
	volatile uint16_t status;		/* bit 0: which time around */
};

_Static_assert(sizeof(struct command) == 64 && sizeof(struct completion) == 16, "by NVMe");

static void set32(struct mshv_nvme *n, uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(n->dev->bar + offset) = value;
}

static uint32_t get32(struct mshv_nvme *n, uint32_t offset)
{
	return *(volatile uint32_t *)(n->dev->bar + offset);
}

static void set64(struct mshv_nvme *n, uint32_t offset, uint64_t value)
{
	set32(n, offset, value);
	set32(n, offset + 4, value >> 32);
}

static uint64_t address_of(struct mshv_nvme *n, unsigned int page)
{
	return n->address + page * PAGE_SIZE;
}

static int wait_ready(struct mshv_nvme *n, uint32_t ready)
{
	unsigned int i;

	for (i = 0; i < MAX_WAITS; i++) {
		if ((get32(n, REG_CSTS) & CSTS_READY) == ready)
			return 0;
		usleep(WAIT_US);
	}
	return -ETIMEDOUT;
}

/* Never more than there is room for: who submits waits for each. */
static void submit(struct mshv_nvme *n, unsigned int queue, struct command *c)
{
	struct command *sq = (void *)(n->memory + PAGE_SQ(queue) * PAGE_SIZE);

	c->id = n->submitted[queue];
	sq[n->submitted[queue]++ % ENTRIES] = *c;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	set32(n, REG_DOORBELLS + queue * 8, n->submitted[queue] % ENTRIES);
}

static int wait_for(struct mshv_nvme *n, unsigned int queue)
{
	unsigned int at = n->completed[queue] % ENTRIES, i;
	struct completion *c = (void *)(n->memory + PAGE_CQ(queue) * PAGE_SIZE);
	uint16_t seen = n->completed[queue] / ENTRIES & 1;

	for (i = 0; (c[at].status & 1) == seen; i++) {
		if (i == MAX_WAITS)
			return -ETIMEDOUT;
		usleep(WAIT_US);
	}
	set32(n, REG_DOORBELLS + queue * 8 + 4, ++n->completed[queue] % ENTRIES);
	return c[at].status >> 1 ? -EIO : 0;
}

static int run(struct mshv_nvme *n, unsigned int queue, struct command c)
{
	submit(n, queue, &c);
	return wait_for(n, queue);
}

static int make_io_queue(struct mshv_nvme *n, unsigned int vector)
{
	int ret = run(n, 0, (struct command) {
		.opcode = CREATE_CQ, .prp1 = address_of(n, PAGE_CQ(IO_QUEUE)),
		.dwords = { (ENTRIES - 1) << 16 | IO_QUEUE,
			    vector << 16 | INTERRUPTS | CONTIGUOUS },
	});

	return ret ?: run(n, 0, (struct command) {
		.opcode = CREATE_SQ, .prp1 = address_of(n, PAGE_SQ(IO_QUEUE)),
		.dwords = { (ENTRIES - 1) << 16 | IO_QUEUE, IO_QUEUE << 16 | CONTIGUOUS },
	});
}

int mshv_nvme_start(struct mshv_nvme *n, struct mshv_vfio *dev, uint8_t *memory, uint64_t address,
		    unsigned int vector)
{
	int ret;

	*n = (struct mshv_nvme) { .dev = dev, .memory = memory, .address = address };
	ret = mshv_nvme_stop(n);
	if (ret)
		return ret;
	memset(memory, 0, NVME_PAGES * PAGE_SIZE);
	set32(n, REG_AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1));
	set64(n, REG_ASQ, address_of(n, PAGE_SQ(0)));
	set64(n, REG_ACQ, address_of(n, PAGE_CQ(0)));
	set32(n, REG_CC, CC_ENABLE | CC_ENTRIES);
	return wait_ready(n, CSTS_READY) ?: make_io_queue(n, vector);
}

int mshv_nvme_stop(struct mshv_nvme *n)
{
	set32(n, REG_CC, 0);
	return wait_ready(n, 0);
}

uint8_t *mshv_nvme_buffer(struct mshv_nvme *n, unsigned int buffer)
{
	return n->memory + (PAGE_BUFFERS + buffer) * PAGE_SIZE;
}

void mshv_nvme_submit(struct mshv_nvme *n, uint64_t block, unsigned int buffer, bool write)
{
	struct command c = {
		.opcode = write ? WRITE : READ,
		.namespace = 1,
		.prp1 = address_of(n, PAGE_BUFFERS + buffer),
		.dwords = { block, block >> 32, PAGE_SIZE / NVME_BLOCK - 1 },
	};

	submit(n, IO_QUEUE, &c);
}

int mshv_nvme_wait(struct mshv_nvme *n)
{
	return wait_for(n, IO_QUEUE);
}

int mshv_nvme_read(struct mshv_nvme *n, uint64_t block, unsigned int buffer)
{
	mshv_nvme_submit(n, block, buffer, false);
	return mshv_nvme_wait(n);
}

int mshv_nvme_write(struct mshv_nvme *n, uint64_t block, unsigned int buffer)
{
	mshv_nvme_submit(n, block, buffer, true);
	return mshv_nvme_wait(n);
}

void mshv_disk_fill(uint8_t *page, const char *who, uint64_t block)
{
	unsigned int i;

	memset(page, 0, PAGE_SIZE);
	for (i = 0; i < PAGE_SIZE / NVME_BLOCK; i++)
		snprintf((char *)page + i * NVME_BLOCK, NVME_BLOCK, "%s %lu\n", who, block + i);
}

bool mshv_disk_is(const uint8_t *page, const char *who, uint64_t block)
{
	uint8_t wanted[PAGE_SIZE];

	mshv_disk_fill(wanted, who, block);
	return !memcmp(page, wanted, PAGE_SIZE);
}
