// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Emulation of instructions: moves of XMM, YMM and MMX registers, and of 64 bytes.
 */
#include <errno.h>
#include <string.h>

#include "decode/cursor.h"
#include "emulate/mmio.h"
#include "emulate/xsave.h"

#define CR0_EM (UINT64_C(1) << 2)
#define CR0_TS (UINT64_C(1) << 3)
#define CR4_OSFXSR (UINT64_C(1) << 9)
#define CR4_OSXSAVE (UINT64_C(1) << 18)
#define XFEM_AVX UINT64_C(6)

#define VECTOR_UNDEFINED 6
#define VECTOR_NO_DEVICE 7
#define VECTOR_PROTECTION 13

#define MMX_REGS 8
#define FP_STATUS_SHIFT 16
#define FP_TOP_SHIFT (FP_STATUS_SHIFT + 11)
#define FP_TAGS (UINT64_C(0xff) << 32) /* a bit for each register that is not empty */

#define WIDEST 32

/*
 * Whether the guest may use such registers now. The processor has looked before the exit;
 * but the code may have come from memory since.
 */
static int check_enabled(struct mmio *m)
{
	static const uint32_t names[] = {
		HV_X64_REGISTER_CR0, HV_X64_REGISTER_CR4, HV_X64_REGISTER_XFEM,
	};
	const unsigned int op = m->insn->op;
	union hv_register_value v[3];
	bool defined;
	int err = mshv_regcache_get(m->vp->cache, names, v, op & VECTOR_VEX ? 3 : 2);

	if (err)
		return err;
	if (op & VECTOR_VEX)
		defined = m->mode.protected_mode && (v[1].reg64 & CR4_OSXSAVE) &&
			  (v[2].reg64 & XFEM_AVX) == XFEM_AVX;
	else
		defined = !(v[0].reg64 & CR0_EM) &&
			  ((op & VECTOR_MMX) || (v[1].reg64 & CR4_OSFXSR));
	if (!defined)
		return mmio_fault(m, VECTOR_UNDEFINED);
	return v[0].reg64 & CR0_TS ? mmio_fault(m, VECTOR_NO_DEVICE) : 0;
}

/*
 * MMX instructions see the x87 registers by their numbers, while the hypervisor, as FXSAVE,
 * counts from the top of the stack; they move the top to 0, and leave no register empty.
 */
static int enter_mmx(struct mmio *m)
{
	uint32_t names[MMX_REGS], turned[MMX_REGS];
	const uint32_t control = HV_X64_REGISTER_FP_CONTROL_STATUS;
	union hv_register_value values[MMX_REGS], v;
	unsigned int top;
	int err = mshv_regcache_get(m->vp->cache, &control, &v, 1);

	if (err)
		return err;
	top = v.reg128.low_part >> FP_TOP_SHIFT & 7;
	v.reg128.low_part &= ~(UINT64_C(7) << FP_TOP_SHIFT);
	v.reg128.low_part |= FP_TAGS;
	for (uint32_t i = 0; i < MMX_REGS; i++) {
		names[i] = HV_X64_REGISTER_FP_MMX0 + i;
		turned[i] = HV_X64_REGISTER_FP_MMX0 + (i + top) % MMX_REGS;
	}
	if (top) {
		err = mshv_regcache_get(m->vp->cache, names, values, MMX_REGS);
		if (!err)
			err = mshv_regcache_set(m->vp->cache, turned, values, MMX_REGS);
	}
	return err ? err : mshv_regcache_set(m->vp->cache, &control, &v, 1);
}

static int load_mmx(struct mmio *m, const uint8_t *bytes)
{
	const uint32_t name = HV_X64_REGISTER_FP_MMX0 + m->insn->reg;
	/* As a number it is none: the exponent is all ones. */
	union hv_register_value v = { .reg128 = { .high_part = 0xffff } };
	int err = enter_mmx(m);

	memcpy(&v.reg128.low_part, bytes, sizeof(v.reg128.low_part));
	return err ? err : mshv_regcache_set(m->vp->cache, &name, &v, 1);
}

/* The half that is not in memory comes from another register, often the same. */
static int load_half(struct mmio *m, const uint8_t *bytes, union hv_register_value *v)
{
	const uint32_t other = HV_X64_REGISTER_XMM0 + m->insn->other;
	int err = mshv_regcache_get(m->vp->cache, &other, v, 1);

	if (!err)
		memcpy((uint8_t *)v + (m->insn->op & VECTOR_HIGH ? 8 : 0), bytes, 8);
	return err;
}

int mmio_load_vector(struct mmio *m)
{
	const uint32_t name = HV_X64_REGISTER_XMM0 + m->insn->reg;
	uint8_t bytes[WIDEST] = { 0 };
	union hv_register_value v;
	struct span span;
	int err;

	err = check_enabled(m);
	if (!err)
		err = mmio_operand(m, 0, false, &span);
	if (!err)
		err = mmio_read(m, &span, bytes);
	if (err)
		return err;
	if (m->insn->op & VECTOR_MMX)
		return load_mmx(m, bytes);
	memcpy(&v, bytes, sizeof(v));
	if (m->insn->op & VECTOR_HALF)
		err = load_half(m, bytes, &v);
	if (!err && (m->insn->op & VECTOR_VEX))
		err = xsave_set_high(m->vp, m->insn->reg, bytes + sizeof(v));
	return err ? err : mshv_regcache_set(m->vp->cache, &name, &v, 1);
}

static int get_vector(struct mmio *m, uint8_t *bytes)
{
	const bool mmx = m->insn->op & VECTOR_MMX;
	const uint32_t name = (mmx ? HV_X64_REGISTER_FP_MMX0 : HV_X64_REGISTER_XMM0) +
			      m->insn->reg;
	union hv_register_value v;
	int err = mmx ? enter_mmx(m) : 0;

	if (!err)
		err = mshv_regcache_get(m->vp->cache, &name, &v, 1);
	if (!err && m->insn->size > sizeof(v))
		err = xsave_get_high(m->vp, m->insn->reg, bytes + sizeof(v));
	if (!err)
		memcpy(bytes, &v, sizeof(v));
	return err;
}

int mmio_store_vector(struct mmio *m)
{
	uint8_t bytes[WIDEST];
	struct span span;
	int err;

	err = check_enabled(m);
	if (!err)
		err = mmio_operand(m, 0, true, &span);
	if (!err)
		err = get_vector(m, bytes);
	if (err)
		return err;
	return mmio_write(m, &span, bytes + (m->insn->op & VECTOR_HIGH ? 8 : 0));
}

/* MOVDIR64B: the destination is in a register, and aligned. */
int mmio_copy64(struct mmio *m)
{
	const uint32_t name = HV_X64_REGISTER_RAX + m->insn->reg;
	uint8_t bytes[64];
	struct span from, to;
	uint64_t at;
	int err;

	err = mmio_get_reg(m, name, m->insn->address_size, &at);
	if (err)
		return err;
	if (at % sizeof(bytes))
		return mmio_fault_code(m, VECTOR_PROTECTION, 0);
	err = mmio_indexed(m, SEG_ES, name, true, &to);
	if (!err)
		err = mmio_operand(m, 0, false, &from);
	if (!err)
		err = mmio_read(m, &from, bytes);
	return err ? err : mmio_write(m, &to, bytes);
}
