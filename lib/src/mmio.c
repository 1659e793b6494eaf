// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * MMIO exits: carrying out the instruction.
 */
#include <errno.h>

#include "alu.h"
#include "inject.h"
#include "mmio.h"
#include "portstring.h"
#include "vpregs.h"

#define RFLAGS_DF (UINT64_C(1) << 10)
#define SEGMENT_ES 0
#define SEGMENT_SS 2

static uint64_t size_mask(unsigned int size)
{
	return size == 8 ? UINT64_MAX : (UINT64_C(1) << 8 * size) - 1;
}

/* Without REX, byte registers 4 to 7 are the second bytes of the first four. */
static bool is_high_byte(const struct insn *insn, unsigned int size)
{
	return size == 1 && !insn->rex && insn->reg >= 4;
}

static int read_reg(struct mmio *m, unsigned int size, uint64_t *value)
{
	const struct insn *insn = &m->insn;
	bool high = is_high_byte(insn, size);
	int err;

	err = regcache_get64(m->vp->cache,
			     HV_X64_REGISTER_RAX + insn->reg - (high ? 4 : 0),
			     value);
	if (!err)
		*value = (*value >> (high ? 8 : 0)) & size_mask(size);
	return err;
}

static int write_reg(struct mmio *m, unsigned int size, uint64_t value)
{
	bool high = is_high_byte(&m->insn, size);
	uint32_t name = HV_X64_REGISTER_RAX + m->insn.reg - (high ? 4 : 0);
	uint64_t mask = size_mask(size) << (high ? 8 : 0), old = 0;
	int err;

	/* 4 bytes clear the upper half; fewer leave the rest alone. */
	if (size < 4) {
		err = regcache_get64(m->vp->cache, name, &old);
		if (err)
			return err;
	}
	value = (value << (high ? 8 : 0)) & mask;
	return regcache_set64(m->vp->cache, name, (old & ~mask) | value);
}

static uint64_t sign_extended(uint64_t value, unsigned int size)
{
	unsigned int shift = 64 - 8 * size;

	return (uint64_t)((int64_t)(value << shift) >> shift);
}

static int load(struct mmio *m)
{
	const struct insn *insn = &m->insn;
	uint64_t linear, value;
	int err;

	err = mmio_operand(m, &linear);
	if (!err)
		err = mmio_read(m, linear, insn->size, &value);
	if (err)
		return err;
	if (insn->sign_extend)
		value = sign_extended(value, insn->size);
	return write_reg(m, insn->reg_size, value);
}

static int source(struct mmio *m, uint64_t *value)
{
	if (!m->insn.has_imm)
		return read_reg(m, m->insn.size, value);
	*value = m->insn.imm;
	return 0;
}

static int store(struct mmio *m)
{
	uint64_t linear, value;
	int err;

	err = mmio_operand(m, &linear);
	if (!err)
		err = source(m, &value);
	return err ? err : mmio_write(m, linear, m->insn.size, value);
}

/* The device may have changed other flags meanwhile. */
static int write_flags(struct mmio *m, uint64_t flags)
{
	uint64_t rflags;
	int err;

	err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RFLAGS, &rflags);
	if (err)
		return err;
	return regcache_set64(m->vp->cache, HV_X64_REGISTER_RFLAGS,
			      (rflags & ~ALU_FLAGS) | (flags & ALU_FLAGS));
}

static int alu(struct mmio *m)
{
	const struct insn *insn = &m->insn;
	bool to_memory = insn->kind == INSN_ALU_STORE;
	uint64_t linear, memory, other, flags, result;
	int err;

	err = mmio_operand(m, &linear);
	if (!err)
		err = source(m, &other);
	if (!err)
		err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RFLAGS, &flags);
	if (!err)
		err = mmio_read(m, linear, insn->size, &memory);
	if (err)
		return err;

	result = alu_compute(insn->alu, insn->size, to_memory ? memory : other,
			     to_memory ? other : memory, &flags);
	if (insn->alu != ALU_CMP && insn->alu != ALU_TEST) {
		err = to_memory ? mmio_write(m, linear, insn->size, result) :
				  write_reg(m, insn->size, result);
		if (err)
			return err;
	}
	return write_flags(m, flags);
}

static int exchange(struct mmio *m)
{
	uint64_t linear, memory, reg;
	int err;

	err = mmio_operand(m, &linear);
	if (!err)
		err = read_reg(m, m->insn.size, &reg);
	if (!err)
		err = mmio_read(m, linear, m->insn.size, &memory);
	if (!err)
		err = mmio_write(m, linear, m->insn.size, reg);
	return err ? err : write_reg(m, m->insn.size, memory);
}

