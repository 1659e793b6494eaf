// SPDX-License-Identifier: GPL-2.0-only
/*
 * The spare processor. It is QEMU's first one, where no guest may run: a processor that
 * loads FPU state there (FXRSTOR, XRSTOR, FNINIT, FLDENV) clears a bit in the flags word
 * of the first one (cpu_clear_ignne() in QEMU up to 11.1), and not atomically, which brings
 * back older values of what else is in that word: nested paging, virtual interrupt masking,
 * GIF, the NMI mask. Here these never change.
 */
#include "cpu/spare.h"
#include "cpu/apic.h"

void (*spare_interrupt)(uint8_t vector);

static struct cpu spare = { .index = MAX_CPUS };
static bool present;

extern const char spare_entries[];

/*
 * With -icount one thread runs all processors in turn, and the clock goes on for each while it
 * is another's turn. What the spare one takes is known, so that it is nobody's: these are ticks
 * between two time stamps in spare_entry.S, and for what is executed outside of them as many
 * instructions as there are in it and in spare_run().
 */
#define OUTSIDE		16
#define INSTRUCTION	8	/* ticks */

uint64_t spare_began, spare_busy;
static uint64_t interrupts;

uint64_t spare_time(void)
{
	return options.icount ? spare_busy + interrupts * OUTSIDE * INSTRUCTION : 0;
}

bool spare_present(void)
{
	return __atomic_load_n(&present, __ATOMIC_ACQUIRE);
}

void spare_wait(void)
{
	while (!spare_present())
		cpu_relax();
}

uint32_t spare_apic_id(void)
{
	return spare.apic_id;
}

void spare_vector(uint64_t vector)
{
	if (spare_interrupt && vector >= SPARE_FIRST_VECTOR && vector <= SPARE_LAST_VECTOR)
		spare_interrupt(vector);
	apic_end();
	interrupts++;
}

void spare_claim(void)
{
	cpu_claim(&spare);
}

void spare_run(void)
{
	spare.apic_id = apic_id();
	list_init(&spare.timers);
	list_init(&spare.queue);
	cpu_load_idt(spare_entries);
	/*
	 * In this order: what the 8259 has asked for meanwhile, QEMU takes back only when
	 * the APIC is written to again.
	 */
	apic_mask_pins();
	apic_init();
	__atomic_store_n(&present, true, __ATOMIC_RELEASE);
	for (;;)
		asm volatile("sti; hlt" : : : "memory");
}
