// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPUID. Root sees the processor as it is, without what the hypervisor keeps for
 * itself; children see a processor of their own topology. The hypervisor's leaves
 * are those of TLFS chapter 2.
 */
#include "state/cpuid.h"
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

#define HV_MAX_LEAF		0x4000000b
#define HV_BUILD		27744
#define HV_MAJOR		10
#define HV_HARDWARE_FEATURES	0xf	/* APIC overlay, MSR bitmaps, counters, nested paging */

#define PARENT_MSRS \
	(HV_MSR_VP_RUNTIME_AVAILABLE | HV_MSR_TIME_REF_COUNT_AVAILABLE | \
	 HV_MSR_SYNIC_AVAILABLE | HV_MSR_SYNTIMER_AVAILABLE | HV_MSR_APIC_ACCESS_AVAILABLE | \
	 HV_MSR_HYPERCALL_AVAILABLE | HV_MSR_VP_INDEX_AVAILABLE | \
	 HV_MSR_STAT_PAGES_AVAILABLE | HV_MSR_REFERENCE_TSC_AVAILABLE | \
	 HV_ACCESS_FREQUENCY_MSRS)
#define PARENT_PRIVILEGES \
	(HV_CREATE_PARTITIONS | HV_ACCESS_PARTITION_ID | HV_ACCESS_MEMORY_POOL | \
	 HV_ADJUST_MESSAGE_BUFFERS | HV_POST_MESSAGES | HV_SIGNAL_EVENTS | HV_CREATE_PORT | \
	 HV_CONNECT_PORT | HV_ACCESS_STATS)

static union hv_partition_synthetic_processor_features features_of(const struct vp *vp)
{
	return (union hv_partition_synthetic_processor_features){
		.as_uint64 = { vp->partition->props.synthetic_features },
	};
}

/* The MSR groups a child may use: by its synthetic features (property 0x10001). */
static uint32_t child_msrs(const struct vp *vp)
{
	union hv_partition_synthetic_processor_features f = features_of(vp);
	uint32_t m = 0;

	m |= f.access_vp_run_time_reg ? HV_MSR_VP_RUNTIME_AVAILABLE : 0;
	m |= f.access_partition_reference_counter ? HV_MSR_TIME_REF_COUNT_AVAILABLE : 0;
	m |= f.access_synic_regs ? HV_MSR_SYNIC_AVAILABLE : 0;
	m |= f.access_synthetic_timer_regs ? HV_MSR_SYNTIMER_AVAILABLE : 0;
	m |= f.access_intr_ctrl_regs ? HV_MSR_APIC_ACCESS_AVAILABLE : 0;
	m |= f.access_hypercall_regs ? HV_MSR_HYPERCALL_AVAILABLE : 0;
	m |= f.access_vp_index ? HV_MSR_VP_INDEX_AVAILABLE : 0;
	m |= f.access_partition_reference_tsc ? HV_MSR_REFERENCE_TSC_AVAILABLE : 0;
	m |= f.access_guest_idle_reg ? HV_MSR_GUEST_IDLE_AVAILABLE : 0;
	m |= f.access_frequency_regs ? HV_ACCESS_FREQUENCY_MSRS : 0;
	return m;
}

uint32_t cpuid_msr_groups(const struct vp *vp)
{
	return partition_is_child(vp->partition) ? child_msrs(vp) : PARENT_MSRS;
}

static void child_features(const struct vp *vp, uint32_t r[4])
{
	union hv_partition_synthetic_processor_features f = features_of(vp);

	r[0] = child_msrs(vp);
	r[1] = f.signal_events ? HV_SIGNAL_EVENTS | HV_POST_MESSAGES : 0;
	r[3] = (f.access_frequency_regs ? HV_FEATURE_FREQUENCY_MSRS_AVAILABLE : 0) |
	       (f.direct_synthetic_timers ? HV_STIMER_DIRECT_MODE_AVAILABLE : 0) |
	       HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE;
}

uint64_t cpuid_parent_privileges(const struct partition *p)
{
	uint64_t calls = PARENT_PRIVILEGES | (p->type == PARTITION_ROOT ? HV_CPU_MANAGEMENT : 0);

	return PARENT_MSRS | calls << 32;
}

static void parent_features(const struct vp *vp, uint32_t r[4])
{
	uint64_t privileges = cpuid_parent_privileges(vp->partition);

	r[0] = privileges;
	r[1] = privileges >> 32;
	r[2] = HV_VP_DISPATCH_INTERRUPT_INJECTION_AVAILABLE;
	r[3] = HV_FEATURE_FREQUENCY_MSRS_AVAILABLE | HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE |
	       HV_STIMER_DIRECT_MODE_AVAILABLE;
}

