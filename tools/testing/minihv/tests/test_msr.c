// SPDX-License-Identifier: GPL-2.0-only
/* Synthetic and architectural MSRs as root sees them. */
#include "test.h"

#define MSR_EFER	0xc0000080
#define EFER_SVME	0x1000
#define MSR_VM_HSAVE_PA	0xc0010117
#define MSR_HV_UNKNOWN	0x400000ff
#define EXC_GP		13
#define MSR_APIC_BASE	0x1b
#define APIC_BASE_BSP	BIT(8)
#define APIC_BASE_X2APIC BIT(10)
#define APIC_BASE_ENABLED BIT(11)

static void os_id_and_hypercall_page(void)
{
	uint64_t id = rdmsr(HV_X64_MSR_GUEST_OS_ID);
	uint64_t page = rdmsr(HV_X64_MSR_HYPERCALL);

	report_eq(id, (uint64_t)HV_LINUX_VENDOR_ID << 48, "guest OS id reads back");
	report(page & HV_X64_MSR_HYPERCALL_ENABLE, "hypercall page is enabled");

	/* TLFS 3.13: without a guest OS id the page is disabled. */
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0);
	report(!(rdmsr(HV_X64_MSR_HYPERCALL) & HV_X64_MSR_HYPERCALL_ENABLE),
	       "clearing the guest OS id disables the hypercall page");
	wrmsr(HV_X64_MSR_HYPERCALL, page);
	report(!(rdmsr(HV_X64_MSR_HYPERCALL) & HV_X64_MSR_HYPERCALL_ENABLE),
	       "the hypercall page stays disabled without a guest OS id");
	wrmsr(HV_X64_MSR_GUEST_OS_ID, id);
	wrmsr(HV_X64_MSR_HYPERCALL, page);
	report_eq(rdmsr(HV_X64_MSR_HYPERCALL), page, "the hypercall page can be enabled again");
}

static void read_only(uint32_t msr, const char *name)
{
	report_eq(try_wrmsr(msr, 0), EXC_GP, "%s cannot be written", name);
}

static void crash(void)
{
	unsigned int i;
	bool same = true;

	for (i = 0; i < HV_X64_MSR_CRASH_PARAMS; i++)
		wrmsr(HV_X64_MSR_CRASH_P0 + i, 0x1111111111111111ull * (i + 1));
	for (i = 0; i < HV_X64_MSR_CRASH_PARAMS; i++)
		same &= rdmsr(HV_X64_MSR_CRASH_P0 + i) == 0x1111111111111111ull * (i + 1);
	report(same, "crash parameters read back");
	report(rdmsr(HV_X64_MSR_CRASH_CTL) & HV_CRASH_CTL_CRASH_NOTIFY,
	       "crash control offers notification");
}

/* Root has the machine's local APIC in xAPIC mode; VP 0 is the boot processor. */
static void apic_base(void)
{
	uint64_t base = rdmsr(MSR_APIC_BASE);

	report_eq(base & (APIC_BASE_BSP | APIC_BASE_X2APIC | APIC_BASE_ENABLED),
		  APIC_BASE_BSP | APIC_BASE_ENABLED, "APIC_BASE of VP 0");
	report_eq(try_wrmsr(MSR_APIC_BASE, base), NO_FAULT, "APIC_BASE can be written");
	report_eq(try_wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC), EXC_GP,
		  "x2APIC mode is not offered");
	report_eq(rdmsr(MSR_APIC_BASE), base, "APIC_BASE is as it was");
}

static void svm(void)
{
	uint64_t value, efer = rdmsr(MSR_EFER);

	report(!(efer & EFER_SVME), "EFER.SVME reads as zero");
	report_eq(try_wrmsr(MSR_EFER, efer | EFER_SVME), EXC_GP, "EFER.SVME cannot be set");
	report_eq(rdmsr(MSR_EFER), efer, "EFER is as before");
	report_eq(try_rdmsr(MSR_VM_HSAVE_PA, &value), EXC_GP, "VM_HSAVE_PA cannot be read");
}

void test_msr(void)
{
	uint64_t value;

	os_id_and_hypercall_page();
	report_eq(rdmsr(HV_X64_MSR_VP_INDEX), 0, "the boot processor is VP 0");
	read_only(HV_X64_MSR_VP_INDEX, "VP_INDEX");
	read_only(HV_X64_MSR_TIME_REF_COUNT, "TIME_REF_COUNT");
	read_only(HV_X64_MSR_TSC_FREQUENCY, "TSC_FREQUENCY");
	read_only(HV_X64_MSR_APIC_FREQUENCY, "APIC_FREQUENCY");
	value = rdmsr(HV_X64_MSR_TSC_FREQUENCY);
	report(value > 100000000 && value < 10000000000ull, "TSC frequency is plausible");
	report_eq(rdmsr(HV_X64_MSR_APIC_FREQUENCY), 1000000000, "APIC timer frequency is QEMU's");
	crash();
	apic_base();
	svm();
}
