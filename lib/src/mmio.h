/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Inside the emulation of instructions that access memory.
 */
#ifndef MSHVCTL_SRC_MMIO_H
#define MSHVCTL_SRC_MMIO_H

#include <hvabi/intercept.h>
#include <mshvctl/mmio.h>

#include "insn.h"
#include "vp.h"

/**
 * struct mmio - an instruction being carried out
 * @vp: whose
 * @ops: the devices
 * @opaque: passed to them
 * @msg: the exit
 * @insn: the instruction
 * @bits: of the code segment
 * @user: it runs at privilege level 3
 */
struct mmio {
	struct mshv_vp *vp;
	const struct mshv_mmio_ops *ops;
	void *opaque;
	const struct hv_x64_memory_intercept_message *msg;
	struct insn insn;
	unsigned int bits;
	bool user;
};

/* mmioaddr.c: the linear address of an offset in a segment, 0 to 5: ES to GS. */
int mmio_linear(struct mmio *m, unsigned int segment, uint64_t offset,
		uint64_t *linear);

/* The linear address of the memory operand. */
int mmio_operand(struct mmio *m, uint64_t *linear);

/* Find and decode the instruction. */
int mmio_fetch(struct mmio *m);

/* Read and write linear memory, be it RAM or a device. */
int mmio_read(struct mmio *m, uint64_t linear, unsigned int size,
	      uint64_t *value);
int mmio_write(struct mmio *m, uint64_t linear, unsigned int size,
	       uint64_t value);

/* Whether a write would reach something: 0, or the error that it would return. */
int mmio_probe_write(struct mmio *m, uint64_t linear, unsigned int size);

#endif /* MSHVCTL_SRC_MMIO_H */
