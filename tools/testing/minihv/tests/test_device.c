// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of devices: mapped, moved and taken away. The device is the second
 * serial port, on pin 3 of the IO-APIC: it interrupts when its empty transmitter's
 * interrupt is enabled.
 */
#include "ap.h"

#define IOAPIC		0xfec00000ull
#define IOAPIC_DATA	0x10
#define IOAPIC_RTE	0x10
#define PIN		3
#define RTE_MASKED	BIT(16)
#define UART		0x2f8
#define UART_IER	1
#define UART_MCR	4
#define IER_THRE	2
#define MCR_OUT2	8
#define VECTOR		0xa8
#define VECTOR2		0xa9
#define WAIT_MS		5000
#define NOTHING_MS	20

static const union hv_device_id ioapic = { .ioapic = { .device_type = HV_DEVICE_TYPE_IOAPIC } };

static void ioapic_write(uint32_t reg, uint32_t value)
{
	*(volatile uint32_t *)IOAPIC = reg;
	*(volatile uint32_t *)(IOAPIC + IOAPIC_DATA) = value;
}

static void program_pin(uint64_t rte)
{
	ioapic_write(IOAPIC_RTE + 2 * PIN, RTE_MASKED);
	ioapic_write(IOAPIC_RTE + 2 * PIN + 1, rte >> 32);
	ioapic_write(IOAPIC_RTE + 2 * PIN, rte);
}

static void interrupt_now(void)
{
	outb(UART + UART_IER, 0);
	outb(UART + UART_MCR, MCR_OUT2);
	outb(UART + UART_IER, IER_THRE);
}

static uint16_t map(union hv_device_id id, uint32_t vector, bool level,
		    struct hv_interrupt_entry *e)
{
	struct hv_input_map_device_interrupt *in = hc_in;
	const struct hv_output_map_device_interrupt *out = hc_out;
	uint16_t status;

	memset(in, 0, sizeof(*in));
	in->partition_id = HV_PARTITION_ID_SELF;
	in->device_id = id.as_uint64;
	in->interrupt_descriptor.trigger_mode = level;
	in->interrupt_descriptor.vector_count = 1;
	in->interrupt_descriptor.target.vector = vector;
	in->interrupt_descriptor.target.vp_mask = 1;
	status = hcall(HVCALL_MAP_DEVICE_INTERRUPT).status;
	*e = out->interrupt_entry;
	return status;
}

/* The log has it at the end, see faults. */
void test_left_mapped(void)
{
	struct hv_interrupt_entry e;

	report_eq(map(ioapic, VECTOR, false, &e), HV_STATUS_SUCCESS,
		  "an interrupt is left mapped");
}

static uint16_t unmap(union hv_device_id id, const struct hv_interrupt_entry *e)
{
	struct hv_input_unmap_device_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = HV_PARTITION_ID_SELF;
	in->device_id = id.as_uint64;
	in->interrupt_entry = *e;
	return hcall(HVCALL_UNMAP_DEVICE_INTERRUPT).status;
}

static uint16_t retarget(union hv_device_id id, const struct hv_interrupt_entry *e,
			 uint32_t vector, uint64_t vps)
{
	struct hv_retarget_device_interrupt *in = hc_in;

	memset(in, 0, sizeof(*in));
	in->partition_id = HV_PARTITION_ID_SELF;
	in->device_id = id.as_uint64;
	in->int_entry = *e;
	in->int_target.vector = vector;
	in->int_target.vp_mask = vps;
	return hcall(HVCALL_RETARGET_INTERRUPT).status;
}

