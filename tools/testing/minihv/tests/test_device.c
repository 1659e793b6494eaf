// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interrupts of root's own devices: mapped, moved and taken away. The device is the second
 * serial port, on pin 3 of the IO-APIC: it interrupts when its empty transmitter's
 * interrupt is enabled.
 */
#include "ap.h"
#include "device_irq.h"
#include "edu.h"

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

static struct device_irq own(union hv_device_id id, uint64_t vps)
{
	return (struct device_irq){
		.partition = HV_PARTITION_ID_SELF, .device = id.as_uint64,
		.vector = VECTOR, .vps = vps,
	};
}

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

/* The log has it at the end, see faults. */
void test_left_mapped(void)
{
	struct device_irq i = own(ioapic, 1);

	report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "an interrupt is left mapped");
}

static void edge(void)
{
	struct device_irq i = own(ioapic, 1);
	uint32_t seen = interrupts[VECTOR];

	if (!report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map an IO-APIC's pin"))
		return;
	report_eq(i.entry.source, HV_INTERRUPT_SOURCE_IOAPIC, "the answer is a redirection entry");
	program_pin(i.entry.ioapic_rte.as_uint64);
	interrupt_now();
	report(wait_interrupt(VECTOR, seen, WAIT_MS), "its interrupt comes");

	report_eq(device_irq_retarget(&i, VECTOR, 1), HV_STATUS_SUCCESS, "move it to where it is");
	seen = interrupts[VECTOR];
	interrupt_now();
	report(wait_interrupt(VECTOR, seen, WAIT_MS), "it comes again");
	report_eq(device_irq_retarget(&i, VECTOR2, 1), HV_STATUS_INVALID_PARAMETER,
		  "it keeps its vector");
	report_eq(device_irq_retarget(&i, 15, 1), HV_STATUS_INVALID_PARAMETER, "not a vector");
	report_eq(device_irq_retarget(&i, VECTOR, 0), HV_STATUS_INVALID_PARAMETER, "no VP");
	report_eq(device_irq_retarget(&i, VECTOR, BIT(63)), HV_STATUS_INVALID_VP_INDEX,
		  "a VP that is not there");

	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
	seen = interrupts[VECTOR];
	interrupt_now();
	interrupts_on_for(NOTHING_MS);
	report_eq(interrupts[VECTOR], seen, "nothing comes then");
	report_eq(device_irq_unmap(&i), HV_STATUS_INVALID_PARAMETER, "unmap it again");
	report_eq(device_irq_retarget(&i, VECTOR, 1), HV_STATUS_INVALID_PARAMETER,
		  "retarget what is not mapped");
	program_pin(RTE_MASKED);
	outb(UART + UART_IER, 0);
}

static void level(void)
{
	struct device_irq i = own(ioapic, 1);

	i.level = true;
	if (!report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map it as level"))
		return;
	report(i.entry.ioapic_rte.trigger_mode, "the answer says so");
	report_eq(device_irq_retarget(&i, VECTOR, 1), HV_STATUS_SUCCESS,
		  "another processor would do");
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap that");
}

static void refused(const struct device_irq *i, uint32_t offset, uint32_t value,
		    const char *what)
{
	uint8_t *in = (uint8_t *)device_irq_map_input(i);

	memcpy(in + offset, &value, sizeof(value));
	report_eq(hcall(HVCALL_MAP_DEVICE_INTERRUPT).status, HV_STATUS_INVALID_PARAMETER, "%s",
		  what);
}

static void refusals(union hv_device_id id)
{
	struct device_irq i = own(id, 1);
	uint32_t vector;

	refused(&i, 40, HV_X64_INTERRUPT_TYPE_NMI, "a type other than fixed");
	refused(&i, 48, 2, "two vectors");
	refused(&i, 56, 15, "a vector that is none");
	refused(&i, 56, 256, "another");
	for (vector = 0x29; vector <= 0x2d; vector = vector == 0x29 ? 0x2c : vector + 1)
		refused(&i, 56, vector, "a vector that the hypervisor keeps");
	refused(&i, 60, HV_DEVICE_INTERRUPT_TARGET_PROXY, "a flag for others");
	refused(&i, 60, 8, "an unknown flag");
	refused(&i, 64, 0, "no VP");
	i.vps = BIT(40);
	report_eq(device_irq_map(&i), HV_STATUS_INVALID_VP_INDEX, "a VP that is not there");
	i.vps = 1;
	id.pci.rid = 0xff00;
	i.device = id.as_uint64;
	report_eq(device_irq_map(&i), HV_STATUS_INVALID_DEVICE_ID, "a function that is not there");
	i.device = 0x4711;
	report_eq(device_irq_map(&i), HV_STATUS_INVALID_DEVICE_ID, "a logical device");
}

/* Sets in banks: a word for each bit of the mask, and as many as the control word says. */
static void sets(union hv_device_id id)
{
	struct device_irq i = own(id, 0);
	struct hv_input_map_device_interrupt *in = device_irq_map_input(&i);
	struct hv_device_interrupt_target *t = &in->interrupt_descriptor.target;
	uint64_t *banks = (uint64_t *)(t + 1);

	t->flags = HV_DEVICE_INTERRUPT_TARGET_PROCESSOR_SET;
	t->vp_set.valid_bank_mask = 1;
	banks[0] = 1;
	report_eq(hcall(HVCALL_MAP_DEVICE_INTERRUPT | VAR_WORDS(1)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "a set with a word too few");
	report_eq(hcall(HVCALL_MAP_DEVICE_INTERRUPT | VAR_WORDS(3)).status,
		  HV_STATUS_INVALID_HYPERCALL_INPUT, "a word too many");
	t->vp_set.valid_bank_mask = 3;
	banks[1] = 1;
	report_eq(hcall(HVCALL_MAP_DEVICE_INTERRUPT | VAR_WORDS(3)).status,
		  HV_STATUS_INVALID_VP_INDEX, "VP 64, which is not there");
	t->vp_set.valid_bank_mask = BIT(63);
	report_eq(hcall(HVCALL_MAP_DEVICE_INTERRUPT | VAR_WORDS(2)).status,
		  HV_STATUS_INVALID_VP_INDEX, "nor is VP 4032");
	t->vp_set.format = 2;
	report_eq(hcall(HVCALL_MAP_DEVICE_INTERRUPT | VAR_WORDS(2)).status,
		  HV_STATUS_INVALID_PARAMETER, "a format that is not known");
	t->vp_set.format = HV_GENERIC_SET_SPARSE_4K;
	t->vp_set.valid_bank_mask = 1;
	banks[0] = 1;
	report_eq(hcall(HVCALL_MAP_DEVICE_INTERRUPT | VAR_WORDS(2)).status, HV_STATUS_SUCCESS,
		  "a set that is right");
	i.entry = ((struct hv_output_map_device_interrupt *)hc_out)->interrupt_entry;
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
}

static void msi(void)
{
	struct device_irq i, second;
	union hv_device_id id;
	struct edu edu;

	if (!edu_find(&edu, 0)) {
		skip("no edu device", "messages");
		return;
	}
	id = edu_id(&edu);
	i = own(id, 1);
	second = i;
	if (!report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map a PCI device's"))
		return;
	report_eq(i.entry.source, HV_INTERRUPT_SOURCE_MSI, "the answer is a message");
	report_eq(i.entry.msi_entry.address.as_uint32 >> 20, 0xfee, "with an address of the APICs'");
	report_eq(device_irq_map(&second), HV_STATUS_SUCCESS, "the same once more, as Linux does");
	report(memcmp(&i.entry, &second.entry, sizeof(i.entry)), "which is a different one");
	report_eq(device_irq_retarget(&i, VECTOR2, 1), HV_STATUS_INVALID_PARAMETER,
		  "it keeps its vector");
	id.as_uint64++;
	second.device = id.as_uint64;
	report_eq(device_irq_unmap(&second), HV_STATUS_INVALID_PARAMETER,
		  "another device can't unmap it");
	second.device = i.device;
	report_eq(device_irq_unmap(&second), HV_STATUS_SUCCESS, "it can");

	edu_set_msi(&edu, &i.entry.msi_entry);
	edu_interrupt(&edu);
	report(wait_interrupt(VECTOR, interrupts[VECTOR], WAIT_MS), "its message comes");
	edu_acknowledge(&edu);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap the first");
	edu_clear_msi(&edu);
	refusals(edu_id(&edu));
	sets(edu_id(&edu));
}

/* Interrupts stay off here, so what is counted came to the other one. */
static void other_processor(void)
{
	struct device_irq i = own(ioapic, 1 | BIT(AP_INDEX));
	uint32_t seen = interrupts[VECTOR];
	uint64_t end;

	if (!ap_start() ||
	    !report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map it for two processors"))
		return;
	program_pin(i.entry.ioapic_rte.as_uint64);
	report_eq(device_irq_retarget(&i, VECTOR, BIT(AP_INDEX)), HV_STATUS_SUCCESS,
		  "send it to the other one");
	interrupt_now();
	end = ref_time() + WAIT_MS * 10000ull;
	while (interrupts[VECTOR] == seen && ref_time() < end)
		asm volatile("pause");
	report_eq(interrupts[VECTOR], seen + 1, "it comes there");
	program_pin(RTE_MASKED);
	outb(UART + UART_IER, 0);
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap what was sent there");
	i.vps = 1;
	report_eq(device_irq_map(&i), HV_STATUS_SUCCESS, "map it for one");
	report_eq(device_irq_retarget(&i, VECTOR, BIT(AP_INDEX)), HV_STATUS_INVALID_PARAMETER,
		  "then it stays there");
	report_eq(device_irq_unmap(&i), HV_STATUS_SUCCESS, "unmap it");
}

void test_device(void)
{
	struct device_irq i = own(ioapic, 1);

	if (machine.l1vh) {
		report_eq(device_irq_map(&i), HV_STATUS_ACCESS_DENIED,
			  "L1VH's own interrupts are not mapped so");
		return;
	}
	edge();
	level();
	msi();
	if (machine.smp)
		other_processor();
}
