// SPDX-License-Identifier: GPL-2.0-only
/*
 * The second processor: brought up as Linux does it, then it waits for work. It
 * uses nothing that the first one changes: hypercall pages of its own, no tests.
 */
#include "ap.h"

#define ICR_INIT	0x4500
#define ICR_STARTUP	0x4600
#define ICR_FIXED	0x4000
#define APIC_ID		0x20
#define APIC_ICR_LOW	0x300
#define APIC_ICR_HIGH	0x310
#define WAKE_VECTOR	0xe1
#define START_MS	10000

extern const uint8_t ap_trampoline[], ap_trampoline_end[], ap_cr3[];

static volatile bool running, stop;
static struct hv_input_dispatch_vp *input;
static struct hv_output_dispatch_vp *output;
/* Work: call this, or dispatch what is in @input. Cleared when it is done. */
static void (*volatile function)(void);
static volatile bool busy;

static void dispatch_until_stopped(void)
{
	uint64_t in = (uint64_t)input, out = (uint64_t)output;

	do {
		asm volatile("sti; nop; nop; cli" : : : "memory");
		if (hcall_at(HVCALL_DISPATCH_VP, in, out).status != HV_STATUS_SUCCESS) {
			output->dispatch_state = HV_VP_DISPATCH_STATE_INVALID;
			break;
		}
		input->flags = 0;
	} while (!stop && output->dispatch_state == HV_VP_DISPATCH_STATE_READY &&
		 output->dispatch_event != HV_VP_DISPATCH_EVENT_INTERCEPT);
}

void ap_main(void)
{
	cpu_setup();
	running = true;
	for (;;) {
		/* STI delays interrupts by one instruction, so none is lost before HLT. */
		if (!busy)
			asm volatile("sti; hlt; cli" : : : "memory");
		if (busy) {
			if (function)
				function();
			else
				dispatch_until_stopped();
			function = NULL;
			busy = false;
		}
	}
}

/* The one behind the first processor's. */
static uint32_t ap_apic_id(void)
{
	return (apic_read(APIC_ID) >> 24) + 1;
}

static void wake(void)
{
	apic_write(APIC_ICR_HIGH, ap_apic_id() << 24);
	apic_write(APIC_ICR_LOW, ICR_FIXED | WAKE_VECTOR);
}

static uint16_t add_processor(void)
{
	struct hv_input_add_logical_processor *lp = hc_in;
	struct hv_create_vp *vp = hc_in;
	uint16_t status;

	memset(hc_in, 0, PAGE_SIZE);
	lp->lp_index = AP_INDEX;
	lp->apic_id = ap_apic_id();
	status = call_with_deposit(HVCALL_ADD_LOGICAL_PROCESSOR, HV_PARTITION_ID_SELF, NULL);
	if (status != HV_STATUS_SUCCESS)
		return status;
	memset(hc_in, 0, PAGE_SIZE);
	*(uint32_t *)hc_in = 4;		/* all logical processors are started */
	status = hcall(HVCALL_NOTIFY_PARTITION_EVENT).status;
	if (status != HV_STATUS_SUCCESS)
		return status;
	memset(hc_in, 0, PAGE_SIZE);
	vp->partition_id = HV_PARTITION_ID_SELF;
	vp->vp_index = AP_INDEX;
	vp->flags = AP_INDEX;
	return call_with_deposit(HVCALL_CREATE_VP, HV_PARTITION_ID_SELF, NULL);
}

bool ap_start(void)
{
	uint64_t end, cr3;
	uint16_t status;

	if (running)
		return true;
	input = alloc_pages(1);
	output = alloc_pages(1);
	asm volatile("mov %%cr3, %0" : "=r"(cr3));
	memcpy((void *)AP_TRAMPOLINE, ap_trampoline, ap_trampoline_end - ap_trampoline);
	*(uint32_t *)(AP_TRAMPOLINE + (ap_cr3 - ap_trampoline)) = cr3;
	if (!machine.l1vh) {
		status = add_processor();
		if (status != HV_STATUS_SUCCESS) {
			note("adding a processor: status 0x%x", status);
			return false;
		}
	}
	wrmsr(HV_X64_MSR_ICR, (uint64_t)ap_apic_id() << 56 | ICR_INIT);
	wait_ms(10);
	wrmsr(HV_X64_MSR_ICR, (uint64_t)ap_apic_id() << 56 | ICR_STARTUP |
				       AP_TRAMPOLINE >> 12);
	end = ref_time() + START_MS * 10000ull;
	while (!running && ref_time() < end)
		asm volatile("pause");
	return running;
}

bool ap_is_running(void)
{
	return running;
}

void ap_dispatch(struct child *c, unsigned int vp)
{
	memset(input, 0, sizeof(*input));
	input->partition_id = c->id;
	input->vp_index = vp;
	if (c->vp[vp].intercepted)
		input->flags = HV_DISPATCH_VP_FLAG_CLEAR_INTERCEPT_SUSPEND;
	c->vp[vp].intercepted = false;
	stop = false;
	busy = true;
	wake();
}

void ap_call(void (*fn)(void))
{
	function = fn;
	busy = true;
	wake();
}

void ap_wait(void)
{
	while (busy)
		asm volatile("sti; nop; pause; cli" : : : "memory");
}

struct hv_output_dispatch_vp ap_stop_after(unsigned int ms)
{
	uint64_t end = ref_time() + ms * 10000ull;

	while (busy && ref_time() < end)
		asm volatile("sti; nop; pause; cli" : : : "memory");
	return ap_stop();
}

struct hv_output_dispatch_vp ap_stop(void)
{
	stop = true;
	wake();
	ap_wait();
	return *output;
}
