// SPDX-License-Identifier: GPL-2.0-only
/* The hypercall page and calls through it. */
#include "test.h"

uint64_t call_page(uint64_t control, uint64_t in, uint64_t out, uint64_t page);

void *hc_in, *hc_out;

static uint64_t page;

uint64_t hypercall_page(void)
{
	return page;
}

void hypercall_setup(void)
{
	uint64_t msr;

	hc_in = alloc_pages(1);
	hc_out = alloc_pages(1);
	wrmsr(HV_X64_MSR_GUEST_OS_ID, (uint64_t)HV_LINUX_VENDOR_ID << 48);
	msr = rdmsr(HV_X64_MSR_HYPERCALL);
	if (machine.l1vh)
		msr = (uint64_t)alloc_pages(1);
	wrmsr(HV_X64_MSR_HYPERCALL, msr | HV_X64_MSR_HYPERCALL_ENABLE);
	page = rdmsr(HV_X64_MSR_HYPERCALL) & HV_X64_MSR_HYPERCALL_PAGE_ADDRESS_MASK;
	if (!(rdmsr(HV_X64_MSR_HYPERCALL) & HV_X64_MSR_HYPERCALL_ENABLE) || !page)
		bail_out("the hypercall page is not enabled");
}

struct hcall_result hcall_at(uint64_t control, uint64_t in, uint64_t out)
{
	uint64_t rax = call_page(control, in, out, page);

	return (struct hcall_result){
		.status = rax & HV_HYPERCALL_RESULT_MASK,
		.reps = (rax & HV_HYPERCALL_REP_COMP_MASK) >> HV_HYPERCALL_REP_COMP_OFFSET,
	};
}

struct hcall_result hcall(uint64_t control)
{
	memset(hc_out, 0, PAGE_SIZE);
	return hcall_at(control, (uint64_t)hc_in, (uint64_t)hc_out);
}

struct hcall_result hcall_fast(uint64_t control, uint64_t a, uint64_t b)
{
	return hcall_at(control | HV_HYPERCALL_FAST_BIT, a, b);
}

uint64_t ref_time(void)
{
	uint32_t lo, hi;

	asm volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(HV_X64_MSR_TIME_REF_COUNT));
	return (uint64_t)hi << 32 | lo;
}

void wait_ms(unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;

	while (ref_time() < end)
		asm volatile("pause");
}
