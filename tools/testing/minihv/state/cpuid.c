// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID. Root sees the processor as it is, without what the hypervisor keeps for
 * itself; children see a processor of their own topology.
 */
#include "state/cpuid.h"
#include "cpu/host_features.h"
#include "partition/intercepts.h"
#include "vp/vp.h"
#include <hvabi/hvabi.h>

#define LEAF_FEATURES		0x1
#define LEAF_CACHE		0x4
#define LEAF_FEATURES_7		0x7
#define LEAF_TOPOLOGY		0xb
#define LEAF_XSAVE		0xd
#define LEAF_AMD_FEATURES	0x80000001
#define LEAF_AMD_SIZES		0x80000008
#define LEAF_AMD_SVM		0x8000000a
#define LEAF_AMD_TOPOLOGY	0x8000001e

/* leaf 1 ECX */
#define ECX_MONITOR		BIT(3)
#define ECX_X2APIC		BIT(21)
#define ECX_TSC_DEADLINE	BIT(24)
#define ECX_OSXSAVE		BIT(27)
/* leaf 7 ECX */
#define ECX_OSPKE		BIT(4)
#define ECX_LA57		BIT(16)
/* leaf 0x80000001 ECX */
#define ECX_SVM			BIT(2)
#define ECX_SKINIT		BIT(12)
#define ECX_MWAITX		BIT(29)

#define CR4_PKE			BIT(22)

/* What nobody sees, and what follows the VP's own control registers. */
static void common_leaf(const struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	uint64_t cr4 = vp->vmcb->cr4;

	switch (leaf) {
	case LEAF_FEATURES:
		r[2] &= ~(ECX_MONITOR | ECX_X2APIC | ECX_TSC_DEADLINE | ECX_OSXSAVE |
			  HYPERV_HYPERVISOR_PRESENT_BIT);
		r[2] |= cr4 & CR4_OSXSAVE ? ECX_OSXSAVE : 0;
		r[2] |= cpuid_hypervisor_visible(vp) ? HYPERV_HYPERVISOR_PRESENT_BIT : 0;
		break;
	case LEAF_FEATURES_7:
		if (subleaf)
			break;
		r[2] &= ~(ECX_OSPKE | ECX_LA57);
		r[2] |= cr4 & CR4_PKE ? ECX_OSPKE : 0;
		break;
	case LEAF_AMD_FEATURES:
		r[2] &= ~(ECX_SVM | ECX_SKINIT | ECX_MWAITX);
		break;
	case LEAF_AMD_SVM:
		memset(r, 0, 4 * sizeof(r[0]));
		break;
	}
}

static uint32_t socket_size(const struct vp *vp)
{
	uint64_t n = vp->partition->props.processors_per_socket;

	return n ? MIN(n, (uint64_t)MAX_VPS) : MAX(vp->partition->nr_vps, 1u);
}

static uint32_t bits_for(uint32_t count)
{
	uint32_t bits = 0;

	while (1u << bits < count)
		bits++;
	return bits;
}

/* Size of what XSAVE writes with this XCR0. */
static uint32_t xsave_size(uint64_t xcr0)
{
	uint32_t size = 576, i, r[4];

	for (i = 2; i < 63; i++)
		if (xcr0 & BIT(i)) {
			cpuid(LEAF_XSAVE, i, r);
			size = MAX(size, r[0] + r[1]);
		}
	return size;
}

/* Cores of one thread, in sockets of equal size. */
static void child_leaf(const struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	uint32_t size = socket_size(vp);

	switch (leaf) {
	case LEAF_FEATURES:
		r[1] = (r[1] & 0xffff) | MIN(size, 0xffu) << 16 | vp->apic_id << 24;
		r[2] |= ECX_TSC_DEADLINE;
		if (vp->partition->flags & HV_PARTITION_CREATION_FLAG_X2APIC_CAPABLE)
			r[2] |= ECX_X2APIC;
		break;
	case LEAF_CACHE:
		r[0] &= ~0xffffc000;
		break;
	case LEAF_TOPOLOGY:
		r[0] = subleaf == 1 ? bits_for(size) : 0;
		r[1] = subleaf == 0 ? 1 : subleaf == 1 ? size : 0;
		r[2] = (subleaf & 0xff) | (subleaf < 2 ? (subleaf + 1) << 8 : 0);
		r[3] = vp->apic_id;
		break;
	case LEAF_AMD_SIZES:
		r[2] = bits_for(size) << 12 | (size - 1);
		break;
	case LEAF_AMD_TOPOLOGY:
		r[0] = vp->apic_id;
		r[1] = vp->apic_id & 0xff;
		r[2] = 0;
		break;
	}
}

void cpuid_values(struct vp *vp, uint32_t leaf, uint32_t subleaf, uint64_t xcr0, uint32_t r[4])
{
	if (leaf >> 28 == 4) {
		cpuid_hypervisor(vp, leaf, r);
		return;
	}
	cpuid(leaf, subleaf, r);
	common_leaf(vp, leaf, subleaf, r);
	if (!partition_is_child(vp->partition))
		return;
	child_leaf(vp, leaf, subleaf, r);
	if (leaf == LEAF_XSAVE && !subleaf)
		r[1] = xsave_size(xcr0);
	host_features_withhold(vp->partition->disabled_features, leaf, subleaf, r);
}

void cpuid_emulate(struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	cpuid_values(vp, leaf, subleaf, xgetbv(), r);
	if (partition_is_child(vp->partition))
		cpuid_results_apply(vp->partition, vp->index, leaf, subleaf, r);
}
