// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: general registers, flags, and exceptions.
 */
#include <errno.h>

#include "emulate/alu.h"
#include "emulate/mmio.h"

static uint64_t size_mask(unsigned int size)
{
	return UINT64_MAX >> (64 - 8 * size);
}

int mmio_get_reg(struct mmio *m, uint32_t name, unsigned int size, uint64_t *value)
{
	int err = regcache_get64(m->vp->cache, name, value);

	if (!err)
		*value &= size_mask(size);
	return err;
}

/* Change the bits of @mask. */
static int set_bits(struct mmio *m, uint32_t name, uint64_t mask, uint64_t value)
{
	uint64_t old;
	int err = regcache_get64(m->vp->cache, name, &old);

	if (err)
		return err;
	return regcache_set64(m->vp->cache, name, (old & ~mask) | (value & mask));
}

/* 4 bytes clear the upper half; fewer leave the rest alone. */
int mmio_set_reg(struct mmio *m, uint32_t name, unsigned int size, uint64_t value)
{
	if (size < 4)
		return set_bits(m, name, size_mask(size), value);
	return regcache_set64(m->vp->cache, name, value & size_mask(size));
}

int mmio_get_operand_reg(struct mmio *m, unsigned int size, uint64_t *value)
{
	uint32_t name = HV_X64_REGISTER_RAX + m->insn->reg;
	int err;

	if (!insn_is_high_byte(m->insn, size))
		return mmio_get_reg(m, name, size, value);
	err = mmio_get_reg(m, name - 4, 2, value);
	*value >>= 8;
	return err;
}

int mmio_set_operand_reg(struct mmio *m, unsigned int size, uint64_t value)
{
	uint32_t name = HV_X64_REGISTER_RAX + m->insn->reg;

	if (!insn_is_high_byte(m->insn, size))
		return mmio_set_reg(m, name, size, value);
	return set_bits(m, name - 4, 0xff00, value << 8);
}

int mmio_get_flags(struct mmio *m, uint64_t *flags)
{
	return regcache_get64(m->vp->cache, HV_X64_REGISTER_RFLAGS, flags);
}

int mmio_set_flags(struct mmio *m, uint64_t flags, uint64_t mask)
{
	return set_bits(m, HV_X64_REGISTER_RFLAGS, mask & ALU_FLAGS, flags);
}

int mmio_fault(struct mmio *m, uint8_t vector)
{
	m->vp->fault = (struct guest_fault){
		.exception = { .vector = vector },
		.valid = true,
	};
	return -EFAULT;
}

int mmio_fault_code(struct mmio *m, uint8_t vector, uint32_t error_code)
{
	int err = mmio_fault(m, vector);

	m->vp->fault.exception.has_error_code = !m->mode.real_mode;
	m->vp->fault.exception.error_code = m->mode.real_mode ? 0 : error_code;
	return err;
}
