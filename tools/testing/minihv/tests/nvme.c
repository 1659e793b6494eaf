// SPDX-License-Identifier: GPL-2.0-only
/* An NVMe controller with one queue for commands of administration and one for I/O. */
#include "child.h"
#include "edu.h"
#include "nvme.h"

#define NVME_ID		0x00101b36	/* QEMU's */
#define CFG_COMMAND	4
#define MEMORY_MASTER	6
#define CFG_BAR0	0x10
#define CAP_MSIX	0x11
#define MSIX_ENABLE	BIT(31)

#define REG_CC		0x14
#define CC_ENABLE	1
#define CC_ENTRIES	(6 << 16 | 4 << 20)	/* 64 and 16 bytes */
#define REG_CSTS	0x1c
#define REG_AQA		0x24
#define REG_ASQ		0x28
#define REG_ACQ		0x30
#define REG_DOORBELLS	0x1000

#define ENTRIES		16
#define CREATE_SQ	0x01
#define CREATE_CQ	0x05
#define IDENTIFY	0x06
#define IDENTIFY_SELF	1
#define WRITE		0x01
#define READ		0x02
#define CONTIGUOUS	1
#define INTERRUPTS	2
#define TIMEOUT		50000000	/* 5 s */

/* Pages of the memory. */
enum { SQ0, CQ0, SQ1, CQ1, DATA, PAGES };

struct command {
	uint32_t opcode, namespace;
	uint64_t reserved, metadata, prp1, prp2;
	uint32_t dwords[6];
};

struct completion {
	uint32_t result, reserved;
	uint16_t sq_head, sq_id, id;
	volatile uint16_t status;		/* bit 0: which time around */
};

_Static_assert(sizeof(struct command) == 64 && sizeof(struct completion) == 16, "by NVMe");
_Static_assert((int)PAGES <= NVME_PAGES, "they fit");

bool nvme_find(struct nvme *n)
{
	memset(n, 0, sizeof(*n));
	if (!pci_find(NVME_ID, 0, &n->rid))
		return false;
	n->registers = (void *)((pci_read(n->rid, CFG_BAR0) & ~0xfull) |
				(uint64_t)pci_read(n->rid, CFG_BAR0 + 4) << 32);
	pci_write(n->rid, CFG_COMMAND, (pci_read(n->rid, CFG_COMMAND) & 0xffff) | MEMORY_MASTER);
	return true;
}

static void set32(const struct nvme *n, uint32_t offset, uint32_t value)
{
	*(volatile uint32_t *)(n->registers + offset) = value;
}

static uint32_t get32(const struct nvme *n, uint32_t offset)
{
	return *(volatile uint32_t *)(n->registers + offset);
}

static void set64(const struct nvme *n, uint32_t offset, uint64_t value)
{
	set32(n, offset, value);
	set32(n, offset + 4, value >> 32);
}

static uint64_t there(const struct nvme *n, unsigned int page)
{
	return n->address + page * PAGE_SIZE;
}

static bool wait_ready(const struct nvme *n, uint32_t ready)
{
	uint64_t end = ref_time() + TIMEOUT;

	while ((get32(n, REG_CSTS) & 1) != ready)
		if (ref_time() > end)
			return false;
	return true;
}

/* Runs it and waits; true: it succeeded. The queue is never full: one at a time. */
static bool run(struct nvme *n, unsigned int queue, struct command *c)
{
	unsigned int at = n->tail[queue] % ENTRIES, turn = n->tail[queue] / ENTRIES;
	struct command *sq = (void *)(n->memory + (queue ? SQ1 : SQ0) * PAGE_SIZE);
	struct completion *cq = (void *)(n->memory + (queue ? CQ1 : CQ0) * PAGE_SIZE);
	uint64_t end = ref_time() + TIMEOUT;

	c->opcode |= ++n->id << 16;
	sq[at] = *c;
	n->tail[queue]++;
	set32(n, REG_DOORBELLS + queue * 8, n->tail[queue] % ENTRIES);
	while ((cq[at].status & 1) == (turn & 1)) {
		if (ref_time() > end)
			return false;
		idle(1);
	}
	set32(n, REG_DOORBELLS + queue * 8 + 4, n->tail[queue] % ENTRIES);
	return !(cq[at].status >> 1);
}

static bool make_io_queue(struct nvme *n)
{
	struct command cq = {
		.opcode = CREATE_CQ, .prp1 = there(n, CQ1),
		.dwords = { (ENTRIES - 1) << 16 | 1, CONTIGUOUS | INTERRUPTS },
	};
	struct command sq = {
		.opcode = CREATE_SQ, .prp1 = there(n, SQ1),
		.dwords = { (ENTRIES - 1) << 16 | 1, CONTIGUOUS | 1 << 16 },
	};

	return run(n, 0, &cq) && run(n, 0, &sq);
}

bool nvme_start(struct nvme *n, uint8_t *memory, uint64_t address)
{
	nvme_stop(n);
	n->memory = memset(memory, 0, NVME_PAGES * PAGE_SIZE);
	n->address = address;
	memset(n->tail, 0, sizeof(n->tail));
	set32(n, REG_AQA, (ENTRIES - 1) << 16 | (ENTRIES - 1));
	set64(n, REG_ASQ, there(n, SQ0));
	set64(n, REG_ACQ, there(n, CQ0));
	set32(n, REG_CC, CC_ENABLE | CC_ENTRIES);
	return wait_ready(n, 1) && make_io_queue(n);
}

void nvme_stop(struct nvme *n)
{
	set32(n, REG_CC, 0);
	wait_ready(n, 0);
}

const char *nvme_serial(struct nvme *n)
{
	struct command c = { .opcode = IDENTIFY, .prp1 = there(n, DATA),
			     .dwords = { IDENTIFY_SELF } };

	return run(n, 0, &c) ? (const char *)nvme_data(n) + 4 : NULL;
}

bool nvme_transfer(struct nvme *n, uint64_t block, bool write)
{
	struct command c = { .opcode = write ? WRITE : READ, .namespace = 1,
			     .prp1 = there(n, DATA), .dwords = { block, block >> 32 } };

	return run(n, 1, &c);
}

uint8_t *nvme_data(struct nvme *n)
{
	return n->memory + DATA * PAGE_SIZE;
}

void nvme_set_msix(struct nvme *n, const union hv_msi_entry *message)
{
	uint32_t at = pci_capability(n->rid, CAP_MSIX), table = pci_read(n->rid, at + 4) & ~7u;

	set32(n, table, message->address.as_uint32);
	set32(n, table + 4, 0);
	set32(n, table + 8, message->data.as_uint32);
	set32(n, table + 12, 0);
	pci_write(n->rid, at, pci_read(n->rid, at) | MSIX_ENABLE);
}

void nvme_clear_msix(struct nvme *n)
{
	uint32_t at = pci_capability(n->rid, CAP_MSIX);

	pci_write(n->rid, at, pci_read(n->rid, at) & ~MSIX_ENABLE);
}
