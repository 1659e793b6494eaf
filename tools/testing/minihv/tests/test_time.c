// SPDX-License-Identifier: GPL-2.0-only
/* Reference time: the counter and the TSC page (TLFS chapter 12). */
#include "test.h"

#define SAMPLES		1000
#define APART		10000	/* 1 ms */

/* Both clocks at once: again, if something else had the processor in between. */
static uint64_t ref_time_and_tsc(uint64_t *tsc)
{
	uint64_t before, after;

	do {
		before = ref_time();
		*tsc = rdtsc();
		after = ref_time();
	} while (after - before > APART);
	return before;
}

static void counter(void)
{
	uint64_t last = ref_time(), now;
	bool monotonic = true, moves = false;
	unsigned int i;

	for (i = 0; i < SAMPLES; i++) {
		now = ref_time();
		monotonic &= now >= last;
		moves |= now > last;
		last = now;
	}
	report(monotonic, "the reference counter never goes back");
	report(moves, "the reference counter moves");
}

static void rates(void)
{
	uint64_t hz = rdmsr(HV_X64_MSR_TSC_FREQUENCY), start, end, tsc0, tsc1, counted;

	start = ref_time_and_tsc(&tsc0);
	wait_ms(100);
	end = ref_time_and_tsc(&tsc1);
	counted = (tsc1 - tsc0) / (hz / 1000) * 10000;
	/* Within 5%: the frequency is measured. */
	report(counted > (end - start) * 95 / 100 && counted < (end - start) * 105 / 100,
	       "counter and TSC run at the announced rates");
}

static uint64_t page_time(const struct ms_hyperv_tsc_page *page)
{
	return (uint64_t)(((__uint128_t)rdtsc() * page->tsc_scale) >> 64) +
	       page->tsc_offset;
}

static void tsc_page(void)
{
	uint64_t msr = rdmsr(HV_X64_MSR_REFERENCE_TSC);
	struct ms_hyperv_tsc_page *page;
	uint64_t before, between, after;
	bool agrees = true;
	unsigned int i;

	if (machine.l1vh)
		msr = (uint64_t)alloc_pages(1);
	wrmsr(HV_X64_MSR_REFERENCE_TSC, msr | HV_X64_MSR_TSC_REFERENCE_ENABLE);
	msr = rdmsr(HV_X64_MSR_REFERENCE_TSC);
	if (!report(msr & HV_X64_MSR_TSC_REFERENCE_ENABLE, "the TSC page can be enabled"))
		return;
	page = (void *)(msr & ~(PAGE_SIZE - 1));
	if (!report(page->tsc_sequence, "the TSC page is valid"))
		return;
	for (i = 0; i < SAMPLES; i++) {
		before = ref_time();
		between = page_time(page);
		after = ref_time();
		agrees &= between + 1 >= before && between <= after + 1;
	}
	report(agrees, "the TSC page agrees with the counter");
	wrmsr(HV_X64_MSR_REFERENCE_TSC, msr & ~(uint64_t)HV_X64_MSR_TSC_REFERENCE_ENABLE);
}

void test_time(void)
{
	counter();
	rates();
	tsc_page();
}
