// SPDX-License-Identifier: GPL-2.0-only
/* Accesses to the local APIC's page: decode the instruction and carry it out. */
#include "lapic/lapic.h"
#include "vp/gva.h"

#define REG_RAX	0
#define REG_RSP	4

static uint64_t *gpr(struct vp *vp, unsigned int nr)
{
	static const uint8_t slot[16] = {
		[1] = offsetof(struct gprs, rcx), [2] = offsetof(struct gprs, rdx),
		[3] = offsetof(struct gprs, rbx), [5] = offsetof(struct gprs, rbp),
		[6] = offsetof(struct gprs, rsi), [7] = offsetof(struct gprs, rdi),
		[8] = offsetof(struct gprs, r8), [9] = offsetof(struct gprs, r9),
		[10] = offsetof(struct gprs, r10), [11] = offsetof(struct gprs, r11),
		[12] = offsetof(struct gprs, r12), [13] = offsetof(struct gprs, r13),
		[14] = offsetof(struct gprs, r14), [15] = offsetof(struct gprs, r15),
	};

	if (nr == REG_RAX)
		return &vp->vmcb->rax;
	if (nr == REG_RSP)
		return &vp->vmcb->rsp;
	return (uint64_t *)((char *)&vp->gprs + slot[nr]);
}

static uint64_t get_reg(struct vp *vp, const struct decoded *d)
{
	return *gpr(vp, d->reg) >> (d->high_byte ? 8 : 0);
}

/* A 32-bit result clears the upper half, shorter ones leave it alone. */
static void set_reg(struct vp *vp, const struct decoded *d, uint64_t value)
{
	uint64_t *reg = gpr(vp, d->reg);
	unsigned int shift = d->high_byte ? 8 : 0;
	uint64_t mask;

	if (d->reg_size >= 4) {
		*reg = d->reg_size == 4 ? (uint32_t)value : value;
		return;
	}
	mask = (BIT(8 * d->reg_size) - 1) << shift;
	*reg = (*reg & ~mask) | (value << shift & mask);
}

static uint64_t extend(const struct decoded *d, uint64_t value)
{
	unsigned int shift = 64 - 8 * d->size;

	return d->sign_extend ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
}

static bool reads_memory(const struct decoded *d)
{
	return d->op != OP_MOV || !d->to_memory;
}

static bool writes_memory(const struct decoded *d)
{
	return d->op == OP_XCHG || (d->to_memory && d->op != OP_CMP && d->op != OP_TEST);
}

/* Registers are 32 bits wide at every 16 bytes; the rest of those reads as zero. */
static uint64_t load(struct vp *vp, uint32_t offset, unsigned int size)
{
	unsigned int byte = offset & 15;
	uint64_t value;

	if (byte >= 4)
		return 0;
	value = lapic_read(vp, offset) >> (8 * byte);
	return size < 4 ? value & (BIT(8 * size) - 1) : value;
}

bool lapic_mmio(struct vp *vp, uint64_t gpa, bool write)
{
	uint32_t offset = gpa & ~PAGE_MASK;
	uint8_t bytes[MAX_INSTRUCTION];
	uint64_t old = 0, source, result;
	struct decoded d;
	unsigned int count;

	count = vp_fetch(vp, bytes, sizeof(bytes));
	if (!decode(bytes, count, vp_decode_mode(vp->vmcb), &d) || (write && !writes_memory(&d)))
		return false;
	if (reads_memory(&d))
		old = load(vp, offset, d.size);
	source = d.has_imm ? d.imm : get_reg(vp, &d);
	if (d.to_memory)
		result = decode_compute(&d, old, source, &vp->vmcb->rflags);
	else if (d.op == OP_MOV)
		result = extend(&d, old);
	else
		result = decode_compute(&d, source, old, &vp->vmcb->rflags);
	if (d.op == OP_XCHG || (!d.to_memory && d.op != OP_CMP))
		set_reg(vp, &d, d.op == OP_XCHG ? old : result);
	vp_skip(vp, d.length);
	/* Only whole registers are written; other stores have no effect. */
	if (writes_memory(&d) && !(offset & 15) && d.size >= 4)
		lapic_write(vp, offset, result);
	return true;
}
