// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * INS and OUTS, with and without REP: AMD64 Architecture Programmer's Manual,
 * volume 3, and volume 1 section 3.2 for the sizes of addresses.
 *
 * Segment limits are not checked.
 */
#include <errno.h>
#include <hvabi/intercept.h>
#include <string.h>

#include "portstring.h"
#include "walk.h"

#define RFLAGS_DF (UINT64_C(1) << 10)
#define PAGE_OFFSET UINT64_C(0xfff)

/**
 * struct string_op - a string instruction
 * @mask: bits of index and count registers that count
 * @segment: register that the address is relative to
 * @index: RSI or RDI
 * @long_mode: the guest is in 64-bit mode
 * @user: it runs at privilege level 3
 */
struct string_op {
	uint64_t mask;
	uint32_t segment;
	uint32_t index;
	bool long_mode;
	bool user;
};

/* What the prefixes before the opcode say. */
static void apply_prefix(struct string_op *op, uint8_t byte, bool *resized)
{
	switch (byte) {
	case 0x67:
		*resized = true;
		break;
	case 0x26:
		op->segment = HV_X64_REGISTER_ES;
		break;
	case 0x2e:
		op->segment = HV_X64_REGISTER_CS;
		break;
	case 0x36:
		op->segment = HV_X64_REGISTER_SS;
		break;
	case 0x3e:
		op->segment = HV_X64_REGISTER_DS;
		break;
	case 0x64:
		op->segment = HV_X64_REGISTER_FS;
		break;
	case 0x65:
		op->segment = HV_X64_REGISTER_GS;
		break;
	}
}

static bool is_opcode(uint8_t byte)
{
	return byte >= 0x6c && byte <= 0x6f;
}

static uint64_t address_mask(const struct string_op *op, bool large, bool resized)
{
	if (op->long_mode)
		return resized ? UINT32_MAX : UINT64_MAX;
	return large != resized ? UINT32_MAX : UINT16_MAX;
}

static void decode(const struct hv_x64_io_port_intercept_message *m,
		   const struct mshv_port_exit *exit, struct string_op *op)
{
	size_t n = m->instruction_byte_count;
	bool resized = false;

	op->long_mode = m->header.cs_segment._long &&
			m->header.execution_state.efer_lma;
	op->user = m->header.execution_state.cpl == 3;
	op->index = exit->write ? HV_X64_REGISTER_RSI : HV_X64_REGISTER_RDI;
	op->segment = HV_X64_REGISTER_DS;
	if (n > sizeof(m->instruction_bytes))
		n = sizeof(m->instruction_bytes);
	for (size_t i = 0; i < n && !is_opcode(m->instruction_bytes[i]); i++)
		apply_prefix(op, m->instruction_bytes[i], &resized);
	/* INS goes to ES whatever the prefixes say. */
	if (!exit->write)
		op->segment = HV_X64_REGISTER_ES;
	op->mask = address_mask(op, m->header.cs_segment._default, resized);
}

/* Where the bytes of an element are in this process: on one page or two. */
struct place {
	uint8_t *addr[2];
	size_t size[2];
};

/* Find all of it, so that a fault on the second page leaves nothing half done. */
static int find(struct mshv_vp *vp, const struct string_op *op, uint64_t linear,
		size_t size, bool write, struct place *place)
{
	unsigned int access = (write ? WALK_WRITE : 0) |
			      (op->user ? WALK_USER : 0);
	size_t first = (PAGE_OFFSET + 1) - (linear & PAGE_OFFSET);

	place->size[0] = size < first ? size : first;
	place->size[1] = size - place->size[0];
	for (int i = 0; i < 2 && place->size[i]; i++) {
		void *addr;
		uint64_t gpa;
		int err;

		err = walk(vp, linear + (i ? first : 0), access, &gpa);
		if (err)
			return err;
		if (mshv_vm_host_addr(vp->vm, gpa, place->size[i],
				      write ? MSHV_MEM_WRITE : 0, &addr))
			return -EFAULT;
		place->addr[i] = addr;
	}
	return 0;
}

static uint32_t read_place(const struct place *place)
{
	uint8_t bytes[4] = { 0 };
	uint32_t value;

	memcpy(bytes, place->addr[0], place->size[0]);
	if (place->size[1])
		memcpy(bytes + place->size[0], place->addr[1], place->size[1]);
	memcpy(&value, bytes, sizeof(value));
	return value;
}

static void write_place(const struct place *place, uint32_t value)
{
	uint8_t bytes[4];

	memcpy(bytes, &value, sizeof(bytes));
	memcpy(place->addr[0], bytes, place->size[0]);
	if (place->size[1])
		memcpy(place->addr[1], bytes + place->size[0], place->size[1]);
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

static int linear_address(struct mshv_vp *vp, const struct string_op *op,
			  uint64_t *linear)
{
	const uint32_t names[2] = { op->segment, op->index };
	union hv_register_value v[2];
	bool flat;
	int err;

	err = mshv_regcache_get(vp->cache, names, v, 2);
	if (err)
		return err;
	flat = op->long_mode && op->segment != HV_X64_REGISTER_FS &&
	       op->segment != HV_X64_REGISTER_GS;
	*linear = (v[1].reg64 & op->mask) + (flat ? 0 : v[0].segment.base);
	if (!op->long_mode)
		*linear &= UINT32_MAX;
	return 0;
}

static int transfer(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		    const struct string_op *op, const struct mshv_port_ops *ops,
		    void *opaque)
{
	struct place place;
	uint64_t linear;
	uint32_t value;
	int err;

	err = linear_address(vp, op, &linear);
	if (!err)
		err = find(vp, op, linear, exit->size, !exit->write, &place);
	if (err)
		return err;
	if (exit->write)
		return ops->out(opaque, exit->port, exit->size,
				read_place(&place));

	/*
	 * Reading a device has effects that cannot be taken back, hence the look
	 * before it, and the device may change the memory map, hence the other.
	 */
	err = ops->in(opaque, exit->port, exit->size, &value);
	if (!err)
		err = find(vp, op, linear, exit->size, true, &place);
	if (!err)
		write_place(&place, value);
	return err;
}

static int one_element(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		       const struct string_op *op,
		       const struct mshv_port_ops *ops, void *opaque)
{
	uint64_t rflags, step = exit->size;
	int err;

	err = transfer(vp, exit, op, ops, opaque);
	if (!err)
		err = regcache_get64(vp->cache, HV_X64_REGISTER_RFLAGS, &rflags);
	if (err)
		return err;
	return string_step(vp, op->index, op->mask,
			     rflags & RFLAGS_DF ? -step : step);
}

int port_string(struct mshv_vp *vp, const struct mshv_port_exit *exit,
		const struct mshv_port_ops *ops, void *opaque, bool *finished)
{
	struct string_op op;
	uint64_t count = 1;
	int err;

	decode((const void *)vp_message(vp)->u.payload, exit, &op);
	for (unsigned int i = 0; ; i++) {
		if (exit->rep) {
			err = regcache_get64(vp->cache, HV_X64_REGISTER_RCX,
					     &count);
			if (err)
				return err;
			count &= op.mask;
		}
		*finished = !count;
		if (!count || i == STRING_MAX)
			return 0;
		err = one_element(vp, exit, &op, ops, opaque);
		if (!err && exit->rep)
			err = string_step(vp, HV_X64_REGISTER_RCX, op.mask,
					    UINT64_MAX);
		if (err)
			return err;
		if (!exit->rep)
			count = 0;
	}
}
