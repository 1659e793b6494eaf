// SPDX-License-Identifier: GPL-2.0-only
/* Hypercalls by which a guest reaches its own VPs: interrupts and TLB flushes. */
#include "ap.h"

#define VECTOR	0xa9
#define WAIT_MS	10000

/* All VPs count in one place. */
static bool comes_to(uint32_t seen, unsigned int vps)
{
	unsigned int i;

	for (i = 0; i < vps; i++) {
		if (!wait_interrupt(VECTOR, seen + i, WAIT_MS))
			return false;
	}
	return interrupts[VECTOR] == seen + vps;
}

static bool comes(uint32_t seen)
{
	return comes_to(seen, 1);
}

static void send_ipi(void)
{
	uint32_t seen = interrupts[VECTOR];

	report_eq(hcall_fast(HVCALL_SEND_IPI, VECTOR, 1).status, HV_STATUS_SUCCESS,
		  "an interrupt for VP 0 is sent");
	report(comes(seen), "it comes once");
	report_eq(hcall_fast(HVCALL_SEND_IPI, HV_IPI_LOW_VECTOR - 1, 1).status,
		  HV_STATUS_INVALID_PARAMETER, "a vector below 16 is refused");
	report_eq(hcall_fast(HVCALL_SEND_IPI, VECTOR | 1ull << 32, 1).status,
		  HV_STATUS_INVALID_PARAMETER, "the reserved word must be zero");
	seen = interrupts[VECTOR];
	report_eq(hcall_fast(HVCALL_SEND_IPI, VECTOR, BIT(63)).status, HV_STATUS_SUCCESS,
		  "a VP that does not exist is passed over");
	interrupts_on_for(2);
	report_eq(interrupts[VECTOR], seen, "nobody is interrupted then");
}

static void send_ipi_ex(void)
{
	struct hv_send_ipi_ex *in = hc_in;
	uint32_t seen = interrupts[VECTOR];

	memset(in, 0, PAGE_SIZE);
	in->vector = VECTOR;
	in->vp_set.format = HV_GENERIC_SET_ALL;
	report_eq(hcall(HVCALL_SEND_IPI_EX).status, HV_STATUS_SUCCESS,
		  "an interrupt for all VPs is sent");
	report(comes_to(seen, ap_is_running() ? 2 : 1), "it comes to each");

	in->vp_set.format = HV_GENERIC_SET_SPARSE_4K;
	in->vp_set.valid_bank_mask = 1;
	in->vp_set.bank_contents[0] = 1;
	seen = interrupts[VECTOR];
	report_eq(hcall(HVCALL_SEND_IPI_EX | VAR_WORDS(1)).status, HV_STATUS_SUCCESS,
		  "an interrupt for a set of VPs is sent");
	report(comes(seen), "it comes once");
	report_eq(hcall(HVCALL_SEND_IPI_EX).status, HV_STATUS_INVALID_HYPERCALL_INPUT,
		  "a set without its banks is refused");
	in->vp_set.format = 7;
	report_eq(hcall(HVCALL_SEND_IPI_EX | VAR_WORDS(1)).status, HV_STATUS_INVALID_PARAMETER,
		  "an unknown kind of set is refused");
}

static void flush(void)
{
	struct hv_tlb_flush *in = hc_in;
	struct hcall_result r;

	memset(in, 0, PAGE_SIZE);
	in->flags = HV_FLUSH_ALL_PROCESSORS | HV_FLUSH_ALL_VIRTUAL_ADDRESS_SPACES;
	report_eq(hcall(HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE).status, HV_STATUS_SUCCESS,
		  "all address spaces are flushed");
	r = hcall(HVCALL_FLUSH_VIRTUAL_ADDRESS_LIST | REPS(3));
	report_eq(r.status, HV_STATUS_SUCCESS, "a list of addresses is flushed");
	report_eq(r.reps, 3, "all of it");
	in->flags = BIT(17);
	report_eq(hcall(HVCALL_FLUSH_VIRTUAL_ADDRESS_SPACE).status, HV_STATUS_INVALID_PARAMETER,
		  "unknown flags are refused");
}

void test_ipi(void)
{
	send_ipi();
	send_ipi_ex();
	flush();
}
