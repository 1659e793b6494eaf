/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * "edu" of QEMU: it copies to and from a buffer of its own, and raises an interrupt when it is
 * told to.
 */
#ifndef MSHV_SELFTEST_EDU_H
#define MSHV_SELFTEST_EDU_H

#include "mshv_vfio.h"

#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8
#define EDU_BUFFER	0x40000		/* the device's own address of its buffer */
/* It has a page; QEMU 7.2 ends if a copy reaches the end of it. */
#define EDU_COPY	2048
#define EDU_RAISE	0x60		/* register: raises an interrupt */

int mshv_edu_dma(struct mshv_vfio *dev, uint64_t from, uint64_t to, uint64_t size,
		 bool from_device);
/* A piece of memory goes into the device, and comes out elsewhere. */
int mshv_edu_copy(struct mshv_vfio *dev, uint64_t from, uint64_t to);

#endif
