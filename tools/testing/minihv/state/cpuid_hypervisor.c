// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's leaves of CPUID (TLFS chapter 2), and what of them a partition is shown. */
#include "state/cpuid.h"
#include "state/msr.h"
#include "vp/vp.h"
#include <hvabi/hvabi.h>

#define HV_MAX_LEAF		0x4000000b
#define HV_BUILD		27744
#define HV_MAJOR		10

struct cpuid_hardware cpuid_hardware;

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
	if (vp->partition->type == PARTITION_ROOT && cpuid_hardware.dma_remapped)
		r[3] |= HV_DEVICE_DOMAIN_AVAILABLE;
}

static void hardware_features(const struct vp *vp, uint32_t r[4])
{
	r[0] = HV_X64_APIC_OVERLAY_ASSIST_IN_USE | HV_X64_MSR_BITMAPS_IN_USE |
	       HV_X64_PERFORMANCE_COUNTERS_IN_USE | HV_X64_SLAT_IN_USE;
	if (partition_is_child(vp->partition))
		return;
	if (cpuid_hardware.interrupts_remapped)
		r[0] |= HV_X64_INTERRUPT_REMAPPING_IN_USE;
	if (cpuid_hardware.dma_remapped) {
		r[0] |= HV_X64_DMA_REMAPPING_IN_USE;
		r[1] = cpuid_hardware.address_width;
	}
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

bool cpuid_hypervisor_visible(const struct vp *vp)
{
	return !partition_is_child(vp->partition) || features_of(vp).hypervisor_present;
}

void cpuid_hypervisor(const struct vp *vp, uint32_t leaf, uint32_t r[4])
{
	bool child = partition_is_child(vp->partition);

	memset(r, 0, 4 * sizeof(r[0]));
	if (!cpuid_hypervisor_visible(vp))
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
		hardware_features(vp, r);
		break;
	case HYPERV_CPUID_CPU_MANAGEMENT_FEATURES:
		if (vp->partition->type == PARTITION_ROOT)
			r[0] = HV_X64_START_LOGICAL_PROCESSOR |
			       HV_X64_CREATE_ROOT_VIRTUAL_PROCESSOR |
			       HV_X64_RESERVED_IDENTITY_BIT;
		break;
	}
}
