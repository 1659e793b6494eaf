// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * INS and OUTS, with and without REP: AMD64 Architecture Programmer's Manual,
 * volume 3, and volume 1 section 3.2 for the sizes of addresses.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <string.h>

#include "decode/cursor.h"
#include "emulate/mmio.h"
#include "emulate/port_string.h"
#include "emulate/retire.h"

#define RFLAGS_DF (UINT64_C(1) << 10)

/**
 * struct string_op - a string instruction
 * @mode: what the processor was doing
 * @mask: bits of index and count registers that count
 * @segment: that the address is relative to
 * @index: RSI or RDI
 * @watch: RIP before the device was called
 * @memory: the devices in memory, or NULL
 */
struct string_op {
	struct code_mode mode;
	uint64_t mask;
	uint8_t segment;
	uint32_t index;
	struct rip_watch watch;
	const struct mshv_mmio_ops *memory;
};

/* The instruction's first bytes, from memory if the host shows none. */
static int find_code(struct mshv_vp *vp, const struct hv_x64_io_port_intercept_message *m,
		     const struct code_mode *mode, uint8_t *bytes, size_t *n)
{
	*n = m->instruction_byte_count;
	if (*n > sizeof(m->instruction_bytes))
		*n = sizeof(m->instruction_bytes);
	memcpy(bytes, m->instruction_bytes, *n);
	/* Without a prefix there is nothing to look for. */
	if (*n || m->header.instruction_length <= 1u + m->access_info.rep_prefix)
		return 0;
	*n = fetch_code(vp, mode, &m->header, bytes, m->header.instruction_length);
	return *n ? 0 : -EFAULT;
}

/* What the prefixes before the opcode say. */
static int decode(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		  struct string_op *op)
{
	const struct hv_x64_io_port_intercept_message *m =
		(const void *)vp_message(vp)->u.payload;
	struct insn insn = { .segment = SEG_DEFAULT };
	uint8_t bytes[INSN_MAX + 1];
	struct insn_cursor c = { .bytes = bytes };
	int err;

	_Static_assert(sizeof(bytes) >= sizeof(m->instruction_bytes), "what a host shows");
	op->mode = code_mode(&m->header);
	err = find_code(vp, m, &op->mode, bytes, &c.n);
	if (err)
		return err;
	c.bits = op->mode.bits;
	insn_take_prefixes(&c, &insn);
	op->mask = UINT64_MAX >> (64 - 8 * insn.address_size);
	op->index = exit->write ? HV_X64_REGISTER_RSI : HV_X64_REGISTER_RDI;
	/* INS goes to ES whatever the prefixes say. */
	if (!exit->write)
		op->segment = SEG_ES;
	else
		op->segment = insn.segment == SEG_DEFAULT ? SEG_DS : insn.segment;
	return 0;
}

/* Find all of it, so that a fault on the second page leaves nothing half done. */
static int find(struct mshv_vp *vp, const struct string_op *op, size_t size, bool write,
		struct span *span)
{
	struct operand operand = {
		.segment = op->segment,
		.size = (uint8_t)size,
		.write = write,
	};
	int err;

	err = regcache_get64(vp->cache, op->index, &operand.offset);
	if (err)
		return err;
	operand.offset &= op->mask;
	err = operand_find(vp, &op->mode, &operand, NULL, span);
	if (err)
		return err;
	/* What is not there is a device, if there are any. */
	for (int i = 0; i < 2 && span->size[i] && !op->memory; i++)
		if (vm_check(vp->vm, span->gpa[i], span->size[i], write ? MSHV_MEM_WRITE : 0))
			return -EFAULT;
	return 0;
}

/* The same as operands of memory exits: devices see what is not memory, or may not be written. */
static int access_span(struct mshv_vp *vp, const struct string_op *op, void *opaque,
		       const struct span *span, uint32_t *value, bool write)
{
	struct mmio m = { .vp = vp, .ops = op->memory, .opaque = opaque };
	uint8_t bytes[8] = { 0 };
	int err;

	memcpy(bytes, value, sizeof(*value));
	err = write ? mmio_write(&m, span, bytes) : mmio_read(&m, span, bytes);
	memcpy(value, bytes, sizeof(*value));
	return err;
}

int string_step(struct mshv_vp *vp, uint32_t name, uint64_t mask,
		uint64_t delta)
{
	uint64_t value;
	int err;

	err = regcache_get64(vp->cache, name, &value);
	if (err)
		return err;
	if (mask == UINT16_MAX)
		value = (value & ~mask) | ((value + delta) & mask);
	else
		value = (value + delta) & mask;
	return regcache_set64(vp->cache, name, value);
}

static int transfer(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		    const struct string_op *op, const struct mshv_port_ops *ops,
		    void *opaque)
{
	struct span span;
	uint32_t value = 0;
	int err;

	err = find(vp, op, exit->size, !exit->write, &span);
	if (!err && exit->write)
		err = access_span(vp, op, opaque, &span, &value, false);
	if (err)
		return err;
	/* A device in memory may have sent the guest elsewhere. */
	if (exit->write && retire_is_elsewhere(vp, &op->watch))
		return 0;
	if (exit->write)
		return ops->out(vp, opaque, exit->port, exit->size, value);

	/*
	 * Reading a device has effects that cannot be taken back, hence the look
	 * before it, and the device may change the memory map, hence the other.
	 */
	err = ops->in(vp, opaque, exit->port, exit->size, &value);
	if (err || retire_is_elsewhere(vp, &op->watch))
		return err;
	err = find(vp, op, exit->size, true, &span);
	return err ? err : access_span(vp, op, opaque, &span, &value, true);
}

static int one_element(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		       const struct string_op *op,
		       const struct mshv_port_ops *ops, void *opaque)
{
	uint64_t rflags, step = exit->size;
	int err;

	err = transfer(vp, exit, op, ops, opaque);
	/* The registers are those of something else now. */
	if (err || retire_is_elsewhere(vp, &op->watch))
		return err;
	err = regcache_get64(vp->cache, HV_X64_REGISTER_RFLAGS, &rflags);
	if (!err)
		err = string_step(vp, op->index, op->mask,
				  rflags & RFLAGS_DF ? -step : step);
	if (!err && exit->rep)
		err = string_step(vp, HV_X64_REGISTER_RCX, op->mask, UINT64_MAX);
	return err;
}

int port_string(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		const struct mshv_port_ops *ops, void *opaque, bool single,
		enum string_end *end)
{
	struct string_op op;
	uint64_t count = 1;
	int err;

	op.memory = ops->memory;
	err = decode(vp, exit, &op);
	*end = STRING_AGAIN;
	/* Another VP took the code away: the guest will see that by itself. */
	if (err == -EFAULT && vp->fault.valid)
		return 0;
	if (!err)
		err = retire_watch(vp, &op.watch);
	if (err)
		return err;
	for (unsigned int i = 0; ; i++) {
		if (exit->rep) {
			err = regcache_get64(vp->cache, HV_X64_REGISTER_RCX,
					     &count);
			if (err)
				return err;
			count &= op.mask;
		}
		*end = count ? STRING_PART : STRING_FINISHED;
		if (!count || i == (single ? 1 : STRING_MAX))
			return 0;
		err = one_element(vp, exit, &op, ops, opaque);
		if (err || retire_is_elsewhere(vp, &op.watch))
			return err;
		if (!exit->rep)
			count = 0;
	}
}