/* The linear address that an index register points to. */
static int indexed(struct mmio *m, unsigned int segment, uint32_t name,
		   uint64_t mask, uint64_t *linear)
{
	uint64_t index;
	int err;

	err = regcache_get64(m->vp->cache, name, &index);
	return err ? err : mmio_linear(m, segment, index & mask, linear);
}

static int string_element(struct mmio *m, uint64_t mask)
{
	const struct insn *insn = &m->insn;
	uint64_t from, to, value, rflags, step = insn->size;
	bool move = insn->kind == INSN_MOVS;
	int err;

	err = indexed(m, SEGMENT_ES, HV_X64_REGISTER_RDI, mask, &to);
	if (!err && move)
		err = indexed(m, insn->segment, HV_X64_REGISTER_RSI, mask,
			      &from);
	/* Reading a device cannot be taken back, so look at the other side first. */
	if (!err && move)
		err = mmio_probe_write(m, to, insn->size);
	if (err)
		return err;
	err = move ? mmio_read(m, from, insn->size, &value) :
		     regcache_get64(m->vp->cache, HV_X64_REGISTER_RAX, &value);
	if (!err)
		err = mmio_write(m, to, insn->size, value);
	if (!err)
		err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RFLAGS,
				     &rflags);
	if (err)
		return err;
	if (rflags & RFLAGS_DF)
		step = -step;
	err = string_step(m->vp, HV_X64_REGISTER_RDI, mask, step);
	if (!err && move)
		err = string_step(m->vp, HV_X64_REGISTER_RSI, mask, step);
	return err;
}

static int string(struct mmio *m, bool *finished)
{
	uint64_t mask = size_mask(m->insn.address_size), count;
	int err;

	if (!m->insn.rep)
		return string_element(m, mask);
	for (unsigned int i = 0; ; i++) {
		err = regcache_get64(m->vp->cache, HV_X64_REGISTER_RCX, &count);
		if (err)
			return err;
		*finished = !(count & mask);
		if (*finished || i == STRING_MAX)
			return 0;
		err = string_element(m, mask);
		if (!err)
			err = string_step(m->vp, HV_X64_REGISTER_RCX, mask,
					  UINT64_MAX);
		if (err)
			return err;
	}
}

static int carry_out(struct mmio *m, bool *finished)
{
	switch (m->insn.kind) {
	case INSN_LOAD:
		return load(m);
	case INSN_STORE:
		return store(m);
	case INSN_ALU_STORE:
	case INSN_ALU_LOAD:
		return alu(m);
	case INSN_XCHG:
		return exchange(m);
	case INSN_MOVS:
	case INSN_STOS:
		return string(m, finished);
	}
	return -EOPNOTSUPP;
}

static unsigned int code_bits(const struct hv_x64_intercept_message_header *h)
{
	if (h->cs_segment._long && h->execution_state.efer_lma)
		return 64;
	return h->cs_segment._default ? 32 : 16;
}

static bool is_memory_exit(const struct hv_message *msg)
{
	return (msg->header.message_type == HVMSG_UNMAPPED_GPA ||
		msg->header.message_type == HVMSG_GPA_INTERCEPT) &&
	       msg->header.payload_size >=
	       sizeof(struct hv_x64_memory_intercept_message);
}

int mshv_vp_handle_mmio(struct mshv_vp *vp, const struct mshv_mmio_ops *ops,
			void *opaque)
{
	struct mmio m = { .vp = vp, .ops = ops, .opaque = opaque };
	bool finished = true;
	int err;

	if (!vp || !ops || !ops->read || !ops->write ||
	    !is_memory_exit(vp_message(vp)))
		return -EINVAL;
	m.msg = (const void *)vp_message(vp)->u.payload;
	m.bits = code_bits(&m.msg->header);
	m.user = m.msg->header.execution_state.cpl == 3;
	vp->fault.valid = false;
	err = mmio_fetch(&m);
	/* Another VP took the code away: the guest will see that by itself. */
	if (err == -EFAULT && vp->fault.valid)
		return 0;
	/* Without the page, one hypercall for all that may be needed. */
	if (!err && !regcache_page_usable(vp->cache))
		err = mshv_regcache_load(vp->cache, MSHV_TIER_FAST);
	if (!err)
		err = carry_out(&m, &finished);
	if (err)
		return inject_fault(vp, err, m.insn.segment == SEGMENT_SS);
	return finished ? vpregs_advance(vp, m.insn.length) : 0;
}
