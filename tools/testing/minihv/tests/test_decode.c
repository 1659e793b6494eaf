// SPDX-License-Identifier: GPL-2.0-only
/*
 * One processor switches a device's registers off and on in the map of addresses, the
 * other one uses what is elsewhere there: its local APIC, and the hypervisor's timer. What
 * QEMU does wrong then is in Documentation/minihv.rst.
 */
#include "ap.h"
#include "edu.h"

#define ROUND_MS	5000
#define TIMER_VECTOR	0x71
#define APIC		0xfee00000ull
#define APIC_TPR	0x80
#define CFG_COMMAND	4
#define CMD_MEMORY	BIT(1)
#define LATER		2000		/* 0.2 ms */
#define PATIENCE	600000000	/* 60 s */

static volatile bool over;
static volatile uint32_t written, astray, timers;

static void write_msr(uint32_t msr, uint64_t value)
{
	asm volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
		     : "memory");
}

/*
 * Many accesses without a branch in between, so that QEMU, while it is in the middle of
 * them, has time to change its map. How many of them were answered by somebody else?
 */
static uint32_t write_apic(uint32_t value)
{
	volatile uint32_t *tpr = (volatile uint32_t *)(APIC + APIC_TPR);
	uint32_t wrong = 0;

	asm volatile(".rept 40\n\t"
		     "mov %[value], %[tpr]\n\t"
		     "mov %[tpr], %%eax\n\t"
		     "xor %[value], %%eax\n\t"
		     "neg %%eax\n\t"
		     "adc $0, %[wrong]\n\t"
		     ".endr"
		     : [wrong] "+r"(wrong), [tpr] "+m"(*tpr) : [value] "r"(value) : "eax", "cc");
	return wrong;
}

static void use_apic(void)
{
	uint32_t value = 0;

	while (!over) {
		value = (value + 0x10) & 0x70;
		astray += write_apic(value);
		written++;
	}
	apic_write(APIC_TPR, 0);
}

static void use_timer(void)
{
	union hv_stimer_config c = {
		.auto_enable = 1, .direct_mode = 1, .apic_vector = TIMER_VECTOR,
	};
	uint32_t seen;

	timers = 0;
	write_msr(HV_X64_MSR_STIMER0_CONFIG, c.as_uint64);
	while (!over) {
		seen = interrupts[TIMER_VECTOR];
		write_msr(HV_X64_MSR_STIMER0_COUNT, ref_time() + LATER);
		while (interrupts[TIMER_VECTOR] == seen && !over)
			asm volatile("sti; hlt; cli" : : : "memory");
		timers++;
	}
	write_msr(HV_X64_MSR_STIMER0_CONFIG, 0);
}

static uint32_t switch_decode(const struct edu *e)
{
	uint32_t command = pci_read(e->rid, CFG_COMMAND) & 0xffff, times = 0;
	uint64_t end = ref_time() + ROUND_MS * 10000ull;

	for (; ref_time() < end; times++) {
		pci_write(e->rid, CFG_COMMAND, command & ~CMD_MEMORY);
		pci_write(e->rid, CFG_COMMAND, command);
	}
	return times;
}

static void apic_beside(const struct edu *e)
{
	uint32_t times;

	over = false;
	ap_call(use_apic);
	times = switch_decode(e);
	over = true;
	ap_wait();
	note("switched %u times, %u times many accesses", times, written);
	report(times && written, "both processors had their turns");
	report_eq(astray, 0, "no access to the local APIC goes elsewhere");
}

static void timer_beside(const struct edu *e)
{
	uint32_t times, before;
	uint64_t end;

	over = false;
	ap_call(use_timer);
	times = switch_decode(e);
	before = timers;
	end = ref_time() + PATIENCE;
	/* The one after that which was set meanwhile. */
	while (timers < before + 2 && ref_time() < end)
		wait_ms(1);
	note("switched %u times, %u timers", times, timers);
	report(timers >= before + 2, "no timer is lost");
	over = true;
	ap_stop();
}

void test_decode(void)
{
	struct edu e;

	if (!machine.smp)
		return;
	if (!report(edu_find(&e, 0), "there is an edu") ||
	    !report(ap_start(), "the second processor starts"))
		return;
	apic_beside(&e);
	timer_beside(&e);
}