static void edge(void)
{
	struct hv_interrupt_entry e;
	uint32_t seen = interrupts[VECTOR], seen2 = interrupts[VECTOR2];

	if (!report_eq(map(ioapic, VECTOR, false, &e), HV_STATUS_SUCCESS, "map an IO-APIC's pin"))
		return;
	report_eq(e.source, HV_INTERRUPT_SOURCE_IOAPIC, "the answer is a redirection entry");
	program_pin(e.ioapic_rte.as_uint64);
	interrupt_now();
	report(wait_interrupt(VECTOR, seen, WAIT_MS), "its interrupt comes");

	report_eq(retarget(ioapic, &e, VECTOR2, 1), HV_STATUS_SUCCESS, "give it another vector");
	seen = interrupts[VECTOR];
	interrupt_now();
	report(wait_interrupt(VECTOR2, seen2, WAIT_MS), "the interrupt comes there");
	report_eq(interrupts[VECTOR], seen, "and not where it came before");

	report_eq(retarget(ioapic, &e, 15, 1), HV_STATUS_INVALID_PARAMETER, "not a vector");
	report_eq(retarget(ioapic, &e, VECTOR, 0), HV_STATUS_INVALID_PARAMETER, "no VP");
	report_eq(retarget(ioapic, &e, VECTOR, BIT(63)), HV_STATUS_INVALID_PARAMETER,
		  "a VP that is not there");

	report_eq(unmap(ioapic, &e), HV_STATUS_SUCCESS, "unmap it");
	seen = interrupts[VECTOR];
	seen2 = interrupts[VECTOR2];
	interrupt_now();
	interrupts_on_for(NOTHING_MS);
	report_eq(interrupts[VECTOR] + interrupts[VECTOR2], seen + seen2, "nothing comes then");
	report_eq(unmap(ioapic, &e), HV_STATUS_INVALID_PARAMETER, "unmap it again");
	report_eq(retarget(ioapic, &e, VECTOR, 1), HV_STATUS_INVALID_PARAMETER,
		  "retarget what is not mapped");
	program_pin(RTE_MASKED);
	outb(UART + UART_IER, 0);
}

static void level(void)
{
	struct hv_interrupt_entry e;

	if (!report_eq(map(ioapic, VECTOR, true, &e), HV_STATUS_SUCCESS, "map it as level"))
		return;
	report(e.ioapic_rte.trigger_mode, "the answer says so");
	report_eq(retarget(ioapic, &e, VECTOR2, 1), HV_STATUS_INVALID_PARAMETER,
		  "its vector is what the IO-APIC waits for, and stays");
	report_eq(retarget(ioapic, &e, VECTOR, 1), HV_STATUS_SUCCESS, "another processor would do");
	report_eq(unmap(ioapic, &e), HV_STATUS_SUCCESS, "unmap that");
}

static void msi(void)
{
	union hv_device_id id = { .pci = { .device_type = HV_DEVICE_TYPE_PCI } };
	struct hv_interrupt_entry e, e2;

	id.pci.rid = 0x1234;
	if (!report_eq(map(id, VECTOR, false, &e), HV_STATUS_SUCCESS, "map a PCI device's"))
		return;
	report_eq(e.source, HV_INTERRUPT_SOURCE_MSI, "the answer is a message");
	report_eq(e.msi_entry.address.as_uint32 >> 20, 0xfee, "with an address of the APICs'");
	report_eq(map(id, VECTOR2, false, &e2), HV_STATUS_SUCCESS, "and another");
	report(memcmp(&e, &e2, sizeof(e)), "which is a different one");
	report_eq(retarget(id, &e, VECTOR2, 1), HV_STATUS_SUCCESS, "retarget the first");
	id.pci.rid = 0x1235;
	report_eq(unmap(id, &e), HV_STATUS_INVALID_PARAMETER, "another device can't unmap it");
	id.pci.rid = 0x1234;
	report_eq(unmap(id, &e), HV_STATUS_SUCCESS, "it can");
	report_eq(unmap(id, &e2), HV_STATUS_SUCCESS, "the second too");
}

/* Interrupts stay off here, so what is counted came to the other one. */
static void other_processor(void)
{
	struct hv_interrupt_entry e;
	uint32_t seen = interrupts[VECTOR];
	uint64_t end;

	if (!ap_start() ||
	    !report_eq(map(ioapic, VECTOR, false, &e), HV_STATUS_SUCCESS, "map it once more"))
		return;
	program_pin(e.ioapic_rte.as_uint64);
	report_eq(retarget(ioapic, &e, VECTOR, BIT(AP_INDEX)), HV_STATUS_SUCCESS,
		  "send it to the other processor");
	interrupt_now();
	end = ref_time() + WAIT_MS * 10000ull;
	while (interrupts[VECTOR] == seen && ref_time() < end)
		asm volatile("pause");
	report_eq(interrupts[VECTOR], seen + 1, "it comes there");
	program_pin(RTE_MASKED);
	outb(UART + UART_IER, 0);
	report_eq(unmap(ioapic, &e), HV_STATUS_SUCCESS, "unmap what was sent there");
}

void test_device(void)
{
	if (machine.l1vh) {
		skip("L1VH has no devices to map", "devices");
		return;
	}
	edge();
	level();
	msi();
	if (machine.smp)
		other_processor();
}
