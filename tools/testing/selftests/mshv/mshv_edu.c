// SPDX-License-Identifier: GPL-2.0-only
/* QEMU's device for teaching, which copies. */
#include "mshv_edu.h"

/* Registers of its copying. */
#define EDU_DMA_FROM	0x80
#define EDU_DMA_TO	0x88
#define EDU_DMA_SIZE	0x90
#define EDU_DMA_COMMAND	0x98
#define EDU_DMA_RUN	1
#define EDU_DMA_OUT	2

static void write64(struct mshv_vfio *dev, unsigned int at, uint64_t value)
{
	*(volatile uint64_t *)(dev->bar + at) = value;
}

static bool running(struct mshv_vfio *dev)
{
	return *(volatile uint64_t *)(dev->bar + EDU_DMA_COMMAND) & EDU_DMA_RUN;
}

/* The device takes its time for each copy, 0.1 s. An access that is refused ends, too. */
int mshv_edu_dma(struct mshv_vfio *dev, uint64_t from, uint64_t to, uint64_t size,
		 bool from_device)
{
	unsigned int tries;

	write64(dev, EDU_DMA_FROM, from);
	write64(dev, EDU_DMA_TO, to);
	write64(dev, EDU_DMA_SIZE, size);
	write64(dev, EDU_DMA_COMMAND, EDU_DMA_RUN | (from_device ? EDU_DMA_OUT : 0));
	for (tries = 0; tries < 6000 && running(dev); tries++)
		usleep(5000);
	return running(dev) ? -ETIMEDOUT : 0;
}

int mshv_edu_copy(struct mshv_vfio *dev, uint64_t from, uint64_t to)
{
	int ret = mshv_edu_dma(dev, from, EDU_BUFFER, EDU_COPY, false);

	return ret ?: mshv_edu_dma(dev, EDU_BUFFER, to, EDU_COPY, true);
}
