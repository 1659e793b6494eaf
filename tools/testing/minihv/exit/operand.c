// SPDX-License-Identifier: GPL-2.0-only
/*
 * The linear address behind a nested page fault. The processor tells only the
 * guest physical one, so the operand of the instruction is worked out (APM vol. 3,
 * 1.4); an address counts only if the guest's tables lead from it to that of the
 * fault, so that a wrong guess is never told.
 */
#include "exit/child.h"
#include "state/regs.h"
#include "vp/gva.h"

#define REX_B		BIT(0)
#define REX_X		BIT(1)
#define RSP		4
#define RBP		5
#define RSI		6
#define RDI		7
#define RBX		3
#define NO_REGISTER	(-1)

struct operand {
	struct vp *vp;
	uint64_t gpa;		/* of the fault */
	const uint8_t *bytes;
	unsigned int count, at;
	enum decode_mode mode;	/* how wide addresses are */
	bool wide;		/* 64-bit code: segments have no base but FS and GS */
	uint8_t rex;
	const struct vmcb_seg *segment;	/* by prefix, NULL: the default one */
	uint64_t gva;
};

static int next(struct operand *o)
{
	return o->at < o->count ? o->bytes[o->at++] : -1;
}

static uint64_t reg(const struct operand *o, unsigned int index)
{
	union hv_register_value v;

	reg_get(o->vp, HV_X64_REGISTER_RAX + index, &v);
	return v.reg64;
}

static uint64_t narrow(const struct operand *o, uint64_t address)
{
	if (o->mode == MODE_64)
		return address;
	return o->mode == MODE_32 ? (uint32_t)address : (uint16_t)address;
}

/* Signed displacement of @size bytes. */
static int64_t displacement(struct operand *o, unsigned int size)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		value |= (uint64_t)(uint8_t)next(o) << i * 8;
	switch (size) {
	case 1:
		return (int8_t)value;
	case 2:
		return (int16_t)value;
	case 4:
		return (int32_t)value;
	default:
		return value;
	}
}

static bool try(struct operand *o, uint64_t offset, const struct vmcb_seg *segment)
{
	const struct vmcb *v = o->vp->vmcb;
	uint64_t gpa = 0;

	if (o->segment)
		segment = o->segment;
	o->gva = narrow(o, offset);
	if (!o->wide)
		o->gva = (uint32_t)(o->gva + segment->base);
	else if (segment == &v->fs || segment == &v->gs)
		o->gva += segment->base;
	switch (gva_translate(o->vp, o->gva, HV_TRANSLATE_GVA_PRIVILEGE_EXEMPT, &gpa)) {
	case HV_TRANSLATE_GVA_PAGE_NOT_PRESENT:
	case HV_TRANSLATE_GVA_PRIVILEGE_VIOLATION:
		return false;
	default:
		return gpa == o->gpa;
	}
}

/* RIP counts from the end of the instruction, behind an immediate of unknown size. */
static bool try_rip_relative(struct operand *o, int64_t disp)
{
	static const uint8_t immediates[] = { 0, 1, 2, 4 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(immediates); i++)
		if (try(o, o->vp->vmcb->rip + o->at + immediates[i] + disp, &o->vp->vmcb->ds))
			return true;
	return false;
}

static bool modrm_16(struct operand *o, unsigned int mod, unsigned int rm)
{
	static const int8_t base[] = { RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX };
	static const int8_t index[] = { RSI, RDI, RSI, RDI, NO_REGISTER, NO_REGISTER,
					NO_REGISTER, NO_REGISTER };
	const struct vmcb *v = o->vp->vmcb;
	uint64_t offset;

	if (mod == 0 && rm == 6)
		return try(o, displacement(o, 2), &v->ds);
	offset = reg(o, base[rm]) + (index[rm] < 0 ? 0 : reg(o, index[rm]));
	offset += mod ? displacement(o, mod) : 0;
	return try(o, offset, base[rm] == RBP ? &v->ss : &v->ds);
}

static bool modrm_wide(struct operand *o, unsigned int mod, unsigned int rm)
{
	const struct vmcb *v = o->vp->vmcb;
	unsigned int base = rm;
	uint64_t offset = 0;

	if (rm == RSP) {
		int sib = next(o);
		unsigned int index = (sib >> 3 & 7) | (o->rex & REX_X ? 8 : 0);

		if (sib < 0)
			return false;
		if (index != RSP)
			offset = reg(o, index) << (sib >> 6);
		base = sib & 7;
	} else if (mod == 0 && rm == RBP && o->mode == MODE_64) {
		return try_rip_relative(o, displacement(o, 4));
	}
	if (mod == 0 && base == RBP)
		return try(o, offset + displacement(o, 4), &v->ds);
	offset += reg(o, base | (o->rex & REX_B ? 8 : 0));
	offset += mod ? displacement(o, mod == 1 ? 1 : 4) : 0;
	return try(o, offset, base == RSP || base == RBP ? &v->ss : &v->ds);
}

/* Prefixes; returns the first byte of the opcode, -1 when there is none. */
static int prefixes(struct operand *o)
{
	const struct vmcb *v = o->vp->vmcb;
	const struct vmcb_seg *const segments[] = { &v->es, &v->cs, &v->ss, &v->ds };
	int b;

	for (b = next(o); b >= 0; b = next(o)) {
		if ((b & 0xe7) == 0x26)
			o->segment = segments[b >> 3 & 3];
		else if (b == 0x64 || b == 0x65)
			o->segment = b == 0x64 ? &v->fs : &v->gs;
		else if (b == 0x67)
			o->mode = o->mode == MODE_32 ? MODE_16 : MODE_32;
		else if (b != 0x66 && b != 0xf0 && b != 0xf2 && b != 0xf3)
			break;
	}
	if (o->wide && b >= 0 && (b & 0xf0) == 0x40) {
		o->rex = b;
		b = next(o);
	}
	return b;
}

bool gva_operand(struct vp *vp, const uint8_t *bytes, unsigned int count, uint64_t gpa,
		 uint64_t *gva)
{
	struct operand o = {
		.vp = vp, .gpa = gpa, .bytes = bytes, .count = count,
		.mode = vp_decode_mode(vp->vmcb),
	};
	const struct vmcb *v = vp->vmcb;
	bool found;
	int b, modrm;

	o.wide = o.mode == MODE_64;
	b = prefixes(&o);
	if (b >= 0xa0 && b <= 0xa3) {
		found = try(&o, displacement(&o, 2u << o.mode), &v->ds);
	} else if ((b >= 0xa4 && b <= 0xa7) || (b >= 0xaa && b <= 0xaf)) {
		const struct vmcb_seg *by_prefix = o.segment;

		o.segment = NULL;	/* the destination is always in ES */
		found = try(&o, reg(&o, RDI), &v->es);
		o.segment = by_prefix;
		found = found || try(&o, reg(&o, RSI), &v->ds);
	} else {
		if (b == 0x0f)
			b = next(&o);
		modrm = next(&o);
		if (b < 0 || modrm < 0 || modrm >> 6 == 3)
			return false;
		found = o.mode == MODE_16 ? modrm_16(&o, modrm >> 6, modrm & 7) :
					    modrm_wide(&o, modrm >> 6, modrm & 7);
	}
	*gva = o.gva;
	return found;
}