/*
 * Hints. Root is to end interrupts by the MSR (so that INIT and SIPI come through
 * the ICR MSR) and to end those of the SynIC itself.
 */
static uint32_t hints(const struct vp *vp)
{
	union hv_partition_synthetic_processor_features f = features_of(vp);

	if (partition_is_child(vp->partition))
		return HV_X64_RELAXED_TIMING_RECOMMENDED | HV_DEPRECATING_AEOI_RECOMMENDED |
		       (f.tb_flush_hypercalls ? HV_X64_REMOTE_TLB_FLUSH_RECOMMENDED : 0) |
		       (f.synthetic_cluster_ipi ? HV_X64_CLUSTER_IPI_RECOMMENDED : 0) |
		       (f.extended_processor_masks ? HV_X64_EX_PROCESSOR_MASKS_RECOMMENDED : 0);
	return HV_X64_APIC_ACCESS_RECOMMENDED | HV_X64_RELAXED_TIMING_RECOMMENDED |
	       HV_DEPRECATING_AEOI_RECOMMENDED;
}

static bool hypervisor_visible(const struct vp *vp)
{
	return !partition_is_child(vp->partition) || features_of(vp).hypervisor_present;
}

static void hypervisor_leaf(const struct vp *vp, uint32_t leaf, uint32_t r[4])
{
	bool child = partition_is_child(vp->partition);

	memset(r, 0, 4 * sizeof(r[0]));
	if (!hypervisor_visible(vp))
		return;
	switch (leaf) {
	case HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS:
		r[0] = HV_MAX_LEAF;
		r[1] = HYPERV_VENDOR_EBX;
		r[2] = HYPERV_VENDOR_ECX;
		r[3] = HYPERV_VENDOR_EDX;
		break;
	case HYPERV_CPUID_INTERFACE:
		r[0] = !child || features_of(vp).hv1 ? HYPERV_INTERFACE_EAX : 0;
		break;
	case HYPERV_CPUID_VERSION:
		r[0] = HV_BUILD;
		r[1] = HV_MAJOR << 16;
		break;
	case HYPERV_CPUID_FEATURES:
		if (child)
			child_features(vp, r);
		else
			parent_features(vp, r);
		break;
	case HYPERV_CPUID_ENLIGHTMENT_INFO:
		r[0] = hints(vp);
		r[1] = ~0u;	/* never tell the hypervisor about spinning */
		break;
	case HYPERV_CPUID_IMPLEMENT_LIMITS:
		r[0] = MAX_VPS;
		r[1] = MAX_CPUS;
		break;
	case HYPERV_CPUID_HARDWARE_FEATURES:
		r[0] = HV_HARDWARE_FEATURES;
		break;
	case HYPERV_CPUID_CPU_MANAGEMENT_FEATURES:
		if (vp->partition->type == PARTITION_ROOT)
			r[0] = HV_X64_START_LOGICAL_PROCESSOR |
			       HV_X64_CREATE_ROOT_VIRTUAL_PROCESSOR |
			       HV_X64_RESERVED_IDENTITY_BIT;
		break;
	}
}

/* What nobody sees, and what follows the VP's own control registers. */
static void common_leaf(const struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	uint64_t cr4 = vp->vmcb->cr4;

	switch (leaf) {
	case LEAF_FEATURES:
		r[2] &= ~(ECX_MONITOR | ECX_X2APIC | ECX_TSC_DEADLINE | ECX_OSXSAVE |
			  HYPERV_HYPERVISOR_PRESENT_BIT);
		r[2] |= cr4 & CR4_OSXSAVE ? ECX_OSXSAVE : 0;
		r[2] |= hypervisor_visible(vp) ? HYPERV_HYPERVISOR_PRESENT_BIT : 0;
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
		hypervisor_leaf(vp, leaf, r);
		return;
	}
	cpuid(leaf, subleaf, r);
	common_leaf(vp, leaf, subleaf, r);
	if (!partition_is_child(vp->partition))
		return;
	child_leaf(vp, leaf, subleaf, r);
	if (leaf == LEAF_XSAVE && !subleaf)
		r[1] = xsave_size(xcr0);
	cpuid_withhold(vp->partition, leaf, subleaf, r);
}

void cpuid_emulate(struct vp *vp, uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
	cpuid_values(vp, leaf, subleaf, xgetbv(), r);
	if (partition_is_child(vp->partition))
		cpuid_results_apply(vp->partition, vp->index, leaf, subleaf, r);
}
