/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An NVMe controller (NVM Express base specification 2.0), driven in the address space that
 * it has: queues and data are at device addresses, which the caller says where to find.
 */
#ifndef NVME_H
#define NVME_H

#include "test.h"

#define NVME_PAGES	6	/* of memory, contiguous in both address spaces */
#define NVME_BLOCK	512

struct nvme {
	uint16_t rid;
	volatile uint8_t *registers;
	uint8_t *memory;		/* NVME_PAGES, here */
	uint64_t address;		/* there */
	unsigned int tail[2];		/* of the admin queue and the I/O queue */
	unsigned int id;
};

bool nvme_find(struct nvme *n);
/* Starts it with its queues in that memory; false: it does not get ready. */
bool nvme_start(struct nvme *n, uint8_t *memory, uint64_t address);
void nvme_stop(struct nvme *n);
/* Its serial number, 20 characters; NULL: the command failed. */
const char *nvme_serial(struct nvme *n);
/* One block of the first namespace, from or to the data page. */
bool nvme_transfer(struct nvme *n, uint64_t block, bool write);
uint8_t *nvme_data(struct nvme *n);
/* Messages of both its queues by the same entry; off again. */
void nvme_set_msix(struct nvme *n, const union hv_msi_entry *message);
void nvme_clear_msix(struct nvme *n);

#endif
