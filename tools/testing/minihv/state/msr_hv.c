// SPDX-License-Identifier: GPL-2.0-only
/* Synthetic MSRs without a page: identity, time, crash reports (TLFS appendix). */
#include "lapic/lapic.h"
#include "state/cpuid.h"
#include "state/msr.h"
#include "synic/stimer.h"

#define APIC_HZ_MACHINE	1000000000ull	/* QEMU's local APIC timer */

/* The privilege (0x40000003 EAX) that an MSR takes, 0: none. */
static uint32_t group_of(uint32_t msr)
{
	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
	case HV_X64_MSR_HYPERCALL:
		return HV_MSR_HYPERCALL_AVAILABLE;
	case HV_X64_MSR_VP_INDEX:
		return HV_MSR_VP_INDEX_AVAILABLE;
	case HV_X64_MSR_RESET:
		return HV_MSR_RESET_AVAILABLE;
	case HV_X64_MSR_VP_RUNTIME:
		return HV_MSR_VP_RUNTIME_AVAILABLE;
	case HV_X64_MSR_TIME_REF_COUNT:
		return HV_MSR_TIME_REF_COUNT_AVAILABLE;
	case HV_X64_MSR_REFERENCE_TSC:
		return HV_MSR_REFERENCE_TSC_AVAILABLE;
	case HV_X64_MSR_TSC_FREQUENCY:
	case HV_X64_MSR_APIC_FREQUENCY:
		return HV_ACCESS_FREQUENCY_MSRS;
	case HV_X64_MSR_EOI ... HV_X64_MSR_VP_ASSIST_PAGE:
		return HV_MSR_APIC_ACCESS_AVAILABLE;
	case HV_X64_MSR_SCONTROL ... HV_X64_MSR_SIRBP:
	case HV_X64_MSR_SINT0 ... HV_X64_MSR_SINT15:
		return HV_MSR_SYNIC_AVAILABLE;
	case HV_X64_MSR_STIMER0_CONFIG ... HV_X64_MSR_STIMER3_COUNT:
		return HV_MSR_SYNTIMER_AVAILABLE;
	case HV_X64_MSR_GUEST_IDLE:
		return HV_MSR_GUEST_IDLE_AVAILABLE;
	default:
		return 0;
	}
}

bool msr_hv_allowed(const struct vp *vp, uint32_t msr)
{
	uint32_t group = group_of(msr);

	return !group || (cpuid_msr_groups(vp) & group);
}

static bool is_synic(uint32_t msr)
{
	return (msr >= HV_X64_MSR_SCONTROL && msr <= HV_X64_MSR_SIRBP) ||
	       (msr >= HV_X64_MSR_SINT0 && msr <= HV_X64_MSR_SINT15);
}

static bool is_stimer(uint32_t msr)
{
	return msr >= HV_X64_MSR_STIMER0_CONFIG && msr <= HV_X64_MSR_STIMER3_COUNT;
}

static bool is_apic(uint32_t msr)
{
	return msr >= HV_X64_MSR_EOI && msr <= HV_X64_MSR_TPR;
}

static bool is_crash(uint32_t msr)
{
	return msr >= HV_X64_MSR_CRASH_P0 && msr <= HV_X64_MSR_CRASH_P4;
}

/* The guest goes idle until an interrupt comes, even one held off by IF (TLFS 10.1.4). */
static bool read_guest_idle(struct vp *vp, uint64_t *value)
{
	*value = 0;
	vp->halted = true;
	vp->idle = true;
	return true;
}

bool msr_hv_read(struct vp *vp, uint32_t msr, uint64_t *value, bool *known)
{
	bool child = partition_is_child(vp->partition);

	if (is_synic(msr))
		return synic_rdmsr(vp, msr, value);
	if (is_stimer(msr))
		return stimer_rdmsr(vp, msr, value);
	if (is_apic(msr))
		return msr_apic_read(vp, msr, value);
	if (msr_is_page(msr))
		return msr_page_read(vp, msr, value);
	if (is_crash(msr)) {
		*value = vp->msrs->crash[msr - HV_X64_MSR_CRASH_P0];
		return true;
	}
	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
		*value = vp->partition->guest_os_id;
		return true;
	case HV_X64_MSR_VP_INDEX:
		*value = vp->index;
		return true;
	case HV_X64_MSR_VP_RUNTIME:
		*value = vp_run_time(vp);
		return true;
	case HV_X64_MSR_TIME_REF_COUNT:
		*value = partition_time(vp->partition);
		return true;
	case HV_X64_MSR_TSC_FREQUENCY:
		*value = tsc_hz();
		return true;
	case HV_X64_MSR_APIC_FREQUENCY:
		*value = child ? LAPIC_TIMER_HZ : APIC_HZ_MACHINE;
		return true;
	case HV_X64_MSR_CRASH_CTL:
		*value = HV_CRASH_CTL_CRASH_NOTIFY | HV_CRASH_CTL_CRASH_NOTIFY_MSG;
		return true;
	case HV_X64_MSR_GUEST_IDLE:
		return read_guest_idle(vp, value);
	default:
		*known = false;
		return false;
	}
}

/* Without an identity the guest has no hypercall page (TLFS 3.13). */
static bool write_guest_os_id(struct vp *vp, uint64_t value)
{
	vp->partition->guest_os_id = value;
	if (value)
		return true;
	return msr_page_write(vp, HV_X64_MSR_HYPERCALL,
			      vp->partition->hypercall_msr &
			      ~(uint64_t)HV_X64_MSR_HYPERCALL_ENABLE);
}

/* A guest that crashed says so; of root's crash the whole run has to know. */
static void report_crash(struct vp *vp, uint64_t value)
{
	const uint64_t *p = vp->msrs->crash;

	if (!(value & HV_CRASH_CTL_CRASH_NOTIFY))
		return;
	if (!partition_is_child(vp->partition))
		hv_fatal("root crashed: 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", p[0], p[1], p[2], p[3],
			 p[4]);
	hv_log("VP %u of partition %lu crashed: 0x%lx 0x%lx 0x%lx 0x%lx 0x%lx", vp->index,
	       vp->partition->id, p[0], p[1], p[2], p[3], p[4]);
}

bool msr_hv_write(struct vp *vp, uint32_t msr, uint64_t value, bool *known)
{
	if (is_synic(msr))
		return synic_wrmsr(vp, msr, value);
	if (is_stimer(msr))
		return stimer_wrmsr(vp, msr, value);
	if (is_apic(msr))
		return msr_apic_write(vp, msr, value);
	if (msr_is_page(msr))
		return msr_page_write(vp, msr, value);
	if (is_crash(msr)) {
		vp->msrs->crash[msr - HV_X64_MSR_CRASH_P0] = value;
		return true;
	}
	switch (msr) {
	case HV_X64_MSR_GUEST_OS_ID:
		return write_guest_os_id(vp, value);
	case HV_X64_MSR_CRASH_CTL:
		report_crash(vp, value);
		return true;
	case HV_X64_MSR_VP_INDEX:
	case HV_X64_MSR_VP_RUNTIME:
	case HV_X64_MSR_TIME_REF_COUNT:
	case HV_X64_MSR_TSC_FREQUENCY:
	case HV_X64_MSR_APIC_FREQUENCY:
	case HV_X64_MSR_GUEST_IDLE:
		return false;
	default:
		*known = false;
		return false;
	}
}
