// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a processor could be in a VP's state (APM vol. 2, 15.5.1). It is looked at
 * before each entry, since QEMU's VMRUN, when it refuses a state, has put a part of
 * the host's in its place: the VP could not be told from what the parent set.
 */
#include "cpu/host_features.h"
#include "vp/vp.h"

#define CR4_ALWAYS	0x7ffull	/* VME to OSXMMEXCPT */
#define EFER_VALID	(EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_SVME | EFER_FFXSR)

/* Bits of CR4 that a processor has if CPUID says so. */
static const struct {
	uint8_t cr4, reg, bit;
	uint32_t leaf;
} cr4_features[] = {
	{ 11, 2, 2, 7 },	/* UMIP */
	{ 16, 1, 0, 7 },	/* FSGSBASE */
	{ 17, 2, 17, 1 },	/* PCIDE */
	{ 18, 2, 26, 1 },	/* OSXSAVE */
	{ 20, 1, 7, 7 },	/* SMEP */
	{ 21, 1, 20, 7 },	/* SMAP */
	{ 22, 2, 3, 7 },	/* PKE */
	{ 24, 2, 31, 7 },	/* PKS */
};

static uint64_t cr4_valid(void)
{
	static uint64_t mask;
	uint64_t m = CR4_ALWAYS;
	unsigned int i;

	for (i = 0; !mask && i < ARRAY_SIZE(cr4_features); i++) {
		uint32_t r[4];

		cpuid(cr4_features[i].leaf, 0, r);
		if (r[cr4_features[i].reg] >> cr4_features[i].bit & 1)
			m |= BIT(cr4_features[i].cr4);
	}
	if (!mask)
		mask = m;
	return mask;
}

static uint64_t cr3_reserved(void)
{
	static uint64_t mask;

	if (!mask)
		mask = ~(BIT(host_address_width()) - 1);
	return mask;
}

static bool modes_agree(const struct vmcb *v)
{
	if ((v->cr0 & CR0_PG) && !(v->cr0 & CR0_PE))
		return false;
	if ((v->cr0 & CR0_NW) && !(v->cr0 & CR0_CD))
		return false;
	if (!(v->efer & EFER_LME) || !(v->cr0 & CR0_PG))
		return true;
	return (v->cr4 & CR4_PAE) &&
	       !((v->cs.attrib & SEG_ATTR_L) && (v->cs.attrib & SEG_ATTR_DB));
}

bool vp_state_valid(const struct vp *vp)
{
	const struct vmcb *v = vp->vmcb;

	return !(v->cr0 >> 32) && !(v->cr3 & cr3_reserved()) && !(v->cr4 & ~cr4_valid()) &&
	       !(v->dr6 >> 32) && !(v->dr7 >> 32) &&
	       !(v->efer & ~(uint64_t)EFER_VALID) && (v->efer & EFER_SVME) && modes_agree(v);
}

/* Exception 2 is an NMI, and the last ones are none: VMRUN would refuse them. */
bool vp_is_exception(uint32_t vector)
{
	return vector < 31 && vector != EXC_NMI;
}
