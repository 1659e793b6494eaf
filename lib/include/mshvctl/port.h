/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Port exits: finding out what the guest did, and completing the instruction.
 *
 * Thread safety: as the VP's.
 */
#ifndef MSHVCTL_PORT_H
#define MSHVCTL_PORT_H

#include <mshvctl/api.h>
#include <mshvctl/mmio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct mshv_port_exit - an IN, OUT, INS or OUTS
 * @port: number
 * @size: bytes at a time: 1, 2 or 4
 * @write: OUT or OUTS
 * @string: INS or OUTS
 * @rep: with a REP prefix
 */
struct mshv_port_exit {
	uint16_t port;
	uint8_t size;
	bool write;
	bool string;
	bool rep;
};

/**
 * struct mshv_port_ops - the VMM's devices
 * @size: sizeof(struct mshv_port_ops)
 * @in: read @size bytes of @port into @value. What it writes to RAX is kept where @value
 *	does not cover it
 * @out: write @size bytes
 * @memory: the devices that a string form's other end may be at, with the same opaque
 *	pointer: they see what is not memory, and writes to memory that the guest may only
 *	read. NULL: such a string form is an error
 *
 * All get the VP, and @opaque of mshv_vp_handle_port(). @in and @out return 0 or an error,
 * which mshv_vp_handle_port() passes on. Both may read and write any registers of the VP,
 * also all of them. If they write another value to RIP, that is where the guest goes on: of a
 * string form nothing is carried out any more then, neither memory nor registers are changed.
 * To write the value that RIP has is to write nothing.
 */
struct mshv_port_ops {
	size_t size;
	int (*in)(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		  uint32_t *value);
	int (*out)(struct mshv_vp *vp, void *opaque, uint16_t port, unsigned int size,
		   uint32_t value);
	const struct mshv_mmio_ops *memory;
};

/**
 * mshv_port_decode() - what a port exit's message says
 * @msg: a message of type HVMSG_X64_IO_PORT_INTERCEPT
 * @exit: result
 *
 * Return: 0, -EINVAL for another message, -EBADMSG for one that makes no sense.
 */
MSHV_API int mshv_port_decode(const struct hv_message *msg,
			      struct mshv_port_exit *exit);

/**
 * mshv_vp_port_complete() - finish an IN or OUT
 * @vp: the VP, stopped at a port exit
 * @value: what IN reads; ignored for OUT
 *
 * Merges @value into RAX as the processor does: 4 bytes clear the upper half, fewer leave
 * the rest alone. Unless somebody wrote RIP during this exit, moves RIP past the
 * instruction, ends an interrupt shadow, and traps a guest that executes step by step.
 *
 * Return: 0, -EINVAL where the VP is not at a port exit, -EBADMSG, -EOPNOTSUPP
 * for a string form, or an error of the register cache.
 */
MSHV_API int mshv_vp_port_complete(struct mshv_vp *vp, uint32_t value);

/**
 * mshv_vp_handle_port() - carry out a port exit
 * @vp: the VP, stopped at a port exit
 * @ops: the devices
 * @opaque: passed to them
 *
 * If RIP was written in this exit already, all is done as usual, but for RIP.
 *
 * String forms read and write the guest's memory through its own page tables, and
 * at most 1024 elements at a time: the guest executes the rest again.
 *
 * Where the guest may not access the memory of a string form, be it for its segment or for
 * its page, it gets the fault that the processor would have raised, which counts as a
 * success.
 *
 * Return: as mshv_vp_port_complete(), -EFAULT where a string form's memory or page
 * tables are not in memory that this process has, nor in a device, -EBUSY where a fault is due but
 * another event is pending, or what the device returned. After an error the instruction is not
 * completed, and the guest would try it again; of a string form the registers show
 * how far it came.
 */
MSHV_API int mshv_vp_handle_port(struct mshv_vp *vp,
				 const struct mshv_port_ops *ops, void *opaque);

#ifdef __cplusplus
}
#endif

#endif /* MSHVCTL_PORT_H */
