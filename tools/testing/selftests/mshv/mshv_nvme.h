/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A driver for an NVMe disk that VFIO has: one queue for administration and one for reading
 * and writing. Functions return 0 or -errno.
 */
#ifndef MSHV_SELFTEST_NVME_H
#define MSHV_SELFTEST_NVME_H

#include "mshv_vfio.h"

#define NVME_VENDOR	0x1b36
#define NVME_DEVICE	0x0010
#define NVME_BLOCK	512
#define NVME_BUFFERS	4			/* of a page, 8 blocks */
#define NVME_PAGES	(4 + NVME_BUFFERS)

/**
 * struct mshv_nvme - a disk in use
 * @dev: the device, with its registers
 * @memory: NVME_PAGES pages: four of queues, then the buffers
 * @address: what the device calls them
 * @submitted: commands of either queue so far
 * @completed: of them
 */
struct mshv_nvme {
	struct mshv_vfio *dev;
	uint8_t *memory;
	uint64_t address;
	unsigned int submitted[2];
	unsigned int completed[2];
};

/*
 * What it did before is forgotten. @vector: what completions of reading and writing come with;
 * another one than 0 needs MSI-X to be on.
 */
int mshv_nvme_start(struct mshv_nvme *n, struct mshv_vfio *dev, uint8_t *memory, uint64_t address,
		    unsigned int vector);
/* It has forgotten where memory is when this returns. */
int mshv_nvme_stop(struct mshv_nvme *n);
uint8_t *mshv_nvme_buffer(struct mshv_nvme *n, unsigned int buffer);
void mshv_nvme_submit(struct mshv_nvme *n, uint64_t block, unsigned int buffer, bool write);
/* Waits for the next completion; -EIO: the device could not. */
int mshv_nvme_wait(struct mshv_nvme *n);
int mshv_nvme_read(struct mshv_nvme *n, uint64_t block, unsigned int buffer);
int mshv_nvme_write(struct mshv_nvme *n, uint64_t block, unsigned int buffer);

/* Eight blocks, each with a line that says who wrote it, and which block it is. */
void mshv_disk_fill(uint8_t *page, const char *who, uint64_t block);
bool mshv_disk_is(const uint8_t *page, const char *who, uint64_t block);

#endif
