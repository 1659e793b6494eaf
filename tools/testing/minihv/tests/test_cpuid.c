// SPDX-License-Identifier: GPL-2.0-only
/* What CPUID tells root and L1VH (TLFS chapter 2). */
#include "test.h"

#define LEAF_AMD_FEATURES	0x80000001
#define LEAF_AMD_SVM		0x8000000a
#define LEAF_FEATURES_7		7
#define ECX_SVM			BIT(2)
#define ECX_LA57		BIT(16)

static void features(void)
{
	struct cpuid f = cpuid(HYPERV_CPUID_FEATURES, 0);
	uint32_t msrs = HV_MSR_VP_RUNTIME_AVAILABLE | HV_MSR_TIME_REF_COUNT_AVAILABLE |
			HV_MSR_SYNIC_AVAILABLE | HV_MSR_APIC_ACCESS_AVAILABLE |
			HV_MSR_HYPERCALL_AVAILABLE | HV_MSR_VP_INDEX_AVAILABLE |
			HV_MSR_REFERENCE_TSC_AVAILABLE;
	struct hv_input_get_partition_property *in = hc_in;

	report_eq(f.eax & msrs, msrs, "the MSR groups that Linux needs are offered");
	report(f.ebx & HV_CREATE_PARTITIONS, "may create partitions");
	report(f.ebx & HV_ACCESS_PARTITION_ID, "may ask for its partition id");
	report(f.edx & HV_FEATURE_FREQUENCY_MSRS_AVAILABLE, "frequency MSRs are offered");
	report(f.edx & HV_FEATURE_GUEST_CRASH_MSR_AVAILABLE, "crash MSRs are offered");
	memset(in, 0, PAGE_SIZE);
	in->partition_id = HV_PARTITION_ID_SELF;
	in->property_code = HV_PARTITION_PROPERTY_PRIVILEGE_FLAGS;
	report_eq(hcall(HVCALL_GET_PARTITION_PROPERTY).status, HV_STATUS_SUCCESS,
		  "privileges can be read as a property");
	report_eq(*(uint64_t *)hc_out, (uint64_t)f.ebx << 32 | f.eax, "which says the same");
}

void test_cpuid(void)
{
	struct cpuid r = cpuid(1, 0);

	report(r.ecx & HYPERV_HYPERVISOR_PRESENT_BIT, "a hypervisor is announced");
	r = cpuid(HYPERV_CPUID_VENDOR_AND_MAX_FUNCTIONS, 0);
	report(r.eax >= HYPERV_CPUID_MIN && r.eax <= HYPERV_CPUID_MAX, "highest leaf is plausible");
	report(r.ebx == HYPERV_VENDOR_EBX && r.ecx == HYPERV_VENDOR_ECX &&
	       r.edx == HYPERV_VENDOR_EDX, "vendor is \"Microsoft Hv\"");
	r = cpuid(HYPERV_CPUID_INTERFACE, 0);
	report_eq(r.eax, HYPERV_INTERFACE_EAX, "interface is \"Hv#1\"");
	r = cpuid(HYPERV_CPUID_VERSION, 0);
	report(r.eax >= 27744 && r.eax <= 27751, "build number is one that the driver knows");
	features();
	r = cpuid(HYPERV_CPUID_IMPLEMENT_LIMITS, 0);
	report(r.eax >= 1, "limits allow a virtual processor");

	r = cpuid(LEAF_AMD_FEATURES, 0);
	report(!(r.ecx & ECX_SVM), "SVM is hidden");
	r = cpuid(LEAF_AMD_SVM, 0);
	report(!r.eax && !r.ebx && !r.ecx && !r.edx, "the SVM leaf is empty");
	r = cpuid(LEAF_FEATURES_7, 0);
	report(!(r.ecx & ECX_LA57), "five-level paging is hidden");
}
